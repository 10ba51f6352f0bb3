"""Intents that change the flights or the cabin of a reservation."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar, NamedTuple

from writ_gym.database import JSON
from writ_gym.domains.airline.drafting.fares import (
    cabin_fare,
    cabin_price,
    looked_up,
    missing,
    price_of,
)
from writ_gym.domains.airline.drafting.parts import payable, single, some_card
from writ_gym.domains.airline.drafting.scene import Scene, status_key
from writ_gym.domains.airline.drafting.trips import Planned, changed_trip, cheapest, room_for_trip
from writ_gym.domains.airline.drafting.twins import exact_trip
from writ_gym.domains.airline.intents.base import ReservationIntent
from writ_gym.domains.airline.intents.outcomes import certificate_named, charge, settle, source_of
from writ_gym.domains.airline.intents.trips import Itinerary, change, forbids_change, ways_of
from writ_gym.domains.airline.rules import basic_economy, in_words
from writ_gym.domains.airline.schema import CABINS, Cabin, PaymentMethod, Reservation
from writ_gym.domains.airline.wishes import (
    CABIN,
    TRIP,
    CabinWish,
    DaysFrom,
    Journey,
    OfKind,
    ReservationById,
    Trip,
    plain,
)
from writ_gym.errors import UnsolvableError
from writ_gym.meaning.breaches import Breach
from writ_gym.meaning.queries import parse
from writ_gym.meaning.solving import ASK_YES, Outcome, Reads, Write, refuse

OTHER_CABIN = 0.2
"""Chance that new flights are to be in another cabin than those of now."""


class Change(NamedTuple):
    """What a change of flights or of the cabin comes to."""

    itinerary: Itinerary
    price: int
    """What has to be paid, in US dollars; below 0 if it is refunded."""
    method: PaymentMethod

    def write(self, reservation: Reservation, facts: Mapping[str, JSON]) -> Write:
        """Return the write that makes it."""
        return Write(
            "update_reservation_flights",
            {
                "reservation_id": reservation.reservation_id,
                "cabin": self.itinerary.cabin,
                "flights": self.itinerary.flights,
                "payment_id": self.method.id,
            },
            {
                "reservation_id": source_of(facts["reservation"]),
                "cabin": "user" if "cabin" in facts else "read",
                "flights": "computed",
                "payment_id": source_of(facts["payment"]),
            },
        )

    def words(self, reservation: Reservation) -> str:
        """Return what becomes of a reservation."""
        cabin = in_words(self.itinerary.cabin)
        return (
            f"reservation {reservation.reservation_id} to {self.itinerary.words} in {cabin}, for "
            f"which {charge(self.price, self.method)}"
        )


def find_change(
    caller: str, reservation: Reservation, facts: Mapping[str, JSON]
) -> Reads[Change | Breach]:
    """Find the change that the facts mean; a breach if a rule forbids it."""
    trip = parse(TRIP, facts["trip"]) if "trip" in facts else None
    wish = parse(CABIN, facts["cabin"]) if "cabin" in facts else None
    breach = basic_economy(reservation) if trip else None
    breach = breach or (yield from forbids_change(reservation, trip, wish))
    if breach:
        return breach
    if wish and wish.fare is not None and (trip or len(wish.cabins) > 1):
        raise UnsolvableError("The fare of a cabin is known for a change of the cabin only.")
    itinerary = yield from change(caller, reservation, trip, wish)
    if isinstance(itinerary, Breach):
        return itinerary
    before = sum(flight.price for flight in reservation.flights)
    price = (itinerary.fare - before) * len(reservation.passengers)
    method = yield from settle(caller, facts, price, reservation)
    if isinstance(method, Breach):
        return method
    return Change(itinerary, price, method)


class Rebooking(ReservationIntent):
    """Requests that come to ``update_reservation_flights``."""

    tool = "update_reservation_flights"
    priced: ClassVar[bool] = True

    def at_once(self, facts: Mapping[str, JSON]) -> Breach | None:
        """Refuse to take a certificate."""
        return certificate_named(facts)

    def act(
        self, caller: str, reservation: Reservation, facts: Mapping[str, JSON]
    ) -> Reads[Outcome]:
        """Find the change and return its outcome."""
        found = yield from find_change(caller, reservation, facts)
        if isinstance(found, Breach):
            return refuse(found)
        return Outcome(
            statement=f"I can change {found.words(reservation)}. {ASK_YES}",
            writes=(found.write(reservation, facts),),
            report=f"Reservation {reservation.reservation_id} has been changed.",
        )

    @abstractmethod
    def plain_details(
        self, scene: Scene, reservation: Reservation, payment: JSON | None = None
    ) -> bool:
        """Add facts that take no reads, with a method if one is given."""

    def lifts(self, reservation: Reservation) -> bool:
        """Say whether a reservation could be changed, had it not been flown."""
        return True

    def pay(
        self, scene: Scene, reservation: Reservation, price: int, method_id: str = ""
    ) -> int | None:
        """Add a method that can pay a price, or the one with an id; return the price."""
        able = [m for m in payable(scene, price) if method_id in ("", m.id)]
        kept = scene.new({reservation.reservation_id})
        piece = single(scene, reservation, scene.choose(able), price, kept) if able else None
        if piece is None:
            return None
        scene.add("payment", piece)
        return price

    def refusal(self, scene: Scene, way: str) -> bool:
        """Change what was flown, or pay with what cannot pay for a change."""
        match way:
            case "flown":
                return self._flown(scene)
            case "card":
                return self._card(scene)
            case _:
                return super().refusal(scene, way)

    def _flown(self, scene: Scene) -> bool:
        """Change a reservation of which a flight was flown."""
        open_ones = [each for each in scene.reservations if each.status != "cancelled"]
        targets = [each for each in open_ones if scene.flown(each) and self.lifts(each)]
        if not targets:
            return False
        target = scene.choose(targets)
        scene.tells_status = False
        scene.read([status_key(scene.flown(target)[0])])
        return self.plain_details(scene, target) and self.finish(scene, target, guarded=False)

    def _card(self, scene: Scene) -> bool:
        """Pay with a certificate."""
        targets = [each for each in scene.active() if self.suits(scene, each)]
        if scene.room or not targets:
            return False
        target = scene.choose(targets)
        if not self.plain_details(scene, target, plain(OfKind(kind="certificate"))):
            return False
        scene.add("reservation", plain(ReservationById(id=target.reservation_id)))
        return True


class ChangeFlights(Rebooking):
    """Other flights for a reservation, in one direction or in both."""

    name = "change_flights"
    most: ClassVar[int] = 12
    refused: ClassVar[tuple[str, ...]] = (
        "basic", "no_flights", "no_flights", "flown", "card", "route",
    )  # fmt: skip
    refused_least: ClassVar[int] = 0

    def suits(self, scene: Scene, reservation: Reservation) -> bool:
        """Say whether flights of a reservation can be changed."""
        return reservation.cabin != "basic_economy" and not scene.past(reservation.flights)

    def details(self, scene: Scene, reservation: Reservation) -> int | None:
        """Add flights and a method; the rest of the room is for the reservation."""
        cabin = reservation.cabin
        if scene.chance(OTHER_CABIN):
            cabin = scene.choose([each for each in CABINS if each != cabin])
        room = room_for_trip(scene, reservation)
        planned = changed_trip(scene, reservation, room, cabin=cabin)
        if planned is None or not scene.fits(planned.piece):
            return None
        return self._pay_for(scene, reservation, planned, cabin)

    def _pay_for(
        self,
        scene: Scene,
        reservation: Reservation,
        planned: Planned,
        cabin: Cabin,
        method_id: str = "",
    ) -> int | None:
        """Add flights, their cabin if it is another one, and a method; return the price."""
        if cabin != reservation.cabin:
            ways = ways_of(reservation)
            if (ways["there"] and not planned.there) or (ways["back"] and not planned.back):
                return None  # what stays would have to be looked up, too
            scene.add("cabin", plain(CabinWish(cabins=(cabin,))))
        scene.add("trip", planned.piece)
        return self.pay(scene, reservation, price_of(reservation, planned, cabin), method_id)

    def lifts(self, reservation: Reservation) -> bool:
        """Say whether flights could be changed, had none been flown."""
        return reservation.cabin != "basic_economy" and reservation.flight_type == "one_way"

    def aim(self, scene: Scene, reservation: Reservation, arguments: Mapping[str, JSON]) -> bool:
        """Name the flights by their numbers."""
        flights = [(each["flight_number"], each["date"]) for each in arguments["flights"]]
        own = scene.new({reservation.reservation_id})
        cabin, method_id = arguments["cabin"], arguments["payment_id"]
        plans = (exact_trip(scene, reservation, flights, cabin, known) for known in (False, True))
        planned = next((plan for plan in plans if plan and scene.fits(plan.piece, own)), None)
        if planned is None:
            return False
        return self._pay_for(scene, reservation, planned, cabin, method_id) is not None

    def plain_details(
        self, scene: Scene, reservation: Reservation, payment: JSON | None = None
    ) -> bool:
        """Add the cheapest flight of some day."""
        scene.add("trip", plain(cheapest(scene, reservation)))
        scene.add("payment", payment or plain(some_card(scene)))
        return True

    def refusal(self, scene: Scene, way: str) -> bool:
        """Change flights in basic economy, or to flights that there are not."""
        match way:
            case "basic":
                return self._basic(scene)
            case "no_flights":
                return self._no_flights(scene)
            case "route":
                return self._other_route(scene)
            case _:
                return super().refusal(scene, way)

    def _other_route(self, scene: Scene) -> bool:
        """Ask for flights to somewhere else, which the airline flies to from there, too."""
        targets = [each for each in scene.active() if self.suits(scene, each)]
        if not targets:
            return False
        target = scene.choose(targets)
        flown_to = {f.destination for f in scene.flights if f.origin == target.origin}
        there = Journey(
            destinations=(scene.choose(sorted(flown_to - {target.destination})),),
            dates=DaysFrom(days=(scene.choose((0, 1, 2)),)), by="price", extreme="lowest",
        )  # fmt: skip
        scene.add("trip", plain(Trip(there=there)))
        scene.add("payment", plain(some_card(scene)))
        return self.finish(scene, target, guarded=False)

    def _basic(self, scene: Scene) -> bool:
        targets = [each for each in scene.active() if each.cabin == "basic_economy"]
        scene.tells_status = False
        if not targets:
            return False
        target = scene.choose(targets)
        return self.plain_details(scene, target) and self.finish(scene, target, guarded=False)

    def _no_flights(self, scene: Scene) -> bool:
        targets = [each for each in scene.active() if self.suits(scene, each)]
        if not targets or scene.room < 2:
            return False
        target = scene.choose(targets)
        piece = changed_trip(scene, target, room_for_trip(scene, target), met=False)
        if piece is None or not scene.fits(piece.piece):
            return False
        scene.add("trip", piece.piece)
        scene.mark("empty_set")
        scene.add("payment", plain(some_card(scene)))
        return self.finish(scene, target, guarded=False)


class ChangeCabin(Rebooking):
    """Another cabin for all flights of a reservation."""

    name = "change_cabin"
    most: ClassVar[int] = 4
    refused: ClassVar[tuple[str, ...]] = ("no_seats", "no_seats", "flown", "same", "card")
    refused_least: ClassVar[int] = 0

    def suits(self, scene: Scene, reservation: Reservation) -> bool:
        """Say whether another cabin can be had."""
        others = (cabin for cabin in CABINS if cabin != reservation.cabin)
        return any(not missing(scene, reservation, cabin) for cabin in others)

    def details(self, scene: Scene, reservation: Reservation) -> int | None:
        """Add a cabin, or two of which the first that can be had is meant, and a method."""
        others = [cabin for cabin in CABINS if cabin != reservation.cabin]
        able = [cabin for cabin in others if not missing(scene, reservation, cabin)]
        if not able:
            return None
        cabins: tuple[Cabin, ...] = (scene.choose(able),)
        lacking = [cabin for cabin in others if cabin not in able]
        if scene.chance(0.6 if lacking else 0.2):
            first = scene.choose(lacking or able)
            cabins = (first, *(each for each in cabins if each != first))
        meant = next(cabin for cabin in cabins if cabin in able)
        scene.mark(*(("fallback",) if len(cabins) > 1 else ()))
        if not self._cabins(scene, reservation, cabins):
            return None
        return self.pay(scene, reservation, cabin_price(scene, reservation, meant))

    def _cabins(self, scene: Scene, reservation: Reservation, cabins: tuple[Cabin, ...]) -> bool:
        """Add the cabins, one of them with its fare if there is no room to look that up."""
        own = scene.new({reservation.reservation_id})
        scene.read(scene.past(reservation.flights))
        searches = {looked_up(flight) for flight in reservation.flights}
        fare = None
        if scene.new(searches) <= scene.room - own:
            scene.read(searches)
        elif len(cabins) == 1:
            fare = cabin_fare(scene, reservation, cabins[0])
        else:
            return False
        scene.add("cabin", plain(CabinWish(cabins=cabins, fare=fare)))
        return True

    def aim(self, scene: Scene, reservation: Reservation, arguments: Mapping[str, JSON]) -> bool:
        """Name the cabin."""
        if arguments["cabin"] == reservation.cabin or len(arguments["flights"]) != len(
            reservation.flights
        ):
            return False
        if not self._cabins(scene, reservation, (arguments["cabin"],)):
            return False
        price = cabin_price(scene, reservation, arguments["cabin"])
        return self.pay(scene, reservation, price, arguments["payment_id"]) is not None

    def plain_details(
        self, scene: Scene, reservation: Reservation, payment: JSON | None = None
    ) -> bool:
        """Add a cabin and a card."""
        others = [cabin for cabin in CABINS if cabin != reservation.cabin]
        scene.add("cabin", plain(CabinWish(cabins=(scene.choose(others),))))
        scene.add("payment", payment or plain(some_card(scene)))
        return True

    def refusal(self, scene: Scene, way: str) -> bool:
        """Ask for a cabin that is sold out, or for the one that is there already."""
        if way not in ("no_seats", "same"):
            return super().refusal(scene, way)
        same = way == "same"
        options = [
            (each, cabin)
            for each in scene.active()
            for cabin in CABINS
            if (cabin == each.cabin) is same and (same or missing(scene, each, cabin))
        ]
        if not options:
            return False
        target, cabin = scene.choose(options)
        scene.tells_status = False
        if not same:
            scene.read(scene.past(target.flights))
            scene.read(missing(scene, target, cabin)[:1])
        scene.add("cabin", plain(CabinWish(cabins=(cabin,))))
        scene.add("payment", plain(some_card(scene)))
        return self.finish(scene, target, guarded=False)
