"""The carrier's rules: what they allow, which fact they name, and where policy.md says so."""

import inspect
import re
from datetime import date, timedelta
from pathlib import Path

import pytest

from writ_gym.domain import read_policy_document
from writ_gym.domains.telecom import rules
from writ_gym.domains.telecom.repairs import Findings, causes
from writ_gym.domains.telecom.schema import TODAY, Bill, Line
from writ_gym.meaning.queries import Condition
from writ_gym.understanding.reading import is_refusal, numbers_in

POLICY = read_policy_document("writ_gym.domains.telecom")
REQUESTS = Path(__file__).parents[3] / "docs" / "requests-telecom.md"
LINE = Line(line_id="L1", phone_number="555-000-0001", plan_id="P1", status="Active",
            data_used_gb=3.4, contract_end_date=date(2026, 1, 31))  # fmt: skip
BILL = Bill(bill_id="B1", customer_id="C1", period_start=date(2025, 1, 1),
            period_end=date(2025, 1, 31), issue_date=date(2025, 2, 1), due_date=date(2025, 2, 15),
            total_due=1250.5, status="Overdue")  # fmt: skip
PAID, WAITING = BILL.replace(status="Paid"), BILL.replace(bill_id="B2", status="Awaiting Payment")
MODEL = (Condition(attribute="model", test="is", value="Hub 5G"),)
TOTAL = (Condition(attribute="total", test="over", value=40.0),)
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


def line(**fields):
    return LINE.replace(**fields)


BREACHES = {
    "other_account": [(rules.other_account("B9", ["B1"]), "B9"),
                      (rules.other_account("555-1", []), "555-1")],
    "not_overdue": [(rules.not_overdue(BILL.replace(status=status)), status)
                    for status in ("Draft", "Issued", "Awaiting Payment", "Paid", "Disputed")],
    "another_awaiting": [(rules.another_awaiting([BILL, WAITING]), "B2"),
                         (rules.another_awaiting([WAITING, BILL]), "B2")],
    "not_suspended": [(rules.not_suspended(line(status=status)), status)
                      for status in ("Active", "Pending Activation", "Closed")],
    "contract_ended": [
        (rules.contract_ended(line(contract_end_date=YESTERDAY)), "2025-02-24"),
        (rules.contract_ended(line(contract_end_date=date(2020, 1, 1))), "2020-01-01"),
    ],
    "bills_overdue": [(rules.bills_overdue([BILL]), 1250.5),
                      (rules.bills_overdue([BILL, PAID, WAITING, BILL]), 2501.0),
                      (rules.bills_overdue([BILL.replace(total_due=0.1)] * 3), 0.3)],
    "not_active": [(rules.not_active(line(status=status), "refuelled"), status)
                   for status in ("Suspended", "Pending Activation", "Closed")],
    "too_much": [(rules.too_much(2.1), 2.0), (rules.too_much(40), 2.0)],
    "not_enough": [(rules.not_enough(1.2, 1.2), 1.2), (rules.not_enough(1.2, 0.5), 1.2),
                   (rules.not_enough(0.0, 0.0), 0.0)],
    "data_used_up": [(rules.data_used_up(LINE), 3.4)],
    "nothing_to_change": [(rules.nothing_to_change("it is on"), "already")],
    "nothing_wrong": [(rules.nothing_wrong("mobile data"), "works")],
    "nothing_fits": [(rules.nothing_fits("line", ()), "line"),
                     (rules.nothing_fits("bill", ()), "bill"),
                     (rules.nothing_fits("line", MODEL), "Hub 5G"),
                     (rules.nothing_fits("line", (*MODEL, *TOTAL)), "Hub 5G"),
                     (rules.nothing_fits("bill", TOTAL), 40.0)],
    "condition_not_met": [(rules.condition_not_met(1250.5, "$1,250.50"), 1250.5),
                          (rules.condition_not_met(12.0, "$12"), 12.0),
                          (rules.condition_not_met(3, "3"), 3),
                          (rules.condition_not_met(17.3, "17.3 GB"), 17.3),
                          (rules.claim_refuted("Bill B1", "total", 1250.5), 1250.5),
                          (rules.claim_refuted("The line", "used", 1.5), 1.5),
                          (rules.claim_refuted("The line", "roaming", "on"), "roaming"),
                          (rules.claim_refuted("Bill B1", "status", "Paid"), "Paid")],
}  # fmt: skip
"""By reason code, breaches of the rule, each with the fact that has to be told."""
EACH = [(code, breach, fact) for code, found in BREACHES.items() for breach, fact in found]


