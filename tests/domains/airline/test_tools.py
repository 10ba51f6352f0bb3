"""The airline tools: what each does and refuses, in tau2-bench's words, without its defects."""

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from writ_gym.domains.airline.schema import (
    NOW,
    AirlineDB,
    Available,
    Certificate,
    CreditCard,
    Reservation,
)
from writ_gym.domains.airline.timetable import AIRPORTS
from writ_gym.domains.airline.tools import TOOLS
from writ_gym.tools import render

Plain = dict[str, Any]

CABINS = ("basic_economy", "economy", "business")
DAYS = ("2024-05-20", "2024-05-21", "2024-05-31", "2024-06-01")

FLIGHTS = {
    "F1": ("SFO", "DEN", "08:00:00", "10:00:00"),
    "F2": ("DEN", "JFK", "10:30:00", "14:00:00"),
    "F3": ("DEN", "JFK", "10:29:00", "13:59:00"),
    "F4": ("DEN", "JFK", "09:00:00", "12:30:00"),
    "F5": ("SFO", "JFK", "07:00:00", "13:00:00"),
    "F6": ("SFO", "DEN", "23:00:00", "01:00:00+1"),
    "F7": ("DEN", "JFK", "01:30:00", "05:00:00"),
    "F8": ("JFK", "SFO", "15:00:00", "21:00:00"),
    "F9": ("JFK", "SFO", "12:00:00", "18:00:00"),
    "G1": ("SFO", "DEN", "08:30:00", "10:30:00"),
}
"""Origin, destination, departure and arrival by flight number."""
PRICES = {"basic_economy": 50, "economy": 100, "business": 300}
LANDED = {
    "status": "landed",
    "actual_departure_time_est": "2024-05-14T08:00:00",
    "actual_arrival_time_est": "2024-05-14T10:00:00",
}
OFF_SALE = {"2024-05-14": LANDED, "2024-05-22": {"status": "cancelled"}}


def flight(number: str) -> Plain:
    origin, destination, departs, arrives = FLIGHTS[number]
    on_sale = {
        "status": "available",
        "available_seats": dict.fromkeys(CABINS, 4),
        "prices": PRICES,
    }
    return {
        "flight_number": number,
        "origin": origin,
        "destination": destination,
        "scheduled_departure_time_est": departs,
        "scheduled_arrival_time_est": arrives,
        "dates": {**dict.fromkeys(DAYS, on_sale), **OFF_SALE},
    }


def people(*names: str) -> list[Plain]:
    return [{"first_name": name, "last_name": "Lee", "dob": "1990-01-02"} for name in names]


def legs(*flights: str) -> list[Plain]:
    """Return flights such as "F1 20", on a day of May."""
    pairs = (each.split() for each in flights)
    return [{"flight_number": number, "date": f"2024-05-{day}"} for number, day in pairs]


def reservation(key: str, user: str, cabin: str, paid: Plain, *flights: str) -> Plain:
    found = [
        {
            **leg,
            "origin": FLIGHTS[leg["flight_number"]][0],
            "destination": FLIGHTS[leg["flight_number"]][1],
            "price": PRICES[cabin] - 10,
        }
        for leg in legs(*flights)
    ]
    round_trip = found[-1]["destination"] == found[0]["origin"]
    return {
        "reservation_id": key,
        "user_id": user,
        "origin": found[0]["origin"],
        "destination": "JFK",
        "flight_type": "round_trip" if round_trip else "one_way",
        "cabin": cabin,
        "flights": found,
        "passengers": people("Ann", "Bob"),
        "payment_history": [{"payment_id": k, "amount": v} for k, v in paid.items()],
        "created_at": "2024-05-10T10:00:00",
        "total_baggages": 2,
        "nonfree_baggages": 1,
        "insurance": "no",
    }


RESERVATIONS = [
    reservation("ONEWAY", "ann", "economy", {"gift_card_1": 410}, "F1 20", "F2 20"),
    reservation("RETURN", "ann", "economy", {"credit_card_1": 410}, "F5 20", "F9 21"),
    reservation("SPLIT1", "ann", "basic_economy", {"certificate_9": 60, "gift_card_1": 20},
                "F5 21"),
    reservation("FLOWN1", "ann", "economy", {"credit_card_1": 410}, "F5 14", "F9 21"),
    {**reservation("GONE01", "ann", "economy", {"credit_card_1": 230}, "F5 20"),
     "status": "cancelled"},
    reservation("BOBS01", "bob", "economy", {"credit_card_2": 230}, "F5 20"),
]  # fmt: skip

METHODS = [
    {"source": "credit_card", "id": "credit_card_1", "brand": "visa", "last_four": "1234"},
    {"source": "gift_card", "id": "gift_card_1", "amount": 200.5},
    {"source": "gift_card", "id": "gift_card_2", "amount": 1000.0},
    {"source": "certificate", "id": "certificate_1", "amount": 150.0},
]


