"""Actions: every form of an assistant message is read; anything else is an error that says so."""

import datetime
import decimal
import json
from collections import UserDict
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from writ_gym.errors import InvalidActionError
from writ_gym.messages import (
    ENVIRONMENT,
    MAX_TOOL_CALLS,
    AssistantMessage,
    assistant,
    calling,
    notice,
    parse_action,
    tool_call,
    user,
)

CALL = {"id": "call_1", "type": "function", "function": {"name": "look", "arguments": '{"a": 1}'}}
MESSAGE = {"role": "assistant", "content": None, "tool_calls": [CALL]}


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


def call_of(action: object) -> dict[str, Any]:
    """Return the only tool call of an action, parsed."""
    (call,) = parse_action(action)["tool_calls"]
    return {**call}


# Forms


@pytest.mark.parametrize(
    "text",
    [
        "Hello!",
        "",
        "  two  spaces \n",
        "{ is a brace",
        '{"name": "look", "arguments": {}}',
        '{"content": "cut off',
        '{"content": "a"} and more',
        '["content"]',
        '"content"',
        "null",
        "[]",
        "{}",
        "né 😀",
        '{"a": {"content": "x"}}',
    ],
)
def test_plain_text_is_said_as_it_is(text: str) -> None:
    assert parse_action(text) == {"role": "assistant", "content": text}


@pytest.mark.parametrize(
    "text",
    ['{"content": "Hi"}', ' \n{"role": "assistant", "content": "Hi"} ', '{"content":"Hi","x":[1]}'],
)
def test_json_text_of_a_message_is_read_as_the_message(text: str) -> None:
    assert parse_action(text) == {"role": "assistant", "content": "Hi"}


def test_a_mapping_and_its_json_text_are_the_same_message() -> None:
    assert parse_action(MESSAGE) == parse_action(json.dumps(MESSAGE)) == MESSAGE
    assert parse_action(UserDict(MESSAGE)) == MESSAGE


def test_the_message_is_a_new_one() -> None:
    action = {"content": "Hi", "tool_calls": [{"name": "look"}]}
    message = parse_action(action)
    message["tool_calls"][0]["id"] = "changed"
    message["content"] = "changed"
    assert action == {"content": "Hi", "tool_calls": [{"name": "look"}]}


def test_unknown_keys_are_dropped_and_the_role_may_be_left_out() -> None:
    assert parse_action({"content": "Hi", "refusal": None, "audio": {}, 5: 6}) == assistant("Hi")
    assert parse_action({}) == {"role": "assistant", "content": None}


def test_text_that_looks_like_a_message_stays_text_inside_a_message() -> None:
    text = json.dumps(MESSAGE)
    assert parse_action({"content": text}) == {"role": "assistant", "content": text}


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (None, None),
        ("", ""),
        ("Hi", "Hi"),
        ([], ""),
        ([{"type": "text", "text": "Hi"}], "Hi"),
        (({"type": "text", "text": "Hi, "}, {"text": "you"}), "Hi, you"),
    ],
)
def test_content_may_be_null_text_or_text_parts(content: object, text: str | None) -> None:
    assert parse_action({"content": content}) == {"role": "assistant", "content": text}


def test_reasoning_is_kept_if_it_is_text() -> None:
    assert parse_action({"content": "Hi", "reasoning_content": "Hm"}) == {
        "role": "assistant",
        "content": "Hi",
        "reasoning_content": "Hm",
    }
    for nothing in ("", None, ["Hm"], 5):
        assert parse_action({"content": "Hi", "reasoning_content": nothing}) == assistant("Hi")


# Tool calls


@pytest.mark.parametrize(
    ("call", "arguments"),
    [
        (CALL, '{"a": 1}'),
        ({"function": {"name": "look", "arguments": {"a": [1, None]}}}, '{"a":[1,null]}'),
        ({"function": {"name": "look"}}, "{}"),
        ({"name": "look", "arguments": {"a": "é"}}, '{"a":"é"}'),
        ({"name": "look", "arguments": "not JSON"}, "not JSON"),
        ({"name": "look", "arguments": None}, "null"),
        ({"name": "look", "arguments": [1]}, "[1]"),
        ({"name": "look", "arguments": {"a": float("nan")}}, '{"a":NaN}'),
        ({"name": "look", "arguments": {1: True}}, '{"1":true}'),
        ({"name": "look"}, "{}"),
    ],
    ids=str,
)
def test_arguments_become_json_text_and_text_is_kept_as_written(
    call: dict[str, Any], arguments: str
) -> None:
    function = call_of({"tool_calls": [call]})["function"]
    assert function == {"name": "look", "arguments": arguments}


