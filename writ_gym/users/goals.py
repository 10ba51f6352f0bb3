"""What a user wants, how far it has come with each request, and which one the agent is about."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from writ_gym.tasks import Fact, Request, Scenario
from writ_gym.understanding import cues
from writ_gym.understanding.deeds import deeds_in, held_in, unwanted
from writ_gym.understanding.reading import Lexicon, mentions_in, proposed_in, sentences_in
from writ_gym.users.facts import (
    CONDITION,
    DEED,
    SIMILAR,
    FactTracker,
    Key,
    Likeness,
    adds_to,
    compare,
    has_all,
    is_about,
    meant_among,
    overdone,
    refused_besides,
)

CONTRADICTED = 0.2
"""Share of a request's words that a proposal has to have more for each slot that it contradicts."""
IN_TURN = 0.1
"""Share of a request's words that a proposal need not have if it is the turn of that request."""


class Stage(IntEnum):
    """How far the user has come with one request."""

    WAITING = 0
    STATED = 1
    CONFIRMED = 2
    CLOSED = 3


def wishes_in(facts: Sequence[Fact], lexicon: Lexicon) -> list[Fact]:
    """Return the facts that say what is wanted, and of what, rather than how or why."""
    return [fact for fact in facts if not lexicon.wishes or fact.slot in lexicon.wishes]


def asks_ahead(requests: Sequence[Request], stages: Sequence[Stage], asks: frozenset[str]) -> bool:
    """Say whether the agent asks for what only the next request has, done with the others."""
    if Stage.STATED in stages or Stage.WAITING not in stages:
        return False
    return any(fact.slot in asks for fact in requests[stages.index(Stage.WAITING)].facts)


def still_fits(
    request: Request, text: str, lexicon: Lexicon, before: str = "", *, agreed: bool
) -> bool:
    """Say whether what is proposed along with a refusal is what the user wants all the same.

    If not, it is an offer of something else instead.

    Args:
        request: A request on the table.
        text: The agent's message.
        lexicon: The words of the domain.
        before: The agent's message before.
        agreed: Whether the user has agreed to a proposal for the request before.
    """
    rest = text if agreed else proposed_in(text)
    likeness, wrong = compare(request, rest, lexicon, before)
    return bool(rest) and (agreed or is_about(likeness)) and not wrong


@dataclass(slots=True)
class Goal:
    """One request, and how far the user has come with it."""

    index: int
    request: Request
    stage: Stage = Stage.WAITING
    confirmed: bool = False
    """Whether the user has agreed to a proposal for it."""
    contested: bool = False
    """Whether the user has objected to a refusal of it."""

    def asked(self, wanted: frozenset[str]) -> list[Fact]:
        """Return the facts of the request that are asked for."""
        return [fact for fact in self.request.facts if fact.slot in wanted]


class Verdict(NamedTuple):
    """What a proposal has to do with a request."""

    goal: Goal
    likeness: Likeness
    wrong: list[str]
    """The slots that it contradicts."""


class Asked(NamedTuple):
    """Which of several requests a question is about."""

    goal: Goal
    first: Goal
    """The first that may be meant."""


