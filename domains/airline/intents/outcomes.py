"""What the solvers of all intents share: refusals, settling a price, words for proposals."""

from collections.abc import Mapping, Sequence

from writ_gym.counting import number
from writ_gym.database import JSON
from writ_gym.domains.airline.intents.parts import covers, find_method
from writ_gym.domains.airline.intents.reading import condition_in, full_name
from writ_gym.domains.airline.rules import balance_too_low, certificate_not_allowed, too_expensive
from writ_gym.domains.airline.schema import (
    Certificate,
    GiftCard,
    Passenger,
    PaymentMethod,
    Reservation,
)
from writ_gym.domains.airline.wishes import Limit
from writ_gym.meaning.breaches import Breach
from writ_gym.meaning.solving import Reads
from writ_gym.phrasing.grammar import joined
from writ_gym.tasks import Provenance


def money(amount: float) -> str:
    """Return an amount in US dollars as text."""
    return f"${amount:,.0f}" if float(amount).is_integer() else f"${amount:,.2f}"


def people(passengers: Sequence[Passenger]) -> str:
    """Return passengers as text, with their dates of birth."""
    return joined([f"{full_name(each)} (born {each.dob})" for each in passengers])


def source_of(reference: Mapping[str, JSON]) -> Provenance:
    """Return where an argument comes from: stated by the user, or read from a record."""
    return "user" if "id" in reference or "method" in reference else "read"


def limit_of(facts: Mapping[str, JSON], price: int) -> Breach | None:
    """Return the breach of the most that the user wants to spend."""
    condition = condition_in(facts)
    over = isinstance(condition, Limit) and price > condition.at_most
    return too_expensive(price) if over else None


def settle(
    caller: str, facts: Mapping[str, JSON], price: int, reservation: Reservation
) -> Reads[PaymentMethod | Breach]:
    """Find the method that pays the price of an update; a breach if it may not."""
    method = yield from find_method(caller, facts["payment"], price, reservation)
    if isinstance(method, Certificate):
        return certificate_not_allowed()
    if breach := limit_of(facts, price):
        return breach
    if isinstance(method, GiftCard) and not covers(method, price):
        return balance_too_low(method.amount, price)
    return method


def charge(price: int, method: PaymentMethod) -> str:
    """Return what an update costs or gives back, in words."""
    if price < 0:
        return f"{money(-price)} is refunded to {method.id}"
    if price == 0:
        return f"nothing is charged to {method.id}"
    return f"{money(price)} is charged to {method.id}"


def bags_in_words(total: int, nonfree: int) -> str:
    """Return how many checked bags there are to be in all, and which of them are not free."""
    if total == 0:
        return "no checked bags"
    paid = f"{nonfree} of them not free" if total > 1 else "not free of charge"
    return f"{number(total, 'checked bag')} in all, {paid if nonfree else 'free of charge'}"


def certificate_named(facts: Mapping[str, JSON]) -> Breach | None:
    """Return the breach if an update is to be paid with what is said to be a certificate."""
    payment = facts["payment"]
    kind = payment.get("kind", payment.get("balance_of"))
    return certificate_not_allowed() if kind == "certificate" else None
