"""The reward as a function of the final state and of what was said."""

import pytest

from writ_gym.messages import assistant, calling, tool_call, user
from writ_gym.rewards import is_told, reward, said_to_user
from writ_gym.tasks import Certificate, Due, Task

HAND_OVER = Due(kind="hand_over", value="hand_over", request=0)
REFUSAL = Due(kind="refusal", value="delivered", request=0)
AMOUNT = Due(kind="number", value=1234.5, request=0)
TEXT = Due(kind="text", value="processed", request=0)


def due(*items):
    """Return a task of the user "ann_1" with what is due; a reward looks at nothing else."""
    certificate = Certificate.model_construct(caller="ann_1")
    return Task.model_construct(due=items, certificate=certificate)


def answered(name, answer):
    """Return a tool call and its answer."""
    tool = {"role": "tool", "tool_call_id": "1", "name": name, "content": answer}
    return [calling(tool_call(name, {})), tool]


FOUND = answered("find_user", "ann_1")
OVER = answered("hand_over", "Transfer successful")


@pytest.mark.parametrize(
    ("due", "text", "told"),
    [
        (AMOUNT, "It was $1,234.50 in all.", True),
        (AMOUNT, "It was 1234.5 dollars.", True),
        (AMOUNT, "It was $1,234.", False),
        (AMOUNT, "See order 91234.50123.", False),
        (TEXT, "Its status is Processed.", True),
        (TEXT, "It is being unprocessed.", False),
        (REFUSAL, "I can't cancel it: it has been delivered.", True),
        (REFUSAL, "It cannot be cancelled.", False),
        (REFUSAL, "It has been delivered.", False),
    ],
)
def test_what_is_due_is_told_or_not(due, text, told):
    assert is_told(due, ["Hello!", text]) == told


def test_a_refusal_and_its_reason_must_be_in_one_message():
    assert not is_told(REFUSAL, ["I cannot do that.", "It has been delivered."])


def test_only_text_that_reaches_the_user_counts():
    call = calling(tool_call("calculate", {}))
    call["content"] = "It was $1,234.50."
    said = said_to_user([user("1234.50"), call, assistant("Let me see.")])
    assert said == ["Let me see."]
    assert not is_told(AMOUNT, said)


@pytest.mark.parametrize(
    ("changes", "said", "finished", "total"),
    [
        ({("t", "k"): None}, ["1234.5"], True, 1.0),
        ({}, ["1234.5"], True, 0.0),
        ({("t", "k"): None, ("t", "l"): None}, ["1234.5"], True, 0.0),
        ({("t", "k"): None}, [], True, 0.0),
        ({("t", "k"): None}, ["1234.5"], False, 0.0),
    ],
)
def test_the_reward_is_the_product_of_its_components(changes, said, finished, total):
    messages = [assistant(text) for text in said]
    result = reward(changes, {("t", "k"): None}, due(AMOUNT), messages, (), finished)
    assert result.total == total
    assert result.total == result.state * result.told * result.finished


@pytest.mark.parametrize(
    ("messages", "failed", "told"),
    [
        ([*FOUND, *OVER], (), 1.0),
        ([*OVER], (), 0.0),
        ([*OVER, *FOUND], (), 0.0),
        ([*FOUND], (), 0.0),
        ([*answered("find_user", "bob_1"), *OVER], (), 0.0),
        ([*FOUND, *OVER], (1,), 0.0),
        ([*FOUND, *OVER], (3,), 0.0),
        ([user("I am ann_1."), *OVER], (), 0.0),
    ],
)
def test_a_user_is_handed_over_only_once_it_is_known_who_it_is(messages, failed, told):
    assert reward({}, {}, due(HAND_OVER), messages, failed, finished=True).told == told
