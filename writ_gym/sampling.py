"""The task sampler: fills a range of write count and of evidence burden from a world."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from writ_gym.behaviours import draw_behaviours, named
from writ_gym.certifying import OTHER_BURDEN, Certified, RejectedError
from writ_gym.checking import POINTS, check_task, is_read_heavy, resisted
from writ_gym.domain import Brief, Domain, Intent, World
from writ_gym.drafts import Draft
from writ_gym.errors import TaskError, ToolError
from writ_gym.reaching import Reaches
from writ_gym.seeding import rng_for, seed_for
from writ_gym.solving import ANSWERED, REFUSED, Ending
from writ_gym.tasks import (
    Call,
    Disclosure,
    SamplerConfig,
    Scenario,
    Task,
)

ATTEMPTS = 2_000
"""Drafts of a task before a sampler says that it cannot find one."""

RETARGET = 4
"""Drafts for one cell of the ranges before another one is drawn."""

DRAWS = 3
"""Draws of a request of each intent before another user is tried."""

ENDINGS: Mapping[Ending, float] = {
    "forbidden": 0.35, "unmet": 0.25, "information": 0.25, "handed_over": 0.15,
}  # fmt: skip
"""How likely a request without writes is drawn to end like that, as far as there are such."""

BESIDE_WRITES: Sequence[Ending] = (*REFUSED, *ANSWERED)
"""How a request without writes can end beside some that write: a human would take over them all."""

MAX_SIDE_BURDEN = 3
"""Largest evidence burden of the requests beside the one that makes a task as heavy as asked."""

ALL_AT_ONCE = 0.3
"""Share of the scenarios whose user opens with all requests."""

SPARE = MAX_SIDE_BURDEN + 1
"""Reads that have to be there besides those of the heaviest request if another one comes first."""

HEAVIEST_LATER = 0.5
"""Share of the tasks with several requests in which the heaviest may come after others."""

PROVED_WHEN_MADE = frozenset(
    {"meaning", "due", "replay", "witnesses", "evidence", "figures", "shortcuts", "orders"}
)
"""Points of the check that the certifier has proved by the checker's own means."""


