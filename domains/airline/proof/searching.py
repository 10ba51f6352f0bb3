"""What the searches list, looked up in the timetable, and what flights are like."""

from collections.abc import (
    Callable,
    Hashable,
    Iterable,
    Iterator,
    Sequence,
)
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

from writ_gym.database import is_of_base
from writ_gym.domains.airline.proof.references import Case
from writ_gym.domains.airline.schema import (
    AirlineDB,
    Available,
    Cabin,
    DateStatus,
    Flight,
    by_destination,
    by_origin,
    by_route,
)
from writ_gym.domains.airline.wishes import Journey, LookedUp
from writ_gym.meaning.brute_force import Value, keeps, unclear
from writ_gym.meaning.proofs import UnclearError

CHANGE_MINUTES = 30
"""The least time between two flights."""
DAY = 24 * 60


@lru_cache(8192)
def clock(time: str) -> int:
    """Return a time of the timetable in minutes from midnight of the day of departure."""
    hours, minutes = int(time[:2]), int(time[3:5])
    return 60 * hours + minutes + DAY * time.endswith("+1")


@lru_cache(8192)
def later(day: str, days: int) -> str:
    """Return the date so many days later; UnclearError if there is none."""
    try:
        return (date.fromisoformat(day) + timedelta(days)).isoformat()
    except (ValueError, OverflowError):
        raise UnclearError(f"There is no date {days} days after {day}.") from None


def days_between(start: str, end: str) -> int:
    """Return how many days later the second date is."""
    return (date.fromisoformat(end) - date.fromisoformat(start)).days


class Search(NamedTuple):
    """What one call of a search tool asks for."""

    tool: str
    origin: str
    destination: str
    day: str

    @property
    def key(self) -> str:
        """The key of the record that stands for it."""
        return " ".join(self)


DIRECT, ONE_STOP = "search_direct_flight", "search_onestop_flight"
TOOLS = {"direct": (DIRECT,), "one_stop": (ONE_STOP,), "any": (DIRECT, ONE_STOP)}
"""By ``stops``, the tools that list such flights."""


class Leg(NamedTuple):
    """A flight on a date, and what it is like then."""

    flight: Flight
    day: str
    status: Available
    name: tuple[str, str]
    """Number and date."""


class Legs:
    """What can be taken: a direct flight, or two with one stop. Each attribute is found once."""

    __slots__ = ("_known", "_label", "first", "last", "legs")

    def __init__(self, *legs: Leg) -> None:
        self.legs = legs
        self.first, self.last = legs[0], legs[-1]
        self._known: dict[tuple[str, Cabin], Value] | None = None
        self._label = ""

    @property
    def names(self) -> tuple[tuple[str, str], ...]:
        """Number and date of each flight."""
        return tuple([leg.name for leg in self.legs])

    @property
    def label(self) -> str:
        """Numbers and dates as one text."""
        if not self._label:
            self._label = " ".join(" ".join(name) for name in self.names)
        return self._label

    def attribute(self, name: str, cabin: Cabin) -> Value:
        """Return what the flights are like in a cabin."""
        if self._known is None:
            self._known = {}
        known = self._known.get((name, cabin))
        if known is None:
            if name not in FIGURES:
                unclear(f"Flights have no {name}.")
            known = self._known[name, cabin] = FIGURES[name](self, cabin)
        return known

    def seats(self, cabin: Cabin) -> int:
        """Return how many passengers can have a seat in a cabin on all flights."""
        seats: int = getattr(self.first.status.available_seats, cabin)
        if self.last is self.first:
            return seats
        onward: int = getattr(self.last.status.available_seats, cabin)
        return min(seats, onward)

    def fare(self, cabin: Cabin) -> int:
        """Return what the flights cost together for one passenger, in US dollars."""
        return sum([getattr(leg.status.prices, cabin) for leg in self.legs])


