"""Counterfactual worlds around one moment of a task, and what is right in each of them.

What is right in an edited world is said by the domain's ``Proof``, by brute force; what is known
not to hang on what was changed is not looked for again.
"""

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import count
from typing import Any, TypeAlias, cast

from writ_gym.certificates.effects import Found, find
from writ_gym.certificates.known import result_of
from writ_gym.database import JSON, Database, Fields, Places, overlap
from writ_gym.domain import Domain
from writ_gym.meaning.proofs import Decision, FieldProof, Meaning, Proof, UnclearError
from writ_gym.tasks import Call, Edit, Request


class EditedWorlds:
    """A request at its turn, what is right, and what would be in worlds that differ a little."""

    def __init__(
        self,
        domain: Domain[Any],
        session: Database,
        caller: str,
        identity: Mapping[str, JSON],
        request: Request,
    ) -> None:
        self.domain = domain
        self.session = session
        self.caller = caller
        self.request = request
        self._identity = identity
        self._answers: dict[str, str] = {}
        self._results: dict[str, tuple[object, Places]] = {}
        self._lookers: dict[tuple[str, Hashable], list[str]] = {}
        """By what of the world a read looks at, the keys of the reads that were made."""
        self._worlds: dict[int, Tried] = {}
        """By the identity of an edit, which is so kept."""
        self._shows: dict[str, Sequence[tuple[str, str]]] = {}
        self._tried: dict[tuple[tuple[str, str], bool], tuple[list[Tried], Iterator[Edit]]] = {}

    @cached_property
    def meaning(self) -> Meaning:
        """What the request comes to.

        Raises:
            UnclearError: It has no single meaning.
        """
        return self.meant.what

    @cached_property
    def meant(self) -> Found[Meaning]:
        """What the request comes to, and what of the world that hangs on.

        Raises:
            UnclearError: It has no single meaning.
        """
        return find(self.session, self._notes_fields, self._meaning_in)

    @cached_property
    def decisions(self) -> Sequence[Decision]:
        """The choices that the request leaves to the agent."""
        return self.domain.proof.decisions(self.session, self.caller, self.request)

    def answer(self, call: Call) -> str:
        """Return what a tool answers, made once."""
        if call.key not in self._answers:
            answered = self.domain.all_tools.answer(self.session, call.name, call.arguments)
            self._answers[call.key] = answered[0]
        return self._answers[call.key]

    def around(self) -> Iterable[tuple[str, str]]:
        """Return all records that could have to do with the request."""
        return self.domain.proof.around(self.session, self.caller, self.request)

    def edits(
        self, record: tuple[str, str], unbroken: bool, most: int | None = None
    ) -> Iterator["Tried"]:
        """Yield edits of a record, likely ones first, each with the edited world.

        They are made as they are asked for, and each once; there is no world if it does not fit.

        Args:
            record: Table and key of the record.
            unbroken: Whether those may be left out after which right is what is right now.
            most: How many edits; None for all.
        """
        key = record, unbroken
        if key not in self._tried:
            self._tried[key] = [], iter(self._edits_given(record, unbroken))
        tried, more = self._tried[key]
        for place in count() if most is None else range(most):
            if place == len(tried):
                edit = next(more, None)
                if edit is None:
                    return
                tried.append((edit, self._world(edit)))
            yield tried[place]

    def _edits_given(self, record: tuple[str, str], unbroken: bool) -> Iterable[Edit]:
        """Return edits of a record, see ``edits``."""
        asked = self.session, self.caller, self.request, *record
        if unbroken and self._fields_proof is not None:
            return self._fields_proof.edits_of(*asked, self._fields_minded)
        edits = self.domain.proof.edits(*asked)
        if not (unbroken and self._notes_fields):
            return edits
        return _touching(edits, self._fields_minded, self.domain.proof)

    def world_after(
        self, edit: Edit, fixed: Sequence[Call], shown_by: Call | None = None
    ) -> Meaning | None:
        """Return what is right after an edit.

        Returns:
            None if the edit is not consistent with what was read and said, or if the read that
            is to show it does not.
        """
        world = self._world(edit)
        if world is None or not self._is_consistent(world, self._made(fixed), shown_by):
            return None
        return self._right_after(world)

    def told_by(self, edit: Edit, reads: Sequence[Call]) -> list[int]:
        """Return the places of the reads that tell an edited world from the real one."""
        world = self._world(edit)
        if world is None or self._right_after(world) is None:
            return []
        return [place for place, call in enumerate(reads) if not self._is_same(world, call)]

    @cached_property
    def _fields_proof(self) -> FieldProof[Any] | None:
        proof = self.domain.proof
        return cast(FieldProof[Any], proof) if _is_field_proof(type(proof)) else None

    @cached_property
    def _notes_fields(self) -> bool:
        return notes_fields(self.domain.proof)

    @cached_property
    def _fields_minded(self) -> Fields:
        """The fields that what is right hangs on, and who calls."""
        minded: dict[tuple[str, str], set[str]] = {}
        for fields in (self.meant.fields, self._callers_now.fields):
            for place, names in fields.items():
                minded.setdefault(place, set()).update(names)
        return minded

    def _new_fields(self, world: "EditedWorld") -> Mapping[tuple[str, str], frozenset[str]]:
        """Return the fields that what is right hangs on in an edited world, and not in the real."""
        if not self._notes_fields:
            return {}
        minded = self._fields_minded
        found = {
            record: frozenset(names) - frozenset(minded.get(record, ()))
            for record, names in self._fields_minded_in(world).items()
        }
        return {record: names for record, names in found.items() if names}

    def _may_matter(self, edit: Edit, after: "EditedWorld") -> bool:
        """Say whether an edit may change what is right in an edited world.

        It cannot where it is known to change no field that was looked at to find out.
        """
        changed = self.domain.proof.changes(edit) if self._notes_fields else None
        return changed is None or overlap(self._fields_minded_in(after), changed)

    def _fields_minded_in(self, world: "EditedWorld") -> Fields:
        """Return the fields that what is right hangs on in an edited world, and who calls.

        Where nothing single is right, it is that which hangs on them.
        """
        if world.minded is None:
            session, _, world.minded = world.session.noted()
            self._callers(session)
            with suppress(UnclearError):
                self._meaning_in(session)
        return world.minded

    def _matters(self, world: "EditedWorld") -> bool:
        """Say whether what is right hangs on anything that was changed."""
        _, looks, fields = self.meant
        return self._hangs_on(world, looks, fields)

    def _is_idle(
        self, record: tuple[str, str], shown: Collection[tuple[str, str]] | None = None
    ) -> bool:
        """Say whether it is known that no edit of a record can make anything else right.

        That is so where what is right hangs on nothing that its edits change (see ``Proof.alone``),
        or on that record only in the place of others: see ``Proof.bystanders``.

        Args:
            record: Table and key of the record.
            shown: The records that stay as they are; None for all others.
        """
        if record[0] not in self.domain.proof.alone:
            return False
        if record not in self.meant.looks:
            return not self._minds_new_records
        others = self._bystanders.get(record)
        return others is not None and (shown is None or all(each in shown for each in others))

    def are_aside(self, calls: Iterable[Call], fixed: Iterable[Call]) -> bool:
        """Say whether it is known that nothing reads show matters as long as others stay.

        See ``Proof.alone`` and ``Proof.bystanders``.

        Args:
            calls: The reads.
            fixed: The reads whose answers stay as they are.
        """
        shown = self._shown(fixed)
        return all(self._is_idle(record, shown) for call in calls for record in self._records(call))

    @cached_property
    def _bystanders(self) -> Mapping[tuple[str, str], Collection[tuple[str, str]]]:
        return self.domain.proof.bystanders(self.session, self.caller, self.request)

    @cached_property
    def _minds_new_records(self) -> bool:
        """Whether what is right hangs on records that are not there, such as new ones."""
        return any(
            not isinstance(key, str) or not key or key not in getattr(self.session, table)
            for table, key in self.meant.looks
        )

    def _shown(self, calls: Iterable[Call]) -> set[tuple[str, str]]:
        """Return the records that reads show whole."""
        partial = self.domain.proof.partial
        return {
            record for call in calls if call.name not in partial for record in self._records(call)
        }

    def _records(self, call: Call) -> Sequence[tuple[str, str]]:
        """Return what records a read shows, found once."""
        if call.key not in self._shows:
            self._shows[call.key] = self.domain.proof.records(self.session, call)
        return self._shows[call.key]

    def _is_consistent(
        self, world: "EditedWorld", fixed: Mapping[str, Call], shown_by: Call | None
    ) -> bool:
        """Say whether reads are as they were in an edited world, and one that shows it is not."""
        if not world.told_by.isdisjoint(fixed):
            return False
        if shown_by is not None and self._is_same(world, shown_by):
            return False
        lookers = self._lookers
        for place in world.changed:
            for key in lookers.get(place, ()):
                if key in fixed and not self._is_same(world, fixed[key]):
                    return False
        return True

    def _right_after(self, world: "EditedWorld") -> Meaning | None:
        """Return what is right in an edited world, found once; None if that is unclear."""
        if not world.is_clear:
            world.after, world.is_clear = self._right_in(world), True
        return world.after

    def _world(self, edit: Edit) -> "EditedWorld | None":
        """Return the edited world; None if the edit does not fit."""
        key = id(edit)
        if key not in self._worlds:
            self._worlds[key] = edit, self._edited(edit)
        return self._worlds[key][1]

    def _edited(self, *edits: Edit, after: "EditedWorld | None" = None) -> "EditedWorld | None":
        """Return the world with edits, made in another edited one if one is given."""
        session = (after or self).session.fork()
        try:
            for edit in edits:
                self.domain.proof.apply(session, edit)
        except ValueError:
            return None
        return EditedWorld(session, self.session.places_changed(session))

    def _right_in(self, world: "EditedWorld") -> Meaning | None:
        """Return what is right in another world; None if that is unclear.

        What looks at nothing that was changed comes to the same.
        """
        callers, looks, fields = self._callers_now
        if self._hangs_on(world, looks, fields) and self._callers(world.session) != callers:
            return None  # a new address may have made an identity fact false
        meaning, looks, fields = self.meant
        if not self._hangs_on(world, looks, fields):
            return meaning
        try:
            return self._meaning_in(world.session)
        except UnclearError:
            return None

    def _meaning_in(self, session: Database) -> Meaning:
        return self.domain.proof.meaning(session, self.caller, self.request)

    def _hangs_on(self, world: "EditedWorld", looks: Places, fields: Fields) -> bool:
        """Say whether what looked at that in the real world may come to something else."""
        return self.session.is_another(world.session, world.changed, looks, fields)

    def _callers(self, world: Database) -> list[str]:
        return list(self.domain.proof.callers(world, self._identity))

    @cached_property
    def _callers_now(self) -> Found[list[str]]:
        """Everybody of whom the identity facts are true, and what of the world that hangs on."""
        return find(self.session, self._notes_fields, self._callers)

    def _made(self, calls: Iterable[Call]) -> Mapping[str, Call]:
        """Make reads in the world as it is, each once; return them by key."""
        made = {call.key: call for call in calls}
        for call in made.values():
            self._result(call)
        return made

    @cached_property
    def _watched(self) -> tuple[Database, Places]:
        """The world as it is, and what the last read has looked at in it."""
        return self.session.watched()

    def _result(self, call: Call) -> tuple[object, Places]:
        """Return what a read gives in the world as it is, and what of that it looks at."""
        key = call.key
        if key not in self._results:
            session, looks = self._watched
            looks.clear()
            result = result_of(self.domain, session, call)
            self._results[key] = result, looks.copy()
            for place in looks:
                self._lookers.setdefault(place, []).append(key)
        return self._results[key]

    def _is_same(self, world: "EditedWorld", call: Call) -> bool:
        """Say whether a read answers the same in an edited world."""
        known, looks = self._result(call)
        if looks.isdisjoint(world.changed):
            return True
        key = call.key
        if key not in world.same:
            world.same[key] = result_of(self.domain, world.session, call) == known
            if not world.same[key]:
                world.told_by.add(key)
        return world.same[key]


