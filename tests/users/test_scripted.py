"""The scripted user in conversation, from its scenario alone."""

import asyncio

import pytest

from writ_gym.domains.airline import lexicon as airline
from writ_gym.domains.retail.lexicon import LEXICON
from writ_gym.tasks import Fact, Request, Scenario
from writ_gym.understanding.reading import is_yes
from writ_gym.users.goals import Stage
from writ_gym.users.scripted import PATIENCE, ScriptedUser

CANCEL = Request(
    intent="cancel_order",
    text="I want to cancel an order.",
    facts=(
        Fact(slot="order", value={"id": "#W1111111"}, text="It is order #W1111111."),
        Fact(slot="reason", value="no longer needed", text="I no longer need it.", opening=False),
    ),
)
EXCHANGE = Request(
    intent="exchange_items",
    text="I want to exchange something.",
    facts=(
        Fact(slot="order", value={"id": "#W2222222"}, text="It is order #W2222222."),
        Fact(slot="items", value=["Kettle"], text="I want to exchange the Kettle."),
        Fact(
            slot="wish",
            value={},
            text="I want the Kettle with color white, all else as it is.",
            alternatives=("black", "grey", "white"),
        ),
        Fact(slot="payment", value={}, text="Please use my PayPal account.", opening=False),
    ),
)
QUESTION = Request(
    intent="about_order", text="What is the total of order #W1111111?", answer="information"
)
EMAIL = Fact(slot="email", value="a@b.c", text="My e-mail address is a@b.c.", opening=False)
NAME = Fact(slot="name", value="Ann", text="My name is Ann Lee.", opening=False)
ZIP = Fact(slot="zip", value="12345", text="My zip code is 12345.", opening=False)


class Talk:
    """A conversation with a scripted user."""

    def __init__(
        self,
        *requests,
        identity=(NAME, ZIP, EMAIL),
        unknown=(),
        disclosure="staged",
        lexicon=LEXICON,
    ):
        scenario = Scenario(
            identity=identity, unknown=unknown, requests=requests, disclosure=disclosure, seed=1
        )
        self.user = ScriptedUser(scenario, lexicon)
        self.opening = asyncio.run(self.user.open()).text

    def say(self, text):
        return asyncio.run(self.user.respond(text))


def test_the_opening_states_the_first_request_and_its_opening_facts():
    talk = Talk(CANCEL, EXCHANGE)
    assert CANCEL.text in talk.opening
    assert "#W1111111" in talk.opening
    assert "no longer" not in talk.opening
    assert EXCHANGE.text not in talk.opening


def test_all_at_once_opens_with_every_request():
    talk = Talk(CANCEL, EXCHANGE, disclosure="all_at_once")
    assert CANCEL.text in talk.opening
    assert EXCHANGE.text in talk.opening


def test_it_gives_what_is_asked_for_and_no_more():
    talk = Talk(CANCEL)
    assert talk.say("Could you give me your e-mail address?").text == EMAIL.text
    answer = talk.say("And your name and zip code, please?").text
    assert NAME.text in answer
    assert ZIP.text in answer
    assert "no longer" not in answer
    assert "I no longer need it." in talk.say("What is the reason?").text


def test_what_may_be_asked_of_either_of_two_requests_is_said_of_both():
    order = Fact(
        slot="order", value={"id": "#W7777777"}, text="That is order #W7777777.", opening=False
    )
    returned = Request(
        intent="return_items", text="I want to return something.", facts=(order,)
    )  # fmt: skip
    talk = Talk(CANCEL, returned, disclosure="all_at_once")
    first, other = CANCEL.facts[0].text, order.text
    assert talk.say("What is the order number?").text == f"{first} {returned.text} {other}"


