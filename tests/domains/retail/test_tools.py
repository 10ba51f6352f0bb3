"""The retail tools: what each does and refuses, in tau-bench's words, without its defects."""

import json
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import chain
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from writ_gym.domains.retail.data import generate
from writ_gym.domains.retail.schema import (
    GiftCard,
    Order,
    Payment,
    RetailDB,
    User,
    by_email,
    by_item,
    by_name_and_zip,
)
from writ_gym.domains.retail.tools import TOOLS

MUGS = {"m1": ("red", 10.1), "m2": ("blue", 12.35), "m3": ("green", 9.99), "m4": ("black", 20.0)}
LAMPS = {"l1": ("small", 50.25), "l2": ("large", 80.5), "l3": ("tiny", 30.1)}
GONE = {"m4", "l3"}
"""Items that are not available."""

HOME = {
    "address1": "1 Main Street", "address2": "Apt 1", "city": "Akron", "country": "USA",
    "state": "OH", "zip": "44301",
}  # fmt: skip
AWAY = {
    "address1": "2 Side Street", "address2": "", "city": "Boise", "country": "USA",
    "state": "ID", "zip": "83701",
}  # fmt: skip


def variants(option: str, table: dict[str, tuple[str, float]]) -> dict[str, Any]:
    return {
        item_id: {
            "item_id": item_id,
            "options": {option: value},
            "available": item_id not in GONE,
            "price": price,
        }
        for item_id, (value, price) in table.items()
    }


PRODUCTS = {
    "p1": {"product_id": "p1", "name": "Mug", "variants": variants("colour", MUGS)},
    "p2": {"product_id": "p2", "name": "Lamp", "variants": variants("size", LAMPS)},
    "p3": {"product_id": "p3", "name": "Bag", "variants": {}},
}


def item(item_id: str) -> dict[str, Any]:
    product = PRODUCTS["p1" if item_id in MUGS else "p2"]
    variant = product["variants"][item_id]  # type: ignore[index]
    return {
        "name": product["name"],
        "product_id": product["product_id"],
        "item_id": item_id,
        "price": variant["price"],
        "options": variant["options"],
    }


def order(
    number: int, status: str, method: str, *item_ids: str, user: str = "ann"
) -> dict[str, Any]:
    items = [item(item_id) for item_id in item_ids]
    amount = round(sum(each["price"] for each in items), 2)
    return {
        "order_id": f"#W{number}",
        "user_id": user,
        "address": HOME,
        "items": items,
        "status": status,
        "fulfillments": [],
        "payment_history": [
            {"transaction_type": "payment", "amount": amount, "payment_method_id": method}
        ],
    }


ORDERS = [
    order(1, "pending", "visa", "m1", "l1", "m2"),
    order(2, "pending", "gift", "m1", "m1", "l1"),
    order(3, "delivered", "visa", "m1", "m1", "l1"),
    order(4, "delivered", "gift", "m2", "l2"),
    order(5, "processed", "visa", "m1"),
    order(6, "cancelled", "visa", "m1"),
    order(7, "pending (item modified)", "visa", "m1"),
    order(8, "return requested", "visa", "m1"),
    order(9, "exchange requested", "visa", "m1"),
    order(10, "pending", "bobs", "l2", user="bob"),
]
NOT_PENDING = [f"#W{number}" for number in (3, 5, 6, 7, 8, 9)]
NOT_DELIVERED = [f"#W{number}" for number in (1, 5, 6, 7, 8, 9)]

METHODS = [
    {"source": "credit_card", "id": "visa", "brand": "visa", "last_four": "1234"},
    {"source": "paypal", "id": "paypal"},
    {"source": "gift_card", "id": "gift", "balance": 100.0},
    {"source": "gift_card", "id": "small", "balance": 5.05},
]


def user(user_id: str, first: str, last: str, methods: Iterable[dict[str, Any]]) -> dict[str, Any]:
    return {
        "user_id": user_id,
        "name": {"first_name": first, "last_name": last},
        "address": HOME,
        "email": f"{first}.{last}@Example.com",
        "payment_methods": {method["id"]: method for method in methods},
        "orders": [each["order_id"] for each in ORDERS if each["user_id"] == user_id],
    }


SHOP = RetailDB.load(
    {
        "products": PRODUCTS,
        "users": {
            "ann": user("ann", "Ann", "Lee", METHODS),
            "bob": user("bob", "Bob", "Ray", [{"source": "paypal", "id": "bobs"}]),
            "bob2": user("bob2", "BOB", "ray", []),
        },
        "orders": {each["order_id"]: each for each in ORDERS},
    }
)


@pytest.fixture
def db() -> RetailDB:
    return SHOP.session()


def call(db: RetailDB, name: str, **arguments: Any) -> Any:
    """Call a tool as a model does, with JSON text."""
    return TOOLS.call(db, name, json.dumps(arguments))


