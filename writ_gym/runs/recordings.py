"""Recordings of chat models: a run is played again from the file, without the endpoint."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

from pydantic import TypeAdapter
from pydantic_core import to_json

from writ_gym.errors import BackendError, ContextLengthError, StoreError
from writ_gym.messages import AssistantMessage
from writ_gym.models.chat import ChatModel, ChatRequest, Completion, Turn, Usage
from writ_gym.runs.store import explained, take_in, write_whole
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


class Recording:
    """A file of answers by request; models that share it record into it, or play from it.

    Equal requests are answered in the order in which they were, so trials that sample with
    different seeds stay apart. Open in one process at a time.
    """

    def __init__(self, path: Path, replay: bool = False) -> None:
        """Open a recording, or begin it.

        Args:
            path: The file: one JSON object a line.
            replay: Whether to answer from the file alone.

        Raises:
            StoreError: The file cannot be read or written, or is no recording.
        """
        self.path = path
        self.replay = replay
        self._outcomes: dict[str, list[Outcome]] = defaultdict(list)
        self._asked: Counter[str] = Counter()
        if replay and not path.is_file():
            raise StoreError(f"There is no recording {path}.")
        with explained(path):
            take_in(path, self._take, "a recorded answer")
            self._file = path.open("ab", buffering=0)

    def _take(self, line: bytes) -> None:
        row = _ROW.validate_json(line)
        self._outcomes[row.key].append(row.outcome)

    def of(self, model: ChatModel, settings: Mapping[str, Any]) -> "RecordedModel":
        """Return a model with its answers in this recording.

        Args:
            model: The model, which is asked for what the recording does not have.
            settings: What else its answers depend on, such as the sampling parameters.
        """
        return RecordedModel(self, model, to_json([model.name, settings]))

    def next(self, key: str) -> Outcome | None:
        """Return what a request comes to next; None if there is nothing left."""
        number = self._asked[key]
        self._asked[key] += 1
        outcomes = self._outcomes[key]
        return outcomes[number] if number < len(outcomes) else None

    def keep(self, key: str, outcome: Outcome) -> None:
        """Add what a request came to.

        Raises:
            StoreError: The file cannot be written.
        """
        self._outcomes[key].append(outcome)
        row: _Answer | _TooLong
        if isinstance(outcome, str):
            row = _TooLong(key=key, too_long=outcome)
        else:
            row = _Answer.model_construct(
                key=key, message=outcome.message, turn=outcome.turn, usage=outcome.usage
            )
        with explained(self.path):
            write_whole(self._file, row.model_dump_json().encode() + b"\n")

    def close(self) -> None:
        """Close the file; harmless to repeat."""
        self._file.close()


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
