"""A draft of one request: its facts so far, what they mean, and the reads that they take."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar, Generic, Literal, NamedTuple, TypeAlias, TypeVar

import numpy as np

from writ_gym.database import JSON
from writ_gym.domain import Brief
from writ_gym.tasks import Config, Fact, Request

T = TypeVar("T")
C = TypeVar("C", bound=Config, covariant=True)

OPENING = 0.55
"""Chance that the user states a fact with the request, and does not wait to be asked."""

MOST_WORDINGS = 12
"""Draws of the words of a request, until they are not those of an earlier one."""


class Piece(NamedTuple, Generic[C]):
    """A wish for one slot, with the records that have to be read to find what it means."""

    value: C
    reads: frozenset[str] = frozenset()
    operators: tuple[str, ...] = ()


Maker: TypeAlias = Callable[[], Piece[Config] | None]


class Draft(ABC):
    """A draft of one request; a domain says how its facts are put into words."""

    slots: ClassVar[tuple[str, ...]]
    """In which order users state facts."""
    references: ClassVar[frozenset[str]]
    """A value with one of these keys is a reference, which a right proposal need not repeat."""
    withheld: ClassVar[frozenset[str]] = frozenset()
    """Slots that users state only when they are asked, since they would give something away."""

    def __init__(self, brief: Brief, rng: np.random.Generator) -> None:
        self.brief = brief
        self.rng = rng
        self.profile = brief.caller
        """Key of the caller's record among the records that are read."""
        self.seen = set(brief.known)
        self._operators: list[str] = []
        self._facts: list[tuple[str, JSON]] = []
        self._added = 0

    @abstractmethod
    def state(self, intent: str, slot: str, value: JSON) -> str:
        """Return how the user states a fact."""

    @abstractmethod
    def ask(self, intent: str, values: dict[str, JSON]) -> str:
        """Return how the user makes the request."""

    def place(self, slot: str) -> int:
        """Return where among the facts of a request users state one."""
        return self.slots.index(slot)

    @property
    def values(self) -> dict[str, JSON]:
        """The facts that there are so far, by slot."""
        return dict(self._facts)

    def alternatives(self, slot: str, value: JSON) -> tuple[str, ...]:
        """Return the words that a proposal may not have if it is to mean the value."""
        return ()

    @property
    def room(self) -> int:
        """Reads that are still to be filled."""
        return self.brief.burden - self._added

    @property
    def least(self) -> int:
        """Reads that have to be filled at least."""
        return self.brief.least - self._added

    def new(self, reads: Iterable[str]) -> int:
        """Return how many of ``reads`` were not made yet."""
        each_once = reads if isinstance(reads, frozenset) else frozenset(reads)
        return len(each_once - self.seen)

    def fits(self, piece: Piece[Config] | None, kept: int = 0) -> bool:
        """Say whether there is a piece, and it leaves at least ``kept`` reads of the room."""
        return piece is not None and self.new(piece.reads) <= self.room - kept

    def read(self, reads: Iterable[str]) -> None:
        """Count reads that the request takes besides those of its pieces."""
        self._added += self.new(reads)
        self.seen.update(reads)

    def add(self, slot: str, piece: Piece[Config] | JSON) -> None:
        """Add a fact."""
        if isinstance(piece, Piece):
            self.read(piece.reads)
            self._operators += piece.operators
            piece = piece.value.model_dump(mode="json", exclude_none=True)
        self._facts.append((slot, piece))

    def mark(self, *operators: str) -> None:
        """Note operators that are not those of a piece."""
        self._operators += operators

    def request(self, intent: str, answer: Literal["action", "information"] = "action") -> Request:
        """Return the request with its facts in words."""
        # What other facts call "it" comes first.
        self._facts.sort(key=lambda fact: self.place(fact[0]))
        facts = [
            Fact(
                slot=slot,
                value=value,
                text=self.state(intent, slot, value),
                opening=bool(self.rng.random() < OPENING) and slot not in self.withheld,
                literal=not self._is_reference(value),
                alternatives=self.alternatives(slot, value),
            )
            for slot, value in self._facts
        ]
        return Request(
            intent=intent, text=self._asked(intent), facts=tuple(facts),
            answer=answer, operators=tuple(dict.fromkeys(self._operators)),
        )  # fmt: skip

    def _asked(self, intent: str) -> str:
        """Return how the user makes the request, in words not used before if there are such."""
        facts = dict(self._facts)
        drawn = (self.ask(intent, facts) for _ in range(MOST_WORDINGS))
        new = (text for text in drawn if text not in self.brief.said)
        return next(new, None) or self.ask(intent, facts)

    def _is_reference(self, value: JSON) -> bool:
        """Say whether a value, or a value in it, is to be looked up."""
        if not isinstance(value, dict):
            return False
        if not self.references.isdisjoint(value):
            return True
        return any(self._is_reference(each) for each in value.values())

    def choose(self, options: Sequence[T]) -> T:
        """Return one of ``options``."""
        return options[int(self.rng.random() * len(options))]

    def some(self, options: Sequence[T], count: int) -> list[T]:
        """Return ``count`` of ``options``, in their order."""
        places = list(range(len(options)))
        while len(places) > count:
            del places[int(self.rng.random() * len(places))]
        return [options[place] for place in places]

    def shuffled(self, options: Iterable[T]) -> list[T]:
        """Return ``options`` in a random order."""
        left = list(options)
        draws = self.rng.random(len(left)).tolist()  # all at once, which takes a fraction
        return [left.pop(int(draw * len(left))) for draw in draws]

    def first(self, makers: Iterable[Maker], kept: int = 0) -> Piece[Config] | None:
        """Return the first piece that fits, of makers in a random order."""
        for make in self.shuffled(makers):
            piece = make()
            if self.fits(piece, kept):
                return piece
        return None

    def chance(self, probability: float) -> bool:
        """Draw an event."""
        return bool(self.rng.random() < probability)
