"""How a solver finds what a user means, through reads alone: accounts, lines, bills and plans.

Each ``find`` function resolves one kind of reference of ``wishes``. A search that may stop at the
first record that fits stops there.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from pydantic import TypeAdapter

from writ_gym.database import JSON
from writ_gym.domains.telecom.catalog import PLANS
from writ_gym.domains.telecom.rules import nothing_fits, other_account
from writ_gym.domains.telecom.schema import Bill, Customer, Device, Line, Plan
from writ_gym.domains.telecom.tools import DataUsage
from writ_gym.domains.telecom.wishes import (
    BillBeside,
    BillById,
    BillChoice,
    BillReference,
    Bills,
    Figure,
    FirstIn,
    LineByNumber,
    LineCharged,
    LineChoice,
    LineReference,
    PlanByName,
    PlanChoice,
    PlanOf,
    PlanReference,
    Plans,
)
from writ_gym.errors import UnsolvableError
from writ_gym.meaning.breaches import Breach
from writ_gym.meaning.queries import Condition, Query, keeps, pick
from writ_gym.meaning.solving import Reads, read

# The same records are read again and again; a text always means the same record.
_customer = lru_cache(1024)(Customer.model_validate_json)
_line = lru_cache(4096)(Line.model_validate_json)
_device = lru_cache(4096)(Device.model_validate_json)
_plan = lru_cache(64)(Plan.model_validate_json)
_bill = lru_cache(4096)(Bill.model_validate_json)
_bills = lru_cache(2048)(TypeAdapter(tuple[Bill, ...]).validate_json)
_usage = lru_cache(4096)(DataUsage.model_validate_json)

PLAN_IDS = tuple(f"P{number}" for number in range(1001, 1001 + len(PLANS)))
"""The plans that policy.md lists."""


def read_customer(caller: str) -> Reads[Customer]:
    """Read the customer's account."""
    return _customer((yield from read("get_customer_by_id", customer_id=caller)))


def read_line(line_id: str) -> Reads[Line]:
    """Read a line."""
    return _line((yield from read("get_details_by_id", id=line_id)))


def read_plan(plan_id: str) -> Reads[Plan]:
    """Read a plan."""
    return _plan((yield from read("get_details_by_id", id=plan_id)))


def read_usage(caller: str, line_id: str) -> Reads[DataUsage]:
    """Read what a line has used of its data."""
    return _usage((yield from read("get_data_usage", customer_id=caller, line_id=line_id)))


def read_bills(caller: str) -> Reads[tuple[Bill, ...]]:
    """Read the customer's bills, in the order of their list."""
    customer = yield from read_customer(caller)
    found = _bills((yield from read("get_bills_for_customer", customer_id=caller)))
    return tuple(sorted(found, key=lambda bill: customer.bill_ids.index(bill.bill_id)))


def over_limit(usage: DataUsage) -> float:
    """Return by how many gigabytes a line is over its limit; negative if it has data left."""
    return -left(usage.data_limit_gb, usage.data_refueling_gb, usage.data_used_gb)


def left(limit: float, refuelled: float, used: float) -> float:
    """Return the gigabytes that are left, to a tenth."""
    return round(limit + refuelled - used, 1)


# Lines


class Subscription(NamedTuple):
    """A line, and what was read of what belongs to it."""

    line: Line
    plan: Plan | None = None
    device: Device | None = None


_OF_LINE: Mapping[str, Callable[[Line], JSON]] = {
    "status": lambda line: line.status,
    "number": lambda line: line.phone_number,
    "used": lambda line: round(line.data_used_gb, 1),
    "refuelled": lambda line: round(line.data_refueling_gb, 1),
    "roaming": lambda line: "on" if line.roaming_enabled else "off",
    "contract_end": lambda line: str(line.contract_end_date) if line.contract_end_date else None,
}
_OF_PLAN: Mapping[str, Callable[[Line, Plan], JSON]] = {
    "plan": lambda line, plan: plan.name,
    "price": lambda line, plan: plan.price_per_month,
    "limit": lambda line, plan: plan.data_limit_gb,
    "refuel_price": lambda line, plan: plan.data_refueling_price_per_gb,
    "left": lambda line, plan: left(plan.data_limit_gb, line.data_refueling_gb, line.data_used_gb),
}
_OF_DEVICE: Mapping[str, Callable[[Device], JSON]] = {
    "device": lambda device: device.device_type,
    "model": lambda device: device.model,
}
PLAN_ATTRIBUTES, DEVICE_ATTRIBUTES = frozenset(_OF_PLAN), frozenset(_OF_DEVICE)
"""Attributes of a line that are read with its plan, and with its device."""


