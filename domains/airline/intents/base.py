"""What the intents about reservations share: drafting from a target, and the first checks."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np

from writ_gym.database import JSON
from writ_gym.domain import Brief, Intent
from writ_gym.domains.airline.drafting.beliefs import belief_about, belief_elsewhere, true_elsewhere
from writ_gym.domains.airline.drafting.fares import fill_with_condition
from writ_gym.domains.airline.drafting.parts import can_be_too_dear, limit
from writ_gym.domains.airline.drafting.reservations import (
    guard,
    name_reservation,
    nothing_that_fits,
)
from writ_gym.domains.airline.drafting.scene import Scene
from writ_gym.domains.airline.intents.reading import check_belief, check_guard, find_reservations
from writ_gym.domains.airline.rules import already_cancelled, other_user
from writ_gym.domains.airline.schema import AirlineDB, Reservation
from writ_gym.domains.airline.wishes import ReservationById, ReservationChoice, plain
from writ_gym.meaning.breaches import Breach
from writ_gym.meaning.solving import Ending, Outcome, Plan, Reads, refuse
from writ_gym.sampling.drafting import Piece
from writ_gym.tasks import Call, Config, Request, split_at

GUARDED = 0.2
"""Chance that a request is made to depend on others, where there is room for the reads."""
BELIEVED_ELSEWHERE = 0.3
"""Chance that what it then depends on is what is so of one of them, and not a figure."""
BELIEVED = 0.1
"""Chance that a request is made to depend on what is so of its own reservation."""
LIMITED = 0.15
"""Chance that it is made to depend on its price."""


UNMET_WAYS = frozenset({"absent", "guard", "belief", "dear", "no_flights", "no_seats"})
"""Ways in which nothing is as the user wants it; a rule forbids what ends in the others."""


def able_ways(brief: Brief, ways: Sequence[str], handed_over: Sequence[str] = ()) -> list[str]:
    """Return the ways of coming to no write in which a request may end.

    Args:
        brief: What the request is to be like.
        ways: The names of the ways.
        handed_over: Those in which the user is handed over to a human.
    """

    def ending(way: str) -> Ending:
        if way in handed_over:
            return "handed_over"
        return "unmet" if way in UNMET_WAYS else "forbidden"

    return [way for way in ways if brief.may_end(ending(way))]


class ReservationIntent(Intent[AirlineDB]):
    """A family of requests about a reservation of the caller.

    A request is drafted from its target: a reservation and what should become of it. Then words
    are found that mean it and take as many reads as were asked for.
    """

    name: ClassVar[str]
    tool: ClassVar[str] = ""
    """The write that a request comes to, if it can have a twin."""
    tools: ClassVar[tuple[str, ...]] = ()
    """What it can write to a reservation with, if not with that tool alone."""
    least: ClassVar[int] = 1
    """Least evidence burden of a request that writes."""
    most: ClassVar[int] = 0
    """Reads that a request can take at most besides those of the user's reservations."""
    refused: ClassVar[tuple[str, ...]] = ()
    """Ways of this intent in which nothing may be written, besides those of every intent."""
    handed_over: ClassVar[tuple[str, ...]] = ()
    """Those in which the user is handed over to a human."""
    refused_least: ClassVar[int] = 1
    guarded: ClassVar[bool] = True
    """Whether the user may set a condition."""
    priced: ClassVar[bool] = False
    """Whether it has a price, to which the user may set a limit."""

    def reach(self, db: AirlineDB, caller: str, writing: bool) -> tuple[int, int] | None:
        """Return the least and the largest evidence burden that a request can have."""
        count = len(db.users[caller].reservations)
        if not count or (writing and not self.targets(Scene.of(db, caller))):
            return None
        # Those that a condition or another wish takes are some of the same.
        return self.least if writing else self.refused_least, count + self.most

    def draft(self, db: AirlineDB, brief: Brief, rng: np.random.Generator) -> Request | None:
        """Return a request that answers the brief, or None if this draw found none."""
        scene = Scene(db, brief, rng)
        if brief.writing:
            done = self.write(scene)
        else:
            ways = (*self.refused, "cancelled", "absent", "stranger")
            ways = (*ways, *(("guard", "belief") if self.guarded else ()))
            ways = (*ways, *(("dear",) if self.priced else ()))
            able = able_ways(brief, ways, self.handed_over)
            done = bool(able) and self.refusal(scene, scene.choose(able))
        return scene.request(self.name) if done else None

    def write(self, scene: Scene, within: bool = True) -> bool:
        """Add the facts of a request that writes; say whether this draw works out.

        Args:
            scene: The draft.
            within: Whether it costs no more than the user wants to spend.
        """
        targets = self.targets(scene)
        if not targets:
            return False
        target = scene.choose(targets)
        price = self.details(scene, target)
        if price is None or not (within or can_be_too_dear(scene, price)):
            return False
        if not within or (self.priced and scene.chance(LIMITED)):
            scene.add("condition", limit(scene, price, keeps=within))
            return self.finish(scene, target, guarded=False)
        return self.finish(scene, target)

    def targets(self, scene: Scene) -> list[Reservation]:
        """Return the reservations that a request that writes can be about."""
        tools = self.tools or (self.tool,)
        return [
            each
            for each in scene.active()
            if scene.is_open_to(tools, reservation_id=each.reservation_id)
            and self.suits(scene, each)
        ]

    def suits(self, scene: Scene, reservation: Reservation) -> bool:
        """Say whether a reservation that is not cancelled or flown can be the target."""
        return True

    @abstractmethod
    def details(self, scene: Scene, reservation: Reservation) -> int | None:
        """Add the facts besides the reservation, leaving the reads that it takes at least.

        Returns:
            The price of what is asked for, in US dollars; None if this draw does not work out.
        """

    def finish(self, scene: Scene, reservation: Reservation, guarded: bool = True) -> bool:
        """Add a condition, perhaps, and then the reservation, so that the room is filled."""
        own = scene.new({reservation.reservation_id})
        if scene.least > scene.new(scene.user.reservations):
            return False
        if guarded and self.guarded and scene.room - own >= 2 and scene.chance(GUARDED):
            condition = self._depends(scene, reservation, own)
            if condition and scene.fits(condition, own):
                scene.add("condition", condition)
        most = min(scene.room, scene.new(scene.user.reservations))
        for room in range(most, max(scene.least, scene.new({reservation.reservation_id})) - 1, -1):
            piece = name_reservation(scene, reservation, room)
            if piece:
                scene.add("reservation", piece)
                free = guarded and self.guarded and "condition" not in scene.values
                if free and scene.chance(BELIEVED):
                    self._believe(scene, reservation, True)
                return True
        return False

    def _depends(self, scene: Scene, reservation: Reservation, own: int) -> Piece[Config] | None:
        """Return what holds of other reservations, leaving the reads of the own one."""
        if scene.chance(BELIEVED_ELSEWHERE):
            return true_elsewhere(scene, reservation, own)
        return guard(scene, int(scene.rng.random() * (scene.room - own - 1)) + 2, True)

    def _believe(self, scene: Scene, reservation: Reservation, holds: bool) -> bool:
        """Add what is so, or is not, of the reservation of the request; say whether that can be."""
        belief = belief_about(scene, reservation, holds, scene.values["reservation"])
        if belief is not None:
            scene.add("condition", belief)
        return belief is not None

    def twin(
        self, db: AirlineDB, brief: Brief, write: Call, rng: np.random.Generator
    ) -> Request | None:
        """Return a request that comes to a given write and answers the brief, or None."""
        if write.name != self.tool:
            return None
        scene = Scene(db, brief, rng)
        target = db.reservations[write.arguments["reservation_id"]]
        done = self.aim(scene, target, write.arguments) and self.fill(scene, target)
        return scene.request(self.name) if done else None

    def fill(self, scene: Scene, target: Reservation) -> bool:
        """Add the reservation, after a condition where words for it alone do not fill the room."""
        if self.finish(scene, target, guarded=False):
            return True
        if not fill_with_condition(scene, scene.new({target.reservation_id})):
            return False
        piece = name_reservation(scene, target, scene.room)
        if piece is not None:
            scene.add("reservation", piece)
        return piece is not None

    def aim(self, scene: Scene, reservation: Reservation, arguments: Mapping[str, JSON]) -> bool:
        """Add the facts besides the reservation that come to these arguments of the write."""
        return False

    def refusal(self, scene: Scene, way: str) -> bool:
        """Add the facts of a request that comes to no write, in one of the ways."""
        match way:
            case "cancelled":
                return self._cancelled(scene)
            case "absent":
                return self._absent(scene)
            case "guard":
                return self._guarded(scene)
            case "belief":
                return self._wrong(scene) if scene.chance(0.5) else self._wrong_elsewhere(scene)
            case "stranger":
                return self._stranger(scene)
            case "dear":
                return self.write(scene, within=False)
            case _:
                raise NotImplementedError(way)

    def _cancelled(self, scene: Scene) -> bool:
        targets = [each for each in scene.reservations if each.status == "cancelled"]
        if not targets:
            return False
        target = scene.choose(targets)
        scene.tells_status = False  # it would say that the request cannot be met
        return self.plain_details(scene, target) and self.finish(scene, target, guarded=False)

    def _absent(self, scene: Scene) -> bool:
        """Mean a reservation that there is not; all of them have to be read to see that."""
        if scene.new(scene.user.reservations) != scene.room:
            return False
        choice = ReservationChoice(where=nothing_that_fits(scene).where)
        if scene.chance(0.5):
            choice = choice.model_copy(update={"by": "departure", "extreme": "lowest"})
        if not self.plain_details(scene, scene.reservations[0]):
            return False
        scene.add("reservation", plain(choice))
        scene.mark("empty_set")
        return True

    def _guarded(self, scene: Scene) -> bool:
        """Make it depend on what does not hold; then the reservation does not matter."""
        targets = self.targets(scene)
        condition = guard(scene, scene.room, False) if targets else None
        if condition is None:
            return False
        target = scene.choose(targets)
        if not self.plain_details(scene, target):
            return False
        scene.add("condition", condition)
        scene.add("reservation", plain(ReservationById(id=target.reservation_id)))
        return True

    def _wrong(self, scene: Scene) -> bool:
        """Make it depend on what the user gets wrong about the reservation."""
        targets = self.targets(scene)
        target = scene.choose(targets) if targets else None
        if target is None or scene.room > 1 or not self.plain_details(scene, target):
            return False
        return self.finish(scene, target, guarded=False) and self._believe(scene, target, False)

    def _wrong_elsewhere(self, scene: Scene) -> bool:
        """Make it depend on what the user gets wrong about another reservation."""
        targets = self.targets(scene)
        target = scene.choose(targets) if targets else None
        others = [each for each in scene.reservations if each is not target]
        if target is None or not others or not self.plain_details(scene, target):
            return False
        other = scene.choose(others)
        belief = belief_elsewhere(scene, other, False, name_reservation(scene, other, scene.room))
        if belief is None:
            return False
        scene.add("condition", belief)
        scene.add("reservation", plain(ReservationById(id=target.reservation_id)))
        return True

    def _stranger(self, scene: Scene) -> bool:
        """Name a reservation of somebody else."""
        if scene.room != 1:
            return False
        other = scene.db.reservations[scene.choose(list(scene.db.reservations))]
        own = other.user_id == scene.profile
        if own or split_at(other.user_id) != scene.brief.style.split:
            return False
        if not other.flights or not self.plain_details(scene, other):
            return False
        scene.add("reservation", plain(ReservationById(id=other.reservation_id)))
        return True

    @abstractmethod
    def plain_details(self, scene: Scene, reservation: Reservation) -> bool:
        """Add facts besides the reservation that take no reads; for requests that are refused."""

    def solve(self, caller: str, facts: Mapping[str, JSON]) -> Plan:
        """Look at the condition, find what is meant and act on it as far as the rules allow."""
        found = yield from self.begin(caller, facts)
        if isinstance(found, Breach):
            return refuse(found)
        return (yield from self.act(caller, found, facts))

    def begin(self, caller: str, facts: Mapping[str, JSON]) -> Reads[Reservation | Breach]:
        """Find the reservation that is meant, unless something forbids to act on it at all."""
        breach = self.at_once(facts) or (yield from check_guard(caller, facts))
        if breach:
            return breach
        found = yield from find_reservations(caller, facts["reservation"])
        if isinstance(found, Breach):
            return found
        breach = other_user(found[0], caller) or check_belief(facts, found[0])
        return breach or self.closed(found[0], facts) or found[0]

    def at_once(self, facts: Mapping[str, JSON]) -> Breach | None:
        """Return what forbids the request whatever the records say."""
        return None

    def closed(self, reservation: Reservation, facts: Mapping[str, JSON]) -> Breach | None:
        """Return the breach if a reservation is cancelled already."""
        return already_cancelled(reservation)

    @abstractmethod
    def act(
        self, caller: str, reservation: Reservation, facts: Mapping[str, JSON]
    ) -> Reads[Outcome]:
        """Find the rest and return the outcome."""
