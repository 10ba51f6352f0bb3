"""Run folders: append-only files of records that survive a kill at any byte.

A run is a folder with ``run.json`` (what was asked for), ``episodes.jsonl`` (scored episodes)
and ``failures.jsonl`` (episodes without a score, every time that one had none; the next run tries
them again). A line is written whole, by one system call; a torn last line is cut off when the run
is continued, and no other line ever goes.
"""

import fcntl
import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal, Protocol

from pydantic_core import from_json

from writ_gym.errors import NOT_JSON, StoreError
from writ_gym.lines import StrPath, refuse_others
from writ_gym.records import REDRAWN, EpisodeRecord, Status
from writ_gym.runs.parquet import read_shards, shards_of

MANIFEST = "run.json"
EPISODES = "episodes.jsonl"
FAILURES = "failures.jsonl"
MOST_SAID = 60
"""Characters of a setting that a message repeats."""
SAMPLES = (
    "training data, as 'writ-gym export' writes it; it holds neither tasks nor episode records: "
    "take the run folder."
)
"""What is said where samples for training are given."""
_CALLED = {"count": "n"}
"""By name, settings that are called otherwise where they are chosen."""
_LOCK, _BEGUN = ".lock", "run.tmp"
_OWN = frozenset({EPISODES, FAILURES, _LOCK, _BEGUN})
"""What a run that was just begun may hold besides its manifest."""


class Store(Protocol):
    """Takes the records of a run, and knows which episodes it has a score of."""

    done: set[tuple[int, int]]
    """Index and trial of the episodes with a score."""
    attempts: Counter[tuple[int, int]]
    """How often an episode came to nothing for what was drawn; see ``records.REDRAWN``."""

    def append(self, record: EpisodeRecord) -> None:
        """Take a record."""


class MemoryStore:
    """A run that stays in memory."""

    def __init__(self) -> None:
        self.done: set[tuple[int, int]] = set()
        self.attempts: Counter[tuple[int, int]] = Counter()
        self.records: list[EpisodeRecord] = []

    def append(self, record: EpisodeRecord) -> None:
        """Keep a record."""
        self.records.append(record)
        if record.reward is not None:
            self.done.add((record.index, record.trial))
        elif record.status in REDRAWN:
            self.attempts[record.index, record.trial] += 1


@dataclass(frozen=True, slots=True)
class Packed:
    """A record as the line that is kept, with what a store asks of it; fit to travel."""

    index: int
    trial: int
    status: Status
    reward: float | None
    trouble: str | None
    turns: int
    """Assistant messages."""
    line: bytes
    """Its JSON, with the line's end."""
    answers: bytes = b""
    """What its models answered that no recording had, as lines of one; see ``recordings``."""

    @classmethod
    def of(cls, record: EpisodeRecord, answers: bytes = b"") -> "Packed":
        """Return a record, packed."""
        line = record.to_json() + b"\n"
        return cls(
            record.index, record.trial, record.status, record.reward, record.trouble,
            record.measured.turns, line, answers,
        )  # fmt: skip


class RunStore:
    """A run folder, open for appending by this process alone."""

    def __init__(self, folder: StrPath, settings: Mapping[str, Any]) -> None:
        """Open a run, or begin it.

        Args:
            folder: The run's folder, made if it is missing.
            settings: What the run is made with; a run is continued only with equal settings.

        Raises:
            StoreError: The folder cannot be written, is in use, holds a run with other
                settings, or holds a damaged file.
        """
        self.folder = folder = Path(folder)
        self.done: set[tuple[int, int]] = set()
        self.attempts: Counter[tuple[int, int]] = Counter()
        self.reward_sum = 0.0
        with ExitStack() as files, self._explained():
            if not (folder / MANIFEST).exists():
                refuse_others(folder, _OWN.__contains__)
            folder.mkdir(parents=True, exist_ok=True)
            lock(files.enter_context((folder / _LOCK).open("ab")), folder)
            episodes, failures = folder / EPISODES, folder / FAILURES
            begun = any(each.is_file() and each.stat().st_size for each in (episodes, failures))
            agree(folder / MANIFEST, settings, folder if begun else None, "episodes")
            take_in(episodes, self._take, "an episode record")
            take_in(failures, self._take_failure, "an episode record")
            self._episodes = files.enter_context(episodes.open("ab", buffering=0))
            self._failures = files.enter_context(failures.open("ab", buffering=0))
            self._files = files.pop_all()

    def _explained(self) -> AbstractContextManager[None]:
        """Say of an error of the operating system which run it concerns."""
        return explained(self.folder)

    def _take(self, line: bytes) -> None:
        """Note an episode that is done."""
        row = from_json(line)
        self._count(row["index"], row["trial"], row["reward"])

    def _take_failure(self, line: bytes) -> None:
        """Note that an episode came to no score.

        Raises:
            ValueError: The line is no record of one.
            TypeError: It is none, either.
            KeyError: It is none, either.
        """
        row = from_json(line)
        if row["reward"] is not None or row["status"] == "ok":
            raise ValueError("it has a score")
        self._count_failure(row["index"], row["trial"], row["status"])

    def _count_failure(self, index: int, trial: int, status: str) -> None:
        if status in REDRAWN:
            self.attempts[index, trial] += 1

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
        else:
            self._count_failure(record.index, record.trial, record.status)

    def close(self) -> None:
        """Close the files; harmless to repeat."""
        self._files.close()

    def __enter__(self) -> "RunStore":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@contextmanager
