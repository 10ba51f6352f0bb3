"""Which reads determine a write: counterfactual worlds around one moment of a task.

A read is *necessary* if there is an edit of records that it alone shows, consistent with everything
else that was read and said, after which another write would be right, or none. Reads are
*sufficient* if no edit that all of them leave alone changes what is right. What is right in an
edited world is said by the domain's ``Proof``, by brute force.
"""

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import count, islice
from typing import Any, TypeAlias, cast

from writ_gym.database import JSON, Database, Fields, Places
from writ_gym.domain import Domain
from writ_gym.known import result_of
from writ_gym.overlays import fields_changed
from writ_gym.proofs import Decision, FieldProof, Meaning, Proof, UnclearError
from writ_gym.tasks import Call, Edit, Measures, Request, Witness

LIKELY_EDITS = 14
"""Edits of one record that are tried first where a sampler looks for a proof."""

MOST_UNCLEAR, MOST_AFTER = 6, 8
"""Kinds of edits of a record after which it is edited once more, and in how many ways each."""

MOST_TOGETHER = 2
"""Edits of a kind that are made together with others: of several records at once, all first ones,
all second ones, …; and after an edit with which what is right hangs on something else."""

MOST_ROUNDS = 4
"""How often reads that can stand for one another are weighed against each other."""

Keeps: TypeAlias = Callable[[Meaning], bool]
"""Says whether what was right is still right."""


