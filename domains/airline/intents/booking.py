"""The intent that books flights."""

from collections.abc import Mapping
from typing import ClassVar, NamedTuple

import numpy as np

from writ_gym.database import JSON
from writ_gym.domain import Brief, Intent
from writ_gym.domains.airline.drafting.fares import fill_with_condition
from writ_gym.domains.airline.drafting.parts import (
    Payment,
    bags_of_booking,
    can_be_too_dear,
    limit,
    name_method,
    shares,
    stranger,
    travellers,
)
from writ_gym.domains.airline.drafting.reservations import guard
from writ_gym.domains.airline.drafting.scene import Scene
from writ_gym.domains.airline.drafting.trips import (
    FIRST_DAY,
    MOST_SEARCHES,
    Planned,
    booked_trip,
    window,
)
from writ_gym.domains.airline.drafting.twins import exact_booking
from writ_gym.domains.airline.intents.base import able_ways
from writ_gym.domains.airline.intents.outcomes import bags_in_words, limit_of, money, people
from writ_gym.domains.airline.intents.parts import (
    Share,
    find_bags,
    find_methods,
    find_travellers,
    split,
)
from writ_gym.domains.airline.intents.reading import check_guard
from writ_gym.domains.airline.intents.trips import Itinerary, book
from writ_gym.domains.airline.rules import (
    free_bags,
    in_words,
    not_covered,
    too_many_methods,
    too_many_passengers,
)
from writ_gym.domains.airline.schema import (
    BAG_PRICE,
    CABINS,
    INSURANCE_PRICE,
    LAST_DAY,
    MOST_PASSENGERS,
    AirlineDB,
    Cabin,
    CreditCard,
    Passenger,
    User,
)
from writ_gym.domains.airline.wishes import (
    CABIN,
    PASSENGERS,
    TRIP,
    BagsInAll,
    CabinWish,
    Journey,
    Me,
    MethodById,
    Split,
    Stated,
    Travellers,
    Trip,
    plain,
)
from writ_gym.meaning.breaches import Breach
from writ_gym.meaning.queries import parse
from writ_gym.meaning.solving import ASK_YES, Outcome, Plan, Write, refuse
from writ_gym.phrasing.grammar import joined
from writ_gym.tasks import Call, Provenance, Request

GUARDED = 0.1
"""Chance that a booking is made to depend on a figure, where there is room for the reads."""
LIMITED = 0.15
"""Chance that the user sets a limit to the price."""
CHAINED = 0.25
"""Chance that the user names a second cabin, for the case that the first is sold out."""
CHEAPEST = 2
"""Fare of the cheapest flights that there could be, in US dollars."""
MOST_PLANS = 3
"""Routes and dates that are tried for a trip: on some there are too few flights to choose from."""


