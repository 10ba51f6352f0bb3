"""New flights that a user would rather take, and that one search alone lists."""

from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from itertools import islice, pairwise, product, tee
from typing import Any, NamedTuple, TypeAlias, cast

from writ_gym.database import JSON
from writ_gym.domains.airline.proof.axes import SPREAD
from writ_gym.domains.airline.proof.looking import Look
from writ_gym.domains.airline.proof.references import Case
from writ_gym.domains.airline.proof.searching import (
    CHANGE_MINUTES,
    DAY,
    DIRECT,
    Legs,
    Search,
    clock,
    later,
    leg_on,
    told_time,
)
from writ_gym.domains.airline.schema import AirlineDB, Flight, by_route
from writ_gym.domains.airline.wishes import Journey
from writ_gym.meaning.brute_force import Value, keeps, unclear

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
    numbers = fresh_numbers(case.db)
    listed: list[Found] = []
    alone = 0
    for way in _winning(case, look, search.tool, found, right):
        for stops in _stops(case, wish, search):
            specs = _specs(numbers, stops, way, search.day)
            edit = "insert_flights", {"flights": specs}
            if any(_lists(case, other, spec) for other in others for spec in specs):
                listed.append(edit)
                continue
            yield edit
            alone += 1
            if alone == MOST_NEW:
                return
            break
    yield from listed[:MOST_NEW]


def _stops(case: Case, wish: Journey, search: Search) -> Iterator[list[str]]:
    """Give where one could begin, change planes and end."""
    ends = search.origin, search.destination
    for via in [""] if search.tool == DIRECT else _airports(case):
        may_stop = all(keeps(via, each) for each in wish.where if each.attribute == "via")
        if may_stop and via not in ends:
            yield [code for code in (search.origin, via, search.destination) if code]


def _airports(case: Case) -> Iterator[str]:
    """Give the airports, found as far as they are asked for."""
    if "airports" not in case.flights:  # once for all searches of a request
        origins = _each_once(flight.origin for flight in case.db.flights.values())
        case.flights["airports"] = tee(origins, 1)[0]
    return cast(Iterator[str], copy(case.flights["airports"]))


def _each_once(values: Iterable[str]) -> Iterator[str]:
    seen: set[str] = set()
    for value in values:
        if value not in seen:
            seen.add(value)
            yield value


# What is thought of


