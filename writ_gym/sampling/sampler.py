"""The task sampler: fills a range of write count and of evidence burden from a world."""

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np

from writ_gym.certificates.certifying import OTHER_BURDEN, Certified, RejectedError
from writ_gym.certificates.checking import POINTS, check_task, resisted
from writ_gym.counting import span
from writ_gym.domain import Domain, World
from writ_gym.errors import TaskError, ToolError
from writ_gym.sampling.composing import MORE_DRAWS, Composer
from writ_gym.sampling.drafts import Draft
from writ_gym.sampling.reaching import MANY
from writ_gym.seeding import rng_for, seed_for
from writ_gym.tasks import (
    Call,
    Disclosure,
    SamplerConfig,
    Scenario,
    Task,
)
from writ_gym.users.behaviours import draw_behaviours, named

ATTEMPTS = 2_000
"""Drafts of a task before a sampler says that it cannot find one."""

TWIN_ATTEMPTS = 500
"""Drafts of a twin before a sampler says that it cannot find one."""

RETARGET = 4
"""Drafts for one cell of the ranges before another one is drawn."""

ALL_AT_ONCE = 0.3
"""Share of the scenarios whose user opens with all requests."""

PROVED_WHEN_MADE = frozenset(
    {
        "meaning", "due", "replay", "provenance", "witnesses", "evidence", "figures", "shortcuts",
        "orders",
    }
)  # fmt: skip
"""Points of the check that the certifier has proved by the checker's own means."""
SO_BY_CONSTRUCTION = frozenset({"wording"})
"""Points that hold where a domain's texts are drawn from its grammar, as all are."""


