"""Which ranks a line has among some of a customer's, and which reads show that."""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import pairwise, product
from operator import itemgetter
from typing import NamedTuple

from writ_gym.domains.telecom.drafting.scene import Scene
from writ_gym.domains.telecom.intents.reading import (
    DEVICE_ATTRIBUTES,
    PLAN_ATTRIBUTES,
    Subscription,
    plan_attribute,
)
from writ_gym.meaning.queries import Condition, Extreme, keeps

EXTREMES: tuple[Extreme, ...] = ("highest", "lowest")
SUPERLATIVES = ("used", "left", "price", "contract_end", "limit", "refuel_price")
OF_ONE_PLAN = frozenset({"price", "limit", "refuel_price"})
"""Attributes of a line that are those of its plan alone."""
MOST_RANK = 3
MUCH = 1000.0
"""More than any plan costs, or includes."""


class Rank(NamedTuple):
    """A rank that a line has, and the reads that show it."""

    by: str
    extreme: Extreme
    rank: int
    reads: frozenset[str]


class _Line(NamedTuple):
    """A line that may be among those that are ranked."""

    of: Subscription
    is_kept: bool
    """Whether it keeps the conditions."""
    whole: frozenset[str]
    """The reads that show that it keeps all of them."""
    shown: frozenset[str]
    """The reads that show whether it does."""


def ranking(scene: Scene, meant: Subscription, room: int) -> Sequence[str]:
    """Return the attributes by which a line may have ranks that take as many reads as that.

    All lines are read, but for ranks of lines that others come after whatever they are.
    """
    others = [each.line.line_id for each in scene.lines if each is not scene.apart]
    if scene.new(others) <= room:
        return SUPERLATIVES

    def find() -> list[str]:
        values = {by: scene.attribute(meant, by) for by in SUPERLATIVES}
        ends = product(SUPERLATIVES, EXTREMES)
        last = {by for by, extreme in ends if _is_last(scene, by, extreme, values[by])}
        return [by for by in SUPERLATIVES if by in last]

    return scene.once((), ("leads by", meant.line.line_id), find)


def ranks(
    scene: Scene,
    meant: Subscription,
    where: Sequence[Condition],
    names: Sequence[str],
    room: int,
) -> list[Rank]:
    """Return the ranks of a line by some attributes among those that keep conditions.

    Args:
        scene: The draft.
        meant: The line.
        where: The conditions.
        names: The attributes.
        room: How many new reads each takes.
    """
    if not names or scene.new(_most(scene, where)) < room or len(scene.kept(where)) < 2:
        return []
    key = "ranks", meant.line.line_id, str(scene.apart is None), *names
    found = scene.once(where, key, partial(_ranks, scene, meant, where, names))
    return [each for each in found if scene.new(each.reads) == room]


def _most(scene: Scene, where: Sequence[Condition]) -> frozenset[str]:
    """Return all reads that can show a rank."""
    with_device = any(condition.attribute in DEVICE_ATTRIBUTES for condition in where)

    def find() -> frozenset[str]:
        names = ["price", *(["device"] if with_device else [])]
        return frozenset().union(*[scene.reads_of(each, names) for each in scene.lines])

    return scene.once((), ("most", str(with_device)), find)


def _ranks(
    scene: Scene, meant: Subscription, where: Sequence[Condition], names: Sequence[str]
) -> list[Rank]:
    """Return the ranks of a line by some attributes, as far as it has any."""
    attributes = [condition.attribute for condition in where]
    keeping = set(map(id, scene.kept(where)))
    lines = [
        _Line(each, id(each) in keeping, scene.reads_of(each, attributes), scene.shown(each, where))
        for each in scene.lines
    ]
    return [rank for by in names for rank in _by(scene, meant, where, lines, by)]


