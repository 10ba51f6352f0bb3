"""Endpoints that work, fail, and lie, on loopback."""

import asyncio
import json
import ssl
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import openai
import pytest

from writ_gym.deadlines import deadline
from writ_gym.errors import (
    BackendError,
    ContextLengthError,
    WritGymError,
    WritGymWarning,
)
from writ_gym.models import connections, endpoints
from writ_gym.models.chat import ChatRequest, History
from writ_gym.models.endpoints import EndpointModel, nobody_to_ask
from writ_gym.models.failures import may_pass, trouble
from writ_gym.models.servers import Endpoint, address

TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
HELLO = ChatRequest([{"role": "user", "content": "Hello"}], [TOOL], seed=3)
CALLS = [
    {"id": "a", "type": "function", "function": {"name": "f", "arguments": '{"x": "é 1"}'}},
    {"id": "b", "type": "function", "function": {"name": "f", "arguments": "{}"}},
]


class Naps:
    """Sleeps that only move a clock on; keeps how long they were."""

    def __init__(self):
        self.taken, self.now = [], 0.0

    async def __call__(self, seconds):
        self.taken.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)

    def clock(self):
        return self.now


async def answers_of(model, *requests):
    """Return what a model answers, and close it whatever comes of that."""
    try:
        return [await model.complete(request) for request in requests]
    finally:
        await model.aclose()


def asked(fake, answer, *requests, naps=None, times=1, **settings):
    """Ask a fake endpoint; return the completions and the endpoint."""

    async def run():
        async with fake.FakeEndpoint(answer, **settings.pop("server", {})) as server:
            endpoint = Endpoint(model="m", base_url=server.url, **settings)
            rest = naps or Naps()
            model = EndpointModel(endpoint, sleep=rest, clock=rest.clock)
            return await answers_of(model, *(requests or [HELLO]) * times), server

    return asyncio.run(run())


def sequence(*answers):
    """Return what answers each request with the next of these, and then with the last."""
    left = list(answers)
    return lambda body: left.pop(0) if len(left) > 1 else left[0]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    "message",
    [
        {"content": "Good day! How may I help you?"},
        {"content": None, "tool_calls": CALLS},
        {"content": "One moment.", "tool_calls": CALLS[:1]},
        {"content": "Yes.", "reasoning_content": "Let me think about that for a while."},
    ],
)
def test_an_answer_is_the_same_at_once_and_streamed(fake, message, stream):
    (found,), _ = asked(fake, lambda body: message, stream=stream)
    assert found.message == {"role": "assistant", **message}
    assert (found.usage.prompt_tokens, found.usage.completion_tokens) == (100, 10)
    assert found.turn.finish_reason == ("tool_calls" if "tool_calls" in message else "stop")


@pytest.mark.parametrize("stream", [False, True])
def test_a_refusal_is_what_a_model_says_wherever_the_server_puts_it(fake, stream):
    message = {"content": None, "refusal": "I'm sorry, but I can't help with that."}
    (found,), _ = asked(fake, lambda body: message, stream=stream)
    assert found.message == {"role": "assistant", "content": message["refusal"]}


def test_the_request_is_what_was_asked_for(fake):
    sampling = {"temperature": 0.5, "max_tokens": 64, "chat_template_kwargs": {"thinking": False}}
    _, server = asked(fake, lambda body: {"content": "Hi"}, sampling=sampling)
    (body,) = server.seen
    assert body == {"model": "m", "messages": HELLO.messages, "tools": [TOOL], "seed": 3,
                    **sampling}  # fmt: skip


@pytest.mark.parametrize(
    ("server", "fields"),
    [
        ("openai", {"logprobs"}),
        ("vllm", {"logprobs", "return_token_ids"}),
        ("sglang", {"logprobs", "return_prompt_token_ids", "return_meta_info"}),
    ],
)
def test_token_data_is_asked_for_as_the_server_knows_it_and_told_once_if_it_is_missing(
    fake, server, fields
):
    with pytest.warns(WritGymWarning, match="there will be none to train on") as told:
        _, endpoint = asked(fake, lambda body: {"content": "Hi"}, times=3, token_data=server)
    assert {name for name, value in endpoint.seen[0].items() if value is True} == fields
    assert len(told) == 1


PROMPT = {"prompt_token_ids": [1, 2]}
SAMPLED = {
    "vllm": {"token_ids": [5], "logprobs": {"content": [{"token": "x", "logprob": -0.5}]}},
    "sglang": {"meta_info": {"output_token_logprobs": [[-0.5, 5, "x"]]}},
}


