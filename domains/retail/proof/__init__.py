"""The retail domain's brute-force proof, with no code of the solvers in it."""

from writ_gym.domains.retail.proof.retail import RetailProof
from writ_gym.domains.retail.schema import RetailDB
from writ_gym.proofs import Proof

PROOF: Proof[RetailDB] = RetailProof()
