"""The shortest way to a goal: every write that could lead there is tried, record by record."""

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any, TypeAlias

from writ_gym.database import Changes, Database, Record
from writ_gym.domain import Domain
from writ_gym.errors import ToolError
from writ_gym.tasks import Call

MOST_STEPS = 3
"""Writes to one record that are tried, or one more than it takes at least."""

Way: TypeAlias = tuple[Call, ...]
Place: TypeAlias = tuple[str, str]
"""Table and key of a record."""
Seen: TypeAlias = dict[Place, object]
"""What a write looked at: records, None where there was none any more, or ``UNCHANGED``."""

UNCHANGED = object()
"""Stands for a record that is as it was in the beginning."""


def shortest_paths(
    domain: Domain[Any], base: Database, goal: Changes, most: int
) -> list[tuple[Call, ...]]:
    """Return the shortest sets of writes that lead to a goal, in an order that works.

    A write changes one record that it names, and perhaps others by consequence, such as a balance.
    So for every record of the goal the ways to it are found alone, and then put together. Some
    writes need others first, as a line can be resumed when its bills are paid: a record to which
    no way was found is looked at again in the state that the ways to the others lead to.

    Args:
        domain: The domain.
        base: A clean session of the world, for its caller.
        goal: The records that are to be changed, and to what.
        most: The largest number of writes to look at.

    Returns:
        All shortest ones in canonical form; empty if none has at most ``most`` writes.
    """
    ways = _ways_to_all(domain, base, goal)
    states = _States(domain, base, ways)
    found: list[tuple[Call, ...]] = []
    for chosen in sorted(product(*(range(len(each)) for each in ways)), key=states.length):
        length = states.length(chosen)
        if length > most or (found and length > len(found[0])):
            break
        if goal in states.after(chosen):
            found.append(tuple(domain.proof.canonical(call) for call in states.calls(chosen)))
    return found


def _ways_to_all(domain: Domain[Any], base: Database, goal: Changes) -> list[list[Way]]:
    """Return the ways to every record of a goal, those first that the others need."""
    records = {place: record for place, record in goal.items() if record is not None}
    found: dict[Place, list[Way]] = {}
    partly: dict[Place, list[Way]] = {place: [] for place in records}
    session = base
    while True:
        new: dict[Place, list[Way]] = {}
        for place, record in records.items():
            if place not in found and getattr(session, place[0]).get(place[1]) != record:
                ways, changing = _ways(domain, session, place, record)
                partly[place] += (way for way in changing if way not in partly[place])
                if ways:
                    new[place] = ways
        found |= new
        session = session.fork()
        if not new or not all(_apply(domain, session, ways[0]) for ways in new.values()):
            break
    # The empty way stands for a record that changes as a consequence of writes to others.
    whole = [[(), *ways] for ways in found.values()]
    return whole + [[(), *ways] for place, ways in partly.items() if place not in found]


def _ways(
    domain: Domain[Any], base: Database, place: Place, goal: Record
) -> tuple[list[Way], list[Way]]:
    """Return the shortest sequences of writes that bring one record to its goal.

    Returns:
        Those, and the single writes that at least change the record.
    """
    able = list(domain.proof.routes(base, *place, goal))
    search = _Search(domain, base, place, goal, able)
    least = max(1, search.apart(base))
    for steps in range(least, max(MOST_STEPS, least + 1) + 1):
        if ways := list(search.ways(steps)):
            return ways, []
    return [], [(call,) for call in able if search.changes(call)]


class _Search:
    """A search for the sequences of writes that bring a record to its goal."""

    def __init__(
        self, domain: Domain[Any], base: Database, place: Place, goal: Record, able: list[Call]
    ) -> None:
        self._domain = domain
        self._base = base
        self._place = place
        self._goal = goal
        self._able = able
        self._seen: dict[frozenset[int], list[Changes]] = {}

    def _record(self, session: Database) -> Record | None:
        table, key = self._place
        record: Record | None = getattr(session, table).get(key)
        return record

    def apart(self, session: Database) -> int:
        """Return how many writes are missing at least."""
        record = self._record(session)
        if record == self._goal:
            return 0
        return self._domain.proof.apart(record, self._goal) if record else 1

    def ways(self, steps: int) -> Iterator[Way]:
        """Yield the sequences of so many writes that lead to the goal.

        Of orders of the same writes that come to the same, one is taken.
        """
        self._seen = {}
        for chosen in self._from(self._base, frozenset(), (), steps):
            yield tuple(self._able[index] for index in chosen)

    def _from(
        self, session: Database, used: frozenset[int], made: tuple[int, ...], left: int
    ) -> Iterator[tuple[int, ...]]:
        apart = self.apart(session)
        if not left:
            if not apart:
                yield made
            return
        if apart > left:
            return
        for index, call in enumerate(self._able):
            after = session.fork()
            if index not in used and _apply(self._domain, after, [call]):
                together, changes = used | {index}, after.changes()
                states = self._seen.setdefault(together, [])
                if changes not in states:
                    states.append(changes)
                    yield from self._from(after, together, (*made, index), left - 1)

    def changes(self, call: Call) -> bool:
        """Say whether a write changes the record."""
        session = self._base.fork()
        return _apply(self._domain, session, [call]) and self._record(session) != self._record(
            self._base
        )


