"""Evaluating: in memory and in a folder alike, continued after a kill, and never played twice."""

import asyncio
import json
import signal
import sys
import threading

import pytest

import writ_gym
from writ_gym.certificates.checking import check_task
from writ_gym.coroutines import in_event_loop, run
from writ_gym.errors import BackendError, StoreError, TaskError, WritGymError
from writ_gym.evaluation.evaluating import (
    EVALUATION,
    HELD_OUT,
    evaluate,
    evaluate_run,
    evaluate_sync,
    read_evaluation,
)
from writ_gym.evaluation.figures import Plan
from writ_gym.messages import assistant
from writ_gym.models.endpoints import EndpointModel
from writ_gym.models.servers import Endpoint
from writ_gym.policies.llm import chat_agent
from writ_gym.policies.null import Fixed
from writ_gym.policies.oracle import oracle
from writ_gym.policy import Privileged
from writ_gym.runs.store import EPISODES, FAILURES, read_manifest, read_records
from writ_gym.sampling.sampler import TaskSampler
from writ_gym.tasks import Deadlines, Limits, SamplerConfig, Task
from writ_gym.users.scripted import USERS

RETAIL = "writ/retail-v0"


@pytest.fixture
def evaluated(shop):
    """Return what evaluates an agent in the small shop."""
    return lambda policy, **how: evaluate_sync(RETAIL, policy, world=shop, **{"tasks": 6, **how})


def passing(found):
    return [rate.value for rate in found.total.pass_hat]


@pytest.mark.parametrize("env", [RETAIL, "retail"])
def test_the_oracle_passes_everything_and_who_says_nothing_passes_nothing(shop, env):
    for agent, value in (("oracle", 1.0), ("silent", 0.0)):
        found = evaluate_sync(env, agent, world=shop, tasks=5, trials=2)
        assert found.plan == Plan(tasks=5, trials=2)
        assert passing(found) == [value, value]
        assert [rate.value for rate in found.total.pass_at] == [value, value]
        assert found.total.episodes.missing == 0
        assert sum(found.total.causes.values()) == (0 if value else 10)


def test_tasks_are_those_of_the_test_split_unless_chosen_otherwise(evaluated, tmp_path):
    evaluated("oracle", out=tmp_path / "a")
    assert {record.split for record in read_records(tmp_path / "a")} == {HELD_OUT.split} == {"test"}
    config = SamplerConfig(split="validation", write_count=2)
    found = evaluated("oracle", out=tmp_path / "b", config=config)
    assert {record.split for record in read_records(tmp_path / "b")} == {"validation"}
    assert {cell.write_count for cell in found.cells} == {2}


def test_a_training_loop_evaluates_its_own_agent_between_its_steps(shop):
    seen = []

    class Learner(Fixed):
        async def reset(self, info):
            seen.append(info["task_id"])
            await super().reset(info)

    async def loop():
        how = {"world": shop, "tasks": 3, "trials": 2, "concurrency": 2, "agent": "learner"}
        make = [lambda domain: Learner((), assistant("Hello!")), Privileged(oracle)]
        return [await evaluate(RETAIL, each, **how) for each in make]

    before, after = asyncio.run(loop())
    assert (passing(before), passing(after)) == ([0.0, 0.0], [1.0, 1.0])
    assert [score.task_id for score in before.scores] == [score.task_id for score in after.scores]
    assert sorted(seen) == sorted([score.task_id for score in before.scores] * 2)


def test_an_agent_that_never_answers_is_given_up_when_the_deadline_says_so(evaluated):
    class Silent(Fixed):
        immediate = False

        async def act(self, observation):
            await asyncio.Event().wait()

    found = evaluated(
        lambda domain: Silent((), assistant("")), tasks=2, deadlines=Deadlines(turn_s=0.01)
    )
    assert (found.total.episodes.scored, found.total.episodes.missing) == (0, 2)


