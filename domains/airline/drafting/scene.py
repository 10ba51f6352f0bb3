"""What a draft of an airline request knows: the caller, what was read, and what searches list."""

from collections.abc import Iterable
from functools import cached_property
from typing import ClassVar

import numpy as np

from writ_gym.database import JSON
from writ_gym.domain import Brief
from writ_gym.domains.airline.intents.flights import Candidate, Route, listed, searches
from writ_gym.domains.airline.rules import was_flown
from writ_gym.domains.airline.schema import (
    TODAY,
    AirlineDB,
    Flight,
    Passenger,
    PaymentMethod,
    Reservation,
    ReservationFlight,
)
from writ_gym.domains.airline.targets import target
from writ_gym.domains.airline.texts import ASKING, state
from writ_gym.domains.airline.tools import TOOLS
from writ_gym.domains.airline.wishes import REFERENCES, Journey
from writ_gym.drafting import Draft


def search_key(name: str, arguments: dict[str, str]) -> str:
    """Return what names a search among the records that are read."""
    return " ".join([name, arguments["origin"], arguments["destination"], arguments["date"]])


def status_key(flight: ReservationFlight) -> str:
    """Return what names the status of a flight among the records that are read."""
    return f"{flight.flight_number} {flight.date}"


class Scene(Draft):
    """A draft of one request of an airline's user."""

    slots: ClassVar[tuple[str, ...]] = (
        "reservation", "figure", "journey", "claim", "matter", "trip", "cabin", "topic",
        "passengers", "bags", "insurance", "payment", "reason", "condition",
    )  # fmt: skip
    references: ClassVar[frozenset[str]] = REFERENCES

    def __init__(self, db: AirlineDB, brief: Brief, rng: np.random.Generator) -> None:
        super().__init__(brief, rng)
        self.db = db
        self.user = db.users[brief.caller]
        self.reservations: list[Reservation] = [
            db.reservations[each] for each in self.user.reservations
        ]
        self.methods: list[PaymentMethod] = list(self.user.payment_methods.values())
        self.tells_status = True
        """Whether the user may say of a reservation what its rules go by: status, cabin, dates."""
        if not brief.said:
            self.seen.add(self.profile)  # it was read to find out who calls
        self.read([self.profile])  # a write may have changed it since then

    def state(self, intent: str, slot: str, value: JSON) -> str:
        """Return how the user states a fact."""
        return state(intent, slot, value, self.rng, self.brief.style)

    def ask(self, intent: str, values: dict[str, JSON]) -> str:
        """Return how the user makes the request."""
        return ASKING.ask(intent, self.rng, self.brief.style, values)

    @cached_property
    def flights(self) -> list[Flight]:
        """The timetable."""
        return list(self.db.flights.values())

    @cached_property
    def airports(self) -> list[str]:
        """The codes of all airports, in order."""
        return sorted({flight.origin for flight in self.flights})

    @cached_property
    def people(self) -> list[Passenger]:
        """Everybody saved in a profile, for names and dates of birth."""
        return [each for user in self.db.users.values() for each in user.saved_passengers]

    def active(self) -> list[Reservation]:
        """Return the reservations that are not cancelled, and of which no flight was flown.

        One that was booked a moment ago is none of them: it could have been booked like that.
        """
        made = self.db.reservations.added()
        return [
            each
            for each in self.reservations
            if each.status != "cancelled"
            and each.flights
            and not self.flown(each)
            and each.reservation_id not in made
        ]

    def is_open_to(self, tools: Iterable[str], **arguments: str) -> bool:
        """Say whether none of these tools was used on a record before, by earlier requests."""
        key = target(arguments).key
        return not any((tool, key) in self.brief.written for tool in tools)

    def flown(self, reservation: Reservation) -> list[ReservationFlight]:
        """Return the flights of a reservation that were flown."""
        return [each for each in reservation.flights if was_flown(each.date, self.status(each))]

    def status(self, flight: ReservationFlight) -> str:
        """Return the status of a flight on its date."""
        return self.db.flights[flight.flight_number].dates[flight.date].status

    def past(self, flights: Iterable[ReservationFlight]) -> frozenset[str]:
        """Return the reads that show whether flights were flown."""
        return frozenset(status_key(each) for each in flights if each.date <= TODAY)

    def found(self, journey: Journey, route: Route) -> tuple[list[Candidate], frozenset[str]]:
        """Return what the searches for a journey list, and the reads that takes."""
        candidates: list[Candidate] = []
        keys = []
        for name, arguments in searches(journey, route):
            text, _ = TOOLS.answer(self.db, name, arguments)
            candidates += listed(text, arguments["date"])
            keys.append(search_key(name, arguments))
        return candidates, frozenset(keys)
