"""Chat models: what one is asked, what it answers, and what the answer cost."""

import re
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Annotated, Any, Literal, Protocol, TypeAlias, TypeGuard, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import from_json, to_json

from writ_gym.database import JSON, unchecked
from writ_gym.errors import ToldError, first_error
from writ_gym.messages import AssistantMessage, Message, tool_call
from writ_gym.models.tokens import LogProbs, TokenIds
from writ_gym.tasks import Config

Schema: TypeAlias = Mapping[str, Any]
"""A tool as OpenAI function schema."""
MOST_TOOLS = 64
"""Sets of tools whose JSON is kept."""
MOST_INSTRUCTIONS = 64
"""Instructions whose JSON is kept."""


class Usage(Config):
    """What the answers of a model cost, added up."""

    calls: int = 0
    """Requests that were answered."""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    """Tokens as the server counted them; reasoning included."""
    cost: float | None = None
    """In US dollars; None if a price is not known."""

    def __add__(self, other: "Usage") -> "Usage":
        asked = [usage for usage in (self, other) if usage.calls]
        costs = [usage.cost for usage in asked if usage.cost is not None]
        return _usage(
            self.calls + other.calls,
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            sum(costs) if costs and len(costs) == len(asked) else None,
        )


_USAGE = set(Usage.model_fields)


def _usage(
    calls: int, prompt_tokens: int, completion_tokens: int, cost: float | None = None
) -> Usage:
    """Return a usage of numbers that were checked, as there is one for every message."""
    return unchecked(Usage, {
        "calls": calls, "prompt_tokens": prompt_tokens, "completion_tokens": completion_tokens,
        "cost": cost,
    }, _USAGE)  # fmt: skip


NOTHING = Usage()
"""The usage of who uses no model."""


Place: TypeAlias = Literal["reasoning_content", "reasoning", "content"]
"""Where a server puts what a model thinks aloud: in a field, or in tags in the content."""


class Turn(Config):
    """What the model's server gave with one message of the agent, verbatim.

    ``prompt_ids``, ``completion_ids`` and ``logprobs`` are there if the endpoint was asked for
    them and has them; they are never computed here, so nothing is tokenized again.
    """

    finish_reason: str | None = None
    """``stop``, ``tool_calls``, ``length`` … as the server says."""
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_shared: Annotated[int, Field(ge=0)] = 0
    """With how many token ids of the turn before, its prompt and then its completion, the prompt
    begins; always 0 where a model answers."""
    prompt_ids: TokenIds | None = None
    """Token ids of the prompt, history included, but for those that it shares with the turn before:
    ``prompts`` puts them together."""
    completion_ids: TokenIds | None = None
    """Token ids that were sampled, shape (tokens,)."""
    logprobs: LogProbs | None = None
    """Log-probability of each sampled token in nats, shape (tokens,)."""
    text: str | None = None
    """What was written, where the message was read out of text: see ``policies.llm.ToolStyle``."""
    reasoning: Place | None = None
    """Where the reasoning of the message stood; None if there was none."""


def prompts(turns: Sequence[Turn]) -> Iterator[TokenIds | None]:
    """Yield the whole prompt of each turn of an episode, in order; None where there is none."""
    for turn, held in zip(turns, _held(turns), strict=False):
        yield None if turn.prompt_ids is None else TokenIds(held)


def folded(turn: Turn, before: Iterable[Turn]) -> Turn:
    """Return a turn without that of its prompt which the turns before it have already.

    Prompts that grow with each turn would otherwise be kept anew with each turn.

    Args:
        turn: A turn as a model gave it, with the whole prompt; one that is folded stays as it is.
        before: All turns of the episode before it.
    """
    if turn.prompt_shared or not turn.prompt_ids:
        return turn
    *_, held = _held(before)
    shared = turn.prompt_ids.shared_with(TokenIds(held))
    new = turn.prompt_ids[shared:]
    return turn.model_copy(update={"prompt_shared": shared, "prompt_ids": new})


def _held(turns: Iterable[Turn]) -> Iterator["array[int]"]:
    """Yield the token ids of the prompt of each turn, and those of all that the last turn held.

    It is one array, which is changed from turn to turn.
    """
    held = array(TokenIds.code)
    for turn in turns:
        del held[turn.prompt_shared :]
        held.extend(turn.prompt_ids.packed if turn.prompt_ids else ())
        yield held
        held.extend(turn.completion_ids.packed if turn.completion_ids else ())
    yield held