class TaskSampler:
    """Delivers certified tasks that match a config; a pure function of (config, world, seed).

    A draft that the certifier or the checker rejects is never delivered; ``rejected`` counts
    them by reason.
    """

    def __init__(
        self, domain: Domain[Any], config: SamplerConfig, world: World[Any] | None = None
    ) -> None:
        """Prepare a sampler.

        Args:
            domain: The domain.
            config: What tasks to deliver.
            world: Where they play; the domain's default world if not given.

        Raises:
            TaskError: The config names an unknown intent, operator or behaviour, or no user or
                intent fits it.
        """
        self.domain = domain
        self.config = config
        self.world = world or domain.world()
        self.rejected: Counter[str] = Counter()
        domain.refuse_unknown_operators(config.operators)
        self._behaviours = named(config.behaviours, domain.hands is not None)
        self._intents = [domain.intent(name) for name in config.intents] or list(domain.intents)
        self._weights: Mapping[str, float] = {}
        if isinstance(config.intents, Mapping) and config.intents:
            self._weights = config.intents
            # Equal configs deliver the same tasks, in whatever order they name the intents.
            self._intents = [each for each in domain.intents if each.name in config.intents]
        self._reaches = Reaches(domain, self.world, self._intents, config.split)
        if not self._reaches.callers:
            raise TaskError(f"The {config.split} split of this world has no users: enlarge it.")

    def sample(self, seed: int) -> Task:
        """Return the task of ``seed``.

        Raises:
            TaskError: None was found that matches the config; says after how many drafts, and
                what became of them.
        """
        rng = rng_for(seed, "task", self.domain.name, self.config.split)
        reasons: Counter[str] = Counter()
        cell = self._target(rng)
        for attempt in range(ATTEMPTS):
            if attempt and attempt % RETARGET == 0:
                cell = self._target(rng)  # this cell may be empty in this world
            elif attempt % RETARGET == RETARGET - 1:
                cell = cell._replace(ending=None)  # or hold nothing that ends like that
            if not self._callers_for(cell):
                reasons["no user can have such a request"] += 1
                continue
            try:
                task = self._attempt(rng, seed, cell)
            except RejectedError as error:
                reasons[str(error)] += 1
                continue
            self.rejected += reasons
            return task
        self.rejected += reasons
        most = ", ".join(f"{reason}: {count}" for reason, count in reasons.most_common(4))
        raise TaskError(
            f"No {self.domain.name} task with write_count {_range(self.config.write_count)} and "
            f"evidence_burden {_range(self.config.evidence_burden)} was found in {ATTEMPTS} drafts "
            f"(split {self.config.split!r}, {len(self._reaches.callers)} users; {most}): widen "
            "the ranges or enlarge the world."
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
                "least_burden": 0, "unwritten_share": 0.0, "split": task.config.split,
            }
        )  # fmt: skip
        sampler = TaskSampler(self.domain, config, self.world)
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
        if len(task.gold_writes) != 1 or caller not in self._reaches.callers:
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
        for _ in range(ATTEMPTS // 4):
            found = self._attempt_twin(rng, seed, twin_of, caller, write)
            if found is not None:
                return found
        raise TaskError(
            f"No twin of task {twin_of} with evidence_burden {_range(self.config.evidence_burden)} "
            f"was found: its write ({write.name}) may take other reads by itself, or the user's "
            "orders do not give so many."
        )

    def _attempt_twin(
        self, rng: np.random.Generator, seed: int, twin_of: str, caller: str, write: Call
    ) -> Task | None:
        low, high = self.config.evidence_burden
        burden = low + int(rng.random() * (high + 1 - low))
        try:
            draft = Draft(self.domain, self.world, caller, self.config.split, rng)
            brief = self._brief(draft, burden, burden, 1)
            requests = (i.twin(self.world.db, brief, write, rng) for i in self.domain.intents)
            request = next((request for request in requests if request), None)
            if request is None:
                return None
            draft.take(request, 1, (low, high))
            twin = self._task(rng, seed, draft, twin_of)
            if not self._same_write(twin, write):
                return None
            self._check(twin)
        except RejectedError:
            return None
        return twin

    def _same_write(self, task: Task, write: Call) -> bool:
        gold = Call(task.gold_writes[0].name, task.gold_writes[0].arguments)
        canonical = self.domain.proof.canonical
        return canonical(gold).key == canonical(write).key

    def _target(self, rng: np.random.Generator) -> "_Cell":
        """Draw a cell of the two ranges."""
        low, high = self.config.write_count
        share = self.config.zero_write
        if share is not None and low == 0 < high:
            writes = 0 if rng.random() < share else int(rng.integers(1, high + 1))
        else:
            writes = int(rng.integers(low, high + 1))
        low, high = self.config.evidence_burden
        burden = int(rng.integers(max(low, self.config.least_burden), high + 1))
        cell = _Cell(writes, burden)
        if not writes:
            return cell._replace(ending=self._ending(rng, cell))
        share = self.config.unwritten_share
        return cell._replace(mixed=True) if share and rng.random() < share else cell

    def _ending(self, rng: np.random.Generator, cell: "_Cell") -> Ending | None:
        """Draw how a request without writes ends, of the ways in which one of the cell can."""
        return _drawn_of(
            rng, [each for each in ENDINGS if self._callers_for(cell._replace(ending=each))]
        )

    def _attempt(self, rng: np.random.Generator, seed: int, cell: "_Cell") -> Task:
        """Return a task for a cell.

        Raises:
            RejectedError: This draft comes to none; says why.
        """
        callers = self._callers_for(cell)
        caller = callers[int(rng.random() * len(callers))]
        draft = Draft(self.domain, self.world, caller, self.config.split, rng)
        if not cell.writes:
            asked = self._asked(cell)
            self._add(rng, draft, 0, asked, self.config.evidence_burden, cell.ending)
            return self._finished(rng, seed, draft)
        after = int(rng.random() * (cell.writes + 1)) if cell.mixed else None
        for written in self._add_writes(rng, draft, cell):
            if after is not None and written >= after:
                self._add_unwritten(rng, draft)
                after = None
        return self._finished(rng, seed, draft)

    def _add_writes(self, rng: np.random.Generator, draft: Draft, cell: "_Cell") -> Iterator[int]:
        """Add the requests that write, the heaviest one among them.

        Yields:
            How many writes there are, wherever there is room for a light request besides.

        Raises:
            RejectedError: No such request was drawn.
        """
        writes, burden = cell.writes, cell.burden
        low, high = self.config.evidence_burden
        least = self.config.least_burden
        if least:  # leave enough for the others
            most = self._reaches.most(draft.caller)
            burden = max(least, min(burden, most - least * (writes - 1)))
        most = burden if least else min(burden, MAX_SIDE_BURDEN)
        before = int(rng.random() * writes) if rng.random() < HEAVIEST_LATER else 0
        reach = self._reaches.most(draft.caller) - SPARE
        # What was read for earlier requests is not there any more to make another one heavy.
        while burden <= reach - len(draft.known):
            yield draft.write_count
            if draft.write_count >= before or burden > reach - len(draft.known):
                break
            self._add(rng, draft, before - draft.write_count, (least, most), (least, high))
        left = writes - draft.write_count
        self._add(rng, draft, left, (max(burden, low), burden), (low, high))
        yield draft.write_count
        while draft.write_count < writes:
            self._add(rng, draft, writes - draft.write_count, (least, most), (least, high))
            yield draft.write_count

    def _add_unwritten(self, rng: np.random.Generator, draft: Draft) -> None:
        """Add a request that comes to no write, beside those that come to some.

        Raises:
            RejectedError: No such request was drawn.
        """
        burden = (0, MAX_SIDE_BURDEN)
        ending = _drawn_of(
            rng, [each for each in BESIDE_WRITES if self._reaches.of(draft.caller, False, each)]
        )
        if ending is None:
            raise RejectedError("the user can have no request without writes besides")
        self._add(rng, draft, 0, burden, burden, ending)

    def _callers_for(self, cell: "_Cell") -> Sequence[str]:
        """Return the users who can have a task of a cell, as far as that is known."""
        least = self.config.least_burden * cell.writes
        return self._reaches.callers_for(cell.writes, self._asked(cell), least, cell.ending)

    def _asked(self, cell: "_Cell") -> tuple[int, int]:
        """Return the range of burden that the heaviest request of a cell is asked for."""
        low, high = self.config.evidence_burden
        # Few records, or none, bear on what is for a human.
        return (low, high) if cell.ending == "handed_over" else (max(cell.burden, low), cell.burden)

    def _finished(self, rng: np.random.Generator, seed: int, draft: Draft) -> Task:
        """Return the task of a draft, checked.

        Raises:
            RejectedError: It is not in the ranges, or a point of the check is broken.
        """
        task = self._task(rng, seed, draft)
        self._check(task)
        return task

    def _check(self, task: Task) -> None:
        """Check what the certifier has not proved already.

        Raises:
            RejectedError: A point is broken.
        """
        points = [point for point in POINTS if point not in PROVED_WHEN_MADE]
        findings = check_task(task, self.domain, self.world, points)
        if findings:
            raise RejectedError(f"the check of {findings[0].point!r} fails")

    def _brief(
        self,
        draft: Draft,
        burden: int,
        least: int,
        writes: int,
        ending: Ending | None = None,
    ) -> Brief:
        return Brief(
            caller=draft.caller,
            burden=burden,
            least=least,
            writes=writes,
            style=draft.style,
            operators=frozenset(self.config.operators),
            known=draft.known,
            written=draft.written,
            said=frozenset(request.text for request in draft.requests),
            ending=ending,
        )

    def _add(
        self,
        rng: np.random.Generator,
        draft: Draft,
        writes: int,
        asked: tuple[int, int],
        proved: tuple[int, int],
        ending: Ending | None = None,
    ) -> None:
        """Add a request.

        Args:
            rng: Where the draws come from.
            draft: What it is added to.
            writes: The writes that it has at most; with 0, it has none.
            asked: The range of burden that an intent is asked for.
            proved: The range in which the burden has to be.
            ending: How it ends if it has no writes; None for any way.

        Raises:
            RejectedError: No such request was drawn.
        """
        low, high = asked
        choices = [
            (intent, max(low, least), min(high, most))
            for intent, (least, most) in self._reaches.of(draft.caller, writes > 0, ending)
            if least <= high and low <= most
            for _ in range(DRAWS * self._often(intent.name))
        ]
        while choices:
            intent, least, most = choices.pop(self._drawn(rng, choices))
            burden = least + int(rng.random() * (most + 1 - least))
            brief = self._brief(draft, burden, min(low, burden), writes, ending)
            request = intent.draft(draft.session, brief, rng)
            if request is None:
                continue
            try:
                draft.take(request, writes, proved, ending)
            except RejectedError as error:
                self.rejected[str(error)] += 1
            else:
                return
        raise RejectedError("no request of this burden was drawn")

    def _often(self, intent: str) -> int:
        """Return how many times as often as others an intent is tried, if there are no weights."""
        return 1 if self._weights else self.domain.often.get(intent, 1)

    def _drawn(
        self, rng: np.random.Generator, choices: Sequence[tuple[Intent[Any], int, int]]
    ) -> int:
        """Draw a place in a list of choices, as likely as the weight of the intent there."""
        if not self._weights:
            return int(rng.random() * len(choices))
        edges = np.cumsum([self._weights[intent.name] for intent, _, _ in choices])
        return int(np.searchsorted(edges, rng.random() * edges[-1], side="right"))

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
        if is_read_heavy(task) and shortcuts and any(resisted(shortcuts)):
            raise RejectedError("a shortcut is right")
        return task

    def _fits(self, made: Certified) -> bool:
        low, high = self.config.write_count
        light, heavy = self.config.evidence_burden
        certificate = made.certificate
        burdens = [write.burden for write in made.gold_writes] or [certificate.evidence_burden]
        return (
            low <= certificate.write_count <= high
            and light <= certificate.evidence_burden <= heavy
            and min(burdens) >= self.config.least_burden
        )


def task_seed(seed: int, index: int) -> int:
    """Return the seed of the task with this index in the stream of ``seed``."""
    return seed_for(seed, "tasks", index)


class _Cell(NamedTuple):
    """What a draft is aimed at."""

    writes: int
    burden: int
    ending: Ending | None = None
    """How it ends if it has no writes; None for any way."""
    mixed: bool = False
    """Whether it has writes, and a request besides that comes to none."""


def _drawn_of(rng: np.random.Generator, able: Sequence[Ending]) -> Ending | None:
    """Draw one of some endings, each as likely as it is among all; None if there are none."""
    if not able:
        return None
    edges = np.cumsum([ENDINGS[each] for each in able])
    return able[int(np.searchsorted(edges, rng.random() * edges[-1], side="right"))]


def _range(bounds: tuple[int, int]) -> str:
    return str(bounds[0]) if bounds[0] == bounds[1] else f"{bounds[0]}-{bounds[1]}"
