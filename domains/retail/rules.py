"""The rules of policy.md as predicates; each names the heading it stands for.

A predicate returns None if the rule allows it, else the breach: the reason code, the fact that
the user must be told, and a sentence that tells it.
"""

from collections.abc import Iterable
from typing import NamedTuple, get_args

from writ_gym.domains.retail.schema import (
    CancelReason,
    GiftCard,
    Order,
    PaymentMethod,
    Product,
    Variant,
)

CANCEL_REASONS: tuple[str, ...] = get_args(CancelReason)


class Breach(NamedTuple):
    """Why a rule forbids a request."""

    code: str
    fact: str
    sentence: str


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


def not_offered(product: Product, options: dict[str, str]) -> Breach | None:
    """Policy "Change items": the wanted variant must exist and be in stock."""
    if any(v.available and matches(v, options) for v in product.variants.values()):
        return None
    return Breach(
        "not_available",
        product.name,
        f"I am sorry, that is not available: there is no {product.name} with "
        f"{describe_options(options)} in stock.",
    )


def other_product(wanted: str, item: str) -> Breach:
    """Policy "Change items": an item never becomes another product type."""
    return Breach(
        "other_product",
        wanted,
        f"I am sorry, the {item} cannot become a {wanted}: an item can only be exchanged for "
        "another variant of the same product.",
    )


def balance_too_low(method: PaymentMethod, amount: float) -> Breach | None:
    """Policy "Payment": a gift card must cover the whole amount."""
    if not isinstance(method, GiftCard) or method.balance >= amount:
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


def same_method(order: Order, method: PaymentMethod) -> Breach | None:
    """Policy "Change payment": the new method must be a different one."""
    if order.payment_history[0].payment_method_id != method.id:
        return None
    return Breach(
        "same_method",
        method.id,
        f"Order {order.order_id} is already paid with {method.id}, so I cannot change it to that.",
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


def matches(variant: Variant, options: dict[str, str]) -> bool:
    """Say whether a variant has all of the options."""
    return all(variant.options.get(name) == value for name, value in options.items())


def describe_options(options: Iterable[tuple[str, str]] | dict[str, str]) -> str:
    """Return options as words, such as "color white and size L"."""
    pairs = options.items() if isinstance(options, dict) else options
    return " and ".join(f"{name} {value}" for name, value in pairs) or "the same options"
