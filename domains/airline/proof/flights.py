"""Which flights a user means."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import product
from typing import NamedTuple

from writ_gym.domains.airline.proof.references import Case, first_date
from writ_gym.domains.airline.proof.searching import (
    DIRECT,
    ONE_STOP,
    TOOLS,
    Legs,
    Search,
    later,
    searched,
    status_of,
)
from writ_gym.domains.airline.schema import (
    AirlineDB,
    Available,
    Cabin,
    Reservation,
    ReservationFlight,
)
from writ_gym.domains.airline.wishes import DaysFrom, Fares, Journey, LookedUp
from writ_gym.meaning.brute_force import chosen, unclear
from writ_gym.meaning.proofs import UnclearError


class Direction(NamedTuple):
    """One direction of a trip as it is looked for: where, for whom, and in place of what."""

    what: str
    """The name of the choice: "there", "back", "journey" or "condition"."""
    wish: Journey | LookedUp
    origins: tuple[str, ...]
    destinations: tuple[str, ...]
    seats: int
    start: str | None = None
    """The date from which days are counted, if there is one."""
    taken: frozenset[tuple[str, str]] = frozenset()
    """Flights that the reservation has already, by number and date."""


def searches(case: Case, direction: Direction) -> Sequence[Search]:
    """Return the searches that list all candidates."""
    wish = direction.wish
    if isinstance(wish, LookedUp):
        tool = DIRECT if len(wish.flights) == 1 else ONE_STOP
        return [
            Search(tool, origin, destination, wish.flights[0].date)
            for origin in direction.origins
            for destination in direction.destinations
        ]
    dates = tuple(dates_of(case, direction, wish))
    return _searches(direction.origins, direction.destinations, dates, wish.stops)


@lru_cache(1024)
def _searches(
    origins: tuple[str, ...], destinations: tuple[str, ...], dates: tuple[str, ...], stops: str
) -> Sequence[Search]:
    """Return the searches from some airports to others; the same in all edited worlds."""
    return tuple(
        Search(tool, origin, destination, day)
        for origin, destination, day in dict.fromkeys(product(origins, destinations, dates))
        for tool in TOOLS[stops]
    )


def dates_of(case: Case, direction: Direction, wish: Journey) -> Sequence[str]:
    """Return the dates on which a journey may begin."""
    dates = wish.dates
    if not isinstance(dates, DaysFrom):
        return [later(day, 0) for day in dates]
    if dates.trip is None:
        start = direction.start
        if start is None:
            unclear("There is no date from which to count.")
    else:
        other = case.referred(dates.trip, f"{direction.what} dates")
        start = first_date(other) if dates.edge == "start" else other.flights[-1].date
    return [later(start, days) for days in dates.days]


def fitting(case: Case, direction: Direction, cabin: Cabin) -> list[Legs]:
    """Return what can be taken and keeps the conditions, in the order of the searches."""
    wish = direction.wish
    dates = wish.dates if isinstance(wish, Journey) else None
    if isinstance(dates, DaysFrom) and dates.trip is not None:  # it hangs on what was picked
        return _fitting(case, direction, cabin)
    key = "fitting", id(wish), cabin, *direction[2:]
    known: tuple[object, list[Legs]] | None = case.flights.get(key)
    if known is None:
        known = case.flights[key] = wish, _fitting(case, direction, cabin)
    return known[1]


def _fitting(case: Case, direction: Direction, cabin: Cabin) -> list[Legs]:
    # No two searches list the same: they differ in where and when it begins, or in where it ends.
    return [
        legs
        for search in searches(case, direction)
        for legs in searched(case, search).fitting(
            direction.wish, cabin, direction.seats, direction.taken
        )
    ]


def compared(fares: Fares) -> Direction:
    """Return the flights of which a condition compares the fares."""
    return Direction("condition", fares.journey, (fares.origin,), (fares.destination,), 1)


def meant(case: Case, direction: Direction, cabin: Cabin) -> Legs | None:
    """Return the flights that are meant, None if none fit."""
    wish = direction.wish
    if direction.what in case.picks:
        picked = case.picks[direction.what]
        fits = fitting(case, direction, cabin)
        return next((legs for legs in fits if legs.label == picked), None)
    if isinstance(wish, LookedUp):
        return _looked_up(case, direction, wish, cabin)
    found = fitting(case, direction, cabin)
    return chosen(found, wish, lambda legs, name: legs.attribute(name, cabin))


def _looked_up(case: Case, direction: Direction, wish: LookedUp, cabin: Cabin) -> Legs:
    wanted = tuple((each.flight_number, each.date) for each in wish.flights)
    for legs in fitting(case, direction, cabin):
        if legs.names == wanted and legs.fare(cabin) == wish.fare:
            return legs
    raise UnclearError("The flights are not as the user says.")


# What a reservation has


def split(reservation: Reservation) -> tuple[list[ReservationFlight], list[ReservationFlight]]:
    """Return the flights of the way there and of the way back."""
    flights = list(reservation.flights)
    ends = [flight.destination for flight in flights]
    if reservation.flight_type == "one_way" or reservation.destination not in ends:
        return flights, []
    place = ends.index(reservation.destination) + 1
    return flights[:place], flights[place:]


def can_be_had(db: AirlineDB, flight: ReservationFlight, cabin: Cabin, seats: int) -> bool:
    """Say whether a flight of a reservation is on sale, with seats in a cabin."""
    status = status_of(db, flight.flight_number, flight.date)
    return isinstance(status, Available) and getattr(status.available_seats, cabin) >= seats


def fare_now(db: AirlineDB, flight: ReservationFlight, cabin: Cabin) -> int:
    """Return what a flight that can be had costs today for one passenger, in US dollars."""
    status = status_of(db, flight.flight_number, flight.date)
    return int(getattr(status.prices, cabin)) if isinstance(status, Available) else 0
