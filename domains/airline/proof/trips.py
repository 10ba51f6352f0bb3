"""What a trip comes to: the cabin and the flights of a booking or of a change, and the fares."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, TypeVar

from writ_gym.domains.airline.proof.flights import Direction, can_be_had, fare_now, meant, split
from writ_gym.domains.airline.proof.references import Case
from writ_gym.domains.airline.proof.searching import (
    DAY,
    Legs,
    clock,
    days_between,
    status_of,
)
from writ_gym.domains.airline.schema import TODAY, Cabin, Reservation, ReservationFlight
from writ_gym.domains.airline.wishes import CabinWish, Journey, LookedUp, Trip
from writ_gym.meaning.brute_force import ForbiddenError, unclear

T = TypeVar("T")
FlightNames = list[tuple[str, str]]
"""Flights by number and date."""


class Booked(NamedTuple):
    """The flights of a booking."""

    cabin: Cabin
    there: Legs
    back: Legs | None
    fares: int
    """Of all flights, for one passenger, in US dollars."""


class Changed(NamedTuple):
    """The flights of a reservation after a change."""

    cabin: Cabin
    flights: FlightNames
    price: int
    """Of the change, for all passengers, in US dollars."""


# Bookings


def book(case: Case, trip: Trip, wish: CabinWish, seats: int) -> Booked:
    """Return the flights of a booking."""
    _refuse_fare(wish)
    there = way_there(trip, seats)
    _check_looked_up(wish, trip)
    if trip.back is not None and _names_airports(trip.back):
        unclear("The way back goes where the way there comes from.")
    return _in_first_cabin(case, wish.cabins, lambda cabin: _book_in(case, trip, there, cabin))


def way_there(trip: Trip, seats: int) -> Direction:
    """Return the way there of a booking, as it is looked for."""
    match trip.there:
        case Journey(origins=(_, *_) as origins, destinations=(_, *_) as destinations) as wish:
            return Direction("there", wish, tuple(origins), tuple(destinations), seats)
        case LookedUp(ends=(origin, destination)) as wish:
            return Direction("there", wish, (origin,), (destination,), seats)
    return unclear("Where the trip begins and ends is not said.")


def way_back(trip: Trip, there: Legs, seats: int) -> Direction | None:
    """Return the way back of a booking, as it is looked for, if there is one."""
    if trip.back is None:
        return None
    ends = (there.last.flight.destination,), (there.first.flight.origin,)
    return Direction("back", trip.back, *ends, seats, there.first.day)


def _book_in(case: Case, trip: Trip, ahead: Direction, cabin: Cabin) -> Booked | ForbiddenError:
    there = meant(case, ahead, cabin)
    if there is None:
        return ForbiddenError("no_flights", ahead.destinations[0])
    back = None
    homeward = way_back(trip, there, ahead.seats)
    if homeward is not None:
        back = meant(case, homeward, cabin)
        if back is None:
            return ForbiddenError("no_flights", homeward.destinations[0])
        _check_order(case, there.names, back.names)
    return Booked(cabin, there, back, there.fare(cabin) + (back.fare(cabin) if back else 0))


# Changes


def check_flown(
    case: Case, reservation: Reservation, trip: Trip | None, cabins: Sequence[Cabin]
) -> None:
    """Forbid a change of what was flown; without a trip, of the cabin alone."""
    there, back = split(reservation)
    if trip is not None and trip.back is not None and reservation.flight_type == "one_way":
        unclear("There is no way back.")
    changed = [*(there if trip and trip.there else ()), *(back if trip and trip.back else ())]
    if any(cabin != reservation.cabin for cabin in cabins) or trip is None:
        changed = list(reservation.flights)
    for flight in changed:
        if was_flown(case, flight):
            raise ForbiddenError("flown", flight.flight_number)


def was_flown(case: Case, flight: ReservationFlight) -> bool:
    """Say whether a flight was flown; the status of later dates does not matter."""
    if flight.date > TODAY:
        return False
    return status_of(case.db, flight.flight_number, flight.date).status in ("landed", "flying")


def directions(reservation: Reservation, trip: Trip) -> Iterator[Direction]:
    """Give the directions of a reservation that are to change, as they are looked for."""
    there, back = split(reservation)
    origin, destination = (reservation.origin,), (reservation.destination,)
    taken = frozenset((flight.flight_number, flight.date) for flight in reservation.flights)
    seats = len(reservation.passengers)
    if trip.there is not None:
        start = there[0].date if there else None
        yield Direction("there", trip.there, origin, destination, seats, start, taken)
    if trip.back is not None:
        start = back[0].date if back else None
        yield Direction("back", trip.back, destination, origin, seats, start, taken)


def change(
    case: Case, reservation: Reservation, trip: Trip, wish: CabinWish | None = None
) -> Changed:
    """Return a reservation's flights after a change of them, and perhaps of the cabin."""
    if trip.there is None and trip.back is None:
        unclear("Nothing is to change.")
    changed = list(directions(reservation, trip))
    for direction in changed:
        if not _leads_there(direction):
            raise ForbiddenError("other_route", direction.destinations[0])
    _refuse_fare(wish)
    _check_looked_up(wish, trip)
    for direction in changed:
        if isinstance(direction.wish, LookedUp) and direction.wish.ends is not None:
            unclear("Where the flights end is that of the reservation.")
    cabins = wish.cabins if wish else (reservation.cabin,)
    return _in_first_cabin(
        case, cabins, lambda cabin: _change_in(case, reservation, changed, cabin)
    )


