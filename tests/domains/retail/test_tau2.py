"""The retail compatibility layer against a naive model of tau2's tools, and its quirks one by one.

The model below is written from the description of tau2 alone: plain dictionaries, changed in place,
checks in the order told, and whatever Python raises. Random calls are made to the model; what it
answered and what it changed is written down as tau2's records are, and replayed.
"""

import gzip
import json
import math
import pickle
import re
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from writ_gym.domains.retail.data import generate
from writ_gym.domains.retail.schema import RetailDB
from writ_gym.domains.retail.tau2 import COMPAT
from writ_gym.domains.retail.tools import TOOLS
from writ_gym.seeding import rng_for
from writ_gym.tau2.replay import ReplayReport, dispatch, replay, state_difference

Plain = dict[str, Any]

CASES = 2_000
CALLS = 12
OTHER_VERSION = " [as another version of Python words it]"


# The model


class RefusalError(Exception):
    """An error that tau2 words itself; all others are Python's or pydantic's."""


class RetailTools:
    """The tools of tau2, over ``db``: {"products": ..., "users": ..., "orders": ...}."""

    def __init__(self, db: Plain) -> None:
        self.db = db
        self.quirks: Counter[str] = Counter()

    def get_order(self, order_id: Any) -> Plain:
        if order_id not in self.db["orders"]:
            raise RefusalError("Order not found")
        return self.db["orders"][order_id]

    def get_user(self, user_id: Any) -> Plain:
        if user_id not in self.db["users"]:
            raise RefusalError("User not found")
        return self.db["users"][user_id]

    def get_product(self, product_id: Any) -> Plain:
        if product_id not in self.db["products"]:
            raise RefusalError("Product not found")
        return self.db["products"][product_id]

    def get_variant(self, product_id: Any, item_id: Any) -> Plain:
        variants = self.get_product(product_id)["variants"]
        if item_id not in variants:
            raise RefusalError("Variant not found")
        return variants[item_id]

    def get_method(self, user_id: Any, method_id: Any) -> Plain:
        methods = self.get_user(user_id)["payment_methods"]
        if method_id not in methods:
            raise RefusalError("Payment method not found")
        return methods[method_id]

    def calculate(self, expression: Any) -> str:
        if not all(character in "0123456789+-*/(). " for character in expression):
            raise RefusalError("Invalid characters in expression")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value = eval(expression, {"__builtins__": None}, {})  # noqa: S307 - as tau2 does
        return str(round(float(value), 2))

    def cancel_pending_order(self, order_id: Any, reason: Any) -> Plain:
        order = self.get_order(order_id)
        if order["status"] != "pending":
            raise RefusalError("Non-pending order cannot be cancelled")
        if reason not in ("no longer needed", "ordered by mistake"):
            raise RefusalError("Invalid reason")
        refunds = []
        for entry in order["payment_history"]:
            refunds.append({**entry, "transaction_type": "refund"})
            self.quirks["R-3"] += entry["transaction_type"] == "refund"
            try:
                method = self.get_method(order["user_id"], entry["payment_method_id"])
            except RefusalError:
                self.quirks["R-4"] += len(refunds) > 1
                raise
            if method["source"] == "gift_card":
                method["balance"] = round(method["balance"] + entry["amount"], 2)
        order["status"] = "cancelled"
        order["cancel_reason"] = reason
        order["payment_history"].extend(refunds)
        return order

    def exchange_delivered_order_items(
        self, order_id: Any, item_ids: Any, new_item_ids: Any, payment_method_id: Any
    ) -> Plain:
        order = self.get_order(order_id)
        if order["status"] != "delivered":
            raise RefusalError("Non-delivered order cannot be exchanged")
        held = [item["item_id"] for item in order["items"]]
        for item_id in item_ids:
            if item_ids.count(item_id) > held.count(item_id):
                raise RefusalError(f"Number of {item_id} not found.")
        if len(item_ids) != len(new_item_ids):
            raise RefusalError("The number of items to be exchanged should match.")
        difference = 0
        for old, new in zip(item_ids, new_item_ids, strict=False):
            item = self.item_of(order, old)
            variant = self.get_variant(item["product_id"], new)
            if not variant["available"]:
                raise RefusalError(f"New item {new} not found or available")
            difference += variant["price"] - item["price"]
        difference = round(difference, 2)
        method = self.get_method(order["user_id"], payment_method_id)
        if method["source"] == "gift_card" and method["balance"] < difference:
            raise RefusalError("Insufficient gift card balance to pay for the price difference")
        order["status"] = "exchange requested"
        order["exchange_items"] = sorted(item_ids)
        order["exchange_new_items"] = sorted(new_item_ids)
        order["exchange_payment_method_id"] = payment_method_id
        order["exchange_price_difference"] = difference
        return order

    def item_of(self, order: Plain, item_id: Any) -> Plain:
        for item in order["items"]:
            if item["item_id"] == item_id:
                return item
        raise RefusalError(f"Item {item_id} not found")

    def find_user_id_by_name_zip(self, first_name: Any, last_name: Any, zip: Any) -> str:
        for user_id, user in self.db["users"].items():
            if (
                user["name"]["first_name"].lower() == first_name.lower()
                and user["name"]["last_name"].lower() == last_name.lower()
                and user["address"]["zip"] == zip
            ):
                return user_id
        raise RefusalError("User not found")

    def find_user_id_by_email(self, email: Any) -> str:
        for user_id, user in self.db["users"].items():
            if user["email"].lower() == email.lower():
                return user_id
        raise RefusalError("User not found")

    def get_order_details(self, order_id: Any) -> Plain:
        return self.get_order(order_id)

    def get_product_details(self, product_id: Any) -> Plain:
        return self.get_product(product_id)

    def get_item_details(self, item_id: Any) -> Plain:
        for product in self.db["products"].values():
            if item_id in product["variants"]:
                return product["variants"][item_id]
        raise RefusalError("Item not found")

    def get_user_details(self, user_id: Any) -> Plain:
        return self.get_user(user_id)

    def list_all_product_types(self) -> str:
        products = {p["name"]: p["product_id"] for p in self.db["products"].values()}
        return json.dumps(products, sort_keys=True)

    def modify_pending_order_address(
        self, order_id: Any, address1: Any, address2: Any, city: Any, state: Any, country: Any,
        zip: Any,
    ) -> Plain:  # fmt: skip
        order = self.get_loosely_pending(order_id)
        order["address"] = address(address1, address2, city, state, country, zip)
        return order

    def get_loosely_pending(self, order_id: Any) -> Plain:
        order = self.get_order(order_id)
        if "pending" not in order["status"]:
            raise RefusalError("Non-pending order cannot be modified")
        self.quirks["R-5"] += order["status"] == "pending (item modified)"
        return order

    def modify_pending_order_items(
        self, order_id: Any, item_ids: Any, new_item_ids: Any, payment_method_id: Any
    ) -> Plain:
        order = self.get_order(order_id)
        if order["status"] != "pending":
            raise RefusalError("Non-pending order cannot be modified")
        held = [item["item_id"] for item in order["items"]]
        for item_id in item_ids:
            if item_ids.count(item_id) > held.count(item_id):
                raise RefusalError(f"{item_id} not found")
        if len(item_ids) != len(new_item_ids):
            raise RefusalError("The number of items to be exchanged should match")
        difference, variant = 0, None
        for old, new in zip(item_ids, new_item_ids, strict=False):
            if old == new:
                raise RefusalError("The new item id should be different from the old item id")
            item = self.item_of(order, old)
            variant = self.get_variant(item["product_id"], new)
            if not variant["available"]:
                raise RefusalError(f"New item {new} not found or available")
            difference += variant["price"] - item["price"]
        method = self.get_method(order["user_id"], payment_method_id)
        if method["source"] == "gift_card" and method["balance"] < difference:
            raise RefusalError("Insufficient gift card balance to pay for the new item")
        order["payment_history"].append({
            "transaction_type": "payment" if difference > 0 else "refund",
            "amount": abs(difference),
            "payment_method_id": payment_method_id,
        })  # fmt: skip
        if method["source"] == "gift_card":
            method["balance"] = round(method["balance"] - difference, 2)
        self.rename(order, list(zip(item_ids, new_item_ids, strict=False)), variant)
        order["status"] = "pending (item modified)"
        self.quirks["R-7"] += difference != round(difference, 2)
        self.quirks["R-8"] += len(item_ids) == 0
        return order

    def rename(self, order: Plain, pairs: list[tuple[Any, Any]], last: Any) -> None:
        renamed: list[int] = []
        for old, new in pairs:
            item = self.item_of(order, old)
            self.quirks["R-6"] += self.get_variant(item["product_id"], old) is not None and (
                self.db["products"][item["product_id"]]["variants"].get(new) is not last
            )
            self.quirks["R-9"] += id(item) in renamed
            renamed.append(id(item))
            item["item_id"] = new
            item["price"] = last["price"]
            item["options"] = last["options"]

    def modify_pending_order_payment(self, order_id: Any, payment_method_id: Any) -> Plain:
        order = self.get_loosely_pending(order_id)
        method = self.get_method(order["user_id"], payment_method_id)
        history = order["payment_history"]
        if len(history) != 1 or history[0]["transaction_type"] != "payment":
            raise RefusalError("There should be exactly one payment for a pending order")
        old_id, amount = history[0]["payment_method_id"], history[0]["amount"]
        if old_id == payment_method_id:
            raise RefusalError("The new payment method should be different from the current one")
        if method["source"] == "gift_card" and method["balance"] < amount:
            raise RefusalError("Insufficient gift card balance to pay for the order")
        for kind, method_id in (("payment", payment_method_id), ("refund", old_id)):
            history.append(
                {"transaction_type": kind, "amount": amount, "payment_method_id": method_id}
            )
        if method["source"] == "gift_card":
            method["balance"] = round(method["balance"] - amount, 2)
        old_method = self.get_method(order["user_id"], old_id)
        if old_method["source"] == "gift_card":
            old_method["balance"] = round(old_method["balance"] + amount, 2)
        return order

    def modify_user_address(
        self, user_id: Any, address1: Any, address2: Any, city: Any, state: Any, country: Any,
        zip: Any,
    ) -> Plain:  # fmt: skip
        user = self.get_user(user_id)
        user["address"] = address(address1, address2, city, state, country, zip)
        return user

    def return_delivered_order_items(
        self, order_id: Any, item_ids: Any, payment_method_id: Any
    ) -> Plain:
        order = self.get_order(order_id)
        if order["status"] != "delivered":
            raise RefusalError("Non-delivered order cannot be returned")
        self.get_user(order["user_id"])
        method = self.get_method(order["user_id"], payment_method_id)
        original = order["payment_history"][0]["payment_method_id"]
        if method["source"] != "gift_card" and payment_method_id != original:
            raise RefusalError("Payment method should be the original payment method")
        held = [item["item_id"] for item in order["items"]]
        for item_id in item_ids:
            if item_ids.count(item_id) > held.count(item_id):
                raise RefusalError("Some item not found")
        order["status"] = "return requested"
        order["return_items"] = sorted(item_ids)
        order["return_payment_method_id"] = payment_method_id
        self.quirks["R-10"] += len(item_ids) == 0
        return order

    def transfer_to_human_agents(self, summary: Any) -> str:
        return "Transfer successful"


