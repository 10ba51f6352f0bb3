"""What an airline's user says: natural English that says exactly what the facts say."""

from writ_gym.domains.airline.texts.asking import OUTSIDE
from writ_gym.domains.airline.texts.faithful import faithful
from writ_gym.domains.airline.texts.sentences import ask, state

__all__ = ["OUTSIDE", "ask", "faithful", "state"]