def refusal(db: RetailDB, name: str, **arguments: Any) -> str:
    """Return the text of a refusal, which must leave everything as it was."""
    before = (db.fingerprint(), dict(db.orders), dict(db.users))
    text, error = TOOLS.answer(db, name, json.dumps(arguments))
    assert error, text
    assert (db.fingerprint(), dict(db.orders), dict(db.users)) == before
    return text


def balance(db: RetailDB, method_id: str = "gift") -> float:
    card = db.users["ann"].payment_methods[method_id]
    assert isinstance(card, GiftCard)
    return card.balance


def history(order: Order) -> list[tuple[str, float, str]]:
    return [
        (entry.transaction_type, entry.amount, entry.payment_method_id)
        for entry in order.payment_history
    ]


def items(order: Order) -> list[tuple[str, str, float, dict[str, str]]]:
    return [(each.name, each.item_id, each.price, dict(each.options)) for each in order.items]


def sold(*item_ids: str) -> list[tuple[str, str, float, dict[str, str]]]:
    """Return what ``items`` gives for an order of these items."""
    return [
        (each["name"], each["item_id"], each["price"], each["options"])
        for each in map(item, item_ids)
    ]


def changed(db: RetailDB) -> set[tuple[str, str]]:
    return set(db.changes())


# All tools

WRITES = {
    "cancel_pending_order": {"order_id": "#W1", "reason": "no longer needed"},
    "modify_pending_order_address": {"order_id": "#W1", **AWAY},
    "modify_pending_order_items": {
        "order_id": "#W1", "item_ids": ["m1"], "new_item_ids": ["m3"], "payment_method_id": "visa",
    },
    "modify_pending_order_payment": {"order_id": "#W1", "payment_method_id": "paypal"},
    "return_delivered_order_items": {
        "order_id": "#W3", "item_ids": ["m1"], "payment_method_id": "visa",
    },
    "exchange_delivered_order_items": {
        "order_id": "#W3", "item_ids": ["m1"], "new_item_ids": ["m2"], "payment_method_id": "visa",
    },
    "modify_user_address": {"user_id": "ann", **AWAY},
}  # fmt: skip
"""A call of each write that goes through."""


def test_the_tools_are_those_of_tau_bench_in_their_order_and_kinds() -> None:
    assert [(tool.name, tool.kind, " ".join(tool.parameters)) for tool in TOOLS] == [
        ("calculate", "generic", "expression"),
        ("cancel_pending_order", "write", "order_id reason"),
        (
            "exchange_delivered_order_items",
            "write",
            "order_id item_ids new_item_ids payment_method_id",
        ),
        ("find_user_id_by_name_zip", "read", "first_name last_name zip"),
        ("find_user_id_by_email", "read", "email"),
        ("get_order_details", "read", "order_id"),
        ("get_product_details", "read", "product_id"),
        ("get_item_details", "read", "item_id"),
        ("get_user_details", "read", "user_id"),
        ("list_all_product_types", "read", ""),
        (
            "modify_pending_order_address",
            "write",
            "order_id address1 address2 city state country zip",
        ),
        ("modify_pending_order_items", "write", "order_id item_ids new_item_ids payment_method_id"),
        ("modify_pending_order_payment", "write", "order_id payment_method_id"),
        ("modify_user_address", "write", "user_id address1 address2 city state country zip"),
        ("return_delivered_order_items", "write", "order_id item_ids payment_method_id"),
        ("transfer_to_human_agents", "generic", "summary"),
    ]


@pytest.mark.parametrize("name", WRITES)
def test_a_write_changes_its_record_and_answers_with_it(db: RetailDB, name: str) -> None:
    result = call(db, name, **WRITES[name])
    key = ("users", "ann") if isinstance(result, User) else ("orders", result.order_id)
    assert changed(db) == {key}
    assert db.changes()[key] == result
    assert SHOP.changes() == {}


@pytest.mark.parametrize("name", WRITES)
def test_a_write_on_something_unknown_is_refused(db: RetailDB, name: str) -> None:
    key = "user_id" if "user_id" in WRITES[name] else "order_id"
    what = "User" if key == "user_id" else "Order"
    for unknown in ("W1", "#w1", "#W1 ", "", "#W999", "Ann"):
        text = refusal(db, name, **{**WRITES[name], key: unknown})
        assert text == f"Error: {what} not found"


@pytest.mark.parametrize("name", WRITES)
def test_a_write_with_a_wrong_argument_is_refused(db: RetailDB, name: str) -> None:
    for key in WRITES[name]:
        wrong = f"Error: Invalid arguments for {name}: '{key}'"
        assert refusal(db, name, **{**WRITES[name], key: 5}).startswith(wrong)
        rest = {other: value for other, value in WRITES[name].items() if other != key}
        assert refusal(db, name, **rest) == f"{wrong} is missing."


