"""How a solver finds the flights that a user means, through the two searches."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache, partial
from itertools import product
from typing import NamedTuple, TypeAlias

from writ_gym.database import JSON
from writ_gym.domains.airline.schema import Cabin, ReservationFlight
from writ_gym.domains.airline.wishes import Journey
from writ_gym.errors import UnsolvableError
from writ_gym.meaning.queries import Attribute
from writ_gym.meaning.solving import Reads, read

DIRECT, ONE_STOP = "search_direct_flight", "search_onestop_flight"
SEARCHES: Mapping[str, tuple[str, ...]] = {
    "direct": (DIRECT,),
    "one_stop": (ONE_STOP,),
    "any": (DIRECT, ONE_STOP),
}
"""By ``stops`` of a journey, the searches that list its candidates."""
A_DAY = 24 * 60


class Leg(NamedTuple):
    """A flight on a date, as a search lists it; times in minutes after midnight of the date."""

    flight_number: str
    date: str
    origin: str
    destination: str
    departs: int
    arrives: int
    seats: Mapping[str, int]
    prices: Mapping[str, int]


Candidate: TypeAlias = tuple[Leg, ...]
"""The flights in one direction, one or two."""


class Route(NamedTuple):
    """Where and when a journey may be, as far as it is known now."""

    origins: tuple[str, ...]
    destinations: tuple[str, ...]
    dates: tuple[str, ...]


@lru_cache(4096)
def minutes(clock: str) -> int:
    """Return a time such as "13:05:00", or "01:05:00+1", in minutes after midnight."""
    return int(clock[:2]) * 60 + int(clock[3:5]) + (A_DAY if clock.endswith("+1") else 0)


@lru_cache(4096)
def clock(after_midnight: int) -> str:
    """Return minutes after midnight as "HH:MM", with the hours counted on past 24."""
    return f"{after_midnight // 60:02}:{after_midnight % 60:02}"


def days_between(start: str, end: str) -> int:
    """Return how many days later the second date is."""
    return (date.fromisoformat(end) - date.fromisoformat(start)).days


@lru_cache(1024)
def days_later(day: str, days: int) -> str:
    """Return the date so many days later."""
    return (date.fromisoformat(day) + timedelta(days)).isoformat()


@lru_cache(1024)
def listed(text: str, day: str) -> tuple[Candidate, ...]:
    """Return the candidates that the answer of a search for a day lists."""
    found = json.loads(text)
    return tuple(
        tuple(_leg(each, day) for each in (entry if isinstance(entry, list) else [entry]))
        for entry in found
    )


def _leg(entry: Mapping[str, JSON], day: str) -> Leg:
    return Leg(
        entry["flight_number"], entry["date"] or day, entry["origin"], entry["destination"],
        minutes(entry["scheduled_departure_time_est"]),
        minutes(entry["scheduled_arrival_time_est"]),
        entry["available_seats"], entry["prices"],
    )  # fmt: skip


def in_cabin(cabin: Cabin) -> Attribute[Candidate]:
    """Return what gives the attributes of candidates in a cabin."""
    return partial(attribute, cabin)


def attribute(cabin: Cabin, candidate: Candidate, name: str) -> JSON:
    """Return an attribute of a candidate in a cabin; see the specification."""
    first, last = candidate[0], candidate[-1]
    lands = last.arrives + A_DAY * _days_between(first.date, last.date)
    match name:
        case "price":
            return sum([leg.prices[cabin] for leg in candidate])
        case "leaves":
            return clock(first.departs)
        case "lands":
            return clock(lands)
        case "duration":
            return lands - first.departs
        case "layover":
            return lands - first.departs - sum(leg.arrives - leg.departs for leg in candidate)
        case "via":
            return first.destination if len(candidate) > 1 else ""
        case "flight":
            return [leg.flight_number for leg in candidate]
        case _:
            raise UnsolvableError(f"Flights have no attribute {name!r}.")


@lru_cache(1024)
def _days_between(first: str, last: str) -> int:
    return (date.fromisoformat(last) - date.fromisoformat(first)).days


def times(candidate: Candidate) -> tuple[str, str]:
    """Return when a candidate begins and when it is over, as "2024-05-20 13:05"."""
    first, last = candidate[0], candidate[-1]
    days, arrives = divmod(last.arrives, A_DAY)
    over = f"{days_later(last.date, days)} {clock(arrives)}"
    return f"{first.date} {clock(first.departs)}", over


def search(journey: Journey, route: Route) -> Reads[list[Candidate]]:
    """Return everything that the searches for a journey list, each once."""
    found: dict[object, Candidate] = {}
    for name, arguments in searches(journey, route):
        text = yield from read(name, **arguments)
        for candidate in listed(text, arguments["date"]):
            found[tuple((leg.flight_number, leg.date) for leg in candidate)] = candidate
    return list(found.values())


def searches(journey: Journey, route: Route) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the searches that list the candidates of a journey: tools and arguments."""
    for day, origin, destination in product(route.dates, route.origins, route.destinations):
        for name in SEARCHES[journey.stops]:
            yield name, {"origin": origin, "destination": destination, "date": day}


def able(
    candidates: Iterable[Candidate], cabin: Cabin, seats: int, own: Sequence[ReservationFlight] = ()
) -> list[Candidate]:
    """Return the candidates with enough seats that hold none of the user's own flights."""
    held = {(flight.flight_number, flight.date) for flight in own}
    found = [each for each in candidates if min([leg.seats[cabin] for leg in each]) >= seats]
    if not held:
        return found
    return [
        candidate
        for candidate in found
        if not any((leg.flight_number, leg.date) in held for leg in candidate)
    ]
