"""Telecom tools: what the agent may call. They enforce what the database must, not policy.md."""

import hashlib
from datetime import date
from functools import lru_cache
from typing import Annotated

from pydantic import Field

from writ_gym.database import R, Record, Table
from writ_gym.domains.telecom.schema import (
    CYCLE_END,
    TODAY,
    Bill,
    Customer,
    Device,
    Line,
    LineItem,
    Plan,
    TelecomDB,
    by_line,
    by_name_and_birth,
    by_number,
    to_cents,
)
from writ_gym.errors import ToolError
from writ_gym.tools import ToolSet

TOOLS: ToolSet[TelecomDB] = ToolSet("writ_gym.domains.telecom.tools:TOOLS")

NEXT_MONTH = (date(2025, 3, 1), date(2025, 3, 31))
NEXT_DUE = date(2025, 3, 15)
MOST_GB = 1000
"""That can be refuelled at once; how much may be, says policy.md."""
KINDS = {
    "L": ("lines", "Line"),
    "D": ("devices", "Device"),
    "B": ("bills", "Bill"),
    "C": ("customers", "Customer"),
    "P": ("plans", "Plan"),
}
"""By the first letter of an id, the table that it is in, and what it is called."""


class DataUsage(Record):
    """What a line has used of its data in the current billing month."""

    line_id: str
    data_used_gb: float
    data_limit_gb: float
    data_refueling_gb: float
    cycle_end_date: date


def find(table: Table[R], key: str, what: str) -> R:
    """Return a record.

    Raises:
        ToolError: There is none under ``key``.
    """
    try:
        return table[key]
    except KeyError:
        raise ToolError(f"{what} with ID {key} not found") from None


def find_line(db: TelecomDB, customer_id: str, line_id: str) -> Line:
    """Return a line of a customer.

    Raises:
        ToolError: There is no such customer, or the line is not theirs.
    """
    if line_id not in find(db.customers, customer_id, "Customer").line_ids:
        raise ToolError(f"Line {line_id} not found for customer {customer_id}")
    return find(db.lines, line_id, "Line")


@TOOLS.read
def get_customer_by_phone(db: TelecomDB, phone_number: str) -> Customer:
    """Find a customer by phone number: the one on their account or that of any of their lines.

    Args:
        phone_number: Phone number, such as "555-123-0000".
    """
    for customer in db.customers.lookup(by_number, phone_number):
        return customer
    for line in db.lines.lookup(by_number, phone_number):
        for customer in db.customers.lookup(by_line, line.line_id):
            return customer
    raise ToolError(f"Customer with phone number {phone_number} not found")


@TOOLS.read
def get_customer_by_id(db: TelecomDB, customer_id: str) -> Customer:
    """Get a customer: name, contact, payment methods, and the ids of their lines and bills.

    Args:
        customer_id: Customer id, such as "C0000".
    """
    return find(db.customers, customer_id, "Customer")


@TOOLS.read
def get_customer_by_name(db: TelecomDB, full_name: str, dob: str) -> list[Customer]:
    """Find the customers with a name and a date of birth; the list may be empty.

    Args:
        full_name: First and last name.
        dob: Date of birth, such as "1990-12-31".
    """
    return db.customers.lookup(by_name_and_birth, (full_name.lower(), dob))


@TOOLS.read
def get_details_by_id(db: TelecomDB, id: str) -> Line | Device | Bill | Customer | Plan:
    """Get a line, device, bill, customer or plan.

    Args:
        id: Its id; the first letter says what it is: L, D, B, C or P.
    """
    if id[:1] not in KINDS:
        raise ToolError(f"Unknown ID format or type: {id}")
    table, what = KINDS[id[0]]
    record: Line | Device | Bill | Customer | Plan = find(getattr(db, table), id, what)
    return record


@TOOLS.write
def suspend_line(
    db: TelecomDB, customer_id: str, line_id: str, reason: str
) -> dict[str, str | Line]:
    """Suspend an active line; it keeps its number for a holding fee of $5 a month.

    Args:
        customer_id: Id of the customer whose line it is.
        line_id: Line id, such as "L0000".
        reason: Why the line is suspended.
    """
    line = find_line(db, customer_id, line_id)
    if line.status != "Active":
        raise ToolError("Line must be active to suspend")
    suspended = line.replace(status="Suspended", suspension_start_date=TODAY)
    return {
        "message": "Line suspended successfully. $5/month holding fee will apply.",
        "line": db.lines.put(line_id, suspended),
    }


@TOOLS.write
def resume_line(db: TelecomDB, customer_id: str, line_id: str) -> dict[str, str | Line]:
    """Make a suspended line active again, or one that waits for its activation.

    Whether that is allowed (bills, end of the contract) is not checked here.

    Args:
        customer_id: Id of the customer whose line it is.
        line_id: Line id, such as "L0000".
    """
    line = find_line(db, customer_id, line_id)
    if line.status not in ("Suspended", "Pending Activation"):
        raise ToolError("Line must be suspended to resume")
    resumed = line.replace(status="Active", suspension_start_date=None)
    return {"message": "Line resumed successfully", "line": db.lines.put(line_id, resumed)}


@TOOLS.read
def get_bills_for_customer(
    db: TelecomDB, customer_id: str, limit: Annotated[int, Field(ge=0)] = 12
) -> list[Bill]:
    """Get the bills of a customer, the latest issue date first.

    Args:
        customer_id: Customer id, such as "C0000".
        limit: How many bills at most.
    """
    customer = find(db.customers, customer_id, "Customer")
    bills = [find(db.bills, bill_id, "Bill") for bill_id in customer.bill_ids]
    return sorted(bills, key=lambda bill: bill.issue_date, reverse=True)[:limit]


