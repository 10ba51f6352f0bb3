"""The task sampler: fills a range of write count and of evidence burden from a world."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from writ_gym.database import Database
from writ_gym.domain import Domain, Intent, World
from writ_gym.errors import TaskError, UnsolvableError
from writ_gym.seeding import rng_for, seed_for
from writ_gym.solving import Notebook, Outcome, Write, drive
from writ_gym.tasks import (
    Call,
    Certificate,
    Disclosure,
    Due,
    GoldWrite,
    Request,
    SamplerConfig,
    Scenario,
    Split,
    Task,
)

ATTEMPTS = 2_000
"""Drafts of a task before a sampler says that it cannot find one."""

RETARGET = 8
"""Drafts for one cell of the ranges before another one is drawn."""

DRAWS = 3
"""Draws of a request of each intent before another user is tried."""

MAX_SIDE_BURDEN = 3
"""Largest evidence burden of the requests beside the one that makes a task as heavy as asked."""

ALL_AT_ONCE = 0.3
"""Share of the scenarios whose user opens with all requests."""

_SHARES: dict[Split, tuple[float, float]] = {
    "train": (0.0, 0.8),
    "validation": (0.8, 0.9),
    "test": (0.9, 1.0),
}


@dataclass(frozen=True, slots=True)
class Solution:
    """What a scenario's requests come to when they are solved one after the other."""

    scenario: Scenario
    outcomes: tuple[Outcome, ...]
    reads: tuple[tuple[Call, ...], ...]
    """For each request, the reads that were not known before."""
    identification: tuple[Call, ...]
    session: Database
    """The session after all writes."""

    @property
    def write_count(self) -> int:
        """How many writes the requests need together."""
        return sum(len(outcome.writes) for outcome in self.outcomes)

    @property
    def burdens(self) -> list[int]:
        """Reads behind each write; if there is no write, behind each request."""
        writing = [
            len(reads)
            for outcome, reads in zip(self.outcomes, self.reads, strict=True)
            if outcome.writes
        ]
        return writing or [len(reads) for reads in self.reads]


