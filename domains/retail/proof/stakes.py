"""What of a request hangs on which orders, and what an order would be like to change that."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from math import inf, isfinite
from typing import Literal, NamedTuple, TypeAlias, TypeVar

from writ_gym.database import JSON
from writ_gym.domains.retail.proof.actions import claim_holds, figure_of
from writ_gym.domains.retail.proof.references import Case, original, total
from writ_gym.domains.retail.proof.shapes import STATUSES
from writ_gym.domains.retail.schema import Order
from writ_gym.domains.retail.wishes import (
    ADDRESS,
    CONDITION,
    FIGURE,
    ORDER,
    PAYMENT,
    WISHES,
    Claim,
    EveryOrder,
    Figure,
    Guard,
    Like,
    OrderBeside,
    OrderById,
    OrderChoice,
    OrderReference,
    Orders,
    PaidFor,
    SentTo,
)
from writ_gym.meaning.brute_force import Values, keeps, parsed
from writ_gym.meaning.proofs import UnclearError
from writ_gym.meaning.queries import Choice, Condition, Extreme, attributes_in

Role: TypeAlias = Literal["order", "sent_to", "paid_for", "like", "figure", "claim"]
Draft: TypeAlias = dict[str, JSON]
"""The fields of a ``Shape`` that are to change."""

WORKABLE = {"return_items": "delivered", "exchange_items": "delivered"}
"""By intent, the status in which it can be met, if that is not "pending"."""
FORMER_METHOD = "credit_card_9999999"
"""The id of a payment method that nobody has any more."""
SPREAD = 37.5
"""US dollars between an amount and one that is clearly another."""
MOST_LEVELS = 3


class Stake(NamedTuple):
    """A reference to orders and what the request takes from them."""

    role: Role
    reference: OrderReference | EveryOrder | Orders
    figure: Figure | Guard | None = None
    names: tuple[str, ...] = ()
    """Names of items that the order that is meant has to hold, as the user says."""
    claim: Claim | None = None
    """What the user claims of the order that is meant."""
    topic: str | None = None
    """What the user asks about the order that is meant."""

    @property
    def query(self) -> Orders | None:
        """The conditions by which orders are looked for, if any are."""
        inner = self.reference
        if isinstance(inner, OrderBeside):
            inner = inner.beside
        return None if isinstance(inner, OrderById) else inner


def find_stakes(values: Values) -> Iterator[Stake]:
    """Give every reference to orders in a request's facts; the order of the request first."""
    condition = parsed(CONDITION, values["condition"]) if "condition" in values else None
    if "order" in values:
        own = condition if isinstance(condition, Claim) and condition.of is None else None
        yield Stake(
            "order",
            parsed(ORDER, values["order"]),
            names=_names(values),
            claim=own,
            topic=values.get("topic"),
        )
    if isinstance(condition, Guard):
        yield Stake("figure", condition.orders, condition)
    elif isinstance(condition, Claim) and condition.of is not None:
        yield Stake("claim", condition.of, claim=condition)
    if "figure" in values:
        figure = parsed(FIGURE, values["figure"])
        yield Stake("figure", figure.orders, figure)
    if "address" in values and isinstance(sent := parsed(ADDRESS, values["address"]), SentTo):
        yield Stake("sent_to", sent.sent_to)
    if "payment" in values and isinstance(paid := parsed(PAYMENT, values["payment"]), PaidFor):
        yield Stake("paid_for", paid.paid_for)
    if "wish" in values:
        for wish in parsed(WISHES, values["wish"]).values():
            if isinstance(wish, Like):
                yield Stake("like", wish.like)


def _names(values: Values) -> tuple[str, ...]:
    """Return the names of items that the user takes it the order holds."""
    items = values.get("items", {})
    named = [*items.get("names", ()), *items.get("all_but", ()), *values.get("wish", {})]
    return tuple(name for name in dict.fromkeys(named) if name != "*")


