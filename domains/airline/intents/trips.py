"""How a solver finds the flights there and back of a booking or of a change."""

from collections.abc import Sequence
from typing import Literal, NamedTuple, TypeAlias

from writ_gym.database import JSON
from writ_gym.domains.airline.intents.flights import (
    DIRECT,
    Candidate,
    Route,
    able,
    days_later,
    in_cabin,
    listed,
    search,
    times,
)
from writ_gym.domains.airline.intents.reading import read_status, refer
from writ_gym.domains.airline.rules import (
    flown,
    no_flights,
    no_seats,
    nothing_to_change,
    other_route,
    was_flown,
)
from writ_gym.domains.airline.schema import TODAY, Cabin, Reservation, ReservationFlight
from writ_gym.domains.airline.wishes import CabinWish, DaysFrom, Journey, LookedUp, Trip
from writ_gym.errors import UnsolvableError
from writ_gym.meaning.breaches import Breach
from writ_gym.meaning.queries import pick
from writ_gym.meaning.solving import Reads, read
from writ_gym.phrasing.grammar import joined

Direction: TypeAlias = Literal["there", "back"]
DIRECTIONS: tuple[Direction, ...] = ("there", "back")


class Taken(NamedTuple):
    """The flights in one direction that are booked in the end."""

    flights: tuple[tuple[str, str], ...] = ()
    """Numbers and dates."""
    fare: int = 0
    """What they cost together for one passenger, in US dollars."""
    begins: str = ""
    """When they begin, as "2024-05-20 13:05"; at the latest, if no search showed the time."""
    over: str = ""
    """When they are over; at the earliest, if no search showed the time."""


class Itinerary(NamedTuple):
    """What a trip comes to."""

    there: Taken
    back: Taken
    cabin: Cabin
    ends: tuple[str, str]
    """Where the way there begins and ends."""

    @property
    def flights(self) -> list[dict[str, JSON]]:
        """All flights in their order, as an argument of a write."""
        both = self.there.flights + self.back.flights
        return [{"flight_number": number, "date": date} for number, date in both]

    @property
    def fare(self) -> int:
        """The fares of all flights, for one passenger."""
        return self.there.fare + self.back.fare

    @property
    def words(self) -> str:
        """The flights as text."""
        return joined([f"{each['flight_number']} on {each['date']}" for each in self.flights])


Way: TypeAlias = tuple[ReservationFlight, ...]


def ways_of(reservation: Reservation) -> dict[Direction, Way]:
    """Return a reservation's flights there and those back."""
    flights = reservation.flights
    if reservation.flight_type == "one_way":
        return {"there": flights, "back": ()}
    places = [n for n, f in enumerate(flights, 1) if f.destination == reservation.destination]
    end = places[0] if places else len(flights)
    return {"there": flights[:end], "back": flights[end:]}


def route_of(reservation: Reservation, direction: Direction) -> tuple[str, str]:
    """Return where a direction of a reservation begins and ends."""
    ends = reservation.origin, reservation.destination
    return ends if direction == "there" else ends[::-1]


def find_dates(caller: str, journey: Journey, now: str | None) -> Reads[tuple[str, ...]]:
    """Find the dates that a journey may have.

    Args:
        caller: The user.
        journey: The journey.
        now: The date from which to count if no other reservation is named, if there is one.
    """
    dates = journey.dates
    if not isinstance(dates, DaysFrom):
        return tuple(dict.fromkeys(dates))
    base = now
    if dates.trip is not None:
        flights = (yield from refer(caller, dates.trip)).flights
        base = flights[0 if dates.edge == "start" else -1].date if flights else None
    if base is None:
        raise UnsolvableError(f"There is no date to count {dates} from.")
    return tuple(dict.fromkeys(days_later(base, days) for days in dates.days))


