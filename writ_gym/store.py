"""Run folders: append-only files of records that survive a kill at any byte.

A run is a folder with ``run.json`` (what was asked for), ``episodes.jsonl`` (scored episodes)
and ``failures.jsonl`` (episodes without a score; the next run tries them again). A line is
written whole, by one system call; a torn last line is cut off when the run is continued.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from pydantic_core import from_json

from writ_gym.errors import StoreError
from writ_gym.parquet import read_shards, shards_of
from writ_gym.records import EpisodeRecord, Status

MANIFEST = "run.json"
EPISODES = "episodes.jsonl"
FAILURES = "failures.jsonl"


@dataclass(frozen=True, slots=True)
class Packed:
    """A record as the line that is kept, with what a store asks of it; fit to travel."""

    index: int
    trial: int
    status: Status
    reward: float | None
    line: bytes
    """Its JSON, with the line's end."""

    @classmethod
    def of(cls, record: EpisodeRecord) -> "Packed":
        """Return a record, packed."""
        line = record.model_dump_json().encode() + b"\n"
        return cls(record.index, record.trial, record.status, record.reward, line)


class RunStore:
    """A run folder, open for appending by this process alone."""

    def __init__(self, folder: Path, settings: Mapping[str, Any]) -> None:
        """Open a run, or begin it.

        Args:
            folder: The run's folder, made if it is missing.
            settings: What the run is made with; a run is continued only with equal settings.

        Raises:
            StoreError: The folder cannot be written, is in use, holds a run with other
                settings, or holds a damaged file.
        """
        self.folder = folder
        self.done: set[tuple[int, int]] = set()
        self.reward_sum = 0.0
        with ExitStack() as files, self._explained():
            folder.mkdir(parents=True, exist_ok=True)
            lock = files.enter_context((folder / ".lock").open("ab"))
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise StoreError(f"Another process is writing to {folder}.") from None
            self._agree(settings)
            self._continue()
            self._episodes = files.enter_context((folder / EPISODES).open("ab", buffering=0))
            self._failures = files.enter_context((folder / FAILURES).open("wb", buffering=0))
            self._files = files.pop_all()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Say of an error of the operating system which run it concerns."""
        try:
            yield
        except OSError as error:
            raise StoreError(f"Cannot write to {self.folder}: {error.strerror}.") from None

    def _agree(self, settings: Mapping[str, Any]) -> None:
        """Write the settings; if the run has an episode, check that they are those of the run."""
        path, episodes = self.folder / MANIFEST, self.folder / EPISODES
        wanted = json.loads(json.dumps(settings))
        if not episodes.exists() or not episodes.stat().st_size:
            temporary = path.with_suffix(".tmp")
            temporary.write_text(json.dumps(wanted, indent=2) + "\n", "utf-8")
            os.replace(temporary, path)
            return
        if not path.exists():
            raise StoreError(f"{self.folder} holds episodes but no {MANIFEST}.")
        found = read_manifest(self.folder)
        for name in sorted(set(found) | set(wanted)):
            if found.get(name) != wanted.get(name):
                raise StoreError(
                    f"{self.folder} was made with {name}={found.get(name)!r}, not "
                    f"{wanted.get(name)!r}: repeat that to continue it, or choose another folder."
                )

    def _continue(self) -> None:
        """Take in the episodes that are done, and cut off a torn last line."""
        for where, line in whole_lines(self.folder / EPISODES):
            try:
                row = from_json(line)
                self._count(row["index"], row["trial"], row["reward"])
            except (ValueError, TypeError, KeyError):
                raise StoreError(f"{where}: not an episode record.") from None

    def _count(self, index: int, trial: int, reward: float) -> None:
        earned = float(reward)
        if (index, trial) not in self.done:
            self.done.add((index, trial))
            self.reward_sum += earned

    def append(self, record: EpisodeRecord) -> None:
        """Write a record, whole.

        Raises:
            StoreError: The disk is full or gone.
        """
        self.append_packed(Packed.of(record))

    def append_packed(self, record: Packed) -> None:
        """Write a record that was packed elsewhere, whole.

        Raises:
            StoreError: The disk is full or gone.
        """
        file = self._episodes if record.status == "ok" else self._failures
        with self._explained():
            write_whole(file, record.line)
        if record.reward is not None:
            self._count(record.index, record.trial, record.reward)

    def close(self) -> None:
        """Close the files; harmless to repeat."""
        self._files.close()

    def __enter__(self) -> "RunStore":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def whole_lines(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the lines of a file that is going to be continued, each with where it stands.

    A torn last line is cut off the file, one that only lacks its end gets it. A file that does
    not exist has no lines.
    """
    if not path.exists():
        return
    with path.open("r+b") as file:
        end = 0
        for number, line in enumerate(file, 1):
            if not line.endswith(b"\n"):
                if not _is_json(line):
                    file.truncate(end)
                    return
                file.seek(0, os.SEEK_END)
                file.write(b"\n")
            yield f"{path}, line {number}", line
            end += len(line)


def _is_json(line: bytes) -> bool:
    try:
        from_json(line)
    except ValueError:
        return False
    return True


def write_whole(file: BinaryIO, line: bytes) -> None:
    """Write ``line`` at the end; what a full disk leaves of it is taken back."""
    start = file.seek(0, os.SEEK_END)
    written = file.write(line)
    if written != len(line):
        file.truncate(start)
        raise OSError(28, "No space left on device")


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the settings of a run.

    Raises:
        StoreError: There is no run in the folder, or its manifest is damaged.
    """
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise StoreError(
            f"{folder} is not a run: cannot read {MANIFEST} ({error.strerror})."
        ) from None
    except ValueError as error:
        raise StoreError(f"{path}: not JSON ({error}).") from None
    if not isinstance(manifest, dict):
        raise StoreError(f"{path}: not a JSON object.")
    return manifest


def episodes_file(path: Path) -> Path:
    """Return the file with the records: that of a run folder, or the file itself.

    Raises:
        StoreError: There is no such file, or it cannot be reached.
    """
    try:
        file = path / EPISODES if path.is_dir() else path
        if file.is_file():
            return file
    except OSError as error:
        raise StoreError(f"Cannot read {path}: {error.strerror}.") from None
    raise StoreError(f"There is no file {file}.")


def record_files(path: Path) -> list[Path]:
    """Return the files with the records: Parquet shards, or one file of lines.

    Raises:
        StoreError: There is no such file, or it cannot be reached.
    """
    with suppress(OSError):
        if not (path / EPISODES).exists() and (shards := shards_of(path)):
            return shards
    return [episodes_file(path)]


def read_records(path: Path) -> Iterator[EpisodeRecord]:
    """Yield the records of a run folder, of a JSONL file, or of Parquet shards in a folder.

    Raises:
        StoreError: The file cannot be read, or a line is not a record; names the line.
    """
    file, *others = record_files(path)
    if file.suffix == ".parquet":
        yield from read_shards([file, *others])
        return
    try:
        with file.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield EpisodeRecord.load(line, f"{file}, line {number}")
    except OSError as error:
        raise StoreError(f"Cannot read {file}: {error.strerror}.") from None
