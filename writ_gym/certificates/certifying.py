"""From solved requests to a task with its proof: the evidence of every write, and what it measures.

The solver's reads are sufficient; those without which an edit could make another write right are
the evidence. What the solver decided must be what brute force says, or the draft is rejected.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, NamedTuple

from writ_gym.certificates.evidence import Keeps, Moment
from writ_gym.certificates.known import Known
from writ_gym.certificates.least_sets import smaller_set
from writ_gym.certificates.orders import Dealings
from writ_gym.certificates.provenance import wrong_sources
from writ_gym.database import JSON, Database, leaves
from writ_gym.domain import Domain, World
from writ_gym.meaning.proofs import Meaning, UnclearError
from writ_gym.meaning.solving import Outcome
from writ_gym.tasks import (
    Call,
    Certificate,
    Due,
    GoldWrite,
    Measures,
    Request,
    Shortcuts,
    Witness,
)
from writ_gym.understanding.telling import is_telling, is_told

OTHER_BURDEN = "the burden that was proved is not the one asked for"
FEWER_READS = "fewer reads would be enough"
MORE_READS = "what no read showed would change what is right"
OTHER_SOURCES = "an argument does not come from where the solver says"
TOLD_ANYWAY = "what has to be told is told with the writes in any case"


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


@dataclass(frozen=True, slots=True)
class Proved:
    """What was proved of one request at its turn."""

    request: Request
    meaning: Meaning
    outcome: Outcome
    burdens: tuple[int, ...]
    witnesses: tuple[Witness, ...]
    gold: tuple[GoldWrite, ...] = ()
    shortcuts: Shortcuts | None = None
    evidence: tuple[Call, ...] = ()
    searched: tuple[Call, ...] = ()
    measures: Measures | None = None
    """Where nothing is written, what the answer rests on; else that is in the gold writes."""


class _Claim(NamedTuple):
    """That no smaller set of reads determines as much; the arguments of ``smaller_set``."""

    reads: Sequence[Call]
    witnesses: Sequence[Witness]
    fixed: Sequence[Call]
    keeps: Keeps


class Certifier:
    """Proves the requests of a user one after the other; one that it rejects leaves no trace."""

    def __init__(
        self,
        domain: Domain[Any],
        world: World[Any],
        caller: str,
        identity: Mapping[str, JSON],
        identification: Sequence[Call],
        each: int = 0,
        thorough: bool = False,
    ) -> None:
        """Prepare to certify a user's requests.

        Args:
            domain: The domain.
            world: Where they play.
            caller: Who the user is.
            identity: The identity facts by slot.
            identification: The reads that found the user by them.
            each: The evidence burden that every write has to have at least.
            thorough: Prove as well that what no read showed does not matter.
        """
        self._domain = domain
        self._each = each
        self._world = world
        self._caller = caller
        self._identity = identity
        self._identification = tuple(identification)
        self._thorough = thorough
        self._dealings = Dealings(domain, world, caller)
        self._session = self._dealings.session({})
        self._known = Known(domain, self._session, identification)
        self._proved: list[Proved] = []

    @property
    def known(self) -> Sequence[Call]:
        """The reads whose answers are known and still hold, those that writes answered included."""
        return self._known.calls

    def add(self, request: Request, solved: Solved, burden: tuple[int, int]) -> None:
        """Prove a request at its turn, after those that were added before.

        Args:
            request: The request.
            solved: What its solver made of it.
            burden: The range that its evidence burden has to be in.

        Raises:
            RejectedError: The solver and brute force differ, or a point cannot be proved.
        """
        least, most = burden
        if len(solved.reads) < least:  # the evidence is among them
            raise RejectedError(OTHER_BURDEN)
        moment = Moment(self._domain, self._session.fork(), self._caller, self._identity, request)
        self._agree(moment, solved.outcome)
        prove = self._prove_writes if solved.outcome.writes else self._prove_answer
        try:
            proved, claims = prove(moment, solved, least)
        except UnclearError as error:
            raise RejectedError("reads can stand for one another") from error
        if not least <= max(proved.burdens) <= most:
            raise RejectedError(OTHER_BURDEN)
        if any(smaller_set(moment, *claim) for claim in claims):
            raise RejectedError(FEWER_READS)
        if not all(_is_sufficient(moment, claim, self._thorough) for claim in claims):
            raise RejectedError(MORE_READS)
        self._go_on(moment, solved)
        self._proved.append(proved)

    def finish(self, solved: Database) -> Certified:
        """Return what the task of the requests that were added is made of.

        Args:
            solved: The state that the solver's own writes have led to.

        Raises:
            RejectedError: The same writes made again have led to another state.
        """
        goal = self._session.changes()
        if solved.changes() != goal:
            raise RejectedError("the gold writes lead to another state the second time")
        gold = tuple(write for each in self._proved for write in each.gold)
        answers = [each for each in self._proved if not each.gold]
        # The burden is that of writes, wherever there are any.
        counted = [each for each in self._proved if each.gold] or answers
        burdens = [burden for each in counted for burden in each.burdens]
        certificate = Certificate(
            write_count=len(gold),
            evidence_burden=max(burdens, default=0),
            evidence_total=sum(burdens),
            caller=self._caller,
            identification=self._identification,
            reason=next((each.outcome.reason or "information_only" for each in answers), None),
            evidence=tuple(call for each in answers for call in each.evidence),
            searched=tuple(call for each in answers for call in each.searched),
            goal_fingerprint=self._session.fingerprint(),
            measures=answers[-1].measures if answers else None,
            entities_changed=len(goal),
            decision_groups=decision_groups(self._domain, gold),
            orders_agree=self._dealings.orders_agree(
                [each.request for each in self._proved],
                {i: each.meaning for i, each in enumerate(self._proved) if not each.gold},
                goal,
            ),
            witnesses=tuple(witness for each in self._proved for witness in each.witnesses),
            shortcuts=together([each.shortcuts for each in self._proved if each.shortcuts]),
        )
        due = tuple(
            item for index, each in enumerate(self._proved) for item in self._due(each, index)
        )
        if any(self._is_told_anyway(item) for item in due):
            raise RejectedError(TOLD_ANYWAY)
        return Certified(gold, due, certificate)

    def _is_told_anyway(self, due: Due) -> bool:
        """Say whether what is due is told by what has to be said of the requests that write."""
        said = [
            text
            for each in self._proved
            if each.gold
            for text in (each.outcome.statement, each.outcome.report)
        ]
        others = self._domain.others
        return bool(said) and (not is_telling(due.value) or is_told(due, said, others))

    def _agree(self, moment: Moment, outcome: Outcome) -> None:
        """Check that the solver decided what brute force says is right."""
        try:
            meaning = moment.meaning
        except UnclearError as error:
            raise RejectedError("unclear") from error
        canonical = self._domain.proof.canonical
        decided = sorted(canonical(Call(w.name, w.arguments)).key for w in outcome.writes)
        if decided != sorted(canonical(call).key for call in meaning.writes):
            raise RejectedError("solver and brute force differ")

    def _prove_writes(
        self, moment: Moment, solved: Solved, least: int
    ) -> tuple[Proved, Sequence[_Claim]]:
        moves = solved.outcome.writes
        if len(moves) > 1:
            least = self._each  # another of them may be the one that needs so many
        left, fixed = list(solved.reads), list(self._known.calls)
        gold: list[GoldWrite] = []
        witnesses: list[Witness] = []
        claims: list[_Claim] = []
        for position, write in enumerate(moves):
            last = position == len(moves) - 1
            call = Call(write.name, write.arguments)
            keeps = moment.keeps_writes() if last else moment.keeps_write(call)
            evidence, found = moment.minimal(left, fixed, keeps, least)
            if len(evidence) < least:
                raise RejectedError(OTHER_BURDEN)
            claims.append(_Claim(left, found, [*fixed], keeps))
            left = [read for read in left if read not in evidence]
            fixed += evidence
            witnesses += found
            gold.append(
                GoldWrite(
                    name=write.name, arguments=write.arguments, provenance=write.provenance,
                    evidence=tuple(evidence), searched=tuple(left) if last else (),
                    request=len(self._proved),
                    measures=moment.measures(evidence, self._reads_made(solved)),
                )
            )  # fmt: skip
        reads = [*(witness.read for witness in witnesses), *left, *self._known.calls]
        if any(wrong_sources(self._domain.proof, moment.request, gold, reads, moment.answer)):
            raise RejectedError(OTHER_SOURCES)
        proved = Proved(
            request=moment.request,
            meaning=moment.meaning,
            outcome=solved.outcome,
            burdens=tuple(write.burden for write in gold),
            witnesses=tuple(witnesses),
            gold=tuple(gold),
            shortcuts=shortcuts(moment, [Call(w.name, w.arguments) for w in moves]),
        )
        return proved, claims

    def _prove_answer(
        self, moment: Moment, solved: Solved, least: int
    ) -> tuple[Proved, Sequence[_Claim]]:
        tells = solved.outcome.tells if solved.outcome.reason else ()
        keeps = moment.keeps_answer(*(tell.value for tell in tells))
        fixed = self._known.calls
        evidence, witnesses = moment.minimal(solved.reads, fixed, keeps, least)
        proved = Proved(
            request=moment.request,
            meaning=moment.meaning,
            outcome=solved.outcome,
            burdens=(len(evidence),),
            witnesses=tuple(witnesses),
            evidence=tuple(evidence),
            searched=tuple(read for read in solved.reads if read not in evidence),
            measures=moment.measures(evidence, self._reads_made(solved)),
        )
        return proved, [_Claim(solved.reads, witnesses, fixed, keeps)]

    def _reads_made(self, solved: Solved) -> int:
        return len(self._known.calls) + len(solved.reads)

    def _go_on(self, moment: Moment, solved: Solved) -> None:
        """Make the reads and writes of a request that was proved."""
        session, known = self._session, self._known.copy()
        before = state = session.written()
        known.read(session, solved.reads)
        for write in solved.outcome.writes:
            call = Call(write.name, write.arguments)
            after = self._dealings.after(state, call)
            if after is None:
                raise RejectedError("a gold write fails")
            if after == state:
                raise RejectedError("a gold write changes nothing")
            state, session = after, self._dealings.session(after)
            known.wrote(session, call)
        self._dealings.note(len(self._proved), before, moment.meant)
        self._session, self._known = session, known

    def _due(self, proved: Proved, index: int) -> Iterator[Due]:
        """Yield what has to be done and told besides the writes."""
        if proved.gold:
            return
        if proved.outcome.hand_over:
            yield Due(kind="hand_over", value=self._domain.hand_over, request=index)
        yield from (_due(tell.value, proved.outcome, index) for tell in proved.outcome.tells)


def _is_sufficient(moment: Moment, claim: _Claim, thorough: bool) -> bool:
    """Say whether reads that are necessary determine what is right.

    Args:
        moment: The request at its turn.
        claim: What is claimed.
        thorough: Try records as well that no read showed, which a right solver need not see.
    """
    necessary = [witness.read for witness in claim.witnesses]
    known = [*claim.fixed, *necessary]
    if not thorough:
        # Where all reads of records that were made are necessary, a right solver needs no more;
        # those that can stand for one another were weighed already. Else several may matter.
        # Those that only stand aside of what the others show are known not to matter.
        asked, proof = (moment.session, moment.caller, moment.request), moment.domain.proof
        shown = [read for read in claim.reads if proof.records(moment.session, read)]
        others = [read for read in shown if read not in necessary]
        if (necessary and proof.looks(*asked)) or not others or moment.are_aside(others, known):
            return True
    return moment.disproof(moment.around(), known, claim.keeps) is None


def _due(value: float | str, outcome: Outcome, request: int) -> Due:
    if outcome.reason:
        return Due(kind="refusal", value=value, request=request)
    return Due(kind="text" if isinstance(value, str) else "number", value=value, request=request)


def shortcuts(moment: Moment, writes: Sequence[Call]) -> Shortcuts:
    """Return what comes of acting on a request without comparing."""
    decisions = moment.decisions
    known = {*stated([fact.value for fact in moment.request.facts]), moment.caller}
    return Shortcuts(
        first_is_right=all(decision.first_is_right for decision in decisions),
        guess_is_right=not any(decision.deeds for decision in decisions)
        and all(set(leaves(call.arguments)) <= known for call in writes),
        chance=prod(decision.chance for decision in decisions),
    )


def together(each: Sequence[Shortcuts]) -> Shortcuts | None:
    """Return the shortcuts of all requests of a task, each of which has to be right."""
    if not each:
        return None
    return Shortcuts(
        first_is_right=all(one.first_is_right for one in each),
        guess_is_right=all(one.guess_is_right for one in each),
        chance=prod(one.chance for one in each),
    )


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
