"""The shortest way to a goal: every write that could lead there is tried, record by record."""

from collections.abc import Iterator, Sequence
from itertools import combinations, islice, permutations, product
from typing import Any

from writ_gym.database import Changes, Database, Record
from writ_gym.domain import Domain
from writ_gym.errors import ToolError
from writ_gym.tasks import Call

MOST_STEPS = 3
"""Writes to one record that are tried."""


def shortest_paths(
    domain: Domain[Any], base: Database, goal: Changes, most: int
) -> list[tuple[Call, ...]]:
    """Return the shortest sets of writes that lead to a goal, in an order that works.

    A write changes one record that it names, and perhaps a balance elsewhere. So for every record
    of the goal the ways to it are found alone, and then put together.

    Args:
        domain: The domain.
        base: A clean session of the world, for its caller.
        goal: The records that are to be changed, and to what.
        most: The largest number of writes to look at.

    Returns:
        All shortest ones in canonical form; empty if none has at most ``most`` writes.
    """
    ways = [
        list(_ways(domain, base, table, key, record))
        for (table, key), record in goal.items()
        if record is not None
    ]
    found: list[tuple[Call, ...]] = []
    for combination in sorted(product(*ways), key=lambda ways: sum(map(len, ways))):
        calls = [call for way in combination for call in way]
        if len(calls) > most or (found and len(calls) > len(found[0])):
            break
        if _leads_to(domain, base, combination, goal):
            found.append(tuple(domain.proof.canonical(call) for call in calls))
    return found


def _ways(
    domain: Domain[Any], base: Database, table: str, key: str, goal: Record
) -> Iterator[tuple[Call, ...]]:
    """Yield the shortest sequences of writes that bring one record to its goal.

    The empty one stands for a record that changes as a consequence of writes to others. If none
    is enough alone, for that reason, single writes that change the record are yielded.
    """
    yield ()
    able = list(domain.proof.routes(base, table, key, goal))
    changing: list[Call] = []
    for steps in range(1, MOST_STEPS + 1):
        found = False
        for chosen in combinations(able, steps):
            for order in permutations(chosen):
                session = base.fork()
                if not _apply(domain, session, order):
                    continue
                if getattr(session, table).get(key) == goal:
                    found = True
                    yield order
                elif steps == 1 and (table, key) in session.changes():
                    changing += order
        if found:
            return
    yield from ((call,) for call in changing)


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
        if _apply(domain, session, [call for way in order for call in way]):
            return bool(session.changes() == goal)
    return False


def _orders(ways: Sequence[Sequence[Call]]) -> Iterator[Sequence[Sequence[Call]]]:
    """Yield orders of the ways: a balance may have to be filled before it can be spent."""
    made = [way for way in ways if way]
    yield made
    if len(made) <= 4:
        yield from islice(permutations(made), 1, None)
    else:
        yield made[::-1]
