"""What can be done with a phone, as it is found in the words of an agent.

``changes_in`` finds what a sentence names; whether it tells the user to do so is for
``instructions`` to say. What can only be looked up is in ``looks``.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from writ_gym.database import JSON
from writ_gym.domains.telecom.schema import APPS as INSTALLED
from writ_gym.domains.telecom.schema import Permissions
from writ_gym.domains.telecom.user_tools import NETWORK_MODES
from writ_gym.tasks import Call
from writ_gym.understanding.hands import Step
from writ_gym.understanding.patterns import AnyCase, Words
from writ_gym.understanding.reading import sentences_in

APPS: tuple[str, ...] = tuple(INSTALLED)
MODES: tuple[str, ...] = tuple(NETWORK_MODES)
PERMISSIONS: tuple[str, ...] = tuple(Permissions.model_fields)
DEFAULT_APP = "messaging"
"""The app that is meant where none is named: picture messages are what permissions are about."""


class Switch(NamedTuple):
    """Something that a user can turn on and off."""

    words: str
    """Its names, as a pattern."""
    look: str
    """The read that shows how it stands."""
    on: str
    """What that read answers if it is on."""
    off: str
    toggle: str
    """The tool that throws it."""


SWITCHES: Mapping[str, Switch] = {
    "airplane": Switch(
        r"(?:air ?plane|aeroplane|flight)[- ](?:mode|icon)(?: icon)?",
        "check_network_status",
        "Airplane Mode: ON",
        "Airplane Mode: OFF",
        "toggle_airplane_mode",
    ),
    "saver": Switch(
        r"data[- ]?sav(?:er|ing)(?: mode)?|low[- ]data mode|data restrictions?",
        "check_data_restriction_status",
        "Data Saver mode is ON",
        "Data Saver mode is OFF",
        "toggle_data_saver_mode",
    ),
    "calling": Switch(
        r"wi-?fi[- ]calling",
        "check_wifi_calling_status",
        "turned ON",
        "turned OFF",
        "toggle_wifi_calling",
    ),
    "wifi": Switch(
        r"wi-?fi(?![- ]calling)", "check_wifi_status", "Wi-Fi is ON", "turned OFF", "toggle_wifi"
    ),
    "roaming": Switch(
        r"(?:(?:mobile |cellular )?data )?roaming"
        r"(?!(?: access| service)? (?:on|for|of) (?:your|the|this|that|my) (?:\w+ )?"
        r"(?:line|account|number|plan))",
        "check_network_status",
        "Data Roaming Enabled: Yes",
        "Data Roaming Enabled: No",
        "toggle_roaming",
    ),
    "data": Switch(
        r"(?:mobile |cellular |cell )?data"
        r"(?![- ]?(?:roaming|sav|restrict|usage|use\b|plan|limit|allowance|speed|refuel))",
        "check_network_status",
        "Mobile Data Enabled: Yes",
        "Mobile Data Enabled: No",
        "toggle_data",
    ),
}


class Found(NamedTuple):
    """Something that a sentence names, and where."""

    start: int
    end: int
    steps: tuple[Step, ...]


Literals = Sequence[JSON]
"""Values that a text holds as JSON; in their places stand marks."""
MARK = r"\x02\d+\x02"


def call(name: str, **arguments: JSON) -> Call:
    """Return a call of a user's tool."""
    return Call(name=name, arguments=arguments)


def switched(name: str, on: bool | None) -> Step:
    """Return the step that turns a switch, or the VPN, on or off, or the other way (None)."""
    if name == "vpn":
        return Step(call("connect_vpn" if on else "disconnect_vpn"))
    switch = SWITCHES[name]
    if on is None:
        return Step(call(switch.toggle))
    return Step(call(switch.toggle), call(switch.look), switch.on if on else switch.off)


# Switches

