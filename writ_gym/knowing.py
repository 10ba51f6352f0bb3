"""When an agent can know what is right: by what it was shown, whatever it has called for that."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from writ_gym.database import Database
from writ_gym.domain import Domain
from writ_gym.messages import Function, Message
from writ_gym.tasks import Edit, Task


class _Answered(NamedTuple):
    """A call of either side that was answered."""

    place: int
    """Index of the tool message with the answer."""
    function: Function
    answer: str


def clear_from(
    domain: Domain[Any], session: Database, task: Task, messages: Sequence[Message]
) -> int:
    """Return the first message from which on an agent can know what is due.

    For each read that is necessary, the certificate has an edit of the world after which something
    else would be right. Who was answered nothing that would have been otherwise then says the same
    in both worlds, and is wrong in one of them. So each edit has to show in an answer: it does in
    any reads that are enough, whatever tools they are made with. What the user looks at counts, as
    the user tells of it, and so does what a call that is refused says.

    Args:
        domain: The domain.
        session: The state that the task begins in, which is left as it is.
        task: The task; one of somebody's data has no edits.
        messages: The conversation.

    Returns:
        The number of messages if an agent never can.
    """
    edits = _edits(task)
    if not edits:
        return 0
    states = [
        (state, _answers_in(domain, state, messages)) for state in _states(domain, session, task)
    ]
    never = len(messages)
    return max(
        min(_shown_at(domain, state, edit, calls, never) for state, calls in states)
        for edit in edits
    )


def _edits(task: Task) -> list[Edit]:
    """Return the edits for the reads of the request that something is due of."""
    if not task.due:
        return []
    before = sum(w.burden for w in task.gold_writes if w.request < task.due[0].request)
    after = before + len(task.certificate.evidence)
    return [witness.edit for witness in task.certificate.witnesses[before:after]]


def _states(domain: Domain[Any], session: Database, task: Task) -> list[Database]:
    """Return the states in which that request may be dealt with, be it first, in turn or last."""
    states = [session]
    for when in (task.due[0].request, len(task.scenario.requests)):
        writes = [write for write in task.gold_writes if write.request < when]
        if writes:
            states.append(session.fork())
            for write in writes:
                domain.all_tools.answer(states[-1], write.name, write.arguments)
    return states


def _answers_in(
    domain: Domain[Any], state: Database, messages: Sequence[Message]
) -> list[_Answered]:
    """Return the calls that were answered as they are in a state, so that they show it."""
    calls = _answered(messages)
    return [call for call in calls if _answer(domain, state, call.function) == call.answer]


def _answered(messages: Sequence[Message]) -> Iterator[_Answered]:
    """Yield the calls of both sides that were answered, in order; of equal ones, the first."""
    seen: set[tuple[str, str, str]] = set()
    waiting: list[Function] = []
    for place, message in enumerate(messages):
        if message["role"] == "assistant" or message["role"] == "user":
            waiting = [call["function"] for call in message.get("tool_calls", ())]
        elif message["role"] == "tool" and waiting:
            function, answer = waiting.pop(0), message["content"]
            key = function["name"], function["arguments"], answer
            if key not in seen:
                seen.add(key)
                yield _Answered(place, function, answer)


def _shown_at(
    domain: Domain[Any], state: Database, edit: Edit, calls: Sequence[_Answered], never: int
) -> int:
    """Return the first message after an answer that would be another one after an edit."""
    edited = state.fork()
    try:
        domain.proof.apply(edited, edit)
    except ValueError:  # what was written leaves no room for it
        return never
    for call in calls:
        if _answer(domain, edited, call.function) != call.answer:
            return call.place + 1
    return never


def _answer(domain: Domain[Any], session: Database, function: Function) -> str:
    name, tools = function["name"], domain.all_tools
    if name in tools and tools[name].kind == "write":
        session = session.fork()
    return tools.answer(session, name, function["arguments"])[0]
