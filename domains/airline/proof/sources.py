"""Where the arguments of a write come from, by what the user states."""

from collections.abc import Mapping

from writ_gym.domains.airline.wishes import (
    BAGS,
    RESERVATION,
    SINGLE,
    BagsInAll,
    MethodById,
    ReservationById,
)
from writ_gym.meaning.brute_force import Values, parsed
from writ_gym.tasks import Call, Provenance, Request

BOOKING: Mapping[str, Provenance] = {
    "user_id": "read",
    "origin": "user",
    "destination": "user",
    "flight_type": "rule",
    "cabin": "user",
    "insurance": "user",
    "nonfree_baggages": "rule",
}
"""By argument of a booking; all others are computed."""


def find_sources(request: Request, write: Call) -> Mapping[str, Provenance]:
    """Return where each argument of a write that a request comes to is from."""
    if write.name == "book_reservation":
        return {name: BOOKING.get(name, "computed") for name in write.arguments}
    return {name: _source(name, request.values) for name in write.arguments}


def _source(argument: str, values: Values) -> Provenance:
    match argument:
        case "amount" | "nonfree_baggages":
            return "rule"
        case "flights" | "passengers":
            return "computed"
        case "total_baggages":
            return "user" if isinstance(parsed(BAGS, values["bags"]), BagsInAll) else "computed"
        case "cabin":
            return "user" if "cabin" in values else "read"
        case "payment_id":
            stated = isinstance(parsed(SINGLE, values["payment"]), MethodById)
        case "reservation_id":
            stated = isinstance(parsed(RESERVATION, values["reservation"]), ReservationById)
        case _:
            stated = False
    return "user" if stated else "read"
