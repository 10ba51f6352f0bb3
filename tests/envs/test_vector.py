"""Many environments at once: the same as one after the other, only that waits overlap."""

import asyncio
import pickle
import signal
import sys
import threading

import gymnasium
import numpy as np
import pytest
from gymnasium.error import ClosedEnvironmentError
from gymnasium.vector import AutoresetMode, SyncVectorEnv, VectorEnv
from gymnasium.wrappers.vector import DictInfoToList, RecordEpisodeStatistics
from hypothesis import given
from hypothesis import settings as tried
from hypothesis import strategies as st

from writ_gym.coroutines import finish
from writ_gym.directory import DOMAINS, MIXED, env_id_of
from writ_gym.envs.vector import Transition, WritVectorEnv
from writ_gym.errors import BackendError, VectorError
from writ_gym.messages import calling, tool_call
from writ_gym.policies import load_policy
from writ_gym.policy import make_policy
from writ_gym.users.scripted import ScriptedUser
from writ_gym.users.simulators import UserTurn

ID = "writ/retail-v0"
SMALL = {"world_size": {"users": 120, "orders": 300}, "write_count": (0, 2)}
MODES = list(AutoresetMode)
LOOK = dict(calling(tool_call("list_all_product_types", {})))


def make(count=3, **kwargs):
    return gymnasium.make_vec(ID, num_envs=count, **{**SMALL, **kwargs})


def make_sync(count=3, autoreset_mode=AutoresetMode.NEXT_STEP, **kwargs):
    return gymnasium.make_vec(
        ID, num_envs=count, vectorization_mode="sync",
        vector_kwargs={"autoreset_mode": autoreset_mode}, **{**SMALL, **kwargs},
    )  # fmt: skip


class Patient(ScriptedUser):
    """A scripted user that has to be waited for, as a model would be."""

    immediate = False

    async def open(self):
        await asyncio.sleep(0)
        return await super().open()

    async def respond(self, text):
        await asyncio.sleep(0)
        return await super().respond(text)


class Crowd:
    """Makes users that answer when they are let, and counts how many wait at the same time.

    What the agent says names the gate at which its user waits.
    """

    def __init__(self, together=0):
        self.together = together
        self.waiting = self.most = self.cancelled = 0
        self.gates = {}
        self.lock = threading.Lock()

    def __call__(self, *what):
        return _Member(self, *what)

    def gate(self, name):
        with self.lock:
            return self.gates.setdefault(name, _Gate())

    async def wait(self, name):
        self.waiting += 1
        self.most = max(self.most, self.waiting)
        try:
            if self.waiting >= self.together > 0:
                self.gate(name).open()
            await self.gate(name).passed()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.waiting -= 1


class _Gate:
    """An event that any thread may set, and that any loop may wait for."""

    def __init__(self):
        self.is_open, self.waiters = False, []

    def open(self):
        self.is_open = True
        for loop, event in self.waiters:
            loop.call_soon_threadsafe(event.set)

    async def passed(self):
        event = asyncio.Event()
        self.waiters.append((asyncio.get_running_loop(), event))
        if not self.is_open:
            await event.wait()


class _Member(ScriptedUser):
    immediate = False

    def __init__(self, crowd, *what):
        super().__init__(*what)
        self.crowd = crowd

    async def respond(self, text):
        if text == "fail":
            raise BackendError("The endpoint is down.")
        await self.crowd.wait(text)
        return UserTurn(f"Heard {text}.")


class Failing(ScriptedUser):
    """A user whose endpoint is down when it hears the word."""

    async def respond(self, text):
        if text == "fail":
            raise BackendError("The endpoint is down.")
        return await super().respond(text)


class Rationed(ScriptedUser):
    """A user whose endpoint is down after a number of openings."""

    left = 9

    async def open(self):
        if Rationed.left == 0:
            raise BackendError("The endpoint is down.")
        Rationed.left -= 1
        return await super().open()


def plain(value):
    """Return arrays with their types as what can be compared."""
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, np.ndarray):
        return value.dtype, value.shape, [plain(each) for each in value.tolist()]
    return [plain(each) for each in value] if isinstance(value, tuple | list) else value


def random_actions(seed):
    """Return what gives random actions; some of them are no message at all."""
    rng = np.random.default_rng(seed)
    spaces = {}

    def choose(index, env, observation):
        if rng.random() < 0.1:
            return ["", "{", LOOK][int(rng.integers(3))]
        if index not in spaces:
            spaces[index] = env.unwrapped.action_space
            spaces[index].seed(int(rng.integers(1 << 30)))
        return spaces[index].sample()

    return choose


