"""Runs that are spread over workers, here in this process: whatever dies, nothing is lost."""

import asyncio
import itertools
import json
from collections import Counter

import pytest

from writ_gym.errors import BackendError, StoreError, UserError, WritGymError
from writ_gym.messages import assistant
from writ_gym.models.chat import Completion
from writ_gym.policies.llm import chat_agent
from writ_gym.policies.oracle import oracle
from writ_gym.policies.replay import Replay
from writ_gym.policy import Privileged
from writ_gym.runs import workers
from writ_gym.runs.recordings import Recorder, Recording
from writ_gym.runs.rollouts import sampled
from writ_gym.runs.spreading import MOST_DEATHS, WorkerLostError, share_out, spread
from writ_gym.runs.store import EPISODES, FAILURES, RunStore, read_records
from writ_gym.runs.workers import Hello, Worker
from writ_gym.sampling.sampler import TaskSampler
from writ_gym.tasks import Limits, SamplerConfig
from writ_gym.users.scripted import ScriptedUser

COUNT = 20
SETTINGS = {"seed": 0}


class Crew:
    """Workers of this process; ``dies`` says before which of its exchanges a worker dies."""

    def __init__(self, *dies, hello=None):
        self.dies = list(dies)
        self.hello = hello
        self.started = []

    def start(self, recipe, concurrency):
        self.started.append(Neighbour(self, recipe, concurrency))
        return self.started[-1]

    @property
    def living(self):
        return [worker for worker in self.started if not worker.killed]


class Neighbour:
    """A worker of this process, behind the face of one in another."""

    def __init__(self, crew, recipe, concurrency):
        self.worker = Worker(recipe, concurrency)
        self.concurrency = concurrency
        self.exchanges = 0
        self.dies = crew.dies.pop(0) if crew.dies else None
        self.hello = crew.hello
        self.killed = False
        self.handed = []

    async def open(self):
        self.die_if_it_is_time()
        return self.hello or await self.worker.open()

    async def exchange(self, keys):
        self.handed += keys
        self.exchanges += 1
        self.die_if_it_is_time()
        return await self.worker.exchange(keys)

    def die_if_it_is_time(self):
        if self.dies is not None and self.exchanges >= self.dies:
            raise WorkerLostError("it was shot")

    def kill(self):
        self.killed = True
        for task in self.worker._playing:
            task.cancel()


@pytest.fixture(autouse=True)
def _hasty(monkeypatch):
    monkeypatch.setattr(workers, "LINGER_S", 0)


@pytest.fixture(scope="module")
def plain(oracle_run):
    """Return the records of the plain collector."""
    return oracle_run.records[:COUNT]


@pytest.fixture
def recipe(retail, shop, rollout_of):
    """Return what makes a recipe, by default that of the run that ``plain`` is."""

    def make(*policy, config=None, **changes):
        sampler = TaskSampler(retail, SamplerConfig.model_validate(config or {}), shop)
        rollout = rollout_of(*policy, **changes)
        return lambda: (rollout, sampled(sampler, rollout.seed))

    return make


@pytest.fixture
def play_on(shop):
    """Return what plays a recipe on a crew into a folder, and returns the progress."""

    def run(folder, crew, made, count=COUNT, settings=SETTINGS, **how):
        how = {"workers": 2, "world": shop.ref.digest, **how}
        with RunStore(folder, settings) as store:
            return asyncio.run(spread(crew, made, store, count=count, **how))

    return run


def test_a_run_in_which_no_endpoint_ever_answers_is_given_up(tmp_path, recipe, play_on):
    class Gone:
        async def reset(self, info):
            pass

        async def act(self, observation):
            raise BackendError("The provider is gone.")

    crew = Crew()
    made = recipe(make_policy=lambda domain: Gone())
    with pytest.raises(BackendError, match=r"given up: .*\(infra_error: The provider is gone\)"):
        play_on(tmp_path, crew, made, concurrency=4)
    assert 8 <= len(list(read_records(tmp_path / FAILURES))) < COUNT
    assert not crew.living


