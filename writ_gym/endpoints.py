"""Chat models behind an OpenAI-compatible endpoint: vLLM, SGLang, llama.cpp or a hosted API."""

import asyncio
import os
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal, TypeAlias

import numpy as np
import openai
from pydantic import Field
from pydantic_core import to_json

from writ_gym.chat import ChatRequest, Completion, Usage, parse_completion
from writ_gym.database import JSON
from writ_gym.errors import BackendError, ContextLengthError, WritGymError
from writ_gym.pacing import Pace
from writ_gym.streaming import assembled
from writ_gym.tasks import Config

Server: TypeAlias = Literal["openai", "vllm", "sglang"]

TOKEN_FIELDS: Mapping[Server, Mapping[str, JSON]] = {
    "openai": {"logprobs": True},
    "vllm": {"logprobs": True, "return_token_ids": True},
    "sglang": {"logprobs": True, "return_prompt_token_ids": True, "return_meta_info": True},
}
"""By kind of server, what asks for token ids and log-probabilities."""


class Endpoint(Config):
    """Where a chat model is, and how it is asked. The key itself is never part of it."""

    model: str
    base_url: str | None = None
    """Such as ``http://127.0.0.1:8000/v1``; None for OpenAI's own."""
    api_key_env: str | None = None
    """Name of the environment variable that holds the key; None: ``OPENAI_API_KEY``, if any."""
    sampling: Mapping[str, JSON] = {}
    """Fields of the request's body, passed through: ``temperature``, ``max_tokens`` …"""
    token_data: Server | None = None
    """The kind of server, to get token ids and log-probabilities of every answer; None: no."""
    stream: bool = False
    """Whether answers are streamed, so that a stalled one shows earlier."""
    timeout_s: float = Field(default=300.0, gt=0)
    """Seconds that one attempt may take; of a streamed one, seconds between two pieces."""
    retries: int = Field(default=6, ge=0)
    """How often a failed request is sent again."""
    connections: int = Field(default=1024, ge=1)
    """HTTP connections at most; who comes after that waits."""
    requests_per_minute: float | None = Field(default=None, gt=0)
    tokens_per_minute: float | None = Field(default=None, gt=0)
    prices: tuple[float, float] | None = None
    """US dollars for a million tokens of prompts, and of completions."""


FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 60.0
"""Seconds before the first retry, and the most to which they are doubled."""
LONGEST_ASKED_S = 600.0
"""A server that asks for a longer wait than this is given up."""
RETRIED = frozenset({408, 409, 425, 429})
"""Status codes below 500 that may be otherwise next time."""
CHARACTERS = 4
"""Bytes of a request that count as one token until the server has counted."""
MOST_SEED = 1 << 31
"""Seeds are taken modulo this: servers take 32 bits, some of them signed."""


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
        self._given = client is not None
        self._client = client or connect(endpoint)
        self._sleep = sleep
        self._clock = clock
        self._random = np.random.default_rng()  # of waits alone, which no result depends on
        self._resume_at = 0.0
        limits = endpoint.requests_per_minute, endpoint.tokens_per_minute
        self._requests, self._tokens = (
            Pace(each, clock, sleep) if each else None for each in limits
        )
        self._fixed = {
            "model": endpoint.model,
            **(TOKEN_FIELDS[endpoint.token_data] if endpoint.token_data else {}),
            **endpoint.sampling,
        }
        if endpoint.stream:
            self._fixed |= {"stream": True, "stream_options": {"include_usage": True}}

    async def complete(self, request: ChatRequest) -> Completion:
        """Return the answer to a request; see ``chat.ChatModel``."""
        body = self._body(request)
        size = len(body) // CHARACTERS
        attempt = 0
        while True:
            await self._wait_for_turn(size)
            try:
                return self._counted(await self._ask(body), size)
            except (openai.OpenAIError, ValueError, TimeoutError) as error:
                wait = self._wait_after(error, attempt)
                if wait is None:
                    raise self._failure(error, attempt + 1) from error
            attempt += 1
            await self._sleep(wait)

    async def aclose(self) -> None:
        """Close the connections, unless the client was given."""
        if not self._given:
            await self._client.close()

    def _body(self, request: ChatRequest) -> bytes:
        body: dict[str, Any] = {**self._fixed, "messages": request.messages}
        if request.tools:
            body["tools"] = request.tools
        if request.response_format:
            body["response_format"] = request.response_format
        if request.seed is not None:
            body["seed"] = request.seed % MOST_SEED
        return to_json(body)

    async def _wait_for_turn(self, size: int) -> None:
        """Wait until the endpoint may be asked again, and the rate limits let a request through."""
        while (rest := self._resume_at - self._clock()) > 0:
            await self._sleep(rest)
        if self._requests:
            await self._requests.take()
        if self._tokens:
            await self._tokens.take(size)

    async def _ask(self, body: bytes) -> Completion:
        """Send one request, past the client's ``create``, which takes milliseconds to check it."""
        options: Any = {
            "headers": {"Content-Type": "application/json"},
            "timeout": self.endpoint.timeout_s,
        }
        path = "/chat/completions"
        if not self.endpoint.stream:
            async with asyncio.timeout(self.endpoint.timeout_s):
                text = await self._client.post(path, content=body, cast_to=str, options=options)
            return parse_completion(text)
        stream = await self._client.post(
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
        if self._tokens:
            self._tokens.settle(usage.prompt_tokens + usage.completion_tokens - size)
        if prices is None:
            return completion
        cost = usage.prompt_tokens * prices[0] + usage.completion_tokens * prices[1]
        priced: Usage = usage.model_copy(update={"cost": cost / 1e6})
        return Completion(completion.message, completion.turn, priced)

    def _wait_after(self, error: Exception, attempt: int) -> float | None:
        """Return the seconds to wait before the next attempt; None if there is to be none."""
        if attempt >= self.endpoint.retries or not _may_pass(error):
            return None
        if attempt == 0 and _is_dropped(error):
            return 0.0
        most = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2**attempt)
        wait = float(self._random.uniform(0, most))
        asked = retry_after(error)
        if asked is None:
            return wait
        if asked > LONGEST_ASKED_S:
            return None
        self._resume_at = max(self._resume_at, self._clock() + asked)
        return asked + wait

    def _failure(self, error: Exception, attempts: int) -> WritGymError:
        """Return the error that says what is wrong with the endpoint, and how to mend it."""
        if is_too_long(error):
            return ContextLengthError(f"The conversation is too long for {self.name!r}.")
        what, mend = trouble(error)
        times = "" if attempts == 1 else f" after {attempts} attempts"
        return BackendError(
            f"Asking {self.name!r} at {self._client.base_url} failed{times}: {what}. {mend}"
        )


