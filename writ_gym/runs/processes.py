"""Processes of this machine as a place to play: several cores without a cluster."""

import asyncio
import pickle
import signal
from collections.abc import Callable, Mapping, Sequence
from multiprocessing import get_context
from socket import socket, socketpair
from traceback import format_exc
from typing import Any

from writ_gym.coroutines import run_in_loop
from writ_gym.directory import DOMAINS
from writ_gym.errors import WritGymError
from writ_gym.jobs import settle_in, uninterrupted
from writ_gym.runs.rollouts import Attempt
from writ_gym.runs.spreading import WorkerLostError
from writ_gym.runs.store import Packed
from writ_gym.runs.workers import Hello, Recipe, Worker

REAPED_S = 5.0
"""Seconds that a worker that was killed has to be gone."""
_SIZE_BYTES = 8
"""Bytes before a message that say how long it is."""


class Processes:
    """Starts workers in processes of their own, which end with this one."""

    def start(self, recipe: Recipe, concurrency: int) -> "_Remote":
        """Start a worker.

        Raises:
            WritGymError: The recipe cannot be handed to another process.
        """
        try:
            made = pickle.dumps((recipe, concurrency))
        except (pickle.PicklingError, AttributeError, TypeError) as error:
            raise WritGymError(
                f"The recipe cannot be handed to another process: {error}. Make it of functions "
                "and classes of a module, and of options instead of what is made of them."
            ) from None
        return _Remote(made)


class _Remote:
    """A worker, as this process sees it."""

    def __init__(self, made: bytes) -> None:
        # A new one, and no copy of this one, whose threads and locks it would have.
        context = get_context("spawn")
        self._socket, theirs = socketpair()
        self._line: _Line | None = None
        self._process = context.Process(
            target=_serve, args=(theirs, made, dict(DOMAINS)), daemon=True
        )
        with theirs, uninterrupted():
            self._process.start()

    async def open(self) -> Hello:
        hello: Hello = await self._ask("open")
        return hello

    async def exchange(self, keys: Sequence[Attempt]) -> list[Packed]:
        records: list[Packed] = await self._ask("exchange", keys)
        return records

    async def _ask(self, name: str, *arguments: Any) -> Any:
        """Return what a worker answers.

        Raises:
            WritGymError: What it raised.
            RuntimeError: A bug, with the worker's traceback.
            WorkerLostError: It is gone.
        """
        try:
            if self._line is None:
                self._line = await _Line.over(self._socket)
            await self._line.send((name, arguments))
            answer = await self._line.receive()
        except (EOFError, OSError) as error:
            raise WorkerLostError(self._end()) from error
        if isinstance(answer, WritGymError):
            raise answer
        if isinstance(answer, _Bug):
            raise RuntimeError(f"A worker has failed.\n\n{answer.traceback}")
        return answer

    def _end(self) -> str:
        """Return how the process has ended, in words."""
        self._process.join(REAPED_S)
        code = self._process.exitcode
        if code is None or code >= 0:
            return f"the process ended with code {code}"
        return f"the process was killed by {signal.Signals(-code).name}"

    def kill(self) -> None:
        """End the worker at once, whatever it does."""
        self._process.kill()
        self._process.join(REAPED_S)
        (self._line or self._socket).close()


class _Line:
    """Objects that go to and fro between two processes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def over(cls, end: socket) -> "_Line":
        """Return what sends through one end of a pair of sockets."""
        return cls(*await asyncio.open_connection(sock=end))

    async def send(self, thing: Any) -> None:
        """Send an object.

        Raises:
            OSError: Nobody is at the other end.
        """
        body = pickle.dumps(thing)
        self._writer.write(len(body).to_bytes(_SIZE_BYTES) + body)
        await self._writer.drain()

    async def receive(self) -> Any:
        """Return the next object.

        Raises:
            EOFError: Nobody is at the other end any more.
            OSError: That broke off.
        """
        size = int.from_bytes(await self._reader.readexactly(_SIZE_BYTES))
        return pickle.loads(await self._reader.readexactly(size))

    def close(self) -> None:
        """Let the other end know that there will be no more."""
        self._writer.close()


class _Bug:
    """What a worker answers that has raised what it should not."""

    def __init__(self) -> None:
        self.traceback = format_exc()


def _serve(end: socket, made: bytes, domains: Mapping[str, str]) -> None:
    """Be a worker, until this process is killed."""
    settle_in(domains)
    recipe, concurrency = pickle.loads(made)
    run_in_loop(_answer(end, Worker(recipe, concurrency)))


async def _answer(end: socket, worker: Worker) -> None:
    line = await _Line.over(end)
    asked: Mapping[str, Callable[..., Any]] = {"open": worker.open, "exchange": worker.exchange}
    while True:
        name, arguments = await line.receive()
        answer: Any
        try:
            answer = await asked[name](*arguments)
        except WritGymError as error:
            answer = error
        except Exception:
            answer = _Bug()
        await line.send(answer)
