"""Chat models as agents, in whole episodes against a fake endpoint."""

import asyncio
import json
import re
from itertools import pairwise

import pytest

from writ_gym.models.chat import Completion, Turn, Usage
from writ_gym.models.endpoints import EndpointModel
from writ_gym.models.servers import Endpoint
from writ_gym.policies.llm import STYLES, ChatAgent, chat_agent
from writ_gym.runs.rollouts import play
from writ_gym.runs.verification import verify
from writ_gym.sampling.sampler import TaskSampler
from writ_gym.tasks import Deadlines, Limits, SamplerConfig


@pytest.fixture(scope="module")
def tasks(retail, shop):
    return list(TaskSampler(retail, SamplerConfig(), shop).tasks(3, 12))


def played(
    fake, rollout_of, tasks, answers, server=None, deadlines=None, style="native",
    sends_reasoning=True, **how,
):  # fmt: skip
    """Play tasks at once with a model behind a fake endpoint; return the records, and it."""

    async def run():
        async with fake.FakeEndpoint(answers, **(server or {})) as endpoint:
            model = EndpointModel(Endpoint(model="fake", base_url=endpoint.url, **how))
            rollout = rollout_of(
                make_policy=chat_agent(model, style, sends_reasoning=sends_reasoning),
                policy="openai:fake",
                deadlines=deadlines or Deadlines(),
            )  # fmt: skip
            try:
                records = await asyncio.gather(*(play(rollout, t, i) for i, t in enumerate(tasks)))
            finally:
                await model.aclose()
            return records, endpoint

    return asyncio.run(run())


def as_json(answers):
    """Return answers that call tools by JSON in the text, as text-only models do."""

    def answer(asked):
        message = answers({"tools": [], **asked, "messages": native(asked["messages"])})
        calls = [
            {"name": c["function"]["name"], "arguments": json.loads(c["function"]["arguments"])}
            for c in message.get("tool_calls", ())
        ]
        return {"content": json.dumps({"calls": calls} if calls else {"say": message["content"]})}

    def native(messages):
        found = messages[:1]
        for message in messages[1:]:
            text = message["content"]
            if message["role"] == "assistant":
                said = json.loads(text)
                calls = [{"id": "x", "function": {**c, "arguments": json.dumps(c["arguments"])}}
                         for c in said.get("calls", ())]  # fmt: skip
                found.append({"role": "assistant", "content": said.get("say"), "tool_calls": calls})
            elif text.startswith("["):
                found.append({"role": "tool", "content": text.split(" answers] ", 1)[1]})
            else:
                found.append(message)
        return found

    return answer


@pytest.mark.parametrize("stream", [False, True])
def test_a_model_that_acts_right_earns_every_reward(fake, rollout_of, tasks, stream, tmp_path):
    records, _ = played(fake, rollout_of, tasks, fake.OracleAnswers(tasks), stream=stream)
    assert [(record.status, record.reward) for record in records] == [("ok", 1.0)] * len(tasks)
    for record in records:
        said = [message for message in record.messages if message["role"] == "assistant"]
        assert len(record.turns) == len(said) == record.usage.agent.calls
        assert record.agent.model == "fake"
        assert record.usage.user == Usage()
    path = tmp_path / "records.jsonl"
    path.write_text("".join(record.model_dump_json() + "\n" for record in records))
    assert verify(path).findings == ()


@pytest.mark.parametrize("style", ["json", "text"])
def test_a_model_that_only_writes_text_earns_every_reward(fake, rollout_of, tasks, style):
    answers = as_json(fake.OracleAnswers(tasks))
    records, endpoint = played(fake, rollout_of, tasks, answers, style=style)
    assert [record.reward for record in records] == [1.0] * len(tasks)
    assert all("tools" not in asked for asked in endpoint.seen)
    assert all(("response_format" in asked) == (style == "json") for asked in endpoint.seen)


class Writer:
    """A model that writes what is in its list, and keeps what it was asked."""

    name = "writer"
    texts = (
        'Sure! {  "calls": [{"name": "calculate", "arguments": {"expression": "1", '
        '"expression":  "2"}}]}',
        '{"say": "May I have your name?"} and more',
        "Just text.",
    )

    def __init__(self):
        self.seen = []

    async def complete(self, request):
        self.seen.append([*request.messages])
        text = self.texts[len(self.seen) - 1]
        return Completion({"role": "assistant", "content": text}, Turn(), Usage(calls=1))


