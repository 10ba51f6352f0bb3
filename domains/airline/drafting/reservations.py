"""How a user can mean a reservation: each way takes other reads, with one for every number."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import pairwise, product
from math import inf
from typing import Literal, TypeAlias

from writ_gym.domains.airline.drafting.scene import Scene
from writ_gym.domains.airline.intents.flights import days_between, days_later
from writ_gym.domains.airline.intents.reading import attribute, full_name
from writ_gym.domains.airline.schema import LAST_DAY, MOST_PASSENGERS, TODAY, Reservation
from writ_gym.domains.airline.wishes import (
    EveryReservation,
    Guard,
    ReservationBeside,
    ReservationById,
    ReservationChoice,
    ReservationReference,
    Reservations,
)
from writ_gym.meaning.queries import Condition, Extreme, condition, keeps, picked
from writ_gym.sampling.drafting import Piece
from writ_gym.tasks import Config

EXTREMES: tuple[Extreme, ...] = ("highest", "lowest")
STEPS: tuple[Literal[-1, 1], ...] = (-1, 1)
ORDERS: tuple[Literal["created", "departure"], ...] = ("created", "departure")
SUPERLATIVES = ("total", "total", "departure", "created", "passengers", "bags")
RANKS = (1, 1, 2, 3)
MOST_NAMED = 14
"""Reservations that a user enumerates by id at most."""
ROUND_TO = 100
"""Amounts that users name are multiples of this, in US dollars."""
LIMITS: Mapping[str, tuple[float, float]] = {
    "passengers": (1, MOST_PASSENGERS),
    "bags": (0, inf),
}
"""By attribute, the least and the most that a reservation can have of it."""
Scope: TypeAlias = Literal["all"] | tuple[str, ...]


def name_reservation(
    scene: Scene, meant: Reservation, room: int
) -> Piece[ReservationReference] | None:
    """Return how the user means a reservation, with exactly ``room`` reads that are new."""
    for make in scene.shuffled([partial(way, scene, meant, room) for way in WAYS]):
        piece = make()
        if piece and scene.new(piece.reads) == room:
            return piece
    return None


def by_id(scene: Scene, meant: Reservation, room: int) -> Piece[ReservationReference] | None:
    """Name the id."""
    value = ReservationById(id=meant.reservation_id)
    return Piece(value, frozenset({meant.reservation_id}))


def described(scene: Scene, meant: Reservation, room: int) -> Piece[ReservationReference] | None:
    """Describe it by what only it is like."""
    reads = frozenset({meant.reservation_id})
    choice = description(scene, meant) if scene.new(reads) == room else None
    return None if choice is None else Piece(choice, reads, ("description", "unknown_id"))


def description(scene: Scene, meant: Reservation) -> ReservationChoice | None:
    """Return conditions that only this one of the user's reservations keeps."""
    conditions = scene.shuffled(c for c in conditions_for(scene, meant) if c.test in ("is", "has"))
    for where in (*((c,) for c in conditions), *pairwise(conditions)):
        choice = ReservationChoice(where=where)
        if picked(scene.reservations, choice, attribute) is meant:
            return choice
    return None


def superlative(scene: Scene, meant: Reservation, room: int) -> Piece[ReservationReference] | None:
    """Name a superlative over all reservations, or over some that are named by id."""
    group, reads = scene.reservations, frozenset(scene.user.reservations)
    scope: Scope = "all"
    if scene.new(reads) != room or scene.chance(0.3):
        fresh = [r for r in group if r is not meant and r.reservation_id not in scene.seen]
        count = room - scene.new({meant.reservation_id})
        if not 1 <= count <= min(len(fresh), MOST_NAMED):
            return None
        group = scene.shuffled([meant, *scene.some(fresh, count)])
        scope = tuple(each.reservation_id for each in group)
        reads = frozenset(scope)
    conditions = list(conditions_for(scene, meant))
    for by, extreme, rank in scene.shuffled(product(SUPERLATIVES, EXTREMES, RANKS))[:10]:
        if not _can_be_passed(meant, by, extreme, rank):
            continue
        where = (scene.choose(conditions),) if scene.chance(0.4) else ()
        choice = ReservationChoice(scope=scope, where=where, by=by, extreme=extreme, rank=rank)
        if sum(keeps(each, where, attribute) for each in group) > 1 and (
            picked(group, choice, attribute) is meant
        ):
            names = ["rank" if rank > 1 else "superlative"]
            names += ["relative_time"] if by in ORDERS else []
            names += [operator_of(condition) for condition in where]
            return Piece(choice, reads, (*names, "unknown_id" if scope == "all" else "widening"))
    return None


