"""Intents that cancel reservations, and those that are made up for with a certificate."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from writ_gym.database import JSON
from writ_gym.domains.airline.drafting.fares import price_of
from writ_gym.domains.airline.drafting.parts import some_card
from writ_gym.domains.airline.drafting.reservations import every_reservation
from writ_gym.domains.airline.drafting.scene import Scene, status_key
from writ_gym.domains.airline.drafting.trips import changed_trip, cheapest, room_for_trip
from writ_gym.domains.airline.intents.base import ReservationIntent
from writ_gym.domains.airline.intents.changes import Rebooking
from writ_gym.domains.airline.intents.outcomes import money, source_of
from writ_gym.domains.airline.intents.reading import (
    attribute,
    check_guard,
    find_reservations,
    read_status,
)
from writ_gym.domains.airline.rules import (
    already_cancelled,
    cancellable_by_record,
    not_cancellable,
    other_user,
    was_flown,
)
from writ_gym.domains.airline.schema import TODAY, AirlineDB, Reservation, ReservationFlight
from writ_gym.domains.airline.wishes import RESERVATION, EveryReservation, plain
from writ_gym.errors import UnsolvableError
from writ_gym.meaning.breaches import Breach
from writ_gym.meaning.queries import parse
from writ_gym.meaning.solving import ASK_YES, Outcome, Plan, Reads, Write, hand_over, refuse
from writ_gym.phrasing.grammar import joined

REASONS = ("change of plans", "airline cancelled", "health", "weather", "other")
MOST_AT_ONCE = 4
"""Reservations that one request cancels at most."""
AT_ONCE = 0.25
"""Chance that a request is about several at once, where the burden allows it."""

Verdict = Literal["flown", "cancellable", "not_cancellable"]


def judge(reservation: Reservation, reason: str) -> Reads[Verdict]:
    """Find out whether a reservation may be cancelled."""
    for flight in reservation.flights:
        if flight.date <= TODAY and was_flown(flight.date, (yield from status_of(flight))):
            return "flown"
    if cancellable_by_record(reservation, reason):
        return "cancellable"
    for flight in reservation.flights:
        if (yield from status_of(flight)) == "cancelled":
            return "cancellable"
    return "not_cancellable"


def status_of(flight: ReservationFlight) -> Reads[str]:
    """Read the status of a flight of a reservation."""
    return (yield from read_status(flight.flight_number, flight.date))


def cancellation(reservation: Reservation, facts: Mapping[str, JSON]) -> Write:
    """Return the write that cancels a reservation."""
    return Write(
        "cancel_reservation",
        {"reservation_id": reservation.reservation_id},
        {"reservation_id": source_of(facts["reservation"])},
    )


def flown_over(reservation: Reservation) -> Outcome:
    """Return the outcome where a reservation that was begun is to be cancelled."""
    return hand_over(
        "flown",
        f"The user wants to cancel reservation {reservation.reservation_id}, "
        "of which a flight was flown already.",
    )


def evidence(scene: Scene, reservation: Reservation, reason: str) -> list[str] | None:
    """Return the reads that show that a reservation may be cancelled, None if it may not."""
    keys = list(scene.past(reservation.flights))
    if cancellable_by_record(reservation, reason):
        return keys
    lost = [each for each in reservation.flights if scene.status(each) == "cancelled"]
    return [*keys, status_key(lost[0])] if lost else None


def reasons(scene: Scene, reservation: Reservation) -> dict[str, list[str]]:
    """Return the reasons for which a reservation may be cancelled, and the read that shows it."""
    found = {each: evidence(scene, reservation, each) for each in REASONS}
    return {each: keys for each, keys in found.items() if keys is not None and len(keys) <= 1}


def has_begun(db: AirlineDB, caller: str) -> bool:
    """Say whether a user has a reservation that cannot be cancelled, as one flight was flown."""
    return any(
        each.status != "cancelled"
        and sum(
            was_flown(flight.date, db.flights[flight.flight_number].dates[flight.date].status)
            for flight in each.flights
        )
        == 1
        and any(cancellable_by_record(each, reason) for reason in REASONS)
        for each in (db.reservations[key] for key in db.users[caller].reservations)
    )


class Cancel(ReservationIntent):
    """Cancel a reservation, or each that keeps a condition."""

    name = "cancel"
    tool = "cancel_reservation"
    most: ClassVar[int] = 2
    refused: ClassVar[tuple[str, ...]] = ("not_cancellable",) * 4 + ("flown",) * 2
    handed_over: ClassVar[tuple[str, ...]] = ("flown",)

    def write(self, scene: Scene, within: bool = True) -> bool:
        """Cancel one reservation, or several."""
        if scene.chance(AT_ONCE):
            return self._several(scene)
        return super().write(scene, within)

    def _several(self, scene: Scene) -> bool:
        reason = scene.choose(REASONS)
        able = [each for each in scene.active() if evidence(scene, each, reason) is not None]
        most = min(len(able), MOST_AT_ONCE, scene.brief.writes)
        if most < 2:
            return False
        meant = scene.some(able, 2 + int(scene.rng.random() * (most - 1)))
        every = every_reservation(scene, meant)
        heaviest = max(1 + len(evidence(scene, each, reason) or ()) for each in meant)
        # The last one takes those that are not meant, too.
        heaviest = max(heaviest, 1 + scene.new(scene.user.reservations) - len(meant))
        if every is None or not scene.least <= heaviest <= scene.room:
            return False
        scene.add("reservation", plain(every))
        scene.add("reason", reason)
        scene.mark("threshold", "eligibility")
        return True

    def suits(self, scene: Scene, reservation: Reservation) -> bool:
        """Say whether a reservation may be cancelled for any reason."""
        return bool(reasons(scene, reservation))

    def details(self, scene: Scene, reservation: Reservation) -> int | None:
        """Add a reason for which it may be cancelled."""
        keys = reasons(scene, reservation)
        if not keys:
            return None
        scene.tells_status = False  # the cabin or the insurance would say that it is allowed
        scene.mark("eligibility")
        reason = scene.choose(list(keys))
        scene.read(keys[reason])
        scene.add("reason", reason)
        return 0

    def aim(self, scene: Scene, reservation: Reservation, arguments: Mapping[str, JSON]) -> bool:
        """Add a reason."""
        return self.details(scene, reservation) is not None

    def plain_details(self, scene: Scene, reservation: Reservation) -> bool:
        """Add any reason."""
        scene.add("reason", scene.choose(REASONS))
        return True

    def refusal(self, scene: Scene, way: str) -> bool:
        """Cancel what may not be cancelled, or what was flown."""
        if way not in self.refused:
            return super().refusal(scene, way)
        scene.tells_status = False
        if way == "flown":
            return self._flown(scene)
        targets = [
            (each, reason)
            for each in scene.active()
            for reason in REASONS
            if evidence(scene, each, reason) is None
        ]
        if not targets:
            return False
        target, reason = scene.choose(targets)
        scene.mark("eligibility")
        scene.read(status_key(each) for each in target.flights)
        scene.add("reason", reason)
        return self.finish(scene, target, guarded=False)

    def _flown(self, scene: Scene) -> bool:
        """Cancel what could be cancelled, had it not been flown."""
        targets = [
            (each, reason)
            for each in scene.reservations
            for reason in REASONS
            if each.status != "cancelled"
            and len(scene.flown(each)) == 1
            and cancellable_by_record(each, reason)
        ]
        if not targets:
            return False
        target, reason = scene.choose(targets)
        scene.read([status_key(scene.flown(target)[0])])
        scene.add("reason", reason)
        return self.finish(scene, target, guarded=False)

    def solve(self, caller: str, facts: Mapping[str, JSON]) -> Plan:
        """Cancel the reservation that is meant, or each of them that may be cancelled."""
        if isinstance(parse(RESERVATION, facts["reservation"]), EveryReservation):
            return (yield from self._solve_every(caller, facts))
        return (yield from super().solve(caller, facts))

    def _solve_every(self, caller: str, facts: Mapping[str, JSON]) -> Plan:
        breach = yield from check_guard(caller, facts)
        if breach:
            return refuse(breach)
        found = yield from find_reservations(caller, facts["reservation"])
        if isinstance(found, Breach):
            return refuse(found)
        able, reasons = [], []
        for each in found:
            breach = other_user(each, caller) or already_cancelled(each)
            verdict = None if breach else (yield from judge(each, facts["reason"]))
            if verdict == "flown":
                raise UnsolvableError(f"A flight of {each.reservation_id} was flown.")
            if verdict == "cancellable":
                able.append(each)
            reasons.append(breach or not_cancellable(each))
        if not able:
            return refuse(reasons[0])
        return self._cancel(able, facts)

    def act(
        self, caller: str, reservation: Reservation, facts: Mapping[str, JSON]
    ) -> Reads[Outcome]:
        """Cancel the reservation if it may be cancelled."""
        verdict = yield from judge(reservation, facts["reason"])
        if verdict == "flown":
            return flown_over(reservation)
        if verdict == "not_cancellable":
            return refuse(not_cancellable(reservation))
        return self._cancel([reservation], facts)

    def _cancel(self, meant: list[Reservation], facts: Mapping[str, JSON]) -> Outcome:
        parts = [
            f"reservation {each.reservation_id} from {each.origin} to {each.destination} and "
            f"refund {money(attribute(each, 'total'))}"
            for each in meant
        ]
        ids = joined([each.reservation_id for each in meant])
        return Outcome(
            statement=f"I can cancel {joined(parts)} to the original payment methods, within 5 to "
            f"7 business days. The reason that I note is: {facts['reason']}. {ASK_YES}",
            writes=tuple(cancellation(each, facts) for each in meant),
            report=f"I have cancelled {ids}. The refund is on its way.",
        )


class CancelOrChange(Rebooking):
    """Cancel a reservation if that is possible, or else change its flights."""

    name = "cancel_or_change"
    tool = ""
    tools: ClassVar[tuple[str, ...]] = ("cancel_reservation", "update_reservation_flights")
    least: ClassVar[int] = 1
    most: ClassVar[int] = 16
    guarded: ClassVar[bool] = False
    priced: ClassVar[bool] = False
    refused: ClassVar[tuple[str, ...]] = ("basic", "basic")
    refused_least: ClassVar[int] = 1

    def suits(self, scene: Scene, reservation: Reservation) -> bool:
        """Say whether a reservation may be changed, or cancelled for any reason."""
        return reservation.cabin != "basic_economy" or bool(reasons(scene, reservation))

    def details(self, scene: Scene, reservation: Reservation) -> int | None:
        """Add a reason for which it may be cancelled, or one for which it has to be changed."""
        reason = scene.choose(REASONS)
        scene.tells_status = False  # the cabin or the insurance would say which of the two it is
        scene.mark("fallback", "eligibility")
        scene.add("reason", reason)
        keys = evidence(scene, reservation, reason)
        if keys is not None:
            if len(keys) > 1:
                return None
            scene.read(keys)
            scene.add("trip", plain(cheapest(scene, reservation)))
            scene.add("payment", plain(some_card(scene)))
            return 0
        if reservation.cabin == "basic_economy":
            return None
        scene.read(status_key(each) for each in reservation.flights)
        planned = changed_trip(scene, reservation, room_for_trip(scene, reservation))
        if planned is None or not scene.fits(planned.piece):
            return None
        scene.add("trip", planned.piece)
        return self.pay(scene, reservation, price_of(reservation, planned))

    def plain_details(
        self, scene: Scene, reservation: Reservation, payment: JSON | None = None
    ) -> bool:
        """Add any reason, the cheapest flights of another day, and a card."""
        scene.add("reason", scene.choose(REASONS))
        scene.add("trip", plain(cheapest(scene, reservation)))
        scene.add("payment", payment or plain(some_card(scene)))
        return True

    def refusal(self, scene: Scene, way: str) -> bool:
        """Name a reservation that can be neither cancelled nor changed."""
        if way != "basic":
            return super().refusal(scene, way)
        targets = [
            (each, reason)
            for each in scene.active()
            for reason in REASONS
            if each.cabin == "basic_economy" and evidence(scene, each, reason) is None
        ]
        if not targets:
            return False
        target, reason = scene.choose(targets)
        scene.tells_status = False
        scene.read(status_key(each) for each in target.flights)
        scene.add("reason", reason)
        scene.add("trip", plain(cheapest(scene, target)))
        scene.add("payment", plain(some_card(scene)))
        return self.finish(scene, target, guarded=False)

    def act(
        self, caller: str, reservation: Reservation, facts: Mapping[str, JSON]
    ) -> Reads[Outcome]:
        """Cancel it, or change it."""
        verdict = yield from judge(reservation, facts["reason"])
        if verdict == "flown":
            return flown_over(reservation)
        if verdict == "not_cancellable":
            return (yield from super().act(caller, reservation, facts))
        return Outcome(
            statement=f"I can cancel reservation {reservation.reservation_id} and refund "
            f"{money(attribute(reservation, 'total'))} to the original payment methods. {ASK_YES}",
            writes=(cancellation(reservation, facts),),
            report=f"Reservation {reservation.reservation_id} has been cancelled.",
        )
