"""Records as training data."""

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeAlias

from pydantic_core import from_json

from writ_gym.datasets.filters import FILTERS, Filter, Tally, apply
from writ_gym.datasets.token_samples import to_tokens
from writ_gym.errors import StoreError, WritGymError
from writ_gym.lines import StrPath, is_among, write_lines
from writ_gym.messages import is_hidden
from writ_gym.records import EpisodeRecord
from writ_gym.runs.parquet import MESSAGE, RECORD, Shape, record_row, write_shards
from writ_gym.runs.store import FAILURES, MANIFEST, read_records, record_files

WRITE_INTENSIVE_COUNT = 3
"""Write count from which a trajectory counts as write-intensive."""

ToolArguments: TypeAlias = Literal["string", "object"]
"""What the arguments of a tool call are: the text that the agent wrote, as OpenAI's API has them,
or what it says, as the chat templates of many open models want them."""


def to_openai(record: EpisodeRecord) -> dict[str, Any]:
    """Return chat ``messages``, the system message first, and ``tools``, in OpenAI format.

    Before them stand the ids of the episode and its task, which trainers pass over. It is what the
    agent saw: nothing of what the user does with tools of its own.
    """
    system = {"role": "system", "content": record.system}
    return {
        **_ids(record),
        "messages": [system, *(_plain(m) for m in record.messages if not is_hidden(m))],
        "tools": list(record.tools),
    }


