"""When an agent can know what is right: by what it was shown, whatever it has called for that."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from writ_gym.database import JSON, Database, to_plain
from writ_gym.domain import Domain
from writ_gym.messages import Function, Message
from writ_gym.tasks import Edit, GoldWrite, Task


class _Answered(NamedTuple):
    """A call of either side that was answered."""

    place: int
    """Index of the tool message with the answer."""
    asked: int
    """Index of the agent's message that made the call, or that the user answered by making it."""
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
    edits = _edits(task, task.due[0].request) if task.due else []
    if not edits:
        return 0
    states = [
        (state, _answers_in(domain, state, messages))
        for state in _states(domain, session, task, task.due[0].request)
    ]
    never = len(messages)
    return max(
        min(_shown_at(domain, state, edit, calls, never) for state, calls in states)
        for edit in edits
    )


def knew(domain: Domain[Any], session: Database, task: Task, messages: Sequence[Message]) -> bool:
    """Say whether what takes a diagnosis was written once it could be known to be right.

    Where a remedy that is tried in vain leaves no trace (``Domain.diagnosed``), the state at the
    end does not tell who has found out what is wrong from who has tried everything. So there each
    of the edits that show the reads for a write to be necessary has to show in an answer, as it has
    to for ``clear_from``, before the agent makes that write, or has the user make it.

    Args:
        domain: The domain.
        session: The state that the task begins in, which is left as it is.
        task: The task; one of somebody's data has no edits.
        messages: The conversation.
    """
    requests = [
        index
        for index, request in enumerate(task.scenario.requests)
        if request.intent in domain.diagnosed
    ]
    if task.recorded or not requests:
        return True
    places = _places(domain, session, task, messages)
    return all(_knew(domain, session, task, messages, places, each) for each in requests)


def _knew(
    domain: Domain[Any], session: Database, task: Task, messages: Sequence[Message],
    places: Sequence[int], request: int,
) -> bool:  # fmt: skip
    """Say of one request whether its writes, made at certain places, could be known to be right."""
    never = len(messages)
    own = [
        (write, place)
        for write, place in zip(task.gold_writes, places, strict=True)
        if write.request == request
    ]
    made_so = [write for write, _ in sorted(own, key=lambda each: each[1])]
    states = [
        (state, _answers_in(domain, state, messages))
        for state in _states(domain, session, task, request, made_so)
    ]
    edits = iter(_edits(task, request))
    for write, made in own:
        # The last one's evidence says as well that there is nothing else to write, which need not
        # be known before whichever comes last in the conversation.
        place = max(each for _, each in own) if write is own[-1][0] else made
        for edit in (next(edits) for _ in write.evidence):
            if not any(
                _shown_at(domain, state, edit, [c for c in calls if c.place < place], never) < never
                for state, calls in states
            ):
                return False
    return True


def _places(
    domain: Domain[Any], session: Database, task: Task, messages: Sequence[Message]
) -> list[int]:
    """Return at which message each gold write was made first; their number if it was not."""
    made = list(_written(domain, session, messages))
    places: list[int] = []
    for gold in task.gold_writes:
        right = _taken(domain, gold.name, gold.arguments)
        equal = next((each for each in made if each[1:] == (gold.name, right)), None)
        if equal is not None:
            made.remove(equal)
        places.append(len(messages) if equal is None else equal[0])
    return places


def _written(
    domain: Domain[Any], session: Database, messages: Sequence[Message]
) -> Iterator[tuple[int, str, JSON]]:
    """Yield where each write was asked for that has changed something, with what it was."""
    for call in _answered(messages):
        name = call.function["name"]
        if name not in domain.all_tools or domain.all_tools[name].kind != "write":
            continue
        after = session.fork()
        answer, _ = domain.all_tools.answer(after, name, call.function["arguments"])
        if answer == call.answer and after.changes() != session.changes():
            session = after
            yield call.asked, name, _taken(domain, name, call.function["arguments"])


def _taken(domain: Domain[Any], name: str, arguments: str | Mapping[str, JSON]) -> JSON:
    """Return the arguments of a call as the tool takes them, as JSON types."""
    return to_plain(domain.all_tools[name].parse(arguments))


def _edits(task: Task, request: int) -> list[Edit]:
    """Return the edits for the reads of a request, in the order of its gold writes."""
    own = [write.burden for write in task.gold_writes if write.request == request]
    before = sum(write.burden for write in task.gold_writes if write.request < request)
    unwritten = len(task.certificate.evidence)
    if any(other < request for other in task.unwritten):
        before += unwritten
    after = before + (sum(own) if own else unwritten)
    return [witness.edit for witness in task.certificate.witnesses[before:after]]


def _states(
    domain: Domain[Any],
    session: Database,
    task: Task,
    request: int,
    own: Sequence[GoldWrite] = (),
) -> list[Database]:
    """Return the states in which a request may be dealt with, be it first, in turn or last.

    If it comes to writes, these are the states in which all but the last of them are made as well,
    in the order in which they are given.
    """
    states: list[Database] = []
    for when in (0, request, len(task.scenario.requests)):
        earlier = [w for w in task.gold_writes if w.request < when and w.request != request]
        if earlier or not states:
            states.append(_after(domain, session, earlier))
            for write in own[:-1]:
                states.append(_after(domain, states[-1], [write]))
    return states


def _after(domain: Domain[Any], session: Database, writes: Iterable[GoldWrite]) -> Database:
    """Return the state after some gold writes."""
    state = session.fork()
    for write in writes:
        domain.all_tools.answer(state, write.name, write.arguments)
    return state


def _answers_in(
    domain: Domain[Any], state: Database, messages: Sequence[Message]
) -> list[_Answered]:
    """Return the calls that were answered as they are in a state, so that they show it.

    Of equal ones, the first counts.
    """
    calls: dict[tuple[str, str, str], _Answered] = {}
    for call in _answered(messages):
        calls.setdefault((call.function["name"], call.function["arguments"], call.answer), call)
    return [c for c in calls.values() if _answer(domain, state, c.function) == c.answer]


def _answered(messages: Sequence[Message]) -> Iterator[_Answered]:
    """Yield the calls of both sides that were answered, in order."""
    asked, waiting = 0, list[Function]()
    for place, message in enumerate(messages):
        if message["role"] == "assistant":
            asked = place
        if message["role"] == "assistant" or message["role"] == "user":
            waiting = [call["function"] for call in message.get("tool_calls", ())]
        elif message["role"] == "tool" and waiting:
            yield _Answered(place, asked, waiting.pop(0), message["content"])


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
