"""The command that evaluates: what it prints for people and programs, and how it goes on."""

import json
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from writ_gym.cli import main
from writ_gym.errors import BackendError
from writ_gym.evaluation.evaluating import EVALUATION, read_evaluation
from writ_gym.evaluation.figures import Evaluation
from writ_gym.policies import POLICIES
from writ_gym.policies.null import Fixed
from writ_gym.policies.oracle import oracle
from writ_gym.policy import Privileged
from writ_gym.runs import rollouts
from writ_gym.runs.store import EPISODES, read_records
from writ_gym.runs.task_files import write_tasks
from writ_gym.sampling.sampler import TaskSampler
from writ_gym.tasks import SamplerConfig

INSTALLED = shutil.which("writ-gym", path=str(Path(sys.executable).parent)) or "writ-gym"
SMALL = ("--world-size", "users=120", "--world-size", "orders=300")


def run(*arguments, code=0):
    words = [str(argument) for argument in arguments]
    result = CliRunner().invoke(main, words, prog_name="writ-gym")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result


def answer(*arguments, code=0):
    """Run a command with ``--json``; return what it prints, checked against the file."""
    result = run(*arguments, "--json", code=code)
    assert result.stderr == ""
    assert result.stdout.count("\n") == 1
    told = json.loads(result.stdout)
    folder, compared = Path(told.pop("out")), told.pop("comparison", None)
    assert Evaluation.model_validate(told) == read_evaluation(folder)
    return compared or told


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "run"


@pytest.fixture
def no_play(monkeypatch):
    """Let nothing be played from now on."""

    def refuse():
        async def play(*_):
            raise AssertionError("An episode was played.")

        monkeypatch.setattr(rollouts, "play", play)

    return refuse


def values(told, name="pass_hat"):
    return [rate["value"] for rate in told["total"][name]]


@pytest.mark.parametrize(("agent", "value"), [("oracle", 1.0), ("silent", 0.0)])
def test_the_oracle_passes_everything_and_who_says_nothing_passes_nothing(folder, agent, value):
    told = answer("eval", *SMALL, "--agent", agent, "-n", 6, "-k", 3, "--out", folder)
    assert told["plan"] == {"tasks": 6, "trials": 3}
    assert values(told) == values(told, "pass_at") == [value] * 3
    assert told["total"]["episodes"]["scored"] == 18
    assert sum(cell["tasks"] for cell in told["cells"]) == 6
    assert {record.split for record in read_records(folder)} == {"test"}


def test_people_get_the_rates_the_plane_and_the_causes_as_tables(folder):
    command = ("eval", *SMALL, "--agent", "shortcut:first", "-n", 30, "-k", 2, "--out", folder)
    text = run(*command).stdout
    found = read_evaluation(folder)
    total = found.total
    lines = text.splitlines()
    assert (
        lines[0]
        == f"30 tasks, 2 episodes each: {total.episodes.passed} of 60 scored episodes passed"
    )
    for name, rates in (("pass^", total.pass_hat), ("pass@", total.pass_at)):
        for rate in rates:
            row = f"{name}{rate.k} +{rate.value:.3f} +{rate.low:.3f}-{rate.high:.3f} +30"
            assert re.search(f"^ +{re.escape(name)}{row[len(name) :]}$", text, re.M)
    title = "pass^1 (and tasks) by write count (down) and evidence burden (across)"
    start = lines.index(title) + 1
    plane = lines[start : lines.index("", start)]
    cells = re.findall(r"(\d\.\d{3}) \((\d+)\)", "\n".join(plane))
    assert cells == [(f"{c.pass_hat[0].value:.3f}", str(c.tasks)) for c in found.cells]
    assert len({len(line) for line in plane}) == 1
    start = lines.index("Main causes of failure") + 1
    for line, (cause, count) in zip(lines[start:], total.causes.items(), strict=False):
        share = f"{count / sum(total.causes.values()):.1%}"
        assert line.split("such as ")[0].split() == [*cause.split("_"), str(count), share]
        assert line.endswith(found.examples[cause])
    assert lines[-1] == f"Written: {folder / EVALUATION}"
    assert "without a score" not in text


