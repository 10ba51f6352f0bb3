"""An airline made from a seed: what flies, who travels, and what they have booked.

Users, and with them their reservations, belong to a split by their names. Flights are shared by all
of them; see ``network``.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import accumulate, pairwise
from typing import NamedTuple, TypeAlias

import numpy as np

from writ_gym.domains.airline import schema
from writ_gym.domains.airline.histories import (
    draw_birth,
    draw_person,
    draw_reservations,
)
from writ_gym.domains.airline.itineraries import Timetable
from writ_gym.domains.airline.network import MOST_FLIGHTS, draw_flights, fewest_flights
from writ_gym.sampling.drawing import Words, draw_words, numbers, pick, share_out, unused
from writ_gym.seeding import rng_for

Rng: TypeAlias = np.random.Generator

MOST_USERS = 100_000
"""More of them could run out of ids, which have a fixed number of digits."""
MOST_MEAN_RESERVATIONS = 10
MOST_RESERVATIONS = 16
"""Reservations of one user."""
FREQUENT_FLYERS = ((0.05, 11, MOST_RESERVATIONS), (0.06, 7, 10))
"""Share of the users, and the fewest and most reservations that each of them has."""
OTHER_RESERVATIONS = 7
"""Reservations of any other user at most, unless there are too many to share out."""

# Draws from these are uniform: what stands there three times is three times as likely.
MEMBERSHIPS: tuple[schema.Membership, ...] = ("regular", "regular", "silver", "gold")
FIRST_KINDS = ("credit_card", "credit_card", "credit_card", "gift_card")
MORE_KINDS = ("credit_card", "gift_card", "gift_card", "certificate", "certificate")
MORE_METHODS = (0, 1, 1, 2, 2, 2, 3, 3, 4, 5)
"""Payment methods of a user besides the first."""
MOST_OF_KIND = {"credit_card": 2, "gift_card": 4, "certificate": 3}
BRANDS = ("visa", "visa", "mastercard", "mastercard", "amex")
FRIENDS = (0, 1, 1, 2, 2, 3, 4)
"""Saved passengers."""
FAMILY = 0.5
"""Chance that a saved passenger has the user's last name."""
GIFT_DOLLARS, CERTIFICATE_DOLLARS = 1200, 500
WITH_CENTS = 0.3
CERTIFICATE_STEP = 25


class Home(NamedTuple):
    """A place where users live."""

    city: str
    state: str
    zip_start: str
    """The first three digits of its zip codes."""