def _leads_there(direction: Direction) -> bool:
    wish = direction.wish
    return isinstance(wish, LookedUp) or (
        set(wish.origins) <= set(direction.origins)
        and set(wish.destinations) <= set(direction.destinations)
    )


def _change_in(
    case: Case, reservation: Reservation, changed: Sequence[Direction], cabin: Cabin
) -> Changed | ForbiddenError:
    there, back = split(reservation)
    sides: dict[str, FlightNames] = {
        "there": [(flight.flight_number, flight.date) for flight in there],
        "back": [(flight.flight_number, flight.date) for flight in back],
    }
    new_fares = 0
    for direction in changed:
        legs = meant(case, direction, cabin)
        if legs is None:
            return ForbiddenError("no_flights", direction.destinations[0])
        sides[direction.what] = list(legs.names)
        new_fares += legs.fare(cabin)
    replaced = {direction.what for direction in changed}
    staying = [
        *(there if "there" not in replaced else ()),
        *(back if "back" not in replaced else ()),
    ]
    found = stay(case, reservation, staying, cabin)
    if isinstance(found, ForbiddenError):
        return found
    _check_order(case, sides["there"], sides["back"])
    difference = new_fares + found - sum(flight.price for flight in reservation.flights)
    price = difference * len(reservation.passengers)
    return Changed(cabin, [*sides["there"], *sides["back"]], price)


def stay(
    case: Case, reservation: Reservation, staying: Sequence[ReservationFlight], cabin: Cabin
) -> int | ForbiddenError:
    """Return the fares of flights that stay, or why one of them cannot be had in the cabin."""
    if cabin == reservation.cabin:
        return sum(flight.price for flight in staying)
    for flight in staying:
        if not can_be_had(case.db, flight, cabin, len(reservation.passengers)):
            return ForbiddenError("no_seats", flight.flight_number)
    return sum(fare_now(case.db, flight, cabin) for flight in staying)


def change_cabin(case: Case, reservation: Reservation, wish: CabinWish) -> Changed:
    """Return a reservation's flights after a change of the cabin alone."""
    flights = reservation.flights
    if wish.fare is not None:
        cabin, seats = wish.cabins[0], len(reservation.passengers)
        on_sale = [can_be_had(case.db, flight, cabin, seats) for flight in flights]
        fares = sum(fare_now(case.db, flight, cabin) for flight in flights)
        if len(wish.cabins) > 1 or not all(on_sale) or fares != wish.fare:
            unclear("The fare is not as the user says.")

    def change_in(cabin: Cabin) -> Changed | ForbiddenError:
        if cabin == reservation.cabin:
            raise ForbiddenError("nothing_to_change", "already")
        found = stay(case, reservation, flights, cabin)
        if isinstance(found, ForbiddenError):
            return found
        difference = found - sum(flight.price for flight in flights)
        names = [(flight.flight_number, flight.date) for flight in flights]
        return Changed(cabin, names, difference * len(reservation.passengers))

    return _in_first_cabin(case, wish.cabins, change_in)


# What both share


def _in_first_cabin(
    case: Case, cabins: Sequence[Cabin], try_in: Callable[[Cabin], T | ForbiddenError]
) -> T:
    """Return what comes of the first cabin in which the flights can be had.

    Raises:
        ForbiddenError: There is none; the last one says why.
    """
    if "cabin" in case.picks:
        cabins = (case.picks["cabin"],)
    reason = ForbiddenError("no_flights", "")
    for cabin in cabins:
        found = try_in(cabin)
        if not isinstance(found, ForbiddenError):
            return found
        reason = found
    raise ForbiddenError(*reason.args)  # a frame that holds what it raises is never freed by itself


def _refuse_fare(wish: CabinWish | None) -> None:
    if wish is not None and wish.fare is not None:
        unclear("The fare of a reservation's flights is for a change of the cabin alone.")


def _check_looked_up(wish: CabinWish | None, trip: Trip) -> None:
    known = isinstance(trip.there, LookedUp) or isinstance(trip.back, LookedUp)
    if known and wish is not None and len(wish.cabins) > 1:
        unclear("The fare that the user knows is that of one cabin.")


def _names_airports(wish: Journey | LookedUp) -> bool:
    if isinstance(wish, LookedUp):
        return wish.ends is not None
    return bool(wish.origins or wish.destinations)


def _check_order(
    case: Case, there: Sequence[tuple[str, str]], back: Sequence[tuple[str, str]]
) -> None:
    if not there or not back:
        return
    (number, day), (next_number, next_day) = there[-1], back[0]
    flights = case.db.flights
    arrives = clock(flights[number].scheduled_arrival_time_est) if number in flights else 0
    departs = DAY
    if next_number in flights:
        departs = clock(flights[next_number].scheduled_departure_time_est)
    if DAY * days_between(day, next_day) + departs < arrives:
        unclear("The way back begins before the way there is over.")
