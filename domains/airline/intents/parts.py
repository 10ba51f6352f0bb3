"""How a solver finds who travels, how many bags there are, and what is paid with."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from writ_gym.database import JSON
from writ_gym.domains.airline.intents.reading import full_name, read_user, refer
from writ_gym.domains.airline.rules import free_bags
from writ_gym.domains.airline.schema import (
    Cabin,
    CreditCard,
    Passenger,
    PaymentMethod,
    Reservation,
    User,
)
from writ_gym.domains.airline.wishes import (
    BAGS,
    NEW_PASSENGERS,
    PASSENGERS,
    SINGLE,
    SPLIT,
    AllFreeBags,
    BagsEach,
    BagsInAll,
    BagsOf,
    ByBalance,
    Corrected,
    FirstCovering,
    Me,
    MethodById,
    MoreBags,
    OfKind,
    Original,
    OtherNumber,
    PaidFor,
    Person,
    SameAs,
    Saved,
    Single,
    Stated,
)
from writ_gym.errors import UnsolvableError
from writ_gym.meaning.queries import Choice, parse, pick
from writ_gym.meaning.solving import Reads


class Share(NamedTuple):
    """What a method pays of a price, in US dollars."""

    method: PaymentMethod
    amount: int


def find_travellers(caller: str, value: JSON) -> Reads[list[Passenger]]:
    """Find who travels in a booking."""
    reference = parse(PASSENGERS, value)
    if isinstance(reference, SameAs):
        return (yield from _same(caller, reference))
    user = yield from read_user(caller)
    return [person_in(user, person) for person in reference.people]


def _same(caller: str, reference: SameAs) -> Reads[list[Passenger]]:
    people = list((yield from refer(caller, reference.same_as)).passengers)
    for name in reference.without:
        people.remove(the_one(people, name))
    if not people:
        raise UnsolvableError(f"Nobody is left of {reference}.")
    return people


def the_one(people: Iterable[Passenger], name: str) -> Passenger:
    """Return the only person with a full name."""
    found = [person for person in people if full_name(person) == name]
    if len(found) != 1:
        raise UnsolvableError(f"{len(found)} persons have the name {name!r}.")
    return found[0]


def person_in(user: User, person: Person) -> Passenger:
    """Return a person that the user means."""
    match person:
        case Stated(given=given):
            return given
        case Saved(saved=name):
            return the_one(user.saved_passengers, name)
        case Me():
            return Passenger(
                first_name=user.name.first_name, last_name=user.name.last_name, dob=user.dob
            )


def find_new_passengers(
    caller: str, reservation: Reservation, value: JSON
) -> Reads[list[Passenger]]:
    """Find the passengers that a reservation is to have."""
    reference = parse(NEW_PASSENGERS, value)
    if isinstance(reference, SameAs):
        return (yield from _same(caller, reference))
    if isinstance(reference, OtherNumber):
        raise UnsolvableError("The number of passengers never changes.")
    user = yield from read_user(caller)
    places = {the_one(reservation.passengers, name): swap for name, swap in reference.swaps.items()}
    return [
        swapped(user, person, places[person]) if person in places else person
        for person in reservation.passengers
    ]


def swapped(user: User, person: Passenger, swap: Person | Corrected) -> Passenger:
    """Return who takes a passenger's place."""
    if not isinstance(swap, Corrected):
        return person_in(user, swap)
    right = swap.model_dump(exclude_none=True)
    if not right:
        raise UnsolvableError("The user does not say what to put right.")
    return person.replace(**right)


def find_bags(
    caller: str, value: JSON, passengers: int, cabin: Cabin, reservation: Reservation | None = None
) -> Reads[tuple[int, int]]:
    """Find how many bags are wanted in all, and how many of them are not free."""
    wish = parse(BAGS, value)
    free = free_bags((yield from read_user(caller)).membership, cabin, passengers)
    now = reservation.total_baggages if reservation else 0
    match wish:
        case BagsInAll(in_all=number):
            total = number
        case BagsEach(each=number):
            total = number * passengers
        case AllFreeBags():
            total = max(free, now)
        case BagsOf(bags_of=other):
            total = (yield from refer(caller, other)).total_baggages
        case MoreBags(more=number) if reservation:
            total = now + number
        case _:
            raise UnsolvableError(f"A booking has no bags yet that {wish} could be added to.")
    return total, max(0, total - free)


