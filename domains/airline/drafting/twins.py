"""Words for flights that are given: their numbers, or what a user has looked up."""

from collections.abc import Mapping, Sequence

from writ_gym.database import JSON
from writ_gym.domains.airline.drafting.journeys import Found, named_journey
from writ_gym.domains.airline.drafting.scene import Scene
from writ_gym.domains.airline.drafting.trips import Planned, trip_piece
from writ_gym.domains.airline.intents.flights import Route
from writ_gym.domains.airline.intents.trips import DIRECTIONS, Direction, route_of, ways_of
from writ_gym.domains.airline.schema import Cabin, Reservation


def exact_booking(
    scene: Scene, arguments: Mapping[str, JSON], seats: int, known: bool
) -> Planned | None:
    """Return the trip of a booking that names its flights.

    Args:
        scene: The draft.
        arguments: Those of the booking.
        seats: The number of passengers.
        known: Whether the user has looked the flights up.
    """
    flights = [(each["flight_number"], each["date"]) for each in arguments["flights"]]
    ends = (arguments["origin"],), (arguments["destination"],)
    there, back = _split(scene, flights, arguments["destination"])
    if bool(back) is (arguments["flight_type"] == "one_way"):
        return None
    cabin = arguments["cabin"]
    found = [
        named_journey(scene, Route(*route, (part[0][1],)), part, cabin, seats,
                      named=part is there, known=known)
        for part, route in ((there, ends), (back, ends[::-1]))
        if 1 <= len(part) <= 2
    ]  # fmt: skip
    if len(found) != 1 + bool(back):
        return None
    return _planned(dict(zip(DIRECTIONS, found, strict=False)))


def _split(
    scene: Scene, flights: Sequence[tuple[str, str]], goal: str
) -> tuple[Sequence[tuple[str, str]], Sequence[tuple[str, str]]]:
    """Return the flights up to the first that arrives at an airport, and the others."""
    ends = [scene.db.flights[number].destination for number, _ in flights]
    end = ends.index(goal) + 1 if goal in ends else len(ends)
    return flights[:end], flights[end:]


def exact_trip(
    scene: Scene,
    reservation: Reservation,
    flights: Sequence[tuple[str, str]],
    cabin: Cabin,
    known: bool,
) -> Planned | None:
    """Return the trip that names the flights of a reservation that are to be other ones.

    Args:
        scene: The draft.
        reservation: The reservation.
        flights: Numbers and dates of all its flights after the change.
        cabin: Their cabin.
        known: Whether the user has looked them up.
    """
    parts = dict(zip(DIRECTIONS, _split(scene, flights, reservation.destination), strict=True))
    if reservation.flight_type == "one_way":
        parts = {"there": flights, "back": []}
    found: dict[Direction, Found | None] = {}
    for name, way in ways_of(reservation).items():
        new = parts[name]
        if list(new) == [(each.flight_number, each.date) for each in way]:
            continue
        if not 1 <= len(new) <= 2:
            return None
        origin, destination = route_of(reservation, name)
        found[name] = named_journey(
            scene, Route((origin,), (destination,), (new[0][1],)), new, cabin,
            len(reservation.passengers), own=reservation.flights, named=False, known=known,
        )  # fmt: skip
    return _planned(found)


def _planned(found: Mapping[Direction, Found | None]) -> Planned | None:
    there, back = found.get("there"), found.get("back")
    if not found or None in found.values():
        return None
    return Planned(
        trip_piece(there=there, back=back),
        there.candidate if there else (), back.candidate if back else (),
    )  # fmt: skip
