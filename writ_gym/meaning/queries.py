"""The words in which a user means one of several records: conditions, a superlative, a rank.

A query is data: facts hold it as JSON, solvers resolve it over what they have read, and the
checker of a domain resolves it over the whole database with code of its own.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Annotated, Any, Literal, TypeAlias, TypeVar

from pydantic import Field, TypeAdapter

from writ_gym.database import JSON
from writ_gym.errors import UnsolvableError
from writ_gym.tasks import Config

T = TypeVar("T")

Test: TypeAlias = Literal["is", "is_not", "over", "under", "has", "lacks"]
Extreme: TypeAlias = Literal["highest", "lowest"]
Attribute: TypeAlias = Callable[[T, str], JSON]
"""Gives an attribute of a record by name: a scalar, or a collection for ``has`` and ``lacks``."""


_PARSED: dict[tuple[int, int], tuple[TypeAdapter[Any], JSON, JSON, Any]] = {}
"""By identity of a type and a value: both, which so keep their identity, a copy of the value, as
it might be changed, and what it says."""
MOST_PARSED = 4096


def parse(kind: TypeAdapter[T], value: JSON) -> T:
    """Return what the value of a fact says.

    It is found once for all that put the fact into words, solve the request and prove it, in the
    real world and in hundreds of edited ones, and not to be changed by any.

    Args:
        kind: What such facts say.
        value: The value.

    Raises:
        ValueError: It says nothing of that kind.
    """
    key = id(kind), id(value)
    known = _PARSED.get(key)
    if known is None or known[2] != value:
        if len(_PARSED) >= MOST_PARSED:
            _PARSED.clear()
        found = kind.validate_python(value)
        known = _PARSED[key] = kind, value, _copied(value), found
    said: T = known[3]
    return said


def _copied(value: JSON) -> JSON:
    """Return a copy of a JSON value; ``deepcopy`` takes ten times as long."""
    if isinstance(value, dict):
        return {name: _copied(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_copied(part) for part in value]
    return tuple(map(_copied, value)) if isinstance(value, tuple) else value


class Condition(Config):
    """What one attribute of a record has to be like."""

    attribute: str
    test: Test
    """``is``, ``is_not``: equality; ``over``, ``under``: strictly; ``has``, ``lacks``: whether
    a collection holds the value."""
    value: str | float


@lru_cache(maxsize=4096)
def condition(attribute: str, test: Test, value: str | float) -> Condition:
    """Return a condition; drafts look at the same few again and again."""
    return Condition(attribute=attribute, test=test, value=value)


class Query(Config):
    """Which of several records the user means: those that keep all conditions."""

    where: tuple[Condition, ...] = ()


class Choice(Query):
    """The one record that the user means: the ``rank``-th of those that keep all conditions.

    Without ``by``, the user takes it that just one keeps them. A record that shares its value of
    ``by`` with another one that keeps them, at or above the rank, makes the choice ambiguous.
    """

    by: str | None = None
    extreme: Extreme = "highest"
    rank: Annotated[int, Field(ge=1)] = 1


def attributes_in(reference: Config) -> set[str]:
    """Return the attributes that the way to mean a record speaks of; none if it is no query."""
    by = reference.by if isinstance(reference, Choice) else None
    where = reference.where if isinstance(reference, Query) else ()
    return {each.attribute for each in where} | ({by} if by else set())


def keeps(record: T, where: Iterable[Condition], attribute: Attribute[T]) -> bool:
    """Say whether a record keeps all conditions."""
    return all(passes(attribute(record, c.attribute), c.test, c.value) for c in where)


def passes(actual: JSON, test: Test, value: str | float) -> bool:
    """Say whether a value passes a test."""
    match test:
        case "is":
            return bool(actual == value)
        case "is_not":
            return bool(actual != value)
        case "over":
            return bool(actual > value)
        case "under":
            return bool(actual < value)
        case "has":
            return value in actual
        case "lacks":
            return value not in actual


def pick(records: Sequence[T], choice: Choice, attribute: Attribute[T]) -> T | None:
    """Return the record that a choice means; None if there are too few that keep its conditions.

    Raises:
        UnsolvableError: Records are tied, or several fit where one was meant.
    """
    found = _possible(records, choice, attribute)
    if len(found) > 1:
        how = "fit" if choice.by is None else "are tied in"
        raise UnsolvableError(f"{len(found)} records {how} {choice}.")
    return found[0] if found else None


def picked(records: Sequence[T], choice: Choice, attribute: Attribute[T]) -> T | None:
    """Return the record that a choice means; None if it means none, or several could be meant."""
    found = _possible(records, choice, attribute)
    return found[0] if len(found) == 1 else None


def _possible(records: Sequence[T], choice: Choice, attribute: Attribute[T]) -> Sequence[T]:
    """Return the records that a choice could mean, or that are tied: one if that is clear."""
    fitting = [record for record in records if keeps(record, choice.where, attribute)]
    if choice.by is None:
        return fitting
    ranked = ranking(fitting, choice, attribute)
    if len(ranked) < choice.rank:
        return []
    first = [attribute(record, choice.by) for record in ranked[: choice.rank + 1]]
    tied = [record for record, value in zip(ranked, first, strict=False) if first.count(value) > 1]
    return tied or [ranked[choice.rank - 1]]


def ranking(records: Collection[T], choice: Choice, attribute: Attribute[T]) -> list[T]:
    """Return records from the one that is meant first to the one that is meant last."""
    by = choice.by or ""
    return sorted(records, key=lambda r: attribute(r, by), reverse=choice.extreme == "highest")


def misplaced(value: JSON) -> JSON | None:
    """Return a user's value with the first choice in it at another place of the same ranking.

    What comes first becomes what comes last, and what comes later becomes the first: of two records
    or more, another one is meant.

    Returns:
        None if nothing in it is ranked.
    """
    if isinstance(value, Mapping):
        if "rank" in value and value.get("by") is not None:
            return {**value, **elsewhere(value["extreme"], value["rank"], "extreme")}
        found = ((key, misplaced(part)) for key, part in value.items())
        return next(({**value, key: part} for key, part in found if part is not None), None)
    return None


def elsewhere(extreme: Extreme, rank: int, name: str) -> dict[str, JSON]:
    """Return another place in a ranking: the extreme, under its ``name``, and the rank."""
    last = "lowest" if extreme == "highest" else "highest"
    return {name: extreme if rank > 1 else last, "rank": 1}
