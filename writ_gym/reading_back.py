"""Reads sentences back: whether a text says what it has to, and nothing that it may not.

A text has to hold, for each thing that is needed, words of its own; whatever then is left may
hold no number, and none of the words that would stand for something else.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

_NUMBER = re.compile(r"#?\w*\d[\w.,]*")
_CLAUSE = re.compile(r"[,.;:!?]|\b(?:and|that|whose|which)\b")
_NEGATORS = frozenset(
    "not no without except neither nor never lack lacks lacking excluding excludes cannot".split()
)
_REACH = 5
"""Words over which a negation reaches."""


@dataclass(frozen=True)
class Need:
    """What a sentence has to hold: one of some words."""

    words: tuple[str, ...]
    negated: bool | None = None
    """Whether a negation has to stand before it, or may not; None if it does not matter."""
    shared: bool = False
    """Whether the words may be part of what is said for something else."""


@dataclass(frozen=True)
class Reader:
    """Reads texts of a domain."""

    names: Collection[str] = ()
    """Names of several words, such as a status: a word is not found where it begins one."""

    def wrong(self, text: str, needs: Iterable[Need], foreign: Iterable[str]) -> str | None:
        """Say what is wrong with a text; None if it says just what it has to.

        Args:
            text: The text.
            needs: What it has to say.
            foreign: Words that would say something else, unless they are shared needs.
        """
        said = " ".join(text.lower().split())
        ordered = sorted(needs, key=lambda need: -max(map(len, need.words)))
        taken: list[tuple[int, int]] = []
        for need in ordered:
            span = self._find(said, need, [] if need.shared else taken)
            if span is None:
                return f"it does not say {'not ' if need.negated else ''}{need.words[0]!r}"
            if not need.shared:
                taken.append(span)
        letters = list(said)
        for start, end in taken:
            letters[start:end] = " " * (end - start)
        rest = "".join(letters)
        if match := _NUMBER.search(rest):
            return f"it says {match[0]!r}"
        stated = {word.lower() for need in ordered for word in need.words if need.shared}
        for word in foreign:
            lowered = word.lower()
            if lowered in rest and lowered not in stated and self._pattern(lowered).search(rest):
                return f"it says {word!r}"
        return None

    def _find(
        self, said: str, need: Need, taken: Sequence[tuple[int, int]]
    ) -> tuple[int, int] | None:
        """Return where one of the words stands that is not taken for something else yet."""
        for word in sorted(need.words, key=len, reverse=True):
            lowered = word.lower()
            if lowered not in said:
                continue
            for match in self._pattern(lowered).finditer(said):
                start, end = match.span()
                free = all(end <= first or last <= start for first, last in taken)
                if free and need.negated in (None, _is_negated(said[:start])):
                    return start, end
        return None

    @cached_property
    def _patterns(self) -> dict[str, re.Pattern[str]]:
        return {}

    def _pattern(self, word: str) -> re.Pattern[str]:
        """Return what finds a word, but not as a part of a longer word, name or number."""
        if word not in self._patterns:
            known = (name.lower() for name in self.names)
            longer = [name.removeprefix(word) for name in known if name.startswith(f"{word} ")]
            other = "".join(rf"(?!{re.escape(rest)})" for rest in longer)
            self._patterns[word] = re.compile(
                rf"(?<![\w.#]){re.escape(word)}(?!\w)(?![.,]\d){other}"
            )
        return self._patterns[word]


def amounts(value: float) -> tuple[str, ...]:
    """Return how an amount can be written."""
    shapes: tuple[str, ...] = (f"${value:,.2f}", f"${value:.2f}", f"{value:,.2f}", f"{value:.2f}")
    if float(value).is_integer():
        shapes += (f"${value:,.0f}", f"${value:.0f}", f"{value:,.0f}", f"{value:.0f}")
    return tuple(dict.fromkeys(shapes))


def _is_negated(before: str) -> bool:
    """Say whether what stands before a word, in its clause, negates it."""
    clause = _CLAUSE.split(before)[-1]
    words = clause.split()[-_REACH:]
    return any(
        word in _NEGATORS or word.endswith("n't") for word in words
    ) or clause.rstrip().endswith(("other than", "anything but", "all but"))
