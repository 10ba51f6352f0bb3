"""Tables and sessions: the base cannot be damaged, and a session is what differs by value."""

import json
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import permutations, product
from typing import Annotated, Any, ClassVar, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Field, ValidationError

from writ_gym import SamplerConfig, TaskSampler
from writ_gym.database import (
    ALL,
    Database,
    Fields,
    FrozenMap,
    Index,
    Record,
    Table,
    canonical,
    changes_to_json,
    digest,
    overlap,
    to_plain,
)
from writ_gym.domain import load_domain
from writ_gym.errors import DatabaseError


class Card(Record):
    """A nested record."""

    number: str
    balance: float = Field(default=0.0, ge=0)


class Person(Record):
    """A record with every kind of field that a domain has."""

    person_id: str
    amount: int | float = 0
    tags: tuple[str, ...] = ()
    status: Literal["open", "closed"] = "open"
    card: Card | None = None
    notes: Annotated[str, Field(max_length=5)] = ""


class Room(Record):
    """A record of a second table."""

    size: float


class House(Database):
    """A database of two tables, one of which repeats its key in a field."""

    people: Table[Person]
    rooms: Table[Room]

    key_fields: ClassVar[dict[str, str]] = {"people": "person_id"}


PEOPLE = {
    "ann": {"person_id": "ann", "amount": 25, "tags": ["a", "b"]},
    "bob": {"person_id": "bob", "amount": 0.0, "card": {"number": "1", "balance": 3.5}},
    "cid": {"person_id": "cid", "tags": ["b", "b"]},
}
DATA: dict[str, dict[str, Any]] = {"people": PEOPLE, "rooms": {"hall": {"size": 12.5}}}


@pytest.fixture
def house() -> House:
    return House.load(DATA)


def person(key: str, *tags: str, amount: float = 0) -> Person:
    return Person(person_id=key, tags=tags, amount=amount)


def by_tag(row: Person) -> Iterable[str]:
    """Index people by tag; a tag may be there twice."""
    return row.tags


# Records


def test_a_record_cannot_be_changed(house: House) -> None:
    ann = house.people["ann"]
    with pytest.raises(ValidationError, match="frozen"):
        ann.amount = 3  # type: ignore[misc]
    with pytest.raises(ValidationError, match="frozen"):
        del ann.amount
    assert ann.amount == 25


def test_a_record_refuses_unknown_fields() -> None:
    with pytest.raises(ValidationError, match="extra_forbidden"):
        Room(size=1, colour="red")  # type: ignore[call-arg]


def test_replace_gives_a_changed_copy_and_leaves_the_record(house: House) -> None:
    ann = house.people["ann"]
    other = ann.replace(amount=26, status="closed")
    assert (other.amount, other.status, other.tags) == (26, "closed", ("a", "b"))
    assert (ann.amount, ann.status) == (25, "open")


def test_replace_gives_the_record_itself_where_nothing_is_another(house: House) -> None:
    ann = house.people["ann"]
    assert ann.replace() is ann
    assert ann.replace(tags=ann.tags, status=ann.status) is ann


def test_replace_forgets_the_text_of_the_record_it_copies(house: House) -> None:
    ann = house.people["ann"]
    assert json.loads(ann.text) == ann.plain
    other = ann.replace(amount=26)
    assert json.loads(other.text)["amount"] == other.plain["amount"] == 26
    assert ann.plain["amount"] == 25


def test_replace_converts_values_as_loading_does(house: House) -> None:
    other = house.people["ann"].replace(tags=["x"], card={"number": "9", "balance": 1})
    assert other.tags == ("x",)
    assert other.card == Card(number="9", balance=1.0)


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "ajar"},
        {"amount": "much"},
        {"tags": "ab"},
        {"card": {"number": "1", "balance": -1}},
        {"card": {"number": "1", "colour": "red"}},
        {"notes": "too long"},
        {"person_id": None},
    ],
    ids=str,
)
def test_replace_refuses_what_breaks_the_schema(house: House, changes: dict[str, Any]) -> None:
    with pytest.raises(DatabaseError, match="A changed Person is invalid"):
        house.people["ann"].replace(**changes)


