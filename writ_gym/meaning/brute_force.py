"""The language of requests, with code of its own for conditions and ranks: see ``queries``."""

from collections.abc import Callable, Mapping, Sequence
from operator import gt, lt
from typing import NoReturn, TypeAlias, TypeVar, cast

from pydantic import TypeAdapter

from writ_gym.database import JSON, SCALARS
from writ_gym.meaning.proofs import UnclearError
from writ_gym.meaning.queries import Choice, Condition, parse

T = TypeVar("T")
Value: TypeAlias = str | float | tuple[str, ...]
"""Of an attribute: a text, a number, or names."""
Values: TypeAlias = Mapping[str, JSON]
"""The facts of a request by slot."""

TEXT: TypeAdapter[str] = TypeAdapter(str)


class ForbiddenError(Exception):
    """A rule forbids a request: the reason code, and the fact that the user must be told."""

    def __init__(self, code: str, fact: str | float) -> None:
        super().__init__(code, fact)
        self.breach = (code, fact if isinstance(fact, str) else as_text(fact))


class HandedOverError(Exception):
    """A request has to be handed over to a human: the reason codes that hold."""

    def __init__(self, *codes: str) -> None:
        super().__init__(*codes)
        self.codes = frozenset(codes)


def unclear(why: str) -> NoReturn:
    """Say that what the user says has no single meaning."""
    raise UnclearError(why)


def forbid(broken: bool, code: str, fact: str | float) -> None:
    """Say that a rule forbids the request, if it does.

    Raises:
        ForbiddenError: It does.
    """
    if broken:
        raise ForbiddenError(code, fact)


def as_text(number: float) -> str:
    """Return a number as it is told."""
    return f"{number:.0f}" if number == int(number) else f"{number:.2f}"


def parsed(kind: TypeAdapter[T], value: JSON) -> T:
    """Return a fact's value in the language of the requests; UnclearError if it is not in it."""
    try:
        return parse(kind, value)
    except (ValueError, RecursionError):
        raise UnclearError(f"{value!r} means nothing.") from None


def keeps(actual: Value, condition: Condition) -> bool:
    """Say whether an attribute's value keeps a condition; UnclearError if it makes no sense."""
    test, value = condition.test, condition.value
    if test in ("has", "lacks"):
        if isinstance(actual, tuple) and isinstance(value, str):
            return (value in actual) == (test == "has")
    elif isinstance(actual, str) == isinstance(value, str) and not isinstance(actual, tuple):
        if test in ("is", "is_not"):
            return (actual == value) == (test == "is")
        return bool((gt if test == "over" else lt)(actual, value))
    raise UnclearError(f"{condition.attribute} cannot be tested so.")


def chosen(fitting: Sequence[T], choice: Choice, attribute: Callable[[T, str], Value]) -> T | None:
    """Return the one that a choice means of those that keep its conditions, None if too few do.

    Raises:
        UnclearError: Two of the first ``rank + 1`` are tied, or several fit where one is meant.
    """
    by = choice.by
    if by is not None:
        values = [attribute(record, by) for record in fitting]
        return at_rank(fitting, values, choice.extreme == "highest", choice.rank)
    if len(fitting) > 1:
        raise UnclearError(f"{len(fitting)} records fit.")
    return fitting[0] if fitting else None


def at_rank(records: Sequence[T], values: Sequence[Value], highest: bool, rank: int) -> T | None:
    """Return the record whose value is the ``rank``-th, None if there are too few.

    Raises:
        UnclearError: Two of the first ``rank + 1`` are tied.
    """
    if any(issubclass(kind, tuple) for kind in set(map(type, values))):
        raise UnclearError("What is no number, time or word has no rank.")
    if len(records) < rank:
        return None
    scalars = cast(list[float], values)  # of one attribute, so all of one type
    best = sorted(scalars, reverse=highest)[: rank + 1]
    if len(set(best)) < len(best):
        raise UnclearError("There is a tie.")
    return records[scalars.index(best[rank - 1])]


def plain_order(value: JSON) -> JSON:
    """Return a JSON value with lists as lists, and the fields of objects in order."""
    if type(value) in SCALARS:  # which most are
        return value
    if type(value) is dict or isinstance(value, Mapping):
        fields = [(name, value[name]) for name in sorted(value)]
        return {name: v if type(v) in SCALARS else plain_order(v) for name, v in fields}
    if isinstance(value, list | tuple):
        return [plain_order(each) for each in value]
    return value
