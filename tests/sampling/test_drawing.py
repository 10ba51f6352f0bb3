"""Draws that world generators share."""

import pytest

from writ_gym.sampling.drawing import day_near, draw_words, numbers, pick, share_out, some, unused
from writ_gym.seeding import rng_for


def test_numbers_differ_and_have_no_leading_zeros() -> None:
    drawn = list(numbers(rng_for(0, "x"), 9000, digits=4))
    assert sorted(drawn) == [str(number) for number in range(1000, 10_000)]


@pytest.mark.parametrize(("total", "low", "high"), [(0, 0, 3), (10, 0, 3), (15, 0, 3), (12, 2, 4)])
def test_shares_add_up_and_stay_in_their_range(total: int, low: int, high: int) -> None:
    shares = share_out(rng_for(1, "x"), total, 5, low, high)
    assert shares.sum() == total
    assert low <= shares.min() <= shares.max() <= high


def test_what_is_unused_is_drawn_until_it_is_new() -> None:
    draws = iter(["a", "b", "a", "c"])
    taken = {"b"}
    assert [unused(lambda: next(draws), taken) for _ in range(2)] == ["a", "c"]
    assert taken == {"a", "b", "c"}


def test_every_value_is_picked_some_time() -> None:
    rng = rng_for(2, "x")
    assert {pick(rng, "abc") for _ in range(60)} == set("abc")


def test_words_depend_on_the_seed_and_the_domain() -> None:
    assert draw_words(0, "one") == draw_words(0, "one")
    assert draw_words(0, "one") != draw_words(1, "one")
    assert draw_words(0, "one") != draw_words(0, "other")


def test_some_are_different_ones_and_no_more_than_there_are() -> None:
    for seed in range(20):
        chosen = some(rng_for(seed), "abcdef", 4)
        assert len(set(chosen)) == 4
        assert set(chosen) <= set("abcdef")
    assert sorted(some(rng_for(0), (1, 2), 5)) == [1, 2]


def test_a_day_lies_in_the_range() -> None:
    days = {day_near(rng_for(seed), "2024-02-28", 0, 3) for seed in range(60)}
    assert days == {"2024-02-28", "2024-02-29", "2024-03-01"}
