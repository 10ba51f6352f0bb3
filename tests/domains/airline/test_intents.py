"""What the solvers of airline requests decide, in a world that is small enough to know by heart."""

import json

import pytest

from writ_gym.domains.airline.intents import INTENTS
from writ_gym.domains.airline.schema import AirlineDB
from writ_gym.domains.airline.tools import TOOLS
from writ_gym.errors import UnsolvableError
from writ_gym.meaning.solving import Notebook, drive

SOLVERS = {intent.name: intent for intent in INTENTS}
ME = "ann_lee_1"


def day(status="available", fares=(100, 200, 400), seats=(9, 9, 9)):
    cabins = ("basic_economy", "economy", "business")
    if status == "available":
        return {
            "status": status,
            "available_seats": dict(zip(cabins, seats, strict=True)),
            "prices": dict(zip(cabins, fares, strict=True)),
        }
    times = {
        "landed": ("actual_departure_time_est", "actual_arrival_time_est"),
        "delayed": ("estimated_departure_time_est", "estimated_arrival_time_est"),
        "cancelled": (),
    }
    return {"status": status, **dict.fromkeys(times[status], "2024-05-15T09:00:00")}


def flight(number, origin, destination, leaves, arrives, **days):
    dates = {f"2024-05-{name[1:]}": record for name, record in days.items()}
    return {
        "flight_number": number, "origin": origin, "destination": destination,
        "scheduled_departure_time_est": leaves, "scheduled_arrival_time_est": arrives,
        "dates": dates,
    }  # fmt: skip


def person(name, dob="1990-01-01"):
    first, last = name.split()
    return {"first_name": first, "last_name": last, "dob": dob}


def taken(number, origin, destination, date, price):
    return {"flight_number": number, "origin": origin, "destination": destination,
            "date": f"2024-05-{date}", "price": price}  # fmt: skip


def trip(key, flights, *, cabin="economy", people=("Ann Lee",), paid=("credit_card_1", 200),
         user=ME, **more):  # fmt: skip
    back = flights[-1]["destination"] == flights[0]["origin"]
    return {
        "reservation_id": key, "user_id": user, "origin": "SFO", "destination": "JFK",
        "flight_type": "round_trip" if back else "one_way", "cabin": cabin, "flights": flights,
        "passengers": [person(name) for name in people],
        "payment_history": [{"payment_id": paid[0], "amount": paid[1]}],
        "created_at": "2024-05-01T10:00:00", "total_baggages": 1, "nonfree_baggages": 0,
        "insurance": "no", **more,
    }  # fmt: skip


GO, RETURN = taken("HAT101", "SFO", "JFK", 20, 150), taken("HAT201", "JFK", "SFO", 25, 160)
TRIPS = (
    trip("ECONO1", [GO], people=("Ann Lee", "Bo Kim")),
    trip("ROUND2", [GO, RETURN], created_at="2024-05-02T10:00:00", paid=("gift_card_1", 310)),
    trip("BASIC3", [taken("HAT101", "SFO", "JFK", 21, 90)], cabin="basic_economy",
         created_at="2024-05-03T10:00:00", total_baggages=0),
    trip("BUSIN4", [taken("HAT102", "SFO", "JFK", 22, 380)], cabin="business",
         created_at="2024-05-04T10:00:00", paid=("credit_card_1", 900), total_baggages=3),
    trip("FLOWN5", [taken("HAT101", "SFO", "JFK", 10, 150)], cabin="business",
         created_at="2024-04-04T10:00:00"),
    trip("LOSTF6", [taken("HAT103", "SFO", "JFK", 18, 150)], created_at="2024-05-06T10:00:00"),
    trip("NEWLY7", [GO], created_at="2024-05-15T09:00:00"),
    trip("INSUR8", [GO], insurance="yes", created_at="2024-05-08T10:00:00"),
    trip("GONEX9", [GO], status="cancelled", created_at="2024-05-09T10:00:00"),
    trip("LATEF0", [taken("HAT103", "SFO", "JFK", 15, 150)], cabin="business",
         created_at="2024-05-10T10:00:00"),
    trip("OTHER1", [GO], user="bo_kim_1"),
)  # fmt: skip
FLIGHTS = (
    flight("HAT101", "SFO", "JFK", "08:00:00", "13:00:00", d10=day("landed"), d20=day(),
           d21=day(fares=(80, 180, 500)), d22=day(seats=(9, 9, 1))),
    flight("HAT102", "SFO", "JFK", "10:00:00", "16:00:00", d20=day(fares=(90, 210, 390)),
           d21=day(fares=(70, 170, 380)), d22=day(fares=(70, 150, 370), seats=(0, 1, 9))),
    flight("HAT103", "SFO", "JFK", "21:00:00", "02:00:00+1", d15=day("delayed"),
           d18=day("cancelled"), d21=day(fares=(60, 160, 360))),
    flight("HAT104", "SFO", "LGA", "09:00:00", "14:30:00", d21=day(fares=(50, 140, 600))),
    flight("HAT105", "SFO", "DEN", "07:00:00", "09:00:00", d21=day(fares=(20, 60, 100))),
    flight("HAT106", "DEN", "JFK", "10:00:00", "14:00:00", d21=day(fares=(20, 60, 100))),
    flight("HAT201", "JFK", "SFO", "09:00:00", "15:00:00", d25=day(), d26=day(fares=(9, 99, 999))),
    flight("HAT202", "LGA", "SFO", "12:00:00", "18:30:00", d25=day(fares=(30, 130, 330))),
    flight("HAT203", "JFK", "SFO", "01:00:00", "07:00:00", d22=day()),
)  # fmt: skip