RETURN = Request(
    intent="return_items",
    text="I want to return something.",
    facts=(
        Fact(slot="order", value={}, text="It is order #W3333333.", opening=False),
        Fact(slot="items", value=["Lamp"], text="I want to return the Lamp.", opening=False),
        Fact(slot="payment", value={}, text="Please use my gift card.", opening=False),
    ),
)


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("What is the payment method for the return?", "Please use my gift card."),
        (
            "For the exchange, could you tell me the payment method?",
            "Please use my PayPal account.",
        ),
        ("For order #W2222222, which payment method is it?", "Please use my PayPal account."),
    ],
)
def test_a_question_that_names_one_of_several_requests_is_answered_for_that_one(question, told):
    for requests in ((EXCHANGE, RETURN), (RETURN, EXCHANGE)):
        talk = Talk(*requests, disclosure="all_at_once")
        answer = talk.say(question).text
        assert told in answer
        assert answer.count("Please use") == 1


def test_a_question_that_is_asked_again_is_answered_for_the_request_that_it_may_be_about_too():
    for requests in ((EXCHANGE, RETURN), (RETURN, EXCHANGE)):
        talk = Talk(*requests, disclosure="all_at_once")
        assert "PayPal" not in talk.say("What is the payment method for the return?").text
        again = talk.say("What is the payment method for the return?").text
        told = ("my gift card", EXCHANGE.text, "my PayPal account")
        assert [again.index(text) for text in told] == sorted(again.index(text) for text in told)


def test_several_things_that_are_asked_for_are_told_of_one_request():
    talk = Talk(CANCEL, RETURN, EXCHANGE, disclosure="all_at_once")
    answer = talk.say("Could you tell me which items you mean and the payment method?").text
    assert [answer.count(fact.text) for fact in RETURN.facts[1:]] == [1, 1]
    assert not any(fact.text in answer for fact in EXCHANGE.facts)
    talk = Talk(CANCEL, RETURN, disclosure="all_at_once")
    answer = talk.say("Could you tell me the order number and the payment method?").text
    assert answer.index(RETURN.text) < answer.index("#W3333333") < answer.index("my gift card")
    assert "#W1111111" not in answer


def test_what_was_not_said_of_a_closed_request_is_not_said_for_the_one_at_hand():
    talk = Talk(CANCEL, RETURN)
    assert RETURN.text in talk.say("Unfortunately, that order cannot be cancelled.").text
    answer = talk.say("I see. Could you tell me your name and the order number?").text
    assert NAME.text in answer
    assert "#W3333333" in answer
    lost = Talk(EXCHANGE, RETURN)
    lost.say("Unfortunately, that cannot be exchanged.")
    assert lost.say("What is the payment method?").text == "Please use my gift card."


def test_what_it_does_not_know_it_says_and_offers_what_it_knows():
    talk = Talk(CANCEL, identity=(NAME, ZIP), unknown=("email",))
    answer = talk.say("What is your e-mail address?").text
    assert "@" not in answer
    assert NAME.text in answer
    assert ZIP.text in answer


def test_a_right_proposal_is_confirmed_and_a_report_ends_the_conversation():
    talk = Talk(CANCEL)
    turn = talk.say('I will cancel order #W1111111 as "no longer needed". Shall I go ahead?')
    assert turn.text.startswith("Yes")
    assert not turn.end
    assert talk.say("Order #W1111111 has been cancelled.").end


@pytest.mark.parametrize(
    "proposal",
    [
        "I will cancel order #W9999999 as no longer needed. Shall I go ahead?",
        "I will cancel order #W1111111 as ordered by mistake. Shall I go ahead?",
    ],
)
def test_a_proposal_that_contradicts_a_fact_is_declined_with_the_fact(proposal):
    turn = Talk(CANCEL).say(proposal)
    assert turn.text.startswith("No")
    assert CANCEL.text in turn.text
    assert ("#W1111111" in turn.text) or ("no longer need" in turn.text)


def test_another_option_than_the_wanted_one_is_declined():
    talk = Talk(EXCHANGE)
    wrong = "Order #W2222222: the Kettle (color grey) becomes one with color black. Proceed?"
    right = "Order #W2222222: the Kettle (color grey) becomes one with color white. Proceed?"
    assert talk.say(wrong).text.startswith("No")
    assert talk.say(right).text.startswith("Yes")


