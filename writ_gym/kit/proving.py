"""Brute force over plain tables: which record is meant, and edits of the world around it.

It shares ``kinds``, the language, with what makes the tasks, and none of its code.
"""

import re
from abc import abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import Any, TypeAlias

from writ_gym.brute_force import ForbiddenError, chosen, keeps, parsed, unclear
from writ_gym.database import JSON, Record, closed_sets
from writ_gym.kit.kinds import REFERENCE, ById, Detail, Entity, Kind, OneOf, Reference
from writ_gym.proofs import NO_PICKS, Decision, Meaning, Picks, Proof, UnclearError
from writ_gym.queries import Condition
from writ_gym.tasks import Call, Edit, Provenance, Request

Meant: TypeAlias = Callable[[], str]
"""Gives the id of the record that a request means."""

DEPTH = 2
"""Links from the user, and from what is named, over which records can have to do with a request."""
FAR_NUMBERS = (0, 1, 9999)
FAR_AMOUNTS = (0.01, 9999.99)
FAR_DAYS = ("1999-01-02", "2099-01-02")
"""Values before or behind all others, and those that rules are mostly about."""
FITTING, OTHERS, ADDED = 6, 4, 6
"""Other records that a link could lead to: some that fit, some of all, more in a short list."""

NO_LINKS: Mapping[str, Mapping[str, str]] = MappingProxyType({})

_DAY = re.compile(r"\d{4}-\d\d-\d\d")


