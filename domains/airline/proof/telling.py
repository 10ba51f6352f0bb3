"""What a reservation would be like so that what a request takes from it is another thing."""

from collections.abc import Iterator
from itertools import islice

from writ_gym.domains.airline.proof.axes import SPREAD, Draft
from writ_gym.domains.airline.proof.cancelling import DAY_BEFORE
from writ_gym.domains.airline.proof.drafts import LONG_AGO, RECENT
from writ_gym.domains.airline.proof.flights import Direction, meant
from writ_gym.domains.airline.proof.itineraries import itinerary
from writ_gym.domains.airline.proof.references import Case, first_date, full_name
from writ_gym.domains.airline.proof.searching import days_between, later
from writ_gym.domains.airline.proof.shapes import price_of
from writ_gym.domains.airline.proof.stakes import Stake
from writ_gym.domains.airline.proof.trips import directions, was_flown
from writ_gym.domains.airline.schema import CABINS, LAST_DAY, MOST_PASSENGERS, TODAY, Reservation
from writ_gym.domains.airline.wishes import CABIN, CLAIM, TRIP, Journey, Trip
from writ_gym.meaning.brute_force import Values, parsed
from writ_gym.meaning.proofs import UnclearError
from writ_gym.meaning.queries import Condition

CANCELLING = ("cancel", "cancel_or_change")
FLYING = (*CANCELLING, "change_flights", "change_cabin", "compensation")
"""The intents that what was flown stands against."""
MOST_STRUCK = 3
"""Flights to which something happened that are put into a reservation."""
FLOWN_DAYS = 3
"""For so many days what departed then is under way, or over."""
MANY_BAGS = 200
"""More than hardly anybody can pay for."""
MOST_ROUTES = 60
"""Routes on which flights are looked for that there are not on that of a reservation."""


def flipped(reservation: Reservation) -> Draft:
    """Return a draft with the other status."""
    return {"status": "cancelled" if reservation.status is None else "active"}


def workable(case: Case, intent: str, values: Values, reservation: Reservation) -> Draft:
    """Return what has to change so that the rules allow a request about a reservation."""
    draft: Draft = {}
    if reservation.status is not None:
        draft["status"] = "active"
    if intent in CANCELLING and reservation.created_at < DAY_BEFORE:
        draft["created"] = RECENT
    if intent == "change_flights" and reservation.cabin == "basic_economy":
        draft["cabin"] = "economy"
    if intent == "change_cabin":
        wanted = parsed(CABIN, values["cabin"]).cabins
        if reservation.cabin in wanted:
            draft |= {"cabin": next((c for c in CABINS if c not in wanted), "basic_economy")}
    if intent == "compensation":
        draft |= {"created": RECENT}
        draft |= {"cabin": "business"} if reservation.cabin != "business" else {}
    if intent == "change_flights":
        draft |= _leading_there(case, parsed(TRIP, values["trip"]), reservation)
    if intent in FLYING and _is_flown(case, reservation):
        draft |= _ahead(case, reservation)
    return draft


def with_people(stake: Stake, reservation: Reservation, draft: Draft) -> Draft:
    """Return a draft with which those are among the passengers whom the request names."""
    if not stake.people:
        return draft
    names = list(dict.fromkeys((*stake.people, *draft.get("has", ()))))
    number = draft.get("passengers", len(reservation.passengers))
    # Where they are left out, somebody has to be left.
    least = len(names) + (stake.role == "same_as")
    people: Draft = {"passengers": least} if number < least else {}
    if not {full_name(each) for each in reservation.passengers}.issuperset(names):
        people["has"] = names
    return {**draft, **people}


def _leading_there(case: Case, trip: Trip, reservation: Reservation) -> Draft:
    """Return what has to change so that a reservation leads where its new flights are to lead."""
    ends = (trip.there, "origin", "destination"), (trip.back, "destination", "origin")
    where = [
        Condition(attribute=name, test="is", value=named[0])
        for wish, start, end in ends
        if isinstance(wish, Journey)
        for name, named in ((start, wish.origins), (end, wish.destinations))
        if named and getattr(reservation, name) not in named
    ]
    return itinerary(case, reservation, where) if where else {}


def elsewhere(case: Case, values: Values, reservation: Reservation) -> Iterator[Draft]:
    """Give a draft that leads where there are flights as they are wished for, if here are none."""
    found = list(directions(reservation, parsed(TRIP, values["trip"])))
    if not all(isinstance(each.wish, Journey) and not each.wish.destinations for each in found):
        return
    if all(_is_met(case, each, reservation) for each in found):
        return
    routes = dict.fromkeys((each.origin, each.destination) for each in case.db.flights.values())
    for ends in islice(routes, MOST_ROUTES):
        there, back = (ends[:1], ends[1:]), (ends[1:], ends[:1])
        moved = (
            each._replace(
                origins=(there if each.what == "there" else back)[0],
                destinations=(there if each.what == "there" else back)[1],
            )
            for each in found
        )
        if all(_is_met(case, each, reservation) for each in moved):
            where = zip(("origin", "destination"), ends, strict=True)
            yield itinerary(
                case, reservation, [Condition(attribute=n, test="is", value=v) for n, v in where]
            )
            return


