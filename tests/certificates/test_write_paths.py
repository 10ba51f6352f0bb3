"""The search for ways to a goal, where writes to one record need writes to others first."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from writ_gym.certificates.write_paths import shortest_paths
from writ_gym.database import Record
from writ_gym.domains.telecom.data import DEFAULT_SIZE, generate
from writ_gym.domains.telecom.schema import Phone, TelecomDB
from writ_gym.domains.telecom.tools import TOOLS
from writ_gym.domains.telecom.user_tools import USER_TOOLS
from writ_gym.tasks import Call

ON_THE_PHONE = (
    "toggle_airplane_mode", "toggle_data", "toggle_roaming", "toggle_data_saver_mode",
    "toggle_wifi_calling", "reseat_sim_card", "reboot_device",
)  # fmt: skip


class PhoneShopProof:
    """What can be a step in a telecom shop."""

    def canonical(self, call: Call) -> Call:
        return call

    def apart(self, record: Record, goal: Record) -> int:
        if not isinstance(record, Phone):
            return 1
        searched = {
            "network_connection_status",
            "network_signal_strength",
            "network_technology_connected",
        }
        differing = sum(goal.plain[name] != value for name, value in record.plain.items()
                        if name not in searched)  # fmt: skip
        return max(1, differing)

    def routes(self, db: TelecomDB, table: str, key: str, goal: Record) -> Iterator[Call]:
        customer = db.caller
        match table:
            case "bills":
                yield Call("send_payment_request", {"customer_id": customer, "bill_id": key})
                yield Call("make_payment", {})
            case "lines":
                yield Call("resume_line", {"customer_id": customer, "line_id": key})
            case "phones":
                yield from (Call(name, {}) for name in ON_THE_PHONE)


@pytest.fixture(scope="module")
def world() -> TelecomDB:
    return generate(3, dict(DEFAULT_SIZE))


@pytest.fixture(scope="module")
def shop() -> Any:
    return SimpleNamespace(proof=PhoneShopProof(), all_tools=TOOLS | USER_TOOLS)


def paths_to(shop: Any, base: TelecomDB, calls: list[Call]) -> list[tuple[Call, ...]]:
    session = base.fork()
    for call in calls:
        shop.all_tools.call(session, call.name, call.arguments)
    return shortest_paths(shop, base, session.changes(), len(calls))


def test_a_line_is_resumed_only_when_what_it_needs_is_done(shop: Any, world: TelecomDB) -> None:
    found = 0
    for key, customer in world.customers.items():
        overdue = [b for b in customer.bill_ids if world.bills[b].status == "Overdue"]
        waiting = any(world.bills[b].status == "Awaiting Payment" for b in customer.bill_ids)
        suspended = [
            each for each in customer.line_ids if world.lines[each].status == "Suspended"
            and world.lines[each].contract_end_date.isoformat() > "2025-03"
        ]  # fmt: skip
        if waiting or len(overdue) != 1 or len(suspended) != 1 or key not in world.phones:
            continue
        calls = [
            Call("send_payment_request", {"customer_id": key, "bill_id": overdue[0]}),
            Call("make_payment", {}),
            Call("resume_line", {"customer_id": key, "line_id": suspended[0]}),
        ]
        names = {call.name for call in calls}
        for path in (paths := paths_to(shop, world.session(key), calls)):
            assert {call.name for call in path} == names
        assert len(paths) == 1
        found += 1
    assert found


def test_of_many_switches_the_search_throws_those_that_differ(shop: Any, world: TelecomDB) -> None:
    key = next(key for key, phone in world.phones.items() if not phone.airplane_mode)
    calls = [Call(name, {}) for name in ON_THE_PHONE[1:5]]
    paths = paths_to(shop, world.session(key), calls)
    assert {call.name for call in paths[0]} == {call.name for call in calls}
    assert len(paths) == 1
