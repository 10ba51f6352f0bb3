"""How tau2 writes values down: texts of results, and ids that are drawn at random."""

import re
from datetime import date, datetime
from typing import Any

import pytest

from writ_gym.database import Record
from writ_gym.tau2.values import RandomIds, plain_of, rendered


class Event(Record):
    """A record with every kind of field."""

    at: datetime
    day: date
    count: int = 1
    price: float | None = None
    tags: tuple[str, ...] = ()


EVENT = Event(at=datetime(2025, 1, 2, 3, 4, 5), day=date(2025, 1, 2), tags=("é",))
TEXT = (
    '{"at": "2025-01-02 03:04:05", "day": "2025-01-02", "count": 1, "price": null, '
    '"tags": ["\\u00e9"]}'
)


@pytest.mark.parametrize(
    ("result", "text"),
    [
        ("é", "é"),
        (EVENT, TEXT),
        ([EVENT], f"[{TEXT}]"),
        ({"event": EVENT, "n": 1}, f'{{"event": {TEXT}, "n": "1"}}'),
        (8.5, '"8.5"'),
        (True, '"True"'),
        (None, "null"),
        ({"a": 1.0, "b": [False, None]}, '{"a": "1.0", "b": ["False", null]}'),
        ({"at": EVENT.at, "day": EVENT.day}, '{"at": "2025-01-02T03:04:05", "day": "2025-01-02"}'),
    ],
)
def test_a_result_is_written_as_tau2_does(result: object, text: str) -> None:
    assert rendered(result) == text


def test_a_field_may_hold_what_its_type_does_not_allow() -> None:
    assert plain_of(EVENT.model_copy(update={"count": "x", "tags": 7})) == {
        "at": "2025-01-02 03:04:05", "day": "2025-01-02", "count": "x", "price": None, "tags": 7,
    }  # fmt: skip


@pytest.fixture
def ids() -> RandomIds:
    return RandomIds(re.compile(r"\bR\d{3}\b"))


def test_an_id_is_known_once_two_texts_show_it_in_the_same_place(ids: RandomIds) -> None:
    value: dict[str, Any] = {"id": "R111", "R222": [1, "see R111"]}
    assert ids.translated(value) is value
    ids.pair("made R111, then R222", "made R900, then R901")
    assert ids.translated(value) == {"id": "R900", "R901": [1, "see R900"]}


def test_two_ids_never_stand_for_one(ids: RandomIds) -> None:
    ids.pair("R111", "R900")
    ids.pair("R222", "R900")
    assert ids.translated(["R111", "R222"]) == ["R900", "R222"]


def test_without_random_ids_nothing_is_translated() -> None:
    ids = RandomIds(None)
    ids.pair("R111", "R900")
    assert ids.translated("R111") == "R111"
