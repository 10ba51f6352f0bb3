"""Solvers as plain functions: a record is read when the function looks at it.

``View.get`` gives a record. In a conversation it may not have been read yet: then the function is
left, the read is made, and the function begins again with what is known now. So it must decide by
what it looks at alone, and looks at things in the order in which an agent should read them.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from writ_gym.database import JSON, Database, Record
from writ_gym.kit.kinds import ById, Entity, Kind, OneOf, Reference
from writ_gym.meaning.breaches import Breach
from writ_gym.meaning.queries import keeps, pick
from writ_gym.meaning.solving import Reads
from writ_gym.tasks import Call

T = TypeVar("T")


class View(ABC):
    """The world, record by record, as one user's agent can see it."""

    def __init__(self, user: Entity, caller: str) -> None:
        self._user = user
        self.caller = caller

    @property
    def me(self) -> Any:
        """The user's own record."""
        return self.get(self._user, self.caller)

    @abstractmethod
    def get(self, entity: Entity, key: str) -> Any:
        """Return a record."""


class _UnreadError(Exception):
    """A record that was not read yet."""

    def __init__(self, entity: Entity, call: Call) -> None:
        super().__init__(call)
        self.entity, self.call = entity, call


class _ReadSoFar(View):
    """What an agent has read."""

    def __init__(self, user: Entity, caller: str) -> None:
        super().__init__(user, caller)
        self.records: dict[str, Record] = {}

    def get(self, entity: Entity, key: str) -> Any:
        call = entity.shown(key)
        if call.key not in self.records:
            raise _UnreadError(entity, call)
        return self.records[call.key]


class WholeView(View):
    """A whole database, and of whom was looked at something."""

    def __init__(self, user: Entity, caller: str, db: Database) -> None:
        super().__init__(user, caller)
        self._db = db
        self._looked: set[str] = set()

    def get(self, entity: Entity, key: str) -> Any:
        """Return a record, and note that it was looked at."""
        self._looked.add(key)
        return getattr(self._db, entity.table)[key]

    def looking(self, make: Callable[[], T]) -> tuple[T, frozenset[str]]:
        """Return what a function makes, and the keys of the records that it looks at."""
        before, self._looked = self._looked, set()
        try:
            return make(), frozenset(self._looked)
        finally:
            self._looked = before


def reading(user: Entity, caller: str, make: Callable[[View], T]) -> Reads[T]:
    """Return what a function makes of the records that it looks at, which are read for it."""
    view = _ReadSoFar(user, caller)
    while True:
        try:
            return make(view)
        except _UnreadError as unread:
            answer = yield unread.call
            view.records[unread.call.key] = unread.entity.record.model_validate_json(answer)


@dataclass(frozen=True)
class Case:
    """One record that a user may mean, as rules look at it."""

    view: View
    kind: Kind
    key: str

    @property
    def caller(self) -> str:
        """Who asks."""
        return self.view.caller

    @property
    def me(self) -> Any:
        """The record of who asks."""
        return self.view.me

    @property
    def record(self) -> Any:
        """The record itself."""
        return self.view.get(self.kind, self.key)

    @property
    def linked(self) -> Any:
        """The other record that it links to, such as the book of a loan."""
        if self.kind.linked is None:
            raise TypeError(
                f"The kind {self.kind.name!r} has no link: give it `link` and `linked`."
            )
        return self.view.get(self.kind.linked, getattr(self.record, self.kind.link))

    def value(self, attribute: str) -> JSON:
        """Return the value of an attribute."""
        return getattr(self.linked if attribute in self.kind.of_link else self.record, attribute)


def cases(view: View, kind: Kind, reference: OneOf) -> Sequence[Case]:
    """Return those of which one is meant."""
    if reference.among != "all":
        keys: Sequence[str] = reference.among
    else:
        keys = getattr(view.get(kind.holder, reference.of or view.caller), kind.listed)
    return [Case(view, kind, key) for key in keys]


def find(view: View, kind: Kind, reference: Reference) -> Case | Breach:
    """Return the one that is meant; a search that may stop at the first that fits stops there.

    Raises:
        UnsolvableError: Records are tied.
    """
    if isinstance(reference, ById):
        return Case(view, kind, reference.id)
    several = cases(view, kind, reference)
    if reference.by is None:
        fitting = (case for case in several if keeps(case, reference.where, Case.value))
        found = next(fitting, None)
    else:
        found = pick(several, reference, Case.value)
    return found or no_such(kind, reference)


def no_such(kind: Kind, reference: OneOf) -> Breach:
    """Return why nothing can be done where there is nothing as the user wants it."""
    fact = reference.where[0].value if reference.where else kind.name
    sentence = f"I am sorry, I cannot do that: there is no such {kind.name} ({fact})."
    return Breach(f"no_such_{kind.name}", fact, sentence)
