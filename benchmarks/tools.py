"""Validated tool calls from raw JSON to the answer: python benchmarks/tools.py [DOMAIN]"""

import json
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from _timing import Baseline, head, row, seconds

from writ_gym import load_domain

Calls = Mapping[str, list[str]]
"""Raw arguments by tool."""

MOST_CALLS = 500


def raw(name: str, values: Iterable[str]) -> list[str]:
    return [json.dumps({name: value}) for value in values]


def retail_reads(db: Any) -> Calls:
    return {
        "get_order_details": raw("order_id", db.orders),
        "get_user_details": raw("user_id", db.users),
        "get_product_details": raw("product_id", db.products),
        "find_user_id_by_email": raw("email", [user.email for user in db.users.values()]),
        "calculate": raw("expression", ["(1+2)*3.5"]),
    }


def retail_writes(db: Any) -> Calls:
    pending = [key for key, order in db.orders.items() if order.status == "pending"]
    calls = [{"order_id": key, "reason": "no longer needed"} for key in pending]
    return {"cancel_pending_order": list(map(json.dumps, calls))}


def airline_reads(db: Any) -> Calls:
    routes = sorted({(flight.origin, flight.destination) for flight in db.flights.values()})
    searches = [
        json.dumps({"origin": origin, "destination": destination, "date": "2024-05-20"})
        for origin, destination in routes
    ]
    days = [json.dumps({"flight_number": key, "date": "2024-05-20"}) for key in db.flights]
    return {
        "get_reservation_details": raw("reservation_id", db.reservations),
        "get_user_details": raw("user_id", db.users),
        "get_flight_status": days,
        "search_direct_flight": searches,
        "search_onestop_flight": searches,
        "calculate": raw("expression", ["(1+2)*3.5"]),
    }


def airline_writes(db: Any) -> Calls:
    active = [each for each in db.reservations.values() if each.status is None]
    keys = [each.reservation_id for each in active if each.flights[0].date > "2024-05-15"]
    return {
        "cancel_reservation": raw("reservation_id", keys),
        "book_reservation": [json.dumps(booking(db, key)) for key in db.flights if able(db, key)],
    }


def able(db: Any, flight: str) -> bool:
    day = db.flights[flight].dates["2024-05-20"]
    return day.status == "available" and day.available_seats.economy > 0


def booking(db: Any, number: str) -> dict[str, Any]:
    flight, user = db.flights[number], payer(db)
    card = next(key for key in user.payment_methods if key.startswith("credit_card"))
    fare = flight.dates["2024-05-20"].prices.economy
    return {
        "user_id": user.user_id, "origin": flight.origin, "destination": flight.destination,
        "flight_type": "one_way", "cabin": "economy",
        "flights": [{"flight_number": number, "date": "2024-05-20"}],
        "passengers": [{"first_name": "A", "last_name": "B", "dob": user.dob}],
        "payment_methods": [{"payment_id": card, "amount": fare}],
        "total_baggages": 0, "nonfree_baggages": 0, "insurance": "no",
    }  # fmt: skip


def payer(db: Any) -> Any:
    users = db.users.values()
    return next(u for u in users if any(key.startswith("credit") for key in u.payment_methods))


def telecom_reads(db: Any) -> Calls:
    usage = [
        json.dumps({"customer_id": key, "line_id": line})
        for key, customer in db.customers.items()
        for line in customer.line_ids
    ]
    return {
        "get_customer_by_id": raw("customer_id", db.customers),
        "get_customer_by_phone": raw("phone_number", [x.phone_number for x in db.lines.values()]),
        "get_details_by_id": raw("id", db.lines),
        "get_data_usage": usage,
        "get_bills_for_customer": raw("customer_id", db.customers),
        "check_network_status": ["{}"],
        "run_speed_test": ["{}"],
    }


def telecom_writes(db: Any) -> Calls:
    lines = [
        {"customer_id": key, "line_id": line}
        for key, customer in db.customers.items()
        for line in customer.line_ids
        if db.lines[line].status == "Active"
    ]
    return {
        "enable_roaming": list(map(json.dumps, lines)),
        "refuel_data": [json.dumps({**line, "gb_amount": 1.5}) for line in lines],
        "toggle_airplane_mode": ["{}"],
        "reboot_device": ["{}"],
    }


CALLS: Mapping[str, tuple[str, Callable[[Any], Calls], Callable[[Any], Calls]]] = {
    "retail": ("orders", retail_reads, retail_writes),
    "airline": ("reservations", airline_reads, airline_writes),
    "telecom": ("lines", telecom_reads, telecom_writes),
}
"""By domain: a table for the baseline, reads, and writes that go through in a new session."""


def main(name: str = "retail") -> None:
    table, reads, writes = CALLS[name]
    domain = load_domain(name)
    tools, db = domain.all_tools, domain.world().db
    caller = next(iter(domain.callers(db)))
    baseline = Baseline(db.plain())
    keys = list(getattr(db, table))
    turn = iter(range(10**9))
    session = db.session(caller)

    def plain() -> str:
        key = keys[next(turn) % len(keys)]
        return baseline.call(table, json.dumps({"key": key}))

    def read(tool: str, calls: list[str]) -> None:
        tools.answer(session, tool, calls[next(turn) % len(calls)])

    def write(tool: str, calls: list[str]) -> None:
        _, error = tools.answer(db.session(caller), tool, calls[next(turn) % len(calls)])
        assert not error

    head(f"{name}: tool call")
    reference = seconds(plain, 5_000)
    for tool, calls in reads(db).items():
        row(tool, seconds(lambda t=tool, c=calls[:MOST_CALLS]: read(t, c), 5_000), reference)
    for tool, calls in writes(db).items():
        some = calls[:MOST_CALLS]
        row(f"new session + {tool}", seconds(lambda t=tool, c=some: write(t, c), 1_000))


if __name__ == "__main__":
    main(*sys.argv[1:])