_TOOLS: dict[tuple[int, ...], tuple[object, bytes]] = {}


def tools_to_json(tools: Sequence[Schema]) -> bytes:
    """Return tools as JSON; the same objects are taken to hold what they held before."""
    key = tuple(map(id, tools))
    kept = _TOOLS.get(key)
    if kept is None:
        if len(_TOOLS) >= MOST_TOOLS:
            _TOOLS.clear()
        kept = _TOOLS[key] = (tuple(tools), to_json(tools))
    return kept[1]


@lru_cache(MOST_INSTRUCTIONS)
def instructions_to_json(text: str) -> bytes:
    """Return instructions as JSON; they are long, and the same in many conversations."""
    return to_json(text)


class History(list[Message]):
    """A conversation that only ever grows: what was rendered once is what it was."""

    def __init__(self, messages: Iterable[Message] = ()) -> None:
        super().__init__(messages)
        self._rendered = bytearray()
        self._until = 1

    def rendered_after_first(self) -> bytearray:
        """Return all messages but the first as JSON, a comma before each; to be read only."""
        if new := self[self._until :]:
            self._rendered += b"," + to_json(new)[1:-1]
            self._until += len(new)
        return self._rendered


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """What a chat model is asked."""

    messages: Sequence[Message]
    """The conversation, the system message first. A ``History`` is rendered as it grows."""
    tools: Sequence[Schema] = ()
    response_format: Mapping[str, JSON] | None = None
    """OpenAI's ``response_format``, such as a JSON schema, where the server offers it."""
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class Completion:
    """What a chat model answers."""

    message: AssistantMessage
    turn: Turn = field(default_factory=Turn)
    usage: Usage = NOTHING


class ChatModel(Protocol):
    """Answers chat requests: an endpoint, a recording of one, or anybody's own client."""

    @property
    def name(self) -> str:
        """The model's name, for records."""

    async def complete(self, request: ChatRequest) -> Completion:
        """Return the answer to a request.

        Raises:
            BackendError: There is no answer, through no fault of who asks.
            ContextLengthError: The conversation is longer than the model can take.
        """

    async def aclose(self) -> None:
        """Let go of connections; nothing is asked any more."""


class Metered(Protocol):
    """Who uses a chat model, agent policy or user simulator, says what that has cost so far."""

    model: str
    """The model's name."""
    usage: Usage


def is_metered(player: object) -> TypeGuard[Metered]:
    """Say whether somebody who plays uses a chat model."""
    return hasattr(player, "model") and hasattr(player, "usage")


class _Loose(BaseModel):
    """What has to be there of an answer; endpoints differ in the rest."""

    model_config = ConfigDict(extra="ignore")


class _Function(_Loose):
    name: str | None = None
    arguments: Any = None


class _Call(_Loose):
    id: str | None = None
    function: _Function


class _Part(_Loose):
    text: str


class _Message(_Loose):
    content: str | list[_Part] | None = None
    refusal: str | None = None
    tool_calls: list[_Call] | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None


class _Token(_Loose):
    token: str | None = None
    id: int | None = None
    logprob: float


class _Logprobs(_Loose):
    content: list[_Token] | None = None


class _Meta(_Loose):
    output_token_logprobs: list[tuple[float, int, str | None]] | None = None


class _Choice(_Loose):
    message: _Message
    finish_reason: str | None = None
    logprobs: _Logprobs | None = None
    token_ids: TokenIds | None = None
    prompt_token_ids: TokenIds | None = None
    meta_info: _Meta | None = None


class _Usage(_Loose):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class _Body(_Loose):
    choices: Annotated[list[_Choice], Field(min_length=1)]
    usage: _Usage | None = None
    prompt_token_ids: TokenIds | None = None


def parse_completion(text: str | bytes) -> Completion:
    """Return the completion in the body of a chat-completions answer.

    What OpenAI's API does not have is taken as vLLM, SGLang and llama.cpp give it: reasoning,
    token ids and log-probabilities.

    Raises:
        ToldError: It says what went wrong, as some gateways do in the place of a status.
        ValueError: It is no chat completion; says where.
    """
    try:
        body = _Body.model_validate_json(text)
        choice = body.choices[0]
    except ValidationError as error:
        if said := _error_in(text):
            raise ToldError(said) from None
        raise ValueError(first_error(error)) from None
    message, place = _message(choice.message)
    turn = _turn(body, choice, place)
    usage = _usage(1, turn.prompt_tokens or 0, turn.completion_tokens or 0)
    return Completion(message, turn, usage)


