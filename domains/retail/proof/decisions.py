"""The choices among records that a request leaves to the agent."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from writ_gym.database import JSON
from writ_gym.domains.retail.proof.actions import orders_meant, wished
from writ_gym.domains.retail.proof.meaning import find_meaning
from writ_gym.domains.retail.proof.references import Case
from writ_gym.domains.retail.proof.stakes import Stake, find_stakes
from writ_gym.domains.retail.proof.variants import acceptable, meant
from writ_gym.domains.retail.schema import Order, RetailDB
from writ_gym.domains.retail.wishes import (
    ITEMS,
    PAYMENT,
    ByBalance,
    EveryItem,
    EveryOrder,
    FirstCovering,
    ItemChoice,
    Like,
    OfKind,
    OrderBeside,
    PaymentReference,
)
from writ_gym.meaning.brute_force import Values, parsed
from writ_gym.meaning.proofs import NO_PICKS, Decision, Picks, UnclearError
from writ_gym.tasks import Call, Request


class Choosing(NamedTuple):
    """A choice before the rules: what could be meant if the user's preference is left aside."""

    what: str
    candidates: Sequence[JSON]
    every: tuple[JSON, ...] = ()
    """The candidates that are meant together, if several may be."""


def find_decisions(
    db: RetailDB, caller: str, request: Request, picks: Picks = NO_PICKS
) -> list[Decision]:
    """Return every choice that makes a difference; none where nothing is written."""
    right = _writes(db, caller, request, picks)
    if not right:
        return []
    decisions: dict[str, Decision] = {}
    for choosing in _choices(Case(db, caller, picks), request.values):
        free = choosing.what not in picks and choosing.what not in decisions
        if free and len(choosing.candidates) > 1:
            decision = _decision(db, caller, request, picks, choosing, right)
            if set(decision.options) != set(decision.right) or decision.together:
                decisions[choosing.what] = decision
    return [decision for decision in decisions.values() if len(decision.options) > 1]


def _writes(db: RetailDB, caller: str, request: Request, picks: Picks) -> tuple[Call, ...]:
    """Return what a request comes to; nothing where it is forbidden or unclear."""
    try:
        return find_meaning(db, caller, request, picks).writes
    except UnclearError:
        return ()


def _decision(
    db: RetailDB, caller: str, request: Request, picks: Picks,
    choosing: Choosing, right: tuple[Call, ...],
) -> Decision:  # fmt: skip
    """Return a choice with the candidates that the rules allow, and those that come to the same."""
    several = bool(choosing.every)
    come_to = {
        option: _writes(
            db, caller, request, {**picks, choosing.what: (option,) if several else option}
        )
        for option in choosing.candidates
    }
    allowed = tuple(option for option, writes in come_to.items() if writes)
    if several:
        return Decision(choosing.what, allowed, choosing.every, together=True)
    return Decision(choosing.what, allowed, tuple(o for o in allowed if come_to[o] == right))


def _choices(case: Case, values: Values) -> Iterator[Choosing]:
    """Give the choices of a request that can be met."""
    for stake in find_stakes(values):
        if stake.role in ("order", "sent_to", "paid_for"):
            yield from _among_orders(case, stake, stake.role)
    if "items" in values:
        yield from _items_and_wishes(case, values)
    if "payment" in values:
        named = _named(case, parsed(PAYMENT, values["payment"]))
        yield Choosing("payment", [key for key in case.user.payment_methods if key in named])


def _among_orders(case: Case, stake: Stake, what: str) -> Iterator[Choosing]:
    """Give the choice among the orders that keep the conditions."""
    reference, query = stake.reference, stake.query
    if query is None:
        return
    candidates = case.fitting(query)
    if isinstance(reference, OrderBeside):
        candidates = list(_neighbours(case, candidates, reference.step))
    ids = tuple(order.order_id for order in candidates)
    yield Choosing(what, ids, ids if isinstance(reference, EveryOrder) else ())


def _neighbours(case: Case, orders: list[Order], step: int) -> Iterator[Order]:
    """Give the neighbours of orders, in the profile's order."""
    places = {case.places[order.order_id] + step for order in orders}
    for order_id, place in case.places.items():
        if place in places:
            yield case.order(order_id)


def _items_and_wishes(case: Case, values: Values) -> Iterator[Choosing]:
    """Give the choices among the items of the order, and among what each may become."""
    order = orders_meant(case, values)[0]
    reference = parsed(ITEMS, values["items"])
    if isinstance(reference, ItemChoice):
        fitting = case.fitting_items(reference, order)
        yield Choosing("items", [item.item_id for item in fitting])
    elif isinstance(reference, EveryItem):
        every = tuple(item.item_id for item in case.items(reference, order))
        yield Choosing("items", every, every)
    if "wish" not in values:
        return
    for item, wish in wished(case, order, values):
        if isinstance(wish, Like):
            yield from _among_orders(case, Stake("like", wish.like), f"like {item.item_id}")
        if meant(case, item, wish) is not None:
            variants = [variant.item_id for variant in acceptable(case, item, wish)]
            yield Choosing(f"wish {item.item_id}", variants)


def _named(case: Case, reference: PaymentReference) -> set[str]:
    """Return the methods that are meant, preferences and digits left aside."""
    if isinstance(reference, FirstCovering):
        return {case.of_kind(kind) for kind in reference.first_covering}
    if isinstance(reference, OfKind):
        kind = reference.kind
    elif isinstance(reference, ByBalance):
        kind = "gift_card"
    else:
        return set()
    return {key for key, method in case.user.payment_methods.items() if method.source == kind}
