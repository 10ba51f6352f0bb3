"""How a user can mean payment methods, addresses and items, and conditions they set."""

from collections.abc import Callable, Sequence
from typing import Literal

from writ_gym.domains.retail.catalog import draw_address
from writ_gym.domains.retail.drafting.orders import (
    EXTREMES,
    MOST_NAMED,
    ROUND_TO,
    Scope,
    conditions_for,
    some_order,
)
from writ_gym.domains.retail.drafting.scene import Scene
from writ_gym.domains.retail.intents.reading import (
    is_gift_card,
    order_attribute,
    paid_with,
    payers,
    total,
)
from writ_gym.domains.retail.rules import covers
from writ_gym.domains.retail.schema import (
    Address,
    GiftCard,
    Order,
    OrderItem,
    PaymentMethod,
)
from writ_gym.domains.retail.wishes import (
    AllBut,
    ByBalance,
    EveryItem,
    FirstCovering,
    Given,
    Guard,
    ItemChoice,
    Named,
    OfKind,
    OfProfile,
    Orders,
    Original,
    PaidFor,
    SentTo,
)
from writ_gym.meaning.queries import Condition, keeps, picked
from writ_gym.sampling.drafting import Piece
from writ_gym.tasks import Config


def name_payment(
    scene: Scene, order: Order, method: PaymentMethod, amount: float, kept: int
) -> Piece[Config] | None:
    """Return how the user means a payment method.

    Args:
        scene: The draft.
        order: The order that the request is about.
        method: The method that is meant.
        amount: What it has to pay, in US dollars; not above 0 if it receives something.
        kept: Reads of the room to leave for the order.
    """
    profile = frozenset({scene.profile})
    looked_up = profile if is_gift_card(method.id) and amount > 0 else frozenset()

    def original() -> Piece[Config] | None:
        return Piece(Original(), looked_up) if method.id == paid_with(order) else None

    def paid_for() -> Piece[Config] | None:
        others = [o for o in scene.orders if o is not order and payers(o) == {method.id}]
        inner = some_order(scene, scene.choose(others), kept) if others else None
        if inner is None:
            return None
        return Piece(PaidFor(paid_for=inner.value), inner.reads | looked_up,
                     ("join", *inner.operators))  # fmt: skip

    def of_kind() -> Piece[Config] | None:
        value = kind_of(scene, method)
        return None if value is None else Piece(value, profile)

    def by_balance() -> Piece[Config] | None:
        cards = [m.balance for m in scene.user.payment_methods.values() if isinstance(m, GiftCard)]
        if not isinstance(method, GiftCard) or len(set(cards)) < 2:
            return None
        bounds = {max(cards): EXTREMES[0], min(cards): EXTREMES[1]}
        if extreme := bounds.get(method.balance):
            return Piece(ByBalance(gift_card=extreme), profile, ("payment_choice",))
        return None

    def first_covering() -> Piece[Config] | None:
        chain = _chain(scene, method, amount)
        return None if chain is None else Piece(chain, profile, ("payment_choice", "fallback"))

    return scene.first([original, paid_for, of_kind, by_balance, first_covering], kept)


def kind_of(scene: Scene, method: PaymentMethod) -> OfKind | None:
    """Return a method's kind, with the digits of a card, if only one of the user's is like that."""
    own = [m for m in scene.user.payment_methods.values() if m.source == method.source]
    if len(own) == 1:
        return OfKind(kind=method.source)
    digits = [getattr(m, "last_four", None) for m in own]
    if method.source != "credit_card" or digits.count(method.last_four) > 1:
        return None
    return OfKind(kind=method.source, last_four=method.last_four)


