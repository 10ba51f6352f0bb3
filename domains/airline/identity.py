"""Who an airline user is: what they can say of themselves, and how an agent finds them."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from writ_gym.database import JSON
from writ_gym.domains.airline.intents.flights import days_later
from writ_gym.domains.airline.schema import AirlineDB
from writ_gym.domains.airline.texts import state
from writ_gym.domains.airline.timetable import AIRPORTS
from writ_gym.grammar import Style
from writ_gym.solving import Identification, read
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


def target(arguments: Mapping[str, JSON]) -> Call:
    """Return the read that shows what a write changes: a reservation, or else the profile."""
    if "reservation_id" in arguments:
        return _reservation(arguments["reservation_id"])
    return _profile(arguments["user_id"])


def _reservation(reservation_id: str) -> Call:
    return Call(name="get_reservation_details", arguments={"reservation_id": reservation_id})


def _profile(user_id: str) -> Call:
    return Call(name="get_user_details", arguments={"user_id": user_id})


def stale(name: str, answer: str) -> tuple[Call, ...]:
    """Return the reads whose answers a write has changed: the profile, and searches.

    A booking and a certificate leave another profile, and their own answers are none. Flights that
    a change gives up are not in its answer, so searches that list them are not named: what they
    listed holds but for free seats.
    """
    if name == "send_certificate":
        found = re.search(r" added to user (\S+) with ", answer)
        return (_profile(found[1]),) if found else ()
    reservation = json.loads(answer)
    profile = _profile(reservation["user_id"])
    methods = [entry["payment_id"] for entry in reservation["payment_history"]]
    searches = tuple(_searches(reservation["flights"]))
    match name:
        case "book_reservation":
            return (profile, *searches)
        case "cancel_reservation":
            return (*((profile,) if _at_once(methods) else ()), *searches)
        case "update_reservation_flights":
            return (*((profile,) if _at_once(methods[-1:]) else ()), *searches)
        case "update_reservation_baggages" if _at_once(methods[-1:]):
            return (profile,)
        case _:
            return ()


def _at_once(methods: Iterable[str]) -> bool:
    """Say whether payments or refunds of these methods change the profile."""
    return any(method.startswith(("gift_card", "certificate")) for method in methods)


def _searches(flights: Iterable[Mapping[str, str]]) -> Iterator[Call]:
    """Yield the searches that may list one of the flights."""
    for flight in flights:
        origin, destination, day = flight["origin"], flight["destination"], flight["date"]
        yield _search("direct", origin, destination, day)
        for other in AIRPORTS:
            yield _search("onestop", origin, other, day)
            yield _search("onestop", other, destination, day)
            yield _search("onestop", other, destination, days_later(day, -1))


def _search(kind: str, origin: str, destination: str, day: str) -> Call:
    arguments = {"origin": origin, "destination": destination, "date": day}
    return Call(name=f"search_{kind}_flight", arguments=arguments)
