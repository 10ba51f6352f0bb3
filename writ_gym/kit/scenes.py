"""From a record backwards to words that mean it, and take as many reads as the brief asks for."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import product
from typing import Any, ClassVar, TypeVar

import numpy as np

from writ_gym.database import JSON, Database
from writ_gym.domain import Brief
from writ_gym.errors import UnsolvableError
from writ_gym.kit.kinds import REFERENCES, ById, Kind, OneOf, Reference
from writ_gym.kit.seeing import Case, WholeView, find
from writ_gym.kit.words import Words
from writ_gym.meaning.queries import Condition, Extreme, keeps
from writ_gym.sampling.drafting import Draft, Piece

T = TypeVar("T")

EXTREMES: tuple[Extreme, ...] = ("highest", "lowest")
DESCRIBED = 0.3
"""Chance that what is compared is described, too."""
SECOND = 0.3
"""Chance that the second of several is meant, and not the first."""


class Scene(Draft):
    """A draft of one request of a user, with the whole database in view."""

    references: ClassVar[frozenset[str]] = REFERENCES

    def __init__(self, words: Words, db: Database, brief: Brief, rng: np.random.Generator) -> None:
        super().__init__(brief, rng)
        self.words = words
        self.db: Any = db
        self.view = WholeView(words.user, brief.caller, db)

    @property
    def me(self) -> Any:
        """The user's own record."""
        return self.view.me

    def place(self, slot: str) -> int:
        """Return 0: facts are stated in the order in which they were added."""
        return 0

    def state(self, intent: str, slot: str, value: JSON) -> str:
        """Return how the user states a fact."""
        return self.words.state(intent, slot, value, self.rng, self.brief.style)

    def ask(self, intent: str, values: dict[str, JSON]) -> str:
        """Return how the user makes the request."""
        return self.words.asking.ask(intent, self.rng, self.brief.style, values)

    def fills(self, reads: frozenset[str]) -> bool:
        """Say whether just as many reads are asked for."""
        return self.least <= self.new(reads) <= self.room

    def looking(self, make: Callable[[], T]) -> tuple[T, frozenset[str]]:
        """Return what a function makes, and the keys of the records that it looks at."""
        return self.view.looking(make)

    def case(self, kind: Kind, key: str) -> Case:
        """Return one record."""
        return Case(self.view, kind, key)

    def named(self, kind: Kind, key: str, reads: frozenset[str]) -> bool:
        """Name a record by its id, if that takes as many reads as are asked for."""
        if not self.fills(reads):
            return False
        self.add(kind.name, Piece(ById(id=key), reads))
        return True

    def meant(
        self, kind: Kind, keys: Sequence[str], key: str, of: str | None, own: frozenset[str]
    ) -> bool:
        """Add how the user means one of several records; say whether there is such a way.

        Args:
            kind: What it is.
            keys: All that the holder lists.
            key: The one that is meant.
            of: The holder's key, if it is not the user.
            own: The reads that the request takes however the user means it.
        """
        pieces = [
            piece for piece in self._pieces(kind, keys, key, of) if self.fills(piece.reads | own)
        ]
        if not pieces:
            return False
        most = max(self.new(piece.reads | own) for piece in pieces)
        piece = self.choose([each for each in pieces if self.new(each.reads | own) == most])
        self.read(own)
        self.add(kind.name, piece)
        return True

    def _pieces(
        self, kind: Kind, keys: Sequence[str], key: str, of: str | None
    ) -> Iterator[Piece[Reference]]:
        yield Piece(ById(id=key))
        target = self.case(kind, key)
        conditions = list(self.conditions(target))
        for each in conditions:
            choice = OneOf(where=(each,), of=of)
            if self._finds(kind, choice, key):
                yield Piece(choice, self._looks(target, choice), ("description",))
        ranked = [name for name, attribute in kind.every.items() if attribute.highest]
        for group in self._groups(keys, key):
            for by, extreme in product(ranked, EXTREMES):
                listed = group is keys
                described = listed and bool(conditions) and self.chance(DESCRIBED)
                choice = OneOf(
                    by=by, extreme=extreme, rank=1 + self.chance(SECOND),
                    where=(self.choose(conditions),) if described else (),
                    among="all" if listed else tuple(group), of=of if listed else None,
                )  # fmt: skip
                fitting = [k for k in group if self._keeps(kind, k, choice)]
                if len(fitting) > choice.rank and self._finds(kind, choice, key):
                    _, reads = self.looking(partial(find, self.view, kind, choice))
                    yield Piece(choice, reads, _operators(choice))

    def _groups(self, keys: Sequence[str], key: str) -> Iterator[Sequence[str]]:
        """Yield all, and some that the user names by id."""
        yield keys
        others = [each for each in keys if each != key]
        for count in range(1, len(others) + 1):
            yield self.shuffled([key, *self.some(others, count)])

    def _keeps(self, kind: Kind, key: str, choice: OneOf) -> bool:
        return keeps(self.case(kind, key), choice.where, Case.value)

    def _looks(self, target: Case, choice: OneOf) -> frozenset[str]:
        """Return what shows that a description means a record: where it is listed, and itself."""
        _, reads = self.looking(lambda: keeps(target, choice.where, Case.value))
        return reads | {choice.of or self.profile}

    def _finds(self, kind: Kind, choice: OneOf, key: str) -> bool:
        """Say whether a choice means a record, and clearly so."""
        if choice.by is None:
            holder = getattr(self.db, kind.holder.table)[choice.of or self.profile]
            listed = getattr(holder, kind.listed)
            return [each for each in listed if self._keeps(kind, each, choice)] == [key]
        try:
            found = find(self.view, kind, choice)
        except UnsolvableError:
            return False
        return isinstance(found, Case) and found.key == key

    def conditions(self, case: Case) -> Iterator[Condition]:
        """Yield conditions that a record keeps."""
        for name, attribute in case.kind.every.items():
            value, step = case.value(name), attribute.step
            if not attribute.phrase:
                continue
            if not step:
                yield Condition(attribute=name, test="is", value=value)
                continue
            low = step * int(value // step)
            if 0 < low < value:
                yield Condition(attribute=name, test="over", value=low)
            yield Condition(attribute=name, test="under", value=low + step)

    def nothing_like(self, kind: Kind, keys: Sequence[str], of: str | None) -> OneOf | None:
        """Return words that mean none of several, as they are true of something else only."""
        strange = self.case(kind, self.choose(list(getattr(self.db, kind.table))))
        choice = OneOf(where=(self.choose(list(self.conditions(strange))),), of=of)
        return None if any(self._keeps(kind, key, choice) for key in keys) else choice


def _operators(choice: OneOf) -> tuple[str, ...]:
    names = ["superlative" if choice.rank == 1 else "rank"]
    names += ["filter"] if choice.where else []
    return (*names, "unknown_id" if choice.among == "all" else "enumeration")
