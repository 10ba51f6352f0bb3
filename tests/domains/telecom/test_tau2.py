"""tau2's telecom: what was recorded replays exactly, and each quirk does what its name says."""

import asyncio
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from writ_gym.domain import World
from writ_gym.domains.telecom import DOMAIN
from writ_gym.domains.telecom.schema import TelecomDB
from writ_gym.domains.telecom.tau2 import COMPAT
from writ_gym.domains.telecom.tau2.state import (
    Tau2DB,
    carrier_state,
    load,
    phone_state,
    sync,
)
from writ_gym.domains.telecom.tools import TOOLS
from writ_gym.domains.telecom.user_tools import USER_TOOLS
from writ_gym.errors import StoreError
from writ_gym.policies.oracle import oracle
from writ_gym.policy import Privileged
from writ_gym.runs.rollouts import Rollout, play
from writ_gym.tasks import Task
from writ_gym.tau2.layer import holds, load_database
from writ_gym.tau2.replay import Answer, dispatch, replay, state_difference
from writ_gym.tau2.tasks import recorded_tasks
from writ_gym.users.scripted import USERS

Plain = dict[str, Any]

TAU2 = Path(__file__).parents[4] / "shared" / "tau2"
needs_tau2 = pytest.mark.skipif(
    not (TAU2 / "telecom").is_dir(), reason=f"tau2's data is not there: {TAU2} has no telecom/"
)
BAR = "\nStatus Bar: 📶⁴ Excellent | 5G | 📱 Data Enabled | 🔋 80%"


@needs_tau2
@pytest.mark.parametrize(("name", "cases"), [("fuzz", 300), ("gold-train", 74)])
def test_what_tau2_recorded_replays_exactly(name: str, cases: int) -> None:
    report = replay("telecom", TAU2, [TAU2 / "telecom" / f"{name}.jsonl.gz"])
    assert report.mismatches == []
    assert (report.cases, report.matched) == (cases, cases)


@needs_tau2
def test_both_sides_of_tau2s_database_are_loaded() -> None:
    db = load(TAU2 / "telecom")
    digests = [
        hashlib.sha256(json.dumps(state(db), sort_keys=True).encode()).hexdigest()
        for state in (carrier_state, phone_state)
    ]
    # The values that tau2's description gives.
    assert digests == [
        "304cf5ef059852e117ea801ab9a5efc24c9713ec887679dc2e30acceb4b6742d",
        "e1f3a8637388808221228ff3f87294444e6b64caf721f5eb243a85d0a9380b28",
    ]


@pytest.fixture(scope="module")
def theirs() -> tuple[World[TelecomDB], list[Task]]:
    world = DOMAIN.world_from(load_database("telecom", TAU2))
    return world, recorded_tasks(DOMAIN, world, TAU2)


@needs_tau2
def test_a_recorded_task_begins_with_the_phone_that_its_initial_actions_leave(
    theirs: tuple[World[TelecomDB], list[Task]],
) -> None:
    world, tasks = theirs
    assert not world.db.phones
    for task in tasks:
        session = world.begin(task)
        (phone,) = session.phones.values()
        assert session.lines[phone.line_id].phone_number == "555-123-2002"
        assert task.certificate.caller == phone.customer_id == session.caller
        # An issue that cannot be mended is asserted to be still there.
        is_open = any(due.kind == "hand_over" for due in task.due)
        assert holds(task, session) is is_open
        assert bool(task.gold_writes) is not is_open


@needs_tau2
def test_the_reference_calls_of_a_recorded_task_come_to_what_it_asserts(
    theirs: tuple[World[TelecomDB], list[Task]],
) -> None:
    world, tasks = theirs
    for task in tasks:
        session = world.begin(task)
        for write in task.gold_writes:
            assert holds(task, session) is False
            DOMAIN.all_tools.call(session, write.name, write.arguments)
        assert holds(task, session)
        assert session.fingerprint() == task.certificate.goal_fingerprint