def test_a_folder_and_memory_hold_the_same(evaluated, tmp_path):
    in_memory = evaluated("shortcut:first", trials=2)
    in_folder = evaluated("shortcut:first", trials=2, out=str(tmp_path))
    assert in_folder == in_memory == read_evaluation(tmp_path) == evaluate_run(tmp_path)
    assert len(list(read_records(tmp_path))) == 12


def test_a_blocking_call_in_an_event_loop_says_what_to_do(evaluated):
    async def in_a_loop():
        evaluated("oracle")

    with pytest.raises(RuntimeError, match=r"use 'await evaluate\(\.\.\.\)'"):
        asyncio.run(in_a_loop())


@pytest.mark.usefixtures("interrupts")
def test_an_evaluation_that_was_interrupted_goes_on_at_once(evaluated, tmp_path):
    class Interrupting(Fixed):
        immediate = False

        async def act(self, observation):
            main = threading.main_thread().ident
            while sys._current_frames()[main].f_code is not threading.Condition.wait.__code__:  # noqa: ASYNC110 - no event says so
                await asyncio.sleep(0)
            signal.pthread_kill(main, signal.SIGINT)
            await asyncio.Event().wait()

    how = {"out": tmp_path, "agent": "same"}
    with pytest.raises(KeyboardInterrupt):
        evaluated(lambda domain: Interrupting((), assistant("")), **how, tasks=1)
    assert passing(evaluated("oracle", **how)) == [1.0]


@pytest.mark.parametrize("stream", [False, True])
def test_one_model_serves_evaluations_one_after_the_other_each_in_its_loop(
    fake, retail, shop, stream
):
    tasks = list(TaskSampler(retail, SamplerConfig(), shop).tasks(5, 2))
    server = fake.FakeEndpoint(fake.OracleAnswers(tasks))
    run(elsewhere(server.__aenter__()), "")
    model = EndpointModel(Endpoint(model="fake", base_url=server.url, stream=stream, retries=0))
    how = {"make_policy": chat_agent(model), "tasks": tasks}
    for _ in range(2):
        assert passing(evaluate_sync(RETAIL, **how)) == [1.0]
        assert passing(asyncio.run(evaluate(RETAIL, **how))) == [1.0]
    asyncio.run(model.aclose())
    run(elsewhere(server.aclose()), "")


async def elsewhere(awaitable):
    """Await something in the event loop of the background."""
    await in_event_loop()
    return await awaitable


def test_tasks_may_be_sampled_ahead_by_other_processes(evaluated):
    here, ahead = (evaluated("random", tasks=128, jobs=jobs) for jobs in (0, 1))
    assert ahead == here


def test_given_tasks_are_played_as_they_are(retail, shop, tmp_path):
    tasks = list(TaskSampler(retail, SamplerConfig(), shop).tasks(5, 4))
    how = {"tasks": tasks, "trials": 2, "out": tmp_path}
    found = evaluate_sync(RETAIL, "oracle", **how)
    assert [score.task_id for score in found.scores] == [task.task_id for task in tasks]
    assert evaluate_sync(RETAIL, "oracle", **how) == found
    with pytest.raises(StoreError, match="was made with other task_ids, not these"):
        evaluate_sync(RETAIL, "oracle", **{**how, "tasks": tasks[:3]})


