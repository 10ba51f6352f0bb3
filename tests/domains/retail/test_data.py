"""The retail world generator: equal seeds, equal worlds, and histories that add up."""

import re
import subprocess
import sys
from collections import Counter
from functools import cache
from itertools import chain
from math import prod

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from writ_gym.domains.retail.catalog import (
    CATALOG,
    CITIES,
    MATTERS_OF_TASTE,
    MOST_VARIANTS,
    ProductType,
    split_of,
)
from writ_gym.domains.retail.data import DEFAULT_SIZE, DRIFT, WorldSize, generate
from writ_gym.domains.retail.schema import (
    CreditCard,
    GiftCard,
    Order,
    Product,
    RetailDB,
    User,
    by_email,
    by_name_and_zip,
)
from writ_gym.tasks import SPLITS, split_at

SMALL = WorldSize(users=5, orders=8, products=3, variants=12)
LARGE = WorldSize(users=2000, orders=6000)
KINDS = {kind.name: kind for kind in CATALOG}

world = cache(generate)


@st.composite
def sizes(draw: st.DrawFn) -> WorldSize:
    users = draw(st.integers(1, 40))
    products = draw(st.integers(1, len(CATALOG)))
    return WorldSize(
        users=users,
        orders=draw(st.integers(1, 10 * users)),
        products=products,
        variants=draw(st.integers(products, MOST_VARIANTS * products)),
    )


@pytest.fixture(params=[0, 1, 2], ids="seed {}".format)
def shop(request: pytest.FixtureRequest) -> RetailDB:
    """Worlds of the default size."""
    return world(request.param, WorldSize())


@pytest.fixture(
    params=[(0, WorldSize()), (1, WorldSize()), (0, SMALL), (7, SMALL), (0, LARGE)],
    ids=lambda param: f"seed {param[0]}, {param[1].users} users",
)
def any_shop(request: pytest.FixtureRequest) -> RetailDB:
    """Worlds of several sizes."""
    return world(*request.param)


def measured(db: RetailDB) -> WorldSize:
    variants = sum(len(product.variants) for product in db.products.values())
    return WorldSize(len(db.users), len(db.orders), len(db.products), variants)


def orders_of(db: RetailDB, user: User) -> list[Order]:
    return [db.orders[order_id] for order_id in user.orders]


def unique(values: list[str]) -> bool:
    return len(set(values)) == len(values)


def total(order: Order) -> float:
    return round(sum(item.price for item in order.items), 2)


def check_references(db: RetailDB) -> None:
    """Check that whatever an order names is there, and says the same."""
    listed = [order_id for user in db.users.values() for order_id in user.orders]
    assert listed == list(db.orders)
    for user in db.users.values():
        for order in orders_of(db, user):
            assert order.user_id == user.user_id
            assert {entry.payment_method_id for entry in order.payment_history} <= set(
                user.payment_methods
            )
    for item in chain.from_iterable(order.items for order in db.orders.values()):
        product = db.products[item.product_id]
        variant = product.variants[item.item_id]
        assert (item.name, item.options) == (product.name, variant.options)
        low, high = (variant.price * factor for factor in DRIFT)
        assert low - 0.01 <= item.price <= high + 0.01


def check_history(order: Order) -> None:
    """Check that parcels, payments and status of an order agree."""
    kinds = [entry.transaction_type for entry in order.payment_history]
    cancelled = order.status == "cancelled"
    assert kinds == (["payment", "refund"] if cancelled else ["payment"])
    assert {entry.amount for entry in order.payment_history} == {total(order)}
    assert len({entry.payment_method_id for entry in order.payment_history}) == 1
    assert (order.cancel_reason is not None) == cancelled

    shipped = [item_id for parcel in order.fulfillments for item_id in parcel.item_ids]
    if order.status in ("processed", "delivered"):
        assert shipped == [item.item_id for item in order.items]
        assert len(order.fulfillments) in (1, 2)
        assert all(parcel.item_ids for parcel in order.fulfillments)
    else:
        assert order.fulfillments == ()


