"""Patterns in any case, found in a tenth of the time that ``re.IGNORECASE`` takes."""

import re
from collections.abc import Callable, Iterator
from typing import TypeAlias

from writ_gym.understanding.literals import literals_of

_UPPER = re.compile(r"\\.|\(\?P[<=]\w+|(?P<upper>[A-Z])")


class AnyCase:
    """A pattern in lower case that is found in a text of any case.

    Where letters may be of either case, an expression cannot skip the alternatives that begin with
    another letter than the text has. So it is searched for in the text in lower case, if that is
    plain ASCII, of which every letter keeps its place; a match is then one in that text.
    """

    __slots__ = ("_literals", "_lower", "_other", "_pattern")

    def __init__(self, pattern: str) -> None:
        """Compile a pattern.

        Raises:
            ValueError: It has a letter in upper case, which would never be found.
        """
        if any(match["upper"] for match in _UPPER.finditer(pattern)):
            raise ValueError(f"A pattern in any case is written in lower case: {pattern!r}.")
        self._pattern = pattern
        self._lower = re.compile(pattern)
        self._other: re.Pattern[str] | None = None
        self._literals = literals_of(pattern)

    def __reduce__(self) -> tuple[type["AnyCase"], tuple[str]]:
        return AnyCase, (self._pattern,)

    def search(self, text: str) -> re.Match[str] | None:
        """Return the first match."""
        if not text.isascii():
            return self._of_any_script.search(text)
        text = text.lower()
        return self._lower.search(text) if self._may_be_in(text) else None

    def match(self, text: str) -> re.Match[str] | None:
        """Return the match at the beginning."""
        return (
            self._lower.match(text.lower()) if text.isascii() else self._of_any_script.match(text)
        )

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """Return the matches in order."""
        if not text.isascii():
            return self._of_any_script.finditer(text)
        text = text.lower()
        return self._lower.finditer(text) if self._may_be_in(text) else iter(())

    def _may_be_in(self, lowered: str) -> bool:
        """Say whether a text has what the pattern cannot do without, in a tenth of a search."""
        for literal in self._literals:
            if literal in lowered:
                return True
        return not self._literals

    @property
    def _of_any_script(self) -> re.Pattern[str]:
        if self._other is None:
            self._other = re.compile(self._pattern, re.I)
        return self._other

    def split(self, text: str) -> Iterator[str]:
        """Yield the parts of a text, as it is written, before, between and behind the matches."""
        last = 0
        for match in self.finditer(text):
            yield text[last : match.start()]
            last = match.end()
        yield text[last:]

    def subn(self, new: str | Callable[[re.Match[str]], str], text: str) -> tuple[str, int]:
        """Return what ``sub`` does, and how many matches there are."""
        return self._of_any_script.subn(new, text) if self.search(text) else (text, 0)

    def sub(self, new: str | Callable[[re.Match[str]], str], text: str) -> str:
        """Return the text, as it is written, with ``new`` in the place of each match.

        Args:
            new: A text, or what makes one of a match in the text as it is written.
            text: The text.
        """
        return self.subn(new, text)[0]


Words: TypeAlias = re.Pattern[str] | AnyCase
"""A pattern whose case matters, or one in any case."""