def user(user_id: str, methods: Iterable[Plain]) -> Plain:
    return {
        "user_id": user_id,
        "name": {"first_name": user_id.title(), "last_name": "Lee"},
        "address": {"address1": "1 Main Street", "city": "Akron", "country": "USA", "state": "OH",
                    "zip": "44301"},
        "email": f"{user_id}@example.com",
        "dob": "1990-01-02",
        "payment_methods": {method["id"]: method for method in methods},
        "saved_passengers": people("Cem"),
        "membership": "silver",
        "reservations": [r["reservation_id"] for r in RESERVATIONS if r["user_id"] == user_id],
    }  # fmt: skip


AIRLINE = AirlineDB.load(
    {
        "flights": {number: flight(number) for number in FLIGHTS},
        "users": {
            "ann": user("ann", METHODS),
            "bob": user("bob", [{**METHODS[0], "id": "credit_card_2"}]),
        },
        "reservations": {each["reservation_id"]: each for each in RESERVATIONS},
    }
)

BOOKING: Plain = {
    "user_id": "ann",
    "origin": "SFO",
    "destination": "JFK",
    "flight_type": "one_way",
    "cabin": "economy",
    "flights": legs("F1 20", "F2 20"),
    "passengers": people("Ann", "Bob"),
    "payment_methods": [{"payment_id": "credit_card_1", "amount": 400}],
    "total_baggages": 0,
    "nonfree_baggages": 0,
    "insurance": "no",
}


@pytest.fixture
def db() -> AirlineDB:
    return AIRLINE.session()


def call(db: AirlineDB, name: str, **arguments: Any) -> Any:
    """Call a tool as a model does, with JSON text."""
    return TOOLS.call(db, name, json.dumps(arguments))


def listed(db: AirlineDB, name: str, **arguments: Any) -> Any:
    """Return what a tool answers, read as JSON."""
    return json.loads(render(call(db, name, **arguments)))


def refusal(db: AirlineDB, name: str, **arguments: Any) -> str:
    """Return the text of a refusal, which must leave everything as it was."""
    before = db.fingerprint()
    text, error = TOOLS.answer(db, name, json.dumps(arguments))
    assert error, text
    assert db.fingerprint() == before
    return text


def book(db: AirlineDB, **changes: Any) -> Reservation:
    found: Reservation = call(db, "book_reservation", **{**BOOKING, **changes})
    return found


def paying(**shares: int) -> Plain:
    methods = [{"payment_id": key, "amount": amount} for key, amount in shares.items()]
    return {"payment_methods": methods}


def balance(db: AirlineDB, method_id: str, user_id: str = "ann") -> float | None:
    method = db.users[user_id].payment_methods.get(method_id)
    assert not isinstance(method, CreditCard)
    return method.amount if method else None


def seats(db: AirlineDB, number: str, day: str, cabin: str = "economy") -> int:
    status = db.flights[number].dates[f"2024-05-{day}"]
    assert isinstance(status, Available)
    left: int = status.available_seats.plain[cabin]
    return left


def history(reservation: Reservation) -> list[tuple[str, int]]:
    return [(entry.payment_id, entry.amount) for entry in reservation.payment_history]


# All tools


def test_the_tools_are_those_of_tau2_in_their_order() -> None:
    assert [(tool.name, tool.kind) for tool in TOOLS] == [
        ("book_reservation", "write"),
        ("calculate", "generic"),
        ("cancel_reservation", "write"),
        ("get_reservation_details", "read"),
        ("get_user_details", "read"),
        ("list_all_airports", "read"),
        ("search_direct_flight", "read"),
        ("search_onestop_flight", "read"),
        ("send_certificate", "write"),
        ("transfer_to_human_agents", "generic"),
        ("update_reservation_baggages", "write"),
        ("update_reservation_flights", "write"),
        ("update_reservation_passengers", "write"),
        ("get_flight_status", "read"),
    ]


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("book_reservation", [*BOOKING]),
        ("cancel_reservation", ["reservation_id"]),
        ("list_all_airports", []),
        ("search_direct_flight", ["origin", "destination", "date"]),
        ("search_onestop_flight", ["origin", "destination", "date"]),
        ("send_certificate", ["user_id", "amount"]),
        (
            "update_reservation_baggages",
            ["reservation_id", "total_baggages", "nonfree_baggages", "payment_id"],
        ),
        ("update_reservation_flights", ["reservation_id", "cabin", "flights", "payment_id"]),
        ("update_reservation_passengers", ["reservation_id", "passengers"]),
        ("get_flight_status", ["flight_number", "date"]),
    ],
)
def test_all_parameters_are_required(name: str, parameters: list[str]) -> None:
    schema = TOOLS[name].schema["function"]["parameters"]
    assert (schema["required"], [*schema["properties"]]) == (parameters, parameters)


def test_what_lists_hold_is_described_in_place() -> None:
    flights = TOOLS["book_reservation"].parameters["flights"]["items"]
    assert flights["required"] == ["flight_number", "date"]
    assert flights["additionalProperties"] is False
    assert "$ref" not in json.dumps(TOOLS.schemas)


# Reads


def test_a_reservation_and_a_user_are_told_as_they_are(db: AirlineDB) -> None:
    assert (
        call(db, "get_reservation_details", reservation_id="ONEWAY")
        is (AIRLINE.reservations["ONEWAY"])
    )
    assert call(db, "get_user_details", user_id="ann") is AIRLINE.users["ann"]


