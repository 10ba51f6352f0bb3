"""Reads sentences back: what a sentence has to say for a fact, and what it may not say besides."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import get_args

from writ_gym.database import JSON
from writ_gym.domains.retail.catalog import CATALOG
from writ_gym.domains.retail.schema import Address, Status
from writ_gym.domains.retail.texts.asking import OUTSIDE
from writ_gym.domains.retail.texts.idle import IDLE_OF
from writ_gym.phrasing.grammar import joined
from writ_gym.phrasing.reading_back import (
    IF_WRONG,
    ONLY_IF,
    Idle,
    Need,
    Part,
    Reader,
    amounts,
    literally,
    needs_of,
    ranked,
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
NEXT = ("just", "directly", "immediately", "right")
"""Words without which any order before, or after, another one could be meant."""
STEPS = {-1: tuple(f"{near} before" for near in NEXT), 1: tuple(f"{near} after" for near in NEXT)}
KINDS = {
    "credit_card": ("credit card",),
    "paypal": ("paypal",),
    "gift_card": ("gift card", "gift cards"),
    "original": ("original payment method", "original method", "originally paid with"),
}
PAID_FOR = ("was used for", "paid for", "used for", "used to pay for")
TOPICS = {
    "total": ("total", "total amount", "amount"),
    "status": ("status", "state"),
    "count": ("number of items", "how many"),
    "tracking": ("tracking number", "tracking id"),
}
REASONS = {
    "no longer needed": (
        "no longer need", "no longer needed", "do not need it any more", "do not need it anymore",
        "don't need it any more", "don't need it anymore",
    ),
    "ordered by mistake": ("by mistake", "by accident", "accidentally", "mistakenly"),
}  # fmt: skip
FIGURES = {
    "sum": ("sum of the totals", "sum of the amounts", "sum of the prices", "sum", "together"),
    "count": ("number of", "how many"),
}
CLAIMED: Mapping[str, tuple[str, ...]] = {
    "total": ("cost", "costs", "came to", "comes to", "total"),
    "paid_with": ("was paid for with", "was paid with", "paid with", "paid"),
}
"""By what is claimed of an order, words of which a sentence has one."""
ALL = ("all my orders", "all of my orders", "my orders")
ONLY = ("the only one", "the only order", "the only", "the one order", "the single order")
EVERY = ("every single one", "every one", "every", "each one", "each", "all")
PROFILE = (
    "default address in my profile",
    "default address",
    "address in my profile",
    "address of my profile",
)
SENT_TO = (
    "shipping address of", "delivery address of", "same address as for", "same address as",
    "address that was given for", "address that i gave for", "address of",
)  # fmt: skip
ALL_BUT = re.compile(
    r"\b(everything|all(?: of the| the)? items)\b.*?"
    r"\b(except for|except|apart from|other than|save|but)(?= the)|\b(all but)\b"
)
UNCHANGED = (
    "everything else as it is", "everything else the same", "everything else unchanged",
    "all else as it is", "all else the same", "all else unchanged", "the rest as it is",
    "the rest unchanged", "one like mine, but with", "one like mine but with",
    "one just like mine, but with", "one just like mine but with",
)  # fmt: skip
"""Says that a variant is like the item but for what is named."""
ALIKE = re.compile(
    r"\b(one (?:just )?like mine,? but with the same)\b.*? (as the one in)\b"
    r"|\b(one just like mine except for the)\b.*? (to be as on the one in)\b"
)
STATUSES: tuple[str, ...] = get_args(Status)
PRODUCTS = tuple(kind.name for kind in CATALOG)

_VERBS: Mapping[str, str] = {
    "return_items": "return returned returning send back",
    "exchange_items": "exchange exchanged exchanging swap swapped swapping trade",
    "change_order_items": "change changed changing modify modified replace",
}
_PURPOSES: Mapping[str, str] = {
    "change_order_payment": "pay paid charge charged",
    "return_items": "refund refunded money back go put send sent",
    "exchange_items": "settle settled price difference pay",
    "change_order_items": "settle settled price difference pay",
}
_READER = Reader(names=(*STATUSES, *PRODUCTS))
_SECOND = re.compile(
    r"(?:\b(?:or|and),? )?\b(?:if (?:that|it|this|the first(?: one)?)"
    r"(?:(?: is|'s) (?:not (?:in stock|available)|unavailable|out of stock|sold out)"
    r"| isn't (?:in stock|available))|otherwise|failing that)\b",
    re.I,
)
"""What stands before a choice that is the second one."""
_IF_UNCOVERED = re.compile(
    r",? or(?: else)?,? if (?:that|it|this) (?:does not|doesn't) cover (?:it|that|the amount),?"
    r"|,? or else|, (?=my )| and if not,?",
    re.I,
)
"""What stands before a payment method that is the next one."""


def faithful(slot: str, value: JSON, text: str, intent: str = "") -> str | None:
    """Say what is wrong with a sentence as a statement of a fact; None if it says just that.

    Args:
        slot: The fact's slot.
        value: Its value.
        text: The sentence, by whomever.
        intent: The intent of the request; empty if it is not known.
    """
    if slot == "wish":
        return _mixed_up(value, text)
    if "first_covering" in value:
        return _wrong_chain(value["first_covering"], text, _idle(slot, intent))
    return _READER.wrong(text, _needs(slot, value), _idle(slot, intent))


def _idle(slot: str, intent: str) -> Idle:
    """Return what a sentence may say besides: of an item, what is to be done with it, too."""
    return _idle_of.get((slot, intent), IDLE_OF[slot])


def _of_deeds(slot: str, words: Mapping[str, str]) -> Mapping[tuple[str, str], Idle]:
    by_intent = {(slot, intent): IDLE_OF[slot].also(deed) for intent, deed in words.items()}
    return {**by_intent, (slot, ""): IDLE_OF[slot].also(" ".join(words.values()))}


_idle_of = {**_of_deeds("items", _VERBS), **_of_deeds("payment", _PURPOSES)}


def _wrong_chain(links: Sequence[Mapping[str, JSON]], text: str, idle: Idle) -> str | None:
    """Say what is wrong with methods of payment as those to be tried one after the other."""
    parts = _IF_UNCOVERED.split(text)
    if len(parts) != len(links):
        return "it does not say which method comes first"
    found = (_READER.wrong(part, _of(link), idle) for link, part in zip(links, parts, strict=True))
    return next((wrong for wrong in found if wrong), None)


def _mixed_up(wishes: Mapping[str, JSON], text: str) -> str | None:
    """Say which item's wish does not stand where the item does; None if each does.

    All that is said may be right, and yet of another item, or the other way round.
    """
    if len(wishes) == 1:
        return _wrong_wish(wishes, text)
    wrong: str | None = "what is said of each item cannot be told apart"
    for parts in shared_out(text, list(wishes)):
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
    if not links:
        return _READER.wrong(text, _of(wish), IDLE_OF["wish"])
    parts = _SECOND.split(text)
    if len(parts) != len(links):
        return "it does not say which of the choices comes first"
    for link, part in zip(links, parts, strict=True):
        needs = chain(_of(link), [_named(name)] if part is parts[0] else [])
        if wrong := _READER.wrong(part, needs, IDLE_OF["wish"]):
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
        case "order":
            yield from _inner(value, {})
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
    yield Need(ALL_BUT, meant="that it is everything but that")
    yield from map(literally, part)


def _by(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
    yield ranked(EXTREMES[part][whole["extreme"]], RANKS, whole["rank"])


def _balance(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
    yield Need(KINDS["gift_card"])
    yield Need(EXTREMES["balance"][part])


def _price(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
    yield ranked(EXTREMES["price"][part], RANKS, whole.get("rank", 1))


def _given(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
    address = Address.model_validate(part)
    yield from (literally(line) for line in address.plain.values() if line)


def _options(part: JSON, whole: Mapping[str, JSON] | None = None) -> Iterator[Need]:
    if isinstance(part, Mapping):
        for option, wanted in part.items():
            yield Need(_spellings(option), shared=True)
            yield literally(wanted, negated=False)
    else:
        yield Need(ALIKE, meant="in what it is like another one")
        yield from map(literally, part)


def _changed(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
    """Yield the needs of a variant with other options than the item."""
    if "like" not in whole:
        yield Need(UNCHANGED)
    yield from _options(part)


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
        for option, values in part.items():
            yield Need(_spellings(option), shared=True)
            shown = {joined(values, last) for last in ("or", "nor")}
            yield Need(tuple(sorted(shown)), negated)

    return needs


def _at_most(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
    if part is not None:
        yield Need(tuple(f"{most} {amount}" for most in AT_MOST for amount in amounts(part)))


def _other_product(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
    if "figure" not in whole:
        yield Need((f"a {part}", f"an {part}"))


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
        yield Need(ONLY_IF, meant="that it is a condition")
        yield Need(_compared(whole["test"], part, ""), negated=False)


def _claimed(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
    """Yield the needs of a claim: what is said to be so, and that it may be wrong."""
    yield Need(IF_WRONG, meant="what is to be if it is not so")
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
    yield from _inner(part, whole)


def _inner(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
    """Yield the needs of a reference to an order."""
    if "scope" in part and not part.get("by") and "every" not in part:
        yield Need(ONLY)
    yield from _of(part)


def _over(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
    """Yield the needs of orders of which there may be several."""
    yield from _of(part)


def _sent_to(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
    yield Need(SENT_TO)
    yield from _inner(part, whole)


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
    "rank": _nothing,  # said with the extreme
    "step": saying(lambda part: STEPS[part]),
    "where": _where,
    "given": _given,
    "profile": saying(lambda part: PROFILE),
    "options": _changed,
    "item": _item,
    "costs": _nothing,  # said with "item"
    "one_of": _choices(negated=False),
    "none_of": _choices(negated=True),
    "at_most": _at_most,
    "value": _value,
    "test": _nothing,  # said with "value"
    "figure": saying(lambda part: FIGURES[part]),
    "product": _other_product,
    "every": saying(lambda part: EVERY),
    "orders": _over,
    "claimed": _claimed,
    "of": _inner,
    "beside": _inner,
    "sent_to": _sent_to,
    "paid_for": _paid_for,
    "first_covering": _inner,
    "first_of": _inner,
    "like": _inner,
}
"""By field of a reference, what its value needs."""


OPTIONS: Mapping[str, tuple[str, ...]] = {
    option: tuple(dict.fromkeys(v for k in CATALOG for v in k.options.get(option, ())))
    for kind in CATALOG
    for option in kind.options
}
"""By name of an option, all values that it has with any product."""
