"""The choices among records that a request leaves to the agent."""

from collections.abc import Iterator

from writ_gym.domains.retail.proof.actions import orders_meant, wished
from writ_gym.domains.retail.proof.meaning import find_meaning
from writ_gym.domains.retail.proof.references import Case, original, total
from writ_gym.domains.retail.proof.stakes import Stake, find_stakes
from writ_gym.domains.retail.proof.variants import acceptable, meant
from writ_gym.domains.retail.proof.words import Values, parsed
from writ_gym.domains.retail.schema import GiftCard, Order, RetailDB
from writ_gym.domains.retail.wishes import (
    ITEMS,
    PAYMENT,
    ByBalance,
    EveryItem,
    EveryOrder,
    FirstCovering,
    ItemChoice,
    OfKind,
    OrderBeside,
    OrderById,
    OrderChoice,
    PaymentReference,
)
from writ_gym.proofs import Decision, UnclearError
from writ_gym.tasks import Call, Request

STATUSES = {
    "cancel_or_return": ("pending", "delivered"),
    "return_items": ("delivered",),
    "exchange_items": ("delivered",),
}
"""By intent, the statuses in which it can be met, if not just "pending"."""


def find_decisions(db: RetailDB, caller: str, request: Request) -> list[Decision]:
    """Return every choice with at least two options; none where nothing is written."""
    try:
        writes = find_meaning(db, caller, request).writes
        if not writes:
            return []
        case, values = Case(db, caller), request.values
        statuses = STATUSES.get(request.intent, ("pending",))
        found = [
            *(_order(case, stake, statuses) for stake in find_stakes(values)),
            *(_items_and_wishes(case, values) if "items" in values else ()),
            *(_payment(case, values, writes[0]) if "payment" in values else ()),
        ]
    except UnclearError:
        return []
    return [decision for decision in found if decision and len(decision.options) > 1]


def _order(case: Case, stake: Stake, statuses: tuple[str, ...]) -> Decision | None:
    """Return the choice among the orders that keep the conditions and allow the write."""
    reference, query = stake.reference, stake.query
    if query is None or stake.figure is not None:
        return None
    candidates = case.fitting(query)
    if isinstance(reference, OrderBeside):
        candidates = list(_neighbours(case, candidates, reference.step))
    options = tuple(
        order.order_id
        for order in candidates
        if stake.role != "order"
        or (order.user_id == case.user.user_id and order.status in statuses)
    )
    if isinstance(reference, EveryOrder):
        every = tuple(order.order_id for order in case.every_order(reference))
        return Decision(stake.role, options, every)
    if isinstance(reference, (OrderById, OrderBeside, OrderChoice)):
        return Decision(stake.role, options, case.one_order(reference).order_id)
    return None


def _neighbours(case: Case, orders: list[Order], step: int) -> Iterator[Order]:
    """Give the neighbours of orders, in the profile's order."""
    places = {case.places[order.order_id] + step for order in orders}
    for order_id, place in case.places.items():
        if place in places:
            yield case.order(order_id)


def _items_and_wishes(case: Case, values: Values) -> Iterator[Decision]:
    """Give the choices among the items of the order, and among what each may become."""
    order = orders_meant(case, values)[0]
    reference = parsed(ITEMS, values["items"])
    if isinstance(reference, (EveryItem, ItemChoice)):
        options = tuple(dict.fromkeys(i.item_id for i in case.fitting_items(reference, order)))
        right = tuple(item.item_id for item in case.items(reference, order))
        yield Decision("items", options, right[0] if isinstance(reference, ItemChoice) else right)
    if "wish" in values:
        for item, wish in wished(case, order, values):
            if (variant := meant(case, item, wish)) is not None:
                allowed = tuple(other.item_id for other in acceptable(case, item, wish))
                yield Decision("wish", allowed, variant.item_id)


def _payment(case: Case, values: Values, write: Call) -> Iterator[Decision]:
    """Give the choice among the methods that the user's words allow and the rules, too."""
    order = case.order(write.arguments["order_id"])
    named = _named(case, parsed(PAYMENT, values["payment"]))
    options = tuple(
        key for key in case.user.payment_methods if key in named and _may(case, order, write, key)
    )
    yield Decision("payment", options, write.arguments["payment_method_id"])


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


def _may(case: Case, order: Order, write: Call, method_id: str) -> bool:
    """Say whether the rules allow a method in a write."""
    if write.name == "return_delivered_order_items":
        return method_id == original(order) or isinstance(case.method(method_id), GiftCard)
    if write.name == "modify_pending_order_payment":
        return method_id != original(order) and case.covers(method_id, total(order))
    old = {item.item_id: item for item in order.items}
    difference = 0.0
    pairs = zip(write.arguments["item_ids"], write.arguments["new_item_ids"], strict=True)
    for item_id, new_id in pairs:
        item = old[item_id]
        difference += case.product(item).variants[new_id].price - item.price
    return case.covers(method_id, round(difference, 2))
