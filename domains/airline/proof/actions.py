"""What each intent that may write comes to, and what forbids it, in the order of the rules."""

from collections.abc import Sequence
from typing import Literal

from pydantic import TypeAdapter

from writ_gym.database import JSON
from writ_gym.domains.airline.proof.flights import compared, fitting
from writ_gym.domains.airline.proof.payments import pay_booking, pay_update, refuse_certificate
from writ_gym.domains.airline.proof.people import (
    bags,
    free_bags,
    other_number,
    passengers,
    travellers,
)
from writ_gym.domains.airline.proof.references import Case, reservation_attribute
from writ_gym.domains.airline.proof.trips import Changed, book, change, change_cabin, check_flown
from writ_gym.domains.airline.schema import (
    BAG_PRICE,
    INSURANCE_PRICE,
    MOST_PASSENGERS,
    Passenger,
    Reservation,
)
from writ_gym.domains.airline.wishes import (
    BAGS,
    CABIN,
    CONDITION,
    NEW_PASSENGERS,
    PASSENGERS,
    RESERVATION,
    SINGLE,
    SPLIT,
    TRIP,
    Belief,
    EveryReservation,
    Fares,
    Guard,
    Limit,
    Travellers,
)
from writ_gym.meaning.brute_force import (
    ForbiddenError,
    HandedOverError,
    Values,
    as_text,
    keeps,
    parsed,
    unclear,
)
from writ_gym.meaning.proofs import Meaning
from writ_gym.tasks import Call

INSURANCE: TypeAdapter[Literal["yes", "no"]] = TypeAdapter(Literal["yes", "no"])

# What several intents look at


def one_reservation(case: Case, values: Values, may_be_cancelled: bool = False) -> Reservation:
    """Return the one reservation that the request is about."""
    reference = parsed(RESERVATION, values["reservation"])
    if isinstance(reference, EveryReservation):
        unclear("One reservation has to be meant.")
    reservation = case.meant(reference)
    if reservation.status == "cancelled" and not may_be_cancelled:
        raise ForbiddenError("already_cancelled", "cancelled")
    return reservation


def condition_of(case: Case, values: Values, priced: bool = True) -> Limit | None:
    """Return the limit of the price, if there is one; a guard has to hold."""
    if "condition" not in values:
        return None
    condition = parsed(CONDITION, values["condition"])
    if isinstance(condition, Guard | Fares):
        figure = _figure(case, condition)
        holds = figure > condition.value if condition.test == "over" else figure < condition.value
        if not holds:
            raise ForbiddenError("condition_not_met", as_text(figure))
        return None
    if isinstance(condition, Belief):
        _check_belief(case, condition, values)
        return None
    if not priced:
        unclear("What has no price is not limited by it.")
    return condition


def _figure(case: Case, condition: Guard | Fares) -> float:
    """Return what a condition compares: a figure over reservations, or the lowest fare."""
    if isinstance(condition, Guard):
        return case.figure(condition)
    found = fitting(case, compared(condition), condition.cabin)
    fares = [legs.fare(condition.cabin) for legs in found]
    return float(min(fares)) if fares else unclear("There is no flight to compare fares of.")


def _check_belief(case: Case, belief: Belief, values: Values) -> None:
    """Look whether a reservation is as the user takes it to be."""
    if belief.of is not None:
        reservation = case.referred(belief.of, "claim")
    else:
        reference = parsed(RESERVATION, values.get("reservation"))
        if isinstance(reference, EveryReservation):
            unclear("What is believed is about one reservation.")
        reservation = case.meant(reference)
    if belief.believed.attribute not in BELIEVED:
        unclear("Nobody believes anything about that.")
    actual = reservation_attribute(reservation, belief.believed.attribute)
    if keeps(actual, belief.believed):
        return
    match belief.believed.attribute:
        case "insurance":
            told = "insurance"
        case "cabin":
            told = str(actual).replace("_", " ")
        case _:
            told = as_text(float(str(actual)))
    raise ForbiddenError("condition_not_met", told)


BELIEVED = ("cabin", "insurance", "total", "passengers", "bags")
"""What of a reservation a user can take to be so."""


def _update_flights(reservation: Reservation, changed: Changed, method_id: str) -> Call:
    arguments = {
        "reservation_id": reservation.reservation_id,
        "cabin": changed.cabin,
        "flights": as_flights(changed.flights),
        "payment_id": method_id,
    }
    return Call("update_reservation_flights", arguments)


def as_flights(names: Sequence[tuple[str, str]]) -> list[dict[str, JSON]]:
    """Return flights as the argument of a tool, in canonical form."""
    return [{"date": day, "flight_number": number} for number, day in names]


def _as_passengers(people: Sequence[Passenger]) -> list[dict[str, JSON]]:
    """Return people as the argument of a tool, in canonical form."""
    return [
        {"dob": each.dob, "first_name": each.first_name, "last_name": each.last_name}
        for each in people
    ]


# Intents


