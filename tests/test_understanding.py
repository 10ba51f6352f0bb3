"""What a scripted user makes of the texts that agents write."""

import pytest

from writ_gym.domains.retail.lexicon import LEXICON
from writ_gym.understanding import (
    is_refusal,
    is_yes,
    mentions_in,
    numbers_in,
    overlap,
    read_agent,
    words_in,
)


def read(text):
    return read_agent(text, LEXICON)


@pytest.mark.parametrize(
    ("text", "slots"),
    [
        ("Could you please provide your email address?", {"email"}),
        ("May I have your full name and your zip code, please?", {"name", "zip"}),
        ("I'll need the order number first.", {"order"}),
        ("Which order would you like me to look at?", {"order"}),
        ("What is the reason for the cancellation?", {"reason"}),
        ("Why do you want to cancel it?", {"reason"}),
        ("Which payment method should I use for the difference?", {"payment"}),
        ("Please tell me the new address.", {"address"}),
        ("Which items do you want to return?", {"items"}),
        ("What color would you prefer? Please tell me which options you want.", {"wish"}),
        ("I can find you by your email address. Could you give me that?", {"email"}),
        ("I need your name and zip code. Please provide both of them.", {"name", "zip"}),
        ("Your order has been cancelled. Please tell me how that suits you.", set()),
        ("Your order has been cancelled.", set()),
        ("Hello! How can I help you today?", set()),
    ],
)
def test_questions_ask_for_slots(text, slots):
    assert slots <= read(text).asks
    assert slots or not read(text).asks


@pytest.mark.parametrize(
    "text",
    [
        "I will cancel order #W1234567. Do you want me to proceed?",
        "Shall I go ahead? (yes/no)",
        "Would you like me to change the address now?",
        "Please confirm that you want to return the lamp.",
        "To go on, please reply with 'yes'.",
        "Is that correct?",
        "Do you confirm?",
    ],
)
def test_a_request_for_a_yes_is_a_proposal(text):
    assert read(text).proposes


@pytest.mark.parametrize(
    "text",
    [
        "Is there anything else you would like me to do?",
        "Can I help you with something else?",
        "Could you please confirm your email address?",
        "Your order has been cancelled.",
        "Hello! How can I help you today?",
    ],
)
def test_other_questions_are_no_proposals(text):
    assert not read(text).proposes


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, but I can't cancel this order because it has been delivered.",
        "Unfortunately this order is not eligible for a return.",
        "I am unable to change the address of a processed order.",
        "That is not possible.",
        "I found nothing wrong: mobile data works.",
        "There is nothing to change: roaming is on already.",
        "I can’t do that.",
    ],
)
def test_refusals_are_refusals(text):
    assert read(text).refuses
    assert is_refusal(text)


@pytest.mark.parametrize(
    "text",
    [
        "Your order #W1234567 has been cancelled.",
        "I've updated your default address.",
        "The exchange has been successfully requested.",
        "All set! The refund goes to your gift card.",
        "The payment method is now your PayPal account.",
    ],
)
def test_reports_are_reports(text):
    assert read(text).reports


@pytest.mark.parametrize(
    "text", ["I've found your account.", "Let me look into that.", "Has it been delivered?"]
)
def test_other_statements_are_no_reports(text):
    assert not read(text).reports


def test_mentions_are_compared_by_what_they_stand_for():
    text = "Order #W1234567 goes to your credit card ending in 4321, TX 77001; by accident."
    assert mentions_in(text, LEXICON) == {
        "order": {"#w1234567"},
        "payment": {"card"},
        "last_four": {"4321"},
        "zip": {"77001"},
        "reason": {"mistake"},
    }


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("It costs $1,234.50 in all.", {1234.5}),
        ("There are 7 items, 2 of them blue.", {7.0, 2.0}),
        ("Order #W1234567, card visa1234.", set()),
        ("You get $-3.00 or −4.", {-3.0, -4.0}),
        ("The balance is $12.", {12.0}),
    ],
)
def test_numbers_are_read_by_value_and_ids_are_none(text, numbers):
    assert numbers_in(text) == numbers


def test_words_count_only_whole_and_numbers_only_in_full():
    assert words_in("A Black lamp, 12.5 inch", ["black", "lack", "12.5", "12", "5"]) == {
        "black",
        "12.5",
    }
    assert words_in("It is $12.30.", ["12.30", "2.30"]) == {"12.30"}


@pytest.mark.parametrize(("text", "agrees"), [
    ("Yes, please.", True), ("yes", True), ("Sure, go ahead", True), ("OK.", True),
    ("No, thank you.", False), ("Wait, is that right?", False), ("Yesterday I ordered it.", False),
])  # fmt: skip
def test_a_yes_is_told_from_everything_else(text, agrees):
    assert is_yes(text) == agrees


def test_overlap_is_the_share_of_words():
    assert overlap("cancel the kettle order", "I can cancel the kettle") == 0.75
    assert overlap("", "anything") == 0.0