def _can_be_passed(meant: Reservation, by: str, extreme: Extreme, rank: int) -> bool:
    """Say whether another reservation could come before one, and one that does so after it.

    Else those need not be read.
    """
    other: Extreme = "lowest" if extreme == "highest" else "highest"
    return _beyond(meant, by, extreme) >= rank and (rank == 1 or _beyond(meant, by, other) > 0)


def _beyond(meant: Reservation, by: str, extreme: Extreme) -> float:
    """Return how many values there are beyond that of a reservation, up to the extreme one."""
    value = attribute(meant, by)
    if by == "departure":
        return (
            days_between(value, LAST_DAY)
            if extreme == "highest"
            else days_between(TODAY, value) - 1
        )
    if by not in LIMITS:
        return inf
    least, most = LIMITS[by]
    return float(value - least if extreme == "lowest" else most - value)


def beside(scene: Scene, meant: Reservation, room: int) -> Piece[ReservationReference] | None:
    """Name the neighbour of another one, in the order in which they were made or depart."""
    reads = frozenset(scene.user.reservations)
    if scene.new(reads) != room or len(reads) < 3:  # of two, each is the neighbour of the other
        return None
    for order, step in scene.shuffled(product(ORDERS, STEPS)):
        values = [attribute(each, order) for each in scene.reservations]
        ranked = sorted(scene.reservations, key=lambda each: attribute(each, order))
        place = next(n for n, each in enumerate(ranked) if each is meant) - step
        if not 0 <= place < len(ranked):
            continue
        other = ranked[place]
        if any(values.count(attribute(each, order)) > 1 for each in (other, meant)):
            continue
        inner = description(scene, other) if scene.chance(0.5) else None
        names = ("relative_time", *(("hidden_intermediate", "description") if inner else ()))
        anchor = inner or ReservationById(id=other.reservation_id)
        return Piece(ReservationBeside(beside=anchor, step=step, order=order), reads, names)
    return None


WAYS = (by_id, described, superlative, superlative, beside)
"""Ways to mean a reservation; one that is there twice is as likely as two."""


def counts_beside(meant: Reservation, spare: int = 0) -> Iterator[tuple[str, float, bool]]:
    """Yield what a reservation has one more of, or one less, than a number: see ``LIMITS``.

    Args:
        meant: The reservation.
        spare: How many more, or less, it could have at least.

    Yields:
        The attribute, the number, and whether that is the lower one.
    """
    for name, (least, most) in LIMITS.items():
        number = attribute(meant, name)
        if 0 < number < most - spare:  # nobody says "fewer than 1 bag"
            yield name, float(number + 1), False
        if number > least + spare:
            yield name, float(number - 1), True


def conditions_for(scene: Scene, meant: Reservation) -> Iterator[Condition]:
    """Yield conditions that a reservation keeps."""
    others = [each for each in scene.reservations if each is not meant]

    names = ["origin", "destination", "trip"]
    if scene.tells_status:
        names += ["cabin", "insurance", "status"]
        day, apart = attribute(meant, "departure"), 1 + int(scene.rng.random() * 4)
        yield condition("departure", "over", days_later(day, -apart))
        yield condition("departure", "under", days_later(day, apart))
    for name in names:
        value = attribute(meant, name)
        yield condition(name, "is", value)
        rest = sorted({attribute(each, name) for each in others} - {value})
        if rest:
            yield condition(name, "is_not", scene.choose(rest))
    for name, number, is_lower in counts_beside(meant):
        yield condition(name, "over" if is_lower else "under", number)
    low = attribute(meant, "total") // ROUND_TO * ROUND_TO
    if 0 < low < attribute(meant, "total"):
        yield condition("total", "over", float(low))
    yield condition("total", "under", float(low + 2 * ROUND_TO))
    for passenger in meant.passengers:
        yield condition("traveller", "has", full_name(passenger))
    held = {full_name(each) for each in meant.passengers}
    absent = sorted({full_name(p) for each in others for p in each.passengers} - held)
    if absent:
        yield condition("traveller", "lacks", scene.choose(absent))
    yield condition("flight", "has", scene.choose(meant.flights).flight_number)


