"""The environment as a Gymnasium user meets it."""

import asyncio
import json
import pickle
from typing import ClassVar

import gymnasium
import numpy as np
import pytest
from gymnasium.vector import AsyncVectorEnv, AutoresetMode, SyncVectorEnv

from writ_gym.database import leaves
from writ_gym.domain import load_domain
from writ_gym.envs.env import WritEnv
from writ_gym.errors import TaskError
from writ_gym.evaluation.attribution import cause_of
from writ_gym.records import EpisodeRecord
from writ_gym.reports.explaining import explain
from writ_gym.runs.verification import verify
from writ_gym.sampling.curriculum import LEVELS
from writ_gym.sampling.sampler import TaskSampler
from writ_gym.tasks import SamplerConfig
from writ_gym.users.scripted import ScriptedUser

ID = "writ/retail-v0"


def make(**kwargs):
    return gymnasium.make(ID, **kwargs)


@pytest.fixture
def task():
    config = SamplerConfig(write_count=(2, 2), evidence_burden=(5, 8))
    return TaskSampler(load_domain("retail"), config).sample(11)


def test_reset_gives_the_users_first_message_and_what_an_agent_needs():
    observation, info = make().reset(seed=0)
    assert [message["role"] for message in observation] == ["user"]
    assert set(info) == {"system", "tools", "task_id", "seed"}
    assert "Retail policy" in info["system"]
    assert all(tool["type"] == "function" for tool in info["tools"])


def test_the_seed_reaches_task_and_user():
    def opening(seed):
        observation, info = make().reset(seed=seed)
        return observation, info["task_id"], info["seed"]

    assert opening(7) == opening(7)
    assert opening(7) != opening(8)


def test_resets_without_a_seed_go_on_in_the_stream():
    first, second = make(), make()
    one = [first.reset(seed=1)[1]["task_id"]] + [first.reset()[1]["task_id"] for _ in range(3)]
    two = [second.reset(seed=1)[1]["task_id"]] + [second.reset()[1]["task_id"] for _ in range(3)]
    assert one == two
    assert len(set(one)) == 4


def test_global_randomness_is_neither_used_nor_touched():
    before = np.random.get_state()[1].copy()  # noqa: NPY002 - the point is the global state
    make().reset(seed=3)
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002


def test_options_choose_the_axes_of_one_episode():
    env = make()
    for write_count, evidence_burden in [(0, (0, 3)), (3, (0, 8)), ((1, 2), 6)]:
        env.reset(seed=4, options={"write_count": write_count, "evidence_burden": evidence_burden})
        certificate = env.unwrapped._episode.task.certificate
        low, high = (write_count, write_count) if isinstance(write_count, int) else write_count
        assert low <= certificate.write_count <= high


def test_the_level_of_a_curriculum_is_the_config_of_one_episode():
    env = make(split="test")
    for level in (LEVELS[0], LEVELS[2], LEVELS[2].model_dump(mode="json")):
        env.reset(seed=4, options={"sampler": level})
        config = env.unwrapped._episode.task.config
        assert config == SamplerConfig.model_validate(level)
    env.reset(seed=4, options={"sampler": LEVELS[0], "write_count": 2, "evidence_burden": 3})
    certificate = env.unwrapped._episode.task.certificate
    assert (certificate.write_count, certificate.evidence_burden) == (2, 3)
    env.reset(seed=4)
    assert env.unwrapped._episode.task.config.split == "test"


def test_an_option_that_is_none_is_as_good_as_left_out():
    options = {"task": None, "sampler": None, "write_count": 1, "evidence_burden": None}
    _, info = make().reset(seed=0, options=options)
    assert info["task_id"] == make().reset(seed=0, options={"write_count": 1})[1]["task_id"]


