"""How a chat model calls tools: by its API, or by JSON objects in its text."""

import json
from collections.abc import Mapping, Sequence
from typing import Protocol

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
from writ_gym.models.answers import an_object, read_answer, response_format, saying, some_calls
from writ_gym.models.chat import ChatRequest, Schema


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
    except (ValueError, RecursionError):
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
            schema = {
                "anyOf": [
                    an_object({"say": saying()}),
                    an_object({"calls": some_calls(functions, 1)}),
                ]
            }
            self._format = response_format(schema)
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