def _chain(scene: Scene, method: PaymentMethod, amount: float) -> FirstCovering | None:
    """Return methods of which this one is the first that covers the amount."""
    if amount <= 0:
        return None
    before = [
        m for m in scene.user.payment_methods.values() if m is not method and not covers(m, amount)
    ]
    after = [m for m in scene.user.payment_methods.values() if m is not method and covers(m, 1e9)]
    if before and (not after or scene.chance(0.6)):
        links = [kind_of(scene, scene.choose(before)), kind_of(scene, method)]
    elif after and isinstance(method, GiftCard):
        links = [kind_of(scene, method), kind_of(scene, scene.choose(after))]
    else:
        return None
    chain = tuple(link for link in links if link)
    return FirstCovering(first_covering=chain) if len(chain) == len(links) else None


def name_address(
    scene: Scene, current: Address, kept: int, but: Order | None
) -> Piece[Config] | None:
    """Return where something should go: stated, or as a record of the user's has it."""

    def given() -> Piece[Config]:
        address = draw_address(scene.rng, STREETS)
        number = int(scene.rng.integers(1, 400))
        second = scene.choose(("", f"Apt {number}", f"Unit {number}", f"Suite {number}"))
        return Piece(Given(given=address.replace(address2=second)))

    def profile() -> Piece[Config] | None:
        if but is None or scene.user.address == current:
            return None
        return Piece(OfProfile(), frozenset({scene.profile}), ("join",))

    def sent_to() -> Piece[Config] | None:
        others = [o for o in scene.orders if o is not but and o.address != current]
        inner = some_order(scene, scene.choose(others), kept) if others else None
        if inner is None:
            return None
        return Piece(SentTo(sent_to=inner.value), inner.reads, ("join", *inner.operators))

    return scene.first([given, profile, sent_to, sent_to], kept)


STREETS = (
    "Alder Street", "Birch Road", "Canal Street", "Dogwood Lane", "Elm Court", "Fern Avenue",
    "Garnet Way", "Harbor Road", "Iris Drive", "Juniper Street", "Kiln Lane", "Linden Avenue",
    "Meadow Court", "Nut Tree Road", "Orchard Street", "Pine Crest", "Quarry Road", "Ridge Way",
    "Sumac Drive", "Thistle Lane", "Umber Street", "Violet Court", "Willow Bend", "Yarrow Road",
)  # fmt: skip
"""Streets of the addresses that users state."""


def single_items(order: Order) -> list[OrderItem]:
    """Return the items whose product occurs once in the order, so that its name is enough."""
    products = [item.product_id for item in order.items]
    return [item for item in order.items if products.count(item.product_id) == 1]


def item_of(order: Order, item_id: str) -> OrderItem:
    """Return the first item of an order with this id."""
    return next(item for item in order.items if item.item_id == item_id)


def name_items(
    scene: Scene, order: Order, items: Sequence[OrderItem], kept: int
) -> Piece[Config] | None:
    """Return how the user means some items of an order, other than by a choice."""
    rest = [item for item in order.items if item not in items]
    singles = single_items(order)

    def named() -> Piece[Config] | None:
        if any(item not in singles for item in items):
            return None
        return Piece(Named(names=tuple(item.name for item in items)))

    def all_but() -> Piece[Config] | None:
        if not rest or any(item not in singles for item in rest):
            return None
        return Piece(AllBut(all_but=tuple(item.name for item in rest)), operators=("exclusion",))

    def every() -> Piece[Config] | None:
        where = _price_condition(items, rest)
        return Piece(EveryItem(where=where), operators=("threshold",)) if where else None

    return scene.first([named, all_but, every], kept)


def _price_condition(
    items: Sequence[OrderItem], rest: Sequence[OrderItem]
) -> tuple[Condition, ...] | None:
    """Return a condition on the price that all of ``items`` keep and none of ``rest``."""
    if not rest or not items:
        return None
    ours, others = [item.price for item in items], [item.price for item in rest]
    if (over := amount_between(max(others), min(ours))) is not None:
        return (Condition(attribute="price", test="over", value=over),)
    if (under := amount_between(max(ours), min(others))) is not None:
        return (Condition(attribute="price", test="under", value=under),)
    return None


