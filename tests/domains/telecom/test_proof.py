"""The telecom proof: what references mean, and which choices a request leaves."""

import pytest

from writ_gym.domains.telecom.proof import PROOF
from writ_gym.meaning.proofs import Decision
from writ_gym.tasks import Fact, Request

ENDS = {1: "2026-03-31", 2: "2026-06-30", 3: "2025-01-31", 4: "2026-12-31", 5: "2027-01-31"}
MONTHS = {1: "2024-11", 2: "2024-12", 3: "2025-01", 4: "2025-02", 5: "2025-03"}
ACTIVE, OVERDUE = ("status", "is", "Active"), ("status", "is", "Overdue")


def ask(intent, **values):
    facts = tuple(Fact(slot=slot, value=value, text="") for slot, value in values.items())
    return Request(intent=intent, text="", facts=facts)


def where(*conditions, **rest):
    keys = ("attribute", "test", "value")
    return {"where": [dict(zip(keys, each, strict=True)) for each in conditions], **rest}


def line(*conditions, **by):
    return where(*conditions, line=True, **by)


def bill(*conditions, **by):
    return where(*conditions, bill=True, **by)


def number(key):
    return {"number": f"555-000-000{key}"}


# References


@pytest.mark.parametrize(
    ("reference", "key"),
    [
        (number(3), 3),
        (line(by="used"), 3),
        (line(by="used", rank=2), 1),
        (line(by="used", extreme="lowest"), 5),
        (line(by="left", extreme="lowest"), 4),
        (line(by="left", rank=2), 5),
        (line(by="refuelled"), 5),
        (line(by="contract_end"), 5),
        (line(by="contract_end", extreme="lowest"), 3),
        (line(by="price"), 3),
        (line(ACTIVE, by="limit"), 1),
        (line(ACTIVE, by="refuel_price"), 4),
        (line(("roaming", "is", "on"), ACTIVE, by="used"), None),
        (line(("plan", "is", "Hearth")), 3),
        (line(("device", "is", "watch")), 4),
        (line(("device", "is", "tablet"), ("status", "is_not", "Suspended")), 5),
        (line(("model", "is", "Aster X")), 1),
        (line(("number", "is", "555-000-0004")), 4),
        (line(("left", "under", 0.0)), 4),
        (line(("left", "under", -0.5)), None),
        (line(("used", "over", 2.5), ("used", "under", 40.0)), 1),
        (line(("contract_end", "under", "2025-02-25")), 3),
        (line(("refuel_price", "over", 9.0)), 4),
        ({"charged_on": {"bill_id": "B2"}, "charge": "Data overage"}, 4),
        ({"charged_on": bill(by="total", rank=2), "charge": "International calls"}, 1),
        ({"charged_on": bill(by="total"), "charge": "Tax"}, 2),
        ({"first_of": [number(1), number(3), number(2)], "status": "Suspended"}, 3),
        ({"first_of": [number(2), number(3)], "status": "Active"}, None),
    ],
)  # fmt: skip
def test_a_reference_means_one_line_or_none(reference, key, comes_to):
    code, told = comes_to("about_line", line=reference, topic="contract_end")
    assert (code, told) == ("told", ENDS[key]) if key else code == "nothing_fits"


@pytest.mark.parametrize(
    ("reference", "key"),
    [
        ({"bill_id": "B4"}, 4),
        (bill(by="due"), 5),
        (bill(OVERDUE, by="due"), 3),
        (bill(OVERDUE, by="total", extreme="lowest"), 2),
        (bill(by="count", rank=1), 3),
        (bill(by="total", rank=5), 5),
        (bill(by="total", rank=6), None),
        (bill(("month", "is", "2025-02")), 4),
        (bill(("month", "under", "2024-12")), 1),
        (bill(("charges", "has", "Tax")), 3),
        (bill(("charges", "lacks", "Monthly charge")), 5),
        (bill(("charges", "has", "Fee")), None),
        (bill(("total", "over", 95.0), ("status", "is_not", "Paid")), 3),
        (bill(("total", "over", 120.25)), None),
        (bill(("count", "under", 1.0)), 5),
        ({"beside": {"bill_id": "B3"}, "step": -1}, 2),
        ({"beside": bill(("status", "is", "Paid")), "step": 1}, 2),
    ],
)  # fmt: skip
def test_a_reference_means_one_bill_or_none(reference, key, comes_to):
    code, told = comes_to("about_bill", bill=reference, topic="due")
    assert (code, told) == ("told", f"{MONTHS[key]}-28") if key else code == "nothing_fits"


