"""What a user says who speaks freely: whether it agrees, and whether it says a fact."""

import re
from functools import lru_cache

from writ_gym.tasks import Fact
from writ_gym.trace import marks_in
from writ_gym.understanding import is_yes, overlap, unquoted

SAID, MENTIONED = 0.6, 0.3
"""Share of a statement's words that says it: if it has no values, and if it has some."""

_AGREES = re.compile(
    r"\b(?:sounds? (?:good|great|right|fine|perfect)|that(?:'s| is)(?: all)? (?:correct|right|fine"
    r"|perfect|what i want)|(?:please|(?<!if )you (?:can|may)) (?:proceed|go ahead"
    r"|do (?:so|that|it)(?! for (?!me\b)))|i (?:agree|confirm)(?! to pay)"
    r"|(?:please )?go ahead(?! only\b))\b",
    re.I,
)
_DISAGREES = re.compile(
    r"^\W*(?:no|nope|wait|stop|not|do(?:n't| not))\b|\b(?:is|was)(?:n't| not) (?:right"
    r"|correct|what)"
    r"|\b(?:do|please do)(?:n't| not)\b|\bbefore (?:you|that|we)\b|\bnot so fast\b",
    re.I,
)


def agrees(text: str) -> bool:
    """Say whether a user who speaks freely agrees to what was proposed."""
    said = unquoted(text).replace("’", "'")
    if _DISAGREES.search(said):
        return is_yes(text) and not re.match(r"\W*no\b", said, re.I)
    return is_yes(text) or bool(_AGREES.search(said))


@lru_cache(8192)
def marks_of(text: str) -> frozenset[str]:
    """Return the ids, amounts and other numbers in a text, as ``marks_in`` does."""
    return frozenset(marks_in(text))


@lru_cache(8192)
def names_in(text: str) -> frozenset[str]:
    """Return the words in a sentence that are written as names: capitals inside of it, codes."""
    inside = re.findall(r"(?<=[\w,;:] )[A-Z][\w'-]*", text)
    return frozenset(word.lower() for word in inside if word.split("'")[0] != "I")


@lru_cache(1024)
def _words_of(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"[\w'-]+", text.lower()))


def states(fact: Fact, text: str) -> bool:
    """Say whether a text says a fact, in whatever words: it has its values."""
    if fact.text in text:
        return True
    marks, names = marks_of(fact.text), names_in(fact.text)
    if not marks <= marks_of(text) or not names <= _words_of(text):
        return False
    return overlap(fact.text, text) >= (MENTIONED if marks or names else SAID)