def book(caller: str, trip: Trip, wish: CabinWish, seats: int) -> Reads[Itinerary | Breach]:
    """Find the flights of a booking; a breach if there are none in any of the cabins."""
    breach: Breach | None = None
    _check_looked_up(trip, wish)
    for cabin in wish.cabins:
        out = yield from _book_there(caller, trip.there, cabin, seats)
        if isinstance(out, Breach):
            breach = out
            continue
        there, ends = out
        back: Taken | Breach = Taken()
        if isinstance(trip.back, LookedUp):
            back = _looked_up(trip.back)
        elif trip.back:
            back = yield from _book_back(caller, trip.back, there, ends, cabin, seats)
        if not isinstance(back, Breach):
            return _in_order(Itinerary(there, back, cabin, ends))
        breach = back
    if breach is None:
        raise UnsolvableError("The user does not say which cabin.")
    return breach


def _check_looked_up(trip: Trip | None, wish: CabinWish | None) -> None:
    """Refuse flights that are said to be there if it is open in which cabin.

    Raises:
        UnsolvableError: They are.
    """
    ways = (trip.there, trip.back) if trip else ()
    if wish and len(wish.cabins) > 1 and any(isinstance(way, LookedUp) for way in ways):
        raise UnsolvableError("The user names flights, but several cabins.")


def _looked_up(named: LookedUp) -> Taken:
    flights = tuple((each.flight_number, each.date) for each in named.flights)
    return _without_times(flights, named.fare)


def _without_times(flights: tuple[tuple[str, str], ...], fare: int) -> Taken:
    """Return flights of which no search showed the times."""
    if not flights:
        return Taken()
    return Taken(flights, fare, f"{flights[0][1]} 24:00", f"{flights[-1][1]} 00:00")


def _book_there(
    caller: str, there: Journey | LookedUp | None, cabin: Cabin, seats: int
) -> Reads[tuple[Taken, tuple[str, str]] | Breach]:
    if isinstance(there, LookedUp) and there.ends:
        return _looked_up(there), there.ends
    if not isinstance(there, Journey) or not there.origins or not there.destinations:
        raise UnsolvableError("The user does not say from where to where.")
    dates = yield from find_dates(caller, there, None)
    found = yield from search(there, Route(there.origins, there.destinations, dates))
    best = pick(able(found, cabin, seats), there, in_cabin(cabin))
    if best is None:
        return no_flights(there.destinations[0])
    return _taken(best, cabin), (best[0].origin, best[-1].destination)


def _book_back(
    caller: str, back: Journey, there: Taken, ends: tuple[str, str], cabin: Cabin, seats: int
) -> Reads[Taken | Breach]:
    if back.origins or back.destinations:
        raise UnsolvableError("The way back has airports of its own.")
    dates = yield from find_dates(caller, back, there.flights[0][1])
    found = yield from search(back, Route((ends[1],), (ends[0],), dates))
    best = pick(able(found, cabin, seats), back, in_cabin(cabin))
    return no_flights(ends[0]) if best is None else _taken(best, cabin)


def _taken(candidate: Candidate, cabin: Cabin) -> Taken:
    flights = tuple((leg.flight_number, leg.date) for leg in candidate)
    return Taken(flights, sum(leg.prices[cabin] for leg in candidate), *times(candidate))


def _in_order(itinerary: Itinerary) -> Itinerary:
    there, back = itinerary.there, itinerary.back
    if there.flights and back.flights and back.begins < there.over:
        raise UnsolvableError("The way back begins before the way there is over.")
    return itinerary


def changes_cabin(reservation: Reservation, wish: CabinWish | None) -> bool:
    """Say whether any of the cabins is another one than that of the reservation."""
    return wish is not None and any(cabin != reservation.cabin for cabin in wish.cabins)


