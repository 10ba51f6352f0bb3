"""Facts in words, and back: a sentence is read by the choices with which it can be made."""

from functools import partial

import pytest

from writ_gym.phrasing.grammar import REGISTERS, Grammar, Style
from writ_gym.phrasing.speaking import Speaker
from writ_gym.seeding import rng_for
from writ_gym.tasks import SPLITS, Fact


class Teas(Speaker):
    grammar = Grammar(
        {
            "tea": tuple(f"{letter}: <want> {{tea}}." for letter in "ABCDEFGHIJKL"),
            "milk": tuple(f"{{milk}} with {letter}[, please]." for letter in "abcdefghijkl"),
        },
        {"cup": ("a cup of {tea}", "{tea} in a mug"), "hot": ("hot {tea}",)},
    )

    def tell_tea(self, value):
        tea = self.choose((f"{value} tea", f"tea from {value}"))
        return self.say("tea", tea=self.either(partial(self.phrase, "cup", tea=tea),
                                               partial(self.phrase, "hot", tea=tea)))  # fmt: skip

    def tell_both(self, value):
        return f"{self.tell_tea(value)} {self.say('milk', milk=f'{value} milk')}"


def fact(slot, value, text):
    return Fact(slot=slot, value=value, text=text)


def said(slot, value, draws=60):
    for register in REGISTERS:
        for split in SPLITS:
            for n in range(draws):
                yield split, Teas.state("", slot, value, rng_for(n), Style(register, split))


@pytest.mark.parametrize("slot", ["tea", "both"])
def test_what_is_said_is_read_back_for_its_value_and_its_split_alone(slot):
    texts = set(said(slot, "Assam"))
    assert len(texts) > 100
    for split, text in texts:
        assert [each for each in SPLITS if Teas.states("", fact(slot, "Assam", text), each)] == [
            split
        ]
        assert not Teas.states("", fact(slot, "Darjeeling", text), split)


@pytest.mark.parametrize(
    "text",
    [
        "", "I: I want hot Assam tea", "i: I want hot Assam tea.", "I: I want hot tea.",
        "I: I want hot Assam tea. Or not.", "I: I want hot a cup of Assam tea.",
        "I: I do not want hot Assam tea.", "I: I want hot \ue000.",
        "Not I: I want hot Assam tea.",
    ],
)  # fmt: skip
def test_what_cannot_be_said_is_not_read(text):
    assert Teas.states("", fact("tea", "Assam", "I: I want hot Assam tea."), "test")
    assert not Teas.states("", fact("tea", "Assam", text), "test")


def test_a_value_cannot_stand_for_a_choice():
    assert not Teas.states("", fact("tea", "\ue000", "I: I want hot \ue000 tea."), "test")
