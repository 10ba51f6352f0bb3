"""Orders that are changed so that they still add up."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, count, pairwise
from typing import Annotated, Literal, TypeAlias, get_args

from pydantic import Field

from writ_gym.domains.retail.proof.references import original, total
from writ_gym.domains.retail.schema import (
    Address,
    Fulfillment,
    Order,
    OrderItem,
    RetailDB,
)
from writ_gym.tasks import Config

Plain: TypeAlias = Literal["pending", "delivered", "processed", "cancelled"]
"""A status that an order can have without a story of its own."""
STATUSES: tuple[Plain, ...] = get_args(Plain)


class Shape(Config):
    """What an order is to be like; what is left out stays as it is."""

    status: Plain | None = None
    total: Annotated[float, Field(gt=0)] | None = None
    """In US dollars; the prices of the items are scaled to it."""
    count: Annotated[int, Field(ge=1)] | None = None
    has: tuple[str, ...] = ()
    """Names of products of which it holds an item."""
    lacks: tuple[str, ...] = ()
    """Names of products of which it holds none."""
    variants: Mapping[str, str] = Field(default_factory=dict)
    """By item id, the id of the variant of the same product that it is instead."""
    prices: Mapping[str, Annotated[float, Field(ge=0)]] = Field(default_factory=dict)
    """By item id, what it was sold for, in US dollars."""
    address: Address | None = None
    paid_with: str | None = None
    """Id of a payment method."""
    user_id: str | None = None


_OF_ITEMS = frozenset({"total", "count", "has", "lacks", "variants", "prices"})
"""What of a shape changes items."""


def shaped(db: RetailDB, order: Order, shape: Shape) -> Order:
    """Return an order of a shape; ValueError if there is none."""
    if not _OF_ITEMS.isdisjoint(shape.model_fields_set):
        items = tuple(_variants(db, _prices(_stocked(db, order.items, shape), shape), shape))
        if shape.total is not None:
            items = _scaled(items, shape.total)
        if items != order.items:
            order = _with_items(order, items)
    if shape.paid_with is not None:
        history = [
            entry.replace(payment_method_id=shape.paid_with)
            if entry.payment_method_id == original(order)
            else entry
            for entry in order.payment_history
        ]
        order = order.replace(payment_history=history)
    if shape.status is not None:
        order = _with_status(order, shape.status)
    rest = {"address": shape.address, "user_id": shape.user_id}
    return order.replace(**{name: value for name, value in rest.items() if value is not None})


def clone(order: Order, order_id: str, user_id: str) -> Order:
    """Return an order like another one, with an id and tracking numbers of its own."""
    numbers = (f"{order_id.removeprefix('#W')}{number:05d}" for number in count(1))
    parcels = [
        parcel.replace(tracking_id=[next(numbers) for _ in parcel.tracking_id])
        for parcel in order.fulfillments
    ]
    return order.replace(order_id=order_id, user_id=user_id, fulfillments=parcels)


# Items


def _stocked(db: RetailDB, items: Sequence[OrderItem], shape: Shape) -> list[OrderItem]:
    """Return items of which some are taken away and others are added."""
    kept = [item for item in items if item.name not in shape.lacks]
    held = {item.name for item in kept}
    kept += [next(_sold(db, {name})) for name in shape.has if name not in held]
    wanted = shape.count or max(len(kept), 1)
    spare = [place for place, item in enumerate(kept) if item.name not in shape.has]
    surplus = max(len(kept) - wanted, 0)
    if surplus > len(spare):
        raise ValueError("The order needs more items than it may have.")
    taken = spare[len(spare) - surplus :]
    kept = [item for place, item in enumerate(kept) if place not in taken]
    if len(kept) < wanted:
        known = {*shape.lacks, *(item.name for item in kept)}
        others = {product.name for product in db.products.values()} - known
        fill = _sold(db, others)
        kept += [next(fill) for _ in range(wanted - len(kept))]
    return kept


def _sold(db: RetailDB, names: set[str]) -> Iterator[OrderItem]:
    """Give items of products, one of each; ValueError when there are no more."""
    for product in db.products.values():
        if product.name in names and product.variants:
            variant = next(iter(product.variants.values()))
            yield OrderItem(
                name=product.name,
                product_id=product.product_id,
                item_id=variant.item_id,
                price=variant.price,
                options=variant.options,
            )
    raise ValueError("The shop has no other products.")


def _prices(items: Sequence[OrderItem], shape: Shape) -> list[OrderItem]:
    return [
        item.replace(price=shape.prices[item.item_id]) if item.item_id in shape.prices else item
        for item in items
    ]


def _variants(db: RetailDB, items: Sequence[OrderItem], shape: Shape) -> Iterator[OrderItem]:
    """Give items of which some are other variants, at the price at which they were sold."""
    for item in items:
        if item.item_id not in shape.variants:
            yield item
            continue
        product = db.products.get(item.product_id)
        variant = product.variants.get(shape.variants[item.item_id]) if product else None
        if variant is None:
            raise ValueError(f"{item.name} has no such variant.")
        yield item.replace(item_id=variant.item_id, options=variant.options)


def _scaled(items: Sequence[OrderItem], target: float) -> tuple[OrderItem, ...]:
    """Return items whose prices add up to ``target``, in the proportions that they have."""
    parts = [item.price for item in items]
    if sum(parts) <= 0:
        parts = [1.0] * len(items)
    edges = [round(100 * target * edge / sum(parts)) for edge in accumulate(parts, initial=0.0)]
    cents = [after - before for before, after in pairwise(edges)]
    return tuple(item.replace(price=price / 100) for item, price in zip(items, cents, strict=True))


def _with_items(order: Order, items: tuple[OrderItem, ...]) -> Order:
    """Return an order with other items, paid and sent accordingly."""
    old, new = total(order), round(sum(item.price for item in items), 2)
    history = [
        entry.replace(amount=new) if entry.amount == old else entry
        for entry in order.payment_history
    ]
    parcels = order.fulfillments
    if [item.item_id for item in items] != [item.item_id for item in order.items]:
        parcels = parcels[:1] and (parcels[0].replace(item_ids=[item.item_id for item in items]),)
    return order.replace(items=items, payment_history=history, fulfillments=parcels)


# Status


def _with_status(order: Order, status: Plain) -> Order:
    """Return an order with another status and what belongs to it, and nothing else."""
    history = order.payment_history[:1] if order.status == "cancelled" else order.payment_history
    cancelled, shipped = status == "cancelled", status in ("processed", "delivered")
    refund = (history[0].replace(transaction_type="refund"),) if cancelled else ()
    return order.replace(
        status=status,
        payment_history=(*history, *refund),
        cancel_reason="no longer needed" if cancelled else None,
        fulfillments=(order.fulfillments or _parcels(order)) if shipped else (),
        exchange_items=None,
        exchange_new_items=None,
        exchange_payment_method_id=None,
        exchange_price_difference=None,
        return_items=None,
        return_payment_method_id=None,
    )


def _parcels(order: Order) -> tuple[Fulfillment, ...]:
    """Return one parcel with all items of an order."""
    number = f"{order.order_id.removeprefix('#W')}00001"
    return (Fulfillment(tracking_id=(number,), item_ids=tuple(i.item_id for i in order.items)),)
