"""How tau2-bench writes values down: the texts of results, and ids that it draws at random."""

import json
import re
from collections.abc import Mapping
from datetime import date, datetime

from writ_gym.database import JSON, Record


def rendered(result: object) -> str:
    """Return a tool's result as the text that tau2's agent reads."""
    return result if isinstance(result, str) else json.dumps(_outside(result))


def _outside(value: object) -> JSON:
    """QUIRK G-5: a number that is not in a record becomes a text."""
    match value:
        case Record():
            return plain_of(value)
        case dict():
            return {key: _outside(each) for key, each in value.items()}
        case list() | tuple():
            return [_outside(each) for each in value]
        case bool() | int() | float():
            return str(value)
        case datetime() | date():
            return value.isoformat()
        case _:
            return value


def plain_of(value: object) -> JSON:
    """Return a value, a record above all, as JSON types; its fields may hold anything (G-6)."""
    match value:
        case Record():
            return {name: plain_of(getattr(value, name)) for name in type(value).model_fields}
        case Mapping():
            return {key: plain_of(each) for key, each in value.items()}
        case list() | tuple():
            return [plain_of(each) for each in value]
        case datetime():
            return value.isoformat(" ")  # QUIRK G-4
        case date():
            return value.isoformat()
        case _:
            return value


class RandomIds:
    """Which of our ids stands for which of the ids that tau2 drew at random, in one case."""

    def __init__(self, pattern: re.Pattern[str] | None) -> None:
        """Begin without any.

        Args:
            pattern: What such ids look like; None if there are none.
        """
        self._pattern = pattern
        self._ours: dict[str, str] = {}

    def pair(self, theirs: str, ours: str) -> None:
        """Learn from two texts that tell the same, with their ids and with ours."""
        if self._pattern:
            found = zip(self._pattern.findall(theirs), self._pattern.findall(ours), strict=False)
            for their_id, our_id in found:
                if our_id not in self._ours.values():
                    self._ours.setdefault(their_id, our_id)

    def translated(self, value: JSON) -> JSON:
        """Return JSON types with our ids in the place of theirs."""
        if not self._ours:
            return value
        text = json.dumps(value)
        for their_id, our_id in self._ours.items():
            text = text.replace(their_id, our_id)
        return json.loads(text)
