"""How a user can mean bills, and make a request depend on lines or bills."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import pairwise, product
from typing import Any, Literal, NamedTuple

from writ_gym.domains.telecom.drafting.lines import (
    MOST_FILTERS,
    conditions_for,
    operator_of,
)
from writ_gym.domains.telecom.drafting.ranks import EXTREMES
from writ_gym.domains.telecom.drafting.scene import BILLS, Scene
from writ_gym.domains.telecom.intents.reading import (
    DEVICE_ATTRIBUTES,
    PLAN_ATTRIBUTES,
    bill_attribute,
)
from writ_gym.domains.telecom.schema import Bill
from writ_gym.domains.telecom.wishes import (
    BillBeside,
    BillById,
    BillChoice,
    BillReference,
    Bills,
    EveryBill,
    Figure,
    Guard,
    Lines,
    WithinBudget,
)
from writ_gym.meaning.queries import Condition, condition, keeps, picked
from writ_gym.sampling.drafting import Piece
from writ_gym.tasks import Config

ALL_BILLS = frozenset({BILLS})
ROUND_TO = 20
"""Amounts that users name are multiples of this, in US dollars."""
STEPS: tuple[Literal[-1, 1], ...] = (-1, 1)


def name_bill(scene: Scene, meant: Bill, in_list: bool) -> Piece[BillReference] | None:
    """Return how the user means a bill.

    Args:
        scene: The draft.
        meant: The bill.
        in_list: Whether all bills are read anyway, so that the id is no easier.
    """
    ways: list[Callable[[], Piece[BillReference] | None]] = [
        lambda: Piece(
            BillById(bill_id=meant.bill_id), ALL_BILLS if in_list else frozenset({meant.bill_id})
        ),
        lambda: _described(scene, meant),
        lambda: _superlative(scene, meant),
        lambda: _superlative(scene, meant),
        lambda: _beside(scene, meant),
    ]
    for make in scene.shuffled(ways):
        piece = make()
        if scene.fits(piece):
            return piece
    return None


def _described(scene: Scene, meant: Bill) -> Piece[BillReference] | None:
    choice = bill_description(scene, meant)
    return None if choice is None else Piece(choice, ALL_BILLS, ("description", "unknown_id"))


def bill_description(scene: Scene, meant: Bill) -> BillChoice | None:
    """Return conditions that only this one of the user's bills keeps."""
    tests = ("is", "has")
    conditions = scene.shuffled(c for c in conditions_on(scene, meant) if c.test in tests)
    for where in (*((c,) for c in conditions), *pairwise(conditions)):
        choice = BillChoice(where=where)
        if picked(scene.bills, choice, bill_attribute) is meant:
            return choice
    return None


def _superlative(scene: Scene, meant: Bill) -> Piece[BillReference] | None:
    conditions = list(conditions_on(scene, meant))
    orders = scene.shuffled(product(("total", "due", "count"), EXTREMES, (1, 1, 2, 3)))
    for by, extreme, rank in orders[:10]:
        where = (scene.choose(conditions),) if scene.chance(0.6) else ()
        if sum(keeps(bill, where, bill_attribute) for bill in scene.bills) < 2:
            continue
        choice = BillChoice(where=where, by=by, extreme=extreme, rank=rank)
        if picked(scene.bills, choice, bill_attribute) is meant:
            names = ["rank" if rank > 1 else "superlative", *map(operator_of, where), "unknown_id"]
            return Piece(choice, ALL_BILLS, tuple(names))
    return None


def _beside(scene: Scene, meant: Bill) -> Piece[BillReference] | None:
    place = next(n for n, bill in enumerate(scene.bills) if bill is meant)
    step = scene.choose(STEPS)
    if not 0 <= place - step < len(scene.bills):
        return None
    other = scene.bills[place - step]
    inner = bill_description(scene, other) if scene.chance(0.6) else None
    names = ("relative_time", *(("hidden_intermediate", "description") if inner else ()))
    beside = inner or BillById(bill_id=other.bill_id)
    return Piece(BillBeside(beside=beside, step=step), ALL_BILLS, names)


