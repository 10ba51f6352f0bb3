"""How a user refers to orders, payment methods and addresses, and how a solver finds them.

A reference is a fact's value in JSON types. The ``draft`` functions make one from the database
(for the sampler); the ``find`` functions resolve it through reads alone (for solvers).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TypeVar

import numpy as np

from writ_gym.database import JSON
from writ_gym.domains.retail.schema import (
    Address,
    GiftCard,
    Order,
    PaymentMethod,
    Product,
    RetailDB,
    User,
)
from writ_gym.errors import UnsolvableError
from writ_gym.solving import Reads, read
from writ_gym.tasks import Fact, Provenance

T = TypeVar("T")
PICKS = ("highest total", "lowest total", "most items")
KINDS = {"credit_card": "credit card", "paypal": "PayPal account", "gift_card": "gift card"}


def choose(rng: np.random.Generator, options: Sequence[T]) -> T:
    """Return one of ``options``."""
    return options[int(rng.random() * len(options))]


def some(rng: np.random.Generator, options: Sequence[T], count: int) -> list[T]:
    """Return ``count`` of ``options``, in their order."""
    places = list(range(len(options)))
    while len(places) > count:
        del places[int(rng.random() * len(places))]
    return [options[place] for place in places]


def orders_of(db: RetailDB, caller: str, statuses: Collection[str] = ()) -> list[Order]:
    """Return a user's orders, those with one of ``statuses`` if any are given."""
    orders = [db.orders[order_id] for order_id in db.users[caller].orders]
    return [order for order in orders if not statuses or order.status in statuses]


def total(order: Order) -> float:
    """Return what was paid for an order when it was placed, in US dollars."""
    return order.payment_history[0].amount


def best(orders: Iterable[Order], pick: str) -> Order | None:
    """Return the order that ``pick`` names, or None if there is a tie or none at all."""
    sign = -1 if pick == "lowest total" else 1
    rank = {o.order_id: sign * (len(o.items) if pick == "most items" else total(o)) for o in orders}
    top = [order for order in orders if rank[order.order_id] == max(rank.values())]
    return top[0] if len(top) == 1 else None


def draft_order(
    db: RetailDB, caller: str, rng: np.random.Generator, statuses: Sequence[str], searched: bool
) -> tuple[Order, Fact] | None:
    """Return an order with one of ``statuses``, and how the user names it.

    Args:
        db: The world.
        caller: The user.
        rng: The random generator.
        statuses: Statuses that the order may have.
        searched: Whether the user describes the order among all of theirs instead of naming it.
    """
    candidates = orders_of(db, caller, statuses)
    if not candidates:
        return None
    if not searched:
        order = choose(rng, candidates)
        return order, order_fact(order.order_id, rng)
    status = statuses[0] if len(statuses) == 1 else None
    among = candidates if status else orders_of(db, caller)
    pick = choose(rng, PICKS)
    found = best(among, pick)
    if found is None or len(among) < 2 or found.status not in statuses:
        return None
    return found, pick_fact(pick, status, rng)


def order_fact(order_id: str, rng: np.random.Generator) -> Fact:
    """Return the fact that the user knows the order's id."""
    phrases = (
        "It is order {}.",
        "The order number is {}.",
        "The order id is {}.",
        "It is about order {}.",
        "The order in question is {}.",
    )
    text = choose(rng, phrases).format(order_id)
    return Fact(slot="order", value={"id": order_id}, text=text, opening=bool(rng.random() < 0.7))


def pick_fact(pick: str, status: str | None, rng: np.random.Generator) -> Fact:
    """Return the fact that the user means the first of all their orders by some measure."""
    which = f"{status} order" if status else "order"
    phrases = (
        "I do not have the number, but of all my {which}s it is the one with the {pick}.",
        "I mean my {which} with the {pick}; I do not know its number.",
        "It is the {which} with the {pick} among all of mine, please look it up.",
        "Please look through all my {which}s: I mean the one with the {pick}.",
    )
    text = choose(rng, phrases).format(which=which, pick=pick)
    return Fact(slot="order", value={"pick": pick, "status": status}, text=text)


def find_order(caller: str, reference: Mapping[str, JSON]) -> Reads[Order]:
    """Read the order that a reference means; by search, that takes all of the user's orders."""
    if "id" in reference:
        return (yield from read_order(reference["id"]))
    orders = yield from read_orders(caller)
    status = reference["status"]
    found = best([o for o in orders if status in (None, o.status)], reference["pick"])
    if found is None:
        raise UnsolvableError(f"No single order of {caller} is meant by {reference}.")
    return found


def read_order(order_id: str) -> Reads[Order]:
    """Read an order."""
    return _order((yield from read("get_order_details", order_id=order_id)))


def read_orders(caller: str) -> Reads[list[Order]]:
    """Read all orders of a user."""
    user = yield from read_user(caller)
    orders: list[Order] = []
    for order_id in user.orders:
        order = yield from read_order(order_id)
        orders.append(order)
    return orders


def read_user(caller: str) -> Reads[User]:
    """Read the user's profile."""
    return _user((yield from read("get_user_details", user_id=caller)))


def read_product(product_id: str) -> Reads[Product]:
    """Read a product type."""
    return _product((yield from read("get_product_details", product_id=product_id)))


# The same records are read again and again; a text always means the same record.
_order = lru_cache(4096)(Order.model_validate_json)
_user = lru_cache(1024)(User.model_validate_json)
_product = lru_cache(256)(Product.model_validate_json)


