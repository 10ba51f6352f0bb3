"""Choices mean one record or none, and facts are parsed once."""

import pytest
from pydantic import TypeAdapter

from writ_gym.errors import UnsolvableError
from writ_gym.meaning.queries import Choice, Condition, parse, pick, picked

PRICES = {"a": 10, "b": 20, "c": 20, "d": 40}


def attribute(name: str, _: str) -> int:
    return PRICES[name]


@pytest.mark.parametrize(
    ("choice", "found"),
    [
        (Choice(where=(Condition(attribute="price", test="over", value=30),)), "d"),
        (Choice(where=(Condition(attribute="price", test="over", value=90),)), None),
        (Choice(by="price", extreme="lowest"), "a"),
        (Choice(by="price", extreme="highest"), "d"),
        (Choice(by="price", extreme="highest", rank=5), None),
    ],
)
def test_a_choice_means_one_record_or_none(choice: Choice, found: str | None) -> None:
    assert pick(list(PRICES), choice, attribute) == found
    assert picked(list(PRICES), choice, attribute) == found


@pytest.mark.parametrize(
    ("choice", "why"),
    [
        (Choice(where=(Condition(attribute="price", test="over", value=15),)), "3 records fit"),
        (Choice(by="price", extreme="lowest", rank=2), "2 records are tied in"),
        (Choice(by="price", extreme="highest", rank=2), "2 records are tied in"),
    ],
)
def test_where_several_could_be_meant_solvers_say_so_and_drafts_take_none(
    choice: Choice, why: str
) -> None:
    with pytest.raises(UnsolvableError, match=why):
        pick(list(PRICES), choice, attribute)
    assert picked(list(PRICES), choice, attribute) is None


CHOICE = TypeAdapter(Choice)


def test_a_value_is_parsed_once_as_long_as_it_stays_the_same() -> None:
    value = {"by": "price", "where": [{"attribute": "name", "test": "is", "value": "a"}]}
    first = parse(CHOICE, value)
    assert parse(CHOICE, value) is first
    assert parse(TypeAdapter(Choice), value) == first
    value["where"][0]["value"] = "b"
    assert parse(CHOICE, value).where[0].value == "b"
    frozen = {**value, "where": tuple(value["where"])}
    assert parse(CHOICE, frozen).where[0].value == "b"
    frozen["where"][0]["value"] = "c"
    assert parse(CHOICE, frozen).where[0].value == "c"
    with pytest.raises(ValueError, match="rank"):
        parse(CHOICE, {"by": "price", "rank": 0})