@pytest.mark.parametrize("name", [name for name in WRITES if "item_ids" in WRITES[name]])
@pytest.mark.parametrize("wrong", ["m1", '["m1"]', "", {"m1": 1}, None])
def test_item_lists_given_as_text_are_refused(db: RetailDB, name: str, wrong: Any) -> None:
    """Defect R-12 of tau2-bench: a text was taken for a list of its characters."""
    text = refusal(db, name, **{**WRITES[name], "item_ids": wrong})
    assert text.startswith(f"Error: Invalid arguments for {name}: 'item_ids': input should be a")


@pytest.mark.parametrize("name", [name for name in WRITES if "item_ids" in WRITES[name]])
def test_empty_item_lists_are_refused(db: RetailDB, name: str) -> None:
    """Defects R-8 and R-10 of tau2-bench: they changed the order's status."""
    lists = {key: [] for key in ("item_ids", "new_item_ids") if key in WRITES[name]}
    text = refusal(db, name, **{**WRITES[name], **lists})
    assert text == "Error: At least one item has to be given"


# Reads


@pytest.mark.parametrize(
    ("first", "last", "user_id"),
    [("Ann", "Lee", "ann"), ("aNN", "LEE", "ann"), ("bob", "ray", "bob")],
)
def test_a_user_is_found_by_name_and_zip_in_any_case(
    db: RetailDB, first: str, last: str, user_id: str
) -> None:
    key = {"first_name": first, "last_name": last, "zip": "44301"}
    assert call(db, "find_user_id_by_name_zip", **key) == user_id


@pytest.mark.parametrize(
    ("first", "last", "zip_code"),
    [("Ann", "Lee", "44302"), ("Ann ", "Lee", "44301"), ("Lee", "Ann", "44301"), ("", "", "")],
)
def test_a_user_is_not_found_by_anything_else(
    db: RetailDB, first: str, last: str, zip_code: str
) -> None:
    key = {"first_name": first, "last_name": last, "zip": zip_code}
    assert refusal(db, "find_user_id_by_name_zip", **key) == "Error: User not found"


def test_a_user_is_found_by_the_zip_of_the_present_address(db: RetailDB) -> None:
    call(db, "modify_user_address", user_id="ann", **AWAY)
    names = {"first_name": "Ann", "last_name": "Lee"}
    assert call(db, "find_user_id_by_name_zip", **names, zip="83701") == "ann"
    old = refusal(db, "find_user_id_by_name_zip", **names, zip="44301")
    assert old == "Error: User not found"


def test_a_user_is_found_by_email_in_any_case(db: RetailDB) -> None:
    for email in ("Ann.Lee@Example.com", "ann.lee@example.com", "ANN.LEE@EXAMPLE.COM"):
        assert call(db, "find_user_id_by_email", email=email) == "ann"
    for email in (" ann.lee@example.com", "ann.lee@example", ""):
        assert refusal(db, "find_user_id_by_email", email=email) == "Error: User not found"


def test_records_are_read_as_they_are(db: RetailDB) -> None:
    assert call(db, "get_order_details", order_id="#W1") is SHOP.orders["#W1"]
    assert call(db, "get_product_details", product_id="p1") is SHOP.products["p1"]
    assert call(db, "get_user_details", user_id="ann") is SHOP.users["ann"]
    assert call(db, "get_item_details", item_id="l2") == SHOP.products["p2"].variants["l2"]


@pytest.mark.parametrize(
    ("tool", "key", "what"),
    [
        ("get_order_details", "order_id", "Order"),
        ("get_product_details", "product_id", "Product"),
        ("get_item_details", "item_id", "Item"),
        ("get_user_details", "user_id", "User"),
    ],
)
def test_a_record_that_is_not_there_is_not_found(
    db: RetailDB, tool: str, key: str, what: str
) -> None:
    for unknown in ("", "W1", "M1", "P1", "nobody", " ann"):
        assert refusal(db, tool, **{key: unknown}) == f"Error: {what} not found"


def test_an_order_is_answered_with_all_its_fields_in_tau_benchs_order(db: RetailDB) -> None:
    text, error = TOOLS.answer(db, "get_order_details", {"order_id": "#W10"})
    assert not error
    assert text == json.dumps(
        {
            **order(10, "pending", "bobs", "l2", user="bob"),
            "cancel_reason": None,
            "exchange_items": None,
            "exchange_new_items": None,
            "exchange_payment_method_id": None,
            "exchange_price_difference": None,
            "return_items": None,
            "return_payment_method_id": None,
        }
    )


def test_product_types_are_listed_by_name(db: RetailDB) -> None:
    text, _ = TOOLS.answer(db, "list_all_product_types", "{}")
    assert text == '{"Bag": "p3", "Lamp": "p2", "Mug": "p1"}'


def test_the_calculator_computes_and_does_not_hang(db: RetailDB) -> None:
    """Weakness W-1 of tau2-bench: a tower of powers was evaluated."""
    assert call(db, "calculate", expression="(12.5 + 3) * 2") == "31.0"
    tower = refusal(db, "calculate", expression="9**9**9**9")
    assert tower == "Error: The result is too large"
    names = refusal(db, "calculate", expression="__import__('os')")
    assert names == "Error: Invalid characters in expression"


