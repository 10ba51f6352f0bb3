"""What a draft of a telecom request knows: the caller's account, the phone, and what was read."""

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import cached_property
from typing import Any, ClassVar, NamedTuple, TypeVar

import numpy as np

from writ_gym.database import JSON
from writ_gym.domain import Brief
from writ_gym.domains.telecom.identity import target
from writ_gym.domains.telecom.intents.reading import (
    DEVICE_ATTRIBUTES,
    PLAN_ATTRIBUTES,
    Subscription,
    line_attribute,
)
from writ_gym.domains.telecom.schema import Bill, Line, Plan, TelecomDB
from writ_gym.domains.telecom.texts import ASKING, state
from writ_gym.domains.telecom.wishes import REFERENCES
from writ_gym.meaning.queries import Condition, passes
from writ_gym.sampling.drafting import Draft

T = TypeVar("T")

BILLS = "bills"
"""What names the read of all bills among the records that are read."""
MOST_LOOKS = 2
"""Looks at a phone that tell whether it has to be restarted once its line is active again."""


class _Known(NamedTuple):
    """Lines, and what was found of them."""

    lines: list[Subscription]
    found: dict[tuple[object, ...], tuple[Sequence[object], Any]]
    attributes: dict[tuple[int, str], JSON]
    holds: dict[tuple[int, int], tuple[Condition, bool]]
    reads: dict[tuple[int, bool, bool], frozenset[str]]


_KNOWN: dict[tuple[int, ...], _Known] = {}
"""By the identity of all records of a customer's lines, which are so kept."""
MOST_KNOWN = 64
"""Customers whose lines are kept; then all are forgotten at once."""


def _known_of(lines: list[Subscription]) -> _Known:
    """Return lines with what was found of the very same ones: most drafts are of the same state."""
    key = tuple([id(record) for each in lines for record in each])
    if key not in _KNOWN:
        if len(_KNOWN) >= MOST_KNOWN:
            _KNOWN.clear()
        _KNOWN[key] = _Known(lines, {}, {}, {}, {})
    return _KNOWN[key]


class Account:
    """What there is of a customer: the phone, its line, all lines, the bills, and all plans."""

    def __init__(self, db: TelecomDB, caller: str) -> None:
        self.db = db
        self.customer = db.customers[caller]
        self.phone = db.phones[caller]
        self._known = _known_of([self.whole(db.lines[each]) for each in self.customer.line_ids])
        self.lines = self._known.lines
        self.bills: list[Bill] = [db.bills[each] for each in self.customer.bill_ids]
        self.own = next(each for each in self.lines if each.line.line_id == self.phone.line_id)
        """The line of the phone."""

    @cached_property
    def plans(self) -> list[Plan]:
        """All plans that there are."""
        return list(self.db.plans.values())

    def whole(self, line: Line) -> Subscription:
        """Return a line with its plan and device."""
        device = self.db.devices[line.device_id] if line.device_id else None
        return Subscription(line, self.db.plans[line.plan_id], device)

    def once(self, of: Sequence[object], key: Sequence[str], make: Callable[[], T]) -> T:
        """Return what is made of the lines and of other objects, once for the very same ones.

        Ways to mean a line are tried again and again, with more room and beside other facts.

        Args:
            of: The other objects.
            key: What tells it from what else is made of them.
            make: Makes it.
        """
        full = (*key, *map(id, of))
        known = self._known.found
        if full not in known:
            known[full] = of, make()  # which so keep their identity
        found: T = known[full][1]
        return found


