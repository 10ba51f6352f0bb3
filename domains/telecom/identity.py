"""Who a telecom user is: what they can say of themselves, and how an agent finds them."""

import json
import re
from collections.abc import Mapping

import numpy as np

from writ_gym.database import JSON
from writ_gym.domains.telecom.schema import TelecomDB, by_name_and_birth
from writ_gym.domains.telecom.texts import state
from writ_gym.domains.telecom.user_tools import USER_TOOLS
from writ_gym.meaning.solving import Identification, read
from writ_gym.phrasing.grammar import Style
from writ_gym.tasks import Call, Fact

KNOWS_NUMBER, KNOWS_ID = 0.8, 0.25


def identity(
    db: TelecomDB, caller: str, rng: np.random.Generator, style: Style
) -> tuple[tuple[Fact, ...], tuple[str, ...]]:
    """Return what a user can say of themselves, and what they do not know."""
    customer, line = db.customers[caller], db.lines[db.phones[caller].line_id]
    opening = bool(rng.random() < 0.4)

    def fact(slot: str, value: JSON, volunteered: float) -> Fact:
        text = state("", slot, value, rng, style)
        said = opening and bool(rng.random() < volunteered)
        return Fact(slot=slot, value=value, text=text, opening=said)

    facts = [
        fact("name", customer.full_name, 1.0),
        fact("birth", customer.date_of_birth, 0.4),
        fact("phone", line.phone_number, 0.6),
        fact("customer_id", caller, 0.5),
    ]
    knows = {"phone": rng.random() < KNOWS_NUMBER, "customer_id": rng.random() < KNOWS_ID}
    known = tuple(each for each in facts if knows.get(each.slot, True))
    return known, tuple(slot for slot, is_known in knows.items() if not is_known)


def identify(facts: Mapping[str, JSON]) -> Identification:
    """Find the user by phone number if it is known, else by id, else by name and birth."""
    if "phone" in facts:
        answer = yield from read("get_customer_by_phone", phone_number=facts["phone"])
    elif "customer_id" in facts:
        answer = yield from read("get_customer_by_id", customer_id=facts["customer_id"])
    else:
        answer = yield from read(
            "get_customer_by_name", full_name=facts["name"], dob=facts["birth"]
        )
        answer = json.dumps(json.loads(answer)[0])
    customer_id: str = json.loads(answer)["customer_id"]
    return customer_id


IDENTIFYING = (
    frozenset({"phone"}),
    frozenset({"customer_id"}),
    frozenset({"name", "birth"}),
)
"""Sets of identity slots, each of which is enough to find out who calls."""


def implied(call: Call, answer: str) -> list[tuple[Call, str]]:
    """Return the reads of a customer by id that finding them by phone or name has answered."""
    if not call.name.startswith("get_customer_by"):
        return []
    found = json.loads(answer)
    customer = found[0] if isinstance(found, list) and found else found
    if not customer:
        return []
    key, text = customer["customer_id"], answer if customer is found else json.dumps(customer)
    return [
        (Call(name="get_customer_by_id", arguments={"customer_id": key}), text),
        (Call(name="get_details_by_id", arguments={"id": key}), text),
    ]


def callers(db: TelecomDB) -> dict[str, int]:
    """Return the customers who can be found by name, with how many records they can change.

    These are their phone, their lines, and the bills that are to be paid.
    """
    return {
        key: 1
        + len(customer.line_ids)
        + sum(db.bills[bill_id].status in ("Overdue", "Issued") for bill_id in customer.bill_ids)
        for key, customer in db.customers.items()
        if key in db.phones
        and len(db.customers.lookup(by_name_and_birth, _name_and_birth(db, key))) == 1
    }


def _name_and_birth(db: TelecomDB, key: str) -> tuple[str, str]:
    customer = db.customers[key]
    return customer.full_name.lower(), customer.date_of_birth


LOOK_AT_PHONE = Call(name="check_network_status", arguments={})


def target(arguments: Mapping[str, JSON]) -> Call:
    """Return the read that shows what a write changes: a line, a bill, or else the phone."""
    key = arguments.get("line_id") or arguments.get("bill_id")
    if key is None:
        return LOOK_AT_PHONE
    return Call(name="get_details_by_id", arguments={"id": key})


_APP_READS = ("check_app_status", "check_app_permissions")
_SEEN_ON_PHONE = ("run_speed_test", "can_send_mms", "check_payment_request")
"""What shows on the phone and depends on the carrier, too."""


def stale(write: Call, answer: str, read: Call) -> bool:
    """Say whether a write may have changed the answer of a read; none answers what a read does."""
    if write.name in USER_TOOLS:
        return _stale_by_user(write, read)
    if read.name in _SEEN_ON_PHONE:
        return True
    if "bill_id" in write.arguments:
        return _shows(read, "B")
    if write.name == "refuel_data" and (_shows(read, "B") or _shows(read, "C")):
        return True
    line_id = write.arguments["line_id"]
    return line_id in (read.arguments.get("line_id"), read.arguments.get("id"))


def _stale_by_user(write: Call, read: Call) -> bool:
    if write.name == "make_payment":
        return read.name == "check_payment_request" or _shows(read, "B")
    if write.name == "grant_app_permission":
        return read.name in (*_APP_READS, "can_send_mms")
    return read.name in USER_TOOLS and read.name not in _APP_READS


_PAID = re.compile(r"has been made for bill (\S+)\.$")


def checked_by(write: Call, answer: str) -> Call | None:
    """Policy "Pay a bill": whenever a bill was paid, it is looked up."""
    paid = _PAID.search(answer) if write.name == "make_payment" else None
    return Call(name="get_details_by_id", arguments={"id": paid[1]}) if paid else None


def _shows(read: Call, letter: str) -> bool:
    """Say whether a read shows bills (B) or customers (C)."""
    if read.name == "get_details_by_id":
        return str(read.arguments["id"]).startswith(letter)
    if letter == "B":
        return read.name == "get_bills_for_customer"
    return read.name.startswith("get_customer_by")
