"""How a solver finds what a user means, through reads alone.

Each ``find`` function resolves one kind of reference of ``wishes``. It reads no more than it needs:
a search that may stop at the first record that fits stops there.
"""

import json
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from writ_gym.database import JSON
from writ_gym.domains.retail.rules import (
    covers,
    matches,
    no_such_order,
    not_available,
    other_product,
)
from writ_gym.domains.retail.schema import (
    Address,
    GiftCard,
    Order,
    OrderItem,
    PaymentMethod,
    Product,
    User,
    Variant,
)
from writ_gym.domains.retail.wishes import (
    ADDRESS,
    ITEMS,
    ORDER,
    PAYMENT,
    WISHES,
    AllBut,
    Among,
    ByBalance,
    EveryItem,
    EveryOrder,
    Exactly,
    FirstCovering,
    FirstOf,
    Given,
    ItemChoice,
    Like,
    Named,
    OfKind,
    Options,
    OrderBeside,
    OrderById,
    OrderChoice,
    OrderReference,
    Orders,
    Original,
    OtherProduct,
    PaidFor,
    PaymentReference,
    SentTo,
    Wish,
)
from writ_gym.errors import UnsolvableError
from writ_gym.meaning.breaches import Breach
from writ_gym.meaning.queries import Extreme, keeps, parse, pick
from writ_gym.meaning.solving import Reads, read


class Swap(NamedTuple):
    """An item of an order and the variant that the user wants instead."""

    item: OrderItem
    variant: Variant


def total(order: Order) -> float:
    """Return what was paid for an order when it was placed, in US dollars."""
    return order.payment_history[0].amount


def paid_with(order: Order) -> str:
    """Return the id of the method that an order was paid with when it was placed."""
    return order.payment_history[0].payment_method_id


def payers(order: Order) -> frozenset[str]:
    """Return the ids of the methods that an order was paid with, or refunded to."""
    return frozenset(payment.payment_method_id for payment in order.payment_history)


def order_attribute(order: Order, name: str) -> JSON:
    """Return an attribute of an order; see ``wishes``."""
    match name:
        case "status":
            return order.status
        case "total":
            return total(order)
        case "count":
            return len(order.items)
        case "product":
            return [item.name for item in order.items]
        case _:
            raise UnsolvableError(f"An order has no attribute {name!r}.")


# The same records are read again and again; a text always means the same record.
_order = lru_cache(4096)(Order.model_validate_json)
_user = lru_cache(1024)(User.model_validate_json)
_product = lru_cache(256)(Product.model_validate_json)


def read_order(order_id: str) -> Reads[Order]:
    """Read an order."""
    return _order((yield from read("get_order_details", order_id=order_id)))


def read_user(caller: str) -> Reads[User]:
    """Read the user's profile."""
    return _user((yield from read("get_user_details", user_id=caller)))


def read_product(product_id: str) -> Reads[Product]:
    """Read a product type."""
    return _product((yield from read("get_product_details", product_id=product_id)))


def read_orders(caller: str, meant: Orders) -> Reads[list[Order]]:
    """Read the orders of a scope and return those that keep the conditions."""
    scope = meant.scope
    ids = (yield from read_user(caller)).orders if scope == "all" else scope
    orders: list[Order] = []
    for order_id in ids:
        orders.append((yield from read_order(order_id)))  # noqa: PERF401 - a generator
    return [order for order in orders if keeps(order, meant.where, order_attribute)]


def read_product_named(name: str) -> Reads[Product]:
    """Read the shop's list, and the product that has a name there."""
    ids = json.loads((yield from read("list_all_product_types")))
    if name not in ids:
        raise UnsolvableError(f"The shop has no product {name!r}.")
    return (yield from read_product(ids[name]))


def find_prices(names: Iterable[str], price: Extreme) -> Reads[float]:
    """Find what some products cost together, each at the lowest or highest price in stock."""
    prices: list[float] = []
    for name in names:
        product = yield from read_product_named(name)
        found = [variant.price for variant in product.variants.values() if variant.available]
        if not found:
            raise UnsolvableError(f"No {name} is in stock.")
        prices.append(min(found) if price == "lowest" else max(found))
    return round(sum(prices), 2)


def find_orders(caller: str, value: JSON) -> Reads[list[Order] | Breach]:
    """Find the order that a reference means, or all of them; a breach if nothing fits."""
    reference = parse(ORDER, value)
    if isinstance(reference, EveryOrder):
        found = yield from read_orders(caller, reference)
        return found or no_such_order(reference.where)
    order = yield from find_order(caller, reference)
    return order if isinstance(order, Breach) else [order]


