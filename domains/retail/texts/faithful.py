"""Reads sentences back: what a sentence has to say for a fact, and what it may not say besides."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import get_args

from writ_gym.database import JSON
from writ_gym.domains.retail.catalog import CATALOG
from writ_gym.domains.retail.schema import Address, Status
from writ_gym.domains.retail.texts.phrases import OUTSIDE

Groups = tuple[tuple[str, ...], ...]

EXTREMES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "total": {
        "highest": ("highest total", "largest total", "most expensive", "cost the most"),
        "lowest": ("lowest total", "smallest total", "cheapest", "least expensive"),
    },
    "count": {
        "highest": ("highest number", "largest number", "most items"),
        "lowest": ("lowest number", "smallest number", "fewest items"),
    },
    "placed": {
        "highest": ("latest", "most recent", "newest"),
        "lowest": ("earliest", "oldest"),
    },
    "price": {
        "highest": ("most expensive", "dearest", "highest price"),
        "lowest": ("cheapest", "least expensive", "lowest price"),
    },
    "saving": {
        "highest": ("highest saving", "largest saving", "save the most"),
        "lowest": ("lowest saving", "smallest saving", "save the least"),
    },
    "balance": {
        "highest": ("highest", "largest", "most"),
        "lowest": ("lowest", "smallest", "least"),
    },
}
"""By attribute and extreme, words of which a sentence has one; it has none of the other's."""
TESTS: Mapping[str, tuple[str, ...]] = {
    "over": ("more than", "over", "above", "exceed"),
    "under": ("less than", "under", "below", "fewer than"),
}
RANKS = {2: ("second", "2nd"), 3: ("third", "3rd")}
NEGATIONS = ("not", "without", "except", "but", "no ", "other than", "n't")
KINDS = {"credit_card": "credit card", "paypal": "paypal", "gift_card": "gift card"}
TOPICS = {
    "total": ("total", "amount", "cost"),
    "status": ("status", "state"),
    "count": ("number of items", "how many"),
    "tracking": ("tracking",),
}
STATUSES: tuple[str, ...] = tuple(sorted(get_args(Status), key=len, reverse=True))
PRODUCTS = tuple(sorted((kind.name.lower() for kind in CATALOG), key=len, reverse=True))


def says(slot: str, value: JSON) -> Groups:
    """Return what any sentence that states a fact has to hold: one of each group's words."""
    return tuple(tuple(word.lower() for word in group) for group in _groups(slot, value))


def faithful(slot: str, value: JSON, text: str) -> str | None:
    """Say what is wrong with a sentence as a statement of a fact; None if it says just that.

    Args:
        slot: The fact's slot.
        value: Its value.
        text: The sentence, by whomever.
    """
    said = f" {' '.join(text.lower().split())} "
    groups = says(slot, value)
    missing = [group for group in groups if not any(_holds(said, word) for word in group)]
    if missing:
        return f"it does not say {missing[0][0]!r}"
    for opposite in _opposites(slot, value):
        if any(_holds(said, word) for word in opposite):
            return f"it says {opposite[0]!r}"
    for word in sorted({word for group in groups for word in group}, key=len, reverse=True):
        said = said.replace(word, " ")
    if match := re.search(r"#?\w*\d[\w.,]*", said):
        return f"it says {match[0]!r}"
    if slot in ("order", "figure", "condition"):
        for word in (*STATUSES, *PRODUCTS):
            if _holds(said, word):
                return f"it says {word!r}"
    return None


def _holds(text: str, word: str) -> bool:
    start = text.find(word)
    while start >= 0:
        before, after = text[start - 1 : start], text[start + len(word) : start + len(word) + 2]
        decimals = after[:1] in ".," and after[1:].isdigit()
        if not (before.isalnum() or before == "." or after[:1].isdigit() or decimals):
            return True
        start = text.find(word, start + 1)
    return False


def _groups(slot: str, value: JSON) -> Iterator[Sequence[str]]:
    """Yield the groups of a slot's value."""
    match slot:
        case "name":
            yield (value["first"],)
            yield (value["last"],)
        case "zip" | "email":
            yield (value,)
        case "reason":
            yield _REASONS.get(value, (value,))
        case "topic":
            yield TOPICS[value]
        case "matter":
            yield (OUTSIDE[value],)
        case "product":
            yield (value["name"],)
            yield from ((option,) for option in value["options"].values())
        case _:
            yield from _of(value)


