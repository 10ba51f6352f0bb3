"""Whether requests come to the same in every order, by brute force."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeAlias

from writ_gym.certificates.edited_worlds import notes_fields
from writ_gym.certificates.effects import Effects, Found
from writ_gym.database import Changes, Database
from writ_gym.domain import Domain, World
from writ_gym.meaning.proofs import Meaning, UnclearError
from writ_gym.tasks import Call, Request

MOST_PERMUTED = 8
"""Requests up to which every order is tried; of more it is never said that the orders agree."""

Step: TypeAlias = Callable[[Changes], Changes | None]
"""Returns what is changed after a request, given what is changed before; None if it fails."""


class Dealings:
    """Requests of a user that are dealt with in several states, by brute force.

    What a request comes to is found once for all states that look alike to it, and so is what a
    write does.
    """

    def __init__(self, domain: Domain[Any], world: World[Any], caller: str) -> None:
        """Prepare to deal with requests.

        Args:
            domain: The domain.
            world: Where they play.
            caller: Who the user is.
        """
        self._domain = domain
        self._caller = caller
        self._by_field = notes_fields(domain.proof)
        self._effects = Effects(world.db.session(caller))

    def session(self, state: Changes) -> Database:
        """Return a session in a state."""
        return self._effects.session(state)

    def note(self, place: int, state: Changes, found: Found[Meaning]) -> None:
        """Note what the request at a place comes to in a state."""
        self._effects.note(state, str(place), found)

    def after(self, state: Changes, call: Call) -> Changes | None:
        """Return what is changed after a write; None if it fails."""
        return self._effects.after_call(state, call, self._domain.all_tools)

    def orders_agree(
        self, requests: Sequence[Request], answers: Mapping[int, Meaning], goal: Changes
    ) -> bool:
        """Say whether the requests come to the same in every order.

        Args:
            requests: The requests in the order in which they were proved.
            answers: By the index of a request that comes to no write, what it comes to at its
                turn: in every other order that has to be right, too.
            goal: What is changed by them all.
        """
        if len(requests) == 1:
            return True
        if len(requests) > MOST_PERMUTED:
            return False
        steps = [
            partial(self._after, place, request, answers.get(place))
            for place, request in enumerate(requests)
        ]
        return _ends(steps) == [goal]

    def _after(
        self, place: int, request: Request, answer: Meaning | None, state: Changes
    ) -> Changes | None:
        """Return what is changed after the writes that a request comes to; None if one fails.

        It comes to single ones, or to the answer that it is to come to.
        """
        look = partial(self._meaning, request)
        meaning = self._effects.found(state, str(place), self._by_field, look)
        if meaning is None or (answer is not None and meaning != answer):
            return None
        after: Changes | None = state
        for call in meaning.writes if answer is None else ():
            if after is not None:
                after = self.after(after, call)
        return after

    def _meaning(self, request: Request, session: Database) -> Meaning | None:
        try:
            return self._domain.proof.meaning(session, self._caller, request)
        except UnclearError:
            return None


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