def test_a_transfer_changes_nothing(db: RetailDB) -> None:
    assert call(db, "transfer_to_human_agents", summary="") == "Transfer successful"
    assert changed(db) == set()


# Cancel


def test_cancelling_refunds_a_card_in_the_history_only(db: RetailDB) -> None:
    cancelled = call(db, "cancel_pending_order", order_id="#W1", reason="ordered by mistake")
    assert (cancelled.status, cancelled.cancel_reason) == ("cancelled", "ordered by mistake")
    assert history(cancelled) == [("payment", 72.7, "visa"), ("refund", 72.7, "visa")]
    assert items(cancelled) == sold("m1", "l1", "m2")


def test_cancelling_refunds_a_gift_card_at_once(db: RetailDB) -> None:
    cancelled = call(db, "cancel_pending_order", order_id="#W2", reason="no longer needed")
    assert history(cancelled) == [("payment", 70.45, "gift"), ("refund", 70.45, "gift")]
    assert balance(db) == 170.45
    assert changed(db) == {("orders", "#W2"), ("users", "ann")}


@pytest.mark.parametrize("order_id", NOT_PENDING)
def test_only_a_pending_order_can_be_cancelled(db: RetailDB, order_id: str) -> None:
    text = refusal(db, "cancel_pending_order", order_id=order_id, reason="no longer needed")
    assert text == "Error: Non-pending order cannot be cancelled"


def test_cancelling_twice_is_an_error_the_agent_can_read(db: RetailDB) -> None:
    call(db, "cancel_pending_order", order_id="#W2", reason="no longer needed")
    text = refusal(db, "cancel_pending_order", order_id="#W2", reason="no longer needed")
    assert text == "Error: Non-pending order cannot be cancelled"
    assert balance(db) == 170.45


def test_an_order_is_cancelled_for_one_of_two_reasons_only(db: RetailDB) -> None:
    for reason in ("too dear", "", "No longer needed"):
        text = refusal(db, "cancel_pending_order", order_id="#W1", reason=reason)
        assert "'no longer needed' or 'ordered by mistake'" in text


@pytest.mark.parametrize(
    ("order_id", "first", "second", "left"),
    [
        ("#W2", "gift", "visa", 170.45),
        ("#W1", "visa", "gift", 100.0),
        ("#W1", "visa", "paypal", 100),
    ],
)
def test_cancelling_after_a_change_of_payment_refunds_once(
    db: RetailDB, order_id: str, first: str, second: str, left: float
) -> None:
    """Defects R-3 and W-2 of tau2-bench: the refund was refunded, too."""
    call(db, "modify_pending_order_payment", order_id=order_id, payment_method_id=second)
    cancelled = call(db, "cancel_pending_order", order_id=order_id, reason="no longer needed")
    amount = SHOP.orders[order_id].payment_history[0].amount
    assert history(cancelled) == [
        ("payment", amount, first),
        ("payment", amount, second),
        ("refund", amount, first),
        ("refund", amount, second),
    ]
    assert balance(db) == left


def test_a_refund_that_fails_half_way_credits_nothing() -> None:
    """Defect R-4 of tau2-bench: the gift card kept what it was credited before the error."""
    split = {**order(1, "pending", "gift", "m1"), "payment_history": [
        {"transaction_type": "payment", "amount": 5.0, "payment_method_id": "gift"},
        {"transaction_type": "payment", "amount": 5.1, "payment_method_id": "lost"},
    ]}  # fmt: skip
    db = RetailDB.load(
        {
            "products": PRODUCTS,
            "users": {"ann": user("ann", "Ann", "Lee", METHODS)},
            "orders": {"#W1": split},
        }
    ).session()
    text = refusal(db, "cancel_pending_order", order_id="#W1", reason="no longer needed")
    assert text == "Error: Payment method not found"
    assert balance(db) == 100.0


# Address


def test_a_pending_order_gets_another_address_and_the_user_keeps_theirs(db: RetailDB) -> None:
    modified = call(db, "modify_pending_order_address", order_id="#W1", **AWAY)
    assert modified.address.plain == AWAY
    assert db.users["ann"].address.plain == HOME
    assert modified.replace(address=HOME) == SHOP.orders["#W1"]


def test_an_address_can_be_changed_again(db: RetailDB) -> None:
    call(db, "modify_pending_order_address", order_id="#W1", **AWAY)
    call(db, "modify_pending_order_address", order_id="#W1", **HOME)
    assert db.changes() == {}


@pytest.mark.parametrize("order_id", NOT_PENDING)
def test_only_a_pending_order_gets_another_address(db: RetailDB, order_id: str) -> None:
    """Defect R-5 of tau2-bench: an order with modified items was changed, too."""
    text = refusal(db, "modify_pending_order_address", order_id=order_id, **AWAY)
    assert text == "Error: Non-pending order cannot be modified"


