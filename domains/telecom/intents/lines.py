"""Intents that change a line: its suspension, its roaming, its data."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import ClassVar

from writ_gym.database import JSON
from writ_gym.domains.telecom.drafting.scene import BILLS, Scene
from writ_gym.domains.telecom.drafting.situations import payments_due
from writ_gym.domains.telecom.intents.base import LineIntent
from writ_gym.domains.telecom.intents.diagnosis import field, look
from writ_gym.domains.telecom.intents.outcomes import write_to
from writ_gym.domains.telecom.intents.paying import payments, total_of
from writ_gym.domains.telecom.intents.reading import Subscription, line_attribute, read_bills
from writ_gym.domains.telecom.intents.repairing import REBOOT
from writ_gym.domains.telecom.rules import (
    bills_overdue,
    contract_ended,
    not_active,
    not_suspended,
    nothing_to_change,
)
from writ_gym.domains.telecom.schema import TODAY, Line, TelecomDB
from writ_gym.domains.telecom.texts import REASONS
from writ_gym.meaning.solving import ASK_YES, Outcome, Reads, Write, refuse
from writ_gym.phrasing.grammar import joined
from writ_gym.tasks import Call


def numbers_of(lines: Sequence[Line]) -> str:
    """Return the numbers of lines in words."""
    return joined([f"line {line.phone_number}" for line in lines])


class LiftSuspension(LineIntent):
    """Make suspended lines active again, after what is overdue has been paid."""

    name = "lift_suspension"
    tools = ("resume_line",)
    refused: ClassVar[tuple[str, ...]] = ("not_suspended", "ended", "overdue", "overdue")
    most_refused: ClassVar[Mapping[str, int]] = MappingProxyType(
        {"not_suspended": 1, "ended": 1, "overdue": 1}
    )
    unmet: ClassVar[tuple[str, ...]] = ()

    def reach(self, db: TelecomDB, caller: str, writing: bool) -> tuple[int, int] | None:
        """Return from one read up to nearly all that there is; just one where it is refused."""
        return super().reach(db, caller, writing) if writing else (0, 1)

    def suits(self, line: Line) -> bool:
        """Say whether a line is suspended, and its contract runs on."""
        return _is_suspended(line) and not _has_ended(line)

    def targets(self, scene: Scene) -> list[Subscription]:
        """Return the suspended lines whose contract runs on, as far as all can be paid."""
        due = payments_due(scene.bills)
        if due >= scene.brief.writes or (due and scene.brief.each):
            return []
        return [
            each
            for each in scene.lines
            if self.suits(each.line) and not scene.changed(each, "suspend_line")
        ]

    def details(self, scene: Scene, meant: Sequence[Subscription]) -> bool:
        """Add whether the user pays, and has the phone of one of the lines; read the bills."""
        scene.mark("eligibility")
        scene.read({BILLS})
        scene.add("pay", bool(payments_due(scene.bills)) or scene.chance(0.5))
        self._say_whose(scene, meant)
        return scene.room > 0

    def plain_details(self, scene: Scene, meant: Sequence[Subscription]) -> bool:
        """Add that the user pays."""
        scene.add("pay", True)
        scene.add("in_hand", scene.own in meant)
        return True

    def _say_whose(self, scene: Scene, meant: Sequence[Subscription]) -> None:
        """Add whether the user has the phone of one of the lines."""
        has = scene.own in meant
        scene.in_hand = has and len(meant) == 1
        scene.apart = None if has else scene.own
        scene.add("in_hand", has)

    def breached(self, scene: Scene, way: str) -> bool:
        """Mean a line that is not suspended, or whose contract is over, or do not pay."""
        scene.tells_status = False
        owes = payments_due(scene.bills) > 0
        suspended = [each for each in scene.lines if _is_suspended(each.line)]
        able = {
            "not_suspended": [each for each in scene.lines if each.line.status != "Suspended"],
            "ended": [each for each in suspended if _has_ended(each.line)],
            "overdue": suspended if owes else [],
        }
        if not able[way]:
            way = "not_suspended"
        targets = able[way]
        if not targets:
            return False
        scene.mark("eligibility")
        target = scene.choose(targets)
        scene.add("pay", way != "overdue")
        self._say_whose(scene, [target])
        return self.finish(scene, target, guarded=False)

    def act(self, caller: str, meant: Sequence[Line], facts: Mapping[str, JSON]) -> Reads[Outcome]:
        """Pay what has to be paid, resume the lines, have the phone rebooted if it is one's."""
        for line in meant:
            if breach := not_suspended(line) or contract_ended(line):
                return refuse(breach)
        bills = yield from read_bills(caller)
        if not facts["pay"] and (breach := bills_overdue(bills)):
            return refuse(breach)
        writes = payments(caller, bills)
        writes += [
            write_to("resume_line", caller, line_id=(each.line_id, "read")) for each in meant
        ]
        last = ""
        if facts["in_hand"] and (yield from _reboot_helps()):
            writes.append(REBOOT)
            last = " At the end the phone has to be restarted."
        return Outcome(
            statement=f"I can {total_of(bills)}lift the suspension of {numbers_of(meant)}.{last} "
            f"{ASK_YES}",
            writes=tuple(writes),
            report=f"I have lifted the suspension of {numbers_of(meant)}.",
        )


