"""Tools in the user's own hands: how an agent asks for their use, and a user does as it is told."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from writ_gym.tasks import Call
from writ_gym.tools import ToolSet
from writ_gym.understanding import cues
from writ_gym.understanding.reading import Lexicon, read_agent, sentences_in

MOST_STEPS = 12
"""Steps that a user takes from one message; what comes after them has to be told again."""

_AFTERWARDS = re.compile(
    r"\b(?:once|when|whether|after|if|so (?:that )?(?:we|i)|before (?:we|i))\b", re.I
)
"""In "confirm when you have done that, so that we can proceed": it does not come before that."""


_DO = r"(?:it|that|this|so|them|these|those|both|all of (?:it|that|this|them)|the same)"
_THEM = (
    rf"(?:{_DO}|(?:that|this|these|those|the|both) (?:\w+ )?(?:changes?|steps?|repairs?|actions?))"
)
_GO_AHEAD = re.compile(
    r"^\W*(?:(?:great|good|perfect|excellent|wonderful|thanks"
    r"|thank you(?: (?:very much|so much|for (?:confirming|agreeing|that|your \w+)))?"
    r"|ok|okay|alright|all right|fine|yes|sure|well|then|so|and|in that case|now|just|simply|also"
    r"|first|let's|please|kindly|feel free to|(?:you|we) (?:can|may|could|should)"
    r"|(?:can|could|would|will) you|i(?:'d| would) (?:like|ask) you to|i need you to)\b\W*)*"
    r"(?:(?:go (?:ahead|on|for it)|proceed|continue|(?:please|now) do|now,? please|please,? now"
    rf"|(?:carry|perform|apply|make|complete|execute|follow|take|try|do)(?: out)? {_THEM}"
    r"|(?:turn|switch|set|change|put|reset|restart|reboot|disconnect|grant|allow|give|pay|remove"
    rf"|toggle|enable|disable) {_DO})(?: (?:out|off|on|back|in|up))*)"
    r"(?=\W*$|[,;:–—-]|\W+(?:and|then|so|now|right|as|at|for|again|on"
    rf"|with {_THEM})\b)",
    re.I,
)
"""Tells the user to do what was spoken of before, at the beginning of a sentence."""
_ASKS_USER = re.compile(r"\b(?:can|could|would|will) you\b|[^?]\s*$", re.I)
_NOT_YET = re.compile(
    r"\b(?:once|when|after|until|till|if|as soon as|before) (?:i|we)\b|\byet\b|\blater\b|\bnot\b"
    r"|n't\b",
    re.I,
)


def goes_ahead(text: str) -> bool:
    """Say whether a message tells the user to do now what was agreed, without naming it."""
    return any(
        _GO_AHEAD.match(each) and _ASKS_USER.search(each) and not _NOT_YET.search(each)
        for each in sentences_in(text)
    )


@dataclass(frozen=True, slots=True)
class Step:
    """A use of a tool that an agent tells the user to make."""

    call: Call
    look: Call | None = None
    """The read by which the user sees whether that is needed, such as for a switch that has to
    be off: thrown without looking, it might turn on."""
    done: str = ""
    """What the answer to ``look`` holds if there is nothing to do."""


def nothing_offered(text: str) -> Sequence[Step]:
    """Return nothing: all that an agent has a user do it tells it to do."""
    return ()


@dataclass(frozen=True, slots=True)
class Hands:
    """The user's tools, and the words about them.

    The functions are found by name, not made on the spot: a user simulator is pickled with them.
    """

    tools: ToolSet[Any]
    """What the user may call; the tools act for the session's ``caller``."""
    ask: Callable[[Call], str]
    """How an agent asks a user to make a call: ``understood`` gives back just that."""
    understood: Callable[[str], Sequence[Step]]
    """What an agent's message tells a user to do with the tools, in order, whatever its words;
    what the agent only speaks of, such as what it will do itself, is not told."""
    offered: Callable[[str], Sequence[Step]] = nothing_offered
    """What an agent's message would have a user do with the tools who says yes to it; what is only
    explained or asked about is not offered."""
    deeds: frozenset[str] = frozenset()
    """What such offers are called among the deeds of the lexicon: they are the user's own to do."""
    free: bool = True
    """Whether the user has the tools at hand in this conversation."""

    def tied(self) -> "Hands":
        """Return the hands of a user who knows what is meant, but has no tools there."""
        return replace(self, free=False)

    def told(self, text: str, lexicon: Lexicon) -> tuple[tuple[Step, ...], str]:
        """Return what a message tells the user to do now, and the sentences that do not.

        Where these ask for a yes to what the agent is about to do, that comes first: nothing is
        to be done before it.
        """
        steps = tuple(self.understood(text))[:MOST_STEPS]
        if not steps:
            return (), text
        rest = [part for part in sentences_in(text) if not self.understood(part)]
        asking = [part for part in rest if read_agent(part, lexicon).proposes]
        if not all(
            _AFTERWARDS.search(p) or cues.asks_how_it_went(p, lexicon.trade) for p in asking
        ):
            return (), text
        return steps, " ".join(rest)

    def proposed(self, text: str, lexicon: Lexicon) -> tuple[Step, ...]:
        """Return what a message that tells nothing asks the user to agree to do."""
        reading = read_agent(text, lexicon)
        wants = reading.asks or reading.offers_more
        if reading.proposes or ("?" in text and not wants):
            return tuple(self.offered(text))[:MOST_STEPS]
        return ()


class Agreement:
    """What a user has agreed to do with its tools, and has not been told to do yet."""

    def __init__(self) -> None:
        self._steps: tuple[Step, ...] = ()

    def add(self, steps: Iterable[Step]) -> None:
        """Note what the user has agreed to; what it had agreed to before stands."""
        new = [step for step in steps if step not in self._steps]
        self._steps = (*self._steps, *new)[:MOST_STEPS]

    def done(self, calls: Iterable[Call]) -> None:
        """Note what the user sets about: that is done with."""
        made = list(calls)
        self._steps = tuple(step for step in self._steps if step.call not in made)

    def told(self, text: str) -> tuple[Step, ...]:
        """Return what the user is told to do by a message that only goes ahead with it."""
        return self._steps if self._steps and goes_ahead(text) else ()


class Errands:
    """What a user was told to do with tools: taken step by step, or put off."""

    def __init__(self) -> None:
        self.put_off: tuple[Step, ...] = ()
        """Steps that wait for another word of the agent."""
        self.answers: list[tuple[str, bool]] = []
        """What the steps taken so far came to, and whether there was nothing to do."""
        self._steps: tuple[Step, ...] = ()
        self._looked = False

    def begin(self, steps: Sequence[Step], put_off: Sequence[Step]) -> None:
        """Begin with the first of the steps."""
        self._steps, self.put_off = tuple(steps), tuple(put_off)
        self.answers = []
        self._looked = False

    @property
    def call(self) -> Call | None:
        """The call to make now; None if all is done."""
        if not self._steps:
            return None
        step = self._steps[0]
        return step.look if step.look and not self._looked else step.call

    def answer(self, text: str) -> None:
        """Take in the answer to the call."""
        step = self._steps[0]
        looking = step.look is not None and not self._looked
        if looking and step.done not in text:
            self._looked = True
            return
        self.answers.append((text, looking))
        self._steps, self._looked = self._steps[1:], False
