"""User simulators: the protocol, and the scripted user, which needs no model and no network."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple, Protocol, TypeAlias, runtime_checkable

from writ_gym import cues
from writ_gym.behaviours import behaviours_of, phrases, volunteered
from writ_gym.behaviours.base import Line, Lines, first_of
from writ_gym.deeds import deeds_in, held_in, unwanted
from writ_gym.facts import (
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
    refused_besides,
)
from writ_gym.hands import Errands, Hands, Step
from writ_gym.seeding import rng_for
from writ_gym.tasks import Call, Fact, Request, Scenario
from writ_gym.understanding import (
    Lexicon,
    Reading,
    is_yes,
    mentions_in,
    proposed_in,
    quote,
    read_agent,
    sentences_in,
)


@dataclass(frozen=True, slots=True)
class UserTurn:
    """What a user says, and whether the user then leaves the conversation.

    With calls, the user has not said anything yet: it uses its tools first.
    """

    text: str
    end: bool = False
    calls: tuple[Call, ...] = ()


class UserSimulator(Protocol):
    """Plays the user of one scenario; made anew for every episode."""

    @property
    def immediate(self) -> bool:
        """Whether its coroutines never wait, so that they can run without an event loop."""

    async def open(self) -> UserTurn:
        """Return the user's first message."""

    async def respond(self, text: str) -> UserTurn:
        """Return the user's answer to what the agent said."""

    async def observe(self, answers: Sequence[str]) -> UserTurn:
        """Go on after the calls of the last turn were made, with what the tools answered."""


@runtime_checkable
class Guarded(Protocol):
    """A user simulator whose turns are a model's, with what there was to object to in them."""

    objections: Counter[str]
    """By reason, how many of the model's turns were not let through."""


@runtime_checkable
class Seeded(Protocol):
    """A user simulator that samples what it says: whoever plays it may set another seed."""

    seed: int
    """Seeds its turns; by default that of the scenario, which all trials of a task share."""


UserFactory: TypeAlias = Callable[[Scenario, Lexicon, Hands | None], UserSimulator]


class Stage(IntEnum):
    """How far the user has come with one request."""

    WAITING = 0
    STATED = 1
    CONFIRMED = 2
    CLOSED = 3


@dataclass(slots=True)
class _Goal:
    """One request on the user's agenda."""

    index: int
    request: Request
    stage: Stage = Stage.WAITING
    confirmed: bool = False
    """Whether the user has agreed to a proposal for it."""
    contested: bool = False
    """Whether the user has objected to a refusal of it."""


def _asked_of(goal: _Goal, wanted: frozenset[str]) -> list[Fact]:
    """Return the facts of a request that are asked for."""
    return [fact for fact in goal.request.facts if fact.slot in wanted]


class _Given(NamedTuple):
    """What the user says of what it is asked for, and for which slots that is."""

    lines: Lines
    slots: frozenset[str]


CONTRADICTED = 0.2
"""Share of a request's words that a proposal has to have more for each slot that it contradicts."""
IN_TURN = 0.1
"""Share of a request's words that a proposal need not have if it is the turn of that request."""

PATIENCE = 4
"""Turns in a row that may lead nowhere before the scripted user gives up."""


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


