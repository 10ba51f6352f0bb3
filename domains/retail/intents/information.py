"""Intents that only want to know something; nothing may be written."""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import ClassVar

import numpy as np

from writ_gym.database import JSON
from writ_gym.domains.retail.intents.base import OrderIntent, refuse
from writ_gym.domains.retail.intents.references import (
    choose,
    find_order,
    money,
    orders_of,
    read_orders,
    read_product,
    read_user,
    some,
    total,
)
from writ_gym.domains.retail.intents.shapes import Shape, shapes
from writ_gym.domains.retail.rules import describe_options, matches, other_users_order
from writ_gym.domains.retail.schema import GiftCard, Order, RetailDB
from writ_gym.solving import Outcome, Plan, Tell, read
from writ_gym.tasks import Fact, Request


class AboutOrder(OrderIntent):
    """Ask for something that an order shows."""

    name = "about_order"
    writes = False
    shapes = shapes()
    statuses = ("pending", "processed", "delivered", "cancelled")
    topics: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "total": ("How much did I pay for an order?", "What was the total of an order of mine?"),
        "status": ("What is the status of an order of mine?", "How far along is one of my orders?"),
        "count": ("How many items are in one of my orders?", "How many things did I order there?"),
        "tracking": (
            "What is the tracking number of an order?",
            "I need the tracking number of a parcel.",
        ),
    }

    def draft(
        self, db: RetailDB, caller: str, burden: int, rng: np.random.Generator
    ) -> Request | None:
        """Return a question of the given evidence burden."""
        request = super().draft(db, caller, burden, rng)
        if request is None:
            return None
        topic = next(fact.value for fact in request.facts if fact.slot == "topic")
        text = choose(rng, self.topics[topic])
        return Request(intent=self.name, text=text, facts=request.facts, answer="information")

    phrases = ("I have a question about an order.",)

    def details(
        self, db: RetailDB, order: Order, named: Fact, shape: Shape, rng: np.random.Generator
    ) -> Sequence[Fact] | None:
        """Return the topic, which the question's text says."""
        topics = [topic for topic in self.topics if _answerable(order, topic, named)]
        topic = choose(rng, topics)
        text = f"I would like to know the {WORDS[topic]}."
        return [Fact(slot="topic", value=topic, text=text)]

    def solve(self, caller: str, facts: Mapping[str, JSON]) -> Plan:
        """Read the order and tell what was asked."""
        order = yield from find_order(caller, facts["order"])
        if breach := other_users_order(order, caller):
            return refuse(breach)
        value = _look_up(order, facts["topic"])
        shown = money(value) if isinstance(value, float) else str(value)
        statement = f"The {WORDS[facts['topic']]} of order {order.order_id} is {shown}."
        return Outcome(statement=statement, tells=(Tell(value),))


WORDS = {
    "total": "total amount",
    "status": "status",
    "count": "number of items",
    "tracking": "tracking number",
}


def _answerable(order: Order, topic: str, reference: Fact) -> bool:
    """Say whether a question has one answer that the user has not said already."""
    if topic == "tracking":
        return len(order.fulfillments) == 1 and len(order.fulfillments[0].tracking_id) == 1
    return topic != "status" or not reference.value.get("status")


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


class AboutOrders:
    """Ask for a figure over all orders of a status."""

    name = "about_all_orders"
    writes = False

    def burdens(self, db: RetailDB, caller: str) -> Collection[int]:
        """Return the number of orders, and one for the profile that lists them."""
        orders = len(db.users[caller].orders)
        return (orders + 1,) if orders > 1 else ()

    def draft(
        self, db: RetailDB, caller: str, burden: int, rng: np.random.Generator
    ) -> Request | None:
        """Return a question about the sum or the number of some orders."""
        present = sorted({order.status for order in orders_of(db, caller)})
        status, figure = choose(rng, present), choose(rng, ("sum", "number"))
        phrases = {
            "sum": (
                "How much did all my {} orders cost together?",
                "What is the sum of the totals of my {} orders?",
            ),
            "number": (
                "How many of my orders are {}?",
                "Please count how many {} orders there are on my account.",
            ),
        }[figure]
        text = choose(rng, phrases).format(status)
        detail = Fact(
            slot="figure",
            value={"figure": figure, "status": status},
            text=f"I mean the {figure} over every order with the status {status}.",
        )
        return Request(intent=self.name, text=text, facts=(detail,), answer="information")

    def solve(self, caller: str, facts: Mapping[str, JSON]) -> Plan:
        """Read all orders and compute the figure."""
        wanted = facts["figure"]
        orders = yield from read_orders(caller)
        chosen = [order for order in orders if order.status == wanted["status"]]
        if wanted["figure"] == "number":
            value: float = len(chosen)
            statement = f"The number of your orders with the status {wanted['status']} is {value}."
        else:
            value = round(sum(total(order) for order in chosen), 2)
            statement = f"Your {wanted['status']} orders cost {money(value)} together."
        return Outcome(statement=statement, tells=(Tell(value),))


