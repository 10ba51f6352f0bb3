"""Who an airline user is: what they can say of themselves, and how an agent finds them."""

import json
from collections.abc import Iterable, Mapping
from functools import lru_cache

import numpy as np

from writ_gym.database import JSON
from writ_gym.domains.airline.intents.flights import days_later
from writ_gym.domains.airline.schema import AirlineDB
from writ_gym.domains.airline.targets import target
from writ_gym.domains.airline.texts import state
from writ_gym.meaning.solving import Identification, read
from writ_gym.phrasing.grammar import Style
from writ_gym.tasks import Call, Fact

IDENTIFYING = (frozenset({"user_id"}),)


def identity(
    db: AirlineDB, caller: str, rng: np.random.Generator, style: Style
) -> tuple[tuple[Fact, ...], tuple[str, ...]]:
    """Return what a user can say of themselves: the user id and the name. They know both."""
    user = db.users[caller]
    opening = bool(rng.random() < 0.4)

    def fact(slot: str, value: JSON, volunteered: bool) -> Fact:
        text = state("", slot, value, rng, style)
        return Fact(slot=slot, value=value, text=text, opening=opening and volunteered)

    name = {"first": user.name.first_name, "last": user.name.last_name}
    facts = (
        fact("user_id", caller, bool(rng.random() < 0.8)),
        fact("name", name, bool(rng.random() < 0.5)),
    )
    return facts, ()


def identify(facts: Mapping[str, JSON]) -> Identification:
    """Look up the profile of the user id, which is known from then on."""
    user_id: str = facts["user_id"]
    yield from read("get_user_details", user_id=user_id)
    return user_id


def callers(db: AirlineDB) -> dict[str, int]:
    """Return the users, with how many records they can change.

    These are their reservations that are not cancelled, and their profile.
    """
    return {
        key: 1 + sum(db.reservations[each].status is None for each in user.reservations)
        for key, user in db.users.items()
    }


def stale(write: Call, answer: str, read: Call) -> bool:
    """Say whether a write may have changed a read: its target, the profile, and searches.

    Which flights a change gives up is not in its answer, so after it no search is sure.
    """
    if read.name.startswith("search_"):
        return _moves_seats(write, answer, read)
    if read.name == "get_user_details":
        return _changes_profile(write, answer)
    return read == target(write.arguments)


@lru_cache(64)
def _written(answer: str) -> Mapping[str, JSON]:
    """Return the reservation that a write has answered; every read that is known asks for it."""
    reservation: Mapping[str, JSON] = json.loads(answer)
    return reservation


def _changes_profile(write: Call, answer: str) -> bool:
    """Say whether a write adds to the profile, or moves money to or from what it shows."""
    if write.name in ("book_reservation", "send_certificate"):
        return True
    methods = [entry["payment_id"] for entry in _written(answer)["payment_history"]]
    match write.name:
        case "cancel_reservation":
            return _at_once(methods)
        case "update_reservation_flights" | "update_reservation_baggages":
            return _at_once(methods[-1:])
        case _:
            return False


def _at_once(methods: Iterable[str]) -> bool:
    """Say whether payments or refunds of these methods change the profile."""
    return any(method.startswith(("gift_card", "certificate")) for method in methods)


def _moves_seats(write: Call, answer: str, search: Call) -> bool:
    """Say whether a write may have taken or given up seats on flights that a search lists."""
    if write.name == "update_reservation_flights":
        return True
    if write.name not in ("book_reservation", "cancel_reservation"):
        return False
    origin, destination, day = (
        search.arguments[name] for name in ("origin", "destination", "date")
    )
    days = (day, days_later(day, 1)) if search.name == "search_onestop_flight" else (day,)
    return any(
        flight["date"] in days
        and (flight["origin"] == origin or flight["destination"] == destination)
        for flight in _written(answer)["flights"]
    )
