"""When an agent can know what is right: by what it was shown, whatever it has called for that."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from writ_gym.certificates.evidence import Moment
from writ_gym.database import JSON, Database, Record, to_plain
from writ_gym.domain import Domain
from writ_gym.errors import ToolError
from writ_gym.meaning.proofs import UnclearError
from writ_gym.messages import Function, Message
from writ_gym.tasks import Call, Edit, GoldWrite, Task


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
    made = _distinct(messages)
    states = [(state, _answers_in(domain, state, made)) for state in _states(domain, session, task)]
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
    to for ``clear_from``, before the first of the request's writes that would be wrong after it is
    made by the agent, or by the user for it; before the last one, if it makes none of them wrong,
    but another one right besides. Whoever made other reads than those that are counted may be shown
    all of these edits and still not enough, so there every edit has to show that changes what is
    right. Writes that were not made are not judged.

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
    written = list(_written(domain, session, messages))
    made = _distinct(messages)
    states = [
        (state, _answers_in(domain, state, made))
        for state in (session, *(each.after for each in written))
    ]
    places = _places(domain, task, written)
    return all(_knew(domain, session, task, states, places, each) for each in requests)


def _knew(
    domain: Domain[Any], session: Database, task: Task,
    states: Sequence[tuple[Database, Sequence[_Answered]]], places: Mapping[int, int], request: int,
) -> bool:  # fmt: skip
    """Say of one request whether its writes, made at certain places, could be known to be right."""
    own = [
        (_key(domain, write.name, write.arguments), places[index])
        for index, write in enumerate(task.gold_writes)
        if write.request == request and index in places
    ]
    turn = _after(domain, session, [w for w in task.gold_writes if w.request < request])
    begun = min((place for _, place in own), default=0)
    reads = {key for _, calls in states for key in _reads_before(domain, calls, begun)}
    for edit in _telling(domain, turn, task, reads, request) if own else ():
        edited = turn.fork()
        domain.proof.apply(edited, edit)
        if _only_takes_back(edited, turn, session):
            continue
        right = _right_in(domain, edited, task, request)
        wrong = [place for key, place in own if key not in right]
        due = min(wrong, default=max(place for _, place in own))
        if not any(
            _shown_at(domain, state, edit, [c for c in calls if c.place < due], due + 1) <= due
            for state, calls in states
        ):
            return False
    return True


def _telling(
    domain: Domain[Any], turn: Database, task: Task, reads: Collection[str], request: int
) -> Iterator[Edit]:
    """Yield the edits each of which has to show in an answer, for a request's writes to be known.

    Args:
        domain: The domain.
        turn: The state at the request's turn.
        task: The task.
        reads: Keys of the reads that were made before the writes.
        request: Index of the request.
    """
    yield from _edits(task, request)
    counted = [*task.certificate.identification, *task.certificate.evidence]
    counted += [read for w in task.gold_writes if w.request <= request for read in w.evidence]
    if all(_key(domain, read.name, read.arguments) in reads for read in counted):
        return  # these are proved to be enough
    identity = {fact.slot: fact.value for fact in task.scenario.identity}
    caller, asked = task.certificate.caller, task.scenario.requests[request]
    moment = Moment(domain, turn.fork(), caller, identity, asked)
    keeps = moment.keeps_writes()
    for record in moment.around():
        for edit, _ in moment.edits(record, unbroken=True):
            after = moment.world_after(edit, ())
            if after is not None and not keeps(after):
                yield edit


def _reads_before(domain: Domain[Any], calls: Iterable[_Answered], place: int) -> set[str]:
    """Return the keys of the reads that were answered before a message."""
    made: set[str] = set()
    for call in calls:
        name, raw = call.function["name"], call.function["arguments"]
        if call.place >= place or name not in domain.all_tools:
            continue
        if domain.all_tools[name].kind == "read":
            with suppress(ToolError):
                made.add(_key(domain, name, raw))
    return made


def _right_in(domain: Domain[Any], state: Database, task: Task, request: int) -> set[str]:
    """Return the keys of the writes that are right in a state; none if that is unclear."""
    try:
        meaning = domain.proof.meaning(
            state, task.certificate.caller, task.scenario.requests[request]
        )
    except UnclearError:
        return set()
    return {domain.proof.canonical(call).key for call in meaning.writes}


def _only_takes_back(edited: Database, turn: Database, session: Database) -> bool:
    """Say whether an edit changes nothing but fields that writes before have changed.

    Whoever made these knows what is there now.
    """
    return all(
        record is not None and _differing(record, was) <= _differing(was, before)
        for (table, key), record in edited.changes().items()
        if (was := getattr(turn, table).get(key)) is not record
        for before in (getattr(session, table).get(key),)
    )


def _differing(record: Record | None, other: Record | None) -> set[str]:
    """Return the fields in which two records differ; all of them if one of them is not there."""
    fields = {name for each in (record, other) if each for name in type(each).model_fields}
    if record is None or other is None:
        return fields
    return {name for name in fields if getattr(record, name) != getattr(other, name)}


class _Written(NamedTuple):
    """A write that has changed something."""

    place: int
    """Index of the agent's message that asked for it."""
    key: str
    """What equal writes have in common."""
    after: Database


