"""Rows as Parquet: shards of bounded size, with a schema that does not depend on the data.

What has a fixed shape becomes columns, structs and lists. What has not (tool arguments, schemas of
tools, tasks, changes of a state) is JSON text, so that no two shards differ in their types.
"""

import filecmp
import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from itertools import islice
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeAlias, Union, get_args, get_origin

from pydantic import ValidationError
from pydantic_core import from_json, to_json

from writ_gym.errors import StoreError, WritGymError
from writ_gym.lines import StrPath, make_way, refuse_others, would_be_lost
from writ_gym.models.tokens import Numbers
from writ_gym.records import EpisodeRecord, not_a_record
from writ_gym.tasks import Config, Task

Shape: TypeAlias = "str | list[Shape] | dict[str, Shape]"
"""A type: ``text``, ``int``, ``float``, ``bool``, ``json`` (anything, as text); a list of one
shape; a struct of named ones. Everything may be missing."""
Row: TypeAlias = Mapping[str, Any]

SHARD_ROWS = 10_000
"""Rows of a shard, if it is not said how many."""
GROUP_ROWS = 100
"""Rows that are in memory at once."""
_SHARD = re.compile(r"data-\d{5}\.parquet")
_PLAIN: Mapping[object, Shape] = {str: "text", int: "int", float: "float", bool: "bool"}

MESSAGE: dict[str, Shape] = {
    "role": "text", "content": "text", "reasoning_content": "text",
    "tool_calls": [
        {"id": "text", "type": "text", "function": {"name": "text", "arguments": "text"}}
    ],
    "tool_call_id": "text", "name": "text",
}  # fmt: skip
"""A chat message; the arguments of a tool call are the text that the agent wrote."""


