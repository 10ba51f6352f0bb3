"""Edits that show what a read is good for: likely ones first, found when they are asked for."""

from collections.abc import Iterator
from functools import cached_property, lru_cache
from itertools import chain, islice

from writ_gym.domains.airline.proof.apply import RESERVATION_EDITS, possible
from writ_gym.domains.airline.proof.axes import AXES, SPREAD, Draft
from writ_gym.domains.airline.proof.drafts import entering, in_turn, leaving, ranking, refuting
from writ_gym.domains.airline.proof.looking import Looks, all_looks
from writ_gym.domains.airline.proof.new_flights import Found
from writ_gym.domains.airline.proof.profile_edits import profile_edits
from writ_gym.domains.airline.proof.references import Case, case_of, first_date
from writ_gym.domains.airline.proof.search_edits import search_edits
from writ_gym.domains.airline.proof.searching import Search
from writ_gym.domains.airline.proof.shapes import price_of
from writ_gym.domains.airline.proof.stakes import Stake, find_stakes
from writ_gym.domains.airline.proof.telling import (
    dearer,
    elsewhere,
    flipped,
    struck,
    telling,
    with_people,
    workable,
)
from writ_gym.domains.airline.schema import AirlineDB, Reservation
from writ_gym.domains.airline.wishes import ReservationBeside
from writ_gym.meaning.proofs import UnclearError
from writ_gym.tasks import Edit, Request

MOST_EDITS = {"reservations": 48, "users": 32, "searches": 20, "statuses": 8}
"""Of one record, by its table."""
MOST_RANKING = 16
"""Of these, how many may rank a reservation elsewhere, after the likely ones."""


class _About:
    """What is looked at in edit after edit of one world."""

    def __init__(self, case: Case, request: Request) -> None:
        self.case = case
        self.request = request
        self.stakes = list(find_stakes(request.intent, request.values))

    @cached_property
    def looks(self) -> Looks:
        """What of the timetable is looked at."""
        return all_looks(self.case, self.request.intent, self.request.values)


_LAST: list[_About] = []
"""The last world and request that were looked at: most are looked at for record after record."""


def _about(case: Case, request: Request) -> _About:
    if not (_LAST and _LAST[0].case is case and _LAST[0].request is request):
        _LAST[:] = [_About(case, request)]
    return _LAST[0]


def find_edits(
    db: AirlineDB, caller: str, request: Request, table: str, key: str
) -> Iterator[Edit]:
    """Give edits of a record, and of nothing else that exists; none if there is no such record."""
    try:
        about = _about(case_of(db, caller), request)
    except UnclearError:
        return
    case, stakes = about.case, about.stakes
    found: Iterator[Found] = iter(())
    if table == "reservations" and key in db.reservations:
        found = _reservation_edits(case, request, stakes, db.reservations[key])
    elif table == "users" and key in db.users:
        found = profile_edits(case, request, stakes, db.users[key])
    elif table == "statuses":
        found = _status_edits(db, *key.split(" ", 1))
    elif table == "searches" and key.count(" ") == 3:
        found = search_edits(case, about.looks, Search(*key.split(" ")))
    seen: list[Found] = []  # few are asked for, and each is soon compared
    for each in islice(found, MOST_EDITS.get(table, 0)):
        if each not in seen:
            seen.append(each)
            yield Edit.unchecked(*each)


def _status_edits(db: AirlineDB, flight_number: str, date: str) -> Iterator[Found]:
    """Give edits with which a flight has another status on a date."""
    flight = db.flights.get(flight_number)
    now = flight.dates.get(date) if flight else None
    for status in possible(date) if now else ():
        if now and status != now.status:
            at = {"flight_number": flight_number, "date": date, "status": status}
            yield "set_flight_status", at


# Reservations


def _reservation_edits(
    case: Case, request: Request, stakes: list[Stake], reservation: Reservation
) -> Iterator[Found]:
    drafts = in_turn([_staked(case, request, stake, reservation) for stake in stakes])
    likely = (draft for draft in chain(drafts, _any_way(case, reservation)) if draft)
    ranked = in_turn([ranking(case, stake, reservation) for stake in stakes])
    most = MOST_EDITS["reservations"] - MOST_RANKING
    for draft in chain(islice(likely, most), islice(ranked, MOST_RANKING)):
        yield _name_of(frozenset(draft)), {"reservation_id": reservation.reservation_id, **draft}


