"""How a user can say what is wanted instead of an item: variants, and several in turn."""

from collections.abc import Sequence
from functools import partial
from typing import TypeAlias

from writ_gym.database import JSON
from writ_gym.domains.retail.drafting.orders import (
    EXTREMES,
    some_order,
)
from writ_gym.domains.retail.drafting.scene import Scene
from writ_gym.domains.retail.intents.reading import (
    fitting,
    is_among,
    variant_for,
)
from writ_gym.domains.retail.schema import (
    Order,
    OrderItem,
    Product,
    Variant,
)
from writ_gym.domains.retail.wishes import (
    Among,
    FirstOf,
    Like,
    Options,
    Wish,
    plain,
)
from writ_gym.errors import UnsolvableError
from writ_gym.sampling.drafting import Piece
from writ_gym.tasks import Config


def name_wishes(
    scene: Scene,
    order: Order,
    items: Sequence[OrderItem],
    key: str | None,
    kept: int,
    wanted: Sequence[Variant] = (),
) -> list[Variant] | None:
    """Add what the user wants instead of each item; return the variants that this means.

    Args:
        scene: The draft.
        order: The order that holds the items.
        items: The items.
        key: What the wish stands under instead of the item's name.
        kept: Reads of the room to leave for the order.
        wanted: The variants that it is to mean, one for each item; any if there are none.
    """
    products = {item.product_id for item in items}
    if scene.new(products) > scene.room - kept:
        return None
    scene.read(products)
    wishes: dict[str, JSON] = {}
    variants: list[Variant] = []
    for place, item in enumerate(items):
        made = _wish(scene, order, item, kept, wanted[place : place + 1])
        if made is None:
            return None
        piece, variant = made
        scene.read(piece.reads)
        scene.mark(*piece.operators)
        wishes[key or item.name] = plain(piece.value)
        variants.append(variant)
    scene.add("wish", wishes)
    return variants


def _wish(
    scene: Scene, order: Order, item: OrderItem, kept: int, wanted: Sequence[Variant]
) -> tuple[Piece[Config], Variant] | None:
    """Return a wish for an item, and the variant that it means, one of those wanted if any is."""
    product = scene.db.products[item.product_id]
    others = [v for v in product.variants.values() if v.available and v.item_id != item.item_id]
    if not others:
        return None
    ways = (_exact, _exact, _among, _among, _among, _fallback, partial(_like, kept=kept))
    targets = wanted or others
    for way in scene.shuffled(
        [partial(each, scene, order, item, others, targets) for each in ways]
    ):
        piece, meant = way() or (None, None)
        if piece is None or meant is None or not scene.fits(piece, kept):
            continue
        try:
            variant = variant_for(product, item, meant)
        except UnsolvableError:
            continue
        if variant and (not wanted or variant in wanted):
            return piece, variant
    return None


Made: TypeAlias = tuple[Piece[Config], Wish] | None
"""A wish as the user puts it, and what it comes to without looking at other orders."""
Shelf: TypeAlias = Sequence[Variant]
"""Variants of a product that can be had: all but the item itself, and those that may be meant."""


def _exact(scene: Scene, order: Order, item: OrderItem, others: Shelf, targets: Shelf) -> Made:
    """Name the options that are to be other ones."""
    wish = Options(options=changed(item, scene.choose(targets)))
    return Piece(wish), wish


def changed(item: OrderItem, target: Variant) -> dict[str, str]:
    """Return the options in which a variant differs from an item."""
    return {n: v for n, v in target.options.items() if item.options.get(n) != v}


def _fallback(scene: Scene, order: Order, item: OrderItem, others: Shelf, targets: Shelf) -> Made:
    """Name two variants in order of preference, the first of which may be sold out."""
    shelf = scene.db.products[item.product_id].variants.values()
    absent = [v for v in shelf if not v.available and v.item_id != item.item_id]
    first = scene.choose(absent if absent and scene.chance(0.8) else others)
    second = scene.choose(targets)
    if first is second:
        return None
    links = tuple(Options(options=changed(item, v)) for v in (first, second))
    wish = FirstOf(first_of=links)
    return Piece(wish, operators=("fallback",)), wish


