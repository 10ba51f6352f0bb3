"""Intents that make a phone work: service, mobile data, picture messages."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from functools import partial
from typing import ClassVar

import numpy as np

from writ_gym.database import JSON
from writ_gym.domain import Brief, Intent
from writ_gym.domains.telecom.drafting.amounts import amount_for, over
from writ_gym.domains.telecom.drafting.lines import by_number, described
from writ_gym.domains.telecom.drafting.scene import Account, Scene
from writ_gym.domains.telecom.drafting.situations import (
    SPEED,
    USAGE,
    Situation,
    payments_due,
    situation,
)
from writ_gym.domains.telecom.intents.amounts import Refuel, find_amount, is_nothing, price_in_words
from writ_gym.domains.telecom.intents.diagnosis import APP, diagnose, reached
from writ_gym.domains.telecom.intents.outcomes import by_user, write_to
from writ_gym.domains.telecom.intents.paying import payments, total_of
from writ_gym.domains.telecom.intents.reading import find_line, read_bills
from writ_gym.domains.telecom.repairs import (
    BEYOND_REPAIR,
    Cause,
    Findings,
    Goal,
    causes,
    needs_reboot,
)
from writ_gym.domains.telecom.rules import (
    bills_overdue,
    data_used_up,
    not_enough,
    nothing_wrong,
    too_much,
)
from writ_gym.domains.telecom.schema import Bill, Line, TelecomDB
from writ_gym.domains.telecom.wishes import AMOUNT, LINE, LineReference, Nothing, plain
from writ_gym.meaning.breaches import Breach
from writ_gym.meaning.queries import attributes_in, parse
from writ_gym.meaning.solving import ASK_YES, Ending, Outcome, Plan, Reads, Write, hand_over, refuse
from writ_gym.phrasing.grammar import joined
from writ_gym.sampling.drafting import Piece
from writ_gym.tasks import Call, Request

ON_PHONE: Mapping[Cause, tuple[Write, str]] = {
    "airplane_mode": (by_user("toggle_airplane_mode"), "airplane mode turned off"),
    "sim_missing": (by_user("reseat_sim_card"), "the SIM card taken out and put back in"),
    "data_off": (by_user("toggle_data"), "mobile data turned on"),
    "roaming_off": (by_user("toggle_roaming"), "data roaming turned on"),
    "wrong_mode": (
        by_user("set_network_mode_preference", mode="4g_5g_preferred"),
        "the network mode changed to 4g_5g_preferred",
    ),
    "data_saver": (by_user("toggle_data_saver_mode"), "data saver mode turned off"),
    "slow_vpn": (by_user("disconnect_vpn"), "the slow VPN disconnected"),
    "wifi_calling": (by_user("toggle_wifi_calling"), "Wi-Fi calling turned off"),
    "sms_denied": (
        by_user("grant_app_permission", app_name=APP, permission="sms"),
        "the messaging app granted the sms permission",
    ),
    "storage_denied": (
        by_user("grant_app_permission", app_name=APP, permission="storage"),
        "the messaging app granted the storage permission",
    ),
    "apn": (by_user("reset_apn_settings"), "the access point settings reset"),
}
"""By cause, what is done about it on the phone, and what there is then, whoever does it."""
REBOOT = by_user("reboot_device")
REPAIRS = frozenset(write.name for write, _ in ON_PHONE.values())
"""What the user does on the phone."""

WORKS: Mapping[Goal, str] = {
    "service": "the phone's network service",
    "data": "mobile data",
    "fast_data": "mobile internet of excellent speed",
    "mms": "sending picture messages",
}
"""What works again when a goal is reached, as the user may have called it."""


MORE_LOOKS = 2
"""By how much the evidence burden of a repair can differ from what is reckoned of a phone."""
MOST_NAMED = 3
"""Reads that words for the line can take: those of the line, its plan and its device."""


class Fix(Intent[TelecomDB]):
    """A family of requests for a repair."""

    name: ClassVar[str]
    goals: ClassVar[tuple[Goal, ...]]
    """What can have to work."""
    slots: ClassVar[frozenset[str]]
    """What a user tells besides the line."""

    def reach(self, db: TelecomDB, caller: str, writing: bool) -> tuple[int, int] | None:
        """Return about what is in the way on the caller's phone takes; None if nothing can be."""
        account = Account(db, caller)
        found = [situation(account, goal) for goal in self.goals]
        if not writing:
            return 1, max(len(each.refusal) for each in found) + MOST_NAMED
        mended = [each for each in found if each.causes and not each.beyond]
        if not mended:
            return None
        reckoned = [max(len(each.shares[0]), each.later) for each in mended]
        return max(min(reckoned) - MORE_LOOKS, 1), max(reckoned) + MORE_LOOKS

    def endings(self, db: TelecomDB, caller: str) -> set[Ending]:
        """Return how requests can end that come to no write."""
        account = Account(db, caller)
        found = (_endings(account, situation(account, goal)) for goal in self.goals)
        return {ending for each in found for ending in each}

    def draft(self, db: TelecomDB, brief: Brief, rng: np.random.Generator) -> Request | None:
        """Return a request for a repair of what is wrong with the caller's phone."""
        scene = Scene(db, brief, rng)
        facts = {"goal": scene.choose(("any", "excellent"))} if "goal" in self.slots else {}
        found = situation(scene, self.goal(facts))
        if not (self._is_able(scene, found) if brief.writing else _may_refuse(scene, found)):
            return None
        costs = "line_suspended" in found.causes
        looks = found.shares[0] if brief.writing else found.refusal
        amount = None
        if brief.writing and "over_limit" in found.causes and "refuel" in self.slots:
            room = max(brief.burden - scene.new(looks), 0)
            amount = amount_for(scene, scene.own, room, above=over(scene.own))
            if amount is None:
                return None
        piece = self._named(scene, found, looks | amount.reads if amount else looks)
        if piece is None:
            return None
        scene.add("line", piece)
        owed = not brief.writing and _is_owed(scene, found)
        scene.add("pay", not owed and (costs or not brief.writing or scene.chance(0.5)))
        if "refuel" in self.slots:
            scene.add("refuel", amount or plain(Nothing()))
        for slot, value in facts.items():
            scene.add(slot, value)
        if "place" in self.slots:
            scene.add("place", "abroad" if scene.phone.is_abroad else "home")
        return scene.request(self.name)

    def twin(
        self, db: TelecomDB, brief: Brief, write: Call, rng: np.random.Generator
    ) -> Request | None:
        """Return a request for a repair on the phone, since what is wrong there says what it is."""
        return self.draft(db, brief, rng) if write.name in REPAIRS else None

    def _is_able(self, scene: Scene, found: Situation) -> bool:
        """Say whether what is in the way can be removed as the brief wants it."""
        if not found.causes or found.beyond or found.writes > scene.brief.writes:
            return False
        if any(len(share) < scene.brief.each for share in found.shares[1:]):
            return False  # what one of the writes takes is not there for the others
        return found.later <= scene.brief.burden and not _is_wanted(scene, found)

    def _named(
        self, scene: Scene, found: Situation, looks: frozenset[str]
    ) -> Piece[LineReference] | None:
        """Return how the user means the line, with which the burden is as the brief wants it."""
        later = found.later if scene.brief.writing else 0
        taken = scene.new(looks)
        if taken - 1 > scene.brief.burden:  # at most one of the looks is shown by the others
            return None
        rooms = [
            room
            for room in range(1, MOST_NAMED + 1)
            if max(taken + room, later) >= scene.brief.least
        ]
        ways = [partial(described, scene, scene.own, room) for room in rooms]
        if 1 in rooms:
            ways.append(partial(by_number, scene, scene.own, 1))
        for way in scene.shuffled(ways):
            piece = way()
            if piece is None:
                continue
            burden = max(_taken(scene, found, looks, piece), later)
            if scene.brief.least <= burden <= scene.brief.burden:
                return piece
        return None

    @abstractmethod
    def goal(self, facts: Mapping[str, JSON]) -> Goal:
        """Return what has to work."""

    def solve(self, caller: str, facts: Mapping[str, JSON]) -> Plan:
        """Find what is in the way, and how it is removed."""
        goal = self.goal(facts)
        line = yield from find_line(caller, parse(LINE, facts["line"]))
        if isinstance(line, Breach):
            return refuse(line)
        if (yield from reached(goal)):
            return refuse(nothing_wrong(WORKS[goal]))
        found = yield from diagnose(caller, line, goal, facts.get("place") == "abroad")
        present = causes(found, goal)
        if beyond := BEYOND_REPAIR.intersection(present):
            return hand_over(min(beyond), _summary(goal, sorted(beyond)))
        if not present:
            return refuse(nothing_wrong(WORKS[goal]))
        bills: Sequence[Bill] = ()
        if "line_suspended" in present:
            bills = yield from read_bills(caller)
            if not facts["pay"] and (breach := bills_overdue(bills)):
                return refuse(breach)
        refuel: Refuel | Breach | None = None
        if "over_limit" in present:
            refuel = yield from _refuel(caller, line, found, facts["refuel"])
        if isinstance(refuel, Breach):
            return refuse(refuel)
        aim = f"To get {WORKS[goal]} going on line {line.phone_number}:"
        return (yield from _repair(caller, line, present, bills, refuel, aim))


