"""Runs in several processes of this machine: equal records, and nothing lost or left."""

import asyncio
import json
import os
import signal
import sys
import time
from importlib import import_module
from pathlib import Path
from uuid import uuid4

import pytest
from click.testing import CliRunner

from writ_gym.cli import main
from writ_gym.errors import WritGymError
from writ_gym.runs.processes import Processes
from writ_gym.runs.spreading import spread
from writ_gym.runs.store import RunStore, read_records

SHOP = ("--world-size", "users=120", "--world-size", "orders=300")
ROLLOUT = ("rollout", *SHOP)
RECIPES = """
import os

from writ_gym import Rollout, SamplerConfig, TaskSampler, load_domain
from writ_gym.errors import WritGymError
from writ_gym.policies import load_policy
from writ_gym.runs.rollouts import sampled
from writ_gym.users.scripted import USERS


def oracle():
    retail = load_domain("retail")
    shop = retail.world(0, {"users": 120, "orders": 300})
    rollout = Rollout(
        retail, shop, "oracle", load_policy("oracle"), "scripted", USERS["scripted"]
    )
    return rollout, sampled(TaskSampler(retail, SamplerConfig(), shop), 0)


def faulty():
    raise ValueError("a bug of ours")


def refused():
    raise WritGymError("There is no key here.")


def dying():
    os._exit(3)
"""


@pytest.fixture
def recipes(tmp_path, monkeypatch):
    """Return a module of recipes that other processes can import, too."""
    folder = tmp_path / "recipes"
    folder.mkdir()
    (folder / "recipes_of_tests.py").write_text(RECIPES)
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delitem(sys.modules, "recipes_of_tests", raising=False)
    return import_module("recipes_of_tests")


class Noting(Processes):
    """Notes the processes that it has started."""

    def __init__(self):
        self.ids = []

    def start(self, recipe, concurrency):
        worker = super().start(recipe, concurrency)
        self.ids.append(worker._process.pid)
        return worker


def play(folder, recipe, world, count=40, crew=None, **how):
    with RunStore(folder, {}) as store:
        run = spread(crew or Processes(), recipe, store, count=count, world=world.ref.digest,
                     **{"workers": 2, **how})  # fmt: skip
        return asyncio.run(run)


def rollout(*arguments, code=0):
    """Run a command in this process; return what it printed."""
    command = ["rollout", *SHOP, *map(str, arguments), "--json"]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == code, result.output
    return result.stdout if code == 0 else result.stderr


def is_alive(process):
    return Path(f"/proc/{process}").exists()


def test_the_same_command_goes_on_in_one_process_and_in_several(tmp_path, oracle_run, untimed):
    folder = tmp_path / "run"
    rollout("-n", 3, "--out", folder)
    summary = json.loads(rollout("-n", 39, "--out", folder, "--workers", 2))
    assert (summary["continued_from"], summary["played"], summary["scored"]) == (3, 36, 39)
    assert json.loads(rollout("-n", 40, "--out", folder))["played"] == 1
    commands = [json.loads(line) for line in untimed(read_records(folder))]
    plain = [json.loads(line) for line in untimed(read_records(oracle_run.folder))]
    assert commands == plain


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc")
def test_a_process_that_is_killed_loses_and_repeats_nothing(
    tmp_path, oracle_run, recipes, shop, untimed
):
    crew = Noting()
    killed = []

    def kill_one(progress):
        if progress.played > 4 and not killed:
            killed.append(crew.ids[0])
            os.kill(crew.ids[0], signal.SIGKILL)

    progress = play(tmp_path / "run", recipes.oracle, shop, crew=crew, report=kill_one)
    assert len(crew.ids) == 3
    assert progress.played == 40
    assert untimed(read_records(tmp_path / "run")) == untimed(read_records(oracle_run.folder))
    assert not any(map(is_alive, crew.ids))


def test_what_a_worker_raises_is_raised_and_a_bug_shows_where_it_was(tmp_path, recipes, shop):
    with pytest.raises(WritGymError, match=r"^There is no key here\.$"):
        play(tmp_path / "run", recipes.refused, shop)
    with pytest.raises(ExceptionGroup) as raised:
        play(tmp_path / "run", recipes.faulty, shop, workers=1)
    told = str(raised.value.exceptions[0])
    assert "recipes_of_tests" in told
    assert told.endswith("ValueError: a bug of ours\n")


def test_workers_that_end_before_they_begin_are_told(tmp_path, recipes, shop):
    with pytest.raises(WritGymError, match=r"3 in a row died.*the process ended with code 3"):
        play(tmp_path / "run", recipes.dying, shop, workers=1)


def test_a_recipe_that_cannot_be_handed_over_is_told(tmp_path, recipes, shop):
    with pytest.raises(WritGymError, match=r"cannot be handed to another process: .*lambda"):
        play(tmp_path / "run", lambda: recipes.oracle(), shop)


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")
@pytest.mark.parametrize("way", ["Ctrl-C", "killed"])
def test_no_process_outlives_the_command_and_it_goes_on(tmp_path, way, running, processes_with):
    mark = uuid4().hex
    command = (*ROLLOUT, "--out", tmp_path / "run", "-n", 1_000_000, "--workers", 1)
    with running(command, tmp_path / "run", mark) as process:
        if way == "killed":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGINT)  # as a terminal does: the whole group
        told = process.communicate(timeout=60)
    if way == "Ctrl-C":
        assert process.returncode == 130
        assert told == (b"", b"writ-gym: stopped; the same command goes on from here.\n")
    end = time.monotonic() + 30
    while processes_with(mark):
        assert time.monotonic() < end
        time.sleep(0.05)
    # A kill may leave a part of a line behind the whole ones, which the command takes away.
    whole, _, _ = (tmp_path / "run" / "episodes.jsonl").read_bytes().rpartition(b"\n")
    indexes = [json.loads(line)["index"] for line in whole.splitlines()]
    assert len(set(indexes)) == len(indexes)
    summary = json.loads(rollout("-n", max(indexes) + 1, "--out", tmp_path / "run"))
    assert summary["continued_from"] == len(indexes)
    after = [record.index for record in read_records(tmp_path / "run")]
    assert after[: len(indexes)] == indexes
    assert sorted(after) == list(range(max(indexes) + 1))


def test_what_one_process_has_to_do_is_refused(tmp_path):
    command = ("-n", 2, "--out", tmp_path / "run", "--workers", 2)
    assert "--jobs is for one process" in rollout(*command, "--jobs", 2, code=1)
