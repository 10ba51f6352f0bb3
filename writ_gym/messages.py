"""Chat messages in OpenAI format, and how any action becomes one.

A message is a plain dictionary, as trainers and servers want it. An action is an assistant
message: a dictionary, its JSON text, or plain text that is said to the user.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Literal, NotRequired, TypeAlias, TypedDict

from pydantic_core import from_json, to_json

from writ_gym.errors import InvalidActionError

MAX_TOOL_CALLS = 32
"""More tool calls than this in one message are refused as a whole."""

ENVIRONMENT = "environment"
"""The ``name`` of a user-role message that the environment wrote, not the user."""


class Function(TypedDict):
    """The function part of a tool call; ``arguments`` is the raw JSON text."""

    name: str
    arguments: str


class ToolCall(TypedDict):
    """A call of a tool by the assistant."""

    id: str
    type: Literal["function"]
    function: Function


class AssistantMessage(TypedDict):
    """What the agent says, calls, or both."""

    role: Literal["assistant"]
    content: str | None
    tool_calls: NotRequired[list[ToolCall]]
    reasoning_content: NotRequired[str]


class ToolMessage(TypedDict):
    """The answer to one tool call."""

    role: Literal["tool"]
    tool_call_id: str
    name: str
    content: str
    requestor: NotRequired[Literal["user"]]
    """Whose call it was, if not the agent's."""


class UserMessage(TypedDict):
    """What the user says; with ``name`` "environment", a notice of the environment.

    With ``tool_calls``, what the user does with tools of its own before it says something.
    """

    role: Literal["user"]
    content: str
    name: NotRequired[str]
    tool_calls: NotRequired[list[ToolCall]]


class SystemMessage(TypedDict):
    """The instructions of the agent."""

    role: Literal["system"]
    content: str


Message: TypeAlias = AssistantMessage | ToolMessage | UserMessage | SystemMessage
Observation: TypeAlias = tuple[Message, ...]
Action: TypeAlias = str | Mapping[str, Any]

_MAPPING = (dict, Mapping)
"""What is a mapping: most are dictionaries, of which that is seen at once."""


def assistant(text: str) -> AssistantMessage:
    """Return an assistant message that says ``text`` to the user."""
    return {"role": "assistant", "content": text}


def user(text: str) -> UserMessage:
    """Return a user message."""
    return {"role": "user", "content": text}


def notice(text: str) -> UserMessage:
    """Return a message of the environment itself, such as a format error."""
    return {"role": "user", "name": ENVIRONMENT, "content": text}


def using(*calls: ToolCall) -> UserMessage:
    """Return the message of a user who uses tools of its own."""
    return {"role": "user", "content": "", "tool_calls": list(calls)}


def is_tool_call(found: object) -> bool:
    """Say whether something has what a tool call of a message has."""
    match found:
        case {"id": str(), "function": {"name": str(), "arguments": str()}}:
            return True
    return False


def is_hidden(message: Mapping[str, Any]) -> bool:
    """Say whether a message is a call of the user's, or its answer: the agent sees neither."""
    if message["role"] == "user":
        return "tool_calls" in message
    return message.get("requestor") == "user"


def shown(messages: Iterable[Message]) -> list[Message]:
    """Return the messages that the agent sees."""
    return [message for message in messages if not is_hidden(message)]


def tool_call(name: str, arguments: Mapping[str, Any] | str, call_id: str = "") -> ToolCall:
    """Return a tool call; the environment gives it an id if it has none."""
    raw = arguments if isinstance(arguments, str) else _to_text(arguments)
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": raw}}


def calling(*calls: ToolCall) -> AssistantMessage:
    """Return an assistant message that makes tool calls and says nothing."""
    return {"role": "assistant", "content": None, "tool_calls": list(calls)}


def parse_action(action: object) -> AssistantMessage:
    """Return ``action`` as a new, well-formed assistant message.

    Args:
        action: A mapping, the JSON text of one, or plain text. Text that is a JSON object with a
            ``content`` or ``tool_calls`` key is read as a message.

    Raises:
        InvalidActionError: It is none of these; says what is wrong.
    """
    if isinstance(action, str):
        message = _message_in(action)
        if message is None:
            return assistant(clean(action))
        return _parse_mapping(message)
    if isinstance(action, _MAPPING):
        return _parse_mapping(action)
    raise InvalidActionError(
        f"An action is an assistant message (a dict, its JSON text, or plain text), "
        f"not {type(action).__name__}."
    )


def _message_in(text: str) -> Mapping[str, Any] | None:
    stripped = text.strip()
    if not stripped.startswith("{"):
        return None
    try:
        value = from_json(clean(stripped))
    except ValueError:
        return None
    is_message = isinstance(value, dict) and ("content" in value or "tool_calls" in value)
    return value if is_message else None


def _parse_mapping(action: Mapping[Any, Any]) -> AssistantMessage:
    role = action.get("role", "assistant")
    if not isinstance(role, str):
        raise InvalidActionError(f"'role' must be a string, not {type(role).__name__}.")
    if role != "assistant":
        raise InvalidActionError(f"An action has the role 'assistant', not {role[:40]!r}.")
    message: AssistantMessage = {"role": "assistant", "content": _content(action.get("content"))}
    calls = _tool_calls(action.get("tool_calls"))
    if calls:
        message["tool_calls"] = calls
    reasoning = action.get("reasoning_content")
    if isinstance(reasoning, str) and reasoning:
        message["reasoning_content"] = clean(reasoning)
    return message


def _content(content: object) -> str | None:
    if content is None:
        return None
    if isinstance(content, str):
        return clean(content)
    if isinstance(content, (list, tuple)) and all(_is_text_part(part) for part in content):
        return clean("".join(part["text"] for part in content))
    raise InvalidActionError("'content' must be a string, null, or a list of text parts.")


def _is_text_part(part: object) -> bool:
    return isinstance(part, Mapping) and isinstance(part.get("text"), str)


def _tool_calls(calls: object) -> list[ToolCall]:
    if calls is None:
        return []
    if not isinstance(calls, (list, tuple)):
        raise InvalidActionError("'tool_calls' must be a list.")
    if len(calls) > MAX_TOOL_CALLS:
        raise InvalidActionError(f"At most {MAX_TOOL_CALLS} tool calls are allowed in one message.")
    return [_tool_call(call, index) for index, call in enumerate(calls)]


def _tool_call(call: object, index: int) -> ToolCall:
    where = f"tool_calls[{index}]"
    function = call.get("function", call) if isinstance(call, _MAPPING) else None
    if not isinstance(call, _MAPPING) or not isinstance(function, _MAPPING):
        raise InvalidActionError(f'{where} must be {{"function": {{"name": …, "arguments": …}}}}.')
    name, arguments = function.get("name"), function.get("arguments", "{}")
    if not isinstance(name, str):
        raise InvalidActionError(f"{where} has no function name.")
    if not isinstance(arguments, str):
        try:
            arguments = _to_text(arguments)
        except ValueError as error:
            raise InvalidActionError(f"{where}: the arguments are not JSON ({error}).") from None
    call_id = call.get("id")
    call_id = call_id[:200] if isinstance(call_id, str) else ""
    return tool_call(clean(name), clean(arguments), clean(call_id))


def _to_text(value: object) -> str:
    try:
        return to_json(value, inf_nan_mode="constants").decode()
    except (TypeError, UnicodeError, RecursionError) as error:
        raise ValueError(str(error)) from None


def clean(text: str) -> str:
    """Return ``text`` without lone surrogates, which no file and no server takes."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text
