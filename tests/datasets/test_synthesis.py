"""A training set in one go, and again after it was interrupted."""

import json

import pytest

from writ_gym.certificates.checking import check_task
from writ_gym.datasets.synthesis import KEPT, REPORT, RUN, TASKS, TRAIN, synthesize
from writ_gym.domain import load_domain
from writ_gym.errors import StoreError
from writ_gym.runs.task_files import read_tasks
from writ_gym.sampling.grids import writ_2k
from writ_gym.tasks import SamplerConfig

RETAIL = load_domain("retail")


def made(out, count=20, **options):
    return synthesize(
        RETAIL, RETAIL.world(), writ_2k(SamplerConfig(), count), out, seed=3, **options
    )


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_training_set_has_certified_tasks_and_only_right_trajectories(tmp_path):
    report = made(tmp_path)
    tasks = list(read_tasks(tmp_path / TASKS))
    assert report.tasks == report.episodes == len(tasks) == 20
    for task in tasks:
        assert check_task(task, RETAIL, RETAIL.world()) == []
    kept = lines(tmp_path / KEPT)
    assert len(kept) == report.kept == len(lines(tmp_path / TRAIN))
    assert {record["reward"] for record in kept} == {1.0}
    kinds = {row["trajectory_type"] for row in lines(tmp_path / TRAIN)}
    assert kinds == {"read_heavy", "write_intensive", "normal"}
    assert json.loads((tmp_path / REPORT).read_text()) == report.model_dump()


def test_an_interrupted_synthesis_goes_on_and_ends_the_same(tmp_path):
    whole = made(tmp_path / "whole")
    made(tmp_path / "cut")
    episodes = tmp_path / "cut" / RUN / "episodes.jsonl"
    content = episodes.read_bytes()
    episodes.write_bytes(content[: len(content) // 2])
    (tmp_path / "cut" / REPORT).unlink()
    again = made(tmp_path / "cut")
    assert again.model_dump(exclude={"out"}) == whole.model_dump(exclude={"out"})
    parts = [(tmp_path / name / TRAIN).read_text() for name in ("whole", "cut")]
    assert sorted(parts[0].splitlines()) == sorted(parts[1].splitlines())


def test_other_settings_need_another_folder(tmp_path):
    made(tmp_path)
    with pytest.raises(StoreError, match="was made with n=20, not 30; other quotas, not these: "):
        made(tmp_path, count=30)
    with pytest.raises(StoreError, match="made with preset=None, not 'crossed': repeat that"):
        made(tmp_path, made_from={"preset": "crossed"})


def test_trajectories_of_a_flawed_agent_are_dropped_and_counted(tmp_path):
    report = made(tmp_path, agent="flawed:no-confirmation")
    assert report.dropped["confirmed"] >= 15
    assert report.kept + report.dropped["confirmed"] >= 20


def test_trajectories_whose_users_say_nearly_the_same_are_dropped_if_asked_for(tmp_path):
    whole = made(tmp_path, 60)
    assert "distinct_text" not in whole.dropped
    varied = made(tmp_path, 60, similarity=0.2)
    assert varied.dropped["distinct_text"] == whole.kept - varied.kept > 0
    assert len(lines(tmp_path / TRAIN)) == varied.kept
