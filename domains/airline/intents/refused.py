"""Intents that are always refused or handed over."""

from collections.abc import Mapping

import numpy as np

from writ_gym.database import JSON
from writ_gym.domain import Brief, Intent
from writ_gym.domains.airline.drafting.scene import Scene
from writ_gym.domains.airline.rules import insurance_after_booking
from writ_gym.domains.airline.schema import AirlineDB
from writ_gym.domains.airline.texts import OUTSIDE
from writ_gym.domains.airline.wishes import ReservationById, plain
from writ_gym.meaning.solving import Plan, hand_over, refuse
from writ_gym.tasks import Request


class AddInsurance(Intent[AirlineDB]):
    """Ask for insurance after booking, which is never possible."""

    name = "add_insurance"

    def reach(self, db: AirlineDB, caller: str, writing: bool) -> tuple[int, int] | None:
        """Return 0: no record bears on that."""
        return (0, 0) if db.users[caller].reservations and not writing else None

    def draft(self, db: AirlineDB, brief: Brief, rng: np.random.Generator) -> Request | None:
        """Return the request."""
        scene = Scene(db, brief, rng)
        open_ones = [each for each in scene.active() if each.insurance == "no"]
        if not open_ones:
            return None
        reference = ReservationById(id=scene.choose(open_ones).reservation_id)
        scene.add("reservation", plain(reference))
        return scene.request(self.name)

    def solve(self, caller: str, facts: Mapping[str, JSON]) -> Plan:
        """Refuse."""
        yield from ()
        return refuse(insurance_after_booking())


class Outside(Intent[AirlineDB]):
    """Ask for what no tool of the agent can do: the user is handed over to a human."""

    name = "outside"

    def reach(self, db: AirlineDB, caller: str, writing: bool) -> tuple[int, int] | None:
        """Return 0: no record bears on that."""
        return None if writing else (0, 0)

    def draft(self, db: AirlineDB, brief: Brief, rng: np.random.Generator) -> Request | None:
        """Return a request for one of the matters."""
        scene = Scene(db, brief, rng)
        scene.add("matter", scene.choose(tuple(OUTSIDE)))
        return scene.request(self.name)

    def solve(self, caller: str, facts: Mapping[str, JSON]) -> Plan:
        """Hand the user over."""
        yield from ()
        summary = f"The user wants what the tools cannot do: {facts['matter']}."
        return hand_over("outside", summary)
