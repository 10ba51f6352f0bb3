"""What the facts of a request let a right proposal name, so far as they say that themselves."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple, TypeAlias

from writ_gym.database import JSON


class Allowed(NamedTuple):
    """The values of one kind that a right proposal may have."""

    slot: str
    """The slot of the fact."""
    kind: str
    values: frozenset[str]
    """In lower case. A proposal that names values of the kind, but none of these, is wrong."""

    def rules_out(self, named: Iterable[str]) -> bool:
        """Say whether a proposal that names these values of the kind, at least one, is wrong."""
        return self.values.isdisjoint(named)


class Barred(NamedTuple):
    """Values of one kind that no right proposal has."""

    slot: str
    kind: str
    values: frozenset[str]
    """In lower case."""

    def rules_out(self, named: Iterable[str]) -> bool:
        """Say whether a proposal that names these values of the kind is wrong."""
        return not self.values.isdisjoint(named)


class AtMost(NamedTuple):
    """The largest number of one kind that a right proposal may have."""

    slot: str
    kind: str
    most: float

    def rules_out(self, named: Iterable[str]) -> bool:
        """Say whether a proposal that names these values of the kind, at least one, is wrong.

        What it names besides may be for another request.
        """
        return all(float(value) > self.most for value in named)


class Only(NamedTuple):
    """All values of one kind that a right proposal has, those of other requests left aside."""

    slot: str
    kind: str
    values: frozenset[str]
    """In lower case."""
    others: int = 0
    """How many values there may be besides, which are not known here."""


Rule: TypeAlias = Allowed | Barred | AtMost | Only


def nothing_ruled_out(_: Mapping[str, JSON]) -> Iterable[Rule]:
    """Say of no fact what it allows: those that are not repeated are not compared."""
    return ()


def has_key(value: JSON, keys: frozenset[str]) -> bool:
    """Say whether a value has one of some keys, however deep."""
    if isinstance(value, Mapping):
        return not keys.isdisjoint(value) or any(has_key(each, keys) for each in value.values())
    return isinstance(value, (list, tuple)) and any(has_key(each, keys) for each in value)
