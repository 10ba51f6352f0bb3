"""How a solver finds what a user means, through reads alone: profiles and reservations.

Each ``find`` function resolves one kind of reference of ``wishes``. A search that may stop at the
first record that fits stops there.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache

from writ_gym.database import JSON
from writ_gym.domains.airline.intents.flights import Route, able, in_cabin, search
from writ_gym.domains.airline.rules import belief_refuted, condition_not_met, no_such_reservation
from writ_gym.domains.airline.schema import Passenger, Reservation, User
from writ_gym.domains.airline.wishes import (
    CONDITION,
    RESERVATION,
    Belief,
    EveryReservation,
    Fares,
    Guard,
    Limit,
    ReservationBeside,
    ReservationById,
    ReservationChoice,
    ReservationReference,
    Reservations,
)
from writ_gym.errors import UnsolvableError
from writ_gym.meaning.breaches import Breach
from writ_gym.meaning.queries import keeps, parse, passes, pick
from writ_gym.meaning.solving import Reads, read

# The same records are read again and again; a text always means the same record.
_reservation = lru_cache(4096)(Reservation.model_validate_json)
_user = lru_cache(1024)(User.model_validate_json)


def full_name(person: Passenger) -> str:
    """Return first and last name."""
    return f"{person.first_name} {person.last_name}"


_ATTRIBUTES: Mapping[str, Callable[[Reservation], JSON]] = {
    "origin": lambda each: each.origin,
    "destination": lambda each: each.destination,
    "cabin": lambda each: each.cabin,
    "insurance": lambda each: each.insurance,
    "trip": lambda each: each.flight_type,
    "status": lambda each: each.status or "active",
    "passengers": lambda each: len(each.passengers),
    "bags": lambda each: each.total_baggages,
    "total": lambda each: sum(payment.amount for payment in each.payment_history),
    "departure": lambda each: each.flights[0].date if each.flights else "",
    "created": lambda each: each.created_at,
    "traveller": lambda each: [full_name(passenger) for passenger in each.passengers],
    "flight": lambda each: [flight.flight_number for flight in each.flights],
}


def attribute(reservation: Reservation, name: str) -> JSON:
    """Return an attribute of a reservation; see the specification."""
    if name not in _ATTRIBUTES:
        raise UnsolvableError(f"A reservation has no attribute {name!r}.")
    return _ATTRIBUTES[name](reservation)


def read_user(caller: str) -> Reads[User]:
    """Read the user's profile."""
    return _user((yield from read("get_user_details", user_id=caller)))


def read_reservation(reservation_id: str) -> Reads[Reservation]:
    """Read a reservation."""
    text = yield from read("get_reservation_details", reservation_id=reservation_id)
    return _reservation(text)


def read_status(flight_number: str, date: str) -> Reads[str]:
    """Read the status of a flight on a date."""
    return (yield from read("get_flight_status", flight_number=flight_number, date=date))


def read_reservations(caller: str, meant: Reservations) -> Reads[list[Reservation]]:
    """Read the reservations of a scope and return those that keep the conditions."""
    scope = meant.scope
    ids = (yield from read_user(caller)).reservations if scope == "all" else scope
    found: list[Reservation] = []
    for reservation_id in ids:
        found.append((yield from read_reservation(reservation_id)))  # noqa: PERF401 - a generator
    return [each for each in found if keeps(each, meant.where, attribute)]


def find_reservations(caller: str, value: JSON) -> Reads[list[Reservation] | Breach]:
    """Find the reservation that a reference means, or all of them; a breach if nothing fits."""
    reference = parse(RESERVATION, value)
    if isinstance(reference, EveryReservation):
        found = yield from read_reservations(caller, reference)
        return found or no_such_reservation(reference.where)
    one = yield from find_reservation(caller, reference)
    return one if isinstance(one, Breach) else [one]


def find_reservation(caller: str, reference: ReservationReference) -> Reads[Reservation | Breach]:
    """Find the one reservation that a reference means; a breach if nothing fits."""
    match reference:
        case ReservationById(id=reservation_id):
            return (yield from read_reservation(reservation_id))
        case ReservationBeside():
            return (yield from _beside(caller, reference))
        case ReservationChoice(by=None):
            found = yield from _search(caller, reference)
        case _:
            fitting = yield from read_reservations(caller, reference)
            found = pick(fitting, reference, attribute)
    return found or no_such_reservation(reference.where)


