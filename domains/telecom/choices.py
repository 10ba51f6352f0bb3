"""What users of a carrier can have one way or the other, and how they say which in words of theirs.

A pattern has a group for each way. What only sounds like it is not matched: a line that has roaming
turned off is described, and a speed that a test has shown is reported.
"""

import re
from collections.abc import Iterator, Mapping

from writ_gym.understanding.patterns import AnyCase

_HOW = r"(?:turn|switch|set|put|get|have|want|need|toggl|leav|keep)\w*"
_ON = (
    r"\bon\b(?= *(?:$|[.!?,;:)\"”—–-]"
    r"|(?:for|please|again|now|and|then|when|while|at|if|or|too)\b))"
)
"""Ends a phrase, and begins none such as "on my line"."""
_STATE = AnyCase(
    r"\b(?:(?:that|which|who|whose|lines?|numbers?) (?:(?:do|does)(?: not|n't) )?ha(?:s|ve)"
    r"|with|without|whose) roaming (?:is |are )?(?:(?:turn|switch)ed )?(?:on|off|\w+abled)\b"
)
_SWITCHED = (
    r"\b(?:(?P<on>(?:turn|switch)(?:ed|ing)? on|activat(?:ed?|ing)|enabl(?:ed?|ing))"
    r"|(?P<off>(?:turn|switch)(?:ed|ing)? off|deactivat(?:ed?|ing)|disabl(?:ed?|ing)))\b"
)
_SWITCH = AnyCase(_SWITCHED)
_SET_ROAMING = AnyCase(
    rf"{_SWITCHED}"
    rf"|\b{_HOW} (?:\S+ ){{0,3}}?roaming (?:\S+ ){{0,3}}?(?:(?P<set_on>{_ON})|(?P<set_off>off\b))"
    rf"|\broaming\b:? (?:\S+ ){{0,4}}?(?:(?P<is_on>{_ON})|(?P<is_off>off\b))"
)
_OTHER_SWITCHES = AnyCase(
    r"\b(?:airplane|data|saver|wi-?fi|vpn|phone|device|calling|messag\w*|sim|apn|power|network)\b"
)
_SENTENCES = re.compile(r"(?<=[.!?]) |\n")


def roaming_in(text: str) -> Iterator[str]:
    """Yield how roaming is to be by a text: "on" or "off"."""
    for sentence in _SENTENCES.split(text):
        left = _STATE.sub(" ", sentence)
        about = "roaming" in left.lower()
        if about or not _OTHER_SWITCHES.search(left):
            for match in (_SET_ROAMING if about else _SWITCH).finditer(left):
                yield (match.lastgroup or "").removeprefix("set_").removeprefix("is_")


def _ways(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.I)


_I_AM = r"\bi(?:'m| am)"
_NOT = r"(?:not|never|cannot|\w+n't)"
_PAY = r"(?:pay|settle)\b(?! for\b)"
_IN_HAND = r"phone (?:that )?(?:in my hand|i(?:'m| am) holding|i have here)"
_DATA = r"(?:additional|more|extra) data"
_AMOUNT = (
    r"(?:\d+(?:\.\d+)? ?(?:gb|gigabytes?)\b|what it takes\b|just enough\b|as little\b"
    r"|\$[\d.]+ (?:can )?buys?\b)"
)
_SO_ON = r"(?:[^.!?;\n]|\.(?=\d))*?"
_TRAVELS = r"(?:travell?ing|abroad|in (?:another|a foreign|a different) country)"