class TaskSampler:
    """Delivers tasks of a domain that match a config; a pure function of (config, world, seed)."""

    def __init__(
        self, domain: Domain[Any], config: SamplerConfig, world: World[Any] | None = None
    ) -> None:
        """Prepare a sampler.

        Args:
            domain: The domain.
            config: What tasks to deliver.
            world: Where they play; the domain's default world if not given.

        Raises:
            TaskError: The config names an unknown intent, or no user or intent fits it.
        """
        self.domain = domain
        self.config = config
        self.world = world or domain.world()
        self._writing, self._other = self._intents()
        self._callers: Mapping[str, int] = self.world.pool(
            ("callers", config.split), self._split_callers
        )
        if not self._callers:
            raise TaskError(f"The {config.split} split of this world has no users: enlarge it.")

    def _intents(self) -> tuple[list[Intent[Any]], list[Intent[Any]]]:
        names = self.config.intents
        chosen = [self.domain.intent(name) for name in names] or list(self.domain.intents)
        writing = [intent for intent in chosen if intent.writes]
        other = [intent for intent in chosen if not intent.writes]
        low, high = self.config.write_count
        if (low > 0 and not writing) or (high == 0 and not other):
            raise TaskError(f"No intent of {self.config.intents} makes {low}-{high} writes.")
        return writing, other

    def _split_callers(self) -> dict[str, int]:
        low, high = _SHARES[self.config.split]
        callers = self.domain.callers(self.world.db)
        return {c: writes for c, writes in callers.items() if low <= _position(c) < high}

    def sample(self, seed: int) -> Task:
        """Return the task of ``seed``.

        Raises:
            TaskError: None was found that matches the config; says after how many drafts.
        """
        rng = rng_for(seed, "task", self.domain.name, self.config.split)
        writes, burden = self._target(rng)
        for attempt in range(ATTEMPTS):
            if attempt and attempt % RETARGET == 0:
                writes, burden = self._target(rng)  # this cell may be empty in this world
            draft = self._draft(rng, writes, burden)
            if draft is None:
                continue
            solution = self._order(rng, draft)
            if solution is not None:
                return self._task(seed, solution)
        raise TaskError(
            f"No {self.domain.name} task with write_count {_range(self.config.write_count)} and "
            f"evidence_burden {_range(self.config.evidence_burden)} was found in {ATTEMPTS} drafts "
            f"(split {self.config.split!r}, {len(self._callers)} users): widen the ranges or "
            "enlarge the world."
        )

    def tasks(self, seed: int, count: int) -> Iterator[Task]:
        """Yield ``count`` tasks, the streams of which do not overlap with those of other seeds."""
        for index in range(count):
            yield self.sample(task_seed(seed, index))

    def _target(self, rng: np.random.Generator) -> tuple[int, int]:
        """Draw a cell of the two ranges."""
        low, high = self.config.write_count
        if not self._writing:
            high = 0
        if not self._other:
            low = max(low, 1)
        writes = int(rng.integers(low, high + 1))
        low, high = self.config.evidence_burden
        return writes, int(rng.integers(low, high + 1))

    def _draft(self, rng: np.random.Generator, writes: int, burden: int) -> "_Draft | None":
        """Return requests of one user for a cell: one of the full burden, the others up to it."""
        callers = self._callers_for(writes, burden)
        if not callers:
            return None
        caller = callers[int(rng.integers(len(callers)))]
        draft = _Draft(self.domain, self.world, caller, bool(writes))
        if not self._add(rng, draft, burden, burden):
            return None
        while len(draft.requests) < writes:
            if not self._add(rng, draft, 0, min(burden, MAX_SIDE_BURDEN)):
                return None
        return draft

    def _add(self, rng: np.random.Generator, draft: "_Draft", low: int, high: int) -> bool:
        """Add a request with a burden from ``low`` to ``high``, if the user can have one."""
        choices = [
            (intent, [burden for burden in burdens if low <= burden <= high])
            for intent, burdens in self._possible(draft.caller, draft.writing)
        ]
        choices = [choice for choice in choices if choice[1]] * DRAWS
        while choices:
            intent, burdens = choices.pop(int(rng.random() * len(choices)))
            burden = burdens[int(rng.random() * len(burdens))]
            request = intent.draft(self.world.db, draft.caller, burden, rng)
            if request is not None and draft.take(request):
                return True
        return False

    def _callers_for(self, writes: int, burden: int) -> list[str]:
        """Return the users who can have this many writes, and a request of this burden, at all."""
        key = ("callers", self.config.split, self.config.intents, writes, burden)
        made: list[str] = self.world.pool(
            key,
            lambda: [
                caller
                for caller, most_writes in self._callers.items()
                if writes <= most_writes
                and any(burden in burdens for _, burdens in self._possible(caller, writes > 0))
            ],
        )
        return made

    def _possible(self, caller: str, writing: bool) -> list[tuple[Intent[Any], Collection[int]]]:
        """Return the intents with the burdens that a request of the user can have."""
        known: dict[str, dict[str, Collection[int]]] = self.world.pool("burdens", dict)
        if caller not in known:
            db = self.world.db
            known[caller] = {i.name: i.burdens(db, caller) for i in self.domain.intents}
        of_caller = known[caller]
        return [(i, of_caller[i.name]) for i in (self._writing if writing else self._other)]

    def _order(self, rng: np.random.Generator, draft: "_Draft") -> "Solution | None":
        """Return the solved scenario in an order of the requests that keeps to the ranges.

        A request that comes late may find its evidence read already; the first one never does.
        """
        identity, unknown = self.domain.identity(self.world.db, draft.caller, rng)
        disclosure: Disclosure = "all_at_once" if rng.random() < ALL_AT_ONCE else "staged"
        seed = int(rng.integers(1 << 62))
        for order in ([int(n) for n in rng.permutation(len(draft.requests))], None):
            chosen = [draft.requests[n] for n in order] if order else draft.requests
            scenario = Scenario(
                identity=identity, unknown=unknown, requests=tuple(chosen),
                disclosure=disclosure, seed=seed,
            )  # fmt: skip
            try:
                solution = solve(self.domain, self.world, scenario)
            except UnsolvableError:
                continue
            if self._fits(solution) and draft.agrees(solution):
                return solution
        return None

    def _fits(self, solution: "Solution") -> bool:
        low, high = self.config.write_count
        light, heavy = self.config.evidence_burden
        return low <= solution.write_count <= high and light <= max(solution.burdens) <= heavy

    def _task(self, seed: int, solution: "Solution") -> Task:
        gold, due = [], []
        for index, (outcome, reads) in enumerate(
            zip(solution.outcomes, solution.reads, strict=True)
        ):
            for position, write in enumerate(outcome.writes):
                gold.append(
                    GoldWrite(
                        name=write.name,
                        arguments=write.arguments,
                        provenance=write.provenance,
                        evidence=() if position else reads,
                        request=index,
                    )
                )
            due += [_due(tell.value, outcome, index) for tell in outcome.tells]
        reasons = [outcome.reason for outcome in solution.outcomes if outcome.reason]
        certificate = Certificate(
            write_count=solution.write_count,
            evidence_burden=max(solution.burdens),
            evidence_total=sum(solution.burdens),
            identification=solution.identification,
            reason=None if gold else (reasons[0] if reasons else "information_only"),
            evidence=() if gold else tuple(call for reads in solution.reads for call in reads),
            goal_fingerprint=solution.session.fingerprint(),
        )
        return Task(
            domain=self.domain.name, world=self.world.ref, seed=seed, config=self.config,
            scenario=solution.scenario, gold_writes=tuple(gold), due=tuple(due),
            certificate=certificate,
        )  # fmt: skip


