"""What the commands that play episodes share: the tasks, and where they are played."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial, wraps
from pathlib import Path
from typing import Any, Protocol

import click

from writ_gym.cli.options import Selection, load_world
from writ_gym.cli.players import Players, collect_with_bar, progress_bar
from writ_gym.cli.types import environments, import_package
from writ_gym.directory import env_id_of
from writ_gym.domain import Domain, World, load_domain
from writ_gym.errors import WritGymError
from writ_gym.evaluation.evaluating import given
from writ_gym.runs.cluster import Cluster, library
from writ_gym.runs.processes import Processes
from writ_gym.runs.recordings import Recorder
from writ_gym.runs.rollouts import Progress, Rollout, TaskSource, listed
from writ_gym.runs.spreading import Crew, spread
from writ_gym.runs.store import RunStore
from writ_gym.runs.task_files import read_tasks, world_of_tasks
from writ_gym.tasks import Task


@dataclass(frozen=True)
class Spread:
    """Where to play; a field is the value of the option of the same name."""

    ray: str | None
    """Address of a cluster, empty for the one that is there by default; None for no cluster."""
    workers: int | None
    """Processes that play; None for all CPUs of the cluster, or without one for this process."""

    @property
    def is_wide(self) -> bool:
        """Whether other processes play than this one."""
        return self.ray is not None or self.workers is not None

    def check(self, players: Players) -> None:
        """Check what can be checked before a world is made.

        Raises:
            WritGymError: The options contradict one another, or the library is not installed.
        """
        if self.is_wide and players.jobs:
            raise WritGymError(
                "--jobs is for one process that plays: with --ray or --workers, each worker "
                "samples its own tasks."
            )
        if self.ray is not None:
            library()

    @contextmanager
    def crew(self) -> Iterator[tuple[Crew, int]]:
        """Give what starts workers, and how many there are to be.

        Raises:
            WritGymError: The cluster cannot be reached or started.
        """
        if self.ray is None:
            yield Processes(), self.workers or 1
        else:
            with Cluster(self.ray or None, self.workers) as cluster:
                yield cluster, self.workers or cluster.cpus


@dataclass(frozen=True)
class Chosen:
    """The tasks that the options of a command choose, and where they are played."""

    domain: Domain[Any]
    world: World[Any]
    tasks: TaskSource
    available: int | None
    """How many there are; None: no end."""
    settings: dict[str, Any]
    """What makes them these, as JSON types."""
    splits: Collection[str] = ()
    """The splits that they are of; tasks of somebody else's data are of none."""


def choose(
    selection: Selection, tasks_file: Path | None = None, user_tools: bool = True, *,
    sound: bool = False,
) -> Chosen:  # fmt: skip
    """Return the tasks that a selection samples or loads, or those of a file.

    Args:
        selection: The options that choose tasks.
        tasks_file: The file.
        user_tools: Whether anybody has the user's tools.
        sound: Whether the tasks of the file are known to be sound.

    Raises:
        WritGymError: The options contradict one another, or the data or the file cannot be read.
    """
    if tasks_file is None:
        selection = selection.served(user_tools)
        domain, world, source, available = selection.load()
        if selection.recorded:
            _refuse_unserved(domain, map(source, range(available or 0)), user_tools)
        sampled_of = () if selection.recorded else (selection.config.split,)
        return Chosen(domain, world, source, available, selection.settings(world), sampled_of)
    if selection.narrowed or selection.source or selection.world_seed or selection.world_size:
        raise WritGymError(
            "--tasks-file has its own tasks: leave the options away that choose some."
        )
    tasks = list(read_tasks(tasks_file))
    if not tasks:
        raise WritGymError(f"There is no task to play in {tasks_file}.")
    env = selection.env
    domain = load_domain(environments()[env] if env else tasks[0].domain)
    env_id = env_id_of(domain.name)
    loaded = load_world(env_id, selection.data)[1] if selection.data else None
    world = world_of_tasks(domain, tasks, loaded, sound=sound)
    _refuse_unserved(domain, tasks, user_tools)
    told = {"env": env_id, "seed": selection.seed, "world": world.ref.digest}
    splits = dict.fromkeys(task.config.split for task in tasks if not task.recorded)
    return Chosen(domain, world, listed(tasks), len(tasks), {**told, **given(tasks)}, splits)


