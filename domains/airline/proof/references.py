"""What a user means by reservations and payment methods, looked up in the whole database."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

from writ_gym.database import Changes
from writ_gym.domains.airline.schema import (
    AirlineDB,
    CreditCard,
    Passenger,
    PaymentMethod,
    Reservation,
    User,
)
from writ_gym.domains.airline.wishes import (
    ByBalance,
    EveryReservation,
    Figure,
    FirstCovering,
    Guard,
    MethodById,
    OfKind,
    Original,
    PaidFor,
    ReservationBeside,
    ReservationById,
    ReservationReference,
    Reservations,
    Single,
)
from writ_gym.meaning.brute_force import (
    ForbiddenError,
    Value,
    at_rank,
    chosen,
    keeps,
    unclear,
)
from writ_gym.meaning.proofs import NO_PICKS, Picks, UnclearError


def full_name(passenger: Passenger) -> str:
    """Return first and last name."""
    return f"{passenger.first_name} {passenger.last_name}"


def total_of(reservation: Reservation) -> int:
    """Return what was paid for a reservation, in US dollars, less what was refunded."""
    return sum([entry.amount for entry in reservation.payment_history])


NUMBERS: dict[str, Callable[[Reservation], int]] = {
    "total": total_of,
    "passengers": lambda reservation: len(reservation.passengers),
    "bags": lambda reservation: reservation.total_baggages,
}
"""By attribute that is a number, what it comes to."""


def first_date(reservation: Reservation) -> str:
    """Return the date of a reservation's first flight."""
    if not reservation.flights:
        unclear("The reservation has no flights.")
    return reservation.flights[0].date


WORDS: dict[str, Callable[[Reservation], str | tuple[str, ...]]] = {
    "origin": lambda reservation: reservation.origin,
    "destination": lambda reservation: reservation.destination,
    "cabin": lambda reservation: reservation.cabin,
    "insurance": lambda reservation: reservation.insurance,
    "trip": lambda reservation: reservation.flight_type,
    "status": lambda reservation: reservation.status or "active",
    "departure": first_date,
    "created": lambda reservation: reservation.created_at,
    "traveller": lambda reservation: tuple([full_name(each) for each in reservation.passengers]),
    "flight": lambda reservation: tuple([each.flight_number for each in reservation.flights]),
}
"""By attribute that is a word, a time or several names, what it comes to."""


def reservation_attribute(reservation: Reservation, name: str) -> Value:
    """Return what a reservation is like."""
    if name in NUMBERS:
        return float(NUMBERS[name](reservation))
    if name in WORDS:
        return WORDS[name](reservation)
    raise UnclearError(f"A reservation has no {name}.")


