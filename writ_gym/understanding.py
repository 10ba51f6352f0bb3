"""What a scripted user understands of an agent's free text: asks, proposals, refusals, reports."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from re import Pattern


@dataclass(frozen=True, slots=True, eq=False)
class Lexicon:
    """A domain's words: how its facts are asked for, and which mentions can be compared."""

    nouns: Mapping[str, str]
    """By slot, what an agent calls it when it asks a user for it, such as "the order number"."""
    identity_questions: tuple[str, ...]
    """How an agent asks who the user is."""
    identity_alternatives: tuple[str, ...]
    """How it asks for something else, if the user could not give the first."""

    slots: Mapping[str, Pattern[str]]
    """By slot, how an agent names it when it asks."""
    mentions: Mapping[str, Pattern[str]]
    """By kind, values whose difference is a contradiction, such as order ids or zip codes; the
    value is what the pattern's group holds, or the name of the group."""
    identifying: frozenset[str]
    """Kinds of mentions that tell one request from another, such as order ids."""
    stated: Mapping[str, Pattern[str]]
    """By identity slot, how it looks where a user states it; what has no look is not here."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one message of the agent does."""

    asks: frozenset[str]
    """Slots that it asks for."""
    proposes: bool
    """It asks for a yes before it acts."""
    refuses: bool
    reports: bool
    """It says that something was done."""
    offers_more: bool
    """It asks whether there is anything else."""
    transfers: bool
    informs: bool
    """It states something, beyond greetings and questions."""


_SENTENCES = re.compile(r"(?<=[.!?])\s+|\n+")
_REQUESTS = re.compile(
    r"\?|\b(please|could you|can you|may i|provide|tell me|let me know|share|i(?:'ll| will)? need"
    r"|what is|what's|which)\b",
    re.I,
)
_POINTS_BACK = re.compile(
    r"\b(?:give|provide|tell|share|have|let me have|send)(?: me)?(?: with)?"
    r" (?:these|those|them|that|it|either|(?:one|any|some|all|both) of (?:these|those|them))\b",
    re.I,
)
"""Such a request is for what the sentence before has named."""
_PROPOSES = re.compile(
    r"\b(proceed|go ahead|shall i|should i|(?:would|do) you (?:like|want) me to|do you agree"
    r"|is (?:that|this|everything) (?:ok|okay|correct|right|fine|all right)|sounds? good"
    r"|(?:say|reply|answer|type|respond)(?: with)? [\"'(]*yes|\(?yes */ *no\)?|yes or no"
    r"|(?:do|can|could|would|please)(?: you)?(?: please)? confirm"
    r"(?!(?:ing)? (?:your|which|what|who)\b)"
    r"|confirm (?:that|to|these|this|with)|do you confirm)\b",
    re.I,
)
_OFFERS_MORE = re.compile(
    r"\b((?:any|some)thing else|anything (?:more|further)|what else|further (?:assistance|help)"
    r"|other (?:requests?|questions?)|assist you (?:with anything )?further"
    r"|help you (?:any )?further)\b",
    re.I,
)
_REFUSES = re.compile(
    r"\b(can(?:no|')t|cannot|can not|unable|not able to|not possible|no longer possible"
    r"|not (?:be )?(?:eligible|allowed|permitted|available)|won't be able|impossible"
    r"|isn't (?:eligible|possible|allowed|available)|not something i can"
    r"|nothing (?:is |was )?(?:wrong|to (?:change|do|fix|lift|repair|mend|pay))"
    r"|no need (?:to|for)|not necessary)\b",
    re.I,
)
_REPORTS = re.compile(
    r"\b((?:has|have) (?:now |just )?been \w+|successfully|all set"
    r"|(?:i've|i have|we've) (?:now |just |successfully )?(?:\w+ed)\b|(?:is|are) now|was \w+ed"
    r"|done|completed|is complete)\b",
    re.I,
)
_NOT_REPORTS = re.compile(
    r"\b(?:i've|i have) (?:\w+ )?(?:found|located|verified|identified|checked|looked)", re.I
)
_TRANSFERS = re.compile(
    r"\btransferred to a human|transferr?ing you to|human agent\b.*\bhold on", re.I
)
_GREETS = re.compile(
    r"^(?:hi|hello|hey|welcome|good (?:morning|day|afternoon)|thank(?:s| you)|sure|of course|okay"
    r"|certainly|how (?:can|may) i|i(?:'d| would) be happy|i(?:'m| am) here|no problem|great)\b"
    r"[^.!?]*[.!?]*$",
    re.I,
)


