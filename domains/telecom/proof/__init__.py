"""The telecom domain's brute-force proof, with no code of the solvers in it."""

from writ_gym.domains.telecom.proof.telecom import PROOF

__all__ = ["PROOF"]