class Book(Intent[AirlineDB]):
    """Flights one way or there and back, for up to five passengers."""

    name = "book"
    tool = "book_reservation"
    refused: ClassVar[tuple[str, ...]] = (
        "crowd", "no_flights", "no_flights", "guard", "too_many", "too_little", "dear",
    )  # fmt: skip

    def reach(self, db: AirlineDB, caller: str, writing: bool) -> tuple[int, int] | None:
        """Return from one search up to two wide ones, and the reservations besides."""
        count = min(len(db.users[caller].reservations), 3)
        return 0, MOST_SEARCHES + count

    def draft(self, db: AirlineDB, brief: Brief, rng: np.random.Generator) -> Request | None:
        """Return a booking that answers the brief, or None if this draw found none."""
        scene = Scene(db, brief, rng)
        done = self.write(scene) if brief.writing else self.refusal(scene)
        return scene.request(self.name) if done else None

    def write(
        self, scene: Scene, met: bool = True, payment: Payment = "pays", within: bool = True
    ) -> bool:
        """Add the facts of a booking; say whether this draw works out.

        Args:
            scene: The draft.
            met: Whether there are such flights.
            payment: What becomes of its price.
            within: Whether it costs no more than the user wants to spend.
        """
        if not scene.room and not met:
            return False
        # Where it comes to nothing, other reservations hardly matter.
        kept = min(1, scene.room) if scene.brief.writing else scene.room
        who = travellers(scene, 1 + int(scene.rng.random() * 4), kept)
        if who.number > MOST_PASSENGERS:
            return False
        scene.add("passengers", who.piece)
        cabin = scene.choose(CABINS)
        load = bags_of_booking(scene, who.number, cabin, kept)
        scene.add("bags", load.piece)
        guarded = within and scene.room > 3 and scene.chance(GUARDED)
        if guarded:
            condition = guard(scene, 2 + int(scene.rng.random() * (scene.room - 3)), True)
            if condition is None or not scene.fits(condition, 1):
                return False
            scene.add("condition", condition)
        plans = (booked_trip(scene, scene.room, cabin, who.number, met) for _ in range(MOST_PLANS))
        plan = next((each for each in plans if each and scene.fits(each.piece)), None)
        if plan is None:
            return False
        scene.add("trip", plan.piece)
        self._cabin(scene, cabin, CHAINED if met and plan.piece.reads else 0)
        insurance = "yes" if scene.chance(0.4) else "no"
        scene.add("insurance", insurance)
        price = price_of(scene.user, plan, cabin, who.number, load.total, insurance)
        if not met:
            scene.mark("empty_set")
            # Only where flights could be paid for do the searches matter in which there are none.
            cards = [each for each in scene.methods if isinstance(each, CreditCard)]
            if not cards:
                return False
            scene.add("payment", plain(Split(split=(MethodById(method=cards[0].id),))))
            return True
        paid = shares(scene, price, payment, lowered(price, plan, cabin, who.number))
        if paid is None or not scene.fits(paid):
            return False
        scene.add("payment", paid)
        limited = not guarded and scene.chance(LIMITED)
        if limited or not within:
            scene.add("condition", limit(scene, price, keeps=within))
        return within or can_be_too_dear(scene, price)

    def _cabin(self, scene: Scene, cabin: Cabin, chance: float) -> None:
        """Add the cabin, and perhaps a second one for the case that it is sold out."""
        cabins = [cabin]
        if scene.chance(chance):
            cabins.append(scene.choose([each for each in CABINS if each != cabin]))
            scene.mark("fallback")
        scene.add("cabin", plain(CabinWish(cabins=tuple(cabins))))

    def refusal(self, scene: Scene) -> bool:
        """Add the facts of a booking that cannot be made."""
        ways = able_ways(scene.brief, self.refused)
        # Beside one credit card, another one has nothing to pay.
        kinds = [each.source for each in scene.methods if not isinstance(each, CreditCard)]
        if not too_many_methods(kinds):
            ways = [way for way in ways if way != "too_many"]
        match scene.choose(ways) if ways else None:
            case None:
                return False
            case "crowd":
                return self._crowd(scene)
            case "guard":
                return self._guarded(scene)
            case "no_flights":
                return self.write(scene, met=False)
            case "dear":
                return self.write(scene, within=False)
            case "too_many":
                return self.write(scene, payment="too_many")
            case _:
                return self.write(scene, payment="too_little")

    def _crowd(self, scene: Scene) -> bool:
        """Book for more than five."""
        if scene.room:
            return False
        count = MOST_PASSENGERS + 1 + int(scene.rng.random() * 2)
        people = tuple(Stated(given=stranger(scene)) for _ in range(count))
        scene.add("passengers", plain(Travellers(people=people)))
        return self._plain(scene)

    def _guarded(self, scene: Scene) -> bool:
        """Make it depend on what does not hold; then the flights do not matter."""
        condition = guard(scene, scene.room, False) if scene.reservations else None
        if condition is None:
            return False
        scene.add("condition", condition)
        scene.add("passengers", plain(Travellers(people=(Me(),))))
        return self._plain(scene)

    def _plain(self, scene: Scene) -> bool:
        """Add facts that take no reads; for a booking that is refused before it is looked for."""
        flight = scene.choose(scene.flights)
        dates = window(scene, 1, FIRST_DAY, LAST_DAY)
        there = Journey(
            origins=(flight.origin,), destinations=(flight.destination,), dates=dates,
            by="price", extreme="lowest",
        )  # fmt: skip
        scene.add("trip", plain(Trip(there=there)))
        scene.add("cabin", plain(CabinWish(cabins=(scene.choose(CABINS),))))
        scene.add("bags", plain(BagsInAll(in_all=int(scene.rng.random() * 3))))
        scene.add("insurance", scene.choose(("yes", "no")))
        scene.add("payment", plain(Split(split=(MethodById(method=scene.methods[0].id),))))
        return bool(scene.methods)

    def twin(
        self, db: AirlineDB, brief: Brief, write: Call, rng: np.random.Generator
    ) -> Request | None:
        """Return a booking that comes to a given write and answers the brief, or None."""
        if write.name != self.tool:
            return None
        scene, wanted = Scene(db, brief, rng), write.arguments
        given = [Passenger.model_validate(each) for each in wanted["passengers"]]
        plans = (exact_booking(scene, wanted, len(given), known) for known in (False, True))
        plan = next((plan for plan in plans if plan and scene.fits(plan.piece)), None)
        if plan is None:
            return None
        links = [
            scene.user.payment_methods[each["payment_id"]] for each in wanted["payment_methods"]
        ]
        split_ = [scene.choose(name_method(scene, each)) for each in links]
        scene.add("passengers", plain(Travellers(people=tuple(Stated(given=p) for p in given))))
        scene.add("bags", plain(BagsInAll(in_all=wanted["total_baggages"])))
        scene.add("trip", plan.piece)
        scene.add("cabin", plain(CabinWish(cabins=(wanted["cabin"],))))
        scene.add("insurance", wanted["insurance"])
        scene.add("payment", plain(Split.model_validate({"split": split_})))
        filled = scene.room == 0 or fill_with_condition(scene, 0)
        return scene.request(self.name) if filled else None

    def solve(self, caller: str, facts: Mapping[str, JSON]) -> Plan:
        """Find flights, passengers and bags, and what each method pays."""
        who = parse(PASSENGERS, facts["passengers"])
        breach = crowded(len(who.people)) if isinstance(who, Travellers) else None
        breach = breach or (yield from check_guard(caller, facts))
        if breach:
            return refuse(breach)
        passengers = yield from find_travellers(caller, facts["passengers"])
        if breach := crowded(len(passengers)):
            return refuse(breach)
        trip = parse(TRIP, facts["trip"])
        wish = parse(CABIN, facts["cabin"])
        found = yield from book(caller, trip, wish, len(passengers))
        if isinstance(found, Breach):
            return refuse(found)
        bags = yield from find_bags(caller, facts["bags"], len(passengers), found.cabin)
        price = found.fare * len(passengers) + BAG_PRICE * bags[1]
        price += INSURANCE_PRICE * len(passengers) * (facts["insurance"] == "yes")
        methods = yield from find_methods(caller, facts["payment"])
        shares, left = split(methods, price)
        breach = too_many_methods([share.method.source for share in shares])
        breach = breach or limit_of(facts, price)
        breach = breach or (not_covered(price) if left else None)
        if breach:
            return refuse(breach)
        booking = Booking(found, passengers, bags, facts["insurance"], shares)
        return Outcome(
            statement=f"I can book {booking.words()}, {money(price)} in all. {ASK_YES}",
            writes=(booking.write(caller, trip),),
            report=f"The flights have been booked, and {money(price)} charged.",
        )


