"""Comparison: each task with itself, so that what changed shows where the intervals overlap."""

from statistics import mean

import numpy as np
import pytest

from writ_gym.errors import WritGymError
from writ_gym.evaluation.comparison import Comparison, compare
from writ_gym.evaluation.figures import Plan, TaskScore
from writ_gym.evaluation.summary import summarize
from writ_gym.seeding import rng_for


def evaluation(trials, *passed, first=0, scored=None, cell=(1, 2)):
    """Return an evaluation with these numbers of passed episodes, one for each task."""
    found = summarize([], planned=Plan(tasks=len(passed), trials=trials))
    scores = [
        TaskScore(
            task_id=f"t{number}", domain="retail", write_count=cell[0], evidence_burden=cell[1],
            planned=trials, scored=trials if scored is None else scored[number], passed=each,
        )
        for number, each in enumerate(passed, first)
    ]  # fmt: skip
    return found.model_copy(update={"scores": tuple(scores)})


def test_the_difference_is_that_of_the_tasks_in_common():
    found = compare(evaluation(2, 2, 1, 0, 2), evaluation(2, 1, 1, 2, first=1))
    assert (found.tasks, found.only_here, found.only_there) == (3, 1, 0)
    one, two = found.pass_hat
    assert (one.here, one.there, one.value) == (0.5, pytest.approx(2 / 3, abs=1e-6), one.value)
    assert one.value == pytest.approx(-1 / 6, abs=1e-6)
    assert (two.here, two.there) == (pytest.approx(1 / 3, abs=1e-6),) * 2
    assert two.value == 0.0
    assert [each.value for each in found.pass_at] == [one.value, pytest.approx(-1 / 3, abs=1e-6)]
    assert (found.better, found.worse) == (0, 1)


def test_a_task_with_itself_differs_in_nothing():
    found = compare(evaluation(3, 3, 2, 1, 0), evaluation(3, 3, 2, 1, 0))
    for each in (*found.pass_hat, *found.pass_at):
        assert each.value == 0.0
        assert -1 < each.low < 0 < each.high < 1  # four tasks are not enough to be sure
    assert (found.better, found.worse) == (0, 0)


def test_pairs_show_what_intervals_of_their_own_hide():
    chance = rng_for(0, "tasks").choice([0.0, 1.0], size=60)
    before = (4 * chance).astype(int)
    after = np.where(before == 0, 1, 4)  # each hopeless task passes once
    here, there = evaluation(4, *after.tolist()), evaluation(4, *before.tolist())
    rate = compare(here, there).pass_hat[0]
    assert rate.value == pytest.approx(mean((after - before) / 4), abs=1e-6)
    assert 0 < rate.low < rate.value < rate.high
    wide = compare(here, there, level=0.999).pass_hat[0]
    assert wide.low < rate.low
    assert wide.high > rate.high


def test_the_interval_of_a_difference_holds_the_true_one():
    held = 0
    for number in range(200):
        rng = rng_for(number, "pairs")
        chance = rng.beta(2, 2, size=40)
        before, after = rng.binomial(1, chance * 0.8), rng.binomial(1, chance)
        pair = evaluation(1, *after.tolist()), evaluation(1, *before.tolist())
        (rate,) = compare(*pair, resamples=500, seed=number).pass_hat
        held += rate.low <= 0.1 <= rate.high
    assert 0.90 <= held / 200 <= 0.995


def test_only_tasks_with_enough_scores_in_both_count():
    here = evaluation(2, 2, 1, 0, scored=[2, 1, 0])
    found = compare(here, evaluation(2, 0, 0, 0, scored=[2, 2, 2]))
    assert [(each.tasks, each.value) for each in found.pass_hat] == [(2, 1.0), (1, 1.0)]
    none = compare(evaluation(1, 0, scored=[0]), evaluation(1, 1)).pass_hat[0]
    assert (none.tasks, none.value, none.low, none.here) == (0, None, None, None)


def test_the_k_that_both_have_are_compared():
    found = compare(evaluation(4, 4, 1), evaluation(2, 2, 1))
    assert [each.k for each in found.pass_hat] == [1, 2]


def test_cells_are_compared_by_themselves():
    two = [evaluation(1, *passed, cell=(0, 3)) for passed in ((1, 1), (0, 1))]
    more = [evaluation(1, *passed, cell=(2, 5), first=9) for passed in ((0,), (1,))]
    both = [
        a.model_copy(update={"scores": (*b.scores, *a.scores)})
        for a, b in zip(two, more, strict=True)
    ]
    cells = compare(*both).cells
    assert [(c.write_count, c.evidence_burden, c.value, c.tasks) for c in cells] == [
        (0, 3, 0.5, 2), (2, 5, -1.0, 1),
    ]  # fmt: skip
    assert compare(*two).cells[0] == cells[0]


def test_without_a_task_in_common_there_is_nothing_to_compare():
    with pytest.raises(WritGymError, match="have no task in common"):
        compare(evaluation(1, 1), evaluation(1, 1, first=5))


def test_a_comparison_survives_json():
    found = compare(evaluation(2, 2, 1), evaluation(2, 1, 1))
    assert Comparison.model_validate_json(found.model_dump_json()) == found