def _once(find: Callable[[Case, Stake], list[Order]]) -> Callable[[Case, Stake], list[Order]]:
    """Return the function, which looks for the orders of a stake in a case once."""

    def known(case: Case, stake: Stake) -> list[Order]:
        key = find.__name__, id(stake)
        if key not in case.found:
            case.found[key] = stake, find(case, stake)
        return case.found[key][1]

    return known


@_once
def members_of(case: Case, stake: Stake) -> list[Order]:
    """Return the orders that keep the conditions of a stake, none if that is unclear."""
    try:
        return case.fitting(stake.query) if stake.query else []
    except UnclearError:
        return []


@_once
def meant_by(case: Case, stake: Stake) -> list[Order]:
    """Return the orders that a stake means, none if that is unclear."""
    reference = stake.reference
    try:
        if isinstance(reference, (OrderById, OrderBeside, OrderChoice)):
            return [case.one_order(reference)]
        return case.fitting(reference)
    except UnclearError:
        return []


# What an order would be like


def entering(case: Case, intent: str, stake: Stake, order: Order) -> Iterator[Draft]:
    """Give drafts with which an order becomes the one that is meant, or pushes that one aside."""
    query = stake.query
    if query is None:
        yield {}
        return
    others = [other for other in members_of(case, stake) if other.order_id != order.order_id]
    statuses = _statuses(intent, stake, order) if stake.role == "order" else [order.status]
    for status in statuses:
        draft = _fitting(case, stake, query, order, status)
        if stake.figure is not None:
            yield from ({**draft, "total": level} for level in _crossing(case, stake, order))
        elif isinstance(query, Choice) and query.by in ("total", "count"):
            for level in levels(case, query, query.by, others):
                yield _in_proportion(query, order, {**draft, query.by: level})
        yield draft


def _statuses(intent: str, stake: Stake, order: Order) -> list[str]:
    """Return what an order may be, to be meant: what can be worked on, as it is, all else."""
    query = stake.query
    where = [each for each in query.where if each.attribute == "status"] if query else []
    likely = (WORKABLE.get(intent, "pending"), order.status, *STATUSES)
    return [s for s in dict.fromkeys(likely) if all(keeps(s, each) for each in where)]


def _fitting(case: Case, stake: Stake, query: Orders, order: Order, status: str) -> Draft:
    """Return a draft of an order that keeps all conditions, in a status."""
    draft: Draft = {"status": status} if status != order.status else {}
    draft = {**fit(case, query, order), **draft}
    held = {item.name for item in order.items}
    if missing := [name for name in stake.names if name not in {*held, *draft.get("has", ())}]:
        draft["has"] = [*draft.get("has", []), *missing]
    return _in_proportion(query, order, draft)


def _in_proportion(query: Orders, order: Order, draft: Draft) -> Draft:
    """Return a draft that leaves total and count as they are, if they matter and it changes items.

    What comes into an order, or goes, changes both.
    """
    if draft.keys().isdisjoint(("has", "lacks", "count")):
        return draft
    kept: Draft = {"total": total(order)} if "total" in attributes_in(query) else {}
    if "count" in attributes_in(query) and len(order.items) >= len(draft.get("has", ())):
        kept["count"] = len(order.items)
    return {**kept, **draft}


def both(entering: Draft, telling: Draft) -> Draft:
    """Return a draft with which an order is meant, and something else of it is told."""
    kept = {name: entering[name] for name in ("total",) if name in entering}
    return {**entering, **telling, **kept}


def leaving(case: Case, stake: Stake, order: Order) -> Iterator[Draft]:
    """Give drafts with which an order is not among the meant ones any more."""
    query = stake.query
    if query is None:
        return
    if stake.figure is not None:
        yield from ({"total": level} for level in _crossing(case, stake, order))
    for condition in query.where:
        if draft := _draft(condition, False):
            yield draft
    if isinstance(query, Choice) and query.by in ("total", "count"):
        others = [other for other in members_of(case, stake) if other.order_id != order.order_id]
        opposite = query.model_copy(
            update={"extreme": "lowest" if query.extreme == "highest" else "highest"}
        )
        for level in levels(case, opposite, query.by, others):
            yield {query.by: level}


