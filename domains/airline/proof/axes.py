"""Attributes by which reservations are ranked: numbers and times, and levels of them."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from heapq import nsmallest
from itertools import pairwise
from math import ceil, floor, inf
from typing import TypeAlias

from writ_gym.database import JSON
from writ_gym.domains.airline.proof.references import first_date, reservation_attribute
from writ_gym.domains.airline.proof.shapes import price_of
from writ_gym.domains.airline.schema import LAST_DAY, NOW, TODAY, Reservation
from writ_gym.meaning.proofs import UnclearError
from writ_gym.meaning.queries import Condition

Draft: TypeAlias = dict[str, JSON]
"""The fields of a ``Shape`` that are to change."""

MOST_LEVELS = 3
SPREAD = 37
"""US dollars between an amount and one that is clearly another."""


class Axis(ABC):
    """An attribute by which reservations are ranked, as a whole number."""

    lowest, highest = 1, 10**6

    @property
    def least(self) -> float:
        """The lowest that there can be, likely or not."""
        return self.lowest

    @abstractmethod
    def number(self, reservation: Reservation) -> int:
        """Return the number of a reservation."""

    def of(self, value: str | float) -> float:
        """Return the number that a condition names."""
        return float(value)

    def value(self, number: int) -> JSON:
        """Return what the field of a shape is then."""
        return number


class Count(Axis):
    """A number of passengers or bags, or of US dollars."""

    def __init__(self, attribute: str, lowest: int, highest: int) -> None:
        self.attribute, self.lowest, self.highest = attribute, lowest, highest

    def number(self, reservation: Reservation) -> int:
        """Return the number of a reservation."""
        return int(float(str(reservation_attribute(reservation, self.attribute))))


class Day(Axis):
    """The date of the first flight; in a new shape, one on which flights are on sale."""

    lowest = date.fromisoformat(TODAY).toordinal() + 1
    highest = date.fromisoformat(LAST_DAY).toordinal()
    least = -inf  # flown already

    def number(self, reservation: Reservation) -> int:
        """Return the number of a reservation."""
        return date.fromisoformat(first_date(reservation)).toordinal()

    def of(self, value: str | float) -> float:
        """Return the number that a condition names."""
        return date.fromisoformat(str(value)).toordinal()

    def value(self, number: int) -> JSON:
        """Return what the field of a shape is then."""
        return date.fromordinal(number).isoformat()


class Second(Axis):
    """When a reservation was made."""

    lowest, highest = -(365 * 24 * 3600), 0

    def number(self, reservation: Reservation) -> int:
        """Return the number of a reservation."""
        return int(self.of(reservation.created_at))

    def of(self, value: str | float) -> float:
        """Return the number that a condition names."""
        made = datetime.fromisoformat(str(value)) - datetime.fromisoformat(NOW)
        return made.total_seconds()

    def value(self, number: int) -> JSON:
        """Return what the field of a shape is then."""
        return (datetime.fromisoformat(NOW) + timedelta(seconds=number)).isoformat()


AXES: Mapping[str, Axis] = {
    "total": Count("total", 1, 10**6),
    "passengers": Count("passengers", 1, 5),
    "bags": Count("bags", 0, 20),
    "departure": Day(),
    "created": Second(),
}
"""By attribute, which is also the name of the shape's field."""


def levels(
    where: Iterable[Condition],
    name: str,
    reservation: Reservation,
    others: Iterable[Reservation],
    highest: bool,
    rank: int = 1,
) -> list[Draft]:
    """Return drafts with values that none of the others has, from the one that wins on.

    Those come first with which it has a rank among the others. Where no likely one is within the
    conditions, it is the nearest of the others.
    """
    axis = AXES[name]
    try:
        taken = {axis.number(other) for other in others}
        low, high = _bounds(axis, name, where)
    except (UnclearError, ValueError):
        return []
    now = axis.number(reservation)
    named = [int(bound) for bound in (low, high) if axis.least < bound < axis.highest]
    points = sorted({*taken, *named, min(max(now, axis.lowest), axis.highest)})
    near = [point + step for point in points for step in (-SPREAD, -1, 0, 1, SPREAD)]
    near += [(before + after) // 2 for before, after in pairwise(points)]
    if name == "total":
        near = [at for each in near for at in payable(reservation, each)]
    fitting = {n for n in near if low < n < high and n <= axis.highest and n not in taken}
    likely = {n for n in fitting if n >= axis.lowest}
    if not likely:
        likely = set(nsmallest(1, (n for n in fitting if n >= axis.least), lambda n: abs(n - now)))
    ranked = sorted(likely - {now}, reverse=highest)
    if rank > 1:
        before = {n: sum((each > n) is highest for each in taken) for n in ranked}
        ranked.sort(key=lambda n: before[n] != rank - 1)
    return [{name: axis.value(n)} for n in ranked[:MOST_LEVELS]]


def places(name: str, reservation: Reservation, others: Iterable[Reservation]) -> list[Draft]:
    """Return drafts that rank a reservation in each place among others, from the highest on.

    Levels are likely; these are all that there are, days before today among them.
    """
    axis = AXES[name]
    try:
        taken = sorted({axis.number(other) for other in others}, reverse=True)
        now = axis.number(reservation)
    except UnclearError:
        return []
    near = [at + step for at in taken[:1] for step in (1, -1)] + [at - 1 for at in taken[1:]]
    if name == "total":
        near = [at for each in near for at in payable(reservation, each)]
    fitting = (n for n in near if axis.least <= n <= axis.highest and n not in taken and n != now)
    return [{name: axis.value(n)} for n in dict.fromkeys(fitting)]


def payable(reservation: Reservation, total: int) -> tuple[int, ...]:
    """Return the nearest totals to which whole fares of all passengers come."""
    step, flights = len(reservation.passengers), reservation.flights
    now = price_of(reservation)
    least = now - step * sum(flight.price - 1 for flight in flights)
    below = now + (total - now) // step * step
    return max(below, least), max(below + step, least)


def _bounds(axis: Axis, name: str, where: Iterable[Condition]) -> tuple[float, float]:
    """Return what a number has to be over and under to keep the conditions."""
    low, high = -inf, inf
    for condition in where:
        if condition.attribute != name:
            continue
        value = axis.of(condition.value)
        if condition.test in ("over", "is"):
            low = max(low, value if condition.test == "over" else ceil(value) - 1)
        if condition.test in ("under", "is"):
            high = min(high, value if condition.test == "under" else floor(value) + 1)
    return low, high
