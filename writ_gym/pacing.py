"""Rate limits: requests and tokens per minute, waited for in the order in which they are due."""

import asyncio
import time
from collections.abc import Awaitable, Callable


class Pace:
    """Lets so many units a minute through, a second's worth of them at once.

    A bucket of one second's units (of one, if that is more) that fills at the given rate; who takes
    more than there is waits until the debt is paid. Waiting is first come, first served.
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

    async def take(self, units: float = 1) -> None:
        """Take units, after a wait if there are none left."""
        now = self._clock()
        self._left = min(self._most, self._left + (now - self._filled) * self._per_second)
        self._filled = now
        self._left -= units
        if self._left < 0:
            await self._sleep(-self._left / self._per_second)

    def settle(self, units: float) -> None:
        """Take units without a wait (or give back, if negative): who comes next waits longer."""
        self._left -= units
