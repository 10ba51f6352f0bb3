"""The phrase grammar: splits that share nothing, registers, and rules that cannot work."""

import pytest

from writ_gym.domains.retail.texts.asking import ASK
from writ_gym.domains.retail.texts.phrases import FRAGMENTS, STATE
from writ_gym.grammar import REGISTERS, Grammar, Style
from writ_gym.seeding import rng_for
from writ_gym.tasks import SPLITS

PLAIN = tuple(f"pattern {letter}" for letter in "abcdefgh")


def said(grammar, rule, style, draws=200, **values):
    rng = rng_for(7)
    return {grammar.say(rule, rng, style, **values) for _ in range(draws)}


def test_splits_share_no_template_and_use_all_of_them():
    grammar = Grammar({"rule": PLAIN}, {})
    found = [said(grammar, "rule", Style(split=split)) for split in SPLITS]
    assert [len(texts) for texts in found] == [6, 1, 1]
    assert set().union(*found) == {text.capitalize() for text in PLAIN}


def test_the_last_templates_are_held_out():
    grammar = Grammar({"rule": PLAIN}, {})
    assert said(grammar, "rule", Style(split="validation")) == {"Pattern g"}
    assert said(grammar, "rule", Style(split="test")) == {"Pattern h"}


def test_a_marked_template_is_used_in_its_register_only():
    grammar = Grammar({"rule": ("(formal) kindly", "(casual)hey", *PLAIN[:6])}, {})
    for register in REGISTERS:
        texts = said(grammar, "rule", Style(register=register))
        assert ("Kindly" in texts, "Hey" in texts) == (register == "formal", register == "casual")


def test_values_fragments_and_optional_parts_are_put_in():
    rules = tuple(f"{letter} {{what}}[ maybe] <part>" for letter in "abcdef")
    grammar = Grammar({"rule": rules}, {"part": ("x{what}", "y<inner>"), "inner": ("z",)})
    texts = said(grammar, "rule", Style(split="test"), what="Q")
    assert texts == {"F Q xQ", "F Q yz", "F Q maybe xQ", "F Q maybe yz"}
    assert {grammar.phrase("part", rng_for(n), what="Q") for n in range(20)} == {"xQ", "yz"}


def test_equal_generators_say_the_same():
    grammar = Grammar({"rule": tuple(f"{t}[ maybe]" for t in PLAIN)}, {})
    first, second = (
        [grammar.say("rule", rng, Style()) for _ in range(50)] for rng in (rng_for(1), rng_for(1))
    )
    assert first == second
    assert len(set(first)) > 5


@pytest.mark.parametrize(
    ("sentences", "fragments", "complaint"),
    [
        ({"rule": PLAIN[:5]}, {}, "'rule' needs at least 6 templates"),
        ({"rule": ("<nowhere>", *PLAIN)}, {}, "There is no rule 'nowhere'"),
        ({"rule": PLAIN}, {"part": ("[<nowhere>]",)}, "There is no rule 'nowhere'"),
        ({"rule": ("(rude) hey", *PLAIN)}, {}, "'rule' names the unknown register 'rude'"),
        (
            {"rule": (*PLAIN[:7], "(terse) h")},
            {},
            "'rule' has no template for 'plain' in each split",
        ),
    ],
)
def test_rules_that_cannot_work_are_refused(sentences, fragments, complaint):
    with pytest.raises(ValueError, match=complaint):
        Grammar(sentences, fragments)


def test_what_is_missing_is_a_key_error():
    grammar = Grammar({"rule": ("{what}",) * 6}, {})
    with pytest.raises(KeyError, match="other"):
        grammar.say("other", rng_for(0), Style())
    with pytest.raises(KeyError, match="what"):
        grammar.say("rule", rng_for(0), Style())


@pytest.mark.parametrize("rules", [ASK, STATE], ids=["ask", "state"])
def test_the_shop_has_enough_templates_and_none_twice(rules):
    assert min(map(len, rules.values())) >= 10
    for rule, templates in rules.items():
        assert len({t.casefold() for t in templates}) == len(templates), rule
    assert all(len(set(templates)) == len(templates) for templates in FRAGMENTS.values())
