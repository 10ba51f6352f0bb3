"""Answers of chat models that are one JSON object: their schemas, and how they are read."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic_core import from_json, to_json

from writ_gym.database import JSON
from writ_gym.messages import tool_call

MOST_CALLS = 8
"""Tool calls in one message of a model that is held to a schema."""
MOST_CHARACTERS = 1500
"""Characters of one text of such a model: without an end, a small one runs into its limit."""

_BEGINS = re.compile(r'\{\s*"(?:say|end|calls|name)"\s*:')
_NAME = re.compile(r'"name"\s*:\s*"([^"]*)"')


def read_answer(text: str) -> dict[str, Any]:
    """Return ``content`` and ``tool_calls`` of an answer that is a JSON object, or plain text."""
    begins = _BEGINS.search(text)
    if begins is None:
        return {"content": text}
    answer = object_in(text)
    if answer is None:
        name = _NAME.search(text)
        if name is None:
            return {"content": _said_so_far(text[begins.start() :]) or text}
        return {"content": None, "tool_calls": [tool_call(name[1], text[begins.start() :])]}
    said = answer.get("say")
    calls = answer.get("calls", [answer] if "name" in answer else [])
    content = said if isinstance(said, str) else None
    return {"content": content, "tool_calls": calls} if calls else {"content": content or ""}


def _said_so_far(text: str) -> str | None:
    """Return what an object that breaks off says, as answers do at a limit of tokens."""
    try:
        answer = from_json(text, allow_partial="trailing-strings")
    except ValueError:
        return None
    said = answer.get("say")
    return said if isinstance(said, str) else None


def object_in(text: str) -> dict[str, Any] | None:
    """Return the JSON object of an answer, whatever stands around it; None if there is none."""
    begins = _BEGINS.search(text)
    if begins is None:
        return None
    try:
        answer, _ = json.JSONDecoder().raw_decode(text, begins.start())
        to_json(answer)  # half a character, which JSON can write, no message can hold
    except (ValueError, RecursionError):
        return None
    return dict(answer)


def response_format(schema: Mapping[str, JSON]) -> Mapping[str, JSON]:
    """Return OpenAI's ``response_format`` that holds an answer to a JSON schema."""
    return {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}


def saying() -> Mapping[str, JSON]:
    """Return the schema of something to say."""
    return {"type": "string", "minLength": 1, "maxLength": MOST_CHARACTERS}


def some_calls(functions: Sequence[Mapping[str, Any]], least: int) -> Mapping[str, JSON]:
    """Return the schema of a list of calls of these functions, ``least`` or more."""
    calls = [
        an_object({"name": {"const": each["name"]}, "arguments": _bounded(each["parameters"])})
        for each in functions
    ]
    return {"type": "array", "minItems": least, "maxItems": MOST_CALLS, "items": {"anyOf": calls}}


def an_object(properties: Mapping[str, JSON]) -> dict[str, JSON]:
    """Return the schema of an object that has all of these properties, and no other."""
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