def with_tokens(fake, *parts):
    """Return a completion with token data in its choice."""
    body = fake.body_of({"content": "Hi"})
    for part in parts:
        body["choices"][0] |= part
    return body


@pytest.mark.parametrize(
    ("server", "flag"), [("vllm", "return_token_ids"), ("sglang", "return_prompt_token_ids")]
)
def test_a_server_that_gives_token_ids_of_answers_but_not_of_prompts_is_told_of_with_its_flag(
    fake, server, flag
):
    body = with_tokens(fake, SAMPLED[server])
    with pytest.warns(WritGymWarning, match=rf"no token ids of the prompt \({flag}") as told:
        asked(fake, lambda asked: body, times=2, token_data=server)
    assert len(told) == 1
    assert "samples" not in str(told[0].message)


@pytest.mark.parametrize("server", ["vllm", "sglang"])
def test_a_server_that_gives_all_that_training_needs_is_not_told_of(fake, server):
    body = with_tokens(fake, SAMPLED[server], PROMPT)
    (found,), _ = asked(fake, lambda asked: body, token_data=server)
    assert (found.turn.prompt_ids, found.turn.completion_ids) == ((1, 2), (5,))
    assert found.turn.logprobs == (-0.5,)


def test_sglang_is_not_asked_to_stream_token_data_which_it_refuses():
    with pytest.raises(ValueError, match="'sglang' streams no answer with token data: set stream"):
        Endpoint(model="m", token_data="sglang", stream=True)


def test_seeds_fit_into_what_servers_take(fake):
    huge = ChatRequest(HELLO.messages, seed=(1 << 62) + 5)
    _, server = asked(fake, lambda body: {"content": "Hi"}, huge)
    assert 0 <= server.seen[0]["seed"] < 1 << 31


def test_the_key_comes_from_the_named_variable(fake, monkeypatch):
    monkeypatch.setenv("MY_KEY", "sk-secret")
    _, server = asked(fake, lambda body: {"content": "Hi"}, api_key_env="MY_KEY")
    assert "authorization: bearer sk-secret" in server.headers[0].lower()


