"""Files of tasks: what is written is read again, whole or not at all; or it grows and goes on."""

import json
import signal
import subprocess
import sys
import time
from itertools import islice

import pytest

from writ_gym.errors import StoreError, TaskError, WritGymError
from writ_gym.runs.store import EPISODES, RunStore
from writ_gym.runs.task_files import TaskStore, read_tasks, write_tasks
from writ_gym.sampling.grids import Done, GridReport, grid, sample_grid
from writ_gym.sampling.sampler import TaskSampler
from writ_gym.seeding import rng_for
from writ_gym.tasks import SamplerConfig

SETTINGS = {"seed": 0, "write_count": [0, 4]}
SAMPLE = """
import sys
from writ_gym.cli import main
main(["sample", "--grid", "--write-count", "0-2", "--evidence-burden", "0-3", "-n", "60",
      "--world-size", f"users={sys.argv[1]}", "--world-size", f"orders={sys.argv[2]}",
      "--json", "--out", sys.argv[3]])
"""
KILLED_AFTER = (1, 17, 42)
"""Lines of the file after which the command is killed."""


@pytest.fixture(scope="module")
def tasks(retail, shop):
    return list(TaskSampler(retail, SamplerConfig(), shop).tasks(0, 6))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "tasks.jsonl"


def test_tasks_come_back_as_they_were(path, tasks):
    assert write_tasks(path, tasks) == 6
    again = list(read_tasks(path))
    assert again == tasks
    assert [task.task_id for task in again] == [task.task_id for task in tasks]
    assert path.read_text("utf-8").count("\n") == 6


def test_tasks_are_read_one_at_a_time(path, tasks):
    write_tasks(path, tasks)
    with path.open("a", encoding="utf-8") as file:
        file.write("nonsense\n")
    assert list(islice(read_tasks(path), 6)) == tasks


def test_empty_lines_are_passed_over_and_a_last_line_needs_no_end(path, tasks):
    lines = [task.model_dump_json() for task in tasks]
    path.write_text("\n\n".join(lines), "utf-8")
    assert list(read_tasks(path)) == tasks


@pytest.mark.parametrize("damage", ["{", '{"domain": "retail"}', "nonsense", "[]", '"\udcff"'])
def test_a_line_that_is_no_task_is_told_with_its_place(path, tasks, damage):
    lines = [task.model_dump_json() for task in tasks]
    lines[2] = damage
    path.write_bytes("\n".join(lines).encode("utf-8", "surrogateescape"))
    with pytest.raises(TaskError, match=rf"^{path}, line 3: Not a task: "):
        list(read_tasks(path))


def test_a_damaged_file_of_sampled_tasks_is_mended_as_it_is_said(retail, shop, path):
    quotas = grid(SamplerConfig(), range(2), range(2), 6)

    def sample():
        with TaskStore(path, SETTINGS) as store:
            made = sample_grid(retail, shop, quotas, 0, GridReport(), store.done)
            for task in made:
                store.append(task)

    sample()
    whole = path.read_bytes()
    lines = whole.splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:2], b"{\n", *lines[3:]]))
    told = r", line 3: .*To mend it, remove that line and all after it: .*'writ-gym sample', makes"
    with pytest.raises(StoreError, match=told):
        sample()
    with pytest.raises(TaskError, match=told):
        list(read_tasks(path))
    path.write_bytes(b"".join(lines[:2]))
    sample()
    assert path.read_bytes() == whole


@pytest.mark.parametrize("before", [None, "what was here before\n"])
def test_after_an_error_the_file_is_as_it_was(path, tasks, before):
    if before:
        path.write_text(before)

    def failing():
        yield tasks[0]
        assert not before or path.read_text() == before
        raise TaskError("No task was found.")

    with pytest.raises(TaskError, match="No task was found"):
        write_tasks(path, failing())
    assert (path.read_text() if before else path.exists()) == (before or False)
    assert {file.name for file in path.parent.iterdir()} <= {path.name}


def test_a_file_that_cannot_be_reached_is_an_error_with_its_name(tmp_path, tasks):
    with pytest.raises(TaskError, match=rf"^Cannot read {tmp_path / 'none'}: No such file"):
        list(read_tasks(tmp_path / "none"))
    with pytest.raises(TaskError, match=rf"^{tmp_path} is no file of tasks, nor a run: it has no"):
        list(read_tasks(tmp_path))
    with pytest.raises(TaskError, match=rf"^Cannot write {tmp_path}: "):
        write_tasks(tmp_path, tasks)
    (tmp_path / "file").touch()
    with pytest.raises(TaskError, match=r"^Cannot write .*file/tasks: Not a directory\.$"):
        write_tasks(tmp_path / "file" / "tasks", tasks)
    assert [each.name for each in tmp_path.iterdir()] == ["file"]
    assert write_tasks(tmp_path / "new" / "tasks", tasks) == len(tasks)


