"""Work shared out over processes."""

import asyncio
import operator
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from itertools import count
from typing import Any

import pytest

from writ_gym.errors import WritGymError
from writ_gym.jobs import AHEAD, Pool, ended

TWICE = partial(partial, operator.mul, 2)
"""Makes what doubles a number."""


@pytest.mark.parametrize("jobs", [1, 2])
def test_results_come_in_the_order_of_the_work(jobs: int) -> None:
    with Pool(TWICE, jobs) as pool:
        assert list(pool.map(range(20))) == [2 * number for number in range(20)]
        assert list(pool.map([])) == []


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_error_of_the_work_is_raised_in_its_place(jobs: int) -> None:
    def things() -> Iterator[str]:
        yield from ("1", "2", "three", "4")

    done = []
    with Pool(partial(partial, int), jobs) as pool, pytest.raises(ValueError, match="three"):
        done += pool.map(things())
    assert done == [1, 2]


def test_one_job_works_in_this_process_when_it_is_asked() -> None:
    made = []

    def make() -> Callable[[int], tuple[int, int]]:
        made.append("work")
        return lambda number: (number, os.getpid())

    with Pool(make, 1) as pool:
        results = pool.map(iter(range(3)))
        assert not made
        assert next(results) == (0, os.getpid())
        assert list(results) == [(1, os.getpid()), (2, os.getpid())]
    assert made == ["work"]


def test_no_more_is_taken_than_the_processes_have_to_do() -> None:
    numbers = count()
    with Pool(TWICE, 2) as pool, closing(pool.map(numbers)) as results:  # type: ignore[type-var]
        assert [next(results) for _ in range(3)] == [0, 2, 4]
        assert next(numbers) <= 3 + 2 * AHEAD


def test_a_process_that_dies_is_said() -> None:
    with Pool(partial(partial, os._exit), 2) as pool, pytest.raises(WritGymError, match="has died"):
        list(pool.map([1]))


WHERE = partial(partial, os.readlink)
"""Makes what says of ``SELF`` which process reads it."""
SELF = "/proc/self"


def test_a_process_beside_this_one_begins_work_before_its_result_is_wanted() -> None:
    async def results() -> list[str]:
        return [await ended(each) for each in begun]

    with Pool(WHERE, 1, beside=True) as pool:
        begun = [pool.begin(SELF) for _ in range(3)]
        found = set(asyncio.run(results()))
    assert len(found) == 1
    assert str(os.getpid()) not in found


def test_with_no_process_beside_this_one_work_is_done_when_it_is_begun() -> None:
    with Pool(WHERE, 0, beside=True) as pool:
        assert asyncio.run(ended(pool.begin(SELF))) == str(os.getpid())


def test_a_process_beside_this_one_that_dies_is_said() -> None:
    with (
        Pool(partial(partial, os._exit), 1, beside=True) as pool,
        pytest.raises(WritGymError, match="has died"),
    ):
        asyncio.run(ended(pool.begin(1)))


PARENT = """
import multiprocessing, time
from functools import partial
from writ_gym.jobs import Pool

if __name__ == "__main__":
    with Pool(partial(partial, time.sleep), 2) as pool:
        results = pool.map([0, 0, 600, 600])
        next(results)
        print(*[each.pid for each in multiprocessing.active_children()], flush=True)
        list(results)
"""


def test_processes_end_with_the_one_that_began_them_though_it_is_killed(tmp_path: Any) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    command, quiet = [sys.executable, script], subprocess.DEVNULL
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=quiet, text=True) as parent:
        assert parent.stdout
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        parent.kill()
    assert len(pids) == 2
    deadline = time.monotonic() + 20
    while any(map(is_alive, pids)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not any(map(is_alive, pids))


def is_alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
