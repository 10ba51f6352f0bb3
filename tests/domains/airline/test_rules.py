"""The airline's rules: what they allow, which fact they name, and where policy.md says so."""

import inspect
import re
from pathlib import Path

import pytest

from writ_gym.domains.airline import rules
from writ_gym.domains.airline.schema import (
    BAG_PRICE,
    CABINS,
    INSURANCE_PRICE,
    MOST_PASSENGERS,
    Cabin,
    Insurance,
    Membership,
    Passenger,
    Payment,
    Reservation,
    ReservationFlight,
)
from writ_gym.domains.airline.timetable import AIRPORTS
from writ_gym.meaning.breaches import Breach
from writ_gym.meaning.queries import Condition

POLICY = (Path(rules.__file__).parent / "policy.md").read_text("utf-8")
FLAT = " ".join(POLICY.split())
REQUESTS = Path(__file__).parents[3] / "docs" / "requests-airline.md"

RESERVATION = Reservation(
    reservation_id="TRIP22",
    user_id="ann_lee_1000",
    origin="SFO",
    destination="JFK",
    flight_type="one_way",
    cabin="economy",
    flights=(
        ReservationFlight(
            flight_number="HAT007", origin="SFO", destination="JFK", date="2024-05-20", price=150
        ),
    ),
    passengers=(Passenger(first_name="Ann", last_name="Lee", dob="1990-01-01"),),
    payment_history=(Payment(payment_id="credit_card_1000001", amount=150),),
    created_at="2024-05-01T10:00:00",
    total_baggages=1,
    nonfree_baggages=0,
    insurance="no",
)
BREACHES: tuple[Breach | None, ...] = (
    rules.condition_not_met("count", 3),
    rules.condition_not_met("total", 1250),
    rules.no_such_reservation(()),
    rules.no_such_reservation((Condition(attribute="origin", test="is", value="SEA"),)),
    rules.other_user(RESERVATION, "bo_kim_1000"),
    rules.already_cancelled(RESERVATION.replace(status="cancelled")),
    rules.not_cancellable(RESERVATION.replace(cabin="basic_economy")),
    rules.basic_economy(RESERVATION.replace(cabin="basic_economy")),
    rules.flown("HAT007"),
    rules.other_route("JFK"),
    rules.no_flights("JFK"),
    rules.no_seats("HAT007"),
    rules.nothing_to_change("the cabin"),
    rules.passenger_count(),
    rules.too_many_passengers(6),
    rules.bags_removed(2),
    rules.certificate_not_allowed(),
    rules.too_many_methods(("credit_card", "credit_card")),
    rules.too_expensive(1250),
    rules.balance_too_low(12.5, 1250),
    rules.not_covered(1250),
    rules.not_eligible("regular", RESERVATION),
    rules.not_verified("cancelled", "on time"),
    rules.not_verified("delayed", "TRIP22"),
    rules.only_after_change(),
    rules.insurance_after_booking(),
)


@pytest.mark.parametrize("breach", BREACHES)
def test_a_refusal_tells_the_fact_that_forbids_it(breach: Breach) -> None:
    assert str(breach.fact).lower() in breach.sentence.lower().replace(",", "")


def test_the_specification_and_the_rules_have_the_same_reason_codes() -> None:
    table = REQUESTS.read_text("utf-8").partition("## What is forbidden")[2].partition("\nGroup")[0]
    codes = {
        code
        for row in re.findall(r"^\|[^|]*\|([^|]*)\|", table, re.M)
        for code in re.findall(r"`(\w+)`", row)
    }
    assert {breach.code for breach in BREACHES if breach} == codes


def test_every_rule_names_a_heading_of_the_policy_document() -> None:
    headings = set(re.findall(r"^#+ (.+)$", POLICY, re.M))
    for name, rule in inspect.getmembers(rules, inspect.isfunction):
        if rule.__module__ != rules.__name__ or name in ("in_words", "__annotate__"):
            continue
        cited = re.match(r'Policy "([^"]+)"(?: and "([^"]+)")?: ', rule.__doc__ or "")
        assert cited, name
        assert {each for each in cited.groups() if each} <= headings


def test_what_is_in_order_is_no_breach() -> None:
    assert rules.other_user(RESERVATION, RESERVATION.user_id) is None
    assert rules.already_cancelled(RESERVATION) is None
    assert rules.basic_economy(RESERVATION) is None


def test_the_policy_document_has_the_table_of_free_bags() -> None:
    rows = re.findall(r"^\| (regular|silver|gold) \| (\d) \| (\d) \| (\d) \|$", POLICY, re.M)
    assert [membership for membership, *_ in rows] == ["regular", "silver", "gold"]
    for membership, *numbers in rows:
        for cabin, number in zip(CABINS, numbers, strict=True):
            assert rules.free_bags(membership, cabin, 1) == int(number)