_NAMED = re.compile(
    "|".join([*(f"(?P<{name}>{s.words})" for name, s in SWITCHES.items()), "(?P<vpn>vpns?)"]), re.I
)
_ONE = "(?:" + "|".join([*(switch.words for switch in SWITCHES.values()), "vpns?"]) + ")"
_BEFORE = (
    r"(?:(?:the|your|its|that|this|both|any|active|mode|settings?|switch|toggle|for|next to|option"
    r"|(?:phone|device)(?:'s)?|called|labell?ed|current) ){0,4}"
)
_SEVERAL = rf"{_BEFORE}{_ONE}(?:(?:,? and|,| &) (?:also )?{_BEFORE}{_ONE})*"
_AFTER = r"(?: (?:mode|switch|setting|toggle|slider|connection|feature|option))?"
_DIRECTION = r"(?P<to>on|off)\b"
_TURN = r"(?:re-?)?(?:turn|switch|shut|toggle|put|set|flip|slide|leave|keep|change|tap)"
_LEAVE = (
    r"(?P<off>exit|quit|leave|kill|close|stop(?: using)?|(?:get|come|(?:get|take|bring) "
    r"(?:it|(?:the|your) (?:phone|device))) out of)"
)
_ENDS = r"(?! (?:settings|menu|screen|page|panel|as|alone|how|untouched|on|off|enabled)\b)"
_PRONOUN = r"(?P<it>it|them|that|this|both|these)(?: both| all)?"
_STATE = r"(?P<to>on|off|enabled|disabled|connected|disconnected|inactive|active)\b"

_THROWN: Sequence[AnyCase] = [
    AnyCase(pattern)
    for pattern in (
        rf"\b{_TURN} (?:back )?{_DIRECTION} (?P<what>{_SEVERAL})",
        rf"\b{_TURN} (?P<what>{_SEVERAL}){_AFTER}(?: back| switch)? ?(?:to (?:the )?)?{_DIRECTION}"
        r"(?:(?:,| and| then)+ (?:back )?(?P<again>on|off)\b)?",
        rf"\b(?P<to>(?:re-?)?enable|(?:re-?)?activate|disable|deactivate) (?P<what>{_SEVERAL})",
        rf"\b(?:make (?:absolutely )?sure|ensure|be sure) (?:that )?(?P<what>{_SEVERAL}){_AFTER} "
        rf"(?:is|are) (?:currently |now |both |turned |switched |set to )*{_STATE}",
        rf"\b{_LEAVE} (?P<what>{_SEVERAL}){_ENDS}",
        rf"\b(?:toggle|flip) (?P<what>{_SEVERAL})",
        rf"\b{_TURN} (?:back )?{_DIRECTION} {_PRONOUN}\b",
        rf"\b{_TURN} {_PRONOUN}(?: back)? (?:to )?{_DIRECTION}"
        r"(?:(?:,| and| then)+ (?:back )?(?P<again>on|off)\b)?",
        rf"\b(?P<to>(?:re-?)?enable|(?:re-?)?activate|disable|deactivate) {_PRONOUN}\b",
    )
]


def _thrown(match: re.Match[str], before: str, _: Literals) -> tuple[Step, ...]:
    """Return the steps of a phrase about switches; ``before`` is what was said until then."""
    groups = match.groupdict()
    if groups.get("it"):
        said = _switches(before)
        names = said[-1:] if groups["it"].lower() in ("it", "that", "this") else said[-2:]
    else:
        names = _switches(groups["what"])
    ways = ["off" if groups.get("off") else groups.get("to"), groups.get("again")]
    if not ways[0]:
        return tuple(switched(name, None) for name in names)
    return tuple(switched(name, _is_on(way)) for way in ways if way for name in names)


def _is_on(way: str) -> bool:
    return way.lower().replace("-", "").removeprefix("re") in (
        "on", "enable", "enabled", "activate", "active", "connected",
    )  # fmt: skip


def _switches(text: str) -> list[str]:
    """Return what switches a text names, each where it does last."""
    names = [match.lastgroup or "" for match in _NAMED.finditer(text)]
    return list(dict.fromkeys(reversed(names)))[::-1]


# Apps and their permissions