def connect(endpoint: Endpoint) -> openai.AsyncOpenAI:
    """Return a client for an endpoint, fit for as many connections as it may have.

    Raises:
        WritGymError: The environment variable that is to hold the key is not set.
    """
    limits = openai.DEFAULT_CONNECTION_LIMITS
    http = openai.DefaultAioHttpClient(
        limits=type(limits)(
            max_connections=endpoint.connections, max_keepalive_connections=endpoint.connections
        ),
        timeout=endpoint.timeout_s,
    )
    return openai.AsyncOpenAI(
        api_key=_key(endpoint), base_url=endpoint.base_url, http_client=http, max_retries=0
    )


def _key(endpoint: Endpoint) -> str:
    if endpoint.api_key_env is None:
        return os.environ.get("OPENAI_API_KEY") or "none"
    key = os.environ.get(endpoint.api_key_env)
    if not key:
        raise WritGymError(
            f"The environment variable {endpoint.api_key_env} is to hold the key for "
            f"{endpoint.model!r}, but it is not set."
        )
    return key


def _may_pass(error: Exception) -> bool:
    """Say whether the same request may be answered next time."""
    if isinstance(error, openai.APIStatusError):
        return error.status_code >= 500 or error.status_code in RETRIED
    return not isinstance(error, openai.OpenAIError) or isinstance(
        error, (openai.APIConnectionError, openai.APIError)
    )


def retry_after(error: Exception) -> float | None:
    """Return the seconds that a server asks to wait before the next request, None if it does not.

    Source: RFC 9110, section 10.2.3; ``retry-after-ms`` as hosted APIs send it.
    """
    if not isinstance(error, openai.APIStatusError):
        return None
    headers = error.response.headers
    asked, milliseconds = headers.get("retry-after"), headers.get("retry-after-ms")
    try:
        if milliseconds is not None:
            return max(0.0, float(milliseconds) / 1e3)
        return None if asked is None else max(0.0, float(asked))
    except ValueError:
        pass
    try:
        until = parsedate_to_datetime(asked or "")
    except (ValueError, OverflowError):
        return None
    if until.tzinfo is None:  # "-0000", or no zone at all
        until = until.replace(tzinfo=UTC)
    return max(0.0, (until - datetime.now(UTC)).total_seconds())


_TOO_LONG = re.compile(
    r"context_length_exceeded|exceed_context_size|maximum context length|context (?:length|size"
    r"|window)|(?:prompt|input) is too long",
    re.I,
)


def is_too_long(error: Exception) -> bool:
    """Say whether a server refuses a conversation because it is longer than the model can take."""
    refused = isinstance(error, openai.APIStatusError) and error.status_code in (400, 413, 422)
    return refused and bool(_TOO_LONG.search(f"{error} {getattr(error, 'code', '')}"))


def trouble(error: Exception) -> tuple[str, str]:
    """Return what an error of an endpoint means, and how to mend it."""
    match error:
        case openai.APITimeoutError() if _is_refused(error):
            return "no connection", "Check the base URL, and that the server runs."
        case openai.APITimeoutError() | TimeoutError():
            return "no answer in time", "Try again later, or use a faster model."
        case openai.APIConnectionError():
            return "no connection", "Check the base URL, and that the server runs."
        case openai.AuthenticationError() | openai.PermissionDeniedError():
            return f"the key is refused (HTTP {error.status_code})", "Check the API key."
        case openai.NotFoundError():
            return "not found (HTTP 404)", "Check the name of the model and the base URL."
        case openai.RateLimitError():
            return "too many requests (HTTP 429)", "Wait, or raise the account's limit."
        case openai.APIStatusError() if error.status_code < 500:
            return f"HTTP {error.status_code}: {_first_line(error)}", "Check what is asked for."
        case openai.APIStatusError():
            return (
                f"HTTP {error.status_code}",
                "Try again later, or ask whoever runs the server.",
            )
        case _:
            return (
                f"the answer is not a chat completion ({_first_line(error)})",
                "Check that the base URL is that of an OpenAI-compatible API; most end in /v1.",
            )


def _is_refused(error: BaseException) -> bool:
    """Say whether a timeout is none: connections that aiohttp cannot make come as timeouts."""
    origin = _origin(error)
    return isinstance(origin, OSError) and not isinstance(origin, TimeoutError)


def _is_dropped(error: BaseException) -> bool:
    """Say whether a connection broke that there was: servers close some that they promise to keep.

    llama.cpp does so after every streamed answer, and the next request finds out.
    """
    lost = isinstance(error, openai.APIConnectionError)
    return lost and not isinstance(_origin(error), (TimeoutError, ConnectionRefusedError))


def _origin(error: BaseException) -> BaseException:
    """Return the error that an error began with."""
    while before := error.__cause__ or error.__context__:
        error = before
    return error


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
