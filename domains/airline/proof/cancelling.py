"""What it comes to if a reservation is to be cancelled, or is to be made up for."""

from datetime import datetime, timedelta
from typing import Literal

from pydantic import TypeAdapter

from writ_gym.domains.airline.proof.actions import changed_flights, condition_of, one_reservation
from writ_gym.domains.airline.proof.payments import refuse_certificate
from writ_gym.domains.airline.proof.references import Case
from writ_gym.domains.airline.proof.searching import status_of
from writ_gym.domains.airline.proof.trips import was_flown
from writ_gym.domains.airline.schema import NOW, Reservation
from writ_gym.domains.airline.wishes import CLAIM, RESERVATION, SINGLE, Claim, EveryReservation
from writ_gym.meaning.brute_force import (
    ForbiddenError,
    HandedOverError,
    Values,
    parsed,
    unclear,
)
from writ_gym.meaning.proofs import Meaning
from writ_gym.tasks import Call

Reason = Literal["change of plans", "airline cancelled", "health", "weather", "other"]
REASON: TypeAdapter[Reason] = TypeAdapter(Reason)
COVERED = ("health", "weather")
DAY_BEFORE = (datetime.fromisoformat(NOW) - timedelta(hours=24)).isoformat()
"""What was made then or later may be cancelled."""
COMPENSATION = {"cancelled": 100, "delayed": 50}
"""US dollars for each passenger."""


def may_be_cancelled(case: Case, reservation: Reservation, reason: str) -> bool:
    """Say whether one of the four grounds holds."""
    return (
        reservation.created_at >= DAY_BEFORE
        or reservation.cabin == "business"
        or (reservation.insurance == "yes" and reason in COVERED)
        or any(
            status_of(case.db, flight.flight_number, flight.date).status == "cancelled"
            for flight in reservation.flights
        )
    )


def any_flown(case: Case, reservation: Reservation) -> bool:
    """Say whether a flight of a reservation was flown."""
    return any(was_flown(case, flight) for flight in reservation.flights)


def _cancel(reservation: Reservation) -> Call:
    return Call("cancel_reservation", {"reservation_id": reservation.reservation_id})


def cancel(case: Case, values: Values) -> Meaning:
    """Cancel a reservation, or each that is meant and may be cancelled."""
    reason = parsed(REASON, values["reason"])
    condition_of(case, values, priced=False)
    reference = parsed(RESERVATION, values["reservation"])
    if isinstance(reference, EveryReservation):
        return _cancel_every(case, reference, reason)
    reservation = one_reservation(case, values)
    _check_cancellable(case, reservation, reason)
    return Meaning((_cancel(reservation),))


def _check_cancellable(case: Case, reservation: Reservation, reason: str) -> None:
    if any_flown(case, reservation):
        raise HandedOverError("flown")
    if not may_be_cancelled(case, reservation, reason):
        raise ForbiddenError("not_cancellable", reservation.cabin.replace("_", " "))


def _cancel_every(case: Case, reference: EveryReservation, reason: str) -> Meaning:
    found = case.every(reference)
    mine = [each for each in found if each.user_id == case.user.user_id]
    active = [each for each in mine if each.status != "cancelled"]
    if any(any_flown(case, each) for each in active):
        unclear("One of the reservations was flown.")
    allowed = [each for each in active if may_be_cancelled(case, each, reason)]
    if not allowed:
        first = found[0]
        if first.user_id != case.user.user_id:
            raise ForbiddenError("other_user", first.reservation_id)
        if first.status == "cancelled":
            raise ForbiddenError("already_cancelled", "cancelled")
        raise ForbiddenError("not_cancellable", first.cabin.replace("_", " "))
    return Meaning(tuple(map(_cancel, allowed)))


def cancel_or_change(case: Case, values: Values) -> Meaning:
    """Cancel a reservation if that may be, else change its flights."""
    reason = parsed(REASON, values["reason"])
    refuse_certificate(parsed(SINGLE, values["payment"]))
    reservation = one_reservation(case, values)
    if any_flown(case, reservation):
        raise HandedOverError("flown")
    if may_be_cancelled(case, reservation, reason):
        return Meaning((_cancel(reservation),))
    return Meaning((changed_flights(case, values, reservation),))


def compensation(case: Case, values: Values) -> Meaning:
    """Send a certificate for a flight that was cancelled or is late, perhaps after a change."""
    claim = parsed(CLAIM, values["claim"])
    by_itself = not values.keys() & {"reason", "trip"}
    if len(values.keys() & {"reason", "trip"}) > 1 or ("trip" in values) != ("payment" in values):
        unclear("It is either cancelled or changed.")
    if "payment" in values:
        refuse_certificate(parsed(SINGLE, values["payment"]))
    if claim.what == "delayed" and by_itself:
        raise ForbiddenError("only_after_change", "delayed")
    condition_of(case, values, priced=False)
    reservation = one_reservation(case, values, may_be_cancelled=by_itself)
    insured, cabin = reservation.insurance == "yes", reservation.cabin
    if case.user.membership == "regular" and not insured and cabin != "business":
        raise ForbiddenError("not_eligible", "regular")
    _check_claim(case, reservation, claim)
    writes: list[Call] = []
    if "reason" in values:
        _check_cancellable(case, reservation, parsed(REASON, values["reason"]))
        writes.append(_cancel(reservation))
    elif "trip" in values:
        writes.append(changed_flights(case, values, reservation))
    amount = COMPENSATION[claim.what] * len(reservation.passengers)
    arguments = {"user_id": case.user.user_id, "amount": amount}
    return Meaning((*writes, Call("send_certificate", arguments)))


def _check_claim(case: Case, reservation: Reservation, claim: Claim) -> None:
    """Forbid a compensation for what is not so."""
    statuses = [
        status_of(case.db, flight.flight_number, flight.date).status
        for flight in reservation.flights
        if claim.flight in (None, flight.flight_number)
    ]
    if claim.flight is not None and len(statuses) != 1:
        unclear(f"{len(statuses)} flights of the reservation are {claim.flight}.")
    if claim.what not in statuses:
        fact = statuses[0] if claim.flight is not None else reservation.reservation_id
        raise ForbiddenError(f"not_{claim.what}", fact)
