"""What a right proposal may name of what a user states, whatever else has to be looked up."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, TypeAlias

from pydantic import TypeAdapter, ValidationError

from writ_gym.database import JSON
from writ_gym.domains.airline.mentions import NEW_YORK
from writ_gym.domains.airline.schema import Passenger
from writ_gym.domains.airline.wishes import (
    BAGS,
    CABIN,
    CLAIM,
    RESERVATION,
    TRIP,
    AllFreeBags,
    Bags,
    BagsEach,
    BagsInAll,
    ByBalance,
    CabinWish,
    Claim,
    Corrected,
    EveryReservation,
    FirstCovering,
    Journey,
    LookedUp,
    Me,
    MethodById,
    MoreBags,
    NewPassengers,
    OfKind,
    ReservationById,
    ReservationReference,
    Reservations,
    Saved,
    Single,
    Split,
    Stated,
    Swapped,
    Travellers,
    Trip,
)
from writ_gym.meaning.queries import parse
from writ_gym.understanding.allowances import Allowed, AtMost, Only, Rule, has_key

Values: TypeAlias = Iterator[tuple[str, Iterable[str]]]
"""Kinds of values, each with those of which a proposal has to name one, if it names any."""

_PEOPLE: TypeAdapter[Travellers | NewPassengers] = TypeAdapter(Travellers | NewPassengers)
_PAYMENT: TypeAdapter[Single | Split] = TypeAdapter(Single | Split)
_REASON: TypeAdapter[str] = TypeAdapter(str)
_REASONS: Mapping[str, str] = {
    "change of plans": "plans",
    "airline cancelled": "airline",
    "health": "health",
    "weather": "weather",
    "other": "other",
}


def _reservation(wish: ReservationReference | EveryReservation) -> Values:
    if isinstance(wish, Reservations) and wish.scope != "all":
        yield "reservation", wish.scope


def _trip(wish: Trip) -> Values:
    for way in (wish.there, wish.back):
        if way:
            yield from _way(way)
    origins, destinations = _ends(wish.there)
    if origins and destinations:  # or else it is a change, which keeps what it does not name
        yield "origin", _named(origins)
        yield "destination", _named(destinations)
        yield "ways", ["round_trip" if wish.back else "one_way"]


def _way(way: Journey | LookedUp) -> Values:
    if isinstance(way, LookedUp):
        yield "date", [_day(each.date) for each in way.flights]
        for each in way.flights:
            yield "flight", [each.flight_number]
        return
    if isinstance(way.dates, tuple):
        yield "date", map(_day, way.dates)
    if way.stops != "any":
        yield "stops", [way.stops.removesuffix("_stop")]


def _day(date: str) -> str:
    """Return the month and the day of a date."""
    return date.partition("-")[2]


def _ends(way: Journey | LookedUp | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return where a way may begin and end; nothing if it does not say so itself."""
    if isinstance(way, Journey):
        return way.origins, way.destinations
    if way is None or way.ends is None:
        return (), ()
    return way.ends[:1], way.ends[1:]


def _named(airports: Iterable[str]) -> Iterator[str]:
    """Yield what airports are called; one of New York is called by the name of the city, too."""
    for airport in airports:
        yield from (airport, "NYC") if airport in NEW_YORK else (airport,)


def _cabin(wish: CabinWish) -> Values:
    yield "cabin", [each.removesuffix("_economy") for each in wish.cabins]


def _passengers(wish: Travellers | NewPassengers) -> Values:
    if isinstance(wish, Travellers):
        names = [_name(each) for each in wish.people]
    else:
        swaps = wish.swaps if isinstance(wish, Swapped) else {}
        names = [
            _corrected(old, new) if isinstance(new, Corrected) else _name(new)
            for old, new in swaps.items()
        ]
    for name in filter(None, names):
        yield "person", [name]


def _name(person: object) -> str:
    """Return the full name of a person; nothing of the user, who knows it from the profile."""
    match person:
        case Saved(saved=name):
            return name
        case Stated(given=Passenger(first_name=first, last_name=last)):
            return f"{first} {last}"
    return ""


def _corrected(name: str, data: Corrected) -> str:
    first, _, last = name.partition(" ")
    return f"{data.first_name or first} {data.last_name or last}"


def _bags(wish: Bags) -> Values:
    match wish:
        case MoreBags(more=number):
            yield "more bags", [str(number)]
        case BagsInAll(in_all=number):
            yield "bags", [str(number)]
        case BagsEach(each=number):
            yield "bags each", [str(number)]
        case AllFreeBags():
            yield "paid bags", ["0"]


def _payment(wish: Single | Split) -> Values:
    kinds = [_kind(each) for each in _methods(wish)]
    if all(kinds):
        yield "payment", [kind.partition("_")[0].replace("credit", "card") for kind in kinds]


def _methods(wish: Single | Split) -> Iterable[object]:
    match wish:
        case Split(split=methods) | FirstCovering(first_covering=methods):
            return methods
    return (wish,)


def _kind(method: object) -> str:
    """Return the kind of a payment method; nothing if it has to be looked up."""
    match method:
        case OfKind(kind=kind) | ByBalance(balance_of=kind) | MethodById(method=kind):
            return kind
    return ""


