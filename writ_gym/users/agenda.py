"""What a user who speaks freely has said, and what has come of it.

The scripted user says facts word for word; a model says them in words of its own. So facts are
known by their values here, and how far a request has come by what both sides have said of it.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TypeAlias

from writ_gym.tasks import Call, Fact, Request, Scenario
from writ_gym.trace import marks_in, strings_in
from writ_gym.understanding.deeds import held_in, unwanted
from writ_gym.understanding.hands import Agreement, Hands, Step
from writ_gym.understanding.reading import Lexicon, Reading, overlap, read_agent, unquoted
from writ_gym.users.behaviours import behaviours_of, volunteered
from writ_gym.users.facts import (
    FactTracker,
    Key,
    Likeness,
    adds_to,
    compare,
    meant_among,
    overdone,
    refused_besides,
)
from writ_gym.users.goals import Stage, still_fits, wishes_in
from writ_gym.users.scripted import PATIENCE
from writ_gym.users.wording import MENTIONED, agrees, declines, marks_of, says, states

STATED = 0.85
"""Share of a request's words that brings it up, where others may be much like it."""
_POLITE = re.compile(
    r"\b(?:please|help|could|would|can|cannot|will|you|your|have|has|are|was|like|want|need|wish"
    r"|with|that|this|there|something|some|for|from|and|but|the|what|which|how|not|all|one|its"
    r"|does|take|make|give|get|see|me|us)\b",
    re.I,
)
_OPEN = (Stage.STATED, Stage.CONFIRMED)


