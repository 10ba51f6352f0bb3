"""Edits of plain tables: found from the schema, and likely to change what is right."""

from sys import modules
from typing import Annotated, ClassVar, Literal

import pytest
from pydantic import Field

from writ_gym.database import Database, FrozenMap, Record, Table
from writ_gym.kit import Entity, Kind
from writ_gym.kit.edits import Asked, TableEdits
from writ_gym.tasks import Edit, Fact, Request


@pytest.fixture
def member(library):
    """Return a member with several loans and fees."""
    members = library.world().db.members.values()
    return next(each for each in members if len(each.loans) > 2 and len(each.fees) > 2)


def values_of(library, member, intent, value, table, key):
    """Return what edits of a record set."""
    slot = library.proof.kinds[intent].name
    request = Request(
        intent=intent, text="Please.", facts=(Fact(slot=slot, value=value, text="This."),)
    )
    edits = library.proof.edits(library.world().db, member.member_id, request, table, key)
    return [edit.arguments["values"] for edit in edits]


def test_closed_sets_numbers_days_links_and_lists_have_other_values(library, member):
    db = library.world().db
    fee, loan = member.fees[0], member.loans[0]
    found = values_of(library, member, "pay_fee", {"id": fee}, "fees", fee)
    statuses = {each["status"] for each in found if "status" in each}
    assert statuses == {"open", "paid", "disputed"} - {db.fees[fee].status}
    assert {"amount": 9999.99} in found
    assert not any("fee_id" in each for each in found)
    found = values_of(library, member, "renew_loan", {"id": loan}, "loans", loan)
    assert {"due": "2099-01-02"} in found
    assert any(each.get("book_id") in db.books for each in found)
    found = values_of(library, member, "renew_loan", {"id": loan}, "members", member.member_id)
    assert {"loans": list(member.loans[1:])} in found


def test_what_is_asked_for_by_id_may_be_listed_and_may_be_somebody_elses(library, member):
    db = library.world().db
    other = next(key for key, loan in db.loans.items() if loan.member_id != member.member_id)
    found = values_of(library, member, "ask_due", {"id": other}, "members", member.member_id)
    assert {"loans": sorted([*member.loans, other])} in found
    found = values_of(library, member, "ask_due", {"id": other}, "loans", other)
    assert {"member_id": member.member_id} in found


def test_a_record_enters_among_those_that_are_meant_by_several_fields_at_once(library, member):
    value = {
        "where": [{"attribute": "cause", "test": "is", "value": "lost card"}],
        "by": "amount", "extreme": "highest", "rank": 1, "among": "all",
    }  # fmt: skip
    fees = library.world().db.fees
    fee = next(key for key in member.fees if fees[key].cause != "lost card")
    found = values_of(library, member, "pay_fee", value, "fees", fee)
    assert {"cause": "lost card", "amount": 9999.99} in found
    other = next(each for each in ("open", "paid") if each != fees[fee].status)
    assert {"cause": "lost card", "amount": 9999.99, "status": other} in found


def test_what_is_compared_lies_next_to_each_of_the_others(library, member):
    value = {"by": "amount", "extreme": "highest", "rank": 2, "among": list(member.fees[:2])}
    found = values_of(library, member, "pay_fee", value, "fees", member.fees[0])
    beside = library.world().db.fees[member.fees[1]].amount
    amounts = {each["amount"] for each in found if "amount" in each}
    assert {round(beside - 0.01, 2), round(beside + 0.01, 2)} <= amounts


def test_a_link_leads_to_what_comes_first_by_what_is_compared(library, member):
    value = {"by": "pages", "extreme": "lowest", "rank": 1, "among": list(member.loans[:2])}
    books = library.world().db.books
    found = values_of(library, member, "renew_loan", value, "loans", member.loans[0])
    shortest = min(books, key=lambda key: books[key].pages)
    assert {"book_id": shortest} in found


