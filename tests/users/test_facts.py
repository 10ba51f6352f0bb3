"""Which facts a user has said, and which request a proposal is about."""

import pytest

from writ_gym.domains.retail.lexicon import LEXICON
from writ_gym.tasks import Fact, Request, Scenario
from writ_gym.users.facts import FactTracker, Key, compare, overdone

EMAIL = Fact(slot="email", value="a@b.c", text="My e-mail address is a@b.c.")
EARLIER = Fact(slot="address", value={}, text="Please make it 12 Oak Road, Reno, NV 89501, USA.")
ADDRESS = EARLIER.model_copy(
    update={"text": "Please make it 112 Oak Road, Reno, NV 89501, USA.", "earlier": EARLIER}
)
REASON = Fact(slot="reason", value="no longer needed", text="I no longer need it.")
ORDER = Fact(slot="order", value={"id": "#W1111111"}, text="It is order #W1111111.")
MOVE = Request(intent="change_address", text="Send it elsewhere.", facts=(ORDER, ADDRESS))
CANCEL = Request(intent="cancel", text="Cancel an order.", facts=(REASON,))
OTHER = Request(intent="cancel", text="Cancel another one.", facts=(REASON,))
SCENARIO = Scenario(identity=(EMAIL,), requests=(MOVE, CANCEL, OTHER), seed=0)


def heard(*turns):
    tracker = FactTracker(SCENARIO)
    for turn in turns:
        tracker.hear(turn)
    return tracker


def test_a_fact_is_said_in_the_turn_that_first_has_its_text():
    tracker = heard("Hi.", f"{EMAIL.text} {MOVE.text} {ORDER.text}", f"{EMAIL.text} {ADDRESS.text}")
    assert tracker.turns == 3
    assert tracker.stated(0) == 1
    assert tracker.said(Key(None, "email")) == 1
    assert tracker.said(Key(0, "order")) == 1
    assert tracker.said(Key(0, "address")) == 2
    assert tracker.unsaid(0) == []


def test_what_was_not_said_is_listed():
    tracker = heard(f"{MOVE.text} {ORDER.text}")
    assert tracker.unsaid(None) == [EMAIL]
    assert tracker.unsaid(0) == [ADDRESS]
    assert tracker.stated(1) is None


def test_a_fact_of_a_request_that_was_not_stated_is_not_said():
    assert heard(REASON.text).said(Key(1, "reason")) is None


def test_a_turn_with_two_requests_tells_their_facts_apart():
    tracker = heard(f"{CANCEL.text} {OTHER.text} {REASON.text}")
    assert tracker.said(Key(1, "reason")) is None
    assert tracker.said(Key(2, "reason")) == 0
    tracker.hear(REASON.text)
    assert tracker.said(Key(1, "reason")) == 1


def test_an_earlier_value_is_outstanding_until_it_is_corrected():
    tracker = heard(f"{MOVE.text} {EARLIER.text}")
    assert tracker.outstanding() == [Key(0, "address")]
    assert tracker.current(0)["address"] == EARLIER
    tracker.hear(ADDRESS.text)
    assert tracker.outstanding() == []
    assert tracker.current(0)["address"] == ADDRESS
    assert tracker.fact(Key(0, "address")) == ADDRESS
    assert (tracker.mistaken(Key(0, "address")), tracker.said(Key(0, "address"))) == (0, 1)


@pytest.mark.parametrize(
    ("proposal", "wrong"),
    [
        ("I send #W1111111 to 112 Oak Road, Reno, NV 89501.", []),
        ("I send #W1111111 to 12 Oak Road, Reno, NV 89501.", ["address"]),
        ("I send #W2222222 to 112 Oak Road, Reno, NV 89501.", ["order"]),
        ("I send it elsewhere.", []),
    ],
)
def test_a_proposal_with_other_values_is_contradicted(proposal, wrong):
    assert compare(MOVE, proposal, LEXICON)[1] == wrong


def test_a_proposal_is_most_like_the_request_that_it_repeats():
    proposal = "I send #W1111111 to 112 Oak Road, Reno, NV 89501."
    likeness = [compare(request, proposal, LEXICON)[0] for request in (MOVE, CANCEL)]
    assert likeness[0] > likeness[1]
    assert likeness[0].identity == 1


def test_a_proposal_that_leaves_the_order_out_is_less_like_a_request_about_it():
    assert compare(MOVE, "I send it to 112 Oak Road.", LEXICON)[0].identity == -1


TOASTER = Request(
    intent="return_items",
    text="I want to return something.",
    facts=(ORDER, Fact(slot="items", value={"names": ["Toaster"]}, text="I mean the Toaster.")),
)
LAMP = TOASTER.model_copy(
    update={
        "facts": (
            Fact(slot="items", value={"names": ["Floor Lamp"]}, text="It is the Floor Lamp."),
        )
    }
)
ANY = TOASTER.model_copy(update={"facts": (ORDER,)})


@pytest.mark.parametrize(
    ("requests", "text", "slots"),
    [
        ([TOASTER], "I can return the Toaster of #W1111111. OK?", set()),
        ([TOASTER], "I can return the Toaster and the Floor Lamp. OK?", {"items"}),
        ([TOASTER], "I can return the Toaster of #W1111111 and of #W2222222. OK?", {"order"}),
        ([TOASTER, LAMP], "I can return the Toaster and the Floor Lamp. OK?", set()),
        (
            [TOASTER, LAMP],
            "I can return the Toaster, the Floor Lamp and the Webcam. OK?",
            {"items"},
        ),
        ([TOASTER, ANY], "I can return the Toaster and the Floor Lamp. OK?", set()),
        ([TOASTER], "The Floor Lamp has been returned. I can return the Toaster, OK?", set()),
        ([TOASTER], "I cannot return the Floor Lamp. I can return the Toaster, OK?", set()),
        ([TOASTER], "I can return the Toaster, but not the Floor Lamp. OK?", set()),
        ([], "I can return the Toaster. OK?", set()),
    ],
)
def test_what_a_proposal_names_besides_is_found_unless_another_request_can_want_it(
    requests, text, slots
):
    assert overdone(requests, text, LEXICON) == slots
