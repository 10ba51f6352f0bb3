"""Whatever a model or its server answers, an episode ends with a record and the run goes on."""

import asyncio
import json
from collections import Counter
from functools import cache

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from writ_gym.domain import load_domain
from writ_gym.errors import BackendError, ContextLengthError, StoreError
from writ_gym.messages import assistant, clean, is_tool_call
from writ_gym.models.answers import object_in, read_answer
from writ_gym.models.chat import ChatRequest, Completion, parse_completion
from writ_gym.models.completion import ask
from writ_gym.models.streaming import assembled
from writ_gym.policies import load_policy
from writ_gym.policies.llm import STYLES, chat_agent
from writ_gym.records import EpisodeRecord
from writ_gym.runs.rollouts import Rollout, collect, listed, play
from writ_gym.runs.store import MemoryStore
from writ_gym.sampling.sampler import TaskSampler
from writ_gym.tasks import Limits, SamplerConfig
from writ_gym.users.llm import llm_user, read_turn
from writ_gym.users.scripted import USERS
from writ_gym.users.simulators import UserTurn

DEEP = "[" * 10_000
NAMES = (
    "choices message delta content tool_calls function name arguments id index say end calls text "
    "type reasoning_content reasoning logprobs token logprob token_ids prompt_token_ids meta_info "
    "output_token_logprobs usage prompt_tokens completion_tokens finish_reason error role "
    "description refusal"
).split()
TEXTS = st.one_of(
    st.text(max_size=8), st.sampled_from([
        "{", "{}", "", "Yes.", "\ud83d", "token_id:x", "<think>", '{"say": "Hi', DEEP,
        f'{{"calls": {DEEP}', "find_user_id_by_email", "get_order_details", "toggle_airplane_mode",
        '{"order_id": "\\ud83d"}', "9" * 5000, "\x00", '{"say": "\\ud83d", "end": true}', "stop",
    ]),
)  # fmt: skip
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), TEXTS, st.just(10**400), st.just(2**70)
)


def objects(inner):
    """Return mostly objects with the names that answers have."""
    return st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=3), inner, max_size=5)


ANYTHING = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | objects(inner))


def shaped(form):
    """Return values of about the form of an example; any part of it may be anything else."""
    if isinstance(form, dict):
        whole = st.fixed_dictionaries(
            {}, optional={key: shaped(part) for key, part in form.items()}
        )
    elif isinstance(form, list):
        whole = st.lists(shaped(form[0]), max_size=3)
    else:
        whole = st.just(form)
    return st.one_of(whole, whole, whole, ANYTHING)


FUNCTION = {"name": "get_order_details", "arguments": '{"order_id": "#W1"}', "description": "x"}
TOKEN = {"token": "a", "id": 5, "logprob": -0.5}
MESSAGE = {
    "role": "assistant", "content": "Yes.", "reasoning_content": "Hm.", "reasoning": "Hm.",
    "tool_calls": [{"index": 0, "id": "a", "type": "function", "function": FUNCTION}],
}  # fmt: skip
CHOICE = {
    "index": 0, "finish_reason": "stop", "logprobs": {"content": [TOKEN]}, "token_ids": [1, 2],
    "prompt_token_ids": [3], "meta_info": {"output_token_logprobs": [[-0.5, 5, None]]},
}  # fmt: skip
BODY = {
    "choices": [{**CHOICE, "message": MESSAGE}], "prompt_token_ids": [3],
    "usage": {"prompt_tokens": 5, "completion_tokens": 7},
}  # fmt: skip
PIECE = {**BODY, "choices": [{**CHOICE, "delta": MESSAGE}], "error": None}
ANSWER = {
    "say": "Yes.", "end": False, "name": "x", "arguments": {"a": 1},
    "calls": [{"name": "get_order_details", "arguments": {"order_id": "#W1"}}],
}  # fmt: skip
LAST = {"choices": [{"delta": {}, "finish_reason": "stop"}]}


