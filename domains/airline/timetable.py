"""What flies when: airports, times of the day, and the flights that the searches list."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache

from writ_gym.database import is_of_base
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
    flights = db.flights.group(by_route, (origin, destination), day)
    found = _on_sale(flights, day)
    return _direct_of_base(found) if is_of_base(flights) else _direct(found)


def one_stop(db: AirlineDB, origin: str, destination: str, day: str) -> "Listing":
    """Return the pairs of flights with one stop that can be booked."""
    day_number(day)
    next_day = day_after(day)
    first = db.flights.group(by_origin, origin, day)
    second = db.flights.group(by_destination, destination, day, next_day)
    found = _on_sale(first, day), _on_sale(second, day), _on_sale(second, next_day)
    of_base = is_of_base(first) and is_of_base(second)
    return _one_stop_of_base(*found) if of_base else _one_stop(*found)


class _Offer:
    """A flight as it can be booked on a date."""

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


def _offer(flight: Flight, day: str) -> tuple[Flight, _Offer | None]:
    """Return a flight, and how it can be booked on a date; None if it cannot."""
    status = flight.dates.get(day)
    return flight, _Offer(flight, status, day) if isinstance(status, Available) else None


class _OnSale:
    """Flights of a group that can be booked on a date, and they by where they begin."""

    __slots__ = ("leaving", "offers")

    def __init__(self, offers: Sequence[_Offer]) -> None:
        self.offers = offers
        self.leaving: dict[str, list[_Offer]] = {}
        for offer in offers:
            self.leaving.setdefault(offer.flight.origin, []).append(offer)


_KNOWN: dict[tuple[int, str], tuple[Sequence[Flight], _OnSale]] = {}
"""By the identity of a group of flights, which is so kept, and a date: which are on sale then."""


def _on_sale(flights: Sequence[Flight], day: str) -> _OnSale:
    """Return what of a group can be booked on a date, found once for a group of the base."""
    key = id(flights), day
    of_base = is_of_base(flights)
    known = _KNOWN.get(key) if of_base else None
    if known is not None:
        return known[1]
    found = [_OFFERS.get((id(flight), day)) or _offer(flight, day) for flight in flights]
    on_sale = _OnSale([offer for _, offer in found if offer])
    if of_base:
        if len(_KNOWN) >= MOST_GROUPS or len(_OFFERS) >= MOST_OFFERS:
            _KNOWN.clear()
            _OFFERS.clear()
        _OFFERS.update({(id(each[0]), day): each for each in found})
        _KNOWN[key] = flights, on_sale
    return on_sale


class Listing(Answer):
    """What a search lists: flights, or pairs of them one after the other."""

    __slots__ = ("_offers", "_pairs", "_text")

    def __init__(self, offers: Sequence[_Offer], pairs: bool) -> None:
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


def _direct(found: _OnSale) -> Listing:
    return Listing(found.offers, pairs=False)


def _one_stop(first: _OnSale, second: _OnSale, third: _OnSale) -> Listing:
    onward = second.leaving, third.leaving
    offers = [
        offer
        for one in first.offers
        for other in onward[one.days].get(one.flight.destination, ())
        if other.leaves >= one.earliest
        for offer in (one, other)
    ]
    return Listing(offers, pairs=True)


_direct_of_base = lru_cache(MOST_LISTS)(_direct)
_one_stop_of_base = lru_cache(MOST_LISTS)(_one_stop)


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
