"""How varied texts are: shares of different texts, of different words and of runs of words.

Figures fall with the length of what is counted, so that only those of equally many texts can be
compared. Texts that differ only in numbers, names or case are made alike by ``mask`` first.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

LONGEST = 4
"""Words of the longest runs that are counted."""

_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*")
_NUMBERS = re.compile(r"\d+(?:[.,]\d+)*")


def mask(text: str, names: Iterable[str] = ()) -> str:
    """Return a text without what tells two of the same template apart.

    Numbers and e-mail addresses are replaced; case and spaces are made one.

    Args:
        text: The text.
        names: What is replaced besides, such as the name of who speaks.

    >>> mask("I am  Ann Lee (ann.lee12@example.com), and paid $1,250.50.", ["Ann", "Lee"])
    'i am @ @ (@), and paid $0.'
    """
    text = _NUMBERS.sub("0", _ADDRESS.sub("@", text))
    # longest first: a name may be part of another one
    for name in sorted({name for name in names if name}, key=lambda name: (-len(name), name)):
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "@", text, flags=re.IGNORECASE)
    return " ".join(text.lower().split())


def runs(text: str, length: int) -> list[str]:
    """Return the runs of so many words of a text; none if it has fewer."""
    words = text.split()
    return [" ".join(words[n : n + length]) for n in range(len(words) - length + 1)]


@dataclass
class Words:
    """The words of texts, counted one text after the other; keeps a few bytes a run of words."""

    limit: int | None = None
    """Texts that are counted at most: the first ones."""
    texts: int = 0
    _seen: dict[int, set[int]] = field(
        default_factory=lambda: {length: set() for length in range(1, LONGEST + 1)}
    )
    """The different runs by their length, as hashes."""
    _count: Counter[int] = field(default_factory=Counter)
    """How many runs of each length there are."""

    def add(self, text: str) -> None:
        """Count the words of a text."""
        if self.texts == self.limit:
            return
        self.texts += 1
        for length, seen in self._seen.items():
            found = runs(text, length)
            seen.update(map(short_hash, found))
            self._count[length] += len(found)

    @property
    def type_token_ratio(self) -> float:
        """The share of different words among all words."""
        return self.distinct(1)

    def distinct(self, length: int) -> float:
        """Return the share of different runs among all runs of a length from 1 to ``LONGEST``.

        Source: distinct-n of Li et al. (2016), "A Diversity-Promoting Objective Function for Neural
        Conversation Models". A run does not reach from one text into the next.
        """
        return share(len(self._seen[length]), self._count[length])


def share(part: int, whole: int) -> float:
    """Return a part of a whole, to four decimals; 0.0 of nothing."""
    return round(part / whole, 4) if whole else 0.0


def short_hash(text: str) -> int:
    """Return a hash of 8 bytes that is the same in every process."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")
