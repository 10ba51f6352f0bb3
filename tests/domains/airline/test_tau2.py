"""The airline compatibility layer: tau2's quirks one by one, which the domain's tools have not."""

import json
from pathlib import Path
from typing import Any

import pytest

from writ_gym.domains.airline.schema import AirlineDB, Available, Certificate, GiftCard
from writ_gym.domains.airline.tau2 import COMPAT
from writ_gym.domains.airline.tools import TOOLS
from writ_gym.tau2.layer import compat_of, load_database, load_tasks
from writ_gym.tau2.replay import Answer, dispatch

Plain = dict[str, Any]

TAU2 = Path(__file__).parents[4] / "shared" / "tau2"
needs_tau2 = pytest.mark.skipif(
    not (TAU2 / "airline").is_dir(), reason=f"tau2's data is not there: {TAU2} has no airline/"
)


@needs_tau2
def test_what_tau2s_tasks_do_is_answered_by_the_domains_own_tools_alike() -> None:
    base = load_database("airline", TAU2)
    compared = 0
    for task in load_tasks("airline", TAU2):
        ours, theirs = base.session(), base.session()
        for name, arguments in task.actions:
            answer = dispatch(compat_of("airline"), theirs, "assistant", name, arguments)
            assert TOOLS.answer(ours, name, arguments) == (answer.content, answer.error)
            compared += 1
    assert compared == 84


# Quirks

SEATS = {"basic_economy": 3, "economy": 3, "business": 3}
PRICES = {"basic_economy": 50, "economy": 100, "business": 300}
ON_SALE = {"status": "available", "available_seats": SEATS, "prices": PRICES}
DAYS = [f"2024-05-{day:02}" for day in (8, 9, 10, 20, 21, 31)]
PERSON = {"first_name": "Ann", "last_name": "Lee", "dob": "1990-01-02"}
TRIP = {"flight_number": "F1", "date": "2024-05-20"}


def flight(number: str, origin: str, destination: str, departs: str, arrives: str) -> Plain:
    return {
        "flight_number": number,
        "origin": origin,
        "destination": destination,
        "scheduled_departure_time_est": departs,
        "scheduled_arrival_time_est": arrives,
        "dates": dict.fromkeys(DAYS, ON_SALE),
    }


AIRLINE = AirlineDB.load(
    {
        "flights": {
            "F1": flight("F1", "SFO", "JFK", "07:00:00", "13:00:00"),
            "F2": flight("F2", "SFO", "DEN", "22:00:00", "01:00:00+1"),
            "F3": flight("F3", "DEN", "JFK", "01:00:00", "05:00:00"),
            "F4": flight("F4", "DEN", "JFK", "02:00:00", "06:00:00"),
        },
        "users": {
            "ann": {
                "user_id": "ann",
                "name": {"first_name": "Ann", "last_name": "Lee"},
                "address": {
                    "address1": "1 Main Street",
                    "city": "Akron",
                    "country": "USA",
                    "state": "OH",
                    "zip": "44301",
                },
                "email": "ann@example.com",
                "dob": "1990-01-02",
                "payment_methods": {
                    "card": {"source": "credit_card", "id": "card", "brand": "visa",
                             "last_four": "1234"},
                    "gift": {"source": "gift_card", "id": "gift", "amount": 120.0},
                    "paper": {"source": "certificate", "id": "paper", "amount": 120.0},
                },
                "saved_passengers": [],
                "membership": "gold",
                "reservations": ["R00001"],
            }
        },
        "reservations": {
            "R00001": {
                "reservation_id": "R00001",
                "user_id": "ann",
                "origin": "SFO",
                "destination": "JFK",
                "flight_type": "one_way",
                "cabin": "economy",
                "flights": [{**TRIP, "origin": "SFO", "destination": "JFK", "price": 90}],
                "passengers": [PERSON],
                "payment_history": [{"payment_id": "gift", "amount": 90}],
                "created_at": "2024-05-01T10:00:00",
                "total_baggages": 2,
                "nonfree_baggages": 1,
                "insurance": "no",
            }
        },
    }
)  # fmt: skip

