"""How a user can mean flights there and back, in a booking and in a change."""

from collections.abc import Sequence
from typing import NamedTuple

from writ_gym.domains.airline.drafting.journeys import (
    Found,
    Shape,
    find_journey,
    shapes,
)
from writ_gym.domains.airline.drafting.reservations import some_reservation
from writ_gym.domains.airline.drafting.scene import Scene
from writ_gym.domains.airline.intents.flights import Candidate, Route, days_later, times
from writ_gym.domains.airline.intents.trips import DIRECTIONS, Direction, route_of, ways_of
from writ_gym.domains.airline.schema import LAST_DAY, TODAY, Cabin, Reservation
from writ_gym.domains.airline.wishes import DaysFrom, Journey, Trip
from writ_gym.sampling.drafting import Piece

MOST_SEARCHES = 12
"""Searches that a trip takes at most."""
MOST_BACK = 6
"""Searches that one of two directions takes at most."""
RELATIVE = 0.3
"""Chance that a user counts days from another date."""
FIRST_DAY = days_later(TODAY, 1)


class Planned(NamedTuple):
    """A trip in words, and what it means."""

    piece: Piece[Trip]
    there: Candidate
    back: Candidate


def window(scene: Scene, count: int, first: str, last: str) -> tuple[str, ...]:
    """Return so many dates from ``first`` to ``last``, in a row or with a gap; none if too few."""
    days = [first]
    while days[-1] < last:
        days.append(days_later(days[-1], 1))
    if first > last or len(days) < count:
        return ()
    if scene.chance(0.3):
        return tuple(scene.some(days, count))
    start = int(scene.rng.random() * (len(days) - count + 1))
    return tuple(days[start : start + count])


