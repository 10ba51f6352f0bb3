"""What tests of the carrier share: a small world, and a customer whose phone is in order."""

from collections.abc import Callable
from typing import Any

import pytest

from writ_gym.domains.telecom.data import generate
from writ_gym.domains.telecom.network import search
from writ_gym.domains.telecom.schema import Line, Phone, Plan, TelecomDB
from writ_gym.domains.telecom.tools import TOOLS
from writ_gym.domains.telecom.user_tools import USER_TOOLS


@pytest.fixture(scope="session")
def world() -> TelecomDB:
    """Return a small carrier."""
    return generate(0, {"customers": 200})


@pytest.fixture(scope="session")
def base() -> TelecomDB:
    """Return a carrier with two customers; C1 has a phone (L1), a tablet (L2), and four bills."""
    month = {"customer_id": "C1", "period_start": "2025-01-01", "period_end": "2025-01-31"}

    def bill(bill_id: str, number: int, total: float, status: str, **more: Any) -> dict[str, Any]:
        dates = {"issue_date": f"2025-0{number}-05", "due_date": f"2025-0{number}-19"}
        items = [{"description": "All of it", "amount": total, "date": "2025-01-05",
                  "item_type": "Plan Charge"}]  # fmt: skip
        return {**month, **dates, "bill_id": bill_id, "total_due": total, "status": status,
                "line_items": items, **more}  # fmt: skip

    def customer(customer_id: str, number: str, **more: Any) -> dict[str, Any]:
        address = {"street": "1 A Street", "city": "Boise", "state": "ID", "zip_code": "83701"}
        return {"customer_id": customer_id, "full_name": "Ann Lee", "email": "ann@example.com",
                "phone_number": number, "address": address, "account_status": "Active",
                **more}  # fmt: skip

    plan = {"plan_id": "P1", "name": "Small", "data_limit_gb": 5.0, "price_per_month": 20.0,
            "data_refueling_price_per_gb": 2.25}  # fmt: skip
    line = {"status": "Active", "plan_id": "P1", "data_used_gb": 3.0,
            "contract_end_date": "2026-01-31"}  # fmt: skip
    return TelecomDB.load(
        {
            "plans": {"P1": plan},
            "devices": {"D1": {"device_id": "D1", "device_type": "phone", "model": "X",
                               "is_esim_capable": True}},
            "lines": {
                "L1": {**line, "line_id": "L1", "phone_number": "555-000-0001", "device_id": "D1"},
                "L2": {**line, "line_id": "L2", "phone_number": "555-000-0002",
                       "status": "Suspended", "suspension_start_date": "2025-02-01"},
                "L3": {**line, "line_id": "L3", "phone_number": "555-000-0003"},
            },
            "bills": {
                "B1": bill("B1", 1, 40.0, "Paid"),
                "B2": bill("B2", 2, 41.5, "Overdue"),
                "B3": bill("B3", 2, 20.25, "Overdue"),
                "B4": bill("B4", 3, 0.0, "Draft", line_items=[]),
                "B5": bill("B5", 2, 9.0, "Overdue", customer_id="C2"),
            },
            "customers": {
                "C1": customer("C1", "555-000-0009", date_of_birth="1990-05-17",
                               line_ids=["L2", "L1"], bill_ids=["B1", "B2", "B3", "B4"]),
                "C2": customer("C2", "555-000-0003", date_of_birth="1991-05-17",
                               line_ids=["L3"], bill_ids=["B5"]),
            },
            "phones": {"C1": {"customer_id": "C1", "line_id": "L1"},
                       "C2": {"customer_id": "C2", "line_id": "L3"}},
        }
    )  # fmt: skip


@pytest.fixture
def db(base: TelecomDB) -> TelecomDB:
    """Return a session in which C1 is the caller."""
    return base.session("C1")


@pytest.fixture
def ask(db: TelecomDB) -> Callable[..., Any]:
    """Return what calls a tool of either side in that session."""

    def call(name: str, **arguments: Any) -> Any:
        tools = TOOLS if name in TOOLS else USER_TOOLS
        return tools.call(db, name, arguments)

    return call


@pytest.fixture
def alter(db: TelecomDB) -> Callable[..., Phone]:
    """Return what changes the caller's phone, which then looks for a network."""

    def change(**settings: Any) -> Phone:
        phone = db.phones["C1"].replace(**settings)
        return db.phones.put("C1", search(phone, db.service(phone)))

    return change


@pytest.fixture
def alter_line(db: TelecomDB) -> Callable[..., Line]:
    """Return what changes the line of the caller's phone."""
    return lambda **fields: db.lines.put("L1", db.lines["L1"].replace(**fields))


@pytest.fixture
def plan(base: TelecomDB) -> Plan:
    """Return the plan of all lines."""
    return base.plans["P1"]
