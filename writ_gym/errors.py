"""The errors that this package raises on purpose; who is at fault decides the class."""

import re
import sysconfig
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import ValidationError

NOT_JSON = "it is not JSON, or only a part of it"
"""What is said of text that is none, or only a part of some."""
_PLACE = re.compile(r" at line \d+ column \d+$")


class WritGymWarning(UserWarning):
    """Something is done otherwise than it was asked for; says how to ask for that."""


class WritGymError(Exception):
    """Base of every error that this package raises on purpose."""


class ToolError(WritGymError):
    """The agent's fault: its text becomes the tool's answer and the episode goes on."""


class UnknownToolError(ToolError):
    """The agent called a tool that does not exist."""


class InvalidArgumentsError(ToolError):
    """The agent called a tool with arguments that are not what its schema asks for."""


class InvalidActionError(WritGymError):
    """An action is not an assistant message; the environment answers it as a format error."""


class DatabaseError(WritGymError):
    """Our fault or the data's: a record or a whole database breaks the domain's schema."""


class TaskError(WritGymError):
    """A task cannot be sampled, read, or played in the world it names."""


class UnsolvableError(TaskError):
    """A request's facts do not lead to one outcome in this world; a sampler draws again."""


class StoreError(WritGymError):
    """A run folder or a file of records cannot be read, written or continued."""


class BackendError(WritGymError):
    """A model provider's fault: the episode is void, which is not a reward of 0."""


class UserError(WritGymError):
    """The user simulator's fault: it cannot play its scenario; the episode is void."""


class AgentError(WritGymError):
    """An agent policy's fault: its code has failed, and the episode is void."""


class ContextLengthError(WritGymError):
    """The conversation is longer than the agent's model can take: the episode is cut off."""


class ToldError(ValueError):
    """An answer says in its body what went wrong, though not by its status."""

    def __init__(self, body: object) -> None:
        super().__init__(f"it says {body!r}")
        self.body = body
        """What it says, as JSON types."""


class VectorError(WritGymError):
    """Environments of a vector have failed; the others go on, and their results stay."""

    def __init__(self, errors: Mapping[int, BaseException]) -> None:
        super().__init__(errors)
        self.errors = dict(errors)
        """What each of them raised, by index."""

    def __str__(self) -> str:
        causes = [
            f"Environment {index} has failed with {type(error).__name__}: {error}"
            for index, error in list(self.errors.items())[:3]
        ]
        if len(self.errors) > 3:
            causes.append(f"So have {len(self.errors) - 3} others")
        return " ".join(
            [*(c if c.endswith(".") else f"{c}." for c in causes), "Reset what has failed."]
        )


def first_of(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return the first error of a group, and of the groups in it."""
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


@contextmanager
def ungrouped() -> Iterator[None]:
    """Raise an error of ours by itself, if nothing else has failed in a group of tasks.

    ``except*`` cannot: before Python 3.11.4 it puts whatever it raises into a group again.
    """
    try:
        yield
    except BaseExceptionGroup as group:
        own, others = group.split(WritGymError)
        if own is None or others is not None:
            raise
        raise first_of(own) from None


def told(error: BaseException) -> str:
    """Return what an error of somebody else's code is, and where in it, as one line.

    >>> told(ValueError("No such thing."))
    'ValueError: No such thing.'
    """
    text = " ".join(str(error).split())[:200]
    what = f"{type(error).__name__}: {text}" if text else type(error).__name__
    frames = traceback.extract_tb(error.__traceback__)
    if not frames or isinstance(error, SyntaxError):  # which says itself where
        return what
    place = max(reversed(frames), key=_theirs)
    return f"{what} ({Path(place.filename).name}, line {place.lineno})"


def _theirs(frame: traceback.FrameSummary) -> int:
    """Return how surely a frame is of the code of who uses this package, from 0 to 2.

    What their code calls raises in its own files, such as the kit for a part that does not fit.
    """
    paths = sysconfig.get_paths()
    if frame.filename.startswith((str(Path(__file__).parent), "<frozen ")):
        return 0
    if frame.filename.startswith(paths["purelib"]):
        return 1
    return 0 if frame.filename.startswith(paths["stdlib"]) else 2


def first_error(error: "ValidationError") -> str:
    """Return the first complaint of a validation error as one line: where and what.

    Of text that is no JSON it is not said at which line: that counts from the text's beginning,
    and who reads a file of lines says which one it is.
    """
    first = error.errors(include_url=False)[0]
    if first["type"] == "json_invalid":
        return f"{NOT_JSON} ({_PLACE.sub('', first['ctx']['error'])})"
    where = ".".join(str(part) for part in first["loc"])
    what = str(first["msg"]).removeprefix("Value error, ")
    return f"{where}: {what}" if where else what
