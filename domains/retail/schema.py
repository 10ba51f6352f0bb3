"""Retail tables. Money is in US dollars, to the cent; an address's country is as written on it."""

from collections.abc import Iterable
from functools import cached_property
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import Field

from writ_gym.database import Database, FrozenMap, Index, Record, Table

Status: TypeAlias = Literal[
    "processed",
    "pending",
    "pending (item modified)",
    "delivered",
    "cancelled",
    "exchange requested",
    "return requested",
]
CancelReason: TypeAlias = Literal["no longer needed", "ordered by mistake"]


class Variant(Record):
    """One item that can be bought: a product in certain options."""

    item_id: str
    options: FrozenMap[str, str]
    available: bool
    price: float


class Product(Record):
    """A product type with its variants."""

    name: str
    product_id: str
    variants: FrozenMap[str, Variant]


class Name(Record):
    """A person's name."""

    first_name: str
    last_name: str


class Address(Record):
    """A postal address."""

    address1: str
    address2: str
    city: str
    country: str
    state: str
    zip: str

    @property
    def in_one_line(self) -> str:
        """The address as it is said."""
        lines = [self.address1, self.address2, self.city, f"{self.state} {self.zip}", self.country]
        return ", ".join(line for line in lines if line)


class CreditCard(Record):
    """A credit card on file."""

    source: Literal["credit_card"]
    id: str
    brand: str
    last_four: str


class PayPal(Record):
    """A PayPal account on file."""

    source: Literal["paypal"]
    id: str


class GiftCard(Record):
    """A gift card and what is left on it."""

    source: Literal["gift_card"]
    id: str
    balance: float


PaymentMethod: TypeAlias = Annotated[CreditCard | PayPal | GiftCard, Field(discriminator="source")]


class User(Record):
    """A customer."""

    user_id: str
    name: Name
    address: Address
    email: str
    payment_methods: FrozenMap[str, PaymentMethod]
    orders: tuple[str, ...]


class OrderItem(Record):
    """One item of an order, as it was sold."""

    name: str
    product_id: str
    item_id: str
    price: float
    options: FrozenMap[str, str]


class Fulfillment(Record):
    """A parcel: its tracking numbers and the items in it."""

    tracking_id: tuple[str, ...]
    item_ids: tuple[str, ...]


class Payment(Record):
    """One entry of an order's payment history."""

    transaction_type: Literal["payment", "refund"]
    amount: float
    payment_method_id: str


class Order(Record):
    """An order of one user."""

    order_id: str
    user_id: str
    address: Address
    items: tuple[OrderItem, ...]
    status: Status
    fulfillments: tuple[Fulfillment, ...]
    payment_history: Annotated[tuple[Payment, ...], Field(min_length=1)]
    cancel_reason: CancelReason | None = None
    exchange_items: tuple[str, ...] | None = None
    exchange_new_items: tuple[str, ...] | None = None
    exchange_payment_method_id: str | None = None
    exchange_price_difference: float | None = None
    return_items: tuple[str, ...] | None = None
    return_payment_method_id: str | None = None


def by_email(user: User) -> Iterable[str]:
    """Index users by lower-cased e-mail address."""
    return (user.email.lower(),)


def by_name_and_zip(user: User) -> Iterable[tuple[str, str, str]]:
    """Index users by lower-cased names and the zip code of their default address."""
    return ((user.name.first_name.lower(), user.name.last_name.lower(), user.address.zip),)


def by_item(product: Product) -> Iterable[str]:
    """Index products by the ids of their variants."""
    return product.variants.keys()


def by_product_name(product: Product) -> Iterable[str]:
    """Index products by name."""
    return (product.name,)


class RetailDB(Database):
    """The shop: what it sells, who buys, and what was bought."""

    products: Table[Product]
    users: Table[User]
    orders: Table[Order]

    key_fields: ClassVar[dict[str, str]] = {
        "products": "product_id",
        "users": "user_id",
        "orders": "order_id",
    }
    tracked: ClassVar[dict[str, tuple[Index, ...]]] = {
        "products": (by_item, by_product_name),
        "users": (by_email, by_name_and_zip),
    }

    @cached_property
    def order_ids(self) -> tuple[str, ...]:
        """The ids of all orders, in table order."""
        return tuple(self.orders)
