"""Airline tables. Money is in US dollars; times are Eastern, and dates are those of departure."""

from collections.abc import Callable, Hashable, Iterable
from typing import Annotated, Any, ClassVar, Literal, TypeAlias, get_args

from pydantic import Field

from writ_gym.database import Database, FrozenMap, Index, Record, Table

NOW = "2024-05-15T15:00:00"
"""When every conversation takes place."""
TODAY = NOW[:10]
LAST_DAY = "2024-05-30"
"""The last date of which flights are on sale."""

BAG_PRICE = 50
"""For each checked bag that is not free."""
INSURANCE_PRICE = 30
"""For each passenger."""
MOST_PASSENGERS = 5
"""In one reservation."""

Cabin: TypeAlias = Literal["basic_economy", "economy", "business"]
CABINS: tuple[Cabin, ...] = get_args(Cabin)
FlightType: TypeAlias = Literal["round_trip", "one_way"]
Insurance: TypeAlias = Literal["yes", "no"]
Membership: TypeAlias = Literal["gold", "silver", "regular"]


class PerCabin(Record):
    """A number for each cabin: seats, or a price for one passenger."""

    basic_economy: int
    economy: int
    business: int


class Available(Record):
    """A flight that can be booked."""

    status: Literal["available"]
    available_seats: PerCabin
    prices: PerCabin


class Landed(Record):
    """A flight that has arrived."""

    status: Literal["landed"]
    actual_departure_time_est: str
    actual_arrival_time_est: str


class Cancelled(Record):
    """A flight that the airline cancelled."""

    status: Literal["cancelled"]


class Delayed(Record):
    """A flight that will leave late."""

    status: Literal["delayed"]
    estimated_departure_time_est: str
    estimated_arrival_time_est: str


class Flying(Record):
    """A flight in the air."""

    status: Literal["flying"]
    actual_departure_time_est: str
    estimated_arrival_time_est: str


class OnTime(Record):
    """A flight that is about to leave as planned."""

    status: Literal["on time"]
    estimated_departure_time_est: str
    estimated_arrival_time_est: str


DateStatus: TypeAlias = Annotated[
    Available | Landed | Cancelled | Delayed | Flying | OnTime, Field(discriminator="status")
]


class Flight(Record):
    """A flight number with what it is like on each date."""

    flight_number: str
    origin: str
    destination: str
    scheduled_departure_time_est: str
    scheduled_arrival_time_est: str
    """With ``+1`` at the end if it is on the next day."""
    dates: FrozenMap[str, DateStatus]

    @property
    def plan(self) -> tuple[str, str, str, str, str]:
        """What of it is the same on all dates."""
        return (
            self.flight_number, self.origin, self.destination,
            self.scheduled_departure_time_est, self.scheduled_arrival_time_est,
        )  # fmt: skip


class Name(Record):
    """A person's name."""

    first_name: str
    last_name: str


class Address(Record):
    """A postal address."""

    address1: str
    address2: str | None = None
    city: str
    country: str
    state: str
    zip: str


class CreditCard(Record):
    """A credit card on file."""

    source: Literal["credit_card"]
    id: str
    brand: str
    last_four: str


class GiftCard(Record):
    """A gift card and what is left on it."""

    source: Literal["gift_card"]
    id: str
    amount: float


class Certificate(Record):
    """A travel certificate, good for one booking."""

    source: Literal["certificate"]
    id: str
    amount: float


PaymentMethod: TypeAlias = Annotated[
    CreditCard | GiftCard | Certificate, Field(discriminator="source")
]


class Passenger(Record):
    """Somebody who flies."""

    first_name: str
    last_name: str
    dob: str
    """Date of birth, ``YYYY-MM-DD``."""


class User(Record):
    """A customer."""

    user_id: str
    name: Name
    address: Address
    email: str
    dob: str
    payment_methods: FrozenMap[str, PaymentMethod]
    saved_passengers: tuple[Passenger, ...]
    membership: Membership
    reservations: tuple[str, ...]


class ReservationFlight(Record):
    """One flight of a reservation, with what it cost for each passenger."""

    flight_number: str
    origin: str
    destination: str
    date: str
    price: int


class Payment(Record):
    """One entry of a payment history; a refund is negative."""

    payment_id: str
    amount: int


class Reservation(Record):
    """A trip of one user."""

    reservation_id: str
    user_id: str
    origin: str
    destination: str
    flight_type: FlightType
    cabin: Cabin
    flights: tuple[ReservationFlight, ...]
    passengers: tuple[Passenger, ...]
    payment_history: tuple[Payment, ...]
    created_at: str
    total_baggages: int
    nonfree_baggages: int
    insurance: Insurance
    status: Literal["cancelled"] | None = None


def by_route(flight: Flight) -> Iterable[tuple[str, str]]:
    """Index flights by where they begin and end."""
    return ((flight.origin, flight.destination),)


def by_origin(flight: Flight) -> Iterable[str]:
    """Index flights by where they begin."""
    return (flight.origin,)


def by_destination(flight: Flight) -> Iterable[str]:
    """Index flights by where they end."""
    return (flight.destination,)


PLAN = "plan"
"""The part of a flight that is the same on all dates."""


def differing_dates(before: Flight | None, after: Flight | None) -> Iterable[str]:
    """Return the dates on which a flight is not the same as another one, or none; and ``PLAN``."""
    if before is None or after is None or before.plan != after.plan:
        return {PLAN, *(day for each in (before, after) if each is not None for day in each.dates)}
    mine, others = before.dates, after.dates
    changed = [day for day, status in mine.items() if others.get(day) is not status]
    return changed if len(mine) == len(others) else {*changed, *(others.keys() - mine.keys())}


def differing_fields(before: User | None, after: User | None) -> Iterable[str]:
    """Return the fields in which a user is not the same as another one, or none."""
    return [
        name
        for name in User.__pydantic_fields__
        if getattr(before, name, None) is not getattr(after, name, None)
    ]


class AirlineDB(Database):
    """The airline: what flies, who travels, and what was booked."""

    flights: Table[Flight]
    users: Table[User]
    reservations: Table[Reservation]

    key_fields: ClassVar[dict[str, str]] = {
        "flights": "flight_number",
        "users": "user_id",
        "reservations": "reservation_id",
    }
    tracked: ClassVar[dict[str, tuple[Index, ...]]] = {
        "flights": (by_route, by_origin, by_destination)
    }
    parts: ClassVar[dict[str, Callable[[Any, Any], Iterable[Hashable]]]] = {
        "flights": differing_dates,
        "users": differing_fields,
    }