def oracle_actions(seed):
    """Return what plays each episode as the oracle does."""
    playing = {}

    def choose(index, env, observation):
        episode = env.unwrapped._episode
        if episode.termination is not None:
            return "Goodbye."
        if playing.get(index, (None,))[0] is not episode:
            policy = make_policy(load_policy("oracle"), episode.domain, episode.task)
            info = {"system": "", "tools": episode.tools.schemas, "task_id": "", "seed": seed}
            finish(policy.reset(info))
            playing[index] = episode, policy
        return finish(playing[index][1].act(observation))

    return choose


def trajectory(envs, choose, seed, steps):
    """Return all that the environments answer, as what can be compared."""
    observations, infos = envs.reset(seed=seed)
    seen = [plain((observations, infos))]
    for _ in range(steps):
        chosen = [
            choose(index, env, observation)
            for index, (env, observation) in enumerate(zip(envs.envs, observations, strict=True))
        ]
        result = envs.step(tuple(chosen))
        seen.append(plain(result))
        observations = result[0]
        over = result[2] | result[3]
        if envs.metadata["autoreset_mode"] is AutoresetMode.DISABLED and over.any():
            observations, infos = envs.reset(options={"reset_mask": over})
            seen.append(plain((observations, infos)))
    envs.close()
    return seen


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("actions", [random_actions, oracle_actions])
@tried(max_examples=4, deadline=None)
@given(seed=st.integers(0, 1 << 20), user=st.sampled_from(["scripted", Patient]))
def test_lock_step_is_what_a_sync_vector_env_gives(mode, actions, seed, user):
    limits = {"turns": 5} if actions is random_actions else {}
    expected = trajectory(
        make_sync(autoreset_mode=mode, limits=limits), actions(seed), seed, 12
    )  # fmt: skip
    envs = make(autoreset_mode=mode, limits=limits, user=user)
    assert trajectory(envs, actions(seed), seed, 12) == expected


def test_the_faces_are_those_of_a_sync_vector_env():
    envs, sync = make(render_mode="ansi"), make_sync(render_mode="ansi")
    for name in ("num_envs", "render_mode", "metadata", "single_observation_space",
                 "single_action_space", "observation_space", "action_space"):  # fmt: skip
        assert getattr(envs, name) == getattr(sync, name), name
    for each in (envs, sync):
        each.reset(seed=[4, None, 9])
    assert envs.np_random_seed[0::2] == sync.np_random_seed[0::2] == (4, 9)
    assert envs.render()[2] == sync.render()[2]
    assert isinstance(envs.np_random[0], np.random.Generator)
    assert envs.call("render") == envs.render()
    assert [len(each) for each in envs.get_attr("messages")] == [1, 1, 1]
    envs.set_attr("render_mode", [None, "ansi", None])
    assert envs.get_attr("render_mode") == (None, "ansi", None)
    envs.set_attr("render_mode", None)
    assert envs.render() == (None, None, None)
    with pytest.raises(ValueError, match="There must be 3 values, one for each environment, not 2"):
        envs.set_attr("render_mode", [None, None])
    assert envs.observation_space.contains(envs.reset(seed=0)[0])
    assert len(envs.step(envs.action_space.sample())[0]) == 3


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_is_named_in_the_metadata(mode):
    for name in (mode, mode.value):
        assert make(autoreset_mode=name).metadata["autoreset_mode"] is mode


@pytest.mark.parametrize("name", [*DOMAINS, None])
def test_it_is_what_make_vec_makes_for_every_id(name):
    envs = gymnasium.make_vec(env_id_of(name) if name else MIXED, num_envs=2, write_count=(0, 1))
    assert isinstance(envs.unwrapped, WritVectorEnv)
    observations, infos = envs.reset(seed=1)
    assert [o[0]["role"] for o in observations] == ["user", "user"]
    assert infos["_tools"].all()
    assert ("domain" in infos) == (name is None)
    assert str(envs) == f"WritVectorEnv({env_id_of(name) if name else MIXED}, num_envs=2)"
    envs.step(("Hello",) * 2)
    envs.close()


