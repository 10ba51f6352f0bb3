"""Episode records: what a rollout leaves behind, one JSON line each."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, ValidationError

from writ_gym.database import JSON
from writ_gym.errors import StoreError, first_error
from writ_gym.messages import ENVIRONMENT, is_hidden, is_tool_call
from writ_gym.models.chat import NOTHING, Turn, Usage, instructions_to_json, tools_to_json
from writ_gym.tasks import Config, Limits, Task
from writ_gym.tools import Holder, ToolSet

SCHEMA_VERSION = 3
"""2: a turn holds what is new in its prompt; in records of version 1 it holds the whole prompt, so
that they read alike. 3: ``state_diff`` has of a changed record what is another; before, all."""

Status: TypeAlias = Literal["ok", "user_error", "agent_error", "infra_error", "timeout"]
"""``ok``: scored. Every other status says why there is no score; it is never a reward of 0."""

REDRAWN: frozenset[Status] = frozenset({"user_error"})
"""Statuses that come of what was drawn, and would again: the next attempt has seeds of its own.

After the others the same seeds are right. What an endpoint fails at (``infra_error``) is nobody's
draw: without it the episode would have been the one that these seeds give. An ``agent_error`` is a
bug, to be found and mended where it has shown. A ``timeout`` hangs on the clock of a machine: to
draw again until an episode is in time would be to leave out the long ones.
"""


class Agent(Config):
    """Who played the agent."""

    policy: str
    seed: int
    model: str | None = None
    """The model behind it, if there is one."""


class User(Config):
    """Who played the user."""

    simulator: str
    model: str | None = None
    """The model behind it, if there is one."""
    guard: Mapping[str, int] = {}
    """What the guard of a model that plays the user had to object to, counted by reason."""


class Usages(Config):
    """What the models of both sides cost; without a model, nothing."""

    agent: Usage = NOTHING
    user: Usage = NOTHING

    @property
    def total(self) -> Usage:
        """Both together."""
        return self.agent + self.user


class Measured(Config):
    """What happened in an episode, counted."""

    turns: int
    """Assistant messages."""
    tool_calls: int
    """The agent's; those of the user count below."""
    tool_errors: int
    """Failed tool calls and malformed messages of the agent."""
    reads: int
    """Of both sides, as everything below but the tokens."""
    distinct_reads: int
    reads_before_first_write: int
    """Distinct reads before the first write that went through; all, if there was none."""
    writes: int
    """Writes that went through."""
    tokens: int
    """Estimated at four characters each."""


class Timing(Config):
    """The only part of a record that differs between runs with equal seeds."""

    seconds: float


class Versions(Config):
    """What the record was made with."""

    writ_gym: str
    schema_version: int = SCHEMA_VERSION


