"""What has to be so of a sampled task besides its proof: its form, its config, its scenario."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

from writ_gym.database import JSON, Database
from writ_gym.domain import Domain
from writ_gym.errors import TaskError
from writ_gym.tasks import Fact, Request, Scenario, Split, Task, split_at
from writ_gym.users.behaviours import BEHAVIOURS, compatible, named


def check_form(task: Task, domain: Domain[Any]) -> Iterator[str]:
    """Find what belongs to no request, what is no read or no write, and what only records have."""
    count = len(task.scenario.requests)
    of_writes = [write.request for write in task.gold_writes]
    of_due = [item.request for item in task.due]
    for what, places in (("gold writes", of_writes), ("what is due", of_due)):
        if places != sorted(places) or not set(places) <= set(range(count)):
            yield f"{what}: the requests are {places}, not from 0 to {count - 1} in their order"
    if len(task.unwritten) > 1:  # of one alone it is said what that rests on
        yield f"more than one request comes to no write: {', '.join(map(str, task.unwritten))}"
    for kind, name in _tools_used(task):
        if name not in domain.all_tools or domain.all_tools[name].kind != kind:
            yield f"{name} is no {kind} of the domain"
    if task.initial or task.assertions or task.scenario.instructions:
        yield "it begins, is told or is judged as recorded tasks alone are"


def _tools_used(task: Task) -> Iterator[tuple[str, str]]:
    """Yield what kind of tool each call has to be of, and its name."""
    certificate = task.certificate
    reads = [*certificate.identification, *certificate.evidence, *certificate.searched]
    reads += [call for write in task.gold_writes for call in (*write.evidence, *write.searched)]
    yield from (("read", call.name) for call in reads)
    yield from (("write", write.name) for write in task.gold_writes)


def check_config(task: Task, domain: Domain[Any]) -> Iterator[str]:
    """Compare the task with what its config asks for."""
    config, certificate = task.config, task.certificate
    split = split_at(certificate.caller)
    if split != config.split:
        yield f"the user is one of the {split} split, not of {config.split}"
    for axis in ("write_count", "evidence_burden"):
        (low, high), value = getattr(config, axis), getattr(certificate, axis)
        if not low <= value <= high:
            yield f"{axis} is {value}, and asked for is {low} to {high}"
    if any(write.burden < config.least_burden for write in task.gold_writes):
        yield f"not every write has a burden of {config.least_burden}"
    compared = [write.measures.candidates for write in task.gold_writes if write.measures]
    if min(compared, default=config.least_candidates) < config.least_candidates:
        yield f"not for every write are there {config.least_candidates} candidates"
    if task.is_mixed and not config.unwritten_share:
        yield f"request {task.unwritten[0]} comes to no write, which is not asked for"
    if task.gold_writes and not task.unwritten and config.unwritten_share == 1:
        yield "every request comes to writes, and one that comes to none is asked for"
    requests = task.scenario.requests
    intents = [intent.name for intent in domain.intents]
    yield from _strange("intent", {r.intent for r in requests}, tuple(config.intents), intents)
    used = {name for request in requests for name in request.operators}
    yield from _strange("operator", {*used, *config.operators}, (), domain.operators)
    if config.operators and used.isdisjoint(config.operators):
        yield f"no request is composed with any of {', '.join(config.operators)}"


def _strange(
    what: str, used: set[str], allowed: Sequence[str], there: Sequence[str]
) -> Iterator[str]:
    """Yield the names that are used and not asked for, and those that nothing has."""
    for name in sorted(used | set(allowed)):
        if name not in there:
            yield f"there is no {what} {name!r}"
        elif allowed and name not in allowed:
            yield f"the {what} {name!r} is not asked for"


def check_scenario(task: Task, domain: Domain[Any], db: Database) -> Iterator[str]:
    """Look at what the user knows, and how it behaves, besides the sentences."""
    scenario = task.scenario
    yield from _check_identity(scenario, domain)
    texts = [request.text for request in scenario.requests]
    if len(set(texts)) < len(texts):
        yield "two requests sound the same"
    for index, request in enumerate(scenario.requests):
        found = _check_request(request, domain, db, task.config.split)
        yield from (f"request {index}: {what}" for what in found)
    yield from _check_behaviours(task, domain)


def _check_identity(scenario: Scenario, domain: Domain[Any]) -> Iterator[str]:
    slots = [fact.slot for fact in scenario.identity]
    yield from _said_twice(slots)
    for fact in scenario.identity:
        if not fact.literal or fact.alternatives or fact.earlier:
            yield f"{fact.slot} is no plain statement of who the user is"
    if not any(way <= set(slots) for way in domain.identifying):
        yield f"nobody is found by {slots}"
    askable = frozenset[str]().union(*domain.identifying)
    for slot in scenario.unknown:
        if slot in slots or slot not in askable:
            yield f"{slot!r} is said not to be known"


def _said_twice(slots: Sequence[str]) -> Iterator[str]:
    for slot, count in Counter(slots).items():
        if count > 1:
            yield f"{slot} is there {count} times"


def _check_request(
    request: Request, domain: Domain[Any], db: Database, split: Split
) -> Iterator[str]:
    yield from _said_twice([fact.slot for fact in request.facts])
    answer = "information" if request.intent in domain.proof.answers else "action"
    if answer != request.answer:
        yield f"{request.intent} is for {answer}, not for {request.answer}"
    for fact in request.facts:
        yield from _check_fact(fact, domain, db)
        if fact.earlier:
            yield from _check_earlier(fact, fact.earlier, domain, request.intent, split)
            yield from _check_fact(fact.earlier, domain, db)


def _check_fact(fact: Fact, domain: Domain[Any], db: Database) -> Iterator[str]:
    if fact.literal == _is_looked_up(fact.value, domain):
        yield f"whether a proposal repeats {fact.slot} is not {fact.literal}"
    words = set(domain.proof.alternatives(db, fact.slot, fact.value))
    if words != set(fact.alternatives):
        yield f"the words for {fact.slot} are {sorted(words)}, not {list(fact.alternatives)}"


def _is_looked_up(value: JSON, domain: Domain[Any]) -> bool:
    """Say whether a key in a value, however deep, is one of a reference."""
    if not isinstance(value, dict):
        return False
    return any(
        key in domain.references or _is_looked_up(each, domain) for key, each in value.items()
    )


def _check_earlier(
    fact: Fact, earlier: Fact, domain: Domain[Any], intent: str, split: Split
) -> Iterator[str]:
    """Look at what the user says first, by mistake."""
    if earlier.slot != fact.slot or earlier.earlier or earlier.value == fact.value:
        yield f"what is said of {fact.slot} at first is no mistake about it"
    wrong = domain.faithful(earlier.slot, earlier.value, earlier.text, intent)
    if wrong:
        yield f"{earlier.text!r} does not say {earlier.slot} = {earlier.value}: {wrong}"
    elif not domain.states(intent, earlier, split):
        yield f"nobody says {earlier.slot} = {earlier.value} in {split} by {earlier.text!r}"


def _check_behaviours(task: Task, domain: Domain[Any]) -> Iterator[str]:
    scenario = task.scenario
    try:
        allowed = named(task.config.behaviours, domain.hands is not None)
        named(scenario.behaviours)
    except TaskError as error:
        yield str(error)
        return
    for name in scenario.behaviours:
        if name not in allowed:
            yield f"the behaviour {name!r} is not asked for"
        if not BEHAVIOURS[name].fits(scenario):
            yield f"the behaviour {name!r} does not fit"
    for one, other in combinations(scenario.behaviours, 2):
        if not compatible(one, other):
            yield f"nobody shows {one!r} and {other!r}"
    if _has_mistake(scenario) and all(
        BEHAVIOURS[name].fits(_without_mistakes(scenario)) for name in scenario.behaviours
    ):
        yield "the user says something wrong at first, and no behaviour has it so"


def _has_mistake(scenario: Scenario) -> bool:
    return any(fact.earlier for request in scenario.requests for fact in request.facts)


def _without_mistakes(scenario: Scenario) -> Scenario:
    requests = [
        request.model_copy(
            update={"facts": tuple(f.model_copy(update={"earlier": None}) for f in request.facts)}
        )
        for request in scenario.requests
    ]
    return scenario.model_copy(update={"requests": tuple(requests)})
