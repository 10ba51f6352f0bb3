"""The collector: plays episodes concurrently and appends every finished one to a run."""

import asyncio
import time
from collections import Counter, deque
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol, TypeAlias

from writ_gym.deadlines import Deadline, deadline
from writ_gym.domain import Domain, World
from writ_gym.envs.episode import Episode
from writ_gym.envs.episode_records import Played, model_of, record_of, usage_of, user_of
from writ_gym.errors import (
    AgentError,
    BackendError,
    ContextLengthError,
    UserError,
    WritGymError,
    told,
    ungrouped,
)
from writ_gym.jobs import Pool, ended
from writ_gym.messages import Observation
from writ_gym.models.chat import ChatModel
from writ_gym.policy import (
    Policy,
    PolicyFactory,
    Privileged,
    awaited,
    is_generating,
    is_immediate,
    make_policy,
    refuse_policy,
)
from writ_gym.records import Agent, EpisodeRecord, Status, Usages
from writ_gym.runs.store import Packed, Store
from writ_gym.sampling.sampler import TaskSampler, task_seed
from writ_gym.seeding import seed_for
from writ_gym.tasks import Deadlines, Limits, Task
from writ_gym.tools import Holder
from writ_gym.users.simulators import UserFactory, is_seeded

TICK_S = 1.0
"""Seconds between two looks at a run."""
WORTH_A_PROCESS = 64
"""Tasks that are sampled here in the time in which another process gets ready to."""
LEAST_PATIENCE = 8
"""Episodes at least, or twice as many as are in flight, that endpoints may fail from the beginning
on before a run is given up."""
MOST_AHEAD = 256
"""Tasks at most that other processes have begun and no episode has asked for."""

Key: TypeAlias = tuple[int, int]
"""Index and trial of an episode."""
Attempt: TypeAlias = tuple[int, int, int]
"""Index and trial of an episode, and how many attempts before came to nothing for their draw."""


class TaskSource(Protocol):
    """Where the tasks of a run come from, by index."""

    def __call__(self, index: int) -> Task:
        """Return the task with this index."""


@dataclass(frozen=True)
class Rollout:
    """How to play: who plays whom, where, and with which limits."""

    domain: Domain[Any]
    world: World[Any]
    policy: str
    make_policy: PolicyFactory | Privileged
    user: str
    make_user: UserFactory
    seed: int = 0
    limits: Limits = field(default_factory=Limits)
    holder: Holder = "user"
    """Who has the user's tools, where the domain has some."""
    deadlines: Deadlines = field(default_factory=Deadlines)
    """When an episode that waits is given up."""
    models: tuple[ChatModel, ...] = ()
    """The models behind agent and user, to be closed by who has opened them."""

    def __post_init__(self) -> None:
        """Check that agents and users are made anew for each episode.

        Raises:
            TypeError: There is only one of them.
        """
        refuse_policy(self.make_policy)
        if not callable(self.make_user):
            raise TypeError(
                f"make_user must be a function that makes a user from a scenario, a lexicon and "
                f"hands, not {self.make_user!r}."
            )


@dataclass(frozen=True)
class Sampled:
    """A source of sampled tasks: the same tasks in the same order for equal seeds."""

    sampler: TaskSampler
    seed: int

    def __call__(self, index: int) -> Task:
        """Return the task with this index.

        Raises:
            TaskError: None was found that matches the sampler's config.
        """
        return self.sampler.sample(task_seed(self.seed, index))


def sampled(sampler: TaskSampler, seed: int) -> Sampled:
    """Return a source of sampled tasks."""
    return Sampled(sampler, seed)


def listed(tasks: Sequence[Task]) -> TaskSource:
    """Return a source of given tasks; it starts again after the last one."""
    return lambda index: tasks[index % len(tasks)]


async def play(
    rollout: Rollout, task: Task, index: int = 0, trial: int = 0, attempt: int = 0
) -> EpisodeRecord:  # fmt: skip
    """Play one episode and return its record.

    An error of a model provider, or of the policy's own code, gives a record with ``reward=None``,
    not an exception.

    Args:
        rollout: How to play.
        task: The task.
        index: Its place among the tasks.
        trial: Number of the episode among those of the task.
        attempt: How many attempts at it came to nothing for what was drawn (``records.REDRAWN``);
            every one has seeds of its own.

    Raises:
        WritGymError: The task cannot be played here.
    """
    started = time.perf_counter()
    key = (index, trial, attempt) if attempt else (index, trial)
    seed = seed_for(rollout.seed, "agent", *key)
    policy = make_policy(rollout.make_policy, rollout.domain, task)
    episode = Episode(
        rollout.domain, rollout.world, task, rollout.make_user, rollout.limits, rollout.holder
    )
    if is_seeded(episode.user):
        episode.user.seed = seed_for(rollout.seed, "user", *key)
    status, error = await _status_of(_converse(episode, policy, rollout.deadlines.turn_s, {
        "system": rollout.domain.system_message_of(rollout.holder),
        "tools": episode.tools.schemas,
        "task_id": task.task_id, "seed": seed,
    }), episode, policy, rollout.deadlines.episode_s)  # fmt: skip
    seconds = time.perf_counter() - started
    return record_of(
        episode,
        _played(rollout, episode, policy, (index, trial, attempt), seed, status, error, seconds),
    )


