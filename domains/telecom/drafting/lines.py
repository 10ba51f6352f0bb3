"""How a user can mean a line: each way takes other reads, with one for every number."""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import pairwise
from typing import TypeAlias

from writ_gym.domains.telecom.catalog import MODELS
from writ_gym.domains.telecom.drafting.ranks import Rank, all_tell, ranking, ranks
from writ_gym.domains.telecom.drafting.scene import BILLS, Scene
from writ_gym.domains.telecom.intents.reading import (
    Subscription,
    charge_of,
)
from writ_gym.domains.telecom.wishes import (
    BillById,
    EveryLine,
    FirstIn,
    LineByNumber,
    LineCharged,
    LineChoice,
    LineReference,
)
from writ_gym.meaning.queries import Condition, condition
from writ_gym.sampling.drafting import Piece

OTHER_KIND = "other"
"""The kind of a device by which nobody would describe it."""
MOST_FILTERS = 4
"""Conditions that are tried for what a superlative is among."""
MOST_DESCRIBED = 3
"""Reads that show what one line is like: those of the line, its plan and its device."""
LinePiece: TypeAlias = Piece[LineReference]


def name_line(scene: Scene, meant: Subscription, room: int) -> LinePiece | None:
    """Return how the user means a line, with exactly ``room`` reads that are new."""
    known = scene.in_hand and meant is scene.own
    ways = FRUGAL if scene.is_frugal else WAYS
    for way in (by_number,) if known else dict.fromkeys(scene.shuffled(ways)):
        piece = way(scene, meant, room)
        if piece and scene.new(piece.reads) == room:
            return piece
    return None


def by_number(scene: Scene, meant: Subscription, room: int) -> LinePiece | None:
    """Name the number."""
    return Piece(LineByNumber(number=meant.line.phone_number), scene.reads_of(meant))


def described(scene: Scene, meant: Subscription, room: int) -> LinePiece | None:
    """Describe it by what only it is like.

    Where that line is refused, its plan and device do not matter: without it, none is meant.
    """
    if room > MOST_DESCRIBED:
        return None
    conditions = scene.shuffled(c for c in conditions_for(scene, meant) if c.test == "is")
    for where in (*((c,) for c in conditions), *pairwise(conditions)):
        reads = scene.reads_of(meant, [condition.attribute for condition in where])
        if scene.new(reads) != room or (scene.refused_for and len(reads) > 1):
            continue
        if scene.kept(where) == [meant]:
            return Piece(LineChoice(where=where), reads, ("description", "unknown_id"))
    return None


def superlative(scene: Scene, meant: Subscription, room: int) -> LinePiece | None:
    """Name a superlative over the lines that keep a condition."""
    if len(scene.lines) < 2:
        return None
    names = ranking(scene, meant, room)
    conditions = scene.shuffled(conditions_for(scene, meant))[:MOST_FILTERS]
    for where in scene.shuffled([(), *((each,) for each in conditions)]):
        fitting = ranks(scene, meant, where, names, room)
        if scene.refused_for:
            fitting = _for_refused(scene, meant, where, fitting)
        if fitting:
            by, extreme, rank, reads = scene.choose(fitting)
            choice = LineChoice(where=where, by=by, extreme=extreme, rank=rank)
            kind = "rank" if rank > 1 else "superlative"
            return Piece(choice, reads, (kind, *map(operator_of, where), "unknown_id"))
    return None


def _for_refused(
    scene: Scene, meant: Subscription, where: Sequence[Condition], able: Sequence[Rank]
) -> list[Rank]:
    """Return one of some ranks each of whose reads matters where the line is refused, if any."""
    key = "all tell", meant.line.line_id, str(scene.apart is None), scene.refused_for
    for each in scene.shuffled(able):
        if scene.once((*where, each), key, partial(all_tell, scene, meant, where, each)):
            return [each]
    return []


def charged(scene: Scene, meant: Subscription, room: int) -> LinePiece | None:
    """Name it by a position of a bill."""
    reads = scene.reads_of(meant) | {BILLS}
    if scene.new(reads) != room or (scene.refused_for and len(scene.lines) < 2):
        return None
    for bill in scene.shuffled(scene.bills):
        words = [charge_of(item.description) for item in bill.line_items]
        for item in scene.shuffled(bill.line_items):
            charge = charge_of(item.description)
            number = item.description.rpartition(" - Line ")[2]
            if number == meant.line.phone_number and words.count(charge) == 1:
                by_id = BillById(bill_id=bill.bill_id)
                return Piece(LineCharged(charged_on=by_id, charge=charge), reads, ("join",))
    return None


