"""Rate limits, by a clock that only waiting moves on."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from writ_gym.models.pacing import Pace


class Clock:
    def __init__(self):
        self.now = 0.0
        self.waits = []

    def __call__(self):
        return self.now

    async def sleep(self, seconds):
        self.waits.append(seconds)
        await asyncio.sleep(0)
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


async def queue(pace, names, through):
    """Return a task by name for each of some who wait; ``through`` gets who was let through."""

    async def wait(name):
        await pace.take()
        through.append(name)

    return {name: asyncio.create_task(wait(name)) for name in names}


def test_who_gives_up_waiting_leaves_no_debt_to_those_who_come_next():
    clock, pace = paced(60)

    async def run():
        tasks = await queue(pace, range(11), through := [])
        while not through:  # noqa: ASYNC110 - no event says so
            await asyncio.sleep(0)
        for task in tasks.values():
            task.cancel()
        await asyncio.gather(*tasks.values(), return_exceptions=True)
        assert through == [0]
        await pace.take()

    asyncio.run(run())
    assert clock.now == 1.0


def test_who_waits_is_let_through_in_order_though_others_before_give_up():
    clock, pace = paced(60)
    through = []

    async def run():
        tasks = await queue(pace, "abcdef", through)
        while clock.now < 1:  # noqa: ASYNC110 - no event says so
            await asyncio.sleep(0)
        for name in "cd":
            tasks[name].cancel()
        tasks |= await queue(pace, "g", through)
        await asyncio.gather(*tasks.values(), return_exceptions=True)

    asyncio.run(run())
    assert through == ["a", "b", "e", "f", "g"]
    assert clock.now == 4.0


def test_a_limit_is_one_for_all_event_loops():
    clock, pace = paced(60)

    async def run():
        await asyncio.gather(*(pace.take() for _ in range(3)))

    for _ in range(2):
        asyncio.run(run())
    assert clock.now == 5.0


@given(st.lists(st.integers(1, 50), min_size=1, max_size=60), st.integers(30, 6000))
def test_the_rate_is_never_exceeded(units, per_minute):
    clock, pace = paced(per_minute)
    asyncio.run(take(pace, *units))
    at_once = max(1.0, per_minute / 60)
    assert sum(units) <= at_once + clock.now * per_minute / 60 + 1e-6


def test_a_rate_of_nothing_is_refused():
    with pytest.raises(ValueError, match="more than 0 a minute, not 0"):
        Pace(0)
