"""Streamed chat completions, put together to the body that they would have had at once."""

from collections.abc import AsyncIterable, Mapping
from typing import Any

from pydantic_core import to_json


async def assembled(pieces: AsyncIterable[object]) -> bytes:
    """Return the body of the completion whose pieces were streamed.

    Raises:
        ValueError: The stream ended before the answer did, or holds something else.
    """
    body: dict[str, Any] = {"choices": [{"message": {"role": "assistant"}}]}
    choice = body["choices"][0]
    async for piece in pieces:
        if not isinstance(piece, Mapping) or piece.get("error"):
            raise ValueError(f"the stream says {piece!r}")
        for name in ("usage", "prompt_token_ids"):
            body[name] = piece.get(name) or body.get(name)
        for part in piece.get("choices") or ():
            _add(choice, part)
    if not choice.get("finish_reason"):
        raise ValueError("the stream ended before the answer did")
    return to_json(body)


def _add(choice: dict[str, Any], part: Mapping[str, Any]) -> None:
    """Add one piece of a choice to what there is of it."""
    for name in ("finish_reason", "meta_info", "prompt_token_ids"):
        choice[name] = part.get(name) or choice.get(name)
    if part.get("token_ids"):
        choice["token_ids"] = [*choice.get("token_ids", ()), *part["token_ids"]]
    logprobs = part.get("logprobs") or {}
    if logprobs.get("content"):
        content = choice.setdefault("logprobs", {"content": []})["content"]
        content.extend(logprobs["content"])
    _say(choice["message"], part.get("delta") or {})


def _say(message: dict[str, Any], delta: Mapping[str, Any]) -> None:
    """Add what is new to a message; the parts of a tool call come under its index."""
    for name in ("content", "reasoning_content", "reasoning"):
        if delta.get(name):
            message[name] = message.get(name, "") + delta[name]
    for new in delta.get("tool_calls") or ():
        calls = message.setdefault("tool_calls", [])
        index = new.get("index", len(calls))
        while len(calls) <= index:
            calls.append({"id": "", "function": {"name": "", "arguments": ""}})
        calls[index]["id"] = calls[index]["id"] or new.get("id") or ""
        for name, text in (new.get("function") or {}).items():
            calls[index]["function"][name] += text or ""
