"""Records, tables and databases: immutable worlds, and sessions that copy what they write.

A base database is loaded or generated once and shared by everything in the process. A
session is a database of the same class whose tables lie over the base tables and keep only
the records that were written; reset means to drop them. Records are frozen, so "copy" is
"make a new record", the base cannot be damaged, and a record's JSON text can be cached.
"""

import hashlib
import json
import re
from collections.abc import (
    Callable,
    Collection,
    Hashable,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from functools import cached_property, lru_cache
from json.encoder import encode_basestring_ascii
from operator import itemgetter
from typing import (
    Annotated,
    Any,
    ClassVar,
    Generic,
    Literal,
    NoReturn,
    Self,
    TypeVar,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

from pydantic import AfterValidator, BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import to_jsonable_python

from writ_gym.errors import DatabaseError, first_error

JSON = Any
"""A value of the JSON types: dict, list, str, int, float, bool or None."""

K = TypeVar("K")
V = TypeVar("V")


class FrozenDict(dict[K, V]):
    """A dictionary that cannot be changed, for the fields of records."""

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("A record is immutable: make a changed one with replace().")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))

    def __reduce__(self) -> tuple[Any, ...]:
        return FrozenDict, (dict(self),)


FrozenMap = Annotated[Mapping[K, V], AfterValidator(FrozenDict)]
"""The type of a record's field that is a mapping."""

Changes = dict[tuple[str, str], "Record | None"]
"""What a session wrote: (table, key) to the record now there, None where it was deleted."""


class Record(BaseModel):
    """An immutable row of a table; ``replace`` gives a changed copy, checked again."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def replace(self, **changes: Any) -> Self:
        """Return a copy with ``changes``, validated; the record itself if nothing is another.

        Raises:
            DatabaseError: The changed record breaks the schema.
        """
        kind, known = type(self), self.__dict__
        try:
            checked = {
                name: _field(kind, name)(value)
                for name, value in changes.items()
                if value is not known.get(name, self)
            }
        except ValidationError as error:
            raise self._invalid(error) from error
        return self._with(checked) if checked else self

    def replace_entry(self, name: str, key: str, value: Any) -> Self:
        """Return a copy with one entry of a mapping added or changed; its value alone is validated.

        Raises:
            DatabaseError: The entry breaks the schema.
        """
        try:
            checked = _entry(type(self), name)(value)
        except ValidationError as error:
            raise self._invalid(error) from error
        return self._with({name: FrozenDict({**getattr(self, name), key: checked})})

    def _invalid(self, error: ValidationError) -> DatabaseError:
        return DatabaseError(f"A changed {type(self).__name__} is invalid: {first_error(error)}")

    def _with(self, checked: Mapping[str, Any]) -> Self:
        """Return a copy with other values of fields, which are valid."""
        # As model_copy() does it, which takes several times as long and keeps what was cached.
        kind = type(self)
        copy = object.__new__(kind)
        known = self.__dict__
        names = kind.__pydantic_fields__
        fields = {name: known[name] for name in names} if len(known) > len(names) else known
        object.__setattr__(copy, "__dict__", {**fields, **checked})
        object.__setattr__(copy, "__pydantic_fields_set__", set(names))
        object.__setattr__(copy, "__pydantic_extra__", None)
        object.__setattr__(copy, "__pydantic_private__", None)
        return copy

    def __eq__(self, other: object) -> bool:
        """Compare by value, the fields alone."""
        if self is other:
            return True
        if type(self) is not type(other):
            return NotImplemented
        mine, others = self.__dict__, other.__dict__
        if mine == others:  # as fast as dictionaries, which nearly all are
            return True
        kind = type(self)
        if len(mine) == len(others) == len(kind.__pydantic_fields__):  # nothing is cached
            return False
        values = _values(kind)
        return bool(values(mine) == values(others))

    @cached_property
    def plain(self) -> dict[str, JSON]:
        """The record as JSON types, in field order; shared, so not to be changed."""
        return self.model_dump(mode="json")

    @cached_property
    def text(self) -> str:
        """The record as the JSON text that a tool answers."""
        return json.dumps(self.plain)

    @cached_property
    def compact(self) -> str:
        """The record as JSON text that is the same for all equal records; see ``digest``."""
        fields = self.__dict__
        parts = [f"{start}{_compact(fields[name])}" for name, start in _starts(type(self))]
        return f"{{{','.join(parts)}}}"


def closed_sets(kind: object) -> Iterator[frozenset[str]]:
    """Yield the sets of texts that fields of a record type, and of what it holds, take one of."""
    if get_origin(kind) is Literal:
        yield frozenset(value for value in get_args(kind) if isinstance(value, str))
    elif isinstance(kind, type) and issubclass(kind, BaseModel):
        for field in kind.model_fields.values():
            yield from closed_sets(field.annotation)
    else:
        for part in get_args(kind):
            yield from closed_sets(part)


@lru_cache
def _values(record_type: type[Record]) -> Callable[[Mapping[str, object]], object]:
    """Return what takes the values of a record type's fields out of a dictionary."""
    return itemgetter(*record_type.__pydantic_fields__)