@pytest.mark.parametrize("form", ["task", "dict", "text"])
def test_a_given_task_is_played_in_each_of_its_forms(task, form):
    given = {"task": task, "dict": task.model_dump(mode="json"), "text": task.model_dump_json()}
    _, info = make().reset(seed=0, options={"task": given[form]})
    assert info["task_id"] == task.task_id


def test_a_task_of_another_world_is_refused(task):
    with pytest.raises(TaskError, match="was made for the retail world"):
        make(world_seed=1).reset(options={"task": task})


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"task": "no task"}, TaskError),
        ({"task": {"domain": "retail"}}, TaskError),
        ({"wirte_count": 3}, ValueError),
        ({"write_count": (3, 1)}, ValueError),
        ({"write_count": 50}, TaskError),
        ({"sampler": {"split": "all"}}, ValueError),
    ],
)
def test_bad_options_are_refused(options, error):
    with pytest.raises(error):
        make().reset(seed=0, options=options)


@pytest.mark.parametrize(
    "kwargs", [{"user": "nobody"}, {"split": "all"}, {"world_size": {"planets": 3}}]
)
def test_bad_arguments_are_refused(kwargs):
    with pytest.raises(ValueError):  # noqa: PT011 - pydantic's error is one too
        make(**kwargs)


def test_an_action_may_be_text_a_message_or_its_json():
    call = {"function": {"name": "calculate", "arguments": '{"expression": "1+1"}'}}
    message = {"role": "assistant", "content": None, "tool_calls": [call]}
    env = make()
    for action in (message, json.dumps(message)):
        env.reset(seed=0)
        observation, *_ = env.step(action)
        assert observation[0]["content"] == "2.0"
        assert observation[0]["tool_call_id"] == "call_1"
    observation, *_ = env.step("Could you give me your e-mail address?")
    assert observation[0]["role"] == "user"


def test_several_tool_calls_run_in_order_and_are_answered_together():
    calls = [
        {"id": f"c{n}", "function": {"name": "calculate", "arguments": {"expression": f"{n}*2"}}}
        for n in range(3)
    ]
    env = make()
    env.reset(seed=0)
    observation, *_ = env.step({"role": "assistant", "tool_calls": calls, "content": "Wait."})
    assert [m["content"] for m in observation] == ["0.0", "2.0", "4.0"]
    assert [m["tool_call_id"] for m in observation] == ["c0", "c1", "c2"]


def test_tool_calls_get_ids_that_no_other_call_has():
    call = {"function": {"name": "calculate", "arguments": {"expression": "1"}}}
    env = make()
    env.reset(seed=0)
    first, *_ = env.step({"tool_calls": [{"id": "call_2", **call}, call, {"id": "call_2", **call}]})
    second, *_ = env.step({"tool_calls": [call, {"id": "call_2", **call}]})
    ids = [message["tool_call_id"] for message in (*first, *second)]
    assert ids[0] == "call_2"
    assert len(set(ids)) == 5


@pytest.mark.parametrize(
    "action",
    [
        "x" * 4000,
        {"content": "x", "reasoning_content": "y" * 4000},
        {"tool_calls": [{"name": "n" * 4000, "arguments": "{}"}]},
        {"tool_calls": [{"name": "calculate", "arguments": "1" * 4000}]},
    ],
)
def test_everything_that_the_agent_writes_counts_as_tokens(action):
    env = make()
    env.reset(seed=0)
    assert 1000 <= env.step(action)[4]["tokens"] < 1500


@pytest.mark.parametrize(
    "action",
    ["", {"role": "user", "content": "x"}, 7, None, {"tool_calls": "x"}, {"content": ["a"]}],
)
def test_a_malformed_action_is_answered_and_the_episode_goes_on(action):
    env = make().unwrapped
    env.reset(seed=0)
    observation, reward, terminated, truncated, info = env.step(action)
    assert observation[0]["name"] == "environment"
    assert observation[0]["content"].startswith("Error: ")
    assert (reward, terminated, truncated, info["tool_errors"]) == (0.0, False, False, 1)