def test_a_domain_of_another_package_has_it_too(library):
    envs = gymnasium.make_vec("writ/library-v0", num_envs=2)
    assert isinstance(envs, WritVectorEnv)
    assert len(envs.reset(seed=0)[0]) == 2


def test_gymnasiums_wrappers_work():
    envs = RecordEpisodeStatistics(make(limits={"turns": 2}))
    envs.reset(seed=0)
    for _ in range(2):
        *_, truncated, infos = envs.step(("Hm.",) * 3)
    assert truncated.all()
    assert infos["episode"]["l"].tolist() == [2, 2, 2]
    listed = DictInfoToList(make())
    assert [set(info) for info in listed.reset(seed=0)[1]] == [
        {"system", "tools", "task_id", "seed"}
    ] * 3


def test_one_task_for_all_or_one_for_each():
    envs = make()
    envs.reset(seed=0)
    again = envs.envs[1]._episode.task
    assert set(envs.reset(seed=0, options={"task": again})[1]["task_id"]) == {again.task_id}
    envs.send_reset({2: 0}, options={"write_count": 1})
    envs.send_reset({0: 0}, options={"task": again.model_dump_json()})
    started = envs.recv(min_results=2)
    assert list(started) == [2, 0]
    assert started[0].info["task_id"] == again.task_id
    assert envs.envs[2]._episode.task.certificate.write_count == 1


# --- waits


def test_the_waits_for_all_users_overlap():
    crowd = Crowd(together=64)
    envs = make(64, user=crowd)
    envs.reset(seed=0)
    observations, *_ = envs.step(["all"] * 64)
    assert crowd.most == 64
    assert {o[0]["content"] for o in observations} == {"Heard all."}


def test_the_waits_overlap_in_a_loop_of_the_callers_too():
    async def inside():
        crowd = Crowd(together=32)
        envs = make(32, user=crowd)
        await envs.areset(seed=0)
        observations, *_ = await envs.astep(["all"] * 32)
        return crowd.most, {o[0]["content"] for o in observations}

    assert asyncio.run(inside()) == (32, {"Heard all."})


def test_only_what_is_said_to_a_user_waits():
    before = threading.active_count()
    envs = make(user=Crowd())
    envs.reset(seed=0)
    started = threading.active_count()
    assert started - before <= 1
    observations, *_ = envs.step([LOOK] * 3)
    assert [o[0]["role"] for o in observations] == ["tool"] * 3


def test_answers_are_received_as_they_come():
    crowd = Crowd()
    envs = make(4, user=crowd)
    envs.reset(seed=0)
    envs.send({0: "a", 1: "b", 3: "d"})
    assert envs.pending == (0, 1, 3)
    assert envs.recv(min_results=0) == {}
    envs.send({2: LOOK})
    first = envs.recv()
    assert list(first) == [2]
    assert first[2].observation[0]["role"] == "tool"
    crowd.gate("d").open()
    assert list(envs.recv()) == [3]
    crowd.gate("b").open()
    got = envs.recv()
    assert got == {1: Transition(got[1].observation, 0.0, False, False, got[1].info)}
    assert got[1].observation[0]["content"] == "Heard b."
    envs.send({1: LOOK})
    assert list(envs.recv()) == [1]
    assert envs.recv(timeout=0.001) == {}
    assert envs.pending == (0,)
    crowd.gate("a").open()
    assert list(envs.recv(min_results=1, timeout=60)) == [0]
    assert envs.pending == ()


def test_answers_are_received_as_they_come_in_a_loop():
    async def inside():
        crowd = Crowd()
        envs = make(user=crowd)
        await envs.areset(seed=0)
        envs.send({0: "a", 2: "c"})
        with pytest.raises(RuntimeError, match=r"would block.*await envs\.arecv"):
            envs.recv()
        assert await envs.arecv(timeout=0.001) == {}
        waiting = asyncio.create_task(envs.arecv())
        await asyncio.sleep(0)
        crowd.gate("c").open()
        assert list(await waiting) == [2]
        envs.send({1: "b"})
        waiting = asyncio.create_task(envs.arecv(min_results=2))
        await asyncio.sleep(0)
        with pytest.raises(RuntimeError, match="one caller at a time"):
            await envs.arecv(min_results=2)
        crowd.gate("a").open()
        envs.send({2: LOOK})
        return sorted(await waiting)

    assert asyncio.run(inside()) == [0, 2]


