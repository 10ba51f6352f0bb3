"""Tasks recorded by tau2-bench, made playable: their text becomes a scenario.

They are not certified: their texts are free, so the scripted user repeats why it calls and what it
knows instead of understanding them, and agrees to every proposal that does not contradict an id in
them. All that tau2 tells its users is kept word for word, for a model that plays one.
"""

import re
from collections.abc import Iterator
from functools import partial
from typing import Any

from writ_gym.database import changes_to_json
from writ_gym.domain import Domain, World
from writ_gym.lines import StrPath
from writ_gym.tasks import (
    Assertion,
    Call,
    Certificate,
    Due,
    Fact,
    GoldWrite,
    Request,
    SamplerConfig,
    Scenario,
    Task,
)
from writ_gym.tau2.layer import FunctionCall, Start, Tau2Task, load_tasks, start_of

_FIRST_PERSON = (
    (r"\byou(?= (?:name|mobile data)\b)", "my"),  # as some of the texts have it
    (r"\byou're\b|\byou are\b", "I am"),
    (r"\byou were\b", "I was"),
    (r"\byou've\b", "I have"),
    (r"\byou'd\b", "I would"),
    (r"\byou'll\b", "I will"),
    (r"\byourself\b", "myself"),
    (r"\byours\b", "mine"),
    (r"\byour\b", "my"),
    (
        r"\b(allows?|asks?|caused|for|gives?|helps?|lets?|saves?|tells?|to|told|with) you\b",
        r"\1 me",
    ),
    (r"\byou\b", "I"),
)


def recorded_tasks(domain: Domain[Any], world: World[Any], data: StrPath) -> list[Task]:
    """Return the tasks of a tau2 data folder that play in ``world``.

    Raises:
        WritGymError: The folder or a file in it is missing or not as it should be.
    """
    tasks = load_tasks(domain.name, data)
    starts = start_of(domain.name, data, tasks)
    return [
        _task(domain, world, recorded, start, index)
        for index, (recorded, start) in enumerate(zip(tasks, starts, strict=True))
    ]


def _task(
    domain: Domain[Any], world: World[Any], recorded: Tau2Task, start: Start, index: int
) -> Task:
    session = world.db.session(start.caller)
    for (table, key), record in start.records.items():
        getattr(session, table).put(key, record)
    gold: list[GoldWrite] = []
    reads: list[Call] = []
    for name, arguments in recorded.actions:
        kind = domain.all_tools[name].kind if name in domain.all_tools else "generic"
        if kind == "read":
            reads.append(Call(name=name, arguments=arguments))
            continue
        before = session.fingerprint()
        _, error = domain.all_tools.answer(session, name, arguments)
        if error or session.fingerprint() == before:
            continue  # tau2 ignores reference calls that fail, and others change nothing
        provenance = dict.fromkeys(arguments, "read")
        gold.append(
            GoldWrite(
                name=name, arguments=arguments, provenance=provenance,  # type: ignore[arg-type]
                evidence=tuple(reads), request=0,
            )
        )  # fmt: skip
        reads = []
    burdens = [len(write.evidence) for write in gold] or [len(reads)]
    return Task(
        domain=domain.name,
        world=world.ref,
        seed=index,
        config=SamplerConfig(),
        recorded=True,
        scenario=_scenario(domain, recorded, index, bool(gold)),
        gold_writes=tuple(gold),
        initial=changes_to_json(start.records),
        due=tuple(_due(domain, recorded)),
        assertions=tuple(map(_assertion, recorded.assertions)),
        certificate=Certificate(
            write_count=len(gold),
            evidence_burden=max(burdens),
            evidence_total=sum(burdens),
            caller=start.caller,
            identification=start.identification,
            reason=None if gold else "recorded",
            evidence=() if gold else tuple(reads),
            goal_fingerprint=session.fingerprint(),
        ),
    )


def _scenario(domain: Domain[Any], recorded: Tau2Task, seed: int, writes: bool) -> Scenario:
    told = recorded.instructions
    known = first_person(told.known_info)
    looks = domain.lexicon.stated
    slots = sorted(frozenset().union(*domain.identifying))
    stated = [slot for slot in slots if slot not in looks or looks[slot].search(known)]
    return Scenario(
        identity=tuple(
            Fact(slot=slot, value=known, text=known, opening=False) for slot in stated if known
        ),
        unknown=tuple(slot for slot in slots if slot not in stated),
        requests=(
            Request(
                intent="recorded",
                text=first_person(told.reason_for_call),
                answer="action" if writes else "information",
            ),
        ),
        seed=seed,
        instructions=told,
    )


def first_person(text: str) -> str:
    """Return instructions to a user ("You are ...") as what the user says ("I am ...")."""
    for pattern, replacement in _FIRST_PERSON:
        text = re.sub(pattern, partial(_replaced, replacement), text, flags=re.I)
    return text.strip()


def _replaced(replacement: str, match: re.Match[str]) -> str:
    """Return the replacement, with a capital letter where there was one."""
    text = match.expand(replacement)
    return text[0].upper() + text[1:] if match[0][0].isupper() else text


def _due(domain: Domain[Any], recorded: Tau2Task) -> Iterator[Due]:
    """Yield what has to be told; where a state is asserted, a hand-over has to be made, too."""
    yield from map(_told, recorded.communicate_info)
    if recorded.assertions and any(name == domain.hand_over for name, _ in recorded.actions):
        yield Due(kind="hand_over", value=domain.hand_over, request=0)


def _assertion(call: FunctionCall) -> Assertion:
    return Assertion.model_validate({
        "side": call.env_type, "name": call.func_name, "arguments": call.arguments,
        "value": call.assert_value,
    })  # fmt: skip


def _told(text: str) -> Due:
    try:
        return Due(kind="number", value=float(text.replace(",", "").lstrip("$")), request=0)
    except ValueError:
        return Due(kind="text", value=text, request=0)
