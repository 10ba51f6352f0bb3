"""Who an airline user is, and which reads a write makes worthless."""

import json
from typing import Any

import pytest

from writ_gym.domains.airline.data import generate
from writ_gym.domains.airline.identity import callers, identify, identity, stale
from writ_gym.domains.airline.schema import AirlineDB, Available, CreditCard, Flight, GiftCard
from writ_gym.domains.airline.targets import target
from writ_gym.domains.airline.texts import faithful
from writ_gym.domains.airline.timetable import AIRPORTS
from writ_gym.domains.airline.tools import TOOLS
from writ_gym.meaning.solving import Notebook, drive
from writ_gym.phrasing.grammar import Style
from writ_gym.seeding import rng_for
from writ_gym.tasks import Call


@pytest.fixture(scope="module")
def world() -> AirlineDB:
    return generate(0, {"users": 60, "reservations": 200, "flights": 120})


def answered(db: AirlineDB, call: Call) -> str:
    text, _ = TOOLS.answer(db, call.name, call.arguments)
    return text


def reads_of(db: AirlineDB, user_id: str) -> list[Call]:
    """Return the profile, the reservations, and every search on some days."""
    user = db.users[user_id]
    reads = [Call("get_user_details", {"user_id": user_id})]
    reads += [Call("get_reservation_details", {"reservation_id": r}) for r in user.reservations]
    reads += [
        Call(name, {"origin": origin, "destination": destination, "date": date})
        for name in ("search_direct_flight", "search_onestop_flight")
        for origin in AIRPORTS
        for destination in AIRPORTS
        for date in ("2024-05-18", "2024-05-19", "2024-05-20")
    ]
    return reads


def assert_told(db: AirlineDB, user_id: str, write: Call) -> set[str]:
    """Make a write; whatever reads answer otherwise now is stale."""
    session = db.session()
    reads = reads_of(db, user_id)
    before = {call.key: answered(session, call) for call in reads}
    answer, error = TOOLS.answer(session, write.name, write.arguments)
    assert not error, answer
    changed = {call.key for call in reads if answered(session, call) != before[call.key]}
    assert changed <= {call.key for call in reads if stale(write, answer, call)}
    return changed


def overnight(db: AirlineDB) -> Flight:
    """Return a flight on sale on the 19th."""
    return next(
        flight
        for flight in db.flights.values()
        if isinstance(status := flight.dates["2024-05-19"], Available)
        and status.available_seats.economy > 0
    )


def booking(db: AirlineDB, user_id: str, flight: Flight, method: str) -> Call:
    status = flight.dates["2024-05-19"]
    assert isinstance(status, Available)
    arguments: dict[str, Any] = {
        "user_id": user_id,
        "origin": flight.origin,
        "destination": flight.destination,
        "flight_type": "one_way",
        "cabin": "economy",
        "flights": [{"flight_number": flight.flight_number, "date": "2024-05-19"}],
        "passengers": [{"first_name": "A", "last_name": "B", "dob": "1990-01-01"}],
        "payment_methods": [{"payment_id": method, "amount": status.prices.economy}],
        "total_baggages": 0,
        "nonfree_baggages": 0,
        "insurance": "no",
    }
    return Call("book_reservation", arguments)


def user_with(db: AirlineDB, kind: type[CreditCard] | type[GiftCard]) -> tuple[str, str]:
    """Return a user and a method of a kind that can pay a good deal."""
    for user in db.users.values():
        for method in user.payment_methods.values():
            if isinstance(method, kind) and getattr(method, "amount", 1000) >= 600:
                return user.user_id, method.id
    raise AssertionError(kind)


def test_a_user_states_the_user_id_and_the_name(world: AirlineDB) -> None:
    for place, key in enumerate(world.users):
        facts, unknown = identity(world, key, rng_for(place, "x"), Style())
        values = {fact.slot: fact.value for fact in facts}
        name = world.users[key].name
        assert values == {
            "user_id": key,
            "name": {"first": name.first_name, "last": name.last_name},
        }
        assert unknown == ()
        for fact in facts:
            assert faithful(fact.slot, fact.value, fact.text) is None


