"""The network of an airline made from a seed: routes, a timetable, and what each date is like.

Flights are there for everybody: users of all splits travel on them. Another seed is another
network, so worlds of different seeds share no flight.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import combinations
from math import asin, cos, radians, sin, sqrt
from typing import NamedTuple, TypeAlias

import numpy as np

from writ_gym.domains.airline.schema import (
    CABINS,
    LAST_DAY,
    NOW,
    TODAY,
    Available,
    Cabin,
    Cancelled,
    DateStatus,
    Delayed,
    Flight,
    Flying,
    Landed,
    OnTime,
    PerCabin,
)
from writ_gym.domains.airline.timetable import AIRPORTS

Rng: TypeAlias = np.random.Generator
Route: TypeAlias = tuple[str, str]

PLACES: Mapping[str, tuple[float, float]] = {
    "SFO": (37.6, -122.4), "JFK": (40.6, -73.8), "LAX": (33.9, -118.4), "ORD": (42.0, -87.9),
    "DFW": (32.9, -97.0), "DEN": (39.9, -104.7), "SEA": (47.4, -122.3), "ATL": (33.6, -84.4),
    "MIA": (25.8, -80.3), "BOS": (42.4, -71.0), "PHX": (33.4, -112.0), "IAH": (30.0, -95.3),
    "LAS": (36.1, -115.2), "MCO": (28.4, -81.3), "EWR": (40.7, -74.2), "CLT": (35.2, -80.9),
    "MSP": (44.9, -93.2), "DTW": (42.2, -83.4), "PHL": (39.9, -75.2), "LGA": (40.8, -73.9),
}  # fmt: skip
"""Where the airports are, in degrees north and east."""
EARTH_DIAMETER_MILES = 7918
NEAR_MILES = 150
"""Airports that are nearer have no flights between them."""
ROUTES_PER_FLIGHT = 0.2
"""Pairs of airports with flights, for each flight number; both directions count as one."""

MOST_FLIGHTS = 500
"""Numbers have three digits, and flights of a route differ in their times."""
HUBS, HUB_WEIGHT = 4, 6
"""Airports from which one can fly to most others, and how much likelier their routes are."""

DAYS = 30
TOMORROW = (date.fromisoformat(TODAY) + timedelta(1)).isoformat()
FIRST_DAY = (date.fromisoformat(LAST_DAY) - timedelta(DAYS - 1)).isoformat()
STEP = 5
"""Times in the timetable are multiples of this, in minutes."""
FIRST_DEPARTURE, LAST_DEPARTURE = 5 * 60, 22 * 60 + 30
GROUND_MINUTES, MILES_PER_MINUTE = 35, 7.5
A_DAY = 24 * 60

FORMER_CANCELLED, CANCELLED_TODAY, LATER_CANCELLED = 0.06, 0.05, 0.04
"""Chances that a flight is cancelled, before today, today, and later."""
LATE_TODAY = 0.4
DELAYED_TOMORROW = 0.08
DELAYS = (25, 180)
"""Minutes that a flight is late; fewer are no delay."""
SOLD_OUT = 0.1
"""Chance for each cabin."""
MOST_SEATS = 20

BASE_FARE, FARE_PER_MILE = 38, 0.055
CABIN_FACTORS: Mapping[Cabin, tuple[float, float]] = {
    "basic_economy": (0.75, 1.75),
    "economy": (1.5, 2.8),
    "business": (3.2, 6.5),
}
"""From which to which multiple of the base fare of its route a fare can be."""
CABIN_STEP = 5
"""A fare is higher by this at least than that of the cabin below, in US dollars."""


class Schedule(NamedTuple):
    """A flight number without its dates; times in minutes after midnight."""

    number: str
    origin: str
    destination: str
    departs: int
    arrives: int


def fewest_flights() -> int:
    """Return how many flights reach all airports, there and back."""
    return 2 * (len(AIRPORTS) - 1)


@lru_cache(1024)
def miles(one: str, other: str) -> float:
    """Return the distance of two airports along a great circle."""
    (north, east), (south, west) = PLACES[one], PLACES[other]
    across = sin(radians(east - west) / 2) ** 2 * cos(radians(north)) * cos(radians(south))
    return EARTH_DIAMETER_MILES * asin(sqrt(sin(radians(north - south) / 2) ** 2 + across))


def base_fare(origin: str, destination: str) -> float:
    """Return what a flight on a route costs, about, in US dollars."""
    return BASE_FARE + FARE_PER_MILE * miles(origin, destination)


def draw_flights(rng: Rng, count: int) -> list[Flight]:
    """Return flights with their dates, by number; each route is flown in both directions."""
    schedules = _schedules(rng, _routes(rng, count))
    fares = _fares(rng, schedules)
    seats = _seats(rng, len(schedules))
    chances = rng.random((len(schedules), DAYS, 2)).tolist()
    delays = rng.integers(DELAYS[0], DELAYS[1] + 1, (len(schedules), DAYS)).tolist()
    days = [(date.fromisoformat(FIRST_DAY) + timedelta(n)).isoformat() for n in range(DAYS)]
    return [
        Flight(
            flight_number=each.number,
            origin=each.origin,
            destination=each.destination,
            scheduled_departure_time_est=_clock(each.departs),
            scheduled_arrival_time_est=_clock(each.arrives),
            dates={
                day: _status(each, day, chances[row][column], delays[row][column])
                or Available(
                    status="available",
                    available_seats=seats[row][column],
                    prices=fares[row][column],
                )
                for column, day in enumerate(days)
            },
        )
        for row, each in enumerate(schedules)
    ]


def _routes(rng: Rng, count: int) -> list[Route]:
    """Return the route of each flight: all airports are reached, and each route goes back, too."""
    codes = list(AIRPORTS)
    rest = [codes[place] for place in rng.permutation(len(codes))]
    reached, pairs = [rest.pop()], list[Route]()
    while rest:
        able = [
            (one, other) for one in reached for other in rest if miles(one, other) >= NEAR_MILES
        ]
        pairs.append(able[int(rng.integers(len(able)))])
        reached.append(pairs[-1][1])
        rest.remove(pairs[-1][1])
    known = {frozenset(pair) for pair in pairs}
    others = [
        pair
        for pair in combinations(codes, 2)
        if frozenset(pair) not in known and miles(*pair) >= NEAR_MILES
    ]
    wanted = max(0, min(round(ROUTES_PER_FLIGHT * count) - len(pairs), len(others)))
    hubs = {code: HUB_WEIGHT if place < HUBS else 1 for place, code in enumerate(reached)}
    weights = np.array([hubs[one] * hubs[other] for one, other in others])
    chosen = rng.choice(len(others), wanted, replace=False, p=weights / weights.sum())
    pairs += [others[place] for place in chosen.tolist()]
    routes = [*pairs, *(pair[::-1] for pair in pairs)]
    # Some routes are flown much more often than others, in both directions alike.
    often = np.tile(rng.gamma(5, size=len(pairs)), 2)
    extra = rng.multinomial(count - len(routes), often / often.sum())
    return [route for route, more in zip(routes, extra, strict=True) for _ in range(1 + more)]


def _schedules(rng: Rng, routes: Sequence[Route]) -> list[Schedule]:
    """Return the timetable: no two flights of a route leave, arrive or last the same."""
    numbers = rng.permutation(len(routes)) + 1
    flown: dict[Route, list[tuple[int, int]]] = {}
    schedules = []
    for route, number in zip(routes, numbers.tolist(), strict=True):
        shortest = GROUND_MINUTES + miles(*route) / MILES_PER_MINUTE
        others = flown.setdefault(route, [])
        wobble = 3 + len(others)
        while True:
            departs = STEP * int(rng.integers(FIRST_DEPARTURE // STEP, LAST_DEPARTURE // STEP + 1))
            lasts = STEP * int(shortest / STEP + rng.integers(wobble))
            if all(departs != d and lasts != m and departs + lasts != d + m for d, m in others):
                break
        others.append((departs, lasts))
        schedules.append(Schedule(f"HAT{number:03d}", *route, departs, departs + lasts))
    return sorted(schedules)


def _clock(minutes: int) -> str:
    day, minute = divmod(minutes, A_DAY)
    return f"{minute // 60:02d}:{minute % 60:02d}:00{'+1' if day else ''}"


def _moment(day: str, minutes: int) -> datetime:
    return datetime.fromisoformat(day) + timedelta(minutes=minutes)


def _status(flight: Schedule, day: str, chances: Sequence[float], delay: int) -> DateStatus | None:
    """Return what became of a flight on a date, None if it can be booked.

    Args:
        flight: The flight.
        day: The date.
        chances: Two numbers from 0 to 1: by the first it is cancelled, by the second late.
        delay: By how many minutes it is late if it is.
    """
    fate, lateness = chances
    if day > TODAY:
        if fate < LATER_CANCELLED:
            return Cancelled(status="cancelled")
        told = day == TOMORROW and lateness < DELAYED_TOMORROW
        return _delayed(flight, day, delay) if told else None
    if fate < (CANCELLED_TODAY if day == TODAY else FORMER_CANCELLED):
        return Cancelled(status="cancelled")
    late = lateness < LATE_TODAY
    by = delay if late else delay % DELAYS[0]
    if not late and _moment(day, flight.departs + by).isoformat() > NOW:
        by = 0  # whoever has not left when it was to leave is late
    left = _moment(day, flight.departs + by).isoformat()
    lands = _moment(day, flight.arrives + by).isoformat()
    if lands <= NOW:
        return Landed(
            status="landed", actual_departure_time_est=left, actual_arrival_time_est=lands
        )
    if left <= NOW:
        return Flying(
            status="flying", actual_departure_time_est=left, estimated_arrival_time_est=lands
        )
    return _delayed(flight, day, by) if late else _on_time(flight, day)


def _delayed(flight: Schedule, day: str, by: int) -> Delayed:
    return Delayed(
        status="delayed",
        estimated_departure_time_est=_moment(day, flight.departs + by).isoformat(),
        estimated_arrival_time_est=_moment(day, flight.arrives + by).isoformat(),
    )


def _on_time(flight: Schedule, day: str) -> OnTime:
    return OnTime(
        status="on time",
        estimated_departure_time_est=_moment(day, flight.departs).isoformat(),
        estimated_arrival_time_est=_moment(day, flight.arrives).isoformat(),
    )


def _seats(rng: Rng, flights: int) -> list[list[PerCabin]]:
    """Return the seats that are left, by flight and day."""
    shape = (flights, DAYS, len(CABINS))
    left = rng.integers(1, MOST_SEATS + 1, shape) * (rng.random(shape) >= SOLD_OUT)
    return [[_per_cabin(each) for each in row] for row in left.tolist()]


def _fares(rng: Rng, schedules: Sequence[Schedule]) -> list[list[PerCabin]]:
    """Return the fares by flight and day; within a route and a cabin no two are the same."""
    shape = (len(schedules), DAYS, len(CABINS))
    low, high = np.array([CABIN_FACTORS[cabin] for cabin in CABINS]).T
    factors = rng.uniform(low, high, shape)
    taken: dict[tuple[Route, int], set[int]] = {}
    rows = []
    for each, days in zip(schedules, factors.tolist(), strict=True):
        route = (each.origin, each.destination)
        base = base_fare(*route)
        used = [taken.setdefault((route, place), set()) for place in range(len(CABINS))]
        rows.append([_per_cabin(list(_new_fares(base, day, used))) for day in days])
    return rows


def _new_fares(base: float, factors: Sequence[float], used: Sequence[set[int]]) -> Iterator[int]:
    """Yield a fare that is new for each cabin, and higher than that of the cabin below."""
    least = 0
    for factor, taken in zip(factors, used, strict=True):
        fare = max(round(base * factor), least)
        while fare in taken:
            fare += 1
        taken.add(fare)
        yield fare
        least = fare + CABIN_STEP


def _per_cabin(numbers: Sequence[int]) -> PerCabin:
    return PerCabin(**dict(zip(CABINS, numbers, strict=True)))