class Purse(Record):
    """A record with records by name."""

    cards: FrozenMap[str, Card]


def test_an_entry_of_a_mapping_is_replaced_in_its_place_or_added_last() -> None:
    purse = Purse(cards={"a": Card(number="1"), "b": Card(number="2")})
    other = purse.replace_entry("cards", "a", Card(number="3"))
    assert [(key, card.number) for key, card in other.cards.items()] == [("a", "3"), ("b", "2")]
    assert list(other.replace_entry("cards", "c", {"number": "4"}).cards) == ["a", "b", "c"]
    assert other == purse.replace(cards={**purse.cards, "a": Card(number="3")})
    assert purse.cards["a"].number == "1"
    with pytest.raises(TypeError, match="immutable"):
        other.cards["a"] = Card(number="5")  # type: ignore[index]


def test_an_entry_of_a_mapping_is_refused_if_it_breaks_the_schema() -> None:
    purse = Purse(cards={})
    with pytest.raises(DatabaseError, match="A changed Purse is invalid"):
        purse.replace_entry("cards", "a", {"number": "1", "balance": -1})
    with pytest.raises(DatabaseError, match="has no field 'card'"):
        purse.replace_entry("card", "a", Card(number="1"))


def test_replace_refuses_a_field_that_is_not_there(house: House) -> None:
    with pytest.raises(DatabaseError, match="A Person has no field 'colour'"):
        house.people["ann"].replace(colour="red")


def test_the_text_of_a_record_is_its_json_in_field_order(house: House) -> None:
    assert house.people["bob"].text == json.dumps(house.people["bob"].model_dump(mode="json"))
    assert list(house.people["bob"].plain) == list(Person.model_fields)


# Base and sessions


@pytest.mark.parametrize(
    "write",
    [lambda table: table.put("ann", person("ann")), lambda table: table.delete("ann")],
    ids=["put", "delete"],
)
def test_writing_to_a_base_table_is_an_error(
    house: House, write: Callable[[Table[Person]], object]
) -> None:
    before = dict(house.people)
    with pytest.raises(DatabaseError, match="immutable"):
        write(house.people)
    assert dict(house.people) == before


def test_a_table_has_no_item_assignment(house: House) -> None:
    with pytest.raises(TypeError):
        house.session().people["ann"] = person("ann")  # type: ignore[index]


def test_a_session_changes_neither_the_base_nor_other_sessions(house: House) -> None:
    one, other = house.session(), house.session()
    one.people.put("ann", person("ann", "z"))
    one.people.put("dan", person("dan"))
    one.people.delete("bob")
    assert list(one.people) == ["ann", "cid", "dan"]
    assert dict(other.people) == dict(house.people) == dict(House.load(DATA).people)
    assert other.changes() == house.changes() == {}
    assert digest(house.plain()) == House.load(DATA).digest


def test_a_session_reads_what_it_wrote(house: House) -> None:
    session = house.session()
    ann = session.people.put("ann", person("ann", amount=1))
    assert session.people["ann"] is ann
    assert "ann" in session.people
    assert session.people.get("ann") is ann
    assert len(session.people) == 3


def test_a_deleted_record_is_gone_until_it_is_written_again(house: House) -> None:
    session = house.session()
    session.people.delete("ann")
    assert "ann" not in session.people
    assert session.people.get("ann") is None
    with pytest.raises(KeyError, match="ann"):
        session.people["ann"]
    session.people.put("ann", person("ann"))
    assert list(session.people) == ["ann", "bob", "cid"]


def test_a_new_session_is_a_reset(house: House) -> None:
    session = house.session()
    session.people.put("ann", person("ann", "z"))
    session.rooms.delete("hall")
    fresh = house.session()
    assert fresh.plain() == house.plain()
    assert fresh.fingerprint() == house.session().fingerprint() != session.fingerprint()


def test_a_session_and_its_forks_know_who_is_in_the_conversation(house: House) -> None:
    session = house.session("somebody")
    assert (session.caller, session.fork().caller) == ("somebody", "somebody")
    assert (house.caller, house.session().caller) == ("", "")


def test_a_record_that_no_session_wrote_is_shared_not_copied(house: House) -> None:
    assert house.session().people["bob"] is house.people["bob"]


