"""When the user says which facts."""

from collections.abc import Sequence
from typing import ClassVar

from writ_gym.tasks import Fact, Scenario
from writ_gym.understanding.reading import Lexicon, mentions_in
from writ_gym.users.behaviours.base import (
    Axis,
    Behaviour,
    Line,
    Lines,
    Turn,
    agreed,
    askable,
    fact_of,
    heard,
    says,
)
from writ_gym.users.facts import FactTracker, Key, compare


class AllAtOnce(Behaviour):
    """Opens with everything."""

    name = "all_at_once"
    axis: ClassVar[Axis] = "disclosure"
    description = "opens with every request and every fact"
    instruction = (
        "Open with everything: say every request and every fact, those about yourself included, "
        "in your first message."
    )
    excludes = frozenset({"on_request", "forgot_id", "volunteers_late", "ambiguous_opening"})
    opens_with_all: ClassVar[bool] = True

    @classmethod
    def fault(cls, scenario: Scenario, turns: Sequence[Turn], lexicon: Lexicon) -> str | None:
        """Look for requests and facts that are not in the opening."""
        facts = heard(scenario, turns[:1])
        for index, request in enumerate(scenario.requests):
            if facts.stated(index) is None:
                return f"the opening does not state {request.text!r}"
        for index in (None, *range(len(scenario.requests))):
            for fact in facts.unsaid(index):
                if facts.mistaken(Key(index, fact.slot)) is None:
                    return f"the opening does not say {fact.text!r}"
        return None

    def opens(self, count: int) -> int:
        """State every request."""
        return len(self.scenario.requests)

    def volunteers(
        self, request: int | None, chosen: Sequence[Fact], facts: Sequence[Fact]
    ) -> Sequence[Fact]:
        """Say every fact."""
        return facts


class OnRequest(Behaviour):
    """Says a fact only when asked for it."""

    name = "on_request"
    axis: ClassVar[Axis] = "disclosure"
    description = "states a request without its facts, and gives each only when asked"
    instruction = (
        "State a request without its facts, and give each fact only when you are asked for it."
    )

    @classmethod
    def fault(cls, scenario: Scenario, turns: Sequence[Turn], lexicon: Lexicon) -> str | None:
        """Look for facts that come along with a request, unless the agent has just asked."""
        facts = heard(scenario, turns)
        keys = [Key(None, fact.slot) for fact in scenario.identity]
        keys += [
            Key(i, f.slot) for i, request in enumerate(scenario.requests) for f in request.facts
        ]
        for key in keys:
            stated = 0 if key.request is None else facts.stated(key.request)
            if stated is None or not askable(facts.fact(key), lexicon):
                continue
            if stated in _told(facts, key) and key.slot not in turns[stated].reading.asks:
                return f"turn {stated} says {key.slot!r} without being asked"
        return None

    def volunteers(
        self, request: int | None, chosen: Sequence[Fact], facts: Sequence[Fact]
    ) -> Sequence[Fact]:
        """Say only what an agent could not ask for in words that the user understands."""
        return [fact for fact in facts if not askable(fact, self.lexicon)]

    def reminds(self, request: int, said: Sequence[Fact]) -> Sequence[Fact]:
        """Say one more, since the agent may have asked for it in other words."""
        new = [fact for fact in self.facts.unsaid(request) if fact not in said]
        return [*said, *new[:1]]


class ForgotId(Behaviour):
    """Claims not to have an identifying detail."""

    name = "forgot_id"
    axis: ClassVar[Axis] = "disclosure"
    description = "claims not to have the id when first asked for it, and gives it when pressed"
    instruction = (
        "Claim once that you do not have it at hand when you are first asked for what follows, "
        "and give it when you are asked again."
    )

    phrases: ClassVar = (
        "I am afraid I do not have that at hand.",
        "I do not have that in front of me right now.",
        "I cannot find that at the moment.",
    )
    found: ClassVar = ("Wait, I have found it after all.", "I have looked again, here it is.")

    @classmethod
    def instruct(cls, scenario: Scenario, lexicon: Lexicon) -> str:
        """Name the id."""
        return (
            f"{cls.instruction} It is this: {fact_of(scenario, forgotten(scenario, lexicon)).text}"
        )

    @classmethod
    def fault(cls, scenario: Scenario, turns: Sequence[Turn], lexicon: Lexicon) -> str | None:
        """Look for the id before the claim, and for a second claim."""
        key = forgotten(scenario, lexicon)
        times = _told(heard(scenario, turns), key)
        claims = [n for n, turn in enumerate(turns) if says(turn.user, cls.phrases)]
        if len(claims) > 1:
            return f"turn {claims[1]} claims a second time not to have the id"
        told = min(times, default=None)
        if told is not None and not claims and not turns[told].reading.proposes:
            return f"turn {told} gives the id without having claimed not to have it"
        for number in range(claims[0] + 1, len(turns)) if claims else ():
            if _is_settled(turns[number]):
                return None
            if key.slot in turns[number].reading.asks and (told is None or told > number):
                return f"turn {number} does not give the id although asked again"
        return None

    def __init__(self, scenario: Scenario, lexicon: Lexicon, facts: FactTracker) -> None:
        super().__init__(scenario, lexicon, facts)
        self._key = forgotten(scenario, lexicon)
        self._claimed = False

    def volunteers(
        self, request: int | None, chosen: Sequence[Fact], facts: Sequence[Fact]
    ) -> Sequence[Fact]:
        """Leave the id out."""
        return [fact for fact in chosen if Key(request, fact.slot) != self._key]

    def tells(self, key: Key, fact: Fact) -> Line | None:
        """Claim once not to have it."""
        if key != self._key or self._claimed:
            return None
        self._claimed = True
        return Line(self.pick(self.phrases), "remark")

    def reminds(self, request: int, said: Sequence[Fact]) -> Sequence[Fact]:
        """Give it if the agent is lost without it."""
        return [*said, *self._withheld(request)]

    def contests(self, request: int) -> Lines:
        """Give it rather than be refused for the lack of it."""
        facts = self._withheld(request) + self._withheld(None)
        lines = [Line(fact.text, "fact") for fact in facts]
        return [Line(self.pick(self.found), "remark"), *lines] if lines else []

    def _withheld(self, request: int | None) -> list[Fact]:
        if request != self._key.request or not self._claimed:
            return []
        return [fact for fact in self.facts.unsaid(request) if fact.slot == self._key.slot]