def address(
    address1: Any, address2: Any, city: Any, state: Any, country: Any, zip: Any
) -> Plain:  # fmt: skip
    fields = {"address1": address1, "address2": address2, "city": city, "country": country,
              "state": state, "zip": zip}  # fmt: skip
    wrong = [name for name, value in fields.items() if not isinstance(value, str)]
    if wrong:
        raise TypeError(f"{len(wrong)} validation errors for UserAddress\n{wrong[0]}\n  Input ...")
    return fields


PARAMETERS = {
    name: function.__code__.co_varnames[1 : function.__code__.co_argcount]
    for name, function in vars(RetailTools).items()
    if name in TOOLS
}


class Environment:
    """What carries out tau2's tool calls."""

    def __init__(self, db: Plain) -> None:
        self.tools = RetailTools(db)

    def make_tool_call(self, tool_name: str, requestor: str = "assistant", **kwargs: Any) -> Any:
        if requestor == "user":
            raise RefusalError("User tools not available")
        if tool_name not in PARAMETERS:
            raise RefusalError(f"Tool '{tool_name}' not found.")
        return getattr(self.tools, tool_name)(**kwargs)

    def answer(self, call: Plain) -> tuple[str, bool, bool]:
        """Return the content, whether it is an error, and whether tau2 worded it."""
        try:
            result = self.make_tool_call(
                call["name"], requestor=call["requestor"], **call["arguments"]
            )
        except RefusalError as error:
            return f"Error: {error}", True, True
        except Exception as error:
            return f"Error: {error}", True, False
        return result if isinstance(result, str) else json.dumps(result), False, True


