"""Episodes with a chat model behind an endpoint of fixed latency: python benchmarks/live.py

The endpoint is a process of its own that plays the oracle, and answers every request after the
given time. The rate that its latency allows is episodes in flight / latency; the baseline plays one
episode after the other, as a plain script does. Every line is measured in a process of its own,
over that part of a run in which all are in flight: until no more are to begin, and from when three
times as many episodes are over as play at once. By then the endpoint has made every answer, which
it does once, and episodes that began together have drifted apart. The memory of an episode in
flight is what the process grew by, messages, connections, and what is made once included; then what
of it the messages are, what the body of the request that waits (instructions, tools, and the
messages again), both as JSON and on average over all waits for the model, and what the rest. How
late the event loop is, every hundredth time, says for how long episodes are held up that could go
on.

With --workers, so many processes play, whose CPU is counted together. With --jobs, a run samples
its tasks itself: by so many processes beside the one that plays (0: in that one). The endpoint
needs a core, too: with fewer cores than there are workers and one more, it competes with them.
With --token-data, the endpoint gives token ids and log-probabilities, and the records hold them.
"""

import argparse
import asyncio
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean
from urllib.request import urlopen

from _endpoints import cpu_s, endpoint
from pydantic_core import to_json

from writ_gym import Rollout, SamplerConfig, TaskSampler, load_domain, memory
from writ_gym.coroutines import run_in_loop
from writ_gym.models.endpoints import EndpointModel
from writ_gym.models.servers import Endpoint, Server
from writ_gym.policies.llm import chat_agent
from writ_gym.records import EpisodeRecord
from writ_gym.runs.processes import Processes
from writ_gym.runs.rollouts import Progress, collect, listed, sampled
from writ_gym.runs.spreading import spread
from writ_gym.runs.store import RunStore, read_records
from writ_gym.runs.task_files import read_tasks, write_tasks
from writ_gym.users.scripted import USERS

LOOK_S = 0.01
"""Seconds between two looks at how late the event loop is."""
ROUNDS, BEFORE = 10, 3
"""Episodes of a run for each that is in flight, and those of them that are over before it is
measured."""
TASKS = 200
FORK = multiprocessing.get_context("fork")


@dataclass(frozen=True)
class Recipe:
    """What plays: a chat agent, so many episodes at once, and users that are scripted."""

    url: str
    number: int
    tasks: Path
    sampling: bool = False
    token_data: Server | None = None

    def __call__(self):
        domain = load_domain("retail")
        world = domain.world()
        model = EndpointModel(Endpoint(
            model="fake", base_url=self.url, connections=self.number, token_data=self.token_data,
        ))  # fmt: skip
        rollout = Rollout(
            domain, world, "openai:fake", chat_agent(model), "scripted", USERS["scripted"],
            models=(model,),
        )  # fmt: skip
        if self.sampling:
            return rollout, sampled(TaskSampler(domain, SamplerConfig(), world), 0)
        return rollout, listed(list(read_tasks(self.tasks)))


@dataclass
class Marks:
    """What was there when a run came to full speed, and when it was to slow down."""

    url: str
    number: int
    with_children: bool
    found: list[tuple[float, int, float]] = field(default_factory=list)
    """Time, answers of the endpoint, and CPU seconds."""

    def note(self, progress: Progress) -> None:
        """Look whether it is time."""
        due = (BEFORE * self.number, (ROUNDS - 2) * self.number)
        if len(self.found) < 2 and progress.played >= due[len(self.found)]:
            answers = int(urlopen(self.url).read())
            self.found.append((time.perf_counter(), answers, own_cpu_s(self.with_children)))


def own_cpu_s(with_children: bool) -> float:
    """Return the CPU seconds of this process so far, or with those of its children (Linux)."""
    children = multiprocessing.active_children() if with_children else ()
    return time.process_time() + sum(cpu_s(child.pid) for child in children)


