"""The intent about certificates for flights that were cancelled, or were late and given up."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np

from writ_gym.database import JSON
from writ_gym.domain import Brief
from writ_gym.domains.airline.drafting.fares import price_of
from writ_gym.domains.airline.drafting.parts import payable, single
from writ_gym.domains.airline.drafting.scene import Scene, status_key
from writ_gym.domains.airline.drafting.trips import changed_trip, room_for_trip
from writ_gym.domains.airline.intents.base import ReservationIntent
from writ_gym.domains.airline.intents.cancelling import (
    REASONS,
    CancelOrChange,
    cancellation,
    evidence,
    flown_over,
    judge,
    status_of,
)
from writ_gym.domains.airline.intents.changes import find_change
from writ_gym.domains.airline.intents.outcomes import certificate_named, money
from writ_gym.domains.airline.intents.reading import read_user
from writ_gym.domains.airline.rules import (
    already_cancelled,
    compensation_for,
    not_cancellable,
    not_eligible,
    not_verified,
    only_after_change,
)
from writ_gym.domains.airline.schema import AirlineDB, Reservation, ReservationFlight
from writ_gym.domains.airline.wishes import CLAIM, Claim, ReservationById, plain
from writ_gym.errors import UnsolvableError
from writ_gym.meaning.breaches import Breach
from writ_gym.meaning.queries import parse
from writ_gym.meaning.solving import ASK_YES, Outcome, Reads, Write, refuse
from writ_gym.tasks import Call, Request


class Compensation(ReservationIntent):
    """A certificate for a flight that was cancelled, or one that is late and was given up."""

    name = "compensation"
    tool = "send_certificate"
    tools: ClassVar[tuple[str, ...]] = CancelOrChange.tools
    least: ClassVar[int] = 2
    most: ClassVar[int] = 2
    guarded: ClassVar[bool] = False
    refused: ClassVar[tuple[str, ...]] = (
        "not_eligible", "not_eligible", "untrue", "untrue", "untrue", "on_time", "delay", "delay",
    )  # fmt: skip
    refused_least: ClassVar[int] = 0

    def targets(self, scene: Scene) -> list[Reservation]:
        """Return the reservations with something to make up for."""
        if not scene.is_open_to([self.tool], user_id=scene.profile):
            return []
        able = [r for r in scene.reservations if not not_eligible(scene.user.membership, r)]
        lost = [each for each in able if struck(scene, each, "cancelled")]
        late = [each for each in super().targets(scene) if each in able]
        late = [each for each in late if struck(scene, each, "delayed")]
        return [*lost, *late]

    def details(self, scene: Scene, reservation: Reservation) -> int | None:
        """Add what has become of a flight, and for a delay what is to become of the rest."""
        late = (
            struck(scene, reservation, "delayed") if reservation in super().targets(scene) else []
        )
        flight = scene.choose([*struck(scene, reservation, "cancelled"), *late])
        if flight in late and not self._deed(scene, reservation):
            return None
        return self._claim(scene, reservation, flight)

    def _claim(self, scene: Scene, reservation: Reservation, flight: ReservationFlight) -> int:
        """Add what has become of a flight, which the user names or not; it costs nothing."""
        what = scene.status(flight)
        scene.read([status_key(flight)])
        numbers = [each.flight_number for each in reservation.flights]
        names_it = numbers.count(flight.flight_number) == 1 and scene.chance(0.6)
        claim = {"what": what} | ({"flight": flight.flight_number} if names_it else {})
        scene.add("claim", plain(Claim.model_validate(claim)))
        return 0

    def _deed(self, scene: Scene, reservation: Reservation) -> bool:
        """Add that the reservation is to be cancelled, or changed."""
        reasons = [each for each in REASONS if evidence(scene, reservation, each) is not None]
        if reasons and scene.chance(0.6):
            reason = scene.choose(reasons)
            scene.read(evidence(scene, reservation, reason) or ())
            scene.add("reason", reason)
            return True
        if reservation.cabin == "basic_economy":
            return False
        planned = changed_trip(scene, reservation, room_for_trip(scene, reservation))
        if planned is None or not scene.fits(planned.piece):
            return False
        scene.add("trip", planned.piece)
        price = price_of(reservation, planned)
        able = payable(scene, price)
        kept = scene.new({reservation.reservation_id})
        piece = single(scene, reservation, scene.choose(able), price, kept) if able else None
        if piece is None:
            return False
        scene.add("payment", piece)
        return True

    def twin(
        self, db: AirlineDB, brief: Brief, write: Call, rng: np.random.Generator
    ) -> Request | None:
        """Return a request for a certificate over the same amount, or None."""
        if write.name != self.tool:
            return None
        scene = Scene(db, brief, rng)
        targets = [
            each
            for each in self.targets(scene)
            if struck(scene, each, "cancelled")
            and write.arguments["amount"] == compensation_for("cancelled", len(each.passengers))
        ]
        if not targets:
            return None
        target = scene.choose(targets)
        self._claim(scene, target, scene.choose(struck(scene, target, "cancelled")))
        return scene.request(self.name) if self.fill(scene, target) else None

    def plain_details(self, scene: Scene, reservation: Reservation) -> bool:
        """Claim that a flight was cancelled."""
        scene.add("claim", plain(Claim(what="cancelled")))
        return True

    def refusal(self, scene: Scene, way: str) -> bool:
        """Claim what is not true, or what gives no right to anything."""
        match way:
            case "cancelled":  # it gives a certificate all the same
                return False
            case "not_eligible":
                return self._not_eligible(scene)
            case "untrue":
                return self._untrue(scene)
            case "on_time":
                return self._on_time(scene)
            case "delay":
                return self._delay(scene)
            case _:
                return super().refusal(scene, way)

    def _not_eligible(self, scene: Scene) -> bool:
        """Ask for a flight that was cancelled, without having a right to it."""
        targets = [
            (each, flight)
            for each in scene.active()
            if not_eligible(scene.user.membership, each)
            for flight in each.flights
            if scene.status(flight) == "cancelled"
        ]
        if not targets:
            return False
        target, flight = scene.choose(targets)
        scene.tells_status = False
        numbers = [each.flight_number for each in target.flights]
        if numbers.count(flight.flight_number) > 1:
            return False
        scene.add("claim", plain(Claim(what="cancelled", flight=flight.flight_number)))
        return self.finish(scene, target, guarded=False)

    def _untrue(self, scene: Scene) -> bool:
        """Claim that a flight was cancelled that was not."""
        targets = [
            each
            for each in scene.active()
            if not not_eligible(scene.user.membership, each)
            and all(scene.status(flight) != "cancelled" for flight in each.flights)
        ]
        if not targets:
            return False
        target = scene.choose(targets)
        numbers = [each.flight_number for each in target.flights]
        flight = scene.choose(target.flights)
        other_days = scene.db.flights[flight.flight_number].dates.values()
        could_be = any(status.status == "cancelled" for status in other_days)
        if numbers.count(flight.flight_number) == 1 and could_be and scene.chance(0.5):
            scene.read([status_key(flight)])
            claim = Claim(what="cancelled", flight=flight.flight_number)
        else:
            scene.read(status_key(each) for each in target.flights)
            claim = Claim(what="cancelled")
        scene.add("claim", plain(claim))
        return self.finish(scene, target, guarded=False)

    def _on_time(self, scene: Scene) -> bool:
        """Give up what may be cancelled by its record, for a delay that there is not."""
        targets = [
            (each, reason)
            for each in super().targets(scene)
            for reason in REASONS
            if not not_eligible(scene.user.membership, each)
            and not struck(scene, each, "delayed")
            and not evidence(scene, each, reason)
            and evidence(scene, each, reason) is not None
        ]
        if not targets:
            return False
        target, reason = scene.choose(targets)
        scene.read(status_key(each) for each in target.flights)
        scene.add("claim", plain(Claim(what="delayed")))
        scene.add("reason", reason)
        return self.finish(scene, target, guarded=False)

    def _delay(self, scene: Scene) -> bool:
        """Ask for something for a delay without giving the flight up."""
        if scene.room or not scene.reservations:
            return False
        scene.add("claim", plain(Claim(what="delayed")))
        target = scene.choose(scene.reservations)
        scene.add("reservation", plain(ReservationById(id=target.reservation_id)))
        return True

    def at_once(self, facts: Mapping[str, JSON]) -> Breach | None:
        """Refuse to make up for a delay alone, and to take a certificate for a change."""
        if "trip" in facts and (breach := certificate_named(facts)):
            return breach
        claim = parse(CLAIM, facts["claim"])
        given_up = "reason" in facts or "trip" in facts
        return only_after_change() if claim.what == "delayed" and not given_up else None

    def closed(self, reservation: Reservation, facts: Mapping[str, JSON]) -> Breach | None:
        """Return the breach if what is to be cancelled or changed is cancelled already."""
        given_up = "reason" in facts or "trip" in facts
        return already_cancelled(reservation) if given_up else None

    def act(
        self, caller: str, reservation: Reservation, facts: Mapping[str, JSON]
    ) -> Reads[Outcome]:
        """Verify what is claimed, do what is asked for, and send the certificate."""
        claim = parse(CLAIM, facts["claim"])
        membership = (yield from read_user(caller)).membership
        breach = not_eligible(membership, reservation)
        breach = breach or (yield from _verify(reservation, claim))
        if breach:
            return refuse(breach)
        amount = compensation_for(claim.what, len(reservation.passengers))
        certificate = Write(
            self.tool, {"user_id": caller, "amount": amount}, {"user_id": "read", "amount": "rule"}
        )
        deed, writes = "", [certificate]
        if "reason" in facts and "trip" in facts:
            raise UnsolvableError("The user wants to cancel and to change the same reservation.")
        if "reason" in facts:
            verdict = yield from judge(reservation, facts["reason"])
            if verdict == "flown":
                return flown_over(reservation)
            if verdict == "not_cancellable":
                return refuse(not_cancellable(reservation))
            deed = f"cancel reservation {reservation.reservation_id}, and then "
            writes.insert(0, cancellation(reservation, facts))
        elif "trip" in facts:
            change = yield from find_change(caller, reservation, facts)
            if isinstance(change, Breach):
                return refuse(change)
            deed = f"change {change.words(reservation)}, and then "
            writes.insert(0, change.write(reservation, facts))
        return Outcome(
            statement=f"As a flight of reservation {reservation.reservation_id} was {claim.what}, "
            f"I can {deed}send you a travel certificate worth {money(amount)}. {ASK_YES}",
            writes=tuple(writes),
            report=f"A travel certificate worth {money(amount)} has been sent to you.",
        )


def struck(scene: Scene, reservation: Reservation, what: str) -> list[ReservationFlight]:
    """Return the flights of a reservation to which something happened."""
    return [each for each in reservation.flights if scene.status(each) == what]


def _verify(reservation: Reservation, claim: Claim) -> Reads[Breach | None]:
    """Return the breach if what the user says of a flight is not so."""
    flights: Sequence[ReservationFlight] = reservation.flights
    if claim.flight is not None:
        flights = [each for each in flights if each.flight_number == claim.flight]
        if len(flights) != 1:
            raise UnsolvableError(f"{reservation.reservation_id} has no single {claim.flight}.")
    status = ""
    for flight in flights:
        status = yield from status_of(flight)
        if status == claim.what:
            return None
    return not_verified(claim.what, status if claim.flight else reservation.reservation_id)