def as_text(value):
    """Return JSON as a server may write it, if it can be written at all."""
    return json.dumps(value, default=str)


@given(shaped(BODY))
def test_what_a_server_answers_is_a_completion_or_refused_as_none(body):
    for text in (as_text(body), as_text(body)[:-3]):
        try:
            found = parse_completion(text)
        except ValueError:
            continue
        assert all(map(is_tool_call, found.message.get("tool_calls", ())))
        assert isinstance(found.message["content"], str | None)


@given(st.lists(shaped(PIECE), max_size=4))
@example([{"choices": [{"delta": {"tool_calls": [{"index": 10**12}]}}]}])
@example([{"choices": [{"delta": {"tool_calls": [{"index": -1}]}}]}])
def test_what_a_server_streams_is_a_completion_or_refused_as_none(pieces):
    async def streamed():
        for piece in [*pieces, LAST]:
            yield piece

    try:
        body = asyncio.run(assembled(streamed()))
    except ValueError:
        return
    assert len(json.loads(body)["choices"][0]["message"].get("tool_calls", ())) <= 12


def put_together(*deltas):
    """Return the message of a stream."""

    async def streamed():
        for delta in deltas:
            yield {"choices": [{"delta": delta}]}
        yield LAST

    return parse_completion(asyncio.run(assembled(streamed()))).message


def part(index=0, function=(), **more):
    return {"tool_calls": [{"index": index, "function": dict(function), **more}]}


def test_a_streamed_call_is_read_whatever_else_servers_put_into_it():
    whole = {"name": "f", "arguments": '{"a":1}'}
    pieces = {"name": "f", "arguments": '{"a"'}, {"arguments": ":1}"}
    ways = [
        [part(0, {**whole, "description": "?"}, id="a")],
        [part(0, pieces[0], id="a"), part(0, pieces[1])],
        [part(None, pieces[0], id="a"), part(None, pieces[1])],
        [part(10**12, pieces[0], id="a"), part(10**12, pieces[1])],
        [part(0, {"name": "f", "arguments": {"a": 1}}, id="a")],
        [part(0, {"name": "f", "arguments": None}, id="a"), part(0, {"arguments": '{"a":1}'})],
    ]
    for deltas in ways:
        (call,) = put_together(*deltas)["tool_calls"]
        assert (call["id"], call["function"]) == ("a", whole), deltas


def test_streamed_calls_without_an_index_are_told_apart_by_their_names():
    calls = put_together(
        part(None, {"name": "f", "arguments": "{}"}, id="a"),
        part(None, {"name": "g", "arguments": "{}"}, id="b"),
    )["tool_calls"]
    assert [call["function"]["name"] for call in calls] == ["f", "g"]


def test_a_stream_may_bring_its_text_in_parts():
    parts = [{"type": "text", "text": "Good "}, {"type": "text", "text": "day."}]
    assert put_together({"content": parts[:1]}, {"content": parts[1:]})["content"] == "Good day."


@pytest.mark.parametrize(
    ("piece", "complaint"),
    [
        ({"choices": 5}, "choices: .*list"),
        ({"choices": ["x"]}, r"choices\.0: "),
        ({"choices": [{"delta": "x"}]}, r"choices\.0\.delta: "),
        ({"choices": [{"delta": part(0, ()) | {"content": 5}}]}, "content"),
        ({"choices": [{"delta": {"tool_calls": [{"function": "x"}]}}]}, "function: "),
        ({"choices": [{"delta": {}, "logprobs": [1]}]}, "logprobs: "),
        ({"error": {"message": "no worker"}}, "no worker"),
        ([], r"the stream says \[\]"),
    ],
)
def test_a_piece_of_another_form_is_refused_with_the_place(piece, complaint):
    async def streamed():
        yield piece
        yield LAST

    with pytest.raises(ValueError, match=complaint):
        asyncio.run(assembled(streamed()))