@pytest.mark.parametrize("number", [1, 2, 5])
def test_the_records_are_those_of_the_plain_collector(
    tmp_path, plain, recipe, play_on, number, untimed
):
    crew = Crew()
    progress = play_on(tmp_path, crew, recipe(), workers=number)
    assert untimed(read_records(tmp_path)) == untimed(plain)
    assert (progress.planned, progress.played, progress.failed) == (COUNT, COUNT, 0)
    assert (progress.statuses, progress.live, progress.workers) == (Counter(ok=COUNT), {}, 0)
    assert len(crew.started) == number
    assert crew.living == []


@pytest.mark.parametrize("at", [0, 1, 2])
def test_episodes_of_a_worker_that_dies_are_played_by_others_and_none_is_there_twice(
    tmp_path, plain, recipe, play_on, at, untimed
):
    crew = Crew(at, None, at)
    progress = play_on(tmp_path, crew, recipe())
    assert len(crew.started) > 2
    assert untimed(read_records(tmp_path)) == untimed(plain)
    assert (progress.played, progress.live) == (COUNT, {})


@pytest.mark.parametrize("number", [1, 3])
def test_a_recording_has_what_models_answered_in_the_episodes_that_are_kept_and_nothing_else(
    tmp_path, recipe, play_on, number, untimed
):
    path = tmp_path / "answers.jsonl"
    answered = itertools.count()

    class Numbering:
        """Never gives one answer twice, so whoever asks anew is found out."""

        name = "numbering"

        async def complete(self, request):
            return Completion(assistant(f"{next(answered)}. answer"))

        async def aclose(self):
            pass

    def recorded(**how):
        def make():
            model = Recording(path, **how).of(Numbering(), {})
            return recipe("numbering", make_policy=chat_agent(model), limits=Limits(turns=3))()

        return make

    class DiesOfWhatItPlayed(Crew):
        def start(self, recipe, concurrency):
            worker = super().start(recipe, concurrency)
            exchange = worker.exchange

            async def deadly(keys):
                records = await exchange(keys)
                if records and len(self.started) <= 3:
                    raise WorkerLostError("it was shot")
                return records

            worker.exchange = deadly
            return worker

    crew = DiesOfWhatItPlayed()
    with Recorder(path) as recorder:
        made = recorded(begun=recorder.size)
        play_on(tmp_path / "first", crew, made, workers=2, recorder=recorder)
    assert len(crew.started) > 2
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    asked = next(answered)
    turns = sum(record.measured.turns for record in read_records(tmp_path / "first"))
    assert asked > len({line["key"] for line in lines}) == len(lines) == turns
    play_on(tmp_path / "again", Crew(), recorded(replay=True), workers=number)
    first, again = (untimed(read_records(tmp_path / name)) for name in ("first", "again"))
    assert first == again
    assert next(answered) == asked + 1


def test_what_was_drawn_amiss_is_drawn_anew_by_workers_as_by_one_process(
    tmp_path, recipe, play_on, rollout_of, collected, untimed
):
    class Moody(ScriptedUser):
        seed = 0
        fails = True

        async def open(self):
            if Moody.fails and self.seed % 2:
                raise UserError("not today")
            return await super().open()

    how = {"user": "moody", "make_user": Moody}
    for Moody.fails in (True, True, False):
        play_on(tmp_path / "wide", Crew(), recipe(**how))
        collected(tmp_path / "alone", rollout_of(**how), COUNT)
    records = list(read_records(tmp_path / "wide"))
    assert {record.attempt for record in records} == {0, 1, 2}
    assert untimed(records) == untimed(read_records(tmp_path / "alone"))


def test_episodes_of_a_dead_worker_are_tried_last(tmp_path, recipe, play_on):
    crew = Crew(1)
    play_on(tmp_path, crew, recipe(), workers=1)
    first, second = crew.started
    assert first.handed
    assert second.handed[-len(first.handed) :] == first.handed
    assert second.handed[0] not in first.handed


