"""The retail domain's ``Proof``: what its parts, put together, know by brute force."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from writ_gym.database import JSON, Record
from writ_gym.domains.retail.proof import decisions, edits, routes
from writ_gym.domains.retail.proof.actions import canonical
from writ_gym.domains.retail.proof.apply import apply
from writ_gym.domains.retail.proof.callers import find_callers
from writ_gym.domains.retail.proof.meaning import find_meaning
from writ_gym.domains.retail.schema import RetailDB
from writ_gym.proofs import Decision, Meaning
from writ_gym.tasks import Call, Edit, Request
