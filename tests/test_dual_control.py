"""Dual control: the user holds a device, and the agent hears of it in words."""

import asyncio
import json
import pickle
from collections import Counter
from itertools import pairwise
from types import SimpleNamespace

import pytest

from writ_gym.certificates.checking import check_task
from writ_gym.coroutines import finish
from writ_gym.datasets.exports import to_openai
from writ_gym.datasets.filters import FILTERS
from writ_gym.domain import load_domain
from writ_gym.envs.env import WritEnv
from writ_gym.envs.episode import MOST_USER_CALLS, Episode
from writ_gym.errors import TaskError
from writ_gym.evaluation.evaluating import evaluate_sync
from writ_gym.messages import assistant, calling, is_hidden, tool_call
from writ_gym.policies import POLICIES, load_policy
from writ_gym.policies.null import Fixed
from writ_gym.policy import make_policy
from writ_gym.records import EpisodeRecord, measure
from writ_gym.runs.rollouts import Rollout, collect, listed, play
from writ_gym.runs.store import EPISODES, RunStore, read_records
from writ_gym.runs.verification import verify
from writ_gym.sampling.sampler import TaskSampler
from writ_gym.tasks import Call, SamplerConfig, Task
from writ_gym.transcript import transcript
from writ_gym.understanding.reading import quoted
from writ_gym.users.behaviours import BEHAVIOURS
from writ_gym.users.scripted import USERS
from writ_gym.users.simulators import UserTurn

COUNT = 60


@pytest.fixture(scope="module")
def world(toy):
    return toy.DOMAIN.world()


@pytest.fixture(scope="module")
def tasks(toy, world):
    config = SamplerConfig(write_count=(0, 3), evidence_burden=(1, 3), behaviours=("all",))
    return list(TaskSampler(toy.DOMAIN, config, world).tasks(0, COUNT))


@pytest.fixture(scope="module")
def rollout(toy, world):
    """Return what makes a ``Rollout``: by default of the oracle, with the user at the device."""

    def make(policy="oracle", **changes):
        rest = {"make_policy": load_policy(policy), "user": "scripted",
                "make_user": USERS["scripted"], **changes}  # fmt: skip
        return Rollout(toy.DOMAIN, world, policy, **rest)

    return make


@pytest.fixture(scope="module")
def runs(tmp_path_factory, rollout, tasks):
    """Return by who holds the device the oracle's run: its folder and its records."""
    found = {}
    for holder in ("user", "agent"):
        folder = tmp_path_factory.mktemp("runs") / holder
        found[holder] = SimpleNamespace(
            folder=folder, records=collected(folder, rollout(holder=holder), tasks)
        )
    return found


def collected(folder, rollout, tasks, count=COUNT):
    with RunStore(folder, {}) as store:
        asyncio.run(collect(rollout, listed(tasks), store, count=count))
    return sorted(read_records(folder), key=lambda record: record.index)


def of_both_sides(tasks):
    """Return a task with all three writes, two of which are the user's."""
    return next(task for task in tasks if len(task.gold_writes) == 3)


def told(task, *texts):
    """Return the actions of an agent who finds out who the user is, and then says the texts."""
    email = task.scenario.identity[0].value
    return [calling(tool_call("find_account", {"email": email})), *map(assistant, texts)]


def played(rollout, task, *actions, **changes):
    """Return the record of an agent who takes these actions and then says goodbye for ever."""
    actions = [a if isinstance(a, dict) else assistant(a) for a in actions]
    factory = lambda domain: Fixed(actions, assistant("It has been done. Anything else?"))  # noqa: E731
    record = asyncio.run(play(rollout(make_policy=factory, **changes), task))
    return EpisodeRecord.load(record.model_dump_json(), "here")


def findings(tmp_path, *rows):
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return [finding.what for finding in verify(path).findings]


def test_certificates_prove_writes_and_reads_of_both_sides(toy, world, tasks):
    assert all(check_task(task, toy.DOMAIN, world) == [] for task in tasks)
    writes = Counter(write.name for task in tasks for write in task.gold_writes)
    assert set(writes) == {"toggle_lock", "resume_service", "seat_kettle"}
    every = {"look_at_display", "look_at_base", "get_account"}
    first, last = {}, set()
    for task in tasks:
        *before, end = task.gold_writes or [None]
        first |= {write.name: {read.name for read in write.evidence} for write in before}
        if end and not before:
            last |= {frozenset(read.name for read in end.evidence)}
    assert first == {"toggle_lock": {"look_at_display"}, "resume_service": {"get_account"}}
    assert last == {frozenset(every)}, "that nothing else is wrong has to be known, too"