@lru_cache
def _starts(record_type: type[Record]) -> Sequence[tuple[str, str]]:
    """Return the fields of a record type in order, with the JSON before their values."""
    return [(name, f'"{name}":') for name in sorted(record_type.__pydantic_fields__)]


@lru_cache
def _field(record_type: type[Record], name: str) -> Callable[[Any], Any]:
    """Return what validates one field of a record type."""
    field = _field_info(record_type, name)
    annotation: Any = field.annotation
    kind: Any = Annotated[annotation, *field.metadata] if field.metadata else annotation
    return TypeAdapter(kind).validator.validate_python


@lru_cache
def _entry(record_type: type[Record], name: str) -> Callable[[Any], Any]:
    """Return what validates one value in a field that is a mapping."""
    _, kind = get_args(_field_info(record_type, name).annotation)
    return TypeAdapter(kind).validator.validate_python


def _field_info(record_type: type[Record], name: str) -> FieldInfo:
    field = record_type.model_fields.get(name)
    if field is None:
        raise DatabaseError(f"A {record_type.__name__} has no field {name!r}.")
    return field


R = TypeVar("R", bound=Record)


class Table(Mapping[str, R], Generic[R]):
    """A mapping from key to record: a shared base and, in a session, what was written over it."""

    __slots__ = (
        "_base", "_groups", "_indexes", "_journal", "_late", "_late_groups", "_shared", "_written",
        "record_type",
    )  # fmt: skip

    def __init__(self, record_type: type[R], base: Mapping[str, R]) -> None:
        self.record_type = record_type
        self._base = base
        self._indexes: dict[object, dict[Hashable, dict[str, R]]] = {}
        self._groups: dict[tuple[object, Hashable], tuple[R, ...]] = {}
        """By index and value, what ``group`` has returned of the base."""
        self._late_groups: dict[tuple[Callable[[R], Iterable[Hashable]], Hashable], list[R]] = {}
        """The same of what was written; a write makes those anew that it changes."""
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
        table._written = {}
        return table

    def __getitem__(self, key: str) -> R:
        if self._written and key in self._written:
            record = self._written[key]
            if record is None:
                raise KeyError(key)
            return record
        return self._base[key]

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
        self._written[key] = record

    def _groups_without(
        self, before: R | None, after: R | None
    ) -> dict[tuple[Callable[[R], Iterable[Hashable]], Hashable], list[R]]:
        """Return the groups of what was written that a record is in neither before nor after."""
        values: dict[object, set[Hashable]] = {}
        kept = {}
        for (index, value), group in self._late_groups.items():
            if index not in values:
                both = [each for each in (before, after) if each is not None]
                values[index] = {v for each in both for v in index(each)}
            if value not in values[index]:
                kept[index, value] = group
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
        base = [key for key in found if key not in written or key in fitting]
        late = [key for key in fitting if key not in found]
        if any(key in self._base for key in late):  # it has its place among those of the base
            hits = {*base, *late}
            return [self[key] for key in self if key in hits]
        return [self[key] for key in (*base, *late)]

    def group(
        self, index: Callable[[R], Iterable[Hashable]], value: Hashable, *parts: Hashable
    ) -> tuple[R, ...] | list[R]:
        """Return what ``lookup`` does: the same object until something is written to the table.

        So what is made of it can be remembered by its identity. It is a tuple, and the same for all
        sessions, if none of it was written; a list is not to be changed either.

        Args:
            index: Gives the values of a record.
            value: The value.
            parts: The parts of the records that are looked at, if it is not the whole; see
                ``Database.parts``.
        """
        key = index, value
        if key in self._late_groups:
            return self._late_groups[key]
        found, fitting = self._found(index, value)
        if fitting or not found.keys().isdisjoint(self._written or ()):
            self._late_groups[key] = Table.lookup(self, index, value)
            return self._late_groups[key]
        if found and key not in self._groups:
            self._groups[key] = tuple(found.values())
        return self._groups.get(key, ())

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
        table._indexes, table._groups = self._indexes, self._groups
        table._late, table._late_groups = self._late, self._late_groups
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
        self._late, self._late_groups = {}, {}
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


