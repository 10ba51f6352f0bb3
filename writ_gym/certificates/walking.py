"""A task as a checker walks through it: its requests, each at its turn, with what is known then.

What is right at a turn is computed by the same ``evidence.Moment`` as for the certifier, which
rests on brute force. Which reads are known then is kept track of here a second time (there by
``known.Known``): by the texts that they answer after each write, as an agent would see them.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any

from writ_gym.certificates.evidence import Moment
from writ_gym.database import Database
from writ_gym.domain import Domain, World
from writ_gym.errors import ToolError
from writ_gym.tasks import Call, GoldWrite, Task


def walk(task: Task, domain: Domain[Any], world: World[Any]) -> Iterator["Turn"]:
    """Yield the requests of a task, making the gold writes of each after it."""
    caller = task.certificate.caller
    identity = {fact.slot: fact.value for fact in task.scenario.identity}
    session: Database = world.db.session(caller)
    known = _Known(domain)
    known.read(session, task.certificate.identification)
    for index, request in enumerate(task.scenario.requests):
        writes = [write for write in task.gold_writes if write.request == index]
        moment = Moment(domain, session.fork(), caller, identity, request)
        turn = Turn(moment, writes, known.calls)
        yield turn
        known.read(session, turn.made(task))
        for write in writes:
            with suppress(ToolError):  # said by the replay
                domain.all_tools.call(session, write.name, write.arguments)
                known.wrote(session, Call(write.name, write.arguments))


class _Known:
    """The reads that are known, with the answers that still hold."""

    def __init__(self, domain: Domain[Any]) -> None:
        self._domain = domain
        self._answers: dict[str, tuple[Call, str]] = {}

    @property
    def calls(self) -> list[Call]:
        """The reads."""
        return [call for call, _ in self._answers.values()]

    def read(self, session: Database, calls: Iterable[Call]) -> None:
        """Note reads."""
        for call in calls:
            if call.key not in self._answers:
                self._answers[call.key] = call, answer_of(self._domain, session, call)

    def wrote(self, session: Database, write: Call) -> None:
        """Forget what a write has changed, and note what it has answered itself.

        Args:
            session: The state after the write.
            write: The write.
        """
        self._answers = {
            key: (call, text)
            for key, (call, text) in self._answers.items()
            if answer_of(self._domain, session, call) == text
        }
        shown_by = self._domain.shown_by(write)
        if shown_by:
            self.read(session, [shown_by])


def answer_of(domain: Domain[Any], session: Database, call: Call) -> str:
    """Return what a read answers."""
    return domain.all_tools.answer(session, call.name, call.arguments)[0]


class Turn:
    """A request at its turn: the state, its gold writes, and the reads that are known then."""

    def __init__(self, moment: Moment, writes: Sequence[GoldWrite], known: list[Call]) -> None:
        self.moment = moment
        self.writes = writes
        self.known = known

    def made(self, task: Task) -> list[Call]:
        """Return the reads that were made for the request, evidence or not."""
        if self.writes:
            return [call for write in self.writes for call in (*write.evidence, *write.searched)]
        return [*task.certificate.evidence, *task.certificate.searched]

    def claims(self, task: Task) -> Iterator[tuple[str, list[Call], Callable[[Any], bool]]]:
        """Yield what the certificate claims: for what, the evidence, and what it determines."""
        if self.writes:
            for write in self.writes[:-1]:
                call = Call(write.name, write.arguments)
                yield write.name, list(write.evidence), self.moment.keeps_write(call)
            # With the last write it has to be clear, too, that there is no other one to make.
            last = self.writes[-1]
            yield last.name, list(last.evidence), self.moment.keeps_writes()
            return
        refused = [item.value for item in task.due if item.kind == "refusal"]
        keeps = self.moment.keeps_answer(*refused)
        yield "the answer", list(task.certificate.evidence), keeps
