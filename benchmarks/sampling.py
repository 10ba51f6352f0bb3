"""Certified tasks sampled, and checked, per second of CPU.

Run it with: python benchmarks/sampling.py [DOMAIN]
"""

import sys
import time

from writ_gym import SamplerConfig, TaskSampler, load_domain
from writ_gym.checking import check_task
from writ_gym.errors import TaskError
from writ_gym.grids import crossed, grid

PARTS = {
    "light half (0-3 writes, burden 0-7)": (range(4), range(8)),
    "right half (0-3 writes, burden 8-15)": (range(4), range(8, 16)),
    "upper half (4-6 writes, burden 1-7)": (range(4, 7), range(1, 8)),
    "heavy corner (4-6 writes, burden 8-15)": (range(4, 7), range(8, 16)),
}
COUNT = 240
CHECKED = 40


def main(name: str = "retail") -> None:
    domain = load_domain(name)
    world = domain.world()
    print(f"{'':<46}{'tasks/s':>9}{'checks/s':>10}")
    parts = {name: grid(SamplerConfig(), *axes, COUNT) for name, axes in PARTS.items()}
    empty: list[str] = []
    parts["crossed (3-4 writes, each burden 5 or more)"] = crossed(SamplerConfig(), COUNT // 8)
    for name, quotas in parts.items():
        made, seconds = [], 0.0
        for quota in quotas:
            sampler = TaskSampler(domain, quota.config, world)
            try:
                sampler.sample(1)  # what is made once per world and cell
            except TaskError:
                empty.append(quota.cell)
                continue
            start = time.process_time()
            made += list(sampler.tasks(0, quota.count))
            seconds += time.process_time() - start
        some = made[:: max(1, len(made) // CHECKED)]
        start = time.process_time()
        for task in some:
            if check_task(task, domain, world):
                raise TaskError(f"Task {task.task_id} cannot be proved.")
        checked = time.process_time() - start
        print(f"{name:<46}{len(made) / seconds:>9.0f}{len(some) / checked:>10.0f}", flush=True)
    print(f"cells (writes x burden) that cannot be filled: {', '.join(empty) or 'none'}")


if __name__ == "__main__":
    main(*sys.argv[1:])
