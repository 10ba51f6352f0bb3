"""Reads sentences back: whether a text says what it has to, and nothing that it may not.

A text has to hold, for each thing that is needed, words of its own; whatever then is left may
hold no number, and none of the words that would stand for something else.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice, pairwise, product
from typing import TypeAlias

from writ_gym.database import JSON

MOST_WAYS = 64
"""Ways to share sentences out among names that are looked at."""

_SENTENCES = re.compile(r"(?<=[.!?])\s+")
_NUMBER = re.compile(r"#?\w*\d[\w.,]*")
_WORD = re.compile(r"\w+")
_CLAUSE = re.compile(r"[,.;:!?]|\b(?:and|that|whose|which)\b")
_NEGATORS = frozenset(
    "not no without except neither nor never lack lacks lacking excluding excludes cannot".split()
)
_REACH = 5
"""Words over which a negation reaches."""

IF_WRONG = (
    "i am wrong",
    "i'm wrong",
    "that is not so",
    "that's not so",
    "that is wrong",
    "be wrong",
    "i am mistaken",
    "i'm mistaken",
)
"""Words that say what is to be if the user is wrong."""

Span: TypeAlias = tuple[int, int]
"""Where something stands in a text: first character, and the one behind the last."""


@dataclass(frozen=True)
class Need:
    """What a sentence has to hold: one of some words."""

    words: tuple[str, ...]
    negated: bool | None = None
    """Whether a negation has to stand before it, or may not; None if it does not matter."""
    shared: bool = False
    """Whether the words may be part of what is said for something else."""

    def __post_init__(self) -> None:
        if not self.words or not all(self.words):
            raise ValueError(f"A need is one of some words, none of them empty: {self.words}.")


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
        ordered = sorted(needs, key=lambda need: -len(_longest_first(need.words)[0]))
        found = [list(self._spans(said, need)) for need in ordered]
        for need, spans in zip(ordered, found, strict=True):
            if not spans:
                return f"it does not say {'not ' if need.negated else ''}{need.words[0]!r}"
        own = [spans for need, spans in zip(ordered, found, strict=True) if not need.shared]
        taken = _apart(own)
        if taken is None:
            return "it says one thing where it has to say two"
        letters = list(said)
        for start, end in taken:
            letters[start:end] = " " * (end - start)
        rest = "".join(letters)
        if match := _NUMBER.search(rest):
            return f"it says {match[0]!r}"
        stated = {word.lower() for need in ordered for word in need.words if need.shared}
        for word, lowered in _beginning_as(tuple(foreign), rest):
            if lowered in rest and lowered not in stated and any(self._places(rest, lowered)):
                return f"it says {word!r}"
        return None

    def _spans(self, said: str, need: Need) -> Iterator[Span]:
        """Yield where one of the words stands, the longest first."""
        for word in _longest_first(need.words):
            if word in said:
                for start, end in self._places(said, word):
                    if need.negated is None or need.negated == _is_negated(said[:start]):
                        yield start, end

    def _places(self, said: str, word: str) -> Iterator[Span]:
        """Yield where a word stands, but not as a part of a longer word, name or number."""
        start = said.find(word)
        while start >= 0:
            end = start + len(word)
            before, after = said[max(0, start - 1) : start], said[end : end + 2]
            if not (
                before.isalnum()
                or before in ("_", ".", "#")
                or after[:1].isalnum()
                or after[:1] == "_"
                or (after[:1] in (".", ",") and after[1:].isdigit())
                or (after[:1] == " " and said.startswith(self._longer(word), end))
            ):
                yield start, end
                start = said.find(word, end)
            else:  # the next one may overlap, as in "brand Brand B"
                start = said.find(word, start + 1)

    def _longer(self, word: str) -> tuple[str, ...]:
        """Return what follows a word where it begins a longer name."""
        if word not in self._rests:
            known = (name.lower() for name in self.names)
            self._rests[word] = tuple(
                name.removeprefix(word) for name in known if name.startswith(f"{word} ")
            )
        return self._rests[word]

    @cached_property
    def _rests(self) -> dict[str, tuple[str, ...]]:
        return {}


Part: TypeAlias = Callable[[JSON, Mapping[str, JSON]], Iterator[Need]]
"""Yields what a sentence has to hold for one field of a reference: (its value, the reference)."""


def literally(word: str, negated: bool | None = None) -> Need:
    """Return the need of just a word."""
    return Need((word,), negated)


def saying(words: Callable[[JSON], Sequence[str]]) -> Part:
    """Return the part of a field that is said with one of some words, given its value."""

    def needs(part: JSON, whole: Mapping[str, JSON]) -> Iterator[Need]:
        yield Need(tuple(words(part)))

    return needs


def needs_of(
    value: JSON, parts: Mapping[str, Part], named: Callable[[str], Need] | None = None
) -> Iterator[Need]:
    """Yield what a sentence has to hold for a reference, or for several, field by field.

    Args:
        value: The reference.
        parts: By field, what its value needs; other fields are references in it.
        named: What else such a reference needs for the name of its field.
    """
    if isinstance(value, list | tuple):
        for each in value:
            yield from needs_of(each, parts, named)
    elif isinstance(value, Mapping):
        for key, part in value.items():
            if key in parts:
                yield from parts[key](part, value)
            elif isinstance(part, Mapping):
                if named is not None:
                    yield named(key)
                yield from needs_of(part, parts, named)


@lru_cache(4096)
def _longest_first(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return words in lower case, the longest first."""
    return tuple(word.lower() for word in sorted(words, key=len, reverse=True))


