"""What a request comes to, by brute force: docs/requests-telecom.md, intent by intent."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import takewhile
from typing import NoReturn, TypeAlias

from writ_gym.domains.telecom.network import data_works, mms_works, speed
from writ_gym.domains.telecom.proof.account import Case, beyond
from writ_gym.domains.telecom.proof.phones import (
    DATA,
    MMS,
    REBOOT,
    SERVICE,
    SPEED,
    Diagnosis,
    Goal,
    diagnose,
    diagnosis_for,
    helps_to_reboot,
    repairs,
    state_of,
)
from writ_gym.domains.telecom.rules import MOST_REFUEL_GB
from writ_gym.domains.telecom.schema import TODAY, Bill, Line, to_cents
from writ_gym.domains.telecom.wishes import (
    AMOUNT,
    BILL,
    BILLS,
    CONDITION,
    FIGURE,
    LINE,
    LINES,
    PLAN,
    REFUEL,
    Amount,
    AsMuchAs,
    Enough,
    FirstAffordable,
    ForMoney,
    Gigabytes,
    Nothing,
)
from writ_gym.meaning.brute_force import (
    TEXT,
    ForbiddenError,
    HandedOverError,
    Values,
    parsed,
    unclear,
)
from writ_gym.meaning.proofs import Meaning
from writ_gym.tasks import Call

Tells: TypeAlias = tuple[float | str, ...]
PAY = Call("make_payment", {})
MOST_STEPS = 100_000
"""Multiples of a step of data that are tried."""


def meaning_of(case: Case, intent: str, values: Values) -> Meaning:
    """Return what a request comes to; UnclearError if it has no single meaning."""
    try:
        if "condition" in values:
            case.hold(parsed(CONDITION, values["condition"]))
        if intent in ANSWERS:
            return Meaning(tells=(ANSWERS[intent](case, values),))
        if intent not in WRITES:
            unclear(f"There is no intent {intent!r}.")
        return Meaning(writes=tuple(map(canonical, WRITES[intent](case, values))))
    except HandedOverError as error:
        return Meaning(handed_over=error.codes)
    except ForbiddenError as error:
        return Meaning(breaches=frozenset({error.breach}))
    except KeyError as error:
        unclear(f"A fact or a record is missing: {error}.")


def canonical(call: Call) -> Call:
    """Return a write without what leaves no trace: the reason of a suspension."""
    if call.name == "suspend_line":
        return Call(call.name, {**call.arguments, "reason": ""})
    return call


def _to(case: Case, name: str, **arguments: str | float) -> Call:
    return Call(name, {"customer_id": case.caller, **arguments})


# Paying


def _due(bills: Sequence[Bill]) -> list[Bill]:
    return [bill for bill in bills if bill.status == "Overdue"]


def _paid(case: Case, bills: Sequence[Bill]) -> Iterator[Call]:
    for bill in bills:
        yield _to(case, "send_payment_request", bill_id=bill.bill_id)
        yield PAY


def _settled(case: Case, pays: bool) -> list[Call]:
    """Return what is paid before a suspension is lifted."""
    due = _due(case.bills)
    if due and not pays:
        raise ForbiddenError("bills_overdue", round(sum(bill.total_due for bill in due), 2))
    waiting = any(bill.status == "Awaiting Payment" for bill in case.bills)
    return [*([PAY] if due and waiting else []), *_paid(case, due)]


def _pay_bill(case: Case, values: Values) -> list[Call]:
    meant = case.all_bills(parsed(BILLS, values["bill"]), "bill")
    for bill in meant:
        if bill.status != "Overdue":
            raise ForbiddenError("not_overdue", bill.status)
    for bill in case.bills:
        if bill.status == "Awaiting Payment":
            raise ForbiddenError("another_awaiting", bill.bill_id)
    return list(_paid(case, meant))


# Lines


def _lift(case: Case, values: Values) -> list[Call]:
    meant = case.all_lines(parsed(LINES, values["line"]), "line")
    phone = case.phone
    if "line" not in case.picks and values["in_hand"] is not any(
        line.line_id == phone.line_id for line in meant
    ):
        unclear("Whether it is the phone's line is not as the user says.")
    for line in meant:
        if line.status != "Suspended":
            raise ForbiddenError("not_suspended", line.status)
        if line.contract_end_date is not None and line.contract_end_date < TODAY:
            raise ForbiddenError("contract_ended", str(line.contract_end_date))
    writes = _settled(case, values["pay"])
    writes += [_to(case, "resume_line", line_id=line.line_id) for line in meant]
    own = any(line.line_id == phone.line_id for line in meant)
    return [*writes, REBOOT] if own and helps_to_reboot(phone) else writes


def _active(line: Line) -> Line:
    if line.status != "Active":
        raise ForbiddenError("not_active", line.status)
    return line


def _suspend(case: Case, values: Values) -> list[Call]:
    meant = [_active(line) for line in case.all_lines(parsed(LINES, values["line"]), "line")]
    reason = parsed(TEXT, values["reason"])
    return [_to(case, "suspend_line", line_id=line.line_id, reason=reason) for line in meant]


def _roaming(case: Case, values: Values) -> list[Call]:
    turned_on = {"on": True, "off": False}[values["roaming"]]
    meant = case.all_lines(parsed(LINES, values["line"]), "line")
    others = [line for line in meant if line.roaming_enabled != turned_on]
    if not others:
        raise ForbiddenError("nothing_to_change", "already")
    name = "enable_roaming" if turned_on else "disable_roaming"
    return [_to(case, name, line_id=line.line_id) for line in others]


def _refuel(case: Case, values: Values) -> list[Call]:
    line = _active(case.line(parsed(LINE, values["line"]), "line"))
    gb = amount_of(case, line, parsed(AMOUNT, values["amount"]))
    if gb > MOST_REFUEL_GB:
        raise ForbiddenError("too_much", MOST_REFUEL_GB)
    return [_to(case, "refuel_data", line_id=line.line_id, gb_amount=gb)]


def amount_of(case: Case, line: Line, wish: Amount) -> float:
    """Return how many gigabytes are meant for a line."""
    price = case.db.plans[line.plan_id].data_refueling_price_per_gb
    match wish:
        case Gigabytes():
            return wish.gb
        case Enough(enough_in=step):
            over = beyond(case.db, line)
            if over < 0:
                raise ForbiddenError("nothing_to_change", "already")
            return next(gb for gb in _multiples(step) if gb > over)
        case AsMuchAs(as_much_as=other):
            amount = round(case.line(other, "amount").data_refueling_gb, 1)
            return amount or unclear("That line was not refuelled.")
        case ForMoney(dollars=dollars, in_steps=step):
            paid = takewhile(lambda gb: to_cents(gb * price) <= dollars, _multiples(step))
            return max(paid, default=0.0) or _too_dear(step * price)
        case FirstAffordable(amounts=amounts, at_most=most):
            able = (gb for gb in amounts if to_cents(gb * price) <= most)
            return next(able, 0.0) or _too_dear(amounts[-1] * price)


def _multiples(step: float) -> Iterator[float]:
    return (round(n * step, 3) for n in range(1, MOST_STEPS))


def _too_dear(price: float) -> NoReturn:
    raise ForbiddenError("condition_not_met", to_cents(price))


# Repairs

REPAIR = "repair"
"""The choice among the remedies; see ``Decision.what``."""
REPAIRS = frozenset({"fix_service", "fix_data", "fix_mms"})


def goal_of(intent: str, values: Values) -> Goal:
    """Return the goal of a repair."""
    if intent == "fix_data":
        return {"any": DATA, "excellent": SPEED}[values["goal"]]
    return {"fix_service": SERVICE, "fix_mms": MMS}[intent]


def _fix(intent: str) -> Callable[[Case, Values], list[Call]]:
    def fix(case: Case, values: Values) -> list[Call]:
        line = case.line(parsed(LINE, values["line"]))
        if line.line_id != case.phone.line_id:
            unclear("The phone has another line.")
        if "place" in values and (values["place"] == "abroad") != case.phone.is_abroad:
            unclear("The phone is somewhere else.")
        found = _found(case, goal_of(intent, values))
        writes = _settled(case, values["pay"]) if found.suspended else []
        if found.suspended:
            writes.append(_to(case, "resume_line", line_id=line.line_id))
        if found.no_roaming:
            writes.append(_to(case, "enable_roaming", line_id=line.line_id))
        if found.used_up:
            gb = _needed(case, line, values)
            writes.append(_to(case, "refuel_data", line_id=line.line_id, gb_amount=gb))
        return [*writes, *repairs(found)]

    return fix


def _found(case: Case, goal: Goal) -> Diagnosis:
    """Return what there is to be mended, or what was picked as if it were that."""
    if REPAIR in case.picks:
        return diagnosis_for(case.picks[REPAIR])
    found = diagnose(case, goal)
    if found.beyond_repair:
        raise HandedOverError(*found.beyond_repair)
    if found.is_nothing:
        raise ForbiddenError("nothing_wrong", "works")
    return found


def _needed(case: Case, line: Line, values: Values) -> float:
    """Return how much data a line is refuelled with that has none."""
    wish = parsed(REFUEL, values["refuel"])
    if isinstance(wish, Nothing):
        raise ForbiddenError("data_used_up", line.data_used_gb)
    gb, over = amount_of(case, line, wish), state_of(case).over
    if gb > MOST_REFUEL_GB:
        raise ForbiddenError("too_much", MOST_REFUEL_GB)
    if gb <= over:
        raise ForbiddenError("not_enough", over)
    return gb


def _outside(case: Case, values: Values) -> list[Call]:
    raise HandedOverError("outside")


WRITES: Mapping[str, Callable[[Case, Values], list[Call]]] = {
    "fix_service": _fix("fix_service"),
    "fix_data": _fix("fix_data"),
    "fix_mms": _fix("fix_mms"),
    "pay_bill": _pay_bill,
    "lift_suspension": _lift,
    "suspend_line": _suspend,
    "set_roaming": _roaming,
    "refuel_data": _refuel,
    "outside": _outside,
}


# Answers


def _about_line(case: Case, values: Values) -> float | str:
    line = case.line(parsed(LINE, values["line"]))
    return _scalar(case.of_line(line, parsed(TEXT, values["topic"])))


def _about_bill(case: Case, values: Values) -> float | str:
    bill = case.bill(parsed(BILL, values["bill"]))
    return _scalar(case.of_bill(bill, parsed(TEXT, values["topic"])))


def _about_plan(case: Case, values: Values) -> float | str:
    plan = case.plan(parsed(PLAN, values["plan"]))
    return _scalar(case.of_plan(plan, parsed(TEXT, values["topic"])))


def _scalar(value: object) -> float | str:
    return value if isinstance(value, float | int | str) else unclear("It is no figure.")


def _compare(case: Case, values: Values) -> float:
    line, plan = case.line(parsed(LINE, values["line"])), case.plan(parsed(PLAN, values["plan"]))
    if plan.plan_id == line.plan_id:
        unclear("It is the same plan.")
    return round(case.db.plans[line.plan_id].price_per_month - plan.price_per_month, 2)


def _about_phone(case: Case, values: Values) -> float | str:
    phone = case.phone
    service = case.db.service(phone)
    match values["topic"]:
        case "service":
            works = phone.network_connection_status == "connected"
        case "data":
            works = data_works(phone, service)
        case "mms":
            works = mms_works(phone, service)
        case "speed":
            mbps = speed(phone, service)
            return "no connection" if mbps is None else mbps
        case _:
            unclear("Nothing shows that.")
    return "yes" if works else "no"


ANSWERS: Mapping[str, Callable[[Case, Values], float | str]] = {
    "about_line": _about_line,
    "about_bill": _about_bill,
    "about_figures": lambda case, values: case.figure(parsed(FIGURE, values["figure"])),
    "about_plan": _about_plan,
    "compare_plans": _compare,
    "about_phone": _about_phone,
}
