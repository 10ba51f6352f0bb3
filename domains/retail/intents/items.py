"""Items of an order that become other variants: the base of change and exchange."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from writ_gym.database import JSON
from writ_gym.domains.retail.drafting.parts import (
    choose_item,
    item_of,
    name_items,
    name_payment,
    single_items,
)
from writ_gym.domains.retail.drafting.scene import Scene
from writ_gym.domains.retail.drafting.variants import changed, name_wishes, unmet
from writ_gym.domains.retail.intents.base import OrderIntent, money, source_of
from writ_gym.domains.retail.intents.reading import (
    Swap,
    difference,
    find_items,
    find_payment,
    find_swaps,
)
from writ_gym.domains.retail.rules import balance_too_low, covers, describe_options, other_product
from writ_gym.domains.retail.schema import GiftCard, Order, OrderItem
from writ_gym.domains.retail.wishes import (
    Exactly,
    Named,
    Options,
    Original,
    OtherProduct,
    Wish,
    plain,
)
from writ_gym.meaning.breaches import Breach
from writ_gym.meaning.solving import ASK_YES, Outcome, Reads, Write, refuse
from writ_gym.phrasing.grammar import joined

BY_CHOICE = 0.25
"""Chance that the user means an item by what it is like, and not by its name."""


class ItemsIntent(OrderIntent):
    """Items of an order that become other variants."""

    least = 2
    looks_at_items = True
    refused = ("unavailable", "unavailable", "other_product", "uncovered")
    refused_least = 0
    compared_when_refused = 1
    verb: ClassVar[str]
    tool: ClassVar[str]
    deed: ClassVar[str]
    caution: ClassVar[str]

    def details(self, scene: Scene, order: Order) -> bool:
        """Add the items, what is wanted instead, and a method that can pay the difference."""
        return self._swaps(scene, order, covered=True)

    def _swaps(self, scene: Scene, order: Order, covered: bool) -> bool:
        kept = scene.new({order.order_id})
        chosen = self._items(scene, order, kept)
        if chosen is None:
            return False
        items, key = chosen
        variants = name_wishes(scene, order, items, key, kept)
        if variants is None:
            return False
        cost = difference([Swap(i, v) for i, v in zip(items, variants, strict=True)])
        able = [m for m in scene.user.payment_methods.values() if covers(m, cost) == covered]
        if not able:
            return False
        payment = name_payment(scene, order, scene.choose(able), cost, kept)
        if payment is None:
            return False
        scene.add("payment", payment)
        return True

    def _items(
        self, scene: Scene, order: Order, kept: int
    ) -> tuple[list[OrderItem], str | None] | None:
        """Add which items are meant; return them, and what their wish stands under."""
        if scene.chance(BY_CHOICE):
            found = choose_item(scene, order, kept + 1)
            if found:
                scene.add("items", found[1])
                return [found[0]], "*"
        singles = single_items(order)
        most = min(len(singles), scene.room - kept)
        if most < 1:
            return None
        # As many as there is room for, half of the time, so that heavy requests come about.
        count = most if scene.chance(0.5) else 1 + int(scene.rng.random() * most)
        items = scene.some(singles, count)
        piece = name_items(scene, order, items, kept)
        if piece is None:
            return None
        scene.add("items", piece)
        return items, None

    def aim(self, scene: Scene, order: Order, arguments: Mapping[str, JSON]) -> bool:
        """Add the items, the options that are to change, and the method."""
        kept = scene.new({order.order_id})
        items = [item_of(order, item_id) for item_id in arguments["item_ids"]]
        piece = name_items(scene, order, items, kept)
        names = {item.name for item in items}
        if piece is None or len(names) < len(items):
            return False
        scene.add("items", piece)
        swaps = [
            Swap(item, scene.db.products[item.product_id].variants[new])
            for item, new in zip(items, arguments["new_item_ids"], strict=True)
        ]
        method = scene.user.payment_methods[arguments["payment_method_id"]]
        products = {item.product_id for item in items}
        if scene.new(products) <= scene.room - kept - scene.new({scene.profile}):
            wanted = [swap.variant for swap in swaps]
            if name_wishes(scene, order, items, None, kept, wanted) is None:
                return False
        else:
            # Whether a gift card covers the difference hangs on what the variants cost.
            priced = isinstance(method, GiftCard)
            wishes = {
                item.name: Exactly(item=variant.item_id, costs=variant.price if priced else None)
                for item, variant in swaps
            }
            scene.add("wish", {name: plain(wish) for name, wish in wishes.items()})
        payment = name_payment(scene, order, method, difference(swaps), kept)
        if payment is None:
            return False
        scene.add("payment", payment)
        return True

    def plain_details(self, scene: Scene, order: Order) -> bool:
        """Add an item by name, a wish and the original method."""
        singles = single_items(order)
        if not singles:
            return False
        item = scene.choose(singles)
        product = scene.db.products[item.product_id]
        others = [v for v in product.variants.values() if v.available and v.item_id != item.item_id]
        if not others:
            return False
        wish = Options(options=changed(item, scene.choose(others)))
        scene.add("items", plain(Named(names=(item.name,))))
        scene.add("wish", {item.name: plain(wish)})
        scene.add("payment", plain(Original()))
        return True

    def refusal(self, scene: Scene, way: str) -> bool:
        """Want what is not in stock or another product, or pay with too small a gift card."""
        if way not in self.refused:
            return super().refusal(scene, way)
        targets = [o for o in scene.orders if o.status == self.status and single_items(o)]
        if not targets:
            return False
        order = scene.choose(targets)
        if way == "uncovered":
            return self._swaps(scene, order, covered=False) and self.finish(scene, order)
        item = scene.choose(single_items(order))
        scene.add("items", plain(Named(names=(item.name,))))
        wish: Wish | None
        if way == "other_product":
            names = [name for name in scene.product_names() if name != item.name]
            if not names or scene.room:
                return False
            wish = OtherProduct(product=scene.choose(names))
        else:
            wish = unmet(scene, item)
            if wish is None:
                return False
            scene.read({item.product_id})
        scene.add("wish", {item.name: plain(wish)})
        scene.add("payment", plain(Original()))
        if way == "other_product":
            scene.add("order", {"id": order.order_id})
            return True
        return self.finish(scene, order)

    def at_once(self, facts: Mapping[str, JSON]) -> Breach | None:
        """Refuse another product: no record bears on that."""
        for name, wish in facts["wish"].items():
            if "product" in wish:
                return other_product(wish["product"], "item" if name == "*" else name)
        return None

    def act(
        self, caller: str, orders: Sequence[Order], facts: Mapping[str, JSON]
    ) -> Reads[Outcome]:
        """Find the items, the variants and the method, and swap if the rules allow it."""
        order = orders[0]
        items = yield from find_items(order, facts["items"])
        swaps = yield from find_swaps(caller, items, facts["wish"])
        if isinstance(swaps, Breach):
            return refuse(swaps)
        cost = difference(swaps)
        method, card = yield from find_payment(caller, order, facts["payment"], cost)
        if card and (breach := balance_too_low(card, cost)):
            return refuse(breach)
        stated = all("item" in wish for wish in facts["wish"].values())
        settled = (
            f"You pay {money(cost)} with {method}"
            if cost > 0
            else f"{money(-cost)} goes back to {method}"
        )
        return Outcome(
            statement=f"In order {order.order_id} I can {self.verb} "
            f"{joined([_shown(swap) for swap in swaps])}. {settled}. {self.caution} {ASK_YES}",
            writes=(
                Write(
                    self.tool,
                    {
                        "order_id": order.order_id,
                        "item_ids": [swap.item.item_id for swap in swaps],
                        "new_item_ids": [swap.variant.item_id for swap in swaps],
                        "payment_method_id": method,
                    },
                    {
                        "order_id": source_of(facts["order"]),
                        "item_ids": "read",
                        "new_item_ids": "user" if stated else "read",
                        "payment_method_id": "read",
                    },
                ),
            ),
            report=f"The items of order {order.order_id} have been {self.deed}. {settled}.",
        )


def _shown(swap: Swap) -> str:
    """Say what becomes what."""
    old, new = (describe_options(dict(o)) for o in (swap.item.options, swap.variant.options))
    return (
        f"{swap.item.name} {swap.item.item_id} ({old}; {money(swap.item.price)}) for "
        f"{swap.variant.item_id} ({new}; {money(swap.variant.price)})"
    )
