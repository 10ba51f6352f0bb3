"""Intents about pending orders: cancel, and change address, payment or items."""

from collections.abc import Mapping, Sequence

import numpy as np

from writ_gym.database import JSON
from writ_gym.domains.retail.intents.base import OrderIntent, refuse
from writ_gym.domains.retail.intents.references import (
    choose,
    covers,
    draft_address,
    draft_payment,
    find_address,
    find_order,
    find_payment,
    in_one_line,
    is_gift_card,
    method_in,
    money,
    original_payment,
    provenance_of,
    read_user,
    some,
    total,
)
from writ_gym.domains.retail.intents.shapes import Shape, shapes
from writ_gym.domains.retail.intents.variants import (
    difference,
    draft_wishes,
    find_swaps,
    items_fact,
    listed,
    single_items,
    variant_for,
)
from writ_gym.domains.retail.rules import (
    Breach,
    balance_too_low,
    not_pending,
    other_users_order,
    payment_changed_before,
    reason_not_accepted,
    same_method,
)
from writ_gym.domains.retail.schema import Order, OrderItem, RetailDB
from writ_gym.solving import Outcome, Plan, Write
from writ_gym.tasks import Fact

REASONS = {
    "no longer needed": (
        "I no longer need it.",
        "It is no longer needed.",
        "The reason is that I no longer need it.",
    ),
    "ordered by mistake": (
        "I ordered it by mistake.",
        "It was ordered by mistake.",
        "The reason: I placed it by accident.",
    ),
}
ASK_YES = "Shall I go ahead? (yes/no)"


def refund_note(payment_method_id: str) -> str:
    """Return when a refund arrives."""
    when = "at once" if is_gift_card(payment_method_id) else "within 5 to 7 business days"
    return f"to {payment_method_id} {when}"


class Cancel(OrderIntent):
    """Cancel a pending order."""

    name = "cancel_order"
    shapes = shapes()
    phrases = (
        "I would like to cancel an order.",
        "Please cancel one of my orders.",
        "I need an order cancelled.",
        "I want to call off an order that I placed.",
    )

    def details(
        self, db: RetailDB, order: Order, named: Fact, shape: Shape, rng: np.random.Generator
    ) -> Sequence[Fact] | None:
        """Return the reason."""
        return [self.reason(rng)]

    def reason(self, rng: np.random.Generator) -> Fact:
        """Return why the user cancels."""
        reason = choose(rng, tuple(REASONS))
        text = choose(rng, REASONS[reason])
        return Fact(slot="reason", value=reason, text=text, opening=bool(rng.random() < 0.5))

    def solve(self, caller: str, facts: Mapping[str, JSON]) -> Plan:
        """Read the order and cancel it if it is pending."""
        reason = facts["reason"]
        if breach := reason_not_accepted(reason):
            return refuse(breach)
        order = yield from find_order(caller, facts["order"])
        if breach := other_users_order(order, caller) or not_pending(order, "cancelled"):
            return refuse(breach)
        refund = refund_note(order.payment_history[0].payment_method_id)
        names = listed([item.name for item in order.items])
        return Outcome(
            statement=f"I can cancel order {order.order_id} ({names}) with the reason "
            f'"{reason}" and refund {money(total(order))} {refund}. {ASK_YES}',
            writes=(
                Write(
                    "cancel_pending_order",
                    {"order_id": order.order_id, "reason": reason},
                    {"order_id": provenance_of(facts["order"]), "reason": "user"},
                ),
            ),
            report=f"Order {order.order_id} has been cancelled. {money(total(order))} go {refund}.",
        )


class ChangeAddress(OrderIntent):
    """Send a pending order to another address."""

    name = "change_order_address"
    shapes = shapes(joined=(False, True))
    phrases = (
        "I want to change where an order is sent.",
        "An order of mine should go to another address.",
        "Please change the shipping address of an order.",
        "I need a different delivery address on an order.",
    )

    def details(
        self, db: RetailDB, order: Order, named: Fact, shape: Shape, rng: np.random.Generator
    ) -> Sequence[Fact] | None:
        """Return the new address."""
        address = draft_address(db, order.user_id, rng, shape.joined, order)
        return None if address is None else [address]

    def solve(self, caller: str, facts: Mapping[str, JSON]) -> Plan:
        """Read the order and the address, and change it if the order is pending."""
        order = yield from find_order(caller, facts["order"])
        if breach := other_users_order(order, caller) or not_pending(order, "changed"):
            return refuse(breach)
        address = yield from find_address(caller, facts["address"])
        source = provenance_of(facts["address"])
        lines = in_one_line(address)
        return Outcome(
            statement=f"I can change the address of order {order.order_id} to {lines}. {ASK_YES}",
            writes=(
                Write(
                    "modify_pending_order_address",
                    {"order_id": order.order_id, **address.plain},
                    {"order_id": provenance_of(facts["order"])}
                    | dict.fromkeys(address.plain, source),
                ),
            ),
            report=f"Order {order.order_id} has been changed: it now goes to {lines}.",
        )