def test_without_lock_step_every_environment_goes_its_own_way():
    envs, alone = make(limits={"turns": 3}, user=Patient), make_sync(limits={"turns": 3})
    envs.reset(seed=7)
    alone.reset(seed=7)
    expected = [alone.step(("Hello.",) * 3) for _ in range(8)]
    seen = {index: [] for index in range(3)}
    envs.send(dict.fromkeys(range(3), "Hello."))
    while envs.pending:
        for index, answer in envs.recv().items():
            seen[index].append(answer)
            if len(seen[index]) < 8:
                envs.send({index: "Hello."})
    for index, answers in seen.items():
        for answer, step in zip(answers, expected, strict=True):
            assert answer[:4] == tuple(each[index] for each in step[:4])


def test_same_step_has_the_last_observation_in_the_info():
    envs = make(2, limits={"turns": 1}, autoreset_mode="SameStep", user=Patient)
    envs.reset(seed=0)
    envs.send({1: LOOK})
    answer = envs.recv()[1]
    assert answer.truncated
    assert answer.observation[0]["role"] == "user"
    assert answer.info["final_obs"][0]["role"] == "tool"
    assert answer.info["final_info"]["termination"] == "turn_limit"


def test_what_waits_in_the_next_episode_only_may_wait_from_there_on():
    envs = gymnasium.make_vec(
        MIXED, num_envs=2, weights={"retail": 1, "airline": 1}, autoreset_mode="SameStep",
        settings={"airline": {"user": Patient}}, limits={"turns": 1}, write_count=0,
    )  # fmt: skip
    envs.reset(seed=3)
    seen = set()
    for _ in range(12):
        seen |= {env.immediate for env in envs.envs}
        assert envs.step(("Hello.",) * 2)[3].all()
    assert seen == {True, False}


# --- event loops


def test_a_loop_is_not_blocked_and_nothing_is_lost():
    async def inside():
        envs = make(user=Patient)
        with pytest.raises(RuntimeError, match=r"would block.*await envs\.areset\(\)"):
            envs.reset(seed=0)
        await envs.areset(seed=0)
        with pytest.raises(RuntimeError, match=r"would block.*await envs\.astep\(actions\)"):
            envs.step([LOOK] * 3)
        assert [len(messages) for messages in envs.get_attr("messages")] == [1, 1, 1]
        return await envs.astep(["Hello."] * 3)

    expected = make()
    expected.reset(seed=0)
    assert plain(asyncio.run(inside())) == plain(expected.step(["Hello."] * 3))


def test_immediate_users_do_not_wait_in_a_loop_either():
    async def inside():
        envs = make()
        envs.reset(seed=0)
        return envs.step(["Hello."] * 3)[0]

    assert len(asyncio.run(inside())) == 3


def test_a_step_that_is_given_up_is_cancelled():
    async def inside():
        crowd = Crowd()
        envs = make(user=crowd)
        await envs.areset(seed=0)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(envs.astep(["never"] * 3), 0.01)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert (crowd.waiting, crowd.cancelled) == (0, 3)
        with pytest.raises(RuntimeError, match="Environments 0, 1, 2 have no episode that can go"):
            await envs.astep([LOOK] * 3)
        await envs.areset()
        return await envs.astep([LOOK] * 3)

    assert len(asyncio.run(inside())[0]) == 3


@pytest.mark.usefixtures("interrupts")
def test_an_interrupt_gives_a_step_up_but_not_what_recv_waits_for():
    class Interrupting(Crowd):
        async def wait(self, name):
            if name == "interrupt":
                main = threading.main_thread().ident
                while sys._current_frames()[main].f_code is not threading.Condition.wait.__code__:  # noqa: ASYNC110 - no event says so
                    await asyncio.sleep(0)
                signal.pthread_kill(main, signal.SIGINT)
                return
            await super().wait(name)

    crowd = Interrupting()
    envs = make(user=crowd)
    envs.reset(seed=0)
    envs.send({0: "interrupt", 1: "later"})
    with pytest.raises(KeyboardInterrupt):
        envs.recv(min_results=2)
    crowd.gate("later").open()
    assert sorted(envs.recv(min_results=2)) == [0, 1]
    with pytest.raises(KeyboardInterrupt):
        envs.step(["never", "interrupt", "never"])
    assert envs.pending == ()
    envs.reset()
    assert crowd.cancelled == 2


