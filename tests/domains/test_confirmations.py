"""A user says yes to what it has asked for, however it is worded, and to nothing else."""

from collections import Counter

import pytest

from writ_gym.coroutines import finish
from writ_gym.understanding.deeds import TRANSFER
from writ_gym.understanding.reading import is_yes, read_agent
from writ_gym.users.behaviours.phrases import WAIT
from writ_gym.users.wording import agrees

WORDINGS = (
    "I can {do}. Shall I go ahead? (yes/no)",
    "I will {do}. Do you confirm?",
    "I'm about to {do}. Shall I proceed?",
    "So I'd {do}. OK?",
    "I'd {do}, okay?",
    "I am going to {do}. Do I have your go-ahead?",
    "I will now {do}. Could I get your approval?",
    "I'd like to {do}. Sound good?",
    "I'll {do}. Can you confirm?",
    "I'll {do}. Please confirm.",
    "I would {do}. Are you happy with that?",
    "I will {do}. Type yes to proceed.",
    "I will {do}. Ok to proceed?",
    "I will {do}; may I do that?",
    "I'll {do}. Is that all right with you?",
    "I'll {do}. Does that work for you?",
    "I'm going to {do}. Would that be okay?",
    "I will {do}. Correct?",
    "Just to be sure, I will {do}. Is that right?",
    "I can {do}. Let me know if you want me to proceed with this.",
    "I could {do}. Agreed?",
    "I will {do}. Do you consent to this?",
    "I will {do}. Please give me the green light.",
    "I'd {do}. Is that what you want?",
    "With your permission, I will {do}.",
    "If you agree, I will {do}.",
    "Would you like me to {do}?",
    "Do you want me to {do}?",
    "Shall I {do}?",
    "Should I {do}?",
    "May I {do}?",
    "Is it okay if I {do}?",
    "So you want me to {do}, right?",
    "Please confirm that you would like me to {do}.",
    "**Summary**\n- I will {do}.\n\nDo you agree? (yes/no)",
    "I can {do}. Want me to push that through?",
    "I'll {do}. Want me to?",
    "Want me to {do}?",
    "Mind if I {do}?",
    "Are you ready for me to {do}?",
    "Am I right that you want me to {do}?",
    "I will {do}. Ready for me to submit it?",
    "I can {do}. How does that sound?",
    "I'll {do}. Just say the word and I'll do it.",
    "I need your explicit yes: I will {do}.",
    "I can {do}. Is that something you'd like me to do?",
    "I will {do}. Your confirmation, please.",
    "I will {do}. Please let me know if this is correct.",
    "I will {do}. If that's okay, I'll go ahead.",
    "I can {do}. Is it alright to proceed?",
    "I can {do}. Let me know, and I'll get it done.",
    "I can {do}. Let me know if that works for you.",
)
"""How agents ask for a yes; the first thing they say is what they are going to do."""
ADDRESS = (
    "New address: {address}. Correct?",
    "Should the new address be {address}?",
    "Is {address} the right address?",
    "The new address will be {address}; may I save it?",
)
"""Likewise, where all that is named is an address."""


def address_of(arguments):
    named = [arguments[key] for key in ("address1", "address2", "city")]
    return f"{', '.join(part for part in named if part)}, {arguments['state']} {arguments['zip']}"


def names_of(passengers):
    return " and ".join(f"{each['first_name']} {each['last_name']}" for each in passengers)


def flights_of(flights):
    return " and ".join(f"{each['flight_number']} on {each['date']}" for each in flights)


def number_of(db, a):
    return db.lines.get(a["line_id"]).phone_number


