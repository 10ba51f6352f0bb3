"""Intents that only want to know something, and what has to be handed over; nothing is written."""

from collections.abc import Mapping
from typing import Literal

import numpy as np

from writ_gym.database import JSON
from writ_gym.domain import Brief, Intent
from writ_gym.domains.retail.drafting.orders import Scope, conditions_for, name_order
from writ_gym.domains.retail.drafting.scene import Scene
from writ_gym.domains.retail.intents.base import money, scope_of
from writ_gym.domains.retail.intents.reading import (
    find_figure,
    find_order,
    read_product_named,
    read_user,
    total,
)
from writ_gym.domains.retail.rules import matches, other_users_order
from writ_gym.domains.retail.schema import GiftCard, Order, RetailDB
from writ_gym.domains.retail.texts import OUTSIDE
from writ_gym.domains.retail.wishes import FIGURE, ORDER, EveryOrder, Figure, Orders, plain
from writ_gym.errors import UnsolvableError
from writ_gym.meaning.breaches import Breach
from writ_gym.meaning.queries import parse
from writ_gym.meaning.solving import Outcome, Plan, Tell, hand_over, refuse
from writ_gym.tasks import Request

WORDS = {
    "total": "total amount",
    "status": "status",
    "count": "number of items",
    "tracking": "tracking number",
}


class AboutOrder(Intent[RetailDB]):
    """Ask for something that an order shows."""

    name = "about_order"

    def reach(self, db: RetailDB, caller: str, writing: bool) -> tuple[int, int] | None:
        """Return from the order alone up to a search in all of them."""
        orders = len(db.users[caller].orders)
        return (1, orders + 1 if orders > 1 else 2) if orders and not writing else None

    def draft(self, db: RetailDB, brief: Brief, rng: np.random.Generator) -> Request | None:
        """Return a question about an order."""
        scene = Scene(db, brief, rng)
        order = scene.choose(scene.orders)
        topics = ["total", "total", "status", "count"]
        if len(order.fulfillments) == 1 and len(order.fulfillments[0].tracking_id) == 1:
            topics.append("tracking")
        piece = name_order(scene, order)
        if piece is None:
            return None
        topic = scene.choose(topics)
        conditions = getattr(piece.value, "where", ())
        if any(c.attribute == topic and c.test == "is" for c in conditions):
            return None  # the user has said it
        scene.add("order", piece)
        scene.add("topic", topic)
        return scene.request(self.name, "information")

    def solve(self, caller: str, facts: Mapping[str, JSON]) -> Plan:
        """Read the order and tell what was asked."""
        reference = parse(ORDER, facts["order"])
        if isinstance(reference, EveryOrder):
            raise UnsolvableError("A question is about one order.")
        order = yield from find_order(caller, reference)
        if isinstance(order, Breach):
            return refuse(order)
        if breach := other_users_order(order, caller):
            return refuse(breach)
        value = _look_up(order, facts["topic"])
        shown = money(value) if isinstance(value, float) else str(value)
        statement = f"The {WORDS[facts['topic']]} of order {order.order_id} is {shown}."
        return Outcome(statement=statement, tells=(Tell(value),))


def _look_up(order: Order, topic: str) -> float | str:
    match topic:
        case "total":
            return total(order)
        case "count":
            return len(order.items)
        case "tracking":
            return order.fulfillments[0].tracking_id[0]
        case _:
            return order.status


class AboutOrders(Intent[RetailDB]):
    """Ask for a figure over several orders."""

    name = "about_orders"

    def reach(self, db: RetailDB, caller: str, writing: bool) -> tuple[int, int] | None:
        """Return from two orders up to all of them with the profile that lists them."""
        orders = len(db.users[caller].orders)
        return (2, orders + 1) if orders > 1 and not writing else None

    def draft(self, db: RetailDB, brief: Brief, rng: np.random.Generator) -> Request | None:
        """Return a question about the sum or the number of some orders."""
        scene = Scene(db, brief, rng)
        reads = {scene.profile, *scene.user.orders}
        group = scene.orders
        scope: Scope = "all"
        if scene.new(reads) != scene.room:
            if not 2 <= scene.room <= len(group):
                return None
            group = scene.some(group, scene.room)
            scope = tuple(order.order_id for order in group)
        where = conditions_for(scene, scene.choose(group))
        chosen = (scene.choose(list(where)),) if scene.chance(0.7) else ()
        figure: Literal["sum", "count"] = "count" if scene.chance(0.33) else "sum"
        if figure == "count" and not chosen:
            return None
        scene.mark("aggregate")
        scene.add("figure", plain(Figure(figure=figure, orders=Orders(scope=scope, where=chosen))))
        return scene.request(self.name, "information")

    def solve(self, caller: str, facts: Mapping[str, JSON]) -> Plan:
        """Read the orders and compute the figure."""
        wanted = parse(FIGURE, facts["figure"])
        value = yield from find_figure(caller, wanted.figure, wanted.orders)
        which = scope_of(wanted.orders)
        if wanted.figure == "count":
            statement = f"The number of orders like that among {which} is {value}."
        else:
            statement = f"Those of {which} that are like that come to {money(value)} in total."
        return Outcome(statement=statement, tells=(Tell(value),))


