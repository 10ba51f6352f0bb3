"""Random streams: equal names give equal streams in any process, others share nothing."""

import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from writ_gym.seeding import rng_for, seed_for

NAMES: list[tuple[int | str, ...]] = [
    (0,), (0, 0), (0, 0, 0), (0, 1), (0, "0"), (0, ""), (0, "a"), (0, "a", "b"), (0, "b", "a"),
    (0, "ab"), (0, "a", ""), (0, "a", 1), (0, "a1"), (1,), (1, 0), (1, "a"), (0, 2**32), (2**32,),
    (2**32, "a"), (3 + 5 * 2**32,), (3, 5), (3, "5"), (2**62, 7), (2**64,), (10**30, "a"),
]  # fmt: skip
KEYS = st.lists(st.integers(0, 2**70) | st.text(max_size=5), max_size=4).map(tuple)
SEEDS = st.integers(0, 3) | st.integers(0, 2**70)


def numbers(seed: int, *key: int | str, count: int = 50) -> tuple[int, ...]:
    return tuple(rng_for(seed, *key).integers(1 << 62, size=count).tolist())


def test_equal_names_give_equal_streams() -> None:
    for seed, *key in NAMES:
        assert numbers(int(seed), *key) == numbers(int(seed), *key)


def test_no_number_occurs_in_two_streams() -> None:
    drawn = [number for seed, *key in NAMES for number in numbers(int(seed), *key)]
    assert len(set(drawn)) == len(drawn) == 50 * len(NAMES)


def test_neighbouring_seeds_and_indexes_share_nothing() -> None:
    by_seed = [set(numbers(seed, "task")) for seed in range(100)]
    by_index = [set(numbers(7, "task", index)) for index in range(100)]
    assert all(not one & other for one, other in pairwise(by_seed + by_index))
    assert len(set().union(*by_seed, *by_index)) == 200 * 50


def test_seed_and_index_are_not_added_up() -> None:
    assert numbers(3, "x", 4) != numbers(4, "x", 3)
    assert seed_for(3, 4) != seed_for(4, 3)


@given(one=st.tuples(SEEDS, KEYS), other=st.tuples(SEEDS, KEYS))
@settings(max_examples=300, deadline=None, derandomize=True)
def test_streams_and_seeds_differ_exactly_if_their_names_do(
    one: tuple[int, tuple[int | str, ...]], other: tuple[int, tuple[int | str, ...]]
) -> None:
    same = one == other
    assert (numbers(one[0], *one[1], count=4) == numbers(other[0], *other[1], count=4)) is same
    assert (seed_for(one[0], *one[1]) == seed_for(other[0], *other[1])) is same


def test_a_derived_seed_has_63_bits_and_is_a_seed() -> None:
    seeds = [seed_for(seed, "x", index) for seed in range(30) for index in range(30)]
    assert len(set(seeds)) == len(seeds)
    assert all(0 <= seed < 2**63 for seed in seeds)
    assert max(seeds) > 2**62
    assert numbers(seeds[0]) != numbers(seeds[1])


def test_a_derived_seed_does_not_lead_to_the_stream_it_was_derived_from() -> None:
    assert not set(numbers(seed_for(0, "x"), "x")) & set(numbers(0, "x"))


def test_a_stream_is_its_own_generator() -> None:
    first, again = rng_for(0, "x"), rng_for(0, "x")
    first.random(1000)
    assert again.random() == rng_for(0, "x").random()


def test_streams_leave_numpys_global_generator_alone() -> None:
    before = repr(np.random.get_state())  # noqa: NPY002 - it is looked at only
    rng_for(0, "x").random()
    assert repr(np.random.get_state()) == before  # noqa: NPY002


def test_a_negative_seed_is_an_error() -> None:
    with pytest.raises(ValueError, match="non-negative"):
        rng_for(-1, "x")


def test_streams_are_the_same_in_another_process() -> None:
    code = f"""
from writ_gym.seeding import rng_for, seed_for
for name in {NAMES!r}:
    print(rng_for(*name).integers(1 << 62), seed_for(*name))
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.splitlines() == [
        f"{numbers(int(seed), *key)[0]} {seed_for(int(seed), *key)}" for seed, *key in NAMES
    ]


def test_streams_stay_what_they_are() -> None:
    """A change here changes every world and every task: it needs new versions of the ids."""
    assert numbers(0, "retail", "world")[:2] == (4279477817249091798, 2380803437070010847)
    assert numbers(7, "task", 3)[:2] == (1345651239927370417, 932062246919767507)
    assert (seed_for(0), seed_for(7, "tasks", 3)) == (7210762507766007076, 4948281890845465662)
