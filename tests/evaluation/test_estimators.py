"""Estimators: equal to counting every way to choose trials, and intervals that hold the truth."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from writ_gym.evaluation.estimators import interval, pass_at, pass_hat
from writ_gym.seeding import rng_for

TRIALS = 8


@st.composite
def outcomes(draw):
    """Return the results of the trials of a task, and a number of them to take."""
    results = draw(st.lists(st.booleans(), min_size=1, max_size=TRIALS))
    return results, draw(st.integers(1, len(results)))


@given(outcomes())
def test_the_estimators_count_every_way_to_take_k_trials(drawn):
    results, k = drawn
    ways = list(combinations(results, k))
    args = sum(results), len(results), k
    assert pass_hat(*args) == pytest.approx(sum(map(all, ways)) / len(ways))
    assert pass_at(*args) == pytest.approx(sum(map(any, ways)) / len(ways))


def test_the_estimators_are_not_biased():
    chance, trials, k = 0.7, 6, 3
    passed = rng_for(0, "trials").binomial(trials, chance, size=200_000)
    total = np.full_like(passed, trials)
    assert pass_hat(passed, total, k).mean() == pytest.approx(chance**k, abs=0.004)
    assert pass_at(passed, total, k).mean() == pytest.approx(1 - (1 - chance) ** k, abs=0.004)


def test_many_trials_do_not_overflow():
    assert pass_hat(9_999, 10_000, 5_000) == pytest.approx(0.5)
    assert pass_at(1, 10_000, 5_000) == pytest.approx(0.5)


def test_more_trials_than_there_are_cannot_be_taken():
    for estimator in (pass_hat, pass_at):
        with pytest.raises(ValueError, match=r"^3 trials cannot be taken of 2\.$"):
            estimator([1, 1], [4, 2], 3)


@pytest.mark.parametrize(("tasks", "k"), [(20, 1), (20, 3), (60, 2)])
@pytest.mark.parametrize("shape", [(2.0, 2.0), (8.0, 1.0), (0.5, 0.5)])
def test_intervals_hold_the_true_value_as_often_as_they_say(tasks, k, shape):
    a, b = shape
    truth = np.prod([(a + i) / (a + b + i) for i in range(k)])
    held = 0
    for number in range(200):
        rng = rng_for(number, "tasks", tasks, k)
        passed = rng.binomial(4, rng.beta(a, b, size=tasks))
        low, high = interval(pass_hat(passed, np.full(tasks, 4), k), rng, resamples=1000)
        held += low <= truth <= high
    assert 0.90 <= held / 200 <= 0.995


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30), st.floats(0.5, 0.99), st.integers(0, 99))
def test_an_interval_is_within_bounds_and_the_same_for_equal_seeds(values, level, seed):
    low, high = interval(values, rng_for(seed), level=level, resamples=200)
    assert 0 <= low <= high <= 1
    assert interval(values, rng_for(seed), level=level, resamples=200) == (low, high)


def test_a_higher_level_gives_a_wider_interval():
    values = rng_for(1).random(40)
    wide, narrow = (interval(values, rng_for(2), level=level) for level in (0.99, 0.8))
    assert wide[0] < narrow[0] < values.mean() < narrow[1] < wide[1]


@pytest.mark.parametrize("tasks", [1, 20, 200])
def test_equal_values_do_not_make_an_interval_certain(tasks):
    share = 0.025 ** (1 / tasks)  # if it is the share of tasks that pass, all do with 2.5 %
    assert interval([1.0] * tasks, rng_for(0)) == pytest.approx((share, 1))
    assert interval([0.0] * tasks, rng_for(0)) == pytest.approx((0, 1 - share))
    low, high = interval([0.5] * tasks, rng_for(0))
    assert (low, high) == pytest.approx((share / 2, 1 - share / 2))
    differences = interval([0.0] * tasks, rng_for(0), bounds=(-1, 1))
    assert differences == pytest.approx((share - 1, 1 - share))


def test_an_interval_is_that_of_tasks_drawn_one_by_one():
    values = rng_for(3).choice([0.0, 0.25, 1.0], size=50)
    drawn = rng_for(4).choice(values, size=(20_000, 50)).mean(axis=1)
    ends = interval(values, rng_for(5), resamples=20_000)
    # Values this even have next to no bias and skew, so that the plain percentiles are close.
    assert ends == pytest.approx(np.quantile(drawn, [0.025, 0.975]), abs=0.02)
