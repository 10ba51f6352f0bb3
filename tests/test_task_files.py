"""Files of tasks: what is written is read again, whole or not at all."""

from itertools import islice

import pytest

from writ_gym.errors import TaskError
from writ_gym.sampling import TaskSampler
from writ_gym.task_files import read_tasks, write_tasks
from writ_gym.tasks import SamplerConfig


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
    with pytest.raises(TaskError, match=rf"^Cannot read {tmp_path}: Is a directory\.$"):
        list(read_tasks(tmp_path))
    with pytest.raises(TaskError, match=rf"^Cannot write {tmp_path}: "):
        write_tasks(tmp_path, tasks)
    with pytest.raises(TaskError, match=r"^Cannot write .*nowhere.*: No such file"):
        write_tasks(tmp_path / "nowhere" / "tasks.jsonl", tasks)
    assert list(tmp_path.iterdir()) == []
