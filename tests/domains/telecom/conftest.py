"""What tests of the carrier share: a small world, and a customer whose phone is in order."""

import re
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from writ_gym.domain import load_domain
from writ_gym.domains.telecom.data import generate
from writ_gym.domains.telecom.network import search
from writ_gym.domains.telecom.proof import PROOF
from writ_gym.domains.telecom.schema import Line, Phone, Plan, TelecomDB
from writ_gym.domains.telecom.tools import TOOLS
from writ_gym.domains.telecom.user_tools import USER_TOOLS
from writ_gym.errors import UnsolvableError
from writ_gym.meaning.brute_force import as_text
from writ_gym.meaning.proofs import UnclearError
from writ_gym.meaning.solving import Notebook, drive
from writ_gym.tasks import Call, Fact, Request

TELECOM = load_domain("telecom")


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


PLANS = (
    ("Pocket", 3.0, 20.0, 8.0), ("Everyday", 8.0, 30.0, 5.5), ("Roomy", 16.0, 44.0, 4.5),
    ("Household", 32.0, 60.0, 3.5), ("Boundless", 250.0, 80.0, 1.5), ("Slate", 12.0, 25.0, 6.5),
    ("Wrist", 1.0, 8.0, 9.5), ("Hearth", 120.0, 50.0, 2.5),
)  # fmt: skip
LINES = (
    ("Active", "P1002", "phone", "Aster X", 6.5, 0.0, False, "2026-03-31"),
    ("Suspended", "P1006", "tablet", "Folio 10", 2.0, 0.5, True, "2026-06-30"),
    ("Suspended", "P1008", "router", "Hub 4G", 40.0, 0.0, False, "2025-01-31"),
    ("Active", "P1007", "watch", "Orbit Watch", 2.5, 1.0, False, "2026-12-31"),
    ("Pending Activation", "P1006", "tablet", "Folio 12", 0.0, 2.0, True, "2027-01-31"),
)
BILLS = (
    ("2024-11", "Paid", {"Monthly charge 1": 60.0, "International calls 1": 40.0}),
    ("2024-12", "Overdue", {"Monthly charge 1": 60.0, "Data overage 4": 20.5}),
    ("2025-01", "Overdue", {"Monthly charge 1": 60.0, "Monthly charge 2": 25.0, "Tax 2": 35.25}),
    ("2025-02", "Issued", {"Monthly charge 1": 60.0, "Discount": 35.0}),
    ("2025-03", "Draft", {}),
)

DEVICE = {"is_esim_capable": False}


def number_of(line: int | str) -> str:
    """Return the number of a line."""
    return f"555-000-000{line}"


def _line(key: int, row: Sequence[Any]) -> dict[str, Any]:
    status, plan_id, _, _, used, refuelled, roaming, end = row
    suspended = {"suspension_start_date": "2025-02-01"} if status == "Suspended" else {}
    return {"line_id": f"L{key}", "phone_number": number_of(key), "status": status,
            "plan_id": plan_id, "device_id": f"D{key}", "data_used_gb": used,
            "data_refueling_gb": refuelled, "roaming_enabled": roaming, "contract_end_date": end,
            **suspended}  # fmt: skip


def _bill(key: int, owner: str, row: Sequence[Any]) -> dict[str, Any]:
    month, status, charges = row
    items = [
        {"description": re.sub(r" (\d)$", lambda digit: f" - Line {number_of(digit[1])}", words),
         "amount": amount, "date": f"{month}-01", "item_type": "Charge"}
        for words, amount in charges.items()
    ]  # fmt: skip
    return {"bill_id": f"B{key}", "customer_id": owner, "period_start": f"{month}-01",
            "period_end": f"{month}-28", "issue_date": f"{month}-28", "due_date": f"{month}-28",
            "total_due": sum(charges.values()), "line_items": items, "status": status}  # fmt: skip