MISSING = object()


def changed(before: Any, after: Any, path: tuple[Any, ...] = ()) -> Iterator[list[Any]]:
    """Yield the changes as tau2's records tell them: [path, value]."""
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key in [*before, *(key for key in after if key not in before)]:
            yield from changed(before.get(key, MISSING), after.get(key, MISSING), (*path, key))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index in range(len(before)):
            yield from changed(before[index], after[index], (*path, index))
    else:
        yield [list(path), {"__deleted__": True} if after is MISSING else after]


# The shop, and random calls in it


@cache
def model_shop() -> Plain:
    """Return a shop, not to be changed, in which everything that tau2 tells apart can happen."""
    size = {"users": 10, "orders": 45, "products": 5, "variants": 40}
    db = json.loads(json.dumps(generate(1, size).plain()))
    rng = rng_for(1, "spice")
    for number, user in enumerate(db["users"].values()):
        card = f"gift_card_{number:07}"
        balance = (0.0, 30.5, 9_000.01)[number % 3]
        user["payment_methods"][card] = {"source": "gift_card", "id": card, "balance": balance}
    for order in db["orders"].values():
        user = db["users"][order["user_id"]]
        if rng.random() < 0.6:
            order["items"] += order["items"][:1]  # twice the same item
        if rng.random() < 0.6:
            item = order["items"][0]
            variants = db["products"][item["product_id"]]["variants"]
            variant = pick(rng, list(variants.values()))
            changes = {key: variant[key] for key in ("item_id", "price", "options")}
            order["items"].append({**item, **changes})
        if order["status"] == "pending" and rng.random() < 0.5:
            payment = order["payment_history"][0]
            payment["payment_method_id"] = pick(rng, list(user["payment_methods"]))
            if rng.random() < 0.3:  # a second method, which is no more
                order["payment_history"].append({**payment, "payment_method_id": "paypal_gone"})
            elif rng.random() < 0.3:
                payment["payment_method_id"] = "paypal_gone"
    return RetailDB.load(db).plain()


def pick(rng: np.random.Generator, values: Any) -> Any:
    return values[int(rng.integers(len(values)))]


NASTY = (7, 0, -1, 1.5, math.nan, 10**30, None, True, False, [], ["x"], [[]], [None, 7], {},
         {"x": 1}, "", "x", "#W0000000", "é\u2028", "True", "null", "[]")  # fmt: skip
