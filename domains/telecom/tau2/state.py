"""The state of both sides as tau2 has it: the phone keeps what it was told of the carrier."""

from pathlib import Path
from typing import Any, TypeVar

from writ_gym.database import JSON, Changes, Record, Table
from writ_gym.domains.telecom.schema import (
    DEFAULT_VPN,
    Bill,
    Customer,
    Line,
    Phone,
    Plan,
    Service,
    TelecomDB,
    Vpn,
)
from writ_gym.errors import ToolError
from writ_gym.tasks import Call
from writ_gym.tau2.layer import Start, read_toml
from writ_gym.tau2.values import plain_of

R = TypeVar("R", bound=Record)

ONLY = ""
"""The key of whatever there is just one of; so it is found whoever is in the conversation."""

AGENT_TABLES = ("plans", "devices", "lines", "bills", "customers")
NOT_OF_DEVICE = {"customer_id", "line_id", "is_abroad", "signal_strength"}


class PaymentRequest(Record):
    """A request to pay a bill, as the phone shows it."""

    bill_id: str
    amount_due: float
    paid: bool = False


class Surroundings(Record):
    """What the phone was told of its owner and of the carrier."""

    name: str | None = None
    phone_number: str | None = None
    roaming_allowed: bool = False
    mobile_data_usage_exceeded: bool = False
    line_active: bool = True
    payment_request: PaymentRequest | None = None


class Tau2DB(TelecomDB):
    """The carrier's records, one phone, and a phone's own view of the carrier."""

    surroundings: Table[Surroundings]
    shared: Table[Vpn]
    """QUIRK T-22: the VPN that phones connect to is one object of the process."""

    def service(self, phone: Phone) -> Service:
        """Return what the phone was told; the carrier may have changed it since then."""
        told = self.surroundings[ONLY]
        return Service(told.line_active, told.roaming_allowed, told.mobile_data_usage_exceeded)


def load(folder: Path) -> Tau2DB:
    """Return tau2's database from its two files."""
    carrier, device = read_toml(folder / "db.toml"), read_toml(folder / "user_db.toml")["device"]
    tables: dict[str, dict[str, Any]] = {
        table: {row[Tau2DB.key_fields[table]]: row for row in carrier[table]}
        for table in AGENT_TABLES
    }
    phone = {"customer_id": ONLY, "line_id": "", **device}
    only: dict[str, dict[str, Any]] = {
        "phones": {ONLY: phone},
        "surroundings": {ONLY: {}},
        "shared": {ONLY: DEFAULT_VPN},
    }
    return Tau2DB.load({**tables, **only}, str(folder))


def carrier(folder: Path) -> TelecomDB:
    """Return the carrier of tau2's database as the domain has it; its tasks bring the phone."""
    tables = read_toml(folder / "db.toml")
    rows = {
        table: {row[TelecomDB.key_fields[table]]: row for row in tables[table]}
        for table in AGENT_TABLES
    }
    return TelecomDB.load({**rows, "phones": {}}, str(folder))


def start(db: Tau2DB) -> Start:
    """Return what a task begins with: what is changed on file, and the phone of its user."""
    number = db.surroundings[ONLY].phone_number
    customer = customer_by_number(db, number)
    line = _first(db.lines, "phone_number", number, "Line with phone number")
    phone = db.phones[ONLY].replace(customer_id=customer.customer_id, line_id=line.line_id)
    records: Changes = {
        place: row for place, row in db.changes().items() if place[0] in AGENT_TABLES
    }
    found = Call("get_customer_by_phone", {"phone_number": number})
    records |= {("phones", customer.customer_id): phone}
    return Start(customer.customer_id, (found,), records)


def carrier_state(db: Tau2DB) -> JSON:
    """Return the agent's side: its tables are lists."""
    return {table: [plain_of(row) for row in getattr(db, table).values()] for table in AGENT_TABLES}


def phone_state(db: Tau2DB) -> JSON:
    """Return the user's side."""
    phone, told = db.phones[ONLY], plain_of(db.surroundings[ONLY])
    device = {key: value for key, value in plain_of(phone).items() if key not in NOT_OF_DEVICE}
    place = {"is_abroad": phone.is_abroad, "signal_strength": dict(phone.signal_strength)}
    return {"device": device, "surroundings": {**told, **place}}


