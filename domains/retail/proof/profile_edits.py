"""Edits of a profile: which orders it lists, what it pays with, and where it is sent to."""

from collections.abc import Iterator
from itertools import chain, islice, product

from writ_gym.database import JSON
from writ_gym.domains.retail.proof.references import Case, gift_cards, total
from writ_gym.domains.retail.proof.shapes import Shape, clone, shaped
from writ_gym.domains.retail.proof.stakes import (
    SPREAD,
    WORKABLE,
    Draft,
    Stake,
    both,
    entering,
    in_turn,
    leaving,
    meant_by,
    members_of,
    telling,
)
from writ_gym.domains.retail.schema import CreditCard, Order, RetailDB, User
from writ_gym.domains.retail.wishes import OrderBeside, OrderById
from writ_gym.meaning.queries import Choice
from writ_gym.tasks import Request

Found = tuple[str, dict[str, JSON]]
"""Name and arguments of an edit."""

PLENTY = 9999.0
"""US dollars that pay for any order."""


def profile_edits(case: Case, request: Request, stakes: list[Stake], user: User) -> Iterator[Found]:
    """Give edits of a profile; those of somebody else's could only matter by chance."""
    values = request.values
    about_it: list[Iterator[Found]] = []
    if user.user_id == case.user.user_id:
        about_it += [_listing(case, request.intent, stake) for stake in stakes]
    if "payment" in values or request.intent == "about_gift_card":
        about_it.append(_paying(case, stakes, user))
    if "address" in values:
        about_it.append(_living(user))
    for name, arguments in chain(in_turn(about_it), _any_way(case, stakes, user)):
        yield name, {"user_id": user.user_id, **arguments}


# Orders


def _listing(case: Case, intent: str, stake: Stake) -> Iterator[Found]:
    """Give edits after which a reference means another order: one that is new."""
    fresh = fresh_order_id(case.db)
    meant, members = meant_by(case, stake), members_of(case, stake)
    listed = [case.db.orders[key] for key in case.places if key in case.db.orders]
    yield from _swaps(case, intent, stake, [order for order in meant if order in listed], fresh)
    for model in (meant or members or listed)[:1]:
        new = clone(model, fresh, case.user.user_id)
        for draft in entering(case, intent, stake, new):
            for told in telling(case, stake, new):
                shape = both(draft, told)
                if _possible(case.db, new, shape):
                    for place in _likely_places(case, stake):
                        given = {"like": model.order_id, "order_id": fresh, "place": place}
                        yield "insert_order", {**given, **shape}
    for order in (meant + members)[:3]:
        if order.order_id in case.places:
            yield "drop_order", {"order_id": order.order_id}


def _swaps(
    case: Case, intent: str, stake: Stake, meant: list[Order], fresh: str
) -> Iterator[Found]:
    """Give edits that list a new order instead of one that is meant."""
    workable = WORKABLE.get(intent, "pending")
    for order in meant[:3]:
        drafts = leaving if stake.figure is not None else telling
        likely: Iterator[Draft] = islice(drafts(case, stake, order), 3)
        if stake.role == "order" and order.status != workable:
            likely = chain([{"status": workable}], likely)
        for draft in likely:
            if _possible(case.db, order, draft):
                yield "swap_order", {"old": order.order_id, "order_id": fresh, **draft}


def _possible(db: RetailDB, order: Order, draft: Draft) -> bool:
    try:
        shaped(db, order, Shape(**draft))
    except ValueError:
        return False
    return True


def _likely_places(case: Case, stake: Stake) -> list[int]:
    """Return places of the list where a new order would be the one that is meant."""
    first, last = 0, len(case.user.orders)
    reference = stake.reference
    if isinstance(reference, OrderBeside) and isinstance(reference.beside, OrderById):
        place = case.places.get(reference.beside.id, first)
        return [place + 1 if reference.step == 1 else place]
    oldest = isinstance(reference, Choice) and (reference.by, reference.extreme) == (
        "placed",
        "lowest",
    )
    return [first, last] if oldest else [last, first]


def fresh_order_id(db: RetailDB) -> str:
    """Return an order id that is not taken: the highest."""
    return next(key for n in range(9_999_999, 0, -1) if (key := f"#W{n:07d}") not in db.orders)


# Methods


def _paying(case: Case, stakes: list[Stake], user: User) -> Iterator[Found]:
    """Give edits of what a user can pay with."""
    methods = user.payment_methods
    cards = gift_cards(methods.values())
    for key, method in methods.items():
        number = next(n for n in range(9_999_999, 0, -1) if f"{method.source}_{n}" not in methods)
        yield "rename_method", {"method_id": key, "new_id": f"{method.source}_{number}"}
    balances = [card.balance for card in cards]
    amounts = [
        total(order) for stake in stakes if stake.role == "order" for order in meant_by(case, stake)
    ]
    likely = [0.0, PLENTY, max(balances) + SPREAD, min(balances) / 2] if cards else []
    likely += [step for amount in amounts[:1] for step in (amount, amount - 0.01)]
    for balance, card in product(likely, cards):
        if round(balance, 2) != card.balance:
            yield "set_balance", {"method_id": card.id, "balance": round(balance, 2)}
    for key, method in methods.items():
        if isinstance(method, CreditCard):
            digits = "9876" if method.last_four != "9876" else "9875"
            yield "set_last_four", {"method_id": key, "last_four": digits}


# What else there is


def _living(user: User) -> Iterator[Found]:
    """Give edits of a default address that keep its zip code."""
    for street in ("1 Other Street", "2 Other Street"):
        if user.address.address1 != street:
            yield "set_default_address", {"address": {**user.address.plain, "address1": street}}


def _any_way(case: Case, stakes: list[Stake], user: User) -> Iterator[Found]:
    """Give edits that could matter to any request."""
    if len(set(user.orders)) > 1:
        yield "reorder", {"orders": list(user.orders[::-1])}
        yield "reorder", {"orders": [*user.orders[1:], user.orders[0]]}
    yield from _living(user)
    yield from _paying(case, stakes, user)
    for order_id in user.orders[:3]:
        yield "drop_order", {"order_id": order_id}
        if order_id in case.db.orders:
            yield "swap_order", {"old": order_id, "order_id": fresh_order_id(case.db)}
