"""What a user takes to be so of a reservation, rightly or wrongly."""

from collections.abc import Iterator, Mapping

from writ_gym.database import JSON
from writ_gym.domains.airline.drafting.reservations import (
    ROUND_TO,
    counts_beside,
    some_reservation,
)
from writ_gym.domains.airline.drafting.scene import Scene
from writ_gym.domains.airline.intents.reading import attribute
from writ_gym.domains.airline.schema import CABINS, Reservation
from writ_gym.domains.airline.wishes import Belief, ReservationReference
from writ_gym.meaning.queries import Condition, attributes_in, condition
from writ_gym.sampling.drafting import Piece
from writ_gym.tasks import Config

OPERATOR = "claim"


def belief_about(
    scene: Scene, reservation: Reservation, holds: bool, meant: Mapping[str, JSON]
) -> Piece[Config] | None:
    """Return a claim about the reservation of the request, once it has been said which it is.

    Args:
        scene: The draft.
        reservation: The reservation.
        holds: Whether the claim is true.
        meant: How the user means it: what that says is not claimed again.
    """
    said = {each["attribute"] for each in meant.get("where", ())} | {meant.get("by")}
    able = [each for each in _claims(scene, reservation, holds) if each.attribute not in said]
    if not able:
        return None
    return Piece(Belief(believed=scene.choose(able)), operators=(OPERATOR,))


def belief_elsewhere(
    scene: Scene, other: Reservation, holds: bool, inner: Piece[ReservationReference] | None
) -> Piece[Config] | None:
    """Return a claim about a reservation that the request is not about.

    Args:
        scene: The draft.
        other: The reservation.
        holds: Whether the claim is true.
        inner: How the user means it; None if there is no way.
    """
    if inner is None:
        return None
    said = attributes_in(inner.value)
    able = [each for each in _claims(scene, other, holds) if each.attribute not in said]
    if not able:
        return None
    belief = Belief(believed=scene.choose(able), of=inner.value)
    return Piece(belief, inner.reads, (OPERATOR, *inner.operators))


def true_elsewhere(scene: Scene, reservation: Reservation, own: int) -> Piece[Config] | None:
    """Return a claim that holds of another reservation than this one, leaving ``own`` reads."""
    key = reservation.reservation_id
    others = [each for each in scene.reservations if each.reservation_id != key]
    if not others:
        return None
    other = scene.choose(others)
    most = min(3, scene.room - own)
    return belief_elsewhere(scene, other, True, some_reservation(scene, other, most))


def _claims(scene: Scene, reservation: Reservation, holds: bool) -> Iterator[Condition]:
    """Yield conditions all of which a reservation keeps, or none of which it keeps."""
    over, under = ("over", "under") if holds else ("under", "over")
    cabin, insurance = attribute(reservation, "cabin"), attribute(reservation, "insurance")
    others = [each for each in CABINS if each != cabin]
    yield condition("cabin", "is", cabin if holds else scene.choose(others))
    yield condition("insurance", "is", insurance if holds else _opposite(insurance))
    near = (attribute(reservation, "total") - 1) // ROUND_TO * ROUND_TO
    low, high = near - ROUND_TO, near + 2 * ROUND_TO
    if low > 0:
        yield condition("total", over, float(low))
    yield condition("total", under, float(high))
    # Nobody is sure of what is wrong of each reservation, such as that it has no passenger.
    for name, number, is_lower in counts_beside(reservation, spare=0 if holds else 1):
        test = over if is_lower else under
        if (test, number) != ("under", 1):  # nobody says "fewer than 1 bag"
            yield condition(name, test, number)


def _opposite(insurance: str) -> str:
    return "no" if insurance == "yes" else "yes"
