"""From solved requests to a task with its proof: the evidence of every write, and what it measures.

The solver's reads are sufficient; those without which an edit could make another write right are
the evidence. What the solver decided must be what brute force says, or the draft is rejected.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from math import prod
from typing import Any

from writ_gym.database import JSON, Database
from writ_gym.domain import Domain, World
from writ_gym.errors import ToolError
from writ_gym.evidence import Known, Moment
from writ_gym.proofs import Decision, UnclearError
from writ_gym.solving import Outcome
from writ_gym.tasks import (
    Call,
    Certificate,
    Due,
    GoldWrite,
    Measures,
    Scenario,
    Shortcuts,
    Witness,
)


class RejectedError(Exception):
    """A draft that cannot be certified; the message is the reason, for counting."""


@dataclass(frozen=True, slots=True)
class Solved:
    """A request as its solver dealt with it at its turn."""

    outcome: Outcome
    reads: tuple[Call, ...]
    """The reads that were not known before."""


@dataclass(frozen=True, slots=True)
class Certified:
    """What a task is made of besides its scenario."""

    gold_writes: tuple[GoldWrite, ...]
    due: tuple[Due, ...]
    certificate: Certificate


class Certifier:
    """Walks through a scenario's requests and collects the proof."""

    def __init__(
        self,
        domain: Domain[Any],
        world: World[Any],
        scenario: Scenario,
        caller: str,
        identification: Sequence[Call],
        least: int = 0,
    ) -> None:
        """Prepare to certify a scenario.

        Args:
            domain: The domain.
            world: Where it plays.
            scenario: What the user knows.
            caller: Who the user is.
            identification: The reads that found that out.
            least: The evidence burden below which the first request's proof is given up.
        """
        self._least = least
        self._domain = domain
        self._world = world
        self._scenario = scenario
        self._caller = caller
        self._identification = tuple(identification)
        self._identity = {fact.slot: fact.value for fact in scenario.identity}
        self._session: Database = world.db.session()
        self._known = Known(domain, self._session, identification)
        self._gold: list[GoldWrite] = []
        self._due: list[Due] = []
        self._witnesses: list[Witness] = []
        self._evidence: list[Call] = []
        self._searched: list[Call] = []
        self._burdens: list[int] = []
        self._measures: Measures | None = None
        self._shortcuts: list[Shortcuts] = []

    def certify(self, solved: Sequence[Solved]) -> Certified:
        """Return what the task is made of.

        Raises:
            RejectedError: The solver and brute force differ, or a point cannot be proved.
        """
        for index, each in enumerate(solved):
            request = self._scenario.requests[index]
            moment = Moment(
                self._domain, self._session.fork(), self._caller, self._identity, request
            )
            self._agree(moment, each.outcome)
            if each.outcome.writes:
                self._certify_writes(moment, index, each)
            else:
                self._certify_answer(moment, index, each)
        reasons = [each.outcome.reason for each in solved if each.outcome.reason]
        reason = None if self._gold else (reasons[0] if reasons else "information_only")
        certificate = Certificate(
            write_count=len(self._gold),
            evidence_burden=max(self._burdens, default=0),
            evidence_total=sum(self._burdens),
            caller=self._caller,
            identification=self._identification,
            reason=reason,
            evidence=tuple(self._evidence),
            searched=tuple(self._searched),
            goal_fingerprint=self._session.fingerprint(),
            measures=self._measures,
            entities_changed=len(self._session.changes()),
            decision_groups=decision_groups(self._domain, self._gold),
            orders_agree=orders_agree(
                self._domain, self._world, self._caller, self._scenario, self._session
            ),
            witnesses=tuple(self._witnesses),
            shortcuts=together(self._shortcuts),
        )
        return Certified(tuple(self._gold), tuple(self._due), certificate)

    def _agree(self, moment: Moment, outcome: Outcome) -> None:
        """Check that the solver decided what brute force says is right."""
        try:
            meaning = moment.meaning
        except UnclearError as error:
            raise RejectedError("unclear") from error
        canonical = self._domain.proof.canonical
        decided = {canonical(Call(w.name, w.arguments)).key for w in outcome.writes}
        if decided != {canonical(call).key for call in meaning.writes}:
            raise RejectedError("solver and brute force differ")

    def _certify_writes(self, moment: Moment, index: int, solved: Solved) -> None:
        moves = solved.outcome.writes
        least = self._least if len(self._scenario.requests) == len(moves) == 1 else 0
        left = list(solved.reads)
        fixed = list(self._known.calls)
        for position, write in enumerate(moves):
            call = Call(write.name, write.arguments)
            evidence, witnesses = moment.minimal(left, fixed, moment.keeps_write(call), least)
            if len(evidence) < least:
                raise RejectedError("the burden that was proved is not the one asked for")
            left = [read for read in left if read not in evidence]
            fixed += evidence
            self._burdens.append(len(evidence))
            self._witnesses += witnesses
            last = position == len(moves) - 1
            searched = tuple(left) if last else ()
            before = len(self._known.calls) + len(solved.reads)
            self._gold.append(
                GoldWrite(
                    name=write.name, arguments=write.arguments, provenance=write.provenance,
                    evidence=tuple(evidence), searched=searched, request=index,
                    measures=moment.measures(evidence, before),
                )
            )  # fmt: skip
        self._shortcuts.append(shortcuts(moment, [Call(w.name, w.arguments) for w in moves]))
        self._known.read(self._session, solved.reads)
        for write in moves:
            try:
                answer = self._domain.tools.call(self._session, write.name, write.arguments)
            except ToolError as error:
                raise RejectedError("a gold write fails") from error
            self._known.wrote(self._session, self._domain.target(write.arguments), answer)

    def _certify_answer(self, moment: Moment, index: int, solved: Solved) -> None:
        outcome, fixed = solved.outcome, list(self._known.calls)
        evidence, witnesses = moment.minimal(
            solved.reads, fixed, moment.keeps_answer(), self._least
        )
        if len(evidence) < self._least:
            raise RejectedError("the burden that was proved is not the one asked for")
        self._burdens.append(len(evidence))
        self._witnesses += witnesses
        self._evidence += evidence
        self._searched += [read for read in solved.reads if read not in evidence]
        self._measures = moment.measures(evidence, len(self._known.calls) + len(solved.reads))
        if outcome.hand_over:
            tool = self._domain.hand_over
            self._due.append(Due(kind="hand_over", value=tool, request=index))
        self._due += [_due(tell.value, outcome, index) for tell in outcome.tells]


