"""What steps do to states of a world, each made once for all states that look alike to it."""

from collections.abc import Callable
from functools import partial
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar

from writ_gym.database import ALL, Changes, Database, Fields, Places, Record
from writ_gym.errors import ToolError
from writ_gym.overlays import differ_in
from writ_gym.tasks import Call
from writ_gym.tools import ToolSet

T = TypeVar("T")

Place: TypeAlias = tuple[str, str]
"""Table and key of a record."""


class Found(NamedTuple, Generic[T]):
    """What was found out in a session, and what of the world that hangs on."""

    what: T
    looks: Places
    fields: Fields
    """Which fields of records; empty if that was not noted."""


def find(session: Database, by_field: bool, look: Callable[[Database], T]) -> Found[T]:
    """Find something out in a session, and note what it hangs on.

    Args:
        session: The session, which stays as it is.
        by_field: Whether it can be noted which fields of records it hangs on: ``Proof.by_field``.
        look: Finds it out.
    """
    if not by_field:
        watched, looks = session.watched()
        return Found(look(watched), looks, {})
    noted, looks, fields = session.noted()
    return Found(look(noted), looks, fields)


class Seen(NamedTuple):
    """A state, and what was looked at in it."""

    state: Changes
    looks: Places
    wide: set[str]
    """The tables of which not only records by their keys were looked at."""
    lookups: Places
    """What was looked up by indexes that are tracked."""
    tables: set[str]
    """The tables of which all records were looked at."""
    keys: set[str]
    """The tables of which it was looked at which records there are."""
    fields: Fields
    """Which fields of records were looked at; empty if that was not noted."""


class Effect(NamedTuple):
    """What a step did once."""

    seen: Seen
    written: Changes | None
    """What it wrote; None if it failed."""
    undone: set[Place]
    """What of that is as it was in the beginning."""


class Effects:
    """Makes steps in states of a world, and finds out what is so in them.

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
        self._found: dict[str, list[tuple[Seen, Any]]] = {}
        self._indexed: dict[tuple[Place, int], tuple[Record | None, Places]] = {}
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
        effect = next((each for each in known if self._looks_alike(state, each.seen)), None)
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

    def after_call(self, state: Changes, call: Call, tools: ToolSet[Any]) -> Changes | None:
        """Return what is changed after a call of a tool, None if it fails; see ``after``."""
        return self.after(state, call.key, partial(_goes_through, tools, call))

    def _make(self, state: Changes, step: Callable[[Database], bool]) -> Effect:
        session, looks = self._base.watched()
        session.write(state)
        before = self._begun | state
        written: Changes | None = None
        if step(session):
            after = session.written()
            written = {p: r for p, r in after.items() if p not in before or before[p] is not r}
        undone = {
            place for place, record in (written or {}).items() if record == self._in_base(place)
        }
        return Effect(_seen(state, looks, {}), written, undone)

    def found(self, state: Changes, key: str, by_field: bool, look: Callable[[Database], T]) -> T:
        """Return what is so in a state.

        Args:
            state: What is changed in it.
            key: What tells it from other things that are to be found out.
            by_field: See ``find``.
            look: Finds it out.
        """
        for seen, what in self._found.get(key, ()):
            if self._looks_alike(state, seen):
                known: T = what
                return known
        found = find(self.session(state), by_field, look)
        self.note(state, key, found)
        return found.what

    def note(self, state: Changes, key: str, found: Found[Any]) -> None:
        """Note what was found out in a state, for ``found``."""
        seen = _seen(state, found.looks, found.fields)
        self._found.setdefault(key, []).append((seen, found.what))

    def _in_base(self, place: Place) -> Record | None:
        record: Record | None = getattr(self._base, place[0]).get(place[1])
        return record

    def _looks_alike(self, state: Changes, seen: Seen) -> bool:
        """Say whether a state is the same in all that was seen of another one."""
        other, looks, wide = seen.state, seen.looks, seen.wide
        for place, record in state.items():
            if place in looks or place[0] in wide:
                before = other[place] if place in other else self._in_base(place)
                if before is not record and self._differs(place, before, record, seen):
                    return False
        for place, record in other.items():
            if place not in state and (place in looks or place[0] in wide):
                after = self._in_base(place)
                if after is not record and self._differs(place, record, after, seen):
                    return False
        return True

    def _differs(
        self, place: Place, before: Record | None, after: Record | None, seen: Seen
    ) -> bool:
        """Say whether it was seen of a record that it is another one than in another state."""
        table = place[0]
        if table in seen.tables or (seen.lookups and self._is_among(place, before, after, seen)):
            return before != after
        if before is None or after is None:
            return before is not after and (place in seen.looks or table in seen.keys)
        if place not in seen.looks:
            return False
        names = seen.fields.get(place, ()) if seen.fields else (ALL,)
        return before != after if ALL in names else differ_in(before, after, names)

    def _is_among(
        self, place: Place, before: Record | None, after: Record | None, seen: Seen
    ) -> bool:
        """Say whether a record, in one state or the other, is what a look-up gives."""
        return not (
            seen.lookups.isdisjoint(self._places(place, before))
            and seen.lookups.isdisjoint(self._places(place, after))
        )

    def _places(self, place: Place, record: Record | None) -> Places:
        """Return where a changed record was looked up in the beginning, and where it is now."""
        key = place, id(record)
        if key not in self._indexed:
            found = self._base.looked_up(place[0], self._in_base(place), record)
            self._indexed[key] = record, found
        return self._indexed[key][1]


def _goes_through(tools: ToolSet[Any], call: Call, session: Database) -> bool:
    try:
        tools.call(session, call.name, call.arguments)
    except ToolError:
        return False
    return True


def _seen(state: Changes, looks: Places, fields: Fields) -> Seen:
    """Return a state with what was looked at in it."""
    keys = {table for table, key in looks if key == ""}
    # Records that an index gives are not noted: any field of them may have been looked at.
    tables = {table for table in keys if (table, "") in fields} if fields else keys
    lookups = {place for place in looks if not isinstance(place[1], str)}
    wide = keys | {table for table, _ in lookups}
    return Seen(state, looks, wide, lookups, tables, keys, fields)