def conditions_on(scene: Scene, meant: Bill) -> Iterator[Condition]:
    """Yield conditions that a bill keeps."""
    key, by_status = ("conditions", str(scene.tells_status)), scene.tells_status
    make = partial(_conditions, scene.bills, meant, by_status)
    for each in scene.once((meant, *scene.bills), key, make):
        yield scene.choose(each) if isinstance(each, list) else each


def _conditions(
    bills: Sequence[Bill], meant: Bill, by_status: bool
) -> list[Condition | list[Condition]]:
    """Return conditions that a bill keeps, in lists those of which one is drawn."""
    found: list[Condition | list[Condition]] = []
    if by_status:
        found.append(condition("status", "is", meant.status))
        rest = sorted({bill.status for bill in bills} - {meant.status})
        if rest:
            found.append([condition("status", "is_not", status) for status in rest])
    found.append(condition("month", "is", bill_attribute(meant, "month")))
    held = set(bill_attribute(meant, "charges"))
    found += (condition("charges", "has", words) for words in sorted(held))
    absent = {words for bill in bills for words in bill_attribute(bill, "charges")} - held
    if absent:
        found.append([condition("charges", "lacks", words) for words in sorted(absent)])
    low = meant.total_due // ROUND_TO * ROUND_TO
    if 0 < low < meant.total_due:
        found.append(condition("total", "over", float(low)))
    found.append(condition("total", "under", float(low + 2 * ROUND_TO)))
    count = len(meant.line_items)
    found.append(condition("count", "under", float(count + 1)))
    if count > 1:
        found.append(condition("count", "over", float(count - 1)))
    return found


def every_bill(scene: Scene, meant: Sequence[Bill]) -> Piece[Config] | None:
    """Return conditions that exactly these of the user's bills keep."""
    conditions = list(conditions_on(scene, meant[0]))
    pairs = [(one, other) for one in conditions for other in conditions if one is not other]
    for where in (*((c,) for c in scene.shuffled(conditions)), *scene.shuffled(pairs)[:30]):
        kept = [bill for bill in scene.bills if keeps(bill, where, bill_attribute)]
        if kept == list(meant):
            return Piece(EveryBill(where=where), ALL_BILLS, ("widening", *map(operator_of, where)))
    return None