@pytest.fixture
def remote(monkeypatch):
    """Register an agent whose model cannot be reached in some episodes."""

    class Gone(Fixed):
        async def act(self, observation):
            raise BackendError("The provider is gone.")

    @Privileged
    def sometimes(domain, task):
        return oracle(domain, task) if task.seed % 2 else Gone((), "")

    monkeypatch.setitem(POLICIES, "remote", sometimes)


def test_missing_scores_give_the_exit_code_3_and_are_shown(folder, remote, monkeypatch):
    command = ("eval", *SMALL, "--agent", "remote", "-n", 12, "-k", 2, "--out", folder)
    told = answer(*command, code=3)
    episodes = told["total"]["episodes"]
    assert 0 < episodes["missing"] == episodes["infra_error"] < 24
    assert values(told) == [1.0, 1.0]
    text = run("eval", "--out", folder, code=3).stdout
    missing = episodes["missing"]
    assert f"without a score: {missing} of 24 planned episodes ({missing} infra error)\n" in text
    assert f"\n{missing:>7}  infra_error: The provider is gone.\n" in text
    assert re.search(r"^ +value +95% interval +tasks +left out +bounds$", text, re.M)
    assert re.search(rf"^  pass\^2 +1\.000 .+ +{missing // 2} +0\.\d+-1\.000$", text, re.M)
    monkeypatch.setitem(POLICIES, "remote", Privileged(oracle))
    assert answer(*command)["total"]["episodes"]["missing"] == 0


def test_a_run_where_nothing_has_a_score_has_tables_too(folder, monkeypatch):
    class Gone(Fixed):
        async def act(self, observation):
            raise BackendError("The provider is gone.")

    monkeypatch.setitem(POLICIES, "remote", lambda domain: Gone((), ""))
    command = ("eval", *SMALL, "--agent", "remote", "-n", 2, "--out", folder)
    text = run(*command, code=3).stdout
    assert text.startswith("2 tasks, 1 episode each: 0 of 0 scored episodes passed\n")
    assert re.search(r"^  pass\^1 +- +- +0 +2 +0\.000-1\.000$", text, re.M)
    assert "Means" not in text


def test_with_the_folder_alone_a_run_is_summarised_and_nothing_is_played(folder, no_play):
    run("rollout", "-n", 5, "--trials", 2, "--agent", "greet-only", "--out", folder)
    episodes = (folder / EPISODES).read_bytes()
    no_play()
    told = answer("eval", "--out", folder)
    assert told["plan"] == {"tasks": 5, "trials": 2}
    assert values(told) == [0.0, 0.0]
    assert (folder / EPISODES).read_bytes() == episodes


def test_the_same_command_plays_nothing_again_and_a_larger_one_adds(folder, no_play):
    command = ("eval", *SMALL, "--agent", "shortcut:first", "--out", folder)
    first = answer(*command, "-n", 4, "-k", 2)
    more = answer(*command, "-n", 6, "-k", 3)
    assert more["total"]["episodes"]["scored"] == 18
    assert [score["task_id"] for score in more["scores"]][:4] == [
        score["task_id"] for score in first["scores"]
    ]
    no_play()
    assert answer(*command, "-n", 6, "-k", 3) == more
    assert answer(*command, "-n", 4, "-k", 2) == first
    assert answer("eval", "--out", folder) == first


@pytest.fixture
def tasks_file(tmp_path, retail, shop):
    path = tmp_path / "tasks.jsonl"
    write_tasks(path, TaskSampler(retail, SamplerConfig(split="validation"), shop).tasks(2, 5))
    return path


def test_a_file_of_tasks_is_a_fixed_set(folder, tasks_file):
    command = ("eval", "--tasks-file", tasks_file, "--out", folder)
    told = answer(*command, "-k", 2)
    assert told["plan"] == {"tasks": 5, "trials": 2}
    assert values(told) == [1.0, 1.0]
    ids = [json.loads(line)["seed"] for line in tasks_file.read_text().splitlines()]
    assert sorted(ids) == sorted({record.task.seed for record in read_records(folder)})
    assert answer(*command, "-n", 2)["plan"] == {"tasks": 2, "trials": 1}
    assert "has 5 tasks" in run(*command, "-n", 6, code=1).stderr
    lines = tasks_file.read_text().splitlines(keepends=True)
    tasks_file.write_text("".join(lines[:4]))
    assert "was made with other task_ids, not these" in run(*command, code=1).stderr


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--write-count", "1"), "leave the options away that choose some"),
        (("--split", "test"), "leave the options away that choose some"),
        (("--zero-write", "0"), "leave the options away that choose some"),
        (("--world-seed", "1"), "leave the options away that choose some"),
        (("--env", "writ/airline-v0"), "Task 1 is one of retail, not of airline."),
        (("--agent", "human"), "A person plays with 'writ-gym play'."),
        (("--agent", "nobody"), "no agent policy 'nobody'"),
    ],
)
def test_what_does_not_fit_a_file_of_tasks_is_said(folder, tasks_file, arguments, complaint):
    result = run("eval", "--tasks-file", tasks_file, *arguments, "--out", folder, code=1)
    assert complaint in result.stderr
    assert result.stdout == ""


