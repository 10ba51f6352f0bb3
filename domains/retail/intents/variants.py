"""Which variants a user wants instead of items, and how a solver finds them."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from writ_gym.database import JSON
from writ_gym.domains.retail.intents.references import choose, money, read_product, some
from writ_gym.domains.retail.rules import Breach, describe_options, matches, not_offered
from writ_gym.domains.retail.schema import Order, OrderItem, Product, RetailDB, Variant
from writ_gym.errors import UnsolvableError
from writ_gym.solving import Reads
from writ_gym.tasks import Fact


class Swap(NamedTuple):
    """An item of an order and the variant that the user wants instead."""

    item: OrderItem
    variant: Variant

    def __str__(self) -> str:
        """Say what becomes what."""
        old, new = (describe_options(dict(o)) for o in (self.item.options, self.variant.options))
        return (
            f"{self.item.name} {self.item.item_id} ({old}; {money(self.item.price)}) for "
            f"{self.variant.item_id} ({new}; {money(self.variant.price)})"
        )


def single_items(order: Order) -> list[OrderItem]:
    """Return the items whose product occurs once in the order, so that its name is enough."""
    products = [item.product_id for item in order.items]
    return [item for item in order.items if products.count(item.product_id) == 1]


def items_fact(items: Sequence[OrderItem], rng: np.random.Generator, verb: str) -> Fact:
    """Return which items of the order the user means."""
    names = [item.name for item in items]
    text = (
        f"{choose(rng, ('I want to', 'I would like to', 'I need to'))} {verb} the {listed(names)}."
    )
    return Fact(slot="items", value=names, text=text)


def draft_wishes(db: RetailDB, items: Sequence[OrderItem], rng: np.random.Generator) -> Fact | None:
    """Return what the user wants instead of each item, each wish met by exactly one variant."""
    wishes: dict[str, JSON] = {}
    texts: list[str] = []
    alternatives: set[str] = set()
    for item in items:
        product = db.products[item.product_id]
        wish = _draft_wish(product, item, rng)
        if wish is None:
            return None
        wishes[item.name] = wish
        texts.append(_say_wish(item.name, wish, rng))
        for name, value in wish["options"].items():
            alternatives |= {v.options[name] for v in product.variants.values()} | {value}
    text = " ".join(texts)
    words = tuple(sorted(alternatives))
    return Fact(slot="wish", value=wishes, text=text, alternatives=words)


def _draft_wish(
    product: Product, item: OrderItem, rng: np.random.Generator
) -> dict[str, JSON] | None:
    others = [v for v in product.variants.values() if v.available and v.item_id != item.item_id]
    if not others:
        return None
    if rng.random() < 0.5:
        target = choose(rng, others)
        options = {n: v for n, v in target.options.items() if item.options.get(n) != v}
        wish: dict[str, JSON] = {"options": options}
    else:
        target = choose(rng, others)
        names = list(target.options)
        kept = some(rng, names, int(rng.integers(0, min(2, len(names)))))
        options = {name: target.options[name] for name in kept}
        wish = {"options": options, "price": choose(rng, ("lowest", "highest"))}
    found = variant_for(product, item, wish)
    return wish if found is not None else None


def _say_wish(name: str, wish: Mapping[str, JSON], rng: np.random.Generator) -> str:
    options = describe_options(wish["options"])
    if "price" not in wish:
        phrases = (
            "I want the {name} with {options}, everything else as it is.",
            "The {name} should have {options} instead and otherwise stay the same.",
            "Instead of the {name} that I have, I want one with {options} and all else equal.",
        )
        return choose(rng, phrases).format(name=name, options=options)
    among = f" with {options}" if wish["options"] else ""
    rank = "cheapest" if wish["price"] == "lowest" else "most expensive"
    phrases = (
        "For the {name}, I want the {rank} other one{among} that is in stock.",
        "Instead of my {name}, give me the {rank} other one{among} that you have available.",
        "Please find the {rank} available {name}{among} other than mine; I want that one.",
    )
    return choose(rng, phrases).format(name=name, rank=rank, among=among)


def variant_for(product: Product, item: OrderItem, wish: Mapping[str, JSON]) -> Variant | None:
    """Return the one available variant that a wish means, None if there is none or a tie."""
    options = dict(wish["options"])
    if "price" not in wish:
        options = {**item.options, **options}
    found = [
        v
        for v in product.variants.values()
        if v.available and v.item_id != item.item_id and matches(v, options)
    ]
    if found and "price" in wish:
        prices = [variant.price for variant in found]
        target = min(prices) if wish["price"] == "lowest" else max(prices)
        found = [variant for variant in found if variant.price == target]
    return found[0] if len(found) == 1 else None


def find_swaps(
    order: Order, names: Sequence[str], wishes: Mapping[str, JSON]
) -> Reads[list[Swap] | Breach]:
    """Find the variant for each item that is named, or what forbids it."""
    swaps = []
    for name in names:
        item = item_named(order, name)
        product = yield from read_product(item.product_id)
        wish = wishes[name]
        options = dict(wish["options"])
        breach = not_offered(product, options if "price" in wish else {**item.options, **options})
        if breach:
            return breach
        variant = variant_for(product, item, wish)
        if variant is None:
            raise UnsolvableError(f"No single variant of {name} is meant by {wish}.")
        swaps.append(Swap(item, variant))
    return swaps


def item_named(order: Order, name: str) -> OrderItem:
    """Return the one item of an order with this name."""
    found = [item for item in order.items if item.name == name]
    if len(found) != 1:
        raise UnsolvableError(f"Order {order.order_id} has no single item named {name!r}.")
    return found[0]


def difference(swaps: Sequence[Swap]) -> float:
    """Return what the new variants cost more than the items, in US dollars."""
    return round(sum(swap.variant.price - swap.item.price for swap in swaps), 2)


def listed(words: Sequence[str]) -> str:
    """Return words as an enumeration: "a", "a and b", "a, b and c"."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