def test_a_look_at_one_part_of_the_device_is_no_evidence_for_another(toy, world, tasks):
    task = next(
        t for t in tasks if {"toggle_lock", "seat_kettle"} <= {w.name for w in t.gold_writes}
    )
    display = Call("look_at_display", {})
    writes = tuple(
        write.model_copy(update={"evidence": (), "searched": ()})
        if write.name == "seat_kettle"
        else write
        for write in task.gold_writes
    )
    assert any(display.key == read.key for write in writes for read in write.evidence)
    forged = task.model_copy(update={"gold_writes": writes})
    found = [f.what for f in check_task(forged, toy.DOMAIN, world, ["evidence"])]
    assert any("seat_kettle: its evidence is not sufficient" in what for what in found)


@pytest.mark.parametrize("holder", ["user", "agent"])
def test_the_oracle_solves_every_task_and_nothing_in_it_is_wrong(runs, holder):
    for record in runs[holder].records:
        assert record.reward == 1.0, transcript(record.messages)
        assert [name for name, each in FILTERS.items() if each(record)] == []
    assert verify(runs[holder].folder).findings == ()


def test_every_behaviour_shows_as_it_should(toy, runs):
    shown = set()
    for record in runs["user"].records:
        for name in record.task.scenario.behaviours:
            scenario = record.task.scenario
            assert BEHAVIOURS[name].check(scenario, record.messages, toy.LEXICON) is None
            shown.add(name)
    assert shown >= {"cannot_find", "one_step_at_a_time"}


def test_the_agent_hears_words_alone(toy, world, tasks):
    env = WritEnv("kettles", world=world, render_mode="ansi")
    task = of_both_sides(tasks)
    observation, info = env.reset(options={"task": task})
    policy = make_policy(load_policy("oracle"), toy.DOMAIN, task)
    finish(policy.reset(info))
    seen, done = list(observation), False
    while not done:
        observation, reward, done, _, _ = env.step(finish(policy.act(observation)))
        seen += observation
    assert reward == 1.0
    assert not any(map(is_hidden, seen))
    assert not any(map(is_hidden, env.messages))
    assert "user_call" not in json.dumps(env.messages)
    assert {schema["function"]["name"] for schema in info["tools"]} == {t.name for t in toy.TOOLS}
    assert "  (user) -> toggle_lock({})" in env.render()


def test_calls_of_both_sides_are_numbered_apart(runs):
    for record in runs["user"].records:
        ids = [m["tool_call_id"] for m in record.messages if m["role"] == "tool"]
        agents = [each for each in ids if not each.startswith("user_")]
        assert agents == [f"call_{n + 1}" for n in range(len(agents))]
        assert len(ids) == len(set(ids))


def test_training_data_holds_what_the_agent_saw(runs):
    for record in runs["user"].records:
        messages = to_openai(record)["messages"]
        assert not any("tool_calls" in m for m in messages if m["role"] == "user")
        assert not any("requestor" in message for message in messages)
        roles = [message["role"] for message in messages]
        assert ("user", "user") not in set(pairwise(roles))
        heard = [q for m in messages if m["role"] == "user" for q in quoted(m["content"])]
        assert heard


def test_what_happened_is_counted_for_both_but_errors_and_tokens_for_the_agent(toy, runs):
    record = next(r for r in runs["user"].records if r.measured.writes == 3)
    kinds = Counter(
        toy.DOMAIN.all_tools[message["name"]].kind
        for message in record.messages
        if message["role"] == "tool"
    )
    assert (record.measured.reads, record.measured.writes) == (kinds["read"], 3)
    own = [message for message in record.messages if not is_hidden(message)]
    alone = measure(own, (), toy.DOMAIN.all_tools)
    assert record.measured.tokens == alone.tokens
    assert record.measured.tool_calls == alone.tool_calls < sum(kinds.values())


def test_an_agent_cannot_call_what_is_the_users(tasks, rollout):
    record = played(rollout, tasks[0], calling(tool_call("toggle_lock", {})))
    assert record.messages[2]["content"].startswith("Error: There is no tool 'toggle_lock'")
    assert record.measured.tool_errors == 1


def test_alone_an_agent_has_all_tools_and_the_user_none(toy, world, tasks, runs):
    env = WritEnv("kettles", world=world, solo=True)
    _, info = env.reset(options={"task": of_both_sides(tasks)})
    names = [schema["function"]["name"] for schema in info["tools"]]
    assert names == [tool.name for tool in toy.DOMAIN.all_tools]
    assert info["system"] != toy.DOMAIN.system_message
    assert info["system"].endswith(toy.DOMAIN.policy_document)
    assert env.step(calling(tool_call("boil_water", {})))[0][0]["content"] == "It stays cold."
    reply = env.step("Please look at the display.")[0][0]["content"]
    assert reply
    assert not quoted(reply)
    for record in runs["agent"].records:
        assert record.holder == "agent"
        assert not any(map(is_hidden, record.messages))