def task_seed(seed: int, index: int) -> int:
    """Return the seed of the task with this index in the stream of ``seed``."""
    return seed_for(seed, "tasks", index)


def solve(domain: Domain[Any], world: World[Any], scenario: Scenario) -> Solution:
    """Solve a scenario's requests one after the other in a clean session, making their writes.

    Raises:
        UnsolvableError: The facts do not lead to one outcome.
        TaskError: A solver's read or write fails; the scenario does not fit the world.
    """
    session: Database = world.db.session()
    notebook = Notebook()
    reader = _reader(domain, session)
    facts = {fact.slot: fact.value for fact in scenario.identity}
    caller, identification = drive(domain.identify(facts), notebook, reader)
    outcomes, reads = [], []
    for request in scenario.requests:
        plan = domain.intent(request.intent).solve(caller, request.values)
        outcome, made = drive(plan, notebook, reader)
        outcomes.append(outcome)
        reads.append(made)
        for write in outcome.writes:
            text = _apply(domain, session, write)
            target = domain.target(write.arguments)
            notebook.note_write(target, text, domain.stale(write.name, text))
    return Solution(scenario, tuple(outcomes), tuple(reads), identification, session)


class _Draft:
    """Requests of one user, each solved alone in the untouched world.

    They must come to the same when they are dealt with one after the other, in any order, so
    no two may write the same record.
    """

    def __init__(self, domain: Domain[Any], world: World[Any], caller: str, writing: bool) -> None:
        self.caller = caller
        self.writing = writing
        self.requests: list[Request] = []
        self._domain = domain
        self._reader = _reader(domain, world.db.session())
        self._notebook = Notebook()
        self._writes: dict[str, tuple[Write, ...]] = {}
        self._targets: set[str] = set()

    def take(self, request: Request) -> bool:
        """Add a request, unless it cannot be told or kept apart from the ones before."""
        if request.text in self._writes:
            return False
        plan = self._domain.intent(request.intent).solve(self.caller, request.values)
        try:
            outcome, _ = drive(plan, self._notebook, self._reader)
        except UnsolvableError:
            return False
        targets = {self._domain.target(write.arguments).key for write in outcome.writes}
        if bool(outcome.writes) != self.writing or targets & self._targets:
            return False
        self.requests.append(request)
        self._writes[request.text] = outcome.writes
        self._targets |= targets
        return True

    def agrees(self, solution: Solution) -> bool:
        """Say whether each request came to what it comes to alone."""
        return all(
            self._writes[request.text] == outcome.writes
            for request, outcome in zip(solution.scenario.requests, solution.outcomes, strict=True)
        )


def _reader(domain: Domain[Any], session: Database) -> Callable[[Call], str]:
    """Return what makes a solver's reads in ``session``."""

    def answer(call: Call) -> str:
        text, error = domain.tools.answer(session, call.name, call.arguments)
        if error:
            raise TaskError(f"The read {call.name}({dict(call.arguments)}) failed: {text}")
        return text

    return answer


def _apply(domain: Domain[Any], session: Database, write: Write) -> str:
    text, error = domain.tools.answer(session, write.name, write.arguments)
    if error:
        raise TaskError(f"The write {write.name}({dict(write.arguments)}) failed: {text}")
    return text


def _due(value: float | str, outcome: Outcome, request: int) -> Due:
    if outcome.reason:
        return Due(kind="refusal", value=value, request=request)
    return Due(kind="text" if isinstance(value, str) else "number", value=value, request=request)


def _position(caller: str) -> float:
    """Return where a user stands between 0 and 1; the same in every world and process."""
    return float(rng_for(0, "split", caller).random())


def _range(bounds: tuple[int, int]) -> str:
    return str(bounds[0]) if bounds[0] == bounds[1] else f"{bounds[0]}-{bounds[1]}"
