"""Questions about reservations and flights, which never come to a write."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal

import numpy as np

from writ_gym.database import JSON
from writ_gym.domain import Brief, Intent
from writ_gym.domains.airline.drafting.journeys import find_journey, shapes
from writ_gym.domains.airline.drafting.reservations import (
    Scope,
    conditions_for,
    name_reservation,
    nothing_that_fits,
)
from writ_gym.domains.airline.drafting.scene import Scene, status_key
from writ_gym.domains.airline.drafting.trips import FIRST_DAY, MOST_SEARCHES, widened, window
from writ_gym.domains.airline.intents.cancelling import status_of
from writ_gym.domains.airline.intents.flights import Route, able, in_cabin, search
from writ_gym.domains.airline.intents.outcomes import money
from writ_gym.domains.airline.intents.reading import (
    attribute,
    find_figure,
    find_reservation,
    read_user,
)
from writ_gym.domains.airline.intents.trips import find_dates
from writ_gym.domains.airline.rules import free_bags, no_flights, other_user
from writ_gym.domains.airline.schema import CABINS, LAST_DAY, AirlineDB, Reservation
from writ_gym.domains.airline.wishes import (
    CABIN,
    FIGURE,
    JOURNEY,
    RESERVATION,
    CabinWish,
    EveryReservation,
    Figure,
    Journey,
    ReservationChoice,
    Reservations,
    plain,
)
from writ_gym.errors import UnsolvableError
from writ_gym.meaning.breaches import Breach
from writ_gym.meaning.queries import Condition, keeps, parse, pick
from writ_gym.meaning.solving import Outcome, Plan, Reads, Tell, refuse
from writ_gym.phrasing.grammar import joined
from writ_gym.tasks import Request

TOPICS: Mapping[str, str] = {
    "total": "the total paid",
    "passengers": "the number of passengers",
    "bags": "the number of checked bags",
    "cabin": "the cabin",
    "departure": "the date of the first flight",
    "flight_status": "the status of the first flight",
}
FLIGHT_TOPICS = ("price", "price", "leaves", "lands", "duration", "flights", "count")
_ANSWERS: Mapping[str, str] = {
    "price": "the fare per person",
    "leaves": "the time of departure",
    "lands": "the time of arrival",
    "duration": "the travel time in minutes",
}
"""By topic that is a property of flights, what the answer calls it."""
FIGURES: tuple[Literal["count", "total", "passengers", "bags"], ...] = (
    "count", "total", "total", "passengers", "bags",
)  # fmt: skip


class AboutOne(Intent[AirlineDB]):
    """Questions about one reservation."""

    name: ClassVar[str]
    absent: ClassVar[float] = 0.1
    """Chance that there is no such reservation."""

    def reach(self, db: AirlineDB, caller: str, writing: bool) -> tuple[int, int] | None:
        """Return from the reservation alone up to all of them."""
        count = len(db.users[caller].reservations)
        return (1, count) if count and not writing else None

    def draft(self, db: AirlineDB, brief: Brief, rng: np.random.Generator) -> Request | None:
        """Return a question about a reservation, perhaps one that there is not."""
        scene = Scene(db, brief, rng)
        if not scene.reservations:
            return None
        meant = scene.choose([each for each in scene.reservations if each.flights])
        all_read = scene.new(scene.user.reservations) == scene.room
        if all_read and brief.may_end("unmet") and scene.chance(self.absent):
            if not self.ask(scene, meant):
                return None
            scene.add("reservation", plain(ReservationChoice(where=nothing_that_fits(scene).where)))
            scene.mark("empty_set")
            return scene.request(self.name, "information")
        if not brief.may_end("information") or not self.ask(scene, meant):
            return None
        piece = name_reservation(scene, meant, scene.room)
        if piece is None or not self.open(scene, getattr(piece.value, "where", ())):
            return None
        scene.add("reservation", piece)
        return scene.request(self.name, "information")

    def ask(self, scene: Scene, meant: Reservation) -> bool:
        """Add what is asked."""
        return True

    def open(self, scene: Scene, where: Sequence[Condition]) -> bool:
        """Say whether the words for the reservation leave the question open."""
        return True

    def solve(self, caller: str, facts: Mapping[str, JSON]) -> Plan:
        """Find the reservation and look it up."""
        reference = parse(RESERVATION, facts["reservation"])
        if isinstance(reference, EveryReservation):
            raise UnsolvableError("A question is about one reservation.")
        found = yield from find_reservation(caller, reference)
        if isinstance(found, Breach):
            return refuse(found)
        if breach := other_user(found, caller):
            return refuse(breach)
        return (yield from self.answer(caller, found, facts))

    @abstractmethod
    def answer(
        self, caller: str, reservation: Reservation, facts: Mapping[str, JSON]
    ) -> Reads[Outcome]:
        """Return what is to be told."""


class AboutReservation(AboutOne):
    """Ask for something that a reservation shows."""

    name = "about_reservation"

    def ask(self, scene: Scene, meant: Reservation) -> bool:
        """Add the topic, and the read that it takes besides the reservation."""
        topic = scene.choose([*TOPICS])
        if topic == "flight_status":
            scene.read([status_key(meant.flights[0])])
        scene.add("topic", topic)
        return scene.room > 0

    def open(self, scene: Scene, where: Sequence[Condition]) -> bool:
        """Say whether no condition names what is asked."""
        return all(c.attribute != scene.values["topic"] for c in where)

    def answer(
        self, caller: str, reservation: Reservation, facts: Mapping[str, JSON]
    ) -> Reads[Outcome]:
        """Look it up."""
        topic = facts["topic"]
        if topic == "flight_status":
            if not reservation.flights:
                raise UnsolvableError(f"{reservation.reservation_id} has no flights.")
            value: float | str = yield from status_of(reservation.flights[0])
        else:
            value = attribute(reservation, topic)
        value = value.replace("_", " ") if topic == "cabin" and isinstance(value, str) else value
        shown = money(value) if topic == "total" and not isinstance(value, str) else str(value)
        what = f"{TOPICS[topic]} of reservation {reservation.reservation_id}"
        return Outcome(statement=f"{what[:1].upper()}{what[1:]}: {shown}.", tells=(Tell(value),))


class AboutAllowance(AboutOne):
    """Ask how many bags are free of charge."""

    name = "about_allowance"

    def answer(
        self, caller: str, reservation: Reservation, facts: Mapping[str, JSON]
    ) -> Reads[Outcome]:
        """Count them by membership, cabin and passengers."""
        membership = (yield from read_user(caller)).membership
        count = len(reservation.passengers)
        free = free_bags(membership, reservation.cabin, count)
        statement = (
            f"The number of checked bags that are free of charge in reservation "
            f"{reservation.reservation_id}, in all, is {free}."
        )
        return Outcome(statement=statement, tells=(Tell(free),))


class AboutReservations(Intent[AirlineDB]):
    """Ask for a figure over several reservations."""

    name = "about_reservations"

    def reach(self, db: AirlineDB, caller: str, writing: bool) -> tuple[int, int] | None:
        """Return from two reservations up to all of them."""
        count = len(db.users[caller].reservations)
        return (2, count) if count > 1 and not writing else None

    def draft(self, db: AirlineDB, brief: Brief, rng: np.random.Generator) -> Request | None:
        """Return a question about some reservations."""
        scene = Scene(db, brief, rng)
        group = [each for each in scene.reservations if each.flights]
        scope: Scope = "all"
        if scene.new(scene.user.reservations) != scene.room:
            if not 2 <= scene.room <= len(group):
                return None
            group = scene.some(group, scene.room)
            scope = tuple(each.reservation_id for each in group)
        where = list(conditions_for(scene, scene.choose(group)))
        chosen = (scene.choose(where),) if scene.chance(0.7) else ()
        figure = scene.choose(FIGURES)
        kept = sum(keeps(each, chosen, attribute) for each in group)
        if figure == "count" and (not chosen or kept == len(group)):
            return None
        scene.mark("aggregate")
        over = Reservations(scope=scope, where=chosen)
        scene.add("figure", plain(Figure(figure=figure, reservations=over)))
        return scene.request(self.name, "information")

    def solve(self, caller: str, facts: Mapping[str, JSON]) -> Plan:
        """Read the reservations and compute the figure."""
        wanted = parse(FIGURE, facts["figure"])
        value = yield from find_figure(caller, wanted.figure, wanted.reservations)
        shown = money(value) if wanted.figure == "total" else str(value)
        what = {
            "count": "The number of reservations like that",
            "total": "What was paid for them in all",
            "passengers": "The number of their passengers in all",
            "bags": "The number of their checked bags in all",
        }[wanted.figure]
        return Outcome(statement=f"{what} is {shown}.", tells=(Tell(value),))


class AboutFlights(Intent[AirlineDB]):
    """Ask for the flights that there are."""

    name = "about_flights"

    def reach(self, db: AirlineDB, caller: str, writing: bool) -> tuple[int, int] | None:
        """Return from one search up to a dozen."""
        return None if writing else (1, MOST_SEARCHES)

    def draft(self, db: AirlineDB, brief: Brief, rng: np.random.Generator) -> Request | None:
        """Return a question about flights in one direction."""
        scene = Scene(db, brief, rng)
        options = shapes(scene.room, 3)
        if not options:
            return None
        shape = scene.choose(options)
        flight, cabin = scene.choose(scene.flights), scene.choose(CABINS)
        dates = window(scene, shape.days, FIRST_DAY, LAST_DAY)
        if not dates:
            return None
        route = widened(scene, shape, (flight.origin, flight.destination), dates)
        found = find_journey(scene, route, shape.stops, cabin, 1)
        topic = scene.choose(FLIGHT_TOPICS)
        journey = found.journey if found else None
        if found is None or not isinstance(journey, Journey):
            return None
        if topic == "count" and not journey.where:
            return None
        if topic == "count":
            journey = journey.model_copy(update={"by": None, "extreme": "highest", "rank": 1})
        elif topic == journey.by or any(c.attribute == "flight" for c in journey.where):
            topic = "price"
        scene.read(found.reads)
        alike = ("superlative", "rank") if topic == "count" else ()
        scene.mark(*(name for name in found.operators if name not in alike))
        scene.add("journey", plain(journey))
        scene.add("cabin", plain(CabinWish(cabins=(cabin,))))
        scene.add("topic", topic)
        return scene.request(self.name, "information")

    def solve(self, caller: str, facts: Mapping[str, JSON]) -> Plan:
        """Search, and tell what was asked of the flights that are meant."""
        journey = parse(JOURNEY, facts["journey"])
        (cabin,) = parse(CABIN, facts["cabin"]).cabins
        topic = facts["topic"]
        if not journey.origins or not journey.destinations:
            raise UnsolvableError("The user does not say from where to where.")
        dates = yield from find_dates(caller, journey, None)
        found = yield from search(journey, Route(journey.origins, journey.destinations, dates))
        fit, of = able(found, cabin, 1), in_cabin(cabin)
        if topic == "count":
            number = sum(keeps(each, journey.where, of) for each in fit)
            statement = f"The number of connections like that is {number}."
            return Outcome(statement=statement, tells=(Tell(number),))
        best = pick(fit, journey, of)
        if best is None:
            return refuse(no_flights(journey.destinations[0]))
        numbers = [leg.flight_number for leg in best]
        if topic == "flights":
            statement = f"That is {joined(numbers)}."
            return Outcome(statement=statement, tells=tuple(Tell(number) for number in numbers))
        value = of(best, topic)
        shown = money(value) if topic == "price" else str(value)
        return Outcome(
            statement=f"It is {joined(numbers)}, and {_ANSWERS[topic]} is {shown}.",
            tells=(Tell(value),),
        )
