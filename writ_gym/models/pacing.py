"""Rate limits: requests and tokens per minute, waited for in the order in which they are due."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from weakref import WeakKeyDictionary


class Pace:
    """Lets so many units a minute through, a second's worth of them at once.

    A bucket of one second's units (of one, if that is more) that fills at the given rate; who takes
    more than there is waits until the debt is paid. In an event loop, waiting is first come, first
    served, and one alone is in debt: who gives up waiting leaves no debt to those who come next.
    Source: the token bucket of traffic shaping (Turner, 1986).
    """

    def __init__(
        self,
        per_minute: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        """Begin with a full bucket.

        Args:
            per_minute: Units a minute.
            clock: Seconds.
            sleep: Waits for seconds.

        Raises:
            ValueError: The rate is not positive.
        """
        if per_minute <= 0:
            raise ValueError(f"A rate is more than 0 a minute, not {per_minute}.")
        self._per_second = per_minute / 60
        self._most = max(1.0, self._per_second)
        self._clock = clock
        self._sleep = sleep
        self._left = self._most
        self._filled = clock()
        self._lines: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = (
            WeakKeyDictionary()
        )

    async def take(self, units: float = 1) -> None:
        """Take units, after a wait if there are none left."""
        async with self._lines.setdefault(asyncio.get_running_loop(), asyncio.Lock()):
            now = self._clock()
            self._left = min(self._most, self._left + (now - self._filled) * self._per_second)
            self._filled = now
            self._left -= units
            if self._left < 0:
                await self._wait_or_give_back(units)

    async def _wait_or_give_back(self, units: float) -> None:
        try:
            await self._sleep(-self._left / self._per_second)
        except BaseException:
            self._left += units
            raise

    def settle(self, units: float) -> None:
        """Take units without a wait (or give back, if negative): who comes next waits longer."""
        self._left -= units