MOST_WISHES = 16
"""Wishes for which it is remembered what of a search fits."""


class Listed:
    """What a search lists, in its order, and what of it fits the wishes that were looked at."""

    def __init__(self, legs: Iterable[Legs]) -> None:
        self.legs = tuple(legs)
        self._fitting: dict[Hashable, tuple[object, list[Legs]]] = {}

    def fitting(
        self,
        wish: Journey | LookedUp,
        cabin: Cabin,
        seats: int,
        taken: frozenset[tuple[str, str]],
    ) -> list[Legs]:
        """Return what keeps a wish's conditions, with seats for all and no flight that is taken."""
        key = id(wish), cabin, seats, taken
        known = self._fitting.get(key)
        if known is None:
            if len(self._fitting) >= MOST_WISHES:
                self._fitting.clear()
            found = [legs for legs in self.legs if legs.seats(cabin) >= seats]
            if taken:
                found = [legs for legs in found if taken.isdisjoint(legs.names)]
            for condition in wish.where if isinstance(wish, Journey) else ():
                name = condition.attribute
                found = [legs for legs in found if keeps(legs.attribute(name, cabin), condition)]
            known = self._fitting[key] = wish, found
        return known[1]


class OnSale:
    """Flights that are on sale on a date, by where they begin."""

    def __init__(self, legs: Sequence[Leg]) -> None:
        self.legs = legs
        self.leaving: dict[str, list[Leg]] = {}
        for leg in legs:
            self.leaving.setdefault(leg.flight.origin, []).append(leg)


_LEGS: dict[tuple[int, str], tuple[Flight, Leg | None]] = {}
"""By the identity of a flight, which is so kept, and a date: the flight then; see ``leg_on``."""
_ON_SALE: dict[tuple[int, str], tuple[Sequence[Flight], OnSale]] = {}
"""By the identity of a group of flights, which is so kept, and a date: those on sale."""
_SEARCHED: dict[tuple[object, ...], tuple[tuple[Sequence[Flight], ...], Listed]] = {}
"""What a search lists, by a date and the identities of the groups that it goes through, which are
so kept."""
MOST_LEGS = 16_384
"""Flights on dates that are kept; then all is forgotten at once."""
MOST_KEPT = 1_500
"""Searches, and groups of flights, that are kept; then all are forgotten at once. Eight times
as many were no faster, and took 250 MB more."""


def searched(case: Case, search: Search) -> Listed:
    """Return what a search lists."""
    known: Listed | None = case.flights.get(search)
    if known is None:
        known = case.flights[search] = _searched(case, search)
    return known


def _searched(case: Case, search: Search) -> Listed:
    """Return what a search lists: the same object as long as its flights are those of the base."""
    flights = case.db.flights
    tool, origin, destination, day = search
    groups: tuple[Sequence[Flight], ...]
    if tool == DIRECT:
        groups = (flights.group(by_route, (origin, destination), day),)
    else:
        ahead = flights.group(by_destination, destination, day, later(day, 1))
        groups = flights.group(by_origin, origin, day), ahead
    if not all(map(is_of_base, groups)):
        return _listed(case, groups, day)
    key = (day, *map(id, groups))
    known = _SEARCHED.get(key)
    if known is None:
        if len(_SEARCHED) > MOST_KEPT:
            _forget()
        known = _SEARCHED[key] = groups, _listed(case, groups, day)
    return known[1]


def _listed(case: Case, groups: Sequence[Sequence[Flight]], day: str) -> Listed:
    """Return what is listed of groups of flights: one way there, or those in between."""
    if len(groups) == 1:
        return Listed(map(Legs, _on_sale(case, groups[0], day).legs))
    first, second = groups
    onward = _on_sale(case, second, day), _on_sale(case, second, later(day, 1))
    return Listed(_pairs(_on_sale(case, first, day), *onward))