def user(key, membership, reservations, methods):
    first, last, _ = key.title().split("_")
    return {
        "user_id": key, "name": {"first_name": first, "last_name": last}, "dob": "1990-01-01",
        "address": {"address1": "1 Elm St", "city": "Reno", "country": "USA", "state": "NV",
                    "zip": "89501"},
        "email": f"{key}@example.com", "payment_methods": methods, "membership": membership,
        "saved_passengers": [person("Cleo Fox", "1985-05-05")], "reservations": reservations,
    }  # fmt: skip


METHODS = {
    "credit_card_1": {"source": "credit_card", "id": "credit_card_1", "brand": "visa",
                      "last_four": "1111"},
    "gift_card_1": {"source": "gift_card", "id": "gift_card_1", "amount": 100.5},
    "gift_card_2": {"source": "gift_card", "id": "gift_card_2", "amount": 40},
    "certificate_1": {"source": "certificate", "id": "certificate_1", "amount": 150},
    "certificate_2": {"source": "certificate", "id": "certificate_2", "amount": 50},
}  # fmt: skip


@pytest.fixture(scope="module", params=["regular", "gold"])
def world(request):
    own = [each["reservation_id"] for each in TRIPS if each["user_id"] == ME]
    return AirlineDB.load(
        {
            "flights": {each["flight_number"]: each for each in FLIGHTS},
            "users": {
                ME: user(ME, request.param, own, METHODS),
                "bo_kim_1": user("bo_kim_1", "regular", ["OTHER1"], {}),
            },
            "reservations": {each["reservation_id"]: each for each in TRIPS},
        }
    )


@pytest.fixture
def member(world):
    return world.users[ME].membership


def solve(world, intent, **facts):
    """Return the outcome of a request and the reads it took."""

    def answer(call):
        text, error = TOOLS.answer(world, call.name, call.arguments)
        if error:
            raise UnsolvableError(text)
        return text

    return drive(SOLVERS[intent].solve(ME, facts), Notebook(), answer)


def written(world, intent, **facts):
    """Return the arguments of the only write that a request comes to, after making it."""
    outcome, _ = solve(world, intent, **facts)
    assert not outcome.reason, outcome.statement
    (write,) = outcome.writes
    assert set(write.provenance) == set(write.arguments)
    TOOLS.call(world.session(), write.name, json.loads(json.dumps(write.arguments)))
    return write.arguments


def refused(world, intent, **facts):
    """Return why nothing is written, and the fact that has to be told."""
    outcome, _ = solve(world, intent, **facts)
    assert not outcome.writes
    assert not outcome.tells or str(outcome.tells[0].value) in outcome.statement.replace(",", "")
    return outcome.reason, outcome.tells[0].value if outcome.tells else None


def of(key):
    return {"id": key}


