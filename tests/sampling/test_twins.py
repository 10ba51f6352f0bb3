"""Twins: the same gold write, one light and one heavy in evidence."""

import asyncio
import re
from contextlib import suppress

import pytest
from click.testing import CliRunner

from writ_gym.certificates.checking import check_task
from writ_gym.cli import main
from writ_gym.domain import load_domain
from writ_gym.errors import TaskError
from writ_gym.policies import load_policy
from writ_gym.runs.rollouts import Rollout, play
from writ_gym.runs.store import EPISODES
from writ_gym.runs.task_files import write_tasks
from writ_gym.runs.verification import verify
from writ_gym.sampling.sampler import TaskSampler
from writ_gym.tasks import Call, SamplerConfig, Task
from writ_gym.users.scripted import USERS

RETAIL = load_domain("retail")
WORLD = RETAIL.world()


def sampler(**config: object) -> TaskSampler:
    return TaskSampler(RETAIL, SamplerConfig.model_validate(config), WORLD)


def write_of(task: Task) -> str:
    (write,) = task.gold_writes
    return RETAIL.proof.canonical(Call(write.name, write.arguments)).key


@pytest.mark.parametrize("seed", range(4))
def test_a_read_heavy_task_has_a_light_twin_with_the_same_write(seed):
    heavy = sampler(write_count=1, evidence_burden=(5, 8))
    for task in heavy.tasks(seed, 12):
        twin = heavy.twin(task)
        assert write_of(twin) == write_of(task)
        assert twin.certificate.evidence_burden <= 2
        assert twin.twin_of == task.task_id
        assert check_task(twin, RETAIL, WORLD) == []


def test_a_light_task_of_a_user_with_many_orders_has_a_heavy_twin():
    light = sampler(write_count=1, evidence_burden=1, intents=("cancel_order",))
    found = 0
    for task in light.tasks(0, 30):
        if len(WORLD.db.users[task.certificate.caller].orders) >= 6:
            twin = light.twin(task, (5, 7))
            assert write_of(twin) == write_of(task)
            assert 5 <= twin.certificate.evidence_burden <= 7
            found += 1
    assert found >= 2


def test_a_task_with_several_writes_has_no_twin():
    task = sampler(write_count=2, evidence_burden=(1, 3)).sample(0)
    with pytest.raises(TaskError, match="one write"):
        sampler().twin(task)


def test_the_twin_of_an_exchange_names_the_variants_that_the_user_has_looked_up():
    heavy = sampler(write_count=1, evidence_burden=(6, 9), intents=("exchange_items",))
    task = next(t for t in heavy.tasks(0, 200) if len(t.gold_writes[0].arguments["item_ids"]) > 2)
    (write,) = heavy.twin(task).gold_writes
    assert write.provenance["new_item_ids"] == "user"
    assert write.burden <= 2


LINES = ("suspend_line", "set_roaming", "refuel_data", "lift_suspension")


@pytest.mark.parametrize(("name", "intents"), [("retail", ()), ("airline", ()), ("telecom", LINES)])
def test_every_light_task_with_a_write_has_a_heavy_twin(name, intents):
    domain = load_domain(name)
    world = domain.world()
    config = SamplerConfig(write_count=(1, 1), evidence_burden=(0, 2), intents=intents)
    light = TaskSampler(domain, config, world)
    for task in light.tasks(2, 25):
        twin = light.twin(task, (5, 15))
        (mine,), (its_own) = twin.gold_writes, task.gold_writes
        assert mine.name == its_own[0].name
        assert 5 <= twin.certificate.evidence_burden <= 15
        assert check_task(twin, domain, world) == []


@pytest.mark.parametrize(("burden", "wanted"), [((0, 2), (5, 15)), ((5, 8), (0, 2))])
def test_a_repair_or_a_suspension_has_a_twin_or_it_is_said_why_not(burden, wanted):
    domain = load_domain("telecom")
    world = domain.world()
    config = SamplerConfig(
        write_count=(1, 1), evidence_burden=burden, intents=("lift_suspension", "fix_data")
    )
    drawn = TaskSampler(domain, config, world)
    twins, messages = [], []
    for task in drawn.tasks(1, 12):
        try:
            twins.append(drawn.twin(task, wanted))
        except TaskError as error:
            messages.append((task, str(error)))
    assert twins
    assert not [finding for twin in twins for finding in check_task(twin, domain, world)]
    for task, message in messages:
        assert re.search(
            r"No twin .*was found in \d+ drafts \(mostly: .+\): either its write "
            rf"\({task.gold_writes[0].name}\)",
            message,
        )


