"""Whether what an agent says tells the user what is due."""

import gzip
import json
import re
from pathlib import Path

import pytest

from writ_gym.domain import load_domain
from writ_gym.tasks import Due
from writ_gym.understanding.reading import claims_in, is_refusal
from writ_gym.understanding.telling import is_told, state_in

REFUSAL = Due(kind="refusal", value="delivered", request=0)
AMOUNT = Due(kind="number", value=1234.5, request=0)
COUNT = Due(kind="number", value=3.0, request=0)
TEXT = Due(kind="text", value="processed", request=0)
BALANCE = Due(kind="refusal", value="45.00", request=0)
REASON = Due(kind="refusal", value="reason", request=0)
OFF = Due(kind="text", value="off", request=0)


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


SHARED = Path(__file__).parents[3] / "shared" / "tau_bench"
TURN = re.compile(r"(?ms)^(user|assistant|tool): (.*?)(?=^(?:user|assistant|tool): |\Z)")


def dialogues(name):
    """Return what agents that were language models said in real conversations of a domain."""
    if name == "retail":
        with gzip.open(SHARED / "retail-dialogues.jsonl.gz", "rt") as lines:
            shown = [TURN.findall(json.loads(line)["messages_display"]) for line in lines]
        return [[text.strip() for who, text in turns if who == "assistant"] for turns in shown]
    with gzip.open(SHARED / "gpt-4o-airline.json.gz", "rt") as file:
        shown = [each["traj"] for each in json.load(file)]
    return [
        [m["content"] for m in messages if m["role"] == "assistant" and m["content"]]
        for messages in shown
    ]


@pytest.mark.skipif(not SHARED.exists(), reason="needs tau-bench's dialogues")
@pytest.mark.parametrize(("name", "most_lost"), [("retail", 0), ("airline", 3)])
def test_what_real_agents_say_when_they_refuse_is_told_and_stands(name, most_lost):
    """But for one message, about seven reservations in three cabins."""
    domain = load_domain(name)
    told, lost = 0, 0
    for said in dialogues(name):
        for place, text in enumerate(said):
            for ground in claims_in(text, domain.grounds)[1] if is_refusal(text) else ():
                due = Due(kind="refusal", value=ground, request=0)
                found = is_told(due, said[place:], domain.others, domain.grounds)
                told, lost = told + found, lost + (not found)
    assert told >= 12
    assert lost <= most_lost


def test_a_refusal_and_its_reason_must_be_in_one_message():
    assert not is_told(REFUSAL, ["I cannot do that.", "It has been delivered."])


@pytest.mark.parametrize(
    ("due", "text", "told"),
    [
        (REFUSAL, "I cannot cancel it: it is either delivered or pending.", False),
        (REFUSAL, "I cannot cancel it: it is pending or delivered.", False),
        (REFUSAL, "I cannot cancel it: it may have been delivered.", False),
        (REFUSAL, "I cannot cancel #W1: it is delivered. An order that is delivered or cancelled "
         "stays as it is.", True),
        (TEXT, "It is processed or pending.", False),
        (TEXT, "Its status is processed; it has been neither delivered nor cancelled.", True),
        (AMOUNT, "It was $1,234.50 or $1,200.", False),
        (AMOUNT, "It was $30, $40 and $1,164.50: $1,234.50 in all.", True),
        (AMOUNT, "It was $1,234.50, and the money is back in 5 or 7 days.", True),
        (COUNT, "You have 3 or 4 items.", False),
        (COUNT, "You have 2, 3, or 4 items.", False),
        (COUNT, "You have maybe 3 items.", False),
        (COUNT, "0, 1, 2, 3, 4, 5, 6.", False),
        (COUNT, "0 1 2 3 4 5 6", False),
        (COUNT, "Of the orders 1, 2 and 3, none is on its way; you have 3 items.", True),
        (BALANCE, "I cannot do that: there is only $45 on it.", True),
        (BALANCE, "I cannot do that: there is only $45.00 on it.", True),
        (BALANCE, "I cannot do that: there is only $450 on it.", False),
    ],
)  # fmt: skip
def test_a_guess_is_not_told(retail, due, text, told):
    assert is_told(due, [text], retail.others) == told


CANNOT = "I can't cancel it: it has been delivered."


@pytest.mark.parametrize(
    ("due", "said", "told"),
    [
        (REFUSAL, [CANNOT, "As I said, I cannot do that. Is there anything else?"], True),
        (REFUSAL, [CANNOT, "Actually, is there anything else?"], True),
        (REFUSAL, [CANNOT, "Actually, it was delivered on Monday, as I see it."], True),
        (REFUSAL, [CANNOT, "I can't do that either: only pending orders are changed."], True),
        (REFUSAL, [CANNOT, "I cannot. Once an order is pending again, it can be."], True),
        (REFUSAL, [CANNOT, "You are welcome, it can be returned if you like."], True),
        (REFUSAL, [CANNOT, "Actually, I can do it."], False),
        (REFUSAL, [f"{CANNOT} Actually, I can do that for you after all."], False),
        (REFUSAL, [CANNOT, "I was mistaken: it is pending."], False),
        (REFUSAL, [CANNOT, "I cannot cancel it: it is pending."], False),
        (REFUSAL, ["I cannot cancel it: it is pending.", CANNOT], True),
        (REFUSAL, ["I cannot: it is pending.", "I cannot: it is processed.", CANNOT], False),
        (REFUSAL, ["I can do that.", "I was mistaken: I cannot, it is delivered."], True),
        (REFUSAL, [CANNOT, "Actually, I can do it.", CANNOT], True),
        (AMOUNT, ["It was $1,234.50.", "Correction: it was $1,200.50."], False),
        (AMOUNT, ["It was $1,200.50.", "Correction: it was $1,234.50, not $1,200.50."], True),
        (AMOUNT, ["It was $1,234.50.", "Anything else? You have 2 orders."], True),
        (TEXT, ["It is processed.", "My mistake, it is pending."], False),
        (TEXT, ["It is processed.", "The other order has been cancelled."], True),
        (OFF, ["Roaming is off.", "I was wrong, it is on."], False),
        (OFF, ["Roaming is on.", "I was wrong, it is off."], True),
    ],
)  # fmt: skip
def test_what_is_taken_back_is_not_told(retail, due, said, told):
    assert is_told(due, said, retail.others) == told


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (["I cannot cancel it for that reason."], True),
        (["I cannot cancel it for that reason, though it is pending, and was changed already."],
         True),
        (["I cannot: reason, already, delivered, pending, processed, cancelled."], False),
        (["I cannot: it is delivered.", "I cannot: it is pending.", "I cannot: it is processed.",
          "I cannot: it is cancelled.", "I cannot, for that reason."], False),
        (["Your orders are delivered, pending, processed and cancelled.",
          "I cannot cancel it for that reason."], True),
    ],
)  # fmt: skip
def test_who_gives_all_grounds_for_a_refusal_gives_none(retail, said, told):
    assert is_told(REASON, said, retail.others)
    assert is_told(REASON, said, retail.others, retail.grounds) == told