def _chat_message(message: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return ``message`` if it has what its role asks for."""
    match message:
        case {"role": "tool", "content": str(), "tool_call_id": str(), "name": str()}:
            if message.get("requestor", "user") == "user":
                return message
        case {"role": "user", "content": str()} | {"role": "assistant", "content": str() | None}:
            calls = message.get("tool_calls", [])
            if isinstance(calls, list) and all(map(is_tool_call, calls)):
                return message
    raise ValueError("not a message in OpenAI format")


def _following(turns: tuple[Turn, ...]) -> tuple[Turn, ...]:
    """Return ``turns`` if no prompt shares more with the turn before than that held."""
    held = 0
    for turn in turns:
        if turn.prompt_shared > held:
            raise ValueError("a prompt_shared is larger than what the turn before held")
        held = turn.prompt_shared + len(turn.prompt_ids or ()) + len(turn.completion_ids or ())
    return turns


class EpisodeRecord(Config):
    """One episode, complete: what was said and done, how it ended, and how to check it."""

    episode_id: str
    index: int
    """Index of the task in its run."""
    trial: int
    """Number of the episode among those of the same task."""
    attempt: int = 0
    """How many attempts at it came to nothing before for what was drawn; see ``REDRAWN``."""
    env_id: str
    domain: str
    split: str
    task_id: str
    status: Status
    error: str | None = None
    """For every status but ``ok``, what went wrong."""
    reward: float | None
    reward_components: Mapping[str, float] | None
    termination: str | None
    """How the conversation ended: ``user_ended`` or the limit that cut it off; None if it did
    not."""
    agent: Agent
    user: User
    holder: Holder = "user"
    """Who had the user's tools, where the domain has some."""
    task: Task
    limits: Limits
    """What would have cut the episode off."""
    measured: Measured
    state_diff: Mapping[str, Mapping[str, JSON]]
    """What the episode changed, by table and key, as a JSON Merge Patch (RFC 7386): new records,
    of others what is another in them, and null for those that were deleted."""
    tool_errors: tuple[int, ...]
    """Indexes of the tool messages that are errors, the user's included."""
    messages: tuple[Annotated[Mapping[str, Any], AfterValidator(_chat_message)], ...]
    """The conversation in OpenAI format, without the system message. What the user does with its
    own tools is there, and hidden from the agent: see ``messages.is_hidden``."""
    turns: Annotated[tuple[Turn, ...], AfterValidator(_following)] = ()
    """If the agent is a model: what its server gave with each assistant message, in order. Whole
    prompts: ``models.chat.prompts``."""
    usage: Usages = Usages()
    system: str
    tools: tuple[Mapping[str, Any], ...]
    """OpenAI function schemas."""
    versions: Versions
    timing: Timing

    @property
    def trouble(self) -> str | None:
        """Why the episode has no score: its status, and what went wrong; None if it has one."""
        return None if self.status == "ok" else f"{self.status}: {self.error}"

    def to_json(self) -> bytes:
        """Return the record as ``model_dump_json`` does, in less time.

        Instructions and tools, a good part of it, are those of many records and rendered once.
        """
        before = self.model_dump_json(exclude={"system", "tools", *_LAST}).encode()
        after = self.model_dump_json(include=_LAST).encode()
        shared = instructions_to_json(self.system), tools_to_json(self.tools)
        return b'%b,"system":%b,"tools":%b,%b' % (before[:-1], *shared, after[1:])

    @classmethod
    def load(cls, line: str | bytes, where: str) -> "EpisodeRecord":
        """Return the record of a JSON line.

        Raises:
            StoreError: It is not a record; says ``where`` and what is wrong.
        """
        try:
            return cls.model_validate_json(line)
        except ValidationError as error:
            raise not_a_record(where, error) from None


_LAST = {"versions", "timing"}
"""The fields after the tools."""


def not_a_record(where: str, error: ValidationError) -> StoreError:
    """Return the error of a line or row that is not an episode record.

    Args:
        where: The line or row.
        error: What is wrong with it.
    """
    first = error.errors(include_url=False)[0]
    # The samples that an export writes by default have the messages, and none of the rest.
    is_sample = first["type"] == "missing" and {"messages", "input_ids"} & first["input"].keys()
    advice = (
        " (it holds samples for training: 'writ-gym export --format record' writes what can be "
        "read again)"
    )
    return StoreError(
        f"{where}: not an episode record: {first_error(error)}{advice if is_sample else ''}"
    )


def measure(
    messages: Sequence[Mapping[str, Any]], failed: Collection[int], tools: ToolSet[Any]
) -> Measured:
    """Return what happened in a conversation, counted.

    Args:
        messages: The conversation, without the system message.
        failed: Indexes of the tool messages that are errors.
        tools: The domain's tools, of both sides.
    """
    characters = notices = turns = calls = 0
    kinds: Counter[str] = Counter()
    reads: set[tuple[str, str]] = set()
    before_write: int | None = None
    waiting: list[tuple[str, str]] = []
    for index, message in enumerate(messages):
        own = not is_hidden(message)
        if own:
            characters += len(message["content"] or "")
        notices += message.get("name") == ENVIRONMENT
        if message["role"] == "assistant":
            turns += 1
            waiting = _calls_in(message)
            characters += len(message.get("reasoning_content", ""))
            characters += sum(len(name) + len(raw) for name, raw in waiting)
        elif message["role"] == "user":
            waiting = _calls_in(message)
        elif message["role"] == "tool":
            calls += own
            call = waiting.pop(0)
            kind = tools[call[0]].kind if index not in failed else "failed"
            kinds[kind] += own or kind != "failed"
            if kind == "read":
                reads.add(call)
            elif kind == "write" and before_write is None:
                before_write = len(reads)
    return Measured(
        turns=turns,
        tool_calls=calls,
        tool_errors=kinds["failed"] + notices,
        reads=kinds["read"],
        distinct_reads=len(reads),
        reads_before_first_write=len(reads) if before_write is None else before_write,
        writes=kinds["write"],
        tokens=characters // 4,
    )


def _calls_in(message: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return name and raw arguments of the calls that a message makes."""
    calls = message.get("tool_calls") or ()
    return [(call["function"]["name"], call["function"]["arguments"]) for call in calls]
