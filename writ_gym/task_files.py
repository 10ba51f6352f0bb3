"""Files of tasks: one JSON object a line."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from writ_gym.errors import TaskError
from writ_gym.lines import write_lines
from writ_gym.tasks import Task


def write_tasks(path: Path, tasks: Iterable[Task]) -> int:
    """Write tasks, one a line, and return how many; the file appears whole or not at all.

    Args:
        path: The file to write.
        tasks: The tasks; taken one at a time, so that any number needs no memory.

    Raises:
        TaskError: The file cannot be written.
    """
    try:
        return write_lines(path, (task.model_dump_json() for task in tasks))
    except OSError as error:
        raise TaskError(f"Cannot write {path}: {error.strerror}.") from None


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