class TaskSampler:
    """Delivers certified tasks that match a config; a pure function of (config, world, seed).

    A draft that the certifier or the checker rejects is never delivered; ``rejected`` counts
    them by reason.
    """

    def __init__(
        self,
        domain: Domain[Any],
        config: SamplerConfig,
        world: World[Any] | None = None,
        thorough: bool = False,
    ) -> None:
        """Prepare a sampler.

        Args:
            domain: The domain.
            config: What tasks to deliver.
            world: Where they play; the domain's default world if not given.
            thorough: Prove as well that no record matters which the solver did not read, and that
                what the user says is of the grammar. That follows from a right solver, and from
                texts that are drawn from the grammar, and takes up to half as long again.

        Raises:
            TaskError: The config names an unknown intent, operator or behaviour, or no user or
                intent fits it.
        """
        self.domain = domain
        self.config = config
        self.world = world or domain.world()
        self.thorough = thorough
        self._composer = Composer(domain, config, self.world, thorough)
        self.rejected = self._composer.rejected
        weights = named(config.behaviours, domain.hands is not None)
        weighted = isinstance(config.behaviours, Mapping)
        self._behaviours = weights if weighted else tuple(weights)

    def __reduce__(self) -> tuple[type["TaskSampler"], tuple[Any, ...]]:
        """Pickle a sampler as what it was made of."""
        return type(self), (self.domain, self.config, self.world, self.thorough)

    def sample(self, seed: int) -> Task:
        """Return the task of ``seed``.

        Raises:
            TaskError: None was found that matches the config; says after how many drafts, and
                what became of them.
        """
        rng = rng_for(seed, "task", self.domain.name, self.config.split)
        reasons: Counter[str] = Counter()
        cell = self._composer.target(rng)
        attempts = ATTEMPTS // MORE_DRAWS if self.config.operators else ATTEMPTS
        drafts = 0
        for attempt in range(attempts):
            if attempt and attempt % RETARGET == 0:
                cell = self._composer.target(rng)  # this cell may be empty in this world
            elif attempt % RETARGET == RETARGET - 1:
                cell = cell._replace(ending=None)  # or hold nothing that ends like that
            if not self._composer.callers_for(cell):
                continue
            drafts += 1
            try:
                task = self._task(rng, seed, self._composer.compose(rng, cell))
                self._check(task)
            except RejectedError as error:
                reasons[str(error)] += 1
                continue
            self.rejected += reasons
            return task
        self.rejected += reasons
        most = ", ".join(f"{reason}: {count}" for reason, count in reasons.most_common(4))
        raise TaskError(
            f"No {self.domain.name} task with write_count {span(self.config.write_count)} and "
            f"evidence_burden {span(self.config.evidence_burden)} was found in {drafts} drafts "
            f"(split {self.config.split!r}, {len(self._composer.callers)} users; "
            f"{most or 'none of them can have one'}): widen the ranges or enlarge the world."
        )

    def tasks(self, seed: int, count: int) -> Iterator[Task]:
        """Yield ``count`` tasks, the streams of which do not overlap with those of other seeds."""
        for index in range(count):
            yield self.sample(task_seed(seed, index))

    def twin(self, task: Task, evidence_burden: tuple[int, int] = (0, 2), seed: int = 0) -> Task:
        """Return a task with the same gold write and another evidence burden.

        Args:
            task: A task of this sampler's world with one write.
            evidence_burden: The range of the twin's burden.
            seed: Seeds the twin.

        Raises:
            TaskError: The task has not one write, or none was found; says why.
        """
        if len(task.gold_writes) != 1:
            raise TaskError(f"A twin is of a task with one write, not {len(task.gold_writes)}.")
        write = Call(task.gold_writes[0].name, task.gold_writes[0].arguments)
        config = self.config.model_copy(
            update={
                "write_count": (1, 1), "evidence_burden": evidence_burden,
                "least_burden": 0, "least_candidates": 1, "unwritten_share": 0.0,
                "split": task.config.split,
                "intents": (), "operators": (),  # whatever those of the other one are
            }
        )  # fmt: skip
        sampler = TaskSampler(self.domain, config, self.world, self.thorough)
        return sampler._twin(seed, task.task_id, task.certificate.caller, write)

    def again(self, task: Task) -> Task:
        """Return the task that this sampler delivers for the seed of another one.

        If that is a twin, it is a twin of the same task, with its own gold write for that of both.

        Raises:
            TaskError: None was found, see ``sample`` and ``twin``; or it is no twin of anything.
        """
        if task.twin_of is None:
            return self.sample(task.seed)
        caller = task.certificate.caller
        if len(task.gold_writes) != 1 or caller not in self._composer.callers:
            raise TaskError(f"A twin has one write and a user of its split, unlike {task.task_id}.")
        write = Call(task.gold_writes[0].name, task.gold_writes[0].arguments)
        try:
            self.domain.all_tools.call(self.world.begin(task), write.name, write.arguments)
        except ToolError as error:
            raise TaskError(f"The gold write ({write.name}) fails: {error}") from error
        return self._twin(task.seed, task.twin_of, caller, write)

    def _twin(self, seed: int, twin_of: str, caller: str, write: Call) -> Task:
        """Return a task of a user with a given gold write.

        Raises:
            TaskError: None was found.
        """
        rng = rng_for(seed, "twin", twin_of)
        reasons: Counter[str] = Counter()
        for _ in range(TWIN_ATTEMPTS):
            try:
                return self._attempt_twin(rng, seed, twin_of, caller, write)
            except RejectedError as error:
                reasons[str(error)] += 1
        (most, _), *_ = reasons.most_common(1)
        raise TaskError(  # in words that many tasks share
            f"No twin with evidence_burden {span(self.config.evidence_burden)} was found in "
            f"{TWIN_ATTEMPTS} drafts (mostly: {most}): either its write ({write.name}) takes more "
            "reads by itself, or the user's records do not give so many."
        )

    def _attempt_twin(
        self, rng: np.random.Generator, seed: int, twin_of: str, caller: str, write: Call
    ) -> Task:
        """Return a task of a user with a given gold write.

        Raises:
            RejectedError: This draft comes to none; says why.
        """
        low, high = self.config.evidence_burden
        burden = low + int(rng.random() * (high + 1 - low))
        draft = self._composer.begin(caller, rng)
        brief = self._composer.brief(draft, burden, burden, 1)
        requests = (i.twin(self.world.db, brief, write, rng) for i in self.domain.intents)
        request = next((request for request in requests if request), None)
        if request is None:
            raise RejectedError("no words for the write took just as many reads")
        draft.take(request, 1, (low, high))
        twin = self._task(rng, seed, draft, twin_of)
        if not self._same_write(twin, write):
            raise RejectedError("the request comes to another write")
        self._check(twin)
        return twin

    def _same_write(self, task: Task, write: Call) -> bool:
        gold = Call(task.gold_writes[0].name, task.gold_writes[0].arguments)
        canonical = self.domain.proof.canonical
        return canonical(gold).key == canonical(write).key

    def _check(self, task: Task) -> None:
        """Check what the certifier has not proved already.

        Raises:
            RejectedError: A point is broken.
        """
        left_out = PROVED_WHEN_MADE if self.thorough else PROVED_WHEN_MADE | SO_BY_CONSTRUCTION
        points = [point for point in POINTS if point not in left_out]
        findings = check_task(task, self.domain, self.world, points)
        if findings:
            raise RejectedError(f"the check of {findings[0].point!r} fails")

    def _task(
        self, rng: np.random.Generator, seed: int, draft: Draft, twin_of: str | None = None
    ) -> Task:
        """Return the task of a draft.

        Raises:
            RejectedError: It is not in the ranges, or a shortcut leads to its gold.
        """
        disclosure: Disclosure = "all_at_once" if rng.random() < ALL_AT_ONCE else "staged"
        made = draft.certifier.finish(draft.session)
        if not self._fits(made):
            raise RejectedError(OTHER_BURDEN)
        scenario = Scenario(
            identity=draft.identity, unknown=draft.unknown, requests=tuple(draft.requests),
            disclosure=disclosure if made.certificate.orders_agree else "staged",
            seed=int(rng.integers(1 << 62)),
        )  # fmt: skip
        if self._behaviours:
            mistake = partial(self.domain.mistake, draft.style)
            scenario = draw_behaviours(
                scenario, self._behaviours, rng, mistake, any_order=made.certificate.orders_agree
            )
        task = Task(
            domain=self.domain.name, world=self.world.ref, seed=seed, config=self.config,
            twin_of=twin_of, scenario=scenario, gold_writes=made.gold_writes, due=made.due,
            certificate=made.certificate,
        )  # fmt: skip
        shortcuts = made.certificate.shortcuts
        if task.is_read_heavy and shortcuts and any(resisted(shortcuts)):
            raise RejectedError("a shortcut is right")
        return task

    def _fits(self, made: Certified) -> bool:
        low, high = self.config.write_count
        light, heavy = self.config.evidence_burden
        certificate = made.certificate
        burdens = [write.burden for write in made.gold_writes] or [certificate.evidence_burden]
        compared = [write.measures.candidates for write in made.gold_writes if write.measures]
        return (
            low <= certificate.write_count <= high
            and light <= certificate.evidence_burden <= heavy
            and min(burdens) >= self.config.least_burden
            and min(compared, default=MANY) >= self.config.least_candidates
        )


def task_seed(seed: int, index: int) -> int:
    """Return the seed of the task with this index in the stream of ``seed``."""
    return seed_for(seed, "tasks", index)
