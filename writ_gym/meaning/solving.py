"""Solvers: programs that see the world only through read tools and the user's facts.

A solver is a generator: it yields the reads it needs, gets their results, and returns an
outcome. Whoever drives it makes the reads real: the sampler on a session of the world, and the
oracle policy by calling tools in a conversation. So a task's gold and the oracle's way to
it are one program.
"""

from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, TypeVar

from writ_gym.database import JSON
from writ_gym.meaning.breaches import Breach
from writ_gym.tasks import Call, Provenance

Ending: TypeAlias = Literal["forbidden", "unmet", "information", "handed_over"]
"""How a request ends that comes to no write: a rule forbids it, nothing is as the user wants it,
it asked for information only, or a human has to deal with it."""
REFUSED: tuple[Ending, ...] = ("forbidden", "unmet")
ANSWERED: tuple[Ending, ...] = ("information",)
TRANSFERRED: tuple[Ending, ...] = ("handed_over",)
"""Endings of most intents: of those that write, that inform, and that nobody here can deal with."""


@dataclass(frozen=True, slots=True)
class Write:
    """A write that a solver decided on."""

    name: str
    arguments: Mapping[str, JSON]
    provenance: Mapping[str, Provenance]


@dataclass(frozen=True, slots=True)
class Tell:
    """A fact that the user is owed: a number, a text, or what forbids the request."""

    value: float | str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a request comes to: writes, an answer, or a refusal with its reason code."""

    statement: str
    """What to say: the proposal to confirm before writes, else the answer or the refusal."""
    writes: tuple[Write, ...] = ()
    tells: tuple[Tell, ...] = ()
    reason: str | None = None
    """The reason code where nothing may be written, such as "not_pending"."""
    report: str = ""
    """What to say after the writes are done."""
    hand_over: str = ""
    """The summary for the human that the user is handed over to, if that is due."""


ASK_YES = "Shall I go ahead? (yes/no)"
"""How a proposal ends."""
HANDED_OVER = "YOU ARE BEING TRANSFERRED TO A HUMAN AGENT. PLEASE HOLD ON."
"""What is said last to a user who is handed over to a human."""


def refuse(breach: Breach) -> Outcome:
    """Return the outcome of a request that a rule forbids."""
    return Outcome(statement=breach.sentence, tells=(Tell(breach.fact),), reason=breach.code)


def hand_over(reason: str, summary: str) -> Outcome:
    """Return the outcome of a request that a human has to deal with."""
    return Outcome(statement=HANDED_OVER, reason=reason, hand_over=summary)


T = TypeVar("T")

Reads: TypeAlias = Generator[Call, str, T]
"""A program that makes reads, each answered with the text that the tool answers."""

Plan: TypeAlias = Reads[Outcome]
"""A solver: its reads, and the outcome."""

Identification: TypeAlias = Reads[str]
"""The reads that find out who calls; returns the id that the solvers work with."""


def read(name: str, /, **arguments: JSON) -> Reads[str]:
    """Make one read in a solver, with ``yield from``, and return the tool's answer."""
    return (yield Call(name=name, arguments=arguments))


Implied: TypeAlias = Callable[[Call, str], Iterable[tuple[Call, str]]]
"""Gives other reads that a read, answered with a text, has answered too, and their answers."""


def nothing_else(call: Call, answer: str) -> Iterable[tuple[Call, str]]:
    """Return nothing: a read answers no other one."""
    return ()


class Notebook:
    """What reads and writes have answered so far, as far as it still holds."""

    def __init__(self, implied: Implied = nothing_else) -> None:
        self._seen: dict[str, tuple[Call, str]] = {}
        self._implied = implied

    def copy(self) -> "Notebook":
        """Return another notebook with the same notes."""
        other = Notebook(self._implied)
        other._seen = dict(self._seen)
        return other

    def get(self, call: Call) -> str | None:
        """Return the answer to a call, or None if it is not known."""
        seen = self._seen.get(call.key)
        return seen and seen[1]

    def note(self, call: Call, answer: str) -> str:
        """Remember and return the answer to a read."""
        for each, text in ((call, answer), *self._implied(call, answer)):
            self._seen[each.key] = each, text
        return answer

    def forget(self, stale: Callable[[Call], bool]) -> None:
        """Forget the answers to calls that hold no more."""
        self._seen = {key: seen for key, seen in self._seen.items() if not stale(seen[0])}


def drive(
    reads: Reads[T], notebook: Notebook, answer: Callable[[Call], str]
) -> tuple[T, tuple[Call, ...]]:
    """Run a solver to its end; return its result and the reads that were not known before.

    Args:
        reads: The solver.
        notebook: What is known already; the new reads are noted in it.
        answer: Makes a read and returns what the tool answers.
    """
    made: list[Call] = []
    try:
        call = next(reads)
        while True:
            known = notebook.get(call)
            if known is None:
                made.append(call)
                known = notebook.note(call, answer(call))
            call = reads.send(known)
    except StopIteration as stop:
        result: T = stop.value
        return result, tuple(made)
