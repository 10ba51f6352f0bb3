"""Reads sentences back: what a sentence has to say for a fact, and what it may not say besides."""

import re
from collections.abc import Iterator, Mapping, Sequence

from writ_gym.database import JSON
from writ_gym.domains.airline.texts.asking import OUTSIDE
from writ_gym.domains.airline.texts.idle import IDLE_OF
from writ_gym.domains.airline.texts.words import (
    CABINS,
    CLAIMS,
    EXTREMES,
    FIGURES,
    KINDS,
    RANKS,
    REASONS,
    STOPS,
    TESTS,
    TOPICS,
    TRIPS,
    day_of,
    days_apart,
    hours,
)
from writ_gym.phrasing.grammar import joined
from writ_gym.phrasing.reading_back import (
    IF_WRONG,
    ONLY_IF,
    Need,
    Part,
    Reader,
    amounts,
    literally,
    needs_of,
    saying,
    sentences_of,
)

ALL = ("all my reservations", "all of my reservations", "my reservations")
ONLY = ("the only one", "the only reservation", "the only trip", "the only", "the one trip")
EVERY = ("every single one", "every one", "every", "each one", "each", "all")
STEPS: Mapping[tuple[str, int], tuple[str, ...]] = {
    ("created", -1): ("made right before", "booked right before"),
    ("created", 1): ("made right after", "booked right after"),
    ("departure", -1): ("departs right before",),
    ("departure", 1): ("departs right after",),
}
ME = ("myself", "me")
SAVED = ("saved passenger", "saved passengers")
SAME = ("same passengers", "same people", "everybody who is on")
PAID_FOR = ("was used for", "used for")
AT_MOST = ("at most", "no more than", "up to")
FREE = ("free of charge",)
AS_ON = ("as many checked bags as on",)
ONE_WAY = ("one way", "one-way")
BACK = ("back",)
ANY_FLIGHT = ("one of the flights",)
ORIGINAL = ("original payment method",)
REPLACED = (
    "{0} should be replaced by", "replace {0} by", "replace {0} with", "{0} replaced by",
    "in the place of {0}", "in place of {0}", "instead of {0}", "swap {0} for",
    "seat of {0} goes to", "seat of {0} is for", "seat of {0} be taken by",
    "ticket of {0} should go to", "ticket of {0} goes to", "take {0} off and put",
    "{0} cannot come, and the seat is for", "{0} stays at home, and the one who goes is",
    "{0} to make room for", "place of {0} is taken over by", "where it says {0}",
)  # fmt: skip
"""Says that somebody does not travel, and that another one does instead."""

_READER = Reader(names=tuple(CABINS.values()))
_THEN = re.compile(
    r",? or(?: else)?,? if that (?:does not|doesn't) cover it,?|,? or else(?= )|, then ", re.I
)
"""What stands before a payment method that is the next one."""


def faithful(slot: str, value: JSON, text: str, intent: str = "") -> str | None:
    """Say what is wrong with a sentence as a statement of a fact; None if it says just that.

    Args:
        slot: The fact's slot.
        value: Its value.
        text: The sentence, by whomever.
        intent: The intent of the request; what is said is the same with any.
    """
    parts: Sequence[tuple[str, Iterator[Need]]] | None = ((text, _needs(slot, value)),)
    match value:
        case {"there": dict(there), "back": dict(back)}:
            both = sentences_of(text)
            way_back = [part for part in both if "back" in part.lower()]
            way_there = [part for part in both if part not in way_back]
            parts = (
                (" ".join(way_there), _trip({"there": there}, alone=False)),
                (" ".join(way_back), _trip({"back": back})),
            )
        case {"swaps": dict(swaps)}:
            each = ({name: swap} for name, swap in swaps.items())
            parts = _in_turn(sentences_of(text), [_swaps(one, {}) for one in each])
        case {"first_covering": list(links)} | {"split": list(links)}:
            parts = _in_turn(_THEN.split(text), [_of(link) for link in links])
    if parts is None:
        return "it does not say which comes first"
    found = (_READER.wrong(part, needs, IDLE_OF[slot]) for part, needs in parts)
    return next((wrong for wrong in found if wrong), None)


def _in_turn(
    texts: Sequence[str], needs: Sequence[Iterator[Need]]
) -> Sequence[tuple[str, Iterator[Need]]] | None:
    """Return the parts of a text with what each has to say; None if there are not as many."""
    return list(zip(texts, needs, strict=True)) if len(texts) == len(needs) else None