# What changed


def test_changes_name_table_and_key_and_are_only_what_differs(house: House) -> None:
    session = house.session()
    session.people.put("ann", session.people["ann"].replace(amount=26))
    session.people.put("bob", session.people["bob"].replace(status="open"))
    session.people.delete("cid")
    session.people.delete("nobody")
    session.rooms.put("attic", Room(size=3))
    assert session.changes() == {
        ("people", "ann"): person("ann", "a", "b", amount=26),
        ("people", "cid"): None,
        ("rooms", "attic"): Room(size=3),
    }


def test_writing_the_old_value_back_is_no_change(house: House) -> None:
    session = house.session()
    session.people.put("ann", person("ann", "z"))
    session.people.put("ann", Person.model_validate(PEOPLE["ann"]))
    session.rooms.delete("hall")
    session.rooms.put("hall", Room(size=12.5))
    session.people.put("dan", person("dan"))
    session.people.delete("dan")
    assert session.changes() == {}
    assert session.fingerprint() == house.session().fingerprint()


@pytest.mark.parametrize("rendered", [(), (0,), (1,), (0, 1)])
def test_records_are_compared_by_value_whatever_was_rendered(rendered: tuple[int, ...]) -> None:
    card = Card(number="1", balance=5)
    pair = [Person(person_id="a", amount=5, card=card), Person(person_id="a", amount=5.0)]
    same = [pair[0], Person(person_id="a", amount=5.0, card=Card(number="1", balance=5))]
    for place in rendered:
        assert pair[place].text
        assert same[place].text
    assert pair[0] != pair[1]
    assert same[0] == same[1]
    assert same[0] != card


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (25, 25.0, True),
        (0.0, -0.0, True),
        (0, -0.0, True),
        (25, 25.01, False),
        (1e22, 10**22, True),
    ],
)
def test_numbers_are_compared_by_value(house: House, one: float, other: float, equal: bool) -> None:
    sessions = [house.session(), house.session()]
    for session, amount in zip(sessions, (one, other), strict=True):
        session.people.put("dan", person("dan", amount=amount))
    first, second = sessions
    assert (first.changes() == second.changes()) is equal
    assert (first.fingerprint() == second.fingerprint()) is equal


@pytest.mark.parametrize(("key", "amount"), [("ann", 25.0), ("bob", -0.0), ("bob", 0)])
def test_an_equal_number_of_another_type_is_no_change(
    house: House, key: str, amount: float
) -> None:
    session = house.session()
    session.people.put(key, session.people[key].replace(amount=amount))
    assert session.changes() == {}


NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
SAME_NUMBERS = st.integers(-(2**60), 2**60).map(lambda n: (n, float(n)))


@given(numbers=st.tuples(NUMBERS, NUMBERS) | SAME_NUMBERS)
@settings(max_examples=300, deadline=None, derandomize=True)
def test_digests_are_equal_exactly_if_the_numbers_are(numbers: tuple[float, float]) -> None:
    one, other = numbers
    assert (digest({"a": [one]}) == digest({"a": [other]})) is (one == other)


def test_a_digest_ignores_the_order_of_keys_but_not_of_lists() -> None:
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    assert digest([1, 2]) != digest([2, 1])


def test_the_canonical_form_makes_integral_floats_integers() -> None:
    value = canonical({"a": [25.0, 1.5, "2.0", None, True]})
    assert value == {"a": [25, 1.5, "2.0", None, True]}
    assert type(value["a"][0]) is int


def test_the_fingerprint_is_the_digest_of_the_changes_as_json(house: House) -> None:
    session = house.session()
    session.people.put("dan", person("dan", "né", amount=1e16))
    session.people.put("bob", house.people["bob"].replace(amount=7.0, notes='"5"'))
    session.people.delete("ann")
    session.rooms.put("loft", Room(size=0.25))
    assert session.fingerprint() == digest(session.patch())
    assert session.patch() == {
        "people": {
            "ann": None,
            "bob": {"amount": 7.0, "notes": '"5"'},
            "dan": person("dan", "né", amount=1e16).plain,
        },
        "rooms": {"loft": {"size": 0.25}},
    }


