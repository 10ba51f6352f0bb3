"""What a telecom user says: natural English that says exactly what the facts say."""

from writ_gym.domains.telecom.texts.faithful import faithful
from writ_gym.domains.telecom.texts.nouns import ASKING
from writ_gym.domains.telecom.texts.sentences import Sentences
from writ_gym.domains.telecom.texts.words import OUTSIDE, REASONS

state = Sentences.state
"""How the user states a fact."""
states = Sentences.states
"""Whether a fact is stated so."""

__all__ = ["ASKING", "OUTSIDE", "REASONS", "faithful", "state", "states"]
