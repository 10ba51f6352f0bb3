"""Reservations that are changed so that they still add up."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field

from writ_gym.domains.airline.proof.people import BY_CABIN, BY_MEMBERSHIP
from writ_gym.domains.airline.proof.references import first_date, full_name, total_of
from writ_gym.domains.airline.proof.searching import days_between, later
from writ_gym.domains.airline.schema import (
    BAG_PRICE,
    INSURANCE_PRICE,
    AirlineDB,
    Cabin,
    FlightType,
    Insurance,
    Passenger,
    Payment,
    Reservation,
    ReservationFlight,
)
from writ_gym.domains.airline.wishes import Airport, Date, FlightOn
from writ_gym.tasks import Config

STRANGERS = ("Ida", "Otto", "Ulla", "Emil", "Ada", "Nils")
"""First names of passengers who join a reservation; they are all called Young."""


class Shape(Config):
    """What a reservation is to be like; what is left out stays as it is."""

    status: Literal["active", "cancelled"] | None = None
    cabin: Cabin | None = None
    insurance: Insurance | None = None
    created: str | None = None
    departure: Date | None = None
    """Of the first flight; the others move by as many days."""
    flights: Annotated[tuple[FlightOn, ...], Field(min_length=1)] | None = None
    """Other flights for the same fare; with ``destination`` and ``flight_type``."""
    destination: Airport | None = None
    flight_type: FlightType | None = None
    passengers: Annotated[int, Field(ge=1, le=5)] | None = None
    has: tuple[str, ...] = ()
    """Full names of people who are among the passengers."""
    lacks: tuple[str, ...] = ()
    """Full names of people who are not."""
    dob: Date | None = None
    """Of the first passenger."""
    bags: Annotated[int, Field(ge=0)] | None = None
    """In all; as many of them are free as the owner and the cabin allow."""
    total: Annotated[int, Field(gt=0)] | None = None
    """In US dollars; the fares are set accordingly."""
    paid_with: str | None = None
    """Id of the method that paid first."""
    user_id: str | None = None


def shaped(db: AirlineDB, reservation: Reservation, shape: Shape) -> Reservation:
    """Return a reservation of a shape; ValueError if there is none."""
    user = db.users[shape.user_id or reservation.user_id]
    people = _people(reservation.passengers, shape)
    cabin = shape.cabin or reservation.cabin
    nonfree, bags = reservation.nonfree_baggages, reservation.total_baggages
    if shape.bags is not None:
        bags = shape.bags
        free = (BY_MEMBERSHIP[user.membership] + BY_CABIN[cabin]) * len(people)
        nonfree = max(0, bags - free)
    new = reservation.replace(
        user_id=user.user_id,
        passengers=people,
        cabin=cabin,
        insurance=shape.insurance or reservation.insurance,
        created_at=shape.created or reservation.created_at,
        total_baggages=bags,
        nonfree_baggages=nonfree,
        **_trip(db, reservation, shape),
    )
    if shape.total is not None:
        new = _priced(new, shape.total - _paid(reservation) + price_of(reservation))
    return _settled(reservation, new, shape)


def price_of(reservation: Reservation) -> int:
    """Return what a reservation costs in US dollars, by its fares, bags and insurance."""
    fares = sum([flight.price for flight in reservation.flights])
    each = fares + (INSURANCE_PRICE if reservation.insurance == "yes" else 0)
    return each * len(reservation.passengers) + BAG_PRICE * reservation.nonfree_baggages


# Who flies


def _people(now: Sequence[Passenger], shape: Shape) -> tuple[Passenger, ...]:
    """Return passengers of whom some are left out and others join."""
    if (shape.passengers, shape.has, shape.lacks, shape.dob) == (None, (), (), None):
        return tuple(now)
    wanted = shape.passengers or len(now)
    kept = [each for each in now if full_name(each) not in shape.lacks]
    held = {full_name(each) for each in kept}
    joining = [name for name in shape.has if name not in held]
    named = [each for each in kept if full_name(each) in shape.has]
    rest = [each for each in kept if full_name(each) not in shape.has]
    room = wanted - len(named) - len(joining)
    if room < 0:
        raise ValueError("There are more people than may fly.")
    staying = {id(each) for each in (*named, *rest[:room])}
    people = [each for each in kept if id(each) in staying]
    people += [_somebody(*name.split(" ", 1)) for name in joining]
    fresh = (name for name in STRANGERS if f"{name} Young" not in {*held, *shape.lacks})
    people += [_somebody(next(fresh), "Young") for _ in range(wanted - len(people))]
    if shape.dob is not None:
        people[0] = people[0].replace(dob=shape.dob)
    return tuple(people)


def _somebody(first_name: str, last_name: str) -> Passenger:
    return Passenger(first_name=first_name, last_name=last_name, dob="1980-02-29")


# Where to and when


def _trip(db: AirlineDB, reservation: Reservation, shape: Shape) -> dict[str, object]:
    """Return the fields of a reservation that say where it leads."""
    if shape.flights is not None:
        flights = _booked(db, reservation, shape.flights)
        kind = shape.flight_type or reservation.flight_type
        back = flights[-1].destination
        destination = shape.destination or (back if kind == "one_way" else reservation.destination)
        if destination not in {flight.destination for flight in flights} or (
            back != (flights[0].origin if kind == "round_trip" else destination)
        ):
            raise ValueError("The flights do not lead there and back.")
        return {
            "flights": flights,
            "origin": flights[0].origin,
            "destination": destination,
            "flight_type": kind,
        }
    if shape.departure is None:
        return {}
    return {"flights": list(_moved(db, reservation, shape.departure))}


def _moved(db: AirlineDB, reservation: Reservation, first: str) -> Iterator[ReservationFlight]:
    """Give the flights of a reservation that departs on another day; ValueError if there are none.

    All are as many days earlier or later, but for those that the timetable then does not have any
    more: they stay as near to the day that they have as they can.
    """
    days, before = days_between(first_date(reservation), first), first
    for each in reservation.flights:
        dates = db.flights[each.flight_number].dates
        possible = (later(each.date, days), max(each.date, before))
        before = next((day for day in possible if day in dates and day >= before), "")
        if not before:
            raise ValueError(f"{each.flight_number} does not fly on {possible[0]}.")
        yield each.replace(date=before)


def _booked(
    db: AirlineDB, reservation: Reservation, flights: Sequence[FlightOn]
) -> list[ReservationFlight]:
    """Return flights of the timetable that cost together what the reservation's flights did."""
    fares = sum(flight.price for flight in reservation.flights)
    each, rest = divmod(fares, len(flights))
    found = []
    for place, wanted in enumerate(flights):
        flight = db.flights[wanted.flight_number]
        if wanted.date not in flight.dates:
            raise ValueError(f"{wanted.flight_number} does not fly on {wanted.date}.")
        found.append(
            ReservationFlight(
                flight_number=flight.flight_number,
                origin=flight.origin,
                destination=flight.destination,
                date=wanted.date,
                price=each + (rest if place == 0 else 0),
            )
        )
    for before, after in pairwise(found):
        if before.destination != after.origin or before.date > after.date:
            raise ValueError("The flights do not follow one another.")
    return found