@pytest.mark.parametrize("key", ["B1", "B2", "B3", "B4"])
@pytest.mark.parametrize("extreme", ["highest", "lowest"])
def test_a_bill_can_come_to_list_what_is_looked_for_or_not_any_more(key, extreme, mine):
    request = ask(
        "about_bill", bill=bill(("charges", "has", "Tax"), by="total", extreme=extreme), topic="due"
    )
    now, others = PROOF.meaning(mine, "C1", request).tells, []
    for edit in PROOF.edits(mine, "C1", request, "bills", key):
        if "charge" in edit.arguments:
            after = mine.fork()
            PROOF.apply(after, edit)
            others.append(PROOF.meaning(after, "C1", request).tells)
    won = mine.bills[key].total_due > mine.bills["B3"].total_due
    if key == "B3" or won == (extreme == "highest"):
        assert any(told != now for told in others)


@pytest.mark.parametrize(
    "reference",
    [
        number(8),
        line(),
        line(ACTIVE),
        line(by="roaming"),  # two of them tie
        line(by="colour"),
        line(("colour", "is", "red")),
        line(("used", "is", "much")),
        line(("status", "has", "Active")),
        {"charged_on": {"bill_id": "B3"}, "charge": "Monthly charge"},  # for two lines
        {"charged_on": {"bill_id": "B4"}, "charge": "Discount"},  # for no line
        {"charged_on": {"bill_id": "B404"}, "charge": "Tax"},
        {"charged_on": {"beside": {"bill_id": "B1"}, "step": -1}, "charge": "Tax"},
        {"charged_on": {"beside": {"bill_id": "B5"}, "step": 1}, "charge": "Tax"},
        {"first_of": [number(1), number(8)], "status": "Closed"},
        {"first_of": [number(1), line(("model", "is", "?"))], "status": "Closed"},
        {"number": 5},
        "L1",
        None,
    ],
)
def test_a_reference_can_be_unclear(reference, proved):
    assert proved("about_line", line=reference, topic="used") == ("unclear", None)


@pytest.mark.parametrize("changes", [
    {"place": "abroad"}, {"line": number(4)}, {"goal": "fast"}, {"pay": None, "refuel": 3},
])  # fmt: skip
def test_a_repair_that_is_not_as_the_user_says_is_unclear(changes, put, proved):
    put("lines", "L1", data_used_gb=9.0)
    values = {"line": number(1), "place": "home", "goal": "any", "refuel": {"gb": 2.0}, "pay": True}
    assert proved("fix_data", **values)[0] == "writes"
    assert proved("fix_data", **{**values, **changes}) == ("unclear", None)


def test_a_phone_that_has_not_looked_for_a_network_is_unclear(mine, proved):
    mine.phones.put("C1", mine.phones["C1"].replace(airplane_mode=True))
    assert proved("fix_service", line=number(1), pay=True) == ("unclear", None)


# Decisions


def decided(db, intent, **values):
    return list(PROOF.decisions(db, "C1", ask(intent, **values)))


def test_the_choices_among_lines_and_bills(mine):
    lost = {"reason": "the device was lost"}
    assert decided(mine, "suspend_line", line=number(1), **lost) == []
    assert decided(mine, "suspend_line", line=line(ACTIVE, by="used"), **lost) == [
        Decision("line", ("L1", "L4"), ("L1",))
    ]
    every = where(ACTIVE, ("device", "is", "watch"), every_line=True)
    assert decided(mine, "suspend_line", line=every, **lost) == [
        Decision("line", ("L1", "L4"), ("L4",), together=True)
    ]
    assert decided(mine, "pay_bill", bill={"bill_id": "B2"}) == []
    assert decided(mine, "pay_bill", bill=bill(OVERDUE, by="due")) == [
        Decision("bill", ("B2", "B3"), ("B3",))
    ]
    within = where(OVERDUE, budget=100.0, by="due", extreme="lowest")
    assert decided(mine, "pay_bill", bill=within) == [
        Decision("bill", ("B2", "B3"), ("B2",), together=True)
    ]
    values = {"line": number(1), "amount": {"as_much_as": line(by="refuelled", rank=2)}}
    assert decided(mine, "refuel_data", **values) == [
        Decision("amount", ("L2", "L4", "L5"), ("L4",))
    ]


def test_there_is_nothing_to_choose_where_nothing_is_written(mine):
    assert decided(mine, "about_line", line=line(by="used"), topic="plan") == []
    assert decided(mine, "suspend_line", line=line(by="used"), reason="x") == []  # L3: suspended
    assert decided(mine, "suspend_line", line=line(), reason="x") == []  # unclear
    assert decided(mine, "fix_service", line=number(1), pay=True) == []


