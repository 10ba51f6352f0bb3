"""Facts put into words by a grammar, and held to it: whether a text is one that it has for a fact.

The same methods do both. To speak, each of their choices is drawn; to read, each stays open as a
mark in the text, and what was told is compared with the text choice by choice.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol, TypeAlias

import numpy as np

from writ_gym.database import JSON
from writ_gym.phrasing.grammar import Grammar, Read, Style
from writ_gym.tasks import Fact, Split

Ends: TypeAlias = Callable[[str, int], Iterable[int]]
"""Gives where something can end in a text that begins at a place."""
Made: TypeAlias = Callable[[], str]
"""Makes words."""

_FIRST_MARK, _LAST_MARK = 0xE000, 0xF8FF
"""Characters that no text has: Unicode's private ones."""
_MARK = re.compile(f"([{chr(_FIRST_MARK)}-{chr(_LAST_MARK)}])")


class Voice(Protocol):
    """What makes the choices."""

    def say(self, rule: str, values: Mapping[str, str]) -> str:
        """Return a sentence."""

    def phrase(self, rule: str, values: Mapping[str, str]) -> str:
        """Return a fragment."""

    def choose(self, options: Sequence[str]) -> str:
        """Return one of some words."""

    def either(self, makes: Sequence[Made]) -> str:
        """Return what one of some makers of words makes."""


@dataclass(frozen=True, slots=True)
class _Drawing:
    """Draws every choice."""

    grammar: Grammar
    rng: np.random.Generator
    style: Style

    def say(self, rule: str, values: Mapping[str, str]) -> str:
        return self.grammar.say(rule, self.rng, self.style, **values)

    def phrase(self, rule: str, values: Mapping[str, str]) -> str:
        return self.grammar.phrase(rule, self.rng, **values)

    def choose(self, options: Sequence[str]) -> str:
        return options[int(self.rng.random() * len(options))]

    def either(self, makes: Sequence[Made]) -> str:
        return makes[int(self.rng.random() * len(makes))]()


class _Reading:
    """Leaves every choice open; what it returns holds a mark for each."""

    def __init__(self, grammar: Grammar, split: Split) -> None:
        self._grammar = grammar
        self._split = split
        self._open: list[Ends] = []

    def say(self, rule: str, values: Mapping[str, str]) -> str:
        def ends(text: str, start: int) -> Iterable[int]:
            read = self._reads(values)
            return self._grammar.ends_of(rule, self._split, text, start, read)

        return self._mark(ends)

    def phrase(self, rule: str, values: Mapping[str, str]) -> str:
        def ends(text: str, start: int) -> Iterable[int]:
            return self._grammar.ends_of_phrase(rule, text, start, self._reads(values))

        return self._mark(ends)

    def choose(self, options: Sequence[str]) -> str:
        def ends(text: str, start: int) -> Iterable[int]:
            return (end for each in options for end in self.ends(each, text, start))

        return self._mark(ends) if len(options) > 1 else options[0]

    def either(self, makes: Sequence[Made]) -> str:
        return self.choose([make() for make in makes])

    def _reads(self, values: Mapping[str, str]) -> Read:
        """Return what reads a value by its name."""
        return lambda name, text, start: self.ends(values[name], text, start)

    def _mark(self, ends: Ends) -> str:
        self._open.append(ends)
        return chr(_FIRST_MARK + len(self._open) - 1)

    def ends(self, told: str, text: str, start: int) -> Iterable[int]:
        """Return where what was told, marks and all, can end in a text that begins at a place."""
        first, *pairs = _MARK.split(told)
        if not text.startswith(first, start):
            return ()
        found: Collection[int] = (start + len(first),)
        for mark, words in zip(pairs[::2], pairs[1::2], strict=True):
            ends = self._open[ord(mark) - _FIRST_MARK]
            found = {
                end + len(words)
                for place in found
                for end in ends(text, place)
                if text.startswith(words, end)
            }
        return found


class Speaker:
    """Puts facts into words; a subclass has a method ``tell_SLOT`` for each slot of its domain.

    A method makes its choices with ``say``, ``phrase``, ``choose`` and ``either`` alone, and looks
    at none of the words that they return: then it can read, too.
    """

    grammar: ClassVar[Grammar]

    def __init__(self, voice: Voice, intent: str) -> None:
        self._voice = voice
        self._intent = intent

    @classmethod
    def state(
        cls, intent: str, slot: str, value: JSON, rng: np.random.Generator, style: Style
    ) -> str:
        """Return what the user says to state a fact.

        Args:
            intent: The intent that it belongs to; empty for a fact about the user.
            slot: The fact's slot.
            value: Its value, in the language of the domain's requests.
            rng: The random generator.
            style: How the user talks.
        """
        return cls(_Drawing(cls.grammar, rng, style), intent)._tell(slot, value)

    @classmethod
    def states(cls, intent: str, fact: Fact, split: Split) -> bool:
        """Say whether a fact's text is one that the grammar has for it, in whatever register.

        Args:
            intent: The intent that it belongs to; empty for a fact about the user.
            fact: The fact.
            split: The split that the text has to be of.
        """
        if _MARK.search(f"{fact.text}{fact.value}"):
            return False
        reading = _Reading(cls.grammar, split)
        told = cls(reading, intent)._tell(fact.slot, fact.value)
        return len(fact.text) in reading.ends(told, fact.text, 0)

    def _tell(self, slot: str, value: JSON) -> str:
        text: str = getattr(self, f"tell_{slot}")(value)
        return text

    def say(self, rule: str, **values: str) -> str:
        """Return a sentence."""
        return self._voice.say(rule, values)

    def phrase(self, rule: str, **values: str) -> str:
        """Return a fragment."""
        return self._voice.phrase(rule, values)

    def choose(self, options: Sequence[str]) -> str:
        """Return one of some words."""
        return self._voice.choose(options)

    def either(self, *makes: Made) -> str:
        """Return what one of some makers of words makes."""
        return self._voice.either(makes)