DO = {
    "cancel_pending_order": (
        "cancel your order {order}, because it is {reason}",
        "cancel the order with the number {order} and refund the money to you",
        "proceed with the cancellation of order {order}",
    ),
    "modify_pending_order_address": (
        "change the shipping address of order {order} to {address}",
        "ship order {order} to {address} instead",
        "update the address on your pending order {order}; it becomes {address}",
    ),
    "modify_pending_order_items": (
        "change {old} in order {order} for {new}",
        "replace item {old} of your pending order {order} with {new}",
        "modify the items of order {order}: {old} becomes {new}",
    ),
    "modify_pending_order_payment": (
        "switch the payment method of order {order} to {payment}",
        "charge the total of order {order} to {payment}",
        "change how order {order} is paid, using {payment} as the new payment method",
    ),
    "return_delivered_order_items": (
        "return {old} of order {order} and refund the money to {payment}",
        "process the return of item {old} from order {order}, with a refund to {payment}",
    ),
    "exchange_delivered_order_items": (
        "exchange {old} of order {order} for {new}",
        "submit an exchange of item {old} in order {order} for item {new}",
    ),
    "modify_user_address": (
        "set your default address to {address}",
        "update your profile so that your default address is {address}",
        "save {address} as the default address of your account",
    ),
    "book_reservation": (
        "book {route} in {cabin} for {names}",
        "make a reservation for {names} on {route} in {cabin}",
    ),
    "cancel_reservation": (
        "cancel your reservation {trip}",
        "proceed with the cancellation of reservation {trip}",
    ),
    "update_reservation_flights": (
        "change reservation {trip} to {route} in {cabin}",
        "rebook reservation {trip} on {route} in {cabin}",
        "update the flights of {trip} to {route}, in {cabin}",
    ),
    "update_reservation_baggages": (
        "update reservation {trip} to {total_baggages} checked bags",
        "set the checked baggage of reservation {trip} to {total_baggages}",
    ),
    "update_reservation_passengers": (
        "change the passengers of reservation {trip} to {names}",
        "update the passenger list on {trip}, which will be {names}",
    ),
    "send_certificate": (
        "send you a travel certificate over ${amount}",
        "issue a ${amount} certificate as compensation",
    ),
    "suspend_line": ("suspend line {line}", "put line {line} on hold"),
    "resume_line": ("lift the suspension of line {line}", "reactivate line {line}"),
    "send_payment_request": (
        "send you a payment request for bill {bill_id}",
        "send a request to you with which you can pay bill {bill_id}",
    ),
    "refuel_data": (
        "refuel {gb_amount} GB on line {line}",
        "add {gb_amount} GB of data to line {line}",
        "top up line {line} with {gb_amount} GB",
    ),
    "enable_roaming": ("turn on roaming for line {line}", "enable roaming on {line}"),
    "disable_roaming": ("turn off roaming for line {line}", "switch roaming off for {line}"),
}
"""What an agent says that it is going to do, by its write."""


def done(said, write, ways=DO):
    """Return ways to say what a write does."""
    words = dict(write.arguments)
    if "address1" in words:
        words["address"] = address_of(words)
    if "flights" in words:
        words |= {"route": flights_of(words["flights"])}
        words["cabin"] = words["cabin"].replace("_", " ")
    if "passengers" in words:
        words["names"] = names_of(words["passengers"])
    if "line_id" in words:
        words["line"] = said.world.db.lines.get(words["line_id"]).phone_number
    words["order"], words["trip"] = words.get("order_id"), words.get("reservation_id")
    words["old"], words["new"] = words.get("item_ids", [""])[0], words.get("new_item_ids", [""])[0]
    words["payment"] = words.get("payment_method_id")
    return [each.format(**words) for each in ways[write.name]]


def proposable(said):
    """Return requests that come to one write of the agent, at most three of each intent."""
    found, kept = Counter(), []
    for request, outcome in said.proposals:
        name = outcome.writes[0].name
        if len(outcome.writes) == 1 and name in DO and found[request.intent, name] < 3:
            found[request.intent, name] += 1
            kept.append((request, outcome.writes[0]))
    return kept


NOUNS = {
    "cancel_pending_order": ("cancellation of order {order}",),
    "return_delivered_order_items": ("return of item {old} from order {order}",),
    "exchange_delivered_order_items": ("exchange of item {old} for item {new} in order {order}",),
    "modify_pending_order_payment": ("payment method change of order {order} to {payment}",),
    "book_reservation": ("booking of {route} in {cabin} for {names}",),
    "cancel_reservation": ("cancellation of reservation {trip}",),
    "send_certificate": ("travel certificate over ${amount}",),
    "suspend_line": ("suspension of line {line}",),
    "resume_line": ("reactivation of line {line}",),
    "enable_roaming": ("activation of roaming for line {line}",),
}
"""What an agent is going to do, as a noun, by its write."""


