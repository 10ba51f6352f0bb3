"""The checker's report; that it catches faults is in test_mutations.py."""

from writ_gym.certificates.checking import POINTS, check, check_task
from writ_gym.domain import load_domain
from writ_gym.sampling.sampler import TaskSampler
from writ_gym.tasks import SamplerConfig, Task

RETAIL = load_domain("retail")
HEAVY = TaskSampler(RETAIL, SamplerConfig(write_count=(1, 1), evidence_burden=(5, 8)))


def in_its_world(task: Task):
    return RETAIL, RETAIL.world_of(task.world)


def test_tasks_that_are_proved_are_counted():
    report = check(HEAVY.tasks(0, 5), in_its_world)
    assert (report.tasks, report.passed, report.findings) == (5, 5, ())
    assert report.splits == {"train": 5}


def test_a_task_that_is_there_twice_is_found():
    task = HEAVY.sample(0)
    report = check([task, task], in_its_world)
    assert [finding.point for finding in report.findings] == ["unique"]


def test_a_task_with_another_seed_is_the_same_and_one_that_a_model_has_reworded_is_another():
    task = HEAVY.sample(0)
    scenario = task.scenario.model_copy(update={"seed": task.scenario.seed + 1})
    again = task.model_copy(update={"scenario": scenario})
    assert [f.point for f in check([task, again], in_its_world).findings] == ["unique"]
    reworded = again.model_copy(update={"paraphrased": True})
    assert check([task, reworded], in_its_world).findings == ()


def test_several_processes_find_what_one_does():
    task = HEAVY.sample(0)
    certificate = task.certificate.model_copy(update={"evidence_burden": 99})
    broken = task.model_copy(update={"certificate": certificate})
    tasks = [*HEAVY.tasks(0, 3), task, broken, task]
    told: list[None] = []
    report = check(tasks, in_its_world, 2, lambda: told.append(None))
    assert report == check(tasks, in_its_world)
    assert (report.tasks, report.passed, len(told)) == (6, 4, 6)


def test_a_finding_names_the_point_and_what_is_wrong():
    task = HEAVY.sample(0)
    other = task.certificate.evidence_burden - 1
    certificate = task.certificate.model_copy(update={"evidence_burden": other})
    wrong = task.model_copy(update={"certificate": certificate})
    found = {finding.point: finding.what for finding in check_task(wrong, *in_its_world(task))}
    assert f"not {other}" in found["figures"]


def test_every_point_is_told():
    assert list(POINTS) == [
        "form", "caller", "config", "scenario", "text", "wording", "leak", "meaning", "due",
        "replay", "paths", "provenance", "witnesses", "evidence", "figures", "shortcuts", "orders",
    ]  # fmt: skip


def test_read_heavy_tasks_resist_the_shortcuts():
    tasks = [task for task in HEAVY.tasks(3, 30) if task.is_read_heavy]
    assert len(tasks) >= 5
    for task in tasks:
        assert not task.certificate.shortcuts.first_is_right
        assert not task.certificate.shortcuts.guess_is_right
        assert 0 < task.certificate.shortcuts.chance < 1