async def _converse(
    episode: Episode, policy: Policy, turn_s: float | None, info: dict[str, Any]
) -> None:
    with _BLAMED_ON_AGENT:
        await awaited(policy.reset(info), policy, "reset")
    async with _deadline(turn_s, episode.immediate and is_immediate(policy)) as turn:
        _allow(turn, turn_s, episode.immediate)
        observation: Observation = await episode.areset()
        while episode.termination is None:
            _allow(turn, turn_s, is_immediate(policy))
            with _BLAMED_ON_AGENT:
                action = await awaited(policy.act(observation), policy, "act")
            _allow(turn, turn_s, episode.immediate)
            observation = (await episode.astep(action)).observation


class _BlamedOnAgent:
    """Makes any error of somebody's agent policy one that voids its episode, and no other."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, error: BaseException | None, *__: object) -> None:
        if isinstance(error, Exception) and not isinstance(error, WritGymError):
            raise AgentError(told(error)) from error


_BLAMED_ON_AGENT = _BlamedOnAgent()


async def _status_of(
    conversation: Coroutine[Any, Any, None], episode: Episode, policy: Policy,
    episode_s: float | None,
) -> tuple[Status, str | None]:  # fmt: skip
    """Hold a conversation; return how it went, and what went wrong if it was nobody's play."""
    try:
        async with _deadline(episode_s, episode.immediate and is_immediate(policy)):
            await conversation
    except ContextLengthError:
        episode.cut("context_limit")
    except BackendError as failure:
        return "infra_error", str(failure)
    except UserError as failure:
        return "user_error", str(failure)
    except AgentError as failure:
        return "agent_error", str(failure)
    except TimeoutError:
        return "timeout", f"not over in time, after {episode.turns} turns"
    return "ok", None


def _deadline(
    seconds: float | None, immediate: bool
) -> AbstractAsyncContextManager[Deadline | None]:
    """Return a context that raises ``TimeoutError`` after some seconds, where there is a wait."""
    return nullcontext() if immediate or seconds is None else deadline(seconds)


def _allow(turn: Deadline | None, seconds: float | None, immediate: bool) -> None:
    """Give what comes next its own seconds; what is immediate is over before they could be.

    Raises:
        TimeoutError: They were over before, and who was cancelled for it has taken no notice.
    """
    if turn is None or seconds is None:
        return
    if immediate:
        turn.check()
    else:
        turn.allow(seconds)


def _played(
    rollout: Rollout, episode: Episode, policy: Policy, key: Attempt, seed: int,
    status: Status, error: str | None, seconds: float,
) -> Played:  # fmt: skip
    """Return what the record of an episode says besides what the episode knows."""
    index, trial, attempt = key
    return Played(
        agent=Agent(policy=rollout.policy, seed=seed, model=model_of(policy)),
        user=user_of(rollout.user, episode.user),
        index=index, trial=trial, attempt=attempt, status=status, error=error,
        turns=policy.turns if is_generating(policy) else (),
        usage=Usages(agent=usage_of(policy), user=usage_of(episode.user)), seconds=seconds,
    )  # fmt: skip


@dataclass
class Progress:
    """Counts of a run that goes on."""

    planned: int
    done_before: int = 0
    played: int = 0
    failed: int = 0
    """Of those played, the episodes without a score."""
    statuses: Counter[str] = field(default_factory=Counter)
    """Of those played, how many have which status."""
    live: dict[Key, float] = field(default_factory=dict)
    """The episodes in flight by index and trial, with when they began."""
    troubles: Counter[str] = field(default_factory=Counter)
    """Why those without a score have none, and how many there are of each."""
    workers: int | None = None
    """Workers of a cluster that play now, if there is a cluster."""
    patience: int = LEAST_PATIENCE
    """After so many episodes in which no model has answered, and no other, the run is given up."""
    silent: int = 0
    """Of those played, the ones that an endpoint failed before the agent had said anything."""

    @classmethod
    def of(cls, store: Store, count: int, trials: int, concurrency: int) -> "Progress":
        """Return the progress of a run in a store that goes on."""
        done = sum(index < count and trial < trials for index, trial in store.done)
        return cls(count * trials, done, patience=max(LEAST_PATIENCE, 2 * concurrency))

    @property
    def left(self) -> int:
        """Episodes that are still to be played."""
        return self.planned - self.done_before - self.played

    @property
    def oldest(self) -> tuple[Key, float] | None:
        """The episode that is in flight for the longest, and for how many seconds."""
        if not self.live:
            return None
        key = next(iter(self.live))
        return key, time.monotonic() - self.live[key]

    def begin(self, index: int, trial: int) -> None:
        """Note that an episode is in flight."""
        self.live[index, trial] = time.monotonic()

    def count(self, over: EpisodeRecord | Packed) -> None:
        """Count an episode that was in flight and is over."""
        del self.live[over.index, over.trial]
        self.played += 1
        self.statuses[over.status] += 1
        if over.trouble:
            self.failed += 1
            self.troubles[over.trouble] += 1
        turns = over.turns if isinstance(over, Packed) else over.measured.turns
        self.silent += over.status == "infra_error" and not turns

    def check(self) -> None:
        """Check that a model has answered at least once, so that there is a point in going on.

        Raises:
            BackendError: None has in so many episodes that none will; says why.
        """
        if self.left and self.silent == self.played >= self.patience:
            (reason, _), *_ = self.troubles.most_common(1)
            raise BackendError(
                f"The run is given up: an endpoint has failed in each of {self.played} episodes, "
                f"before the agent had said anything ({reason.rstrip('.')}). What there is is "
                "kept, and once that is mended the same run goes on."
            )