def explained(what: Path) -> Iterator[None]:
    """Say of an error of the operating system what could not be written.

    Raises:
        StoreError: There was one.
    """
    try:
        yield
    except OSError as error:
        raise StoreError(f"Cannot write to {what}: {error.strerror}.") from None


def lock(file: BinaryIO, what: Path) -> None:
    """Keep other processes from writing until the file is closed.

    Raises:
        StoreError: One is at it.
    """
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise StoreError(f"Another process is writing to {what}.") from None


def agree(manifest: Path, settings: Mapping[str, Any], begun: Path | None, what: str) -> None:
    """Write the settings of what is begun; of what is continued, check that these are its own.

    Args:
        manifest: The file of the settings.
        settings: What the lines are made with.
        begun: What has lines already; None if nothing has.
        what: What a line is, in the plural.

    Raises:
        StoreError: The lines were made with other settings, or nobody knows with which.
    """
    wanted = json.loads(json.dumps(settings))
    if begun is None:
        temporary = manifest.with_suffix(".tmp")
        temporary.write_text(json.dumps(wanted, indent=2) + "\n", "utf-8")
        os.replace(temporary, manifest)
        return
    if not manifest.exists():
        raise StoreError(
            f"{begun} holds {what} but no {manifest.name}: choose another one to write to."
        )
    if differences := _differences(_read_settings(manifest), wanted):
        raise StoreError(
            f"{begun} was made with {differences}: repeat that to continue it, or choose "
            f"another {'folder' if begun.is_dir() else 'file'}."
        )