def _refuse_unserved(domain: Domain[Any], tasks: Iterable[Task], user_tools: bool) -> None:
    for task in tasks:
        domain.refuse_unserved(task, domain.holder(user_tools=user_tools))


@dataclass(frozen=True)
class Options:
    """The options of a command, from which every worker makes world, tasks and players itself."""

    selection: Selection
    players: Players
    tasks_file: Path | None = None
    packages: tuple[str, ...] = ()
    """What was imported with ``--import``."""
    task_ids: str | None = None
    """What the tasks of the file are told by, where the command was started."""

    def __call__(self) -> tuple[Rollout, TaskSource]:
        """Return how to play, and the tasks; see ``workers.Recipe``."""
        for package in self.packages:
            import_package(package)
        # Where the command was started, they were checked: they are the same, by their ids.
        chosen = choose(self.selection, self.tasks_file, self.players.user_tools, sound=True)
        if chosen.settings.get("task_ids") != self.task_ids:
            raise WritGymError(
                f"Workers find other tasks in {self.tasks_file} than are to be played."
            )
        return self.players.rollout(chosen.domain, chosen.world, self.selection.seed), chosen.tasks

    def for_workers(self, workers: int, chosen: Chosen, recorder: Recorder | None) -> "Options":
        """Return what each of several workers gets: paths in full, its part of what is limited."""
        selection, file = self.selection, self.tasks_file
        if selection.data:
            selection = replace(selection, data=selection.data.resolve())
        return Options(
            selection, self.players.share(workers, recorder), file and file.resolve(),
            click.get_current_context().find_root().params["packages"],
            chosen.settings.get("task_ids"),
        )  # fmt: skip


class Play(Protocol):
    """Plays what a run does not have yet, and shows how far it is; see ``rollouts.collect``."""

    def __call__(self, store: RunStore, *, count: int, trials: int, hidden: bool) -> Progress:
        """Return how far the run has come."""


def player(over: Spread, options: Options, chosen: Chosen) -> Play:
    """Return what plays the tasks in this process, or in others.

    Raises:
        WritGymError: The players cannot be made here.
    """
    if over.is_wide:
        return partial(_spread_with_bar, over, options, chosen)
    players = options.players
    rollout = players.rollout(chosen.domain, chosen.world, options.selection.seed)
    return partial(
        collect_with_bar, rollout, chosen.tasks, concurrency=players.concurrency,
        jobs=players.samplers,
    )  # fmt: skip


tasks_file_option = click.option(
    "--tasks-file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Play the tasks of this file, as 'writ-gym sample' writes it, or of this run or file of "
    "records, instead of sampling.",
)


def spreading_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say where to play; the command gets them as ``over``."""

    @wraps(command)
    def with_spread(*args: Any, ray: str | None, workers: int | None, **values: Any) -> Any:
        return command(*args, over=Spread(ray, workers), **values)

    address = click.option(
        "--ray", is_flag=False, flag_value="", default=None, metavar="[ADDRESS]",
        help="Spread the episodes over a Ray cluster: host:port of its head, or 'auto' for one "
        "that runs here. Without an address: that of RAY_ADDRESS, or else a cluster of this "
        "machine, started for the run. Needs an extra: pip install 'writ-gym[ray]'.",
    )  # fmt: skip
    workers = click.option(
        "--workers", type=click.IntRange(1),
        help="Processes that play: of this machine, or with --ray of the cluster.  [default: with "
        "--ray one for each CPU of the cluster, without it this process alone]",
    )  # fmt: skip
    return address(workers(with_spread))


def _spread_with_bar(
    over: Spread, options: Options, chosen: Chosen, store: RunStore, *, count: int, trials: int,
    hidden: bool,
) -> Progress:  # fmt: skip
    concurrency = options.players.concurrency
    with (
        options.players.sides.recorder() as recorder,
        over.crew() as (crew, most),
        progress_bar(count * trials, hidden) as show,
    ):
        workers = min(most, concurrency)
        recipe = options.for_workers(workers, chosen, recorder)
        return asyncio.run(
            spread(
                crew, recipe, store, count=count, trials=trials, workers=workers,
                concurrency=concurrency, world=chosen.world.ref.digest, recorder=recorder,
                report=show,
            )
        )  # fmt: skip