@needs_tau2
def test_the_oracle_plays_recorded_tasks_with_a_user_who_holds_the_phone(
    theirs: tuple[World[TelecomDB], list[Task]],
) -> None:
    world, tasks = theirs
    rollout = Rollout(DOMAIN, world, "oracle", Privileged(oracle), "scripted", USERS["scripted"])
    for task in tasks[::6]:
        record = asyncio.run(play(rollout, task))
        assert (record.reward, record.termination) == (1.0, "user_ended")


CARRIER = """
[[plans]]
plan_id = "P1"
name = "Small"
data_limit_gb = 5.0
price_per_month = 20.0
data_refueling_price_per_gb = 2.25

[[devices]]
device_id = "D1"
device_type = "phone"
model = "X"
is_esim_capable = true
activation_date = "2025-01-20T14:30:00"

[[lines]]
line_id = "L1"
phone_number = "555-1"
status = "Active"
plan_id = "P1"
data_used_gb = 3.0

[[lines]]
line_id = "L2"
phone_number = "555-2"
status = "Active"
plan_id = "P1"

[[bills]]
bill_id = "B1"
customer_id = "C1"
period_start = "2025-01-01"
period_end = "2025-01-31"
issue_date = "2025-01-05"
due_date = "2025-01-19"
total_due = 20.0
status = "Paid"

[[customers]]
customer_id = "C1"
full_name = "Ann Lee"
date_of_birth = "1990-05-17"
email = "ann@example.com"
phone_number = "555-2"
account_status = "Active"
line_ids = ["L1", "L2"]
bill_ids = ["B1"]
address = { street = "1 A Street", city = "Boise", state = "ID", zip_code = "83701" }
"""
PHONE = """
[device]
network_signal_strength = "good"
"""


@pytest.fixture
def base(tmp_path: Path) -> Tau2DB:
    """Return a carrier with one customer."""
    (tmp_path / "db.toml").write_text(CARRIER)
    (tmp_path / "user_db.toml").write_text(PHONE)
    return load(tmp_path)


@pytest.fixture
def db(base: Tau2DB) -> Tau2DB:
    """Return a session of which the phone is that of line L1."""
    db: Tau2DB = base.session()
    COMPAT.functions["user"]["set_user_info"](db, "Ann", "555-1")
    sync(db)
    return db


Call = Callable[..., Answer]


@pytest.fixture
def agent(db: Tau2DB) -> Call:
    """Return what calls a tool of the agent's."""
    return lambda name, **arguments: dispatch(COMPAT, db, "assistant", name, arguments)


@pytest.fixture
def user(db: Tau2DB) -> Call:
    """Return what calls a tool of the user's."""
    return lambda name, **arguments: dispatch(COMPAT, db, "user", name, arguments)


LINE = {"customer_id": "C1", "line_id": "L1"}


def test_the_tools_are_those_of_the_domain() -> None:
    assert list(COMPAT.tools["assistant"]) == [tool.name for tool in TOOLS]
    assert list(COMPAT.tools["user"]) == [tool.name for tool in USER_TOOLS]
    assert all(
        COMPAT.tools["user"][name] is USER_TOOLS[name].function
        for name in ("check_status_bar", "reboot_device", "grant_app_permission")
    )


def test_a_file_that_is_no_toml_is_named(tmp_path: Path) -> None:
    (tmp_path / "db.toml").write_text("a = [")
    with pytest.raises(StoreError, match=r"db\.toml: not TOML"):
        load(tmp_path)
    with pytest.raises(StoreError, match="Cannot read"):
        load(tmp_path / "nowhere")


# Texts