def _shape_of(kind: Any) -> Shape:
    """Return the shape of a type of the records' fields."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _shape_of(arguments[0])
    if origin in (Union, UnionType):
        real = [argument for argument in arguments if argument is not NoneType]
        return _shape_of(real[0]) if len(real) == 1 else "json"
    if origin is Literal:
        return "text"
    if origin is tuple:
        return [_shape_of(arguments[0])]
    if isinstance(kind, type) and issubclass(kind, Numbers):
        return [_shape_of(kind.item)]
    if isinstance(kind, type) and issubclass(kind, Config) and kind is not Task:
        return {name: _shape_of(field.annotation) for name, field in kind.model_fields.items()}
    return _PLAIN.get(kind, "json")


ORIGINALS = "originals"
_MESSAGE: dict[str, Shape] = {**MESSAGE, "requestor": "text"}
RECORD: dict[str, Shape] = {
    **{name: _shape_of(field.annotation) for name, field in EpisodeRecord.model_fields.items()},
    "messages": [_MESSAGE],
    "tools": "json",
    ORIGINALS: "json",
}
"""An ``EpisodeRecord``, as its types say. ``originals`` has, by index, the messages with more in
them than a struct of messages can hold, as they are."""


def record_row(fields: Row) -> Row:
    """Return a record, given as JSON types, as a row of the shape ``RECORD``."""
    originals = {
        str(index): message
        for index, message in enumerate(fields["messages"])
        if _message(_packed(message, _MESSAGE)) != message
    }
    return {**fields, ORIGINALS: originals or None}


def _record(row: Row) -> dict[str, Any]:
    """Return the fields of a record from a row as it was read."""
    fields = {name: _unpacked(value, RECORD.get(name, "json")) for name, value in row.items()}
    originals = fields.pop(ORIGINALS, None) or {}
    fields["messages"] = [
        originals.get(str(index)) or _message(message)
        for index, message in enumerate(fields.get("messages") or ())
    ]
    return fields


def _message(packed: Row) -> dict[str, Any]:
    """Return a message from its struct: what it has not is not there, but for the content."""
    return {name: value for name, value in packed.items() if value is not None or name == "content"}


_KINDS: Mapping[Any, type | tuple[type, ...]] = {
    "text": str, "int": int, "float": (float, int), "bool": bool,
}  # fmt: skip


_NO_NUMBERS = ("NaN", "Infinity", "-Infinity")
"""How records write what JSON has no number for; see ``tasks.Config``."""


def _packed(value: Any, shape: Shape) -> Any:
    """Return a value as a shape holds it; what does not fit is left out."""
    match shape:
        case _ if value is None:
            return None
        case "json":
            return to_json(value).decode()
        case "float" if value in _NO_NUMBERS:
            return float(value)
        case str():
            return value if isinstance(value, _KINDS[shape]) else None
        case [inner]:
            return [_packed(each, inner) for each in value] if isinstance(value, list) else None
        case dict():
            if not isinstance(value, Mapping):
                return None
            return {name: _packed(value.get(name), inner) for name, inner in shape.items()}


def _unpacked(value: Any, shape: Shape) -> Any:
    """Return what was packed."""
    match shape:
        case _ if value is None:
            return None
        case "json":
            return from_json(value)
        case [inner]:
            return [_unpacked(each, inner) for each in value]
        case dict():
            return {name: _unpacked(each, shape.get(name, "json")) for name, each in value.items()}
    return value


def write_shards(
    folder: StrPath, shape: Mapping[str, Shape], rows: Iterator[Row],
    shard_rows: int = SHARD_ROWS, *, overwrite: bool = True,
) -> int:  # fmt: skip
    """Write rows as ``data-00000.parquet`` and so on; return how many.

    The folder appears whole or not at all, in the place of an earlier one.

    Args:
        folder: The folder; may hold nothing but such shards.
        shape: The columns.
        rows: The rows; taken a few at a time, so that any number needs no memory.
        shard_rows: Rows of a shard at most.
        overwrite: Whether shards that are there already may be lost.

    Raises:
        StoreError: It cannot be written, holds other files, or shards that may not be lost.
        WritGymError: The library that this needs is not installed.
    """
    folder = Path(folder)
    arrow, parquet = _libraries()
    schema = arrow.schema([(name, _arrow_type(arrow, inner)) for name, inner in shape.items()])

    def write(path: Path, some: Iterator[Row]) -> int:
        written = 0
        with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
            while group := [_packed(row, dict(shape)) for row in islice(some, GROUP_ROWS)]:
                writer.write_table(arrow.Table.from_pylist(group, schema=schema))
                written += len(group)
        return written

    temporary = folder.parent / f".{folder.name}.{os.getpid()}.tmp"
    try:
        refuse_others(folder, lambda name: bool(_SHARD.fullmatch(name)))
        make_way(folder)
        temporary.mkdir()
        total = _write_all(temporary, write, rows, shard_rows)
        for shard in () if overwrite else shards_of(folder):
            new = temporary / shard.name
            if not (new.exists() and filecmp.cmp(shard, new, shallow=False)):
                raise would_be_lost(folder, shard.name)
        _put(temporary, folder)
    except OSError as error:
        raise StoreError(f"Cannot write {folder}: {error.strerror or error}.") from None
    except OverflowError as error:
        raise StoreError(f"Cannot write {folder}: a number is too large ({error}).") from None
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return total


def _write_all(folder: Path, write: Any, rows: Iterator[Row], shard_rows: int) -> int:
    """Write one shard after the other; without rows, an empty one, which has the columns."""
    total = number = 0
    while True:
        path = folder / f"data-{number:05d}.parquet"
        written: int = write(path, islice(rows, shard_rows))
        if number and not written:
            path.unlink()
        total += written
        number += 1
        if written < shard_rows:
            return total


def _put(temporary: Path, folder: Path) -> None:
    """Put a folder in the place of another one, which may not exist."""
    old = temporary.with_suffix(".old")
    if folder.exists():
        folder.rename(old)
    temporary.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def _arrow_type(arrow: Any, shape: Shape) -> Any:
    match shape:
        case [inner]:
            return arrow.list_(_arrow_type(arrow, inner))
        case dict():
            fields = [(name, _arrow_type(arrow, inner)) for name, inner in shape.items()]
            return arrow.struct(fields)
        case "int":
            return arrow.int64()
        case "float":
            return arrow.float64()
        case "bool":
            return arrow.bool_()
    return arrow.string()


def shards_of(path: StrPath) -> list[Path]:
    """Return the Parquet files that a path means, in order: itself, or those of the folder."""
    path = Path(path)
    if path.is_dir():
        return sorted(path.glob("*.parquet"))
    return [path] if path.suffix == ".parquet" and path.is_file() else []


def read_shards(paths: Sequence[StrPath]) -> Iterator[EpisodeRecord]:
    """Yield the records of Parquet files.

    Raises:
        StoreError: A file cannot be read, or a row is not a record; names the row.
        WritGymError: The library that this needs is not installed.
    """
    arrow, parquet = _libraries()
    for path in paths:
        number = 0
        try:
            with parquet.ParquetFile(path) as file:
                for batch in file.iter_batches(batch_size=GROUP_ROWS):
                    for row in batch.to_pylist():
                        number += 1
                        yield EpisodeRecord.model_validate(_record(row))
        except ValidationError as error:
            raise not_a_record(f"{path}, row {number}", error) from None
        except (OSError, arrow.ArrowException, ValueError) as error:
            raise StoreError(f"Cannot read {path}: {error}.") from None


def _libraries() -> tuple[Any, Any]:
    try:
        return import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError:
        raise WritGymError("Parquet needs pyarrow: pip install 'writ-gym[parquet]'.") from None