def where(attribute, test, value):
    return {"attribute": attribute, "test": test, "value": value}


CHEAPEST = {"by": "price", "extreme": "lowest"}
CARD = {"kind": "credit_card"}


def book(world, there=None, back=None, call=written, **facts):
    there = {"origins": ["SFO"], "destinations": ["JFK"], "dates": ["2024-05-21"], **(there or {})}
    request = {
        "trip": {"there": there, **({"back": back} if back else {})},
        "cabin": {"cabins": ["economy"]}, "passengers": {"people": [{"me": True}]},
        "bags": {"in_all": 0}, "insurance": "no", "payment": {"split": [CARD]}, **facts,
    }  # fmt: skip
    return call(world, "book", **request)


def numbers(arguments):
    return [each["flight_number"] for each in arguments["flights"]]


@pytest.mark.parametrize(
    ("journey", "expected"),
    [
        ({"stops": "direct", **CHEAPEST}, ["HAT103"]),
        (CHEAPEST, ["HAT105", "HAT106"]),
        ({"destinations": ["LGA"], **CHEAPEST}, ["HAT104"]),
        ({"destinations": ["JFK", "LGA"], "stops": "direct", **CHEAPEST}, ["HAT104"]),
        ({"stops": "direct", **CHEAPEST, "rank": 2}, ["HAT102"]),
        ({"stops": "direct", "by": "leaves", "extreme": "lowest"}, ["HAT101"]),
        ({"stops": "direct", "by": "lands", "extreme": "highest"}, ["HAT103"]),
        ({"by": "duration", "extreme": "highest"}, ["HAT105", "HAT106"]),
        ({"where": [where("via", "is_not", "DEN"), where("lands", "under", "18:00")], **CHEAPEST},
         ["HAT102"]),
        ({"stops": "one_stop", "where": [where("layover", "over", 30)]}, ["HAT105", "HAT106"]),
        ({"where": [where("flight", "has", "HAT101")], "dates": ["2024-05-22"]}, ["HAT101"]),
        ({"dates": ["2024-05-20", "2024-05-21", "2024-05-22"], "stops": "direct", **CHEAPEST},
         ["HAT102"]),
        ({"dates": {"days": [1], "trip": of("ROUND2")}, "stops": "direct", **CHEAPEST}, ["HAT103"]),
        ({"dates": {"days": [-4], "trip": of("ROUND2"), "edge": "end"}, "stops": "direct",
          **CHEAPEST}, ["HAT103"]),
    ],
)  # fmt: skip
def test_a_journey_means_the_flights_that_its_words_say(world, journey, expected):
    assert numbers(book(world, journey)) == expected


@pytest.mark.parametrize(
    "journey",
    [
        {"stops": "direct", "where": [where("leaves", "under", "12:00")]},
        {"by": "duration", "extreme": "lowest"},
        {"origins": [], **CHEAPEST},
        {"dates": {"days": [1]}, **CHEAPEST},
        {"by": "comfort"},
    ],
)
def test_a_journey_that_means_several_flights_or_none_for_sure_is_unclear(world, journey):
    with pytest.raises(UnsolvableError):
        book(world, journey)


def test_the_way_back_starts_where_the_way_there_that_was_chosen_ends(world):
    there = {"destinations": ["JFK", "LGA"], "stops": "direct", **CHEAPEST}
    back = {"dates": {"days": [4, 5]}, "stops": "direct", **CHEAPEST}
    booking = book(world, there, back)
    assert numbers(booking) == ["HAT104", "HAT202"]
    assert (booking["origin"], booking["destination"]) == ("SFO", "LGA")
    assert booking["flight_type"] == "round_trip"


def test_the_way_back_does_not_leave_before_the_way_there_has_landed(world):
    back = {"dates": ["2024-05-22"]}
    early = {"stops": "direct", "by": "leaves", "extreme": "lowest"}
    assert numbers(book(world, early, back)) == ["HAT101", "HAT203"]
    with pytest.raises(UnsolvableError, match="before the way there is over"):
        book(world, {"stops": "direct", **CHEAPEST}, back)  # lands at two in the night of that day