class Agenda:
    """How far a conversation has come, as its user is to see it; hears both sides, turn by turn."""

    def __init__(self, scenario: Scenario, lexicon: Lexicon, hands: Hands | None = None) -> None:
        """Begin a conversation.

        Raises:
            TaskError: The scenario names a behaviour that does not exist.
        """
        self.scenario = scenario
        self.lexicon = lexicon
        self.hands = hands
        self.stages = [Stage.WAITING for _ in scenario.requests]
        """How far each request has come; closed, as soon as the agent has said what comes of it."""
        self.before = tuple(self.stages)
        """That before the agent's last message."""
        self.agreed: set[int] = set()
        """Requests that the user has agreed to a proposal for at some time."""
        self.said: dict[Key, int] = {}
        """Facts said, with the turn that said them first."""
        self.mistaken: dict[Key, int] = {}
        """Facts of which the earlier value was said, likewise."""
        self.turns: list[str] = []
        """What the user has said so far."""
        self.agent = ""
        """The agent's last message; empty before the first."""
        self.agent_before = ""
        """That before it, which a mere "Shall I go ahead?" may be about."""
        self.is_again = False
        """Whether that is just what the agent had said before."""
        self.reading: Reading | None = None
        """What that does; None before the first."""
        self.asked: Counter[Key] = Counter()
        """How often the agent has asked for what before its last message: for a fact of a request,
        and, as if it were of the user's identity, for any slot."""
        self.told: tuple[Step, ...] = ()
        """What the agent has told the user to do with its tools, lately."""
        self.made: list[Call] = []
        """The user's calls since the agent's last message."""
        self.due: list[str] = []
        """What the tools have answered to them, for the user to report."""
        self.stalled = 0
        """Turns in a row that led nowhere."""
        self.idle = 0
        """Turns in a row that the user has had with nothing left to be dealt with."""
        self.evaded = 0
        """Turns in a row that the user has had without giving what the agent waits for."""
        self._helped = self._put_off = False
        self._agreement = Agreement()
        self.statements = "\n".join(_statements(scenario))
        """What the scenario has the user say."""
        values = [value for _, fact in self.facts() for value in strings_in(fact.value)]
        told = scenario.instructions.texts if scenario.instructions else ()
        self.corpus = "\n".join([self.statements, *values, *told])
        """All that the user can know: the scenario, and what the agent and the tools have said."""
        self.marks = marks_in(self.corpus)
        """The ids, amounts and other numbers in it."""
        self.volunteered, self.told_openly, self.opens = _planned(scenario, lexicon)

    def hear(self, text: str) -> None:
        """Take in a message of the agent."""
        if self.reading:
            slots = (Key(None, slot) for slot in self.reading.asks)
            self.asked.update({*slots, *(key for key, _ in self.asked_for)})
        self.before = tuple(self.stages)
        self.is_again = text == self.agent
        self.agent_before = self.agent
        self.agent, self.reading = text, read_agent(text, self.lexicon)
        self._learn(text)
        self._tell(text, self.reading)
        self.made, self.due = [], []
        self._close(self.reading)

    def _tell(self, text: str, reading: Reading) -> None:
        """Take in what the user is told to do; what it has not done yet is put off once."""
        if self.hands is None or not self.hands.free:
            return
        steps = self.hands.told(text, self.lexicon)[0] or self._agreement.told(text)
        put_off = () if self.made or self._put_off or reading.proposes else self.told
        self.told, self._put_off = tuple(steps) or put_off, not steps

    def use(self, calls: Sequence[Call], answers: Sequence[str]) -> None:
        """Take in what the user has done with its tools."""
        self._helped = True
        self._agreement.done(calls)
        self.made += calls
        self.due += answers
        for answer in answers:
            self._learn(answer)

    def note(self, text: str) -> None:
        """Take in what the user says to the agent's last message."""
        number, waits, takes_up = len(self.turns), self.waits_for_user, self.takes_up(text)
        requests, facts = self.newly_stated(text), self.newly_said(text)
        for index in requests:
            self.stages[index] = Stage.STATED
        earlier = [key for key, fact in self.facts() if fact.earlier and states(fact.earlier, text)]
        self.said |= dict.fromkeys(facts, number)
        self.mistaken |= {key: number for key in earlier if key not in self.mistaken}
        proposes = bool(self.reading and self.reading.proposes)
        if self.hands and not self.told and agrees(text):
            self._agreement.add(self.hands.proposed(self.agent, self.lexicon))
        if proposes and agrees(text):
            for index in self.fitting():
                self.stages[index] = Stage.CONFIRMED
                self.agreed.add(index)
        progress = requests or facts or earlier or proposes or self.made
        if waits:
            self.evaded = 0 if takes_up else self.evaded + 1
        if progress and not self.leads_nowhere:
            self.stalled = 0
        elif takes_up or not waits:  # or else it is the user who leads nowhere
            self.stalled += 1
        idle = set(self.stages) == {Stage.CLOSED} and not self.is_busy
        self.idle = self.idle + 1 if idle else 0
        self.turns.append(text)

    @property
    def is_busy(self) -> bool:
        """Say whether the agent's last message wants something of the user."""
        reading = self.reading
        wants = reading is not None and (reading.asks or reading.proposes)
        return bool(wants or self.told or self.made)

    @property
    def is_asked_openly(self) -> bool:
        """Say whether the agent's last message leaves it to the user what to tell of its wishes."""
        reading = self.reading
        return reading is not None and (
            reading.open or bool(reading.asks & set(self.scenario.unknown))
        )

    @property
    def leads_nowhere(self) -> bool:
        """Say whether the agent's last message is about nothing that the user could go on from."""
        reading = self.reading
        if reading is None or self.told or tuple(self.stages) != self.before:
            return False
        if self.has_to_go_on and (reading.open or reading.offers_more):
            return False
        return not (reading.asks or reading.proposes or reading.refuses or reading.reports)

    @property
    def has_to_go_on(self) -> bool:
        """Say whether there is a request to be brought up, and none that is open."""
        return Stage.WAITING in self.stages and not any(stage in _OPEN for stage in self.stages)

    @property
    def outstanding(self) -> list[Key]:
        """Return the facts of which only the earlier value was said: not yet corrected."""
        return [key for key in self.mistaken if key not in self.said]

    @property
    def asked_for(self) -> list[tuple[Key, Fact]]:
        """Return the facts that the agent asks for, be it again, those not said yet first."""
        asks = self.reading.asks if self.reading else frozenset[str]()
        found = [
            (key, fact)
            for key, fact in self.facts()
            if key.slot in asks and (key.request is None or self.stages[key.request] in _OPEN)
        ]
        return sorted(found, key=lambda item: item[0] in self.said)

    @property
    def waits_for_user(self) -> bool:
        """Say whether the agent's last message waits for something that the user has to give."""
        reading = self.reading
        if reading is None or reading.transfers:
            return False
        goes_on = self.has_to_go_on and not self.leads_nowhere
        is_told = bool(self.told and not self.made and self.hands and self.hands.free)
        is_asked = bool(self.asked_for) or (reading.open and Stage.STATED in self.stages)
        return goes_on or is_asked or reading.proposes or is_told

    def takes_up(self, text: str) -> bool:
        """Say whether a turn of the user gives anything of what the agent can wait for."""
        if self.made or self.newly_stated(text) or self.newly_said(text):
            return True
        verdict, asked = agrees(text) or declines(text), dict(self.asked_for)
        proposes = self.reading is not None and self.reading.proposes
        if self.is_asked_openly and self._says_again(text):
            return True
        for key, fact in self.facts():
            earlier = fact.earlier if key in asked or key not in self.mistaken else None
            if earlier and states(earlier, text):
                return True
            if (proposes or key in asked) and states(fact, text):
                return True
            if key in asked and verdict and marks_of(fact.text) and states(fact, self.agent):
                return True
        return proposes and verdict

    def _says_again(self, text: str) -> bool:
        """Say whether a turn of the user is about a request that has not been dealt with."""
        left = [i for i, stage in enumerate(self.stages) if stage != Stage.CLOSED]
        facts = [fact for index in left for fact in self.scenario.requests[index].facts]
        about = any(self._mentioned(index, text) >= MENTIONED for index in left)
        return about or any(states(fact, text) for fact in facts)

    def facts(self) -> Iterator[tuple[Key, Fact]]:
        """Yield all facts of the scenario."""
        for fact in self.scenario.identity:
            yield Key(None, fact.slot), fact
        for index, request in enumerate(self.scenario.requests):
            for fact in request.facts:
                yield Key(index, fact.slot), fact

    def newly_said(self, text: str) -> list[Key]:
        """Return the facts that a turn of the user says first, of requests that are stated."""
        stated = {None, *self.newly_stated(text)}
        stated |= {i for i, stage in enumerate(self.stages) if stage > Stage.WAITING}
        return [
            key
            for key, fact in self.facts()
            if key not in self.said and key.request in stated and says(fact, text)
        ]

    def newly_stated(self, text: str) -> list[int]:
        """Return the requests that a turn of the user brings up."""
        waiting = [i for i, stage in enumerate(self.stages) if stage == Stage.WAITING]
        found = [index for index in waiting if self._brings_up(index, text)]
        busy = any(stage in _OPEN for stage in self.stages)
        vague = self.reading is None and not self.opens
        if found or not waiting or busy or vague or len(unquoted(text).split()) < 4:
            return found
        likest = max(waiting, key=lambda i: (self._mentioned(i, text), -i))
        return [likest] if self._mentioned(likest, text) >= MENTIONED else []

    def _mentioned(self, index: int, text: str) -> float:
        """Return the share of a request's words, without polite ones, that a text has."""
        return overlap(_plain(self.scenario.requests[index].text), text)

    def _brings_up(self, index: int, text: str) -> bool:
        request = self.scenario.requests[index]
        if request.text in text:
            return True
        rest = text
        for place, other in enumerate(self.scenario.requests):
            facts = other.facts if place != index else ()  # which have words of this one, too
            for said in (other.text, *(fact.text for fact in facts)):
                rest = rest.replace(said, " ")
        if overlap(request.text, rest) >= STATED:
            return True
        others = [fact for key, fact in self.facts() if key.request != index]
        taken = {mark for fact in others for mark in marks_of(fact.text)}
        return any(marks_of(fact.text) - taken and states(fact, text) for fact in request.facts)

    def compare(self, index: int) -> tuple[Likeness, list[str]]:
        """Return how much the agent's proposal is like a request, and what it contradicts in it."""
        request = self.scenario.requests[index]
        return compare(request, self.agent, self.lexicon, self.agent_before)

    def fitting(self) -> list[int]:
        """Return the requests on the table that the agent's proposal fits."""
        brought = zip(self.scenario.requests, self.stages, strict=True)
        requests = [request for request, stage in brought if stage != Stage.WAITING]
        if unwanted(requests, self.agent, self.lexicon, self.agent_before) or self.overdone():
            return []
        right = {}
        for index in self.on_table():
            likeness, wrong = self.compare(index)
            if not wrong:
                right[index] = likeness
        likest = max(right, key=lambda index: right[index], default=None)
        if likest is None:
            return []
        held, wanted = held_in(self.agent, self.agent_before, self.lexicon), self.scenario.requests
        return [
            i
            for i, likeness in right.items()
            if i == likest
            or (likeness.identity > 0 and adds_to(wanted[i], wanted[likest], held, self.lexicon))
        ]

    def overdone(self) -> frozenset[str]:
        """Return the slots of which the agent proposes more than the requests on the table."""
        requests = self._requests(self.on_table())
        return overdone(requests, self.agent, self.lexicon, self.agent_before)

    def on_table(self) -> list[int]:
        """Return the requests that were stated, and not dealt with before the last message."""
        return [
            index
            for index, (stage, before) in enumerate(zip(self.stages, self.before, strict=True))
            if stage == Stage.STATED or (stage == Stage.CLOSED and before == Stage.STATED)
        ]

    @property
    def may_give_up(self) -> bool:
        """Whether the conversation leads nowhere, or was handed over."""
        return self.stalled >= PATIENCE - 2 or bool(self.reading and self.reading.transfers)

    @property
    def script(self) -> str:
        """The texts of what was said, for a user who knows them word for word."""
        texts = [fact.text for key, fact in self._spoken() if key.request is None]
        for index, request in enumerate(self.scenario.requests):
            if self.stages[index] > Stage.WAITING:
                said = [fact.text for key, fact in self._spoken() if key.request == index]
                texts += [request.text, *said]
        return " ".join(texts)

    def _spoken(self) -> Iterator[tuple[Key, Fact]]:
        for key, fact in self.facts():
            if key in self.mistaken and fact.earlier:
                yield key, fact.earlier
            if key in self.said:
                yield key, fact

    def _learn(self, text: str) -> None:
        self.corpus += f"\n{text}"
        self.marks |= marks_in(text)

    def _close(self, reading: Reading) -> None:
        """Close the requests that the agent has said the outcome of, as the scripted user does.

        What was agreed to and could not be done is open again.
        """
        confirmed = [i for i, stage in enumerate(self.stages) if stage == Stage.CONFIRMED]
        stated = [i for i, stage in enumerate(self.stages) if stage == Stage.STATED]
        settled = reading.settles(acted=self._helped or bool(confirmed))
        if confirmed and reading.fails and not reading.transfers:
            self._set(confirmed, Stage.STATED)
        elif confirmed and (settled or reading.transfers):
            self._set(confirmed, Stage.CLOSED)
            self._set(self._refused_of(stated), Stage.CLOSED)
        elif stated and reading.is_question:
            if reading.refuses and reading.proposes:
                besides = self._offers_right(stated)
                self._set(self._refused_of(stated) if besides else stated[:1], Stage.CLOSED)
        elif stated:
            meant = meant_among(self._requests(stated), self.agent, self.lexicon)
            if reading.refuses or settled or self._answers(stated[meant]):
                self._set([stated[meant]], Stage.CLOSED)

    def _refused_of(self, stated: Sequence[int]) -> list[int]:
        """Return which of some requests is refused beside what the last message says of others."""
        place = refused_besides(self._requests(stated), self.agent, self.lexicon)
        return [] if place is None else [stated[place]]

    def _requests(self, indexes: Sequence[int]) -> list[Request]:
        return [self.scenario.requests[index] for index in indexes]

    def _set(self, requests: Sequence[int], stage: Stage) -> None:
        if requests and stage == Stage.CLOSED:
            self._helped = False
        for index in requests:
            self.stages[index] = stage

    def _offers_right(self, stated: Sequence[int]) -> bool:
        """Say whether the last message, which refuses something, proposes what is wanted."""
        requests, agreed = self.scenario.requests, self.agreed
        return any(
            still_fits(
                requests[index], self.agent, self.lexicon, self.agent_before, agreed=index in agreed
            )
            for index in stated
        )

    def _answers(self, index: int) -> bool:
        """Say whether the last message answers a request that is a question."""
        informs = bool(self.reading and self.reading.informs)
        return informs and self.scenario.requests[index].answer == "information"