def test_a_patch_has_of_a_part_what_is_another_and_null_for_what_is_gone(house: House) -> None:
    session = house.session()
    card = Card(number="1", balance=4.0)
    session.people.put("ann", house.people["ann"].replace(card=card, tags=("b",)))
    session.people.put("bob", house.people["bob"].replace(card=card))
    session.people.put("cid", house.people["cid"].replace(amount=0.0))
    assert session.patch() == {
        "people": {"ann": {"tags": ["b"], "card": card.plain}, "bob": {"card": {"balance": 4.0}}}
    }
    session.people.put("bob", house.people["bob"].replace(card=None))
    session.people.put("ann", house.people["ann"])
    assert session.patch() == {"people": {"bob": {"card": None}}}


def patched(value: Any, patch: Any) -> Any:
    """Apply a patch as RFC 7386 says it."""
    if not isinstance(patch, dict):
        return patch
    result = dict(value) if isinstance(value, dict) else {}
    for name, part in patch.items():
        if part is None:
            result.pop(name, None)
        else:
            result[name] = patched(result.get(name), part)
    return result


def without_nulls(value: Any) -> Any:
    """Leave out fields that are null, which a patch cannot tell from those that are not there."""
    if isinstance(value, dict):
        return {name: without_nulls(part) for name, part in value.items() if part is not None}
    return value


@pytest.mark.parametrize("name", ["retail", "airline", "telecom"])
def test_the_patch_of_an_episode_makes_its_last_state_of_the_world(name: str) -> None:
    domain = load_domain(name)
    config = SamplerConfig(write_count=(1, 4), evidence_burden=(1, 9))
    world, plain = domain.world(), domain.world().db.plain()
    for task in TaskSampler(domain, config).tasks(3, 25):
        session = world.begin(task)
        for call in task.gold_writes:
            domain.all_tools.answer(session, call.name, call.arguments)
        patch = session.patch()
        assert patch.keys() == {table for table, _ in session.changes()} != set()
        for table, rows in patch.items():
            for key, row in rows.items():
                before, after = plain[table].get(key), getattr(session, table).get(key)
                assert after is not None
                assert without_nulls(patched(before, row)) == without_nulls(after.plain)


def test_the_fingerprint_does_not_depend_on_the_order_of_writes(house: House) -> None:
    writes = [
        ("people", "ann", person("ann", "z")),
        ("people", "eve", person("eve")),
        ("rooms", "hall", None),
        ("rooms", "attic", Room(size=2)),
    ]
    prints = set()
    for order in permutations(writes):
        session = house.session()
        for table, key, record in order:
            write(getattr(session, table), key, record)
        prints.add(session.fingerprint())
    assert len(prints) == 1


def test_the_fingerprint_is_the_same_in_another_process() -> None:
    code = """
from writ_gym.database import Database, Record, Table
class Room(Record):
    size: float
    options: dict[str, str] = {}
class House(Database):
    rooms: Table[Room]
house = House.load({"rooms": {key: {"size": 1} for key in "abc"}})
session = house.session()
session.rooms.put("x", Room(size=2, options={"p": "1", "q": "2"}))
session.rooms.put("b", Room(size=3.25))
session.rooms.delete("a")
print(session.fingerprint(), house.digest)
"""
    answers = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2", "777")
    }
    wanted = {
        "a": None,
        "b": {"size": 3.25},
        "x": {"size": 2.0, "options": {"q": "2", "p": "1"}},
    }
    base = {"rooms": {key: {"size": 1, "options": {}} for key in "abc"}}
    assert answers == {f"{digest({'rooms': wanted})} {digest(base)}\n"}


def test_changes_become_json_sorted_by_table_and_key(house: House) -> None:
    session = house.session()
    session.rooms.delete("hall")
    session.people.put("zoe", person("zoe"))
    session.people.delete("ann")
    result = changes_to_json(session.changes())
    assert json.dumps(result) == json.dumps(
        {"people": {"ann": None, "zoe": person("zoe").plain}, "rooms": {"hall": None}}
    )


# Random writes

