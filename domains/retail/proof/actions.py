"""What each intent that may write comes to, and what forbids it."""

from collections.abc import Collection, Sequence
from typing import get_args

from pydantic import TypeAdapter

from writ_gym.domains.retail.proof.references import Case, gift_cards, original, total
from writ_gym.domains.retail.proof.variants import meant
from writ_gym.domains.retail.proof.words import as_text
from writ_gym.domains.retail.schema import (
    Address,
    CancelReason,
    GiftCard,
    Order,
    OrderItem,
    Variant,
)
from writ_gym.domains.retail.wishes import (
    ADDRESS,
    CONDITION,
    ITEMS,
    ORDER,
    PAYMENT,
    WISHES,
    Claim,
    EveryOrder,
    Figure,
    Guard,
    ItemChoice,
    OtherProduct,
    Prices,
    Wish,
)
from writ_gym.meaning.brute_force import Values, keeps, parsed
from writ_gym.meaning.proofs import Meaning, UnclearError
from writ_gym.meaning.queries import Condition
from writ_gym.tasks import Call

TEXT: TypeAdapter[str] = TypeAdapter(str)
SOURCES = ("credit_card", "gift_card", "paypal")

# What is looked at before the rest, in this order


def _check_reason(case: Case, values: Values) -> str:
    reason = parsed(TEXT, values["reason"])
    if reason not in get_args(CancelReason):
        case.forbid("reason_not_accepted", "reason")
    return reason


def _check_condition(case: Case, values: Values) -> None:
    if "condition" not in values:
        return
    condition = parsed(CONDITION, values["condition"])
    if isinstance(condition, Claim):
        order = order_claimed(case, condition, values)
        # Of an order of somebody else's nothing is told.
        if order.user_id == case.user.user_id and not claim_holds(condition, order):
            told = as_text(condition.claimed, claimed_of(order, condition.claimed))
            case.forbid("condition_not_met", told.replace("_", " "))
        return
    figure = figure_of(case, condition)
    amount = isinstance(condition, Prices) or condition.figure == "sum"
    if not (figure > condition.value if condition.test == "over" else figure < condition.value):
        case.forbid("condition_not_met", as_text("total" if amount else "count", figure))


def order_claimed(case: Case, claim: Claim, values: Values) -> Order:
    """Return the order about which the user claims something."""
    if claim.of is None:
        return one_order(case, values)
    return case.one_order(claim.of)


def claim_holds(claim: Claim, order: Order) -> bool:
    """Say whether what is claimed of an order is so; UnclearError if it makes no sense."""
    told = Condition(attribute=claim.claimed, test=claim.test, value=claim.value)
    return keeps(claimed_of(order, claim.claimed), told)


def claimed_of(order: Order, what: str) -> str | float:
    """Return what an order really is like."""
    if what == "paid_with":
        kinds = (kind for kind in SOURCES if original(order).startswith(kind))
        kind = next(kinds, None)
        if kind is None:
            raise UnclearError(f"Of what kind {original(order)} is does not show.")
        return kind
    facts: dict[str, str | float] = {
        "status": order.status, "total": total(order), "count": float(len(order.items)),
    }  # fmt: skip
    return facts[what]


def figure_of(case: Case, figure: Figure | Guard | Prices) -> float:
    """Return the sum of some orders' totals, or their number, or a sum of prices."""
    if isinstance(figure, Prices):
        return case.prices(figure)
    orders = case.fitting(figure.orders)
    if figure.orders.scope != "all":
        orders = [case.taken_as_named(order) for order in orders]
    if figure.figure == "count":
        return float(len(orders))
    return round(sum(map(total, orders)), 2)


def orders_meant(case: Case, values: Values) -> list[Order]:
    """Return the order, or all the orders, that the request is about."""
    reference = parsed(ORDER, values["order"])
    if isinstance(reference, EveryOrder):
        return case.every_order(reference)
    return [case.one_order(reference, "order")]


