"""What a scripted user understands of an agent's free text: asks, proposals, refusals, reports."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from writ_gym.database import JSON
from writ_gym.understanding import cues
from writ_gym.understanding.allowances import Rule, nothing_ruled_out
from writ_gym.understanding.patterns import AnyCase, Words

Finder: TypeAlias = Callable[[str], Iterable[str]]
"""Finds the values of one kind in a text."""


@dataclass(frozen=True, slots=True, eq=False)
class Lexicon:
    """A domain's words: how its facts are asked for, and which mentions can be compared."""

    nouns: Mapping[str, str]
    """By slot, what an agent calls it when it asks a user for it, such as "the order number"."""
    identity_questions: tuple[str, ...]
    """How an agent asks who the user is."""
    identity_alternatives: tuple[str, ...]
    """How it asks for something else, if the user could not give the first."""

    slots: Mapping[str, Words]
    """By slot, how an agent names it when it asks."""
    mentions: Mapping[str, Words | Finder]
    """By kind, values whose difference is a contradiction, such as order ids or zip codes: a
    function that finds them, or a pattern; the value is then what the pattern's group holds, or
    the name of the group."""
    identifying: frozenset[str]
    """Kinds of mentions that tell one request from another, such as order ids."""
    stated: Mapping[str, Words]
    """By identity slot, how it looks where a user states it; what has no look is not here."""
    loose: frozenset[str] = frozenset()
    """Kinds of mentions that agree if they have any value in common, such as dates."""
    compared: Mapping[str, Words | Finder] = field(default_factory=dict)
    """By kind, values besides the ``mentions`` that are looked for in proposals alone, to be
    compared with those that facts allow."""
    allowed: Callable[[Mapping[str, JSON]], Iterable[Rule]] = nothing_ruled_out
    """What the facts of a request, by slot, allow by their values: also where a part of a fact has
    to be looked up, or leaves a choice, so that its text is not repeated in a right proposal."""
    closed: Mapping[str, Words | Finder] = field(default_factory=dict)
    """By kind, values of closed sets, such as colors, or extras that others may offer, found as
    those of ``mentions`` are. A user speaks of those alone that it knows or has heard of."""
    choices: Mapping[str, Words | Finder] = field(default_factory=dict)
    """By slot of which a user has one of a few values that are not named by an id or a word of
    their own, such as whether it pays, how it says which, found as those of ``mentions`` are.
    Whoever plays the user may say no other; agents' words are not compared with it."""
    wholes: Mapping[str, Words] = field(default_factory=dict)
    """By kind of mentions, how an agent says that something is to be done to all that it names,
    such as to return all items; whoever wants that of some of them does not agree."""
    wishes: frozenset[str] = frozenset()
    """Slots that an open question is about, such as "what would you like to change?"."""
    deeds: Mapping[str, Words] = field(default_factory=dict)
    """By kind of write, how an agent names it when it proposes one."""
    aims: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By intent, the deeds that its requests can come to: the user agrees to no others. What an
    intent that is not here can come to is not known, and all of it may be agreed to."""
    concerns: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By slot, the deeds that it has to do with, if not with all that a request can come to: the
    flights that are wanted if a trip cannot be cancelled are none of those that are cancelled."""
    trade: cues.Trade = cues.NO_TRADE
    """What the business deals in, by which its agents' proposals are known, and a model that plays
    a user and speaks as they do ("your loan")."""
    along: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By deed, others that an agent may name along with it, such as the return of what is
    exchanged."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one message of the agent does."""

    asks: frozenset[str]
    """Slots that it asks for."""
    open: bool
    """It asks what the user wants, without a word for any detail."""
    proposes: bool
    """It asks for a yes before it acts."""
    chooses: bool
    """It asks which of two things it is to be, so that a yes would be no answer."""
    refuses: bool
    reports: bool
    """It says that something was done."""
    offers_more: bool
    """It asks whether there is anything else."""
    transfers: bool
    informs: bool
    """It states something, beyond greetings and questions."""
    looks: bool
    """It says, or asks whether, the agent looks something up."""
    offers_look: bool
    """It asks for a yes to that, and to nothing else."""

    @property
    def is_question(self) -> bool:
        """Whether it wants to know something, so that it is not the last word on a request."""
        return bool(self.proposes or self.asks or self.open or self.chooses or self.offers_look)

    @property
    def fails(self) -> bool:
        """Whether it says that something cannot be done, and of nothing that it was."""
        return self.refuses and not self.reports

    def settles(self, *, acted: bool) -> bool:
        """Say whether it says that something was done, be it by asking what else there is.

        Args:
            acted: Whether there was something to be done: the user has agreed to it, or has used a
                tool of its own.
        """
        return self.reports or (acted and self.offers_more)


