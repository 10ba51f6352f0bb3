"""Requests solved one after the other in a session, through reads alone."""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

from writ_gym.certificates.certifying import Solved
from writ_gym.database import Database
from writ_gym.domain import Domain, World
from writ_gym.errors import TaskError, ToolError, UnsolvableError
from writ_gym.meaning.solving import Notebook, drive
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
        self._world = world
        self.session: Database = world.db.session()
        self.notebook = Notebook(domain.implied)

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
        text, error = self._domain.all_tools.answer(self.session, call.name, call.arguments)
        if error:
            raise UnsolvableError(f"{call.name}({dict(call.arguments)}) failed: {text}")
        return text

    def identify(self, identity: Sequence[Fact]) -> tuple[str, tuple[Call, ...]]:
        """Find out who the user is by what they say of themselves; return that and the reads.

        From then on it is that user's session.
        """
        facts = {fact.slot: fact.value for fact in identity}
        caller, reads = drive(self._domain.identify(facts), self.notebook, self.answer)
        self.session = self._world.db.session(caller)
        return caller, reads

    def solve(self, caller: str, request: Request) -> Solved:
        """Solve a request and make its writes."""
        plan = self._domain.intent(request.intent).solve(caller, request.values)
        outcome, reads = drive(plan, self.notebook, self.answer)
        for write in outcome.writes:
            call = Call(write.name, write.arguments)
            try:
                answer = self.answer(call)
            except UnsolvableError:
                self._refuse_wrong_call(request, call)
                raise
            note_write(self._domain, self.notebook, call, answer)
        return Solved(outcome, reads)

    def _refuse_wrong_call(self, request: Request, call: Call) -> None:
        """Raise ``TaskError`` for a write that no state allows: its solver is wrong."""
        try:
            self._domain.all_tools[call.name].parse(call.arguments)
        except ToolError as error:
            raise TaskError(
                f"The intent {request.intent!r} calls its tool wrongly: {error}"
            ) from None


def note_write(domain: Domain[Any], notebook: Notebook, write: Call, answer: str) -> None:
    """Forget what a write has changed, and note what it has answered if a read answers the same."""
    shown_by = domain.shown_by(write)
    notebook.forget(lambda read: domain.stale(write, answer, read))
    if shown_by:
        notebook.note(shown_by, answer)
