"""Files of lines that appear whole or not at all."""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

from writ_gym.errors import StoreError

StrPath: TypeAlias = str | os.PathLike[str]
"""A path as callers give it; what takes one makes a ``Path`` of it at once."""


def make_way(path: Path) -> None:
    """Make the folder that a file or folder is to be written into, if it is missing.

    Raises:
        OSError: It cannot be made.
    """
    if not path.parent.exists():
        path.parent.mkdir(parents=True, exist_ok=True)


def refuse_file(folder: Path) -> None:
    """Check that what is to be a folder is not a file.

    Raises:
        StoreError: It is one.
    """
    if folder.is_file():
        raise StoreError(
            f"Cannot write to {folder}: it is a file, and what is to be there is a folder of "
            "files. Choose another name."
        )


def refuse_others(folder: Path, is_own: Callable[[str], bool]) -> None:
    """Check that a folder holds nothing that is not to be among what is written there.

    Args:
        folder: The folder; it need not exist.
        is_own: Whether a name is that of a file of ours.

    Raises:
        StoreError: It is a file, or holds something else; names it.
    """
    refuse_file(folder)
    others = [] if not folder.exists() else [n for n in os.listdir(folder) if not is_own(n)]
    if others:
        raise StoreError(
            f"Cannot write to {folder}: it holds {min(others)}. Choose a folder of its own."
        )


def is_among(path: Path, files: Iterable[Path]) -> bool:
    """Say whether a path is that of one of some files that are there, by whatever name.

    Raises:
        OSError: One cannot be looked at.
    """
    return path.exists() and any(path.samefile(each) for each in files if each.exists())


def only_added(path: Path, lines: Iterable[str]) -> Iterator[str]:
    """Yield the lines that are to be written in the place of a file, if they begin with all of its.

    So the same command can be given again, or once there is more, and no other file is lost.

    Raises:
        StoreError: One that is there would be lost; names it, as soon as that is known.
    """
    if not path.is_file():
        yield from lines
        return
    number = 0
    with path.open("rb") as file:
        for number, line in enumerate(lines, 1):
            there = file.readline()
            if there and there.rstrip(b"\n") != line.encode():
                raise would_be_lost(path, f"line {number}")
            yield line
        if file.readline():
            raise would_be_lost(path, f"line {number + 1}")


def would_be_lost(path: Path, what: str) -> StoreError:
    """Return the error that something is there which was not asked to be written over."""
    return StoreError(
        f"{path} is there already, and {what} of it would be lost: choose another name, or write "
        "over it with --overwrite."
    )


def write_lines(path: Path, lines: Iterable[str], *, overwrite: bool = True) -> int:
    """Write lines and return how many; an interrupted write leaves what was there before.

    Args:
        path: The file to write; its folder is made if it is missing.
        lines: The lines without their ends; taken one at a time, so that any number needs no
            memory.
        overwrite: Whether lines of a file that is there may be lost.

    Raises:
        OSError: The file cannot be written.
        StoreError: A line would be lost that may not be.
    """
    if not overwrite:
        lines = only_added(path, lines)
    # A name of its own per process: two that write the same file do not write into each other.
    temporary = path.parent / f".{path.name}.{os.getpid()}.tmp"
    count = 0
    make_way(path)
    try:
        with temporary.open("w", encoding="utf-8") as file:
            for line in lines:
                file.write(f"{line}\n")
                count += 1
        temporary.replace(path)
    finally:
        with suppress(OSError):
            temporary.unlink()
    return count
