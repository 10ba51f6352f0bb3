"""Words for requests and facts of a domain whose users mean records of ``Kind``, and their reading.

A domain gives what is its own: what requests ask for, as a few phrases each, what attributes are
called, how identity facts look. The sentences around them are the same for everybody.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np

from writ_gym.database import JSON
from writ_gym.kit.kinds import REFERENCE, Attribute, Detail, Entity, Kind, OneOf, Reference
from writ_gym.meaning.queries import Condition, parse
from writ_gym.phrasing.asking import Asking
from writ_gym.phrasing.grammar import OUTSIDE_REQUESTS, Grammar, Style, joined
from writ_gym.phrasing.reading_back import IDLE, Idle, Need, Reader, amounts, ranked
from writ_gym.phrasing.speaking import Speaker
from writ_gym.tasks import Fact, Split
from writ_gym.understanding.cues import Trade
from writ_gym.understanding.reading import Lexicon

ERRANDS = (
    "<could_you> {do}?",
    "<want_to> ask you to {do}.",
    "Please {do}.",
    "(casual) Hey, can you {do}?",
    "(formal) I should be obliged to you if you could {do}.",
    "(terse) Please {do}, that is all.",
    "I am writing to ask you to {do}.",
    "I need you to {do}[, please].",
    "I was hoping that you could {do}.",
    "My request is this: please {do}.",
    "I am here because you should {do}.",
    "It would be great if you could {do}.",
    "Would it be possible for you to {do}?",
    "Do you think that you could {do}?",
    "What I want is for you to {do}.",
    "I would appreciate it if you could {do}.",
    "May I ask you to {do}?",
    "There is something to do for you: {do}[, please].",
    "I hope that you can {do}.",
    "If you have a moment, please {do}.",
    "I have come to have you {do}.",
)
"""How users ask an agent to ``{do}`` something."""
ENQUIRIES = (
    "<could_you> tell me {what}?",
    "<want_to> know {what}.",
    "Please tell me {what}.",
    "(casual) Hey, any idea {what}?",
    "(formal) I should be obliged to you if you could inform me {what}.",
    "(terse) Just tell me {what}.",
    "I am writing to ask {what}.",
    "I wonder {what}.",
    "Do you know {what}?",
    "My question is {what}.",
    "I am curious {what}.",
    "It would help me to know {what}.",
    "Would it be possible to find out {what}?",
    "What I would like to learn is {what}.",
    "I am not sure {what}, so please look it up.",
    "I cannot tell {what}; can you?",
    "May I ask {what}?",
    "There is something that I have to know: {what}.",
    "I hope that you can tell me {what}.",
    "Somebody has to tell me {what}.",
)
"""How users ask ``{what}`` is the case."""
MEANT = (
    "I mean {what}.",
    "It is about {what}.",
    "(casual) That would be {what}.",
    "(formal) I am referring to {what}.",
    "(terse) Namely {what}.",
    "What I mean is {what}.",
    "The one that I want is {what}.",
    "I have {what} in mind.",
    "This concerns {what}.",
    "Let me tell you which one: {what}.",
    "My question concerns {what}.",
    "The thing that I mean is {what}.",
    "Please look at {what}.",
    "(formal) May I refer you to {what}?",
    "(terse) {what}, please.",
    "(casual) So it is {what}.",
    "What this is about is {what}.",
    "I am speaking of {what}.",
    "I am talking about {what}.",
    "To be exact, I mean {what}.",
    "The one that I have in mind is {what}.",
    "That is {what}.",
    "My concern is {what}.",
    "I would like you to look at {what}.",
    "What I am asking about is {what}.",
    "The matter is {what}.",
    "You will find that it is {what}.",
)
"""How it is said which record is meant."""
DETAILS = (
    "My {name} is {what}.",
    "The {name} that I have is {what}.",
    "(casual) My {name}? That would be {what}.",
    "(formal) The {name} that I gave you is {what}.",
    "(terse) {name}: {what}.",
    "Here is my {name}: {what}.",
    "My {name}: {what}.",
    "I can tell you my {name}: {what}.",
    "You should have my {name}, {what}.",
    "What I have here is the {name} {what}.",
    "Here you are, the {name}: {what}.",
    "As for my {name}, it is {what}.",
    "If you need my {name}, that is {what}.",
    "Let me give you my {name}: {what}.",
    "You have me under the {name} {what}.",
    "You find me by the {name} {what}.",
    "I can give you my {name}, it is {what}.",
    "My {name} with you should be {what}.",
    "For my {name}, please take {what}.",
    "I have the {name} {what}.",
    "It is {what}, my {name}.",
    "My {name} reads {what}.",
    "What you know as my {name} is {what}.",
    "The {name} is {what}.",
)
"""How users state something of themselves that has a ``{name}``."""
MATTERS = (
    "I would like to have {what}.",
    "What I need is {what}.",
    "(casual) I want {what}.",
    "(formal) I would be grateful to have {what}.",
    "(terse) Wanted: {what}.",
    "Please have {what}.",
    "I want to have {what}.",
    "My wish is to have {what}.",
    "I need to have {what}.",
    "Could I have {what}?",
    "What I am asking for is {what}.",
    "I am hoping for {what}.",
    "The thing that I want is {what}.",
    "Let me have {what}, please.",
    "I am here to have {what}.",
    "I am asking to have {what}.",
    "I would love to have {what}.",
    "It would help me to have {what}.",
    "I hope to have {what}.",
    "I am looking to have {what}.",
    "My request is to have {what}.",
    "What I hope for is to have {what}.",
    "Is there a way to have {what}?",
)
"""How it is said what no tool can do: what the user would like to have."""

FEWEST_WAYS = 4
"""Ways in which a request can be asked for at least."""
RANKS = {1: ("",), 2: ("second",), 3: ("third",)}
TESTS = {"over": ("more than", "over"), "under": ("less than", "under")}


class Errand(NamedTuple):
    """What users ask an agent to do, in several ways: "renew a loan", "let me keep a book longer".

    Each follows "could you".
    """

    do: Sequence[str]


class ToKnow(NamedTuple):
    """What users ask, in several ways: "when a loan is due". Each follows "I want to know"."""

    what: Sequence[str]


class _Telling(Speaker):
    """Puts facts into words; which slots there are is data."""

    words: "Words"

    def _tell(self, slot: str, value: JSON) -> str:
        if slot in self.words.details:
            return self.say("detail", name=self.words.details[slot].name, what=value)
        if slot == "matter":
            return self.say("matter", what=self.words.matters[value])
        return self.say("meant", what=self._named(self.words.kinds[slot], value))

    def _named(self, kind: Kind, value: JSON) -> str:
        reference = parse(REFERENCE, value)
        if not isinstance(reference, OneOf):
            return f"{kind.name} {reference.id}"
        scope = self._scope(kind, reference)
        if reference.by is None:
            return f"the only one out of {scope}"
        attribute = kind.every[reference.by]
        extreme = self.choose(getattr(attribute, reference.extreme))
        (rank,) = RANKS[reference.rank]
        return f"the one with the {rank and f'{rank} '}{extreme} out of {scope}"

    def _scope(self, kind: Kind, reference: OneOf) -> str:
        if reference.among != "all":
            return f"the {kind.name}s {joined(reference.among)}"
        where = [self._described(kind.every[c.attribute], c) for c in reference.where]
        return " ".join([kind.scope.format(of=reference.of), *where])

    def _described(self, attribute: Attribute, condition: Condition) -> str:
        value = condition.value
        if not isinstance(value, str):
            value = f"{self.choose(TESTS[condition.test])} {value:,.0f}"
        return attribute.phrase.format(value=value)


class Words:
    """The words of a domain: its grammar, how it is read back, and what agents call things."""

    def __init__(
        self,
        user: Entity,
        details: Mapping[str, Detail],
        kinds: Sequence[Kind],
        asks: Mapping[str, Errand | ToKnow],
        matters: Mapping[str, str],
    ) -> None:
        """Put the words of a domain together.

        Args:
            user: The records of the users.
            details: By identity slot, what users say of themselves.
            kinds: What they can mean.
            asks: By intent, what is asked for; "outside" is there.
            matters: By key, what no tool can do, in words that follow "I would like to have".

        Raises:
            ValueError: A request is asked for in too few ways.
        """
        self.user = user
        self.details = details
        self.kinds = {kind.name: kind for kind in kinds}
        self.matters = matters
        self.asked = frozenset({*asks, "outside"})
        """The intents that can be asked for."""
        self._errands = [name for name, ask in asks.items() if isinstance(ask, Errand)]
        sentences: dict[str, Sequence[str]] = {
            "ask_outside": OUTSIDE_REQUESTS, "meant": MEANT, "detail": DETAILS, "matter": MATTERS,
        }  # fmt: skip
        fragments: dict[str, Sequence[str]] = {}
        for name, ask in asks.items():
            frames, mark = (ERRANDS, "{do}") if isinstance(ask, Errand) else (ENQUIRIES, "{what}")
            if isinstance(ask[0], str) or len(ask[0]) < FEWEST_WAYS:
                raise ValueError(
                    f"Requests {name!r} need at least {FEWEST_WAYS} ways to be asked for, as a "
                    f"tuple: {ask}."
                )
            fragments[f"{name}_way"] = ask[0]
            sentences[f"ask_{name}"] = [each.replace(mark, f"<{name}_way>") for each in frames]
        self.grammar = Grammar(sentences, fragments)
        self.asking = Asking(self.grammar)
        self._telling: type[_Telling] = type(
            "Telling", (_Telling,), {"grammar": self.grammar, "words": self}
        )

    def state(
        self, intent: str, slot: str, value: JSON, rng: np.random.Generator, style: Style
    ) -> str:
        """Return what a user says to state a fact; see ``Speaker.state``."""
        return self._telling.state(intent, slot, value, rng, style)

    def states(self, intent: str, fact: Fact, split: Split) -> bool:
        """Say whether a fact's text is one that the grammar has for it; see ``Speaker.states``."""
        return self._telling.states(intent, fact, split)

    def faithful(self, slot: str, value: JSON, text: str, intent: str = "") -> str | None:
        """Say what is wrong with a sentence as a statement of a fact; None if it says just that."""
        if slot in self.kinds:
            needs = _needs(self.kinds[slot], parse(REFERENCE, value))
            return _READER.wrong(text, needs, self._idle[slot])
        said = self.matters[value] if slot == "matter" else value
        return _READER.wrong(text, [Need((said,))], self._idle[slot])

    @cached_property
    def _idle(self) -> Mapping[str, Idle]:
        """By slot, what a sentence may say besides: words that say nothing."""
        details = {
            slot: _OF_DETAILS.also(" ".join(_WORD.findall(detail.name.lower())))
            for slot, detail in self.details.items()
        }
        kinds = {
            name: _OF_KINDS.also(
                " ".join(word for text in _texts(kind) for word in _WORD.findall(text.lower()))
            )
            for name, kind in self.kinds.items()
        }
        return {**details, **kinds, "matter": _OF_MATTERS}

    @cached_property
    def lexicon(self) -> Lexicon:
        """What agents call things, and how ids look.

        They ask for one detail or another. Where it takes several at once to find a user, a domain
        has questions of its own: ``replace(WORDS.lexicon, identity_questions=…)``.
        """
        names = [detail.name for detail in self.details.values()]
        first, other = joined(names, "or your"), joined(names[::-1], "or your")
        return Lexicon(
            nouns={
                **{name: f"which {name} you mean" for name in self.kinds},
                "matter": "what exactly you need",
            },
            identity_questions=(
                f"Happy to help. May I have your {first}?",
                f"Of course. What is your {first}?",
            ),
            identity_alternatives=(f"No problem. Could you tell me your {other} instead?",),
            slots={
                **{
                    slot: _word(detail.asked or detail.name)
                    for slot, detail in self.details.items()
                },
                **{
                    name: _word(rf"which (?:{name}|of your {name}s)|{name} (?:id|number)")
                    for name in self.kinds
                },
                "matter": _word(r"what (?:exactly )?you (?:need|want)"),
            },
            mentions={
                name: re.compile(rf"\b(?:{kind.ids})\b") for name, kind in self.kinds.items()
            },
            identifying=frozenset(self.kinds),
            stated={slot: re.compile(detail.looks) for slot, detail in self.details.items()},
            trade=self._trade,
        )

    @property
    def _trade(self) -> Trade:
        """What agents of the business deal in: what is listed for users, and the errands.

        The name of an errand, such as "renew_loan", is a verb, and what that is done to.
        """
        held = [kind.name for kind in self.kinds.values() if not kind.held_by]
        parts = [name.partition("_") for name in self._errands]
        reached = [kind for kind in self.kinds if kind not in held]
        nouns = [rest.replace("_", " ") for _, _, rest in parts if rest and rest not in reached]
        nouns += [*held, *(detail.name for detail in self.details.values())]
        return Trade(
            things="|".join(f"{re.escape(noun)}s?" for noun in dict.fromkeys(nouns)),
            verbs="|".join(dict.fromkeys(re.escape(verb) for verb, _, _ in parts)),
        )


