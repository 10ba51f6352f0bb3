"""Streamed chat completions, put together to the body that they would have had at once."""

from collections.abc import AsyncIterable, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import to_json

from writ_gym.errors import ToldError, first_error


class _Loose(BaseModel):
    """What has to be there of a piece; endpoints differ in the rest."""

    model_config = ConfigDict(extra="ignore")


class _Function(_Loose):
    name: str | None = None
    arguments: Any = None


class _Call(_Loose):
    index: int | None = None
    id: str | None = None
    function: _Function | None = None


class _Part(_Loose):
    text: str


class _Delta(_Loose):
    content: str | list[_Part] | None = None
    refusal: str | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    tool_calls: list[_Call] | None = None


class _Logprobs(_Loose):
    content: list[Any] | None = None


class _Choice(_Loose):
    delta: _Delta | None = None
    finish_reason: str | None = None
    logprobs: _Logprobs | None = None
    token_ids: list[int] | None = None


class _Piece(_Loose):
    choices: list[_Choice] | None = None
    usage: Any = None
    prompt_token_ids: Any = None


async def assembled(pieces: AsyncIterable[object]) -> bytes:
    """Return the body of the completion whose pieces were streamed.

    Raises:
        ToldError: A piece says what went wrong.
        ValueError: The stream ended before the answer did, or holds something else.
    """
    body: dict[str, Any] = {}
    choice: dict[str, Any] = {}
    message = _Message()
    async for each in pieces:
        piece = _piece(each)
        for name in ("usage", "prompt_token_ids"):
            body[name] = getattr(piece, name) or body.get(name)
        for part in piece.choices or ():
            _add(choice, part)
            message.add(part.delta or _Delta())
    if not choice.get("finish_reason"):
        raise ValueError("the stream ended before the answer did")
    return to_json({**body, "choices": [{**choice, "message": message.whole}]})


def _piece(found: object) -> _Piece:
    """Return a piece of a stream, read.

    Raises:
        ToldError: It says what went wrong.
        ValueError: It is none.
    """
    if not isinstance(found, Mapping):
        raise ValueError(f"the stream says {found!r}")
    if error := found.get("error"):
        raise ToldError(error)
    try:
        return _Piece.model_validate(found)
    except ValidationError as error:
        raise ValueError(first_error(error)) from None


def _add(choice: dict[str, Any], part: _Choice) -> None:
    """Add one piece of a choice to what there is of it."""
    choice["finish_reason"] = part.finish_reason or choice.get("finish_reason")
    if part.token_ids:
        choice["token_ids"] = [*choice.get("token_ids", ()), *part.token_ids]
    if part.logprobs and part.logprobs.content:
        content = choice.setdefault("logprobs", {"content": []})["content"]
        content.extend(part.logprobs.content)


class _Message:
    """A message that grows piece by piece."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._calls: dict[int, dict[str, str]] = {}
        """By index; one that a server skips, or makes up, costs nothing."""

    def add(self, delta: _Delta) -> None:
        """Add what is new; the parts of a tool call come under its index."""
        content = delta.content
        if isinstance(content, list):
            content = "".join(part.text for part in content)
        news = {"content": content, "refusal": delta.refusal,
                "reasoning_content": delta.reasoning_content,
                "reasoning": delta.reasoning}  # fmt: skip
        for name, text in news.items():
            if text:
                self._texts[name] = self._texts.get(name, "") + text
        for new in delta.tool_calls or ():
            self._add_call(new)

    def _add_call(self, new: _Call) -> None:
        function = new.function or _Function()
        arguments = "" if function.arguments is None else function.arguments
        call = self._calls.setdefault(self._index(new), {"id": "", "name": "", "arguments": ""})
        call["id"] = call["id"] or new.id or ""
        call["name"] += function.name or ""
        call["arguments"] += (
            arguments if isinstance(arguments, str) else to_json(arguments).decode()
        )

    def _index(self, new: _Call) -> int:
        """Return the place of a part of a call; without one, who has a name begins a call."""
        if new.index is not None:
            return new.index
        last = max(self._calls, default=-1)
        begins = last < 0 or (new.function and new.function.name)
        return last + 1 if begins else last

    @property
    def whole(self) -> dict[str, Any]:
        """The message so far."""
        calls = [
            {"id": call["id"], "function": {"name": call["name"], "arguments": call["arguments"]}}
            for _, call in sorted(self._calls.items())
        ]
        told = {"tool_calls": calls} if calls else {}
        return {"role": "assistant", **self._texts, **told}
