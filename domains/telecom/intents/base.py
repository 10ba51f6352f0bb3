"""What intents share: drafting from a target line, and requests that have no twin."""

from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from itertools import islice
from types import MappingProxyType
from typing import ClassVar

import numpy as np

from writ_gym.database import JSON
from writ_gym.domain import Brief, Intent
from writ_gym.domains.telecom.drafting.claims import some_conditions
from writ_gym.domains.telecom.drafting.lines import every_line, name_line, nothing_that_fits
from writ_gym.domains.telecom.drafting.plans import plans_guard
from writ_gym.domains.telecom.drafting.scene import Scene
from writ_gym.domains.telecom.intents.outcomes import check_guard
from writ_gym.domains.telecom.intents.reading import Subscription, find_line, read_lines
from writ_gym.domains.telecom.rules import nothing_fits
from writ_gym.domains.telecom.schema import Line, TelecomDB
from writ_gym.domains.telecom.wishes import LINES, EveryLine, LineByNumber, LineChoice, plain
from writ_gym.meaning.breaches import Breach
from writ_gym.meaning.queries import parse
from writ_gym.meaning.solving import Outcome, Plan, Reads, refuse
from writ_gym.tasks import Call, Request, split_at

GUARDED = 0.2
"""Chance that a request is made to depend on a figure, where there is room for the reads."""
MOST_GUARDS = 4
"""Conditions that are tried beside the words for a line."""
AT_ONCE = 0.25
"""Chance that a request is about several lines at once."""


def most_reads(db: TelecomDB, caller: str) -> int:
    """Return how many records of an account there are to be read: lines, what is theirs, bills."""
    lines = [db.lines[each] for each in db.customers[caller].line_ids]
    return 2 * len(lines) + len({line.plan_id for line in lines}) + 1


def most_about_lines(db: TelecomDB, caller: str, writing: bool) -> int:
    """Return the largest evidence burden that requests about lines have, but for a few.

    Hardly any of several lines takes all of them, their plans and devices, and the bills besides;
    and of two, both devices only where they are alike: else one of them says which line is meant.
    """
    lines = [db.lines[each] for each in db.customers[caller].line_ids]
    if len(lines) == 1:
        return most_reads(db, caller) - (0 if writing else 1)
    kinds = {db.devices[each.device_id].device_type for each in lines if each.device_id}
    return most_reads(db, caller) - (2 if len(kinds) == len(lines) == 2 else 1)


UNMET = ("absent", "guard")
"""Ways in which a request comes to no write since something is not as the user thinks."""


def ways_to_refuse(
    brief: Brief,
    forbidden: Sequence[str],
    most: Mapping[str, int] = MappingProxyType({}),
    unmet: Sequence[str] = UNMET,
) -> list[str]:
    """Return the ways in which a request comes to no write, as far as it may end so.

    Args:
        brief: What the request is to be like.
        forbidden: The ways in which a rule of the intent forbids it.
        most: By way, the largest evidence burden that it can have, if there is one.
        unmet: The ways in which something is not as the user thinks; it takes a read to see that.
    """
    most = {"stranger": 0, **most}
    ways = [*forbidden, "stranger"] if brief.may_end("forbidden") else []
    ways += unmet if brief.burden and brief.may_end("unmet") else ()
    return [way for way in ways if brief.least <= most.get(way, brief.least)]