_READER = Reader()
_WORD = re.compile(r"[a-z]+")
_OF_DETAILS = IDLE.also("under gave reads", "if you need")
_OF_KINDS = IDLE.also("number among out matter refer")
_OF_MATTERS = IDLE.also("grateful wanted here request")


def _word(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{pattern})\b", re.I)


def _texts(kind: Kind) -> Iterator[str]:
    """Yield what is said of a kind besides values: words that a sentence may hold."""
    yield f"{kind.name} {kind.name}s {kind.scope.replace('{of}', '')}"
    yield from (each.phrase.replace("{value}", "") for each in kind.every.values())


def _needs(kind: Kind, reference: Reference) -> Iterator[Need]:
    """Yield what a sentence has to hold for a reference."""
    if not isinstance(reference, OneOf):
        yield Need((reference.id,))
        return
    among = reference.among
    yield Need(
        ("all my", "all the", "all of my", "all of the") if among == "all" else (joined(among),)
    )
    if reference.of:
        yield Need((reference.of,), negated=False)
    if reference.by is None:
        yield Need(("only one", "only"))
    else:
        extremes = getattr(kind.every[reference.by], reference.extreme)
        yield ranked(extremes, RANKS, reference.rank)
    for condition in reference.where:
        value = condition.value
        words = (
            (value,)
            if isinstance(value, str)
            else tuple(
                f"{test} {each}" for test in TESTS[condition.test] for each in amounts(value)
            )
        )
        yield Need(words, negated=False)
