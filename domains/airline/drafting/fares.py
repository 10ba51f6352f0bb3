"""What flights cost now, and which of a reservation's flights cannot be had in a cabin."""

from writ_gym.domains.airline.drafting.scene import Scene, search_key
from writ_gym.domains.airline.drafting.trips import Planned
from writ_gym.domains.airline.intents.flights import DIRECT
from writ_gym.domains.airline.intents.trips import ways_of
from writ_gym.domains.airline.schema import Available, Cabin, Reservation, ReservationFlight


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