class Goals:
    """All that a user wants, request by request; hears what the agent says to it."""

    def __init__(self, scenario: Scenario, lexicon: Lexicon, facts: FactTracker) -> None:
        """Begin a conversation; ``facts`` is the user's own tracker, and follows it."""
        self.all = tuple(Goal(index, request) for index, request in enumerate(scenario.requests))
        self.helped = False
        """Whether the user has used a tool since it last was done with a request."""
        self._lexicon = lexicon
        self._facts = facts
        self._agent = ""
        """What the agent said last."""
        self._before = ""
        """What it said last but one; what it says now may be about that."""

    def hear(self, text: str) -> None:
        """Take in a message of the agent."""
        self._before, self._agent = self._agent, text

    def resume(self, stages: Sequence[Stage]) -> None:
        """Go on from where the user has come with each request."""
        for goal, stage in zip(self.all, stages, strict=True):
            goal.stage = stage
            goal.confirmed = stage >= Stage.CONFIRMED

    @property
    def stages(self) -> list[Stage]:
        """How far the user has come with each request."""
        return [goal.stage for goal in self.all]

    @property
    def current(self) -> Goal | None:
        """The first that is not closed; None if nothing is left."""
        return next((goal for goal in self.all if goal.stage != Stage.CLOSED), None)

    def at(self, stage: Stage) -> list[Goal]:
        """Return the goals that have come just so far."""
        return [goal for goal in self.all if goal.stage == stage]

    def first(self, stage: Stage) -> Goal | None:
        """Return the first goal that has come just so far, None if none has."""
        return next((goal for goal in self.all if goal.stage == stage), None)

    def confirm(self, goals: Sequence[Goal]) -> None:
        """Note that the user agrees to what is proposed for some goals."""
        for goal in goals:
            goal.stage = Stage.CONFIRMED
            goal.confirmed = True

    def close(self, goal: Goal) -> None:
        """Close a goal that the agent has dealt with."""
        goal.stage = Stage.CLOSED
        self.helped = False

    def close_confirmed(self) -> bool:
        """Close the goals that the user has agreed to a proposal for; say whether there is one."""
        confirmed = self.at(Stage.CONFIRMED)
        for goal in confirmed:
            self.close(goal)
        return bool(confirmed)

    def close_refused(self) -> None:
        """Close the goal that the agent refuses beside what it reports or proposes for others."""
        stated = self.at(Stage.STATED)
        place = refused_besides([goal.request for goal in stated], self._agent, self._lexicon)
        if place is not None:
            stated[place].stage = Stage.CLOSED

    def reopen(self) -> Goal | None:
        """Take up again what the user has agreed to and the agent could not do as it was."""
        failed = self.at(Stage.CONFIRMED)
        for goal in failed:
            goal.stage = Stage.STATED
        return failed[0] if failed else None

    def spoken_of(self) -> Goal | None:
        """Return the stated goal of which the agent says what comes of it; None if none is."""
        stated = self.at(Stage.STATED)
        requests = [goal.request for goal in stated]
        return stated[meant_among(requests, self._agent, self._lexicon)] if stated else None

    def open_ones(self) -> list[Goal]:
        """Return the goals that a proposal may be for: the stated ones, or else those agreed to."""
        return self.at(Stage.STATED) or self.at(Stage.CONFIRMED)

    def compare(self, goal: Goal) -> Verdict:
        """Compare a request with what the agent proposes, if need be in what it said before."""
        return Verdict(goal, *compare(goal.request, self._agent, self._lexicon, self._before))

    def looked_for_wrongly(self, goal: Goal, text: str) -> list[str]:
        """Return the slots of a request that what the agent offers to look up contradicts."""
        offered = " ".join(each for each in sentences_in(text) if cues.looks(each))
        wrong = [*self.compare(goal).wrong, *compare(goal.request, offered, self._lexicon)[1]]
        return [slot for slot in dict.fromkeys(wrong) if slot != DEED]

    def is_lacking(self, fact: Fact, text: str) -> bool:
        """Say whether a proposal lacks a wish of the user, so far as that can be told."""
        if fact.slot == CONDITION:
            return True
        wished = fact.literal and bool(wishes_in([fact], self._lexicon))
        told = mentions_in(fact.text, self._lexicon)
        return wished and bool(told) and not has_all(text, fact.text, self._lexicon)

    def still_fits(self, goal: Goal) -> bool:
        """Say whether what the agent proposes along with a refusal is what is wanted here."""
        return still_fits(
            goal.request, self._agent, self._lexicon, self._before, agreed=goal.confirmed
        )

    def fitting(self, verdicts: Sequence[Verdict]) -> list[Verdict]:
        """Return those by which the proposal is right, and not likelier to be a wrong one.

        That would be one for a request which it contradicts.
        """
        others = (
            Likeness(likeness.identity, likeness.words - len(wrong) * CONTRADICTED)
            for _, likeness, wrong in verdicts
            if wrong and DEED not in wrong and is_about(likeness)
        )
        other = max(others, default=None)
        return [
            verdict
            for verdict in verdicts
            if not verdict.wrong and (other is None or self._favoured(verdict) >= other)
        ]

    def likest(self, fitting: Sequence[Verdict]) -> Goal:
        """Return the goal, of those that the proposal fits, that it is likest to be for."""
        return max(fitting, key=self._likelihood).goal

    def meant(self, fitting: Sequence[Verdict], likest: Goal) -> list[Goal]:
        """Return the goals that the proposal is for: the likest, and those that it adds to it."""
        held = held_in(self._agent, self._before, self._lexicon)
        return [
            verdict.goal
            for verdict in fitting
            if verdict.goal is likest
            or (
                self._named(verdict) > 0
                and adds_to(verdict.goal.request, likest.request, held, self._lexicon)
            )
        ]

    def excess(self) -> list[str]:
        """Return the slots of which the agent proposes more than what was brought up comes to."""
        brought = [goal.request for goal in self.all if goal.stage != Stage.WAITING]
        if unwanted(brought, self._agent, self._lexicon, self._before):
            return [DEED]
        requests = [goal.request for goal in self.open_ones()]
        return sorted(overdone(requests, self._agent, self._lexicon, self._before))

    def was_asked_for(self) -> bool:
        """Say whether the agent proposes what the user has agreed to before.

        A closed request that is much like it was not dealt with, but taken for another one.
        """
        return any(
            goal.confirmed and not wrong and likeness >= Likeness(0, SIMILAR)
            for goal, likeness, wrong in map(self.compare, self.all)
        )

    def _favoured(self, verdict: Verdict) -> Likeness:
        """Return how like a request is, for comparison with one that the proposal contradicts.

        Requests are mostly dealt with in the order in which they were made.
        """
        before = self.all[: verdict.goal.index]
        in_turn = all(goal.stage == Stage.CLOSED for goal in before)
        likeness = verdict.likeness
        return Likeness(likeness.identity, likeness.words + in_turn * IN_TURN)

    def _likelihood(self, verdict: Verdict) -> tuple[int, int, float]:
        """Return what makes a proposal that fits a request likely to be about it.

        If two requests are told apart by references only, the agent hardly proposes the one of
        which it has not heard all yet.
        """
        unsaid = len(self._facts.unsaid(verdict.goal.index))
        return self._named(verdict), -unsaid, self._favoured(verdict).words

    def _named(self, verdict: Verdict) -> int:
        """Return how far a proposal names a request by its ids, as far as the agent can know them.

        A record that the user has not named yet is named for another request.
        """
        unsaid = " ".join(fact.text for fact in self._facts.unsaid(verdict.goal.index))
        ids = mentions_in(unsaid, self._lexicon).keys() & self._lexicon.identifying
        identity = verdict.likeness.identity
        return min(identity, 0) if ids else identity

    def was_said(self, goal: Goal, fact: Fact) -> bool:
        """Say whether a fact of a request was said, if only with its earlier value."""
        key = Key(goal.index, fact.slot)
        return self._facts.said(key) is not None or self._facts.mistaken(key) is not None

    def owes(self, goal: Goal, wanted: frozenset[str]) -> bool:
        """Say whether something that is asked for of a request was not said yet."""
        return any(not self.was_said(goal, fact) for fact in goal.asked(wanted))

    def asked_of_one(self, wanted: frozenset[str], text: str) -> Asked | None:
        """Return which of several requests on the table a question is about; None if any may be.

        That is the one that the question names, by an id or by what is to be done; or, where
        several things are asked for, the one that has most of them.
        """
        on_table = [goal for goal in self.all if Stage.STATED <= goal.stage < Stage.CLOSED]
        having = [goal for goal in on_table if goal.asked(wanted)]
        if len(having) < 2:
            return None
        meant = self._named_among(having, text)
        slots = {fact.slot for goal in having for fact in goal.asked(wanted)}
        if len(meant) == len(having) and len(slots) < 2:
            return None
        goal = max(meant, key=lambda each: (len(each.asked(wanted)), self.owes(each, wanted)))
        if not self.owes(goal, wanted):
            # It may be asked of another one: "whether you would pay" sounds like a deed, too.
            goal = next((each for each in having if self.owes(each, wanted)), goal)
        return Asked(goal, meant[0])

    def having(self, slot: str) -> list[tuple[Goal, Fact]]:
        """Return the facts of a slot that the agent may be asking for, each with its goal."""
        return [
            (goal, fact)
            for goal in self.all
            for fact in goal.request.facts
            if fact.slot == slot and self._may_be_meant(goal, fact)
        ]

    def _may_be_meant(self, goal: Goal, fact: Fact) -> bool:
        """Say whether the agent may be asking for a fact of this request.

        That of a closed one was not dealt with, but taken for it, if there is something unsaid.
        """
        if goal.stage == Stage.CLOSED:
            return not self.was_said(goal, fact)
        return goal.stage != Stage.WAITING

    def _named_among(self, goals: Sequence[Goal], text: str) -> Sequence[Goal]:
        """Return those of several requests that a question in a text names; all, if it does not."""
        asked = " ".join(each for each in sentences_in(text) if cues.requests(each))
        for names in (self._names_record, self._names_deed):
            if len(goals) > 1 and (named := [goal for goal in goals if names(goal, asked)]):
                return named
        return goals

    def _names_record(self, goal: Goal, text: str) -> bool:
        """Say whether a text has the id of what a request is about."""
        return compare(goal.request, text, self._lexicon)[0].identity > 0

    def _names_deed(self, goal: Goal, text: str) -> bool:
        """Say whether a text names what a request can come to."""
        aims = self._lexicon.aims.get(goal.request.intent, frozenset())
        return bool(deeds_in(text, self._lexicon).any & aims)
