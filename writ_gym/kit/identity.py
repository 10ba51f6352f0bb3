"""Who calls, found by what users say of themselves, and what they get wrong."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from writ_gym.database import JSON
from writ_gym.kit.words import Words
from writ_gym.meaning.solving import Identification, read
from writ_gym.mistakes import misread
from writ_gym.phrasing.grammar import Style
from writ_gym.tasks import Fact, Request

FORGOTTEN = 2 / 3
"""Chance that a user who can be found in several ways does not know what one of them takes."""
VOLUNTEERED = 0.3
"""Chance that a user states such a fact with the request."""


class Way(NamedTuple):
    """A read that finds a user."""

    tool: str
    """It answers the id of the user."""
    arguments: Mapping[str, str]
    """By argument, the identity slot."""


class Finder:
    """Finds users by what they say of themselves."""

    def __init__(self, words: Words, ways: Sequence[Way]) -> None:
        """Prepare to find users.

        Args:
            words: The words of the domain.
            ways: The reads that find them, the best first.
        """
        self._words = words
        self._ways = ways

    @property
    def identifying(self) -> tuple[frozenset[str], ...]:
        """Sets of slots each of which is enough."""
        return tuple(frozenset(way.arguments.values()) for way in self._ways)

    def identity(
        self, db: Any, caller: str, rng: np.random.Generator, style: Style
    ) -> tuple[tuple[Fact, ...], tuple[str, ...]]:
        """Return what a user can say of themselves, and what they do not know."""
        user = getattr(db, self._words.user.table)[caller]
        forgotten: set[str] = set()
        if len(self._ways) > 1 and rng.random() < FORGOTTEN:
            lost = self.identifying[int(rng.random() * len(self._ways))]
            others = [way for way in self.identifying if way != lost]
            forgotten = set(lost - others[0])
        facts = tuple(
            Fact(
                slot=slot,
                value=(value := getattr(user, detail.field)),
                text=self._words.state("", slot, value, rng, style),
                opening=bool(rng.random() < VOLUNTEERED),
            )
            for slot, detail in self._words.details.items()
            if slot not in forgotten
        )
        return facts, tuple(sorted(forgotten))

    def identify(self, facts: Mapping[str, JSON]) -> Identification:
        """Find the user by what they have said, in the first way that takes no more."""
        way = next(way for way in self._ways if set(way.arguments.values()) <= set(facts))
        arguments = {name: facts[slot] for name, slot in way.arguments.items()}
        return (yield from read(way.tool, **arguments))


def misread_id(style: Style, request: Request, fact: Fact, rng: np.random.Generator) -> Fact | None:
    """Return a fact that gives an id as a user gets it wrong at first; None if it gives none."""
    key = fact.value.get("id", "") if isinstance(fact.value, dict) else ""
    wrong = misread(key, rng)
    if wrong == key or fact.text.count(key) != 1:
        return None
    return fact.model_copy(update={"value": {"id": wrong}, "text": fact.text.replace(key, wrong)})
