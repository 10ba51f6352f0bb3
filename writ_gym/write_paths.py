"""The shortest way to a goal: every write that could lead there is tried, record by record."""

from collections.abc import Iterator, Sequence
from itertools import islice, permutations, product
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
    found: list[tuple[Call, ...]] = []
    for combination in sorted(product(*ways), key=lambda ways: sum(map(len, ways))):
        calls = [call for way in combination for call in way]
        if len(calls) > most or (found and len(calls) > len(found[0])):
            break
        if _leads_to(domain, base, combination, goal):
            found.append(tuple(domain.proof.canonical(call) for call in calls))
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


def _leads_to(
    domain: Domain[Any], base: Database, ways: Sequence[Sequence[Call]], goal: Changes
) -> bool:
    """Say whether ways to the single records, in some order, lead to the goal as a whole."""
    for order in _orders(ways):
        session = base.fork()
        calls = [call for way in order for call in way]
        if _apply(domain, session, calls) and session.changes() == goal:
            return True
    return False


def _orders(ways: Sequence[Sequence[Call]]) -> Iterator[Sequence[Sequence[Call]]]:
    """Yield orders of the ways: a balance may have to be filled before it can be spent."""
    made = [way for way in ways if way]
    yield made
    if len(made) <= 4:
        yield from islice(permutations(made), 1, None)
    else:
        yield made[::-1]
