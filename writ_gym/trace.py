"""What was done in a recorded conversation, call by call, and what was known when."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from writ_gym.database import JSON, canonical, leaves, to_plain
from writ_gym.domain import Domain
from writ_gym.errors import ToolError
from writ_gym.messages import ENVIRONMENT, is_hidden
from writ_gym.records import EpisodeRecord
from writ_gym.tasks import Call, GoldWrite, Task
from writ_gym.tools import Kind, Requestor
from writ_gym.understanding.reading import quote, words_in

Key: TypeAlias = tuple[str, str]
"""What equal calls have in common."""


@dataclass(frozen=True, slots=True)
class Made:
    """A tool call as it was made."""

    place: int
    """Index of the assistant message that made it, or that the user answered by making it."""
    name: str
    arguments: Mapping[str, JSON]
    """As the tool took them; empty if it did not."""
    kind: Kind | Literal["unknown"]
    failed: bool
    answer: str
    key: Key
    requestor: Requestor = "assistant"
    """Who made it."""
    reported: bool = True
    """Whether the agent learnt the answer word for word."""
    taken: bool = True
    """Whether there is such a tool, and it took the arguments."""


def calls_made(record: EpisodeRecord, domain: Domain[Any]) -> Iterator[Made]:
    """Yield the tool calls of both sides of a record that were answered, in order."""
    waiting: list[tuple[int, Mapping[str, str]]] = []
    place = 0
    for index, message in enumerate(record.messages):
        if message["role"] == "assistant":
            place = index
        if message["role"] != "tool":
            waiting = [(place, call["function"]) for call in message.get("tool_calls") or ()]
        elif waiting:
            made_at, function = waiting.pop(0)
            name, raw = function["name"], function["arguments"]
            arguments = parsed(domain, name, raw)
            users = is_hidden(message)
            yield Made(
                place=made_at,
                name=name,
                arguments=arguments or {},
                kind=domain.all_tools[name].kind if name in domain.all_tools else "unknown",
                failed=index in record.tool_errors,
                answer=message["content"],
                key=(name, raw) if arguments is None else key_of(name, arguments),
                requestor="user" if users else "assistant",
                reported=not users or _is_reported(record, index),
                taken=arguments is not None,
            )


def _is_reported(record: EpisodeRecord, index: int) -> bool:
    """Say whether the user quotes the answer in a tool message in what it says next."""
    said = next((m["content"] for m in record.messages[index:] if is_user(m)), "")
    return quote(record.messages[index]["content"]) in said


def parsed(
    domain: Domain[Any], name: str, arguments: str | Mapping[str, JSON]
) -> dict[str, JSON] | None:
    """Return the arguments of a call as the tool takes them, as JSON types; None if it does not."""
    try:
        taken: dict[str, JSON] = to_plain(domain.all_tools[name].parse(arguments))
    except ToolError:
        return None
    return taken


def gold_key(domain: Domain[Any], call: Call) -> Key:
    """Return the key of a call of a task, as ``Made.key`` has it."""
    arguments = parsed(domain, call.name, call.arguments)
    return key_of(call.name, call.arguments if arguments is None else arguments)


def key_of(name: str, arguments: Mapping[str, JSON]) -> Key:
    """Return what equal calls have in common.

    Lists are without order, and lists of equal length are put in order together: items and what
    replaces them may be listed in any order, but in step.
    """
    plain: dict[str, JSON] = canonical(dict(arguments))
    lengths = {len(value) for value in plain.values() if isinstance(value, list)}
    for length in lengths:
        names = [n for n, v in plain.items() if isinstance(v, list) and len(v) == length]
        rows = sorted(zip(*(plain[n] for n in names), strict=True), key=repr)
        for position, each in enumerate(names):
            plain[each] = [row[position] for row in rows]
    return name, json.dumps(plain, sort_keys=True)


def made_for(gold: GoldWrite, writes: Sequence[Made], domain: Domain[Any]) -> Made | None:
    """Return the call that stands for a gold write: an equal one, or one to the same record."""
    key = gold_key(domain, Call(gold.name, gold.arguments))
    target = domain.target(gold.arguments)
    equal = [call for call in writes if call.key == key]
    alike = [
        call
        for call in writes
        if call.name == gold.name and domain.target(call.arguments) == target
    ]
    return next(iter([*equal, *alike]), None)


def identifies(task: Task, made: Made | Call) -> bool:
    """Say whether a call finds out who the user is.

    It does if the certificate says so, or if everything in it is what the user says of itself:
    there may be several ways to find a user.
    """
    if any((call.name, call.arguments) == (made.name, made.arguments) for call in
           task.certificate.identification):  # fmt: skip
        return True
    # A date is said in other words than a tool takes it in.
    texts = [f"{fact.text}\n{fact.value}" for fact in task.scenario.identity]
    return bool(made.arguments) and all_said(made.arguments, texts)


def all_said(arguments: Mapping[str, JSON], texts: Iterable[str]) -> bool:
    """Say whether every value in the arguments of a call stands in the texts, as whole words."""
    values = {value for value in strings_in(arguments) if value}
    return words_in("\n".join(texts), values) == values


def strings_in(value: JSON) -> Iterator[str]:
    """Yield the scalars in a JSON value as text."""
    return (str(leaf) for leaf in leaves(value) if leaf is not None)


def is_user(message: Mapping[str, Any]) -> bool:
    """Say whether a message is what the user says, and no notice of the environment."""
    spoken = message["role"] == "user" and not is_hidden(message)
    return spoken and message.get("name") != ENVIRONMENT


def is_said(message: Mapping[str, Any]) -> bool:
    """Say whether a message is one of the agent that the user gets to see."""
    return message["role"] == "assistant" and not message.get("tool_calls")


_MARKS = re.compile(r"[\w@+.-]*\d(?:[\w@+-]|[.,](?=\w))*")


def marks_in(text: str) -> set[str]:
    """Return what can be made up in a text: ids, amounts and other runs with digits.

    A single digit is left out: "2 items" is a way to count, no fact from a record.
    """
    found = {match.group(0).strip(".-+").lower() for match in _MARKS.finditer(text)}
    amounts = {mark.replace(",", "") for mark in found}
    return {mark.removesuffix(".00") for mark in amounts if len(mark) > 1}