def within_budget(scene: Scene, meant: Sequence[Bill], enough: int) -> Piece[Config] | None:
    """Return a budget that pays just so many of the bills that have a status, in an order."""
    by: Literal["due", "total"] = scene.choose(("due", "total"))
    extreme = scene.choose(EXTREMES)
    ranked = sorted(meant, key=lambda bill: bill_attribute(bill, by), reverse=extreme == "highest")
    if len({bill_attribute(bill, by) for bill in meant}) < len(meant):
        return None
    paid = sum(bill.total_due for bill in ranked[:enough])
    more = ranked[enough].total_due if enough < len(ranked) else 100.0
    budget = float(int(paid) // 10 * 10 + 10)
    if not paid <= budget < paid + more:
        return None
    where = (Condition(attribute="status", test="is", value=meant[0].status),)
    value = WithinBudget(where=where, budget=budget, by=by, extreme=extreme)
    return Piece(value, ALL_BILLS, ("threshold", "aggregate"))


def no_such_bill(scene: Scene) -> Condition:
    """Return a condition that none of the user's bills keeps."""
    most = max((bill.total_due for bill in scene.bills), default=0.0)
    over = float((int(most) // ROUND_TO + 1 + int(scene.rng.random() * 5)) * ROUND_TO)
    held = {words for bill in scene.bills for words in bill_attribute(bill, "charges")}
    charges = ("Data overage", "International calls", "Premium messages", "Late payment fee")
    absent = [words for words in charges if words not in held]
    options = [Condition(attribute="total", test="over", value=over)]
    options += [Condition(attribute="charges", test="has", value=words) for words in absent]
    return scene.choose(options)


SUMMED: tuple[Literal["used", "left", "price"] | None, ...] = ("used", "left", "price", None)
"""Attributes that are summed over lines; None to count them."""


class Computed(NamedTuple):
    """A figure over lines or bills, the reads that it takes, and what it comes to."""

    over: type[Bills | Lines]
    where: tuple[Condition, ...]
    attribute: Literal["total", "used", "left", "price"] | None
    """What is summed; None if they are counted."""
    reads: frozenset[str]
    amount: float

    @property
    def value(self) -> Figure:
        """The figure as a wish."""
        return Figure(**self.fields())

    def fields(self) -> dict[str, Any]:
        """Return the fields of the wish."""
        figure = "sum" if self.attribute else "count"
        over = self.over(where=self.where)
        return {"figure": figure, "over": over, "attribute": self.attribute}


def some_figure(scene: Scene, room: int) -> Computed | None:
    """Return a figure with exactly ``room`` reads that are new."""
    figures = (each for each in _figures(scene) if scene.new(each.reads) == room)
    return next(figures, None)


def _figures(scene: Scene) -> Iterator[Computed]:
    """Yield figures in a random order: over bills, and mostly over lines."""
    for make in scene.shuffled([_of_bills, *[_of_lines] * 3]):
        yield from make(scene)


def _of_bills(scene: Scene) -> Iterator[Computed]:
    if not scene.bills:
        return
    where: tuple[Condition, ...] = ()
    if scene.chance(0.8):
        where = (scene.choose(list(conditions_on(scene, scene.choose(scene.bills)))),)
    kept = [bill for bill in scene.bills if keeps(bill, where, bill_attribute)]
    if where and len(kept) < len(scene.bills) and scene.chance(0.4):
        yield Computed(Bills, where, None, ALL_BILLS, len(kept))
    else:
        total = round(sum(bill.total_due for bill in kept), 2)
        yield Computed(Bills, where, "total", ALL_BILLS, total)


def _of_lines(scene: Scene) -> Iterator[Computed]:
    conditions = scene.shuffled(conditions_for(scene, scene.choose(scene.lines)))[:MOST_FILTERS]
    for each in scene.shuffled([None, *conditions])[:2]:
        where = (each,) if each else ()
        for name in scene.shuffled(SUMMED):
            if where or name:
                make = partial(_computed, scene, where, name)
                yield scene.once(where, ("computed", name or "count"), make)


def _computed(
    scene: Scene, where: tuple[Condition, ...], name: Literal["used", "left", "price"] | None
) -> Computed:
    """Return the sum of an attribute, or the number, of the lines that keep conditions."""
    kept = scene.kept(where)
    reads = scene.reads_for(where, [name] if name else [])
    if name is None:
        return Computed(Lines, where, None, reads, len(kept))
    total = sum(scene.attribute(each, name) for each in kept)
    return Computed(Lines, where, name, reads, round(total, 2 if name == "price" else 1))


def some_guards(scene: Scene, holds: bool, room: int | None) -> Iterator[Piece[Config]]:
    """Yield conditions in a random order that fit, or have exactly ``room`` reads that are new.

    The figure is on the side of the limit from which each of the records that are read could move
    it: more has to make a difference. What is less if a record does not count has no part in it.
    """
    for found in _figures(scene):
        reads = scene.new(found.reads)
        fits = reads <= scene.room if room is None else reads == room
        if fits and (not holds or (found.attribute and not _has_needless(found))):
            yield _guard(found, holds)


def _has_needless(found: Computed) -> bool:
    """Say whether a figure takes reads that could only make it less."""
    by_plan = found.attribute in PLAN_ATTRIBUTES
    needless = DEVICE_ATTRIBUTES if by_plan else DEVICE_ATTRIBUTES | PLAN_ATTRIBUTES
    return found.over is Lines and any(each.attribute in needless for each in found.where)


def _guard(found: Computed, holds: bool) -> Piece[Config]:
    """Return the condition that a figure is under a limit, as it is, or over it."""
    step = {"total": 50, "price": 10, None: 1}.get(found.attribute, 2)
    limit = float((found.amount // step + 1) * step)
    if found.attribute is None and not holds:
        limit = found.amount
    value = Guard(**found.fields(), test="under" if holds else "over", value=limit)
    return Piece(value, found.reads, ("aggregate", "threshold"))