def test_another_payment_method_than_the_wanted_one_is_declined():
    talk = Talk(EXCHANGE)
    text = "Order #W2222222, Kettle in white, price difference to your credit card. Proceed?"
    assert talk.say(text).text.startswith("No")


def test_it_does_not_leave_between_its_yes_and_the_report():
    talk = Talk(CANCEL)
    talk.say("I will cancel order #W1111111 as no longer needed. Shall I go ahead?")
    assert not talk.say("One moment, please.").end
    assert talk.say("Done, it has been cancelled.").end


def test_a_report_brings_the_next_request():
    talk = Talk(CANCEL, EXCHANGE)
    talk.say("I will cancel order #W1111111 as no longer needed. Shall I go ahead?")
    turn = talk.say("Order #W1111111 has been cancelled. Is there anything else?")
    assert EXCHANGE.text in turn.text
    assert not turn.end


def test_a_proposal_is_matched_with_the_request_that_it_is_about():
    talk = Talk(CANCEL, EXCHANGE, disclosure="all_at_once")
    talk.say("Order #W2222222: the Kettle becomes one in white, paid with PayPal. Proceed?")
    turn = talk.say("The exchange has been requested.")
    assert not turn.end
    assert CANCEL.text in turn.text


def test_a_refusal_is_accepted():
    assert Talk(CANCEL).say("I am sorry, order #W1111111 cannot be cancelled.").end


REFUSED = "I am sorry, order #W3333333 has not been delivered, so it cannot be returned."


def test_a_refusal_closes_the_request_that_it_names_whichever_comes_first():
    talk = Talk(CANCEL, RETURN, disclosure="all_at_once")
    turn = talk.say(REFUSED)
    assert CANCEL.text in turn.text
    assert RETURN.text not in turn.text
    assert talk.say("Shall I cancel order #W1111111, which is no longer needed?").text.startswith(
        "Yes"
    )
    assert talk.say("Order #W1111111 has been cancelled.").end


def test_a_refusal_that_names_nothing_is_of_the_request_whose_turn_it_is():
    turn = Talk(CANCEL, RETURN, disclosure="all_at_once").say("I am sorry, that cannot be done.")
    assert RETURN.text in turn.text
    assert CANCEL.text not in turn.text


@pytest.mark.parametrize(
    "done",
    [
        f"Order #W1111111 has been cancelled. {REFUSED}",
        f"{REFUSED} Order #W1111111 has been cancelled.",
    ],
)
def test_what_was_done_and_what_cannot_be_are_told_in_one_message(done):
    talk = Talk(CANCEL, RETURN, disclosure="all_at_once")
    assert talk.say("Shall I cancel order #W1111111, which is no longer needed?").text.startswith(
        "Yes"
    )
    assert talk.say(done).end


def test_a_refusal_beside_a_proposal_is_accepted_with_the_yes():
    talk = Talk(CANCEL, RETURN, disclosure="all_at_once")
    turn = talk.say(
        f"{REFUSED} I can cancel order #W1111111 as no longer needed. Shall I go ahead?"
    )
    assert turn.text.startswith("Yes")
    assert talk.say("Order #W1111111 has been cancelled.").end


def test_what_a_user_has_agreed_to_and_cannot_be_done_leaves_the_others_as_they_are():
    talk = Talk(CANCEL, RETURN, disclosure="all_at_once")
    talk.say("Shall I cancel order #W1111111, which is no longer needed?")
    turn = talk.say("I am sorry, order #W1111111 cannot be cancelled after all.")
    assert not turn.end
    assert RETURN.text not in turn.text


def test_a_proposal_is_for_one_of_two_requests_unless_it_names_what_only_the_other_has():
    again = RETURN.model_copy(update={"text": "There is something else to be returned."})
    address = RETURN.model_copy(
        update={"intent": "change_order_address", "text": "An order should go elsewhere."}
    )
    for other, told, confirmed in (
        (again, "I can return the Lamp of order #W3333333. Proceed?", 1),
        (address, "I can return the Lamp of order #W3333333 and change its address. Proceed?", 2),
        (
            CANCEL,
            "I can return the Lamp of order #W3333333 and cancel order #W1111111. Proceed?",
            2,
        ),
    ):
        talk = Talk(RETURN, other, disclosure="all_at_once")
        talk.say("Which order, which items and what payment method is it, and what is the reason?")
        assert talk.say(told).text.startswith("Yes")
        assert talk.user._goals.stages.count(Stage.CONFIRMED) == confirmed


