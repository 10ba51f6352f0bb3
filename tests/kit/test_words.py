"""Words of kinds: said in many ways, read back, and nothing else taken for them."""

from sys import modules

import numpy as np
import pytest

from writ_gym.kit.identity import misread_id
from writ_gym.mistakes import misread
from writ_gym.phrasing.grammar import Style
from writ_gym.seeding import rng_for
from writ_gym.tasks import Fact, Request
from writ_gym.understanding.reading import read_agent

OVER = [{"attribute": "pages", "test": "over", "value": 300}]
UNDER = [{"attribute": "pages", "test": "under", "value": 300}]
ALL = {"among": "all"}
VALUES = [
    ("card", "5123-4567", "5123-4568"),
    ("email", "a.b@example.com", "a.c@example.com"),
    ("matter", "room", "printer"),
    ("loan", {"id": "L20001"}, {"id": "L20002"}),
    ("book", {**ALL, "where": OVER, "of": "A B"}, {**ALL, "where": UNDER, "of": "A B"}),
    ("book", {**ALL, "by": "year", "of": "A B"}, {**ALL, "by": "year", "of": "A C"}),
    ("loan", {"by": "due", "among": "all"}, {"by": "due", "among": ["L20001", "L20002"]}),
    ("loan", {"by": "due", "rank": 2, "among": "all"}, {"by": "due", "rank": 1, "among": "all"}),
    ("fee", {**ALL, "by": "amount", "extreme": "lowest"}, {**ALL, "by": "amount"}),
    (
        "fee",
        {"where": [{"attribute": "cause", "test": "is", "value": "lost card"}], "among": "all"},
        {"where": [{"attribute": "cause", "test": "is", "value": "late return"}], "among": "all"},
    ),
]  # fmt: skip


@pytest.fixture
def words(library):
    return modules["library_desk.language"].WORDS


@pytest.mark.parametrize(("slot", "value", "other"), VALUES)
def test_a_fact_is_said_in_many_ways_and_each_says_it_and_nothing_else(words, slot, value, other):
    said = {words.state("", slot, value, rng_for(n), Style()) for n in range(60)}
    assert len(said) > 10
    for text in said:
        fact = Fact(slot=slot, value=value, text=text)
        assert words.states("", fact, "train")
        assert not words.states("", fact, "test")
        assert not words.states("", fact.model_copy(update={"value": other}), "train")
        assert words.faithful(slot, value, text) is None
        assert words.faithful(slot, other, text)
        assert words.faithful(slot, value, f"{text[:-1]}, or not.")


def test_requests_are_said_in_hundreds_of_ways_that_no_two_splits_share(words):
    said = {split: words.grammar.sayings("ask_pay_fee", split) for split in ("train", "test")}
    assert len(said["train"]) > 100
    assert not said["train"] & said["test"]


def test_agents_are_understood_when_they_ask(words):
    for text, slot in (
        ("Which loan do you mean?", "loan"), ("May I have your card number?", "card"),
        ("Could you tell me the fee id?", "fee"), ("What exactly do you need?", None),
    ):  # fmt: skip
        assert slot is None or slot in read_agent(text, words.lexicon).asks
    assert words.lexicon.mentions["loan"].fullmatch("L20001")
    assert words.lexicon.identity_questions[0].endswith("your card number or your e-mail address?")


def test_an_id_is_misread_and_a_description_is_not():
    request = Request(intent="pay_fee", text="Please.")
    fact = Fact(slot="fee", value={"id": "F12345"}, text="It is fee F12345.")
    wrong = misread_id(Style(), request, fact, np.random.default_rng(0))
    assert wrong.value["id"] != "F12345"
    assert sorted(wrong.value["id"]) == sorted("F12345")
    assert wrong.text == f"It is fee {wrong.value['id']}."
    for value in ({"by": "amount", "among": "all"}, {"id": "F11111"}, "room"):
        said = fact.model_copy(update={"value": value})
        assert misread_id(Style(), request, said, np.random.default_rng(0)) is None


def test_only_digits_that_differ_are_swapped_behind_those_that_all_ids_share():
    for seed in range(20):
        wrong = misread("B1001-77", np.random.default_rng(seed), first=2)
        assert wrong == "B1010-77"
    assert misread("AB-11", np.random.default_rng(0)) == "AB-11"
