"""The collector: equal seeds, equal records – whatever happens while they are collected."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from itertools import groupby, islice
from pathlib import Path

import pytest

from writ_gym.errors import AgentError, BackendError, UserError, WritGymError
from writ_gym.evaluation.evaluating import evaluate_sync
from writ_gym.messages import assistant
from writ_gym.models.chat import Completion
from writ_gym.models.endpoints import EndpointModel
from writ_gym.models.servers import Endpoint
from writ_gym.policies import POLICIES
from writ_gym.policies.flawed import FLAWED
from writ_gym.policies.llm import chat_agent
from writ_gym.policies.null import Fixed
from writ_gym.policies.oracle import oracle
from writ_gym.policies.replay import Replay
from writ_gym.policies.shortcuts import SHORTCUTS
from writ_gym.policy import Privileged
from writ_gym.runs.rollouts import WORTH_A_PROCESS, collect, listed, play, sampled
from writ_gym.runs.store import EPISODES, FAILURES, MemoryStore, RunStore, read_records
from writ_gym.runs.verification import verify
from writ_gym.sampling.sampler import TaskSampler
from writ_gym.seeding import rng_for
from writ_gym.tasks import Deadlines, Limits, SamplerConfig
from writ_gym.users.scripted import ScriptedUser

TRYING = {"oracle", "human", *FLAWED, *SHORTCUTS}
"""Policies that do something for a task; the flawed ones and the shortcuts have their own tests."""
KILLS = 20
LIVE = 2_000
"""Episodes that one process has to hold at once."""
AHEAD = 3
"""Episodes that a killed run may play beyond those after which it is killed."""
SPREAD_NS = 8_000_000
PLANNED = KILLS * (7 + AHEAD) + 20
KILLED_RUN = """
import asyncio, os, signal, sys
from pathlib import Path
from writ_gym.domain import load_domain
from writ_gym.policies import load_policy
from writ_gym.runs.rollouts import Rollout, collect, sampled
from writ_gym.sampling.sampler import TaskSampler
from writ_gym.runs.store import RunStore
from writ_gym.tasks import SamplerConfig
from writ_gym.users.scripted import USERS

folder, users, orders, count = sys.argv[1], *map(int, sys.argv[2:])
retail = load_domain("retail")
shop = retail.world(0, {"users": users, "orders": orders})
rollout = Rollout(retail, shop, "oracle", load_policy("oracle"), "scripted", USERS["scripted"])
tasks = sampled(TaskSampler(retail, SamplerConfig(), shop), 0)

def run(most):
    seen = set()

    def report(progress):
        if progress.played not in {0, *seen}:
            seen.add(progress.played)
            print("played", flush=True)
            if len(seen) > most:
                signal.pause()

    print("begun", os.getpid(), flush=True)
    with RunStore(Path(folder), {"seed": 0}) as store:
        asyncio.run(collect(rollout, tasks, store, count=count, report=report))

for most in sys.stdin:
    if not (child := os.fork()):
        run(int(most))
        os._exit(0)
    _, status = os.waitpid(child, 0)
    print("ended", os.waitstatus_to_exitcode(status), flush=True)
