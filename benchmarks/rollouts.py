"""Complete offline episodes per second and core: python benchmarks/rollouts.py [DOMAIN]

Oracle and scripted user; sampling the task, playing, and writing the record are all counted.
"""

import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path

from _timing import Baseline, seconds

from writ_gym import Rollout, SamplerConfig, TaskSampler, collect, load_domain, memory
from writ_gym.policies import load_policy
from writ_gym.runs.rollouts import listed, sampled
from writ_gym.runs.store import RunStore
from writ_gym.users.scripted import USERS

COUNT = 2_000


def main(name: str = "retail") -> None:
    domain = load_domain(name)
    world = domain.world()
    rollout = Rollout(domain, world, "oracle", load_policy("oracle"), "scripted", USERS["scripted"])
    sampler = TaskSampler(domain, SamplerConfig())
    list(sampler.tasks(1, 200))
    tasks = list(sampler.tasks(2, COUNT))  # others than are played before: texts are remembered
    memory.keep()  # as the command does
    copying = seconds(lambda: Baseline(world.db.plain()), 3)
    print(f"{'':<34}{'episodes/s':>12}{'episodes per world copy':>26}")
    for what, source in (
        ("sample + play + write the record", sampled(sampler, 0)),
        ("play + write the record", listed(tasks)),
    ):
        with tempfile.TemporaryDirectory() as folder, RunStore(Path(folder), {}) as store:
            start = time.process_time()
            asyncio.run(collect(rollout, source, store, count=COUNT))
            rate = COUNT / (time.process_time() - start)
            size = (Path(folder) / "episodes.jsonl").stat().st_size / COUNT
            with (Path(folder) / "episodes.jsonl").open() as lines:
                rewards = [json.loads(line)["reward"] for line in lines]
        print(f"{what:<34}{rate:>12.0f}{rate * copying:>26.1f}")
    print(f"mean reward {sum(rewards) / COUNT}, {size / 1e3:.1f} KB a record")


if __name__ == "__main__":
    main(*sys.argv[1:])
