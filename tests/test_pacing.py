"""Rate limits, by a clock that only waiting moves on."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from writ_gym.pacing import Pace


class Clock:
    def __init__(self):
        self.now = 0.0
        self.waits = []

    def __call__(self):
        return self.now

    async def sleep(self, seconds):
        self.waits.append(seconds)
        self.now += seconds


def paced(per_minute):
    clock = Clock()
    return clock, Pace(per_minute, clock, clock.sleep)


async def take(pace, *units):
    for each in units:
        await pace.take(each)


def test_one_second_of_units_goes_through_at_once_and_the_next_waits():
    clock, pace = paced(120)
    asyncio.run(take(pace, 1, 1))
    assert clock.waits == []
    asyncio.run(take(pace, 1))
    assert clock.waits == [0.5]


def test_a_slow_rate_still_lets_the_first_through():
    clock, pace = paced(6)
    asyncio.run(take(pace, 1, 1))
    assert clock.waits == [10.0]


def test_more_than_a_second_holds_is_paid_with_a_wait():
    clock, pace = paced(600)
    asyncio.run(take(pace, 30))
    assert clock.waits == [2.0]


def test_what_was_really_used_makes_the_next_wait_longer_or_shorter():
    clock, pace = paced(600)
    asyncio.run(take(pace, 10))
    pace.settle(20)
    asyncio.run(take(pace, 0))
    assert clock.waits == [2.0]
    pace.settle(-5)
    asyncio.run(take(pace, 5))
    assert clock.waits == [2.0]


@given(st.lists(st.integers(1, 50), min_size=1, max_size=60), st.integers(30, 6000))
def test_the_rate_is_never_exceeded(units, per_minute):
    clock, pace = paced(per_minute)
    asyncio.run(take(pace, *units))
    at_once = max(1.0, per_minute / 60)
    assert sum(units) <= at_once + clock.now * per_minute / 60 + 1e-6


def test_a_rate_of_nothing_is_refused():
    with pytest.raises(ValueError, match="more than 0 a minute, not 0"):
        Pace(0)