_SENTENCES = re.compile(r"(?<=[.!?])\s+|\n+")
_MARKUP = re.compile(r"\*\*|__|`|^#+ +", re.M)
_ITEM = re.compile(r"^\s*(?:[-•*–]|\(?(?:\d+|[a-z])[.)])\s+")
_NEEDS = AnyCase(
    r"\b(?:provide|need|require|share|give|send|specify|tell me|let me know|have|know|answer)\b"
)
_SHOWN = AnyCase(
    r"\b(?:which|one of|any of|either|options?|choose|select|here (?:is|are)|available)\b"
)
_LABEL = AnyCase(
    r"(?:the |your )?(?:\w+ )?(?:numbers?|kinds?|types?|names?|dates?|choices?|details)\b[^:\d]*$"
)
"""An item that names what is to be told, and does not tell it."""
_CHOICES = AnyCase(
    r"\b(?:which|one of|any of|either|(?:other|available|following|these|the) (?:\w+ )?options"
    r"|choose|select)\b"
)
_OPEN_ITEM = AnyCase(
    r"\bor\b|\b(?:specify|confirm|prefer\w*|choose|select|any|whether|which|what|how)\b|\?"
)


class _Part(NamedTuple):
    """A sentence of an agent, or an item of a list."""

    text: str
    asks: bool
    """Whether it can ask for what it names."""
    item: bool
    needed: bool
    """Whether it is an item of what the agent says that it needs, or shows to choose from."""


@lru_cache(1024)
def sentences_in(text: str) -> Sequence[str]:
    """Return a text sentence by sentence, with plain apostrophes."""
    return tuple(_SENTENCES.split(text.replace("’", "'")))


@lru_cache(1024)
def read_agent(text: str, lexicon: Lexicon) -> Reading:
    """Return what ``text``, said by an agent, does."""
    parts = _parts_in(text)
    readings = [_read_sentence(part.text, part.asks, lexicon) for part in parts]
    refuses = any(reading.refuses for reading in readings)
    pointed = (
        _named(cues.asked_part(before.text), lexicon)
        for before, part in pairwise(parts)
        if part.asks and cues.POINTS_BACK.search(part.text)
    )
    proposes = _proposes(parts, readings, lexicon)
    offers_look = _offers_look(parts, readings, lexicon, waits=proposes)
    return Reading(
        asks=frozenset().union(*(reading.asks for reading in readings), *pointed),
        open=any(reading.open for reading in readings)
        or (any(cues.offers_alternatives(part.text) for part in parts) and not refuses),
        proposes=proposes and not offers_look,
        chooses=any(reading.chooses for reading in readings),
        refuses=refuses,
        reports=any(reading.reports for reading in readings),
        offers_more=any(reading.offers_more for reading in readings),
        transfers=cues.transfers(
            " ".join(p.text for p in parts if not cues.offers_transfer(p.text))
        ),
        informs=any(reading.informs for reading in readings),
        looks=any(reading.looks for reading in readings),
        offers_look=offers_look,
    )


def _offers_look(
    parts: Sequence[_Part], readings: Sequence[Reading], lexicon: Lexicon, *, waits: bool
) -> bool:
    """Say whether looking something up is all that a yes is asked for."""
    looking = [p.text for p, reading in zip(parts, readings, strict=True) if reading.looks]
    if any(reading.chooses for reading in readings):
        return False
    if not looking or not (waits or any(text.endswith("?") for text in looking)):
        return False
    rest = cues.without_looks(" ".join(part.text for part in parts))
    return not any(words.search(rest) for words in lexicon.deeds.values())


