"""Paying bills: one request of the agent's and one payment of the user's for each."""

from collections.abc import Mapping, Sequence

from writ_gym.database import JSON
from writ_gym.domains.telecom.intents.outcomes import (
    ASK_YES,
    by_user,
    check_guard,
    money,
    refuse,
    write_to,
)
from writ_gym.domains.telecom.intents.reading import (
    bill_attribute,
    find_bill,
    read_bills,
)
from writ_gym.domains.telecom.rules import (
    Breach,
    another_awaiting,
    condition_not_met,
    not_overdue,
    nothing_fits,
)
from writ_gym.domains.telecom.schema import Bill
from writ_gym.domains.telecom.wishes import BILLS, EveryBill, WithinBudget
from writ_gym.errors import UnsolvableError
from writ_gym.grammar import joined
from writ_gym.queries import keeps
from writ_gym.solving import Outcome, Plan, Reads, Write
from writ_gym.tasks import Provenance

PAY = by_user("make_payment")


def payment(caller: str, bill: Bill, source: Provenance = "read") -> tuple[Write, Write]:
    """Return the request to pay a bill, and its payment."""
    return write_to("send_payment_request", caller, bill_id=(bill.bill_id, source)), PAY


def overdue(bills: Sequence[Bill]) -> list[Bill]:
    """Return the bills that have not been paid in time."""
    return [bill for bill in bills if bill.status == "Overdue"]


def payments(caller: str, bills: Sequence[Bill]) -> list[Write]:
    """Return what it takes until no bill is overdue: one that awaits payment is paid first."""
    due = overdue(bills)
    waits = due and any(bill.status == "Awaiting Payment" for bill in bills)
    first = [PAY] if waits else []
    return [*first, *(write for bill in due for write in payment(caller, bill))]


def total_of(bills: Sequence[Bill]) -> str:
    """Return what has to be paid before something else, in words; empty if there is nothing."""
    due = overdue(bills)
    if not due:
        return ""
    waiting = [bill for bill in bills if bill.status == "Awaiting Payment"]
    shown = joined([f"{bill.bill_id} of {money(bill.total_due)}" for bill in [*waiting, *due]])
    return f"have you pay what is open ({shown}) and then "


def find_bills(caller: str, value: JSON) -> Reads[list[Bill] | Breach]:
    """Find the bill that a reference means, or all of them; a breach if nothing fits."""
    reference = BILLS.validate_python(value)
    if not isinstance(reference, EveryBill | WithinBudget):
        one = yield from find_bill(caller, reference)
        return one if isinstance(one, Breach) else [one]
    bills = yield from read_bills(caller)
    meant = [bill for bill in bills if keeps(bill, reference.where, bill_attribute)]
    if not meant:
        return nothing_fits("bill", reference.where)
    return meant if isinstance(reference, EveryBill) else _within(meant, reference)


def _within(meant: Sequence[Bill], wish: WithinBudget) -> list[Bill] | Breach:
    """Return as many of the bills as the budget pays, in the customer's order."""
    amounts = [bill_attribute(bill, wish.by) for bill in meant]
    if len(set(amounts)) < len(amounts):
        raise UnsolvableError(f"Bills are tied in {wish}.")
    ranked = sorted(
        meant, key=lambda bill: bill_attribute(bill, wish.by), reverse=wish.extreme == "highest"
    )
    taken: list[Bill] = []
    for bill in ranked:
        if round(sum(each.total_due for each in [*taken, bill]), 2) > wish.budget:
            break
        taken.append(bill)
    if not taken:
        return condition_not_met(ranked[0].total_due, dollars=True)
    return [bill for bill in meant if bill in taken]


class PayBill:
    """Pay overdue bills."""

    name = "pay_bill"

    def solve(self, caller: str, facts: Mapping[str, JSON]) -> Plan:
        """Send a request for each bill that is meant, and have it paid."""
        if breach := (yield from check_guard(caller, facts)):
            return refuse(breach)
        meant = yield from find_bills(caller, facts["bill"])
        if isinstance(meant, Breach):
            return refuse(meant)
        mine = yield from read_bills(caller)
        breaches = [*map(not_overdue, meant), another_awaiting(mine)]
        for found in breaches:
            if found:
                return refuse(found)
        source: Provenance = "user" if "bill_id" in facts["bill"] else "read"
        shown = joined([f"bill {bill.bill_id} of {money(bill.total_due)}" for bill in meant])
        return Outcome(
            statement=f"I can send you the request to pay {shown}. {ASK_YES}",
            writes=tuple(write for bill in meant for write in payment(caller, bill, source)),
            report=f"Paid has been: {joined([bill.bill_id for bill in meant])}.",
        )
