"""What the user wants, and how that changes."""

from collections.abc import Sequence
from typing import ClassVar

from writ_gym.tasks import Fact, Scenario
from writ_gym.understanding.reading import Lexicon, Reading
from writ_gym.users.behaviours.base import (
    Axis,
    Behaviour,
    Line,
    Lines,
    Turn,
    agreed,
    heard,
    said_goodbye,
    says,
)
from writ_gym.users.facts import FactTracker, Key, numerals_in


def slips_in_id(fact: Fact) -> bool:
    """Say whether the earlier value differs from the fact in an id: long, and with digits."""
    if fact.earlier is None:
        return False
    return any(len(word) >= 5 for word in numerals_in(fact.earlier.text) ^ numerals_in(fact.text))


class Correcting(Behaviour):
    """Says the earlier value of a fact first, and sets it right before anything is done."""

    phrases: ClassVar[tuple[str, ...]]

    @classmethod
    def earlier_first(cls, scenario: Scenario) -> list[Key]:
        """Return the facts of which the earlier value is said first."""
        return [
            Key(index, fact.slot)
            for index, request in enumerate(scenario.requests)
            for fact in request.facts
            if fact.earlier
        ]

    @classmethod
    def fits(cls, scenario: Scenario) -> bool:
        """Say whether there is something to set right."""
        return bool(cls.earlier_first(scenario))

    @classmethod
    def fault(cls, scenario: Scenario, turns: Sequence[Turn], lexicon: Lexicon) -> str | None:
        """Look for a missing mistake or correction, and for a yes in between."""
        facts = heard(scenario, turns)
        for key in cls.earlier_first(scenario):
            mistaken, said = facts.mistaken(key), facts.said(key)
            if mistaken is None or (said is not None and said <= mistaken):
                if said is not None and not turns[said].reading.proposes:
                    return f"turn {said} says {key.slot!r} without the earlier value first"
                continue
            due = mistaken + 1 if slips_in_id(facts.fact(key)) else len(turns) - 1
            if (said is None or said > due) and (due < len(turns) - 1 or said_goodbye(turns)):
                return f"{key.slot!r} is not set right by turn {due}"
            for number in range(mistaken + 1, len(turns) if said is None else said):
                if agreed(turns[number]):
                    return f"turn {number} agrees although {key.slot!r} is not set right"
        return None

    def __init__(self, scenario: Scenario, lexicon: Lexicon, facts: FactTracker) -> None:
        super().__init__(scenario, lexicon, facts)
        self._keys = self.earlier_first(scenario)

    def tells(self, key: Key, fact: Fact) -> Line | None:
        """Say the earlier value until it is set right."""
        if key not in self._keys or fact.earlier is None or self.facts.said(key) is not None:
            return None
        return Line(fact.earlier.text, "fact")

    def corrects(self, key: Key, fact: Fact, reading: Reading) -> Lines:
        """Set it right when the agent is about to make use of it, or asks again."""
        if not self.is_due(key, fact, reading):
            return []
        return [Line(self.pick(self.phrases), "remark"), Line(fact.text, "fact")]

    def is_due(self, key: Key, fact: Fact, reading: Reading) -> bool:
        """Say whether the user notices after this message of the agent."""
        informs = reading.informs and self._asks_only(key)
        acts = reading.proposes or reading.refuses or reading.reports or reading.offers_more
        return acts or informs or key.slot in reading.asks

    def _asks_only(self, key: Key) -> bool:
        return key.request is not None and (
            self.scenario.requests[key.request].answer == "information"
        )


class WrongThenCorrected(Correcting):
    """Says something wrong by mistake, and corrects it."""

    name = "wrong_then_corrected"
    axis: ClassVar[Axis] = "disclosure"
    description = "says a wrong value first, and corrects it in a later turn, an id in the next"
    instruction = (
        "Where a fact has something to say at first, say that first, by mistake; correct it "
        "before anything is done, an id in your next message."
    )
    excludes = frozenset({"changes_mind"})

    phrases = (
        "Sorry, I told you something wrong before.",
        "I have to correct myself.",
        "I made a mistake in what I told you.",
    )

    def __init__(self, scenario: Scenario, lexicon: Lexicon, facts: FactTracker) -> None:
        super().__init__(scenario, lexicon, facts)
        self._soon = bool(self.rng.random() < 0.5)

    def is_due(self, key: Key, fact: Fact, reading: Reading) -> bool:
        """Say whether the user notices; a wrong id leads the agent astray, so at once."""
        return self._soon or slips_in_id(fact) or super().is_due(key, fact, reading)