@pytest.mark.parametrize(
    ("name", "arguments", "text"),
    [
        ("get_reservation_details", {"reservation_id": "oneway"}, "Reservation oneway not found"),
        ("get_user_details", {"user_id": "Ann"}, "User Ann not found"),
        ("get_flight_status", {"flight_number": "F0", "date": DAYS[0]}, "Flight F0 not found"),
        (
            "get_flight_status",
            {"flight_number": "F1", "date": "2024-05-01"},
            "Flight F1 not found on date 2024-05-01",
        ),
        ("cancel_reservation", {"reservation_id": "NONE00"}, "Reservation NONE00 not found"),
        ("send_certificate", {"user_id": "eve", "amount": 1}, "User eve not found"),
    ],
)
def test_what_does_not_exist_is_named(
    name: str, arguments: Plain, text: str, db: AirlineDB
) -> None:
    assert refusal(db, name, **arguments) == f"Error: {text}"


@pytest.mark.parametrize(
    ("day", "status"), [("14", "landed"), ("20", "available"), ("22", "cancelled")]
)
def test_the_status_of_a_flight_is_one_word(day: str, status: str, db: AirlineDB) -> None:
    assert call(db, "get_flight_status", flight_number="F1", date=f"2024-05-{day}") == status


def test_airports_are_listed_with_their_cities(db: AirlineDB) -> None:
    airports = listed(db, "list_all_airports")
    assert len(airports) == len(AIRPORTS) == 20
    assert airports[0] == {"iata": "SFO", "city": "San Francisco"}


def test_expressions_are_calculated_to_the_cent(db: AirlineDB) -> None:
    assert call(db, "calculate", expression="2 * (3 + 0.125)") == "6.25"
    assert "Error: " in refusal(db, "calculate", expression="2 * x")


def test_handing_over_changes_nothing(db: AirlineDB) -> None:
    assert call(db, "transfer_to_human_agents", summary="A bike.") == "Transfer successful"
    assert not db.changes()


# Searches


def search(db: AirlineDB, day: str, origin: str = "SFO", destination: str = "JFK") -> list[str]:
    """Return the connections that are found, such as "F1 2024-05-20, F2 2024-05-20"."""
    pairs = listed(db, "search_onestop_flight", origin=origin, destination=destination, date=day)
    return [", ".join(f"{leg['flight_number']} {leg['date']}" for leg in pair) for pair in pairs]


def test_what_a_search_lists_is_the_same_exactly_if_its_text_is(db: AirlineDB) -> None:
    fork, sold = db.fork(), db.fork()
    flight = db.flights["F5"]
    status = flight.dates[DAYS[0]]
    assert isinstance(status, Available)
    seats = status.available_seats.replace(economy=0)
    fork.flights.put("F5", flight.replace(dates={**flight.dates, DAYS[0]: status.model_copy()}))
    sold.flights.put("F5", flight.replace_entry(
        "dates", DAYS[0], status.replace(available_seats=seats)))  # fmt: skip
    for name in ("search_direct_flight", "search_onestop_flight"):
        at = {"origin": "SFO", "destination": "JFK", "date": DAYS[0]}
        before, same, other = (call(each, name, **at) for each in (db, fork, sold))
        assert before == same
        assert before.text == same.text
        assert (before == other) is (before.text == other.text)
    direct = call(db, "search_direct_flight", **at)
    assert direct != call(sold, "search_direct_flight", **at)
    assert direct != call(db, "search_onestop_flight", **at)
    assert direct != direct.text


def test_a_direct_flight_is_listed_with_seats_and_prices_but_without_date(db: AirlineDB) -> None:
    found = listed(db, "search_direct_flight", origin="SFO", destination="JFK", date=DAYS[0])
    assert found == [
        {
            "flight_number": "F5",
            "origin": "SFO",
            "destination": "JFK",
            "status": "available",
            "scheduled_departure_time_est": "07:00:00",
            "scheduled_arrival_time_est": "13:00:00",
            "date": None,
            "available_seats": dict.fromkeys(CABINS, 4),
            "prices": PRICES,
        }
    ]


@pytest.mark.parametrize("day", ["2024-05-14", "2024-05-22", "2024-05-23"])
def test_only_what_can_be_booked_is_found(day: str, db: AirlineDB) -> None:
    assert listed(db, "search_direct_flight", origin="SFO", destination="JFK", date=day) == []
    assert search(db, day) == []


def test_flights_without_seats_are_found_nevertheless(db: AirlineDB) -> None:
    book(db, passengers=people("A", "B", "C", "D"), **paying(credit_card_1=800))
    assert seats(db, "F1", "20") == 0
    (found, _) = listed(db, "search_direct_flight", origin="SFO", destination="DEN", date=DAYS[0])[
        :2
    ]
    assert found["available_seats"] == {"basic_economy": 4, "economy": 0, "business": 4}


def test_half_an_hour_has_to_lie_between_two_flights(db: AirlineDB) -> None:
    assert search(db, "2024-05-21") == ["F1 2024-05-21, F2 2024-05-21"]


def test_after_a_night_flight_the_next_day_counts(db: AirlineDB) -> None:
    found = search(db, "2024-05-20")
    overnight = [f"F6 2024-05-20, {number} 2024-05-21" for number in ("F2", "F3", "F4", "F7")]
    assert found == ["F1 2024-05-20, F2 2024-05-20", *overnight]


