"""The phrase grammar: splits that share nothing, registers, and rules that cannot work."""

import re
from itertools import combinations

import pytest

from writ_gym.domains.airline.texts import ASKING as AIRLINE
from writ_gym.domains.airline.texts import asking as airline
from writ_gym.domains.airline.texts import phrases as airline_phrases
from writ_gym.domains.retail.texts import ASKING as RETAIL
from writ_gym.domains.retail.texts import asking as retail
from writ_gym.domains.retail.texts import phrases as retail_phrases
from writ_gym.domains.telecom.texts import ASKING as TELECOM
from writ_gym.domains.telecom.texts import asking as telecom
from writ_gym.domains.telecom.texts import phrases as telecom_phrases
from writ_gym.phrasing.grammar import MANNERS, REGISTERS, Grammar, Style
from writ_gym.seeding import rng_for
from writ_gym.tasks import SPLITS

GRAMMARS = {
    name: (domain.grammar, [*(f"ask_{kind}" for kind in asks.ASK), *phrases.STATE])
    for name, domain, asks, phrases in (
        ("retail", RETAIL, retail, retail_phrases),
        ("airline", AIRLINE, airline, airline_phrases),
        ("telecom", TELECOM, telecom, telecom_phrases),
    )
}
"""By domain, its grammar and the names of its rules for sentences."""
BLANKS = dict.fromkeys(
    "name zip email order orders reason purpose method address verb items item wish figure test "
    "topic product matter id reservation reservations journey cabin people person data bags "
    "methods amount flight what birth phone record records plan speed turned place claim".split(),
    "this",
)
"""Something for every value."""
PLAIN = tuple(f"pattern {letter}" for letter in "abcdefghijklmn")


def said(grammar, rule, style, draws=200, **values):
    rng = rng_for(7)
    return {grammar.say(rule, rng, style, **values) for _ in range(draws)}


def test_splits_share_no_template_and_use_all_of_them():
    grammar = Grammar({"rule": PLAIN}, {})
    found = [said(grammar, "rule", Style(split=split)) for split in SPLITS]
    assert [len(texts) for texts in found] == [6, 4, 4]
    assert set().union(*found) == {text.capitalize() for text in PLAIN}


def test_the_last_templates_are_held_out():
    grammar = Grammar({"rule": PLAIN}, {})
    for split, letters in (("train", "abcdef"), ("validation", "ghij"), ("test", "klmn")):
        texts = said(grammar, "rule", Style(split=split))
        assert texts == {f"Pattern {letter}" for letter in letters}


def test_a_marked_template_is_used_in_its_register_only():
    grammar = Grammar({"rule": ("(formal) kindly", "(casual)hey", *PLAIN)}, {})
    for register in REGISTERS:
        texts = said(grammar, "rule", Style(register=register))
        assert ("Kindly" in texts, "Hey" in texts) == (register == "formal", register == "casual")


def test_a_marked_fragment_is_used_in_its_register_only():
    rules = tuple(f"<deed> {letter}" for letter in "abcdefghijkl")
    grammar = Grammar({"rule": rules}, {"deed": ("do", "(formal) perform", "<inner>"),
                                        "inner": ("try", "(casual) give a go")})  # fmt: skip
    for register, also in (("plain", set()), ("formal", {"Perform"}), ("casual", {"Give a go"})):
        texts = said(grammar, "rule", Style(register, "test"))
        assert {text.rpartition(" ")[0] for text in texts} == {"Do", "Try", *also}
    assert {grammar.phrase("deed", rng_for(n)) for n in range(20)} == {"do", "try"}


def test_every_grammar_knows_what_each_register_says_for_a_wish_and_a_plea():
    manners = "want", "want_to", "could_you"
    assert set(manners) <= set(MANNERS)
    rules = tuple(f"<{manner}> {letter}" for letter in "abcd" for manner in manners)
    grammar = Grammar({"rule": rules}, {})
    texts = {register: said(grammar, "rule", Style(register, "test")) for register in REGISTERS}
    assert any("I wish to" in text for text in texts["formal"] - texts["plain"])
    assert any(text.startswith("I wanna") for text in texts["casual"] - texts["plain"])


def test_values_fragments_and_optional_parts_are_put_in():
    rules = tuple(f"{letter} {{what}}[ maybe] <part>" for letter in "abcdefghijkl")
    grammar = Grammar({"rule": rules}, {"part": ("x{what}", "y<inner>"), "inner": ("z",)})
    texts = said(grammar, "rule", Style(split="test"), what="Q")
    assert texts == {
        f"{letter} {end}"
        for letter in "IJKL"
        for end in ("Q xQ", "Q yz", "Q maybe xQ", "Q maybe yz")
    }
    assert {grammar.phrase("part", rng_for(n), what="Q") for n in range(20)} == {"xQ", "yz"}


def test_what_is_said_is_read_back_in_its_split_and_in_no_other():
    rules = tuple(f"{letter} {{what}}[ maybe] <part>" for letter in "abcdefghijkl")
    fragments = {"part": ("x{what}", "(formal) y<inner>"), "inner": ("z",)}
    grammar = Grammar({"rule": rules}, fragments)
    for split in SPLITS:
        for register in REGISTERS:
            for text in said(grammar, "rule", Style(register, split), 40, what="Q R."):
                assert [each for each in SPLITS if grammar.reads("rule", text, each)] == [split]


