"""How an airline user can mean reservations, flights, passengers, bags and payment methods.

These are the values of a request's facts, as JSON of the types below. They say what is meant,
not how to find it: ``intents`` resolves them through reads alone, and ``proof`` resolves them over
the whole database with code of its own. What each comes to, ties and empty sets included, is
specified in ``docs/requests-airline.md``.
"""

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, TypeAdapter

from writ_gym.database import JSON
from writ_gym.domains.airline.schema import Cabin, Passenger
from writ_gym.meaning.queries import Choice, Condition, Extreme, Query
from writ_gym.tasks import Config

Airport: TypeAlias = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Date: TypeAlias = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]


class ReservationById(Config):
    """A reservation by its id."""

    id: str


class Reservations(Query):
    """Reservations of the user: all of them that keep the conditions."""

    scope: Literal["all"] | tuple[str, ...] = "all"
    """All reservations of the user's profile, or those with these ids."""


class ReservationChoice(Reservations, Choice):
    """One reservation of the user's, by what it is like."""


class ReservationBeside(Config):
    """The reservation right before (-1) or after (1) another one."""

    beside: "ReservationById | ReservationChoice"
    step: Literal[-1, 1]
    order: Literal["created", "departure"]
    """Whether they are ordered by when they were made, or by when they depart."""


ReservationReference: TypeAlias = ReservationById | ReservationBeside | ReservationChoice


class EveryReservation(Reservations):
    """Each reservation of the user's that keeps the conditions."""

    every: Literal[True] = True


class DaysFrom(Config):
    """Dates counted from another one."""

    days: Annotated[tuple[int, ...], Field(min_length=1)]
    """How many days later each of them is; negative for earlier."""
    trip: ReservationReference | None = None
    """The reservation from which to count; None for the flights that the request is about."""
    edge: Literal["start", "end"] = "start"
    """Whether to count from the date of its first flight or from that of its last."""


class Journey(Choice):
    """The flights in one direction: a direct flight, or two with one stop."""

    origins: tuple[Airport, ...] = ()
    """Where it may begin; empty if the direction is known from elsewhere."""
    destinations: tuple[Airport, ...] = ()
    dates: Annotated[tuple[Date, ...], Field(min_length=1)] | DaysFrom
    stops: Literal["direct", "one_stop", "any"] = "any"


class FlightOn(Config):
    """A flight on a date."""

    flight_number: str
    date: Date


class LookedUp(Config):
    """Flights in one direction of which the user knows that they can be had, and for how much."""

    flights: Annotated[tuple[FlightOn, ...], Field(min_length=1, max_length=2)]
    fare: int
    """What they cost together for one passenger, in US dollars."""
    ends: tuple[Airport, Airport] | None = None
    """Where they begin and end; for the way there of a booking only."""


class Trip(Config):
    """Flights there, and back if it is a round trip; in a change, a direction left out stays."""

    there: Journey | LookedUp | None = None
    back: Journey | LookedUp | None = None


class CabinWish(Config):
    """The first of these cabins in which the flights can be had."""

    cabins: Annotated[tuple[Cabin, ...], Field(min_length=1)]
    fare: int | None = None
    """What all flights of the reservation cost in the one cabin for one passenger, in US dollars,
    if the user knows that and that they can be had; in a change of the cabin only."""


class Me(Config):
    """The user, with name and date of birth as in the profile."""

    me: Literal[True] = True


class Stated(Config):
    """A person whom the user states."""

    given: Passenger


class Saved(Config):
    """A person saved in the user's profile, by full name."""

    saved: str


class Corrected(Config):
    """The passenger as before, with some data put right; in a change of passengers only."""

    first_name: str | None = None
    last_name: str | None = None
    dob: Date | None = None


Person: TypeAlias = Me | Stated | Saved


class Travellers(Config):
    """These persons."""

    people: Annotated[tuple[Person, ...], Field(min_length=1)]


class SameAs(Config):
    """The passengers of another reservation, but those with some full names."""

    same_as: ReservationReference
    without: tuple[str, ...] = ()


class Swapped(Config):
    """Passengers of the reservation, by full name, each replaced or put right."""

    swaps: Annotated[Mapping[str, Person | Corrected], Field(min_length=1)]


class OtherNumber(Config):
    """More or fewer passengers, which is never possible."""

    change: Literal["add", "remove"]
    people: Annotated[tuple[str, ...], Field(min_length=1)]
    """Their full names."""


NewPassengers: TypeAlias = Swapped | SameAs | OtherNumber


class MoreBags(Config):
    """So many checked bags more than now."""

    more: Annotated[int, Field(ge=1)]


class BagsInAll(Config):
    """So many checked bags in all."""

    in_all: Annotated[int, Field(ge=0)]


class BagsEach(Config):
    """So many checked bags for each passenger."""

    each: Annotated[int, Field(ge=0)]


class AllFreeBags(Config):
    """As many checked bags as are free of charge."""

    free: Literal[True] = True


