"""A shop made from a seed: what it sells, who buys there, and histories that add up."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import accumulate, pairwise
from typing import TypeAlias, get_args

import numpy as np

from writ_gym.domains.retail import schema
from writ_gym.domains.retail.catalog import (
    CATALOG,
    MOST_VARIANTS,
    draw_address,
    shelf,
    split_of,
    stock,
)
from writ_gym.sampling.drawing import Words, draw_words, numbers, pick, share_out, unused
from writ_gym.seeding import rng_for
from writ_gym.tasks import SPLITS, split_at

Rng: TypeAlias = np.random.Generator
Basket: TypeAlias = tuple[schema.OrderItem, ...]
Shelves: TypeAlias = Sequence[Sequence[schema.OrderItem]]
"""By product, its items."""

MOST_USERS = 100_000
"""More of them could run out of ids, which have a fixed number of digits."""
MOST_MEAN_ORDERS = 10
MOST_ORDERS = 14
"""Orders of one user."""
HEAVY_SHOPPERS = ((0.02, 12, MOST_ORDERS), (0.035, 8, 11), (0.04, 6, 7))
"""Share of the users, and the fewest and most orders that each of them has."""
LIGHT_SHOPPER_ORDERS = 5
"""Orders of any other user at most, unless there are too many to share out."""

# Draws from these are uniform: what stands there three times is three times as likely.
MORE_METHODS = (0, 0, 0, 1, 1, 1, 1, 2, 2, 3)
"""Payment methods of a user besides the first."""
FIRST_KINDS = ("credit_card", "credit_card", "paypal")
MORE_KINDS = ("credit_card", "credit_card", "paypal", "gift_card", "gift_card", "gift_card")
MOST_OF_KIND = {"credit_card": 1 + max(MORE_METHODS), "paypal": 1, "gift_card": 2}
BRANDS = ("visa", "visa", "mastercard", "mastercard", "amex")
MOST_GIFT_CENTS = 40_000
BASKET_SIZES = (1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 4, 4, 5)

STATUSES: tuple[schema.Status, ...] = ("pending", "delivered", "processed", "cancelled")
STATUS_EDGES = (0.42, 0.79, 0.89)
"""Where in [0, 1) the next status begins."""
SAME_PRICE = 0.35
"""Chance that an item was sold for what it costs now."""
DRIFT = (0.85, 1.25)
"""Else, its price then as a multiple of the price now."""
SAME_PRODUCT_TWICE = 0.04
TWO_PARCELS = 0.15
ELSEWHERE = 0.25
"""Chance that an order goes to the user's other address."""
REDRAWS = 50
"""Baskets drawn at most to find a total that none of the user's other orders has."""


@dataclass(frozen=True, slots=True)
class WorldSize:
    """How large a shop is: numbers met exactly; ValueError if one is out of its range."""

    users: int = 500
    orders: int = 1000
    products: int = 50
    variants: int = 600
    """Items that can be bought, those of all products together."""

    def __post_init__(self) -> None:
        ranges = {
            "users": (1, MOST_USERS),
            "orders": (1, MOST_MEAN_ORDERS * self.users),
            "products": (1, len(CATALOG)),
            "variants": (self.products, MOST_VARIANTS * self.products),
        }
        for name, (low, high) in ranges.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise ValueError(f"{name} must be from {low} to {high} here, not {value!r}.")


DEFAULT_SIZE: Mapping[str, int] = asdict(WorldSize())


