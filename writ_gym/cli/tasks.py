"""The commands about tasks: sample, check, twin and synth."""

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cache, partial, wraps
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from tqdm import tqdm

from writ_gym import memory
from writ_gym.certificates.checking import check as check_tasks
from writ_gym.cli.models import (
    RECORDING_OPTIONS,
    ModelOptions,
    check_recording,
    model_options,
    open_model,
    take_options,
)
from writ_gym.cli.options import (
    RANGES,
    Selection,
    data_option,
    jobs_option,
    json_option,
    no_user_tools_option,
    out_option,
    overwrite_option,
    selecting,
    selecting_for_preset,
    similarity_option,
    worlds_in,
)
from writ_gym.cli.output import advance, refuse_empty, show, show_findings
from writ_gym.cli.types import Cell, with_options
from writ_gym.counting import number
from writ_gym.datasets.exports import FORMATS
from writ_gym.datasets.synthesis import synthesize
from writ_gym.domain import Domain, World, load_domain
from writ_gym.errors import WritGymError
from writ_gym.lines import is_among
from writ_gym.policies import POLICIES
from writ_gym.reports.explaining import explain as explain_task
from writ_gym.runs.recordings import Recording
from writ_gym.runs.store import EPISODES
from writ_gym.runs.task_files import TaskStore, check_sound, read_tasks, write_tasks
from writ_gym.sampling.grids import PRESETS, GridReport, Quota, grid, sample_grid, with_ranges
from writ_gym.sampling.sampler import TaskSampler
from writ_gym.tasks import Task
from writ_gym.version import __version__

if TYPE_CHECKING:
    from writ_gym.datasets.paraphrase import Paraphraser

UNFILLED = 3
"""Exit code of commands that make fewer tasks than were asked for."""
_OFFLINE = tuple(name for name in POLICIES if name != "human")
"""Agent policies that need no model and no person."""
_SIDE = "paraphrase"
"""Stands before the names of the options about the model that rewords."""


@dataclass(frozen=True)
class Rewording:
    """Which model is to reword the texts of tasks, if any, and how it is asked."""

    model: str | None
    options: ModelOptions
    concurrency: int
    recording: Path | None
    replay: bool

    def paraphraser(self, domain: Domain[Any]) -> "AbstractContextManager[Paraphraser | None]":
        """Return what rewords tasks; None if nothing is to be reworded.

        Raises:
            WritGymError: The options contradict one another, or the key is not there.
        """
        if self.model is None:
            named = [f"{_SIDE}-{name}" for name in self.options.named()]
            named += ["recording"] if self.recording else []
            if named:
                raise WritGymError(
                    f"--{named[0].replace('_', '-')} needs --paraphrase MODEL, which it is about."
                )
            return nullcontext()
        check_recording(self.recording, self.replay)
        # Here, because importing a client takes longer than most commands.
        from writ_gym.datasets.paraphrase import Paraphraser

        kept = Recording(self.recording, self.replay) if self.recording else None
        model = open_model(_SIDE, self.options, self.model, self.concurrency, kept)
        return Paraphraser(model, domain, self.concurrency)

    def settings(self) -> Any:
        """Return what the texts of tasks depend on, as JSON types."""
        more = self.options.settings()
        return {"model": self.model, **more} if more else self.model