class FixService(Fix):
    """Bring back service."""

    name = "fix_service"
    goals = ("service",)
    slots = frozenset({"pay"})

    def goal(self, facts: Mapping[str, JSON]) -> Goal:
        """Return service."""
        return "service"


class FixData(Fix):
    """Make mobile data work, at any speed or an excellent one."""

    name = "fix_data"
    goals = ("data", "fast_data")
    slots = frozenset({"place", "goal", "refuel", "pay"})

    def goal(self, facts: Mapping[str, JSON]) -> Goal:
        """Return what the user wants."""
        return "fast_data" if facts["goal"] == "excellent" else "data"


class FixMms(Fix):
    """Make picture messages work."""

    name = "fix_mms"
    goals = ("mms",)
    slots = frozenset({"place", "refuel", "pay"})

    def goal(self, facts: Mapping[str, JSON]) -> Goal:
        """Return picture messages."""
        return "mms"


def _endings(account: Account, found: Situation) -> tuple[Ending, ...]:
    """Return how a request for a repair ends that comes to no write; empty if none can."""
    if found.beyond:
        return ("handed_over",)
    if not found.causes:
        return ("unmet",)
    costs = _is_owed(account, found) or "over_limit" in found.causes
    return ("forbidden",) if costs else ()


def _may_refuse(scene: Scene, found: Situation) -> bool:
    """Say whether a request for a repair may come to no write, as the brief wants it."""
    endings = _endings(scene, found)
    return bool(endings) and scene.brief.may_end(*endings)


