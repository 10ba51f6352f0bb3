"""What tau2-bench's retail tools do, quirks included: for the replay of its records alone.

The functions take their arguments as they come, unchecked (QUIRK G-1), check in tau2's order, and
what they wrote stays when they fail. Each quirk is named after its id in tau2's description; the
domain's own tools have none of them.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from writ_gym.domains.retail import tools
from writ_gym.domains.retail.schema import (
    Address,
    GiftCard,
    Order,
    OrderItem,
    Payment,
    RetailDB,
    User,
    Variant,
)
from writ_gym.domains.retail.tools import find, find_payment_method, find_variant
from writ_gym.errors import ToolError
from writ_gym.tau2.layer import Compat, as_method, compute, read_json


def calculate(db: RetailDB, expression: Any) -> str:
    """Compute an expression."""
    return compute(expression)


def find_user_id_by_name_zip(db: RetailDB, first_name: str, last_name: str, zip: str) -> str:
    """Find a user by name and zip code, in table order."""
    for user in db.users.values():
        if (
            user.name.first_name.lower() == first_name.lower()
            and user.name.last_name.lower() == last_name.lower()
            and user.address.zip == zip
        ):
            return user.user_id
    raise ToolError("User not found")


def find_user_id_by_email(db: RetailDB, email: str) -> str:
    """Find a user by e-mail address, in table order."""
    for user in db.users.values():
        if user.email.lower() == email.lower():
            return user.user_id
    raise ToolError("User not found")


def get_item_details(db: RetailDB, item_id: str) -> Variant:
    """Return the variant of the first product that has it."""
    for product in db.products.values():
        if item_id in product.variants:
            return product.variants[item_id]
    raise ToolError("Item not found")


def cancel_pending_order(db: RetailDB, order_id: str, reason: Any) -> Order:
    """Cancel; R-3: refunds are refunded again, R-4: credits stay when a later look-up fails."""
    order = find(db.orders, order_id, "Order")
    tools.require_status(order, "pending", "Non-pending order cannot be cancelled")
    if isinstance(reason, list | dict):
        raise TypeError("Invalid reason")  # or Python's, if tau2 looks it up in a set: not told
    if reason not in ["no longer needed", "ordered by mistake"]:
        raise ToolError("Invalid reason")
    refunds = []
    for entry in order.payment_history:
        refunds.append(entry.replace(transaction_type="refund"))
        method = find_payment_method(db, order.user_id, entry.payment_method_id)
        tools.charge(db, order.user_id, method, -entry.amount)
    history = (*order.payment_history, *refunds)
    cancelled = order.replace(status="cancelled", cancel_reason=reason, payment_history=history)
    return db.orders.put(order_id, cancelled)


def require_loosely_pending(order: Order) -> None:
    """R-5: an order whose items were modified still counts as pending."""
    if "pending" not in order.status:
        raise ToolError("Non-pending order cannot be modified")


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
    """Change an order's address; R-5."""
    order = find(db.orders, order_id, "Order")
    require_loosely_pending(order)
    address = Address(
        address1=address1, address2=address2, city=city, country=country, state=state, zip=zip
    )
    return db.orders.put(order_id, order.replace(address=address))


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
    """Change a user's default address."""
    user = find(db.users, user_id, "User")
    address = Address(
        address1=address1, address2=address2, city=city, country=country, state=state, zip=zip
    )
    return db.users.put(user_id, user.replace(address=address))


def require_counts(order: Order, item_ids: Sequence[Any], message: str) -> None:
    """R-8, R-10, R-12: an empty list passes, and a string is a list of characters."""
    held = [item.item_id for item in order.items]
    for item_id in item_ids:
        if item_ids.count(item_id) > held.count(item_id):
            raise ToolError(message.format(item_id))


def price_difference(
    db: RetailDB,
    order: Order,
    item_ids: Sequence[Any],
    new_item_ids: Sequence[Any],
    *,
    same_allowed: bool,
) -> tuple[float, Variant | None]:
    """Return the sum of the price differences, not rounded (R-7), and the last pair's variant."""
    difference, variant = 0.0, None
    for item_id, new_item_id in zip(item_ids, new_item_ids, strict=False):
        if not same_allowed and item_id == new_item_id:
            raise ToolError("The new item id should be different from the old item id")
        item = next((item for item in order.items if item.item_id == item_id), None)
        if item is None:
            raise ToolError(f"Item {item_id} not found")
        variant = find_variant(db, item.product_id, new_item_id)
        if not variant.available:
            raise ToolError(f"New item {new_item_id} not found or available")
        difference += variant.price - item.price
    return difference, variant


def modify_pending_order_items(
    db: RetailDB, order_id: str, item_ids: Any, new_item_ids: Any, payment_method_id: str
) -> Order:
    """Change items; R-6: all take the last variant's price and options, R-7, R-8, R-9."""
    order = find(db.orders, order_id, "Order")
    tools.require_status(order, "pending", "Non-pending order cannot be modified")
    require_counts(order, item_ids, "{} not found")
    if len(item_ids) != len(new_item_ids):
        raise ToolError("The number of items to be exchanged should match")
    difference, last = price_difference(db, order, item_ids, new_item_ids, same_allowed=False)
    method = find_payment_method(db, order.user_id, payment_method_id)
    tools.require_balance(method, difference, "new item")
    entry = Payment(
        transaction_type="payment" if difference > 0 else "refund",
        amount=abs(difference),
        payment_method_id=payment_method_id,
    )
    tools.charge(db, order.user_id, method, difference)
    items = list(order.items)
    for item_id, new_item_id in zip(item_ids, new_item_ids, strict=False):
        _rename(items, item_id, new_item_id, last)
    modified = order.replace(
        items=tuple(items),
        status="pending (item modified)",
        payment_history=(*order.payment_history, entry),
    )
    return db.orders.put(order_id, modified)


