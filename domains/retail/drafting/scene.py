"""What a draft of a request knows: the caller, what was read, and the reads still to fill."""

from functools import cached_property
from typing import ClassVar

import numpy as np

from writ_gym.database import JSON
from writ_gym.domain import Brief
from writ_gym.domains.retail.catalog import split_of
from writ_gym.domains.retail.identity import target as read_of
from writ_gym.domains.retail.schema import Order, RetailDB
from writ_gym.domains.retail.texts import ASKING, state
from writ_gym.domains.retail.wishes import REFERENCES
from writ_gym.sampling.drafting import Draft
from writ_gym.tasks import Split


def products_of(db: RetailDB, split: Split) -> list[str]:
    """Return the names of the products that are of a split, or of all."""
    names = (product.name for product in db.products.values())
    return [name for name in names if split_of(name) in (None, split)]


class Scene(Draft):
    """A draft of one request of a shop's user."""

    slots: ClassVar[tuple[str, ...]] = (
        "order", "figure", "product", "matter", "topic", "items", "wish", "address", "payment",
        "reason", "condition",
    )  # fmt: skip
    references: ClassVar[frozenset[str]] = REFERENCES

    def __init__(self, db: RetailDB, brief: Brief, rng: np.random.Generator) -> None:
        super().__init__(brief, rng)
        self.db = db
        self.user = db.users[brief.caller]
        self.orders: list[Order] = [db.orders[order_id] for order_id in self.user.orders]
        self.tells_status = True
        """Whether the user may say of an order what status it has."""

    @cached_property
    def products_held(self) -> frozenset[str]:
        """Names of the products of which the user's orders hold items."""
        return frozenset(item.name for order in self.orders for item in order.items)

    def was_written(self, tool: str, **target: str) -> bool:
        """Say whether an earlier request has used a tool on the order or the profile."""
        written = self.brief.written
        return bool(written) and (tool, read_of(target).key) in written

    def state(self, intent: str, slot: str, value: JSON) -> str:
        """Return how the user states a fact."""
        return state(intent, slot, value, self.rng, self.brief.style)

    def ask(self, intent: str, values: dict[str, JSON]) -> str:
        """Return how the user makes the request."""
        return ASKING.ask(intent, self.rng, self.brief.style, values)

    def product_names(self) -> list[str]:
        """Return the names of the products that tasks of the split may be about."""
        everything = [product.name for product in self.db.products.values()]
        return products_of(self.db, self.brief.style.split) or everything

    def alternatives(self, slot: str, value: JSON) -> tuple[str, ...]:
        """Return the option values that a proposal for a wish with named options may not have."""
        if slot != "wish" or not all(
            "options" in each and "like" not in each for each in value.values()
        ):
            return ()
        products = {product.name: product for product in self.db.products.values()}
        words: set[str] = set()
        for name, wish in value.items():
            if name in products:
                for option, wanted in wish["options"].items():
                    words |= {v.options[option] for v in products[name].variants.values()}
                    words.add(wanted)
        return tuple(sorted(words))
