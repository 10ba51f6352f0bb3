"""Who a member is: what they say of themselves, how they are found, and what writes change."""

from collections.abc import Mapping

import numpy as np

from library_desk.rules import MOST_RENEWALS, card_expired
from library_desk.schema import LibraryDB
from library_desk.texts import state
from writ_gym.database import JSON
from writ_gym.grammar import Style
from writ_gym.solving import Identification, read
from writ_gym.tasks import Call, Fact

IDENTIFYING = (frozenset({"card"}), frozenset({"email"}))


def identity(
    db: LibraryDB, caller: str, rng: np.random.Generator, style: Style
) -> tuple[tuple[Fact, ...], tuple[str, ...]]:
    """Return what a member can say of themselves, and what they do not know."""
    member = db.members[caller]
    values = {"card": member.card_number, "email": member.email}
    forgotten = ("card", "email", None)[int(rng.random() * 3)]
    facts = [
        Fact(
            slot=slot, value=value, text=state("", slot, value, rng, style),
            opening=bool(rng.random() < 0.3),
        )
        for slot, value in values.items()
        if slot != forgotten
    ]  # fmt: skip
    return tuple(facts), (forgotten,) if forgotten else ()


def identify(facts: Mapping[str, JSON]) -> Identification:
    """Find the member by what they have said."""
    return (yield from read("find_member", contact=facts.get("card") or facts["email"]))


def callers(db: LibraryDB) -> dict[str, int]:
    """Return all members, with how many records they can have written at most."""
    return {
        key: len(member.holds)
        + sum(db.fees[fee].status == "open" for fee in member.fees)
        + (0 if card_expired(member) else 2 + _renewable(db, member.loans))
        for key, member in db.members.items()
    }


def _renewable(db: LibraryDB, loans: tuple[str, ...]) -> int:
    return sum(db.loans[loan].renewals < MOST_RENEWALS for loan in loans)


def target(arguments: Mapping[str, JSON]) -> Call:
    """Return the read that shows what a write with these arguments changes."""
    for name in ("loan", "fee", "book"):
        if f"{name}_id" in arguments:
            return Call(f"get_{name}", {f"{name}_id": arguments[f"{name}_id"]})
    raise ValueError(f"No write has the arguments {sorted(arguments)}.")


def stale(write: Call, answer: str, read: Call) -> bool:
    """Say whether a write may have changed a read: that of its target, or of a member's holds."""
    holds = write.name in ("place_hold", "cancel_hold")
    return read == target(write.arguments) or (holds and read.name == "get_member")
