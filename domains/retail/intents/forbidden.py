"""Requests that the rules forbid: the right answer is a refusal that says why."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from writ_gym.database import JSON
from writ_gym.domains.retail.intents.base import OrderIntent, refuse
from writ_gym.domains.retail.intents.delivered import Return
from writ_gym.domains.retail.intents.pending import Cancel, ChangeAddress, ChangePayment
from writ_gym.domains.retail.intents.references import (
    choose,
    find_order,
    order_fact,
    original_payment,
    some,
)
from writ_gym.domains.retail.intents.shapes import Shape, shapes
from writ_gym.domains.retail.intents.variants import (
    find_swaps,
    items_fact,
    listed,
    single_items,
)
from writ_gym.domains.retail.rules import (
    Breach,
    describe_options,
    matches,
    not_delivered,
    other_product,
    other_users_order,
)
from writ_gym.domains.retail.schema import (
    Order,
    OrderItem,
    PaymentMethod,
    Product,
    RetailDB,
)
from writ_gym.errors import UnsolvableError
from writ_gym.solving import Plan
from writ_gym.tasks import Fact, Request


class ForbiddenCancel(Cancel):
    """Cancel an order that is not pending."""

    name = "cancel_order_forbidden"
    writes = False
    statuses = ("processed", "delivered", "cancelled")


class UnacceptedReason(Cancel):
    """Cancel an order for a reason that is not accepted; no record bears on that."""

    name = "cancel_order_other_reason"
    writes = False
    reasons = (
        "I found it cheaper somewhere else.",
        "The delivery takes too long for me.",
        "I changed my mind about the colour.",
        "My neighbour gave me one as a present.",
        "I want to order it from another shop.",
    )

    def burdens(self, db: RetailDB, caller: str) -> Collection[int]:
        """Return 0, if there is an order to cancel: the reason alone decides."""
        return (0,) if super().burdens(db, caller) else ()

    def draft(
        self, db: RetailDB, caller: str, burden: int, rng: np.random.Generator
    ) -> Request | None:
        """Return a request about an order that is known by its id."""
        return super().draft(db, caller, 1, rng)

    def reason(self, rng: np.random.Generator) -> Fact:
        """Return a reason that is not accepted."""
        text = choose(rng, self.reasons)
        return Fact(slot="reason", value=text, text=text)


class ForbiddenAddress(ChangeAddress):
    """Change the address of an order that is not pending."""

    name = "change_order_address_forbidden"
    writes = False
    shapes = shapes()
    statuses = ("processed", "delivered")


class UncoveredPayment(ChangePayment):
    """Pay an order with a gift card that does not cover it."""

    name = "change_order_payment_uncovered"
    writes = False

    def fits(self, covered: bool) -> bool:
        """Take only methods that do not cover the amount."""
        return not covered


class ForbiddenReturn(Return):
    """Return items of an order that is not delivered."""

    name = "return_items_forbidden"
    writes = False
    shapes = shapes()
    statuses = ("pending", "processed", "cancelled")


class RefundElsewhere(Return):
    """Return items with the refund to a kind of method that cannot receive it."""

    name = "return_items_refund_elsewhere"
    writes = False
    shapes = shapes()
    other_method = True

    def takes(self, order: Order, method: PaymentMethod) -> bool:
        """Take only methods of another kind than the original one, and no gift card."""
        original = order.payment_history[0].payment_method_id
        return method.source != "gift_card" and not original.startswith(method.source)


class OtherUsersOrder:
    """Ask about somebody else's order."""

    name = "other_users_order"
    writes = False
    phrases = (
        "I want to know where a friend's order is sent to.",
        "My sister asked me to look after one of her orders; where does it go?",
        "Please tell me what is in an order that my neighbour placed.",
    )

    def burdens(self, db: RetailDB, caller: str) -> Collection[int]:
        """Return 1: the order shows whose it is."""
        return (1,)

    def draft(
        self, db: RetailDB, caller: str, burden: int, rng: np.random.Generator
    ) -> Request | None:
        """Return a request about an order that another user placed."""
        order = db.orders[choose(rng, db.order_ids)]
        if order.user_id == caller:
            return None
        text = choose(rng, self.phrases)
        return Request(intent=self.name, text=text, facts=(order_fact(order.order_id, rng),))

    def solve(self, caller: str, facts: Mapping[str, JSON]) -> Plan:
        """Read the order and see that it is another user's."""
        order = yield from find_order(caller, facts["order"])
        breach = other_users_order(order, caller)
        if breach is None:
            raise UnsolvableError(f"Order {order.order_id} is the caller's own.")
        return refuse(breach)


