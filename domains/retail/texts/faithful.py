"""Reads sentences back: what a sentence has to say for a fact, and what it may not say besides."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import chain
from typing import get_args

from writ_gym.database import JSON
from writ_gym.domains.retail.catalog import CATALOG
from writ_gym.domains.retail.schema import Address, Status
from writ_gym.domains.retail.texts.asking import OUTSIDE
from writ_gym.reading_back import (
    IF_WRONG,
    Need,
    Part,
    Reader,
    amounts,
    literally,
    needs_of,
    saying,
    shared_out,
)

EXTREMES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "total": {
        "highest": ("highest total", "largest total", "most expensive", "cost the most"),
        "lowest": ("lowest total", "smallest total", "least expensive", "cheapest"),
    },
    "count": {
        "highest": ("highest number of items", "largest number of items", "most items"),
        "lowest": ("lowest number of items", "smallest number of items", "fewest items"),
    },
    "placed": {
        "highest": ("latest", "most recent", "newest"),
        "lowest": ("earliest", "oldest"),
    },
    "price": {
        "highest": ("most expensive", "dearest", "highest price"),
        "lowest": ("least expensive", "cheapest", "lowest price"),
    },
    "saving": {
        "highest": ("highest saving", "largest saving", "biggest saving"),
        "lowest": ("lowest saving", "smallest saving"),
    },
    "balance": {
        "highest": ("highest balance", "largest balance", "most money", "most left"),
        "lowest": ("lowest balance", "smallest balance", "least money", "least left"),
    },
}
"""By attribute and extreme, words of which a sentence has one."""
TESTS: Mapping[str, tuple[str, ...]] = {
    "over": ("more than", "over", "above", "exceeds", "exceeding"),
    "under": ("less than", "under", "below", "fewer than"),
}
AT_MOST = ("at most", "no more than", "up to", "not more than")
RANKS: Mapping[int, tuple[str, ...]] = {
    2: ("second", "2nd"),
    3: ("third", "3rd"),
    4: ("fourth", "4th"),
    5: ("fifth", "5th"),
}
STEPS = {-1: ("before",), 1: ("after",)}
KINDS = {
    "credit_card": ("credit card",),
    "paypal": ("paypal",),
    "gift_card": ("gift card", "gift cards"),
    "original": ("original payment method", "original method", "originally paid with"),
}
PAID_FOR = ("paid for", "used for", "used to pay for")
TOPICS = {
    "total": ("total", "total amount", "amount"),
    "status": ("status", "state"),
    "count": ("number of items", "how many"),
    "tracking": ("tracking number", "tracking id"),
}
REASONS = {
    "no longer needed": ("no longer need", "no longer needed"),
    "ordered by mistake": ("by mistake", "by accident"),
}
FIGURES = {"sum": ("sum", "together"), "count": ("number of", "how many")}
CLAIMED: Mapping[str, tuple[str, ...]] = {
    "total": ("cost", "costs", "came to", "comes to", "total"),
    "paid_with": ("paid",),
}
"""By what is claimed of an order, words of which a sentence has one."""
ALL = ("all my orders", "all of my orders", "my orders")
PROFILE = ("default address", "address in my profile", "address of my profile")
EXCEPTIONS = ("except", "except for", "all but", "everything but", "apart from", "other than")
STATUSES: tuple[str, ...] = get_args(Status)
PRODUCTS = tuple(kind.name for kind in CATALOG)

REFERRING = frozenset({"order", "payment", "address", "items", "wish", "condition", "figure"})
"""Slots whose values can mean a record by what it is like."""

_READER = Reader(names=(*STATUSES, *PRODUCTS))
_SECOND = re.compile(
    r"\b(?:if (?:that|it|this|the first|not|none)\b[^.;]*?"
    r"(?:not (?:in stock|available)|unavailable|out of stock|sold out)|otherwise|failing that)\b",
    re.I,
)
"""What stands before a choice that is the second one."""


def faithful(slot: str, value: JSON, text: str) -> str | None:
    """Say what is wrong with a sentence as a statement of a fact; None if it says just that.

    Args:
        slot: The fact's slot.
        value: Its value.
        text: The sentence, by whomever.
    """
    wrong = _READER.wrong(text, _needs(slot, value), _foreign(slot, value))
    return wrong or (_mixed_up(value, text) if slot == "wish" else None)


def _mixed_up(wishes: Mapping[str, JSON], text: str) -> str | None:
    """Say which item's wish does not stand where the item does; None if each does.

    All that is said may be right, and yet of another item, or the other way round.
    """
    if len(wishes) == 1 and not any("first_of" in wish for wish in wishes.values()):
        return None
    ways = shared_out(text, list(wishes)) if len(wishes) > 1 else [(text,)]
    wrong = "what is said of each item cannot be told apart" if len(wishes) > 1 else None
    for parts in ways:
        pairs = zip(wishes.items(), parts, strict=True)
        found = (_wrong_wish({name: wish}, part) for (name, wish), part in pairs)
        wrong = next((each for each in found if each), None)
        if wrong is None:
            return None
    return wrong


def _wrong_wish(wish: Mapping[str, JSON], text: str) -> str | None:
    """Say what is wrong with a text as a statement of one item's wish, link by link."""
    ((name, value),) = wish.items()
    links = value.get("first_of", ())
    parts = _SECOND.split(text) if len(links) > 1 else [text]
    if len(parts) == 1:
        return _READER.wrong(text, _of(wish), _foreign("wish", wish))
    if len(parts) != len(links):
        return "it does not say which of the choices comes first"
    for link, part in zip(links, parts, strict=True):
        needs = chain(_of(link), [Need((name,))] if part is parts[0] and name != "*" else [])
        if wrong := _READER.wrong(part, needs, _foreign("wish", {name: link})):
            return wrong
    return None