def test_the_second_cabin_counts_if_the_first_is_sold_out(world):
    there = {"dates": ["2024-05-22"], "stops": "direct", **CHEAPEST}
    people = {"people": [{"me": True}, {"saved": "Cleo Fox"}]}
    wish = {"cabins": ["basic_economy", "business"]}
    assert book(world, there, cabin=wish, passengers=people)["cabin"] == "basic_economy"
    there |= {"where": [where("leaves", "over", "09:00")]}
    assert book(world, there, cabin=wish, passengers=people)["cabin"] == "business"
    assert book(world, there, call=refused, cabin={"cabins": ["economy"]}, passengers=people) == (
        "no_flights", "JFK",
    )  # fmt: skip


def test_flights_that_the_user_has_looked_up_take_no_search(world):
    known = {"flights": [{"flight_number": "HAT103", "date": "2024-05-21"}], "fare": 160,
             "ends": ["SFO", "JFK"]}  # fmt: skip
    outcome, reads = solve(
        world, "book", trip={"there": known}, cabin={"cabins": ["economy"]},
        passengers={"people": [{"me": True}]}, bags={"in_all": 0}, insurance="no",
        payment={"split": [CARD]},
    )  # fmt: skip
    assert [call.name for call in reads] == ["get_user_details"]
    assert outcome.writes[0].arguments["payment_methods"] == [
        {"payment_id": "credit_card_1", "amount": 160}
    ]


def test_each_method_pays_what_those_before_it_leave_in_whole_dollars(world, member):
    direct = {"stops": "direct", **CHEAPEST}
    split = [{"balance_of": "certificate", "extreme": "highest"},
             {"balance_of": "gift_card", "extreme": "lowest"},
             {"balance_of": "gift_card", "extreme": "highest"}, CARD]  # fmt: skip
    booking = book(
        world, direct, insurance="yes", bags={"in_all": 4}, payment={"split": split},
        passengers={"same_as": of("ECONO1")},
    )  # fmt: skip
    nonfree = {"regular": 2, "gold": 0}[member]
    assert booking["nonfree_baggages"] == nonfree
    left = 2 * 160 + 2 * 30 + 50 * nonfree - 150 - 40 - 100
    assert booking["payment_methods"] == [
        {"payment_id": "certificate_1", "amount": 150},
        {"payment_id": "gift_card_2", "amount": 40},
        {"payment_id": "gift_card_1", "amount": 100},
        {"payment_id": "credit_card_1", "amount": left},
    ]


def test_methods_that_have_nothing_left_to_pay_are_left_out(world):
    split = [{"method": "certificate_1"}, {"method": "certificate_2"}, CARD]
    cheap = {"destinations": ["LGA"], **CHEAPEST}
    assert book(world, cheap, payment={"split": split})["payment_methods"] == [
        {"payment_id": "certificate_1", "amount": 140}
    ]


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"passengers": {"people": [{"given": person("Al Bo")}] * 6}}, ("too_many_passengers", 6)),
        ({"payment": {"split": [{"method": "certificate_1"}, {"method": "certificate_2"}, CARD]}},
         ("too_many_methods", "certificate")),
        ({"payment": {"split": [{"method": "gift_card_1"}]}}, ("balance_too_low", 160)),
        ({"condition": {"at_most": 150}}, ("too_expensive", 160)),
        ({"condition": {"figure": "count", "reservations": {"where": [where("cabin", "is",
          "business")]}, "test": "over", "value": 3}}, ("condition_not_met", 3)),
    ],
)  # fmt: skip
def test_what_a_booking_is_refused_for(world, facts, reason):
    assert book(world, {"stops": "direct", **CHEAPEST}, call=refused, **facts) == reason


CHANGE = {"trip": {"there": {"dates": {"days": [1]}, "stops": "direct", **CHEAPEST}},
          "payment": CARD}  # fmt: skip


def test_a_change_keeps_the_other_direction_and_its_fare(world):
    facts = {"reservation": of("ROUND2"), **CHANGE}
    changed = written(world, "change_flights", **facts)
    assert numbers(changed) == ["HAT103", "HAT201"]
    assert changed["cabin"] == "economy"
    there = {"dates": {"days": [1, 2]}, "stops": "direct", **CHEAPEST}
    back = {"dates": ["2024-05-26"]}
    both = written(world, "change_flights", reservation=of("ROUND2"),
                   trip={"there": there, "back": back}, payment=CARD)  # fmt: skip
    assert numbers(both) == ["HAT102", "HAT201"]


