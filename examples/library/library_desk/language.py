"""How a member can mean one of several things, and what that means exactly.

There are four kinds of things: a ``loan`` and a ``fee`` of the member, a ``hold`` (a book that the
member waits for), and a ``book`` by an author. An attribute of a loan or a fee is a field of its
record, or of the record of the book that was borrowed; a hold and a book have those of the book.

Solvers and proof are written from this page, apart from one another:

1. Where a valid card is needed and the card is past its last day: ``card_expired``, told is it.
2. The reference is resolved. ``by`` names the attribute by which the ``rank``-th of those that keep
   ``where`` is meant; a tie at or above it is unclear. Without ``by`` just one of them keeps
   ``where``; several are unclear. If there are too few: ``no_such_KIND``, told is the value of the
   condition, or the kind.
3. A loan or fee of another member: ``other_member``, told is its id.
4. The rules of policy.md for what is to be done; see ``rules``.
"""

from typing import Literal, TypeAlias

from pydantic import TypeAdapter

from writ_gym.queries import Choice
from writ_gym.tasks import Config

Kind: TypeAlias = Literal["loan", "fee", "hold", "book"]

OF_BOOKS = frozenset({"title", "author", "pages", "year", "waiting"})
"""Attributes that the record of a book shows."""


class ById(Config):
    """The one with this id."""

    id: str


Among: TypeAlias = Literal["all"] | tuple[str, ...]


class OneOf(Choice):
    """One of several: all that the member has of the kind, or those named by id."""

    among: Among = "all"
    author: str | None = None
    """For a book: out of all by this author."""


Reference: TypeAlias = ById | OneOf
REFERENCE: TypeAdapter[Reference] = TypeAdapter(Reference)
REFERENCES = frozenset({"among"})
"""A value with one of these keys has to be looked up, and a right proposal need not repeat it."""


def attributes_of(reference: OneOf) -> set[str]:
    """Return the attributes that have to be compared."""
    return {condition.attribute for condition in reference.where} | {reference.by or ""} - {""}


OUTSIDE = {
    "purchase": "a novel bought that is missing from your shelves",
    "room": "a room booked for my reading circle",
    "printer": "the printer on the second floor filled with paper",
    "other_branch": "a parcel of books sent to my school",
    "name": "the name on my card changed",
    "complaint": "a complaint about the noise put on record",
}
"""What no tool of the desk can do: by key, what the member wants to have."""
