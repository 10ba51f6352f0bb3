"""A task in the making: a user, and requests that are solved and proved one after the other."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from writ_gym.certificates.certifying import Certifier, RejectedError
from writ_gym.database import Database
from writ_gym.domain import Domain, World
from writ_gym.errors import UnsolvableError
from writ_gym.meaning.solving import Ending, Write
from writ_gym.phrasing.grammar import REGISTERS, Style
from writ_gym.sampling.reaching import MANY
from writ_gym.sampling.turns import Turns
from writ_gym.tasks import Request, Split


class Draft:
    """A user, and requests that are proved in the order in which they were taken."""

    def __init__(
        self,
        domain: Domain[Any],
        world: World[Any],
        caller: str,
        split: Split,
        rng: np.random.Generator,
        each: int = 0,
        thorough: bool = False,
    ) -> None:
        """Draw how the user talks, and what they say of themselves.

        Args:
            domain: The domain.
            world: Where the user is.
            caller: The user.
            split: The split of the task.
            rng: Where the draws come from.
            each: The evidence burden that every write has to have at least.
            thorough: See ``Certifier``.

        Raises:
            RejectedError: It does not find the user.
        """
        self.caller = caller
        self.style = Style(register=REGISTERS[int(rng.random() * len(REGISTERS))], split=split)
        self.identity, self.unknown = domain.identity(world.db, caller, rng, self.style)
        self.requests: list[Request] = []
        self.write_count = 0
        self.spent = 0
        """The reads that the agent made for the requests."""
        self.known: frozenset[str] = frozenset()
        self._domain = domain
        self._turns = Turns(domain, world)
        self.written: frozenset[tuple[str, str]] = frozenset()
        try:
            found, identification = self._turns.identify(self.identity)
        except UnsolvableError as error:
            raise RejectedError("the user is not found") from error
        facts = {fact.slot: fact.value for fact in self.identity}
        self.certifier = Certifier(domain, world, found, facts, identification, each, thorough)

    @property
    def session(self) -> Database:
        """The state after the requests that were taken."""
        return self._turns.session

    def take(
        self,
        request: Request,
        writes: int,
        burden: tuple[int, int],
        ending: Ending | None = None,
        room: int = MANY,
    ) -> None:
        """Add a request.

        Args:
            request: The request.
            writes: The writes that it has at most; with 0, it has none.
            burden: The range in which the evidence burden of the request has to be.
            ending: How it ends if it has no writes; None for any way.
            room: The new reads that it may take at most, those in vain included.

        Raises:
            RejectedError: It makes too many writes, cannot be told from another request, or
                cannot be proved.
        """
        if any(request.text == other.text for other in self.requests):
            raise RejectedError("two requests sound the same")
        turns = self._turns.fork()
        try:
            solved = turns.solve(self.caller, request)
        except UnsolvableError as error:
            raise RejectedError("a request has no solution") from error
        # What the user looks at is theirs, and takes nothing from requests about the records.
        reads = sum(read.name in self._domain.tools for read in solved.reads)
        if reads > room:
            raise RejectedError("a request reads what later ones need")
        made = len(solved.outcome.writes)
        if bool(made) != (writes > 0) or made > writes:
            raise RejectedError("a request takes another number of writes")
        if ending is not None and ending != self._domain.ending(solved.outcome):
            raise RejectedError("a request ends in another way than the one asked for")
        targets = self._overwritten(solved.outcome.writes, turns.session)
        if targets & self.written:
            raise RejectedError("a record is written twice by the same tool")
        self.certifier.add(request, solved, burden)
        self.written |= targets
        self._turns = turns
        self.requests.append(request)
        self.write_count += made
        self.spent += reads
        records = self._domain.proof.records
        self.known = frozenset(
            key for call in self.certifier.known for _, key in records(turns.session, call)
        )

    def _overwritten(self, writes: Sequence[Write], after: Database) -> frozenset[tuple[str, str]]:
        """Return what writes change, by tool; a second one of them would undo the first.

        Requests that make records can come one after the other: each makes one of its own.
        """
        if len(after.added()) > len(self.session.added()):
            return frozenset()
        return frozenset((write.name, self._domain.target(write.arguments).key) for write in writes)
