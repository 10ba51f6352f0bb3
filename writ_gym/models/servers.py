"""Where a chat model is, and how it is asked: settings, which need no client to be read."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    HttpUrl,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from writ_gym.database import JSON
from writ_gym.tasks import Config

Server: TypeAlias = Literal["openai", "vllm", "sglang"]

TOKEN_FIELDS: Mapping[Server, Mapping[str, JSON]] = {
    "openai": {"logprobs": True},
    "vllm": {"logprobs": True, "return_token_ids": True},
    "sglang": {"logprobs": True, "return_prompt_token_ids": True, "return_meta_info": True},
}
"""By kind of server, what asks for token ids and log-probabilities."""
WHOLE_ONLY: frozenset[Server] = frozenset({"sglang"})
"""Servers that refuse to stream an answer whose token ids are asked for."""
LEFT_OUT = frozenset({"seed", "stream_options", "response_format"})
"""Fields of requests that are left out where they are set to nothing."""
ELSEWHERE: Mapping[str, str] = {
    "model": "say model",
    "messages": "it is the conversation",
    "tools": "each request has its own",
    "stream": "say stream",
    "stream_options": "it comes with stream",
    "seed": "each request has one of its own, by the seed of the run",
    "base_url": "say base_url",
    "api_key": "name the environment variable that holds it with api_key_env",
}
"""By field of requests that has its own place, where that is in Python."""

_URL = TypeAdapter(HttpUrl)


def address(url: str) -> str:
    """Return the URL of an API as it was given.

    Raises:
        ValueError: It is none, or holds a key, which would stand in records of failures.
    """
    try:
        parts = _URL.validate_python(url)
    except ValidationError:
        raise ValueError(f"{url!r} is no address such as http://127.0.0.1:8000/v1.") from None
    if parts.username or parts.password or parts.query:
        raise ValueError(
            f"An address has no user, password or query, as that for {parts.host!r} does: the key "
            "belongs in an environment variable."
        )
    return url


def refuse_misplaced(
    name: str, value: JSON, elsewhere: Mapping[str, str] = ELSEWHERE, nothing: str = "None"
) -> None:
    """Refuse a field of requests that has its own place; some may be set to nothing.

    Args:
        name: The field.
        value: What it is set to.
        elsewhere: By field that has its own place, where that is.
        nothing: How to write nothing.

    Raises:
        ValueError: It has; says where.
    """
    if name not in elsewhere or (name in LEFT_OUT and value is None):
        return
    more = f" ({name}={nothing} leaves it out)" if name in LEFT_OUT else ""
    raise ValueError(f"{name!r} is not to be set: {elsewhere[name]}{more}.")


def _settable(sampling: Mapping[str, JSON]) -> Mapping[str, JSON]:
    for name, value in sampling.items():
        refuse_misplaced(name, value)
    return sampling


class Endpoint(Config):
    """Where a chat model is, and how it is asked. The key itself is never part of it."""

    model_config = ConfigDict(hide_input_in_errors=True)  # an address may hold a key by mistake

    model: str
    base_url: Annotated[str, AfterValidator(address)] | None = None
    """Such as ``http://127.0.0.1:8000/v1``; None for OpenAI's own."""
    api_key_env: str | None = None
    """Name of the environment variable that holds the key; None: ``OPENAI_API_KEY``, if any."""
    sampling: Annotated[Mapping[str, JSON], AfterValidator(_settable)] = {}
    """Fields of the request's body, passed through: ``temperature``, ``max_tokens`` …; one that is
    None is left out, such as ``seed``, which requests have otherwise. What has its own place, such
    as ``model`` or a ``seed``, is refused."""
    token_data: Server | None = None
    """The kind of server, to get token ids and log-probabilities of every answer; None: no."""
    stream: bool = False
    """Whether answers are streamed, so that a stalled one shows earlier; SGLang streams none with
    token data."""
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

    @model_validator(mode="after")
    def _check_stream(self) -> Self:
        if self.stream and self.token_data in WHOLE_ONLY:
            raise ValueError(
                f"A server of the kind {self.token_data!r} streams no answer with token data: set "
                "stream or token_data, not both."
            )
        return self