def _needs(slot: str, value: JSON) -> Iterator[Need]:
    """Yield what a sentence has to hold for a slot's value."""
    match slot:
        case "name":
            yield from map(literally, (value["first"], value["last"]))
        case "zip" | "email":
            yield literally(value)
        case "reason":
            yield Need(REASONS.get(value, (value,)))
        case "topic":
            yield Need(TOPICS[value])
        case "matter":
            yield literally(OUTSIDE[value])
        case "product":
            yield literally(value["name"])
            yield from _options(value["options"])
        case _:
            yield from _of(value)


def _of(value: JSON) -> Iterator[Need]:
    """Yield the needs of a reference, part by part."""
    return needs_of(value, _PARTS, _named)


def _named(item: str) -> Need:
    """Return the need of the name of an item for which something is wished."""
    return Need(("instead", "in its place", "it")) if item == "*" else literally(item)


def _scope(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
    if part == "all":
        yield Need(ALL, shared=True)
    else:
        yield from map(literally, part)


def _names(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
    yield from map(literally, part)


def _products(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
    yield Need(FIGURES["sum"])
    yield Need(("in stock",), negated=False)
    yield from map(literally, part)


def _all_but(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
    yield Need(EXCEPTIONS)
    yield from map(literally, part)


def _by(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
    yield Need(EXTREMES[part][whole["extreme"]])


def _balance(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
    yield Need(KINDS["gift_card"])
    yield Need(EXTREMES["balance"][part])


def _price(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
    yield Need(EXTREMES["price"][part])


def _rank(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
    if part > 1:
        yield Need(RANKS[part])


def _given(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
    address = Address.model_validate(part)
    yield from (literally(line) for line in address.plain.values() if line)


def _options(part: JSON, whole: Mapping[str, JSON] | None = None) -> Iterator[Need]:
    if isinstance(part, Mapping):
        for option, wanted in part.items():
            yield Need(_spellings(option), shared=True)
            yield literally(wanted, negated=False)
    else:
        yield from map(literally, part)


def _item(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
    yield literally(part)
    yield Need(("in stock", "available"), negated=False)
    if "costs" in whole:
        yield Need(amounts(whole["costs"]))


def _spellings(option: str) -> tuple[str, ...]:
    """Return an option's name, and its singular: "one camera" says "cameras"."""
    return (option, option.removesuffix("s"))


def _choices(negated: bool) -> Part:
    def needs(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
        for option, (first, *others) in part.items():
            yield Need(_spellings(option), shared=True)
            yield literally(first, negated)
            yield from map(literally, others)

    return needs


def _at_most(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
    if part is not None:
        yield Need(tuple(f"{most} {amount}" for most in AT_MOST for amount in amounts(part)))


def _where(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
    for condition in part:
        test, value = condition["test"], condition["value"]
        if isinstance(value, str):
            yield literally(value, negated=test in ("is_not", "lacks"))
        else:
            items = " items" if condition["attribute"] == "count" else ""
            yield Need(_compared(test, value, items), negated=False)


def _value(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
    """Yield the need of a guard's test; a claim's is said with what is claimed."""
    if "claimed" not in whole:
        yield Need(_compared(whole["test"], part, ""), negated=False)


def _claimed(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
    """Yield the needs of a claim: what is said to be so, and that it may be wrong."""
    yield Need(IF_WRONG)
    if part in CLAIMED:
        yield Need(CLAIMED[part])
    match part:
        case "status":
            yield literally(whole["value"], negated=False)
        case "paid_with":
            yield Need(KINDS[whole["value"]], negated=False)
        case _:
            unit = " items" if part == "count" else ""
            yield Need(_compared(whole["test"], whole["value"], unit), negated=False)


def _compared(test: str, value: float, unit: str) -> tuple[str, ...]:
    return tuple(f"{word} {amount}{unit}" for word in TESTS[test] for amount in amounts(value))


def _paid_for(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
    yield Need(PAID_FOR)
    yield from _of(part)


def _inner(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
    yield from _of(part)


def _nothing(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
    yield from ()


_PARTS: Mapping[str, Part] = {
    "id": saying(lambda part: (part,)),
    "last_four": lambda part, whole: _names([part] if part else [], whole),
    "scope": _scope,
    "names": _names,
    "products": _products,
    "all_but": _all_but,
    "kind": saying(lambda part: KINDS[part]),
    "gift_card": _balance,
    "by": lambda part, whole: _by(part, whole) if part else _nothing(part, whole),
    "extreme": _nothing,  # said with "by"
    "price": _price,
    "rank": _rank,
    "step": saying(lambda part: STEPS[part]),
    "where": _where,
    "given": _given,
    "profile": saying(lambda part: PROFILE),
    "options": _options,
    "item": _item,
    "costs": _nothing,  # said with "item"
    "one_of": _choices(negated=False),
    "none_of": _choices(negated=True),
    "at_most": _at_most,
    "value": _value,
    "test": _nothing,  # said with "value"
    "figure": saying(lambda part: FIGURES[part]),
    "product": saying(lambda part: (part,)),
    "every": saying(lambda part: ("every", "each", "all")),
    "orders": _inner,
    "claimed": _claimed,
    "of": _inner,
    "beside": _inner,
    "sent_to": _inner,
    "paid_for": _paid_for,
    "first_covering": _inner,
    "first_of": _inner,
    "like": _inner,
}
"""By field of a reference, what its value needs."""


def _foreign(slot: str, value: JSON) -> tuple[str, ...]:
    """Return words that would say something else if the value does not need them."""
    named = tuple(_named_options(value)) if slot in ("product", *REFERRING) else ()
    said = value if slot == "topic" else ""
    return _foreign_to(slot, named, said, slot == "payment" and "paid_for" in value)


@lru_cache(1024)
def _foreign_to(
    slot: str, options: tuple[str, ...], topic: str, is_paid_for: bool
) -> tuple[str, ...]:
    """Return such words for all values of a slot that name the same options and topic."""
    found: list[str] = []
    if slot == "topic":
        found += (word for each in TOPICS if each != topic for word in TOPICS[each])
    if slot == "reason":
        found += (word for words in REASONS.values() for word in words)
    if slot in ("product", *REFERRING):
        found += PRODUCTS
        found += (word for option in options for word in OPTIONS.get(option, ()))
    if slot in REFERRING:
        found += STATUSES
        lists = (*RANKS.values(), *STEPS.values())
        found += (word for words in lists for word in words)
        both = (words for each in EXTREMES.values() for words in each.values())
        found += (word for words in both for word in words)
    if slot == "condition":
        found += (word for words in KINDS.values() for word in words)
    if slot == "payment":
        found += (word for words in KINDS.values() for word in words)
        found += () if is_paid_for else PAID_FOR
    if slot == "items":
        found += EXCEPTIONS
    if slot == "address":
        found += PROFILE
    return tuple(found)


def _named_options(value: JSON) -> Iterator[str]:
    """Yield the names of the options that a value gives values for."""
    if isinstance(value, list | tuple):
        for each in value:
            yield from _named_options(each)
    elif isinstance(value, Mapping):
        for key, part in value.items():
            if key in ("options", "one_of", "none_of") and isinstance(part, Mapping):
                yield from part
            else:
                yield from _named_options(part)


OPTIONS: Mapping[str, tuple[str, ...]] = {
    option: tuple(dict.fromkeys(v for k in CATALOG for v in k.options.get(option, ())))
    for kind in CATALOG
    for option in kind.options
}
"""By name of an option, all values that it has with any product."""