def _proposes(parts: Sequence[_Part], readings: Sequence[Reading], lexicon: Lexicon) -> bool:
    """Say whether a yes is asked for, in so many words or because nothing else is.

    A yes to details needs details that are told: a list of what is asked for has none.
    """
    pairs = list(zip(parts, readings, strict=True))
    told = any(part.item and not reading.asks and _is_told(part) for part, reading in pairs)
    needs = any(part.item and (part.needed or part.asks) for part in parts)
    has_details = (told or not needs) and not (readings and readings[-1].offers_more)
    for part, reading in pairs:
        asked_for = part.needed or (part.item and reading.asks)
        definite = reading.proposes and not asked_for
        if definite and (has_details or _says_what(part.text, lexicon)):
            return True
    if not any(reading.asks for reading in readings):
        return any(cues.waits(part.text, lexicon.trade, told=False) for part in parts)
    return told and any(cues.waits(part.text, lexicon.trade, told=True) for part in parts)


def _is_told(item: _Part) -> bool:
    """Say whether an item of a list tells a detail, rather than asking for one."""
    return not (item.needed or _OPEN_ITEM.search(item.text) or _LABEL.match(item.text))


def _says_what(sentence: str, lexicon: Lexicon) -> bool:
    """Say whether it asks for a yes to something that it names, not just to details."""
    asked = cues.asked_part(sentence)
    deeds = any(words.search(asked) for words in lexicon.deeds.values())
    return deeds or not cues.confirms(asked)


_OR = re.compile(r",? or (?!not\b|no\b)", re.I)


def _is_choice(sentence: str, lexicon: Lexicon) -> bool:
    """Say whether a question is which of two things it is to be.

    Two deeds or two values of one kind are, and a proposal with an offer to look for something.
    """
    sides = _OR.split(sentence)
    if len(sides) < 2 or not sentence.endswith("?"):
        return False
    looks = [cues.looks(side) and not cues.offers_more(side) for side in sides]
    acts = (
        cues.proposes(f"{each}?", lexicon.trade)
        for each, look in zip(sides, looks, strict=True)
        if not look
    )
    if any(looks) and any(acts):
        return True
    kinds = [_alternatives_in(side, lexicon) for side in sides]
    return any(
        one[kind].isdisjoint(other[kind])
        for one, other in pairwise(kinds)
        for kind in one.keys() & other.keys()
    )


def _alternatives_in(text: str, lexicon: Lexicon) -> Mapping[str, set[str]]:
    """Return what one side of an "or" may be told from the other by."""
    deeds = {deed for deed, words in lexicon.deeds.items() if words.search(text)}
    return {**mentions_in(text, lexicon), **({"": deeds} if deeds else {})}


@lru_cache(1024)
def _parts_in(text: str) -> Sequence[_Part]:
    """Return the sentences of a text without its markup, and the items of its lists."""
    return tuple(_each_part(text))


def _each_part(text: str) -> Iterator[_Part]:
    """Yield the parts of a text.

    An item asks if what stands over the list says that such things are needed; where that asks to
    choose or to confirm, an item asks only if it leaves something open itself.
    """
    head = ""
    for line in _MARKUP.sub("", text.replace("’", "'")).split("\n"):
        item = _ITEM.match(line)
        sentences = [part.strip() for part in sentences_in(line[item.end() if item else 0 :])]
        sentences = [part for part in sentences if part]
        for sentence in sentences:
            listed = bool(item) and _is_asked_for(sentence, head)
            needed = bool(item) and _is_needed(head)
            yield _Part(sentence, listed or cues.requests(sentence), bool(item), needed)
        if sentences and not item:
            head = sentences[-1]


def _is_asked_for(item: str, head: str) -> bool:
    """Say whether an item of a list is asked for by the sentence over the list."""
    if not cues.requests(head) or _SHOWN.search(head):
        return False
    return bool(_NEEDS.search(head) or _OPEN_ITEM.search(item))


def _is_needed(head: str) -> bool:
    """Say whether a list under such a sentence has nothing yet that could be agreed to."""
    asked = cues.asked_part(head)
    needs = cues.requests(head) and _NEEDS.search(asked) and not cues.confirms(asked)
    return bool(needs or _CHOICES.search(head))


