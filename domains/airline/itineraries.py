"""Trips that can be flown: which flights lead where, and when they go on from one another."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import cached_property
from typing import NamedTuple, TypeAlias

import numpy as np

from writ_gym.domains.airline.network import NEAR_MILES, miles
from writ_gym.domains.airline.schema import LAST_DAY, TODAY, Flight
from writ_gym.domains.airline.timetable import (
    CONNECTION_MINUTES,
    arrival,
    day_after,
    departure,
    minutes,
)
from writ_gym.sampling.drawing import pick

Rng: TypeAlias = np.random.Generator
Stage: TypeAlias = str
Way: TypeAlias = tuple[tuple[Flight, str], ...]
"""Flights with their dates, in the order in which they are flown."""

STAGES: Mapping[Stage, tuple[float, str, str]] = {
    "ahead": (0.57, "2024-05-16", "2024-05-28"),
    "now": (0.16, "2024-05-15", "2024-05-16"),
    "begun": (0.12, "2024-05-06", "2024-05-15"),
    "past": (0.15, "2024-05-01", "2024-05-11"),
}
"""Chances of trips ahead of their travellers, just now, under way and flown; and the dates between
which they begin."""
MOST_DAYS_AWAY = 9
ROUND_TRIP, DIRECT = 0.55, 0.55
LONGEST_LAYOVER = 7 * 60
DETOUR = 2
"""How many times as far as straight on two flights may lead."""


class Timetable:
    """Which flights lead where, and what they are like."""

    def __init__(self, flights: Sequence[Flight]) -> None:
        self.flights = flights
        self._onward: dict[tuple[str, str], list[Flight]] = {}
        for flight in flights:
            self._onward.setdefault((flight.origin, flight.destination), []).append(flight)

    @cached_property
    def _leaving(self) -> dict[str, list[Flight]]:
        leaving: dict[str, list[Flight]] = {}
        for flight in self.flights:
            leaving.setdefault(flight.origin, []).append(flight)
        return leaving

    def somewhere(self, rng: Rng, day: str) -> Way:
        """Return a way that begins on a date: a flight, or two that go on from one another."""
        first = pick(rng, self.flights)
        if rng.random() < DIRECT:
            return ((first, day),)
        onward = [
            second
            for second in self._leaving[first.destination]
            if _goes_on(first, second) and _connects(first, second)
        ]
        return self._pair(first, pick(rng, onward), day) if onward else ((first, day),)

    def between(self, rng: Rng, origin: str, destination: str, day: str) -> Way | None:
        """Return a way between two airports that begins on a date, None if there is none."""
        ways: list[Way] = [((each, day),) for each in self._onward.get((origin, destination), ())]
        if ways and rng.random() < DIRECT:
            return pick(rng, ways)
        ways += [
            self._pair(first, second, day)
            for first in self._leaving[origin]
            for second in self._onward.get((first.destination, destination), ())
            if _connects(first, second)
        ]
        return pick(rng, ways) if ways else None

    @staticmethod
    def _pair(first: Flight, second: Flight, day: str) -> Way:
        late = first.scheduled_arrival_time_est.endswith("+1")
        return (first, day), (second, day_after(day) if late else day)


def _goes_on(first: Flight, second: Flight) -> bool:
    """Say whether two flights lead somewhere without a long way round."""
    straight = miles(first.origin, second.destination)
    return straight >= NEAR_MILES and DETOUR * straight >= (
        miles(first.origin, first.destination) + miles(second.origin, second.destination)
    )


def _connects(first: Flight, second: Flight) -> bool:
    arrives = minutes(first.scheduled_arrival_time_est) % (24 * 60)
    layover = minutes(second.scheduled_departure_time_est) - arrives
    return CONNECTION_MINUTES <= layover <= LONGEST_LAYOVER


class Trip(NamedTuple):
    """Where somebody flies, and whether they fly back."""

    there: Way
    back: Way

    @property
    def flights(self) -> Way:
        """All flights in their order."""
        return self.there + self.back


def _days_later(day: str, days: int) -> str:
    return (date.fromisoformat(day) + timedelta(days)).isoformat()


def draw_trip(rng: Rng, timetable: Timetable) -> Trip:
    """Return a trip that can be flown within the dates of the timetable."""
    chances = [chance for chance, _, _ in STAGES.values()]
    stage = list(STAGES)[int(rng.choice(len(STAGES), p=chances))]
    _, first_day, last_day = STAGES[stage]
    span = (date.fromisoformat(last_day) - date.fromisoformat(first_day)).days
    while True:
        there = timetable.somewhere(rng, _days_later(first_day, int(rng.integers(span + 1))))
        back: Way = ()
        if stage == "begun" or rng.random() < ROUND_TRIP:
            back = _way_back(rng, timetable, there, stage)
        trip = Trip(there, back)
        if trip.flights[-1][1] <= LAST_DAY and (stage != "begun" or _is_under_way(trip)):
            return trip


def _way_back(rng: Rng, timetable: Timetable, there: Way, stage: Stage) -> Way:
    landed, day = there[-1]
    earliest = _days_later(day, 1 + int(rng.integers(MOST_DAYS_AWAY)))
    if stage == "begun":
        earliest = max(earliest, _days_later(TODAY, 1))
    way = timetable.between(rng, landed.destination, there[0][0].origin, earliest)
    # A flight that arrives on the next day may be there after the way back has begun.
    if way is None or departure(way[0][0], way[0][1]) < arrival(landed, day):
        return ()
    return way


def _is_under_way(trip: Trip) -> bool:
    return bool(trip.back) and trip.there[-1][1] <= TODAY < trip.back[0][1]
