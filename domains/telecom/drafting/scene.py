"""What a draft of a telecom request knows: the caller's account, the phone, and what was read."""

from collections.abc import Iterable
from typing import ClassVar

import numpy as np

from writ_gym.database import JSON
from writ_gym.domain import Brief
from writ_gym.domains.telecom.intents.reading import (
    DEVICE_ATTRIBUTES,
    PLAN_ATTRIBUTES,
    Subscription,
)
from writ_gym.domains.telecom.schema import Bill, Line, Plan, TelecomDB
from writ_gym.domains.telecom.texts import ask, state
from writ_gym.drafting import Draft
from writ_gym.queries import Condition

BILLS = "bills"
"""What names the read of all bills among the records that are read."""


class Scene(Draft):
    """A draft of one request of a telecom user."""

    slots: ClassVar[tuple[str, ...]] = (
        "line", "bill", "figure", "plan", "matter", "topic", "amount", "roaming", "place", "goal",
        "in_hand", "reason", "condition", "refuel", "pay",
    )  # fmt: skip
    references: ClassVar[frozenset[str]] = frozenset(
        {
            "where", "by", "beside", "charged_on", "first_of", "every_line", "every_bill",
            "budget", "enough_in", "dollars", "as_much_as", "amounts", "plan_of", "plan", "nothing",
            "figure", "line", "bill",
        }
    )  # fmt: skip
    withheld: ClassVar[frozenset[str]] = frozenset({"refuel", "pay"})

    def __init__(self, db: TelecomDB, brief: Brief, rng: np.random.Generator) -> None:
        super().__init__(brief, rng)
        self.db = db
        self.customer = db.customers[brief.caller]
        self.phone = db.phones[brief.caller]
        self.lines: list[Subscription] = [
            self.whole(db.lines[each]) for each in self.customer.line_ids
        ]
        self.bills: list[Bill] = [db.bills[each] for each in self.customer.bill_ids]
        self.plans: list[Plan] = list(db.plans.values())
        self.own = next(s for s in self.lines if s.line.line_id == self.phone.line_id)
        """The line of the phone."""
        self.tells_status = True
        """Whether the user may say of a line or bill what its rules go by: the status."""
        self.seen.add(self.profile)  # it was read to find out who calls
        if any(bill.bill_id in self.seen for bill in self.bills):
            self.seen.add(BILLS)

    def state(self, intent: str, slot: str, value: JSON) -> str:
        """Return how the user states a fact."""
        return state(intent, slot, value, self.rng, self.brief.style)

    def ask(self, intent: str, values: dict[str, JSON]) -> str:
        """Return how the user makes the request."""
        return ask(intent, self.rng, self.brief.style, values)

    def whole(self, line: Line) -> Subscription:
        """Return a line with its plan and device."""
        device = self.db.devices[line.device_id] if line.device_id else None
        return Subscription(line, self.db.plans[line.plan_id], device)

    def reads_of(self, each: Subscription, names: Iterable[str] = ()) -> frozenset[str]:
        """Return the reads that show attributes of a line."""
        wanted, keys = set(names), {each.line.line_id}
        if wanted & PLAN_ATTRIBUTES:
            keys.add(each.line.plan_id)
        if wanted & DEVICE_ATTRIBUTES and each.line.device_id:
            keys.add(each.line.device_id)
        return frozenset(keys)

    def reads_for(self, where: Iterable[Condition], names: Iterable[str] = ()) -> frozenset[str]:
        """Return the reads that show which of all lines keep conditions, and attributes."""
        wanted = [*names, *(condition.attribute for condition in where)]
        return frozenset().union(*(self.reads_of(each, wanted) for each in self.lines))
