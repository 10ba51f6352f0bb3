"""Reads sentences back: what a sentence has to say for a fact, and what it may not say besides."""

from collections.abc import Iterator, Mapping
from itertools import chain

from writ_gym.database import JSON
from writ_gym.domains.airline.texts.asking import OUTSIDE
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
from writ_gym.reading_back import IF_WRONG, Need, Part, Reader, amounts, literally, needs_of, saying

ALL = ("all my reservations",)
STEPS: Mapping[tuple[str, int], tuple[str, ...]] = {
    ("created", -1): ("made right before", "booked right before"),
    ("created", 1): ("made right after", "booked right after"),
    ("departure", -1): ("departs right before",),
    ("departure", 1): ("departs right after",),
}
ME = ("myself", "me")
SAVED = ("saved passenger", "saved passengers")
SAME = ("same passengers", "same people", "everybody who is on")
PAID_FOR = ("used for",)
AT_MOST = ("at most", "no more than", "up to")
EACH_BAG = ("for each passenger",)
FREE = ("free of charge",)
AS_ON = ("as many checked bags as on",)
ONE_WAY = ("one way", "one-way")
BACK = ("back",)
ANY_FLIGHT = ("one of the flights",)
ORIGINAL = ("original payment method",)
COVER = ("does not cover it",)
REFERRING = frozenset(
    {"reservation", "trip", "journey", "passengers", "bags", "payment", "condition", "figure"}
)
"""Slots whose values can mean a record by what it is like."""

_READER = Reader(names=tuple(CABINS.values()))


def faithful(slot: str, value: JSON, text: str) -> str | None:
    """Say what is wrong with a sentence as a statement of a fact; None if it says just that.

    Args:
        slot: The fact's slot.
        value: Its value.
        text: The sentence, by whomever.
    """
    return _READER.wrong(text, _needs(slot, value), _foreign(slot, value))


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
        case "claim":
            yield Need(CLAIMS[value["what"]])
            yield Need((f"flight {value['flight']}",)) if value.get("flight") else Need(ANY_FLIGHT)
        case _:
            yield from _of(value)


def _trip(value: Mapping[str, JSON]) -> Iterator[Need]:
    there, back = value.get("there"), value.get("back")
    if there:
        if not (there.get("origins") or there.get("ends")):
            yield Need(("there",), shared=True)
        yield from _of(there)
    if back:
        yield Need(BACK)
        yield from _of(back)
    elif there and (there.get("origins") or there.get("ends")):
        yield Need(ONE_WAY)


def _of(value: JSON) -> Iterator[Need]:
    """Yield the needs of a reference, part by part."""
    return needs_of(value, _PARTS)


def _each(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
    yield from (literally(str(each)) for each in part)


def _inner(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
    yield from _of(part)


def _nothing(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
    yield from ()


def _also(words: tuple[str, ...]) -> Part:
    """Return a part that is said with words of its own before what is in it."""

    def needs(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
        yield Need(words)
        yield from _of(part)

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
    yield from _of(part)


def _airports(word: str) -> Part:
    def needs(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
        if part:
            yield literally(f"{word} {part[0]}")
            yield from _each(part[1:], whole)

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
        yield from (literally(days_apart(each)) for each in part["days"])
        if part.get("trip"):
            edge = "first" if part.get("edge", "start") == "start" else "last"
            yield literally(f"{edge} flight of")
            yield from _of(part["trip"])
    else:
        yield from (Need(day_of(each)) for each in part)


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
    yield Need(IF_WRONG)
    yield from _where([part], whole)


def _value(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
    """Yield the need of a guard's test."""
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
        yield literally(name)
        yield from _of(swap)
        yield from (literally(f"{words} {swap[k]}") for k, words in nouns.items() if swap.get(k))


def _saved(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
    yield literally(part)
    yield Need(SAVED)


def _without(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
    if part:
        yield literally(f"except {part[0]}")
        yield from _each(part[1:], whole)


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
    "people": lambda part, whole: _each(part, whole) if "change" in whole else _inner(part, whole),
    "more": _bags("more checked bag"),
    "in_all": _bags("checked bag", " in all"),
    "each": _bags("checked bag", " for each passenger"),
    "free": saying(lambda part: FREE),
    "bags_of": _also(AS_ON),
    "original": saying(lambda part: ORIGINAL),
    "paid_for": _also(PAID_FOR),
    "first_covering": _also(COVER),
    "split": _inner,
    "at_most": lambda part, whole: iter(
        [Need(tuple(f"{most} {amount}" for most in AT_MOST for amount in amounts(part)))]
    ),
    "value": _value,
    "figure": saying(lambda part: FIGURES[part]),
    "reservations": _inner,
    "believed": _believed,
    "of": _inner,
    "every": saying(lambda part: ("every", "each")),
}
"""By field of a reference, what its value needs."""


_OTHERS: Mapping[str, tuple[str, ...]] = {
    "reason": tuple(chain.from_iterable(REASONS.values())),
    "trip": (*BACK, *ONE_WAY, "the same day as"),
    "payment": (*KINDS.values(), *PAID_FOR, *ORIGINAL, *COVER),
    "passengers": ("add", "remove", *ME),
    "claim": tuple(chain.from_iterable(CLAIMS.values())),
    "cabin": ("basic", "economy", "business"),
}
"""By slot, words that would say something else if the value does not need them."""


def _foreign(slot: str, value: JSON) -> Iterator[str]:
    """Yield words that would say something else if the value does not need them."""
    yield from _OTHERS.get(slot, ())
    if slot == "topic":
        yield from (word for topic in TOPICS if topic != value for word in TOPICS[topic])
    if slot in REFERRING:
        yield from (
            "basic",
            "economy",
            "business",
            "round trip",
            "round trips",
            "travel insurance",
            "cancelled",
        )
        yield from (rank.strip() for rank in RANKS.values() if rank)
        yield from chain.from_iterable(EXTREMES.values())
        yield from chain.from_iterable(STEPS.values())
    if slot == "trip" and not value.get("there"):
        yield "there"
    if slot in ("trip", "journey"):
        yield from chain.from_iterable(STOPS.values())
        yield from ("stop in", "leaves", "layover")
    if slot in ("passengers", "bags"):
        yield from (*SAVED, *SAME, "except", *FREE, *EACH_BAG, "in all", *AS_ON)
