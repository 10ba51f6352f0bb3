"""Many coroutines under way at once, and the results of those that have come to their end."""

import asyncio
import os
import threading
from collections.abc import Callable, Collection, Coroutine, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, Generic, TypeVar

from writ_gym.coroutines import background_loop, begin, refuse_to_block, running_loop
from writ_gym.errors import VectorError

T = TypeVar("T")


class UnderWay(Generic[T]):
    """Coroutines under way, by index; a result stays until it is taken.

    A coroutine runs at once as far as it does not wait. From there on it runs in the event loop
    of its caller, or in that of the background where the caller has none.
    """

    def __init__(self, instead: str) -> None:
        """Begin with none.

        Args:
            instead: What to do in an event loop instead of ``wait``, for the error that says so.
        """
        self._instead = instead
        self._lock = threading.Lock()
        self._running: dict[int, Future[T]] = {}
        self._results: dict[int, T | BaseException] = {}
        self._awaited = 0
        self._wake: Callable[[], object] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._process = os.getpid()

    def __len__(self) -> int:
        """Return how many are under way or not taken yet."""
        with self._lock:
            return len(self._running) + len(self._results)

    def __contains__(self, index: object) -> bool:
        with self._lock:
            return index in self._running or index in self._results

    def indices(self) -> tuple[int, ...]:
        """Return the indices of those under way or not taken yet, in order."""
        with self._lock:
            return tuple(sorted({*self._running, *self._results}))

    def running(self) -> tuple[int, ...]:
        """Return the indices of those under way, in order."""
        with self._lock:
            return tuple(sorted(self._running))

    def start(self, index: int, coroutine: Coroutine[Any, Any, T]) -> None:
        """Begin a coroutine; there must be none with this index."""
        try:
            done = begin(coroutine)
        except Exception as error:
            self._settle(index, error)
            return
        if done is not None:
            self._settle(index, done.value)
            return
        self._loop = running_loop() or background_loop()
        self._process = os.getpid()
        future = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        with self._lock:
            self._running[index] = future
        future.add_done_callback(partial(self._end, index))

    def _end(self, index: int, future: Future[T]) -> None:
        result: T | BaseException
        if future.cancelled():
            result = RuntimeError("It was cancelled, or its event loop has ended.")
        else:
            error = future.exception()
            result = future.result() if error is None else error
        self._settle(index, result, future)

    def _settle(
        self, index: int, result: T | BaseException, future: Future[T] | None = None
    ) -> None:
        """Keep a result, unless that is one of a future that was given up."""
        with self._lock:
            if self._running.get(index) is not future:
                return
            self._running.pop(index, None)
            self._results[index] = result
            self._wake_if_enough()

    def _wake_if_enough(self) -> None:
        if self._wake is not None and len(self._results) >= self._awaited:
            self._wake()
            self._wake = None

    def cancel(self, indices: Collection[int]) -> None:
        """Give up those under way, and drop what was not taken."""
        with self._lock:
            given_up = [self._running.pop(index) for index in indices if index in self._running]
            for index in indices:
                self._results.pop(index, None)
        for future in given_up:
            future.cancel()

    def wait(self, count: int, timeout: float | None = None) -> None:
        """Wait until there are ``count`` results, or for ``timeout`` seconds.

        Raises:
            RuntimeError: They have to be waited for in an event loop, or will never come.
        """
        if len(self._results) >= count:
            return
        refuse_to_block(self._instead)
        self._refuse_what_never_comes()
        event = threading.Event()
        with self._waiting(count, event.set):
            event.wait(timeout)

    async def wait_async(self, count: int, timeout: float | None = None) -> None:  # noqa: ASYNC109 - the method of plain code has it, too
        """Wait as ``wait`` does, without blocking the event loop."""
        if len(self._results) >= count:
            return
        self._refuse_what_never_comes()
        event, loop = asyncio.Event(), asyncio.get_running_loop()
        with (
            self._waiting(count, lambda: loop.call_soon_threadsafe(event.set)),
            suppress(TimeoutError),
        ):
            async with asyncio.timeout(timeout):
                await event.wait()

    def _refuse_what_never_comes(self) -> None:
        if self._process != os.getpid() or (self._loop and not self._loop.is_running()):
            raise RuntimeError(
                f"The results of environments {self.running()} will never come: the process or the "
                "event loop in which they were begun is not there any more. Reset them."
            )

    @contextmanager
    def _waiting(self, count: int, wake: Callable[[], object]) -> Iterator[None]:
        with self._lock:
            if self._wake is not None:
                raise RuntimeError("Somebody waits for results already; one caller at a time.")
            self._awaited, self._wake = count, wake
            self._wake_if_enough()
        try:
            yield
        finally:
            with self._lock:
                self._wake = None

    def take(self, indices: Collection[int] | None = None) -> Mapping[int, T]:
        """Return results in the order in which they came, of all or of some, and forget them.

        Raises:
            VectorError: Some have failed. These are forgotten; the results of others stay.
        """
        with self._lock:
            taken = {i: r for i, r in self._results.items() if indices is None or i in indices}
            errors = {i: r for i, r in taken.items() if isinstance(r, BaseException)}
            for index in errors or taken:
                del self._results[index]
        if errors:
            raise VectorError(errors) from next(iter(errors.values()))
        return {i: r for i, r in taken.items() if not isinstance(r, BaseException)}

    def __reduce__(self) -> tuple[type["UnderWay[T]"], tuple[str]]:
        if len(self):
            raise RuntimeError(
                f"Environments {self.indices()} cannot be pickled before their results are "
                "received."
            )
        return UnderWay, (self._instead,)