class _WatchedTable(Table[R]):
    """A table of a session that notes what of it is looked at."""

    __slots__ = ("_looks", "_name", "_tracked")

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
        return super().group(index, value)

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


def overlap(some: Fields, others: Fields) -> bool:
    """Say whether there are fields of existing records among some that are among others, too."""
    for place, names in others.items():
        known = some.get(place)
        if known and (ALL in known or ALL in names or any(name in known for name in names)):
            return True
        if (place[0], "") in some:
            return True
    return False


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


class _NotedTable(_WatchedTable[R]):
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


class Database:
    """The tables of a domain; a subclass declares them as ``name: Table[RecordType]``."""

    tables: ClassVar[dict[str, type[Record]]] = {}
    key_fields: ClassVar[dict[str, str]] = {}
    """By table, the field that repeats the key; checked when a database is loaded."""
    tracked: ClassVar[dict[str, tuple[Index, ...]]] = {}
    """By table, the indexes a look-up in which hangs on the records with its value alone."""
    parts: ClassVar[dict[str, Callable[[Any, Any], Iterable[Hashable]]]] = {}
    """By table, what gives the parts, such as dates, in which two records under one key differ, of
    which either may be None. A look-up of a part hangs on no more of the records than that."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        hints = get_type_hints(cls)
        cls.tables = {
            name: get_args(hint)[0] for name, hint in hints.items() if get_origin(hint) is Table
        }

    def __init__(self, tables: Mapping[str, Table[Any]], caller: str = "") -> None:
        self.caller = caller
        """Who is in the conversation; the tools of the user act for them."""
        for name in self.tables:
            setattr(self, name, tables[name])

    @classmethod
    def load(cls, data: Mapping[str, Mapping[str, JSON]], source: str = "database") -> Self:
        """Return a base database from JSON types (or ready records), validated.

        Raises:
            DatabaseError: A table is missing or unknown, or a record is invalid; names it.
        """
        if not isinstance(data, Mapping):
            raise DatabaseError(f"{source}: expected tables by name, got {type(data).__name__}.")
        if set(data) != set(cls.tables):
            raise DatabaseError(
                f"{source}: expected the tables {sorted(cls.tables)}, got {sorted(data)}."
            )
        return cls({name: Table(kind, cls._rows(name, kind, data[name], source))
                    for name, kind in cls.tables.items()})  # fmt: skip

    @classmethod
    def _rows(
        cls, table: str, kind: type[Record], data: Mapping[str, JSON], source: str
    ) -> dict[str, Record]:
        if not isinstance(data, Mapping):
            raise DatabaseError(f"{source}: {table} must map keys to records.")
        rows: dict[str, Record] = {}
        key_field = cls.key_fields.get(table)
        for key, row in data.items():
            try:
                record = kind.model_validate(row)
            except ValidationError as error:
                raise DatabaseError(
                    f"{source}: {table} {key!r} is invalid: {first_error(error)}"
                ) from error
            if key_field and getattr(record, key_field) != key:
                raise DatabaseError(f"{source}: {table} {key!r} holds another {key_field}.")
            rows[key] = record
        return rows

    def session(self, caller: str = "") -> Self:
        """Return a writable view that copies what it writes; costs microseconds.

        Args:
            caller: Who is in the conversation, for the tools of the user.
        """
        return type(self)({name: getattr(self, name).overlay() for name in self.tables}, caller)

    def fork(self) -> Self:
        """Return a session that begins with what this one has written, and goes its own way."""
        other = object.__new__(type(self))
        other.caller = self.caller
        mine, others = self.__dict__, other.__dict__
        for name in self.tables:
            others[name] = mine[name].fork()
        return other

    def watched(self) -> tuple[Self, Places]:
        """Return a session like ``fork``, and the set to which it adds what is looked at in it."""
        looks: Places = set()
        tables = {
            name: _WatchedTable(getattr(self, name), name, looks, self.tracked.get(name, ()))
            for name in self.tables
        }
        return type(self)(tables, self.caller), looks

    def noted(self) -> tuple[Self, Places, Fields]:
        """Return what ``watched`` does, and where it adds which fields of records are looked at.

        Records of such a session are stand-ins that are no more than looked at.
        """
        looks: Places = set()
        fields: dict[tuple[str, str], set[str]] = {}
        tables = {
            name: _NotedTable(getattr(self, name), name, looks, self.tracked.get(name, ()), fields)
            for name in self.tables
        }
        return type(self)(tables, self.caller), looks, fields

    def write(self, changes: Changes) -> None:
        """Put records into this session, or delete them, as ``changes`` of another one say."""
        for (name, key), record in changes.items():
            getattr(self, name)._write(key, record)

    def written(self) -> Changes:
        """Return the records that this session wrote, those that are as before among them."""
        return {
            (name, key): record
            for name in self.tables
            for key, record in (getattr(self, name)._written or {}).items()
        }

    def places_changed(self, fork: Self) -> Places:
        """Return where a fork of this session differs, with the tables: see ``Places``."""
        places: Places = set()
        for name in self.tables:
            mine, others = getattr(self, name), getattr(fork, name)._written
            before = mine._written
            if not others or others is before:
                continue
            for key, record in others.items():
                if before and key in before and before[key] is record:
                    continue
                places.add((name, key))
                places.add((name, ""))
                places |= self.looked_up(name, mine.get(key), record)
        return places

    @classmethod
    def looked_up(cls, table: str, before: Record | None, after: Record | None) -> Places:
        """Return where tracked indexes find a record that becomes another one.

        With the parts in which they differ; either may be None.
        """
        differ = cls.parts.get(table)
        indexes = cls.tracked.get(table, ())
        parts = list(differ(before, after)) if differ and indexes else ()
        places: Places = set()
        for index in indexes:
            for value in {v for each in (before, after) if each is not None for v in index(each)}:
                places.add((table, (index, value)))
                places.update((table, (index, value, part)) for part in parts)
        return places

    def plain(self) -> dict[str, dict[str, JSON]]:
        """Return the whole database as JSON types."""
        return {
            name: {key: record.plain for key, record in getattr(self, name).items()}
            for name in self.tables
        }

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of the whole database, which takes a walk; equal data, equal digests."""
        return digest(self.plain())

    def begin(self) -> None:
        """Start a write that can be rolled back as a whole."""
        for name in self.tables:
            getattr(self, name).begin()

    def commit(self) -> None:
        """Keep the write that ``begin`` started."""
        for name in self.tables:
            getattr(self, name).commit()

    def roll_back(self) -> None:
        """Undo the write that ``begin`` started."""
        for name in self.tables:
            getattr(self, name).roll_back()

    def changes(self) -> Changes:
        """Return the records that differ from the base: the whole difference of an episode."""
        return {
            (name, key): record
            for name in self.tables
            for key, record in getattr(self, name).changes().items()
        }

    def added(self) -> set[tuple[str, str]]:
        """Return table and key of the records that this session made."""
        return {(name, key) for name in self.tables for key in getattr(self, name).added()}

    def fingerprint(self) -> str:
        """SHA-256 (hex) of what this session changed; a session without changes has one too."""
        tables: dict[str, dict[str, Record | None]] = {}
        for (table, key), record in self.changes().items():
            tables.setdefault(table, {})[key] = record
        return _sha256(_compact(tables))


