"""The bills of a generated customer: a month each, with positions that add up."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple, TypeAlias

import numpy as np

from writ_gym.domains.telecom.schema import (
    TODAY,
    Bill,
    BillStatus,
    Line,
    LineItem,
    Plan,
    to_cents,
)
from writ_gym.domains.telecom.tools import new_draft

Rng: TypeAlias = np.random.Generator

OVERDUE_COUNTS = (0.55, 0.2, 0.14, 0.08, 0.03)
"""How likely no, one, two … overdue bills are."""
FEWEST_MONTHS, MOST_MONTHS = 5, 8
"""Before the current one, as far as the account is that old."""
DUE_DAYS = (14, 21)
"""After its issue a bill is due; the latest one is overdue by now, or not yet."""
HOLDING_FEE = 5.0
"""Instead of the plan's price, for a month in which a line was suspended all the time."""
DRAFT = 0.4
"""Chance that the bill of the next month has been begun."""
REQUESTED = 0.12
DISPUTED = 0.02

EXTRAS = (
    ("Data overage", "Overage", 400, 3900),
    ("International calls", "Overage", 150, 4800),
    ("Premium messages", "Overage", 99, 1499),
    ("Late payment fee", "Fee", 150, 900),
)
"""What may be on a bill besides the plans: the words, the type, and from how many cents to how
many."""

EXTRA_COUNTS = (0.35, 0.35, 0.2, 0.1)


class Month(NamedTuple):
    """A billing month."""

    start: date
    end: date
    issued: date


def overdue_count(rng: Rng, at_least_one: bool) -> int:
    """Return how many of a customer's bills are overdue."""
    count = int(rng.choice(len(OVERDUE_COUNTS), p=OVERDUE_COUNTS))
    return max(count, 1) if at_least_one else count


def draw_bills(
    rng: Rng,
    customer_id: str,
    lines: Sequence[Line],
    plans: Mapping[str, Plan],
    ids: Iterator[str],
    since: date,
    overdue: int,
) -> list[Bill]:
    """Return the bills of a customer, the oldest first; no two come to the same amount.

    Args:
        rng: The random generator.
        customer_id: The customer.
        lines: The customer's lines.
        plans: All plans, by id.
        ids: Unused ids.
        since: When the account was opened.
        overdue: How many of the bills have not been paid in time.
    """
    most = int(rng.integers(FEWEST_MONTHS, MOST_MONTHS + 1))
    due_days = timedelta(days=DUE_DAYS[int(rng.random() < 0.4)])
    months = [month for month in _months(most) if month.start >= since]
    late = _late(rng, [month for month in months if month.issued + due_days < TODAY], overdue)
    bills, totals = list[Bill](), set[float]()
    for month in months:
        items = _items(rng, month, lines, plans)
        while _total(items) in totals:
            items = _items(rng, month, lines, plans)
        totals.add(_total(items))
        due = month.issued + due_days
        drawn = _status(rng, due, last=month is months[-1])
        status: BillStatus = "Overdue" if month in late else drawn
        bills.append(_bill(next(ids), customer_id, month, due, items, status))
    return [*bills, *_draft(rng, customer_id, lines, plans, ids)]


def _bill(
    bill_id: str,
    customer_id: str,
    month: Month,
    due: date,
    items: tuple[LineItem, ...],
    status: BillStatus,
) -> Bill:
    return Bill(
        bill_id=bill_id,
        customer_id=customer_id,
        period_start=month.start,
        period_end=month.end,
        issue_date=month.issued,
        total_due=_total(items),
        due_date=due,
        line_items=items,
        status=status,
    )


def _months(count: int) -> list[Month]:
    """Return the last months, the current one included, the oldest first."""
    months, first = [], TODAY.replace(day=1)
    end = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    for _ in range(count):
        months.append(Month(first, end, first + timedelta(days=4)))
        end = first - timedelta(days=1)
        first = end.replace(day=1)
    return months[::-1]


def _late(rng: Rng, past: Sequence[Month], count: int) -> list[Month]:
    """Return months that have not been paid: mostly the latest ones."""
    if rng.random() < 0.75:
        return list(past[max(0, len(past) - count) :])
    places = rng.permutation(len(past))[:count].tolist()
    return [past[place] for place in places]


def _status(rng: Rng, due: date, last: bool) -> BillStatus:
    if rng.random() < DISPUTED:
        return "Disputed"
    if due < TODAY or not last:
        return "Paid"
    draw = rng.random()
    return "Awaiting Payment" if draw < REQUESTED else "Paid" if draw < 0.4 else "Issued"


def _items(
    rng: Rng, month: Month, lines: Sequence[Line], plans: Mapping[str, Plan]
) -> tuple[LineItem, ...]:
    items = [item for line in lines if (item := _plan_charge(month, line, plans[line.plan_id]))]
    count = int(rng.choice(len(EXTRA_COUNTS), p=EXTRA_COUNTS))
    extras = rng.permutation(len(EXTRAS))[:count].tolist()
    return (*items, *(_extra(rng, month, lines, *EXTRAS[place]) for place in extras))


def _plan_charge(month: Month, line: Line, plan: Plan) -> LineItem | None:
    """Return what a line costs in a month, None for one that is not in use."""
    if line.status in ("Pending Activation", "Closed"):
        return None
    held = line.suspension_start_date and line.suspension_start_date < month.start
    what = "Holding fee" if held else f"{plan.name} plan"
    return LineItem(
        description=f"{what} - Line {line.phone_number}",
        amount=HOLDING_FEE if held else plan.price_per_month,
        date=month.issued,
        item_type="Fee" if held else "Plan Charge",
    )


def _extra(
    rng: Rng, month: Month, lines: Sequence[Line], words: str, kind: str, low: int, high: int
) -> LineItem:
    line = lines[int(rng.integers(len(lines)))]
    return LineItem(
        description=f"{words} - Line {line.phone_number}" if kind == "Overage" else words,
        amount=int(rng.integers(low, high + 1)) / 100,
        date=month.issued,
        item_type=kind,
    )


def _total(items: Sequence[LineItem]) -> float:
    return round(sum(item.amount for item in items), 2)


def _draft(
    rng: Rng, customer_id: str, lines: Sequence[Line], plans: Mapping[str, Plan], ids: Iterator[str]
) -> list[Bill]:
    """Return the bill of the next month if it was begun: it has what was refuelled in this one."""
    items = tuple(_refuel(line, plans[line.plan_id]) for line in lines if line.data_refueling_gb)
    if not items and rng.random() >= DRAFT:
        return []
    draft = new_draft(customer_id)
    return [draft.replace(bill_id=next(ids), line_items=items, total_due=_total(items))]


def _refuel(line: Line, plan: Plan) -> LineItem:
    price = plan.data_refueling_price_per_gb
    return LineItem(
        description=f"Data refueling: {line.data_refueling_gb} GB at ${price}/GB",
        amount=to_cents(line.data_refueling_gb * price),
        date=TODAY - timedelta(days=2),
        item_type="Charge",
    )
