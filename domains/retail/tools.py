"""Retail tools: what the agent may call. They enforce what the database must, not policy.md."""

import json
from collections import Counter
from collections.abc import Sequence

from writ_gym.arithmetic import calculate as compute
from writ_gym.database import R, Table
from writ_gym.domains.retail.schema import (
    Address,
    CancelReason,
    GiftCard,
    Order,
    OrderItem,
    Payment,
    PaymentMethod,
    Product,
    RetailDB,
    User,
    Variant,
    by_email,
    by_item,
    by_name_and_zip,
)
from writ_gym.errors import ToolError
from writ_gym.tools import ToolSet

TOOLS: ToolSet[RetailDB] = ToolSet("writ_gym.domains.retail.tools:TOOLS")


def find(table: Table[R], key: str, what: str) -> R:
    """Return a record.

    Raises:
        ToolError: There is none under ``key``.
    """
    record = table.get(key)
    if record is None:
        raise ToolError(f"{what} not found")
    return record


def find_variant(db: RetailDB, product_id: str, item_id: str) -> Variant:
    """Return a variant of a product, or raise ``ToolError``."""
    variant = find(db.products, product_id, "Product").variants.get(item_id)
    if variant is None:
        raise ToolError("Variant not found")
    return variant


def find_payment_method(db: RetailDB, user_id: str, payment_method_id: str) -> PaymentMethod:
    """Return a payment method of a user, or raise ``ToolError``."""
    method = find(db.users, user_id, "User").payment_methods.get(payment_method_id)
    if method is None:
        raise ToolError("Payment method not found")
    return method


def charge(db: RetailDB, user_id: str, method: PaymentMethod, amount: float) -> None:
    """Take ``amount`` from a gift card (a negative amount is put on it); others are billed."""
    if isinstance(method, GiftCard):
        user = db.users[user_id]
        card = method.replace(balance=round(method.balance - amount, 2))
        db.users.put(user_id, user.replace_entry("payment_methods", card.id, card))


def require_status(order: Order, status: str, message: str) -> None:
    """Raise ``ToolError(message)`` unless the order has the status."""
    if order.status != status:
        raise ToolError(message)


def require_items(order: Order, item_ids: Sequence[str], message: str) -> None:
    """Raise ``ToolError`` if an item is listed more often than the order holds it."""
    held = Counter(item.item_id for item in order.items)
    for item_id, count in Counter(item_ids).items():
        if count > held[item_id]:
            raise ToolError(message.format(item_id))


def require_balance(method: PaymentMethod, amount: float, what: str) -> None:
    """Raise ``ToolError`` if ``method`` is a gift card that does not cover ``amount``."""
    if isinstance(method, GiftCard) and method.balance < amount:
        raise ToolError(f"Insufficient gift card balance to pay for the {what}")


def replacements(
    db: RetailDB, order: Order, item_ids: Sequence[str], new_item_ids: Sequence[str]
) -> list[tuple[OrderItem, Variant]]:
    """Return each item with the available variant of its product that replaces it."""
    pairs = []
    for item_id, new_item_id in zip(item_ids, new_item_ids, strict=True):
        item = next(item for item in order.items if item.item_id == item_id)
        variant = find_variant(db, item.product_id, new_item_id)
        if not variant.available:
            raise ToolError(f"New item {new_item_id} not found or available")
        pairs.append((item, variant))
    return pairs


def price_difference(pairs: Sequence[tuple[OrderItem, Variant]]) -> float:
    """Return what the replacements cost more than the items, in US dollars to the cent."""
    return round(sum(variant.price - item.price for item, variant in pairs), 2)


@TOOLS.generic
def calculate(db: RetailDB, expression: str) -> str:
    """Calculate the result of an arithmetic expression, rounded to two decimals.

    Args:
        expression: Numbers, the operators + - * / and parentheses, such as "(12.5 + 3) * 2".
    """
    return compute(expression)


