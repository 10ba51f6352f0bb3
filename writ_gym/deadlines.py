"""Deadlines of episodes, which stand still while these wait for limits of our own."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar

from writ_gym.coroutines import running_loop


class Deadline:
    """A time after which what runs under it is given up; see ``deadline``."""

    def __init__(self, timeout: asyncio.Timeout, seconds: float | None) -> None:
        """Take what gives it up, and in how many seconds."""
        self._timeout = timeout
        self._loop = asyncio.get_running_loop()
        self._left = seconds
        """Seconds, while it stands still."""
        self._due: float | None = None
        """The time of the loop, while it runs."""
        self._alarm: asyncio.TimerHandle | None = None
        """What looks whether it is due; where that was put off meanwhile, it is set again."""
        self._holders = 0
        self._over = False
        self._go_on()

    def allow(self, seconds: float) -> None:
        """Give what comes next its own seconds: to move a deadline costs less than to make one.

        Raises:
            TimeoutError: It has passed, and who was cancelled for it has taken no notice.
        """
        self.check()
        self._left = seconds
        if not self._holders:
            self._go_on()

    def check(self) -> None:
        """Raise ``TimeoutError`` if it has passed, as ``allow`` does."""
        if self._timeout.expired():
            raise TimeoutError

    def hold(self) -> None:
        """Stand still until as many have released it as hold it."""
        self._holders += 1
        if self._holders == 1 and self._is_ahead():
            self._left = None if self._due is None else self._due - self._loop.time()
            self._due = None

    def release(self) -> None:
        """Go on, if nobody else holds it."""
        self._holders -= 1
        if not self._holders and self._is_ahead():
            self._go_on()

    def end(self) -> None:
        """Take notice that what ran under it has ended, though who holds it may not have."""
        self._over = True
        if self._alarm:
            self._alarm.cancel()

    def is_here(self) -> bool:
        """Say whether it is one of the event loop that runs here, which alone may move it."""
        return running_loop() is self._loop

    def _is_ahead(self) -> bool:
        return not (self._over or self._timeout.expired())

    def _go_on(self) -> None:
        self._due = None if self._left is None else self._loop.time() + self._left
        if self._due is not None and (self._alarm is None or self._due < self._alarm.when()):
            self._look_at(self._due)

    def _look_at(self, when: float) -> None:
        if self._alarm:
            self._alarm.cancel()
        self._alarm = self._loop.call_at(when, self._look)

    def _look(self) -> None:
        self._alarm = None
        if self._due is None:
            return
        if self._loop.time() < self._due:
            self._look_at(self._due)
        else:
            self._timeout.reschedule(self._due)


_UNDER: ContextVar[tuple[Deadline, ...]] = ContextVar("writ_gym_deadlines", default=())
"""The deadlines under which what runs here has to end."""


@asynccontextmanager
async def deadline(seconds: float | None) -> AsyncIterator[Deadline]:
    """Give up what runs in this context after some seconds, or when what it yields says so.

    Raises:
        TimeoutError: It was given up.
    """
    async with asyncio.timeout(None) as timeout:
        own = Deadline(timeout, seconds)
        token = _UNDER.set((*_UNDER.get(), own))
        try:
            yield own
        finally:
            own.end()
            _UNDER.reset(token)


@contextmanager
def on_hold() -> Iterator[None]:
    """Have the deadlines stand still under which this runs, for who waits for limits of our own.

    How long that takes hangs on how many episodes are in flight, and says nothing of this one.
    """
    held = [each for each in _UNDER.get() if each.is_here()]
    for each in held:
        each.hold()
    try:
        yield
    finally:
        for each in held:
            each.release()
