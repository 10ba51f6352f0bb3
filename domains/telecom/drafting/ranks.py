"""Which ranks a line has among some of a customer's, and which reads show that."""

from collections.abc import Iterator, Sequence
from operator import itemgetter
from typing import NamedTuple

from writ_gym.domains.telecom.drafting.scene import Scene
from writ_gym.domains.telecom.intents.reading import Subscription, plan_attribute
from writ_gym.queries import Condition, Extreme

EXTREMES: tuple[Extreme, ...] = ("highest", "lowest")
SUPERLATIVES = ("used", "left", "price", "contract_end", "limit", "refuel_price")
OF_ONE_PLAN = frozenset({"price", "limit", "refuel_price"})
"""Attributes of a line that are those of its plan alone."""
MOST_RANK = 3


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


def ranks(scene: Scene, meant: Subscription, where: Sequence[Condition]) -> list[Rank]:
    """Return the ranks of a line among those that keep conditions, as far as it has any."""
    kept = scene.kept(where)
    if len(kept) < 2:
        return []
    names = [condition.attribute for condition in where]
    keeping = set(map(id, kept))
    lines = [
        _Line(each, id(each) in keeping, scene.reads_of(each, names), scene.shown(each, where))
        for each in scene.lines
    ]
    return [rank for by in SUPERLATIVES for rank in _by(scene, meant, lines, by)]


def _by(scene: Scene, meant: Subscription, lines: Sequence[_Line], by: str) -> Iterator[Rank]:
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
            is_last = by in OF_ONE_PLAN and mine == _end(scene, by, extreme)
            yield Rank(by, extreme, rank, _reads(scene, meant, others, by, is_last))


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
        is_last: Whether their plans show that they come after it, whatever they are: none is
            beyond that of the line.
    """
    reads = set[str]()
    for each, is_beaten in lines:
        if not is_beaten:
            reads |= each.whole if each.is_kept else each.shown
        elif not (is_last and each.is_kept):
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
