"""The command that evaluates an agent."""

import sys
from collections.abc import Collection
from pathlib import Path

import click
from click.core import ParameterSource

from writ_gym.cli.options import Selection, json_option, selecting_from
from writ_gym.cli.output import show, why_missing
from writ_gym.cli.players import Players, count_of, count_option, playing
from writ_gym.cli.spreading import (
    Options,
    Spread,
    choose,
    player,
    spreading_options,
    tasks_file_option,
)
from writ_gym.errors import WritGymError
from writ_gym.evaluation.comparison import compare
from writ_gym.evaluation.evaluating import (
    EVALUATION,
    HELD_OUT,
    announce,
    evaluate_run,
    read_evaluated,
)
from writ_gym.evaluation.figures import Evaluation, Plan
from writ_gym.reports.score_tables import comparison_tables, score_tables
from writ_gym.runs.store import MANIFEST, RunStore

_ABOUT_OUTPUT = {"out", "other", "as_json"}
"""Options that say nothing of what is played."""


@click.command("eval")
@selecting_from(HELD_OUT.split)
@tasks_file_option
@playing
@spreading_options
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
    selection: Selection, tasks_file: Path | None, players: Players, over: Spread,
    count: int | None, trials: int, out: Path, other: Path | None, as_json: bool,
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
    In 8 processes: writ-gym eval --workers 8 -n 500 -k 4 --out runs/eval
    """  # noqa: D301 - click's mark for a paragraph that is not to be wrapped
    there = read_evaluated(other) if other else None
    if _told(except_for=_ABOUT_OUTPUT):
        evaluation = _play(selection, tasks_file, players, over, count, trials, out, as_json)
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
        if missing := why_missing(evaluation.troubles, out):
            click.echo()
            show(missing, as_json=False)
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
    selection: Selection, tasks_file: Path | None, players: Players, over: Spread,
    count: int | None, trials: int, out: Path, hidden: bool,
) -> Evaluation:  # fmt: skip
    players.check()
    over.check(players)
    chosen = choose(selection, tasks_file, players.user_tools)
    plan = Plan(tasks=count_of(count, chosen.available), trials=trials)
    play = player(over, Options(selection, players, tasks_file), chosen)
    with RunStore(out, {**chosen.settings, **players.settings(chosen.domain)}) as store:
        announce(out, plan)
        play(store, count=plan.tasks, trials=plan.trials, hidden=hidden)
        return evaluate_run(out, plan)