EXPRESSIONS = (
    "2 + 2", "(1+2)/4", "1/3", "2.675*1", "-0.001", "100 - 35.27 + 0.1", "2**3", "2**-1", "7//2",
    "-7//2", "--5", "+5", "5-", "1 1", "007", "00", "0.5.5", "1..", ".5", "5.", "", " ", "  3",
    "3  ", "(", ")", "()", "(1", "1)", "(1)(2)", "2(3)", "2(*3)", "...", "1/0", "1//0", "0.0/0",
    "0**-1", "0.0**-1", "(-8)**0.5", "10**400", "10.0**400", "10**400/10**399", "*1", "(*1)", "**2",
    "1***2", "()*2", "-()", "()+1", "1+()", "-...", "((((((1))))))", "9" * 400, "9**9", "2**0.5",
    "abc", "1e5", "1,5", "1+1\n", "\t1", "5%2", "(2+3)*(4-1)/7", "3 3", "1 (", "0x1", "1_000", "²",
    "1/3*3", "0.1+0.2", "1.005*1000", "5 .", ". 5", "1. 5", "- 1", "1 - -1", "* 2", "(" * 150,
    "(" * 150 + "1" + ")" * 150, "1-" * 90 + "1", "-" * 150 + "1", "(" * 250,
)  # fmt: skip


class Client:
    """Makes random calls about one user, knowing what the model knows."""

    def __init__(self, rng: np.random.Generator, db: Plain) -> None:
        self.rng = rng
        self.db = db
        self.users = list(db["users"].values())
        self.user = self.pick(self.users)

    def pick(self, values: Any) -> Any:
        return pick(self.rng, values)

    def chance(self, p: float) -> bool:
        return bool(self.rng.random() < p)

    def call(self) -> Plain:
        name = self.pick(NAMES)
        draw: Callable[[], Plain] = getattr(self, name, self.simple)
        arguments = draw()
        wanted = {parameter: arguments[parameter] for parameter in PARAMETERS[name]}
        if self.chance(0.25):
            wanted = self.spoil(wanted)
        if self.chance(0.02):
            name = self.pick(("unknown", "", "_get_order", "Calculate", "get_order"))
        requestor = "user" if self.chance(0.02) else "assistant"
        return {"requestor": requestor, "name": name, "arguments": json.loads(json.dumps(wanted))}

    def spoil(self, arguments: Plain) -> Plain:
        names = list(arguments)
        if not names or self.chance(0.15):
            extra = ("requestor", "tool_name", "self", "db", "note", "zip ", "")
            return {**arguments, self.pick(extra): self.pick(("assistant", *NASTY))}
        name, other = self.pick(names), self.pick(names)
        match int(self.rng.integers(4)):
            case 0:
                del arguments[name]
                if self.chance(0.3):
                    arguments.pop(other, None)
            case 1:
                arguments[name], arguments[other] = arguments[other], arguments[name]
            case 2 if isinstance(arguments[name], list):
                arguments[name] = self.bent(arguments[name])
            case _:
                arguments[name] = self.pick(NASTY)
        return arguments

    def bent(self, ids: list[str]) -> Any:
        first = ids[0] if ids else "5"
        return self.pick((
            json.dumps(ids), first, "".join(ids), dict.fromkeys(ids, 1), [ids], [*ids, 7], [None],
            [int(i) for i in ids if i.isdecimal()], "", {}, [first] * 3, [*ids, *ids], list(first),
        ))  # fmt: skip

    def simple(self) -> Plain:
        user = self.person()
        known = [*self.db["products"], *self.db["users"], *self.db["orders"], "unknown"]
        name = user["name"]
        change = self.pick((str, str.lower, str.upper))
        items = [i for p in self.db["products"].values() for i in p["variants"]]
        return {
            "expression": self.expression(),
            "email": change(user["email"]) + self.pick(("", "", "", " ")),
            "first_name": change(name["first_name"]),
            "last_name": change(name["last_name"]),
            "zip": user["address"]["zip"],
            "order_id": self.order("")["order_id"],
            "user_id": user["user_id"],
            "product_id": self.pick(list(self.db["products"])),
            "item_id": self.pick(items),
            "summary": "The user wants a person.",
            "unknown": self.pick(known),
        }

    def person(self) -> Plain:
        return self.user if self.chance(0.85) else self.pick(self.users)

    def expression(self) -> str:
        if self.chance(0.6):
            return self.pick(EXPRESSIONS)
        signs = self.pick(("0123456789+-*/(). ", "123+-*/()", "12.5 -+"))
        text = "".join(self.pick(signs) for _ in range(int(self.rng.integers(1, 9))))
        return text if text.count("**") < 2 else "2"

    def order(self, status: str) -> Plain:
        orders = [self.db["orders"][key] for key in self.person()["orders"]]
        fitting = [order for order in orders if order["status"].startswith(status)]
        if fitting and self.chance(0.9):
            return self.pick(fitting)
        return self.pick(orders or list(self.db["orders"].values()))

    def method(self, order: Plain) -> str:
        user = self.db["users"][order["user_id"]] if self.chance(0.95) else self.pick(self.users)
        methods = list(user["payment_methods"])
        gifts = [key for key in methods if key.startswith("gift")]
        original = order["payment_history"][0]["payment_method_id"]
        return self.pick(
            (self.pick(methods), self.pick(methods), self.pick(gifts or methods), original)
        )

    def cancel_pending_order(self) -> Plain:
        reasons = ("no longer needed", "ordered by mistake") * 4 + ("other", "", "No longer needed")
        return {"order_id": self.order("pending")["order_id"], "reason": self.pick(reasons)}

    def modify_pending_order_payment(self) -> Plain:
        order = self.order("pending")
        return {"order_id": order["order_id"], "payment_method_id": self.method(order)}

    def address(self) -> Plain:
        home = {**self.pick(self.users)["address"]}
        home["address2"] = self.pick((home["address2"], "", "Apt 3 é"))
        return {**home, "order_id": self.order("pending")["order_id"],
                "user_id": self.person()["user_id"]}  # fmt: skip

    modify_pending_order_address = modify_user_address = address

    def modify_pending_order_items(self) -> Plain:
        return self.items("pending")

    def exchange_delivered_order_items(self) -> Plain:
        return self.items("delivered")

    def return_delivered_order_items(self) -> Plain:
        return self.items("delivered")

    def items(self, status: str) -> Plain:
        order = self.order(status)
        count = int(self.rng.integers(0 if self.chance(0.2) else 1, len(order["items"]) + 1))
        places = self.rng.permutation(len(order["items"]))[:count]
        chosen = [order["items"][place] for place in places]
        if chosen and self.chance(0.1):
            chosen.append(chosen[0])
        new = [self.replacement(item, chosen) for item in chosen]
        if new and self.chance(0.05):
            new.pop()
        return {"order_id": order["order_id"], "item_ids": [item["item_id"] for item in chosen],
                "new_item_ids": new, "payment_method_id": self.method(order)}  # fmt: skip

    def replacement(self, item: Plain, chosen: list[Plain]) -> str:
        variants = self.db["products"][item["product_id"]]["variants"]
        free = [key for key, variant in variants.items() if variant["available"]]
        same = [c["item_id"] for c in chosen if c["item_id"] in free and c is not item]
        if same and self.chance(0.5):
            return self.pick(same)
        if self.chance(0.04):
            return self.pick((item["item_id"], "unknown", *variants))
        return self.pick(free or list(variants))


