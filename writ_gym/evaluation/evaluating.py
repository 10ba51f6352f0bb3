"""Evaluation of an agent: plays tasks that were not trained on, and says how it went."""

import hashlib
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from writ_gym.coroutines import in_event_loop, run, running_loop
from writ_gym.directory import DOMAINS, MIXED, env_id_of
from writ_gym.domain import Domain, World, load_domain
from writ_gym.errors import StoreError, WritGymError
from writ_gym.evaluation.figures import Evaluation, Plan
from writ_gym.evaluation.summary import ks_of, summarize
from writ_gym.lines import StrPath, write_lines
from writ_gym.policies import load_policy
from writ_gym.policy import PolicyFactory, Privileged
from writ_gym.runs.rollouts import Progress, Rollout, TaskSource, collect, listed, sampled
from writ_gym.runs.store import MemoryStore, RunStore, Store, read_manifest, read_run
from writ_gym.runs.task_files import world_of_tasks
from writ_gym.sampling.sampler import TaskSampler
from writ_gym.tasks import Deadlines, Limits, SamplerConfig, Task
from writ_gym.tools import Holder
from writ_gym.users.scripted import USERS
from writ_gym.users.simulators import UserFactory
from writ_gym.version import __version__

EVALUATION = "evaluation.json"
"""The file of a run folder with what it came to."""

HELD_OUT = SamplerConfig(split="test")
"""Tasks about users that no training task is about."""

ENDING_S = 5.0
"""Seconds that an interrupted evaluation has to end its episodes and close its files."""


async def evaluate(
    env: str,
    make_policy: PolicyFactory | Privileged | str,
    *,
    tasks: int | Sequence[Task] = 100,
    trials: int = 1,
    config: SamplerConfig = HELD_OUT,
    world: World[Any] | None = None,
    agent: str | None = None,
    user: str | None = None,
    make_user: UserFactory | None = None,
    seed: int = 0,
    limits: Limits | None = None,
    deadlines: Deadlines | None = None,
    holder: Holder = "user",
    concurrency: int = 16,
    jobs: int = 0,
    out: StrPath | None = None,
    ks: Sequence[int] | None = None,
    report: Callable[[Progress], None] = lambda progress: None,
) -> Evaluation:
    """Play tasks and return what they say of an agent; for a training loop, between its steps.

    Equal arguments give the same tasks every time, so that the figures of two steps compare.

    >>> import asyncio
    >>> from writ_gym import SamplerConfig, evaluate
    >>> class Agent:
    ...     immediate = False  # it waits for a model
    ...
    ...     def __init__(self, client):
    ...         self.client = client
    ...
    ...     async def reset(self, info):
    ...         self.tools = info["tools"]
    ...         self.messages = [{"role": "system", "content": info["system"]}]
    ...
    ...     async def act(self, observation):
    ...         self.messages += observation
    ...         self.messages.append(await self.client(self.messages, self.tools))
    ...         return self.messages[-1]
    >>> async def client(messages, tools):  # the model under training
    ...     return {"role": "assistant", "content": "Hello! How can I help?"}
    >>> async def step():
    ...     easy = SamplerConfig(write_count=1, evidence_burden=(0, 3), split="validation")
    ...     return await evaluate(
    ...         "writ/retail-v0", lambda domain: Agent(client), tasks=3, trials=2, config=easy
    ...     )
    >>> evaluation = asyncio.run(step())
    >>> [rate.value for rate in evaluation.total.pass_hat], dict(evaluation.total.causes)
    ([0.0, 0.0], {'missing_write': 6})

    Args:
        env: Id of an environment of one domain, such as ``"writ/retail-v0"``, or the domain.
        make_policy: Makes the policy of one episode from the domain; or the name of one.
        tasks: How many tasks to sample, or the tasks.
        trials: Episodes of each task.
        config: Which tasks are sampled; by default all kinds, of the test split.
        world: Where tasks are sampled, by default the generated one of seed 0; or the world,
            loaded from data, that given tasks play in.
        agent: Name of the agent in the records.
        user: Name of the user simulator; "scripted" by default.
        make_user: Makes the user of one episode, and ``user`` is its name in the records, "custom"
            by default; without, the package's own simulator of that name plays.
        seed: Seeds tasks and policies.
        limits: What cuts an episode off.
        deadlines: When an episode that waits for a model is given up, without a score; by default
            after 15 minutes for a turn, and two hours in all.
        holder: Who has the user's tools, where there are some.
        concurrency: Episodes in flight at most.
        jobs: Processes that sample tasks ahead of their episodes; none by default, as a script that
            is to start some needs its ``if __name__ == "__main__":``.
        out: A run folder for the records. The same call goes on with one that was interrupted,
            and the result is in its ``evaluation.json``. Without, they stay in memory.
        ks: The k of pass^k and pass@k; by default all from 1 to ``trials``.
        report: Called after every episode.

    Raises:
        WritGymError: There is no such environment, policy or user, a task cannot be sampled or
            played, or the folder cannot be written or was begun with other arguments.
        ValueError: A number is below 1, a k is not from 1 to ``trials``, or an intent needs tools
            that nobody has.
    """
    _refuse_none(tasks=tasks, trials=trials, concurrency=concurrency)
    domain = _domain_of(env)
    world, source, told = _tasks_of(domain, world, tasks, domain.served(config, holder), seed)
    for task in () if isinstance(tasks, int) else tasks:
        domain.refuse_unserved(task, holder)
    plan = Plan(tasks=tasks if isinstance(tasks, int) else len(tasks), trials=trials)
    ks = ks_of(plan, ks)
    named = make_policy if isinstance(make_policy, str) else "custom"
    rollout = Rollout(
        domain, world, agent or named,
        load_policy(make_policy) if isinstance(make_policy, str) else make_policy,
        *_user_of(user, make_user), seed, limits or Limits(), holder,
        deadlines or Deadlines(),
    )  # fmt: skip

    async def play_into(store: Store) -> None:
        await collect(
            rollout, source, store, count=plan.tasks, trials=trials, concurrency=concurrency,
            jobs=jobs, report=report,
        )  # fmt: skip

    if out is None:
        memory = MemoryStore()
        await play_into(memory)
        return summarize(memory.records, planned=plan, ks=ks)
    with RunStore(out, {**told, **_settings_of(rollout)}) as store:
        announce(out, plan)
        await play_into(store)
        return evaluate_run(out, plan, ks)


