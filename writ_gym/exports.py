"""Records as training data."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from writ_gym.errors import StoreError
from writ_gym.records import EpisodeRecord
from writ_gym.store import episodes_file, read_records

READ_HEAVY_BURDEN = 5
"""Evidence burden from which a trajectory with one write counts as read-heavy."""
WRITE_INTENSIVE_COUNT = 3
"""Write count from which a trajectory counts as write-intensive."""


def to_openai(record: EpisodeRecord) -> dict[str, Any]:
    """Return chat ``messages``, the system message first, and ``tools``, in OpenAI format."""
    system = {"role": "system", "content": record.system}
    return {
        "messages": [system, *(_plain(message) for message in record.messages)],
        "tools": list(record.tools),
    }


def to_writ(record: EpisodeRecord) -> dict[str, Any]:
    """Return the record form of the WRIT-2K data set: its labels, ``messages`` and ``tools``."""
    return {
        "domain": record.domain,
        "trajectory_type": trajectory_type(record),
        "has_user_script": True,
        **to_openai(record),
    }


def trajectory_type(record: EpisodeRecord) -> str:
    """Return ``write_intensive``, ``read_heavy`` or ``normal``, from the task's certificate."""
    certificate = record.task.certificate
    if certificate.write_count >= WRITE_INTENSIVE_COUNT:
        return "write_intensive"
    if certificate.write_count and certificate.evidence_burden >= READ_HEAVY_BURDEN:
        return "read_heavy"
    return "normal"


FORMATS: dict[str, Callable[[EpisodeRecord], dict[str, Any]]] = {
    "openai": to_openai,
    "writ": to_writ,
}


def export(path: Path, form: str, out: Path, keep_all: bool = False) -> dict[str, int]:
    """Write the records of a run as training data, one JSON object a line; return the counts.

    Args:
        path: The run folder, or a JSONL file of records.
        form: A name in ``FORMATS``.
        out: The file to write; it appears whole or not at all.
        keep_all: Whether to keep episodes with a reward below 1 too.

    Raises:
        StoreError: A record is damaged, or ``out`` cannot be written.
    """
    convert = FORMATS[form]
    counts = {"read": 0, "written": 0, "dropped": 0}
    temporary = out.parent / f"{out.name}.tmp"
    try:
        if out.exists() and out.samefile(episodes_file(path)):
            raise StoreError(f"{out} is what is exported: choose another file.")
        with temporary.open("w", encoding="utf-8") as file:
            for record in _counted(path, counts):
                if keep_all or record.reward == 1.0:
                    file.write(json.dumps(convert(record)) + "\n")
                    counts["written"] += 1
                else:
                    counts["dropped"] += 1
        temporary.replace(out)
    except OSError as error:
        raise StoreError(f"Cannot write {out}: {error.strerror}.") from None
    finally:
        with suppress(OSError):
            temporary.unlink()
    return counts


def _counted(path: Path, counts: dict[str, int]) -> Iterator[EpisodeRecord]:
    for record in read_records(path):
        counts["read"] += 1
        yield record


def _plain(message: Mapping[str, Any]) -> dict[str, Any]:
    """Return a message with the fields that chat templates know."""
    kept = {"role", "content", "tool_calls", "tool_call_id", "name", "reasoning_content"}
    return {key: value for key, value in message.items() if key in kept}
