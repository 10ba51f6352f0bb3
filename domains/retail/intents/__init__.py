"""The request families of the retail domain."""

from writ_gym.domain import Intent
from writ_gym.domains.retail.intents.delivered import Exchange, Return
from writ_gym.domains.retail.intents.forbidden import (
    ForbiddenAddress,
    ForbiddenCancel,
    ForbiddenReturn,
    OtherProduct,
    OtherUsersOrder,
    RefundElsewhere,
    UnacceptedReason,
    UnavailableItem,
    UncoveredPayment,
)
from writ_gym.domains.retail.intents.information import (
    AboutAccount,
    AboutOrder,
    AboutOrders,
    AboutProduct,
)
from writ_gym.domains.retail.intents.pending import (
    Cancel,
    ChangeAddress,
    ChangeItems,
    ChangePayment,
)
from writ_gym.domains.retail.intents.profile import ChangeDefaultAddress
from writ_gym.domains.retail.schema import RetailDB

INTENTS: tuple[Intent[RetailDB], ...] = (
    Cancel(),
    ChangeAddress(),
    ChangePayment(),
    ChangeItems(),
    Return(),
    Exchange(),
    ChangeDefaultAddress(),
    ForbiddenCancel(),
    ForbiddenAddress(),
    ForbiddenReturn(),
    UnacceptedReason(),
    OtherUsersOrder(),
    OtherProduct(),
    UnavailableItem(),
    UncoveredPayment(),
    RefundElsewhere(),
    AboutOrder(),
    AboutOrders(),
    AboutProduct(),
    AboutAccount(),
)
