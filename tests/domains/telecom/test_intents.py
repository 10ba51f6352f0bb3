"""What telecom requests come to in an account known by heart: solver and brute force agree."""

import re
from pathlib import Path

import pytest

from writ_gym.domains.telecom.intents import INTENTS

REQUESTS = Path(__file__).parents[3] / "docs" / "requests-telecom.md"
STATUS = ("status", "is", "Suspended")
BROKEN = {"active_apn_settings": {"apn_name": "broken"}}


def where(*conditions, **rest):
    keys = ("attribute", "test", "value")
    return {"where": [dict(zip(keys, each, strict=True)) for each in conditions], **rest}


def number(line):
    return {"number": f"555-000-000{line}"}


def every_line(*conditions):
    return {**where(*conditions), "every_line": True}


def figure(over, what="count", test=None, value=0, **attribute):
    guard = {"test": test, "value": value} if test else {}
    return {"figure": what, "over": over, **attribute, **guard}


def believed(attribute, test, value, of):
    return {"believed": {"attribute": attribute, "test": test, "value": value}, "of": of}


LINES = {"where": [], "lines": True}
HOLDS, FAILS = figure(LINES, test="over", value=4), figure(LINES, test="over", value=5)
PAYS, NOT = {"pay": True}, {"pay": False}
B2 = ["send_payment_request B2", "make_payment"]
B3 = ["send_payment_request B3", "make_payment"]
LIFT = {"in_hand": False, **PAYS}
FIX = {"line": number(1), **PAYS}
DATA = {**FIX, "place": "home", "goal": "any", "refuel": {"nothing": True}}
FAST, MMS = {**DATA, "goal": "excellent"}, {k: v for k, v in DATA.items() if k != "goal"}
OVER = ("lines", "L1", {"data_used_gb": 9.2})
DOWN = ("lines", "L1", {"status": "Suspended"})
WAITS = ("bills", "B4", {"status": "Awaiting Payment"})


def phone(**settings):
    return ("phones", "C1", settings)


