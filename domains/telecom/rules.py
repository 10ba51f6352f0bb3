"""The rules of policy.md as predicates; each names the heading it stands for.

A predicate returns None if the rule allows it, else the breach: the reason code, the fact that
the user must be told, and a sentence that tells it.
"""

from collections.abc import Sequence
from typing import get_args

from writ_gym.domains.telecom.schema import TODAY, Bill, BillStatus, Line, LineStatus
from writ_gym.meaning.breaches import Breach
from writ_gym.meaning.queries import Condition

MOST_REFUEL_GB = 2.0
"""Policy "Refuel data": for one line, in one conversation."""

UNMET = ("nothing_fits", "nothing_wrong", "condition_not_met")
"""Codes of the breaches of no rule: there is nothing that is as the user wants it."""
GROUNDS: tuple[str, ...] = (
    "already", "roaming", "works", *get_args(LineStatus), *get_args(BillStatus),
)  # fmt: skip
"""Facts that forbid the requests of many users, as a refusal names them."""


def other_account(key: str, own: Sequence[str]) -> Breach | None:
    """Policy "Who you serve": lines and bills of other accounts are not dealt with."""
    if key in own:
        return None
    return Breach(
        "other_account",
        key,
        f"I am sorry, I cannot help with {key}: it does not belong to your account.",
    )


def not_overdue(bill: Bill) -> Breach | None:
    """Policy "Pay a bill": only overdue bills are paid here."""
    if bill.status == "Overdue":
        return None
    return Breach(
        "not_overdue",
        bill.status,
        f"I cannot ask you to pay bill {bill.bill_id}: its status is {bill.status}, and only "
        "overdue bills can be paid this way.",
    )


def another_awaiting(bills: Sequence[Bill]) -> Breach | None:
    """Policy "Pay a bill": one bill at a time."""
    for bill in bills:
        if bill.status == "Awaiting Payment":
            return Breach(
                "another_awaiting",
                bill.bill_id,
                f"I cannot send you a request for that: bill {bill.bill_id} is still waiting for "
                "your payment, and there can only be one at a time.",
            )
    return None


def not_suspended(line: Line) -> Breach | None:
    """Policy "Lift a suspension": only a suspended line is resumed."""
    if line.status == "Suspended":
        return None
    return Breach(
        "not_suspended",
        line.status,
        f"I cannot lift a suspension of line {line.phone_number}: its status is {line.status}.",
    )


def contract_ended(line: Line) -> Breach | None:
    """Policy "Lift a suspension": never after the end of the contract."""
    if line.contract_end_date is None or line.contract_end_date >= TODAY:
        return None
    day = str(line.contract_end_date)
    return Breach(
        "contract_ended",
        day,
        f"I am sorry, line {line.phone_number} cannot be resumed: its contract ended on {day}.",
    )


def bills_overdue(bills: Sequence[Bill]) -> Breach | None:
    """Policy "Lift a suspension": all overdue bills have to be paid before."""
    total = round(sum(bill.total_due for bill in bills if bill.status == "Overdue"), 2)
    if not any(bill.status == "Overdue" for bill in bills):
        return None
    return Breach(
        "bills_overdue",
        total,
        f"I am sorry, the line cannot be resumed while bills are overdue: ${total:,.2f} in all.",
    )


def not_active(line: Line, deed: str) -> Breach | None:
    """Policy "Suspend a line" and "Refuel data": only for lines in use."""
    if line.status == "Active":
        return None
    return Breach(
        "not_active",
        line.status,
        f"Line {line.phone_number} cannot be {deed}: its status is {line.status}, and that is "
        "possible for active lines only.",
    )


def too_much(gb_amount: float) -> Breach | None:
    """Policy "Refuel data": there is a limit to it."""
    if gb_amount <= MOST_REFUEL_GB:
        return None
    return Breach(
        "too_much",
        MOST_REFUEL_GB,
        f"I am sorry, I cannot add {gb_amount:g} GB: at most {MOST_REFUEL_GB:g} GB are possible.",
    )


def not_enough(over_limit_gb: float, gb_amount: float) -> Breach | None:
    """Policy "Mobile data": a refuel that leaves the line without data is of no use."""
    if gb_amount > over_limit_gb:
        return None
    return Breach(
        "not_enough",
        over_limit_gb,
        f"I am sorry, I cannot get it to work with {gb_amount:g} GB: {over_limit_gb:g} GB more "
        "than allowed are used already, so it has to be more than that.",
    )


def data_used_up(line: Line) -> Breach:
    """Policy "Mobile data": without a refuel there is none until the next month."""
    return Breach(
        "data_used_up",
        line.data_used_gb,
        f"Line {line.phone_number} has used {line.data_used_gb:g} GB this month, more than its "
        "allowance. Without additional data I cannot get it to work before the next month.",
    )


def nothing_to_change(what: str) -> Breach:
    """Policy "How you act": only what changes something is a change."""
    return Breach("nothing_to_change", "already", f"There is nothing to change: {what} already.")


def nothing_wrong(what: str) -> Breach:
    """Policy "Troubleshooting": what works is left alone."""
    return Breach("nothing_wrong", "works", f"I found nothing wrong: {what} works.")


def nothing_fits(what: str, where: Sequence[Condition]) -> Breach:
    """Policy "How you act": do not invent facts; there is nothing to act on."""
    fact = where[0].value if where else what
    return Breach(
        "nothing_fits",
        fact,
        f"I am sorry, I cannot do that: there is no {what} of yours that is as you describe it "
        f"({fact}).",
    )


def claim_refuted(what: str, attribute: str, actual: str | float) -> Breach:
    """Policy "How you act": what the user takes to be so of a bill or a line is not so."""
    fact: str | float = actual
    match attribute:
        case "total":
            shown = f"comes to ${actual:,.2f}"
        case "used":
            shown = f"has used {actual:g} GB"
        case "roaming":
            fact, shown = "roaming", f"has roaming turned {actual}"
        case _:
            shown = f"has the status {actual}"
    return Breach(
        "condition_not_met",
        fact,
        f"{what} {shown}, so it is not as you say and I cannot go on with it.",
    )


def condition_not_met(actual: float, shown: str) -> Breach:
    """Policy "How you act": what the user made it depend on does not hold."""
    return Breach(
        "condition_not_met",
        actual,
        f"That comes to {shown}, so your condition does not hold and I cannot go on with it.",
    )
