"""Answers of chat models as servers really send them."""

import json

import pytest

from writ_gym.models.chat import NOTHING, Usage, parse_completion, split_reasoning


def body(message, choice=(), **more):
    choices = [{"index": 0, "message": {"role": "assistant", **message},
                "finish_reason": "stop", **dict(choice)}]  # fmt: skip
    return json.dumps({"choices": choices, **more})


def call(name="f", arguments="{}", **more):
    return {"id": "a", "type": "function", "function": {"name": name, "arguments": arguments},
            **more}  # fmt: skip


def test_a_plain_answer_is_a_message_with_its_cost():
    usage = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
    found = parse_completion(body({"content": "Hello!"}, usage=usage))
    assert found.message == {"role": "assistant", "content": "Hello!"}
    assert found.usage == Usage(calls=1, prompt_tokens=7, completion_tokens=3)
    assert found.turn.finish_reason == "stop"
    assert (found.turn.prompt_ids, found.turn.completion_ids, found.turn.logprobs) == (None,) * 3


def test_raw_argument_strings_stay_as_they_came():
    raw = '{"a":  1.0, "b": "é"'
    found = parse_completion(body({"content": None, "tool_calls": [call("f", raw)]}))
    assert found.message["tool_calls"][0]["function"] == {"name": "f", "arguments": raw}


def test_arguments_that_are_an_object_become_their_text():
    found = parse_completion(body({"tool_calls": [call("f", {"a": 1})]}))
    assert found.message["tool_calls"][0]["function"]["arguments"] == '{"a":1}'


def test_calls_without_a_name_or_id_are_answered_by_the_tools_not_lost():
    found = parse_completion(body({"tool_calls": [{"function": {"name": None}}]}))
    assert found.message["tool_calls"][0]["function"] == {"name": "", "arguments": "{}"}


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_reasoning_is_kept_apart_from_content(field):
    found = parse_completion(body({"content": "Yes.", field: "Hm."}))
    assert found.message == {"role": "assistant", "content": "Yes.", "reasoning_content": "Hm."}


@pytest.mark.parametrize("text", ["<think>\nHm.\n</think>\n\nYes.", "Hm.</think> Yes."])
def test_reasoning_in_tags_is_kept_apart_too(text):
    assert split_reasoning(text) == ("Hm.", "Yes.")


def test_reasoning_that_breaks_off_is_no_answer():
    assert split_reasoning("\n<think>\nThe user wants") == ("The user wants", "")
    assert split_reasoning("<think>") == (None, "")
    found = parse_completion(body({"content": "<think>Hm"}, {"finish_reason": "length"}))
    assert found.message == {"role": "assistant", "content": "", "reasoning_content": "Hm"}


def test_a_text_about_thinking_is_left_alone():
    assert split_reasoning("I think <think> is a tag.") == (None, "I think <think> is a tag.")


def test_vllm_gives_token_ids_and_log_probabilities():
    tokens = [{"token": "Hi", "logprob": -0.5}, {"token": "!", "logprob": -0.25}]
    choice = {"logprobs": {"content": tokens}, "token_ids": [5, 6]}
    turn = parse_completion(body({"content": "Hi!"}, choice, prompt_token_ids=[1, 2, 3])).turn
    assert (turn.prompt_ids, turn.completion_ids) == ((1, 2, 3), (5, 6))
    assert turn.logprobs == (-0.5, -0.25)


def test_vllm_may_write_token_ids_in_the_place_of_texts():
    tokens = [{"token": "token_id:5", "logprob": -1}, {"token": "token_id:6", "logprob": -2}]
    assert parse_completion(
        body({"content": "Hi!"}, {"logprobs": {"content": tokens}})
    ).turn.completion_ids == (5, 6)


def test_sglang_gives_them_in_meta_info():
    choice = {"meta_info": {"output_token_logprobs": [[-0.5, 5, None], [-0.25, 6, "!"]]},
              "prompt_token_ids": [1, 2]}  # fmt: skip
    turn = parse_completion(body({"content": "Hi!"}, choice)).turn
    assert (turn.prompt_ids, turn.completion_ids, turn.logprobs) == (
        (1, 2), (5, 6), (-0.5, -0.25),
    )  # fmt: skip


def test_llama_cpp_gives_ids_beside_texts():
    tokens = [{"id": 5, "token": "Hi", "logprob": -0.5, "bytes": [72], "top_logprobs": []}]
    turn = parse_completion(body({"content": "Hi"}, {"logprobs": {"content": tokens}})).turn
    assert (turn.completion_ids, turn.logprobs) == ((5,), (-0.5,))


def test_log_probabilities_without_ids_have_none_made_up():
    tokens = [{"token": "Hi", "logprob": -0.5}, {"id": 5, "token": "!", "logprob": -0.1}]
    turn = parse_completion(body({"content": "Hi!"}, {"logprobs": {"content": tokens}})).turn
    assert (turn.completion_ids, turn.logprobs) == (None, (-0.5, -0.1))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "not JSON"),
        ('{"choices": [{"mess', "only a part of it"),
        ("[]", "should be an object"),
        ('{"error": {"message": "no"}}', "it says {'message': 'no'}"),
        ('{"choices": []}', "choices"),
        ('{"choices": [{"text": "old API"}]}', "choices.0.message: Field required"),
        (body({"content": [{"type": "image"}]}), "choices.0.message.content"),
    ],
)
def test_what_is_no_chat_completion_is_refused_with_the_place(text, complaint):
    with pytest.raises(ValueError, match=complaint):
        parse_completion(text)


def test_too_many_calls_are_the_models_fault_not_the_servers():
    found = parse_completion(body({"tool_calls": [call()] * 40}))
    assert len(found.message["tool_calls"]) == 40


def test_a_list_of_text_parts_is_one_text():
    parts = [{"type": "text", "text": "Good "}, {"type": "text", "text": "day."}]
    assert parse_completion(body({"content": parts})).message["content"] == "Good day."


def test_usages_add_up_and_an_unknown_cost_stays_unknown():
    cheap = Usage(calls=1, prompt_tokens=2, completion_tokens=3, cost=0.5)
    free = Usage(calls=1, prompt_tokens=10, completion_tokens=20)
    assert cheap + free == Usage(calls=2, prompt_tokens=12, completion_tokens=23)
    assert (cheap + cheap).cost == 1.0
    assert NOTHING + cheap == cheap
