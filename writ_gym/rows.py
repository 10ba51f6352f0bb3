"""Records: immutable rows, checked when they are made or changed, with their JSON text kept."""

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from operator import itemgetter
from typing import Annotated, Any, Literal, NoReturn, Self, TypeVar, get_args, get_origin

from pydantic import AfterValidator, BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import to_jsonable_python

from writ_gym.errors import DatabaseError, first_error

JSON = Any
"""A value of the JSON types: dict, list, str, int, float, bool or None."""

SCALARS = frozenset({str, int, float, bool, type(None)})
"""The JSON types that hold no other values."""

K = TypeVar("K")
V = TypeVar("V")
M = TypeVar("M", bound=BaseModel)


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
        known, names = self.__dict__, _names(kind)
        fields = {**known, **checked}
        if len(known) > len(names):
            for name in _cached(kind):
                fields.pop(name, None)
        return unchecked(kind, fields, names)

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


_SET_FIELDS, _SET_NAMES, _SET_EXTRA, _SET_PRIVATE = (
    vars(BaseModel)[name].__set__
    for name in (
        "__dict__", "__pydantic_fields_set__", "__pydantic_extra__", "__pydantic_private__",
    )
)  # fmt: skip
"""How a model that is frozen is filled, without a look-up of each name."""


def unchecked(kind: type[M], fields: dict[str, Any], names: set[str]) -> M:
    """Return a model of values that are valid, as ``model_construct`` in a fraction of the time.

    Args:
        kind: The type of the model.
        fields: All values by name, which become those of the model.
        names: The names.
    """
    model = object.__new__(kind)
    _SET_FIELDS(model, fields)
    _SET_NAMES(model, names)
    _SET_EXTRA(model, None)
    _SET_PRIVATE(model, None)
    return model


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
def _names(record_type: type[Record]) -> set[str]:
    """Return the names of a record type's fields; all records of it share the set."""
    return set(record_type.__pydantic_fields__)


@lru_cache
def _cached(record_type: type[Record]) -> Sequence[str]:
    """Return the names of what records of a type keep besides their fields."""
    kinds = record_type.__mro__
    return [n for each in kinds for n, of in vars(each).items() if isinstance(of, cached_property)]


@lru_cache
def _values(record_type: type[Record]) -> Callable[[Mapping[str, object]], object]:
    """Return what takes the values of a record type's fields out of a dictionary."""
    return itemgetter(*record_type.__pydantic_fields__)


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


def digest(value: JSON) -> str:
    """Return the SHA-256 (hex) of a JSON value; equal values, 25 and 25.0 too, have equal ones."""
    text = _COMPACT.encode(value)
    if _MAYBE_INTEGRAL.search(text):
        text = _COMPACT.encode(canonical(value))
    return hashlib.sha256(text.encode()).hexdigest()


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


def merge_patch(before: object, after: object) -> JSON:
    """Return the JSON Merge Patch (RFC 7386) that makes one value, such as a record, of another.

    It has what is another, and null for what is gone.
    """
    old, new = _entries(before), _entries(after)
    if old is None or new is None:
        return to_plain(after)
    patch = {
        name: merge_patch(old.get(name), value)
        for name, value in new.items()
        if name not in old or (value is not old[name] and value != old[name])
    }
    return {**patch, **dict.fromkeys(name for name in old if name not in new)}


def _entries(value: object) -> Mapping[str, object] | None:
    """Return what an object of JSON has, by name; None for other values."""
    if isinstance(value, Record):
        known = value.__dict__
        return {name: known[name] for name in type(value).__pydantic_fields__}
    return value if isinstance(value, dict) else None


def leaves(value: JSON) -> list[JSON]:
    """Return the scalars in a JSON value, the names of fields left out."""
    if type(value) in SCALARS:  # which most are
        return [value]
    if isinstance(value, Mapping):
        return [leaf for each in value.values() for leaf in leaves(each)]
    if isinstance(value, list | tuple):
        return [leaf for each in value for leaf in leaves(each)]
    return [value]
