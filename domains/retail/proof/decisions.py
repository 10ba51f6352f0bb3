"""The choices among records that a request leaves to the agent."""

from writ_gym.domains.retail.schema import RetailDB
from writ_gym.proofs import Decision
from writ_gym.tasks import Request


def find_decisions(db: RetailDB, caller: str, request: Request) -> list[Decision]:
    """Return every choice with at least two options; none where nothing is written."""
    return []