def test_a_record_that_was_not_named_yet_is_proposed_for_another_request():
    described = Request(
        intent="return_items",
        text="I want to send something back.",
        facts=(
            Fact(slot="order", value={"by": "placed"}, text="It is my latest one.", literal=False),
            Fact(slot="items", value=["Lamp"], text="I want to return the Lamp."),
        ),
    )
    talk = Talk(described, RETURN, disclosure="all_at_once")
    assert talk.say("I can return the Lamp of order #W3333333. Proceed?").text.startswith("Yes")
    turn = talk.say("The return of the Lamp has been requested.")
    assert not turn.end
    assert RETURN.text in turn.text
    assert described.text not in turn.text


def test_an_offer_of_something_else_is_not_taken():
    talk = Talk(CANCEL)
    turn = talk.say("I can't cancel it. Would you like me to change its address instead?")
    assert turn.end
    assert "Yes" not in turn.text


def test_an_answer_closes_a_question():
    talk = Talk(QUESTION)
    assert not talk.say("Could you give me your e-mail address?").end
    assert talk.say("The total of order #W1111111 is $12.50.").end


def test_a_proposal_that_nobody_asked_for_is_declined():
    talk = Talk(QUESTION)
    talk.say("The total is $12.50.")
    assert talk.say("Shall I cancel it? Please confirm that.").text.startswith("No")


def test_a_transfer_ends_the_conversation():
    assert Talk(CANCEL).say("YOU ARE BEING TRANSFERRED TO A HUMAN AGENT. PLEASE HOLD ON.").end


def test_patience_ends():
    talk = Talk(CANCEL)
    turns = [talk.say("Hello! How can I help you today?") for _ in range(PATIENCE)]
    assert [turn.end for turn in turns] == [False] * (PATIENCE - 1) + [True]


def test_equal_scenarios_talk_equally():
    texts = ["Your e-mail address?", "Hm.", "The reason?", "Shall I cancel #W1111111?"]
    one, two = Talk(CANCEL), Talk(CANCEL)
    assert [one.say(text) for text in texts] == [two.say(text) for text in texts]


def test_a_proposal_is_matched_beyond_the_number_of_shared_words():
    """A short request must not win over a long one for a few common words."""
    short = Request(
        intent="change_default_address",
        text="Please update the address of my account.",
        facts=(Fact(slot="address", value={}, text="I want that of my order.", literal=False),),
    )
    talk = Talk(short, EXCHANGE, disclosure="all_at_once")
    assert talk.say(
        "For your order #W2222222: the Kettle becomes one in white, please say yes. Proceed?"
    ).text.startswith("Yes")
    turn = talk.say("The exchange has been requested.")
    assert short.text in turn.text


@pytest.mark.parametrize(
    ("text", "yes"),
    [
        ("Yes, please.", True),
        ("yes, go ahead...", True),
        ("Finally. Yes, go ahead. No rush.", True),
        ("Thank you so much. Yes.", True),
        ("No, that is not right. Okay?", False),
        ("Wait, I would rather have it otherwise. Sure, I said so.", False),
        ("What does that come to in total?", False),
        ("Before you go ahead: I no longer need it.", False),
        ("", False),
    ],
)
def test_the_first_sentence_with_a_verdict_says_whether_an_answer_is_a_yes(text, yes):
    assert is_yes(text) is yes


SIZE = Fact(slot="wish", value={}, text="I want it in size XL.", opening=False)
CHANGE = Request(
    intent="change_order_items",
    text="I want to change something.",
    facts=(
        Fact(slot="order", value={"id": "#W3333333"}, text="It is order #W3333333."),
        SIZE,
        Fact(slot="payment", value={}, text="Please use my gift card.", opening=False),
    ),
)


