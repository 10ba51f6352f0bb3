"""How a user can mean passengers, bags and payment methods, and what they want to spend."""

from collections.abc import Sequence
from typing import Literal, NamedTuple, TypeAlias

from writ_gym.domains.airline.drafting.journeys import EXTREMES
from writ_gym.domains.airline.drafting.reservations import some_reservation
from writ_gym.domains.airline.drafting.scene import Scene
from writ_gym.domains.airline.intents.parts import (
    covers,
    method_in,
    payers,
    split,
)
from writ_gym.domains.airline.intents.reading import full_name
from writ_gym.domains.airline.rules import free_bags, too_many_methods
from writ_gym.domains.airline.schema import (
    Cabin,
    Certificate,
    CreditCard,
    Passenger,
    PaymentMethod,
    Reservation,
)
from writ_gym.domains.airline.wishes import (
    AllFreeBags,
    BagsEach,
    BagsInAll,
    BagsOf,
    ByBalance,
    FirstCovering,
    Limit,
    Me,
    MethodById,
    MoreBags,
    OfKind,
    Original,
    PaidFor,
    Person,
    SameAs,
    Saved,
    Split,
    Stated,
    Travellers,
)
from writ_gym.errors import UnsolvableError
from writ_gym.sampling.drafting import Piece
from writ_gym.tasks import Config

Payment: TypeAlias = Literal["pays", "too_many", "too_little"]
"""What becomes of a price that several methods are to pay."""
MOST_SPLITS = 24
"""Ways to share a price out among methods that are tried."""
STEP = 50
"""Limits that users set are multiples of this, in US dollars."""


def stranger(scene: Scene) -> Passenger:
    """Return a person who may not be known to the airline."""
    names, dates = scene.choose(scene.people), scene.choose(scene.people)
    first = scene.choose(scene.people).first_name
    return Passenger(first_name=first, last_name=names.last_name, dob=dates.dob)


class Party(NamedTuple):
    """Passengers in words, and how many they are."""

    piece: Piece[Config]
    number: int


def travellers(scene: Scene, count: int, kept: int) -> Party:
    """Return who travels in a booking, and how many they are.

    Args:
        scene: The draft.
        count: How many persons are named, if they are.
        kept: Reads of the room to leave.
    """
    if scene.room > kept and scene.chance(0.3):
        others = [each for each in scene.reservations if each.passengers]
        same = _same_as(scene, scene.choose(others), scene.room - kept) if others else None
        if same:
            return same
    people: list[Person] = [Me()] if scene.chance(0.7) else []
    saved = [full_name(each) for each in scene.user.saved_passengers]
    for name in scene.shuffled(saved):
        if len(people) < count and saved.count(name) == 1 and scene.chance(0.6):
            people.append(Saved(saved=name))
    while len(people) < count:
        people.append(Stated(given=stranger(scene)))
    return Party(Piece(Travellers(people=tuple(people))), len(people))


def _same_as(scene: Scene, other: Reservation, most: int) -> Party | None:
    inner = some_reservation(scene, other, min(3, most))
    if inner is None:
        return None
    names = [full_name(each) for each in other.passengers]
    without: tuple[str, ...] = ()
    if len(names) > 1 and len(set(names)) == len(names) and scene.chance(0.3):
        without = (scene.choose(names),)
    names_of = ("join", *(("exclusion",) if without else ()), *inner.operators)
    value = SameAs(same_as=inner.value, without=without)
    piece = Piece[Config](value, inner.reads, names_of)
    return Party(piece, len(names) - len(without)) if scene.fits(piece) else None


class Load(NamedTuple):
    """A number of bags in words, and what it comes to."""

    piece: Piece[Config]
    total: int


def bags_of_booking(scene: Scene, passengers: int, cabin: Cabin, kept: int) -> Load:
    """Return how many bags a booking is to have."""
    number, each = int(scene.rng.random() * (passengers + 2)), 1 + int(scene.rng.random() * 2)
    options = [
        Load(Piece(BagsInAll(in_all=number)), number),
        Load(Piece(BagsEach(each=each)), each * passengers),
    ]
    if free := free_bags(scene.user.membership, cabin, passengers):
        options.append(Load(Piece(AllFreeBags()), free))
    load = _as_many(scene, 0, kept)
    return load if load and scene.chance(0.3) else scene.choose(options)


def _as_many(scene: Scene, least: int, kept: int) -> Load | None:
    """Return as many bags as another reservation has, which has to be more than so many."""
    others = [each for each in scene.reservations if each.total_baggages > least]
    if not others or scene.room <= kept:
        return None
    other = scene.choose(others)
    inner = some_reservation(scene, other, min(3, scene.room - kept))
    if inner is None:
        return None
    piece = Piece[Config](BagsOf(bags_of=inner.value), inner.reads, ("join", *inner.operators))
    return Load(piece, other.total_baggages) if scene.fits(piece, kept) else None


def bags_to_add(scene: Scene, reservation: Reservation, kept: int) -> Load:
    """Return how many bags a reservation is to have, more than now."""
    now, count = reservation.total_baggages, len(reservation.passengers)
    more = 1 + int(scene.rng.random() * 3)
    options = [
        Load(Piece(MoreBags(more=more)), now + more),
        Load(Piece(BagsInAll(in_all=now + more)), now + more),
    ]
    free = free_bags(scene.user.membership, reservation.cabin, count)
    if free > now:
        options += [Load(Piece(AllFreeBags()), free)] * 2
    each = now // count + 1
    if each * count <= now + 4:
        options.append(Load(Piece(BagsEach(each=each)), each * count))
    load = _as_many(scene, now, kept)
    return load if load and scene.chance(0.4) else scene.choose(options)