def _differences(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    """Return what settings were and what they are now, where that differs; empty if nowhere."""
    said, others = [], []
    for name, had, given in _unlike(found, wanted):
        if max(len(repr(had)), len(repr(given))) <= MOST_SAID:
            said.append(f"{_CALLED.get(name, name)}={had!r}, not {given!r}")
        else:
            others.append(name)
    if others:
        said.append(f"other {' and '.join(others)}, not these")
    return "; ".join(said)


def _unlike(
    found: Mapping[str, Any], wanted: Mapping[str, Any], within: str = ""
) -> Iterator[tuple[str, Any, Any]]:
    """Yield the name of each setting that differs, what it was, and what it is."""
    for name in dict.fromkeys([*wanted, *found]):
        had, given = found.get(name), wanted.get(name)
        if isinstance(had, dict) and isinstance(given, dict):
            yield from _unlike(had, given, f"{within}{name}.")
        elif had != given:
            yield f"{within}{name}", had, given


def take_in(
    path: Path, take: Callable[[bytes], object], what: str, *, mend: bool = True
) -> None:  # fmt: skip
    """Take in the lines of a file that is to be continued, and cut off a torn last one.

    Args:
        path: The file; it need not exist.
        take: Takes a line; raises ValueError, TypeError or KeyError if it is none.
        what: What a line is.
        mend: Whether the file may be changed; if not, a torn last line is passed over.

    Raises:
        StoreError: A line is none, and is not torn; names it.
    """
    if not path.exists():
        return
    with path.open("r+b" if mend else "rb") as file:
        end = 0
        line = b"\n"
        for number, line in enumerate(file, 1):
            try:
                take(line)
            except (ValueError, TypeError, KeyError):
                if line.endswith(b"\n"):
                    why = "" if _is_json(line) else f": {NOT_JSON}"
                    remedy = how_to_mend(path, line) or "."
                    raise StoreError(f"{path}, line {number}: not {what}{why}{remedy}") from None
                if mend:
                    file.truncate(end)
                return
            end += len(line)
        if mend and not line.endswith(b"\n"):
            file.write(b"\n")


def _is_json(line: bytes) -> bool:
    try:
        from_json(line)
    except ValueError:
        return False
    return True


def write_whole(file: BinaryIO, line: bytes) -> None:
    """Write a line; what a full disk leaves of it is taken back.

    Raises:
        OSError: The disk is full or gone.
    """
    start = file.seek(0, os.SEEK_END)
    written = file.write(line)
    if written != len(line):
        file.truncate(start)
        raise OSError(28, "No space left on device")


def read_manifest(folder: StrPath) -> dict[str, Any]:
    """Return the settings of a run.

    Raises:
        StoreError: There is no run in the folder, or its manifest is damaged.
    """
    path = Path(folder) / MANIFEST
    if not path.is_file():
        raise StoreError(f"{folder} is not a run: it has no {MANIFEST}.")
    return _read_settings(path)


def _read_settings(path: Path) -> dict[str, Any]:
    try:
        settings = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise StoreError(f"Cannot read {path}: {error.strerror}.") from None
    except ValueError as error:
        raise StoreError(f"{path}: not JSON ({error}).") from None
    if not isinstance(settings, dict):
        raise StoreError(f"{path}: not a JSON object.")
    return settings


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


def record_files(path: StrPath) -> list[Path]:
    """Return the files with the records: Parquet shards, or one file of lines.

    Raises:
        StoreError: There is no such file, or it cannot be reached.
    """
    path = Path(path)
    with suppress(OSError):
        if not (path / EPISODES).exists() and (shards := shards_of(path)):
            return shards
    return [episodes_file(path)]


def read_records(path: StrPath) -> Iterator[EpisodeRecord]:
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
                    yield record_of(line, file, number)
    except OSError as error:
        raise StoreError(f"Cannot read {file}: {error.strerror}.") from None


def record_of(line: bytes, file: Path, number: int) -> EpisodeRecord:
    """Return the record of a line of a file.

    Raises:
        StoreError: It is none; says what is wrong, and how to mend it.
    """
    try:
        return EpisodeRecord.load(line, f"{file}, line {number}")
    except StoreError as error:
        raise StoreError(f"{error}{how_to_mend(file, line)}") from None


def kind_of(line: bytes) -> Literal["record", "sample", "other"]:
    """Return what a line is to be: an episode record, a sample for training, or something else.

    Raises:
        ValueError: It is no JSON.
    """
    row = from_json(line)
    if not isinstance(row, dict):
        return "other"
    if row.keys() & {"messages", "input_ids"} and "task" not in row:
        return "sample"
    return "record" if "episode_id" in row else "other"


def how_to_mend(file: Path, line: bytes) -> str:
    """Return how to mend a line that cannot be read, if a command goes on with its file.

    Args:
        file: Its file.
        line: The line; of a file, only the last one can be without an end: a kill has cut it off.
    """
    if file.name in (EPISODES, FAILURES) and file.with_name(MANIFEST).exists():
        command, lines = "rollout", "that line"
        then = "plays that episode again" if file.name == EPISODES else "goes on without it"
    elif settings_file(file).exists():
        # Tasks are made in an order: one that is missing before others are there is not.
        command, lines, then = "sample", "that line and all after it", "makes these tasks again"
    else:
        return ""
    if line.endswith(b"\n"):
        return (
            f". To mend it, remove {lines}: the command that made the file, such as 'writ-gym "
            f"{command}', {then}."
        )
    return (
        f" (cut off, as a kill leaves it: the command that made the file, such as 'writ-gym "
        f"{command}', takes the rest of the line away and goes on)"
    )


def settings_file(file: Path) -> Path:
    """Return where the settings stand that a file of tasks is made with."""
    return file.with_name(f"{file.name}.settings.json")


def read_run(folder: StrPath) -> Iterator[EpisodeRecord]:
    """Yield all records of a run folder, those of episodes without a score last.

    An episode that had no score at first is there more than once, its latest failure last. A torn
    last line, which a kill leaves behind or which is just being written, is passed over.

    Raises:
        StoreError: A file cannot be read, or another line is not a record; names the line.
    """
    for file in (Path(folder) / EPISODES, Path(folder) / FAILURES):
        try:
            with file.open("rb") as lines:
                for number, line in enumerate(lines, 1):
                    try:
                        record = record_of(line, file, number)
                    except StoreError:
                        if line.endswith(b"\n"):
                            raise
                        break
                    yield record
        except FileNotFoundError:
            continue
        except OSError as error:
            raise StoreError(f"Cannot read {file}: {error.strerror}.") from None