def find_method(
    caller: str, value: JSON, price: int, reservation: Reservation
) -> Reads[PaymentMethod]:
    """Find the one method that pays for an update, or is refunded."""
    reference = parse(SINGLE, value)
    user = yield from read_user(caller)
    if isinstance(reference, PaidFor):
        reference = MethodById(method=paid_with((yield from refer(caller, reference.paid_for))))
    return method_in(user, reference, price, reservation)


def paid_with(reservation: Reservation) -> str:
    """Return the id of the one method that a reservation was paid with."""
    methods = payers(reservation)
    if len(methods) != 1:
        raise UnsolvableError(f"{reservation.reservation_id} was paid with {len(methods)} methods.")
    return min(methods)


def payers(reservation: Reservation) -> frozenset[str]:
    """Return the ids of the methods that a reservation was paid with."""
    return frozenset(payment.payment_id for payment in reservation.payment_history)


def method_in(
    user: User, reference: Single, price: int = 0, reservation: Reservation | None = None
) -> PaymentMethod:
    """Return the method of a profile that a reference means.

    Raises:
        UnsolvableError: None or several are meant.
    """
    methods = list(user.payment_methods.values())
    match reference:
        case MethodById(method=method_id):
            found = [method for method in methods if method.id == method_id]
        case Original() if reservation:
            found = [method for method in methods if method.id == paid_with(reservation)]
        case OfKind():
            found = [method for method in methods if _is_of(method, reference)]
        case ByBalance(balance_of=kind, extreme=extreme, rank=rank):
            own = [method for method in methods if method.source == kind]
            choice = Choice(by="amount", extreme=extreme, rank=rank)
            best = pick(own, choice, lambda method, name: getattr(method, name))
            found = [best] if best else []
        case FirstCovering(first_covering=chain):
            links = [method_in(user, link) for link in chain]
            if any(link.source == "certificate" for link in links):
                raise UnsolvableError("A certificate cannot pay for an update.")
            found = [link for link in links if covers(link, price)][:1] or links[-1:]
        case _:
            found = []
    if len(found) != 1:
        raise UnsolvableError(f"No single method of {user.user_id} is meant by {reference}.")
    return found[0]


def _is_of(method: PaymentMethod, reference: OfKind) -> bool:
    if method.source != reference.kind:
        return False
    return reference.last_four in (None, getattr(method, "last_four", None))


def covers(method: PaymentMethod, price: float) -> bool:
    """Say whether a method can pay a price: a card always can."""
    return isinstance(method, CreditCard) or price <= 0 or method.amount >= price


def find_methods(caller: str, value: JSON) -> Reads[list[PaymentMethod]]:
    """Find the methods that a booking is paid with, in their order."""
    reference = parse(SPLIT, value)
    user = yield from read_user(caller)
    methods: list[PaymentMethod] = []
    for each in reference.split:
        if isinstance(each, PaidFor):
            each = MethodById(method=paid_with((yield from refer(caller, each.paid_for))))
        methods.append(method_in(user, each))
    if len({method.id for method in methods}) < len(methods):
        raise UnsolvableError(f"A method is there twice in {reference}.")
    return methods


def split(methods: Sequence[PaymentMethod], price: int) -> tuple[list[Share], int]:
    """Return what each method pays of a price, and what is left unpaid."""
    shares, left = [], price
    for method in methods:
        amount = left if isinstance(method, CreditCard) else min(left, int(method.amount))
        if amount > 0:
            shares.append(Share(method, amount))
            left -= amount
    return shares, left
