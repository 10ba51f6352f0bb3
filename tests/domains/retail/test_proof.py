"""The retail proof: what every row of docs/requests-retail.md comes to, by brute force."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from writ_gym.database import canonical as plain_numbers
from writ_gym.domains.retail.data import WorldSize, generate
from writ_gym.domains.retail.proof import PROOF
from writ_gym.domains.retail.schema import RetailDB
from writ_gym.domains.retail.tools import TOOLS
from writ_gym.errors import ToolError
from writ_gym.meaning.proofs import Decision, Meaning, UnclearError
from writ_gym.tasks import Call, Edit, Fact, Request

ME, OTHER = "ann_lee_1", "bob_ray_2"
HOME = {"address1": "1 Home Road", "address2": "", "city": "Reno", "country": "USA",
        "state": "NV", "zip": "11111"}  # fmt: skip
WORK = {**HOME, "address1": "2 Work Road"}
NEW = {**HOME, "address1": "3 New Road"}

# Product, its variants: id, options, in stock, price.
SHELF: dict[str, list[tuple[str, dict[str, str], bool, float]]] = {
    "Lamp": [
        ("l1", {"color": "red", "size": "big"}, True, 50.0),
        ("l2", {"color": "blue", "size": "big"}, True, 60.0),
        ("l3", {"color": "green", "size": "big"}, True, 40.0),
        ("l4", {"color": "blue", "size": "small"}, False, 10.0),
        ("l5", {"color": "black", "size": "small"}, True, 90.0),
    ],
    "Mug": [
        ("m1", {"color": "red"}, True, 8.0),
        ("m2", {"color": "blue"}, True, 12.0),
        ("m3", {"color": "green"}, True, 12.0),
    ],
    "Desk": [
        ("d1", {"wood": "oak"}, True, 300.0),
        ("d2", {"wood": "pine"}, False, 200.0),
    ],
}
PRODUCTS = {name: f"p{name}" for name in SHELF}
VARIANTS = {row[0]: (name, row[1], row[3]) for name, rows in SHELF.items() for row in rows}

# Order, owner, status, items with the price at which they were sold, method, address.
ORDERS: list[tuple[str, str, str, dict[str, float], str, dict[str, str]]] = [
    ("#W1", ME, "pending", {"l1": 55.0, "m1": 8.0}, "card_a", HOME),
    ("#W2", ME, "delivered", {"l2": 60.0, "m1": 10.0, "d1": 290.0}, "card_a", WORK),
    ("#W3", ME, "pending", {"d1": 300.0}, "gift_a", HOME),
    ("#W4", ME, "processed", {"m2": 12.0}, "paypal_a", HOME),
    ("#W5", ME, "pending", {"m1": 8.0}, "paypal_a", WORK),
    ("#W6", ME, "delivered", {"m3": 12.0}, "paypal_a", HOME),
    ("#W9", OTHER, "pending", {"m1": 8.0}, "card_b", HOME),
]


def order_row(
    key: str, owner: str, status: str, items: Mapping[str, float], method: str, address: Any
) -> dict[str, Any]:
    return {
        "order_id": key,
        "user_id": owner,
        "address": address,
        "items": [
            {"name": VARIANTS[i][0], "product_id": PRODUCTS[VARIANTS[i][0]], "item_id": i,
             "price": price, "options": VARIANTS[i][1]}
            for i, price in items.items()
        ],
        "status": status,
        "fulfillments": [{"tracking_id": [f"T{key[2:]}"], "item_ids": list(items)}]
        if status in ("delivered", "processed")
        else [],
        "payment_history": [
            {"transaction_type": "payment", "amount": sum(items.values()),
             "payment_method_id": method}
        ],
    }  # fmt: skip


def user_row(key: str, email: str, first: str, last: str, methods: Any, orders: Any) -> Any:
    return {
        "user_id": key,
        "name": {"first_name": first, "last_name": last},
        "address": HOME,
        "email": email,
        "payment_methods": {method["id"]: method for method in methods},
        "orders": orders,
    }


def card(key: str, last_four: str) -> dict[str, str]:
    return {"source": "credit_card", "id": key, "brand": "visa", "last_four": last_four}


def build() -> RetailDB:
    mine = [
        card("card_a", "1111"),
        card("card_c", "2222"),
        {"source": "paypal", "id": "paypal_a"},
        {"source": "gift_card", "id": "gift_a", "balance": 20.0},
        {"source": "gift_card", "id": "gift_b", "balance": 70.5},
    ]
    listed = [row[0] for row in ORDERS if row[1] == ME]
    return RetailDB.load(
        {
            "products": {
                PRODUCTS[name]: {
                    "name": name,
                    "product_id": PRODUCTS[name],
                    "variants": {
                        i: {"item_id": i, "options": o, "available": a, "price": p}
                        for i, o, a, p in rows
                    },
                }
                for name, rows in SHELF.items()
            },
            "users": {
                ME: user_row(ME, "ann@example.com", "Ann", "Lee", mine, listed),
                OTHER: user_row(
                    OTHER, "bob@example.com", "Ann", "Lee", [card("card_b", "1")], ["#W9"]
                ),
            },
            "orders": {row[0]: order_row(*row) for row in ORDERS},
        }
    )


DB = build()


def ask(intent: str, **values: Any) -> Request:
    facts = tuple(Fact(slot=slot, value=value, text="") for slot, value in values.items())
    return Request(intent=intent, text="", facts=facts)


def changed(change: Callable[[RetailDB], None]) -> RetailDB:
    session = DB.session()
    change(session)
    return session


def put_order(key: str, **changes: Any) -> Callable[[RetailDB], None]:
    return lambda db: void(db.orders.put(key, db.orders[key].replace(**changes)))


def put_user(**changes: Any) -> Callable[[RetailDB], None]:
    return lambda db: void(db.users.put(ME, db.users[ME].replace(**changes)))


def void(_: object) -> None:
    return None


def meaning(intent: str, db: RetailDB = DB, **values: Any) -> Meaning:
    return PROOF.meaning(db, ME, ask(intent, **values))


def writes(intent: str, db: RetailDB = DB, **values: Any) -> list[dict[str, Any]]:
    found = meaning(intent, db, **values)
    assert found.writes, found
    return [dict(call.arguments) for call in found.writes]


def breaches(intent: str, db: RetailDB = DB, **values: Any) -> set[tuple[str, str]]:
    found = meaning(intent, db, **values)
    assert found.breaches
    assert not found.writes
    assert not found.tells
    return set(found.breaches)


def unclear(intent: str, db: RetailDB = DB, **values: Any) -> None:
    with pytest.raises(UnclearError):
        meaning(intent, db, **values)


def one(key: str) -> dict[str, str]:
    return {"id": key}


def where(*conditions: tuple[str, str, Any], **rest: Any) -> dict[str, Any]:
    keys = ("attribute", "test", "value")
    return {"where": [dict(zip(keys, c, strict=True)) for c in conditions], **rest}


PENDING = ("status", "is", "pending")
NO_NEED = "no longer needed"


def cancelled(reference: Any, db: RetailDB = DB) -> list[str]:
    return [w["order_id"] for w in writes("cancel_order", db, order=reference, reason=NO_NEED)]


# References to orders


@pytest.mark.parametrize(
    ("reference", "meant"),
    [
        (one("#W1"), "#W1"),
        (where(PENDING, by="total"), "#W3"),
        (where(PENDING, by="total", rank=2), "#W1"),
        (where(PENDING, by="total", extreme="lowest"), "#W5"),
        (where(PENDING, by="count"), "#W1"),
        (where(PENDING, by="placed"), "#W5"),
        (where(PENDING, by="placed", extreme="lowest", rank=2), "#W3"),
        (where(PENDING, ("product", "has", "Desk")), "#W3"),
        (where(PENDING, ("product", "has", "Mug"), ("product", "lacks", "Lamp")), "#W5"),
        (where(("total", "over", 62.99), ("total", "under", 63.01)), "#W1"),
        (where(("total", "is", 300)), "#W3"),
        (where(("count", "is", 2)), "#W1"),
        (where(("status", "is_not", "pending"), by="placed", scope=["#W1", "#W4"]), "#W4"),
        (where(by="total", scope=["#W5", "#W1"]), "#W1"),
        ({"beside": one("#W2"), "step": 1}, "#W3"),
        ({"beside": one("#W2"), "step": -1}, "#W1"),
        ({"beside": where(("status", "is", "processed")), "step": 1}, "#W5"),
    ],
)
def test_a_reference_means_one_order(reference: Any, meant: str) -> None:
    request = ask("about_order", order=reference, topic="total")
    assert PROOF.meaning(DB, ME, request).tells == (DB.orders[meant].payment_history[0].amount,)


@pytest.mark.parametrize(
    "reference",
    [
        one("#W404"),
        where(PENDING),
        where(by="count", extreme="lowest"),
        where(PENDING, by="count", rank=2),
        where(PENDING, by="status"),
        where(PENDING, by="product"),
        where(PENDING, by="colour"),
        where(("colour", "is", "red")),
        where(("status", "over", 3)),
        where(("status", "has", "pending")),
        where(("product", "is", "Mug")),
        where(("product", "has", 3)),
        where(("total", "is", "63")),
        where(("total", "over", "63")),
        where(PENDING, scope=["#W404"]),
        where(("placed", "over", 0), scope=["#W9"]),
        where(by="total", rank=7),
        {"beside": one("#W1"), "step": -1},
        {"beside": one("#W6"), "step": 1},
        {"beside": one("#W9"), "step": 1},
        {"beside": one("#W2"), "step": 2},
        {"order": "#W1"},
        where(PENDING, by="total", rank=0),
        "#W1",
        None,
        [],
        float("nan"),
        {1: object()},
    ],
)
def test_a_reference_can_be_unclear(reference: Any) -> None:
    unclear("cancel_order", order=reference, reason=NO_NEED)


def test_a_profile_that_lists_an_order_that_is_lost_is_unclear() -> None:
    lost = changed(put_user(orders=("#W1", "#W404")))
    unclear("cancel_order", lost, order=where(PENDING), reason=NO_NEED)
    assert cancelled(one("#W1"), lost) == ["#W1"]


@pytest.mark.parametrize(
    ("reference", "fact"),
    [
        (where(("status", "is", "cancelled"), by="total"), "cancelled"),
        (where(("total", "over", 1000)), "1000.00"),
        (where(("count", "over", 5), PENDING), "5"),
        (where(PENDING, by="total", rank=4), "pending"),
        (where(("status", "is", "cancelled"), every=True), "cancelled"),
        ({"beside": where(("product", "has", "Sofa")), "step": 1}, "Sofa"),
    ],
)
def test_if_nothing_fits_the_first_condition_is_told(reference: Any, fact: str) -> None:
    assert breaches("cancel_order", order=reference, reason=NO_NEED) == {("no_such_order", fact)}


def test_every_order_is_meant_in_the_order_of_the_profile() -> None:
    assert cancelled(where(PENDING, every=True)) == ["#W1", "#W3", "#W5"]
    assert cancelled(where(every=True, scope=["#W5", "#W1", "#W5"])) == ["#W1", "#W5"]
    for intent, rest in [
        ("about_order", {"topic": "total"}),
        ("cancel_or_return", {"reason": NO_NEED}),
        ("change_order_payment", {"payment": {"kind": "original"}}),
    ]:
        unclear(intent, order=where(PENDING, every=True), **rest)


# What forbids it


def test_status_and_owner_of_every_order_have_to_allow_it() -> None:
    def told(reference: Any) -> set[tuple[str, str]]:
        return breaches("cancel_order", order=reference, reason=NO_NEED)

    assert told(one("#W9")) == {("other_user", "#W9")}
    assert told(one("#W4")) == {("not_pending", "processed")}
    assert told(where(every=True, scope=["#W1", "#W2", "#W4"])) == {
        ("not_pending", "delivered"),
        ("not_pending", "processed"),
    }
    assert told(where(every=True, scope=["#W1", "#W9"])) == {("other_user", "#W9")}
    passed_over = where(by="placed", extreme="lowest", scope=["#W1", "#W3"])
    foreign = changed(put_order("#W3", user_id=OTHER))
    assert cancelled(passed_over, foreign) == ["#W1"]
    assert breaches("cancel_order", foreign, order=where(PENDING, by="total"), reason=NO_NEED) == {
        ("other_user", "#W3")
    }
    item = {"names": ["Mug"]}
    assert breaches("return_items", order=one("#W9"), items=item, payment={"kind": "original"}) == {
        ("other_user", "#W9"),
        ("not_delivered", "pending"),
    }


def test_a_reason_comes_before_what_is_unclear() -> None:
    assert breaches("cancel_order", order=one("#W404"), reason="too late") == {
        ("reason_not_accepted", "reason")
    }
    assert breaches("cancel_order", order=one("#W4"), reason="too late") == {
        ("reason_not_accepted", "reason"),
        ("not_pending", "processed"),
    }
    unclear("cancel_order", order=one("#W1"), reason=3)


@pytest.mark.parametrize(
    ("figure", "test", "value", "fact"),
    [
        ("sum", "over", 371.0, "371.00"),
        ("sum", "under", 371.0, "371.00"),
        ("sum", "over", 370.99, None),
        ("count", "over", 3, "3"),
        ("count", "under", 4, None),
    ],
)
def test_a_condition_is_about_a_figure(figure: str, test: str, value: float, fact: Any) -> None:
    guard = {"figure": figure, "orders": where(PENDING), "test": test, "value": value}
    values = {"order": one("#W1"), "condition": guard}
    for intent, rest in [
        ("cancel_order", {"reason": NO_NEED}),
        ("change_order_address", {"address": {"given": NEW}}),
        ("change_order_payment", {"payment": {"kind": "paypal"}}),
        ("change_order_items", {"items": {"names": ["Mug"]}, "payment": {"kind": "paypal"},
                                "wish": {"Mug": {"options": {"color": "blue"}}}}),
    ]:  # fmt: skip
        if fact is None:
            assert len(writes(intent, **values, **rest)) == 1
        else:
            assert breaches(intent, **values, **rest) == {("condition_not_met", fact)}


@pytest.mark.parametrize(
    ("price", "test", "value", "fact"),
    [
        ("lowest", "over", 47.99, None),
        ("lowest", "over", 48.0, "48.00"),
        ("highest", "under", 102.01, None),
        ("highest", "under", 102.0, "102.00"),
    ],
)
def test_a_condition_is_about_what_is_in_stock_of_some_products(
    price: str, test: str, value: float, fact: Any
) -> None:
    prices = {"products": ["Lamp", "Mug"], "price": price, "test": test, "value": value}
    for intent, rest in [
        ("cancel_order", {"order": one("#W1"), "reason": NO_NEED}),
        ("return_items", {"order": one("#W2"), "items": {"names": ["Mug"]},
                          "payment": {"kind": "original"}}),
        ("change_default_address", {"address": {"given": NEW}}),
    ]:  # fmt: skip
        if fact is None:
            assert len(writes(intent, condition=prices, **rest)) == 1
        else:
            assert breaches(intent, condition=prices, **rest) == {("condition_not_met", fact)}


def test_what_the_shop_does_not_have_or_has_not_in_stock_has_no_price() -> None:
    prices = {"products": ["Desk", "Sofa"], "price": "lowest", "test": "over", "value": 1}
    unclear("cancel_order", order=one("#W1"), reason=NO_NEED, condition=prices)
    sold_out = Edit(name="set_available", arguments={
        "product_id": "pDesk", "item_id": "d1", "available": False})  # fmt: skip
    db = changed(lambda db: PROOF.apply(db, sold_out))
    prices = {**prices, "products": ["Desk", "Mug"]}
    assert len(writes("cancel_order", order=one("#W1"), reason=NO_NEED, condition=prices)) == 1
    unclear("cancel_order", db, order=one("#W1"), reason=NO_NEED, condition=prices)


@pytest.mark.parametrize(
    ("key", "claimed", "test", "value", "fact"),
    [
        ("#W1", "status", "is", "pending", None),
        ("#W1", "status", "is", "delivered", "pending"),
        ("#W1", "total", "under", 63.0, "63.00"),
        ("#W1", "total", "over", 62.0, None),
        ("#W1", "count", "over", 2, "2"),
        ("#W1", "count", "under", 3, None),
        ("#W5", "paid_with", "is", "paypal", None),
        ("#W5", "paid_with", "is", "credit_card", "paypal"),
    ],
)
def test_a_claim_of_the_user_has_to_be_so(
    key: str, claimed: str, test: str, value: Any, fact: Any
) -> None:
    claim = {"claimed": claimed, "test": test, "value": value}
    about_it = {"order": one(key), "condition": claim}
    about_another = {"order": one("#W3"), "condition": {**claim, "of": one(key)}}
    for intent, rest in [
        ("cancel_order", {"reason": NO_NEED}),
        ("change_order_address", {"address": {"given": NEW}}),
    ]:
        for values in (about_it, about_another):
            if fact is None:
                assert len(writes(intent, **values, **rest)) == 1
            else:
                found = breaches(intent, **values, **rest)
                assert found == {("condition_not_met", fact)}


def test_what_is_claimed_of_another_ones_order_is_not_told() -> None:
    claim = {"claimed": "status", "test": "is", "value": "delivered"}
    assert breaches("cancel_order", order=one("#W9"), reason=NO_NEED, condition=claim) == {
        ("other_user", "#W9")
    }
    elsewhere = {**claim, "of": one("#W9")}
    assert breaches("cancel_order", order=one("#W1"), reason=NO_NEED, condition=elsewhere) == {
        ("other_user", "#W9")
    }


def test_a_claim_is_about_one_order_and_makes_sense() -> None:
    claim = {"claimed": "count", "test": "over", "value": 1}
    unclear("cancel_order", order={**where(PENDING), "every": True}, reason=NO_NEED,
            condition=claim)  # fmt: skip
    for wrong in ({**claim, "value": "many"}, {**claim, "claimed": "colour"}):
        unclear("cancel_order", order=one("#W1"), reason=NO_NEED, condition=wrong)


def test_a_condition_that_fails_comes_before_an_unclear_order() -> None:
    guard = {"figure": "sum", "orders": where(scope=["#W404"]), "test": "over", "value": 1}
    unclear("cancel_order", order=one("#W1"), reason=NO_NEED, condition=guard)
    guard = {"figure": "count", "orders": where(scope=["#W1"]), "test": "over", "value": 1}
    assert breaches("cancel_order", order=one("#W404"), reason=NO_NEED, condition=guard) == {
        ("condition_not_met", "1")
    }


def test_facts_of_another_intent_are_unclear() -> None:
    unclear("cancel_order", order=one("#W1"))
    unclear("cancel_order", order=one("#W1"), reason=NO_NEED, payment={"kind": "original"})
    unclear("juggle")
    with pytest.raises(UnclearError):
        PROOF.meaning(DB, "nobody", ask("about_gift_card"))


# Intents


def test_cancel_or_return_goes_by_the_status() -> None:
    assert meaning("cancel_or_return", order=one("#W1"), reason=NO_NEED).writes == (
        Call("cancel_pending_order", {"order_id": "#W1", "reason": NO_NEED}),
    )
    assert meaning("cancel_or_return", order=one("#W2"), reason="bored").writes == (
        Call(
            "return_delivered_order_items",
            {"order_id": "#W2", "item_ids": ["d1", "l2", "m1"], "payment_method_id": "card_a"},
        ),
    )
    assert breaches("cancel_or_return", order=one("#W1"), reason="bored") == {
        ("reason_not_accepted", "reason")
    }
    assert breaches("cancel_or_return", order=one("#W4"), reason="bored") == {
        ("not_pending", "processed")
    }
    empty = changed(put_order("#W2", items=()))
    unclear("cancel_or_return", empty, order=one("#W2"), reason=NO_NEED)


@pytest.mark.parametrize(
    ("reference", "address"),
    [({"given": NEW}, NEW), ({"profile": True}, HOME), ({"sent_to": one("#W2")}, WORK)],
)
def test_an_address_is_given_known_or_that_of_an_order(reference: Any, address: Any) -> None:
    found = writes("change_order_address", order=where(PENDING, every=True), address=reference)
    already = {key for key in ("#W1", "#W3", "#W5") if DB.orders[key].address.plain == address}
    assert found == [
        {"order_id": key, **address} for key in ("#W1", "#W3", "#W5") if key not in already
    ]


def test_an_address_that_is_there_already_is_nothing_to_change() -> None:
    home = {"profile": True}
    already = {("nothing_to_change", "already")}
    assert breaches("change_order_address", order=one("#W1"), address=home) == already
    assert breaches("change_default_address", address={"given": HOME}) == already
    assert writes("change_default_address", address={"sent_to": one("#W2")}) == [
        {"user_id": ME, **WORK}
    ]
    nowhere = {"sent_to": where(("status", "is", "cancelled"))}
    assert breaches("change_default_address", address=nowhere) == {("no_such_order", "cancelled")}
    theirs = {"sent_to": one("#W9")}
    assert breaches("change_order_address", order=one("#W5"), address=theirs) == {
        ("other_user", "#W9")
    }


@pytest.mark.parametrize(
    ("reference", "method"),
    [
        ({"kind": "paypal"}, "paypal_a"),
        ({"kind": "credit_card", "last_four": "2222"}, "card_c"),
        ({"gift_card": "highest"}, "gift_b"),
        ({"paid_for": one("#W6")}, "paypal_a"),
        ({"paid_for": where(("status", "is", "processed"))}, "paypal_a"),
        (
            {"first_covering": [{"kind": "paypal"}, {"kind": "credit_card", "last_four": "2222"}]},
            "paypal_a",
        ),
    ],
)
def test_a_payment_reference_means_one_method(reference: Any, method: str) -> None:
    assert writes("change_order_payment", order=one("#W1"), payment=reference) == [
        {"order_id": "#W1", "payment_method_id": method}
    ]


@pytest.mark.parametrize(
    "reference",
    [
        {"kind": "credit_card"},
        {"kind": "credit_card", "last_four": "9"},
        {"kind": "paypal", "last_four": "1111"},
        {"kind": "gift_card"},
        {"paid_for": one("#W404")},
        {"first_covering": [{"kind": "gift_card"}, {"kind": "paypal"}]},
        {"first_covering": [{"kind": "paypal"}]},
        {"kind": "cash"},
    ],
)
def test_a_payment_reference_can_be_unclear(reference: Any) -> None:
    unclear("change_order_payment", order=one("#W1"), payment=reference)


def with_gift_cards(*balances: float) -> RetailDB:
    cards = {
        f"gift_{n}": {"source": "gift_card", "id": f"gift_{n}", "balance": balance}
        for n, balance in enumerate(balances)
    }
    paypal = {"source": "paypal", "id": "paypal_a"}
    return changed(put_user(payment_methods={**cards, "card_a": card("card_a", "1"),
                                             "paypal_a": paypal}))  # fmt: skip


def test_gift_cards_are_told_apart_by_balance() -> None:
    highest = {"gift_card": "highest"}
    unclear("change_order_payment", with_gift_cards(70, 70), order=one("#W1"), payment=highest)
    unclear("change_order_payment", with_gift_cards(), order=one("#W1"), payment=highest)
    assert writes("change_order_payment", with_gift_cards(70), order=one("#W1"), payment=highest)


def test_the_first_method_that_covers_the_amount_pays() -> None:
    first = {"first_covering": [{"kind": "gift_card"}, {"kind": "paypal"}]}

    def paid(balance: float) -> str:
        shop = with_gift_cards(balance)
        (write,) = writes("change_order_payment", shop, order=one("#W1"), payment=first)
        return str(write["payment_method_id"])

    assert paid(63.0) == "gift_0"
    assert paid(62.99) == "paypal_a"
    poor = {"first_covering": [{"kind": "gift_card"}, {"kind": "gift_card"}]}
    unclear("change_order_payment", with_gift_cards(1), order=one("#W1"), payment=poor)
    item = {"names": ["Mug"]}
    unclear("return_items", with_gift_cards(1), order=one("#W2"), items=item, payment=first)


def test_what_forbids_a_payment() -> None:
    def pay(key: str, payment: Any, db: RetailDB = DB) -> set[tuple[str, str]]:
        return breaches("change_order_payment", db, order=one(key), payment=payment)

    assert pay("#W1", {"kind": "original"}) == {("same_method", "card_a")}
    assert pay("#W3", {"gift_card": "lowest"}) == {
        ("same_method", "gift_a"),
        ("balance_too_low", "20.00"),
    }
    assert pay("#W1", {"gift_card": "lowest"}) == {("balance_too_low", "20.00")}
    paid = DB.orders["#W1"].payment_history[0]
    twice = changed(put_order("#W1", payment_history=[paid, paid]))
    assert pay("#W1", {"kind": "paypal"}, twice) == {("payment_changed_before", "#W1")}
    refunded = changed(put_order("#W1", payment_history=[paid.replace(transaction_type="refund")]))
    unclear("change_order_payment", refunded, order=one("#W1"), payment={"kind": "paypal"})
    lost = changed(put_order("#W6", payment_history=[paid.replace(payment_method_id="gone")]))
    unclear("change_order_payment", lost, order=one("#W1"), payment={"paid_for": one("#W6")})
    first = DB.orders["#W6"].payment_history[0]
    two = [first, first.replace(payment_method_id="card_c")]
    either = changed(put_order("#W6", payment_history=two))
    unclear("change_order_payment", either, order=one("#W1"), payment={"paid_for": one("#W6")})


# Items and wishes


@pytest.mark.parametrize(
    ("reference", "meant"),
    [
        ({"names": ["Mug", "Lamp"]}, ["l2", "m1"]),
        ({"all_but": ["Desk"]}, ["l2", "m1"]),
        (where(("price", "under", 100), every=True), ["l2", "m1"]),
        (where(by="price"), ["d1"]),
        (where(by="price", rank=2), ["l2"]),
        (where(by="saving"), ["m1"]),
        (where(by="saving", extreme="lowest"), ["d1"]),
        (where(("saving", "is", 0), by="price"), ["l2"]),
        ({"where": [{"attribute": "price", "test": "over", "value": 100.0}], "rank": 1}, ["d1"]),
    ],
)
def test_items_are_meant_by_name_price_or_saving(reference: Any, meant: list[str]) -> None:
    (write,) = writes(
        "return_items", order=one("#W2"), items=reference, payment={"kind": "original"}
    )
    assert write == {"order_id": "#W2", "item_ids": meant, "payment_method_id": "card_a"}


@pytest.mark.parametrize(
    "reference",
    [
        {"names": ["Sofa"]},
        {"names": []},
        {"all_but": ["Sofa"]},
        {"all_but": ["Mug", "Lamp", "Desk"]},
        where(("price", "over", 1000), every=True),
        where(by="price", rank=4),
        where(("price", "over", 20), rank=1),
        where(by="name"),
        where(("name", "is", "Mug"), every=True),
    ],
)
def test_items_can_be_unclear(reference: Any) -> None:
    unclear("return_items", order=one("#W2"), items=reference, payment={"kind": "original"})


def test_a_name_held_twice_and_a_variant_that_the_shop_lost_are_unclear() -> None:
    items = DB.orders["#W2"].items
    twice = changed(put_order("#W2", items=(*items, items[1])))
    original = {"kind": "original"}
    for names in ({"names": ["Mug"]}, {"all_but": ["Mug"]}):
        unclear("return_items", twice, order=one("#W2"), items=names, payment=original)
    (write,) = writes("return_items", twice, order=one("#W2"), items={"all_but": ["Lamp"]},
                      payment=original)  # fmt: skip
    assert write["item_ids"] == ["d1", "m1", "m1"]

    def lose(db: RetailDB) -> None:
        PROOF.apply(db, Edit(name="drop_variant", arguments={"product_id": "pMug",
                                                             "item_id": "m1"}))  # fmt: skip

    lost = changed(lose)
    unclear("return_items", lost, order=one("#W2"), items=where(by="saving"), payment=original)
    gone = changed(lambda db: db.products.delete("pMug"))
    unclear("return_items", gone, order=one("#W2"), items=where(by="saving"), payment=original)


def test_a_refund_goes_to_the_original_method_or_a_gift_card() -> None:
    values = {"order": one("#W2"), "items": {"names": ["Mug"]}}
    assert writes("return_items", **values, payment={"gift_card": "lowest"})
    assert writes("return_items", **values, payment={"kind": "credit_card", "last_four": "1111"})
    assert breaches("return_items", **values, payment={"kind": "paypal"}) == {
        ("refund_elsewhere", "card_a")
    }
    assert breaches("return_items", **{**values, "order": one("#W1")},
                    payment={"kind": "paypal"}) == {
        ("not_delivered", "pending"), ("refund_elsewhere", "card_a")
    }  # fmt: skip


def exchanged(wish: Any, item: str = "Lamp", db: RetailDB = DB) -> str:
    (write,) = writes("exchange_items", db, order=one("#W2"), items={"names": [item]},
                      wish={item: wish}, payment={"kind": "original"})  # fmt: skip
    (variant,) = write["new_item_ids"]
    return str(variant)


@pytest.mark.parametrize(
    ("wish", "variant"),
    [
        ({"options": {"color": "red"}}, "l1"),
        ({"options": {"color": "black", "size": "small"}}, "l5"),
        ({"price": "lowest"}, "l3"),
        ({"price": "highest"}, "l5"),
        ({"price": "highest", "rank": 2}, "l1"),
        ({"one_of": {"color": ["red", "blue", "black"]}, "price": "lowest"}, "l1"),
        ({"none_of": {"color": ["green"], "size": ["small"]}, "price": "lowest"}, "l1"),
        ({"at_most": 50, "price": "highest"}, "l1"),
        ({"first_of": [{"options": {"size": "small"}}, {"price": "lowest"}]}, "l3"),
        ({"first_of": [{"price": "highest"}, {"price": "lowest"}]}, "l5"),
        ({"like": one("#W1"), "options": ["color"]}, "l1"),
    ],
)
def test_a_wish_comes_to_one_variant(wish: Any, variant: str) -> None:
    assert exchanged(wish) == variant


@pytest.mark.parametrize(
    "wish",
    [
        {"options": {"size": "small"}},
        {"options": {"color": "blue"}},
        {"options": {"voltage": "high"}},
        {"price": "lowest", "rank": 4},
        {"at_most": 39.99, "price": "lowest"},
        {"one_of": {"color": ["pink"]}, "price": "lowest"},
        {"first_of": [{"options": {"size": "small"}}, {"at_most": 1, "price": "lowest"}]},
    ],
)
def test_a_wish_that_no_variant_meets_is_not_available(wish: Any) -> None:
    assert breaches(
        "exchange_items", order=one("#W2"), items={"names": ["Lamp"]}, wish={"Lamp": wish},
        payment={"kind": "original"},
    ) == {("not_available", "Lamp")}  # fmt: skip


@pytest.mark.parametrize(
    ("item", "wish"),
    [
        ("Mug", {"price": "highest"}),
        ("Mug", {"first_of": [{"price": "highest"}, {"price": "lowest", "rank": 2}]}),
        ("Lamp", {"like": one("#W3"), "options": ["color"]}),
        ("Lamp", {"like": one("#W1"), "options": ["voltage"]}),
        ("Lamp", {"product": "Lamp"}),
        ("Lamp", {"options": {}}),
        ("Lamp", {"colour": "red"}),
        ("Sofa", {"price": "lowest"}),
    ],
)
def test_a_wish_can_be_unclear(item: str, wish: Any) -> None:
    unclear("exchange_items", order=one("#W2"), items={"names": [item]}, wish={item: wish},
            payment={"kind": "original"})  # fmt: skip


def test_wishes_stand_by_the_names_of_the_items_or_under_a_star() -> None:
    values = {"order": one("#W2"), "payment": {"kind": "original"}}
    lowest = {"price": "lowest"}
    by_price = where(by="price", rank=2)
    assert writes("exchange_items", **values, items=by_price, wish={"*": lowest}) == [
        {"order_id": "#W2", "item_ids": ["l2"], "new_item_ids": ["l3"],
         "payment_method_id": "card_a"}
    ]  # fmt: skip
    two = {"names": ["Lamp", "Mug"]}
    both = {"Lamp": lowest, "Mug": {"options": {"color": "blue"}}}
    (write,) = writes("exchange_items", **values, items=two, wish=both)
    assert (write["item_ids"], write["new_item_ids"]) == (["l2", "m1"], ["l3", "m2"])
    some = where(("price", "under", 20), every=True)
    assert writes("exchange_items", **values, items=some, wish=both)[0]["item_ids"] == ["m1"]
    for items, wish in [
        (by_price, {"Lamp": lowest}),
        (two, {"Lamp": lowest}),
        ({"names": ["Lamp"]}, {"*": lowest}),
        (two, {**both, "Sofa": lowest}),
    ]:
        unclear("exchange_items", **values, items=items, wish=wish)


def test_a_gift_card_has_to_cover_the_difference() -> None:
    values = {"order": one("#W1"), "items": {"names": ["Lamp"]}, "payment": {"gift_card": "lowest"}}
    dear, cheap = {"Lamp": {"price": "highest"}}, {"Lamp": {"price": "lowest"}}
    assert breaches("change_order_items", **values, wish=dear) == {("balance_too_low", "20.00")}
    assert writes("change_order_items", **values, wish=cheap)
    first = {"first_covering": [{"kind": "gift_card"}, {"kind": "paypal"}]}
    values |= {"payment": first}
    shop = with_gift_cards(34.99)
    (write,) = writes("change_order_items", shop, **values, wish=dear)
    assert write["payment_method_id"] == "paypal_a"
    (write,) = writes("change_order_items", with_gift_cards(35), **values, wish=dear)
    assert write["payment_method_id"] == "gift_0"


def test_every_reason_against_a_change_of_items_is_told() -> None:
    assert breaches(
        "change_order_items", order=one("#W2"), items={"names": ["Lamp", "Mug"]},
        wish={"Lamp": {"product": "Sofa"}, "Mug": {"options": {"color": "pink"}}},
        payment={"kind": "credit_card"},
    ) == {
        ("not_pending", "delivered"), ("other_product", "Sofa"), ("not_available", "Mug")
    }  # fmt: skip
    gone = changed(lambda db: db.products.delete("pLamp"))
    unclear("exchange_items", gone, order=one("#W2"), items={"names": ["Lamp"]},
            wish={"Lamp": {"price": "lowest"}}, payment={"kind": "original"})  # fmt: skip


# Information


def test_information_is_told() -> None:
    def tells(intent: str, db: RetailDB = DB, **values: Any) -> Any:
        found = meaning(intent, db, **values)
        assert not found.writes
        assert not found.breaches
        return found.tells

    topics = {"total": 360.0, "status": "delivered", "count": 3.0, "tracking": "T2"}
    for topic, told in topics.items():
        assert tells("about_order", order=one("#W2"), topic=topic) == (told,)
    assert tells("about_orders", figure={"figure": "sum", "orders": where(PENDING)}) == (371.0,)
    assert tells("about_orders", figure={"figure": "count", "orders": where()}) == (6.0,)
    product = {"name": "Lamp", "options": {"size": "big"}, "figure": "count"}
    assert tells("about_product", product=product) == (3.0,)
    assert tells("about_product", product={**product, "figure": "price"}) == (40.0,)
    assert tells("about_product", product={**product, "options": {"size": "huge"}}) == (0.0,)
    assert tells("about_gift_card", with_gift_cards(7.5)) == (7.5,)
    assert meaning("outside", matter="a job").handed_over


def test_information_can_be_unclear_or_forbidden() -> None:
    unclear("about_order", order=one("#W1"), topic="tracking")
    unclear("about_order", order=one("#W1"), topic="weather")
    unclear("about_gift_card")
    unclear("about_product", product={"name": "Sofa", "figure": "count"})
    unclear("about_product", product={"name": "Desk", "options": {"wood": "pine"},
                                      "figure": "price"})  # fmt: skip
    unclear("about_product", product={"name": "Desk"})
    unclear("outside", matter=None)
    assert breaches("about_order", order=one("#W9"), topic="total") == {("other_user", "#W9")}
    figure = {"figure": "sum", "orders": where(scope=["#W1", "#W9"])}
    assert breaches("about_orders", figure=figure) == {("other_user", "#W9")}


# Callers, canonical writes, records


@pytest.mark.parametrize(
    ("identity", "users"),
    [
        ({"email": "ANN@example.com"}, {ME}),
        ({"name": {"first": "ann", "last": "LEE"}, "zip": "11111"}, {ME, OTHER}),
        ({"name": {"first": "Ann", "last": "Lee"}}, {ME, OTHER}),
        ({"zip": "11111", "email": "bob@example.com"}, {OTHER}),
        ({"zip": "11112", "email": "bob@example.com"}, set()),
        ({"zip": "11111"}, {ME, OTHER}),
        ({"name": {"first": "Ann"}, "zip": "11111"}, set()),
        ({"email": None}, set()),
        ({"shoe_size": "9"}, set()),
        ({}, {ME, OTHER}),
    ],
)
def test_callers_are_those_of_whom_all_is_true(identity: Any, users: set[str]) -> None:
    assert set(PROOF.callers(DB, identity)) == users


def test_equal_writes_look_equal() -> None:
    ids = {"item_ids": ["b", "a"], "new_item_ids": ["c", "d"], "order_id": "#W1"}
    assert PROOF.canonical(Call("exchange_delivered_order_items", ids)).arguments == {
        "item_ids": ["a", "b"], "new_item_ids": ["d", "c"], "order_id": "#W1"
    }  # fmt: skip
    assert PROOF.canonical(Call("return_delivered_order_items", {"item_ids": ["b", "a"]})) == Call(
        "return_delivered_order_items", {"item_ids": ["a", "b"]}
    )
    for arguments in ({"item_ids": ["b"], "new_item_ids": []}, {"order_id": "#W1"},
                      {"item_ids": ["b"], "new_item_ids": "c"}):  # fmt: skip
        call = Call("exchange_delivered_order_items", arguments)
        assert PROOF.canonical(call) == call


def test_a_read_shows_a_record() -> None:
    reads = {
        "get_order_details": ({"order_id": "#W1"}, ("orders", "#W1")),
        "get_user_details": ({"user_id": ME}, ("users", ME)),
        "get_product_details": ({"product_id": "pMug"}, ("products", "pMug")),
        "get_item_details": ({"item_id": "m1"}, None),
        "list_all_product_types": ({}, None),
    }
    for name, (arguments, record) in reads.items():
        assert PROOF.records(DB, Call(name, arguments)) == ([record] if record else [])
    assert PROOF.records(DB, Call("get_order_details", {})) == []


# Decisions


def decided(intent: str, db: RetailDB = DB, **values: Any) -> list[Decision]:
    return list(PROOF.decisions(db, ME, ask(intent, **values)))


def test_the_choices_that_are_left_to_the_agent() -> None:
    assert decided("cancel_order", order=one("#W1"), reason=NO_NEED) == []
    assert decided("cancel_order", order=where(PENDING, by="total"), reason=NO_NEED) == [
        Decision("order", ("#W1", "#W3", "#W5"), ("#W3",))
    ]
    assert decided("cancel_order", order=where(by="placed", scope=["#W5", "#W4", "#W1"]),
                   reason=NO_NEED) == [Decision("order", ("#W5", "#W1"), ("#W5",))]  # fmt: skip
    assert decided("cancel_order", order=where(PENDING, every=True), reason=NO_NEED) == [
        Decision("order", ("#W1", "#W3", "#W5"), ("#W1", "#W3", "#W5"), together=True)
    ]
    beside = {"beside": where(by="count"), "step": 1}
    assert decided("cancel_order", order=beside, reason=NO_NEED) == [
        Decision("order", ("#W3", "#W5"), ("#W3",))
    ]
    beside = {"beside": one("#W2"), "step": 1}
    assert decided("cancel_order", order=beside, reason=NO_NEED) == []
    assert decided("cancel_order", order=one("#W4"), reason=NO_NEED) == []
    assert decided("cancel_order", order=one("#W404"), reason=NO_NEED) == []
    assert decided("about_order", order=where(PENDING, by="total"), topic="total") == []


def test_the_choices_among_items_variants_and_methods() -> None:
    found = decided(
        "exchange_items", order=one("#W2"), items=where(("price", "under", 100), by="price"),
        wish={"*": {"none_of": {"color": ["black"]}, "price": "lowest"}},
        payment={"gift_card": "highest"},
    )  # fmt: skip
    assert found == [
        Decision("wish l2", ("l1", "l3"), ("l3",)),
        Decision("payment", ("gift_a", "gift_b"), ("gift_b",)),
    ]
    wishes = [{"options": {"size": "small"}}, {"price": "lowest"}, {"options": {"color": "red"}}]
    assert decided(
        "exchange_items", order=one("#W2"), items={"names": ["Lamp"]},
        wish={"Lamp": {"first_of": wishes}}, payment={"kind": "original"},
    ) == [Decision("wish l2", ("l1", "l3"), ("l3",))]  # fmt: skip
    some = where(("price", "under", 100), every=True)
    digits = {"kind": "credit_card", "last_four": "1111"}
    assert decided("return_items", order=one("#W2"), items=some, payment=digits) == [
        Decision("items", ("l2", "m1"), ("l2", "m1"), together=True)
    ]
    digits = {"kind": "credit_card", "last_four": "2222"}
    assert decided("change_order_payment", order=one("#W5"), payment=digits) == [
        Decision("payment", ("card_a", "card_c"), ("card_c",))
    ]
    first = {"first_covering": [{"kind": "gift_card"}, {"kind": "paypal"}]}
    assert decided("change_order_payment", with_gift_cards(500.0),
                   order=one("#W1"), payment=first) == [
        Decision("payment", ("gift_0", "paypal_a"), ("gift_0",))
    ]  # fmt: skip
    paid = {"paid_for": where(("status", "is_not", "pending"), by="placed")}
    db = changed(put_order("#W4", payment_history=DB.orders["#W3"].payment_history))
    assert decided("change_order_payment", db, order=one("#W5"), payment=paid) == []
    by_card = DB.orders["#W1"].payment_history[0].replace(payment_method_id="card_c")
    db = changed(put_order("#W4", payment_history=[by_card]))
    assert decided("change_order_payment", db, order=one("#W1"), payment=paid) == [
        Decision("paid_for", ("#W4", "#W6"), ("#W6",))
    ]


# Edits


LOWEST_LAMP = {"Lamp": {"one_of": {"color": ["red", "green"]}, "price": "lowest"}}
NEEDED: list[tuple[Request, list[tuple[str, str]]]] = [
    (ask("cancel_order", order=one("#W1"), reason=NO_NEED), [("orders", "#W1")]),
    (
        ask("cancel_order", order=where(PENDING, by="total"), reason=NO_NEED),
        [("users", ME), *(("orders", f"#W{n}") for n in range(1, 7))],
    ),
    (
        ask("cancel_order", order=where(("product", "has", "Mug"), ("product", "lacks", "Lamp"),
            PENDING, by="count", extreme="lowest"), reason=NO_NEED),
        [("users", ME), ("orders", "#W5")],
    ),
    (
        ask("cancel_order", order=where(PENDING, by="placed"), reason=NO_NEED),
        [("users", ME), ("orders", "#W5"), ("orders", "#W6")],
    ),
    (
        ask("cancel_order", order={"beside": one("#W2"), "step": 1}, reason=NO_NEED),
        [("users", ME), ("orders", "#W3")],
    ),
    (
        ask("cancel_order", order=where(PENDING, every=True), reason=NO_NEED),
        [("users", ME), *(("orders", f"#W{n}") for n in range(1, 7))],
    ),
    (
        ask("cancel_order", order=one("#W5"), reason=NO_NEED, condition={
            "figure": "sum", "orders": where(PENDING), "test": "over", "value": 368}),
        [("users", ME), ("orders", "#W1"), ("orders", "#W3"), ("orders", "#W5")],
    ),
    (
        ask("cancel_order", order=one("#W5"), reason=NO_NEED, condition={
            "figure": "count", "orders": where(("total", "over", 50), PENDING), "test": "under",
            "value": 3}),
        [("users", ME), ("orders", "#W2"), ("orders", "#W5")],
    ),
    (
        ask("cancel_order", order=one("#W5"), reason=NO_NEED, condition={
            "products": ["Lamp", "Mug"], "price": "lowest", "test": "over", "value": 45}),
        [("orders", "#W5"), ("products", "pLamp"), ("products", "pMug")],
    ),
    (
        ask("change_default_address", address={"given": NEW}, condition={
            "products": ["Lamp", "Mug", "Desk"], "price": "highest", "test": "under",
            "value": 500}),
        [("products", "pLamp"), ("products", "pMug"), ("products", "pDesk")],
    ),
    (
        ask("change_order_address", order=one("#W3"),
            address={"sent_to": where(("status", "is", "delivered"), by="total")}),
        [("users", ME), *(("orders", f"#W{n}") for n in range(1, 7))],
    ),
    (
        ask("change_order_address", order=one("#W5"), address={"profile": True}),
        [("users", ME), ("orders", "#W5")],
    ),
    (
        ask("change_order_payment", order=one("#W1"),
            payment={"paid_for": where(("status", "is", "delivered"), by="total",
                                       extreme="lowest")}),
        [("users", ME), ("orders", "#W1"), ("orders", "#W6"), ("orders", "#W5")],
    ),
    (
        ask("change_order_payment", order=one("#W1"), payment={"gift_card": "highest"}),
        [("users", ME), ("orders", "#W1")],
    ),
    (
        ask("change_order_payment", order=one("#W1"),
            payment={"kind": "credit_card", "last_four": "2222"}),
        [("users", ME), ("orders", "#W1")],
    ),
    (
        ask("exchange_items", order=one("#W2"), items={"names": ["Lamp"]}, wish=LOWEST_LAMP,
            payment={"kind": "original"}),
        [("orders", "#W2"), ("products", "pLamp")],
    ),
    (
        ask("exchange_items", order=one("#W2"), items={"names": ["Lamp"]},
            wish={"Lamp": {"like": one("#W1"), "options": ["color"]}},
            payment={"kind": "original"}),
        [("orders", "#W2"), ("orders", "#W1"), ("products", "pLamp")],
    ),
    (
        ask("exchange_items", order=one("#W2"), items={"names": ["Lamp"]},
            wish={"Lamp": {"options": {"size": "small"}}}, payment={"kind": "original"}),
        [("orders", "#W2"), ("products", "pLamp")],
    ),
    (
        ask("return_items", order=one("#W2"), items=where(by="saving"),
            payment={"kind": "original"}),
        [("orders", "#W2"), ("products", "pLamp"), ("products", "pMug"), ("products", "pDesk")],
    ),
    (
        ask("about_orders", figure={"figure": "sum", "orders": where(PENDING)}),
        [("users", ME), *(("orders", f"#W{n}") for n in range(1, 7))],
    ),
    (
        ask("about_product",
            product={"name": "Lamp", "options": {"size": "big"}, "figure": "price"}),
        [("products", "pLamp")],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("request_", "records"), NEEDED)
def test_an_edit_shows_what_a_read_is_good_for(
    request_: Request, records: list[tuple[str, str]]
) -> None:
    right = PROOF.meaning(DB, ME, request_)
    for table, key in records:
        found = [outcome(edit, request_) for edit in PROOF.edits(DB, ME, request_, table, key)]
        assert any(other not in (None, right) for other in found), (table, key)


def outcome(edit: Edit, request: Request) -> Meaning | None:
    session = DB.session()
    try:
        PROOF.apply(session, edit)
        return PROOF.meaning(session, ME, request)
    except (ValueError, UnclearError):
        return None


def applies(db: RetailDB, edit: Edit, table: str, key: str) -> bool:
    """Say whether an edit fits; if so, assert that it changes this record, no other, rightly."""
    assert Edit.model_validate_json(edit.model_dump_json()) == edit
    session = db.session()
    try:
        PROOF.apply(session, edit)
    except ValueError:
        assert session.changes() == {}
        return False
    changes = session.changes()
    assert not changes or (table, key) in changes, edit
    for (name, other), record in changes.items():
        assert record is not None
        assert (name, other) == (table, key) or other not in getattr(db, name)
        assert plain_numbers(type(record).model_validate(record.plain).plain) == plain_numbers(
            record.plain
        )
        if name == "orders":
            order = session.orders[other]
            paid = order.payment_history[0].amount
            assert paid == pytest.approx(sum(item.price for item in order.items), abs=0.006)
    if table == "users":
        user, before = session.users[key], db.users[key]
        assert all(order_id in session.orders for order_id in user.orders)
        assert (user.name, user.email, user.address.zip) == (
            before.name, before.email, before.address.zip,
        )  # fmt: skip
    return bool(changes)


@pytest.mark.parametrize(("request_", "records"), NEEDED)
def test_an_edit_changes_the_record_it_names(
    request_: Request, records: list[tuple[str, str]]
) -> None:
    everything = [(t, key) for t in ("orders", "users", "products") for key in getattr(DB, t)]
    for table, key in everything:
        edits = list(PROOF.edits(DB, ME, request_, table, key))
        assert 0 < len(edits) <= 32
        assert len({edit.model_dump_json() for edit in edits}) == len(edits)
        fitting = [edit for edit in edits if applies(DB, edit, table, key)]
        assert len(fitting) > len(edits) / 2


world = cache(generate)
SMALL = WorldSize(users=12, orders=40, products=8, variants=60)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 3), st.data())
def test_edits_fit_any_world(seed: int, data: st.DataObject) -> None:
    db = world(seed, SMALL)
    user = data.draw(st.sampled_from([user for user in db.users.values() if user.orders]))
    template = data.draw(st.sampled_from(NEEDED))[0]
    text = template.model_dump_json()
    for n in range(1, 7):
        text = text.replace(f"#W{n}", user.orders[n % len(user.orders)])
    request = Request.model_validate_json(text)
    table = data.draw(st.sampled_from(["orders", "users", "products"]))
    key = data.draw(st.sampled_from(list(getattr(db, table))))
    for edit in PROOF.edits(db, user.user_id, request, table, key):
        applies(db, edit, table, key)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("explode", {}),
        ("set_status", {"order_id": "#W404", "status": "pending"}),
        ("set_status", {"order_id": "#W1", "status": "eaten"}),
        ("set_total", {"order_id": "#W1", "total": -1}),
        ("set_total", {"total": 1}),
        ("set_items", {"order_id": "#W1", "has": ["Sofa"]}),
        ("set_items", {"order_id": "#W1", "count": 9}),
        ("set_items", {"order_id": "#W1", "has": ["Lamp", "Mug"], "count": 1}),
        ("set_item_variant", {"order_id": "#W1", "variants": {"l1": "m1"}}),
        ("insert_order", {"user_id": ME, "like": "#W1", "order_id": "#W2", "place": 0}),
        ("swap_order", {"user_id": ME, "old": "#W9", "order_id": "#W77"}),
        ("drop_order", {"user_id": ME, "order_id": "#W9"}),
        ("reorder", {"user_id": ME, "orders": ["#W1"]}),
        ("set_balance", {"user_id": ME, "method_id": "card_a", "balance": 1.0}),
        ("set_last_four", {"user_id": ME, "method_id": "gift_a", "last_four": "1"}),
        ("rename_method", {"user_id": ME, "method_id": "card_a", "new_id": "card_c"}),
        ("rename_method", {"user_id": ME, "method_id": "gone", "new_id": "x"}),
        ("set_default_address", {"user_id": ME, "address": {**HOME, "zip": "2"}}),
        ("drop_variant", {"product_id": "pMug", "item_id": "l1"}),
        ("insert_variant", {"product_id": "pMug", "item_id": "m1", "options": {}, "price": 1.0}),
        ("set_price", {"product_id": "pMug", "item_id": "m1", "price": "much"}),
    ],
)
def test_an_edit_that_does_not_fit_is_refused(name: str, arguments: dict[str, Any]) -> None:
    session = DB.session()
    with pytest.raises(ValueError, match=r"."):
        PROOF.apply(session, Edit(name=name, arguments=arguments))
    assert not session.changes()


def test_there_are_no_edits_of_what_is_not_there() -> None:
    request = NEEDED[0][0]
    assert list(PROOF.edits(DB, ME, request, "orders", "#W404")) == []
    assert list(PROOF.edits(DB, ME, request, "sofas", "#W1")) == []
    assert list(PROOF.edits(DB, "nobody", request, "orders", "#W1")) == []
    assert list(PROOF.edits(DB, ME, ask("cancel_order", order=3), "orders", "#W1")) == []


# Routes


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("cancel_pending_order", {"order_id": "#W1", "reason": "ordered by mistake"}),
        ("modify_pending_order_address", {"order_id": "#W1", **NEW}),
        ("modify_pending_order_payment", {"order_id": "#W1", "payment_method_id": "paypal_a"}),
        (
            "modify_pending_order_items",
            {"order_id": "#W1", "item_ids": ["m1", "l1"], "new_item_ids": ["m2", "l3"],
             "payment_method_id": "gift_a"},
        ),
        (
            "exchange_delivered_order_items",
            {"order_id": "#W2", "item_ids": ["m1", "l2"], "new_item_ids": ["m3", "l5"],
             "payment_method_id": "card_c"},
        ),
        (
            "return_delivered_order_items",
            {"order_id": "#W2", "item_ids": ["m1", "d1"], "payment_method_id": "gift_b"},
        ),
        ("modify_user_address", {"user_id": ME, **NEW}),
    ],
)  # fmt: skip
def test_routes_hold_the_true_call(name: str, arguments: dict[str, Any]) -> None:
    session = DB.session()
    TOOLS.call(session, name, arguments)
    table, key = (
        ("users", ME) if name == "modify_user_address" else ("orders", arguments["order_id"])
    )
    goal = getattr(session, table)[key]
    routes = list(PROOF.routes(DB, table, key, goal))
    assert PROOF.canonical(Call(name, arguments)) in routes
    reaching = []
    for call in routes:
        tried = DB.session()
        try:
            TOOLS.call(tried, call.name, call.arguments)
        except ToolError:
            continue
        if getattr(tried, table)[key] == goal:
            reaching.append(call)
    assert reaching == [PROOF.canonical(Call(name, arguments))]


def test_routes_of_two_steps_hold_both() -> None:
    session = DB.session()
    calls = [
        Call("modify_pending_order_address", {"order_id": "#W5", **NEW}),
        Call(
            "modify_pending_order_items",
            {"order_id": "#W5", "item_ids": ["m1"], "new_item_ids": ["m2"],
             "payment_method_id": "card_a"},
        ),
    ]  # fmt: skip
    for call in calls:
        TOOLS.call(session, call.name, call.arguments)
    routes = list(PROOF.routes(DB, "orders", "#W5", session.orders["#W5"]))
    assert all(call in routes for call in calls)


def test_nothing_leads_to_a_record_as_it_is() -> None:
    assert list(PROOF.routes(DB, "orders", "#W1", DB.orders["#W1"])) == []
    assert list(PROOF.routes(DB, "users", ME, DB.users[ME])) == []
    assert list(PROOF.routes(DB, "products", "pMug", DB.products["pMug"])) == []
    assert list(PROOF.routes(DB, "orders", "#W404", DB.orders["#W1"])) == []


def test_candidates_from_which_the_same_is_taken_are_all_right() -> None:
    latest = {"sent_to": where(PENDING, by="total")}
    streets = {"#W1": "1 Near Lane", "#W3": "9 Far Lane", "#W5": "9 Far Lane"}
    db = DB.session()
    for key, street in streets.items():
        put_order(key, address=DB.orders[key].address.replace(address1=street))(db)
    assert decided("change_default_address", db, address=latest) == [
        Decision("sent_to", ("#W1", "#W3", "#W5"), ("#W3", "#W5"))
    ]


def test_what_was_picked_is_taken_for_what_is_meant() -> None:
    request = ask("cancel_order", order=where(PENDING, by="total"), reason=NO_NEED)
    picks = {"order": "#W5"}
    assert PROOF.decisions(DB, ME, request, picks) == []
    assert PROOF.meaning(DB, ME, request, picks).writes == (
        Call("cancel_pending_order", {"order_id": "#W5", "reason": NO_NEED}),
    )
