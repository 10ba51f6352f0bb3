"""What of a request hangs on which lines, bills and plans: every query in its facts."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import BaseModel, TypeAdapter

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
    BillChoice,
    Bills,
    Claim,
    EveryBill,
    EveryLine,
    Figure,
    LineByNumber,
    LineChoice,
    Lines,
    PlanChoice,
    Plans,
    WithinBudget,
)
from writ_gym.meaning.brute_force import Values, parsed
from writ_gym.meaning.queries import Condition, Extreme, Query, Test
from writ_gym.tasks import Request

ADAPTERS: Mapping[str, TypeAdapter[Any]] = {
    "line": LINES,
    "bill": BILLS,
    "condition": CONDITION,
    "figure": FIGURE,
    "plan": PLAN,
    "amount": AMOUNT,
    "refuel": REFUEL,
}


class Stake(NamedTuple):
    """A query over a table, and the attribute that ranks or is summed, if one does."""

    table: str
    where: tuple[Condition, ...]
    by: str | None = None
    extreme: Extreme = "highest"
    bound: float | None = None
    """What a figure, or a price, is compared with."""

    @property
    def names(self) -> frozenset[str]:
        """The attributes that it depends on."""
        return frozenset(c.attribute for c in self.where) | ({self.by} if self.by else set())


_STAKES: dict[int, tuple[Request, Sequence[Stake]]] = {}
"""By the identity of a request, which so keeps it: every query in its facts."""
MOST_REQUESTS = 64


def find_stakes(request: Request) -> Sequence[Stake]:
    """Return every query in the facts of a request; UnclearError if a fact means nothing."""
    # Edits are looked for of all records around a request.
    key = id(request)
    if key not in _STAKES:
        if len(_STAKES) >= MOST_REQUESTS:
            _STAKES.clear()
        _STAKES[key] = request, list(_stakes(request.intent, request.values))
    return _STAKES[key][1]


def _stakes(intent: str, values: Values) -> Iterator[Stake]:
    every = {"lift_suspension", "suspend_line", "set_roaming"}
    for slot, value in values.items():
        adapter = ADAPTERS.get(slot)
        if slot == "line" and intent not in every:
            adapter = LINE
        elif slot == "bill" and intent != "pay_bill":
            adapter = BILL
        if adapter is not None:
            wish = parsed(adapter, value)
            yield from _in(wish)
            if isinstance(wish, Claim):
                yield from _claimed(wish)


_TABLES: dict[type[Query], str] = {
    LineChoice: "lines", EveryLine: "lines", Lines: "lines",
    BillChoice: "bills", EveryBill: "bills", Bills: "bills", WithinBudget: "bills",
    PlanChoice: "plans", Plans: "plans",
}  # fmt: skip


def _in(wish: object) -> Iterator[Stake]:
    match wish:
        case Figure(over=over, attribute=attribute):
            bound = getattr(wish, "value", None)
            yield Stake(_TABLES[type(over)], over.where, attribute, bound=bound)
        case WithinBudget(where=where, by=by, extreme=extreme, budget=budget):
            yield Stake("bills", where, by, extreme, budget)
        case LineChoice() | BillChoice() | PlanChoice():
            yield Stake(_TABLES[type(wish)], wish.where, wish.by, wish.extreme)
        case Query():
            yield Stake(_TABLES[type(wish)], wish.where)
        case tuple():
            for each in wish:
                yield from _in(each)
        case BaseModel():
            for name in type(wish).model_fields:
                yield from _in(getattr(wish, name))


def _claimed(claim: Claim) -> Iterator[Stake]:
    """Give queries for a record that would be the one that is meant, with the claim so or not."""
    of, believed = claim.of, claim.believed
    table = "lines" if isinstance(of, LineByNumber | LineChoice) else "bills"
    where, by = getattr(of, "where", ()), getattr(of, "by", None)
    for each in (believed, _denied(believed)):
        yield Stake(table, (*where, each), by, getattr(of, "extreme", "highest"))


def _denied(believed: Condition) -> Condition:
    """Return a condition that is kept where another one is not."""
    tests: Mapping[Test, Test] = {"is": "is_not", "over": "under", "under": "over"}
    return believed.model_copy(update={"test": tests.get(believed.test, "is")})