@TOOLS.write
def cancel_pending_order(db: RetailDB, order_id: str, reason: CancelReason) -> Order:
    """Cancel a whole pending order and refund it to the method it was paid with.

    State the order and the reason to the user and get an explicit yes before. A gift card is
    refunded at once, other methods within 5 to 7 business days.

    Args:
        order_id: Order id with its leading "#", such as "#W0000000".
        reason: Why the user cancels.
    """
    order = find(db.orders, order_id, "Order")
    require_status(order, "pending", "Non-pending order cannot be cancelled")
    paid: Counter[str] = Counter()
    for entry in order.payment_history:
        sign = 1 if entry.transaction_type == "payment" else -1
        paid[entry.payment_method_id] += round(sign * entry.amount * 100)
    refunds = [
        (find_payment_method(db, order.user_id, m), c / 100) for m, c in paid.items() if c > 0
    ]
    for method, amount in refunds:
        charge(db, order.user_id, method, -amount)
    history = [
        Payment(transaction_type="refund", amount=amount, payment_method_id=method.id)
        for method, amount in refunds
    ]
    cancelled = order.replace(
        status="cancelled",
        cancel_reason=reason,
        payment_history=(*order.payment_history, *history),
    )
    return db.orders.put(order_id, cancelled)


@TOOLS.write
def exchange_delivered_order_items(
    db: RetailDB,
    order_id: str,
    item_ids: list[str],
    new_item_ids: list[str],
    payment_method_id: str,
) -> Order:
    """Exchange items of a delivered order for other variants of the same products.

    Works once per order. State the items, the new items and the payment method to the user and
    get an explicit yes before.

    Args:
        order_id: Order id with its leading "#", such as "#W0000000".
        item_ids: Ids of the items to give back; an item held twice may be listed twice.
        new_item_ids: Ids of the items wanted instead, in the same order as item_ids.
        payment_method_id: Method that pays or receives the price difference.
    """
    order = find(db.orders, order_id, "Order")
    require_status(order, "delivered", "Non-delivered order cannot be exchanged")
    require_some(item_ids)
    require_items(order, item_ids, "Number of {} not found.")
    if len(item_ids) != len(new_item_ids):
        raise ToolError("The number of items to be exchanged should match.")
    pairs = replacements(db, order, item_ids, new_item_ids)
    method = find_payment_method(db, order.user_id, payment_method_id)
    difference = price_difference(pairs)
    require_balance(method, difference, "price difference")
    # Sorted as pairs, so that it stays visible which item is exchanged for which.
    by_old = sorted((item.item_id, variant.item_id) for item, variant in pairs)
    exchanged = order.replace(
        status="exchange requested",
        exchange_items=tuple(old for old, _ in by_old),
        exchange_new_items=tuple(new for _, new in by_old),
        exchange_payment_method_id=payment_method_id,
        exchange_price_difference=difference,
    )
    return db.orders.put(order_id, exchanged)


def require_some(item_ids: Sequence[str]) -> None:
    """Raise ``ToolError`` if no item is listed."""
    if not item_ids:
        raise ToolError("At least one item has to be given")


@TOOLS.read
def find_user_id_by_name_zip(db: RetailDB, first_name: str, last_name: str, zip: str) -> str:
    """Find a user's id by name and zip code; for users who cannot give their e-mail address.

    Args:
        first_name: The user's first name.
        last_name: The user's last name.
        zip: Zip code of the user's default address, such as "12345".
    """
    key = (first_name.lower(), last_name.lower(), zip)
    return _first_user(db.users.lookup(by_name_and_zip, key))


@TOOLS.read
def find_user_id_by_email(db: RetailDB, email: str) -> str:
    """Find a user's id by e-mail address.

    Args:
        email: The e-mail address, such as "someone@example.com".
    """
    return _first_user(db.users.lookup(by_email, email.lower()))


def _first_user(users: Sequence[User]) -> str:
    if not users:
        raise ToolError("User not found")
    return users[0].user_id


@TOOLS.read
def get_order_details(db: RetailDB, order_id: str) -> Order:
    """Get an order: status, items, address, parcels and payment history.

    Args:
        order_id: Order id with its leading "#", such as "#W0000000".
    """
    return find(db.orders, order_id, "Order")


