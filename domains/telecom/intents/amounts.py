"""How much data a user wants to be refuelled, and what it costs."""

from typing import NamedTuple

from writ_gym.database import JSON
from writ_gym.domains.telecom.intents.outcomes import money
from writ_gym.domains.telecom.intents.reading import find_line, over_limit, read_plan, read_usage
from writ_gym.domains.telecom.rules import condition_not_met, nothing_to_change
from writ_gym.domains.telecom.schema import Line, to_cents
from writ_gym.domains.telecom.wishes import (
    Amount,
    AsMuchAs,
    Enough,
    FirstAffordable,
    ForMoney,
    Gigabytes,
)
from writ_gym.errors import UnsolvableError
from writ_gym.meaning.breaches import Breach
from writ_gym.meaning.solving import Reads
from writ_gym.tasks import Provenance

_STEP = 1000
"""Amounts are counted in thousandths of a gigabyte, so that multiples are exact."""


class Refuel(NamedTuple):
    """An amount of data in gigabytes, and where it comes from."""

    gb: float
    source: Provenance


def price_of(gb: float, per_gb: float) -> float:
    """Return what an amount of data costs, in US dollars."""
    return to_cents(gb * per_gb)


def enough(over: float, step: float) -> float:
    """Return the smallest multiple of ``step`` that is more than a line is over its limit."""
    size = round(step * _STEP)
    return (round(over * _STEP) // size + 1) * size / _STEP


def for_money(dollars: float, step: float, per_gb: float) -> float:
    """Return the largest multiple of ``step`` that costs at most so much; it may be 0."""
    size = round(step * _STEP)
    count = int(dollars / per_gb * _STEP) // size + 1
    while count and price_of(count * size / _STEP, per_gb) > dollars:
        count -= 1
    return count * size / _STEP


def find_amount(caller: str, line: Line, wish: Amount) -> Reads[Refuel | Breach]:
    """Find how much is meant for a line; a breach if that comes to nothing."""
    match wish:
        case Gigabytes(gb=gb):
            return Refuel(gb, "user")
        case Enough(enough_in=step):
            over = over_limit((yield from read_usage(caller, line.line_id)))
            if over < 0:
                return nothing_to_change(f"line {line.phone_number} has data")
            return Refuel(enough(over, step), "computed")
        case AsMuchAs(as_much_as=reference):
            other = yield from find_line(caller, reference)
            if isinstance(other, Breach):
                return other
            if not other.data_refueling_gb:
                raise UnsolvableError(f"Line {other.line_id} was not refuelled.")
            return Refuel(round(other.data_refueling_gb, 1), "read")
        case ForMoney(dollars=dollars, in_steps=step):
            per_gb = (yield from read_plan(line.plan_id)).data_refueling_price_per_gb
            gb = for_money(dollars, step, per_gb)
            cost = price_of(step, per_gb)
            return Refuel(gb, "computed") if gb else condition_not_met(cost, money(cost))
        case FirstAffordable(amounts=amounts, at_most=most):
            per_gb = (yield from read_plan(line.plan_id)).data_refueling_price_per_gb
            gb = next((each for each in amounts if price_of(each, per_gb) <= most), 0.0)
            if gb:
                return Refuel(gb, "user")
            cost = price_of(amounts[-1], per_gb)
            return condition_not_met(cost, money(cost))


def price_in_words(line: Line, gb: float) -> Reads[str]:
    """Return what a refuel costs, in words."""
    per_gb = (yield from read_plan(line.plan_id)).data_refueling_price_per_gb
    return f"{gb:g} GB for {money(price_of(gb, per_gb))}"


def is_nothing(value: JSON) -> bool:
    """Say whether the user wants no data to be bought."""
    return bool(value.get("nothing"))
