"""The language of the requests as values: facts parsed, conditions tested, ranks told."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar, cast

from pydantic import TypeAdapter

from writ_gym.database import JSON
from writ_gym.proofs import UnclearError
from writ_gym.queries import Choice, Condition, Extreme

T = TypeVar("T")
Value: TypeAlias = str | float | tuple[str, ...]
"""Of an attribute: a text, a number, or names."""

Values: TypeAlias = Mapping[str, JSON]
"""The facts of a request by slot."""

MONEY = frozenset({"total", "price", "saving"})
TESTS: dict[str, tuple[type, Callable[[Any, Any], bool]]] = {
    "over": (float, lambda actual, value: actual > value),
    "under": (float, lambda actual, value: actual < value),
    "has": (tuple, lambda actual, value: value in actual),
    "lacks": (tuple, lambda actual, value: value not in actual),
}
"""By test, the type that the attribute must have, and what it comes to; equality goes for texts
and numbers."""


_PARSED: dict[tuple[int, int], tuple[JSON, object]] = {}
"""By identity of adapter and value: the value, which so keeps its identity, and what it says."""
MOST_PARSED = 4096


def parsed(adapter: TypeAdapter[T], value: JSON) -> T:
    """Return a fact's value in the language of the requests; UnclearError if it is not in it."""
    # The same few facts are read in hundreds of edited worlds.
    key = id(adapter), id(value)
    known = _PARSED.get(key)
    if known is not None:
        return cast(T, known[1])
    try:
        found = adapter.validate_python(value)
    except (ValueError, RecursionError):
        raise UnclearError(f"{value!r} means nothing.") from None
    if len(_PARSED) >= MOST_PARSED:
        _PARSED.clear()
    _PARSED[key] = (value, found)
    return found


def keeps(actual: Value, condition: Condition) -> bool:
    """Say whether an attribute's value keeps a condition; UnclearError if it makes no sense."""
    test, value = condition.test, condition.value
    if test in TESTS:
        kind, holds = TESTS[test]
        sensible = isinstance(actual, kind) and isinstance(value, str) == (kind is tuple)
        if sensible:
            return holds(actual, value)
    elif isinstance(actual, (str, float)) and isinstance(value, type(actual)):
        return (actual == value) == (test == "is")
    raise UnclearError(f"{condition.attribute} cannot be tested so.")


def at_rank(
    records: Sequence[T], figure: Callable[[T], Value], extreme: Extreme, rank: int
) -> T | None:
    """Return the record whose figure is the ``rank``-th, None if there are too few.

    Raises:
        UnclearError: Two of the first ``rank + 1`` are tied.
    """
    figures = [figure(record) for record in records]
    if not all(isinstance(value, float) for value in figures):
        raise UnclearError("What has no number has no rank.")
    if len(records) < rank:
        return None
    best = sorted(cast(list[float], figures), reverse=extreme == "highest")[: rank + 1]
    if len(set(best)) < len(best):
        raise UnclearError("There is a tie.")
    return records[figures.index(best[rank - 1])]


def chosen(fitting: Sequence[T], choice: Choice, attribute: Callable[[T, str], Value]) -> T | None:
    """Return the one that a choice means of those that keep its conditions, None if too few do."""
    by = choice.by
    if by is not None:
        return at_rank(fitting, lambda record: attribute(record, by), choice.extreme, choice.rank)
    if len(fitting) > 1:
        raise UnclearError(f"{len(fitting)} records fit.")
    return fitting[0] if fitting else None


def as_text(attribute: str, value: str | float) -> str:
    """Return an attribute's value as it is told: money with two decimals, a number without."""
    if isinstance(value, str):
        return value
    return f"{value:.2f}" if attribute in MONEY else f"{value:g}"
