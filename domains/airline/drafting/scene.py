"""What a draft of an airline request knows: the caller, what was read, and what searches list."""

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any, ClassVar, Self, TypeVar

import numpy as np

from writ_gym.database import JSON, Record
from writ_gym.domain import Brief
from writ_gym.domains.airline.intents.flights import Candidate, Route, listed, searches
from writ_gym.domains.airline.rules import was_flown
from writ_gym.domains.airline.schema import (
    PLAN,
    TODAY,
    AirlineDB,
    Flight,
    Passenger,
    PaymentMethod,
    Reservation,
    ReservationFlight,
    User,
)
from writ_gym.domains.airline.targets import target
from writ_gym.domains.airline.texts import ASKING, state
from writ_gym.domains.airline.tools import TOOLS
from writ_gym.domains.airline.wishes import REFERENCES, Journey
from writ_gym.phrasing.grammar import Style
from writ_gym.sampling.drafting import Draft

T = TypeVar("T")
V = TypeVar("V")


def search_key(name: str, arguments: dict[str, str]) -> str:
    """Return what names a search among the records that are read."""
    return " ".join([name, arguments["origin"], arguments["destination"], arguments["date"]])


def status_key(flight: ReservationFlight) -> str:
    """Return what names the status of a flight among the records that are read."""
    return f"{flight.flight_number} {flight.date}"


def _as_one(record: Record) -> Iterable[None]:
    """Index all records of a table under one value; so a draft has them at once."""
    return (None,)


def _origins(flights: Sequence[Flight]) -> list[str]:
    return sorted({flight.origin for flight in flights})


def _saved(users: Sequence[User]) -> list[Passenger]:
    return [each for user in users for each in user.saved_passengers]


_MADE: dict[tuple[int, object], tuple[object, Any]] = {}
"""By the identity of all records of a table, which are so kept, and by what was made of them."""
MOST_MADE = 16


def _once(records: Sequence[T], make: Callable[[Sequence[T]], list[V]]) -> list[V]:
    """Return what is made of all records of a table, once while none of them is written."""
    if not isinstance(records, tuple):
        return make(records)
    key = id(records), make
    if key not in _MADE:
        if len(_MADE) >= MOST_MADE:
            _MADE.clear()
        _MADE[key] = records, make(records)
    made: list[V] = _MADE[key][1]
    return made


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

    @classmethod
    def of(cls, db: AirlineDB, caller: str) -> Self:
        """Return a scene that nothing is asked for, to look at what there is."""
        brief = Brief(caller=caller, burden=0, least=0, writes=0, style=Style())
        return cls(db, brief, np.random.default_rng(0))

    def state(self, intent: str, slot: str, value: JSON) -> str:
        """Return how the user states a fact."""
        return state(intent, slot, value, self.rng, self.brief.style)

    def ask(self, intent: str, values: dict[str, JSON]) -> str:
        """Return how the user makes the request."""
        return ASKING.ask(intent, self.rng, self.brief.style, values)

    @cached_property
    def flights(self) -> Sequence[Flight]:
        """The timetable, without what is booked."""
        return self.db.flights.group(_as_one, None, PLAN)

    @cached_property
    def airports(self) -> list[str]:
        """The codes of all airports, in order."""
        return _once(self.flights, _origins)

    @cached_property
    def people(self) -> list[Passenger]:
        """Everybody saved in a profile, for names and dates of birth."""
        return _once(self.db.users.group(_as_one, None, "saved_passengers"), _saved)

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
