"""The reward as a function of the final state and of what was said."""

import gzip
import json
import re
from pathlib import Path

import pytest

from writ_gym.domain import load_domain
from writ_gym.messages import assistant, calling, tool_call, user
from writ_gym.rewards import is_told, reward, said_to_user, state_in
from writ_gym.tasks import Call, Certificate, Due, Task
from writ_gym.understanding import claims_in, is_refusal

HAND_OVER = Due(kind="hand_over", value="hand_over", request=0)
REFUSAL = Due(kind="refusal", value="delivered", request=0)
AMOUNT = Due(kind="number", value=1234.5, request=0)
TEXT = Due(kind="text", value="processed", request=0)


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


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("I can't cancel #W1: it has been delivered, and only pending orders are cancelled.", True),
        ("Since the order is delivered, it cannot be cancelled or modified. Orders can only be "
         "cancelled if they are in the \"pending\" status.", True),
        ("It was delivered, so I cannot cancel it. You could have cancelled pending orders.", True),
        ("I can't do that. #W1 can be neither cancelled nor returned: it is delivered.", True),
        ("I cannot do that: it is pending, pending (item modified), processed, delivered, "
         "cancelled, exchange requested or return requested.", False),
        ("I cannot cancel it. It may be processed or delivered, or else it was cancelled.", False),
        ("I cannot. It is processed. It is delivered. It is return requested.", False),
        ("I can't cancel orders that must be pending if they are processed, if they are "
         "delivered, or unless return requested.", False),
    ],
)  # fmt: skip
def test_a_fact_is_not_told_by_naming_all_that_it_could_be(retail, text, told):
    assert is_told(REFUSAL, [text])
    assert is_told(REFUSAL, [text], retail.others) == told


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("airline", "regular", "I cannot compensate you: you are a regular member. Silver and gold "
         "members are eligible, and those with insurance."),
        ("airline", "basic economy", "Basic economy flights cannot be modified, while economy and "
         "business class reservations can."),
        ("telecom", "Suspended", "I am unable to resume it: your line is suspended. Only an active "
         "line has service."),
    ],
)  # fmt: skip
def test_a_rule_that_names_what_others_are_is_no_contradiction(name, value, text):
    due = Due(kind="refusal", value=value, request=0)
    assert is_told(due, [text], load_domain(name).others)


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("Roaming of line 555-238-3719 is on.", True),
        ("Roaming is currently **enabled** for your line.", True),
        ("I can confirm that roaming is turned off, so it can be turned on if you like.", False),
        ("Roaming isn't turned on for this line. Would you like me to turn it on?", False),
        ("- Roaming: **Off**", False),
        ("What you want to know, whether mobile data works: no.", False),
        ("Yes, you can send picture messages.", True),
        ("Your phone has service now.", True),
        ("Your phone currently has no service.", False),
        ("Picture messages can't be sent.", False),
        ("YOU ARE BEING TRANSFERRED TO A HUMAN AGENT. PLEASE HOLD ON.", None),
        ("Your line is on the Roomy plan.", None),
        ("There is no problem, I can help you with that.", None),
        ("Please check whether mobile data is turned on.", None),
        ("Is it turned on?", None),
        ("It can be turned on.", None),
    ],
)
def test_a_state_is_told_only_by_what_says_that_it_is_so(text, state):
    assert state_in(text) is state
    for value, wanted in (("on", True), ("yes", True), ("off", False), ("no", False)):
        assert is_told(Due(kind="text", value=value, request=0), [text]) == (state is wanted)


DIALOGUES = Path(__file__).parents[2] / "shared" / "tau_bench" / "retail-dialogues.jsonl.gz"
TURN = re.compile(r"(?ms)^(user|assistant|tool): (.*?)(?=^(?:user|assistant|tool): |\Z)")


@pytest.mark.skipif(not DIALOGUES.exists(), reason="needs tau-bench's dialogues")
def test_what_real_agents_say_when_they_refuse_is_told(retail):
    with gzip.open(DIALOGUES, "rt") as lines:
        turns = [
            turn for line in lines for turn in TURN.findall(json.loads(line)["messages_display"])
        ]
    statuses = {"pending", *retail.others("pending")}
    told = 0
    for who, text in turns:
        if who == "assistant" and is_refusal(text):
            for status in claims_in(text, statuses)[1]:
                assert is_told(Due(kind="refusal", value=status, request=0), [text], retail.others)
                told += 1
    assert told


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
