"""Solvers as plain functions: what they look at is read, once, in the order in which they look."""

from sys import modules

import pytest

from writ_gym.errors import UnsolvableError
from writ_gym.kit import ById, Case, OneOf
from writ_gym.kit.seeing import WholeView, find, reading
from writ_gym.meaning.queries import Condition
from writ_gym.meaning.solving import Notebook, drive


@pytest.fixture
def language(library):
    return modules["library_desk.language"]


@pytest.fixture
def member(library):
    """Return a member with several loans and fees."""
    members = library.world().db.members.values()
    return next(each for each in members if len(each.loans) > 2 and len(each.fees) > 2)


def solved(library, language, caller, make):
    """Return what a function makes, and the reads that it takes."""
    db = library.world().db
    answer = lambda call: library.tools.answer(db, call.name, call.arguments)[0]  # noqa: E731
    return drive(reading(language.MEMBER, caller, make), Notebook(), answer)


def test_each_record_is_read_once_and_in_order(library, language, member):
    def look(view):
        fees = [view.get(language.FEE, key).amount for key in view.me.fees]
        return [*fees, view.get(language.FEE, view.me.fees[0]).amount]

    amounts, reads = solved(library, language, member.member_id, look)
    assert [next(iter(call.arguments.values())) for call in reads] == [
        member.member_id,
        *member.fees,
    ]
    assert amounts[0] == amounts[-1]


def test_what_is_not_looked_at_is_not_read(library, language, member):
    def look(view):
        return Case(view, language.LOAN, member.loans[0]).record.due

    assert len(solved(library, language, member.member_id, look)[1]) == 1


def test_a_linked_record_is_read_through_the_record(library, language, member):
    def look(view):
        return Case(view, language.LOAN, member.loans[0]).value("title")

    title, reads = solved(library, language, member.member_id, look)
    db = library.world().db
    assert title == db.books[db.loans[member.loans[0]].book_id].title
    assert [call.name for call in reads] == ["get_loan", "get_book"]


def test_a_kind_without_a_link_has_no_linked_record(library, language, member):
    view = WholeView(language.MEMBER, member.member_id, library.world().db)
    with pytest.raises(TypeError, match="The kind 'fee' has no link"):
        Case(view, language.FEE, member.fees[0]).linked  # noqa: B018


def test_a_description_is_looked_for_until_something_fits(library, language, member):
    cause = library.world().db.fees[member.fees[0]].cause
    choice = OneOf(where=(Condition(attribute="cause", test="is", value=cause),))
    found, reads = solved(
        library, language, member.member_id, lambda view: find(view, language.FEE, choice).key
    )
    assert found == member.fees[0]
    assert len(reads) == 2


def test_what_is_meant_is_found(library, language, member):
    db = library.world().db
    view = WholeView(language.MEMBER, member.member_id, db)
    amounts = {key: db.fees[key].amount for key in member.fees}
    ordered = sorted(amounts, key=amounts.__getitem__, reverse=True)
    for rank, key in enumerate(ordered[:2], 1):
        assert find(view, language.FEE, OneOf(by="amount", rank=rank)).key == key
    named = OneOf(by="amount", among=tuple(ordered[1:3]))
    assert find(view, language.FEE, named).key == ordered[1]
    assert find(view, language.FEE, ById(id=ordered[2])).key == ordered[2]


def test_where_nothing_fits_it_is_told_what_there_is_not(library, language, member):
    view = WholeView(language.MEMBER, member.member_id, library.world().db)
    over = OneOf(where=(Condition(attribute="amount", test="over", value=9000),))
    assert find(view, language.FEE, over)[:2] == ("no_such_fee", 9000)
    assert find(view, language.FEE, OneOf(by="amount", rank=99))[:2] == ("no_such_fee", "fee")


def test_a_tie_is_no_answer(library, language, member):
    view = WholeView(language.MEMBER, member.member_id, library.world().db)
    twice = OneOf(by="amount", among=(member.fees[0], member.fees[0]))
    with pytest.raises(UnsolvableError, match="tied"):
        find(view, language.FEE, twice)


def test_what_was_looked_at_is_known_per_look(library, language, member):
    view = WholeView(language.MEMBER, member.member_id, library.world().db)
    _, outer = view.looking(
        lambda: (view.me, view.looking(lambda: view.get(language.FEE, member.fees[0])))
    )
    assert outer == {member.member_id}
