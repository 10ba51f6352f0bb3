"""What errors of an endpoint mean: whether the same request may be answered next time, and when."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import openai

RETRIED = frozenset({408, 409, 425, 429})
"""Status codes below 500 that may be otherwise next time."""
SHORTEST_KEY = 8
"""What has fewer characters is no secret, but a word such as "none", which may be in any text."""


def may_pass(error: Exception) -> bool:
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
    r"|window)|(?:prompt|input) is too long|maximum (?:model|prompt|sequence|input)"
    r" length|reduce the length of|exceeds the maximum number of tokens"
    r"|max_tokens must be at least 1, got -",
    re.I,
)


def is_too_long(error: Exception) -> bool:
    """Say whether a server refuses a conversation because it is longer than the model can take."""
    refused = isinstance(error, openai.APIStatusError) and error.status_code in (400, 413, 422)
    return refused and bool(_TOO_LONG.search(f"{error} {getattr(error, 'code', '')}"))


_NAMES = {
    "response_format": re.compile(r"response.?format|json.?schema|structured|schema|grammar", re.I),
    "stream_options": re.compile(r"stream_options|include_usage", re.I),
    "seed": re.compile(r"\bseed\b", re.I),
}
"""By field that a request can do without, how servers name it that do not take it."""
_TELLING = ("error", "errors", "message", "msg", "param", "detail", "details", "loc")
"""What says in a refusal what is wrong; some servers repeat the whole request beside it."""


def refused_field(error: Exception, sent: Iterable[str]) -> str | None:
    """Return the field that a server refuses a request for, None if it is not for such a one.

    Args:
        error: The error.
        sent: Fields of the request that it can do without.
    """
    refused = isinstance(error, openai.APIStatusError) and error.status_code in (400, 422, 501)
    if not refused or is_too_long(error):
        return None
    body = getattr(error, "body", None)
    said = "\n".join(_said(body)) or str(error)
    return next((name for name in sent if _NAMES[name].search(said)), None)


def _said(found: object) -> Iterator[str]:
    """Yield what the body of a refusal says of what is wrong."""
    match found:
        case str():
            yield found
        case Mapping():
            for name in _TELLING:
                yield from _said(found.get(name))
        case list():
            for each in found:
                yield from _said(each)


def trouble(error: Exception, key: str) -> tuple[str, str]:
    """Return what an error of an endpoint means, and how to mend it.

    Args:
        error: The error.
        key: What is left out of it: servers may repeat the key that they refuse.
    """
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
            return (
                f"HTTP {error.status_code}: {_first_line(error, key)}",
                "Check what is asked for.",
            )
        case openai.APIStatusError():
            return (
                f"HTTP {error.status_code}",
                "Try again later, or ask whoever runs the server.",
            )
        case _:
            return (
                f"the answer is not a chat completion ({_first_line(error, key)})",
                "Check that the base URL is that of an OpenAI-compatible API; most end in /v1.",
            )


def _is_refused(error: BaseException) -> bool:
    """Say whether a timeout is none: connections that aiohttp cannot make come as timeouts."""
    origin = _origin(error)
    return isinstance(origin, OSError) and not isinstance(origin, TimeoutError)


def is_dropped(error: BaseException) -> bool:
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


def _first_line(error: Exception, key: str) -> str:
    text = str(error).replace(key, "***") if len(key) >= SHORTEST_KEY else str(error)
    return (text.splitlines() or [type(error).__name__])[0][:200]