def rewording(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options about rewording, as one argument ``rewording``."""

    @wraps(command)
    def run(*args: Any, **values: Any) -> Any:
        chosen = Rewording(
            values.pop(_SIDE), take_options(_SIDE, values), values.pop("paraphrase_concurrency"),
            values.pop("recording"), values.pop("replay"),
        )  # fmt: skip
        return command(*args, rewording=chosen, **values)

    return with_options(run, _REWORDING)


_REWORDING: Sequence[Callable[..., Any]] = (
    click.option(
        "--paraphrase",
        metavar="MODEL",
        help="Let this model of an OpenAI-compatible endpoint reword what the users say; a "
        "rewording that says anything else is dropped.",
    ),
    *model_options(_SIDE, recorded=False),
    click.option(
        "--paraphrase-concurrency",
        type=click.IntRange(1),
        default=16,
        show_default=True,
        help="Tasks at most that the model is asked about at once.",
    ),
    *RECORDING_OPTIONS,
)


def _reworded(paraphraser: "Paraphraser | None") -> Mapping[str, Any]:
    """Return what was reworded, as part of a command's result."""
    if paraphraser is None:
        return {}
    usage = paraphraser.usage
    return {
        "rewordings_kept": paraphraser.kept,
        "rewordings_rejected": dict(paraphraser.rejected.most_common()),
        "rewording_tokens": usage.prompt_tokens + usage.completion_tokens,
        **({} if usage.cost is None else {"rewording_cost": usage.cost}),
    }


@click.command()
@selecting
@rewording
@click.option("-n", "count", type=click.IntRange(1), default=100, show_default=True, help="Tasks.")
@click.option(
    "--grid",
    "as_grid",
    is_flag=True,
    help="Fill every cell of the two ranges evenly, and say which cannot be filled.",
)
@click.option("--preset", type=click.Choice(list(PRESETS)), help="Fill the cells of a preset.")
@click.option(
    "--cell", "cells", multiple=True, type=Cell(),
    help="Fill this cell with N tasks, such as 1:5-8=300; may be repeated, and takes the place of "
    "-n and the two ranges.",
)  # fmt: skip
@no_user_tools_option
@jobs_option
@out_option
@json_option
def sample(
    selection: Selection,
    rewording: Rewording,
    count: int,
    as_grid: bool,
    preset: str | None,
    cells: Sequence[tuple[tuple[int, int], tuple[int, int], int]],
    user_tools: bool,
    jobs: int,
    out: Path,
    as_json: bool,
) -> None:
    """Write certified tasks to a file, one JSON object a line.

    \b
    A grid:      writ-gym sample --grid --write-count 0-6 --evidence-burden 0-9 -n 70 --out g.jsonl
    5-8 reads:   writ-gym sample --write-count 1 --evidence-burden 5-8 -n 500 --out reads.jsonl

    The same command goes on with a file that was interrupted. If a cell cannot be filled, that is
    said, with the reason, and the exit code is 3 (1 if there is no task at all).
    """  # noqa: D301 - click's mark for a paragraph that is not to be wrapped
    selection = selection.to_sample().served(user_tools)
    domain, world, quotas = _quotas(selection, count, as_grid, preset, cells)
    count = sum(quota.count for quota in quotas)
    settings = {
        **selection.settings(world), "preset": preset, "grid": as_grid,
        # Without cells, more tasks go on where fewer ended.
        **({"count": count} if as_grid or preset else {}),
        **({"cells": [list(cell) for cell in cells]} if cells else {}),
        "paraphrase": rewording.settings(), "version": __version__,
    }  # fmt: skip
    memory.keep()
    report = GridReport()
    written = 0
    with rewording.paraphraser(domain) as paraphraser, TaskStore(out, settings) as store, tqdm(
        total=count, initial=min(count, len(store.done)), unit="task",
        disable=True if as_json else None,
    ) as bar:  # fmt: skip
        tasks = sample_grid(domain, world, quotas, selection.seed, report, store.done, jobs)
        for task in paraphraser.map(tasks) if paraphraser else tasks:
            store.append(task)
            written += 1
            bar.update(1)
    missing = {cell.cell: f"{cell.filled} of {cell.wanted}: {cell.problem}"
               for cell in report.missing}  # fmt: skip
    result = {
        "tasks": len(store.done) + written,
        "continued_from": len(store.done),
        "cells": len(report.cells),
        "unfilled": missing,
        "rejected_drafts": dict(report.rejected.most_common()),
        **_reworded(paraphraser),
        "out": str(out),
    }
    show(result, as_json)
    if missing:
        sys.exit(UNFILLED if result["tasks"] else 1)


def _quotas(
    selection: Selection,
    count: int,
    as_grid: bool,
    preset: str | None,
    cells: Sequence[tuple[tuple[int, int], tuple[int, int], int]] = (),
) -> tuple[Domain[Any], World[Any], list[Quota]]:
    """Return where to sample, and how much of what."""
    if as_grid + bool(preset) + bool(cells) > 1:
        raise WritGymError("--grid, --preset and --cell exclude one another.")
    domain, world = selection.world()
    config = selection.config
    if preset:
        _refuse_ranges(selection, f"--preset {preset}", RANGES)
        return domain, world, PRESETS[preset](config, count)
    if cells:
        _refuse_ranges(selection, "--cell", ("write_count", "evidence_burden", "zero_write"))
        return domain, world, [
            Quota(config=with_ranges(config, writes, burden), count=number)
            for writes, burden, number in cells
        ]  # fmt: skip
    if as_grid:
        writes, burdens = config.write_count, config.evidence_burden
        axes = range(writes[0], writes[1] + 1), range(burdens[0], burdens[1] + 1)
        return domain, world, grid(config, *axes, count)
    return domain, world, [Quota(config=config, count=count)]


def _refuse_ranges(selection: Selection, option: str, names: Iterable[str]) -> None:
    """Check that no option contradicts one that says itself where tasks are on the two axes."""
    for name in names:
        if getattr(selection, name) is not None:
            other = name.replace("_", "-")
            raise WritGymError(f"{option} has ranges of its own: leave out --{other}.")


_worlds = cache(worlds_in)
"""By folder of data, what gives its worlds; each process has its own."""


def _world_of(data: Path | None, task: Task) -> tuple[Domain[Any], World[Any]]:
    domain = load_domain(task.domain)
    world = domain.world_of(task.world, _worlds(data)(domain))
    _keep(world.ref.digest)
    return domain, world


@cache
def _keep(world: str) -> None:
    """Keep a world that is there now, once."""
    memory.keep()


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@data_option
@jobs_option
@json_option
def check(path: Path, data: Path | None, jobs: int, as_json: bool) -> None:
    """Prove every task of a file again, by brute force and without the solvers.

    Of a run folder or a file of records, these are the tasks that were played. Names the point of
    the certificate that is broken, and where; the exit code is then 1.
    """
    _worlds(data)  # says first that there is no such folder
    with tqdm(unit="task", disable=True if as_json else None) as bar:
        report = check_tasks(read_tasks(path), partial(_world_of, data), jobs, bar.update)
    if not report.tasks:
        raise WritGymError(f"{path} is empty: there is no task to prove.")
    if as_json:
        click.echo(report.model_dump_json())
    else:
        show_findings(
            f"Proved: {report.passed} of {number(report.tasks, 'task')}. "
            f"Split: {' and '.join(report.splits)}.",
            [(each.task_id, f"{each.point}: {each.what}") for each in report.findings],
        )
    if report.findings:
        sys.exit(1)


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option(
    "--heavy",
    is_flag=True,
    help="Make twins with a burden of 5-15 instead of at most 2.",
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Seed.")
@data_option
@out_option
@overwrite_option
@json_option
def twin(
    path: Path, heavy: bool, seed: int, data: Path | None, out: Path, overwrite: bool, as_json: bool
) -> None:
    """Write for every task with one write its twin: the same write, with another burden."""
    if is_among(out, [path, path / EPISODES]):
        raise WritGymError(f"{out} holds the tasks that the twins are of: choose another file.")
    refuse_empty(path, read_tasks(path), "task that a twin could be of")
    loaded = worlds_in(data)
    failed: Counter[str] = Counter()
    examples: dict[str, str] = {}

    def twins() -> Iterator[Task]:
        for task in read_tasks(path):
            domain = load_domain(task.domain)
            world = domain.world_of(task.world, loaded(domain))
            try:
                check_sound(task, domain, world)
                sampler = TaskSampler(domain, task.config, world, thorough=True)
                yield sampler.twin(task, (5, 15) if heavy else (0, 2), seed)
            except WritGymError as error:
                why = str(error).replace(f"Task {task.task_id}", "The task")
                failed[why] += 1
                examples.setdefault(why, task.task_id)

    written = write_tasks(out, twins(), overwrite=overwrite)
    reasons = {f"{why} Such as {examples[why]}.": count for why, count in failed.most_common()}
    result = {
        "twins": written, "without_twin": failed.total(),
        **({"why_without_twin": reasons} if reasons else {}), "out": str(out),
    }  # fmt: skip
    show(result, as_json)


@click.command()
@selecting_for_preset
@rewording
@click.option(
    "--preset", type=click.Choice(list(PRESETS)), default="writ-2k", show_default=True,
    help="What the data set is made of.",
)  # fmt: skip
@click.option("-n", "count", type=click.IntRange(1), default=2000, show_default=True, help="Tasks.")
@click.option(
    "--agent", type=click.Choice(_OFFLINE), default="oracle", show_default=True, metavar="NAME",
    help=f"Agent policy that plays: {', '.join(_OFFLINE)}. What a model plays is made by 'sample', "
    "'rollout --tasks-file', 'filter' and 'export', one after the other.",
)  # fmt: skip
@click.option(
    "--format", "form", type=click.Choice(list(FORMATS)), default="writ", show_default=True,
    help="Format of the training data.",
)  # fmt: skip
@similarity_option
@no_user_tools_option
@jobs_option
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, metavar="DIR", help="Folder."
)
@json_option
def synth(
    selection: Selection,
    rewording: Rewording,
    preset: str,
    count: int,
    agent: str,
    form: str,
    max_similarity: float | None,
    user_tools: bool,
    jobs: int,
    out: Path,
    as_json: bool,
) -> None:
    """Make a training set: sample, simulate, filter and export; and say what was dropped.

    The same command goes on with one that was interrupted. If there are not as many tasks as were
    asked for, the exit code is 3.
    """
    selection = selection.to_sample().served(user_tools)
    domain, world, quotas = _quotas(selection, count, False, preset)
    settings = selection.settings(world)
    for name in RANGES:  # a preset says them itself
        settings.pop(name, None)
    with (
        rewording.paraphraser(domain) as paraphraser,
        tqdm(total=count, unit="ep", disable=True if as_json else None) as bar,
    ):
        result = synthesize(
            domain, world, quotas, out, seed=selection.seed, agent=agent, form=form,
            report=lambda progress: advance(bar, progress),
            diversify=paraphraser.map if paraphraser else None,
            diversified=rewording.settings() or "",
            made_from={**settings, "preset": preset},
            similarity=max_similarity, jobs=jobs, holder=domain.holder(user_tools=user_tools),
        )  # fmt: skip
    show({**result.model_dump(), **_reworded(paraphraser)}, as_json)
    if result.unfilled:
        sys.exit(UNFILLED)


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("-n", "count", type=click.IntRange(1), default=1, show_default=True, help="Tasks.")
@click.option(
    "--task-id", metavar="ID",
    help="Explain this task: its id, or that of an episode, TASK.TRIAL, as 'eval' names them.",
)  # fmt: skip
def explain(path: Path, count: int, task_id: str | None) -> None:
    """Print the first tasks of a file or run with their proof, for people."""
    wanted = task_id and task_id.partition(".")[0]
    found = False
    tasks = (task for task in read_tasks(path) if not wanted or task.task_id == wanted)
    for task in islice(tasks, count):
        click.echo(f"{explain_task(task)}\n")
        found = True
    if wanted and not found:
        raise WritGymError(f"{path} has no task {wanted}.")
    if not found:
        raise WritGymError(f"{path} is empty: there is no task to explain.")
