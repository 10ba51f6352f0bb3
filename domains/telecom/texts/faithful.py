"""Reads sentences back: what a sentence has to say for a fact, and what it may not say besides."""

from collections.abc import Iterator, Mapping
from datetime import date

from writ_gym.database import JSON
from writ_gym.domains.telecom.catalog import PLANS
from writ_gym.domains.telecom.texts.idle import IDLE_OF
from writ_gym.domains.telecom.texts.words import (
    COUNTS,
    DEVICES,
    EXTREMES,
    GOALS,
    ORDERS,
    OUTSIDE,
    PLACES,
    RANKS,
    ROAMING,
    STEPS,
    SUMS,
    TESTS,
    TOPICS,
    days_of,
    gigabytes,
    in_turn,
    month_of,
    spoken,
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
)

ONLY = ("the only one", "the only", "the one of", "that one of", "the single one")
EACH = ("every single one", "every one", "each one", "every", "each")
MANY = ("as many of", "so many of")
FIRST = ("the first of these", "the first of", "the first that has", "whichever comes first")
IN_STEPS = "in steps of"
AT_MOST = ("at most", "no more than")
REFUELLED_FOR = ("was refuelled for",)
LISTED_FOR = ("for which",)
IN_HAND = ("phone in my hand",)
NO_DATA = ("additional data",)
PLAN_OF = ("plan of",)
AGAIN = ("data again",)

_READER = Reader(names=tuple(plan.name for plan in PLANS))


def faithful(slot: str, value: JSON, text: str, intent: str = "") -> str | None:
    """Say what is wrong with a sentence as a statement of a fact; None if it says just that.

    Args:
        slot: The fact's slot.
        value: Its value.
        text: The sentence, by whomever.
        intent: The intent of the request; what is said is the same with any.
    """
    kind = f"goal_{value}" if slot == "goal" else slot
    return _READER.wrong(text, _needs(slot, value), IDLE_OF[kind])


def _needs(slot: str, value: JSON) -> Iterator[Need]:
    """Yield what a sentence has to hold for a slot's value."""
    match slot:
        case "birth":
            yield Need((spoken(date.fromisoformat(value)), value))
        case "name" | "phone" | "customer_id" | "reason":
            yield literally(value)
        case "matter":
            yield literally(OUTSIDE[value])
        case "pay":
            yield Need(("pay", "settle"), negated=not value)
        case "in_hand":
            yield Need(IN_HAND, negated=not value)
        case _ if slot in CHOICES:
            yield Need(CHOICES[slot][value])
        case _:
            yield from _of(value)


CHOICES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "topic": TOPICS,
    "place": PLACES,
    "goal": GOALS,
    "roaming": ROAMING,
}
"""Slots with one of some values, and the words for each."""


def _of(value: JSON) -> Iterator[Need]:
    """Yield the needs of a reference, part by part."""
    return needs_of(value, _PARTS)


