"""What commands print: results, findings, progress, and expected failures as one line."""

import json
import sys
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import click
from pydantic import ValidationError
from tqdm import tqdm

from writ_gym.counting import number
from writ_gym.errors import WritGymError, WritGymWarning, first_error
from writ_gym.runs.rollouts import Progress
from writ_gym.runs.store import FAILURES

GO_ON = frozenset({"sample", "synth", "rollout", "eval"})
"""Commands that keep what they have done when they are stopped."""


class Group(click.Group):
    """Commands whose expected failures are one line on standard error.

    The exit code is 2 for a wrong command line, else 1.
    """

    group_class = type  # groups of commands in it are such, too

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write every command with the first paragraph of its help, whole."""
        rows = [
            (name, " ".join((command.help or "").split("\n\n")[0].split()))
            for name, command in self.commands.items()
        ]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        try:
            with _warnings_in_a_line():
                return super().invoke(ctx)
        except click.exceptions.NoArgsIsHelpError:
            raise
        except click.UsageError as error:
            path = error.ctx.command_path if error.ctx else "writ-gym"
            fail(f"{error.format_message()} See '{path} --help'.", code=2)
        except ValidationError as error:
            fail(first_error(error))
        except WritGymError as error:
            fail(str(error))
        except KeyboardInterrupt:
            goes_on = ctx.invoked_subcommand in GO_ON
            then = "goes on from here" if goes_on else "begins anew"
            click.echo(f"writ-gym: stopped; the same command {then}.", err=True)
            sys.exit(130)
        except BrokenPipeError:
            sys.stderr.close()
            sys.exit(1)


@contextmanager
def _warnings_in_a_line() -> Iterator[None]:
    """Print warnings of our own as one line; those of others look as they always do."""
    before = warnings.formatwarning

    def formatted(
        message: Warning | str, category: type[Warning], filename: str, lineno: int,
        line: str | None = None,
    ) -> str:  # fmt: skip
        if issubclass(category, WritGymWarning):
            return f"\nwrit-gym: warning: {' '.join(str(message).split())}\n"
        return before(message, category, filename, lineno, line)

    warnings.formatwarning = formatted
    try:
        yield
    finally:
        warnings.formatwarning = before


def fail(message: str, code: int = 1) -> NoReturn:
    """Print an error as one line and exit."""
    click.echo(f"writ-gym: error: {' '.join(message.split())}", err=True)
    sys.exit(code)


def refuse_empty(path: Path, found: Iterator[object], missing: str) -> None:
    """Check that a file or run holds something, before anything is written in its place.

    Args:
        path: The file or run.
        found: What it holds.
        missing: What there is not otherwise, such as "record to export".

    Raises:
        WritGymError: It holds nothing.
    """
    if next(found, None) is None:
        raise WritGymError(f"{path} is empty: there is no {missing}.")


def note(text: str) -> None:
    """Print, on standard error, what somebody should know who goes on."""
    click.echo(f"writ-gym: note: {text}", err=True)


def show(values: Mapping[str, Any], as_json: bool) -> None:
    """Print a result for people, or as JSON."""
    if as_json:
        click.echo(json.dumps(values))
        return
    for name, value in values.items():
        spelled = name.replace("_", " ")
        if value and isinstance(value, dict):
            click.echo(spelled)
            for key, each in value.items():
                click.echo(f"{each:>7}  {key}" if isinstance(each, int) else f"  {key}: {each}")
        else:
            click.echo(f"{spelled:<20} {'-' if value in (None, {}) else value}")


MOST_TROUBLES = 3
"""Reasons for missing scores that are named for people."""


def why_missing(troubles: Mapping[str, int], folder: Path) -> dict[str, Any]:
    """Return why episodes have no score, the most frequent reasons, and where all are told."""
    if not troubles:
        return {}
    shown = dict(Counter(troubles).most_common(MOST_TROUBLES))
    return {"why_without_score": shown, "failures": str(folder / FAILURES)}


MOST_SHOWN = 20
"""Lines of findings that are printed for people."""
MOST_PLACES = 3
"""Places of one finding that are named for people."""


def show_findings(summary: str, findings: Iterable[tuple[str, str]]) -> None:
    """Print where was found what, the same in many places once, the most frequent first.

    Args:
        summary: What is printed before.
        findings: Pairs of the place, such as an episode's id, and what was found there.
    """
    places: dict[str, list[str]] = {}
    for place, what in findings:
        places.setdefault(what, []).append(place)
    found = sorted(places.items(), key=lambda each: -len(each[1]))
    click.echo(summary)
    for what, those in found[:MOST_SHOWN]:
        click.echo(_in_places(what, those))
    if rest := sum(len(those) for _, those in found[MOST_SHOWN:]):
        click.echo(f"... and {number(rest, 'finding')} more; --json shows all.")


def _in_places(what: str, places: Sequence[str]) -> str:
    """Return a finding as one line: its place and what it is, or how often it was found."""
    if len(places) == 1:
        return f"{places[0]}: {what}"
    more = ", ..." if len(places) > MOST_PLACES else ""
    return f"{len(places)} times: {what} ({', '.join(places[:MOST_PLACES])}{more})"


OLD_S = 10.0
"""Seconds from which on the oldest episode in flight is shown."""


def advance(bar: "tqdm[NoReturn]", progress: Progress) -> None:
    """Move a bar to what is done, that of earlier runs included, which took none of its time."""
    if not bar.disable and bar.initial != progress.done_before:
        bar.initial = bar.last_print_n = progress.done_before
    bar.n = progress.done_before + progress.played
    notes: dict[str, Any] = {
        name: count for name, count in progress.statuses.items() if name != "ok"
    }
    if progress.workers is not None:
        notes["workers"] = progress.workers
    oldest = progress.oldest
    if oldest and oldest[1] >= OLD_S:
        (index, trial), seconds = oldest
        notes["oldest"] = f"{index}.{trial} {seconds:.0f}s"
    bar.set_postfix(notes, refresh=False)
    bar.update(0)