def _taken(
    scene: Scene, found: Situation, looks: frozenset[str], piece: Piece[LineReference]
) -> int:
    """Return how many new reads the looks take with those that find the line, as it is reckoned."""
    line, reads = scene.own.line, {*looks, *piece.reads}
    shown = found.shown | _fixed(scene, looks)
    if attributes_in(piece.value) <= shown and line.line_id not in looks:
        reads.discard(line.line_id)
    if reads.issuperset((line.line_id, line.plan_id)):
        reads.discard(USAGE)  # they show it
    return scene.new(reads)


def _fixed(scene: Scene, looks: frozenset[str]) -> set[str]:
    """Return attributes of the phone's line that no line could have otherwise that looks the same.

    There is no other device for it; or with any other plan, it would be over its limit.
    """
    line, fixed = scene.own.line, set[str]()
    if len(scene.lines) == 1:
        fixed |= {"device", "model"}
    used = line.data_used_gb - line.data_refueling_gb
    others = [each for each in scene.plans if each.plan_id != line.plan_id]
    if SPEED in looks and all(used >= each.data_limit_gb for each in others):
        fixed.add("plan")
    return fixed


def _is_owed(account: Account, found: Situation) -> bool:
    """Say whether bills have to be paid before a line works again."""
    return "line_suspended" in found.causes and payments_due(account.bills) > 0


MADE_BY: Mapping[Cause, tuple[str, ...]] = {
    "line_suspended": ("suspend_line",),
    "line_roaming_off": ("disable_roaming",),
    "over_limit": (),
}
"""By cause, the write of an earlier request after which it is no fault; any that changes the line,
if none is named."""


def _is_wanted(scene: Scene, found: Situation) -> bool:
    """Say whether an earlier request has brought about a cause, or has dealt with it."""
    return any(scene.changed(scene.own, *MADE_BY[each]) for each in found.causes if each in MADE_BY)


def _summary(goal: Goal, beyond: Sequence[str]) -> str:
    what = joined([each.replace("_", " ") for each in beyond])
    return f"The customer needs help with {goal.replace('_', ' ')}, but cannot be helped: {what}."


def _refuel(caller: str, line: Line, found: Findings, wish: JSON) -> Reads[Refuel | Breach]:
    """Find how much data is to be bought for a line that has used up its own."""
    if is_nothing(wish):
        return data_used_up(line)
    amount = yield from find_amount(caller, line, parse(AMOUNT, wish))
    if isinstance(amount, Breach):
        return amount
    return too_much(amount.gb) or not_enough(found.over_limit_gb or 0.0, amount.gb) or amount


def _repair(
    caller: str,
    line: Line,
    present: Sequence[Cause],
    bills: Sequence[Bill],
    refuel: Refuel | None,
    aim: str,
) -> Reads[Outcome]:
    """Return the writes that remove the causes, in canonical order, and the words for them."""
    writes: list[Write] = []
    mine: list[str] = []
    if "line_suspended" in present:
        writes += payments(caller, bills)
        writes.append(write_to("resume_line", caller, line_id=(line.line_id, "read")))
        mine.append(f"{total_of(bills)}lift the suspension of line {line.phone_number}")
    if "line_roaming_off" in present:
        writes.append(write_to("enable_roaming", caller, line_id=(line.line_id, "read")))
        mine.append(f"turn on the roaming of line {line.phone_number}")
    if refuel:
        amount = refuel.gb, refuel.source
        writes.append(
            write_to("refuel_data", caller, line_id=(line.line_id, "read"), gb_amount=amount)
        )
        mine.append(f"refuel {yield from price_in_words(line, refuel.gb)}")
    phone = [ON_PHONE[cause] for cause in present if cause in ON_PHONE]
    writes += [write for write, _ in phone]
    if needs_reboot(present):
        writes.append(REBOOT)
    return Outcome(
        statement=f"{aim} {_proposal(mine, [deed for _, deed in phone], needs_reboot(present))}",
        writes=tuple(writes),
        report="That has been done, and it should all work now.",
    )


def _proposal(mine: Sequence[str], phone: Sequence[str], reboot: bool) -> str:
    parts = []
    if mine:
        parts.append(f"On my side I am going to {joined(mine)}.")
    if phone:
        parts.append(f"On the phone we need, step by step: {joined(phone)}.")
    if reboot:
        parts.append("At the end it takes a restart.")
    return " ".join([*parts, ASK_YES])