async def collect(
    rollout: Rollout,
    tasks: TaskSource,
    store: Store,
    *,
    count: int,
    trials: int = 1,
    concurrency: int = 16,
    jobs: int = 0,
    report: Callable[[Progress], None] = lambda progress: None,
) -> Progress:
    """Play ``count`` tasks, each ``trials`` times, and append the records to ``store``.

    Episodes that the store has already are not played again.

    Args:
        rollout: How to play.
        tasks: Gives the task of an index.
        store: The run to write to.
        count: Number of tasks.
        trials: Episodes per task.
        concurrency: Episodes in flight at most.
        jobs: Processes that sample tasks ahead, so that episodes that wait for a model do not wait
            for tasks; with none, and where few are to be sampled, that is done in this process.
        report: Called after every episode, and every second: a run that hangs shows what it
            hangs on.

    Raises:
        WritGymError: A task cannot be sampled or played, or the store cannot be written; or no
            model has answered in any of the first episodes (``BackendError``).
    """
    progress = Progress.of(store, count, trials, concurrency)
    few = progress.left < 2 * WORTH_A_PROCESS * trials
    jobs = 0 if few or not isinstance(tasks, Sampled) else jobs

    async def played(key: Key, task: Task) -> None:
        progress.begin(*key)
        record = await play(rollout, task, *key, store.attempts[key])
        store.append(record)
        progress.count(record)
        report(progress)
        progress.check()

    async def work(due: _Due) -> None:
        while found := await due.next():
            await played(*found)  # what is over is not kept while the next one is played
            await asyncio.sleep(0)  # who never waits lets others go on, and Ctrl-C through

    sampling = Pool(partial(_same, tasks), jobs, beside=True) if jobs else nullcontext()
    with ungrouped(), sampling as pool:
        due = _Due(outstanding(store, count, trials), tasks, pool, concurrency)
        async with asyncio.TaskGroup() as group:
            watching = group.create_task(watch(progress, report))
            workers = [group.create_task(work(due)) for _ in range(concurrency)]
            await asyncio.wait(workers)
            watching.cancel()
    return progress


def _same(tasks: TaskSource) -> TaskSource:
    return tasks


@dataclass
class _Coming:
    """A task that is due some time, shared by its trials."""

    index: int
    begun: Future[Task] | None
    """What another process makes; None if it is made here when it is due."""


class _Due:
    """The episodes that are still to be played, in order, each with its task.

    Where other processes sample, tasks are begun before anybody asks for them: all but the first,
    which are made here while those processes start.
    """

    def __init__(
        self, keys: Iterator[Key], tasks: TaskSource, pool: Pool[int, Task] | None,
        concurrency: int,
    ) -> None:  # fmt: skip
        self._keys = keys
        self._tasks = tasks
        self._pool = pool
        self._own = WORTH_A_PROCESS
        """How many more are made here before others are."""
        self._ahead = self._own + min(concurrency, MOST_AHEAD) if pool else 0
        self._coming: deque[tuple[Key, _Coming]] = deque()
        self._last: _Coming | None = None

    async def next(self) -> tuple[Key, Task] | None:
        """Return the next episode and its task; None if there is no more.

        Raises:
            WritGymError: The task cannot be sampled, or the process that was to has died.
        """
        while len(self._coming) <= self._ahead and (key := next(self._keys, None)):
            if self._last is None or self._last.index != key[0]:
                self._last = self._begin(key[0])
            self._coming.append((key, self._last))
        if not self._coming:
            return None
        key, coming = self._coming.popleft()
        if coming.begun is None:
            coming.begun = Future()
            coming.begun.set_result(self._tasks(coming.index))
        return key, await ended(coming.begun)

    def _begin(self, index: int) -> _Coming:
        if self._pool is None:
            return _Coming(index, None)
        self._own -= 1
        return _Coming(index, self._pool.begin(index) if self._own < 0 else None)


async def watch(progress: Progress, report: Callable[[Progress], None]) -> None:
    """Report how far a run is again and again, until this is cancelled."""
    while True:
        await asyncio.sleep(TICK_S)
        report(progress)


def outstanding(store: Store, count: int, trials: int) -> Iterator[Key]:
    """Yield the episodes that the store does not have, task by task."""
    for index in range(count):
        for trial in range(trials):
            if (index, trial) not in store.done:
                yield index, trial