def test_a_user_gets_another_address_and_orders_keep_theirs(db: RetailDB) -> None:
    modified = call(db, "modify_user_address", user_id="ann", **AWAY)
    assert modified.address.plain == AWAY
    assert modified.replace(address=HOME) == SHOP.users["ann"]
    assert changed(db) == {("users", "ann")}


# Payment


def test_another_method_pays_and_the_old_one_is_refunded(db: RetailDB) -> None:
    modified = call(db, "modify_pending_order_payment", order_id="#W1", payment_method_id="paypal")
    assert history(modified) == [
        ("payment", 72.7, "visa"),
        ("payment", 72.7, "paypal"),
        ("refund", 72.7, "visa"),
    ]
    assert modified.status == "pending"
    assert changed(db) == {("orders", "#W1")}


def test_a_gift_card_pays_or_is_refunded_at_once(db: RetailDB) -> None:
    call(db, "modify_pending_order_payment", order_id="#W1", payment_method_id="gift")
    assert balance(db) == 27.3
    call(db, "modify_pending_order_payment", order_id="#W2", payment_method_id="visa")
    assert balance(db) == 97.75


@pytest.mark.parametrize("order_id", NOT_PENDING)
def test_only_a_pending_order_gets_another_payment(db: RetailDB, order_id: str) -> None:
    arguments = {"order_id": order_id, "payment_method_id": "paypal"}
    text = refusal(db, "modify_pending_order_payment", **arguments)
    assert text == "Error: Non-pending order cannot be modified"


@pytest.mark.parametrize(
    ("method", "message"),
    [
        ("bobs", "Payment method not found"),
        ("nothing", "Payment method not found"),
        ("visa", "The new payment method should be different from the current one"),
        ("small", "Insufficient gift card balance to pay for the order"),
    ],
)
def test_a_method_that_cannot_pay_is_refused(db: RetailDB, method: str, message: str) -> None:
    arguments = {"order_id": "#W1", "payment_method_id": method}
    assert refusal(db, "modify_pending_order_payment", **arguments) == f"Error: {message}"


def test_the_payment_can_be_changed_once_only(db: RetailDB) -> None:
    call(db, "modify_pending_order_payment", order_id="#W1", payment_method_id="paypal")
    arguments = {"order_id": "#W1", "payment_method_id": "gift"}
    text = refusal(db, "modify_pending_order_payment", **arguments)
    assert text == "Error: There should be exactly one payment for a pending order"


# Items


def modify(order_id: str, old: list[str], new: list[str], method: str = "visa") -> dict[str, Any]:
    return {
        "order_id": order_id,
        "item_ids": old,
        "new_item_ids": new,
        "payment_method_id": method,
    }


def test_each_item_gets_its_own_options_and_price(db: RetailDB) -> None:
    """Defect R-6 of tau2-bench: all items got those of the last pair."""
    pairs = (["m1", "l1", "m2"], ["m3", "l2", "m1"])
    modified = call(db, "modify_pending_order_items", **modify("#W1", *pairs))
    assert items(modified) == sold("m3", "l2", "m1")
    assert modified.status == "pending (item modified)"
    assert history(modified) == [("payment", 72.7, "visa"), ("payment", 27.89, "visa")]
    assert changed(db) == {("orders", "#W1")}


def test_the_order_of_the_pairs_does_not_matter(db: RetailDB) -> None:
    other = SHOP.session()
    call(db, "modify_pending_order_items", **modify("#W1", ["m1", "l1"], ["m3", "l2"]))
    call(other, "modify_pending_order_items", **modify("#W1", ["l1", "m1"], ["l2", "m3"]))
    assert db.changes() == other.changes()


def test_each_pair_changes_an_item_of_the_order_as_it_was(db: RetailDB) -> None:
    """Defect R-9 of tau2-bench: m1 to m2 and m2 to m3 changed one item twice."""
    modified = call(db, "modify_pending_order_items", **modify("#W1", ["m1", "m2"], ["m2", "m3"]))
    assert items(modified) == sold("m2", "l1", "m3")
    other = SHOP.session()
    swapped = call(other, "modify_pending_order_items", **modify("#W1", ["m1", "m2"], ["m2", "m1"]))
    assert items(swapped) == sold("m2", "l1", "m1")
    assert history(swapped)[1:] == [("refund", 0.0, "visa")]


def test_an_item_held_twice_is_changed_as_often_as_it_is_listed(db: RetailDB) -> None:
    once = call(SHOP.session(), "modify_pending_order_items", **modify("#W2", ["m1"], ["m2"]))
    assert items(once) == sold("m2", "m1", "l1")
    twice = call(db, "modify_pending_order_items", **modify("#W2", ["m1", "m1"], ["m2", "m3"]))
    assert items(twice) == sold("m2", "m3", "l1")


