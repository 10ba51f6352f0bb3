"""The retail domain's brute-force proof, with no code of the solvers in it."""

from writ_gym.domains.retail.proof.retail import PROOF

__all__ = ["PROOF"]