def name_method(scene: Scene, method: PaymentMethod) -> list[Config]:
    """Return the ways in which a user can name a method without looking anything up."""
    ways: list[Config] = [MethodById(method=method.id)]
    kinds: list[OfKind] = [OfKind(kind=method.source)]
    if isinstance(method, CreditCard):
        kinds.append(OfKind(kind=method.source, last_four=method.last_four))
    ways += [kind for kind in kinds if _means(scene, kind) is method][:1] * 3
    several = sum(each.source == method.source for each in scene.methods) > 1
    if several and not isinstance(method, CreditCard):
        ranked = [
            ByBalance(balance_of=method.source, extreme=extreme, rank=rank)
            for extreme in EXTREMES
            for rank in (1, 2, 3)
        ]
        ways += [each for each in ranked if _means(scene, each) is method][:2] * 2
    return ways


def _means(scene: Scene, reference: OfKind | ByBalance) -> PaymentMethod | None:
    try:
        return method_in(scene.user, reference)
    except UnsolvableError:
        return None


def single(
    scene: Scene, reservation: Reservation, method: PaymentMethod, price: int, kept: int
) -> Piece[Config] | None:
    """Return how the user means the one method that pays an update."""

    def named() -> Piece[Config] | None:
        way = scene.choose(name_method(scene, method))
        return Piece(way, operators=("payment_choice",) if isinstance(way, ByBalance) else ())

    def original() -> Piece[Config] | None:
        return Piece(Original()) if payers(reservation) == {method.id} else None

    def paid_for() -> Piece[Config] | None:
        others = [
            each
            for each in scene.reservations
            if each is not reservation and payers(each) == {method.id}
        ]
        most = min(3, scene.room - kept)
        inner = some_reservation(scene, scene.choose(others), most) if others and most > 0 else None
        if inner is None:
            return None
        return Piece(PaidFor(paid_for=inner.value), inner.reads, ("join", *inner.operators))

    def chain() -> Piece[Config] | None:
        found = _chain(scene, method, price)
        return None if found is None else Piece(found, operators=("payment_choice", "fallback"))

    return scene.first([named, named, original, paid_for, paid_for, chain], kept)


def _chain(scene: Scene, method: PaymentMethod, price: int) -> FirstCovering | None:
    """Return methods of which this one is the first that covers the price."""
    able = [each for each in scene.methods if not isinstance(each, Certificate)]
    before = [each for each in able if each is not method and not covers(each, price)]
    after = [each for each in able if each is not method and isinstance(each, CreditCard)]
    if not before and isinstance(method, CreditCard):
        return None  # it covers everything
    pair = [scene.choose(before), method] if before else [method, *scene.some(after, 1)]
    ways = [
        [way for way in name_method(scene, each) if isinstance(way, OfKind | ByBalance)]
        for each in pair
    ]
    if len(pair) < 2 or not all(ways):
        return None
    return FirstCovering.model_validate({"first_covering": [scene.choose(way) for way in ways]})


def payable(scene: Scene, price: int) -> list[PaymentMethod]:
    """Return the methods that can pay an update; none if it is free, and any of them would do."""
    able: list[PaymentMethod] = [
        each for each in scene.methods if not isinstance(each, Certificate) and covers(each, price)
    ]
    return able if price or len(able) == 1 else []


def shares(scene: Scene, price: int, wanted: Payment, lowered: int) -> Piece[Config] | None:
    """Return methods that together pay the price of a booking, or fail to do so.

    Args:
        scene: The draft.
        price: The price.
        wanted: What becomes of it.
        lowered: The price that they have to be able to pay in any case: where cheaper flights would
            not help, it does not matter which there are.
    """
    # A certificate that was sent a moment ago would leave no trace where it is spent at once.
    fresh = not scene.is_open_to(("send_certificate",), user_id=scene.profile)
    usable = [each for each in scene.methods if not (fresh and isinstance(each, Certificate))]
    for _ in range(MOST_SPLITS):
        methods = scene.shuffled(usable)[: 1 + int(scene.rng.random() * 4)]
        methods.sort(key=lambda each: isinstance(each, CreditCard))
        if payment_of(methods, price) != wanted or payment_of(methods, lowered) != "pays":
            continue
        if len(split(methods, price)[0]) < len(methods):
            continue
        links = [scene.choose(name_method(scene, each)) for each in methods]
        names = ("payment_choice", "split") if len(links) > 1 else ()
        return Piece(Split.model_validate({"split": links}), operators=names)
    return None


def payment_of(methods: Sequence[PaymentMethod], price: int) -> Payment:
    """Return what becomes of a price that methods are to pay, one after the other."""
    paid, left = split(methods, price)
    if too_many_methods([share.method.source for share in paid]):
        return "too_many"
    return "too_little" if left else "pays"


def limit(scene: Scene, price: int, keeps: bool) -> Piece[Config]:
    """Return the most that the user wants to spend, which a price keeps or not."""
    above = (max(price, 0) // STEP + 1 + int(scene.rng.random() * 3)) * STEP
    below = (price - 1) // STEP * STEP
    return Piece(Limit(at_most=float(above if keeps else below)), operators=("threshold",))


def can_be_too_dear(scene: Scene, price: int) -> bool:
    """Say whether a price can be above what a user wants to spend."""
    return price > STEP


def some_card(scene: Scene) -> Config:
    """Return a method that can be named; for requests that are refused before they are paid."""
    able = [each for each in scene.methods if not isinstance(each, Certificate)]
    if not able:
        return OfKind(kind="credit_card")
    return scene.choose(name_method(scene, scene.choose(able)))