CHOICES: Mapping[str, re.Pattern[str]] = {
    "pay": _ways(
        rf"(?P<no>\b(?:i|i'm|i am)(?: \w+)? ?{_NOT} (?:\w+ ){{0,3}}?{_PAY}"
        rf"|\bi (?:won't|can't|don't) (?:\w+ ){{0,3}}?{_PAY}"
        rf"|\b(?:rather not|refuse to|no position to|not possible for me to) {_PAY})"
        r"|(?P<yes>\bi(?:'ll|'d| will| would| do| can| shall)?"
        rf" (?:also |gladly |happily |of course |just )?{_PAY}"
        rf"|{_I_AM} (?!not\b)(?:\w+ )?(?:to|prepared to|able to) {_PAY}"
        rf"|\bi agree to {_PAY}|\bcount on me to {_PAY})"
    ),
    "place": _ways(
        r"(?:\bi(?:'m| am)|\bare|\bfind me|\bi happen to be|\bwhere i am:) (?:\w+ ){0,2}?"
        rf"(?:(?P<abroad>not at home\b|{_TRAVELS}\b|outside (?:of )?(?:the|my) (?:\w+ )?country\b)"
        rf"|(?P<home>not (?:\w+ )?{_TRAVELS}\b|at home\b|in my (?:own|home) country\b))"
    ),
    "goal": _ways(
        r"(?P<any>\b(?:any|whatever(?: the)?) speed\b|\bnot have to be (?:\w+ )?fast\b"
        r"|\bdoesn't have to be (?:\w+ )?fast\b|\bspeed (?:doesn't|does not) matter\b)"
        r"|(?P<excellent>\b(?:has|have|got|needs?|must|should|want|require|expect|only|but|reach)\b"
        r"[^.!?;]{0,40}\bexcellent\b|\bexcellent speed\b)"
    ),
    "refuel": _ways(
        rf"(?P<nothing>\b(?:no|not|never|without|\w+n't)\b(?: \w+){{0,6}}? {_DATA}\b"
        rf"(?! (?:is|should)\b))"
        rf"|(?P<some>\b(?:data(?! again)|refuel)\b{_SO_ON}{_AMOUNT}"
        rf"|{_AMOUNT}{_SO_ON}\b(?:if|should|in case)\b{_SO_ON}\b(?:data|refuel)\b)"
    ),
    "amount": _ways(
        r"(?P<least>\b(?:what it takes|just enough|as little)\b)"
        r"|(?P<bought>\$[\d.]+ (?:can )?buys?\b)"
        r"|(?<!steps of )(?<!over )(?<!under )(?<!than )(?P<given>\b\d+(?:\.\d+)? ?gb\b)"
    ),
    "in_hand": _ways(
        rf"(?P<no>\b(?:not|never|\w+n't)\b[^.!?;]*?\b{_IN_HAND}\b)|(?P<yes>\b{_IN_HAND}\b)"
    ),
    "reason": _ways(
        r"(?P<lost>\b(?:was|is|been|got|i|have) lost\b(?! (?:the|my) pin\b))"
        r"|(?P<stolen>\bstolen\b|\bstole\b)"
        r"|(?P<travelling>\btravell?ing for (?:a|some)\b|\bgoing (?:away|travell?ing)\b)"
        r"|(?P<unneeded>\b(?:not|n't|no longer) need (?:it|the line|this line|that line)\b)"
        r"|(?P<repaired>\b(?:is|being|in|under|for) (?:being )?repair(?:ed)?\b)"
        r"|(?P<saving>\bsav(?:e|ing) (?:some )?money\b)|(?P<misused>\bmisus\w+)"
        r"|(?P<spare>\bspare (?:line|one)\b)"
    ),
    "topic": _ways(
        r"(?P<status>\bthe status\b|\bwhich status\b)|(?P<left>\bdata (?:that )?is left\b"
        r"|\bhow much data (?:i have|is) left\b)|(?P<used>\bdata (?:that )?was used\b)"
        r"|(?P<contract_end>\bcontract ends?\b|\bend of the contract\b)"
        r"|(?P<plan>\bname of its plan\b|\bwhich plan\b)"
        r"|(?P<roaming>\b(?:whether|if|how) roaming is\b)|(?P<total>\bthe total\b|\bit comes to\b)"
        r"|(?P<due>\bdue date\b|\bit is due\b)|(?P<count>\bnumber of positions\b"
        r"|\bhow many positions\b)|(?P<name>\bit is called\b|\bits name\b)"
        r"|(?P<price>\bper month\b|\bmonthly price\b)|(?P<limit>\bdata limit\b"
        r"|\bhow much data it includes\b)|(?P<refuel_price>\brefuelled gigabyte\b)"
        r"|(?P<service>\bit has service\b|\bany service\b)|(?P<data>\bmobile data works\b)"
        r"|(?P<mms>\bpicture messages can be sent\b)|(?P<speed>\bspeed that it measures\b"
        r"|\bhow fast mobile data is\b)"
    ),
}  # fmt: skip
"""By slot; see ``Lexicon.choices``."""
