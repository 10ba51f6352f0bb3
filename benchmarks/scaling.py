"""Episodes per second of two Ray workers against one: python benchmarks/scaling.py [cpu] [latency]

Once bound by the CPU (oracle and scripted user), once by the latency of an endpoint (0.25 s, a
fake one on loopback that plays the oracle; each worker has as many episodes in flight). Workers
are warm: time runs from when all are there and have played once what is in flight, and ends before
the last tenth of the episodes. One and two workers take turns,
since other load of the machine changes; the ratio of the medians counts. On a machine with other
load, rates that are bound by the CPU say little: then see what an episode costs in CPU time, in the
workers and in the process that writes the run. If workers cost no more when there are two, two
free cores give twice as much. What two processes that only compute get here, against one, is
printed first: no ratio can be better. Each of the two takes some two minutes.
"""

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import median

from _endpoints import cpu_s, endpoint

from writ_gym import Rollout, SamplerConfig, TaskSampler, load_domain
from writ_gym.models.endpoints import EndpointModel
from writ_gym.models.servers import Endpoint
from writ_gym.policies import load_policy
from writ_gym.policies.llm import chat_agent
from writ_gym.runs.cluster import Cluster
from writ_gym.runs.rollouts import Progress, TaskSource, sampled
from writ_gym.runs.spreading import spread
from writ_gym.runs.store import RunStore
from writ_gym.runs.task_files import write_tasks
from writ_gym.users.scripted import USERS

SIZE = {"users": 500, "orders": 2_000}
REPEATS = 3
FIGURES = (": episodes/s", ": CPU ms/episode, workers", ": CPU ms/episode, driver")
LATENCY_S = 0.25


class Recipe:
    """What a worker plays: the oracle, or a model behind an endpoint."""

    def __init__(self, url: str | None) -> None:
        self.url = url

    def __call__(self) -> tuple[Rollout, TaskSource]:
        retail = load_domain("retail")
        world = retail.world(0, SIZE)
        agent = load_policy("oracle")
        if self.url:
            agent = chat_agent(EndpointModel(Endpoint(model="fake", base_url=self.url)))
        rollout = Rollout(retail, world, "agent", agent, "scripted", USERS["scripted"])
        return rollout, sampled(TaskSampler(retail, SamplerConfig(), world), 0)


def both_cpu_s() -> tuple[float, float]:
    """Return the CPU seconds of all workers so far, and of this process (Linux)."""
    total = 0.0
    for path in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (path / "cmdline").read_bytes().startswith(b"ray::Worker"):
                total += cpu_s(path.name)
    return total, time.process_time()


def rate(
    cluster: Cluster, recipe: Recipe, workers: int, count: int, in_flight: int
) -> tuple[float, float, float]:
    """Return the episodes per second, and CPU ms of workers and of this process per episode."""
    marks: list[tuple[int, float, tuple[float, float]]] = []
    begin, last = count, count - count // 10

    def note(progress: Progress) -> None:
        nonlocal begin
        if begin == count and progress.workers == workers:
            begin = progress.played + in_flight * workers
        if progress.played >= (last if marks else begin) and len(marks) < 2:
            marks.append((progress.played, time.monotonic(), both_cpu_s()))

    world = load_domain("retail").world(0, SIZE).ref.digest
    with tempfile.TemporaryDirectory() as folder, RunStore(Path(folder), {}) as store:
        asyncio.run(
            spread(
                cluster, recipe, store, count=count, workers=workers, world=world,
                concurrency=in_flight * workers, report=note,
            )
        )  # fmt: skip
        assert store.reward_sum == count
    (played_0, time_0, (workers_0, own_0)), (played_1, time_1, (workers_1, own_1)) = marks
    played = played_1 - played_0
    return (
        played / (time_1 - time_0),
        1e3 * (workers_1 - workers_0) / played, 1e3 * (own_1 - own_0) / played,
    )  # fmt: skip


def compare(cluster: Cluster, what: str, recipe: Recipe, count: int, in_flight: int) -> None:
    found: dict[int, list[tuple[float, float, float]]] = {1: [], 2: []}
    for _ in range(REPEATS):
        for workers, runs in found.items():
            runs.append(rate(cluster, recipe, workers, count * workers, in_flight))
    figures = [[median(each) for each in zip(*runs, strict=True)] for runs in found.values()]
    for name, *values in zip(FIGURES, *figures, strict=True):
        one, two = values
        print(f"{what + name:<52}{one:>9.1f}{two:>9.1f}{two / one:>8.2f}x", flush=True)


SPIN = """
import time
end = time.monotonic() + 5
turns = 0
while time.monotonic() < end:
    turns += 1
print(turns)
"""


def spin(processes: int) -> float:
    """Return how often processes that do nothing else look at the clock, together."""
    command = [sys.executable, "-c", SPIN]
    spinning = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(processes)]
    return sum(float(process.communicate()[0]) for process in spinning)


def main(*chosen: str) -> None:
    with Cluster("local", 2) as cluster:
        print(f"{'':<52}{'1 worker':>9}{'2':>9}{'ratio':>9}", flush=True)
        if "cpu" in chosen:
            one, two = (median(spin(n) for _ in range(REPEATS)) for n in (1, 2))
            print(f"{'what this machine gives: turns of a loop / 1e6':<52}"
                  f"{one / 1e6:>9.1f}{two / 1e6:>9.1f}{two / one:>8.2f}x", flush=True)  # fmt: skip
            compare(cluster, "CPU", Recipe(None), count=150, in_flight=8)
        if "latency" in chosen:
            with fake_endpoint(80) as url:
                compare(cluster, "latency", Recipe(url), count=40, in_flight=8)


@contextmanager
def fake_endpoint(count: int) -> Iterator[str]:
    """Give the address of an endpoint that plays the oracle of the first tasks."""
    retail = load_domain("retail")
    source = sampled(TaskSampler(retail, SamplerConfig(), retail.world(0, SIZE)), 0)
    with tempfile.TemporaryDirectory() as folder:
        tasks = Path(folder) / "tasks.jsonl"
        write_tasks(tasks, map(source, range(count)))
        with endpoint(tasks, "--latency", LATENCY_S) as url:
            yield url


if __name__ == "__main__":
    main(*(sys.argv[1:] or ("cpu", "latency")))