@pytest.mark.parametrize(
    ("call_id", "kept"), [("abc", "abc"), (None, ""), (5, ""), ("x" * 500, "x" * 200)], ids=str
)
def test_the_id_is_kept_if_it_is_text_and_cut_if_it_is_long(call_id: object, kept: str) -> None:
    assert call_of({"tool_calls": [{**CALL, "id": call_id}]})["id"] == kept


def test_several_calls_keep_their_order_and_text_stands_beside_them() -> None:
    action = {"content": "Wait", "tool_calls": tuple({"name": name} for name in "abc")}
    message = parse_action(action)
    assert message["content"] == "Wait"
    assert [call["function"]["name"] for call in message["tool_calls"]] == ["a", "b", "c"]


@pytest.mark.parametrize("calls", [None, [], ()])
def test_no_calls_are_no_key(calls: object) -> None:
    assert parse_action({"content": "Hi", "tool_calls": calls}) == assistant("Hi")


def test_there_is_a_limit_of_calls() -> None:
    calls = [CALL] * MAX_TOOL_CALLS
    assert len(parse_action({"tool_calls": calls})["tool_calls"]) == MAX_TOOL_CALLS
    with pytest.raises(InvalidActionError, match=f"At most {MAX_TOOL_CALLS} tool calls"):
        parse_action({"tool_calls": [*calls, CALL]})


# Errors


@pytest.mark.parametrize(
    "action", [None, 5, 2.5, True, b"Hi", ["Hi"], [MESSAGE], {"a"}, object(), np.array([1, 2])]
)
def test_what_is_neither_text_nor_mapping_is_refused(action: object) -> None:
    with pytest.raises(InvalidActionError, match=rf"not {type(action).__name__}\.$"):
        parse_action(action)


@pytest.mark.parametrize("role", ["user", "tool", "system", "", "Assistant", "\ud800"])
def test_another_role_is_refused_and_named(role: str) -> None:
    with pytest.raises(InvalidActionError) as caught:
        parse_action({"role": role, "content": "Hi"})
    assert str(caught.value) == f"An action has the role 'assistant', not {role!r}."
    with pytest.raises(InvalidActionError, match="has the role 'assistant'"):
        parse_action(json.dumps({"role": role.replace("\ud800", "?"), "content": "Hi"}))


@pytest.mark.parametrize(
    "role", [None, 5, ["assistant"], np.array([1, 2]), 10**5000, nested(100_000)], ids=type
)
def test_a_role_that_is_no_text_is_refused(role: object) -> None:
    with pytest.raises(InvalidActionError, match="'role' must be a string, not "):
        parse_action({"role": role, "content": "Hi"})


@pytest.mark.parametrize(
    "content",
    [5, {}, {"text": "Hi"}, ["Hi"], [{"type": "image_url"}], [{"text": 5}], [None], b"", range(0)],
    ids=str,
)
def test_content_of_another_kind_is_refused(content: object) -> None:
    with pytest.raises(InvalidActionError, match="'content' must be a string, null, or a list"):
        parse_action({"content": content})


@pytest.mark.parametrize(
    "calls", ["look", b"look", {"name": "look"}, 5, True, np.array([1, 2]), {1}, range(10**30)]
)
def test_calls_that_are_no_list_are_refused(calls: object) -> None:
    with pytest.raises(InvalidActionError, match="'tool_calls' must be a list"):
        parse_action({"tool_calls": calls})


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (None, 'must be {"function": {"name": …, "arguments": …}}'),
        ("look", 'must be {"function"'),
        ([], 'must be {"function"'),
        ({"function": "look"}, 'must be {"function"'),
        ({"function": None, "name": "look"}, 'must be {"function"'),
        ({}, "has no function name"),
        ({"function": {}}, "has no function name"),
        ({"name": 5}, "has no function name"),
        ({"name": None, "arguments": {}}, "has no function name"),
        ({"name": "look", "arguments": {"a": object()}}, "the arguments are not JSON ("),
        ({"name": "look", "arguments": b"\xff"}, "the arguments are not JSON ("),
        ({"name": "look", "arguments": {"a": "\ud800"}}, "the arguments are not JSON ("),
        ({"name": "look", "arguments": nested(100_000)}, "the arguments are not JSON ("),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_malformed_call_is_refused_and_its_place_named(call: object, message: str) -> None:
    with pytest.raises(InvalidActionError) as caught:
        parse_action({"tool_calls": [CALL, call]})
    assert str(caught.value).startswith("tool_calls[1]")
    assert message in str(caught.value)
    str(caught.value).encode()


