"""Records, tables and databases: immutable worlds, and sessions that copy what they write.

A base database is loaded or generated once and shared by everything in the process. A
session is a database of the same class whose tables lie over the base tables and keep only
the records that were written; reset means to drop them. Records are frozen, so "copy" is
"make a new record", the base cannot be damaged, and a record's JSON text can be cached.

What others need of records (``rows``) and tables (``overlays``) is to be had here.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Self, get_args, get_origin, get_type_hints

from pydantic import ValidationError

from writ_gym.errors import DatabaseError, first_error
from writ_gym.overlays import (
    ALL,
    Changes,
    Differ,
    Fields,
    Index,
    NotedTable,
    Places,
    R,
    Table,
    WatchedTable,
    differ_in,
    is_of_base,
    overlap,
)
from writ_gym.rows import (
    JSON,
    SCALARS,
    FrozenDict,
    FrozenMap,
    Record,
    canonical,
    closed_sets,
    digest,
    leaves,
    to_plain,
    unchecked,
)

__all__ = [
    "ALL",
    "JSON",
    "SCALARS",
    "Changes",
    "Database",
    "Fields",
    "FrozenDict",
    "FrozenMap",
    "Index",
    "Places",
    "R",
    "Record",
    "Table",
    "canonical",
    "changes_to_json",
    "closed_sets",
    "digest",
    "is_of_base",
    "leaves",
    "overlap",
    "to_plain",
    "unchecked",
]


class Database:
    """The tables of a domain; a subclass declares them as ``name: Table[RecordType]``."""

    tables: ClassVar[dict[str, type[Record]]] = {}
    key_fields: ClassVar[dict[str, str]] = {}
    """By table, the field that repeats the key; checked when a database is loaded."""
    tracked: ClassVar[dict[str, tuple[Index, ...]]] = {}
    """By table, the indexes a look-up in which hangs on the records with its value alone."""
    parts: ClassVar[dict[str, Differ]] = {}
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
            tables[name].differ = self.parts.get(name)
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
            name: WatchedTable(getattr(self, name), name, looks, self.tracked.get(name, ()))
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
            name: NotedTable(getattr(self, name), name, looks, self.tracked.get(name, ()), fields)
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
        tables, of_fork = self.__dict__, fork.__dict__
        for name in self.tables:
            mine, others = tables[name], of_fork[name]._written
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

    def is_another(self, fork: Self, changed: Places, looks: Places, fields: Fields) -> bool:
        """Say whether anything that was looked at here may be another thing in a fork.

        Args:
            fork: The fork of this session.
            changed: Where it differs: see ``places_changed``.
            looks: What was looked at.
            fields: Which fields of records, if that was noted.
        """
        if looks.isdisjoint(changed):
            return False
        if not fields:
            return True
        for table, key in changed:
            if not isinstance(key, str) or not key:
                continue
            if (table, "") in fields:  # it was looked up, by an index
                return True
            before, after = getattr(self, table).get(key), getattr(fork, table).get(key)
            known = fields.get((table, key), ())
            if before is None or after is None:
                is_another = (table, key) in looks or (table, "") in looks
            elif known and ALL not in known:
                is_another = differ_in(before, after, known)
            else:
                is_another = bool(known)
            if is_another:
                return True
        return False

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

    def patch(self) -> dict[str, dict[str, JSON]]:
        """Return what this session changed as a JSON Merge Patch (RFC 7386) of the database.

        Returns:
            By table and key, sorted: a new record, null for one that was deleted, and of one that
            was changed the fields that are another, and of those the entries that are.
        """
        each = {name: getattr(self, name).patch() for name in sorted(self.tables)}
        return {name: patch for name, patch in each.items() if patch}

    def fingerprint(self) -> str:
        """SHA-256 (hex) of what this session changed; a session without changes has one too."""
        return digest(self.patch())


def changes_to_json(changes: Changes) -> dict[str, dict[str, JSON]]:
    """Return ``changes`` as ``{table: {key: record or None}}``, sorted."""
    result: dict[str, dict[str, JSON]] = {}
    for (table, key), record in sorted(changes.items(), key=lambda item: item[0]):
        result.setdefault(table, {})[key] = None if record is None else record.plain
    return result
