"""The telecom domain's ``Proof``: what its parts, put together, know by brute force."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from writ_gym.database import JSON, Fields, Record
from writ_gym.domains.telecom.proof.account import Case
from writ_gym.domains.telecom.proof.apply import apply
from writ_gym.domains.telecom.proof.decisions import find_decisions
from writ_gym.domains.telecom.proof.edits import find_edits
from writ_gym.domains.telecom.proof.meaning import ANSWERS, canonical, meaning_of
from writ_gym.domains.telecom.proof.routes import apart, find_routes
from writ_gym.domains.telecom.proof.sources import find_sources
from writ_gym.domains.telecom.schema import (
    Customer,
    TelecomDB,
    by_line,
    by_name_and_birth,
    by_number,
)
from writ_gym.domains.telecom.user_tools import USER_TOOLS
from writ_gym.meaning.proofs import NO_PICKS, Decision, Meaning, Picks, Proof, UnclearError
from writ_gym.tasks import Call, Edit, Provenance, Request

TABLES = {"L": "lines", "P": "plans", "D": "devices", "B": "bills", "C": "customers"}
"""By the first letter of an id, the table that it is in."""
OF_APP = frozenset({"check_app_status", "check_app_permissions"})
WITH_LINE = frozenset({"run_speed_test", "can_send_mms"})
"""Looks at the phone that depend on its line and plan, too."""
ABOUT_PHONE = frozenset({"fix_service", "fix_data", "fix_mms", "about_phone"})
"""Intents whose evidence are looks that can stand for one another."""
LOOKS: Sequence[Call] = tuple(
    Call(tool.name, {"app_name": "messaging"} if tool.name in OF_APP else {})
    for tool in USER_TOOLS
    if tool.kind == "read"
)
"""Everything that the user can look up on the phone."""


class TelecomProof(Proof[TelecomDB]):
    """Brute-force knowledge of the carrier; see ``writ_gym.meaning.proofs.Proof``."""

    def callers(self, db: TelecomDB, identity: Mapping[str, JSON]) -> Collection[str]:
        """Return everybody of whom all identity facts are true."""
        return tuple(
            customer.customer_id
            for customer in _likely(db, identity)
            if all(_is_true(db, customer, slot, value) for slot, value in identity.items())
        )

    def meaning(
        self, db: TelecomDB, caller: str, request: Request, picks: Picks = NO_PICKS
    ) -> Meaning:
        """Return what a request comes to; UnclearError if it has no single meaning."""
        return meaning_of(Case(db, caller, picks), request.intent, request.values)

    def decisions(
        self, db: TelecomDB, caller: str, request: Request, picks: Picks = NO_PICKS
    ) -> Sequence[Decision]:
        """Return the choices that the request still leaves to the agent, where it can be met."""
        try:
            return find_decisions(Case(db, caller, picks), request)
        except UnclearError:
            return []

    def canonical(self, call: Call) -> Call:
        """Return a write without what leaves no trace."""
        return canonical(call)

    def sources(self, request: Request, write: Call) -> Mapping[str, Provenance]:
        """Return where each argument of a write that a request comes to is from."""
        return find_sources(request, write)

    answers: Collection[str] = ANSWERS
    partial: Collection[str] = frozenset({*(tool.name for tool in USER_TOOLS), "get_data_usage"})
    alone: Collection[str] = frozenset({"plans", "devices", "bills"})

    def records(self, db: TelecomDB, call: Call) -> Sequence[tuple[str, str]]:
        """Return table and key of the records that a read shows."""
        key = call.arguments.get("id")
        if isinstance(key, str) and key[:1] in TABLES:
            return [(TABLES[key[0]], key)]
        if call.name == "get_data_usage":
            return _line_and_plan(db, str(call.arguments.get("line_id")))
        if call.name == "get_bills_for_customer":
            return _bills(db, str(call.arguments.get("customer_id")))
        if call.name in USER_TOOLS:
            return _on_phone(db, call.name)
        return [("customers", each) for each in _found(db, call)]

    def edits(
        self, db: TelecomDB, caller: str, request: Request, table: str, key: str
    ) -> Iterable[Edit]:
        """Return edits of a record, and of nothing else that exists, likely ones first."""
        return find_edits(db, caller, request, table, key)

    def edits_of(
        self, db: TelecomDB, caller: str, request: Request, table: str, key: str, fields: Fields
    ) -> Iterable[Edit]:
        """Return what ``edits`` does, but for edits that change none of some fields."""
        return find_edits(db, caller, request, table, key, fields)

    def apply(self, db: TelecomDB, edit: Edit) -> None:
        """Make an edit in a session; ValueError if it does not fit this world."""
        apply(db, edit)

    def around(self, db: TelecomDB, caller: str, request: Request) -> Iterable[tuple[str, str]]:
        """Return the phone, lines, plans, devices and bills of the caller, and all other plans."""
        customer = db.customers[caller]
        lines = [db.lines[key] for key in customer.line_ids]
        yield "phones", caller
        yield from (("lines", line.line_id) for line in lines)
        yield from (("devices", line.device_id) for line in lines if line.device_id)
        yield from (("bills", key) for key in customer.bill_ids)
        of_lines = dict.fromkeys(line.plan_id for line in lines)
        about_plans = "plan" in request.values
        yield from (("plans", key) for key in (db.plans if about_plans else of_lines))

    def looks(self, db: TelecomDB, caller: str, request: Request) -> Sequence[Call]:
        """Return all that shows something of the phone, where a request is about that."""
        if request.intent not in ABOUT_PHONE:
            return ()
        phone = db.phones[caller]
        line = db.lines[phone.line_id]
        return (
            *LOOKS,
            Call("get_details_by_id", {"id": line.line_id}),
            Call("get_data_usage", {"customer_id": caller, "line_id": line.line_id}),
            Call("get_bills_for_customer", {"customer_id": caller}),
        )

    def routes(self, db: TelecomDB, table: str, key: str, goal: Record) -> Iterable[Call]:
        """Return every write call that could be a step from the record as it is to ``goal``."""
        return find_routes(db, table, key, goal)

    def apart(self, record: Record, goal: Record) -> int:
        """Return how many writes it takes at least from a record to another one."""
        return apart(record, goal)


def _line_and_plan(db: TelecomDB, line_id: str) -> list[tuple[str, str]]:
    line = db.lines.get(line_id)
    return [("lines", line_id), ("plans", line.plan_id)] if line else []


def _bills(db: TelecomDB, customer_id: str) -> list[tuple[str, str]]:
    customer = db.customers.get(customer_id)
    return [("bills", bill_id) for bill_id in customer.bill_ids] if customer else []


def _on_phone(db: TelecomDB, name: str) -> list[tuple[str, str]]:
    """Return what a look at the caller's phone shows."""
    phone = db.phones.get(db.caller)
    if phone is None:
        return []
    lines = _line_and_plan(db, phone.line_id) if name in WITH_LINE else []
    bills = _bills(db, db.caller) if name == "check_payment_request" else []
    return [("phones", db.caller), *lines, *bills]


