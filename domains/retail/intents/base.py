"""What the intents share: refusals as outcomes, and requests about one order."""

from collections.abc import Collection, Sequence
from typing import ClassVar

import numpy as np

from writ_gym.domains.retail.intents.references import choose, draft_order, orders_of
from writ_gym.domains.retail.intents.shapes import Shape, burdens_of, choose_shape
from writ_gym.domains.retail.rules import Breach
from writ_gym.domains.retail.schema import Order, RetailDB
from writ_gym.solving import Outcome, Tell
from writ_gym.tasks import Fact, Request


def refuse(breach: Breach) -> Outcome:
    """Return the outcome of a request that a rule forbids."""
    return Outcome(statement=breach.sentence, tells=(Tell(breach.fact),), reason=breach.code)


class OrderIntent:
    """A family of requests about one order of the caller."""

    name: ClassVar[str]
    writes: ClassVar[bool] = True
    shapes: ClassVar[tuple[Shape, ...]]
    statuses: ClassVar[tuple[str, ...]] = ("pending",)
    """Statuses of the orders that a request is drafted for."""
    phrases: ClassVar[tuple[str, ...]]
    """How the user asks for it."""

    def burdens(self, db: RetailDB, caller: str) -> Collection[int]:
        """Return the evidence burdens that a request of this caller can have at all."""
        fitting = len(orders_of(db, caller, self.statuses))
        return burdens_of(self.shapes, len(db.users[caller].orders), fitting)

    def draft(
        self, db: RetailDB, caller: str, burden: int, rng: np.random.Generator
    ) -> Request | None:
        """Return a request of the given evidence burden, or None if this draw found none."""
        shape = choose_shape(self.shapes, db, caller, burden, rng)
        facts = self.facts(db, caller, shape, rng) if shape else None
        if facts is None:
            return None
        return Request(intent=self.name, text=choose(rng, self.phrases), facts=tuple(facts))

    def facts(
        self, db: RetailDB, caller: str, shape: Shape, rng: np.random.Generator
    ) -> Sequence[Fact] | None:
        """Return the facts of a request in this shape, or None if the draw does not work out."""
        found = draft_order(db, caller, rng, self.statuses, shape.searched)
        if found is None:
            return None
        order, named = found
        details = self.details(db, order, named, shape, rng)
        return None if details is None else [named, *details]

    def details(
        self, db: RetailDB, order: Order, named: Fact, shape: Shape, rng: np.random.Generator
    ) -> Sequence[Fact] | None:
        """Return the facts besides the one that names the order, or None.

        Args:
            db: The world.
            order: The order that the request is about.
            named: The fact that names it.
            shape: How the request is put.
            rng: The random generator.
        """
        raise NotImplementedError
