"""What a user means by orders, methods, addresses and items, looked up in the whole database."""

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import NoReturn

from writ_gym.domains.retail.proof.words import as_text
from writ_gym.domains.retail.schema import (
    Address,
    GiftCard,
    Order,
    OrderItem,
    PaymentMethod,
    Product,
    RetailDB,
    by_product_name,
)
from writ_gym.domains.retail.wishes import (
    AddressReference,
    AllBut,
    ByBalance,
    EveryItem,
    FirstCovering,
    Given,
    ItemChoice,
    ItemsReference,
    OfKind,
    OrderBeside,
    OrderById,
    OrderReference,
    Orders,
    Original,
    PaidFor,
    PaymentReference,
    Prices,
    SentTo,
)
from writ_gym.meaning.brute_force import Value, at_rank, chosen, keeps
from writ_gym.meaning.proofs import NO_PICKS, Picks, UnclearError
from writ_gym.meaning.queries import Condition


class Case:
    """A caller in a world, and what was found so far that forbids what the caller wants.

    What was picked beforehand is taken for what is meant. Every method raises UnclearError where
    something has no single meaning.
    """

    def __init__(self, db: RetailDB, caller: str, picks: Picks = NO_PICKS) -> None:
        user = db.users.get(caller)
        if user is None:
            raise UnclearError("The caller has no profile.")
        self.db = db
        self.user = user
        self.picks = picks
        self.breaches: set[tuple[str, str]] = set()
        self.found: dict[tuple[str, int], tuple[object, list[Order]]] = {}
        """Orders that were looked for, by for what and the identity of the words, which are kept
        with them."""

    def forbid(self, code: str, fact: str) -> None:
        """Note why nothing may be written."""
        self.breaches.add((code, fact))

    # Orders

    @cached_property
    def places(self) -> dict[str, int]:
        """By order of the profile, its place in the list."""
        return {order_id: place for place, order_id in enumerate(dict.fromkeys(self.user.orders))}

    def order(self, order_id: str) -> Order:
        """Return an order."""
        order = self.db.orders.get(order_id)
        if order is None:
            raise UnclearError(f"There is no order {order_id}.")
        return order

    def taken_as_named(self, order: Order) -> Order:
        """Return an order that the user named; one of somebody else's forbids the request."""
        if order.user_id != self.user.user_id:
            self.forbid("other_user", order.order_id)
        return order

    def order_attribute(self, order: Order, name: str) -> Value:
        """Return what an order is like."""
        match name:
            case "status":
                return order.status
            case "total":
                return total(order)
            case "count":
                return float(len(order.items))
            case "product":
                return tuple(item.name for item in order.items)
            case "placed" if order.order_id in self.places:
                return float(self.places[order.order_id])
        raise UnclearError(f"The order has no {name}.")

    def fitting(self, query: Orders) -> list[Order]:
        """Return the orders in scope that keep the conditions, in the order of the scope."""
        ids = self.places if query.scope == "all" else dict.fromkeys(query.scope)
        fitting = [self.order(order_id) for order_id in ids]
        for condition in query.where:
            name = condition.attribute
            fitting = [o for o in fitting if keeps(self.order_attribute(o, name), condition)]
        return fitting

    def every_order(self, query: Orders) -> list[Order]:
        """Return each order that is meant, in the profile's order; there has to be one."""
        found = self.fitting(query)
        if "order" in self.picks:
            found = [order for order in found if order.order_id in self.picks["order"]]
        if not found:
            self._nothing_fits(query.where)
        return sorted(found, key=lambda order: self.places.get(order.order_id, len(self.places)))

    def one_order(self, reference: OrderReference, what: str = "") -> Order:
        """Return the order that is meant, or that was picked for what it is wanted for."""
        if what in self.picks:
            return self.order(self.picks[what])
        match reference:
            case OrderById():
                return self.taken_as_named(self.order(reference.id))
            case OrderBeside(beside=beside):
                # The list alone tells the neighbour of an order that is named.
                inner = (
                    beside.id if isinstance(beside, OrderById) else self.one_order(beside).order_id
                )
                return self.order(self.neighbour(inner, reference.step))
        found = chosen(self.fitting(reference), reference, self.order_attribute)
        if found is None:
            self._nothing_fits(reference.where)
        # What the profile lists is the caller's.
        return found if reference.scope == "all" else self.taken_as_named(found)

    def neighbour(self, order_id: str, step: int) -> str:
        """Return the id of the order that was placed right before or after another."""
        place = self.places.get(order_id)
        wanted = None if place is None else place + step
        for other, at in self.places.items():
            if at == wanted:
                return other
        raise UnclearError(f"{order_id} has no such neighbour.")

    def _nothing_fits(self, where: Sequence[Condition]) -> NoReturn:
        if where:
            self.forbid("no_such_order", as_text(where[0].attribute, where[0].value))
        raise UnclearError("No order fits.")

    # Payment and address

    def method(self, method_id: str) -> PaymentMethod:
        """Return a payment method of the caller's."""
        method = self.user.payment_methods.get(method_id)
        if method is None:
            raise UnclearError(f"The caller has no {method_id}.")
        return method

    def covers(self, method_id: str, amount: float) -> bool:
        """Say whether a method can pay an amount."""
        if amount <= 0:
            return True
        method = self.method(method_id)
        return not isinstance(method, GiftCard) or method.balance >= amount

    def payment(self, reference: PaymentReference, order: Order, amount: float | None) -> str:
        """Return the id of the method that is meant for an order; no amount for a refund."""
        if "payment" in self.picks:
            return self.method(self.picks["payment"]).id
        match reference:
            case Original():
                return original(order)
            case PaidFor():
                return only_method(self.one_order(reference.paid_for, "paid_for"))
            case ByBalance():
                cards = gift_cards(self.user.payment_methods.values())
                card = at_rank(
                    cards, [c.balance for c in cards], reference.gift_card == "highest", 1
                )
                if card is None:
                    raise UnclearError("The caller has no gift card.")
                return card.id
            case FirstCovering() if amount is not None:
                methods = [self.of_kind(kind) for kind in reference.first_covering]
                for method_id in methods:
                    if self.covers(method_id, amount):
                        return method_id
            case OfKind():
                return self.of_kind(reference)
        raise UnclearError("No method covers the amount.")

    def of_kind(self, reference: OfKind) -> str:
        """Return the id of the one method of a kind."""
        found = [
            method.id
            for method in self.user.payment_methods.values()
            if method.source == reference.kind
            and reference.last_four in (None, getattr(method, "last_four", ""))
        ]
        if len(found) != 1:
            raise UnclearError(f"{len(found)} methods are meant.")
        return found[0]

    def address(self, reference: AddressReference) -> Address:
        """Return the address that is meant."""
        match reference:
            case Given():
                return reference.given
            case SentTo():
                return self.one_order(reference.sent_to, "sent_to").address
        return self.user.address

    # Items

    def product(self, item: OrderItem) -> Product:
        """Return the product of an item."""
        product = self.db.products.get(item.product_id)
        if product is None:
            raise UnclearError(f"There is no product {item.product_id}.")
        return product

    def product_named(self, name: str) -> Product:
        """Return the one product of a name."""
        found = self.db.products.lookup(by_product_name, name)
        if len(found) != 1:
            raise UnclearError(f"{len(found)} products have the name {name}.")
        return found[0]

    def prices(self, condition: Prices) -> float:
        """Return what some products cost together, each at its lowest or highest price in stock."""
        amount = 0.0
        for name in condition.products:
            shelf = self.product_named(name).variants.values()
            costs = [variant.price for variant in shelf if variant.available]
            if not costs:
                raise UnclearError(f"What is not in stock has no price: {name}.")
            amount += min(costs) if condition.price == "lowest" else max(costs)
        return round(amount, 2)

    def item_attribute(self, item: OrderItem, name: str) -> Value:
        """Return what an item is like."""
        if name == "price":
            return item.price
        if name == "saving":
            variant = self.product(item).variants.get(item.item_id)
            if variant is None:
                raise UnclearError(f"The shop has no {item.item_id} any more.")
            return round(item.price - variant.price, 2)
        raise UnclearError(f"An item has no {name}.")

    def fitting_items(self, query: EveryItem | ItemChoice, order: Order) -> list[OrderItem]:
        """Return the items of an order that keep the conditions."""
        return [
            item
            for item in order.items
            if all(keeps(self.item_attribute(item, c.attribute), c) for c in query.where)
        ]

    def items(self, reference: ItemsReference, order: Order) -> list[OrderItem]:
        """Return the items of an order that are meant, in the order in which it holds them."""
        picked = self.picks.get("items")
        match reference:
            case _ if picked is not None:
                ids = picked if isinstance(picked, tuple) else (picked,)
                found = [item for item in order.items if item.item_id in ids]
            case ItemChoice():
                fitting = self.fitting_items(reference, order)
                choice = chosen(fitting, reference, self.item_attribute)
                found = [] if choice is None else [choice]
            case EveryItem():
                found = self.fitting_items(reference, order)
            case AllBut(all_but=names):
                left_out = only_once(names, order)
                found = [item for item in order.items if item.name not in left_out]
            case _:
                named = only_once(reference.names, order)
                found = [item for item in order.items if item.name in named]
        if not found:
            raise UnclearError("No item is meant.")
        return found


def only_once(names: Sequence[str], order: Order) -> frozenset[str]:
    """Return names each of which has to be that of just one item of an order."""
    held = [item.name for item in order.items]
    if any(held.count(name) != 1 for name in names):
        raise UnclearError("A name is not that of one item.")
    return frozenset(names)


def total(order: Order) -> float:
    """Return an order's total in US dollars: the amount of its first payment."""
    return order.payment_history[0].amount


def only_method(order: Order) -> str:
    """Return the id of the one method that an order was paid with; UnclearError for several."""
    methods = {entry.payment_method_id for entry in order.payment_history}
    if len(methods) != 1:
        raise UnclearError("The order was paid with several methods.")
    return methods.pop()


def original(order: Order) -> str:
    """Return the id of the method that an order was paid with."""
    return order.payment_history[0].payment_method_id


def gift_cards(methods: Iterable[PaymentMethod]) -> list[GiftCard]:
    """Return the gift cards among methods."""
    return [method for method in methods if isinstance(method, GiftCard)]
