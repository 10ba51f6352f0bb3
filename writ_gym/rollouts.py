"""The collector: plays episodes concurrently and appends every finished one to a run."""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from writ_gym.database import changes_to_json
from writ_gym.directory import env_id_of
from writ_gym.domain import Domain, World
from writ_gym.episode import Episode
from writ_gym.errors import BackendError, WritGymError
from writ_gym.messages import Observation
from writ_gym.policy import Policy, PolicyFactory, Privileged, make_policy
from writ_gym.records import (
    Agent,
    EpisodeRecord,
    Status,
    Timing,
    User,
    Versions,
    measure,
)
from writ_gym.sampling import TaskSampler, task_seed
from writ_gym.seeding import seed_for
from writ_gym.store import Store
from writ_gym.tasks import Limits, Task
from writ_gym.tools import Holder
from writ_gym.users import UserFactory
from writ_gym.version import __version__


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


def sampled(sampler: TaskSampler, seed: int) -> TaskSource:
    """Return a source of sampled tasks: the same tasks in the same order for equal seeds."""
    return lambda index: sampler.sample(task_seed(seed, index))


def listed(tasks: Sequence[Task]) -> TaskSource:
    """Return a source of given tasks; it starts again after the last one."""
    return lambda index: tasks[index % len(tasks)]


async def play(rollout: Rollout, task: Task, index: int = 0, trial: int = 0) -> EpisodeRecord:
    """Play one episode and return its record.

    An error of a model provider gives a record with ``reward=None``, not an exception.

    Raises:
        WritGymError: The task cannot be played here.
    """
    started = time.perf_counter()
    seed = seed_for(rollout.seed, "agent", index, trial)
    policy = make_policy(rollout.make_policy, rollout.domain, task)
    episode = Episode(
        rollout.domain, rollout.world, task, rollout.make_user, rollout.limits, rollout.holder
    )
    status: Status = "ok"
    error: str | None = None
    try:
        await _converse(episode, policy, {
            "system": rollout.domain.system_message_of(rollout.holder),
            "tools": episode.tools.schemas,
            "task_id": task.task_id, "seed": seed,
        })  # fmt: skip
    except BackendError as failure:
        status, error = "infra_error", str(failure)
    seconds = time.perf_counter() - started
    return _record(rollout, episode, index, trial, seed, status, error, seconds)


async def _converse(episode: Episode, policy: Policy, info: dict[str, Any]) -> None:
    await policy.reset(info)
    observation: Observation = await episode.areset()
    while episode.termination is None:
        observation = (await episode.astep(await policy.act(observation))).observation


def _record(
    rollout: Rollout, episode: Episode, index: int, trial: int, seed: int, status: Status,
    error: str | None, seconds: float,
) -> EpisodeRecord:  # fmt: skip
    task = episode.task
    reward = episode.reward
    failed = [event.message_index for event in episode.tool_events if event.error]
    return EpisodeRecord.model_construct(
        episode_id=f"{task.task_id}.{trial}",
        index=index,
        trial=trial,
        env_id=env_id_of(task.domain),
        domain=task.domain,
        split=task.config.split,
        task_id=task.task_id,
        status=status,
        error=error,
        reward=reward.total if reward else None,
        reward_components=reward.model_dump() if reward else None,
        termination=episode.termination,
        agent=Agent(policy=rollout.policy, seed=seed),
        user=User(simulator=rollout.user),
        holder=rollout.holder,
        task=task,
        limits=episode.limits,
        measured=measure(episode.messages, failed, rollout.domain.all_tools),
        state_diff=changes_to_json(episode.session.changes()),
        tool_errors=tuple(failed),
        messages=tuple(episode.messages),
        system=rollout.domain.system_message_of(rollout.holder),
        tools=tuple(episode.tools.schemas),
        versions=Versions(writ_gym=__version__),
        timing=Timing(seconds=round(seconds, 6)),
    )


@dataclass
class Progress:
    """Counts of a run that goes on."""

    planned: int
    done_before: int = 0
    played: int = 0
    failed: int = 0
    """Of those played, the episodes without a score."""


async def collect(
    rollout: Rollout,
    tasks: TaskSource,
    store: Store,
    *,
    count: int,
    trials: int = 1,
    concurrency: int = 16,
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
        report: Called after every episode.

    Raises:
        WritGymError: A task cannot be sampled or played, or the store cannot be written.
    """
    progress = Progress(count * trials)
    progress.done_before = sum(index < count and trial < trials for index, trial in store.done)
    queue = _outstanding(store, count, trials)

    async def work() -> None:
        for index, trial in queue:
            record = await play(rollout, tasks(index), index, trial)
            store.append(record)
            progress.played += 1
            progress.failed += record.reward is None
            report(progress)
            await asyncio.sleep(0)  # who never waits lets others go on, and Ctrl-C through

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(concurrency):
                group.create_task(work())
    except* WritGymError as errors:
        raise errors.exceptions[0] from None
    return progress


def _outstanding(store: Store, count: int, trials: int) -> Iterator[tuple[int, int]]:
    """Yield the episodes that the store does not have, task by task."""
    for index in range(count):
        for trial in range(trials):
            if (index, trial) not in store.done:
                yield index, trial
