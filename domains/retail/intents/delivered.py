"""Intents about delivered orders: return and exchange."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np

from writ_gym.database import JSON
from writ_gym.domains.retail.intents.base import OrderIntent, refuse
from writ_gym.domains.retail.intents.pending import ASK_YES, ItemsIntent
from writ_gym.domains.retail.intents.references import (
    draft_payment,
    find_order,
    is_gift_card,
    method_in,
    money,
    original_payment,
    provenance_of,
    read_user,
    some,
)
from writ_gym.domains.retail.intents.shapes import Shape, shapes
from writ_gym.domains.retail.intents.variants import item_named, items_fact, listed, single_items
from writ_gym.domains.retail.rules import (
    Breach,
    not_delivered,
    other_users_order,
    refund_elsewhere,
)
from writ_gym.domains.retail.schema import GiftCard, Order, PaymentMethod, RetailDB
from writ_gym.solving import Outcome, Plan, Write
from writ_gym.tasks import Fact


class Return(OrderIntent):
    """Return items of a delivered order."""

    name = "return_items"
    shapes = shapes(joined=(False, True))
    statuses: ClassVar[tuple[str, ...]] = ("delivered",)
    phrases = (
        "I want to send something back.",
        "I would like to return something that I received.",
        "Please help me with a return.",
        "I am not happy with something that arrived and want my money back.",
    )

    def details(
        self, db: RetailDB, order: Order, named: Fact, shape: Shape, rng: np.random.Generator
    ) -> Sequence[Fact] | None:
        """Return the items and where the refund goes."""
        candidates = single_items(order)
        if not candidates:
            return None
        items = some(rng, candidates, int(rng.integers(1, min(3, len(candidates)) + 1)))
        slot, purpose = "payment", "refund it to"
        if shape.joined or self.other_method:
            methods = [
                m for m in db.users[order.user_id].payment_methods.values() if self.takes(order, m)
            ]
            payment = draft_payment(db, order.user_id, rng, slot, purpose, methods)
        else:
            payment = original_payment(rng, slot, purpose)
        return None if payment is None else [items_fact(items, rng, "return"), payment]

    other_method: ClassVar[bool] = False
    """Whether the refund always goes to another method than the original one."""

    def takes(self, order: Order, method: PaymentMethod) -> bool:
        """Say whether a method is drafted for the refund."""
        return isinstance(method, GiftCard)

    def solve(self, caller: str, facts: Mapping[str, JSON]) -> Plan:
        """Read the order and, if needed, the profile, and return the items if allowed."""
        order = yield from find_order(caller, facts["order"])
        if breach := other_users_order(order, caller) or not_delivered(order, "returned"):
            return refuse(breach)
        method_id = order.payment_history[0].payment_method_id
        if facts["payment"]["kind"] != "original":
            if breach := refund_elsewhere(order, facts["payment"]["kind"]):
                return refuse(breach)
            user = yield from read_user(caller)
            method_id = method_in(user, facts["payment"]).id
            if breach := refund_elsewhere(order, method_id):
                return refuse(breach)
        items = [item_named(order, name) for name in facts["items"]]
        named = listed([f"{item.name} {item.item_id}" for item in items])
        amount = money(sum(item.price for item in items))
        kind = "gift card " if is_gift_card(method_id) else ""
        return Outcome(
            statement=f"I can return {named} of order {order.order_id} and have {amount} refunded "
            f"to {kind}{method_id}. An order takes one return only. {ASK_YES}",
            writes=(
                Write(
                    "return_delivered_order_items",
                    {
                        "order_id": order.order_id,
                        "item_ids": [item.item_id for item in items],
                        "payment_method_id": method_id,
                    },
                    {
                        "order_id": provenance_of(facts["order"]),
                        "item_ids": "read",
                        "payment_method_id": "read",
                    },
                ),
            ),
            report=f"The return of order {order.order_id} has been requested. You will get an "
            "e-mail that says how to send the items back.",
        )


class Exchange(ItemsIntent):
    """Exchange items of a delivered order for other variants."""

    name = "exchange_items"
    shapes = shapes(products=(1, 2, 3), joined=(False, True))
    statuses = ("delivered",)
    verb = "exchange"
    tool = "exchange_delivered_order_items"
    deed = "set down for exchange; you will get an e-mail that says how to send the old ones back"
    caution = (
        "An order takes one exchange only, so please make sure that it is everything that you "
        "want exchanged."
    )
    phrases = (
        "I want to exchange something that I received.",
        "I would like another version of something that was delivered.",
        "Something that arrived should be swapped.",
    )

    def breach(self, order: Order) -> Breach | None:
        """Return why this order's items cannot be exchanged."""
        return not_delivered(order, "exchanged")
