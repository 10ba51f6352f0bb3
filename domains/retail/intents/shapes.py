"""Shapes of a request about an order: which reads it takes, and so its evidence burden."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from writ_gym.domains.retail.intents.references import choose
from writ_gym.domains.retail.schema import RetailDB


class Shape(NamedTuple):
    """How a request is put."""

    searched: bool
    """The order has to be searched among all of the user's: their profile and every order."""
    products: int = 0
    """Product types to be read, to choose variants."""
    joined: bool = False
    """One more record has to be read, unless the search reads it anyway."""

    def burden(self, orders: int) -> int:
        """Return the evidence burden for a user with this many orders."""
        if self.searched:
            return orders + 1 + self.products
        return 1 + self.products + self.joined


def shapes(products: Iterable[int] = (0,), joined: Sequence[bool] = (False,)) -> tuple[Shape, ...]:
    """Return all shapes with these numbers of products and joins."""
    return tuple(
        Shape(searched, count, join)
        for searched in (False, True)
        for count in products
        for join in joined
    )


def burdens_of(options: Sequence[Shape], orders: int, fitting: int) -> set[int]:
    """Return the burdens that a request can have in one of the shapes.

    Args:
        options: The shapes.
        orders: How many orders the user has.
        fitting: How many of them the request can be about.
    """
    possible = (shape for shape in options if fitting and (orders > 1 or not shape.searched))
    return {shape.burden(orders) for shape in possible}


def choose_shape(
    options: Sequence[Shape], db: RetailDB, caller: str, burden: int, rng: np.random.Generator
) -> Shape | None:
    """Return one of the shapes that has the burden for this user."""
    orders = len(db.users[caller].orders)
    fitting = [s for s in options if s.burden(orders) == burden and (orders > 1 or not s.searched)]
    return choose(rng, fitting) if fitting else None
