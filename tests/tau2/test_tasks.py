"""tau2-bench's tasks as ours."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from writ_gym.certificates.checking import check_task
from writ_gym.domain import Domain, World
from writ_gym.errors import StoreError
from writ_gym.policies import load_policy
from writ_gym.runs.rollouts import Rollout, play
from writ_gym.sampling.sampler import TaskSampler
from writ_gym.tasks import Instructions, SamplerConfig, Task
from writ_gym.tau2.layer import compat_of, load_database, load_tasks
from writ_gym.tau2.replay import dispatch
from writ_gym.tau2.tasks import first_person, recorded_tasks
from writ_gym.users.scripted import USERS

Plain = dict[str, Any]

TAU2 = Path(__file__).parents[3] / "shared" / "tau2"
needs_tau2 = pytest.mark.skipif(
    not (TAU2 / "retail").is_dir(), reason=f"tau2's data is not there: {TAU2} has no retail/"
)


@pytest.fixture(scope="module")
def tau2_world(retail: Domain[Any]) -> World[Any]:
    return retail.world_from(load_database("retail", TAU2))


@pytest.fixture(scope="module")
def tau2_tasks(retail: Domain[Any], tau2_world: World[Any]) -> list[Task]:
    return recorded_tasks(retail, tau2_world, TAU2)


@needs_tau2
def test_the_oracle_solves_every_task_of_tau2(
    retail: Domain[Any], tau2_world: World[Any], tau2_tasks: list[Task]
) -> None:
    oracle = Rollout(
        retail, tau2_world, "oracle", load_policy("oracle"), "scripted", USERS["scripted"]
    )

    async def all_of_them() -> list[Any]:
        return [await play(oracle, task, index) for index, task in enumerate(tau2_tasks)]

    records = asyncio.run(all_of_them())
    assert [record.reward for record in records] == [1.0] * 74
    assert {(record.status, record.error) for record in records} == {("ok", None)}
    assert [r.measured.writes for r in records] == [len(t.gold_writes) for t in tau2_tasks]


@needs_tau2
def test_every_gold_write_of_tau2s_tasks_replays(
    retail: Domain[Any], tau2_world: World[Any], tau2_tasks: list[Task]
) -> None:
    compat, left_out = compat_of("retail"), []
    for task, recorded in zip(tau2_tasks, load_tasks("retail", TAU2), strict=True):
        db, theirs = tau2_world.db.session(), tau2_world.db.session()
        wanted = []
        for name, arguments in recorded.actions:
            before = theirs.fingerprint()
            answer = dispatch(compat, theirs, "assistant", name, arguments)
            if retail.tools[name].kind == "write":
                changed = theirs.fingerprint() != before
                wanted += [(name, arguments)] if changed else []
                left_out += [] if changed else [(recorded.id, answer.error)]
        assert [(write.name, dict(write.arguments)) for write in task.gold_writes] == wanted
        for write in task.gold_writes:
            assert not retail.tools.answer(db, write.name, write.arguments)[1]
        assert db.fingerprint() == task.certificate.goal_fingerprint
    # The card of task 105 does not cover the difference, in tau2 neither; task 110 changes an
    # address into what it is.
    assert left_out == [("105", True), ("110", False)]


@needs_tau2
def test_tau2s_tasks_are_told_in_the_first_person(tau2_tasks: list[Task]) -> None:
    assert len({task.task_id for task in tau2_tasks}) == len(tau2_tasks) == 74
    for task in tau2_tasks:
        texts = [request.text for request in task.scenario.requests]
        texts += [fact.text for fact in task.scenario.identity]
        words = " ".join(texts).lower().replace("'", " ").split()
        assert not {"you", "your", "yours", "yourself"} & {word.strip(".,;:()") for word in words}
        assert " I " in f" {' '.join(texts)} " or "my" in words
        assert "I name" not in " ".join(texts)


@needs_tau2
def test_tau2s_tasks_are_marked_as_recorded_and_survive_json(tau2_tasks: list[Task]) -> None:
    for task in tau2_tasks:
        assert task.recorded
        assert task.certificate.write_count == len(task.gold_writes)
        assert task.scenario.requests[0].answer == ("action" if task.gold_writes else "information")
        assert Task.load(task.model_dump_json()) == task


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("You are Ann Lee in zip code 19122.", "I am Ann Lee in zip code 19122."),
        ("You name is Ann and your zip is 1.", "My name is Ann and my zip is 1."),
        ("Your name is Ann. Your email is a@b.c", "My name is Ann. My email is a@b.c"),
        ("If you're asked, you'd say you've moved.", "If I am asked, I would say I have moved."),
        ("You'll do it yourself.", "I will do it myself."),
        ("You were told it is yours.", "I was told it is mine."),
        ("If it asks you to confirm, you agree.", "If it asks me to confirm, I agree."),
        ("Ask what saves you most.", "Ask what saves me most."),
        ("You mobile data is slow.", "My mobile data is slow."),
        ("They told you that it allows you two bags.", "They told me that it allows me two bags."),
        ("It can help you and send it to you.", "It can help me and send it to me."),
        ("Young people say yours truly.", "Young people say mine truly."),
        ("  Return it.\n", "Return it."),
        ("", ""),
    ],
)  # fmt: skip
def test_instructions_to_the_user_become_what_the_user_says(theirs: str, ours: str) -> None:
    assert first_person(theirs) == ours


@pytest.fixture
def tasks_from(retail: Domain[Any], shop: World[Any], tmp_path: Path) -> Callable[..., list[Task]]:
    """Return what writes a file of tasks and loads them into the shop."""
    (tmp_path / "retail").mkdir()

    def load(*rows: Any) -> list[Task]:
        (tmp_path / "retail" / "tasks-train.json").write_text(json.dumps(rows))
        return recorded_tasks(retail, shop, tmp_path)

    return load


def task_row(*actions: Plain, told: list[str] | None = None, **instructions: str) -> Plain:
    return {
        "id": "0",
        "description": {"purpose": None},
        "user_scenario": {"persona": None, "instructions": {"domain": "retail", **instructions}},
        "evaluation_criteria": {"actions": list(actions), "communicate_info": told},
    }


def action(name: str, requestor: str = "assistant", **arguments: Any) -> Plain:
    return {"action_id": "0", "requestor": requestor, "name": name, "arguments": arguments}


def test_reference_calls_become_gold_writes_and_their_evidence(
    tasks_from: Callable[..., list[Task]], shop: World[Any]
) -> None:
    order = next(order for order in shop.db.orders.values() if order.status == "pending")
    read = action("get_order_details", order_id=order.order_id)
    cancel = action("cancel_pending_order", order_id=order.order_id, reason="no longer needed")
    nothing = [
        action("calculate", expression="1+1"),
        action("think", thought="hm"),
        {**cancel, "requestor": "user"},
        action("get_order_details", "user", order_id=order.order_id),
    ]  # fmt: skip
    (task,) = tasks_from(
        task_row(read, *nothing, cancel, cancel, read, told=["$1,093.34", "Chicago"],
                 reason_for_call="You want to cancel.",
                 known_info="You are Ann (ann@example.com), 19122.")
    )  # fmt: skip
    (gold,) = task.gold_writes  # the second one fails
    assert (gold.name, dict(gold.arguments)) == (cancel["name"], cancel["arguments"])
    assert [(call.name, dict(call.arguments)) for call in gold.evidence] == [
        (read["name"], read["arguments"])
    ]
    assert [(due.kind, due.value) for due in task.due] == [("number", 1093.34), ("text", "Chicago")]
    assert task.scenario.requests[0].text == "I want to cancel."
    assert [fact.slot for fact in task.scenario.identity] == ["email", "name", "zip"]
    assert (task.certificate.write_count, task.certificate.evidence_burden) == (1, 1)


def test_a_task_without_writes_keeps_its_reads_as_evidence(
    tasks_from: Callable[..., list[Task]],
) -> None:
    read = action("list_all_product_types")
    plain = {"id": "1", "user_scenario": {"instructions": "You want the weather."}}
    asks, free = tasks_from(task_row(read, reason_for_call="You ask.", known_info=""), plain)
    assert (asks.gold_writes, len(asks.certificate.evidence)) == ((), 1)
    assert asks.scenario.identity == ()
    assert asks.scenario.unknown == ("email", "zip")
    assert free.scenario.requests[0].text == "I want the weather."
    assert (free.gold_writes, free.due, free.certificate.reason) == ((), (), "recorded")


def test_all_that_a_user_is_told_is_kept_word_for_word(
    tasks_from: Callable[..., list[Task]],
) -> None:
    row = task_row(reason_for_call=" You ask.\n", known_info="You know.", unknown_info=".",
                   task_instructions="You wait.\n\nThen you go.")  # fmt: skip
    row["user_scenario"]["persona"] = "\nYou are shy."
    (task,) = tasks_from(row)
    told = task.scenario.instructions
    assert told == Instructions(
        persona="You are shy.", reason_for_call="You ask.", known_info="You know.",
        task_instructions="You wait.\n\nThen you go.",
    )  # fmt: skip
    assert Task.load(task.model_dump_json()) == task
    older = json.loads(task.model_dump_json())
    del older["scenario"]["instructions"]
    assert Task.load(older).scenario.instructions is None


def test_sampled_tasks_are_written_without_instructions(
    retail: Domain[Any], shop: World[Any]
) -> None:
    task = TaskSampler(retail, SamplerConfig(), shop).sample(1)
    assert task.scenario.instructions is None
    assert "instructions" not in json.loads(task.model_dump_json())["scenario"]
    told = task.scenario.model_copy(update={"instructions": Instructions(persona="You are shy.")})
    claimed = task.model_copy(update={"scenario": told})
    assert [found.point for found in check_task(claimed, retail, shop, ("form",))] == ["form"]


def test_a_task_in_two_files_is_one_task(tmp_path: Path) -> None:
    (tmp_path / "retail").mkdir()
    for name, ids in (("tasks.json", "01"), ("tasks-test.json", "12")):
        rows = [{"id": i, "user_scenario": {"instructions": name}} for i in ids]
        (tmp_path / "retail" / name).write_text(json.dumps(rows))
    tasks = {task.id: task.instructions.reason_for_call for task in load_tasks("retail", tmp_path)}
    assert tasks == {"1": "tasks-test.json", "2": "tasks-test.json", "0": "tasks.json"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[", "not JSON"),
        ("7", "expected a list of tasks"),
        ('{"id": "0"}', "expected a list of tasks"),
        ('[{"id": "0"}]', "task 0: user_scenario: Field required"),
        ('[{"id": 0, "user_scenario": {"instructions": ""}}]', "task 0: id: Input should be"),
    ],
)
def test_a_file_that_holds_no_tasks_is_named(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "retail").mkdir()
    (tmp_path / "retail" / "tasks.json").write_text(text)
    with pytest.raises(StoreError, match=message) as caught:
        load_tasks("retail", tmp_path)
    assert "tasks.json" in str(caught.value)
