"""How well the user knows, reckons and handles things."""

import re
from collections.abc import Sequence
from typing import ClassVar

from writ_gym.tasks import Scenario
from writ_gym.understanding.hands import Step
from writ_gym.understanding.reading import Lexicon, quoted
from writ_gym.users.behaviours.base import Axis, Behaviour, Line, Lines, Turn, agreed, says
from writ_gym.users.facts import FactTracker

_AMOUNT = re.compile(r"[$€£] ?\d|\b\d+\.\d{2}\b")


class NoArithmetic(Behaviour):
    """Wants to be told what it comes to."""

    name = "no_arithmetic"
    axis: ClassVar[Axis] = "competence"
    description = "asks once what it comes to, before agreeing to a proposal without an amount"
    instruction = (
        "You are bad at sums: if a proposal names no amount, ask once what it comes to in total "
        "before you agree."
    )

    phrases: ClassVar = (
        "I am no good with numbers, what does that come to in total?",
        "I cannot do sums, what does it come to altogether?",
    )

    @classmethod
    def fits(cls, scenario: Scenario) -> bool:
        """Say whether there is something to agree to."""
        return any(request.answer == "action" for request in scenario.requests)

    @classmethod
    def fault(cls, scenario: Scenario, turns: Sequence[Turn], lexicon: Lexicon) -> str | None:
        """Look at the first yes: the amount was said or asked for by then."""
        asked = [number for number, turn in enumerate(turns) if says(turn.user, cls.phrases)]
        if len(asked) > 1:
            return f"turn {asked[1]} asks for the total a second time"
        for number, turn in enumerate(turns):
            if agreed(turn):
                fine = _AMOUNT.search(turn.agent) or (asked and asked[0] < number)
                return None if fine else f"turn {number} agrees without an amount"
        return None

    def __init__(self, scenario: Scenario, lexicon: Lexicon, facts: FactTracker) -> None:
        super().__init__(scenario, lexicon, facts)
        self._asked = False

    def objects(self, request: int, proposal: str) -> Lines:
        """Ask for the amount, once, so that an agent who has none is not held up."""
        if self._asked or _AMOUNT.search(proposal):
            return []
        self._asked = True
        return [Line(self.pick(self.phrases), "remark")]


class Unsure(Behaviour):
    """Hedges."""

    name = "unsure"
    axis: ClassVar[Axis] = "competence"
    description = "hedges before facts; they are right nevertheless"
    instruction = (
        "You are not sure of things: hedge whenever you state a fact, though what you say is right."
    )

    phrases: ClassVar = (
        "I think it is like this:",
        "If I remember it right:",
        "I am not quite sure, but I think:",
    )

    @classmethod
    def fault(cls, scenario: Scenario, turns: Sequence[Turn], lexicon: Lexicon) -> str | None:
        """Look for turns that say a fact without a hedge."""
        facts = [*scenario.identity, *(fact for r in scenario.requests for fact in r.facts)]
        texts = [fact.text for fact in facts]
        for number, turn in enumerate(turns):
            if any(text in turn.user for text in texts) and not says(turn.user, cls.phrases):
                return f"turn {number} says a fact without a hedge"
        return None

    def words(self, lines: Lines, end: bool) -> Lines:
        """Put a hedge before the first fact."""
        first = next((n for n, line in enumerate(lines) if line.kind == "fact"), None)
        if first is None:
            return lines
        return [*lines[:first], Line(self.pick(self.phrases), "remark"), *lines[first:]]


class CannotFind(Behaviour):
    """Does not find it at first."""

    name = "cannot_find"
    axis: ClassVar[Axis] = "competence"
    description = "asks when first told to use something where that is, and has to be told again"
    instruction = (
        "When you are first told to use your device, ask where to find that, and use nothing; "
        "do it when you are told again."
    )
    needs_hands = True

    phrases: ClassVar = (
        "I cannot find that, where do I have to look?",
        "Where would that be? I do not see it.",
        "How do I get there? I am not good with these things.",
    )

    @classmethod
    def fault(cls, scenario: Scenario, turns: Sequence[Turn], lexicon: Lexicon) -> str | None:
        """Look for a tool that was used before the question, and for a second question."""
        asked = [number for number, turn in enumerate(turns) if says(turn.user, cls.phrases)]
        if len(asked) > 1:
            return f"turn {asked[1]} asks a second time where something is"
        used = next((number for number, turn in enumerate(turns) if turn.used), None)
        if used is not None and not any(number < used for number in asked):
            return f"turn {used} finds everything at once"
        return None

    def __init__(self, scenario: Scenario, lexicon: Lexicon, facts: FactTracker) -> None:
        super().__init__(scenario, lexicon, facts)
        self._asked = False

    def takes(self, steps: Sequence[Step]) -> tuple[int, Lines]:
        """Ask once."""
        if self._asked:
            return len(steps), []
        self._asked = True
        return 0, [Line(self.pick(self.phrases), "remark")]


class OneStepAtATime(Behaviour):
    """Wants to be led by the hand."""

    name = "one_step_at_a_time"
    axis: ClassVar[Axis] = "competence"
    description = "takes only the first of several steps that it is told, and asks to go on"
    instruction = (
        "If you are told to take several steps on your device, take the first one only, report, "
        "and ask what comes next."
    )
    needs_hands = True

    phrases: ClassVar = (
        "That is as far as I got, what comes next?",
        "One thing at a time: what do I do now?",
        "I have not done more than that yet. How do I go on?",
    )

    @classmethod
    def fault(cls, scenario: Scenario, turns: Sequence[Turn], lexicon: Lexicon) -> str | None:
        """Look for a turn that reports more than one step."""
        for number, turn in enumerate(turns):
            if turn.used and len(quoted(turn.user)) > 1:
                return f"turn {number} takes several steps"
        return None

    def takes(self, steps: Sequence[Step]) -> tuple[int, Lines]:
        """Take one."""
        if len(steps) < 2:
            return len(steps), []
        return 1, [Line(self.pick(self.phrases), "remark")]