@pytest.mark.parametrize("style", ["json", "text"])
def test_what_a_text_model_wrote_is_in_the_record_to_the_letter(rollout_of, tasks, style):
    model = Writer()
    rollout = rollout_of(make_policy=chat_agent(model, style), limits=Limits(turns=3))
    record = asyncio.run(play(rollout, tasks[0]))
    assert [turn.text for turn in record.turns] == list(model.texts)
    said = json.dumps([m for m in record.messages if m["role"] == "assistant"])
    assert "Sure!" not in said
    assert "and more" not in said
    # With what it was told to begin with, that is all it takes to train on what was written.
    first, *others = model.seen[-1]
    assert first == STYLES[style]().opening(record.system, record.tools)
    assert [m["content"] for m in others if m["role"] == "assistant"] == list(model.texts[:2])


def test_what_is_taken_as_it_was_written_stands_in_the_record_once(fake, rollout_of, tasks):
    (record,), _ = played(fake, rollout_of, tasks[:1], fake.OracleAnswers(tasks))
    assert {turn.text for turn in record.turns} == {None}


def test_a_history_only_ever_grows_by_what_is_new(fake, rollout_of, tasks):
    _, endpoint = played(fake, rollout_of, tasks[:1], fake.OracleAnswers(tasks))
    asked = [body["messages"] for body in endpoint.seen]
    for before, after in pairwise(asked):
        assert after[: len(before)] == before
        assert after[len(before)]["role"] == "assistant"
    seeds = [body["seed"] for body in endpoint.seen]
    assert len(set(seeds)) == len(seeds)


def thinking(fake, tasks, place):
    """Return what answers as the oracle, and thinks aloud where a server may put it."""
    oracle = fake.OracleAnswers(tasks)

    def plain(message):
        said = re.sub(r"<think>.*</think>\s*", "", message["content"] or "", flags=re.DOTALL)
        return {**message, "content": said}

    def answer(asked):
        found = oracle({**asked, "messages": list(map(plain, asked["messages"]))})
        if place != "content":
            return {**found, place: "Hm."}
        return {**found, "content": f"<think>\nHm.\n</think>\n\n{found.get('content') or ''}"}

    return answer


@pytest.mark.parametrize("place", ["reasoning_content", "reasoning", "content"])
@pytest.mark.parametrize("sends", [True, False])
def test_reasoning_is_kept_apart_and_sent_again_where_it_was(fake, rollout_of, tasks, place, sends):
    (record,), endpoint = played(
        fake, rollout_of, tasks[:1], thinking(fake, tasks, place), sends_reasoning=sends
    )
    said = [m for m in record.messages if m["role"] == "assistant"]
    assert {message["reasoning_content"] for message in said} == {"Hm."}
    assert {turn.reasoning for turn in record.turns} == {place}
    assert record.reward == 1.0
    last = [m for m in endpoint.seen[-1]["messages"] if m["role"] == "assistant"]
    assert len(last) == len(said) - 1
    assert all(("Hm." in (m.get(place) or "")) is sends for m in last)
    assert all(m.keys() <= {"role", "content", "tool_calls", place} for m in last)
    assert not any("Hm." in m["content"] for m in record.messages if m["role"] == "user")


def test_a_server_that_does_not_think_aloud_is_sent_no_field_for_it(fake, rollout_of, tasks):
    _, endpoint = played(fake, rollout_of, tasks[:1], fake.OracleAnswers(tasks))
    assert "reasoning" not in json.dumps([body["messages"] for body in endpoint.seen])


def test_reasoning_that_breaks_off_is_not_said_to_the_user_and_counts_as_an_error(
    fake, rollout_of, tasks
):
    oracle = fake.OracleAnswers(tasks)

    def answer(asked):
        if len(asked["messages"]) == 2:
            return {"content": "<think>The user wants to return"}
        return oracle({**asked, "messages": [*asked["messages"][:2], *asked["messages"][4:]]})

    (record,), _ = played(fake, rollout_of, tasks[:1], answer)
    assert record.messages[1]["reasoning_content"] == "The user wants to return"
    assert record.messages[2]["content"].startswith("Error: The message is empty")
    assert (record.measured.tool_errors, record.reward) == (1, 1.0)


