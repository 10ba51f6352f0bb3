"""What can be looked up on a phone, as it is found in the words of an agent."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from operator import itemgetter

from writ_gym.domains.telecom.deeds import MARK, SWITCHES, Found, Literals, app_in, call
from writ_gym.understanding.hands import Step
from writ_gym.understanding.patterns import AnyCase

_NOUNS: Mapping[str, AnyCase] = {
    name: AnyCase(pattern)
    for name, pattern in {
        "check_status_bar": r"\bstatus bar|\bsignal (?:bars?|icon|indicator|strength)|\bbars\b"
        r"|\bbattery|\btop of (?:the|your) screen|\bnext to (?:the|your) signal"
        r"|\b(?:shows?|showing|displays?|have|has|see|seeing) "
        r"(?:a |any |the |an? \w+ )?signal\b|\bthere (?:a |any |no |an? \w+ )?(?:signal|service)\b"
        r"|\b(?:shows?|showing|says?|saying|displays?|displaying|see|seeing|reads?|reading"
        r"|indicat\w+)\b[^.?!,;]{0,20}\bno (?:service|signal)\b"
        r"|\b(?:have|has|got|getting) (?:any )?(?:service|reception)\b"
        r"(?= (?:now|again|back|yet)\b|\W*\?)",
        "check_network_status": rf"\bnetwork (?:status|settings)|\bcellular (?:connection|network)"
        rf"|\bnetwork connection|\b{SWITCHES['airplane'].words}"
        r"|\b(?:mobile|cellular) data\b(?! (?:roaming|sav\w+|usage|plan|limit|allowance|speed"
        r"|work\w*))|\bdata roaming"
        r"|\broaming (?:is )?(?:turned |switched )?(?:on|off|enabled|disabled)\b"
        r"(?! (?:for|on) (?:your|the|this) line)",
        "check_network_mode_preference": r"\bnetwork (?:mode|preference|type)|\bpreferred network"
        r"|\bmode preference|\bmode is (?:preferred|set|selected)",
        "check_sim_status": r"\bsim\b(?: card)?",
        "check_data_restriction_status": rf"\b(?:{SWITCHES['saver'].words})",
        "check_apn_settings": r"\bapn\b|\baccess point|\bmmsc\b",
        "check_wifi_calling_status": rf"\b{SWITCHES['calling'].words}",
        "check_wifi_status": rf"\b{SWITCHES['wifi'].words}",
        "check_vpn_status": r"\bvpns?\b",
        "check_installed_apps": r"\binstalled apps|\bapps\b[^.?!]{0,20}\binstalled|\bwhich apps"
        r"|\b(?:list of|what) (?:\w+ )?apps|\blist (?:the|your|all) (?:\w+ )?apps",
        "check_app_permissions": r"\bpermissions?\b",
        "check_app_status": rf"\bstatus of (?:the |your )?(?:app(?:lication)? {MARK}|{MARK} app\b"
        r"|(?:app )?messaging|(?:app )?browser|\w+ app\b)|\bapp(?:lication)?(?:'s)? status"
        r"|\b(?:at|check|open) (?:the|your) (?:\w+ )?app\b(?!(?:'s)? permission)",
        "check_payment_request": r"\bpayment requests?|\brequest(?:s|ed)? (?:for|to) pay",
        "run_speed_test": r"\bspeed[- ]?test|\b(?:what|which) speed\b"
        r"|\bhow fast\b|(?<!any )(?<!what )(?<!which )(?<!excellent )(?<!better )(?<!higher )"
        r"\bspeed\b"
        r"(?! (?:test|up|needed|required|has to|(?:that )?you|do you|should|must)\b)"
        r"|\b(?:internet|connection|download|data|current) speed\b"
        r"|\b(?:mobile data|internet) work(?:ing)?\b"
        r"|\b(?:whether|if) (?:your |the )?(?:mobile data|internet) (?:\w+ )?works?\b"
        r"|\b(?:browse|surf|open|access|try|use|load\w*) (?:the |a |any )?(?:internet|web\b)"
        r"|\bget online\b|\bable to use (?:your |the )?(?:mobile )?data\b",
        "can_send_mms": r"\b(?:send|sending) (?:\w+ ){0,3}(?:mms|(?:picture|photo) messages?)"
        r"|\b(?:mms|picture messag\w+) (?:\w+ )?works?\b",
    }.items()
}
_OF_APP = ("check_app_permissions", "check_app_status")


def looks_in(text: str, before: str, literals: Literals) -> list[Found]:
    """Return what a sentence names that the user can look up, in order; as ``changes_in``."""
    found = []
    for name, (start, end) in _nouns_in(text):
        arguments = {}
        if name in _OF_APP:
            arguments["app_name"] = app_in(text, literals, app_in(before, literals))
        found.append(Found(start, end, (Step(call(name, **arguments)),)))
    return found


@lru_cache(4096)
def _nouns_in(text: str) -> Sequence[tuple[str, tuple[int, int]]]:
    """Return which looks a sentence names and where, in order of their places."""
    found = [(name, m.span()) for name, words in _NOUNS.items() for m in words.finditer(text)]
    if any(name == "check_app_status" for name, _ in found):
        found = [each for each in found if each[0] != "check_sim_status"]
    return sorted(found, key=itemgetter(1))