def test_where_workers_keep_dying_none_is_started_any_more_and_the_others_play_on(
    tmp_path, plain, recipe, play_on, untimed
):
    class OneBadPlace(Crew):
        def start(self, recipe, concurrency):
            worker = super().start(recipe, concurrency)
            worker.dies = 1 if concurrency == 2 else None
            return worker

    crew = OneBadPlace()
    play_on(tmp_path, crew, recipe(), concurrency=3)  # one with 2 in flight, one with 1
    assert Counter(worker.concurrency for worker in crew.started) == {2: MOST_DEATHS, 1: 1}
    assert untimed(read_records(tmp_path)) == untimed(plain)


@pytest.mark.parametrize(
    ("dies", "where"), [(0, "before it was ready"), (1, r"with episode \d+\.0 in hand")]
)
def test_a_run_all_of_whose_workers_die_says_so_once_it_is_sure(
    tmp_path, recipe, play_on, dies, where
):
    crew = Crew(*[dies] * 20)
    with pytest.raises(WritGymError, match=rf"All workers are lost: .*{where} \(it was shot\)"):
        play_on(tmp_path, crew, recipe(), workers=1)
    assert len(crew.started) == MOST_DEATHS
    assert crew.living == []


def test_a_worker_that_dies_now_and_then_but_gets_on_is_not_given_up(
    tmp_path, plain, recipe, play_on, untimed
):
    crew = Crew(*[2] * 100)
    play_on(tmp_path, crew, recipe(), workers=1, concurrency=1)
    assert len(crew.started) > 3 * MOST_DEATHS
    assert untimed(read_records(tmp_path)) == untimed(plain)


def test_an_episode_that_its_worker_dies_of_ends_the_run_after_all_others_are_played(
    tmp_path, plain, recipe, play_on, untimed
):
    class Poisoned(Crew):
        def start(self, recipe, concurrency):
            worker = super().start(recipe, concurrency)
            exchange = worker.exchange

            async def dies_of_7(keys):
                if (7, 0, 0) in keys:
                    worker.dies = 0
                return await exchange(keys)

            worker.exchange = dies_of_7
            return worker

    with pytest.raises(WritGymError, match=r"with episode 7\.0 in hand"):
        play_on(tmp_path, Poisoned(), recipe(), workers=2, concurrency=2)
    others = [record for record in plain if record.index != 7]
    assert untimed(read_records(tmp_path)) == untimed(others)


def test_a_record_that_comes_again_is_not_written_again(tmp_path, plain, recipe, play_on, untimed):
    class Stammering(Crew):
        def start(self, recipe, concurrency):
            worker = super().start(recipe, concurrency)
            exchange = worker.exchange
            last = []

            async def twice(keys):
                records = await exchange(keys)
                again, last[:] = [*records, *records, *last], records
                return again

            worker.exchange = twice
            return worker

    progress = play_on(tmp_path, Stammering(), recipe())
    assert progress.played == COUNT
    assert untimed(read_records(tmp_path)) == untimed(plain)


def test_a_run_goes_on_with_and_without_workers(
    tmp_path, plain, recipe, play_on, collected, rollout_of, untimed
):
    play_on(tmp_path, Crew(), recipe(), count=5)
    collected(tmp_path, rollout_of(), 10)
    progress = play_on(tmp_path, Crew(), recipe())
    assert (progress.planned, progress.done_before, progress.played) == (COUNT, 10, 10)
    assert untimed(read_records(tmp_path)) == untimed(plain)


def test_trials_are_spread_too(tmp_path, recipe, play_on, collected, rollout_of, untimed):
    play_on(tmp_path / "spread", Crew(), recipe("random"), count=5, trials=3)
    plain = collected(tmp_path / "plain", rollout_of("random"), 5, trials=3)
    assert untimed(read_records(tmp_path / "spread")) == untimed(plain)


