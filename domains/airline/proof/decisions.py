"""The choices among records that a request leaves to the agent."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple

from writ_gym.database import JSON
from writ_gym.domains.airline.proof.answers import asked_for
from writ_gym.domains.airline.proof.flights import Direction, fitting, meant
from writ_gym.domains.airline.proof.meaning import meaning_of
from writ_gym.domains.airline.proof.people import travellers
from writ_gym.domains.airline.proof.references import Case, case_of
from writ_gym.domains.airline.proof.stakes import Stake, find_methods, find_stakes
from writ_gym.domains.airline.proof.trips import directions, way_back, way_there
from writ_gym.domains.airline.schema import AirlineDB, Cabin, Reservation
from writ_gym.domains.airline.wishes import (
    CABIN,
    PASSENGERS,
    TRIP,
    ByBalance,
    EveryReservation,
    FirstCovering,
    Journey,
    OfKind,
    ReservationBeside,
)
from writ_gym.meaning.brute_force import Values, parsed
from writ_gym.meaning.proofs import NO_PICKS, Decision, Picks, UnclearError
from writ_gym.tasks import Call, Request


class Choosing(NamedTuple):
    """A choice before the rules: what could be meant if the user's preference is left aside."""

    what: str
    candidates: Sequence[str]
    every: tuple[JSON, ...] = ()
    """The candidates that are meant together, if several may be."""


def find_decisions(
    db: AirlineDB, caller: str, request: Request, picks: Picks = NO_PICKS
) -> list[Decision]:
    """Return every choice that makes a difference; none where nothing is written."""
    try:
        case = case_of(db, caller).picking(picks)
    except UnclearError:
        return []
    asked = Asked(request.intent, request.values)
    right = asked.writes(case)
    decisions: list[Decision] = []
    for choosing in asked.choices(case, right) if right else ():
        if choosing.what not in picks and len(choosing.candidates) > 1:
            decision = _decision(case, asked, choosing, right)
            if set(decision.options) != set(decision.right) or decision.together:
                decisions.append(decision)
    return [decision for decision in decisions if len(decision.options) > 1]


def _decision(case: Case, asked: "Asked", choosing: Choosing, right: tuple[Call, ...]) -> Decision:
    """Return a choice with the candidates that the rules allow, and those that come to the same."""
    what, several = choosing.what, bool(choosing.every)
    come_to = {
        option: asked.writes(case.picking({what: (option,) if several else option}))
        for option in choosing.candidates
    }
    allowed = tuple(option for option, writes in come_to.items() if writes)
    if several:
        every = tuple(option for option in choosing.every if option in allowed)
        return Decision(what, allowed, every, together=True)
    return Decision(what, allowed, tuple(o for o in allowed if come_to[o] == right))


class Asked(NamedTuple):
    """A request, of which only what it asks for matters here."""

    intent: str
    values: Values

    def writes(self, case: Case) -> tuple[Call, ...]:
        """Return what it comes to; nothing where it is forbidden or unclear."""
        try:
            return meaning_of(case, self.intent, self.values).writes
        except UnclearError:
            return ()

    def choices(self, case: Case, right: Sequence[Call]) -> Iterator[Choosing]:
        """Give the choices of a request that can be met."""
        for stake in find_stakes(self.intent, self.values):
            if stake.role != "figure":
                yield from _among_reservations(case, stake)
        cabins = parsed(CABIN, self.values["cabin"]).cabins if "cabin" in self.values else ()
        yield Choosing("cabin", tuple(dict.fromkeys(cabins)))
        for call in right:
            if "cabin" in call.arguments:
                cabin: Cabin = call.arguments["cabin"]
                for direction in self.directions(case, cabin):
                    found = fitting(case, direction, cabin)
                    yield Choosing(direction.what, [legs.label for legs in found])
        for what, method in find_methods(self.intent, self.values):
            kinds = _kinds(method)
            methods = case.user.payment_methods.items()
            yield Choosing(what, [key for key, each in methods if each.source in kinds])

    def directions(self, case: Case, cabin: Cabin) -> Iterator[Direction]:
        """Give the directions in which flights have to be chosen, in a cabin that is known."""
        values = self.values
        if "journey" in values:
            yield asked_for(values)[0]
        if "trip" not in values:
            return
        trip = parsed(TRIP, values["trip"])
        if self.intent != "book":
            (reservation,) = next(find_stakes(self.intent, values)).meant(case)
            found = list(directions(reservation, trip))
        else:
            seats = len(travellers(case, parsed(PASSENGERS, values["passengers"])))
            found = [way_there(trip, seats)]
            there = meant(case, found[0], cabin)
            homeward = way_back(trip, there, seats) if there else None
            found += [homeward] if homeward else []
        yield from (each for each in found if isinstance(each.wish, Journey))


def _among_reservations(case: Case, stake: Stake) -> Iterator[Choosing]:
    """Give the choice among the reservations that keep the conditions."""
    reference = stake.reference
    candidates = stake.members(case)
    if isinstance(reference, ReservationBeside):
        candidates = [beside for other in candidates for beside in _next_to(case, reference, other)]
    ids = tuple(each.reservation_id for each in candidates)
    yield Choosing(stake.what, ids, ids if isinstance(reference, EveryReservation) else ())


def _next_to(case: Case, reference: ReservationBeside, other: Reservation) -> Iterator[Reservation]:
    """Give the neighbour of a reservation, if it has one."""
    with suppress(UnclearError):
        yield case.neighbour(other, reference)


def _kinds(method: object) -> set[str]:
    """Return the kinds of methods that are meant, preferences and digits left aside."""
    match method:
        case OfKind():
            return {method.kind}
        case ByBalance():
            return {method.balance_of}
        case FirstCovering():
            return {kind for each in method.first_covering for kind in _kinds(each)}
    return set()
