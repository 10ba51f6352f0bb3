"""What an agent's free text tells a telecom user to do with the phone in their hand.

A sentence is searched for things that can be done or looked up (``deeds``, ``looks``); each counts
if the words before it make it an instruction, or a question that a look answers. What the agent
speaks of, plans or does itself is none, nor is what the user is only asked to agree to.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from writ_gym.database import JSON
from writ_gym.domains.telecom.deeds import Found, call, changes_in
from writ_gym.domains.telecom.looks import looks_in
from writ_gym.domains.telecom.user_tools import USER_TOOLS
from writ_gym.understanding.hands import Step
from writ_gym.understanding.patterns import AnyCase
from writ_gym.understanding.reading import sentences_in

# What the words before something make of it: the last of these decides.

_INSTRUCTS = (
    r"please|kindly|(?:could|can|would|will) you(?! (?:like|prefer|want|rather|be |agree|confirm "
    r"that you))|you(?:'ll| will| would| do)?(?: now| just| then| also)? (?:need|have) to"
    r"|you'll want to"
    r"|(?<!so )(?<!that )you (?:should|must|can|could|may|might)|(?:need|want|like|require) you to"
    r"|ask(?:ing)? you to|(?:have|having) you|you to|let'?s|go ahead and"
    r"|make sure (?:to|you)|be sure to|remember to|(?:don't|not) forget to|so kind as to"
    r"|(?:step|thing)(?: to do)?(?: now)? is to"
    r"|how about you"
)
_WE = r"we(?:'ll| will| do)?(?: now| then| first| also)? (?:need to|should|have to|must|want to)"
_SUBORDINATE = (
    r"once(?! (?:more|again)\b)|when(?:ever)?|after(?! (?:that|this)\b)|before|until|till|while"
    r"|as soon as|since|because|in case|unless|if|whether|even though|although|as|now that|so that"
)
_OTHERS = (
    r"(?:this|that|it|which|these|they|phone|device|restart|reboot|reset|change|test|line|plan) "
    r"(?:\w+ )?(?:will|would|may|might|can|could|should|does|is|was|are|were|has|had|helps?|lets?"
    r"|makes?)"
)
_BLOCKS = (
    r"(?:at the end|later|afterwards|after that|then),? i(?:'ll| will) ask you to"
    r"|(?:i|we)(?:'ll| will) (?:then|later|afterwards) ask you to"
    r"|(?:i|we)(?:'ll| will) [^.;?!]{1,80}? and (?:then )?ask you to"
    r"|i|i'\w+|we|we'\w+|let me(?! know)|(?:would|do|did|have|had|were|are) you|shall|may"
    r"|(?:ok|okay|fine|alright|ready|willing|agree|want|like|wish|able|happy|about|going|trying"
    r"|planning|permission|consent|order|how|confirm|proceed|option|unable|allowed|used|request) to"
    r"|would be to|not|\w+n't|never|no need|without|avoid|instead of|rather than|cannot"
    r"|you (?:have|had|were|are|did|said|told|just|already|reported|mentioned)|you're|you've|you'd"
    r"|so you|so that you|that you can|automatically"
)
_KINDS = (
    rf"(?P<instructs>{_INSTRUCTS})|(?P<we>{_WE})|(?P<blocks>{_BLOCKS}|{_OTHERS}|{_SUBORDINATE})"
)
_GOVERNORS = re.compile(rf"\b(?:{_KINDS})\b", re.I)
_READY = r"(?:ok|okay|fine|alright|all right|ready|willing|happy|able|comfortable|prepared)"
_OFFERS = (
    r"i(?:'d| would)? (?:propose|suggest|recommend|advise)(?: that)?(?: (?:you|we)(?: should)?)?"
    r"|(?:shall|should|may|can|could) we|(?:shall|should|may) (?:you|i (?:ask|have) you(?: to)?)"
    r"|we(?:'d| would| could| can| might| may| should| need to| have to| must| want to)+"
    r"|(?:would|do) you (?:like|want|wish|prefer|agree|consent) to"
    r"|(?:would|do) you mind if (?:you|we)"
    rf"|(?:would|are|will) you (?:be )?{_READY} (?:to|with)"
    rf"|(?:is|would) (?:it|that) (?:be )?{_READY} (?:with you )?(?:(?:for you )?to|if (?:you|we))"
    r"|(?:step|thing|plan|proposal|solution|suggestion)(?: now)? (?:is|would be) to"
    r"|(?:need|want|like) (?:your (?:yes|okay|ok|agreement|consent|permission) to|to have you)"
)
_OFFERING = re.compile(rf"\b(?:(?P<offers>{_OFFERS})|{_KINDS})\b", re.I)
"""As ``_GOVERNORS``, where a yes is asked for."""
_CLOSED = re.compile(rf"\b(?:{_SUBORDINATE}|{_OTHERS})\b(?P<rest>[^,]*),", re.I)
"""A clause beside the main one, up to its comma."""
_NEW_START = re.compile(r"[;:>]|\s[-–—]+\s|, (?:so|now|next|therefore|thus|but)\b", re.I)
_CHUNK = re.compile(r",|\band\b|\bthen\b|\bor\b|\bso\b", re.I)
_FILLER = re.compile(
    r"^\W*(?:(?:first|second|third|next|now|also|just|simply|once|again|finally|lastly|step \d+|\d+"
    r"|double|there|you|quickly|manually|carefully|afterwards|after (?:that|this)|here|again|great"
    r"|okay|ok|sure|thanks|thank you|perfect|good|alright|yes|try to|to do (?:so|this|that)|run|use"
    r"|tap|action|task)\W+)*$"
    r"|^\W*(?:in|on|from|under|within|at|inside|using|with) [\w' &/]+$"
    r"|^\W*(?:tap|click|press|hit|touch|use|open)(?: on)? [\w' &/]+ to\W*$",
    re.I,
)

# Conditions

_IF = re.compile(r"\bif\b", re.I)
_IF_BEHIND = re.compile(r"[^,;]*\bif\b", re.I)
_OUTCOME = re.compile(
    r"\bif\b[^,.;]*\b(?:persist\w*|still|does(?:n't| not)|did(?:n't| not)|isn't|not (?:work|help)"
    r"|fail\w*|continues?|remains?|unsuccessful|no luck|issue|problem)\b|\bif not\b",
    re.I,
)
"""A condition that only time will tell."""
_STATE = re.compile(r"\bif (?:so|yes|it'?s?|that|they|any|one|there|the|your|you see)\b", re.I)
_ASKED_BEHIND = re.compile(
    r",\W*(?:is that (?:a yes|ok\w*|al+ ?right|fine)|do you (?:agree|consent)|shall (?:we|i)"
    r"|may i)\b[^?]*\?\s*$",
    re.I,
)
"""At the end of a sentence, it makes a question of what would be told."""
_DUE = re.compile(r"\byou(?:'ll|'d| will| would)? (?:need|have|must|should)\b", re.I)
_AT_HAND = re.compile(r"\brequest\b|\bon your (?:phone|device)\b", re.I)
"""What can be paid now, as it is there on the phone."""
_NOW = re.compile(r"\bnow\b", re.I)
_LATER = re.compile(r"\blater\b|\b(?:once|after|when|as soon as) (?:i|we)\b", re.I)
_HARMLESS = frozenset({"disconnect_vpn", "grant_app_permission", "set_network_mode_preference"})
"""What comes to nothing where it is not needed."""

# Looks

_LOOKS = re.compile(
    r"\b(?:check|look|see|verify|review|confirm|tell me"
    r"|let me know(?! (?:once|when|after|as soon))|view"
    r"|read|inspect|find|list|report|describe|examine|share|try|test|show me|take a look|give me"
    r"|what (?:do )?you see|what it (?:says|shows))\b",
    re.I,
)
_TOLD = re.compile(r"\b(?:tell me|let me know|confirm|share|give me|report|describe)\b", re.I)
_OF_SOMETHING_ELSE = re.compile(
    r"\b(?:problems?|issues?|troubles?|want|would like|(?:which|what) line|wish|number|full name"
    r"|date of birth|customer id|having|experiencing|unable|agree|proceed|help"
    r"|prefer|willing|okay with|happy|ready to|goal|abroad|bill id"
    r"|how fast\b[^.?!,;]*\b(?:(?:has|have|needs?|got|supposed) to|should|must|need|require))\b",
    re.I,
)
_GOING_ON = re.compile(r"\w+ing\b", re.I)
_IS_SO = re.compile(r"\s*(?:works?|worked|is|was|fails?|failed)\b", re.I)
"""In "sending picture messages works", it says how that is."""
_OPENS = re.compile(r"\b(?:open|go to|navigate|access|pull down|swipe|look|find|head)\b", re.I)
_ELSEWHERE = re.compile(
    r"\b(?:i|i'\w+|we|we'\w+|once|when|after|before|until|while|because|since|so that|want|agree"
    r"|would like|(?:affect|caus|improv|increas|influenc|limit|lower|reduc|slow|throttl)\w*)\b",
    re.I,
)
"""Between a verb of looking and a thing: that is not what is looked at now."""
_QUESTION = re.compile(
    r"^(?:[^?]*,)?\W*(?:(?:and|now|okay|so|also|then|next|first)\W+)*(?:"
    r"(?:is|are)\b[^?]*\b(?:on|off|enabled|disabled|active|connected|set|missing|locked|inserted"
    r"|seated|installed|granted|selected|there|showing|displayed|allowed|using|working"
    r"|in (?:air ?plane|flight|data|low)|seeing|getting"
    r"|able to (?:use|browse|access|open|get|see|check|find|read|tell)|there)\b"
    r"|(?:what|which)\b[^?]*(?:\b(?:says?|shows?|see|displayed|selected|set|status|preferred"
    r"|installed|state|has|have|result|current|currently|is|get|getting)|(?<=what)'s)\b"
    r"|what are (?:the|your)\b"
    r"|(?:do|can) you (?:currently )?(?:see|have|use|find|get|browse|open|access|try)\b"
    r"|do(?:es)?\b[^?]*\b(?:show|say|have|display|work)\b"
    r"|how (?:many|fast)\b|(?:has|have|did)\b|(?:can|are) (?:you|your|it)\b[^?]*"
    r"\b(?:send|sending)\b)",
    re.I,
)


@lru_cache(4096)
def understood(text: str) -> Sequence[Step]:
    """Return what an agent's message tells the user to do, in order."""
    steps: list[Step] = []
    said, literals = _prepared(text)
    before = ""
    for sentence in _told_to_user(said):
        for step in _steps_in(sentence, before, literals):
            if _is_seen(step, steps):
                continue
            if steps and steps[-1].call == step.call and not _opposite(steps[-1], step):
                steps[-1] = step if step.look else steps[-1]
            else:
                steps.append(step)
        before += f"{sentence} "
    return tuple(steps)