def test_a_yes_comes_with_what_the_proposal_asks_for():
    answer = Talk(CANCEL).say(
        "I can cancel order #W1111111. Please confirm if you would like to proceed, and let me "
        "know the reason: no longer needed, or ordered by mistake."
    )
    assert answer.text.startswith("Yes")
    assert "I no longer need it." in answer.text


def test_a_yes_comes_with_wishes_that_the_agent_has_not_heard_yet():
    answer = Talk(CHANGE).say("I will change order #W3333333. Do you want me to go ahead?").text
    assert answer.startswith("Yes")
    assert SIZE.text in answer
    assert "gift card" not in answer


def test_an_open_question_is_answered_with_wishes_not_with_how_to_pay():
    answer = Talk(CHANGE).say("What would you like to change about order #W3333333?").text
    assert SIZE.text in answer
    assert "gift card" not in answer


def test_an_open_question_that_also_asks_for_the_wish_is_answered_with_that_alone():
    question = "Please tell me which options you would like instead and the payment method."
    answer = Talk(CHANGE).say(question).text
    assert SIZE.text in answer
    assert CHANGE.text not in answer


def test_needs_that_are_asked_for_are_given_and_not_agreed_to():
    answer = Talk(CHANGE).say("To proceed, I'll need the new size and a payment method.").text
    assert not is_yes(answer)
    assert SIZE.text in answer
    assert "gift card" in answer


def test_a_request_that_could_not_be_carried_out_after_the_yes_is_not_given_up():
    talk = Talk(CANCEL)
    talk.say("I will cancel order #W1111111 as no longer needed. Shall I go ahead?")
    turn = talk.say("There was an issue with the cancellation, it failed.")
    assert not turn.end
    assert CANCEL.text in turn.text
    assert talk.say("I am sorry, it cannot be cancelled.").end


def test_what_is_left_of_a_request_after_a_partial_refusal_is_agreed_to():
    answer = Talk(CANCEL).say(
        "Unfortunately I cannot speed up the refund. I can cancel order #W1111111 as no longer "
        "needed, though. Would you like to proceed?"
    )
    assert answer.text.startswith("Yes")


def test_a_changed_proposal_after_the_yes_is_looked_at_again():
    talk = Talk(EXCHANGE)
    proposal = "Order #W2222222: the Kettle becomes one in white, paid with {}. Proceed?"
    assert talk.say(proposal.format("PayPal")).text.startswith("Yes")
    assert talk.say(proposal.format("your credit card")).text.startswith("No")


def test_a_question_about_the_next_request_brings_it():
    talk = Talk(CANCEL, CHANGE)
    talk.say("I will cancel order #W1111111 as no longer needed. Shall I go ahead?")
    assert CHANGE.text in talk.say("Which size would you like to have?").text


def test_the_first_word_that_leads_nowhere_is_answered_without_repeating_facts():
    talk = Talk(CANCEL)
    assert "#W1111111" not in talk.say("One moment, I am looking into that.").text
    assert "#W1111111" in talk.say("I am still looking into that.").text


def test_an_unknown_order_is_said_to_be_unknown_with_something_else_about_it():
    watch = Fact(slot="items", value=["Watch"], text="I mean the Watch.", opening=False)
    request = Request(intent="return_items", text="I want to return something.", facts=(watch,))
    answer = Talk(request, unknown=("order",)).say("Could you give me the order number?").text
    assert watch.text in answer
    assert EMAIL.text not in answer


def test_a_proposal_is_not_about_what_it_contradicts_and_hardly_resembles():
    first = Fact(slot="order", value={}, text="It was the first one ever.", literal=False)
    grey = Fact(
        slot="wish", value={}, text="The colour wanted is grey, please.",
        alternatives=("black", "grey"),
    )  # fmt: skip
    broken = Request(intent="a", text="My kettle broke.", facts=(first,))
    other = Request(intent="b", text="Any chance for another one of something?", facts=(grey,))
    talk = Talk(broken, other, disclosure="all_at_once")
    assert is_yes(talk.say("I can exchange it for a black one at $5. Shall I go ahead?").text)