def test_openais_own_api_is_not_asked_without_a_key(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    model = EndpointModel(Endpoint(model="m"))
    with pytest.raises(WritGymError, match=r"OPENAI_API_KEY is not set: .*base_url"):
        asyncio.run(model.complete(HELLO))
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    assert nobody_to_ask(model.endpoint) is None


def test_a_key_that_is_missing_is_named(monkeypatch):
    monkeypatch.delenv("MY_KEY", raising=False)
    with pytest.raises(WritGymError, match="variable MY_KEY is to hold the key for 'm'"):
        EndpointModel(Endpoint(model="m", api_key_env="MY_KEY"))


@pytest.mark.parametrize(
    "failure",
    [
        (500, {"error": {"message": "no"}}),
        (503, "busy"),
        (429, {"error": {"message": "no"}}),
        (408, ""),
        (200, ""),
        (200, '{"choices": [{"mess'),
        (200, '{"error": {"message": "no worker"}}'),
        (200, '{"choices": []}'),
        (200, "<html>a proxy</html>"),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_what_may_pass_is_tried_again(fake, failure, stream):
    naps = Naps()
    answer = sequence(failure, failure, {"content": "Hi"})
    (found,), server = asked(fake, answer, naps=naps, stream=stream)
    assert found.message["content"] == "Hi"
    assert len(server.seen) == 3
    assert len(naps.taken) == 2
    assert 0 <= naps.taken[0] <= 0.5
    assert 0 <= naps.taken[1] <= 1.0


@pytest.mark.parametrize("kind", ["aborted", "cut"])
@pytest.mark.parametrize("stream", [False, True])
def test_a_connection_that_breaks_is_tried_again(fake, kind, stream):
    server = {"faults": 0.6, "kinds": [kind]}
    found, endpoint = asked(
        fake, lambda body: {"content": "a longer text than one piece"}, times=4, server=server,
        stream=stream, retries=20,
    )  # fmt: skip
    assert len(found) == 4
    assert endpoint.made[kind]


@pytest.mark.parametrize(
    ("failure", "complaint"),
    [
        ((401, {"error": {"message": "who?"}}), r"the key is refused \(HTTP 401\). Check the API"),
        ((403, "no"), r"the key is refused \(HTTP 403\)"),
        ((404, "no"), r"not found \(HTTP 404\). Check the name of the model"),
        ((400, {"error": {"message": "bad tool schema"}}), "HTTP 400: .*bad tool schema"),
        ((422, "no"), "HTTP 422"),
    ],
)
def test_what_cannot_pass_is_not_tried_again(fake, failure, complaint):
    naps = Naps()
    with pytest.raises(BackendError, match=complaint) as caught:
        asked(fake, lambda body: failure, naps=naps)
    assert naps.taken == []
    assert "Asking 'm' at http://127.0.0.1:" in str(caught.value)


@pytest.mark.parametrize("status", [200, 400, 422])
@pytest.mark.parametrize("padding", [0, 150, 165])
def test_a_server_that_repeats_the_key_does_not_bring_it_into_the_error(
    fake, monkeypatch, status, padding
):
    monkeypatch.setenv("MY_KEY", "sk-very-secret")
    said = f"{'x' * padding} incorrect key sk-very-secret"
    body = {"error": {"message": said}} if status != 200 else {"choices": [{"message": said}]}
    with pytest.raises(BackendError) as caught:
        asked(fake, lambda asked: (status, json.dumps(body)), api_key_env="MY_KEY", retries=0)
    assert "sk-ver" not in str(caught.value)


@pytest.mark.parametrize("url", ["http://me:sk-1@x/v1", "http://sk-1@x/v1", "http://x/v1?key=sk-1"])
def test_a_key_has_no_place_in_an_address(url):
    with pytest.raises(ValueError, match="An address has no user, password or query") as caught:
        address(url)
    assert "sk-1" not in str(caught.value)
    with pytest.raises(ValueError, match="An address has no user") as caught:
        Endpoint(model="m", base_url=url)
    assert "sk-1" not in str(caught.value)


def test_after_all_retries_the_error_says_how_often(fake):
    naps = Naps()
    with pytest.raises(BackendError, match=r"failed after 3 attempts: HTTP 500. Try again later"):
        asked(fake, lambda body: (500, "no"), naps=naps, retries=2)
    assert len(naps.taken) == 2


TOO_LONG = {
    "openai": {"message": "too long", "code": "context_length_exceeded"},
    "openai-window": "Your input exceeds the context window of this model. Please adjust it.",
    "openai-limit": "Input tokens exceed the configured limit of 272000 tokens.",
    "vllm": "This model's maximum context length is 4096 tokens. However, you requested 5000.",
    "vllm-prompt": "The decoder prompt (length 9) is longer than the maximum model length of 8.",
    "vllm-nothing-left": "max_tokens must be at least 1, got -5.",
    "sglang": "The input (9 tokens) is longer than the model's context length (8 tokens).",
    "sglang-total": "Requested token count exceeds the model's maximum context length of 8 tokens.",
    "sglang-pool": "Input length (57719 tokens) exceeds the maximum allowed length (55539 tokens). "
    "Use a shorter input or enable --allow-auto-truncate.",
    "tgi": "Input validation error: `inputs` must have less than 4096 tokens. Given: 5000",
    "tgi-total": "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. "
    "Given: 4000 `inputs` tokens and 100 `max_new_tokens`",
    "llama.cpp": {
        "message": "request (9 tokens) exceeds the available context size (8 tokens)",
        "type": "exceed_context_size_error", "n_prompt_tokens": 9, "n_ctx": 8,
    },
    "llama-cpp-python": "Requested tokens (5000) exceed context window of 4096",
    "ollama": "prompt too long; exceeded max context length by 4 tokens",
    "ollama-input": "the input length exceeds the context length",
    "lm-studio": "The number of tokens to keep from the initial prompt is greater than the context "
    "length",
    "litellm": "litellm.ContextWindowExceededError: BadRequestError: OpenAIException - too long",
    "tensorrt": "Prompt length (5000) exceeds maximum input length (4096).",
    "mlc": "Request prompt has 5000 tokens, larger than the model input length limit 4096.",
    "anthropic": "prompt is too long: 250000 tokens > 200000 maximum",
    "bedrock": "Input is too long for requested model.",
    "gemini": "The input token count (9) exceeds the maximum number of tokens allowed (8).",
    "groq": "Please reduce the length of the messages or completion.",
    "mistral": "Prompt contains 9 tokens, too large for model with 8 maximum context length",
    "cohere": "too many tokens: total number of tokens in the prompt cannot exceed 8192",
    "together": "The sum of prompt tokens and max_new_tokens must be <= 4096",
    "openrouter": {
        "message": "Provider returned error", "code": 400,
        "metadata": {"raw": "This endpoint's maximum context length is 8 tokens."},
    },
    "xai": "This model's maximum prompt length is 131072 but the request contains 537812 tokens",
    "copilot": "prompt token count of 200000 exceeds the limit of 128000",
    "kimi": "Invalid request: Your request exceeded model token limit: 8 (requested: 9)",
    "qwen": "InternalError.Algo.InvalidParameter: Range of input length should be [1, 30720]",
    "zhipu": "Prompt exceeds max length",
    "minimax": "invalid params, context window exceeds limit",
}  # fmt: skip
"""What servers say of a conversation that is too long, by who says it."""


def event(said):
    """Return a stream that is nothing but an error."""
    text = f"data: {json.dumps({'error': said})}\n\ndata: [DONE]\n\n"
    return 200, text, {"content-type": "text/event-stream"}


@pytest.mark.parametrize("said", TOO_LONG.values(), ids=TOO_LONG)
def test_a_conversation_that_is_too_long_is_told_apart_however_that_is_said(fake, said):
    error = {"message": said} if isinstance(said, str) else said
    whole = [
        (400, {"error": error}), (413, {"error": error}), (422, {"object": "error", **error}),
        (400, [{"error": error}]), (200, {"error": error}),
    ]  # fmt: skip
    streamed = [event(error), event({"code": 400, **error})]
    if isinstance(said, str):
        whole.append((422, {"error": said, "error_type": "validation"}))
        streamed.append(event(said))
    left = [*whole, *streamed]

    async def run():
        async with fake.FakeEndpoint(lambda body: left.pop(0)) as server:
            for stream, answers in ((False, whole), (True, streamed)):
                model = EndpointModel(Endpoint(model="m", base_url=server.url, stream=stream))
                for _ in answers:
                    with pytest.raises(ContextLengthError, match="too long for 'm'"):
                        await model.complete(HELLO)
                await model.aclose()

    asyncio.run(run())
    assert left == []


NOT_TOO_LONG = (
    "`max_new_tokens` must be <= 512. Given: 1000",
    "max_tokens is too large: 100000. This model supports at most 16384 completion tokens.",
    "Invalid 'user': string too long. Expected a string with maximum length 64.",
    "'metadata.name' exceeds the maximum allowed length of 64 characters",
    "Range of max_tokens should be [1, 8192]",
    "Request too large for model on tokens per minute (TPM): Limit 6000, Requested 7000.",
)


@pytest.mark.parametrize("said", NOT_TOO_LONG)
@pytest.mark.parametrize("status", [400, 413])
def test_what_is_too_much_but_no_conversation_is_not_taken_for_one(fake, said, status):
    with pytest.raises(BackendError, match=f"HTTP {status}"):
        asked(fake, lambda body: (status, {"error": {"message": said}}))
    with pytest.raises(BackendError, match="Check what is asked for"):
        asked(fake, lambda body: event({"message": said, "code": status}), stream=True)


def test_a_conversation_in_a_refusal_of_something_else_is_not_read(fake):
    body = {"detail": [{"msg": "bad tool", "loc": ["tools"], "input": "the context window"}]}
    with pytest.raises(BackendError, match="HTTP 422"):
        asked(fake, lambda asked: (422, body))


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("error", "attempts", "mend"),
    [
        ({"message": "no worker", "code": 503}, 2, "Try again later"),
        ({"message": "no worker"}, 2, "Try again later"),
        ({"message": "no worker", "code": "429"}, 2, "Try again later"),
        ({"message": "no worker", "code": 400}, 1, "Check what is asked for"),
        ({"message": "no worker", "http_status_code": 422}, 1, "Check what is asked for"),
        ("no worker", 2, "Try again later"),
    ],
)
def test_an_error_in_the_place_of_an_answer_counts_as_what_it_says(
    fake, stream, error, attempts, mend
):
    answer = event(error) if stream else (200, {"error": error})
    times = "" if attempts == 1 else " after 2 attempts"
    said = rf"failed{times}: the server answers with an error \(no worker\)\. {mend}"
    naps = Naps()
    with pytest.raises(BackendError, match=said):
        asked(fake, lambda body: answer, naps=naps, stream=stream, retries=1)
    assert len(naps.taken) == attempts - 1


def test_no_answer_in_time_is_tried_again_and_then_told(fake):
    server = {"faults": 1.0, "kinds": ["slow"]}
    with pytest.raises(BackendError, match="failed after 2 attempts: no answer in time"):
        asked(fake, lambda body: {"content": "Hi"}, server=server, timeout_s=0.05, retries=1)


@pytest.mark.parametrize("stream", [False, True])
def test_a_connection_that_a_server_closes_after_its_answer_costs_no_wait(fake, stream):
    naps = Naps()
    found, _ = asked(fake, lambda body: {"content": "Hi"}, naps=naps, times=8, stream=stream,
                     server={"closing": True}, retries=1)  # fmt: skip
    assert len(found) == 8
    assert set(naps.taken) <= {0.0}


def test_only_the_first_retry_after_a_lost_connection_comes_at_once(fake):
    naps = Naps()
    with pytest.raises(BackendError, match="after 4 attempts"):
        asked(fake, lambda body: {}, naps=naps, retries=3,
              server={"faults": 1, "kinds": ("aborted",)})  # fmt: skip
    assert naps.taken[0] == 0.0
    assert all(naps.taken[1:])


def test_no_server_is_told_as_no_connection():
    endpoint = Endpoint(model="m", base_url="http://127.0.0.1:9/v1", retries=0)

    with pytest.raises(BackendError, match=r"no connection\. Check the base URL"):
        asyncio.run(answers_of(EndpointModel(endpoint), HELLO))


class Plain(asyncio.Protocol):
    """A server without TLS, and what it does with a greeting that it does not understand."""

    def __init__(self, does):
        self.does = does

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        if self.does == "refuses":
            self.transport.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        if self.does != "waits":
            self.transport.close()


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("does", "told"),
    [
        ("refuses", r"failed: no TLS connection \(.*\)"),  # at once, and only once
        ("closes", r"failed after 2 attempts: no connection"),
        ("waits", r"failed after 2 attempts: no connection"),
    ],
)
def test_a_server_without_tls_is_told_from_one_that_is_late(monkeypatch, stream, does, told):
    for module in (connections, endpoints):
        monkeypatch.setattr(module, "CONNECT_S", 0.1)

    async def run():
        loop = asyncio.get_running_loop()
        async with await loop.create_server(lambda: Plain(does), "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            settings = {"base_url": f"https://127.0.0.1:{port}/v1", "retries": 1, "stream": stream}
            model = EndpointModel(Endpoint(model="m", **settings), sleep=Naps())
            await answers_of(model, HELLO)

    with pytest.raises(BackendError, match=rf"{told}\. Check the base URL.* begins with http://"):
        asyncio.run(run())


def test_a_certificate_that_is_not_trusted_is_told_and_not_tried_again():
    error = openai.APIConnectionError(request=None)
    error.__cause__ = ssl.SSLCertVerificationError(1, "no")
    error.__cause__.verify_message = "self-signed certificate"
    assert not may_pass(error)
    assert trouble(error, "")[0] == (
        "its certificate is not to be trusted (self-signed certificate)"
    )


@pytest.mark.parametrize(
    ("headers", "least"),
    [({"retry-after": "7"}, 7.0), ({"retry-after-ms": "1500"}, 1.5), ({}, 0.0),
     ({"retry-after": "soon"}, 0.0), ({"retry-after": "-3"}, 0.0)],
)  # fmt: skip
def test_a_wait_that_the_server_asks_for_is_kept(fake, headers, least):
    naps = Naps()
    asked(fake, sequence((429, "no", headers), {"content": "Hi"}), naps=naps)
    assert least <= naps.taken[0] <= least + 0.5


def test_a_date_to_wait_for_is_understood(fake):
    naps = Naps()
    until = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    asked(fake, sequence((503, "no", {"retry-after": until}), {"content": "Hi"}), naps=naps)
    assert 80 <= naps.taken[0] <= 91


@pytest.mark.parametrize("zone", ["-0000", ""])
def test_a_date_to_wait_for_without_a_zone_is_one_of_utc(fake, zone):
    naps = Naps()
    until = (datetime.now(UTC) + timedelta(seconds=90)).strftime("%a, %d %b %Y %H:%M:%S ") + zone
    asked(fake, sequence((503, "no", {"retry-after": until}), {"content": "Hi"}), naps=naps)
    assert 80 <= naps.taken[0] <= 91


def test_a_date_to_wait_for_that_no_clock_knows_is_none(fake):
    naps = Naps()
    until = f"Wed, 21 Oct {'9' * 30} 07:28:00 GMT"
    asked(fake, sequence((503, "no", {"retry-after": until}), {"content": "Hi"}), naps=naps)
    assert naps.taken[0] <= 0.5


def test_a_wait_that_is_too_long_is_not_waited_for(fake):
    naps = Naps()
    with pytest.raises(BackendError, match="too many requests"):
        asked(fake, lambda body: (429, "no", {"retry-after": "86400"}), naps=naps)
    assert naps.taken == []


def test_when_one_request_is_asked_to_wait_all_of_the_endpoint_do(fake):
    seen = []

    async def run():
        refused = asyncio.Event()
        answers = sequence((429, "no", {"retry-after-ms": "80"}), {"content": "Hi"})

        def answer(body):
            refused.set()
            return answers(body)

        async with fake.FakeEndpoint(answer) as server:
            model = EndpointModel(Endpoint(model="m", base_url=server.url))
            first = asyncio.create_task(model.complete(HELLO))
            await refused.wait()
            await asyncio.sleep(0.02)
            start = asyncio.get_running_loop().time()
            await model.complete(HELLO)
            seen.append(asyncio.get_running_loop().time() - start)
            await first
            await model.aclose()

    asyncio.run(run())
    assert seen[0] >= 0.03


class Hours:
    """A clock that is set by hand, and sleeps that last until it says so."""

    def __init__(self):
        self.now, self.asleep = 0.0, 0

    async def __call__(self, seconds):
        due = self.now + seconds
        self.asleep += 1
        while self.now < due:  # noqa: ASYNC110 - no event says so
            await asyncio.sleep(0)
        self.asleep -= 1

    def clock(self):
        return self.now


@pytest.mark.parametrize("limit", [{"requests_per_minute": 60}, {"tokens_per_minute": 7200}])
def test_what_waits_for_a_rate_limit_rests_too(fake, limit):
    async def run():
        hours = Hours()
        answers = sequence((429, "no", {"retry-after": "30"}), {"content": "Hi"})
        async with fake.FakeEndpoint(answers) as server:
            endpoint = Endpoint(model="m", base_url=server.url, **limit)
            model = EndpointModel(endpoint, sleep=hours, clock=hours.clock)
            text = ChatRequest([{"role": "user", "content": "x" * 400}])
            asked = [asyncio.create_task(model.complete(text)) for _ in range(2)]
            seen = []
            for hours.now in (0.0, 20.0, 29.0):
                await asyncio.sleep(0.02)
                while hours.asleep < 2 and not asked[1].done():  # noqa: ASYNC110 - no event says so
                    await asyncio.sleep(0)
                seen.append(len(server.headers))
            while not all(each.done() for each in asked):
                hours.now += 0.5
                await asyncio.sleep(0.001)
            await model.aclose()
            return seen

    assert asyncio.run(run()) == [1, 1, 1]


def test_an_endpoint_rests_for_others_when_one_has_given_up(fake):
    async def run():
        naps = Naps()
        answers = sequence((429, "no", {"retry-after": "30"}), {"content": "Hi"})
        async with fake.FakeEndpoint(answers) as server:
            endpoint = Endpoint(model="m", base_url=server.url, retries=0)
            model = EndpointModel(endpoint, sleep=naps, clock=naps.clock)
            with pytest.raises(BackendError, match="too many requests"):
                await model.complete(HELLO)
            await model.complete(HELLO)
            await model.aclose()
            return naps.taken

    assert asyncio.run(run()) == [30.0]


def test_prices_make_the_cost(fake):
    (found,), _ = asked(fake, lambda body: {"content": "Hi"}, prices=(2.0, 5.0))
    assert found.usage.cost == pytest.approx((100 * 2 + 10 * 5) / 1e6)


def test_rate_limits_make_requests_wait(fake):
    naps = Naps()
    asked(fake, lambda body: {"content": "Hi"}, naps=naps, times=3, requests_per_minute=60)
    assert len(naps.taken) == 2
    assert sum(naps.taken) > 1.5
    naps = Naps()
    asked(fake, lambda body: {"content": "Hi"}, naps=naps, times=2, tokens_per_minute=60)
    assert naps.taken[-1] > 50


def test_a_failed_request_gives_its_tokens_back_to_the_limit(fake):
    def waited(*answers):
        naps = Naps()
        asked(fake, sequence(*answers, {"content": "Hi"}), naps=naps, tokens_per_minute=60)
        return max(naps.taken, default=0)

    assert 0 < waited((500, "no"), (500, "no")) <= waited()


def test_what_many_requests_share_is_rendered_as_it_was_asked_for(fake):
    other = {**TOOL, "function": {**TOOL["function"], "name": "é"}}
    requests = [ChatRequest(HELLO.messages, tools) for tools in ([TOOL], [other], [TOOL, other])]
    _, server = asked(fake, lambda body: {"content": "Hi"}, *requests, times=2)
    assert [body["tools"] for body in server.seen] == [r.tools for r in requests] * 2


@pytest.mark.parametrize(
    "messages",
    [
        [{"role": "system", "content": 'Be "kind", é.'}],
        [{"role": "system", "content": "Be kind."}, *HELLO.messages],
        [{"role": "system", "content": "Be kind.", "name": "boss"}, *HELLO.messages],
        [{"role": "system", "content": [{"type": "text", "text": "Be kind."}]}],
        ({"role": "system", "content": "Be kind."}, *HELLO.messages, *HELLO.messages),
        [],
    ],
)
def test_a_conversation_is_sent_as_it_is(fake, messages):
    _, server = asked(fake, lambda body: {"content": "Hi"}, ChatRequest(messages), times=2)
    assert [body["messages"] for body in server.seen] == [list(messages)] * 2


def test_a_history_is_sent_as_it_is_each_time_that_it_has_grown(fake):
    history = History([{"role": "system", "content": "Be kind."}])

    async def run():
        async with fake.FakeEndpoint(lambda body: {"content": "Hi"}) as server:
            model = EndpointModel(Endpoint(model="m", base_url=server.url))
            for number in range(3):
                await model.complete(ChatRequest(history))
                await model.complete(ChatRequest(history))
                history.extend([{"role": "user", "content": f"é {number}"}, *HELLO.messages])
            await model.aclose()
        return [body["messages"] for body in server.seen]

    sent = asyncio.run(run())
    assert sent == [list(history[:most]) for most in (1, 1, 3, 3, 5, 5)]


FORMAT = {"type": "json_schema", "json_schema": {"name": "answer", "schema": {}}}
REFUSALS = {
    "response_format": [
        (400, {"error": {"message": "'response_format.type' must be 'text'"}}, {}),
        (400, {"error": {"message": "This model does not support JSON schemas."}}, {}),
        (422, {"detail": [{"loc": ["body", "response_format"], "msg": "extra fields"}]}, {}),
        (400, {"error": {"message": "invalid field", "param": "response_format"}}, {}),
        (501, {"error": {"message": "json_schema is not implemented"}}, {}),
        (400, "unknown field: response_format", {}),
    ],
    "seed": [
        (400, {"error": {"message": "Unrecognized request argument supplied: seed"}}, {}),
        (422, {"detail": [{"loc": ["body", "seed"], "msg": "Extra inputs", "input": 3}]}, {}),
    ],
    "stream_options": [(400, {"message": "unknown field stream_options"}, {})],
}


@pytest.mark.parametrize(
    ("name", "refusal"), [(name, each) for name, some in REFUSALS.items() for each in some]
)
def test_a_server_that_refuses_what_there_is_no_need_of_is_asked_without_and_that_is_told_once(
    fake, name, refusal
):
    def answer(body):
        return refusal if name in body else {"content": "Hi"}

    request = ChatRequest(HELLO.messages, response_format=FORMAT, seed=3)
    with pytest.warns(WritGymWarning) as told:
        found, server = asked(fake, answer, request, times=3, stream=name == "stream_options")
    assert [each.message["content"] for each in found] == ["Hi"] * 3
    assert [name in body for body in server.seen] == [True, False, False, False]
    assert all("seed" in body for body in server.seen if name != "seed")
    (warning,) = told
    assert f"{server.url}/ refuses '{name}' (HTTP {refusal[0]}" in str(warning.message)
    assert "from the first request on: --agent-" in str(warning.message)


def test_a_server_may_refuse_one_thing_after_the_other(fake):
    def answer(body):
        for name in ("seed", "response_format"):
            if name in body:
                return 400, {"error": {"message": f"no {name}, please"}}
        return {"content": "Hi"}

    request = ChatRequest(HELLO.messages, response_format=FORMAT, seed=3)
    with pytest.warns(WritGymWarning) as told:
        _, server = asked(fake, answer, request, request, retries=0)
    assert len(told) == 2
    assert len(server.seen) == 4


@pytest.mark.parametrize(
    "refusal",
    [
        (400, {"error": {"message": "temperature must be below 2", "request": {"seed": 3}}}),
        (400, {"error": {"message": "the schema of a tool is no schema"}}),
        (401, {"error": {"message": "no seed for you"}}),
    ],
)
def test_what_is_refused_for_something_else_fails_as_ever(fake, refusal):
    with pytest.raises(BackendError, match="HTTP 40"):
        asked(fake, lambda body: refusal)


def test_what_is_set_to_nothing_is_left_out_from_the_first_request_on(fake):
    sampling = {"seed": None, "response_format": None, "temperature": 0.5}
    request = ChatRequest(HELLO.messages, response_format=FORMAT, seed=3)
    _, server = asked(fake, lambda body: {"content": "Hi"}, request, sampling=sampling)
    assert server.seen == [{"model": "m", "messages": HELLO.messages, "temperature": 0.5}]


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("model", "other", "say model."),
        ("messages", [], "it is the conversation."),
        ("tools", None, "each request has its own."),
        ("stream", True, "say stream."),
        ("stream_options", {"include_usage": True}, r"\(stream_options=None leaves it out\)\."),
        ("seed", 7, r"one of its own, by the seed of the run \(seed=None leaves it out\)\."),
        ("api_key", "sk-very-secret", "holds it with api_key_env."),
    ],
)
def test_a_field_of_requests_that_has_its_own_place_is_refused_with_it(name, value, told):
    with pytest.raises(ValueError, match=f"'{name}' is not to be set: .*{told}") as refused:
        Endpoint(model="m", sampling={"temperature": 0.5, name: value})
    assert "sk-very-secret" not in str(refused.value)


