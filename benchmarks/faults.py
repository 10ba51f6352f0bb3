"""A long run on an endpoint that fails, killed again and again: python benchmarks/faults.py

The endpoint plays the oracle; of its answers, a share is late, cut off, malformed, empty, refused
or an error. The run is killed with SIGKILL at random moments and continued with the same command.
In the end every episode must be there once, with a reward of 1.0.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np

from writ_gym import SamplerConfig, TaskSampler, load_domain
from writ_gym.store import EPISODES, read_records
from writ_gym.task_files import write_tasks

SERVER = Path(__file__).parents[1] / "tests" / "fake_endpoint.py"
sys.path.append(str(SERVER.parent))

from fake_endpoint import told_apart  # noqa: E402 - tests are no package


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=500)
    parser.add_argument("--trials", type=int, default=10)
    parser.add_argument("--faults", type=float, default=0.2)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--concurrency", type=int, default=64)
    arguments = parser.parse_args()
    domain = load_domain("retail")
    config = SamplerConfig(write_count=(0, 2), evidence_burden=(0, 5), split="test")
    tasks = told_apart(TaskSampler(domain, config).tasks(0, arguments.tasks))
    with tempfile.TemporaryDirectory() as folder:
        file, run = Path(folder) / "tasks.jsonl", Path(folder) / "run"
        write_tasks(file, tasks)
        serve = [sys.executable, SERVER, file, "--latency", "0.01", "--slow", "60", "--faults",
                 str(arguments.faults)]  # fmt: skip
        with subprocess.Popen(serve, stdout=subprocess.PIPE, text=True) as server:
            url = server.stdout.readline().strip()
            command = [
                sys.executable, "-c", "from writ_gym.cli import main; main()", "eval",
                "--agent", "openai:fake", "--agent-base-url", url, "--agent-timeout", "5",
                "--agent-retries", "12", "--tasks-file", str(file), "-k", str(arguments.trials),
                "--concurrency", str(arguments.concurrency), "--out", str(run), "--json",
            ]  # fmt: skip
            killed_at = kills(
                command, run / EPISODES, len(tasks) * arguments.trials, arguments.kills
            )
            result = subprocess.run(command, check=False, capture_output=True, text=True)
            server.kill()
        report(run, result, killed_at, len(tasks) * arguments.trials)


def kills(command: list[str], episodes: Path, planned: int, count: int) -> list[int]:
    """Run the command and kill it, again and again; return the episodes there were each time."""
    rng = np.random.default_rng(0)
    seen: list[int] = []
    for number in range(1, count + 1):
        target = planned * number // (count + 1)
        with subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            while process.poll() is None and lines(episodes) < target:
                time.sleep(0.05)
            time.sleep(float(rng.random()) / 2)
            process.kill()
        seen.append(lines(episodes))
    return seen


def lines(path: Path) -> int:
    """Return how many lines a file has, 0 if it is not there."""
    return path.read_bytes().count(b"\n") if path.exists() else 0


def report(run: Path, result: subprocess.CompletedProcess[str], seen: list[int], planned: int):
    """Print what came of it."""
    records = [(r.task_id, r.trial, r.reward, r.status) for r in read_records(run)]
    once = Counter((task, trial) for task, trial, *_ in records)
    print(f"killed {len(seen)} times, with {seen[:3]} ... {seen[-3:]} episodes there")
    print(f"{len(records)} records of {planned}; more than once: "
          f"{sum(count > 1 for count in once.values())}; "
          f"rewards {dict(Counter(reward for *_, reward, _ in records))}")  # fmt: skip
    summary = json.loads(result.stdout)
    print(f"exit code {result.returncode}; {json.dumps(summary['total']['episodes'])}"
          if "total" in summary else result.stdout[:300])  # fmt: skip


if __name__ == "__main__":
    main()
