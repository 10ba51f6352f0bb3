"""The values that a text of a recorded conversation states, normalised, by kind.

Independent of ``writ_gym.understanding`` and of the domains' lexicons, which are measured by it.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

Values = Mapping[str, frozenset[str]]
"""By kind, such as "order" or "date", the normalised values that a text states."""


@dataclass(frozen=True)
class Records:
    """What the records that the agent saw have names for, lower-cased."""

    people: frozenset[str]
    """Full names."""
    products: frozenset[str]
    options: frozenset[str]


_AIRPORTS = {
    "san francisco": "SFO", "new york": "NYC", "jfk": "NYC", "lga": "NYC", "nyc": "NYC",
    "los angeles": "LAX", "chicago": "ORD", "dallas": "DFW", "denver": "DEN", "seattle": "SEA",
    "atlanta": "ATL", "miami": "MIA", "boston": "BOS", "phoenix": "PHX", "houston": "IAH",
    "las vegas": "LAS", "orlando": "MCO", "newark": "EWR", "charlotte": "CLT",
    "minneapolis": "MSP", "detroit": "DTW", "philadelphia": "PHL", "texas": "TX",
}  # fmt: skip
_PLACE = re.compile(
    rf"\b(?:{'|'.join([*_AIRPORTS, *{c.lower() for c in _AIRPORTS.values()}])})\b", re.I
)
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_DATE = re.compile(
    r"\b(?P<iso>\d{4}-\d\d-\d\d)\b"
    rf"|\b(?P<month>{'|'.join(_MONTHS)})[a-z]* (?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b"
    r"(?:,? (?P<year>\d{4}))?"
    rf"|\b(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<month2>{'|'.join(_MONTHS)})[a-z]*\b"
    r"(?:,? (?P<year2>\d{4}))?",
    re.I,
)
_COUNTS = {
    word: str(number)
    for number, word in enumerate("no one two three four five six seven eight nine".split())
} | {"a": "1", "an": "1", "zero": "0"}
_BAGS = re.compile(
    rf"\b(?P<n>\d+|{'|'.join(_COUNTS)}) (?:\w+[- ])?(?:\w+[- ])?"
    r"(?:bag|suitcase|baggage|luggage|piece)s?\b",
    re.I,
)
_CODE = re.compile(r"\b(?!HAT\d{3}\b)(?=\w*\d)(?=\w*[A-Z])[A-Z0-9]{6}\b")
_ADDRESS = re.compile(
    r"\b(\d+ (?:[A-Z]\w+ )+(?:Street|Avenue|Drive|Lane|Road|Court|Way|Boulevard|Place|Terrace|St"
    r"|Ave|Dr|Ln|Rd))\b"
)


def _places(text: str, _: Records) -> Iterator[str]:
    for match in _PLACE.finditer(text):
        word = match[0].lower()
        if len(word) > 3 or match[0].isupper():
            yield _AIRPORTS.get(word, match[0].upper())


def _days(text: str) -> Iterator[tuple[str, str | None]]:
    for match in _DATE.finditer(text):
        if match["iso"]:
            yield match["iso"][5:], match["iso"][:4]
        else:
            month = _MONTHS.index((match["month"] or match["month2"]).lower()) + 1
            day = int(match["day"] or match["day2"])
            yield f"{month:02}-{day:02}", match["year"] or match["year2"]


def _dates(text: str, _: Records) -> Iterator[str]:
    return (day for day, year in _days(text) if not year or year >= "2024")


def _births(text: str, _: Records) -> Iterator[str]:
    return (f"{year}-{day}" for day, year in _days(text) if year and year < "2024")


def _bags(text: str, _: Records) -> Iterator[str]:
    for match in _BAGS.finditer(text):
        yield _COUNTS.get(match["n"].lower(), match["n"])


_OF_POLICY = re.compile(r"\b(?:cover\w*|waive\w*|polic\w+|allow\w*|typically|such as)\b", re.I)


def _insurance(text: str, _: Records) -> Iterator[str]:
    for sentence in re.split(r"[.!?;\n]", text):
        if re.search(r"\binsurance\b", sentence, re.I) and not _OF_POLICY.search(sentence):
            no = re.search(r"\bno\b|n't|n’t|\bnot\b|without|skip|decline", sentence, re.I)
            yield "no" if no else "yes"


def _found(patterns: Mapping[str, str]) -> Callable[[str, Records], Iterator[str]]:
    compiled = {name: re.compile(rf"\b(?:{words})\b", re.I) for name, words in patterns.items()}

    def find(text: str, _: Records) -> Iterator[str]:
        text = text.replace("’", "'")
        return (name for name, words in compiled.items() if words.search(text))

    return find


def _matches(pattern: str, flags: int = 0) -> Callable[[str, Records], Iterator[str]]:
    compiled = re.compile(pattern, flags)

    def find(text: str, _: Records) -> Iterator[str]:
        return (match[match.lastindex or 0].lower() for match in compiled.finditer(text))

    return find


def _zips(text: str, _: Records) -> Iterator[str]:
    """Yield zip codes by which a user is found, not those of an address."""
    if not _ADDRESS.search(text):
        yield from re.findall(r"(?<![\w#-])\d{5}(?![\w-])", text)


def _cabins(text: str, _: Records) -> Iterator[str]:
    for match in re.finditer(
        r"(?<!n't )(?<!n’t )(?<!not )\b(basic[- ]economy|economy|business)\b", text, re.I
    ):
        yield match[0].lower().replace("-", " ")


def _people(text: str, records: Records) -> Iterator[str]:
    lowered = text.lower()
    return (name for name in records.people if name in lowered)


def _products(text: str, records: Records) -> Iterator[str]:
    lowered = text.lower()
    for name in records.products:
        words = [word for word in name.split() if len(word) > 3]
        if any(re.search(rf"\b{re.escape(word.rstrip('s'))}(?:e?s)?\b", lowered) for word in words):
            yield name


def _options(text: str, records: Records) -> Iterator[str]:
    lowered = text.lower()
    for value in records.options:
        plain = len(value) > 2 and value not in ("yes", "none")
        plain = plain and not any(value in name for name in records.products)
        if plain and re.search(rf"(?<![\w.]){re.escape(value)}(?!\w)", lowered):
            yield value


_LIMIT = re.compile(
    r"\b(?:up to|under|below|less than|at most|within|max(?:imum)?(?: of)?"
    r"|(?:\b(?:not?|pay|spend)\b|n't)(?: \w+){0,3} more than|budget(?: of| is)?(?: up to)?"
    r"|limit(?: of| is)?|exceed(?:s|ing)?|(?:down|bring\w*[^.$]*) to)"
    r"(?: (?:a|my|the))? \$(\d[\d,]*)",
    re.I,
)


def _limits(text: str, _: Records) -> Iterator[str]:
    yield from (match[1].replace(",", "") for match in _LIMIT.finditer(text))
    if re.search(r"\bmy budget\b|\bwilling to (?:pay|spend)\b", text, re.I):
        yield "budget"


_LAST_FOUR = re.compile(
    r"\bending (?:in|with) (\d{4})\b|\b(?:card|visa|mastercard) (\d{4})\b"
    r"|\b(\d{4}) (?:credit )?card\b",
    re.I,
)


def _cards(text: str, _: Records) -> Iterator[str]:
    return (match[match.lastindex or 0] for match in _LAST_FOUR.finditer(text))


_KINDS: Mapping[str, Mapping[str, Callable[[str, Records], Iterator[str]]]] = {
    "airline": {
        "user_id": _matches(r"\b[a-z]+_[a-z]+_\d{4}\b"),
        "reservation": lambda text, _: (m[0] for m in _CODE.finditer(text)),
        "place": _places,
        "date": _dates,
        "stops": _found(
            {"direct": r"direct|non-?stop", "one-stop": r"one[- ]stop(?:over)?|connecting|stopover"}
        ),
        "cabin": _cabins,
        "person": _people,
        "birth": _births,
        "bags": _bags,
        "insurance": _insurance,
        "limit": _limits,
        "last four": _cards,
        "refund": _found({"full refund": r"(?:full|complete|a|my) refund"}),
        "payment": _found(
            {
                "certificate": r"certificates?(?:_\d+)?",
                "gift card": r"gift[ _]cards?(?:_\d+)?",
                "credit card": r"credit[ _]cards?(?:_\d+)?|visa|mastercard|my \d{4} card"
                r"|card ending",
                "original": r"(?:original|same) (?:form of )?payment(?: method)?",
            }
        ),
        "reason": _found(
            {
                "change of plan": r"changes? (?:of|in) (?:\w+ )?plans?|plans? (?:have )?changed"
                r"|change my plans",
                "airline": r"airline (?:has )?cancel\w+|cancel\w+ by the airline"
                r"|flight (?:was|got|has been|is) cancel\w+",
                "health": r"health|sick|ill(?:ness)?|unwell|medical|surgery|feeling well",
                "weather": r"weather|storm",
                "emergency": r"emergency|family|funeral|passed away|death",
            }
        ),
    },
    "retail": {
        "email": _matches(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
        "name": _people,
        "zip": _zips,
        "order": lambda text, _: (m[1] for m in re.finditer(r"\b(?:#?W)?(\d{7})\b", text)),
        "reason": _found(
            {
                "unneeded": r"(?:no longer|don't|do not|not) (?:really )?need(?:ed)?(?: (?:it"
                "|them))?"
                r"(?: any ?more)?",
                "mistake": r"(?:by|a) (?:mistake|accident)|mistakenly|accidentally",
            }
        ),
        "payment": _found(
            {
                "card": r"credit[ _]card|visa|mastercard|amex|card ending",
                "paypal": r"paypal",
                "gift": r"gift[ _]card",
                "original": r"(?:original|same) (?:form of )?payment(?: method)?",
            }
        ),
        "last four": _cards,
        "product": _products,
        "option": _options,
        "address": lambda text, _: (m[1].lower() for m in _ADDRESS.finditer(text)),
    },
}


def values_in(text: str, domain: str, records: Records) -> Values:
    """Return the normalised values in a text, by kind; kinds without a value are left out."""
    found = {kind: frozenset(find(text, records)) for kind, find in _KINDS[domain].items()}
    return {kind: values for kind, values in found.items() if values}