class Moment:
    """A request at its turn: the state before it, who asks, and what is right."""

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
        self._worlds: dict[str, _Edited | None] = {}
        self._shows: dict[str, Sequence[tuple[str, str]]] = {}
        self._tried: dict[tuple[tuple[str, str], bool], tuple[list[_Tried], Iterator[Edit]]] = {}

    @cached_property
    def meaning(self) -> Meaning:
        """What the request comes to.

        Raises:
            UnclearError: It has no single meaning.
        """
        return self._meaning_and_looks[0]

    @cached_property
    def _meaning_and_looks(self) -> tuple[Meaning, Places, Fields]:
        """What the request comes to, and what of the world that hangs on."""
        session, looks, fields = self._looked_into()
        return self.domain.proof.meaning(session, self.caller, self.request), looks, fields

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

    def keeps_write(self, write: Call) -> Keeps:
        """Return whether a write is among those that are right."""
        key = self.domain.proof.canonical(write).key
        return lambda meaning: any(call.key == key for call in meaning.writes)

    def keeps_writes(self) -> Keeps:
        """Return whether just the same writes are right."""
        right = sorted([call.key for call in self.meaning.writes])
        return lambda meaning: sorted([call.key for call in meaning.writes]) == right

    def keeps_answer(self, *facts: float | str) -> Keeps:
        """Return whether still nothing may be written, and the same has to be told.

        Args:
            facts: What a refusal names: each must still be something that forbids the request.
        """
        tells, handed_over = self.meaning.tells, bool(self.meaning.handed_over)
        named = set(map(as_told, facts))

        def keeps(meaning: Meaning) -> bool:
            if meaning.writes or meaning.tells != tells:
                return False
            if bool(meaning.handed_over) is not handed_over:
                return False
            return not named or named <= {as_told(fact) for _, fact in meaning.breaches}

        return keeps

    def witness(
        self, call: Call, fixed: Sequence[Call], keeps: Keeps, most: int | None = None
    ) -> Witness | None:
        """Return why a read is necessary beside others, or None if no edit shows it.

        Args:
            call: The read.
            fixed: The reads whose answers stay as they are.
            keeps: What the edit must break.
            most: Edits of a record that are tried; None for all.
        """
        others, unbroken = self._made(fixed), keeps(self.meaning)
        shown = self._shown(fixed)
        for record in self._records(call):
            if record in shown:  # no edit of it leaves that read as it is
                continue
            for edit, world in self.edits(record, unbroken, most):
                after = self._after(world, others, keeps, call)
                if after is not None:
                    return Witness(read=call, edit=edit, outcome=describe(after))
        return None

    def disproof(
        self, records: Iterable[tuple[str, str]], fixed: Sequence[Call], keeps: Keeps
    ) -> Edit | None:
        """Return an edit that changes what is right although all reads stay as they are.

        Where no single one does, a few are tried that are made together; then the first of these
        is returned.
        """
        shown = self._shown(fixed)
        others, unbroken = self._made(fixed), keeps(self.meaning)
        # No edit of what is shown leaves that read as it is.
        unread = [record for record in records if record not in shown]
        for record in unread:
            if unbroken and self._is_idle(record):
                continue
            for edit, world in self.edits(record, unbroken):
                if self._after(world, others, keeps) is not None:
                    return edit
        for edit, world in self._several(unread, shown, unbroken, others):
            if self._after(world, others, keeps) is not None:
                return edit
        return None

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

    def _several(
        self,
        records: Sequence[tuple[str, str]],
        shown: Collection[tuple[str, str]],
        unbroken: bool,
        fixed: Mapping[str, Call],
    ) -> Iterator["_Tried"]:
        """Yield worlds after several edits of records that no read shows, each with the first.

        Where one edit leaves it unclear what is right, those of the same record follow that are
        likely in that world; where what is right hangs on something else after it, those of that,
        and of what it hung on before. And edits of one kind of several records are made together.
        """
        together: dict[Hashable, list[Edit]] = {}
        for record in records:
            kinds = self._kinds(record, unbroken)
            for kind, several in kinds.items():
                for place, (edit, _) in enumerate(several[:MOST_TOGETHER]):
                    together.setdefault((record[0], kind, place), []).append(edit)
            unclear = 0
            for edit, world in (several[0] for several in kinds.values()):
                is_unclear = self._right_after(world) is None
                unclear += is_unclear
                if unclear > MOST_UNCLEAR or not self._is_consistent(world, fixed, None):
                    continue
                if is_unclear:
                    yield from self._twice(record, edit, world)
                else:
                    yield from self._newly_minded(records, shown, edit, world)
        for edits in together.values():
            if len(edits) > 1:
                yield edits[0], self._edited(*edits)

    def _kinds(
        self, record: tuple[str, str], unbroken: bool
    ) -> Mapping[Hashable, list[tuple[Edit, "_Edited"]]]:
        """Return the edits of a record that could matter, by kind: see ``_kind``."""
        kinds: dict[Hashable, list[tuple[Edit, _Edited]]] = {}
        if not (unbroken and self._is_idle(record)):
            for edit, world in self.edits(record, unbroken):
                if world is not None and self._matters(world):
                    kinds.setdefault(_kind(edit), []).append((edit, world))
        return kinds

    def _twice(self, record: tuple[str, str], first: Edit, world: "_Edited") -> Iterator["_Tried"]:
        """Yield worlds after one edit of a record, and another one that is likely after it."""
        more = self.domain.proof.edits(world.session, self.caller, self.request, *record)
        for edit in islice(more, MOST_AFTER):
            yield first, self._edited(first, edit)

    def _newly_minded(
        self,
        records: Sequence[tuple[str, str]],
        shown: Collection[tuple[str, str]],
        first: Edit,
        world: "_Edited",
    ) -> Iterator["_Tried"]:
        """Yield worlds after an edit, and another one of what matters after it.

        After the first edit the same is right, but it may hang on something else. Those edits of
        that come first that change the least: the others may undo the first one.
        """
        new = self._new_fields(world)
        for record in (each for each in new if each not in shown):
            changing = self._changing(world, first, record, new[record])
            yield from ((first, each) for each in islice(changing, MOST_AFTER))
        for record in records if new else ():
            kinds = {} if record in world.changed else self._kinds(record, unbroken=True)
            for several in kinds.values():
                for edit, _ in several[:MOST_TOGETHER]:
                    yield first, self._edited(first, edit)

    def _changing(
        self, world: "_Edited", first: Edit, record: tuple[str, str], names: frozenset[str]
    ) -> Iterator["_Edited"]:
        """Yield worlds after an edit, and another one that changes certain fields of a record."""
        asked = world.session, self.caller, self.request, *record
        proof = self._fields_proof
        more = proof.edits_of(*asked, {record: names}) if proof else self.domain.proof.edits(*asked)
        table, key = record
        before = getattr(world.session, table).get(key)
        for edit in sorted(more, key=_size):
            after = self._edited(first, edit)
            now = getattr(after.session, table).get(key) if after else None
            if after and before and now and not names.isdisjoint(fields_changed(before, now)):
                yield after

    def _new_fields(self, world: "_Edited") -> Mapping[tuple[str, str], frozenset[str]]:
        """Return the fields that what is right hangs on in an edited world, and not in the real."""
        if self._fields_proof is None and not self.domain.proof.by_field:
            return {}
        session, _, fields = world.session.noted()
        self.domain.proof.meaning(session, self.caller, self.request)
        minded = self._fields_minded
        found = {
            record: frozenset(names) - frozenset(minded.get(record, ()))
            for record, names in fields.items()
        }
        return {record: names for record, names in found.items() if names}

    def _matters(self, world: "_Edited") -> bool:
        """Say whether what is right hangs on anything that was changed."""
        _, looks, fields = self._meaning_and_looks
        return self._hangs_on(world, looks, fields)

    def _is_idle(self, record: tuple[str, str]) -> bool:
        """Say whether it is known that no edit of a record can change what is right.

        That is so where what is right hangs on nothing that its edits change: see ``Proof.alone``.
        """
        if record[0] not in self.domain.proof.alone:
            return False
        return record not in self._meaning_and_looks[1] and not self._minds_new_records

    @cached_property
    def _minds_new_records(self) -> bool:
        """Whether what is right hangs on records that are not there, such as new ones."""
        return any(
            not isinstance(key, str) or not key or key not in getattr(self.session, table)
            for table, key in self._meaning_and_looks[1]
        )

    def edits(
        self, record: tuple[str, str], unbroken: bool, most: int | None = None
    ) -> Iterator["_Tried"]:
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
        return self.domain.proof.edits(*asked)

    @cached_property
    def _fields_proof(self) -> FieldProof[Any] | None:
        proof = self.domain.proof
        return cast(FieldProof[Any], proof) if _is_by_field(type(proof)) else None

    @cached_property
    def _fields_minded(self) -> Fields:
        """The fields that what is right hangs on, and who calls."""
        minded: dict[tuple[str, str], set[str]] = {}
        for fields in (self._meaning_and_looks[2], self._callers_now[2]):
            for place, names in fields.items():
                minded.setdefault(place, set()).update(names)
        return minded

    def _looked_into(self) -> tuple[Database, Places, Fields]:
        """Return the world as it is, and where it is noted what of it is looked at.

        Fields are noted only where the domain's proof says that it can do with that.
        """
        if self._fields_proof is None and not self.domain.proof.by_field:
            return *self.session.watched(), {}
        return self.session.noted()

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

    def _after(
        self,
        world: "_Edited | None",
        fixed: Mapping[str, Call],
        keeps: Keeps,
        shown_by: Call | None = None,
    ) -> Meaning | None:
        """Return what is right in a world that is consistent and has something else right."""
        if world is None:
            return None
        # What is known already comes first, then what is quickly found.
        if world.is_clear and (world.after is None or keeps(world.after)):
            return None
        if not self._is_consistent(world, fixed, shown_by):
            return None
        after = self._right_after(world)
        return None if after is None or keeps(after) else after

    def _is_consistent(
        self, world: "_Edited", fixed: Mapping[str, Call], shown_by: Call | None
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

    def _right_after(self, world: "_Edited") -> Meaning | None:
        """Return what is right in an edited world, found once; None if that is unclear."""
        if not world.is_clear:
            world.after, world.is_clear = self._right_in(world), True
        return world.after

    def _world(self, edit: Edit) -> "_Edited | None":
        """Return the edited world; None if the edit does not fit."""
        key = f"{edit.name} {edit.arguments}"
        if key not in self._worlds:
            self._worlds[key] = self._edited(edit)
        return self._worlds[key]

    def _edited(self, *edits: Edit) -> "_Edited | None":
        session = self.session.fork()
        try:
            for edit in edits:
                self.domain.proof.apply(session, edit)
        except ValueError:
            return None
        return _Edited(session, self.session.places_changed(session))

    def _right_in(self, world: "_Edited") -> Meaning | None:
        """Return what is right in another world; None if that is unclear.

        What looks at nothing that was changed comes to the same.
        """
        callers, looks, fields = self._callers_now
        if self._hangs_on(world, looks, fields) and self._callers(world.session) != callers:
            return None  # a new address may have made an identity fact false
        meaning, looks, fields = self._meaning_and_looks
        if not self._hangs_on(world, looks, fields):
            return meaning
        try:
            return self.domain.proof.meaning(world.session, self.caller, self.request)
        except UnclearError:
            return None

    def _hangs_on(self, world: "_Edited", looks: Places, fields: Fields) -> bool:
        """Say whether what looked at that in the real world may come to something else."""
        return self.session.is_another(world.session, world.changed, looks, fields)

    def _callers(self, world: Database) -> list[str]:
        return list(self.domain.proof.callers(world, self._identity))

    @cached_property
    def _callers_now(self) -> tuple[list[str], Places, Fields]:
        """Everybody of whom the identity facts are true, and what of the world that hangs on."""
        session, looks, fields = self._looked_into()
        return self._callers(session), looks, fields

    def _made(self, calls: Iterable[Call]) -> Mapping[str, Call]:
        """Make reads in the world as it is, each once; return them by key."""
        made = {call.key: call for call in calls}
        for call in made.values():
            self._result(call)
        return made

    def _result(self, call: Call) -> tuple[object, Places]:
        """Return what a read gives in the world as it is, and what of that it looks at."""
        key = call.key
        if key not in self._results:
            session, looks = self.session.watched()
            self._results[key] = result_of(self.domain, session, call), looks
            for place in looks:
                self._lookers.setdefault(place, []).append(key)
        return self._results[key]

    def _is_same(self, world: "_Edited", call: Call) -> bool:
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

    def minimal(
        self, reads: Sequence[Call], fixed: Sequence[Call], keeps: Keeps, least: int = 0
    ) -> tuple[list[Call], list[Witness]]:
        """Return the reads that are necessary of those that a solver made, with the proof of each.

        Args:
            reads: Sufficient reads.
            fixed: What is known besides.
            keeps: Whether what was right is still right.
            least: With fewer necessary reads than this, the rest is not looked at.

        Raises:
            UnclearError: No reads among them are all necessary and together sufficient.
        """
        kept, found = list(reads), dict[str, Witness]()
        for call in reads:
            witness = self.witness(call, [*fixed, *_without(kept, call)], keeps, LIKELY_EDITS)
            if witness is None:
                kept.remove(call)
                if len(kept) < least:
                    return kept, list(found.values())
            else:
                found[call.key] = witness
        for _ in range(MOST_ROUNDS):
            settled = self._settle(reads, kept, fixed, keeps, found)
            if settled:
                return kept, [found[call.key] for call in kept]
        raise UnclearError("Reads can stand for one another, and none of them is necessary.")

    def _settle(
        self,
        reads: Sequence[Call],
        kept: list[Call],
        fixed: Sequence[Call],
        keeps: Keeps,
        found: dict[str, Witness],
    ) -> bool:
        """Add what looked needless and is not, drop what it stands for; say whether all was well.

        With fewer other reads to keep to, more edits are consistent than at first. So reads that
        looked needless are tried again, with all edits; and where one of them comes back, the
        edits that the others were proved with may not be consistent any more.
        """
        settled = True
        for call in reads:
            if call not in kept:
                witness = self.witness(call, [*fixed, *kept], keeps)
                if witness is not None:
                    kept.append(call)
                    found[call.key] = witness
                    settled = False
        for call in () if settled else tuple(kept):
            others = [*fixed, *_without(kept, call)]
            after = self.world_after(found[call.key].edit, others, call)
            if after is None or keeps(after):
                witness = self.witness(call, others, keeps)
                if witness is None:
                    kept.remove(call)
                else:
                    found[call.key] = witness
        return settled

    def measures(self, evidence: Sequence[Call], reference_reads: int) -> Measures:
        """Return what is measured on evidence besides the number of its reads."""
        texts = [self.answer(call) for call in evidence]
        candidates = 1
        for decision in self.decisions:
            candidates *= len(decision.options)
        return Measures(
            candidates=candidates,
            tokens=sum(map(len, texts)) // 4,
            depth=depth(evidence, texts, self.request),
            spread=len({call.name for call in evidence}),
            reference_reads=reference_reads,
        )


@lru_cache
def _is_by_field(kind: type[Proof[Any]]) -> bool:
    """Say whether a kind of proof is a ``FieldProof``; asked of each moment, that takes long."""
    return issubclass(kind, FieldProof)


@dataclass(slots=True)
class _Edited:
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


def _kind(edit: Edit) -> Hashable:
    """Return what edits have in common that change the same of their records."""
    return edit.name, *edit.arguments


def _size(edit: Edit) -> int:
    """Return how much an edit names that it changes."""
    return len(edit.arguments)


_Tried: TypeAlias = tuple[Edit, _Edited | None]
"""An edit, and the world after it; None if it does not fit."""


def _without(calls: Iterable[Call], call: Call) -> list[Call]:
    return [each for each in calls if each is not call]


def depth(calls: Sequence[Call], texts: Sequence[str], request: Request) -> int:
    """Return the longest chain of reads each of which has an argument from an earlier answer."""
    said = repr(request.values)
    longest: list[int] = []
    for place, call in enumerate(calls):
        sought = [str(value) for value in call.arguments.values() if str(value) not in said]
        before = [
            longest[earlier]
            for earlier in range(place)
            if any(value in texts[earlier] for value in sought)
        ]
        longest.append(1 + max(before, default=0))
    return max(longest, default=0)


def as_told(value: JSON) -> str:
    """Return a value to be told as text, so that 12.5 and "12.50" are the same."""
    try:
        return f"{float(value):.2f}"
    except (TypeError, ValueError):
        return str(value)


def describe(meaning: Meaning) -> str:
    """Return what is right, in words."""
    if meaning.writes:
        return "; ".join(f"{call.name} {dict(call.arguments)}" for call in meaning.writes)
    if meaning.breaches:
        return "no write: " + ", ".join(
            sorted(f"{code} ({fact})" for code, fact in meaning.breaches)
        )
    if meaning.handed_over:
        return f"to hand over: {', '.join(sorted(meaning.handed_over))}"
    return f"to tell: {', '.join(str(value) for value in meaning.tells)}"