def _on_sale(case: Case, flights: Sequence[Flight], day: str) -> OnSale:
    """Return the flights of a group that are on sale on a date."""
    of_base = is_of_base(flights)
    kept = _ON_SALE if of_base else case.flights
    key = id(flights), day
    known: tuple[Sequence[Flight], OnSale] | None = kept.get(key)
    if known is None:
        found = [_LEGS.get((id(flight), day)) or _leg(flight, day) for flight in flights]
        if of_base:
            _keep(found, day)
        known = kept[key] = flights, OnSale([leg for _, leg in found if leg])
    return known[1]


def leg_on(flight: Flight, day: str) -> Leg | None:
    """Return a flight on a date, None if it is not on sale then."""
    return (_LEGS.get((id(flight), day)) or _leg(flight, day))[1]


def _leg(flight: Flight, day: str) -> tuple[Flight, Leg | None]:
    """Return a flight, and what ``leg_on`` returns of it."""
    status = flight.dates.get(day)
    if not isinstance(status, Available):
        return flight, None
    return flight, Leg(flight, day, status, (flight.flight_number, day))


def _keep(found: Iterable[tuple[Flight, Leg | None]], day: str) -> None:
    """Keep flights of the base on a date."""
    if len(_ON_SALE) > MOST_KEPT or len(_LEGS) > MOST_LEGS:
        _forget()
    _LEGS.update({(id(each[0]), day): each for each in found})


def _forget() -> None:
    for kept in (_SEARCHED, _ON_SALE, _LEGS):
        kept.clear()


def _pairs(first: OnSale, second: OnSale, third: OnSale) -> Iterator[Legs]:
    onward = second.leaving, third.leaving
    for leg in first.legs:
        days, arrives = divmod(clock(leg.flight.scheduled_arrival_time_est), DAY)
        for other in onward[days].get(leg.flight.destination, ()):
            if clock(other.flight.scheduled_departure_time_est) >= arrives + CHANGE_MINUTES:
                yield Legs(leg, other)


def status_of(db: AirlineDB, flight_number: str, day: str) -> DateStatus:
    """Return what a flight is like on a date; UnclearError if it is not in the timetable."""
    flight = db.flights.get(flight_number)
    status = flight.dates.get(day) if flight else None
    if status is None:
        unclear(f"There is no flight {flight_number} on {day}.")
    return status


# Attributes


def leaves(legs: Legs) -> int:
    """Return when the first flight departs, in minutes from midnight of its date."""
    return clock(legs.first.flight.scheduled_departure_time_est)


def lands(legs: Legs) -> int:
    """Return when the last flight arrives, in minutes from midnight of the first one's date."""
    arrives = clock(legs.last.flight.scheduled_arrival_time_est)
    return arrives if legs.last.day == legs.first.day else arrives + DAY


def layover(legs: Legs) -> int:
    """Return the minutes between the flights, 0 if there is one."""
    if len(legs.legs) == 1:
        return 0
    departs = clock(legs.last.flight.scheduled_departure_time_est)
    departs += 0 if legs.last.day == legs.first.day else DAY
    return departs - clock(legs.first.flight.scheduled_arrival_time_est)


def told_time(minutes: int) -> str:
    """Return minutes from midnight as HH:MM, the hours counted on."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


FIGURES: dict[str, Callable[[Legs, Cabin], Value]] = {
    "price": lambda legs, cabin: float(legs.fare(cabin)),
    "leaves": lambda legs, cabin: told_time(leaves(legs)),
    "lands": lambda legs, cabin: told_time(lands(legs)),
    "duration": lambda legs, cabin: float(lands(legs) - leaves(legs)),
    "layover": lambda legs, cabin: float(layover(legs)),
    "via": lambda legs, cabin: legs.first.flight.destination if len(legs.legs) > 1 else "",
    "flight": lambda legs, cabin: tuple(number for number, _ in legs.names),
}
"""By attribute, what it comes to in a cabin."""
