"""How a retail user can mean orders, items, variants, payment methods and addresses.

These are the values of a request's facts, as JSON of the types below. They say what is meant,
not how to find it: ``intents`` resolves them through reads alone, and ``proof`` resolves them over
the whole database with code of its own.

Attributes of an order (``OrderChoice``): ``status``; ``total``, the amount of its first payment;
``count``, the number of its items; ``product``, the names of its items (for ``has``, ``lacks``);
``placed``, its place in the profile's list, which is in the order in which they were placed.
Attributes of an item (``ItemChoice``): ``price``, as it was sold; ``saving``, how much less the
same variant costs in the shop now (negative if it costs more).
"""

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias, TypeVar

from pydantic import Field, TypeAdapter

from writ_gym.database import JSON
from writ_gym.domains.retail.schema import Address
from writ_gym.meaning.queries import Choice, Extreme, Query
from writ_gym.tasks import Config

T = TypeVar("T")


class OrderById(Config):
    """An order by its id."""

    id: str


class Orders(Query):
    """Orders of the user: all of them that keep the conditions."""

    scope: Literal["all"] | tuple[str, ...] = "all"
    """All orders of the user's profile, or those with these ids."""


class OrderChoice(Orders, Choice):
    """One order of the user's, by what it is like."""


class OrderBeside(Config):
    """The order placed right before (-1) or after (1) another one."""

    beside: OrderById | OrderChoice
    step: Literal[-1, 1]


OrderReference: TypeAlias = OrderById | OrderBeside | OrderChoice


class EveryOrder(Orders):
    """Each order of the user's that keeps the conditions."""

    every: Literal[True] = True


class Original(Config):
    """The method that the order was paid with: that of its first payment."""

    kind: Literal["original"] = "original"


class OfKind(Config):
    """The user's one method of a kind; a credit card may be told by its last four digits."""

    kind: Literal["credit_card", "paypal", "gift_card"]
    last_four: str | None = None


class ByBalance(Config):
    """That of the user's gift cards with the highest or the lowest balance."""

    gift_card: Extreme


class PaidFor(Config):
    """The one method that another order was paid with."""

    paid_for: OrderReference


class FirstCovering(Config):
    """The first of these methods that can pay the amount; all but a gift card always can."""

    first_covering: Annotated[tuple[OfKind, ...], Field(min_length=2)]


PaymentReference: TypeAlias = Original | OfKind | ByBalance | PaidFor | FirstCovering


class Given(Config):
    """An address that the user states."""

    given: Address


class OfProfile(Config):
    """The default address of the user's profile."""

    profile: Literal[True] = True


class SentTo(Config):
    """The address that another order goes to."""

    sent_to: OrderReference


AddressReference: TypeAlias = Given | OfProfile | SentTo


class Named(Config):
    """The items with these names, each of which the order holds just once."""

    names: Annotated[tuple[str, ...], Field(min_length=1)]


class AllBut(Config):
    """All items of the order but those with these names."""

    all_but: Annotated[tuple[str, ...], Field(min_length=1)]


class EveryItem(Query):
    """Each item of the order that keeps the conditions."""

    every: Literal[True] = True


class ItemChoice(Choice):
    """One item of the order, by what it is like."""


ItemsReference: TypeAlias = Named | AllBut | EveryItem | ItemChoice


class Options(Config):
    """The variant with these options, all others as the item has them."""

    options: Annotated[Mapping[str, str], Field(min_length=1)]


class Among(Config):
    """Of the other variants in stock that fit, the ``rank``-th by price."""

    one_of: Mapping[str, tuple[str, ...]] = {}
    """By option, the values of which any will do."""
    none_of: Mapping[str, tuple[str, ...]] = {}
    """By option, the values that the user does not want."""
    at_most: float | None = None
    """The most that the variant may cost, in US dollars."""
    price: Extreme
    rank: Annotated[int, Field(ge=1)] = 1


class FirstOf(Config):
    """The first of these wishes that a variant in stock meets."""

    first_of: Annotated[tuple[Options | Among, ...], Field(min_length=2)]


class Like(Config):
    """The variant with options of an item of the same product in another order.

    All other options stay as the item has them.
    """

    like: OrderReference
    options: Annotated[tuple[str, ...], Field(min_length=1)]
    """Names of the options."""


class Exactly(Config):
    """The variant with this item id, of which the user knows that it is in stock."""

    item: str
    costs: float | None = None
    """What the user knows that it costs in the shop, in US dollars."""


class OtherProduct(Config):
    """An item of another product, which is never possible."""

    product: str


Wish: TypeAlias = Options | Among | FirstOf | Like | Exactly | OtherProduct


class Guard(Config):
    """What must hold for the request to be carried out: a figure over some orders."""

    figure: Literal["sum", "count"]
    """The sum of the orders' totals, or their number."""
    orders: Orders
    test: Literal["over", "under"]
    value: float


class Prices(Config):
    """What must hold for the request to be carried out: what some products cost, all together."""

    products: Annotated[tuple[str, ...], Field(min_length=2)]
    """Their names."""
    price: Extreme
    """Whether the lowest or the highest price of what is in stock counts, of each of them."""
    test: Literal["over", "under"]
    value: float
    """In US dollars."""


class Claim(Config):
    """What the user takes to be so of an order: if it is not, nothing is to be done."""

    claimed: Literal["status", "total", "count", "paid_with"]
    """What of the order; ``paid_with`` is the kind of the method of its first payment."""
    of: OrderReference | None = None
    """The order; None for the one that the request is about."""
    test: Literal["is", "over", "under"]
    value: str | float


class Figure(Config):
    """A figure over some orders that the user asks for."""

    figure: Literal["sum", "count"]
    orders: Orders


ORDER: TypeAdapter[OrderReference | EveryOrder] = TypeAdapter(OrderReference | EveryOrder)
PAYMENT: TypeAdapter[PaymentReference] = TypeAdapter(PaymentReference)
ADDRESS: TypeAdapter[AddressReference] = TypeAdapter(AddressReference)
ITEMS: TypeAdapter[ItemsReference] = TypeAdapter(ItemsReference)
WISHES: TypeAdapter[dict[str, Wish]] = TypeAdapter(dict[str, Wish])
"""By name of the item; a single item that was chosen otherwise stands under "*"."""
CONDITION: TypeAdapter[Guard | Prices | Claim] = TypeAdapter(Guard | Prices | Claim)
FIGURE: TypeAdapter[Figure] = TypeAdapter(Figure)

REFERENCES = frozenset(
    {
        "by",
        "sent_to",
        "paid_for",
        "beside",
        "profile",
        "like",
        "where",
        "first_covering",
        "claimed",
        "products",
    }
)
"""A value with one of these keys has to be looked up, and a right proposal need not repeat it."""


def plain(wish: Config) -> JSON:
    """Return a wish as the value of a fact; what was left out stays out."""
    return wish.model_dump(mode="json", exclude_defaults=False, exclude_none=True)
