"""Requests in other words: kept where they cannot mean anything else, refused otherwise."""

import pytest

from writ_gym.domains.airline.texts import ASKING as AIRLINE
from writ_gym.domains.retail.texts import ASKING as RETAIL
from writ_gym.domains.telecom.texts import ASKING as TELECOM
from writ_gym.phrasing.asking import Asking
from writ_gym.phrasing.grammar import Grammar
from writ_gym.tasks import Fact, Request

DOMAINS = {"retail": RETAIL, "airline": AIRLINE, "telecom": TELECOM}
QUESTIONS = "about_"


def request(kind, text):
    """Return a request of a kind."""
    intent, facts = kind, ()
    for question, slot in (("about_order", "topic"), ("about_product", "product")):
        detail = kind.removeprefix(f"{question}_")
        if detail not in (kind, "s"):
            value = {"figure": detail} if slot == "product" else detail
            intent, facts = question, (Fact(slot=slot, value=value, text="It is this."),)
    answer = "information" if kind.startswith(QUESTIONS) else "action"
    return Request(intent=intent, text=text, facts=facts, answer=answer)


KEPT = [
    ("retail", "cancel_order", "I'd like to have an order of mine cancelled, please."),
    ("retail", "cancel_order", "Hello! Could you help me with the cancellation of a purchase?"),
    ("retail", "cancel_order", "How can I cancel one of my orders?"),
    ("retail", "change_order_address", "I need a different shipping address for an order."),
    ("retail", "change_order_payment", "Could you update the payment method of my order?"),
    ("retail", "exchange_items", "I would love to exchange something that I have received."),
    ("retail", "return_items", "I wish to return something from a delivery, thanks."),
    ("retail", "change_default_address", "Please change the default address of my account."),
    ("retail", "about_order_status", "What’s the status of one of my orders? I wonder."),
    ("retail", "about_order_total", "Could you tell me the total of an order?"),
    ("retail", "about_gift_card", "Please let me know the balance of my gift card."),
    ("airline", "change_flights", "I need different flights for a reservation."),
    ("airline", "cancel", "Would you please cancel a trip for me?"),
    ("telecom", "fix_service", "My phone has no signal, please help me."),
    ("telecom", "lift_suspension", "I want to have a suspension lifted."),
]


@pytest.mark.parametrize(("domain", "kind", "text"), KEPT)
def test_what_clearly_asks_for_the_same_is_kept(domain, kind, text):
    text = text.replace("What’s", "What is")
    assert DOMAINS[domain].wrong(request(kind, text), "test", reworded=True) is None


@pytest.mark.parametrize(("domain", "kind", "text"), KEPT)
def test_what_no_model_has_reworded_is_said_as_the_grammar_does(domain, kind, text):
    assert DOMAINS[domain].wrong(request(kind, text), "test")


@pytest.mark.parametrize(
    ("kind", "text", "why"),
    [
        ("cancel_order", "I do not want to cancel an order.", "says 'not'"),
        ("cancel_order", "I never want to cancel an order.", "says 'never'"),
        ("cancel_order", "I want to cancel an order if it was not sent.", "says 'if'"),
        ("cancel_order", "I want to cancel every order.", "says 'every'"),
        ("cancel_order", "I want to cancel an order or return something.", "says 'or'"),
        ("cancel_order", "I want to cancel an order and a purchase.", "says 'and'"),
        (
            "change_default_address",
            "Please change the default address in my profile, another one, please.",
            "says 'another'",
        ),
        (
            "change_default_address",
            "Please change the default address in my profile and another one.",
            "says 'another'",
        ),
        (
            "change_order_address",
            "Please change the shipping address of an order, new one.",
            "says 'new'",
        ),
        (
            "change_order_payment",
            "Please change the payment method of an order with a different order.",
            "says 'different'",
        ),
        ("cancel_order", "I want to cancel the cancellation of an order.", "just 'cancel'"),
        ("cancel_order", "I want an order cancelled: 7.", "more than words"),
        ("cancel_order", "I want an order cancelled (today).", "more than words"),
        ("cancel_order", "I want to cancel.", "just 'order'"),
        ("cancel_order", "I want an order.", "just 'cancel'"),
        ("cancel_order", "I have an order that is cancelled.", "asks for nothing"),
        ("cancel_order", "I want to return an order.", "just 'cancel'"),
        ("cancel_order", "Could you tell me how to cancel an order?", "says 'tell'"),
        ("about_order_status", "Please tell me the status and the total of an order.", "'and'"),
        ("about_order_total", "Please tell me the status of an order.", "just 'total'"),
        ("cancel_or_return", "Please cancel an order, or else return it.", "is not reworded"),
        ("outside", "I need something special, please.", "is not reworded"),
    ],
)
def test_what_could_mean_something_else_is_refused(kind, text, why):
    assert why in RETAIL.wrong(request(kind, text), "test", reworded=True)


@pytest.mark.parametrize("name", DOMAINS)
def test_words_are_those_of_requests_that_there_are(name):
    asking = DOMAINS[name]
    for kind, groups in asking.words.items():
        assert not asking.grammar.reads(f"ask_{kind}", "Nonsense.", "train")
        assert all(word == word.lower() for group in groups for word in group)


def test_a_domain_needs_no_words():
    grammar = Grammar({"ask_tea": tuple(f"Tea {letter}, please." for letter in "abcdefghijkl")}, {})
    asking = Asking(grammar)
    assert asking.wrong(request("tea", "Tea a, please."), "train") is None
    assert asking.wrong(request("tea", "Tea l, please."), "train")
    assert asking.wrong(request("tea", "I would like tea, please."), "train", reworded=True)
    assert "no such request" in asking.wrong(request("coffee", "Tea a, please."), "train")
