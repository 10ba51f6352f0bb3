"""What a reservation would be like to become the one that is meant, or not to be it any more."""

from collections import deque
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from math import floor
from typing import TypeVar

from writ_gym.domains.airline.proof.axes import AXES, SPREAD, Draft, levels, payable, places
from writ_gym.domains.airline.proof.cancelling import DAY_BEFORE
from writ_gym.domains.airline.proof.itineraries import itinerary
from writ_gym.domains.airline.proof.references import Case, reservation_attribute
from writ_gym.domains.airline.proof.stakes import Stake
from writ_gym.domains.airline.schema import CABINS, NOW, Reservation
from writ_gym.domains.airline.wishes import Guard, ReservationBeside, Reservations
from writ_gym.meaning.brute_force import keeps
from writ_gym.meaning.proofs import UnclearError
from writ_gym.meaning.queries import Choice, Condition

T = TypeVar("T")
RECENT = (datetime.fromisoformat(NOW) - timedelta(hours=1)).isoformat()
LONG_AGO = (datetime.fromisoformat(DAY_BEFORE) - timedelta(days=9)).isoformat()
STATUSES = ("active", "cancelled")
ROUTE = ("origin", "destination", "trip", "flight")
"""The attributes that say where a reservation leads."""


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


def refuting(case: Case, stake: Stake, reservation: Reservation) -> Iterator[Draft]:
    """Give a draft with which what is believed is so, if it is not, and the other way round."""
    if stake.belief is None:
        return
    believed = stake.belief.believed
    wanted = not all(_kept(each, believed) for each in stake.meant(case))
    yield _draft((believed,), believed, reservation, wanted)


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
    yield from _between(case, stake, reservation)
    query = stake.query
    if query is None:
        yield {}
        return
    draft = fit(case, query, reservation)
    others = [o for o in stake.members(case) if o.reservation_id != reservation.reservation_id]
    if stake.figure is not None:
        yield from ({**draft, **level} for level in crossing(case, stake, reservation))
    elif isinstance(query, Choice) and query.by is not None and query.by in AXES:
        highest = query.extreme == "highest"
        for level in levels(query.where, query.by, reservation, others, highest, query.rank):
            yield {**draft, **level}
    yield draft


def leaving(case: Case, stake: Stake, reservation: Reservation) -> Iterator[Draft]:
    """Give drafts with which a reservation is not among the meant ones any more."""
    query = stake.query
    if isinstance(stake.reference, ReservationBeside):
        order = stake.reference.order
        yield from levels((), order, reservation, case.mine, True)
        yield from levels((), order, reservation, case.mine, False)
    if query is None:
        return
    if stake.figure is not None:
        yield from crossing(case, stake, reservation)
    yield from breaking(case, query, reservation)
    if isinstance(query, Choice) and query.by is not None and query.by in AXES:
        others = [o for o in stake.members(case) if o.reservation_id != reservation.reservation_id]
        highest = query.extreme == "lowest"
        yield from levels(query.where, query.by, reservation, others, highest)


def ranking(case: Case, stake: Stake, reservation: Reservation) -> Iterator[Draft]:
    """Give drafts that move a reservation between any two of those that it is ranked with."""
    reference, query = stake.reference, stake.query
    mine = reservation.reservation_id
    if isinstance(reference, ReservationBeside) and mine in case.user.reservations:
        others = [each for each in case.mine if each.reservation_id != mine]
        yield from places(reference.order, reservation, others)
    if query is None or mine not in (
        case.user.reservations if query.scope == "all" else query.scope
    ):
        return
    if isinstance(query, Choice) and query.by is not None and query.by in AXES:
        others = [each for each in stake.members(case) if each.reservation_id != mine]
        draft = fit(case, query, reservation)
        yield from ({**draft, **place} for place in places(query.by, reservation, others))


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
        wanted = [at for each in wanted for at in payable(reservation, each)]
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
