"""The commands about data: which trajectories are right, and what a file of them holds."""

import json
from pathlib import Path

import click

from writ_gym.cli.options import json_option, out_option, overwrite_option, similarity_option
from writ_gym.cli.output import refuse_empty
from writ_gym.counting import number
from writ_gym.datasets.duplicates import comparing
from writ_gym.datasets.exports import select
from writ_gym.datasets.filters import FILTERS, Tally
from writ_gym.reports.plots import check_library, draw
from writ_gym.reports.statistics import statistics_of
from writ_gym.reports.tables import tables
from writ_gym.runs.store import read_records

_NAMES = click.Choice([*FILTERS, "distinct_task"])


@click.command("filter")
@click.argument("path", type=click.Path(path_type=Path))
@out_option
@overwrite_option
@click.option(
    "--only",
    type=_NAMES,
    multiple=True,
    metavar="NAME",
    help=f"Use only this filter; may be repeated.  [default: all: {', '.join(_NAMES.choices)}]",
)
@click.option(
    "--skip",
    type=_NAMES,
    multiple=True,
    metavar="NAME",
    help="Do not use this filter; may be repeated.",
)
@similarity_option
@json_option
def filter_command(
    path: Path, out: Path, overwrite: bool, only: tuple[str, ...], skip: tuple[str, ...],
    max_similarity: float | None, as_json: bool,
) -> None:  # fmt: skip
    """Write the records of a run that are right all through, and say why others were dropped.

    A trajectory is kept if it ends in the right state and told what was due, and if nothing on
    the way was wrong: no write before its evidence or without a yes, no breach of the policy,
    no read made twice, nothing that the user made up. The file can be exported like a run.
    """
    refuse_empty(path, read_records(path), "record to filter")
    names = set(only or _NAMES.choices) - set(skip)
    among = comparing(names, max_similarity)
    tally = select(path, out, names & FILTERS.keys(), among, overwrite=overwrite)
    if as_json:
        counts = {"read": tally.read, "kept": tally.kept, "dropped": tally.dropped}
        told = {"reasons": dict(tally.reasons), "examples": tally.examples}
        click.echo(json.dumps({**counts, **told, "out": str(out)}))
    else:
        _show(tally, out)


def _show(tally: Tally, out: Path) -> None:
    click.echo(f"Kept in {out}: {tally.kept} of {number(tally.read, 'record')}.")
    for name, count in tally.reasons.most_common():
        click.echo(f"{name:<18} drops {count:>6}   such as {tally.examples[name]}")


@click.command("stats")
@click.argument("path", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Draw plane.png and histograms.png into this folder too. Needs an extra: pip install "
    "'writ-gym[plots]'.",
)
@json_option
def stats_command(path: Path, out: Path | None, as_json: bool) -> None:
    """Say what a file of tasks, a run folder or a file of records holds.

    How many tasks there are for each write count and evidence burden (and how well they went),
    which intents, operators, behaviours and reasons, how long the episodes are, and how varied
    the users' texts.
    """
    if out:
        check_library()
    found = statistics_of(path)
    if not as_json:
        click.echo(tables(found))
    pictures = [str(picture) for picture in draw(found, out)] if out else []
    if as_json:
        click.echo(json.dumps({**found.to_json(), "pictures": pictures}))
    elif pictures:
        click.echo(f"\nDrawn: {', '.join(pictures)}")