def _by(
    scene: Scene,
    meant: Subscription,
    where: Sequence[Condition],
    lines: Sequence[_Line],
    by: str,
) -> Iterator[Rank]:
    """Yield the ranks by one attribute."""
    mine = scene.attribute(meant, by)
    values = scene.attributes(by)
    ascending = sorted([v for v, each in zip(values, lines, strict=True) if each.is_kept])
    for extreme in EXTREMES:
        ranked = ascending if extreme == "lowest" else ascending[::-1]
        rank = ranked.index(mine) + 1
        if rank > MOST_RANK:
            continue
        first = ranked[: rank + 1]
        if len(set(first)) == len(first):  # or lines are tied
            beaten = [(v > mine) if extreme == "lowest" else (v < mine) for v in values]
            others = list(zip(lines, beaten, strict=True))
            if scene.apart and rank == 1:
                # If the phone's line, which is not meant, were first, there would be no meaning.
                others = [each for each in others if each[0].of is not scene.apart]
            if by not in PLAN_ATTRIBUTES or not _is_open(scene, where, others, by, extreme, mine):
                is_last = _is_last(scene, by, extreme, mine)
                yield Rank(by, extreme, rank, _reads(scene, meant, others, by, is_last))


def _is_last(scene: Scene, by: str, extreme: Extreme, mine: float) -> bool:
    """Say whether no line could be beyond one of an attribute."""
    if by == "used":
        return extreme == "lowest" and mine == 0
    return by in OF_ONE_PLAN and mine == _end(scene, by, extreme)


def _is_open(
    scene: Scene,
    where: Sequence[Condition],
    lines: Sequence[tuple[_Line, bool]],
    by: str,
    extreme: Extreme,
    mine: float,
) -> bool:
    """Say whether a rank by what is in plans hangs on two things that none shows alone.

    A line that does not come first with any plan that there is could do so if that were another
    one, too; and nobody reads that plan.
    """
    if not where:
        last: Extreme = "lowest" if extreme == "highest" else "highest"
        return by in OF_ONE_PLAN and mine == _end(scene, by, last)
    if where[0].attribute in PLAN_ATTRIBUTES:
        return not _is_beaten(scene, where, by, extreme, mine)
    for each, is_after in lines:
        if is_after and not each.is_kept:
            if len(each.shown) > 1:
                return True
            if by in OF_ONE_PLAN and mine == _end(scene, by, extreme):
                return True
            if by == "left" and extreme == "highest" and scene.attribute(each.of, "limit") < mine:
                return True
    return False


def _is_beaten(
    scene: Scene, where: Sequence[Condition], by: str, extreme: Extreme, mine: float
) -> bool:
    """Say whether a line could come before one on a plan that there is, and keep conditions."""
    if by == "left" and extreme == "lowest":
        return True
    names = {"plan": "name"}
    figures = [
        plan_attribute(plan, "limit" if by == "left" else by)
        for plan in scene.plans
        if keeps(plan, where, lambda plan, name: plan_attribute(plan, names.get(name, name)))
    ]
    return any(v > mine if extreme == "highest" else v < mine for v in figures)


def _reads(
    scene: Scene, meant: Subscription, lines: Sequence[tuple[_Line, bool]], by: str, is_last: bool
) -> frozenset[str]:
    """Return the reads that show that a line has a rank.

    Args:
        scene: The draft.
        meant: The line.
        lines: All that could have the rank, each with whether its attribute shows that it comes
            after the line.
        by: The attribute that ranks them.
        is_last: Whether they come after it, whatever they are: none can be beyond the line.
    """
    reads = set[str]()
    for each, is_beaten in lines:
        if not is_beaten:
            reads |= each.whole if each.is_kept else each.shown
        elif by in PLAN_ATTRIBUTES and not each.is_kept:
            reads |= each.shown
        elif not is_last:
            reads.add(each.of.line.line_id)
    kept = [each.of for each, _ in lines if each.is_kept]
    if by in OF_ONE_PLAN:
        reads.update(each.line.plan_id for each in kept)
    elif by == "left":
        reads |= _plans(scene, meant, kept)
    return frozenset(reads)


