"""How chat models are asked for tool calls, and how their answers are read."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from writ_gym.models.answers import read_answer
from writ_gym.policies.styles import Json, Native

SCHEMA = {
    "type": "function",
    "function": {
        "name": "find",
        "description": "Find a user.",
        "parameters": {
            "type": "object",
            "properties": {
                "name": {"type": "string"},
                "kind": {"type": "string", "enum": ["a", "b"]},
                "ids": {"type": "array", "items": {"type": "string"}},
            },
            "required": ["name"],
        },
    },
}
TOOL = {"role": "tool", "tool_call_id": "call_3", "name": "find", "content": '{"id": 1}'}


def calls_in(text):
    found = [call.get("function", call) for call in read_answer(text)["tool_calls"]]
    return [(call["name"], call["arguments"]) for call in found]


@pytest.mark.parametrize(
    "text",
    [
        '{"calls": [{"name": "find", "arguments": {"name": "Mia"}}]}',
        '```json\n{"calls": [{"name": "find", "arguments": {"name": "Mia"}}]}\n```',
        'Let me look.\n{"name": "find", "arguments": {"name": "Mia"}}',
        '<tool_call>\n{"name": "find", "arguments": {"name": "Mia"}}\n</tool_call>',
    ],
)
def test_a_call_is_found_wherever_it_stands(text):
    assert calls_in(text) == [("find", {"name": "Mia"})]


def test_several_calls_stay_in_order():
    text = '{"calls": [{"name": "a", "arguments": {}}, {"name": "b", "arguments": {}}]}'
    assert calls_in(text) == [("a", {}), ("b", {})]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"say": "Good day!"}', "Good day!"),
        ("Good day!", "Good day!"),
        ('It is {"a": 1}.', 'It is {"a": 1}.'),
        ('{"say": null}', ""),
        ("", ""),
    ],
)
def test_everything_else_is_said(text, said):
    assert read_answer(text) == {"content": said}


def test_a_call_that_breaks_off_is_made_with_its_raw_text_so_that_the_error_says_why():
    text = '{"calls": [{"name": "find", "arguments": {"name": "Mi'
    assert calls_in(text) == [("find", text)]


@given(st.text())
def test_any_text_is_read_as_something(text):
    found = read_answer(text)
    assert found.keys() <= {"content", "tool_calls"}
    assert read_answer(json.dumps({"say": text})) == {"content": text}


def test_the_schema_of_an_answer_holds_every_tool_and_ends_every_string():
    style = Json(constrained=True)
    style.opening("Be kind.", [SCHEMA])
    schema = style.request([], 5).response_format["json_schema"]["schema"]
    say, calls = schema["anyOf"]
    assert say["properties"]["say"]["maxLength"]
    (call,) = calls["properties"]["calls"]["items"]["anyOf"]
    assert call["properties"]["name"] == {"const": "find"}
    properties = call["properties"]["arguments"]["properties"]
    assert properties["name"] == {"type": "string", "maxLength": 200}
    assert properties["kind"] == {"type": "string", "enum": ["a", "b"]}
    assert properties["ids"]["items"]["maxLength"] == 200
    assert call["additionalProperties"] is False


def test_a_native_request_has_the_tools_and_a_json_one_the_form():
    native, held, asked = Native(), Json(constrained=True), Json(constrained=False)
    openings = [style.opening("Be kind.", [SCHEMA]) for style in (native, held, asked)]
    requests = [style.request([], 5) for style in (native, held, asked)]
    assert openings[0] == {"role": "system", "content": "Be kind."}
    assert requests[0].tools == [SCHEMA]
    assert all("Find a user." in opening["content"] for opening in openings[1:])
    assert [bool(request.response_format) for request in requests] == [False, True, False]
    assert {request.seed for request in requests} == {5}
    assert not requests[1].tools


def test_a_call_without_an_id_gets_the_one_that_the_environment_gave_it():
    style = Native()
    style.opening("", [])
    call = {"id": "", "type": "function", "function": {"name": "find", "arguments": "{}"}}
    kept, _ = style.read({"role": "assistant", "content": None, "tool_calls": [call]})
    assert list(style.heard((TOOL,))) == [TOOL]
    assert kept["tool_calls"][0]["id"] == "call_3"


def test_text_models_hear_tools_by_name_in_one_user_message():
    heard = Json(constrained=False).heard((TOOL, {"role": "user", "content": "Well?"}))
    assert heard == [{"role": "user", "content": '[find answers] {"id": 1}\nWell?'}]