@pytest.mark.parametrize(
    ("limits", "action", "termination"),
    [
        ({"turns": 3}, "Hm.", "turn_limit"),
        (
            {"tool_errors": 2},
            {"tool_calls": [{"name": "no", "arguments": "{"}]},
            "tool_error_limit",
        ),
        ({"tokens": 300}, "x" * 700, "token_limit"),
    ],
)
def test_limits_truncate(limits, action, termination):
    env = make(limits=limits).unwrapped
    env.reset(seed=0)
    for _ in range(4):
        _, reward, terminated, truncated, info = env.step(action)
        if truncated:
            break
    assert (reward, terminated, truncated) == (0.0, False, True)
    assert info["termination"] == termination
    assert info["reward_components"]["finished"] == 0.0
    with pytest.raises(RuntimeError, match="reset"):
        env.step(action)


def test_step_before_reset_is_an_error():
    with pytest.raises(RuntimeError, match="reset"):
        WritEnv("retail").step("Hello")


def test_the_conversation_is_rendered_as_text():
    env = make(render_mode="ansi")
    env.reset(seed=0)
    env.step({"tool_calls": [{"name": "calculate", "arguments": {"expression": "1+1"}}]})
    lines = env.render().splitlines()
    assert lines[0].startswith("User: ")
    assert lines[-2:] == ['  -> calculate({"expression":"1+1"})', "  <- 2.0"]


def test_an_environment_is_picklable_in_the_middle_of_an_episode(task):
    env = WritEnv("retail")
    env.reset(seed=0, options={"task": task})
    write = task.gold_writes[0]
    env.step({"tool_calls": [{"name": write.name, "arguments": dict(write.arguments)}]})
    copy = pickle.loads(pickle.dumps(env))
    assert copy.messages == env.messages
    assert copy._episode.session.fingerprint() == env._episode.session.fingerprint()
    for action in ("May I have your name?", "Shall I go ahead? (yes/no)", "It has been done."):
        assert copy.step(action) == env.step(action)
    assert copy.reset()[1]["task_id"] == env.reset()[1]["task_id"]
    assert len(pickle.dumps(env)) < 200_000


def test_environments_do_not_share_what_they_write(task):
    first, second = WritEnv("retail"), WritEnv("retail")
    for env in (first, second):
        env.reset(seed=0, options={"task": task})
    write = task.gold_writes[0]
    first.step({"tool_calls": [{"name": write.name, "arguments": dict(write.arguments)}]})
    assert first._episode.session.changes()
    assert not second._episode.session.changes()
    first.reset(options={"task": task})
    assert not first._episode.session.changes()


def test_the_gold_is_in_nothing_that_a_policy_gets(task):
    """The ids that only records show are not in what reset and an idle step give away.

    Among several that the user names, one may be the right one.
    """
    env = WritEnv("retail", render_mode="ansi")
    observation, info = env.reset(seed=0, options={"task": task})
    step = env.step("Hello")
    names = [name for name in dir(env) if not name.startswith("_") and name != "task"]
    public = {name: getattr(env, name) for name in names}
    shown = repr([observation, info, step, env.render(), env.messages, public])
    hidden = [
        an_id
        for write in task.gold_writes
        for name, value in write.arguments.items()
        if write.provenance[name] == "read" and name.endswith(("_id", "_ids"))
        for an_id in (value if isinstance(value, list) else [value])
        if an_id not in leaves([fact.value for r in task.scenario.requests for fact in r.facts])
    ]
    assert hidden
    assert not [an_id for an_id in hidden if an_id in shown]
    assert "gold" not in shown
    assert "certificate" not in shown