class Booking(NamedTuple):
    """What a booking comes to."""

    itinerary: Itinerary
    passengers: list[Passenger]
    bags: tuple[int, int]
    """In all, and those that are not free."""
    insurance: str
    shares: list[Share]

    def words(self) -> str:
        """Return what is booked."""
        paid = joined([f"{money(each.amount)} from {each.method.id}" for each in self.shares])
        cover = "with" if self.insurance == "yes" else "without"
        return (
            f"{self.itinerary.words} in {in_words(self.itinerary.cabin)} for "
            f"{people(self.passengers)}, with {bags_in_words(*self.bags)}, "
            f"{cover} travel insurance; paid with {paid}"
        )

    def write(self, caller: str, trip: Trip) -> Write:
        """Return the write that makes it."""
        origin, destination = self.itinerary.ends
        arguments = {
            "user_id": caller,
            "origin": origin,
            "destination": destination,
            "flight_type": "round_trip" if trip.back else "one_way",
            "cabin": self.itinerary.cabin,
            "flights": self.itinerary.flights,
            "passengers": [each.plain for each in self.passengers],
            "payment_methods": [
                {"payment_id": each.method.id, "amount": each.amount} for each in self.shares
            ],
            "total_baggages": self.bags[0],
            "nonfree_baggages": self.bags[1],
            "insurance": self.insurance,
        }
        sources: dict[str, Provenance] = dict.fromkeys(arguments, "computed")
        sources |= {"user_id": "read", "flight_type": "rule", "nonfree_baggages": "rule"}
        sources |= dict.fromkeys(("origin", "destination", "cabin", "insurance"), "user")
        return Write("book_reservation", arguments, sources)


def crowded(number: int) -> Breach | None:
    """Return the breach if so many passengers are too many for one booking."""
    return too_many_passengers(number) if number > MOST_PASSENGERS else None


def lowered(price: int, plan: Planned, cabin: Cabin, seats: int) -> int:
    """Return what a booking would cost if its cheaper direction cost next to nothing."""
    ways = [sum(leg.prices[cabin] for leg in way) for way in (plan.there, plan.back) if way]
    return price - (min(ways) - CHEAPEST) * seats


def price_of(user: User, plan: Planned, cabin: Cabin, seats: int, bags: int, insurance: str) -> int:
    """Return the price of a booking, in US dollars."""
    fare = sum(leg.prices[cabin] for leg in (*plan.there, *plan.back)) * seats
    nonfree = max(0, bags - free_bags(user.membership, cabin, seats))
    return fare + BAG_PRICE * nonfree + INSURANCE_PRICE * seats * (insurance == "yes")
