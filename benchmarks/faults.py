"""A long run on endpoints that fail and lie, killed again and again: python benchmarks/faults.py

An endpoint plays the oracle and, with --user model, the users too. Of its answers to either, a
share is late, cut off, malformed, empty, an error, or none at all; or it is an answer, and a lie or
a refusal. The run is killed with SIGKILL at random moments and continued with the same command,
until every episode has a score. In the end each must be there once, and none scored wrongly:

- What goes wrong on the way is sent again, and is no part of any score.
- What the agent's model says is what that agent has said, if it lies (all is done when nothing is;
  a call of a tool that there is not, or with the arguments of another record) or refuses. The
  episode has the status ok and the reward that its writes and words have earned, whatever that is:
  playing it again from its record (`writ-gym verify`) must come to the same.
- What the user's model says is no fault of the agent's, if it lies (an id that it makes up, the
  part of the agent, leaving before anything is done) or refuses. The guard has to stop it and ask
  again, or else the episode is given up without a score.
- So an episode in which the agent neither lies nor refuses must have the reward 1.0.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from itertools import count, islice
from pathlib import Path

import numpy as np
from _endpoints import FOLDER, endpoint

from writ_gym import SamplerConfig, TaskSampler, load_domain
from writ_gym.runs.rollouts import sampled
from writ_gym.runs.store import EPISODES, FAILURES, read_records
from writ_gym.runs.task_files import write_tasks
from writ_gym.runs.verification import verify

MOST_RUNS = 10
"""How often the run is continued in the end: what has no score is played by the next."""
sys.path.append(str(FOLDER))

from fake_endpoint import FAULTS, LIES, is_lie, told_apart  # noqa: E402 - tests are no package


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--user", choices=("scripted", "model"), default="scripted")
    parser.add_argument("--tasks", type=int, default=500)
    parser.add_argument("--trials", type=int, default=10)
    parser.add_argument("--faults", type=float, default=0.2)
    parser.add_argument("--kinds", default=",".join(FAULTS + LIES))
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--workers", type=int, help="processes that play; by default one")
    parser.add_argument("--stream", action="store_true", help="have all answers streamed")
    arguments = parser.parse_args()
    domain = load_domain("retail")
    config = SamplerConfig(write_count=(0, 2), evidence_burden=(0, 5), split="test")
    drawn = map(sampled(TaskSampler(domain, config), 0), count())
    tasks = list(islice(told_apart(drawn), arguments.tasks))
    planned = len(tasks) * arguments.trials
    with tempfile.TemporaryDirectory() as folder:
        file, run = Path(folder) / "tasks.jsonl", Path(folder) / "run"
        write_tasks(file, tasks)
        options = ("--latency", 0.01, "--slow", 60, "--faults", arguments.faults)
        with endpoint(file, *options, "--kinds", arguments.kinds) as url:
            command = [
                sys.executable, "-c", "from writ_gym.cli import main; main()", "eval",
                "--agent", "openai:fake", *asking("agent", url, arguments),
                "--tasks-file", str(file), "-k", str(arguments.trials),
                "--concurrency", str(arguments.concurrency), "--out", str(run), "--json",
            ]  # fmt: skip
            if arguments.workers:
                command += ["--workers", str(arguments.workers)]
            if arguments.user == "model":
                command += ["--user", "llm:fake", *asking("user", url, arguments)]
            seen = kills(command, run / EPISODES, planned, arguments.kills)
            results = continued(command)
        report(run, results, seen, planned)


def asking(side: str, url: str, arguments: argparse.Namespace) -> list[str]:
    """Return the options of the model of one side."""
    streamed = [f"--{side}-stream"] if arguments.stream else []
    return [
        f"--{side}-base-url", url, f"--{side}-timeout", "5", f"--{side}-retries", "12", *streamed
    ]  # fmt: skip


def continued(command: list[str]) -> list[subprocess.CompletedProcess[str]]:
    """Run the command until every episode has a score; return what came of each time."""
    results: list[subprocess.CompletedProcess[str]] = []
    while len(results) < MOST_RUNS and (not results or results[-1].returncode == 3):
        results.append(subprocess.run(command, check=False, capture_output=True, text=True))
    return results


def kills(command: list[str], episodes: Path, planned: int, times: int) -> list[int]:
    """Run the command and kill it, again and again; return the episodes there were each time."""
    rng = np.random.default_rng(0)
    seen: list[int] = []
    for number in range(1, times + 1):
        target = planned * number // (times + 1)
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


def report(
    run: Path, results: list[subprocess.CompletedProcess[str]], seen: list[int], planned: int
) -> None:
    """Print what came of it."""
    records = list(read_records(run))
    once = Counter((record.task_id, record.trial) for record in records)
    print(f"killed {len(seen)} times, with {seen[:3]} ... {seen[-3:]} episodes there")
    print(f"{len(records)} records of {planned}; more than once: "
          f"{sum(times > 1 for times in once.values())}")  # fmt: skip
    lied = [any(map(is_lie, record.messages)) for record in records]
    for what, kind in (("the agent is honest", False), ("the agent lies or refuses", True)):
        rewards = Counter(r.reward for r, lies in zip(records, lied, strict=True) if lies == kind)
        print(f"{what}: rewards {dict(rewards)}")
    guard = sum((Counter(record.user.guard) for record in records), Counter[str]())
    print(f"of the user's turns, the guard stopped {dict(guard)}") if guard else None
    failures = run / FAILURES
    without = failures.read_text().splitlines() if failures.exists() else []
    print(f"without a score: {dict(Counter(json.loads(x)['status'] for x in without))}")
    wrong = sum(r.reward != 1.0 for r, lies in zip(records, lied, strict=True) if not lies)
    findings = verify(run).findings
    print(f"scored wrongly: {wrong} with an honest agent, {len(findings)} that differ played again")
    summary = json.loads(results[-1].stdout)
    print(f"exit codes {[result.returncode for result in results]}; "
          f"{json.dumps(summary['total']['episodes'])}"
          if "total" in summary else results[-1].stdout[:300])  # fmt: skip


if __name__ == "__main__":
    main()