def test_times_have_a_space_and_numbers_outside_records_are_texts(agent: Call, db: Tau2DB) -> None:
    device = json.loads(agent("get_details_by_id", id="D1").content)  # G-4
    assert device["activation_date"] == "2025-01-20 14:30:00"
    assert json.loads(agent("get_data_usage", **LINE).content) == {  # G-5
        "line_id": "L1", "data_used_gb": "3.0", "data_limit_gb": "5.0",
        "data_refueling_gb": "0.0", "cycle_end_date": "2025-02-28",
    }  # fmt: skip
    line = json.loads(agent("get_details_by_id", id="L1").content)
    assert line["data_used_gb"] == 3.0


@pytest.mark.parametrize(("amount", "text"), [(2, "2 GB"), (2.0, "2.0 GB"), (True, "True GB")])
def test_an_amount_is_told_as_it_was_given(amount: Any, text: str, agent: Call, db: Tau2DB) -> None:
    answer = agent("refuel_data", **LINE, gb_amount=amount)  # T-8, W-5
    assert f"Successfully added {text} of data" in answer.content
    (new_id,) = set(db.bills) - {"B1"}
    assert db.bills[new_id].line_items[0].description == f"Data refueling: {text} at $2.25/GB"


def test_a_vpn_is_told_as_python_writes_it(user: Call) -> None:
    user("connect_vpn")  # T-20
    assert user("check_vpn_status").content == (
        "VPN is ON and connected. Details: {'server_address': '192.168.1.1', 'protocol': "
        "'OpenVPN', 'server_performance': <PerformanceLevel.EXCELLENT: 'excellent'>}"
    )


# The agent's tools


def test_an_earlier_customers_line_beats_a_later_customers_number(base: Tau2DB) -> None:
    rows = {
        "customers": {"C0": base.customers["C1"].replace(customer_id="C0", phone_number="555-9"),
                      "C1": base.customers["C1"]}
    }  # fmt: skip
    tables = {name: dict(getattr(base, name)) for name in base.tables}
    db = Tau2DB.load({**tables, **rows}).session()
    answer = dispatch(COMPAT, db, "assistant", "get_customer_by_phone", {"phone_number": "555-2"})
    assert json.loads(answer.content)["customer_id"] == "C0"  # T-1


@pytest.mark.parametrize(("limit", "count"), [(0, 0), (1, 1), (-1, 0), (None, 1)])
def test_a_limit_cuts_as_python_does(limit: Any, count: int, agent: Call) -> None:
    bills = json.loads(agent("get_bills_for_customer", customer_id="C1", limit=limit).content)
    assert len(bills) == count  # T-5


def test_any_bill_can_be_requested_and_whose_it_is_is_asked_last(agent: Call) -> None:
    assert not agent("send_payment_request", customer_id="C1", bill_id="B1").error  # T-6
    answer = agent("send_payment_request", customer_id="C1", bill_id="B9")
    assert answer.content == "Error: A bill is already awaiting payment for this customer"


def test_a_new_bill_has_an_id_like_a_random_one(agent: Call, db: Tau2DB) -> None:
    agent("refuel_data", **LINE, gb_amount=1)  # T-7
    _, new_id = db.customers["C1"].bill_ids
    assert COMPAT.random_ids is not None
    assert COMPAT.random_ids.fullmatch(new_id)


# The phone


def test_the_phone_begins_with_less_than_a_search_would_find(user: Call) -> None:
    assert "📶³ Good" in user("check_status_bar").content  # T-12
    assert user("reseat_sim_card").content == f"SIM card re-seated successfully.{BAR}"


@pytest.mark.parametrize(("mode", "name"), [(7, "int"), ([], "list"), (1.5, "float")])
def test_a_mode_that_is_no_text_is_taken(mode: Any, name: str, user: Call, db: Tau2DB) -> None:
    answer = user("set_network_mode_preference", mode=mode)  # T-17
    assert answer.content == f"Error: '{name}' object has no attribute 'value'"
    assert db.phones[""].network_mode_preference == mode
    assert db.phones[""].network_technology_connected == "4G"
    assert user("check_network_mode_preference").error
    assert not user("set_network_mode_preference", mode="4g_only").error