"""
"""Goes on with a run for each line of its input, which says after how many episodes it waits to be
killed; each time in a process of its own, which has imported and made all that it needs."""


MANY = 2 * WORTH_A_PROCESS
"""Tasks of which some are sampled by other processes."""


def untimed(records):
    """Return all of each record but ``timing``, the only part that may differ."""
    return [record.model_dump_json(exclude={"timing"}) for record in records]


@pytest.fixture(scope="module")
def tasks(retail, shop):
    """Return tasks of every write count from 0 to 4, most of them with some."""
    found = [
        task
        for writes in range(5)
        for task in TaskSampler(retail, SamplerConfig(write_count=(writes, writes)), shop).tasks(
            writes, 60
        )
    ]
    assert Counter(task.certificate.write_count for task in found) == dict.fromkeys(range(5), 60)
    return found


@pytest.fixture(scope="module")
def play_all(rollout_of, tasks):
    """Return what plays every task with a policy."""

    async def all_of_them(rollout):
        return [await play(rollout, task, index) for index, task in enumerate(tasks)]

    return lambda policy: asyncio.run(all_of_them(rollout_of(policy)))


def test_the_oracle_solves_every_task_with_the_scripted_user(play_all):
    records = play_all("oracle")
    unsolved = [(r.index, r.reward_components, r.termination) for r in records if r.reward != 1.0]
    assert unsolved == []
    assert {record.status for record in records} == {"ok"}
    assert {record.termination for record in records} == {"user_ended"}
    for record in records:
        assert set(record.reward_components.values()) == {1.0}
        assert record.measured.writes == record.task.certificate.write_count
        assert record.measured.tool_errors == 0
        assert bool(record.state_diff) == bool(record.task.gold_writes)


@pytest.mark.parametrize("policy", [name for name in sorted(POLICIES) if name not in TRYING])
def test_a_policy_that_does_not_try_scores_nothing_on_any_task(play_all, policy):
    records = play_all(policy)
    assert {record.status for record in records} == {"ok"}
    rewarded = [record.task_id for record in records if record.reward != 0.0]
    assert rewarded == []


def test_a_record_counts_what_happened(rollout_of, retail, tasks):
    record = asyncio.run(play(rollout_of(), tasks[-1]))
    calls = [
        call["function"]
        for message in record.messages
        for call in message.get("tool_calls", ())
    ]  # fmt: skip
    kinds = Counter(retail.tools[call["name"]].kind for call in calls)
    written = [retail.tools[call["name"]].kind == "write" for call in calls]
    assert record.measured.turns == sum(m["role"] == "assistant" for m in record.messages)
    assert record.measured.tool_calls == len(calls)
    assert record.measured.reads == kinds["read"]
    assert record.measured.writes == kinds["write"] == 4
    assert record.measured.reads_before_first_write == written.index(True)
    assert record.timing.seconds > 0
    assert (record.task, record.task_id) == (tasks[-1], tasks[-1].task_id)
    assert (record.env_id, record.domain, record.split) == ("writ/retail-v0", "retail", "train")
    assert record.system == retail.system_message
    assert list(record.tools) == retail.tools.schemas


@pytest.mark.parametrize("policy", ["oracle", "random"])
def test_equal_seeds_give_equal_records_but_for_the_time(tmp_path, collected, rollout_of, policy):
    first, again, other = (
        collected(tmp_path / name, rollout_of(policy, seed=seed), 20)
        for name, seed in (("first", 3), ("again", 3), ("other", 4))
    )
    assert untimed(first) == untimed(again)
    assert not set(untimed(first)) & set(untimed(other))
    assert not {record.task_id for record in first} & {record.task_id for record in other}


def test_a_run_can_be_enlarged_without_playing_anything_twice(tmp_path, collected, rollout_of):
    whole = collected(tmp_path / "whole", rollout_of(), 12, trials=2)
    for count, trials in ((5, 1), (12, 1), (5, 2), (12, 2)):
        records = collected(tmp_path / "grown", rollout_of(), count, trials=trials)
    assert untimed(records) == untimed(whole)


def test_trials_play_the_same_task_with_other_choices_of_the_agent(tmp_path, collected, rollout_of):
    records = collected(tmp_path, rollout_of("random"), 4, trials=3)
    assert [(record.index, record.trial) for record in records] == [
        (index, trial) for index in range(4) for trial in range(3)
    ]
    for index in range(4):
        trials = records[3 * index : 3 * index + 3]
        assert len({record.task_id for record in trials}) == 1
        assert len({record.episode_id for record in trials}) == 3
        assert len({record.agent.seed for record in trials}) == 3
        assert len({str(record.messages) for record in trials}) == 3


@pytest.mark.parametrize("concurrency", [1, 2, 100])
def test_concurrency_does_not_change_the_records(tmp_path, oracle_run, collected, rollout_of,
                                                 concurrency):  # fmt: skip
    records = collected(tmp_path, rollout_of(), 40, concurrency=concurrency)
    assert untimed(records) == untimed(oracle_run.records)


def test_tasks_that_other_processes_sample_ahead_are_the_same(tmp_path, collected, rollout_of):
    here, ahead = (
        collected(tmp_path / str(jobs), rollout_of("random"), MANY, trials=2, jobs=jobs)
        for jobs in (0, 2)
    )
    assert untimed(ahead) == untimed(here)
    assert len(here) == 2 * MANY


def test_a_task_that_another_process_cannot_find_stops_the_run_with_its_message(
    tmp_path, rollout_of, collected
):
    with pytest.raises(WritGymError, match=r"write_count 30 .* was found"):
        collected(tmp_path, rollout_of(), MANY, {"write_count": 30}, jobs=1)


def test_a_task_is_made_once_for_all_its_trials(tmp_path, rollout_of, tasks):
    made = []

    def source(index):
        made.append(index)
        return tasks[index]

    with RunStore(tmp_path, {}) as store:
        asyncio.run(collect(rollout_of(), source, store, count=5, trials=3, concurrency=4))
    assert made == list(range(5))


def test_one_process_holds_two_thousand_episodes_in_flight(rollout_of, tasks):
    everybody = asyncio.Event()
    waiting = set()

    class Client:
        """Answers nobody before two thousand conversations are under way."""

        name = "client"

        async def complete(self, request):
            waiting.add(request.seed)
            if len(waiting) == LIVE:
                everybody.set()
            await everybody.wait()
            return Completion(assistant("What is your name?"))

        async def aclose(self):
            pass

    live = []
    rollout = rollout_of("client", make_policy=chat_agent(Client()), limits=Limits(turns=2))
    store = MemoryStore()
    how = {"count": LIVE, "concurrency": LIVE, "report": lambda p: live.append(len(p.live))}
    progress = asyncio.run(asyncio.wait_for(collect(rollout, listed(tasks), store, **how), 60))
    assert max(live) >= LIVE - 1  # as it is looked at when an episode is over, too
    assert (progress.played, progress.failed, progress.live) == (LIVE, 0, {})
    assert {record.measured.turns for record in store.records} == {2}
    last = max(store.records, key=lambda record: record.index)
    alone = asyncio.run(play(rollout, last.task, last.index))
    assert untimed([alone]) == untimed([last])


def test_no_more_tasks_are_begun_than_there_are_episodes_in_flight(tmp_path, rollout_of, tasks):
    made = []

    def source(index):
        made.append(index)
        return tasks[index]

    def check(progress):
        assert len(made) <= progress.played + 3

    with RunStore(tmp_path, {}) as store:
        playing = collect(rollout_of(), source, store, count=20, concurrency=3, report=check)
        asyncio.run(playing)


def alive_in(group):
    """Return the processes of a group that are alive (Linux)."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, its_group, *_ = path.read_text().rpartition(")")[2].split()
            found += [path.parent.name] if int(its_group) == group and state != "Z" else []
    return found


