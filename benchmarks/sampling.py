"""Tasks sampled per second, by cell of the two axes: python benchmarks/sampling.py"""

import time

from writ_gym import SamplerConfig, TaskSampler, load_domain

CELLS = [
    ((0, 4), (0, 8)),
    (0, (0, 8)),
    (1, (0, 2)),
    (1, (5, 8)),
    ((2, 4), (0, 3)),
    ((3, 4), (5, 8)),
    (1, (9, 15)),
    ((5, 6), (9, 15)),
]
COUNT = 400


def main() -> None:
    domain = load_domain("retail")
    domain.world()
    print(f"{'write_count':<14}{'evidence_burden':<18}{'tasks/s':>10}")
    for write_count, evidence_burden in CELLS:
        config = SamplerConfig.model_validate(
            {"write_count": write_count, "evidence_burden": evidence_burden}
        )
        sampler = TaskSampler(domain, config)
        list(sampler.tasks(1, 50))
        start = time.process_time()
        for _ in sampler.tasks(0, COUNT):
            pass
        rate = COUNT / (time.process_time() - start)
        print(f"{write_count!s:<14}{evidence_burden!s:<18}{rate:>10.0f}")


if __name__ == "__main__":
    main()
