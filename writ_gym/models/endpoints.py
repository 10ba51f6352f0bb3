"""Chat models behind an OpenAI-compatible endpoint: vLLM, SGLang, llama.cpp or a hosted API."""

import asyncio
import os
import time
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import openai
from pydantic_core import to_json

from writ_gym.deadlines import on_hold
from writ_gym.errors import BackendError, ContextLengthError, WritGymError, WritGymWarning
from writ_gym.messages import Message
from writ_gym.models.chat import (
    ChatRequest,
    Completion,
    History,
    Turn,
    Usage,
    instructions_to_json,
    parse_completion,
    tools_to_json,
)
from writ_gym.models.connections import CONNECT_S, Connections, PerLoop
from writ_gym.models.failures import (
    is_dropped,
    is_too_long,
    may_pass,
    refused_field,
    retry_after,
    trouble,
)
from writ_gym.models.pacing import Pace
from writ_gym.models.servers import TOKEN_FIELDS, Endpoint, Server
from writ_gym.models.streaming import assembled

FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 60.0
"""Seconds before the first retry, and the most to which they are doubled."""
LONGEST_ASKED_S = 600.0
"""A server that asks for a longer wait than this is given up."""
CHARACTERS = 4
"""Bytes of a request that count as one token until the server has counted."""
MOST_SEED = 1 << 31
"""Seeds are taken modulo this: servers take 32 bits, some of them signed."""
MEANS = {
    "response_format": ", and the form of answers is only asked for in the prompt. To ask so from "
    "the first request on: --agent-tools text, --user-answers text",
    "stream_options": ", and may not count tokens. To ask so from the first request on: "
    "--agent-set stream_options=null, --user-set stream_options=null",
    "seed": ", and answers differ from run to run. To ask so from the first request on: "
    "--agent-set seed=null, --user-set seed=null",
}
"""By field that a server may refuse, what follows from asking without, and how to choose that."""
GIVEN: Mapping[Server, Mapping[str, str]] = {
    "openai": {"logprobs": "log-probabilities"},
    "vllm": {
        "prompt_ids": "token ids of the prompt (return_token_ids, from vLLM 0.10.2 on)",
        "completion_ids": "token ids of what it samples",
    },
    "sglang": {
        "prompt_ids": "token ids of the prompt (return_prompt_token_ids, from SGLang 0.5.13 on)",
        "completion_ids": "token ids of what it samples (return_meta_info)",
    },
}
"""By kind of server, which parts of a turn it has to give, and what they are."""
API_KEY = "OPENAI_API_KEY"
"""The environment variable with the key, if none is named."""


