"""A condition on what the shop's products cost: it takes reads whatever the user has ordered."""

from writ_gym.domains.retail.drafting.orders import EXTREMES, ROUND_TO
from writ_gym.domains.retail.drafting.parts import amount_between
from writ_gym.domains.retail.drafting.scene import Scene
from writ_gym.domains.retail.wishes import Prices
from writ_gym.sampling.drafting import Piece
from writ_gym.tasks import Config

FEWEST, MOST = 2, 9
"""Products that a condition is about, where a request is to be carried out."""
MOST_REFUSED = 15
"""Products that one is about, and there is nothing else to read, as it does not hold."""
OPERATOR = "aggregate"


def name_prices(scene: Scene, room: int, holds: bool = True) -> Piece[Config] | None:
    """Return a condition on prices that holds, or does not, with exactly ``room`` new reads.

    Its limit is one that every product alone could cross: the lowest prices come to more than
    that, and one of them could fall; or the highest come to less, and one of them could rise. If it
    does not hold, what they come to has to be told, which hangs on every one of them.
    """
    names = set(scene.product_names())
    able = [
        product
        for product in scene.db.products.values()
        if product.name in names
        and product.product_id not in scene.seen
        and any(variant.available for variant in product.variants.values())
    ]
    if not FEWEST <= room <= min(MOST if holds else MOST_REFUSED, len(able)):
        return None
    chosen = scene.shuffled(able)[:room]
    extreme = scene.choose(EXTREMES)
    best = max if extreme == "highest" else min
    costs = [best(v.price for v in each.variants.values() if v.available) for each in chosen]
    amount = sum(costs)
    if extreme == "highest":
        limit: float | None = float((amount // ROUND_TO + 1) * ROUND_TO)
    else:
        limit = amount_between(amount - min(costs) + 1, amount)
    if limit is None:
        return None
    condition = Prices(
        products=tuple(each.name for each in chosen), price=extreme,
        test="under" if (extreme == "highest") == holds else "over", value=limit,
    )  # fmt: skip
    return Piece(condition, frozenset(each.product_id for each in chosen), (OPERATOR,))


def fill_with_prices(scene: Scene, kept: int) -> bool:
    """Add a condition on prices that leaves ``kept`` reads of the room; say whether it does."""
    condition = name_prices(scene, scene.room - kept)
    if condition is not None:
        scene.add("condition", condition)
    return condition is not None
