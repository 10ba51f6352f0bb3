"""Comparison of two evaluations on the tasks that they share."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from writ_gym.errors import WritGymError
from writ_gym.evaluation.estimators import LEVEL, RESAMPLES, Estimator, interval, pass_at, pass_hat
from writ_gym.evaluation.figures import Evaluation, TaskScore
from writ_gym.seeding import rng_for
from writ_gym.tasks import Config

Pair: TypeAlias = tuple[TaskScore, TaskScore]
"""What came of one task here and there."""

DIGITS = 6


class Difference(Config):
    """How much higher pass^k or pass@k is here than there, over tasks with k scores in both."""

    k: int
    here: float | None
    """None, as everything but the counts, if there is no such task."""
    there: float | None
    value: float | None
    """``here`` less ``there``."""
    low: float | None
    """Where the bootstrap interval of the difference begins; tasks are drawn in pairs."""
    high: float | None
    tasks: int


class CellDifference(Difference):
    """The difference in pass^1 in a cell of the plane."""

    write_count: int
    evidence_burden: int


class Comparison(Config):
    """What changed from one evaluation (there) to another one (here) of the same tasks."""

    tasks: int
    """Tasks that both have."""
    only_here: int
    only_there: int
    better: int
    """Tasks of which a larger share of the scored episodes passed here."""
    worse: int
    level: float
    pass_hat: tuple[Difference, ...]
    pass_at: tuple[Difference, ...]
    cells: tuple[CellDifference, ...]


def compare(
    here: Evaluation,
    there: Evaluation,
    *,
    seed: int = 0,
    level: float = LEVEL,
    resamples: int = RESAMPLES,
) -> Comparison:
    """Return how much better an evaluation is than another one, task by task.

    Each task is compared with itself, so that what makes tasks differ from one another does not
    widen the intervals, as it would if the two were compared by their own.

    Args:
        here: The evaluation in question, such as that of the newer agent.
        there: What it is compared with.
        seed: Seeds the bootstrap.
        level: Probability with which an interval is to hold the true difference.
        resamples: Bootstrap resamples of an interval.

    Raises:
        WritGymError: The two have no task in common.
    """
    before = {score.task_id: score for score in there.scores}
    pairs = [(score, before[score.task_id]) for score in here.scores if score.task_id in before]
    if not pairs:
        raise WritGymError("The two evaluations have no task in common; were they sampled alike?")
    ks = [k for k in _ks(here) if k in _ks(there)]
    draw = _Draw(seed, level, resamples)
    cells: defaultdict[tuple[int, int], list[Pair]] = defaultdict(list)
    for pair in pairs:
        cells[pair[0].write_count, pair[0].evidence_burden].append(pair)

    gains = [_gain(pair) for pair in pairs]
    return Comparison(
        tasks=len(pairs), only_here=len(here.scores) - len(pairs),
        only_there=len(there.scores) - len(pairs),
        better=sum(gain > 0 for gain in gains), worse=sum(gain < 0 for gain in gains), level=level,
        pass_hat=tuple(draw.difference("total", pairs, k, pass_hat) for k in ks),
        pass_at=tuple(draw.difference("total", pairs, k, pass_at) for k in ks),
        cells=tuple(
            CellDifference(
                write_count=cell[0], evidence_burden=cell[1],
                **dict(draw.difference(f"cell {cell}", among, 1, pass_hat)),
            )
            for cell, among in sorted(cells.items())
        ),
    )  # fmt: skip


@dataclass(frozen=True)
class _Draw:
    """How differences are computed."""

    seed: int
    level: float
    resamples: int

    def difference(
        self, name: str, pairs: Iterable[Pair], k: int, estimator: Estimator
    ) -> Difference:
        """Return the difference over some tasks; the name is that of their random stream."""
        values = _values(pairs, k, estimator)
        if not len(values):
            return Difference(k=k, here=None, there=None, value=None, low=None, high=None, tasks=0)
        here, there = values.mean(axis=0)
        low, high = interval(
            values[:, 0] - values[:, 1], rng_for(self.seed, "comparison", name), level=self.level,
            resamples=self.resamples, bounds=(-1.0, 1.0),
        )  # fmt: skip
        return Difference(
            k=k, here=_rounded(here), there=_rounded(there), value=_rounded(here - there),
            low=_rounded(low), high=_rounded(high), tasks=len(values),
        )  # fmt: skip


def _ks(found: Evaluation) -> list[int]:
    return [rate.k for rate in found.total.pass_hat]


def _values(
    pairs: Iterable[Pair], k: int, estimator: Estimator
) -> "np.ndarray[tuple[int, int], np.dtype[np.float64]]":
    """Return the estimates here and there of each task with k scores in both, one row a task."""
    enough = [pair for pair in pairs if all(score.scored >= k for score in pair)]
    passed, scored = ([[getattr(s, name) for s in pair] for pair in enough]
                      for name in ("passed", "scored"))  # fmt: skip
    return estimator(passed, scored, k).reshape(-1, 2)


def _gain(pair: Pair) -> float:
    """Return by how much the share of passed episodes is larger here; 0.0 if it is not known."""
    here, there = pair
    if not (here.scored and there.scored):
        return 0.0
    return here.passed / here.scored - there.passed / there.scored


def _rounded(value: float) -> float:
    return round(float(value), DIGITS)
