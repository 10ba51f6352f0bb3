"""How a solver finds what a member means: through reads alone, and no more than it needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from library_desk.language import OF_BOOKS, REFERENCE, ById, Kind, OneOf, Reference, attributes_of
from library_desk.rules import no_such
from library_desk.schema import Author, Book, Fee, Loan, Member
from writ_gym.breaches import Breach
from writ_gym.database import JSON
from writ_gym.queries import keeps, pick
from writ_gym.solving import Reads, read


@dataclass(frozen=True)
class Entry:
    """One thing that could be meant, with as much of it as was read."""

    key: str
    record: Any = None
    """The loan or the fee."""
    book: Any = None

    @property
    def book_id(self) -> str:
        """Id of its book."""
        return str(self.record.book_id) if self.record else self.key


def attribute(entry: Entry, name: str) -> JSON:
    """Return an attribute; see ``language``."""
    return getattr(entry.book if name in OF_BOOKS else entry.record, name)


def reference_of(kind: Kind, facts: Mapping[str, JSON]) -> Reference:
    """Return what the member has said of the thing that is meant."""
    return REFERENCE.validate_python(facts[kind])


def read_member(caller: str) -> Reads[Member]:
    """Read the member's card."""
    return Member.model_validate_json((yield from read("get_member", member_id=caller)))


def read_fee(key: str) -> Reads[Fee]:
    """Read a fee."""
    return Fee.model_validate_json((yield from read("get_fee", fee_id=key)))


def with_record(kind: Kind, key: str) -> Reads[Entry]:
    """Read the record of a loan or fee; a hold and a book have none besides the book's."""
    if kind == "loan":
        answer = yield from read("get_loan", loan_id=key)
        return Entry(key, Loan.model_validate_json(answer))
    return Entry(key, (yield from read_fee(key)) if kind == "fee" else None)


def with_book(entry: Entry) -> Reads[Entry]:
    """Read the book."""
    answer = yield from read("get_book", book_id=entry.book_id)
    return replace(entry, book=Book.model_validate_json(answer))


def find(kind: Kind, caller: str, reference: Reference) -> Reads[Entry | Breach]:
    """Find the one that is meant; a search that may stop at the first that fits stops there."""
    if isinstance(reference, ById):
        return (yield from with_record(kind, reference.id))
    entries: list[Entry] = []
    for key in (yield from _keys(kind, caller, reference)):
        entry = yield from with_record(kind, key)
        if attributes_of(reference) & OF_BOOKS:
            entry = yield from with_book(entry)
        if reference.by is None and keeps(entry, reference.where, attribute):
            return entry
        entries.append(entry)
    return pick(entries, reference, attribute) or no_such(kind, reference)


def _keys(kind: Kind, caller: str, reference: OneOf) -> Reads[Sequence[str]]:
    """Return the ids of those that may be meant."""
    if reference.among != "all":
        return reference.among
    if kind == "book":
        answer = yield from read("get_author", name=reference.author)
        return Author.model_validate_json(answer).books
    member = yield from read_member(caller)
    listed: tuple[str, ...] = getattr(member, f"{kind}s")
    return listed
