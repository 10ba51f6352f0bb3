"""What a reservation would be like to become the one that is meant, or not to be it any more."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from itertools import pairwise
from math import ceil, floor, inf
from typing import TypeAlias, TypeVar

from writ_gym.database import JSON
from writ_gym.domains.airline.proof.actions import DAY_BEFORE
from writ_gym.domains.airline.proof.itineraries import itinerary
from writ_gym.domains.airline.proof.references import (
    Case,
    first_date,
    reservation_attribute,
)
from writ_gym.domains.airline.proof.shapes import price_of
from writ_gym.domains.airline.proof.stakes import Stake
from writ_gym.domains.airline.proof.words import keeps
from writ_gym.domains.airline.schema import CABINS, LAST_DAY, NOW, TODAY, Reservation
from writ_gym.domains.airline.wishes import Guard, ReservationBeside, Reservations
from writ_gym.proofs import UnclearError
from writ_gym.queries import Choice, Condition

T = TypeVar("T")
Draft: TypeAlias = dict[str, JSON]
"""The fields of a ``Shape`` that are to change."""

RECENT = (datetime.fromisoformat(NOW) - timedelta(hours=1)).isoformat()
LONG_AGO = (datetime.fromisoformat(DAY_BEFORE) - timedelta(days=9)).isoformat()
MOST_LEVELS = 3
SPREAD = 37
"""US dollars between an amount and one that is clearly another."""
STATUSES = ("active", "cancelled")
ROUTE = ("origin", "destination", "trip", "flight")
"""The attributes that say where a reservation leads."""


# Numbers and times


class Axis:
    """An attribute by which reservations are ranked, as a whole number."""

    lowest, highest = 1, 10**6

    def number(self, reservation: Reservation) -> int:
        """Return the number of a reservation."""
        raise NotImplementedError

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
) -> list[Draft]:
    """Return drafts with values that none of the others has, from the one that wins on."""
    axis = AXES[name]
    try:
        taken = {axis.number(other) for other in others}
        low, high = _bounds(axis, name, where)
    except (UnclearError, ValueError):
        return []
    now = axis.number(reservation)
    points = sorted({*taken, *(int(b) for b in (low, high) if axis.lowest < b < axis.highest)})
    near = [point + step for point in points or [now] for step in (-SPREAD, -1, 0, 1, SPREAD)]
    near += [(before + after) // 2 for before, after in pairwise(points)]
    if name == "total":
        near = [at for each in near for at in _payable(reservation, each)]
    fitting = {
        n
        for n in near
        if low < n < high and axis.lowest <= n <= axis.highest and n not in taken and n != now
    }
    ranked = sorted(fitting, reverse=highest)
    return [{name: axis.value(n)} for n in ranked[:MOST_LEVELS]]


def _payable(reservation: Reservation, total: int) -> tuple[int, ...]:
    """Return the nearest totals to which whole fares of all passengers come."""
    step = len(reservation.passengers)
    now = price_of(reservation)
    below = now + (total - now) // step * step
    return below, below + step


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


# Conditions


def fit(case: Case, query: Reservations, reservation: Reservation) -> Draft:
    """Return what has to change for a reservation to keep the conditions, as far as it can."""
    draft: Draft = {}
    if not all(_kept(reservation, c) for c in query.where if c.attribute in ROUTE):
        draft |= itinerary(case, reservation, [c for c in query.where if c.attribute in ROUTE])
    for condition in query.where:
        if condition.attribute not in ROUTE and not _kept(reservation, condition):
            for field, value in _draft(query.where, condition, reservation, True).items():
                draft[field] = [*draft.get(field, []), *value] if field in _NAMES else value
    return draft


_NAMES = ("has", "lacks")


def _kept(reservation: Reservation, condition: Condition) -> bool:
    try:
        return keeps(reservation_attribute(reservation, condition.attribute), condition)
    except UnclearError:
        return True


def breaking(case: Case, query: Reservations, reservation: Reservation) -> Iterator[Draft]:
    """Give drafts each of which breaks one of the conditions that a reservation keeps."""
    for condition in query.where:
        if condition.attribute in ROUTE:
            yield itinerary(case, reservation, [_opposite(condition)])
        else:
            yield _draft((condition,), condition, reservation, False)


def _opposite(condition: Condition) -> Condition:
    tests = {"is": "is_not", "is_not": "is", "has": "lacks", "lacks": "has"}
    return condition.model_copy(update={"test": tests.get(condition.test, condition.test)})


def _draft(
    where: Iterable[Condition], condition: Condition, reservation: Reservation, wanted: bool
) -> Draft:
    """Return what makes a condition true, or not; an empty draft if nothing is known to."""
    name, value = condition.attribute, condition.value
    if name == "traveller":
        return {"has" if (condition.test == "has") == wanted else "lacks": [value]}
    if name in AXES:
        found = levels(where if wanted else (), name, reservation, (), True)
        if not wanted:
            beyond = _beyond(condition)
            found = [d for part in beyond for d in levels((part,), name, reservation, (), True)]
        return found[-1] if found else {}
    options: dict[str, tuple[str, ...]] = {
        "status": STATUSES,
        "cabin": CABINS,
        "insurance": ("yes", "no"),
    }
    same = (condition.test == "is") == wanted
    fitting = [option for option in options.get(name, ()) if (option == value) == same]
    return {name: fitting[0]} if fitting else {}


def _beyond(condition: Condition) -> list[Condition]:
    """Return conditions each of which can only be kept where another one is broken."""
    other = {"over": ("under",), "under": ("over",), "is": ("over", "under"), "is_not": ("is",)}
    value = condition.value
    nudge = {"over": 1, "under": -1}.get(condition.test, 0)
    if isinstance(value, float):
        value += nudge
    return [
        condition.model_copy(update={"test": test, "value": value})
        for test in other.get(condition.test, ())
    ]


# What it takes to be meant


def entering(case: Case, stake: Stake, reservation: Reservation) -> Iterator[Draft]:
    """Give drafts with which a reservation becomes the one that is meant, or pushes it aside."""
    query = stake.query
    if query is None:
        yield {}
        return
    draft = fit(case, query, reservation)
    others = [o for o in stake.members(case) if o.reservation_id != reservation.reservation_id]
    yield from _between(case, stake, reservation)
    if stake.figure is not None:
        yield from ({**draft, **level} for level in crossing(case, stake, reservation))
    elif isinstance(query, Choice) and query.by is not None and query.by in AXES:
        highest = query.extreme == "highest"
        for level in levels(query.where, query.by, reservation, others, highest):
            yield {**draft, **level}
    yield draft


def leaving(case: Case, stake: Stake, reservation: Reservation) -> Iterator[Draft]:
    """Give drafts with which a reservation is not among the meant ones any more."""
    query = stake.query
    if query is None:
        return
    if stake.figure is not None:
        yield from crossing(case, stake, reservation)
    yield from breaking(case, query, reservation)
    if isinstance(query, Choice) and query.by is not None and query.by in AXES:
        others = [o for o in stake.members(case) if o.reservation_id != reservation.reservation_id]
        highest = query.extreme == "lowest"
        yield from levels(query.where, query.by, reservation, others, highest)
    reference = stake.reference
    if isinstance(reference, ReservationBeside):
        yield from levels((), reference.order, reservation, case.mine, True)
        yield from levels((), reference.order, reservation, case.mine, False)


def _between(case: Case, stake: Stake, reservation: Reservation) -> Iterator[Draft]:
    """Give drafts with which a reservation comes right beside the other one."""
    reference = stake.reference
    if not isinstance(reference, ReservationBeside):
        return
    inner = Stake(stake.role, stake.what, reference.beside).meant(case)
    axis = AXES[reference.order]
    for other in inner:
        at = axis.number(other) + reference.step
        if at != axis.number(reservation) and axis.lowest <= at <= axis.highest:
            yield {reference.order: axis.value(at)}


def crossing(case: Case, stake: Stake, reservation: Reservation) -> list[Draft]:
    """Return drafts with which a figure becomes another one, or its test fails."""
    figure = stake.figure
    if figure is None or figure.figure == "count":
        return []
    axis = AXES[figure.figure]
    member = reservation in stake.members(case)
    own = axis.number(reservation)
    wanted = [own + 1, own + SPREAD, own - 1]
    if isinstance(figure, Guard):
        try:
            needed = own * member + figure.value - case.figure(figure)
        except UnclearError:
            return []
        wanted = [floor(needed) + step for step in (1, -1, 0, 2)]
    if figure.figure == "total":
        wanted = [at for each in wanted for at in _payable(reservation, each)]
    fitting = [n for n in dict.fromkeys(wanted) if axis.lowest <= n <= axis.highest and n != own]
    return [{figure.figure: axis.value(n)} for n in fitting]


def in_turn(sources: Iterable[Iterator[T]]) -> Iterator[T]:
    """Give one of each source, and again, until all are empty."""
    waiting = deque(sources)
    while waiting:
        source = waiting.popleft()
        for thing in source:
            yield thing
            waiting.append(source)
            break
