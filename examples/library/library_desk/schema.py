"""The library's tables. Money is in US dollars; dates are texts such as "2025-03-14"."""

from typing import ClassVar, Literal, TypeAlias

from writ_gym.database import Database, Record, Table

TODAY = "2025-03-14"

Cause: TypeAlias = Literal["late return", "lost card", "stained page", "photocopies"]
Status: TypeAlias = Literal["open", "paid", "disputed"]


class Member(Record):
    """A member, with what is on the card: loans and fees by id, oldest first, and books on hold."""

    member_id: str
    first_name: str
    last_name: str
    email: str
    card_number: str
    valid_until: str
    loans: tuple[str, ...]
    fees: tuple[str, ...]
    holds: tuple[str, ...]
    """Ids of books, sorted."""


class Loan(Record):
    """A book that a member has at home."""

    loan_id: str
    member_id: str
    book_id: str
    due: str
    renewals: int


class Fee(Record):
    """What a member owes, or owed."""

    fee_id: str
    member_id: str
    cause: Cause
    amount: float
    status: Status


class Book(Record):
    """A title that the library has."""

    book_id: str
    title: str
    author: str
    pages: int
    year: int
    on_shelf: int
    """Copies that are there to be taken."""
    shelf_mark: str
    waiting: int
    """Members who wait for a copy."""


class Author(Record):
    """An author, with the ids of the books that the library has."""

    name: str
    books: tuple[str, ...]


class LibraryDB(Database):
    """The library."""

    members: Table[Member]
    loans: Table[Loan]
    fees: Table[Fee]
    books: Table[Book]
    authors: Table[Author]

    key_fields: ClassVar[dict[str, str]] = {
        "members": "member_id",
        "loans": "loan_id",
        "fees": "fee_id",
        "books": "book_id",
        "authors": "name",
    }


def by_contact(member: Member) -> tuple[str, str]:
    """Index members by card number and by e-mail address."""
    return member.card_number, member.email