HOME = {"line": number(1), "place": "home", "refuel": {"nothing": True}, "pay": False}
OF_SERVICE = ("toggle_airplane_mode", "reseat_sim_card", "reset_apn_settings")
OF_DATA = (*OF_SERVICE, "toggle_data")
MODE = "set_network_mode_preference 4g_5g_preferred"
OF_MMS = (
    MODE, "toggle_wifi_calling", "grant_app_permission messaging sms",
    "grant_app_permission messaging storage",
)  # fmt: skip
OF_SPEED = ("toggle_data_saver_mode", MODE, "disconnect_vpn")


def broken(mine, **settings):
    mine.phones.put("C1", mine.phones["C1"].replace(**settings))


def test_the_remedies_of_the_manual_are_the_choices_of_a_repair(mine):
    """A user who only knows what does not work would agree to any of them."""
    broken(mine, wifi_calling_enabled=True, wifi_calling_mms_over_wifi=True)
    (decision,) = decided(mine, "fix_mms", **HOME)
    assert decision == Decision(
        "repair", (*OF_DATA, *OF_MMS), ("toggle_wifi_calling",), together=True, deeds=True
    )
    assert (decision.first_is_right, decision.chance) == (False, 1 / 8)
    (decision,) = decided(mine, "fix_mms", **{**HOME, "pay": True})  # what is overdue, if need be
    assert decision.options == (*OF_SERVICE, "resume_line", "toggle_data", *OF_MMS)


@pytest.mark.parametrize(("goal", "more"), [("any", ()), ("excellent", OF_SPEED)])
def test_what_may_help_depends_on_the_goal_and_the_place(goal, more, mine):
    broken(mine, data_enabled=False)
    (decision,) = decided(mine, "fix_data", goal=goal, **HOME)
    assert decision.options == (*OF_DATA, *more)
    abroad = "toggle_roaming", "enable_roaming"
    broken(mine, is_abroad=True, roaming_enabled=True)
    (decision,) = decided(mine, "fix_data", goal=goal, **{**HOME, "place": "abroad"})
    assert decision.options == (*OF_DATA, *abroad, *more)
    line = mine.lines["L1"]
    used_up = line.replace(data_used_gb=mine.plans[line.plan_id].data_limit_gb + 0.5)
    mine.lines.put("L1", used_up)
    values = {**HOME, "place": "abroad", "refuel": {"gb": 2.0}}
    (decision,) = decided(mine, "fix_data", goal=goal, **values)
    assert decision.options == (*OF_DATA, *abroad, "refuel_data", *more)
    assert decision.right == ("toggle_data", *(abroad[1:] * (not line.roaming_enabled)),
                              "refuel_data")  # fmt: skip


def test_a_repair_has_a_choice_only_where_something_is_repaired(mine):
    assert decided(mine, "fix_mms", **HOME) == []  # nothing is wrong
    broken(mine, sim_card_status="locked_pin", network_connection_status="no_service",
           network_technology_connected="none", network_signal_strength="none")  # fmt: skip
    assert decided(mine, "fix_mms", **HOME) == []  # for a human


def test_remedies_that_were_picked_are_what_is_done(mine):
    broken(mine, wifi_calling_enabled=True, wifi_calling_mms_over_wifi=True)
    request = ask("fix_mms", **HOME)
    (decision,) = PROOF.decisions(mine, "C1", request)
    right = PROOF.meaning(mine, "C1", request).writes
    assert PROOF.meaning(mine, "C1", request, {"repair": decision.right}).writes == right
    for option in decision.options:
        writes = PROOF.meaning(mine, "C1", request, {"repair": (option,)}).writes
        assert writes
        assert (writes == right) == (option in decision.right)
        assert PROOF.decisions(mine, "C1", request, {"repair": (option,)}) == []
    writes = PROOF.meaning(mine, "C1", request, {"repair": decision.options}).writes
    names = [write.name for write in writes]
    assert names[-2:] == ["reset_apn_settings", "reboot_device"]
    assert len(names) == len(decision.options) + 1


def test_what_was_picked_is_taken_for_what_is_meant(mine):
    request = ask("suspend_line", line=line(ACTIVE, by="used"), reason="x")
    (call,) = PROOF.meaning(mine, "C1", request, {"line": "L4"}).writes
    assert call.arguments["line_id"] == "L4"
    assert PROOF.decisions(mine, "C1", request, {"line": "L4"}) == []
    request = ask("pay_bill", bill=where(OVERDUE, every_bill=True))
    writes = PROOF.meaning(mine, "C1", request, {"bill": ("B3",)}).writes
    assert [call.arguments.get("bill_id") for call in writes] == ["B3", None]