KEYS = ("ann", "bob", "cid", "dan", "eve", "fay")
TAGS = ("a", "b", "c")
WRITES = st.tuples(
    st.sampled_from(KEYS), st.none() | st.lists(st.sampled_from(TAGS), max_size=3).map(tuple)
)
"""A key, and the tags of the record put there; None deletes."""


def write(table: Table[Any], key: str, record: Record | None) -> None:
    if record is None:
        table.delete(key)
    else:
        table.put(key, record)


def apply(table: Table[Person], model: dict[str, Person], key: str, tags: Any) -> None:
    """Make a write in a table and in a plain dictionary."""
    record = None if tags is None else person(key, *tags)
    write(table, key, record)
    if record is None:
        model.pop(key, None)
    else:
        model[key] = record


def check_against(session: House, base: House, model: dict[str, Person]) -> None:
    """Check that a session holds what a plain dictionary holds, and tells it apart from base."""
    table = session.people
    assert dict(table) == model
    assert len(table) == len(model)
    assert {key for key in KEYS if key in table} == set(model)
    keys = {*model, *base.people}
    differing = {key for key in keys if model.get(key) != base.people.get(key)}
    assert table.changes() == {key: model.get(key) for key in differing}


@given(batches=st.lists(st.tuples(st.booleans(), st.lists(WRITES, max_size=5)), max_size=6))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_rolling_back_restores_exactly_what_was_before(
    batches: list[tuple[bool, list[Any]]],
) -> None:
    base = House.load(DATA)
    session, model = base.session(), dict(base.people)
    for fails, writes in batches:
        before, attempt = (list(session.people.items()), session.fingerprint()), dict(model)
        session.begin()
        for key, tags in writes:
            apply(session.people, attempt, key, tags)
            write(session.rooms, key, None if tags is None else Room(size=len(tags)))
        after = session.fingerprint()
        if fails:
            session.roll_back()
            assert (list(session.people.items()), session.fingerprint()) == before
        else:
            session.commit()
            model = attempt
            assert session.fingerprint() == after
        check_against(session, base, model)
    assert digest(base.plain()) == House.load(DATA).digest


def test_rolling_back_without_a_beginning_does_nothing(house: House) -> None:
    session = house.session()
    session.people.put("ann", person("ann"))
    session.roll_back()
    assert session.people["ann"] == person("ann")
    session.begin()
    session.people.delete("ann")
    session.commit()
    session.roll_back()
    assert "ann" not in session.people


def scan(table: Table[Person], tag: str) -> list[Person]:
    """Look up by looking at every record."""
    return [row for row in table.values() if tag in row.tags]


@given(writes=st.lists(WRITES, max_size=12), fails=st.booleans())
@settings(max_examples=300, deadline=None, derandomize=True)
def test_a_lookup_finds_what_a_scan_of_the_table_finds(writes: list[Any], fails: bool) -> None:
    base = House.load(DATA)
    other, session, model = base.session(), base.session(), dict(base.people)
    for key, tags in writes:
        apply(session.people, model, key, tags)
        for tag in (*TAGS, "none"):
            assert session.people.lookup(by_tag, tag) == scan(session.people, tag)
            assert list(session.people.group(by_tag, tag)) == scan(session.people, tag)
        fork = session.fork()
        fork.people.put("bob", person("bob", "a", "c"))
        for table, tag in product((fork.people, session.people), TAGS):
            assert list(table.group(by_tag, tag)) == scan(table, tag)
    check_against(session, base, model)
    session.begin()
    for key in KEYS:
        session.people.put(key, person(key, "c"))
    assert len(session.people.lookup(by_tag, "c")) == len(KEYS)
    if fails:
        session.roll_back()
    for tag in TAGS:
        assert session.people.lookup(by_tag, tag) == scan(session.people, tag)
        assert list(session.people.group(by_tag, tag)) == scan(session.people, tag)
        assert other.people.lookup(by_tag, tag) == scan(base.people, tag)
        assert base.people.lookup(by_tag, tag) == scan(base.people, tag)