def test_if_nothing_is_left_no_worker_is_started(tmp_path, recipe, play_on):
    play_on(tmp_path, Crew(), recipe())
    crew = Crew()
    assert play_on(tmp_path, crew, recipe()).played == 0
    assert crew.started == []


class Waiting(ScriptedUser):
    """Answers like the scripted user, but lets others go first."""

    immediate = False
    playing = most = 0

    async def open(self):
        Waiting.playing += 1
        Waiting.most = max(Waiting.most, Waiting.playing)
        await asyncio.sleep(0)
        return await super().open()

    async def respond(self, text):
        turn = await super().respond(text)
        Waiting.playing -= turn.end
        return turn


@pytest.mark.parametrize("concurrency", [1, 3, 8])
def test_no_more_episodes_are_in_flight_than_asked_for_over_all_workers(
    tmp_path, monkeypatch, recipe, play_on, concurrency
):
    monkeypatch.setattr(Waiting, "most", 0)
    crew = Crew()
    play_on(
        tmp_path, crew, recipe(make_user=Waiting), count=12, workers=4, concurrency=concurrency
    )  # fmt: skip
    assert Waiting.playing == 0
    assert Waiting.most == concurrency
    assert len(crew.started) == min(4, concurrency)


def test_what_waits_in_a_worker_is_bounded_by_what_it_has_finished(tmp_path, recipe, play_on):
    held = []

    class Counting(Crew):
        def start(self, recipe, concurrency):
            worker = super().start(recipe, concurrency)
            exchange = worker.exchange
            state = Counter(ahead=1)

            async def count(keys):
                state["held"] += len(keys)
                held.append((state["held"], concurrency + min(64, state["ahead"])))
                records = await exchange(keys)
                state["held"] -= len(records)
                state["ahead"] = 1 + 2 * len(records)
                return records

            worker.exchange = count
            return worker

    play_on(tmp_path, Counting(), recipe(), workers=2, concurrency=4, count=40)
    assert held
    assert all(number <= most for number, most in held)


@pytest.mark.parametrize(
    ("concurrency", "number", "shares"),
    [(16, 1, [16]), (16, 2, [8, 8]), (7, 3, [3, 2, 2]), (2, 5, [1, 1]), (1, 1, [1])],
)
def test_every_worker_has_its_share_of_the_episodes_in_flight(concurrency, number, shares):
    assert share_out(concurrency, number) == shares


@pytest.mark.parametrize("wrong", [{"version": "0.0"}, {"world": "f" * 64}])
def test_a_worker_that_would_play_something_else_stops_the_run(
    tmp_path, shop, recipe, play_on, wrong
):
    hello = Hello(**{"version": workers.__version__, "world": shop.ref.digest, **wrong})
    crew = Crew(hello=hello)
    with pytest.raises(WritGymError, match="install the same versions of writ-gym and faker"):
        play_on(tmp_path, crew, recipe())
    assert crew.living == []
    assert not (tmp_path / EPISODES).read_bytes()


def test_an_error_of_our_own_stops_the_run_with_its_message_and_keeps_what_was_played(
    tmp_path, plain, recipe, play_on, untimed
):
    last = plain[9].task_id

    @Privileged
    def stops(domain, task):
        return Replay([assistant("Hello.")]) if task.task_id == last else oracle(domain, task)

    crew = Crew()
    with pytest.raises(WritGymError, match="recorded conversation is over"):
        play_on(tmp_path, crew, recipe(make_policy=stops), workers=1, concurrency=1)
    assert untimed(read_records(tmp_path)) == untimed(plain[:9])
    assert crew.living == []
    with pytest.raises(WritGymError, match=r"write_count 30 .* was found"):
        play_on(tmp_path / "other", Crew(), recipe(config={"write_count": 30}))


def test_a_policy_that_cannot_be_made_is_said_and_ends_the_workers(tmp_path, recipe, play_on):
    def buggy(domain):
        raise KeyError("bug")

    crew = Crew()
    with pytest.raises(WritGymError, match="Making a policy fails with KeyError: 'bug'"):
        play_on(tmp_path, crew, recipe(make_policy=buggy))
    assert crew.living == []


