"""Solvers: programs that see the world only through read tools and the user's facts.

A solver is a generator: it yields the reads it needs, gets their results, and returns an
outcome. Whoever drives it makes the reads real: the sampler on a session of the world, and the
oracle policy by calling tools in a conversation. So a task's gold and the oracle's way to
it are one program.
"""

import json
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from writ_gym.database import JSON
from writ_gym.tasks import Call, Provenance


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


Plan: TypeAlias = Generator[Call, JSON, Outcome]
"""The reads of a solver, each answered with its result as JSON types, and its outcome."""

Identification: TypeAlias = Generator[Call, JSON, str]
"""The reads that find out who calls; returns the id that the solvers work with."""


def read(name: str, **arguments: JSON) -> Generator[Call, JSON, JSON]:
    """Make one read in a solver, with ``yield from``, and return its result."""
    return (yield Call(name=name, arguments=arguments))


class Notebook:
    """What reads and writes have answered so far, as far as it still holds."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], tuple[JSON, str]] = {}

    def get(self, call: Call) -> tuple[bool, JSON]:
        """Return whether the result of ``call`` is known, and it."""
        found = self._seen.get(call.key)
        return (False, None) if found is None else (True, found[0])

    def note(self, call: Call, text: str) -> JSON:
        """Remember the answer to a read and return it as JSON types."""
        value = result_of(text)
        self._seen[call.key] = (value, text)
        return value

    def note_write(self, arguments: Mapping[str, JSON], target: Call, text: str) -> None:
        """Remember what a write answered, and forget what it may have changed elsewhere.

        Args:
            arguments: The write's arguments; results that mention one of the ids are forgotten.
            target: The read that the write's answer stands for.
            text: The write's answer.
        """
        ids = [str(value) for name, value in arguments.items() if name.endswith("_id")]
        self._seen = {
            key: (value, seen)
            for key, (value, seen) in self._seen.items()
            if not any(an_id in seen for an_id in ids)
        }
        self.note(target, text)


T = TypeVar("T")


def drive(
    plan: Generator[Call, JSON, T], notebook: Notebook, answer: Callable[[Call], str]
) -> tuple[T, tuple[Call, ...]]:
    """Run a solver to its end; return its result and the reads that were not known before.

    Args:
        plan: The solver.
        notebook: What is known already; the new reads are noted in it.
        answer: Makes a read and returns the text that the tool answers.
    """
    made: list[Call] = []
    try:
        call = next(plan)
        while True:
            known, value = notebook.get(call)
            if not known:
                made.append(call)
                value = notebook.note(call, answer(call))
            call = plan.send(value)
    except StopIteration as stop:
        result: T = stop.value
        return result, tuple(made)


def result_of(text: str) -> JSON:
    """Return a tool's answer as JSON types, or as the text that it is."""
    try:
        return json.loads(text)
    except ValueError:
        return text
