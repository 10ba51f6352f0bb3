"""Intents about delivered orders: return and exchange."""

from collections.abc import Mapping, Sequence

from writ_gym.database import JSON
from writ_gym.domains.retail.drafting.parts import (
    choose_item,
    item_of,
    name_items,
    name_payment,
    single_items,
)
from writ_gym.domains.retail.drafting.scene import Scene
from writ_gym.domains.retail.intents.base import OrderIntent, money, source_of
from writ_gym.domains.retail.intents.items import BY_CHOICE, ItemsIntent
from writ_gym.domains.retail.intents.reading import (
    find_items,
    find_payment,
    is_gift_card,
    paid_with,
)
from writ_gym.domains.retail.rules import not_delivered, refund_elsewhere
from writ_gym.domains.retail.schema import Order
from writ_gym.domains.retail.wishes import Named, Original, plain
from writ_gym.meaning.breaches import Breach
from writ_gym.meaning.solving import ASK_YES, Outcome, Reads, Write, refuse
from writ_gym.phrasing.grammar import joined


class Return(OrderIntent):
    """Return items of a delivered order."""

    name = "return_items"
    tool = "return_delivered_order_items"
    status = "delivered"
    others = ("pending", "processed", "cancelled")
    looks_at_items = True
    refused = ("elsewhere", "elsewhere")

    def details(self, scene: Scene, order: Order) -> bool:
        """Add the items and where the refund goes."""
        if not self._items(scene, order):
            return False
        methods = [
            m
            for m in scene.user.payment_methods.values()
            if m.id == paid_with(order) or is_gift_card(m.id)
        ]
        kept = scene.new({order.order_id})
        payment = name_payment(scene, order, scene.choose(methods), 0, kept)
        if payment is None:
            return False
        scene.add("payment", payment)
        return True

    def _items(self, scene: Scene, order: Order) -> bool:
        kept = scene.new({order.order_id})
        if scene.chance(BY_CHOICE) or scene.room > len(scene.orders):
            found = choose_item(scene, order, kept)
            if found:
                scene.add("items", found[1])
                return True
        singles = single_items(order)
        if not singles:
            return False
        items = scene.some(singles, 1 + int(scene.rng.random() * len(singles)))
        piece = name_items(scene, order, items, kept)
        if piece is None:
            return False
        scene.add("items", piece)
        return True

    def aim(self, scene: Scene, order: Order, arguments: Mapping[str, JSON]) -> bool:
        """Add the items and the method."""
        kept = scene.new({order.order_id})
        items = [item_of(order, item_id) for item_id in arguments["item_ids"]]
        method = scene.user.payment_methods[arguments["payment_method_id"]]
        piece = name_items(scene, order, items, kept)
        payment = name_payment(scene, order, method, 0, kept)
        if piece is None or payment is None:
            return False
        scene.add("items", piece)
        scene.add("payment", payment)
        return True

    def plain_details(self, scene: Scene, order: Order) -> bool:
        """Add items by name and the original method."""
        singles = single_items(order)
        if not singles:
            return False
        names = tuple(i.name for i in scene.some(singles, 1 + int(scene.rng.random() * 2)))
        scene.add("items", plain(Named(names=names)))
        scene.add("payment", plain(Original()))
        return True

    def refusal(self, scene: Scene, way: str) -> bool:
        """Want the refund on a method that cannot receive it."""
        if way not in self.refused:
            return super().refusal(scene, way)
        targets = [o for o in scene.orders if o.status == "delivered"]
        if not targets or scene.room > 2:
            return False
        order = scene.choose(targets)
        methods = [
            m
            for m in scene.user.payment_methods.values()
            if m.id != paid_with(order) and not is_gift_card(m.id)
        ]
        if not methods or not self._items(scene, order):
            return False
        kept = scene.new({order.order_id})
        payment = name_payment(scene, order, scene.choose(methods), 0, kept)
        if payment is None:
            return False
        scene.add("payment", payment)
        return self.finish(scene, order)

    def breach(self, order: Order) -> Breach | None:
        """Return why this order's items cannot be returned."""
        return not_delivered(order, "returned")

    def act(
        self, caller: str, orders: Sequence[Order], facts: Mapping[str, JSON]
    ) -> Reads[Outcome]:
        """Find the items and the method, and return them if the rules allow it."""
        order = orders[0]
        kind = facts["payment"].get("kind")
        if kind and kind != "original" and (breach := refund_elsewhere(order, kind)):
            return refuse(breach)
        items = yield from find_items(order, facts["items"])
        method, _ = yield from find_payment(caller, order, facts["payment"], 0)
        if breach := refund_elsewhere(order, method):
            return refuse(breach)
        named = joined([f"{item.name} {item.item_id}" for item in items])
        amount = money(sum(item.price for item in items))
        card = "gift card " if is_gift_card(method) else ""
        return Outcome(
            statement=f"I can return {named} of order {order.order_id} and have {amount} refunded "
            f"to {card}{method}. An order takes one return only. {ASK_YES}",
            writes=(
                Write(
                    "return_delivered_order_items",
                    {
                        "order_id": order.order_id,
                        "item_ids": [item.item_id for item in items],
                        "payment_method_id": method,
                    },
                    {
                        "order_id": source_of(facts["order"]),
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
    status = "delivered"
    others = ("processed", "cancelled")
    verb = "exchange"
    tool = "exchange_delivered_order_items"
    deed = "set down for exchange; you will get an e-mail that says how to send the old ones back"
    caution = (
        "An order takes one exchange only, so please make sure that it is everything that you "
        "want exchanged."
    )

    def breach(self, order: Order) -> Breach | None:
        """Return why this order's items cannot be exchanged."""
        return not_delivered(order, "exchanged")