@lru_cache(1024)
def _plain(text: str) -> str:
    """Return what is left of a request without the words that requests of all kinds have."""
    return _POLITE.sub(" ", text)


def _statements(scenario: Scenario) -> Iterator[str]:
    for request in scenario.requests:
        yield request.text
    facts = [*scenario.identity, *(fact for r in scenario.requests for fact in r.facts)]
    for fact in facts:
        yield from [fact.text, *([fact.earlier.text] if fact.earlier else [])]


_Slots: TypeAlias = dict[int | None, frozenset[str]]
"""By request (None: of the user itself), slots of its facts."""


def _planned(scenario: Scenario, lexicon: Lexicon) -> tuple[_Slots, _Slots, int]:
    """Return what the user says without being asked for it, as its behaviours have it.

    Returns:
        The slots said along with each request (None: with the greeting), those said to an open
        question, and how many requests the user opens with.
    """
    behaviours = behaviours_of(scenario, lexicon, FactTracker(scenario))
    opens = len(scenario.requests) if scenario.disclosure == "all_at_once" else 1
    for behaviour in behaviours:
        opens = behaviour.opens(opens)
    unasked, openly = _Slots(), _Slots()
    all_facts = [
        (None, scenario.identity),
        *((i, r.facts) for i, r in enumerate(scenario.requests)),
    ]
    for index, facts in all_facts:
        opening = [fact for fact in facts if fact.opening]
        wishes = [] if index is None else wishes_in(facts, lexicon)
        for slots, chosen in ((unasked, opening), (openly, wishes)):
            told = volunteered(behaviours, index, chosen, facts)
            slots[index] = frozenset(fact.slot for fact in told)
    return unasked, openly, opens
