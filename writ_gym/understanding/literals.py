"""Literals of which a regular expression needs one: a text without any need not be searched."""

from collections.abc import Iterator
from math import inf
from typing import Any

try:  # not public, as is all that takes expressions apart; without it all texts are searched
    from re import _parser  # type: ignore[attr-defined]
except ImportError:
    _parser = None


def literals_of(pattern: str) -> tuple[str, ...]:
    """Return literals of which every text has at least one that an expression is found in.

    Args:
        pattern: The expression; the case of its letters matters.

    Returns:
        Nothing where no such literals are known, or nearly all texts have one of them.
    """
    if _parser is None:
        return ()
    found = _needed(_parser.parse(pattern))
    least = [each for each in found if not any(other in each for other in found - {each})]
    return tuple(sorted(least)) if _share(found) < 1 else ()


def _needed(parsed: Any) -> frozenset[str]:
    """Return the literals of which a sequence needs one, of all such sets the most telling."""
    return min(_each_needed(parsed), key=_share, default=frozenset())


def _each_needed(parsed: Any) -> Iterator[frozenset[str]]:
    """Yield sets of literals of each of which a sequence needs one; they may be empty."""
    run = ""
    for op, value in parsed:
        name = str(op)
        if name == "LITERAL":
            run += chr(value)
        elif name != "AT":  # that is a place between two characters
            yield frozenset({run} - {""})
            run = ""
            yield _needed_by(name, value)
    yield frozenset({run} - {""})


def _needed_by(name: str, value: Any) -> frozenset[str]:
    """Return the literals of which a part of a sequence needs one; none if it can do without."""
    match name:
        case "BRANCH":
            each = [_needed(branch) for branch in value[1]]
            return frozenset().union(*each) if all(each) else frozenset()
        case "SUBPATTERN":
            return _needed(value[-1])
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT" if value[0]:
            return _needed(value[2])
        case "ATOMIC_GROUP":
            return _needed(value)
        case "ASSERT":
            return _needed(value[1])
    return frozenset()


def _share(literals: frozenset[str]) -> float:
    """Return about which share of texts has one of some literals: the longer they are, the less."""
    return sum(0.4 ** len(each.strip()) for each in literals) if literals else inf
