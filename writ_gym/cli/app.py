"""The command ``writ-gym``."""

import json
import sys
import time
from pathlib import Path
from typing import get_args

import click

from writ_gym.cli.data import filter_command, stats_command
from writ_gym.cli.evaluation import eval_command
from writ_gym.cli.options import (
    Selection,
    data_option,
    hands_options,
    holder_of,
    json_option,
    out_option,
    overwrite_option,
    selecting,
    worlds_in,
)
from writ_gym.cli.output import Group, note, refuse_empty, show, show_findings, why_missing
from writ_gym.cli.players import Players, count_of, count_option, playing
from writ_gym.cli.spreading import (
    Options,
    Spread,
    choose,
    player,
    spreading_options,
    tasks_file_option,
)
from writ_gym.cli.tasks import check, explain, sample, synth, twin
from writ_gym.cli.types import import_package
from writ_gym.coroutines import finish
from writ_gym.counting import number
from writ_gym.datasets.duplicates import comparing
from writ_gym.datasets.exports import FORMATS, ToolArguments, export
from writ_gym.datasets.filters import FILTERS
from writ_gym.directory import DOMAINS
from writ_gym.errors import WritGymError
from writ_gym.policies import load_policy
from writ_gym.runs.parquet import SHARD_ROWS
from writ_gym.runs.rollouts import Rollout, play
from writ_gym.runs.store import RunStore, read_records
from writ_gym.runs.verification import verify as verify_records
from writ_gym.tau2.replay import replay
from writ_gym.transcript import transcript
from writ_gym.users.scripted import USERS
from writ_gym.version import __version__


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
@click.option(
    "--import",
    "packages",
    multiple=True,
    metavar="PACKAGE",
    help="Import a package with a domain of your own first; may be repeated.",
)
def main(packages: tuple[str, ...]) -> None:
    """Collect, verify and export trajectories of customer-service agents.

    Start with: writ-gym rollout -n 200 --out runs/demo
    """
    for package in packages:
        if not import_package(package):
            note(
                f"--import {package} registers no domain: a package does so when it is imported, "
                "by writ_gym.register_domain(DOMAIN)."
            )


@main.command()
@selecting
@tasks_file_option
@playing
@spreading_options
@count_option
@click.option(
    "--trials", type=click.IntRange(1), default=1, show_default=True, help="Episodes per task."
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    metavar="DIR",
    help="Run folder; an existing run is continued.",
)
@json_option
def rollout(
    selection: Selection, tasks_file: Path | None, players: Players, over: Spread,
    count: int | None, trials: int, out: Path, as_json: bool,
) -> None:  # fmt: skip
    """Play episodes and append a record of each to a run folder.

    The same command continues a run that was interrupted: finished episodes are never played
    again and never lost. An episode without a score (a failed model endpoint) is tried again by
    the next run; the exit code is then 3.

    \b
    One write, 5+ reads:  writ-gym rollout --write-count 1 --evidence-burden 5-8 --out runs/reads
    Tasks of a file:      writ-gym rollout --tasks-file tasks.jsonl --out runs/fixed
    tau2-bench's tasks:   writ-gym rollout --data ../shared/tau2 --out runs/tau2
    In 8 processes:       writ-gym rollout --workers 8 -n 10000 --out runs/many
    """  # noqa: D301 - click's mark for a paragraph that is not to be wrapped
    players.check()
    over.check(players)
    chosen = choose(selection, tasks_file, players.user_tools)
    count = count_of(count, chosen.available)
    collect = player(over, Options(selection, players, tasks_file), chosen)
    started = time.perf_counter()
    with RunStore(out, {**chosen.settings, **players.settings(chosen.domain)}) as store:
        progress = collect(store, count=count, trials=trials, hidden=as_json)
        seconds = time.perf_counter() - started
        summary = {
            **({"split": " and ".join(chosen.splits)} if chosen.splits else {}),
            "planned": progress.planned,
            "played": progress.played,
            "continued_from": progress.done_before,
            "scored": len(store.done),
            "without_score": progress.failed,
            **why_missing(progress.troubles, out),
            "mean_reward": round(store.reward_sum / len(store.done), 6) if store.done else None,
            "seconds": round(seconds, 3),
            "episodes_per_second": round(progress.played / seconds, 1),
            "out": str(out),
        }
    show(summary, as_json)
    if progress.failed:
        sys.exit(3)


