"""Who a retail user is: what they can say of themselves, and how an agent finds them."""

import json
from collections.abc import Mapping

import numpy as np

from writ_gym.database import JSON
from writ_gym.domains.retail.schema import RetailDB, by_email, by_name_and_zip
from writ_gym.domains.retail.texts import state
from writ_gym.meaning.solving import Identification, read
from writ_gym.phrasing.grammar import Style
from writ_gym.tasks import Call, Fact

IDENTIFYING = (frozenset({"email"}), frozenset({"name", "zip"}))


def identity(
    db: RetailDB, caller: str, rng: np.random.Generator, style: Style
) -> tuple[tuple[Fact, ...], tuple[str, ...]]:
    """Return what a user can say of themselves, and what they do not know."""
    user = db.users[caller]
    opening = bool(rng.random() < 0.4)

    def fact(slot: str, value: JSON, volunteered: bool) -> Fact:
        text = state("", slot, value, rng, style)
        return Fact(slot=slot, value=value, text=text, opening=opening and volunteered)

    name = {"first": user.name.first_name, "last": user.name.last_name}
    facts = (
        fact("name", name, True),
        fact("zip", user.address.zip, bool(rng.random() < 0.5)),
    )
    key = (user.name.first_name.lower(), user.name.last_name.lower(), user.address.zip)
    if len(db.users.lookup(by_name_and_zip, key)) == 1 and rng.random() < 0.35:
        return facts, ("email",)
    return (*facts, fact("email", user.email, bool(rng.random() < 0.5))), ()


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


def stale(write: Call, answer: str, read: Call) -> bool:
    """Say whether a write has changed a read: its target, and the profile's gift cards."""
    if read == target(write.arguments):
        return True
    if read.name != "get_user_details" or write.name not in _ENTRIES:
        return False
    order = json.loads(answer)
    methods = [e["payment_method_id"] for e in order["payment_history"][_ENTRIES[write.name] :]]
    return any(method.startswith("gift_card") for method in methods)