def test_the_user_is_found_by_reading_the_profile(world: AirlineDB) -> None:
    key = next(iter(world.users))
    found, reads = drive(
        identify({"user_id": key}), Notebook(), lambda call: answered(world.session(), call)
    )
    assert found == key
    assert [call.name for call in reads] == ["get_user_details"]


def test_callers_are_all_users_with_what_they_can_change(world: AirlineDB) -> None:
    found = callers(world)
    assert set(found) == set(world.users)
    cancelled = sum(each.status == "cancelled" for each in world.reservations.values())
    assert sum(found.values()) == len(world.users) + len(world.reservations) - cancelled


def test_the_target_is_the_reservation_or_else_the_profile() -> None:
    assert target({"reservation_id": "AB12CD", "payment_id": "x"}) == Call(
        "get_reservation_details", {"reservation_id": "AB12CD"}
    )
    assert target({"user_id": "a_b_1234", "amount": 5}) == Call(
        "get_user_details", {"user_id": "a_b_1234"}
    )


@pytest.mark.parametrize("kind", [CreditCard, GiftCard])
def test_a_booking_changes_the_profile_and_what_searches_list(
    world: AirlineDB, kind: type[CreditCard] | type[GiftCard]
) -> None:
    user_id, method = user_with(world, kind)
    changed = assert_told(world, user_id, booking(world, user_id, overnight(world), method))
    assert len(changed) > 2


def test_a_cancellation_changes_what_searches_list_and_gift_cards(world: AirlineDB) -> None:
    seen = 0
    for key, each in world.reservations.items():
        if each.status is None and "2024-05-18" <= each.flights[0].date <= "2024-05-20":
            call = Call("cancel_reservation", {"reservation_id": key})
            seen += len(assert_told(world, each.user_id, call)) > 1
        if seen == 4:
            break
    assert seen == 4


@pytest.mark.parametrize("kind", [CreditCard, GiftCard])
def test_more_bags_change_the_profile_only_if_a_gift_card_pays(
    world: AirlineDB, kind: type[CreditCard] | type[GiftCard]
) -> None:
    for user in world.users.values():
        methods = [each for each in user.payment_methods.values() if isinstance(each, kind)]
        own = [r for r in user.reservations if world.reservations[r].status is None]
        if own and methods and getattr(methods[0], "amount", 100) >= 50:
            break
    else:
        raise AssertionError("nobody can pay")
    reservation = world.reservations[own[0]]
    arguments = {
        "reservation_id": own[0],
        "total_baggages": reservation.total_baggages + 1,
        "nonfree_baggages": reservation.nonfree_baggages + 1,
        "payment_id": methods[0].id,
    }
    changed = assert_told(world, user.user_id, Call("update_reservation_baggages", arguments))
    assert len(changed) == (2 if kind is GiftCard else 1)


def test_a_certificate_changes_the_profile(world: AirlineDB) -> None:
    key = next(iter(world.users))
    call = Call("send_certificate", {"user_id": key, "amount": 100})
    assert len(assert_told(world, key, call)) == 1


def test_other_passengers_change_nothing_but_the_reservation(world: AirlineDB) -> None:
    key, reservation = next(
        (key, each) for key, each in world.reservations.items() if each.status is None
    )
    people = [each.plain | {"first_name": "New"} for each in reservation.passengers]
    call = Call("update_reservation_passengers", {"reservation_id": key, "passengers": people})
    answer, error = TOOLS.answer(world.session(), call.name, call.arguments)
    assert not error
    assert json.loads(answer)["passengers"][0]["first_name"] == "New"
    assert [read for read in reads_of(world, reservation.user_id) if stale(call, answer, read)] == [
        target(call.arguments)
    ]
