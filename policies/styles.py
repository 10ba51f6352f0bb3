"""How a chat model calls tools: by its API, or by JSON objects in its text."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from writ_gym.chat import ChatRequest, Schema
from writ_gym.database import JSON
from writ_gym.messages import (
    Action,
    AssistantMessage,
    Message,
    Observation,
    ToolCall,
    tool_call,
    user,
)

MOST_CALLS = 8
"""Tool calls in one message of a model that is held to a schema."""
MOST_CHARACTERS = 1500
"""Characters of one text of such a model: without an end, a small one runs into its limit."""


class Style(Protocol):
    """How one conversation is put to a model, and its answers are read."""

    def opening(self, system: str, tools: Sequence[Schema]) -> Message:
        """Return the message with the instructions; with the tools, where they stand in it."""

    def heard(self, observation: Observation) -> Sequence[Message]:
        """Return what is new to the agent as the model gets to see it."""

    def request(self, history: Sequence[Message], seed: int) -> ChatRequest:
        """Return what to ask the model."""

    def read(self, message: AssistantMessage) -> tuple[Message, Action]:
        """Return an answer of the model as it goes into the history, and as an action."""


class Native:
    """Tools go by the API's ``tools``, calls come as its ``tool_calls``."""

    def opening(self, system: str, tools: Sequence[Schema]) -> Message:
        """Return the message with the instructions."""
        self._tools = tools
        self._unnamed: AssistantMessage | None = None
        return {"role": "system", "content": system}

    def heard(self, observation: Observation) -> Sequence[Message]:
        """Return the new messages; calls without an id of their own get the one it was given."""
        calls = self._unnamed.get("tool_calls", []) if self._unnamed else []
        for call, message in zip(calls, observation, strict=False):
            if message["role"] == "tool":
                call["id"] = message["tool_call_id"]
        return observation

    def request(self, history: Sequence[Message], seed: int) -> ChatRequest:
        """Return what to ask the model."""
        return ChatRequest(history, self._tools, seed=seed)

    def read(self, message: AssistantMessage) -> tuple[Message, Action]:
        """Return the answer; for the history without thoughts, and with calls servers can read."""
        kept: AssistantMessage = {"role": "assistant", "content": message["content"]}
        if "tool_calls" in message:
            kept["tool_calls"] = [_readable(call) for call in message["tool_calls"]]
        self._unnamed = kept
        return kept, message


def _readable(call: ToolCall) -> ToolCall:
    """Return a copy of a call whose arguments are a JSON object, with the raw text if it is none.

    Servers parse the arguments in a history to fill their chat templates, and answer HTTP 500 to
    what they cannot parse: one call that was cut off would end the episode without a score.
    """
    name, raw = call["function"]["name"], call["function"]["arguments"]
    try:
        sound = isinstance(json.loads(raw), dict)
    except ValueError:
        sound = False
    return tool_call(name, raw if sound else {"malformed": raw}, call["id"])


_GRAMMAR = """\
# How to answer
Answer with nothing but one JSON object, of one of two forms.
To say something to the user:
{"say": "what you say"}
To call tools, and see what they answer before you say anything:
{"calls": [{"name": "name of a tool", "arguments": {"name of an argument": "its value"}}]}

# Tools
Each with the JSON schema of its arguments.
"""


class Json:
    """Text-only models: an answer is one JSON object that says something or calls tools.

    What is no such object is said to the user as it is. A call that is begun and cannot be read is
    made with its raw text as arguments, so that the tool's error says what is wrong.
    """

    def __init__(self, constrained: bool) -> None:
        """Say whether the server is held to the form with ``response_format``."""
        self._constrained = constrained
        self._format: Mapping[str, JSON] | None = None

    def opening(self, system: str, tools: Sequence[Schema]) -> Message:
        """Return the message with the instructions, the tools, and the form of an answer."""
        functions = [schema["function"] for schema in tools]
        if self._constrained:
            self._format = response_format(functions)
        listed = "\n".join(json.dumps(function, ensure_ascii=False) for function in functions)
        return {"role": "system", "content": f"{system}\n\n{_GRAMMAR}{listed}"}

    def heard(self, observation: Observation) -> Sequence[Message]:
        """Return what is new as one user message, with the answers of tools named as such."""
        parts = [
            f"[{message['name']} answers] {message['content']}"
            if message["role"] == "tool"
            else message["content"] or ""
            for message in observation
        ]
        return [user("\n".join(parts))]

    def request(self, history: Sequence[Message], seed: int) -> ChatRequest:
        """Return what to ask the model."""
        return ChatRequest(history, response_format=self._format, seed=seed)

    def read(self, message: AssistantMessage) -> tuple[Message, Action]:
        """Return the answer as it was written, and what it says or calls."""
        text = message["content"] or ""
        action = {**message, **read_answer(text)}
        return {"role": "assistant", "content": text}, action


_BEGINS = re.compile(r'\{\s*"(?:say|calls|name)"\s*:')
_NAME = re.compile(r'"name"\s*:\s*"([^"]*)"')


def read_answer(text: str) -> dict[str, Any]:
    """Return ``content`` and ``tool_calls`` of an answer that is a JSON object, or plain text."""
    begins = _BEGINS.search(text)
    if begins is None:
        return {"content": text}
    try:
        answer, _ = json.JSONDecoder().raw_decode(text, begins.start())
    except ValueError:
        name = _NAME.search(text)
        if name is None:
            return {"content": text}
        return {"content": None, "tool_calls": [tool_call(name[1], text[begins.start() :])]}
    said = answer.get("say")
    calls = answer.get("calls", [answer] if "name" in answer else [])
    content = said if isinstance(said, str) else None
    return {"content": content, "tool_calls": calls} if calls else {"content": content or ""}


def response_format(functions: Sequence[Mapping[str, Any]]) -> Mapping[str, JSON]:
    """Return the JSON schema of an answer: something to say, or calls of these functions."""
    calls = [
        _object({"name": {"const": each["name"]}, "arguments": _bounded(each["parameters"])})
        for each in functions
    ]
    some = {"type": "array", "minItems": 1, "maxItems": MOST_CALLS, "items": {"anyOf": calls}}
    text = {"type": "string", "minLength": 1, "maxLength": MOST_CHARACTERS}
    schema = {"anyOf": [_object({"say": text}), _object({"calls": some})]}
    return {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}


def _object(properties: Mapping[str, JSON]) -> dict[str, JSON]:
    return {
        "type": "object", "properties": properties, "required": list(properties),
        "additionalProperties": False,
    }  # fmt: skip


def _bounded(schema: JSON) -> JSON:
    """Return a schema with an end to every string whose values are not listed."""
    if isinstance(schema, list):
        return [_bounded(each) for each in schema]
    if not isinstance(schema, Mapping):
        return schema
    bounded = {name: _bounded(value) for name, value in schema.items()}
    if schema.get("type") == "string" and not {"enum", "const", "pattern"} & schema.keys():
        bounded.setdefault("maxLength", 200)
    return bounded
