"""Random draws that the generators of worlds and the sampler share."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import accumulate
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from writ_gym.seeding import seed_for

T = TypeVar("T")


def pick(rng: np.random.Generator, values: Sequence[T]) -> T:
    """Return one of the values, each as likely as the others."""
    return values[int(rng.integers(len(values)))]


def some(rng: np.random.Generator, values: Sequence[T], count: int) -> list[T]:
    """Return so many different ones of the values, or all if there are fewer, in random order."""
    places = rng.choice(len(values), min(count, len(values)), replace=False)
    return [values[place] for place in places.tolist()]


def day_near(rng: np.random.Generator, day: str, low: int, high: int) -> str:
    """Return a day from ``low`` to ``high - 1`` days after another, both as "2025-03-14"."""
    days = timedelta(days=int(rng.integers(low, high)))
    return (date.fromisoformat(day) + days).isoformat()


def weighted(rng: np.random.Generator, weights: Sequence[float]) -> int:
    """Return a place in a list, as likely as the weight there."""
    edges = list(accumulate(weights))
    return bisect_right(edges, rng.random() * edges[-1])


def drawn(rng: np.random.Generator, weights: Mapping[T, float]) -> T:
    """Return one of some values, as likely as its weight."""
    return list(weights)[weighted(rng, list(weights.values()))]


def numbers(rng: np.random.Generator, count: int, digits: int) -> Iterator[str]:
    """Return different numbers without leading zeros, as texts."""
    start = 10 ** (digits - 1)
    return map(str, (start + rng.choice(9 * start, count, replace=False)).tolist())


def unused(draw: Callable[[], str], taken: set[str]) -> str:
    """Draw until the result is a new one, and take it."""
    while (text := draw()) in taken:
        pass
    taken.add(text)
    return text


def share_out(
    rng: np.random.Generator, total: int, shares: int, low: int, high: int
) -> NDArray[np.int64]:
    """Return random numbers from ``low`` to ``high`` that add up to ``total``."""
    room = high - low
    slots = rng.choice(shares * room, total - shares * low, replace=False)
    return low + np.bincount(slots // room, minlength=shares)


class Words(NamedTuple):
    """Names to draw from; common ones are there more than once."""

    first_names: Sequence[str]
    last_names: Sequence[str]
    streets: Sequence[str]


def draw_words(seed: int, domain: str) -> Words:
    """Return the names that the people of a world have, and the streets where they live."""
    from faker import Faker  # slow to import, and needed only where a world is made

    fake = Faker("en_US")
    fake.seed_instance(seed_for(seed, domain, "words"))
    # Pools, because drawing every name from Faker would take most of the time.
    return Words(
        [fake.first_name() for _ in range(250)],
        [fake.last_name() for _ in range(400)],
        [fake.street_name() for _ in range(250)],
    )
