"""What the commands that play episodes share: who plays whom, how, and the bar that shows it."""

import asyncio
import gc
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import wraps
from typing import Any

import click
from tqdm import tqdm

from writ_gym.cli_options import DEFAULT_COUNT, advance, hands_options, holder_of
from writ_gym.domain import Domain, World
from writ_gym.errors import WritGymError
from writ_gym.policies import POLICIES, load_policy
from writ_gym.rollouts import Progress, Rollout, TaskSource, collect
from writ_gym.store import RunStore
from writ_gym.tasks import Limits
from writ_gym.users import USERS
from writ_gym.version import __version__


@dataclass(frozen=True)
class Players:
    """Who plays, and how; a field is the value of the option of the same name."""

    agent: str
    user: str
    concurrency: int
    max_turns: int
    solo: bool
    user_tools: bool

    def check(self) -> None:
        """Check what can be checked before a world is made.

        Raises:
            WritGymError: There is no such agent, or it is a person.
        """
        load_policy(self.agent)
        if self.agent == "human":
            raise WritGymError("A person plays with 'writ-gym play'.")

    def rollout(self, domain: Domain[Any], world: World[Any], seed: int) -> Rollout:
        """Return how to play in a world.

        Raises:
            WritGymError: The options contradict one another, or do not fit the domain.
        """
        return Rollout(
            domain, world, self.agent, load_policy(self.agent), self.user, USERS[self.user], seed,
            Limits(turns=self.max_turns), holder_of(domain, self.solo, self.user_tools),
        )  # fmt: skip

    def settings(self, rollout: Rollout) -> dict[str, Any]:
        """Return what makes episodes of a task what they are, as JSON types."""
        return {
            "agent": self.agent, "user": self.user, "max_turns": self.max_turns,
            "version": __version__,
            **({} if rollout.holder == "user" else {"holder": rollout.holder}),
        }  # fmt: skip


_OPTIONS: Sequence[Callable[..., Any]] = (
    click.option(
        "--agent",
        default="oracle",
        show_default=True,
        help=f"Agent policy: {', '.join(p for p in POLICIES if p != 'human')}.",
    ),
    click.option(
        "--user",
        type=click.Choice(list(USERS)),
        default="scripted",
        show_default=True,
        help="User simulator.",
    ),
    click.option(
        "--concurrency",
        type=click.IntRange(1),
        default=16,
        show_default=True,
        help="Episodes in flight at most.",
    ),
    click.option(
        "--max-turns",
        type=click.IntRange(1),
        default=100,
        show_default=True,
        help="Assistant messages after which an episode is truncated.",
    ),
    hands_options,
)


def playing(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say who plays; the command gets them as ``players``."""

    @wraps(command)
    def with_players(*args: Any, **values: Any) -> Any:
        chosen = {field.name: values.pop(field.name) for field in fields(Players)}
        return command(*args, players=Players(**chosen), **values)

    decorated: Callable[..., Any] = with_players
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    return decorated


count_option = click.option(
    "-n",
    "count",
    type=click.IntRange(1),
    help="Number of tasks.  [default: 100, or all that are given]",
)


def count_of(wanted: int | None, available: int | None) -> int:
    """Return how many tasks to play.

    Args:
        wanted: How many are asked for, if that was said.
        available: How many there are; None if they have no end.

    Raises:
        WritGymError: There are fewer than are asked for.
    """
    if available and wanted and wanted > available:
        raise WritGymError(f"The data has {available} tasks; --trials plays each more than once.")
    return wanted or available or DEFAULT_COUNT


def collect_with_bar(
    rollout: Rollout, tasks: TaskSource, store: RunStore, *, count: int, trials: int,
    concurrency: int, hidden: bool,
) -> Progress:  # fmt: skip
    """Play what a run does not have yet, and show how far it is; see ``rollouts.collect``."""
    # The world stays: without this, the collector of garbage walks it again and again.
    gc.collect()
    gc.freeze()
    with tqdm(total=count * trials, unit="ep", disable=True if hidden else None) as bar:
        return asyncio.run(
            collect(
                rollout, tasks, store, count=count, trials=trials,
                concurrency=concurrency, report=lambda progress: advance(bar, progress),
            )
        )  # fmt: skip
