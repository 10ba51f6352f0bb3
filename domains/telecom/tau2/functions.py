"""What tau2's tasks begin with and end with: initial actions and assertions."""

from collections.abc import Callable
from datetime import date
from typing import Any

from writ_gym.domains.telecom.network import data_works, label, mms_works, speed
from writ_gym.domains.telecom.schema import TODAY, Bill, LineItem
from writ_gym.domains.telecom.tau2.state import (
    ONLY,
    Tau2DB,
    assign,
    assigned,
    bill_by_id,
    customer_by_id,
    line_by_id,
    plan_by_id,
    target_line,
    tell,
)
from writ_gym.domains.telecom.tau2.user import TOOLS, connect_vpn, searching
from writ_gym.domains.telecom.user_tools import change, reconnect

# Initial actions on the agent's side


def set_data_usage(db: Tau2DB, customer_id: str, line_id: str, data_used_gb: Any) -> None:
    """Set what a line has used of its data."""
    line = target_line(db, customer_id, line_id)
    db.lines.put(line.line_id, assigned(line, data_used_gb=data_used_gb))


def suspend_line_for_overdue_bill(
    db: Tau2DB, customer_id: str, line_id: str, new_bill_id: str, contract_ended: bool
) -> None:
    """Give a customer an overdue bill, and suspend a line for it."""
    line = line_by_id(db, line_id)
    if line.status != "Active":
        raise ValueError("Line must be active to suspend for unpaid bill")
    amount, customer = plan_by_id(db, line.plan_id).price_per_month, customer_by_id(db, customer_id)
    if amount <= 0:
        raise ValueError("Amount must be positive")
    if any(bill_by_id(db, bill_id).status == "Overdue" for bill_id in customer.bill_ids):
        raise ValueError("Customer already has an overdue bill")
    item = LineItem(
        description=f"Charge for line {line_id}", amount=amount, date=TODAY, item_type="Charge"
    )
    bill = Bill(
        bill_id=new_bill_id,
        customer_id=customer_id,
        period_start=date(2025, 1, 1),
        period_end=date(2025, 1, 31),
        issue_date=date(2025, 1, 1),
        due_date=date(2025, 1, 15),
        total_due=amount,
        line_items=(item,),
        status="Overdue",
    )
    db.bills.put(new_bill_id, bill)
    ids = (*customer.bill_ids, new_bill_id)
    db.customers.put(customer.customer_id, customer.replace(bill_ids=ids))
    ended = {"contract_end_date": date(2025, 1, 31)} if contract_ended else {}
    db.lines.put(
        line.line_id, line.replace(status="Suspended", suspension_start_date=TODAY, **ended)
    )


def get_available_plan_ids(db: Tau2DB) -> list[str]:
    """Return the ids of all plans."""
    return list(db.plans)


# Initial actions on the user's side


def set_user_info(db: Tau2DB, name: Any, phone_number: Any) -> None:
    """Say who holds the phone."""
    tell(db, name=name, phone_number=phone_number)


def set_user_location(db: Tau2DB, abroad: Any) -> None:
    """Say whether the phone is abroad."""
    assign(db, is_abroad=abroad)


def simulate_network_search(db: Tau2DB) -> None:
    """Have the phone look for a network."""
    reconnect(db)


def switch(tool: str, field: str, state: bool) -> Callable[[Tau2DB], None]:
    """Return what uses a toggle, and once more if the setting is then the wrong one."""

    def use(db: Tau2DB) -> None:
        TOOLS[tool](db)
        if getattr(db.phones[ONLY], field) != state:
            TOOLS[tool](db)

    return use


def turn_data_on(db: Tau2DB) -> None:
    """Turn mobile data on, without a network search."""
    change(db, data_enabled=True)


def unseat_sim_card(db: Tau2DB) -> None:
    """Take the SIM card out."""
    reconnect(db, sim_card_missing=True)


def lock_sim_card(db: Tau2DB, mode: Any) -> None:
    """Lock the SIM card."""
    statuses = {"pin": "locked_pin", "puk": "locked_puk"}
    reconnect(db, **({"sim_card_status": statuses[mode]} if mode in statuses else {}))


def break_apn_settings(db: Tau2DB) -> None:
    """Give the access point a wrong name."""
    apn = db.phones[ONLY].active_apn_settings.replace(apn_name="broken")
    phone = reconnect(db, active_apn_settings=apn)
    if phone.network_connection_status != "no_service":
        raise AssertionError("there is service")


def break_apn_mms_setting(db: Tau2DB) -> None:
    """Remove the address for picture messages."""
    apn = db.phones[ONLY].active_apn_settings.replace(mmsc_url=None)
    change(db, active_apn_settings=apn)


def set_wifi_calling(db: Tau2DB, enabled: Any, mms_over_wifi: Any = None) -> None:
    """Turn Wi-Fi calling on or off, and say whether picture messages use it."""
    flag = {} if mms_over_wifi is None else {"wifi_calling_mms_over_wifi": mms_over_wifi}
    assign(db, wifi_calling_enabled=enabled, **flag)


def break_vpn(db: Tau2DB) -> None:
    """Connect to a VPN and make it slow; T-22: for everybody, and for good."""
    connect_vpn(db)
    slow = db.shared[ONLY].replace(server_performance="poor")
    db.shared.put(ONLY, slow)
    change(db, vpn_details=slow)


def slow_vpn_before(db: Tau2DB) -> None:
    """Leave the process as an earlier ``break_vpn`` did."""
    db.shared.put(ONLY, db.shared[ONLY].replace(server_performance="poor"))


