"""Edits of a world: what each operator does. They change one record; new ones may come with it."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from pydantic import TypeAdapter

from writ_gym.database import JSON, Fields
from writ_gym.domains.airline.proof.searching import later, status_of
from writ_gym.domains.airline.proof.shapes import Shape, shaped
from writ_gym.domains.airline.schema import (
    TODAY,
    AirlineDB,
    Available,
    Certificate,
    CreditCard,
    DateStatus,
    Flight,
    GiftCard,
    PaymentMethod,
    User,
)
from writ_gym.errors import DatabaseError
from writ_gym.meaning.proofs import UnclearError
from writ_gym.tasks import Edit

STATUS: TypeAdapter[DateStatus] = TypeAdapter(DateStatus)
OPERATORS: dict[str, Callable[..., None]] = {}


def apply(db: AirlineDB, edit: Edit) -> None:
    """Make an edit in a session; ValueError if it does not fit this world."""
    operator = OPERATORS.get(edit.name)
    if operator is None:
        raise ValueError(f"There is no edit {edit.name!r}.")
    try:
        operator(db, **edit.arguments)
    except (DatabaseError, KeyError, TypeError, StopIteration, UnclearError) as error:
        raise ValueError(f"{edit.name} does not fit: {error}") from error


def _operator(function: Callable[..., None]) -> Callable[..., None]:
    OPERATORS[function.__name__] = function
    return function


# Reservations


def set_reservation(db: AirlineDB, reservation_id: str, **shape: Any) -> None:
    """Give a reservation another shape."""
    new = shaped(db, db.reservations[reservation_id], Shape(**shape))
    db.reservations.put(reservation_id, new)


RESERVATION_EDITS: Mapping[str, frozenset[str]] = {
    "set_status": frozenset({"status"}),
    "set_total": frozenset({"total"}),
    "set_cabin": frozenset({"cabin"}),
    "set_insurance": frozenset({"insurance"}),
    "set_created": frozenset({"created"}),
    "set_departure": frozenset({"departure"}),
    "set_flights": frozenset({"flights", "destination", "flight_type"}),
    "set_passengers": frozenset({"passengers", "has", "lacks", "dob"}),
    "set_bags": frozenset({"bags"}),
    "set_paid_with": frozenset({"paid_with"}),
    "set_owner": frozenset({"user_id"}),
    "set_reservation": frozenset(Shape.model_fields),
}
"""By edit of a reservation, what of its shape it may change."""
OPERATORS |= dict.fromkeys(RESERVATION_EDITS, set_reservation)
PAID = "payment_history"
FIELDS_OF_SHAPE: Mapping[str, Collection[str]] = {
    "status": ("status", PAID),
    "cabin": ("cabin",),
    "insurance": ("insurance", PAID),
    "created": ("created_at",),
    "departure": ("flights",),
    "flights": ("flights", "origin", "destination", "flight_type"),
    "destination": (),  # with the flights
    "flight_type": (),
    "passengers": ("passengers", PAID),
    "has": ("passengers", PAID),
    "lacks": ("passengers", PAID),
    "dob": ("passengers",),
    "bags": ("total_baggages", "nonfree_baggages", PAID),
    "total": ("flights", PAID),
    "paid_with": (PAID,),
    "user_id": ("user_id",),
}
"""By what of a reservation's shape is changed, the fields that may be others then."""
FIELD_OF_PROFILE: Mapping[str, str] = {
    "drop_reservation": "reservations",
    "set_membership": "membership",
    "set_birth": "dob",
    "set_saved_birth": "saved_passengers",
    "set_amount": "payment_methods",
    "set_last_four": "payment_methods",
    "rename_method": "payment_methods",
}
"""By edit of a profile that makes no record, the field that may be another one then."""


def changes(edit: Edit) -> Fields | None:
    """Return the fields of an existing record that an edit may change; None if it may do more."""
    if edit.name in FIELD_OF_PROFILE:
        return {("users", edit.arguments["user_id"]): (FIELD_OF_PROFILE[edit.name],)}
    if edit.name not in RESERVATION_EDITS:
        return None
    names = [name for part in edit.arguments for name in FIELDS_OF_SHAPE.get(part, ())]
    return {("reservations", edit.arguments["reservation_id"]): names}