def _is_seen(step: Step, before: list[Step]) -> bool:
    """Say whether a step only looks, and the user has looked there since it last did something."""
    for each in reversed(before):
        if USER_TOOLS[each.call.name].kind != "read":
            return False
        if each.call == step.call:
            return True
    return False


def offered(text: str) -> list[Step]:
    """Return what an agent's message would have the user do who agrees to it, in order."""
    steps: list[Step] = []
    said, literals = _prepared(
        _ACTIVE.sub(_active, _AGREED_TO.sub(lambda match: _NOUN.sub(_base, match[0]), text))
    )
    before = ""
    for sentence in _told_to_user(said, plans=True):
        for each in changes_in(sentence, before, literals):
            if _is_offered(sentence, each):
                steps += [step for step in each.steps if step not in steps]
        before += f"{sentence} "
    return steps


def _opposite(one: Step, other: Step) -> bool:
    """Say whether a switch is thrown one way and then the other."""
    return bool(one.look and other.look and one.done != other.done)


# Preparing a text

_QUOTED_JSON = re.compile(r'`("(?:[^"\\]|\\.)*")`')
_NAMES = {
    tool.name: {
        "toggle_data": "toggle mobile data",
        "toggle_roaming": "toggle data roaming",
        "can_send_mms": "try to send a picture message",
        "make_payment": "make the payment",
        "check_apn_settings": "check the apn settings",
        "set_apn_settings": "set the apn",
    }.get(tool.name, tool.name.replace("_", " "))
    for tool in USER_TOOLS
}
_TOOL = re.compile(rf"\b(?:{'|'.join(_NAMES)})\b(?:\(\))?")
_GERUND = AnyCase(
    r"\b(?:try(?:ing)?(?: out)?|please (?:proceed|continue|go ahead)(?: with| by)?"
    r"|mind|suggest|recommend|consider|how about|what about"
    r"|(?:start|begin)(?: off)?(?: by| with)?) (?P<stem>turn|switch|toggl|disabl|enabl|restart"
    r"|reboot|resett|check|runn|re-?seat|remov|disconnect|connect|grant|send|open|sett|chang|pay"
    r"|look|tak|mak|power|putt|activat|deactivat|allow|reinsert|perform|do)ing\b"
)
_STEMS = (
    r"turn|switch|toggl|disabl|enabl|restart|reboot|resett|runn|re-?seat|remov|disconnect|connect"
    r"|grant|send|sett|chang|pay|tak|mak|putt|activat|deactivat|allow"
)
_AGREED_TO = AnyCase(
    r"\b(?:agree|consent|okay|ok|fine|happy|comfortable|alright) (?:to|with) (?:you |us )?\w+ing\b"
    r"[^.;?!]*"
)
"""What is to be agreed to as a noun: "do you agree to turning it off"."""
_NOUN = re.compile(rf"\b(?:to|with|and|then|,) (?:you |us )?(?P<stem>{_STEMS})ing\b", re.I)
_ACTIVE = AnyCase(
    r"(?P<what>\b[\w' /-]{2,40}?) (?:(?:still |also )?(?:needs?|has|have|ought|would have) to"
    r"|should|must) (?:now |first )?be (?P<verb>turned|switched|toggled|disabled|enabled|restarted"
    r"|rebooted|reset|disconnected|set|changed|granted|removed|reseated)\b"
)
"""What something needs done to it: "airplane mode has to be turned off"."""
_MARKUP = re.compile("[*`\"“”#]|(?<!\\w)['\u2018]|'(?!\\w)")
_BASES = {"resett": "reset", "runn": "run", "sett": "set", "putt": "put"}
_WITH_E = ("toggl", "disabl", "enabl", "remov", "chang", "tak", "mak", "activat", "deactivat")


