"""Checks records by replaying them from a clean session, without the rollout code's help."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from writ_gym.certificates.checking import check_texts
from writ_gym.certificates.knowing import clear_from, knew
from writ_gym.coroutines import finish
from writ_gym.database import JSON, Changes, Database, digest
from writ_gym.directory import env_id_of
from writ_gym.domain import Domain, LoadedWorlds, World, generated, load_domain
from writ_gym.errors import WritGymError
from writ_gym.lines import StrPath
from writ_gym.messages import is_hidden
from writ_gym.records import EpisodeRecord, measure
from writ_gym.rewards import reward
from writ_gym.runs.store import read_records
from writ_gym.sampling.sampler import TaskSampler
from writ_gym.tasks import Config, Task
from writ_gym.tau2.layer import holds
from writ_gym.tools import ToolSet
from writ_gym.users.scripted import USERS
from writ_gym.users.simulators import UserTurn


class Finding(Config):
    """Something in a record that does not reproduce."""

    episode_id: str
    what: str


class Report(Config):
    """What a verification found."""

    records: int
    verified: int
    findings: tuple[Finding, ...]


def verify(path: StrPath, loaded: LoadedWorlds = generated) -> Report:
    """Replay every record of a run folder or of a JSONL file.

    Args:
        path: The run folder or the file.
        loaded: Gives the worlds of tasks that play in ones loaded from data.

    Raises:
        StoreError: The file is missing or a line is not a record.
    """
    records, findings = 0, []
    seen: set[str] = set()
    verified = 0
    for record in read_records(path):
        records += 1
        found = list(_check(record, loaded))
        if record.episode_id in seen:
            found.append("the episode is in the file more than once")
        seen.add(record.episode_id)
        verified += not found
        findings += [Finding(episode_id=record.episode_id, what=what) for what in found]
    return Report(records=records, verified=verified, findings=tuple(findings))


def _check(record: EpisodeRecord, loaded: LoadedWorlds) -> Iterator[str]:
    """Yield what does not reproduce in one record."""
    try:
        domain = load_domain(record.domain)
        world = domain.world_of(record.task.world, loaded(domain))
    except WritGymError as error:
        yield str(error)
        return
    yield from _check_labels(record)
    system, tools = domain.system_message_of(record.holder), domain.tools_of_agent(record.holder)
    if (record.system, list(record.tools)) != (system, tools.schemas):
        yield "the instructions or the tools are not those of the domain"
    yield from _check_task(record, domain, world)
    session = world.begin(record.task)
    differences = list(_replay_tools(record, domain, session))
    yield from differences or _check_counts(record, domain)
    if session.fingerprint() != digest(record.state_diff):
        yield "the tool calls lead to another state difference than the recorded one"
    yield from _check_user(record, domain)
    yield from _check_reward(record, domain, world, session)


def _check_labels(record: EpisodeRecord) -> Iterator[str]:
    task = record.task
    if task.task_id != record.task_id:
        yield f"the task's content has the id {task.task_id}, not {record.task_id}"
    if record.episode_id != f"{record.task_id}.{record.trial}":
        yield "the episode's id is not that of its task and trial"
    labels = task.domain, env_id_of(task.domain), task.config.split
    if (record.domain, record.env_id, record.split) != labels:
        yield f"the labels are not those of the task: {', '.join(labels)}"


def _check_task(record: EpisodeRecord, domain: Domain[Any], world: World[Any]) -> Iterator[str]:
    """Sample the task again, and replay its gold writes twice."""
    task = record.task
    if not task.recorded:
        try:
            again = TaskSampler(domain, task.config, world, thorough=True).again(task)
        except WritGymError as error:
            yield f"the task cannot be sampled again: {error}"
        else:
            if not task.paraphrased and again != task:
                yield "the task's seed and config give another task"
            elif task.paraphrased and again.without_texts != task.without_texts:
                yield "the task's seed and config give a task that means something else"
        if task.paraphrased:
            yield from check_texts(task, domain)  # which sampling it again does not give
    elif task.world.seed is not None:
        yield "a recorded task plays in a generated world"
    prints = {_gold(domain, world, task)[1] for _ in range(2)}
    if prints != {task.certificate.goal_fingerprint}:
        yield "the gold writes do not lead to the certified state"


def _gold(domain: Domain[Any], world: World[Any], task: Task) -> tuple[Changes, str]:
    session = world.begin(task)
    for write in task.gold_writes:
        domain.all_tools.answer(session, write.name, write.arguments)
    return session.changes(), session.fingerprint()


def _replay_tools(record: EpisodeRecord, domain: Domain[Any], session: Database) -> Iterator[str]:
    """Make every tool call of both sides again and compare the answers."""
    sides = {
        "assistant": domain.tools_of_agent(record.holder),
        "user": _tools_of_user(record, domain),
    }
    side = "assistant"
    waiting: list[tuple[str, str, str]] = []
    errors: set[int] = set()
    for index, message in enumerate(record.messages):
        if message["role"] != "tool":
            if waiting:
                yield f"message {index}: {len(waiting)} tool calls were not answered"
            side = message["role"]
            waiting = [
                (call["id"], call["function"]["name"], call["function"]["arguments"])
                for call in message.get("tool_calls", ())
            ]
        else:
            named = waiting[0][:2] if waiting else None
            whose = message.get("requestor", "assistant")
            if (named, side) != ((message["tool_call_id"], message["name"]), whose):
                yield f"message {index}: the answer belongs to no tool call"
                return
            _, name, arguments = waiting.pop(0)
            answer, error = sides[side].answer(session, name, arguments)
            if error:
                errors.add(index)
            if answer != message["content"]:
                yield f"message {index}: {name} answers otherwise"
    if waiting:
        yield f"{len(waiting)} tool calls at the end were not answered"
    if errors != set(record.tool_errors):
        yield f"the failed tool calls are {sorted(errors)}, not {sorted(record.tool_errors)}"


def _check_counts(record: EpisodeRecord, domain: Domain[Any]) -> Iterator[str]:
    """Count again what happened, and see which limit that reaches."""
    counted = measure(record.messages, record.tool_errors, domain.all_tools)
    if counted != record.measured:
        yield f"what happened is {counted}, not {record.measured}"
    reached = [
        limit
        for limit, count in (
            ("turn_limit", counted.turns >= record.limits.turns),
            ("tool_error_limit", counted.tool_errors >= record.limits.tool_errors),
            ("token_limit", counted.tokens >= record.limits.tokens),
        )
        if count
    ]
    if record.termination == "user_ended" or (
        record.termination == "context_limit" and record.agent.model
    ):  # the context is the model's: how much it takes is nowhere here
        return
    if record.termination is None and record.status != "ok":
        return  # what went wrong came before anybody looked at the limits
    if record.termination != next(iter(reached), None):
        yield f"the limits reached are {reached}, but the end is told as {record.termination!r}"


def _check_user(record: EpisodeRecord, domain: Domain[Any]) -> Iterator[str]:
    """Let the user simulator answer the agent's texts again, if it is deterministic."""
    make_user = USERS.get(record.user.simulator)
    if make_user is None:
        return
    user = make_user(record.task.scenario, domain.lexicon, domain.hands_of_user(record.holder))
    turn = finish(user.open())
    due: UserTurn | None = turn
    answers: list[str] = []
    for index, message in enumerate(record.messages):
        if message["role"] == "user" and "name" not in message:
            if problem := _unlike(message, due):
                yield f"message {index}: {problem}"
                return
            due, answers = None, []
        elif message["role"] == "tool" and is_hidden(message):
            answers.append(message["content"])
            if len(answers) == len(turn.calls):
                due = turn = finish(user.observe(answers))
        elif _is_said(message):
            due = turn = finish(user.respond(message["content"]))
    if due is not None and record.messages:
        yield "what the user said last is missing"
    if turn.end != (record.termination == "user_ended"):
        yield "the user ends the conversation elsewhere"