class AboutProduct:
    """Ask what the shop has of a product."""

    name = "about_product"
    writes = False

    def burdens(self, db: RetailDB, caller: str) -> Collection[int]:
        """Return 2: the list of products, and the product."""
        return (2,)

    def draft(
        self, db: RetailDB, caller: str, burden: int, rng: np.random.Generator
    ) -> Request | None:
        """Return a question about the number or the lowest price of available variants."""
        product = choose(rng, list(db.products.values()))
        variants = [v for v in product.variants.values() if v.available]
        if not variants:
            return None
        name, value = choose(rng, some(rng, list(choose(rng, variants).options.items()), 1))
        options = {name: value} if rng.random() < 0.6 else {}
        figure = choose(rng, ("count", "price"))
        among = f" with {describe_options(options)}" if options else ""
        phrases = {
            "count": (
                "How many versions of the {}{} do you have in stock?",
                "How many different {} variants{} are available?",
            ),
            "price": (
                "What does the cheapest {}{} cost that is available?",
                "What is the lowest price of a {}{} in stock?",
            ),
        }[figure]
        text = choose(rng, phrases).format(product.name, among)
        detail = Fact(
            slot="product",
            value={"name": product.name, "options": options, "figure": figure},
            text=f"I mean the {product.name}{among}.",
        )
        return Request(intent=self.name, text=text, facts=(detail,), answer="information")

    def solve(self, caller: str, facts: Mapping[str, JSON]) -> Plan:
        """Find the product, read it and tell the figure."""
        wanted = facts["product"]
        names = json.loads((yield from read("list_all_product_types")))
        product = yield from read_product(names[wanted["name"]])
        found = [
            v
            for v in product.variants.values()
            if v.available and matches(v, dict(wanted["options"]))
        ]
        if wanted["figure"] == "count":
            value: float = len(found)
            statement = f"The number of available {product.name} variants that fit is {value}."
        else:
            value = min(variant.price for variant in found)
            statement = (
                f"The lowest price of an available {product.name} that fits is {money(value)}."
            )
        return Outcome(statement=statement, tells=(Tell(value),))


class AboutAccount:
    """Ask for the balance of a gift card."""

    name = "about_gift_card"
    writes = False

    def burdens(self, db: RetailDB, caller: str) -> Collection[int]:
        """Return 1: the profile."""
        return (1,)

    def draft(
        self, db: RetailDB, caller: str, burden: int, rng: np.random.Generator
    ) -> Request | None:
        """Return the question, if the user has exactly one gift card."""
        methods = db.users[caller].payment_methods.values()
        if sum(isinstance(method, GiftCard) for method in methods) != 1:
            return None
        phrases = (
            "How much money is left on my gift card?",
            "What is the balance of my gift card?",
            "Please check my gift card, how much is on it?",
        )
        return Request(intent=self.name, text=choose(rng, phrases), answer="information")

    def solve(self, caller: str, facts: Mapping[str, JSON]) -> Plan:
        """Read the profile and tell the balance."""
        user = yield from read_user(caller)
        card = next(m for m in user.payment_methods.values() if isinstance(m, GiftCard))
        statement = f"The balance of gift card {card.id} is {money(card.balance)}."
        return Outcome(statement=statement, tells=(Tell(card.balance),))