def test_flights_that_the_reservation_has_already_are_none_to_choose_from(world):
    trip_ = {"there": {"dates": {"days": [0]}, "stops": "direct"}}
    facts = {"reservation": of("ECONO1"), "trip": trip_, "payment": CARD}
    assert numbers(written(world, "change_flights", **facts)) == ["HAT102"]


@pytest.mark.parametrize(
    ("reservation", "facts", "reason"),
    [
        ("BASIC3", {}, ("basic_economy", "basic economy")),
        ("FLOWN5", {}, ("flown", "HAT101")),
        ("GONEX9", {}, ("already_cancelled", "cancelled")),
        ("OTHER1", {}, ("other_user", "OTHER1")),
        ("ECONO1", {"payment": {"kind": "certificate"}},
         ("certificate_not_allowed", "certificate")),
        ("ECONO1", {"payment": {"method": "certificate_1"}},
         ("certificate_not_allowed", "certificate")),
        ("ECONO1", {"trip": {"there": {**CHANGE["trip"]["there"], "destinations": ["LGA"]}}},
         ("other_route", "JFK")),
        ("ECONO1", {"trip": {"there": {"dates": ["2024-05-28"]}}}, ("no_flights", "JFK")),
        ("NEWLY7", {"trip": {"there": {"dates": ["2024-05-20"], **CHEAPEST}},
                    "payment": {"method": "gift_card_2"}}, ("balance_too_low", "40.00")),
    ],
)  # fmt: skip
def test_what_a_change_of_flights_is_refused_for(world, reservation, facts, reason):
    facts = {"reservation": of(reservation), **CHANGE, **facts}
    assert refused(world, "change_flights", **facts) == reason


def test_a_cabin_is_changed_for_all_flights_at_the_fares_of_today(world):
    facts = {"reservation": of("ROUND2"), "cabin": {"cabins": ["business"]}, "payment": CARD}
    outcome, reads = solve(world, "change_cabin", **facts)
    assert len(reads) == 4  # the reservation, its two flights, and the profile
    assert "$490 is charged" in outcome.statement
    known = facts | {"cabin": {"cabins": ["business"], "fare": 800}}
    looked_up, fewer = solve(world, "change_cabin", **known)
    assert looked_up == outcome
    assert len(fewer) == 2


def test_a_cabin_that_is_sold_out_or_there_already_is_refused(world):
    sold_out = {
        "reservation": of("BUSIN4"),
        "payment": CARD,
        "cabin": {"cabins": ["basic_economy"]},
    }
    assert refused(world, "change_cabin", **sold_out) == ("no_seats", "HAT102")
    chain = sold_out | {"cabin": {"cabins": ["basic_economy", "economy"]}}
    assert written(world, "change_cabin", **chain)["cabin"] == "economy"
    same = sold_out | {"cabin": {"cabins": ["basic_economy", "business"]}}
    assert refused(world, "change_cabin", **same) == ("nothing_to_change", "already")


@pytest.mark.parametrize(
    ("wish", "total"),
    [({"more": 2}, 3), ({"in_all": 5}, 5), ({"each": 2}, 4), ({"bags_of": of("BUSIN4")}, 3)],
)
def test_bags_are_counted_and_those_beyond_the_allowance_are_paid(world, member, wish, total):
    facts = {"reservation": of("ECONO1"), "bags": wish, "payment": CARD}
    update = written(world, "add_bags", **facts)
    free = {"regular": 2, "gold": 6}[member]
    assert update["total_baggages"] == total
    assert update["nonfree_baggages"] == max(0, total - free)


def test_all_free_bags_are_as_many_as_membership_cabin_and_passengers_give(world, member):
    facts = {"reservation": of("ECONO1"), "bags": {"free": True}, "payment": CARD}
    assert (
        written(world, "add_bags", **facts)["total_baggages"] == {"regular": 2, "gold": 6}[member]
    )
    outcome, _ = solve(world, "about_allowance", reservation=of("ECONO1"))
    assert outcome.tells[0].value == {"regular": 2, "gold": 6}[member]


