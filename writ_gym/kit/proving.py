"""Brute force over plain tables: which record is meant, and edits of the world around it.

It shares ``kinds``, the language, with what makes the tasks, and none of its code.
"""

from abc import abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property, partial
from types import MappingProxyType
from typing import Any, TypeAlias

from writ_gym.database import JSON, Record, leaves
from writ_gym.errors import DatabaseError
from writ_gym.kit.edits import Asked, Links, TableEdits, keys_in
from writ_gym.kit.kinds import REFERENCE, ById, Detail, Entity, Kind, OneOf, Reference
from writ_gym.meaning.brute_force import ForbiddenError, chosen, keeps, parsed, unclear
from writ_gym.meaning.proofs import NO_PICKS, Decision, Meaning, Picks, Proof, UnclearError
from writ_gym.tasks import Call, Edit, Provenance, Request

Meant: TypeAlias = Callable[[], str]
"""Gives the id of the record that a request means."""

DEPTH = 2
"""Links from the user, and from what is named, over which records can have to do with a request."""
NO_LINKS: Links = MappingProxyType({})


class TableProof(Proof[Any]):
    """What a checker knows of a domain of plain tables; a domain says what requests come to."""

    by_rule: Mapping[str, Collection[str]] = MappingProxyType({})
    """By intent, arguments of its write that no record shows and no user says."""

    def __init__(
        self,
        *,
        user: Entity,
        details: Mapping[str, Detail],
        kinds: Mapping[str, Kind],
        links: Links = NO_LINKS,
    ) -> None:
        """Prepare to prove.

        Args:
            user: The records of the users.
            details: By identity slot, what users say of themselves.
            kinds: By intent, the kind of record that it is about; others are not there.
            links: By table and field, the table to which the keys in that field belong: of every
                field that holds any, but for those that the kinds tell of and the user's own key.
        """
        self._user = user
        self._details = details
        self.kinds = kinds
        self.links = links
        self.alone = tuple(self._entities)

    @abstractmethod
    def comes_to(self, db: Any, caller: str, request: Request, meant: Meant) -> Meaning:
        """Return what a request comes to.

        Args:
            db: The world as it is.
            caller: Who asks.
            request: What is asked for.
            meant: Gives the id of the record that is meant. What is forbidden whatever is meant
                comes before it is called.

        Raises:
            ForbiddenError: A rule forbids it; see ``brute_force.forbid``.
        """

    def callers(self, db: Any, identity: Mapping[str, JSON]) -> Collection[str]:
        """Return everybody of whom all identity facts are true."""
        (field, first), *others = [(self._details[slot].field, v) for slot, v in identity.items()]
        return [
            getattr(user, self._user.key)
            for user in getattr(db, self._user.table).lookup(_by(field), first)
            if all(getattr(user, name) == said for name, said in others)
        ]

    def meaning(self, db: Any, caller: str, request: Request, picks: Picks = NO_PICKS) -> Meaning:
        """Return what a request comes to."""

        def meant() -> str:
            kind = self.kinds[request.intent]
            picked = picks.get("record")
            return picked or _meant(db, caller, kind, parsed(REFERENCE, request.values[kind.name]))

        try:
            return self.comes_to(db, caller, request, meant)
        except ForbiddenError as error:
            return Meaning(breaches=frozenset({error.breach}))

    def decisions(
        self, db: Any, caller: str, request: Request, picks: Picks = NO_PICKS
    ) -> Sequence[Decision]:
        """Return the choice of the record that is meant, where there is one."""
        reference = self._reference(request)
        if picks or not isinstance(reference, OneOf):
            return ()
        try:
            right = self.meaning(db, caller, request).writes
        except UnclearError:
            right = ()
        comes_to = {
            key: self.meaning(db, caller, request, {"record": key}).writes
            for key in _listed(db, caller, self.kinds[request.intent], reference)
        }
        options = tuple(key for key, writes in comes_to.items() if writes)
        if not right or len(options) < 2:
            return ()
        return (Decision("record", options, tuple(k for k in options if comes_to[k] == right)),)

    def sources(self, request: Request, write: Call) -> Mapping[str, Provenance]:
        """Return where each argument is from: the user, if it is an id that the user has given."""
        found: dict[str, Provenance] = dict.fromkeys(write.arguments, "read")
        found |= dict.fromkeys(self.by_rule.get(request.intent, ()), "rule")
        if isinstance(self._reference(request), ById):
            found[self.kinds[request.intent].key] = "user"
        return found

    def records(self, db: Any, call: Call) -> Sequence[tuple[str, str]]:
        """Return table and key of the record that a read shows."""
        return [
            (each.table, call.arguments[each.key])
            for each in self._entities.values()
            if each.read == call.name
        ]

    def around(self, db: Any, caller: str, request: Request) -> Iterable[tuple[str, str]]:
        """Return the caller, what the request names, and what these link to."""
        named = {
            (table, text)
            for text in leaves(request.values)
            for table in self._entities
            if isinstance(text, str) and text in getattr(db, table)
        }
        reached = level = dict.fromkeys([(self._user.table, caller), *sorted(named)])
        for _ in range(DEPTH):
            level = {
                (table, key): None
                for each in level
                for table, key in self._links_of(db, *each)
                if table != self._user.table
            }
            reached |= level
        return reached

    def _links_of(self, db: Any, table: str, key: str) -> Iterator[tuple[str, str]]:
        """Yield what a record lists or links to; who holds it is not among that."""
        record = getattr(db, table).get(key)
        for field, other in self._fields.get(table, {}).items() if record else ():
            yield from ((other, each) for each in keys_in(record, field))

    def edits(self, db: Any, caller: str, request: Request, table: str, key: str) -> Iterator[Edit]:
        """Yield edits of a record, those of the fields that the request is about first."""
        record = getattr(db, table).get(key)
        if record is None:
            return
        for values in self._edits.find(db, self._asked(db, caller, request), table, record):
            name = f"set_{'_and_'.join(values)}"
            yield Edit(name=name, arguments={"table": table, "key": key, "values": values})

    def apply(self, db: Any, edit: Edit) -> None:
        """Make an edit in a session."""
        table, key = getattr(db, edit.arguments["table"]), edit.arguments["key"]
        if key not in table:
            raise ValueError(f"There is no record {key!r}.")
        try:
            table.put(key, table[key].replace(**edit.arguments["values"]))
        except DatabaseError as error:  # a number is out of bounds, say
            raise ValueError(str(error)) from None

    def apart(self, record: Record, goal: Record) -> int:
        """Return that one write may be enough; where each takes one step, a domain knows more."""
        return int(record != goal)

    def knows(self, table: str, field: str) -> bool:
        """Say whether it is known of a field that it holds keys of another table."""
        known = (self._fields, self._owners, self._holders)
        return any(field in links.get(table, {}) for links in known)

    def _asked(self, db: Any, caller: str, request: Request) -> Asked:
        """Return what of a request edits are about."""
        reference, kind = self._reference(request), self.kinds.get(request.intent)
        if kind is None or reference is None:
            return Asked(caller)
        try:
            keys = _listed(db, caller, kind, reference)
        except UnclearError:  # nobody lists them
            keys = ()
        there = {key: row for key in keys if (row := getattr(db, kind.table).get(key))}
        about = {self._user.table: [caller], kind.table: list(there)}
        for field, table in self._fields.get(kind.table, {}).items():
            about.setdefault(table, []).extend(
                key for record in there.values() for key in keys_in(record, field)
            )
        return Asked(caller, kind, reference, _compared(db, kind, reference, keys), about)

    def _reference(self, request: Request) -> Reference | None:
        kind = self.kinds.get(request.intent)
        return parsed(REFERENCE, request.values[kind.name]) if kind else None

    @cached_property
    def _entities(self) -> Mapping[str, Entity]:
        """All that reads show one by one, by table."""
        found: dict[str, Entity] = {self._user.table: self._user}
        for kind in self.kinds.values():
            for each in (kind, kind.holder, kind.linked):
                if each is not None:
                    found.setdefault(each.table, each)
        return found

    @cached_property
    def _edits(self) -> TableEdits:
        return TableEdits(self._user, self._fields, self._owners, self._holders)

    @cached_property
    def _fields(self) -> Links:
        """By table and field, the table to which it links."""
        found = {table: dict(fields) for table, fields in self.links.items()}
        for kind in self.kinds.values():
            found.setdefault(kind.holder.table, {})[kind.listed] = kind.table
            if kind.linked is not None:
                found.setdefault(kind.table, {})[kind.link] = kind.linked.table
        return found

    @cached_property
    def _owners(self) -> Links:
        """By table, the field with the key of the user whose record it is."""
        return {
            entity.table: {self._user.key: self._user.table}
            for entity in self._entities.values()
            if entity is not self._user and self._user.key in entity.record.model_fields
        }

    @cached_property
    def _holders(self) -> Links:
        """By table, the field with the key of what holds it, where that is not the user."""
        held = [kind for kind in self.kinds.values() if kind.held_by]
        return {kind.table: {kind.held_by: kind.holder.table} for kind in held}


