"""Other flights for a reservation, out of the timetable."""

from collections.abc import Iterable, Iterator, Sequence

from writ_gym.brute_force import Value, keeps
from writ_gym.database import JSON
from writ_gym.domains.airline.proof.references import Case
from writ_gym.domains.airline.schema import Flight, FlightType, Reservation, by_route
from writ_gym.queries import Condition

OTHER: dict[FlightType, FlightType] = {"one_way": "round_trip", "round_trip": "one_way"}


def itinerary(case: Case, reservation: Reservation, where: Sequence[Condition]) -> dict[str, JSON]:
    """Return the fields of a shape that leads elsewhere, as the conditions want it.

    Args:
        case: The world.
        reservation: The reservation, whose dates are kept.
        where: Conditions on origin, destination, trip and flights.

    Returns:
        An empty draft if direct flights do not lead there.
    """
    if not reservation.flights:
        return {}
    dates = reservation.flights[0].date, reservation.flights[-1].date
    now = reservation.flight_type
    trips = [condition for condition in where if condition.attribute == "trip"]
    kinds = [kind for kind in (now, OTHER[now]) if all(keeps(kind, c) for c in trips)]
    for kind in kinds:
        for way in _ways(case, reservation, kind):
            flown = all(day in flight.dates for flight, day in zip(way, dates, strict=False))
            if flown and _fits(way, kind, where):
                flights = [
                    {"flight_number": flight.flight_number, "date": day}
                    for flight, day in zip(way, dates, strict=False)
                ]
                destination = way[0].destination
                return {"flights": flights, "destination": destination, "flight_type": kind}
    return {}


def _ways(case: Case, reservation: Reservation, kind: FlightType) -> Iterator[tuple[Flight, ...]]:
    for there in _likely(case, reservation):
        if kind == "one_way":
            yield (there,)
        else:
            route = there.destination, there.origin
            yield from ((there, back) for back in case.db.flights.lookup(by_route, route))


def _likely(case: Case, reservation: Reservation) -> Iterator[Flight]:
    """Give flights for the way there: first those of the same route, last any."""
    flights = case.db.flights
    yield from flights.lookup(by_route, (reservation.origin, reservation.destination))
    for flight in flights.values():
        if flight.origin == reservation.origin or flight.destination == reservation.destination:
            yield flight
    yield from flights.values()


def _fits(way: tuple[Flight, ...], kind: FlightType, where: Iterable[Condition]) -> bool:
    values: dict[str, Value] = {
        "origin": way[0].origin,
        "destination": way[0].destination,
        "trip": kind,
        "flight": tuple(flight.flight_number for flight in way),
    }
    return all(keeps(values[condition.attribute], condition) for condition in where)
