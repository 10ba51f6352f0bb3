"""What a retail user says: natural English that says exactly what the facts say."""

from writ_gym.domains.retail.texts.faithful import faithful
from writ_gym.domains.retail.texts.phrases import OUTSIDE
from writ_gym.domains.retail.texts.sentences import ask, state

__all__ = ["OUTSIDE", "ask", "faithful", "state"]
