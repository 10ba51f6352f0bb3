"""The values that a text about travel names, found however they are written."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from writ_gym.domains.airline.timetable import AIRPORTS
from writ_gym.understanding.patterns import AnyCase

_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_DAY = AnyCase(
    r"\b(?P<iso>\d{4}-(?P<m>\d\d)-(?P<d>\d\d))\b"
    rf"|\b(?P<month>{'|'.join(_MONTHS)})[a-z]* (?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b(?!,? (?:19"
    rf"|20[01]))"
    rf"|\b(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<month2>{'|'.join(_MONTHS)})[a-z]*\b"
    r"(?!,? (?:19|20[01]))"
)
_THIS_YEAR = "2024-"


def days_in(text: str) -> Iterator[str]:
    """Yield the days of travel in a text, as month and day."""
    for match in _DAY.finditer(text):
        if match["iso"]:
            if match["iso"].startswith(_THIS_YEAR):
                yield f"{match['m']}-{match['d']}"
        else:
            month = _MONTHS.index((match["month"] or match["month2"])[:3].lower()) + 1
            yield f"{month:02}-{int(match['day'] or match['day2']):02}"


_FULL_NAME = re.compile(r"\b[A-Z][a-z]+ [A-Z][a-z]+\b")


def passengers_in(text: str) -> Iterator[str]:
    """Yield the full names in the lines of a text that speak of passengers."""
    for line in text.split("\n"):
        _, speaks, rest = line.partition("assenger")
        if speaks:
            sentence = re.split(r"[.?!] ", rest, maxsplit=1)[0]
            yield from (match[0] for match in _FULL_NAME.finditer(sentence))


NEW_YORK = frozenset({"JFK", "LGA", "EWR"})
"""Airports of New York, which people call by its name."""
_PLACES = {
    **{city: code for code, city in AIRPORTS.items() if code not in NEW_YORK},
    **dict.fromkeys(("New York", "NYC", "LaGuardia", "Newark"), "NYC"),
    **{code: "NYC" if code in NEW_YORK else code for code in AIRPORTS},
}
_CITIES = frozenset(AIRPORTS.values())
_PLACE = re.compile(rf"\b(?:{'|'.join(_PLACES)})\b")


def places_in(text: str) -> Iterator[str]:
    """Yield the airports, or the cities, that a text names, each as one code."""
    for match in _PLACE.finditer(text):
        yield _PLACES[match[0]]


PAYMENT = AnyCase(
    r"\b(?:(?P<certificate>certificate_\d+|(?:use|using|with|from|apply|applying|your|my) "
    r"(?:\w+ ){0,3}certificates?)|(?P<gift>gift[ _]cards?)"
    r"|(?P<card>credit[ _]cards?|visa|master ?card))"
)


_REFUND = AnyCase(
    r"(?P<without>\bnon-?refund\w*|(?:\b(?:no|not|cannot|without|unable|neither)\b|n't\b)"
    r"(?:(?! but\b)[^.;:?\n]){0,60}\brefund\w*|\brefund(?:s|ed)?\b"
    r"(?: [^.;:?,\n]{0,40})? (?:\w+n't|\w*not|impossible|unavailable)\b)|\b(?P<refund>refund\w*)"
)


def refunds_in(text: str) -> Iterator[str]:
    """Yield whether there is a refund by what a text says last."""
    if "refund" not in text.lower():
        return
    found = [match.lastgroup or "" for match in _REFUND.finditer(text)]
    yield from found[-1:]


_CABIN = r"(?:basic[ -]economy|economy|business)"
_CABINS = AnyCase(
    r"\b(?:(?P<basic>basic[ -]economy)|(?P<economy>economy)|(?P<business>business))\b"
)
_FORMER = AnyCase(rf"\bfrom {_CABIN}(?: class| cabin)?(?= (?:in)?to {_CABIN}\b)")


def cabins_in(text: str) -> Iterator[str]:
    """Yield the cabins in a text, less those that are left for another one."""
    for match in _CABINS.finditer(_FORMER.sub("", text)):
        yield match.lastgroup or ""


_TO = r"(?<=[\w)])(?: ?(?:→|[-=]>|[–—-]) ?| to )"
_ENDS = re.compile(
    r"(?:(?P<from>\b(?i:from|leaving|departing|origin|departure(?: city| airport)?):? )"
    rf"|(?P<to>{_TO}|\b(?i:to|destination|arrival(?: city| airport)?|arriv\w+ (?:in|at)):? ))?"
    rf"\b(?P<place>{'|'.join(_PLACES)})\b(?: \((?P<code>[A-Z]{{3}})\))?"
    rf"(?P<on>(?={_TO}(?:{'|'.join(_PLACES)})\b))?"
)
"""A place, with what says whether somebody leaves it or comes to it."""
_OWN_CODES = {"LaGuardia": "LGA", "Newark": "EWR"}


def _airport(match: re.Match[str]) -> str:
    """Return the code of an airport; "NYC" if New York is all that is said of it."""
    name = match["code"] if match["code"] in AIRPORTS else match["place"]
    return name if name in AIRPORTS else _OWN_CODES.get(name, _PLACES[name])


@lru_cache(256)
def _ends_in(text: str) -> Sequence[re.Match[str]]:
    return tuple(_ENDS.finditer(text)) if _PLACE.search(text) else ()


def origins_in(text: str) -> Iterator[str]:
    """Yield the airports from which a text has somebody fly."""
    return (_airport(each) for each in _ends_in(text) if each["from"] or each["on"] == "")


def destinations_in(text: str) -> Iterator[str]:
    """Yield the airports to which a text has somebody fly."""
    return (_airport(each) for each in _ends_in(text) if each["to"])


WAYS = AnyCase(
    r"\b(?:(?P<one_way>one[- ]way(?! (?:fare|price|cost)))"
    r"|(?P<round_trip>round[- ]trip|there and back))\b"
)
STOPS = AnyCase(
    r"\b(?:(?P<direct>direct flights?|non-?stop|without (?:a |any )?stops?)"
    r"|(?P<one>one[- ]stop(?:over)?|with (?:one|a) stop(?:over)?|connecting flights?))\b"
)
FLIGHTS = re.compile(r"\bHAT\d{3}\b")

_NOT_NAMES = (
    r"(?!(?:Adults?|And|Basic|Booking|Business|Cabin|Cards?|Checked|Child|Class|Credit|Date|Economy"
    r"|Flights?|For|Gift|Insurance|Mrs?|Ms|Names?|Passengers?|Payment|Reservation|Total|Travel"
    r"|Travell?ers?|Trip|With)\b)"
)
_NAME_WORD = rf"{_NOT_NAMES}[A-Z](?:[^\W\d_]+|['’][A-Z][^\W\d_]+)(?:['’-][^\W\d_]+)*\b"
_NAME = rf"{_NAME_WORD}(?: {_NAME_WORD})+"
_NAMES = re.compile(rf"\b{_NAME}")
_BORN = re.compile(
    rf"\b({_NAME})(?:,|:| \(| with| [-–—])? ?(?:(?i:born|date of birth|birth ?date)|DOB)\b"
)
_SPEAKS_OF_BIRTH = AnyCase(r"born|birth|dob")
_SPEAKS_OF_PEOPLE = AnyCase(r"(?:passenger|travell?er)")


def _born_in(text: str) -> list[str]:
    """Return the full names of those whose dates of birth follow."""
    return _BORN.findall(text) if _SPEAKS_OF_BIRTH.search(text) else []


def people_in(text: str) -> Iterator[str]:
    """Yield the full names of those who are to travel, in a text that books or changes it.

    They stand in a line that speaks of passengers, or their dates of birth follow.
    """
    for line in text.split("\n"):
        speaks = _SPEAKS_OF_PEOPLE.search(line)
        told = [match[0] for match in _NAMES.finditer(line, speaks.end())] if speaks else []
        for names in (*told, *_born_in(line)):
            yield names
            yield from (" ".join(pair) for pair in pairwise(names.split()))


_LISTED = re.compile(
    r"\b(?i:(?:passengers?(?:\(s\))?|travell?ers?)(?: (?:names?|list|details))*"
    r"(?::| (?:are|is|will be):?))\W{1,4}"
    rf"(?P<names>{_NAME}(?:(?: \([^()\n]*\))?(?:,? and |, | & ){_NAME})*)"
)


def travellers_in(text: str) -> Iterator[str]:
    """Yield the full name of each who is said to travel, and no other name.

    They are listed right behind a word for passengers, or their dates of birth follow.
    """
    names = _born_in(text)
    for match in _LISTED.finditer(text) if _SPEAKS_OF_PEOPLE.search(text) else ():
        names += _NAMES.findall(match["names"])
    return (name for name in names if name not in _CITIES)


_NUMBERS = {
    word: str(number)
    for number, word in enumerate("zero one two three four five six seven eight nine ten".split())
} | {"no": "0"}
_COUNT = rf"(\d+|{'|'.join(_NUMBERS)})"
BAGS = r"(?:bags?|baggage|luggage|suitcases?)"
_CHECKED = rf"(?:checked )?{BAGS}"
_IN_ALL = AnyCase(
    rf"\b{_COUNT} {_CHECKED} (?:in all|in total|altogether|all together|at all)\b"
    rf"|\btotal of {_COUNT} {_CHECKED}\b"
    rf"|\b(?:(?<!entitled )(?<!up )to|will have|with|be|need|want|take|like) {_COUNT} {_CHECKED}\b"
    r"(?! (?:more|extra|free|for free|at no|included|each|per|for (?:each|every)))"
    rf"|(?<!free )(?<!free checked )\b{_CHECKED}: {_COUNT}\b"
    r"(?! (?:free|paid|extra|more|additional|of|per|each))"
)
_MORE = AnyCase(
    rf"\b{_COUNT} (?:more|extra|additional|further) {_CHECKED}\b(?! (?:is|are) (?:not |free|paid))"
    rf"|\b{_COUNT} {_CHECKED} more\b"
    rf"|\badd(?:ing)? {_COUNT} {_CHECKED}\b(?! (?:in all|in total|altogether|each|per|for))"
)
_EACH = AnyCase(
    rf"\b{_COUNT} {_CHECKED} (?:each|per|for (?:each|every)) ?(?:passenger|person|travell?er)?\b"
    r"(?![^.,;()\n]{0,40}\b(?:free|included)\b)"
)
_PAID = AnyCase(
    rf"\b{_COUNT} (?:of (?:them|these|which) )?(?:(?:are|is) )?(?:not free|non-?free|paid)\b"
    rf"|\b(?:non-?free|paid) {_CHECKED}: {_COUNT}\b|\b{_COUNT} {_CHECKED}(?: in all)?, not free\b"
)


def _counts(words: AnyCase, text: str) -> Iterator[str]:
    lowered = text.lower()
    if not any(noun in lowered for noun in ("bag", "luggage", "suitcase")):
        return
    for match in words.finditer(text):
        count = match[match.lastindex or 0].lower()
        yield _NUMBERS.get(count, count)


def bags_in_all(text: str) -> Iterator[str]:
    """Yield how many checked bags there are to be, of all passengers together."""
    return _counts(_IN_ALL, text)


def more_bags(text: str) -> Iterator[str]:
    """Yield how many checked bags are to be added."""
    return _counts(_MORE, text)


def bags_each(text: str) -> Iterator[str]:
    """Yield how many checked bags there are to be for each passenger."""
    return _counts(_EACH, text)


def paid_bags(text: str) -> Iterator[str]:
    """Yield how many checked bags are not free of charge."""
    return _counts(_PAID, text)


_REASONS = AnyCase(
    r"\b(?:(?P<plans>change of plans?|plans?(?: have| has)? changed)"
    r"|(?P<airline>airline(?: has| have)? cancel{1,2}ed|cancel{1,2}ed by (?:the airline|you)"
    r"|you (?:guys )?(?:have )?cancel{1,2}ed (?:a|one of the|the|my|our) flights?)"
    r"|(?P<health>ill(?:ness)?|sick(?:ness)?(?! of\b)|health(?! or\b| and\b| insurance\b))"
    r"|(?<!or )(?<!and )(?P<weather>weather|storms?)"
    r"|(?P<other>(?:an)?other reasons?|reasons? (?:\w+ ){0,4}?(?:something else|of another kind)"
    r"|reason\b[^.\n]{0,20}: other))\b"
)
"""Why somebody cancels; "health or weather" is how rules speak of it."""
_CHOICES = re.compile(r"\([^()]*\bor\b[^()]*\)")


def reasons_in(text: str) -> Iterator[str]:
    """Yield the reasons that a text has for a cancellation, less those that it offers to choose."""
    for match in _REASONS.finditer(_CHOICES.sub("", text)):
        yield match.lastgroup or ""


TROUBLES = AnyCase(
    r"\bflights?\b[^.,;:\n]{0,60}? (?:was|were|is|are|has been|have been) (?:\w+ )?"
    r"(?:(?P<cancelled>cancel{1,2}ed)|(?P<delayed>delayed|late))\b"
)
"""What has become of a flight."""