def test_a_proposal_that_fits_a_request_is_not_about_one_for_another_kind_of_write():
    def fact(slot, text):
        return Fact(slot=slot, value={}, text=text)

    names = fact("passengers", "You have Karla Williams down wrongly: the last name is Byrd.")
    who = fact(
        "passengers",
        "Passengers: my saved passenger Karla Williams, Edward Williams from my saved passengers "
        "and Gloria Moreno (date of birth 1953-12-01).",
    )
    trip = fact("trip", "I need to travel from LGA to DEN with one stop and in the shortest time.")
    change = Request(
        intent="change_passengers", text="There is a trip on which others will fly.", facts=(names,)
    )
    booking = Request(intent="book", text="New booking, please.", facts=(who, trip))
    proposal = (
        "The passengers of reservation LN2JGX will be Edward Williams (born 2012-09-15) and Karla "
        "Byrd (born 1994-07-01). Shall I go ahead?"
    )
    for requests in [change, booking], [booking, change]:
        talk = Talk(*requests, disclosure="all_at_once", lexicon=airline.LEXICON)
        assert is_yes(talk.say(proposal).text)
    talk = Talk(booking, disclosure="all_at_once", lexicon=airline.LEXICON)
    assert not is_yes(talk.say(proposal).text)


def test_a_proposal_that_two_requests_can_come_to_is_about_the_one_whose_turn_it_is():
    def fact(slot, text):
        return Fact(slot=slot, value={}, text=text, opening=True)

    cancelling = Request(
        intent="cancel_or_change",
        text="I request the cancellation of a reservation or else a change of its flights.",
        facts=(
            fact("reservation", "The trip is the reservation that I made before the last one."),
            fact(
                "trip",
                "For the way there, I want to leave on the date 2 days before the date that it has "
                "now; from the flights take the one with the lowest fare.",
            ),
            fact("payment", "Settle it with my credit card."),
            fact("reason", "One of the flights does not go, it was cancelled."),
        ),
    )
    compensation = Request(
        intent="compensation",
        text="Is there compensation for what happened to a flight of mine?",
        facts=(
            fact("reservation", "That concerns the only reservation that departs from LAX."),
            fact("claim", "The trouble was that one of the flights was cancelled."),
        ),
    )
    talk = Talk(cancelling, compensation, disclosure="all_at_once", lexicon=airline.LEXICON)
    refund = "refund $430 to the original payment methods"
    proposal = f"I can cancel reservation X72UUJ and {refund}. Shall I go ahead? (yes/no)"
    assert is_yes(talk.say(proposal).text)
    offer = "I can send you a travel certificate over $100. Shall I go ahead?"
    assert is_yes(talk.say(f"Reservation X72UUJ has been cancelled. {offer}").text)


def test_a_conversation_can_be_taken_up_in_the_middle():
    scenario = Scenario(identity=(EMAIL,), requests=(CANCEL, CHANGE), seed=1)
    user = ScriptedUser(scenario, LEXICON)
    said = f"{EMAIL.text} {CANCEL.text} It is order #W1111111."
    user.resume(said, [Stage.CONFIRMED, Stage.WAITING])
    turn = asyncio.run(user.respond("Order #W1111111 has been cancelled. Anything else?"))
    assert CHANGE.text in turn.text


def wanting(intent, *facts):
    """Return a request of an airline's user with facts by slot, of which the first are known."""
    return Request(
        intent=intent,
        text="I want something done about a trip.",
        facts=tuple(Fact(slot=slot, value={}, text=text, opening=opening)
                    for slot, text, opening in facts),
    )  # fmt: skip


REFUNDED = wanting(
    "cancel", ("reservation", "It is ABC123.", True), ("refund", "I want a full refund.", True)
)
NONSTOP = wanting(
    "change_flights",
    ("reservation", "It is ABC123.", True),
    ("trip", "I want a direct flight on May 20.", True),
)