def test_a_mode_that_is_null_is_taken_and_said_to_be_wrong(user: Call, db: Tau2DB) -> None:
    answer = user("set_network_mode_preference", mode=None)  # T-17
    assert answer.content.startswith("Failed to set network mode: 'None' is not a valid option.")
    assert db.phones[""].network_mode_preference is None


def test_access_point_settings_that_are_no_object_spoil_the_phone(
    user: Call, db: Tau2DB, base: Tau2DB
) -> None:
    for name, more in (("set_apn_settings", {"apn_settings": "x"}), ("toggle_data", {}),
                       ("check_apn_settings", {}), ("reboot_device", {})):  # fmt: skip
        answer = user(name, **more)  # T-18
        assert (answer.error, answer.fixed) == (True, False)
        assert "'str' object has no attribute" in answer.content
    assert user("check_sim_status").content == "Your SIM card is active and working."
    difference = {
        json.dumps(path): value
        for path, value in state_difference(base, db, "user", COMPAT.states)
        if path[0] == "device"
    }
    assert difference == {
        '["device", "active_apn_settings"]': "x",
        '["device", "data_enabled"]': False,
        '["device", "network_signal_strength"]': "excellent",
    }


def test_settings_of_unknown_fields_are_refused(user: Call, db: Tau2DB) -> None:
    answer = user("set_apn_settings", apn_settings={"colour": "red"})
    assert answer.content.startswith("Error: 1 validation error for ")
    assert not answer.fixed


def test_a_slow_vpn_is_slow_for_good(db: Tau2DB, user: Call) -> None:
    COMPAT.functions["user"]["break_vpn"](db)
    assert "PerformanceLevel.POOR" in user("check_vpn_status").content
    user("disconnect_vpn")
    user("connect_vpn")
    assert "PerformanceLevel.POOR" in user("check_vpn_status").content  # T-22


# Both sides


def test_the_phone_is_told_what_the_carrier_allows(agent: Call, db: Tau2DB) -> None:
    agent("enable_roaming", **LINE)
    agent("suspend_line", **LINE, reason="x")
    told = db.surroundings[""]
    assert (told.line_active, told.roaming_allowed) == (False, True)
    COMPAT.functions["assistant"]["set_data_usage"](db, "C1", "L1", 5.0)
    assert not db.surroundings[""].mobile_data_usage_exceeded  # not before the next call
    sync(db)
    assert db.surroundings[""].mobile_data_usage_exceeded


def test_a_synchronisation_repeated_changes_nothing(agent: Call, user: Call, db: Tau2DB) -> None:
    request = {"customer_id": "C1", "bill_id": "B1"}
    for call, name, arguments in (
        (agent, "send_payment_request", request),
        (user, "make_payment", {}),
        (agent, "enable_roaming", LINE),
    ):
        call(name, **arguments)
        before = db.fingerprint()
        sync(db)
        assert db.fingerprint() == before


def test_a_request_is_not_refreshed(agent: Call, user: Call, db: Tau2DB) -> None:
    agent("send_payment_request", customer_id="C1", bill_id="B1")
    db.bills.put("B1", db.bills["B1"].replace(total_due=99.0))
    agent("enable_roaming", **LINE)
    assert user("check_payment_request").content.endswith("B1 of 20.0 USD.")  # T-24
    assert user("make_payment").content == "Payment of 20.0 USD has been made for bill B1."
    assert (db.bills["B1"].status, db.surroundings[""].payment_request) == ("Paid", None)
    assert user("check_payment_request").content == "No payment request has been made."
    assert user("make_payment").content == "You do not have a payment request."