class Case:
    """A caller in a world, and what was picked beforehand, which is taken for what is meant.

    Every method raises UnclearError where something has no single meaning.
    """

    def __init__(self, db: AirlineDB, caller: str, picks: Picks = NO_PICKS) -> None:
        user = db.users.get(caller)
        if user is None:
            unclear("The caller has no profile.")
        self.db = db
        self.user: User = user
        self.picks = picks
        self.flights: dict[object, Any] = {}
        """Flights that were looked up, by index and value; see ``searching``. And the airports."""
        self.found: dict[tuple[str, int], tuple[object, list[Reservation]]] = {}
        """Reservations that were looked for, by for what and the identity of the words, which are
        kept with them."""

    def picking(self, picks: Picks) -> "Case":
        """Return the same caller in the same world, with more picks."""
        other = object.__new__(Case)  # as copy() does it, which takes several times as long
        other.__dict__.update(self.__dict__, picks={**self.picks, **picks})
        return other

    # Reservations

    def reservation(self, reservation_id: str) -> Reservation:
        """Return a reservation."""
        found = self.db.reservations.get(reservation_id)
        if found is None:
            unclear(f"There is no reservation {reservation_id}.")
        return found

    @cached_property
    def mine(self) -> list[Reservation]:
        """The reservations that the profile lists, in its order."""
        return [self.reservation(key) for key in dict.fromkeys(self.user.reservations)]

    def fitting(self, query: Reservations) -> list[Reservation]:
        """Return the reservations in scope that keep the conditions, in the order of the scope."""
        if query.scope == "all":
            scope = self.mine
        else:
            scope = [self.reservation(key) for key in dict.fromkeys(query.scope)]
        found = list(scope)
        for c in query.where:
            found = [each for each in found if keeps(reservation_attribute(each, c.attribute), c)]
        return found

    def find(self, reference: ReservationReference) -> Reservation | None:
        """Return the reservation that is meant, None if nothing fits; looked for once."""
        key = "find", id(reference)
        if key not in self.found:
            found = self._find(reference)
            self.found[key] = reference, [] if found is None else [found]
        return next(iter(self.found[key][1]), None)

    def _find(self, reference: ReservationReference) -> Reservation | None:
        match reference:
            case ReservationById():
                return self.reservation(reference.id)
            case ReservationBeside():
                other = self.find(reference.beside)
                return other and self.neighbour(other, reference)
        return chosen(self.fitting(reference), reference, reservation_attribute)

    def neighbour(self, other: Reservation, reference: ReservationBeside) -> Reservation:
        """Return the reservation right before or after another one."""
        ranked = sorted(self.mine, key=lambda r: reservation_attribute(r, reference.order))
        values = [reservation_attribute(each, reference.order) for each in ranked]
        ids = [each.reservation_id for each in ranked]
        if other.reservation_id not in ids:
            unclear("The other reservation is not the caller's.")
        place = ids.index(other.reservation_id)
        beside = place + reference.step
        if not 0 <= beside < len(ranked):
            unclear("There is no such neighbour.")
        if values.count(values[place]) > 1 or values.count(values[beside]) > 1:
            unclear("Two of the reservations are at the same time.")
        return ranked[beside]

    def meant(self, reference: ReservationReference) -> Reservation:
        """Return the reservation that the request is about; one of somebody else's is forbidden."""
        if "reservation" in self.picks:
            return self.reservation(self.picks["reservation"])
        found = self.find(reference)
        if found is None:
            raise nothing_fits(reference)
        if found.user_id != self.user.user_id:
            raise ForbiddenError("other_user", found.reservation_id)
        return found

    def every(self, reference: EveryReservation) -> list[Reservation]:
        """Return each reservation that is meant, in the profile's order; there has to be one."""
        found = self.fitting(reference)
        if "reservation" in self.picks:
            found = [each for each in found if each.reservation_id in self.picks["reservation"]]
        if not found:
            raise nothing_fits(reference)
        place = {key: place for place, key in enumerate(self.user.reservations)}
        return sorted(found, key=lambda each: place.get(each.reservation_id, len(place)))

    def referred(self, reference: ReservationReference, what: str) -> Reservation:
        """Return one of the caller's that another fact refers to."""
        found = self.reservation(self.picks[what]) if what in self.picks else self.find(reference)
        if found is None:
            unclear("No reservation fits.")
        return self._own(found)

    def figure(self, figure: Figure | Guard) -> float:
        """Return the number of some of the caller's reservations, or the sum of an attribute."""
        found = [self._own(each) for each in self.fitting(figure.reservations)]
        if figure.figure == "count":
            return float(len(found))
        return float(sum(map(NUMBERS[figure.figure], found)))

    def _own(self, reservation: Reservation) -> Reservation:
        if reservation.reservation_id not in self.user.reservations:
            unclear("The reservation is not the caller's.")
        return reservation

    # Payment methods

    def method(self, method_id: str) -> PaymentMethod:
        """Return a payment method of the caller's."""
        method = self.user.payment_methods.get(method_id)
        if method is None:
            unclear(f"The caller has no {method_id}.")
        return method

    def only_paid(self, reservation: Reservation) -> PaymentMethod:
        """Return the one method that a reservation was paid with."""
        methods = {entry.payment_id for entry in reservation.payment_history}
        if len(methods) != 1:
            unclear("The reservation was never paid, or with several methods.")
        return self.method(methods.pop())

    def of_kind(self, kind: str) -> list[PaymentMethod]:
        """Return the caller's methods of a kind."""
        return [m for m in self.user.payment_methods.values() if m.source == kind]

    def payment(
        self, reference: Single, what: str, reservation: Reservation | None, price: float
    ) -> PaymentMethod:
        """Return the method that is meant.

        Args:
            reference: What the user says.
            what: The name of the choice, if it is one.
            reservation: What it has to pay for; None for a booking.
            price: What it has to pay, in US dollars.
        """
        if what in self.picks:
            return self.method(self.picks[what])
        match reference:
            case MethodById():
                return self.method(reference.method)
            case OfKind():
                return self._one_of_kind(reference)
            case ByBalance():
                return self._by_balance(reference)
            case PaidFor():
                return self.only_paid(self.referred(reference.paid_for, f"{what} paid_for"))
            case FirstCovering():
                return self._first_covering(reference, price)
            case Original() if reservation is not None:
                return self.only_paid(reservation)
        raise UnclearError("There is no method that was paid with.")

    def _one_of_kind(self, reference: OfKind) -> PaymentMethod:
        found = [
            method
            for method in self.of_kind(reference.kind)
            if reference.last_four is None
            or (isinstance(method, CreditCard) and method.last_four == reference.last_four)
        ]
        if len(found) != 1:
            unclear(f"{len(found)} methods are meant.")
        return found[0]

    def _by_balance(self, reference: ByBalance) -> PaymentMethod:
        cards = self.of_kind(reference.balance_of)
        highest = reference.extreme == "highest"
        found = at_rank(cards, [balance(card) for card in cards], highest, reference.rank)
        if found is None:
            unclear("There are not so many methods.")
        return found

    def _first_covering(self, reference: FirstCovering, price: float) -> PaymentMethod:
        methods = [self.payment(each, "", None, price) for each in reference.first_covering]
        if any(method.source == "certificate" for method in methods):
            unclear("A certificate cannot cover this.")
        return next((method for method in methods if balance(method) >= price), methods[-1])


_LAST: list[tuple[AirlineDB, str, Changes, Case]] = []
"""The last world that was looked at, with its caller and what was written in it."""


def case_of(db: AirlineDB, caller: str) -> Case:
    """Return a caller in a world: the same object as last time if nothing was written since.

    So what was looked up is known for all that is asked about a request.

    Raises:
        UnclearError: The caller has no profile.
    """
    written = db.written()
    if _LAST:
        *last, case = _LAST[0]
        if last[0] is db and last[1:] == [caller, written]:
            return case
    case = Case(db, caller)
    _LAST[:] = [(db, caller, written, case)]
    return case


def balance(method: PaymentMethod) -> float:
    """Return what a method can pay, in US dollars."""
    return float("inf") if isinstance(method, CreditCard) else method.amount


def nothing_fits(reference: ReservationReference | EveryReservation) -> ForbiddenError:
    """Return what forbids a request about no reservation: the first condition's value is told."""
    inner = reference.beside if isinstance(reference, ReservationBeside) else reference
    where = () if isinstance(inner, ReservationById) else inner.where
    return ForbiddenError("no_such_reservation", where[0].value if where else "reservation")