def test_a_difference_in_price_is_paid_or_refunded_to_the_cent(db: RetailDB) -> None:
    """Defect R-7 of tau2-bench: amounts such as 14.249999999999943."""
    down = call(SHOP.session(), "modify_pending_order_items", **modify("#W1", ["m2"], ["m3"]))
    assert history(down)[1:] == [("refund", 2.36, "visa")]
    call(db, "modify_pending_order_items", **modify("#W1", ["m1", "l1"], ["m2", "l2"], "gift"))
    assert history(db.orders["#W1"])[1:] == [("payment", 32.5, "gift")]
    assert balance(db) == 67.5


def test_a_gift_card_is_credited_with_a_negative_difference(db: RetailDB) -> None:
    call(db, "modify_pending_order_items", **modify("#W1", ["m2"], ["m3"], "small"))
    assert balance(db, "small") == 7.41


MISMATCH = "The number of items to be exchanged should match"


@pytest.mark.parametrize(
    ("old", "new", "method", "message"),
    [
        (["x"], ["m2"], "visa", "x not found"),
        (["m1", "m1"], ["m2", "m2"], "visa", "m1 not found"),
        (["m1"], [], "visa", MISMATCH),
        (["m1"], ["m2", "m3"], "visa", MISMATCH),
        (["m1"], ["m1"], "visa", "The new item id should be different from the old item id"),
        (["m1"], ["l2"], "visa", "Variant not found"),
        (["m1"], ["x"], "visa", "Variant not found"),
        (["m1"], ["m4"], "visa", "New item m4 not found or available"),
        (["m1"], ["m2"], "bobs", "Payment method not found"),
        (["l1"], ["l2"], "small", "Insufficient gift card balance to pay for the new item"),
        (["m1", "l1"], ["m3", "l3"], "visa", "New item l3 not found or available"),
    ],
)
def test_items_that_cannot_be_changed_are_refused(
    db: RetailDB, old: list[str], new: list[str], method: str, message: str
) -> None:
    text = refusal(db, "modify_pending_order_items", **modify("#W1", old, new, method))
    assert text == f"Error: {message}"


@pytest.mark.parametrize("order_id", NOT_PENDING)
def test_only_a_pending_order_gets_other_items(db: RetailDB, order_id: str) -> None:
    text = refusal(db, "modify_pending_order_items", **modify(order_id, ["m1"], ["m2"]))
    assert text == "Error: Non-pending order cannot be modified"


@pytest.mark.parametrize(
    "name", [name for name, arguments in WRITES.items() if arguments.get("order_id") == "#W1"]
)
def test_after_a_change_of_items_the_order_stays_as_it_is(db: RetailDB, name: str) -> None:
    call(db, "modify_pending_order_items", **modify("#W1", ["m1"], ["m2"]))
    verb = "cancelled" if name == "cancel_pending_order" else "modified"
    assert refusal(db, name, **WRITES[name]) == f"Error: Non-pending order cannot be {verb}"


# Return


@pytest.mark.parametrize("method", ["visa", "gift", "small"])
def test_items_are_returned_to_the_original_method_or_a_gift_card(
    db: RetailDB, method: str
) -> None:
    arguments = {"order_id": "#W3", "item_ids": ["m1", "l1", "m1"], "payment_method_id": method}
    returned = call(db, "return_delivered_order_items", **arguments)
    assert returned.status == "return requested"
    assert returned.return_items == ("l1", "m1", "m1")
    assert returned.return_payment_method_id == method
    assert returned.payment_history == SHOP.orders["#W3"].payment_history
    assert returned.items == SHOP.orders["#W3"].items
    assert changed(db) == {("orders", "#W3")}


@pytest.mark.parametrize(
    ("item_ids", "method", "message"),
    [
        (["m1"], "paypal", "Payment method should be the original payment method"),
        (["m1"], "bobs", "Payment method not found"),
        (["m2"], "visa", "Some item not found"),
        (["m1", "m1", "m1"], "visa", "Some item not found"),
        (["m1", ""], "visa", "Some item not found"),
    ],
)
def test_a_return_that_cannot_be_is_refused(
    db: RetailDB, item_ids: list[str], method: str, message: str
) -> None:
    arguments = {"order_id": "#W3", "item_ids": item_ids, "payment_method_id": method}
    assert refusal(db, "return_delivered_order_items", **arguments) == f"Error: {message}"


@pytest.mark.parametrize("order_id", NOT_DELIVERED)
def test_only_a_delivered_order_can_be_returned(db: RetailDB, order_id: str) -> None:
    arguments = {"order_id": order_id, "item_ids": ["m1"], "payment_method_id": "visa"}
    text = refusal(db, "return_delivered_order_items", **arguments)
    assert text == "Error: Non-delivered order cannot be returned"


def test_a_return_or_an_exchange_can_be_asked_for_once(db: RetailDB) -> None:
    call(db, "return_delivered_order_items", **WRITES["return_delivered_order_items"])
    text = refusal(db, "exchange_delivered_order_items", **modify("#W3", ["l1"], ["l2"]))
    assert text == "Error: Non-delivered order cannot be exchanged"
    call(db, "exchange_delivered_order_items", **modify("#W4", ["l2"], ["l1"]))
    text = refusal(
        db,
        "return_delivered_order_items",
        order_id="#W4",
        item_ids=["m2"],
        payment_method_id="gift",
    )
    assert text == "Error: Non-delivered order cannot be returned"


