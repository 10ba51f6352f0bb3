"""The telecom world generator: equal seeds, equal worlds, and accounts that add up."""

import re
import subprocess
import sys
from collections import Counter
from datetime import date, timedelta
from functools import cache
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from writ_gym.domains.telecom.catalog import PLANS
from writ_gym.domains.telecom.data import DEFAULT_SIZE, MOST_CUSTOMERS, WorldSize, generate
from writ_gym.domains.telecom.faults import EXCLUSIVE, FAULTS, draw_faults
from writ_gym.domains.telecom.network import data_works, mms_works, search, speed
from writ_gym.domains.telecom.schema import (
    TODAY,
    Bill,
    Customer,
    Line,
    TelecomDB,
    by_line,
    by_name_and_birth,
    by_number,
)
from writ_gym.seeding import rng_for
from writ_gym.tasks import SPLITS, split_at

world = cache(generate)


@pytest.fixture(params=[(0, 1000), (1, 1000), (7, 1), (3, 30)], ids="seed {0[0]}, {0[1]}".format)
def carrier(request: pytest.FixtureRequest) -> TelecomDB:
    """Worlds of several sizes."""
    seed, customers = request.param
    return world(seed, WorldSize(customers))


def bills_of(db: TelecomDB, customer: Customer) -> list[Bill]:
    return [db.bills[bill_id] for bill_id in customer.bill_ids]


def lines_of(db: TelecomDB, customer: Customer) -> list[Line]:
    return [db.lines[line_id] for line_id in customer.line_ids]


def test_equal_seeds_give_equal_worlds_and_others_give_others() -> None:
    size = {"customers": 20}
    assert generate(4, size).digest == generate(4, size).digest
    assert len({generate(seed, size).digest for seed in range(6)}) == 6
    assert generate(4, size).digest == generate(4, WorldSize(20)).digest