def test_connections_lead_past_the_end_of_a_month(db: AirlineDB) -> None:
    assert "F6 2024-05-31, F7 2024-06-01" in search(db, "2024-05-31")


@pytest.mark.parametrize("name", ["search_direct_flight", "search_onestop_flight"])
@pytest.mark.parametrize("day", ["May 20", "2024-5-20", "2024-05-32", "20240520", ""])
def test_a_date_that_is_none_is_refused(name: str, day: str, db: AirlineDB) -> None:
    text = refusal(db, name, origin="SFO", destination="JFK", date=day)
    assert text == f"Error: There is no date {day!r}: a date is written as 2024-05-20"


# Booking


def test_a_booking_is_stored_listed_and_told(db: AirlineDB) -> None:
    made = book(db)
    assert made == db.reservations["HATHAT"]
    assert db.users["ann"].reservations[-1] == "HATHAT"
    assert made.plain == {
        **{key: value for key, value in BOOKING.items() if key != "payment_methods"},
        "reservation_id": "HATHAT",
        "flights": [
            {**leg, "origin": origin, "destination": destination, "price": 100}
            for leg, origin, destination in zip(
                BOOKING["flights"], ("SFO", "DEN"), ("DEN", "JFK"), strict=True
            )
        ],
        "payment_history": BOOKING["payment_methods"],
        "created_at": NOW,
        "status": None,
    }


def test_a_booking_takes_the_seats_of_its_cabin(db: AirlineDB) -> None:
    book(db)
    assert [seats(db, number, "20") for number in ("F1", "F2", "F5")] == [2, 2, 4]
    assert (seats(db, "F1", "20", "business"), seats(db, "F1", "21")) == (4, 4)


def test_ids_of_reservations_follow_one_another(db: AirlineDB) -> None:
    taken = ["HATHAT", "HATHAU", "HATHAV", "HATHAW", "HATHAX", "HATHAY", "HATHAZ", "HATHBA"]
    one = {"passengers": people("Ann"), "flights": legs("F5 20"), **paying(credit_card_1=50)}
    many = [("basic_economy", 50), ("economy", 100)] * 4
    ids = [
        book(db, **{**one, "cabin": cabin, **paying(credit_card_1=price)}).reservation_id
        for cabin, price in many
    ]
    assert ids == taken


def test_bags_and_insurance_are_part_of_the_price(db: AirlineDB) -> None:
    text = refusal(db, "book_reservation", **{
        **BOOKING, "total_baggages": 3, "nonfree_baggages": 2, "insurance": "yes"
    })  # fmt: skip
    assert text == "Error: Payment amount does not add up, total price is 560, but paid 400"


def test_a_gift_card_pays_its_share(db: AirlineDB) -> None:
    made = book(db, **paying(gift_card_1=200, gift_card_2=200))
    assert (balance(db, "gift_card_1"), balance(db, "gift_card_2")) == (0.5, 800)
    assert history(made) == [("gift_card_1", 200), ("gift_card_2", 200)]


def test_a_certificate_that_pays_is_gone_as_a_whole(db: AirlineDB) -> None:
    book(db, **paying(certificate_1=100, credit_card_1=300))
    assert "certificate_1" not in db.users["ann"].payment_methods


