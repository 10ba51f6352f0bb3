"""What the intents share: refusals as outcomes, and requests about one order."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np

from writ_gym.database import JSON
from writ_gym.domain import Brief, Intent
from writ_gym.domains.retail.drafting.claims import claim_about, claim_elsewhere, true_elsewhere
from writ_gym.domains.retail.drafting.orders import name_order, nothing_that_fits
from writ_gym.domains.retail.drafting.parts import guard
from writ_gym.domains.retail.drafting.prices import (
    FEWEST,
    MOST,
    MOST_REFUSED,
    fill_with_prices,
    name_prices,
)
from writ_gym.domains.retail.drafting.scene import Scene, products_of
from writ_gym.domains.retail.intents.conditions import check_claim, check_condition
from writ_gym.domains.retail.intents.reading import find_orders
from writ_gym.domains.retail.rules import other_users_order
from writ_gym.domains.retail.schema import Order, RetailDB
from writ_gym.domains.retail.wishes import OrderById, OrderChoice, Orders, plain
from writ_gym.meaning.breaches import Breach
from writ_gym.meaning.solving import Ending, Outcome, Plan, Reads, refuse
from writ_gym.phrasing.grammar import joined
from writ_gym.sampling.drafting import Piece
from writ_gym.tasks import Call, Config, Provenance, Request, split_at

GUARDED = 0.2
"""Chance that a request is made to depend on other orders, where there is room for the reads."""
PRICED = 0.1
"""Chance that what it then depends on are prices, though orders would do."""
CLAIMED_ELSEWHERE = 0.3
"""Chance that what it then depends on is a claim about one of them, and not a figure."""
CLAIMED = 0.1
"""Chance that a request is made to depend on a claim about its own order."""
OTHERS = 4
"""Ways to share a twin's reads out between a condition and the words for its order."""


def money(amount: float) -> str:
    """Return an amount in US dollars as text."""
    return f"${amount:,.2f}"


def source_of(reference: Mapping[str, JSON]) -> Provenance:
    """Return where an argument comes from: stated by the user, or read from a record."""
    return "user" if "id" in reference or "given" in reference else "read"


UNMET_WAYS = frozenset({"absent", "guard", "claim", "unavailable"})
"""Ways in which nothing is as the user wants it; a rule forbids what ends in the others."""


def _ending_of(way: str) -> Ending:
    return "unmet" if way in UNMET_WAYS else "forbidden"


def most_reads(db: RetailDB, caller: str) -> int:
    """Return how many records there are to be read for a user: profile, orders and products."""
    return 1 + len(db.users[caller].orders) + _products(db, caller)


def _products(db: RetailDB, caller: str) -> int:
    """Return how many products a user's requests may be about."""
    return len(products_of(db, split_at(caller)))


def _beyond_orders(scene: Scene, reads: int) -> int:
    """Return how many of so many reads the profile and the orders do not give."""
    return reads - scene.new({scene.profile, *scene.user.orders})


