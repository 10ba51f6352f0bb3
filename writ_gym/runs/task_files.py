"""Files of tasks, one JSON object a line, or of records, which hold theirs; and their world."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from writ_gym.certificates.checking import check_task
from writ_gym.domain import Domain, World
from writ_gym.errors import TaskError
from writ_gym.lines import StrPath, make_way, write_lines
from writ_gym.records import EpisodeRecord
from writ_gym.runs.parquet import shards_of
from writ_gym.runs.store import (
    EPISODES,
    SAMPLES,
    agree,
    explained,
    how_to_mend,
    kind_of,
    lock,
    read_records,
    record_of,
    settings_file,
    take_in,
    write_whole,
)
from writ_gym.sampling.grids import Done
from writ_gym.tasks import Task


class TaskStore:
    """A file of tasks that grows task by task and survives a kill at any byte.

    Beside it stands a file with the settings that it is made with. A torn last line is cut off
    when the file is continued.
    """

    def __init__(self, path: StrPath, settings: Mapping[str, Any]) -> None:
        """Open a file, or begin it.

        Args:
            path: The file.
            settings: What the tasks are made with; a file is continued only with equal settings.

        Raises:
            StoreError: The file cannot be written, is in use, was made with other settings, or
                is damaged.
        """
        self.path = path = Path(path)
        self.done: list[Done] = []
        """The tasks that were there already."""
        with ExitStack() as files, explained(path):
            make_way(path)
            self._file = files.enter_context(path.open("ab", buffering=0))
            lock(self._file, path)
            begun = path if path.stat().st_size else None
            agree(settings_file(path), settings, begun, "tasks")
            take_in(path, self._take, "a task")
            self._files = files.pop_all()

    def _take(self, line: bytes) -> None:
        try:
            task = Task.load(line)
        except TaskError as error:
            raise ValueError(str(error)) from None
        self.done.append(Done(task.seed, task.content))

    def append(self, task: Task) -> None:
        """Write a task, whole.

        Raises:
            StoreError: The disk is full or gone.
        """
        with explained(self.path):
            write_whole(self._file, task.model_dump_json().encode() + b"\n")

    def __enter__(self) -> "TaskStore":
        return self

    def __exit__(self, *_: object) -> None:
        self._files.close()


def write_tasks(path: StrPath, tasks: Iterable[Task], *, overwrite: bool = True) -> int:
    """Write tasks, one a line, and return how many; the file appears whole or not at all.

    Args:
        path: The file to write.
        tasks: The tasks; taken one at a time, so that any number needs no memory.
        overwrite: Whether lines of a file that is there may be lost.

    Raises:
        TaskError: The file cannot be written.
        StoreError: A line would be lost that may not be.
    """
    path = Path(path)
    try:
        return write_lines(path, (task.model_dump_json() for task in tasks), overwrite=overwrite)
    except OSError as error:
        raise TaskError(f"Cannot write {path}: {error.strerror}.") from None


def read_tasks(path: StrPath) -> Iterator[Task]:
    """Yield the tasks of a file, or those that episodes were played of, each once.

    They are read one at a time; empty lines are passed over.

    Args:
        path: A file of tasks; or a run folder, a file of records, or a folder of Parquet shards.

    Raises:
        TaskError: The file cannot be read, or a line is no task; names the line.
        StoreError: A line or row that is to be a record is none; names it.
        WritGymError: Parquet is to be read, and the library that this needs is not installed.
    """
    path = Path(path)
    seen: set[str] = set()
    for found in _tasks_and_records(path):
        if isinstance(found, Task):
            yield found
        elif found.task_id not in seen:
            seen.add(found.task_id)
            yield found.task


def _tasks_and_records(path: Path) -> Iterator[Task | EpisodeRecord]:
    try:
        if path.is_dir() or path.suffix == ".parquet":
            if not (path / EPISODES).exists() and not shards_of(path):
                raise TaskError(f"{path} is no file of tasks, nor a run: it has no {EPISODES}.")
            yield from read_records(path)
            return
        with path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield _load(line, path, number)
    except OSError as error:
        raise TaskError(f"Cannot read {path}: {error.strerror}.") from None


def _load(line: bytes, path: Path, number: int) -> Task | EpisodeRecord:
    try:
        return Task.load(line)
    except TaskError as error:
        kind = "other"
        with suppress(ValueError):
            kind = kind_of(line)
        if kind == "record":
            return record_of(line, path, number)
        told = SAMPLES if kind == "sample" else f"{error}{how_to_mend(path, line)}"
        raise TaskError(f"{path}, line {number}: {told}") from None


SOUND = ("form", "caller", "meaning", "due")
"""Points of a certificate without which a task cannot be played or scored; a look at them takes a
millisecond."""


def check_sound(task: Task, domain: Domain[Any], world: World[Any]) -> None:
    """Check that a task that anybody may have written can be played; ``checking`` proves it all.

    Raises:
        TaskError: It cannot, or its gold is not what the user asks for; names it, and says why.
    """
    points = (*SOUND, "witnesses") if task.due else SOUND  # by them an answer is scored
    found = None if task.recorded else next(iter(check_task(task, domain, world, points)), None)
    if found:
        raise TaskError(
            f"Task {task.task_id} is broken ({found.point}): {found.what.rstrip('.')}. "
            "'writ-gym check' says all that is wrong with a file."
        )


def world_of_tasks(
    domain: Domain[Any], tasks: Sequence[Task], loaded: World[Any] | None = None, *,
    sound: bool = False,
) -> World[Any]:  # fmt: skip
    """Return the world that all of these tasks can play in.

    Args:
        domain: The domain that they are to be of.
        tasks: The tasks.
        loaded: A world loaded from data, for tasks that play in one.
        sound: Whether they are known to be sound, as for a worker of a run that has checked them.

    Raises:
        TaskError: There is no task, or one that is broken, or of another domain or world; names
            it.
    """
    if not tasks:
        raise TaskError("There is no task to play.")
    for number, task in enumerate(tasks, 1):
        if task.domain != domain.name:
            raise TaskError(f"Task {number} is one of {task.domain}, not of {domain.name}.")
    world = domain.world_of(tasks[0].world, loaded)
    for number, task in enumerate(tasks, 1):
        if task.world.digest != world.ref.digest:
            raise TaskError(
                f"Task {number} plays in the world {task.world.digest[:12]}, the first one in "
                f"{world.ref.digest[:12]}: tasks of one run share a world."
            )
        if not sound:
            check_sound(task, domain, world)
    return world
