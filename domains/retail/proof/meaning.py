"""What a request comes to: the intents of docs/requests-retail.md over the whole database."""

from collections.abc import Callable
from typing import TypeAlias

from writ_gym.domains.retail.proof import actions, answers
from writ_gym.domains.retail.proof.references import Case
from writ_gym.domains.retail.schema import RetailDB
from writ_gym.meaning.brute_force import Values
from writ_gym.meaning.proofs import NO_PICKS, Meaning, Picks, UnclearError
from writ_gym.tasks import Request


def find_meaning(db: RetailDB, caller: str, request: Request, picks: Picks = NO_PICKS) -> Meaning:
    """Return what a request comes to; UnclearError if it has no single meaning."""
    intent, values = INTENTS.get(request.intent), request.values
    if intent is None:
        raise UnclearError(f"Nobody can ask for {request.intent!r}.")
    solve, needed, allowed = intent
    if not needed <= values.keys() <= needed | allowed:
        raise UnclearError(f"{sorted(values)} are not the facts of {request.intent}.")
    case = Case(db, caller, picks)
    try:
        found = solve(case, values)
    except UnclearError:
        # What comes after a reason to refuse need not be clear any more.
        if not case.breaches:
            raise
    else:
        if not case.breaches:
            return found
    return Meaning(breaches=frozenset(case.breaches))


Intent: TypeAlias = tuple[Callable[[Case, Values], Meaning], set[str], set[str]]
INTENTS: dict[str, Intent] = {
    "cancel_order": (actions.cancel_order, {"order", "reason"}, {"condition"}),
    "cancel_or_return": (actions.cancel_or_return, {"order", "reason"}, set()),
    "change_order_address": (actions.change_order_address, {"order", "address"}, {"condition"}),
    "change_order_payment": (actions.change_order_payment, {"order", "payment"}, {"condition"}),
    "change_order_items": (
        actions.change_order_items,
        {"order", "items", "wish", "payment"},
        {"condition"},
    ),
    "exchange_items": (
        actions.exchange_items,
        {"order", "items", "wish", "payment"},
        {"condition"},
    ),
    "return_items": (actions.return_items, {"order", "items", "payment"}, {"condition"}),
    "change_default_address": (actions.change_default_address, {"address"}, {"condition"}),
    "about_order": (answers.about_order, {"order", "topic"}, set()),
    "about_orders": (answers.about_orders, {"figure"}, set()),
    "about_product": (answers.about_product, {"product"}, set()),
    "about_gift_card": (answers.about_gift_card, set(), set()),
    "outside": (answers.outside, {"matter"}, set()),
}
"""By intent, what it comes to, the facts that it needs, and those that it may have besides."""
ANSWERS = frozenset({"about_order", "about_orders", "about_product", "about_gift_card"})
"""The intents that ask for information."""