def test_a_task_of_a_user_with_one_order_has_a_heavy_twin_that_looks_at_prices():
    light = sampler(write_count=1, evidence_burden=(0, 1), intents=("cancel_order",))
    few = [
        task
        for task in light.tasks(0, 60)
        if len(WORLD.db.users[task.certificate.caller].orders) == 1
    ]
    for task in few[:4]:
        twin = light.twin(task, (5, 9))
        reads = {read.name for read in twin.gold_writes[0].evidence}
        assert reads >= {"get_order_details", "get_product_details"}
        (request,) = twin.scenario.requests
        assert "products" in request.values["condition"]


def test_a_twin_need_not_be_of_the_same_intent():
    light = sampler(write_count=1, evidence_burden=(1, 2), intents=("cancel_or_return",))
    twin = light.twin(light.sample(0), (5, 8))
    assert check_task(twin, RETAIL, WORLD) == []
    assert twin.scenario.requests[0].intent != "cancel_or_return"


def test_where_no_twin_can_be_that_is_said():
    light = sampler(write_count=1, evidence_burden=(1, 1), intents=("cancel_order",))
    task = light.sample(0)
    with pytest.raises(TaskError, match=r"500 drafts \(mostly: no words .* do not give so many"):
        light.twin(task, (200, 200))


def test_the_command_keeps_the_tasks_and_says_of_which_there_is_no_twin(tmp_path):
    path, empty, out = tmp_path / "tasks.jsonl", tmp_path / "empty.jsonl", tmp_path / "out.jsonl"
    tasks = [*sampler(write_count=2).tasks(0, 3), sampler(write_count=0, zero_write=1).sample(0)]
    write_tasks(path, tasks)
    empty.touch()
    content = path.read_bytes()

    def twin(source, target, code):
        result = CliRunner().invoke(main, ["twin", str(source), "--out", str(target)])
        assert result.exit_code == code, result.output
        return result.output

    assert f"{path} holds the tasks that the twins are of" in twin(path, path, 1)
    assert path.read_bytes() == content
    assert f"{empty} is empty" in twin(empty, out, 1)
    assert not out.exists()
    told = twin(path, out, 0)
    why = "A twin is of a task with one write, not"
    for count, number, task in ((3, 2, tasks[0]), (1, 0, tasks[3])):
        assert f"      {count}  {why} {number}. Such as {task.task_id}.\n" in told
    assert told.count(why) == 2
    out.write_bytes(content)
    assert f"{out} is there already, and line 1 of it would be lost" in twin(path, out, 1)
    assert out.read_bytes() == content


@pytest.mark.parametrize("heavy", [False, True])
def test_episodes_of_twins_verify(tmp_path, heavy):
    config = {"evidence_burden": 1, "intents": ("cancel_order",)} if heavy else {}
    origin = sampler(write_count=1, **{"evidence_burden": (5, 8), **config})
    twins = []
    for task in origin.tasks(1, 40):
        with suppress(TaskError):
            twins.append(origin.twin(task, (4, 7) if heavy else (0, 2), 3))
    assert len(twins) >= 5
    write_tasks(tmp_path / "twins.jsonl", twins[:8])
    files = ["--tasks-file", str(tmp_path / "twins.jsonl"), "--out", str(tmp_path / "run")]
    assert CliRunner().invoke(main, ["eval", *files]).exit_code == 0
    report = verify(tmp_path / "run")
    assert (report.verified, report.findings) == (min(8, len(twins)), ())


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ({"twin_of": "0" * 24}, "give another task"),
        ({"seed": 99}, "give another task|cannot be sampled again"),
        ({"gold_writes": ()}, "cannot be sampled again: A twin has one write"),
    ],
)
def test_a_task_that_only_says_that_it_is_a_twin_does_not_verify(tmp_path, change, finding):
    origin = sampler(write_count=1, evidence_burden=(5, 8))
    forged = origin.twin(origin.sample(1)).model_copy(update=change)
    rollout = Rollout(
        RETAIL, WORLD, "greet-only", load_policy("greet-only"), "scripted", USERS["scripted"]
    )
    record = asyncio.run(play(rollout, forged))
    (tmp_path / EPISODES).write_text(record.model_dump_json() + "\n")
    found = [each.what for each in verify(tmp_path).findings]
    assert any(re.search(finding, what) for what in found), found
