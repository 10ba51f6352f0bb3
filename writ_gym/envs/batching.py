"""Arguments for many environments at once: what is meant for which of them."""

import operator
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

Seed: TypeAlias = int | Sequence[int | None] | None


def seeds_for(seed: Seed, count: int) -> Sequence[int | None]:
    """Return a seed for each environment, as Gymnasium's vector environments give them.

    Args:
        seed: One for each; one for the first, the others get those that follow; or None for all.
        count: How many environments there are.

    Raises:
        ValueError: There is not one for each.
    """
    if seed is None:
        return [None] * count
    if isinstance(seed, int | np.integer):
        return [int(seed) + index for index in range(count)]
    refuse_other_than_one_each("seeds", seed, count)
    return [None if one is None else int(one) for one in seed]


def where(mask: object, count: int) -> Sequence[int]:
    """Return the indices where a ``reset_mask`` is true.

    Raises:
        TypeError: It is not an array of bool.
        ValueError: It has another shape than (count,), or is true nowhere.
    """
    if not isinstance(mask, np.ndarray) or mask.dtype != np.bool_:
        raise TypeError(f"options['reset_mask'] must be an array of bool, not {mask!r}.")
    if mask.shape != (count,):
        raise ValueError(f"options['reset_mask'] must have the shape ({count},), not {mask.shape}.")
    if not mask.any():
        raise ValueError("options['reset_mask'] must be true for at least one environment.")
    return [int(index) for index in np.flatnonzero(mask)]


def by_index(actions: Any, count: int) -> dict[int, Any]:
    """Return the action of each environment.

    Raises:
        TypeError: They are not a sequence; text and mappings are one action.
        ValueError: There is not one for each.
    """
    if isinstance(actions, str | bytes | Mapping) or not isinstance(actions, Iterable):
        raise TypeError(
            "actions must be a sequence with one action for each environment, not "
            f"{type(actions).__name__}; use send for some of them."
        )
    each = list(actions)
    refuse_other_than_one_each("actions", each, count)
    return dict(enumerate(each))


def checked(indices: Iterable[int], count: int) -> list[int]:
    """Return indices as plain integers.

    Raises:
        ValueError: There is no such environment.
    """
    found = [operator.index(index) for index in indices]
    unknown = [index for index in found if not 0 <= index < count]
    if unknown:
        raise ValueError(f"There is no environment {unknown[0]}; there are 0 to {count - 1}.")
    return found


def refuse_other_than_one_each(what: str, values: Collection[Any], count: int) -> None:
    """Check that there are as many values as environments.

    Raises:
        ValueError: There are not.
    """
    if len(values) != count:
        raise ValueError(
            f"There must be {count} {what}, one for each environment, not {len(values)}."
        )
