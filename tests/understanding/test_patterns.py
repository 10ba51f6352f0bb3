"""Patterns in any case."""

import pickle
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from writ_gym.understanding.literals import literals_of
from writ_gym.understanding.patterns import AnyCase

WORDS = AnyCase(r"\b(?P<deed>cancel\w*|stra(?:ß|ss)e)\b")


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("Cancel it, or CANCELLED be it", [(0, 6), (14, 23)]),
        ("cancel", [(0, 6)]),
        ("Uncancelled", []),
        ("Straße, CANCEL – STRASSE", [(0, 6), (8, 14), (17, 24)]),
        ("", []),
    ],
)
def test_a_pattern_is_found_in_any_case_and_any_script(text, places):
    assert [match.span() for match in WORDS.finditer(text)] == places
    assert bool(WORDS.search(text)) == bool(places)
    assert bool(WORDS.match(text)) == any(start == 0 for start, _ in places)
    assert WORDS.subn("#", text)[1] == len(places)


def test_what_is_left_of_a_text_is_as_it_was_written():
    assert WORDS.sub("-", "Please CANCEL Order A") == "Please - Order A"
    assert WORDS.sub("-", "Order A") == "Order A"


@pytest.mark.parametrize("text", ["Now CANCEL it", "Straße und Cancel", "cancel", "", "nothing"])
def test_a_text_is_split_as_an_expression_splits_it(text):
    plain = re.compile(r"\bcancel|\b(?=it)", re.I)
    assert list(AnyCase(plain.pattern).split(text)) == plain.split(text)


def test_a_pattern_in_upper_case_is_refused_as_it_would_never_be_found():
    with pytest.raises(ValueError, match="lower case"):
        AnyCase(r"\bHAT\d{3}")
    assert AnyCase(r"\W\D(?P<Name>x)(?P=Name)").search("-aXX")


def test_a_pattern_is_pickled():
    copy = pickle.loads(pickle.dumps(WORDS))
    assert copy.search("I Cancelled it").span() == (2, 11)


@pytest.mark.parametrize(
    "pattern",
    [
        r"\b(?:proceed|go (?:ahead|on)) with (?:another|a different)\b",
        r"(?:please )?(?=confirm)\w+ (?:it|this){1,2}|(?<!not )cancel\w*",
        r"a(?:b|c)?d|\W\D+|[xy]z",
        r"(?:no|not)(?!\w)(?>able) x*?y++",
        r"\d+",
        r"(?:a|)b*",
    ],
)
@given(data=st.data())
def test_a_text_is_searched_if_an_expression_can_be_in_it(pattern, data):
    parts = st.sampled_from([*literals_of(pattern), *re.findall(r"\w+|.", pattern)])
    texts = st.lists(parts, max_size=8).map("".join) | st.from_regex(pattern)
    text = data.draw(texts).lower()
    found = [match.span() for match in re.finditer(pattern, text, re.I)]
    assert [match.span() for match in AnyCase(pattern).finditer(text)] == found
    assert bool(AnyCase(pattern).search(text)) == bool(found)


@pytest.mark.parametrize(
    ("pattern", "literals"),
    [
        (r"\bcancel\w*", ("cancel",)),
        (r"\b(?:please|could you) confirm (?:the|this)\b", (" confirm th",)),
        (r"(?:any|some)thing else|\bmore\b", ("more", "thing else")),
        (r"(?:very )?(?:ill|illness)\b", ("ill",)),
        (r"\d+|bags", ()),
        (r"(?:bags)?", ()),
    ],
)
def test_the_literals_of_an_expression_are_those_that_few_texts_have(pattern, literals):
    assert literals_of(pattern) == literals
