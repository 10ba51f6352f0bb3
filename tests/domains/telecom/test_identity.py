"""Who calls: every identity is of one customer, and reads go stale when something changed them."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from writ_gym.domains.telecom.identity import callers, identify, identity, stale, target
from writ_gym.domains.telecom.schema import TelecomDB
from writ_gym.domains.telecom.tools import TOOLS
from writ_gym.domains.telecom.user_tools import USER_TOOLS
from writ_gym.meaning.solving import Notebook, drive
from writ_gym.phrasing.grammar import REGISTERS, Style
from writ_gym.tasks import SPLITS, Call


def made(db: TelecomDB, call: Call) -> str:
    tools = TOOLS if call.name in TOOLS else USER_TOOLS
    return tools.answer(db, call.name, call.arguments)[0]


def test_every_identity_leads_to_its_customer(world: TelecomDB) -> None:
    rng, tools = np.random.default_rng(0), set()
    for caller in callers(world):
        facts, unknown = identity(world, caller, rng, Style())
        values = {fact.slot: fact.value for fact in facts}
        assert {*values, *unknown} == {"name", "birth", "phone", "customer_id"}
        assert not set(values).intersection(unknown)
        found, reads = drive(identify(values), Notebook(), lambda call: made(world, call))
        assert found == caller
        tools |= {call.name for call in reads}
    assert tools == {"get_customer_by_phone", "get_customer_by_id", "get_customer_by_name"}


def test_the_number_that_a_user_knows_is_that_of_the_phone_in_their_hand(world: TelecomDB) -> None:
    rng = np.random.default_rng(0)
    for caller in callers(world):
        facts, _ = identity(world, caller, rng, Style())
        number = world.lines[world.phones[caller].line_id].phone_number
        assert {fact.value for fact in facts if fact.slot == "phone"} <= {number}


def test_a_sentence_says_its_fact(world: TelecomDB) -> None:
    rng = np.random.default_rng(0)
    for place, caller in enumerate(callers(world)):
        style = Style(REGISTERS[place % len(REGISTERS)], SPLITS[place % len(SPLITS)])
        for fact in identity(world, caller, rng, style)[0]:
            said = fact.value
            if fact.slot == "birth":
                year, _, day = said.split("-")
                assert f" {int(day)}, {year}" in fact.text
            else:
                assert said in fact.text
            assert fact.text[0].isupper() or fact.text[0].isdigit()


def test_the_more_lines_and_open_bills_the_more_can_be_written(world: TelecomDB) -> None:
    for key, records in callers(world).items():
        customer = world.customers[key]
        open_bills = [world.bills[bill_id].status for bill_id in customer.bill_ids]
        unpaid = open_bills.count("Overdue") + open_bills.count("Issued")
        assert records == 1 + len(customer.line_ids) + unpaid


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        ({"customer_id": "C1", "line_id": "L1"}, ("get_details_by_id", {"id": "L1"})),
        ({"customer_id": "C1", "bill_id": "B1"}, ("get_details_by_id", {"id": "B1"})),
        ({}, ("check_network_status", {})),
        ({"mode": "4g_only"}, ("check_network_status", {})),
    ],
)
def test_what_a_write_changes_is_shown_by_a_read(
    arguments: dict[str, str], shown: tuple[str, dict[str, str]]
) -> None:
    assert target(arguments) == Call(*shown)


def reads_of(db: TelecomDB, caller: str) -> list[Call]:
    """Return all reads that have to do with a customer."""
    customer = db.customers[caller]
    ids = [caller, *customer.line_ids, *customer.bill_ids, *db.plans]
    ids += [db.lines[line_id].device_id or "" for line_id in customer.line_ids]
    calls = [Call("get_details_by_id", {"id": key}) for key in ids]
    calls += [Call("get_customer_by_id", {"customer_id": caller})]
    calls += [Call("get_customer_by_phone", {"phone_number": customer.phone_number})]
    name = {"full_name": customer.full_name, "dob": customer.date_of_birth}
    calls += [Call("get_customer_by_name", name)]
    calls += [Call("get_bills_for_customer", {"customer_id": caller})]
    for line_id in customer.line_ids:
        calls.append(Call("get_data_usage", {"customer_id": caller, "line_id": line_id}))
    for tool in USER_TOOLS:
        if tool.kind == "read" and not tool.parameters:
            calls.append(Call(tool.name, {}))
        elif tool.kind == "read":
            calls += [Call(tool.name, {"app_name": app}) for app in ("messaging", "browser")]
    return calls


def writes_of(db: TelecomDB, caller: str) -> list[Call]:
    """Return a write of every tool for every record of a customer."""
    customer = db.customers[caller]
    calls = []
    for line_id in customer.line_ids:
        line = {"customer_id": caller, "line_id": line_id}
        calls += [Call(name, line) for name in ("enable_roaming", "disable_roaming", "resume_line")]
        calls += [Call("refuel_data", {**line, "gb_amount": 1.5})]
        calls += [Call("suspend_line", {**line, "reason": "x"})]
    for bill_id in customer.bill_ids:
        calls.append(Call("send_payment_request", {"customer_id": caller, "bill_id": bill_id}))
    for tool in USER_TOOLS:
        if tool.kind == "write" and not tool.parameters:
            calls.append(Call(tool.name, {}))
    calls += [Call("set_network_mode_preference", {"mode": mode}) for mode in ("2g_only", "x")]
    calls += [Call("set_apn_settings", {"apn_settings": {"apn_name": "broken"}})]
    grant = {"app_name": "messaging", "permission": "sms"}
    return [*calls, Call("grant_app_permission", grant)]


@given(st.integers(0, 199), st.integers(0, 2**32))
@settings(max_examples=25, deadline=None)
def test_a_read_that_is_not_stale_still_holds(world: TelecomDB, place: int, seed: int) -> None:
    caller = list(world.customers)[place]
    db, rng = world.session(caller), np.random.default_rng(seed)
    reads, writes = reads_of(world, caller), writes_of(world, caller)
    for _ in range(6):
        write = writes[int(rng.integers(len(writes)))]
        before = {call.key: made(db, call) for call in reads}
        made(db, write)
        for call in reads:
            assert stale(write, "", call) or made(db, call) == before[call.key], (write, call)


def test_answers_of_other_customers_stay_what_they_are(world: TelecomDB) -> None:
    caller, other = list(world.customers)[:2]
    line = {"customer_id": caller, "line_id": world.customers[caller].line_ids[0]}
    for read in reads_of(world, other):
        if read.name == "get_data_usage":
            assert not stale(Call("enable_roaming", line), "", read)
    assert json.loads(made(world, Call("get_customer_by_id", {"customer_id": other})))