HOMES = tuple(
    Home(*home.split("|"))
    for home in (
        "San Francisco|CA|941", "New York|NY|100", "Los Angeles|CA|900", "Chicago|IL|606",
        "Dallas|TX|752", "Denver|CO|802", "Seattle|WA|981", "Atlanta|GA|303", "Miami|FL|331",
        "Boston|MA|021", "Phoenix|AZ|850", "Houston|TX|770", "Las Vegas|NV|891", "Orlando|FL|328",
        "Newark|NJ|071", "Charlotte|NC|282", "Minneapolis|MN|554", "Detroit|MI|482",
        "Philadelphia|PA|191", "Portland|OR|972", "Columbus|OH|432", "Nashville|TN|372",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class WorldSize:
    """How large an airline is: numbers met exactly; ValueError if one is out of its range."""

    users: int = 500
    reservations: int = 2000
    flights: int = 300
    """Flight numbers; each of them flies on every date."""

    def __post_init__(self) -> None:
        ranges = {
            "users": (1, MOST_USERS),
            "reservations": (1, MOST_MEAN_RESERVATIONS * self.users),
            "flights": (fewest_flights(), MOST_FLIGHTS),
        }
        for name, (low, high) in ranges.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise ValueError(f"{name} must be from {low} to {high} here, not {value!r}.")


DEFAULT_SIZE: Mapping[str, int] = asdict(WorldSize())


def generate(seed: int, size: WorldSize | Mapping[str, int] = DEFAULT_SIZE) -> schema.AirlineDB:
    """Return the airline of a seed; equal arguments give equal digests.

    Raises:
        ValueError: A size is out of its range.
    """
    full = size if isinstance(size, WorldSize) else WorldSize(**size)
    rng = rng_for(seed, "airline", "world")
    words = draw_words(seed, "airline")
    flights = draw_flights(rng, full.flights)
    users = _users(rng, words, full)
    timetable = Timetable(flights)
    used_up = (f"certificate_{number}" for number in numbers(rng, full.reservations, digits=7))
    reservations = [
        reservation
        for user in users
        for reservation in draw_reservations(
            rng, user, timetable, words, user.reservations, used_up
        )
    ]
    return schema.AirlineDB.load(
        {
            "flights": {flight.flight_number: flight for flight in flights},
            "users": {user.user_id: user for user in users},
            "reservations": {each.reservation_id: each for each in reservations},
        }
    )


def _reservation_counts(rng: Rng, size: WorldSize) -> list[int]:
    """Return how many reservations each user has: most have few, few have many."""
    drawn: list[int] = []
    for share, low, high in FREQUENT_FLYERS:
        drawn += rng.integers(low, high + 1, round(share * size.users)).tolist()
    # At least half of the reservations are left to the others, however small the airline is.
    sums = accumulate(drawn)
    many = [count for count, sum_ in zip(drawn, sums, strict=True) if 2 * sum_ <= size.reservations]
    others, rest = size.users - len(many), size.reservations - sum(many)
    most = min(MOST_RESERVATIONS, max(OTHER_RESERVATIONS, 2 * rest // others))
    counts = [*many, *share_out(rng, rest, others, 0, most).tolist()]
    return [counts[index] for index in rng.permutation(size.users)]


def _reservation_id(rng: Rng) -> str:
    """Return letters and digits, some of both, that cannot be taken for a flight number."""
    while True:
        key = "".join("ABCDEFGHJKLMNPQRSTUVWXYZ23456789"[n] for n in rng.integers(32, size=6))
        if not key.isalpha() and not key.isdigit() and not key.startswith("HAT"):
            return key


def _users(rng: Rng, words: Words, size: WorldSize) -> list[schema.User]:
    taken: set[str] = set()
    keys = [unused(lambda: _reservation_id(rng), taken) for _ in range(size.reservations)]
    method_ids = numbers(rng, (1 + max(MORE_METHODS)) * size.users, digits=7)
    ends = accumulate(_reservation_counts(rng, size), initial=0)
    return [_user(rng, words, method_ids, keys[start:end], taken) for start, end in pairwise(ends)]


def _user(
    rng: Rng, words: Words, method_ids: Iterator[str], keys: Sequence[str], taken: set[str]
) -> schema.User:
    first, last = pick(rng, words.first_names), pick(rng, words.last_names)
    friends = {
        (person.first_name, person.last_name): person
        for _ in range(pick(rng, FRIENDS))
        if (person := draw_person(rng, words, last if rng.random() < FAMILY else None)).first_name
        != first
    }
    return schema.User(
        user_id=unused(lambda: f"{first}_{last}_{rng.integers(1000, 10_000)}".lower(), taken),
        name=schema.Name(first_name=first, last_name=last),
        address=_address(rng, words),
        email=unused(
            lambda: f"{first}.{last}{rng.integers(1000, 10_000)}@example.com".lower(), taken
        ),
        dob=draw_birth(rng, 1940, 2004),
        payment_methods={method.id: method for method in _methods(rng, method_ids)},
        saved_passengers=tuple(friends.values()),
        membership=pick(rng, MEMBERSHIPS),
        reservations=tuple(keys),
    )


def _address(rng: Rng, words: Words) -> schema.Address:
    home = pick(rng, HOMES)
    unit = f"{pick(rng, ('Apt', 'Suite', 'Unit'))} {rng.integers(1, 1000)}"
    return schema.Address(
        address1=f"{rng.integers(100, 1000)} {pick(rng, words.streets)}",
        address2=unit if rng.random() < 0.7 else None,
        city=home.city,
        country="USA",
        state=home.state,
        zip=f"{home.zip_start}{rng.integers(1, 100):02d}",
    )


def _methods(rng: Rng, ids: Iterator[str]) -> list[schema.PaymentMethod]:
    kinds = [pick(rng, FIRST_KINDS)]
    for _ in range(pick(rng, MORE_METHODS)):
        kind = pick(rng, MORE_KINDS)
        if kinds.count(kind) < MOST_OF_KIND[kind]:
            kinds.append(kind)
    # Different, so that digits tell a user's cards apart, and amounts the others.
    last_fours = numbers(rng, len(kinds), digits=4)
    gifts = rng.choice(GIFT_DOLLARS, len(kinds), replace=False).tolist()
    certificates = rng.choice(CERTIFICATE_DOLLARS // CERTIFICATE_STEP, len(kinds), replace=False)
    methods: list[schema.PaymentMethod] = []
    for place in rng.permutation(len(kinds)):
        kind, key = kinds[place], f"{kinds[place]}_{next(ids)}"
        if kind == "credit_card":
            brand = pick(rng, BRANDS)
            methods.append(schema.CreditCard(
                source="credit_card", id=key, brand=brand, last_four=next(last_fours)
            ))  # fmt: skip
        elif kind == "gift_card":
            cents = int(rng.integers(100)) if rng.random() < WITH_CENTS else 0
            amount = (100 * (1 + gifts[place]) + cents) / 100
            methods.append(schema.GiftCard(source="gift_card", id=key, amount=amount))
        else:
            worth = float(CERTIFICATE_STEP * (1 + int(certificates[place])))
            methods.append(schema.Certificate(source="certificate", id=key, amount=worth))
    return methods
