"""What a scripted user makes of the texts that agents write."""

import pytest

from writ_gym.domains.airline.lexicon import LEXICON as AIRLINE
from writ_gym.domains.retail.lexicon import LEXICON
from writ_gym.understanding.reading import (
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
        ("May I ask you for the order number and the reason?", {"order", "reason"}),
        ("I have to ask for your zip code, please.", {"zip"}),
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
        "I will cancel order #W1234567 because it is no longer needed. Do you confirm?",
        "I'm about to cancel order #W1234567, as you cannot travel. Shall I proceed?",
        "Would you like me to transfer you to a human agent for that?",
    ],
)
def test_a_request_for_a_yes_is_a_proposal(text):
    assert read(text).proposes
    assert not read(text).refuses
    assert not read(text).transfers


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
        "I am sorry, I cannot help you any further with that.",
        "I cannot do that: order #W1234567 has been cancelled already.",
        "I cannot offer that to members who travel without insurance.",
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
        "I have sent the certificate to you.",
        "I have put the return on its way.",
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
    ("No, thank you.", False),
    ("Please do that.", True), ("Please do that for me.", True), ("Please do not do that.", False),
    ("Please do that for each of my orders.", False),
    ("Wait, is that right?", False), ("Yesterday I ordered it.", False),
])  # fmt: skip
def test_a_yes_is_told_from_everything_else(text, agrees):
    assert is_yes(text) == agrees


def test_overlap_is_the_share_of_words():
    assert overlap("cancel the kettle order", "I can cancel the kettle") == 0.75
    assert overlap("", "anything") == 0.0


NEEDS = """Happy to book that for you! To go on I'll need a few **details**:

1. **Cabin**: basic economy, economy, or business?
2. **Travellers**: first name, last name and date of birth of everybody who flies
3. **Checked bags**: how many?
4. **Insurance**: $30 a person, if you want it
5. **Payment**: which method should I use?

With these I can set everything up."""

SUMMARY = """Here is what I have so far:

- **Reservation:** QW3RT9
- **Reason for the cancellation:** please specify (change of plan, cancelled flight, or other)

Once you confirm, I'll cancel it."""


@pytest.mark.parametrize(
    ("text", "slots"),
    [
        (NEEDS, {"cabin", "passengers", "bags", "insurance", "payment"}),
        (SUMMARY, {"reason"}),
        ("Without your user id I cannot look anything up.", {"user_id"}),
        ("Could you give me the IATA codes, please?", {"trip", "journey"}),
        ("I cannot go any further without your user ID.", {"user_id"}),
        ("In order to cancel a flight to Boston, I need your user ID and reservation ID.",
         {"user_id", "reservation"}),
        ("Kindly share the booking number, and the reason for cancelling.",
         {"reservation", "reason"}),
        ("Please confirm the payment method you'd like me to charge.", {"payment"}),
        ("Would you rather fly in economy or in business class?", {"cabin"}),
        ("Can I have your user ID? It looks like john_doe_1234.", {"user_id"}),
        ("I found two bookings:\n1. AB12CD\n2. EF34GH\nWhich reservation do you mean?",
         {"reservation"}),
    ],
)  # fmt: skip
def test_models_ask_for_several_things_in_lists_and_in_passing(text, slots):
    assert read_agent(text, AIRLINE).asks == slots


@pytest.mark.parametrize(
    "text",
    [
        "Thank you. I have retrieved reservation QW3RT9; one moment, please.",
        "Please note that the fare includes one checked bag.",
        "If you have any other questions about your reservation, feel free to ask!",
        "Your reservation QW3RT9 costs $120, which includes insurance.",
        "You're welcome! Have a pleasant trip.",
        "I can move you to business, for which $80 are charged to your gift card.",
        "Would you like to proceed with changing your flight to HAT012?",
        "Here is the payment method on file. Please confirm that you are ready to go on.",
        "I cannot do that for members who travel without insurance.",
    ],
)
def test_naming_something_is_not_asking_for_it(text):
    assert not read_agent(text, AIRLINE).asks


@pytest.mark.parametrize(
    "text",
    [
        "**Summary**\n- New flight: HAT012\n- Price: $80\n\nWould you like to proceed? (yes/no)",
        "Please confirm if everything looks correct, and I'll go on with the update.",
        "Please confirm the following details:\n- Order: #W1234567\n- Refund: gift card",
        "Could you please confirm this so that I can process the return?",
        "If you would like to proceed with the return, please let me know.",
        "Please confirm the order ID #W1234567, and I will cancel it.",
        "Would you like to proceed with the blue one, or would you prefer to choose another?",
        "I need your explicit confirmation before I change anything.",
        "Would you like to use your gift card for that?",
    ],
)
def test_models_ask_for_a_yes_in_many_words(text):
    assert read(text).proposes