def test_a_wrong_number_fails_every_call_after_its_effect(db: Tau2DB, user: Call) -> None:
    COMPAT.functions["user"]["set_user_info"](db, "Ann", "555-9")
    answer = user("toggle_data")  # T-23
    assert answer.content == "Error: Line with phone number 555-9 not found"
    assert not db.phones[""].data_enabled


# Initial actions and assertions


@pytest.mark.parametrize(
    ("name", "arguments", "field", "value"),
    [
        ("set_user_location", {"abroad": True}, "is_abroad", True),
        ("turn_airplane_mode_on", {}, "airplane_mode", True),
        ("turn_airplane_mode_off", {}, "airplane_mode", False),
        ("unseat_sim_card", {}, "sim_card_missing", True),
        ("lock_sim_card", {"mode": "pin"}, "sim_card_status", "locked_pin"),
        ("lock_sim_card", {"mode": "puk"}, "sim_card_status", "locked_puk"),
        ("lock_sim_card", {"mode": "x"}, "sim_card_status", "active"),
        ("turn_data_off", {}, "data_enabled", False),
        ("turn_data_on", {}, "data_enabled", True),
        ("turn_roaming_on", {}, "roaming_enabled", True),
        ("turn_roaming_off", {}, "roaming_enabled", False),
        ("turn_data_saver_mode_on", {}, "data_saver_mode", True),
        ("turn_data_saver_mode_off", {}, "data_saver_mode", False),
        ("set_wifi_calling", {"enabled": True}, "wifi_calling_enabled", True),
        ("break_vpn", {}, "vpn_connected", True),
    ],
)
def test_initial_actions_set_the_scene(
    name: str, arguments: Plain, field: str, value: Any, db: Tau2DB
) -> None:
    COMPAT.functions["user"][name](db, **arguments)
    assert getattr(db.phones[""], field) == value


def test_a_line_is_suspended_for_a_bill(db: Tau2DB, agent: Call, user: Call) -> None:
    functions = COMPAT.functions["assistant"]
    suspend = functions["suspend_line_for_overdue_bill"]
    suspend(db, "C1", "L1", "B2", True)
    sync(db)
    assert (db.bills["B2"].status, db.bills["B2"].total_due) == ("Overdue", 20.0)
    assert str(db.lines["L1"].contract_end_date) == "2025-01-31"
    assert functions["assert_overdue_bill_exists"](db, "C1", "B2")
    assert functions["assert_line_status"](db, "C1", "L1", "Suspended")
    assert not functions["assert_no_overdue_bill"](db, "B2")
    assert functions["assert_no_overdue_bill"](db, "B9")
    COMPAT.functions["user"]["simulate_network_search"](db)
    assert COMPAT.functions["user"]["assert_service_status"](db, "no_service")
    with pytest.raises(ValueError, match="must be active"):
        suspend(db, "C1", "L1", "B3", False)
    with pytest.raises(ValueError, match="already has an overdue bill"):
        suspend(db, "C1", "L2", "B3", False)
    with pytest.raises(ValueError, match="not overdue"):
        functions["assert_overdue_bill_exists"](db, "C1", "B1")
    agent("send_payment_request", customer_id="C1", bill_id="B2")
    user("make_payment")
    assert functions["assert_no_overdue_bill"](db, "B2")


def test_what_breaks_picture_messages_is_asserted(db: Tau2DB) -> None:
    functions = COMPAT.functions["user"]
    can_send = functions["assert_can_send_mms"]
    assert can_send(db, True)
    assert functions["remove_app_permission"](db, "messaging", "SMS")[0]
    assert functions["remove_app_permission"](db, "x", "sms")[0] is False
    assert functions["remove_app_permission"](db, "messaging", "x")[0] is False
    assert can_send(db, False)
    functions["break_apn_mms_setting"](db)
    assert db.phones[""].active_apn_settings.mmsc_url is None
    functions["break_apn_settings"](db)
    assert functions["assert_mobile_data_status"](db, False)
    assert functions["assert_internet_speed"](db, 0)
    assert not functions["assert_internet_speed"](db, 0, "excellent")
    assert functions["assert_internet_not_excellent"](db)