_PERMISSION = rf"(?:sms|storage|phone|network|{MARK})"
_PERMISSION_LIST = rf"{_PERMISSION}(?:(?:,? and|,| &|/) ?(?:the )?{_PERMISSION})*"
_GRANTED = re.compile(
    rf"(?P<before>{_PERMISSION_LIST}) (?:permissions?|access)\b"
    rf"|\bpermissions? (?:(?:for|to|of|called|named|use|access) |: ?)?(?:the |both )?"
    rf"(?P<behind>{_PERMISSION_LIST})"
    rf"|\b(?:access to|access|use|using) (?:the |your |both )?(?P<used>{_PERMISSION_LIST})"
    rf"|\b(?:grant|give|allow) (?:the |both )?(?P<given>{_PERMISSION_LIST}) (?:to|for)\b",
    re.I,
)
_APP = re.compile(
    rf"\bapp(?:lication)? (?P<mark>{MARK})|(?P<quoted>{MARK}) app\b"
    r"|\b(?P<messaging>messag\w+|texting|sms app)"
    r"|\b(?P<browser>browser)|\b(?:app(?:lication)? (?P<named>browser|messaging)"
    r"|(?P<other>(?!settings|the|your|this|that|an?\b|each|any)[a-z]+) app\b(?!s|lication))",
    re.I,
)
_GIVE = r"\b(?:grant|allow|give|enable|turn on|switch on|activate|add)"
_GRANT = AnyCase(rf"(?:{_GIVE}|\b(?P<sure>make sure|ensure))\b[^.;?!]*")
_HAS_IT = re.compile(
    r"^(?!.*(?:\bnot\b|n't\b)).*\b(?:has|have|gets?|granted|allowed|enabled)\b", re.I
)
_UNDER_PERMISSIONS = re.compile(r"\bpermissions?\b[^.;?!]*$", re.I)
_BARE = re.compile(
    rf"{_GIVE} (?:both |the )?(?P<bare>(?:sms|storage)(?:(?:,? and|,| &) ?"
    r"(?:the )?(?:sms|storage))*)\b",
    re.I,
)
"""Permissions without a word that says so, as below a heading."""
_THE_ONE = re.compile(r"^(?:grant|allow|enable|add) (?:it|that|this)\b", re.I)
_CLAUSE_END = re.compile(
    r",? (?:and )?then\b|,? and (?:please |restart|reboot|try|run|check)", re.I
)


def app_in(text: str, literals: Literals, default: str = DEFAULT_APP) -> str:
    """Return the app that a text names last."""
    name = default
    for match in _APP.finditer(text):
        kind, word = match.lastgroup or "", match.group(match.lastgroup or 0)
        if kind in ("mark", "quoted"):
            name = str(literals[int(word[1:-1])])
        elif kind in APPS:
            name = kind
        elif not re.match(r"(?:messag\w*|picture|photo|permission|sms|storage)", word, re.I):
            name = word.lower()
    return name


def _grants(match: re.Match[str], before: str, literals: Literals) -> tuple[Step, ...]:
    """Return the steps of a phrase that gives permissions to an app."""
    said = _CLAUSE_END.split(match[0])[0]
    if match["sure"] and not _HAS_IT.match(said):
        return ()
    names = _permissions(said)
    if not names and (bare := _BARE.match(said)) and _UNDER_PERMISSIONS.search(before):
        names = re.findall(_PERMISSION, bare["bare"], re.I)
    if not names and _THE_ONE.match(said):
        last = _permissions(" ".join(sentences_in(before.strip())[-2:]))
        names = last if len(set(last)) == 1 else []
    if not names:
        return ()
    app = app_in(said, literals, app_in(before, literals))
    permissions = dict.fromkeys(_literal(name, literals) for name in names)
    return tuple(
        Step(call("grant_app_permission", app_name=app, permission=each)) for each in permissions
    )


def _permissions(text: str) -> list[str]:
    """Return the permissions that a text names, as it does."""
    lists = [next(filter(None, found.groups())) for found in _GRANTED.finditer(text)]
    return [name for each in lists for name in re.findall(_PERMISSION, each, re.I)]


def _literal(word: str, literals: Literals) -> JSON:
    return literals[int(word[1:-1])] if word[0] == "\x02" else word.lower()


# Other changes

