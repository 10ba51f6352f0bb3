"""A small phrase grammar: rules of templates, drawn from by a seeded generator, and read back.

A template holds ``{values}``, ``<rules>`` and ``[optional parts]``; one that begins with a
register in brackets, such as ``(formal)``, is used in that register only. Each template of a
sentence belongs to one split, so no sentence pattern is shared between splits; fragments, the
rules that sentences are put together from, belong to all.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, product
from typing import Literal, Protocol, TypeAlias, get_args

import numpy as np

from writ_gym.tasks import SPLITS, Split

Register: TypeAlias = Literal["plain", "formal", "casual", "terse"]
REGISTERS: tuple[Register, ...] = get_args(Register)
FEWEST = 4
"""Templates of a sentence that each split has at least, in every register."""
HELD_OUT = 4
"""Templates of a sentence that belong to test, the last ones; as many before them belong to
validation."""
MANNERS: Mapping[str, Sequence[str]] = {
    "want": (
        "I want", "I would like", "(formal) I wish to have", "(formal) I should like to have",
        "(casual) I'd like", "(terse) need",
    ),
    "want_to": (
        "I want to", "I would like to", "(formal) I wish to", "(formal) I should like to",
        "(casual) I'd like to", "(casual) I wanna", "(terse) need to",
    ),
    "could_you": (
        "could you", "can you", "would you", "(formal) could you kindly",
        "(formal) would you be so kind as to", "(casual) can you just", "(casual) could you maybe",
    ),
    "please": ("please", "(formal) kindly", "(casual) just"),
    "need": ("I need", "I want", "I would like", "(casual) I could use", "(formal) I require"),
    "there_is": ("there is", "I have"),
    "i_have": ("I have", "I have got", "(formal) I should like to raise"),
    "is_it_possible": ("is it possible", "would it be possible", "is there a way",
                       "(casual) any chance"),
    "tell": ("tell me", "let me know"),
    "something": ("something special", "something unusual", "something a bit different",
                  "something out of the usual", "(formal) a particular matter"),
    "know": ("know", "learn", "hear"),
    "look_up": ("look up", "check", "(formal) verify", "(casual) have a look at"),
}  # fmt: skip
"""Fragments that every grammar has: what users of each register say in the same place."""

CONDITIONS = (
    "But do that only if {figure} {test}.",
    "One condition: {figure} {test}.",
    "Do nothing unless {figure} {test}.",
    "Please go on with it only if {figure} {test}.",
    "(formal) This is to be done only on the condition that {figure} {test}.",
    "(terse) Only if {figure} {test}.",
    "(casual) Only do it if {figure} {test}, okay?",
    "I want this only if {figure} {test}; otherwise leave everything as it is.",
    "If {figure} {test}, do it; if not, do nothing.",
    "Check first whether {figure} {test}; only then do I want it done.",
    "Go ahead only in case {figure} {test}.",
    "Everything depends on whether {figure} {test}; if not, leave it.",
    "The condition for this is that {figure} {test}.",
    "Only when {figure} {test} should you do it.",
    "If it is not the case that {figure} {test}, please leave everything alone.",
    "Do it on one condition, namely that {figure} {test}.",
)
"""How it is said that a request depends on a ``{figure}`` that keeps a ``{test}``."""

CLAIMS = (
    "I think that {claim}; if I am wrong there, leave everything as it is.",
    "As far as I know, {claim}. If I am wrong about that, do nothing.",
    "If I remember correctly, {claim}; if that is not so, do not go on.",
    "I am fairly sure that {claim}. Should that be wrong, please leave everything alone.",
    "(formal) It is my understanding that {claim}; if that is not so, nothing is to be done.",
    "(terse) I think {claim}; if I am wrong, do nothing.",
    "(casual) Pretty sure {claim}; if I am wrong there, just leave it, okay?",
    "This is on the understanding that {claim}; if I am wrong, leave it.",
    "I believe that {claim}, and if I am wrong about that, nothing should be changed.",
    "I take it that {claim}; if that is not so, please leave it alone.",
    "To my knowledge {claim}. If that is not so, forget about it.",
    "From what I recall, {claim}; please do nothing if I am wrong about that.",
    "I assume that {claim}; do not touch anything if I am wrong there.",
    "My impression is that {claim}. If that is not so, please change nothing.",
    "I would say that {claim}; if I am wrong there, let it be.",
    "I suppose that {claim}. In case I am wrong, please do not do it.",
)
"""How it is said that a request depends on a ``{claim}`` of the user's, which may be wrong."""