CASES = [
    # one of each reason code, as far as an intent can come to it
    ("other_account", "555-000-0009", "suspend_line", {"line": number(9), "reason": "x"}),
    ("other_account", "555-000-0009", "fix_service", {**FIX, "line": number(9)}),
    ("other_account", "555-000-0009", "about_line", {"line": number(9), "topic": "used"}),
    ("other_account", "555-000-0009", "about_plan",
     {"plan": {"plan_of": number(9)}, "topic": "price"}),
    ("other_account", "B9", "pay_bill", {"bill": {"bill_id": "B9"}}),
    ("other_account", "B9", "about_bill", {"bill": {"bill_id": "B9"}, "topic": "total"}),
    ("other_account", "B9", "about_bill",
     {"bill": {"beside": {"bill_id": "B9"}, "step": 1}, "topic": "total"}),
    ("nothing_fits", "Hub 5G", "set_roaming",
     {"line": where(("model", "is", "Hub 5G"), line=True), "roaming": "on"}),
    ("nothing_fits", "Closed", "lift_suspension",
     {"line": every_line(("status", "is", "Closed")), **LIFT}),
    ("nothing_fits", "line", "refuel_data",
     {"line": where(by="used", extreme="highest", rank=6, line=True), "amount": {"gb": 1.0}}),
    ("nothing_fits", "line", "suspend_line", {
        "line": {"first_of": [number(1), number(4)], "status": "Closed"}, "reason": "x"}),
    ("nothing_fits", "Disputed", "pay_bill",
     {"bill": where(("status", "is", "Disputed"), every_bill=True)}),
    ("nothing_fits", "Late fee", "pay_bill",
     {"bill": where(("charges", "has", "Late fee"), bill=True)}),
    ("condition_not_met", 5, "pay_bill", {"bill": {"bill_id": "B2"}, "condition": FAILS}),
    ("condition_not_met", 5, "suspend_line",
     {"line": number(9), "reason": "x", "condition": FAILS}),  # that comes first
    ("condition_not_met", "Paid", "pay_bill", {"bill": {"bill_id": "B2"}, "condition": believed(
        "status", "is", "Overdue", {"bill_id": "B1"})}),
    ("condition_not_met", "Active", "pay_bill", {"bill": {"bill_id": "B2"}, "condition": believed(
        "status", "is", "Suspended", number(1))}),
    ("other_account", "B9", "pay_bill", {"bill": {"bill_id": "B2"}, "condition": believed(
        "status", "is", "Overdue", {"bill_id": "B9"})}),
    ("writes", B2, "pay_bill", {"bill": {"bill_id": "B2"}, "condition": believed(
        "status", "is", "Paid", {"bill_id": "B1"})}),
    ("condition_not_met", 80.5, "pay_bill",
     {"bill": where(("status", "is", "Overdue"), budget=80.0, by="due", extreme="lowest")}),
    ("condition_not_met", 2.75, "refuel_data",
     {"line": number(1), "amount": {"dollars": 2.5, "in_steps": 0.5}}),
    ("condition_not_met", 5.5, "refuel_data",
     {"line": number(1), "amount": {"amounts": [2.0, 1.0], "at_most": 5.0}}),
    ("not_overdue", "Paid", "pay_bill", {"bill": {"bill_id": "B1"}}),
    ("not_overdue", "Issued", "pay_bill",
     {"bill": where(by="total", extreme="highest", rank=3, bill=True)}),
    ("another_awaiting", "B4", "pay_bill", {"bill": {"bill_id": "B2"}}, WAITS),
    ("not_suspended", "Active", "lift_suspension", {"line": number(4), **LIFT}),
    ("not_suspended", "Pending Activation", "lift_suspension", {"line": number(5), **LIFT}),
    ("contract_ended", "2025-01-31", "lift_suspension", {"line": number(3), **LIFT}),
    ("contract_ended", "2025-01-31", "lift_suspension", {"line": every_line(STATUS), **LIFT}),
    ("bills_overdue", 200.75, "lift_suspension", {"line": number(2), **LIFT, **NOT}),
    ("bills_overdue", 200.75, "fix_service", {**FIX, **NOT}, DOWN),
    ("bills_overdue", 200.75, "fix_mms", {**MMS, **NOT}, DOWN),
    ("not_active", "Suspended", "suspend_line", {"line": number(2), "reason": "x"}),
    ("not_active", "Pending Activation", "refuel_data",
     {"line": number(5), "amount": {"gb": 1.0}}),
    ("too_much", 2.0, "refuel_data", {"line": number(1), "amount": {"gb": 2.5}}),
    ("too_much", 2.0, "refuel_data",
     {"line": number(1), "amount": {"dollars": 12.0, "in_steps": 0.1}}),
    ("too_much", 2.0, "fix_data", {**DATA, "refuel": {"gb": 3.0}}, OVER),
    ("not_enough", 1.2, "fix_data", {**DATA, "refuel": {"gb": 1.0}}, OVER),
    ("not_enough", 1.2, "fix_mms", {**MMS, "refuel": {"dollars": 6.6, "in_steps": 0.1}}, OVER),
    ("data_used_up", 9.2, "fix_data", DATA, OVER),
    ("data_used_up", 9.2, "fix_mms", MMS, OVER),
    ("nothing_wrong", "works", "fix_service", FIX),
    ("nothing_wrong", "works", "fix_data", FAST),
    ("nothing_wrong", "works", "fix_mms", MMS, phone(vpn_connected=True, data_saver_mode=True)),
    ("nothing_to_change", "already", "set_roaming", {"line": number(2), "roaming": "on"}),
    ("nothing_to_change", "already", "set_roaming",
     {"line": every_line(STATUS), "roaming": "off"}, ("lines", "L2", {"roaming_enabled": False})),
    ("nothing_to_change", "already", "refuel_data",
     {"line": number(1), "amount": {"enough_in": 0.5}}),
    # a human
    ("human", None, "outside", {"matter": "refund"}),
    ("human", None, "fix_service", FIX, phone(sim_card_status="locked_pin")),
    ("human", None, "fix_data", {**DATA, **NOT}, ("lines", "L1", {"data_used_gb": 10.0})),
    ("human", None, "fix_service", FIX, DOWN, ("lines", "L1", {"contract_end_date": "2025-02-24"})),
    # writes
    ("writes", B3, "pay_bill", {"bill": {"bill_id": "B3"}, "condition": HOLDS}),
    ("writes", B2 + B3, "pay_bill", {"bill": where(("status", "is", "Overdue"), every_bill=True)}),
    ("writes", B2, "pay_bill",
     {"bill": where(("status", "is", "Overdue"), budget=200.7, by="total", extreme="lowest")}),
    ("writes", [*B2, *B3, "resume_line L2"], "lift_suspension", {"line": number(2), **LIFT}),
    ("writes", ["make_payment", *B2, *B3, "resume_line L2"], "lift_suspension",
     {"line": number(2), **LIFT}, WAITS),
    ("writes", [*B2, *B3, "resume_line L1", "reboot_device"], "lift_suspension",
     {"line": number(1), "in_hand": True, **PAYS}, DOWN),
    ("writes", [*B2, *B3, "resume_line L1"], "lift_suspension",
     {"line": number(1), "in_hand": True, **PAYS}, DOWN, phone(airplane_mode=True)),
    ("writes", ["suspend_line L1", "suspend_line L4"], "suspend_line",
     {"line": every_line(("status", "is", "Active")), "reason": "the device was lost"}),
    ("writes", ["enable_roaming L1", "enable_roaming L3", "enable_roaming L4"], "set_roaming",
     {"line": every_line(), "roaming": "on"}),
    ("writes", ["disable_roaming L5"], "set_roaming",
     {"line": where(("model", "is", "Folio 12"), line=True), "roaming": "off"}),
    ("writes", ["refuel_data L4 0.75"], "refuel_data",
     {"line": number(4), "amount": {"enough_in": 0.25}}),
    ("writes", ["refuel_data L4 0.6"], "refuel_data",
     {"line": number(4), "amount": {"enough_in": 0.1}}),
    ("writes", ["refuel_data L1 0.5"], "refuel_data",
     {"line": number(1), "amount": {"as_much_as": number(2)}}),
    ("writes", ["refuel_data L1 1.0"], "refuel_data",
     {"line": number(1), "amount": {"amounts": [2.0, 1.0], "at_most": 5.5}}),
    ("writes", ["refuel_data L1 2.0"], "refuel_data",
     {"line": number(1), "amount": {"dollars": 11.0, "in_steps": 0.25}}),
    ("writes", ["resume_line L1", "toggle_airplane_mode"], "fix_service", FIX,
     ("phones", "C1", {"airplane_mode": True}), DOWN, ("bills", "B2", {"status": "Paid"}),
     ("bills", "B3", {"status": "Paid"})),
    ("writes", ["reseat_sim_card", "reset_apn_settings", "reboot_device"], "fix_service", FIX,
     phone(sim_card_missing=True, **BROKEN)),
    ("writes", ["refuel_data L1 1.3", "toggle_data"], "fix_data",
     {**DATA, "refuel": {"enough_in": 0.1}}, OVER, phone(data_enabled=False)),
    ("writes", ["set_network_mode_preference", "toggle_data_saver_mode", "disconnect_vpn"],
     "fix_data", FAST, phone(network_mode_preference="4g_only", data_saver_mode=True,
     vpn_connected=True, vpn_details={"server_address": "x", "server_performance": "poor"})),
    ("writes", ["enable_roaming L1", "toggle_roaming"], "fix_data", {**DATA, "place": "abroad"},
     phone(is_abroad=True)),
    ("writes", ["toggle_wifi_calling", "grant_app_permission sms"], "fix_mms", MMS,
     phone(wifi_calling_enabled=True, wifi_calling_mms_over_wifi=True, app_statuses={"messaging":
     {"app_name": "messaging", "permissions": {"storage": True}}})),
    # answers
    ("told", -0.5, "about_line", {"line": number(4), "topic": "left"}),
    ("told", "Slate", "about_line", {"line": where(by="left", extreme="highest", rank=3,
                                                   line=True), "topic": "plan"}),
    ("told", "2026-12-31", "about_line", {
        "line": {"charged_on": {"bill_id": "B2"}, "charge": "Data overage"},
        "topic": "contract_end"}),
    ("told", "on", "about_line", {"line": {
        "first_of": [number(1), number(3), number(2)], "status": "Suspended"},
        "topic": "roaming"}, ("lines", "L3", {"status": "Active"})),
    ("told", 2, "about_bill", {"bill": {"beside": where(("charges", "has", "Tax"), bill=True),
                                        "step": -1}, "topic": "count"}),
    ("told", 58.0, "about_figures", {"figure": figure(
        where(("device", "is_not", "tablet"), ("used", "over", 5.0), lines=True), "sum",
        attribute="price")}, ("plans", "P1002", {"price_per_month": 8.0})),
    ("told", 295.75, "about_figures", {"figure": figure(
        where(("month", "over", "2024-11"), bills=True), "sum", attribute="total")}),
    ("told", 0, "about_figures", {"figure": figure(where(("used", "over", 99.0), lines=True))}),
    ("told", 25.0, "about_plan", {"plan": {"plan_of": number(5)}, "topic": "price"}),
    ("told", "Household", "about_plan", {"plan": where(
        ("price", "under", 70.0), by="price", extreme="highest", rank=1, plan=True),
        "topic": "name"}),
    ("told", 22.0, "compare_plans", {"line": number(1), "plan": {"plan_name": "Wrist"}}),
    ("told", -14.0, "compare_plans", {"line": number(1), "plan": {"plan_name": "Roomy"}}),
    ("told", "no", "about_phone", {"topic": "data"}, OVER),
    ("told", "yes", "about_phone", {"topic": "service"}, OVER),
    ("told", "no", "about_phone", {"topic": "mms"}, phone(network_mode_preference="2g_only")),
    ("told", 275.0, "about_phone", {"topic": "speed"}),
    ("told", "no connection", "about_phone", {"topic": "speed"}, phone(airplane_mode=True)),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[2]}-{case[0]}")
def test_a_request_comes_to_what_it_says(case, put, comes_to):
    code, what, intent, values, *changes = case
    for table, key, fields in changes:
        put(table, key, **fields)
    assert comes_to(intent, **values) == (code, what)


def test_every_intent_and_every_reason_code_is_there():
    assert {case[2] for case in CASES} == {intent.name for intent in INTENTS}
    table = REQUESTS.read_text("utf-8").partition("## What forbids it")[2].partition("\nSeveral")[0]
    codes = set(re.findall(r"^\| `(\w+)` \|", table, re.M))
    assert {case[0] for case in CASES} == codes | {"human", "writes", "told"}


@pytest.mark.parametrize("code", ["not_overdue", "contract_ended", "not_active"])
def test_of_several_records_one_that_a_rule_forbids_forbids_all(code, comes_to):
    request = {
        "not_overdue": ("pay_bill", {"bill": where(every_bill=True)}),
        "contract_ended": ("lift_suspension", {"line": every_line(STATUS), **LIFT}),
        "not_active": ("suspend_line", {"line": every_line(), "reason": "x"}),
    }[code]
    assert comes_to(request[0], **request[1])[0] == code
