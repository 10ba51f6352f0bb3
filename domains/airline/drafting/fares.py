"""What flights cost now, and which of a reservation's flights cannot be had in a cabin."""

from writ_gym.domains.airline.drafting.reservations import guard
from writ_gym.domains.airline.drafting.scene import Scene, search_key
from writ_gym.domains.airline.drafting.trips import FIRST_DAY, Planned, window
from writ_gym.domains.airline.intents.flights import DIRECT, Route, able, in_cabin
from writ_gym.domains.airline.intents.trips import ways_of
from writ_gym.domains.airline.schema import (
    CABINS,
    LAST_DAY,
    Available,
    Cabin,
    Reservation,
    ReservationFlight,
)
from writ_gym.domains.airline.wishes import Fares
from writ_gym.sampling.drafting import Piece
from writ_gym.tasks import Config

MOST_DAYS = 9
"""Days of which a user compares the fares."""
ROUND_TO = 10
"""Limits for fares are multiples of this, in US dollars."""
OTHERS = 4
"""Ways to share a twin's reads out between a condition and what it is about."""


def looked_up(flight: ReservationFlight) -> str:
    """Return the read that shows what a flight of a reservation costs now."""
    ends = {"origin": flight.origin, "destination": flight.destination, "date": flight.date}
    return search_key(DIRECT, ends)


def missing(scene: Scene, reservation: Reservation, cabin: Cabin) -> list[str]:
    """Return the reads that show which of a reservation's flights cannot be had in a cabin."""
    seats = len(reservation.passengers)
    found = []
    for flight in reservation.flights:
        day = scene.db.flights[flight.flight_number].dates[flight.date]
        if not isinstance(day, Available) or getattr(day.available_seats, cabin) < seats:
            found.append(looked_up(flight))
    return found


def cabin_fare(scene: Scene, reservation: Reservation, cabin: Cabin) -> int:
    """Return what a reservation's flights, which can be had, cost one passenger in a cabin."""
    days = [scene.db.flights[f.flight_number].dates[f.date] for f in reservation.flights]
    return sum(getattr(day.prices, cabin) for day in days if isinstance(day, Available))


def cabin_price(scene: Scene, reservation: Reservation, cabin: Cabin) -> int:
    """Return what it costs to change to a cabin that can be had, in US dollars."""
    before = sum(flight.price for flight in reservation.flights)
    return (cabin_fare(scene, reservation, cabin) - before) * len(reservation.passengers)


def price_of(reservation: Reservation, planned: Planned, cabin: Cabin | None = None) -> int:
    """Return what it costs to change to the flights of a trip, in US dollars.

    Args:
        reservation: The reservation.
        planned: The trip.
        cabin: The cabin of all flights afterwards, of which then none stays; that of now if not
            given.
    """
    ways = ways_of(reservation)
    fare = 0
    for way, candidate in ((ways["there"], planned.there), (ways["back"], planned.back)):
        if candidate:
            fare += sum(leg.prices[cabin or reservation.cabin] for leg in candidate)
            fare -= sum(flight.price for flight in way)
    return fare * len(reservation.passengers)


def fill_with_condition(scene: Scene, kept: int) -> bool:
    """Add a condition that holds and leaves reads of the room, ``kept`` or some more.

    It is one on the user's reservations, if there are enough of them, or else on fares.
    """
    condition = guard(scene, scene.room - kept, True) if scene.chance(0.5) else None
    if not condition or not scene.fits(condition, kept):
        left = kept + int(scene.rng.random() * OTHERS) if kept else 0
        condition = _name_fares(scene, scene.room - left)
    if condition is not None:
        scene.add("condition", condition)
    return condition is not None


def _name_fares(scene: Scene, room: int) -> Piece[Config] | None:
    """Return a condition on fares that holds, with exactly ``room`` new reads.

    The lowest one is above the limit: on each of the days a flight could cost less.
    """
    days = window(scene, room, FIRST_DAY, LAST_DAY) if 0 < room <= MOST_DAYS else ()
    if not days:
        return None
    flight, cabin = scene.choose(scene.flights), scene.choose(CABINS)
    fares = Fares(
        origin=flight.origin, destination=flight.destination, dates=days, cabin=cabin,
        test="over", value=0.0,
    )  # fmt: skip
    found, reads = scene.found(fares.journey, Route((fares.origin,), (fares.destination,), days))
    fit = able(found, cabin, 1)
    if len(reads) < room or {each[0].date for each in fit} < set(days):
        return None
    lowest = min(in_cabin(cabin)(each, "price") for each in fit)
    limit = float((lowest - 1) // ROUND_TO * ROUND_TO)
    if not limit:
        return None
    value = fares.model_copy(update={"value": limit})
    return Piece(value, reads, ("aggregate", "threshold"))