def find_order(caller: str, reference: OrderReference) -> Reads[Order | Breach]:
    """Find the one order that a reference means; a breach if nothing fits."""
    match reference:
        case OrderById(id=order_id):
            return (yield from read_order(order_id))
        case OrderBeside():
            return (yield from _beside(caller, reference))
        case OrderChoice(by="placed") | OrderChoice(by=None):
            found = yield from _search(caller, reference)
        case _:
            orders = yield from read_orders(caller, reference)
            found = pick(orders, reference, order_attribute)
    return found or no_such_order(reference.where)


def _beside(caller: str, reference: OrderBeside) -> Reads[Order | Breach]:
    """Find a neighbour in the list of the profile."""
    inner = reference.beside
    if isinstance(inner, OrderById):
        anchor = inner.id
    else:
        order = yield from find_order(caller, inner)
        if isinstance(order, Breach):
            return order
        anchor = order.order_id
    listed = (yield from read_user(caller)).orders
    place = listed.index(anchor) + reference.step if anchor in listed else -1
    if not 0 <= place < len(listed):
        raise UnsolvableError(f"Order {anchor} has no neighbour on that side.")
    return (yield from read_order(listed[place]))


def _search(caller: str, choice: OrderChoice) -> Reads[Order | None]:
    """Look through orders one by one, up to the one that is meant."""
    scope = choice.scope
    ids = (yield from read_user(caller)).orders if scope == "all" else scope
    newest_first = choice.by == "placed" and choice.extreme == "highest"
    left = choice.rank
    for order_id in reversed(ids) if newest_first else ids:
        order = yield from read_order(order_id)
        left -= keeps(order, choice.where, order_attribute)
        if not left:
            return order
    return None


def find_payment(
    caller: str, order: Order, value: JSON, amount: float
) -> Reads[tuple[str, GiftCard | None]]:
    """Find the payment method that a reference means.

    Returns:
        Its id, and the gift card if it is one that has to pay something.
    """
    reference = parse(PAYMENT, value)
    if isinstance(reference, Original | PaidFor):
        other = order if isinstance(reference, Original) else None
        if isinstance(reference, PaidFor):
            found = yield from find_order(caller, reference.paid_for)
            if isinstance(found, Breach):
                raise UnsolvableError(f"No order fits {reference}.")
            if len(payers(found)) > 1:
                raise UnsolvableError(f"Order {found.order_id} was paid with several methods.")
            other = found
        method_id = paid_with(other or order)
        if amount <= 0 or not is_gift_card(method_id):
            return method_id, None
        method = (yield from read_user(caller)).payment_methods[method_id]
    else:
        user = yield from read_user(caller)
        method = method_in(user, reference, amount)
    return method.id, method if isinstance(method, GiftCard) and amount > 0 else None


def method_in(user: User, reference: PaymentReference, amount: float) -> PaymentMethod:
    """Return the payment method of a profile that a reference means."""
    methods = user.payment_methods.values()
    match reference:
        case OfKind():
            found = [method for method in methods if _is_of(method, reference)]
        case ByBalance(gift_card=extreme):
            cards = [method for method in methods if isinstance(method, GiftCard)]
            best = (max if extreme == "highest" else min)((c.balance for c in cards), default=0)
            found = [card for card in cards if card.balance == best]
        case FirstCovering(first_covering=chain):
            able = [method_in(user, link, amount) for link in chain]
            found = [method for method in able if covers(method, amount)][:1] or able[-1:]
        case _:
            found = []
    if len(found) != 1:
        raise UnsolvableError(f"No single method of {user.user_id} is meant by {reference}.")
    return found[0]


def _is_of(method: PaymentMethod, reference: OfKind) -> bool:
    if method.source != reference.kind:
        return False
    return reference.last_four in (None, getattr(method, "last_four", None))


def is_gift_card(payment_method_id: str) -> bool:
    """Say whether an id is that of a gift card."""
    return payment_method_id.startswith("gift_card_")


def find_address(caller: str, value: JSON) -> Reads[Address]:
    """Find the address that a reference means."""
    reference = parse(ADDRESS, value)
    match reference:
        case Given(given=address):
            return address
        case SentTo(sent_to=other):
            order = yield from find_order(caller, other)
            if isinstance(order, Breach):
                raise UnsolvableError(f"No order fits {other}.")
            return order.address
    return (yield from read_user(caller)).address