def test_a_client_of_ones_own_is_used_and_left_open(fake):
    async def run():
        async with fake.FakeEndpoint(lambda body: {"content": "Hi"}) as server:
            client = openai.AsyncOpenAI(api_key="k", base_url=server.url, max_retries=0)
            model = EndpointModel(Endpoint(model="m"), client)
            await model.complete(HELLO)
            await model.aclose()
            await model.complete(HELLO)
            await client.close()
            return len(server.seen)

    assert asyncio.run(run()) == 2


@pytest.mark.parametrize("stream", [False, True])
def test_the_time_of_a_request_runs_from_when_there_is_a_connection_for_it(fake, stream):
    async def run():
        async with fake.FakeEndpoint(lambda body: {"content": "Hi"}, latency=0.1) as server:
            endpoint = Endpoint(
                model="m", base_url=server.url, connections=2, timeout_s=0.7, retries=0,
                stream=stream,
            )  # fmt: skip
            model = EndpointModel(endpoint)
            await asyncio.gather(*(model.complete(HELLO) for _ in range(20)))
            await model.aclose()
            return server.most_open

    assert asyncio.run(run()) == 2


class Late(connections.Connections):
    """A client whose answers come after ten seconds, with no server; at first, it may refuse."""

    def __init__(self, body, most=9, asked=()):
        super().__init__(most=most, timeout_s=60, api_key="k", base_url="http://127.0.0.1:9/v1")
        self._body = json.dumps(body).encode()
        self._asked = list(asked)

    async def post(self, path, **request):
        await asyncio.sleep(10)
        if not self._asked:
            return self._body
        response = connections._httpx.Response(
            429, headers={"retry-after": self._asked.pop()},
            request=connections._httpx.Request("POST", "http://127.0.0.1:9/v1"),
        )  # fmt: skip
        raise openai.RateLimitError("no", response=response, body=None)