def generate(seed: int, size: WorldSize | Mapping[str, int] = DEFAULT_SIZE) -> schema.RetailDB:
    """Return the shop of a seed; equal arguments give equal digests.

    Raises:
        ValueError: A size is out of its range.
    """
    full = size if isinstance(size, WorldSize) else WorldSize(**size)
    rng = rng_for(seed, "retail", "world")
    products = _products(rng, full)
    words = draw_words(seed, "retail")
    users = _users(rng, words, full)
    shelves = {
        split: [shelf(p) for p in products if split_of(p.name) == split]
        or [shelf(product) for product in products]
        for split in SPLITS
    }
    tracking_ids = numbers(rng, 2 * full.orders, digits=12)
    orders = [
        order
        for user in users
        for order in _orders(
            rng,
            user,
            draw_address(rng, words.streets),
            shelves[split_at(user.user_id)],
            tracking_ids,
        )
    ]
    return schema.RetailDB.load(
        {
            "products": {product.product_id: product for product in products},
            "users": {user.user_id: user for user in users},
            "orders": {order.order_id: order for order in orders},
        }
    )


def _products(rng: Rng, size: WorldSize) -> list[schema.Product]:
    mean = size.variants / size.products
    low, high = max(1, int(mean / 4)), min(MOST_VARIANTS, int(2 * mean))
    counts = share_out(rng, size.variants, size.products, low, high).tolist()
    kinds = rng.permutation(len(CATALOG))[: size.products].tolist()
    # One draw for products and items, so that no id names both.
    ids = numbers(rng, size.products + size.variants, digits=10)
    return [
        stock(rng, CATALOG[kind], count, ids) for kind, count in zip(kinds, counts, strict=True)
    ]