@pytest.mark.parametrize(
    "text",
    ["", "Pattern", "Pattern l!", "pattern l", "PATTERN L", "Pattern l pattern l", "Pattern a"],
)
def test_what_a_rule_cannot_say_is_not_read(text):
    grammar = Grammar({"rule": PLAIN}, {})
    assert grammar.reads("rule", "Pattern l", "test")
    assert not grammar.reads("rule", text, "test")


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
        ({"rule": PLAIN[:11]}, {}, "'rule' has 3 templates for 'plain' in train, and needs"),
        ({"rule": ()}, {}, "'rule' has 0 templates"),
        ({"rule": ("<nowhere>", *PLAIN)}, {}, "There is no rule 'nowhere'"),
        ({"rule": PLAIN}, {"part": ("[<nowhere>]",)}, "There is no rule 'nowhere'"),
        ({"rule": ("(rude) hey", *PLAIN)}, {}, "'rule' names the unknown register 'rude'"),
        ({"rule": (*PLAIN, "(terse) o")}, {}, "'rule' has 3 templates for 'plain' in test"),
        ({"rule": (*PLAIN, "Pattern A")}, {}, "'rule' has a template twice"),
        ({"rule": PLAIN}, {"part": ("(terse) o",)}, "'part' has no template for 'plain'"),
    ],
)
def test_rules_that_cannot_work_are_refused(sentences, fragments, complaint):
    with pytest.raises(ValueError, match=complaint):
        Grammar(sentences, fragments)


def test_what_is_missing_is_a_key_error():
    grammar = Grammar({"rule": tuple(f"{letter} {{what}}" for letter in "abcdefghijkl")}, {})
    with pytest.raises(KeyError, match="other"):
        grammar.say("other", rng_for(0), Style())
    with pytest.raises(KeyError, match="what"):
        grammar.say("rule", rng_for(0), Style())


@pytest.mark.parametrize("name", GRAMMARS)
def test_every_rule_of_a_domain_says_much_in_each_split(name):
    grammar, rules = GRAMMARS[name]
    for rule in rules:
        said_in = {
            split: {
                grammar.say(rule, rng_for(n, rule, register), Style(register, split), **BLANKS)
                for register in REGISTERS
                for n in range(25)
            }
            for split in SPLITS
        }
        assert all(len(texts) >= 4 for texts in said_in.values()), rule
        for one, other in combinations(SPLITS, 2):
            assert not said_in[one] & said_in[other], rule


@pytest.mark.parametrize("name", GRAMMARS)
def test_no_request_can_be_said_by_the_rule_of_another_one_or_of_another_split(name):
    grammar, rules = GRAMMARS[name]
    asked = [rule for rule in rules if rule.startswith("ask_")]
    all_said = [
        {text.casefold() for text in grammar.sayings(rule, split)}
        for rule in asked
        for split in SPLITS
    ]
    assert len(set().union(*all_said)) == sum(map(len, all_said))


FAULTS = re.compile(r"\b(\w+) \1\b|\b(?:of mine|purchases|from you|that I \w+) of mine\b", re.I)


@pytest.mark.parametrize("name", GRAMMARS)
def test_no_word_is_said_twice_whatever_a_sentence_is_put_together_from(name):
    grammar, rules = GRAMMARS[name]
    said = {text for rule in rules for split in SPLITS for text in grammar.sayings(rule, split)}
    assert len(said) > 3_000
    assert [text for text in said if FAULTS.search(text)] == []


@pytest.mark.parametrize("name", GRAMMARS)
def test_a_request_can_be_made_in_sixty_ways(name):
    grammar, rules = GRAMMARS[name]
    for rule in (rule for rule in rules if rule.startswith("ask_")):
        assert len(grammar.sayings(rule, "train")) >= 60, rule
        assert all(len(grammar.sayings(rule, split)) >= 10 for split in SPLITS), rule


def test_all_that_a_rule_can_say_is_known():
    rules = tuple(f"{letter} {{what}}[ maybe] <part>" for letter in "abcdefghijkl")
    grammar = Grammar({"rule": rules}, {"part": ("x", "(formal) y")})
    assert grammar.sayings("rule", "test") == {
        f"{letter} {{what}}{maybe} {part}"
        for letter in "IJKL" for maybe in ("", " maybe") for part in "xy"
    }  # fmt: skip
    texts = {text.replace("{what}", "Q") for text in grammar.sayings("rule", "test")}
    assert all(grammar.reads("rule", text, "test") for text in texts)


def test_a_sentence_that_begins_with_an_id_keeps_it_as_it_is():
    rules = tuple(f"{{id}} is what {letter} have" for letter in "abcdefghijkl")
    grammar = Grammar({"rule": rules}, {})
    text = grammar.say("rule", rng_for(0), Style(), id="john_barker_8155")
    assert text.startswith("john_barker_8155 is ")
    text = grammar.say("rule", rng_for(0), Style(), id="john")
    assert text.startswith("John is ")