class ChangesMind(Correcting):
    """Wants something else once the agent proposes what was asked for."""

    name = "changes_mind"
    axis: ClassVar[Axis] = "intent"
    description = "asks for one thing first, and wants another one when that is proposed"
    instruction = (
        "Where a fact has something to say at first, ask for that at first; when it is proposed "
        "to you, say that you have changed your mind, and want it as the fact has it."
    )

    phrases = (
        "Wait, I have changed my mind about that.",
        "Wait, I have thought about it again, and want it differently.",
        "Wait, I would rather have it otherwise.",
    )

    @classmethod
    def earlier_first(cls, scenario: Scenario) -> list[Key]:
        """Return what a mind can be changed about: not an id, and not in a question."""
        facts = FactTracker(scenario)
        return [
            key
            for key in super().earlier_first(scenario)
            if key.request is not None
            and scenario.requests[key.request].answer == "action"
            and not slips_in_id(facts.fact(key))
        ]


class Regret(Behaviour):
    """Asks whether what was done can be undone."""

    name = "regret"
    axis: ClassVar[Axis] = "intent"
    description = "asks before leaving whether it can be undone, and accepts the answer"
    instruction = (
        "If you have agreed to something, ask once, before you leave, whether it could still be "
        "undone, and accept the answer."
    )

    phrases: ClassVar = (
        "I am having second thoughts, could that still be undone?",
        "Just so that I know, could it still be taken back?",
    )

    @classmethod
    def fits(cls, scenario: Scenario) -> bool:
        """Say whether there is something to be done."""
        return any(request.answer == "action" for request in scenario.requests)

    @classmethod
    def fault(cls, scenario: Scenario, turns: Sequence[Turn], lexicon: Lexicon) -> str | None:
        """Look for the question after a yes, before the goodbye."""
        asked = [number for number, turn in enumerate(turns) if says(turn.user, cls.phrases)]
        yes = [number for number, turn in enumerate(turns) if agreed(turn)]
        if asked and not (yes and yes[0] < asked[0]):
            return f"turn {asked[0]} regrets what was not agreed to"
        if len(asked) > 1:
            return f"turn {asked[1]} regrets a second time"
        missing = yes and not asked and said_goodbye(turns)
        return "leaves without a regret" if missing else None

    def __init__(self, scenario: Scenario, lexicon: Lexicon, facts: FactTracker) -> None:
        super().__init__(scenario, lexicon, facts)
        self._asked = False

    def lingers(self, confirmed: bool) -> Lines:
        """Ask once."""
        if not confirmed or self._asked:
            return []
        self._asked = True
        return [Line(self.pick(self.phrases), "remark")]


class AmbiguousOpening(Behaviour):
    """Opens without saying what it is about."""

    name = "ambiguous_opening"
    axis: ClassVar[Axis] = "intent"
    description = "opens with a vague request, and states it when asked what exactly"
    instruction = (
        "Open with something vague, such as that you need help, without a request; state your "
        "first request when you are asked what it is about."
    )

    phrases: ClassVar = (
        "There is something that I need help with.",
        "I have a problem that I hope you can sort out.",
        "Something has to be taken care of for me.",
    )

    @classmethod
    def fits(cls, scenario: Scenario) -> bool:
        """Say whether the user opens with one request only."""
        return scenario.disclosure == "staged"

    @classmethod
    def fault(cls, scenario: Scenario, turns: Sequence[Turn], lexicon: Lexicon) -> str | None:
        """Look for a request in the opening, and for none after an open question."""
        facts = heard(scenario, turns)
        stated = facts.stated(0)
        if stated == 0 or not says(turns[0].user, cls.phrases):
            return "the opening is not vague"
        for number, turn in enumerate(turns[1:], 1):
            reading = turn.reading
            busy = reading.asks or reading.proposes or reading.transfers
            if not busy and (stated is None or stated > number):
                return f"turn {number} does not state the request although asked"
        return None

    def opens(self, count: int) -> int:
        """State no request yet."""
        return 0

    def words(self, lines: Lines, end: bool) -> Lines:
        """Say in the opening that there is something."""
        return lines if self.facts.turns else [*lines, Line(self.pick(self.phrases), "remark")]