def _reason(wish: str) -> Values:
    if wish in _REASONS:
        yield "reason", [_REASONS[wish]]


def _claim(wish: Claim) -> Values:
    yield "trouble", [wish.what]


_OF_SLOT: Mapping[str, tuple[TypeAdapter[Any], Callable[[Any], Values]]] = {
    "reservation": (RESERVATION, _reservation),
    "trip": (TRIP, _trip),
    "cabin": (CABIN, _cabin),
    "passengers": (_PEOPLE, _passengers),
    "bags": (BAGS, _bags),
    "payment": (_PAYMENT, _payment),
    "reason": (_REASON, _reason),
    "claim": (CLAIM, _claim),
}


def allowed(values: Mapping[str, JSON]) -> Iterator[Rule]:
    """Yield what the facts of a request allow; nothing of what is no wish of this airline's.

    Args:
        values: The values of the facts, by slot.
    """
    wishes = dict(_wishes(values))
    for slot, wish in wishes.items():
        for kind, some in _OF_SLOT[slot][1](wish):
            yield Allowed(slot, kind, frozenset(value.lower() for value in some))
    bags, people = wishes.get("bags"), wishes.get("passengers")
    if isinstance(bags, BagsEach) and isinstance(people, Travellers):
        yield Allowed("bags", "bags", frozenset({str(bags.each * len(people.people))}))
    yield from _limit(values)
    if "reservation" in wishes:
        yield from _only_change(values, wishes)
    elif isinstance(trip := wishes.get("trip"), Trip):
        yield from _only_trip(trip)
        yield from _only_people(people, bags)


def _limit(values: Mapping[str, JSON]) -> Iterator[AtMost]:
    """Yield how much a proposal may cost; that of a change, whatever the trip costs as a whole."""
    match values.get("condition"):
        case {"at_most": float() | int() as most}:
            kind = "cost" if "bags" in values else "charge"
            yield AtMost("condition", kind if "reservation" in values else "price", most)


_LOOKED_UP = frozenset({"scope", "beside"})
"""Keys of wishes for reservations of which the user does not say which they are."""


def _only_change(values: Mapping[str, JSON], wishes: Mapping[str, Any]) -> Iterator[Only]:
    """Yield of what there is no more than the facts of a change say; it keeps what they do not."""
    reservation, bags = wishes["reservation"], wishes.get("bags")
    if isinstance(reservation, ReservationById) and not has_key(values, _LOOKED_UP):
        yield Only("reservation", "reservation", frozenset({reservation.id.lower()}))
    if isinstance(bags, MoreBags):
        yield Only("bags", "more bags", frozenset({str(bags.more)}))


def _only_trip(trip: Trip) -> Iterator[Only]:
    """Yield the flights, the days and the places of a booking, so far as they are known."""
    ways = [way for way in (trip.there, trip.back) if way]
    flown = [way for way in ways if isinstance(way, LookedUp)]
    if flown == ways:
        numbers = (each.flight_number.lower() for way in flown for each in way.flights)
        yield Only("trip", "flight", frozenset(numbers))
    days = [_days_of(way) for way in ways]
    if all(days):
        yield Only("trip", "date", frozenset(day for some in days for day in some))
    airports = [airport for way in ways for end in _ends(way) for airport in end]
    if all(_ends(trip.there)) and all(map(_is_direct, ways)):
        known = frozenset(each.lower() for each in _named(airports))
        yield from (Only("trip", kind, known) for kind in ("origin", "destination"))


def _days_of(way: Journey | LookedUp) -> list[str]:
    """Return the days of a way, and those after them, on which it may go on; none if unknown."""
    if isinstance(way, LookedUp):
        dates = tuple(each.date for each in way.flights)
    else:
        dates = way.dates if isinstance(way.dates, tuple) else ()
    return [day for each in dates for day in (_day(each), _day_after(each))]


@lru_cache(512)
def _day_after(day: str) -> str:
    """Return the month and the day of the date after another one."""
    return _day((date.fromisoformat(day) + timedelta(1)).isoformat())


def _is_direct(way: Journey | LookedUp) -> bool:
    return len(way.flights) == 1 if isinstance(way, LookedUp) else way.stops == "direct"


def _only_people(people: object, bags: object) -> Iterator[Only]:
    """Yield the passengers of a booking, and the number of their bags, so far as they are known."""
    if isinstance(people, Travellers):
        names = frozenset(_name(each).lower() for each in people.people)
        myself = sum(isinstance(each, Me) for each in people.people)
        yield Only("passengers", "traveller", names, others=myself)
    if isinstance(bags, BagsInAll):
        yield Only("bags", "bags", frozenset({str(bags.in_all)}))


def _wishes(values: Mapping[str, JSON]) -> Iterator[tuple[str, Any]]:
    """Yield the values that say what is meant as this airline has it, each with its slot."""
    for slot, value in values.items():
        if slot in _OF_SLOT and value:
            try:
                yield slot, parse(_OF_SLOT[slot][0], value)
            except ValidationError:
                continue
