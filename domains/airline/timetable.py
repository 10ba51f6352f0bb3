"""What flies when: airports, times of the day, and the flights that the searches list."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache
from operator import is_

from writ_gym.domains.airline.schema import (
    AirlineDB,
    Available,
    Flight,
    ReservationFlight,
    by_destination,
    by_origin,
    by_route,
)
from writ_gym.errors import ToolError

AIRPORTS: Mapping[str, str] = {
    "SFO": "San Francisco",
    "JFK": "New York",
    "LAX": "Los Angeles",
    "ORD": "Chicago",
    "DFW": "Dallas",
    "DEN": "Denver",
    "SEA": "Seattle",
    "ATL": "Atlanta",
    "MIA": "Miami",
    "BOS": "Boston",
    "PHX": "Phoenix",
    "IAH": "Houston",
    "LAS": "Las Vegas",
    "MCO": "Orlando",
    "EWR": "Newark",
    "CLT": "Charlotte",
    "MSP": "Minneapolis",
    "DTW": "Detroit",
    "PHL": "Philadelphia",
    "LGA": "LaGuardia",
}
"""Every airport that the airline flies to: code and city."""
CONNECTION_MINUTES = 30
"""A search for one stop leaves at least so much time between the two flights."""
MOST_LISTS = 512
"""Answers of searches that are kept, of each kind."""
MOST_ENDS = 2048
"""Flights of a date that leave one airport, or arrive at one, that are kept as JSON."""
MOST_GROUPS = 4096
"""Groups of flights on a date of which it is remembered what is on sale."""
_DAY_MINUTES = 24 * 60


@lru_cache(4096)
def minutes(clock: str) -> int:
    """Return a time such as "13:05:00", or "01:05:00+1", in minutes after midnight."""
    next_day = _DAY_MINUTES if clock.endswith("+1") else 0
    return int(clock[:2]) * 60 + int(clock[3:5]) + next_day


@lru_cache(1024)
def day_number(day: str) -> int:
    """Return the number of a date, one more for each day.

    Raises:
        ToolError: It is not a date as ``YYYY-MM-DD``.
    """
    try:
        found = date.fromisoformat(day)
    except ValueError:
        found = None
    if found is None or found.isoformat() != day:
        raise ToolError(f"There is no date {day[:40]!r}: a date is written as 2024-05-20")
    return found.toordinal()


@lru_cache(1024)
def day_after(day: str) -> str:
    """Return the next date, also past the end of a month."""
    return (date.fromordinal(day_number(day)) + timedelta(1)).isoformat()


def departure(flight: Flight, day: str) -> int:
    """Return when a flight leaves by plan, in minutes since a fixed point."""
    return day_number(day) * _DAY_MINUTES + minutes(flight.scheduled_departure_time_est)


def arrival(flight: Flight, day: str) -> int:
    """Return when a flight arrives by plan, in minutes since the same point."""
    return day_number(day) * _DAY_MINUTES + minutes(flight.scheduled_arrival_time_est)


def require_possible(db: AirlineDB, flights: Iterable[ReservationFlight]) -> None:
    """Raise ``ToolError`` unless each flight begins where and after the one before it ends."""
    place, earliest = "", 0
    for each in flights:
        flight = db.flights.get(each.flight_number)
        if place and each.origin != place:
            raise ToolError(
                f"Flight {each.flight_number} leaves from {each.origin}, "
                f"but the flight before it arrives at {place}"
            )
        if flight is not None:
            if departure(flight, each.date) < earliest:
                raise ToolError(
                    f"Flight {each.flight_number} on {each.date} leaves before the flight before "
                    "it has arrived"
                )
            earliest = arrival(flight, each.date)
        place = each.destination


def direct(db: AirlineDB, origin: str, destination: str, day: str) -> str:
    """Return the flights between two airports that can be booked, as JSON."""
    day_number(day)
    return _direct(_on_sale(db.flights.group(by_route, (origin, destination)), day))


def one_stop(db: AirlineDB, origin: str, destination: str, day: str) -> str:
    """Return the pairs of flights with one stop that can be booked, as JSON."""
    day_number(day)
    second = db.flights.group(by_destination, destination)
    return _one_stop(
        _on_sale(db.flights.group(by_origin, origin), day),
        _on_sale(second, day), _on_sale(second, day_after(day)),
    )  # fmt: skip


class _OnSale:
    """Flights as they can be booked on a date; equal to others if all are the very same then."""

    __slots__ = ("_hash", "day", "flights", "statuses")

    def __init__(self, flights: Iterable[Flight], day: str) -> None:
        self.day = day
        on_sale = [
            (flight, status)
            for flight in flights
            if isinstance(status := flight.dates.get(day), Available)
        ]
        self.flights = [flight for flight, _ in on_sale]
        self.statuses = [status for _, status in on_sale]
        self._hash = hash((day, *map(id, self.statuses)))

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, _OnSale)
            and self.day == other.day
            and len(self.statuses) == len(other.statuses)
            and all(map(is_, self.statuses, other.statuses))
            and all(map(_goes_alike, self.flights, other.flights))
        )

    def __iter__(self) -> Iterator[tuple[Flight, Available]]:
        return zip(self.flights, self.statuses, strict=True)


_KNOWN: dict[tuple[int, str], tuple[Sequence[Flight], _OnSale]] = {}
"""By the identity of a group of flights, which is so kept, and a date: which are on sale then."""


def _on_sale(flights: Sequence[Flight], day: str) -> _OnSale:
    """Return the flights that can be booked on a date, looked up once while none is written."""
    if not isinstance(flights, tuple):
        return _OnSale(flights, day)
    key = id(flights), day
    known = _KNOWN.get(key)
    if known is None:
        if len(_KNOWN) >= MOST_GROUPS:
            _KNOWN.clear()
        known = _KNOWN[key] = flights, _OnSale(flights, day)
    return known[1]


def _goes_alike(flight: Flight, other: Flight) -> bool:
    """Say whether two flights are the same but for what they are like on single dates."""
    return flight is other or (
        flight.flight_number == other.flight_number
        and (flight.origin, flight.destination) == (other.origin, other.destination)
        and flight.scheduled_departure_time_est == other.scheduled_departure_time_est
        and flight.scheduled_arrival_time_est == other.scheduled_arrival_time_est
    )


@lru_cache(MOST_LISTS)
def _direct(flights: _OnSale) -> str:
    return f"[{', '.join(_listed(flight, status, None) for flight, status in flights)}]"


@lru_cache(MOST_LISTS)
def _one_stop(first: _OnSale, second: _OnSale, third: _OnSale) -> str:
    onward = _leaving(second), _leaving(third)
    pairs = []
    for place, late, earliest, listed in _arriving(first):
        for leaves, other in onward[late].get(place, ()):
            if leaves >= earliest:
                pairs.append(f"[{listed}, {other}]")
    return f"[{', '.join(pairs)}]"


@lru_cache(MOST_ENDS)
def _arriving(flights: _OnSale) -> Sequence[tuple[str, int, int, str]]:
    """Return of each flight where it arrives, and when one can go on.

    Returns:
        The place, on which day after, the earliest minute after that midnight, and the JSON.
    """
    found = []
    for flight, status in flights:
        days, arrives = divmod(minutes(flight.scheduled_arrival_time_est), _DAY_MINUTES)
        earliest = arrives + CONNECTION_MINUTES
        listed = _listed(flight, status, flights.day)
        found.append((flight.destination, days, earliest, listed))
    return found


@lru_cache(MOST_ENDS)
def _leaving(flights: _OnSale) -> Mapping[str, Sequence[tuple[int, str]]]:
    """Return flights by where they begin: their minute after midnight, and their JSON."""
    found = defaultdict[str, list[tuple[int, str]]](list)
    for flight, status in flights:
        leaves = minutes(flight.scheduled_departure_time_est)
        found[flight.origin].append((leaves, _listed(flight, status, flights.day)))
    return found


def _listed(flight: Flight, status: Available, day: str | None) -> str:
    """Return a flight as the searches list it: JSON, from what is cached of it."""
    head = _head(
        flight.flight_number,
        flight.origin,
        flight.destination,
        flight.scheduled_departure_time_est,
        flight.scheduled_arrival_time_est,
        day,
    )
    seats, prices = status.available_seats.text, status.prices.text
    return f'{head}, "available_seats": {seats}, "prices": {prices}}}'


@lru_cache(65_536)
def _head(
    flight_number: str, origin: str, destination: str, departs: str, arrives: str, day: str | None
) -> str:
    head = {
        "flight_number": flight_number,
        "origin": origin,
        "destination": destination,
        "status": "available",
        "scheduled_departure_time_est": departs,
        "scheduled_arrival_time_est": arrives,
        "date": day,
    }
    return json.dumps(head).removesuffix("}")