def test_a_file_of_tasks_of_another_world_or_of_none_is_refused(folder, tasks_file, tmp_path):
    text = tasks_file.read_text()
    digest = json.loads(text.splitlines()[0])["world"]["digest"]
    tasks_file.write_text(text.replace(digest, "f" * len(digest)))
    command = ("eval", "--tasks-file", tasks_file, "--out", folder)
    assert "made for the retail world ffffffffffff" in run(*command, code=1).stderr
    tasks_file.write_text("")
    assert "There is no task to play in " in run(*command, code=1).stderr
    missing = ("eval", "--tasks-file", tmp_path / "no.jsonl", "--out", folder)
    assert "Cannot read" in run(*missing, code=1).stderr


def test_two_runs_are_compared_task_by_task(folder, tmp_path, no_play):
    other = tmp_path / "other"
    command = ("eval", *SMALL, "-n", 8, "-k", 2)
    run(*command, "--agent", "silent", "--out", other)
    there = (other / EVALUATION).read_bytes()
    told = answer(*command, "--out", folder, "--compare", other)
    (one, two) = told["pass_hat"]
    assert [each["value"] for each in (one, two)] == [1.0, 1.0]
    assert (told["tasks"], told["better"], told["worse"]) == (8, 8, 0)
    no_play()
    lines = run("eval", "--out", folder, "--compare", other).stdout.splitlines()
    start = lines.index(f"In comparison with {other}")
    assert lines[start + 1] == "8 tasks in common: 8 better here, 0 worse"
    assert lines[start + 4].split()[:4] == ["pass^1", "1.000", "0.000", "+1.000"]
    lines = run("eval", "--out", other, "--compare", folder).stdout.splitlines()
    assert "8 tasks in common: 0 better here, 8 worse" in lines
    assert (other / EVALUATION).read_bytes() == there
    missing = run("eval", "--out", tmp_path / "new", "--compare", tmp_path / "nowhere", code=1)
    assert "nowhere is not a run" in missing.stderr
    assert not (tmp_path / "new").exists()


def test_eval_has_the_options_of_rollout_and_another_split():
    options = {
        name: {opt for option in main.commands[name].params for opt in option.opts}
        for name in ("eval", "rollout")
    }
    assert options["eval"] - options["rollout"] == {"-k", "--compare"}
    assert options["rollout"] <= options["eval"]
    for name, split in (("eval", "test"), ("rollout", "train")):
        text = " ".join(run(name, "--help").stdout.split())
        assert f"Part of the users that the tasks are about. [default: {split}]" in text


def test_the_installed_command_goes_on_after_a_kill(folder, tmp_path):
    command = [INSTALLED, "eval", *SMALL, "--agent", "random", "-n", "60", "-k", "2", "--out"]
    path = folder / EPISODES
    with subprocess.Popen([*command, str(folder)], stdout=subprocess.PIPE) as process:
        try:
            while not path.exists() or path.stat().st_size < 100_000:
                assert process.poll() is None
                time.sleep(0.01)
            process.send_signal(signal.SIGKILL)
        finally:
            process.kill()
    survived = path.read_bytes().rpartition(b"\n")[0]
    partial = answer("eval", "--out", folder, code=3)
    assert partial["plan"] == {"tasks": 60, "trials": 2}
    assert partial["total"]["episodes"]["not_played"] > 0
    told = answer(*command[1:], folder)
    assert told == answer(*command[1:], tmp_path / "whole")
    assert path.read_bytes().startswith(survived)
    places = [(record.index, record.trial) for record in read_records(folder)]
    assert sorted(places) == [(index, trial) for index in range(60) for trial in range(2)]
