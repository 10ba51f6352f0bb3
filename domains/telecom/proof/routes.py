"""Writes that could be a step to a record's goal, and how many it takes at least."""

from collections.abc import Iterator

from writ_gym.database import Record
from writ_gym.domains.telecom.schema import Bill, Line, Phone, TelecomDB
from writ_gym.tasks import Call

_SWITCHES = {
    "airplane_mode": "toggle_airplane_mode",
    "data_enabled": "toggle_data",
    "roaming_enabled": "toggle_roaming",
    "data_saver_mode": "toggle_data_saver_mode",
    "wifi_enabled": "toggle_wifi",
    "wifi_calling_enabled": "toggle_wifi_calling",
}


def find_routes(db: TelecomDB, table: str, key: str, goal: Record) -> Iterator[Call]:
    """Give every write that policy.md allows as a step from a record to its goal.

    Settings that are right already are left alone ("Troubleshooting", 4), and access points are
    never entered by hand ("Service").
    """
    match table, goal:
        case "bills", Bill() if key in db.bills:
            owner = db.bills[key].customer_id
            yield Call("send_payment_request", {"customer_id": owner, "bill_id": key})
            yield Call("make_payment", {})
        case "lines", Line():
            yield from _to_line(db.lines[key], goal, db.caller)
        case "phones", Phone() if key == db.caller:
            yield from (Call(*step) for step in _to_phone(db.phones[key], goal))


def _to_line(line: Line, goal: Line, customer: str) -> Iterator[Call]:
    at = {"customer_id": customer, "line_id": line.line_id}
    yield Call("suspend_line", {**at, "reason": ""})
    yield Call("resume_line", at)
    yield Call("enable_roaming", at)
    yield Call("disable_roaming", at)
    more = round(goal.data_refueling_gb - line.data_refueling_gb, 6)
    if more > 0:
        yield Call("refuel_data", {**at, "gb_amount": more})


def _to_phone(phone: Phone, goal: Phone) -> Iterator[tuple[str, dict[str, str]]]:
    """Give the calls for what differs, with the reboot where the phone has to look again."""
    for field, name in _SWITCHES.items():
        if getattr(phone, field) != getattr(goal, field):
            yield name, {}
    if phone.sim_card_missing and not goal.sim_card_missing:
        yield "reseat_sim_card", {}
    if phone.network_mode_preference != goal.network_mode_preference:
        yield "set_network_mode_preference", {"mode": goal.network_mode_preference}
    if phone.vpn_connected != goal.vpn_connected:
        yield "disconnect_vpn" if phone.vpn_connected else "connect_vpn", {}
    for app_name, permission in _missing(phone, goal):
        yield "grant_app_permission", {"app_name": app_name, "permission": permission}
    if phone.active_apn_settings != goal.active_apn_settings:
        yield "reset_apn_settings", {}
    yield "reboot_device", {}


def _missing(phone: Phone, goal: Phone) -> Iterator[tuple[str, str]]:
    for name, app in goal.app_statuses.items():
        before = phone.app_statuses[name].permissions
        for permission in type(before).model_fields:
            if getattr(app.permissions, permission) and not getattr(before, permission):
                yield name, permission


def apart(record: Record, goal: Record) -> int:
    """Return how many writes it takes at least: on a phone, one for each thing that differs."""
    if not isinstance(record, Phone) or not isinstance(goal, Phone):
        return 1
    names = [name for name, _ in _to_phone(record, goal)]
    # The reboot is needed where nothing else looks for a network, or to reset the access point.
    reset = "reset_apn_settings" in names
    done = reset and record.active_apn_settings.reset_at_reboot
    return max(1, len(names) - 1 + reset - done)