def find_items(order: Order, value: JSON) -> Reads[list[OrderItem]]:
    """Find the items of an order that a reference means."""
    reference = parse(ITEMS, value)
    savings: dict[str, float] = {}
    if isinstance(reference, ItemChoice) and reference.by == "saving":
        for item in order.items:
            product = yield from read_product(item.product_id)
            variant = product.variants.get(item.item_id)
            if variant is None:
                raise UnsolvableError(f"The shop has no item {item.item_id} any more.")
            savings[item.item_id] = round(item.price - variant.price, 2)

    def attribute(item: OrderItem, name: str) -> JSON:
        return savings[item.item_id] if name == "saving" else item.price

    match reference:
        case Named(names=names):
            return [item_named(order, name) for name in names]
        case AllBut(all_but=names):
            kept = [item_named(order, name) for name in names]
            found = [item for item in order.items if item not in kept]
        case EveryItem(where=where):
            found = [item for item in order.items if keeps(item, where, attribute)]
        case _:
            best = pick(order.items, reference, attribute)
            found = [best] if best else []
    if not found:
        raise UnsolvableError(f"No item of order {order.order_id} fits {reference}.")
    return found


def item_named(order: Order, name: str) -> OrderItem:
    """Return the one item of an order with this name."""
    found = [item for item in order.items if item.name == name]
    if len(found) != 1:
        raise UnsolvableError(f"Order {order.order_id} has no single item named {name!r}.")
    return found[0]


def find_swaps(caller: str, items: Sequence[OrderItem], value: JSON) -> Reads[list[Swap] | Breach]:
    """Find the variant that is wanted instead of each item, or what forbids it."""
    wishes = parse(WISHES, value)
    swaps = []
    for item in items:
        wish = wishes.get("*") or wishes.get(item.name)
        if wish is None:
            raise UnsolvableError(f"The user does not say what is wanted for {item.name}.")
        if isinstance(wish, OtherProduct):
            return other_product(wish.product, item.name)
        if isinstance(wish, Like):
            wish = yield from _like(caller, item, wish)
        product = yield from read_product(item.product_id)
        variant = variant_for(product, item, wish)
        if variant is None:
            return not_available(product)
        swaps.append(Swap(item, variant))
    return swaps


def _like(caller: str, item: OrderItem, wish: Like) -> Reads[Options]:
    """Return the options that another order's item of the same product has."""
    other = yield from find_order(caller, wish.like)
    if isinstance(other, Breach):
        raise UnsolvableError(f"No order fits {wish}.")
    same = [held for held in other.items if held.product_id == item.product_id]
    if len(same) != 1:
        raise UnsolvableError(f"Order {other.order_id} has no single {item.name}.")
    return Options(options={name: same[0].options[name] for name in wish.options})


def variant_for(product: Product, item: OrderItem, wish: Wish) -> Variant | None:
    """Return the variant that a wish means, None if none in stock meets it.

    Raises:
        UnsolvableError: Several meet it equally well.
    """
    if isinstance(wish, FirstOf):
        meant = (variant_for(product, item, each) for each in wish.first_of)
        return next((variant for variant in meant if variant), None)
    found = fitting(product, item, wish)
    if isinstance(wish, Among):
        ranked = sorted(found, key=lambda v: v.price, reverse=wish.price == "highest")
        prices = [variant.price for variant in ranked[: wish.rank + 1]]
        if len(set(prices)) < len(prices):
            raise UnsolvableError(f"Variants of {product.name} are tied in {wish}.")
        return ranked[wish.rank - 1] if len(ranked) >= wish.rank else None
    if len(found) > 1:
        raise UnsolvableError(f"Several variants of {product.name} meet {wish}.")
    if isinstance(wish, Exactly) and not found:
        raise UnsolvableError(f"{product.name} {wish.item} is not in stock, as the user says.")
    return found[0] if found else None


def fitting(product: Product, item: OrderItem, wish: Wish) -> list[Variant]:
    """Return the other variants in stock that keep to a wish, whatever their rank."""
    others = [v for v in product.variants.values() if v.available and v.item_id != item.item_id]
    if isinstance(wish, Options):
        return [v for v in others if matches(v, {**item.options, **wish.options})]
    if isinstance(wish, Exactly):
        return [v for v in others if v.item_id == wish.item and wish.costs in (None, v.price)]
    if isinstance(wish, Among):
        return [v for v in others if is_among(v, wish)]
    return []


def is_among(variant: Variant, wish: Among) -> bool:
    """Say whether a variant is like one that the user wants, in stock or not."""
    has = variant.options.get
    return (
        all(has(name) in values for name, values in wish.one_of.items())
        and not any(has(name) in values for name, values in wish.none_of.items())
        and (wish.at_most is None or variant.price <= wish.at_most)
    )


def difference(swaps: Iterable[Swap]) -> float:
    """Return what the new variants cost more than the items, in US dollars."""
    return round(sum(swap.variant.price - swap.item.price for swap in swaps), 2)


def find_figure(caller: str, figure: str, meant: Orders) -> Reads[float]:
    """Compute a figure over orders."""
    orders = yield from read_orders(caller, meant)
    if figure == "count":
        return len(orders)
    return round(sum(total(order) for order in orders), 2)
