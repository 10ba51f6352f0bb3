"""The commands about data: what they print and write, for people and for programs."""

import json
import re
import sys

import pytest
from click.testing import CliRunner

from writ_gym.cli import main
from writ_gym.datasets.exports import export
from writ_gym.datasets.filters import FILTERS
from writ_gym.runs.store import EPISODES, read_records
from writ_gym.runs.task_files import write_tasks
from writ_gym.sampling.sampler import TaskSampler
from writ_gym.tasks import SamplerConfig


def run(*arguments, code=0):
    words = [str(argument) for argument in arguments]
    result = CliRunner().invoke(main, words, prog_name="writ-gym")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result


def answer(*arguments):
    result = run(*arguments, "--json")
    assert result.stdout.count("\n") == 1
    return json.loads(result.stdout)


@pytest.fixture
def mixed(tmp_path, oracle_run):
    """Return a file with ten right records, one with a made-up id, and one that is there twice."""
    records = oracle_run.records[:11]
    made_up = {"role": "user", "content": "It is #W0000001."}
    worse = records[10].model_copy(update={"messages": (*records[10].messages, made_up)})
    path = tmp_path / "mixed.jsonl"
    lines = [record.model_dump_json() for record in [*records[:10], worse, records[0]]]
    path.write_text("\n".join(lines) + "\n")
    return path


def test_filter_writes_what_is_right_and_says_why_not_the_rest(mixed, tmp_path):
    out = tmp_path / "out.jsonl"
    told = answer("filter", mixed, "--out", out)
    assert (told["read"], told["kept"], told["dropped"]) == (12, 10, 2)
    assert told["reasons"] == {"user_in_scenario": 1, "distinct_task": 1}
    assert "w0000001" in told["examples"]["user_in_scenario"]
    assert out.read_text().splitlines() == mixed.read_text().splitlines()[:10]
    assert len(list(read_records(out))) == 10
    lines = run("filter", mixed, "--out", out).stdout.splitlines()
    assert lines[0] == f"Kept in {out}: 10 of 12 records."
    assert re.match(r"user_in_scenario +drops +1 +such as ", lines[1])


def test_what_was_filtered_is_exported_and_verified_like_a_run(oracle_run, tmp_path):
    out = tmp_path / "out.jsonl"
    assert answer("filter", oracle_run.folder, "--out", out)["kept"] == 40
    assert out.read_text() == (oracle_run.folder / EPISODES).read_text()
    counts = answer("export", out, "--out", tmp_path / "train.jsonl")
    assert (counts["read"], counts["written"]) == (40, 40)


def test_filters_can_be_chosen(mixed, tmp_path):
    out = tmp_path / "out.jsonl"
    some = answer("filter", mixed, "--out", out, "--only", "state", "--only", "told")
    assert (some["kept"], some["reasons"]) == (12, {})
    other = answer("filter", mixed, "--out", out, "--skip", "user_in_scenario", "--overwrite")
    assert other["reasons"] == {"distinct_task": 1}
    help_text = " ".join(run("filter", "--help").stdout.split())
    for name in FILTERS:
        assert name in help_text


def test_texts_that_are_nearly_the_same_can_be_dropped(mixed, tmp_path, monkeypatch):
    command = ("filter", mixed, "--out", tmp_path / "out.jsonl", "--only", "state")
    told = answer(*command, "--max-similarity", 0.9)
    assert told["reasons"]["distinct_text"] >= 1
    monkeypatch.setitem(sys.modules, "datasketch", None)
    error = run(*command, "--max-similarity", 0.9, code=1).stderr
    assert "pip install 'writ-gym[text]'" in error


def test_export_leaves_out_exactly_what_filter_drops_only_when_asked_to(mixed, tmp_path):
    out = tmp_path / "out.jsonl"
    assert answer("export", mixed, "--out", out)["written"] == 12
    kept = tmp_path / "kept.jsonl"
    run("filter", mixed, "--out", kept)
    again = ("export", mixed, "--out", out, "--filter", "--format", "record")
    there = out.read_bytes()
    assert f"{out} is there already, and line 1 of it would be lost" in run(*again, code=1).stderr
    assert out.read_bytes() == there
    counts = answer(*again, "--overwrite")
    assert counts == {"read": 12, "written": 10, "dropped": 2, "out": str(out)}
    assert list(read_records(out)) == list(read_records(kept))
    assert export(mixed, "writ", out, filters=["state"])["written"] == 12


@pytest.fixture
def tasks(tmp_path, retail, shop):
    path = tmp_path / "tasks.jsonl"
    write_tasks(path, TaskSampler(retail, SamplerConfig(), shop).tasks(0, 12))
    return path


def test_stats_says_what_a_file_of_tasks_holds(tasks):
    told = answer("stats", tasks)
    assert told["tasks"] == 12
    assert sum(cell["count"] for cell in told["plane"]) == 12
    assert told["pictures"] == []
    assert told["texts"]["scenarios"] == 12
    lines = run("stats", tasks).stdout.splitlines()
    assert lines[0] == f"12 tasks of {told['users']} users"
    assert "Intents" in lines


def test_stats_draws_pictures_of_a_run(oracle_run, tmp_path):
    out = tmp_path / "pictures"
    told = answer("stats", oracle_run.folder, "--out", out)
    assert told["episodes"] == 40
    assert {cell["mean_reward"] for cell in told["plane"]} == {1.0}
    assert told["pictures"] == [str(out / "plane.png"), str(out / "histograms.png")]
    text = run("stats", oracle_run.folder, "--out", out).stdout
    assert "Mean reward" in text
    assert text.endswith(f"Drawn: {out}/plane.png, {out}/histograms.png\n")


def test_stats_without_the_library_names_the_extra_before_all_else(tasks, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert run("stats", tasks).stdout.startswith("12 tasks of ")
    result = run("stats", tasks, "--out", tmp_path / "pictures", code=1)
    assert result.stdout == ""
    assert "pip install 'writ-gym[plots]'" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (("filter", "nowhere", "--out", "out.jsonl"), 1, "There is no file nowhere."),
        (("filter", "file", "--out", "file"), 1, "file is empty: there is no record to fil"),
        (("filter", "file"), 2, "Missing option '--out'"),
        (("filter", "file", "--out", "o", "--only", "nice"), 2, "'nice' is not one of 'state'"),
        (("filter", "file", "--out", "o", "--max-similarity", "2"), 2, "is not in the range"),
        (("stats", "nowhere"), 1, "There is no file nowhere."),
        (("stats", "file"), 1, "file is empty."),
    ],
)
def test_what_cannot_be_done_is_one_clear_line(tmp_path, monkeypatch, arguments, code, complaint):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    result = run(*arguments, code=code)
    assert result.stdout == ""
    assert re.fullmatch(r"writ-gym: error: .+\n", result.stderr)
    assert complaint in result.stderr
