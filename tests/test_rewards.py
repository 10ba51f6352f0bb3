"""The reward as a function of the final state and of what was said."""

import pytest

from writ_gym.messages import assistant, calling, tool_call, user
from writ_gym.rewards import reward, said_to_user
from writ_gym.tasks import Call, Certificate, Due, Task
from writ_gym.understanding.telling import is_told

HAND_OVER = Due(kind="hand_over", value="hand_over", request=0)
REFUSAL = Due(kind="refusal", value="delivered", request=0)
AMOUNT = Due(kind="number", value=1234.5, request=0)


def due(*items):
    """Return a task of the user "ann_1" with what is due; a reward looks at nothing else."""
    who = Call("find_user", {"name": "Ann"})
    certificate = Certificate.model_construct(caller="ann_1", identification=(who,))
    return Task.model_construct(due=items, certificate=certificate)


def answered(name, answer):
    """Return a tool call and its answer."""
    tool = {"role": "tool", "tool_call_id": "1", "name": name, "content": answer}
    return [calling(tool_call(name, {})), tool]


FOUND = answered("find_user", "ann_1")
OVER = answered("hand_over", "Transfer successful")


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
    messages = [*FOUND, *(assistant(text) for text in said)]
    result = reward(changes, {("t", "k"): None}, due(AMOUNT), messages, (), finished)
    assert result.total == total
    assert result.total == result.state * result.told * result.finished


def test_what_is_told_before_it_is_known_who_the_user_is_is_told_to_nobody():
    told = [assistant("I can't cancel it: it has been delivered. That was $1,234.50.")]
    for messages, right in (([*FOUND, *told], 1.0), ([*told, *FOUND], 0.0), (told, 0.0)):
        found = reward({}, {}, due(REFUSAL, AMOUNT), messages, (), finished=True)
        assert found.total == right
    known = due(REFUSAL)
    known = known.model_copy(
        update={"certificate": known.certificate.model_copy(update={"identification": ()})}
    )
    assert reward({}, {}, known, told, (), finished=True).total == 1.0


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


def test_what_is_told_before_it_can_be_known_is_a_guess():
    told = [*FOUND, assistant("I can't cancel it: it has been delivered."), *OVER]
    for since, right in ((0, 1.0), (2, 1.0), (3, 0.0), (len(told), 0.0)):
        found = reward({}, {}, due(REFUSAL), told, (), finished=True, since=since)
        assert found.told == right
    for since, right in ((3, 1.0), (4, 1.0), (len(told), 0.0)):
        assert reward({}, {}, due(HAND_OVER), told, (), finished=True, since=since).told == right
