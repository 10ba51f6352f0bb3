"""The retail domain's ``Proof``: what its parts, put together, know by brute force."""

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from writ_gym.database import JSON, Record
from writ_gym.domains.retail.proof.actions import canonical, orders_meant
from writ_gym.domains.retail.proof.apply import apply
from writ_gym.domains.retail.proof.callers import find_callers
from writ_gym.domains.retail.proof.decisions import find_decisions
from writ_gym.domains.retail.proof.edits import find_edits
from writ_gym.domains.retail.proof.meaning import ANSWERS, find_meaning
from writ_gym.domains.retail.proof.references import Case
from writ_gym.domains.retail.proof.routes import find_routes
from writ_gym.domains.retail.proof.sources import find_alternatives, find_sources
from writ_gym.domains.retail.schema import RetailDB
from writ_gym.meaning.proofs import NO_PICKS, Decision, Meaning, Picks, Proof, UnclearError
from writ_gym.tasks import Call, Edit, Provenance, Request

ORDER_ID = re.compile(r"#W\d{7}")
RECORDS = {
    "get_order_details": ("orders", "order_id"),
    "get_user_details": ("users", "user_id"),
    "get_product_details": ("products", "product_id"),
}
"""By read that shows one record, its table and the argument that is its key."""


class RetailProof(Proof[RetailDB]):
    """Brute-force knowledge of the shop; see ``writ_gym.meaning.proofs.Proof``."""

    def callers(self, db: RetailDB, identity: Mapping[str, JSON]) -> Collection[str]:
        """Return everybody of whom all identity facts are true."""
        return find_callers(db, identity)

    def meaning(
        self, db: RetailDB, caller: str, request: Request, picks: Picks = NO_PICKS
    ) -> Meaning:
        """Return what a request comes to; UnclearError if it has no single meaning."""
        return find_meaning(db, caller, request, picks)

    def decisions(
        self, db: RetailDB, caller: str, request: Request, picks: Picks = NO_PICKS
    ) -> Sequence[Decision]:
        """Return the choices that the request still leaves to the agent, where it can be met."""
        return find_decisions(db, caller, request, picks)

    def canonical(self, call: Call) -> Call:
        """Return a write with its items in order, so that equal writes look equal."""
        return canonical(call)

    def sources(self, request: Request, write: Call) -> Mapping[str, Provenance]:
        """Return where each argument of a write that a request comes to is from."""
        return find_sources(request, write)

    def alternatives(self, db: RetailDB, slot: str, value: JSON) -> Collection[str]:
        """Return all values of the options that a fact names alone."""
        return find_alternatives(db, slot, value)

    answers: Collection[str] = ANSWERS
    by_field: bool = True
    alone: Collection[str] = frozenset({"users", "orders", "products"})

    def records(self, db: RetailDB, call: Call) -> Sequence[tuple[str, str]]:
        """Return table and key of the record that a read shows, if it shows a single one.

        ``get_item_details`` names no record: its product is known to the shop only.
        """
        table, argument = RECORDS.get(call.name, ("", ""))
        key = call.arguments.get(argument)
        return [(table, key)] if isinstance(key, str) else []

    def edits(
        self, db: RetailDB, caller: str, request: Request, table: str, key: str
    ) -> Iterable[Edit]:
        """Return edits of a record, and of nothing else that exists, likely ones first."""
        return find_edits(db, caller, request, table, key)

    def apply(self, db: RetailDB, edit: Edit) -> None:
        """Make an edit in a session; ValueError if it does not fit this world."""
        apply(db, edit)

    def around(self, db: RetailDB, caller: str, request: Request) -> Iterable[tuple[str, str]]:
        """Return the caller, their orders, those that are named, and what is in the meant ones."""
        named = ORDER_ID.findall(json.dumps(request.values))
        orders = dict.fromkeys([*db.users[caller].orders, *named])
        try:
            held = orders_meant(Case(db, caller), request.values)
        except (KeyError, UnclearError):  # it is not about an order, or about none
            held = []
        products = dict.fromkeys(item.product_id for order in held for item in order.items)
        priced = request.values.get("condition", {}).get("products", ())
        products |= {key: None for key, each in db.products.items() if each.name in priced}
        yield "users", caller
        yield from (("orders", key) for key in orders)
        yield from (("products", key) for key in products)

    def routes(self, db: RetailDB, table: str, key: str, goal: Record) -> Iterable[Call]:
        """Return every write call that could be a step from the record as it is to ``goal``."""
        return find_routes(db, table, key, goal)


PROOF: Proof[RetailDB] = RetailProof()