def book_trip(case: Case, values: Values) -> Meaning:
    """Book a trip."""
    people_meant = parsed(PASSENGERS, values["passengers"])
    if isinstance(people_meant, Travellers) and len(people_meant.people) > MOST_PASSENGERS:
        raise ForbiddenError("too_many_passengers", len(people_meant.people))
    limit = condition_of(case, values)
    people = travellers(case, people_meant)
    cabins = parsed(CABIN, values["cabin"])
    booked = book(case, parsed(TRIP, values["trip"]), cabins, len(people))
    insurance = parsed(INSURANCE, values["insurance"])
    free = free_bags(case, booked.cabin, len(people))
    total_bags = bags(case, parsed(BAGS, values["bags"]), free, len(people), None)
    nonfree = max(0, total_bags - free)
    each = booked.fares + (INSURANCE_PRICE if insurance == "yes" else 0)
    price = each * len(people) + BAG_PRICE * nonfree
    payments = pay_booking(case, parsed(SPLIT, values["payment"]), price, limit)
    arguments = {
        "user_id": case.user.user_id,
        "origin": booked.there.first.flight.origin,
        "destination": booked.there.last.flight.destination,
        "flight_type": "round_trip" if booked.back else "one_way",
        "cabin": booked.cabin,
        "flights": as_flights([*booked.there.names, *(booked.back.names if booked.back else ())]),
        "passengers": _as_passengers(people),
        "payment_methods": payments,
        "total_baggages": total_bags,
        "nonfree_baggages": nonfree,
        "insurance": insurance,
    }
    return Meaning((Call("book_reservation", arguments),))


def change_flights(case: Case, values: Values) -> Meaning:
    """Change the flights of a reservation, and perhaps its cabin."""
    refuse_certificate(parsed(SINGLE, values["payment"]))
    limit = condition_of(case, values)
    reservation = one_reservation(case, values)
    return Meaning((changed_flights(case, values, reservation, limit),))


def changed_flights(
    case: Case, values: Values, reservation: Reservation, limit: Limit | None = None
) -> Call:
    """Return the change of flights, by the rules from ``basic_economy`` on."""
    trip = parsed(TRIP, values["trip"])
    wish = parsed(CABIN, values["cabin"]) if "cabin" in values else None
    if reservation.cabin == "basic_economy":
        raise ForbiddenError("basic_economy", "basic economy")
    check_flown(case, reservation, trip, wish.cabins if wish else ())
    changed = change(case, reservation, trip, wish)
    single = parsed(SINGLE, values["payment"])
    method_id = pay_update(case, single, reservation, changed.price, limit)
    return _update_flights(reservation, changed, method_id)


def change_cabin_only(case: Case, values: Values) -> Meaning:
    """Change the cabin of a reservation."""
    single = parsed(SINGLE, values["payment"])
    refuse_certificate(single)
    limit = condition_of(case, values)
    reservation = one_reservation(case, values)
    wish = parsed(CABIN, values["cabin"])
    check_flown(case, reservation, None, wish.cabins)
    changed = change_cabin(case, reservation, wish)
    method_id = pay_update(case, single, reservation, changed.price, limit)
    return Meaning((_update_flights(reservation, changed, method_id),))


def add_bags(case: Case, values: Values) -> Meaning:
    """Check more bags in."""
    single = parsed(SINGLE, values["payment"])
    refuse_certificate(single)
    limit = condition_of(case, values)
    reservation = one_reservation(case, values)
    people, now = len(reservation.passengers), reservation.total_baggages
    free = free_bags(case, reservation.cabin, people)
    total = bags(case, parsed(BAGS, values["bags"]), free, people, reservation)
    if total < now:
        raise ForbiddenError("bags_removed", now)
    if total == now:
        raise ForbiddenError("nothing_to_change", "already")
    nonfree = max(0, total - free)
    price = BAG_PRICE * max(0, nonfree - reservation.nonfree_baggages)
    arguments = {
        "reservation_id": reservation.reservation_id,
        "total_baggages": total,
        "nonfree_baggages": nonfree,
        "payment_id": pay_update(case, single, reservation, price, limit),
    }
    return Meaning((Call("update_reservation_baggages", arguments),))


def change_passengers(case: Case, values: Values) -> Meaning:
    """Change who flies."""
    wish = other_number(parsed(NEW_PASSENGERS, values["passengers"]))
    condition_of(case, values, priced=False)
    reservation = one_reservation(case, values)
    people = passengers(case, wish, reservation)
    arguments = {
        "reservation_id": reservation.reservation_id,
        "passengers": _as_passengers(people),
    }
    return Meaning((Call("update_reservation_passengers", arguments),))


def add_insurance(case: Case, values: Values) -> Meaning:
    """Refuse to add travel insurance."""
    raise ForbiddenError("insurance_after_booking", "insurance")


def outside(case: Case, values: Values) -> Meaning:
    """Hand over to a human."""
    raise HandedOverError("outside")