# Profiles


@_operator
def insert_reservation(
    db: AirlineDB, user_id: str, like: str, reservation_id: str, place: int, **shape: Any
) -> None:
    """Put a new reservation into a profile's list: one like another one, in another shape."""
    user = db.users[user_id]
    listed = [*user.reservations[:place], reservation_id, *user.reservations[place:]]
    _put_new(db, user, like, reservation_id, listed, shape)


@_operator
def swap_reservation(
    db: AirlineDB, user_id: str, old: str, reservation_id: str, **shape: Any
) -> None:
    """Let a profile list a new reservation instead of one that it is like."""
    user = db.users[user_id]
    if old not in user.reservations:
        raise ValueError(f"The profile has no {old}.")
    listed = [reservation_id if listed == old else listed for listed in user.reservations]
    _put_new(db, user, old, reservation_id, listed, shape)


def _put_new(
    db: AirlineDB,
    user: User,
    like: str,
    reservation_id: str,
    listed: Sequence[str],
    shape: Mapping[str, JSON],
) -> None:
    if reservation_id in db.reservations:
        raise ValueError(f"There is a reservation {reservation_id} already.")
    model = db.reservations[like].replace(reservation_id=reservation_id, user_id=user.user_id)
    new = shaped(db, model, Shape(**shape))
    db.users.put(user.user_id, user.replace(reservations=listed))
    db.reservations.put(reservation_id, new)


@_operator
def drop_reservation(db: AirlineDB, user_id: str, reservation_id: str) -> None:
    """Take a reservation from a profile's list."""
    user = db.users[user_id]
    if reservation_id not in user.reservations:
        raise ValueError(f"The profile has no {reservation_id}.")
    listed = [key for key in user.reservations if key != reservation_id]
    db.users.put(user_id, user.replace(reservations=listed))


@_operator
def set_membership(db: AirlineDB, user_id: str, membership: str) -> None:
    """Give a user another membership."""
    db.users.put(user_id, db.users[user_id].replace(membership=membership))


@_operator
def set_birth(db: AirlineDB, user_id: str, dob: str) -> None:
    """Give a user another date of birth."""
    db.users.put(user_id, db.users[user_id].replace(dob=dob))


@_operator
def set_saved_birth(db: AirlineDB, user_id: str, place: int, dob: str) -> None:
    """Give a saved passenger another date of birth."""
    user = db.users[user_id]
    if place >= len(user.saved_passengers):
        raise ValueError("There are not so many saved passengers.")
    saved = [
        person.replace(dob=dob) if at == place else person
        for at, person in enumerate(user.saved_passengers)
    ]
    db.users.put(user_id, user.replace(saved_passengers=saved))


def _put_method(db: AirlineDB, user_id: str, old: str, new: PaymentMethod) -> None:
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
def set_amount(db: AirlineDB, user_id: str, method_id: str, amount: float) -> None:
    """Put another amount, in US dollars, on a gift card or a certificate."""
    method = db.users[user_id].payment_methods[method_id]
    if not isinstance(method, GiftCard | Certificate):
        raise ValueError(f"{method_id} has no amount.")
    _put_method(db, user_id, method_id, method.replace(amount=amount))


@_operator
def set_last_four(db: AirlineDB, user_id: str, method_id: str, last_four: str) -> None:
    """Give a credit card another number."""
    card = db.users[user_id].payment_methods[method_id]
    if not isinstance(card, CreditCard):
        raise ValueError(f"{method_id} has no digits.")
    _put_method(db, user_id, method_id, card.replace(last_four=last_four))


@_operator
def rename_method(db: AirlineDB, user_id: str, method_id: str, new_id: str) -> None:
    """Give a payment method another id."""
    method = db.users[user_id].payment_methods[method_id]
    _put_method(db, user_id, method_id, method.replace(id=new_id))


# Flights


def _put_status(db: AirlineDB, flight_number: str, date: str, status: DateStatus) -> None:
    flight = db.flights[flight_number]
    db.flights.put(flight_number, flight.replace_entry("dates", date, status))