@main.command()
@click.argument("path", type=click.Path(path_type=Path))
@data_option
@json_option
def verify(path: Path, data: Path | None, as_json: bool) -> None:
    """Replay every record of a run folder (or JSONL file) from a clean session.

    Samples each task again, repeats every tool call, lets the user answer again, and computes
    state and reward anew. Says what does not reproduce; the exit code is then 1.
    """
    report = verify_records(path, worlds_in(data))
    if not report.records:
        raise WritGymError(f"{path} is empty: there is no record to verify.")
    if as_json:
        click.echo(report.model_dump_json())
    else:
        show_findings(
            f"Reproduced: {report.verified} of {number(report.records, 'record')}.",
            [(finding.episode_id, finding.what) for finding in report.findings],
        )
    if report.findings:
        sys.exit(1)


@main.command("export")
@click.argument("path", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(list(FORMATS)),
    default="openai",
    show_default=True,
    help="openai: messages and tools; writ: with the labels of the WRIT-2K data set; tokens: token "
    "ids, loss mask and log-probabilities, as the model's server gave them; record: everything.",
)
@out_option
@overwrite_option
@click.option(
    "--tool-arguments",
    type=click.Choice(get_args(ToolArguments)),
    default="string",
    show_default=True,
    help="What the arguments of tool calls are in openai and writ. string: text, as OpenAI's API "
    "has them; object: as the chat templates of many open models want them, and trainers that use "
    "these, such as TRL.",
)
@click.option(
    "--shard-rows",
    type=click.IntRange(1),
    is_flag=False,
    flag_value=SHARD_ROWS,
    metavar="[N]",
    help="Write Parquet shards of at most N rows into the folder --out instead of lines into a "
    f"file. Needs an extra: pip install 'writ-gym[parquet]'.  [without N: {SHARD_ROWS}]",
)
@click.option("--all", "keep_all", is_flag=True, help="Keep episodes with a reward below 1 too.")
@click.option(
    "--filter", "filtered", is_flag=True, help="Leave out what 'writ-gym filter' would drop."
)
@json_option
def export_command(
    path: Path, form: str, out: Path, overwrite: bool, tool_arguments: ToolArguments,
    shard_rows: int | None, keep_all: bool, filtered: bool, as_json: bool,
) -> None:  # fmt: skip
    """Write the trajectories of a run as training data, one JSON object a line."""
    refuse_empty(path, read_records(path), "record to export")
    filters, among = (tuple(FILTERS), comparing()) if filtered else ((), [])
    counts = export(
        path, form, out, keep_all, filters, shard_rows, among, tool_arguments, overwrite=overwrite
    )
    show({**counts, "out": str(out)}, as_json)
    if not (counts["written"] or keep_all or as_json):
        note("nothing is written: episodes with a reward below 1 are left out without --all.")


for command in (sample, check, explain, twin, synth):
    main.add_command(command)
main.add_command(eval_command)
main.add_command(filter_command)
main.add_command(stats_command)


@main.command("play")
@selecting
@hands_options
def play_command(selection: Selection, solo: bool, user_tools: bool) -> None:
    """Be the agent yourself, in the terminal."""
    domain, world, tasks, _ = selection.served(user_tools).load()
    setup = Rollout(
        domain, world, "human", load_policy("human"), "scripted", USERS["scripted"],
        holder=holder_of(domain, solo, user_tools),
    )  # fmt: skip
    try:
        record = finish(play(setup, tasks(0)))
    except KeyboardInterrupt:
        click.echo("\nYou left before the end, so there is no reward.")
        return
    click.echo(f"\n{transcript(record.messages[-1:])}\n")  # type: ignore[arg-type]
    show({"reward": record.reward, **(record.reward_components or {})}, as_json=False)
    for write in record.task.gold_writes:
        click.echo(f"right would be: {write.name}({json.dumps(dict(write.arguments))})")
    for due in record.task.due:
        click.echo(f"to be told: {due.value} ({due.kind})")


@main.group()
def tau2() -> None:
    """Work with records of tau2-bench."""


@tau2.command("replay")
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    required=True,
    metavar="DIR",
    help="The tau2 data folder.",
)
@click.option("--domain", type=click.Choice(list(DOMAINS)), required=True, help="Domain.")
@click.option(
    "--vectors",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="FILE",
    help="Recorded call sequences; may be repeated.  [default: all in the data folder]",
)
@json_option
def tau2_replay(data: Path, domain: str, vectors: tuple[Path, ...], as_json: bool) -> None:
    """Replay recorded tool calls against tau2's database and compare every answer."""
    report = replay(domain, data, vectors)
    if as_json:
        click.echo(json.dumps(report.to_json()))
    else:
        click.echo(f"Matching: {report.matched} of {number(report.cases, 'case')}.")
        for mismatch in report.mismatches[:10]:
            click.echo(json.dumps(mismatch, indent=2))
    if report.matched != report.cases or not report.cases:
        sys.exit(1)