def test_faults_of_every_kind_change_no_score(fake, rollout_of, tasks):
    records, endpoint = played(
        fake, rollout_of, tasks, fake.OracleAnswers(tasks), {"faults": 0.3}, timeout_s=0.5,
        retries=12,
    )  # fmt: skip
    assert [record.reward for record in records] == [1.0] * len(tasks)
    assert set(endpoint.made) == {"", *fake.FAULTS}


def test_an_endpoint_that_is_gone_makes_no_reward(fake, rollout_of, tasks):
    records, _ = played(fake, rollout_of, tasks[:2], lambda asked: (500, "no"), retries=0)
    for record in records:
        assert (record.status, record.reward, record.termination) == ("infra_error", None, None)
        assert "HTTP 500" in record.error


def test_a_conversation_that_is_too_long_for_the_model_is_cut_off_and_scored(
    fake, rollout_of, tasks, tmp_path
):
    oracle = fake.OracleAnswers(tasks)
    too_long = (400, {"error": {"message": "x", "code": "context_length_exceeded"}})
    records, _ = played(
        fake, rollout_of, tasks[:2], lambda a: too_long if len(a["messages"]) > 5 else oracle(a)
    )
    for record in records:
        assert (record.status, record.reward) == ("ok", 0.0)
        assert record.termination == "context_limit"
        assert record.reward_components["finished"] == 0.0
    path = tmp_path / "records.jsonl"
    path.write_text("".join(record.model_dump_json() + "\n" for record in records))
    assert verify(path).findings == ()


@pytest.mark.parametrize("deadlines", [{"turn_s": 0.05}, {"episode_s": 0.05}])
def test_what_takes_too_long_is_given_up_without_a_reward(fake, rollout_of, tasks, deadlines):
    records, _ = played(
        fake, rollout_of, tasks[:2], fake.OracleAnswers(tasks), {"latency": 30.0},
        Deadlines(**deadlines),
    )  # fmt: skip
    for record in records:
        assert (record.status, record.reward) == ("timeout", None)
        assert record.error == "not over in time, after 0 turns"


def test_malformed_calls_are_answered_as_tool_errors_and_counted(fake, rollout_of, tasks):
    broken = [{"id": "a", "function": {"name": "get_order_details", "arguments": '{"order_id": '}}]
    lost = [{"id": "b", "function": {"name": "no_such_tool", "arguments": "{}"}}]
    made = iter([broken, lost])
    oracle = fake.OracleAnswers(tasks)

    def answer(asked):
        said = [m for m in asked["messages"] if m["role"] == "assistant"]
        if len(said) < 2:
            return {"content": None, "tool_calls": next(made)}
        messages = [*asked["messages"][:2], *asked["messages"][6:]]
        return oracle({**asked, "messages": messages})

    (record,), endpoint = played(fake, rollout_of, tasks[:1], answer)
    sent = [call for message in endpoint.seen[-1]["messages"]
            for call in message.get("tool_calls") or ()]  # fmt: skip
    assert all(isinstance(json.loads(call["function"]["arguments"]), dict) for call in sent)
    assert record.measured.tool_errors == 2
    assert record.reward == 1.0
    answers = [m["content"] for m in record.messages if m["role"] == "tool"][:2]
    assert all(text.startswith("Error:") for text in answers)


class Parrot:
    """A client of one's own: any object with these methods is a chat model."""

    name = "parrot"

    async def complete(self, request):
        turn = Turn(completion_ids=(1, 2), logprobs=(-0.1, -0.2), finish_reason="stop")
        text = f"You said: {request.messages[-1]['content']}"
        return Completion({"role": "assistant", "content": text}, turn, Usage(calls=1))

    async def aclose(self):
        pass


def test_a_client_of_ones_own_plays_and_its_tokens_are_in_the_record(rollout_of, tasks):
    rollout = rollout_of(make_policy=chat_agent(Parrot()))
    record = asyncio.run(play(rollout, tasks[0]))
    assert record.status == "ok"
    assert record.turns[0].completion_ids == (1, 2)
    assert record.agent.model == "parrot"


def test_an_agent_begins_anew_with_every_reset(retail):
    agent = ChatAgent(Parrot(), STYLES["native"]())
    info = {"system": "Be kind.", "tools": [], "seed": 1}

    async def twice():
        for _ in range(2):
            await agent.reset(info)
            said = await agent.act(({"role": "user", "content": "Hi"},))
        return said

    assert asyncio.run(twice())["content"] == "You said: Hi"
    assert len(agent.turns) == agent.usage.calls == 1