def fit(case: Case, query: Orders, order: Order) -> Draft:
    """Return what has to change for an order to keep the conditions, as far as it can."""
    draft: Draft = {}
    for condition in query.where:
        attribute = condition.attribute
        if attribute in ("total", "count"):
            low, high = bounds(query.where, attribute)
            if not low < (total(order) if attribute == "total" else len(order.items)) < high:
                draft |= _number(low, high, attribute)
        elif attribute != "placed" and not _kept(case, order, condition):
            for name, value in _draft(condition, True).items():
                draft[name] = [*draft.get(name, []), *value] if name != "status" else value
    return draft


def _kept(case: Case, order: Order, condition: Condition) -> bool:
    try:
        return keeps(case.order_attribute(order, condition.attribute), condition)
    except UnclearError:
        return True


def _draft(condition: Condition, wanted: bool) -> Draft:
    """Return what makes a condition true or not; an empty draft if no change of an order does."""
    attribute, test, value = condition.attribute, condition.test, condition.value
    if attribute == "product":
        return {"has" if (test == "has") == wanted else "lacks": [value]}
    if attribute == "status":
        same = (test == "is") == wanted
        fitting = [status for status in STATUSES if (status == value) == same]
        return {"status": fitting[0]} if fitting else {}
    if attribute in ("total", "count") and isinstance(value, float):
        low, high = bounds([condition], attribute)
        if not wanted:
            # Beyond the bound that there is.
            low, high = (high, inf) if isfinite(high) else (0.0, low)
        return _number(low, high, attribute)
    return {}


def _number(low: float, high: float, attribute: str) -> Draft:
    """Return a draft with a number between two bounds, an empty one if there is none."""
    between = _between((), low, high, attribute)
    return {attribute: between[0]} if between else {}


def bounds(where: Iterable[Condition], attribute: str) -> tuple[float, float]:
    """Return what a number has to be over and under to keep the conditions."""
    low, high = 0.0, inf
    step = 0.006 if attribute == "total" else 0.5
    for condition in where:
        value = condition.value
        if condition.attribute != attribute or not isinstance(value, float):
            continue
        if condition.test in ("over", "is"):
            low = max(low, value - step if condition.test == "is" else value)
        if condition.test in ("under", "is"):
            high = min(high, value + step if condition.test == "is" else value)
    return low, high


def levels(
    case: Case, query: OrderChoice | Choice, attribute: str, others: Sequence[Order]
) -> list[float]:
    """Return numbers that none of the other orders has, from the one that wins the choice on."""
    taken = [total(o) if attribute == "total" else float(len(o.items)) for o in others]
    low, high = bounds(query.where, attribute)
    found = _between(taken, low, high, attribute)
    return _extreme_first(found, query.extreme)[:MOST_LEVELS]


def _extreme_first(found: list[float], extreme: Extreme) -> list[float]:
    return found[::-1] if extreme == "highest" else found


def _between(taken: Sequence[float], low: float, high: float, attribute: str) -> list[float]:
    """Return numbers between two bounds, between, below and above those that are taken."""
    points = sorted({*taken, *(bound for bound in (low, high) if isfinite(bound))})
    if attribute == "count":
        near = {round(point) + step for point in points for step in (-1, 0, 1)}
        return sorted(n for n in near if max(low, 0) < n < high and n not in taken)
    middles = [round((before + after) / 2, 2) for before, after in pairwise(points)]
    if points[-1] < high:
        middles.append(round(points[-1] + SPREAD, 2))
    return [n for n in middles if low < n < high and n > 0 and n not in taken]