def test_arguments_that_hold_themselves_are_refused() -> None:
    arguments: dict[str, Any] = {}
    arguments["a"] = arguments
    with pytest.raises(InvalidActionError, match="the arguments are not JSON"):
        parse_action({"tool_calls": [{"name": "look", "arguments": arguments}]})


def test_lone_surrogates_are_replaced_wherever_text_is_taken() -> None:
    bad = "a\ud800b"
    message = parse_action(
        {
            "content": bad,
            "reasoning_content": bad,
            "tool_calls": [{"id": bad, "name": bad, "arguments": bad}],
        }
    )
    assert message == {
        "role": "assistant",
        "content": "a?b",
        "tool_calls": [
            {"id": "a?b", "type": "function", "function": {"name": "a?b", "arguments": "a?b"}}
        ],
        "reasoning_content": "a?b",
    }
    assert parse_action(bad) == assistant("a?b")
    assert parse_action({"content": [{"text": bad}]}) == assistant("a?b")
    assert parse_action('{"content": "' + bad + '"}') == assistant("a?b")


# Anything


TEXT = st.text(st.characters(exclude_categories=()), max_size=12)
NAMES = st.sampled_from(
    ["role", "content", "tool_calls", "function", "name", "arguments", "id", "text", "type"]
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.complex_numbers(),
    st.binary(max_size=4),
    TEXT,
    NAMES,
    st.sampled_from(
        [
            "assistant",
            object(),
            int,
            len,
            decimal.Decimal("NaN"),
            datetime.date(2024, 1, 1),
            np.array([1, 2]),
            np.int64(3),
            range(10**30),
            frozenset({1}),
            ValueError("x"),
        ]
    ),
)
KEYS = NAMES | TEXT | st.integers() | st.none() | st.tuples(st.integers()) | st.binary(max_size=2)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(KEYS, inner, max_size=5)
        | st.dictionaries(NAMES, inner, max_size=5)
    ),
    max_leaves=20,
)


def messages(odd: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Return messages in whose places there is text or, now and then, something odd."""
    call = st.fixed_dictionaries({"name": TEXT | odd, "arguments": TEXT | odd})
    calls = call | st.fixed_dictionaries({"function": call}, optional={"id": TEXT | odd})
    return st.fixed_dictionaries(
        {},
        optional={
            "role": st.just("assistant") | odd,
            "content": TEXT | st.none() | odd,
            "tool_calls": st.lists(calls, max_size=3) | odd,
            "reasoning_content": TEXT | odd,
        },
    )


def check_well_formed(message: AssistantMessage) -> None:
    """Check that a message is what any server and any file takes."""
    assert message["role"] == "assistant"
    assert set(message) <= {"role", "content", "tool_calls", "reasoning_content"}
    assert isinstance(message["content"], str | None)
    assert message.get("tool_calls") != []
    for call in message.get("tool_calls", ()):
        assert set(call) == {"id", "type", "function"}
        assert call["type"] == "function"
        assert set(call["function"]) == {"name", "arguments"}
        assert all(isinstance(text, str) for text in (call["id"], *call["function"].values()))
    json.dumps(message, ensure_ascii=False).encode()


@given(action=ANYTHING | messages(odd=ANYTHING) | messages(odd=st.nothing()))
@settings(max_examples=500, deadline=None, derandomize=True)
def test_anything_is_either_a_well_formed_message_or_refused(action: object) -> None:
    try:
        message = parse_action(action)
    except InvalidActionError:
        return
    check_well_formed(message)
    assert parse_action(message) == message
    assert parse_action(json.dumps(message)) == message


@given(action=TEXT | st.recursive(st.none() | TEXT, lambda inner: st.dictionaries(NAMES, inner)))
@settings(max_examples=300, deadline=None, derandomize=True)
def test_any_text_is_either_said_or_read_as_a_message(action: object) -> None:
    text = action if isinstance(action, str) else json.dumps(action)
    try:
        check_well_formed(parse_action(text))
    except InvalidActionError:
        assert isinstance(action, dict)


# Making messages


def test_messages_are_made_in_openai_form() -> None:
    assert user("Hi") == {"role": "user", "content": "Hi"}
    assert notice("Hi") == {"role": "user", "name": ENVIRONMENT, "content": "Hi"}
    assert assistant("Hi") == {"role": "assistant", "content": "Hi"}
    assert calling(tool_call("look", '{"a": 1}', "call_1")) == MESSAGE
    assert tool_call("look", {"a": 1}) == {
        "id": "",
        "type": "function",
        "function": {"name": "look", "arguments": '{"a":1}'},
    }
    assert parse_action(calling(tool_call("look", {}))) == calling(tool_call("look", {}))
