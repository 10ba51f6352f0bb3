"""How a user can mean an order: each way takes other reads, and there is one for every number."""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import product as pairs
from typing import Literal, TypeAlias

from writ_gym.domains.retail.drafting.scene import Scene
from writ_gym.domains.retail.intents.reading import order_attribute, total
from writ_gym.domains.retail.schema import Order
from writ_gym.domains.retail.wishes import (
    EveryOrder,
    OrderBeside,
    OrderById,
    OrderChoice,
    OrderReference,
    Orders,
)
from writ_gym.meaning.queries import Condition, Extreme, Test, condition, keeps, picked
from writ_gym.sampling.drafting import Piece

RANKS = (1, 2, 3)
MOST_RANK = max(RANKS)
MOST_PASSED = 3
"""Orders that a search passes before it comes to the one that is described."""
LEAST_COUNT = ("count", "lowest", 1)
"""Of an order with one item no other one can have fewer, so that the others need not be read."""
MOST_NAMED = 8
"""Orders that a user enumerates by id at most."""

EXTREMES: tuple[Extreme, ...] = ("highest", "lowest")
STEPS: tuple[Literal[-1, 1], ...] = (-1, 1)
BOUNDS: tuple[Test, ...] = ("over", "under")
Scope: TypeAlias = Literal["all"] | tuple[str, ...]
ROUND_TO = 25
"""Amounts that users name are multiples of this, in US dollars."""


def name_order(scene: Scene, order: Order, room: int | None = None) -> Piece[OrderReference] | None:
    """Return how the user means an order, with exactly ``room`` reads that are new.

    Args:
        scene: The draft.
        order: The order that is meant.
        room: The number of new reads, that of the order itself included; by default what is left
            to be filled.
    """
    wanted = scene.room if room is None else room
    makers = [partial(make, scene, order, wanted) for make in WAYS]
    for make in scene.shuffled(makers):
        piece = make()
        if piece and scene.new(piece.reads) == wanted:
            return piece
    return None


def by_id(scene: Scene, order: Order, room: int) -> Piece[OrderReference] | None:
    """Name the id."""
    return Piece(OrderById(id=order.order_id), frozenset({order.order_id}))


def of_all(scene: Scene, order: Order, room: int) -> Piece[OrderReference] | None:
    """Name a superlative over all orders."""
    reads = frozenset({scene.profile, *scene.user.orders})
    if len(scene.orders) < 2 or scene.new(reads) != room:
        return None
    return _superlative(scene, order, scene.orders, "all", reads)


def of_named(scene: Scene, order: Order, room: int) -> Piece[OrderReference] | None:
    """Name a superlative over orders that are named by id."""
    others = [o for o in scene.orders if o is not order]
    fresh = [o for o in others if o.order_id not in scene.seen]
    count = room - scene.new({order.order_id})
    if not 0 <= count <= len(fresh) or (count == 0 and len(others) == len(fresh)):
        return None
    group = [*scene.some(fresh, count)]
    read = [o for o in others if o.order_id in scene.seen]
    if read and (not group or scene.chance(0.3)):
        group += scene.some(read, min(len(read), 2))
    group = scene.shuffled([order, *group])
    if not 2 <= len(group) <= MOST_NAMED:
        return None
    ids = tuple(o.order_id for o in group)
    return _superlative(scene, order, group, ids, frozenset(ids))


def _superlative(
    scene: Scene, order: Order, group: Sequence[Order], scope: Scope, reads: frozenset[str]
) -> Piece[OrderReference] | None:
    """Return a choice by an amount or a number for which ``order`` comes out, not as a tie."""
    options = [*pairs(("total",), EXTREMES, RANKS), *pairs(("count",), EXTREMES, (1,))]
    conditions = list(conditions_for(scene, order))
    for by, extreme, rank in scene.shuffled(options)[:8]:
        where = (scene.choose(conditions),) if scene.chance(0.5) else ()
        choice = OrderChoice(scope=scope, where=where, by=by, extreme=extreme, rank=rank)
        if (
            picked(group, choice, order_attribute) is not order
            or (by, extreme, len(order.items)) == LEAST_COUNT
        ):
            continue
        fitting = sum(keeps(o, where, order_attribute) for o in group)
        if fitting > 1:
            names = ["superlative" if rank == 1 else "rank"]
            names += _operators_of(where)
            return Piece(choice, reads, (*names, "unknown_id" if scope == "all" else "widening"))
    return None


def conditions_for(scene: Scene, order: Order) -> Iterator[Condition]:
    """Yield conditions that an order keeps."""
    other = next((o.status for o in scene.orders if o.status != order.status), None)
    if scene.tells_status:
        yield condition("status", "is", order.status)
        if other:
            yield condition("status", "is_not", other)
    held = {item.name for item in order.items}
    yield condition("product", "has", order.items[0].name)
    others = sorted(scene.products_held - held)
    if others:
        yield condition("product", "lacks", scene.choose(others))
    low = total(order) // ROUND_TO * ROUND_TO
    if 0 < low < total(order):
        yield condition("total", "over", float(low))
    yield condition("total", "under", float(low + 2 * ROUND_TO))