@TOOLS.read
def get_product_details(db: RetailDB, product_id: str) -> Product:
    """Get a product type with all its variants: options, availability and price.

    Args:
        product_id: Product id, ten digits; it is not an item id.
    """
    return find(db.products, product_id, "Product")


@TOOLS.read
def get_item_details(db: RetailDB, item_id: str) -> Variant:
    """Get one item: options, availability and price.

    Args:
        item_id: Item id, ten digits; it is not a product id.
    """
    products = db.products.lookup(by_item, item_id)
    if not products:
        raise ToolError("Item not found")
    return products[0].variants[item_id]


@TOOLS.read
def get_user_details(db: RetailDB, user_id: str) -> User:
    """Get a user: name, default address, e-mail, payment methods and order ids.

    Args:
        user_id: User id, such as "first_last_0000".
    """
    return find(db.users, user_id, "User")


@TOOLS.read
def list_all_product_types(db: RetailDB) -> str:
    """List the names and ids of all product types of the shop."""
    return json.dumps(dict(sorted((p.name, p.product_id) for p in db.products.values())))


@TOOLS.write
def modify_pending_order_address(
    db: RetailDB,
    order_id: str,
    address1: str,
    address2: str,
    city: str,
    state: str,
    country: str,
    zip: str,
) -> Order:
    """Change the shipping address of a pending order.

    State the new address to the user and get an explicit yes before.

    Args:
        order_id: Order id with its leading "#", such as "#W0000000".
        address1: First line, such as "12 Main Street".
        address2: Second line, such as "Apt 3"; may be empty.
        city: City.
        state: State, two letters, such as "OH".
        country: Country, such as "USA".
        zip: Zip code, such as "12345".
    """
    order = find(db.orders, order_id, "Order")
    require_status(order, "pending", "Non-pending order cannot be modified")
    address = Address(
        address1=address1, address2=address2, city=city, country=country, state=state, zip=zip
    )
    return db.orders.put(order_id, order.replace(address=address))


@TOOLS.write
def modify_pending_order_items(
    db: RetailDB,
    order_id: str,
    item_ids: list[str],
    new_item_ids: list[str],
    payment_method_id: str,
) -> Order:
    """Change items of a pending order to other variants of the same products.

    Works once per order, and afterwards the order can be neither changed nor cancelled. State
    the items, the new items and the payment method to the user and get an explicit yes before.

    Args:
        order_id: Order id with its leading "#", such as "#W0000000".
        item_ids: Ids of the items to change; an item held twice may be listed twice.
        new_item_ids: Ids of the items wanted instead, in the same order as item_ids.
        payment_method_id: Method that pays or receives the price difference.
    """
    order = find(db.orders, order_id, "Order")
    require_status(order, "pending", "Non-pending order cannot be modified")
    require_some(item_ids)
    require_items(order, item_ids, "{} not found")
    if len(item_ids) != len(new_item_ids):
        raise ToolError("The number of items to be exchanged should match")
    if any(old == new for old, new in zip(item_ids, new_item_ids, strict=True)):
        raise ToolError("The new item id should be different from the old item id")
    pairs = replacements(db, order, item_ids, new_item_ids)
    method = find_payment_method(db, order.user_id, payment_method_id)
    difference = price_difference(pairs)
    require_balance(method, difference, "new item")
    charge(db, order.user_id, method, difference)
    modified = order.replace(
        status="pending (item modified)",
        items=_replaced(order.items, pairs),
        payment_history=(*order.payment_history, _payment(difference, payment_method_id)),
    )
    return db.orders.put(order_id, modified)


def _replaced(
    items: Sequence[OrderItem], pairs: Sequence[tuple[OrderItem, Variant]]
) -> tuple[OrderItem, ...]:
    """Return ``items`` with each item of ``pairs`` in its new variant, one place per pair."""
    wanted: dict[str, list[Variant]] = {}
    for item, variant in pairs:
        wanted.setdefault(item.item_id, []).append(variant)
    result = []
    for item in items:
        if variants := wanted.get(item.item_id):
            new = variants.pop(0)
            item = item.replace(item_id=new.item_id, price=new.price, options=new.options)
        result.append(item)
    return tuple(result)