def _also(words: tuple[str, ...]) -> Part:
    """Return a part that is said with words of its own before what is in it."""

    def needs(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
        yield Need(words)
        yield from _of(part)

    return needs


def _by(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
    if "budget" in whole:
        yield Need(ORDERS[part, whole["extreme"]])
    elif part:
        rank = RANKS[whole["rank"]]
        yield Need(tuple(f"{rank}{words}" for words in EXTREMES[part, whole["extreme"]]))


def _beside(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
    yield Need(STEPS[whole["step"]])
    yield from _of(part)


def _first_of(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
    if all("number" in each for each in part):  # in their order
        yield literally(joined([each["number"] for each in part], "or"))
    else:
        yield Need(("or",))
        yield from _of(part)
    yield Need(FIRST)
    yield literally(f"status {whole['status']}", negated=False)


def _charge(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
    yield Need(LISTED_FOR)
    yield literally(f'lists "{part}"')


def _where(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
    for condition in part:
        yield _condition(condition["attribute"], condition["test"], condition["value"])


def _condition(attribute: str, test: str, value: str | float) -> Need:
    """Return the need of a condition."""
    negated = test in ("is_not", "lacks")
    match attribute:
        case "status" | "number" | "plan":
            return literally(f"{attribute} {value}", negated)
        case "model":
            return Need((f"used on the model {value}", f"the model {value}"), negated)
        case "roaming":
            return literally(f"roaming turned {value}", negated)
        case "name":
            return literally(f"called {value}", negated)
        case "device":
            return literally(f"used on {DEVICES[str(value)]}", negated)
        case "charges":
            return Need((f'list "{value}"', f'lists "{value}"'), negated)
        case "month" if test in ("is", "is_not"):
            return literally(f"for {month_of(str(value))}", negated)
        case "month" | "due" | "contract_end" if test in TESTS:
            return _dated(attribute, test, str(value))
        case _ if test in TESTS:
            return _compared(attribute, test, float(value))
        case _:  # there are no other words for it
            return literally(f"{attribute} {test} {value}")


def _dated(attribute: str, test: str, value: str) -> Need:
    side = "after" if test == "over" else "before"
    if attribute == "month":
        return literally(f"month {side} {month_of(value)}", negated=False)
    verbs = ("due",) if attribute == "due" else ("end", "ends")
    words = (f"{verb} {side} {day}" for verb in verbs for day in days_of(value))
    return Need(tuple(words), negated=False)


_COMPARED: Mapping[str, tuple[str, str]] = {
    "used": ("used ", ""),
    "left": ("", " left"),
    "refuelled": ("got ", " refuelled"),
    "limit": ("data limit of ", ""),
    "price": ("", " a month"),
    "refuel_price": ("", " per refuelled gigabyte"),
    "total": ("to ", ""),
}
"""By attribute, what stands before and behind a number that it is compared with."""


def _compared(attribute: str, test: str, value: float) -> Need:
    """Return the need of a number that has to be above or below another one."""
    if attribute == "count":
        plural = "" if value == 1 else "s"
        words = (f"{more} {value:g} position{plural}" for more in TESTS[test])
        return Need(tuple(words), negated=False)
    before, behind = _COMPARED[attribute]
    data = attribute in ("used", "left", "refuelled", "limit")
    shown = (gigabytes(value),) if data else amounts(value)
    words = (f"{before}{more} {each}{behind}" for more in TESTS[test] for each in shown)
    return Need(tuple(words), negated=False)


def _amounts(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
    yield literally(in_turn(part))
    yield Need(FIRST)


def _figure(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
    yield Need(COUNTS if part == "count" else SUMS[whole["attribute"]])


def _believed(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
    """Yield the needs of a claim: what is said to be so, and that it may be wrong."""
    yield Need(IF_WRONG, meant="what is to be if it is not so")
    yield from _where([part], whole)


def _value(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
    """Yield the needs of a guard's test."""
    yield Need(ONLY_IF, meant="that it is a condition")
    name = whole.get("attribute")
    if whole["figure"] == "count":
        shown: tuple[str, ...] = (f"{part:g}",)
    else:
        shown = (gigabytes(part),) if name in ("used", "left") else amounts(part)
    yield Need(tuple(f"is {more} {each}" for more in TESTS[whole["test"]] for each in shown), False)


def _all(noun: str, *words: str) -> Part:
    """Return a part that says over which records it goes, and what of them."""

    def needs(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
        yield Need((noun,), shared=True)
        if words:
            yield Need(words)

    return needs


def _one(noun: str) -> Part:
    """Return a part that says that it is one record, and of which."""

    def needs(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
        yield Need((noun,), shared=True)
        if not whole.get("by"):
            yield Need(ONLY)

    return needs


def _enough(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
    yield Need(AGAIN)
    yield literally(f"{IN_STEPS} {gigabytes(part)}")


def _budget(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
    yield Need(("my bills",), shared=True)
    yield Need(MANY)
    yield Need(tuple(f"{each} pays for" for each in amounts(part)))


_PARTS: Mapping[str, Part] = {
    "number": saying(lambda part: (part,)),
    "bill_id": saying(lambda part: (part,)),
    "plan_name": saying(lambda part: (f"plan {part}",)),
    "charge": _charge,
    "first_of": _first_of,
    "by": _by,
    "where": _where,
    "beside": _beside,
    "line": _one("my lines"),
    "lines": _all("my lines"),
    "bill": _one("my bills"),
    "bills": _all("my bills"),
    "plans": _all("your plans"),
    "plan": _one("your plans"),
    "every_line": _all("my lines", *EACH),
    "every_bill": _all("my bills", *EACH),
    "budget": _budget,
    "gb": saying(lambda part: (gigabytes(part),)),
    "enough_in": _enough,
    "in_steps": saying(lambda part: (f"{IN_STEPS} {gigabytes(part)}",)),
    "dollars": saying(lambda part: [f"{each} buys" for each in amounts(part)]),
    "as_much_as": _also(REFUELLED_FOR),
    "amounts": _amounts,
    "at_most": saying(lambda part: [f"{most} {each}" for most in AT_MOST
                                       for each in amounts(part)]),
    "nothing": lambda part, whole: iter([Need(NO_DATA, negated=True)]),
    "plan_of": _also(PLAN_OF),
    "believed": _believed,
    "figure": _figure,
    "value": _value,
}  # fmt: skip
"""By field of a reference, what its value needs."""
