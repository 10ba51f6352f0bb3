"""What a draft of a request knows: the caller, what was read, and the reads still to fill."""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Generic, Literal, NamedTuple, TypeAlias, TypeVar

import numpy as np

from writ_gym.database import JSON
from writ_gym.domain import Brief
from writ_gym.domains.retail.catalog import split_of
from writ_gym.domains.retail.schema import Order, RetailDB
from writ_gym.domains.retail.texts import ask, state
from writ_gym.domains.retail.wishes import plain
from writ_gym.tasks import Config, Fact, Request

T = TypeVar("T")

OPENING = 0.55
"""Chance that the user states a fact with the request, and does not wait to be asked."""

ORDER_OF_SLOTS = (
    "order", "figure", "product", "matter", "topic", "items", "wish", "address", "payment",
    "reason", "condition",
)  # fmt: skip
"""In which order users state facts."""

NEVER_REPEATED = frozenset(
    {"by", "sent_to", "paid_for", "beside", "profile", "like", "where", "first_covering"}
)
"""A value with one of these is a reference, which a right proposal need not repeat."""


C = TypeVar("C", bound=Config, covariant=True)


class Piece(NamedTuple, Generic[C]):
    """A wish for one slot, with the records that have to be read to find what it means."""

    value: C
    reads: frozenset[str] = frozenset()
    operators: tuple[str, ...] = ()


Maker: TypeAlias = Callable[[], Piece[Config] | None]


class Scene:
    """A draft of one request: its facts so far and the reads that they take."""

    def __init__(self, db: RetailDB, brief: Brief, rng: np.random.Generator) -> None:
        self.db = db
        self.brief = brief
        self.rng = rng
        self.user = db.users[brief.caller]
        self.profile = brief.caller
        """Key of the caller's record among the records that are read."""
        self.orders: list[Order] = [db.orders[order_id] for order_id in self.user.orders]
        self.seen = set(brief.known)
        self.tells_status = True
        """Whether the user may say of an order what status it has."""
        self._operators: list[str] = []
        self._facts: list[tuple[str, JSON]] = []
        self._added = 0

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
        return len(set(reads) - self.seen)

    def fits(self, piece: Piece[Config] | None, kept: int = 0) -> bool:
        """Say whether a piece leaves at least ``kept`` reads of the room, and may be used."""
        if piece is None or not self.allows(piece.operators):
            return False
        return self.new(piece.reads) <= self.room - kept

    def allows(self, operators: Collection[str]) -> bool:
        """Say whether the config lets these operators be used."""
        wanted = self.brief.operators
        return not wanted or wanted.issuperset(operators)

    def read(self, reads: Iterable[str]) -> None:
        """Count reads that the request takes besides those of its pieces."""
        self._added += self.new(reads)
        self.seen.update(reads)

    def add(self, slot: str, piece: Piece[Config] | JSON) -> None:
        """Add a fact."""
        if isinstance(piece, Piece):
            self.read(piece.reads)
            self._operators += piece.operators
            piece = plain(piece.value)
        self._facts.append((slot, piece))

    def mark(self, *operators: str) -> None:
        """Note operators that are not those of a piece."""
        self._operators += operators

    def request(self, intent: str, answer: Literal["action", "information"] = "action") -> Request:
        """Return the request with its facts in words."""
        style = self.brief.style
        # What other facts call "it" comes first.
        self._facts.sort(key=lambda fact: ORDER_OF_SLOTS.index(fact[0]))
        values = dict(self._facts)
        facts = [
            Fact(
                slot=slot,
                value=value,
                text=state(intent, slot, value, self.rng, style),
                opening=bool(self.rng.random() < OPENING),
                literal=not _is_reference(value),
                alternatives=_alternatives(self.db, slot, value),
            )
            for slot, value in self._facts
        ]
        text = ask(intent, self.rng, style, values)
        return Request(
            intent=intent, text=text, facts=tuple(facts), answer=answer,
            operators=tuple(dict.fromkeys(self._operators)),
        )  # fmt: skip

    def product_names(self) -> list[str]:
        """Return the names of the products that tasks of the split may be about."""
        split = self.brief.style.split
        names = [product.name for product in self.db.products.values()]
        return [name for name in names if split_of(name) in (None, split)] or names

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
        return [left.pop(int(self.rng.random() * len(left))) for _ in range(len(left))]

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


def _is_reference(value: JSON) -> bool:
    """Say whether a value, or a value in it, is to be looked up."""
    if not isinstance(value, dict):
        return False
    if not NEVER_REPEATED.isdisjoint(value):
        return True
    return any(_is_reference(each) for each in value.values())


def _alternatives(db: RetailDB, slot: str, value: JSON) -> tuple[str, ...]:
    """Return the option values that a proposal for a wish with named options may not have."""
    if slot != "wish" or not all(
        "options" in each and "like" not in each for each in value.values()
    ):
        return ()
    products = {product.name: product for product in db.products.values()}
    words: set[str] = set()
    for name, wish in value.items():
        if name in products:
            for option, wanted in wish["options"].items():
                words |= {v.options[option] for v in products[name].variants.values()} | {wanted}
    return tuple(sorted(words))