@_operator
def set_flight_status(db: AirlineDB, flight_number: str, date: str, status: str) -> None:
    """Give a flight another status on a date, one that it can have on that date."""
    if status == status_of(db, flight_number, date).status or status not in possible(date):
        raise ValueError(f"On {date} the flight cannot become {status}.")
    _put_status(db, flight_number, date, _status(db.flights[flight_number], date, status))


def possible(date: str) -> tuple[str, ...]:
    """Return the statuses that a flight can have on a date."""
    if date > TODAY:
        return ("cancelled", "delayed", "available")
    return ("cancelled", "delayed", "landed", "flying", "on time")


def _status(flight: Flight, date: str, status: str) -> DateStatus:
    """Return what a flight is like with a status: as planned, or at fares of another date."""
    if status == "available":
        fares = next(each.prices for each in flight.dates.values() if isinstance(each, Available))
        seats = dict.fromkeys(fares.plain, 9)
        return STATUS.validate_python({"status": status, "available_seats": seats,
                                       "prices": fares.plain})  # fmt: skip
    departs, arrives = flight.scheduled_departure_time_est, flight.scheduled_arrival_time_est
    left = "actual" if status in ("landed", "flying") else "estimated"
    landed = "actual" if status == "landed" else "estimated"
    times = {
        f"{left}_departure_time_est": f"{date}T{departs[:8]}",
        f"{landed}_arrival_time_est": f"{later(date, arrives.count('+1'))}T{arrives[:8]}",
    }
    return STATUS.validate_python({"status": status, **({} if status == "cancelled" else times)})


@_operator
def set_fare(db: AirlineDB, flight_number: str, date: str, cabin: str, price: int) -> None:
    """Give a flight another fare in a cabin, in US dollars."""
    _put_offer(db, flight_number, date, "prices", cabin, price)


@_operator
def set_seats(db: AirlineDB, flight_number: str, date: str, cabin: str, seats: int) -> None:
    """Give a flight another number of free seats in a cabin."""
    _put_offer(db, flight_number, date, "available_seats", cabin, seats)


def _put_offer(
    db: AirlineDB, flight_number: str, date: str, field: str, cabin: str, number: int
) -> None:
    status = status_of(db, flight_number, date)
    if not isinstance(status, Available) or number < 0:
        raise ValueError(f"{flight_number} is not on sale on {date}.")
    numbers = getattr(status, field).replace(**{cabin: number})
    _put_status(db, flight_number, date, status.replace(**{field: numbers}))


@_operator
def renumber(db: AirlineDB, flight_number: str, date: str, new_number: str) -> None:
    """Call a flight off on a date, and let a new one fly just so in its place."""
    status, flight = status_of(db, flight_number, date), db.flights[flight_number]
    if new_number in db.flights or not isinstance(status, Available):
        raise ValueError(f"{flight_number} cannot become {new_number}.")
    new = flight.replace(flight_number=new_number, dates={date: status})
    _put_status(db, flight_number, date, _status(flight, date, "cancelled"))
    db.flights.put(new_number, new)


@_operator
def insert_flights(db: AirlineDB, flights: Sequence[Mapping[str, JSON]]) -> None:
    """Add new flights, each with seats for everybody at one price in all cabins, on one date."""
    new = [new_flight(**flight) for flight in flights]
    numbers = {flight.flight_number for flight in new}
    if len(numbers) < len(new) or any(number in db.flights for number in numbers):
        raise ValueError("There is such a flight already.")
    for flight in new:
        db.flights.put(flight.flight_number, flight)


def new_flight(
    flight_number: str,
    origin: str,
    destination: str,
    departs: str,
    arrives: str,
    date: str,
    price: int,
) -> Flight:
    """Return a flight on one date, ``departs`` and ``arrives`` as the timetable has them."""
    each = {"basic_economy": price, "economy": price, "business": price}
    seats = dict.fromkeys(each, 9)
    status = {"status": "available", "available_seats": seats, "prices": each}
    return Flight.model_validate(
        {
            "flight_number": flight_number,
            "origin": origin,
            "destination": destination,
            "scheduled_departure_time_est": departs,
            "scheduled_arrival_time_est": arrives,
            "dates": {date: status},
        }
    )
