"""What a generated world shows of a domain's parts that do not fit it, and how to mend them."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from writ_gym.database import Record
from writ_gym.kit.proving import TableProof
from writ_gym.kit.words import Words


def misfits_of_world(db: Any, words: Words, proof: object) -> Iterator[str]:
    """Yield what does not fit a world, and how to mend it."""
    for kind in words.kinds.values():
        strange = _strange(kind.ids, getattr(db, kind.table))
        if strange is not None:
            yield f"`ids` of the kind {kind.name!r}, {kind.ids!r}, is not how {strange!r} looks."
    users = getattr(db, words.user.table).values()
    for slot, detail in words.details.items():
        strange = _strange(detail.looks, (getattr(user, detail.field) for user in users))
        if strange is not None:
            yield f"`looks` of the detail {slot!r}, {detail.looks!r}, is not how {strange!r} looks."
    if isinstance(proof, TableProof):
        for table, field, other in _links(db, words, proof):
            yield (
                f"{field!r} of {table!r} holds keys of {other!r}, and its proof does not know so: "
                f"add it to `links`, {{{table!r}: {{{field!r}: {other!r}}}}}, or what a rule finds "
                "there is proved as if it could not be otherwise."
            )


def _strange(pattern: str, texts: Iterable[str]) -> str | None:
    """Return the first text that does not look like a pattern."""
    return next((each for each in texts if not re.fullmatch(pattern, each)), None)


def _links(db: Any, words: Words, proof: TableProof) -> Iterator[tuple[str, str, str]]:
    """Yield table and field of what links to another table without the proof's knowing it."""
    for table, kind in db.tables.items():
        rows = list(getattr(db, table).values())
        own = {db.key_fields.get(table), words.user.key}
        for field in kind.model_fields:
            other = (
                None if field in own or proof.knows(table, field) else _linked_to(db, rows, field)
            )
            if other is not None:
                yield table, field, other


def _linked_to(db: Any, rows: Iterable[Record], field: str) -> str | None:
    """Return the table of which all that a field of some records holds are keys."""
    tables, found = list(db.tables), False
    for record in rows:
        value = getattr(record, field)
        for key in value if isinstance(value, tuple | list | frozenset) else (value,):
            if key is None or key == "":
                continue
            found = True
            tables = [each for each in tables if isinstance(key, str) and key in getattr(db, each)]
        if not tables:
            return None
    return tables[0] if found else None
