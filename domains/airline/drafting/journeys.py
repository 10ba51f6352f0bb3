"""How a user can mean flights: words for one candidate of several, in so many searches."""

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Literal, NamedTuple, TypeAlias

from writ_gym.domains.airline.drafting.scene import Scene
from writ_gym.domains.airline.intents.flights import (
    Candidate,
    Route,
    able,
    clock,
    in_cabin,
    minutes,
)
from writ_gym.domains.airline.schema import Cabin, ReservationFlight
from writ_gym.domains.airline.wishes import DaysFrom, FlightOn, Journey, LookedUp
from writ_gym.meaning.queries import Choice, Condition, Extreme, condition, keeps, picked

EXTREMES: tuple[Extreme, ...] = ("highest", "lowest")
SUPERLATIVES = ("price", "price", "price", "leaves", "lands", "duration")
RANKS = (1, 1, 1, 2)
MOST_DAYS, MOST_AIRPORTS = 6, 3
ROUND_TO = 50
"""Fares that users name are multiples of this, in US dollars."""
HALF_HOUR = 30
Stops: TypeAlias = Literal["direct", "one_stop", "any"]


class Shape(NamedTuple):
    """How wide a journey is: so many days, airports on one end, and kinds of connection."""

    days: int
    airports: int
    stops: Stops


class Found(NamedTuple):
    """Flights in words, what they mean, and the searches that show it."""

    journey: Journey | LookedUp
    candidate: Candidate
    reads: frozenset[str]
    operators: tuple[str, ...]


def shapes(count: int, airports: int = 1) -> list[Shape]:
    """Return the shapes of a journey that takes so many searches."""
    kinds: tuple[tuple[Stops, int], ...] = (("direct", 1), ("one_stop", 1), ("any", 2))
    return [
        Shape(days, width, stops)
        for width in range(1, airports + 1)
        for stops, searches in kinds
        for days in range(1, MOST_DAYS + 1)
        if days * width * searches == count
    ]


def find_journey(
    scene: Scene,
    route: Route,
    stops: Stops,
    cabin: Cabin,
    seats: int,
    own: Sequence[ReservationFlight] = (),
    dates: DaysFrom | None = None,
    named: bool = True,
    met: bool = True,
    known: bool = False,
) -> Found | None:
    """Return words for one of the candidates on a route, or for one that there is not.

    Args:
        scene: The draft.
        route: Where and when.
        stops: What kind of connection.
        cabin: The cabin.
        seats: The number of passengers.
        own: The flights that the reservation has already, in a change.
        dates: How the user says the dates, if not as they are.
        named: Whether the user names the airports.
        met: Whether there is such a candidate.
        known: Whether the user has looked it up.
    """
    width = Journey(
        origins=route.origins if named else (), destinations=route.destinations if named else (),
        dates=dates or route.dates, stops=stops,
    )  # fmt: skip
    candidates, reads = scene.found(width, route)
    fit = able(candidates, cabin, seats, own)
    if known:
        return looked_up(scene.choose(fit), cabin, named) if fit else None
    if not met:
        return Found(width.model_copy(update=dict(unmet(scene, fit, cabin))), (), reads, ())
    chosen = None
    # A single one there can be meant by its number alone.
    if fit and len(reads) == 1 and (len(fit) == 1 or scene.chance(0.3)):
        chosen = by_number(fit, scene.choose(fit), cabin)
    chosen = chosen or criterion(scene, fit, cabin)
    if chosen is None:
        return None
    choice, candidate = chosen
    names = ["widening"] if len(reads) > 1 else []
    if choice.by:
        names.append("rank" if choice.rank > 1 else "superlative")
    for each in choice.where:
        excludes = each.test in ("is_not", "lacks")
        names.append("exclusion" if excludes else "filter")
    if dates:
        names.append("relative_time")
    held = set(map(id, fit))
    blocked = [each for each in candidates if id(each) not in held]
    if choice.by and any(_wins(each, candidate, choice, cabin) for each in blocked):
        names.append("decoy")
    journey = width.model_copy(update=dict(choice))
    return Found(journey, candidate, reads, tuple(names))


def _wins(blocked: Candidate, target: Candidate, choice: Choice, cabin: Cabin) -> bool:
    """Say whether a candidate that cannot be had would come before the one that is meant."""
    of, by = in_cabin(cabin), choice.by or ""
    if not keeps(blocked, choice.where, of):
        return False
    value, best = of(blocked, by), of(target, by)
    return bool(value > best if choice.extreme == "highest" else value < best)


