"""Which reads determine a write: counterfactual worlds around one moment of a task.

A read is *necessary* if there is an edit of records that it alone shows, consistent with everything
else that was read and said, after which another write would be right, or none. Reads are
*sufficient* if no edit that all of them leave alone changes what is right. What is right in an
edited world is said by the domain's ``Proof``, by brute force.
"""

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TypeAlias

from writ_gym.certificates.edited_worlds import EditedWorld, EditedWorlds, Tried
from writ_gym.database import JSON
from writ_gym.meaning.proofs import Meaning, UnclearError
from writ_gym.overlays import fields_changed
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


class Moment(EditedWorlds):
    """A request at its turn: the state before it, who asks, what is right, and what shows it."""

    def keeps_write(self, write: Call) -> Keeps:
        """Return whether a write is among those that are right."""
        key = self.domain.proof.canonical(write).key
        return lambda meaning: any(call.key == key for call in meaning.writes)

    def keeps_writes(self) -> Keeps:
        """Return whether just the same writes are right."""
        writes = self.meaning.writes
        right = sorted([call.key for call in writes])
        # Several may come in another order; keys take long to make.
        return lambda meaning: (
            meaning.writes == writes
            or (
                len(meaning.writes) == len(right) > 1
                and sorted([call.key for call in meaning.writes]) == right
            )
        )

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
            # No edit of what is shown leaves that read as it is.
            if record in shown or (unbroken and self._is_idle(record)):
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

    def _several(
        self,
        records: Sequence[tuple[str, str]],
        shown: Collection[tuple[str, str]],
        unbroken: bool,
        fixed: Mapping[str, Call],
    ) -> Iterator[Tried]:
        """Yield worlds after several edits of records that no read shows, each with the first.

        Where one edit leaves it unclear what is right, those of the same record follow that are
        likely in that world; where what is right hangs on something else after it, those of that,
        and of what it hung on before. And edits of one kind of several records are made together.
        """
        together: dict[Hashable, list[Edit]] = {}
        for record in records:
            kinds = self._kinds(record, shown, unbroken)
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
        self, record: tuple[str, str], shown: Collection[tuple[str, str]], unbroken: bool
    ) -> Mapping[Hashable, list[tuple[Edit, EditedWorld]]]:
        """Return the edits of a record that could matter with others, by kind: see ``_kind``."""
        kinds: dict[Hashable, list[tuple[Edit, EditedWorld]]] = {}
        if not (unbroken and self._is_idle(record, shown)):
            for edit, world in self.edits(record, unbroken):
                if world is not None and self._matters(world):
                    kinds.setdefault(_kind(edit), []).append((edit, world))
        return kinds

    def _twice(self, record: tuple[str, str], first: Edit, world: EditedWorld) -> Iterator[Tried]:
        """Yield worlds after one edit of a record, and another one that is likely after it."""
        more = self.domain.proof.edits(world.session, self.caller, self.request, *record)
        for edit in islice(more, MOST_AFTER):
            if self._may_matter(edit, world):
                yield first, self._edited(edit, after=world)

    def _newly_minded(
        self,
        records: Sequence[tuple[str, str]],
        shown: Collection[tuple[str, str]],
        first: Edit,
        world: EditedWorld,
    ) -> Iterator[Tried]:
        """Yield worlds after an edit, and another one of what matters after it.

        After the first edit the same is right, but it may hang on something else. Those edits of
        that come first that change the least: the others may undo the first one.
        """
        new = self._new_fields(world)
        for record in (each for each in new if each not in shown):
            changing = self._changing(world, record, new[record])
            yield from ((first, each) for each in islice(changing, MOST_AFTER))
        for record in records if new else ():
            kinds = {} if record in world.changed else self._kinds(record, shown, unbroken=True)
            for several in kinds.values():
                for edit, _ in several[:MOST_TOGETHER]:
                    yield first, self._edited(edit, after=world)

    def _changing(
        self, world: EditedWorld, record: tuple[str, str], names: frozenset[str]
    ) -> Iterator[EditedWorld]:
        """Yield worlds after an edit, and another one that changes certain fields of a record."""
        asked = world.session, self.caller, self.request, *record
        proof = self._fields_proof
        more = proof.edits_of(*asked, {record: names}) if proof else self.domain.proof.edits(*asked)
        table, key = record
        before = getattr(world.session, table).get(key)
        for edit in sorted(more, key=_size):
            after = self._edited(edit, after=world)
            now = getattr(after.session, table).get(key) if after else None
            if after and before and now and not names.isdisjoint(fields_changed(before, now)):
                yield after

    def _after(
        self,
        world: EditedWorld | None,
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


def _kind(edit: Edit) -> Hashable:
    """Return what edits have in common that change the same of their records."""
    return edit.name, *edit.arguments


def _size(edit: Edit) -> int:
    """Return how much an edit names that it changes."""
    return len(edit.arguments)


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
