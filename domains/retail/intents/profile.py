"""The intent to change the default address."""

from collections.abc import Mapping

import numpy as np

from writ_gym.database import JSON
from writ_gym.domain import Brief, Intent
from writ_gym.domains.retail.drafting.orders import name_order
from writ_gym.domains.retail.drafting.parts import name_address
from writ_gym.domains.retail.drafting.prices import fill_with_prices
from writ_gym.domains.retail.drafting.scene import Scene
from writ_gym.domains.retail.intents.base import source_of
from writ_gym.domains.retail.intents.conditions import check_condition
from writ_gym.domains.retail.intents.reading import find_address
from writ_gym.domains.retail.schema import Address, RetailDB
from writ_gym.domains.retail.wishes import Given, SentTo, plain
from writ_gym.meaning.solving import ASK_YES, Outcome, Plan, Write, refuse
from writ_gym.sampling.drafting import Piece
from writ_gym.tasks import Call, Request

TOOL = "modify_user_address"


class ChangeDefaultAddress(Intent[RetailDB]):
    """Change the address in the user's profile."""

    name = "change_default_address"

    def reach(self, db: RetailDB, caller: str, writing: bool) -> tuple[int, int] | None:
        """Return from 0 for an address that is stated, up to a search in all orders."""
        return (0, len(db.users[caller].orders) + 1) if writing else None

    def draft(self, db: RetailDB, brief: Brief, rng: np.random.Generator) -> Request | None:
        """Return a request with a stated address, or with that of an order."""
        scene = Scene(db, brief, rng)
        if scene.was_written(TOOL, user_id=brief.caller):
            return None
        if scene.room == 0 or (scene.least <= 0 and scene.chance(0.5)):
            piece = name_address(scene, scene.user.address, 0, None)
        else:
            others = [o for o in scene.orders if o.address != scene.user.address]
            inner = name_order(scene, scene.choose(others)) if others else None
            if inner is None:
                return None
            piece = Piece(SentTo(sent_to=inner.value), inner.reads, ("join", *inner.operators))
        if piece is None:
            return None
        scene.add("address", piece)
        return scene.request(self.name)

    def twin(
        self, db: RetailDB, brief: Brief, write: Call, rng: np.random.Generator
    ) -> Request | None:
        """Return a request that comes to a given write and answers the brief, or None."""
        if write.name != TOOL:
            return None
        parts = {name: value for name, value in write.arguments.items() if name != "user_id"}
        address = Address(**parts)
        scene = Scene(db, brief, rng)
        there = [order for order in scene.orders if order.address == address]
        kept = int(scene.rng.random() * len(scene.orders)) + 1 if there else 0
        if scene.room and (not there or scene.chance(0.5)) and not fill_with_prices(scene, kept):
            return None
        if scene.room == 0:
            scene.add("address", plain(Given(given=address)))
            return scene.request(self.name)
        inner = name_order(scene, scene.choose(there)) if there else None
        if inner is None:
            return None
        scene.add(
            "address", Piece(SentTo(sent_to=inner.value), inner.reads, ("join", *inner.operators))
        )
        return scene.request(self.name)

    def solve(self, caller: str, facts: Mapping[str, JSON]) -> Plan:
        """Read the address if the user refers to a record, and change it."""
        breach = yield from check_condition(caller, facts)
        if breach:
            return refuse(breach)
        address = yield from find_address(caller, facts["address"])
        lines = address.in_one_line
        source = source_of(facts["address"])
        return Outcome(
            statement=f"I can change your default address to {lines}. {ASK_YES}",
            writes=(
                Write(
                    TOOL,
                    {"user_id": caller, **address.plain},
                    {"user_id": "read", **dict.fromkeys(address.plain, source)},
                ),
            ),
            report=f"Your default address has been changed to {lines}.",
        )