def test_tasks_that_do_not_fit_are_named(retail, shop):
    tasks = list(TaskSampler(retail, SamplerConfig(), shop).tasks(5, 2))
    other = tasks[1].model_copy(
        update={"world": tasks[1].world.model_copy(update={"digest": "f" * 64})}
    )
    for given, complaint in (
        ([], r"^There is no task to play\.$"),
        ([tasks[0], tasks[1].model_copy(update={"domain": "airline"})], r"^Task 2 is one of airl"),
        ([tasks[0], other], r"^Task 2 plays in the world ffffffffffff, the first one in "),
        ([other], r"^The task was made for the retail world ffffffffffff"),
    ):
        with pytest.raises(TaskError, match=complaint):
            evaluate_sync(RETAIL, "oracle", tasks=given)


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        (lambda row: row["scenario"]["requests"][0].update(facts=[]), r"\(meaning\): request 0"),
        (
            lambda row: [f.update(value="x") for f in row["scenario"]["requests"][0]["facts"]],
            r"\(meaning\)",
        ),
        (lambda row: row["due"][0].update(value="nonsense"), r"\(due\): request 0: .* is due"),
        (lambda row: row["due"][0].update(request=7), r"\(form\): what is due: the requests"),
        (lambda row: row["certificate"].update(caller="nobody"), r"\(caller\): the identity"),
    ],
)
def test_a_task_that_was_broken_by_hand_is_named_with_what_is_wrong(
    retail, shop, damage, complaint
):
    config = SamplerConfig(write_count=0, zero_write=1)
    row = TaskSampler(retail, config, shop).sample(1).model_dump(mode="json")
    damage(row)
    task = Task.load(row)
    with pytest.raises(TaskError, match=f"Task {task.task_id} is broken {complaint}"):
        evaluate_sync("retail", "oracle", tasks=[task], world=shop)
    assert check_task(task, retail, shop)


def test_a_k_that_cannot_be_is_refused_before_anything_is_played(evaluated):
    with pytest.raises(ValueError, match="k must be from 1 to the number of trials, 2"):
        evaluated(lambda domain: pytest.fail("played"), trials=2, ks=(1, 3))
    found = evaluated("oracle", trials=3, ks=(3, 1))
    assert [rate.k for rate in found.total.pass_hat] == [1, 3]


@pytest.mark.parametrize("number", [0, -3])
@pytest.mark.parametrize("name", ["tasks", "trials", "concurrency"])
def test_a_number_of_nothing_is_refused_before_anything_is_played(evaluated, name, number):
    with pytest.raises(ValueError, match=f"^{name} must be at least 1, not {number}.$"):
        evaluated(lambda domain: pytest.fail("played"), **{name: number})


class Gone(Fixed):
    """Says nothing, because its model cannot be reached."""

    def __init__(self, domain):
        super().__init__((), "")

    async def act(self, observation):
        raise BackendError("The provider is gone.")


@Privileged
def sometimes(domain, task):
    return oracle(domain, task) if task.seed % 2 else Gone(domain)


def test_episodes_without_a_score_are_missing_and_tried_again(evaluated, tmp_path):
    how = {"tasks": 12, "agent": "remote", "out": tmp_path}
    broken = evaluated(sometimes, **how)
    episodes = broken.total.episodes
    assert 0 < episodes.missing == episodes.infra_error < 12
    assert passing(broken) == [1.0]
    (rate,) = broken.total.pass_hat
    assert (rate.left_out, rate.most) == (episodes.missing, 1.0)
    assert rate.least == pytest.approx(episodes.scored / 12, abs=1e-6)
    assert evaluated(sometimes, **{**how, "out": None}) == broken
    scored = (tmp_path / EPISODES).read_bytes()
    mended = evaluated(Privileged(oracle), **how)
    assert mended.total.episodes.missing == 0
    assert (tmp_path / EPISODES).read_bytes().startswith(scored)


class KilledError(Exception):
    """Ends a run in the middle, as a kill would."""


@pytest.mark.parametrize("torn", [False, True])
def test_a_run_that_was_killed_goes_on_and_comes_to_the_same(evaluated, tmp_path, torn):
    whole = evaluated("shortcut:first", trials=2)

    def stop(progress):
        if progress.played == 5:
            raise KilledError

    how = {"trials": 2, "out": tmp_path, "concurrency": 1}
    with pytest.raises(BaseExceptionGroup):
        evaluated("shortcut:first", **how, report=stop)
    path = tmp_path / EPISODES
    if torn:
        path.write_bytes(path.read_bytes()[:-100])
    there = path.read_bytes().rpartition(b"\n")[0]
    # Known even now: what is there, and how much was planned.
    partial = evaluate_run(tmp_path)
    assert partial.plan == Plan(tasks=6, trials=2)
    assert partial.total.episodes.scored == 5 - torn
    assert partial.total.episodes.not_played == 12 - 5 + torn
    assert path.read_bytes().startswith(there)
    assert evaluated("shortcut:first", **how) == whole
    assert path.read_bytes().startswith(there)