def first_in(scene: Scene, meant: Subscription, room: int) -> LinePiece | None:
    """Name it as the first of some that has its status."""
    if not scene.tells_status:
        return None
    others = [each for each in scene.lines if each is not meant]
    before = [each for each in others if each.line.status != meant.line.status]
    first = scene.some(before, min(len(before), int(scene.rng.random() * 3)))
    rest = [each for each in others if each not in first]
    after = scene.some(rest, min(len(rest), 1))
    group = [*scene.shuffled(first), meant, *after]
    reads = frozenset(each.line.line_id for each in [*first, meant])
    if len(group) < 2 or scene.new(reads) != room:
        return None
    numbers = tuple(LineByNumber(number=each.line.phone_number) for each in group)
    return Piece(FirstIn(first_of=numbers, status=meant.line.status), reads, ("fallback",))


WAYS = (by_number, described, described, superlative, superlative, charged, first_in)
"""Ways to mean a line; one that is there twice is as likely as two."""
FRUGAL = tuple(way for way in WAYS if way is not described)
"""Those in which no more is read than counts: a search for what is described passes other lines."""


def conditions_for(scene: Scene, meant: Subscription) -> Iterator[Condition]:
    """Yield conditions that a line keeps."""
    by_status, by_roaming = scene.tells_status, "roaming" not in scene.values
    key = "conditions", meant.line.line_id, str(by_status), str(by_roaming)
    for each in scene.once((), key, partial(_conditions, scene, meant, by_status, by_roaming)):
        yield scene.choose(each) if isinstance(each, list) else each


def _conditions(
    scene: Scene, meant: Subscription, by_status: bool, by_roaming: bool
) -> list[Condition | list[Condition]]:
    """Return conditions that a line keeps, in lists those of which one is drawn."""
    found: list[Condition | list[Condition]] = []
    others = [each for each in scene.lines if each is not meant]
    names = ["device", "model", "plan"]
    names += [*(["status"] if by_status else []), *(["roaming"] if by_roaming else [])]
    for name in names:
        value = scene.attribute(meant, name)
        if value == OTHER_KIND:
            continue
        found.append(condition(name, "is", value))
        rest = sorted({scene.attribute(each, name) for each in others} - {value, OTHER_KIND})
        if rest:
            found.append([condition(name, "is_not", each) for each in rest])
    for name, step in (("used", 2), ("price", 10), ("limit", 4)):
        value = scene.attribute(meant, name)
        low = value // step * step
        if 0 < low < value:
            found.append(condition(name, "over", float(low)))
        found.append(condition(name, "under", float(low + 2 * step)))
    return found


def operator_of(condition: Condition) -> str:
    """Return the operator that a condition is."""
    return "exclusion" if condition.test in ("lacks", "is_not") else "filter"


def some_line(scene: Scene, meant: Subscription, most: int) -> LinePiece | None:
    """Return how the user refers to a line on the way, with at most so many reads."""
    for room in scene.shuffled(range(most + 1)):
        piece = name_line(scene, meant, room)
        if piece:
            return piece
    return None


def every_line(scene: Scene, meant: Sequence[Subscription]) -> Piece[EveryLine] | None:
    """Return conditions that exactly these of the user's lines keep."""
    conditions = list(conditions_for(scene, meant[0]))
    pairs = [(one, other) for one in conditions for other in conditions if one is not other]
    wanted = [each.line.line_id for each in meant]
    for where in ((), *((c,) for c in scene.shuffled(conditions)), *scene.shuffled(pairs)[:30]):
        if [each.line.line_id for each in scene.kept(where)] == wanted:
            names = ("widening", *map(operator_of, where))
            apart = () if scene.apart in meant else (scene.apart,)
            return Piece(EveryLine(where=where), scene.reads_for(where, but=apart), names)
    return None


def nothing_that_fits(scene: Scene) -> Condition:
    """Return a condition that none of the user's lines keeps."""
    models = [model for group in MODELS.values() for model in group]
    options = []
    for name, all_of_them in (("model", models), ("plan", [plan.name for plan in scene.plans])):
        held = {scene.attribute(each, name) for each in scene.lines}
        absent = sorted(set(all_of_them) - held)
        options.append(Condition(attribute=name, test="is", value=scene.choose(absent)))
    return scene.choose(options)
