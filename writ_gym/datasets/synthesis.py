"""A training set in one go: sample, diversify, simulate, filter, export; and what was dropped."""

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from writ_gym.database import JSON
from writ_gym.datasets.duplicates import comparing
from writ_gym.datasets.exports import export, select
from writ_gym.domain import Domain, World
from writ_gym.errors import StoreError
from writ_gym.lines import StrPath, refuse_others, write_lines
from writ_gym.policies import load_policy
from writ_gym.runs.rollouts import Progress, Rollout, collect, listed
from writ_gym.runs.store import RunStore
from writ_gym.runs.task_files import TaskStore, read_tasks
from writ_gym.sampling.grids import Done, GridReport, Quota, sample_grid
from writ_gym.tasks import Config, Task
from writ_gym.tools import Holder
from writ_gym.users.scripted import USERS
from writ_gym.version import __version__

TASKS, SAMPLED, RUN = "tasks.jsonl", "sampled.json", "run"
KEPT, TRAIN, REPORT = "kept.jsonl", "train.jsonl", "report.json"


class Synthesis(Config):
    """What a synthesis made, and what it dropped and why."""

    tasks: int
    unfilled: dict[str, str]
    """By cell that could not be filled, why."""
    rejected_drafts: dict[str, int]
    episodes: int
    """With a score."""
    kept: int
    dropped: dict[str, int]
    """Episodes by the filter that dropped them."""
    out: str


def synthesize(
    domain: Domain[Any],
    world: World[Any],
    quotas: Sequence[Quota],
    out: StrPath,
    *,
    seed: int = 0,
    agent: str = "oracle",
    form: str = "writ",
    diversify: Callable[[Iterable[Task]], Iterable[Task]] | None = None,
    diversified: JSON = "",
    made_from: Mapping[str, JSON] | None = None,
    similarity: float | None = None,
    jobs: int = 1,
    holder: Holder = "user",
    report: Callable[[Progress], None] = lambda progress: None,
) -> Synthesis:
    """Make a training set in a folder; the same call goes on with one that was interrupted.

    The folder gets ``tasks.jsonl``, what was rejected in ``sampled.json``, the run folder ``run``,
    the episodes that were kept in ``kept.jsonl``, the training data in ``train.jsonl``, and
    ``report.json``.

    Args:
        domain: The domain.
        world: Where the tasks play.
        quotas: How many tasks of which cells.
        out: The folder.
        seed: Seeds tasks and policies.
        agent: The agent policy that plays.
        form: The format of the training data.
        diversify: Changes the texts of tasks before they are played, and keeps their order.
        diversified: What tells one ``diversify`` from another, such as the name of a model.
        made_from: What else the quotas were chosen by, such as a preset, to be named where a folder
            was begun with another one.
        similarity: From which share of equal runs of words a user says nearly the same as in a
            trajectory that was kept, which drops the later one; None to keep all of them.
        jobs: Processes that sample the tasks.
        holder: Who has the user's tools, where there are some.
        report: Called after every episode.

    Raises:
        StoreError: The folder cannot be written, or was begun with other settings.
        WritGymError: The library that comparing texts needs is not installed.
    """
    out = Path(out)
    settings = {
        **(made_from or {}), "count": sum(quota.count for quota in quotas),
        "quotas": [quota.model_dump(mode="json") for quota in quotas], "seed": seed,
        "agent": agent, "world": world.ref.digest, "domain": domain.name, "version": __version__,
        **({"holder": holder} if holder != "user" else {}),
        **({"diversified": diversified} if diversified else {}),
    }  # fmt: skip
    among = comparing(similarity=similarity)

    def sample(cells: GridReport, done: Sequence[Done]) -> Iterable[Task]:
        made = sample_grid(domain, world, quotas, seed, cells, done, jobs)
        return diversify(made) if diversify else made

    _make_folder(out)
    with RunStore(out / RUN, settings) as store:
        tasks = _tasks_in(out, settings, sample)
        rollout = Rollout(
            domain, world, agent, load_policy(agent), "scripted", USERS["scripted"], seed,
            holder=holder,
        )  # fmt: skip
        asyncio.run(collect(rollout, listed(tasks), store, count=len(tasks), report=report))
    tally = select(out / RUN, out / KEPT, among=among)
    export(out / KEPT, form, out / TRAIN)
    result = Synthesis(
        tasks=len(tasks),
        **json.loads((out / SAMPLED).read_text("utf-8")),
        episodes=tally.read,
        kept=tally.kept,
        dropped=dict(tally.reasons),
        out=str(out),
    )
    write_lines(out / REPORT, [json.dumps(result.model_dump(), indent=2)])
    return result


def _make_folder(out: Path) -> None:
    """Make the folder, unless it was begun before.

    Raises:
        StoreError: It cannot be written, or holds something else.
    """
    try:
        if not (out / RUN).is_dir():
            refuse_others(out, lambda name: False)
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"Cannot write to {out}: {error.strerror}.") from None


def _tasks_in(
    out: Path, settings: Mapping[str, Any],
    sample: Callable[[GridReport, Sequence[Done]], Iterable[Task]],
) -> list[Task]:  # fmt: skip
    """Return the tasks of a folder; what it lacks of them is sampled, and what came of it told.

    Args:
        out: The folder.
        settings: What the tasks are made with.
        sample: Samples those that are not done, and reports of all.
    """
    if not (out / SAMPLED).exists():
        cells = GridReport()
        with TaskStore(out / TASKS, settings) as sampled:
            for task in sample(cells, sampled.done):
                sampled.append(task)
        unfilled = {cell.cell: cell.problem or "" for cell in cells.missing}
        came_to = {"unfilled": unfilled, "rejected_drafts": dict(cells.rejected)}
        write_lines(out / SAMPLED, [json.dumps(came_to, indent=2)])
    return list(read_tasks(out / TASKS))
