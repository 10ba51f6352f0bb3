"""The choices among records, and among remedies, that a request leaves to the agent."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from writ_gym.domains.telecom.proof.account import Case
from writ_gym.domains.telecom.proof.meaning import REPAIR, REPAIRS, goal_of, meaning_of
from writ_gym.domains.telecom.proof.phones import diagnose, remedies
from writ_gym.domains.telecom.wishes import (
    AMOUNT,
    BILLS,
    LINES,
    AsMuchAs,
    BillBeside,
    BillChoice,
    EveryBill,
    EveryLine,
    FirstIn,
    LineByNumber,
    LineChoice,
    LineReference,
    WithinBudget,
)
from writ_gym.meaning.brute_force import Values, parsed
from writ_gym.meaning.proofs import Decision, UnclearError
from writ_gym.tasks import Call, Request


class Choosing(NamedTuple):
    """A choice before the rules: what could be meant if the user's preference is left aside."""

    what: str
    candidates: Sequence[str]
    together: bool = False
    """Whether several may be meant at once."""


PICKED = frozenset({"pay_bill", "lift_suspension", "suspend_line", "set_roaming", "refuel_data"})
"""Intents with a choice among records; a repair is about the phone's line alone."""


def find_decisions(case: Case, request: Request) -> list[Decision]:
    """Return every choice that makes a difference; none where nothing is written."""
    right = _writes(case, request)
    found: list[Decision] = []
    if right and request.intent in REPAIRS and REPAIR not in case.picks:
        return [_among_remedies(case, request)]
    if not right or request.intent not in PICKED:
        return found
    for choosing in _choices(case, request.values):
        if choosing.what in case.picks or len(choosing.candidates) < 2:
            continue
        decision = _decision(case, request, choosing, right)
        if len(decision.options) > 1 and (
            decision.together or set(decision.options) != set(decision.right)
        ):
            found.append(decision)
    return found


def _decision(case: Case, request: Request, choosing: Choosing, right: Sequence[Call]) -> Decision:
    what, several = choosing.what, choosing.together
    come_to = {
        option: _writes(
            case._replace(picks={**case.picks, what: (option,) if several else option}), request
        )
        for option in choosing.candidates
    }
    allowed = tuple(option for option, writes in come_to.items() if writes)
    if several:
        keys = {call.key for call in right}
        meant = (o for o in allowed if keys.issuperset(call.key for call in come_to[o]))
        return Decision(what, allowed, tuple(meant), together=True)
    return Decision(what, allowed, tuple(o for o in allowed if come_to[o] == right))


def _among_remedies(case: Case, request: Request) -> Decision:
    """Return the choice among what may help, for a user who only knows what does not work."""
    goal = goal_of(request.intent, request.values)
    needed = diagnose(case, goal).remedies
    come_to = {
        name: _writes(case._replace(picks={**case.picks, REPAIR: (name,)}), request)
        for name in remedies(case, goal)
    }
    options = tuple(name for name, writes in come_to.items() if writes)
    right = tuple(name for name in options if name in needed)
    return Decision(REPAIR, options, right, together=True, deeds=True)


def _writes(case: Case, request: Request) -> tuple[Call, ...]:
    try:
        return meaning_of(case, request.intent, request.values).writes
    except UnclearError:
        return ()


def _choices(case: Case, values: Values) -> Iterator[Choosing]:
    """Give the choices among lines and bills."""
    if "line" in values:
        yield from _among_lines(case, "line", parsed(LINES, values["line"]))
    if "bill" in values:
        bills = [bill.bill_id for bill in case.bills]
        match parsed(BILLS, values["bill"]):
            case BillChoice() | BillBeside():
                yield Choosing("bill", bills)
            case EveryBill() | WithinBudget():
                yield Choosing("bill", bills, together=True)
    wish = parsed(AMOUNT, values["amount"]) if "amount" in values else None
    if isinstance(wish, AsMuchAs):
        yield from _among_lines(case, "amount", wish.as_much_as)


def _among_lines(case: Case, what: str, reference: LineReference | EveryLine) -> Iterator[Choosing]:
    lines = [line.line_id for line in case.lines]
    match reference:
        case FirstIn(first_of=several):
            lines = [case.line(each).line_id for each in several]
        case LineChoice(by=str()):
            lines = [line.line_id for line in case.lines_like(reference)]
        case LineByNumber():
            return
    yield Choosing(what, lines, together=isinstance(reference, EveryLine))
