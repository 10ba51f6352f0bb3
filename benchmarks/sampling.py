"""Certified tasks sampled, and checked, per second of CPU, and what was rejected on the way.

A second of one machine is not one of another: the last columns are the same figures in units of a
fixed loop of plain Python, timed between the cells of the same run. They compare machines and days.

Run it with: python benchmarks/sampling.py [DOMAIN] [--thorough], as the commands sample
"""

import argparse
import time
from collections import Counter

from writ_gym import SamplerConfig, TaskSampler, load_domain, memory
from writ_gym.certificates.checking import check_task
from writ_gym.errors import TaskError
from writ_gym.sampling.grids import crossed, grid

PARTS = {
    "light half (0-3 writes, burden 0-7)": (range(4), range(8)),
    "right half (0-3 writes, burden 8-15)": (range(4), range(8, 16)),
    "upper half (4-6 writes, burden 1-7)": (range(4, 7), range(1, 8)),
    "heavy corner (4-6 writes, burden 8-15)": (range(4, 7), range(8, 16)),
}
COUNT = 240
CHECKED = 40


def loop() -> float:
    """Return the CPU seconds of the fixed loop, about 0.03 on a machine of 2024."""
    start, known, value = time.process_time(), {}, 0
    for step in range(300_000):
        known[step & 1023] = (value, step)
        value = (value * 31 + step) % 1_000_003
    return time.process_time() - start


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("domain", nargs="?", default="retail")
    parser.add_argument("--thorough", action="store_true", help="see TaskSampler")
    arguments = parser.parse_args()
    domain = load_domain(arguments.domain)
    world = domain.world()
    memory.keep()  # as the command does it
    print(f"{'':<46}{'tasks/s':>9}{'checks/s':>10}{'loops/task':>12}{'loops/check':>13}")
    parts = {name: grid(SamplerConfig(), *axes, COUNT) for name, axes in PARTS.items()}
    empty: list[str] = []
    parts["crossed (3-4 writes, each burden 5 or more)"] = crossed(SamplerConfig(), COUNT // 8)
    for name, quotas in parts.items():
        made, seconds, loops = [], 0.0, []
        rejected: Counter[str] = Counter()
        for quota in quotas:
            sampler = TaskSampler(domain, quota.config, world, arguments.thorough)
            try:
                sampler.sample(1)  # what is made once per world and cell
            except TaskError:
                empty.append(quota.cell)
                continue
            sampler.rejected.clear()
            start = time.process_time()
            made += list(sampler.tasks(0, quota.count))
            seconds += time.process_time() - start
            rejected += sampler.rejected
            loops.append(loop())
        some = made[:: max(1, len(made) // CHECKED)]
        start = time.process_time()
        for task in some:
            if check_task(task, domain, world):
                raise TaskError(f"Task {task.task_id} cannot be proved.")
        checked = (time.process_time() - start) / len(some)
        unit, sampled = sum(loops) / len(loops), seconds / len(made)
        print(
            f"{name:<46}{1 / sampled:>9.0f}{1 / checked:>10.0f}"
            f"{sampled / unit:>12.3f}{checked / unit:>13.3f}",
            flush=True,
        )
        for reason, count in rejected.most_common():
            print(f"    rejected: {count / len(made):>6.2f} a task  {reason}")
    print(f"cells (writes x burden) that cannot be filled: {', '.join(empty) or 'none'}")


if __name__ == "__main__":
    main()
