"""What a telecom user can get wrong at first: a number, an id, an amount, roaming, a ranking."""

import numpy as np

from writ_gym.domains.telecom.texts import state
from writ_gym.meaning.queries import misplaced
from writ_gym.mistakes import misread
from writ_gym.phrasing.grammar import Style
from writ_gym.tasks import Fact, Request

SHARED = 4
"""First characters of ids and numbers, which are the same in all."""


def mistake(style: Style, request: Request, fact: Fact, rng: np.random.Generator) -> Fact | None:
    """Return the fact as the user gets it wrong, or None if it cannot be got wrong."""
    match fact.slot, fact.value:
        case ("line", {"number": str(said)}) | ("bill", {"bill_id": str(said)}):
            wrong = misread(said, rng, SHARED)
            if fact.text.count(said) != 1 or wrong == said:
                return None
            (key,) = fact.value
            text = fact.text.replace(said, wrong)
            return fact.model_copy(update={"value": {key: wrong}, "text": text})
        case "amount", {"gb": float(gb)}:
            other: object = {"gb": gb + 0.5 * (1 + int(rng.integers(2)))}
        case "roaming", "on" | "off":
            other = "off" if fact.value == "on" else "on"
        case "line" | "bill" | "plan", dict(meant):
            other = misplaced(meant)
        case _:
            return None
    if other is None:
        return None
    text = state(request.intent, fact.slot, other, rng, style)
    return fact.model_copy(update={"value": other, "text": text})