@pytest.mark.parametrize(
    ("wish", "reason"),
    [({"in_all": 2}, ("bags_removed", 3)), ({"in_all": 3}, ("nothing_to_change", "already"))],
)
def test_bags_are_never_removed(world, wish, reason):
    facts = {"reservation": of("BUSIN4"), "bags": wish, "payment": CARD}
    assert refused(world, "add_bags", **facts) == reason


def test_passengers_are_replaced_or_put_right_at_their_places(world):
    swaps = {"Bo Kim": {"saved": "Cleo Fox"}, "Ann Lee": {"last_name": "Leigh"}}
    update = written(world, "change_passengers", reservation=of("ECONO1"),
                     passengers={"swaps": swaps})  # fmt: skip
    assert update["passengers"] == [person("Ann Leigh"), person("Cleo Fox", "1985-05-05")]


@pytest.mark.parametrize(
    ("wish", "reason"),
    [
        ({"change": "add", "people": ["Al Bo"]}, ("passenger_count", "number")),
        ({"same_as": of("ROUND2")}, ("passenger_count", "number")),
        ({"swaps": {"Ann Lee": {"me": True}}}, ("nothing_to_change", "already")),
    ],
)
def test_the_number_of_passengers_never_changes(world, wish, reason):
    facts = {"reservation": of("ECONO1"), "passengers": wish}
    assert refused(world, "change_passengers", **facts) == reason


@pytest.mark.parametrize(
    ("reservation", "reason", "allowed"),
    [
        ("BUSIN4", "other", True), ("NEWLY7", "change of plans", True), ("INSUR8", "health", True),
        ("INSUR8", "other", False), ("LOSTF6", "change of plans", True),
        ("ECONO1", "health", False),
    ],
)  # fmt: skip
def test_a_reservation_may_be_cancelled_on_four_grounds(world, reservation, reason, allowed):
    facts = {"reservation": of(reservation), "reason": reason}
    if allowed:
        assert written(world, "cancel", **facts) == {"reservation_id": reservation}
    else:
        assert refused(world, "cancel", **facts) == ("not_cancellable", "economy")


def test_what_was_flown_is_handed_over(world):
    outcome, _ = solve(world, "cancel", reservation=of("FLOWN5"), reason="other")
    assert outcome.hand_over
    assert outcome.reason == "flown"


def test_of_several_reservations_those_are_cancelled_that_may_be(world):
    every = {"where": [where("created", "over", "2024-05-05")], "every": True}
    outcome, _ = solve(world, "cancel", reservation=every, reason="weather")
    ids = [write.arguments["reservation_id"] for write in outcome.writes]
    assert ids == ["LOSTF6", "NEWLY7", "INSUR8", "LATEF0"]
    every = {"where": [where("total", "is", 310.0)], "every": True}
    assert refused(world, "cancel", reservation=every, reason="weather")[0] == "not_cancellable"


def test_what_cannot_be_cancelled_is_changed_if_the_user_wants_that(world):
    facts = {"reason": "other", **CHANGE}
    assert written(world, "cancel_or_change", reservation=of("BUSIN4"), **facts) == {
        "reservation_id": "BUSIN4"
    }
    assert numbers(written(world, "cancel_or_change", reservation=of("ECONO1"), **facts)) == [
        "HAT103"
    ]
    assert refused(world, "cancel_or_change", reservation=of("BASIC3"), **facts) == (
        "basic_economy", "basic economy",
    )  # fmt: skip


def test_compensation_is_for_those_who_are_eligible_and_tell_the_truth(world, member):
    lost = {"reservation": of("LOSTF6"), "claim": {"what": "cancelled"}}
    if member == "gold":
        assert written(world, "compensation", **lost) == {"user_id": ME, "amount": 100}
    else:
        assert refused(world, "compensation", **lost) == ("not_eligible", "regular")
    untrue = {"reservation": of("BUSIN4"), "claim": {"what": "cancelled"}}
    assert refused(world, "compensation", **untrue) == ("not_cancelled", "BUSIN4")
    untrue["claim"]["flight"] = "HAT102"
    assert refused(world, "compensation", **untrue) == ("not_cancelled", "available")


