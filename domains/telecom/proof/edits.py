"""Edits that show what a read is good for: likely ones first, found when they are asked for."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import combinations, pairwise
from operator import attrgetter
from typing import Any, TypeAlias, get_args

from writ_gym.database import JSON, Fields
from writ_gym.domains.telecom.catalog import MODELS
from writ_gym.domains.telecom.network import sim_status
from writ_gym.domains.telecom.proof.account import Case
from writ_gym.domains.telecom.proof.apply import names_of
from writ_gym.domains.telecom.proof.phones import PREFERRED
from writ_gym.domains.telecom.proof.stakes import Stake, find_stakes
from writ_gym.domains.telecom.schema import (
    Bill,
    BillStatus,
    Device,
    DeviceType,
    Line,
    LineStatus,
    NetworkMode,
    Phone,
    Plan,
    TelecomDB,
)
from writ_gym.meaning.brute_force import Value, keeps
from writ_gym.meaning.proofs import UnclearError
from writ_gym.tasks import Edit, Request

Values: TypeAlias = dict[str, JSON]
"""New values of fields of a record, or of what is said of it, by name."""
STATUSES: tuple[LineStatus, ...] = get_args(LineStatus)
BILL_STATUSES: tuple[BillStatus, ...] = get_args(BillStatus)
LONG_PAST, FAR_OFF = "2025-01-10", "2027-06-30"
"""Ends of a contract, one of them before today."""
LITTLE = 0.1
"""The least difference in gigabytes that tells two amounts apart."""


def find_edits(
    db: TelecomDB,
    caller: str,
    request: Request,
    table: str,
    key: str,
    minded: Fields | None = None,
) -> Iterator[Edit]:
    """Give edits of a record, and of nothing else that exists; none if there is no such record.

    Args:
        db: The world as it is.
        caller: Who asks.
        request: What is asked for.
        table: The table of the record.
        key: Its key.
        minded: Fields of records; edits that change none of them are left out. None for all.
    """
    names = None if minded is None else names_of(db, table, key, minded)
    if names is not None and not names:
        return
    try:
        case = Case(db, caller)
        found = _of(case, request, find_stakes(request), table, key)
    except UnclearError:
        return
    seen: set[str] = set()
    name, of_key = NAMES.get(table, ("", ""))
    for fields in found:
        if names is not None and fields.keys().isdisjoint(names):
            continue
        text = str(fields if len(fields) == 1 else sorted(fields.items()))
        if text not in seen:
            seen.add(text)
            yield Edit.unchecked(name, {of_key: key, **fields})


NAMES: Mapping[str, tuple[str, str]] = {
    "lines": ("set_line", "line_id"),
    "plans": ("set_plan", "plan_id"),
    "devices": ("set_device", "device_id"),
    "bills": ("set_bill", "bill_id"),
    "phones": ("set_phone", "customer_id"),
}
"""By table, the edit of its records, and what names their key in it."""


def _of(
    case: Case, request: Request, stakes: Sequence[Stake], table: str, key: str
) -> Iterator[Values]:
    db = case.db
    match table:
        case "lines" if key in db.lines:
            return _line_edits(case, stakes, db.lines[key], request)
        case "plans" if key in db.plans:
            return _plan_edits(case, stakes, db.plans[key])
        case "devices" if key in db.devices:
            return _device_edits(stakes, db.devices[key])
        case "bills" if key in db.bills:
            return _bill_edits(case, stakes, db.bills[key], request)
        case "phones" if key in db.phones:
            return phone_edits(db.phones[key])
    return iter(())


# Values that matter to a query


def _around(stake: Stake, name: str, others: Iterable[Value], now: Value, step: float) -> list[Any]:
    """Return values of a number on the other side of what it is compared with."""
    named = [c.value for c in stake.where if c.attribute == name]
    marks = list(named)
    if stake.by == name:
        marks += [other for other in others if isinstance(other, int | float)]
        marks += [stake.bound] if stake.bound is not None else []
    numbers = [float(mark) for mark in marks if isinstance(mark, int | float)]
    if not numbers:
        return []
    high, low = round(max(numbers) + step, 2), round(max(min(numbers) - step, 0.0), 2)
    ends = [high, low] if stake.extreme == "highest" else [low, high]
    near = [(float(mark), LITTLE) for mark in named if isinstance(mark, int | float)]
    near += [(mark, step) for mark in numbers]
    inner = [round(mark + sign * far, 2) for mark, far in near for sign in (1, -1)]
    return [value for value in dict.fromkeys([*ends, *inner]) if value >= 0 and value != now]


def _between(others: Iterable[Value], now: Value) -> Iterator[float]:
    """Give a number in each gap between others, from the highest to the lowest, and beyond them.

    Amounts are never below 0, and differ by ``LITTLE`` at least.
    """
    numbers = sorted({float(other) for other in others if isinstance(other, int | float)})
    ends = [numbers[-1] + 2 * LITTLE, *numbers[::-1], 0.0] if numbers else []
    for above, below in pairwise(ends):
        middle = round((above + below) / 2, 1)
        if below < middle < above and middle != now:
            yield middle


def _matching(stake: Stake, name: str, options: Iterable[JSON], wanted: bool) -> list[JSON]:
    """Return the options of a text that keep, or break, the conditions on an attribute."""
    conditions = [c for c in stake.where if c.attribute == name]
    if not conditions:
        return []
    return [o for o in options if all(keeps(o, c) for c in conditions) is wanted]


# Lines


def _line_edits(
    case: Case, stakes: Sequence[Stake], line: Line, request: Request
) -> Iterator[Values]:
    """Give edits of a line: what the rules go by, and what makes it meant or not."""
    here = [stake for stake in stakes if stake.table == "lines"]
    ready = _ready(request, line)
    if ready:
        yield ready
    for stake in here:
        fit = _fit(case, stake, line)
        if fit:
            yield {**ready, **fit}
            yield fit
        for win in _winning(case, stake, line):
            yield {**fit, **win}
            yield {**ready, **fit, **win}
        yield from _breaking(case, stake, line)
    yield from ({"status": status} for status in STATUSES if status != line.status)
    end = line.contract_end_date
    yield from ({"contract_end_date": each} for each in (LONG_PAST, FAR_OFF) if each != str(end))
    yield {"roaming_enabled": not line.roaming_enabled}
    yield {"status": "Suspended", "contract_end_date": LONG_PAST}
    yield {"status": "Suspended", "contract_end_date": FAR_OFF}
    limit = case.db.plans[line.plan_id].data_limit_gb + line.data_refueling_gb
    for used in (limit + 2.6, limit + 0.7, limit + 1.3, limit / 2 + 0.3):
        if round(used, 1) != line.data_used_gb:
            yield {"data_used_gb": round(used, 1)}
    yield {"data_refueling_gb": 1.5 if line.data_refueling_gb != 1.5 else 0.5}
    yield from ({"plan_id": plan} for plan in case.db.plans if plan != line.plan_id)
    for stake in here:
        fit = _fit(case, stake, line)
        yield from ({**fit, **place} for place in _ranking(case, stake, line))


def _ready(request: Request, line: Line) -> Values:
    """Return what makes a line one with which there is something to do as the request asks."""
    if request.intent == "set_roaming":
        turned_on = request.values["roaming"] == "on"
        return {"roaming_enabled": not turned_on} if line.roaming_enabled is turned_on else {}
    status = "Suspended" if request.intent == "lift_suspension" else "Active"
    return {"status": status} if line.status != status else {}


def _fit(case: Case, stake: Stake, line: Line) -> Values:
    """Return what makes a line keep the conditions, as far as it can be changed in the line."""
    fields: Values = {}
    kept = {
        condition.attribute
        for condition in stake.where
        if keeps(case.of_line(line, condition.attribute), condition)
    }
    for condition in stake.where:
        if condition.attribute in kept:
            continue
        options = [*_options(case, stake, line, condition.attribute, True)]
        fields |= options[0] if options else {}
    return fields


def _breaking(case: Case, stake: Stake, line: Line) -> Iterator[Values]:
    """Give changes with which a line does not keep a condition any more."""
    for condition in stake.where:
        if keeps(case.of_line(line, condition.attribute), condition):
            alone = stake._replace(where=(condition,))
            yield from list(_options(case, alone, line, condition.attribute, False))[:3]


def _options(case: Case, stake: Stake, line: Line, name: str, wanted: bool) -> Iterator[Values]:
    """Give changes of a line with which its attribute keeps the conditions on it, or not."""
    if name == "status":
        yield from ({"status": each} for each in _matching(stake, name, STATUSES, wanted))
    elif name == "roaming":
        found = _matching(stake, name, ("on", "off"), wanted)
        yield from ({"roaming_enabled": each == "on"} for each in found)
    elif name in ("plan", "price", "limit", "refuel_price"):
        of_plan = "name" if name == "plan" else name
        values = {plan.plan_id: case.of_plan(plan, of_plan) for plan in _alike(case, line)}
        able = (plan for plan, value in values.items() if _matching(stake, name, [value], wanted))
        yield from ({"plan_id": plan} for plan in able)
    elif name in ("device", "model"):
        others = [each for each in case.lines if each.device_id not in (None, line.device_id)]
        values = {each.device_id: case.of_line(each, name) for each in others if each.device_id}
        able = (each for each, value in values.items() if _matching(stake, name, [value], wanted))
        yield from ({"device_id": each} for each in able)
    elif name in ("used", "left", "refuelled"):
        bare = stake._replace(by=None)
        now = case.of_line(line, name)
        amounts = _around(bare, name, (), now, 1.0)
        fitting = _matching(stake, name, amounts, wanted)
        yield from (_amount(case, line, name, float(value)) for value in fitting)
    elif name == "contract_end":
        found = _matching(stake, name, (LONG_PAST, FAR_OFF), wanted)
        yield from ({"contract_end_date": each} for each in found)


def _alike(case: Case, line: Line) -> list[Plan]:
    """Return all plans, first those with which a line is over its limit or not, as it is now."""
    limit = line.data_used_gb - line.data_refueling_gb
    is_over = limit >= case.db.plans[line.plan_id].data_limit_gb
    return sorted(case.plans, key=lambda plan: (limit >= plan.data_limit_gb) is not is_over)


def _amount(case: Case, line: Line, name: str, value: float) -> Values:
    """Return what gives a line an amount of data that is used, left or refuelled."""
    if name == "refuelled":
        return {"data_refueling_gb": value}
    limit = case.db.plans[line.plan_id].data_limit_gb + line.data_refueling_gb
    used = value if name == "used" else limit - value
    return {"data_used_gb": round(max(used, 0.0), 1)}


def _winning(case: Case, stake: Stake, line: Line) -> Iterator[Values]:
    """Give changes of what ranks lines, or is summed over them."""
    name = stake.by
    if name is None:
        return
    others = [case.of_line(each, name) for each in case.lines if each.line_id != line.line_id]
    now = case.of_line(line, name)
    if name in ("used", "left", "refuelled"):
        for value in _around(stake, name, others, now, 1.3)[:6]:
            yield _amount(case, line, name, float(value))
    elif name in ("price", "limit", "refuel_price"):
        by = attrgetter(_PLAN_FIELDS[name])
        plans = sorted(case.plans, key=by, reverse=stake.extreme == "highest")
        yield from ({"plan_id": p.plan_id} for p in plans if p.plan_id != line.plan_id)
    elif name == "contract_end":
        near = [day + timedelta(step) for day in _dates(others) for step in (1, -1)]
        ends = ("2029-12-31", "2020-01-31", *map(str, near[:6]))
        yield from ({"contract_end_date": each} for each in ends if each not in others)


def _ranking(case: Case, stake: Stake, line: Line) -> Iterator[Values]:
    """Give changes that move a line between any two of those that it is ranked with."""
    name = stake.by
    if name is None:
        return
    others = [case.of_line(each, name) for each in case.lines if each.line_id != line.line_id]
    if name in ("used", "left", "refuelled"):
        amounts = _between(others, case.of_line(line, name))
        yield from (_amount(case, line, name, amount) for amount in amounts)
    elif name == "contract_end":
        ends = [str(day - timedelta(1)) for day in _dates(others)]
        yield from ({"contract_end_date": end} for end in ends if end not in others)


def _dates(values: Iterable[Value]) -> list[date]:
    return [date.fromisoformat(str(value)) for value in values]


# Plans and devices


_PLAN_FIELDS: Mapping[str, str] = {
    "price": "price_per_month",
    "limit": "data_limit_gb",
    "refuel_price": "data_refueling_price_per_gb",
}


def _plan_edits(case: Case, stakes: Sequence[Stake], plan: Plan) -> Iterator[Values]:
    """Give edits of a plan's figures: to the ends of the ranks, and over what is compared."""
    for stake in stakes:
        for name, field in _PLAN_FIELDS.items():
            others = [case.of_plan(p, name) for p in case.plans if p.plan_id != plan.plan_id]
            values = _around(stake, name, others, case.of_plan(plan, name), 0.75)
            yield from ({field: value} for value in values[:6])
        yield from _with_fit(case, stake, plan)
        names = [c.value for c in stake.where if c.attribute in ("plan", "name")]
        yield from ({"name": name} for name in names if name != plan.name)
    lines = [line for line in case.lines if line.plan_id == plan.plan_id]
    for line in lines:
        used = line.data_used_gb - line.data_refueling_gb
        # Over the limit by little or by much, or not; and enough to change ranks of what is left.
        for limit in (used - 2.7, used - 0.6, used + 1.2, used + 500, used - 1.4, 0.0):
            if limit >= 0:
                yield {"data_limit_gb": round(limit, 1)}
    yield {"data_refueling_price_per_gb": plan.data_refueling_price_per_gb * 4}
    yield {"data_refueling_price_per_gb": plan.data_refueling_price_per_gb / 4}
    yield {"data_refueling_price_per_gb": plan.data_refueling_price_per_gb + 0.5}
    yield {"price_per_month": plan.price_per_month + 300.0}
    yield {"price_per_month": round(plan.price_per_month / 100, 2)}
    yield {"price_per_month": plan.price_per_month + 3.0}
    yield {"data_limit_gb": plan.data_limit_gb + 3.0}
    yield {"name": "Renamed"}
    for by in {stake.by: None for stake in stakes}:
        if by is not None and by in _PLAN_FIELDS:
            others = [case.of_plan(p, by) for p in case.plans if p.plan_id != plan.plan_id]
            figures = _between(others, case.of_plan(plan, by))
            yield from ({_PLAN_FIELDS[by]: figure} for figure in figures)


