"""The request families of the airline domain."""

from collections.abc import Collection

from writ_gym.domain import Endings, Intent
from writ_gym.domains.airline.intents.bags import AddBags
from writ_gym.domains.airline.intents.booking import Book
from writ_gym.domains.airline.intents.cancelling import Cancel, CancelOrChange, has_begun
from writ_gym.domains.airline.intents.changes import ChangeCabin, ChangeFlights
from writ_gym.domains.airline.intents.compensation import Compensation
from writ_gym.domains.airline.intents.information import (
    AboutAllowance,
    AboutFlights,
    AboutReservation,
    AboutReservations,
)
from writ_gym.domains.airline.intents.passengers import ChangePassengers
from writ_gym.domains.airline.intents.refused import AddInsurance, Outside
from writ_gym.domains.airline.schema import AirlineDB
from writ_gym.meaning.solving import ANSWERED, REFUSED, TRANSFERRED, Ending

OPERATORS = (
    "description", "filter", "exclusion", "superlative", "rank", "widening", "unknown_id",
    "relative_time", "hidden_intermediate", "join", "aggregate", "threshold", "fallback",
    "payment_choice", "split", "empty_set", "claim", "decoy",
    "eligibility",
)  # fmt: skip
"""Names of the operators that the requests are composed with."""

ENDINGS: dict[str, Collection[Ending]] = {
    **dict.fromkeys(
        (
            "book", "change_flights", "change_cabin", "add_bags", "change_passengers",
            "cancel_or_change", "compensation",
        ),
        REFUSED,
    ),
    **dict.fromkeys(("about_reservation", "about_allowance"), ANSWERED + REFUSED[1:]),
    **dict.fromkeys(("about_reservations", "about_flights"), ANSWERED),
    "cancel": REFUSED + TRANSFERRED,
    "add_insurance": REFUSED[:1],
    "outside": TRANSFERRED,
}  # fmt: skip
"""By intent, how requests end that come to no write."""


def endings(db: AirlineDB, caller: str) -> Endings:
    """Return how a user's requests that come to no write can end, by intent."""
    return ENDINGS if has_begun(db, caller) else {**ENDINGS, "cancel": REFUSED}


INTENTS: tuple[Intent[AirlineDB], ...] = (
    Book(),
    ChangeFlights(),
    ChangeCabin(),
    AddBags(),
    ChangePassengers(),
    Cancel(),
    CancelOrChange(),
    Compensation(),
    AddInsurance(),
    AboutReservation(),
    AboutReservations(),
    AboutFlights(),
    AboutAllowance(),
    Outside(),
)
