"""An oracle that writes something else than what is right, and says so too."""

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from writ_gym.database import JSON
from writ_gym.policies.bent import Bent
from writ_gym.tasks import Call, GoldWrite
from writ_gym.trace import Key, strings_in

Swaps = Sequence[tuple[JSON, JSON]]
"""Right values and what stands in their place."""


class Swapping(Bent, ABC):
    """Makes other writes in the place of gold ones; a subclass chooses them.

    Its proposals and reports name what it writes, as far as the user has not named it before.
    """

    async def reset(self, info: Mapping[str, Any]) -> None:
        """Begin, and choose what to write instead."""
        await super().reset(info)
        self._instead: dict[Key, Call] = {}
        self._words: list[tuple[str, str]] = []
        self.choose(info["seed"])

    @abstractmethod
    def choose(self, seed: int) -> None:
        """Choose what to write instead, with ``swap``."""

    def swap(self, gold: GoldWrite, other: Call) -> None:
        """Make another write than a gold one."""
        self._instead[self.key(gold_call(gold))] = other
        for name, right in gold.arguments.items():
            if gold.provenance.get(name) != "user":
                values = zip(strings_in(right), strings_in(other.arguments.get(name)), strict=False)
                self._words += [(a, b) for a, b in values if a != b and len(a) > 3]

    def makes(self, call: Call) -> Sequence[Call]:
        """Return the write that was chosen instead, if there is one."""
        return [self._instead.get(self.key(call), call)]

    def says(self, text: str) -> str | None:
        """Name in a text what is written."""
        for right, other in self._words:
            text = text.replace(right, other)
        return text

    def before(self, gold: GoldWrite) -> list[Call]:
        """Return the gold writes that come before one."""
        writes = self.task.gold_writes
        return [gold_call(each) for each in writes[: writes.index(gold)]]

    def works(self, gold: GoldWrite, arguments: Mapping[str, JSON]) -> bool:
        """Say whether a write with these arguments goes through and leaves another state."""
        session, right = self.after(self.before(gold)), self.after(self.before(gold))
        self.domain.all_tools.answer(right, gold.name, gold.arguments)
        _, error = self.domain.all_tools.answer(session, gold.name, arguments)
        return not error and session.fingerprint() != right.fingerprint()


class WrongCandidate(Swapping):
    """Writes another candidate than the right one: an id, an option, or one digit of a text."""

    def choose(self, seed: int) -> None:
        """Swap one value of one write, the heaviest first."""
        for gold in sorted(self.task.gold_writes, key=lambda write: -write.burden):
            for arguments in self._others(gold):
                if self.works(gold, arguments):
                    self.swap(gold, Call(gold.name, arguments))
                    return

    def _others(self, gold: GoldWrite) -> Iterator[dict[str, JSON]]:
        """Yield arguments that differ in one value, those that the user cannot notice first."""
        seen = self._seen(gold)
        names = sorted(gold.arguments, key=lambda name: gold.provenance.get(name) == "user")
        for name in names:
            for value in dict.fromkeys(strings_in(gold.arguments[name])):
                options = self.domain.all_tools[gold.name].parameters[name].get("enum", [])
                alike = [other for other in seen if _shape(other) == _shape(value)]
                for other in [*options, *(alike if _shape(value) != value else [])]:
                    if other != value:
                        yield swapped(gold.arguments, [(value, other)])
        for name in names:
            for value in strings_in(gold.arguments[name]):
                if any(character.isdigit() for character in value):
                    yield swapped(gold.arguments, [(value, _slip(value))])

    def _seen(self, gold: GoldWrite) -> list[str]:
        """Return what stands in the answers of the reads behind a write.

        What another request is about is left out: the user would think that it is meant.
        """
        session = self.after(self.before(gold))
        reads = [
            *gold.evidence,
            self.domain.target(gold.arguments),
            *gold.searched,
            *self.task.certificate.identification,
        ]
        answers = [self.domain.all_tools.answer(session, c.name, c.arguments)[0] for c in reads]
        others = [write.arguments for write in self.task.gold_writes if write != gold]
        taken = {*strings_in(self.task.scenario.model_dump(mode="json")), *strings_in(others)}
        said = "\n".join(taken)
        found = dict.fromkeys(text for answer in answers for text in strings_in(plain(answer)))
        return [text for text in found if text not in said]


def gold_call(gold: GoldWrite) -> Call:
    """Return a gold write as a call."""
    return Call(gold.name, gold.arguments)


def swapped(value: Any, swaps: Swaps) -> Any:
    """Return a JSON value with other values in it."""
    for right, other in swaps:
        if value == right:
            return other
    if isinstance(value, Mapping):
        return {name: swapped(item, swaps) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [swapped(item, swaps) for item in value]
    return value


def plain(answer: str) -> JSON:
    """Return the answer of a tool as JSON types; a text that is no JSON stays as it is."""
    try:
        return json.loads(answer)
    except ValueError:
        return answer


def _shape(value: str) -> str:
    return re.sub(r"\d", "0", value)


def _slip(value: str) -> str:
    """Return a text with its last digit one further."""
    place = max(n for n, character in enumerate(value) if character.isdigit())
    return f"{value[:place]}{(int(value[place]) + 1) % 10}{value[place + 1 :]}"
