"""A public library's front desk, as a domain of writ-gym that lives outside of the package."""

from library_desk.data import DEFAULT_SIZE, generate
from library_desk.intents import INTENTS
from library_desk.language import WORDS
from library_desk.proof import PROOF
from library_desk.rules import MOST_RENEWALS
from library_desk.schema import TODAY, LibraryDB
from library_desk.tools import TOOLS
from writ_gym import register_domain
from writ_gym.kit import Way, table_domain

HOLDS = 2
"""Holds that one conversation may add."""


def callers(db: LibraryDB) -> dict[str, int]:
    """Return all members, with how many records they can have written at most."""
    return {
        key: sum(db.fees[fee].status == "open" for fee in member.fees)
        + sum(db.loans[loan].renewals < MOST_RENEWALS for loan in member.loans)
        + (HOLDS if member.valid_until >= TODAY else 0)
        for key, member in db.members.items()
    }


DOMAIN = table_domain(
    __name__,
    name="library",
    database=LibraryDB,
    generate=generate,
    default_size=DEFAULT_SIZE,
    tools=TOOLS,
    intents=INTENTS,
    words=WORDS,
    ways=(Way("find_member", {"contact": "card"}), Way("find_member", {"contact": "email"})),
    callers=callers,
    proof=PROOF,
)
register_domain(DOMAIN)