def _prepared(text: str) -> tuple[str, list[JSON]]:
    """Return a text in plain words, with marks in the place of JSON values, and these."""
    literals: list[JSON] = []

    def mark(value: JSON) -> str:
        literals.append(value)
        return f"\x02{len(literals) - 1}\x02"

    text = text.replace("\x02", "").replace("’", "'")
    text = _QUOTED_JSON.sub(lambda match: mark(json.loads(match[1], strict=False)), text)
    pieces, rest = [], text
    while (start := rest.find("{")) >= 0:
        try:
            value, length = json.JSONDecoder().raw_decode(rest[start:])
        except json.JSONDecodeError:
            value, length = None, 1
        pieces += [rest[:start], mark(value) if isinstance(value, dict) else " "]
        rest = rest[start + length :]
    text = _TOOL.sub(lambda match: _NAMES[match[0].removesuffix("()")], "".join([*pieces, rest]))
    return _GERUND.sub(_base, _MARKUP.sub("", text)), literals


def _base(match: re.Match[str]) -> str:
    stem = match["stem"].lower()
    return f"please {_BASES.get(stem, stem + 'e' if stem in _WITH_E else stem)}"


def _active(match: re.Match[str]) -> str:
    """Return a passive as what somebody has to do."""
    verb = re.sub(r"(?<=l|b|g|v)ed$", "e", match["verb"].lower())
    what = match["what"].strip()
    return f"we have to {re.sub(r'ed$', '', verb)} {what[0].lower()}{what[1:]}"