@pytest.fixture
def under_deadlines(fake, in_no_time):
    """Return what asks at once, each request with 15 seconds; it returns when all were answered."""

    async def run(count, first=None, most=9, asked=(), **how):
        loop = asyncio.get_running_loop()
        client = Late(fake.body_of({"content": "Hi"}), most, asked)
        model = EndpointModel(Endpoint(model="m", **how), client, clock=loop.time)

        async def one():
            async with deadline(15):
                await model.complete(HELLO)

        if first:
            with pytest.raises(first):
                await model.complete(HELLO)
        await asyncio.gather(*(one() for _ in range(count)))
        await client.close()
        return loop.time()

    return lambda *args, **how: in_no_time(run(*args, **how))


def test_the_wait_for_a_limit_of_ones_own_is_no_time_of_who_asks(under_deadlines):
    assert under_deadlines(4, requests_per_minute=1) == pytest.approx(190)
    assert under_deadlines(4, tokens_per_minute=60) > 190
    assert under_deadlines(4, requests_per_minute=1, tokens_per_minute=6000) == pytest.approx(190)
    assert under_deadlines(4, most=1) == pytest.approx(40)


def test_a_rest_that_others_were_told_to_take_is_no_time_of_who_asks(under_deadlines):
    found = under_deadlines(2, BackendError, asked=["100"], retries=0)
    assert found == pytest.approx(120)


def test_the_wait_between_two_attempts_is_time_of_who_asks(under_deadlines):
    with pytest.raises(TimeoutError):
        under_deadlines(1, asked=["100"], retries=1)


def test_many_requests_are_in_flight_at_once(fake):
    async def run():
        async with fake.FakeEndpoint(lambda body: {"content": "Hi"}, latency=0.3) as server:
            model = EndpointModel(Endpoint(model="m", base_url=server.url))
            await asyncio.gather(*(model.complete(HELLO) for _ in range(200)))
            await model.aclose()
            return server.most_open

    assert asyncio.run(run()) == 200