class ScriptedUser:
    """An agenda-based user: deterministic, gives what is asked for, confirms what it wants.

    Knows the scenario alone. The agenda decides what is due in a turn; the scenario's behaviours
    have a say at the points of a turn that ``Behaviour`` names.
    Source: agenda-based user simulation (Schatzmann et al., 2007).
    """

    immediate = True

    def __init__(self, scenario: Scenario, lexicon: Lexicon, hands: Hands | None = None) -> None:
        """Begin a conversation.

        Args:
            scenario: What the user knows and wants.
            lexicon: The words of the domain.
            hands: What the user holds, if there is such a thing in the domain.

        Raises:
            TaskError: The scenario names a behaviour that does not exist.
        """
        self._scenario = scenario
        self._lexicon = lexicon
        self._goals = [_Goal(index, request) for index, request in enumerate(scenario.requests)]
        self._facts = FactTracker(scenario)
        self._behaviours = behaviours_of(scenario, lexicon, self._facts)
        self._rng = rng_for(scenario.seed, "user")
        self._patience = PATIENCE
        self._hands = hands
        self._errands = Errands()
        self._aside: Lines = []
        """What is said after the answers of the tools."""
        self._helped = False
        """Whether the user has used a tool since it last was done with a request."""
        self._before = ""
        """What the agent said last but one; what it says now may be about that."""
        self._heard = ""
        """What the agent said last."""

    def resume(self, said: str, stages: Sequence[Stage]) -> None:
        """Go on in the middle of a conversation that somebody else has led so far.

        Args:
            said: The texts of the requests and facts that were said.
            stages: How far the user has come with each request of the scenario.
        """
        for goal, stage in zip(self._goals, stages, strict=True):
            goal.stage = stage
            goal.confirmed = stage >= Stage.CONFIRMED
        self._facts.hear(said)

    async def open(self) -> UserTurn:
        """State the first request, or all, as the scenario's disclosure says."""
        lines = [Line(self._pick(phrases.HELLO)), *self._volunteer(None, self._scenario.identity)]
        count = len(self._goals) if self._scenario.disclosure == "all_at_once" else 1
        for behaviour in self._behaviours:
            count = behaviour.opens(count)
        for goal in self._goals[:count]:
            lines += [Line(self._pick(phrases.NEXT))] if goal.index else []
            lines += self._state(goal)
        return self._turn(lines)

    async def respond(self, text: str) -> UserTurn:
        """Answer the agent: confirm or decline, give what is asked for, go on, or end."""
        self._before, self._heard = self._heard, text
        reading = read_agent(text, self._lexicon)
        if reading.transfers:
            return self._turn([Line(self._pick(phrases.THANKS))], end=True)
        correction = self._correct(reading)
        steps, rest = ((), text) if correction else self._told(text, reading)
        if steps:
            return self._set_about(steps, read_agent(rest, self._lexicon))
        progress, objection = (False, []) if correction else self._close(reading, text)
        reply = correction or objection
        if not (reply or (progress and self._asks_back(text))):
            reply = self._answer(text, reading)
        if reply:
            self._patience = PATIENCE
            return self._turn(reply)
        return self._go_on(reading, progress)

    async def observe(self, answers: Sequence[str]) -> UserTurn:
        """Take the next step, or report."""
        for answer in answers:
            self._errands.answer(answer)
        return self._use()

    def _told(self, text: str, reading: Reading) -> tuple[tuple[Step, ...], str]:
        """Return the steps that the agent tells the user to take, and what it says besides.

        What was put off is meant where the agent just says something more about it.
        """
        if self._hands is None:
            return (), text
        put_off, self._errands.put_off = self._errands.put_off, ()
        steps, rest = self._hands.told(text, self._lexicon)
        busy = reading.asks or reading.proposes or reading.offers_more
        return (steps, rest) if steps or busy else (put_off, text)

    def _set_about(self, steps: tuple[Step, ...], rest: Reading) -> UserTurn:
        """Begin with what the agent tells the user to do; ``rest`` is what it says besides."""
        if self._hands is None or not self._hands.free:
            self._patience -= 1
            if self._patience <= 0:
                return self._give_up()
            return self._turn([Line(self._pick(phrases.NO_HANDS), "remark")])
        self._patience = PATIENCE
        others = any(goal.stage == Stage.STATED for goal in self._goals)
        if rest.reports and others:  # the steps are about one of these
            self._close_confirmed()
        count, then = len(steps), list[Line]()
        for behaviour in self._behaviours:
            taken, said = behaviour.takes(steps[:count])
            if taken < count:
                count, then = taken, said
        self._aside = [*then, *self._give(rest.asks, "")]
        self._errands.begin(steps[:count], steps[count:])
        return self._use()

    def _use(self) -> UserTurn:
        """Make the next call; if all are made, report what came of them."""
        call = self._errands.call
        if call is not None:
            self._helped = True
            return UserTurn("", calls=(call,))
        lines: Lines = []
        for answer, already in self._errands.answers:
            lines += [Line(self._pick(phrases.ALREADY), "remark")] if already else []
            lines += [Line(self._pick(phrases.REPORT), "remark"), Line(quote(answer), "report")]
        return self._turn([*lines, *self._aside])

    def _correct(self, reading: Reading) -> Lines:
        """Set right what was said wrong, if it is time for that, and give what is asked for."""
        lines: Lines = []
        corrected = set()
        for key in self._facts.outstanding():
            fact = self._facts.fact(key)
            correction = first_of(b.corrects(key, fact, reading) for b in self._behaviours)
            if correction:
                lines += correction
                corrected.add(key.slot)
        return lines + self._give(reading.asks - corrected, self._heard) if lines else []

    def _close(self, reading: Reading, text: str) -> tuple[bool, Lines]:
        """Close the goals that the agent has dealt with.

        Returns:
            Whether there was one, and what the user says instead of accepting a refusal.
        """
        agreed = any(goal.stage == Stage.CONFIRMED for goal in self._goals)
        reports = reading.settles(acted=self._helped or agreed)
        if reading.fails and (failed := self._reopen()):
            return False, [] if reading.is_question else self._remind(failed, fully=True)
        if (reports or reading.refuses) and self._close_confirmed():
            self._close_refused(text)
            return True, []
        stated = [goal for goal in self._goals if goal.stage == Stage.STATED]
        if not stated or (reading.is_question and not self._takes_it_as_done(text)):
            return False, []
        goal = stated[meant_among([goal.request for goal in stated], text, self._lexicon)]
        if reading.refuses and (objection := self._contest(goal)):
            return False, objection
        answered = goal.request.answer == "information" and reading.informs
        if answered and (more := self._open_up()):
            return False, more
        answered |= goal.contested and (reading.informs or reading.offers_more)
        if answered or reading.refuses or reports:
            goal.stage = Stage.CLOSED
            self._helped = False
            return True, []
        return False, []

    def _takes_it_as_done(self, text: str) -> bool:
        """Say whether an agent asks whether the user is satisfied."""
        return any(cues.asks_if_satisfied(each) for each in sentences_in(text))

    def _asks_back(self, text: str) -> bool:
        """Say whether all that an agent asks who has done something is whether that is well.

        Whoever is done with everything need not agree to anything more, either.
        """
        asked = [each for each in sentences_in(text) if cues.proposes(each)]
        said = " ".join(asked)
        if deeds_in(said, self._lexicon).any or mentions_in(said, self._lexicon):
            return False
        return bool(asked) and (cues.asks_back(said) or not self._left())

    def _close_confirmed(self) -> bool:
        """Close the goals that the user has agreed to a proposal for; say whether there is one."""
        confirmed = [goal for goal in self._goals if goal.stage == Stage.CONFIRMED]
        for goal in confirmed:
            goal.stage = Stage.CLOSED
            self._helped = False
        return bool(confirmed)

    def _close_refused(self, text: str) -> None:
        """Close the goal that the agent refuses beside what it reports or proposes for others."""
        stated = [goal for goal in self._goals if goal.stage == Stage.STATED]
        place = refused_besides([goal.request for goal in stated], text, self._lexicon)
        if place is not None:
            stated[place].stage = Stage.CLOSED

    def _reopen(self) -> _Goal | None:
        """Take up again what the user has agreed to and the agent could not do as it was."""
        failed = [goal for goal in self._goals if goal.stage == Stage.CONFIRMED]
        for goal in failed:
            goal.stage = Stage.STATED
        return failed[0] if failed else None

    def _contest(self, goal: _Goal) -> Lines:
        """Return what is said to a refusal instead of accepting it."""
        objection = first_of(behaviour.contests(goal.index) for behaviour in self._behaviours)
        goal.contested |= bool(objection)
        return objection

    def _answer(self, text: str, reading: Reading) -> Lines:
        """Return the reply to a proposal or a question; empty if the message is neither."""
        if reading.proposes and (reply := self._judge(text, reading)):
            return reply + self._complete(text, reading) if is_yes(reply[0].text) else reply
        if reading.offers_look and not reading.asks:
            return self._let_look(text, reading)
        reply = self._give(reading.asks, text)
        stages = [goal.stage for goal in self._goals]
        if not reply and asks_ahead(self._scenario.requests, stages, reading.asks):
            ahead = self._next()
            return ahead + [line for line in self._give(reading.asks, text) if line not in ahead]
        open_to = reading.open or (reading.asks and not reply)
        return reply + [line for line in self._open_up() if open_to and line not in reply]

    def _let_look(self, text: str, reading: Reading) -> Lines:
        """Let the agent look something up, unless it is for something else than what is wanted."""
        stated = [goal for goal in self._goals if goal.stage == Stage.STATED]
        wrong = [[s for s in self._compare(goal, text)[1] if s != DEED] for goal in stated]
        if stated and all(wrong):
            return self._decline(stated[0], wrong[0], text, reading)
        more = self._open_up()
        return more if more and reading.open else [Line(self._pick(phrases.LOOK), "verdict"), *more]

    def _complete(self, text: str, reading: Reading) -> Lines:
        """Return what a proposal asks for besides a yes, and what is wanted that it lacks."""
        asked = [line for line in self._give(reading.asks, text) if line.kind == "fact"]
        goals = [goal for goal in self._goals if goal.stage == Stage.CONFIRMED]
        untold = [line for goal in goals for line in self._untold(goal)]
        new = [line for line in untold if not has_all(text, line.text, self._lexicon)]
        return [*asked, *(line for line in new if line not in asked)]

    def _open_up(self) -> Lines:
        """Say what an open question is about: the request at hand, and what it is to come to."""
        goal = next((goal for goal in self._goals if goal.stage == Stage.STATED), None)
        new = self._untold(goal) if goal else []
        return [Line(goal.request.text, "request"), *new] if goal and new else []

    def _untold(self, goal: _Goal) -> Lines:
        """Return what was not said yet of what is wanted, as far as the user would volunteer it."""
        facts = goal.request.facts
        new = [f for f in wishes_in(facts, self._lexicon) if not self._was_said(goal, f)]
        chosen = volunteered(self._behaviours, goal.index, new, facts)
        return [self._tell(goal.index, f) for f in chosen if not self._was_said(goal, f)]

    def _judge(self, text: str, reading: Reading) -> Lines:
        """Confirm or decline the proposal in ``text``."""
        stages = {goal.stage for goal in self._goals}
        stage = Stage.STATED if Stage.STATED in stages else Stage.CONFIRMED
        open_goals = [goal for goal in self._goals if goal.stage == stage]
        if not open_goals:
            asked = any(self._was_asked_for(goal, text) for goal in self._goals)
            return [Line(self._pick(phrases.YES if asked else phrases.NOT_ASKED), "verdict")]
        if reading.refuses and not any(
            still_fits(goal.request, text, self._lexicon, self._before, agreed=goal.confirmed)
            for goal in open_goals
        ):
            if objection := self._contest(open_goals[0]):
                return objection
            open_goals[0].stage = Stage.CLOSED
            decline = Line(self._pick(phrases.NOT_ASKED), "verdict") if self._left() else None
            return [decline, *self._next()] if decline else []
        verdicts = [(goal, *self._compare(goal, text)) for goal in open_goals]
        others = (
            Likeness(likeness.identity, likeness.words - len(wrong) * CONTRADICTED)
            for _, likeness, wrong in verdicts
            if wrong and DEED not in wrong and is_about(likeness)
        )
        other = max(others, default=None)
        right = [
            (goal, likeness)
            for goal, likeness, wrong in verdicts
            if not wrong and (other is None or self._favoured(goal, likeness) >= other)
        ]
        if not right and any(self._was_asked_for(goal, text) for goal in self._goals):
            return [Line(self._pick(phrases.YES), "verdict")]
        if not right:
            goal, _, wrong = max(verdicts, key=lambda verdict: (DEED not in verdict[2], verdict[1]))
            return self._decline(goal, wrong, text, reading)
        likest = max(right, key=lambda item: self._likelihood(*item))[0]
        brought = [goal.request for goal in self._goals if goal.stage != Stage.WAITING]
        if unwanted(brought, text, self._lexicon, self._before):
            return self._decline(likest, [DEED], text, reading)
        held = held_in(text, self._before, self._lexicon)
        chosen = [
            goal
            for goal, likeness in right
            if goal is likest
            or (
                self._named(goal, likeness) > 0
                and adds_to(goal.request, likest.request, held, self._lexicon)
            )
        ]
        for goal in chosen:
            objection = first_of(b.objects(goal.index, text) for b in self._behaviours)
            if objection:
                return objection
        for goal in chosen:
            goal.stage = Stage.CONFIRMED
            goal.confirmed = True
        self._close_refused(text)
        return [Line(self._pick(phrases.YES), "verdict")]

    def _compare(self, goal: _Goal, text: str) -> tuple[Likeness, list[str]]:
        """Compare a request with what the agent proposes, if need be in what it said before."""
        return compare(goal.request, text, self._lexicon, self._before)

    def _decline(self, goal: _Goal, wrong: Sequence[str], text: str, reading: Reading) -> Lines:
        """Say no to a proposal, what is wanted instead, and what is wrong in it."""
        goal.stage = Stage.STATED
        facts = [Line(f.text, "fact") for f in goal.request.facts if f.slot in wrong]
        refusal = self._pick(phrases.NOT_ASKED if DEED in wrong else phrases.NO)
        said = {fact.text for fact in facts}
        more = [line for line in self._complete(text, reading) if line.text not in said]
        return [Line(refusal, "verdict"), Line(goal.request.text, "request"), *facts, *more]

    def _favoured(self, goal: _Goal, likeness: Likeness) -> Likeness:
        """Return how like a request is, for comparison with one that the proposal contradicts.

        Requests are mostly dealt with in the order in which they were made.
        """
        in_turn = all(g.stage == Stage.CLOSED for g in self._goals[: goal.index])
        return Likeness(likeness.identity, likeness.words + in_turn * IN_TURN)

    def _was_asked_for(self, goal: _Goal, text: str) -> bool:
        """Say whether a proposal is about what the user has agreed to before.

        A closed request that is much like it was not dealt with, but taken for another one.
        """
        likeness, wrong = self._compare(goal, text)
        return goal.confirmed and not wrong and likeness >= Likeness(0, SIMILAR)

    def _likelihood(self, goal: _Goal, likeness: Likeness) -> tuple[int, int, float]:
        """Return what makes a proposal that fits a request likely to be about it.

        If two requests are told apart by references only, the agent hardly proposes the one of
        which it has not heard all yet.
        """
        words = self._favoured(goal, likeness).words
        return self._named(goal, likeness), -len(self._facts.unsaid(goal.index)), words

    def _named(self, goal: _Goal, likeness: Likeness) -> int:
        """Return how far a proposal names a request by its ids, as far as the agent can know them.

        A record that the user has not named yet is named for another request.
        """
        unsaid = " ".join(fact.text for fact in self._facts.unsaid(goal.index))
        ids = mentions_in(unsaid, self._lexicon).keys() & self._lexicon.identifying
        return min(likeness.identity, 0) if ids else likeness.identity

    def _give(self, wanted: frozenset[str], text: str) -> Lines:
        """Return the facts that a text asks for, as far as the user has them."""
        reply = [self._tell(None, fact) for fact in self._scenario.identity if fact.slot in wanted]
        given = self._give_of_one(wanted, text)
        reply += given.lines
        for slot in sorted(wanted - given.slots):
            reply += self._give_slot(slot)
        unknown = wanted & set(self._scenario.unknown)
        if reply or not unknown:
            return reply
        if not unknown - self._lexicon.nouns.keys():
            return [Line(self._pick(phrases.UNKNOWN), "remark"), *self._open_up()[1:2]]
        known = self._facts.unsaid(None)
        return [Line(self._pick(phrases.UNKNOWN), "remark"), *(self._tell(None, f) for f in known)]

    def _give_of_one(self, wanted: frozenset[str], text: str) -> _Given:
        """Return what is asked for of one of several requests on the table.

        That is the one that the question names, by an id or by what is to be done; or, where
        several things are asked for, the one that has most of them.
        """
        on_table = [goal for goal in self._goals if Stage.STATED <= goal.stage < Stage.CLOSED]
        having = [goal for goal in on_table if _asked_of(goal, wanted)]
        if len(having) < 2:
            return _Given([], frozenset())
        meant = self._named_among(having, text)
        slots = {fact.slot for goal in having for fact in _asked_of(goal, wanted)}
        if len(meant) == len(having) and len(slots) < 2:
            return _Given([], frozenset())
        goal = max(meant, key=lambda each: (len(_asked_of(each, wanted)), self._owes(each, wanted)))
        first = meant[0]
        if not self._owes(goal, wanted):
            # It may be asked of another one: "whether you would pay" sounds like a deed, too.
            goal = next((each for each in having if self._owes(each, wanted)), goal)
        facts = _asked_of(goal, wanted)
        lines: Lines = []
        if goal is not first:
            known = _asked_of(first, wanted)
            if len(known) < len(facts) or self._owes(first, wanted):
                known = []  # or else the first one, of which all was said, may be meant as well
            lines = [self._tell(first.index, fact) for fact in known]
            lines += [Line(goal.request.text, "request")]
        lines += [self._tell(goal.index, fact) for fact in facts]
        return _Given(lines, frozenset(fact.slot for fact in facts))

    def _owes(self, goal: _Goal, wanted: frozenset[str]) -> bool:
        """Say whether something that is asked for of a request was not said yet."""
        return any(not self._was_said(goal, fact) for fact in _asked_of(goal, wanted))

    def _named_among(self, goals: Sequence[_Goal], text: str) -> Sequence[_Goal]:
        """Return those of several requests that a question in a text names; all, if it does not."""
        asked = " ".join(each for each in sentences_in(text) if cues.requests(each))
        for names in (self._names_record, self._names_deed):
            if len(goals) > 1 and (named := [goal for goal in goals if names(goal, asked)]):
                return named
        return goals

    def _names_record(self, goal: _Goal, text: str) -> bool:
        """Say whether a text has the id of what a request is about."""
        return compare(goal.request, text, self._lexicon)[0].identity > 0

    def _names_deed(self, goal: _Goal, text: str) -> bool:
        """Say whether a text names what a request can come to."""
        aims = self._lexicon.aims.get(goal.request.intent, frozenset())
        return bool(deeds_in(text, self._lexicon).any & aims)

    def _give_slot(self, slot: str) -> Lines:
        """Return a fact of the first request that has it, one that was not said if there is one."""
        found = [
            (goal, fact)
            for goal in self._goals
            for fact in goal.request.facts
            if fact.slot == slot and self._may_be_meant(goal, fact)
        ]
        if not found:
            return []
        goal, fact = min(
            found, key=lambda item: (self._was_said(*item), item[0].stage == Stage.CLOSED)
        )
        first, known = found[0]
        lines = [self._tell(goal.index, fact)]
        if goal is first or (goal.stage, first.stage) != (Stage.STATED, Stage.STATED):
            return lines
        # The first one, of which it was said, may be meant as well: each is said with its request.
        return [self._tell(first.index, known), Line(goal.request.text, "request"), *lines]

    def _may_be_meant(self, goal: _Goal, fact: Fact) -> bool:
        """Say whether the agent may be asking for a fact of this request.

        That of a closed one was not dealt with, but taken for it, if there is something unsaid.
        """
        if goal.stage == Stage.CLOSED:
            return not self._was_said(goal, fact)
        return goal.stage != Stage.WAITING

    def _go_on(self, reading: Reading, progress: bool) -> UserTurn:
        """Bring the next request, end the conversation, or try to get it on its way again."""
        if not self._left():
            return self._leave()
        current = next(goal for goal in self._goals if goal.stage != Stage.CLOSED)
        if progress:
            self._patience = PATIENCE
            polite = Line(self._pick(phrases.UNDERSTOOD if reading.refuses else phrases.THANKS))
            if current.stage == Stage.WAITING:
                return self._turn([polite, *self._next()])
            return self._turn([polite, *self._remind(current)])
        lost = reading.informs and not (reading.offers_more or reading.open)
        lead = [Line(self._pick(phrases.LOST), "remark")] if lost else []
        reminder = self._remind(current, fully=self._patience < PATIENCE)
        self._patience -= 1
        if self._patience <= 0:
            return self._give_up()
        if current.stage == Stage.CONFIRMED or (reading.looks and not reading.offers_more):
            return self._turn([Line(self._pick(phrases.WAIT))])
        return self._turn([*lead, *reminder])

    def _give_up(self) -> UserTurn:
        return self._turn([Line(self._pick(phrases.GIVE_UP), "remark")], end=True)

    def _leave(self) -> UserTurn:
        """Say goodbye, unless a behaviour still has something to say."""
        confirmed = any(goal.confirmed for goal in self._goals)
        rest = first_of(behaviour.lingers(confirmed) for behaviour in self._behaviours)
        if rest:
            return self._turn([Line(self._pick(phrases.THANKS)), *rest])
        goodbye = [Line(self._pick(phrases.THANKS)), Line(self._pick(phrases.BYE))]
        return self._turn(goodbye, end=True)

    def _left(self) -> bool:
        return any(goal.stage != Stage.CLOSED for goal in self._goals)

    def _next(self) -> Lines:
        """State the next request that waits, if one does."""
        goal = next((g for g in self._goals if g.stage == Stage.WAITING), None)
        return [] if goal is None else [Line(self._pick(phrases.NEXT)), *self._state(goal)]

    def _state(self, goal: _Goal) -> Lines:
        goal.stage = Stage.STATED
        facts = self._volunteer(goal.index, goal.request.facts)
        return [Line(goal.request.text, "request"), *facts]

    def _volunteer(self, request: int | None, facts: Sequence[Fact]) -> Lines:
        """Return what is said along with a request, or with the greeting, without being asked."""
        opening = [fact for fact in facts if fact.opening]
        chosen = volunteered(self._behaviours, request, opening, facts)
        return [self._tell(request, fact) for fact in chosen]

    def _tell(self, request: int | None, fact: Fact) -> Line:
        key = Key(request, fact.slot)
        instead = (behaviour.tells(key, fact) for behaviour in self._behaviours)
        return next((line for line in instead if line), Line(fact.text, "fact"))

    def _remind(self, goal: _Goal, *, fully: bool = False) -> Lines:
        """State a request again; with what was said of it if that may not have come across."""
        if goal.stage == Stage.WAITING:
            return self._state(goal)
        facts = wishes_in(goal.request.facts, self._lexicon) if fully else []
        said: Sequence[Fact] = [fact for fact in facts if self._was_said(goal, fact)]
        for behaviour in self._behaviours:
            said = behaviour.reminds(goal.index, said)
        return [Line(goal.request.text, "request"), *(self._tell(goal.index, f) for f in said)]

    def _was_said(self, goal: _Goal, fact: Fact) -> bool:
        key = Key(goal.index, fact.slot)
        return self._facts.said(key) is not None or self._facts.mistaken(key) is not None

    def _turn(self, lines: Lines, end: bool = False) -> UserTurn:
        """Return the lines as one turn, as the behaviours word it."""
        for behaviour in self._behaviours:
            lines = behaviour.words(lines, end)
        text = " ".join(line.text for line in lines)
        self._facts.hear(text)
        return UserTurn(text, end)

    def _pick(self, choices: Sequence[str]) -> str:
        return choices[int(self._rng.random() * len(choices))]


def scripted(scenario: Scenario, lexicon: Lexicon, hands: Hands | None = None) -> UserSimulator:
    """Return the scripted user of a scenario."""
    return ScriptedUser(scenario, lexicon, hands)


USERS: dict[str, UserFactory] = {"scripted": scripted}
"""The user simulators that can be named on the command line and in ``gym.make``."""