class VolunteersLate(Behaviour):
    """Comes out with a fact only when the agent is about to act."""

    name = "volunteers_late"
    axis: ClassVar[Axis] = "disclosure"
    description = "keeps a fact until the proposal, if not asked for it, and says it then"
    instruction = (
        "Keep what follows to yourself until the agent proposes to act, unless you are asked "
        "for it; say it then, before you agree."
    )
    excludes = frozenset({"on_request"})

    phrases: ClassVar = ("Before you go ahead:", "One thing before that:", "Not so fast:")

    @classmethod
    def instruct(cls, scenario: Scenario, lexicon: Lexicon) -> str:
        """Name the fact."""
        key = late(scenario, lexicon)
        return f"{cls.instruction} It is this: {fact_of(scenario, key).text}" if key else ""

    @classmethod
    def fits(cls, scenario: Scenario) -> bool:
        """Say whether a request has a fact besides what it is about."""
        return any(r.answer == "action" and len(r.facts) > 1 for r in scenario.requests)

    @classmethod
    def fault(cls, scenario: Scenario, turns: Sequence[Turn], lexicon: Lexicon) -> str | None:
        """Look for the fact before it is due, and for a yes before the fact."""
        key = late(scenario, lexicon)
        if key is None:
            return None
        facts = heard(scenario, turns)
        told = facts.said(key)
        if told is not None:
            reading = turns[told].reading
            if key.slot not in reading.asks and not reading.proposes:
                return f"turn {told} says {key.slot!r} before it is due"
        stated = None if key.request is None else facts.stated(key.request)
        for number in range(stated + 1, told or len(turns)) if stated is not None else ():
            turn = turns[number]
            if agreed(turn) and _about(scenario, turn.agent, lexicon) == key.request:
                return f"turn {number} agrees without having said {key.slot!r}"
            if _is_settled(turn):
                return None
        return None

    def __init__(self, scenario: Scenario, lexicon: Lexicon, facts: FactTracker) -> None:
        super().__init__(scenario, lexicon, facts)
        self._key = late(scenario, lexicon)

    def volunteers(
        self, request: int | None, chosen: Sequence[Fact], facts: Sequence[Fact]
    ) -> Sequence[Fact]:
        """Leave the fact out."""
        return [fact for fact in chosen if Key(request, fact.slot) != self._key]

    def objects(self, request: int, proposal: str) -> Lines:
        """Say it now."""
        key = self._key
        if key is None or key.request != request or self.facts.said(key) is not None:
            return []
        fact = self.facts.fact(key)
        return [Line(self.pick(self.phrases), "remark"), Line(fact.text, "fact")]


def forgotten(scenario: Scenario, lexicon: Lexicon) -> Key:
    """Return the id that a user can have forgotten: of a record, or else who the user is."""
    for index, request in enumerate(scenario.requests):
        for fact in request.facts:
            if askable(fact, lexicon) and _identifies(fact, lexicon):
                return Key(index, fact.slot)
    return Key(None, scenario.identity[-1].slot)


def late(scenario: Scenario, lexicon: Lexicon) -> Key | None:
    """Return the fact that is said late: the last of an action that an agent can ask for."""
    for index, request in enumerate(scenario.requests):
        keys = [
            Key(index, fact.slot)
            for fact in request.facts
            if askable(fact, lexicon) and not fact.earlier and not _identifies(fact, lexicon)
        ]
        if request.answer == "action" and keys:
            return keys[-1]
    return None


def _is_settled(turn: Turn) -> bool:
    """Say whether a turn may have closed a request, after which its facts are not due any more."""
    return agreed(turn) or turn.reading.reports or turn.reading.refuses


def _identifies(fact: Fact, lexicon: Lexicon) -> bool:
    return fact.literal and bool(lexicon.identifying & set(mentions_in(fact.text, lexicon)))


def _told(facts: FactTracker, key: Key) -> set[int]:
    """Return the turns that said a fact first, as it is and with its earlier value."""
    return {turn for turn in (facts.said(key), facts.mistaken(key)) if turn is not None}


def _about(scenario: Scenario, proposal: str, lexicon: Lexicon) -> int:
    """Return the index of the request that a proposal fits best, and contradicts least."""
    ranked = []
    for index, request in enumerate(scenario.requests):
        likeness, wrong = compare(request, proposal, lexicon)
        ranked.append((not wrong, likeness, -index))
    return -max(ranked)[2]
