"""Filters among trajectories: the same task again, and users who say nearly the same."""

from collections.abc import Collection
from importlib import import_module
from typing import Any

from writ_gym.datasets.diversity import mask, runs
from writ_gym.datasets.filters import Filter
from writ_gym.errors import WritGymError
from writ_gym.records import EpisodeRecord
from writ_gym.trace import is_user

SHINGLE = 3
"""Words in a row that are compared."""
PERMUTATIONS = 128
"""Length of a signature; the similarity is estimated to about 0.04."""


def user_text(record: EpisodeRecord) -> str:
    """Return what the user says in a conversation, numbers masked."""
    return mask("\n".join(m["content"] for m in record.messages if is_user(m)))


def comparing(
    names: Collection[str] = ("distinct_task",), similarity: float | None = None
) -> list[tuple[str, Filter]]:
    """Return new filters that compare trajectories with one another, by name.

    Args:
        names: Names of filters; ``distinct_task`` is the one that needs no number.
        similarity: See ``distinct_text``; None to leave that out.

    Raises:
        WritGymError: The library that comparing texts needs is not installed.
    """
    filters = [("distinct_task", distinct_task())] if "distinct_task" in names else []
    if similarity is not None:
        filters.append(("distinct_text", distinct_text(similarity)))
    return filters


def distinct_task() -> Filter:
    """Return a filter that drops a trajectory of a task of which it has seen one."""
    seen: set[str] = set()

    def check(record: EpisodeRecord) -> str | None:
        if record.task_id in seen:
            return "there is a trajectory of the same task"
        seen.add(record.task_id)
        return None

    return check


def distinct_text(similarity: float) -> Filter:
    """Return a filter that drops a trajectory whose user says nearly the same as in one before.

    Args:
        similarity: From 0 to 1: share of the runs of words that two texts have in common, from
            which they count as the same. It is estimated, with MinHash.

    Raises:
        WritGymError: The library that this needs is not installed.
    """
    lean, index_type = _minhash()
    # The index finds nearly all above its threshold and some below; what it finds is compared.
    index = index_type(threshold=max(0.1, similarity - 0.1), num_perm=PERMUTATIONS)
    signatures: dict[str, Any] = {}

    def check(record: EpisodeRecord) -> str | None:
        signature = lean(shingles(user_text(record)))
        for key in index.query(signature):
            if signatures[key].jaccard(signature) >= similarity:
                return f"the user says nearly the same as in {key}"
        key = f"{record.episode_id} ({len(signatures)})"  # an id may be there twice
        index.insert(key, signature)
        signatures[key] = signature
        return None

    return check


def shingles(text: str) -> set[str]:
    """Return the runs of words of a text; all of it, if it is shorter than one."""
    return set(runs(text, SHINGLE)) or {" ".join(text.split())}


def _minhash() -> tuple[Any, Any]:
    """Return what makes a signature of shingles, and the index of signatures."""
    try:
        library = import_module("datasketch")
    except ImportError:
        raise WritGymError(
            "Comparing texts needs datasketch: pip install 'writ-gym[text]'."
        ) from None

    def signature(parts: set[str]) -> Any:
        full = library.MinHash(num_perm=PERMUTATIONS)
        full.update_batch([part.encode() for part in parts])
        return library.LeanMinHash(full)

    return signature, library.MinHashLSH