def test_arguments_that_are_no_object_are_left_to_the_tool_to_complain_of():
    for arguments in ([1], 0, False, "x", [], None, ""):
        body = {"choices": [{"message": {"tool_calls": [{"function": {
            "name": "f", "arguments": arguments}}]}}]}  # fmt: skip
        (call,) = parse_completion(json.dumps(body)).message["tool_calls"]
        wanted = "{}" if arguments in (None, "") else arguments
        text = wanted if isinstance(wanted, str) else json.dumps(wanted, separators=(",", ":"))
        assert call["function"]["arguments"] == text


@pytest.mark.parametrize("text", ["token_id:abc", "token_id:123456789012"])
def test_a_text_that_only_looks_like_a_token_id_costs_the_ids_alone(text):
    tokens = [{"token": text, "logprob": -0.5}]
    body = {"choices": [{"message": {"content": "x"}, "logprobs": {"content": tokens}}]}
    turn = parse_completion(json.dumps(body)).turn
    assert (turn.completion_ids, turn.logprobs) == (None, (-0.5,))


def test_an_id_that_no_token_can_have_is_no_answer():
    for more in (
        {"token_ids": [1 << 40]},
        {"meta_info": {"output_token_logprobs": [[0, 1 << 40, None]]}},
    ):
        body = {"choices": [{"message": {"content": "x"}, **more}]}
        with pytest.raises(ValueError, match=r"no TokenIds: .* greater than maximum"):
            parse_completion(json.dumps(body))


@given(shaped(ANSWER) | TEXTS)
def test_what_a_model_writes_is_a_turn_and_an_action_or_refused_as_none(answer):
    for text in map(clean, (answer if isinstance(answer, str) else "", as_text(answer))):
        turn = read_turn(text)
        assert turn is None or isinstance(turn, UserTurn)
        if turn:
            turn.text.encode()
        read_answer(text)


@pytest.mark.parametrize("calls", ["5", "true", '"look"', "{}", '{"name": "look"}'])
def test_calls_that_are_no_list_make_an_answer_unreadable(calls):
    text = f'{{"say": "Hi.", "calls": {calls}}}'
    assert read_turn(text) == (UserTurn("Hi.") if calls == "{}" else None)


def test_half_a_character_makes_an_object_unreadable():
    assert object_in('{"say": "\\ud83d"}') is None
    assert read_turn('{"say": "\\ud83d"}') is None
    call = read_answer('{"name": "f", "arguments": {"a": "\\ud83d"}}')["tool_calls"][0]
    assert call["function"] == {
        "name": "f", "arguments": '{"name": "f", "arguments": {"a": "\\ud83d"}}',
    }  # fmt: skip


def asked(found):
    """Return what asking a client that returns, or raises, something comes to."""

    class Client(Odd):
        async def complete(self, request):
            if isinstance(found, Exception):
                raise found
            return found

    return asyncio.run(ask(Client([]), ChatRequest(())))


@pytest.mark.parametrize(
    "error", [KeyError("description"), TimeoutError(), RecursionError("deep"), OSError(5, "gone")]
)
def test_whatever_a_client_raises_is_a_failure_of_its_provider_and_says_where(error):
    place = rf"{type(error).__name__}.*\(test_odd_answers\.py, line \d+\)\.$"
    with pytest.raises(BackendError, match=f"^Asking 'odd' failed with {place}") as caught:
        asked(error)
    assert caught.value.__cause__ is error


@pytest.mark.parametrize(
    "error", [ContextLengthError("long"), StoreError("full"), BackendError("")]
)
def test_what_a_client_raises_on_purpose_stays_what_it_is(error):
    with pytest.raises(type(error)) as caught:
        asked(error)
    assert caught.value is error