@pytest.fixture(scope="session")
def account() -> TelecomDB:
    """Return a carrier known by heart: C1 has lines L1 to L5, L1 in hand, and bills B1 to B5."""
    address = {"street": "1 A Street", "city": "Boise", "state": "ID", "zip_code": "83701"}

    def customer(key: str, name: str, lines: Sequence[str], bills: Sequence[str]) -> dict[str, Any]:
        return {"customer_id": key, "full_name": name, "email": "a@example.com", "address": address,
                "phone_number": number_of(lines[0][1]), "date_of_birth": "1990-05-17",
                "account_status": "Active", "line_ids": lines, "bill_ids": bills}  # fmt: skip

    rows = [*enumerate(LINES, 1), (9, LINES[0])]
    bills = [*((key, "C1", row) for key, row in enumerate(BILLS, 1)), (9, "C2", BILLS[1])]
    return TelecomDB.load(
        {
            "plans": {
                f"P{key}": {"plan_id": f"P{key}", "name": name, "data_limit_gb": limit,
                            "price_per_month": price, "data_refueling_price_per_gb": refuel}
                for key, (name, limit, price, refuel) in enumerate(PLANS, 1001)
            },
            "devices": {
                f"D{key}": {**DEVICE, "device_id": f"D{key}", "device_type": kind, "model": model}
                for key, (_, _, kind, model, *_) in rows
            },
            "lines": {f"L{key}": _line(key, row) for key, row in rows},
            "bills": {f"B{key}": _bill(key, owner, row) for key, owner, row in bills},
            "customers": {
                "C1": customer("C1", "Ann Lee", [f"L{n}" for n in range(1, 6)],
                               [f"B{n}" for n in range(1, 6)]),
                "C2": customer("C2", "Bo Kim", ["L9"], ["B9"]),
            },
            "phones": {key: {"customer_id": key, "line_id": line}
                       for key, line in (("C1", "L1"), ("C2", "L9"))},
        }
    )  # fmt: skip


@pytest.fixture
def mine(account: TelecomDB) -> TelecomDB:
    """Return a session of the account known by heart, with C1 as the caller."""
    return account.session("C1")


@pytest.fixture
def put(mine: TelecomDB) -> Callable[..., None]:
    """Return what changes a record in that session; the phone looks for a network after that."""

    def change(table: str, key: str, **fields: Any) -> None:
        records = getattr(mine, table)
        records.put(key, records[key].replace(**fields))
        phone = mine.phones["C1"]
        mine.phones.put("C1", search(phone, mine.service(phone)))

    return change


Result = tuple[str, Any]
"""What a request comes to: a reason code, "writes", "human", "told" or "unclear", and which."""


def solved_in(db: TelecomDB, intent: str, **values: Any) -> Result:
    """Return what the solver of a request finds that it comes to."""

    def answer(call: Call) -> str:
        text, is_error = TELECOM.all_tools.answer(db, call.name, call.arguments)
        if is_error:
            raise UnsolvableError(text)
        return text

    try:
        outcome, _ = drive(TELECOM.intent(intent).solve("C1", values), Notebook(), answer)
    except UnsolvableError:
        return "unclear", None
    if outcome.writes:
        return "writes", [short(Call(w.name, w.arguments)) for w in outcome.writes]
    if outcome.hand_over:
        return "human", None
    (tell,) = outcome.tells
    return outcome.reason or "told", tell.value


def proved_in(db: TelecomDB, intent: str, **values: Any) -> Result:
    """Return what a request comes to by brute force; the fact of a breach is a text."""
    facts = tuple(Fact(slot=slot, value=value, text="") for slot, value in values.items())
    try:
        meaning = PROOF.meaning(db, "C1", Request(intent=intent, text="", facts=facts))
    except UnclearError:
        return "unclear", None
    if meaning.writes:
        return "writes", [short(call) for call in meaning.writes]
    if meaning.handed_over:
        return "human", None
    if not meaning.breaches:
        return "told", meaning.tells[0]
    ((code, fact),) = meaning.breaches
    return code, fact


@pytest.fixture(scope="session")
def both_in() -> Callable[..., tuple[Result, Result]]:
    """Return what says what a request comes to, by its solver and by brute force."""

    def find(db: TelecomDB, intent: str, **values: Any) -> tuple[Result, Result]:
        (code, value), proved = solved_in(db, intent, **values), proved_in(db, intent, **values)
        if isinstance(proved[1], str) and isinstance(value, float | int):
            value = as_text(value)
        return (code, value), proved

    return find


@pytest.fixture
def proved(mine: TelecomDB) -> Callable[..., Result]:
    """Return what finds out by brute force what a request comes to for C1."""
    return lambda intent, **values: proved_in(mine, intent, **values)


def short(call: Call) -> str:
    """Return a write as text: its tool, and what it is about."""
    left_out = ("customer_id", "reason", "app_name", "mode")
    values = [str(value) for name, value in call.arguments.items() if name not in left_out]
    return " ".join([call.name, *values])


@pytest.fixture
def comes_to(
    mine: TelecomDB, both_in: Callable[..., tuple[Result, Result]]
) -> Callable[..., Result]:
    """Return what a request comes to for C1, on which solver and brute force have to agree."""

    def find(intent: str, **values: Any) -> Result:
        solved, proved = both_in(mine, intent, **values)
        assert solved == proved
        return solved_in(mine, intent, **values)

    return find
