"""The scripted user, which needs no model and no network; and the users that go by a name."""

from collections.abc import Sequence
from typing import NamedTuple

from writ_gym.seeding import rng_for
from writ_gym.tasks import Fact, Scenario
from writ_gym.understanding import cues
from writ_gym.understanding.deeds import deeds_in
from writ_gym.understanding.hands import Agreement, Errands, Hands, Step
from writ_gym.understanding.reading import (
    Lexicon,
    Reading,
    is_yes,
    mentions_in,
    quote,
    read_agent,
    sentences_in,
)
from writ_gym.users.behaviours import behaviours_of, phrases, volunteered
from writ_gym.users.behaviours.base import Line, Lines, first_of
from writ_gym.users.facts import DEED, FactTracker, Key, has_all
from writ_gym.users.goals import Goal, Goals, Stage, asks_ahead, wishes_in
from writ_gym.users.simulators import UserFactory, UserSimulator, UserTurn

PATIENCE = 4
"""Turns in a row that may lead nowhere before the scripted user gives up."""


class _Given(NamedTuple):
    """What the user says of what it is asked for, and for which slots that is."""

    lines: Lines
    slots: frozenset[str]


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
        self._facts = FactTracker(scenario)
        self._goals = Goals(scenario, lexicon, self._facts)
        self._behaviours = behaviours_of(scenario, lexicon, self._facts)
        self._rng = rng_for(scenario.seed, "user")
        self._patience = PATIENCE
        self._hands = hands
        self._errands = Errands()
        self._agreement = Agreement()
        self._aside: Lines = []
        """What is said after the answers of the tools."""

    def resume(self, said: str, stages: Sequence[Stage]) -> None:
        """Go on in the middle of a conversation that somebody else has led so far.

        Args:
            said: The texts of the requests and facts that were said.
            stages: How far the user has come with each request of the scenario.
        """
        self._goals.resume(stages)
        self._facts.hear(said)

    async def open(self) -> UserTurn:
        """State the first request, or all, as the scenario's disclosure says."""
        lines = [Line(self._pick(phrases.HELLO)), *self._volunteer(None, self._scenario.identity)]
        count = len(self._goals.all) if self._scenario.disclosure == "all_at_once" else 1
        for behaviour in self._behaviours:
            count = behaviour.opens(count)
        for goal in self._goals.all[:count]:
            lines += [Line(self._pick(phrases.NEXT))] if goal.index else []
            lines += self._state(goal)
        return self._turn(lines)

    async def respond(self, text: str) -> UserTurn:
        """Answer the agent: confirm or decline, give what is asked for, go on, or end."""
        self._goals.hear(text)
        reading = read_agent(text, self._lexicon)
        if reading.transfers:
            return self._turn([Line(self._pick(phrases.THANKS))], end=True)
        correction = self._correct(reading, text)
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
        if not steps and not reading.asks:
            steps = self._agreement.told(text)
        return (steps, rest) if steps or busy else (put_off, text)

    def _set_about(self, steps: tuple[Step, ...], rest: Reading) -> UserTurn:
        """Begin with what the agent tells the user to do; ``rest`` is what it says besides."""
        if self._hands is None or not self._hands.free:
            self._patience -= 1
            if self._patience <= 0:
                return self._give_up()
            return self._turn([Line(self._pick(phrases.NO_HANDS), "remark")])
        self._patience = PATIENCE
        if rest.reports and self._goals.at(Stage.STATED):  # the steps are about one of these
            self._goals.close_confirmed()
        count, then = len(steps), list[Line]()
        for behaviour in self._behaviours:
            taken, said = behaviour.takes(steps[:count])
            if taken < count:
                count, then = taken, said
        self._agreement.done(step.call for step in steps)
        self._aside = [*then, *self._give(rest.asks, "")]
        self._errands.begin(steps[:count], steps[count:])
        return self._use()

    def _use(self) -> UserTurn:
        """Make the next call; if all are made, report what came of them."""
        call = self._errands.call
        if call is not None:
            self._goals.helped = True
            return UserTurn("", calls=(call,))
        lines: Lines = []
        for answer, already in self._errands.answers:
            lines += [Line(self._pick(phrases.ALREADY), "remark")] if already else []
            lines += [Line(self._pick(phrases.REPORT), "remark"), Line(quote(answer), "report")]
        return self._turn([*lines, *self._aside])

    def _correct(self, reading: Reading, text: str) -> Lines:
        """Set right what was said wrong, if it is time for that, and give what is asked for."""
        lines: Lines = []
        corrected = set()
        for key in self._facts.outstanding():
            fact = self._facts.fact(key)
            correction = first_of(b.corrects(key, fact, reading) for b in self._behaviours)
            if correction:
                lines += correction
                corrected.add(key.slot)
        return lines + self._give(reading.asks - corrected, text) if lines else []

    def _close(self, reading: Reading, text: str) -> tuple[bool, Lines]:
        """Close the goals that the agent has dealt with.

        Returns:
            Whether there was one, and what the user says instead of accepting a refusal.
        """
        agreed = bool(self._goals.at(Stage.CONFIRMED))
        reports = reading.settles(acted=self._goals.helped or agreed)
        if reading.fails and (failed := self._goals.reopen()):
            return False, [] if reading.is_question else self._remind(failed, fully=True)
        if (reports or reading.refuses) and self._goals.close_confirmed():
            self._goals.close_refused()
            return True, []
        goal = self._goals.spoken_of()
        if goal is None or (reading.is_question and not self._takes_it_as_done(text)):
            return False, []
        if reading.refuses and (objection := self._contest(goal)):
            return False, objection
        answered = goal.request.answer == "information" and reading.informs
        if answered and (more := self._open_up()):
            return False, more
        answered |= goal.contested and (reading.informs or reading.offers_more)
        if answered or reading.refuses or reports:
            self._goals.close(goal)
            return True, []
        return False, []

    def _takes_it_as_done(self, text: str) -> bool:
        """Say whether an agent asks whether the user is satisfied."""
        return any(cues.asks_if_satisfied(each, self._lexicon.trade) for each in sentences_in(text))

    def _asks_back(self, text: str) -> bool:
        """Say whether all that an agent asks who has done something is whether that is well.

        Whoever is done with everything need not agree to anything more, either.
        """
        asked = [each for each in sentences_in(text) if cues.proposes(each, self._lexicon.trade)]
        said = " ".join(asked)
        if deeds_in(said, self._lexicon).any or mentions_in(said, self._lexicon):
            return False
        return bool(asked) and (
            cues.asks_back(said, self._lexicon.trade) or not self._goals.current
        )

    def _contest(self, goal: Goal) -> Lines:
        """Return what is said to a refusal instead of accepting it."""
        objection = first_of(behaviour.contests(goal.index) for behaviour in self._behaviours)
        goal.contested |= bool(objection)
        return objection

    def _answer(self, text: str, reading: Reading) -> Lines:
        """Return the reply to a proposal or a question; empty if the message is neither."""
        mine = self._hands.proposed(text, self._lexicon) if self._hands else ()
        if (reading.proposes or mine) and (reply := self._judge(text, reading, mine)):
            if not is_yes(reply[0].text):
                return reply
            self._agreement.add(mine)
            return reply + self._complete(text, reading)
        if reading.offers_look and not reading.asks:
            return self._let_look(text, reading)
        reply = self._give(reading.asks, text)
        if not reply and asks_ahead(self._scenario.requests, self._goals.stages, reading.asks):
            ahead = self._next()
            return ahead + [line for line in self._give(reading.asks, text) if line not in ahead]
        open_to = reading.open or (reading.asks and not reply)
        more = [line for line in self._open_up() if open_to and line not in reply]
        if not reply or any(line.kind == "fact" for line in more):
            reply += more
        goal = self._goals.first(Stage.STATED)
        return self._remind(goal, fully=True) if goal and reading.chooses and not reply else reply

    def _let_look(self, text: str, reading: Reading) -> Lines:
        """Let the agent look something up, unless it is for something else than what is wanted."""
        stated = self._goals.at(Stage.STATED)
        wrong = [self._goals.looked_for_wrongly(goal, text) for goal in stated]
        if stated and all(wrong):
            return self._decline(stated[0], wrong[0], text, reading)
        more = self._open_up()
        return more if more and reading.open else [Line(self._pick(phrases.LOOK), "verdict"), *more]

    def _complete(self, text: str, reading: Reading) -> Lines:
        """Return what a proposal asks for besides a yes, and what is wanted that it lacks."""
        asked = [line for line in self._give(reading.asks, text) if line.kind == "fact"]
        confirmed = self._goals.at(Stage.CONFIRMED)
        untold = [line for goal in confirmed for line in self._untold(goal)]
        new = [line for line in untold if not has_all(text, line.text, self._lexicon)]
        return [*asked, *(line for line in new if line not in asked)]

    def _open_up(self) -> Lines:
        """Say what an open question is about: the request at hand, and what it is to come to."""
        goal = self._goals.first(Stage.STATED)
        new = self._untold(goal) if goal else []
        return [Line(goal.request.text, "request"), *new] if goal and new else []

    def _untold(self, goal: Goal) -> Lines:
        """Return what was not said yet of what is wanted, as far as the user would volunteer it."""
        facts = goal.request.facts
        new = [f for f in wishes_in(facts, self._lexicon) if not self._goals.was_said(goal, f)]
        chosen = volunteered(self._behaviours, goal.index, new, facts)
        return [self._tell(goal.index, f) for f in chosen if not self._goals.was_said(goal, f)]

    def _judge(self, text: str, reading: Reading, mine: Sequence[Step]) -> Lines:
        """Confirm or decline the proposal in ``text``, and what the user itself does by it."""
        goals = self._goals
        open_ones = goals.open_ones()
        if not open_ones:
            asked = goals.was_asked_for()
            return [Line(self._pick(phrases.YES if asked else phrases.NOT_ASKED), "verdict")]
        if reading.refuses and not any(goals.still_fits(goal) for goal in open_ones):
            return self._take_no(open_ones[0])
        verdicts = [goals.compare(goal) for goal in open_ones]
        fitting = goals.fitting(verdicts)
        if not fitting and (goals.was_asked_for() or (mine and self._does(open_ones, text))):
            return [Line(self._pick(phrases.YES), "verdict")]
        if not fitting:
            nearest = max(verdicts, key=lambda each: (DEED not in each.wrong, each.likeness))
            return self._decline(nearest.goal, nearest.wrong, text, reading)
        likest = goals.likest(fitting)
        if excess := goals.excess():
            return self._decline(likest, excess, text, reading)
        meant = goals.meant(fitting, likest)
        for goal in meant:
            objection = first_of(b.objects(goal.index, text) for b in self._behaviours)
            if objection:
                return objection
        for goal in meant:
            if owed := self._owed(goal, text, reading):
                return [Line(self._pick(phrases.NOT_YET), "verdict"), *owed]
        goals.confirm(meant)
        goals.close_refused()
        return [Line(self._pick(phrases.YES), "verdict")]

    def _owed(self, goal: Goal, text: str, reading: Reading) -> Lines:
        """Return what has to be said before a yes: what is wanted, and neither said nor proposed.

        What the message asks for comes along; what the user would keep to itself is not owed.
        """
        new = [
            fact
            for fact in goal.request.facts
            if fact.slot not in reading.asks
            and not self._goals.was_said(goal, fact)
            and self._goals.is_lacking(fact, text)
        ]
        chosen = volunteered(self._behaviours, goal.index, new, goal.request.facts)
        told = [self._tell(goal.index, fact) for fact in chosen if fact in new]
        if not told:
            return []
        asked = [line for line in self._give(reading.asks, text) if line.kind == "fact"]
        return [Line(goal.request.text, "request"), *told, *asked]

    def _does(self, goals: Sequence[Goal], text: str) -> bool:
        """Say whether a text has the user do what helps with a goal, and the agent nothing else."""
        own = self._hands.deeds if self._hands else frozenset()
        wanted = [self._lexicon.aims.get(goal.request.intent, own) for goal in goals]
        along = [self._lexicon.along.get(aim, frozenset()) for aims in wanted for aim in aims]
        named = deeds_in(text, self._lexicon).any
        return named <= own and any(own & deeds for deeds in (*wanted, *along))

    def _take_no(self, goal: Goal) -> Lines:
        """Take no for an answer: decline what is offered instead, and bring what is left."""
        if objection := self._contest(goal):
            return objection
        goal.stage = Stage.CLOSED
        if not self._goals.current:
            return []
        return [Line(self._pick(phrases.NOT_ASKED), "verdict"), *self._next()]

    def _decline(self, goal: Goal, wrong: Sequence[str], text: str, reading: Reading) -> Lines:
        """Say no to a proposal, what is wanted instead, and what is wrong in it."""
        goal.stage = Stage.STATED
        facts = [Line(f.text, "fact") for f in goal.request.facts if f.slot in wrong]
        refusal = self._pick(phrases.NOT_ASKED if DEED in wrong else phrases.NO)
        said = {fact.text for fact in facts}
        more = [line for line in self._complete(text, reading) if line.text not in said]
        return [Line(refusal, "verdict"), Line(goal.request.text, "request"), *facts, *more]

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
        """Return what is asked for of one of several requests on the table."""
        asked = self._goals.asked_of_one(wanted, text)
        if asked is None:
            return _Given([], frozenset())
        goal, first = asked
        facts = goal.asked(wanted)
        lines: Lines = []
        if goal is not first:
            known = first.asked(wanted)
            if len(known) < len(facts) or self._goals.owes(first, wanted):
                known = []  # or else the first one, of which all was said, may be meant as well
            lines = [self._tell(first.index, fact) for fact in known]
            lines += [Line(goal.request.text, "request")]
        lines += [self._tell(goal.index, fact) for fact in facts]
        return _Given(lines, frozenset(fact.slot for fact in facts))

    def _give_slot(self, slot: str) -> Lines:
        """Return a fact of the first request that has it, one that was not said if there is one."""
        found = self._goals.having(slot)
        if not found:
            return []
        goal, fact = min(
            found, key=lambda item: (self._goals.was_said(*item), item[0].stage == Stage.CLOSED)
        )
        first, known = found[0]
        lines = [self._tell(goal.index, fact)]
        if goal is first or (goal.stage, first.stage) != (Stage.STATED, Stage.STATED):
            return lines
        # The first one, of which it was said, may be meant as well: each is said with its request.
        return [self._tell(first.index, known), Line(goal.request.text, "request"), *lines]

    def _go_on(self, reading: Reading, progress: bool) -> UserTurn:
        """Bring the next request, end the conversation, or try to get it on its way again."""
        current = self._goals.current
        if current is None:
            return self._leave()
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
        confirmed = any(goal.confirmed for goal in self._goals.all)
        rest = first_of(behaviour.lingers(confirmed) for behaviour in self._behaviours)
        if rest:
            return self._turn([Line(self._pick(phrases.THANKS)), *rest])
        goodbye = [Line(self._pick(phrases.THANKS)), Line(self._pick(phrases.BYE))]
        return self._turn(goodbye, end=True)

    def _next(self) -> Lines:
        """State the next request that waits, if one does."""
        goal = self._goals.first(Stage.WAITING)
        return [] if goal is None else [Line(self._pick(phrases.NEXT)), *self._state(goal)]

    def _state(self, goal: Goal) -> Lines:
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

    def _remind(self, goal: Goal, *, fully: bool = False) -> Lines:
        """State a request again; with what was said of it if that may not have come across."""
        if goal.stage == Stage.WAITING:
            return self._state(goal)
        facts = wishes_in(goal.request.facts, self._lexicon) if fully else []
        said: Sequence[Fact] = [fact for fact in facts if self._goals.was_said(goal, fact)]
        for behaviour in self._behaviours:
            said = behaviour.reminds(goal.index, said)
        return [Line(goal.request.text, "request"), *(self._tell(goal.index, f) for f in said)]

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
