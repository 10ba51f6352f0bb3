"""What the user makes a request depend on: figures over orders or prices, or a claim of theirs."""

from collections.abc import Mapping

from writ_gym.database import JSON
from writ_gym.domains.retail.intents.reading import (
    find_figure,
    find_order,
    find_prices,
    order_attribute,
    paid_with,
)
from writ_gym.domains.retail.rules import claim_refuted, condition_not_met, other_users_order
from writ_gym.domains.retail.schema import Order
from writ_gym.domains.retail.wishes import CONDITION, Claim, Guard, Prices
from writ_gym.meaning.breaches import Breach
from writ_gym.meaning.queries import condition, keeps, parse, passes
from writ_gym.meaning.solving import Reads


def check_condition(caller: str, facts: Mapping[str, JSON]) -> Reads[Breach | None]:
    """Look at what a request depends on besides its own order; a breach if that does not hold."""
    wanted = condition_in(facts)
    if isinstance(wanted, Guard):
        figure = yield from find_figure(caller, wanted.figure, wanted.orders)
        return _unless_kept(wanted, wanted.figure, figure)
    if isinstance(wanted, Prices):
        figure = yield from find_prices(wanted.products, wanted.price)
        return _unless_kept(wanted, "sum", figure)
    if wanted is None or wanted.of is None:
        return None
    order = yield from find_order(caller, wanted.of)
    if isinstance(order, Breach):
        return order
    return other_users_order(order, caller) or refuted(wanted, order)


def _unless_kept(wanted: Guard | Prices, figure: str, actual: float) -> Breach | None:
    held = passes(actual, wanted.test, wanted.value)
    return None if held else condition_not_met(figure, actual)


def check_claim(facts: Mapping[str, JSON], order: Order) -> Breach | None:
    """Look at what the user claims of the order that a request is about."""
    wanted = condition_in(facts)
    if not isinstance(wanted, Claim) or wanted.of is not None:
        return None
    return refuted(wanted, order)


def condition_in(facts: Mapping[str, JSON]) -> Guard | Prices | Claim | None:
    """Return what a request depends on, if it depends on anything."""
    return parse(CONDITION, facts["condition"]) if "condition" in facts else None


def refuted(claim: Claim, order: Order) -> Breach | None:
    """Return what an order is like, if it is not as the user claims."""
    if keeps(order, [condition(claim.claimed, claim.test, claim.value)], claimed_attribute):
        return None
    return claim_refuted(order, claim.claimed, claimed_attribute(order, claim.claimed))


def claimed_attribute(order: Order, name: str) -> JSON:
    """Return an attribute of an order that a user can claim to know; see ``Claim``."""
    return kind_paid_with(order) if name == "paid_with" else order_attribute(order, name)


def kind_paid_with(order: Order) -> str:
    """Return the kind of the method that an order was paid with, which its id begins with."""
    return paid_with(order).rpartition("_")[0]