@lru_cache
def _name_of(changed: frozenset[str]) -> str:
    """Return the edit with the most telling name: the one that may change the least."""
    return next(name for name, fields in RESERVATION_EDITS.items() if changed <= fields)


def _staked(
    case: Case, request: Request, stake: Stake, reservation: Reservation
) -> Iterator[Draft]:
    """Give drafts that matter to a reference, which may mean a reservation or pass it over."""
    query = stake.query
    is_meant = reservation in stake.meant(case)
    if is_meant:
        if stake.role == "reservation":
            for draft in refuting(case, stake, reservation):
                yield {**workable(case, request.intent, request.values, reservation), **draft}
            yield from _allowing(case, request, reservation)
        elif stake.role == "claim":
            yield from refuting(case, stake, reservation)
        yield from telling(case, request.intent, stake, reservation)
    scope = case.user.reservations
    if query is None and not isinstance(stake.reference, ReservationBeside):
        return
    if query is not None and query.scope != "all":
        scope = query.scope
    in_scope = reservation.reservation_id in scope
    is_member = reservation in stake.members(case) or (query is None and in_scope)
    yield from in_turn(
        [
            _joining(case, request, stake, reservation) if in_scope and not is_meant else iter(()),
            leaving(case, stake, reservation) if is_member else iter(()),
        ]
    )


def _allowing(case: Case, request: Request, reservation: Reservation) -> Iterator[Draft]:
    """Give drafts with which a request about a reservation is allowed, or is not any more."""
    own: Draft = {}
    if reservation.user_id != case.user.user_id:
        own = {"user_id": case.user.user_id}
        yield own
    yield flipped(reservation)
    possible_so = workable(case, request.intent, request.values, reservation)
    if possible_so:
        yield {**own, **possible_so}
    if request.intent == "change_flights":
        yield from (
            {**possible_so, **draft} for draft in elsewhere(case, request.values, reservation)
        )
    if request.intent == "compensation":
        for draft in struck(case, request.values, reservation):
            yield {**own, **possible_so, **draft}
    if request.intent in ("change_flights", "change_cabin", "cancel_or_change"):
        yield {**own, **possible_so, **dearer(reservation)}


def _joining(
    case: Case, request: Request, stake: Stake, reservation: Reservation
) -> Iterator[Draft]:
    """Give drafts with which a reservation comes to be the one that is meant, and tells."""
    named = stake.query is not None and stake.query.scope != "all"
    for place, draft in enumerate(entering(case, stake, reservation)):
        if stake.role == "reservation":
            if named and not place:  # what is named by its id may be somebody else's
                others = (key for key in case.db.users if key != case.user.user_id)
                yield from ({**draft, "user_id": other} for other in islice(others, 1))
            possible_so = workable(case, request.intent, request.values, reservation)
            able = with_people(stake, reservation, {**possible_so, **draft})
            yield able
            if able != draft:
                yield draft
        else:
            able = with_people(stake, reservation, draft)
            yield able
            yield from ({**draft, **told} for told in refuting(case, stake, reservation))
            for told in islice(telling(case, request.intent, stake, reservation), 2):
                yield with_people(stake, reservation, {**told, **draft})
            if able != draft:  # whose total comes to whole fares for as many people as there are
                yield draft


def _any_way(case: Case, reservation: Reservation) -> Iterator[Draft]:
    """Give drafts that could matter to any request."""
    yield flipped(reservation)
    people = len(reservation.passengers)
    yield {"total": price_of(reservation) + SPREAD * people}
    yield {"cabin": "business" if reservation.cabin != "business" else "economy"}
    yield {"insurance": "no" if reservation.insurance == "yes" else "yes"}
    yield {"bags": reservation.total_baggages + 1}
    yield {"passengers": people + 1 if people < 5 else people - 1}
    yield {"dob": "1971-12-24"}
    for name in ("created", "departure"):
        axis = AXES[name]
        for step in (-5, 1) if reservation.flights and first_date(reservation) else ():
            at = axis.number(reservation) + step
            if axis.lowest <= at <= axis.highest:
                yield {name: axis.value(at)}
    for method_id, method in case.user.payment_methods.items():
        first = reservation.payment_history[:1]
        if method.source != "certificate" and first and first[0].payment_id != method_id:
            yield {"paid_with": method_id}
    yield from ({"user_id": key} for key in islice(case.db.users, 1) if key != reservation.user_id)
