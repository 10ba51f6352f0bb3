"""Who flies and with how many bags, as a user means it."""

from collections.abc import Sequence

from writ_gym.domains.airline.proof.references import Case, full_name
from writ_gym.domains.airline.schema import (
    MOST_PASSENGERS,
    Cabin,
    Membership,
    Passenger,
    Reservation,
)
from writ_gym.domains.airline.wishes import (
    AllFreeBags,
    Bags,
    BagsEach,
    BagsInAll,
    BagsOf,
    Corrected,
    Me,
    MoreBags,
    OtherNumber,
    Person,
    SameAs,
    Saved,
    Stated,
    Swapped,
    Travellers,
)
from writ_gym.meaning.brute_force import ForbiddenError, unclear
from writ_gym.meaning.proofs import UnclearError

People = tuple[Passenger, ...]
BY_MEMBERSHIP: dict[Membership, int] = {"regular": 0, "silver": 1, "gold": 2}
BY_CABIN: dict[Cabin, int] = {"basic_economy": 0, "economy": 1, "business": 2}
"""Free bags of each passenger."""


def travellers(case: Case, wish: Travellers | SameAs) -> People:
    """Return the passengers of a booking."""
    if isinstance(wish, SameAs):
        return same_as(case, wish)
    return tuple(_person(case, person) for person in wish.people)


def passengers(case: Case, wish: Swapped | SameAs, reservation: Reservation) -> People:
    """Return the passengers of a reservation after a change."""
    now = reservation.passengers
    if isinstance(wish, SameAs):
        found = same_as(case, wish)
        if len(found) != len(now):
            raise ForbiddenError("passenger_count", "number")
    else:
        places = {_only_one(name, now): person for name, person in wish.swaps.items()}
        found = tuple(
            _person(case, places[place], was) if place in places else was
            for place, was in enumerate(now)
        )
    if found == now:
        raise ForbiddenError("nothing_to_change", "already")
    return found


def same_as(case: Case, wish: SameAs) -> People:
    """Return the passengers of another reservation, but those with some names."""
    others = case.referred(wish.same_as, "same_as").passengers
    left_out = {_only_one(name, others) for name in wish.without}
    found = tuple(each for place, each in enumerate(others) if place not in left_out)
    if not found:
        unclear("Nobody is left.")
    if len(found) > MOST_PASSENGERS:
        raise ForbiddenError("too_many_passengers", len(found))
    return found


def other_number(wish: Swapped | SameAs | OtherNumber) -> Swapped | SameAs:
    """Return what is meant, unless it is another number of passengers."""
    if isinstance(wish, OtherNumber):
        raise ForbiddenError("passenger_count", "number")
    return wish


def _only_one(name: str, among: Sequence[Passenger]) -> int:
    """Return the place of the one passenger with a name."""
    names = [full_name(passenger) for passenger in among]
    if names.count(name) != 1:
        unclear(f"{names.count(name)} passengers have the name {name}.")
    return names.index(name)


def _person(case: Case, person: Person | Corrected, was: Passenger | None = None) -> Passenger:
    match person:
        case Me():
            name = case.user.name
            return Passenger(
                first_name=name.first_name, last_name=name.last_name, dob=case.user.dob
            )
        case Stated():
            return person.given
        case Saved():
            saved = case.user.saved_passengers
            return saved[_only_one(person.saved, saved)]
        case Corrected() if was is not None and (given := person.model_dump(exclude_none=True)):
            return was.replace(**given)
    raise UnclearError("What is put right is not said.")


def free_bags(case: Case, cabin: Cabin, people: int) -> int:
    """Return how many bags of a reservation are free of charge."""
    return (BY_MEMBERSHIP[case.user.membership] + BY_CABIN[cabin]) * people


def bags(case: Case, wish: Bags, free: int, people: int, now: Reservation | None) -> int:
    """Return how many bags are meant in all.

    Args:
        case: The caller.
        wish: What the user says.
        free: How many are free of charge.
        people: The number of passengers.
        now: The reservation that there is; None for a booking.
    """
    match wish:
        case MoreBags() if now is not None:
            return now.total_baggages + wish.more
        case BagsInAll():
            return wish.in_all
        case BagsEach():
            return wish.each * people
        case AllFreeBags():
            return max(free, now.total_baggages if now is not None else 0)
        case BagsOf():
            return case.referred(wish.bags_of, "bags_of").total_baggages
    raise UnclearError("There are no bags yet of which there could be more.")
