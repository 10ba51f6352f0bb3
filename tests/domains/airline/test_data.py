"""The airline's world: equal seeds, equal worlds, flights that can be flown, sums that add up."""

import json
import re
import subprocess
import sys
from collections import Counter
from datetime import date, datetime, timedelta
from functools import cache
from itertools import pairwise, permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from writ_gym.domains.airline.data import DEFAULT_SIZE, WorldSize, generate
from writ_gym.domains.airline.network import NEAR_MILES, PLACES, miles
from writ_gym.domains.airline.schema import (
    CABINS,
    AirlineDB,
    Available,
    Cancelled,
    Delayed,
    Flight,
    Flying,
    GiftCard,
    Landed,
    OnTime,
    Reservation,
    User,
)
from writ_gym.domains.airline.timetable import AIRPORTS
from writ_gym.domains.airline.tools import TOOLS
from writ_gym.tasks import SPLITS, split_at

SMALL = WorldSize(users=8, reservations=24, flights=60)
NOW = datetime(2024, 5, 15, 15)
DATES = [(date(2024, 5, 1) + timedelta(n)).isoformat() for n in range(30)]

world = cache(generate)


@pytest.fixture(
    params=[(0, WorldSize()), (1, WorldSize()), (0, SMALL), (7, SMALL)],
    ids=lambda param: f"seed {param[0]}, {param[1].users} users",
)
def airline(request: pytest.FixtureRequest) -> AirlineDB:
    """Worlds of two sizes."""
    return world(*request.param)


@st.composite
def sizes(draw: st.DrawFn) -> WorldSize:
    users = draw(st.integers(1, 20))
    return WorldSize(
        users=users,
        reservations=draw(st.integers(1, 10 * users)),
        flights=draw(st.integers(38, 120)),
    )


def unique(values: list[str]) -> bool:
    return len(set(values)) == len(values)


def moment(day: str, clock: str) -> datetime:
    """Return when a time of the timetable is."""
    time, _, next_day = clock.partition("+")
    return datetime.fromisoformat(f"{day}T{time}") + timedelta(days=int(next_day or 0))


def leaves(flight: Flight, day: str) -> datetime:
    return moment(day, flight.scheduled_departure_time_est)


def lands(flight: Flight, day: str) -> datetime:
    return moment(day, flight.scheduled_arrival_time_est)


def check_status(flight: Flight, day: str) -> None:
    """Check that what became of a flight agrees with the clock and the timetable."""
    status, planned = flight.dates[day], leaves(flight, day)
    match status:
        case Landed(actual_departure_time_est=left, actual_arrival_time_est=landed):
            assert planned <= datetime.fromisoformat(left) < datetime.fromisoformat(landed) <= NOW
        case Flying(actual_departure_time_est=left, estimated_arrival_time_est=due):
            assert planned <= datetime.fromisoformat(left) <= NOW < datetime.fromisoformat(due)
        case OnTime(estimated_departure_time_est=due):
            assert planned == datetime.fromisoformat(due)
            assert planned > NOW
            assert planned.date() == NOW.date()
        case Delayed(estimated_departure_time_est=due, estimated_arrival_time_est=arrives):
            late = datetime.fromisoformat(due) - planned
            assert late >= timedelta(minutes=25)
            assert datetime.fromisoformat(arrives) == lands(flight, day) + late
            assert datetime.fromisoformat(due) > NOW
            assert planned.date() - NOW.date() <= timedelta(1)
        case Available(available_seats=seats, prices=prices):
            assert day > NOW.date().isoformat()
            assert all(0 <= getattr(seats, cabin) <= 20 for cabin in CABINS)
            assert 0 < prices.basic_economy < prices.economy < prices.business
        case Cancelled():
            pass