def test_a_group_is_the_same_tuple_until_one_of_it_is_written(house: House) -> None:
    session, other = house.session(), house.session()
    group = session.people.group(by_tag, "a")
    assert isinstance(group, tuple)
    session.people.put("new", person("new", "c"))
    assert session.people.group(by_tag, "a") is group
    assert session.fork().people.group(by_tag, "a") is group
    session.people.put("ann", person("ann"))
    assert session.people.group(by_tag, "a") == []
    assert other.people.group(by_tag, "a") is group
    session.people.put("ann", person("ann", "a"))
    assert session.people.group(by_tag, "a") == [person("ann", "a")]


def test_a_group_of_what_was_written_is_the_same_until_one_of_it_is_written(house: House) -> None:
    session = house.session()
    session.people.put("bob", person("bob", "b"))
    group = session.people.group(by_tag, "b")
    session.people.put("new", person("new", "c"))
    assert session.people.group(by_tag, "b") is session.fork().people.group(by_tag, "b") is group
    session.people.put("new", person("new", "b"))
    assert [each.person_id for each in session.people.group(by_tag, "b")] == [
        "ann", "bob", "cid", "new",
    ]  # fmt: skip
    session.people.delete("cid")
    assert len(session.people.group(by_tag, "b")) == 3


def test_a_fork_and_what_it_was_made_of_go_their_own_ways(house: House) -> None:
    session = house.session()
    session.people.put("ann", person("ann", "x"))
    fork = session.fork()
    watched, _ = session.watched()
    session.begin()
    session.people.put("ann", person("ann", "y"))
    between = session.fork()
    session.roll_back()
    fork.people.delete("ann")
    watched.people.put("ann", person("ann", "z"))
    assert session.people["ann"] == person("ann", "x")
    assert between.people["ann"] == person("ann", "y")
    assert watched.people["ann"] == person("ann", "z")
    assert "ann" not in fork.people
    assert session.places_changed(session.fork()) == set()
    assert session.places_changed(between) == {("people", "ann"), ("people", "")}


class Tracking(House):
    """A house that tracks who has a tag."""

    tracked: ClassVar[dict[str, tuple[Index, ...]]] = {"people": (by_tag,)}


@pytest.mark.parametrize(
    ("change", "touched"),
    [
        (("ann", ("a", "b")), {"a", "b"}),
        (("ann", ("c",)), {"a", "b", "c"}),
        (("bob", ("c",)), {"c"}),
        (("new", ("b",)), {"b"}),
        (("cid", None), {"b"}),
    ],
)
def test_a_lookup_hangs_on_the_records_with_its_value_where_the_index_is_tracked(
    change: tuple[str, tuple[str, ...] | None], touched: set[str]
) -> None:
    session = Tracking.load(DATA).session()
    fork = session.fork()
    key, tags = change
    if tags is None:
        fork.people.delete(key)
    else:
        fork.people.put(key, person(key, *tags))
    changed = session.places_changed(fork)
    found = set()
    for tag in ("a", "b", "c"):
        watched, looks = session.watched()
        watched.people.lookup(by_tag, tag)
        grouped, seen = session.watched()
        grouped.people.group(by_tag, tag)
        assert seen == looks
        if not looks.isdisjoint(changed):
            found.add(tag)
    assert found == touched


def differing(before: Person | None, after: Person | None) -> list[str]:
    return [
        name
        for name in ("amount", "notes")
        if getattr(before, name, None) != getattr(after, name, None)
    ]


class Parted(Tracking):
    """A house that knows in which parts two people differ."""

    parts: ClassVar[dict[str, Callable[[Any, Any], list[str]]]] = {"people": differing}


@pytest.mark.parametrize(
    ("change", "touched"),
    [
        ({"amount": 1}, {(), ("amount",), ("amount", "notes")}),
        ({"notes": "new"}, {(), ("notes",), ("amount", "notes")}),
        ({"status": "closed"}, {()}),
        ({"tags": ["c"], "notes": "new"}, {(), ("notes",), ("amount", "notes")}),
        (None, {(), ("amount",), ("notes",), ("amount", "notes")}),
    ],
)
def test_a_lookup_of_parts_of_records_hangs_on_these_alone(
    change: dict[str, Any] | None, touched: set[tuple[str, ...]]
) -> None:
    session = Parted.load(DATA).session()
    fork = session.fork()
    if change is None:
        fork.people.put("new", person("new", "a", amount=3).replace(notes="new"))
    else:
        fork.people.put("ann", session.people["ann"].replace(**change))
    changed = session.places_changed(fork)
    found = set()
    for parts in ((), ("amount",), ("notes",), ("amount", "notes")):
        watched, looks = session.watched()
        watched.people.group(by_tag, "a", *parts)
        if not looks.isdisjoint(changed):
            found.add(parts)
        groups = [each.people.group(by_tag, "a", *parts) for each in (session, fork)]
        assert (groups[0] is groups[1]) is (parts not in touched)
        other, looks = session.watched()
        other.people.group(by_tag, "b b", *parts)
        assert looks.isdisjoint(changed)
    assert found == touched