def operator_of(condition: Condition) -> str:
    """Return the operator that a condition is."""
    return "exclusion" if condition.test in ("lacks", "is_not") else "filter"


def some_reservation(
    scene: Scene, meant: Reservation, most: int
) -> Piece[ReservationReference] | None:
    """Return how the user refers to a reservation on the way, with at most so many reads."""
    for room in scene.shuffled(range(most + 1)):
        piece = name_reservation(scene, meant, room)
        if piece:
            return piece
    return None


def every_reservation(scene: Scene, meant: Sequence[Reservation]) -> EveryReservation | None:
    """Return conditions that exactly these of the user's reservations keep."""
    conditions = list(conditions_for(scene, meant[0]))
    pairs = [(one, other) for one in conditions for other in conditions if one is not other]
    for where in (*((c,) for c in scene.shuffled(conditions)), *scene.shuffled(pairs)[:40]):
        every = EveryReservation(where=where)
        kept = [each for each in scene.reservations if keeps(each, where, attribute)]
        if {each.reservation_id for each in kept} == {each.reservation_id for each in meant}:
            return every
    return None


def nothing_that_fits(scene: Scene) -> Reservations:
    """Return conditions that none of the user's reservations keeps."""
    most = max(attribute(each, "total") for each in scene.reservations)
    over = float((int(most) // ROUND_TO + 1 + int(scene.rng.random() * 8)) * ROUND_TO)
    options = [Condition(attribute="total", test="over", value=over)]
    for name in ("origin", "destination"):
        held = {attribute(each, name) for each in scene.reservations}
        absent = sorted({flight.origin for flight in scene.db.flights.values()} - held)
        if absent:
            options.append(Condition(attribute=name, test="is", value=scene.choose(absent)))
    return Reservations(where=(scene.choose(options),))


def guard(scene: Scene, room: int, holds: bool) -> Piece[Config] | None:
    """Return a condition over reservations with exactly ``room`` new reads, which holds or not.

    Its figure is on the side of the limit from which each reservation could move it.
    """
    group, reads = scene.reservations, frozenset(scene.user.reservations)
    scope: Scope = "all"
    if scene.new(reads) != room or scene.chance(0.4):
        fresh = [each for each in group if each.reservation_id not in scene.seen]
        if not 2 <= room <= min(len(fresh), MOST_NAMED):
            return None
        group = scene.some(fresh, room)
        reads = frozenset(each.reservation_id for each in group)
        scope = tuple(each.reservation_id for each in group)
    where: tuple[Condition, ...] = ()
    if scene.chance(0.5):
        where = (scene.choose(list(conditions_for(scene, scene.choose(group)))),)
    kept = [each for each in group if keeps(each, where, attribute)]
    figures: list[Literal["count", "total", "passengers", "bags"]] = ["total", "passengers", "bags"]
    if where and len(kept) < len(group):
        figures.append("count")
    figure = scene.choose(figures)
    amount = len(kept) if figure == "count" else sum(attribute(each, figure) for each in kept)
    step = ROUND_TO * (1 + int(scene.rng.random() * 5)) if figure == "total" else 1
    limit = float((amount // step + 1) * step)
    if figure != "total" and not holds:
        limit = float(amount)
    value = Guard(
        figure=figure, reservations=Reservations(scope=scope, where=where),
        test="under" if holds else "over", value=limit,
    )  # fmt: skip
    return Piece(value, reads, ("aggregate", "threshold"))
