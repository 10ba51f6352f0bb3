"""Files of tasks: one JSON object a line."""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from writ_gym.errors import TaskError
from writ_gym.tasks import Task


def write_tasks(path: Path, tasks: Iterable[Task]) -> int:
    """Write tasks, one a line, and return how many; the file appears whole or not at all.

    Args:
        path: The file to write.
        tasks: The tasks; taken one at a time, so that any number needs no memory.

    Raises:
        TaskError: The file cannot be written.
    """
    # A name of its own per process: two that write the same file do not write into each other.
    temporary = path.parent / f".{path.name}.{os.getpid()}.tmp"
    count = 0
    try:
        with temporary.open("w", encoding="utf-8") as file:
            for task in tasks:
                file.write(f"{task.model_dump_json()}\n")
                count += 1
        temporary.replace(path)
    except OSError as error:
        raise TaskError(f"Cannot write {path}: {error.strerror}.") from None
    finally:
        with suppress(OSError):
            temporary.unlink()
    return count


def read_tasks(path: Path) -> Iterator[Task]:
    """Yield the tasks of a file, one at a time; empty lines are passed over.

    Raises:
        TaskError: The file cannot be read, or a line is not a task; names the line.
    """
    try:
        with path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield _load(line, f"{path}, line {number}")
    except OSError as error:
        raise TaskError(f"Cannot read {path}: {error.strerror}.") from None


def _load(line: bytes, where: str) -> Task:
    try:
        return Task.load(line)
    except TaskError as error:
        raise TaskError(f"{where}: {error}") from None
