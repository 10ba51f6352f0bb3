"""What the intents share: a request about one thing, how it is solved and how it is drafted."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from library_desk.drafting import Scene, reads_of
from library_desk.language import ById, Kind
from library_desk.rules import card_expired, other_member
from library_desk.schema import LibraryDB
from library_desk.solvers import Entry, find, read_member, reference_of, with_book
from writ_gym.breaches import Breach
from writ_gym.database import JSON
from writ_gym.domain import Brief
from writ_gym.solving import ASK_YES, Outcome, Plan, Write, refuse
from writ_gym.tasks import Call, Provenance, Request, split_at


class Desk:
    """A family of requests about one thing; a subclass says which and what is done with it."""

    name: ClassVar[str]
    kind: ClassVar[Kind]
    tool: ClassVar[str | None] = None
    """The write that a request comes to; None if the member only wants to know something."""
    needs_card: ClassVar[bool] = False
    """Whether the card has to be valid."""
    needs_member: ClassVar[bool] = False
    """Whether the rules look at the member's card besides that."""
    needs_book: ClassVar[bool] = False
    """Whether the rules look at the book."""

    @property
    def argument(self) -> str:
        """The argument of the write that says what is meant."""
        return "book_id" if self.kind == "hold" else f"{self.kind}_id"

    def breaches(self, entry: Entry, caller: str, member: Any) -> Iterator[Breach | None]:
        """Yield what forbids it, or None, rule by rule."""
        if entry.record:
            yield other_member(entry.record, entry.key, caller)

    def propose(self, entry: Entry) -> tuple[str, str]:
        """Return what is going to be done, and that it was done, in words."""
        raise NotImplementedError

    def solve(self, caller: str, facts: Mapping[str, JSON]) -> Plan:
        """Find what is meant and act on it as far as the rules allow."""
        member, reference = None, reference_of(self.kind, facts)
        if self.needs_card or self.needs_member:
            member = yield from read_member(caller)
        if self.needs_card and member and (breach := card_expired(member)):
            return refuse(breach)
        entry = yield from find(self.kind, caller, reference)
        if isinstance(entry, Breach):
            return refuse(entry)
        if self.needs_book and entry.book is None:
            entry = yield from with_book(entry)
        breach = next(filter(None, self.breaches(entry, caller, member)), None)
        if breach:
            return refuse(breach)
        source: Provenance = "user" if isinstance(reference, ById) else "read"
        return self.outcome(entry, caller, source)

    def outcome(self, entry: Entry, caller: str, source: Provenance) -> Outcome:
        """Return the outcome of a request that nothing forbids."""
        plan, report = self.propose(entry)
        argument = self.argument
        arguments: dict[str, JSON] = {argument: entry.key}
        provenance: dict[str, Provenance] = {argument: source}
        if argument == "book_id":  # a waiting list has to know who waits
            arguments["member_id"], provenance["member_id"] = caller, "read"
        write = Write(self.tool or "", arguments, provenance)
        return Outcome(statement=f"{plan} {ASK_YES}", writes=(write,), report=report)

    # From here on: how requests are drafted, with the whole database in view.

    def pool(self, scene: Scene) -> Sequence[str]:
        """Return the ids of the things of which one can be meant."""
        listed: Sequence[str] = getattr(scene.member, f"{self.kind}s")
        return listed

    def reach(self, db: LibraryDB, caller: str, writing: bool) -> tuple[int, int] | None:
        """Return the least and the largest evidence burden that a request can have."""
        expired = self.needs_card and card_expired(db.members[caller])
        if writing and (expired or not self.tool):
            return None
        count = self.largest(db, caller)
        return (1, 1 + count * (2 if self.kind == "loan" else 1)) if count else None

    def largest(self, db: LibraryDB, caller: str) -> int:
        """Return how many things there are at most of which one can be meant."""
        return len(getattr(db.members[caller], f"{self.kind}s"))

    def draft(self, db: LibraryDB, brief: Brief, rng: np.random.Generator) -> Request | None:
        """Return a request that answers the brief, or None if this draw found none."""
        if brief.writing and self.tool is None:
            return None
        scene = Scene(db, brief, rng)
        done = self._open(scene) if brief.writing else self._refused(scene)
        answer = "action" if self.tool else "information"
        return scene.request(self.name, answer) if done else None  # type: ignore[arg-type]

    def twin(
        self, db: LibraryDB, brief: Brief, write: Call, rng: np.random.Generator
    ) -> Request | None:
        """Return a request that comes to a given write and answers the brief, or None."""
        if write.name != self.tool:
            return None
        scene = Scene(db, brief, rng)
        done = self._name(scene, write.arguments[self.argument])
        return scene.request(self.name) if done else None

    def _open(self, scene: Scene) -> bool:
        """Mean something that nothing forbids."""
        allowed = [key for key in self.pool(scene) if not self._breach(scene, key)]
        return bool(allowed) and self._name(scene, scene.choose(allowed))

    def _name(self, scene: Scene, key: str) -> bool:
        """Mean this one, with the reads that the rules take besides."""
        own = {key} if self.kind in ("loan", "fee") else set[str]()
        if self.tool:
            own |= {scene.profile} if self.needs_card or self.needs_member else set()
            own |= {scene.entry(self.kind, key).book_id} if self.needs_book else set()
        return scene.name(self.kind, self._all(scene, key), key, own)

    def _all(self, scene: Scene, key: str) -> Sequence[str]:
        """Return the ids of all among which this one can be meant."""
        if self.kind == "book":
            return scene.db.authors[scene.db.books[key].author].books
        return self.pool(scene)

    def _breach(self, scene: Scene, key: str) -> Breach | None:
        entry = scene.entry(self.kind, key)
        return next(filter(None, self.breaches(entry, scene.profile, scene.member)), None)

    def _refused(self, scene: Scene) -> bool:
        """Mean something in a way that comes to no write."""
        pool = self.pool(scene)
        if self.tool is None and scene.chance(0.7):
            return self._open(scene)
        if self.needs_card and card_expired(scene.member):
            return scene.room == 1 and bool(pool) and self._fixed(scene, pool[0], {scene.profile})
        way = scene.choose((self._forbidden, self._absent, self._absent, self._strange))
        return way(scene, pool)

    def _forbidden(self, scene: Scene, pool: Sequence[str]) -> bool:
        """Mean something that a rule forbids."""
        forbidden = [(key, breach) for key in pool if (breach := self._breach(scene, key))]
        if not forbidden:
            return False
        key, breach = scene.choose(forbidden)
        own = {scene.profile} if breach.code == "already_held" else {key}
        if breach.code == "reserved":
            own.add(scene.entry(self.kind, key).book_id)
        return scene.name(self.kind, self._all(scene, key), key, own)

    def _absent(self, scene: Scene, pool: Sequence[str]) -> bool:
        """Mean what there is not; all have to be looked at to see that."""
        if not pool:
            return False
        entries = [scene.entry(self.kind, key) for key in self._all(scene, pool[0])]
        choice = scene.nothing_like(self.kind, entries)
        if choice is None:
            return False
        reads = {choice.author or scene.profile, *reads_of(entries, choice)}
        if not scene.least <= scene.new(reads) <= scene.room:
            return False
        scene.read(reads)
        scene.add(self.kind, choice.model_dump(mode="json", exclude_none=True))
        scene.mark("empty_set")
        return True

    def _strange(self, scene: Scene, pool: Sequence[str]) -> bool:
        """Name something of another member."""
        split = scene.brief.style.split
        other = scene.db.members[scene.choose(list(scene.db.members))]
        keys = getattr(other, f"{self.kind}s", ())
        if scene.room != 1 or not keys or split_at(other.member_id) != split:
            return False
        key = scene.choose(keys)
        if other is scene.member or key in pool:
            return False
        return self._fixed(scene, key, {scene.profile if self.kind == "hold" else key})

    def _fixed(self, scene: Scene, key: str, reads: set[str]) -> bool:
        """Name an id, if that takes as many reads as the brief asks for."""
        if not scene.least <= scene.new(reads) <= scene.room:
            return False
        scene.read(reads)
        scene.add(self.kind, {"id": key})
        return True