def assigned(record: R, **values: Any) -> R:
    """Return a record with values that are not checked (QUIRK G-6)."""
    copy = record.model_copy(update=values)
    copy.__dict__.pop("plain", None)
    copy.__dict__.pop("text", None)
    return copy


def assign(db: Tau2DB, **values: Any) -> None:
    """Set fields of the phone to values that are not checked."""
    db.phones.put(ONLY, assigned(db.phones[ONLY], **values))


def tell(db: Tau2DB, **values: Any) -> Surroundings:
    """Change what the phone was told."""
    return db.surroundings.put(ONLY, assigned(db.surroundings[ONLY], **values))


# Look-ups: the first row that is equal, whatever type was given


def customer_by_id(db: Tau2DB, customer_id: Any) -> Customer:
    """Return a customer."""
    return _first(db.customers, "customer_id", customer_id, "Customer with ID")


def line_by_id(db: Tau2DB, line_id: Any) -> Line:
    """Return a line."""
    return _first(db.lines, "line_id", line_id, "Line with ID")


def plan_by_id(db: Tau2DB, plan_id: Any) -> Plan:
    """Return a plan."""
    return _first(db.plans, "plan_id", plan_id, "Plan with ID")


def bill_by_id(db: Tau2DB, bill_id: Any) -> Bill:
    """Return a bill."""
    return _first(db.bills, "bill_id", bill_id, "Bill with ID")


def record_by_id(db: Tau2DB, id: Any) -> Record:
    """Return any record, by the first letter of its id."""
    for letter, table in (
        ("L", "lines"), ("D", "devices"), ("B", "bills"), ("C", "customers"), ("P", "plans"),
    ):  # fmt: skip
        if id.startswith(letter):
            what = f"{table[:-1].capitalize()} with ID"
            record: Record = _first(getattr(db, table), Tau2DB.key_fields[table], id, what)
            return record
    raise ToolError(f"Unknown ID format or type: {id}")


def _first(table: Table[R], field: str, value: Any, what: str) -> R:
    for row in table.values():
        if getattr(row, field) == value:
            return row
    raise ToolError(f"{what} {value} not found")


def customer_by_number(db: Tau2DB, phone_number: Any) -> Customer:
    """Return a customer; T-1: an earlier one's line beats a later one's own number."""
    for customer in db.customers.values():
        if customer.phone_number == phone_number:
            return customer
        lines = (line_by_id(db, line_id) for line_id in customer.line_ids)
        if any(line.phone_number == phone_number for line in lines):
            return customer
    raise ToolError(f"Customer with phone number {phone_number} not found")


def target_line(db: Tau2DB, customer_id: Any, line_id: Any) -> Line:
    """Return a line of a customer."""
    if line_id not in customer_by_id(db, customer_id).line_ids:
        raise ToolError(f"Line {line_id} not found for customer {customer_id}")
    return line_by_id(db, line_id)


def awaiting(db: Tau2DB, customer: Customer) -> Bill | None:
    """Return the first bill of a customer that awaits its payment."""
    bills = [bill_by_id(db, bill_id) for bill_id in customer.bill_ids]
    return next((bill for bill in bills if bill.status == "Awaiting Payment"), None)


# Synchronisation


def sync(db: Tau2DB) -> None:
    """Tell the phone what the carrier allows, and the carrier what the phone has paid."""
    told = db.surroundings[ONLY]
    if told.phone_number is None:
        return
    line = _first(db.lines, "phone_number", told.phone_number, "Line with phone number")
    plan = plan_by_id(db, line.plan_id)
    exceeded = line.data_used_gb >= plan.data_limit_gb + line.data_refueling_gb
    told = tell(
        db,
        line_active=line.status == "Active",
        roaming_allowed=line.roaming_enabled,
        mobile_data_usage_exceeded=exceeded,
    )
    request = told.payment_request
    if request is not None and request.paid:
        bill = bill_by_id(db, request.bill_id)
        db.bills.put(bill.bill_id, bill.replace(status="Paid"))
        request = tell(db, payment_request=None).payment_request
    if request is None:  # T-24: a request that is there already is never refreshed
        due = awaiting(db, customer_by_number(db, told.phone_number))
        if due is not None:
            asked = PaymentRequest(bill_id=due.bill_id, amount_due=due.total_due)
            tell(db, payment_request=asked)