def forbids_change(
    reservation: Reservation, trip: Trip | None, wish: CabinWish | None
) -> Reads[Breach | None]:
    """Return what forbids it to change flights or the cabin, wherever one wants to fly."""
    ways = ways_of(reservation)
    if trip and trip.back and reservation.flight_type == "one_way":
        raise UnsolvableError(f"{reservation.reservation_id} has no way back.")
    if trip and not (trip.there or trip.back):
        raise UnsolvableError("The user does not say what to change.")
    touched: Sequence[ReservationFlight] = reservation.flights
    if trip and not changes_cabin(reservation, wish):
        touched = [f for name in DIRECTIONS if getattr(trip, name) for f in ways[name]]
    for flight in touched:
        if flight.date <= TODAY:
            status = yield from read_status(flight.flight_number, flight.date)
            if was_flown(flight.date, status):
                return flown(flight.flight_number)
    for name in DIRECTIONS:
        journey = getattr(trip, name) if trip else None
        origin, destination = route_of(reservation, name)
        if isinstance(journey, Journey) and not (
            {*journey.origins} <= {origin} and {*journey.destinations} <= {destination}
        ):
            return other_route(destination)
    return None


def change(
    caller: str, reservation: Reservation, trip: Trip | None, wish: CabinWish | None
) -> Reads[Itinerary | Breach]:
    """Find the flights of a reservation after a change of flights, of the cabin, or of both."""
    breach: Breach | None = None
    _check_looked_up(trip, wish)
    for cabin in wish.cabins if wish else (reservation.cabin,):
        if trip is None and cabin == reservation.cabin:
            return nothing_to_change("the cabin")
        parts: dict[Direction, Taken | Breach] = {}
        for name in DIRECTIONS:
            journey = getattr(trip, name) if trip else None
            if isinstance(journey, LookedUp):
                parts[name] = _looked_up(journey)
            elif journey:
                parts[name] = yield from _choose(caller, reservation, name, journey, cabin)
        for name in DIRECTIONS:
            if name not in parts:
                parts[name] = yield from _stay(reservation, name, cabin, wish)
        there, back = parts["there"], parts["back"]
        if not isinstance(there, Breach) and not isinstance(back, Breach):
            ends = reservation.origin, reservation.destination
            itinerary = Itinerary(there, back, cabin, ends)
            return _in_order(itinerary) if trip else itinerary
        # What cannot be found says so before what cannot stay.
        breach = next(part for part in parts.values() if isinstance(part, Breach))
    if breach is None:
        raise UnsolvableError("The user does not say which cabin.")
    return breach


def _choose(
    caller: str, reservation: Reservation, direction: Direction, journey: Journey, cabin: Cabin
) -> Reads[Taken | Breach]:
    """Find other flights for a direction."""
    way = ways_of(reservation)[direction]
    origin, destination = route_of(reservation, direction)
    dates = yield from find_dates(caller, journey, way[0].date if way else None)
    found = yield from search(journey, Route((origin,), (destination,), dates))
    fit = able(found, cabin, len(reservation.passengers), reservation.flights)
    best = pick(fit, journey, in_cabin(cabin))
    return no_flights(destination) if best is None else _taken(best, cabin)


def _stay(
    reservation: Reservation, direction: Direction, cabin: Cabin, wish: CabinWish | None
) -> Reads[Taken | Breach]:
    """Find what the flights of a direction cost that stay as they are."""
    way = ways_of(reservation)[direction]
    flights = tuple((flight.flight_number, flight.date) for flight in way)
    if cabin == reservation.cabin:
        return _without_times(flights, sum(flight.price for flight in way))
    if wish and wish.fare is not None:  # said for all flights: counted with the way there
        return _without_times(flights, wish.fare if direction == "there" else 0)
    fare, seats = 0, len(reservation.passengers)
    for flight in way:
        text = yield from read(
            DIRECT, origin=flight.origin, destination=flight.destination, date=flight.date
        )
        own = (leg for (leg,) in listed(text, flight.date))
        number = flight.flight_number
        found = [leg for leg in own if leg.flight_number == number and leg.seats[cabin] >= seats]
        if not found:
            return no_seats(number)
        fare += found[0].prices[cabin]
    return _without_times(flights, fare)
