"""What the commands that play episodes share if they play on a cluster."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any

import click

from writ_gym.cli_options import Selection, import_package
from writ_gym.cli_players import Players, progress_bar
from writ_gym.cluster import Cluster
from writ_gym.domain import World
from writ_gym.errors import WritGymError
from writ_gym.rollouts import Progress, Rollout, TaskSource
from writ_gym.spreading import spread
from writ_gym.store import RunStore


@dataclass(frozen=True)
class Spread:
    """Whether to play on a cluster; a field is the value of the option of the same name."""

    ray: str | None
    """Its address, empty for the one that is there by default; None to play in this process."""
    workers: int | None

    def check(self, players: Players) -> None:
        """Check what can be checked before a world is made.

        Raises:
            WritGymError: The options contradict one another.
        """
        if self.ray is None and self.workers:
            raise WritGymError("--workers is for a cluster: add --ray.")
        if self.ray is not None and players.sides.recording:
            raise WritGymError("--recording is written by one process: leave --ray away.")


@dataclass(frozen=True)
class Options:
    """The options of a command, from which every worker makes world, tasks and players itself."""

    selection: Selection
    players: Players
    packages: tuple[str, ...]
    """What was imported with ``--import``."""

    def __call__(self) -> tuple[Rollout, TaskSource]:
        """Return how to play, and the tasks; see ``workers.Recipe``."""
        for package in self.packages:
            import_package(package)
        domain, world, tasks, _ = self.selection.load()
        return self.players.rollout(domain, world, self.selection.seed), tasks


def cluster_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options about a cluster; the command gets them as ``over``."""

    @wraps(command)
    def with_spread(*args: Any, ray: str | None, workers: int | None, **values: Any) -> Any:
        return command(*args, over=Spread(ray, workers), **values)

    address = click.option(
        "--ray", is_flag=False, flag_value="", default=None, metavar="[ADDRESS]",
        help="Spread the episodes over a Ray cluster: host:port of its head, or 'auto' for one "
        "that runs here. Without an address: that of RAY_ADDRESS, or else a cluster of this "
        "machine, started for the run. Needs the extra 'ray'.",
    )  # fmt: skip
    workers = click.option(
        "--workers", type=click.IntRange(1),
        help="With --ray: processes that play.  [default: one for each CPU of the cluster]",
    )  # fmt: skip
    return address(workers(with_spread))


def spread_with_bar(
    over: Spread, selection: Selection, players: Players, world: World[Any], store: RunStore, *,
    count: int, trials: int, hidden: bool,
) -> Progress:  # fmt: skip
    """Play on a cluster what a run does not have yet; see ``cli_players.collect_with_bar``."""
    if selection.data:
        selection = replace(selection, data=selection.data.resolve())
    packages = click.get_current_context().find_root().params["packages"]
    with (
        Cluster(over.ray or None, over.workers) as cluster,
        progress_bar(count * trials, hidden) as show,
    ):
        workers = min(over.workers or cluster.cpus, players.concurrency)
        options = Options(selection, players.share(workers), packages)
        return asyncio.run(
            spread(
                cluster, options, store, count=count, trials=trials, workers=workers,
                concurrency=players.concurrency, world=world.ref.digest, report=show, tick=show,
            )
        )  # fmt: skip
