"""Request families whose solvers are plain functions.

An intent is made with the ``Words`` of its domain. ``Deed`` and ``Question`` are about one record
of a ``Kind``: solvers, drafts, twins and refusals of all sorts come with them, and a domain says
what forbids it (``first``, ``rules``) and what is then done (``propose``) or said (``answer``).
"""

from abc import abstractmethod
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Literal

import numpy as np

from writ_gym.database import JSON, Database, canonical
from writ_gym.domain import Brief, Intent
from writ_gym.errors import TaskError
from writ_gym.kit.kinds import REFERENCE, ById, Kind
from writ_gym.kit.scenes import Scene
from writ_gym.kit.seeing import Case, View, WholeView, find, reading
from writ_gym.kit.words import Words
from writ_gym.meaning.breaches import Breach
from writ_gym.meaning.queries import parse
from writ_gym.meaning.solving import ASK_YES, Outcome, Plan, Write, hand_over, refuse
from writ_gym.tasks import Call, Provenance, Request, split_at
from writ_gym.understanding.reading import read_agent

ANSWERED = 0.7
"""Chance that a question without a write is answered, and not refused."""

OPERATORS = (
    "description", "superlative", "rank", "filter", "unknown_id", "enumeration", "empty_set",
)  # fmt: skip
"""Operators of the requests about one record."""


class Deciding(Intent[Any]):
    """An intent whose solver is a plain function; see ``seeing``."""

    name: str
    """What the intent is called in tasks and configs."""
    needs: ClassVar[Sequence[str]] = ("name",)
    """Attributes that a class has to have."""
    operators: ClassVar[tuple[str, ...]] = ()
    """What its requests can be composed with."""

    def __init__(self, words: Words) -> None:
        """Prepare to draft requests in the words of a domain.

        Raises:
            TypeError: The class lacks an attribute.
        """
        for need in self.needs:
            if getattr(self, need, None) is None:
                raise TypeError(f"The intent {type(self).__name__} has no attribute {need!r}.")
        self.words = words

    @abstractmethod
    def decide(self, view: View, facts: Mapping[str, JSON]) -> Outcome:
        """Return what a request comes to, by the records that it looks at and by nothing else."""

    def solve(self, caller: str, facts: Mapping[str, JSON]) -> Plan:
        """Read what is looked at, and decide."""
        return reading(self.words.user, caller, lambda view: self.decide(view, facts))


class Outside(Deciding):
    """Something that no tool of the agent can do: the user is handed over."""

    name = "outside"

    def reach(self, db: Database, caller: str, writing: bool) -> tuple[int, int] | None:
        """Return 0: no record bears on that."""
        return None if writing else (0, 0)

    def draft(self, db: Database, brief: Brief, rng: np.random.Generator) -> Request | None:
        """Return a request for one of the matters."""
        if brief.writing or not brief.may_end("handed_over"):
            return None
        scene = Scene(self.words, db, brief, rng)
        scene.add("matter", scene.choose(list(self.words.matters)))
        return scene.request(self.name)

    def decide(self, view: View, facts: Mapping[str, JSON]) -> Outcome:
        """Hand the user over."""
        wanted = self.words.matters[facts["matter"]]
        return hand_over("outside", f"The user would like to have {wanted}.")


class Enquiry(Deciding):
    """A question without facts, such as for a sum: ``decide`` answers it."""

    operators = ("aggregate",)

    def reach(self, db: Database, caller: str, writing: bool) -> tuple[int, int] | None:
        """Return how many records it looks at."""
        if writing:
            return None
        view = WholeView(self.words.user, caller, db)
        _, reads = view.looking(lambda: self.decide(view, {}))
        return len(reads), len(reads)

    def draft(self, db: Database, brief: Brief, rng: np.random.Generator) -> Request | None:
        """Return the question, if it takes as many reads as are asked for."""
        scene = Scene(self.words, db, brief, rng)
        _, reads = scene.looking(lambda: self.decide(scene.view, {}))
        if brief.writing or not brief.may_end("information") or not scene.fills(reads):
            return None
        scene.mark(*self.operators)
        return scene.request(self.name, "information")


