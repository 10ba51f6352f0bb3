"""A curriculum: sampler configs, easiest first, and a scheduler from success rates to a level."""

from collections import deque
from collections.abc import Sequence

from writ_gym.tasks import SamplerConfig

_AXES: tuple[tuple[tuple[int, int], tuple[int, int], int], ...] = (
    ((0, 1), (0, 2), 0),
    ((1, 2), (1, 4), 0),
    ((1, 1), (5, 8), 0),
    ((2, 4), (2, 6), 0),
    ((1, 2), (7, 12), 0),
    ((3, 6), (5, 10), 0),
    ((3, 4), (5, 15), 5),
)

LEVELS: tuple[SamplerConfig, ...] = tuple(
    SamplerConfig(write_count=writes, evidence_burden=burden, least_burden=least)
    for writes, burden, least in _AXES
)
"""From one light write or none to several writes that are heavy each."""


class Scheduler:
    """Goes up a level when the latest episodes on it go well, and down when they do not."""

    def __init__(
        self,
        levels: Sequence[SamplerConfig] = LEVELS,
        window: int = 50,
        up: float = 0.8,
        down: float = 0.2,
    ) -> None:
        """Begin at the easiest level.

        Args:
            levels: Sampler configs, easiest first.
            window: Episodes on a level that are looked at.
            up: Success rate from which the next level begins.
            down: Success rate below which the level before begins again.

        Raises:
            ValueError: There is no level, no window, or the rates are not in order.
        """
        if not levels or window < 1 or not 0 <= down < up <= 1:
            raise ValueError("A curriculum needs levels, a window, and rates 0 <= down < up <= 1.")
        self.levels = tuple(levels)
        self.level = 0
        self._up, self._down = up, down
        self._latest: deque[bool] = deque(maxlen=window)

    @property
    def config(self) -> SamplerConfig:
        """The config of the present level."""
        return self.levels[self.level]

    @property
    def success_rate(self) -> float | None:
        """Share of the latest episodes on this level that went well, None before the first."""
        return sum(self._latest) / len(self._latest) if self._latest else None

    def record(self, success: bool) -> int:
        """Note an episode on the present level and return the level of the next one."""
        self._latest.append(success)
        rate = self.success_rate
        if rate is None or len(self._latest) < (self._latest.maxlen or 1):
            return self.level
        step = (rate >= self._up) - (rate < self._down)
        level = min(max(self.level + step, 0), len(self.levels) - 1)
        if level != self.level:
            self.level = level
            self._latest.clear()
        return self.level