# What is paid


def _paid(reservation: Reservation) -> int:
    """Return what was paid for a reservation, before it was cancelled if it was."""
    return total_of(reservation) if reservation.status is None else price_of(reservation)


def _priced(reservation: Reservation, price: int) -> Reservation:
    """Return a reservation with fares that come to a price."""
    people, flights = len(reservation.passengers), reservation.flights
    extras = price_of(reservation) - people * sum(flight.price for flight in flights)
    fares, cents = divmod(price - extras, people)
    if cents or fares < len(flights):
        raise ValueError(f"No fares come to {price}.")
    each, rest = divmod(fares, len(flights))
    priced = [
        flight.replace(price=each + (rest if place == 0 else 0))
        for place, flight in enumerate(flights)
    ]
    return reservation.replace(flights=priced)


def _settled(before: Reservation, after: Reservation, shape: Shape) -> Reservation:
    """Return a changed reservation that is paid, and refunded if it is cancelled."""
    if not before.payment_history:
        raise ValueError("The reservation was never paid.")
    status = shape.status or (before.status or "active")
    original = before.payment_history[0].payment_id
    history = before.payment_history
    difference = price_of(after) - price_of(before)
    if before.status is not None and (difference or status == "active"):
        history = (Payment(payment_id=original, amount=price_of(before)),)
    if difference:
        first = history[0].replace(amount=history[0].amount + difference)
        history = (first, *history[1:])
        if first.amount <= 0:
            history = (first.replace(amount=sum(entry.amount for entry in history)),)
    if shape.paid_with is not None:
        history = tuple(
            entry.replace(payment_id=shape.paid_with) if entry.payment_id == original else entry
            for entry in history
        )
    if status == "cancelled" and (before.status is None or difference):
        history = (*history, *(entry.replace(amount=-entry.amount) for entry in history))
    if shape.total is not None and status == "cancelled":
        raise ValueError("What was cancelled has no total.")
    return after.replace(
        payment_history=history, status="cancelled" if status == "cancelled" else None
    )