BOOKING: Plain = {
    "user_id": "ann",
    "origin": "SFO",
    "destination": "JFK",
    "flight_type": "one_way",
    "cabin": "economy",
    "flights": [TRIP],
    "passengers": [PERSON],
    "payment_methods": [{"payment_id": "card", "amount": 100}],
    "total_baggages": 0,
    "nonfree_baggages": 0,
    "insurance": "no",
}
CHANGE: Plain = {
    "reservation_id": "R00001",
    "cabin": "economy",
    "flights": [TRIP],
    "payment_id": "card",
}
BAGS: Plain = {
    "reservation_id": "R00001",
    "total_baggages": 2,
    "nonfree_baggages": 1,
    "payment_id": "card",
}


@pytest.fixture
def db() -> AirlineDB:
    return AIRLINE.session()


def answer(db: AirlineDB, name: str, **arguments: Any) -> Answer:
    return dispatch(COMPAT, db, "assistant", name, arguments)


def told(db: AirlineDB, name: str, **arguments: Any) -> Any:
    """Return what a call that succeeds answers, read as JSON."""
    found = answer(db, name, **arguments)
    assert not found.error, found
    return json.loads(found.content)


def refused(db: AirlineDB, name: str, **arguments: Any) -> str:
    found = answer(db, name, **arguments)
    assert found.error, found
    return found.content.removeprefix("Error: ")


def balance(db: AirlineDB, method_id: str) -> float | None:
    method = db.users["ann"].payment_methods.get(method_id)
    return method.amount if isinstance(method, GiftCard | Certificate) else None


def seats(db: AirlineDB, number: str, day: str) -> int:
    status = db.flights[number].dates[day]
    assert isinstance(status, Available)
    return status.available_seats.economy


def shares(**amounts: int) -> Plain:
    return {"payment_methods": [{"payment_id": k, "amount": v} for k, v in amounts.items()]}


def test_a_1_a_method_is_checked_for_a_price_of_nothing(db: AirlineDB) -> None:
    assert refused(db, "update_reservation_baggages", **{**BAGS, "payment_id": "none"}) == (
        "Payment method not found"
    )
    assert refused(db, "update_reservation_baggages", **{**BAGS, "payment_id": "paper"}) == (
        "Certificate cannot be used to update reservation"
    )


def test_a_2_a_gift_card_pays_a_price_that_cannot_be_stored(db: AirlineDB) -> None:
    arguments = {**BAGS, "nonfree_baggages": 2.25, "payment_id": "gift"}
    assert "validation error for Payment" in refused(db, "update_reservation_baggages", **arguments)
    assert balance(db, "gift") == 57.5
    assert db.reservations["R00001"] == AIRLINE.reservations["R00001"]


def onestop(db: AirlineDB, day: str) -> list[list[tuple[str, str]]]:
    pairs = told(db, "search_onestop_flight", origin="SFO", destination="JFK", date=day)
    return [[(leg["flight_number"], leg["date"]) for leg in pair] for pair in pairs]


def test_a_3_connections_over_night_are_lost_before_the_tenth_and_past_the_month(
    db: AirlineDB,
) -> None:
    assert onestop(db, "2024-05-09") == [[("F2", "2024-05-09"), ("F4", "2024-05-10")]]
    assert onestop(db, "2024-05-20") == [[("F2", "2024-05-20"), ("F4", "2024-05-21")]]
    assert onestop(db, "2024-05-08") == onestop(db, "2024-05-31") == []


def test_an_end_of_a_direct_flight_that_is_null_may_be_anywhere(db: AirlineDB) -> None:
    found = told(db, "search_direct_flight", origin=None, destination="JFK", date=DAYS[0])
    assert [each["flight_number"] for each in found] == ["F1", "F3", "F4"]


@pytest.mark.parametrize("flights", [[TRIP, "F1"], json.dumps([TRIP])])
def test_a_4_a_list_of_other_things_fails_late(flights: Any, db: AirlineDB) -> None:
    assert "has no attribute 'flight_number'" in refused(
        db, "book_reservation", **{**BOOKING, "flights": flights}
    )
    assert not db.changes()


def test_fields_that_do_not_belong_there_are_dropped(db: AirlineDB) -> None:
    made = told(db, "book_reservation", **{**BOOKING, "flights": [{**TRIP, "price": 1}]})
    assert made["flights"][0]["price"] == 100


def test_a_5_a_certificate_is_gone_with_what_is_left_on_it(db: AirlineDB) -> None:
    told(db, "book_reservation", **{**BOOKING, **shares(paper=100)})
    assert "paper" not in db.users["ann"].payment_methods