def draft_payment(
    db: RetailDB,
    caller: str,
    rng: np.random.Generator,
    slot: str,
    purpose: str,
    methods: Sequence[PaymentMethod],
) -> Fact | None:
    """Return how the user names one of ``methods`` by its kind, if that is unambiguous."""
    own = db.users[caller].payment_methods.values()
    named = [m for m in methods if sum(n.source == m.source for n in own) == 1]
    cards = [m for m in methods if m.source == "credit_card" and m not in named]
    if not named and not cards:
        return None
    method = choose(rng, [*named, *cards])
    value: dict[str, JSON] = {"kind": method.source}
    words = f"my {KINDS[method.source]}"
    if method in cards and method.source == "credit_card":
        same = [m for m in own if m.source == "credit_card" and m.last_four == method.last_four]
        if len(same) > 1:
            return None
        value["last_four"] = method.last_four
        words += f" ending in {method.last_four}"
    text = choose(rng, ("{} {}.", "Please {} {}.", "I want to {} {}.")).format(purpose, words)
    text = text[0].upper() + text[1:]
    return Fact(slot=slot, value=value, text=text, opening=bool(rng.random() < 0.5))


def original_payment(rng: np.random.Generator, slot: str, purpose: str) -> Fact:
    """Return the fact that the user wants the method that the order was paid with."""
    words = ("the way I paid for it", "the original payment method", "the method I paid with then")
    text = f"Please {purpose} {choose(rng, words)}."
    value = {"kind": "original"}
    return Fact(slot=slot, value=value, text=text, opening=bool(rng.random() < 0.5))


def find_payment(caller: str, order: Order, reference: Mapping[str, JSON]) -> Reads[str]:
    """Find the id of the payment method that a reference means."""
    if reference["kind"] == "original":
        return order.payment_history[0].payment_method_id
    user = yield from read_user(caller)
    return method_in(user, reference).id


def method_in(user: User, reference: Mapping[str, JSON]) -> PaymentMethod:
    """Return the payment method of a user's profile that a reference means."""
    found = [
        method
        for method in user.payment_methods.values()
        if method.source == reference["kind"]
        and reference.get("last_four") in (None, getattr(method, "last_four", None))
    ]
    if len(found) != 1:
        raise UnsolvableError(
            f"No single payment method of {user.user_id} is meant by {reference}."
        )
    return found[0]


def is_gift_card(payment_method_id: str) -> bool:
    """Say whether an id is that of a gift card."""
    return payment_method_id.startswith("gift_card_")


def draft_address(
    db: RetailDB, caller: str, rng: np.random.Generator, joined: bool, other_than: Order | None
) -> Fact | None:
    """Return where something should go: a new address, or one that a record shows.

    Args:
        db: The world.
        caller: The user.
        rng: The random generator.
        joined: Whether the user refers to a record for the address instead of stating it.
        other_than: The order that gets the address; None if it is for the profile.
    """
    user = db.users[caller]
    current = other_than.address if other_than else user.address
    if not joined:
        return _stated_address(db, caller, rng, current)
    sources: list[tuple[dict[str, JSON], str]] = []
    if other_than and user.address != current:
        sources.append(({"profile": True}, "the default address in my profile"))
    for order in orders_of(db, caller):
        if order.address != current and order is not other_than:
            words = f"the same address that my order {order.order_id} went to"
            sources.append(({"order": order.order_id}, words))
    if not sources:
        return None
    value, words = choose(rng, sources)
    phrases = ("Please use {}.", "It should be {}.", "I want {}.", "Take {}, please.")
    text = choose(rng, phrases).format(words)
    return Fact(slot="address", value=value, text=text, literal=False)


def _stated_address(
    db: RetailDB, caller: str, rng: np.random.Generator, current: Address
) -> Fact | None:
    """Return an address of somewhere in this world, changed in its first lines."""
    somewhere = db.orders[choose(rng, db.order_ids)].address
    number, unit = int(rng.integers(1, 999)), int(rng.integers(1, 400))
    street = somewhere.address1.split(" ", 1)[-1]
    second = choose(rng, ("", f"Apt {unit}", f"Unit {unit}", f"Suite {unit}"))
    address = somewhere.replace(address1=f"{number} {street}", address2=second)
    if address == current:
        return None
    words = in_one_line(address)
    phrases = ("The new address is {}.", "It should be {}.", "Please make it {}.", "It is {}.")
    text = choose(rng, phrases).format(words)
    opening = bool(rng.random() < 0.6)
    return Fact(slot="address", value={"given": address.plain}, text=text, opening=opening)


def find_address(caller: str, reference: Mapping[str, JSON]) -> Reads[Address]:
    """Find the address that a reference means."""
    if "given" in reference:
        return Address.model_validate(reference["given"])
    if "order" in reference:
        order = yield from find_order(caller, {"id": reference["order"]})
        return order.address
    user = yield from read_user(caller)
    return user.address


def in_one_line(address: Address) -> str:
    """Return an address as it is said."""
    lines = [address.address1, address.address2, address.city, f"{address.state} {address.zip}"]
    return ", ".join(line for line in [*lines, address.country] if line)


def covers(method: PaymentMethod, amount: float) -> bool:
    """Say whether a method can pay an amount: all can but a gift card with too little on it."""
    return not isinstance(method, GiftCard) or method.balance >= amount


def money(amount: float) -> str:
    """Return an amount in US dollars as text."""
    return f"${amount:,.2f}"


def provenance_of(reference: Mapping[str, JSON]) -> Provenance:
    """Return where an argument comes from: stated by the user, or read from a record."""
    return "user" if "id" in reference or "given" in reference else "read"