def remove_app_permission(db: Tau2DB, app_name: str, permission: str) -> tuple[bool, str]:
    """Take a permission from an app."""
    apps, name = db.phones[ONLY].app_statuses, permission.lower()
    if app_name not in apps:
        return False, f"App '{app_name}' not found."
    app = apps[app_name]
    if name not in type(app.permissions).model_fields:
        return False, f"Permission '{name}' not tracked for app '{app_name}'."
    changed = app.replace(permissions=app.permissions.replace(**{name: False}))
    change(db, app_statuses={**apps, app_name: changed})
    return True, f"Permission '{name}' removed from app '{app_name}'."


# Assertions on the agent's side


def assert_data_refueling_amount(
    db: Tau2DB, customer_id: str, line_id: str, expected_amount: float
) -> bool:
    """Say whether a line was refuelled by so much."""
    line = target_line(db, customer_id, line_id)
    return abs(line.data_refueling_gb - expected_amount) < 1e-6


def assert_line_status(db: Tau2DB, customer_id: str, line_id: str, expected_status: str) -> bool:
    """Say whether a line has a status."""
    return target_line(db, customer_id, line_id).status == expected_status


def assert_overdue_bill_exists(db: Tau2DB, customer_id: str, overdue_bill_id: str) -> bool:
    """Say whether a customer has an overdue bill; if not, that is an error."""
    if overdue_bill_id not in customer_by_id(db, customer_id).bill_ids:
        raise ValueError(f"Bill {overdue_bill_id} is not the customer's")
    if bill_by_id(db, overdue_bill_id).status != "Overdue":
        raise ValueError(f"Bill {overdue_bill_id} is not overdue")
    return True


def assert_no_overdue_bill(db: Tau2DB, overdue_bill_id: str) -> bool:
    """Say whether a bill is paid, or was never there."""
    bill = db.bills.get(overdue_bill_id)
    return bill is None or bill.status == "Paid"


# Assertions on the user's side


def equals(field: str) -> Callable[..., bool]:
    """Return the assertion that a setting of the phone has a value."""
    return lambda db, expected_status: bool(getattr(db.phones[db.caller], field) == expected_status)


def assert_mobile_data_status(db: Tau2DB, expected_status: bool) -> bool:
    """Say whether mobile data works, or does not."""
    phone = db.phones[db.caller]
    return data_works(phone, db.service(phone)) == expected_status


def assert_internet_speed(
    db: Tau2DB, expected_speed: float, expected_desc: str | None = None
) -> bool:
    """Say whether mobile data is as fast as that, and is called so."""
    mbps, name = _measured(db)
    return mbps >= expected_speed and (
        expected_desc is None or name.lower() == expected_desc.lower()
    )


def assert_internet_not_excellent(db: Tau2DB) -> bool:
    """Say whether mobile data is not excellent."""
    return _measured(db)[1] != "Excellent"


def _measured(db: Tau2DB) -> tuple[float, str]:
    phone = db.phones[db.caller]
    mbps = speed(phone, db.service(phone))
    return (0.0, "No Connection") if mbps is None else (mbps, label(mbps))


def assert_can_send_mms(db: Tau2DB, expected_status: bool) -> bool:
    """Say whether picture messages can be sent, or cannot."""
    phone = db.phones[db.caller]
    return mms_works(phone, db.service(phone)) == expected_status


def assert_mobile_data_usage_exceeded(db: Tau2DB, expected_status: bool) -> bool:
    """Say whether the phone was told that its data is used up."""
    return db.service(db.phones[db.caller]).usage_exceeded == expected_status


AGENT_FUNCTIONS: dict[str, Callable[..., Any]] = {
    function.__name__: function
    for function in (
        set_data_usage,
        suspend_line_for_overdue_bill,
        get_available_plan_ids,
        assert_data_refueling_amount,
        assert_line_status,
        assert_overdue_bill_exists,
        assert_no_overdue_bill,
    )
}

USER_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "set_user_info": set_user_info,
    "set_user_location": set_user_location,
    "simulate_network_search": searching(simulate_network_search),
    "turn_airplane_mode_on": switch("toggle_airplane_mode", "airplane_mode", True),
    "turn_airplane_mode_off": switch("toggle_airplane_mode", "airplane_mode", False),
    "unseat_sim_card": searching(unseat_sim_card),
    "lock_sim_card": searching(lock_sim_card),
    "turn_data_off": switch("toggle_data", "data_enabled", False),
    "turn_data_on": turn_data_on,
    "turn_roaming_on": switch("toggle_roaming", "roaming_enabled", True),
    "turn_roaming_off": switch("toggle_roaming", "roaming_enabled", False),
    "turn_data_saver_mode_on": switch("toggle_data_saver_mode", "data_saver_mode", True),
    "turn_data_saver_mode_off": switch("toggle_data_saver_mode", "data_saver_mode", False),
    "break_apn_settings": break_apn_settings,
    "break_apn_mms_setting": break_apn_mms_setting,
    "set_wifi_calling": set_wifi_calling,
    "break_vpn": break_vpn,
    "remove_app_permission": remove_app_permission,
    "assert_airplane_mode_status": equals("airplane_mode"),
    "assert_service_status": equals("network_connection_status"),
    "assert_mobile_data_status": assert_mobile_data_status,
    "assert_mobile_roaming_status": equals("roaming_enabled"),
    "assert_mobile_data_saver_mode_status": equals("data_saver_mode"),
    "assert_internet_speed": assert_internet_speed,
    "assert_internet_not_excellent": assert_internet_not_excellent,
    "assert_can_send_mms": assert_can_send_mms,
    "assert_mobile_data_usage_exceeded": assert_mobile_data_usage_exceeded,
}