OUTSIDE_REQUESTS = (
    "I am calling about <something>.",
    "<there_is> <something> that I need you to arrange.",
    "<i_have> a request of another kind.",
    "(casual) Got <something> for you.",
    "(formal) I have a matter that I hope you can assist with.",
    "(terse) Special request.",
    "<could_you> take care of <something> for me?",
    "I need help with <something> that I cannot do on your site.",
    "I did not find this anywhere on your pages, so I am asking you.",
    "I hope that you can do something for me.",
    "There is one thing that I could not do myself online.",
    "I was told that you might be able to help me with something unusual.",
    "<want_to> ask for something out of the ordinary.",
    "I have a wish that does not fit anywhere else.",
    "<could_you> help me with an unusual matter?",
    "<want> your help with something rather special.",
    "My concern is not one of the usual ones.",
    "Nothing on your pages covers what I need, so I turn to you.",
)
"""How users of any business open a request for what its agent cannot do; facts say what it is."""

MATTERS = (
    "I would like to have {matter}.", "I want {matter}.", "What I need is to have {matter}.",
    "It is important to me to get {matter}.", "(terse) I need {matter}.",
    "(casual) Can you get {matter}?", "(formal) I would appreciate having {matter}.",
    "Please see to it that I get {matter}.", "I am asking to have {matter}.",
    "My wish is to have {matter}.",
    "I hope to have {matter}.", "It would help me to have {matter}.",
    "I am looking to have {matter}.", "My request is to have {matter}.",
    "What I hope for is to have {matter}.", "Is there a way to have {matter}?",
)  # fmt: skip
"""How it is said what that is, the ``{matter}``."""

Values: TypeAlias = Mapping[str, str]
Draw: TypeAlias = Callable[[], float]
Read: TypeAlias = Callable[[str, str, int], Iterable[int]]
"""Gives where a value can end: (its name, a text, where it begins in it)."""

_TOKEN = re.compile(r"\{(\w+)\}|<(\w+)>|\[([^\]]*)\]|([^{<\[]+)")
_MARK = re.compile(r"^\((\w+)\) ?")


@dataclass(frozen=True, slots=True)
class Style:
    """How a user talks, and for which split."""

    register: Register = "plain"
    split: Split = "train"


class _Part(Protocol):
    """A part of a template."""

    def say(self, draw: Draw, values: Values) -> str:
        """Return what is said."""

    def ends(self, text: str, start: int, read: Read) -> Iterable[int]:
        """Return where the part can end in a text if it begins there."""

    def all(self) -> Iterable[str]:
        """Return all that can be said."""


@dataclass(frozen=True, slots=True)
class _Literal:
    words: str

    def say(self, draw: Draw, values: Values) -> str:
        return self.words

    def ends(self, text: str, start: int, read: Read) -> Iterable[int]:
        return (start + len(self.words),) if text.startswith(self.words, start) else ()

    def all(self) -> Iterable[str]:
        return (self.words,)


@dataclass(frozen=True, slots=True)
class _Value:
    name: str

    def say(self, draw: Draw, values: Values) -> str:
        return values[self.name]

    def ends(self, text: str, start: int, read: Read) -> Iterable[int]:
        return read(self.name, text, start)

    def all(self) -> Iterable[str]:
        return (f"{{{self.name}}}",)


