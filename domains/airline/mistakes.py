"""What an airline user can get wrong at first: a reservation id, bags, insurance, a ranking."""

import numpy as np

from writ_gym.domains.airline.texts import state
from writ_gym.domains.airline.wishes import BAGS, BagsInAll, plain
from writ_gym.meaning.queries import misplaced, parse
from writ_gym.phrasing.grammar import Style
from writ_gym.tasks import Fact, Request


def mistake(style: Style, request: Request, fact: Fact, rng: np.random.Generator) -> Fact | None:
    """Return the fact as the user gets it wrong, or None if it cannot be got wrong."""
    match fact.slot, fact.value:
        case "reservation", {"id": str(reservation_id)}:
            wrong = _misread(reservation_id, rng)
            if fact.text.count(reservation_id) != 1 or wrong == reservation_id:
                return None
            text = fact.text.replace(reservation_id, wrong)
            return fact.model_copy(update={"value": {"id": wrong}, "text": text})
        case "bags", {"in_all": int()}:
            number = parse(BAGS, fact.value)
            if not isinstance(number, BagsInAll):
                return None
            other = plain(BagsInAll(in_all=number.in_all + 1 + int(rng.integers(2))))
        case "insurance", "yes" | "no":
            other = "no" if fact.value == "yes" else "yes"
        case "reservation" | "trip" | "passengers" | "bags" | "payment", dict(meant):
            other = misplaced(meant)
        case _:
            return None
    if other is None:
        return None
    text = state(request.intent, fact.slot, other, rng, style)
    return fact.model_copy(update={"value": other, "text": text})


def _misread(reservation_id: str, rng: np.random.Generator) -> str:
    """Swap two neighbouring characters that differ."""
    places = [
        place
        for place in range(len(reservation_id) - 1)
        if reservation_id[place] != reservation_id[place + 1]
    ]
    if not places:
        return reservation_id
    place = places[int(rng.integers(len(places)))]
    swapped = reservation_id[place + 1] + reservation_id[place]
    return f"{reservation_id[:place]}{swapped}{reservation_id[place + 2 :]}"
