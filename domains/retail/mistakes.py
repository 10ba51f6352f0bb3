"""What a retail user can get wrong at first: an order id, a reason, an address, a ranking."""

import re
from collections.abc import Mapping

import numpy as np

from writ_gym.database import JSON
from writ_gym.domains.retail.rules import CANCEL_REASONS
from writ_gym.domains.retail.texts import state
from writ_gym.meaning.queries import elsewhere, misplaced
from writ_gym.mistakes import misread
from writ_gym.phrasing.grammar import Style
from writ_gym.tasks import Fact, Request


def mistake(style: Style, request: Request, fact: Fact, rng: np.random.Generator) -> Fact | None:
    """Return the fact as the user gets it wrong, or None if it cannot be got wrong."""
    match fact.slot, fact.value:
        case "order", {"id": str(order_id)}:
            return _replaced(fact, order_id, _misread(order_id, rng), "id")
        case "reason", str(reason) if reason in CANCEL_REASONS:
            other: JSON = next(name for name in CANCEL_REASONS if name != reason)
        case "address", {"given": {"address1": str(line)}} if line[:1].isdigit():
            street = re.sub(r"^\d+", lambda number: _other_number(number.group(0), rng), line)
            return _replaced(fact, line, street, "given", "address1")
        case "wish", dict(wishes) if any("price" in wish for wish in wishes.values()):
            other = {name: _at_another_price(wish) for name, wish in wishes.items()}
        case "order" | "items" | "address" | "payment", dict(meant):
            other = misplaced(meant)
        case _:
            return None
    if other is None:
        return None
    text = state(request.intent, fact.slot, other, rng, style)
    return fact.model_copy(update={"value": other, "text": text})


def _at_another_price(wish: Mapping[str, JSON]) -> Mapping[str, JSON]:
    """Return a wish for the cheapest as one for the most expensive, and the other way round."""
    return {**wish, **elsewhere(wish["price"], wish["rank"], "price")} if "price" in wish else wish


def _replaced(fact: Fact, old: str, new: str, *path: str) -> Fact | None:
    """Return the fact with another string at a place of its value, and in its text."""
    if old == new or fact.text.count(old) != 1:
        return None
    value = _put(fact.value, path, new)
    return fact.model_copy(update={"value": value, "text": fact.text.replace(old, new)})


def _put(value: JSON, path: tuple[str, ...], new: str) -> JSON:
    if not path:
        return new
    return {**value, path[0]: _put(value[path[0]], path[1:], new)}


def _misread(order_id: str, rng: np.random.Generator) -> str:
    """Swap two neighbouring digits, or change one if all are the same."""
    wrong = misread(order_id, rng)
    return wrong if wrong != order_id else f"{order_id[:-1]}{(int(order_id[-1]) + 1) % 10}"


def _other_number(number: str, rng: np.random.Generator) -> str:
    """Return a house number near by."""
    return str(int(number) + int(rng.integers(1, 20)))