@dataclass(frozen=True, slots=True)
class _Template:
    parts: tuple[_Part, ...]
    begin: str = ""
    """The words that it begins with in any case."""

    def say(self, draw: Draw, values: Values) -> str:
        return "".join([part.say(draw, values) for part in self.parts])

    def ends(self, text: str, start: int, read: Read) -> Iterable[int]:
        return self._ends(text, start, read, 0)

    def rest(self, text: str, start: int, read: Read) -> Iterable[int]:
        """Return where what follows ``begin`` can end in a text."""
        return self._ends(text, start, read, 1 if self.begin else 0)

    def _ends(self, text: str, start: int, read: Read, first: int) -> Iterable[int]:
        found: Iterable[int] = (start,)
        for part in self.parts[first:]:
            found = [end for place in found for end in part.ends(text, place, read)]
            if not found:
                break
        return found

    def all(self) -> Iterable[str]:
        return map("".join, product(*(part.all() for part in self.parts)))


@dataclass(frozen=True, slots=True)
class _Optional:
    inner: _Template

    def say(self, draw: Draw, values: Values) -> str:
        return self.inner.say(draw, values) if draw() < 0.5 else ""

    def ends(self, text: str, start: int, read: Read) -> Iterator[int]:
        yield start
        yield from self.inner.ends(text, start, read)

    def all(self) -> Iterable[str]:
        return ("", *self.inner.all())


@dataclass(frozen=True, slots=True)
class _Options:
    """One of some templates; filled once the rules that they name are known."""

    templates: list[_Template]

    def say(self, draw: Draw, values: Values) -> str:
        return self.templates[int(draw() * len(self.templates))].say(draw, values)

    def ends(self, text: str, start: int, read: Read) -> Iterator[int]:
        for template in self.templates:
            if text.startswith(template.begin, start):
                yield from template.rest(text, start + len(template.begin), read)

    def all(self) -> Iterable[str]:
        return (text for template in self.templates for text in template.all())


