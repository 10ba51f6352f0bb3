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
        task: The task; one with writes has nothing due, and one of somebody's data no edits.
        messages: The conversation.

    Returns:
        The number of messages if an agent never can.
    """
    edits = [witness.edit for witness in task.certificate.witnesses if task.due]
    if not edits:
        return 0
    calls = [
        call
        for call in _answered(messages)
        if _answer(domain, session, call.function) == call.answer  # what was written to is another
    ]
    places = (_shown_at(domain, session, edit, calls) for edit in edits)
    return max(len(messages) if place is None else place + 1 for place in places)


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
    domain: Domain[Any], session: Database, edit: Edit, calls: Sequence[_Answered]
) -> int | None:
    """Return the place of the first answer that would be another one after an edit."""
    edited = session.fork()
    domain.proof.apply(edited, edit)
    for call in calls:
        if _answer(domain, edited, call.function) != call.answer:
            return call.place
    return None


def _answer(domain: Domain[Any], session: Database, function: Function) -> str:
    name, tools = function["name"], domain.all_tools
    if name in tools and tools[name].kind == "write":
        session = session.fork()
    return tools.answer(session, name, function["arguments"])[0]
