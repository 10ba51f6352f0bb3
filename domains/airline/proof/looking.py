"""Which flights of the timetable a request looks at: in what directions, and which have to stay."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple

from writ_gym.domains.airline.proof.answers import asked_for
from writ_gym.domains.airline.proof.flights import Direction, compared, meant, searches, split
from writ_gym.domains.airline.proof.people import travellers
from writ_gym.domains.airline.proof.references import Case
from writ_gym.domains.airline.proof.searching import DIRECT, Search
from writ_gym.domains.airline.proof.stakes import find_stakes
from writ_gym.domains.airline.proof.trips import directions, way_back, way_there
from writ_gym.domains.airline.schema import Cabin, Reservation, ReservationFlight
from writ_gym.domains.airline.wishes import CABIN, CONDITION, PASSENGERS, TRIP, Fares, Trip
from writ_gym.meaning.brute_force import ForbiddenError, Values, parsed
from writ_gym.meaning.proofs import UnclearError


class Look(NamedTuple):
    """A direction in which flights are looked for in a cabin."""

    direction: Direction
    cabin: Cabin
    condition: Fares | None = None
    """The condition for the sake of which fares are compared there."""


def find_looks(case: Case, intent: str, values: Values) -> Iterator[Look]:
    """Give the directions in which flights have to be chosen, in every cabin that may be meant."""
    with suppress(UnclearError, ForbiddenError):
        if "journey" in values:
            yield Look(*asked_for(values))
        condition = parsed(CONDITION, values["condition"]) if "condition" in values else None
        if isinstance(condition, Fares):
            yield Look(compared(condition), condition.cabin, condition)
        if "trip" in values:
            trip = parsed(TRIP, values["trip"])
            cabins = parsed(CABIN, values["cabin"]).cabins if "cabin" in values else ()
            if intent == "book":
                seats = len(travellers(case, parsed(PASSENGERS, values["passengers"])))
                for cabin in cabins:
                    yield from _booked(case, trip, seats, cabin)
            for reservation in meant_reservations(case, intent, values):
                for cabin in cabins or (reservation.cabin,):
                    yield from (Look(each, cabin) for each in directions(reservation, trip))


def _booked(case: Case, trip: Trip, seats: int, cabin: Cabin) -> Iterator[Look]:
    ahead = way_there(trip, seats)
    yield Look(ahead, cabin)
    there = meant(case, ahead, cabin)
    back = way_back(trip, there, seats) if there else None
    if back is not None:
        yield Look(back, cabin)


def meant_reservations(case: Case, intent: str, values: Values) -> list[Reservation]:
    """Return the reservations that the request is about."""
    if "reservation" not in values:
        return []
    return next(find_stakes(intent, values)).meant(case)


class Staying(NamedTuple):
    """A flight of a reservation that may have to be had in another cabin."""

    flight: ReservationFlight
    cabins: tuple[Cabin, ...]

    @property
    def search(self) -> Search:
        """The search that shows whether it can be had, and for how much."""
        return Search(DIRECT, self.flight.origin, self.flight.destination, self.flight.date)


def find_staying(case: Case, intent: str, values: Values) -> Iterator[Staying]:
    """Give the flights that stay where the cabin may become another one."""
    if intent not in ("change_flights", "change_cabin") or "cabin" not in values:
        return
    trip = parsed(TRIP, values["trip"]) if "trip" in values else Trip()
    for reservation in meant_reservations(case, intent, values):
        cabins = parsed(CABIN, values["cabin"]).cabins
        other = tuple(cabin for cabin in cabins if cabin != reservation.cabin)
        there, back = split(reservation)
        staying = [*(() if trip.there else there), *(() if trip.back else back)]
        yield from (Staying(flight, other) for flight in staying if other)


class Looks(NamedTuple):
    """Everything of the timetable that a request looks at."""

    looks: Sequence[tuple[Look, Sequence[Search]]]
    """The directions in which flights have to be chosen, with the searches that list them."""
    staying: Sequence[Staying]

    @property
    def searches(self) -> list[Search]:
        """The searches, each once."""
        listing = (search for _, searches in self.looks for search in searches)
        return list(dict.fromkeys((*listing, *(each.search for each in self.staying))))


def all_looks(case: Case, intent: str, values: Values) -> Looks:
    """Return what a request looks at, as far as that is clear."""
    looks: list[tuple[Look, Sequence[Search]]] = []
    staying: list[Staying] = []
    with suppress(UnclearError):
        looks.extend(
            (look, searches(case, look.direction)) for look in find_looks(case, intent, values)
        )
        staying += find_staying(case, intent, values)
    return Looks(looks, staying)
