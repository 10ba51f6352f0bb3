"""Building, resetting, comparing and holding environments.

Run it with: python benchmarks/environments.py [DOMAIN]
"""

import gc
import sys
import tracemalloc

import gymnasium
from _timing import Baseline, head, row, seconds

from writ_gym import SamplerConfig, TaskSampler, WritEnv, load_domain
from writ_gym.directory import env_id_of
from writ_gym.envs.episode import goal_changes

LIVE = 2_000


def main(name: str = "retail") -> None:
    domain = load_domain(name)
    world = domain.world()
    data = world.db.plain()
    sampler = TaskSampler(domain, SamplerConfig(write_count=(1, 4)))
    tasks = list(sampler.tasks(0, 200))
    turn = iter(range(10**9))

    def build_and_reset() -> None:
        WritEnv(name).reset(seed=0, options={"task": tasks[next(turn) % 200]})

    def make_and_reset() -> None:
        gymnasium.make(env_id_of(name)).reset(seed=0, options={"task": tasks[next(turn) % 200]})

    env = WritEnv(name)
    copying = seconds(lambda: Baseline(data), 3)
    head(f"{name}: environment")
    row("build + reset to a given task", seconds(build_and_reset, 500), copying)
    row("gymnasium.make + reset to a given task", seconds(make_and_reset, 200), copying)
    row("reset to a task that is sampled", seconds(lambda: env.reset(), 300), copying)

    changes = [goal_changes(domain, world, task) for task in tasks]
    again = [goal_changes(domain, world, task) for task in tasks]
    baseline = Baseline(data)

    def compare() -> None:
        index = next(turn) % 200
        assert changes[index] == again[index]

    row("compare two final states", seconds(compare, 5_000), 2 * seconds(baseline.state, 3))

    gc.collect()
    tracemalloc.start()
    kept = [WritEnv(name) for _ in range(LIVE)]
    for index, live in enumerate(kept):
        live.reset(seed=index, options={"task": tasks[index % 200]})
        live.step(domain.lexicon.identity_questions[0])
    per_env = tracemalloc.get_traced_memory()[0] / LIVE
    tracemalloc.reset_peak()
    before = tracemalloc.get_traced_memory()[0]
    copied = Baseline(data)
    per_copy = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    row(f"memory of a live environment ({LIVE} held)", per_env, per_copy, "KB")
    del kept, copied


if __name__ == "__main__":
    main(*sys.argv[1:])
