"""Figures of how varied texts are, against ones counted by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from writ_gym.datasets.diversity import LONGEST, Words, mask, runs, short_hash


def counted(texts):
    words = Words()
    for text in texts:
        words.add(text)
    return words


TEXTS = st.lists(st.text("ab ", max_size=20), max_size=8)


def test_numbers_case_and_spaces_are_masked():
    assert mask("Order #W123 for\n $1,234.50!") == "order #w0 for $0!"


def test_names_and_email_addresses_are_masked():
    text = "I am Ann Ng, not Joann. Write to ann.ng7@mail.example.com."
    assert mask(text, ["Ng", "Ann", ""]) == "i am @ @, not joann. write to @."


def test_the_longer_of_two_names_is_masked_first():
    assert mask("De La Cruz", ["De", "De La Cruz"]) == "@"


def test_a_name_is_no_pattern():
    assert mask("a+b and aab", ["a+b"]) == "@ and aab"


@given(st.text(), st.lists(st.text("ab.", max_size=3)))
def test_masking_twice_changes_nothing(text, names):
    assert mask(mask(text, names), names) == mask(text, names)


def test_runs_overlap_and_are_of_one_length():
    assert runs("a b  c d", 3) == ["a b c", "b c d"]
    assert runs("a b", 3) == []


def test_shares_are_those_counted_by_hand():
    words = counted(["a b a", "a b c", "a b c"])
    assert words.type_token_ratio == words.distinct(1) == round(3 / 9, 4)
    assert words.distinct(2) == round(3 / 6, 4)
    assert words.distinct(3) == round(2 / 3, 4)
    assert words.distinct(4) == 0.0


def test_of_nothing_every_share_is_0():
    assert counted([]).type_token_ratio == counted([]).distinct(2) == 0.0


def test_longer_runs_are_not_counted():
    with pytest.raises(KeyError):
        counted(["a b c d e"]).distinct(LONGEST + 1)


def test_words_are_counted_up_to_a_number_of_texts():
    words = Words(limit=2)
    for text in ("a b a", "a b c", "never seen"):
        words.add(text)
    assert (words.texts, words.type_token_ratio) == (2, 0.5)
    assert [words.distinct(n) for n in range(1, 5)] == [0.5, 0.75, 1.0, 0.0]


@given(TEXTS)
def test_counting_hashes_is_counting_runs(texts):
    for n in range(1, LONGEST + 1):
        found = [run for text in texts for run in runs(text, n)]
        expected = round(len(set(found)) / len(found), 4) if found else 0.0
        assert counted(texts).distinct(n) == expected


def test_a_hash_is_the_same_in_every_process():
    assert short_hash("writ") == 6799424129019668270