def _with_fit(case: Case, stake: Stake, plan: Plan) -> Iterator[Values]:
    """Give edits with which a plan, or a line on it, keeps the conditions, and leads."""
    if stake.table == "bills" or stake.by is None:
        return
    fit: Values = {}
    for condition in stake.where:
        name = condition.attribute
        if name in _PLAN_FIELDS and not keeps(case.of_plan(plan, name), condition):
            value = float(condition.value) + (0.5 if condition.test == "over" else -0.5)
            fit[_PLAN_FIELDS[name]] = value
    if stake.by == "left":
        yield from ({**fit, "data_limit_gb": limit} for limit in (0.0, 9999.0) if fit)
    if stake.by not in _PLAN_FIELDS:
        return
    others = [case.of_plan(p, stake.by) for p in case.plans if p.plan_id != plan.plan_id]
    for value in _around(stake, stake.by, others, case.of_plan(plan, stake.by), 0.75)[:4]:
        yield {**fit, _PLAN_FIELDS[stake.by]: value}


def _device_edits(stakes: Sequence[Stake], device: Device) -> Iterator[Values]:
    """Give edits of type and model: to those that are named, and to two of the others.

    It only matters whether a device is of a type or model that is named: the others are all alike.
    But where several devices are edited together, all that are of one need another one at once.
    """
    kinds: tuple[DeviceType, ...] = get_args(DeviceType)
    models = [model for group in MODELS.values() for model in group]
    for name, field, every in (("model", "model", models), ("device", "device_type", kinds)):
        named = [str(c.value) for stake in stakes for c in stake.where if c.attribute == name]
        now = getattr(device, field)
        others = [each for each in every if each not in (now, *named)]
        yield from ({field: each} for each in (*named, *others[:2]) if each != now)