@pytest.mark.parametrize(
    "found",
    [None, "Hi", {"role": "assistant", "content": "Hi"}]
    + [
        Completion(message)
        for message in (
            None, "Hi", {}, {"role": "assistant"}, {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": 5},
            {"role": "assistant", "content": "Hi", "tool_calls": 5},
            {"role": "assistant", "content": "Hi", "tool_calls": [{"function": {"name": "f"}}]},
        )
    ],
)  # fmt: skip
def test_a_client_that_returns_no_completion_is_a_failure_of_its_provider(found):
    with pytest.raises(BackendError, match="failed with TypeError: no completion: "):
        asked(found)


def test_half_a_character_of_a_client_is_replaced():
    assert asked(Completion(assistant("Hi \ud83d"))).message == assistant("Hi ?")


def test_a_client_that_fails_costs_its_own_episodes_alone():
    domain, world, task = stage("retail")

    class Sometimes(Odd):
        async def complete(self, request):
            self.asked += 1
            if self.asked == 3:
                raise KeyError("choices")
            return Completion(assistant("How can I help?"))

    rollout = Rollout(
        domain, world, "odd", chat_agent(Sometimes([])), "scripted", USERS["scripted"],
        limits=Limits(turns=2),
    )  # fmt: skip
    store = MemoryStore()
    asyncio.run(collect(rollout, listed([task]), store, count=4, concurrency=2))
    assert Counter(record.status for record in store.records) == {"ok": 3, "infra_error": 1}
    (failed,) = (record for record in store.records if record.status != "ok")
    assert failed.error.startswith("Asking 'odd' failed with KeyError: 'choices' (test_odd_answers")
    assert failed.reward is None


class Odd:
    """A chat model that gives one answer after the other, again and again."""

    name = "odd"

    def __init__(self, texts):
        self.answers = [
            Completion({"role": "assistant", "content": each}) if isinstance(each, str) else each
            for each in texts
        ]
        self.asked = 0

    async def complete(self, request):
        self.asked += 1
        return self.answers[(self.asked - 1) % len(self.answers)]

    async def aclose(self):
        pass


@cache
def stage(name):
    domain = load_domain(name)
    world = domain.world(0, {"users": 120, "orders": 300} if name == "retail" else None)
    return domain, world, TaskSampler(domain, SamplerConfig(write_count=1), world).sample(7)


def played(name, agent, user, make_user, turns=4):
    """Return the record of an episode, as it comes back from a file."""
    domain, world, task = stage(name)
    rollout = Rollout(
        domain, world, "odd", agent, user, make_user, limits=Limits(turns=turns, tool_errors=100)
    )
    line = asyncio.run(play(rollout, task)).model_dump_json()
    return EpisodeRecord.load(line.encode(), "the record")


TEXT_ANSWERS = st.lists(shaped(ANSWER).map(as_text) | TEXTS, min_size=1, max_size=3)
QUICK = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


@QUICK
@given(TEXT_ANSWERS, st.sampled_from(["retail", "telecom"]))
def test_whatever_a_model_writes_as_the_user_the_episode_has_a_record(answers, name):
    record = played(name, load_policy("oracle"), "llm:odd", llm_user(Odd(answers), fallbacks=1))
    assert record.status in ("ok", "user_error")
    assert (record.reward is None) == (record.status != "ok")


@QUICK
@given(TEXT_ANSWERS, st.sampled_from(sorted(STYLES)))
def test_whatever_a_model_writes_as_the_agent_the_episode_has_a_score(answers, style):
    record = played("retail", chat_agent(Odd(answers), style), "scripted", USERS["scripted"])
    assert record.status == "ok"


@QUICK
@given(st.lists(shaped(BODY), min_size=1, max_size=3), st.sampled_from(sorted(STYLES)))
def test_whatever_calls_a_model_makes_the_episode_has_a_score(bodies, style):
    answers = []
    for body in bodies:
        try:
            answers.append(parse_completion(as_text(body)))
        except ValueError:
            answers.append("")
    record = played("retail", chat_agent(Odd(answers), style), "scripted", USERS["scripted"])
    assert record.status == "ok"