def sentences_in(text: str) -> list[str]:
    """Return a text sentence by sentence, with plain apostrophes."""
    return _SENTENCES.split(text.replace("’", "'"))


def read_agent(text: str, lexicon: Lexicon) -> Reading:
    """Return what ``text``, said by an agent, does."""
    parts = sentences_in(text)
    readings = [_read_sentence(part, lexicon) for part in parts if part.strip()]
    pointed = (
        _named(before, lexicon)
        for before, part in pairwise(parts)
        if _POINTS_BACK.search(part) and _REQUESTS.search(part)
    )
    return Reading(
        asks=frozenset().union(*(reading.asks for reading in readings), *pointed),
        proposes=any(reading.proposes for reading in readings),
        refuses=any(reading.refuses for reading in readings),
        reports=any(reading.reports for reading in readings),
        offers_more=any(reading.offers_more for reading in readings),
        transfers=bool(_TRANSFERS.search(text)),
        informs=any(reading.informs for reading in readings),
    )


@lru_cache(8192)
def _read_sentence(sentence: str, lexicon: Lexicon) -> Reading:
    asks = _named(sentence, lexicon) if _REQUESTS.search(sentence) else frozenset[str]()
    states = not _GREETS.match(sentence.strip()) and not sentence.strip().endswith("?")
    offers_more = bool(_OFFERS_MORE.search(sentence))
    return Reading(
        asks=asks,
        proposes=bool(_PROPOSES.search(sentence)) and not offers_more,
        refuses=bool(_REFUSES.search(sentence)),
        reports=states and bool(_REPORTS.search(sentence)) and not _NOT_REPORTS.search(sentence),
        offers_more=offers_more,
        transfers=False,
        informs=states,
    )


def _named(sentence: str, lexicon: Lexicon) -> frozenset[str]:
    return frozenset(slot for slot, words in lexicon.slots.items() if words.search(sentence))


@lru_cache(8192)
def mentions_in(text: str, lexicon: Lexicon) -> Mapping[str, set[str]]:
    """Return the comparable mentions in ``text``, lower-cased, by kind."""
    found = {
        kind: {_value(match) for match in words.finditer(text)}
        for kind, words in lexicon.mentions.items()
    }
    return {kind: values for kind, values in found.items() if values}


def _value(match: re.Match[str]) -> str:
    """Return what a mention stands for: the name of its group, its group, or all of it."""
    return (match.lastgroup or match.group(match.lastindex or 0)).lower()


def words_in(text: str, words: Iterable[str]) -> set[str]:
    """Return those of ``words`` that occur in ``text`` as whole words, in any case."""
    lowered = text.lower()
    return {word for word in words if _occurs(word.lower(), lowered)}


def _occurs(word: str, text: str) -> bool:
    start = text.find(word)
    while start >= 0:
        before, after = text[max(0, start - 1) : start], text[start + len(word) :][:2]
        part_of_number = after[:1] == "." and after[1:].isdigit()
        if not (before.isalnum() or before == "." or after[:1].isalnum() or part_of_number):
            return True
        start = text.find(word, start + 1)
    return False


_CLAUSES = re.compile(r"[.!?;:,()\n]+|\b(?:and|but|because|since|so|while|which)\b")
_RULE = re.compile(r"\b(?:only|if|unless|until|must|(?:have|has|needs?) to)\b")
_DEED = re.compile(
    r"\b(?:(?<!may )(?<!might )(?<!could )be|get|not(?: been)?|n't(?: been)?"
    r"|never|no longer|neither|nor) $"
)
_OF_A_KIND = re.compile(r"^\W+(?:\w+\W+){0,2}?(?!status\b|class\b)[a-z]{3,}[^aius\W]s\b")


