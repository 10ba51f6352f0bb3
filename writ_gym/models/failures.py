"""What errors of an endpoint mean: whether the same request may be answered next time, and when."""

import re
import ssl
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import openai

RETRIED = frozenset({408, 409, 425, 429})
"""Status codes below 500 that may be otherwise next time."""
REFUSED = "Check what is asked for."
OUT_OF_ORDER = "Try again later, or ask whoever runs the server."
"""How to mend what a server says is wrong: a request, or itself."""
WITHOUT_TLS = "If the server speaks no TLS, it begins with http:// and not https://."
"""What may be wrong with a base URL where no TLS connection can be made."""
SHORTEST_KEY = 8
"""What has fewer characters is no secret, but a word such as "none", which may be in any text."""
_STATUS = ("code", "status", "status_code", "http_status_code")
"""Where the body of an error may name its status."""


def may_pass(error: Exception) -> bool:
    """Say whether the same request may be answered next time."""
    if is_too_long(error) or _is_no_tls(error):
        return False
    status = _status(error)
    if status is not None:
        return status >= 500 or status in RETRIED
    return isinstance(error, openai.APIError) or not isinstance(error, openai.OpenAIError)


def _status(error: Exception) -> int | None:
    """Return the HTTP status of an error; None if it has none.

    One that comes in the body of an answer, or as an event of a stream, may name it there.
    """
    if isinstance(error, openai.APIStatusError):
        return error.status_code
    body = getattr(error, "body", None)
    named = [str(body.get(name)) for name in _STATUS] if isinstance(body, Mapping) else []
    return next((int(code) for code in named if re.fullmatch(r"[45]\d\d", code)), None)


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
    r"""
    # OpenAI, vLLM, llama.cpp, Ollama, LiteLLM: codes, types and most texts
    context[ _]?(?:length|size|window|limit)
    # SGLang, and what stands before it
    | max(?:imum)?[ ]allowed[ ](?:input[ ])?length[ ](?:of[ ]|\()?[\d,]+[ ]tokens
    # vLLM, TensorRT-LLM, MLC, xAI
    | max(?:imum)?[ ](?:model|prompt|sequence|input)[ ]length | max_model_len
    | max_tokens[ ]must[ ]be[ ]at[ ]least[ ]1,[ ]got[ ]-
    | sum[ ]of[ ]prompt[ ](?:length|tokens) | input[ ]length[ ]limit
    # TGI
    | `inputs`[ ]must[ ]have[ ]less[ ]than[ ][\d,]+[ ]tokens
    | tokens`?[ ](?:\+|and)[ ]`?max_new_tokens`?[ ]must[ ]be[ ]<=
    # hosted APIs: Anthropic, Bedrock, OpenAI, Groq, Gemini, Cohere, Copilot, Kimi, Qwen, Zhipu
    | (?:prompt|input|conversation)(?:[ ](?:tokens|length))?[ ](?:is[ ])?too[ ]long
    | (?:prompt|input)[_ ]too[_ ]long | tokens?[ ]exceeds?[ ]the[ ]configured[ ]limit
    | reduce[ ]the[ ]length[ ]of | exceeds[ ]the[ ]maximum[ ]number[ ]of[ ]tokens
    | tokens[ ]in[ ]the[ ]prompt[ ]cannot[ ]exceed | token[ ]count[ ]of[ ][\d,]+[ ]exceeds
    | exceeded[ ]model[ ]token[ ]limit | range[ ]of[ ]input[ ]length[ ]should
    | (?:prompt|input)[ ]exceeds[ ](?:the[ ])?max(?:imum)?[ ]length
    """,
    re.I | re.X,
)
"""How servers say that a conversation is too long."""


def is_too_long(error: Exception) -> bool:
    """Say whether a server refuses a conversation because it is longer than the model can take.

    It may do so with a status, in the body of an answer, or as an event of a stream.
    """
    if _status(error) not in (None, 400, 413, 422):
        return False
    return bool(_TOO_LONG.search(_words(error)))