_MODE = (
    rf"(?P<mode>{MARK}|4g[ _/+-]*5g\w*|5g(?:[ _/+-]*4g)?\w*|automatic"
    r"|(?:4g|lte)(?:[ /_]*(?:4g|lte))?[ _-]*only|3g[ _-]*only|2g[ _-]*only)"
)
_SET_MODE = AnyCase(
    r"\b(?:set|change|switch|select|choose|pick|put|update|adjust)\b[^.;?!]*?"
    rf"(?:\b(?:to|as|on|select|choose|option|mode|preference)\b|[:=]) ?(?:the |use )?\(?{_MODE}"
)
_PICK_MODE = AnyCase(
    rf"\b(?:select|choose|pick|use|tap(?: on)?|set) (?:the |use )?\(?{_MODE}"
    rf"(?P<behind>[^.;?!]*)"
)
_OF_MODES = re.compile(r"\bnetwork (?:mode|type)|\bpreferred network|\bpreference", re.I)
_PHONE = r"(?:(?:the|your|that|this) )?(?:mobile |cell )?(?:phone|device|handset|smartphone)"
_OFF_AND_ON = (
    rf"\b(?:turn|power|switch|shut) (?:(?:off|down) (?:{_PHONE}|it)|(?:{_PHONE}|it) (?:off|down))"
    r"(?:,| and| then| again| back| wait [\w ]{1,20}| (?:turn|power|switch|start|boot) "
    r"(?:it|the (?:phone|device)))+ (?:on|up)\b"
)
_SIM = r"(?:(?:the|your|that|this|physical) )*sim\b(?: card)?"
_SIM_IN = AnyCase(
    rf"\b(?:make sure|ensure|be sure) (?:that )?{_SIM} (?:is|sits) (?:\w+ )?"
    r"(?:inserted|seated|in place|in its (?:slot|tray))"
)
_SIM_SEATED = Step(call("reseat_sim_card"), call("check_sim_status"), "active and working")
_PICK_RESET = AnyCase(
    r"\b(?:choose|select|tap(?: on)?|press|hit|pick) (?:the )?(?:option |button )?(?:to )?reset\b"
    r"[^.;,?!]*"
)
_APN = re.compile(r"\bapns?\b|\baccess point", re.I)
_SET_APN = re.compile(
    rf"\b(?:set|enter|change|configure|type|edit)\b[^.;?!]*?\b(?:apn|access point)\b[^;?!]*?"
    rf"(?:(?P<mark>{MARK})|(?:to|as|:|=|enter|type) ?(?P<name>internet|broken)\b)",
    re.I,
)
_NOUN = r"(?<!a )(?<!the )(?<!this )(?<!your )(?<!that )(?<!each )(?<!another )(?<!of )"

_THE = r"(?:the|that|this|your) "

_OTHERS: Mapping[str, AnyCase] = {
    name: AnyCase(pattern)
    for name, pattern in {
        "reseat_sim_card": rf"\b(?:re-?seat|re-?insert|remove|eject|(?:take|pull|pop) out) "
        rf"(?:{_SIM}|it)|\b(?:take|pull|pop) {_SIM} out"
        rf"|\b(?:put|push|slide|place|insert) {_SIM} (?:back|again|firmly)",
        "reset_apn_settings": r"\b(?:reset|restore|revert)\b(?! at)[^.;,?!]{0,40}?"
        r"\b(?:apn|access point)"
        r"|\bset (?:the|your) (?:apn|access point)[^.;,?!]{0,20}? (?:back )?to "
        r"(?:the |its |their )?defaults?"
        r"|\b(?:do|perform|run) (?:a |an |the )?(?:apn|access point)(?: settings)? reset"
        r"|\breset (?:it|them|those|(?:the )?settings)(?: back)? to (?:the )?defaults?",
        "reboot_device": rf"\b(?:restart|reboot|power[- ]cycle) (?:{_PHONE}|it)\b"
        rf"|\b(?:do|perform) (?:a|the|one) (?:\w+ )?(?:restart|reboot)"
        r"|\b(?:proceed|continue|go ahead) with (?:the|a) (?:restart|reboot)"
        rf"|\bgive (?:{_PHONE}|it) (?:a|another) (?:\w+ )?(?:restart|reboot)"
        rf"|{_OFF_AND_ON}"
        rf"|{_NOUN}\b(?:restart|reboot)(?= *(?:[.,!?)]|$|and\b|once|now|again|afterwards|to\b))",
        "connect_vpn": r"\b(?:re)?connect (?:back )?(?:to |with )?(?:the |your |a )?vpn",
        "disconnect_vpn": r"\bdisconnect (?:from )?(?:(?:the|your|that|this|any|active) )*vpn"
        r"|\b(?:end|drop|terminate|log out of) (?:(?:the|your|that|this|any|active) )*vpn"
        r"|\bdisconnect (?:from )?it\b",
        "make_payment": rf"\bmake (?:a |{_THE})(?:\w+ )?payment"
        rf"|\b(?:complete|finish|submit|authori[sz]e|process|finali[sz]e|take care of"
        rf"|(?:proceed|go ahead|go on|continue) with) {_THE}(?:\w+ )?payment"
        r"(?! (?:options?|plans?)\b)"
        rf"|\bconfirm {_THE}payment (?:request )?(?:on|in) {_PHONE}"
        rf"|\b(?:accept|approve) (?:{_THE})?(?:payment|request|it\b)"
        rf"|\b(?:complete|fulfil+) {_THE}payment request"
        rf"|\b(?:use|open|follow|tap|click)(?: on)? {_THE}(?:payment )?request"
        rf"(?: (?:on|in) {_PHONE})? (?:and|to) (?:then )?"
        r"(?:pay|make|complete|settle|tap pay|tap accept)\b"
        rf"|\brespond to {_THE}(?:payment )?request by pay"
        rf"|\bpay (?:via|through|using|with|from) {_THE}(?:payment )?request"
        r"|\b(?:tap|press|click|hit|select)(?: on)? (?:the )?(?:pay(?: now)?|accept|approve)\b"
        rf"|\bpay (?:it\b|for it\b|now\b|(?:{_THE}|for the )(?:[\w$.]+ )?"
        r"(?:bill|amount|request|invoice|balance|payment))"
        rf"|\bsettle {_THE}(?:[\w$.]+ )?(?:bill|amount|request|invoice|balance)",
        "run_speed_test": r"\b(?:re-?)?(?:run|do|perform|start|take|make|try|conduct|use|launch"
        r"|execute|repeat|carry out) (?:(?:a|another|the|one|that|this|quick|more|new) )*"
        r"(?:internet )?(?:speed[- ]?test)"
        r"|\b(?:test|measure|check) (?:your|the) "
        r"(?:(?:current|mobile|data|internet|cellular|connection|network|download) )*speed\b",
        "can_send_mms": r"\b(?:send|sending|test|check|try) "
        r"(?:(?:a|an|another|yourself|me|us|the|any"
        r"|test|out|of|sending|one|new|if|whether|can|you|now|your|phone|to|again|messaging|app) )*"
        r"(?:mms\b|(?:picture|photo|multimedia|image)(?: (?:text )?messag\w+| text| mms)?)",
    }.items()
}
"""By tool without arguments, how it is spoken of; some of them only look."""