@pytest.mark.parametrize("played", [False, True])
def test_an_interrupted_run_ends_quietly_with_the_processes_that_sample_for_it(
    tmp_path, shop, played
):
    episodes = tmp_path / "run" / EPISODES
    size = [f"--world-size={name}={shop.ref.size[name]}" for name in ("users", "orders")]
    command = [sys.executable, "-c", "from writ_gym.cli import main; main()", "rollout", *size,
               "--jobs", "2", "-n", "100000", "--out", str(tmp_path / "run"), "--json"]  # fmt: skip
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:  # fmt: skip
        while not (episodes.exists() and episodes.stat().st_size >= played):
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGINT)  # as Ctrl-C does
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert err == "writ-gym: stopped; the same command goes on from here.\n"
    deadline = time.monotonic() + 20
    while alive_in(process.pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not alive_in(process.pid)


class PatientUser(ScriptedUser):
    """Answers like the scripted user, but lets others go first: the later, the longer."""

    immediate = False
    playing = 0
    most = 0

    async def open(self):
        PatientUser.playing += 1
        PatientUser.most = max(PatientUser.most, PatientUser.playing)
        for _ in range(self._scenario.seed % 5):
            await asyncio.sleep(0)
        return await super().open()

    async def respond(self, text):
        for _ in range(self._scenario.seed % 7):
            await asyncio.sleep(0)
        turn = await super().respond(text)
        PatientUser.playing -= turn.end
        return turn


@pytest.mark.parametrize("concurrency", [1, 3, 16])
def test_a_user_who_lets_the_agent_wait_is_played_concurrently_and_says_the_same(
    tmp_path, monkeypatch, oracle_run, collected, rollout_of, concurrency
):
    monkeypatch.setattr(PatientUser, "most", 0)
    records = collected(
        tmp_path, rollout_of(make_user=PatientUser), 40, concurrency=concurrency
    )  # fmt: skip
    assert untimed(records) == untimed(oracle_run.records)
    assert PatientUser.playing == 0
    assert PatientUser.most == concurrency
    finished = [record.index for record in read_records(tmp_path)]
    assert (finished == sorted(finished)) == (concurrency == 1)


def test_a_policy_that_does_not_say_whether_it_waits_may_wait(tmp_path, collected, rollout_of):
    class Waiting:
        async def reset(self, info):
            await asyncio.sleep(0)

        async def act(self, observation):
            await asyncio.sleep(0)
            return "Hello?"

    records = collected(tmp_path, rollout_of(make_policy=lambda domain: Waiting()), 3)
    assert [(record.status, record.reward) for record in records] == [("ok", 0.0)] * 3


class Unreliable:
    """The oracle, behind a provider that is gone when the agent is about to speak again."""

    immediate = True

    def __init__(self, domain, task, good_messages):
        self._oracle = oracle(domain, task)
        self._good_messages = good_messages

    async def reset(self, info):
        await self._oracle.reset(info)
        self._spend()

    async def act(self, observation):
        self._spend()
        return await self._oracle.act(observation)

    def _spend(self):
        if not self._good_messages:
            raise BackendError("The provider is gone.")
        self._good_messages -= 1


@pytest.mark.parametrize("good_messages", [0, 1, 4])
def test_an_episode_that_the_provider_breaks_has_no_score_and_is_tried_again(
    tmp_path, oracle_run, collected, rollout_of, good_messages
):
    broken = {record.task_id for record in oracle_run.records[::3]}

    @Privileged
    def often_gone(domain, task):
        return Unreliable(domain, task, good_messages if task.task_id in broken else 1000)

    records = collected(tmp_path, rollout_of(make_policy=often_gone), 40)
    assert {record.task_id for record in records}.isdisjoint(broken)
    assert len(records) == 40 - len(broken)
    failures = list(read_records(tmp_path / FAILURES))
    assert {record.task_id for record in failures} == broken
    for record in failures:
        assert (record.status, record.error) == ("infra_error", "The provider is gone.")
        assert (record.reward, record.reward_components, record.termination) == (None,) * 3
        assert record.measured.turns == max(0, good_messages - 1)

    assert untimed(collected(tmp_path, rollout_of(), 40)) == untimed(oracle_run.records)
    assert list(read_records(tmp_path / FAILURES)) == failures


@pytest.mark.parametrize(("concurrency", "played"), [(1, 8), (6, 12)])
def test_a_run_in_which_no_endpoint_ever_answers_is_given_up(
    tmp_path, oracle_run, collected, rollout_of, concurrency, played
):
    @Privileged
    def gone(domain, task):
        return Unreliable(domain, task, 0)

    why = rf"given up: .* each of {played} episodes.*\(infra_error: The provider is gone\)\. What"
    with pytest.raises(BackendError, match=why):
        collected(tmp_path, rollout_of(make_policy=gone), 40, concurrency=concurrency)
    # Those that are over at the same moment are kept, too.
    assert played <= len(list(read_records(tmp_path / FAILURES))) < played + concurrency
    assert untimed(collected(tmp_path, rollout_of(), 40)) == untimed(oracle_run.records)


@pytest.mark.parametrize("answering", [0, 3])
def test_a_run_in_which_one_episode_was_answered_goes_on(
    tmp_path, oracle_run, collected, rollout_of, answering
):
    answered = oracle_run.records[answering].task_id

    @Privileged
    def hardly_there(domain, task):
        return Unreliable(domain, task, 2 if task.task_id == answered else 0)

    rollout = rollout_of(make_policy=hardly_there)
    assert collected(tmp_path, rollout, 40, concurrency=2) == []
    assert len(list(read_records(tmp_path / FAILURES))) == 40


def test_an_agent_whose_code_fails_now_and_then_makes_no_score_and_stops_no_run(
    tmp_path, oracle_run, collected, rollout_of
):
    broken = {record.task_id for record in oracle_run.records[::4]}

    class Buggy(Unreliable):
        def _spend(self):
            self._good_messages -= 1
            if self._good_messages < 0:
                raise KeyError("no such field")

    @Privileged
    def often_buggy(domain, task):
        return Buggy(domain, task, 2 if task.task_id in broken else 1000)

    records = collected(tmp_path, rollout_of(make_policy=often_buggy), 40)
    assert len(records) == 40 - len(broken)
    failures = list(read_records(tmp_path / FAILURES))
    assert {record.task_id for record in failures} == broken
    for record in failures:
        assert (record.status, record.reward) == ("agent_error", None)
        assert re.fullmatch(
            r"KeyError: 'no such field' \(test_rollouts\.py, line \d+\)", record.error
        )


@pytest.mark.parametrize("name", ["reset", "act"])
def test_an_agent_with_a_plain_function_is_told_so_at_once(tmp_path, collected, rollout_of, name):
    class Plain:
        async def reset(self, info):
            pass

        async def act(self, observation):
            pytest.fail("played")

    setattr(Plain, name, lambda self, given: "Hello!")
    rollout = rollout_of(make_policy=lambda domain: Plain())
    why = f"^{name} of Plain returns str at once: reset and act .* must be `async def`"
    with pytest.raises(WritGymError, match=why):
        collected(tmp_path, rollout, 6)
    assert (tmp_path / FAILURES).read_bytes() == b""


def test_an_agent_may_return_what_is_awaited_elsewhere(rollout_of, tasks):
    class Wrapped:
        def __init__(self):
            self._inner = Fixed((), "Hello!")

        def reset(self, info):
            return self._inner.reset(info)

        def act(self, observation):
            return asyncio.ensure_future(self._inner.act(observation))

    limits = Limits(turns=2)
    made = rollout_of("x", make_policy=lambda domain: Wrapped(), limits=limits)
    assert asyncio.run(play(made, tasks[0])).status == "ok"


def test_a_user_simulator_whose_provider_fails_makes_no_score_either(rollout_of, tasks):
    class Gone(ScriptedUser):
        async def respond(self, text):
            raise BackendError("The user is gone.")

    record = asyncio.run(play(rollout_of("greet-only", make_user=Gone), tasks[0]))
    assert (record.status, record.error, record.reward) == (
        "infra_error",
        "The user is gone.",
        None,
    )


@pytest.mark.parametrize("error", [UserError, BackendError, AgentError, TimeoutError])
def test_only_what_was_drawn_amiss_is_drawn_anew_and_as_often_as_it_was(
    tmp_path, collected, rollout_of, error
):
    drawn = []

    class Moody(ScriptedUser):
        seed = 0
        fails = True

        async def open(self):
            drawn.append(self.seed)
            if Moody.fails:
                raise error("not today")
            return await super().open()

    def run(folder, failures):
        for Moody.fails in [True] * failures + [False]:
            records = collected(folder, rollout_of(user="moody", make_user=Moody), 3)
        return [*read_records(folder / FAILURES), *records] if failures else records

    first = run(tmp_path / "first", 2)
    redrawn = error is UserError
    assert [r.attempt for r in first] == [0, 0, 0, *([1, 1, 1, 2, 2, 2] if redrawn else [0] * 6)]
    assert len(set(drawn)) == len({r.agent.seed for r in first}) == (9 if redrawn else 3)
    before, drawn[:] = [*drawn], []
    assert untimed(run(tmp_path / "again", 2)) == untimed(first)
    assert drawn == before
    assert {r.agent.seed for r in run(tmp_path / "lucky", 0)} == {r.agent.seed for r in first[:3]}
    assert verify(tmp_path / "first").findings == ()


def test_the_wait_for_a_rate_limit_costs_no_episode_its_time(fake, rollout_of, tasks, in_no_time):
    chosen = list(islice(fake.told_apart(tasks), 60))
    answers = fake.OracleAnswers(chosen)

    class Instant:
        """A client whose answers come at once."""

        api_key = base_url = "none"

        async def post(self, path, *, content, **request):
            return json.dumps(fake.body_of(answers(json.loads(content)))).encode()

    async def run(tasks):
        loop = asyncio.get_running_loop()
        endpoint = Endpoint(model="m", requests_per_minute=120)
        model = EndpointModel(endpoint, Instant(), clock=loop.time)
        rollout = rollout_of(
            make_policy=chat_agent(model), deadlines=Deadlines(turn_s=20, episode_s=60)
        )
        records = await asyncio.gather(*(play(rollout, task) for task in tasks))
        return records, loop.time()

    records, seconds = in_no_time(run(chosen))
    assert {(record.status, record.reward) for record in records} == {("ok", 1.0)}
    turns = sum(record.measured.turns for record in records)
    assert seconds == pytest.approx(turns / 2 - 1)


def test_progress_tells_what_was_done_before_what_was_played_and_what_failed(
    tmp_path, retail, shop, rollout_of, tasks
):
    @Privileged
    def gone(domain, task):
        return Unreliable(domain, task, 0 if task is tasks[1] else 1000)

    source = listed(tasks[:5])
    told = []
    for count in (3, 5):
        rollout = rollout_of(make_policy=gone)
        with RunStore(tmp_path, {}) as store:
            progress = asyncio.run(
                collect(rollout, source, store, count=count, report=lambda p: told.append(p.played))
            )
        found = (progress.planned, progress.done_before, progress.played, progress.failed)
        assert found == ((3, 0, 3, 1) if count == 3 else (5, 2, 3, 1))
    assert [played for played, _ in groupby(told) if played] == [1, 2, 3, 1, 2, 3]


def test_an_error_of_our_own_stops_the_run_with_its_message_and_keeps_what_was_played(
    tmp_path, rollout_of, collected, oracle_run
):
    last = oracle_run.records[9].task_id

    @Privileged
    def stops(domain, task):
        return Replay([assistant("Hello.")]) if task.task_id == last else oracle(domain, task)

    with pytest.raises(WritGymError, match="recorded conversation is over"):
        collected(tmp_path, rollout_of(make_policy=stops), 40, concurrency=1)
    kept = list(read_records(tmp_path))
    assert untimed(kept) == untimed(oracle_run.records[:9])
    assert untimed(collected(tmp_path, rollout_of(), 40)) == untimed(oracle_run.records)


def test_a_bug_in_what_makes_a_policy_stops_the_run_and_is_told(tmp_path, rollout_of, collected):
    def buggy(domain):
        raise KeyError("bug")

    with pytest.raises(
        WritGymError, match=r"fails with KeyError: 'bug' \(test_rollouts\.py, line \d+\)"
    ):
        collected(tmp_path, rollout_of(make_policy=buggy), 1)


def test_what_makes_no_policy_is_one_clear_line(tmp_path, rollout_of, collected):
    class Agent(Fixed):
        def __init__(self):
            super().__init__((), "Hello.")

    with pytest.raises(TypeError, match=r"make the policy of each episode anew: .*Agent\(\.\.\.\)"):
        rollout_of(make_policy=Agent())
    with pytest.raises(TypeError, match=r"such as lambda domain: Agent\(\), not 3\."):
        rollout_of(make_policy=3)
    with pytest.raises(TypeError, match="make_user must be a function"):
        rollout_of(make_user=3)
    with pytest.raises(WritGymError, match=r"takes the domain, such as lambda domain: Agent\(\)"):
        collected(tmp_path, rollout_of(make_policy=Agent), 1)
    with pytest.raises(WritGymError, match="returns None, which has no reset and act"):
        collected(tmp_path, rollout_of(make_policy=lambda domain: None), 1)
    with pytest.raises(TypeError, match="make the policy of each episode anew"):
        evaluate_sync("writ/retail-v0", Agent(), tasks=1)


def test_a_run_that_never_waits_can_be_interrupted_all_the_same(tmp_path, rollout_of, tasks):
    async def interrupted(store):
        def interrupt(progress):
            if progress.played == 5:
                running.cancel()

        running = asyncio.create_task(
            collect(rollout_of(), listed(tasks), store, count=300, report=interrupt, concurrency=3)
        )
        with pytest.raises(asyncio.CancelledError):
            await running

    with RunStore(tmp_path, {}) as store:
        asyncio.run(interrupted(store))
        assert 5 <= len(store.done) <= 8
    assert len(list(read_records(tmp_path))) == len(store.done)


def test_a_task_that_cannot_be_found_stops_the_run_with_its_message(
    tmp_path, rollout_of, collected
):
    with pytest.raises(WritGymError, match=r"write_count 30 .* was found"):
        collected(tmp_path, rollout_of(), 3, {"write_count": 30})


def test_a_source_of_tasks_gives_the_same_task_for_an_index_in_any_order(retail, shop):
    source = sampled(TaskSampler(retail, SamplerConfig(), shop), 5)
    forward = [source(index) for index in range(6)]
    assert [source(index) for index in reversed(range(6))] == forward[::-1]


def test_listed_tasks_start_again_after_the_last_one(tasks):
    source = listed(tasks[:3])
    assert [source(index) for index in range(7)] == [*tasks[:3], *tasks[:3], tasks[0]]


def test_a_run_that_is_killed_at_any_moment_goes_on_and_loses_or_repeats_nothing(
    tmp_path, shop, collected, rollout_of
):
    rng = rng_for(0, "kills")
    size = [str(shop.ref.size[name]) for name in ("users", "orders")]
    command = [sys.executable, "-c", KILLED_RUN, str(tmp_path / "killed"), *size, str(PLANNED)]
    promised = 0
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:

        def told(word):
            (line,) = islice((line for line in process.stdout if line.startswith(word)), 1)
            return int(line.split()[1])

        for wanted in map(int, rng.integers(8, size=KILLS)):
            print(wanted + AHEAD, file=process.stdin, flush=True)
            child = told("begun")
            for _ in range(wanted):
                assert process.stdout.readline() == "played\n"
            moment = time.perf_counter_ns() + int(rng.integers(SPREAD_NS))
            while time.perf_counter_ns() < moment:  # so that it is hit anywhere in an episode
                pass
            os.kill(child, signal.SIGKILL)
            assert told("ended") == -signal.SIGKILL
            promised += wanted
        process.stdin.close()
    survived = (tmp_path / "killed" / EPISODES).read_bytes().count(b"\n")
    assert promised <= survived < PLANNED

    last = subprocess.run(command, input=f"{PLANNED}\n", capture_output=True, text=True, check=True)
    assert last.stdout.endswith("ended 0\n")
    played = last.stdout.count("played\n")
    assert PLANNED - survived - 1 <= played <= PLANNED - survived  # one may lack its newline alone
    records = sorted(read_records(tmp_path / "killed"), key=lambda record: record.index)
    assert [record.index for record in records] == list(range(PLANNED))
    assert untimed(records) == untimed(collected(tmp_path / "calm", rollout_of(), PLANNED))
