"""Random streams that never overlap."""

import hashlib
from functools import lru_cache

import numpy as np


def rng_for(seed: int, *key: int | str) -> np.random.Generator:
    """Return the generator of the stream named by ``seed`` and ``key``.

    Streams with different keys are independent (``numpy.random.SeedSequence``), so that
    neighbouring seeds share nothing; ``seed + index`` would make them share almost everything.

    Args:
        seed: Any integer from 0.
        key: Names and numbers that tell this stream from the others of the same seed.
    """
    # Numbers are hashed too: SeedSequence([7, 0]) is SeedSequence([7]), and 2**32 is [0, 1].
    words = [_word(part if isinstance(part, str) else f"\0{part}") for part in key]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *words])))


def position(name: str) -> float:
    """Return where a name stands between 0 and 1; the same in every world and process."""
    return _word(f"split\0{name}") / 2**64


def seed_for(seed: int, *key: int | str) -> int:
    """Return a 63-bit seed derived from ``seed`` and ``key``: a seed for another stream."""
    return _number(repr((seed, *key))) >> 1  # of a key that hardly comes twice


@lru_cache(1024)
def _word(text: str) -> int:
    return _number(text)


def _number(text: str) -> int:
    """Return a 64-bit number for ``text`` that is the same in every process."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")
