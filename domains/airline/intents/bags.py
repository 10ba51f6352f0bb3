"""The intent that adds checked bags to a reservation."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from writ_gym.database import JSON
from writ_gym.domains.airline.drafting.parts import bags_to_add, payable, single, some_card
from writ_gym.domains.airline.drafting.scene import Scene
from writ_gym.domains.airline.intents.base import ReservationIntent
from writ_gym.domains.airline.intents.outcomes import (
    bags_in_words,
    certificate_named,
    charge,
    settle,
    source_of,
)
from writ_gym.domains.airline.intents.parts import covers, find_bags
from writ_gym.domains.airline.rules import bags_removed, free_bags, nothing_to_change
from writ_gym.domains.airline.schema import BAG_PRICE, PaymentMethod, Reservation
from writ_gym.domains.airline.wishes import BagsInAll, MoreBags, OfKind, ReservationById, plain
from writ_gym.meaning.breaches import Breach
from writ_gym.meaning.solving import ASK_YES, Outcome, Reads, Write, refuse


class AddBags(ReservationIntent):
    """More checked bags for a reservation."""

    name = "add_bags"
    tool = "update_reservation_baggages"
    refused: ClassVar[tuple[str, ...]] = ("fewer", "fewer", "same", "card", "poor")
    refused_least: ClassVar[int] = 0
    priced: ClassVar[bool] = True

    def details(self, scene: Scene, reservation: Reservation) -> int | None:
        """Add bags and a method."""
        own = scene.new({reservation.reservation_id})
        load = bags_to_add(scene, reservation, own)
        scene.add("bags", load.piece)
        price = self._price(scene, reservation, load.total)
        return price if self._pay(scene, reservation, payable(scene, price), price) else None

    def _price(self, scene: Scene, reservation: Reservation, total: int) -> int:
        count = len(reservation.passengers)
        nonfree = max(0, total - free_bags(scene.user.membership, reservation.cabin, count))
        return BAG_PRICE * max(0, nonfree - reservation.nonfree_baggages)

    def _pay(
        self, scene: Scene, reservation: Reservation, able: Sequence[PaymentMethod], price: int
    ) -> bool:
        kept = scene.new({reservation.reservation_id})
        piece = single(scene, reservation, scene.choose(able), price, kept) if able else None
        if piece is None:
            return False
        scene.add("payment", piece)
        return True

    def aim(self, scene: Scene, reservation: Reservation, arguments: Mapping[str, JSON]) -> bool:
        """State the number of bags."""
        total = arguments["total_baggages"]
        scene.add("bags", plain(BagsInAll(in_all=total)))
        able = [scene.user.payment_methods[arguments["payment_id"]]]
        return self._pay(scene, reservation, able, self._price(scene, reservation, total))

    def plain_details(
        self, scene: Scene, reservation: Reservation, payment: JSON | None = None
    ) -> bool:
        """Add a number of bags and a card."""
        scene.add("bags", plain(MoreBags(more=1 + int(scene.rng.random() * 3))))
        scene.add("payment", payment or plain(some_card(scene)))
        return True

    def refusal(self, scene: Scene, way: str) -> bool:
        """Take bags away, ask for what is there, or pay with what cannot pay for it."""
        if way not in self.refused:
            return super().refusal(scene, way)
        targets = scene.active()
        if not targets:
            return False
        target = scene.choose(targets)
        now = target.total_baggages
        match way:
            case "card":
                return self._card(scene, target)
            case "poor":
                return self._poor(scene, target)
            case "fewer" if now:
                wish = BagsInAll(in_all=int(scene.rng.random() * now))
            case "same" if now:
                wish = BagsInAll(in_all=now)
            case _:
                return False
        scene.add("bags", plain(wish))
        scene.add("payment", plain(some_card(scene)))
        return self.finish(scene, target, guarded=False)

    def _card(self, scene: Scene, target: Reservation) -> bool:
        if scene.room:
            return False
        self.plain_details(scene, target, plain(OfKind(kind="certificate")))
        scene.add("reservation", plain(ReservationById(id=target.reservation_id)))
        return True

    def _poor(self, scene: Scene, target: Reservation) -> bool:
        """Pay with a gift card that has too little on it."""
        wish = MoreBags(more=3 + int(scene.rng.random() * 4))
        price = self._price(scene, target, target.total_baggages + wish.more)
        poor = [m for m in scene.methods if m.source == "gift_card" and not covers(m, price)]
        scene.add("bags", plain(wish))
        return self._pay(scene, target, poor, price) and self.finish(scene, target, False)

    def at_once(self, facts: Mapping[str, JSON]) -> Breach | None:
        """Refuse to take a certificate."""
        return certificate_named(facts)

    def act(
        self, caller: str, reservation: Reservation, facts: Mapping[str, JSON]
    ) -> Reads[Outcome]:
        """Count the bags and settle their price."""
        count, now = len(reservation.passengers), reservation.total_baggages
        total, nonfree = yield from find_bags(
            caller, facts["bags"], count, reservation.cabin, reservation
        )
        breach = bags_removed(now) if total < now else None
        breach = breach or (nothing_to_change("the number of bags") if total == now else None)
        if breach:
            return refuse(breach)
        price = BAG_PRICE * max(0, nonfree - reservation.nonfree_baggages)
        method = yield from settle(caller, facts, price, reservation)
        if isinstance(method, Breach):
            return refuse(method)
        return Outcome(
            statement=f"Reservation {reservation.reservation_id} will have "
            f"{bags_in_words(total, nonfree)}; {charge(price, method)}. {ASK_YES}",
            writes=(
                Write(
                    self.tool,
                    {
                        "reservation_id": reservation.reservation_id,
                        "total_baggages": total,
                        "nonfree_baggages": nonfree,
                        "payment_id": method.id,
                    },
                    {
                        "reservation_id": source_of(facts["reservation"]),
                        "total_baggages": "user" if "in_all" in facts["bags"] else "computed",
                        "nonfree_baggages": "rule",
                        "payment_id": source_of(facts["payment"]),
                    },
                ),
            ),
            report=f"The bags of reservation {reservation.reservation_id} have been updated.",
        )