def test_a_delay_is_made_up_for_once_the_trip_is_given_up(world):
    late = {"reservation": of("LATEF0"), "claim": {"what": "delayed", "flight": "HAT103"}}
    assert refused(world, "compensation", **late) == ("only_after_change", "delayed")
    outcome, _ = solve(world, "compensation", **late, reason="other")
    assert [(write.name, write.arguments) for write in outcome.writes] == [
        ("cancel_reservation", {"reservation_id": "LATEF0"}),
        ("send_certificate", {"user_id": ME, "amount": 50}),
    ]
    there = {"dates": {"days": [5]}, "stops": "direct", **CHEAPEST}
    outcome, _ = solve(world, "compensation", **late, trip={"there": there}, payment=CARD)
    assert [write.name for write in outcome.writes] == [
        "update_reservation_flights", "send_certificate",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ({"where": [where("insurance", "is", "yes")]}, "INSUR8"),
        ({"by": "total", "extreme": "highest"}, "BUSIN4"),
        ({"by": "total", "extreme": "highest", "rank": 2}, "ROUND2"),
        ({"by": "created", "extreme": "lowest", "where": [where("status", "is_not", "cancelled")]},
         "FLOWN5"),
        ({"scope": ["ECONO1", "ROUND2"], "by": "created"}, "ROUND2"),
        ({"where": [where("traveller", "has", "Bo Kim")]}, "ECONO1"),
        ({"where": [where("trip", "is", "round_trip")]}, "ROUND2"),
        ({"where": [where("bags", "over", 2)]}, "BUSIN4"),
        ({"beside": of("ROUND2"), "step": 1, "order": "created"}, "BASIC3"),
        ({"beside": {"where": [where("cabin", "is", "basic_economy")]}, "step": -1,
          "order": "created"}, "ROUND2"),
    ],
)  # fmt: skip
def test_a_reference_means_the_reservation_that_its_words_say(world, reference, expected):
    topic = {"reservation": reference, "topic": "total"}
    outcome, _ = solve(world, "about_reservation", **topic)
    assert f"reservation {expected}:" in outcome.statement


def test_a_reference_that_nothing_fits_is_refused_and_one_that_is_tied_is_unclear(world):
    none = {"where": [where("destination", "is", "MIA")]}
    assert refused(world, "cancel", reservation=none, reason="other") == (
        "no_such_reservation", "MIA",
    )  # fmt: skip
    for tied in (
        {"by": "bags", "extreme": "lowest", "rank": 2},
        {"beside": of("ECONO1"), "step": 1, "order": "departure"},
    ):
        with pytest.raises(UnsolvableError):
            solve(world, "cancel", reservation=tied, reason="other")


@pytest.mark.parametrize(
    ("figure", "value"),
    [("count", 3), ("total", 1300), ("passengers", 3), ("bags", 5)],
)
def test_figures_are_computed_over_what_keeps_the_conditions(world, figure, value):
    meant = {"where": [where("cabin", "is", "business")]}
    outcome, _ = solve(world, "about_reservations",
                       figure={"figure": figure, "reservations": meant})  # fmt: skip
    assert outcome.tells[0].value == value


@pytest.mark.parametrize(
    ("topic", "values"),
    [("price", [120]), ("leaves", ["07:00"]), ("lands", ["14:00"]), ("duration", [420]),
     ("flights", ["HAT105", "HAT106"]), ("count", [5])],
)  # fmt: skip
def test_questions_about_flights_are_answered_for_those_that_are_meant(world, topic, values):
    journey = {"origins": ["SFO"], "destinations": ["JFK", "LGA"], "dates": ["2024-05-21"],
               **CHEAPEST}  # fmt: skip
    outcome, _ = solve(world, "about_flights", journey=journey, cabin={"cabins": ["economy"]},
                       topic=topic)  # fmt: skip
    assert [tell.value for tell in outcome.tells] == values


def test_insurance_cannot_be_added_and_other_matters_are_handed_over(world):
    assert refused(world, "add_insurance", reservation=of("ECONO1")) == (
        "insurance_after_booking", "insurance",
    )  # fmt: skip
    outcome, reads = solve(world, "outside", matter="pet")
    assert outcome.hand_over
    assert not reads