def _needs(slot: str, value: JSON) -> Iterator[Need]:
    """Yield what a sentence has to hold for a slot's value."""
    match slot:
        case "name":
            yield from map(literally, (value["first"], value["last"]))
        case "user_id":
            yield literally(value)
        case "reason":
            yield Need(REASONS[value])
        case "topic":
            yield Need(TOPICS[value])
        case "matter":
            yield literally(OUTSIDE[value])
        case "insurance":
            yield Need(("insurance",), negated=value == "no")
        case "trip":
            yield from _trip(value)
        case "reservation":
            yield from _inner(value, {})
        case "claim":
            yield Need(CLAIMS[value["what"]])
            yield Need((f"flight {value['flight']}",)) if value.get("flight") else Need(ANY_FLIGHT)
        case _:
            yield from _of(value)


def _trip(value: Mapping[str, JSON], *, alone: bool = True) -> Iterator[Need]:
    there, back = value.get("there"), value.get("back")
    if there:
        if not (there.get("origins") or there.get("ends")):
            yield Need(("there",), shared=True)
        yield from _of(there)
    if back:
        yield Need(BACK)
        yield from _of(back)
    elif alone and there and (there.get("origins") or there.get("ends")):
        yield Need(ONE_WAY)


def _of(value: JSON) -> Iterator[Need]:
    """Yield the needs of a reference, part by part."""
    return needs_of(value, _PARTS)