WRITES = [tool.name for tool in TOOLS if tool.kind == "write"]
NAMES = [*PARAMETERS, "calculate", *WRITES, *WRITES, *WRITES[:4]]


def draw_case(seed: int, shop: Plain, quirks: Counter[str]) -> Plain:
    """Return a case as tau2 records them, with what the model answered."""
    rng = rng_for(seed, "calls")
    model = Environment(pickle.loads(pickle.dumps(shop)))
    client = Client(rng, model.tools.db)
    calls = []
    for _ in range(CALLS):
        call = client.call()
        content, error, own = model.answer(call)
        # Every other case comes from a Python that words its errors otherwise.
        call["content"] = content if own or seed % 2 else content + OTHER_VERSION
        call |= {"error": error, "own": own}
        calls.append(call)
    quirks.update(model.tools.quirks)
    diff = list(changed(shop, model.tools.db))
    return {"case": f"model/{seed}", "domain": "retail", "init": [], "calls": calls,
            "diff": {"agent": diff}, "assertions": []}  # fmt: skip


OWN_WORDS = """\
Invalid characters in expression
Order not found
User not found
Product not found
Item not found
Variant not found
Payment method not found
Non-pending order cannot be cancelled
Non-pending order cannot be modified
Non-delivered order cannot be returned
Non-delivered order cannot be exchanged
Invalid reason
The number of items to be exchanged should match
The number of items to be exchanged should match.
The new item id should be different from the old item id
There should be exactly one payment for a pending order
The new payment method should be different from the current one
Payment method should be the original payment method
Insufficient gift card balance to pay for the new item
Insufficient gift card balance to pay for the order
Insufficient gift card balance to pay for the price difference
Some item not found
Number of ID not found.
ID not found
New item ID not found or available
[ not found
User tools not available
Tool 'unknown' not found.""".splitlines()


def test_every_answer_and_every_change_is_the_models(tmp_path: Path) -> None:
    quirks: Counter[str] = Counter()
    cases = [draw_case(seed, model_shop(), quirks) for seed in range(CASES)]
    report = replay_in(tmp_path, model_shop(), cases)
    assert report.mismatches == []
    assert (report.cases, report.matched) == (CASES, CASES)
    # The calls are worth something: they reach everything that tau2 tells apart.
    calls = [call for case in cases for call in case["calls"]]
    contents = {re.sub(r"\d{10}", "ID", call["content"]) for call in calls if call["own"]}
    assert [text for text in OWN_WORDS if f"Error: {text}" not in contents] == []
    names = {call["name"] for call in calls if not call["error"]}
    assert names == {tool.name for tool in TOOLS} == set(COMPAT.tools["assistant"])
    wanted = ("R-3", "R-4", "R-5", "R-6", "R-7", "R-8", "R-9", "R-10")
    assert [quirk for quirk in wanted if quirks[quirk] < 5] == []


def replay_in(folder: Path, shop: Plain, cases: list[Plain]) -> ReplayReport:
    """Replay cases through files, as the command does."""
    (folder / "retail").mkdir()
    (folder / "retail" / "db.json").write_text(json.dumps(shop))
    vectors = folder / "cases.jsonl.gz"
    with gzip.open(vectors, "wt", compresslevel=1) as file:
        file.writelines(json.dumps(case) + "\n" for case in cases)
    return replay("retail", folder, [vectors])