# Bills


def _bill_edits(
    case: Case, stakes: Sequence[Stake], bill: Bill, request: Request
) -> Iterator[Values]:
    """Give edits of a bill: status, total, due date, and what and whom a position is for."""
    line = request.values.get("line")
    asked = line.get("charge") if isinstance(line, Mapping) else None
    charges = list(_charges(case, bill))
    yield from (each for words, each in charges if words == asked)
    for stake in stakes:
        if stake.table == "bills":
            yield from _listing(stake, bill)
            others = [each.total_due for each in case.bills if each is not bill]
            for total in _around(stake, "total", others, bill.total_due, 1.7)[:6]:
                yield {"total": total}
                yield {"total": total, "status": "Overdue"}
    yield from ({"status": status} for status in BILL_STATUSES if status != bill.status)
    yield from (each for _, each in charges)
    yield {"due": "2025-03-29"}
    yield {"due": "2024-03-28"}
    yield {"total": round(bill.total_due + 400, 2)}
    yield {"total": round(bill.total_due + 3.3, 2)}
    yield {"total": 0.5}
    yield {"more": 2.0}


def _listing(stake: Stake, bill: Bill) -> Iterator[Values]:
    """Give edits with which a bill comes to list what is looked for, or does not any more."""
    positions = [item.description.partition(" - Line ") for item in bill.line_items]
    for condition in stake.where if positions else ():
        if condition.attribute != "charges":
            continue
        listed = [place for place, (words, *_) in enumerate(positions) if words == condition.value]
        if len(listed) < 2:
            place = listed[0] if listed else len(positions) - 1
            words = "Adjustment" if listed else str(condition.value)
            yield {"charge": {"place": place, "description": words + "".join(positions[place][1:])}}