def _due(value: float | str, outcome: Outcome, request: int) -> Due:
    if outcome.reason:
        return Due(kind="refusal", value=value, request=request)
    return Due(kind="text" if isinstance(value, str) else "number", value=value, request=request)


def shortcuts(moment: Moment, writes: Sequence[Call]) -> Shortcuts:
    """Return what comes of acting on a request without comparing."""
    decisions = moment.decisions
    known = {*stated([fact.value for fact in moment.request.facts]), moment.caller}
    return Shortcuts(
        first_is_right=all(
            decision.options[0] in decision.right and not decision.together
            for decision in decisions
        ),
        guess_is_right=all(set(leaves(call.arguments)) <= known for call in writes),
        chance=prod(map(chance, decisions)),
    )


def chance(decision: Decision) -> float:
    """Return the probability to draw an option that is right, or the selection that is."""
    options = len(decision.options)
    return 1 / (2**options - 1) if decision.together else len(decision.right) / options


def together(each: Sequence[Shortcuts]) -> Shortcuts | None:
    """Return the shortcuts of all requests of a task, each of which has to be right."""
    if not each:
        return None
    return Shortcuts(
        first_is_right=all(one.first_is_right for one in each),
        guess_is_right=all(one.guess_is_right for one in each),
        chance=prod(one.chance for one in each),
    )


def leaves(value: JSON) -> list[JSON]:
    """Return the scalars in a JSON value."""
    if isinstance(value, dict):
        return [leaf for each in value.values() for leaf in leaves(each)]
    if isinstance(value, list | tuple):
        return [leaf for each in value for leaf in leaves(each)]
    return [value]


def stated(value: JSON) -> list[JSON]:
    """Return the scalars in a JSON value, but not those of which only one is meant."""
    if isinstance(value, dict):
        return [leaf for each in value.values() for leaf in stated(each)]
    if isinstance(value, list | tuple):
        enumerated = len(value) > 1 and not isinstance(value[0], dict | list | tuple)
        return [] if enumerated else [leaf for each in value for leaf in stated(each)]
    return [value]


def decision_groups(domain: Domain[Any], gold: Sequence[GoldWrite]) -> int:
    """Return the number of groups of requests that write no record in common."""
    records: dict[int, set[str]] = {}
    for write in gold:
        records.setdefault(write.request, set()).add(domain.target(write.arguments).key)
    groups: list[set[str]] = []
    for keys in records.values():
        joined = set(keys).union(*(group for group in groups if group & keys))
        groups = [*(group for group in groups if not group & keys), joined]
    return len(groups)


MOST_PERMUTED = 2
"""Requests up to which every order is tried; beyond, swaps of neighbours and the reverse."""


def orders_agree(
    domain: Domain[Any], world: World[Any], caller: str, scenario: Scenario, goal: Database
) -> bool:
    """Say whether the requests come to the same state in other orders, by brute force."""
    count = len(scenario.requests)
    if count == 1:
        return True
    wanted = goal.changes()
    places = list(range(count))
    if count <= MOST_PERMUTED:
        orders = [list(order) for order in permutations(places)][1:]
    else:
        swaps = ([*places[:i], i + 1, i, *places[i + 2 :]] for i in range(count - 1))
        orders = [*swaps, places[::-1]]
    return all(_changes_in(domain, world, caller, scenario, order) == wanted for order in orders)


def _changes_in(
    domain: Domain[Any], world: World[Any], caller: str, scenario: Scenario, order: Sequence[int]
) -> object:
    """Return what the requests change in an order, None if they cannot be dealt with in it."""
    session = world.db.session()
    for place in order:
        try:
            meaning = domain.proof.meaning(session, caller, scenario.requests[place])
            for call in meaning.writes:
                domain.tools.call(session, call.name, call.arguments)
        except (UnclearError, ToolError):
            return None
    return session.changes()