def line_attribute(subscription: Subscription, name: str) -> JSON:
    """Return an attribute of a line, as far as it was read; see the specification.

    Raises:
        UnsolvableError: The line has no such attribute.
    """
    line, plan, device = subscription
    value: JSON = None
    if name in _OF_LINE:
        value = _OF_LINE[name](line)
    elif name in _OF_PLAN and plan:
        value = _OF_PLAN[name](line, plan)
    elif name in _OF_DEVICE and device:
        value = _OF_DEVICE[name](device)
    if value is None:
        raise UnsolvableError(f"Line {line.line_id} has no {name!r}.")
    return value


def complete(subscription: Subscription, names: Iterable[str]) -> Reads[Subscription]:
    """Read what has the attributes with these names."""
    line, plan, device = subscription
    wanted = set(names)
    if plan is None and wanted & PLAN_ATTRIBUTES:
        plan = yield from read_plan(line.plan_id)
    if device is None and wanted & DEVICE_ATTRIBUTES and line.device_id:
        device = _device((yield from read("get_details_by_id", id=line.device_id)))
    return Subscription(line, plan, device)


def fitting(line_id: str, where: Sequence[Condition]) -> Reads[Subscription | None]:
    """Read a line, and of its plan and device what it takes to see whether it keeps conditions."""
    found = Subscription((yield from read_line(line_id)))
    for group in (frozenset(_OF_LINE), PLAN_ATTRIBUTES, DEVICE_ATTRIBUTES):
        here = [condition for condition in where if condition.attribute in group]
        found = yield from complete(found, [condition.attribute for condition in here])
        if not keeps(found, here, line_attribute):
            return None
    return found


def read_lines(caller: str, meant: Query, names: Collection[str] = ()) -> Reads[list[Subscription]]:
    """Read the lines that keep conditions, with the attributes that are named."""
    found = []
    for line_id in (yield from read_customer(caller)).line_ids:
        one = yield from fitting(line_id, meant.where)
        if one:
            found.append((yield from complete(one, names)))
    return found


def find_line(caller: str, reference: LineReference) -> Reads[Line | Breach]:
    """Find the one line that a reference means; a breach if nothing fits, or it is not theirs."""
    match reference:
        case LineByNumber(number=number):
            return (yield from _by_number(caller, number))
        case LineCharged(charged_on=bill, charge=words):
            return (yield from _charged(caller, bill, words))
        case FirstIn():
            return (yield from _first_in(caller, reference))
        case LineChoice(by=None):
            for line_id in (yield from read_customer(caller)).line_ids:
                one = yield from fitting(line_id, reference.where)
                if one:
                    return one.line
            return nothing_fits("line", reference.where)
        case _:
            by = [reference.by] if reference.by else []
            lines = yield from read_lines(caller, reference, by)
            found = pick(lines, reference, line_attribute)
            return found.line if found else nothing_fits("line", reference.where)


def _by_number(caller: str, number: str) -> Reads[Line | Breach]:
    numbers = []
    for line_id in (yield from read_customer(caller)).line_ids:
        line = yield from read_line(line_id)
        if line.phone_number == number:
            return line
        numbers.append(line.phone_number)
    breach = other_account(number, numbers)
    if breach is None:
        raise UnsolvableError(f"No line has the number {number}.")
    return breach


def _charged(caller: str, reference: BillReference, words: str) -> Reads[Line | Breach]:
    bill = yield from find_bill(caller, reference)
    if isinstance(bill, Breach):
        return bill
    charged = [item.description for item in bill.line_items if charge_of(item.description) == words]
    if len(charged) != 1:
        raise UnsolvableError(f"{len(charged)} positions of {bill.bill_id} are {words!r}.")
    found = yield from _by_number(caller, charged[0].rpartition(" - Line ")[2])
    if isinstance(found, Breach):
        raise UnsolvableError(f"{charged[0]!r} is for none of the customer's lines.")
    return found


def _first_in(caller: str, reference: FirstIn) -> Reads[Line | Breach]:
    for each in reference.first_of:
        line = yield from find_line(caller, each)
        if isinstance(line, Breach):
            raise UnsolvableError(f"There is no line like {each}.")
        if line.status == reference.status:
            return line
    return nothing_fits("line", ())


# Bills


def charge_of(description: str) -> str:
    """Return the words of a position of a bill."""
    return description.partition(" - Line")[0]