def check_variants(product: Product) -> None:
    """Check that the variants of a product are what its kind offers, each only once."""
    kind = KINDS[product.name]
    variants = list(product.variants.values())
    assert unique([repr(dict(variant.options)) for variant in variants])
    assert len({variant.price for variant in variants}) == len(variants)
    for item_id, variant in product.variants.items():
        assert item_id == variant.item_id
        assert list(variant.options) == list(kind.options)
        assert all(variant.options[option] in values for option, values in kind.options.items())
        assert kind.price_low <= variant.price <= kind.price_high
        assert variant.price == round(variant.price, 2)
    assert sum(variant.available for variant in variants) >= min(3, len(variants))


def test_equal_seeds_give_equal_digests() -> None:
    assert generate(3).digest == generate(3).digest


def test_the_digest_is_the_same_in_another_process() -> None:
    code = (
        "from writ_gym.domains.retail.data import WorldSize, generate\n"
        "print(generate(3, WorldSize(9, 20, 5, 50)).digest)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == generate(3, WorldSize(9, 20, 5, 50)).digest


def test_different_seeds_share_no_ids() -> None:
    one, other = world(0, WorldSize()), world(1, WorldSize())
    assert one.digest != other.digest
    assert not set(one.products) & set(other.products)
    assert not set(one.users) & set(other.users)


def test_the_database_survives_its_json_form() -> None:
    db = world(0, SMALL)
    assert RetailDB.load(db.plain()).digest == db.digest


def test_importing_the_module_does_not_import_faker() -> None:
    code = "import sys, writ_gym.domains.retail.data; sys.exit('faker' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    "size", [WorldSize(), SMALL, LARGE], ids=lambda size: f"{size.users} users"
)
def test_sizes_are_met_exactly(size: WorldSize) -> None:
    assert measured(world(0, size)) == size


def test_sizes_can_be_given_as_a_mapping() -> None:
    assert generate(0, DEFAULT_SIZE).digest == world(0, WorldSize()).digest


@given(seed=st.integers(0, 2**40), size=sizes())
@settings(max_examples=25, deadline=None)
def test_worlds_of_any_size_are_coherent(seed: int, size: WorldSize) -> None:
    db = generate(seed, size)
    assert measured(db) == size
    assert max(len(user.orders) for user in db.users.values()) <= 14
    check_references(db)
    for order in db.orders.values():
        check_history(order)
    for product in db.products.values():
        check_variants(product)


@pytest.mark.parametrize(
    ("field", "sizes"),
    [
        ("users", {"users": 0}),
        ("users", {"users": 100_001}),
        ("orders", {"orders": 0}),
        ("orders", {"users": 5, "orders": 51}),
        ("products", {"products": 0}),
        ("products", {"products": len(CATALOG) + 1}),
        ("variants", {"variants": 49}),
        ("variants", {"products": 3, "variants": 3 * MOST_VARIANTS + 1}),
    ],
)
def test_a_bad_size_is_an_error_that_names_it(field: str, sizes: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=rf"^{field} must be from \d+ to \d+ here, not \d+\.$"):
        WorldSize(**sizes)
    with pytest.raises(ValueError, match=f"^{field} must be"):
        generate(0, {**DEFAULT_SIZE, **sizes})


def test_every_reference_leads_somewhere(any_shop: RetailDB) -> None:
    check_references(any_shop)


def test_splits_share_no_user_and_no_product(shop: RetailDB) -> None:
    products: dict[str, set[str]] = {}
    for user in shop.users.values():
        bought = {item.name for order in orders_of(shop, user) for item in order.items}
        products.setdefault(split_at(user.user_id), set()).update(bought)
    assert set(products) == set(SPLITS)
    for split, names in products.items():
        assert {split_of(name) for name in names} == {split}


def test_things_were_sold_at_other_prices_than_now(shop: RetailDB) -> None:
    items = [item for order in shop.orders.values() for item in order.items]
    same = sum(i.price == shop.products[i.product_id].variants[i.item_id].price for i in items)
    assert 0.2 < same / len(items) < 0.5


def test_payments_parcels_and_status_agree(any_shop: RetailDB) -> None:
    for order in any_shop.orders.values():
        check_history(order)


def test_variants_are_distinct_and_within_the_price_range(any_shop: RetailDB) -> None:
    for product in any_shop.products.values():
        check_variants(product)