def changes_to_json(changes: Changes) -> dict[str, dict[str, JSON]]:
    """Return ``changes`` as ``{table: {key: record or None}}``, sorted."""
    result: dict[str, dict[str, JSON]] = {}
    for (table, key), record in sorted(changes.items(), key=lambda item: item[0]):
        result.setdefault(table, {})[key] = None if record is None else record.plain
    return result


def digest(value: JSON) -> str:
    """Return the SHA-256 (hex) of a JSON value; equal values, 25 and 25.0 too, have equal ones."""
    text = _COMPACT.encode(value)
    if _MAYBE_INTEGRAL.search(text):
        text = _COMPACT.encode(canonical(value))
    return _sha256(text)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _compact(value: object) -> str:
    """Return the text of which ``digest`` makes its hash; that of a record is made once.

    So a record of which an episode changes a small part costs little more than that part.
    """
    if isinstance(value, str):
        return encode_basestring_ascii(value)
    if type(value) is int:
        return str(value)
    if isinstance(value, Record):
        return value.compact
    if isinstance(value, dict):
        fields = [f"{_compact(str(key))}:{_compact(value[key])}" for key in sorted(value)]
        return f"{{{','.join(fields)}}}"
    if isinstance(value, list | tuple):
        return f"[{','.join(map(_compact, value))}]"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return _COMPACT.encode(to_jsonable_python(value))


_COMPACT = json.JSONEncoder(sort_keys=True, separators=(",", ":"))
_MAYBE_INTEGRAL = re.compile(r"\.0|\de")
"""Stands in the text of every float without a fraction: in 25.0 and in 1e+16."""


def canonical(value: JSON) -> JSON:
    """Return ``value`` with integral floats as integers, so that equal amounts look equal."""
    return json.loads(json.dumps(value), parse_float=_number)


def _number(text: str) -> float | int:
    number = float(text)
    return int(number) if number.is_integer() else number


def to_plain(value: object) -> JSON:
    """Return a tool's result as JSON types."""
    return value.plain if isinstance(value, Record) else to_jsonable_python(value)
