"""User simulators: the protocol, and the scripted user, which needs no model and no network."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Protocol, TypeAlias

from writ_gym.seeding import rng_for
from writ_gym.tasks import Fact, Request, Scenario
from writ_gym.understanding import (
    Lexicon,
    Reading,
    mentions_in,
    overlap,
    read_agent,
    words_in,
)


@dataclass(frozen=True, slots=True)
class UserTurn:
    """What a user says, and whether the user then leaves the conversation."""

    text: str
    end: bool = False


class UserSimulator(Protocol):
    """Plays the user of one scenario; made anew for every episode."""

    @property
    def immediate(self) -> bool:
        """Whether its coroutines never wait, so that they can run without an event loop."""

    async def open(self) -> UserTurn:
        """Return the user's first message."""

    async def respond(self, text: str) -> UserTurn:
        """Return the user's answer to what the agent said."""


UserFactory: TypeAlias = Callable[[Scenario, Lexicon], UserSimulator]


class Stage(IntEnum):
    """How far the user has come with one request."""

    WAITING = 0
    STATED = 1
    CONFIRMED = 2
    CLOSED = 3


@dataclass(slots=True)
class _Goal:
    """One request on the user's agenda."""

    request: Request
    stage: Stage = Stage.WAITING
    said: set[str] = field(default_factory=set)


PATIENCE = 4
"""Turns in a row that may lead nowhere before the scripted user gives up."""

_HELLO = ("Hi!", "Hello.", "Hi there!", "Hey!", "Good day.", "Hello there.")
_NEXT = ("And then:", "Another thing:", "I also have this:", "One more thing:", "Also this:")
_THANKS = ("Thanks.", "Thank you.", "Great, thanks.", "Okay, thank you.", "Good, thanks.")
_YES = ("Yes, please.", "Yes, go ahead.", "Yes, that is right.", "Yes, please do that.")
_BYE = ("That is all, goodbye.", "That was everything, bye.", "Nothing else, thank you. Bye.")
_UNDERSTOOD = (
    "I see.",
    "All right, if it cannot be done.",
    "Okay, understood.",
    "Too bad, but okay.",
)
_UNKNOWN = (
    "I am afraid I do not have that.",
    "Sorry, I do not know that.",
    "I cannot tell you that.",
)
_LOST = ("Sorry, I do not follow.", "Hm, I am not sure what you need.", "How do you mean?")
_NO = ("No, that is not what I want.", "No, please do not do that.", "No, that is not right.")
_NOT_ASKED = ("No, I did not ask for that.", "No, that is not why I am here.")
_GIVE_UP = ("This leads nowhere, goodbye.", "I give up, I will try another time. Bye.")
_WAIT = ("Okay, please go on.", "Fine, I will wait.")