def test_a_lookup_hangs_on_the_whole_table_where_the_index_is_not_tracked(house: House) -> None:
    session = house.session()
    fork = session.fork()
    fork.people.put("bob", person("bob", "c"))
    watched, looks = session.watched()
    watched.people.lookup(by_tag, "a")
    assert not looks.isdisjoint(session.places_changed(fork))


def test_a_noted_session_says_which_fields_of_records_are_looked_at(house: House) -> None:
    session = house.session()
    session.people.put("ann", person("ann", "x"))
    noted, looks, fields = session.noted()
    ann, bob = noted.people["ann"], noted.people.get("bob")
    assert fields == {("people", "ann"): set(), ("people", "bob"): set()}
    assert looks == {("people", "ann"), ("people", "bob")}
    assert isinstance(ann, Person)
    assert bob is not None
    assert ann.tags == ("x",)
    assert bob.amount == house.people["bob"].amount
    assert fields == {("people", "ann"): {"tags"}, ("people", "bob"): {"amount"}}


@pytest.mark.parametrize(
    "look",
    [
        lambda ann: ann == person("ann"),
        lambda ann: person("ann") != ann,
        lambda ann: ann.replace(amount=5),
        lambda ann: ann.plain,
        hash,
    ],
    ids=["equal", "unequal", "replace", "plain", "hash"],
)
def test_what_looks_at_a_noted_record_as_a_whole_looks_at_all_its_fields(
    look: Callable[[Person], object], house: House
) -> None:
    noted, _, fields = house.session().noted()
    ann = house.people["ann"]
    assert look(noted.people["ann"]) == look(ann)
    assert fields == {("people", "ann"): {ALL}}


def test_noted_records_are_equal_to_one_another_as_records_are(house: House) -> None:
    noted, _, _ = house.session().noted()
    assert noted.people["ann"] == noted.people["ann"]
    assert noted.people["ann"] != noted.people["bob"]


@pytest.mark.parametrize("names", [{"amount"}, {ALL}])
@pytest.mark.parametrize(
    ("looked_at", "has"),
    [
        ({("people", "ann"): {"amount", "tags"}}, True),
        ({("people", "ann"): {ALL}}, True),
        ({("people", ""): {ALL}}, True),
        ({("people", "ann"): set()}, False),
        ({("people", "bob"): {"amount"}, ("rooms", ""): {ALL}}, False),
    ],
)
def test_fields_overlap_where_one_of_them_is_among_both(
    looked_at: Fields, has: bool, names: set[str]
) -> None:
    assert overlap(looked_at, {("people", "ann"): names}) is has
    assert not overlap({("people", "ann"): {"tags"}}, {("people", "ann"): {"amount"}})


def test_a_lookup_in_a_noted_session_looks_at_all_fields_of_the_table(house: House) -> None:
    for look in (Table.lookup, Table.group):
        noted, _, fields = house.session().noted()
        getattr(noted.people, look.__name__)(by_tag, "a")
        assert overlap(fields, {("people", "cid"): {"notes"}})


