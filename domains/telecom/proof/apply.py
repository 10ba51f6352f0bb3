"""Edits of a world: what each operator does. They change one record, and what the phone finds."""

from collections.abc import Callable, Collection, Mapping
from datetime import date
from typing import Any

from writ_gym.database import ALL, JSON, Fields, overlap
from writ_gym.domains.telecom.network import NO_SERVICE, found, search
from writ_gym.domains.telecom.schema import DEFAULT_VPN, Phone, TelecomDB
from writ_gym.errors import DatabaseError
from writ_gym.tasks import Edit

POOR_VPN = DEFAULT_VPN.replace(server_performance="poor")
MMSC_URL = "http://mms.carrier.com/mms/wapenc"


def apply(db: TelecomDB, edit: Edit) -> None:
    """Make an edit in a session; ValueError if it does not fit this world."""
    operator = OPERATORS.get(edit.name)
    if operator is None:
        raise ValueError(f"There is no edit {edit.name!r}.")
    try:
        operator(db, **edit.arguments)
    except (DatabaseError, KeyError, TypeError, IndexError) as error:
        raise ValueError(f"{edit} does not fit: {error}") from error


def set_line(db: TelecomDB, line_id: str, **fields: JSON) -> None:
    """Change fields of a line; a phone with it has looked for a network since."""
    line = db.lines[line_id]
    if "status" in fields:
        suspended = fields["status"] == "Suspended"
        fields["suspension_start_date"] = str(date(2025, 2, 1)) if suspended else None
    db.lines.put(line_id, line.replace(**fields))
    if "status" in fields:
        for phone in [each for each in _phones(db) if each.line_id == line_id]:
            _looked(db, phone)


def _phones(db: TelecomDB) -> list[Phone]:
    phone = db.phones.get(db.caller)
    return [phone] if phone else []


def _looked(db: TelecomDB, phone: Phone) -> None:
    db.phones.put(phone.customer_id, search(phone, db.service(phone)))


def set_plan(db: TelecomDB, plan_id: str, **fields: JSON) -> None:
    """Change figures of a plan."""
    db.plans.put(plan_id, db.plans[plan_id].replace(**fields))


def set_device(db: TelecomDB, device_id: str, **fields: JSON) -> None:
    """Change type or model of a device."""
    db.devices.put(device_id, db.devices[device_id].replace(**fields))


def set_bill(
    db: TelecomDB,
    bill_id: str,
    status: str | None = None,
    due: str | None = None,
    total: float | None = None,
    more: float | None = None,
    charge: Mapping[str, JSON] | None = None,
) -> None:
    """Change a bill: status, due date, its total by a position or one more, whom one is for."""
    bill = db.bills[bill_id]
    items = list(bill.line_items)
    if total is not None and items:
        amount = round(items[0].amount + total - bill.total_due, 2)
        items[0] = items[0].replace(amount=amount)
        bill = bill.replace(line_items=items, total_due=total)
    elif total is not None:
        more = round(total - bill.total_due, 2)
    if more is not None:
        added = {"description": "Adjustment", "amount": more, "item_type": "Charge",
                 "date": str(items[0].date if items else bill.issue_date)}  # fmt: skip
        bill = bill.replace(
            line_items=[*(item.plain for item in items), added],
            total_due=round(bill.total_due + more, 2),
        )
    if charge is not None:
        place = charge["place"]
        items[place] = items[place].replace(description=charge["description"])
        bill = bill.replace(line_items=items)
    changed = {"status": status, "due_date": due}
    fields = {name: value for name, value in changed.items() if value is not None}
    db.bills.put(bill_id, bill.replace(**fields))


def set_phone(db: TelecomDB, customer_id: str, **causes: JSON) -> None:
    """Change settings of a phone by cause; it has looked for a network since."""
    phone = db.phones[customer_id]
    for cause, value in causes.items():
        phone = phone.replace(**SETTINGS[cause](phone, value))
    _looked(db, phone)


def _sim(phone: Phone, value: JSON) -> dict[str, Any]:
    status = "active" if value == "missing" else value
    return {"sim_card_missing": value == "missing", "sim_card_status": status}


def _vpn(phone: Phone, value: JSON) -> dict[str, Any]:
    details = {"absent": None, "good": DEFAULT_VPN, "poor": POOR_VPN}[value]
    return {"vpn_connected": details is not None, "vpn_details": details}