def _refuse_none(**numbers: object) -> None:
    """Check that there is at least one of each of what is counted.

    Raises:
        ValueError: There is not; names it.
    """
    for name, number in numbers.items():
        if isinstance(number, int) and number < 1:
            raise ValueError(f"{name} must be at least 1, not {number}.")


def evaluate_sync(
    env: str, make_policy: PolicyFactory | Privileged | str, **how: Any
) -> Evaluation:
    """Do what ``evaluate`` does, where no event loop is running.

    It plays in the event loop of the background, as environments do that are stepped from plain
    code: a client that is bound to its first loop can be used by all calls. Where the caller is
    interrupted, it ends before this returns.

    Raises:
        RuntimeError: An event loop is running, which this would block.
    """
    over = threading.Event()

    async def play() -> Evaluation:
        await in_event_loop()
        try:
            return await evaluate(env, make_policy, **how)
        finally:
            over.set()

    if running_loop() is not None:
        raise RuntimeError("An event loop is running: use 'await evaluate(...)'.")
    try:
        return run(play(), "'await evaluate(...)'")
    except KeyboardInterrupt:
        over.wait(ENDING_S)
        raise


def evaluate_run(
    folder: StrPath, planned: Plan | None = None, ks: Sequence[int] | None = None
) -> Evaluation:
    """Return what the episodes of a run folder say, and write it there; see ``read_evaluated``."""
    evaluation = read_evaluated(folder, planned, ks)
    _write(folder, evaluation)
    return evaluation