def check_itinerary(db: AirlineDB, reservation: Reservation) -> None:
    """Check that the flights exist, join in place and time, and lead where the trip leads."""
    legs = reservation.flights
    for leg in legs:
        flight = db.flights[leg.flight_number]
        assert (leg.origin, leg.destination) == (flight.origin, flight.destination)
        assert leg.date in flight.dates
    for one, other in pairwise(legs):
        assert one.destination == other.origin
        landed = lands(db.flights[one.flight_number], one.date)
        assert landed <= leaves(db.flights[other.flight_number], other.date)
    assert legs[0].origin == reservation.origin != reservation.destination
    stops = [leg.destination for leg in legs]
    if reservation.flight_type == "one_way":
        assert stops.index(reservation.destination) == len(legs) - 1
        assert len(legs) <= 2
    else:
        assert stops[-1] == reservation.origin
        assert reservation.destination in stops[:2]
        assert len(legs) <= 4


def free(user: User, reservation: Reservation) -> int:
    """Return how many bags are free, from the table of the policy document."""
    table = {"regular": (0, 1, 2), "silver": (1, 2, 3), "gold": (2, 3, 4)}
    each = dict(zip(("basic_economy", "economy", "business"), table[user.membership], strict=True))
    return each[reservation.cabin] * len(reservation.passengers)


def check_sums(db: AirlineDB, reservation: Reservation) -> None:
    """Check that what was paid is the price, and was given back if it is cancelled."""
    user = db.users[reservation.user_id]
    passengers = len(reservation.passengers)
    paid_bags = max(0, reservation.total_baggages - free(user, reservation))
    assert reservation.nonfree_baggages == paid_bags
    price = sum(leg.price for leg in reservation.flights) * passengers + 50 * paid_bags
    price += 30 * passengers if reservation.insurance == "yes" else 0
    history = reservation.payment_history
    assert all(entry.amount for entry in history)
    total = sum(entry.amount for entry in history)
    if reservation.status == "cancelled":
        assert total == 0
        assert sum(entry.amount for entry in history if entry.amount > 0) >= price
    else:
        assert total == price
    first = [entry.payment_id for entry in history if entry.amount > 0]
    assert first[0] in user.payment_methods
    for key in {entry.payment_id for entry in history} - set(user.payment_methods):
        assert re.fullmatch(r"certificate_\d{7}", key)


def check_people(db: AirlineDB, reservation: Reservation) -> None:
    names = [f"{each.first_name} {each.last_name}" for each in reservation.passengers]
    assert 1 <= len(names) <= 5
    assert unique(names)
    for each in reservation.passengers:
        assert date.fromisoformat(each.dob) < date(2024, 5, 1)


def check_created(db: AirlineDB, reservation: Reservation) -> None:
    made, first = datetime.fromisoformat(reservation.created_at), reservation.flights[0]
    assert made < NOW
    assert made < leaves(db.flights[first.flight_number], first.date)


def check(db: AirlineDB) -> None:
    """Check everything that holds in every world."""
    listed = [key for user in db.users.values() for key in user.reservations]
    assert listed == list(db.reservations)
    for user in db.users.values():
        own = [db.reservations[key] for key in user.reservations]
        assert [each.created_at for each in own] == sorted(each.created_at for each in own)
        assert {each.user_id for each in own} <= {user.user_id}
    for reservation in db.reservations.values():
        check_itinerary(db, reservation)
        check_sums(db, reservation)
        check_people(db, reservation)
        check_created(db, reservation)
    for flight in db.flights.values():
        assert list(flight.dates) == DATES
        assert leaves(flight, DATES[0]) < lands(flight, DATES[0])
        for day in DATES:
            check_status(flight, day)


def test_equal_seeds_give_equal_digests() -> None:
    assert generate(3).digest == generate(3).digest


