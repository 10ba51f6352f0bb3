"""The request families of the retail domain."""

from collections.abc import Collection

from writ_gym.domain import Endings, Intent
from writ_gym.domains.retail.intents.delivered import Exchange, Return
from writ_gym.domains.retail.intents.information import (
    AboutGiftCard,
    AboutOrder,
    AboutOrders,
    AboutProduct,
    Outside,
)
from writ_gym.domains.retail.intents.pending import (
    Cancel,
    CancelOrReturn,
    ChangeAddress,
    ChangeItems,
    ChangePayment,
)
from writ_gym.domains.retail.intents.profile import ChangeDefaultAddress
from writ_gym.domains.retail.schema import RetailDB
from writ_gym.meaning.solving import ANSWERED, REFUSED, TRANSFERRED, Ending

OPERATORS = (
    "description", "filter", "exclusion", "superlative", "rank", "widening", "unknown_id",
    "relative_time", "hidden_intermediate", "join", "aggregate", "threshold", "fallback",
    "payment_choice", "empty_set", "claim", "decoy", "eligibility",
)  # fmt: skip
"""Names of the operators that the requests are composed with."""

ENDINGS: dict[str, Collection[Ending]] = {
    **dict.fromkeys(
        (
            "cancel_order", "cancel_or_return", "change_order_address", "change_order_payment",
            "change_order_items", "return_items", "exchange_items",
        ),
        REFUSED,
    ),
    **dict.fromkeys(
        ("about_order", "about_orders", "about_product", "about_gift_card"), ANSWERED
    ),
    "outside": TRANSFERRED,
}  # fmt: skip
"""By intent, how requests end that come to no write."""


def endings(db: RetailDB, caller: str) -> Endings:
    """Return how a user's requests that come to no write can end, by intent."""
    return ENDINGS


INTENTS: tuple[Intent[RetailDB], ...] = (
    Cancel(),
    CancelOrReturn(),
    ChangeAddress(),
    ChangePayment(),
    ChangeItems(),
    Return(),
    Exchange(),
    ChangeDefaultAddress(),
    AboutOrder(),
    AboutOrders(),
    AboutProduct(),
    AboutGiftCard(),
    Outside(),
)