class BagsOf(Config):
    """As many checked bags as another reservation has."""

    bags_of: ReservationReference


Bags: TypeAlias = MoreBags | BagsInAll | BagsEach | AllFreeBags | BagsOf


class MethodById(Config):
    """A payment method by its id."""

    method: str


class OfKind(Config):
    """The user's one method of a kind; a credit card may be told by its last four digits."""

    kind: Literal["credit_card", "gift_card", "certificate"]
    last_four: str | None = None


class ByBalance(Config):
    """That of the user's gift cards, or certificates, with the ``rank``-th balance."""

    balance_of: Literal["gift_card", "certificate"]
    extreme: Extreme
    rank: Annotated[int, Field(ge=1)] = 1


class Original(Config):
    """The method that the reservation was first paid with."""

    original: Literal[True] = True


class PaidFor(Config):
    """The method that another reservation was first paid with."""

    paid_for: ReservationReference


class FirstCovering(Config):
    """The first of these methods that can pay the price."""

    first_covering: Annotated[tuple[OfKind | ByBalance, ...], Field(min_length=2)]


Single: TypeAlias = MethodById | OfKind | ByBalance | Original | PaidFor | FirstCovering


class Split(Config):
    """Methods of which each pays as much as it can of what those before it have left."""

    split: Annotated[tuple[MethodById | OfKind | ByBalance | PaidFor, ...], Field(min_length=1)]


class Guard(Config):
    """What must hold for the request to be carried out: a figure over some reservations."""

    figure: Literal["count", "total", "passengers", "bags"]
    """Their number, or the sum of an attribute."""
    reservations: Reservations
    test: Literal["over", "under"]
    value: float


class Fares(Config):
    """What must hold for the request to be carried out: how low the fares of a route are.

    The figure is the lowest fare for one passenger of a direct flight on any of the dates.
    """

    origin: Airport
    destination: Airport
    dates: Annotated[tuple[Date, ...], Field(min_length=1)]
    cabin: Cabin
    test: Literal["over", "under"]
    value: float
    """In US dollars."""

    @property
    def journey(self) -> Journey:
        """The flights among which the lowest fare is looked for."""
        return Journey(
            origins=(self.origin,), destinations=(self.destination,), dates=self.dates,
            stops="direct", by="price", extreme="lowest",
        )  # fmt: skip


class Limit(Config):
    """The most that the request may cost, in US dollars."""

    at_most: Annotated[float, Field(ge=0)]


class Belief(Config):
    """What the user takes to be so of a reservation: if it is not, nothing is to be done."""

    believed: Condition
    """On its cabin, insurance, total, passengers or bags."""
    of: ReservationReference | None = None
    """The reservation; None for the one that the request is about."""


class Figure(Config):
    """A figure over some reservations that the user asks for."""

    figure: Literal["count", "total", "passengers", "bags"]
    reservations: Reservations


class Claim(Config):
    """What the user says has become of a flight of the reservation."""

    what: Literal["cancelled", "delayed"]
    flight: str | None = None
    """Its number; None for one of the flights, whichever it is."""


RESERVATION: TypeAdapter[ReservationReference | EveryReservation] = TypeAdapter(
    ReservationReference | EveryReservation
)
TRIP: TypeAdapter[Trip] = TypeAdapter(Trip)
JOURNEY: TypeAdapter[Journey] = TypeAdapter(Journey)
CABIN: TypeAdapter[CabinWish] = TypeAdapter(CabinWish)
PASSENGERS: TypeAdapter[Travellers | SameAs] = TypeAdapter(Travellers | SameAs)
NEW_PASSENGERS: TypeAdapter[NewPassengers] = TypeAdapter(NewPassengers)
BAGS: TypeAdapter[Bags] = TypeAdapter(Bags)
SINGLE: TypeAdapter[Single] = TypeAdapter(Single)
SPLIT: TypeAdapter[Split] = TypeAdapter(Split)
CONDITION: TypeAdapter[Guard | Fares | Limit | Belief] = TypeAdapter(Guard | Fares | Limit | Belief)
FIGURE: TypeAdapter[Figure] = TypeAdapter(Figure)
CLAIM: TypeAdapter[Claim] = TypeAdapter(Claim)

REFERENCES = frozenset(
    {
        "where",
        "by",
        "beside",
        "same_as",
        "bags_of",
        "paid_for",
        "original",
        "cabins",
        "first_covering",
        "balance_of",
        "split",
        "free",
        "each",
        "more",
        "me",
        "saved",
        "at_most",
        "believed",
        "dates",
    }
)
"""A right proposal need not repeat the text of a value with one of these keys: something has to be
looked up, or there is a choice. What it may not name all the same is said by ``allowed``."""


def plain(wish: Config) -> JSON:
    """Return a wish as the value of a fact; what was left out stays out."""
    return wish.model_dump(mode="json", exclude_none=True)
