"""Where the arguments of a write come from, by what the user states."""

from collections.abc import Mapping

from writ_gym.domains.telecom.user_tools import USER_TOOLS
from writ_gym.domains.telecom.wishes import (
    AMOUNT,
    BILLS,
    AsMuchAs,
    BillById,
    FirstAffordable,
    Gigabytes,
)
from writ_gym.meaning.brute_force import Values, parsed
from writ_gym.tasks import Call, Provenance, Request


def find_sources(request: Request, write: Call) -> Mapping[str, Provenance]:
    """Return where each argument of a write that a request comes to is from.

    What the user sets on the phone is what the manual says.
    """
    if write.name in USER_TOOLS:
        return dict.fromkeys(write.arguments, "rule")
    return {name: _source(name, request.values) for name in write.arguments}


def _source(argument: str, values: Values) -> Provenance:
    match argument:
        case "reason":
            return "user"
        case "bill_id" if "bill" in values:
            return "user" if isinstance(parsed(BILLS, values["bill"]), BillById) else "read"
        case "gb_amount":
            return _source_of_amount(values)
    return "read"


def _source_of_amount(values: Values) -> Provenance:
    slot = "amount" if "amount" in values else "refuel"
    match parsed(AMOUNT, values[slot]):
        case Gigabytes() | FirstAffordable():
            return "user"
        case AsMuchAs():
            return "read"
        case _:
            return "computed"