def test_a_return_trip_comes_back(db: AirlineDB) -> None:
    flights = legs("F1 20", "F2 20", "F8 20")
    made = book(db, flight_type="round_trip", flights=flights, **paying(credit_card_1=600))
    assert [leg.destination for leg in made.flights] == ["DEN", "JFK", "SFO"]


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"user_id": "eve"}, "User eve not found"),
        ({"passengers": []}, "A reservation is for 1 to 5 passengers"),
        ({"passengers": people(*"ABCDEF")}, "A reservation is for 1 to 5 passengers"),
        (
            {"passengers": [{"first_name": " ", "last_name": "Lee", "dob": "1990-01-02"}]},
            "Each passenger needs a first name and a last name",
        ),
        (
            {"passengers": [{"first_name": "A", "last_name": "Lee", "dob": "02.01.1990"}]},
            "There is no date '02.01.1990': a date is written as 2024-05-20",
        ),
        (
            {"total_baggages": 1, "nonfree_baggages": 2},
            "Impossible numbers of bags: 1 in total, 2 of them not free",
        ),
        (
            {"total_baggages": -1, "nonfree_baggages": -1},
            "Impossible numbers of bags: -1 in total, -1 of them not free",
        ),
        ({"flights": []}, "At least one flight has to be given"),
        ({"flights": legs("F0 20")}, "Flight F0 not found"),
        ({"flights": legs("F5 01")}, "Flight F5 not found on date 2024-05-01"),
        ({"flights": legs("F5 14")}, "Flight F5 not available on date 2024-05-14"),
        ({"flights": legs("F5 22")}, "Flight F5 not available on date 2024-05-22"),
        ({"passengers": people(*"ABCDE")}, "Not enough seats on flight F1"),
        (
            {"flights": legs("F2 20", "F1 20")},
            "Flight F1 leaves from SFO, but the flight before it arrives at JFK",
        ),
        (
            {"flights": legs("F1 20", "F4 20")},
            "Flight F4 on 2024-05-20 leaves before the flight before it has arrived",
        ),
        (
            {"flights": legs("F1 21", "F2 20")},
            "Flight F2 on 2024-05-20 leaves before the flight before it has arrived",
        ),
        (
            {"flights": legs("F6 20", "F7 20")},
            "Flight F7 on 2024-05-20 leaves before the flight before it has arrived",
        ),
        ({"flights": legs("F2 20")}, "The first flight leaves from DEN, not from SFO"),
        (
            {"flights": legs("F1 20")},
            "The last flight of a one_way from SFO to JFK has to arrive at JFK, not at DEN",
        ),
        (
            {"flight_type": "round_trip"},
            "The last flight of a round_trip from SFO to JFK has to arrive at SFO, not at JFK",
        ),
        (
            {"flight_type": "round_trip", "destination": "LAX", "flights": legs("F5 20", "F8 20")},
            "None of the flights arrives at LAX",
        ),
        (paying(credit_card_2=400), "Payment method credit_card_2 not found"),
        (paying(gift_card_1=201), "Not enough balance in payment method gift_card_1"),
        (paying(certificate_1=151), "Not enough balance in payment method certificate_1"),
        (
            paying(credit_card_1=401, gift_card_1=-1),
            "The amount of payment method gift_card_1 must be above 0",
        ),
        (
            paying(credit_card_1=400, gift_card_1=0),
            "The amount of payment method gift_card_1 must be above 0",
        ),
        (paying(), "Payment amount does not add up, total price is 400, but paid 0"),
        (
            {"payment_methods": [{"payment_id": "gift_card_1", "amount": 200}] * 2},
            "Payment method gift_card_1 is given 2 times: add it up",
        ),
    ],
)
def test_a_booking_that_cannot_be_is_refused(changes: Plain, text: str, db: AirlineDB) -> None:
    assert refusal(db, "book_reservation", **{**BOOKING, **changes}) == f"Error: {text}"


@pytest.mark.parametrize(
    "changes",
    [
        {"cabin": "first"},
        {"flight_type": "return"},
        {"insurance": True},
        {"total_baggages": "1"},
        {"nonfree_baggages": 0.5},
        {"flights": json.dumps(BOOKING["flights"])},
        {"flights": [{**BOOKING["flights"][0], "price": 1}, BOOKING["flights"][1]]},
        {"flights": ["F5"]},
        {"passengers": [{"first_name": "Ann", "last_name": "Lee"}]},
        {"payment_methods": [{"payment_id": "credit_card_1", "amount": 400.0}]},
    ],
)
def test_arguments_of_another_form_are_refused(changes: Plain, db: AirlineDB) -> None:
    text = refusal(db, "book_reservation", **{**BOOKING, **changes})
    assert text.startswith(f"Error: Invalid arguments for book_reservation: '{next(iter(changes))}")


def test_a_field_that_does_not_belong_there_is_named(db: AirlineDB) -> None:
    flights = [{**BOOKING["flights"][0], "price": 1}, BOOKING["flights"][1]]
    assert refusal(db, "book_reservation", **{**BOOKING, "flights": flights}) == (
        "Error: Invalid arguments for book_reservation: 'flights.0.price' is not part of it."
    )


@pytest.mark.parametrize(
    "changes",
    [
        paying(certificate_1=100, gift_card_1=100, gift_card_2=100, credit_card_1=100),
        {"total_baggages": 20},
        {"flights": legs("F1 20", "F3 20")},
        {"passengers": people("Ann", "Ann")},
    ],
)
def test_what_is_left_to_the_policy_can_be_booked(changes: Plain, db: AirlineDB) -> None:
    assert book(db, **changes).reservation_id == "HATHAT"


# Cancelling


def cancel(db: AirlineDB, key: str) -> Reservation:
    found: Reservation = call(db, "cancel_reservation", reservation_id=key)
    return found


def test_a_cancelled_reservation_is_refunded_and_its_seats_are_free(db: AirlineDB) -> None:
    cancelled = cancel(db, "ONEWAY")
    assert cancelled.status == "cancelled"
    assert history(cancelled) == [("gift_card_1", 410), ("gift_card_1", -410)]
    assert balance(db, "gift_card_1") == 610.5
    assert (seats(db, "F1", "20"), seats(db, "F2", "20")) == (6, 6)


def test_a_certificate_comes_back_with_what_it_paid(db: AirlineDB) -> None:
    assert history(cancel(db, "SPLIT1"))[2:] == [("certificate_9", -60), ("gift_card_1", -20)]
    assert (balance(db, "certificate_9"), balance(db, "gift_card_1")) == (60, 220.5)
    book(db, **paying(certificate_1=100, credit_card_1=300))
    cancel(db, "HATHAT")
    assert balance(db, "certificate_1") == 100


def test_flights_that_are_not_for_sale_have_no_seats_to_release(db: AirlineDB) -> None:
    cancel(db, "FLOWN1")
    assert set(db.changes()) == {("flights", "F9"), ("reservations", "FLOWN1")}


