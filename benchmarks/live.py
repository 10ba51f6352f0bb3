"""Episodes with a chat model behind an endpoint of fixed latency: python benchmarks/live.py

The endpoint is a process of its own that plays the oracle, and answers every request after the
given time. The rate that its latency allows is episodes in flight / latency; the baseline plays
as many episodes by one client each, one request after the other, as a plain script does. Every
line is measured in a process of its own; the memory of an episode in flight is what that grew by,
messages, connections, and what is made once included. With --jobs, a run samples its tasks itself:
by so many processes beside the one that plays (0: in that one), --tasks of them. How late the event
loop is, every hundredth time, says for how long episodes are held up that could go on.
"""

import argparse
import asyncio
import multiprocessing
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from writ_gym import Rollout, SamplerConfig, TaskSampler, load_domain, memory
from writ_gym.coroutines import run_in_loop
from writ_gym.endpoints import EndpointModel
from writ_gym.policies.llm import chat_agent
from writ_gym.rollouts import collect, listed, sampled
from writ_gym.servers import Endpoint
from writ_gym.store import RunStore, read_records
from writ_gym.task_files import write_tasks
from writ_gym.users import USERS

LOOK_S = 0.01
"""Seconds between two looks at how late the event loop is."""
FORK = multiprocessing.get_context("fork")
SERVER = Path(__file__).parents[1] / "tests" / "fake_endpoint.py"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--latency", type=float, default=0.2)
    parser.add_argument("--concurrency", type=int, nargs="+", default=[1, 100, 250, 1000])
    parser.add_argument("--tasks", type=int, default=200)
    parser.add_argument("--jobs", type=int)
    arguments = parser.parse_args()
    domain = load_domain("retail")
    world = domain.world()
    tasks = list(TaskSampler(domain, SamplerConfig(), world).tasks(0, arguments.tasks))
    head = ("in flight", "turns/s", "allowed", "share", "CPU ms/turn", "late ms", "peak MB",
            "KB/episode")  # fmt: skip
    print("".join(f"{name:>12}" for name in head))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tasks.jsonl"
        write_tasks(path, tasks)
        command = [sys.executable, SERVER, path, "--latency", str(arguments.latency)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            try:
                url = server.stdout.readline().strip()
                for number in arguments.concurrency:
                    row = FORK.Process(target=measure, args=(
                        domain, world, tasks, url, number, arguments.latency, Path(folder),
                        arguments.jobs,
                    ))  # fmt: skip
                    row.start()
                    row.join()
            finally:
                server.kill()


def peak() -> int:
    """Return the most memory that this process has had so far, in KB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def measure(domain, world, tasks, url, number, latency, folder, jobs=None) -> None:
    """Play as many episodes as are in flight at once, or as tasks are sampled; print the cost."""
    memory.keep()  # as the command does
    before = peak()
    model = EndpointModel(Endpoint(model="fake", base_url=url, connections=number))
    rollout = Rollout(
        domain, world, "openai:fake", chat_agent(model), "scripted", USERS["scripted"]
    )

    source, count = listed(tasks), number
    if jobs is not None:
        source, count = sampled(TaskSampler(domain, SamplerConfig(), world), 0), len(tasks)

    late: list[float] = []

    async def look() -> None:
        while True:
            due = time.perf_counter() + LOOK_S
            await asyncio.sleep(LOOK_S)
            late.append(time.perf_counter() - due)

    async def run(store: RunStore) -> None:
        looking = asyncio.create_task(look())
        await collect(rollout, source, store, count=count, concurrency=number, jobs=jobs or 0)
        looking.cancel()
        await model.aclose()

    with RunStore(folder / str(number), {}) as store:
        wall, cpu = time.perf_counter(), time.process_time()
        run_in_loop(run(store))
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    most = peak()
    turns = 0
    longest = 0
    for record in read_records(folder / str(number)):
        turns += record.measured.turns
        longest = max(longest, record.measured.turns)
        assert record.reward == 1.0, record.error
    ideal = min(number / latency, turns / (longest * latency))  # the longest one ends no earlier
    latest = sorted(late)[len(late) * 99 // 100]
    print(f"{number:>12}{turns / wall:>12.0f}{ideal:>12.0f}{turns / wall / ideal:>12.0%}"
          f"{cpu / turns * 1e3:>12.2f}{latest * 1e3:>12.0f}"
          f"{most / 1e3:>12.0f}{(most - before) / number:>12.0f}", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
