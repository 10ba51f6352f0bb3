"""Reads sentences back: whether a text says what it has to, and nothing that it may not.

A text has to hold, for each thing that is needed, words of its own; whatever then is left has to
be words that say nothing. Any other, be it "not", "unless", "any" or the name of another thing,
could change what is said, so it is refused, and so are many honest sentences: that is the price.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import chain, groupby, islice, pairwise, product
from typing import NamedTuple, TypeAlias

from writ_gym.database import JSON

MOST_WAYS = 64
"""Ways to share sentences out among names that are looked at."""

_SENTENCES = re.compile(r"(?<=[.!?])\s+")
_NUMBER = re.compile(r"#?\w*\d[\w.,]*")
_WORD = re.compile(r"\w+(?:'(?!s\b)\w+)*")
_SIGN = re.compile(r"""[^\w\s.,;:!?()'"“”–—-]""")
_CLAUSE = re.compile(r"[,.;:!?]|\b(?:and|that|whose|which)\b")
_GAP = r"[\s,.;:]*"
_TURN = re.compile(r"\b(?:used to|as well)\b")
"""Words that say nothing one by one, and something together."""
_NEGATED = re.compile(
    r"\b(?:not|no|without|except|neither|nor|never|lack|lacks|lacking|excluding|excludes|cannot"
    r"|\w+n't|(?:other than|anything but|all but)(?=\s*$))(?!\S)"
)
_REACH = 5
"""Words over which a negation reaches."""

_WRONG = (
    "if i am wrong", "if i'm wrong", "if i am mistaken", "if i'm mistaken", "should i be wrong",
    "should i be mistaken", "in case i am wrong", "in case i'm wrong", "should that be wrong",
    "if that is wrong", "if that's wrong", "if that is not so", "if that's not so",
    "if that is not the case", "if that's not the case", "if it is not so", "if that is not true",
    "if that's not true", "should that not be so", "should that not be the case",
)  # fmt: skip
_NOTHING = (
    "leave everything as it is", "leave all as it is", "leave it as it is", "leave things alone",
    "leave everything alone", "leave it alone", "leave it be", "leave it", "let it be",
    "do nothing", "change nothing", "touch nothing", "nothing is to be done",
    "nothing should be changed", "nothing should be done", "forget about it", "forget it",
    "do not go on", "don't go on", "do not proceed", "don't proceed", "do not go ahead",
    "don't go ahead", "do not do it", "don't do it", "do not do that", "don't do that",
    "do not do anything", "don't do anything", "do not change anything", "don't change anything",
    "do not touch anything", "don't touch anything",
)  # fmt: skip
_SOFTLY = r"(?:[,;]? (?:there|about (?:that|this|it)))?[,;]?(?: then)?(?: (?:please|just))?"


def any_of(words: Iterable[str]) -> str:
    """Return a regular expression of one of some words, the longest first."""
    return f"(?:{'|'.join(map(re.escape, sorted(words, key=len, reverse=True)))})"


NOTHING = any_of(_NOTHING)
"""Says that nothing is to be done, as a regular expression."""
OR_ELSE_NOTHING = re.compile(
    rf"(?<!\w)(?:otherwise|if not|or else),? (?:please |just )?{NOTHING}(?!\w)"
)
"""Says what is to be if a condition does not hold."""
IF_WRONG = re.compile(
    rf"(?<!\w)(?:{any_of(_WRONG)}{_SOFTLY} {NOTHING}|{NOTHING},? {any_of(_WRONG)})(?!\w)"
)
"""Says that nothing is to be if the user is wrong."""
ONLY_IF = re.compile(
    r"(?<!\w)(?:but )?(?:(?:do (?:it|that|this) )?only (?:(?:do|want) (?:it|that|this) )?"
    r"(?:if|when|in case|on (?:the )?condition that)"
    rf"|{NOTHING} unless|on (?:one|the) condition(?:, namely,?)? that|one condition:"
    r"|(?:the|my) condition(?: for (?:this|that|it))? is that|(?:this|that) is for the case that"
    r"|first (?:make sure|check) that|(?:make sure|check) first that"
    r"|(?:it|everything|this|that) depends on (?:this:|whether)"
    r"|(if)(?= ).*,? (do it[;,] if not, do nothing)"
    rf"|(if it is not the case that)\b.*,? ((?:please )?{NOTHING})"
    r"|((?:check|see) (?:first )?(?:whether|if))\b.*[;,] (only then do i want it done))(?!\w)"
)
"""Says that something is to be done only if something holds."""

Span: TypeAlias = tuple[int, int]
"""Where something stands in a text: first character, and the one behind the last."""


@dataclass(frozen=True)
class Need:
    """What a sentence has to hold: one of some words, or what a regular expression finds."""

    words: tuple[str, ...] | re.Pattern[str]
    """An expression with groups stands for what these find, and not for what is between them."""
    negated: bool | None = None
    """Whether a negation has to stand before it, or may not; None if it does not matter, as no
    other word may either."""
    shared: bool = False
    """Whether the words may be part of what is said for something else."""
    meant: str = "what it should"
    """What an expression stands for."""

    def __post_init__(self) -> None:
        if isinstance(self.words, tuple) and not (self.words and all(self.words)):
            raise ValueError(f"A need is one of some words, none of them empty: {self.words}.")

    @property
    def shown(self) -> str:
        """What is said to be missing."""
        if isinstance(self.words, re.Pattern):
            return self.meant
        return f"{'not ' if self.negated else ''}{self.words[0]!r}"


def _together(phrases: Iterable[str | re.Pattern[str]]) -> Iterator[str]:
    """Yield expressions of phrases, for a text in which something was blanked out.

    Texts that follow one another are one expression, which a letter that begins none is soon past.
    """
    for is_text, several in groupby(phrases, lambda phrase: isinstance(phrase, str)):
        if is_text:
            yield rf"(?<!\w)(?:{'|'.join(map(_spaced, map(str, several)))})(?!\w)"
        else:
            yield from (phrase.pattern for phrase in several if isinstance(phrase, re.Pattern))


def _spaced(phrase: str) -> str:
    """Return a phrase as an expression for a text in which something was blanked out."""
    parts = (r"\s+".join(map(re.escape, part.split())) for part in phrase.split("..."))
    return _GAP.join(parts)


@dataclass(frozen=True)
class Idle:
    """What a sentence may hold besides: words and phrases that change nothing of what it says.

    They are none of the words that could: no negation, condition, alternative, comparison,
    exception or quantity is among them but as a part of a whole phrase.
    """

    words: frozenset[str]
    phrases: re.Pattern[str] | None = None

    def also(self, words: str = "", *phrases: str | re.Pattern[str]) -> "Idle":
        """Return more: words with spaces between, and phrases; "..." stands for what was needed."""
        found = [*_together(phrases), *([self.phrases.pattern] if self.phrases else ())]
        return Idle(
            self.words | frozenset(words.split()), re.compile("|".join(found)) if found else None
        )

    def without(self, words: str) -> "Idle":
        """Return less: some words mean something after all."""
        return Idle(self.words - frozenset(words.split()), self.phrases)


IDLE = Idle(
    frozenset(
        "a an the this that these it its i i'd i'm i'll i've me my mine we we'd we'll our us "
        "you you're your yours we're is are be been am has have having to of for with in on at by "
        "as and so here there what which who s well just now then please kindly thanks thank "
        "okay ok yeah hello hi hey sorry would like love want wish need prefer could can will "
        "shall may should mean meant refer referring talking speaking say see know let make "
        "made take give get go going do about regarding concerning concerns concern concerned "
        "question case thing one think best better decided decision choose chosen choice "
        "preference plan idea glad happy hope hoping suits suit look looking find help ask asking "
        "writing calling tell told curious thinking does interested interests appreciate simply "
        "namely precise exact".split()
    )
).also(
    "",
    "if possible", "if you can", "if you could", "if you please", "if you let me",
    "if you would", "if you do not mind", "if you don't mind", "if that is all right",
    "in case you need it", "so kind as to", "you maybe", "to be honest", "in mind",
    "made up my mind", "in question", "as far as i know", "you see", "is there a way to",
)  # fmt: skip
"""What may stand in sentences of any slot."""


@dataclass(frozen=True)
class Reader:
    """Reads texts of a domain."""

    names: Collection[str] = ()
    """Names of several words, such as a status: a word is not found where it begins one."""

    def wrong(self, text: str, needs: Iterable[Need], idle: Idle = IDLE) -> str | None:
        """Say what is wrong with a text; None if it says just what it has to.

        Args:
            text: The text.
            needs: What it has to say.
            idle: What it may say besides.
        """
        said = " ".join(text.lower().replace("’", "'").split())
        ordered = sorted(needs, key=_length, reverse=True)
        found = [list(self._spans(said, need)) for need in ordered]
        for need, ways in zip(ordered, found, strict=True):
            if not ways:
                return f"it does not say {need.shown}"
        taken = _apart([ways for n, ways in zip(ordered, found, strict=True) if not n.shared])
        if taken is None:
            return "it says one thing where it has to say two"
        shared = [ways for n, ways in zip(ordered, found, strict=True) if n.shared]
        letters = list(said)
        for way in (*taken, *chain.from_iterable(shared)):
            for start, end in (*way.own, *way.negation):
                letters[start:end] = " " * (end - start)
        return _strange("".join(letters), idle)

    def _spans(self, said: str, need: Need) -> Iterator["_Way"]:
        """Yield where one of the words stands, the longest first."""
        if isinstance(need.words, re.Pattern):
            for match in need.words.finditer(said):
                groups = [match.span(n) for n in range(1, len(match.groups()) + 1) if match[n]]
                yield _Way(tuple(groups) or (match.span(),))
            return
        for word in _longest_first(need.words):
            if word in said:
                for start, end in self._places(said, word):
                    negation = () if need.negated is None else _negation(said[:start])
                    if need.negated is None or need.negated == bool(negation):
                        yield _Way(((start, end),), negation)

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


class _Way(NamedTuple):
    """Where a text says what it has to."""

    own: tuple[Span, ...]
    negation: tuple[Span, ...] = ()
    """Where it is negated; one negation may be that of several things."""


def _length(need: Need) -> int:
    """Return how long the words of a need are; expressions come first."""
    return len(_longest_first(need.words)[0]) if isinstance(need.words, tuple) else 1000


def _strange(rest: str, idle: Idle) -> str | None:
    """Say what a text holds that it may not, what it has to say left out."""
    words, turn = _WORD.findall(rest), _TURN.search(rest)
    if idle.phrases and (turn or not idle.words.issuperset(words)):
        rest = idle.phrases.sub(" ", rest)
        words, turn = _WORD.findall(rest), _TURN.search(rest)
    strange = next((word for word in words if word not in idle.words), None)
    if strange and any(map(str.isdigit, strange)) and (number := _NUMBER.search(rest)):
        return f"it says {number[0]!r}"
    if strange:
        return f"it says {strange!r}"
    match = turn or _SIGN.search(rest)
    return f"it says {match[0]!r}" if match else None


Part: TypeAlias = Callable[[JSON, Mapping[str, JSON]], Iterator[Need]]
"""Yields what a sentence has to hold for one field of a reference: (its value, the reference)."""


def literally(word: str, negated: bool | None = None) -> Need:
    """Return the need of just a word."""
    return Need((word,), negated)


def ranked(words: Iterable[str], ranks: Mapping[int, Sequence[str]], rank: int) -> Need:
    """Return the need of a superlative with its rank: "second most expensive"."""
    if rank == 1:
        return Need(tuple(words))
    return Need(
        tuple(f"{place}{by}{word}" for word in words for place in ranks[rank] for by in " -")
    )


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


def sentences_of(text: str) -> list[str]:
    """Return the sentences of a text."""
    return _SENTENCES.split(text.strip())


def shared_out(text: str, names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Yield ways to share a text out among names: the part that is about each, in their order.

    What is about a name stands in its sentence, or from it to the next name, or before it.
    """
    places = [match.start() for name in names for match in _whole(name).finditer(text)]
    sentences = sentences_of(text)
    own = [[s for s in sentences if _whole(name).search(s)] for name in names]
    if len(sentences) > len(names):  # some sentence would be about none
        own = [[]]
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


def _apart(ways: Sequence[Sequence[_Way]], taken: tuple[_Way, ...] = ()) -> Sequence[_Way] | None:
    """Return a way of each that do not overlap, the first ones if possible; None if none do."""
    if not ways:
        return taken
    for way in ways[0]:
        if not any(_overlap(way.own, other.own) for other in taken):
            found = _apart(ways[1:], (*taken, way))
            if found is not None:
                return found
    return None


def _overlap(spans: Sequence[Span], others: Sequence[Span]) -> bool:
    return any(start < last and first < end for start, end in spans for first, last in others)


def amounts(value: float) -> tuple[str, ...]:
    """Return how an amount can be written."""
    shapes: tuple[str, ...] = (f"${value:,.2f}", f"${value:.2f}", f"{value:,.2f}", f"{value:.2f}")
    if float(value).is_integer():
        shapes += (f"${value:,.0f}", f"${value:.0f}", f"{value:,.0f}", f"{value:.0f}")
    return tuple(dict.fromkeys(shapes))


def _negation(before: str) -> tuple[Span, ...]:
    """Return where what stands before a word, in its clause, negates it: the last such word."""
    found: tuple[Span, ...] = ()
    for match in _NEGATED.finditer(before):
        behind = before[match.end() :]
        if not _CLAUSE.search(behind) and behind.count(" ") <= _REACH:
            found = (match.span(),)
    return found
