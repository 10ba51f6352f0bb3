"""Paying bills: one request of the agent's and one payment of the user's for each."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np

from writ_gym.database import JSON
from writ_gym.domain import Brief, Intent
from writ_gym.domains.telecom.drafting.bills import (
    ALL_BILLS,
    every_bill,
    name_bill,
    no_such_bill,
    within_budget,
)
from writ_gym.domains.telecom.drafting.claims import some_conditions
from writ_gym.domains.telecom.drafting.scene import Scene
from writ_gym.domains.telecom.intents.base import most_about_lines, most_reads, ways_to_refuse
from writ_gym.domains.telecom.intents.outcomes import by_user, check_guard, money, write_to
from writ_gym.domains.telecom.intents.reading import bill_attribute, find_bill, read_bills
from writ_gym.domains.telecom.rules import (
    another_awaiting,
    condition_not_met,
    not_overdue,
    nothing_fits,
)
from writ_gym.domains.telecom.schema import Bill, TelecomDB
from writ_gym.domains.telecom.wishes import (
    BILLS,
    BillById,
    BillChoice,
    EveryBill,
    WithinBudget,
    plain,
)
from writ_gym.errors import UnsolvableError
from writ_gym.meaning.breaches import Breach
from writ_gym.meaning.queries import keeps, parse
from writ_gym.meaning.solving import ASK_YES, Outcome, Plan, Reads, Write, refuse
from writ_gym.phrasing.grammar import joined
from writ_gym.sampling.drafting import Piece
from writ_gym.tasks import Config, Provenance, Request, split_at

REFUSED = ("not_overdue", "not_overdue", "awaiting")
"""Ways in which a rule forbids to pay."""
MOST_REFUSED = MappingProxyType({"not_overdue": 1, "awaiting": 1, "absent": 1})
"""By way of being refused, the largest evidence burden: all bills are in one list."""
PAY = by_user("make_payment")


def payment(caller: str, bill: Bill, source: Provenance = "read") -> tuple[Write, Write]:
    """Return the request to pay a bill, and its payment."""
    return write_to("send_payment_request", caller, bill_id=(bill.bill_id, source)), PAY


def overdue(bills: Sequence[Bill]) -> list[Bill]:
    """Return the bills that have not been paid in time."""
    return [bill for bill in bills if bill.status == "Overdue"]


def _payable(bills: Sequence[Bill]) -> list[Bill]:
    """Return the bills that can be paid: none while another one awaits payment."""
    waits = any(bill.status == "Awaiting Payment" for bill in bills)
    return [] if waits else overdue(bills)


def payments(caller: str, bills: Sequence[Bill]) -> list[Write]:
    """Return what it takes until no bill is overdue: one that awaits payment is paid first."""
    due = overdue(bills)
    waits = due and any(bill.status == "Awaiting Payment" for bill in bills)
    first = [PAY] if waits else []
    return [*first, *(write for bill in due for write in payment(caller, bill))]


def total_of(bills: Sequence[Bill]) -> str:
    """Return what has to be paid before something else, in words; empty if there is nothing."""
    due = overdue(bills)
    if not due:
        return ""
    waiting = [bill for bill in bills if bill.status == "Awaiting Payment"]
    shown = joined([f"{bill.bill_id} of {money(bill.total_due)}" for bill in [*waiting, *due]])
    return f"have you pay what is open ({shown}) and then "


def find_bills(caller: str, value: JSON) -> Reads[list[Bill] | Breach]:
    """Find the bill that a reference means, or all of them; a breach if nothing fits."""
    reference = parse(BILLS, value)
    if not isinstance(reference, EveryBill | WithinBudget):
        one = yield from find_bill(caller, reference)
        return one if isinstance(one, Breach) else [one]
    bills = yield from read_bills(caller)
    meant = [bill for bill in bills if keeps(bill, reference.where, bill_attribute)]
    if not meant:
        return nothing_fits("bill", reference.where)
    return meant if isinstance(reference, EveryBill) else _within(meant, reference)


def _within(meant: Sequence[Bill], wish: WithinBudget) -> list[Bill] | Breach:
    """Return as many of the bills as the budget pays, in the customer's order."""
    amounts = [bill_attribute(bill, wish.by) for bill in meant]
    if len(set(amounts)) < len(amounts):
        raise UnsolvableError(f"Bills are tied in {wish}.")
    ranked = sorted(
        meant, key=lambda bill: bill_attribute(bill, wish.by), reverse=wish.extreme == "highest"
    )
    taken: list[Bill] = []
    for bill in ranked:
        if round(sum(each.total_due for each in [*taken, bill]), 2) > wish.budget:
            break
        taken.append(bill)
    if not taken:
        return condition_not_met(ranked[0].total_due, money(ranked[0].total_due))
    return [bill for bill in meant if bill in taken]


