"""What a telecom user can get wrong at first: a number, a bill's id, an amount, roaming."""

import numpy as np

from writ_gym.domains.telecom.texts import state
from writ_gym.grammar import Style
from writ_gym.tasks import Fact, Request


def mistake(style: Style, request: Request, fact: Fact, rng: np.random.Generator) -> Fact | None:
    """Return the fact as the user gets it wrong, or None if it cannot be got wrong."""
    match fact.slot, fact.value:
        case ("line", {"number": str(said)}) | ("bill", {"bill_id": str(said)}):
            wrong = _misread(said, rng)
            if fact.text.count(said) != 1 or wrong == said:
                return None
            (key,) = fact.value
            text = fact.text.replace(said, wrong)
            return fact.model_copy(update={"value": {key: wrong}, "text": text})
        case "amount", {"gb": float(gb)}:
            other: object = {"gb": gb + 0.5 * (1 + int(rng.integers(2)))}
        case "roaming", "on" | "off":
            other = "off" if fact.value == "on" else "on"
        case _:
            return None
    text = state(request.intent, fact.slot, other, rng, style)
    return fact.model_copy(update={"value": other, "text": text})


def _misread(said: str, rng: np.random.Generator) -> str:
    """Swap two neighbouring digits that differ, behind the first ones, which all ids share."""
    places = [
        place
        for place in range(4, len(said) - 1)
        if said[place : place + 2].isdigit() and said[place] != said[place + 1]
    ]
    if not places:
        return said
    place = places[int(rng.integers(len(places)))]
    return f"{said[:place]}{said[place + 1]}{said[place]}{said[place + 2 :]}"