class _ExchangeRefused(OrderIntent):
    """An exchange of one item of a delivered order that comes to nothing."""

    writes = False
    statuses = ("delivered",)
    phrases = (
        "I want to exchange something that I received.",
        "Something that was delivered should be swapped.",
    )

    def details(
        self, db: RetailDB, order: Order, named: Fact, shape: Shape, rng: np.random.Generator
    ) -> Sequence[Fact] | None:
        """Return the item, the wish and the payment method."""
        items = single_items(order)
        if not items:
            return None
        item = some(rng, items, 1)[0]
        wish = self.wish(db, item, rng)
        if wish is None:
            return None
        payment = original_payment(rng, "payment", "settle the price difference with")
        return [items_fact([item], rng, "exchange"), wish, payment]

    def wish(self, db: RetailDB, item: OrderItem, rng: np.random.Generator) -> Fact | None:
        """Return what the user wants instead."""
        raise NotImplementedError


class OtherProduct(_ExchangeRefused):
    """Exchange an item for another type of product; no record bears on that."""

    name = "exchange_other_product"
    shapes = shapes()

    def burdens(self, db: RetailDB, caller: str) -> Collection[int]:
        """Return 0, if there is something to exchange: the rule alone decides."""
        return (0,) if super().burdens(db, caller) else ()

    def draft(
        self, db: RetailDB, caller: str, burden: int, rng: np.random.Generator
    ) -> Request | None:
        """Return a request about an order that is known by its id."""
        return super().draft(db, caller, 1, rng)

    def wish(self, db: RetailDB, item: OrderItem, rng: np.random.Generator) -> Fact | None:
        """Return another product type."""
        names = [p.name for p in db.products.values() if p.product_id != item.product_id]
        if not names:
            return None
        name = choose(rng, names)
        phrases = ("Instead of the {old} I want a {new}.", "I would rather have a {new}, please.")
        text = choose(rng, phrases).format(old=item.name, new=name)
        return Fact(slot="wish", value={"product": name}, text=text)

    def solve(self, caller: str, facts: Mapping[str, JSON]) -> Plan:
        """Refuse; nothing needs to be read for that."""
        yield from ()
        return refuse(other_product(facts["wish"]["product"], listed(facts["items"])))


class UnavailableItem(_ExchangeRefused):
    """Exchange an item for options that are not in stock."""

    name = "exchange_unavailable"
    shapes = shapes(products=(1,))

    def wish(self, db: RetailDB, item: OrderItem, rng: np.random.Generator) -> Fact | None:
        """Return options that only unavailable variants have."""
        product = db.products[item.product_id]
        options = _unavailable(product, item)
        if not options:
            return None
        wanted = choose(rng, options)
        text = f"I want the {item.name} with {describe_options(wanted)}, all else as it is."
        return Fact(slot="wish", value={item.name: {"options": wanted}}, text=text)

    def solve(self, caller: str, facts: Mapping[str, JSON]) -> Plan:
        """Read the order and the product, and refuse."""
        order = yield from find_order(caller, facts["order"])
        if breach := other_users_order(order, caller) or not_delivered(order, "exchanged"):
            return refuse(breach)
        found = yield from find_swaps(order, facts["items"], facts["wish"])
        if not isinstance(found, Breach):
            raise UnsolvableError(f"The wish {facts['wish']} can be met.")
        return refuse(found)


def _unavailable(product: Product, item: OrderItem) -> list[dict[str, str]]:
    """Return changes of the item's options that name a variant which is out of stock."""
    changes = []
    for variant in product.variants.values():
        if variant.available or variant.item_id == item.item_id:
            continue
        changed = {n: v for n, v in variant.options.items() if item.options.get(n) != v}
        wanted = {**item.options, **changed}
        if not any(v.available and matches(v, wanted) for v in product.variants.values()):
            changes.append(changed)
    return changes