def test_the_digest_is_the_same_in_another_process() -> None:
    code = (
        "from writ_gym.domains.airline.data import WorldSize, generate\n"
        "print(generate(3, WorldSize(8, 24, 60)).digest)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == generate(3, WorldSize(8, 24, 60)).digest


def test_different_seeds_share_no_user_and_no_reservation() -> None:
    one, other = world(0, WorldSize()), world(1, WorldSize())
    assert not set(one.users) & set(other.users)
    assert not set(one.reservations) & set(other.reservations)


def test_different_seeds_have_other_flights_under_the_same_numbers() -> None:
    one, other = world(0, WorldSize()), world(1, WorldSize())
    assert all(one.flights[key] != flight for key, flight in other.flights.items())


def test_the_database_survives_its_json_form() -> None:
    db = world(0, SMALL)
    assert AirlineDB.load(db.plain()).digest == db.digest


def test_importing_the_module_does_not_import_faker() -> None:
    code = "import sys, writ_gym.domains.airline.data; sys.exit('faker' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_sizes_are_met_exactly(airline: AirlineDB) -> None:
    found = WorldSize(len(airline.users), len(airline.reservations), len(airline.flights))
    assert found in (WorldSize(), SMALL)


def test_sizes_can_be_given_as_a_mapping() -> None:
    assert generate(0, DEFAULT_SIZE).digest == world(0, WorldSize()).digest


@pytest.mark.parametrize(
    ("field", "sizes"),
    [
        ("users", {"users": 0}),
        ("users", {"users": 100_001}),
        ("reservations", {"reservations": 0}),
        ("reservations", {"users": 5, "reservations": 51}),
        ("flights", {"flights": 37}),
        ("flights", {"flights": 501}),
    ],
)
def test_a_bad_size_is_an_error_that_names_it(field: str, sizes: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=rf"^{field} must be from \d+ to \d+ here, not \d+\.$"):
        generate(0, {**DEFAULT_SIZE, **sizes})


def test_a_world_is_coherent(airline: AirlineDB) -> None:
    check(airline)


@given(seed=st.integers(0, 2**40), size=sizes())
@settings(max_examples=12, deadline=None)
def test_worlds_of_any_size_are_coherent(seed: int, size: WorldSize) -> None:
    db = generate(seed, size)
    assert WorldSize(len(db.users), len(db.reservations), len(db.flights)) == size
    check(db)


def test_ids_have_their_form_and_are_unique(airline: AirlineDB) -> None:
    methods = [key for user in airline.users.values() for key in user.payment_methods]
    for form, ids in [
        (r"HAT\d{3}", list(airline.flights)),
        (r"[a-z]+_[a-z]+_\d{4}", list(airline.users)),
        (r"(?!HAT)(?=.*\d)(?=.*[A-Z])[A-Z0-9]{6}", list(airline.reservations)),
        (r"(credit_card|gift_card|certificate)_\d{7}", methods),
    ]:
        assert all(re.fullmatch(form, key) for key in ids)
        assert unique(ids)


def test_every_airport_is_reached_and_routes_lead_back(airline: AirlineDB) -> None:
    routes = {(flight.origin, flight.destination) for flight in airline.flights.values()}
    assert {origin for origin, _ in routes} == set(AIRPORTS) == set(PLACES)
    assert {route[::-1] for route in routes} == routes
    assert all(miles(*route) >= NEAR_MILES for route in routes)


def test_flights_of_a_route_differ_in_times_duration_and_fares(airline: AirlineDB) -> None:
    routes: dict[tuple[str, str], list[Flight]] = {}
    for flight in airline.flights.values():
        routes.setdefault((flight.origin, flight.destination), []).append(flight)
    for flights in routes.values():
        starts = [leaves(each, DATES[0]) for each in flights]
        ends = [lands(each, DATES[0]) for each in flights]
        lasts = [end - start for start, end in zip(starts, ends, strict=True)]
        for values in (starts, ends, lasts):
            assert len(set(values)) == len(flights)
        for cabin in CABINS:
            fares = [
                getattr(status.prices, cabin)
                for each in flights
                for status in each.dates.values()
                if isinstance(status, Available)
            ]
            assert len(set(fares)) == len(fares)


def test_the_cheapest_way_is_one_alone_nearly_always() -> None:
    db = world(0, WorldSize())
    several, ties = 0, 0
    for origin, destination in permutations(AIRPORTS, 2):
        where = {"origin": origin, "destination": destination, "date": "2024-05-20"}
        pairs, _ = TOOLS.answer(db.session(), "search_onestop_flight", where)
        fares = sorted(_fare(pair) for pair in _parsed(pairs))
        several += len(fares) > 1
        ties += len(fares) > 1 and fares[0] == fares[1]
    assert several > 200
    assert ties < 0.05 * several


def _parsed(text: str) -> list[list[dict[str, dict[str, int]]]]:
    found: list[list[dict[str, dict[str, int]]]] = json.loads(text)
    return found


def _fare(pair: list[dict[str, dict[str, int]]]) -> int:
    return sum(leg["prices"]["economy"] for leg in pair)


def test_totals_of_a_user_differ() -> None:
    db = world(0, WorldSize())
    for user in db.users.values():
        totals = [
            sum(entry.amount for entry in db.reservations[key].payment_history)
            for key in user.reservations
            if db.reservations[key].status is None
        ]
        assert len(set(totals)) == len(totals)


def test_amounts_and_digits_tell_the_methods_of_a_user_apart(airline: AirlineDB) -> None:
    for user in airline.users.values():
        methods = list(user.payment_methods.values())
        cards = [each.last_four for each in methods if each.source == "credit_card"]
        assert unique(cards)
        for kind in ("gift_card", "certificate"):
            amounts = [each.amount for each in methods if each.source == kind]
            assert len(set(amounts)) == len(amounts)
        assert len(cards) + sum(isinstance(each, GiftCard) for each in methods) >= 1


def test_there_is_something_of_everything() -> None:
    db = world(0, WorldSize())
    reservations = list(db.reservations.values())
    met: Counter[str] = Counter()
    for each in reservations:
        statuses = {db.flights[leg.flight_number].dates[leg.date].status for leg in each.flights}
        flown = statuses & {"landed", "flying"}
        recent = datetime.fromisoformat(each.created_at) >= NOW - timedelta(hours=24)
        met.update(statuses)
        met.update([each.cabin, each.flight_type, f"insured {each.insurance}"])
        met["flown"] += statuses <= {"landed"}
        met["partly flown"] += bool(flown) and bool(statuses - flown)
        met["recent"] += recent
        met["cancelled by the user"] += each.status == "cancelled"
        met["paid by several"] += len(each.payment_history) > 1
        met["certificate"] += any(p.payment_id.startswith("cert") for p in each.payment_history)
        met[f"{len(each.flights)} flights"] += 1
    for what in (
        *CABINS, "round_trip", "one_way", "insured yes", "insured no", "flown", "partly flown",
        "recent", "cancelled by the user", "paid by several", "certificate", "available",
        "cancelled", "1 flights", "2 flights", "3 flights", "4 flights",
    ):  # fmt: skip
        assert met[what] > 0.04 * len(reservations), what
    for what in ("delayed", "on time", "flying"):
        assert met[what] > 20, what


def test_users_are_of_all_splits_and_memberships() -> None:
    users = list(world(0, WorldSize()).users.values())
    assert {split_at(user.user_id) for user in users} == set(SPLITS)
    assert {user.membership for user in users} == {"regular", "silver", "gold"}
    assert max(len(user.reservations) for user in users) == 16
    assert any(not user.reservations for user in users)


def test_most_trips_ahead_can_be_changed_to_other_flights() -> None:
    db = world(0, WorldSize())
    routes = Counter((flight.origin, flight.destination) for flight in db.flights.values())
    able = [
        routes[each.origin, each.destination] > 1
        for each in db.reservations.values()
        if each.flights[0].date > "2024-05-15" and len(each.flights) == 1
    ]
    assert sum(able) > 0.5 * len(able)
