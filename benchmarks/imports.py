"""CPU time of the import, against that of its heaviest parts: python benchmarks/imports.py"""

import resource
import subprocess
import sys

RUNS = 7


def cpu_seconds(statement: str) -> float:
    """Return the least CPU seconds that a fresh interpreter takes to run ``statement``."""
    times = []
    for _ in range(RUNS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-c", statement], check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used = (after.ru_utime - before.ru_utime) + (after.ru_stime - before.ru_stime)
        times.append(used)
    return min(times)


def main() -> None:
    for statement in (
        "pass",
        "import gymnasium",
        "import writ_gym",
        "from writ_gym import WritEnv",
    ):
        print(f"{statement:<34}{cpu_seconds(statement):8.3f} s of CPU")


if __name__ == "__main__":
    main()