@TOOLS.write
def send_payment_request(db: TelecomDB, customer_id: str, bill_id: str) -> str:
    """Ask a customer to pay a bill; only one bill can await its payment at a time.

    Whether the bill is overdue is not checked here. The request shows on the customer's phone.

    Args:
        customer_id: Id of the customer whose bill it is.
        bill_id: Bill id, such as "B0000000".
    """
    customer = find(db.customers, customer_id, "Customer")
    if bill_id not in customer.bill_ids:
        raise ToolError(f"Bill {bill_id} not found for customer {customer_id}")
    if db.awaiting(customer):
        raise ToolError("A bill is already awaiting payment for this customer")
    bill = find(db.bills, bill_id, "Bill")
    if bill.status in ("Draft", "Paid"):
        raise ToolError(f"Bill {bill_id} cannot be paid: its status is {bill.status}")
    db.bills.put(bill_id, bill.replace(status="Awaiting Payment"))
    return f"Payment request sent to the customer for bill {bill_id}"


@TOOLS.read
def get_data_usage(db: TelecomDB, customer_id: str, line_id: str) -> DataUsage:
    """Get what a line has used of its data in this billing month, its plan's limit, and refuels.

    Args:
        customer_id: Id of the customer whose line it is.
        line_id: Line id, such as "L0000".
    """
    line = find_line(db, customer_id, line_id)
    plan = find(db.plans, line.plan_id, "Plan")
    return _usage(line_id, line.data_used_gb, plan.data_limit_gb, line.data_refueling_gb)


@lru_cache(4096)
def _usage(line_id: str, used: float, limit: float, refueling: float) -> DataUsage:
    """Return what a line has used, in GB; it is made once, and so is its text."""
    return DataUsage(
        line_id=line_id,
        data_used_gb=used,
        data_limit_gb=limit,
        data_refueling_gb=refueling,
        cycle_end_date=CYCLE_END,
    )


@TOOLS.write
def enable_roaming(db: TelecomDB, customer_id: str, line_id: str) -> str:
    """Let a line be used abroad.

    Args:
        customer_id: Id of the customer whose line it is.
        line_id: Line id, such as "L0000".
    """
    return _set_roaming(db, find_line(db, customer_id, line_id), True, "enabled")


@TOOLS.write
def disable_roaming(db: TelecomDB, customer_id: str, line_id: str) -> str:
    """Stop a line from being used abroad.

    Args:
        customer_id: Id of the customer whose line it is.
        line_id: Line id, such as "L0000".
    """
    return _set_roaming(db, find_line(db, customer_id, line_id), False, "disabled")


def _set_roaming(db: TelecomDB, line: Line, allowed: bool, deed: str) -> str:
    if line.roaming_enabled == allowed:
        return f"Roaming was already {deed}"
    db.lines.put(line.line_id, line.replace(roaming_enabled=allowed))
    return f"Roaming {deed} successfully"


@TOOLS.generic
def transfer_to_human_agents(db: TelecomDB, summary: str) -> str:
    """Hand the user over to a human agent; only if the request is outside what you can do.

    Args:
        summary: What the user wants and what was done so far.
    """
    return "Transfer successful"


@TOOLS.write
def refuel_data(
    db: TelecomDB, customer_id: str, line_id: str, gb_amount: float
) -> dict[str, str | float]:
    """Add data to a line for this billing month, at its plan's price per gigabyte.

    State the amount and the price to the user and get an explicit yes before. It goes on the
    customer's next bill.

    Args:
        customer_id: Id of the customer whose line it is.
        line_id: Line id, such as "L0000".
        gb_amount: How many gigabytes.
    """
    line = find_line(db, customer_id, line_id)
    if round(gb_amount, 6) <= 0:
        raise ToolError("Refuel amount must be positive")
    if gb_amount > MOST_GB:
        raise ToolError(f"Refuel amount must be at most {MOST_GB} GB")
    price = find(db.plans, line.plan_id, "Plan").data_refueling_price_per_gb
    charge = to_cents(gb_amount * price)
    total = round(line.data_refueling_gb + gb_amount, 6)
    db.lines.put(line_id, line.replace(data_refueling_gb=total))
    charge_next_bill(
        db,
        customer_id,
        LineItem(
            description=f"Data refueling: {gb_amount} GB at ${price}/GB",
            amount=charge,
            date=TODAY,
            item_type="Charge",
        ),
    )
    return {
        "message": f"Successfully added {gb_amount} GB of data for line {line_id} "
        f"for ${charge:.2f}",
        "new_data_refueling_gb": total,
        "charge": charge,
    }


def charge_next_bill(db: TelecomDB, customer_id: str, item: LineItem) -> None:
    """Put a charge on a customer's draft of a bill, which is made if there is none."""
    customer = db.customers[customer_id]
    bills = [db.bills[bill_id] for bill_id in customer.bill_ids]
    draft = next((bill for bill in bills if bill.status == "Draft"), None)
    if draft is None:
        draft = new_draft(customer_id)
        ids = (*customer.bill_ids, draft.bill_id)
        db.customers.put(customer_id, customer.replace(bill_ids=ids))
    items, total = (*draft.line_items, item), round(draft.total_due + item.amount, 2)
    db.bills.put(draft.bill_id, draft.replace(line_items=items, total_due=total))


def new_draft(customer_id: str) -> Bill:
    """Return an empty bill for the next month; its id follows from the customer's."""
    start, end = NEXT_MONTH
    number = hashlib.sha256(f"{customer_id} {start}".encode()).hexdigest()[:8]
    return Bill(
        bill_id=f"B{number}",
        customer_id=customer_id,
        period_start=start,
        period_end=end,
        issue_date=start,
        total_due=0.0,
        due_date=NEXT_DUE,
    )
