"""What a user simulator is, and what it does in a turn."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias, TypeGuard

from writ_gym.tasks import Call, Scenario
from writ_gym.understanding.hands import Hands
from writ_gym.understanding.reading import Lexicon


@dataclass(frozen=True, slots=True)
class UserTurn:
    """What a user says, and whether the user then leaves the conversation.

    With calls, the user has not said anything yet: it uses its tools first.
    """

    text: str
    end: bool = False
    calls: tuple[Call, ...] = ()


class UserSimulator(Protocol):
    """Plays the user of one scenario; made anew for every episode."""

    @property
    def immediate(self) -> bool:
        """Whether its coroutines never wait, so that they can run without an event loop."""

    async def open(self) -> UserTurn:
        """Return the user's first message."""

    async def respond(self, text: str) -> UserTurn:
        """Return the user's answer to what the agent said."""

    async def observe(self, answers: Sequence[str]) -> UserTurn:
        """Go on after the calls of the last turn were made, with what the tools answered."""


class Guarded(Protocol):
    """A user simulator whose turns are a model's, with what there was to object to in them."""

    objections: Counter[str]
    """By reason, how many of the model's turns were not let through."""


def is_guarded(user: UserSimulator) -> TypeGuard[Guarded]:
    """Say whether a user's turns are a model's."""
    return hasattr(user, "objections")


class Seeded(Protocol):
    """A user simulator that samples what it says: whoever plays it may set another seed."""

    seed: int
    """Seeds its turns; by default that of the scenario, which all trials of a task share."""


def is_seeded(user: UserSimulator) -> TypeGuard[Seeded]:
    """Say whether a user samples what it says."""
    return hasattr(user, "seed")


UserFactory: TypeAlias = Callable[[Scenario, Lexicon, Hands | None], UserSimulator]