class ScriptedUser:
    """An agenda-based user: deterministic, gives what is asked for, confirms what it wants.

    Source: agenda-based user simulation (Schatzmann et al., 2007). Knows the scenario alone.
    """

    immediate = True

    def __init__(self, scenario: Scenario, lexicon: Lexicon) -> None:
        self._scenario = scenario
        self._lexicon = lexicon
        self._goals = [_Goal(request) for request in scenario.requests]
        self._identity_said: set[str] = set()
        self._rng = rng_for(scenario.seed, "user")
        self._patience = PATIENCE

    async def open(self) -> UserTurn:
        """State the first request, or all, as the scenario's disclosure says."""
        parts = [self._pick(_HELLO)]
        parts += [fact.text for fact in self._scenario.identity if fact.opening]
        self._identity_said.update(f.slot for f in self._scenario.identity if f.opening)
        all_at_once = self._scenario.disclosure == "all_at_once"
        for index, goal in enumerate(self._goals if all_at_once else self._goals[:1]):
            parts += [self._pick(_NEXT)] if index else []
            parts.append(self._state(goal))
        return UserTurn(" ".join(parts))

    async def respond(self, text: str) -> UserTurn:
        """Answer the agent: confirm or decline, give what is asked for, go on, or end."""
        reading = read_agent(text, self._lexicon)
        if reading.transfers:
            return UserTurn(self._pick(_THANKS), end=True)
        progress = self._close(reading)
        reply = self._answer(text, reading)
        if reply:
            self._patience = PATIENCE
            return UserTurn(" ".join(reply))
        return self._go_on(reading, progress)

    def _close(self, reading: Reading) -> bool:
        """Close the goals that the agent has dealt with; say whether there was one."""
        confirmed = [goal for goal in self._goals if goal.stage == Stage.CONFIRMED]
        if confirmed and (reading.reports or reading.refuses):
            for goal in confirmed:
                goal.stage = Stage.CLOSED
            return True
        stated = [goal for goal in self._goals if goal.stage == Stage.STATED]
        if not stated or reading.proposes or reading.asks:
            return False
        informed = stated[0].request.answer == "information" and reading.informs
        if informed or reading.refuses or reading.reports:
            stated[0].stage = Stage.CLOSED
            return True
        return False

    def _answer(self, text: str, reading: Reading) -> list[str]:
        """Return the reply to a proposal or a question; empty if the message is neither."""
        reply: list[str] = []
        if reading.proposes:
            reply += self._judge(text, reading)
        wanted = reading.asks
        if not wanted or (reading.proposes and reply):
            return reply
        return reply + self._give(wanted)

    def _judge(self, text: str, reading: Reading) -> list[str]:
        """Confirm or decline the proposal in ``text``."""
        open_goals = [goal for goal in self._goals if goal.stage == Stage.STATED]
        if not open_goals:
            confirmed = any(goal.stage == Stage.CONFIRMED for goal in self._goals)
            return [self._pick(_YES if confirmed else _NOT_ASKED)]
        if reading.refuses:  # an offer of something else instead
            open_goals[0].stage = Stage.CLOSED
            return [] if not self._left() else [self._pick(_NOT_ASKED), *self._next()]
        verdicts = [(goal, *self._compare(goal.request, text)) for goal in open_goals]
        right = [(goal, likeness) for goal, likeness, wrong in verdicts if not wrong]
        if not right:
            goal, _, wrong = max(verdicts, key=lambda verdict: verdict[1])
            facts = [fact.text for fact in goal.request.facts if fact.slot in wrong]
            return [self._pick(_NO), goal.request.text, *facts]
        chosen = max(right, key=lambda item: item[1])[0]
        for goal, likeness in right:
            if goal is chosen or likeness[0]:
                goal.stage = Stage.CONFIRMED
        return [self._pick(_YES)]

    def _compare(self, request: Request, text: str) -> tuple[tuple[int, float], list[str]]:
        """Return how much ``text`` is like the request, and the slots that it contradicts.

        Likeness is the number of identifying mentions that ``text`` repeats, and then the words.
        """
        mentioned = mentions_in(text, self._lexicon)
        repeated, wrong = 0, []
        for fact in request.facts:
            stated = mentions_in(fact.text, self._lexicon) if fact.literal else {}
            for kind, values in stated.items():
                if values <= mentioned.get(kind, set()):
                    repeated += kind in self._lexicon.identifying
                elif mentioned.get(kind):
                    wrong.append(fact.slot)
            if fact.alternatives:
                wanted = words_in(fact.text, fact.alternatives)
                unwanted = words_in(text, set(fact.alternatives) - wanted)
                if not words_in(text, wanted) >= wanted and unwanted:
                    wrong.append(fact.slot)
        statement = " ".join([request.text, *(fact.text for fact in request.facts)])
        return (repeated, overlap(statement, text)), wrong

    def _give(self, wanted: frozenset[str]) -> list[str]:
        """Return the facts asked for, as far as the user has them."""
        reply: list[str] = []
        for fact in self._scenario.identity:
            if fact.slot in wanted:
                self._identity_said.add(fact.slot)
                reply.append(fact.text)
        for slot in sorted(wanted):
            reply += self._give_slot(slot)
        if reply or not wanted:
            return reply
        if wanted & set(self._scenario.unknown):
            known = [f for f in self._scenario.identity if f.slot not in self._identity_said]
            self._identity_said.update(fact.slot for fact in known)
            return [self._pick(_UNKNOWN), *(fact.text for fact in known)]
        return []

    def _give_slot(self, slot: str) -> list[str]:
        """Return a fact of the first request that has it, one that was not said if there is one."""
        found = [
            (goal, fact)
            for goal in self._goals
            if goal.stage in (Stage.STATED, Stage.CONFIRMED)
            for fact in goal.request.facts
            if fact.slot == slot
        ]
        if not found:
            return []
        goal, fact = min(found, key=lambda item: slot in item[0].said)
        goal.said.add(slot)
        return [fact.text]

    def _go_on(self, reading: Reading, progress: bool) -> UserTurn:
        """Bring the next request, end the conversation, or try to get it on its way again."""
        if not self._left():
            return UserTurn(f"{self._pick(_THANKS)} {self._pick(_BYE)}", end=True)
        current = next(goal for goal in self._goals if goal.stage != Stage.CLOSED)
        if progress:
            self._patience = PATIENCE
            polite = self._pick(_UNDERSTOOD if reading.refuses else _THANKS)
            if current.stage == Stage.WAITING:
                return UserTurn(" ".join([polite, *self._next()]))
            return UserTurn(f"{polite} {self._remind(current)}")
        self._patience -= 1
        if self._patience <= 0:
            return UserTurn(self._pick(_GIVE_UP), end=True)
        if current.stage == Stage.CONFIRMED:
            return UserTurn(self._pick(_WAIT))
        lead = [] if reading.offers_more or not reading.informs else [self._pick(_LOST)]
        return UserTurn(" ".join([*lead, self._remind(current)]))

    def _left(self) -> bool:
        return any(goal.stage != Stage.CLOSED for goal in self._goals)

    def _next(self) -> list[str]:
        """State the next request that waits, if one does."""
        goal = next((g for g in self._goals if g.stage == Stage.WAITING), None)
        return [] if goal is None else [self._pick(_NEXT), self._state(goal)]

    def _state(self, goal: _Goal) -> str:
        goal.stage = Stage.STATED
        opening = [fact for fact in goal.request.facts if fact.opening]
        goal.said.update(fact.slot for fact in opening)
        return " ".join([goal.request.text, *(fact.text for fact in opening)])

    def _remind(self, goal: _Goal) -> str:
        if goal.stage == Stage.WAITING:
            return self._state(goal)
        said = [fact.text for fact in goal.request.facts if fact.slot in goal.said]
        return " ".join([goal.request.text, *said])

    def _pick(self, phrases: Sequence[str]) -> str:
        return phrases[int(self._rng.random() * len(phrases))]


def scripted(scenario: Scenario, lexicon: Lexicon) -> UserSimulator:
    """Return the scripted user of a scenario."""
    return ScriptedUser(scenario, lexicon)


USERS: dict[str, UserFactory] = {"scripted": scripted}
"""The user simulators that can be named on the command line and in ``gym.make``."""


def unsaid(facts: Sequence[Fact], said: str) -> list[Fact]:
    """Return the facts whose statement does not occur in ``said``."""
    return [fact for fact in facts if fact.text not in said]