def test_without_the_users_tools_no_task_is_played_that_takes_them(tmp_path, rollout, world, tasks):
    env = WritEnv("kettles", world=world, user_tools=False)
    for task in tasks[:6]:
        refused = rf"^Task {task.task_id} takes the user's tool '\w+', and nobody has"
        with pytest.raises(TaskError, match=refused):
            env.reset(options={"task": task})
        with pytest.raises(TaskError, match=refused):
            asyncio.run(play(rollout(holder="nobody"), task))
        with pytest.raises(TaskError, match=refused):
            evaluate_sync("kettles", "oracle", tasks=[task], world=world, holder="nobody")


def test_what_takes_no_tool_of_the_user_is_played_without_them(tmp_path):
    domain = load_domain("telecom")
    config = domain.served(SamplerConfig(write_count=(0, 2)), "nobody")
    plays = {"holder": "nobody", "user": "scripted", "make_user": USERS["scripted"]}
    for task in TaskSampler(domain, config).tasks(0, 6):
        rollout = Rollout(
            domain, domain.world(), "oracle", make_policy=load_policy("oracle"), **plays
        )
        record = asyncio.run(play(rollout, task))
        assert (record.reward, record.holder) == (1.0, "nobody")
        assert not any(map(is_hidden, record.messages))
        assert findings(tmp_path, json.loads(record.model_dump_json())) == []
        assert not any(tool.name in record.system for tool in domain.user_tools)


@pytest.mark.parametrize("holder", ["user", "agent"])
@pytest.mark.parametrize("policy", sorted(set(POLICIES) - {"human", "oracle"}))
def test_no_policy_breaks_on_it(tmp_path, rollout, tasks, policy, holder):
    for task in tasks[:6]:
        record = asyncio.run(play(rollout(policy, holder=holder), task))
        assert record.status == "ok"
        assert findings(tmp_path, json.loads(record.model_dump_json())) == []


@pytest.mark.parametrize(
    ("policy", "reason"),
    [
        ("flawed:skips-read", "evidence"),
        ("flawed:repeats-reads", "no_repeats"),
        ("flawed:no-confirmation", "confirmed"),
        ("flawed:unidentified", "identified"),
    ],
)
def test_flaws_show_where_the_user_is_told_to_act(rollout, tasks, policy, reason):
    record = asyncio.run(play(rollout(policy), of_both_sides(tasks)))
    assert [name for name, each in FILTERS.items() if each(record)] == [reason]


def test_a_read_that_a_user_skips_can_be_one_of_its_own(rollout, tasks):
    task = next(t for t in tasks if [w.name for w in t.gold_writes] == ["toggle_lock"])
    record = asyncio.run(play(rollout("flawed:skips-read"), task))
    skipped = {
        f"toggle_lock was called before {read.name}({', '.join(read.arguments.values())})"
        for read in task.gold_writes[0].evidence
    }
    assert FILTERS["evidence"](record) in skipped


def test_what_is_read_in_one_breath_with_a_write_is_no_evidence_for_it(rollout, tasks):
    task = next(t for t in tasks if [w.name for w in t.gold_writes] == ["toggle_lock"])
    rest = calling(tool_call("get_account", {"account_id": task.certificate.caller}))
    base = "Please check the lamp of the base."
    blind = "Please look at the display and turn the child lock off."
    bare = task.model_copy(update={"scenario": task.scenario.model_copy(update={"behaviours": ()})})
    record = played(rollout, bare, *told(bare, base), rest, blind)
    assert record.reward == 1.0
    assert FILTERS["evidence"](record) == "toggle_lock was called before look_at_display()"
    look, unlock = "Please look at the display.", "Please turn the child lock off."
    seeing = [*told(bare, base, look), rest, unlock]
    assert FILTERS["evidence"](played(rollout, bare, *seeing)) is None


def test_a_write_of_the_agent_needs_a_yes_and_one_of_the_user_does_not(rollout, tasks):
    task = of_both_sides(tasks)
    bare = task.model_copy(update={"scenario": task.scenario.model_copy(update={"behaviours": ()})})
    caller = task.certificate.caller
    resume = calling(tool_call("resume_service", {"account_id": caller}))
    unlock, ask = "Please turn the child lock off.", f"I will resume {caller}. Shall I go ahead?"
    confirmed = FILTERS["confirmed"]
    assert confirmed(played(rollout, bare, *told(bare, unlock))) is None
    assert confirmed(played(rollout, bare, *told(bare, ask, unlock), resume)) is None
    denied = confirmed(played(rollout, bare, *told(bare, unlock), resume))
    assert denied == "resume_service was called without a yes"


