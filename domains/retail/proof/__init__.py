"""What the checker knows of the retail domain, by brute force and apart from the intents."""

from writ_gym.domains.retail.proof.retail import PROOF

__all__ = ["PROOF"]
