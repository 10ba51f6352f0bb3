"""Edits of records of plain tables that are likely to change what is right, found from the schema.

Closed sets have other members, numbers and days lie far from all others or beside what they are
compared with, links lead to other records, lists have one less or one more. A record may *enter*
among those that are meant, by several fields at once, and be one that a rule forbids, or allows.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeAlias, TypeVar, Union, get_args, get_origin

from writ_gym.database import JSON, Record
from writ_gym.kit.kinds import Entity, Kind, OneOf, Reference
from writ_gym.meaning.brute_force import keeps
from writ_gym.meaning.queries import Condition

T = TypeVar("T")

Values: TypeAlias = dict[str, JSON]
"""By field, what is there instead."""
Links: TypeAlias = Mapping[str, Mapping[str, str]]
"""By table and field, the table to which the keys in that field belong."""

FAR_NUMBERS = (0, 1, 9999)
FAR_AMOUNTS = (0.01, 9999.99)
FAR_DAYS = ("1999-01-02", "2099-01-02")
"""Values before or behind all others, and those that rules are mostly about."""
FIRST, FITTING, OTHERS = 2, 4, 4
"""Records that a link could lead to, or that a list could have: the first and last by what is
compared, or some that fit where nothing is; some of all."""

CENT, DAY = 0.01, timedelta(days=1)

_LISTS = (tuple, list, frozenset, Sequence)
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True)
class Asked:
    """A request, as far as it is about one record of a kind."""

    caller: str
    kind: Kind | None = None
    reference: Reference | None = None
    compared: Sequence[Any] = ()
    """The values by which those are compared of which one is meant."""
    about: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """By table, the keys of what may be meant, and of what that links to."""

    @property
    def choice(self) -> OneOf | None:
        """How one of several is meant, if it is so."""
        return self.reference if isinstance(self.reference, OneOf) else None

    def where(self, record: type[Record]) -> Sequence[Condition]:
        """Return the conditions on fields of a type of records."""
        conditions = self.choice.where if self.choice else ()
        return [each for each in conditions if each.attribute in record.model_fields]

    def by(self, record: type[Record]) -> str:
        """Return the field of a type of records by which they are compared, if it is one."""
        name = self.choice.by if self.choice else None
        return name if name and name in record.model_fields else ""


@dataclass(frozen=True)
class TableEdits:
    """Finds edits in tables of which it is known what links to what."""

    user: Entity
    """The records of the users."""
    links: Links
    owners: Links
    """By table, the field with the key of the user whose record it is."""
    holders: Links
    """By table, the field with the key of what holds it, where that is not the user."""

    def find(self, db: Any, asked: Asked, table: str, record: Record) -> Iterator[Values]:
        """Yield other values of fields of a record, those that a request is about first."""
        kind, now = type(record), record.plain
        about = {asked.by(kind), *(each.attribute for each in asked.where(kind))}
        held = self.holders.get(table, {})
        fields = sorted(now, key=lambda name: (name not in about, name in held))
        alone = [
            {field: value}
            for field in fields
            for value in self._others(db, asked, table, field, record)
        ]
        entering = list(self._entering(db, asked, table, record))
        said = sum(bool(about & each.keys()) for each in alone)
        both = [{**each, **more} for each in entering for more in alone if not each.keys() & more]
        yield from _others_than(now, [*alone[:said], *entering, *alone[said:], *both])

    def _others(
        self, db: Any, asked: Asked, table: str, field: str, record: Record
    ) -> Iterator[JSON]:
        """Yield other values of a field."""
        now, annotation = record.plain[field], type(record).model_fields[field].annotation
        for condition in asked.where(type(record)):
            if condition.attribute == field:
                yield from _around(condition.value)
                if isinstance(now, str):
                    yield from (getattr(r, field) for r in _some(getattr(db, table)).values())
        if field == asked.by(type(record)):
            yield from (other for each in asked.compared for other in _beside(each))
        linked = {**self.holders.get(table, {}), **self.links.get(table, {})}.get(field)
        if field in self.owners.get(table, {}):
            yield from (asked.caller, *list(getattr(db, self.user.table))[:2])
        elif linked is None:
            yield from _far_from(annotation, now)
        elif any(get_origin(each) in _LISTS for each in (annotation, *get_args(annotation))):
            yield from self._other_lists(db, asked, linked, now or ())
        else:
            yield from self._other_links(db, asked, linked)
            yield from (None for each in get_args(annotation) if each is NoneType)

    def _other_links(self, db: Any, asked: Asked, table: str) -> Iterator[str]:
        """Yield keys that a link could have: of what a request is about, and of others."""
        rows: Mapping[str, Record] = getattr(db, table)
        yield from (*self._first(db, asked, table), *self._leading(db, asked, table), *_some(rows))

    def _leading(self, db: Any, asked: Asked, table: str) -> Iterator[str]:
        """Yield keys of a table: of what may be meant, or links to it, or is linked to by it.

        So a rule is found by which what is meant must not be what a user has already.
        """
        yield from asked.about.get(table, ())
        own = db.key_fields.get(table)
        for name, other in self.links.get(table, {}).items() if own else ():
            for key in asked.about.get(other, ()):
                leading = getattr(db, table).lookup(_links_in(name), key)
                yield from (getattr(record, own) for record in leading[:1])

    def _other_lists(
        self, db: Any, asked: Asked, table: str, now: Sequence[str]
    ) -> Iterator[list[str]]:
        """Yield lists of one less, of one more that could be meant, and of that one alone.

        One less or more can make a tie, which says nothing: one alone makes none.
        """
        for key in now:
            yield [each for each in now if each != key]
        more = [key for key in self._other_links(db, asked, table) if key not in now]
        yield from (sorted([*now, key]) for key in more)
        yield from ([key] for key in more[:FIRST])

    def _first(self, db: Any, asked: Asked, table: str) -> Sequence[str]:
        """Return keys of records that keep the conditions, first and last by what is compared."""
        kind, choice = asked.kind, asked.choice
        if kind is None or choice is None:
            return ()
        linked = kind.linked if table == kind.table else None

        def value(record: Record, name: str) -> Any:
            if linked is not None and name in linked.record.model_fields and kind is not None:
                record = getattr(db, linked.table)[getattr(record, kind.link)]
            return getattr(record, name)

        types = [db.tables[table], *([linked.record] if linked else ())]
        where = [condition for each in types for condition in asked.where(each)]
        by = next(filter(None, map(asked.by, types)), "")
        rows: Mapping[str, Record] = getattr(db, table)
        fit = [k for k, r in rows.items() if all(keeps(value(r, c.attribute), c) for c in where)]
        if not by:
            return fit[:FITTING]
        ranked = sorted(fit, key=lambda key: value(rows[key], by))
        values = [value(rows[key], by) for key in ranked]
        places = [
            place
            for each in asked.compared
            for place in (bisect_left(values, each) - 1, bisect_right(values, each))
            if 0 <= place < len(values)
        ]
        beside = (ranked[place] for place in dict.fromkeys(places))
        return tuple(dict.fromkeys((*ranked[:FIRST], *ranked[-FIRST:], *beside)))

    def _entering(self, db: Any, asked: Asked, table: str, record: Record) -> Iterator[Values]:
        """Yield values with which a record is meant: it keeps what is said, and is the first."""
        kind, choice = asked.kind, asked.choice
        if kind is None or choice is None:
            return
        own = dict.fromkeys(self.owners.get(table, {}), asked.caller)
        for condition in asked.where(type(record)):
            own[condition.attribute] = _kept(condition)
        by = asked.by(type(record))
        if by and by not in own:
            better = max if choice.extreme == "highest" else min
            far = list(_far_from(type(record).model_fields[by].annotation, record.plain[by]))
            places = [better(beside) for each in asked.compared if (beside := _beside(each))]
            own |= {by: better(far)} if far else {}
            yield from ({**own, by: place} for place in places)
        if table == kind.table and kind.linked and _choice_is_of(choice, kind.linked.record):
            for key in self._first(db, asked, kind.linked.table):
                yield {**own, kind.link: key}
        elif own:
            yield own


def _choice_is_of(choice: OneOf, record: type[Record]) -> bool:
    """Say whether a choice is by attributes that a type of records has."""
    names = {choice.by, *(each.attribute for each in choice.where)}
    return not names.isdisjoint(record.model_fields)


def keys_in(record: Record, name: str) -> Sequence[str]:
    """Return the keys in a field that links to one record, to several, or to none."""
    keys = getattr(record, name)
    if keys is None:
        return ()
    return (keys,) if isinstance(keys, str) else tuple(keys)


@cache
def _links_in(name: str) -> Callable[[Record], Sequence[str]]:
    """Return an index of records by the keys in a field."""
    return lambda record: keys_in(record, name)


def _some(rows: Mapping[str, T]) -> Mapping[str, T]:
    """Return some records of a table, from all over it."""
    keys = list(rows)
    return {key: rows[key] for key in keys[:: max(1, len(keys) // OTHERS)]}


def _others_than(now: Mapping[str, JSON], found: Sequence[Values]) -> Iterator[Values]:
    """Yield values, each once, that are not those that there are."""
    seen = set[str]()
    for each in found:
        values = {name: value for name, value in each.items() if value != now[name]}
        if values and repr(values) not in seen:
            seen.add(repr(values))
            yield values


def _around(value: str | float) -> Iterator[JSON]:
    """Yield values that keep a condition with this value, or that break it."""
    if isinstance(value, str):
        yield value
    else:
        yield from (int(value) - 1, int(value) + 1)


def _beside(value: Any) -> Sequence[Any]:
    """Return the values next to one; none for texts that are no days."""
    if isinstance(value, int):
        return value - 1, value + 1
    if isinstance(value, float):
        return round(value - CENT, 2), round(value + CENT, 2)
    if not _DAY.fullmatch(value):
        return ()
    day = date.fromisoformat(value)
    return (day - DAY).isoformat(), (day + DAY).isoformat()


def _kept(condition: Condition) -> JSON:
    """Return a value that keeps a condition."""
    value = condition.value
    if isinstance(value, str):
        return value
    return int(value) + 1 if condition.test == "over" else int(value) - 1


def _far_from(kind: Any, now: JSON) -> Iterator[Any]:
    """Yield values of a type of another sort than there is now."""
    origin, parts = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        for each in parts:
            yield from (None,) if each is NoneType else _far_from(each, now)
    elif origin is Annotated:
        yield from _far_from(parts[0], now)
    elif origin is Literal:
        yield from sorted(parts, key=str)
    elif origin in _LISTS:
        yield from _far_lists(parts[0], now or [])
    elif isinstance(now, dict):
        yield from _far_objects(kind, now)
    elif kind is not str or now is None or _DAY.fullmatch(now):
        yield from {bool: (True, False), int: FAR_NUMBERS, float: FAR_AMOUNTS, str: FAR_DAYS}.get(
            kind, ()
        )


def _far_lists(kind: Any, now: Sequence[JSON]) -> Iterator[list[JSON]]:
    """Yield lists of one less, of one that has another part, and of one more of a closed set."""
    for place, each in enumerate(now):
        others = _far_from(kind, each) if isinstance(each, dict) else ()
        for instead in ([], *([other] for other in others)):
            yield [*now[:place], *instead, *now[place + 1 :]]
    if get_origin(kind) is Literal:
        yield from (sorted([*now, each], key=str) for each in get_args(kind) if each not in now)


def _far_objects(kind: Any, now: Mapping[str, JSON]) -> Iterator[Mapping[str, JSON]]:
    """Yield objects of which one part is another."""
    fields = kind.model_fields if hasattr(kind, "model_fields") else {}
    for name, each in now.items():
        part = fields[name].annotation if fields else (None, *get_args(kind))[-1]
        yield from ({**now, name: other} for other in _far_from(part, each))