def _order_counts(rng: Rng, size: WorldSize) -> list[int]:
    """Return how many orders each user has: most have few, few have many."""
    drawn: list[int] = []
    for share, low, high in HEAVY_SHOPPERS:
        drawn += rng.integers(low, high + 1, round(share * size.users)).tolist()
    # At least half of the orders are left to the others, however small the shop is.
    sums = accumulate(drawn)
    heavy = [count for count, total in zip(drawn, sums, strict=True) if 2 * total <= size.orders]
    light, rest = size.users - len(heavy), size.orders - sum(heavy)
    most = min(MOST_ORDERS, max(LIGHT_SHOPPER_ORDERS, 2 * rest // light))
    counts = [*heavy, *share_out(rng, rest, light, 0, most).tolist()]
    return [counts[index] for index in rng.permutation(size.users)]


def _users(rng: Rng, words: Words, size: WorldSize) -> list[schema.User]:
    order_ids = [f"#W{number}" for number in numbers(rng, size.orders, digits=7)]
    method_ids = numbers(rng, (1 + max(MORE_METHODS)) * size.users, digits=7)
    ends = accumulate(_order_counts(rng, size), initial=0)
    taken: set[str] = set()
    return [
        _user(rng, words, method_ids, order_ids[start:end], taken) for start, end in pairwise(ends)
    ]


def _user(
    rng: Rng, words: Words, method_ids: Iterator[str], order_ids: Sequence[str], taken: set[str]
) -> schema.User:
    first, last = pick(rng, words.first_names), pick(rng, words.last_names)
    home = draw_address(rng, words.streets)
    while (name_and_zip := f"{first} {last} {home.zip}") in taken:
        home = draw_address(rng, words.streets)
    taken.add(name_and_zip)
    return schema.User(
        user_id=unused(lambda: f"{first}_{last}_{rng.integers(1000, 10_000)}".lower(), taken),
        name=schema.Name(first_name=first, last_name=last),
        address=home,
        email=unused(
            lambda: f"{first}.{last}{rng.integers(1000, 10_000)}@example.com".lower(), taken
        ),
        payment_methods={method.id: method for method in _methods(rng, method_ids)},
        orders=tuple(order_ids),
    )


def _methods(rng: Rng, ids: Iterator[str]) -> list[schema.PaymentMethod]:
    kinds = [pick(rng, FIRST_KINDS)]
    for _ in range(pick(rng, MORE_METHODS)):
        kind = pick(rng, MORE_KINDS)
        kinds.append(kind if kinds.count(kind) < MOST_OF_KIND[kind] else "credit_card")
    # Different, so that brand and digits tell a user's cards apart.
    last_fours = numbers(rng, len(kinds), digits=4)
    return [_method(rng, kinds[i], next(ids), last_fours) for i in rng.permutation(len(kinds))]


def _method(rng: Rng, kind: str, number: str, last_fours: Iterator[str]) -> schema.PaymentMethod:
    key = f"{kind}_{number}"
    if kind == "credit_card":
        return schema.CreditCard(
            source="credit_card", id=key, brand=pick(rng, BRANDS), last_four=next(last_fours)
        )
    if kind == "paypal":
        return schema.PayPal(source="paypal", id=key)
    balance = int(rng.integers(MOST_GIFT_CENTS + 1)) / 100
    return schema.GiftCard(source="gift_card", id=key, balance=balance)


def _orders(
    rng: Rng,
    user: schema.User,
    elsewhere: schema.Address,
    shelves: Shelves,
    tracking: Iterator[str],
) -> Iterator[schema.Order]:
    methods = tuple(user.payment_methods)
    totals: set[float] = set()
    for order_id, status in zip(user.orders, _statuses(rng, len(user.orders)), strict=True):
        items = _new_basket(rng, shelves, totals)
        payment = schema.Payment(
            transaction_type="payment", amount=_total(items), payment_method_id=pick(rng, methods)
        )
        cancelled, shipped = status == "cancelled", status in ("processed", "delivered")
        refund = (payment.replace(transaction_type="refund"),) if cancelled else ()
        yield schema.Order(
            order_id=order_id,
            user_id=user.user_id,
            address=elsewhere if rng.random() < ELSEWHERE else user.address,
            items=items,
            status=status,
            fulfillments=_parcels(rng, items, tracking) if shipped else (),
            payment_history=(payment, *refund),
            cancel_reason=pick(rng, get_args(schema.CancelReason)) if cancelled else None,
        )


def _statuses(rng: Rng, count: int) -> list[schema.Status]:
    """Return statuses spread evenly, so that a user with many orders has several of each."""
    points = (rng.permutation(count) + rng.random()) / count
    return [STATUSES[i] for i in np.searchsorted(STATUS_EDGES, points, side="right")]


def _new_basket(rng: Rng, shelves: Shelves, totals: set[float]) -> Basket:
    """Return items whose total is not among ``totals``, where the shop is large enough."""
    items = _basket(rng, shelves)
    for _ in range(REDRAWS):
        if _total(items) not in totals:
            break
        items = _basket(rng, shelves)
    totals.add(_total(items))
    return items


def _basket(rng: Rng, shelves: Shelves) -> Basket:
    chosen = rng.permutation(len(shelves))[: pick(rng, BASKET_SIZES)]
    items = [pick(rng, shelves[place]) for place in chosen]
    if rng.random() < SAME_PRODUCT_TWICE:
        # The same item again or another of its product, instead of the second item if any.
        items[1:2] = [pick(rng, (items[0], pick(rng, shelves[chosen[0]])))]
    return tuple(_sold(rng, item) for item in items)


def _sold(rng: Rng, item: schema.OrderItem) -> schema.OrderItem:
    """Return an item at the price that it had when it was sold, which may be another than now."""
    if rng.random() < SAME_PRICE:
        return item
    return item.replace(price=round(item.price * rng.uniform(*DRIFT), 2))


def _total(items: Basket) -> float:
    return round(sum(item.price for item in items), 2)


def _parcels(rng: Rng, items: Basket, tracking: Iterator[str]) -> tuple[schema.Fulfillment, ...]:
    """Return one parcel with all items, or two that share them."""
    ids = tuple(item.item_id for item in items)
    cut = int(rng.integers(1, len(ids))) if len(ids) > 1 and rng.random() < TWO_PARCELS else 0
    return tuple(
        schema.Fulfillment(tracking_id=(next(tracking),), item_ids=part)
        for part in (ids[:cut], ids[cut:])
        if part
    )