@cache
def _by(field: str) -> Callable[[Record], tuple[JSON]]:
    """Return an index of records by a field."""
    return lambda record: (getattr(record, field),)


def _listed(db: Any, caller: str, kind: Kind, reference: Reference) -> Sequence[str]:
    """Return the ids of those that may be meant, in the order in which they are shown."""
    if isinstance(reference, ById):
        return (reference.id,)
    if reference.among != "all":
        return reference.among
    holders = getattr(db, kind.holder.table)
    holder = reference.of or caller
    if holder not in holders:
        unclear(f"There is no {holder!r}.")
    keys: Sequence[str] = getattr(holders[holder], kind.listed)
    return keys


def _value(db: Any, kind: Kind, key: str, name: str) -> str | float:
    """Return the value of an attribute."""
    record = getattr(db, kind.table).get(key)
    if record is None:
        unclear(f"There is no {kind.name} {key!r}.")
    if kind.linked is not None and name in kind.of_link:
        record = getattr(db, kind.linked.table)[getattr(record, kind.link)]
    found: str | float = getattr(record, name)
    return found


def _compared(
    db: Any, kind: Kind, reference: Reference, keys: Sequence[str]
) -> Sequence[str | float]:
    """Return the values by which those are compared of which one is meant; none if they are not."""
    if not isinstance(reference, OneOf) or reference.by is None:
        return ()
    try:
        return [_value(db, kind, key, reference.by) for key in keys]
    except UnclearError:
        return ()


def _meant(db: Any, caller: str, kind: Kind, reference: Reference) -> str:
    """Return the id of the one that is meant."""
    rows = getattr(db, kind.table)
    if isinstance(reference, ById):
        if reference.id not in rows:
            unclear(f"There is no {kind.name} {reference.id!r}.")
        return reference.id

    value = partial(_value, db, kind)
    fitting = [
        key
        for key in _listed(db, caller, kind, reference)
        if all(keeps(value(key, c.attribute), c) for c in reference.where)
    ]
    found = chosen(fitting, reference, value)
    if found is None:
        fact = reference.where[0].value if reference.where else kind.name
        raise ForbiddenError(f"no_such_{kind.name}", fact)
    return found