@pytest.mark.parametrize(
    ("look", "hangs_on"),
    [
        (lambda db: db.people["ann"].tags, {"tags", "deleted"}),
        (lambda db: db.people["ann"].plain, {"tags", "amount", "deleted"}),
        (lambda db: db.people["bob"].tags, set()),
        (lambda db: (db.people["bob"].tags, "ann" in db.people), {"deleted"}),
        (lambda db: db.people.get("new"), {"new"}),
        (lambda db: (db.people["bob"].tags, list(db.people)), {"deleted", "new"}),
        (lambda db: [each.amount for each in db.people.values()], {"amount", "deleted", "new"}),
        (lambda db: db.people.lookup(by_tag, "a"), {"tags", "amount", "deleted", "new"}),
    ],
)
def test_what_was_looked_at_is_another_thing_where_a_field_of_it_is(
    house: House, look: Callable[[House], object], hangs_on: set[str]
) -> None:
    session, ann = house.session(), house.people["ann"]
    changes = {
        "tags": ("ann", ann.replace(tags=("c",))),
        "amount": ("ann", ann.replace(amount=5)),
        "deleted": ("ann", None),
        "new": ("new", person("new", "a")),
    }
    noted, looks, fields = session.noted()
    look(noted)
    found = set()
    for what, (key, record) in changes.items():
        fork = session.fork()
        fork.write({("people", key): record})
        if session.is_another(fork, session.places_changed(fork), looks, fields):
            found.add(what)
    assert found == hangs_on


def test_the_base_is_indexed_once_for_all_sessions(house: House) -> None:
    seen: list[str] = []

    def by_amount(row: Person) -> Iterator[float]:
        seen.append(row.person_id)
        yield row.amount

    for _ in range(3):
        assert [row.person_id for row in house.session().people.lookup(by_amount, 0)] == [
            "bob",
            "cid",
        ]
    assert sorted(seen) == ["ann", "bob", "cid"]


# Loading


def test_a_database_can_be_loaded_from_its_own_json(house: House) -> None:
    again = House.load(json.loads(json.dumps(house.plain())))
    assert again.digest == house.digest
    assert list(again.people) == list(PEOPLE)


def test_a_database_can_be_loaded_from_records(house: House) -> None:
    again = House.load({"people": dict(house.people), "rooms": dict(house.rooms)})
    assert again.people["ann"] is house.people["ann"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({**DATA, "people": {"ann": {"person_id": "ann", "amount": "x"}}}, ["people 'ann'"]),
        ({**DATA, "people": {"ann": {"person_id": "ann", "age": 3}}}, ["people 'ann'", "age"]),
        ({**DATA, "people": {"ann": {}}}, ["people 'ann'", "person_id"]),
        ({**DATA, "people": {"ann": None}}, ["people 'ann'"]),
        ({**DATA, "people": {"bob": PEOPLE["ann"]}}, ["people 'bob'", "another person_id"]),
        ({**DATA, "rooms": {"hall": {"size": "wide"}}}, ["rooms 'hall'", "size"]),
        ({**DATA, "people": [PEOPLE["ann"]]}, ["people must map keys to records"]),
        ({**DATA, "pets": {}}, ["['people', 'rooms']", "pets"]),
        ({"people": {}}, ["['people', 'rooms']", "['people']"]),
        ([DATA], ["expected tables by name, got list"]),
    ],
    ids=lambda value: str(value)[:60],
)
def test_an_error_in_the_data_names_source_table_and_key(data: Any, words: list[str]) -> None:
    with pytest.raises(DatabaseError) as caught:
        House.load(data, "house.json")
    text = str(caught.value)
    assert text.startswith("house.json: ")
    assert all(word in text for word in words)


def test_to_plain_gives_json_types(house: House) -> None:
    ann = house.people["ann"]
    assert to_plain(ann) == ann.plain
    assert to_plain([ann, {"room": house.rooms["hall"]}, (1, "x")]) == [
        ann.plain,
        {"room": {"size": 12.5}},
        [1, "x"],
    ]


def test_mappings_in_records_cannot_be_changed_either():
    shop = load_domain("retail").world().db
    product = next(iter(shop.products.values()))
    variant = next(iter(product.variants.values()))
    for change in (
        lambda: product.variants.update({}),
        lambda: product.variants.pop(variant.item_id),
        lambda: variant.options.setdefault("color", "red"),
    ):
        with pytest.raises(TypeError, match="immutable"):
            change()
    assert pickle.loads(pickle.dumps(product)) == product


def test_a_session_is_not_laid_over_a_session(house):
    with pytest.raises(DatabaseError, match="not over another session"):
        house.session().session()
