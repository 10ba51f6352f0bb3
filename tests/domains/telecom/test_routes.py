"""Ways to a telecom goal: the true writes are among those that are tried, and no others do it."""

from itertools import combinations

import pytest

from writ_gym.certificates.write_paths import shortest_paths
from writ_gym.domain import load_domain
from writ_gym.domains.telecom.data import generate
from writ_gym.domains.telecom.proof import PROOF
from writ_gym.tasks import Call, Fact, Request

TELECOM = load_domain("telecom")
TOOLS = TELECOM.all_tools
OWN = {"customer_id": "C1"}
BROKEN = {"active_apn_settings": {"apn_name": "broken"}}
POOR = {"server_address": "x", "server_performance": "poor"}
DENIED = {"messaging": {"app_name": "messaging", "permissions": {"storage": True}}}
CALLS = [
    (Call("suspend_line", {**OWN, "line_id": "L1", "reason": "it was lost"}), {}),
    (Call("resume_line", {**OWN, "line_id": "L2"}), {}),
    (Call("enable_roaming", {**OWN, "line_id": "L1"}), {}),
    (Call("disable_roaming", {**OWN, "line_id": "L2"}), {}),
    (Call("refuel_data", {**OWN, "line_id": "L4", "gb_amount": 0.75}), {}),
    (Call("refuel_data", {**OWN, "line_id": "L2", "gb_amount": 0.1}), {}),
    (Call("send_payment_request", {**OWN, "bill_id": "B3"}), {}),
    (Call("toggle_airplane_mode", {}), {"airplane_mode": True}),
    (Call("reseat_sim_card", {}), {"sim_card_missing": True}),
    (Call("toggle_data", {}), {"data_enabled": False}),
    (Call("toggle_roaming", {}), {}),
    (Call("toggle_data_saver_mode", {}), {"data_saver_mode": True}),
    (Call("set_network_mode_preference", {"mode": "4g_5g_preferred"}),
     {"network_mode_preference": "2g_only"}),
    (Call("disconnect_vpn", {}), {"vpn_connected": True, "vpn_details": POOR}),
    (Call("toggle_wifi_calling", {}), {"wifi_calling_enabled": True}),
    (Call("grant_app_permission", {"app_name": "messaging", "permission": "sms"}),
     {"app_statuses": DENIED}),
    (Call("reset_apn_settings", {}), BROKEN),
]  # fmt: skip


def record(db, place):
    return getattr(db, place[0])[place[1]]


def goal_of(db, calls):
    """Return the records that calls change, as they are then."""
    after = db.fork()
    for call in calls:
        if TOOLS.answer(after, call.name, call.arguments)[1]:
            return {}
    places = set(after.changes()) | set(db.changes())
    return {place: record(after, place) for place in places if is_new(db, after, place)}


def is_new(db, after, place):
    return place[1] not in getattr(db, place[0]) or record(after, place) != record(db, place)


def keys_of(calls):
    return tuple(sorted(PROOF.canonical(call).key for call in calls))


def routes_to(db, goal):
    return [
        PROOF.canonical(route)
        for (table, key), wanted in goal.items()
        for route in PROOF.routes(db, table, key, wanted)
    ]


@pytest.mark.parametrize(("call", "settings"), CALLS, ids=lambda value: getattr(value, "name", ""))
def test_routes_hold_the_true_call_and_no_other_that_does_it(call, settings, mine, put):
    put("phones", "C1", **settings)
    goal = goal_of(mine, [call])
    routes = routes_to(mine, goal)
    own = PROOF.canonical(call)
    assert own.key in {route.key for route in routes}
    assert {route.key for route in routes if goal_of(mine, [route]) == goal} == {own.key}


PAIRS = [(one, other) for (one, _), (other, _) in combinations(CALLS[:7], 2)
         if one.arguments.get("line_id") != other.arguments.get("line_id")]  # fmt: skip


@pytest.mark.parametrize("calls", PAIRS)
def test_two_steps_lead_to_what_both_did(calls, mine):
    paths = shortest_paths(TELECOM, mine, goal_of(mine, calls), 2)
    assert {keys_of(path) for path in paths} == {keys_of(calls)}


def test_a_payment_takes_a_request_and_the_next_one_waits_for_it(mine):
    pay = Call("make_payment", {})
    asks = [Call("send_payment_request", {**OWN, "bill_id": key}) for key in ("B2", "B3")]
    calls = [asks[0], pay, asks[1], pay]
    paths = shortest_paths(TELECOM, mine, goal_of(mine, calls), 4)
    assert {keys_of(path) for path in paths} == {keys_of(calls)}
    assert shortest_paths(TELECOM, mine, goal_of(mine, calls), 3) == []


def test_what_the_policy_forbids_is_no_route(mine, put):
    put("phones", "C1", **BROKEN, wifi_enabled=True)
    goal = goal_of(mine, [Call("reset_apn_settings", {}), Call("reboot_device", {})])
    assert "set_apn_settings" not in {route.name for route in routes_to(mine, goal)}
    # A setting that is right already is left alone.
    names = {route.name for route in routes_to(mine, goal)}
    assert names == {"reset_apn_settings", "reboot_device"}


def test_the_least_number_of_steps_is_never_more_than_it_takes(mine, put):
    settings, calls = {}, []
    for call, wrong in CALLS[7:]:
        if wrong and call.name != "reset_apn_settings":
            settings |= wrong
            calls.append(call)
    put("phones", "C1", **settings)
    before = mine.phones["C1"]
    for number in range(1, len(calls) + 1):
        goal = goal_of(mine, calls[:number])["phones", "C1"]
        assert PROOF.apart(before, goal) == number
    broken = before.replace(**BROKEN)
    mine.phones.put("C1", broken)
    goal = goal_of(mine, [CALLS[-1][0], Call("reboot_device", {})])["phones", "C1"]
    assert PROOF.apart(broken, goal) == 2


GOALS = {"fix_service": {}, "fix_mms": {"refuel": {"enough_in": 0.5}},
         "fix_data": {"goal": "excellent", "refuel": {"enough_in": 0.5}}}  # fmt: skip


@pytest.mark.parametrize("intent", GOALS)
def test_no_other_and_no_shorter_way_leads_to_what_a_repair_does(intent):
    world, tried = generate(8, {"customers": 150}), 0
    for caller, phone in world.phones.items():
        db = world.session(caller)
        values = {"line": {"number": world.lines[phone.line_id].phone_number}, "pay": True,
                  "place": "abroad" if phone.is_abroad else "home", **GOALS[intent]}  # fmt: skip
        if intent == "fix_service":
            del values["place"]
        facts = tuple(Fact(slot=slot, value=value, text="") for slot, value in values.items())
        writes = PROOF.meaning(db, caller, Request(intent=intent, text="", facts=facts)).writes
        if not 2 <= len(writes) <= 6:
            continue
        goal = goal_of(db, writes)
        routes = {route.key for route in routes_to(db, goal)}
        assert {call.key for call in writes} <= routes
        paths = shortest_paths(TELECOM, db, goal, len(writes))
        assert {keys_of(path) for path in paths} == {keys_of(writes)}, caller
        tried += 1
        if tried == 25:
            return
    assert tried >= 8
