"""What a user takes to be so of a bill or a line, rightly or wrongly."""

from collections.abc import Iterable, Iterator
from typing import Any, get_args

from writ_gym.domains.telecom.drafting.bills import (
    ALL_BILLS,
    ROUND_TO,
    name_bill,
    some_guards,
)
from writ_gym.domains.telecom.drafting.lines import name_line
from writ_gym.domains.telecom.drafting.scene import Scene
from writ_gym.domains.telecom.intents.reading import (
    Subscription,
    bill_attribute,
    line_attribute,
)
from writ_gym.domains.telecom.schema import Bill, BillStatus, LineStatus
from writ_gym.domains.telecom.wishes import Claim, LineByNumber, LineChoice
from writ_gym.meaning.queries import Condition, attributes_in, condition
from writ_gym.sampling.drafting import Piece
from writ_gym.tasks import Config

OPERATOR = "claim"
MOST_READS = 4
"""Reads that it takes at most to find the line of which something is claimed."""


CLAIMED = 0.3
"""Chance that a request is made to depend on a claim rather than on a figure, where it can be."""


def some_conditions(scene: Scene, holds: bool, room: int | None = None) -> Iterator[Piece[Config]]:
    """Yield claims, perhaps, and figures with a limit, all of which hold, or none of which.

    Args:
        scene: The draft.
        holds: Whether they hold.
        room: How many new reads one has to take; None for any number that fits.
    """
    if scene.chance(CLAIMED):
        for claim in some_claims(scene, holds, room):
            if scene.fits(claim) if room is None else scene.new(claim.reads) == room:
                yield claim
    yield from some_guards(scene, holds, room)


def some_claims(scene: Scene, holds: bool, room: int | None) -> Iterator[Piece[Config]]:
    """Yield claims that are all true, or all false, in a random order: of bills, and of lines."""
    for make in scene.shuffled([_of_a_bill, _of_a_line]):
        yield from make(scene, holds, room)


def _of_a_bill(scene: Scene, holds: bool, room: int | None) -> Iterator[Piece[Config]]:
    if not scene.bills or room not in (None, scene.new(ALL_BILLS)):
        return
    bill = scene.choose(scene.bills)
    inner = name_bill(scene, bill, in_list=True)
    if inner is None:
        return
    yield from _claim(scene, inner, _about_bill(scene, bill, holds))


def _of_a_line(scene: Scene, holds: bool, room: int | None) -> Iterator[Piece[Config]]:
    line = scene.choose(scene.lines)
    rooms = range(1, MOST_READS + 1)
    for reads in scene.shuffled(each for each in rooms if room in (None, each)):
        inner = name_line(scene, line, reads)
        if inner is None or not isinstance(inner.value, LineByNumber | LineChoice):
            continue
        yield from _claim(scene, inner, _about_line(scene, line, holds))


def _claim(
    scene: Scene, inner: Piece[Any], conditions: Iterable[Condition]
) -> Iterator[Piece[Config]]:
    """Yield a claim of what the way to mean the record does not say already, if there is one."""
    said = attributes_in(inner.value)
    able = [each for each in conditions if each.attribute not in said]
    if able:
        claim = Claim(believed=scene.choose(able), of=inner.value)
        yield Piece(claim, inner.reads, (OPERATOR, *inner.operators))


def _about_bill(scene: Scene, bill: Bill, holds: bool) -> Iterator[Condition]:
    if scene.tells_status:
        others = [status for status in get_args(BillStatus) if status != bill.status]
        yield condition("status", "is", bill.status if holds else scene.choose(others))
    yield from _beside(scene, "total", bill_attribute(bill, "total"), ROUND_TO, holds)


def _about_line(scene: Scene, line: Subscription, holds: bool) -> Iterator[Condition]:
    status, roaming = line_attribute(line, "status"), line_attribute(line, "roaming")
    others = [each for each in get_args(LineStatus) if each != status]
    yield condition("status", "is", status if holds else scene.choose(others))
    other = "off" if roaming == "on" else "on"
    yield condition("roaming", "is", roaming if holds else other)
    yield from _beside(scene, "used", line_attribute(line, "used"), 1, holds)


def _beside(
    scene: Scene, name: str, number: float, step: float, holds: bool
) -> Iterator[Condition]:
    """Yield that a number is over one that is lower, and under one that is higher, or not so."""
    over, under = ("over", "under") if holds else ("under", "over")
    low = (number - 0.01) // step * step - step * int(scene.rng.random() * 3)
    high = (number // step + 1) * step + step * int(scene.rng.random() * 3)
    if low > 0:
        yield condition(name, over, float(low))
    yield condition(name, under, float(high))