def looked_up(candidate: Candidate, cabin: Cabin, named: bool) -> Found:
    """Return the words of a user who has looked flights up; no search is needed then."""
    flights = tuple(FlightOn(flight_number=leg.flight_number, date=leg.date) for leg in candidate)
    ends = (candidate[0].origin, candidate[-1].destination) if named else None
    fare = in_cabin(cabin)(candidate, "price")
    return Found(LookedUp(flights=flights, fare=fare, ends=ends), candidate, frozenset(), ())


def named_journey(
    scene: Scene,
    route: Route,
    flights: Sequence[tuple[str, str]],
    cabin: Cabin,
    seats: int,
    own: Sequence[ReservationFlight] = (),
    named: bool = True,
    known: bool = False,
) -> Found | None:
    """Return the journey that names the numbers of some flights, one or two."""
    stops: Stops = "direct" if len(flights) == 1 else "one_stop"
    width = Journey(
        origins=route.origins if named else (), destinations=route.destinations if named else (),
        dates=route.dates, stops=stops,
    )  # fmt: skip
    candidates, reads = scene.found(width, route)
    fit = able(candidates, cabin, seats, own)
    targets = [c for c in fit if [(leg.flight_number, leg.date) for leg in c] == list(flights)]
    if not targets:
        return None
    if known:
        return looked_up(targets[0], cabin, named)
    chosen = by_number(fit, targets[0], cabin)
    if chosen is None:
        return None
    return Found(width.model_copy(update=dict(chosen[0])), chosen[1], reads, ())


def by_number(
    fit: Sequence[Candidate], target: Candidate, cabin: Cabin
) -> tuple[Choice, Candidate] | None:
    """Return the numbers of a candidate's flights, if no other one has them."""
    where = tuple(
        Condition(attribute="flight", test="has", value=leg.flight_number) for leg in target
    )
    choice = Choice(where=where)
    return (choice, target) if picked(fit, choice, in_cabin(cabin)) == target else None


def criterion(
    scene: Scene, fit: Sequence[Candidate], cabin: Cabin
) -> tuple[Choice, Candidate] | None:
    """Return a superlative, perhaps among those that keep conditions, that means one of several."""
    if len(fit) < 2:
        return None
    options = scene.shuffled(product(SUPERLATIVES, EXTREMES, RANKS))
    for by, extreme, rank in options[:8]:
        if by == "price" and extreme == "highest" and scene.chance(0.7):
            continue  # few want to pay more
        where: tuple[Condition, ...] = ()
        if scene.chance(0.55):
            conditions = list(conditions_for(scene, scene.choose(fit), cabin, fit))
            where = (scene.choose(conditions),)
        choice = Choice(where=where, by=by, extreme=extreme, rank=rank)
        kept = [each for each in fit if keeps(each, where, in_cabin(cabin))] if where else fit
        target = picked(kept, choice, in_cabin(cabin)) if len(kept) > 1 else None
        if target is not None:
            return choice, target
    return None


def conditions_for(
    scene: Scene, target: Candidate, cabin: Cabin, fit: Sequence[Candidate]
) -> Iterator[Condition]:
    """Yield conditions that a candidate keeps, and that users have."""
    of = in_cabin(cabin)
    price = of(target, "price") // ROUND_TO * ROUND_TO + ROUND_TO
    yield condition("price", "under", float(price))
    leaves = minutes(of(target, "leaves")) // HALF_HOUR * HALF_HOUR
    if leaves:
        yield condition("leaves", "over", clock(leaves - HALF_HOUR))
    yield condition("leaves", "under", clock(leaves + 3 * HALF_HOUR))
    lands = minutes(of(target, "lands")) // HALF_HOUR * HALF_HOUR + HALF_HOUR
    if lands <= minutes("23:30"):
        yield condition("lands", "under", clock(lands))
    hours = of(target, "duration") // 60 + 1
    yield condition("duration", "under", float(60 * hours))
    stops = sorted({of(each, "via") for each in fit} - {of(target, "via"), ""})
    if stops:
        yield condition("via", "is_not", scene.choose(stops))
    numbers = {number for each in fit for number in of(each, "flight")}
    rest = sorted(numbers - set(of(target, "flight")))
    if rest:
        yield condition("flight", "lacks", scene.choose(rest))


def unmet(scene: Scene, fit: Sequence[Candidate], cabin: Cabin) -> Choice:
    """Return what none of some candidates is like: cheaper, or shorter, than all of them."""
    of = in_cabin(cabin)
    price = min((of(each, "price") for each in fit), default=ROUND_TO * 3)
    hours = min((of(each, "duration") for each in fit), default=180) // 60
    options = [
        Condition(attribute="price", test="under", value=float(price // ROUND_TO * ROUND_TO)),
        Condition(attribute="duration", test="under", value=float(60 * max(hours, 1))),
    ]
    return Choice(where=(scene.choose(options),), by="price", extreme="lowest")
