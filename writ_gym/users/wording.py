"""What a user says who speaks freely: whether it agrees, and whether it says a fact."""

import re
from functools import lru_cache

from writ_gym.tasks import Fact
from writ_gym.trace import marks_in
from writ_gym.understanding.reading import is_yes, overlap, unquoted

SAID, MENTIONED = 0.6, 0.3
"""Share of a statement's words that says it: if it has no values, and if it has some."""

_GOOD = (
    r"(?:good|great|right|fine|perfect|correct|okay|ok|al{1,2} ?right|lovely|excellent|wonderful"
    r"|awesome|fantastic)"
)
_IT = r"(?<!if )(?:that|this|it|everything)"
_GO_ON = r"(?:proceed|go ahead|do (?:so|that|it|this)(?! for (?!me\b))|continue)"
_BEFORE_YES = (
    r"[^\w\n]*(?:(?:oh|ah|well|and|okay|ok|yes|great|perfect|all|just|very|thanks|thank you|then"
    r"|that's|that is)\W+)*"
)
_AGREES = re.compile(
    rf"\b(?:(?:sounds?|looks?|seems?) (?:all |really |very |perfectly |just )?{_GOOD}"
    rf"|(?<!\bthat ){_IT}(?:'s| is)(?: all)? (?:{_GOOD}|what i (?:want|need|asked for))"
    rf"|(?<!\bthat )(?<!\bwhat )(?:{_IT} (?:all )?(?:works|suits me)|works for me|suits me)"
    r"(?! best)"
    rf"|{_IT} (?:would|will) (?:be {_GOOD}|do|work)|{_IT}(?:'d|'ll) (?:be {_GOOD}|do|work)"
    r"|(?:fine|okay|ok|good) (?:by|with|for) me|i(?:'m| am) (?:fine|okay|ok|happy|good|content)"
    rf" with {_IT}|(?:please|(?<!if )you (?:can|may)) {_GO_ON}"
    r"|let(?:'s| us) (?:do (?:it|that|this|so)|go (?:for|with|ahead)|proceed|get (?:it|that) done)"
    rf"|i(?:'d| would) (?:like|love) (?:{_IT}(?=\W*(?:$|[.!,]))|to (?:proceed|go ahead))"
    r"|i (?:agree|confirm|accept|approve|consent)(?! to pay)|(?:you have )?my (?:consent|approval)"
    r"|(?:please )?go ahead(?! only\b)|go for it|by all means)\b"
    rf"|(?:^|[.!] +){_BEFORE_YES}(?:absolutely|definitely|certainly|of course|surely|yup|agreed"
    r"|deal|indeed|affirmative|approved|proceed|fine,? yes|(?:just )?do (?:it|that))\b(?!\W+not\b)",
    re.I,
)
_PLEASED = re.compile(
    rf"{_BEFORE_YES}(?:{_GOOD}|exactly|that's it)(?:\W+(?:{_GOOD}|thanks|thank you|(?:very|so) much"
    r"|then|please|that's|that is|whatever))*\W*",
    re.I,
)
"""All of an answer that only welcomes a proposal, which is as good as a yes."""
_QUALIFIES = re.compile(
    r"\b(?:but|however|except|unless|only if|instead|rather|as long as|on (?:the|one) condition"
    r"|provided)\b",
    re.I,
)
_DISAGREES = re.compile(
    r"^\W*(?:no|nope|wait|stop|not|do(?:n't| not))\b|\b(?:is|was)(?:n't| not) (?:right"
    r"|correct|what)"
    r"|\b(?:do|please do)(?:n't| not)\b|\bbefore (?:you|that|we)\b|\bnot so fast\b",
    re.I,
)

_DECLINES = re.compile(
    r"^\W*(?:not|do(?:n't| not))\b|(?:^|[.!,]) *(?:no(?! (?:idea|clue|problem|worries)\b)|nope|wait"
    r"|stop|please do(?:n't| not))\b"
    r"|\b(?:is|was)(?:n't| not) (?:right|correct|what)\b|\bnot so fast\b"
    r"|\bdo(?:n't| not) (?:want|wish|like|do|need|agree|accept|confirm|approve)\b"
    r"|\bnot what\b",
    re.I,
)


def agrees(text: str) -> bool:
    """Say whether a user who speaks freely agrees to what was proposed."""
    said = unquoted(text).replace("’", "'")
    if _DISAGREES.search(said):
        return is_yes(text) and not re.match(r"\W*no\b", said, re.I)
    agreed = bool(_AGREES.search(said) or _PLEASED.fullmatch(said))
    return is_yes(text) or (agreed and not _QUALIFIES.search(said))


def declines(text: str) -> bool:
    """Say whether a user who speaks freely says no to what was proposed."""
    return bool(_DECLINES.search(unquoted(text).replace("’", "'")))


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


def says(fact: Fact, text: str) -> bool:
    """Say whether a text says a fact, and not rather its earlier value, which is much like it."""
    earlier = fact.earlier
    if not states(fact, text):
        return False
    if fact.text in text or earlier is None or not states(earlier, text):
        return True
    return earlier.text not in text and overlap(fact.text, text) >= overlap(earlier.text, text)
