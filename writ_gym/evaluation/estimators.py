"""Estimators of pass^k and pass@k, and bootstrap intervals over tasks."""

from collections.abc import Callable
from statistics import NormalDist
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Numbers: TypeAlias = NDArray[np.float64]
Estimator: TypeAlias = Callable[[ArrayLike, ArrayLike, int], Numbers]
"""Gives an estimate for each task from (passed, trials, k)."""

LEVEL = 0.95
"""Probability with which an interval is to hold the true value."""
RESAMPLES = 5_000
"""Bootstrap resamples of an interval."""

_NORMAL = NormalDist()
_EQUAL = 1e-12
"""Means that differ by less are equal: they differ by rounding alone."""


def pass_hat(passed: ArrayLike, trials: ArrayLike, k: int) -> Numbers:
    """Return for each task the chance that k trials all pass: C(c, k) / C(n, k).

    It is unbiased: the share of the ways to take k of the n trials in which all of them passed.

    Args:
        passed: Trials of each task that passed.
        trials: Trials of each task; at least k.
        k: How many are taken.

    Source: pass^k of tau-bench (Yao et al., 2024, arXiv 2406.12045).
    """
    return _all_of(passed, trials, k)


def pass_at(passed: ArrayLike, trials: ArrayLike, k: int) -> Numbers:
    """Return for each task the chance that one of k trials passes: 1 - C(n - c, k) / C(n, k).

    Args and shapes are those of ``pass_hat``.

    Source: pass@k of Codex (Chen et al., 2021, arXiv 2107.03374).
    """
    return 1.0 - _all_of(np.subtract(trials, passed), trials, k)


def _all_of(some: ArrayLike, trials: ArrayLike, k: int) -> Numbers:
    """Return C(some, k) / C(trials, k) as a product, which never overflows."""
    among, of = np.asarray(some, np.float64), np.asarray(trials, np.float64)
    if np.any(of < k):
        raise ValueError(f"{k} trials cannot be taken of {of.min():.0f}.")
    chance = np.ones_like(of)
    for taken in range(k):
        chance *= np.maximum(among - taken, 0.0) / (of - taken)
    return chance


def interval(
    values: ArrayLike,
    rng: np.random.Generator,
    *,
    level: float = LEVEL,
    resamples: int = RESAMPLES,
    bounds: tuple[float, float] = (0.0, 1.0),
) -> tuple[float, float]:
    """Return a bootstrap interval of the mean over tasks: bias-corrected and accelerated (BCa).

    Tasks are drawn again with replacement, the trials of a task stay together. If all values are
    equal, drawing again shows nothing; then the interval says how many tasks of another value may
    have been missed, by the exact binomial bound: with 20 tasks that all pass, it begins at 0.83.

    Args:
        values: One value for each task, at least one.
        rng: Draws the resamples.
        level: Probability with which the interval is to hold the true mean.
        resamples: How many resamples are drawn.
        bounds: The least and the largest value that a task can have.

    Source: Efron, "Better bootstrap confidence intervals", JASA 82 (1987), section 6; the bound
    for equal values is that of Clopper and Pearson, Biometrika 26 (1934).
    """
    distinct, counts = np.unique(np.asarray(values, np.float64), return_counts=True)
    tasks = int(counts.sum())
    if len(distinct) == 1:
        share = ((1 - level) / 2) ** (1 / tasks)
        value = float(distinct[0])
        low, high = (share * value + (1 - share) * bound for bound in bounds)
        return low, high
    # Which of the equal values are drawn makes no difference, so only their number is drawn.
    means = rng.multinomial(tasks, counts / tasks, size=resamples) @ distinct / tasks
    places = _bca_places(distinct, counts, means, level)
    low, high = np.quantile(means, places)
    return float(low), float(high)


def _bca_places(
    distinct: Numbers, counts: NDArray[np.intp], means: Numbers, level: float
) -> list[float]:
    """Return the two quantiles of the resampled means that bound the interval."""
    tasks = counts.sum()
    mean = counts @ distinct / tasks
    equal = np.abs(means - mean) < _EQUAL
    below = np.mean((means < mean) & ~equal) + np.mean(equal) / 2
    least = 0.5 / len(means)
    bias = _NORMAL.inv_cdf(float(np.clip(below, least, 1 - least)))
    away = distinct - mean
    skew = float(counts @ away**3 / (6 * (counts @ away**2) ** 1.5))
    ends = [_NORMAL.inv_cdf(end) for end in ((1 - level) / 2, (1 + level) / 2)]
    return [_NORMAL.cdf(bias + (bias + end) / (1 - skew * (bias + end))) for end in ends]
