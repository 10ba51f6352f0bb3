"""The shortest way to a goal: every write that could lead there is tried, record by record."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from typing import Any, TypeAlias

from writ_gym.certificates.effects import Effects
from writ_gym.database import Changes, Database, Record
from writ_gym.domain import Domain
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
    steps = _Steps(domain, base)
    ways = _ways_to_all(steps, goal)
    states = _States(steps, ways)
    found: list[tuple[Call, ...]] = []
    for chosen in sorted(product(*(range(len(each)) for each in ways)), key=states.length):
        length = states.length(chosen)
        if length > most or (found and length > len(found[0])):
            break
        if goal in states.after(chosen):
            found.append(tuple(domain.proof.canonical(call) for call in states.calls(chosen)))
    return found


class _Steps:
    """Writes made in states of a world, each once for all states that look alike to it."""

    def __init__(self, domain: Domain[Any], base: Database) -> None:
        self.proof = domain.proof
        self._domain = domain
        self._base = base
        self._effects = Effects(base)

    def session(self, state: Changes) -> Database:
        """Return a session in a state."""
        return self._effects.session(state)

    def record(self, state: Changes, place: Place) -> Record | None:
        """Return a record in a state, None if there is none."""
        if place in state:
            return state[place]
        record: Record | None = getattr(self._base, place[0]).get(place[1])
        return record

    def after(self, state: Changes, calls: Iterable[Call]) -> Changes | None:
        """Return what is changed after writes more, None if one of them fails."""
        after: Changes | None = state
        for call in calls:
            if after is not None:
                after = self._effects.after_call(after, call, self._domain.all_tools)
        return after


def _ways_to_all(steps: _Steps, goal: Changes) -> list[list[Way]]:
    """Return the ways to every record of a goal, those first that the others need."""
    records = {place: record for place, record in goal.items() if record is not None}
    found: dict[Place, list[Way]] = {}
    partly: dict[Place, list[Way]] = {place: [] for place in records}
    state: Changes = {}
    while True:
        new: dict[Place, list[Way]] = {}
        for place, record in records.items():
            if place not in found and steps.record(state, place) != record:
                ways, changing = _ways(steps, state, place, record)
                partly[place] += (way for way in changing if way not in partly[place])
                if ways:
                    new[place] = ways
        found |= new
        after = steps.after(state, (call for ways in new.values() for call in ways[0]))
        if not new or after is None:
            break
        state = after
    # The empty way stands for a record that changes as a consequence of writes to others.
    whole = [[(), *ways] for ways in found.values()]
    return whole + [[(), *ways] for place, ways in partly.items() if place not in found]


def _ways(steps: _Steps, state: Changes, place: Place, goal: Record) -> tuple[list[Way], list[Way]]:
    """Return the shortest sequences of writes that bring one record to its goal.

    Returns:
        Those, and the single writes that at least change the record.
    """
    able = list(steps.proof.routes(steps.session(state), *place, goal))
    if not able:  # it is changed as a consequence of writes to others
        return [], []
    search = _Search(steps, place, goal, able)
    least = search.apart(state)
    numbers = () if least is None else range(max(1, least), max(MOST_STEPS, least + 1) + 1)
    for number in numbers:
        if ways := list(search.ways(state, number)):
            return ways, []
    return [], [(call,) for call in able if search.changes(state, call)]


class _Search:
    """A search for the sequences of writes that bring a record to its goal."""

    def __init__(self, steps: _Steps, place: Place, goal: Record, able: list[Call]) -> None:
        self._steps = steps
        self._place = place
        self._goal = goal
        self._able = able
        self._seen: dict[frozenset[int], list[Changes]] = {}

    def apart(self, state: Changes) -> int | None:
        """Return how many writes are missing at least, None if the goal is out of reach."""
        record = self._steps.record(state, self._place)
        if record == self._goal:
            return 0
        return self._steps.proof.apart(record, self._goal) if record else 1

    def ways(self, state: Changes, steps: int) -> Iterator[Way]:
        """Yield the sequences of so many writes that lead from a state to the goal.

        Of orders of the same writes that come to the same, one is taken.
        """
        self._seen = {}
        for chosen in self._from(state, frozenset(), (), steps):
            yield tuple(self._able[index] for index in chosen)

    def _from(
        self, state: Changes, used: frozenset[int], made: tuple[int, ...], left: int
    ) -> Iterator[tuple[int, ...]]:
        apart = self.apart(state)
        if not left:
            if apart == 0:
                yield made
            return
        if apart is None or apart > left:
            return
        for index, call in enumerate(self._able):
            after = None if index in used else self._steps.after(state, [call])
            if after is not None:
                together = used | {index}
                states = self._seen.setdefault(together, [])
                if after not in states:
                    states.append(after)
                    yield from self._from(after, together, (*made, index), left - 1)

    def changes(self, state: Changes, call: Call) -> bool:
        """Say whether a write changes the record."""
        after, place = self._steps.after(state, [call]), self._place
        return after is not None and (
            self._steps.record(after, place) != self._steps.record(state, place)
        )


class _States:
    """The states that choices of ways lead to, each way made as a whole, in every order.

    A choice names for every record one of the ways to it.
    """

    def __init__(self, steps: _Steps, ways: Sequence[Sequence[Way]]) -> None:
        self._ways = ways
        self._steps = steps
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
                after = self._steps.after(state, self._ways[place][chosen[place]])
                if after is not None and after not in seen:
                    seen.append(after)
                    yield after
