"""How users make requests, and whether a text makes just that request and no other.

What the grammar says is read back by its rules, for the split of the task. What a model says in
other words is held to a narrow test: the words of the request, and besides them nothing but words
that say nothing. Whatever else there is, such as "not", "if" or a word of another request, could
change what is asked for, so it is refused.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

import numpy as np

from writ_gym.database import JSON
from writ_gym.phrasing.grammar import Grammar, Style
from writ_gym.tasks import Request, Split

Words: TypeAlias = Sequence[Sequence[str]]
"""What a rewording has to say: of each group one, of the first just one and just once."""

CANCEL = ("cancel", "cancelled", "cancelling", "cancellation", "call off", "called off")
CHANGE = (
    "change", "changed", "changing", "correct", "corrected", "update", "updated", "modify",
    "modified", "replace", "replaced", "alter", "altered", "another", "different", "new",
)  # fmt: skip
"""Words of a rewording that are the same in many domains."""

_WISHES = frozenset(
    "want wish need like please could can would will may how what which request ask help".split()
)
_IDLE = _WISHES | frozenset(
    "i i'd i'm i've i'll me my mine we we'd us our you your a an the of to from for with in on at "
    "by it it's this that is be been have has having do should must kindly thanks thank hello hi "
    "hey dear good morning afternoon evening day well so just now today here there there's get "
    "let us let's asking hope hoping grateful appreciate love able possible calling writing one "
    "because am are".split()
)
_IDLE_OF_QUESTIONS = _IDLE | frozenset(
    "tell know find out look up give say learn hear curious wonder wondering interested currently "
    "does".split()
)
_OTHER = re.compile(r"(?<= )(?:another|different|new)(?= )")
"""Asks for a change where it stands before what is to be changed; elsewhere for one thing more."""
_WORD = re.compile(r"[a-z]+(?:['’-][a-z]+)*")
_BETWEEN = re.compile(r"[\s.,;:!?–—-]*")


def intent_alone(intent: str, values: Mapping[str, JSON]) -> str:
    """Return the kind of a request of a domain whose intents are asked for in one way each."""
    return intent


@dataclass(frozen=True, eq=False)
class Asking:
    """How the users of a domain make requests; the grammar has a rule ``ask_KIND`` for each."""

    grammar: Grammar
    words: Mapping[str, Words] = field(default_factory=dict)
    """By kind, what a model has to say that rewords it; kinds left out are never reworded, such as
    "this, or else that", where the same words can mean the opposite."""
    kind_of: Callable[[str, Mapping[str, JSON]], str] = intent_alone
    """The kind of a request: (intent, values of the facts by slot)."""

    def ask(
        self, intent: str, rng: np.random.Generator, style: Style, values: Mapping[str, JSON]
    ) -> str:
        """Return how the user asks for something.

        Args:
            intent: The intent.
            rng: The random generator.
            style: How the user talks.
            values: The facts' values by slot.
        """
        return self.grammar.say(f"ask_{self.kind_of(intent, values)}", rng, style)

    def wrong(self, request: Request, split: Split, reworded: bool = False) -> str | None:
        """Say what is wrong with the text of a request; None if it asks for just that.

        Args:
            request: The request.
            split: The split that the text has to be of.
            reworded: Whether a model may have reworded it.
        """
        try:
            kind = self.kind_of(request.intent, request.values)
            if self.grammar.reads(f"ask_{kind}", request.text, split):
                return None
        except KeyError as error:
            return f"there is no such request: {error}"
        if not reworded:
            return f"nobody asks for {kind!r} in these words in {split}"
        return self._strange(kind, request)

    def _strange(self, kind: str, request: Request) -> str | None:
        """Say why a rewording is not clearly one of a request; None if it is."""
        if kind not in self.words:
            return f"a request {kind!r} is not reworded"
        said = request.text.lower().replace("’", "'")
        if _BETWEEN.fullmatch(_WORD.sub("", said)) is None:
            return "it holds more than words"
        spoken = f" {' '.join(_WORD.findall(said))} "
        rest, first = spoken, self._patterns[kind][0]
        for other in _OTHER.finditer(spoken):
            if not first.match(spoken, other.end() + 1):
                return f"it says {other[0]!r}"
        for place, pattern in enumerate(self._patterns[kind]):
            found = pattern.findall(rest)
            if not found or (place == 0 and len(found) > 1):
                return f"it does not say just {self.words[kind][place][0]!r}"
            rest = pattern.sub(" ", rest)
        idle = _IDLE if request.answer == "action" else _IDLE_OF_QUESTIONS
        strange = [word for word in rest.split() if word not in idle]
        if strange:
            return f"it says {strange[0]!r}"
        return None if _WISHES & set(spoken.split()) else "it asks for nothing"

    @cached_property
    def _patterns(self) -> Mapping[str, Sequence[re.Pattern[str]]]:
        return {kind: [_one_of(group) for group in words] for kind, words in self.words.items()}


def _one_of(words: Sequence[str]) -> re.Pattern[str]:
    longest_first = sorted(words, key=len, reverse=True)
    return re.compile(rf"(?<= )(?:{'|'.join(map(re.escape, longest_first))})(?= )")