def _error_in(text: str | bytes) -> Any:
    """Return what a body says went wrong; None if it says nothing of that kind."""
    try:
        found = from_json(text)
    except ValueError:
        return None
    return found.get("error") if isinstance(found, Mapping) else None


def _message(found: _Message) -> tuple[AssistantMessage, Place | None]:
    """Return the message with its reasoning apart, and where that was; raw argument strings.

    What a model says that it will not do is said as anything else, wherever a server puts it.
    """
    content = found.content or found.refusal or found.content
    if isinstance(content, list):
        content = "".join(part.text for part in content)
    place: Place = "reasoning_content" if found.reasoning_content else "reasoning"
    reasoning = found.reasoning_content or found.reasoning
    if not reasoning and isinstance(content, str):
        place = "content"
        reasoning, content = split_reasoning(content)
    message: AssistantMessage = {"role": "assistant", "content": content}
    if reasoning:
        message["reasoning_content"] = reasoning
    if found.tool_calls:
        message["tool_calls"] = [
            tool_call(call.function.name or "", _raw(call.function.arguments), call.id or "")
            for call in found.tool_calls
        ]
    return message, place if reasoning else None


def with_reasoning(message: Message, reasoning: str, place: Place) -> Message:
    """Return a message of a history with its reasoning where the server had put it.

    Models that think between calls are to find there what they thought since the user last spoke;
    what else of it they get to see is for the server's chat template to say.
    """
    said = message["content"] or ""
    text = f"<think>\n{reasoning}\n</think>\n\n{said}" if place == "content" else reasoning
    return cast(Message, {**message, place: text})


def _raw(arguments: Any) -> Any:
    """Return arguments as they came; the tool says what is wrong with those of a wrong type."""
    return "{}" if arguments in (None, "") else arguments


_THINK = re.compile(r"\A\s*(?:<think>)?(.*?)</think>\s*", re.DOTALL)


def split_reasoning(content: str) -> tuple[str | None, str]:
    """Return the reasoning that a model put before its answer in ``<think>`` tags, and the rest.

    Reasoning that breaks off, as at a limit of tokens, leaves no rest.
    """
    found = _THINK.match(content) if "</think>" in content else None
    if found:
        return found[1].strip() or None, content[found.end() :]
    begun = content.lstrip()
    if begun.startswith("<think>"):
        return begun.removeprefix("<think>").strip() or None, ""
    return None, content


_TURN = set(Turn.model_fields)


def _turn(body: _Body, choice: _Choice, place: Place | None) -> Turn:
    """Return what came with a message, which was checked along with it."""
    usage = body.usage or _Usage()
    ids, logprobs = _sampled(choice)
    return unchecked(Turn, {
        "finish_reason": choice.finish_reason,
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "prompt_shared": 0,
        "prompt_ids": body.prompt_token_ids or choice.prompt_token_ids,
        "completion_ids": ids,
        "logprobs": logprobs,
        "text": None,
        "reasoning": place,
    }, _TURN)  # fmt: skip


def _sampled(choice: _Choice) -> tuple[TokenIds | None, LogProbs | None]:
    """Return the ids and log-probabilities of the sampled tokens, as far as they are there."""
    meta = choice.meta_info.output_token_logprobs if choice.meta_info else None
    if meta is not None:  # SGLang
        return TokenIds(each for _, each, _ in meta), LogProbs(each for each, _, _ in meta)
    tokens = choice.logprobs.content if choice.logprobs else None
    if tokens is None:
        return choice.token_ids, None
    ids = choice.token_ids  # vLLM
    if ids is None:
        named = [_id_of(token) for token in tokens]
        ids = None if None in named else TokenIds(each for each in named if each is not None)
    return ids, LogProbs(token.logprob for token in tokens)


_TOKEN_ID = re.compile(r"token_id:(\d{1,9})")


def _id_of(token: _Token) -> int | None:
    """Return the id of a token: llama.cpp has it, vLLM writes it in the place of the text."""
    named = _TOKEN_ID.fullmatch(token.token or "")
    return int(named[1]) if token.id is None and named else token.id