@pytest.mark.parametrize(("code", "breach", "fact"), EACH)
def test_a_breach_has_its_code_and_its_fact(code, breach, fact):
    assert (breach.code, breach.fact) == (code, fact)


@pytest.mark.parametrize(("code", "breach", "fact"), EACH)
def test_a_refusal_says_that_it_refuses_and_tells_the_fact_that_forbids_it(code, breach, fact):
    assert is_refusal(breach.sentence)
    if isinstance(fact, str):
        assert re.search(rf"\b{re.escape(fact)}\b", breach.sentence)
    else:
        assert fact in numbers_in(breach.sentence)
    assert breach.sentence[0].isupper()
    assert breach.sentence.endswith(".")


@pytest.mark.parametrize(
    "allowed",
    [
        lambda: rules.other_account("B1", ["B0", "B1"]),
        lambda: rules.not_overdue(BILL),
        lambda: rules.another_awaiting([]),
        lambda: rules.another_awaiting([BILL, PAID]),
        lambda: rules.not_suspended(line(status="Suspended")),
        lambda: rules.contract_ended(line(contract_end_date=None)),
        lambda: rules.contract_ended(line(contract_end_date=TODAY)),
        lambda: rules.contract_ended(line(contract_end_date=TOMORROW)),
        lambda: rules.bills_overdue([]),
        lambda: rules.bills_overdue([PAID, WAITING, BILL.replace(status="Issued")]),
        lambda: rules.not_active(LINE, "suspended"),
        lambda: rules.too_much(2.0),
        lambda: rules.too_much(0.1),
        lambda: rules.not_enough(1.2, 1.3),
        lambda: rules.not_enough(0.0, 0.1),
    ],
)
def test_what_is_in_order_is_no_breach(allowed):
    assert allowed() is None


def functions():
    """Return the rules by name; what Python itself has added is none."""
    found = inspect.getmembers(rules, inspect.isfunction)
    return {
        name: rule
        for name, rule in found
        if rule.__module__ == rules.__name__ and name != "__annotate__"
    }


def test_every_rule_is_tried_here():
    assert set(functions()) == {*BREACHES, "claim_refuted"}


def test_the_specification_and_the_rules_have_the_same_reason_codes():
    table = REQUESTS.read_text("utf-8").partition("## What forbids it")[2].partition("\nSeveral")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.M)) == set(BREACHES)


def test_every_rule_names_a_heading_of_the_policy_document():
    headings = set(re.findall(r"^#+ (.+)$", POLICY, re.M))
    for name, rule in functions().items():
        cited = re.match(r'Policy "([^"]+)"(?: and "([^"]+)")?: ', rule.__doc__ or "")
        assert cited, name
        assert {each for each in cited.groups() if each} <= headings


@pytest.mark.parametrize("over", [0.0, 0.5, 1.9])
def test_a_refuel_within_the_limit_can_be_enough_for_whatever_can_be_repaired(over):
    assert causes(Findings(over_limit_gb=over), "data") == ["over_limit"]
    assert rules.not_enough(over, rules.MOST_REFUEL_GB) is None
    assert rules.too_much(rules.MOST_REFUEL_GB) is None


def test_the_document_names_the_most_that_is_refuelled():
    most = f"{rules.MOST_REFUEL_GB:g} GB"
    section = POLICY.partition("## Refuel data")[2].partition("\n#")[0]
    assert most in section