def _permission(name: str) -> Callable[[Phone, JSON], dict[str, Any]]:
    def allow(phone: Phone, value: JSON) -> dict[str, Any]:
        app = phone.app_statuses["messaging"]
        allowed = app.replace(permissions=app.permissions.replace(**{name: value}))
        return {"app_statuses": {**phone.app_statuses, "messaging": allowed}}

    return allow


SETTINGS: Mapping[str, Callable[[Phone, JSON], dict[str, Any]]] = {
    "airplane_mode": lambda phone, value: {"airplane_mode": value},
    "sim": _sim,
    "apn_name": lambda phone, value: {
        "active_apn_settings": phone.active_apn_settings.replace(apn_name=value)
    },
    "mmsc": lambda phone, value: {
        "active_apn_settings": phone.active_apn_settings.replace(
            mmsc_url=MMSC_URL if value else None
        )
    },
    "data": lambda phone, value: {"data_enabled": value},
    "data_roaming": lambda phone, value: {"roaming_enabled": value},
    "data_saver": lambda phone, value: {"data_saver_mode": value},
    "mode": lambda phone, value: {"network_mode_preference": value},
    "vpn": _vpn,
    "wifi_calling": lambda phone, value: {
        "wifi_calling_enabled": value, "wifi_calling_mms_over_wifi": True
    },
    "sms": _permission("sms"),
    "storage": _permission("storage"),
}  # fmt: skip
"""By cause, the fields of a phone that a value of it comes to."""

OPERATORS: Mapping[str, Callable[..., None]] = {
    "set_line": set_line,
    "set_plan": set_plan,
    "set_device": set_device,
    "set_bill": set_bill,
    "set_phone": set_phone,
}


def names_of(db: TelecomDB, table: str, key: str, minded: Fields) -> Collection[str] | None:
    """Return what an edit of a record has to name of it if it is to change fields that are minded.

    Returns:
        None if that may be anything.
    """
    fields = minded.get((table, key), ())
    if ALL in fields or (table, "") in minded:
        return None
    match table:
        case "lines":
            mine = [phone for phone in _phones(db) if phone.line_id == key]
            looked = overlap(minded, {("phones", phone.customer_id): FOUND for phone in mine})
            with_status = looked or "suspension_start_date" in fields
            return {*fields, "status"} if with_status else fields
        case "bills":
            return {name for name, changed in OF_BILL.items() if not changed.isdisjoint(fields)}
        case "phones":
            names = {cause for cause, changed in OF_PHONE.items() if not changed.isdisjoint(fields)}
            if FOUND.isdisjoint(fields):
                return names
            return names | SEARCHED if _has_looked(db, db.phones[key]) else None
        case _:
            return fields


def _has_looked(db: TelecomDB, phone: Phone) -> bool:
    """Say whether a phone shows the network that it would find now."""
    now = found(phone, db.service(phone))
    return all(getattr(phone, name) == value for name, value in now.items())


FOUND = frozenset(NO_SERVICE)
"""The fields of a phone that a search for a network changes."""
SEARCHED = frozenset({"airplane_mode", "sim", "apn_name", "mode"})
"""The causes that such a search hangs on."""
OF_BILL: Mapping[str, frozenset[str]] = {
    "status": frozenset({"status"}),
    "due": frozenset({"due_date"}),
    "total": frozenset({"line_items", "total_due"}),
    "more": frozenset({"line_items", "total_due"}),
    "charge": frozenset({"line_items"}),
}
"""By what an edit of a bill names, the fields that it changes."""
OF_PHONE: Mapping[str, frozenset[str]] = {
    "airplane_mode": frozenset({"airplane_mode"}),
    "sim": frozenset({"sim_card_missing", "sim_card_status"}),
    "apn_name": frozenset({"active_apn_settings"}),
    "mmsc": frozenset({"active_apn_settings"}),
    "data": frozenset({"data_enabled"}),
    "data_roaming": frozenset({"roaming_enabled"}),
    "data_saver": frozenset({"data_saver_mode"}),
    "mode": frozenset({"network_mode_preference"}),
    "vpn": frozenset({"vpn_connected", "vpn_details"}),
    "wifi_calling": frozenset({"wifi_calling_enabled", "wifi_calling_mms_over_wifi"}),
    "sms": frozenset({"app_statuses"}),
    "storage": frozenset({"app_statuses"}),
}
"""By cause, the fields of a phone that it is said of."""