def test_another_process_makes_the_same_world() -> None:
    code = (
        "from writ_gym.domains.telecom.data import generate;"
        "print(generate(2, {'customers': 20}).digest)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == generate(2, {"customers": 20}).digest


@pytest.mark.parametrize("customers", [0, -1, MOST_CUSTOMERS + 1])
def test_a_size_out_of_range_is_refused(customers: int) -> None:
    with pytest.raises(ValueError, match="customers must be from 1 to"):
        generate(0, {"customers": customers})


def test_a_world_has_the_size_it_was_asked_for(carrier: TelecomDB) -> None:
    assert DEFAULT_SIZE == {"customers": 1000}
    assert len(carrier.customers) in (1, 30, 1000)
    assert len(carrier.phones) == len(carrier.customers)
    assert len(carrier.plans) == len(PLANS)


def test_what_a_record_names_is_there_and_belongs_to_it(carrier: TelecomDB) -> None:
    customers = carrier.customers.values()
    assert [key for customer in customers for key in customer.line_ids] == list(carrier.lines)
    assert [key for customer in customers for key in customer.bill_ids] == list(carrier.bills)
    assert [line.device_id for line in carrier.lines.values()] == list(carrier.devices)
    for customer in customers:
        assert {bill.customer_id for bill in bills_of(carrier, customer)} <= {customer.customer_id}
        phone = carrier.phones[customer.customer_id]
        assert phone.line_id in customer.line_ids
        assert carrier.devices[carrier.lines[phone.line_id].device_id].device_type == "phone"
    assert {line.plan_id for line in carrier.lines.values()} <= set(carrier.plans)


def test_a_plan_fits_the_device_it_is_used_on(carrier: TelecomDB) -> None:
    kinds = {kind.name: kind.devices for kind in PLANS}
    for line in carrier.lines.values():
        device = carrier.devices[line.device_id or ""]
        assert device.device_type in kinds[carrier.plans[line.plan_id].name]
        assert device.activated == (device.activation_date is not None)
        assert device.is_esim_capable or device.last_esim_transfer_date is None


def test_nobody_is_like_anybody_else(carrier: TelecomDB) -> None:
    numbers = [line.phone_number for line in carrier.lines.values()]
    assert len(set(numbers)) == len(numbers)
    assert all(re.fullmatch(r"555-\d{3}-\d{4}", number) for number in numbers)
    for customer in carrier.customers.values():
        key = (customer.full_name.lower(), customer.date_of_birth)
        assert carrier.customers.lookup(by_name_and_birth, key) == [customer]
        assert carrier.customers.lookup(by_number, customer.phone_number) == [customer]
        for line in carrier.lines.lookup(by_number, customer.phone_number):
            assert line.line_id in customer.line_ids
        for line_id in customer.line_ids:
            assert carrier.customers.lookup(by_line, line_id) == [customer]


def test_plans_differ_in_every_figure(carrier: TelecomDB) -> None:
    for field in ("name", "data_limit_gb", "price_per_month", "data_refueling_price_per_gb"):
        assert len({getattr(plan, field) for plan in carrier.plans.values()}) == len(PLANS)


def test_bills_add_up_and_differ(carrier: TelecomDB) -> None:
    for customer in carrier.customers.values():
        bills = bills_of(carrier, customer)
        issued = [bill for bill in bills if bill.status != "Draft"]
        assert len({bill.total_due for bill in issued}) == len(issued) >= 5
        for bill in bills:
            assert bill.total_due == round(sum(item.amount for item in bill.line_items), 2)
            assert all(item.amount > 0 for item in bill.line_items)


def test_bills_are_for_one_month_each_up_to_now(carrier: TelecomDB) -> None:
    for customer in carrier.customers.values():
        issued = [bill for bill in bills_of(carrier, customer) if bill.status != "Draft"]
        starts = [bill.period_start for bill in issued]
        assert starts == sorted(set(starts))
        assert starts[0] >= customer.created_at.date()
        assert issued[-1].period_end == date(2025, 2, 28)
        for bill, following in pairwise(issued):
            assert bill.period_end + timedelta(days=1) == following.period_start
        for bill in issued:
            assert bill.period_start < bill.issue_date <= TODAY
            assert bill.due_date - bill.issue_date in (timedelta(days=14), timedelta(days=21))


def test_the_status_of_a_bill_agrees_with_its_dates(carrier: TelecomDB) -> None:
    for customer in carrier.customers.values():
        bills = bills_of(carrier, customer)
        for bill in bills:
            if bill.status == "Overdue":
                assert bill.due_date < TODAY
            if bill.status in ("Issued", "Awaiting Payment"):
                assert bill.due_date >= TODAY
        assert sum(bill.status == "Awaiting Payment" for bill in bills) <= 1
        assert [bill.status for bill in bills[:-1]].count("Draft") == 0


def test_every_line_in_use_is_charged_for_every_month(carrier: TelecomDB) -> None:
    for customer in carrier.customers.values():
        for bill in bills_of(carrier, customer):
            if bill.status == "Draft":
                continue
            for line in lines_of(carrier, customer):
                plan = carrier.plans[line.plan_id]
                start = line.suspension_start_date
                held = start is not None and start < bill.period_start
                unused = line.status in ("Pending Activation", "Closed")
                charges = [
                    (item.amount, item.item_type)
                    for item in bill.line_items
                    if item.description.endswith(f"- Line {line.phone_number}")
                    and item.item_type != "Overage"
                ]
                wanted = (5.0, "Fee") if held else (plan.price_per_month, "Plan Charge")
                assert charges == ([] if unused else [wanted])


def test_what_was_refuelled_is_on_the_draft(carrier: TelecomDB) -> None:
    for customer in carrier.customers.values():
        drafts = [bill for bill in bills_of(carrier, customer) if bill.status == "Draft"]
        charged = sorted(item.amount for bill in drafts for item in bill.line_items)
        refuelled = [
            line.data_refueling_gb * carrier.plans[line.plan_id].data_refueling_price_per_gb
            for line in lines_of(carrier, customer)
            if line.data_refueling_gb
        ]
        assert charged == pytest.approx(sorted(refuelled), abs=0.006)


def test_a_suspension_has_a_date_and_a_contract_is_over_only_where_it_has_suspended(
    carrier: TelecomDB,
) -> None:
    for line in carrier.lines.values():
        suspended = line.status == "Suspended"
        assert (line.suspension_start_date is not None) == suspended
        assert line.contract_end_date is not None
        if line.contract_end_date < TODAY:
            assert line.suspension_start_date == line.contract_end_date + timedelta(days=1)


def test_phones_have_found_what_there_is_to_find(carrier: TelecomDB) -> None:
    for phone in carrier.phones.values():
        assert search(phone, carrier.service(phone)) == phone
        assert set(phone.signal_strength) == {"2G", "3G", "4G", "5G"}
        assert "none" not in phone.signal_strength.values()
        assert phone.wifi_connected == (phone.wifi_ssid is not None)
        assert phone.vpn_connected == (phone.vpn_details is not None)
        assert not (phone.airplane_mode and phone.wifi_connected)


def test_there_is_enough_of_everything() -> None:
    db = world(0, WorldSize())
    seen: Counter[str] = Counter()
    for phone in db.phones.values():
        service = db.service(phone)
        seen["abroad"] += phone.is_abroad
        seen["service"] += phone.network_connection_status == "connected"
        seen["data"] += data_works(phone, service)
        seen["slow"] += (speed(phone, service) or 999) < 100
        seen["mms"] += mms_works(phone, service)
        seen["no mms"] += data_works(phone, service) and not mms_works(phone, service)
    seen |= Counter(line.status for line in db.lines.values())
    seen |= Counter(f"bill {bill.status}" for bill in db.bills.values())
    seen |= Counter(f"{len(customer.line_ids)} lines" for customer in db.customers.values())
    assert len([name for name in seen if name.endswith("lines")]) == 8
    assert len([name for name in seen if name.startswith("bill")]) == 6
    assert min(seen.values()) > 10, seen


def test_faults_of_all_kinds_come_together() -> None:
    rng = rng_for(0, "test")
    pairs: Counter[tuple[str, str]] = Counter()
    counts: Counter[int] = Counter()
    for _ in range(8000):
        faults = draw_faults(rng)
        counts[len(faults)] += 1
        pairs.update(combinations(sorted(faults), 2))
    assert set(counts) == set(range(7))
    possible = set(combinations(sorted(FAULTS), 2)) - {(min(p), max(p)) for p in EXCLUSIVE}
    assert set(pairs) == possible


def test_every_split_has_its_share_of_the_customers() -> None:
    shares = Counter(split_at(key) for key in world(0, WorldSize()).customers)
    assert shares["train"] > 700
    assert all(shares[split] > 60 for split in SPLITS)


@given(st.integers(0, 2**40), st.integers(1, 12))
@settings(max_examples=25, deadline=None)
def test_any_seed_gives_a_world_that_loads_again(seed: int, customers: int) -> None:
    db = generate(seed, {"customers": customers})
    again = TelecomDB.load(db.plain())
    assert again.digest == db.digest
    for phone in db.phones.values():
        assert search(phone, db.service(phone)) == phone
