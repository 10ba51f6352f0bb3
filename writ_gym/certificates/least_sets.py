"""The smallest set of reads that determines a write, where reads can stand for one another.

A set in which every read is necessary beside the others need not be a smallest one: one look may
show what two others show. What tells it is all edited worlds in which something else is right: each
of them has to be told from the real world by a read of the set, so a smallest set of reads that
meets all these groups of reads is the evidence, and its size the burden.
"""

from collections.abc import Iterable, Iterator, Sequence

from writ_gym.certificates.evidence import Keeps, Moment
from writ_gym.tasks import Call, Edit, Witness


def smaller_set(
    moment: Moment,
    reads: Iterable[Call],
    witnesses: Sequence[Witness],
    fixed: Sequence[Call],
    keeps: Keeps,
) -> list[Call] | None:
    """Return a set of reads that is smaller than the evidence, and determines as much.

    Args:
        moment: The request at its turn.
        reads: What else was read for it.
        witnesses: One for each read of the evidence.
        fixed: What is known besides.
        keeps: Whether what was right is still right.

    Returns:
        None if there is none; that is not looked for where no reads can stand for one another.
    """
    looks = moment.domain.proof.looks(moment.session, moment.caller, moment.request)
    if not looks or len(witnesses) < 2:
        return None
    evidence = [witness.read for witness in witnesses]
    candidates = list({call.key: call for call in (*evidence, *looks, *reads)}.values())
    # Mostly the edits that show each read to be necessary show that as many are, too.
    edits = (witness.edit for witness in witnesses)
    found = _smallest(moment, edits, candidates, fixed, keeps)
    if len(found) < len(evidence):
        found = _smallest(moment, _edits(moment, keeps), candidates, fixed, keeps)
    return found if len(found) < len(evidence) else None


def _edits(moment: Moment, keeps: Keeps) -> Iterator[Edit]:
    """Yield the edits of all records that could have to do with a request, and could matter."""
    unbroken = keeps(moment.meaning)
    for record in moment.around():
        yield from (edit for edit, _ in moment.edits(record, unbroken))


def _smallest(
    moment: Moment,
    edits: Iterable[Edit],
    reads: Sequence[Call],
    fixed: Sequence[Call],
    keeps: Keeps,
) -> list[Call]:
    """Return a smallest set of reads that tells all edited worlds in which something else is right.

    Worlds that none of the reads tells are left aside: that the evidence is sufficient is proved
    apart from this.
    """
    groups: set[frozenset[int]] = set()
    for edit in edits:
        after = moment.world_after(edit, fixed)
        if after is not None and not keeps(after):
            groups.add(frozenset(moment.told_by(edit, reads)))
    return [reads[place] for place in sorted(hitting_set(groups - {frozenset()}))]


def hitting_set(groups: Iterable[frozenset[int]]) -> frozenset[int]:
    """Return a smallest set that has a member in common with each group; none may be empty."""
    smallest: list[frozenset[int]] = []
    for group in sorted(groups, key=lambda group: (len(group), sorted(group))):
        if not any(other <= group for other in smallest):
            smallest.append(group)
    size = 0
    while True:
        found = _hitting(smallest, frozenset(), size)
        if found is not None:
            return found
        size += 1


def _hitting(
    groups: Sequence[frozenset[int]], chosen: frozenset[int], left: int
) -> frozenset[int] | None:
    """Return a set with ``chosen`` and at most ``left`` more that meets all groups."""
    missed = [group for group in groups if not group & chosen]
    if not missed:
        return chosen
    if not left or _disjoint(missed) > left:
        return None
    for member in sorted(missed[0]):
        found = _hitting(missed, chosen | {member}, left - 1)
        if found is not None:
            return found
    return None


def _disjoint(groups: Sequence[frozenset[int]]) -> int:
    """Return the size of some collection of groups with nothing in common."""
    met: frozenset[int] = frozenset()
    count = 0
    for group in groups:
        if not group & met:
            met |= group
            count += 1
    return count