def one_order(case: Case, values: Values) -> Order:
    """Return the one order that the request is about."""
    reference = parsed(ORDER, values["order"])
    if isinstance(reference, EveryOrder):
        raise UnclearError("One order has to be meant.")
    return case.one_order(reference, "order")


def _check_orders(
    case: Case, orders: Sequence[Order], allowed: Collection[str], code: str = "not_pending"
) -> None:
    for order in orders:
        if order.user_id != case.user.user_id:
            case.forbid("other_user", order.order_id)
        if order.status not in allowed:
            case.forbid(code, order.status)


# Intents


def canonical(call: Call) -> Call:
    """Return a write with its items (for a change, with what each becomes) in order."""
    old, new = call.arguments.get("item_ids"), call.arguments.get("new_item_ids")
    if not isinstance(old, (list, tuple)):
        return call
    if new is None:
        return Call(call.name, {**call.arguments, "item_ids": sorted(old)})
    if not isinstance(new, (list, tuple)) or len(old) != len(new):
        return call
    pairs = sorted(zip(old, new, strict=True))
    changed = {"item_ids": [pair[0] for pair in pairs], "new_item_ids": [pair[1] for pair in pairs]}
    return Call(call.name, {**call.arguments, **changed})


def cancel_order(case: Case, values: Values) -> Meaning:
    """Cancel the order, or every order that is meant."""
    reason = _check_reason(case, values)
    _check_condition(case, values)
    orders = orders_meant(case, values)
    _check_orders(case, orders, ["pending"])
    return Meaning(tuple(_cancel(order, reason) for order in orders))


def _cancel(order: Order, reason: str) -> Call:
    return Call("cancel_pending_order", {"order_id": order.order_id, "reason": reason})


def cancel_or_return(case: Case, values: Values) -> Meaning:
    """Cancel the order, or return all of it."""
    order = one_order(case, values)
    _check_orders(case, [order], ["pending", "delivered"])
    if order.status == "pending":
        return Meaning((_cancel(order, _check_reason(case, values)),))
    if not order.items:
        raise UnclearError("There is nothing to return.")
    return Meaning((_return(order, order.items, original(order)),))


def change_order_address(case: Case, values: Values) -> Meaning:
    """Send the order, or every order that is meant, to another address."""
    _check_condition(case, values)
    orders = orders_meant(case, values)
    _check_orders(case, orders, ["pending"])
    address = case.address(parsed(ADDRESS, values["address"]))
    elsewhere = [order for order in orders if order.address != address]
    if not elsewhere:
        case.forbid("nothing_to_change", "already")
    return Meaning(
        tuple(
            Call(
                "modify_pending_order_address",
                {"order_id": order.order_id, **address_arguments(address)},
            )
            for order in elsewhere
        )
    )


def address_arguments(address: Address) -> dict[str, str]:
    """Return an address as the arguments of a tool."""
    names = ("address1", "address2", "city", "state", "country", "zip")
    return {name: getattr(address, name) for name in names}


def change_default_address(case: Case, values: Values) -> Meaning:
    """Change the profile's address."""
    _check_condition(case, values)
    address = case.address(parsed(ADDRESS, values["address"]))
    if address == case.user.address:
        case.forbid("nothing_to_change", "already")
    arguments = {"user_id": case.user.user_id, **address_arguments(address)}
    return Meaning((Call("modify_user_address", arguments),))


def change_order_payment(case: Case, values: Values) -> Meaning:
    """Pay the order with another method."""
    _check_condition(case, values)
    order = one_order(case, values)
    _check_orders(case, [order], ["pending"])
    if len(order.payment_history) > 1:
        case.forbid("payment_changed_before", order.order_id)
    if order.payment_history[0].transaction_type != "payment":
        raise UnclearError("The order was never paid.")
    method_id = case.payment(parsed(PAYMENT, values["payment"]), order, total(order))
    if method_id == original(order):
        case.forbid("same_method", method_id)
    _check_balance(case, method_id, total(order))
    arguments = {"order_id": order.order_id, "payment_method_id": method_id}
    return Meaning((Call("modify_pending_order_payment", arguments),))


