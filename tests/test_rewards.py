"""The reward as a function of the final state and of what was said."""

import pytest

from writ_gym.messages import assistant, calling, tool_call, user
from writ_gym.rewards import is_told, reward, said_to_user
from writ_gym.tasks import Due

REFUSAL = Due(kind="refusal", value="delivered", request=0)
AMOUNT = Due(kind="number", value=1234.5, request=0)
TEXT = Due(kind="text", value="processed", request=0)


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
    result = reward(changes, {("t", "k"): None}, [AMOUNT], said, finished)
    assert result.total == total
    assert result.total == result.state * result.told * result.finished
