"""What a retail user says: natural English that says exactly what the facts say."""

from writ_gym.domains.retail.texts.asking import OUTSIDE
from writ_gym.domains.retail.texts.faithful import faithful
from writ_gym.domains.retail.texts.sentences import ASKING, Sentences

state = Sentences.state
"""How the user states a fact."""
states = Sentences.states
"""Whether a fact is stated so."""

__all__ = ["ASKING", "OUTSIDE", "faithful", "state", "states"]
