"""Which users of a world can have which requests at all; known once per world."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from writ_gym.domain import Domain, Endings, Intent, World
from writ_gym.meaning.solving import Ending
from writ_gym.tasks import Split, split_at

MANY = 1_000
"""More reads than any task takes."""

Reached: TypeAlias = tuple[Intent[Any], tuple[int, int]]
"""An intent, and the range of evidence burden that requests of it can have."""


class Reaches:
    """The users of a split, and what requests of some intents each of them can have."""

    def __init__(
        self, domain: Domain[Any], world: World[Any], intents: Sequence[Intent[Any]], split: Split
    ) -> None:
        """Look for the users.

        Args:
            domain: The domain.
            world: Where the users are.
            intents: The intents of which requests are asked for.
            split: Whose users count.
        """
        self._domain = domain
        self._world = world
        self._intents = intents
        self._key = split, tuple(intent.name for intent in intents)
        self._stretches = any(type(i).stretched is not Intent.stretched for i in domain.intents)
        """Whether a request may hang on more than a user's own records."""
        self._of: dict[tuple[str, bool, Ending | None, bool], Sequence[Reached]] = world.pool(
            ("of", self._key), dict
        )
        self.callers: Mapping[str, int] = world.pool(
            ("callers", split),
            lambda: {
                c: most for c, most in domain.callers(world.db).items() if split_at(c) == split
            },
        )
        """Users, each with how many writes they can have at most."""

    def callers_for(
        self,
        writes: int,
        burden: tuple[int, int],
        least: int,
        ending: Ending | None,
        intent: str | None = None,
        own: bool = False,
    ) -> Sequence[str]:
        """Return the users who can have so many writes, and a request like that, at all.

        Args:
            writes: How many writes.
            burden: The range of evidence burden of one of the requests.
            least: The evidence burden that every write has to have.
            ending: How the request ends if there are no writes; None for any way.
            intent: The intent of the request; None for any.
            own: Whether their own records have to give it: see ``Intent.stretched``.
        """
        own = own and self._stretches
        made: list[str] = self._world.pool(
            ("callers for", *self._key, writes, *burden, least, ending, intent, own),
            lambda: [
                caller
                for caller, most_writes in self.callers.items()
                if writes <= most_writes
                and self._leaves(caller, least, writes)
                and _is_in_reach(self.of(caller, writes > 0, ending, own), burden, intent)
            ],
        )
        return made

    def _leaves(self, caller: str, least: int, writes: int) -> bool:
        """Say whether a user's records are enough for so many writes of a burden each."""
        return not least or (least <= self.most(caller) and least * writes <= self.left(caller, 0))

    def most(self, caller: str) -> int:
        """Return the largest burden that a writing request of a user can have."""
        return max((most for _, (_, most) in self.of(caller, True)), default=0)

    def left(self, caller: str, spent: int) -> int:
        """Return how many reads a user's requests can still take, after so many."""
        most = self._domain.most_reads
        return MANY if most is None else most(self._world.db, caller) - spent

    def of(
        self, caller: str, writing: bool, ending: Ending | None = None, own: bool = False
    ) -> Sequence[Reached]:
        """Return the intents that the user can have requests of, with the burdens in reach.

        Args:
            caller: The user.
            writing: Whether the request ends in writes.
            ending: How it ends if it does not; None for any way.
            own: Whether their own records have to give it.
        """
        key = caller, writing, ending, own and self._stretches
        if key not in self._of:
            self._of[key] = self._found(*key)
        return self._of[key]

    def _found(
        self, caller: str, writing: bool, ending: Ending | None, own: bool
    ) -> Sequence[Reached]:
        """Find what ``of`` returns."""
        known: dict[tuple[str, bool, bool], dict[str, tuple[int, int]]] = self._world.pool(
            "reaches", dict
        )
        key = caller, writing, own
        if key not in known:
            reached = (
                (i.name, (i.reach if own else i.stretched)(self._world.db, caller, writing))
                for i in self._domain.intents
            )
            known[key] = {name: found for name, found in reached if found is not None}
        reaches, ends = known[key], self._ends(caller) if ending else {}
        return [
            (intent, reaches[intent.name])
            for intent in self._intents
            if intent.name in reaches and ending in ends.get(intent.name, (ending,))
        ]

    def _ends(self, caller: str) -> Endings:
        """Return how a user's requests without writes can end, by intent."""
        known: dict[str, Endings] = self._world.pool("endings", dict)
        if caller not in known:
            known[caller] = self._domain.endings(self._world.db, caller)
        return known[caller]


def _is_in_reach(reached: Sequence[Reached], burden: tuple[int, int], intent: str | None) -> bool:
    """Say whether a request of an intent, or of any, can have a burden in a range."""
    low, high = burden
    for each, (least, most) in reached:
        if least <= high and low <= most and (intent is None or intent == each.name):
            return True
    return False