def test_a_run_holds_the_tasks_that_were_played_each_once(oracle_run, tmp_path):
    records = oracle_run.records[:3]
    again = [record.model_copy(update={"trial": 1}) for record in records[:2]]
    with RunStore(tmp_path, {}) as store:
        for record in (*records, *again):
            store.append(record)
    tasks = [record.task for record in records]
    assert list(read_tasks(tmp_path)) == list(read_tasks(tmp_path / EPISODES)) == tasks
    write_tasks(tmp_path / "tasks.jsonl", read_tasks(tmp_path))
    assert list(read_tasks(tmp_path / "tasks.jsonl")) == tasks


def test_of_a_run_with_a_damaged_record_the_line_is_named(oracle_run, tmp_path):
    with RunStore(tmp_path, {}) as store:
        store.append(oracle_run.records[0])
    path = tmp_path / EPISODES
    for damaged, why in ((b'"index":"one"', "not an episode record: index"), (b"!", "Not a task")):
        path.write_bytes(path.read_bytes().replace(b'"index":0', damaged))
        with pytest.raises(WritGymError, match=rf"{path}, line 1: {why}.*To mend it, remove"):
            list(read_tasks(path))
        path.write_bytes(path.read_bytes().replace(damaged, b'"index":0'))


def test_of_a_task_that_a_kill_has_cut_off_it_is_said_how_to_mend_it(path, tasks):
    with TaskStore(path, SETTINGS) as store:
        for task in tasks[:2]:
            store.append(task)
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(TaskError, match=r"line 2: .*cut off.*'writ-gym sample'.*goes on"):
        list(read_tasks(path))


def test_a_store_that_was_torn_at_any_byte_of_its_last_line_goes_on(path, tasks):
    with TaskStore(path, SETTINGS) as store:
        for task in tasks[:3]:
            store.append(task)
    whole = path.read_bytes()
    last = whole.rindex(b"\n", 0, -1) + 1
    for cut in [0, 1, last, last + 1, (last + len(whole)) // 2, len(whole) - 2, len(whole) - 1]:
        path.write_bytes(whole[:cut])
        with TaskStore(path, SETTINGS) as store:
            done = len(store.done)
            assert store.done == [Done(task.seed, task.content) for task in tasks[:done]]
            for task in tasks[done:]:
                store.append(task)
        assert list(read_tasks(path)) == tasks


def test_a_store_is_continued_with_its_own_settings_only(path, tasks):
    with TaskStore(path, SETTINGS) as store:
        store.append(tasks[0])
    with pytest.raises(
        StoreError, match=r"was made with seed=0, not 1: repeat that .* another file"
    ):
        TaskStore(path, {**SETTINGS, "seed": 1})
    assert list(read_tasks(path)) == tasks[:1]


def test_a_file_of_tasks_that_came_otherwise_is_not_touched(path, tasks):
    write_tasks(path, tasks)
    before = path.read_bytes()
    with pytest.raises(StoreError, match=r"holds tasks but no tasks\.jsonl\.settings\.json"):
        TaskStore(path, SETTINGS)
    assert path.read_bytes() == before


def test_a_damaged_line_inside_a_store_is_told_and_left(path, tasks):
    with TaskStore(path, SETTINGS) as store:
        store.append(tasks[0])
    path.write_bytes(b"{}\n" + path.read_bytes())
    with pytest.raises(StoreError, match=r"line 1: not a task"):
        TaskStore(path, SETTINGS)


def test_two_processes_do_not_write_into_one_store(path):
    with TaskStore(path, SETTINGS), pytest.raises(StoreError, match="Another process"):
        TaskStore(path, SETTINGS)


def test_a_sample_that_is_killed_at_any_moment_goes_on_to_the_same_file(tmp_path, shop):
    size = [str(shop.ref.size[name]) for name in ("users", "orders")]

    def command(name: str) -> list[str]:
        return [sys.executable, "-c", SAMPLE, *size, str(tmp_path / name)]

    subprocess.run(command("calm"), stdout=subprocess.DEVNULL, check=True)
    killed = tmp_path / "killed"
    rng = rng_for(0, "kills")
    for wanted in KILLED_AFTER:
        with subprocess.Popen(command("killed"), stdout=subprocess.DEVNULL) as process:
            while process.poll() is None and lines_in(killed) < wanted:
                time.sleep(0.001)
            process.kill()
        assert process.returncode == -signal.SIGKILL
        survived = killed.read_bytes()
        assert wanted <= survived.count(b"\n") < 60
        # as if the kill had come in the middle of a line
        torn = survived.rfind(b"\n", 0, -1) + 1 + int(rng.integers(1_000))
        killed.write_bytes(survived[:torn])
    for _ in range(2):  # the second time there is nothing left to do
        last = subprocess.run(command("killed"), stdout=subprocess.PIPE, check=True)
        assert killed.read_bytes() == (tmp_path / "calm").read_bytes()
    assert json.loads(last.stdout)["continued_from"] == 60


def lines_in(path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


def test_a_changed_copy_of_a_task_has_an_id_of_its_own(tasks):
    task = tasks[0]
    assert task.task_id
    assert task.content
    other = task.model_copy(update={"domain": "another"})
    assert other.task_id != task.task_id
    assert other.content != task.content
    assert task.model_copy().task_id == task.task_id
