"""tau2-bench's users, played by a model: what it is told, what it may say, and whole runs."""

import asyncio
import json
import re
from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from click.testing import CliRunner

from writ_gym.cli import main
from writ_gym.domain import Domain, load_domain
from writ_gym.errors import UserError
from writ_gym.reports.explaining import explain
from writ_gym.runs.store import read_records
from writ_gym.tasks import Task
from writ_gym.tau2.layer import load_database, load_tasks
from writ_gym.tau2.tasks import first_person, recorded_tasks
from writ_gym.users.agenda import Agenda
from writ_gym.users.briefing import briefing
from writ_gym.users.guard import examine
from writ_gym.users.llm import llm_user
from writ_gym.users.simulators import UserTurn

TAU2 = Path(__file__).parents[3] / "shared" / "tau2"
pytestmark = pytest.mark.skipif(not TAU2.is_dir(), reason=f"tau2's data is not there: {TAU2}")
DOMAINS = ("retail", "airline", "telecom")
PARTS = ("reason_for_call", "known_info", "unknown_info", "task_instructions")


def load(name: str) -> ModuleType:
    spec = spec_from_file_location(name, Path(__file__).parents[1].joinpath(f"{name}.py"))
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


fake_users, fake_endpoint = load("fake_users"), load("fake_endpoint")


@pytest.fixture(scope="module", params=DOMAINS)
def domain(request: pytest.FixtureRequest) -> Domain[Any]:
    return load_domain(request.param)


@pytest.fixture(scope="module")
def tasks(domain: Domain[Any]) -> list[Task]:
    return recorded_tasks(domain, domain.world_from(load_database(domain.name, TAU2)), TAU2)


def begun(domain: Domain[Any], task: Task) -> Agenda:
    return Agenda(task.scenario, domain.lexicon, domain.hands_of_user("user"))


def raw_tasks(domain: Domain[Any]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads((TAU2 / domain.name / "tasks-train.json").read_text())
    assert [row["id"] for row in rows] == [task.id for task in load_tasks(domain.name, TAU2)]
    return rows


def test_the_prompt_holds_all_that_tau2_tells_its_users(
    domain: Domain[Any], tasks: list[Task]
) -> None:
    told = 0
    for task, row in zip(tasks, raw_tasks(domain), strict=True):
        prompt, user = briefing(begun(domain, task)), row["user_scenario"]
        texts = [user["persona"], *(user["instructions"][part] for part in PARTS)]
        for text in texts:
            assert (text or "").strip() in prompt
            told += bool(text)
        assert explain(task).count("A model that plays the user is told:") == 1
    assert told == {"retail": 278, "airline": 94, "telecom": 269}[domain.name]


def test_a_prompt_reads_as_one_is_told_it() -> None:
    domain = load_domain("airline")
    world = domain.world_from(load_database("airline", TAU2))
    prompt = briefing(begun(domain, recorded_tasks(domain, world, TAU2)[2]))
    headings = ["Why you get in touch", "What you know", "What you do not know",
                "How you go about it", "How to answer"]  # fmt: skip
    assert re.findall(r"^# (.*)$", prompt, re.M) == headings
    assert "# What you do not know\nYou do not know the cabin for the upcoming flight." in prompt


def test_a_user_may_say_at_once_who_it_is_and_what_it_is_told_but_make_up_no_id(
    domain: Domain[Any], tasks: list[Task]
) -> None:
    for task in tasks:
        told = task.scenario.instructions
        assert told
        opening = first_person(f"{told.known_info} {told.reason_for_call}")
        assert examine(begun(domain, task), UserTurn(opening)) == {}
        for text in re.split(r"(?<=[.!?])\s+|\n+", " ".join(told.texts)):
            assert examine(begun(domain, task), UserTurn(first_person(text) or "Hello.")) == {}
        made_up = f"{opening} It is #W7352985."
        assert set(examine(begun(domain, task), UserTurn(made_up))) == {"invents"}


def run(*arguments: object) -> str:
    """Run a command, which has to succeed; return what it prints."""
    result = CliRunner().invoke(main, list(map(str, arguments)))
    assert result.exit_code == 0, result.output
    return result.output


def served(answer: Callable[[Any], Any], use: Callable[[str], object]) -> None:
    """Use a fake endpoint from plain code."""

    async def serve() -> None:
        async with fake_endpoint.FakeEndpoint(answer) as endpoint:
            await asyncio.to_thread(use, endpoint.url)

    asyncio.run(serve())


def test_runs_with_a_model_as_user_are_scored_verified_and_exported(
    domain: Domain[Any], tasks: list[Task], tmp_path: Path
) -> None:
    users, count, data = fake_users.UserAnswers(tasks), 5, ("--data", TAU2)
    seen: list[str] = []

    def answer(asked: Any) -> Any:
        seen.append(json.dumps(asked["messages"]))
        return users(asked)

    def use(url: str) -> None:
        user = ("--user", "llm:small", "--user-base-url", url)
        for command in ("rollout", "eval"):
            chosen = ("--env", f"writ/{domain.name}-v0", *data, "--agent", "oracle", "-n", count)
            run(command, *chosen, *user, "--out", tmp_path / command)

    served(answer, use)
    for command in ("rollout", "eval"):
        records = list(read_records(tmp_path / command))
        assert {(record.status, record.reward) for record in records} == {("ok", 1.0)}
        assert all(record.user.guard == {} for record in records)
        assert all(record.task.scenario.instructions for record in records)
        run("verify", tmp_path / command, *data)
    assert len(list(read_records(tmp_path / "rollout"))) == count
    assert not any("where things stand" in messages for messages in seen)
    run("export", tmp_path / "rollout", "--format", "openai", "--out", tmp_path / "sft")
    assert len((tmp_path / "sft").read_text().splitlines()) == count


def test_the_scripted_user_stands_in_for_no_model_that_was_told_more(
    domain: Domain[Any], tasks: list[Task]
) -> None:
    chat = fake_users.FakeChat(lambda request: "How can I assist you today?")
    user = llm_user(chat, fallbacks=2)(tasks[0].scenario, domain.lexicon, None)
    with pytest.raises(UserError, match="does not play the user"):
        asyncio.run(user.open())
    assert len(chat.seen) == 3
