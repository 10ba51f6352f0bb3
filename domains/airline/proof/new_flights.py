"""New flights that a user would rather take, and that one search alone lists."""

from collections.abc import Iterator, Sequence
from itertools import islice, pairwise, product
from typing import Any, TypeAlias, cast

from writ_gym.brute_force import Value, keeps
from writ_gym.database import JSON
from writ_gym.domains.airline.proof.apply import new_flight
from writ_gym.domains.airline.proof.axes import SPREAD
from writ_gym.domains.airline.proof.looking import Look
from writ_gym.domains.airline.proof.references import Case
from writ_gym.domains.airline.proof.searching import (
    CHANGE_MINUTES,
    DAY,
    DIRECT,
    Leg,
    Legs,
    Search,
    clock,
    later,
    leg_on,
    told_time,
)
from writ_gym.domains.airline.schema import AirlineDB, Available, Flight, by_route
from writ_gym.domains.airline.wishes import Journey

Found: TypeAlias = tuple[str, dict[str, JSON]]
"""Name and arguments of an edit."""
Spec: TypeAlias = dict[str, Any]
"""A new flight as the argument of an edit."""

MOST_NEW = 3
MOST_TRIED = 300
"""New flights that are thought of until some are as they have to be."""


def fresh_numbers(db: AirlineDB) -> tuple[str, str]:
    """Return two flight numbers that are not taken: the highest."""
    found = (number for n in range(999, 0, -1) if (number := f"HAT{n:03}") not in db.flights)
    return next(found), next(found)


def new_winners(
    case: Case,
    look: Look,
    search: Search,
    found: Sequence[Legs],
    right: Legs | None,
    others: Sequence[Search],
) -> Iterator[Found]:
    """Give edits that add flights to a search, which then are meant or change what is.

    Args:
        case: The world.
        look: What is looked for.
        search: The search that is to list them.
        found: What fits already.
        right: What is meant of that.
        others: The other searches of the request, which should not list them.
    """
    wish = look.direction.wish
    if not isinstance(wish, Journey):
        return
    values = [legs.attribute(wish.by, look.cabin) for legs in found] if wish.by else []
    best = right.attribute(wish.by, look.cabin) if wish.by and right else None
    listed: list[Found] = []
    alone = 0
    for ways in islice(_thinkable(case, wish, look, search, found), MOST_TRIED):
        for specs in ways:
            legs = [_leg(spec) for spec in specs]
            if not _wins(Legs(*legs), look, wish, values, best):
                if any(condition.attribute == "via" for condition in wish.where):
                    continue
                break  # where one changes planes makes no difference then
            edit = "insert_flights", {"flights": specs}
            if any(_lists(case, other, leg) for other in others for leg in legs):
                listed.append(edit)
                continue
            yield edit
            alone += 1
            if alone == MOST_NEW:
                return
            break
    yield from listed[:MOST_NEW]


def _wins(
    legs: Legs, look: Look, wish: Journey, values: Sequence[Value], best: Value | None
) -> bool:
    """Say whether new flights fit, and come before those that are meant now."""
    if not all(keeps(legs.attribute(c.attribute, look.cabin), c) for c in wish.where):
        return False
    if wish.by is None:
        return True
    value = legs.attribute(wish.by, look.cabin)
    if value in values:
        return False
    if best is None:
        return True
    return sorted([value, best], reverse=wish.extreme == "highest")[0] == value


# What is thought of