@pytest.mark.parametrize(
    "wording",
    [
        "Shall I action the {do}?",
        "Want me to push the {do} through?",
        "May I initiate the {do}?",
        "Should I kick off the {do}?",
        "Would you like to go ahead with the {do}?",
        "Please confirm the {do}.",
        "I'd like to submit the {do}. Do I have your okay?",
    ],
)
def test_users_agree_to_the_noun_of_what_is_right_after_any_verb(said, wording):
    lexicon = said.domain.lexicon
    drawn = [each for each in proposable(said) if each[1].name in NOUNS]
    for request, write in drawn:
        right = wording.format(do=done(said, write, NOUNS)[0])
        assert is_yes(said.answer_to(request, right).text), (request, right)
        for other, strange in drawn[::3]:
            if not lexicon.aims[request.intent] & lexicon.aims[other.intent]:
                text = wording.format(do=done(said, strange, NOUNS)[0])
                assert_declines(said, request, text)


@pytest.mark.parametrize(
    "closing",
    [
        "Is everything okay now?",
        "Is there anything else?",
        "Does that work?",
        "Does that help?",
        "Are you happy with that?",
        "Does everything look good now?",
        "Could you confirm that everything is in order?",
        "Can you confirm that this resolves your request?",
        "Okay?",
        "All good?",
        "Shall I close this conversation?",
        "Is that all for today?",
        "Have a great day!",
    ],
)
def test_who_is_asked_whether_what_was_done_is_well_is_done_with_it(said, closing):
    drawn = [each for each in said.proposals if each.outcome.writes and not each.outcome.reason]
    ended = 0
    for request, outcome in drawn[:40]:
        user = said.user(request)
        if is_yes(finish(user.respond(outcome.statement)).text):
            answer = finish(user.respond(f"{outcome.report} {closing}"))
            assert answer.end, (request, outcome.report, answer.text)
            assert not is_yes(answer.text)
            ended += 1
    assert ended > 20


def test_what_is_proposed_along_with_a_report_is_not_agreed_to_unheard(said):
    lexicon, drawn = said.domain.lexicon, proposable(said)
    for request, write in drawn[::3]:
        for other, strange in drawn[::5]:
            if not lexicon.aims[request.intent] & lexicon.aims[other.intent]:
                user = said.user(request)
                finish(user.respond(f"I can {done(said, write)[0]}. Shall I go ahead?"))
                text = f"That has been changed. Shall I also {done(said, strange)[0]}?"
                assert not is_yes(finish(user.respond(text)).text), (request, text)


@pytest.mark.parametrize(
    "question", ["Is everything okay now?", "Are you satisfied with that?", "Has that resolved it?"]
)
def test_who_has_an_answer_and_is_asked_whether_it_will_do_leaves(said, question):
    for request, outcome in said.all:
        if request.answer == "information" and not (outcome.reason or outcome.hand_over):
            answer = said.answer_to(request, f"{outcome.statement} {question}")
            assert answer.end, (request, answer.text)


def test_every_intent_has_its_aims(said):
    lexicon = said.domain.lexicon
    assert {intent.name for intent in said.domain.intents} == lexicon.aims.keys()
    named = lexicon.deeds.keys() | {TRANSFER}
    assert named >= frozenset().union(*lexicon.aims.values(), *lexicon.along.values())


@pytest.mark.parametrize("wording", WORDINGS)
def test_users_agree_to_what_is_right_in_any_words(said, wording):
    for request, write in proposable(said):
        for do in done(said, write):
            text = wording.format(do=do)
            answer = said.answer_to(request, text)
            assert is_yes(answer.text), (request, text, answer.text)
            assert agrees(answer.text)
            assert not answer.end


@pytest.mark.parametrize("wording", WORDINGS)
def test_users_refuse_another_kind_of_write_in_any_words(said, wording):
    lexicon, drawn, asked = said.domain.lexicon, proposable(said), 0
    for request, own in drawn:
        for other, write in drawn[::2]:
            if write.name == own.name or lexicon.aims[request.intent] & lexicon.aims[other.intent]:
                continue
            for do in done(said, write):
                assert_declines(said, request, wording.format(do=do))
                asked += 1
    assert asked > 50