_REASONS: Mapping[str, tuple[str, ...]] = {
    "no longer needed": ("no longer need",),
    "ordered by mistake": ("by mistake", "by accident"),
}


def _of(value: JSON) -> Iterator[Sequence[str]]:
    """Yield the groups of a reference, part by part."""
    if isinstance(value, list):
        for each in value:
            yield from _of(each)
        return
    if not isinstance(value, dict):
        return
    for key, part in value.items():
        yield from _part(key, part, value)


def _part(key: str, part: JSON, whole: Mapping[str, JSON]) -> Iterator[Sequence[str]]:
    """Yield the groups of one field of a reference."""
    match key:
        case "id" | "last_four":
            yield (part,)
        case "scope" if part != "all":
            yield from ((order_id,) for order_id in part)
        case "scope":
            yield ("all my orders", "my orders")
        case "names" | "all_but":
            yield from ((name,) for name in part)
            if key == "all_but":
                yield NEGATIONS
        case "kind":
            yield (KINDS[part],) if part in KINDS else ("original", "paid with")
        case "gift_card":
            yield ("gift card",)
            yield EXTREMES["balance"][part]
        case "by":
            yield EXTREMES[part][whole["extreme"]]
        case "price" if isinstance(part, str):
            yield EXTREMES["price"][part]
        case "rank" if part > 1:
            yield RANKS[part]
        case "step":
            yield ("before",) if part < 0 else ("after",)
        case "where":
            for condition in part:
                yield from _condition(condition)
        case "given":
            address = Address.model_validate(part)
            yield from ((line,) for line in address.plain.values() if line)
        case "profile":
            yield ("default address", "profile")
        case "options":
            yield from _options(part)
        case "one_of" | "none_of":
            for option, values in part.items():
                yield (option,)
                yield from ((each,) for each in values)
            if key == "none_of" and part:
                yield NEGATIONS
        case "at_most":
            yield _amounts(part)
            yield ("at most", "no more than", "up to")
        case "value" if "test" in whole:
            yield _amounts(part)
            yield TESTS[whole["test"]]
        case "figure":
            yield ("sum", "together") if part == "sum" else ("number", "how many")
        case "product":
            yield (part,)
        case "every":
            yield ("every", "each", "all")
        case _ if isinstance(part, dict | list):
            if key == "*":
                yield ("instead", "it ")
            elif key[:1].isupper():
                yield (key,)
            yield from _of(part)


def _options(part: JSON) -> Iterator[Sequence[str]]:
    if isinstance(part, dict):
        for option, wanted in part.items():
            yield (option,)
            yield (wanted,)
    else:
        yield from ((option,) for option in part)


def _condition(condition: Mapping[str, JSON]) -> Iterator[Sequence[str]]:
    attribute, test, value = (condition[name] for name in ("attribute", "test", "value"))
    if isinstance(value, str):
        yield (value,)
        if test in ("is_not", "lacks"):
            yield NEGATIONS
        return
    yield _amounts(value)
    yield TESTS[test]
    if attribute == "count":
        yield ("items",)


def _amounts(value: float) -> tuple[str, ...]:
    """Return how an amount can be written."""
    shapes = (f"${value:,.2f}", f"${value:.2f}", f"{value:,.2f}", f"{value:.2f}")
    if float(value).is_integer():
        shapes += (f"${value:,.0f}", f"${value:.0f}", f"{value:,.0f}", f"{value:.0f}")
    return tuple(dict.fromkeys(shapes))


def _opposites(slot: str, value: JSON) -> Iterator[Sequence[str]]:
    """Yield the words that would say the opposite of a part of a value that says it just once."""
    if slot not in ("order", "payment", "address", "items", "wish", "condition", "figure"):
        return
    found = list(_extremes(value))
    for attribute, extreme in found:
        other = "lowest" if extreme == "highest" else "highest"
        if (attribute, other) not in found:
            alike = {word for each in found for word in EXTREMES[each[0]][each[1]]}
            words = tuple(w for w in EXTREMES[attribute][other] if w not in alike)
            if words:
                yield words


def _extremes(value: JSON) -> Iterator[tuple[str, str]]:
    if isinstance(value, list):
        for each in value:
            yield from _extremes(each)
    elif isinstance(value, dict):
        if isinstance(value.get("by"), str):
            yield value["by"], value["extreme"]
        if isinstance(value.get("price"), str):
            yield "price", value["price"]
        if "gift_card" in value:
            yield "balance", value["gift_card"]
        for each in value.values():
            yield from _extremes(each)