def _search(caller: str, choice: ReservationChoice) -> Reads[Reservation | None]:
    """Look through reservations one by one, up to the only one that fits."""
    scope = choice.scope
    for reservation_id in (yield from read_user(caller)).reservations if scope == "all" else scope:
        found = yield from read_reservation(reservation_id)
        if keeps(found, choice.where, attribute):
            return found
    return None


def _beside(caller: str, reference: ReservationBeside) -> Reads[Reservation | Breach]:
    """Find a neighbour by when reservations were made or depart."""
    other = yield from find_reservation(caller, reference.beside)
    if isinstance(other, Breach):
        return other
    mine = yield from read_reservations(caller, Reservations())
    listed = sorted(mine, key=lambda each: attribute(each, reference.order))
    place = next((n for n, each in enumerate(listed) if each == other), None)
    if place is None or not 0 <= place + reference.step < len(listed):
        raise UnsolvableError(f"{other.reservation_id} has no neighbour on that side.")
    neighbour = listed[place + reference.step]
    values = [attribute(each, reference.order) for each in listed]
    for each in (other, neighbour):
        if values.count(attribute(each, reference.order)) > 1:
            raise UnsolvableError(f"Reservations are tied in {reference}.")
    return neighbour


def refer(caller: str, reference: ReservationReference) -> Reads[Reservation]:
    """Find a reservation of the user's that is mentioned on the way to something else.

    Raises:
        UnsolvableError: Nothing fits, or it is not the user's.
    """
    found = yield from find_reservation(caller, reference)
    mine = (yield from read_user(caller)).reservations
    if isinstance(found, Breach) or found.reservation_id not in mine:
        raise UnsolvableError(f"None of the user's reservations is meant by {reference}.")
    return found


def check_guard(caller: str, facts: Mapping[str, JSON]) -> Reads[Breach | None]:
    """Return the breach of the condition that the user set, if it does not hold."""
    guard = condition_in(facts)
    if isinstance(guard, Belief) and guard.of is not None:
        return refuted(guard, (yield from refer(caller, guard.of)))
    if isinstance(guard, Guard):
        name = guard.figure
        figure = yield from find_figure(caller, name, guard.reservations)
    elif isinstance(guard, Fares):
        name, figure = "total", (yield from _lowest_fare(guard))
    else:
        return None
    held = passes(figure, guard.test, guard.value)
    return None if held else condition_not_met(name, figure)


def _lowest_fare(fares: Fares) -> Reads[int]:
    """Find the lowest fare of a direct flight on any of some dates."""
    journey = fares.journey
    found = yield from search(journey, Route(journey.origins, journey.destinations, fares.dates))
    price = in_cabin(fares.cabin)
    prices = [price(each, "price") for each in able(found, fares.cabin, 1)]
    if not prices:
        raise UnsolvableError(f"No flight can be had of those in {fares}.")
    return int(min(prices))


def check_belief(facts: Mapping[str, JSON], reservation: Reservation) -> Breach | None:
    """Look at what the user takes to be so of the reservation that a request is about."""
    belief = condition_in(facts)
    if not isinstance(belief, Belief) or belief.of is not None:
        return None
    return refuted(belief, reservation)


def refuted(belief: Belief, reservation: Reservation) -> Breach | None:
    """Return what a reservation is like, if it is not as the user takes it to be."""
    if keeps(reservation, [belief.believed], attribute):
        return None
    name = belief.believed.attribute
    return belief_refuted(reservation.reservation_id, name, attribute(reservation, name))


def condition_in(facts: Mapping[str, JSON]) -> Guard | Fares | Limit | Belief | None:
    """Return the condition that the user set."""
    return parse(CONDITION, facts["condition"]) if "condition" in facts else None


def find_figure(caller: str, figure: str, meant: Reservations) -> Reads[int]:
    """Compute a figure over reservations."""
    found = yield from read_reservations(caller, meant)
    if figure == "count":
        return len(found)
    return sum(attribute(each, figure) for each in found)