class AboutProduct(Intent[RetailDB]):
    """Ask what the shop has of a product."""

    name = "about_product"

    def reach(self, db: RetailDB, caller: str, writing: bool) -> tuple[int, int] | None:
        """Return 1: the product; the list of products only says where it is."""
        return None if writing else (1, 1)

    def draft(self, db: RetailDB, brief: Brief, rng: np.random.Generator) -> Request | None:
        """Return a question about the number or the lowest price of available variants."""
        scene = Scene(db, brief, rng)
        name = scene.choose(scene.product_names())
        product = next(p for p in db.products.values() if p.name == name)
        variants = [v for v in product.variants.values() if v.available]
        if not variants:
            return None
        option, value = scene.choose(list(scene.choose(variants).options.items()))
        options = {option: value} if scene.chance(0.6) else {}
        figure = scene.choose(("count", "price"))
        scene.add("product", {"name": product.name, "options": options, "figure": figure})
        return scene.request(self.name, "information")

    def solve(self, caller: str, facts: Mapping[str, JSON]) -> Plan:
        """Find the product, read it and tell the figure."""
        wanted = facts["product"]
        product = yield from read_product_named(wanted["name"])
        found = [
            v
            for v in product.variants.values()
            if v.available and matches(v, dict(wanted["options"]))
        ]
        if wanted["figure"] == "count":
            value: float = len(found)
            statement = f"The number of available {product.name} variants that fit is {value}."
        elif found:
            value = min(variant.price for variant in found)
            statement = (
                f"The lowest price of an available {product.name} that fits is {money(value)}."
            )
        else:
            raise UnsolvableError(f"No {product.name} that fits is in stock.")
        return Outcome(statement=statement, tells=(Tell(value),))


class AboutGiftCard(Intent[RetailDB]):
    """Ask for the balance of a gift card."""

    name = "about_gift_card"

    def reach(self, db: RetailDB, caller: str, writing: bool) -> tuple[int, int] | None:
        """Return 1, the profile, if the user has exactly one gift card."""
        methods = db.users[caller].payment_methods.values()
        cards = sum(isinstance(method, GiftCard) for method in methods)
        return (1, 1) if cards == 1 and not writing else None

    def draft(self, db: RetailDB, brief: Brief, rng: np.random.Generator) -> Request | None:
        """Return the question."""
        return Scene(db, brief, rng).request(self.name, "information")

    def solve(self, caller: str, facts: Mapping[str, JSON]) -> Plan:
        """Read the profile and tell the balance."""
        user = yield from read_user(caller)
        card = next(m for m in user.payment_methods.values() if isinstance(m, GiftCard))
        statement = f"The balance of gift card {card.id} is {money(card.balance)}."
        return Outcome(statement=statement, tells=(Tell(card.balance),))


class Outside(Intent[RetailDB]):
    """Ask for what no tool of the agent can do: the user is handed over to a human."""

    name = "outside"

    def reach(self, db: RetailDB, caller: str, writing: bool) -> tuple[int, int] | None:
        """Return 0: no record bears on that."""
        return None if writing else (0, 0)

    def draft(self, db: RetailDB, brief: Brief, rng: np.random.Generator) -> Request | None:
        """Return a request for one of the matters."""
        scene = Scene(db, brief, rng)
        scene.add("matter", scene.choose(tuple(OUTSIDE)))
        return scene.request(self.name)

    def solve(self, caller: str, facts: Mapping[str, JSON]) -> Plan:
        """Hand the user over."""
        yield from ()
        return hand_over("outside", f"The user wants what the tools cannot do: {facts['matter']}.")