class ChangePayment(OrderIntent):
    """Pay a pending order with another method."""

    name = "change_order_payment"
    shapes = shapes(joined=(True,))
    phrases = (
        "I want to pay for an order in another way.",
        "Please change the payment method of an order.",
        "I picked the wrong payment method for an order.",
    )

    def details(
        self, db: RetailDB, order: Order, named: Fact, shape: Shape, rng: np.random.Generator
    ) -> Sequence[Fact] | None:
        """Return the method, which covers the amount."""
        used = order.payment_history[0].payment_method_id
        methods = [
            method
            for method in db.users[order.user_id].payment_methods.values()
            if method.id != used and self.fits(covers(method, total(order)))
        ]
        payment = draft_payment(db, order.user_id, rng, "payment", "pay with", methods)
        return None if payment is None else [payment]

    def fits(self, covered: bool) -> bool:
        """Say whether a method is drafted, by whether it covers the amount."""
        return covered

    def solve(self, caller: str, facts: Mapping[str, JSON]) -> Plan:
        """Read the order and the profile, and change the method if the rules allow it."""
        order = yield from find_order(caller, facts["order"])
        if breach := other_users_order(order, caller) or not_pending(order, "changed"):
            return refuse(breach)
        if breach := payment_changed_before(order):
            return refuse(breach)
        user = yield from read_user(caller)
        method = method_in(user, facts["payment"])
        amount = total(order)
        if breach := same_method(order, method) or balance_too_low(method, amount):
            return refuse(breach)
        refund = refund_note(order.payment_history[0].payment_method_id)
        return Outcome(
            statement=f"I can charge {money(amount)} for order {order.order_id} to your "
            f"{describe(method.source)} {method.id} and refund the same amount {refund}. {ASK_YES}",
            writes=(
                Write(
                    "modify_pending_order_payment",
                    {"order_id": order.order_id, "payment_method_id": method.id},
                    {"order_id": provenance_of(facts["order"]), "payment_method_id": "read"},
                ),
            ),
            report=f"Order {order.order_id} has been changed: it is now paid with {method.id}.",
        )


def describe(source: str) -> str:
    """Return the kind of a payment method in words."""
    return {"paypal": "PayPal", "credit_card": "credit card", "gift_card": "gift card"}[source]


class ItemsIntent(OrderIntent):
    """Items of an order that become other variants; the base of change and exchange."""

    verb: str
    tool: str
    deed: str
    caution: str

    def details(
        self, db: RetailDB, order: Order, named: Fact, shape: Shape, rng: np.random.Generator
    ) -> Sequence[Fact] | None:
        """Return the items, what is wanted instead, and the payment method."""
        candidates = single_items(order)
        if len(candidates) < shape.products:
            return None
        items = some(rng, candidates, shape.products)
        wishes = draft_wishes(db, items, rng)
        if wishes is None:
            return None
        payment = self.payment(db, order, items, wishes, rng, shape.joined)
        if payment is None:
            return None
        return [items_fact(items, rng, self.verb), wishes, payment]

    def payment(
        self,
        db: RetailDB,
        order: Order,
        items: Sequence[OrderItem],
        wishes: Fact,
        rng: np.random.Generator,
        named: bool,
    ) -> Fact | None:
        """Return the method for the difference: by its kind, or the one that was paid with."""
        slot, purpose = "payment", "settle the price difference with"
        if not named:
            paid_with = order.payment_history[0].payment_method_id
            # Whether a gift card covers it would take one more look at the profile.
            return None if is_gift_card(paid_with) else original_payment(rng, slot, purpose)
        cost = 0.0
        for item in items:
            variant = variant_for(db.products[item.product_id], item, wishes.value[item.name])
            cost += 0.0 if variant is None else variant.price - item.price
        methods = db.users[order.user_id].payment_methods.values()
        able = [method for method in methods if covers(method, round(cost, 2))]
        return draft_payment(db, order.user_id, rng, slot, purpose, able)

    def breach(self, order: Order) -> Breach | None:
        """Return what forbids it for this order."""
        raise NotImplementedError

    def solve(self, caller: str, facts: Mapping[str, JSON]) -> Plan:
        """Read the order, the products and the method, and swap the items if allowed."""
        order = yield from find_order(caller, facts["order"])
        if breach := other_users_order(order, caller) or self.breach(order):
            return refuse(breach)
        swaps = yield from find_swaps(order, facts["items"], facts["wish"])
        if isinstance(swaps, Breach):
            return refuse(swaps)
        method_id = yield from find_payment(caller, order, facts["payment"])
        cost = difference(swaps)
        if is_gift_card(method_id) and cost > 0:
            user = yield from read_user(caller)
            if breach := balance_too_low(user.payment_methods[method_id], cost):
                return refuse(breach)
        swapped = listed([str(swap) for swap in swaps])
        settled = (
            f"You pay {money(cost)} with {method_id}"
            if cost > 0
            else f"{money(-cost)} go back to {method_id}"
        )
        arguments = {
            "order_id": order.order_id,
            "item_ids": [swap.item.item_id for swap in swaps],
            "new_item_ids": [swap.variant.item_id for swap in swaps],
            "payment_method_id": method_id,
        }
        return Outcome(
            statement=f"In order {order.order_id} I can {self.verb} {swapped}. {settled}. "
            f"{self.caution} {ASK_YES}",
            writes=(
                Write(
                    self.tool,
                    arguments,
                    {
                        "order_id": provenance_of(facts["order"]),
                        "item_ids": "read",
                        "new_item_ids": "read",
                        "payment_method_id": "read",
                    },
                ),
            ),
            report=f"The items of order {order.order_id} have been {self.deed}. {settled}.",
        )


class ChangeItems(ItemsIntent):
    """Change items of a pending order to other variants."""

    name = "change_order_items"
    shapes = shapes(products=(1, 2, 3), joined=(False, True))
    verb = "change"
    tool = "modify_pending_order_items"
    deed = "changed"
    caution = (
        "This can be done only once, and afterwards the order can be neither changed nor "
        "cancelled, so please make sure that it is everything that you want changed."
    )
    phrases = (
        "I want to change something in an order that has not been shipped.",
        "I would like other versions of what I ordered.",
        "Something in one of my orders should be changed before it is sent.",
    )

    def breach(self, order: Order) -> Breach | None:
        """Return why this order's items cannot be changed."""
        return not_pending(order, "changed")
