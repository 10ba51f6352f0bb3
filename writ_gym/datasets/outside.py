"""What a user says that its scenario does not have: ids and numbers, names, kinds, other wishes.

Only what is clearly made up is found: a user may chat, and may say again what it was told.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from writ_gym.domain import Domain
from writ_gym.records import EpisodeRecord
from writ_gym.trace import is_user, marks_in, strings_in
from writ_gym.understanding.deeds import unwanted
from writ_gym.understanding.reading import unquoted, words_in
from writ_gym.users.behaviours import BEHAVIOURS
from writ_gym.users.behaviours.base import residue

_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{2,}\b(?!['’]?(?:m|ll|ve|d|re)\b)")
"""A word with a capital within a sentence."""
_WORD = re.compile(r"[a-z]+")
_COMMON = frozenset(
    "monday tuesday wednesday thursday friday saturday sunday january february march april may "
    "june july august september october november december english american internet sir madam god "
    "yes hello thanks please okay the you".split()
)
"""Words with a capital that anybody may say."""


def made_up(record: EpisodeRecord, domain: Domain[Any]) -> Iterator[str]:
    """Yield what the user of a record says that neither its scenario nor anybody before has."""
    scenario = record.task.scenario
    texts = "\n".join(strings_in(scenario.model_dump(mode="json"))).lower()
    for index, message in enumerate(record.messages):
        if is_user(message):
            said = message["content"]
            heard = [texts, *(str(m["content"] or "").lower() for m in record.messages[:index])]
            yield from _strange_marks(said, heard)
            own = residue(scenario, unquoted(said))
            yield from _strange_names(own, heard)
            yield from _strange_kinds(own, heard, domain)


def other_wishes(record: EpisodeRecord, domain: Domain[Any]) -> Iterator[str]:
    """Yield the kinds of writes that the user asks for and that none of its requests comes to.

    One whose behaviour is to ask for something else may do so.
    """
    scenario = record.task.scenario
    if any(BEHAVIOURS[name].wants_more for name in scenario.behaviours):
        return
    for message in record.messages:
        if is_user(message):
            own = residue(scenario, unquoted(message["content"]))
            yield from sorted(unwanted(scenario.requests, own, domain.lexicon))


def _strange_marks(said: str, heard: Iterable[str]) -> Iterator[str]:
    """Yield ids, amounts and other numbers that are new."""
    known = "\n".join(heard)
    new = marks_in(said) - marks_in(known)
    yield from sorted(mark for mark in new if not _within(mark, known))


def _within(mark: str, text: str) -> bool:
    """Say whether a run of at least four digits is a part of a text, as the end of an id is."""
    return mark.isdigit() and len(mark) >= 4 and mark in text


def _strange_names(said: str, heard: Iterable[str]) -> Iterator[str]:
    """Yield names, such as those of people, towns and products, that are new."""
    names = [match[0] for match in _NAME.finditer(said)]
    known = {*_WORD.findall("\n".join(heard)), *_COMMON} if names else set()
    yield from (name for name in names if name.lower() not in known)


def _strange_kinds(said: str, heard: Iterable[str], domain: Domain[Any]) -> Iterator[str]:
    """Yield values of closed sets, such as a kind of payment, that are new.

    Those of one word, such as "active", mean other things as well.
    """
    named = words_in(said, {value for value in domain.closed if " " in value})
    yield from sorted(named - words_in("\n".join(heard), named) if named else ())
