"""Coroutines run from plain code: here as far as they go, and on in the background."""

import asyncio
import atexit
import os
import threading
from collections.abc import Coroutine, Generator
from concurrent.futures import Future
from contextvars import ContextVar
from dataclasses import dataclass
from importlib import import_module
from types import coroutine as awaitable
from typing import Any, Generic, TypeVar

T = TypeVar("T")

_HERE = object()
_BY_HAND: ContextVar[bool] = ContextVar("writ_gym_by_hand", default=False)


@awaitable
def in_event_loop() -> Generator[object, None, None]:
    """Make sure that what follows runs in an event loop; ``await`` it before waiting for others.

    A coroutine that was begun by plain code stops here, and is carried on in a loop. It costs
    nothing where there is one already.
    """
    if _BY_HAND.get():
        yield _HERE


@dataclass(frozen=True, slots=True)
class Done(Generic[T]):
    """The result of a coroutine that has come to its end."""

    value: T


def begin(coroutine: Coroutine[Any, Any, T]) -> Done[T] | None:
    """Run a coroutine until it is done or needs an event loop, for which it gives None.

    Raises:
        RuntimeError: It waits for something and has not asked for an event loop.
    """
    token = _BY_HAND.set(True)
    try:
        reached = coroutine.send(None)
    except StopIteration as stop:
        return Done(stop.value)
    finally:
        _BY_HAND.reset(token)
    if reached is not _HERE:
        raise _waits(coroutine)
    return None


def finish(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that never waits for anything to its end, and return its result.

    Raises:
        RuntimeError: It waits.
    """
    done = begin(coroutine)
    if done is None:
        raise _waits(coroutine)
    return done.value


def _waits(coroutine: Coroutine[Any, Any, Any]) -> RuntimeError:
    coroutine.close()
    return RuntimeError(f"{coroutine!r} was to be done at once, but it waits for something.")


def run(coroutine: Coroutine[Any, Any, T], instead: str) -> T:
    """Run a coroutine to its end and return its result: from where it waits in the background.

    Where the caller is interrupted, the coroutine is cancelled.

    Args:
        coroutine: What to run.
        instead: What the caller of plain code should do in an event loop.

    Raises:
        RuntimeError: It waits, and an event loop runs in this thread.
    """
    done = begin(coroutine)
    if done is not None:
        return done.value
    try:
        refuse_to_block(instead)
    except RuntimeError:
        coroutine.close()
        raise
    future = asyncio.run_coroutine_threadsafe(coroutine, background_loop())
    try:
        return future.result()
    except BaseException:
        future.cancel()
        raise


def run_in_loop(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in an event loop of its own: uvloop's where that is installed."""
    try:
        make = import_module("uvloop").new_event_loop
    except ImportError:
        make = None
    with asyncio.Runner(loop_factory=make) as runner:
        return runner.run(coroutine)


def running_loop() -> asyncio.AbstractEventLoop | None:
    """Return the event loop that runs in this thread, if one does."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def refuse_to_block(instead: str) -> None:
    """Refuse to wait in plain code that an event loop has called.

    Raises:
        RuntimeError: An event loop runs in this thread; says what to do ``instead``.
    """
    if running_loop() is not None:
        raise RuntimeError(
            "The simulated user has to be waited for, which would block the event loop that is "
            f"running here: use {instead} instead."
        )


def background_loop() -> asyncio.AbstractEventLoop:
    """Return the event loop of the background thread of this process; started at first need."""
    process = os.getpid()
    thread = _THREADS.get(process)
    if thread is not None and thread.is_dead():
        _THREADS.pop(process, None)
        thread = None
    if thread is None:
        made = _Background()
        thread = _THREADS.setdefault(process, made)
        if thread is made:
            made.start()
    return thread.loop.result()


class _Background(threading.Thread):
    """A daemon thread in which an event loop runs until the process ends."""

    def __init__(self) -> None:
        super().__init__(name="writ-gym", daemon=True)
        self.loop: Future[asyncio.AbstractEventLoop] = Future()
        self._leave = asyncio.Event()
        atexit.register(self.leave)

    def run(self) -> None:
        asyncio.run(self._stay())

    async def _stay(self) -> None:
        self.loop.set_result(asyncio.get_running_loop())
        await self._leave.wait()

    def leave(self) -> None:
        """Cancel what still runs and end the thread."""
        if self.is_alive():
            self.loop.result().call_soon_threadsafe(self._leave.set)
            self.join(timeout=1)

    def is_dead(self) -> bool:
        """Say whether it has run and does so no more: a task has raised ``SystemExit``."""
        return self.loop.done() and not self.is_alive()


_THREADS: dict[int, _Background] = {}
"""By process, as a thread does not outlive a fork: the child has a loop of its own."""