def claims_in(text: str, words: Iterable[str]) -> tuple[set[str], set[str]]:
    """Return which words a text names, and which of them it says of something in particular.

    It names words besides where it says a rule ("for pending orders only"), what is not so ("it
    cannot be cancelled"), or what kinds there are ("gold members").

    Args:
        text: The text.
        words: The words, in lower case with spaces, such as the values of a status.
    """
    named, claimed = set[str](), set[str]()
    left = text.lower().replace("_", " ").replace("’", "'")
    for word in sorted(words, key=len, reverse=True):  # "pending" is not "pending (item modified)"
        pattern = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)")
        for match in pattern.finditer(left):
            before, after = left[: match.start()], left[match.end() :]
            head, tail = _CLAUSES.split(before)[-1], _CLAUSES.split(after, maxsplit=1)[0]
            named.add(word)
            is_rule = _RULE.search(f"{head}{word}{tail}") or _OF_A_KIND.match(tail)
            if not (is_rule or _DEED.search(before)):
                claimed.add(word)
        left = pattern.sub(lambda match: " " * len(match[0]), left)
    return named, claimed


_WORDS = re.compile(r"[a-z0-9#][a-z0-9#.]{2,}")


def overlap(statement: str, text: str) -> float:
    """Return the share of the words of ``statement``, without the shortest, that ``text`` has."""
    words = set(_WORDS.findall(statement.lower()))
    return len(words & set(_WORDS.findall(text.lower()))) / len(words) if words else 0.0


_NUMBERS = re.compile(r"(?<![\w.#])[-−]?\d[\d,]*(?:\.\d+)?(?!\w)")


def numbers_in(text: str) -> set[float]:
    """Return the numbers in ``text``; ``$1,234.50`` is 1234.5, digits of ids do not count."""
    found = set()
    for match in _NUMBERS.finditer(text):
        found.add(float(match.group(0).replace(",", "").replace("−", "-")))
    return found


_OPEN, _CLOSE = "“", "”"


def quote(answer: str) -> str:
    """Return the answer of a tool as a user quotes it, word for word, to the agent."""
    return f"{_OPEN}{answer}{_CLOSE}"


def quoted(text: str) -> list[str]:
    """Return what is quoted in a user's message; quotation marks in an answer come in pairs."""
    return [text[start + 1 : end - 1] for start, end in _quotations(text)]


def unquoted(text: str) -> str:
    """Return a user's message with a line break in the place of what is quoted in it."""
    for start, end in reversed(list(_quotations(text))):
        text = f"{text[:start]}\n{text[end:]}"
    return text


def _quotations(text: str) -> Iterator[tuple[int, int]]:
    """Yield where quotations begin and end, marks included; one without an end is none."""
    depth = start = 0
    for place, character in enumerate(text):
        if character == _OPEN:
            start = start if depth else place
            depth += 1
        elif character == _CLOSE and depth:
            depth -= 1
            if not depth:
                yield start, place + 1


_YES = re.compile(
    r"^\W*(yes|yeah|yep|sure|please do|go ahead|confirmed?|correct|ok(?:ay)?)\b", re.I
)
_NO = re.compile(r"^\W*(no|nope|wait|stop|not (?:yet|now|so fast)|do(?:n't| not))\b", re.I)


def is_yes(text: str) -> bool:
    """Say whether a user's answer agrees to what was proposed.

    The first sentence that begins with a yes or a no decides; others may come before it. What
    the user quotes is not said by the user.
    """
    for sentence in sentences_in(unquoted(text)):
        if _YES.search(sentence) or _NO.search(sentence):
            return bool(_YES.search(sentence))
    return False


def is_refusal(text: str) -> bool:
    """Say whether ``text`` says that something cannot be done."""
    return bool(_REFUSES.search(text.replace("’", "'")))
