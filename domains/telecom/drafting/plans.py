"""How a user can mean a plan, and make a request depend on all of them."""

from collections.abc import Callable, Iterator
from itertools import product

from writ_gym.domains.telecom.drafting.lines import name_line, operator_of
from writ_gym.domains.telecom.drafting.ranks import EXTREMES
from writ_gym.domains.telecom.drafting.scene import Scene
from writ_gym.domains.telecom.intents.reading import plan_attribute
from writ_gym.domains.telecom.schema import Plan
from writ_gym.domains.telecom.wishes import (
    Guard,
    PlanByName,
    PlanChoice,
    PlanOf,
    PlanReference,
    Plans,
)
from writ_gym.meaning.queries import Condition, condition, keeps, picked
from writ_gym.sampling.drafting import Piece
from writ_gym.tasks import Config

ROUND_TO = 50
"""Limits for what all plans cost together are multiples of this, in US dollars."""


def name_plan(scene: Scene, meant: Plan, room: int, topic: str) -> Piece[PlanReference] | None:
    """Return how the user means a plan, with exactly ``room`` reads that are new.

    Args:
        scene: The draft.
        meant: The plan.
        room: The reads.
        topic: An attribute that the words must not say.
    """
    ways: list[Callable[[], Piece[PlanReference] | None]] = [
        lambda: _by_name(meant) if topic != "name" else None,
        lambda: _superlative(scene, meant, topic),
        lambda: _superlative(scene, meant, topic),
        lambda: _of_line(scene, meant, room),
    ]
    for make in scene.shuffled(ways):
        piece = make()
        if piece and scene.new(piece.reads) == room:
            return piece
    return None


def _by_name(meant: Plan) -> Piece[PlanReference] | None:
    return Piece(PlanByName(plan_name=meant.name), frozenset({meant.plan_id}), ("unknown_id",))


def _superlative(scene: Scene, meant: Plan, topic: str) -> Piece[PlanReference] | None:
    reads = frozenset(plan.plan_id for plan in scene.plans)
    conditions = [c for c in _conditions(scene, meant) if c.attribute != topic]
    names = [name for name in ("price", "limit", "refuel_price") if name != topic]
    for by, extreme, rank in scene.shuffled(product(names, EXTREMES, (1, 1, 2, 3)))[:10]:
        where = (scene.choose(conditions),) if conditions and scene.chance(0.6) else ()
        if sum(keeps(plan, where, plan_attribute) for plan in scene.plans) < 2:
            continue
        choice = PlanChoice(where=where, by=by, extreme=extreme, rank=rank)
        if picked(scene.plans, choice, plan_attribute) is meant:
            operators = ["rank" if rank > 1 else "superlative", *map(operator_of, where)]
            return Piece(choice, reads, tuple(operators))
    return None


def _conditions(scene: Scene, meant: Plan) -> Iterator[Condition]:
    """Yield conditions that a plan keeps."""
    for name, step in (("price", 10), ("limit", 5), ("refuel_price", 1)):
        low = plan_attribute(meant, name) // step * step
        if 0 < low < plan_attribute(meant, name):
            yield condition(name, "over", float(low))
        yield condition(name, "under", float(low + 2 * step))


def _of_line(scene: Scene, meant: Plan, room: int) -> Piece[PlanReference] | None:
    lines = [each for each in scene.lines if each.line.plan_id == meant.plan_id]
    own = scene.new({meant.plan_id})
    if not lines or room < own + 1:
        return None
    line = scene.choose(lines)
    # If the line is found by its plan, the plan is read twice for one.
    for reads in (room - own, room):
        inner = name_line(scene, line, reads)
        if inner and scene.new(inner.reads | {meant.plan_id}) == room:
            plan_of = PlanOf(plan_of=inner.value)
            return Piece(plan_of, inner.reads | {meant.plan_id}, ("join", *inner.operators))
    return None


def plans_guard(scene: Scene) -> Piece[Config]:
    """Return a condition on the prices of all plans that holds, and that each could break."""
    amount = sum(plan.price_per_month for plan in scene.plans)
    limit = float((amount // ROUND_TO + 1 + int(scene.rng.random() * 3)) * ROUND_TO)
    value = Guard(figure="sum", over=Plans(), attribute="price", test="under", value=limit)
    return Piece(value, frozenset(plan.plan_id for plan in scene.plans), ("aggregate", "threshold"))
