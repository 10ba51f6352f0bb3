"""The options that commands of ``writ-gym`` share, and the choice of tasks that they make."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cache, wraps
from pathlib import Path
from typing import Any

import click
from pydantic import ValidationError

from writ_gym.cli.types import (
    Environment,
    Number,
    Range,
    SizeType,
    Weighted,
    environments,
    with_options,
)
from writ_gym.directory import OWN, env_id_of
from writ_gym.domain import Domain, LoadedWorlds, World, load_domain
from writ_gym.errors import WritGymError, first_error
from writ_gym.runs.rollouts import TaskSource, listed, sampled
from writ_gym.sampling.sampler import TaskSampler
from writ_gym.tasks import SPLITS, Mix, SamplerConfig, Split
from writ_gym.tau2.layer import load_database
from writ_gym.tau2.tasks import recorded_tasks
from writ_gym.tools import Holder

DEFAULT_COUNT = 100
"""Tasks of a run if it is not said how many, and they are sampled."""


@dataclass(frozen=True)
class Selection:
    """Which tasks a command is about; a field is the value of the option of the same name."""

    env: str | None
    write_count: tuple[int, int] | None
    evidence_burden: tuple[int, int] | None
    least_burden: int | None
    least_candidates: int | None
    intents: tuple[tuple[str, float | None], ...]
    operators: tuple[tuple[str, float | None], ...]
    behaviours: tuple[tuple[str, float | None], ...]
    zero_write: float | None
    unwritten_share: float | None
    split: str | None
    seed: int
    world_seed: int
    world_size: tuple[tuple[str, int], ...]
    data: Path | None
    source: str | None
    default_split: Split = "train"
    """The split of sampled tasks if none was chosen; no option, but the command's own."""

    @property
    def env_id(self) -> str:
        """The environment; the first of our own if none was chosen."""
        return self.env or env_id_of(OWN[0])

    @property
    def recorded(self) -> bool:
        """Whether the tasks are those of the data, not sampled."""
        return self.data is not None and self.source != "sampled"

    @property
    def config(self) -> SamplerConfig:
        """The sampler's config; what was not chosen has its default.

        Raises:
            WritGymError: The options contradict one another.
        """
        chosen = {name: getattr(self, name) for name in SamplerConfig.model_fields}
        for name in ("intents", "operators", "behaviours"):
            chosen[name] = _mixed(chosen[name])
        chosen["split"] = self.split or (None if self.recorded else self.default_split)
        try:
            return SamplerConfig.model_validate(
                {name: value for name, value in chosen.items() if value not in (None, ())}
            )
        except ValidationError as error:
            raise WritGymError(f"{first_error(error)}.") from None

    def served(self, user_tools: bool) -> "Selection":
        """Return the same selection without what cannot be done where nobody has user's tools.

        Raises:
            WritGymError: An intent that was chosen is such.
        """
        if user_tools or self.recorded:
            return self
        domain = load_domain(environments()[self.env_id])
        try:
            config = domain.served(self.config, "nobody")
        except ValueError as error:
            raise WritGymError(str(error)) from None
        return (
            self
            if self.intents
            else replace(self, intents=tuple((i, None) for i in config.intents))
        )

    def to_sample(self) -> "Selection":
        """Return the same selection for a command that only samples: also in given data.

        Raises:
            WritGymError: Recorded tasks are asked for.
        """
        if self.source == "recorded":
            raise WritGymError("This command samples tasks: leave out --tasks recorded.")
        return replace(self, source="sampled")

    def world(self) -> tuple[Domain[Any], World[Any]]:
        """Return the domain and the world.

        Raises:
            WritGymError: The options contradict one another, or the data cannot be read.
        """
        self._check()
        return load_world(self.env_id, self.data, self.world_seed, dict(self.world_size))

    def load(self) -> tuple[Domain[Any], World[Any], TaskSource, int | None]:
        """Return the domain, the world, the tasks, and how many there are (None: no end).

        Raises:
            WritGymError: The options contradict one another, or the data cannot be read.
        """
        domain, world = self.world()
        if self.recorded and self.data:
            tasks = recorded_tasks(domain, world, self.data)
            return domain, world, listed(tasks), len(tasks)
        return domain, world, sampled(TaskSampler(domain, self.config, world), self.seed), None

    @property
    def narrowed(self) -> bool:
        """Whether options say what tasks are to be sampled."""
        return bool(
            self.write_count
            or self.evidence_burden
            or self.least_burden
            or self.least_candidates
            or self.zero_write is not None
            or self.unwritten_share is not None
            or self.split
            or self.intents
            or self.operators
            or self.behaviours
        )

    def _check(self) -> None:
        if self.data is None and self.source == "recorded":
            raise WritGymError("--tasks recorded needs --data, the folder with the tasks.")
        if self.data and (self.world_seed or self.world_size):
            raise WritGymError("--world-seed and --world-size are for worlds without --data.")
        if self.recorded and self.narrowed:
            raise WritGymError(
                "--write-count, --evidence-burden, --intent and --split are for sampled tasks: "
                "add --tasks sampled."
            )

    def settings(self, world: World[Any]) -> dict[str, Any]:
        """Return what makes these tasks what they are, as JSON types."""
        return {
            "env": self.env_id,
            "tasks": "recorded" if self.recorded else "sampled",
            **self.config.model_dump(mode="json"),
            "seed": self.seed,
            "world": world.ref.digest,
        }