def _plans(scene: Scene, meant: Subscription, kept: Sequence[Subscription]) -> set[str]:
    """Return the plans whose limits can change the rank of a line by what is left.

    Lines with the same plan move together. With more data any line can come to be over another
    one, but with less it can come to be under it only as far as it has used its data.
    """
    plans = set[str]()
    for each in kept:
        if each.line.plan_id != meant.line.plan_id:
            both = [(scene.attribute(one, "left"), one) for one in (each, meant)]
            (low, lower), (high, higher) = sorted(both, key=itemgetter(0))
            plans.add(lower.line.plan_id)
            if high - scene.attribute(higher, "limit") < low:
                plans.add(higher.line.plan_id)
    return plans


def _end(scene: Scene, by: str, extreme: Extreme) -> float:
    """Return the highest or the lowest figure of all plans: no line could be beyond that."""

    def find() -> float:
        figures = [plan_attribute(plan, by) for plan in scene.plans]
        return float(max(figures) if extreme == "highest" else min(figures))

    return scene.once(scene.plans, ("end", by, extreme), find)


# Of a line that is refused, another one has to be meant that would not be refused alike


def all_tell(scene: Scene, meant: Subscription, where: Sequence[Condition], found: Rank) -> bool:
    """Say whether each of the reads of a rank could show that something else is right.

    Whatever is read in a line can make it another one, and one that is not refused; what is read in
    plans and devices can only make another line the one that is meant.
    """
    lines = {each.line.line_id for each in scene.lines}
    return all(_tells(scene, meant, where, found, key) for key in found.reads - lines)


def _tells(
    scene: Scene, meant: Subscription, where: Sequence[Condition], found: Rank, key: str
) -> bool:
    """Say whether with another plan, or device, a line is meant that is not refused alike."""
    refused_for = scene.attribute(meant, scene.refused_for)
    for kept, values in _with_another(scene, where, found.by, key):
        ranked = sorted(
            zip(values, kept, strict=True), key=itemgetter(0), reverse=found.extreme == "highest"
        )
        first = [value for value, _ in ranked[: found.rank + 1]]
        if len(set(first)) < len(first):
            continue
        other = ranked[found.rank - 1][1] if len(ranked) >= found.rank else None
        if other is None or scene.attribute(other, scene.refused_for) != refused_for:
            return True
    return False


def _with_another(
    scene: Scene, where: Sequence[Condition], by: str, key: str
) -> Iterator[tuple[list[Subscription], list[float]]]:
    """Yield the lines that keep conditions, and what ranks them, were a plan or device another."""
    lines = scene.lines
    on_plan = [each.line.plan_id == key for each in lines]
    is_plan = any(on_plan)
    mine = on_plan if is_plan else [each.line.device_id == key for each in lines]
    names = PLAN_ATTRIBUTES if is_plan else DEVICE_ATTRIBUTES
    kept = [all(scene.holds(each, condition) for condition in where) for each in lines]
    ways = [kept]
    if any(condition.attribute in names for condition in where):
        ways.append([is_kept is not of for is_kept, of in zip(kept, mine, strict=True)])
    values = scene.attributes(by)
    rankings = [values]
    if is_plan and by == "left":
        most = [scene.attribute(each, "limit") for each in lines]
        rankings.append([v - m if of else v for v, m, of in zip(values, most, mine, strict=True)])
        rankings.append([v + MUCH if of else v for v, of in zip(values, mine, strict=True)])
    elif is_plan and by in OF_ONE_PLAN:
        figures = sorted({v for v, of in zip(values, mine, strict=True) if not of})
        ends = [figures[0] / 2, figures[-1] + MUCH] if figures else []
        rankings += [
            [figure if of else v for v, of in zip(values, mine, strict=True)]
            for figure in (*ends, *((one + other) / 2 for one, other in pairwise(figures)))
        ]
    for way in ways:
        places = [place for place, is_kept in enumerate(way) if is_kept]
        for ranking in rankings:
            yield [lines[place] for place in places], [ranking[place] for place in places]