def peak() -> int:
    """Return the most memory that this process has had so far, in KB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--latency", type=float, default=0.2)
    parser.add_argument("--concurrency", type=int, nargs="+", default=[1, 100, 250, 1000])
    parser.add_argument("--workers", type=int)
    parser.add_argument("--jobs", type=int)
    parser.add_argument("--token-data", action="store_const", const="vllm")
    arguments = parser.parse_args()
    domain = load_domain("retail")
    tasks = list(TaskSampler(domain, SamplerConfig(), domain.world()).tasks(0, TASKS))
    head = ("in flight", "turns/s", "allowed", "share", "CPU ms/turn", "late ms", "peak MB",
            "KB/episode", "messages", "request", "rest")  # fmt: skip
    print("".join(f"{name:>12}" for name in head))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tasks.jsonl"
        write_tasks(path, tasks)
        with endpoint(path, "--latency", arguments.latency) as url:
            for number in arguments.concurrency:
                recipe = Recipe(url, number, path, arguments.jobs is not None, arguments.token_data)
                row = FORK.Process(
                    target=measure, args=(recipe, Path(folder) / str(number), arguments)
                )
                row.start()
                row.join()


def measure(recipe: Recipe, folder: Path, arguments: argparse.Namespace) -> None:
    """Play; print what it took."""
    number, workers = recipe.number, arguments.workers
    marks = Marks(recipe.url, number, with_children=workers is not None)
    late: list[float] = []
    count = ROUNDS * number
    with RunStore(folder, {}) as store:
        if workers:
            world = load_domain("retail").world().ref.digest
            before = peak()
            run_in_loop(spread(
                Processes(), recipe, store, count=count, world=world, concurrency=number,
                workers=workers, report=marks.note,
            ))  # fmt: skip
        else:
            rollout, tasks = recipe()
            memory.keep()  # as the command does
            before = peak()

            async def run() -> None:
                looking = asyncio.create_task(look(late))
                await collect(
                    rollout, tasks, store, count=count, concurrency=number,
                    jobs=arguments.jobs or 0, report=marks.note,
                )  # fmt: skip
                looking.cancel()
                for model in rollout.models:
                    await model.aclose()

            run_in_loop(run())
    most = peak()
    messages, request = held_kb(read_records(folder))
    (time_0, turns_0, cpu_0), (time_1, turns_1, cpu_1) = marks.found
    turns = turns_1 - turns_0
    rate, allowed = turns / (time_1 - time_0), number / arguments.latency
    held = f"{sorted(late)[len(late) * 99 // 100] * 1e3:.0f}" if late else "-"
    memory_used = "-" if workers else f"{(most - before) / number:.0f}"
    rest = "-" if workers else f"{(most - before) / number - messages - request:.0f}"
    print(f"{number:>12}{rate:>12.0f}{allowed:>12.0f}{rate / allowed:>12.0%}"
          f"{(cpu_1 - cpu_0) / turns * 1e3:>12.2f}{held:>12}"
          f"{most / 1e3:>12.0f}{memory_used:>12}{messages:>12.0f}{request:>12.0f}{rest:>12}",
          flush=True)  # fmt: skip


def held_kb(records: Iterable[EpisodeRecord]) -> tuple[float, float]:
    """Return what messages and request of an episode take while it waits for the model, in KB."""
    messages: list[int] = []
    requests: list[int] = []
    for record in records:
        assert record.reward == 1.0, record.error
        instructions = len(to_json([record.system, record.tools]))
        so_far = 0
        for message in record.messages:
            if message["role"] == "assistant":
                messages.append(so_far)
                requests.append(so_far + instructions)
            so_far += len(to_json(message))
    return mean(messages) / 1024, mean(requests) / 1024


async def look(late: list[float]) -> None:
    """Note how late the event loop is, again and again."""
    while True:
        due = time.perf_counter() + LOOK_S
        await asyncio.sleep(LOOK_S)
        late.append(time.perf_counter() - due)


if __name__ == "__main__":
    main()