class Scene(Account, Draft):
    """A draft of one request of a telecom user."""

    slots: ClassVar[tuple[str, ...]] = (
        "line", "bill", "figure", "plan", "matter", "topic", "amount", "roaming", "place", "goal",
        "in_hand", "reason", "condition", "refuel", "pay",
    )  # fmt: skip
    references: ClassVar[frozenset[str]] = REFERENCES
    withheld: ClassVar[frozenset[str]] = frozenset({"refuel", "pay"})

    def __init__(self, db: TelecomDB, brief: Brief, rng: np.random.Generator) -> None:
        Draft.__init__(self, brief, rng)
        Account.__init__(self, db, brief.caller)
        self.tells_status = True
        """Whether the user may say of a line or bill what its rules go by: the status."""
        self.refused_for = ""
        """The attribute for which a rule forbids it for the line that is meant, if one does: then
        only what could make it another line that is not so, or that line another one, takes a
        read."""
        self.in_hand = False
        """Whether the user says that it is the line of the phone: then no other one can be meant,
        and what other lines are like takes no read."""
        self.apart: Subscription | None = None
        """The line of the phone if the user says that it is not meant: then it cannot be."""
        self.seen.add(self.profile)  # it was read to find out who calls
        if any(bill.bill_id in self.seen for bill in self.bills):
            self.seen.add(BILLS)

    def state(self, intent: str, slot: str, value: JSON) -> str:
        """Return how the user states a fact."""
        return state(intent, slot, value, self.rng, self.brief.style)

    def ask(self, intent: str, values: dict[str, JSON]) -> str:
        """Return how the user makes the request."""
        return ASKING.ask(intent, self.rng, self.brief.style, values)

    @property
    def is_frugal(self) -> bool:
        """Whether what is read in vain is wanted for later requests, which are to be heavy, too."""
        return self.brief.each > 0 and self.brief.writes > 1

    @property
    def unread(self) -> int:
        """How many reads a request about lines can take at most that were not made yet."""
        keys = {BILLS}
        for each in self.lines:
            keys |= {each.line.line_id, each.line.plan_id, each.line.device_id or BILLS}
        return self.new(keys) + MOST_LOOKS

    def attribute(self, each: Subscription, name: str) -> JSON:
        """Return an attribute of a line, found once: the same lines are ranked again and again."""
        known, key = self._known.attributes, (id(each), name)
        if key not in known:
            known[key] = line_attribute(each, name)
        return known[key]

    def attributes(self, name: str) -> list[JSON]:
        """Return an attribute of every line."""

        def find() -> list[JSON]:
            return [self.attribute(each, name) for each in self.lines]

        return self.once((), ("attribute", name), find)

    def holds(self, each: Subscription, condition: Condition) -> bool:
        """Say whether a line keeps a condition, which is found once."""
        known, key = self._known.holds, (id(each), id(condition))
        if key not in known:
            actual = self.attribute(each, condition.attribute)
            holds = passes(actual, condition.test, condition.value)
            known[key] = condition, holds  # which so keeps its identity
        return known[key][1]

    def kept(self, where: Sequence[Condition]) -> list[Subscription]:
        """Return the lines that keep conditions."""

        def find() -> list[Subscription]:
            lines = self.lines
            for condition in where:
                lines = [each for each in lines if self.holds(each, condition)]
            return lines

        return self.once(where, ["kept"], find)

    def reads_of(self, each: Subscription, names: Collection[str] = ()) -> frozenset[str]:
        """Return the reads that show attributes of a line."""
        with_plan = not PLAN_ATTRIBUTES.isdisjoint(names)
        with_device = not DEVICE_ATTRIBUTES.isdisjoint(names) and bool(each.line.device_id)
        known, key = self._known.reads, (id(each), with_plan, with_device)
        if key not in known:
            ids = [each.line.line_id, *([each.line.plan_id] if with_plan else [])]
            known[key] = frozenset([*ids, *([each.line.device_id or ""] if with_device else [])])
        return known[key]

    def reads_for(
        self,
        where: Sequence[Condition],
        names: Collection[str] = (),
        but: Collection[Subscription | None] = (),
    ) -> frozenset[str]:
        """Return the reads that show which lines keep conditions, and attributes of those.

        Args:
            where: The conditions.
            names: The attributes.
            but: Lines that are left out.
        """
        lines = [each for each in self.lines if each not in but] if but else self.lines
        return frozenset().union(*[self.shown(each, where, names) for each in lines])

    def shown(
        self, each: Subscription, where: Sequence[Condition], names: Collection[str] = ()
    ) -> frozenset[str]:
        """Return the reads that show whether a line keeps conditions, and if so attributes of it.

        One that does not is read no further: what is in the line shows first, then what is in its
        plan, and then its device.
        """
        broken = [c.attribute for c in where if not self.holds(each, c)]
        if broken:
            return self.reads_of(each, [min(broken, key=_turn)])
        return self.reads_of(each, [*names, *[condition.attribute for condition in where]])

    def changed(self, each: Subscription, *tools: str) -> bool:
        """Say whether an earlier request has changed a line with one of some tools, or at all."""
        if not tools:
            return ("lines", each.line.line_id) in self.db.changes()
        shown_by = target({"line_id": each.line.line_id}).key
        return any((tool, shown_by) in self.brief.written for tool in tools)

    def supposing(self, reads: Iterable[str], make: Callable[[], T]) -> T:
        """Return what is made as if reads had been made already."""
        before, self.seen = self.seen, {*self.seen, *reads}
        try:
            return make()
        finally:
            self.seen = before


def _turn(name: str) -> int:
    """Return when an attribute is read: line, plan and device, one after the other."""
    return 1 if name in PLAN_ATTRIBUTES else 2 if name in DEVICE_ATTRIBUTES else 0