_OF_BILL: Mapping[str, Callable[[Bill], JSON]] = {
    "status": lambda bill: bill.status,
    "total": lambda bill: round(bill.total_due, 2),
    "month": lambda bill: str(bill.period_start)[:7],
    "due": lambda bill: str(bill.due_date),
    "count": lambda bill: len(bill.line_items),
    "charges": lambda bill: [charge_of(item.description) for item in bill.line_items],
}


def bill_attribute(bill: Bill, name: str) -> JSON:
    """Return an attribute of a bill; see the specification.

    Raises:
        UnsolvableError: A bill has no such attribute.
    """
    if name not in _OF_BILL:
        raise UnsolvableError(f"A bill has no attribute {name!r}.")
    return _OF_BILL[name](bill)


def find_bill(caller: str, reference: BillReference) -> Reads[Bill | Breach]:
    """Find the one bill that a reference means; a breach if nothing fits, or it is not theirs."""
    match reference:
        case BillById(bill_id=bill_id):
            own = (yield from read_customer(caller)).bill_ids
            if breach := other_account(bill_id, own):
                return breach
            return _bill((yield from read("get_details_by_id", id=bill_id)))
        case BillBeside():
            return (yield from _beside(caller, reference))
        case BillChoice():
            bills = yield from read_bills(caller)
            found = pick(bills, reference, bill_attribute)
            return found or nothing_fits("bill", reference.where)


def _beside(caller: str, reference: BillBeside) -> Reads[Bill | Breach]:
    other = yield from find_bill(caller, reference.beside)
    if isinstance(other, Breach):
        return other
    customer = yield from read_customer(caller)
    place = customer.bill_ids.index(other.bill_id) + reference.step
    if not 0 <= place < len(customer.bill_ids):
        raise UnsolvableError(f"Bill {other.bill_id} has no neighbour on that side.")
    return next(
        bill for bill in (yield from read_bills(caller)) if bill.bill_id == customer.bill_ids[place]
    )


# Plans


def plan_attribute(plan: Plan, name: str) -> JSON:
    """Return an attribute of a plan; see the specification.

    Raises:
        UnsolvableError: A plan has no such attribute.
    """
    match name:
        case "name":
            return plan.name
        case "price":
            return plan.price_per_month
        case "limit":
            return plan.data_limit_gb
        case "refuel_price":
            return plan.data_refueling_price_per_gb
        case _:
            raise UnsolvableError(f"A plan has no attribute {name!r}.")


def find_plan(caller: str, reference: PlanReference) -> Reads[Plan | Breach]:
    """Find the one plan that a reference means; a breach if its line is not to be found."""
    if isinstance(reference, PlanOf):
        line = yield from find_line(caller, reference.plan_of)
        return line if isinstance(line, Breach) else (yield from read_plan(line.plan_id))
    plans = []
    for plan_id in PLAN_IDS:
        plan = yield from read_plan(plan_id)
        if isinstance(reference, PlanByName) and plan.name == reference.plan_name:
            return plan
        if isinstance(reference, PlanChoice) and keeps(plan, reference.where, plan_attribute):
            plans.append(plan)
    found = pick(plans, reference, plan_attribute) if isinstance(reference, PlanChoice) else None
    if found is None:
        raise UnsolvableError(f"There is no plan like {reference}.")
    return found


# Figures


def read_plans(meant: Plans) -> Reads[list[Plan]]:
    """Read all plans and return those that keep the conditions."""
    plans: list[Plan] = []
    for plan_id in PLAN_IDS:
        plans.append((yield from read_plan(plan_id)))  # noqa: PERF401 - a generator
    return [plan for plan in plans if keeps(plan, meant.where, plan_attribute)]


def find_figure(caller: str, figure: Figure) -> Reads[float]:
    """Compute a figure over lines or bills."""
    over, name = figure.over, figure.attribute or ""
    if isinstance(over, Bills):
        bills = yield from read_bills(caller)
        kept = [bill for bill in bills if keeps(bill, over.where, bill_attribute)]
        count, values = len(kept), [bill.total_due for bill in kept]
        summed = name == "total"
    elif isinstance(over, Plans):
        summed = name == "price"
        plans = yield from read_plans(over)
        count, values = len(plans), [plan.price_per_month for plan in plans]
    else:
        summed = name in ("used", "left", "price")
        lines = yield from read_lines(caller, over, [name] if summed else [])
        values = [line_attribute(line, name) for line in lines] if summed else []
        count = len(lines)
    if figure.figure == "count":
        return count
    if not summed:
        raise UnsolvableError(f"{figure} has no sum.")
    return round(sum(values), 2 if name in ("total", "price") else 1)