def test_links_lead_to_what_may_be_meant_and_to_what_links_to_it(library, member):
    """So a rule is found by which what is meant must not be what the user has already."""
    db = library.world().db
    loan, lent = member.loans[0], {each.book_id for each in db.loans.values()}
    author = next(
        each for each in db.authors.values() if len(lent & set(each.books)) == len(each.books)
    )
    stated, other = author.books[-1], author.books[0]
    for value, books in (
        ({"id": stated}, {stated}),
        ({"by": "pages", "among": [stated, other]}, {stated, other}),
        ({"by": "pages", "among": "all", "of": author.name}, set(author.books)),
    ):
        found = values_of(library, member, "place_hold", value, "loans", loan)
        assert books <= {each.get("book_id") for each in found} | {db.loans[loan].book_id}
        found = values_of(library, member, "place_hold", value, "members", member.member_id)
        had = {db.loans[key].book_id for each in found for key in each.get("loans", ())}
        assert books <= had


class Part(Record):
    colour: Literal["red", "blue"]


class Thing(Record):
    thing: str
    tags: tuple[Literal["a", "b"], ...]
    marks: frozenset[Literal["x"]]
    notes: FrozenMap[str, bool]
    parts: tuple[Part, ...]
    other: str | None
    weight: Annotated[int, Field(le=100)] | None
    on: bool


class ThingsDB(Database):
    things: Table[Thing]
    key_fields: ClassVar[dict[str, str]] = {"things": "thing"}


THING = Kind(
    Thing, "things", "get_thing", "thing", name="thing", ids="T", scope="all",
    holder=Entity(Thing, "things", "get_thing", "thing"), listed="tags",
)  # fmt: skip


@pytest.mark.parametrize("links", [{}, {"things": {"other": "things"}}])
def test_values_of_every_type_are_edited_and_none_where_there_may_be_none(links):
    same = {"marks": frozenset(), "notes": {"n": True}}
    things = {
        "T1": Thing(thing="T1", tags=("a",), parts=(Part(colour="red"),), other=None, weight=5,
                    on=True, **same),
        "T2": Thing(thing="T2", tags=(), parts=(), other="T1", weight=None, on=False, **same),
    }  # fmt: skip
    db = ThingsDB.load({"things": things})
    found = {
        key: list(TableEdits(THING, links, {}, {}).find(db, Asked("T1"), "things", things[key]))
        for key in things
    }
    for each in (
        {"tags": []}, {"tags": ["a", "b"]}, {"marks": ["x"]}, {"notes": {"n": False}},
        {"parts": []}, {"parts": [{"colour": "blue"}]}, {"weight": None}, {"weight": 1},
        {"on": False}, {"other": "T2" if links else "1999-01-02"},
    ):  # fmt: skip
        assert each in found["T1"]
    for each in ({"tags": ["a"]}, {"other": None}, {"weight": 1}, {"on": True}):
        assert each in found["T2"]


def test_an_edit_that_a_field_does_not_take_does_not_fit(library, member):
    edit = Edit(
        name="set_amount",
        arguments={"table": "fees", "key": member.fees[0], "values": {"amount": "much"}},
    )
    with pytest.raises(ValueError, match="A changed Fee is invalid"):
        library.proof.apply(library.world().db.session(), edit)


def test_what_holds_a_record_may_be_another_one(library, member):
    db = library.world().db
    book = next(iter(db.books))
    found = values_of(library, member, "place_hold", {"id": book}, "books", book)
    authors = {each["author"] for each in found if "author" in each}
    assert authors
    assert authors <= db.authors.keys() - {db.books[book].author}


def test_what_a_user_has_may_be_one_other_thing_alone(library, member):
    value = {"by": "amount", "extreme": "lowest", "rank": 1, "among": "all"}
    found = values_of(library, member, "pay_fee", value, "members", member.member_id)
    alone = {each["fees"][0] for each in found if len(each.get("fees", ())) == 1}
    assert alone
    assert not alone & set(member.fees)


def test_modules_of_the_proof_know_nothing_of_the_solvers():
    for name in ("proving", "edits"):
        used = vars(modules[f"writ_gym.kit.{name}"]).values()
        assert not any(
            getattr(each, "__module__", "").startswith("writ_gym.kit.seeing") for each in used
        )