def test_ids_have_their_form_and_are_unique(any_shop: RetailDB) -> None:
    products, users = any_shop.products.values(), any_shop.users.values()
    items = [item_id for product in products for item_id in product.variants]
    methods = [key for user in users for key in user.payment_methods]
    parcels = [parcel for order in any_shop.orders.values() for parcel in order.fulfillments]
    tracking = [number for parcel in parcels for number in parcel.tracking_id]
    forms = [
        (r"\d{10}", [*any_shop.products, *items]),
        (r"[a-z]+_[a-z]+_\d{4}", list(any_shop.users)),
        (r"#W\d{7}", list(any_shop.orders)),
        (r"(credit_card|paypal|gift_card)_\d{7}", methods),
        (r"\d{7}", [key.rpartition("_")[2] for key in methods]),
        (r"\d{12}", tracking),
    ]
    for form, ids in forms:
        assert all(re.fullmatch(form, key) for key in ids)
        assert unique(ids)


def test_a_caller_is_found_by_email_and_by_name_and_zip(any_shop: RetailDB) -> None:
    for user in any_shop.users.values():
        assert any_shop.users.lookup(by_email, user.email) == [user]
        (key,) = by_name_and_zip(user)
        assert any_shop.users.lookup(by_name_and_zip, key) == [user]
        first, last = user.name.first_name.lower(), user.name.last_name.lower()
        assert user.user_id.startswith(f"{first}_{last}_")
        assert re.fullmatch(rf"{first}\.{last}\d{{4}}@example\.com", user.email)


def test_payment_methods_are_plausible(any_shop: RetailDB) -> None:
    for user in any_shop.users.values():
        methods = list(user.payment_methods.values())
        kinds = Counter(method.source for method in methods)
        assert 1 <= len(methods) <= 4
        assert kinds["credit_card"] + kinds["paypal"] >= 1
        assert kinds["paypal"] <= 1
        assert kinds["gift_card"] <= 2
        cards = [method for method in methods if isinstance(method, CreditCard)]
        assert unique([f"{card.brand} {card.last_four}" for card in cards])
        assert all(re.fullmatch(r"\d{4}", card.last_four) for card in cards)
        assert {card.brand for card in cards} <= {"visa", "mastercard", "amex"}
        for key, method in user.payment_methods.items():
            assert key == method.id
            assert key.startswith(f"{method.source}_")
            if isinstance(method, GiftCard):
                assert 0 <= method.balance <= 400
                assert method.balance == round(method.balance, 2)


def test_city_state_and_zip_agree(any_shop: RetailDB) -> None:
    zips = {(city.name, city.state): city.zip_start for city in CITIES}
    people = [user.address for user in any_shop.users.values()]
    for address in people + [order.address for order in any_shop.orders.values()]:
        assert address.zip.startswith(zips[address.city, address.state])
        assert re.fullmatch(r"\d{5}", address.zip)
        assert re.fullmatch(r"(Apt|Suite|Unit) \d{1,3}", address.address2)
        assert address.country == "USA"


def test_a_user_has_one_other_address(any_shop: RetailDB) -> None:
    for user in any_shop.users.values():
        addresses = {order.address.text for order in orders_of(any_shop, user)}
        assert len(addresses - {user.address.text}) <= 1


def test_totals_tell_the_orders_of_a_user_apart(any_shop: RetailDB) -> None:
    for user in any_shop.users.values():
        totals = [total(order) for order in orders_of(any_shop, user)]
        assert len(set(totals)) == len(totals)


def test_a_few_users_have_most_of_the_orders(shop: RetailDB) -> None:
    counts = [len(user.orders) for user in shop.users.values()]
    at_least = {least: sum(count >= least for count in counts) for least in (1, 6, 8, 12)}
    assert max(counts) <= 14
    assert at_least[6] >= 40
    assert at_least[8] >= 20
    assert at_least[12] >= 8
    assert at_least[1] >= 350


def test_users_with_many_orders_have_several_pending_and_delivered_ones(shop: RetailDB) -> None:
    for user in shop.users.values():
        if len(user.orders) >= 6:
            statuses = Counter(order.status for order in orders_of(shop, user))
            assert statuses["pending"] >= 2
            assert statuses["delivered"] >= 2