class EndpointModel:
    """Asks an endpoint: retries with backoff, waits for rate limits, and says what went wrong.

    Retries are due after a random part of a wait that doubles each time, at least as long as the
    server asks for with Retry-After; then the whole endpoint rests, not the one request. A
    connection that was closed while nobody looked costs no wait: the first retry is due at once.
    Source: exponential backoff with full jitter (Brooker, 2015).
    """

    def __init__(
        self,
        endpoint: Endpoint,
        client: openai.AsyncOpenAI | None = None,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take an endpoint; nothing is sent yet.

        Args:
            endpoint: The endpoint.
            client: A client of your own; by default one is made for the endpoint.
            sleep: Waits for seconds.
            clock: Tells seconds.

        Raises:
            WritGymError: The environment variable that is to hold the key is not set.
        """
        self.endpoint = endpoint
        self.name = endpoint.model
        self._given = client
        self._key = client.api_key if client else _key(endpoint)
        self._own = PerLoop(partial(connect, endpoint, self._key))
        self._sleep = sleep
        self._clock = clock
        self._random = np.random.default_rng()  # of waits alone, which no result depends on
        self._resume_at = 0.0
        limits = endpoint.requests_per_minute, endpoint.tokens_per_minute
        self._requests, self._tokens = (
            Pace(each, clock, sleep) if each else None for each in limits
        )
        fields = {
            "model": endpoint.model,
            **(TOKEN_FIELDS[endpoint.token_data] if endpoint.token_data else {}),
            **endpoint.sampling,
            **({"stream": True} if endpoint.stream else {}),
        }
        self._fixed = {name: value for name, value in fields.items() if value is not None}
        self._begins = to_json(self._fixed)[:-1]
        """Every request, up to where requests differ."""
        self._left_out = fields.keys() - self._fixed.keys()
        """Fields that no request has: by the settings, or because the server refuses them."""
        self._options: Any = {
            "headers": {"Content-Type": "application/json"},
            "timeout": openai.Timeout(endpoint.timeout_s, connect=CONNECT_S),
        }
        self._lacks_tokens = False
        """Whether the server was found not to give what it is asked for of its tokens."""

    async def complete(self, request: ChatRequest) -> Completion:
        """Return the answer to a request; see ``chat.ChatModel``."""
        body, sent = self._body(request)
        size = len(body) // CHARACTERS
        attempt = 0
        client = self._given or await self._own.here()
        while True:
            await self._wait_for_turn(size)
            try:
                answer = await self._ask(client, body)
                self._look_for_tokens(client, answer.turn)
                return self._counted(answer, size)
            except (openai.OpenAIError, ValueError, TimeoutError) as error:
                self._settle(-size)
                if self._does_without(client, error, sent):
                    body, sent = self._body(request)
                    continue
                wait = self._wait_after(error, attempt)
                if wait is None:
                    raise self._failure(client, error, attempt + 1) from error
            attempt += 1
            await self._sleep(wait)

    async def aclose(self) -> None:
        """Close the connections, unless the client was given."""
        await self._own.aclose()

    def _body(self, request: ChatRequest) -> tuple[bytes, Collection[str]]:
        """Return the body of a request, and the fields of it that it can do without.

        What many requests share is rendered once.
        """
        wanted: dict[str, Any] = {}
        if request.response_format:
            wanted["response_format"] = request.response_format
        if request.seed is not None:
            wanted["seed"] = request.seed % MOST_SEED
        if self.endpoint.stream:
            wanted["stream_options"] = {"include_usage": True}
        for name in self._left_out:
            wanted.pop(name, None)
        parts: list[bytes | bytearray] = [self._begins]
        if wanted:
            parts += b",", to_json(wanted)[1:-1]
        parts += b',"messages":[', *_conversation(request.messages), b"]"
        if request.tools:
            parts += b',"tools":', tools_to_json(request.tools)
        parts.append(b"}")
        return b"".join(parts), wanted.keys()

    def _does_without(
        self, client: openai.AsyncOpenAI, error: Exception, sent: Collection[str]
    ) -> bool:
        """Say whether a request was refused for a field that it is now to be sent without.

        The first time, all other requests are, too, and a warning tells.
        """
        name = refused_field(error, sent)
        if name is None:
            return False
        if name not in self._left_out:
            self._left_out.add(name)
            what, _ = trouble(error, self._key)
            warnings.warn(
                f"The server of {self.name!r} at {client.base_url} refuses {name!r} ({what}), so "
                f"it is asked without from now on{MEANS[name]}.",
                WritGymWarning,
                stacklevel=1,
            )
        return True

    async def _wait_for_turn(self, size: int) -> None:
        """Wait until the endpoint may be asked again, and the rate limits let a request through.

        Where the endpoint was told to rest meanwhile, the request queues for the limits once more.
        """
        if not (self._requests or self._tokens or self._rest() > 0):
            return
        with on_hold():
            resting = True
            while resting:
                while (rest := self._rest()) > 0:
                    await self._sleep(rest)
                if self._requests:
                    await self._requests.take()
                if self._tokens:
                    await self._tokens.take(size)
                resting = self._rest() > 0

    def _rest(self) -> float:
        """Return for how many seconds the endpoint still rests."""
        return self._resume_at - self._clock()

    async def _ask(self, client: openai.AsyncOpenAI, body: bytes) -> Completion:
        """Send one request, past the client's ``create``, which takes milliseconds to check it.

        Its time runs from when there is a connection for it.
        """
        if not isinstance(client, Connections):
            return await self._send(client, body)
        if client.room.locked():
            with on_hold():
                await client.room.acquire()
        else:
            await client.room.acquire()
        try:
            return await self._send(client, body)
        finally:
            client.room.release()

    async def _send(self, client: openai.AsyncOpenAI, body: bytes) -> Completion:
        path, options = "/chat/completions", self._options
        if not self.endpoint.stream:
            async with asyncio.timeout(self.endpoint.timeout_s):
                answer = await client.post(path, content=body, cast_to=bytes, options=options)
            return parse_completion(answer)
        stream = await client.post(
            path, content=body, cast_to=object, options=options, stream=True,
            stream_cls=openai.AsyncStream[object],
        )  # fmt: skip
        async with stream:
            return parse_completion(await assembled(self._paced(stream)))

    async def _paced(self, stream: openai.AsyncStream[object]) -> AsyncIterator[object]:
        """Yield the pieces of a stream, none later than the timeout after the one before."""
        pieces = aiter(stream)
        while True:
            try:
                async with asyncio.timeout(self.endpoint.timeout_s):
                    piece = await anext(pieces)
            except StopAsyncIteration:
                return
            yield piece

    def _counted(self, completion: Completion, size: int) -> Completion:
        """Return the completion with its cost, and settle what its tokens really were."""
        usage, prices = completion.usage, self.endpoint.prices
        self._settle(usage.prompt_tokens + usage.completion_tokens - size)
        if prices is None:
            return completion
        cost = usage.prompt_tokens * prices[0] + usage.completion_tokens * prices[1]
        priced: Usage = usage.model_copy(update={"cost": cost / 1e6})
        return Completion(completion.message, completion.turn, priced)

    def _look_for_tokens(self, client: openai.AsyncOpenAI, turn: Turn) -> None:
        """Warn, once, if a server does not give what it is asked for of its tokens."""
        asked = self.endpoint.token_data
        if asked is None or self._lacks_tokens:
            return
        if missing := [what for name, what in GIVEN[asked].items() if getattr(turn, name) is None]:
            self._lacks_tokens = True
            warnings.warn(
                f"The server of {self.name!r} at {client.base_url} gives no "
                f"{' and no '.join(missing)}, though it is asked as {asked!r} gives them, so there "
                "will be none to train on: choose the --agent-token-data of its kind "
                f"({', '.join(TOKEN_FIELDS)}), or see what version of it there has to be, and what "
                "it has to be started with.",
                WritGymWarning,
                stacklevel=1,
            )

    def _settle(self, tokens: int) -> None:
        """Take tokens from the limit that were not estimated, or give back what was not needed."""
        if self._tokens:
            self._tokens.settle(tokens)

    def _wait_after(self, error: Exception, attempt: int) -> float | None:
        """Return the seconds to wait before the next attempt; None if there is to be none."""
        asked = retry_after(error) or 0.0
        if asked > LONGEST_ASKED_S or not may_pass(error):
            return None
        self._resume_at = max(self._resume_at, self._clock() + asked)
        if attempt >= self.endpoint.retries:
            return None
        if attempt == 0 and is_dropped(error):
            return 0.0
        most = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2**attempt)
        return asked + float(self._random.uniform(0, most))

    def _failure(self, client: openai.AsyncOpenAI, error: Exception, attempts: int) -> WritGymError:
        """Return the error that says what is wrong with the endpoint, and how to mend it."""
        if is_too_long(error):
            return ContextLengthError(f"The conversation is too long for {self.name!r}.")
        what, mend = trouble(error, self._key)
        times = "" if attempts == 1 else f" after {attempts} attempts"
        return BackendError(
            f"Asking {self.name!r} at {client.base_url} failed{times}: {what}. {mend}"
        )


def _conversation(messages: Sequence[Message]) -> tuple[bytes, bytes | bytearray]:
    """Return the first of some messages as JSON, and the others, a comma before each of them."""
    if not messages:
        return b"", b""
    if isinstance(messages, History):
        return _first(messages[0]), messages.rendered_after_first()
    others = to_json(messages[1:])[1:-1]
    return _first(messages[0]), b"," + others if others else b""


def _first(message: Message) -> bytes:
    """Return the first message of a conversation as JSON.

    Instructions, the longest of them, are the same in many conversations and rendered once.
    """
    match message:
        case {"role": "system", "content": str() as text} if len(message) == 2:
            return b'{"role":"system","content":%b}' % instructions_to_json(text)
    return to_json(message)


def connect(endpoint: Endpoint, key: str) -> openai.AsyncOpenAI:
    """Return a client for an endpoint, fit for as many connections as it may have.

    Raises:
        WritGymError: It is OpenAI's own, and there is no key.
    """
    if missing := nobody_to_ask(endpoint):
        raise WritGymError(f"{missing}: set it, or give the base_url of another endpoint.")
    return Connections(
        most=endpoint.connections, timeout_s=endpoint.timeout_s, api_key=key,
        base_url=endpoint.base_url,
    )  # fmt: skip


def nobody_to_ask(endpoint: Endpoint) -> str | None:
    """Say that OpenAI's own API would be asked without a key; None if it would not."""
    if endpoint.base_url or endpoint.api_key_env or os.environ.get("OPENAI_BASE_URL"):
        return None
    if os.environ.get(API_KEY):
        return None
    return (
        f"{endpoint.model!r} would be asked for at OpenAI's own API, and the environment variable "
        f"{API_KEY} is not set"
    )


def _key(endpoint: Endpoint) -> str:
    if endpoint.api_key_env is None:
        return os.environ.get(API_KEY) or "none"
    key = os.environ.get(endpoint.api_key_env)
    if not key:
        raise WritGymError(
            f"The environment variable {endpoint.api_key_env} is to hold the key for "
            f"{endpoint.model!r}, but it is not set."
        )
    if not (key.isascii() and key.isprintable()):
        raise WritGymError(
            f"What the environment variable {endpoint.api_key_env} holds is no key: it has a line "
            "break, or characters that no header can have."
        )
    return key
