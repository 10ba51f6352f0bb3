"""The request families of the telecom domain."""

from collections.abc import Collection

from writ_gym.domain import Endings, Intent
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
from writ_gym.domains.telecom.intents.repairing import Fix, FixData, FixMms, FixService
from writ_gym.domains.telecom.schema import TelecomDB
from writ_gym.meaning.solving import ANSWERED, REFUSED, TRANSFERRED, Ending

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

FIXES: tuple[Fix, ...] = (FixService(), FixData(), FixMms())
DIAGNOSED = frozenset(each.name for each in FIXES)
"""Names of the intents where a remedy that is not needed mostly leaves no trace."""
FORBIDDEN: tuple[Ending, ...] = ("forbidden",)
ENDINGS: dict[str, Collection[Ending]] = {
    **dict.fromkeys(
        ("pay_bill", "suspend_line", "set_roaming", "refuel_data"),
        REFUSED,
    ),
    "lift_suspension": FORBIDDEN,
    **dict.fromkeys(
        (
            "about_line", "about_bill", "about_figures", "about_plan", "compare_plans",
            "about_phone",
        ),
        ANSWERED,
    ),
    "outside": TRANSFERRED,
}  # fmt: skip
"""By intent, how requests end that come to no write, whoever makes them."""


def endings(db: TelecomDB, caller: str) -> Endings:
    """Return how a user's requests that come to no write can end, by intent."""
    return {**ENDINGS, **{each.name: each.endings(db, caller) for each in FIXES}}


INTENTS: tuple[Intent[TelecomDB], ...] = (
    *FIXES,
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