def booked_trip(
    scene: Scene, room: int, cabin: Cabin, seats: int, met: bool = True
) -> Planned | None:
    """Return the trip of a booking that takes exactly so many new reads.

    Args:
        scene: The draft.
        room: The number of reads.
        cabin: The cabin.
        seats: The number of passengers.
        met: Whether there are such flights; if not, it is one way.
    """
    back = 0
    if met and room > 1 and (room > MOST_SEARCHES // 2 or scene.chance(0.5)):
        least, most = max(1, room - MOST_SEARCHES), min(MOST_BACK, room - 1)
        back = least + int(scene.rng.random() * (most + 1 - least))
    last = days_later(LAST_DAY, -4 if back else 0)
    out = _booked_there(scene, room - back, cabin, seats, last, met)
    if out is None:
        return None
    if not back:
        return Planned(trip_piece(there=out), out.candidate, ())
    home = _booked_back(scene, back, cabin, seats, out)
    return home and Planned(trip_piece(there=out, back=home), out.candidate, home.candidate)


def trip_piece(there: Found | None = None, back: Found | None = None) -> Piece[Trip]:
    """Return a trip in words, with the searches that show what it means."""
    found = [each for each in (there, back) if each]
    trip = Trip(there=there and there.journey, back=back and back.journey)
    names = tuple(name for each in found for name in each.operators)
    return Piece(trip, frozenset().union(*(each.reads for each in found)), names)


def _booked_there(
    scene: Scene, room: int, cabin: Cabin, seats: int, last: str, met: bool
) -> Found | None:
    """Return the way there, with a date that is counted from another reservation, perhaps."""
    flight = scene.choose(scene.flights)
    ends = flight.origin, flight.destination
    anchors = [each for each in scene.active() if FIRST_DAY <= each.flights[0].date < last]
    # Where there is no flight on any of the dates, it does not matter which they are.
    if met and room > 1 and anchors and scene.chance(RELATIVE):
        anchor = scene.choose(anchors)
        piece = some_reservation(scene, anchor, min(3, room - 1))
        if piece is None:
            return None
        shape = _shape(scene, room - scene.new(piece.reads), 1)
        first = anchor.flights[0].date
        dates = window(scene, shape.days, first, min(last, days_later(first, 7))) if shape else ()
        if shape is None or not dates:
            return None
        counted = DaysFrom(days=_days(first, dates), trip=piece.value)
        route = Route((ends[0],), (ends[1],), dates)
        found = find_journey(scene, route, shape.stops, cabin, seats, dates=counted, met=met)
        return found and found._replace(
            reads=found.reads | piece.reads,
            operators=("join", *found.operators, *piece.operators),
        )
    shape = _shape(scene, room, 3)
    dates = window(scene, shape.days, FIRST_DAY, last) if shape else ()
    if shape is None or not dates:
        return None
    route = widened(scene, shape, ends, dates)
    return find_journey(scene, route, shape.stops, cabin, seats, met=met, known=not room)


def _shape(scene: Scene, room: int, airports: int) -> Shape | None:
    if not room:  # the user has looked the flights up
        return Shape(1, 1, scene.choose(("direct", "one_stop")))
    options = shapes(room, airports)
    return scene.choose(options) if options else None


def widened(scene: Scene, shape: Shape, ends: tuple[str, str], dates: tuple[str, ...]) -> Route:
    """Return a route with more airports on one of its ends."""
    others = [code for code in scene.airports if code not in ends]
    more = tuple(scene.shuffled(others)[: shape.airports - 1])
    origins, destinations = (ends[0],), (ends[1],)
    if scene.chance(0.5):
        return Route((*origins, *more), destinations, dates)
    return Route(origins, (*destinations, *more), dates)


def _days(base: str, dates: Sequence[str]) -> tuple[int, ...]:
    """Return how many days after a date some dates are."""
    return tuple(_distance(base, each) for each in dates)


def _distance(base: str, day: str) -> int:
    days, step = 0, 1 if day > base else -1
    while days_later(base, days) != day:
        days += step
    return days


def _booked_back(scene: Scene, room: int, cabin: Cabin, seats: int, out: Found) -> Found | None:
    """Return the way back of a booking, two days after the way there at the earliest."""
    there = out.candidate
    earliest = days_later(max(*_dates_of(out), there[-1].date), 2)
    shape = _shape(scene, room, 1)
    dates = window(scene, shape.days, earliest, LAST_DAY) if shape else ()
    if shape is None or not dates:
        return None
    route = Route((there[-1].destination,), (there[0].origin,), dates)
    counted = None
    if scene.chance(RELATIVE):
        counted = DaysFrom(days=_days(there[0].date, dates))
    return find_journey(scene, route, shape.stops, cabin, seats, dates=counted, named=False)


def _dates_of(found: Found) -> tuple[str, ...]:
    """Return the dates that a journey may have, as far as the user says them."""
    dates = getattr(found.journey, "dates", None)
    return dates if isinstance(dates, tuple) else (found.candidate[0].date,)


def room_for_trip(scene: Scene, reservation: Reservation) -> int:
    """Return how many of the reads that are left searches can take, for the reservation to fit."""
    own = scene.new({reservation.reservation_id})
    most = min(MOST_SEARCHES, max(0, scene.room - own))
    least = max(0, scene.room - scene.new(scene.user.reservations))
    if scene.chance(0.5) or least >= most:
        return most
    return least + int(scene.rng.random() * (most + 1 - least))


def changed_trip(
    scene: Scene,
    reservation: Reservation,
    room: int,
    met: bool = True,
    cabin: Cabin | None = None,
) -> Planned | None:
    """Return other flights for a reservation that take exactly so many new reads.

    Args:
        scene: The draft.
        reservation: The reservation.
        room: The number of searches.
        met: Whether there are such flights.
        cabin: The cabin of all flights afterwards, if it is another one.
    """
    ways = ways_of(reservation)
    other = cabin if cabin != reservation.cabin else None
    able = [name for name in DIRECTIONS if ways[name] and (room or met)]
    one_is_enough = room <= 1 or scene.chance(0.6)
    if len(able) > 1 and one_is_enough and room <= MOST_SEARCHES // 2 and not other:
        able = [scene.choose(able)]
    if not able or 0 < room < len(able):
        return None
    counts = {able[0]: room}
    if len(able) > 1:
        second = 1 + int(scene.rng.random() * min(MOST_BACK, room - 1))
        counts = {able[0]: room - second, able[1]: second}
    found = {
        name: _changed(scene, reservation, name, count, met, cabin or reservation.cabin)
        for name, count in counts.items()
    }
    if not all(found.values()):
        return None
    there, back = found.get("there"), found.get("back")
    if met and there and back and times(back.candidate)[0] < times(there.candidate)[1]:
        return None
    return Planned(
        trip_piece(there=there, back=back),
        there.candidate if there else (), back.candidate if back else (),
    )  # fmt: skip


def _changed(
    scene: Scene,
    reservation: Reservation,
    direction: Direction,
    room: int,
    met: bool,
    cabin: Cabin,
) -> Found | None:
    """Return other flights for one direction, on dates that leave the other one possible."""
    ways = ways_of(reservation)
    first, last = FIRST_DAY, LAST_DAY
    if direction == "there" and ways["back"]:
        last = days_later(ways["back"][0].date, -2)
    if direction == "back":
        first = max(first, days_later(ways["there"][-1].date, 2))
    shape = _shape(scene, room, 1)
    dates = window(scene, shape.days, first, last) if shape else ()
    if shape is None or not dates:
        return None
    now = ways[direction][0].date
    counted = DaysFrom(days=_days(now, dates)) if scene.chance(2 * RELATIVE) else None
    origin, destination = route_of(reservation, direction)
    return find_journey(
        scene, Route((origin,), (destination,), dates), shape.stops, cabin,
        len(reservation.passengers), own=reservation.flights, dates=counted, named=False, met=met,
        known=not room,
    )  # fmt: skip


def cheapest(scene: Scene, reservation: Reservation) -> Trip:
    """Return a trip that asks for the cheapest flights on another day."""
    direction = "back" if ways_of(reservation)["back"] and scene.chance(0.5) else "there"
    days = (scene.choose((-2, -1, 1, 2)),)
    journey = Journey(dates=DaysFrom(days=days), by="price", extreme="lowest")
    return Trip(**{direction: journey})