def _operators_of(where: Sequence[Condition]) -> list[str]:
    return ["exclusion" if c.test in ("lacks", "is_not") else "filter" for c in where]


def by_time(scene: Scene, order: Order, room: int) -> Piece[OrderReference] | None:
    """Name the latest or the earliest that keeps a condition."""
    listed = scene.orders
    if len(listed) < 2:
        return None
    for extreme in scene.shuffled(EXTREMES):
        walk = listed[::-1] if extreme == "highest" else listed
        walk = walk[: walk.index(order) + 1]
        conditions = [(c,) for c in conditions_for(scene, order)]
        for where in scene.shuffled([(), *conditions]):
            reads = frozenset({scene.profile, *(o.order_id for o in (walk if where else [order]))})
            if scene.new(reads) != room:
                continue
            rank = sum(keeps(o, where, order_attribute) for o in walk)
            if rank <= MOST_RANK:
                choice = OrderChoice(where=where, by="placed", extreme=extreme, rank=rank)
                names = ("relative_time", *(["rank"] if rank > 1 else []), *_operators_of(where))
                return Piece(choice, reads, names)
    return None


def described(scene: Scene, order: Order, room: int) -> Piece[OrderReference] | None:
    """Describe an order by what only it is like."""
    reads = frozenset({scene.profile, order.order_id})
    if scene.new(reads) != room or scene.orders.index(order) > MOST_PASSED:
        return None
    choice = description(scene, order)
    return None if choice is None else Piece(choice, reads, ("description", "unknown_id"))


def description(scene: Scene, order: Order) -> OrderChoice | None:
    """Return conditions that only this one of the user's orders keeps."""
    names = scene.shuffled({item.name: None for item in order.items})
    has = [condition("product", "has", name) for name in names]
    status = condition("status", "is", order.status)
    ways = [has[:1], has[:2], *([[has[0], status]] if scene.tells_status else [])]
    for where in scene.shuffled(ways):
        choice = OrderChoice(where=tuple(where))
        if picked(scene.orders, choice, order_attribute) is order:
            return choice
    return None


def beside(scene: Scene, order: Order, room: int) -> Piece[OrderReference] | None:
    """Name the order placed right before or after another one."""
    place = scene.orders.index(order)
    for step in scene.shuffled(STEPS):
        if not 0 <= place - step < len(scene.orders):
            continue
        anchor = scene.orders[place - step]
        reads = frozenset({scene.profile, order.order_id})
        if scene.new(reads) == room:
            inner = OrderById(id=anchor.order_id)
            return Piece(OrderBeside(beside=inner, step=step), reads, ("relative_time",))
        reads |= {anchor.order_id}
        known = description(scene, anchor)
        if known and scene.new(reads) == room:
            operators = ("hidden_intermediate", "relative_time", "description")
            return Piece(OrderBeside(beside=known, step=step), reads, operators)
    return None


WAYS = (by_id, of_all, of_all, of_named, of_named, by_time, described, beside)
"""Ways to mean an order; one that is there twice is as likely as two."""


def some_order(scene: Scene, order: Order, kept: int) -> Piece[OrderReference] | None:
    """Return how the user refers to an order on the way, with at most a few reads."""
    most = min(3, scene.room - kept)
    for room in scene.shuffled(range(most + 1)):
        piece = name_order(scene, order, room)
        if piece:
            return piece
    return None


def every_order(scene: Scene, status: str, count: int) -> EveryOrder | None:
    """Return conditions that exactly ``count`` orders keep, all of them with this status."""
    where = [condition("status", "is", status)]
    totals = sorted(total(o) for o in scene.orders if o.status == status)
    amounts = {int(t // ROUND_TO * ROUND_TO) for t in totals} - {0}
    names = sorted({i.name for o in scene.orders if o.status == status for i in o.items})
    options: list[list[Condition]] = [
        [],
        *(
            [condition("total", test, float(amount))]
            for amount, test in pairs(sorted(amounts), BOUNDS)
        ),
        *([condition("product", "has", name)] for name in names),
    ]
    for more in scene.shuffled(options):
        every = EveryOrder(where=(*where, *more))
        if sum(keeps(o, every.where, order_attribute) for o in scene.orders) == count:
            return every
    return None


def nothing_that_fits(scene: Scene) -> Orders | None:
    """Return conditions that none of the user's orders keeps."""
    most = max(total(o) for o in scene.orders)
    over = float((int(most) // ROUND_TO + 1 + int(scene.rng.random() * 8)) * ROUND_TO)
    held = {item.name for o in scene.orders for item in o.items}
    absent = sorted(set(scene.product_names()) - held)
    options = [condition("total", "over", over)]
    if absent:
        options.append(condition("product", "has", scene.choose(absent)))
    return Orders(where=(scene.choose(options),))