# The state, as a difference


def test_lists_of_records_are_told_by_their_places(base: Tau2DB, db: Tau2DB, agent: Call) -> None:
    agent("enable_roaming", customer_id="C1", line_id="L2")
    assert state_difference(base, db, "agent", COMPAT.states) == [
        (["lines", 1, "roaming_enabled"], True)
    ]
    agent("refuel_data", **LINE, gb_amount=1)
    paths = [path for path, _ in state_difference(base, db, "agent", COMPAT.states)]
    assert paths == [
        ["lines", 0, "data_refueling_gb"], ["lines", 1, "roaming_enabled"], ["bills"],
        ["customers", 0, "bill_ids"],
    ]  # fmt: skip


def recorded(base: Tau2DB, calls: list[tuple[str, str, Plain]], history: int) -> Plain:
    """Return a case as tau2 would have recorded it, with another random id."""
    db = base.session()
    COMPAT.histories[history](db)
    rows = []
    for requestor, name, arguments in calls:
        answer = dispatch(COMPAT, db, requestor, name, arguments)
        rows.append({"requestor": requestor, "name": name, "arguments": arguments,
                     "content": answer.content, "error": answer.error})  # fmt: skip
    sides = ("agent", "user")
    diff = {side: state_difference(base, db, side, COMPAT.states) for side in sides}
    return {"case": "made", "calls": rows, "diff": diff}


@pytest.fixture
def mismatches(tmp_path: Path, base: Tau2DB) -> Callable[[str], list[Plain]]:
    """Return what replays a case that is given as text."""
    (tmp_path / "telecom").mkdir()
    for name in ("db.toml", "user_db.toml"):
        (tmp_path / "telecom" / name).write_text((tmp_path / name).read_text())

    def run(text: str) -> list[Plain]:
        path = tmp_path / "cases.jsonl"
        path.write_text(text)
        return replay("telecom", tmp_path, [path]).mismatches

    return run


def test_random_ids_are_matched_with_ours_wherever_they_stand(
    base: Tau2DB, mismatches: Callable[[str], list[Plain]]
) -> None:
    session = base.session()
    refuel = ("assistant", "refuel_data", {**LINE, "gb_amount": 1.5})
    dispatch(COMPAT, session, *refuel)
    ours = session.customers["C1"].bill_ids[-1]
    calls = [
        refuel,
        ("assistant", "get_bills_for_customer", {"customer_id": "C1"}),
        ("assistant", "get_details_by_id", {"id": ours}),
        ("assistant", "send_payment_request", {"customer_id": "C1", "bill_id": ours}),
        ("user", "make_payment", {}),
    ]
    text = json.dumps(recorded(base, calls, history=0))
    assert text.count(ours) > 5
    assert mismatches(text) == []
    assert mismatches(text.replace(ours, "Bdeadbeef")) == []
    wrong = text.replace(ours, "Bdeadbeef", 4).replace(ours, "B0badbad0")
    assert mismatches(wrong) != []


@pytest.mark.parametrize("history", [0, 1])
def test_a_case_may_have_been_recorded_after_others(
    history: int, base: Tau2DB, mismatches: Callable[[str], list[Plain]]
) -> None:
    calls = [("user", "connect_vpn", {}), ("user", "check_vpn_status", {}),
             ("user", "run_speed_test", {})]  # fmt: skip
    text = json.dumps(recorded(base, calls, history))
    assert mismatches(text) == []
    assert ("POOR" in text) == bool(history)
    mixed = text.replace("27.50 Mbps (Good)", "220.00 Mbps (Excellent)")
    mixed = mixed.replace("22.00 Mbps (Fair)", "220.00 Mbps (Excellent)")
    assert bool(mismatches(mixed)) == bool(history)