_ITEM = re.compile(r"^\s*(?:[-•–]|\d+[.)])\s*")
_OWN = re.compile(r"\b(?:i|we|i'\w+|we'\w+|my (?:end|side|part)|plan|propose|agent)\b", re.I)
_YOURS = re.compile(r"\b(?:please|you|your)\b", re.I)
_YOU = re.compile(r"\W*you\b", re.I)
_TO_LOOK_AT = re.compile(
    r"\b(?:check|look|tell me|let me know|verify|confirm|share|provide)\b[^.?!]*:\s*$", re.I
)
_A_THING = re.compile(
    r"\W*(?:the|your|whether|if|what|which)\b|(?:[\w'-]+ ){0,2}(?:bars?|card|mode|permissions?"
    r"|preference|settings|signal|speed|status)\W*$",
    re.I,
)


def _told_to_user(text: str, *, plans: bool = False) -> Iterator[str]:
    """Yield the sentences of a text, without lists of what the agent does itself.

    The items of a list of what is to be looked at are told as the sentence over it tells them.

    Args:
        text: The text.
        plans: Whether what the user is to do by a plan of the agent belongs to it.
    """
    own = looks = False
    for line in text.split("\n"):
        is_item = bool(_ITEM.match(line))
        if not is_item and line.strip():
            own = False
            looks = bool(_TO_LOOK_AT.search(line))
        said = _ITEM.sub("", line)
        if not (own and is_item) or (plans and _YOU.match(said)):
            yield from sentences_in(
                f"please check {said}"
                if looks and _A_THING.match(said) and not changes_in(said, "", ())
                else said
            )
        if line.rstrip().endswith(":"):
            last = sentences_in(line.rstrip())[-1]
            own = bool(_OWN.search(last)) and not _YOURS.search(_OWN.split(last)[-1])


# Reading a sentence


