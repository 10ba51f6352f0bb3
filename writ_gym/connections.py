"""The official client, with a short way for JSON that is posted again and again."""

import asyncio
import resource
from collections.abc import AsyncGenerator, Callable
from importlib import import_module
from typing import Any, TypeAlias
from urllib.request import getproxies

import aiohttp
import openai

_httpx: Any = import_module(type(openai.DEFAULT_CONNECTION_LIMITS).__module__.partition(".")[0])
"""The library below the official client: httpx, since its version 3 httpx2."""

_Keeping: TypeAlias = AsyncGenerator[openai.AsyncOpenAI, None]

OTHER_FILES = 64
"""Files that a process has open besides its connections to endpoints."""
CONNECT_S = 15.0
"""Seconds that making a connection may take, TLS and all; it is then tried again as any that
fails. A server that speaks no TLS may wait for ever for the end of what it takes for a line."""
KEPT_S = 5.0
"""Seconds that a connection is kept for the next request; servers close theirs no earlier."""


class Connections(openai.AsyncOpenAI):
    """The official client; bytes that are posted go straight to aiohttp.

    The client makes options, headers, URL, request and response anew for each request, which takes
    several times as long as sending it. Here, URL and headers are those that the client has; errors
    are the client's too. Streams, redirections, and all where there is a proxy go the client's way.
    What is posted waits for its answer as long as it takes: who asks has a timeout.
    """

    def __init__(self, *, most: int, timeout_s: float, **settings: Any) -> None:
        """Make a client that opens its connections when it needs them.

        Args:
            most: Connections at most, if the process may have so many; who comes after that waits.
            timeout_s: Seconds between two pieces of a stream at most.
            **settings: What the official client takes.
        """
        most = room_for(most)
        limits = _httpx.Limits(max_connections=most, max_keepalive_connections=most)
        http = openai.DefaultAioHttpClient(limits=limits, timeout=timeout_s)
        super().__init__(http_client=http, max_retries=0, **settings)
        self._most = most
        self.room = asyncio.Semaphore(most)
        """To be held by who asks, for as long as it takes: who waits for a connection waits here,
        and can tell that from waiting for an answer."""
        self._proxied = bool(getproxies())
        self._session: aiohttp.ClientSession | None = None
        self._urls: dict[str, str] = {}

    async def post(self, path: str, **request: Any) -> Any:
        """Post, and return the answer as ``cast_to`` says; see the official client.

        Raises:
            openai.APIStatusError: The server refuses.
            openai.APIConnectionError: There is no answer.
        """
        content, wanted = request.get("content"), request.get("cast_to")
        if wanted is not bytes or request.get("stream") or self._proxied:
            return await super().post(path, **request)
        url = self._urls.get(path) or self._url(path)
        try:
            answer = await self._opened().post(url, data=content, allow_redirects=False)
            body = await answer.read()  # which lets go of the connection, come what may
        except aiohttp.ClientError as error:
            raise openai.APIConnectionError(request=_httpx.Request("POST", url)) from error
        if answer.status < 300:
            return body
        if answer.status < 400:
            return await super().post(path, **request)
        response = _httpx.Response(
            answer.status, headers=_plain(answer), content=body,
            request=_httpx.Request("POST", url),
        )  # fmt: skip
        raise self._make_status_error_from_response(response)

    def _url(self, path: str) -> str:
        """Return the address of a path, and keep it: the client makes its own anew each time."""
        return self._urls.setdefault(path, str(self._prepare_url(path)))

    def _opened(self) -> aiohttp.ClientSession:
        """Return the connections, with the headers that the client sends."""
        if self._session is None:
            headers = {**self.default_headers, **self.auth_headers}
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=self._most, keepalive_timeout=KEPT_S, ssl=_httpx.create_ssl_context()
                ),
                headers={name: text for name, text in headers.items() if isinstance(text, str)},
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S),
            )
        return self._session

    async def close(self) -> None:
        """Close all connections."""
        await super().close()
        if self._session is not None:
            await self._session.close()


def room_for(connections: int) -> int:
    """Return how many connections there may be, at most so many, each a file that is open.

    Shells allow 1,024 open files, or 256, whatever the system could do: where that is too few for
    two endpoints, the limit is raised as far as it may be.
    """
    needed = 2 * connections + OTHER_FILES
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed, most = (needed if each == resource.RLIM_INFINITY else each for each in limits)
    if allowed < needed and allowed < most:
        allowed = min(needed, most)
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, limits[1]))
    return min(connections, max(1, (allowed - OTHER_FILES) // 2))


class PerLoop:
    """One client for each event loop that asks, as connections live in the loop that opened them.

    A training loop may call ``asyncio.run`` for each of its steps, and every time it is another
    loop. A client is closed along with its loop.
    """

    def __init__(self, make: Callable[[], openai.AsyncOpenAI]) -> None:
        """Take what makes a client."""
        self._make = make
        self._kept: dict[asyncio.AbstractEventLoop, tuple[openai.AsyncOpenAI, _Keeping]] = {}

    async def here(self) -> openai.AsyncOpenAI:
        """Return the client of the running loop."""
        loop = asyncio.get_running_loop()
        if loop not in self._kept:
            for ended in [each for each in self._kept if each.is_closed()]:
                del self._kept[ended]
            keeping = self._keep(loop)
            self._kept[loop] = await anext(keeping), keeping
        return self._kept[loop][0]

    async def _keep(self, loop: asyncio.AbstractEventLoop) -> _Keeping:
        """Yield a client, and close it in the end: loops end what still yields before they do."""
        client = self._make()
        try:
            yield client
        finally:
            self._kept.pop(loop, None)
            await client.close()

    async def aclose(self) -> None:
        """Close all clients, each in its loop."""
        here = asyncio.get_running_loop()
        for loop, (_, keeping) in list(self._kept.items()):
            if loop is here:
                await keeping.aclose()
            elif loop.is_running():
                ending = asyncio.run_coroutine_threadsafe(_end(keeping), loop)
                await asyncio.wrap_future(ending)


async def _end(keeping: _Keeping) -> None:
    await keeping.aclose()


def _plain(answer: aiohttp.ClientResponse) -> list[tuple[str, str]]:
    """Return the headers of an answer that was decompressed."""
    return [each for each in answer.headers.items() if each[0].lower() != "content-encoding"]
