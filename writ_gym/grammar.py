"""A small phrase grammar: rules of templates, drawn from by a seeded generator.

A template holds ``{values}``, ``<rules>`` and ``[optional parts]``; one that begins with a
register in brackets, such as ``(formal)``, is used in that register only. Each template of a
sentence belongs to one split, so no sentence pattern is shared between splits; fragments, the
rules that sentences are put together from, belong to all.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np

from writ_gym.tasks import SPLITS, Split

Register: TypeAlias = Literal["plain", "formal", "casual", "terse"]
REGISTERS: tuple[Register, ...] = get_args(Register)
FEWEST = 6
"""Templates of a sentence rule at least: some for each split."""
HELD_OUT = 8
"""One in so many templates of a sentence belongs to validation, and one to test."""

OUTSIDE_REQUESTS = (
    "I am calling about something special.",
    "There is something that I need you to arrange.",
    "I have a request of another kind.",
    "(casual) Got something a bit unusual for you.",
    "(formal) I have a matter that I hope you can assist with.",
    "(terse) Special request.",
    "Could you take care of something for me?",
    "I need help with something that I cannot do on your site.",
    "I did not find this anywhere on your pages, so I am asking you.",
    "I hope that you can do something for me.",
    "There is one thing that I could not do myself online.",
    "I was told that you might be able to help me with something unusual.",
)
"""How users of any business open a request for what its agent cannot do; facts say what it is."""

Values: TypeAlias = Mapping[str, str]
Draw: TypeAlias = Callable[[], float]
Part: TypeAlias = Callable[[Draw, Values], str]

_TOKEN = re.compile(r"\{(\w+)\}|<(\w+)>|\[([^\]]*)\]|([^{<\[]+)")
_MARK = re.compile(r"^\((\w+)\) ?")


@dataclass(frozen=True, slots=True)
class Style:
    """How a user talks, and for which split."""

    register: Register = "plain"
    split: Split = "train"


class Grammar:
    """Rules that are checked and compiled when they are given."""

    def __init__(
        self, sentences: Mapping[str, Sequence[str]], fragments: Mapping[str, Sequence[str]]
    ) -> None:
        """Compile rules.

        Args:
            sentences: Rules whose templates are shared out among the splits.
            fragments: Rules for parts of sentences.

        Raises:
            ValueError: A rule is unknown or has too few templates; names it.
        """
        self._known = {*sentences, *fragments}
        self._rules: dict[tuple[str, Split, Register], tuple[Part, ...]] = {}
        self._fragments: dict[str, tuple[Part, ...]] = {}
        for rule, templates in fragments.items():
            self._fragments[rule] = tuple(map(self._compile, templates))
        for rule, templates in sentences.items():
            if len(templates) < FEWEST:
                raise ValueError(f"The rule {rule!r} needs at least {FEWEST} templates.")
            for split in SPLITS:
                shared = [t for n, t in enumerate(templates) if _split(n, len(templates)) == split]
                for register in REGISTERS:
                    self._rules[rule, split, register] = self._of_register(rule, shared, register)

    def _of_register(
        self, rule: str, templates: Sequence[str], register: Register
    ) -> tuple[Part, ...]:
        chosen = []
        for template in templates:
            mark = _MARK.match(template)
            if mark and mark[1] not in REGISTERS:
                raise ValueError(f"The rule {rule!r} names the unknown register {mark[1]!r}.")
            if not mark or mark[1] == register:
                chosen.append(self._compile(template[mark.end() :] if mark else template))
        if not chosen:
            raise ValueError(f"The rule {rule!r} has no template for {register!r} in each split.")
        return tuple(chosen)

    def _compile(self, template: str) -> Part:
        parts = [self._part(*match.groups()) for match in _TOKEN.finditer(template)]

        def say(draw: Draw, values: Values) -> str:
            return "".join([part(draw, values) for part in parts])

        return say

    def _part(
        self, value: str | None, rule: str | None, optional: str | None, literal: str | None
    ) -> Part:
        if value is not None:
            return lambda draw, values: values[value]
        if rule is not None:
            if rule not in self._known:
                raise ValueError(f"There is no rule {rule!r}.")
            return lambda draw, values: self._fragment(rule, draw, values)
        if optional is not None:
            inner = self._compile(optional)
            return lambda draw, values: inner(draw, values) if draw() < 0.5 else ""
        return lambda draw, values: literal or ""

    def _fragment(self, rule: str, draw: Draw, values: Values) -> str:
        options = self._fragments[rule]
        return options[int(draw() * len(options))](draw, values)

    def say(self, rule: str, rng: np.random.Generator, style: Style, **values: str) -> str:
        """Return a sentence.

        Raises:
            KeyError: There is no such rule, or a value is missing.
        """
        draw = rng.random
        options = self._rules[rule, style.split, style.register]
        text = options[int(draw() * len(options))](draw, values)
        return text[:1].upper() + text[1:]

    def phrase(self, rule: str, rng: np.random.Generator, **values: str) -> str:
        """Return a fragment."""
        return self._fragment(rule, rng.random, values)


def _split(number: int, count: int) -> Split:
    """Return the split of a template: the last ones are held out."""
    held_out = max(1, count // HELD_OUT)
    if number >= count - held_out:
        return "test"
    return "validation" if number >= count - 2 * held_out else "train"


def joined(words: Sequence[str], last: str = "and") -> str:
    """Return words as an enumeration: "a", "a and b", "a, b and c"."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"
