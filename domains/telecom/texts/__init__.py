"""What a telecom user says: natural English that says exactly what the facts say."""

from datetime import date

import numpy as np

from writ_gym.database import JSON
from writ_gym.domains.telecom.texts.phrases import STATE
from writ_gym.grammar import Grammar, Style

GRAMMAR = Grammar(STATE, {})


def spoken(day: date) -> str:
    """Return a date as users say it, such as "June 5, 1985"."""
    return f"{day:%B} {day.day}, {day.year}"


def state_identity(slot: str, value: JSON, rng: np.random.Generator, style: Style) -> str:
    """Return what the user says to state a fact about themselves.

    Args:
        slot: The fact's slot.
        value: Its value.
        rng: The random generator.
        style: How the user talks.
    """
    match slot:
        case "birth":
            return GRAMMAR.say(slot, rng, style, birth=spoken(date.fromisoformat(value)))
        case "customer_id":
            return GRAMMAR.say(slot, rng, style, id=value)
        case _:
            return GRAMMAR.say(slot, rng, style, **{slot: value})
