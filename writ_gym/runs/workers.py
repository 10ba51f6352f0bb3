"""Workers of a run that is spread over processes: each plays what it is handed."""

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple, Protocol

from writ_gym import memory
from writ_gym.runs.recordings import handed_over
from writ_gym.runs.rollouts import Attempt, Rollout, TaskSource, play
from writ_gym.runs.store import Packed
from writ_gym.version import __version__

PATIENCE_S = 1.0
"""Seconds after which a worker answers even if nothing is finished."""
LINGER_S = 0.05
"""Seconds for which a finished record waits for others that travel with it."""
MOST_BYTES = 16 << 20
"""Size of the records that travel together, unless a single one is larger."""


class Recipe(Protocol):
    """Says how to make what a worker plays with; it is pickled, so it holds options, not worlds.

    It is called once in every worker: that is where worlds are generated, clients made, and keys
    read from the environment.
    """

    def __call__(self) -> tuple[Rollout, TaskSource]:
        """Return how to play, and the tasks.

        Raises:
            WritGymError: It cannot be made here.
        """


class Hello(NamedTuple):
    """What a worker says when it is ready: all have to play in one world, by one version."""

    version: str
    world: str
    """Digest of the world."""


class Worker:
    """Plays in one process what it is handed, as many episodes at once as is its share."""

    def __init__(self, recipe: Recipe, concurrency: int) -> None:
        """Keep the recipe: what is made of it is made by ``open``."""
        self._recipe = recipe
        self._concurrency = concurrency
        self._waiting: asyncio.Queue[Attempt] = asyncio.Queue()
        self._finished: deque[Packed] = deque()
        self._news = asyncio.Event()
        self._failure: Exception | None = None
        self._playing: list[asyncio.Task[None]] = []

    async def open(self) -> Hello:
        """Make what there is to play with.

        Raises:
            WritGymError: It cannot be made here.
        """
        rollout, tasks = self._recipe()
        memory.keep()
        for _ in range(self._concurrency):
            self._playing.append(asyncio.create_task(self._work(rollout, tasks)))
        return Hello(__version__, rollout.world.ref.digest)

    async def exchange(self, keys: Sequence[Attempt]) -> list[Packed]:
        """Take episodes to play, and return records that are finished: soon, or none after a while.

        Raises:
            WritGymError: A task cannot be sampled or played.
        """
        for key in keys:
            self._waiting.put_nowait(key)
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_S):
                await self._news.wait()
                if self._failure is None:
                    await asyncio.sleep(LINGER_S)
        if self._failure and not self._finished:
            raise self._failure
        return self._take()

    async def _work(self, rollout: Rollout, tasks: TaskSource) -> None:
        """Play one episode after the other."""
        try:
            while True:
                index, *which = await self._waiting.get()
                with handed_over() as answers:
                    record = await play(rollout, tasks(index), index, *which)
                self._finished.append(Packed.of(record, b"".join(answers)))
                self._news.set()
                await asyncio.sleep(0)  # who never waits lets the exchange through
        except Exception as error:  # raised by the next exchange
            self._failure = error
            self._news.set()

    def _take(self) -> list[Packed]:
        """Return finished records, the rest the next time."""
        taken: list[Packed] = []
        size = 0
        while self._finished and (not taken or size < MOST_BYTES):
            taken.append(self._finished.popleft())
            size += len(taken[-1].line) + len(taken[-1].answers)
        if not self._finished and self._failure is None:
            self._news.clear()
        return taken