class PayBill(Intent[TelecomDB]):
    """Pay overdue bills."""

    name = "pay_bill"

    def reach(self, db: TelecomDB, caller: str, writing: bool) -> tuple[int, int] | None:
        """Return from the bills alone up to a condition over lines, where one can be paid."""
        bills = [db.bills[each] for each in db.customers[caller].bill_ids]
        if not bills or (writing and not _payable(bills)):
            return None
        if not writing:
            return 0, most_about_lines(db, caller, writing)
        return 1, most_reads(db, caller) - len(db.customers[caller].line_ids)  # of no device

    def draft(self, db: TelecomDB, brief: Brief, rng: np.random.Generator) -> Request | None:
        """Return a request to pay a bill or several, or one that is not to be paid."""
        ways = () if brief.writing else ways_to_refuse(brief, REFUSED, MOST_REFUSED)
        if not (brief.writing or ways):
            return None
        scene = Scene(db, brief, rng)
        done = self._pay(scene) if brief.writing else self._refused(scene, scene.choose(ways))
        return scene.request(self.name) if done else None

    def _pay(self, scene: Scene) -> bool:
        """Mean one overdue bill, or some of them."""
        due, most = _payable(scene.bills), scene.brief.writes // 2
        if not due or not most or scene.brief.each:
            return False  # or the payment takes no reads of its own
        piece: Piece[Config] | None
        if most > 1 and len(due) > 1 and scene.chance(0.5):
            count = 2 + int(scene.rng.random() * (min(most, len(due)) - 1))
            if scene.chance(0.5):
                piece = every_bill(scene, scene.some(due, count))
            else:
                piece = within_budget(scene, due, count)
        else:
            piece = name_bill(scene, scene.choose(due), in_list=True)
        return self._finish(scene, piece, holds=True)

    def _finish(self, scene: Scene, piece: Piece[Config] | None, holds: bool) -> bool:
        """Add the bill, and a condition that fills the room."""
        if piece is None:
            return False
        if holds:
            scene.add("bill", piece)
        if scene.room:
            able = some_conditions(scene, holds, scene.room) if scene.room > 0 else iter(())
            condition = next(able, None)
            if condition is None:
                return holds and scene.least <= 0 <= scene.room
            scene.add("condition", condition)
        if not holds:
            scene.add("bill", plain(piece.value))
        return scene.room == 0

    def _refused(self, scene: Scene, way: str) -> bool:
        """Mean a bill that is not to be paid, none, or somebody else's."""
        scene.tells_status = False
        bills = scene.bills
        waiting = [bill for bill in bills if bill.status == "Awaiting Payment"]
        piece: Piece[Config] | None = None
        match way:
            case "not_overdue":
                others = [bill for bill in bills if bill.status != "Overdue"]
                piece = name_bill(scene, scene.choose(others), in_list=True) if others else None
            case "awaiting" if waiting:
                due = overdue(bills)
                piece = name_bill(scene, scene.choose(due), in_list=True) if due else None
            case "absent":
                where = (no_such_bill(scene),)
                piece = Piece(BillChoice(where=where), ALL_BILLS, ("empty_set",))
            case "guard" if overdue(bills):
                bill = scene.choose(overdue(bills))
                named = Piece[Config](BillById(bill_id=bill.bill_id))
                return scene.room > 0 and self._finish(scene, named, holds=False)
            case "stranger":
                return self._stranger(scene)
            case _:
                pass
        if piece is None:
            return False
        scene.add("bill", piece)  # and no condition, which would not matter
        return scene.least <= 0 <= scene.room

    def _stranger(self, scene: Scene) -> bool:
        """Name a bill of somebody else."""
        if scene.room:
            return False
        other = scene.choose(list(scene.db.bills))
        owner = scene.db.bills[other].customer_id
        if owner == scene.profile or split_at(owner) != scene.brief.style.split:
            return False
        scene.add("bill", plain(BillById(bill_id=other)))
        return True

    def solve(self, caller: str, facts: Mapping[str, JSON]) -> Plan:
        """Send a request for each bill that is meant, and have it paid."""
        if breach := (yield from check_guard(caller, facts)):
            return refuse(breach)
        meant = yield from find_bills(caller, facts["bill"])
        if isinstance(meant, Breach):
            return refuse(meant)
        mine = yield from read_bills(caller)
        breaches = [*map(not_overdue, meant), another_awaiting(mine)]
        for found in breaches:
            if found:
                return refuse(found)
        source: Provenance = "user" if "bill_id" in facts["bill"] else "read"
        shown = joined([f"bill {bill.bill_id} of {money(bill.total_due)}" for bill in meant])
        return Outcome(
            statement=f"I can send you the request to pay {shown}. {ASK_YES}",
            writes=tuple(write for bill in meant for write in payment(caller, bill, source)),
            report=f"The payment of {joined([bill.bill_id for bill in meant])} is complete.",
        )