def test_what_a_change_refunded_is_not_refunded_again(db: AirlineDB) -> None:
    change(db, "RETURN", cabin="basic_economy", payment_id="gift_card_1")
    assert balance(db, "gift_card_1") == 200.5 + 160
    assert history(cancel(db, "RETURN")) == [
        ("credit_card_1", 410), ("gift_card_1", -160), ("credit_card_1", -250),
    ]  # fmt: skip
    assert balance(db, "gift_card_1") == 200.5 + 160


def test_a_method_that_paid_twice_is_refunded_for_both(db: AirlineDB) -> None:
    change(db, "ONEWAY", cabin="business", payment_id="gift_card_2")
    change(db, "ONEWAY", cabin="economy", payment_id="gift_card_2")
    refunds = history(cancel(db, "ONEWAY"))[3:]
    assert sum(amount for _, amount in refunds) == -450
    assert (balance(db, "gift_card_1"), balance(db, "gift_card_2")) == (200.5 + 410, 1000)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("cancel_reservation", {}),
        (
            "update_reservation_baggages",
            {"total_baggages": 3, "nonfree_baggages": 1, "payment_id": "credit_card_1"},
        ),
        (
            "update_reservation_flights",
            {"cabin": "business", "flights": legs("F5 20"), "payment_id": "credit_card_1"},
        ),
        ("update_reservation_passengers", {"passengers": people("Cem", "Dan")}),
    ],
)
def test_a_cancelled_reservation_stays_as_it_is(name: str, arguments: Plain, db: AirlineDB) -> None:
    text = refusal(db, name, reservation_id="GONE01", **arguments)
    assert text == "Error: Reservation GONE01 is cancelled already"


# Certificates


def test_a_certificate_is_put_into_the_profile(db: AirlineDB) -> None:
    text = call(db, "send_certificate", user_id="ann", amount=150)
    assert text == "Certificate certificate_3221322 added to user ann with amount 150."
    assert db.users["ann"].payment_methods["certificate_3221322"] == Certificate(
        source="certificate", id="certificate_3221322", amount=150.0
    )


def test_ids_of_certificates_are_never_used_again(db: AirlineDB) -> None:
    for _ in range(4):
        call(db, "send_certificate", user_id="ann", amount=100)
    book(db, **paying(certificate_3221322=100, credit_card_1=300))
    text = call(db, "send_certificate", user_id="ann", amount=50)
    assert text == "Certificate certificate_3221326 added to user ann with amount 50."
    cancel(db, "HATHAT")
    assert balance(db, "certificate_3221322") == 100


@pytest.mark.parametrize("amount", [0, -50])
def test_a_certificate_is_worth_something(amount: int, db: AirlineDB) -> None:
    text = refusal(db, "send_certificate", user_id="ann", amount=amount)
    assert text == "Error: The amount of a certificate must be above 0"


# Bags


def bags(total: int, nonfree: int, payment_id: str = "gift_card_1") -> Plain:
    return {"reservation_id": "ONEWAY", "total_baggages": total, "nonfree_baggages": nonfree,
            "payment_id": payment_id}  # fmt: skip


def test_only_bags_that_are_not_free_and_new_are_paid(db: AirlineDB) -> None:
    changed = call(db, "update_reservation_baggages", **bags(5, 3))
    assert (changed.total_baggages, changed.nonfree_baggages) == (5, 3)
    assert history(changed)[1:] == [("gift_card_1", 100)]
    assert balance(db, "gift_card_1") == 100.5


def test_free_bags_leave_the_history_as_it_is(db: AirlineDB) -> None:
    assert len(history(call(db, "update_reservation_baggages", **bags(5, 1)))) == 1


def test_fewer_bags_are_not_refunded(db: AirlineDB) -> None:
    changed = call(db, "update_reservation_baggages", **bags(1, 0))
    assert (changed.total_baggages, len(changed.payment_history)) == (1, 1)
    assert balance(db, "gift_card_1") == 200.5


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (bags(2, 3), "Impossible numbers of bags: 2 in total, 3 of them not free"),
        (bags(2, -1), "Impossible numbers of bags: 2 in total, -1 of them not free"),
        (bags(9, 9), "Gift card balance is not enough"),
        (bags(3, 2, "certificate_1"), "Certificate cannot be used to update reservation"),
        (bags(3, 1, "certificate_1"), "Certificate cannot be used to update reservation"),
        (bags(3, 1, "credit_card_2"), "Payment method not found"),
    ],
)
def test_bags_that_cannot_be_added_are_refused(arguments: Plain, text: str, db: AirlineDB) -> None:
    assert refusal(db, "update_reservation_baggages", **arguments) == f"Error: {text}"


# Flights


def changing(db: AirlineDB, key: str, **changes: Any) -> Plain:
    """Return the arguments of a change of the flights or the cabin; the rest stays."""
    now = db.reservations[key]
    return {
        "reservation_id": key,
        "cabin": now.cabin,
        "flights": [{"flight_number": leg.flight_number, "date": leg.date} for leg in now.flights],
        "payment_id": "credit_card_1",
        **changes,
    }


def change(db: AirlineDB, key: str, **changes: Any) -> Reservation:
    found: Reservation = call(db, "update_reservation_flights", **changing(db, key, **changes))
    return found