def _like(
    scene: Scene, order: Order, item: OrderItem, others: Shelf, targets: Shelf, kept: int
) -> Made:
    """Name options of an item of the same product in another order."""
    same = [
        (o, held)
        for o in scene.orders
        if o is not order and [i.product_id for i in o.items].count(item.product_id) == 1
        for held in o.items
        if held.product_id == item.product_id
    ]
    if not same:
        return None
    other, held = scene.choose(same)
    names = [name for name, value in held.options.items() if item.options.get(name) != value]
    inner = some_order(scene, other, kept) if names else None
    if inner is None:
        return None
    wish = Like(like=inner.value, options=tuple(names))
    meant = Options(options={name: held.options[name] for name in names})
    return Piece(wish, inner.reads, ("join", *inner.operators)), meant


def _among(scene: Scene, order: Order, item: OrderItem, others: Shelf, targets: Shelf) -> Made:
    """Name a superlative by price, with options widened or excluded, or a limit to the price."""
    target = scene.choose(targets)
    one_of: dict[str, tuple[str, ...]] = {}
    none_of: dict[str, tuple[str, ...]] = {}
    operators = ["superlative"]
    for name in scene.shuffled(target.options)[: int(scene.rng.random() * 3)]:
        rest = sorted({v.options[name] for v in others} - {target.options[name]})
        if rest and scene.chance(0.3):
            none_of[name] = (scene.choose(rest),)
            operators.append("exclusion")
        elif len(rest) > 1 and scene.chance(0.6):
            one_of[name] = tuple(scene.shuffled([target.options[name], scene.choose(rest)]))
            operators.append("widening")
        else:
            one_of[name] = (target.options[name],)
    extreme = scene.choose(EXTREMES)
    most = (
        float((target.price // 5 + 1) * 5) if extreme == "highest" and scene.chance(0.4) else None
    )
    rank = 1 if scene.chance(0.75) else 2
    operators[0] = "superlative" if rank == 1 else "rank"
    if most:
        operators.append("threshold")
    wish = Among(one_of=one_of, none_of=none_of, at_most=most, price=extreme, rank=rank)
    if _tempts(scene.db.products[item.product_id], item, others, wish):
        operators.append("decoy")
    return Piece(wish, operators=tuple(operators)), wish


def _tempts(product: Product, item: OrderItem, others: Sequence[Variant], wish: Among) -> bool:
    """Say whether a variant that is sold out would be the one that is meant, were it in stock."""
    absent = [v for v in product.variants.values() if not v.available and v.item_id != item.item_id]
    gone = [v.price for v in absent if is_among(v, wish)]
    prices = sorted(
        (v.price for v in others if is_among(v, wish)), reverse=wish.price == "highest"
    )[: wish.rank]
    if not gone or len(prices) < wish.rank:
        return False
    return max(gone) > prices[-1] if wish.price == "highest" else min(gone) < prices[-1]


def unmet(scene: Scene, item: OrderItem) -> Wish | None:
    """Return a wish that no variant in stock meets."""
    product = scene.db.products[item.product_id]
    absent = [v for v in product.variants.values() if not v.available and v.item_id != item.item_id]
    if not absent:
        return None
    target = scene.choose(absent)
    options: list[Wish] = [Options(options=changed(item, target))]
    prices = [v.price for v in product.variants.values() if v.available]
    names = sorted({o for v in product.variants.values() for o in v.options.items()})
    cheap = float(min(prices, default=10.0) // 5 * 5)
    if cheap:
        options.append(Among(at_most=cheap, price="highest"))
    gone = [(n, v) for n, v in names if not any(
        w.available and w.options[n] == v and w.item_id != item.item_id
        for w in product.variants.values())]  # fmt: skip
    if gone:
        name, value = scene.choose(gone)
        options.append(Among(one_of={name: (value,)}, price=scene.choose(EXTREMES)))
    wish = scene.choose(options)
    return None if fitting(product, item, wish) else wish