def _each(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
    yield from (literally(str(each)) for each in part)


def _inner(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
    """Yield the needs of a reference to a reservation."""
    if "scope" in part and not part.get("by") and "every" not in part:
        yield Need(ONLY)
    yield from _of(part)


def _over(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
    """Yield the needs of what there may be several of."""
    yield from _of(part)


def _nothing(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
    yield from ()


def _also(words: tuple[str, ...]) -> Part:
    """Return a part that is said with words of its own before what is in it."""

    def needs(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
        yield Need(words)
        yield from _inner(part, whole)

    return needs


def _scope(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
    if part == "all":
        yield Need(ALL, shared=True)
    else:
        yield from _each(part, whole)


def _by(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
    if part:
        yield from _best(part, whole)


def _balance(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
    yield literally(KINDS[part])
    yield from _best("balance", whole)


def _best(by: str, whole: Mapping[str, JSON]) -> Iterator[Need]:
    rank = RANKS[whole["rank"]]
    yield Need(tuple(f"{rank}{words}" for words in EXTREMES[by, whole["extreme"]]))


def _beside(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
    yield Need(STEPS[whole["order"], whole["step"]])
    yield from _inner(part, whole)


def _airports(word: str) -> Part:
    def needs(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
        if part:
            yield literally(f"{word} {joined(part, 'or')}")

    return needs


def _flights(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
    for each in part:
        yield Need(tuple(f"{each['flight_number']} on {day}" for day in day_of(each["date"])))


def _ends(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
    if part:
        yield from (literally(f"from {part[0]}"), literally(f"to {part[1]}"))


def _fare(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
    if part is not None:
        yield Need(tuple(f"{each} per person" for each in amounts(part)))


def _dates(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
    if isinstance(part, Mapping):
        yield literally(joined([days_apart(each) for each in part["days"]], "or"))
        if part.get("trip"):
            edge = "first" if part.get("edge", "start") == "start" else "last"
            yield literally(f"{edge} flight of")
            yield from _inner(part["trip"], part)
    else:
        shapes = zip(*(day_of(each) for each in part), strict=True)
        yield Need(tuple(joined(shape, "or") for shape in shapes))


def _where(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
    for condition in part:
        yield _condition(condition["attribute"], condition["test"], condition["value"])


def _condition(attribute: str, test: str, value: str | float) -> Need:
    """Return the need of a condition on a reservation or on flights."""
    negated = test in ("is_not", "lacks")
    match attribute:
        case "origin" | "destination" | "flight" | "via":
            verbs = {
                "origin": ("depart from", "departs from"),
                "destination": ("go to", "goes to"),
                "via": ("stop in", "stops in"),
                "flight": ("include flight", "includes flight", "use flight", "uses flight"),
            }[attribute]
            return Need(tuple(f"{verb} {value}" for verb in verbs), negated)
        case "cabin":
            return literally(CABINS[str(value)], negated)
        case "trip":
            return Need((TRIPS[str(value)], f"{TRIPS[str(value)]}s"), negated)
        case "insurance":
            return literally("travel insurance", (value == "yes") is negated)
        case "status":
            return literally("cancelled", (value == "cancelled") is negated)
        case "departure" | "leaves" | "lands":
            side = "after" if test == "over" else "before"
            verb = {"departure": "depart", "leaves": "leave", "lands": "arrive"}[attribute]
            days = day_of(str(value)) if attribute == "departure" else (str(value),)
            return Need(
                tuple(f"{verb}{s} {side} {day}" for s in ("", "s") for day in days), negated=False
            )
        case "traveller":
            return literally(f"{value} as a passenger", negated)
        case _:
            return _compared(attribute, test, float(value))


def _compared(attribute: str, test: str, value: float) -> Need:
    """Return the need of a number that has to be above or below another one."""
    match attribute:
        case "price":
            shown: tuple[str, ...] = tuple(f"{each} per person" for each in amounts(value))
        case "total":
            shown = amounts(value)
        case "duration" | "layover":
            before = "take" if attribute == "duration" else "layover of"
            verbs = (before, f"{before}s") if attribute == "duration" else (before,)
            words = (f"{verb} {more} {hours(value)}" for verb in verbs for more in TESTS[test])
            return Need(tuple(words), negated=False)
        case _:
            noun = "passenger" if attribute == "passengers" else "checked bag"
            shown = (f"{value:g} {noun}{'' if value == 1 else 's'}",)
    return Need(tuple(f"{more} {each}" for more in TESTS[test] for each in shown), negated=False)


def _believed(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
    """Yield the needs of a belief: what is said to be so, and that it may be wrong."""
    yield Need(IF_WRONG, meant="what is to be if it is not so")
    yield from _where([part], whole)


def _value(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
    """Yield the needs of a guard's test."""
    yield Need(ONLY_IF, meant="that it is a condition")
    shown = amounts(part) if whole.get("figure", "total") == "total" else (f"{part:g}",)
    yield Need(tuple(f"{more} {each}" for more in TESTS[whole["test"]] for each in shown), False)


def _cabins(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
    first, *rest = part
    yield literally(CABINS[first])
    for each in rest:
        yield Need((f"or else {CABINS[each]}", f"otherwise {CABINS[each]}"))


def _cabin_of_fares(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
    yield literally(CABINS[part])
    yield Need(EXTREMES["price", "lowest"])
    yield Need(STOPS["direct"])


def _given(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
    yield literally(f"{part['first_name']} {part['last_name']}")
    yield literally(part["dob"])


def _swaps(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
    nouns = {"first_name": "first name is", "last_name": "last name is", "dob": "date of birth is"}
    for name, swap in part.items():
        if any(key in swap for key in nouns):
            yield literally(name)
        else:
            yield Need(tuple(words.format(name) for words in REPLACED))
            yield from _of(swap)
        yield from (literally(f"{words} {swap[k]}") for k, words in nouns.items() if swap.get(k))


def _saved(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
    yield literally(part)
    yield Need(SAVED)


def _without(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
    if part:
        yield literally(f"except {joined(part)}")


def _bags(noun: str, after: str = "") -> Part:
    def needs(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
        if not part and not noun.startswith("more"):
            yield literally("no checked bags at all")
        else:
            yield literally(f"{part} {noun}{'' if part == 1 else 's'}{after}")

    return needs


_PARTS: Mapping[str, Part] = {
    "id": saying(lambda part: (part,)),
    "method": saying(lambda part: (part,)),
    "last_four": lambda part, whole: _each([part] if part else [], whole),
    "scope": _scope,
    "kind": saying(lambda part: (KINDS[part],)),
    "balance_of": _balance,
    "by": _by,
    "beside": _beside,
    "origins": _airports("from"),
    "destinations": _airports("to"),
    "dates": _dates,
    "flights": _flights,
    "ends": _ends,
    "fare": _fare,
    "stops": saying(lambda part: STOPS[part]),
    "where": _where,
    "cabins": _cabins,
    "cabin": _cabin_of_fares,
    "origin": saying(lambda part: (f"from {part}",)),
    "destination": saying(lambda part: (f"to {part}",)),
    "me": saying(lambda part: ME),
    "given": _given,
    "saved": _saved,
    "same_as": _also(SAME),
    "without": _without,
    "swaps": _swaps,
    "change": saying(lambda part: (part,)),
    "people": lambda part, whole: _each(part, whole) if "change" in whole else _over(part, whole),
    "more": _bags("more checked bag"),
    "in_all": _bags("checked bag", " in all"),
    "each": _bags("checked bag", " for each passenger"),
    "free": saying(lambda part: FREE),
    "bags_of": _also(AS_ON),
    "original": saying(lambda part: ORIGINAL),
    "paid_for": _also(PAID_FOR),
    "at_most": lambda part, whole: iter(
        [Need(tuple(f"{most} {amount}" for most in AT_MOST for amount in amounts(part)))]
    ),
    "value": _value,
    "figure": saying(lambda part: FIGURES[part]),
    "reservations": _over,
    "believed": _believed,
    "of": _inner,
    "every": saying(lambda part: EVERY),
}
"""By field of a reference, what its value needs."""