def test_a_failed_episode_can_be_looked_into_and_played_again():
    env = make(write_count=(1, 2), limits={"turns": 2})
    inner = env.unwrapped
    assert inner.task is None
    with pytest.raises(RuntimeError, match="no episode has come to its end"):
        inner.record()
    _, info = env.reset(seed=3)
    task = inner.task
    assert (task.task_id, bool(task.gold_writes)) == (info["task_id"], True)
    env.step("Hello")
    env.step("Hello")
    record = inner.record()
    assert (record.task, record.reward, record.termination) == (task, 0.0, "turn_limit")
    assert record.messages == tuple(inner.messages)
    assert EpisodeRecord.load(record.model_dump_json(), "here") == record
    assert record.agent.seed == info["seed"]
    assert cause_of(record) == "limit_reached"
    assert explain(record.task).startswith(f"task {task.task_id}")
    _, again = env.reset(options={"task": record.task})
    assert again["task_id"] == task.task_id
    assert inner.record() == record  # of the last one that is over


def test_the_record_of_an_episode_verifies(tmp_path):
    env = make(write_count=1, limits={"turns": 2}).unwrapped
    env.reset(seed=1)
    env.step("Hello")
    env.step("What is your order number?")
    path = tmp_path / "records.jsonl"
    path.write_text(env.record().model_dump_json() + "\n", "utf-8")
    assert (verify(path).verified, verify(path).findings) == (1, ())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"write_count": "1-2"}, "write_count must be a number such as 2, or a pair .*, not '1-2'"),
        ({"write_count": 1.5}, "write_count must be a number .*, not 1.5"),
        ({"write_count": (3, 1)}, r"write_count must be from 0 upwards, .*, not \(3, 1\)"),
        ({"evidence_burden": -1}, "evidence_burden must be from 0 upwards, .*, not -1"),
        ({"intents": "return_items"}, "intents must be names .*, not 'return_items'"),
        ({"intents": {"return_items": -1}}, "weights above 0 .*, not {'return_items': -1}"),
        ({"split": "dev"}, "split: .* 'train', 'validation' or 'test', not 'dev'"),
        ({"limits": {"turn": 3}}, "no 'turn' in limits; there are: turns, "),
        ({"limits": 5}, "limits must be a Limits, or its fields by name, not 5"),
        ({"sampler": {"burden": 1}}, "no 'burden' in sampler; there are: write_count, "),
        ({"world_seed": "a"}, "seed of a world must be a number from 0 upwards, not 'a'"),
        ({"world": 3}, "world must be a World, .*, not 3"),
        ({"user": 3}, "user must be the name of a user, or what makes one, not 3"),
    ],
)
def test_an_argument_that_is_not_what_it_must_be_is_one_clear_line(arguments, said):
    with pytest.raises(ValueError, match=f"^[^\n]*{said}[^\n]*$") as found:
        make(**arguments)
    assert "pydantic" not in str(found.value)


def test_what_there_is_no_argument_or_intent_for_is_said_when_it_is_made():
    with pytest.raises(TypeError, match=r"no argument 'write_counts'; it has: .*write_count,"):
        make(write_counts=2)
    with pytest.raises(TaskError, match="no intent 'nope'; it has cancel_order, "):
        make(intents=["nope"])
    env = make(write_count=np.int64(2))
    with pytest.raises(ValueError, match=r"write_count must be a number .*, not '1-2'"):
        env.reset(options={"write_count": "1-2"})


@pytest.mark.parametrize("mode", list(AutoresetMode))
def test_it_works_in_a_sync_vector_env(mode):
    kwargs = {"autoreset_mode": mode}
    envs = SyncVectorEnv([lambda: make(limits={"turns": 2}) for _ in range(3)], **kwargs)
    observations, infos = envs.reset(seed=5)
    assert len({o[0]["content"] for o in observations}) > 1
    assert len(infos["tools"][0]) == 16
    for _ in range(2):
        _, _, _, truncated, _ = envs.step(("Hm.",) * 3)
    assert truncated.all()
    envs.close()


