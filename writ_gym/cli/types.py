"""Values of options: numbers, ranges, environments, sizes and weights."""

from collections.abc import Callable, Sequence
from importlib import import_module
from math import inf, isnan, nan
from typing import TYPE_CHECKING, Any

import click

from writ_gym.directory import DOMAINS, MIXED, env_id_of
from writ_gym.errors import WritGymError, told

if TYPE_CHECKING:
    Type = click.ParamType[Any]
else:  # click before 8.4 has no generic types
    Type = click.ParamType


class Range(Type):
    """A number, or two numbers with a dash between."""

    name = "N|LOW-HIGH"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        """Return the range as a pair."""
        if isinstance(value, tuple):
            return value
        low, dash, high = str(value).partition("-")
        try:
            bounds = int(low), int(high if dash else low)
        except ValueError:
            self.fail(f"{value!r} is neither a number nor a range such as 1-4.", param, ctx)
        if bounds[0] > bounds[1]:
            self.fail(f"{value!r} is empty: its first number is the larger one.", param, ctx)
        return bounds


class Cell(Type):
    """A cell of the plane and how many tasks of it: ``1:5-8=300``."""

    name = "WRITES:BURDEN=N"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[tuple[int, int], tuple[int, int], int]:
        """Return the ranges of write count and evidence burden, and the number."""
        if isinstance(value, tuple):
            return value
        cell, _, count = str(value).partition("=")
        writes, colon, burden = cell.partition(":")
        if not (colon and count.isdigit() and int(count)):
            self.fail(f"{value!r} is not a cell and a number of tasks: 1:5-8=300.", param, ctx)
        ranges = Range()
        return ranges.convert(writes, param, ctx), ranges.convert(burden, param, ctx), int(count)


class Number(click.FloatRange):
    """A number in a range; what is no number is in none."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the number."""
        number = super().convert(value, param, ctx)
        if isnan(number):
            self.fail(f"{value!r} is not a number.", param, ctx)
        return number


class Environment(Type):
    """The id of a domain's environment; what was imported by then counts, too."""

    name = "ENV"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the id."""
        known = environments()
        if value == MIXED:
            self.fail(
                f"{value!r} draws a domain for each episode of a training loop; this command is "
                f"about one: repeat it for each of {', '.join(known)}.",
                param,
                ctx,
            )
        if value not in known:
            self.fail(
                f"{value!r} is not one of {', '.join(known)}; one of your own is there with "
                "'writ-gym --import PACKAGE'.",
                param,
                ctx,
            )
        return str(value)


def with_options(
    command: Callable[..., Any], options: Sequence[Callable[..., Any]]
) -> Callable[..., Any]:
    """Return a command with options, which its help shows in their order."""
    for option in reversed(options):
        command = option(command)
    return command


def environments() -> dict[str, str]:
    """Return by id of an environment the name of its domain."""
    return {env_id_of(name): name for name in DOMAINS}


def import_package(name: str) -> bool:
    """Import a package that registers domains of its own; return whether it did.

    Raises:
        WritGymError: It cannot be imported.
    """
    if not all(part.isidentifier() for part in name.split(".")):
        raise WritGymError(f"--import {name!r} is not the name of a package, such as library_desk.")
    before = set(DOMAINS)
    try:
        import_module(name)
    except ImportError as error:
        raise WritGymError(
            f"--import {name}: {error}. Is it installed, or its folder in PYTHONPATH?"
        ) from error
    except Exception as error:  # whatever a module of anybody's does when it is imported
        raise WritGymError(f"--import {name} fails with {told(error)}.") from error
    modules = (place.partition(":")[0] for place in DOMAINS.values())
    return DOMAINS.keys() > before or any(f"{each}.".startswith(f"{name}.") for each in modules)


class SizeType(Type):
    """A size of the world, such as ``users=2000``."""

    name = "NAME=N"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, int]:
        """Return the name and the number."""
        if isinstance(value, tuple):
            return value
        name, _, number = str(value).partition("=")
        if not number.isdigit():
            self.fail(f"{value!r} is not a size such as users=2000.", param, ctx)
        return name, int(number)


class Weighted(Type):
    """A name, and perhaps a weight: ``return_items`` or ``return_items=3``."""

    name = "NAME[=WEIGHT]"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, float | None]:
        """Return the name and the weight, None if there is none."""
        if isinstance(value, tuple):
            return value
        name, equals, text = str(value).partition("=")
        try:
            weight = float(text) if equals else None
        except ValueError:
            weight = nan
        if not name or (weight is not None and not 0 < weight < inf):
            self.fail(f"{value!r} is no name, or one with a weight above 0 (NAME=3).", param, ctx)
        return name, weight