def with_objects(sample: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return a sample with the arguments of its tool calls as objects instead of their text.

    None if those of a call are no JSON object, as a model writes them at times.

    Args:
        sample: What ``to_openai`` or ``to_writ`` returns.
    """
    try:
        return {**sample, "messages": [_with_objects(each) for each in sample["messages"]]}
    except ValueError:
        return None


def _with_objects(message: Mapping[str, Any]) -> Mapping[str, Any]:
    if "tool_calls" not in message:
        return message
    calls = []
    for call in message["tool_calls"]:
        arguments = from_json(call["function"]["arguments"], allow_inf_nan=False)
        if not isinstance(arguments, dict):
            raise ValueError(f"{arguments!r} is no object")
        calls.append({**call, "function": {**call["function"], "arguments": arguments}})
    return {**message, "tool_calls": calls}


def to_writ(record: EpisodeRecord) -> dict[str, Any]:
    """Return the record form of the WRIT-2K data set: its labels, ``messages`` and ``tools``."""
    return {
        **_ids(record),
        "domain": record.domain,
        "trajectory_type": trajectory_type(record),
        "has_user_script": True,
        **to_openai(record),
    }


def _ids(record: EpisodeRecord) -> dict[str, Any]:
    return {"episode_id": record.episode_id, "task_id": record.task_id}


def to_record(record: EpisodeRecord) -> dict[str, Any]:
    """Return the whole record, as JSON types."""
    fields: dict[str, Any] = from_json(record.model_dump_json())
    return fields


def trajectory_type(record: EpisodeRecord) -> str:
    """Return ``write_intensive``, ``read_heavy`` or ``normal``, from the task's gold writes."""
    writes = record.task.gold_writes
    if len(writes) >= WRITE_INTENSIVE_COUNT:
        return "write_intensive"
    return "read_heavy" if any(write.is_read_heavy for write in writes) else "normal"


Form: TypeAlias = Callable[[EpisodeRecord], Iterable[dict[str, Any]]]

FORMATS: dict[str, Form] = {
    "openai": lambda record: [to_openai(record)],
    "writ": lambda record: [to_writ(record)],
    "tokens": to_tokens,
    "record": lambda record: [to_record(record)],
}
"""By name, what makes the samples of a record."""
CHATS = ("openai", "writ")
"""The formats that have ``messages`` for a chat template."""
_IDS: dict[str, Shape] = {"episode_id": "text", "task_id": "text"}
_CHAT: dict[str, Shape] = {"messages": [MESSAGE], "tools": "json"}
SHAPES: dict[str, dict[str, Shape]] = {
    "openai": {**_IDS, **_CHAT},
    "writ": {
        **_IDS, "domain": "text", "trajectory_type": "text", "has_user_script": "bool", **_CHAT,
    },
    "tokens": {
        **_IDS, "part": "int", "parts": "int",
        "input_ids": ["int"], "loss_mask": ["int"], "logprobs": ["float"], "reward": "float",
    },
    "record": RECORD,
}  # fmt: skip
"""The columns of each format, as Parquet."""


def export(
    path: StrPath,
    form: str,
    out: StrPath,
    keep_all: bool = False,
    filters: Collection[str] = (),
    shard_rows: int | None = None,
    among: Sequence[tuple[str, Filter]] = (),
    tool_arguments: ToolArguments = "string",
    *,
    overwrite: bool = True,
) -> dict[str, int]:
    """Write the records of a run as training data, one JSON object a line; return the counts.

    Args:
        path: The run folder, a JSONL file of records, or a folder of Parquet shards.
        form: A name in ``FORMATS``.
        out: The file to write; it appears whole or not at all.
        keep_all: Whether to keep episodes with a reward below 1 too.
        filters: Names of filters; what one of them drops is left out.
        shard_rows: Write Parquet shards of so many rows instead, and ``out`` is their folder.
        among: Filters that compare records with one another, by name.
        tool_arguments: What the arguments of tool calls are in ``messages``; with ``object``,
            episodes with a call whose arguments are none are left out.
        overwrite: Whether anything that ``out`` holds already may be lost.

    Raises:
        StoreError: A record is damaged, ``out`` cannot be written, or something would be lost
            that may not be.
        WritGymError: There is no such filter, pyarrow is needed and not installed, or arguments
            are to be objects where they cannot.
    """
    path, out = Path(path), Path(out)
    convert = _form(form, tool_arguments, shards=bool(shard_rows))
    kept, tally = apply(read_records(path), filters, among)
    good = Counter[str]()

    def samples() -> Iterator[dict[str, Any]]:
        for record in kept:
            if keep_all or record.reward == 1.0:
                made = convert(record)
                good["kept"] += made is not None
                yield from made or ()

    if shard_rows:
        _refuse_source(path, out)
        rows = map(record_row, samples()) if form == "record" else samples()
        written = write_shards(out, SHAPES[form], rows, shard_rows, overwrite=overwrite)
    else:
        written = _write(path, out, map(json.dumps, samples()), overwrite=overwrite)
    return {"read": tally.read, "written": written, "dropped": tally.read - good["kept"]}


def _form(
    name: str, arguments: ToolArguments, *, shards: bool
) -> Callable[[EpisodeRecord], Iterable[dict[str, Any]] | None]:
    """Return what makes the samples of a record, None of one that has none in this form."""
    convert = FORMATS[name]
    if arguments == "string":
        return convert
    if name not in CHATS:
        raise WritGymError(
            f"Tool arguments can be objects in the formats {' and '.join(CHATS)}, not in {name!r}."
        )
    if shards:
        raise WritGymError(
            "Tool arguments cannot be objects in Parquet, whose columns have one type: write lines."
        )

    def to_objects(record: EpisodeRecord) -> Iterable[dict[str, Any]] | None:
        found = [with_objects(sample) for sample in convert(record)]
        whole = [sample for sample in found if sample is not None]
        return whole if len(whole) == len(found) else None

    return to_objects


def select(
    path: StrPath,
    out: StrPath,
    names: Collection[str] = tuple(FILTERS),
    among: Sequence[tuple[str, Filter]] = (),
    *,
    overwrite: bool = True,
) -> Tally:
    """Write the records of a run that the filters keep, as they are; say what was dropped.

    Args:
        path: The run folder, or a JSONL file of records.
        out: The file to write; it appears whole or not at all.
        names: Names of filters.
        among: Filters that compare records with one another, by name.
        overwrite: Whether lines that ``out`` holds already may be lost.

    Raises:
        StoreError: A record is damaged, ``out`` cannot be written, or a line would be lost that
            may not be.
        WritGymError: There is no such filter.
    """
    path, out = Path(path), Path(out)
    kept, tally = apply(read_records(path), names, among)
    _write(path, out, (record.model_dump_json() for record in kept), overwrite=overwrite)
    return tally


def _write(path: Path, out: Path, lines: Iterable[str], *, overwrite: bool) -> int:
    """Write lines made from the records of ``path``; return how many."""
    _refuse_source(path, out)
    if out.suffix == ".parquet":
        raise StoreError(
            f"{out} would hold lines of JSON: name it {out.with_suffix('.jsonl').name}, or write "
            "Parquet into a folder with 'writ-gym export --shard-rows'."
        )
    try:
        return write_lines(out, lines, overwrite=overwrite)
    except OSError as error:
        raise StoreError(f"Cannot write {out}: {error.strerror}.") from None


def _refuse_source(path: Path, out: Path) -> None:
    """Check that records, and what else a run is made of, are not written over."""
    try:
        if is_among(out, [path, *record_files(path), path / MANIFEST, path / FAILURES]):
            raise StoreError(f"{out} is what is exported: choose another file.")
    except OSError as error:
        raise StoreError(f"Cannot write {out}: {error.strerror}.") from None


def _plain(message: Mapping[str, Any]) -> dict[str, Any]:
    """Return a message with the fields that chat templates know."""
    kept = {"role", "content", "tool_calls", "tool_call_id", "name", "reasoning_content"}
    return {key: value for key, value in message.items() if key in kept}
