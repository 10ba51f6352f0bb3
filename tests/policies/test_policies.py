"""The agent policies that come along."""

import asyncio
import json

import pytest

from writ_gym.datasets.filters import apply
from writ_gym.directory import OWN
from writ_gym.domain import load_domain
from writ_gym.errors import WritGymError
from writ_gym.messages import parse_action
from writ_gym.policies import POLICIES, load_policy
from writ_gym.policies.human import parse_arguments
from writ_gym.policies.oracle import Oracle
from writ_gym.policies.replay import Replay
from writ_gym.policy import Privileged
from writ_gym.runs.rollouts import Rollout, play
from writ_gym.sampling.sampler import TaskSampler
from writ_gym.tasks import SamplerConfig
from writ_gym.users.scripted import USERS

DOMAIN = load_domain("retail")


def tasks(count, domain=DOMAIN, **config):
    return list(TaskSampler(domain, SamplerConfig.model_validate(config)).tasks(3, count))


def episode(make_policy, task):
    domain = load_domain(task.domain)
    rollout = Rollout(domain, domain.world(), "p", make_policy, "scripted", USERS["scripted"])
    return asyncio.run(play(rollout, task))


def calls_of(record):
    return [c["function"] for m in record.messages for c in m.get("tool_calls", ())]


@pytest.fixture(scope="module")
def oracle_records():
    return [episode(load_policy("oracle"), task) for task in tasks(60)]


def test_the_oracle_solves_every_task(oracle_records):
    assert [record.reward for record in oracle_records] == [1.0] * len(oracle_records)


def test_the_oracle_makes_one_tool_call_at_a_time_and_never_talks_beside_it(oracle_records):
    for record in oracle_records:
        for message in record.messages:
            assert len(message.get("tool_calls", ())) <= 1
            assert not (message.get("tool_calls") and message["content"])


def test_the_oracle_writes_only_after_a_yes(oracle_records):
    writes = {tool.name for tool in DOMAIN.tools if tool.kind == "write"}
    for record in oracle_records:
        last_text = ""
        for message in record.messages:
            names = {call["function"]["name"] for call in message.get("tool_calls", ())}
            assert not names & writes or last_text.startswith("Yes")
            if message["role"] == "user":
                last_text = message["content"]


def test_the_oracle_identifies_the_user_first(oracle_records):
    for record in oracle_records:
        assert calls_of(record)[0]["name"].startswith("find_user_id")


def test_the_oracle_reads_the_certified_evidence_and_what_finds_it_and_nothing_else(oracle_records):
    """How it identifies the user depends on what the user says, and is not evidence."""
    for record in oracle_records:
        reads = [
            (call["name"], json.loads(call["arguments"]))
            for call in calls_of(record)[1:]
            if DOMAIN.tools[call["name"]].kind == "read"
        ]
        proved = [*record.task.gold_writes, record.task.certificate]
        known = [call for each in proved for call in (*each.evidence, *each.searched)]
        assert sorted(map(repr, reads)) == sorted(repr((c.name, dict(c.arguments))) for c in known)


def test_the_oracle_uses_no_fact_that_the_user_has_not_said(oracle_records):
    """What a write takes from the user stands in the user's words before it."""
    for record in oracle_records:
        said = ""
        for message in record.messages:
            if message["role"] == "user":
                said += message["content"]
            for call in message.get("tool_calls", ()):
                arguments = json.loads(call["function"]["arguments"])
                order_id = arguments.get("order_id")
                known = order_id is None or order_id in said or record_shows(record, order_id)
                assert known


class Unlucky(Oracle):
    """An oracle that hears of each of its writes that it has failed."""

    wrote = False

    async def act(self, observation):
        if self.wrote:
            observation = [{**observation[0], "content": "Error: out of order"}]
        action = parse_action(await super().act(observation))
        names = {call["function"]["name"] for call in action.get("tool_calls", ())}
        self.wrote = any(DOMAIN.tools[name].kind == "write" for name in names)
        return action


def test_the_oracle_goes_on_after_a_write_that_has_failed():
    for task in tasks(12, write_count=(2, 3)):
        record = episode(Privileged(Unlucky), task)
        assert record.status == "ok", record.error
        assert len(record.messages) > 8


def test_a_repair_that_the_user_makes_is_reported_before_anything_else_is_spoken_of():
    config = {"intents": ("fix_service", "fix_data", "set_roaming"), "write_count": (2, 3)}
    several = [
        task
        for task in tasks(60, load_domain("telecom"), **config)
        if task.scenario.disclosure == "all_at_once"
    ]
    assert len(several) > 5
    for task in several:
        record = episode(load_policy("oracle"), task)
        assert record.reward == 1.0
        said = [m["content"] for m in record.messages if m["role"] != "tool" and m["content"]]
        assert not any("cannot help you any further" in text for text in said)