def test_a_flight_that_stays_keeps_its_fare_and_its_seats(db: AirlineDB) -> None:
    changed = change(db, "RETURN", flights=legs("F5 20", "F8 21"))
    assert [leg.price for leg in changed.flights] == [90, 100]
    assert history(changed)[1:] == [("credit_card_1", 20)]
    assert [seats(db, "F5", "20"), seats(db, "F9", "21"), seats(db, "F8", "21")] == [4, 6, 2]


def test_another_cabin_is_at_the_fares_of_today_and_in_other_seats(db: AirlineDB) -> None:
    changed = change(db, "ONEWAY", cabin="business", payment_id="gift_card_2")
    assert (changed.cabin, [leg.price for leg in changed.flights]) == ("business", [300, 300])
    assert balance(db, "gift_card_2") == 1000 - 2 * (600 - 180)
    assert (seats(db, "F1", "20"), seats(db, "F1", "20", "business")) == (6, 2)


def test_what_a_change_saves_is_refunded(db: AirlineDB) -> None:
    changed = change(db, "ONEWAY", cabin="basic_economy", payment_id="gift_card_1")
    assert history(changed)[1:] == [("gift_card_1", -160)]
    assert balance(db, "gift_card_1") == 360.5


def test_a_change_into_what_is_there_changes_nothing(db: AirlineDB) -> None:
    change(db, "ONEWAY")
    change(db, "FLOWN1")
    assert not db.changes()


def test_a_flown_flight_can_stay(db: AirlineDB) -> None:
    changed = change(db, "FLOWN1", flights=legs("F5 14", "F8 21"))
    assert [leg.flight_number for leg in changed.flights] == ["F5", "F8"]


def test_basic_economy_is_left_to_the_policy(db: AirlineDB) -> None:
    assert change(db, "SPLIT1", flights=legs("F5 20")).flights[0].date == "2024-05-20"


@pytest.mark.parametrize(
    ("key", "changes", "text"),
    [
        ("ONEWAY", {"flights": []}, "At least one flight has to be given"),
        ("ONEWAY", {"flights": legs("F0 20")}, "Flight F0 not found"),
        ("ONEWAY", {"flights": legs("F5 22")}, "Flight F5 not available on date 2024-05-22"),
        ("FLOWN1", {"cabin": "business"}, "Flight F5 not available on date 2024-05-14"),
        (
            "ONEWAY",
            {"flights": legs("F1 20")},
            "The last flight of a one_way from SFO to JFK has to arrive at JFK, not at DEN",
        ),
        (
            "RETURN",
            {"flights": legs("F5 20")},
            "The last flight of a round_trip from SFO to JFK has to arrive at SFO, not at JFK",
        ),
        ("RETURN", {"flights": legs("F9 21")}, "The first flight leaves from JFK, not from SFO"),
        (
            "RETURN",
            {"flights": legs("F5 21", "F9 21")},
            "Flight F9 on 2024-05-21 leaves before the flight before it has arrived",
        ),
        ("ONEWAY", {"payment_id": "certificate_1"},
         "Certificate cannot be used to update reservation"),
        ("ONEWAY", {"payment_id": "credit_card_2"}, "Payment method not found"),
        ("ONEWAY", {"cabin": "business", "payment_id": "gift_card_1"},
         "Gift card balance is not enough"),
    ],
)  # fmt: skip
def test_a_change_that_cannot_be_is_refused(
    key: str, changes: Plain, text: str, db: AirlineDB
) -> None:
    answer = refusal(db, "update_reservation_flights", **changing(db, key, **changes))
    assert answer == f"Error: {text}"


def test_a_change_needs_a_seat_for_every_passenger(db: AirlineDB) -> None:
    book(db, flights=legs("F5 20"), passengers=people(*"ABC"), **paying(credit_card_1=300))
    arguments = changing(db, "ONEWAY", flights=legs("F5 20"))
    text = refusal(db, "update_reservation_flights", **arguments)
    assert text == "Error: Not enough seats on flight F5"


# Passengers


def test_passengers_are_changed_as_a_whole(db: AirlineDB) -> None:
    changed = call(
        db,
        "update_reservation_passengers",
        reservation_id="ONEWAY",
        passengers=people("Cem", "Ann"),
    )
    assert [each.first_name for each in changed.passengers] == ["Cem", "Ann"]
    assert set(db.changes()) == {("reservations", "ONEWAY")}


@pytest.mark.parametrize(
    ("passengers", "text"),
    [
        (people("Ann"), "Number of passengers does not match"),
        (people("Ann", "Bob", "Cem"), "Number of passengers does not match"),
        (people("Ann", ""), "Each passenger needs a first name and a last name"),
    ],
)
def test_passengers_that_cannot_be_are_refused(
    passengers: list[Plain], text: str, db: AirlineDB
) -> None:
    answer = refusal(
        db, "update_reservation_passengers", reservation_id="ONEWAY", passengers=passengers
    )
    assert answer == f"Error: {text}"


# Whatever is called

