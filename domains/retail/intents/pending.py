"""Intents about pending orders: cancel, and change address, payment or items."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from writ_gym.database import JSON
from writ_gym.domains.retail.drafting.orders import every_order
from writ_gym.domains.retail.drafting.parts import kind_of, name_address, name_payment
from writ_gym.domains.retail.drafting.scene import Scene
from writ_gym.domains.retail.intents.base import OrderIntent, money, source_of
from writ_gym.domains.retail.intents.items import ItemsIntent
from writ_gym.domains.retail.intents.reading import (
    find_address,
    find_payment,
    is_gift_card,
    paid_with,
    total,
)
from writ_gym.domains.retail.rules import (
    CANCEL_REASONS,
    balance_too_low,
    covers,
    not_cancellable_or_returnable,
    not_pending,
    nothing_to_change,
    payment_changed_before,
    reason_not_accepted,
    same_method,
)
from writ_gym.domains.retail.schema import Address, Order
from writ_gym.domains.retail.wishes import Given, OrderById, plain
from writ_gym.meaning.breaches import Breach
from writ_gym.meaning.solving import ASK_YES, Outcome, Reads, Write, refuse
from writ_gym.phrasing.grammar import joined
from writ_gym.tasks import Provenance

OTHER_REASONS = (
    "found it cheaper elsewhere",
    "delivery takes too long",
    "changed my mind about the colour",
    "got one as a present",
    "want to order from another shop",
    "the shop's packaging is wasteful",
)
"""Reasons for a cancellation that are not accepted."""
MOST_AT_ONCE = 4
"""Orders that one request writes to at most."""
AT_ONCE = 0.15
"""Chance that a request is about several orders at once."""


def refund_note(payment_method_id: str) -> str:
    """Return when a refund arrives."""
    when = "at once" if is_gift_card(payment_method_id) else "within 5 to 7 business days"
    return f"to {payment_method_id} {when}"


class PendingIntent(OrderIntent):
    """Requests about pending orders, of which some can be about several at once."""

    others: ClassVar[tuple[str, ...]] = ("processed", "delivered", "cancelled")

    def several(self, scene: Scene) -> bool:
        """Mean every order that keeps a condition; say whether this draw works out."""
        pending = sum(order.status == self.status for order in scene.orders)
        if pending < 2:
            return False
        # The first write takes the profile and all that are meant, the last one all others.
        reads = scene.new(order.order_id for order in scene.orders)
        counts = [
            count
            for count in range(2, min(pending, MOST_AT_ONCE, scene.brief.writes) + 1)
            if scene.least <= max(1 + count, reads - count) <= scene.room
        ]
        every = every_order(scene, self.status, scene.choose(counts)) if counts else None
        if every is None:
            return False
        scene.add("order", plain(every))
        scene.mark("threshold")
        return True

    def breach(self, order: Order) -> Breach | None:
        """Return why an order cannot be written to."""
        return not_pending(order, "cancelled or changed")


class Cancel(PendingIntent):
    """Cancel pending orders."""

    name = "cancel_order"
    tool = "cancel_pending_order"
    refused: ClassVar[tuple[str, ...]] = ("reason", "reason")
    refused_least = 0

    def write(self, scene: Scene) -> bool:
        """Cancel one order or several."""
        if scene.room == 2 and scene.chance(AT_ONCE):
            return self.details(scene, scene.orders[0]) and self.several(scene)
        return super().write(scene)

    def details(self, scene: Scene, order: Order) -> bool:
        """Add the reason."""
        scene.add("reason", scene.choose(CANCEL_REASONS))
        return True

    plain_details = details

    def aim(self, scene: Scene, order: Order, arguments: Mapping[str, JSON]) -> bool:
        """Add the reason."""
        scene.add("reason", arguments["reason"])
        return True

    def refusal(self, scene: Scene, way: str) -> bool:
        """Cancel for a reason that is not accepted, or what cannot be cancelled."""
        if way != "reason":
            return super().refusal(scene, way)
        if scene.room or not scene.orders:
            return False
        scene.add("reason", scene.choose(OTHER_REASONS))
        scene.add("order", plain(OrderById(id=scene.choose(scene.orders).order_id)))
        return True

    def at_once(self, facts: Mapping[str, JSON]) -> Breach | None:
        """Refuse a reason that is not accepted."""
        return reason_not_accepted(facts["reason"])

    def act(
        self, caller: str, orders: Sequence[Order], facts: Mapping[str, JSON]
    ) -> Reads[Outcome]:
        """Cancel."""
        yield from ()
        reason = facts["reason"]
        parts, reports = [], []
        for order in orders:
            refund = f"{money(total(order))} {refund_note(paid_with(order))}"
            names = joined([item.name for item in order.items])
            parts.append(f"order {order.order_id} ({names}) and refund {refund}")
            reports.append(f"Order {order.order_id} has been cancelled, with a refund of {refund}.")
        return Outcome(
            statement=f'I can cancel, with the reason "{reason}": {"; ".join(parts)}. {ASK_YES}',
            writes=tuple(cancellation(order, facts) for order in orders),
            report=" ".join(reports),
        )


def cancellation(order: Order, facts: Mapping[str, JSON]) -> Write:
    """Return the write that cancels an order."""
    return Write(
        "cancel_pending_order",
        {"order_id": order.order_id, "reason": facts["reason"]},
        {"order_id": source_of(facts["order"]), "reason": "user"},
    )


class CancelOrReturn(Cancel):
    """Cancel an order if it was not shipped yet, return all of it if it has arrived."""

    name = "cancel_or_return"
    tool = ""
    guarded = False
    others = ("processed", "cancelled")
    refused = ()
    refused_least = 1

    def write(self, scene: Scene) -> bool:
        """Mean an order that is pending or delivered."""
        if scene.least > scene.new({scene.profile, *scene.user.orders}):
            return False
        targets = [order for order in scene.orders if order.status in ("pending", "delivered")]
        if not targets:
            return False
        order = scene.choose(targets)
        scene.tells_status = False  # it would say which of the two it is
        scene.mark("fallback", "eligibility")
        return self.details(scene, order) and self.finish(scene, order)

    def breach(self, order: Order) -> Breach | None:
        """Return why an order can be neither cancelled nor returned."""
        return not_cancellable_or_returnable(order)

    def act(
        self, caller: str, orders: Sequence[Order], facts: Mapping[str, JSON]
    ) -> Reads[Outcome]:
        """Cancel or return."""
        order = orders[0]
        if order.status == "pending":
            return (yield from super().act(caller, orders, facts))
        method = paid_with(order)
        return Outcome(
            statement=f"Order {order.order_id} has the status delivered, so I can return all of it "
            f"and have {money(sum(item.price for item in order.items))} refunded to {method}. "
            f"{ASK_YES}",
            writes=(
                Write(
                    "return_delivered_order_items",
                    {
                        "order_id": order.order_id,
                        "item_ids": [item.item_id for item in order.items],
                        "payment_method_id": method,
                    },
                    {
                        "order_id": source_of(facts["order"]),
                        "item_ids": "read",
                        "payment_method_id": "rule",
                    },
                ),
            ),
            report=f"The return of order {order.order_id} has been requested.",
        )


class ChangeAddress(PendingIntent):
    """Send pending orders to another address."""

    name = "change_order_address"
    tool = "modify_pending_order_address"
    others = ("processed", "delivered")

    def write(self, scene: Scene) -> bool:
        """Change one order or several."""
        if scene.room == 2 and scene.chance(AT_ONCE):
            address = name_address(scene, scene.user.address, 2, None)
            if address is None:
                return False
            scene.add("address", address)
            return self.several(scene)
        return super().write(scene)

    def details(self, scene: Scene, order: Order) -> bool:
        """Add the new address."""
        kept = scene.new({order.order_id})
        address = name_address(scene, order.address, kept, order)
        if address is None:
            return False
        scene.add("address", address)
        return True

    def aim(self, scene: Scene, order: Order, arguments: Mapping[str, JSON]) -> bool:
        """State the address."""
        parts = {name: value for name, value in arguments.items() if name != "order_id"}
        scene.add("address", plain(Given(given=Address(**parts))))
        return True

    def plain_details(self, scene: Scene, order: Order) -> bool:
        """Add an address that is stated."""
        address = name_address(scene, order.address, scene.room, order)
        if address is None:
            return False
        scene.add("address", address)
        return True

    def act(
        self, caller: str, orders: Sequence[Order], facts: Mapping[str, JSON]
    ) -> Reads[Outcome]:
        """Find the address and change it."""
        address = yield from find_address(caller, facts["address"])
        left = [order for order in orders if order.address != address]
        if not left:
            return refuse(nothing_to_change(f"order {orders[0].order_id}"))
        source: Provenance = source_of(facts["address"])
        named = joined([order.order_id for order in left])
        lines = address.in_one_line
        return Outcome(
            statement=f"I can change the address of order {named} to {lines}. {ASK_YES}",
            writes=tuple(
                Write(
                    "modify_pending_order_address",
                    {"order_id": order.order_id, **address.plain},
                    {"order_id": source_of(facts["order"])} | dict.fromkeys(address.plain, source),
                )
                for order in left
            ),
            report=f"The address of order {named} has been changed to {lines}.",
        )


class ChangePayment(PendingIntent):
    """Pay a pending order with another method."""

    name = "change_order_payment"
    tool = "modify_pending_order_payment"
    others = ("processed", "delivered", "cancelled")
    least = 2
    refused = ("uncovered", "uncovered", "same")
    compared_when_refused = 1

    def details(self, scene: Scene, order: Order) -> bool:
        """Add a method that covers the amount."""
        return self._method(
            scene, order, [m.id != paid_with(order) and covers(m, total(order))
                           for m in scene.user.payment_methods.values()],
        )  # fmt: skip

    def _method(self, scene: Scene, order: Order, taken: Sequence[bool]) -> bool:
        methods = zip(scene.user.payment_methods.values(), taken, strict=True)
        able = [method for method, takes in methods if takes]
        if not able:
            return False
        kept = scene.new({order.order_id})
        piece = name_payment(scene, order, scene.choose(able), total(order), kept)
        if piece is None:
            return False
        scene.add("payment", piece)
        return True

    def aim(self, scene: Scene, order: Order, arguments: Mapping[str, JSON]) -> bool:
        """Add the method."""
        methods = scene.user.payment_methods
        return self._method(
            scene, order, [key == arguments["payment_method_id"] for key in methods]
        )

    def plain_details(self, scene: Scene, order: Order) -> bool:
        """Add a kind of method that could pay."""
        able = [
            kind
            for method in scene.user.payment_methods.values()
            if method.id != paid_with(order) and covers(method, total(order))
            and (kind := kind_of(scene, method))
        ]  # fmt: skip
        if not able:
            return False
        scene.add("payment", plain(scene.choose(able)))
        return True

    def refusal(self, scene: Scene, way: str) -> bool:
        """Pay with a gift card that has too little on it, or the same method again."""
        if way not in self.refused:
            return super().refusal(scene, way)
        targets = [o for o in scene.orders if o.status == "pending"]
        if not targets:
            return False
        order = scene.choose(targets)
        methods = scene.user.payment_methods.values()
        if way == "same":
            if scene.room > 2:  # others may be paid with it, too: which one is meant is no matter
                return False
            taken = [m.id == paid_with(order) for m in methods]
        else:
            taken = [m.id != paid_with(order) and not covers(m, total(order)) for m in methods]
        return self._method(scene, order, taken) and self.finish(scene, order)

    def act(
        self, caller: str, orders: Sequence[Order], facts: Mapping[str, JSON]
    ) -> Reads[Outcome]:
        """Find the method and change it if the rules allow it."""
        order, amount = orders[0], total(orders[0])
        if breach := payment_changed_before(order):
            return refuse(breach)
        method, card = yield from find_payment(caller, order, facts["payment"], amount)
        breach = same_method(order, method)
        if card and not breach:
            breach = balance_too_low(card, amount)
        if breach:
            return refuse(breach)
        refund = refund_note(paid_with(order))
        return Outcome(
            statement=f"I can charge {money(amount)} for order {order.order_id} to your "
            f"{describe(method)} and refund the same amount {refund}. {ASK_YES}",
            writes=(
                Write(
                    "modify_pending_order_payment",
                    {"order_id": order.order_id, "payment_method_id": method},
                    {"order_id": source_of(facts["order"]), "payment_method_id": "read"},
                ),
            ),
            report=f"Order {order.order_id} has been changed: it is now paid with {method}.",
        )


def describe(method_id: str) -> str:
    """Return a payment method in words."""
    for kind, words in (("paypal", "PayPal"), ("credit_card", "credit card")):
        if method_id.startswith(kind):
            return f"{words} {method_id}"
    return f"gift card {method_id}"


class ChangeItems(ItemsIntent):
    """Change items of a pending order to other variants."""

    name = "change_order_items"
    others = ("processed", "cancelled")
    verb = "change"
    tool = "modify_pending_order_items"
    deed = "changed"
    caution = (
        "This can be done only once, and afterwards the order can be neither changed nor "
        "cancelled, so please make sure that it is everything that you want changed."
    )

    def breach(self, order: Order) -> Breach | None:
        """Return why this order's items cannot be changed."""
        return not_pending(order, "changed")
