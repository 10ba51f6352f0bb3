"""Edits of a world: what each operator does. They change one record; new ones may come with it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from writ_gym.database import JSON
from writ_gym.domains.retail.proof.shapes import Shape, clone, shaped
from writ_gym.domains.retail.schema import (
    CreditCard,
    GiftCard,
    PaymentMethod,
    Product,
    RetailDB,
    User,
    Variant,
)
from writ_gym.errors import DatabaseError
from writ_gym.tasks import Edit

OPERATORS: dict[str, Callable[..., None]] = {}


def apply(db: RetailDB, edit: Edit) -> None:
    """Make an edit in a session; ValueError if it does not fit this world."""
    operator = OPERATORS.get(edit.name)
    if operator is None:
        raise ValueError(f"There is no edit {edit.name!r}.")
    try:
        operator(db, **edit.arguments)
    except (DatabaseError, KeyError, TypeError) as error:
        raise ValueError(f"{edit} does not fit: {error}") from error


def _operator(function: Callable[..., None]) -> Callable[..., None]:
    OPERATORS[function.__name__] = function
    return function


# Orders


def set_order(db: RetailDB, order_id: str, **shape: Any) -> None:
    """Give an order another shape."""
    db.orders.put(order_id, shaped(db, db.orders[order_id], Shape(**shape)))


ORDER_EDITS: Mapping[str, frozenset[str]] = {
    "set_status": frozenset({"status"}),
    "set_total": frozenset({"total"}),
    "set_items": frozenset({"has", "lacks", "count"}),
    "set_item_variant": frozenset({"variants"}),
    "set_item_price": frozenset({"prices"}),
    "set_order_address": frozenset({"address"}),
    "set_paid_with": frozenset({"paid_with"}),
    "set_owner": frozenset({"user_id"}),
    "set_order": frozenset(Shape.model_fields),
}
"""By edit of an order, what of its shape it may change."""
OPERATORS |= dict.fromkeys(ORDER_EDITS, set_order)


# Profiles


@_operator
def insert_order(
    db: RetailDB, user_id: str, like: str, order_id: str, place: int, **shape: Any
) -> None:
    """Put a new order into a profile's list: one like another order, in another shape."""
    user = db.users[user_id]
    listed = [*user.orders[:place], order_id, *user.orders[place:]]
    _put_new(db, user, like, order_id, listed, shape)


@_operator
def swap_order(db: RetailDB, user_id: str, old: str, order_id: str, **shape: Any) -> None:
    """Let a profile list a new order instead of one that it is like."""
    user = db.users[user_id]
    if old not in user.orders:
        raise ValueError(f"The profile has no {old}.")
    listed = [order_id if listed == old else listed for listed in user.orders]
    _put_new(db, user, old, order_id, listed, shape)


def _put_new(
    db: RetailDB,
    user: User,
    like: str,
    order_id: str,
    listed: Sequence[str],
    shape: Mapping[str, JSON],
) -> None:
    if order_id in db.orders:
        raise ValueError(f"There is an order {order_id} already.")
    order = shaped(db, clone(db.orders[like], order_id, user.user_id), Shape(**shape))
    db.users.put(user.user_id, user.replace(orders=listed))
    db.orders.put(order_id, order)


@_operator
def drop_order(db: RetailDB, user_id: str, order_id: str) -> None:
    """Take an order from a profile's list."""
    user = db.users[user_id]
    if order_id not in user.orders:
        raise ValueError(f"The profile has no {order_id}.")
    db.users.put(user_id, user.replace(orders=[o for o in user.orders if o != order_id]))


@_operator
def reorder(db: RetailDB, user_id: str, orders: Sequence[str]) -> None:
    """Bring the orders of a profile into another order."""
    user = db.users[user_id]
    if sorted(orders) != sorted(user.orders):
        raise ValueError("The profile has other orders.")
    db.users.put(user_id, user.replace(orders=orders))


def _put_method(db: RetailDB, user_id: str, old: str, new: PaymentMethod) -> None:
    """Put a payment method in the place of an old one."""
    user = db.users[user_id]
    methods = {
        (new.id if key == old else key): (new if key == old else method)
        for key, method in user.payment_methods.items()
    }
    if len(methods) < len(user.payment_methods):
        raise ValueError(f"The profile has a {new.id} already.")
    db.users.put(user_id, user.replace(payment_methods=methods))


@_operator
def set_balance(db: RetailDB, user_id: str, method_id: str, balance: float) -> None:
    """Put another balance, in US dollars, on a gift card."""
    card = db.users[user_id].payment_methods[method_id]
    if not isinstance(card, GiftCard):
        raise ValueError(f"{method_id} has no balance.")
    _put_method(db, user_id, method_id, card.replace(balance=balance))


@_operator
def set_last_four(db: RetailDB, user_id: str, method_id: str, last_four: str) -> None:
    """Give a credit card another number."""
    card = db.users[user_id].payment_methods[method_id]
    if not isinstance(card, CreditCard):
        raise ValueError(f"{method_id} has no digits.")
    _put_method(db, user_id, method_id, card.replace(last_four=last_four))


@_operator
def rename_method(db: RetailDB, user_id: str, method_id: str, new_id: str) -> None:
    """Give a payment method another id."""
    method = db.users[user_id].payment_methods[method_id]
    _put_method(db, user_id, method_id, method.replace(id=new_id))


@_operator
def set_default_address(db: RetailDB, user_id: str, address: Mapping[str, str]) -> None:
    """Change a default address, but not its zip code, by which its owner is known."""
    user = db.users[user_id]
    changed = user.replace(address=address)
    if changed.address.zip != user.address.zip:
        raise ValueError("The zip code has to stay.")
    db.users.put(user_id, changed)


# Products


def _put_variant(db: RetailDB, product: Product, item_id: str, variant: Variant) -> None:
    db.products.put(product.product_id, product.replace_entry("variants", item_id, variant))


def _set_variant(db: RetailDB, product_id: str, item_id: str, **changes: JSON) -> None:
    product = db.products[product_id]
    variant = product.variants[item_id].replace(**changes)
    _put_variant(db, product, item_id, variant)


@_operator
def set_available(db: RetailDB, product_id: str, item_id: str, available: bool) -> None:
    """Bring a variant into stock, or let it be sold out."""
    _set_variant(db, product_id, item_id, available=available)


@_operator
def set_price(db: RetailDB, product_id: str, item_id: str, price: float) -> None:
    """Give a variant another price, in US dollars."""
    _set_variant(db, product_id, item_id, price=price)


@_operator
def set_option(db: RetailDB, product_id: str, item_id: str, option: str, value: str) -> None:
    """Give a variant another value of an option."""
    options = db.products[product_id].variants[item_id].options
    _set_variant(db, product_id, item_id, options={**options, option: value})


@_operator
def drop_variant(db: RetailDB, product_id: str, item_id: str) -> None:
    """Take a variant out of the shop."""
    product = db.products[product_id]
    left = {key: variant for key, variant in product.variants.items() if key != item_id}
    if len(left) == len(product.variants):
        raise ValueError(f"The product has no {item_id}.")
    db.products.put(product_id, product.replace(variants=left))


@_operator
def insert_variant(
    db: RetailDB, product_id: str, item_id: str, options: Mapping[str, str], price: float
) -> None:
    """Add a variant that is in stock, at a price in US dollars."""
    product = db.products[product_id]
    if item_id in product.variants:
        raise ValueError(f"The product has a {item_id} already.")
    variant = Variant(item_id=item_id, options=options, available=True, price=price)
    _put_variant(db, product, item_id, variant)
