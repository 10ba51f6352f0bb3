"""The airline domain's brute-force proof, with no code of the solvers in it."""

from writ_gym.domains.airline.proof.airline import PROOF

__all__ = ["PROOF"]