class Way(NamedTuple):
    """How to fly, wherever that is."""

    fare: int
    """Of all flights together."""
    times: Sequence[int]
    """When each flight departs and arrives, in minutes from midnight of the first date."""

    @property
    def fares(self) -> list[int]:
        """The fare of each flight."""
        first = self.fare // 2 if len(self.times) > 2 else 0
        return [max(1, fare) for fare in (first, self.fare - first)][-len(self.times) // 2 :]

    def attribute(self, name: str) -> Value:
        """Return what flights are like that fly so; where one changes planes is left open."""
        match name:
            case "price":
                return float(sum(self.fares))
            case "leaves":
                return told_time(self.times[0])
            case "lands":
                return told_time(self.times[-1])
            case "duration":
                return float(self.times[-1] - self.times[0])
            case "layover":
                return float(self.times[2] - self.times[1]) if len(self.times) > 2 else 0.0
            case "via":
                return ""
            case "flight":
                return ()  # none of those that somebody knows
        return unclear(f"New flights have no {name}.")


def _winning(
    case: Case, look: Look, tool: str, found: Sequence[Legs], right: Legs | None
) -> Iterator[Way]:
    """Give ways to fly that win, likely ones first, found as far as they are asked for."""
    key = "winning", id(look), tool
    if key not in case.flights:  # once for all searches of a look
        thinkable = islice(_thinkable(case, look, tool, found), MOST_TRIED)
        case.flights[key] = look, tee(_that_win(thinkable, look, found, right), 1)[0]
    return cast(Iterator[Way], copy(case.flights[key][1]))


def _that_win(
    ways: Iterable[Way], look: Look, found: Sequence[Legs], right: Legs | None
) -> Iterator[Way]:
    """Give the ways to fly that fit, and come before those that are meant now."""
    wish, cabin = cast(Journey, look.direction.wish), look.cabin
    where = [each for each in wish.where if each.attribute != "via"]
    by, highest = wish.by, wish.extreme == "highest"
    values = {legs.attribute(by, cabin) for legs in found} if by else set()
    best = right.attribute(by, cabin) if by and right else None
    for way in ways:
        if not all(keeps(way.attribute(each.attribute), each) for each in where):
            continue
        value = way.attribute(by) if by else None
        if value is None or (
            value not in values
            and (best is None or sorted([value, best], reverse=highest)[0] == value)
        ):
            yield way


def _thinkable(case: Case, look: Look, tool: str, found: Sequence[Legs]) -> Iterator[Way]:
    """Give ways to fly with all kinds of times and prices, likely ones first."""
    key = "spans", id(look)
    if key not in case.flights:  # once for both tools
        case.flights[key] = look, _fares_and_spans(look, found)
    fares, spans, waits = case.flights[key][1]
    for fare, (start, end) in product(fares, spans):
        times = _times(start, end, waits, 1 if tool == DIRECT else 2)
        if times and 0 <= start < DAY:
            yield Way(fare, times)


def _fares_and_spans(
    look: Look, found: Sequence[Legs]
) -> tuple[list[int], list[tuple[int, int]], int]:
    """Return fares, when one could leave and land, and how long one could wait."""
    wish = cast(Journey, look.direction.wish)
    names = ("price", "leaves", "lands", "duration")
    price, leaves, lands, lasts = [_near(wish, look, found, name) for name in names]
    # The cheapest ones can be paid for, if any can.
    fares = [2, price[0] + SPREAD, *price] if price else [10 * SPREAD]
    if wish.extreme == "highest":
        fares[:2] = fares[1::-1]
    departures, durations = [15, 1200, 720, 360, *leaves], [90, 23 * 60, 300, 25 * 60, *lasts]
    spans = [(start, start + length) for start, length in product(departures, durations)]
    spans += list(product(departures, lands))
    if wish.by in ("leaves", "lands", "duration"):
        # What is near the best comes last above, and is what matters here.
        spans.reverse()
    waits = max([CHANGE_MINUTES, *_near(wish, look, (), "layover")])
    return list(dict.fromkeys(fares)), list(dict.fromkeys(spans)), waits


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


def _specs(numbers: Sequence[str], stops: Sequence[str], way: Way, day: str) -> list[Spec]:
    """Return flights as the argument of an edit."""
    found = []
    for place, (origin, destination) in enumerate(pairwise(stops)):
        departs, arrives = way.times[2 * place : 2 * place + 2]
        days = departs // DAY
        found.append(
            {
                "flight_number": numbers[place],
                "origin": origin,
                "destination": destination,
                "departs": _timetable(departs - days * DAY),
                "arrives": _timetable(arrives - days * DAY),
                "date": later(day, days),
                "price": way.fares[place],
            }
        )
    return found


def _timetable(minutes: int) -> str:
    return f"{told_time(minutes % DAY)}:00{'+1' if minutes >= DAY else ''}"


# Which searches list them


def _lists(case: Case, search: Search, spec: Spec) -> bool:
    """Say whether a search would list a new flight, directly or with one that there is."""
    flights, day = case.db.flights, spec["date"]
    origin, destination = spec["origin"], spec["destination"]
    if search.tool == DIRECT:
        return (origin, destination, day) == search[1:]
    if (search.origin, search.day) == (origin, day):
        lands, next_day = _landing(spec["arrives"], day)
        onward = flights.group(by_route, (destination, search.destination))
        if any(
            clock(other.scheduled_departure_time_est) >= lands + CHANGE_MINUTES
            and leg_on(other, next_day)
            for other in onward
        ):
            return True
    if search.destination != destination or search.day > day:
        return False
    before = flights.group(by_route, (search.origin, origin))
    return any(_leads_to(other, search.day, clock(spec["departs"]), day) for other in before)


def _leads_to(flight: Flight, day: str, departs: int, next_day: str) -> bool:
    """Say whether a flight on a date is on sale and arrives in time for another one."""
    lands, arrives_on = _landing(flight.scheduled_arrival_time_est, day)
    in_time = arrives_on == next_day and departs >= lands + CHANGE_MINUTES
    return in_time and leg_on(flight, day) is not None


def _landing(arrives: str, day: str) -> tuple[int, str]:
    """Return when a flight of a date arrives: minutes from midnight, and of which date."""
    days, lands = divmod(clock(arrives), DAY)
    return lands, later(day, days)
