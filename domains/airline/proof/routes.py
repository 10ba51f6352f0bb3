"""Writes that could be a step from a record to what it is to become."""

from collections.abc import Iterator, Sequence
from itertools import product

from writ_gym.database import JSON, Record
from writ_gym.domains.airline.proof.actions import as_flights
from writ_gym.domains.airline.proof.flights import split
from writ_gym.domains.airline.schema import (
    AirlineDB,
    Certificate,
    Reservation,
    ReservationFlight,
    User,
)
from writ_gym.tasks import Call


def find_routes(db: AirlineDB, table: str, key: str, goal: Record) -> Iterator[Call]:
    """Give every write call that could be a step from the record as it is to ``goal``.

    Seats and balances change with the reservations that they belong to, and have no writes of
    their own. What a booking was like that was changed afterwards is not guessed: to book it as it
    is in the end is nearly always the shorter way.
    """
    if table == "users" and key in db.users and isinstance(goal, User):
        yield from _certificates(db.users[key], goal)
    elif table == "reservations" and isinstance(goal, Reservation):
        if key in db.reservations:
            yield from _of_reservation(db, db.reservations[key], goal)
        else:
            yield _booking(goal)
            if goal.status == "cancelled":
                yield Call("cancel_reservation", {"reservation_id": key})


def _certificates(user: User, goal: User) -> Iterator[Call]:
    """Give a call for each certificate that is new, or is worth something else."""
    for key, method in goal.payment_methods.items():
        if isinstance(method, Certificate) and method != user.payment_methods.get(key):
            yield Call("send_certificate", {"user_id": user.user_id, "amount": int(method.amount)})


def _booking(goal: Reservation) -> Call:
    paid = [entry for entry in goal.payment_history if entry.amount > 0]
    arguments = {
        "user_id": goal.user_id,
        "origin": goal.origin,
        "destination": goal.destination,
        "flight_type": goal.flight_type,
        "cabin": goal.cabin,
        "flights": _flights(goal.flights),
        "passengers": [person.plain for person in goal.passengers],
        "payment_methods": [entry.plain for entry in paid],
        "total_baggages": goal.total_baggages,
        "nonfree_baggages": goal.nonfree_baggages,
        "insurance": goal.insurance,
    }
    return Call("book_reservation", arguments)


def _flights(flights: Sequence[ReservationFlight]) -> list[dict[str, JSON]]:
    return as_flights([(flight.flight_number, flight.date) for flight in flights])


def _of_reservation(db: AirlineDB, now: Reservation, goal: Reservation) -> Iterator[Call]:
    own: dict[str, JSON] = {"reservation_id": now.reservation_id}
    user = db.users.get(now.user_id)
    methods = _methods(user, now, goal) if user else ()
    if goal.status == "cancelled" and now.status is None:
        yield Call("cancel_reservation", own)
    if goal.passengers != now.passengers:
        people = [person.plain for person in goal.passengers]
        yield Call("update_reservation_passengers", {**own, "passengers": people})
    for method_id in methods:
        if (goal.total_baggages, goal.nonfree_baggages) != (
            now.total_baggages,
            now.nonfree_baggages,
        ):
            bags = {
                "total_baggages": goal.total_baggages,
                "nonfree_baggages": goal.nonfree_baggages,
            }
            yield Call("update_reservation_baggages", {**own, **bags, "payment_id": method_id})
        for cabin, flights in _changes(now, goal):
            change = {"cabin": cabin, "flights": _flights(flights), "payment_id": method_id}
            yield Call("update_reservation_flights", {**own, **change})


def _methods(user: User, now: Reservation, goal: Reservation) -> Sequence[str]:
    """Return the methods that may pay for a step, or get back what it saves.

    Those have entries among the payments since; with any other one, only a step that costs nothing
    leads on, which does the same with all of them. So two methods are enough to show that.
    """
    since = {entry.payment_id for entry in goal.payment_history[len(now.payment_history) :]}
    able = [key for key, each in user.payment_methods.items() if not isinstance(each, Certificate)]
    paying = [key for key in able if key in since]
    return paying + [key for key in able if key not in since][: 1 if paying else 2]


def _changes(
    now: Reservation, goal: Reservation
) -> Iterator[tuple[str, Sequence[ReservationFlight]]]:
    """Give the changes of cabin and flights: to the goal, or as far as one step could go."""

    def names(flights: Sequence[ReservationFlight]) -> tuple[tuple[str, str], ...]:
        return tuple((flight.flight_number, flight.date) for flight in flights)

    (there, back), (new_there, new_back) = split(now), split(goal)
    ways = {
        names(way): way
        for way in ([*a, *b] for a, b in product((there, new_there), (back, new_back)))
    }
    for cabin, (way, flights) in product(dict.fromkeys((now.cabin, goal.cabin)), ways.items()):
        if (cabin, way) != (now.cabin, names(now.flights)):
            yield cabin, flights


def apart(record: Record, goal: Record) -> int | None:
    """Return how many writes it takes at least from a record to another one, None if none lead.

    Each tool changes a part of a reservation that no other one does, and all of them add to the
    end of its payments: an update one at most. Nothing is done to what is cancelled.
    """
    if not isinstance(record, Reservation) or not isinstance(goal, Reservation):
        return 1
    paid, paid_then = record.payment_history, goal.payment_history
    if record.status == "cancelled" or paid_then[: len(paid)] != paid:
        return None
    cancelled = goal.status == "cancelled"
    tools = (
        cancelled,
        record.passengers != goal.passengers,
        (record.total_baggages, record.nonfree_baggages)
        != (goal.total_baggages, goal.nonfree_baggages),
        (record.cabin, record.flights) != (goal.cabin, goal.flights),
    )
    payments = 0 if cancelled else len(paid_then) - len(paid)
    return max(1, sum(tools), payments)