def _mode_step(word: str, literals: Literals) -> Step:
    mode = _literal(word, literals)
    if word[0] != "\x02":
        fast = "5g" in word.lower() or word.lower() == "automatic"
        number = re.search(r"[234]g", word.lower())
        mode = MODES[0] if fast else f"{number[0] if number else '4g'}_only"
    return Step(call("set_network_mode_preference", mode=mode))


def _set(match: re.Match[str], _: str, literals: Literals) -> tuple[Step, ...]:
    return (_mode_step(match["mode"], literals),)


def _picked(match: re.Match[str], before: str, literals: Literals) -> tuple[Step, ...]:
    """Return the choice of a network mode, which words around it say that it is."""
    return _set(match, before, literals) if _OF_MODES.search(before + match["behind"]) else ()


def _reset(_: re.Match[str], before: str, literals: Literals) -> tuple[Step, ...]:
    """Return the reset of what was spoken of, if that is the access point."""
    return (Step(call("reset_apn_settings")),) if _APN.search(before) else ()


def _entered(match: re.Match[str], _: str, literals: Literals) -> tuple[Step, ...]:
    given = _literal(match["mark"], literals) if match["mark"] else {"apn_name": match["name"]}
    return (Step(call("set_apn_settings", apn_settings=given)),)


# All of them

Phrase: TypeAlias = Callable[[re.Match[str], str, Literals], tuple[Step, ...]]
"""Makes steps of a match, what was said before it, and the values that its marks stand for."""


def _always(*steps: Step) -> Phrase:
    return lambda match, before, literals: steps


_PHRASES: Sequence[tuple[Words, Phrase]] = [
    (_GRANT, _grants),
    (_SET_APN, _entered),
    (_SET_MODE, _set),
    (_PICK_MODE, _picked),
    (_PICK_RESET, _reset),
    (_SIM_IN, _always(_SIM_SEATED)),
    *((pattern, _thrown) for pattern in _THROWN),
    *((pattern, _always(Step(call(name)))) for name, pattern in _OTHERS.items()),
]
"""What can be named, the more special before what it overlaps with."""


@lru_cache(4096)
def _phrases_in(text: str) -> Sequence[tuple[re.Match[str], Phrase]]:
    """Return where a sentence matches; much of what agents say they say again and again."""
    return [(match, steps) for pattern, steps in _PHRASES for match in pattern.finditer(text)]


def changes_in(text: str, before: str, literals: Literals) -> list[Found]:
    """Return what a sentence names that can be done, in order.

    Args:
        text: The sentence.
        before: What was said before it.
        literals: The values that its marks stand for.
    """
    kept: list[Found] = []
    for match, steps in _phrases_in(text):
        start, end = match.span()
        made = steps(match, before + text[:start], literals)
        if made and all(end <= other.start or other.end <= start for other in kept):
            kept.append(Found(start, end, made))
    return sorted(kept)