def _steps_in(sentence: str, before: str, literals: list[JSON]) -> Iterator[Step]:
    """Yield what one sentence tells the user to do."""
    named = changes_in(sentence, before, literals)
    changes = [each for each in named if _is_told(sentence, each)]
    looks = [
        each
        for each in looks_in(sentence, before, literals)
        if not any(_overlap(each, other) for other in named if other in changes or _acts(other))
    ]
    chosen = [*changes, *_wanted(sentence, looks)]
    for each in sorted(chosen, key=lambda found: found.start):
        for step in each.steps:
            if adapted := _under_condition(sentence, each, step):
                yield adapted


def _overlap(one: Found, other: Found) -> bool:
    return one.start < other.end and other.start < one.end


def _acts(found: Found) -> bool:
    """Say whether something changes a phone, and does not only try it."""
    return any(USER_TOOLS[step.call.name].kind == "write" for step in found.steps)


def _is_told(sentence: str, found: Found) -> bool:
    """Say whether the words around something make it an instruction."""
    if _GOING_ON.match(sentence, found.start) and _IS_SO.match(sentence, found.end):
        return False
    if _ASKED_BEHIND.search(sentence, found.end):
        return False
    mood = _mood(sentence[: found.start])
    pays = any(step.call.name == "make_payment" for step in found.steps)
    if pays and _DUE.search(sentence) and not _AT_HAND.search(sentence):
        return False  # says what has to be, and not that it can be done now
    if pays and _LATER.search(sentence, found.end):
        return False
    if mood == "we":
        return all(step.call.name in ("run_speed_test", "can_send_mms") for step in found.steps)
    return mood == "instructs"


def _is_offered(sentence: str, found: Found) -> bool:
    """Say whether the words around something make it what a yes would be for."""
    pays = any(step.call.name == "make_payment" for step in found.steps)
    if pays and not (_AT_HAND.search(sentence) or _NOW.search(sentence, found.start)):
        return False
    return _mood(sentence[: found.start], _OFFERING) != "blocks"


def _mood(before: str, words: re.Pattern[str] = _GOVERNORS) -> str:
    """Return what the words before something make of it: "instructs", "blocks" or the like."""
    clause = _CLOSED.sub(",", _NEW_START.split(before)[-1])
    governors = list(words.finditer(clause))
    if governors:
        return governors[-1].lastgroup or "blocks"
    return "instructs" if _FILLER.match(_CHUNK.split(clause)[-1]) else "blocks"


def _wanted(sentence: str, looks: list[Found]) -> Iterator[Found]:
    """Yield those of the things to look up that the user is to look up."""
    if not looks:
        return
    verbs = [
        verb
        for verb in _LOOKS.finditer(sentence)
        if _mood(sentence[: verb.start()]) in ("instructs", "we")
    ]
    if verbs and not (_TOLD.match(verbs[0][0]) and _OF_SOMETHING_ELSE.search(sentence)):
        yield from _sought(sentence, looks, verbs)
    elif not verbs and _asks(sentence):
        yield from looks


def _sought(sentence: str, looks: list[Found], verbs: list[re.Match[str]]) -> Iterator[Found]:
    """Yield what verbs of looking are about: what comes after them, or else was opened before."""
    first = verbs[0]
    after = [each for each in looks if each.start >= first.start()]
    for each in after:
        verb = max((v for v in verbs if v.start() <= each.start), key=lambda v: v.start())
        if not _ELSEWHERE.search(sentence, verb.end(), each.start):
            yield each
    if not after:
        yield from (each for each in looks if _OPENS.search(sentence[: each.start]))


def _asks(sentence: str) -> bool:
    """Say whether a sentence is a question that a look at the phone answers."""
    return (
        sentence.rstrip().endswith("?")
        and bool(_QUESTION.match(sentence.strip()))
        and not _OF_SOMETHING_ELSE.search(sentence)
        and not re.search(r"\b(?:i|we|shall|should)\b", sentence, re.I)
    )


def _under_condition(sentence: str, found: Found, step: Step) -> Step | None:
    """Return a step as it is taken under the condition beside it; None if that has to wait."""
    behind = sentence[found.end :]
    condition = sentence[: found.start] if _IF.search(sentence[: found.start]) else ""
    if _IF_BEHIND.match(behind):
        condition = behind
    if not condition or USER_TOOLS[step.call.name].kind == "read":
        return step
    if _OUTCOME.search(condition) and not step.look:
        return None
    if not _STATE.search(condition) or step.look or step.call.name in _HARMLESS:
        return step
    if step.call.name == "reseat_sim_card":
        return replace(step, look=call("check_sim_status"), done="active and working")
    return None
