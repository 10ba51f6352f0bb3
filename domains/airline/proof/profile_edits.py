"""Edits of a profile: which reservations it lists, what pays, who is saved, what is free."""

from collections.abc import Iterator
from itertools import chain, islice
from typing import get_args

from writ_gym.domains.airline.proof.axes import SPREAD, Draft
from writ_gym.domains.airline.proof.drafts import entering, in_turn, leaving
from writ_gym.domains.airline.proof.new_flights import Found
from writ_gym.domains.airline.proof.references import Case, total_of
from writ_gym.domains.airline.proof.shapes import Shape, shaped
from writ_gym.domains.airline.proof.stakes import Stake
from writ_gym.domains.airline.proof.telling import telling, workable
from writ_gym.domains.airline.schema import AirlineDB, CreditCard, Membership, Reservation, User
from writ_gym.tasks import Request

PLENTY = 99_999.0
"""US dollars that pay for anything."""


def profile_edits(case: Case, request: Request, stakes: list[Stake], user: User) -> Iterator[Found]:
    """Give edits of a profile; those of somebody else's could only matter by chance."""
    intent, values = request.intent, request.values
    about_it: list[Iterator[Found]] = []
    if user.user_id == case.user.user_id:
        about_it += [_listing(case, request, stake) for stake in stakes]
    if values.keys() & {"bags", "claim"} or intent == "about_allowance":
        about_it.append(_ranking(user))
    if "passengers" in values:
        about_it.append(_flying(user))
    if "payment" in values:
        about_it.append(_paying(user, stakes, case))
    rest = (_ranking(user), _paying(user, stakes, case), _flying(user), _dropping(user))
    for name, arguments in chain(in_turn(about_it), *rest):
        yield name, {"user_id": user.user_id, **arguments}


# Reservations


def _listing(case: Case, request: Request, stake: Stake) -> Iterator[Found]:
    """Give edits after which a reference means another reservation: one that is new."""
    intent, fresh = request.intent, fresh_reservation_id(case.db)
    listed = case.user.reservations
    meant, members = stake.meant(case), stake.members(case)
    for old in [each for each in meant if each.reservation_id in listed][:3]:
        drafts = leaving(case, stake, old) if stake.figure else telling(case, intent, stake, old)
        own = stake.role == "reservation" and stake.query is not None
        for draft in islice(chain([{}] if own else (), drafts), 3):
            if _possible(case.db, old, draft):
                given = {"old": old.reservation_id, "reservation_id": fresh}
                yield "swap_reservation", {**given, **draft}
    own_ones = [case.db.reservations[key] for key in listed if key in case.db.reservations]
    for model in (meant or members or own_ones)[:1]:
        new = model.replace(reservation_id=fresh, user_id=case.user.user_id)
        for draft in _joining(case, request, stake, new):
            if _possible(case.db, new, draft):
                given = {"like": model.reservation_id, "reservation_id": fresh}
                yield "insert_reservation", {**given, "place": len(listed), **draft}
    for member in (meant + members)[:3]:
        if member.reservation_id in listed:
            yield "drop_reservation", {"reservation_id": member.reservation_id}


def _joining(case: Case, request: Request, stake: Stake, new: Reservation) -> Iterator[Draft]:
    intent = request.intent
    possible_so = workable(case, intent, request.values, new) if stake.role == "reservation" else {}
    for draft in entering(case, stake, new):
        yield {**possible_so, **draft}
        if stake.role != "reservation":
            yield from ({**told, **draft} for told in telling(case, intent, stake, new))


def _possible(db: AirlineDB, reservation: Reservation, draft: Draft) -> bool:
    try:
        shaped(db, reservation, Shape(**draft))
    except (ValueError, KeyError):
        return False
    return True


def _dropping(user: User) -> Iterator[Found]:
    for key in user.reservations[:2]:
        yield "drop_reservation", {"reservation_id": key}


def fresh_reservation_id(db: AirlineDB) -> str:
    """Return a reservation id that is not taken."""
    return next(key for n in range(9999) if (key := f"ZZ{n:04}") not in db.reservations)


# The rest


def _ranking(user: User) -> Iterator[Found]:
    """Give edits of the membership."""
    memberships: tuple[Membership, ...] = get_args(Membership)
    for membership in memberships:
        if membership != user.membership:
            yield "set_membership", {"membership": membership}


def _flying(user: User) -> Iterator[Found]:
    """Give edits of people whom the profile knows."""
    for place in range(len(user.saved_passengers)):
        yield "set_saved_birth", {"place": place, "dob": "1969-07-20"}
    yield "set_birth", {"dob": "1969-07-20"}


def _paying(user: User, stakes: list[Stake], case: Case) -> Iterator[Found]:
    """Give edits of what a user can pay with."""
    methods = user.payment_methods
    for key, method in methods.items():
        number = next(n for n in range(9_999_999, 0, -1) if f"{method.source}_{n}" not in methods)
        yield "rename_method", {"method_id": key, "new_id": f"{method.source}_{number}"}
    amounts = [total_of(each) for stake in stakes[:1] for each in stake.meant(case)]
    for key, method in methods.items():
        if isinstance(method, CreditCard):
            digits = "9876" if method.last_four != "9876" else "9875"
            yield "set_last_four", {"method_id": key, "last_four": digits}
            continue
        likely = [0.0, PLENTY, method.amount + SPREAD, method.amount // 2, *map(float, amounts[:1])]
        for amount in dict.fromkeys(likely):
            if amount != method.amount:
                yield "set_amount", {"method_id": key, "amount": amount}
