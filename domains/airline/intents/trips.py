"""How a solver finds the flights there and back of a booking or of a change."""

from collections.abc import Sequence
from typing import Literal, NamedTuple, TypeAlias

from writ_gym.domains.airline.intents.flights import (
    DIRECT,
    Candidate,
    Leg,
    Route,
    able,
    days_later,
    in_cabin,
    listed,
    search,
)
from writ_gym.domains.airline.intents.reading import read_status, refer
from writ_gym.domains.airline.rules import (
    Breach,
    flown,
    no_flights,
    no_seats,
    nothing_to_change,
    other_route,
    was_flown,
)
from writ_gym.domains.airline.schema import TODAY, Cabin, Reservation, ReservationFlight
from writ_gym.domains.airline.wishes import CabinWish, DaysFrom, Journey, Trip
from writ_gym.errors import UnsolvableError
from writ_gym.queries import pick
from writ_gym.solving import Reads, read

Direction: TypeAlias = Literal["there", "back"]
DIRECTIONS: tuple[Direction, ...] = ("there", "back")


class Taken(NamedTuple):
    """A flight that is booked in the end, and its fare for one passenger, in US dollars."""

    flight_number: str
    date: str
    origin: str
    destination: str
    price: int


class Itinerary(NamedTuple):
    """What a trip comes to."""

    there: tuple[Taken, ...]
    back: tuple[Taken, ...]
    cabin: Cabin

    @property
    def flights(self) -> tuple[Taken, ...]:
        """All flights in their order."""
        return self.there + self.back

    @property
    def fare(self) -> int:
        """The fares of all flights, for one passenger."""
        return sum(flight.price for flight in self.flights)


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
    there, back = trip.there, trip.back
    if there is None or not there.origins or not there.destinations:
        raise UnsolvableError("The user does not say from where to where.")
    if back and (back.origins or back.destinations):
        raise UnsolvableError("The way back has airports of its own.")
    dates = yield from find_dates(caller, there, None)
    route = Route(there.origins, there.destinations, dates)
    found = yield from search(there, route)
    breach = no_flights(there.destinations[0])
    for cabin in wish.cabins:
        out = pick(able(found, cabin, seats), there, in_cabin(cabin))
        if out is None:
            breach = no_flights(there.destinations[0])
            continue
        home: Candidate | None = ()
        if back:
            dates = yield from find_dates(caller, back, out[0].date)
            route = Route((out[-1].destination,), (out[0].origin,), dates)
            listed_back = yield from search(back, route)
            home = pick(able(listed_back, cabin, seats), back, in_cabin(cabin))
        if home is not None:
            return _in_order(Itinerary(_taken(out, cabin), _taken(home, cabin), cabin))
        breach = no_flights(out[0].origin)
    return breach


def _taken(candidate: Candidate, cabin: Cabin) -> tuple[Taken, ...]:
    return tuple(_take(leg, leg.prices[cabin]) for leg in candidate)


def _take(flight: Leg | ReservationFlight, price: int) -> Taken:
    return Taken(flight.flight_number, flight.date, flight.origin, flight.destination, price)


def _in_order(itinerary: Itinerary) -> Itinerary:
    if itinerary.there and itinerary.back and itinerary.back[0].date < itinerary.there[-1].date:
        raise UnsolvableError("The way back is before the way there.")
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
        journey: Journey | None = getattr(trip, name) if trip else None
        origin, destination = route_of(reservation, name)
        if journey and not (
            {*journey.origins} <= {origin} and {*journey.destinations} <= {destination}
        ):
            return other_route(destination)
    return None


def change(
    caller: str, reservation: Reservation, trip: Trip | None, wish: CabinWish | None
) -> Reads[Itinerary | Breach]:
    """Find the flights of a reservation after a change of flights, of the cabin, or of both."""
    seats, ways = len(reservation.passengers), ways_of(reservation)
    breach: Breach | None = None
    for cabin in wish.cabins if wish else (reservation.cabin,):
        if trip is None and cabin == reservation.cabin:
            return nothing_to_change("the cabin")
        chosen: dict[Direction, tuple[Taken, ...] | Breach] = {}
        for name in DIRECTIONS:
            journey = getattr(trip, name) if trip else None
            if journey:
                chosen[name] = yield from _choose(caller, reservation, name, journey, cabin)
        for name in DIRECTIONS:
            if name not in chosen:
                chosen[name] = yield from _stay(ways[name], reservation, cabin, seats)
        there, back = chosen["there"], chosen["back"]
        # What cannot be found says so before what cannot stay.
        failed = [part for part in chosen.values() if isinstance(part, Breach)]
        if isinstance(there, Breach) or isinstance(back, Breach):
            breach = failed[0]
            continue
        return _in_order(Itinerary(there, back, cabin))
    if breach is None:
        raise UnsolvableError("The user does not say which cabin.")
    return breach


def _choose(
    caller: str, reservation: Reservation, direction: Direction, journey: Journey, cabin: Cabin
) -> Reads[tuple[Taken, ...] | Breach]:
    """Find other flights for a direction."""
    way = ways_of(reservation)[direction]
    origin, destination = route_of(reservation, direction)
    dates = yield from find_dates(caller, journey, way[0].date if way else None)
    found = yield from search(journey, Route((origin,), (destination,), dates))
    fit = able(found, cabin, len(reservation.passengers), reservation.flights)
    best = pick(fit, journey, in_cabin(cabin))
    return no_flights(destination) if best is None else _taken(best, cabin)


def _stay(
    way: Way, reservation: Reservation, cabin: Cabin, seats: int
) -> Reads[tuple[Taken, ...] | Breach]:
    """Find what the flights of a direction cost that stay as they are."""
    if cabin == reservation.cabin:
        return tuple(_take(flight, flight.price) for flight in way)
    stay = []
    for flight in way:
        text = yield from read(
            DIRECT, origin=flight.origin, destination=flight.destination, date=flight.date
        )
        own = (leg for (leg,) in listed(text, flight.date))
        number = flight.flight_number
        found = [leg for leg in own if leg.flight_number == number and leg.seats[cabin] >= seats]
        if not found:
            return no_seats(flight.flight_number)
        stay.append(_take(found[0], found[0].prices[cabin]))
    return tuple(stay)
