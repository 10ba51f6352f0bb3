"""What an airline's user says: natural English that says exactly what the facts say."""

from writ_gym.domains.airline.texts.asking import OUTSIDE
from writ_gym.domains.airline.texts.faithful import faithful
from writ_gym.domains.airline.texts.nouns import ASKING
from writ_gym.domains.airline.texts.sentences import Sentences

state = Sentences.state
"""How the user states a fact."""
states = Sentences.states
"""Whether a fact is stated so."""

__all__ = ["ASKING", "OUTSIDE", "faithful", "state", "states"]
