"""Who a retail user is: what they can say of themselves, and how an agent finds them."""

import json
from collections.abc import Mapping

import numpy as np

from writ_gym.database import JSON
from writ_gym.domains.retail.schema import RetailDB, by_email, by_name_and_zip
from writ_gym.solving import Identification, read
from writ_gym.tasks import Call, Fact


def identity(
    db: RetailDB, caller: str, rng: np.random.Generator
) -> tuple[tuple[Fact, ...], tuple[str, ...]]:
    """Return what a user can say of themselves, and what they do not know."""
    user = db.users[caller]
    name = f"{user.name.first_name} {user.name.last_name}"
    opening = bool(rng.random() < 0.4)
    facts = [
        Fact(
            slot="name",
            value={"first": user.name.first_name, "last": user.name.last_name},
            text=_pick(rng, ("My name is {}.", "I am {}.", "This is {}.")).format(name),
            opening=opening,
        ),
        Fact(
            slot="zip",
            value=user.address.zip,
            text=_pick(rng, ("My zip code is {}.", "The zip code is {}.")).format(user.address.zip),
            opening=opening and bool(rng.random() < 0.5),
        ),
    ]
    key = (user.name.first_name.lower(), user.name.last_name.lower(), user.address.zip)
    if len(db.users.lookup(by_name_and_zip, key)) == 1 and rng.random() < 0.35:
        return tuple(facts), ("email",)
    text = _pick(rng, ("My e-mail address is {}.", "The e-mail address is {}."))
    email = Fact(
        slot="email", value=user.email, text=text.format(user.email),
        opening=opening and bool(rng.random() < 0.5),
    )  # fmt: skip
    return (*facts, email), ()


def identify(facts: Mapping[str, JSON]) -> Identification:
    """Find the user by e-mail address if it is known, else by name and zip code."""
    if "email" in facts:
        return (yield from read("find_user_id_by_email", email=facts["email"]))
    first, last = facts["name"]["first"], facts["name"]["last"]
    return (
        yield from read(
            "find_user_id_by_name_zip", first_name=first, last_name=last, zip=facts["zip"]
        )
    )


def callers(db: RetailDB) -> dict[str, int]:
    """Return the users who can be found by e-mail address, with how many records they can change.

    These are their pending and delivered orders, and their profile.
    """
    return {
        key: 1 + sum(db.orders[order].status in ("pending", "delivered") for order in user.orders)
        for key, user in db.users.items()
        if len(db.users.lookup(by_email, user.email)) == 1
    }


def target(arguments: Mapping[str, JSON]) -> Call:
    """Return the read that shows what a write changes: an order, or else the profile."""
    if "order_id" in arguments:
        return Call(name="get_order_details", arguments={"order_id": arguments["order_id"]})
    return Call(name="get_user_details", arguments={"user_id": arguments["user_id"]})


_ENTRIES = {
    "cancel_pending_order": 0,
    "modify_pending_order_items": -1,
    "modify_pending_order_payment": -2,
}
"""The writes that move money, and where in the payment history their entries begin."""


def stale(name: str, answer: str) -> tuple[Call, ...]:
    """Return the read of the profile if a write has moved money to or from a gift card."""
    if name not in _ENTRIES:
        return ()
    order = json.loads(answer)
    methods = [e["payment_method_id"] for e in order["payment_history"][_ENTRIES[name] :]]
    if not any(method.startswith("gift_card") for method in methods):
        return ()
    return (Call(name="get_user_details", arguments={"user_id": order["user_id"]}),)


def _pick(rng: np.random.Generator, phrases: tuple[str, ...]) -> str:
    return phrases[int(rng.integers(len(phrases)))]