def _words(error: Exception) -> str:
    """Return what a server says is wrong, line by line; nothing if it says nothing."""
    return "\n".join(_said(getattr(error, "body", None)))


_NAMES = {
    "response_format": re.compile(r"response.?format|json.?schema|structured|schema|grammar", re.I),
    "stream_options": re.compile(r"stream_options|include_usage", re.I),
    "seed": re.compile(r"\bseed\b", re.I),
}
"""By field that a request can do without, how servers name it that do not take it."""
_TELLING = (
    "error", "errors", "message", "msg", "param", "detail", "details", "loc", "type", "code",
    "metadata", "raw",
)  # fmt: skip
"""What says in a refusal what is wrong; some servers repeat the whole request beside it."""


def refused_field(error: Exception, sent: Iterable[str]) -> str | None:
    """Return the field that a server refuses a request for, None if it is not for such a one.

    Args:
        error: The error.
        sent: Fields of the request that it can do without.
    """
    if _status(error) not in (400, 422, 501) or is_too_long(error):
        return None
    said = _words(error) or str(error)
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
        case openai.APIConnectionError() if not _is_late(error):
            return _no_connection(error)
        case openai.APITimeoutError() | TimeoutError():
            return "no answer in time", "Try again later, or use a faster model."
        case openai.AuthenticationError() | openai.PermissionDeniedError():
            return f"the key is refused (HTTP {error.status_code})", "Check the API key."
        case openai.NotFoundError():
            return "not found (HTTP 404)", "Check the name of the model and the base URL."
        case openai.RateLimitError():
            return "too many requests (HTTP 429)", "Wait, or raise the account's limit."
        case openai.APIStatusError() if error.status_code < 500:
            return f"HTTP {error.status_code}: {_first_line(str(error), key)}", REFUSED
        case openai.APIStatusError():
            return f"HTTP {error.status_code}", OUT_OF_ORDER
        case _ if said := _words(error):
            mend = OUT_OF_ORDER if may_pass(error) else REFUSED
            return f"the server answers with an error ({_first_line(said, key)})", mend
        case _:
            return (
                f"the answer is not a chat completion ({_first_line(str(error), key)})",
                "Check that the base URL is that of an OpenAI-compatible API; most end in /v1.",
            )


def _is_late(error: BaseException) -> bool:
    """Say whether an answer did not come in time; connections that cannot be made are told so."""
    is_unmade = type(error.__cause__).__name__ == "ConnectTimeout"  # of httpx and its successor
    return isinstance(error, openai.APITimeoutError) and not is_unmade


def _no_connection(error: openai.APIConnectionError) -> tuple[str, str]:
    """Return why there is no connection, and how to mend it; see ``trouble``."""
    match origin := _origin(error):
        case ssl.SSLCertVerificationError():
            return (
                f"its certificate is not to be trusted ({origin.verify_message})",
                "Check the base URL; SSL_CERT_FILE names a file of certificates of your own.",
            )
        case ssl.SSLError():
            return f"no TLS connection ({origin})", f"Check the base URL. {WITHOUT_TLS}"
    mend = "Check the base URL, and that the server runs."
    is_tls = error.request.url.scheme == "https"
    return "no connection", f"{mend} {WITHOUT_TLS}" if is_tls else mend


def _is_no_tls(error: BaseException) -> bool:
    """Say whether a server speaks no TLS, or none that can be trusted; not that it broke off."""
    broken = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)
    origin = _origin(error)
    return isinstance(origin, ssl.SSLError) and not isinstance(origin, broken)


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


def _first_line(text: str, key: str) -> str:
    """Return the first line of what went wrong, without the key."""
    text = text.replace(key, "***") if len(key) >= SHORTEST_KEY else text
    return (text.strip().splitlines() or ["without a word"])[0][:200]