def _thinkable(
    case: Case, wish: Journey, look: Look, search: Search, found: Sequence[Legs]
) -> Iterator[Iterator[list[Spec]]]:
    """Give flights with all kinds of times and prices, likely ones first, each by all ways."""
    key = "near", id(look)
    if key not in case.flights:  # once for all searches of a look
        names = ("price", "leaves", "lands", "duration")
        case.flights[key] = look, [_near(wish, look, found, name) for name in names]
    price, leaves, lands, lasts = case.flights[key][1]
    fares = [max(2, price[0] // 2), price[0] + SPREAD, *price] if price else [10 * SPREAD]
    if wish.extreme == "highest":
        fares[:2] = fares[1::-1]
    departures, durations = [15, 1200, 720, 360, *leaves], [90, 23 * 60, 300, 25 * 60, *lasts]
    spans = [(start, start + length) for start, length in product(departures, durations)]
    spans += list(product(departures, lands))
    if wish.by in ("leaves", "lands", "duration"):
        # What is near the best comes last above, and is what matters here.
        spans.reverse()
    numbers = fresh_numbers(case.db)
    waits = max([CHANGE_MINUTES, *_near(wish, look, (), "layover")])
    vias = [""] if search.tool == DIRECT else _airports(case, search)
    for fare, (start, end) in product(dict.fromkeys(fares), dict.fromkeys(spans)):
        times = _times(start, end, waits, 1 if search.tool == DIRECT else 2)
        if times and 0 <= start < DAY:
            yield (
                _specs(numbers, [s for s in stops if s], times, search.day, fare)
                for via in vias
                for stops in [(search.origin, via, search.destination)]
            )


def _near(wish: Journey, look: Look, found: Sequence[Legs], name: str) -> list[int]:
    """Return numbers right beside those of the flights that fit, and those that are named."""
    values = [legs.attribute(name, look.cabin) for legs in found]
    values += [c.value for c in wish.where if c.attribute == name]
    numbers = sorted({_number(value) for value in values if isinstance(value, str | float)})
    near = [at + step for at in dict.fromkeys((*numbers[:1], *numbers[-1:])) for step in (-1, 1)]
    return near[::-1] if wish.extreme == "highest" else near


def _number(value: str | float) -> int:
    if isinstance(value, str):
        return 60 * int(value[:2]) + int(value[3:5])
    return int(value)


def _airports(case: Case, search: Search) -> list[str]:
    """Return the airports where one could stop."""
    found = case.flights.get("airports")
    if found is None:  # once for all searches of a request
        origins = (flight.origin for flight in case.db.flights.values())
        found = case.flights["airports"] = list(dict.fromkeys(origins))
    return [code for code in found if code not in (search.origin, search.destination)]


def _times(start: int, end: int, waits: int, flights: int) -> list[int]:
    """Return when each flight departs and arrives, nothing if they could not fly like that."""
    flying = (end - start - waits * (flights - 1)) // flights
    if flying < 30 or end >= 2 * DAY:
        return []
    if flights == 1:
        return [start, end]
    landed = start + flying
    # The second one has to leave on the day on which the first one arrives.
    fits = landed // DAY == (landed + waits) // DAY
    return [start, landed, landed + waits, end] if fits else []


def _specs(
    numbers: Sequence[str], stops: Sequence[str], times: Sequence[int], day: str, fare: int
) -> list[Spec]:
    """Return flights as the argument of an edit."""
    first = fare // 2 if len(stops) > 2 else 0
    found = []
    for place, (origin, destination) in enumerate(pairwise(stops)):
        departs, arrives = times[2 * place : 2 * place + 2]
        days = departs // DAY
        last = place == len(stops) - 2
        found.append(
            {
                "flight_number": numbers[place],
                "origin": origin,
                "destination": destination,
                "departs": _timetable(departs - days * DAY),
                "arrives": _timetable(arrives - days * DAY),
                "date": later(day, days),
                "price": max(1, fare - first if last else first),
            }
        )
    return found


def _leg(spec: Spec) -> Leg:
    """Return a new flight on its date; most are only thought of, and none is kept."""
    flight, day = new_flight(**spec), spec["date"]
    return Leg(flight, day, cast(Available, flight.dates[day]), (flight.flight_number, day))


def _timetable(minutes: int) -> str:
    return f"{told_time(minutes % DAY)}:00{'+1' if minutes >= DAY else ''}"


# Which searches list them


def _lists(case: Case, search: Search, leg: Leg) -> bool:
    """Say whether a search would list a new flight, directly or with one that there is."""
    flight, day = leg.flight, leg.day
    route = flight.origin, flight.destination
    if search.tool == DIRECT:
        return (*route, day) == search[1:]
    if (search.origin, search.day) == (flight.origin, day):
        onward = case.db.flights.lookup(by_route, (flight.destination, search.destination))
        if any(_connects(flight, other, search.day) for other in onward):
            return True
    if search.destination != flight.destination or search.day > day:
        return False
    before = case.db.flights.lookup(by_route, (search.origin, flight.origin))
    return any(
        leg_on(other, search.day)
        and _connects(other, flight, search.day)
        and _next_day(other, search.day) == day
        for other in before
    )


def _next_day(flight: Flight, day: str) -> str:
    """Return the date on which a flight arrives."""
    return later(day, clock(flight.scheduled_arrival_time_est) // DAY)


def _connects(first: Flight, second: Flight, day: str) -> bool:
    """Say whether a search on a date lists a second flight after a first one."""
    lands = clock(first.scheduled_arrival_time_est)
    departs = clock(second.scheduled_departure_time_est)
    in_time = departs >= lands % DAY + CHANGE_MINUTES
    return in_time and leg_on(second, _next_day(first, day)) is not None
