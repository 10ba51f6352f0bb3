"""The intent to change the default address."""

from collections.abc import Collection, Mapping

import numpy as np

from writ_gym.database import JSON
from writ_gym.domains.retail.intents.pending import ASK_YES
from writ_gym.domains.retail.intents.references import (
    choose,
    draft_address,
    find_address,
    in_one_line,
    provenance_of,
)
from writ_gym.domains.retail.schema import RetailDB
from writ_gym.solving import Outcome, Plan, Write
from writ_gym.tasks import Provenance, Request


class ChangeDefaultAddress:
    """Change the address in the user's profile."""

    name = "change_default_address"
    writes = True
    phrases = (
        "I have moved and want to change the default address in my profile.",
        "Please update the address of my account.",
        "My account still has my old address; I want to change that.",
    )

    def burdens(self, db: RetailDB, caller: str) -> Collection[int]:
        """Return 0 for an address that is stated, 1 for one that an order shows."""
        return (0, 1)

    def draft(
        self, db: RetailDB, caller: str, burden: int, rng: np.random.Generator
    ) -> Request | None:
        """Return a request with a stated address, or with that of an order."""
        address = draft_address(db, caller, rng, burden == 1, None)
        if address is None:
            return None
        return Request(intent=self.name, text=choose(rng, self.phrases), facts=(address,))

    def solve(self, caller: str, facts: Mapping[str, JSON]) -> Plan:
        """Read the address if the user refers to a record, and change it."""
        address = yield from find_address(caller, facts["address"])
        lines = in_one_line(address)
        source = provenance_of(facts["address"])
        user_id_source: Provenance = "read"
        return Outcome(
            statement=f"I can change your default address to {lines}. {ASK_YES}",
            writes=(
                Write(
                    "modify_user_address",
                    {"user_id": caller, **address.plain},
                    {"user_id": user_id_source, **dict.fromkeys(address.plain, source)},
                ),
            ),
            report=f"Your default address has been changed to {lines}.",
        )
