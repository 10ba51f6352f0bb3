"""The rules of policy.md as predicates; each names the heading it stands for.

A predicate returns None if the rule allows it, else the breach: the reason code, the fact that
the user must be told, and a sentence that tells it.
"""

from collections.abc import Iterable, Sequence
from typing import get_args

from writ_gym.counting import number
from writ_gym.domains.retail.schema import (
    CancelReason,
    GiftCard,
    Order,
    PaymentMethod,
    Product,
    Status,
    Variant,
)
from writ_gym.meaning.breaches import Breach
from writ_gym.meaning.queries import Condition

CANCEL_REASONS: tuple[str, ...] = get_args(CancelReason)

UNMET = ("not_available", "no_such_order", "condition_not_met")
"""Codes of the breaches of no rule: there is nothing that is as the user wants it."""
GROUNDS: tuple[str, ...] = ("already", "reason", *get_args(Status))
"""Facts that forbid the requests of many users, as a refusal names them."""


def not_pending(order: Order, deed: str) -> Breach | None:
    """Policy "Pending orders": only an order with the status pending can be changed."""
    if order.status == "pending":
        return None
    return Breach(
        "not_pending",
        order.status,
        f"Order {order.order_id} cannot be {deed}: its status is {order.status}, "
        "and that is possible for pending orders only.",
    )


def not_delivered(order: Order, deed: str) -> Breach | None:
    """Policy "Delivered orders": only an order with the status delivered is taken back."""
    if order.status == "delivered":
        return None
    return Breach(
        "not_delivered",
        order.status,
        f"Items of order {order.order_id} cannot be {deed}: its status is {order.status}, "
        "and that is possible for delivered orders only.",
    )


def not_cancellable_or_returnable(order: Order) -> Breach | None:
    """Policy "Pending orders" and "Delivered orders": any other order stays as it is."""
    if order.status in ("pending", "delivered"):
        return None
    return Breach(
        "not_pending",
        order.status,
        f"Order {order.order_id} can be neither cancelled nor returned: its status is "
        f"{order.status}.",
    )


def reason_not_accepted(reason: str) -> Breach | None:
    """Policy "Cancel": there are two accepted reasons."""
    if reason in CANCEL_REASONS:
        return None
    return Breach(
        "reason_not_accepted",
        "reason",
        "I am sorry, I cannot cancel an order for that reason. The only reasons that I can "
        "accept are that it is no longer needed or that it was ordered by mistake.",
    )


def other_users_order(order: Order, caller: str) -> Breach | None:
    """Policy "Who you serve": requests about another user are refused."""
    if order.user_id == caller:
        return None
    return Breach(
        "other_user",
        order.order_id,
        f"I am sorry, I cannot help with order {order.order_id}: it belongs to another account.",
    )


def not_available(product: Product) -> Breach:
    """Policy "Change items": the wanted variant must exist and be in stock."""
    return Breach(
        "not_available",
        product.name,
        f"I am sorry, that is not available: there is no {product.name} in stock that is as you "
        "want it.",
    )


def other_product(wanted: str, item: str) -> Breach:
    """Policy "Change items": an item never becomes another product type."""
    return Breach(
        "other_product",
        wanted,
        f"I am sorry, the {item} cannot become a {wanted}: an item can only be exchanged for "
        "another variant of the same product.",
    )


def balance_too_low(method: GiftCard, amount: float) -> Breach | None:
    """Policy "Payment": a gift card must cover the whole amount."""
    if covers(method, amount):
        return None
    return Breach(
        "balance_too_low",
        f"{method.balance:.2f}",
        f"I am sorry, that cannot be paid with gift card {method.id}: its balance is "
        f"${method.balance:.2f}, which does not cover ${amount:.2f}.",
    )


def refund_elsewhere(order: Order, method: str) -> Breach | None:
    """Policy "Return": the refund goes to the original method or to a gift card.

    Args:
        order: The order.
        method: The id of a payment method or, where that decides it already, its kind.
    """
    original = order.payment_history[0].payment_method_id
    if method.startswith("gift_card") or original.startswith(method):
        return None
    return Breach(
        "refund_elsewhere",
        original,
        "I am sorry, a refund to that method is not possible: it can only go to the original "
        f"payment method, {original}, or to one of your gift cards.",
    )


def same_method(order: Order, method_id: str) -> Breach | None:
    """Policy "Change payment": the new method must be a different one."""
    if order.payment_history[0].payment_method_id != method_id:
        return None
    return Breach(
        "same_method",
        method_id,
        f"Order {order.order_id} is already paid with {method_id}, so I cannot change it to that.",
    )


def payment_changed_before(order: Order) -> Breach | None:
    """Policy "Change payment": it can be changed once."""
    if len(order.payment_history) == 1:
        return None
    return Breach(
        "payment_changed_before",
        order.order_id,
        f"The payment method of order {order.order_id} cannot be changed again: "
        "that is possible only once.",
    )


def no_such_order(where: Sequence[Condition]) -> Breach:
    """Policy "How you act": do not invent facts; there is nothing to act on."""
    fact = where[0].value if where else "order"
    shown = f"${fact:,.2f}" if isinstance(fact, float) else fact
    return Breach(
        "no_such_order",
        fact,
        f"I am sorry, I cannot do that: none of the orders is as you describe it ({shown}).",
    )


def condition_not_met(figure: str, actual: float) -> Breach:
    """Policy "How you act": what the user made it depend on does not hold."""
    shown = f"${actual:,.2f}" if figure == "sum" else f"{actual:g}"
    return Breach(
        "condition_not_met",
        actual,
        f"That comes to {shown}, so your condition does not hold and I cannot go on with it.",
    )


def claim_refuted(order: Order, claimed: str, actual: str | float) -> Breach:
    """Policy "How you act": what the user takes to be so of an order is not so."""
    match claimed:
        case "total":
            shown = f"came to ${actual:,.2f}"
        case "count":
            shown = f"has {number(int(actual), 'item')}"
        case "paid_with":
            actual = str(actual).replace("_", " ")
            shown = f"was paid for by {actual}"
        case _:
            shown = f"has the status {actual}"
    return Breach(
        "condition_not_met",
        actual,
        f"Order {order.order_id} {shown}, so it is not as you say and I cannot go on with it.",
    )


def nothing_to_change(what: str) -> Breach:
    """Policy "How you act": only what changes something is a change."""
    return Breach(
        "nothing_to_change",
        "already",
        f"I cannot change anything there: {what} has this address already.",
    )


def covers(method: PaymentMethod, amount: float) -> bool:
    """Policy "Payment": all methods can pay an amount but a gift card with too little on it."""
    return not isinstance(method, GiftCard) or method.balance >= amount


def matches(variant: Variant, options: dict[str, str]) -> bool:
    """Say whether a variant has all of the options."""
    return all(variant.options.get(name) == value for name, value in options.items())


def describe_options(options: Iterable[tuple[str, str]] | dict[str, str]) -> str:
    """Return options as words, such as "color white, size L"."""
    pairs = options.items() if isinstance(options, dict) else options
    return ", ".join(f"{name} {value}" for name, value in pairs) or "the same options"