def struck(case: Case, values: Values, reservation: Reservation) -> Iterator[Draft]:
    """Give drafts of a single flight to which happened what the user claims."""
    claim = parsed(CLAIM, values["claim"])
    found = [
        (flight, day)
        for flight in case.db.flights.values()
        if claim.flight in (None, flight.flight_number)
        for day, status in flight.dates.items()
        if status.status == claim.what
    ]
    # Those first with which it may still be the one that is meant.
    ends = reservation.origin, reservation.destination
    found.sort(key=lambda each: (each[0].origin, each[0].destination) != ends)
    for flight, day in found[:MOST_STRUCK]:
        flown = [{"flight_number": flight.flight_number, "date": day}]
        yield {"flights": flown, "destination": flight.destination, "flight_type": "one_way"}


def _is_met(case: Case, direction: Direction, reservation: Reservation) -> bool:
    try:
        return meant(case, direction, reservation.cabin) is not None
    except UnclearError:
        return False


def _is_flown(case: Case, reservation: Reservation) -> bool:
    try:
        return any(was_flown(case, flight) for flight in reservation.flights)
    except UnclearError:
        return False


def _ahead(case: Case, reservation: Reservation) -> Draft:
    """Return a draft that departs after today, on a date of its own if there is one."""
    start = reservation.flights[0].date
    lasts = days_between(start, reservation.flights[-1].date)
    days = [later(TODAY, step) for step in range(1, days_between(TODAY, LAST_DAY) - lasts + 1)]
    taken = {other.flights[0].date for other in case.mine if other.flights}
    free = [day for day in days if day not in taken] or days
    return {"departure": free[0]} if free else {}


def dearer(reservation: Reservation) -> Draft:
    """Return a draft that cost so much that any change of it is refunded."""
    return {"total": price_of(reservation) + 5000 * len(reservation.passengers)}


def telling(case: Case, intent: str, stake: Stake, reservation: Reservation) -> Iterator[Draft]:
    """Give drafts with which what a request takes from a reservation is another thing."""
    people, bags = len(reservation.passengers), reservation.total_baggages
    match stake.role:
        case "reservation":
            yield from _of_request(intent, reservation)
        case "same_as":
            yield {"dob": "1970-01-01"}
            yield from ({**other, "dob": "1970-01-01"} for other in _other_numbers(people))
        case "bags_of":
            yield {"bags": bags + 1}
            yield {"bags": max(0, bags - 1)}
            yield {"bags": bags + MANY_BAGS}
        case "dates":
            yield from _on_other_days(reservation)
        case "paid_for":
            for method_id in case.user.payment_methods:
                if method_id != reservation.payment_history[0].payment_id:
                    yield {"paid_with": method_id}


def _other_numbers(people: int) -> Iterator[Draft]:
    yield from ({"passengers": n} for n in range(1, MOST_PASSENGERS + 1) if n != people)


def _on_other_days(reservation: Reservation) -> Iterator[Draft]:
    days = (later(first_date(reservation), shift) for shift in (1, -1, 2, -2))
    yield from ({"departure": day} for day in days if TODAY < day <= LAST_DAY)


def _of_request(intent: str, reservation: Reservation) -> Iterator[Draft]:
    """Give drafts of the reservation that the request is about."""
    people, bags = len(reservation.passengers), reservation.total_baggages
    insurance = "no" if reservation.insurance == "yes" else "yes"
    other_cabin = "economy" if reservation.cabin == "business" else "business"
    strict: Draft = {"created": LONG_AGO, "cabin": "economy", "insurance": "no"}
    match intent:
        case "cancel" | "cancel_or_change":
            yield strict
            yield {"created": RECENT}
            yield {"insurance": insurance}
        case "change_flights" | "change_cabin":
            yield {"cabin": "basic_economy"}
            yield {"cabin": other_cabin}
            yield from _on_other_days(reservation)
        case "compensation":
            yield strict
            yield {"cabin": other_cabin}
            yield {"insurance": insurance}
        case "change_passengers":
            yield {"dob": "1970-01-01"}
            yield from _other_numbers(people)
        case "about_reservation":
            yield {"total": price_of(reservation) + SPREAD * people}
    if intent in FLYING:
        yield {"departure": later(TODAY, -FLOWN_DAYS)}
    yield {"passengers": people + 1 if people < 5 else people - 1}
    yield {"bags": bags + 1}
    yield {"bags": max(0, bags - 1)}
    yield {"cabin": other_cabin}
    yield {"dob": "1970-01-01"}
    yield from _on_other_days(reservation)