# Quirks, one by one, in a shop small enough to see what happens

HOME = {"address1": "1 Elm Street", "address2": "", "city": "Troy", "country": "USA",
        "state": "NY", "zip": "12180"}  # fmt: skip
MOVED = {**HOME, "address1": "2 Oak Street", "zip": "12181"}
PRICES = {"11": 10.1, "12": 24.35, "13": 30.0, "14": 55.55, "21": 80.0, "22": 95.7}


def item(item_id: str) -> Plain:
    options = {"size" if item_id < "2" else "power": item_id}
    return {"item_id": item_id, "options": options, "price": PRICES[item_id]}


def product(name: str, product_id: str) -> Plain:
    variants = {
        key: {**item(key), "available": key != "13"} for key in PRICES if key[0] == product_id
    }
    return {"name": name, "product_id": product_id, "variants": variants}


def order(number: int, status: str, items: str, *paid: tuple[float, str]) -> Plain:
    return {
        "order_id": f"#W{number}",
        "user_id": "ann_lee_1",
        "address": HOME,
        "items": [
            {"name": "Shirt" if i < "2" else "Lamp", "product_id": i[0], **item(i)}
            for i in items.split()
        ],
        "status": status,
        "fulfillments": [],
        "payment_history": [
            {"transaction_type": "payment", "amount": amount, "payment_method_id": method}
            for amount, method in paid
        ],
    }


SHOP = {
    "products": {"1": product("Shirt", "1"), "2": product("Lamp", "2")},
    "users": {
        "ann_lee_1": {
            "user_id": "ann_lee_1",
            "name": {"first_name": "Ann", "last_name": "Lee"},
            "address": HOME,
            "email": "ann@example.com",
            "payment_methods": {
                "gift": {"source": "gift_card", "id": "gift", "balance": 50.0},
                "paypal": {"source": "paypal", "id": "paypal"},
            },
            "orders": ["#W1", "#W2", "#W3"],
        }
    },
    "orders": {
        "#W1": order(1, "pending", "11 12 21", (114.45, "gift")),
        "#W2": order(2, "pending", "11", (10.1, "gift"), (5.0, "gone")),
        "#W3": order(3, "delivered", "11 12 21", (114.45, "paypal")),
    },
}


class Ours:
    """The shop with the domain's own tools."""

    def __init__(self) -> None:
        self.base = RetailDB.load(SHOP)
        self.db = self.base.session()

    def answer(self, name: str, arguments: Plain) -> tuple[str, bool]:
        return TOOLS.answer(self.db, name, arguments)

    def __call__(self, name: str, **arguments: Any) -> Any:
        """Return what a call answers: JSON, or the text of an error."""
        content, error = self.answer(name, arguments)
        return content if error else json.loads(content)

    @property
    def balance(self) -> float:
        return self.db.users["ann_lee_1"].payment_methods["gift"].balance

    def history(self, order_id: str) -> list[tuple[str, float, str]]:
        entries = self.db.orders[order_id].payment_history
        return [(e.transaction_type, e.amount, e.payment_method_id) for e in entries]

    def items(self, order_id: str) -> list[tuple[str, float, Plain]]:
        return [(i.item_id, i.price, dict(i.options)) for i in self.db.orders[order_id].items]


class Tau2(Ours):
    """The shop with tau2's tools."""

    def answer(self, name: str, arguments: Plain) -> tuple[str, bool]:
        answer = dispatch(COMPAT, self.db, "assistant", name, arguments)
        return answer.content, answer.error


@pytest.fixture
def ours() -> Ours:
    return Ours()


@pytest.fixture
def tau2() -> Tau2:
    return Tau2()


def sold(*ids: str) -> list[tuple[str, float, Plain]]:
    return [(i, PRICES[i], item(i)["options"]) for i in ids]


def test_arguments_of_any_type_reach_tau2s_tools(ours: Ours, tau2: Tau2) -> None:  # G-1
    assert tau2("get_order_details", order_id=7) == "Error: Order not found"
    assert "a valid string" in ours("get_order_details", order_id=7)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (
            "requestor",
            "Error: tau2.environment.environment.Environment.make_tool_call() got multiple values "
            "for keyword argument 'requestor'",
        ),
        (
            "tool_name",
            "Error: Environment.make_tool_call() got multiple values for argument 'tool_name'",
        ),
    ],
)
@pytest.mark.parametrize("requestor", ["assistant", "user"])
@pytest.mark.parametrize("tool", ["get_user_details", "unknown"])
def test_an_argument_named_like_the_dispatchers_collides_before_the_tool_is_looked_up(
    name: str, content: str, requestor: str, tool: str
) -> None:  # G-2
    arguments = {"user_id": "ann_lee_1", name: "assistant"}
    answer = dispatch(COMPAT, RetailDB.load(SHOP).session(), requestor, tool, arguments)
    assert (answer.content, answer.error) == (content, True)


def test_users_have_no_tools(tau2: Tau2) -> None:
    answer = dispatch(COMPAT, tau2.db, "user", "get_user_details", {"user_id": "ann_lee_1"})
    assert (answer.content, answer.error) == ("Error: User tools not available", True)