# Exchange


def test_an_exchange_keeps_which_item_is_given_for_which(db: RetailDB) -> None:
    """Defect R-11 of tau2-bench: the two lists were sorted apart."""
    pairs = (["m1", "l1", "m1"], ["m3", "l2", "m2"])
    exchanged = call(db, "exchange_delivered_order_items", **modify("#W3", *pairs))
    assert exchanged.status == "exchange requested"
    assert exchanged.exchange_items == ("l1", "m1", "m1")
    assert exchanged.exchange_new_items == ("l2", "m2", "m3")
    assert exchanged.exchange_payment_method_id == "visa"
    assert exchanged.exchange_price_difference == 32.39
    assert exchanged.items == SHOP.orders["#W3"].items
    assert exchanged.payment_history == SHOP.orders["#W3"].payment_history
    assert changed(db) == {("orders", "#W3")}


def test_the_order_of_the_pairs_of_an_exchange_does_not_matter(db: RetailDB) -> None:
    other = SHOP.session()
    call(db, "exchange_delivered_order_items", **modify("#W4", ["m2", "l2"], ["m1", "l1"]))
    call(other, "exchange_delivered_order_items", **modify("#W4", ["l2", "m2"], ["l1", "m1"]))
    assert db.changes() == other.changes()
    assert db.orders["#W4"].exchange_price_difference == -32.5


def test_an_exchange_for_the_same_item_is_possible_and_free(db: RetailDB) -> None:
    exchanged = call(db, "exchange_delivered_order_items", **modify("#W3", ["m1"], ["m1"]))
    assert (exchanged.exchange_items, exchanged.exchange_new_items) == (("m1",), ("m1",))
    assert exchanged.exchange_price_difference == 0.0


@pytest.mark.parametrize(
    ("old", "new", "method", "message"),
    [
        (["x"], ["m2"], "visa", "Number of x not found."),
        (["m1"] * 3, ["m2"] * 3, "visa", "Number of m1 not found."),
        (["m1"], [], "visa", f"{MISMATCH}."),
        (["m1"], ["m2", "m3"], "visa", f"{MISMATCH}."),
        (["m1"], ["l2"], "visa", "Variant not found"),
        (["m1"], ["m4"], "visa", "New item m4 not found or available"),
        (["m1"], ["m2"], "bobs", "Payment method not found"),
        (["l1"], ["l2"], "small", "Insufficient gift card balance to pay for the price difference"),
    ],
)
def test_an_exchange_that_cannot_be_is_refused(
    db: RetailDB, old: list[str], new: list[str], method: str, message: str
) -> None:
    text = refusal(db, "exchange_delivered_order_items", **modify("#W3", old, new, method))
    assert text == f"Error: {message}"


@pytest.mark.parametrize("order_id", NOT_DELIVERED)
def test_only_a_delivered_order_can_be_exchanged(db: RetailDB, order_id: str) -> None:
    text = refusal(db, "exchange_delivered_order_items", **modify(order_id, ["m1"], ["m2"]))
    assert text == "Error: Non-delivered order cannot be exchanged"


def test_a_gift_card_that_just_covers_the_difference_will_do(db: RetailDB) -> None:
    exchanged = call(db, "exchange_delivered_order_items", **modify("#W3", ["m1"], ["m2"], "small"))
    assert exchanged.exchange_price_difference == 2.25
    assert balance(db, "small") == 5.05


# Any sequence of calls

SIZE = {"users": 5, "orders": 8, "products": 3, "variants": 12}
NUMBER = st.integers(0, 11)
CALLS = st.tuples(
    st.sampled_from([*WRITES, "modify_pending_order_payment"]),
    NUMBER,
    st.lists(st.tuples(NUMBER, NUMBER), max_size=4),
    NUMBER,
    st.sampled_from(["ok"] * 8 + ["method", "order", "items", "lengths"]),
)
"""A tool, and numbers that choose order, pairs of items and method; and what is wrong with it."""


@cache
def generated(seed: int) -> RetailDB:
    return generate(seed, SIZE)


def choose(values: Iterable[str], number: int) -> str:
    listed = list(values)
    return listed[number % len(listed)]