def _apply(domain: Domain[Any], session: Database, calls: Sequence[Call]) -> bool:
    for call in calls:
        try:
            domain.all_tools.call(session, call.name, call.arguments)
        except ToolError:
            return False
    return True


class _States:
    """The states that choices of ways lead to, each way made as a whole, in every order.

    A choice names for every record one of the ways to it.
    """

    def __init__(self, domain: Domain[Any], base: Database, ways: Sequence[Sequence[Way]]) -> None:
        self._ways = ways
        self._effects = _Effects(domain, base)
        self._after: dict[tuple[int, ...], list[Changes]] = {}

    def calls(self, chosen: Sequence[int]) -> list[Call]:
        """Return the writes of a choice."""
        return [
            call for ways, index in zip(self._ways, chosen, strict=True) for call in ways[index]
        ]

    def length(self, chosen: Sequence[int]) -> int:
        """Return the number of writes of a choice."""
        return sum(len(ways[index]) for ways, index in zip(self._ways, chosen, strict=True))

    def after(self, chosen: tuple[int, ...]) -> list[Changes]:
        """Return what is changed after the ways of a choice, in all orders in which they work."""
        if chosen not in self._after:
            self._after[chosen] = list(self._states(chosen))
        return self._after[chosen]

    def _states(self, chosen: tuple[int, ...]) -> Iterator[Changes]:
        last = [place for place, index in enumerate(chosen) if self._ways[place][index]]
        if not last:
            yield {}
        seen: list[Changes] = []
        for place in last:
            # The way that is empty comes first among those to a record.
            before = self.after((*chosen[:place], 0, *chosen[place + 1 :]))
            for state in before:
                after = self._effects.made(state, self._ways[place][chosen[place]])
                if after is not None and after not in seen:
                    seen.append(after)
                    yield after


class _Effects:
    """What writes do to a state; each is made once for all states that look alike to it."""

    def __init__(self, domain: Domain[Any], base: Database) -> None:
        self._domain = domain
        self._base = base
        self._known: dict[str, list[tuple[Seen, set[str], Changes | None]]] = {}
        """By write, what it looked at, with the tables of which it saw all that was changed,
        and what it wrote; None where it failed."""

    def made(self, state: Changes, calls: Sequence[Call]) -> Changes | None:
        """Return what is changed after some more writes, None if one of them fails."""
        after: Changes | None = state
        for call in calls:
            after = None if after is None else self._after(after, call)
        return after

    def _after(self, state: Changes, call: Call) -> Changes | None:
        known = self._known.setdefault(call.key, [])
        made = next((each for each in known if _looks_alike(state, each[0], each[1])), None)
        if made is None:
            made = self._make(state, call)
            known.append(made)
        written = made[2]
        if written is None:
            return None
        base = self._base
        return {
            place: record
            for place, record in (state | written).items()
            if place not in written or record != getattr(base, place[0]).get(place[1])
        }

    def _make(self, state: Changes, call: Call) -> tuple[Seen, set[str], Changes | None]:
        """Make a write in a session that is as a state; return what it saw and what it wrote."""
        start = self._base.fork()
        start.write(state)
        session, looks = start.watched()
        before = session.written()
        written: Changes | None = None
        if _apply(self._domain, session, [call]):
            after = session.written()
            written = {p: r for p, r in after.items() if p not in before or before[p] is not r}
        tables = {table for table, key in looks if not key}
        seen: Seen = {
            (table, key): state.get((table, key), UNCHANGED) for table, key in looks if key
        }
        seen |= {place: record for place, record in state.items() if place[0] in tables}
        return seen, tables, written


def _looks_alike(state: Changes, seen: Seen, tables: set[str]) -> bool:
    """Say whether a state is the same in all that was seen of another one."""
    for place, record in seen.items():
        now = state.get(place, UNCHANGED)
        if now is not record and now != record:
            return False
    return not tables or all(place in seen for place in state if place[0] in tables)
