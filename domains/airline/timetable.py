"""What flies when: airports, times of the day, and the flights that the searches list."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import TypeAlias

from writ_gym.domains.airline.schema import (
    AirlineDB,
    Available,
    Flight,
    PerCabin,
    ReservationFlight,
    by_destination,
    by_origin,
    by_route,
)
from writ_gym.errors import ToolError
from writ_gym.tools import Answer

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
"""Flights of a date that arrive at one airport, that are kept by where they begin."""
MOST_OFFERS = 16_384
"""Flights on a date that are kept as the searches list them."""
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


def direct(db: AirlineDB, origin: str, destination: str, day: str) -> "Listing":
    """Return the flights between two airports that can be booked."""
    day_number(day)
    return _direct(_on_sale(db.flights.group(by_route, (origin, destination), day), day))


def one_stop(db: AirlineDB, origin: str, destination: str, day: str) -> "Listing":
    """Return the pairs of flights with one stop that can be booked."""
    day_number(day)
    next_day = day_after(day)
    first = db.flights.group(by_origin, origin, day)
    second = db.flights.group(by_destination, destination, day, next_day)
    return _one_stop(_on_sale(first, day), _on_sale(second, day), _on_sale(second, next_day))


class _Offer:
    """A flight as it can be booked on a date; the same object as long as it is the same then."""

    __slots__ = ("_day", "_texts", "days", "earliest", "flight", "leaves", "status")

    def __init__(self, flight: Flight, status: Available, day: str) -> None:
        self.flight = flight
        self.status = status
        self._day = day
        self._texts: dict[bool, str] = {}
        self.leaves = minutes(flight.scheduled_departure_time_est)
        self.days, arrives = divmod(minutes(flight.scheduled_arrival_time_est), _DAY_MINUTES)
        """How many days later than it leaves it arrives."""
        self.earliest = arrives + CONNECTION_MINUTES
        """When one can go on, in minutes after that midnight."""

    def listed(self, dated: bool) -> str:
        """Return it as the searches list it, as JSON."""
        if dated not in self._texts:
            head = _head(*self.flight.plan, self._day if dated else None)
            seats, prices = map(_numbers, (self.status.available_seats, self.status.prices))
            self._texts[dated] = f'{head}, "available_seats": {seats}, "prices": {prices}}}'
        return self._texts[dated]


_OFFERS: dict[tuple[int, str], tuple[Flight, _Offer | None]] = {}
"""By the identity of a flight, which is so kept, and a date: how it can be booked, if it can."""
_OF_STATUS: dict[tuple[int, str], _Offer] = {}
"""By the identity of a status, which is so kept, and a date."""


def _offer(flight: Flight, day: str) -> tuple[Flight, _Offer | None]:
    """Return a flight, and how it can be booked on a date; None if it cannot."""
    if len(_OFFERS) >= MOST_OFFERS:
        _OFFERS.clear()
        _OF_STATUS.clear()
    status, offer = flight.dates.get(day), None
    if isinstance(status, Available):
        offer = _OF_STATUS.get((id(status), day))
        if offer is None or not (offer.flight is flight or offer.flight.plan == flight.plan):
            offer = _OF_STATUS[id(status), day] = _Offer(flight, status, day)
    _OFFERS[id(flight), day] = flight, offer
    return flight, offer


_Offers: TypeAlias = tuple[_Offer, ...]
_KNOWN: dict[tuple[int, str], tuple[Sequence[Flight], _Offers]] = {}
"""By the identity of a group of flights, which is so kept, and a date: which are on sale then."""


def _on_sale(flights: Sequence[Flight], day: str) -> _Offers:
    """Return the flights of a group that can be booked on a date, found once for a group."""
    key = id(flights), day
    known = _KNOWN.get(key)
    if known is None:
        if len(_KNOWN) >= MOST_GROUPS:
            _KNOWN.clear()
        found = [_OFFERS.get((id(flight), day)) or _offer(flight, day) for flight in flights]
        known = _KNOWN[key] = flights, tuple([offer for _, offer in found if offer])
    return known[1]


class Listing(Answer):
    """What a search lists: flights, or pairs of them one after the other."""

    __slots__ = ("_offers", "_pairs", "_text")

    def __init__(self, offers: _Offers, pairs: bool) -> None:
        self._offers = offers
        self._pairs = pairs
        self._text = ""

    @property
    def text(self) -> str:
        """The list as JSON."""
        if not self._text:
            each = [offer.listed(dated=self._pairs) for offer in self._offers]
            if self._pairs:
                ends = zip(each[::2], each[1::2], strict=True)
                each = [f"[{one}, {other}]" for one, other in ends]
            self._text = f"[{', '.join(each)}]"
        return self._text

    def __eq__(self, other: object) -> bool:
        """Say whether another one lists the same."""
        if not isinstance(other, Listing) or len(self._offers) != len(other._offers):
            return False
        same = self._pairs == other._pairs and self._offers == other._offers
        return same or self.text == other.text

    __hash__ = None  # type: ignore[assignment]


@lru_cache(MOST_LISTS)
def _direct(offers: _Offers) -> Listing:
    return Listing(offers, pairs=False)


@lru_cache(MOST_LISTS)
def _one_stop(first: _Offers, second: _Offers, third: _Offers) -> Listing:
    onward = _leaving(second), _leaving(third)
    offers = [
        offer
        for one in first
        for other in onward[one.days].get(one.flight.destination, ())
        if other.leaves >= one.earliest
        for offer in (one, other)
    ]
    return Listing(tuple(offers), pairs=True)


@lru_cache(MOST_ENDS)
def _leaving(offers: _Offers) -> Mapping[str, Sequence[_Offer]]:
    """Return flights by where they begin."""
    found: dict[str, list[_Offer]] = {}
    for offer in offers:
        found.setdefault(offer.flight.origin, []).append(offer)
    return found


def _numbers(each: PerCabin) -> str:
    """Return the text of numbers, which are too many for it to be kept with all of them."""
    return (
        f'{{"basic_economy": {each.basic_economy}, "economy": {each.economy}, '
        f'"business": {each.business}}}'
    )


@lru_cache(16_384)
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