def test_an_episode_is_picklable_and_goes_on_as_it_would_have(world, tasks):
    for solo in (False, True):
        env = WritEnv("kettles", world=world, solo=solo)
        env.reset(options={"task": of_both_sides(tasks)})
        env.step("Please put the kettle back on its base.")
        other = pickle.loads(pickle.dumps(env))
        assert other.action_space == env.action_space
        for text in ("Please check the lamp.", "Please try to boil water."):
            assert other.step(text)[0] == env.step(text)[0]
        assert other._episode.messages == env._episode.messages
        assert other._episode.session.changes() == env._episode.session.changes()


def test_a_run_that_was_cut_off_goes_on_where_it_was(tmp_path, rollout, tasks, runs):
    folder = tmp_path / "run"
    collected(folder, rollout(), tasks, count=9)
    file = folder / EPISODES
    file.write_bytes(file.read_bytes()[:-200])
    again = collected(folder, rollout(), tasks)
    untimed = [record.model_dump_json(exclude={"timing"}) for record in again]
    whole = [record.model_dump_json(exclude={"timing"}) for record in runs["user"].records]
    assert untimed == whole


def change_answer(row):
    message = next(m for m in row["messages"] if is_hidden(m) and m["role"] == "tool")
    message["content"] += "!"


def change_whose_answer(row):
    next(m for m in row["messages"] if is_hidden(m) and m["role"] == "tool").pop("requestor")


def change_call(row):
    message = next(m for m in row["messages"] if is_hidden(m))
    message["tool_calls"][0]["function"]["name"] = "boil_water"


def drop_call(row):
    place = next(i for i, m in enumerate(row["messages"]) if is_hidden(m))
    del row["messages"][place : place + 2]


def change_words(row):
    place = max(i for i, m in enumerate(row["messages"]) if is_hidden(m))
    row["messages"][place + 1]["content"] += " Hm."


def change_holder(row):
    row["holder"] = "nobody"


@pytest.mark.parametrize(
    "change",
    [change_answer, change_whose_answer, change_call, drop_call, change_words, change_holder],
)
def test_what_was_changed_on_the_users_side_is_found(tmp_path, runs, change):
    record = next(r for r in runs["user"].records if len(r.task.gold_writes) == 3)
    row = json.loads(record.model_dump_json())
    assert findings(tmp_path, row) == []
    change(row)
    assert findings(tmp_path, row)


class Fumbling:
    """A user who uses the wrong tools, for ever."""

    immediate = True

    def __init__(self, scenario, lexicon, hands):
        self.heard = []

    async def open(self):
        return UserTurn("Hello.")

    async def respond(self, text):
        return UserTurn("", calls=(Call("no_such_tool", {}), Call("boil_water", {})))

    async def observe(self, answers):
        self.heard += answers
        return UserTurn("I tried it all.", calls=(Call("no_such_tool", {}),) * 5)


def test_a_user_who_never_stops_is_stopped_and_its_errors_are_not_the_agents(toy, world, tasks):
    episode = Episode(toy.DOMAIN, world, tasks[0], Fumbling)
    asyncio.run(episode.areset())
    step = asyncio.run(episode.astep("Try again."))
    assert [message["content"] for message in step.observation] == ["I tried it all."]
    assert len(episode.user.heard) == MOST_USER_CALLS
    assert episode.tool_errors == 0
    failed = [event.message_index for event in episode.tool_events if event.error]
    assert len(failed) == MOST_USER_CALLS - 1
    assert all(episode.messages[index]["content"].startswith("Error:") for index in failed)
    assert measure(episode.messages, failed, toy.DOMAIN.all_tools).tool_errors == 0


def test_a_user_without_tools_at_hand_is_not_given_any(toy, world, tasks):
    episode = Episode(toy.DOMAIN, world, tasks[0], Fumbling, holder="agent")
    asyncio.run(episode.areset())
    assert asyncio.run(episode.astep("Try.")).observation[0]["content"] == ""
    assert episode.user.heard == []


def test_who_holds_the_tools_is_chosen_within_reason(toy, retail):
    domain = toy.DOMAIN
    assert [domain.holder(), domain.holder(solo=True), domain.holder(user_tools=False)] == [
        "user", "agent", "nobody",
    ]  # fmt: skip
    with pytest.raises(ValueError, match="nobody has"):
        domain.holder(solo=True, user_tools=False)
    with pytest.raises(ValueError, match="retail domain has no tools of the user"):
        WritEnv("retail", solo=True)
    assert retail.holder(user_tools=False) == "nobody"
    assert retail.all_tools is retail.tools


def test_an_old_record_is_one_of_a_user_with_its_tools(runs):
    row = json.loads(runs["user"].records[0].model_dump_json())
    del row["holder"]
    assert EpisodeRecord.load(json.dumps(row), "here").holder == "user"


def test_a_task_of_dual_control_survives_the_way_through_json(tasks):
    assert all(Task.load(task.model_dump_json()) == task for task in tasks)