def test_the_oracle_says_no_to_what_nobody_offers():
    task = tasks(1)[0]
    scenario = task.scenario.model_copy(update={"behaviours": ("unavailable_service", "regret")})
    record = episode(load_policy("oracle"), task.model_copy(update={"scenario": scenario}))
    said = [m["content"] for m in record.messages if m["role"] != "tool" and m["content"]]
    asked = next(number for number, text in enumerate(said) if "By the way" in text)
    assert "cannot help you any further with that" in said[asked + 1]
    assert record.reward == 1.0


def test_the_oracle_gives_the_reason_for_a_refusal_again():
    for task in tasks(30, write_count=0):
        scenario = task.scenario.model_copy(update={"behaviours": ("policy_probing",)})
        record = episode(load_policy("oracle"), task.model_copy(update={"scenario": scenario}))
        said = [m["content"] for m in record.messages if m["role"] != "tool" and m["content"]]
        for number, text in enumerate(said):
            if "Why is that?" in text:
                assert "As I said: " in said[number + 1]
        assert record.reward == 1.0


@pytest.mark.parametrize("name", OWN)
def test_the_oracle_copes_with_all_users_who_want_something_besides_that_cannot_be(name):
    config = {"write_count": (1, 4), "unwritten_share": 1.0, "behaviours": ("all",)}
    records = [
        episode(load_policy("oracle"), task) for task in tasks(25, load_domain(name), **config)
    ]
    for record in records:
        assert record.reward == 1.0, (record.task.seed, record.task.scenario.behaviours)
    kept, tally = apply(records)
    assert (len(list(kept)), tally.reasons) == (len(records), {})


def test_who_keeps_a_refusal_to_itself_does_not_score_with_writes_either():
    for task in tasks(10, write_count=(1, 2), unwritten_share=1.0):
        record = episode(load_policy("flawed:untold"), task)
        assert (record.reward, record.reward_components["state"]) == (0.0, 1.0)


def record_shows(record, text):
    return any(text in m["content"] for m in record.messages if m["role"] == "tool")


@pytest.fixture(scope="module", params=OWN)
def mixed(request):
    """Return tasks of a domain, many of them without writes, or with a request without."""
    domain = load_domain(request.param)
    both = tasks(15, domain, write_count=(1, 2), unwritten_share=1.0)
    return [*tasks(15, domain), *tasks(25, domain, write_count=0), *both]


@pytest.mark.parametrize("name", ["silent", "greet-only", "transfer-at-once", "reads-only"])
def test_null_policies_score_nothing_on_any_task(mixed, name):
    for task in mixed:
        assert episode(load_policy(name), task).reward == 0.0


def test_the_random_policy_acts_and_scores_nothing(mixed):
    records = [episode(load_policy("random"), task) for task in mixed]
    assert {record.reward for record in records} == {0.0}
    assert any(record.measured.tool_calls > record.measured.tool_errors for record in records)


def test_replay_repeats_an_episode(oracle_records):
    record = oracle_records[0]
    again = episode(lambda domain: Replay(record.messages), record.task)
    assert again.messages == record.messages
    assert again.state_diff == record.state_diff


def test_a_replay_that_runs_out_says_so(oracle_records):
    record = oracle_records[0]
    with pytest.raises(WritGymError, match="over"):
        episode(lambda domain: Replay(record.messages[:3]), record.task)


def test_an_unknown_policy_is_named():
    with pytest.raises(WritGymError, match=r"'nobody'; there are: openai:MODEL, oracle, "):
        load_policy("nobody")
    assert set(POLICIES) >= {"oracle", "random", "human", "silent"}


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("order_id=#W1234567", {"order_id": "#W1234567"}),
        ('reason="no longer needed" n=1', {"reason": "no longer needed", "n": "1"}),
        ('item_ids=["1", "2"]', {"item_ids": ["1", "2"]}),
        ("", {}),
    ],
)
def test_a_person_writes_arguments_by_name(text, arguments):
    assert parse_arguments(text) == arguments


@pytest.mark.parametrize("text", ["order", 'item_ids=["1",]', "=x"])
def test_arguments_that_cannot_be_read_are_an_error(text):
    with pytest.raises(ValueError):  # noqa: PT011 - the text differs
        parse_arguments(text)


def test_only_privileged_policies_get_to_see_the_task():
    shown = {name for name, factory in POLICIES.items() if isinstance(factory, Privileged)}
    assert {name for name in shown if ":" not in name} == {"oracle", "reads-only"}
    assert {name.partition(":")[0] for name in shown if ":" in name} == {"flawed", "shortcut"}
    asked = []
    episode(lambda *given: asked.append(given) or load_policy("silent")(DOMAIN), tasks(1)[0])
    assert asked == [(DOMAIN,)]