class TableProof(Proof[Any]):
    """What a checker knows of a domain of plain tables; a domain says what requests come to."""

    def __init__(
        self,
        *,
        user: Entity,
        details: Mapping[str, Detail],
        kinds: Mapping[str, Kind],
        links: Mapping[str, Mapping[str, str]] = NO_LINKS,
    ) -> None:
        """Prepare to prove.

        Args:
            user: The records of the users.
            details: By identity slot, what users say of themselves.
            kinds: By intent, the kind of record that it is about; others are not there.
            links: By table and field, the table to which the keys in that field belong, besides
                those that the kinds tell of.
        """
        self._user = user
        self._details = details
        self._kinds = kinds
        self._links = links
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
        return [
            key
            for key, user in getattr(db, self._user.table).items()
            if all(
                getattr(user, self._details[slot].field) == said for slot, said in identity.items()
            )
        ]

    def meaning(self, db: Any, caller: str, request: Request, picks: Picks = NO_PICKS) -> Meaning:
        """Return what a request comes to."""

        def meant() -> str:
            kind = self._kinds[request.intent]
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
            for key in _listed(db, caller, self._kinds[request.intent], reference)
        }
        options = tuple(key for key, writes in comes_to.items() if writes)
        if not right or len(options) < 2:
            return ()
        return (Decision("record", options, tuple(k for k in options if comes_to[k] == right)),)

    def sources(self, request: Request, write: Call) -> Mapping[str, Provenance]:
        """Return where each argument is from: the user, if it is an id that the user has given."""
        stated = isinstance(self._reference(request), ById)
        own = self._kinds[request.intent].key
        return {name: "user" if stated and name == own else "read" for name in write.arguments}

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
            for text in _texts_in(request.values)
            for table in self._entities
            if text in getattr(db, table)
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
            value = getattr(record, field)
            yield from ((other, each) for each in ([value] if isinstance(value, str) else value))

    def edits(self, db: Any, caller: str, request: Request, table: str, key: str) -> Iterator[Edit]:
        """Yield edits of a record, those of the fields that the request is about first."""
        record = getattr(db, table).get(key)
        if record is None:
            return
        reference = self._reference(request)
        about = _fields_in(reference)
        for field in sorted(record.plain, key=lambda name: name not in about):
            now = record.plain[field]
            for value in dict.fromkeys(
                map(_hashable, self.others(db, caller, reference, table, field, record))
            ):
                if value != _hashable(now):
                    other = list(value) if isinstance(value, tuple) else value
                    values = {field: other}
                    arguments = {"table": table, "key": key, "values": values}
                    yield Edit(name="set", arguments=arguments)

    def others(
        self,
        db: Any,
        caller: str,
        reference: Reference | None,
        table: str,
        field: str,
        record: Record,
    ) -> Iterator[JSON]:
        """Yield other values of a field, likely to change what is right; more may be added."""
        where = reference.where if isinstance(reference, OneOf) else ()
        for condition in where:
            if condition.attribute == field:
                yield from _around(condition.value)
        now = record.plain[field]
        other = self._fields.get(table, {}).get(field) or self._owners.get(table, {}).get(field)
        if other is None:
            yield from _far_from(type(record), field, now)
        elif isinstance(now, str):
            yield from self._other_links(db, caller, other, where)
        else:
            yield from _other_lists(db, other, now, reference)

    def _other_links(
        self, db: Any, caller: str, table: str, where: Sequence[Condition]
    ) -> Iterator[str]:
        """Yield keys that a link could have: of records that keep the conditions, and of others."""
        rows = getattr(db, table)
        if table == self._user.table:
            yield from (caller, *list(rows)[:2])
            return
        of_it = [c for c in where if c.attribute in rows.record_type.model_fields]
        fitting = [
            k for k, row in rows.items() if all(keeps(getattr(row, c.attribute), c) for c in of_it)
        ]
        yield from (*fitting[:FITTING], *list(rows)[:: max(1, len(rows) // OTHERS)])

    def apply(self, db: Any, edit: Edit) -> None:
        """Make an edit in a session."""
        table, key = getattr(db, edit.arguments["table"]), edit.arguments["key"]
        if key not in table:
            raise ValueError(f"There is no record {key!r}.")
        table.put(key, table[key].replace(**edit.arguments["values"]))

    def apart(self, record: Record, goal: Record) -> int:
        """Return that one write may be enough; where each takes one step, a domain knows more."""
        return int(record != goal)

    def _reference(self, request: Request) -> Reference | None:
        kind = self._kinds.get(request.intent)
        return parsed(REFERENCE, request.values[kind.name]) if kind else None

    @cached_property
    def _entities(self) -> Mapping[str, Entity]:
        """All that reads show one by one, by table."""
        found: dict[str, Entity] = {self._user.table: self._user}
        for kind in self._kinds.values():
            for each in (kind, kind.holder, kind.linked):
                if each is not None:
                    found.setdefault(each.table, each)
        return found

    @cached_property
    def _fields(self) -> Mapping[str, Mapping[str, str]]:
        """By table and field, the table to which it links."""
        found = {table: dict(fields) for table, fields in self._links.items()}
        for kind in self._kinds.values():
            found.setdefault(kind.holder.table, {})[kind.listed] = kind.table
            if kind.linked is not None:
                found.setdefault(kind.table, {})[kind.link] = kind.linked.table
        return found

    @cached_property
    def _owners(self) -> Mapping[str, Mapping[str, str]]:
        """By table, the field with the key of the user whose record it is."""
        return {
            entity.table: {self._user.key: self._user.table}
            for entity in self._entities.values()
            if entity is not self._user and self._user.key in entity.record.model_fields
        }


def _listed(db: Any, caller: str, kind: Kind, reference: OneOf) -> Sequence[str]:
    """Return the ids of those that may be meant, in the order in which they are shown."""
    if reference.among != "all":
        return reference.among
    holders = getattr(db, kind.holder.table)
    holder = reference.of or caller
    if holder not in holders:
        unclear(f"There is no {holder!r}.")
    keys: Sequence[str] = getattr(holders[holder], kind.listed)
    return keys


def _meant(db: Any, caller: str, kind: Kind, reference: Reference) -> str:
    """Return the id of the one that is meant."""
    rows = getattr(db, kind.table)
    if isinstance(reference, ById):
        if reference.id not in rows:
            unclear(f"There is no {kind.name} {reference.id!r}.")
        return reference.id

    def value(key: str, name: str) -> str | float:
        if key not in rows:
            unclear(f"There is no {kind.name} {key!r}.")
        record = rows[key]
        if kind.linked is not None and name in kind.of_link:
            record = getattr(db, kind.linked.table)[getattr(record, kind.link)]
        found: str | float = getattr(record, name)
        return found

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


def _fields_in(reference: Reference | None) -> set[str | None]:
    """Return the fields that a reference speaks of."""
    if not isinstance(reference, OneOf):
        return set()
    return {reference.by, *(condition.attribute for condition in reference.where)}


def _texts_in(value: JSON) -> Iterator[str]:
    """Yield all texts in a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from (text for each in value.values() for text in _texts_in(each))
    elif isinstance(value, list | tuple):
        yield from (text for each in value for text in _texts_in(each))


def _around(value: str | float) -> Iterator[JSON]:
    """Yield values that keep a condition with this value, or that break it."""
    if isinstance(value, str):
        yield value
    else:
        yield from (int(value) - 1, int(value) + 1)


def _far_from(kind: type[Record], field: str, now: JSON) -> Iterator[JSON]:
    """Yield values of another sort than a field has now."""
    if isinstance(now, bool):
        yield not now
    elif isinstance(now, int):
        yield from FAR_NUMBERS
    elif isinstance(now, float):
        yield from FAR_AMOUNTS
    elif isinstance(now, str) and _DAY.fullmatch(now):
        yield from FAR_DAYS
    else:
        for values in closed_sets(kind.model_fields[field].annotation):
            yield from sorted(values)


def _other_lists(
    db: Any, table: str, now: Sequence[str], reference: Reference | None
) -> Iterator[list[str]]:
    """Yield lists of one less, and of one more that could be meant."""
    for key in now:
        yield [each for each in now if each != key]
    rows = getattr(db, table)
    if isinstance(reference, ById) and reference.id in rows and reference.id not in now:
        yield sorted([*now, reference.id])
    for key in [key for key in rows if key not in now][:ADDED] if len(now) < 2 else ():
        yield sorted([*now, key])


def _hashable(value: JSON) -> JSON:
    return tuple(value) if isinstance(value, list) else value
