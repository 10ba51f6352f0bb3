"""The request families of the airline domain."""

from writ_gym.domain import Intent
from writ_gym.domains.airline.intents.bags import AddBags
from writ_gym.domains.airline.intents.booking import Book
from writ_gym.domains.airline.intents.cancelling import Cancel, CancelOrChange
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

OPERATORS = (
    "description", "filter", "exclusion", "superlative", "rank", "widening", "unknown_id",
    "relative_time", "hidden_intermediate", "join", "aggregate", "threshold", "fallback",
    "payment_choice", "split", "empty_set", "claim", "decoy",
    "eligibility",
)  # fmt: skip
"""Names of the operators that the requests are composed with."""

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
