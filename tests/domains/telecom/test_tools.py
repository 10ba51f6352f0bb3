"""The tools of both sides: what they answer, what they change, and what they refuse."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from writ_gym.domains.telecom.intents.amounts import price_of
from writ_gym.domains.telecom.network import search, sim_status
from writ_gym.domains.telecom.schema import Apn, Line, Phone, Plan, TelecomDB, Vpn
from writ_gym.domains.telecom.tools import TOOLS
from writ_gym.domains.telecom.user_tools import USER_TOOLS
from writ_gym.errors import ToolError

Ask = Callable[..., Any]
Alter = Callable[..., Any]
BAR = "\nStatus Bar: 📶⁴ Excellent | 5G | 📱 Data Enabled | 🔋 80%"
NO_BAR = "\nStatus Bar: 📵 No Signal | 📵 Data Disabled | 🔋 80%"

OF_C1 = {"customer_id": "C1", "line_id": "L1"}


# The agent's tools: who and what


def test_the_tools_are_those_of_tau2_in_its_order() -> None:
    assert " ".join(tool.name for tool in TOOLS) == (
        "get_customer_by_phone get_customer_by_id get_customer_by_name get_details_by_id "
        "suspend_line resume_line get_bills_for_customer send_payment_request get_data_usage "
        "enable_roaming disable_roaming transfer_to_human_agents refuel_data"
    )
    assert " ".join(tool.name for tool in USER_TOOLS) == (
        "check_status_bar check_network_status check_network_mode_preference "
        "set_network_mode_preference run_speed_test toggle_airplane_mode check_sim_status "
        "reseat_sim_card toggle_data toggle_roaming check_data_restriction_status "
        "toggle_data_saver_mode check_apn_settings set_apn_settings reset_apn_settings "
        "check_wifi_status toggle_wifi check_wifi_calling_status toggle_wifi_calling "
        "check_vpn_status connect_vpn disconnect_vpn check_installed_apps check_app_status "
        "check_app_permissions grant_app_permission can_send_mms reboot_device "
        "check_payment_request make_payment"
    )
    assert {tool.requestor for tool in TOOLS} == {"assistant"}
    assert {tool.requestor for tool in USER_TOOLS} == {"user"}


def test_a_tool_that_looks_is_a_read_and_a_tool_that_changes_is_a_write() -> None:
    looks = ("get_", "check_", "can_", "run_")
    for tool in (*TOOLS, *USER_TOOLS):
        generic = tool.name == "transfer_to_human_agents"
        wanted = "generic" if generic else "read" if tool.name.startswith(looks) else "write"
        assert tool.kind == wanted


@pytest.mark.parametrize(
    ("number", "customer_id"),
    [("555-000-0009", "C1"), ("555-000-0001", "C1"), ("555-000-0002", "C1"),
     ("555-000-0003", "C2")],
)  # fmt: skip
def test_a_customer_is_found_by_their_own_number_or_that_of_a_line(
    number: str, customer_id: str, ask: Ask
) -> None:
    assert ask("get_customer_by_phone", phone_number=number).customer_id == customer_id


def test_a_customer_is_found_by_name_and_birth(ask: Ask) -> None:
    found = ask("get_customer_by_name", full_name="ann LEE", dob="1991-05-17")
    assert [customer.customer_id for customer in found] == ["C2"]
    assert ask("get_customer_by_name", full_name="Ann Lee", dob="1991-05-18") == []
    assert ask("get_customer_by_id", customer_id="C1") is ask("get_details_by_id", id="C1")


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("get_customer_by_phone", {"phone_number": "5550000009"},
         "Customer with phone number 5550000009 not found"),
        ("get_customer_by_id", {"customer_id": "C9"}, "Customer with ID C9 not found"),
        ("get_details_by_id", {"id": "L9"}, "Line with ID L9 not found"),
        ("get_details_by_id", {"id": "D9"}, "Device with ID D9 not found"),
        ("get_details_by_id", {"id": "B9"}, "Bill with ID B9 not found"),
        ("get_details_by_id", {"id": "C9"}, "Customer with ID C9 not found"),
        ("get_details_by_id", {"id": "P9"}, "Plan with ID P9 not found"),
        ("get_details_by_id", {"id": "l1"}, "Unknown ID format or type: l1"),
        ("get_details_by_id", {"id": ""}, "Unknown ID format or type: "),
        ("get_bills_for_customer", {"customer_id": "C9"}, "Customer with ID C9 not found"),
        ("get_data_usage", {"customer_id": "C2", "line_id": "L1"},
         "Line L1 not found for customer C2"),
        ("suspend_line", {**OF_C1, "line_id": "L2", "reason": "x"},
         "Line must be active to suspend"),
        ("resume_line", OF_C1, "Line must be suspended to resume"),
        ("refuel_data", {**OF_C1, "gb_amount": 0}, "Refuel amount must be positive"),
        ("refuel_data", {**OF_C1, "gb_amount": -1.5}, "Refuel amount must be positive"),
        ("refuel_data", {**OF_C1, "gb_amount": 1e-7}, "Refuel amount must be positive"),
        ("refuel_data", {**OF_C1, "gb_amount": 1e308}, "Refuel amount must be at most 1000 GB"),
        ("send_payment_request", {"customer_id": "C1", "bill_id": "B5"},
         "Bill B5 not found for customer C1"),
        ("send_payment_request", {"customer_id": "C1", "bill_id": "B1"},
         "Bill B1 cannot be paid: its status is Paid"),
        ("send_payment_request", {"customer_id": "C1", "bill_id": "B4"},
         "Bill B4 cannot be paid: its status is Draft"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(
    name: str, arguments: dict[str, Any], message: str, ask: Ask, db: TelecomDB
) -> None:
    with pytest.raises(ToolError) as caught:
        ask(name, **arguments)
    assert str(caught.value) == message
    assert db.changes() == {}


# The agent's tools: lines and bills


def test_a_line_is_suspended_and_resumed(ask: Ask, db: TelecomDB) -> None:
    answer = ask("suspend_line", **OF_C1, reason="lost")
    assert answer["message"].startswith("Line suspended successfully. $5/month")
    assert answer["line"] is db.lines["L1"]
    assert (db.lines["L1"].status, str(db.lines["L1"].suspension_start_date)) == (
        "Suspended", "2025-02-25",
    )  # fmt: skip
    answer = ask("resume_line", **OF_C1)
    assert answer["message"] == "Line resumed successfully"
    assert db.changes() == {}


def test_a_line_that_waits_for_its_activation_can_be_resumed(
    ask: Ask, alter_line: Alter, db: TelecomDB
) -> None:
    alter_line(status="Pending Activation")
    ask("resume_line", **OF_C1)
    assert db.lines["L1"].status == "Active"
    alter_line(status="Closed")
    with pytest.raises(ToolError):
        ask("resume_line", **OF_C1)


def test_bills_come_latest_first_and_as_many_as_wanted(ask: Ask) -> None:
    def ids(**limit: int) -> list[str]:
        bills = ask("get_bills_for_customer", customer_id="C1", **limit)
        return [bill.bill_id for bill in bills]

    assert ids() == ["B4", "B2", "B3", "B1"]  # B2 and B3 have one date, and keep their order
    assert ids(limit=2) == ["B4", "B2"]
    assert ids(limit=0) == []
    with pytest.raises(ToolError):
        ids(limit=-1)


def test_a_request_is_paid_before_there_can_be_another(ask: Ask, db: TelecomDB) -> None:
    assert ask("check_payment_request") == "No payment request has been made."
    assert ask("make_payment") == "You do not have a payment request."
    request = {"customer_id": "C1", "bill_id": "B2"}
    assert ask("send_payment_request", **request) == (
        "Payment request sent to the customer for bill B2"
    )
    assert db.bills["B2"].status == "Awaiting Payment"
    for bill_id in ("B2", "B3"):
        with pytest.raises(ToolError, match="A bill is already awaiting payment"):
            ask("send_payment_request", customer_id="C1", bill_id=bill_id)
    assert ask("check_payment_request") == "You have a payment request for bill B2 of 41.5 USD."
    assert ask("make_payment") == "Payment of 41.5 USD has been made for bill B2."
    assert db.bills["B2"].status == "Paid"
    ask("send_payment_request", customer_id="C1", bill_id="B3")
    assert ask("check_payment_request").startswith("You have a payment request for bill B3")


def test_a_request_shows_on_the_phone_of_its_customer_alone(ask: Ask, db: TelecomDB) -> None:
    ask("send_payment_request", customer_id="C2", bill_id="B5")
    assert ask("check_payment_request") == "No payment request has been made."
    other = db.fork()
    other.caller = "C2"
    assert "B5" in USER_TOOLS.call(other, "check_payment_request", {})


def test_data_usage_says_what_is_used_and_what_may_be(ask: Ask) -> None:
    assert ask("get_data_usage", **OF_C1).plain == {
        "line_id": "L1", "data_used_gb": 3.0, "data_limit_gb": 5.0, "data_refueling_gb": 0.0,
        "cycle_end_date": "2025-02-28",
    }  # fmt: skip


def test_roaming_is_changed_once(ask: Ask, db: TelecomDB) -> None:
    assert ask("disable_roaming", **OF_C1) == "Roaming was already disabled"
    assert ask("enable_roaming", **OF_C1) == "Roaming enabled successfully"
    assert db.lines["L1"].roaming_enabled
    assert ask("enable_roaming", **OF_C1) == "Roaming was already enabled"
    assert ask("disable_roaming", **OF_C1) == "Roaming disabled successfully"
    assert db.changes() == {}


def test_data_is_added_and_charged_to_the_draft(ask: Ask, db: TelecomDB) -> None:
    assert ask("refuel_data", **OF_C1, gb_amount=1.5) == {
        "message": "Successfully added 1.5 GB of data for line L1 for $3.38",
        "new_data_refueling_gb": 1.5,
        "charge": 3.38,
    }
    ask("refuel_data", **OF_C1, gb_amount=0.1)
    bill = db.bills["B4"]
    assert (db.lines["L1"].data_refueling_gb, bill.total_due) == (1.6, 3.61)
    assert [item.amount for item in bill.line_items] == [3.38, 0.23]
    assert bill.line_items[0].plain == {
        "description": "Data refueling: 1.5 GB at $2.25/GB", "amount": 3.38, "date": "2025-02-25",
        "item_type": "Charge",
    }  # fmt: skip


def test_half_a_cent_is_charged_as_one(ask: Ask, db: TelecomDB) -> None:
    told = ask("refuel_data", **OF_C1, gb_amount=2.5)  # at $2.25 a gigabyte, $5.625
    assert (told["charge"], told["message"][-5:]) == (5.63, "$5.63")
    assert db.bills["B4"].total_due == 5.63
    assert price_of(2.5, 2.25) == 5.63


def test_whole_gigabytes_are_the_same_however_they_are_written(base: TelecomDB) -> None:
    first, second = base.session(), base.session()
    TOOLS.call(first, "refuel_data", '{"customer_id": "C1", "line_id": "L1", "gb_amount": 2}')
    TOOLS.call(second, "refuel_data", '{"customer_id": "C1", "line_id": "L1", "gb_amount": 2.0}')
    assert first.fingerprint() == second.fingerprint()


def test_without_a_draft_a_bill_is_begun(ask: Ask, db: TelecomDB) -> None:
    for _ in range(2):
        ask("refuel_data", customer_id="C2", line_id="L3", gb_amount=1)
    _, new_id = db.customers["C2"].bill_ids
    bill = db.bills[new_id]
    assert (bill.status, bill.total_due, bill.customer_id) == ("Draft", 4.5, "C2")
    assert (str(bill.period_start), str(bill.period_end)) == ("2025-03-01", "2025-03-31")
    assert (str(bill.issue_date), str(bill.due_date)) == ("2025-03-01", "2025-03-15")
    again = db.fork()
    assert again.fingerprint() == db.fingerprint()


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "true", '"2"', "null", "1e400"])
def test_what_is_no_amount_is_refused(amount: str, db: TelecomDB) -> None:
    text = f'{{"customer_id": "C1", "line_id": "L1", "gb_amount": {amount}}}'
    answer, is_error = TOOLS.answer(db, "refuel_data", text)
    assert (is_error, db.changes()) == (True, {}), answer


# The user's tools


def test_without_a_caller_there_is_no_phone(base: TelecomDB) -> None:
    for caller in ("", "C9"):
        answer = USER_TOOLS.answer(base.session(caller), "check_status_bar", {})
        assert answer == ("Error: There is no phone at hand", True)


def test_the_network_status_lists_settings_and_what_was_found(ask: Ask, alter: Alter) -> None:
    text = (
        "Airplane Mode: OFF\nSIM Card Status: active\nCellular Connection: connected\n"
        "Cellular Signal: excellent\nCellular Network Type: 5G\nMobile Data Enabled: Yes\n"
        "Data Roaming Enabled: No\nWi-Fi Radio: OFF\nWi-Fi Connected: No"
    )
    assert ask("check_network_status") == text
    alter(wifi_enabled=True, wifi_connected=True, wifi_ssid="Attic", airplane_mode=True)
    lines = ask("check_network_status").splitlines()
    assert lines[0] == "Airplane Mode: ON"
    assert lines[2:5] == [
        "Cellular Connection: no_service", "Cellular Signal: none", "Cellular Network Type: none",
    ]  # fmt: skip
    assert lines[-1] == "Connected Wi-Fi Network: Attic"


@pytest.mark.parametrize(
    ("read", "settings", "text"),
    [
        ("check_status_bar", {}, BAR[1:]),
        ("check_network_mode_preference", {"network_mode_preference": "3g_only"},
         "Network Mode Preference: 3g_only"),
        ("run_speed_test", {},
         "Speed Test Result: 275.00 Mbps (Excellent). Connection is very fast."),
        ("run_speed_test", {"data_saver_mode": True},
         "Speed Test Result: 55.00 Mbps (Good). Connection is good for most activities, "
         "including HD streaming."),
        ("run_speed_test", {"data_enabled": False}, "Speed test failed: No Connection."),
        ("check_sim_status", {}, "Your SIM card is active and working."),
        ("check_sim_status", {"sim_card_missing": True}, "No SIM card detected in the phone."),
        ("check_sim_status", {"sim_card_status": "locked_pin"},
         "The SIM card is locked with a PIN code."),
        ("check_sim_status", {"sim_card_status": "locked_puk"},
         "The SIM card is locked with a PUK code."),
        ("check_data_restriction_status", {}, "Data Saver mode is OFF."),
        ("check_data_restriction_status", {"data_saver_mode": True},
         "Data Saver mode is ON (limits data usage)."),
        ("check_apn_settings", {"active_apn_settings": Apn(mmsc_url=None)},
         "Current APN Name: internet\nMMSC URL (for picture messages): Not Set\n"
         "(These are technical settings, usually best left unchanged.)"),
        ("check_wifi_status", {}, "Wi-Fi is turned OFF."),
        ("check_wifi_status", {"wifi_enabled": True},
         "Wi-Fi is ON but not connected to any network."),
        ("check_wifi_status",
         {"wifi_enabled": True, "wifi_connected": True, "wifi_ssid": "Attic",
          "wifi_signal_strength": "fair"},
         "Wi-Fi is ON and connected to 'Attic'. Signal strength: fair."),
        ("check_wifi_calling_status", {}, "Wi-Fi Calling is currently turned OFF."),
        ("check_vpn_status", {}, "VPN is turned OFF."),
        ("check_vpn_status", {"vpn_connected": True},
         "VPN is ON and connected (no specific details available)."),
        ("check_vpn_status", {"vpn_enabled_setting": True},
         "VPN is turned ON in settings, but currently not connected."),
        ("check_vpn_status",
         {"vpn_connected": True, "vpn_details": Vpn(server_address="a", server_performance="poor")},
         "VPN is ON and connected. Details: {'server_address': 'a', 'protocol': None, "
         "'server_performance': 'poor'}"),
        ("check_installed_apps", {},
         "The following apps are installed on the phone: messaging, browser"),
        ("can_send_mms", {}, "Your messaging app can send MMS messages."),
        ("can_send_mms", {"data_enabled": False}, "Your messaging app cannot send MMS messages."),
    ],
)  # fmt: skip
def test_what_the_user_sees(
    read: str, settings: dict[str, Any], text: str, ask: Ask, alter: Alter
) -> None:
    alter(**settings)
    assert ask(read) == text


def test_apps_and_their_permissions(ask: Ask, alter: Alter, db: TelecomDB) -> None:
    assert ask("check_app_status", app_name="messaging") == (
        "Status for App: messaging\n - Permissions Granted:\n   - sms\n   - storage\n   - phone"
    )
    assert ask("check_app_permissions", app_name="browser") == (
        "App 'browser' has permission for: storage, network."
    )
    assert ask("check_app_status", app_name="Browser") == "App 'Browser' not found on this phone."
    apps = db.phones["C1"].app_statuses
    none = apps["browser"].permissions.replace(storage=False, network=False)
    alter(app_statuses={**apps, "browser": apps["browser"].replace(permissions=none)})
    assert ask("check_app_permissions", app_name="browser") == (
        "App 'browser' currently has no permissions granted."
    )
    assert ask("check_app_status", app_name="browser").endswith("\n - Permissions: None granted.")
    assert ask("check_app_permissions", app_name="x") == "App 'x' not found on this phone."

    def grant(app: str, permission: str) -> str:
        answer: str = ask("grant_app_permission", app_name=app, permission=permission)
        return answer.removesuffix(BAR)

    assert grant("browser", "SMS") == "Success. Permission 'sms' granted to app 'browser'."
    assert db.phones["C1"].app_statuses["browser"].permissions.sms
    assert grant("browser", "camera") == (
        "Error. Permission 'camera' not tracked for app 'browser', available permissions: "
        "['sms', 'storage', 'phone', 'network']"
    )
    assert grant("x", "sms") == "Error. App 'x' not found. Cannot grant permission."


@pytest.mark.parametrize(
    ("tool", "field", "text"),
    [
        ("toggle_data", "data_enabled", "Mobile Data is now "),
        ("toggle_roaming", "roaming_enabled", "Data Roaming is now "),
        ("toggle_data_saver_mode", "data_saver_mode", "Data Saver Mode is now "),
        ("toggle_wifi_calling", "wifi_calling_enabled", "Wi-Fi Calling is now "),
        ("toggle_wifi", "wifi_enabled", "Wi-Fi is now "),
        ("toggle_airplane_mode", "airplane_mode", "Airplane Mode is now "),
    ],
)
def test_a_switch_is_flipped_and_back(
    tool: str, field: str, text: str, ask: Ask, db: TelecomDB
) -> None:
    before = getattr(db.phones["C1"], field)
    for state in (not before, before):
        assert ask(tool).startswith(f"{text}{'ON' if state else 'OFF'}.\nStatus Bar: ")
        assert getattr(db.phones["C1"], field) == state
    assert db.changes() == {}


def test_airplane_mode_cuts_wifi_and_vpn(ask: Ask, alter: Alter, db: TelecomDB) -> None:
    alter(wifi_enabled=True, wifi_connected=True, wifi_ssid="Attic", wifi_signal_strength="good")
    ask("connect_vpn")
    assert ask("toggle_airplane_mode") == (
        "Airplane Mode is now ON.\nStatus Bar: \u2708\ufe0f Airplane Mode | 🔋 80%"
    )
    assert ask("toggle_wifi").startswith("Cannot change Wi-Fi settings while Airplane Mode is ON.")
    assert ask("toggle_airplane_mode") == f"Airplane Mode is now OFF.{BAR}"
    phone = db.phones["C1"]
    assert (phone.wifi_enabled, phone.wifi_connected, phone.wifi_ssid) == (True, False, None)
    assert (phone.vpn_connected, phone.vpn_details) == (False, None)


def test_a_vpn_is_connected_once_and_disconnected_once(ask: Ask) -> None:
    assert ask("connect_vpn").startswith("VPN connected successfully.\nStatus Bar: ")
    assert ask("connect_vpn") == "VPN already connected."
    assert "'server_performance': 'excellent'" in ask("check_vpn_status")
    assert ask("disconnect_vpn") == f"VPN disconnected successfully.{BAR}"
    assert ask("disconnect_vpn") == f"No active VPN connection to disconnect.{BAR}"


def test_turning_wifi_off_ends_its_connection(ask: Ask, alter: Alter, db: TelecomDB) -> None:
    alter(wifi_enabled=True, wifi_connected=True, wifi_ssid="Attic", wifi_signal_strength="good")
    assert ask("toggle_wifi") == f"Wi-Fi is now OFF.{BAR}"
    assert (db.phones["C1"].wifi_connected, db.phones["C1"].wifi_ssid) == (False, None)


def test_a_network_mode_is_set_if_there_is_such_a_one(ask: Ask, db: TelecomDB) -> None:
    assert ask("set_network_mode_preference", mode="5g") == (
        "Failed to set network mode: '5g' is not a valid option. Please use one of: "
        f"4g_5g_preferred, 4g_only, 3g_only, 2g_only{BAR}"
    )
    assert db.changes() == {}
    assert ask("set_network_mode_preference", mode="2g_only") == (
        "Preferred Network Mode set to: 2g_only\n"
        "Status Bar: 📶¹ Poor | 2G | 📱 Data Enabled | 🔋 80%"
    )


def test_a_card_that_was_out_is_found_again_and_a_locked_one_stays_locked(
    ask: Ask, alter: Alter
) -> None:
    alter(sim_card_missing=True)
    assert ask("reseat_sim_card") == f"SIM card re-seated successfully.{BAR}"
    alter(sim_card_status="locked_puk")
    assert ask("reseat_sim_card") == f"SIM card re-seated successfully.{NO_BAR}"


def test_the_access_point_is_reset_at_the_next_reboot(ask: Ask, alter: Alter) -> None:
    alter(active_apn_settings=Apn(apn_name="broken", mmsc_url=None))
    assert ask("reboot_device") == f"Restarting network services...{NO_BAR}"
    assert ask("reset_apn_settings") == f"APN settings will reset at reboot.{NO_BAR}"
    assert ask("check_apn_settings").startswith("Current APN Name: broken\n")
    assert ask("reboot_device") == (
        f"Resetting APN settings...\nRestarting network services...{BAR}"
    )
    assert ask("reboot_device") == f"Restarting network services...{BAR}"


def test_the_access_point_can_be_set_by_hand(ask: Ask, db: TelecomDB) -> None:
    assert ask("set_apn_settings", apn_settings={"apn_name": "broken"}) == (
        f"APN settings set to: broken{NO_BAR}"
    )
    assert ask("set_apn_settings", apn_settings={}) == f"APN settings set to: internet{BAR}"
    assert db.changes() == {}
    for wrong in ("internet", {"apn": "internet"}, {"apn_name": "other"}):
        with pytest.raises(ToolError):
            ask("set_apn_settings", apn_settings=wrong)


# Both sides


def test_a_phone_sees_at_once_what_the_carrier_allows(
    ask: Ask, alter: Alter, alter_line: Alter, plan: Plan
) -> None:
    alter(is_abroad=True, roaming_enabled=True)
    assert "No Connection" in ask("run_speed_test")
    ask("enable_roaming", **OF_C1)
    assert "Excellent" in ask("run_speed_test")
    alter_line(data_used_gb=plan.data_limit_gb)
    assert "No Connection" in ask("run_speed_test")
    ask("refuel_data", **OF_C1, gb_amount=0.1)
    assert "Excellent" in ask("run_speed_test")


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("reboot_device", {}),
        ("toggle_data", {}),
        ("toggle_roaming", {}),
        ("toggle_airplane_mode", {}),
        ("reseat_sim_card", {}),
        ("reset_apn_settings", {}),
        ("set_apn_settings", {"apn_settings": {}}),
        ("set_network_mode_preference", {"mode": "4g_only"}),
    ],
)
def test_a_phone_notices_a_suspension_when_it_looks_for_a_network(
    tool: str, arguments: dict[str, Any], ask: Ask, db: TelecomDB
) -> None:
    ask("suspend_line", **OF_C1, reason="lost")
    for other in ("toggle_data_saver_mode", "toggle_wifi", "toggle_wifi_calling", "connect_vpn"):
        ask(other)
        assert db.phones["C1"].network_connection_status == "connected"
    ask(tool, **arguments)
    assert db.phones["C1"].network_connection_status == "no_service"
    ask("resume_line", **OF_C1)
    assert db.phones["C1"].network_connection_status == "no_service"


# Whatever is called


def known_values(db: TelecomDB) -> Callable[[str, np.random.Generator], str | None]:
    pool = {
        "customer_id": list(db.customers),
        "line_id": list(db.lines),
        "bill_id": list(db.bills),
        "id": [*db.lines, *db.bills, *db.plans, *db.devices, *db.customers, "X1"],
        "phone_number": [line.phone_number for line in db.lines.values()],
        "mode": ["4g_5g_preferred", "2g_only", "5g"],
        "app_name": ["messaging", "browser", "x"],
        "permission": ["sms", "Storage", "x"],
        "apn_name": ["internet", "broken"],
    }

    def draw(parameter: str, rng: np.random.Generator) -> str | None:
        options = pool.get(parameter)
        return options[int(rng.integers(len(options)))] if options else None

    return draw


def check_phone(phone: Phone) -> None:
    """Check that a phone is in a state that there can be."""
    assert phone.wifi_enabled or not phone.wifi_connected
    assert phone.wifi_connected or phone.wifi_ssid is None
    assert phone.vpn_connected or phone.vpn_details is None
    connected = phone.network_connection_status == "connected"
    assert connected == (phone.network_technology_connected != "none")
    assert connected == (phone.network_signal_strength != "none")
    if connected:
        assert not phone.airplane_mode
        assert sim_status(phone) == "active"
        assert phone.active_apn_settings.apn_name == "internet"
    assert type(phone).model_validate(phone.model_dump()) == phone


@given(st.integers(0, 2**32), st.integers(0, 199), st.integers(1, 25))
@settings(max_examples=60)
def test_any_calls_leave_valid_records_and_a_failing_one_leaves_all_as_it_was(
    world: TelecomDB, seed: int, place: int, calls: int
) -> None:
    rng, db = np.random.default_rng(seed), world.session(list(world.customers)[place])
    values, tools = known_values(world), [*TOOLS, *USER_TOOLS]
    for _ in range(calls):
        tool = tools[int(rng.integers(len(tools)))]
        arguments = tool.sample(rng, values)
        before = db.fingerprint()
        side = TOOLS if tool.name in TOOLS else USER_TOOLS
        text, is_error = side.answer(db, tool.name, arguments)
        assert isinstance(text, str)
        if is_error or tool.kind != "write":
            assert db.fingerprint() == before
        check_phone(db.phones[db.caller])
        if tool.name == "reboot_device":
            phone = db.phones[db.caller]
            assert search(phone, db.service(phone)) == phone
    for record in db.changes().values():
        assert record is not None
        assert type(record).model_validate(record.model_dump()) == record
    assert all(isinstance(line, Line) for line in db.lines.values())


@given(st.integers(0, 2**32))
@settings(max_examples=20)
def test_a_user_changes_their_own_phone_and_bills_alone(world: TelecomDB, seed: int) -> None:
    rng = np.random.default_rng(seed)
    caller = list(world.customers)[int(rng.integers(len(world.customers)))]
    db, tools = world.session(caller), list(USER_TOOLS)
    for _ in range(20):
        tool = tools[int(rng.integers(len(tools)))]
        USER_TOOLS.answer(db, tool.name, tool.sample(rng, known_values(world)))
    own = {("phones", caller), *(("bills", key) for key in world.customers[caller].bill_ids)}
    assert set(db.changes()) <= own