def _payment(difference: float, payment_method_id: str) -> Payment:
    return Payment(
        transaction_type="payment" if difference > 0 else "refund",
        amount=abs(difference),
        payment_method_id=payment_method_id,
    )


@TOOLS.write
def modify_pending_order_payment(db: RetailDB, order_id: str, payment_method_id: str) -> Order:
    """Pay a pending order with another payment method; the one used before is refunded.

    Works once per order. State the new method to the user and get an explicit yes before.

    Args:
        order_id: Order id with its leading "#", such as "#W0000000".
        payment_method_id: Method to pay with instead, such as "paypal_0000000".
    """
    order = find(db.orders, order_id, "Order")
    require_status(order, "pending", "Non-pending order cannot be modified")
    method = find_payment_method(db, order.user_id, payment_method_id)
    history = order.payment_history
    if len(history) != 1 or history[0].transaction_type != "payment":
        raise ToolError("There should be exactly one payment for a pending order")
    paid = history[0]
    if paid.payment_method_id == payment_method_id:
        raise ToolError("The new payment method should be different from the current one")
    require_balance(method, paid.amount, "order")
    old_method = find_payment_method(db, order.user_id, paid.payment_method_id)
    charge(db, order.user_id, method, paid.amount)
    charge(db, order.user_id, old_method, -paid.amount)
    new_entry = paid.replace(payment_method_id=payment_method_id)
    refund = paid.replace(transaction_type="refund")
    return db.orders.put(order_id, order.replace(payment_history=(paid, new_entry, refund)))


@TOOLS.write
def modify_user_address(
    db: RetailDB,
    user_id: str,
    address1: str,
    address2: str,
    city: str,
    state: str,
    country: str,
    zip: str,
) -> User:
    """Change the default address of a user; orders keep theirs.

    State the new address to the user and get an explicit yes before.

    Args:
        user_id: User id, such as "first_last_0000".
        address1: First line, such as "12 Main Street".
        address2: Second line, such as "Apt 3"; may be empty.
        city: City.
        state: State, two letters, such as "OH".
        country: Country, such as "USA".
        zip: Zip code, such as "12345".
    """
    user = find(db.users, user_id, "User")
    address = Address(
        address1=address1, address2=address2, city=city, country=country, state=state, zip=zip
    )
    return db.users.put(user_id, user.replace(address=address))


@TOOLS.write
def return_delivered_order_items(
    db: RetailDB, order_id: str, item_ids: list[str], payment_method_id: str
) -> Order:
    """Return items of a delivered order for a refund.

    Works once per order. State the items and the refund method to the user and get an explicit
    yes before. The user then gets an e-mail that says how to send the items back.

    Args:
        order_id: Order id with its leading "#", such as "#W0000000".
        item_ids: Ids of the items to return; an item held twice may be listed twice.
        payment_method_id: Method that receives the refund: the original one or a gift card.
    """
    order = find(db.orders, order_id, "Order")
    require_status(order, "delivered", "Non-delivered order cannot be returned")
    method = find_payment_method(db, order.user_id, payment_method_id)
    original = order.payment_history[0].payment_method_id
    if not isinstance(method, GiftCard) and payment_method_id != original:
        raise ToolError("Payment method should be the original payment method")
    require_some(item_ids)
    require_items(order, item_ids, "Some item not found")
    returned = order.replace(
        status="return requested",
        return_items=tuple(sorted(item_ids)),
        return_payment_method_id=payment_method_id,
    )
    return db.orders.put(order_id, returned)


@TOOLS.generic
def transfer_to_human_agents(db: RetailDB, summary: str) -> str:
    """Hand the user over to a human agent; only if the request is outside what you can do.

    Args:
        summary: What the user wants and what was done so far.
    """
    return "Transfer successful"