def _check_balance(case: Case, method_id: str, amount: float) -> None:
    if not case.covers(method_id, amount):
        (card,) = gift_cards([case.method(method_id)])
        case.forbid("balance_too_low", f"{card.balance:.2f}")


def change_order_items(case: Case, values: Values) -> Meaning:
    """Make items of a pending order other variants."""
    return _replace(case, values, "pending", "not_pending", "modify_pending_order_items")


def exchange_items(case: Case, values: Values) -> Meaning:
    """Exchange items of a delivered order for other variants."""
    return _replace(case, values, "delivered", "not_delivered", "exchange_delivered_order_items")


def _replace(case: Case, values: Values, status: str, code: str, tool: str) -> Meaning:
    # Another product is refused whatever the order is like.
    for name, wish in parsed(WISHES, values["wish"]).items():
        if isinstance(wish, OtherProduct) and name not in ("*", wish.product):
            case.forbid("other_product", wish.product)
    _check_condition(case, values)
    order = one_order(case, values)
    _check_orders(case, [order], [status], code)
    pairs = [_replacement(case, item, wish) for item, wish in wished(case, order, values)]
    if None in pairs:
        raise UnclearError("Without all variants there is no price.")
    changes = [pair for pair in pairs if pair is not None]
    difference = round(sum(variant.price - item.price for item, variant in changes), 2)
    method_id = case.payment(parsed(PAYMENT, values["payment"]), order, difference)
    _check_balance(case, method_id, difference)
    arguments = {
        "order_id": order.order_id,
        "item_ids": [item.item_id for item, _ in changes],
        "new_item_ids": [variant.item_id for _, variant in changes],
        "payment_method_id": method_id,
    }
    return Meaning((canonical(Call(tool, arguments)),))


def wished(case: Case, order: Order, values: Values) -> list[tuple[OrderItem, Wish]]:
    """Return the items that are meant, each with what it is to become."""
    reference = parsed(ITEMS, values["items"])
    items = case.items(reference, order)
    wishes = parsed(WISHES, values["wish"])
    if isinstance(reference, ItemChoice):
        if wishes.keys() != {"*"}:
            raise UnclearError("One wish is for the item that is chosen.")
        return [(items[0], wishes["*"])]
    if not {item.name for item in items} <= wishes.keys() <= {item.name for item in order.items}:
        raise UnclearError("The wishes are not those for the items.")
    return [(item, wishes[item.name]) for item in items]


def _replacement(case: Case, item: OrderItem, wish: Wish) -> tuple[OrderItem, Variant] | None:
    if isinstance(wish, OtherProduct):
        if wish.product == item.name:
            raise UnclearError("That is no other product.")
        case.forbid("other_product", wish.product)
        return None
    variant = meant(case, item, wish)
    if variant is None:
        case.forbid("not_available", case.product(item).name)
        return None
    return item, variant


def return_items(case: Case, values: Values) -> Meaning:
    """Return items of a delivered order."""
    _check_condition(case, values)
    order = one_order(case, values)
    _check_orders(case, [order], ["delivered"], "not_delivered")
    items = case.items(parsed(ITEMS, values["items"]), order)
    method_id = case.payment(parsed(PAYMENT, values["payment"]), order, None)
    if method_id != original(order) and not isinstance(case.method(method_id), GiftCard):
        case.forbid("refund_elsewhere", original(order))
    return Meaning((_return(order, items, method_id),))


def _return(order: Order, items: Sequence[OrderItem], method_id: str) -> Call:
    arguments = {
        "order_id": order.order_id,
        "item_ids": [item.item_id for item in items],
        "payment_method_id": method_id,
    }
    return canonical(Call("return_delivered_order_items", arguments))
