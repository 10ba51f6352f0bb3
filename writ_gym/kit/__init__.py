"""Ready-made parts for a domain of plain tables, whose users mean one record at a time.

``docs/adding-a-domain.md`` builds a domain of them. Each is a part that a domain may also write
itself: an ``Intent``, a ``Proof``, words, and what finds out who calls.
"""

from writ_gym.kit.building import table_domain
from writ_gym.kit.identity import Way
from writ_gym.kit.intents import Deciding, Deed, Enquiry, Outside, Question
from writ_gym.kit.kinds import Attribute, ById, Detail, Entity, Kind, OneOf
from writ_gym.kit.seeing import Case, View
from writ_gym.kit.words import Errand, ToKnow, Words

__all__ = [
    "Attribute",
    "ById",
    "Case",
    "Deciding",
    "Deed",
    "Detail",
    "Enquiry",
    "Entity",
    "Errand",
    "Kind",
    "OneOf",
    "Outside",
    "Question",
    "ToKnow",
    "View",
    "Way",
    "Words",
    "table_domain",
]
