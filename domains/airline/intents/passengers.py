"""The intent that changes the passengers of a reservation."""

from collections.abc import Mapping
from typing import ClassVar

from writ_gym.database import JSON
from writ_gym.domains.airline.drafting.parts import stranger
from writ_gym.domains.airline.drafting.reservations import some_reservation
from writ_gym.domains.airline.drafting.scene import Scene
from writ_gym.domains.airline.intents.base import ReservationIntent
from writ_gym.domains.airline.intents.outcomes import people, source_of
from writ_gym.domains.airline.intents.parts import find_new_passengers, swapped
from writ_gym.domains.airline.intents.reading import full_name
from writ_gym.domains.airline.rules import nothing_to_change, passenger_count
from writ_gym.domains.airline.schema import Passenger, Reservation
from writ_gym.domains.airline.wishes import (
    NEW_PASSENGERS,
    Corrected,
    Me,
    OtherNumber,
    Person,
    ReservationById,
    SameAs,
    Saved,
    Stated,
    Swapped,
    plain,
)
from writ_gym.meaning.breaches import Breach
from writ_gym.meaning.queries import parse
from writ_gym.meaning.solving import ASK_YES, Outcome, Reads, Write, refuse
from writ_gym.sampling.drafting import Piece
from writ_gym.tasks import Config


class ChangePassengers(ReservationIntent):
    """Other passengers, or other data of them."""

    name = "change_passengers"
    tool = "update_reservation_passengers"
    refused: ClassVar[tuple[str, ...]] = ("number", "number", "other")
    refused_least: ClassVar[int] = 0

    def details(self, scene: Scene, reservation: Reservation) -> int | None:
        """Replace passengers, put their data right, or take those of another reservation."""
        if scene.chance(0.35):
            piece = self._same_as(scene, reservation, equal=True)
            if piece and scene.fits(piece, scene.new({reservation.reservation_id})):
                scene.add("passengers", piece)
                return 0
        wish = self._swaps(scene, reservation)
        if wish is None:
            return None
        scene.add("passengers", plain(wish))
        return 0

    def _same_as(self, scene: Scene, reservation: Reservation, equal: bool) -> Piece[Config] | None:
        """Return those of another reservation, with as many passengers, or with others."""
        count = len(reservation.passengers)
        others = [
            each
            for each in scene.reservations
            if (len(each.passengers) == count) is equal
            and each.passengers != reservation.passengers
        ]
        most = min(3, scene.room - scene.new({reservation.reservation_id}))
        inner = some_reservation(scene, scene.choose(others), most) if others else None
        if inner is None:
            return None
        return Piece(SameAs(same_as=inner.value), inner.reads, ("join", *inner.operators))

    def _swaps(self, scene: Scene, reservation: Reservation) -> Swapped | None:
        """Return one or two passengers who are replaced or whose data are put right."""
        names = [full_name(each) for each in reservation.passengers]
        able = [each for each in reservation.passengers if names.count(full_name(each)) == 1]
        if not able:
            return None
        chosen = scene.some(able, min(len(able), 1 if scene.chance(0.7) else 2))
        return Swapped(swaps={full_name(each): self._swap(scene, each, names) for each in chosen})

    def _swap(self, scene: Scene, person: Passenger, names: list[str]) -> Person | Corrected:
        saved = [full_name(each) for each in scene.user.saved_passengers]
        free = [name for name in saved if saved.count(name) == 1 and name not in names]
        me = f"{scene.user.name.first_name} {scene.user.name.last_name}"
        other = stranger(scene)
        options: list[Person | Corrected] = [
            Stated(given=other),
            Corrected(last_name=other.last_name),
            Corrected(dob=other.dob),
        ]
        options += [Saved(saved=scene.choose(free))] if free else []
        options += [Me()] if me not in names else []
        able = [each for each in options if swapped(scene.user, person, each) != person]
        return scene.choose(able)

    def aim(self, scene: Scene, reservation: Reservation, arguments: Mapping[str, JSON]) -> bool:
        """State who takes whose place."""
        names = [full_name(each) for each in reservation.passengers]
        new = [Passenger.model_validate(each) for each in arguments["passengers"]]
        swaps = {
            full_name(before): Stated(given=after)
            for before, after in zip(reservation.passengers, new, strict=True)
            if before != after
        }
        if any(names.count(name) > 1 for name in swaps):
            return False
        scene.add("passengers", plain(Swapped(swaps=swaps)))
        return True

    def plain_details(self, scene: Scene, reservation: Reservation) -> bool:
        """Replace a passenger."""
        wish = self._swaps(scene, reservation)
        if wish is None:
            return False
        scene.add("passengers", plain(wish))
        return True

    def refusal(self, scene: Scene, way: str) -> bool:
        """Ask for more or fewer passengers."""
        targets = scene.active()
        if way not in self.refused:
            return super().refusal(scene, way)
        if not targets:
            return False
        target = scene.choose(targets)
        if way == "number":
            return self._number(scene, target)
        piece = self._same_as(scene, target, equal=False)
        if piece is None or not scene.fits(piece):
            return False
        scene.add("passengers", piece)
        return self.finish(scene, target, guarded=False)

    def _number(self, scene: Scene, target: Reservation) -> bool:
        if scene.room:
            return False
        names = [full_name(each) for each in target.passengers]
        if len(names) > 1 and scene.chance(0.5):
            wish = OtherNumber(change="remove", people=(scene.choose(names),))
        else:
            wish = OtherNumber(change="add", people=(full_name(stranger(scene)),))
        scene.add("passengers", plain(wish))
        scene.add("reservation", plain(ReservationById(id=target.reservation_id)))
        return True

    def at_once(self, facts: Mapping[str, JSON]) -> Breach | None:
        """Refuse to change the number of passengers."""
        wish = parse(NEW_PASSENGERS, facts["passengers"])
        return passenger_count() if isinstance(wish, OtherNumber) else None

    def act(
        self, caller: str, reservation: Reservation, facts: Mapping[str, JSON]
    ) -> Reads[Outcome]:
        """Find the new passengers."""
        new = yield from find_new_passengers(caller, reservation, facts["passengers"])
        if len(new) != len(reservation.passengers):
            return refuse(passenger_count())
        if new == list(reservation.passengers):
            return refuse(nothing_to_change("the list of passengers"))
        return Outcome(
            statement=f"The passengers of reservation {reservation.reservation_id} will be "
            f"{people(new)}. {ASK_YES}",
            writes=(
                Write(
                    self.tool,
                    {
                        "reservation_id": reservation.reservation_id,
                        "passengers": [each.plain for each in new],
                    },
                    {
                        "reservation_id": source_of(facts["reservation"]),
                        "passengers": "computed",
                    },
                ),
            ),
            report=f"The passengers of reservation {reservation.reservation_id} have been changed.",
        )
