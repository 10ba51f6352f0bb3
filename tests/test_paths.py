"""Paths that callers give: text will do, as everywhere in Python."""

import os
from pathlib import Path

import pytest

from writ_gym.datasets.exports import export, select
from writ_gym.errors import StoreError
from writ_gym.evaluation.evaluating import evaluate_run, read_evaluated, read_evaluation
from writ_gym.reports.statistics import statistics_of
from writ_gym.runs.recordings import Recorder, Recording
from writ_gym.runs.store import RunStore, read_manifest, read_records, read_run
from writ_gym.runs.task_files import TaskStore, read_tasks, write_tasks
from writ_gym.runs.verification import verify
from writ_gym.tau2.layer import load_database
from writ_gym.tau2.replay import read_cases, replay


@pytest.fixture
def run(oracle_run, tmp_path):
    """Return the path of a run of five episodes, as text."""
    folder = str(tmp_path / "run")
    with RunStore(folder, read_manifest(oracle_run.folder)) as store:
        for record in oracle_run.records[:5]:
            store.append(record)
    return folder


def test_a_run_is_read_by_its_path_as_text(run):
    assert len(list(read_records(run))) == len(list(read_run(run))) == 5
    assert read_manifest(run) == read_manifest(Path(run))
    assert verify(run).verified == 5
    assert len(statistics_of(run).values["turns"]) == 5
    assert evaluate_run(run).total.episodes.scored == 5
    assert read_evaluated(run) == read_evaluation(run)


def test_training_data_is_written_to_a_path_that_is_text(run, tmp_path):
    assert export(run, "openai", str(tmp_path / "train.jsonl"))["written"] == 5
    kept = str(tmp_path / "kept.jsonl")
    assert select(run, kept).read == 5
    with pytest.raises(StoreError, match=r"is what is exported"):
        export(kept, "openai", kept)


def test_tasks_are_written_and_read_by_a_path_that_is_text(oracle_run, tmp_path):
    path = os.path.join(tmp_path, "more", "tasks.jsonl")
    tasks = [record.task for record in oracle_run.records[:3]]
    assert write_tasks(path, tasks) == 3
    assert list(read_tasks(path)) == tasks
    with TaskStore(str(tmp_path / "grown.jsonl"), {}) as store:
        store.append(tasks[0])
    assert list(read_tasks(str(tmp_path / "grown.jsonl"))) == tasks[:1]


def test_a_recording_is_opened_by_a_path_that_is_text(tmp_path):
    path = str(tmp_path / "answers.jsonl")
    Recorder(path).close()
    Recording(path).close()
    assert Recording(path, replay=True).path == Path(path)


def test_the_data_of_tau2_is_found_by_a_path_that_is_text(tmp_path):
    for read in (load_database, replay):
        with pytest.raises(StoreError, match=f"There is no folder {tmp_path}/retail"):
            read("retail", str(tmp_path))
    with pytest.raises(StoreError, match="is a folder"):
        next(read_cases(str(tmp_path)))
