"""Work shared out over processes of this machine, with the results in the order of the work."""

import asyncio
import os
import pickle
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from itertools import islice
from multiprocessing import connection, get_context, parent_process
from typing import Any, Generic, TypeVar

from writ_gym import memory
from writ_gym.directory import DOMAINS
from writ_gym.errors import WritGymError

I = TypeVar("I")  # noqa: E741
R = TypeVar("R")

AHEAD = 2
"""Pieces of work handed out for each process: one that it does, and the next one."""


class Pool(AbstractContextManager["Pool[I, R]"], Generic[I, R]):
    """Does the same work with one thing after the other: in processes, or in this one."""

    def __init__(
        self, make: Callable[[], Callable[[I], R]], jobs: int, beside: bool = False
    ) -> None:
        """Prepare to work.

        Args:
            make: Makes what does the work. It is pickled, and called once in each process.
            jobs: Processes; with one, the work is done in this process, when its result is asked
                for.
            beside: Whether this process has something else to do, so that one is one beside it;
                with none, the work is done here.
        """
        self._make = make
        self.jobs = jobs
        self._processes: ProcessPoolExecutor | None = None
        if jobs > (0 if beside else 1):
            # New ones, and no copies of this one, whose threads and locks they would have.
            self._processes = ProcessPoolExecutor(
                jobs, get_context("spawn"), _begin, (pickle.dumps(make), dict(DOMAINS))
            )
        else:
            self._work = cache(make)

    def __exit__(self, *_: object) -> None:
        if self._processes:
            self._processes.shutdown(cancel_futures=True)

    def map(self, things: Iterable[I]) -> Iterator[R]:
        """Yield what comes of things, in their order; no more is begun once this is closed.

        Raises:
            WritGymError: A process has died.
        """
        if self._processes is None:
            yield from map(self._work(), things)
            return
        with _explained():
            yield from in_order(things, self.begin, AHEAD * self.jobs)

    def begin(self, thing: I) -> Future[R]:
        """Begin the work with one thing; where there are no processes, do it.

        Raises:
            WritGymError: A process has died.
        """
        if self._processes is None:
            done: Future[R] = Future()
            done.set_result(self._work()(thing))
            return done
        with _explained(), uninterrupted():
            return self._processes.submit(_do, thing)


def in_order(
    things: Iterable[I], begin: Callable[[I], Future[R]], most: int
) -> Generator[R, None, None]:
    """Yield what comes of things, in their order; no more is begun once this is closed.

    Args:
        things: The things; one is taken when the work with it can begin.
        begin: Begins the work with one.
        most: Pieces of work at most that are begun and not yielded.
    """
    left = iter(things)
    begun: deque[Future[R]] = deque()
    try:
        while True:
            begun += map(begin, islice(left, most - len(begun)))
            if not begun:
                return
            yield begun.popleft().result()
    finally:
        for future in begun:
            future.cancel()


async def ended(begun: Future[R]) -> R:
    """Return what comes of work that was begun, once it is done.

    Raises:
        WritGymError: A process has died.
    """
    with _explained():
        return begun.result() if begun.done() else await asyncio.wrap_future(begun)


@contextmanager
def _explained() -> Iterator[None]:
    """Say of processes that one has died.

    Raises:
        WritGymError: One has.
    """
    try:
        yield
    except BrokenProcessPool:
        raise WritGymError(
            "A process that shares the work has died, perhaps for want of memory: take fewer "
            "--jobs. The same command goes on with what is finished."
        ) from None


_make: bytes
"""What makes the work of this process, pickled: to unpickle it can mean to generate a world."""


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Let processes that begin meanwhile not be interrupted, from their first moment on."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def settle_in(domains: Mapping[str, str]) -> None:
    """Prepare a process that was begun: it ends with the one that began it, and knows its domains.

    Args:
        domains: Those of the process that began it, as ``DOMAINS`` has them.
    """
    DOMAINS.update(domains)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _begin(make: bytes, domains: Mapping[str, str]) -> None:
    """Prepare a process."""
    global _make
    _make = make
    settle_in(domains)


def _end_with_parent() -> None:
    """End this process when the one that began it ends, in whatever way."""
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


@cache
def _worker() -> Callable[[Any], Any]:
    work: Callable[[Any], Any] = pickle.loads(_make)()
    memory.keep()
    return work


def _do(thing: Any) -> Any:
    return _worker()(thing)
