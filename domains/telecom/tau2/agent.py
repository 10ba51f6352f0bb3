"""The agent's tools as tau2 has them."""

from typing import Any

from writ_gym.database import Record
from writ_gym.domains.telecom import tools
from writ_gym.domains.telecom.schema import CYCLE_END, TODAY, Bill, Customer, LineItem
from writ_gym.domains.telecom.tau2.state import (
    Tau2DB,
    assigned,
    awaiting,
    bill_by_id,
    customer_by_id,
    customer_by_number,
    plan_by_id,
    record_by_id,
    target_line,
)
from writ_gym.errors import ToolError


def get_customer_by_phone(db: Tau2DB, phone_number: Any) -> Customer:
    """Find a customer by number; T-1."""
    return customer_by_number(db, phone_number)


def get_customer_by_id(db: Tau2DB, customer_id: Any) -> Customer:
    """Return a customer."""
    return customer_by_id(db, customer_id)


def get_customer_by_name(db: Tau2DB, full_name: Any, dob: Any) -> list[Customer]:
    """Return the customers of a name and a date of birth."""
    return [
        customer
        for customer in db.customers.values()
        if customer.full_name.lower() == full_name.lower() and customer.date_of_birth == dob
    ]


def get_details_by_id(db: Tau2DB, id: Any) -> Record:
    """Return any record."""
    return record_by_id(db, id)


def suspend_line(db: Tau2DB, customer_id: Any, line_id: Any, reason: Any) -> dict[str, Any]:
    """Suspend a line; T-3: the reason is not looked at."""
    line = target_line(db, customer_id, line_id)
    if line.status != "Active":
        raise ToolError("Line must be active to suspend")
    suspended = assigned(line, status="Suspended", suspension_start_date=TODAY)
    return {
        "message": "Line suspended successfully. $5/month holding fee will apply.",
        "line": db.lines.put(line.line_id, suspended),
    }


def resume_line(db: Tau2DB, customer_id: Any, line_id: Any) -> dict[str, Any]:
    """Resume a line."""
    line = target_line(db, customer_id, line_id)
    if line.status not in ("Suspended", "Pending Activation"):
        raise ToolError("Line must be suspended to resume")
    resumed = assigned(line, status="Active", suspension_start_date=None)
    return {"message": "Line resumed successfully", "line": db.lines.put(line.line_id, resumed)}


def get_bills_for_customer(db: Tau2DB, customer_id: Any, limit: Any = 12) -> list[Bill]:
    """Return the latest bills; T-5: a negative limit leaves out that many at the end."""
    bills = [bill_by_id(db, bill_id) for bill_id in customer_by_id(db, customer_id).bill_ids]
    return sorted(bills, key=lambda bill: bill.issue_date, reverse=True)[:limit]


def send_payment_request(db: Tau2DB, customer_id: Any, bill_id: Any) -> str:
    """Ask for a payment; T-6: of any bill, and whose it is is checked late."""
    customer = customer_by_id(db, customer_id)
    if awaiting(db, customer):
        raise ToolError("A bill is already awaiting payment for this customer")
    if bill_id not in customer.bill_ids:
        raise ToolError(f"Bill {bill_id} not found for customer {customer_id}")
    bill = bill_by_id(db, bill_id)
    db.bills.put(bill.bill_id, bill.replace(status="Awaiting Payment"))
    return f"Payment request sent to the customer for bill {bill_id}"


def get_data_usage(db: Tau2DB, customer_id: Any, line_id: Any) -> dict[str, Any]:
    """Return what a line has used; no record, so that its numbers become texts."""
    line = target_line(db, customer_id, line_id)
    return {
        "line_id": line_id,
        "data_used_gb": line.data_used_gb,
        "data_limit_gb": plan_by_id(db, line.plan_id).data_limit_gb,
        "data_refueling_gb": line.data_refueling_gb,
        "cycle_end_date": CYCLE_END,
    }


def enable_roaming(db: Tau2DB, customer_id: Any, line_id: Any) -> str:
    """Allow roaming."""
    line = target_line(db, customer_id, line_id)
    return tools.enable_roaming(db, customer_id, line.line_id)


def disable_roaming(db: Tau2DB, customer_id: Any, line_id: Any) -> str:
    """Forbid roaming."""
    line = target_line(db, customer_id, line_id)
    return tools.disable_roaming(db, customer_id, line.line_id)


def transfer_to_human_agents(db: Tau2DB, summary: Any) -> str:
    """Hand over; the summary is not looked at."""
    return tools.transfer_to_human_agents(db, summary)


def refuel_data(db: Tau2DB, customer_id: Any, line_id: Any, gb_amount: Any) -> dict[str, Any]:
    """Add data; T-8: the amount is told as it was given, W-5: whatever it is, and not rounded."""
    line = target_line(db, customer_id, line_id)
    if gb_amount <= 0:
        raise ToolError("Refuel amount must be positive")
    price = plan_by_id(db, line.plan_id).data_refueling_price_per_gb
    charge = gb_amount * price
    refuelled = assigned(line, data_refueling_gb=line.data_refueling_gb + gb_amount)
    db.lines.put(line.line_id, refuelled)  # T-10: before the bill is found
    _charge(db, customer_id, f"Data refueling: {gb_amount} GB at ${price}/GB", charge)
    return {
        "message": f"Successfully added {gb_amount} GB of data for line {line_id} "
        f"for ${charge:.2f}",
        "new_data_refueling_gb": refuelled.data_refueling_gb,
        "charge": charge,
    }


def _charge(db: Tau2DB, customer_id: Any, description: str, amount: Any) -> None:
    """Put a charge on the first draft of a bill; T-7: one that is made gets a random id."""
    customer = customer_by_id(db, customer_id)
    bills = [bill_by_id(db, bill_id) for bill_id in customer.bill_ids]
    draft = next((bill for bill in bills if bill.status == "Draft"), None)
    if draft is None:
        draft = tools.new_draft(customer.customer_id)
        ids = (*customer.bill_ids, draft.bill_id)
        db.customers.put(customer.customer_id, customer.replace(bill_ids=ids))
        db.bills.put(draft.bill_id, draft)
    item = LineItem(description=description, amount=amount, date=TODAY, item_type="Charge")
    total, items = draft.total_due + item.amount, (*draft.line_items, item)
    db.bills.put(draft.bill_id, assigned(draft, line_items=items, total_due=total))


TOOLS = (
    get_customer_by_phone,
    get_customer_by_id,
    get_customer_by_name,
    get_details_by_id,
    suspend_line,
    resume_line,
    get_bills_for_customer,
    send_payment_request,
    get_data_usage,
    enable_roaming,
    disable_roaming,
    transfer_to_human_agents,
    refuel_data,
)