def _beginning_as(words: tuple[str, ...], text: str) -> Iterable[tuple[str, str]]:
    """Return those of many words that can stand in a text, each with itself in lower case.

    They are those that begin as a word of the text does, and those that begin with a sign.
    """
    beginnings = _beginnings(words)
    found = {*_WORD.findall(text), ""} & beginnings.keys()
    if len(found) == 1:
        return beginnings[found.pop()]
    return [each for beginning in sorted(found) for each in beginnings[beginning]]


@lru_cache(1024)
def _beginnings(words: tuple[str, ...]) -> Mapping[str, Sequence[tuple[str, str]]]:
    """Return words, each with itself in lower case, by the letters and digits it begins with."""
    found: dict[str, list[tuple[str, str]]] = {"": []}
    for word in dict.fromkeys(words):
        lowered = word.lower()
        match = _WORD.match(lowered)
        found.setdefault(match[0] if match else "", []).append((word, lowered))
    return found


def shared_out(text: str, names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Yield ways to share a text out among names: the part that is about each, in their order.

    What is about a name stands in its sentence, or from it to the next name, or before it.
    """
    places = [match.start() for name in names for match in _whole(name).finditer(text)]
    sentences = _SENTENCES.split(text)
    own = [[s for s in sentences if _whole(name).search(s)] for name in names]
    for chosen in islice(product(*own), MOST_WAYS):
        if len(set(chosen)) == len(names):
            yield chosen
    if len(places) != len(names):  # a name is missing, or is there for something else as well
        return
    ordered = sorted(places)
    starts = [0, *ordered[1:], len(text)]
    lengths = [len(name) for _, name in sorted(zip(places, names, strict=True))]
    ends = [0, *(p + n for p, n in zip(ordered, lengths, strict=True))]
    ends[-1] = len(text)
    for edges in (starts, ends):
        parts = [text[a:b] for a, b in pairwise(edges)]
        yield tuple(parts[ordered.index(place)] for place in places)


def _whole(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.I)


def _apart(spans: Sequence[Sequence[Span]], taken: tuple[Span, ...] = ()) -> Sequence[Span] | None:
    """Return one span of each that do not overlap, the first ones if possible; None if none do."""
    if not spans:
        return taken
    for start, end in spans[0]:
        if all(end <= first or last <= start for first, last in taken):
            found = _apart(spans[1:], (*taken, (start, end)))
            if found is not None:
                return found
    return None


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