def _charges(case: Case, bill: Bill) -> Iterator[tuple[str, Values]]:
    """Give changes of whom a position of a bill is for, with its words."""
    numbers = [line.phone_number for line in case.lines]
    for place, item in enumerate(bill.line_items):
        words, mark, number = item.description.partition(" - Line ")
        for other in numbers:
            if mark and other != number:
                description = f"{words}{mark}{other}"
                yield words, {"charge": {"place": place, "description": description}}


# Phones


def _now(phone: Phone) -> Values:
    """Return a phone's settings by cause."""
    server = phone.vpn_details if phone.vpn_connected else None
    poor = server is not None and server.server_performance == "poor"
    permissions = phone.app_statuses["messaging"].permissions
    return {
        "airplane_mode": phone.airplane_mode,
        "sim": sim_status(phone),
        "apn_name": phone.active_apn_settings.apn_name,
        "mmsc": phone.active_apn_settings.mmsc_url is not None,
        "data": phone.data_enabled,
        "data_roaming": phone.roaming_enabled,
        "data_saver": phone.data_saver_mode,
        "mode": phone.network_mode_preference,
        "vpn": "absent" if server is None else "poor" if poor else "good",
        "wifi_calling": phone.wifi_calling_enabled,
        "sms": permissions.sms,
        "storage": permissions.storage,
    }


