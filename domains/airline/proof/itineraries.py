"""Other flights for a reservation, out of the timetable."""

from collections.abc import Iterable, Iterator, Sequence

from writ_gym.database import JSON
from writ_gym.domains.airline.proof.references import Case
from writ_gym.domains.airline.schema import Flight, FlightType, Reservation, by_route
from writ_gym.meaning.brute_force import keeps
from writ_gym.meaning.queries import Condition

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
    named = [condition for condition in where if condition.attribute == "flight"]
    kinds = [kind for kind in (now, OTHER[now]) if all(keeps(kind, c) for c in trips)]
    for kind in kinds:
        for way in _ways(case, reservation, kind, where):
            if dates[0] not in way[0].dates or (way[1:] and dates[1] not in way[1].dates):
                continue
            numbers = tuple([flight.flight_number for flight in way])
            if all(keeps(numbers, condition) for condition in named):
                flights = [
                    {"flight_number": flight.flight_number, "date": day}
                    for flight, day in zip(way, dates, strict=False)
                ]
                destination = way[0].destination
                return {"flights": flights, "destination": destination, "flight_type": kind}
    return {}


def _ways(
    case: Case, reservation: Reservation, kind: FlightType, where: Iterable[Condition]
) -> Iterator[tuple[Flight, ...]]:
    ends = [condition for condition in where if condition.attribute in ("origin", "destination")]
    named = [each for each in where if each.attribute == "flight" and each.test == "has"]
    fitting: dict[tuple[str, str], bool] = {}
    for there in _likely(case, reservation):
        route = there.origin, there.destination
        if route not in fitting:
            fitting[route] = all(keeps(getattr(there, each.attribute), each) for each in ends) and (
                all(_is_on(case, str(each.value), route) for each in named)
            )
        if not fitting[route]:
            continue
        if kind == "one_way":
            yield (there,)
        else:
            yield from ((there, back) for back in case.db.flights.group(by_route, route[::-1]))


def _is_on(case: Case, number: str, route: tuple[str, str]) -> bool:
    """Say whether a flight leads along a route, or back."""
    flight = case.db.flights.get(number)
    return flight is not None and (flight.origin, flight.destination) in (route, route[::-1])


def _likely(case: Case, reservation: Reservation) -> Iterator[Flight]:
    """Give flights for the way there: first those of the same route, last any."""
    flights = case.db.flights
    yield from flights.group(by_route, (reservation.origin, reservation.destination))
    every = flights.group(_any, None)
    for flight in every:
        if flight.origin == reservation.origin or flight.destination == reservation.destination:
            yield flight
    yield from every


def _any(flight: Flight) -> tuple[None]:
    """Index all flights as one group."""
    return (None,)