def _touching(edits: Iterable[Edit], minded: Fields, proof: Proof[Any]) -> Iterator[Edit]:
    """Yield edits, but for those that are known to change none of some fields.

    No method does it: one that is kept half done would keep its moment, all worlds with it, until
    the collector of garbage comes by.
    """
    for edit in edits:
        changed = proof.changes(edit)
        if changed is None or overlap(minded, changed):
            yield edit


def notes_fields(proof: Proof[Any]) -> bool:
    """Say whether a domain's proof can do with the fields that it looks at being noted."""
    return proof.by_field or _is_field_proof(type(proof))


@lru_cache
def _is_field_proof(kind: type[Proof[Any]]) -> bool:
    """Say whether a kind of proof is a ``FieldProof``; asked of each moment, that takes long."""
    return issubclass(kind, FieldProof)


@dataclass(slots=True)
class EditedWorld:
    """An edited world."""

    session: Database
    changed: Places
    is_clear: bool = False
    """Whether it is known what is right in it."""
    after: Meaning | None = None
    """What is right in it, None if that is unclear."""
    same: dict[str, bool] = field(default_factory=dict)
    """By the key of a read that looks at what was changed, whether it answers as before."""
    told_by: set[str] = field(default_factory=set)
    """The keys of those of which it is known that they do not."""
    minded: Fields | None = None
    """The fields that what is right hangs on in it, once they were asked for."""


Tried: TypeAlias = tuple[Edit, EditedWorld | None]
"""An edit, and the world after it; None if it does not fit."""
