"""Requests solved one after the other in a session, through reads alone."""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

from writ_gym.certifying import Solved
from writ_gym.database import Database
from writ_gym.domain import Domain, World
from writ_gym.errors import UnsolvableError
from writ_gym.solving import Notebook, drive
from writ_gym.tasks import Call, Fact, Request, Scenario


@dataclass(frozen=True, slots=True)
class Solution:
    """What a scenario's requests come to when they are solved one after the other."""

    caller: str
    identification: tuple[Call, ...]
    requests: tuple[Solved, ...]


def solve(domain: Domain[Any], world: World[Any], scenario: Scenario) -> Solution:
    """Solve a scenario's requests one after the other in a clean session, making their writes.

    Raises:
        UnsolvableError: The facts do not lead to one outcome, or a read or write fails.
    """
    turns = Turns(domain, world)
    caller, identification = turns.identify(scenario.identity)
    solved = tuple(turns.solve(caller, request) for request in scenario.requests)
    return Solution(caller, identification, solved)


class Turns:
    """A session in which requests are solved one after the other."""

    def __init__(self, domain: Domain[Any], world: World[Any]) -> None:
        self._domain = domain
        self.session: Database = world.db.session()
        self.notebook = Notebook()

    def fork(self) -> "Turns":
        """Return another one that goes on from here on its own."""
        other = copy(self)
        other.session, other.notebook = self.session.fork(), self.notebook.copy()
        return other

    def answer(self, call: Call) -> str:
        """Make a read.

        Raises:
            UnsolvableError: It fails.
        """
        text, error = self._domain.tools.answer(self.session, call.name, call.arguments)
        if error:
            raise UnsolvableError(f"{call.name}({dict(call.arguments)}) failed: {text}")
        return text

    def identify(self, identity: Sequence[Fact]) -> tuple[str, tuple[Call, ...]]:
        """Find out who the user is by what they say of themselves; return that and the reads."""
        facts = {fact.slot: fact.value for fact in identity}
        return drive(self._domain.identify(facts), self.notebook, self.answer)

    def solve(self, caller: str, request: Request) -> Solved:
        """Solve a request and make its writes."""
        plan = self._domain.intent(request.intent).solve(caller, request.values)
        outcome, reads = drive(plan, self.notebook, self.answer)
        for write in outcome.writes:
            text = self.answer(Call(write.name, write.arguments))
            target = self._domain.target(write.arguments)
            self.notebook.note_write(target, text, self._domain.stale(write.name, text))
        return Solved(outcome, reads)