_FINE: Values = {
    "airplane_mode": False, "sim": "active", "apn_name": "internet", "mmsc": True, "data": True,
    "data_roaming": True, "data_saver": False, "mode": PREFERRED, "vpn": "absent",
    "wifi_calling": False, "sms": True, "storage": True,
}  # fmt: skip
_BAD: Mapping[str, tuple[JSON, ...]] = {
    "airplane_mode": (True,), "sim": ("locked_pin", "missing", "locked_puk"),
    "apn_name": ("broken",), "mmsc": (False,), "wifi_calling": (True,), "sms": (False,),
    "storage": (False,), "data": (False,), "data_roaming": (False,), "data_saver": (True,),
    "mode": ("2g_only", "4g_only", "3g_only"), "vpn": ("poor", "good"),
}  # fmt: skip
MODES: tuple[NetworkMode, ...] = get_args(NetworkMode)


def phone_edits(phone: Phone) -> Iterator[Values]:
    """Give edits of one or two settings of a phone: what is wrong mended, what is fine broken."""
    now = _now(phone)
    if not phone.is_abroad:
        del now["data_roaming"]  # which matters nowhere else
    mended: list[Values] = [{c: _FINE[c]} for c in now if now[c] != _FINE[c]]
    causes = [cause for cause in _BAD if cause in now]
    broken: list[Values] = [{c: bad} for c in causes for bad in _BAD[c] if now[c] != bad]
    first = [each for each in broken if next(iter(each.values())) not in ("locked_puk", "good")]
    yield from mended
    yield from first
    for one in mended:
        for other in first:
            if one.keys() != other.keys():
                yield {**one, **other}
    yield from (each for each in broken if each not in first)
    for one, other in combinations(mended, 2):
        yield {**one, **other}