@pytest.mark.parametrize(
    ("membership", "cabin", "passengers", "free"),
    [
        ("regular", "basic_economy", 5, 0),
        ("regular", "business", 3, 6),
        ("silver", "economy", 2, 4),
        ("gold", "basic_economy", 1, 2),
        ("gold", "business", 5, 20),
    ],
)
def test_free_bags_are_counted_over_all_passengers(
    membership: Membership, cabin: Cabin, passengers: int, free: int
) -> None:
    assert rules.free_bags(membership, cabin, passengers) == free


def test_the_policy_document_has_the_prices_and_limits() -> None:
    assert f"Every further one costs ${BAG_PRICE}." in FLAT
    assert f"Travel insurance costs ${INSURANCE_PRICE} for each passenger." in FLAT
    assert f"${rules.compensation_for('cancelled', 1)} for each passenger" in FLAT
    assert f"${rules.compensation_for('delayed', 1)} for each passenger" in FLAT
    assert "at most five passengers" in FLAT
    assert MOST_PASSENGERS == 5
    assert "at most one travel certificate, one credit card and three gift cards" in FLAT
    assert rules.MOST_METHODS == {"certificate": 1, "credit_card": 1, "gift_card": 3}


def test_the_policy_document_says_how_to_hand_over() -> None:
    assert "`transfer_to_human_agents`" in FLAT
    assert '"YOU ARE BEING TRANSFERRED TO A HUMAN AGENT. PLEASE HOLD ON."' in FLAT


def test_the_policy_document_names_no_airport() -> None:
    assert not set(re.findall(r"\b[A-Z]{3}\b", POLICY)) & set(AIRPORTS)


@pytest.mark.parametrize(
    ("date", "status", "flown"),
    [
        ("2024-05-14", "landed", True),
        ("2024-05-15", "flying", True),
        ("2024-05-15", "landed", True),
        ("2024-05-15", "on time", False),
        ("2024-05-15", "delayed", False),
        ("2024-05-10", "cancelled", False),
        ("2024-05-16", "landed", False),
        ("2024-05-20", "available", False),
    ],
)
def test_flown_is_what_landed_or_is_in_the_air(date: str, status: str, flown: bool) -> None:
    assert rules.was_flown(date, status) is flown


@pytest.mark.parametrize(
    ("created_at", "cabin", "insurance", "reason", "able"),
    [
        ("2024-05-14T15:00:00", "economy", "no", "other", True),
        ("2024-05-14T14:59:59", "economy", "no", "other", False),
        ("2024-05-15T14:59:59", "basic_economy", "no", "change of plans", True),
        ("2024-05-01T10:00:00", "business", "no", "other", True),
        ("2024-05-01T10:00:00", "basic_economy", "yes", "health", True),
        ("2024-05-01T10:00:00", "economy", "yes", "weather", True),
        ("2024-05-01T10:00:00", "economy", "yes", "change of plans", False),
        ("2024-05-01T10:00:00", "economy", "yes", "airline cancelled", False),
        ("2024-05-01T10:00:00", "economy", "no", "health", False),
    ],
)
def test_a_record_shows_by_itself_three_grounds_for_a_cancellation(
    created_at: str, cabin: Cabin, insurance: Insurance, reason: str, able: bool
) -> None:
    reservation = RESERVATION.replace(created_at=created_at, cabin=cabin, insurance=insurance)
    assert rules.cancellable_by_record(reservation, reason) is able


@pytest.mark.parametrize(
    ("membership", "cabin", "insurance", "eligible"),
    [
        ("regular", "economy", "no", False),
        ("regular", "basic_economy", "no", False),
        ("regular", "basic_economy", "yes", True),
        ("regular", "business", "no", True),
        ("silver", "basic_economy", "no", True),
        ("gold", "economy", "no", True),
    ],
)
def test_regular_members_need_insurance_or_business_for_a_compensation(
    membership: Membership, cabin: Cabin, insurance: Insurance, eligible: bool
) -> None:
    breach = rules.not_eligible(membership, RESERVATION.replace(cabin=cabin, insurance=insurance))
    assert (breach is None) is eligible


@pytest.mark.parametrize(
    ("kinds", "too_many"),
    [
        ((), None),
        (("certificate", "credit_card", "gift_card", "gift_card", "gift_card"), None),
        (("certificate", "gift_card", "certificate"), "certificate"),
        (("credit_card", "credit_card"), "credit card"),
        (("gift_card",) * 4, "gift card"),
        (("gift_card",) * 4 + ("credit_card",) * 2, "credit card"),
    ],
)
def test_so_many_methods_of_a_kind_pay_for_a_booking(
    kinds: tuple[str, ...], too_many: str | None
) -> None:
    breach = rules.too_many_methods(kinds)
    assert (breach and breach.fact) == too_many


@pytest.mark.parametrize(
    ("what", "passengers", "amount"), [("cancelled", 3, 300), ("delayed", 3, 150)]
)
def test_a_certificate_is_worth_more_for_a_flight_that_was_cancelled(
    what: str, passengers: int, amount: int
) -> None:
    assert rules.compensation_for(what, passengers) == amount  # type: ignore[arg-type]