@pytest.mark.parametrize(
    ("status", "share"),
    [("pending", 0.42), ("delivered", 0.37), ("processed", 0.10), ("cancelled", 0.11)],
)
def test_statuses_have_their_shares(shop: RetailDB, status: str, share: float) -> None:
    found = sum(order.status == status for order in shop.orders.values())
    assert found / len(shop.orders) == pytest.approx(share, abs=0.04)


def test_baskets_are_of_all_sizes_and_seldom_repeat_a_product(shop: RetailDB) -> None:
    sizes = Counter(len(order.items) for order in shop.orders.values())
    assert sorted(sizes) == [1, 2, 3, 4, 5]
    repeated = [
        order
        for order in shop.orders.values()
        if len({item.product_id for item in order.items}) < len(order.items)
    ]
    assert 0.015 <= len(repeated) / len(shop.orders) <= 0.07
    same_item = [
        order
        for order in repeated
        if len({item.item_id for item in order.items}) < len(order.items)
    ]
    assert 0 < len(same_item) < len(repeated)


def test_some_orders_go_elsewhere_and_some_in_two_parcels(shop: RetailDB) -> None:
    orders = list(shop.orders.values())
    elsewhere = sum(order.address != shop.users[order.user_id].address for order in orders)
    shipped = [order for order in orders if order.fulfillments]
    assert 0.18 <= elsewhere / len(orders) <= 0.32
    assert 0.05 <= sum(len(order.fulfillments) == 2 for order in shipped) / len(shipped) <= 0.25


def test_most_variants_are_available_and_others_were_sold_too(shop: RetailDB) -> None:
    variants = {
        item_id: variant
        for product in shop.products.values()
        for item_id, variant in product.variants.items()
    }
    available = sum(variant.available for variant in variants.values())
    assert 0.77 <= available / len(variants) <= 0.88
    sold = chain.from_iterable(order.items for order in shop.orders.values())
    assert any(not variants[item.item_id].available for item in sold)


def test_products_have_neither_few_nor_very_many_variants(shop: RetailDB) -> None:
    counts = [len(product.variants) for product in shop.products.values()]
    assert 4 <= min(counts) <= 10
    assert 14 <= max(counts) <= 20


def test_the_place_in_a_list_says_nothing_about_price_or_availability(shop: RetailDB) -> None:
    first = [next(iter(product.variants.values())) for product in shop.products.values()]
    cheapest = [
        min(product.variants.values(), key=lambda variant: variant.price)
        for product in shop.products.values()
    ]
    assert sum(a is b for a, b in zip(first, cheapest, strict=True)) < 15
    assert 25 < sum(variant.available for variant in first) < 50


def test_dearer_options_cost_more_on_average(shop: RetailDB) -> None:
    low: list[float] = []
    high: list[float] = []
    for product in shop.products.values():
        kind = KINDS[product.name]
        option = next(name for name in kind.options if name not in MATTERS_OF_TASTE)
        values, spread = kind.options[option], kind.price_high - kind.price_low
        for variant in product.variants.values():
            level = (variant.price - kind.price_low) / spread
            if variant.options[option] in (values[0], values[-1]):
                (low if variant.options[option] == values[0] else high).append(level)
    assert sum(high) / len(high) > sum(low) / len(low) + 0.2


def test_product_types_have_different_names() -> None:
    assert len(CATALOG) == 50
    assert len(KINDS) == 50


@pytest.mark.parametrize("kind", CATALOG, ids=lambda kind: kind.name)
def test_the_values_of_a_product_type_cannot_be_mistaken(kind: ProductType) -> None:
    values = list(chain.from_iterable(kind.options.values()))
    assert 2 <= len(kind.options) <= 4
    assert all(2 <= len(choices) <= 6 for choices in kind.options.values())
    assert prod(map(len, kind.options.values())) >= MOST_VARIANTS
    assert unique(values + list(kind.options))
    assert all(text == text.lower() for text in values + list(kind.options))
    for value in values:
        within = re.compile(rf"\b{re.escape(value)}\b")
        assert [other for other in values if within.search(other)] == [value]


@pytest.mark.parametrize("kind", CATALOG, ids=lambda kind: kind.name)
def test_the_prices_of_a_product_type_leave_room_for_all_variants(kind: ProductType) -> None:
    assert kind.price_low > 0
    assert kind.price_high - kind.price_low >= 20
    assert set(kind.options) - MATTERS_OF_TASTE
