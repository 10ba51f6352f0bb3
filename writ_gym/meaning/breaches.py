"""What rules forbid; solvers and proofs have the rules in common."""

from typing import NamedTuple


class Breach(NamedTuple):
    """Why a rule forbids a request."""

    code: str
    fact: str | float
    """What the user has to be told."""
    sentence: str