@pytest.mark.parametrize(
    ("terms", "agrees"),
    [
        ("Your reason does not meet the conditions for a refund.", False),
        ("The refund goes to your card.", True),
        ("It was booked yesterday.", True),
    ],
)
def test_whoever_wants_a_refund_agrees_to_no_cancellation_without_one(terms, agrees):
    talk = Talk(REFUNDED, lexicon=airline.LEXICON)
    answer = talk.say(f"I can cancel ABC123. {terms} Would you like me to proceed with that?")
    assert is_yes(answer.text) == agrees


@pytest.mark.parametrize(
    ("text", "agrees"),
    [
        ("None is direct. Shall I look for one-stop flights, or is there anything else?", False),
        ("Shall I check whether there are seats left?", True),
        ("Would you like me to look for flights?", True),
    ],
)
def test_an_offer_to_look_is_accepted_if_it_serves_the_request(text, agrees):
    assert is_yes(Talk(NONSTOP, lexicon=airline.LEXICON).say(text).text) == agrees


def test_a_card_is_known_by_its_last_digits():
    payment = ("payment", "Use my credit card ending in 1234.", True)
    for digits, agrees in ("1234", True), ("5678", False):
        talk = Talk(wanting("add_bags", payment), lexicon=airline.LEXICON)
        offer = f"I will add 1 bag, paid with your credit card ending in {digits}. Shall I proceed?"
        assert is_yes(talk.say(offer).text) == agrees


@pytest.mark.parametrize(
    ("has", "offer", "agrees"),
    [
        ("a Toaster, a Floor Lamp and a Blender", "all these items", False),
        ("a Toaster and a Floor Lamp", "all items", True),
        ("a Toaster, a Floor Lamp and a Blender", "the Toaster and the Floor Lamp", True),
    ],
)
def test_nothing_is_agreed_to_that_is_done_to_more_than_is_wanted(has, offer, agrees):
    items = Fact(slot="items", value=[], text="I mean the Toaster and the Floor Lamp.")
    request = Request(intent="return_items", text="I want to return something.", facts=(items,))
    answer = Talk(request).say(f"Your order has {has}. Shall I return {offer}?").text
    assert is_yes(answer) == agrees


def test_a_single_item_is_not_given_up_for_the_whole_order():
    items = Fact(slot="items", value=[], text="I mean the Kettle.")
    request = Request(intent="cancel_order", text="I want to cancel something.", facts=(items,))
    offer = (
        "I can only cancel the entire order, not single items. Shall I cancel all of it instead?"
    )
    assert not is_yes(Talk(request).say(offer).text)


def test_what_the_agent_cannot_know_yet_comes_before_the_yes():
    condition = ("condition", "It may cost at most $50.", False)
    trip = ("trip", "I want to fly on May 20.", False)
    talk = Talk(wanting("change_flights", trip, condition), lexicon=airline.LEXICON)
    answer = talk.say("I can change your flight to HAT001 on May 19. Shall I go ahead?").text
    assert not is_yes(answer)
    talk = Talk(wanting("change_flights", trip, condition), lexicon=airline.LEXICON)
    proposal = "I can change your flight to HAT001 on May 20 for $40. Shall I go ahead?"
    answer = talk.say(proposal).text
    assert not is_yes(answer)
    assert condition[1] in answer
    assert is_yes(talk.say(proposal).text)


def test_which_of_two_it_is_to_be_is_answered_with_what_is_wanted():
    payment = Fact(slot="payment", value={}, text="The money goes to my PayPal account.")
    request = Request(intent="return_items", text="I want to return it.", facts=(payment,))
    answer = (
        Talk(request)
        .say(
            "Would you like to proceed with the return and a refund to your PayPal or a gift card?"
        )
        .text
    )
    assert not is_yes(answer)
    assert payment.text in answer
    answer = Talk(CANCEL).say("Shall I cancel order #W1111111 or return the Kettle?").text
    assert not is_yes(answer)
    assert CANCEL.text in answer
