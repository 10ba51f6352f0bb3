"""Tasks recorded by tau2-bench, made playable: their text becomes a scenario.

They are not certified: their texts are free, so the scripted user repeats them instead of
understanding them, and agrees to every proposal that does not contradict an id in them.
"""

import re
from functools import partial
from pathlib import Path
from typing import Any

from writ_gym.domain import Domain, World
from writ_gym.tasks import (
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
from writ_gym.tau2 import Tau2Task, load_tasks

_FIRST_PERSON = (
    (r"\byou(?= name\b)", "my"),  # as some of the texts have it
    (r"\byou're\b|\byou are\b", "I am"),
    (r"\byou were\b", "I was"),
    (r"\byou've\b", "I have"),
    (r"\byou'd\b", "I would"),
    (r"\byou'll\b", "I will"),
    (r"\byourself\b", "myself"),
    (r"\byours\b", "mine"),
    (r"\byour\b", "my"),
    (r"\b(asks?|for|gives?|helps?|lets?|saves?|tells?|to|with) you\b", r"\1 me"),
    (r"\byou\b", "I"),
)


def recorded_tasks(domain: Domain[Any], world: World[Any], data: Path) -> list[Task]:
    """Return the tasks of a tau2 data folder that play in ``world``.

    Raises:
        WritGymError: The folder or a file in it is missing or not as it should be.
    """
    return [
        _task(domain, world, recorded, index)
        for index, recorded in enumerate(load_tasks(domain.name, data))
    ]


def _task(domain: Domain[Any], world: World[Any], recorded: Tau2Task, index: int) -> Task:
    session = world.db.session()
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
        due=tuple(_due(text) for text in recorded.communicate_info),
        certificate=Certificate(
            write_count=len(gold),
            evidence_burden=max(burdens),
            evidence_total=sum(burdens),
            identification=(),
            reason=None if gold else "recorded",
            evidence=() if gold else tuple(reads),
            goal_fingerprint=session.fingerprint(),
        ),
    )


def _scenario(domain: Domain[Any], recorded: Tau2Task, seed: int, writes: bool) -> Scenario:
    known = first_person(recorded.known_info)
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
                text=first_person(recorded.reason_for_call),
                answer="action" if writes else "information",
            ),
        ),
        seed=seed,
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


def _due(text: str) -> Due:
    try:
        return Due(kind="number", value=float(text.replace(",", "").lstrip("$")), request=0)
    except ValueError:
        return Due(kind="text", value=text, request=0)
