"""Edits of what a search lists: flights that win, are sold out, cost something else, are new."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice, product

from writ_gym.database import JSON
from writ_gym.domains.airline.proof.axes import SPREAD
from writ_gym.domains.airline.proof.drafts import in_turn
from writ_gym.domains.airline.proof.flights import fitting, meant
from writ_gym.domains.airline.proof.looking import Look, Looks, Staying
from writ_gym.domains.airline.proof.new_flights import Found, fresh_numbers, new_winners
from writ_gym.domains.airline.proof.references import Case
from writ_gym.domains.airline.proof.searching import Leg, Legs, Search, searched
from writ_gym.domains.airline.schema import AirlineDB, Available, Cabin
from writ_gym.domains.airline.wishes import Fares, Journey
from writ_gym.meaning.proofs import UnclearError

MOST_REPRICED = 3
"""Flights of a search that are made to win."""
MOST_ANY = 2
"""Flights of a search that are edited without a hint that they matter."""


def search_edits(case: Case, looks: Looks, search: Search) -> Iterator[Found]:
    """Give edits of what a search lists, first of what the request chooses from it.

    Args:
        case: The world.
        looks: What the request looks at.
        search: The search.
    """
    others = [each for each in looks.searches if each != search]
    choosing = [
        _choosing(case, look, search, others) for look, listing in looks.looks if search in listing
    ]
    staying = [_staying(case.db, each) for each in looks.staying if each.search == search]
    yield from in_turn([*choosing, *staying])
    yield from _any_way(case, search)


def _choosing(case: Case, look: Look, search: Search, others: Sequence[Search]) -> Iterator[Found]:
    """Give edits after which other flights are meant, or none."""
    wish, cabin = look.direction.wish, look.cabin
    known = case.flights.get(id(look))
    if known is None:  # once for all searches that it takes
        known = case.flights[id(look)] = look, _chosen(case, look)
    chosen = known[1]
    if not isinstance(wish, Journey) or chosen is None:
        return
    found, right = chosen
    listed = searched(case, search)
    own = listed.fitting(wish, cabin, look.direction.seats, look.direction.taken)
    sources = [_crossing(look.condition, own, cabin)] if look.condition else []
    if right is not None and right in listed.legs:
        sources.append(_of_winner(case, right, cabin))
    # Flights that are there are sooner edited than others are thought of.
    sources.append(_repriced(wish, found, right, own, cabin))
    sources.append(new_winners(case, look, search, found, right, others))
    sources.append(_gone(own, right, cabin))
    yield from in_turn(sources)


def _chosen(case: Case, look: Look) -> tuple[Sequence[Legs], Legs | None] | None:
    """Return what fits and what of it is meant, if that is clear; None if nothing is."""
    try:
        found = fitting(case, look.direction, look.cabin)
    except UnclearError:
        return None
    with suppress(UnclearError):
        return found, meant(case, look.direction, look.cabin)
    return found, None


def _of_winner(case: Case, right: Legs, cabin: Cabin) -> Iterator[Found]:
    """Give edits with which the flights that are meant are others, cost more, or are gone."""
    number = fresh_numbers(case.db)[0]
    for leg in reversed(right.legs):
        yield "renumber", {**_on(leg), "new_number": number}
        fare = _fare(leg, cabin)
        if fare > 1:
            yield "set_fare", {**_on(leg), "cabin": cabin, "price": 1}
        yield "set_seats", {**_on(leg), "cabin": cabin, "seats": 0}
        yield "set_fare", {**_on(leg), "cabin": cabin, "price": fare + 20 * SPREAD}


def _repriced(
    wish: Journey, found: Sequence[Legs], right: Legs | None, own: Sequence[Legs], cabin: Cabin
) -> Iterator[Found]:
    """Give edits with which flights that are not meant win by their price."""
    if wish.by != "price" or not found:
        return
    fares = [legs.fare(cabin) for legs in found]
    bests = (min(fares) - 1, 1) if wish.extreme == "lowest" else (max(fares) + SPREAD,)
    others = [legs for legs in own if legs is not right][:MOST_REPRICED]
    for best, legs in product(bests, others):
        for leg in reversed(legs.legs):
            price = _fare(leg, cabin) + best - legs.fare(cabin)
            if price > 0:
                yield "set_fare", {**_on(leg), "cabin": cabin, "price": price}


def _crossing(condition: Fares, own: Sequence[Legs], cabin: Cabin) -> Iterator[Found]:
    """Give edits with which a fare is on the other side of what a condition sets for it."""
    beyond = 0 if condition.test == "over" else 1
    price = int(condition.value) + beyond
    for legs in own[:MOST_REPRICED] if price > 0 else ():
        yield "set_fare", {**_on(legs.first), "cabin": cabin, "price": price}


def _gone(own: Sequence[Legs], right: Legs | None, cabin: Cabin) -> Iterator[Found]:
    """Give edits with which flights that fit are sold out."""
    for legs in islice((each for each in own if each is not right), MOST_ANY):
        yield "set_seats", {**_on(legs.last), "cabin": cabin, "seats": 0}


def _staying(db: AirlineDB, staying: Staying) -> Iterator[Found]:
    """Give edits with which a flight that stays can be had or not, or costs something else."""
    number, day = staying.flight.flight_number, staying.flight.date
    at: dict[str, JSON] = {"flight_number": number, "date": day}
    flight = db.flights.get(number)
    status = flight.dates.get(day) if flight else None
    if not isinstance(status, Available):
        yield "set_flight_status", {**at, "status": "available"}
        return
    yield from in_turn([_of_cabin(status, at, cabin) for cabin in staying.cabins])


def _of_cabin(status: Available, at: dict[str, JSON], cabin: Cabin) -> Iterator[Found]:
    """Give edits with which a flight can be had in a cabin or not, or costs something else."""
    for seats in (0, 9):
        if seats != getattr(status.available_seats, cabin):
            yield "set_seats", {**at, "cabin": cabin, "seats": seats}
    fare = getattr(status.prices, cabin)
    for price in (fare + 20 * SPREAD, 1, fare // 2):
        yield "set_fare", {**at, "cabin": cabin, "price": price}


def _any_way(case: Case, search: Search) -> Iterator[Found]:
    """Give edits of flights that are listed, whether or not they fit."""
    for legs in searched(case, search).legs[:MOST_ANY]:
        for leg in reversed(legs.legs):
            for cabin in ("economy", "business", "basic_economy"):
                if not getattr(leg.status.available_seats, cabin):
                    yield "set_seats", {**_on(leg), "cabin": cabin, "seats": 9}
            yield "set_flight_status", {**_on(leg), "status": "cancelled"}


def _on(leg: Leg) -> dict[str, JSON]:
    return {"flight_number": leg.flight.flight_number, "date": leg.day}


def _fare(leg: Leg, cabin: Cabin) -> int:
    return int(getattr(leg.status.prices, cabin))
