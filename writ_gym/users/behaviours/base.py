"""What a behaviour is: hooks into the scripted user's turns, and a checker of transcripts."""

import re
from collections.abc import Iterable, Sequence
from typing import ClassVar, Literal, NamedTuple, TypeAlias

from writ_gym.messages import Message, is_hidden
from writ_gym.seeding import rng_for
from writ_gym.tasks import Fact, Scenario
from writ_gym.understanding.hands import Step
from writ_gym.understanding.reading import Lexicon, Reading, is_yes, read_agent, unquoted
from writ_gym.users.facts import FactTracker, Key

Axis: TypeAlias = Literal["disclosure", "expression", "cooperation", "intent", "competence"]
Kind: TypeAlias = Literal["request", "fact", "verdict", "remark", "report", "filler"]


class Line(NamedTuple):
    """A part of a user turn.

    Requests, facts and reports (the answers of tools that the user has) are said word for word. A
    verdict begins with yes or no. A remark means something and may not be dropped; a filler may.
    """

    text: str
    kind: Kind = "filler"


Lines: TypeAlias = list[Line]


class Turn(NamedTuple):
    """A turn of the user, and what the agent had said before it."""

    agent: str
    """Empty for the opening."""
    reading: Reading
    user: str
    used: tuple[str, ...] = ()
    """The tools of its own that the user has used in this turn, before it said anything."""


class Behaviour:
    """One way of conduct; an instance is its state in one conversation.

    Every hook does nothing by default. Draws come from a stream of the behaviour's own, so that
    they do not depend on which others the user shows.
    """

    name: ClassVar[str]
    axis: ClassVar[Axis]
    description: ClassVar[str]
    instruction: ClassVar[str]
    """What a model that plays the user is told to do."""
    excludes: ClassVar[frozenset[str]] = frozenset()
    """Names of the behaviours that it cannot go with; one of the two has to say it."""
    needs_hands: ClassVar[bool] = False
    """Whether it is one of users who have tools of their own."""
    wants_more: ClassVar[bool] = False
    """Whether the user asks for something that is no request of the scenario."""
    opens_with_all: ClassVar[bool] = False
    """Whether the user states all requests at once, whatever the scenario's disclosure."""

    def __init__(self, scenario: Scenario, lexicon: Lexicon, facts: FactTracker) -> None:
        """Begin a conversation; ``facts`` is the user's own tracker, and follows it."""
        self.scenario = scenario
        self.lexicon = lexicon
        self.facts = facts
        self.rng = rng_for(scenario.seed, "behaviour", self.name)
        self._last = ""

    @classmethod
    def fits(cls, scenario: Scenario) -> bool:
        """Say whether the behaviour can show with this scenario at all."""
        return True

    @classmethod
    def instruct(cls, scenario: Scenario, lexicon: Lexicon) -> str:
        """Return what a model that plays this user is told to do."""
        return cls.instruction

    @classmethod
    def check(cls, scenario: Scenario, messages: Sequence[Message], lexicon: Lexicon) -> str | None:
        """Return what is not as the behaviour would have it in a transcript, None if all is.

        Only what the conversation gave occasion for is demanded: one that a limit or the agent
        cut off is judged by the turns that it has.
        """
        turns = turns_of(messages, lexicon)
        return cls.fault(scenario, turns, lexicon) if turns else None

    @classmethod
    def fault(cls, scenario: Scenario, turns: Sequence[Turn], lexicon: Lexicon) -> str | None:
        """Return what is wrong in the turns of a conversation, of which there is one or more."""
        raise NotImplementedError

    def opens(self, count: int) -> int:
        """Return how many requests the opening states; ``count`` without this behaviour."""
        return count

    def volunteers(
        self, request: int | None, chosen: Sequence[Fact], facts: Sequence[Fact]
    ) -> Sequence[Fact]:
        """Return the facts said along with a request (None: with the greeting).

        Args:
            request: Index of the request.
            chosen: Those that would be said without this behaviour.
            facts: All facts of the request.
        """
        return chosen

    def tells(self, key: Key, fact: Fact) -> Line | None:
        """Return what is said where a fact is due; None for the fact itself."""
        return None

    def reminds(self, request: int, said: Sequence[Fact]) -> Sequence[Fact]:
        """Return the facts repeated with a request after the agent has led nowhere."""
        return said

    def corrects(self, key: Key, fact: Fact, reading: Reading) -> Lines:
        """Return how a fact is set right of which the earlier value was said; empty: not yet."""
        return []

    def objects(self, request: int, proposal: str) -> Lines:
        """Return what is said instead of a yes to a right proposal; empty for the yes."""
        return []

    def contests(self, request: int) -> Lines:
        """Return what is said to a refusal instead of accepting it; empty to accept."""
        return []

    def takes(self, steps: Sequence[Step]) -> tuple[int, Lines]:
        """Return how many of the steps that it was told the user takes now, and what it says then.

        Those left out wait for another word of the agent.
        """
        return len(steps), []

    def lingers(self, confirmed: bool) -> Lines:
        """Return what is said instead of a goodbye; empty to leave.

        Args:
            confirmed: Whether the user has agreed to anything in this conversation.
        """
        return []

    def words(self, lines: Lines, end: bool) -> Lines:
        """Return a whole turn as this behaviour words it; ``end`` if the user then leaves."""
        return lines

    def pick(self, phrases: Sequence[str]) -> str:
        """Return one of ``phrases``, another one than the last time if there is one."""
        choices = [phrase for phrase in phrases if phrase != self._last] or phrases
        self._last = choices[int(self.rng.random() * len(choices))]
        return self._last


