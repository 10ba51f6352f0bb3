"""What the searches list, looked up in the timetable, and what flights are like."""

from collections.abc import Callable, Hashable, Iterable, Iterator
from datetime import date, timedelta
from functools import lru_cache
from itertools import count
from typing import NamedTuple

from writ_gym.brute_force import Value, unclear
from writ_gym.domains.airline.proof.references import Case
from writ_gym.domains.airline.schema import (
    AirlineDB,
    Available,
    Cabin,
    DateStatus,
    Flight,
    by_origin,
    by_route,
)
from writ_gym.proofs import UnclearError

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
    """A flight on a date."""

    flight: Flight
    day: str

    @property
    def name(self) -> tuple[str, str]:
        """Number and date."""
        return self.flight.flight_number, self.day


class Legs:
    """What can be taken: a direct flight, or two with one stop. Each attribute is found once."""

    __slots__ = ("_known", "_seats", "first", "label", "last", "legs", "names")

    def __init__(self, *legs: Leg) -> None:
        self.legs = legs
        self.first, self.last = legs[0], legs[-1]
        self.names = tuple(leg.name for leg in legs)
        """Number and date of each flight."""
        self.label = " ".join(" ".join(name) for name in self.names)
        """Both as one text."""
        self._known: dict[tuple[str, Cabin], Value] = {}
        self._seats: dict[Cabin, int] = {}

    def attribute(self, name: str, cabin: Cabin) -> Value:
        """Return what the flights are like in a cabin."""
        known = self._known.get((name, cabin))
        if known is None:
            if name not in FIGURES:
                unclear(f"Flights have no {name}.")
            known = self._known[name, cabin] = FIGURES[name](self, cabin)
        return known

    def seats(self, cabin: Cabin) -> int:
        """Return how many passengers can have a seat in a cabin on all flights."""
        known = self._seats.get(cabin)
        if known is None:
            seats = [getattr(status.available_seats, cabin) for status in self.statuses]
            known = self._seats[cabin] = min(seats)
        return known

    def fare(self, cabin: Cabin) -> int:
        """Return what the flights cost together for one passenger, in US dollars."""
        return sum(getattr(status.prices, cabin) for status in self.statuses)

    @property
    def statuses(self) -> list[Available]:
        """What each flight is like on its date."""
        found = (leg.flight.dates[leg.day] for leg in self.legs)
        return [status for status in found if isinstance(status, Available)]


_LISTS: dict[tuple[int, ...], tuple[int, list[Flight]]] = {}
"""By the identities of flights in a list: its number, and the flights, which so keep theirs."""
_SEARCHED: dict[tuple[Search, int, int], tuple[Legs, ...]] = {}
"""What a search lists, by the numbers of the lists that it goes through."""
MOST_SEARCHED = 20_000


def searched(case: Case, search: Search) -> tuple[Legs, ...]:
    """Return what a search lists, in its order."""
    direct = search.tool == DIRECT
    number, flights = (
        _listed(case, by_route, (search.origin, search.destination))
        if direct
        else _listed(case, by_origin, search.origin)
    )
    onward, second = (0, []) if direct else _listed(case, by_destination, search.destination)
    key = search, number, onward
    found = _SEARCHED.get(key)
    if found is None:
        listed = _direct(flights, search.day) if direct else _pairs(flights, second, search.day)
        found = _SEARCHED[key] = tuple(listed)
    return found


def _listed(
    case: Case, index: Callable[[Flight], Iterable[Hashable]], value: Hashable
) -> tuple[int, list[Flight]]:
    """Return the flights that an index gives, with a number that only they have."""
    place = index, value
    known = case.flights.get(place)
    if known is None:
        found = case.db.flights.lookup(index, value)
        key = tuple(map(id, found))
        if len(_SEARCHED) > MOST_SEARCHED:
            # Cases that are at work go on with their own numbers, which nobody gets again.
            _SEARCHED.clear()
            _LISTS.clear()
        if key not in _LISTS:
            _LISTS[key] = next(_NUMBERS), found
        known = case.flights[place] = _LISTS[key]
    return known


_NUMBERS = count()


def _direct(flights: Iterable[Flight], day: str) -> Iterator[Legs]:
    for flight in flights:
        if isinstance(flight.dates.get(day), Available):
            yield Legs(Leg(flight, day))


def _pairs(first: Iterable[Flight], second: Iterable[Flight], day: str) -> Iterator[Legs]:
    onward: dict[str, list[Flight]] = {}
    for flight in second:
        onward.setdefault(flight.origin, []).append(flight)
    for flight in first:
        if flight.destination in onward and isinstance(flight.dates.get(day), Available):
            arrives = clock(flight.scheduled_arrival_time_est)
            next_day = later(day, 1) if arrives >= DAY else day
            for other in onward[flight.destination]:
                leaves_at = clock(other.scheduled_departure_time_est)
                if leaves_at >= arrives % DAY + CHANGE_MINUTES and isinstance(
                    other.dates.get(next_day), Available
                ):
                    yield Legs(Leg(flight, day), Leg(other, next_day))


def by_destination(flight: Flight) -> Iterable[str]:
    """Index flights by where they end."""
    return (flight.destination,)


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