@pytest.mark.parametrize(
    "text",
    [
        "To proceed, I'll need the order ID.",
        "Could you please share the order ID so that I can proceed with the changes?",
        "Please confirm the reason for the cancellation, so I can go ahead.",
        "Please confirm which of these items you would like to return.",
        "Would you like to proceed with any of these options?",
        "Would you like to explore other options?",
        "Would you like me to look for other colours?",
        "Would you like to return or exchange it?",
        "Sounds good! Let me have a look at that.",
        "I can proceed with the exchange once I know the new size.",
        "Which address should I send it to?",
        "Once you confirm the order ID, I can look for another size.",
        NEEDS,
    ],
)
def test_words_of_going_on_are_no_proposal_of_their_own(text):
    assert not read(text).proposes


@pytest.mark.parametrize(
    "text",
    [
        "What would you like to change about it?",
        "Please let me know what changes you would like to make.",
        "Hello, how can I help you today?",
        "Could you give me some more details?",
        "Which of these options suits you?",
        "How exactly can I help you?",
        "Please let me know your preferences.",
        "Would you like me to search for flights on the day after?",
    ],
)
def test_open_questions_leave_it_to_the_user_what_to_say(text):
    assert read(text).open


@pytest.mark.parametrize(
    "text",
    [
        "Is there anything else that I can do for you?",
        "If you need further details, feel free to reach out.",
        "Please give me the order number.",
        "Your order has been cancelled.",
        "It was the first one, and what you want to know is: $75.",
    ],
)
def test_other_questions_are_not_open(text):
    assert not read(text).open


@pytest.mark.parametrize(
    "text",
    [
        "Unfortunately, the small one is out of stock.",
        "There was an issue with the payment.",
        "The gift card balance is not sufficient.",
        "I have to transfer you to a human agent for that.",
    ],
)
def test_what_did_not_work_out_is_a_refusal_too(text):
    assert read(text).refuses


@pytest.mark.parametrize(
    "text",
    [
        "Please note that refunds cannot be sped up.",
        "I can't find an order with that number. Could you check it?",
        "I am unable to continue without your e-mail address.",
        "If you cannot find the number, your name will do.",
        "Unfortunately, I need the order ID for that.",
    ],
)
def test_side_notes_searches_and_missing_details_are_no_refusals(text):
    assert not read(text).refuses


@pytest.mark.parametrize(
    "text",
    [
        "Thank you, your identity has been verified.",
        "I have located your profile.",
        "The order has been delivered.",
        "The reservation was created two days ago.",
        "This order has been cancelled already.",
        "Once this has been cancelled, you get a refund.",
    ],
)
def test_what_was_looked_up_or_has_been_so_is_no_report(text):
    assert not read(text).reports


@pytest.mark.parametrize(
    "text",
    [
        # what is needed, in a list
        "Could you please confirm the following details:\n1. Size: is it small or large?\n"
        "2. Colour: red, or blue?\n3. The number of pieces\nThen I can go on.",
        "This is what I still need:\n- **Cabin**: would you like to book economy or business?\n"
        "- **Insurance**: would you like to add insurance?\nAfter that I can proceed.",
        "I'll need the following details:\n1. Names of the passengers\n2. A method: your gift card "
        "or your Visa\nPlease confirm these details, and tell me whether you want insurance.",
        # values that are to be confirmed
        "Please confirm the details of the lamp you would like to have, and I'll go ahead.",
        "Please confirm the changes you'd like to make.",
        "Please confirm the order id (#W1234567) and the reason for the cancellation.",
        "Please confirm the order ID #W1234567 and provide the reason. Once you confirm, I'll "
        "proceed with the cancellation.",
        # nothing definite
        "Sadly there is none for less. If you would like to go ahead with an exchange for another "
        "model, please let me know!",
        "If you would like to proceed with a return of a different item, please let me know.",
        "Would you like to proceed with any other modifications or need help with something else?",
        "Would you like to proceed with any further changes?",
        "I need to confirm the following details:\n- Order: #W1234567\nIs there anything else?",
    ],
)
def test_a_yes_is_asked_for_only_with_something_definite(text):
    assert not read(text).proposes
    assert not read_agent(text, AIRLINE).proposes


