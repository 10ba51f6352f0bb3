"""What users can mean: kinds of records, as data, and the language in which facts name one of them.

Solvers (``seeing``), drafts (``scenes``), words (``words``) and proof (``proving``) go by the same
kinds, each with code of its own. What a reference means exactly:

- ``ById`` means the record with that id, whoever it belongs to.
- ``OneOf`` means one of those that its holder lists, or of those that the user names by id in
  ``among``. ``by`` names the attribute by which the ``rank``-th of those that keep ``where``
  is meant; a tie at or above it is unclear. Without ``by`` just one of them keeps ``where``; if
  several do, it is unclear. If there are too few, the reason code is ``no_such_KIND``, and what has
  to be told is the value of the condition, or the name of the kind.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from pydantic import TypeAdapter

from writ_gym.database import Record
from writ_gym.meaning.queries import Choice
from writ_gym.tasks import Call, Config


class ById(Config):
    """The one with this id."""

    id: str


class OneOf(Choice):
    """One of several: all that the holder lists, or those named by id."""

    among: Literal["all"] | tuple[str, ...] = "all"
    of: str | None = None
    """The key of the holder, if that is not the user: of all books by this author."""


Reference: TypeAlias = ById | OneOf
REFERENCE: TypeAdapter[Reference] = TypeAdapter(Reference)
REFERENCES = frozenset({"among"})
"""A value with one of these keys has to be looked up, and a right proposal need not repeat it."""


@dataclass(frozen=True, eq=False)
class Entity:
    """A table of records that a read shows one by one."""

    record: type[Record]
    table: str
    read: str
    """The tool that shows one."""
    key: str
    """The argument that names the record, of this tool and of writes."""

    def shown(self, key: str) -> Call:
        """Return the read that shows a record."""
        return Call(self.read, {self.key: key})


@dataclass(frozen=True)
class Detail:
    """Something that users say of themselves."""

    name: str
    """What it is called: "card number"."""
    field: str
    """The field of the user's record."""
    looks: str
    """How a value looks, as a regular expression."""
    asked: str = ""
    """How agents name it, as a regular expression; empty for its name."""


@dataclass(frozen=True)
class Attribute:
    """Something by which users compare records, or by which they describe one."""

    highest: tuple[str, ...] = ()
    """What the one with the largest value has, in words that follow "the one with the": "latest due
    date". Without any, nothing is the largest or smallest by it."""
    lowest: tuple[str, ...] = ()
    phrase: str = ""
    """How it describes records: "by {value}", or of numbers "with {value} pages", where the value
    is then "more than 300". Without it, nothing is described by it."""
    step: int = 0
    """Bounds that users name are multiples of this; 0 for texts, of which they name the value."""


@dataclass(frozen=True, eq=False)
class Kind(Entity):
    """Records of which a user can mean one."""

    name: str
    """What one is called, and the slot of the fact that says which one is meant."""
    ids: str
    """How an id looks, as a regular expression."""
    holder: Entity
    """What lists them: the user's own record, or another one that the user names."""
    listed: str
    """The field with their ids, of the holder's record."""
    scope: str
    """All that there are, in words: "all my loans", "all the books by {of}"."""
    held_by: str = ""
    """The field with the key of the holder, if that is not the user: the author of a book."""
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    link: str = ""
    """The field with the key of another record that tells more, such as the book of a loan."""
    linked: Entity | None = None
    """What that is."""
    of_link: Mapping[str, Attribute] = field(default_factory=dict)
    """The attributes that the other record shows."""

    @property
    def every(self) -> Mapping[str, Attribute]:
        """All attributes."""
        return {**self.attributes, **self.of_link}
