"""Tables: what was written over a base that is shared, and tables that note what is looked at."""

from collections.abc import (
    Callable,
    Collection,
    Hashable,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from typing import Any, Generic, TypeVar, cast, overload

from writ_gym.errors import DatabaseError
from writ_gym.rows import JSON, Record, merge_patch

Changes = dict[tuple[str, str], "Record | None"]
"""What a session wrote: (table, key) to the record now there, None where it was deleted."""

Differ = Callable[[Any, Any], Iterable[Hashable]]
"""Gives the parts in which two records under one key differ, of which either may be None."""

R = TypeVar("R", bound=Record)
T = TypeVar("T")


class Table(Mapping[str, R], Generic[R]):
    """A mapping from key to record: a shared base and, in a session, what was written over it."""

    __slots__ = (
        "_base", "_groups", "_indexes", "_journal", "_late", "_late_groups", "_late_parts",
        "_shared", "_written", "differ", "record_type",
    )  # fmt: skip

    def __init__(self, record_type: type[R], base: Mapping[str, R]) -> None:
        self.record_type = record_type
        self.differ: Differ | None = None
        """Gives the parts in which two records differ, if they have any: see ``Database.parts``."""
        self._base = base
        self._indexes: dict[object, dict[Hashable, dict[str, R]]] = {}
        self._groups: dict[tuple[object, Hashable], tuple[R, ...]] = {}
        """By index and value, what ``group`` has returned of the base."""
        self._late_groups: dict[tuple[Any, ...], tuple[R, ...] | list[R]] = {}
        """The same of what was written, by parts as well; a write makes those anew that it
        changes."""
        self._late_parts: dict[str, frozenset[Hashable]] = {}
        """By key, the parts in which what was written differs from the base."""
        self._written: dict[str, R | None] | None = None
        self._late: dict[object, dict[Hashable, list[str]]] = {}
        """By index and value, what was written; made anew after each write, so it may be shared."""
        self._shared = False
        """Whether a fork has the same dictionary of what was written, which so stays as it is."""
        self._journal: list[tuple[str, bool, R | None]] | None = None

    def overlay(self) -> "Table[R]":
        """Return a writable table over this base table."""
        if self._written is not None:
            raise DatabaseError("A session lies over a base database, not over another session.")
        table: Table[R] = Table(self.record_type, self._base)
        table._indexes, table._groups = self._indexes, self._groups
        table._written, table.differ = {}, self.differ
        return table

    def __getitem__(self, key: str) -> R:
        if self._written and key in self._written:
            record = self._written[key]
            if record is None:
                raise KeyError(key)
            return record
        return self._base[key]

    @overload
    def get(self, key: str, /) -> R | None: ...
    @overload
    def get(self, key: str, /, default: R | T) -> R | T: ...

    def get(self, key: str, /, default: Any = None) -> Any:
        """Return the record under a key; ``default`` if there is none."""
        if self._written and key in self._written:
            record = self._written[key]
            return default if record is None else record
        return self._base.get(key, default)

    def __contains__(self, key: object) -> bool:
        if self._written and key in self._written:
            return self._written[key] is not None
        return key in self._base

    def __iter__(self) -> Iterator[str]:
        if not self._written:
            yield from self._base
            return
        for key in self._base:
            if self._written.get(key, self) is not None:
                yield key
        for key, record in self._written.items():
            if record is not None and key not in self._base:
                yield key

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def put(self, key: str, record: R) -> R:
        """Store ``record`` under ``key`` in this session and return it."""
        self._write(key, record)
        return record

    def delete(self, key: str) -> None:
        """Delete the record under ``key`` in this session."""
        self._write(key, None)

    def _write(self, key: str, record: R | None) -> None:
        if self._written is None:
            raise DatabaseError("A base table is immutable; write to a session of it.")
        if self._journal is not None:
            self._journal.append((key, key in self._written, self._written.get(key)))
        if self._shared:
            self._written, self._shared = dict(self._written), False
        before = self._written[key] if key in self._written else self._base.get(key)
        self._late, self._late_groups = {}, self._groups_without(before, record)
        if key in self._late_parts:
            self._late_parts = {k: p for k, p in self._late_parts.items() if k != key}
        self._written[key] = record

    def _groups_without(
        self, before: R | None, after: R | None
    ) -> dict[tuple[Any, ...], tuple[R, ...] | list[R]]:
        """Return the groups of what was written that a record is in neither before nor after."""
        values: dict[object, set[Hashable]] = {}
        kept = {}
        for key, group in self._late_groups.items():
            index, value = key[:2]
            if index not in values:
                both = [each for each in (before, after) if each is not None]
                values[index] = {v for each in both for v in index(each)}
            if value not in values[index]:
                kept[key] = group
        return kept

    def lookup(self, index: Callable[[R], Iterable[Hashable]], value: Hashable) -> list[R]:
        """Return the records for which ``index`` gives ``value``, in table order.

        The base is indexed once per process and ``index`` function; a session adds what it
        wrote, so a look-up costs the same however large the world is.
        """
        found, fitting = self._found(index, value)
        written = self._written
        if not written or (not fitting and found.keys().isdisjoint(written)):
            return list(found.values())
        if any(key in self._base and key not in found for key in fitting):
            # It has its place among those of the base.
            hits = {*(key for key in found if key not in written), *fitting}
            return [self[key] for key in self if key in hits]
        records = [written.get(key, record) for key, record in found.items()
                   if key not in written or key in fitting]  # fmt: skip
        records += [written[key] for key in fitting if key not in found]
        return cast(list[R], records)

    def group(
        self, index: Callable[[R], Iterable[Hashable]], value: Hashable, *parts: Hashable
    ) -> tuple[R, ...] | list[R]:
        """Return what ``lookup`` does: the same object until something is written to the table.

        So what is made of it can be remembered by its identity. It is a tuple, and the same for all
        sessions, if none of it was written (``is_of_base``); a list is not to be changed either.

        Args:
            index: Gives the values of a record.
            value: The value.
            parts: The parts of the records that are looked at, if it is not the whole; see
                ``Database.parts``. Where what was written differs in none of these, it is as if
                it was not: the records may be those of the base.
        """
        key = (index, value, *parts)
        known = self._late_groups.get(key)
        if known is not None:
            return known
        found, fitting = self._found(index, value)
        late = [k for k in self._written or () if k in found or k in fitting]
        if not late:
            return self._group_of_base(index, value, found)
        if parts and not self._differ_in(parts, late):
            self._late_groups[key] = self._group_of_base(index, value, found)
        else:  # one list for all parts
            whole = self._late_groups.get((index, value)) or Table.lookup(self, index, value)
            self._late_groups[index, value] = self._late_groups[key] = whole
        return self._late_groups[key]

    def _group_of_base(
        self, index: object, value: Hashable, found: Mapping[str, R]
    ) -> tuple[R, ...]:
        """Return what an index gives of the base: the same object each time."""
        if found and (index, value) not in self._groups:
            self._groups[index, value] = tuple(found.values())
        return self._groups.get((index, value), ())

    def _differ_in(self, parts: Collection[Hashable], written: Iterable[str]) -> bool:
        """Say whether records that were written differ from the base in one of some parts."""
        if self.differ is None or self._written is None:
            return True
        for key in written:
            differing = self._late_parts.get(key)
            if differing is None:
                differing = frozenset(self.differ(self._base.get(key), self._written[key]))
                self._late_parts[key] = differing
            if not differing.isdisjoint(parts):
                return True
        return False

    def _found(
        self, index: Callable[[R], Iterable[Hashable]], value: Hashable
    ) -> tuple[Mapping[str, R], Sequence[str]]:
        """Return what an index gives of the base, and the keys of what it gives of the written."""
        if index not in self._indexes:
            self._indexes[index] = self._build(index)
        found = self._indexes[index].get(value) or {}
        if not self._written:
            return found, ()
        if index not in self._late:
            self._late[index] = self._index_written(index, self._written)
        return found, self._late[index].get(value, ())

    def _index_written(
        self, index: Callable[[R], Iterable[Hashable]], written: Mapping[str, R | None]
    ) -> dict[Hashable, list[str]]:
        found: dict[Hashable, list[str]] = {}
        for key, record in written.items():
            for value in set(index(record)) if record is not None else ():
                found.setdefault(value, []).append(key)
        return found

    def _build(self, index: Callable[[R], Iterable[Hashable]]) -> dict[Hashable, dict[str, R]]:
        found: dict[Hashable, dict[str, R]] = {}
        for key, record in self._base.items():
            for value in index(record):
                found.setdefault(value, {})[key] = record
        return found

    def changes(self) -> dict[str, R | None]:
        """Return what this session wrote and differs from the base, by value."""
        if not self._written:
            return {}
        base = self._base
        return {k: r for k, r in self._written.items() if r != base.get(k)}

    def patch(self) -> dict[str, JSON]:
        """Return what this session changed by key, sorted: see ``Database.patch``."""
        base, changes = self._base, self.changes()
        return {key: merge_patch(base.get(key), changes[key]) for key in sorted(changes)}

    def added(self) -> list[str]:
        """Return the keys of the records of this session that the base has not."""
        return [
            k for k, r in (self._written or {}).items() if r is not None and k not in self._base
        ]

    def fork(self) -> "Table[R]":
        """Return another writable table over the same base, with what was written so far."""
        table: Table[R] = object.__new__(Table)
        self._share_with(table)
        return table

    def _share_with(self, table: "Table[R]") -> None:
        """Let a new table begin with what was written so far; either copies it to write more."""
        table.record_type, table._base, table._journal = self.record_type, self._base, None
        table.differ = self.differ
        table._indexes, table._groups = self._indexes, self._groups
        table._late, table._late_groups = self._late, self._late_groups
        table._late_parts = self._late_parts
        table._shared = self._shared = self._written is not None
        table._written = self._written if self._shared else {}

    def begin(self) -> None:
        """Start to remember what is overwritten, for ``roll_back``."""
        self._journal = []

    def commit(self) -> None:
        """Keep what was written since ``begin``."""
        self._journal = None

    def roll_back(self) -> None:
        """Undo what was written since ``begin``."""
        written, journal = self._written, self._journal
        self._journal = None
        if written is None or not journal:
            return
        if self._shared:
            self._written = written = dict(written)
            self._shared = False
        self._late, self._late_groups, self._late_parts = {}, {}, {}
        for key, was_written, record in reversed(journal):
            if was_written:
                written[key] = record
            else:
                del written[key]


Places = set[tuple[str, Hashable]]
"""Records of a database by table and key, or by table, index and value, and perhaps a part of the
record; an empty key stands for any record of the table."""
Index = Callable[[Any], Iterable[Hashable]]
"""Gives the values under which a record is looked up."""


class WatchedTable(Table[R]):
    """A table of a session that notes what of it is looked at."""

    __slots__ = ("_looks", "_name", "_tracked")

    get = Mapping.get  # type: ignore[assignment]  # by ``__getitem__``, which notes it

    def __init__(
        self, table: Table[R], name: str, looks: Places, tracked: Collection[Index]
    ) -> None:
        table._share_with(self)
        self._name = name
        self._looks = looks
        self._tracked = tracked

    def __getitem__(self, key: str) -> R:
        self._looks.add((self._name, key))
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        self._looks.add((self._name, str(key)))
        return super().__contains__(key)

    def __iter__(self) -> Iterator[str]:
        self._looks.add((self._name, ""))
        return super().__iter__()

    def lookup(self, index: Callable[[R], Iterable[Hashable]], value: Hashable) -> list[R]:
        """Return the records for which ``index`` gives ``value``.

        If the database does not track the index, any record could be one.
        """
        self._looks_up(index, value)
        return super().lookup(index, value)

    def group(
        self, index: Callable[[R], Iterable[Hashable]], value: Hashable, *parts: Hashable
    ) -> tuple[R, ...] | list[R]:
        """Return what ``lookup`` does, see there."""
        self._looks_up(index, value, *parts)
        return super().group(index, value, *parts)

    def _looks_up(self, index: Index, value: Hashable, *parts: Hashable) -> None:
        if index not in self._tracked:
            self._looks.add((self._name, ""))
        elif not parts:
            self._looks.add((self._name, (index, value)))
        self._looks.update((self._name, (index, value, part)) for part in parts)


Fields = Mapping[tuple[str, str], Collection[str]]
"""Names of fields by table and key of a record; ``ALL`` among them stands for all of them, and an
empty key for all records of the table."""
ALL = ""


def is_of_base(group: Sequence[Record]) -> bool:
    """Say whether what ``Table.group`` gave is as the base has it, the same for all sessions.

    What is made of those is worth keeping. Others are mostly those of one edited world: they go
    with it, and what was made of them would only be in the way.
    """
    return isinstance(group, tuple)


def overlap(some: Fields, others: Fields) -> bool:
    """Say whether there are fields of existing records among some that are among others, too."""
    for place, names in others.items():
        known = some.get(place)
        if known and (ALL in known or ALL in names or any(name in known for name in names)):
            return True
        if (place[0], "") in some:
            return True
    return False


def fields_changed(before: Record, after: Record) -> Collection[str]:
    """Return the fields in which a record of the same table is another one."""
    mine, others = before.__dict__, after.__dict__
    return [
        name
        for name in type(after).__pydantic_fields__
        if mine[name] is not others[name] and mine[name] != others[name]
    ]


def differ_in(before: Record, after: Record, names: Iterable[str]) -> bool:
    """Say whether a record of the same table is another one in any of some fields."""
    mine, others = before.__dict__, after.__dict__
    return any(mine[name] is not others[name] and mine[name] != others[name] for name in names)


class _NotedRecord:
    """A record that notes which of its fields are looked at."""

    __slots__ = ("_looked_at", "_record")

    def __init__(self, record: Record, looked_at: set[str]) -> None:
        self._record = record
        self._looked_at = looked_at

    @property  # type: ignore[misc]
    def __class__(self) -> type[Any]:
        """What ``isinstance`` takes it for."""
        return type(self._record)

    def __getattr__(self, name: str) -> Any:
        self._looked_at.add(name if name in type(self._record).__pydantic_fields__ else ALL)
        return getattr(self._record, name)

    def __eq__(self, other: object) -> bool:
        self._looked_at.add(ALL)
        return bool(self._record == (other._record if type(other) is _NotedRecord else other))

    def __hash__(self) -> int:
        self._looked_at.add(ALL)
        return hash(self._record)


class NotedTable(WatchedTable[R]):
    """A watched table that notes which fields of its records are looked at, too."""

    __slots__ = ("_fields",)

    def __init__(
        self,
        table: Table[R],
        name: str,
        looks: Places,
        tracked: Collection[Index],
        fields: dict[tuple[str, str], set[str]],
    ) -> None:
        super().__init__(table, name, looks, tracked)
        self._fields = fields

    def __getitem__(self, key: str) -> R:
        looked_at = self._fields.setdefault((self._name, key), set())
        return cast(R, _NotedRecord(super().__getitem__(key), looked_at))

    def _looks_up(self, index: Index, value: Hashable, *parts: Hashable) -> None:
        super()._looks_up(index, value, *parts)
        self._fields[self._name, ""] = {ALL}