class Grammar:
    """Rules that are checked and compiled when they are given."""

    def __init__(
        self, sentences: Mapping[str, Sequence[str]], fragments: Mapping[str, Sequence[str]]
    ) -> None:
        """Compile rules.

        Args:
            sentences: Rules whose templates are shared out among the splits.
            fragments: Rules for parts of sentences, besides those of ``MANNERS``.

        Raises:
            ValueError: A rule is unknown, says something twice, or has too few templates; names it.
        """
        fragments = {**MANNERS, **fragments}
        self._fragments = {(rule, r): _Options([]) for rule in fragments for r in REGISTERS}
        self._rules: dict[tuple[str, Split, Register], _Options] = {}
        self._spoken: dict[tuple[str, Split], _Options] = {}
        for rule, templates in fragments.items():
            for register in REGISTERS:
                found = self._of_register(rule, templates, register)
                if not found:
                    raise ValueError(f"The rule {rule!r} has no template for {register!r}.")
                self._fragments[rule, register].templates.extend(found)
        for rule, templates in sentences.items():
            if len(set(map(str.casefold, templates))) < len(templates):
                raise ValueError(f"The rule {rule!r} has a template twice.")
            for split, shared in _shared_out(templates).items():
                for register in REGISTERS:
                    found = self._of_register(rule, shared, register)
                    if len(found) < FEWEST:
                        raise ValueError(
                            f"The rule {rule!r} has {len(found)} templates for {register!r} in "
                            f"{split}, and needs at least {FEWEST}: add some that are not marked."
                        )
                    self._rules[rule, split, register] = _Options(found)
                of_all = [self._rules[rule, split, each].templates for each in REGISTERS]
                self._spoken[rule, split] = _Options(_without_twins(chain.from_iterable(of_all)))

    def _of_register(
        self, rule: str, templates: Sequence[str], register: Register
    ) -> list[_Template]:
        chosen = []
        for template in templates:
            mark = _MARK.match(template)
            if mark and mark[1] not in REGISTERS:
                raise ValueError(f"The rule {rule!r} names the unknown register {mark[1]!r}.")
            if not mark or mark[1] == register:
                chosen.append(self._compile(template[mark.end() :] if mark else template, register))
        return chosen

    def _compile(self, template: str, register: Register) -> _Template:
        matches = _TOKEN.finditer(template)
        parts = tuple(self._part(register, *match.groups()) for match in matches)
        first = parts[0] if parts else None
        return _Template(parts, first.words if isinstance(first, _Literal) else "")

    def _part(
        self,
        register: Register,
        value: str | None,
        rule: str | None,
        optional: str | None,
        literal: str | None,
    ) -> _Part:
        if value is not None:
            return _Value(value)
        if rule is not None:
            if (rule, register) not in self._fragments:
                raise ValueError(f"There is no rule {rule!r}.")
            return self._fragments[rule, register]
        if optional is not None:
            return _Optional(self._compile(optional, register))
        return _Literal(literal or "")

    def say(self, rule: str, rng: np.random.Generator, style: Style, **values: str) -> str:
        """Return a sentence.

        Raises:
            KeyError: There is no such rule, or a value is missing.
        """
        text = self._rules[rule, style.split, style.register].say(rng.random, values)
        return _begun(text)

    def phrase(self, rule: str, rng: np.random.Generator, **values: str) -> str:
        """Return a fragment."""
        return self._fragments[rule, "plain"].say(rng.random, values)

    def reads(self, rule: str, text: str, split: Split) -> bool:
        """Say whether a text is one that a rule can say in a split, whatever register and values.

        Raises:
            KeyError: There is no such rule.
        """
        return len(text) in self.ends_of(rule, split, text, 0, _anywhere)

    def sayings(self, rule: str, split: Split) -> frozenset[str]:
        """Return all that a rule can say in a split, with the names of values in braces.

        Raises:
            KeyError: There is no such rule.
        """
        return frozenset(map(_begun, self._spoken[rule, split].all()))

    def ends_of(self, rule: str, split: Split, text: str, start: int, read: Read) -> Iterator[int]:
        """Yield where what a rule can say in a split, in whatever register, can end in a text.

        Args:
            rule: The rule.
            split: The split.
            text: The text.
            start: Where it begins to be said.
            read: What reads the rule's values.

        Raises:
            KeyError: There is no such rule.
        """
        told = text[start:]
        for said in dict.fromkeys((told, told[:1].lower() + told[1:])):
            for end in self._spoken[rule, split].ends(said, 0, read):
                if _begun(said[:end]) == told[:end]:
                    yield start + end

    def ends_of_phrase(self, rule: str, text: str, start: int, read: Read) -> Iterable[int]:
        """Return where a fragment can end in a text that begins at a place."""
        return self._fragments[rule, "plain"].ends(text, start, read)


def _begun(text: str) -> str:
    """Return a sentence with a capital, unless it begins with an id or address, which has none."""
    first = text.partition(" ")[0]
    return text if "_" in first or "@" in first else text[:1].upper() + text[1:]


def _anywhere(name: str, text: str, start: int) -> Iterable[int]:
    """Return where a value can end that may be anything."""
    return range(start + 1, len(text) + 1)


def _without_twins(templates: Iterable[_Template]) -> list[_Template]:
    """Return templates, those left out that say what one before says: fragments make a difference.

    Most templates are the same in every register.
    """
    return list({repr(template): template for template in templates}.values())


def _shared_out(templates: Sequence[str]) -> dict[Split, Sequence[str]]:
    """Return the templates of each split: the last ones are held out."""
    count = len(templates)
    edges = 0, max(0, count - 2 * HELD_OUT), max(0, count - HELD_OUT), count
    return {split: templates[edges[n] : edges[n + 1]] for n, split in enumerate(SPLITS)}


def joined(words: Sequence[str], last: str = "and") -> str:
    """Return words as an enumeration: "a", "a and b", "a, b and c"."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"
