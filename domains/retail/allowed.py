"""What a right proposal may name of what a user states, whatever else has to be looked up."""

from collections.abc import Iterable, Iterator, Mapping

from writ_gym.database import JSON
from writ_gym.understanding.allowances import Allowed, Barred, Only, Rule, has_key

_LOOKED_UP = frozenset({"scope", "beside"})
"""Keys of wishes for orders of which the user does not say which they are."""


def allowed(values: Mapping[str, JSON]) -> Iterator[Rule]:
    """Yield what the facts of a request allow: orders, items of theirs, ways to pay.

    "The method that I originally paid with" allows any: which one it is has to be looked up.

    Args:
        values: The values of the facts, by slot.
    """
    match values.get("order"):
        case {"scope": [*ids]}:
            yield Allowed("order", "order", _lowered(ids))
        case {"id": str(own)} if not has_key(values, _LOOKED_UP):
            yield Only("order", "order", _lowered([own]))
    match values.get("items"):
        case {"names": [*names]}:
            yield Only("items", "item", _products(names))
        case {"all_but": [*names]}:
            yield Barred("items", "item", _products(names))
    match values.get("payment"):
        case {"first_covering": [*methods]}:
            kinds = (str(each["kind"]).partition("_")[0] for each in methods)
            yield Allowed(
                "payment", "payment", frozenset(k.replace("credit", "card") for k in kinds)
            )


def _lowered(values: Iterable[object]) -> frozenset[str]:
    return frozenset(str(each).lower() for each in values)


def _products(names: Iterable[object]) -> frozenset[str]:
    """Return products as they are found in texts, where they may be several."""
    return frozenset(name.removesuffix("s") for name in _lowered(names))
