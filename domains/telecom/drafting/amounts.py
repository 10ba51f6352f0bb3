"""How a user can say how much data is to be refuelled."""

from typing import NamedTuple

from writ_gym.domains.telecom.drafting.lines import some_line
from writ_gym.domains.telecom.drafting.scene import Scene
from writ_gym.domains.telecom.intents.amounts import enough, for_money, price_of
from writ_gym.domains.telecom.intents.reading import Subscription, line_attribute
from writ_gym.domains.telecom.rules import MOST_REFUEL_GB
from writ_gym.domains.telecom.wishes import (
    AsMuchAs,
    Enough,
    FirstAffordable,
    ForMoney,
    Gigabytes,
)
from writ_gym.sampling.drafting import Piece
from writ_gym.tasks import Config

AMOUNTS = (0.5, 1.0, 1.5, 2.0)
STEPS = (0.1, 0.25, 0.5)


def over(each: Subscription) -> float:
    """Return by how many gigabytes a line is over its limit; negative if it has data left."""
    return -float(line_attribute(each, "left"))


def amount_for(
    scene: Scene, meant: Subscription, room: int, above: float = 0.0, most: float = MOST_REFUEL_GB
) -> Piece[Config] | None:
    """Return how much is to be refuelled.

    Args:
        scene: The draft.
        meant: The line.
        room: How many new reads it may take at most, besides the line.
        above: The amount has to be more than this.
        most: And at most this.
    """
    wanted = _Wanted(scene, meant, room, above, most)
    for way in scene.shuffled(WAYS):
        piece = way(wanted)
        if piece and scene.new(piece.reads) <= room:
            return piece
    return None


class _Wanted(NamedTuple):
    """What an amount has to be like; see ``amount_for``."""

    scene: Scene
    meant: Subscription
    room: int
    above: float
    most: float

    @property
    def per_gb(self) -> float:
        """What a gigabyte costs."""
        return float(line_attribute(self.meant, "refuel_price"))

    @property
    def plan(self) -> frozenset[str]:
        """The read of the line's plan."""
        return frozenset({self.meant.line.plan_id})

    def fits(self, gb: float) -> bool:
        """Say whether an amount is neither too small nor too large."""
        return self.above < gb <= self.most


def _stated(wanted: _Wanted) -> Piece[Config] | None:
    able = [gb for gb in AMOUNTS if wanted.fits(gb)]
    return Piece(Gigabytes(gb=wanted.scene.choose(able))) if able else None


def _needed(wanted: _Wanted) -> Piece[Config] | None:
    step, used = wanted.scene.choose(STEPS), over(wanted.meant)
    if used < 0 or not wanted.fits(enough(used, step)):
        return None
    return Piece(Enough(enough_in=step), wanted.plan, ("amount",))


def _paid(wanted: _Wanted) -> Piece[Config] | None:
    step = wanted.scene.choose(STEPS)
    dollars = float(int(wanted.scene.choose(AMOUNTS) * wanted.per_gb) + 1)
    if not wanted.fits(for_money(dollars, step, wanted.per_gb)):
        return None
    return Piece(ForMoney(dollars=dollars, in_steps=step), wanted.plan, ("amount",))


def _like_another(wanted: _Wanted) -> Piece[Config] | None:
    scene = wanted.scene
    others = [
        each
        for each in scene.lines
        if each is not wanted.meant and wanted.fits(each.line.data_refueling_gb)
    ]
    inner = some_line(scene, scene.choose(others), min(wanted.room, 3)) if others else None
    if inner is None:
        return None
    return Piece(AsMuchAs(as_much_as=inner.value), inner.reads, ("join", *inner.operators))


def _affordable(wanted: _Wanted) -> Piece[Config] | None:
    amounts = wanted.scene.shuffled([gb for gb in AMOUNTS if wanted.above < gb])[:3]
    if len(amounts) < 2:
        return None
    limit = float(int(price_of(min(amounts), wanted.per_gb) + wanted.per_gb / 2))
    found = next((gb for gb in amounts if price_of(gb, wanted.per_gb) <= limit), 0.0)
    if not wanted.fits(found):
        return None
    value = FirstAffordable(amounts=tuple(amounts), at_most=limit)
    return Piece(value, wanted.plan, ("fallback",))


WAYS = (_stated, _stated, _needed, _needed, _paid, _like_another, _affordable)
"""Ways to say an amount; one that is there twice is as likely as two."""