def test_missing_arguments_are_told_as_python_tells_them(tau2: Tau2) -> None:
    assert tau2("cancel_pending_order") == (
        "Error: RetailTools.cancel_pending_order() missing 2 required positional arguments: "
        "'order_id' and 'reason'"
    )


def test_a_user_is_found_by_the_present_address(ours: Ours, tau2: Tau2) -> None:  # R-1
    who = {"first_name": "ANN", "last_name": "lee"}
    for shop in (ours, tau2):
        shop("modify_user_address", user_id="ann_lee_1", **MOVED)
        content, _ = shop.answer("find_user_id_by_name_zip", {**who, "zip": "12181"})
        assert content == "ann_lee_1"
        assert shop("find_user_id_by_name_zip", **who, zip="12180") == "Error: User not found"


@pytest.mark.parametrize(
    ("expression", "content"),
    [
        ("2+2", "4.0"),
        ("1/3", "0.33"),
        ("2.675*1", "2.67"),
        ("-0.001", "-0.0"),
        ("2**3", "8.0"),  # R-2
        ("7//2", "3.0"),
        ("  3", "3.0"),
        ("9**9", "387420489.0"),
        ("10**30", "1e+30"),
        ("2 + x", "Error: Invalid characters in expression"),
        ("1/0", "Error: division by zero"),
        ("", "Error: invalid syntax (<string>, line 0)"),
        ("3 - ", "Error: invalid syntax (<string>, line 1)"),
        ("(1", "Error: '(' was never closed (<string>, line 1)"),
        (["1"], "Error: eval() arg 1 must be a string, bytes or code object"),
        (["x"], "Error: Invalid characters in expression"),
        (7, "Error: 'int' object is not iterable"),
    ],
)
def test_calculate_answers_as_python_does(tau2: Tau2, expression: Any, content: str) -> None:
    assert tau2.answer("calculate", {"expression": expression})[0] == content


@pytest.mark.parametrize("expression", ["9**9**9**9", "9" * 100_000, "(" * 100_000, "()", "..."])
def test_calculate_evaluates_nothing_without_end(tau2: Tau2, expression: str) -> None:  # W-1
    answer = dispatch(COMPAT, tau2.db, "assistant", "calculate", {"expression": expression})
    assert (answer.error, answer.fixed) == (True, False)


def test_only_tau2_refunds_a_refund(ours: Ours, tau2: Tau2) -> None:  # R-3
    for shop in (ours, tau2):
        shop("modify_pending_order_payment", order_id="#W1", payment_method_id="paypal")
        assert shop.balance == 164.45
        shop("cancel_pending_order", order_id="#W1", reason="no longer needed")
        assert shop.db.orders["#W1"].status == "cancelled"
    paid = [("payment", 114.45, "gift"), ("payment", 114.45, "paypal"), ("refund", 114.45, "gift")]
    back = [("refund", 114.45, "gift"), ("refund", 114.45, "paypal")]
    assert (tau2.history("#W1"), tau2.balance) == ([*paid, *back, back[0]], 393.35)
    assert (ours.history("#W1"), ours.balance) == ([*paid, back[1]], 164.45)


def test_only_tau2_keeps_the_credit_of_a_cancellation_that_fails(ours: Ours, tau2: Tau2) -> None:
    for shop in (ours, tau2):  # R-4
        answer = shop("cancel_pending_order", order_id="#W2", reason="no longer needed")
        assert answer == "Error: Payment method not found"
        assert shop.db.orders["#W2"] == shop.base.orders["#W2"]
    assert (tau2.balance, ours.balance) == (60.1, 50.0)


def test_only_tau2_changes_an_order_whose_old_payment_method_is_gone() -> None:
    gone = order(2, "pending", "11", (10.1, "gone"))
    for shop, kept in ((Ours(), 50.0), (Tau2(), 39.9)):
        shop.db.orders.put("#W2", type(shop.db.orders["#W2"]).model_validate(gone))
        answer = shop("modify_pending_order_payment", order_id="#W2", payment_method_id="gift")
        assert answer == "Error: Payment method not found"
        assert shop.balance == kept
        assert len(shop.history("#W2")) == (1 if kept == 50.0 else 3)


def test_only_tau2_changes_an_order_after_its_items_were_modified(ours: Ours, tau2: Tau2) -> None:
    for shop in (ours, tau2):  # R-5
        shop("modify_pending_order_items", order_id="#W1", item_ids=["11"], new_item_ids=["14"],
             payment_method_id="paypal")  # fmt: skip
    refused = "Error: Non-pending order cannot be modified"
    assert tau2("modify_pending_order_address", order_id="#W1", **MOVED)["address"] == MOVED
    assert ours("modify_pending_order_address", order_id="#W1", **MOVED) == refused
    other = {"order_id": "#W1", "payment_method_id": "paypal"}
    once = "Error: There should be exactly one payment for a pending order"
    assert tau2("modify_pending_order_payment", **other) == once
    assert ours("modify_pending_order_payment", **other) == refused


