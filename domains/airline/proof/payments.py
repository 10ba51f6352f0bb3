"""Whether the methods that a user means can pay, and what each of them pays."""

from collections import Counter
from collections.abc import Sequence
from math import floor
from typing import Literal

from writ_gym.database import JSON
from writ_gym.domains.airline.proof.references import Case, balance
from writ_gym.domains.airline.schema import CreditCard, PaymentMethod, Reservation
from writ_gym.domains.airline.wishes import ByBalance, Guard, Limit, OfKind, Single, Split
from writ_gym.meaning.brute_force import ForbiddenError, unclear

MOST_OF_KIND: dict[Literal["certificate", "credit_card", "gift_card"], int] = {
    "certificate": 1,
    "credit_card": 1,
    "gift_card": 3,
}
"""By kind, how many methods may pay for one booking; looked at in this order."""


def refuse_certificate(reference: Single) -> None:
    """Forbid a certificate that an update is to be paid with, if the words alone say so."""
    match reference:
        case OfKind(kind="certificate") | ByBalance(balance_of="certificate"):
            raise ForbiddenError("certificate_not_allowed", "certificate")


def pay_update(
    case: Case, reference: Single, reservation: Reservation, price: int, limit: Guard | Limit | None
) -> str:
    """Return the id of the method that pays for an update."""
    method = case.payment(reference, "payment", reservation, price)
    if method.source == "certificate":
        raise ForbiddenError("certificate_not_allowed", "certificate")
    check_limit(limit, price)
    if price > 0 and not isinstance(method, CreditCard) and method.amount < price:
        raise ForbiddenError("balance_too_low", f"{method.amount:.2f}")
    return method.id


def pay_booking(
    case: Case, wish: Split, price: int, limit: Guard | Limit | None
) -> list[dict[str, JSON]]:
    """Return what each method pays for a booking, as the argument of the tool in canonical form."""
    methods = [
        case.payment(each, f"payment {place}", None, price) for place, each in enumerate(wish.split)
    ]
    if len({method.id for method in methods}) < len(methods):
        unclear("A method is meant twice.")
    left = price
    shares: list[tuple[PaymentMethod, int]] = []
    for method in methods:
        share = left if isinstance(method, CreditCard) else min(left, floor(balance(method)))
        if share > 0:
            shares.append((method, share))
            left -= share
    _check_kinds([method for method, _ in shares])
    check_limit(limit, price)
    if left > 0:
        raise ForbiddenError("balance_too_low", price)
    return [{"amount": share, "payment_id": method.id} for method, share in shares]


def _check_kinds(methods: Sequence[PaymentMethod]) -> None:
    kinds = Counter(method.source for method in methods)
    for kind, most in MOST_OF_KIND.items():
        if kinds[kind] > most:
            raise ForbiddenError("too_many_methods", kind.replace("_", " "))


def check_limit(limit: Guard | Limit | None, price: int) -> None:
    """Forbid what costs more than the user wants to spend."""
    if isinstance(limit, Limit) and price > limit.at_most:
        raise ForbiddenError("too_expensive", price)