def _unlike(message: Mapping[str, Any], due: UserTurn | None) -> str | None:
    """Return what differs in a message of the user from the turn that is due."""
    calls = [(call.name, dict(call.arguments)) for call in due.calls] if due else []
    if is_hidden(message):
        return None if calls and _calls_of(message) == calls else "the user uses other tools"
    same = due is not None and not calls and message["content"] == due.text
    return None if same else "the user says something else"


def _tools_of_user(record: EpisodeRecord, domain: Domain[Any]) -> ToolSet[Any]:
    """Return the tools that the user had in an episode."""
    hands = domain.hands_of_user(record.holder)
    return hands.tools if hands and hands.free else ToolSet()


def _calls_of(message: Mapping[str, Any]) -> list[tuple[str, JSON]]:
    """Return the calls of a message, by name and arguments; raw text where that is no JSON."""
    functions = [call["function"] for call in message["tool_calls"]]
    return [(function["name"], _parsed(function["arguments"])) for function in functions]


def _parsed(arguments: str) -> JSON:
    try:
        return json.loads(arguments)
    except ValueError:
        return arguments


def _is_said(message: Mapping[str, Any]) -> bool:
    """Say whether a message is one of the agent that the user gets to see."""
    return (
        message["role"] == "assistant"
        and not message.get("tool_calls")
        and bool((message["content"] or "").strip())
    )


def _check_reward(
    record: EpisodeRecord, domain: Domain[Any], world: World[Any], session: Database
) -> Iterator[str]:
    if record.status != "ok":
        if record.reward is not None or record.reward_components is not None:
            yield f"an episode with the status {record.status} has a reward"
        if record.termination is not None:
            yield f"an episode with the status {record.status} has an end"
        return
    wanted, _ = _gold(domain, world, record.task)
    finished = record.termination == "user_ended"
    messages: Any = record.messages
    began = world.begin(record.task)
    again = reward(
        session.changes(), wanted, record.task, messages, record.tool_errors, finished,
        domain.others, domain.grounds, holds(record.task, session),
        clear_from(domain, began, record.task, messages),
        knew(domain, began, record.task, messages),
    )  # fmt: skip
    found, expected = (record.reward, record.reward_components), (again.total, again.model_dump())
    if found != expected:
        yield f"the reward is {expected[0]} {expected[1]}, not {found[0]} {found[1]}"
