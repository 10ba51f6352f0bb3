"""The policy document names what there is, and its rules say what it says."""

import inspect
import re
from datetime import date
from typing import Any

import pytest

from writ_gym.domain import load_domain, read_policy_document
from writ_gym.domains.telecom import rules
from writ_gym.domains.telecom.repairs import BEYOND_REPAIR, SEARCHING, needs_reboot
from writ_gym.domains.telecom.schema import Bill, Line, TelecomDB
from writ_gym.domains.telecom.tools import TOOLS
from writ_gym.domains.telecom.user_tools import USER_TOOLS
from writ_gym.errors import WritGymError
from writ_gym.meaning.queries import Condition

DOCUMENT = read_policy_document("writ_gym.domains.telecom")


def test_every_tool_that_the_document_names_is_there() -> None:
    prefixes = ("get_", "check_", "can_", "run_", "set_", "toggle_", "re", "send_", "make_",
                "connect_", "disconnect_", "grant_", "enable_", "refuel_", "transfer_")  # fmt: skip
    named = {word for word in re.findall(r"`(\w+)`", DOCUMENT) if word.startswith(prefixes)}
    assert named <= {tool.name for tool in (*TOOLS, *USER_TOOLS)}
    assert named >= {tool.name for tool in USER_TOOLS}


def test_where_nobody_has_the_phone_s_tools_the_document_speaks_of_none() -> None:
    without = load_domain("telecom").system_message_of("nobody")
    assert [tool.name for tool in USER_TOOLS if tool.name in without] == []
    assert "Troubleshooting" not in without
    assert "You can have nothing looked up or changed on the user's phone." in without
    assert "## Refuel data" in without
    assert "user's phone" not in DOCUMENT
    assert "<!--" not in DOCUMENT + without


def test_a_package_without_a_document_is_told_where_it_is_looked_for() -> None:
    with pytest.raises(WritGymError, match=r"of 'writ_gym\.kit': .*/kit/policy\.md: No such file"):
        read_policy_document("writ_gym.kit")


def test_the_document_names_the_plans_of_every_world(world: TelecomDB) -> None:
    first, *_, last = world.plans
    assert f"{first} to {last}" in DOCUMENT


REFUSALS = {
    "other_account": "its number or id", "nothing_fits": "None that is as described",
    "condition_not_met": "A condition that does not hold", "not_overdue": "not overdue",
    "another_awaiting": "Another bill awaits payment", "not_suspended": "the line's status",
    "contract_ended": "its contract ended", "bills_overdue": "what all of them come to",
    "not_active": "but not active", "too_much": "More than 2 GB",
    "not_enough": "Too small a refuel", "data_used_up": "none is wanted",
    "nothing_wrong": "No cause", "nothing_to_change": "so already",
}  # fmt: skip
"""By code of a breach, words of the document on what the user is told."""


def test_the_document_says_for_every_breach_which_fact_is_told() -> None:
    codes = set(re.findall(r"Breach\(\s*\"(\w+)\"", inspect.getsource(rules)))
    assert codes == set(REFUSALS)
    section = " ".join(DOCUMENT.split("## Refusals")[1].split("\n# ")[0].split())
    assert [code for code, words in REFUSALS.items() if words not in section] == []


@pytest.fixture
def line(base: TelecomDB) -> Line:
    return base.lines["L1"]


@pytest.fixture
def bill(base: TelecomDB) -> Bill:
    return base.bills["B2"]


def told(breach: rules.Breach | None) -> tuple[str, Any] | None:
    """Return code and fact of a breach; its sentence has to tell the fact."""
    if breach is None:
        return None
    shown = [breach.fact] if isinstance(breach.fact, str) else [f"{breach.fact:,.2f}"]
    shown += [] if isinstance(breach.fact, str) else [f"{breach.fact:g}"]
    assert any(text in breach.sentence for text in shown)
    return breach.code, breach.fact


def test_only_overdue_bills_are_paid_and_one_at_a_time(bill: Bill) -> None:
    assert rules.not_overdue(bill) is None
    assert told(rules.not_overdue(bill.replace(status="Issued"))) == ("not_overdue", "Issued")
    asked = bill.replace(bill_id="B7", status="Awaiting Payment")
    assert rules.another_awaiting([bill]) is None
    assert told(rules.another_awaiting([bill, asked])) == ("another_awaiting", "B7")


def test_a_suspension_is_lifted_under_contract_and_without_debts(line: Line, bill: Bill) -> None:
    assert rules.not_suspended(line.replace(status="Suspended")) is None
    assert told(rules.not_suspended(line)) == ("not_suspended", "Active")
    assert rules.contract_ended(line) is None
    assert rules.contract_ended(line.replace(contract_end_date=date(2025, 2, 25))) is None
    over = line.replace(contract_end_date=date(2025, 2, 24))
    assert told(rules.contract_ended(over)) == ("contract_ended", "2025-02-24")
    paid = bill.replace(status="Paid")
    assert rules.bills_overdue([paid]) is None
    assert told(rules.bills_overdue([paid, bill, bill])) == ("bills_overdue", 83.0)


def test_lines_in_use_are_refuelled_a_little(line: Line) -> None:
    assert rules.not_active(line, "refuelled") is None
    closed = line.replace(status="Closed")
    assert told(rules.not_active(closed, "refuelled")) == ("not_active", "Closed")
    assert rules.too_much(2.0) is None
    assert told(rules.too_much(2.5)) == ("too_much", 2.0)
    assert rules.not_enough(0.9, 1.0) is None
    assert told(rules.not_enough(1.0, 1.0)) == ("not_enough", 1.0)
    assert told(rules.data_used_up(line)) == ("data_used_up", 3.0)


def test_what_is_of_somebody_else_or_of_nobody_is_not_touched() -> None:
    assert rules.other_account("L1", ["L1"]) is None
    assert told(rules.other_account("L9", ["L1"])) == ("other_account", "L9")
    where = [Condition(attribute="model", test="is", value="Hub 5G")]
    assert told(rules.nothing_fits("line", where)) == ("nothing_fits", "Hub 5G")
    assert told(rules.nothing_fits("line", ())) == ("nothing_fits", "line")
    assert told(rules.nothing_to_change("roaming is on")) == ("nothing_to_change", "already")
    assert told(rules.nothing_wrong("your phone")) == ("nothing_wrong", "works")
    assert told(rules.condition_not_met(12.5, "$12.50")) == ("condition_not_met", 12.5)
    assert told(rules.condition_not_met(3, "3")) == ("condition_not_met", 3)


def test_a_reboot_is_needed_unless_something_else_makes_the_phone_look_for_a_network() -> None:
    assert needs_reboot(["apn", "airplane_mode"])
    assert needs_reboot(["line_suspended", "data_saver"])
    assert not needs_reboot(["line_suspended", "data_off"])
    assert not needs_reboot(["data_saver", "airplane_mode"])
    assert not BEYOND_REPAIR & SEARCHING