def amount_between(low: float, high: float) -> float | None:
    """Return a round amount strictly between two amounts."""
    for step in (100, 50, 20, 10, 5, 1):
        amount = (low // step + 1) * step
        if low < amount < high:
            return float(amount)
    return None


def choose_item(scene: Scene, order: Order, kept: int) -> tuple[OrderItem, Piece[Config]] | None:
    """Return an item of an order with a choice that means it: by price, or by what it saves."""
    if len(order.items) < 2:
        return None
    products = frozenset(item.product_id for item in order.items)

    def saving(item: OrderItem, name: str) -> float:
        variant = scene.db.products[item.product_id].variants.get(item.item_id)
        return (
            item.price if name == "price" or not variant else round(item.price - variant.price, 2)
        )

    for choice in scene.shuffled(_ITEM_CHOICES):
        reads = products if choice.by == "saving" else frozenset()
        operators = ("superlative" if choice.rank == 1 else "rank",)
        piece = Piece(choice, reads, operators)
        item = picked(order.items, choice, saving)
        if item and scene.fits(piece, kept) and _is_open(order, item, choice, saving):
            return item, piece
    return None


_ITEM_CHOICES = tuple(
    ItemChoice(by=by, extreme=extreme, rank=rank)
    for by in ("price", "saving", "saving")
    for extreme in EXTREMES
    for rank in (1, 2)
)


def _is_open(
    order: Order, best: OrderItem, choice: ItemChoice, figure: Callable[[OrderItem, str], float]
) -> bool:
    """Say whether every item could be the one that is meant, if it cost another price now."""
    if choice.by != "saving" or choice.extreme == "lowest":
        return True
    most = figure(best, "saving")
    return all(item.price - 1 > most or figure(item, "saving") >= most for item in order.items)


def guard(scene: Scene, room: int, holds: bool) -> Piece[Config] | None:
    """Return a condition over orders with exactly ``room`` new reads, which holds or does not.

    Its limit is one that every order of the group could still cross.
    """
    group, reads = scene.orders, frozenset({scene.profile, *scene.user.orders})
    scope: Scope = "all"
    if scene.new(reads) != room or scene.chance(0.5):
        fresh = [o for o in scene.orders if o.order_id not in scene.seen]
        if not 2 <= room <= min(MOST_NAMED, len(fresh)):
            return None
        group = scene.some(fresh, room)
        reads = frozenset(o.order_id for o in group)
        scope = tuple(sorted(reads))
    if scene.chance(0.5):
        return _below(scene, group, scope, reads, holds)
    return _above(group, scope, reads, holds)


def _below(
    scene: Scene, group: Sequence[Order], scope: Scope, reads: frozenset[str], holds: bool
) -> Piece[Config] | None:
    """Return a condition whose figure is below its limit: each order could raise it."""
    where: tuple[Condition, ...] = ()
    if scene.chance(0.6):
        where = (scene.choose(list(conditions_for(scene, scene.choose(group)))),)
    kept = [o for o in group if keeps(o, where, order_attribute)]
    figure: Literal["sum", "count"] = "count" if where and scene.chance(0.5) else "sum"
    if figure == "sum":
        step = ROUND_TO * (1 + int(scene.rng.random() * 6))
        limit = float((sum(map(total, kept)) // step + 1) * step)
    else:
        if len(kept) == len(group):
            return None
        limit = float(len(kept) + (1 if holds else 0))
    test: Literal["over", "under"] = "under" if holds else "over"
    orders = Orders(scope=scope, where=where)
    return Piece(Guard(figure=figure, orders=orders, test=test, value=limit), reads, ("aggregate",))


def _above(
    group: Sequence[Order], scope: Scope, reads: frozenset[str], holds: bool
) -> Piece[Config] | None:
    """Return a condition whose figure is above its limit: each order could lower it enough."""
    amount = sum(map(total, group))
    limit = float((amount - 0.01) // ROUND_TO * ROUND_TO)
    if not amount - min(map(total, group)) < limit < amount:
        return None
    orders = Orders(scope=scope)
    test: Literal["over", "under"] = "over" if holds else "under"
    return Piece(Guard(figure="sum", orders=orders, test=test, value=limit), reads, ("aggregate",))
