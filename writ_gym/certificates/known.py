"""The reads that are known, as far as their answers still hold."""

from collections.abc import Iterable
from copy import copy
from typing import Any

from writ_gym.database import Database
from writ_gym.domain import Domain
from writ_gym.errors import ToolError
from writ_gym.tasks import Call


class Known:
    """The reads that are known, as far as their answers still hold."""

    def __init__(self, domain: Domain[Any], session: Database, calls: Iterable[Call]) -> None:
        self._domain = domain
        self._results: dict[str, object] = {}
        self.calls: list[Call] = []
        self.read(session, calls)

    def copy(self) -> "Known":
        """Return another one with the same reads."""
        other = copy(self)
        other._results, other.calls = dict(self._results), list(self.calls)
        return other

    def read(self, session: Database, calls: Iterable[Call]) -> None:
        """Note reads."""
        for call in calls:
            if call.key not in self._results:
                self.calls.append(call)
                self._results[call.key] = result_of(self._domain, session, call)

    def wrote(self, session: Database, write: Call) -> None:
        """Keep the reads that a write left as they were, and that which it answers itself.

        Args:
            session: The state after the write.
            write: The write.
        """
        shown_by = self._domain.shown_by(write)
        if shown_by:
            if shown_by.key not in self._results:
                self.calls.append(shown_by)
            self._results[shown_by.key] = result_of(self._domain, session, shown_by)
        kept = []
        for call in self.calls:
            result, before = result_of(self._domain, session, call), self._results[call.key]
            if result is before or result == before:
                kept.append(call)
                self._results[call.key] = result
            else:
                del self._results[call.key]
        self.calls = kept


def result_of(domain: Domain[Any], session: Database, call: Call) -> object:
    """Return what a read gives; records are immutable, so the same one is the same answer."""
    try:
        return domain.all_tools[call.name].function(session, **call.arguments)
    except ToolError as error:
        return str(error)