def first_of(choices: Iterable[Lines]) -> Lines:
    """Return the first of the choices that is not empty, without looking at those after it."""
    return next((lines for lines in choices if lines), [])


def turns_of(messages: Iterable[Message], lexicon: Lexicon) -> list[Turn]:
    """Return the user's turns in a transcript; notices of the environment are none of theirs."""
    turns, agent = [], ""
    used: list[str] = []
    for message in messages:
        content = message["content"] or ""
        if message["role"] == "assistant" and not message.get("tool_calls"):
            agent = content
        elif message["role"] == "user" and is_hidden(message):
            used += [call["function"]["name"] for call in message["tool_calls"]]
        elif message["role"] == "user" and "name" not in message:
            turns.append(Turn(agent, read_agent(agent, lexicon), content, tuple(used)))
            used = []
    return turns


def residue(scenario: Scenario, text: str) -> str:
    """Return what a turn of the user says besides requests, facts and reports."""
    known = [request.text for request in scenario.requests]
    facts = [*scenario.identity, *(fact for r in scenario.requests for fact in r.facts)]
    known += [fact.text for fact in facts]
    known += [fact.earlier.text for fact in facts if fact.earlier]
    for statement in sorted(known, key=len, reverse=True):
        text = text.replace(statement, " ")
    return " ".join(unquoted(text).split())  # a fact may quote, too: a title, for one


def says(text: str, phrases: Iterable[str]) -> bool:
    """Say whether ``text`` has one of ``phrases``, however it is spelt and ended."""
    lowered = text.lower()
    return any(phrase.rstrip(".!?:").lower() in lowered for phrase in phrases)


_GOODBYE = re.compile(r"\b(?:good)?bye\b", re.I)
_GAVE_UP = re.compile(r"leads nowhere|give up", re.I)


def said_goodbye(turns: Sequence[Turn]) -> bool:
    """Say whether the user left satisfied, and so had every occasion that was to come.

    One who is handed over to a human has not.
    """
    last = turns[-1].user
    if turns[-1].reading.transfers:
        return False
    return bool(_GOODBYE.search(last)) and not _GAVE_UP.search(last)


def agreed(turn: Turn) -> bool:
    """Say whether a turn says yes to a proposal."""
    return turn.reading.proposes and is_yes(turn.user)


def heard(scenario: Scenario, turns: Sequence[Turn]) -> FactTracker:
    """Return what the user has said by the end of these turns."""
    tracker = FactTracker(scenario)
    for turn in turns:
        tracker.hear(turn.user)
    return tracker


def fact_of(scenario: Scenario, key: Key) -> Fact:
    """Return the fact of a key, with its final value."""
    return FactTracker(scenario).fact(key)


def askable(fact: Fact, lexicon: Lexicon) -> bool:
    """Say whether an agent can be understood to ask for the fact; if not, it has to be told."""
    return fact.slot in lexicon.slots


def add(lines: Lines, text: str, end: bool, kind: Kind = "remark") -> Lines:
    """Return the lines with one more; after the verdict that may begin them, before a goodbye."""
    line = Line(text, kind)
    return [line, *lines] if end else [*lines, line]
