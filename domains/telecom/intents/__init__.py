"""The request families of the telecom domain."""

from writ_gym.domain import Intent
from writ_gym.domains.telecom.intents.information import (
    AboutBill,
    AboutFigures,
    AboutLine,
    AboutPhone,
    AboutPlan,
    ComparePlans,
    Outside,
)
from writ_gym.domains.telecom.intents.lines import (
    LiftSuspension,
    SetRoaming,
    SuspendLine,
)
from writ_gym.domains.telecom.intents.paying import PayBill
from writ_gym.domains.telecom.intents.refuelling import RefuelData
from writ_gym.domains.telecom.intents.repairing import FixData, FixMms, FixService
from writ_gym.domains.telecom.schema import TelecomDB

OPERATORS = (
    "description", "filter", "exclusion", "superlative", "rank", "widening", "unknown_id",
    "relative_time", "hidden_intermediate", "join", "aggregate", "threshold", "fallback", "amount",
    "empty_set", "claim", "eligibility",
)  # fmt: skip
"""Names of the operators that the requests are composed with."""

MANUAL = (
    "fix_service", "fix_data", "fix_mms", "pay_bill", "lift_suspension", "about_phone",
)  # fmt: skip
"""Names of the intents whose requests may take a look or a touch at the phone."""

INTENTS: tuple[Intent[TelecomDB], ...] = (
    FixService(),
    FixData(),
    FixMms(),
    PayBill(),
    LiftSuspension(),
    SuspendLine(),
    SetRoaming(),
    RefuelData(),
    AboutLine(),
    AboutBill(),
    AboutFigures(),
    AboutPlan(),
    ComparePlans(),
    AboutPhone(),
    Outside(),
)
