"""From a thing backwards to words that mean it, and take as many reads as the brief asks for."""

from collections.abc import Iterator, Sequence
from itertools import product
from typing import ClassVar

import numpy as np

from library_desk.language import (
    OF_BOOKS,
    REFERENCES,
    Among,
    ById,
    Kind,
    OneOf,
    Reference,
    attributes_of,
)
from library_desk.schema import LibraryDB
from library_desk.solvers import Entry, attribute
from library_desk.texts import ASKING, state
from writ_gym.database import JSON
from writ_gym.domain import Brief
from writ_gym.drafting import Draft, Piece
from writ_gym.errors import UnsolvableError
from writ_gym.queries import Condition, Extreme, keeps, pick

RANKED: dict[Kind, tuple[str, ...]] = {
    "loan": ("due", "pages", "year"),
    "fee": ("amount",),
    "hold": ("pages", "year", "waiting"),
    "book": ("pages", "year", "waiting"),
}
"""By kind, the attributes that have a largest and a smallest."""
EXTREMES: tuple[Extreme, ...] = ("highest", "lowest")
ROUND_TO = {"pages": 50, "amount": 2}
"""Bounds that members name are multiples of this."""


class Scene(Draft):
    """A draft of one request of a member."""

    slots: ClassVar[tuple[str, ...]] = ("loan", "fee", "hold", "book", "matter")
    references: ClassVar[frozenset[str]] = REFERENCES

    def __init__(self, db: LibraryDB, brief: Brief, rng: np.random.Generator) -> None:
        super().__init__(brief, rng)
        self.db = db
        self.member = db.members[brief.caller]

    def state(self, intent: str, slot: str, value: JSON) -> str:
        """Return how the member states a fact."""
        return state(intent, slot, value, self.rng, self.brief.style)

    def ask(self, intent: str, values: dict[str, JSON]) -> str:
        """Return how the member makes the request."""
        return ASKING.ask(intent, self.rng, self.brief.style, values)

    def entry(self, kind: Kind, key: str) -> Entry:
        """Return one thing as a whole."""
        if kind == "loan":
            loan = self.db.loans[key]
            return Entry(key, loan, self.db.books[loan.book_id])
        return Entry(key, self.db.fees[key]) if kind == "fee" else self._book(key)

    def _book(self, key: str) -> Entry:
        return Entry(key, None, self.db.books[key])

    def name(self, kind: Kind, keys: Sequence[str], key: str, own: set[str]) -> bool:
        """Add how the member means one of several; say whether that fills the room.

        Args:
            kind: What it is.
            keys: All of the kind that there are.
            key: The one that is meant.
            own: The reads that the request takes however the member means it.
        """
        entries = [self.entry(kind, each) for each in keys]
        target = next(entry for entry in entries if entry.key == key)
        pieces = [
            piece
            for piece in self._pieces(kind, entries, target)
            if self.least <= self.new(piece.reads | own) <= self.room
        ]
        if not pieces:
            return False
        most = max(self.new(piece.reads | own) for piece in pieces)
        piece = self.choose([p for p in pieces if self.new(p.reads | own) == most])
        self.read(own)
        self.add(kind, piece)
        return True

    def _pieces(
        self, kind: Kind, entries: Sequence[Entry], target: Entry
    ) -> Iterator[Piece[Reference]]:
        """Yield ways to mean one of several."""
        yield Piece(ById(id=target.key))
        author = target.book.author if kind == "book" and target.book else None
        holder = frozenset({author or self.profile})
        conditions = list(self.conditions(kind, target))
        for condition in conditions:
            choice = OneOf(where=(condition,), author=author)
            if _means(entries, choice) is target:
                yield Piece(choice, holder | reads_of([target], choice), ("description",))
        for group in self._groups(entries, target):
            for by, extreme in product(RANKED[kind], EXTREMES):
                named = tuple(entry.key for entry in group)
                among: Among = "all" if group is entries else named
                where = (self.choose(conditions),) if conditions and self.chance(0.3) else ()
                choice = OneOf(
                    where=where if among == "all" else (), by=by, extreme=extreme,
                    rank=1 + self.chance(0.3), among=among,
                    author=author if among == "all" else None,
                )  # fmt: skip
                fitting = [entry for entry in group if keeps(entry, choice.where, attribute)]
                if len(fitting) > choice.rank and _means(group, choice) is target:
                    reads = reads_of(group, choice) | (holder if among == "all" else frozenset())
                    yield Piece(choice, reads, _operators(choice))

    def _groups(self, entries: Sequence[Entry], target: Entry) -> Iterator[Sequence[Entry]]:
        """Yield all, and some that the member names by id."""
        yield entries
        others = [entry for entry in entries if entry is not target]
        for count in range(1, len(others) + 1):
            yield self.shuffled([target, *self.some(others, count)])

    def conditions(self, kind: Kind, entry: Entry) -> Iterator[Condition]:
        """Yield conditions that one thing keeps."""
        if kind == "fee":
            yield Condition(attribute="cause", test="is", value=attribute(entry, "cause"))
        elif kind != "book":
            for name in ("title", "author"):
                yield Condition(attribute=name, test="is", value=attribute(entry, name))
        name = "amount" if kind == "fee" else "pages"
        step, value = ROUND_TO[name], attribute(entry, name)
        low = step * int(value // step)
        if 0 < low < value:
            yield Condition(attribute=name, test="over", value=low)
        yield Condition(attribute=name, test="under", value=low + step)

    def nothing_like(self, kind: Kind, entries: Sequence[Entry]) -> OneOf | None:
        """Return words that mean none of several, as they are true of something else only."""
        tables = {"loan": list(self.db.loans), "fee": list(self.db.fees)}
        strange = self.entry(kind, self.choose(tables.get(kind) or list(self.db.books)))
        author = entries[0].book.author if kind == "book" and entries[0].book else None
        choice = OneOf(where=(self.choose(list(self.conditions(kind, strange))),), author=author)
        return None if any(keeps(e, choice.where, attribute) for e in entries) else choice


def reads_of(entries: Sequence[Entry], choice: OneOf) -> frozenset[str]:
    """Return keys of the records that have to be read to compare several."""
    reads = {entry.key for entry in entries}
    if attributes_of(choice) & OF_BOOKS:
        reads |= {entry.book_id for entry in entries}
    return frozenset(reads)


def _means(entries: Sequence[Entry], choice: OneOf) -> Entry | None:
    try:
        return pick(entries, choice, attribute)
    except UnsolvableError:
        return None


def _operators(choice: OneOf) -> tuple[str, ...]:
    names = ["superlative" if choice.rank == 1 else "rank"]
    names += ["filter"] if choice.where else []
    return (*names, "unknown_id" if choice.among == "all" else "enumeration")
