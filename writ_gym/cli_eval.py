"""The command that evaluates an agent."""

import sys
from collections.abc import Collection
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from writ_gym.cli_options import (
    Selection,
    environments,
    json_option,
    load_world,
    selecting_from,
    show,
)
from writ_gym.cli_players import Players, collect_with_bar, count_of, count_option, playing
from writ_gym.comparison import compare
from writ_gym.domain import Domain, World, load_domain
from writ_gym.errors import WritGymError
from writ_gym.evaluating import EVALUATION, HELD_OUT, announce, evaluate_run, given, read_evaluated
from writ_gym.figures import Evaluation, Plan
from writ_gym.rollouts import TaskSource, listed
from writ_gym.score_tables import comparison_tables, score_tables
from writ_gym.store import MANIFEST, RunStore
from writ_gym.task_files import read_tasks, world_of_tasks

_ABOUT_OUTPUT = {"out", "other", "as_json"}
"""Options that say nothing of what is played."""


@click.command("eval")
@selecting_from(HELD_OUT.split)
@click.option(
    "--tasks-file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Play the tasks of this file, as 'writ-gym sample' writes it, instead of sampling.",
)
@playing
@count_option
@click.option(
    "-k", "--trials", "trials", type=click.IntRange(1), default=1, show_default=True,
    help="Episodes per task; pass^k and pass@k are given for every k up to it.",
)  # fmt: skip
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    metavar="DIR",
    help="Run folder; an existing run is continued. Alone, it is only summarised.",
)
@click.option(
    "--compare",
    "other",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Say also how much better it is than another run, on the tasks that both have.",
)
@json_option
def eval_command(
    selection: Selection, tasks_file: Path | None, players: Players, count: int | None,
    trials: int, out: Path, other: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Say how good an agent is, where on the two axes it breaks, and why.

    Plays tasks of the test split, each several times, and prints pass^k and pass@k with bootstrap
    intervals over tasks, in total and for each cell of the plane, and failures by cause. All of it
    is written to evaluation.json in the run folder. The same command continues a run that was
    interrupted. With --out alone, a run that is there is summarised and nothing is played. If an
    episode has no score, the exit code is 3.

    \b
    Sampled tasks:  writ-gym eval --agent random -n 50 -k 4 --out runs/eval
    A fixed set:    writ-gym eval --tasks-file set.jsonl -k 4 --out runs/eval
    Two agents:     writ-gym eval --out runs/new --compare runs/old
    """  # noqa: D301 - click's mark for a paragraph that is not to be wrapped
    there = read_evaluated(other) if other else None
    if _told(except_for=_ABOUT_OUTPUT):
        evaluation = _play(selection, tasks_file, players, count, trials, out, as_json)
    elif (out / MANIFEST).exists():
        evaluation = evaluate_run(out)
    else:
        raise WritGymError(
            f"There is no run in {out} to summarise: say what is to be played, such as the --agent."
        )
    comparison = compare(evaluation, there) if there else None
    if as_json:
        told = {"comparison": comparison.model_dump(mode="json")} if comparison else {}
        show({**evaluation.model_dump(mode="json"), **told, "out": str(out)}, as_json=True)
    else:
        click.echo(score_tables(evaluation))
        if comparison:
            click.echo(f"\nIn comparison with {other}\n{comparison_tables(comparison)}")
        click.echo(f"\nWritten: {out / EVALUATION}")
    if evaluation.total.episodes.missing:
        sys.exit(3)


def _told(except_for: Collection[str]) -> bool:
    """Say whether the command line has any other option."""
    context = click.get_current_context()
    return any(
        context.get_parameter_source(name) is ParameterSource.COMMANDLINE
        for name in context.params.keys() - except_for
    )


def _play(
    selection: Selection, tasks_file: Path | None, players: Players, count: int | None,
    trials: int, out: Path, hidden: bool,
) -> Evaluation:  # fmt: skip
    players.check()
    domain, world, tasks, available, chosen = _tasks(selection, tasks_file)
    plan = Plan(tasks=count_of(count, available), trials=trials)
    setup = players.rollout(domain, world, selection.seed)
    with RunStore(out, {**chosen, **players.settings(domain)}) as store:
        announce(out, plan)
        collect_with_bar(
            setup, tasks, store, count=plan.tasks, trials=plan.trials,
            concurrency=players.concurrency, hidden=hidden,
        )  # fmt: skip
        return evaluate_run(out, plan)


def _tasks(
    selection: Selection, path: Path | None
) -> tuple[Domain[Any], World[Any], TaskSource, int | None, dict[str, Any]]:
    """Return the domain, the world, the tasks, how many there are, and what makes them these."""
    if path is None:
        domain, world, source, available = selection.load()
        return domain, world, source, available, selection.settings(world)
    if selection.narrowed or selection.source or selection.world_seed or selection.world_size:
        raise WritGymError(
            "--tasks-file has its own tasks: leave the options away that choose some."
        )
    domain = load_domain(environments()[selection.env_id])
    loaded = load_world(selection.env_id, selection.data)[1] if selection.data else None
    tasks = list(read_tasks(path))
    world = world_of_tasks(domain, tasks, loaded)
    told = {"env": selection.env_id, "seed": selection.seed, "world": world.ref.digest}
    return domain, world, listed(tasks), len(tasks), {**told, **given(tasks)}