@pytest.mark.parametrize(
    ("text", "slots"),
    [
        ("Would you like to proceed with the refund to your PayPal or a gift card?", {"payment"}),
        ("Shall I refund it to your credit card or to your gift card?", {"payment"}),
        ("Would you like me to cancel the order or return the kettle?", set()),
        ("Should I cancel order #W1234567 or #W7654321?", set()),
        ("Would you like me to proceed with this one, or should I look for others?", set()),
        ("Shall I search for more, or may I go ahead with the return?", set()),
    ],
)
def test_a_question_which_of_two_it_is_to_be_is_no_proposal(text, slots):
    reading = read(text)
    assert reading.chooses
    assert not reading.proposes
    assert slots <= reading.asks


@pytest.mark.parametrize(
    "text",
    [
        "I need to confirm the following details:\n- Order to cancel: #W1234567\n"
        "- Reason: please specify it\nOnce you confirm, I'll proceed.",
        "Please confirm the following details:\n- Order ID: #W1234567\n- Refund to your PayPal.",
        "Would you like to go ahead with the return, or is there anything else?",
        "Shall I go ahead with the return, or is there anything else that I can look up?",
        "Shall I cancel the order or not?",
        "I will return the kettle and the lamp. Do you agree, yes or no?",
        "Here is the change:\n- The size becomes 8.\nPlease confirm the details.",
        "Please confirm the cancellation of order #W1234567.",
    ],
)
def test_details_that_are_told_and_a_question_with_a_way_out_are_proposals(text):
    assert read(text).proposes
    assert not read(text).chooses


def test_what_can_only_be_done_to_more_is_a_refusal():
    assert read("I can only cancel the whole order, not single items.").refuses
    assert not read("I can only do that once. Shall I go ahead?").refuses


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("A refund is not possible.", "without"),
        ("It is a non-refundable ticket.", "without"),
        ("You won't get a refund for it.", "without"),
        ("ABC123 cannot be cancelled for a refund. XYZ789 comes with a full refund.", "refund"),
        ("$300 are refunded to your card.", "refund"),
    ],
)
def test_whether_there_is_a_refund_is_what_is_said_last(text, value):
    assert mentions_in(text, AIRLINE)["refund"] == {value}


@pytest.mark.parametrize(
    "text",
    [
        "- **Travel insurance:** No",
        "**Insurance**: None",
        "Insurance - no",
        "You chose not to purchase travel insurance.",
        "You don't require travel insurance.",
        "You opted out of travel insurance.",
    ],
)
def test_insurance_is_read_without_markup(text):
    assert mentions_in(text, AIRLINE)["insurance"] == {"without"}


def test_stops_and_cards_are_compared():
    found = mentions_in("A nonstop flight, paid with the card ending in 1234.", AIRLINE)
    assert (found["stops"], found["last_four"]) == ({"direct"}, {"1234"})
    assert mentions_in("one-stop flights", AIRLINE)["stops"] == {"one"}


def test_days_passengers_and_cabins_are_compared_however_they_are_written():
    text = "Passengers: Ann Lee, Bo Cho. On May 20th or 2024-05-21, in basic economy, no insurance."
    found = mentions_in(text, AIRLINE)
    assert found["date"] == {"05-20", "05-21"}
    assert found["passenger"] == {"ann lee", "bo cho"}
    assert found["cabin"] == {"basic"}
    assert found["insurance"] == {"without"}
    assert mentions_in("I don't want insurance.", AIRLINE)["insurance"] == {"without"}
    assert mentions_in("I will not take insurance.", AIRLINE)["insurance"] == {"without"}
    assert mentions_in("I want travel insurance.", AIRLINE)["insurance"] == {"with"}


@pytest.mark.parametrize(
    ("text", "slots"),
    [
        ("Why do you want to cancel it?", {"reason"}),
        ("Which order would you like to cancel?", {"order"}),
        ("Which payment method would you like to use?", {"payment"}),
        ("What is the new address you'd like in your profile?", {"address"}),
        ("I have two orders on file: #W5281837 and #W6555949. Which one is it?", {"order"}),
        ("Which of those orders do you want to return, and why do you want to?", {"reason"}),
    ],
)
def test_a_question_for_a_value_is_no_proposal(text, slots):
    reading = read(text)
    assert slots <= reading.asks
    assert not reading.proposes


def test_a_proposal_may_ask_first_whether_there_is_more_to_it():
    text = "I can change the lamp for $5. Is there any other item, or may I go ahead?"
    assert read(text).proposes


@pytest.mark.parametrize(
    "text",
    [
        "There are no overdue bills, so I can resume it. Shall I go ahead?",
        "There are no other fees. Do you confirm?",
        "No problems were found.",
    ],
)
def test_what_does_not_stand_in_the_way_is_no_refusal(text):
    assert not read(text).refuses


@pytest.mark.parametrize("text", ["That's been updated.", "It's now been changed."])
def test_short_reports_report(text):
    assert read(text).reports