class OrderIntent(Intent[RetailDB]):
    """A family of requests about orders of the caller.

    A request is drafted from its target: an order and what should happen to it. Then words are
    found that mean it and take as many reads as were asked for.
    """

    name: ClassVar[str]
    tool: ClassVar[str]
    """The write that a request comes to."""
    status: ClassVar[str] = "pending"
    """Status of the orders that can be written to."""
    others: ClassVar[tuple[str, ...]] = ()
    """Statuses of orders for which a request is refused; the first line of zero-write tasks."""
    least: ClassVar[int] = 1
    """Least evidence burden of a request that writes."""
    looks_at_items: ClassVar[bool] = False
    """Whether the products of an order's items can be part of the evidence."""
    refused: ClassVar[tuple[str, ...]] = ()
    """Ways of this intent in which nothing may be written, besides those of every intent."""
    guarded: ClassVar[bool] = True
    """Whether the user may make a request depend on a condition."""
    refused_least: ClassVar[int] = 1
    compared_when_refused: ClassVar[int] = 15
    """Largest burden of finding an order that has the wrong status. It is small where another order
    would hardly do: then it makes no difference which one is meant."""

    def reach(self, db: RetailDB, caller: str, writing: bool) -> tuple[int, int] | None:
        """Return the least and the largest evidence burden that a request can have."""
        orders = [db.orders[order_id] for order_id in db.users[caller].orders]
        if not orders:
            return None
        if not writing:
            return self.refused_least, len(orders) + 1
        targets = [order for order in orders if order.status == self.status]
        if not targets:
            return None
        return self.least, max(len(orders) + 1, 2) + max(map(self.most, targets))

    def stretched(self, db: RetailDB, caller: str, writing: bool) -> tuple[int, int] | None:
        """Return what ``reach`` does, with a condition on what products cost."""
        found = self.reach(db, caller, writing)
        orders = (db.orders[order_id] for order_id in db.users[caller].orders)
        if found is None or not self.guarded or all(o.status != self.status for o in orders):
            return found
        (least, most), products = found, _products(db, caller)
        if writing:
            return least, most + min(MOST, products)
        return least, max(most, min(MOST_REFUSED, products))

    def most(self, order: Order) -> int:
        """Return how many reads besides the profile and the orders a request can take."""
        return len({item.product_id for item in order.items}) if self.looks_at_items else 0

    def draft(self, db: RetailDB, brief: Brief, rng: np.random.Generator) -> Request | None:
        """Return a request that answers the brief, or None if this draw found none."""
        scene = Scene(db, brief, rng)
        if brief.writing:
            done = self.write(scene)
        else:
            ways = ("status", "absent", "stranger", *self.refused)
            if self.guarded:
                ways = (*ways, "guard", "claim")
            able = [way for way in ways if brief.may_end(_ending_of(way))]
            done = bool(able) and self.refusal(scene, scene.choose(able))
        return scene.request(self.name) if done else None

    def write(self, scene: Scene) -> bool:
        """Add the facts of a request that writes; say whether this draw works out."""
        targets = self.targets(scene)
        if not targets:
            return False
        order = scene.choose(targets)
        return self.details(scene, order) and self.finish(scene, order)

    def targets(self, scene: Scene) -> list[Order]:
        """Return the orders that can be written to, about which there is enough to read."""
        beyond = _beyond_orders(scene, scene.least) - (MOST if self.guarded else 0)
        targets = [order for order in scene.orders if order.status == self.status]
        if beyond > 0:
            targets = [order for order in targets if self.beyond(scene, order) >= beyond]
        return [o for o in targets if not scene.was_written(self.tool, order_id=o.order_id)]

    def beyond(self, scene: Scene, order: Order) -> int:
        """Return how many new reads besides the profile and the orders a request can take."""
        return scene.new({i.product_id for i in order.items}) if self.looks_at_items else 0

    def twin(
        self, db: RetailDB, brief: Brief, write: Call, rng: np.random.Generator
    ) -> Request | None:
        """Return a request that comes to a given write and answers the brief, or None."""
        if write.name != self.tool:
            return None
        scene = Scene(db, brief, rng)
        order = db.orders[write.arguments["order_id"]]
        done = self.aim(scene, order, write.arguments) and (
            self.finish(scene, order, guarded=False) or self._fill(scene, order)
        )
        return scene.request(self.name) if done else None

    def _fill(self, scene: Scene, order: Order) -> bool:
        """Add a condition and then the order, where no words for the order alone fill the room."""
        own = scene.new({order.order_id})
        condition = guard(scene, scene.room - own, True) if scene.chance(0.5) else None
        if condition and scene.fits(condition, own):
            scene.add("condition", condition)
        elif not fill_with_prices(scene, own + int(scene.rng.random() * OTHERS)):
            return False
        piece = name_order(scene, order)
        if piece is not None:
            scene.add("order", piece)
        return piece is not None

    @abstractmethod
    def aim(self, scene: Scene, order: Order, arguments: Mapping[str, JSON]) -> bool:
        """Add the facts besides the order that come to these arguments of the write."""

    def finish(self, scene: Scene, order: Order, guarded: bool = True) -> bool:
        """Add a condition, perhaps, and then the order, so that the room is filled exactly."""
        own = scene.new({order.order_id})
        guarded = guarded and self.guarded
        beyond = _beyond_orders(scene, scene.least)
        if guarded and scene.room - own >= 2 and (beyond > 0 or scene.chance(GUARDED)):
            condition = self._depends(scene, order, own, beyond)
            if condition and scene.fits(condition, own):
                scene.add("condition", condition)
        for room in range(scene.room, max(scene.least, 0) - 1, -1):
            piece = name_order(scene, order, room)
            if piece:
                scene.add("order", piece)
                if guarded and "condition" not in scene.values and scene.chance(CLAIMED):
                    self._claim(scene, order, True)
                return True
        return False

    def _depends(self, scene: Scene, order: Order, own: int, beyond: int) -> Piece[Config] | None:
        """Return what holds of prices or of other orders, leaving the reads of the own one.

        Args:
            scene: The draft.
            order: The order that is to be written to.
            own: The reads that it takes itself.
            beyond: How many more reads there have to be than the orders give.
        """
        if beyond > 0 or scene.chance(PRICED):
            # As few as will do: the rest goes into finding the order, which a guess cannot.
            least = max(FEWEST, beyond)
            return name_prices(scene, min(least + int(scene.chance(0.5)), MOST, scene.room - own))
        if scene.chance(CLAIMED_ELSEWHERE):
            return true_elsewhere(scene, order, own)
        return guard(scene, int(scene.rng.random() * (scene.room - own - 1)) + 2, True)

    def _claim(self, scene: Scene, order: Order, holds: bool) -> bool:
        """Add a claim about the order that the request is about; say whether there is one."""
        claim = claim_about(scene, order, holds, self.status, scene.values["order"])
        if claim is not None:
            scene.add("condition", claim)
        return claim is not None

    @abstractmethod
    def details(self, scene: Scene, order: Order) -> bool:
        """Add the facts besides the order, leaving the reads that it takes at least."""

    def refusal(self, scene: Scene, way: str) -> bool:
        """Add the facts of a request that comes to no write, in one of the ways."""
        match way:
            case "status":
                return self._wrong_status(scene)
            case "absent":
                return self._absent(scene)
            case "guard":
                return self._guarded(scene)
            case "claim":
                return self._wrong(scene) if scene.chance(0.5) else self._wrong_elsewhere(scene)
            case "stranger":
                return self._stranger(scene)
            case _:
                raise NotImplementedError(way)

    def _wrong_status(self, scene: Scene) -> bool:
        targets = [order for order in scene.orders if order.status in self.others]
        if not targets or scene.room > self.compared_when_refused:
            return False
        order = scene.choose(targets)
        scene.tells_status = False  # it would say that the request cannot be met
        return self.plain_details(scene, order) and self.finish(scene, order, guarded=False)

    def _absent(self, scene: Scene) -> bool:
        """Mean an order that there is not; all of them have to be looked at to see that."""
        reads = {scene.profile, *scene.user.orders}
        absent = nothing_that_fits(scene)
        if absent is None or scene.new(reads) != scene.room:
            return False
        choice = OrderChoice(where=absent.where)
        if scene.chance(0.5):
            choice = OrderChoice(where=absent.where, by="placed")
        if not self.plain_details(scene, scene.orders[0]):
            return False
        scene.add("order", plain(choice))
        scene.mark("empty_set")
        return True

    def _guarded(self, scene: Scene) -> bool:
        """Make it depend on what does not hold; then the order does not matter."""
        targets = [order for order in scene.orders if order.status == self.status]
        priced = _beyond_orders(scene, scene.room) > 0 or scene.chance(PRICED)
        make = name_prices if priced else guard
        condition = make(scene, scene.room, False) if targets else None
        if condition is None:
            return False
        order = scene.choose(targets)
        if not self.plain_details(scene, order):
            return False
        scene.add("condition", condition)
        scene.add("order", plain(OrderById(id=order.order_id)))
        return True

    def _wrong(self, scene: Scene) -> bool:
        """Make it depend on what the user gets wrong about the order."""
        if not scene.orders or scene.room > self.compared_when_refused:
            return False
        order = scene.choose(scene.orders)
        if order.status != self.status:
            scene.tells_status = False  # it would say that the claim is wrong
        done = self.plain_details(scene, order) and self.finish(scene, order, guarded=False)
        return done and self._claim(scene, order, False)

    def _wrong_elsewhere(self, scene: Scene) -> bool:
        """Make it depend on what the user gets wrong about another order."""
        targets = [order for order in scene.orders if order.status == self.status]
        order = scene.choose(targets) if targets else None
        others = [other for other in scene.orders if other is not order]
        if order is None or not others or not self.plain_details(scene, order):
            return False
        other = scene.choose(others)
        claim = claim_elsewhere(scene, other, False, name_order(scene, other))
        if claim is None:
            return False
        scene.add("condition", claim)
        scene.add("order", plain(OrderById(id=order.order_id)))
        return True

    def _stranger(self, scene: Scene) -> bool:
        """Name an order of somebody else."""
        order = scene.db.orders[scene.choose(scene.db.order_ids)]
        split = scene.brief.style.split
        if scene.room != 1 or order.user_id == scene.profile or split_at(order.user_id) != split:
            return False
        if not self.plain_details(scene, order):
            return False
        scene.add("order", plain(OrderById(id=order.order_id)))
        return True

    @abstractmethod
    def plain_details(self, scene: Scene, order: Order) -> bool:
        """Add facts besides the order that take no reads; for requests that are refused."""

    def solve(self, caller: str, facts: Mapping[str, JSON]) -> Plan:
        """Look at the condition, find what is meant and act on it as far as the rules allow."""
        breach = self.at_once(facts)
        breach = breach or (yield from check_condition(caller, facts))
        if breach:
            return refuse(breach)
        found = yield from find_orders(caller, facts["order"])
        if isinstance(found, Breach):
            return refuse(found)
        for order in found:
            breach = other_users_order(order, caller) or check_claim(facts, order)
            breach = breach or self.breach(order)
            if breach:
                return refuse(breach)
        return (yield from self.act(caller, found, facts))

    def at_once(self, facts: Mapping[str, JSON]) -> Breach | None:
        """Return what forbids the request whatever the records say."""
        return None

    @abstractmethod
    def breach(self, order: Order) -> Breach | None:
        """Return what forbids it for an order."""

    @abstractmethod
    def act(
        self, caller: str, orders: Sequence[Order], facts: Mapping[str, JSON]
    ) -> Reads[Outcome]:
        """Find the rest and return the outcome."""


def scope_of(orders: Orders) -> str:
    """Return the orders that are meant, for a sentence."""
    return "your orders" if orders.scope == "all" else f"the orders {joined(list(orders.scope))}"
