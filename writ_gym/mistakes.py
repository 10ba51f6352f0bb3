"""What users get wrong when they read something off."""

import numpy as np


def misread(said: str, rng: np.random.Generator, first: int = 0) -> str:
    """Return a number or an id with two neighbouring digits swapped that differ.

    Args:
        said: The number or id.
        rng: The random generator.
        first: Where the digits begin that may be swapped; those before are the same in all ids.

    Returns:
        What was said itself if there are no such digits.
    """
    places = [
        place
        for place in range(first, len(said) - 1)
        if said[place : place + 2].isdigit() and said[place] != said[place + 1]
    ]
    if not places:
        return said
    place = places[int(rng.integers(len(places)))]
    return f"{said[:place]}{said[place + 1]}{said[place]}{said[place + 2 :]}"