def test_a_bug_shows_and_ends_the_workers(tmp_path, monkeypatch, recipe, play_on):
    def buggy(*_, **__):
        raise KeyError("bug")

    monkeypatch.setattr("writ_gym.runs.rollouts.Episode", buggy)
    crew = Crew()
    with pytest.raises(ExceptionGroup) as caught:
        play_on(tmp_path, crew, recipe())
    assert caught.group_contains(KeyError, match="bug")
    assert crew.living == []


def test_episodes_without_a_score_are_kept_apart_and_played_by_the_next_run(
    tmp_path, plain, recipe, play_on, untimed
):
    class Slow(ScriptedUser):
        async def open(self):
            raise TimeoutError

    progress = play_on(tmp_path, Crew(), recipe(make_user=Slow), count=5)
    assert (progress.failed, progress.statuses) == (5, Counter(timeout=5))
    assert len(list(read_records(tmp_path / FAILURES))) == 5
    assert play_on(tmp_path, Crew(), recipe()).done_before == 0
    assert untimed(read_records(tmp_path)) == untimed(plain)


def test_a_folder_that_cannot_be_written_stops_the_run(tmp_path, monkeypatch, recipe, play_on):
    def full(self, record):
        raise StoreError("The disk is full.")

    monkeypatch.setattr(RunStore, "append_packed", full)
    crew = Crew()
    with pytest.raises(StoreError, match="The disk is full"):
        play_on(tmp_path, crew, recipe())
    assert crew.living == []


def test_whoever_stops_the_run_ends_the_workers(tmp_path, shop, recipe):
    crew = Crew()

    async def stopped(store):
        def stop(progress):
            if progress.played == 3:
                running.cancel()

        running = asyncio.create_task(
            spread(crew, recipe(), store, count=COUNT, workers=2, world=shop.ref.digest,
                   report=stop)
        )  # fmt: skip
        with pytest.raises(asyncio.CancelledError):
            await running

    with RunStore(tmp_path, SETTINGS) as store:
        asyncio.run(stopped(store))
    assert len(crew.started) == 2
    assert crew.living == []
    assert len(list(read_records(tmp_path))) == len(store.done) >= 3


def test_progress_shows_workers_and_the_episode_that_was_handed_out_first(
    tmp_path, monkeypatch, recipe, play_on
):
    monkeypatch.setattr("writ_gym.runs.rollouts.TICK_S", 0)
    seen = []
    play_on(
        tmp_path, Crew(), recipe(), workers=2,
        report=lambda now: seen.append((now.workers, dict(now.live), now.played)),
    )  # fmt: skip
    assert {number for number, *_ in seen} <= {0, 1, 2}
    assert all(list(live.values()) == sorted(live.values()) for _, live, _ in seen)
    played = [number for *_, number in seen]
    assert len(played) > len(set(played))  # in between episodes, too


def test_a_worker_gives_records_back_in_pieces_of_bounded_size(monkeypatch, recipe):
    monkeypatch.setattr(workers, "MOST_BYTES", 1)

    async def play():
        worker = Worker(recipe(), 2)
        await worker.open()
        batches = [await worker.exchange([(index, 0, 0) for index in range(5)])]
        while sum(map(len, batches)) < 5:
            batches.append(await worker.exchange([]))
        for task in worker._playing:
            task.cancel()
        return batches

    batches = asyncio.run(play())
    assert [len(batch) for batch in batches] == [1] * 5
    assert sorted(batch[0].index for batch in batches) == list(range(5))


def test_a_worker_with_nothing_to_play_answers_all_the_same(monkeypatch, recipe):
    monkeypatch.setattr(workers, "PATIENCE_S", 0)
    worker = Worker(recipe(), 1)
    assert asyncio.run(worker.exchange([])) == []
