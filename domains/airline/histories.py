"""What travellers have booked: trips that can be flown, at prices that add up to what was paid."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple, TypeAlias

import numpy as np

from writ_gym.domains.airline.bookkeeping import refunds_of
from writ_gym.domains.airline.itineraries import Timetable, Trip, draw_trip
from writ_gym.domains.airline.network import CABIN_FACTORS, base_fare
from writ_gym.domains.airline.rules import free_bags
from writ_gym.domains.airline.schema import (
    BAG_PRICE,
    CABINS,
    INSURANCE_PRICE,
    NOW,
    TODAY,
    Available,
    Cabin,
    Certificate,
    CreditCard,
    Flight,
    Passenger,
    Payment,
    Reservation,
    ReservationFlight,
    User,
)
from writ_gym.domains.airline.timetable import minutes
from writ_gym.sampling.drawing import Words, pick

Rng: TypeAlias = np.random.Generator

PRICES_DRAWN = 60
"""Bookings drawn at most to find one with a price that none of the others of the user has."""
CABIN_CHANCES = (0.27, 0.43, 0.3)
PARTY_CHANCES = (0.44, 0.3, 0.14, 0.08, 0.04)
"""Of one passenger, two, and so on."""
TRAVELS, SAVED = 0.85, 0.55
"""Chances that the user is among the passengers, and that another one is saved in the profile."""
INSURED, CANCELLED = 0.38, 0.09
FULL_DAY, JUST_BOOKED, EARLIEST_DAYS = 24 * 3600, 0.13, 30
"""A day in seconds; the chance that a trip ahead was booked within one; days that booking is ahead
of the trip, or of today, at most."""
SAME_FARE, DRIFT = 0.3, (0.75, 1.25)
"""Chance that a fare was the one of now; else it was so many times it."""
MORE_BAGS = (0, 0, 0, 1, 1, 2, 3)
"""Bags beyond those that are free; a draw from these is uniform."""
SPLIT, CERTIFICATE, CHANGED = 0.2, 0.12, 0.15
"""Chances that several methods paid, that a certificate was one, and that a change was paid for."""
CERTIFICATES = (50, 100, 150, 200, 250)


class Draft(NamedTuple):
    """A booking without what was paid for it."""

    user: User
    trip: Trip
    cabin: Cabin
    flights: tuple[ReservationFlight, ...]
    passengers: tuple[Passenger, ...]
    bags: int
    nonfree: int
    insured: bool

    @property
    def price(self) -> int:
        """What it costs, in US dollars."""
        return (
            sum(flight.price for flight in self.flights) * len(self.passengers)
            + INSURANCE_PRICE * len(self.passengers) * self.insured
            + BAG_PRICE * self.nonfree
        )


def draw_reservations(
    rng: Rng,
    user: User,
    timetable: Timetable,
    words: Words,
    ids: Sequence[str],
    certificates: Iterator[str],
) -> list[Reservation]:
    """Return the reservations of a user, in the order in which they were made.

    Args:
        rng: The random generator.
        user: The user.
        timetable: What flies.
        words: Names of passengers.
        ids: The reservations' ids, in that order.
        certificates: Ids of certificates that were used up.
    """
    prices: set[int] = set()
    drafts = [_new_draft(rng, user, timetable, words, prices) for _ in ids]
    made = sorted((_made_at(rng, draft.trip), place) for place, draft in enumerate(drafts))
    return [
        _reservation(rng, key, drafts[place], created_at, certificates)
        for key, (created_at, place) in zip(ids, made, strict=True)
    ]


def _new_draft(rng: Rng, user: User, timetable: Timetable, words: Words, prices: set[int]) -> Draft:
    """Return a booking whose price is not among ``prices``."""
    draft = _draft(rng, user, timetable, words)
    for _ in range(PRICES_DRAWN):
        if draft.price not in prices:
            break
        draft = _draft(rng, user, timetable, words)
    prices.add(draft.price)
    return draft


def _draft(rng: Rng, user: User, timetable: Timetable, words: Words) -> Draft:
    trip = draw_trip(rng, timetable)
    cabin = CABINS[int(rng.choice(len(CABINS), p=CABIN_CHANCES))]
    passengers = _party(rng, user, words, 1 + int(rng.choice(len(PARTY_CHANCES), p=PARTY_CHANCES)))
    free = free_bags(user.membership, cabin, len(passengers))
    bags = int(rng.integers(free + 1)) if rng.random() < 0.6 else free + pick(rng, MORE_BAGS)
    return Draft(
        user=user,
        trip=trip,
        cabin=cabin,
        flights=tuple(_sold(rng, flight, day, cabin) for flight, day in trip.flights),
        passengers=passengers,
        bags=bags,
        nonfree=max(0, bags - free),
        insured=bool(rng.random() < INSURED),
    )


def _sold(rng: Rng, flight: Flight, day: str, cabin: Cabin) -> ReservationFlight:
    """Return a flight at the fare that it had when it was booked, which may be another than now."""
    status = flight.dates[day]
    if isinstance(status, Available):
        now = getattr(status.prices, cabin)
    else:
        now = base_fare(flight.origin, flight.destination) * rng.uniform(*CABIN_FACTORS[cabin])
    price = now if rng.random() < SAME_FARE else now * rng.uniform(*DRIFT)
    return ReservationFlight(
        flight_number=flight.flight_number,
        origin=flight.origin,
        destination=flight.destination,
        date=day,
        price=round(price),
    )


def _party(rng: Rng, user: User, words: Words, number: int) -> tuple[Passenger, ...]:
    """Return passengers, no two of whom have the same name."""
    name = user.name
    people = [Passenger(first_name=name.first_name, last_name=name.last_name, dob=user.dob)]
    if rng.random() >= TRAVELS:
        people.clear()
    saved = [user.saved_passengers[place] for place in rng.permutation(len(user.saved_passengers))]
    while len(people) < number:
        person = saved.pop() if saved and rng.random() < SAVED else draw_person(rng, words)
        if all(
            (each.first_name, each.last_name) != (person.first_name, person.last_name)
            for each in people
        ):
            people.append(person)
    return tuple(people)


def draw_person(rng: Rng, words: Words, last_name: str | None = None) -> Passenger:
    """Return somebody of any age, perhaps of a family."""
    return Passenger(
        first_name=pick(rng, words.first_names),
        last_name=last_name or pick(rng, words.last_names),
        dob=draw_birth(rng, 1945, 2021),
    )


def draw_birth(rng: Rng, first_year: int, last_year: int) -> str:
    """Return a date of birth in one of some years."""
    first, last = date(first_year, 1, 1).toordinal(), date(last_year, 12, 31).toordinal()
    return date.fromordinal(int(rng.integers(first, last + 1))).isoformat()


def _made_at(rng: Rng, trip: Trip) -> str:
    """Return when a trip was booked: before it begins, and not later than now."""
    flight, day = trip.flights[0]
    leaves = datetime.fromisoformat(day) + timedelta(
        minutes=minutes(flight.scheduled_departure_time_est)
    )
    last = min(leaves, datetime.fromisoformat(NOW)) - timedelta(seconds=1)
    recent = day > TODAY and rng.random() < JUST_BOOKED
    low, high = (0, FULL_DAY - 60) if recent else (FULL_DAY + 60, EARLIEST_DAYS * FULL_DAY)
    return (last - timedelta(seconds=int(rng.integers(low, high)))).isoformat()


def _reservation(
    rng: Rng, key: str, draft: Draft, created_at: str, certificates: Iterator[str]
) -> Reservation:
    cancelled = rng.random() < CANCELLED
    # A certificate that paid for it would be back in the profile.
    history = _payments(rng, draft, iter(()) if cancelled else certificates)
    there = draft.trip.there
    return Reservation(
        reservation_id=key,
        user_id=draft.user.user_id,
        origin=there[0][0].origin,
        destination=there[-1][0].destination,
        flight_type="round_trip" if draft.trip.back else "one_way",
        cabin=draft.cabin,
        flights=draft.flights,
        passengers=draft.passengers,
        payment_history=(*history, *(refunds_of(history) if cancelled else ())),
        created_at=created_at,
        total_baggages=draft.bags,
        nonfree_baggages=draft.nonfree,
        insurance="yes" if draft.insured else "no",
        status="cancelled" if cancelled else None,
    )


def _payments(rng: Rng, draft: Draft, certificates: Iterator[str]) -> list[Payment]:
    """Return what was paid for a booking, and for what was changed in it later."""
    left = draft.price
    methods = [m for m in draft.user.payment_methods.values() if not isinstance(m, Certificate)]
    order = [methods[place].id for place in rng.permutation(len(methods))]
    change = _change(rng, draft)
    left -= change
    history: list[Payment] = []
    certificate = next(certificates, None) if rng.random() < CERTIFICATE else None
    voucher = min(pick(rng, CERTIFICATES), left - 1) if certificate else 0
    left -= voucher
    shares = _shares(rng, draft.user, order, left)
    history += [Payment(payment_id=key, amount=amount) for key, amount in shares.items()]
    if certificate:
        history.append(Payment(payment_id=certificate, amount=voucher))
    if change:
        history.append(Payment(payment_id=pick(rng, order), amount=change))
    return history


def _change(rng: Rng, draft: Draft) -> int:
    """Return what of the price was paid for a change, or refunded if it is negative."""
    if rng.random() >= CHANGED:
        return 0
    if draft.nonfree:
        return BAG_PRICE * draft.nonfree
    spread = draft.price // 3
    return int(rng.integers(1, spread)) * (1 if rng.random() < 0.6 else -1)


def _shares(rng: Rng, user: User, order: Sequence[str], price: int) -> Mapping[str, int]:
    """Return what each method paid of a price: at most one card, and three gift cards."""
    cards = [key for key in order if isinstance(user.payment_methods[key], CreditCard)]
    gifts = [key for key in order if key not in cards]
    if len(order) == 1 or price < 2 * len(order) or rng.random() >= SPLIT:
        return {order[0]: price}
    chosen = [*cards[:1], *gifts[: 2 + (not cards)]]
    cuts = np.sort(rng.choice(np.arange(1, price), len(chosen) - 1, replace=False)).tolist()
    return dict(zip(chosen, np.diff([0, *cuts, price]).tolist(), strict=True))