@pytest.mark.parametrize("wording", WORDINGS)
def test_users_refuse_another_record_in_any_words(said, wording):
    lexicon, drawn, asked = said.domain.lexicon, proposable(said), 0
    for request, own in drawn:
        named = [f.text for f in request.facts if f.literal and f.slot in lexicon.identifying]
        for _, write in drawn:
            text = wording.format(do=done(said, write)[0])
            if write.name == own.name and named and write.arguments != own.arguments:
                if any(str(value) in named[0] for value in write.arguments.values()):
                    continue
                assert_declines(said, request, text)
                asked += 1
    assert asked


def assert_declines(said, request, *texts):
    answer = said.answer_to(request, *texts)
    assert not is_yes(answer.text), (request, texts, answer.text)
    assert not agrees(answer.text)
    assert not answer.end
    assert request.text in answer.text


@pytest.mark.parametrize("bare", ["Shall I go ahead?", "Do you agree?", "OK?", "Do you confirm?"])
def test_a_bare_question_stands_for_the_proposal_before_it(said, bare):
    lexicon, drawn = said.domain.lexicon, proposable(said)
    for request, write in drawn:
        right = f"I can {done(said, write)[0]}."
        assert is_yes(said.answer_to(request, right, bare).text), (request, right)
        for other, strange in drawn[::4]:
            if not lexicon.aims[request.intent] & lexicon.aims[other.intent]:
                assert_declines(said, request, f"I can {done(said, strange)[0]}.", bare)


@pytest.mark.parametrize(
    "text",
    [
        "I will charge you $500. Do you agree?",
        "I will delete your account. Shall I go ahead?",
        "I'd send you a letter with our newest offers. OK?",
    ],
)
def test_nobody_agrees_to_what_nobody_asks_for(said, text):
    for each in said.all[:200]:
        answer = said.answer_to(each.request, text)
        assert not is_yes(answer.text), (each.request, answer.text)
        assert not answer.end


@pytest.mark.parametrize(
    "text",
    [
        "Shall I transfer you to a human agent?",
        "Would you like me to connect you with a human agent?",
        "Do you want to be transferred to a human representative?",
    ],
)
def test_an_offer_to_hand_over_is_answered_as_the_request_has_it(said, text):
    aims = said.domain.lexicon.aims
    for each in said.all[:200]:
        answer = said.answer_to(each.request, text)
        assert is_yes(answer.text) == (TRANSFER in aims[each.request.intent]), each.request
        assert not answer.end


@pytest.mark.parametrize("wording", ADDRESS)
def test_an_address_alone_is_agreed_to_if_it_is_the_one(said, wording):
    if said.domain.name != "retail":
        pytest.skip("Only the shop has addresses.")
    drawn = [each for each in proposable(said) if "address1" in each[1].arguments]
    known = [each for each in drawn if each[0].facts[-1].literal]
    for request, write in known:
        for _, other in drawn:
            text = wording.format(address=address_of(other.arguments))
            is_right = address_of(other.arguments) == address_of(write.arguments)
            assert is_yes(said.answer_to(request, text).text) == is_right, (request, text)


@pytest.mark.parametrize(
    "text",
    [
        "I can look it up for you, OK?",
        "Can I look at your profile first?",
        "I will now check what there is. Is that okay?",
        "May I proceed to check your account?",
        "Could you please hold on while I check that?",
        "Let me check that for you. Shall I go ahead?",
    ],
)
def test_an_agent_may_look_things_up_and_that_is_no_yes_to_a_write(said, text):
    for each in said.all[:100]:
        answer = said.answer_to(each.request, text)
        assert is_yes(answer.text), (each.request, answer.text)
        assert not answer.end
    reading = read_agent(text, said.domain.lexicon)
    assert reading.offers_look
    assert not reading.proposes


@pytest.mark.parametrize(
    "text", ["Let me check that for you. One moment please.", "I'll look into it. Please hold on."]
)
def test_who_looks_something_up_has_answered_nothing(said, text):
    for each in said.all[:100]:
        answer = said.answer_to(each.request, text)
        assert answer.text in WAIT, (each.request, answer.text)
        assert not answer.end


MORE_THAN_LOOKS = {
    "retail": "Shall I check the order and then cancel it?",
    "airline": "Let me check that. I will cancel your reservation, OK?",
    "telecom": "I can look for your bill and then suspend the line. Do you agree?",
}


def test_who_does_more_than_look_proposes(said):
    reading = read_agent(MORE_THAN_LOOKS[said.domain.name], said.domain.lexicon)
    assert reading.proposes
    assert not reading.offers_look
