"""The short way to an endpoint, and where the official client's own is taken."""

import asyncio
import resource

import openai
import pytest

from writ_gym.models.connections import Connections, PerLoop, room_for

ANSWER = {"content": "Hi"}


def posted(fake, answer, wanted=bytes, headers=(), base="", **settings):
    """Post to a fake endpoint, below a base; return what came back, or the error, and it."""

    async def run():
        async with fake.FakeEndpoint(answer, **settings) as server:
            url = server.url.removesuffix("/v1") + base
            client = Connections(most=4, timeout_s=5, api_key="sk-1", base_url=url)
            try:
                return await client.post(
                    "/chat/completions", content=b'{"stream": false}', cast_to=wanted,
                    options={"headers": {"Content-Type": "application/json", **dict(headers)}},
                ), server  # fmt: skip
            except openai.OpenAIError as error:
                return error, server
            finally:
                await client.close()

    return asyncio.run(run())


def test_the_short_way_and_the_clients_own_send_the_same(fake):
    seen = []
    for wanted in (bytes, str):
        found, server = posted(fake, lambda body: ANSWER, wanted)
        assert '"content": "Hi"' in (found if wanted is str else found.decode())
        lines = server.headers[0].lower().split("\r\n")
        seen.append(
            {line for line in lines if line.startswith(("post", "auth", "content", "user"))}
        )
    assert seen[0] == seen[1]
    assert "authorization: bearer sk-1" in seen[0]
    assert "content-type: application/json" in seen[0]


@pytest.mark.parametrize("base", ["", "/", "/v1", "/a/v1/"])
def test_paths_are_below_the_base_url_however_that_ends(fake, base):
    for wanted in (bytes, str):
        _, server = posted(fake, lambda body: ANSWER, wanted, base=base)
        assert server.headers[0].startswith(f"POST {base.rstrip('/')}/chat/completions ")


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, openai.BadRequestError),
        (401, openai.AuthenticationError),
        (404, openai.NotFoundError),
        (429, openai.RateLimitError),
        (503, openai.InternalServerError),
    ],
)
def test_a_refusal_is_the_clients_error_with_what_the_server_says(fake, status, kind):
    refusal = (status, {"error": {"message": "no, é", "code": "c"}}, {"retry-after": "7"})
    error, _ = posted(fake, lambda body: refusal)
    assert type(error) is kind
    assert (error.code, error.response.headers["retry-after"]) == ("c", "7")
    assert "no, é" in str(error)


def test_a_connection_that_breaks_is_the_clients_error(fake):
    error, _ = posted(fake, lambda body: ANSWER, faults=1.0, kinds=["aborted"])
    assert type(error) is openai.APIConnectionError
    error, _ = posted(fake, lambda body: {"content": "x" * 999}, faults=1.0, kinds=["cut"])
    assert type(error) is openai.APIConnectionError


def test_a_redirection_is_followed_as_the_client_does(fake):
    answers = [(307, "", {"location": "/v1/chat/completions"})] * 2 + [ANSWER]
    found, server = posted(fake, lambda body: answers.pop(0))
    assert b'"content": "Hi"' in found
    assert len(server.seen) == 3


def test_where_there_is_a_proxy_requests_go_through_it(fake, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    error, server = posted(fake, lambda body: ANSWER)
    assert isinstance(error, openai.APIConnectionError)
    assert server.seen == []


def test_every_event_loop_has_a_client_of_its_own_that_is_closed_with_it():
    made, clients = [], []

    class Client:
        def __init__(self):
            made.append(self)
            self.closed_in = None

        async def close(self):
            self.closed_in = asyncio.get_running_loop()

    per_loop = PerLoop(Client)

    async def twice():
        clients.extend([await per_loop.here(), await per_loop.here()])
        return asyncio.get_running_loop()

    loops = [asyncio.run(twice()) for _ in range(2)]
    assert clients == [made[0], made[0], made[1], made[1]]
    assert [client.closed_in for client in made] == loops


def test_clients_are_closed_in_their_loops_wherever_that_is_asked_for(fake):
    async def run(here):
        async with fake.FakeEndpoint(lambda body: ANSWER) as server:
            per_loop = PerLoop(lambda: Connections(most=1, timeout_s=5, api_key="k",
                                                   base_url=server.url))  # fmt: skip
            client = await per_loop.here()
            await client.post("/chat/completions", content=b"{}", cast_to=bytes, options={})
            await (per_loop.aclose() if here else asyncio.to_thread(asyncio.run, per_loop.aclose()))
            assert client.is_closed()
            assert await per_loop.here() is not client
            await per_loop.aclose()

    for here in (True, False):
        asyncio.run(run(here))


@pytest.mark.parametrize(
    ("limits", "connections", "room", "raised"),
    [
        ((1024, 4096), 400, 400, None),
        ((1024, 4096), 1024, 1024, (2112, 4096)),
        ((256, 4096), 4000, 2016, (4096, 4096)),
        ((100, 100), 4000, 18, None),
        ((8, 8), 4000, 1, None),
        ((256, resource.RLIM_INFINITY), 512, 512, (1088, resource.RLIM_INFINITY)),
        ((resource.RLIM_INFINITY,) * 2, 9999, 9999, None),
    ],
)
def test_a_process_is_allowed_as_many_files_as_two_endpoints_need(
    monkeypatch, limits, connections, room, raised
):
    calls = []
    monkeypatch.setattr(resource, "getrlimit", lambda what: limits)
    monkeypatch.setattr(resource, "setrlimit", lambda what, to: calls.append(to))
    assert room_for(connections) == room
    assert calls == ([raised] if raised else [])