def _places(domain: Domain[Any], task: Task, written: Sequence[_Written]) -> dict[int, int]:
    """Return by the index of each gold write that was made where that was, the first time."""
    left = list(written)
    places: dict[int, int] = {}
    for index, gold in enumerate(task.gold_writes):
        key = _key(domain, gold.name, gold.arguments)
        made = next((each for each in left if each.key == key), None)
        if made is not None:
            left.remove(made)
            places[index] = made.place
    return places


def _key(domain: Domain[Any], name: str, arguments: str | Mapping[str, JSON]) -> str:
    """Return what equal writes have in common."""
    taken = to_plain(domain.all_tools[name].parse(arguments))
    return domain.proof.canonical(Call(name, taken)).key


def _written(
    domain: Domain[Any], session: Database, messages: Sequence[Message]
) -> Iterator[_Written]:
    """Yield each write that has changed something, with the state after it."""
    for call in _answered(messages):
        name, raw = call.function["name"], call.function["arguments"]
        if name not in domain.all_tools or domain.all_tools[name].kind != "write":
            continue
        after = session.fork()
        answer, failed = domain.all_tools.answer(after, name, raw)
        if answer == call.answer and not failed and after.changes() != session.changes():
            session = after
            yield _Written(call.asked, _key(domain, name, raw), after)


def _edits(task: Task, request: int) -> list[Edit]:
    """Return the edits for the reads of a request, in the order of its gold writes."""
    own = [write.burden for write in task.gold_writes if write.request == request]
    before = sum(write.burden for write in task.gold_writes if write.request < request)
    unwritten = len(task.certificate.evidence)
    if any(other < request for other in task.unwritten):
        before += unwritten
    after = before + (sum(own) if own else unwritten)
    return [witness.edit for witness in task.certificate.witnesses[before:after]]


def _states(domain: Domain[Any], session: Database, task: Task) -> list[Database]:
    """Return the states in which what is due may be dealt with: first, in turn or last."""
    turns = (task.due[0].request, len(task.scenario.requests))
    earlier = ([write for write in task.gold_writes if write.request < turn] for turn in turns)
    return [session, *(_after(domain, session, writes) for writes in earlier if writes)]


def _after(domain: Domain[Any], session: Database, writes: Iterable[GoldWrite]) -> Database:
    """Return the state after some gold writes."""
    state = session.fork()
    for write in writes:
        domain.all_tools.answer(state, write.name, write.arguments)
    return state


def _answers_in(
    domain: Domain[Any], state: Database, calls: Iterable[_Answered]
) -> list[_Answered]:
    """Return the calls that were answered as they are in a state, so that they show it."""
    return [call for call in calls if _answer(domain, state, call.function) == call.answer]


def _distinct(messages: Sequence[Message]) -> Collection[_Answered]:
    """Return the calls that were answered; of equal ones, the first counts."""
    calls: dict[tuple[str, str, str], _Answered] = {}
    for call in _answered(messages):
        calls.setdefault((call.function["name"], call.function["arguments"], call.answer), call)
    return calls.values()


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
