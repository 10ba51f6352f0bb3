"""A task and its proof as text for people."""

import json
from collections.abc import Iterator, Sequence

from writ_gym.counting import number
from writ_gym.tasks import Call, Measures, Scenario, Task, Witness


def explain(task: Task) -> str:
    """Return what the user wants, what is right, and why each read is needed."""
    return "\n".join(_lines(task))


def _lines(task: Task) -> Iterator[str]:
    certificate = task.certificate
    yield f"task {task.task_id} ({task.domain}, {task.config.split} split, seed {task.seed})"
    yield (
        f"write count {certificate.write_count}, evidence burden {certificate.evidence_burden} "
        f"(sum {certificate.evidence_total})"
    )
    yield ""
    yield from _known(task.scenario)
    yield ""
    witnesses = {witness.read.key: witness for witness in certificate.witnesses}
    if task.unwritten:
        what = (
            f"Request {task.unwritten[0] + 1} comes to no write"
            if task.is_mixed
            else ("Nothing may be written")
        )
        yield f"{what} ({certificate.reason}). Evidence:"
        yield from _evidence(certificate.evidence, certificate.searched, witnesses)
        yield from _measured(certificate.measures)
    for write in task.gold_writes:
        yield f"Right is {write.name}"
        for name, value in write.arguments.items():
            yield f"  {name} = {json.dumps(value)}  ({write.provenance.get(name, 'no source')})"
        yield f"  evidence, {number(write.burden, 'read')}:"
        yield from _evidence(write.evidence, write.searched, witnesses)
        yield from _measured(write.measures)
    for due in task.due:
        yield f"To be told: {due.value} ({due.kind})"
    if certificate.identification:
        yield "Not counted, to identify the user: " + "; ".join(
            map(shown, certificate.identification)
        )
    if certificate.shortcuts and certificate.shortcuts.chance < 1:
        yield (
            f"Shortcuts: the first acceptable candidate is "
            f"{'right' if certificate.shortcuts.first_is_right else 'wrong'}, one at random is "
            f"right with a chance of {certificate.shortcuts.chance:.2g}"
        )


def _known(scenario: Scenario) -> Iterator[str]:
    yield "The user knows:"
    for fact in scenario.identity:
        yield f"  {fact.text}"
    for request in scenario.requests:
        operators = f"  [{', '.join(request.operators)}]" if request.operators else ""
        yield f"  - {request.text}{operators}"
        for fact in request.facts:
            yield f"    {fact.text}"
    if scenario.instructions:
        yield "A model that plays the user is told:"
        yield from (f"  {' '.join(text.split())}" for text in scenario.instructions.texts if text)


def _evidence(
    evidence: Sequence[Call], searched: Sequence[Call], witnesses: dict[str, Witness]
) -> Iterator[str]:
    for call in evidence:
        yield f"    {shown(call)}"
        witness = witnesses.get(call.key)
        if witness:
            edit = ", ".join(f"{name}={value}" for name, value in witness.edit.arguments.items())
            yield f"      needed: after {witness.edit.name}({edit})"
            yield f"      right would be {witness.outcome}"
    for call in searched:
        yield f"    {shown(call)}  (made to search, not counted)"


def _measured(measures: Measures | None) -> Iterator[str]:
    if measures:
        yield (
            f"    {number(measures.candidates, 'candidate')}, {number(measures.tokens, 'token')}, "
            f"depth {measures.depth}, {number(measures.spread, 'tool')}, "
            f"{number(measures.reference_reads, 'read')} in the reference run"
        )


def shown(call: Call) -> str:
    """Return a call as it is written."""
    arguments = ", ".join(f"{name}={json.dumps(value)}" for name, value in call.arguments.items())
    return f"{call.name}({arguments})"