class OneRecord(Deciding):
    """A family of requests about one record of a kind."""

    kind: ClassVar[Kind]
    """What is meant."""
    operators = OPERATORS
    answer_is: ClassVar[Literal["action", "information"]]
    needs: ClassVar[Sequence[str]] = ("name", "kind")

    def first(self, view: View) -> Iterator[Breach | None]:
        """Yield what forbids it whatever is meant, or None, rule by rule."""
        yield from ()

    def rules(self, case: Case) -> Iterator[Breach | None]:
        """Yield what forbids it for the record that is meant, or None, rule by rule."""
        yield from ()

    @abstractmethod
    def act(self, case: Case, stated: bool) -> Outcome:
        """Return what a request comes to that nothing forbids.

        Args:
            case: What is meant.
            stated: Whether the user has given its id.
        """

    def decide(self, view: View, facts: Mapping[str, JSON]) -> Outcome:
        """Find what is meant and act on it as far as the rules allow."""
        breach = self._barred(view)
        if breach:
            return self._refused(breach)
        reference = parse(REFERENCE, facts[self.kind.name])
        found = find(view, self.kind, reference)
        if isinstance(found, Breach):
            return self._refused(found)
        breach = self._breach(found)
        if breach:
            return self._refused(breach)
        return self.act(found, isinstance(reference, ById))

    def _refused(self, breach: Breach) -> Outcome:
        """Refuse.

        Raises:
            TaskError: Users do not understand that it is a refusal.
        """
        if not read_agent(breach.sentence, self.words.lexicon).refuses:
            raise TaskError(
                f"{breach.code!r} of {self.name!r} does not say no, so that users ask again: "
                f"{breach.sentence!r}. Begin it with “I cannot”."
            )
        return refuse(breach)

    def _barred(self, view: View) -> Breach | None:
        return next(filter(None, self.first(view)), None)

    def _breach(self, case: Case) -> Breach | None:
        return next(filter(None, self.rules(case)), None)

    # From here on: how requests are drafted, with the whole database in view.

    def pool(self, scene: Scene) -> tuple[str | None, Sequence[str]]:
        """Return who holds the records of which one is meant, None for the user, and their ids."""
        if not self.kind.held_by:
            return None, self._listed(scene.db, scene.profile)
        of = scene.choose(list(getattr(scene.db, self.kind.holder.table)))
        return of, self._listed(scene.db, of)

    def _listed(self, db: Any, holder: str) -> Sequence[str]:
        keys: Sequence[str] = getattr(getattr(db, self.kind.holder.table)[holder], self.kind.listed)
        return keys

    def writes(self, db: Database, caller: str) -> bool:
        """Say whether a user's requests can come to a write."""
        return False

    def reach(self, db: Database, caller: str, writing: bool) -> tuple[int, int] | None:
        """Return the least and the largest evidence burden that a request can have, about."""
        if writing and not self.writes(db, caller):
            return None
        holders = getattr(db, self.kind.holder.table) if self.kind.held_by else (caller,)
        most = max(len(self._listed(db, holder)) for holder in holders)
        each = 2 if self.kind.linked else 1
        return (1, 2 + each * most) if most else None

    def draft(self, db: Database, brief: Brief, rng: np.random.Generator) -> Request | None:
        """Return a request that answers the brief, or None if this draw found none."""
        if brief.writing and not self.writes(db, brief.caller):
            return None
        scene = Scene(self.words, db, brief, rng)
        of, keys = self.pool(scene)
        done = self._met(scene, of, keys) if brief.writing else self._unmet(scene, of, keys)
        return scene.request(self.name, self.answer_is) if done else None

    def _met(self, scene: Scene, of: str | None, keys: Sequence[str]) -> bool:
        """Mean something that nothing forbids."""
        allowed = [key for key in keys if not self._breach(scene.case(self.kind, key))]
        return bool(allowed) and self._mean(scene, of, keys, scene.choose(allowed))

    def _mean(self, scene: Scene, of: str | None, keys: Sequence[str], key: str) -> bool:
        """Mean this one, with the reads that the rules take besides."""
        return scene.meant(self.kind, keys, key, of, self._own(scene, key))

    def _own(self, scene: Scene, key: str) -> frozenset[str]:
        """Return what has to be looked at whatever way a record is meant."""

        def look() -> None:
            if not self._barred(scene.view):
                self.look(scene.case(self.kind, key))

        return scene.looking(look)[1]

    def look(self, case: Case) -> None:
        """Look at all that what a request comes to hangs on."""
        self._breach(case)

    def _unmet(self, scene: Scene, of: str | None, keys: Sequence[str]) -> bool:
        """Mean something in a way that comes to no write."""
        may_end = scene.brief.may_end
        if self.answer_is == "information" and may_end("information") and scene.chance(ANSWERED):
            return self._met(scene, of, keys)
        if self._barred(scene.view):
            own = self._own(scene, "")
            return bool(keys) and may_end("forbidden") and scene.named(self.kind, keys[0], own)
        ways = [self._forbidden, self._strange] if may_end("forbidden") else []
        ways += [self._absent, self._absent] if may_end("unmet") else []
        return bool(ways) and scene.choose(ways)(scene, of, keys)

    def _forbidden(self, scene: Scene, of: str | None, keys: Sequence[str]) -> bool:
        """Mean something that a rule forbids."""
        forbidden = [key for key in keys if self._breach(scene.case(self.kind, key))]
        return bool(forbidden) and self._mean(scene, of, keys, scene.choose(forbidden))

    def _absent(self, scene: Scene, of: str | None, keys: Sequence[str]) -> bool:
        """Mean what there is not; all have to be looked at to see that."""
        choice = scene.nothing_like(self.kind, keys, of) if keys else None
        if choice is None:
            return False
        _, reads = scene.looking(
            lambda: (self._barred(scene.view), find(scene.view, self.kind, choice))
        )
        if not scene.fills(reads):
            return False
        scene.read(reads)
        scene.add(self.kind.name, choice.model_dump(mode="json", exclude_none=True))
        scene.mark("empty_set")
        return True

    def _strange(self, scene: Scene, of: str | None, keys: Sequence[str]) -> bool:
        """Name something of another user."""
        if self.kind.held_by:
            return False
        holders = getattr(scene.db, self.kind.holder.table)
        other = scene.choose(list(holders))
        theirs = [key for key in self._listed(scene.db, other) if key not in keys]
        if not theirs or split_at(other) != scene.brief.style.split:
            return False
        key = scene.choose(theirs)
        return scene.named(self.kind, key, self._own(scene, key))