def _is_suspended(line: Line) -> bool:
    """Say whether a line is suspended, and was not so by an earlier request."""
    return line.status == "Suspended" and line.suspension_start_date != TODAY


def _has_ended(line: Line) -> bool:
    return line.contract_end_date is not None and line.contract_end_date < TODAY


def _reboot_helps() -> Reads[bool]:
    """Find out whether the phone has no service, and would find a network, were its line active."""
    status = yield from look("check_network_status")
    ready = field(status, "Airplane Mode") == "OFF" and field(status, "SIM Card Status") == "active"
    if not ready or field(status, "Cellular Connection") == "connected":
        return False
    return field((yield from look("check_apn_settings")), "Current APN Name") == "internet"


class SuspendLine(LineIntent):
    """Suspend active lines."""

    name = "suspend_line"
    tools = ("suspend_line",)
    refused: ClassVar[tuple[str, ...]] = ("not_active", "not_active")

    def suits(self, line: Line) -> bool:
        """Say whether a line is active."""
        return line.status == "Active"

    def targets(self, scene: Scene) -> list[Subscription]:
        """Return the active lines."""
        return [
            each
            for each in scene.lines
            if self.suits(each.line) and not scene.changed(each, "resume_line")
        ]

    def details(self, scene: Scene, meant: Sequence[Subscription]) -> bool:
        """Add a reason."""
        scene.add("reason", scene.choose(tuple(REASONS)))
        return True

    def aim(self, scene: Scene, target: Subscription, write: Call) -> bool:
        """Add the reason of the write."""
        scene.add("reason", write.arguments["reason"])
        return True

    def breached(self, scene: Scene, way: str) -> bool:
        """Mean a line that is not active."""
        scene.tells_status = False
        targets = [each for each in scene.lines if each.line.status != "Active"]
        if not targets:
            return False
        target = scene.choose(targets)
        return self.details(scene, [target]) and self.finish(scene, target, guarded=False)

    def act(self, caller: str, meant: Sequence[Line], facts: Mapping[str, JSON]) -> Reads[Outcome]:
        """Suspend each line that is meant."""
        yield from ()
        for line in meant:
            if breach := not_active(line, "suspended"):
                return refuse(breach)
        reason = facts["reason"]
        each = " each" if len(meant) > 1 else ""
        return Outcome(
            statement=f"I can suspend {numbers_of(meant)} for a holding fee of $5 a month{each}; "
            f"the reason that I note is: {reason}. {ASK_YES}",
            writes=tuple(
                write_to(
                    "suspend_line", caller, line_id=(line.line_id, "read"), reason=(reason, "user")
                )
                for line in meant
            ),
            report=f"I have suspended {numbers_of(meant)}.",
        )


class SetRoaming(LineIntent):
    """Turn the roaming of lines on or off."""

    name = "set_roaming"
    tools = ("enable_roaming", "disable_roaming")
    refused: ClassVar[tuple[str, ...]] = ("already", "already")
    refused_for: ClassVar[str] = "roaming"
    in_all: ClassVar[bool] = False

    def targets(self, scene: Scene) -> list[Subscription]:
        """Return the lines that are so or the other way, all of them alike."""
        able = [each for each in scene.lines if not scene.changed(each, *self.tools)]
        turned_on = [each for each in able if each.line.roaming_enabled]
        turned_off = [each for each in able if not each.line.roaming_enabled]
        return turned_off or turned_on if scene.chance(0.6) else turned_on or turned_off

    def details(self, scene: Scene, meant: Sequence[Subscription]) -> bool:
        """Add how roaming is to be."""
        scene.add("roaming", "off" if meant[0].line.roaming_enabled else "on")
        return True

    def breached(self, scene: Scene, way: str) -> bool:
        """Mean a line of which that is so already."""
        if scene.least > 1 and len({each.line.roaming_enabled for each in scene.lines}) == 1:
            return False  # of all lines, so that it makes no difference which one is meant
        target = scene.choose(scene.lines)
        scene.add("roaming", line_attribute(target, "roaming"))
        return self.finish(scene, target, guarded=False)

    def act(self, caller: str, meant: Sequence[Line], facts: Mapping[str, JSON]) -> Reads[Outcome]:
        """Change each line that is not so yet."""
        yield from ()
        turned_on = facts["roaming"] == "on"
        others = [line for line in meant if line.roaming_enabled is not turned_on]
        if not others:
            so = f"roaming is {facts['roaming']} for {numbers_of(meant)}"
            return refuse(nothing_to_change(so))
        tool = "enable_roaming" if turned_on else "disable_roaming"
        writes: list[Write] = [
            write_to(tool, caller, line_id=(each.line_id, "read")) for each in others
        ]
        return Outcome(
            statement=f"I can turn {facts['roaming']} the roaming of {numbers_of(others)}, free of "
            f"charge. {ASK_YES}",
            writes=tuple(writes),
            report=f"Roaming has been turned {facts['roaming']} for {numbers_of(others)}.",
        )