def _mixed(named: Sequence[tuple[str, float | None]]) -> Mix:
    """Return names with their weights, if one of them has one."""
    if all(weight is None for _, weight in named):
        return tuple(name for name, _ in named)
    return {name: 1.0 if weight is None else weight for name, weight in named}


def load_world(
    env_id: str, data: Path | None, seed: int = 0, size: dict[str, int] | None = None
) -> tuple[Domain[Any], World[Any]]:
    """Return an environment's domain, and the world that was generated or loaded from data."""
    domain = load_domain(environments()[env_id])
    if data is None:
        try:
            world = domain.world(seed, size)
        except ValueError as error:
            more = _other_size(domain, size or {}, str(error))
            raise WritGymError(f"{error}{more}") from None
        domain.check_repeatable(world)
        return domain, world
    return domain, domain.world_from(load_database(domain.name, data))


def _other_size(domain: Domain[Any], size: Mapping[str, int], message: str) -> str:
    """Return what to do if the size that does not fit is one that was not given."""
    name = message.partition(" ")[0]
    if name in size or name not in domain.default_size:
        return ""
    return f" That is its default: add --world-size {name}=N."


def worlds_in(data: Path | None) -> LoadedWorlds:
    """Return what gives a domain's world in a folder of data, loaded once; None without a folder.

    Raises:
        WritGymError: There is no such folder.
    """
    if data is not None and not data.is_dir():
        raise WritGymError(f"There is no folder {data}.")

    @cache
    def world_of(domain: Domain[Any]) -> World[Any] | None:
        return None if data is None else domain.world_from(load_database(domain.name, data))

    return world_of


_OPTIONS: Sequence[Callable[..., Any]] = (
    click.option(
        "--env", type=Environment(), help=f"Environment: {', '.join(map(env_id_of, OWN))}.  "
        f"[default: {env_id_of(OWN[0])}]",
    ),
    click.option(
        "--intent", "intents", multiple=True, metavar="NAME[=WEIGHT]", type=Weighted(),
        help="Use only this intent; may be repeated, each with how often it is tried, such as "
        "return_items=3 (1 if left out).  [default: all]",
    ),
    click.option(
        "--operator", "operators", multiple=True, metavar="NAME[=WEIGHT]", type=Weighted(),
        help="Compose a request of each task with this operator; may be repeated, one is then "
        "drawn for each task by weight (1 if left out).  [default: any, or none]",
    ),
    click.option(
        "--behaviour", "behaviours", multiple=True, metavar="NAME[=WEIGHT]", type=Weighted(),
        help="Let users behave like this, at times; may be repeated, with weights; 'all' for all.",
    ),
    click.option(
        "--unwritten-share", type=Number(0, 1),
        help="Share of the tasks with writes in which the user also asks for what comes to none, "
        "such as what a rule forbids.  [default: 0]",
    ),
    click.option(
        "--seed", type=click.IntRange(0), default=0, show_default=True,
        help="Seed of the tasks and policies.",
    ),
    click.option(
        "--world-seed", type=click.IntRange(0), default=0, show_default=True,
        help="Seed of the generated world.",
    ),
    click.option(
        "--world-size", type=SizeType(), multiple=True,
        help="Size of a table of the generated world, such as users=2000; may be repeated.",
    ),
    click.option(
        "--data", type=click.Path(path_type=Path), metavar="DIR",
        help="Play in the database of a tau2 data folder instead of a generated world.",
    ),
    click.option(
        "--tasks", "source", type=click.Choice(["sampled", "recorded"]),
        help="With --data: its own tasks (recorded, the default), or sampled in its database.",
    ),
)  # fmt: skip