class LineIntent(Intent[TelecomDB]):
    """A family of requests about one of the customer's lines, or several.

    A request is drafted from its target: a line and what should become of it. Then words are
    found that mean it and take as many reads as were asked for.
    """

    name: ClassVar[str]
    tools: ClassVar[Collection[str]] = ()
    """The writes that a request comes to, if it can have a twin."""
    refused: ClassVar[tuple[str, ...]] = ()
    """Ways of this intent in which nothing may be written, besides those of every intent."""
    refused_for: ClassVar[str] = "status"
    """The attribute of a line for which a rule forbids it."""
    most_refused: ClassVar[Mapping[str, int]] = MappingProxyType({})
    """By way of being refused, the largest evidence burden that it can have, if there is one."""
    unmet: ClassVar[tuple[str, ...]] = UNMET
    """Ways in which nothing may be written since something is not as the user thinks."""
    in_all: ClassVar[bool] = True
    """Whether a rule forbids all if it forbids it for one of several lines."""

    def reach(self, db: TelecomDB, caller: str, writing: bool) -> tuple[int, int] | None:
        """Return the least and the largest evidence burden that a request can have."""
        lines = (db.lines[each] for each in db.customers[caller].line_ids)
        if writing and not any(map(self.suits, lines)):
            return None
        return (1 if writing else 0), most_about_lines(db, caller, writing)

    def suits(self, line: Line) -> bool:
        """Say whether a line is one about which a request can be that writes."""
        return True

    def draft(self, db: TelecomDB, brief: Brief, rng: np.random.Generator) -> Request | None:
        """Return a request that answers the brief, or None if this draw found none."""
        ways = () if brief.writing else self._ways(db, brief)
        if not (brief.writing or ways):
            return None
        scene = Scene(db, brief, rng)
        done = self.write(scene) if brief.writing else self.refusal(scene, scene.choose(ways))
        return scene.request(self.name) if done else None

    def _ways(self, db: TelecomDB, brief: Brief) -> Sequence[str]:
        """Return the ways in which a request of a customer can come to no write."""
        most = self.most_refused
        if len(db.customers[brief.caller].line_ids) == 1:
            # That one is refused, whatever else is read: no other one can be meant.
            most = {**dict.fromkeys(self.refused, 1), **most}
        return ways_to_refuse(brief, self.refused, most, self.unmet)

    def write(self, scene: Scene) -> bool:
        """Add the facts of a request that writes; say whether this draw works out."""
        targets = self.targets(scene) if scene.least <= scene.unread else []
        if not targets:
            return False
        # The last of several lines takes few reads that the others have not taken.
        several = len(targets) > 1 and scene.brief.writes > 1 and not scene.brief.each
        if several and scene.chance(AT_ONCE):
            return self.several(scene, targets)
        target = scene.choose(targets)
        return self.details(scene, [target]) and self.finish(scene, target)

    @abstractmethod
    def targets(self, scene: Scene) -> list[Subscription]:
        """Return the lines that a request that writes can be about."""

    def details(self, scene: Scene, meant: Sequence[Subscription]) -> bool:
        """Add the facts besides the lines, counting their reads; say whether that works out."""
        return True

    def several(self, scene: Scene, targets: Sequence[Subscription]) -> bool:
        """Mean every line that keeps a condition."""
        most = min(len(targets), scene.brief.writes)
        meant = scene.some(targets, 2 + int(scene.rng.random() * (most - 1)))
        if not self.details(scene, meant):
            return False
        piece = every_line(scene, meant)
        if piece is None:
            return False
        heaviest = scene.new(piece.reads) - (0 if self.in_all else len(meant) - 1)
        if not scene.least <= heaviest <= scene.room:
            return False
        scene.add("line", piece)
        return True

    def finish(self, scene: Scene, target: Subscription, guarded: bool = True) -> bool:
        """Add a condition, perhaps, and then the line, so that the room is filled."""
        if guarded and scene.chance(GUARDED) and self._guard(scene, target):
            return True
        for room in range(scene.room, max(scene.least, 0) - 1, -1):
            piece = name_line(scene, target, room)
            if piece:
                scene.add("line", piece)
                return True
        return guarded and self._guard(scene, target)

    def _guard(self, scene: Scene, target: Subscription) -> bool:
        """Add a condition and the line, which together fill the room."""
        for condition in islice(some_conditions(scene, True), MOST_GUARDS):
            rest = scene.room - scene.new(condition.reads)
            name = partial(name_line, scene, target, rest)
            piece = scene.supposing(condition.reads, name)
            if piece:
                scene.add("condition", condition)
                scene.add("line", piece)
                return True
        return False

    def twin(
        self, db: TelecomDB, brief: Brief, write: Call, rng: np.random.Generator
    ) -> Request | None:
        """Return a request that comes to a given write and answers the brief, or None."""
        if write.name not in self.tools:
            return None
        scene = Scene(db, brief, rng)
        target = scene.whole(db.lines[write.arguments["line_id"]])
        target = next(each for each in scene.lines if each.line is target.line)
        done = self.aim(scene, target, write) and (
            self.finish(scene, target, guarded=False)
            or self._guard(scene, target)
            or self._compare(scene, target)
        )
        return scene.request(self.name) if done else None

    def _compare(self, scene: Scene, target: Subscription) -> bool:
        """Add a condition on all plans and the line, which together fill the room."""
        condition = plans_guard(scene)
        if not scene.fits(condition):
            return False
        scene.add("condition", condition)
        piece = name_line(scene, target, scene.room)
        if piece is not None:
            scene.add("line", piece)
        return piece is not None

    def aim(self, scene: Scene, target: Subscription, write: Call) -> bool:
        """Add the facts besides the line that come to a write."""
        return self.details(scene, [target])

    def refusal(self, scene: Scene, way: str) -> bool:
        """Add the facts of a request that comes to no write, in one of the ways."""
        match way:
            case "absent":
                return self._absent(scene)
            case "guard":
                return self._guarded(scene)
            case "stranger":
                return self._stranger(scene)
            case _:
                scene.refused_for = self.refused_for
                return self.breached(scene, way)

    @abstractmethod
    def breached(self, scene: Scene, way: str) -> bool:
        """Add the facts of a request that a rule of this intent forbids."""

    def _absent(self, scene: Scene) -> bool:
        """Mean a line that there is not; all of them have to be read to see that."""
        where = (nothing_that_fits(scene),)
        reads = scene.reads_for(where)
        if scene.new(reads) != scene.room:
            return False
        scene.read(reads)
        if not self.plain_details(scene, [scene.choose(scene.lines)]):
            return False
        scene.add("line", plain(LineChoice(where=where)))
        scene.mark("empty_set")
        return True

    def _guarded(self, scene: Scene) -> bool:
        """Make it depend on what does not hold; then the line does not matter."""
        targets = self.targets(scene)
        conditions = some_conditions(scene, False, scene.room) if targets else iter(())
        condition = next(conditions, None)
        if condition is None:
            return False
        target = scene.choose(targets)
        scene.add("condition", condition)
        scene.add("line", plain(LineByNumber(number=target.line.phone_number)))
        return self.plain_details(scene, [target])

    def _stranger(self, scene: Scene) -> bool:
        """Name a line of somebody else."""
        if scene.room:
            return False
        other = scene.choose(list(scene.db.customers))
        if other == scene.profile or split_at(other) != scene.brief.style.split:
            return False
        line = scene.whole(scene.db.lines[scene.db.customers[other].line_ids[0]])
        scene.add("line", plain(LineByNumber(number=line.line.phone_number)))
        return self.plain_details(scene, [line])

    def plain_details(self, scene: Scene, meant: Sequence[Subscription]) -> bool:
        """Add facts besides the lines that take no reads; for requests that are refused."""
        return self.details(scene, meant)

    def solve(self, caller: str, facts: Mapping[str, JSON]) -> Plan:
        """Look at the condition, find what is meant and act on it as far as the rules allow."""
        if breach := (yield from check_guard(caller, facts)):
            return refuse(breach)
        meant = yield from find_lines(caller, facts["line"])
        if isinstance(meant, Breach):
            return refuse(meant)
        return (yield from self.act(caller, meant, facts))

    @abstractmethod
    def act(self, caller: str, meant: Sequence[Line], facts: Mapping[str, JSON]) -> Reads[Outcome]:
        """Find the rest and return the outcome."""


def find_lines(caller: str, value: JSON) -> Reads[list[Line] | Breach]:
    """Find the line that a reference means, or all of them; a breach if nothing fits."""
    reference = parse(LINES, value)
    if not isinstance(reference, EveryLine):
        one = yield from find_line(caller, reference)
        return one if isinstance(one, Breach) else [one]
    found = yield from read_lines(caller, reference)
    return [each.line for each in found] or nothing_fits("line", reference.where)