def test_what_a_loop_left_behind_is_not_waited_for():
    envs = make(user=Crowd())

    async def sent():
        await envs.areset(seed=0)
        envs.send({0: "never"})
        await asyncio.sleep(0)

    asyncio.run(sent())
    with pytest.raises(VectorError, match=r"Environment 0 has failed with RuntimeError: It was c"):
        envs.recv()
    loop = asyncio.new_event_loop()
    loop.run_until_complete(sent())
    with pytest.raises(RuntimeError, match="will never come"):
        envs.recv()
    envs.close()
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()


def test_a_reset_gives_up_what_is_under_way():
    crowd = Crowd()
    envs = make(user=crowd)
    envs.reset(seed=0)
    envs.send({0: "never", 1: LOOK})
    with pytest.raises(RuntimeError, match="Environments 0 are under way and not in reset_mask"):
        envs.reset(options={"reset_mask": np.array([False, True, True])})
    envs.reset()
    assert envs.pending == ()
    assert len(envs.step([LOOK] * 3)[0]) == 3


# --- failures


@pytest.mark.parametrize("user", [Failing, Crowd(together=2)])
def test_a_failure_names_the_environment_and_leaves_the_others_alone(user):
    envs = make(user=user)
    envs.reset(seed=0)
    with pytest.raises(VectorError) as caught:
        envs.step(["Hello.", "fail", "Hello."])
    assert str(caught.value) == (
        "Environment 1 has failed with BackendError: The endpoint is down. Reset what has failed."
    )
    assert isinstance(caught.value.__cause__, BackendError)
    assert list(caught.value.errors) == [1]
    with pytest.raises(RuntimeError, match="Environments 0, 2 have not answered yet: call recv fi"):
        envs.step([LOOK] * 3)
    others = envs.recv(min_results=2)
    assert sorted(others) == [0, 2]
    assert all(answer.observation[0]["role"] == "user" for answer in others.values())
    with pytest.raises(RuntimeError, match="Environments 1 have no episode that can go on: reset"):
        envs.step([LOOK] * 3)
    before = envs.get_attr("messages")[0]
    observations, infos = envs.reset(options={"reset_mask": np.array([False, True, False])})
    assert observations[0] == others[0].observation
    assert infos["_task_id"].tolist() == [False, True, False]
    assert envs.get_attr("messages")[0] == before
    assert len(envs.step([LOOK] * 3)[0]) == 3


def test_the_end_of_an_episode_is_not_lost_where_the_next_cannot_begin(monkeypatch):
    monkeypatch.setattr(Rationed, "left", 3)
    envs = make(2, user=Rationed, autoreset_mode="SameStep", limits={"turns": 1})
    envs.reset(seed=0)
    observations, _, _, truncations, infos = envs.step([LOOK] * 2)
    assert truncations.all()
    assert infos["final_obs"][1] == observations[1]
    assert infos["final_info"]["termination"].tolist() == ["turn_limit"] * 2
    with pytest.raises(VectorError) as caught:
        envs.step([LOOK] * 2)
    assert list(caught.value.errors) == [1]
    assert list(envs.recv()) == [0]
    with pytest.raises(RuntimeError, match="Environments 1 have no episode that can go on: reset"):
        envs.step([LOOK] * 2)
    monkeypatch.setattr(Rationed, "left", 9)
    envs.reset()
    assert len(envs.step([LOOK] * 2)[0]) == 2


def test_many_failures_are_told_together():
    envs = make(6, user=Failing)
    envs.reset(seed=0)
    envs.send({5: "fail", **dict.fromkeys(range(5), "fail")})
    with pytest.raises(VectorError, match=r"Environment 5 .* Environment 0 .* So have 3 others\."):
        envs.recv(min_results=6)
    copy = pickle.loads(pickle.dumps(VectorError({2: BackendError("Down.")})))
    assert str(copy).startswith("Environment 2 has failed with BackendError: Down. Reset")


def test_an_episode_that_failed_cannot_go_on():
    env = gymnasium.make(ID, user=Failing, **SMALL).unwrapped
    env.reset(seed=0)
    with pytest.raises(BackendError):
        env.step("fail")
    with pytest.raises(RuntimeError, match=r"cannot go on.*Call reset"):
        env.step("Hello.")
    env.reset()
    assert env.step("Hello.")[0][0]["role"] == "user"