def read_evaluated(
    folder: StrPath, planned: Plan | None = None, ks: Sequence[int] | None = None
) -> Evaluation:
    """Return what the episodes of a run folder say; nothing is played or written.

    Args:
        folder: The run folder.
        planned: How many tasks and trials were planned; by default those of the evaluation that
            is in the folder, or else as many as there are.
        ks: The k of pass^k and pass@k; by default all from 1 to the number of trials.

    Raises:
        StoreError: It is no run or an empty one, or a file of it is damaged.
    """
    read_manifest(folder)
    before = read_evaluation(folder)
    if planned is None and before is not None:
        planned = before.plan
    try:
        return summarize(read_run(folder), planned=planned, ks=ks)
    except ValueError as error:
        raise StoreError(f"{folder}: {error}") from None


def announce(folder: StrPath, plan: Plan) -> None:
    """Note in a run folder what is planned, so that it is known if the run is interrupted."""
    before = read_evaluation(folder)
    if before is None or before.plan != plan:
        _write(folder, summarize((), planned=plan))


def read_evaluation(folder: StrPath) -> Evaluation | None:
    """Return the evaluation in a run folder, None if there is none.

    Raises:
        StoreError: It cannot be read, or it is damaged.
    """
    path = Path(folder) / EVALUATION
    try:
        return Evaluation.load(path.read_bytes(), str(path))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreError(f"Cannot read {path}: {error.strerror}.") from None


def _write(folder: StrPath, evaluation: Evaluation) -> None:
    path = Path(folder) / EVALUATION
    try:
        write_lines(path, [evaluation.model_dump_json(indent=2)])
    except OSError as error:
        raise StoreError(f"Cannot write {path}: {error.strerror}.") from None


def _domain_of(env: str) -> Domain[Any]:
    for name in DOMAINS:
        if env in (name, env_id_of(name)):
            return load_domain(name)
    if env == MIXED:
        raise WritGymError(
            f"{env!r} is of several domains: evaluate each of them, "
            f"{', '.join(map(env_id_of, DOMAINS))}."
        )
    raise WritGymError(
        f"There is no environment {env!r} of one domain; there are: "
        f"{', '.join(map(env_id_of, DOMAINS))}. One of your own is there once its package is "
        "imported."
    )


def _user_of(name: str | None, make: UserFactory | None) -> tuple[str, UserFactory]:
    """Return a user's name in the records, and what makes it."""
    if make is None:
        name = name or "scripted"
        if name not in USERS:
            raise WritGymError(f"There is no user {name!r}; there are: {', '.join(USERS)}.")
        return name, USERS[name]
    if name in USERS and make is not USERS[name]:
        raise WritGymError(f"{name!r} is a user of the package: give yours another name.")
    return name or "custom", make


def _tasks_of(
    domain: Domain[Any], world: World[Any] | None, tasks: int | Sequence[Task],
    config: SamplerConfig, seed: int,
) -> tuple[World[Any], TaskSource, dict[str, Any]]:  # fmt: skip
    """Return the world, the tasks in it, and what makes them what they are, as JSON types."""
    told: dict[str, Any] = {"env": env_id_of(domain.name), "seed": seed}
    source: TaskSource
    if isinstance(tasks, int):
        world = world or domain.world()
        source = sampled(TaskSampler(domain, config, world), seed)
        told |= {"tasks": "sampled", **config.model_dump(mode="json")}
    else:
        world = world_of_tasks(domain, tasks, world)
        source = listed(tasks)
        told |= given(tasks)
    return world, source, {**told, "world": world.ref.digest}


def given(tasks: Sequence[Task]) -> dict[str, Any]:
    """Return what makes given tasks what they are, as JSON types."""
    ids = "\n".join(task.task_id for task in tasks)
    return {"tasks": "given", "task_ids": hashlib.sha256(ids.encode()).hexdigest()}


def _settings_of(rollout: Rollout) -> dict[str, Any]:
    """Return what makes episodes of a task what they are, as JSON types."""
    return {
        "agent": rollout.policy, "user": rollout.user, "holder": rollout.holder,
        "limits": rollout.limits.model_dump(), "version": __version__,
    }  # fmt: skip