RANGES: Mapping[str, Callable[..., Any]] = {
    "write_count": click.option(
        "--write-count", type=Range(), help="How many writes a task needs.  [default: 0-4]"
    ),
    "evidence_burden": click.option(
        "--evidence-burden", type=Range(),
        help="How many reads stand behind one write of a task (the largest of its writes).  "
        "[default: 0-8]",
    ),
    "least_burden": click.option(
        "--least-burden", type=click.IntRange(0),
        help="Evidence burden that every single write has at least.  [default: 0]",
    ),
    "least_candidates": click.option(
        "--least-candidates", type=click.IntRange(1),
        help="Candidates that there are to compare for every single write at least; tasks of one "
        "write with 4 and a burden of 5 are read-heavy.  [default: 1]",
    ),
    "zero_write": click.option(
        "--zero-write", type=Number(0, 1),
        help="Share of the tasks in which nothing may be written.",
    ),
}  # fmt: skip
"""By name, the options for where tasks are on the two axes; a preset says that itself."""
no_user_tools_option = click.option(
    "--no-user-tools", "user_tools", is_flag=True, flag_value=False, default=True,
    help="Give the user's own tools to nobody; no tasks are sampled that may need them.",
)  # fmt: skip


def hands_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say who has the user's tools: ``solo`` and ``user_tools``."""
    solo = click.option(
        "--solo", is_flag=True, help="Give the user's own tools to the agent, where there are some."
    )
    return solo(no_user_tools_option(command))


def holder_of(domain: Domain[Any], solo: bool, user_tools: bool) -> Holder:
    """Return who has the user's tools.

    Raises:
        WritGymError: The options contradict one another, or do not fit the domain.
    """
    try:
        return domain.holder(solo, user_tools)
    except ValueError as error:
        raise WritGymError(str(error)) from None


def selecting(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that choose tasks; the command gets them as a ``Selection``, first."""
    return selecting_from("train")(command)


def selecting_for_preset(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that choose tasks, but for those that a preset says itself."""
    return selecting_from("train", ranges=False)(command)


def selecting_from(
    split: Split, *, ranges: bool = True
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return what adds the options that choose tasks, of this split if not said otherwise."""
    split_option = click.option(
        "--split", type=click.Choice(SPLITS),
        help=f"Part of the users that the tasks are about.  [default: {split}]",
    )  # fmt: skip
    names = [each.name for each in fields(Selection) if each.name != "default_split"]

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(command)
        def with_selection(**values: Any) -> Any:
            chosen = {name: values.pop(name, None) for name in names}
            return command(Selection(**chosen, default_split=split), **values)

        environment, *others = _OPTIONS
        on_axes = RANGES.values() if ranges else ()
        return with_options(with_selection, (environment, *on_axes, *others, split_option))

    return decorate


json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
out_option = click.option(
    "--out", type=click.Path(path_type=Path), required=True, metavar="FILE", help="File to write."
)
overwrite_option = click.option(
    "--overwrite", is_flag=True,
    help="Write over what is there already under this name. Without it, a file is only added to, "
    "as by the same command once there is more.",
)  # fmt: skip
similarity_option = click.option(
    "--max-similarity", type=Number(0.2, 1), metavar="SHARE",
    help="Drop a trajectory too whose user says nearly the same, numbers left aside, as in one "
    "that was kept: from this share of equal runs of words, such as 0.8. Needs an extra: "
    "pip install 'writ-gym[text]'.",
)  # fmt: skip
jobs_option = click.option(
    "-j", "--jobs", type=click.IntRange(1), default=1, show_default=True,
    help="Processes that share the work; what comes of it is the same with any number.",
)  # fmt: skip
data_option = click.option(
    "--data", type=click.Path(path_type=Path), metavar="DIR",
    help="The tau2 data folder that it was made with.",
)  # fmt: skip