a_leg = st.sampled_from(legs(*(f"{n} {d}" for n in FLIGHTS for d in (14, 20, 21))))
some_legs = st.one_of(
    st.sampled_from(
        [
            legs("F1 20", "F2 20"), legs("F5 20"), legs("F5 20", "F9 21"), legs("F5 14", "F9 21"),
            legs("F5 20", "F8 20"), legs("F6 20", "F7 21"), legs("F5 21"),
        ]
    ),
    st.lists(a_leg, max_size=3),
)  # fmt: skip
a_method = st.sampled_from(
    ["credit_card_1", "gift_card_1", "gift_card_2", "certificate_1", "certificate_3221322"]
)
a_reservation = st.sampled_from([r["reservation_id"] for r in RESERVATIONS] + ["HATHAT", "HATHAU"])
a_party = st.integers(1, 3).map(lambda number: people(*"ABC"[:number]))
a_cabin = st.sampled_from(CABINS)
a_number = st.integers(-1, 6)


@st.composite
def bookings(draw: st.DrawFn) -> tuple[str, Plain]:
    """Draw a booking that is paid in full with one or two methods, more or less."""
    flights, party, cabin = draw(some_legs), draw(a_party), draw(a_cabin)
    price = PRICES[cabin] * len(flights) * len(party) + draw(st.sampled_from([0, 0, 0, 1]))
    methods = draw(st.lists(a_method, min_size=1, max_size=2))
    first = draw(st.integers(0, price)) if len(methods) > 1 else price
    shares = [first, price - first][: len(methods)]
    round_trip = bool(flights) and FLIGHTS[flights[-1]["flight_number"]][1] == "SFO"
    return "book_reservation", {
        **BOOKING,
        "flight_type": "round_trip" if round_trip else "one_way",
        "cabin": cabin,
        "flights": flights,
        "passengers": party,
        "payment_methods": [
            {"payment_id": method, "amount": share}
            for method, share in zip(methods, shares, strict=True)
        ],
    }


def writes(name: str, **arguments: Any) -> st.SearchStrategy[tuple[str, Plain]]:
    return st.tuples(st.just(name), st.fixed_dictionaries(arguments))


any_write = st.one_of(
    bookings(),
    writes("cancel_reservation", reservation_id=a_reservation),
    writes("send_certificate", user_id=st.sampled_from(["ann", "eve"]), amount=a_number),
    writes(
        "update_reservation_baggages",
        reservation_id=a_reservation,
        total_baggages=a_number,
        nonfree_baggages=a_number,
        payment_id=a_method,
    ),
    writes(
        "update_reservation_flights",
        reservation_id=a_reservation,
        cabin=a_cabin,
        flights=some_legs,
        payment_id=a_method,
    ),
    writes("update_reservation_passengers", reservation_id=a_reservation, passengers=a_party),
)


def seats_in_all(db: AirlineDB) -> Counter[tuple[str, str, str]]:
    """Return, for every flight that is for sale, the seats that are free or taken."""
    found: Counter[tuple[str, str, str]] = Counter()
    for number, each in db.flights.items():
        for day, status in each.dates.items():
            if isinstance(status, Available):
                for cabin, left in status.available_seats.plain.items():
                    assert left >= 0
                    found[number, day, cabin] += left
    on_sale = set(found)
    for booked in db.reservations.values():
        for leg in booked.flights:
            place = (leg.flight_number, leg.date, booked.cabin)
            if booked.status is None and place in on_sale:
                found[place] += len(booked.passengers)
    return found


def gift_cards(db: AirlineDB) -> dict[str, float]:
    """Return, for each gift card, what is on it and what was paid with it."""
    found = {}
    for card in ("gift_card_1", "gift_card_2"):
        left = balance(db, card)
        assert left is not None
        assert left >= 0
        paid = [entry for each in db.reservations.values() for entry in each.payment_history]
        found[card] = left + sum(entry.amount for entry in paid if entry.payment_id == card)
    return found


def certificates(db: AirlineDB) -> float:
    """Return the worth of all certificates, and of what they paid and was not refunded."""
    methods = db.users["ann"].payment_methods.values()
    left = sum(method.amount for method in methods if isinstance(method, Certificate))
    paid = [entry for each in db.reservations.values() for entry in each.payment_history]
    return left + sum(e.amount for e in paid if e.payment_id.startswith("certificate"))


@settings(max_examples=300, deadline=None)
@given(st.lists(any_write, min_size=1, max_size=6))
def test_no_seat_and_no_money_is_lost_or_made(calls: list[tuple[str, Plain]]) -> None:
    db = AIRLINE.session()
    for name, arguments in calls:
        before, worth = db.fingerprint(), certificates(db)
        _, refused = TOOLS.answer(db, name, json.dumps(arguments))
        assert not refused or db.fingerprint() == before
        assert seats_in_all(db) == seats_in_all(AIRLINE)
        assert gift_cards(db) == gift_cards(AIRLINE)
        sent = arguments["amount"] if name == "send_certificate" and not refused else 0
        assert certificates(db) <= worth + sent
        assert certificates(db) == worth + sent or name == "book_reservation"
    for key, found in db.reservations.items():
        if found.status == "cancelled" and key != "GONE01":
            assert sum(entry.amount for entry in found.payment_history) == 0
        for leg, after in zip(found.flights, found.flights[1:], strict=False):
            assert leg.destination == after.origin
