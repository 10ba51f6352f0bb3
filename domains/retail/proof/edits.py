"""Edits that show what a read is good for: likely ones first, found when they are asked for."""

from collections.abc import Iterator
from itertools import chain, islice

from writ_gym.database import JSON, Changes
from writ_gym.domains.retail.proof.apply import ORDER_EDITS
from writ_gym.domains.retail.proof.product_edits import product_edits
from writ_gym.domains.retail.proof.profile_edits import profile_edits
from writ_gym.domains.retail.proof.references import Case, total
from writ_gym.domains.retail.proof.shapes import STATUSES
from writ_gym.domains.retail.proof.stakes import (
    SPREAD,
    WORKABLE,
    Draft,
    Stake,
    another_address,
    both,
    entering,
    find_stakes,
    in_turn,
    leaving,
    meant_by,
    members_of,
    other_methods,
    telling,
)
from writ_gym.domains.retail.schema import Order, RetailDB
from writ_gym.meaning.proofs import UnclearError
from writ_gym.tasks import Edit, Request

MOST_EDITS = 32
"""Of one record."""

_LAST: list[tuple[RetailDB, Request, str, Changes, tuple[Case, list[Stake]]]] = []
"""The last world and request that were looked at: most are looked at for record after record."""


def find_edits(db: RetailDB, caller: str, request: Request, table: str, key: str) -> Iterator[Edit]:
    """Give edits of a record, and of nothing else that exists; none if there is no such record."""
    try:
        case, stakes = _about(db, caller, request)
    except UnclearError:
        return
    found: Iterator[tuple[str, dict[str, JSON]]] = iter(())
    if table == "orders" and key in db.orders:
        found = _order_edits(case, request.intent, stakes, db.orders[key])
    elif table == "users" and key in db.users:
        found = profile_edits(case, request, stakes, db.users[key])
    elif table == "products" and key in db.products:
        found = product_edits(case, request, db.products[key])
    seen: set[str] = set()
    for name, arguments in found:
        text = f"{name} {arguments}"
        if text not in seen:
            seen.add(text)
            yield Edit.unchecked(name, arguments)
        if len(seen) >= MOST_EDITS:
            return


def _about(db: RetailDB, caller: str, request: Request) -> tuple[Case, list[Stake]]:
    """Return the case and what hangs on orders; kept from record to record of one world."""
    written = db.written()
    if _LAST:
        *last, found = _LAST[0]
        if last[0] is db and last[1] is request and last[2:] == [caller, written]:
            return found
    found = Case(db, caller), list(find_stakes(request.values))
    _LAST[:] = [(db, request, caller, written, found)]
    return found


def _order_edits(
    case: Case, intent: str, stakes: list[Stake], order: Order
) -> Iterator[tuple[str, dict[str, JSON]]]:
    drafts = in_turn([_staked(case, intent, stake, order) for stake in stakes])
    for draft in chain(drafts, _any_way(case, order)):
        if draft:
            # The edit with the most telling name: the one that may change the least.
            name = next(name for name, fields in ORDER_EDITS.items() if draft.keys() <= fields)
            yield name, {"order_id": order.order_id, **draft}


def _staked(case: Case, intent: str, stake: Stake, order: Order) -> Iterator[Draft]:
    """Give drafts of an order that matter to a reference, which may mean it or pass it over."""
    query = stake.query
    is_meant = order in meant_by(case, stake)
    if is_meant and order.user_id != case.user.user_id:
        own = {"user_id": case.user.user_id}
        yield {**own, "status": WORKABLE.get(intent, "pending"), "has": list(stake.names)}
        yield own
    if is_meant:
        yield from telling(case, stake, order)
        if stake.role == "order":
            yield from ({"status": status} for status in STATUSES)
    is_member = query and order in members_of(case, stake)
    in_scope = query and order.order_id in (case.places if query.scope == "all" else query.scope)
    yield from in_turn(
        [
            _joining(case, intent, stake, order) if in_scope and not is_meant else iter(()),
            leaving(case, stake, order) if is_member else iter(()),
            _given_away(case, order) if in_scope and query and query.scope != "all" else iter(()),
        ]
    )


def _given_away(case: Case, order: Order) -> Iterator[Draft]:
    """Give drafts with which an order that is named by its id is somebody else's."""
    yield from ({"user_id": key} for key in islice(case.db.users, 2) if key != order.user_id)


def _joining(case: Case, intent: str, stake: Stake, order: Order) -> Iterator[Draft]:
    """Give drafts with which an order comes to be the one that is meant, and tells."""
    drafts = list(entering(case, intent, stake, order))
    yield from drafts
    for draft in drafts:
        yield from (both(draft, told) for told in telling(case, stake, order))


def _any_way(case: Case, order: Order) -> Iterator[Draft]:
    """Give drafts that could matter to any request."""
    yield from ({"status": status} for status in STATUSES)
    yield {"total": round(total(order) + SPREAD, 2)}
    yield {"total": round(total(order) / 2, 2) or SPREAD}
    yield {"total": round(total(order) / 50, 2) or SPREAD}
    yield from ({"paid_with": key} for key in other_methods(case, order))
    yield {"address": another_address(case)}
    for item in order.items[:3]:
        yield {"prices": {item.item_id: round(item.price + SPREAD, 2)}}
        yield {"prices": {item.item_id: round(item.price / 2, 2)}}
        product = case.db.products.get(item.product_id)
        others = [key for key in (product.variants if product else ()) if key != item.item_id]
        yield from ({"variants": {item.item_id: key}} for key in others[:1])
    yield {"count": len(order.items) + 1}
    yield from _given_away(case, order)
    held = {item.name for item in order.items}
    yield from ({"lacks": [name]} for name in sorted(held)[:2])