class Deed(OneRecord):
    """A family of requests to do something with one record."""

    tool: ClassVar[str]
    """The write that a request comes to."""
    by_rule: ClassVar[Collection[str]] = ()
    """Its arguments that no record shows and no user says, such as what is always added."""
    needs = ("name", "kind", "tool")
    answer_is = "action"

    @abstractmethod
    def propose(self, case: Case) -> tuple[str, str]:
        """Return what is going to be done, and that it was done, in words."""

    def arguments(self, case: Case) -> dict[str, JSON]:
        """Return the arguments of the write."""
        return {self.kind.key: case.key}

    def act(self, case: Case, stated: bool) -> Outcome:
        """Propose the write."""
        plan, report = self.propose(case)
        arguments = self.arguments(case)
        provenance: dict[str, Provenance] = {
            name: "rule" if name in self.by_rule else "read" for name in arguments
        }
        if stated:
            provenance[self.kind.key] = "user"
        write = Write(self.tool, arguments, provenance)
        return Outcome(statement=f"{plan} {ASK_YES}", writes=(write,), report=report)

    def writes(self, db: Database, caller: str) -> bool:
        """Say whether a user's requests can come to a write."""
        return self._barred(WholeView(self.words.user, caller, db)) is None

    def twin(
        self, db: Database, brief: Brief, write: Call, rng: np.random.Generator
    ) -> Request | None:
        """Return a request that comes to a given write and answers the brief, or None."""
        scene = Scene(self.words, db, brief, rng)
        key = write.arguments.get(self.kind.key, "")
        if write.name != self.tool or key not in getattr(db, self.kind.table):
            return None
        arguments = self.arguments(scene.case(self.kind, key))
        if canonical(arguments) != canonical(dict(write.arguments)):
            return None  # it is of another intent with this tool
        of = (
            getattr(scene.case(self.kind, key).record, held)
            if (held := self.kind.held_by)
            else None
        )
        keys = self._listed(db, of or scene.profile)
        return scene.request(self.name) if self._mean(scene, of, keys, key) else None


class Question(OneRecord):
    """A family of questions about one record."""

    answer_is = "information"

    @abstractmethod
    def answer(self, case: Case) -> Outcome:
        """Return the answer."""

    def act(self, case: Case, stated: bool) -> Outcome:
        """Answer."""
        return self.answer(case)

    def look(self, case: Case) -> None:
        """Look at what the answer takes."""
        if not self._breach(case):
            self.answer(case)
