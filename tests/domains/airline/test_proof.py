"""The airline proof: what every rule of docs/requests-airline.md comes to, by brute force."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from writ_gym.certificates.evidence import Moment
from writ_gym.certificates.write_paths import shortest_paths
from writ_gym.domain import load_domain
from writ_gym.domains.airline.data import generate
from writ_gym.domains.airline.proof import PROOF
from writ_gym.domains.airline.schema import AirlineDB, Reservation
from writ_gym.domains.airline.tools import TOOLS
from writ_gym.meaning.proofs import Decision, Meaning, UnclearError
from writ_gym.tasks import Call, Edit, Fact, Request

ME, OTHER = "ann_lee_1", "bob_ray_2"
PAST, TODAY, SOON, LATER, LAST = (
    "2024-05-10",
    "2024-05-15",
    "2024-05-18",
    "2024-05-20",
    "2024-05-21",
)
LONG_AGO, THIS_MORNING = "2024-05-01T08:00:00", "2024-05-15T08:00:00"

# Number, route, times, economy fare.
FLIGHTS: list[tuple[str, str, str, str, str, int]] = [
    ("HAT001", "JFK", "SFO", "08:00:00", "11:30:00", 200),
    ("HAT002", "JFK", "SFO", "14:00:00", "17:00:00", 150),
    ("HAT003", "SFO", "JFK", "09:00:00", "17:00:00", 180),
    ("HAT004", "JFK", "ORD", "06:00:00", "08:00:00", 60),
    ("HAT005", "ORD", "SFO", "08:30:00", "11:00:00", 50),
    ("HAT006", "ORD", "SFO", "08:29:00", "10:00:00", 10),
    ("HAT007", "JFK", "ORD", "22:00:00", "00:30:00+1", 40),
    ("HAT008", "ORD", "SFO", "01:00:00", "03:30:00", 45),
    ("HAT009", "SFO", "JFK", "20:00:00", "04:00:00+1", 120),
    ("HAT010", "LAX", "SFO", "07:00:00", "08:00:00", 70),
]
FARES = {row[0]: row[5] for row in FLIGHTS}
ROUTES = {row[0]: (row[1], row[2]) for row in FLIGHTS}
DATES = [f"2024-05-{day}" for day in range(10, 31)]
ON_SALE = [f"2024-05-{day}" for day in range(16, 31)]
BEFORE = {(PAST, "HAT001"): "landed", (TODAY, "HAT002"): "delayed", (TODAY, "HAT010"): "flying"}


def status_row(number: str, date: str) -> dict[str, Any]:
    if date in ON_SALE:
        fare = FARES[number]
        seats = {"basic_economy": 9, "economy": 9, "business": 1 if number == "HAT003" else 9}
        fares = {"basic_economy": fare - 5, "economy": fare, "business": 3 * fare}
        return {"status": "available", "available_seats": seats, "prices": fares}
    status = BEFORE.get((date, number), "landed" if date < TODAY else "on time")
    left = "actual" if status in ("landed", "flying") else "estimated"
    came = "actual" if status == "landed" else "estimated"
    times = {f"{left}_departure_time_est": date, f"{came}_arrival_time_est": date}
    return {"status": status, **({} if status == "cancelled" else times)}


ANN = {"first_name": "Ann", "last_name": "Lee", "dob": "1980-01-01"}
BOB = {"first_name": "Bob", "last_name": "Ray", "dob": "1981-01-01"}
CAT = {"first_name": "Cat", "last_name": "Fox", "dob": "1982-01-01"}
DAN = {"first_name": "Dan", "last_name": "Elk", "dob": "1983-01-01"}


def reservation_row(
    key: str, flights: list[tuple[str, str]], people: list[dict[str, str]], **fields: Any
) -> dict[str, Any]:
    row: dict[str, Any] = {
        "user_id": ME, "flight_type": "one_way", "cabin": "economy", "created_at": LONG_AGO,
        "total_baggages": 0, "nonfree_baggages": 0, "insurance": "no", "status": None,
        "origin": ROUTES[flights[0][0]][0], "destination": ROUTES[flights[0][0]][1], **fields,
    }  # fmt: skip
    method = row.pop("paid_with", "card_a")
    each = sum(FARES[number] for number, _ in flights) + 30 * (row["insurance"] == "yes")
    paid = each * len(people) + 50 * row["nonfree_baggages"]
    history = [{"payment_id": method, "amount": paid}]
    if row["status"]:
        history.append({"payment_id": method, "amount": -paid})
    legs = [
        {"flight_number": number, "origin": ROUTES[number][0], "destination": ROUTES[number][1],
         "date": date, "price": FARES[number]}
        for number, date in flights
    ]  # fmt: skip
    own = {"reservation_id": key, "flights": legs, "passengers": people, "payment_history": history}
    return {**row, **own}


RESERVATIONS = [
    reservation_row("R1", [("HAT001", SOON)], [ANN, BOB], total_baggages=5, nonfree_baggages=1),
    reservation_row("R2", [("HAT002", SOON), ("HAT003", LATER)], [ANN], flight_type="round_trip",
                    created_at=THIS_MORNING, insurance="yes", paid_with="gift_b"),
    reservation_row("R3", [("HAT004", "2024-05-19")], [ANN, BOB, CAT], cabin="basic_economy",
                    created_at="2024-05-02T08:00:00"),
    reservation_row("R4", [("HAT003", "2024-05-17")], [BOB], cabin="business", total_baggages=1,
                    created_at="2024-05-03T08:00:00", insurance="yes"),
    reservation_row("R5", [("HAT002", LATER)], [CAT], status="cancelled",
                    created_at="2024-05-04T08:00:00"),
    reservation_row("R6", [("HAT001", PAST), ("HAT003", LATER)], [ANN], flight_type="round_trip",
                    created_at="2024-05-05T08:00:00"),
    reservation_row("R7", [("HAT002", TODAY), ("HAT003", LAST)], [ANN, DAN], insurance="yes",
                    flight_type="round_trip", created_at="2024-05-06T08:00:00"),
    reservation_row("R9", [("HAT001", SOON)], [BOB], user_id=OTHER, paid_with="card_b"),
]  # fmt: skip


def card(key: str, last_four: str) -> dict[str, str]:
    return {"source": "credit_card", "id": key, "brand": "visa", "last_four": last_four}


def worth(key: str, amount: float, source: str = "gift_card") -> dict[str, Any]:
    return {"source": source, "id": key, "amount": amount}


def user_row(key: str, first: str, last: str, methods: Any, reservations: Any, **rest: Any) -> Any:
    return {
        "user_id": key, "name": {"first_name": first, "last_name": last},
        "address": {"address1": "1 Road", "city": "Reno", "country": "USA", "state": "NV",
                    "zip": "11111"},
        "email": f"{key}@example.com", "dob": "1980-01-01", "membership": "silver",
        "payment_methods": {method["id"]: method for method in methods},
        "saved_passengers": [CAT, DAN], "reservations": reservations, **rest,
    }  # fmt: skip


METHODS = [
    card("card_a", "1111"),
    worth("gift_a", 20.5),
    worth("gift_b", 250.75),
    worth("voucher_a", 100.0, "certificate"),
    worth("voucher_b", 300.0, "certificate"),
]


def build() -> AirlineDB:
    mine = [row["reservation_id"] for row in RESERVATIONS if row["user_id"] == ME]
    return AirlineDB.load(
        {
            "flights": {
                number: {
                    "flight_number": number, "origin": origin, "destination": destination,
                    "scheduled_departure_time_est": departs,
                    "scheduled_arrival_time_est": arrives,
                    "dates": {date: status_row(number, date) for date in DATES},
                }
                for number, origin, destination, departs, arrives, _ in FLIGHTS
            },
            "users": {
                ME: user_row(ME, "Ann", "Lee", METHODS, mine),
                OTHER: user_row(OTHER, "Bob", "Ray", [card("card_b", "9")], ["R9"],
                                membership="regular"),
            },
            "reservations": {row["reservation_id"]: row for row in RESERVATIONS},
        }
    )  # fmt: skip


DB = build()
AIRLINE = load_domain("airline")


def ask(intent: str, **values: Any) -> Request:
    facts = tuple(Fact(slot=slot, value=value, text="") for slot, value in values.items())
    return Request(intent=intent, text="", facts=facts)


def changed(*changes: Callable[[AirlineDB], object]) -> AirlineDB:
    session = DB.session()
    for change in changes:
        change(session)
    return session


def put_reservation(key: str, **fields: Any) -> Callable[[AirlineDB], object]:
    return lambda db: db.reservations.put(key, db.reservations[key].replace(**fields))


def put_user(**fields: Any) -> Callable[[AirlineDB], object]:
    return lambda db: db.users.put(ME, db.users[ME].replace(**fields))


def with_methods(*methods: dict[str, Any]) -> AirlineDB:
    return changed(put_user(payment_methods={method["id"]: method for method in methods}))


def put_status(number: str, date: str, **status: Any) -> Callable[[AirlineDB], object]:
    def put(db: AirlineDB) -> object:
        flight = db.flights[number]
        plain = {day: each.plain for day, each in flight.dates.items()}
        return db.flights.put(number, flight.replace(dates={**plain, date: status}))

    return put


def sold_out(number: str, date: str, cabin: str = "economy") -> Callable[[AirlineDB], object]:
    row = status_row(number, date)
    return put_status(number, date, **{**row, "available_seats": {**row["available_seats"],
                                                                  cabin: 0}})  # fmt: skip


CALLED_OFF = {"status": "cancelled"}


def meaning(intent: str, db: AirlineDB = DB, caller: str = ME, **values: Any) -> Meaning:
    return PROOF.meaning(db, caller, ask(intent, **values))


def writes(intent: str, db: AirlineDB = DB, **values: Any) -> list[dict[str, Any]]:
    found = meaning(intent, db, **values)
    assert found.writes, found
    for call in found.writes:
        assert PROOF.canonical(call).key == call.key
        TOOLS.call(db.session() if db is DB else db.fork(), call.name, call.arguments)
    return [dict(call.arguments) for call in found.writes]


def told(intent: str, db: AirlineDB = DB, **values: Any) -> tuple[Any, ...]:
    found = meaning(intent, db, **values)
    assert not found.writes
    assert not found.breaches
    return found.tells


def breach(intent: str, db: AirlineDB = DB, **values: Any) -> tuple[str, str]:
    found = meaning(intent, db, **values)
    assert not found.writes
    assert not found.tells
    (only,) = found.breaches
    return only


def unclear(intent: str, db: AirlineDB = DB, **values: Any) -> None:
    with pytest.raises(UnclearError):
        meaning(intent, db, **values)


def one(key: str) -> dict[str, str]:
    return {"id": key}


def where(*conditions: tuple[str, str, Any], **rest: Any) -> dict[str, Any]:
    keys = ("attribute", "test", "value")
    return {"where": [dict(zip(keys, c, strict=True)) for c in conditions], **rest}


ACTIVE = ("status", "is", "active")
CARD = {"kind": "credit_card"}


def test_a_world_that_was_written_to_is_looked_at_anew() -> None:
    db = changed()
    in_business = where(("cabin", "is", "business"), by="total", extreme="lowest")
    request = ask("cancel", reservation=in_business, reason="other")
    assert not PROOF.decisions(db, ME, request)
    put_reservation("R2", cabin="business")(db)
    (decision,) = PROOF.decisions(db, ME, request)
    assert set(decision.options) == {"R2", "R4"}


# References to reservations


def meant(reference: Any, db: AirlineDB = DB) -> str:
    """Return the id of the reservation that is meant, by what is told of it."""

    def about(reservation: Any) -> list[Any]:
        topics = ("total", "departure", "passengers", "bags")
        return [told("about_reservation", db, reservation=reservation, topic=t) for t in topics]

    found = about(reference)
    (key,) = [key for key in db.users[ME].reservations if about(one(key)) == found]
    return key


@pytest.mark.parametrize(
    ("reference", "key"),
    [
        (one("R3"), "R3"),
        (where(ACTIVE, by="created"), "R2"),
        (where(ACTIVE, by="created", extreme="lowest"), "R1"),
        (where(ACTIVE, by="created", extreme="lowest", rank=2), "R3"),
        (where(ACTIVE, by="total"), "R7"),
        (where(by="bags"), "R1"),
        (where(by="bags", rank=2), "R4"),
        (where(by="passengers"), "R3"),
        (where(("trip", "is", "one_way"), by="departure"), "R5"),
        (where(("cabin", "is", "basic_economy")), "R3"),
        (where(("cabin", "is_not", "economy"), ("insurance", "is", "yes")), "R4"),
        (where(("origin", "is", "SFO")), "R4"),
        (where(("destination", "is", "ORD")), "R3"),
        (where(("status", "is", "cancelled")), "R5"),
        (where(("traveller", "has", "Dan Elk")), "R7"),
        (where(("traveller", "lacks", "Ann Lee"), ACTIVE), "R4"),
        (where(("flight", "has", "HAT004")), "R3"),
        (where(("departure", "under", TODAY)), "R6"),
        (where(("created", "over", "2024-05-10")), "R2"),
        (where(("passengers", "over", 2)), "R3"),
        (where(by="total", scope=["R1", "R3"]), "R1"),
        ({"beside": one("R3"), "step": 1, "order": "created"}, "R4"),
        ({"beside": one("R3"), "step": -1, "order": "created"}, "R1"),
        ({"beside": one("R4"), "step": -1, "order": "departure"}, "R7"),
        ({"beside": where(("cabin", "is", "business")), "step": 1, "order": "created"}, "R5"),
    ],
)
def test_a_reference_means_one_reservation(reference: Any, key: str) -> None:
    assert meant(reference) == key


@pytest.mark.parametrize(
    "reference",
    [
        one("R404"),
        where(ACTIVE),
        where(by="departure", rank=3),
        where(by="bags", extreme="lowest"),
        where(by="traveller"),
        where(by="colour"),
        where(("colour", "is", "red")),
        where(("passengers", "is", "2")),
        where(("status", "has", "active")),
        where(("traveller", "is", "Ann Lee")),
        where(ACTIVE, scope=["R404"]),
        where(every=True),
        {"beside": one("R1"), "step": -1, "order": "created"},
        {"beside": one("R2"), "step": 1, "order": "created"},
        {"beside": one("R9"), "step": 1, "order": "created"},
        {"beside": one("R4"), "step": 1, "order": "departure"},
        {"beside": one("R2"), "step": -1, "order": "departure"},
        {"beside": one("R2"), "step": 2, "order": "created"},
        "R1",
        None,
    ],
)
def test_a_reference_can_be_unclear(reference: Any) -> None:
    unclear("about_allowance", reservation=reference)


@pytest.mark.parametrize(
    ("reference", "fact"),
    [
        (where(("cabin", "is", "economy"), ("origin", "is", "LAX")), "economy"),
        (where(("total", "over", 5000.5)), "5000.50"),
        (where(("passengers", "over", 4), by="total"), "4"),
        (where(by="total", rank=8), "reservation"),
        (where(("origin", "is", "LAX"), every=True), "LAX"),
        ({"beside": where(("origin", "is", "LAX")), "step": 1, "order": "created"}, "LAX"),
    ],
)
def test_if_nothing_fits_the_first_condition_is_told(reference: Any, fact: str) -> None:
    assert breach("cancel", reservation=reference, reason="other") == ("no_such_reservation", fact)


def test_somebody_elses_reservation_and_a_cancelled_one_are_left_alone() -> None:
    for intent, rest in [
        ("cancel", {"reason": "other"}),
        ("add_bags", {"bags": {"more": 1}, "payment": CARD}),
        ("change_cabin", {"cabin": {"cabins": ["business"]}, "payment": CARD}),
        ("change_passengers", {"passengers": {"swaps": {"Bob Ray": {"first_name": "Bo"}}}}),
        ("change_flights", {"trip": {"there": {"dates": [SOON]}}, "payment": CARD}),
        ("cancel_or_change", {"reason": "other", "trip": {"there": {"dates": [SOON]}},
                              "payment": CARD}),
        ("compensation", {"claim": {"what": "delayed"}, "reason": "other"}),
    ]:  # fmt: skip
        assert breach(intent, reservation=one("R9"), **rest) == ("other_user", "R9")
        assert breach(intent, reservation=one("R5"), **rest) == ("already_cancelled", "cancelled")
    assert breach("about_allowance", reservation=one("R9")) == ("other_user", "R9")
    assert told("about_reservation", reservation=one("R5"), topic="bags") == (0.0,)


def test_what_other_facts_refer_to_has_to_be_there_and_the_callers() -> None:
    for reference in (one("R9"), where(("origin", "is", "LAX"))):
        for bags, payment in [
            ({"bags_of": reference}, CARD),
            ({"more": 1}, {"paid_for": reference}),
        ]:
            unclear("add_bags", reservation=one("R1"), bags=bags, payment=payment)
        unclear("change_passengers", reservation=one("R1"), passengers={"same_as": reference})


def test_a_figure_is_over_the_reservations_that_fit() -> None:
    def figure(name: str, *conditions: tuple[str, str, Any], **rest: Any) -> Any:
        asked = {"figure": name, "reservations": where(*conditions, **rest)}
        return told("about_reservations", figure=asked)[0]

    assert figure("count") == 7
    assert figure("count", ACTIVE, ("insurance", "is", "yes")) == 3
    assert figure("bags", scope=["R1", "R4"]) == 6
    assert figure("passengers", ("cabin", "is", "economy"), ACTIVE) == 6
    assert figure("total", ("origin", "is", "LAX")) == 0
    assert figure("total", scope=["R5"]) == 0
    assert figure("total", scope=["R4", "R3"]) == 210 + 180
    unclear("about_reservations", figure={"figure": "count", "reservations": {"scope": ["R9"]}})


@pytest.mark.parametrize(
    ("figure", "test", "value", "fact"),
    [
        ("count", "over", 6, "6"),
        ("count", "over", 5, None),
        ("bags", "under", 6, "6"),
        ("bags", "under", 7, None),
    ],
)
def test_a_guard_has_to_hold_strictly(figure: str, test: str, value: int, fact: Any) -> None:
    guard = {"figure": figure, "reservations": where(ACTIVE), "test": test, "value": value}
    for key in ("R2", "R404"):
        request = ask("cancel", reservation=one(key), reason="other", condition=guard)
        if fact is not None:
            found = PROOF.meaning(DB, ME, request)
            assert found.breaches == {("condition_not_met", fact)}
    if fact is None:
        assert writes("cancel", reservation=one("R2"), reason="other", condition=guard)


@pytest.mark.parametrize(
    ("cabin", "test", "value", "fact"),
    [
        ("economy", "over", 149.0, None),
        ("economy", "over", 150.0, "150"),
        ("basic_economy", "under", 146.0, None),
        ("basic_economy", "under", 145.0, "145"),
    ],
)
def test_a_condition_compares_the_lowest_fare(
    cabin: str, test: str, value: float, fact: Any
) -> None:
    fares = {
        "origin": "JFK", "destination": "SFO", "dates": [SOON, LATER], "cabin": cabin,
        "test": test, "value": value,
    }  # fmt: skip
    request = ask("cancel", reservation=one("R2"), reason="other", condition=fares)
    found = PROOF.meaning(DB, ME, request)
    if fact is None:
        assert found.writes
    else:
        assert found.breaches == {("condition_not_met", fact)}
    nowhere = {**fares, "destination": "LAX"}
    unclear("cancel", reservation=one("R2"), reason="other", condition=nowhere)


def test_every_search_for_fares_that_a_condition_compares_is_needed() -> None:
    fares = {
        "origin": "JFK", "destination": "SFO", "dates": [SOON, LATER], "cabin": "economy",
        "test": "over", "value": 140.0,
    }  # fmt: skip
    request = ask("cancel", reservation=one("R2"), reason="other", condition=fares)
    around = list(PROOF.around(DB, ME, request))
    for day in (SOON, LATER):
        record = ("searches", f"search_direct_flight JFK SFO {day}")
        assert record in around
        edits = list(PROOF.edits(DB, ME, request, *record))
        changed_by = (changed(lambda db, edit=edit: PROOF.apply(db, edit)) for edit in edits)
        assert any(
            PROOF.meaning(db, ME, request).breaches == {("condition_not_met", "140")}
            for db in changed_by
        )


@pytest.mark.parametrize("day", [TODAY, SOON])
def test_a_reservation_may_have_been_flown_where_the_condition_leaves_no_day_to_come(
    day: str,
) -> None:
    flown = where(("departure", "under", day), by="total", extreme="lowest", scope=["R3", "R6"])
    request = ask("about_reservation", reservation=flown, topic="passengers")
    assert PROOF.meaning(DB, ME, request).tells == (1,)
    edits = list(PROOF.edits(DB, ME, request, "reservations", "R3"))
    changed_by = [changed(lambda db, edit=edit: PROOF.apply(db, edit)) for edit in edits]
    assert any(PROOF.meaning(db, ME, request).tells == (3,) for db in changed_by)


def test_where_the_timetable_ends_later_flights_stay_as_near_as_they_can() -> None:
    moved = Edit(
        name="set_departure", arguments={"reservation_id": "R7", "departure": "2024-05-28"}
    )
    after = changed(lambda db: PROOF.apply(db, moved)).reservations["R7"]
    assert [flight.date for flight in after.flights] == ["2024-05-28", "2024-05-28"]
    beyond = Edit(
        name="set_departure", arguments={"reservation_id": "R7", "departure": "2030-01-01"}
    )
    with pytest.raises(ValueError, match="does not fly on 2030-01-01"):
        PROOF.apply(DB.session(), beyond)


@pytest.mark.parametrize(
    ("attribute", "test", "value", "fact"),
    [
        ("bags", "over", 4, None),
        ("bags", "over", 5, "5"),
        ("passengers", "is", 2, None),
        ("passengers", "under", 2, "2"),
    ],
)
def test_what_is_believed_of_a_reservation_has_to_be_so(
    attribute: str, test: str, value: float, fact: Any
) -> None:
    believed = {"attribute": attribute, "test": test, "value": value}
    values = {"reservation": one("R2"), "reason": "other"}
    belief = {"believed": believed, "of": one("R1")}
    if fact is None:
        assert writes("cancel", **values, condition=belief)
    else:
        found = PROOF.meaning(DB, ME, ask("cancel", **values, condition=belief))
        assert found.breaches == {("condition_not_met", fact)}
    for wrong in ({**belief, "of": one("R404")}, {"believed": {**believed, "attribute": "colour"}}):
        with pytest.raises(UnclearError):
            PROOF.meaning(DB, ME, ask("cancel", **values, condition=wrong))


# Cancelling


def test_one_of_four_grounds_allows_a_cancellation() -> None:
    def cancelled(key: str, reason: str, db: AirlineDB = DB) -> Any:
        return writes("cancel", db, reservation=one(key), reason=reason)

    assert cancelled("R2", "change of plans") == [{"reservation_id": "R2"}]
    assert cancelled("R4", "other") == [{"reservation_id": "R4"}]
    insured = changed(put_reservation("R1", insurance="yes"))
    for reason in ("health", "weather"):
        assert cancelled("R1", reason, insured)
    refused = ("not_cancellable", "economy")
    for reason in ("change of plans", "airline cancelled", "other"):
        assert breach("cancel", insured, reservation=one("R1"), reason=reason) == refused
    assert breach("cancel", reservation=one("R1"), reason="health") == refused
    assert breach("cancel", reservation=one("R3"), reason="health") == (
        "not_cancellable", "basic economy",
    )  # fmt: skip
    assert cancelled("R3", "other", changed(put_status("HAT004", "2024-05-19", **CALLED_OFF)))
    edge = changed(put_reservation("R1", created_at="2024-05-14T15:00:00"))
    assert cancelled("R1", "other", edge)
    before = changed(put_reservation("R1", created_at="2024-05-14T14:59:59"))
    assert breach("cancel", before, reservation=one("R1"), reason="other") == refused
    unclear("cancel", reservation=one("R2"), reason="bored")


def test_what_was_flown_is_handed_over_and_only_up_to_today() -> None:
    for intent, rest in [
        ("cancel", {}),
        ("cancel_or_change", {"trip": {"back": {"dates": [SOON]}}, "payment": CARD}),
    ]:
        assert meaning(intent, reservation=one("R6"), reason="other", **rest).handed_over
    called_off = changed(put_status("HAT001", PAST, **CALLED_OFF))
    assert writes("cancel", called_off, reservation=one("R6"), reason="other")
    odd = {"status": "landed", "actual_departure_time_est": "", "actual_arrival_time_est": ""}
    ahead = changed(put_status("HAT002", SOON, **odd))
    assert writes("cancel", ahead, reservation=one("R2"), reason="other")


def test_a_flight_that_the_timetable_lacks_is_unclear_where_it_is_looked_at() -> None:
    lost = changed(lambda db: db.flights.delete("HAT001"))
    unclear("cancel", lost, reservation=one("R1"), reason="other")
    recent = changed(lambda db: db.flights.delete("HAT002"))
    assert PROOF.meaning(
        recent, ME, ask("cancel", reservation=one("R2"), reason="other")
    ).writes == (Call("cancel_reservation", {"reservation_id": "R2"}),)


def test_each_that_may_be_cancelled_is_cancelled() -> None:
    def cancelled(db: AirlineDB = DB, **query: Any) -> list[str]:
        reference = {**query, "every": True}
        return [w["reservation_id"] for w in writes("cancel", db, reservation=reference,
                                                    reason="weather")]  # fmt: skip

    assert cancelled(**where(("passengers", "under", 2), ("departure", "over", TODAY))) == [
        "R2", "R4",
    ]  # fmt: skip
    assert cancelled(scope=["R4", "R2", "R9"]) == ["R2", "R4"]
    unclear("cancel", reservation=where(ACTIVE, every=True), reason="weather")
    reason = {"reason": "weather"}
    for scope, said in [
        (["R1", "R3"], ("not_cancellable", "economy")),
        (["R5", "R3"], ("not_cancellable", "basic economy")),
        (["R5"], ("already_cancelled", "cancelled")),
        (["R9"], ("other_user", "R9")),
    ]:
        reference = {"scope": scope, "every": True}
        assert breach("cancel", reservation=reference, **reason) == said


def test_what_cannot_be_cancelled_is_changed_instead() -> None:
    values = {"reason": "other", "trip": {"there": {"dates": [LATER], "by": "price",
              "extreme": "lowest", "stops": "direct"}}, "payment": CARD}  # fmt: skip
    assert writes("cancel_or_change", reservation=one("R2"), **values) == [{"reservation_id": "R2"}]
    (change,) = writes("cancel_or_change", reservation=one("R1"), **values)
    assert change["flights"] == [{"flight_number": "HAT002", "date": LATER}]
    assert breach("cancel_or_change", reservation=one("R3"), **values) == (
        "basic_economy", "basic economy",
    )  # fmt: skip


# Compensation


def compensation(key: str, what: str, db: AirlineDB = DB, **rest: Any) -> Meaning:
    flight = rest.pop("flight", None)
    claim = {"what": what, **({"flight": flight} if flight else {})}
    return meaning("compensation", db, reservation=one(key), claim=claim, **rest)


def reasons(found: Meaning) -> set[tuple[str, str]]:
    assert not found.writes
    return set(found.breaches)


def test_a_certificate_makes_up_for_a_cancelled_or_delayed_flight() -> None:
    off = changed(put_status("HAT001", SOON, **CALLED_OFF))
    gift = Call("send_certificate", {"user_id": ME, "amount": 200})
    assert compensation("R1", "cancelled", off).writes == (gift,)
    assert compensation("R1", "cancelled", off, flight="HAT001").writes == (gift,)
    assert compensation("R7", "delayed", reason="health").writes == (
        Call("cancel_reservation", {"reservation_id": "R7"}),
        Call("send_certificate", {"user_id": ME, "amount": 100}),
    )
    trip = {"back": {"dates": [LATER], "by": "price", "extreme": "lowest"}}
    first, second = compensation("R7", "delayed", trip=trip, payment=CARD).writes
    assert first.name == "update_reservation_flights"
    assert second.arguments["amount"] == 100
    assert compensation(
        "R5", "cancelled", changed(put_status("HAT002", LATER, **CALLED_OFF))
    ).writes


def test_what_stands_against_a_compensation() -> None:
    assert reasons(compensation("R404", "delayed")) == {("only_after_change", "delayed")}
    regular = changed(put_user(membership="regular"))
    assert reasons(compensation("R1", "cancelled", regular)) == {("not_eligible", "regular")}
    for key in ("R2", "R4"):
        assert reasons(compensation(key, "cancelled", regular)) == {("not_cancelled", key)}
    assert reasons(compensation("R1", "cancelled", flight="HAT001")) == {
        ("not_cancelled", "available")
    }
    assert reasons(compensation("R2", "delayed", reason="other")) == {("not_delayed", "R2")}
    assert reasons(compensation("R7", "delayed", reason="other")) == {
        ("not_cancellable", "economy")
    }
    assert compensation("R6", "delayed", changed(
        put_status("HAT003", LATER, status="delayed", estimated_departure_time_est="",
                   estimated_arrival_time_est="")), reason="other").handed_over  # fmt: skip
    voucher = {"kind": "certificate"}
    trip = {"back": {"dates": [LATER]}}
    assert reasons(compensation("R404", "delayed", trip=trip, payment=voucher)) == {
        ("certificate_not_allowed", "certificate")
    }
    for rest in (
        {"reason": "other", "trip": trip, "payment": CARD},
        {"trip": trip},
        {"payment": CARD},
        {"flight": "HAT009"},
    ):
        with pytest.raises(UnclearError):
            compensation("R7", "cancelled", **rest)


# Flights


def lowest(by: str, **rest: Any) -> dict[str, Any]:
    return {"by": by, "extreme": "lowest", **rest}


def flights_told(
    topic: str = "flights", db: AirlineDB = DB, cabin: str = "economy", **j: Any
) -> Any:
    journey = {"origins": ["JFK"], "destinations": ["SFO"], "dates": [SOON], **j}
    return told("about_flights", db, journey=journey, cabin={"cabins": [cabin]}, topic=topic)


@pytest.mark.parametrize(
    ("journey", "numbers"),
    [
        (lowest("price", stops="direct"), ("HAT002",)),
        (lowest("price"), ("HAT007", "HAT006")),
        (lowest("leaves", stops="direct"), ("HAT001",)),
        (lowest("leaves"), ("HAT004", "HAT005")),
        (lowest("lands"), ("HAT004", "HAT005")),
        ({"by": "lands"}, ("HAT007", "HAT005")),
        (lowest("duration"), ("HAT002",)),
        ({"by": "duration"}, ("HAT007", "HAT005")),
        ({"by": "price", "rank": 2}, ("HAT002",)),
        (lowest("price", **where(("via", "is", ""))), ("HAT002",)),
        (lowest("price", **where(("lands", "under", "24:00"))), ("HAT004", "HAT005")),
        (where(("flight", "has", "HAT008")), ("HAT007", "HAT008")),
        (where(("flight", "lacks", "HAT001"), stops="direct"), ("HAT002",)),
        (where(("leaves", "over", "08:00"), ("price", "over", 100)), ("HAT002",)),
        (where(("layover", "over", 0), ("duration", "under", 301)), ("HAT004", "HAT005")),
        (lowest("leaves", dates=[LATER, SOON], origins=["JFK", "LAX"],
                **where(("price", "over", 180))), None),
    ],
)  # fmt: skip
def test_a_journey_means_flights(journey: dict[str, Any], numbers: tuple[str, ...] | None) -> None:
    if numbers is None:
        request = ask("about_flights", journey={"destinations": ["SFO"], **journey},
                      cabin={"cabins": ["economy"]}, topic="price")  # fmt: skip
        with pytest.raises(UnclearError):
            PROOF.meaning(DB, ME, request)
    else:
        assert flights_told(**journey) == numbers


def test_a_candidate_is_told_by_its_times_and_price() -> None:
    late = {"by": "lands"}
    topics = {"price": 90.0, "leaves": "22:00", "lands": "35:00", "duration": 780.0}
    for topic, value in topics.items():
        assert flights_told(topic, **late) == (value,)
    assert flights_told("count") == (6.0,)
    assert flights_told("count", stops="direct") == (2.0,)
    assert flights_told("count", stops="one_stop", **where(("layover", "is", 30))) == (2.0,)
    assert flights_told("count", **where(("price", "over", 999))) == (0.0,)
    assert flights_told("count", dates=[SOON, SOON]) == (6.0,)
    assert flights_told("count", changed(sold_out("HAT008", "2024-05-19"))) == (5.0,)
    assert flights_told("count", changed(put_status("HAT001", SOON, **CALLED_OFF))) == (5.0,)
    assert flights_told("price", cabin="business", **late) == (270.0,)


def test_flights_can_be_unclear_or_missing() -> None:
    cabin = {"cabins": ["economy"]}
    full = {"origins": ["JFK"], "destinations": ["SFO"], "dates": [SOON]}
    for wrong in (
        full,
        {**full, "origins": []},
        {**full, "by": "price", "dates": {"days": [1]}},
        {**full, "by": "colour"},
        {**full, "by": "price", "dates": ["2024-05-99"]},
    ):
        unclear("about_flights", journey=wrong, cabin=cabin, topic="price")
    unclear("about_flights", journey={**full, "by": "lands"}, cabin=cabin, topic="colour")
    two = {"cabins": ["economy", "business"]}
    unclear("about_flights", journey={**full, "by": "lands"}, cabin=two, topic="price")
    nowhere = {**full, "destinations": ["LAX", "SFO"], **where(("price", "over", 999))}
    assert breach("about_flights", journey=nowhere, cabin=cabin, topic="price") == (
        "no_flights", "LAX",
    )  # fmt: skip
    for edge, day in (("start", SOON), ("end", LATER)):
        dates = {"days": [0], "trip": one("R2"), "edge": edge}
        by = {**full, "dates": dates, "stops": "direct", **lowest("leaves")}
        assert told("about_flights", journey=by, cabin=cabin, topic="count") == (2.0,)
        off = changed(put_status("HAT001", day, **CALLED_OFF))
        assert told("about_flights", off, journey=by, cabin=cabin, topic="leaves") == ("14:00",)


# Booking

THERE = {"origins": ["JFK"], "destinations": ["SFO"], "dates": [SOON], "stops": "direct",
         **lowest("price")}  # fmt: skip
BOOKING: dict[str, Any] = {
    "trip": {"there": THERE}, "cabin": {"cabins": ["economy"]},
    "passengers": {"people": [{"me": True}]}, "bags": {"in_all": 0}, "insurance": "no",
    "payment": {"split": [CARD]},
}  # fmt: skip


def booked(db: AirlineDB = DB, **values: Any) -> dict[str, Any]:
    (found,) = writes("book", db, **{**BOOKING, **values})
    return found


def test_a_booking_has_all_that_was_asked_for() -> None:
    assert booked() == {
        "user_id": ME, "origin": "JFK", "destination": "SFO", "flight_type": "one_way",
        "cabin": "economy", "flights": [{"flight_number": "HAT002", "date": SOON}],
        "passengers": [ANN], "payment_methods": [{"payment_id": "card_a", "amount": 150}],
        "total_baggages": 0, "nonfree_baggages": 0, "insurance": "no",
    }  # fmt: skip
    back = {"dates": {"days": [2, 3]}, "stops": "direct", **lowest("price", rank=2)}
    unclear("book", **{**BOOKING, "trip": {"there": THERE, "back": back}})
    back |= {"dates": {"days": [2]}, "rank": 1}
    trip = booked(trip={"there": THERE, "back": back}, insurance="yes", bags={"each": 3},
                  passengers={"people": [{"saved": "Dan Elk"}, {"given": BOB}]})  # fmt: skip
    assert [each["flight_number"] for each in trip["flights"]] == ["HAT002", "HAT009"]
    assert (trip["flight_type"], trip["passengers"]) == ("round_trip", [DAN, BOB])
    assert (trip["total_baggages"], trip["nonfree_baggages"]) == (6, 2)
    assert trip["payment_methods"][0]["amount"] == (150 + 120 + 30) * 2 + 2 * 50


def test_the_first_cabin_counts_in_which_the_flights_can_be_had() -> None:
    off = changed(sold_out("HAT001", SOON, "business"), sold_out("HAT002", SOON, "business"))
    wish = {"cabins": ["business", "economy"]}
    assert booked(cabin=wish)["cabin"] == "business"
    assert booked(off, cabin=wish)["cabin"] == "economy"
    assert breach("book", off, **{**BOOKING, "cabin": {"cabins": ["economy", "business"][1:]}}) == (
        "no_flights", "SFO",
    )  # fmt: skip
    back = {"dates": [LATER], **where(("price", "over", 999))}
    assert breach("book", **{**BOOKING, "trip": {"there": THERE, "back": back}}) == (
        "no_flights", "JFK",
    )  # fmt: skip
    unclear("book", **{**BOOKING, "cabin": {"cabins": ["economy"], "fare": 150}})


@pytest.mark.parametrize(
    "changes",
    [
        {"trip": {}},
        {"trip": {"there": {**THERE, "origins": []}}},
        {"trip": {"there": {**THERE, "dates": {"days": [1]}}}},
        {"trip": {"there": THERE, "back": {"dates": ["2024-05-17"], **lowest("price")}}},
        {"trip": {"there": THERE, "back": {"dates": [LATER], "origins": ["SFO"]}}},
        {"passengers": {"people": [{"saved": "Eve Owl"}]}},
        {"passengers": {"same_as": one("R1"), "without": ["Ann Lee", "Bob Ray"]}},
        {"passengers": {"same_as": one("R1"), "without": ["Eve Owl"]}},
        {"bags": {"more": 1}},
        {"insurance": "maybe"},
        {"payment": {"split": [CARD, {"method": "card_a"}]}},
        {"payment": {"split": [{"kind": "gift_card"}]}},
        {"payment": {"split": [{"method": "card_b"}]}},
        {"payment": {"split": [{"balance_of": "gift_card", "extreme": "highest", "rank": 3}]}},
    ],
)
def test_a_booking_can_be_unclear(changes: dict[str, Any]) -> None:
    unclear("book", **{**BOOKING, **changes})


def test_flights_that_the_user_looked_up_have_to_be_so() -> None:
    known = {"flights": [{"flight_number": "HAT004", "date": SOON},
                         {"flight_number": "HAT005", "date": SOON}],
             "fare": 110, "ends": ["JFK", "SFO"]}  # fmt: skip

    def trip(**changes: Any) -> dict[str, Any]:
        return {**BOOKING, "trip": {"there": {**known, **changes}}}

    assert len(booked(**trip())["flights"]) == 2
    late = [known["flights"][0], {"flight_number": "HAT006", "date": SOON}]
    for wrong in ({"fare": 111}, {"ends": None}, {"ends": ["LAX", "SFO"]},
                  {"flights": late, "fare": 70}):  # fmt: skip
        unclear("book", **trip(**wrong))
    unclear("book", **{**trip(), "cabin": {"cabins": ["economy", "business"]}})
    unclear("book", changed(sold_out("HAT005", SOON)), **trip())
    own = {"trip": {"there": {**known, "ends": None}}, "payment": CARD}
    (change,) = writes("change_flights", reservation=one("R1"), **own)
    assert len(change["flights"]) == 2
    unclear("change_flights", reservation=one("R1"), payment=CARD, trip={"there": known})


def test_each_method_pays_what_is_left_in_whole_dollars() -> None:
    def paid(*split: Any, db: AirlineDB = DB, **values: Any) -> dict[str, int]:
        shares = booked(db, payment={"split": list(split)}, **values)["payment_methods"]
        return {share["payment_id"]: share["amount"] for share in shares}

    gift = {"balance_of": "gift_card", "extreme": "lowest"}
    voucher = {"balance_of": "certificate", "extreme": "lowest"}
    assert paid(voucher, gift, CARD) == {"voucher_a": 100, "gift_a": 20, "card_a": 30}
    assert paid(gift, voucher, CARD) == {"gift_a": 20, "voucher_a": 100, "card_a": 30}
    assert paid({"method": "voucher_b"}, CARD) == {"voucher_b": 150}
    assert paid({"paid_for": one("R2")}) == {"gift_b": 150}
    poor = {**BOOKING, "payment": {"split": [voucher, gift]}}
    assert breach("book", **poor) == ("balance_too_low", "150")
    both = {**BOOKING, "payment": {"split": [voucher, {"method": "voucher_b"}]}}
    assert breach("book", **both) == ("too_many_methods", "certificate")
    assert paid({"method": "voucher_b"}, voucher) == {"voucher_b": 150}
    cards = with_methods(*(worth(f"gift_{n}", 30) for n in range(4)), card("card_c", "1"))
    gifts = {"split": [{"method": f"gift_{n}"} for n in range(4)] + [CARD]}
    assert breach("book", cards, **{**BOOKING, "payment": gifts}) == (
        "too_many_methods", "gift card",
    )  # fmt: skip
    tie = {"split": [{"balance_of": "gift_card", "extreme": "highest"}]}
    unclear("book", cards, **{**BOOKING, "payment": tie})


def test_what_forbids_a_booking_comes_in_order() -> None:
    six = {"people": [{"given": BOB}] * 6}
    limit = {"condition": {"at_most": 149}}
    guard = {"condition": {"figure": "count", "reservations": {}, "test": "over", "value": 99}}
    nowhere = {"trip": {"there": {**THERE, "origins": ["LAX"], "destinations": ["ORD"]}}}
    poor = {"payment": {"split": [{"method": "gift_a"}]}}
    many = changed(put_reservation("R3", passengers=[ANN] * 6))
    steps: list[tuple[dict[str, Any], tuple[str, str]]] = [
        ({"passengers": six}, ("too_many_passengers", "6")),
        (guard, ("condition_not_met", "7")),
        ({"passengers": {"same_as": one("R3")}}, ("too_many_passengers", "6")),
        (nowhere, ("no_flights", "ORD")),
        ({**limit, **poor}, ("too_expensive", "150")),
        (poor, ("balance_too_low", "150")),
    ]
    for place, (_, said) in enumerate(steps):
        together: dict[str, Any] = {}
        for worse, _ in reversed(steps[place:]):
            together |= worse
        assert breach("book", many, **{**BOOKING, **together}) == said
    assert booked(condition={"at_most": 150})


# Changes


def change(key: str, db: AirlineDB = DB, **values: Any) -> dict[str, Any]:
    (found,) = writes("change_flights", db, reservation=one(key), **{"payment": CARD, **values})
    return found


def numbers(found: Mapping[str, Any]) -> list[str]:
    return [f"{each['flight_number']} {each['date'][-2:]}" for each in found["flights"]]


def test_a_direction_that_is_left_out_stays() -> None:
    there = {"dates": {"days": [1]}, "stops": "direct", **lowest("price")}
    assert numbers(change("R2", trip={"there": there})) == ["HAT002 19", "HAT003 20"]
    back = {"dates": {"days": [0, 1]}, "stops": "direct", "by": "price"}
    assert numbers(change("R2", trip={"back": back})) == ["HAT002 18", "HAT003 21"]
    assert numbers(change("R2", trip={"there": there, "back": back})) == ["HAT002 19", "HAT003 21"]
    assert numbers(change("R1", trip={"there": {"dates": [SOON], "stops": "direct"}})) == [
        "HAT002 18"
    ]
    for key, trip in (("R1", {"back": back}), ("R1", {}), ("R2", {"there": {
            "dates": [LAST], **lowest("price")}})):  # fmt: skip
        unclear("change_flights", reservation=one(key), trip=trip, payment=CARD)


def test_the_way_back_does_not_leave_before_the_way_there_has_landed() -> None:
    late = {"dates": [SOON], "stops": "direct", **lowest("price")}
    early = {**late, "extreme": "highest"}
    assert booked(trip={"there": THERE, "back": late})["flight_type"] == "round_trip"
    unclear("book", **{**BOOKING, "trip": {"there": THERE, "back": early}})
    assert numbers(change("R2", trip={"back": late})) == ["HAT002 18", "HAT009 18"]
    unclear("change_flights", reservation=one("R2"), trip={"back": early}, payment=CARD)


def test_what_forbids_a_change_of_flights() -> None:
    there = {"dates": [LAST], "stops": "direct", **lowest("price")}

    def said(key: str, db: AirlineDB = DB, **values: Any) -> tuple[str, str]:
        full = {"trip": {"there": there}, "payment": CARD, **values}
        return breach("change_flights", db, reservation=one(key), **full)

    assert said("R3") == ("basic_economy", "basic economy")
    assert said("R6") == ("flown", "HAT001")
    assert numbers(change("R6", trip={"back": {**there, "dates": [LAST]}}))
    assert said("R6", trip={"back": there}, cabin={"cabins": ["economy", "business"]}) == (
        "flown", "HAT001",
    )  # fmt: skip
    assert said("R1", trip={"there": {**there, "destinations": ["ORD"]}}) == ("other_route", "SFO")
    assert said("R2", trip={"back": {**there, "origins": ["JFK"]}}) == ("other_route", "JFK")
    assert numbers(change("R1", trip={"there": {**there, "origins": ["JFK"]}})) == ["HAT002 21"]
    none = {"there": {**there, **where(("price", "under", 1))}}
    assert said("R1", trip=none) == ("no_flights", "SFO")
    assert said("R1", payment={"kind": "certificate"}) == ("certificate_not_allowed", "certificate")
    assert said("R3", payment={"balance_of": "certificate", "extreme": "lowest"}) == (
        "certificate_not_allowed", "certificate",
    )  # fmt: skip
    assert said("R1", payment={"method": "voucher_a"}) == ("certificate_not_allowed", "certificate")


def test_a_flight_that_stays_has_to_be_had_in_another_cabin() -> None:
    there = {"there": {"dates": ["2024-05-19"], "stops": "direct", **lowest("price")}}
    values = {"trip": there, "cabin": {"cabins": ["business"]}, "payment": CARD}
    assert change("R2", **values)["cabin"] == "business"
    off = changed(sold_out("HAT003", LATER, "business"))
    assert breach("change_flights", off, reservation=one("R2"), **values) == ("no_seats", "HAT003")
    either = {**values, "cabin": {"cabins": ["business", "economy"]}}
    assert change("R2", off, **either)["cabin"] == "economy"


def test_a_change_of_the_cabin_keeps_the_flights_at_the_fares_of_today() -> None:
    def cabin(*cabins: str, db: AirlineDB = DB, key: str = "R1", **rest: Any) -> dict[str, Any]:
        wish = {"cabins": list(cabins), **rest}
        return {"db": db, "reservation": one(key), "cabin": wish, "payment": CARD}

    (found,) = writes("change_cabin", **cabin("business"))
    assert (found["cabin"], numbers(found)) == ("business", ["HAT001 18"])
    assert writes("change_cabin", **cabin("business", key="R3"))
    already = ("nothing_to_change", "already")
    assert breach("change_cabin", **cabin("economy")) == already
    off = changed(sold_out("HAT001", SOON, "business"))
    assert breach("change_cabin", **cabin("business", "economy", db=off)) == already
    assert breach("change_cabin", **cabin("business", db=off)) == ("no_seats", "HAT001")
    assert breach("change_cabin", **cabin("economy", key="R6")) == ("flown", "HAT001")
    assert writes("change_cabin", **cabin("business", fare=600))
    for wrong in (cabin("business", fare=601), cabin("business", "basic_economy", fare=600),
                  cabin("business", db=off, fare=600)):  # fmt: skip
        unclear("change_cabin", **wrong)
    limited = {**cabin("business"), "condition": {"at_most": 799}}
    assert breach("change_cabin", **limited) == ("too_expensive", "800")
    assert writes("change_cabin", **{**limited, "condition": {"at_most": 800}})


def test_a_gift_card_has_to_cover_the_whole_price_of_a_change() -> None:
    values = {"reservation": one("R3"), "cabin": {"cabins": ["economy"]}}
    gift = {"balance_of": "gift_card", "extreme": "lowest"}
    assert writes("change_cabin", **values, payment=gift)  # for nothing: fares are as they were
    dear = {"reservation": one("R1"), "cabin": {"cabins": ["business"]}}
    assert breach("change_cabin", **dear, payment=gift) == ("balance_too_low", "20.50")
    first = {"first_covering": [gift, CARD]}
    (found,) = writes("change_cabin", **dear, payment=first)
    assert found["payment_id"] == "card_a"
    last = {"first_covering": [gift, {**gift, "rank": 2}]}
    assert breach("change_cabin", **dear, payment=last) == ("balance_too_low", "250.75")
    voucher = {"balance_of": "certificate", "extreme": "lowest"}
    unclear("change_cabin", **dear, payment={"first_covering": [CARD, voucher]})
    (found,) = writes("change_cabin", reservation=one("R2"), cabin={"cabins": ["basic_economy"]},
                      payment={"original": True})  # fmt: skip
    assert found["payment_id"] == "gift_b"
    gone = with_methods(card("card_c", "1"))
    unclear("change_cabin", gone, **dear, payment={"original": True})
    unclear("change_cabin", gone, **dear, payment={"paid_for": one("R2")})
    first = DB.reservations["R2"].payment_history[0]
    two = (first, first.replace(payment_id="card_a"))
    either = changed(put_reservation("R2", payment_history=two))
    unclear("change_cabin", either, **dear, payment={"paid_for": one("R2")})


# Bags and passengers


@pytest.mark.parametrize(
    ("key", "bags", "total", "nonfree"),
    [
        ("R1", {"more": 1}, 6, 2),
        ("R1", {"in_all": 7}, 7, 3),
        ("R1", {"each": 3}, 6, 2),
        ("R2", {"free": True}, 2, 0),
        ("R2", {"bags_of": one("R4")}, 1, 0),
        ("R3", {"in_all": 4}, 4, 1),
        ("R6", {"more": 1}, 1, 0),
    ],
)
def test_bags_are_counted_and_beyond_the_allowance_not_free(
    key: str, bags: Any, total: int, nonfree: int
) -> None:
    (found,) = writes("add_bags", reservation=one(key), bags=bags, payment=CARD)
    assert (found["total_baggages"], found["nonfree_baggages"]) == (total, nonfree)


def test_bags_are_never_removed_and_cost_fifty_dollars() -> None:
    def said(bags: Any, payment: Any = CARD, **rest: Any) -> tuple[str, str]:
        return breach("add_bags", reservation=one("R1"), bags=bags, payment=payment, **rest)

    assert said({"in_all": 4}) == ("bags_removed", "5")
    assert said({"in_all": 5}) == ("nothing_to_change", "already")
    assert said({"free": True}) == ("nothing_to_change", "already")
    gift = {"method": "gift_a"}
    assert said({"more": 1}, gift) == ("balance_too_low", "20.50")
    assert said({"more": 2}, condition={"at_most": 99}) == ("too_expensive", "100")
    gold = changed(put_user(membership="gold"))
    (found,) = writes("add_bags", gold, reservation=one("R1"), bags={"more": 1}, payment=gift)
    assert found["nonfree_baggages"] == 0
    for membership, free in (("regular", 2), ("silver", 4), ("gold", 6)):
        db = changed(put_user(membership=membership))
        assert told("about_allowance", db, reservation=one("R1")) == (float(free),)


def test_passengers_are_swapped_put_right_or_those_of_another_trip() -> None:
    def people(passengers: Any, key: str = "R1") -> list[dict[str, str]]:
        (found,) = writes("change_passengers", reservation=one(key), passengers=passengers)
        return list(found["passengers"])

    assert people({"swaps": {"Bob Ray": {"saved": "Cat Fox"}}}) == [ANN, CAT]
    assert people({"swaps": {"Bob Ray": {"last_name": "Roy"}}}) == [
        ANN,
        {**BOB, "last_name": "Roy"},
    ]
    assert people({"swaps": {"Ann Lee": {"given": DAN}, "Bob Ray": {"me": True}}}) == [DAN, ANN]
    assert people({"same_as": one("R7")}) == [ANN, DAN]
    assert people({"same_as": one("R3"), "without": ["Ann Lee"]}) == [BOB, CAT]


def people_after(request: Request, other: str) -> set[str]:
    """Return who could travel if the other reservation were another one, each as all the names."""
    right = PROOF.meaning(DB, ME, request).writes
    assert right
    found = set[str]()
    for edit in PROOF.edits(DB, ME, request, "reservations", other):
        with suppress(ValueError, UnclearError):
            after = PROOF.meaning(
                changed(lambda db, edit=edit: PROOF.apply(db, edit)), ME, request
            ).writes
            for call in after if after != right else ():
                names = (each["first_name"] for each in call.arguments["passengers"])
                found.add(f"{call.arguments.get('reservation_id', 'new')}: {' '.join(names)}")
    return found


CAT_FOR_ANN: Any = {"swaps": {"Ann Lee": {"saved": "Cat Fox"}}}


@pytest.mark.parametrize(
    ("reservation", "passengers", "other", "people"),
    [
        # Who is swapped has to be on the other one as well, which then has the rank.
        (where(by="total", extreme="lowest", rank=2, scope=["R4", "R1"]), CAT_FOR_ANN, "R4", "Cat"),
        (
            where(by="total", extreme="highest", scope=["R4", "R1"]),
            {"swaps": {"Ann Lee": {"saved": "Cat Fox"}, "Bob Ray": {"saved": "Dan Elk"}}},
            "R4",
            "Dan Cat",
        ),
        # So have those whom the conditions name.
        (
            where(("traveller", "has", "Bob Ray"), by="total", extreme="highest", scope="all"),
            CAT_FOR_ANN,
            "R2",
            "Bob Cat",
        ),
    ],
)
def test_those_who_are_swapped_could_be_on_another_reservation(
    reservation: Any, passengers: Any, other: str, people: str
) -> None:
    request = ask("change_passengers", reservation=reservation, passengers=passengers)
    wanted = {f"{other}: {people}", f"{other}: {' '.join(reversed(people.split()))}"}
    assert wanted & people_after(request, other)


@pytest.mark.parametrize(
    ("same_as", "without", "other"),
    [
        (where(by="created", extreme="lowest", scope=["R3", "R4"]), ["Ann Lee"], "R4"),
        # Those who are left out may be all that there are, or be named by the conditions as well.
        (where(by="created", extreme="highest", scope=["R3", "R1"]), ["Ann Lee", "Bob Ray"], "R1"),
        (
            where(
                ("traveller", "has", "Cat Fox"), by="created", extreme="lowest", scope=["R3", "R4"]
            ),
            ["Ann Lee", "Bob Ray"],
            "R4",
        ),
    ],
)
def test_those_who_are_left_out_could_be_on_another_reservation(
    same_as: Any, without: list[str], other: str
) -> None:
    request = ask("book", **{**BOOKING, "passengers": {"same_as": same_as, "without": without}})
    assert len(people_after(request, other)) > 0


def test_what_stands_against_a_change_of_passengers() -> None:
    def said(passengers: Any, key: str = "R1", db: AirlineDB = DB) -> tuple[str, str]:
        return breach("change_passengers", db, reservation=one(key), passengers=passengers)

    assert said({"change": "add", "people": ["Cat Fox"]}, "R404") == ("passenger_count", "number")
    assert said({"same_as": one("R3")}) == ("passenger_count", "number")
    assert said({"swaps": {"Ann Lee": {"me": True}}}) == ("nothing_to_change", "already")
    many = changed(put_reservation("R3", passengers=[ANN] * 6))
    assert said({"same_as": one("R3")}, "R1", many) == ("too_many_passengers", "6")
    twins = changed(put_reservation("R1", passengers=[BOB, BOB]))
    for db, swaps in ((DB, {"Eve Owl": {"me": True}}), (twins, {"Bob Ray": {"me": True}})):
        unclear("change_passengers", db, reservation=one("R1"), passengers={"swaps": swaps})


# The rest


def test_what_is_always_refused_or_handed_over() -> None:
    assert breach("add_insurance", reservation=one("R404")) == (
        "insurance_after_booking", "insurance",
    )  # fmt: skip
    assert meaning("outside", matter="lost bag").handed_over


def test_what_a_reservation_is_like_is_told() -> None:
    topics = {"total": 450.0, "passengers": 2.0, "bags": 5.0, "cabin": "economy", "departure": SOON,
              "flight_status": "available"}  # fmt: skip
    for topic, value in topics.items():
        assert told("about_reservation", reservation=one("R1"), topic=topic) == (value,)
    assert told("about_reservation", reservation=one("R3"), topic="cabin") == ("basic economy",)
    unclear("about_reservation", reservation=one("R1"), topic="colour")


def test_facts_of_another_intent_are_unclear() -> None:
    unclear("cancel", reservation=one("R2"))
    unclear("cancel", reservation=one("R2"), reason="other", payment=CARD)
    unclear("juggle")
    unclear("cancel", reservation=one("R2"), reason="other", condition={"at_most": 5})
    with pytest.raises(UnclearError):
        meaning("outside", caller="nobody", matter="x")


def test_a_caller_is_known_by_id_name_and_other_facts() -> None:
    name = {"first": "ann", "last": "LEE"}
    for identity, users in [
        ({"user_id": ME}, [ME]),
        ({"user_id": ME, "name": name}, [ME]),
        ({"user_id": OTHER, "name": name}, []),
        ({"user_id": "nobody"}, []),
        ({"name": name}, [ME]),
        ({"dob": "1980-01-01", "zip": "11111"}, [ME, OTHER]),
        ({"email": "BOB_RAY_2@example.com"}, [OTHER]),
        ({"shoe_size": "9"}, []),
    ]:
        assert list(PROOF.callers(DB, identity)) == users


def test_equal_writes_look_equal() -> None:
    people = ({"dob": "1", "first_name": "a"}, {"first_name": "b", "dob": "2"})
    call = Call("update_reservation_passengers", {"passengers": people})
    assert PROOF.canonical(call).key == (
        "update_reservation_passengers "
        "[('passengers', [{'dob': '1', 'first_name': 'a'}, {'dob': '2', 'first_name': 'b'}])]"
    )


def test_a_read_shows_a_record() -> None:
    route = {"origin": "SFO", "destination": "JFK", "date": SOON}
    reads = {
        "get_reservation_details": ({"reservation_id": "R1"}, ("reservations", "R1")),
        "get_user_details": ({"user_id": ME}, ("users", ME)),
        "get_flight_status": (
            {"flight_number": "HAT001", "date": SOON}, ("statuses", f"HAT001 {SOON}")),
        "search_direct_flight": (
            route, ("searches", f"search_direct_flight SFO JFK {SOON}")),
        "search_onestop_flight": (
            route, ("searches", f"search_onestop_flight SFO JFK {SOON}")),
        "list_all_airports": ({}, None),
    }  # fmt: skip
    for name, (arguments, record) in reads.items():
        assert PROOF.records(DB, Call(name, arguments)) == ([record] if record else [])
    assert PROOF.records(DB, Call("get_user_details", {})) == []


# Decisions


def decided(intent: str, db: AirlineDB = DB, **values: Any) -> list[Decision]:
    return list(PROOF.decisions(db, ME, ask(intent, **values)))


def test_the_choices_among_reservations_and_methods() -> None:
    assert decided("cancel", reservation=one("R2"), reason="other") == []
    by_bags = where(ACTIVE, ("departure", "over", TODAY), by="bags", rank=2)
    assert decided("cancel", reservation=by_bags, reason="other") == [
        Decision("reservation", ("R2", "R4"), ("R4",))
    ]
    every = {"scope": ["R2", "R3", "R4"], "every": True}
    assert decided("cancel", reservation=every, reason="other") == [
        Decision("reservation", ("R2", "R4"), ("R2", "R4"), together=True)
    ]
    beside = {"beside": where(by="passengers"), "step": 1, "order": "created"}
    assert decided("cancel", reservation=beside, reason="health") == [
        Decision("reservation", ("R4", "R7", "R2"), ("R4",))
    ]
    values = {"reservation": one("R1"), "bags": {"bags_of": where(by="bags")}}
    assert decided("add_bags", **values, payment=CARD) == []
    gift = {"balance_of": "gift_card", "extreme": "highest"}
    assert decided("add_bags", reservation=one("R2"), bags={"more": 1}, payment=gift) == [
        Decision("payment", ("gift_a", "gift_b"), ("gift_b",))
    ]
    assert decided("about_allowance", reservation=where(by="total")) == []
    assert decided("add_insurance", reservation=one("R1")) == []


def test_the_choices_among_flights_and_cabins() -> None:
    values = {
        **BOOKING,
        "cabin": {"cabins": ["economy", "business"]},
        "payment": {"split": [{"balance_of": "certificate", "extreme": "highest"}, CARD]},
    }
    assert decided("book", **values) == [
        Decision("cabin", ("economy", "business"), ("economy",)),
        Decision("there", (f"HAT001 {SOON}", f"HAT002 {SOON}"), (f"HAT002 {SOON}",)),
        Decision("payment 0", ("voucher_a", "voucher_b"), ("voucher_b",)),
    ]  # fmt: skip
    back = {"dates": [LATER, LAST], "stops": "direct", "where": [], **lowest("price")}
    db = changed(sold_out("HAT009", LAST))
    found = decided("change_flights", db, reservation=one("R2"), payment=CARD, trip={"back": back})
    assert found == [Decision("back", (f"HAT009 {LATER}", f"HAT003 {LAST}"), (f"HAT009 {LATER}",))]


def test_what_was_picked_is_taken_for_what_is_meant() -> None:
    request = ask("book", **BOOKING)
    picks = {"there": f"HAT001 {SOON}"}
    (call,) = PROOF.meaning(DB, ME, request, picks).writes
    assert numbers(call.arguments) == ["HAT001 18"]
    assert PROOF.decisions(DB, ME, request, picks) == []


# Edits


def necessary(request: Request, db: AirlineDB = DB) -> set[tuple[str, str]]:
    """Return the records that an edit shows to be necessary, all other reads kept."""
    moment = Moment(AIRLINE, db.session(), ME, {}, request)
    records = list(PROOF.around(moment.session, ME, request))
    reads = {record: read_of(*record) for record in records}
    found = set()
    for record, read in reads.items():
        others = [other for other in reads.values() if other is not read]
        if any(
            moment.witness(read, others, keeps)
            for keeps in (
                [moment.keeps_write(call) for call in moment.meaning.writes]
                or [moment.keeps_answer()]
            )
        ):
            found.add(record)
    return found


def read_of(table: str, key: str) -> Call:
    match table, key.split(" "):
        case "users", [user_id]:
            return Call("get_user_details", {"user_id": user_id})
        case "reservations", [reservation_id]:
            return Call("get_reservation_details", {"reservation_id": reservation_id})
        case "statuses", [number, date]:
            return Call("get_flight_status", {"flight_number": number, "date": date})
        case _, [tool, origin, destination, date]:
            route = {"origin": origin, "destination": destination, "date": date}
            return Call(tool, route)
    raise AssertionError(table)


def direct(origin: str, destination: str, date: str) -> tuple[str, str]:
    return "searches", f"search_direct_flight {origin} {destination} {date}"


def one_stop(origin: str, destination: str, date: str) -> tuple[str, str]:
    return "searches", f"search_onestop_flight {origin} {destination} {date}"


PROFILE = ("users", ME)
MINE = {("reservations", key) for key in DB.users[ME].reservations}
R1, R2, R3 = (("reservations", f"R{n}") for n in (1, 2, 3))
ANY = {**THERE, "stops": "any"}
NEEDED: list[tuple[Request, set[tuple[str, str]]]] = [
    (ask("cancel", reservation=one("R2"), reason="other"), {R2}),
    (ask("cancel", reservation=one("R1"), reason="other"), {R1, ("statuses", f"HAT001 {SOON}")}),
    (ask("cancel", reservation=one("R9"), reason="other"), set()),
    (ask("cancel", reservation=where(("departure", "over", TODAY), by="created"), reason="other"),
     MINE | {PROFILE}),
    (ask("cancel", reservation=where(ACTIVE, ("insurance", "is", "yes"), by="created"),
         reason="weather"), MINE | {PROFILE}),
    (ask("cancel", reservation={"beside": one("R3"), "step": 1, "order": "created"},
         reason="other"), MINE | {PROFILE}),
    (ask("add_bags", reservation=one("R1"), bags={"more": 1}, payment=CARD,
         condition={"figure": "bags", "reservations": where(ACTIVE), "test": "over", "value": 5}),
     {PROFILE, R1, ("reservations", "R4")}),
    (ask("add_bags", reservation=one("R2"), bags={"free": True}, payment=CARD), {PROFILE, R2}),
    (ask("change_passengers", reservation=one("R1"), passengers={"same_as": one("R7")}),
     {R1, ("reservations", "R7")}),
    (ask("change_passengers", reservation=one("R1"), passengers={"same_as": one("R3")}), {R1, R3}),
    (ask("change_cabin", reservation=one("R1"), cabin={"cabins": ["business"]}, payment=CARD),
     {PROFILE, R1, direct("JFK", "SFO", SOON)}),
    (ask("change_flights", reservation=one("R2"), payment=CARD,
         trip={"there": {**ANY, "origins": [], "destinations": []}}),
     {PROFILE, R2, direct("JFK", "SFO", SOON), one_stop("JFK", "SFO", SOON)}),
    # Where it leads elsewhere, there are such flights, or they lead where they should.
    (ask("change_flights", reservation=one("R1"), payment=CARD,
         trip={"there": {**where(("price", "under", 70), by="price"), "dates": [SOON],
                         "origins": [], "destinations": [], "stops": "direct"}}),
     {R1, direct("JFK", "SFO", SOON)}),
    (ask("change_flights", reservation=one("R1"), payment=CARD,
         trip={"there": {**ANY, "origins": [], "destinations": ["ORD"]}}), {R1}),
    (ask("compensation", reservation=one("R2"), claim={"what": "delayed", "flight": "HAT002"},
         reason="other"), {R2, ("statuses", f"HAT002 {SOON}")}),
    (ask("compensation", reservation=one("R2"), claim={"what": "delayed"}, reason="other"),
     {R2, ("statuses", f"HAT002 {SOON}"), ("statuses", f"HAT003 {LATER}")}),
    (ask("book", **{**BOOKING, "trip": {"there": {**ANY, "origins": ["JFK", "LAX"]}}}),
     {PROFILE, *(search(origin, "SFO", SOON) for search in (direct, one_stop)
                 for origin in ("JFK", "LAX"))}),
    (ask("about_flights", journey={**THERE, "by": "lands"}, cabin={"cabins": ["economy"]},
         topic="count"), {direct("JFK", "SFO", SOON)}),
    (ask("about_flights", journey={**ANY, **where(("price", "under", 5))}, topic="leaves",
         cabin={"cabins": ["economy"]}),
     {direct("JFK", "SFO", SOON), one_stop("JFK", "SFO", SOON)}),
    (ask("compensation", reservation=one("R7"), claim={"what": "delayed", "flight": "HAT002"},
         reason="health"), {("reservations", "R7"), ("statuses", f"HAT002 {TODAY}")}),
    (ask("about_reservations", figure={"figure": "total", "reservations": where(ACTIVE)}),
     MINE | {PROFILE}),
]  # fmt: skip


@pytest.mark.parametrize(("request_", "records"), NEEDED)
def test_an_edit_shows_what_a_read_alone_is_good_for(
    request_: Request, records: set[tuple[str, str]]
) -> None:
    found = necessary(request_)
    assert records <= found


def test_what_is_not_needed_for_a_request_is_not_shown_to_be() -> None:
    found = necessary(ask("cancel", reservation=one("R2"), reason="other"))
    assert found == {R2}
    found = necessary(ask("book", **{**BOOKING, "trip": {"there": ANY}}))
    assert found == {PROFILE, direct("JFK", "SFO", SOON), one_stop("JFK", "SFO", SOON)}


def edited(edit: Edit, db: AirlineDB = DB) -> AirlineDB | None:
    """Return the world after an edit, None if it does not fit; it has to be right."""
    assert Edit.model_validate_json(edit.model_dump_json()) == edit
    session = db.session()
    try:
        PROOF.apply(session, edit)
    except ValueError:
        assert session.changes() == {}
        return None
    return session


def assert_right(session: AirlineDB, table: str, key: str, db: AirlineDB = DB) -> None:
    """Check that an edit changed one record, and that what it left behind is right."""
    changes = session.changes()
    before = [(name, k) for name, k in changes if k in getattr(db, name)]
    assert len(before) <= 1
    own = ("flights", key.split(" ")[0]) if table == "statuses" else (table, key)
    if table == "searches":
        assert {name for name, _ in changes} == {"flights"}
    else:
        assert not changes or own in changes
    for record in changes.values():
        assert record is not None
        assert type(record).model_validate(record.plain) == record
        if isinstance(record, Reservation):
            assert_adds_up(session, record)
    user = session.users[ME]
    assert all(each in session.reservations for each in user.reservations)


def assert_adds_up(db: AirlineDB, reservation: Reservation) -> None:
    people = len(reservation.passengers)
    fares = sum(flight.price for flight in reservation.flights)
    insurance = 30 if reservation.insurance == "yes" else 0
    price = (fares + insurance) * people + 50 * reservation.nonfree_baggages
    amounts = [entry.amount for entry in reservation.payment_history]
    assert sum(amounts) == (0 if reservation.status else price)
    assert sum(amount for amount in amounts if amount > 0) >= price
    assert 0 <= reservation.nonfree_baggages <= reservation.total_baggages
    for flight in reservation.flights:
        assert flight.date in db.flights[flight.flight_number].dates


@pytest.mark.parametrize(("request_", "records"), NEEDED)
def test_an_edit_changes_the_record_it_names_and_keeps_the_world_right(
    request_: Request, records: set[tuple[str, str]]
) -> None:
    for table, key in {*PROOF.around(DB, ME, request_), *records, ("users", OTHER)}:
        edits = list(PROOF.edits(DB, ME, request_, table, key))
        assert len({edit.model_dump_json() for edit in edits}) == len(edits) <= 32
        worlds = [world for edit in edits if (world := edited(edit)) is not None]
        assert len(worlds) > len(edits) / 2
        for world in worlds:
            assert_right(world, table, key)


@cache
def small_world() -> AirlineDB:
    return generate(3, {"users": 40, "reservations": 200})


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_edits_fit_any_world(data: st.DataObject) -> None:
    db = small_world()
    user = data.draw(st.sampled_from([user for user in db.users.values() if user.reservations]))
    text = data.draw(st.sampled_from(NEEDED))[0].model_dump_json()
    for n in range(1, 10):
        text = text.replace(f'"R{n}"', f'"{user.reservations[n % len(user.reservations)]}"')
    request = Request.model_validate_json(text)
    records = list(PROOF.around(db, user.user_id, request))
    table, key = data.draw(st.sampled_from(records))
    for edit in PROOF.edits(db, user.user_id, request, table, key):
        world = edited(edit, db)
        if world is not None:
            for record in world.changes().values():
                assert record is not None
                assert type(record).model_validate(record.plain) == record


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("explode", {}),
        ("set_status", {"reservation_id": "R404", "status": "active"}),
        ("set_status", {"reservation_id": "R1", "status": "eaten"}),
        ("set_total", {"reservation_id": "R1", "total": 451}),
        ("set_total", {"reservation_id": "R1", "total": 2}),
        ("set_total", {"reservation_id": "R5", "total": 150}),
        ("set_departure", {"reservation_id": "R1", "departure": "2024-06-30"}),
        ("set_flights", {"reservation_id": "R1", "flights": [
            {"flight_number": "HAT004", "date": SOON}], "destination": "SFO"}),
        ("set_flights", {"reservation_id": "R2", "flights": [
            {"flight_number": "HAT001", "date": LATER}, {"flight_number": "HAT003", "date": SOON}],
            "destination": "SFO"}),
        ("set_passengers", {"reservation_id": "R1", "passengers": 9}),
        ("set_passengers", {"reservation_id": "R1", "passengers": 1, "has": ["A B", "C D"]}),
        ("insert_reservation", {"user_id": ME, "like": "R1", "reservation_id": "R2", "place": 0}),
        ("swap_reservation", {"user_id": ME, "old": "R9", "reservation_id": "R77"}),
        ("drop_reservation", {"user_id": ME, "reservation_id": "R9"}),
        ("set_membership", {"user_id": ME, "membership": "bronze"}),
        ("set_amount", {"user_id": ME, "method_id": "card_a", "amount": 1.0}),
        ("set_last_four", {"user_id": ME, "method_id": "gift_a", "last_four": "1"}),
        ("rename_method", {"user_id": ME, "method_id": "gift_a", "new_id": "gift_b"}),
        ("set_saved_birth", {"user_id": ME, "place": 2, "dob": "1969-07-20"}),
        ("set_flight_status", {"flight_number": "HAT001", "date": SOON, "status": "landed"}),
        ("set_flight_status", {"flight_number": "HAT001", "date": PAST, "status": "available"}),
        ("set_flight_status", {"flight_number": "HAT001", "date": PAST, "status": "landed"}),
        ("set_flight_status", {"flight_number": "HAT404", "date": PAST, "status": "landed"}),
        ("set_fare", {"flight_number": "HAT001", "date": PAST, "cabin": "economy", "price": 1}),
        ("set_fare", {"flight_number": "HAT001", "date": SOON, "cabin": "roof", "price": 1}),
        ("set_seats", {"flight_number": "HAT001", "date": SOON, "cabin": "economy", "seats": -1}),
        ("renumber", {"flight_number": "HAT001", "date": SOON, "new_number": "HAT002"}),
        ("insert_flights", {"flights": [{"flight_number": "HAT001"}]}),
    ],
)  # fmt: skip
def test_an_edit_that_does_not_fit_is_refused(name: str, arguments: dict[str, Any]) -> None:
    session = DB.session()
    with pytest.raises(ValueError, match=r"."):
        PROOF.apply(session, Edit(name=name, arguments=arguments))
    assert not session.changes()


def test_there_are_no_edits_of_what_is_not_there() -> None:
    request = NEEDED[0][0]
    for table, key in [("reservations", "R404"), ("sofas", "R1"), ("statuses", "HAT001 2030-01-01"),
                       ("statuses", "HAT404 2024-05-18"), ("searches", "nonsense")]:  # fmt: skip
        assert list(PROOF.edits(DB, ME, request, table, key)) == []
    assert list(PROOF.edits(DB, "nobody", request, "reservations", "R1")) == []
    assert list(PROOF.around(DB, "nobody", request)) == [("users", "nobody")]
    wrong = ask("cancel", reservation=3, reason="other")
    assert list(PROOF.edits(DB, ME, wrong, "reservations", "R1")) == []
    assert list(PROOF.around(DB, ME, wrong)) == [PROFILE]


# Routes

CALLS = [
    Call("cancel_reservation", {"reservation_id": "R2"}),
    Call("send_certificate", {"user_id": ME, "amount": 100}),
    Call("update_reservation_passengers", {"reservation_id": "R1", "passengers": [CAT, DAN]}),
    Call("update_reservation_baggages", {"reservation_id": "R1", "total_baggages": 6,
                                         "nonfree_baggages": 2, "payment_id": "gift_b"}),
    Call("update_reservation_flights", {"reservation_id": "R1", "cabin": "business", "flights": [
        {"flight_number": "HAT004", "date": LATER}, {"flight_number": "HAT005", "date": LATER}],
        "payment_id": "card_a"}),
    Call("update_reservation_flights", {"reservation_id": "R2", "cabin": "economy", "flights": [
        {"flight_number": "HAT002", "date": SOON}, {"flight_number": "HAT009", "date": LAST},
        ], "payment_id": "card_a"}),
    Call("book_reservation", {
        "user_id": ME, "origin": "JFK", "destination": "SFO", "flight_type": "one_way",
        "cabin": "economy", "flights": [{"flight_number": "HAT002", "date": SOON}],
        "passengers": [ANN], "payment_methods": [{"payment_id": "voucher_a", "amount": 100},
                                                 {"payment_id": "card_a", "amount": 80}],
        "total_baggages": 1, "nonfree_baggages": 0, "insurance": "yes"}),
]  # fmt: skip


@pytest.mark.parametrize("call", CALLS)
def test_routes_hold_the_true_call(call: Call) -> None:
    session = DB.session()
    TOOLS.call(session, call.name, call.arguments)
    goals = session.changes()
    routes = [
        PROOF.canonical(route)
        for (table, key), goal in goals.items()
        if goal is not None
        for route in PROOF.routes(DB, table, key, goal)
    ]
    own = PROOF.canonical(call)
    assert own in routes
    reaching = []
    for route in routes:
        tried = DB.session()
        if not TOOLS.answer(tried, route.name, route.arguments)[1] and tried.changes() == goals:
            reaching.append(route)
    assert reaching == [own]


@pytest.mark.parametrize(
    "calls",
    [(CALLS[2], CALLS[3]), (CALLS[6], Call("cancel_reservation", {"reservation_id": "HATHAT"}))],
)
def test_two_steps_lead_to_what_both_did(calls: tuple[Call, Call]) -> None:
    session = DB.session()
    for call in calls:
        TOOLS.call(session, call.name, call.arguments)
    paths = shortest_paths(AIRLINE, DB.session(), session.changes(), 2)
    own = tuple(sorted(PROOF.canonical(call).key for call in calls))
    assert {tuple(sorted(call.key for call in path)) for path in paths} == {own}


def test_nothing_leads_to_a_record_as_it_is() -> None:
    assert list(PROOF.routes(DB, "reservations", "R1", DB.reservations["R1"])) == []
    assert list(PROOF.routes(DB, "users", ME, DB.users[ME])) == []
    assert list(PROOF.routes(DB, "flights", "HAT001", DB.flights["HAT001"])) == []
