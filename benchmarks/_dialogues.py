"""Recorded conversations of LLM agents with LLM users, and how they are divided into two parts."""

import gzip
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from _values import Records, Values, values_in

SALT = 6161
"""Chosen so that the conversations that were read before the split are in the development part,
and the parts are about equal; nothing had been measured then."""


@dataclass
class Turn:
    """One message of the agent, and what the user answered."""

    agent: str
    user: str
    end: bool
    """Whether the user then left."""
    writes: int = 0
    """Writes that the agent tried between this answer and its next message."""
    written: int = 0
    """Those that came about."""


@dataclass
class Dialogue:
    """One recorded conversation."""

    domain: str
    name: str
    user: str
    """The customer; all conversations of one are in the same part."""
    opening: str
    turns: list[Turn]
    records: Records

    @property
    def held_back(self) -> bool:
        """Whether it belongs to the part whose texts nothing was developed on."""
        key = f"{SALT} {self.domain}/{self.user}"
        return hashlib.sha256(key.encode()).digest()[0] >= 128

    @cached_property
    def agent_texts(self) -> list[str]:
        return [turn.agent for turn in self.turns]

    @cached_property
    def user_texts(self) -> list[str]:
        return [self.opening, *(turn.user for turn in self.turns)]

    def values(self, text: str) -> Values:
        """Return what a text of this conversation states."""
        return values_in(text, self.domain, self.records)


# Reading the files

_STOP = "###STOP###"
_WRITES = re.compile(r"^(?:book|cancel|update|send_certificate)")


def airline(path: Path) -> Iterator[Dialogue]:
    """Yield the 100 episodes of an airline's agent."""
    for index, episode in enumerate(json.loads(gzip.decompress(path.read_bytes()))):
        user = episode["info"]["task"]["user_id"]
        yield _dialogue("airline", f"airline-{index}", user, list(_airline_steps(episode["traj"])))


def _airline_steps(messages: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for message in messages:
        for call in message.get("tool_calls") or ():
            yield "call", call["function"]["name"]
            yield "record", call["function"]["arguments"]
        if message.get("content") and message["role"] != "system":
            yield message["role"], message["content"]


_ROLES = re.compile(r"^(user|assistant|tool): ", re.M)


def retail(path: Path) -> Iterator[Dialogue]:
    """Yield the 69 conversations of a shop's agent; they have answers of tools, but no calls."""
    with gzip.open(path, "rt") as lines:
        for index, line in enumerate(lines):
            parts = _ROLES.split(json.loads(line)["messages_display"])[1:]
            steps = [(r, t.strip()) for r, t in zip(parts[::2], parts[1::2], strict=True)]
            found = [t for r, t in steps if r == "tool" and re.fullmatch(r"[a-z]+_[a-z]+_\d+", t)]
            user = found[0] if found else f"unknown {index}"
            yield _dialogue("retail", f"retail-{index}", user, list(_retail_steps(steps)))


def _retail_steps(steps: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Mark answers that show a record otherwise than before as those of writes."""
    seen: dict[str, str] = {}
    for role, text in steps:
        if text == "None":
            continue
        record = _json(text) if role == "tool" else None
        if isinstance(record, dict) and "variants" not in record:
            key = record.get("order_id") or "profile"
            changed = seen.get(key, text) != text
            asked_for = record.keys() & {"cancel_reason", "return_items", "exchange_items"}
            if changed or (key not in seen and asked_for):
                yield "call", "update"
            seen[key] = text
        yield role, text


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _dialogue(domain: str, name: str, user: str, steps: Sequence[tuple[str, str]]) -> Dialogue:
    """Return a conversation from its steps: who says what, "call" of a tool, "record" shown."""
    opening, turns, said = "", list[Turn](), list[str]()
    writing = False
    for role, text in steps:
        if role == "assistant":
            said.append(text)
        elif role == "user" and not (turns or said):
            opening = text
        elif role == "user":
            turns.append(Turn("\n".join(said), text.replace(_STOP, "").strip(), _STOP in text))
            said = []
        elif role == "call":
            writing = bool(_WRITES.match(text)) and bool(turns)
            if writing:
                turns[-1].writes += 1
        elif role == "tool" and writing:
            turns[-1].written += not text.startswith("Error")
            writing = False
    shown = [_json(text) for role, text in steps if role in ("tool", "record")]
    return Dialogue(domain, name, user, opening, turns, _records(shown))


def _records(shown: Sequence[Any]) -> Records:
    people, products, options = set[str](), set[str](), set[str]()
    for each in _objects(shown):
        if isinstance(each.get("first_name"), str):
            people.add(f"{each['first_name']} {each.get('last_name', '')}".lower())
        if isinstance(each.get("options"), dict):
            options |= {str(value).lower() for value in each["options"].values()}
        if "item_id" in each and "name" in each:
            products.add(each["name"].lower())
    return Records(frozenset(people), frozenset(products), frozenset(options))


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for each in value.values():
            yield from _objects(each)
    elif isinstance(value, list):
        for each in value:
            yield from _objects(each)


def load(folder: Path, part: str) -> list[Dialogue]:
    """Return the conversations of a part: "development", "held-back" or "all"."""
    files = folder / "gpt-4o-airline.json.gz", folder / "retail-dialogues.jsonl.gz"
    missing = [file for file in files if not file.is_file()]
    if missing:
        raise SystemExit(f"There is no {missing[0]}: --data is the folder of the recordings.")
    every = [*airline(files[0]), *retail(files[1])]
    return [each for each in every if part == "all" or each.held_back == (part == "held-back")]
