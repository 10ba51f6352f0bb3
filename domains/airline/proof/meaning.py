"""What a request comes to: the intents of docs/requests-airline.md over the whole database."""

from collections.abc import Callable
from typing import TypeAlias

from writ_gym.domains.airline.proof import actions, answers, cancelling
from writ_gym.domains.airline.proof.references import Case
from writ_gym.domains.airline.schema import AirlineDB
from writ_gym.meaning.brute_force import (
    ForbiddenError,
    HandedOverError,
    Values,
    plain_order,
    unclear,
)
from writ_gym.meaning.proofs import NO_PICKS, Meaning, Picks
from writ_gym.tasks import Call, Request


def find_meaning(db: AirlineDB, caller: str, request: Request, picks: Picks = NO_PICKS) -> Meaning:
    """Return what a request comes to; UnclearError if it has no single meaning."""
    return meaning_of(Case(db, caller, picks), request.intent, request.values)


def meaning_of(case: Case, name: str, values: Values) -> Meaning:
    """Return what the facts of an intent come to; UnclearError if they have no single meaning."""
    intent = INTENTS.get(name)
    if intent is None:
        unclear(f"Nobody can ask for {name!r}.")
    solve, needed, allowed = intent
    if not needed <= values.keys() <= needed | allowed:
        unclear(f"{sorted(values)} are not the facts of {name}.")
    try:
        return solve(case, values)
    except ForbiddenError as error:
        return Meaning(breaches=frozenset({error.breach}))
    except HandedOverError as error:
        return Meaning(handed_over=error.codes)


def canonical(call: Call) -> Call:
    """Return a write with the fields of its flights, people and shares in order.

    Flights, people and shares stay in their order: it is that in which they are recorded.
    """
    return Call(call.name, {name: plain_order(value) for name, value in call.arguments.items()})


Intent: TypeAlias = tuple[Callable[[Case, Values], Meaning], set[str], set[str]]
INTENTS: dict[str, Intent] = {
    "book": (
        actions.book_trip,
        {"trip", "cabin", "passengers", "bags", "insurance", "payment"},
        {"condition"},
    ),
    "change_flights": (
        actions.change_flights,
        {"reservation", "trip", "payment"},
        {"cabin", "condition"},
    ),
    "change_cabin": (
        actions.change_cabin_only,
        {"reservation", "cabin", "payment"},
        {"condition"},
    ),
    "add_bags": (actions.add_bags, {"reservation", "bags", "payment"}, {"condition"}),
    "change_passengers": (
        actions.change_passengers,
        {"reservation", "passengers"},
        {"condition"},
    ),
    "cancel": (cancelling.cancel, {"reservation", "reason"}, {"condition"}),
    "cancel_or_change": (
        cancelling.cancel_or_change,
        {"reservation", "reason", "trip", "payment"},
        set(),
    ),
    "compensation": (
        cancelling.compensation,
        {"reservation", "claim"},
        {"reason", "trip", "payment", "condition"},
    ),
    "add_insurance": (actions.add_insurance, {"reservation"}, set()),
    "about_reservation": (answers.about_reservation, {"reservation", "topic"}, set()),
    "about_reservations": (answers.about_reservations, {"figure"}, set()),
    "about_flights": (answers.about_flights, {"journey", "cabin", "topic"}, set()),
    "about_allowance": (answers.about_allowance, {"reservation"}, set()),
    "outside": (actions.outside, {"matter"}, set()),
}
"""By intent, what it comes to, the facts that it needs, and those that it may have besides."""
ANSWERS = frozenset({"about_reservation", "about_reservations", "about_flights", "about_allowance"})
"""The intents that ask for information."""