def test_it_works_in_an_async_vector_env():
    envs = AsyncVectorEnv([make] * 2, shared_memory=False)
    observations, _ = envs.reset(seed=5)
    alone, _ = make().reset(seed=5)
    assert observations[0] == alone
    observations, *_ = envs.step(("May I have your e-mail address?",) * 2)
    assert [o[0]["role"] for o in observations] == ["user", "user"]
    envs.close()


def test_the_specification_survives_json():
    spec = make(write_count=(1, 2)).spec
    again = gymnasium.envs.registration.EnvSpec.from_json(spec.to_json())
    assert gymnasium.make(again).reset(seed=1)[0] == gymnasium.make(spec).reset(seed=1)[0]


class Slow(ScriptedUser):
    """A scripted user that has to be waited for, as a model would be."""

    immediate = False

    async def open(self):
        await asyncio.sleep(0)
        return await super().open()

    async def respond(self, text):
        await asyncio.sleep(0)
        return await super().respond(text)


def test_a_user_that_has_to_be_waited_for_says_the_same(task):
    said = []
    for user in ("scripted", Slow):
        env = make(user=user).unwrapped
        observation, _ = env.reset(seed=0, options={"task": task})
        said.append((observation, env.step("May I have your name and zip code?")))
    assert said[0] == said[1]


def test_an_episode_runs_inside_an_event_loop(task):
    async def talk(user):
        env = make(user=user)  # as Gymnasium makes it, with no wrapper between
        observation, _ = await env.areset(seed=0, options={"task": task})
        return observation, await env.astep("May I have your name and zip code?")

    async def both():
        return await asyncio.gather(talk("scripted"), talk(Slow), talk(Slow))

    first, *others = asyncio.run(both())
    assert others == [first, first]


def test_an_immediate_user_can_be_stepped_inside_an_event_loop(task):
    async def talk():
        env = WritEnv("retail")
        env.reset(seed=0, options={"task": task})
        return env.step("May I have your name?")[0]

    assert asyncio.run(talk())[0]["role"] == "user"


def test_a_user_that_has_to_be_waited_for_is_not_waited_for_in_an_event_loop(task):
    async def talk():
        env = WritEnv("retail", user=Slow)
        with pytest.raises(RuntimeError, match=r"would block.*await env\.areset\(\)"):
            env.reset(seed=0, options={"task": task})
        with pytest.raises(RuntimeError, match="cannot go on"):
            await env.astep("Hello")
        await env.areset(seed=0, options={"task": task})
        for action in ("Hello", {"tool_calls": [{"name": "no", "arguments": "{"}]}):
            with pytest.raises(RuntimeError, match=r"await env\.astep\(action\)"):
                env.step(action)
        assert len(env.messages) == 1
        return await env.astep("May I have your name?")

    expected = WritEnv("retail")
    expected.reset(seed=0, options={"task": task})
    assert asyncio.run(talk()) == expected.step("May I have your name?")


class Bound(ScriptedUser):
    """A user whose client cannot be used in two event loops."""

    immediate = False
    loops: ClassVar[set] = set()

    async def open(self):
        self.loops.add(asyncio.get_running_loop())
        return await super().open()

    async def respond(self, text):
        await asyncio.sleep(0)
        self.loops.add(asyncio.get_running_loop())
        return await super().respond(text)


def test_all_that_plain_code_waits_for_runs_in_one_loop(task):
    for _ in range(2):
        env = WritEnv("retail", user=Bound)
        env.reset(seed=0, options={"task": task})
        env.step("Hello")
        pickle.loads(pickle.dumps(env)).step("May I have your name?")
    assert len(Bound.loops) == 1
    assert not next(iter(Bound.loops)).is_closed()


def test_two_steps_at_once_are_refused(task):
    async def talk():
        env = WritEnv("retail", user=Slow)
        await env.areset(seed=0, options={"task": task})
        return await asyncio.gather(env.astep("Hello"), env.astep("Hi"), return_exceptions=True)

    first, second = asyncio.run(talk())
    assert first[0][0]["role"] == "user"
    assert "still waits" in str(second)
