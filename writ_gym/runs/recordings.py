"""Recordings of chat models: a run is played again from the file, without the endpoint.

One process writes the file. Where others play, they read what it held when they began, and hand
over what is new with the record of the episode. So what a worker that dies had been answered is in
no recording, and whoever plays its episodes anew may record other answers to the same requests.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, TypeAlias

from pydantic import TypeAdapter
from pydantic_core import from_json, to_json

from writ_gym.errors import BackendError, ContextLengthError, StoreError
from writ_gym.lines import StrPath
from writ_gym.messages import AssistantMessage
from writ_gym.models.chat import ChatModel, ChatRequest, Completion, Turn, Usage
from writ_gym.runs.store import explained, lock, take_in, write_whole
from writ_gym.tasks import Config

Outcome: TypeAlias = Completion | str
"""What a request came to, and comes to again: an answer, or why the conversation was too long.
Other errors are of the endpoint, and pass."""


class _Answer(Config):
    """One answer in a recording."""

    key: str
    message: Mapping[str, Any]
    turn: Turn
    usage: Usage

    @property
    def outcome(self) -> Outcome:
        message: AssistantMessage = {**self.message}  # type: ignore[typeddict-item]
        return Completion(message, self.turn, self.usage)


class _TooLong(Config):
    """What is recorded where the conversation was longer than the model could take."""

    key: str
    too_long: str

    @property
    def outcome(self) -> Outcome:
        return self.too_long


_ROW: TypeAdapter[_Answer | _TooLong] = TypeAdapter(_Answer | _TooLong)
_WHAT = "a recorded answer"

_HANDED_OVER: ContextVar[list[bytes]] = ContextVar("writ_gym_answers")
"""What is new to the recordings that another process writes."""


@contextmanager
def handed_over() -> Iterator[list[bytes]]:
    """Give the lines that another process is to add to its recording: those of what runs here."""
    lines: list[bytes] = []
    token = _HANDED_OVER.set(lines)
    try:
        yield lines
    finally:
        _HANDED_OVER.reset(token)


class Recorder:
    """A recording, open for appending by this process alone."""

    def __init__(self, path: StrPath, take: Callable[[bytes], None] = from_json) -> None:
        """Open a recording, or begin it; a torn last line is cut off.

        Args:
            path: The file: one JSON object a line.
            take: Takes each of its lines.

        Raises:
            StoreError: The file cannot be written, is in use, or is no recording.
        """
        self._path = path = Path(path)
        with ExitStack() as files, explained(path):
            self._file = files.enter_context(path.open("ab", buffering=0))
            lock(self._file, path)
            take_in(path, take, _WHAT)
            files.pop_all()
        self.size = path.stat().st_size
        """Bytes that it had when it was opened."""

    def append(self, lines: bytes) -> None:
        """Add lines.

        Raises:
            StoreError: The file cannot be written.
        """
        with explained(self._path):
            write_whole(self._file, lines)

    def close(self) -> None:
        """Close the file; harmless to repeat."""
        self._file.close()

    def __enter__(self) -> "Recorder":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Recording:
    """Answers by request in a file; models that share it record into it, or play from it.

    Equal requests are answered in the order in which they were, so trials that sample with
    different seeds stay apart. What is recorded stays in the file until it is asked for.
    """

    def __init__(self, path: StrPath, replay: bool = False, begun: int | None = None) -> None:
        """Open a recording, or begin it.

        Args:
            path: The file: one JSON object a line.
            replay: Whether to answer from the file alone.
            begun: Bytes of it that were there when another process began to write it, which gets
                what is new by ``handed_over``; None if this process writes it.

        Raises:
            StoreError: The file cannot be read or written, is in use, or is no recording; or
                another file is found here than the one that was begun.
        """
        self.path = path = Path(path)
        self.replay = replay
        self._starts: dict[str, list[int]] = defaultdict(list)
        """By request, where the lines of its answers begin that are still to be given."""
        self._read = 0
        self._recorder: Recorder | None = None
        if replay and not path.is_file():
            raise StoreError(f"There is no recording {path}.")
        if begun is None and not replay:
            self._recorder = Recorder(path, self._take)
            return
        with explained(path):
            take_in(path, self._take, _WHAT, mend=False)
        if self._read < (begun or 0):
            raise StoreError(
                f"A worker finds {self._read} of {begun} bytes of the recording {path}: the file "
                "has to be on every machine that plays."
            )

    def _take(self, line: bytes) -> None:
        self._starts[from_json(line)["key"]].append(self._read)
        self._read += len(line)

    def of(self, model: ChatModel, settings: Mapping[str, Any]) -> "RecordedModel":
        """Return a model with its answers in this recording.

        Args:
            model: The model, which is asked for what the recording does not have.
            settings: What else its answers depend on, such as the sampling parameters.
        """
        return RecordedModel(self, model, to_json([model.name, settings]))

    def next(self, key: str) -> Outcome | None:
        """Return what a request comes to next; None if there is nothing left.

        Raises:
            StoreError: The file cannot be read any more.
        """
        if key not in self._starts:
            return None
        start, *others = self._starts.pop(key)
        if others:
            self._starts[key] = others
        try:
            with self.path.open("rb") as file:
                file.seek(start)
                return _ROW.validate_json(file.readline()).outcome
        except (OSError, ValueError):
            raise StoreError(f"{self.path}, byte {start}: not {_WHAT}.") from None

    def keep(self, key: str, outcome: Outcome) -> None:
        """Add what a request came to.

        Raises:
            StoreError: The file cannot be written.
        """
        row: _Answer | _TooLong
        if isinstance(outcome, str):
            row = _TooLong(key=key, too_long=outcome)
        else:
            row = _Answer.model_construct(
                key=key, message=outcome.message, turn=outcome.turn, usage=outcome.usage
            )
        line = row.model_dump_json().encode() + b"\n"
        if self._recorder:
            self._recorder.append(line)
        else:
            _HANDED_OVER.get().append(line)

    def close(self) -> None:
        """Close the file; harmless to repeat."""
        if self._recorder:
            self._recorder.close()


class RecordedModel:
    """A chat model that is asked only for what its recording does not have."""

    def __init__(self, recording: Recording, model: ChatModel, settings: bytes) -> None:
        self.name = model.name
        self._recording = recording
        self._model = model
        self._settings = settings

    async def complete(self, request: ChatRequest) -> Completion:
        """Return the recorded answer to a request, or the model's; see ``chat.ChatModel``.

        Raises:
            BackendError: The recording is to answer alone and has no such request.
            ContextLengthError: The conversation is too long, or was when it was recorded.
        """
        key = self._key(request)
        found = self._recording.next(key)
        if isinstance(found, str):
            raise ContextLengthError(found)
        if found is not None:
            return found
        if self._recording.replay:
            raise BackendError(
                f"{self._recording.path} has no answer of {self.name!r} to this request: "
                "it was recorded with other tasks, settings, or another version."
            )
        try:
            completion = await self._model.complete(request)
        except ContextLengthError as error:
            self._recording.keep(key, str(error))
            raise
        self._recording.keep(key, completion)
        return completion

    async def aclose(self) -> None:
        """Close the model and the recording."""
        await self._model.aclose()
        self._recording.close()

    def _key(self, request: ChatRequest) -> str:
        parts = [request.messages, request.tools, request.response_format, request.seed]
        return hashlib.blake2b(self._settings + to_json(parts), digest_size=16).hexdigest()
