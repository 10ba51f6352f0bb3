"""Coroutines that plain code runs: here, in the background, and not where a loop would block."""

import asyncio
import os
import signal
import subprocess
import sys
import threading

import pytest

from writ_gym.coroutines import (
    Done,
    background_loop,
    begin,
    finish,
    in_event_loop,
    run,
    run_in_loop,
)

INSTEAD = "`await it`"


async def immediate():
    return threading.current_thread().name


async def waiting(ticks=1):
    await in_event_loop()
    for _ in range(ticks):
        await asyncio.sleep(0)
    return threading.current_thread().name


def test_what_never_waits_runs_here_and_starts_no_thread():
    before = threading.active_count()
    here = threading.current_thread().name
    assert finish(immediate()) == run(immediate(), INSTEAD) == here
    assert begin(immediate()) == Done(here)
    assert threading.active_count() == before


def test_what_waits_is_carried_on_in_one_background_thread():
    assert {run(waiting(), INSTEAD) for _ in range(3)} == {"writ-gym"}
    assert [t.name for t in threading.enumerate()].count("writ-gym") == 1
    assert background_loop() is background_loop()


def test_threads_that_need_it_at_once_share_the_background():
    seen = []
    threads = [threading.Thread(target=lambda: seen.append(background_loop())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 8
    assert len(set(seen)) == 1


def test_a_client_may_stay_bound_to_the_loop_between_calls():
    bound = asyncio.Lock()

    async def use():
        await in_event_loop()
        async with bound:
            await asyncio.gather(bound_once(), asyncio.sleep(0))

    async def bound_once():
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(bound.acquire(), 0.001)

    for _ in range(2):
        run(use(), INSTEAD)


def test_an_error_is_that_of_the_coroutine():
    async def broken():
        await waiting()
        raise LookupError("no such thing")

    with pytest.raises(LookupError, match="no such thing"):
        run(broken(), INSTEAD)


def test_a_running_event_loop_is_not_blocked():
    async def inside():
        assert run(immediate(), INSTEAD) == threading.current_thread().name
        with pytest.raises(RuntimeError, match=r"would block the event loop.*`await it` instead"):
            run(waiting(), INSTEAD)
        return await waiting()

    assert asyncio.run(inside()) == threading.current_thread().name


def test_what_waits_without_a_loop_is_an_error_that_names_it():
    async def sleeping():
        await asyncio.sleep(0)

    for call in (finish, begin):
        with pytest.raises(RuntimeError, match=r"sleeping.*was to be done at once, but it waits"):
            call(sleeping())
    with pytest.raises(RuntimeError, match=r"waiting.*was to be done at once"):
        finish(waiting())


@pytest.mark.usefixtures("interrupts")
def test_an_interrupt_cancels_what_is_waited_for():
    cancelled = threading.Event()

    async def interrupted():
        await in_event_loop()
        main = threading.main_thread().ident
        while sys._current_frames()[main].f_code is not threading.Condition.wait.__code__:  # noqa: ASYNC110 - no event says so
            await asyncio.sleep(0)
        signal.pthread_kill(main, signal.SIGINT)
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    with pytest.raises(KeyboardInterrupt):
        run(interrupted(), INSTEAD)
    assert cancelled.wait(10)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_background_that_was_ended_is_started_again():
    async def leaving():
        await in_event_loop()
        raise SystemExit(3)

    before = background_loop()
    with pytest.raises(SystemExit):
        run(leaving(), INSTEAD)
    for thread in threading.enumerate():
        if thread.name == "writ-gym":
            thread.join(10)
    assert run(waiting(), INSTEAD) == "writ-gym"
    assert background_loop() is not before


FORK = """
import asyncio, os, sys
from writ_gym.coroutines import in_event_loop, run

async def waiting():
    await in_event_loop()
    await asyncio.sleep(0)
    return os.getpid()

assert run(waiting(), "") == os.getpid()
child = os.fork()
if child == 0:
    os._exit(run(waiting(), "") != os.getpid())
assert run(waiting(), "") == os.getpid()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_process_has_a_background_of_its_own():
    done = subprocess.run([sys.executable, "-c", FORK], timeout=60, check=False)
    assert done.returncode == 0


LEFT = """
import asyncio
from writ_gym.coroutines import background_loop

async def forever():
    try:
        await asyncio.Event().wait()
    finally:
        print("cancelled", flush=True)

asyncio.run_coroutine_threadsafe(forever(), background_loop())
"""


def test_a_process_ends_quietly_with_something_under_way():
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-c", LEFT],
        timeout=60, check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("cancelled\n", "")


async def kind_of_loop():
    return type(asyncio.get_running_loop()).__module__.partition(".")[0]


def test_a_loop_of_ones_own_is_the_faster_one_where_that_is_installed(monkeypatch):
    pytest.importorskip("uvloop")
    assert run_in_loop(kind_of_loop()) == "uvloop"
    monkeypatch.setitem(sys.modules, "uvloop", None)
    assert run_in_loop(kind_of_loop()) == "asyncio"
