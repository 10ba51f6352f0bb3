"""Intents that change a line: its suspension, its roaming, its data."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from writ_gym.database import JSON
from writ_gym.domains.telecom.intents.amounts import find_amount, price_in_words
from writ_gym.domains.telecom.intents.diagnosis import field, look
from writ_gym.domains.telecom.intents.outcomes import (
    ASK_YES,
    check_guard,
    refuse,
    write_to,
)
from writ_gym.domains.telecom.intents.paying import payments, total_of
from writ_gym.domains.telecom.intents.reading import (
    find_line,
    read_bills,
    read_lines,
)
from writ_gym.domains.telecom.intents.repairing import REBOOT
from writ_gym.domains.telecom.rules import (
    Breach,
    bills_overdue,
    contract_ended,
    not_active,
    not_suspended,
    nothing_fits,
    nothing_to_change,
    too_much,
)
from writ_gym.domains.telecom.schema import Line
from writ_gym.domains.telecom.wishes import AMOUNT, LINES, EveryLine
from writ_gym.grammar import joined
from writ_gym.solving import Outcome, Plan, Reads, Write


class LineIntent:
    """A family of requests about one of the customer's lines, or several."""

    name: ClassVar[str]

    def solve(self, caller: str, facts: Mapping[str, JSON]) -> Plan:
        """Look at the condition, find what is meant and act on it as far as the rules allow."""
        if breach := (yield from check_guard(caller, facts)):
            return refuse(breach)
        meant = yield from find_lines(caller, facts["line"])
        if isinstance(meant, Breach):
            return refuse(meant)
        return (yield from self.act(caller, meant, facts))

    def act(self, caller: str, meant: Sequence[Line], facts: Mapping[str, JSON]) -> Reads[Outcome]:
        """Find the rest and return the outcome."""
        raise NotImplementedError


def find_lines(caller: str, value: JSON) -> Reads[list[Line] | Breach]:
    """Find the line that a reference means, or all of them; a breach if nothing fits."""
    reference = LINES.validate_python(value)
    if not isinstance(reference, EveryLine):
        one = yield from find_line(caller, reference)
        return one if isinstance(one, Breach) else [one]
    found = yield from read_lines(caller, reference)
    return [each.line for each in found] or nothing_fits("line", reference.where)


def numbers_of(lines: Sequence[Line]) -> str:
    """Return the numbers of lines in words."""
    return joined([f"line {line.phone_number}" for line in lines])


class LiftSuspension(LineIntent):
    """Make suspended lines active again, after what is overdue has been paid."""

    name = "lift_suspension"

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
            last = " At the end I will ask you to restart the phone."
        return Outcome(
            statement=f"I can {total_of(bills)}lift the suspension of {numbers_of(meant)}.{last} "
            f"{ASK_YES}",
            writes=tuple(writes),
            report=f"Active again has been made: {numbers_of(meant)}.",
        )


def _reboot_helps() -> Reads[bool]:
    """Find out whether the phone would find a network, were its line active."""
    status = yield from look("check_network_status")
    if field(status, "Airplane Mode") == "ON" or field(status, "SIM Card Status") != "active":
        return False
    return field((yield from look("check_apn_settings")), "Current APN Name") == "internet"


class SuspendLine(LineIntent):
    """Suspend active lines."""

    name = "suspend_line"

    def act(self, caller: str, meant: Sequence[Line], facts: Mapping[str, JSON]) -> Reads[Outcome]:
        """Suspend each line that is meant."""
        yield from ()
        for line in meant:
            if breach := not_active(line, "suspended"):
                return refuse(breach)
        reason = facts["reason"]
        return Outcome(
            statement=f"I can suspend {numbers_of(meant)} for a holding fee of $5 a month each; "
            f"the reason that I note is: {reason}. {ASK_YES}",
            writes=tuple(
                write_to(
                    "suspend_line", caller, line_id=(each.line_id, "read"), reason=(reason, "user")
                )
                for each in meant
            ),
            report=f"Suspended has been: {numbers_of(meant)}.",
        )


class SetRoaming(LineIntent):
    """Turn the roaming of lines on or off."""

    name = "set_roaming"

    def act(self, caller: str, meant: Sequence[Line], facts: Mapping[str, JSON]) -> Reads[Outcome]:
        """Change each line that is not so yet."""
        yield from ()
        turned_on = facts["roaming"] == "on"
        others = [line for line in meant if line.roaming_enabled is not turned_on]
        if not others:
            return refuse(nothing_to_change(f"the roaming of {numbers_of(meant)}"))
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


class RefuelData(LineIntent):
    """Add data to a line."""

    name = "refuel_data"

    def act(self, caller: str, meant: Sequence[Line], facts: Mapping[str, JSON]) -> Reads[Outcome]:
        """Find the amount and add it."""
        (line,) = meant
        if breach := not_active(line, "refuelled"):
            return refuse(breach)
        amount = yield from find_amount(caller, line, AMOUNT.validate_python(facts["amount"]))
        if isinstance(amount, Breach):
            return refuse(amount)
        if breach := too_much(amount.gb):
            return refuse(breach)
        shown = yield from price_in_words(line, amount.gb)
        return Outcome(
            statement=f"I can refuel {numbers_of(meant)} with {shown}, which goes on the next "
            f"bill. {ASK_YES}",
            writes=(
                write_to(
                    "refuel_data",
                    caller,
                    line_id=(line.line_id, "read"),
                    gb_amount=(amount.gb, amount.source),
                ),
            ),
            report=f"Refuelled has been: {numbers_of(meant)}, with {amount.gb:g} GB.",
        )