def modified(shop: Ours, *pairs: str) -> list[tuple[str, float, Plain]]:
    """Return the items of order #W1 after pairs such as "11>12" were modified."""
    olds, news = zip(*(pair.split(">") for pair in pairs), strict=True)
    shop("modify_pending_order_items", order_id="#W1", item_ids=list(olds),
         new_item_ids=list(news), payment_method_id="paypal")  # fmt: skip
    return shop.items("#W1")


def test_only_tau2_gives_every_item_the_last_price_and_options(ours: Ours, tau2: Tau2) -> None:
    (_, price, options) = sold("22")[0]  # R-6
    assert modified(tau2, "11>14", "21>22") == [
        ("14", price, options), *sold("12"), ("22", price, options),
    ]  # fmt: skip
    assert modified(ours, "11>14", "21>22") == sold("14", "12", "22")


def test_only_tau2_records_cents_that_do_not_exist(ours: Ours, tau2: Tau2) -> None:  # R-7
    for shop, amount in ((tau2, 24.35 - 10.1 + (95.7 - 80.0)), (ours, 29.95)):
        modified(shop, "11>12", "21>22")
        assert shop.history("#W1")[1:] == [("payment", amount, "paypal")]
    assert round(tau2.history("#W1")[1][1], 2) != tau2.history("#W1")[1][1]


def test_only_tau2_modifies_nothing_for_nothing(ours: Ours, tau2: Tau2) -> None:  # R-8
    empty = {"order_id": "#W1", "item_ids": [], "new_item_ids": [], "payment_method_id": "gift"}
    answer = tau2("modify_pending_order_items", **empty)
    assert answer["status"] == "pending (item modified)"
    assert tau2.history("#W1")[1:] == [("refund", 0.0, "gift")]
    assert (tau2.balance, tau2.items("#W1")) == (50.0, sold("11", "12", "21"))
    assert ours("modify_pending_order_items", **empty).startswith("Error: At least one item")


def test_only_tau2_renames_an_item_twice(ours: Ours, tau2: Tau2) -> None:  # R-9
    assert [i for i, _, _ in modified(tau2, "11>12", "12>14")] == ["14", "12", "21"]
    assert modified(ours, "11>12", "12>14") == sold("12", "14", "21")


def test_only_tau2_takes_back_nothing(ours: Ours, tau2: Tau2) -> None:  # R-10
    empty = {"order_id": "#W3", "item_ids": [], "payment_method_id": "gift"}
    answer = tau2("return_delivered_order_items", **empty)
    assert (answer["status"], answer["return_items"]) == ("return requested", [])
    assert ours("return_delivered_order_items", **empty).startswith("Error: At least one item")


def test_only_tau2_forgets_what_is_exchanged_for_what(ours: Ours, tau2: Tau2) -> None:  # R-11
    for shop, new in ((tau2, ["11", "14"]), (ours, ["14", "11"])):
        answer = shop("exchange_delivered_order_items", order_id="#W3", item_ids=["12", "11"],
                      new_item_ids=["11", "14"], payment_method_id="paypal")  # fmt: skip
        assert answer["exchange_items"] == ["11", "12"]
        assert answer["exchange_new_items"] == new
        assert answer["exchange_price_difference"] == round(10.1 - 24.35 + 55.55 - 10.1, 2)


def test_only_tau2_takes_a_text_for_a_list_of_characters(ours: Ours, tau2: Tau2) -> None:  # R-12
    text = {"order_id": "#W1", "item_ids": '["11"]', "new_item_ids": '["12"]',
            "payment_method_id": "paypal"}  # fmt: skip
    assert tau2("modify_pending_order_items", **text) == "Error: [ not found"
    assert "Invalid arguments" in ours("modify_pending_order_items", **text)
    empty = {"order_id": "#W3", "item_ids": "", "payment_method_id": "gift"}
    assert tau2("return_delivered_order_items", **empty)["return_items"] == []
    assert "Invalid arguments" in ours("return_delivered_order_items", **empty)


@pytest.mark.parametrize("text", ["Invalid reason", "unhashable type: 'list'"])
def test_either_answer_to_a_list_of_reasons_replays(
    text: str, tmp_path: Path
) -> None:  # the description does not tell which one tau2 gives
    call = {"name": "cancel_pending_order", "arguments": {"order_id": "#W1", "reason": ["x"]},
            "content": f"Error: {text}", "error": True}  # fmt: skip
    case = {"case": "a", "calls": [call], "diff": {"agent": []}}
    assert replay_in(tmp_path, RetailDB.load(SHOP).plain(), [case]).mismatches == []


def test_the_difference_names_what_is_new_and_what_is_gone(tau2: Tau2) -> None:
    assert state_difference(tau2.base, tau2.db, "agent") == []
    modified(tau2, "11>14", "21>22")
    place = ["orders", "#W1", "items", 0]
    found = state_difference(tau2.base, tau2.db, "agent")
    assert (["orders", "#W1", "status"], "pending (item modified)") in found
    assert ([*place, "item_id"], "14") in found
    assert ([*place, "options", "size"], {"__deleted__": True}) in found
    assert ([*place, "options", "power"], "22") in found
    assert [path for path, _ in found if path[:4] == ["orders", "#W1", "items", 1]] == []
    assert state_difference(tau2.base, tau2.db, "user") == []
