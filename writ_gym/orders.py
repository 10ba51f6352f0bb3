"""Whether requests come to the same in every order, by brute force."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, TypeAlias

from writ_gym.database import Changes, Database
from writ_gym.domain import Domain, World
from writ_gym.edited_worlds import notes_fields
from writ_gym.effects import Effects, Found
from writ_gym.errors import ToolError
from writ_gym.proofs import Meaning, UnclearError
from writ_gym.tasks import Call, Request

MOST_PERMUTED = 8
"""Requests up to which every order is tried; of more it is never said that the orders agree."""

Step: TypeAlias = Callable[[Changes], Changes | None]
"""Returns what is changed after a request, given what is changed before; None if it fails."""


class Meant(NamedTuple):
    """What a request comes to in a state."""

    request: int
    state: Changes
    found: Found[Meaning]


def orders_agree(
    domain: Domain[Any],
    world: World[Any],
    caller: str,
    requests: Sequence[Request],
    answers: Mapping[int, Meaning],
    goal: Changes,
    known: Iterable[Meant] = (),
) -> bool:
    """Say whether the requests come to the same in every order, by brute force.

    Args:
        domain: The domain.
        world: Where they play.
        caller: Who the user is.
        requests: The requests in the order in which they were proved.
        answers: By the index of a request that comes to no write, what it comes to at its turn:
            in every other order that has to be right, too.
        goal: What is changed by them all.
        known: What brute force has found already.
    """
    if len(requests) == 1:
        return True
    if len(requests) > MOST_PERMUTED:
        return False
    base: Database = world.db.session(caller)
    dealings = _Dealings(domain, base, requests, answers)
    for meant in known:
        dealings.note(meant)
    return _ends([partial(dealings.after, place) for place in range(len(requests))]) == [goal]


def _ends(steps: Sequence[Step]) -> list[Changes]:
    """Return what steps change, in all orders; empty if there is one in which they cannot be made.

    Orders that have made the same steps so far, and come to the same, go on together.
    """
    reached: dict[frozenset[int], list[Changes]] = {frozenset(): [{}]}
    for _ in steps:
        further: dict[frozenset[int], list[Changes]] = {}
        for made, states in reached.items():
            for place in set(range(len(steps))) - made:
                ends = further.setdefault(made | {place}, [])
                for state in states:
                    after = steps[place](state)
                    if after is None:
                        return []
                    if after not in ends:
                        ends.append(after)
        reached = further
    (ends,) = reached.values()
    return ends


class _Dealings:
    """Requests that are dealt with in several states, by what they come to in each."""

    def __init__(
        self,
        domain: Domain[Any],
        base: Database,
        requests: Sequence[Request],
        answers: Mapping[int, Meaning],
    ) -> None:
        self._domain = domain
        self._caller = base.caller
        self._requests = requests
        self._answers = answers
        self._effects = Effects(base)

    def note(self, meant: Meant) -> None:
        """Note what a request comes to."""
        self._effects.note(meant.state, str(meant.request), meant.found)

    def after(self, place: int, state: Changes) -> Changes | None:
        """Return what is changed after the writes that a request comes to; None if one fails.

        It comes to single ones, or to the answer that it is to come to.
        """
        request, answer = self._requests[place], self._answers.get(place)
        look, by_field = partial(self._meaning, request), notes_fields(self._domain.proof)
        meaning = self._effects.found(state, str(place), by_field, look)
        if meaning is None or (answer is not None and meaning != answer):
            return None
        after: Changes | None = state
        for call in meaning.writes if answer is None else ():
            if after is not None:
                after = self._effects.after(after, call.key, partial(self._write, call))
        return after

    def _meaning(self, request: Request, session: Database) -> Meaning | None:
        try:
            return self._domain.proof.meaning(session, self._caller, request)
        except UnclearError:
            return None

    def _write(self, call: Call, session: Database) -> bool:
        try:
            self._domain.all_tools.call(session, call.name, call.arguments)
        except ToolError:
            return False
        return True