def test_a_6_a_gift_card_that_is_listed_twice_can_be_overdrawn(db: AirlineDB) -> None:
    twice = [{"payment_id": "gift", "amount": 100}] * 2
    passengers = [PERSON, PERSON]
    told(db, "book_reservation", **{**BOOKING, "passengers": passengers, "payment_methods": twice})
    assert balance(db, "gift") == -80


def test_a_6_a_certificate_that_is_listed_twice_is_missed_the_second_time(db: AirlineDB) -> None:
    twice = [{"payment_id": "paper", "amount": 50}] * 2
    assert refused(db, "book_reservation", **{**BOOKING, "payment_methods": twice}) == "'paper'"
    assert set(db.changes()) == {("users", "ann")}
    assert "paper" not in db.users["ann"].payment_methods


@pytest.mark.parametrize(
    "changes",
    [
        {"passengers": [], "payment_methods": []},
        {"flights": [], "payment_methods": []},
        {"flights": [TRIP, TRIP], **shares(card=200)},
        {"origin": "LAX", "flight_type": "round_trip"},
        {"total_baggages": -1, "nonfree_baggages": -1, **shares(card=50)},
        {"total_baggages": 0, "nonfree_baggages": 1, **shares(card=150)},
    ],
)
def test_a_7_next_to_nothing_is_checked_in_a_booking(changes: Plain, db: AirlineDB) -> None:
    assert told(db, "book_reservation", **{**BOOKING, **changes})["reservation_id"] == "HATHAT"
    assert TOOLS.answer(AIRLINE.session(), "book_reservation", {**BOOKING, **changes})[1]


def test_a_8_a_cancellation_gives_nothing_back(db: AirlineDB) -> None:
    told(db, "cancel_reservation", reservation_id="R00001")
    assert set(db.changes()) == {("reservations", "R00001")}


def test_a_9_a_reservation_can_be_cancelled_again_and_again(db: AirlineDB) -> None:
    told(db, "cancel_reservation", reservation_id="R00001")
    again = told(db, "cancel_reservation", reservation_id="R00001")
    assert [entry["amount"] for entry in again["payment_history"]] == [90, -90, -90, 90]


def test_a_10_numbers_of_bags_can_be_anything(db: AirlineDB) -> None:
    changed = told(
        db,
        "update_reservation_baggages",
        **{**BAGS, "total_baggages": "two", "nonfree_baggages": -1},
    )
    assert (changed["total_baggages"], changed["nonfree_baggages"]) == ("two", -1)
    assert len(changed["payment_history"]) == 1
    read = told(db, "get_reservation_details", reservation_id="R00001")
    assert read == changed


def test_a_11_changed_flights_keep_their_seats(db: AirlineDB) -> None:
    flights = [{"flight_number": "F1", "date": "2024-05-21"}]
    changed = told(db, "update_reservation_flights", **{**CHANGE, "flights": flights})
    assert changed["payment_history"][1] == {"payment_id": "card", "amount": 10}
    assert (seats(db, "F1", "2024-05-20"), seats(db, "F1", "2024-05-21")) == (3, 3)


def test_a_12_another_cabin_is_at_the_price_of_now(db: AirlineDB) -> None:
    changed = told(db, "update_reservation_flights", **{**CHANGE, "cabin": "business"})
    assert (changed["cabin"], changed["flights"][0]["price"]) == ("business", 300)


def test_a_13_an_unknown_cabin_is_stored_if_there_are_no_flights(db: AirlineDB) -> None:
    first = {**CHANGE, "cabin": "first"}
    assert refused(db, "update_reservation_flights", **first) == "'first'"
    changed = told(db, "update_reservation_flights", **{**first, "flights": []})
    assert (changed["cabin"], changed["flights"]) == ("first", [])
    assert changed["payment_history"][1] == {"payment_id": "card", "amount": -90}


def test_ids_are_used_up_after_three(db: AirlineDB) -> None:
    for _ in range(3):
        told(db, "book_reservation", **BOOKING)
        assert not answer(db, "send_certificate", user_id="ann", amount="50").error
    assert refused(db, "send_certificate", user_id="ann", amount=50) == "Too many certificates"
    assert refused(db, "book_reservation", **BOOKING) == "Too many reservations"


def test_an_amount_is_told_as_it_was_given_and_stored_as_a_number(db: AirlineDB) -> None:
    text = answer(db, "send_certificate", user_id="ann", amount="50").content
    assert text == "Certificate certificate_3221322 added to user ann with amount 50."
    assert balance(db, "certificate_3221322") == 50