def arguments_of(db: RetailDB, drawn: tuple[Any, ...]) -> tuple[str, dict[str, Any]]:
    """Return a call that may well go through, made out of drawn numbers."""
    name, number, pairs, method, wrong = drawn
    status = "delivered" if "delivered" in name else "pending"
    fitting = [key for key, order in db.orders.items() if order.status == status]
    order_id = choose(fitting or db.orders, number)
    if wrong == "order":
        order_id = choose([*db.orders, "#W0"], number)
    order = db.orders.get(order_id, next(iter(db.orders.values())))
    places = list(dict.fromkeys(place % len(order.items) for place, _ in pairs))
    old = [order.items[place].item_id for place in places]
    new = [
        choose(db.products[order.items[place].product_id].variants, wanted)
        for place, (_, wanted) in zip(places, pairs, strict=False)
    ]
    if wrong == "items":
        old = [choose(chain.from_iterable(map(by_item, db.products.values())), n) for n, _ in pairs]
    known = {
        "order_id": order_id,
        "user_id": order.user_id,
        "item_ids": old,
        "new_item_ids": new[1:] if wrong == "lengths" else new,
        "payment_method_id": (
            "gift_card_0"
            if wrong == "method"
            else choose(db.users[order.user_id].payment_methods, method)
        ),
        "reason": "no longer needed",
        **{key: f"{key} {method}" for key in HOME},
    }
    return name, {key: known[key] for key in TOOLS[name].parameters}


def cents(amount: float) -> int:
    """Return an amount in cents, which it must be a whole number of."""
    assert amount == round(amount, 2)
    return round(amount * 100)


def paid(entries: Iterable[Payment]) -> int:
    """Return what was paid less what was refunded, in cents."""
    return sum(
        cents(entry.amount) * (1 if entry.transaction_type == "payment" else -1)
        for entry in entries
    )


def gift_cards(user: User) -> Iterator[GiftCard]:
    return (card for card in user.payment_methods.values() if isinstance(card, GiftCard))


def check_money(db: RetailDB, base: RetailDB) -> None:
    """Check that no cent came from nowhere and none was lost."""
    for order in db.orders.values():
        worth = sum(cents(item.price) for item in order.items)
        assert paid(order.payment_history) == (0 if order.status == "cancelled" else worth)
        assert all(entry.amount >= 0 for entry in order.payment_history)
        start = base.orders[order.order_id].payment_history
        assert order.payment_history[: len(start)] == start
    for user in db.users.values():
        before = {card.id: cents(card.balance) for card in gift_cards(base.users[user.user_id])}
        for card in gift_cards(user):
            new = chain.from_iterable(
                db.orders[key].payment_history[len(base.orders[key].payment_history) :]
                for key in user.orders
            )
            spent = paid(entry for entry in new if entry.payment_method_id == card.id)
            assert cents(card.balance) == before.pop(card.id) - spent
            assert card.balance >= 0
        assert not before


def check_items(db: RetailDB) -> None:
    """Check that each item is what its product says, at its price."""
    for order in db.orders.values():
        for each in order.items:
            variant = db.products[each.product_id].variants[each.item_id]
            assert (each.name, each.options) == (
                db.products[each.product_id].name,
                variant.options,
            )
        old, new = order.exchange_items or (), order.exchange_new_items or ()
        for one, other in zip(old, new, strict=True):
            (product,) = db.products.lookup(by_item, one)
            assert other in product.variants


def check_records_and_indexes(db: RetailDB) -> None:
    """Check that all records are valid and that look-ups find what a scan finds."""
    for table in (db.users, db.orders, db.products):
        for row in table.values():
            assert type(row).model_validate_json(row.text) == row
    for index in (by_email, by_name_and_zip):
        for value in chain.from_iterable(map(index, db.users.values())):
            found = [user for user in db.users.values() if value in index(user)]
            assert db.users.lookup(index, value) == found
    for row in db.products.values():
        assert all(db.products.lookup(by_item, key) == [row] for key in row.variants)


@given(seed=st.integers(0, 9), calls=st.lists(CALLS, max_size=15))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_no_sequence_of_calls_makes_or_loses_money(seed: int, calls: list[Any]) -> None:
    base = generated(seed)
    db = base.session()
    for drawn in calls:
        name, arguments = arguments_of(db, drawn)
        before = db.changes()
        text, error = TOOLS.answer(db, name, json.dumps(arguments))
        if error:
            assert db.changes() == before
        else:
            record = json.loads(text)
            table, key = ("users", "user_id") if "email" in record else ("orders", "order_id")
            assert getattr(db, table)[record[key]].plain == record
        check_money(db, base)
    check_items(db)
    check_records_and_indexes(db)
    assert {table for table, _ in db.changes()} <= {"users", "orders"}
    assert base.changes() == {}


def test_the_sequences_hold_calls_of_every_write_that_go_through() -> None:
    passed: set[str] = set()
    refused: set[str] = set()

    @given(seed=st.integers(0, 9), calls=st.lists(CALLS, max_size=15))
    @settings(max_examples=50, deadline=None, derandomize=True)
    def play(seed: int, calls: list[Any]) -> None:
        db = generated(seed).session()
        for drawn in calls:
            name, arguments = arguments_of(db, drawn)
            error = TOOLS.answer(db, name, arguments)[1]
            (refused if error else passed).add(name)

    play()
    assert passed == set(WRITES)
    assert len(refused) > 3