def _found(db: TelecomDB, call: Call) -> list[str]:
    """Return whom a search for customers finds."""
    match call.name, dict(call.arguments):
        case "get_customer_by_id", {"customer_id": str(key)}:
            return [key] if key in db.customers else []
        case "get_customer_by_phone", {"phone_number": str(number)}:
            own = [each.customer_id for each in db.customers.lookup(by_number, number)]
            lines = db.lines.lookup(by_number, number)
            owners = (each for line in lines for each in db.customers.lookup(by_line, line.line_id))
            return [*own, *(each.customer_id for each in owners)][:1]
        case "get_customer_by_name", {"full_name": str(name), "dob": str(birth)}:
            found = db.customers.lookup(by_name_and_birth, (name.lower(), birth))
            return [each.customer_id for each in found]
    return []


# Who calls


def _likely(db: TelecomDB, identity: Mapping[str, JSON]) -> Iterable[Customer]:
    """Return customers among whom all callers are."""
    match identity:
        case {"customer_id": str(key)}:
            return [db.customers[key]] if key in db.customers else []
        case {"name": str(name), "birth": str(birth)}:
            return db.customers.lookup(by_name_and_birth, (name.lower(), birth))
    return db.customers.values()


def _is_true(db: TelecomDB, customer: Customer, slot: str, value: JSON) -> bool:
    """Say whether a fact is true of a customer; what nobody can look up is true of nobody."""
    match slot, value:
        case "customer_id", str(key):
            return customer.customer_id == key
        case "name", str(name):
            return customer.full_name.lower() == name.lower()
        case "birth", str(birth):
            return customer.date_of_birth == birth
        case "phone", str(number):
            return number in (db.lines[key].phone_number for key in customer.line_ids)
    return False


PROOF: Proof[TelecomDB] = TelecomProof()