@lru_cache(8192)
def _read_sentence(sentence: str, asks: bool, lexicon: Lexicon) -> Reading:
    states, looks = cues.states(sentence), cues.looks(sentence)
    proposes, chooses = cues.proposes(sentence, lexicon.trade), _is_choice(sentence, lexicon)
    return Reading(
        asks=_named(cues.asked_part(sentence), lexicon) if asks else frozenset(),
        open=cues.asks_openly(sentence),
        proposes=proposes and not chooses,
        chooses=chooses,
        refuses=cues.refuses(sentence),
        reports=states and cues.reports(sentence),
        offers_more=cues.offers_more(sentence),
        transfers=False,
        informs=states and not cues.offers_more(sentence) and not looks,
        looks=looks,
        offers_look=False,
    )


def refused_in(text: str) -> str:
    """Return the sentences of a text that say that something cannot be done."""
    return " ".join(part.text for part in _parts_in(text) if cues.refuses(part.text))


def still_to_do(text: str) -> str:
    """Return what is left of a text without its refusals, and without what it says is done."""
    sentences = sentences_in(text)
    return "\n".join(each for each in sentences if not (cues.refuses(each) or cues.reports(each)))


def proposed_in(text: str) -> str:
    """Return what is left of a text without its refusals; nothing if it offers something else."""
    parts = [part.text for part in _parts_in(text)]
    if any(cues.offers_else(part) for part in parts):
        return ""
    return " ".join(part for part in parts if not cues.refuses(part))


def _named(sentence: str, lexicon: Lexicon) -> frozenset[str]:
    return frozenset(slot for slot, words in lexicon.slots.items() if words.search(sentence))


@lru_cache(8192)
def mentions_in(text: str, lexicon: Lexicon) -> Mapping[str, set[str]]:
    """Return the comparable mentions in ``text``, lower-cased, by kind."""
    return _found_in(text, lexicon.mentions)


@lru_cache(8192)
def ids_in(text: str, lexicon: Lexicon) -> Mapping[str, set[str]]:
    """Return those of the mentions in ``text`` that identify a request, lower-cased, by kind."""
    kinds = {kind: lexicon.mentions[kind] for kind in lexicon.identifying & lexicon.mentions.keys()}
    return _found_in(text, kinds)


@lru_cache(1024)
def compared_in(text: str, kind: str, lexicon: Lexicon) -> Set[str]:
    """Return the values of one kind in ``text`` that facts may rule out, lower-cased."""
    words = lexicon.compared.get(kind)
    found = _found_in(text, {kind: words}) if words else {}
    return found[kind] if kind in found else mentions_in(text, lexicon).get(kind, set())


@lru_cache(1024)
def closed_in(text: str, lexicon: Lexicon) -> Mapping[str, set[str]]:
    """Return the values of closed sets in ``text``, lower-cased, by kind."""
    return _found_in(text, lexicon.closed)


@lru_cache(1024)
def choices_in(text: str, lexicon: Lexicon) -> Mapping[str, set[str]]:
    """Return what the words of a user in ``text`` come to, by slot."""
    return _found_in(text.replace("’", "'"), lexicon.choices)


def _found_in(text: str, kinds: Mapping[str, Words | Finder]) -> Mapping[str, set[str]]:
    text = _MARKUP.sub("", text)
    found = {
        kind: {value.lower() for value in _values(text, words)} for kind, words in kinds.items()
    }
    return {kind: values for kind, values in found.items() if values}


def _values(text: str, words: Words | Finder) -> Iterable[str]:
    if isinstance(words, (re.Pattern, AnyCase)):
        return map(_value, words.finditer(text))
    return words(text)


def _value(match: re.Match[str]) -> str:
    """Return what a mention stands for: the name of its group, its group, or all of it."""
    return match.lastgroup or match.group(match.lastindex or 0)


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


_CLAUSE = 400
"""Characters of a clause that are looked at on each side of a word; few have as many."""


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
            start, end = match.span()
            before, after = left[max(0, start - _CLAUSE) : start], left[end : end + _CLAUSE]
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
    words = _long_words(statement)
    return len(words & _long_words(text)) / len(words) if words else 0.0


@lru_cache(1024)
def _long_words(text: str) -> frozenset[str]:
    return frozenset(_WORDS.findall(text.lower()))


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
    r"^\W*(yes|yeah|yep|sure|please do(?! not\b| that for (?!me\b))|go ahead(?! only\b)|confirmed?"
    r"|correct(?! would\b)|ok(?:ay)?)\b",
    re.I,
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
    return cues.cannot(text.replace("’", "'"))
