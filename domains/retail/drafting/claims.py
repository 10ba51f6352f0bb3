"""What a user takes to be so of an order, rightly or wrongly."""

from collections.abc import Iterator, Mapping

from writ_gym.database import JSON
from writ_gym.domains.retail.drafting.orders import ROUND_TO, some_order
from writ_gym.domains.retail.drafting.scene import Scene
from writ_gym.domains.retail.intents.conditions import kind_paid_with
from writ_gym.domains.retail.intents.reading import total
from writ_gym.domains.retail.schema import Order
from writ_gym.domains.retail.wishes import Claim, OrderReference
from writ_gym.meaning.queries import attributes_in
from writ_gym.sampling.drafting import Piece
from writ_gym.tasks import Config

OPERATOR = "claim"
CLEAR = ("pending", "processed", "delivered", "cancelled")
"""Statuses that users speak of."""


def claim_about(
    scene: Scene, order: Order, holds: bool, status: str, meant: Mapping[str, JSON]
) -> Piece[Config] | None:
    """Return a claim about the order that the request is about, once it has been said which.

    Args:
        scene: The draft.
        order: The order.
        holds: Whether the claim is true.
        status: The only status that makes sense of the request: where the order has another one,
            that alone is what the user gets wrong.
        meant: How the user means the order: what that says is not claimed again.
    """
    said = {each["attribute"] for each in meant.get("where", ())} | {meant.get("by")}
    able = [
        claim
        for claim in _claims(scene, order, holds)
        if claim.claimed not in said
        and (claim.value == status if claim.claimed == "status" else order.status == status)
    ]
    return Piece(scene.choose(able), operators=(OPERATOR,)) if able else None


def claim_elsewhere(
    scene: Scene, other: Order, holds: bool, inner: Piece[OrderReference] | None
) -> Piece[Config] | None:
    """Return a claim about an order that the request is not about.

    Args:
        scene: The draft.
        other: The order.
        holds: Whether the claim is true.
        inner: How the user means the order; None if there is no way.
    """
    if inner is None:
        return None
    said = attributes_in(inner.value)
    able = [claim for claim in _claims(scene, other, holds) if claim.claimed not in said]
    if not able:
        return None
    claim = scene.choose(able).model_copy(update={"of": inner.value})
    return Piece(claim, inner.reads, (OPERATOR, *inner.operators))


def true_elsewhere(scene: Scene, order: Order, own: int) -> Piece[Config] | None:
    """Return a claim that holds of another order than this one, leaving ``own`` reads."""
    others = [other for other in scene.orders if other.order_id != order.order_id]
    if not others:
        return None
    other = scene.choose(others)
    return claim_elsewhere(scene, other, True, some_order(scene, other, own))


def _claims(scene: Scene, order: Order, holds: bool) -> Iterator[Claim]:
    """Yield claims about an order that are all true, or all false."""
    others = [status for status in CLEAR if status != order.status]
    if not holds:
        yield Claim(claimed="status", test="is", value=scene.choose(others))
    elif order.status in CLEAR:
        yield Claim(claimed="status", test="is", value=order.status)
    near = (total(order) - 0.01) // ROUND_TO * ROUND_TO
    low = near - int(scene.rng.random() * 3) * ROUND_TO
    high = near + (2 + int(scene.rng.random() * 3)) * ROUND_TO
    if low > 0:
        yield Claim(claimed="total", test="over" if holds else "under", value=float(low))
    yield Claim(claimed="total", test="under" if holds else "over", value=float(high))
    count = len(order.items)
    yield Claim(claimed="count", test="under" if holds else "over", value=float(count + 1))
    if count > 2:
        yield Claim(claimed="count", test="over" if holds else "under", value=float(count - 1))
    own = kind_paid_with(order)
    kinds = sorted({method.source for method in scene.user.payment_methods.values()} - {own})
    if kinds:  # else nothing could be another way
        kind = own if holds else scene.choose(kinds)
        yield Claim(claimed="paid_with", test="is", value=kind)