def _rename(items: list[OrderItem], item_id: str, new_item_id: str, last: Variant | None) -> None:
    """R-9: rename the first item that has the id by now, with the last pair's price (R-6)."""
    for place, item in enumerate(items):
        if item.item_id == item_id and last is not None:
            items[place] = item.replace(item_id=new_item_id, price=last.price, options=last.options)
            return


def modify_pending_order_payment(db: RetailDB, order_id: str, payment_method_id: str) -> Order:
    """Change the payment method; R-5; the order is changed even if the old method is gone."""
    order = find(db.orders, order_id, "Order")
    require_loosely_pending(order)
    method = find_payment_method(db, order.user_id, payment_method_id)
    history = order.payment_history
    if len(history) != 1 or history[0].transaction_type != "payment":
        raise ToolError("There should be exactly one payment for a pending order")
    paid = history[0]
    if paid.payment_method_id == payment_method_id:
        raise ToolError("The new payment method should be different from the current one")
    tools.require_balance(method, paid.amount, "order")
    entries = (
        paid.replace(payment_method_id=payment_method_id),
        paid.replace(transaction_type="refund"),
    )
    changed = db.orders.put(order_id, order.replace(payment_history=(*history, *entries)))
    tools.charge(db, order.user_id, method, paid.amount)
    old = find_payment_method(db, order.user_id, paid.payment_method_id)
    tools.charge(db, order.user_id, old, -paid.amount)
    return changed


def return_delivered_order_items(
    db: RetailDB, order_id: str, item_ids: Any, payment_method_id: str
) -> Order:
    """Return items; R-10: none at all will do."""
    order = find(db.orders, order_id, "Order")
    tools.require_status(order, "delivered", "Non-delivered order cannot be returned")
    method = find_payment_method(db, order.user_id, payment_method_id)
    original = order.payment_history[0].payment_method_id
    if not isinstance(method, GiftCard) and payment_method_id != original:
        raise ToolError("Payment method should be the original payment method")
    require_counts(order, item_ids, "Some item not found")
    returned = order.replace(
        status="return requested",
        return_items=tuple(sorted(item_ids)),
        return_payment_method_id=payment_method_id,
    )
    return db.orders.put(order_id, returned)


def exchange_delivered_order_items(
    db: RetailDB, order_id: str, item_ids: Any, new_item_ids: Any, payment_method_id: str
) -> Order:
    """Exchange items; R-11: old and new ids are sorted apart, which loses the pairs."""
    order = find(db.orders, order_id, "Order")
    tools.require_status(order, "delivered", "Non-delivered order cannot be exchanged")
    require_counts(order, item_ids, "Number of {} not found.")
    if len(item_ids) != len(new_item_ids):
        raise ToolError("The number of items to be exchanged should match.")
    difference, _ = price_difference(db, order, item_ids, new_item_ids, same_allowed=True)
    difference = round(difference, 2)
    method = find_payment_method(db, order.user_id, payment_method_id)
    tools.require_balance(method, difference, "price difference")
    exchanged = order.replace(
        status="exchange requested",
        exchange_items=tuple(sorted(item_ids)),
        exchange_new_items=tuple(sorted(new_item_ids)),
        exchange_payment_method_id=payment_method_id,
        exchange_price_difference=difference,
    )
    return db.orders.put(order_id, exchanged)


def get_order_details(db: RetailDB, order_id: str) -> Order:
    """Return an order."""
    return tools.get_order_details(db, order_id)


def get_product_details(db: RetailDB, product_id: str) -> Any:
    """Return a product."""
    return tools.get_product_details(db, product_id)


def get_user_details(db: RetailDB, user_id: str) -> User:
    """Return a user."""
    return tools.get_user_details(db, user_id)


def list_all_product_types(db: RetailDB) -> str:
    """Return the names and ids of all products."""
    return tools.list_all_product_types(db)


def transfer_to_human_agents(db: RetailDB, summary: Any) -> str:
    """Hand over; the summary is not looked at."""
    return tools.transfer_to_human_agents(db, summary)


def _load(folder: Path) -> RetailDB:
    path = folder / "db.json"
    return RetailDB.load(read_json(path), str(path))


_TOOLS: tuple[Callable[..., Any], ...] = (
    calculate,
    cancel_pending_order,
    exchange_delivered_order_items,
    find_user_id_by_name_zip,
    find_user_id_by_email,
    get_order_details,
    get_product_details,
    get_item_details,
    get_user_details,
    list_all_product_types,
    modify_pending_order_address,
    modify_pending_order_items,
    modify_pending_order_payment,
    modify_user_address,
    return_delivered_order_items,
    transfer_to_human_agents,
)

COMPAT: Compat[RetailDB] = Compat(
    load=_load,
    tools={"assistant": {tool.__name__: as_method("RetailTools", tool) for tool in _TOOLS}},
)