def _crossing(case: Case, stake: Stake, order: Order) -> list[float]:
    """Return totals of an order with which a figure becomes another one."""
    figure = stake.figure
    if figure is None or figure.figure == "count":
        return []
    own = total(order) if order in members_of(case, stake) else 0.0
    if not isinstance(figure, Guard):
        return [round(own + SPREAD, 2)]
    try:
        needed = round(own + figure.value - figure_of(case, figure), 2)
    except UnclearError:
        return []
    below = max(needed - SPREAD, needed / 2)
    return [n for n in (round(needed + SPREAD, 2), round(below, 2)) if n > 0]


# What makes it matter which order is meant


def telling(case: Case, stake: Stake, order: Order) -> Iterator[Draft]:
    """Give drafts with which what the request takes from an order is another thing."""
    match stake.role:
        case "sent_to":
            yield {"address": another_address(case)}
        case "paid_for":
            yield from ({"paid_with": method_id} for method_id in other_methods(case, order))
        case "like":
            for item in order.items:
                product = case.db.products.get(item.product_id)
                for item_id in list(product.variants if product else ())[:MOST_LEVELS]:
                    if item_id != item.item_id:
                        yield {"variants": {item.item_id: item_id}}
        case "claim":
            yield from _refuting(case, stake, order)
        case _:
            yield {}
            yield from _answering(stake, order)
            yield from _refuting(case, stake, order)


def _answering(stake: Stake, order: Order) -> Iterator[Draft]:
    """Give drafts with which what is told of an order is another thing."""
    match stake.topic:
        case "status":
            yield from ({"status": status} for status in STATUSES if status != order.status)
        case "total":
            yield {"total": round(total(order) + SPREAD, 2)}
        case "count":
            yield {"count": len(order.items) + 1, "total": total(order)}
        case "tracking":  # only what is on its way has numbers
            yield {"status": "delivered"}


def _refuting(case: Case, stake: Stake, order: Order) -> Iterator[Draft]:
    """Give drafts with which what is claimed is so, if it is not, and the other way round."""
    claim = stake.claim
    if claim is None:
        return
    try:
        wanted = not all(claim_holds(claim, meant) for meant in meant_by(case, stake))
    except UnclearError:
        return
    match claim.claimed:
        case "paid_with":
            for method_id, method in case.user.payment_methods.items():
                if (method.source == claim.value) == wanted:
                    yield {"paid_with": method_id}
        case "status":
            told = Condition(attribute="status", test="is", value=claim.value)
            yield _draft(told, wanted)
        case attribute if isinstance(claim.value, float):
            above = (claim.test == "over") == wanted
            step = 1.0 if attribute == "count" else SPREAD
            below = max(claim.value - step, claim.value / 2)
            level = round(claim.value + step if above else below, 2)
            if level > 0:
                yield {attribute: level}


def other_methods(case: Case, order: Order) -> list[str]:
    """Return the ids of methods that an order could be paid with instead.

    A user who has only one may have had another one then.
    """
    own = original(order)
    return [key for key in case.user.payment_methods if key != own] or [FORMER_METHOD]


def another_address(case: Case) -> Mapping[str, JSON]:
    """Return an address with the zip code of the caller's that no order goes to yet."""
    known = {case.user.address.address1} | {
        order.address.address1
        for order_id in case.places
        if (order := case.db.orders.get(order_id)) is not None
    }
    street = next(s for n in range(100, 1000) if (s := f"{n} Elm Avenue") not in known)
    return {**case.user.address.plain, "address1": street}


T = TypeVar("T")


def in_turn(sources: Iterable[Iterator[T]]) -> Iterator[T]:
    """Give one of each source, and again, until all are empty."""
    waiting = deque(sources)
    while waiting:
        source = waiting.popleft()
        for thing in source:
            yield thing
            waiting.append(source)
            break