def test_options_that_are_wrong_are_wrong_in_each():
    with pytest.raises(VectorError, match="ValueError: There is no option 'wirte_count'"):
        make().reset(options={"wirte_count": 3})


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda e: e.step(["Hello."] * 2), ValueError, "There must be 3 actions, one for each"),
        (lambda e: e.step("abc"), TypeError, "one action for each environment, not str; use send"),
        (lambda e: e.step({0: "a"}), TypeError, "not dict; use send"),
        (lambda e: e.step(None), TypeError, "not NoneType"),
        (lambda e: e.send({3: "a"}), ValueError, "There is no environment 3; there are 0 to 2"),
        (lambda e: e.send({-1: "a"}), ValueError, "There is no environment -1"),
        (lambda e: e.send({"0": "a"}), TypeError, "integer"),
        (lambda e: e.send_reset({7: None}), ValueError, "There is no environment 7"),
        (lambda e: e.recv(), ValueError, "min_results is 1, but no more than 0 environments"),
        (lambda e: e.reset(seed=[1, 2]), ValueError, "There must be 3 seeds"),
        (lambda e: e.reset(options={"reset_mask": [True] * 3}), TypeError, "an array of bool"),
        (lambda e: e.reset(options={"reset_mask": np.ones(3)}), TypeError, "an array of bool"),
        (lambda e: e.reset(options={"reset_mask": np.ones(2, bool)}), ValueError, r"shape \(3,\)"),
        (lambda e: e.reset(options={"reset_mask": np.zeros(3, bool)}), ValueError, "at least one"),
    ],
)
def test_wrong_arguments_are_refused_before_anything_happens(call, error, message):
    envs = make()
    envs.reset(seed=0)
    with pytest.raises(error, match=message):
        call(envs)
    assert [len(messages) for messages in envs.get_attr("messages")] == [1, 1, 1]
    assert envs.pending == ()
    envs.step([LOOK] * 3)


def test_what_cannot_be_made_is_said():
    with pytest.raises(ValueError, match="num_envs must be at least 1, not 0"):
        WritVectorEnv(0, domain="retail")
    with pytest.raises(ValueError, match="Sometimes"):
        WritVectorEnv(1, domain="retail", autoreset_mode="Sometimes")


def test_the_options_stay_the_callers():
    envs = make(limits={"turns": 1}, autoreset_mode="Disabled")
    envs.reset(seed=0)
    options = {"reset_mask": np.array([True, False, False]), "write_count": 1}
    envs.reset(options=options)
    assert set(options) == {"reset_mask", "write_count"}


def test_an_episode_that_is_over_is_not_stepped_where_nothing_resets_it():
    envs = make(limits={"turns": 1}, autoreset_mode="Disabled")
    with pytest.raises(RuntimeError, match="Environments 0, 1, 2 have no episode"):
        envs.step([LOOK] * 3)
    envs.reset(seed=0)
    assert envs.step([LOOK] * 3)[3].all()
    with pytest.raises(RuntimeError, match="Environments 1 are over: begin other episodes with se"):
        envs.send({1: LOOK})
    envs.send_reset({1: None})
    assert list(envs.recv()) == [1]
    envs.send({1: LOOK})
    assert envs.recv()[1].truncated


def test_it_can_be_pickled_between_steps_but_not_in_one():
    envs = make(user=Patient)
    envs.reset(seed=3)
    again = pickle.loads(pickle.dumps(envs))
    assert plain(again.step(["Hello."] * 3)) == plain(envs.step(["Hello."] * 3))
    assert plain(again.reset()) == plain(envs.reset())
    envs.send({1: LOOK})
    with pytest.raises(RuntimeError, match=r"Environments \(1,\) cannot be pickled before"):
        pickle.dumps(envs)


def test_closing_gives_up_what_is_under_way_and_is_done_once():
    crowd = Crowd()
    envs = make(user=crowd)
    envs.reset(seed=0)
    envs.send({0: "never"})
    envs.close()
    envs.close()
    assert envs.closed
    for call in (envs.reset, envs.recv, lambda: envs.send({}), lambda: envs.step(["Hello."] * 3)):
        with pytest.raises(ClosedEnvironmentError, match="are closed"):
            call()


def test_sync_vector_envs_remain_possible():
    envs = make_sync(user=Patient)
    assert isinstance(envs, SyncVectorEnv)
    assert isinstance(envs, VectorEnv)
    expected = make()
    assert plain(envs.reset(seed=2)) == plain(expected.reset(seed=2))
    assert plain(envs.step(("Hello.",) * 3)) == plain(expected.step(("Hello.",) * 3))
