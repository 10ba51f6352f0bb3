"""Writes that could be a step from a record to what it is to become."""

from collections.abc import Iterator
from itertools import islice, permutations
from typing import get_args

from writ_gym.database import Record
from writ_gym.domains.retail.proof.actions import address_arguments, canonical
from writ_gym.domains.retail.schema import CancelReason, Order, RetailDB, User
from writ_gym.tasks import Call

MOST_PAIRINGS = 120
"""Ways to share out the new items of an exchange that are looked at."""


def find_routes(db: RetailDB, table: str, key: str, goal: Record) -> Iterator[Call]:
    """Give every write call that could be a step from the record as it is to ``goal``.

    A cancellation, a return, an exchange and a change of the payment or the items all leave a
    trace that no later write removes: where the goal has none, they cannot be a step.
    """
    if table == "users" and key in db.users and isinstance(goal, User):
        if goal.address != db.users[key].address:
            arguments = {"user_id": key, **address_arguments(goal.address)}
            yield Call("modify_user_address", arguments)
    elif table == "orders" and key in db.orders and isinstance(goal, Order):
        order = db.orders[key]
        user = db.users.get(order.user_id)
        methods = list(user.payment_methods) if user else []
        yield from _of_whole_orders(order, goal, methods)
        yield from _of_items(db, order, goal, methods)


def _of_whole_orders(order: Order, goal: Order, methods: list[str]) -> Iterator[Call]:
    order_id = order.order_id
    if goal.status == "cancelled":
        for reason in get_args(CancelReason):
            yield Call("cancel_pending_order", {"order_id": order_id, "reason": reason})
    if goal.address != order.address:
        arguments = {"order_id": order_id, **address_arguments(goal.address)}
        yield Call("modify_pending_order_address", arguments)
    if len(goal.payment_history) > len(order.payment_history):
        for method_id in methods:
            arguments = {"order_id": order_id, "payment_method_id": method_id}
            yield Call("modify_pending_order_payment", arguments)


def _of_items(db: RetailDB, order: Order, goal: Order, methods: list[str]) -> Iterator[Call]:
    for tool, pairs in (
        *(("modify_pending_order_items", pairs) for pairs in _modified(order, goal)),
        *(("exchange_delivered_order_items", pairs) for pairs in _exchanged(db, goal)),
    ):
        for method_id in methods:
            arguments = {
                "order_id": order.order_id,
                "item_ids": [old for old, _ in pairs],
                "new_item_ids": [new for _, new in pairs],
                "payment_method_id": method_id,
            }
            yield canonical(Call(tool, arguments))
    if goal.return_items:
        for method_id in methods:
            arguments = {
                "order_id": order.order_id,
                "item_ids": list(goal.return_items),
                "payment_method_id": method_id,
            }
            yield canonical(Call("return_delivered_order_items", arguments))


Pairs = tuple[tuple[str, str], ...]
"""Ids of items, each with that of the variant that it becomes."""


def _modified(order: Order, goal: Order) -> list[Pairs]:
    """Return the change of items that is read off two orders, if there is one."""
    if len(order.items) != len(goal.items):
        return []
    pairs = tuple(
        (old.item_id, new.item_id)
        for old, new in zip(order.items, goal.items, strict=True)
        if old.item_id != new.item_id
    )
    return [pairs] if pairs else []


def _exchanged(db: RetailDB, goal: Order) -> list[Pairs]:
    """Return the exchanges that come to the goal's items, each once and within products."""
    old, new = goal.exchange_items, goal.exchange_new_items
    if not old or not new or len(old) != len(new):
        return []
    ways = {
        tuple(sorted(zip(old, places, strict=True)))
        for places in islice(permutations(new), MOST_PAIRINGS)
    }
    products = [product.variants for product in db.products.values()]
    return [
        pairs
        for pairs in sorted(ways)
        if all(any(was in ids and becomes in ids for ids in products) for was, becomes in pairs)
    ]