def test_a_run_of_the_collector_can_be_evaluated_as_it_is(oracle_run, tmp_path):
    for name in ("run.json", EPISODES, FAILURES):
        (tmp_path / name).write_bytes((oracle_run.folder / name).read_bytes())
    found = evaluate_run(tmp_path)
    assert found.plan == Plan(tasks=40, trials=1)
    assert passing(found) == [1.0]
    assert json.loads((tmp_path / EVALUATION).read_text()) == found.model_dump(mode="json")
    assert evaluate_run(tmp_path, Plan(tasks=50, trials=1)).total.episodes.not_played == 10


def test_a_user_of_ones_own_is_not_taken_for_one_of_the_package(evaluated, tmp_path):
    def quiet(*about):
        return USERS["scripted"](*about)

    how = {"tasks": 1, "out": tmp_path}
    evaluated("oracle", make_user=quiet, **how)
    (record,) = read_records(tmp_path)
    assert record.user.simulator == "custom"
    with pytest.raises(StoreError, match="was made with user='custom', not 'scripted'"):
        evaluated("oracle", **how)
    with pytest.raises(WritGymError, match="'scripted' is a user of the package: give"):
        evaluated("oracle", user="scripted", make_user=quiet, **how)
    evaluated("oracle", user="quiet", make_user=quiet, tasks=1, out=tmp_path / "named")
    assert read_manifest(tmp_path / "named")["user"] == "quiet"
    found = evaluated("oracle", user="scripted", make_user=USERS["scripted"], tasks=1)
    assert passing(found) == [1.0]


def test_what_cannot_be_evaluated_is_one_clear_line(evaluated, tmp_path):
    for arguments, complaint in (
        ({"env": "writ/toys-v0"}, "There is no environment 'writ/toys-v0' of one domain; there"),
        (
            {"env": "writ/mixed-v0"},
            "is of several domains: evaluate each of them",
        ),
        ({"make_policy": "nobody"}, "There is no agent policy 'nobody'"),
        ({"user": "nobody"}, "There is no user 'nobody'; there are: scripted"),
    ):
        with pytest.raises(WritGymError, match=complaint):
            evaluate_sync(**{"env": RETAIL, "make_policy": "oracle", **arguments})
    with pytest.raises(StoreError, match=r"is not a run: it has no run\.json"):
        evaluate_run(tmp_path)
    (tmp_path / "run.json").write_text("{}")
    with pytest.raises(StoreError, match="There is neither a record nor a plan"):
        evaluate_run(tmp_path)
    (tmp_path / EVALUATION).write_text("{")
    with pytest.raises(StoreError, match=rf"{EVALUATION}: not an evaluation: "):
        evaluate_run(tmp_path)
    evaluated("oracle", tasks=1, out=tmp_path / "run")
    with pytest.raises(StoreError, match="was made with agent='oracle', not 'silent'"):
        evaluated("silent", tasks=1, out=tmp_path / "run")
    with pytest.raises(StoreError, match=r"was made with limits\.turns=\d+, not 7: "):
        evaluated("oracle", tasks=1, limits=Limits(turns=7), out=tmp_path / "run")


def test_the_public_names_are_there():
    assert writ_gym.evaluate is evaluate
    assert writ_gym.evaluate_sync is evaluate_sync
    assert writ_gym.summarize([], planned=Plan(tasks=1, trials=1)).plan.tasks == 1
    assert writ_gym.Evaluation.__name__ == "Evaluation"
