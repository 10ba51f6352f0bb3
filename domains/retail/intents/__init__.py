"""The request families of the retail domain."""

from writ_gym.domain import Intent
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

OPERATORS = (
    "description", "filter", "exclusion", "superlative", "rank", "widening", "unknown_id",
    "relative_time", "hidden_intermediate", "join", "aggregate", "threshold", "fallback",
    "payment_choice", "empty_set", "claim", "decoy", "eligibility",
)  # fmt: skip
"""Names of the operators that the requests are composed with."""

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
