"""What a retail user gets wrong at first."""

import pytest

from writ_gym.domain import load_domain
from writ_gym.domains.retail.mistakes import mistake
from writ_gym.domains.retail.texts import faithful
from writ_gym.phrasing.grammar import Style
from writ_gym.sampling.sampler import TaskSampler
from writ_gym.seeding import rng_for
from writ_gym.tasks import Fact, Request, SamplerConfig

REQUEST = Request(intent="cancel_order", text="Cancel an order.")


def fact(slot, value, text):
    return Fact(slot=slot, value=value, text=text)


@pytest.mark.parametrize("order_id", ["#W1234567", "#W1111111", "#W9999999"])
def test_an_order_id_gets_other_digits(order_id):
    right = fact("order", {"id": order_id}, f"It is order {order_id}.")
    for seed in range(20):
        wrong = mistake(Style(), REQUEST, right, rng_for(seed))
        assert wrong.value["id"] != order_id
        assert len(wrong.value["id"]) == len(order_id)
        assert wrong.text == f"It is order {wrong.value['id']}."


def test_a_reason_becomes_the_other_accepted_one():
    right = fact("reason", "no longer needed", "I no longer need it.")
    wrong = mistake(Style(), REQUEST, right, rng_for(0))
    assert wrong.value == "ordered by mistake"
    assert faithful("reason", wrong.value, wrong.text) is None
    assert faithful("reason", right.value, wrong.text) is not None


def test_a_stated_address_gets_another_house_number():
    address = {"address1": "12 Oak Road", "city": "Reno", "zip": "89501"}
    right = fact("address", {"given": address}, "It is 12 Oak Road, Reno, NV 89501, USA.")
    wrong = mistake(Style(), REQUEST, right, rng_for(0))
    number = wrong.value["given"]["address1"].split()[0]
    assert number != "12"
    assert wrong.value["given"] == {**address, "address1": f"{number} Oak Road"}
    assert wrong.text == f"It is {number} Oak Road, Reno, NV 89501, USA."


def test_the_cheapest_becomes_the_most_expensive():
    wish = {"price": "lowest", "rank": 1, "one_of": {}, "none_of": {}}
    right = fact("wish", {"Kettle": wish}, "For the Kettle, I want the cheapest one in stock.")
    wrong = mistake(Style(), REQUEST, right, rng_for(0))
    assert wrong.value == {"Kettle": {**wish, "price": "highest"}}
    assert faithful("wish", wrong.value, wrong.text) is None
    assert faithful("wish", right.value, wrong.text) is not None


CHEAPEST = {"scope": "all", "where": [], "by": "total", "extreme": "lowest", "rank": 1}


@pytest.mark.parametrize(
    ("slot", "value", "wrong"),
    [
        ("order", CHEAPEST, CHEAPEST | {"extreme": "highest"}),
        ("order", CHEAPEST | {"rank": 3}, CHEAPEST),
        ("payment", {"paid_for": CHEAPEST | {"rank": 2}}, {"paid_for": CHEAPEST}),
        ("address", {"sent_to": CHEAPEST}, {"sent_to": CHEAPEST | {"extreme": "highest"}}),
        ("order", {"beside": CHEAPEST, "step": 1},
         {"beside": CHEAPEST | {"extreme": "highest"}, "step": 1}),
    ],
)  # fmt: skip
def test_what_comes_first_becomes_what_comes_last_and_what_comes_later_the_first(
    slot, value, wrong
):
    right = fact(slot, value, "It is that one.")
    request = Request(intent="change_order_payment", text="Change an order.")
    found = mistake(Style(), request, right, rng_for(0))
    assert found.value == wrong
    assert faithful(slot, wrong, found.text) is None
    assert faithful(slot, value, found.text) is not None


@pytest.mark.parametrize(
    ("slot", "value"),
    [
        ("order", {"where": [{"attribute": "status", "test": "is", "value": "pending"}]}),
        ("reason", "found it cheaper elsewhere"),
        ("address", {"profile": True}),
        ("address", {"given": {"address1": "Oak Road"}}),
        ("payment", {"kind": "original"}),
        ("wish", {"Kettle": {"options": {"color": "white"}}}),
    ],
)
def test_other_facts_cannot_be_got_wrong(slot, value):
    assert mistake(Style(), REQUEST, fact(slot, value, "Oak Road."), rng_for(0)) is None


def test_a_mistake_differs_in_value_and_text_and_in_nothing_else():
    tasks = TaskSampler(load_domain("retail"), SamplerConfig()).tasks(1, 40)
    made = 0
    for request in (request for task in tasks for request in task.scenario.requests):
        for right in request.facts:
            wrong = mistake(Style(), request, right, rng_for(3, request.text))
            if wrong is not None:
                made += 1
                assert wrong.text != right.text
                assert wrong.value != right.value
                assert faithful(wrong.slot, wrong.value, wrong.text) is None
                same = {"value": right.value, "text": right.text}
                assert wrong.model_copy(update=same) == right
    assert made > 20
