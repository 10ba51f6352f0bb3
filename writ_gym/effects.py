"""What steps do to states of a world, each made once for all states that look alike to it."""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from writ_gym.database import Changes, Database, Places, Record

Seen: TypeAlias = dict[tuple[str, str], object]
"""What a step looked at: records, None where there was none any more, or ``UNCHANGED``."""

UNCHANGED = object()
"""Stands for a record that is as it was in the beginning."""


class Effect(NamedTuple):
    """What a step did once."""

    seen: Seen
    tables: set[str]
    """The tables of which it saw all that was changed."""
    lookups: Places
    """What it looked up by indexes that are tracked: it saw all that was changed of that."""
    written: Changes | None
    """What it wrote; None if it failed."""
    undone: set[tuple[str, str]]
    """What of that is as it was in the beginning."""


class Effects:
    """Makes steps in states of a world.

    A step is a function of what it looks at in a database, and of nothing else. So what it did
    once it does in every other state that is the same there.
    """

    def __init__(self, base: Database) -> None:
        """Prepare to make steps.

        Args:
            base: The session that all states begin with; it stays as it is.
        """
        self._base = base
        self._begun = base.written()
        self._known: dict[str, list[Effect]] = {}
        self._indexed: dict[tuple[tuple[str, str], int], tuple[Record | None, Places]] = {}
        """By place and identity of the record there, which is so kept: where that is looked up."""

    def session(self, state: Changes) -> Database:
        """Return a session in a state."""
        session = self._base.fork()
        session.write(state)
        return session

    def after(self, state: Changes, key: str, step: Callable[[Database], bool]) -> Changes | None:
        """Return what is changed after a step, None if it fails.

        Args:
            state: What is changed before.
            key: What tells the step from others.
            step: Makes it in a session, and says whether it went through.
        """
        known = self._known.setdefault(key, [])
        effect = next((each for each in known if self._looks_alike(state, each)), None)
        if effect is None:
            effect = self._make(state, step)
            known.append(effect)
        written = effect.written
        if written is None:
            return None
        after = state | written
        for place in effect.undone:
            del after[place]
        return after

    def _make(self, state: Changes, step: Callable[[Database], bool]) -> Effect:
        session, looks = self._base.watched()
        session.write(state)
        before = self._begun | state
        written: Changes | None = None
        if step(session):
            after = session.written()
            written = {p: r for p, r in after.items() if p not in before or before[p] is not r}
        seen: Seen = {
            (table, key): state.get((table, key), UNCHANGED)
            for table, key in looks
            if isinstance(key, str) and key
        }
        tables = {table for table, key in looks if key == ""}
        lookups = {place for place in looks if not isinstance(place[1], str)}
        seen |= {
            place: record
            for place, record in state.items()
            if self._is_among(place, record, tables, lookups)
        }
        undone = {
            place for place, record in (written or {}).items() if record == self._in_base(place)
        }
        return Effect(seen, tables, lookups, written, undone)

    def _in_base(self, place: tuple[str, str]) -> Record | None:
        record: Record | None = getattr(self._base, place[0]).get(place[1])
        return record

    def _looks_alike(self, state: Changes, effect: Effect) -> bool:
        """Say whether a state is the same in all that a step saw of another one."""
        seen, tables, lookups = effect.seen, effect.tables, effect.lookups
        for place, record in seen.items():
            now = state.get(place, UNCHANGED)
            if now is not record and now != record:
                return False
        if not tables and not lookups:
            return True
        return not any(
            place not in seen and self._is_among(place, record, tables, lookups)
            for place, record in state.items()
        )

    def _is_among(
        self, place: tuple[str, str], record: Record | None, tables: set[str], lookups: Places
    ) -> bool:
        """Say whether a changed record is in a table, or was or is what a look-up gives."""
        return place[0] in tables or not lookups.isdisjoint(self._places(place, record))

    def _places(self, place: tuple[str, str], record: Record | None) -> Places:
        """Return where a changed record was looked up before, and where it is now."""
        key = place, id(record)
        if key not in self._indexed:
            found = self._base.looked_up(place[0], self._in_base(place), record)
            self._indexed[key] = record, found
        return self._indexed[key][1]
