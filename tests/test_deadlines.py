"""Deadlines that stand still, in an event loop that leaps over all waits."""

import asyncio
from contextlib import suppress
from contextvars import copy_context
from threading import Thread

import pytest

from writ_gym.deadlines import deadline, on_hold


def now():
    return asyncio.get_running_loop().time()


async def held(seconds):
    with on_hold():
        await asyncio.sleep(seconds)


async def given_up_at(coroutine, seconds=10):
    """Return when what runs under a deadline was given up, or None if it was not."""
    try:
        async with deadline(seconds):
            await coroutine
    except TimeoutError:
        return now()
    return None


def test_what_takes_longer_than_its_deadline_is_given_up(in_no_time):
    assert in_no_time(given_up_at(asyncio.sleep(11))) == 10
    assert in_no_time(given_up_at(asyncio.sleep(9))) is None
    assert in_no_time(given_up_at(asyncio.sleep(9999), None)) is None


def test_a_deadline_stands_still_while_it_is_held_and_goes_on_where_it_was(in_no_time):
    async def wait(last):
        await asyncio.sleep(4)
        await held(1000)
        await asyncio.sleep(3)
        await held(1000)
        await asyncio.sleep(last)

    assert in_no_time(given_up_at(wait(2))) is None
    assert in_no_time(given_up_at(wait(4))) == 2010


def test_a_deadline_within_another_is_held_together_with_it(in_no_time):
    async def wait():
        await held(1000)
        async with deadline(5) as turn:
            await held(1000)
            turn.allow(5)
            await asyncio.sleep(4)
            turn.allow(5)
            await asyncio.sleep(4)
            await held(1000)
            turn.allow(1000)
            await asyncio.sleep(100)

    assert in_no_time(given_up_at(wait(), 20)) == 3020


def test_a_deadline_stands_still_until_the_last_of_several_releases_it(in_no_time):
    async def wait():
        await asyncio.gather(held(10), held(30), asyncio.sleep(35))

    assert in_no_time(given_up_at(wait(), 4)) == 34


def test_what_is_allowed_while_somebody_holds_it_counts_from_the_release(in_no_time):
    async def run():
        async with deadline(1) as turn:
            holding = asyncio.create_task(held(50))
            await asyncio.sleep(0)
            turn.allow(7)
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(1000)
            await holding
            return now()

    assert in_no_time(run()) == 57


def test_who_takes_no_notice_of_being_given_up_is_told_by_what_comes_next(in_no_time):
    async def run():
        async with deadline(1) as turn:
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(2)
            await held(3)
            with pytest.raises(TimeoutError):
                turn.allow(5)
            return True

    assert in_no_time(run())


def test_who_holds_a_deadline_beyond_its_end_does_no_harm(in_no_time):
    async def run():
        async with deadline(10):
            holding = asyncio.create_task(held(50))
            await asyncio.sleep(1)
        await holding
        return now()

    assert in_no_time(run()) == 50


def test_an_event_loop_of_another_thread_does_not_move_the_deadlines_of_this_one(in_no_time):
    def elsewhere():
        asyncio.run(held(0))
        with on_hold():
            pass

    async def wait():
        there = Thread(target=copy_context().run, args=(elsewhere,))
        there.start()
        there.join()
        await asyncio.sleep(11)

    assert in_no_time(given_up_at(wait())) == 10
