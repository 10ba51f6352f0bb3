"""What the telecom proof takes for right does what it should, in whole worlds, by their tools."""

import pytest

from writ_gym.domain import load_domain
from writ_gym.domains.telecom.data import generate
from writ_gym.domains.telecom.proof import PROOF
from writ_gym.meaning.proofs import UnclearError
from writ_gym.tasks import Call, Fact, Request

TOOLS = load_domain("telecom").all_tools


def ask(intent, **values):
    facts = tuple(Fact(slot=slot, value=value, text="") for slot, value in values.items())
    return Request(intent=intent, text="", facts=facts)


def works(db, goal):
    """Say by what the phone shows whether a goal is reached."""
    service = TOOLS.answer(db, "check_network_status", {})[0]
    speed = TOOLS.answer(db, "run_speed_test", {})[0]
    return {
        "service": "Cellular Connection: connected" in service,
        "any": "failed" not in speed,
        "excellent": "(Excellent)" in speed,
        "mms": TOOLS.answer(db, "can_send_mms", {})[0].endswith("can send MMS messages."),
    }[goal]


def made(db, calls):
    """Make calls; say whether each of them changed something."""
    changing = []
    for call in calls:
        before = db.changes()
        TOOLS.call(db, call.name, {**call.arguments})
        changing.append(db.changes() != before)
    return all(changing)


@pytest.fixture(scope="module")
def carrier():
    return generate(6, {"customers": 220})


def repair(db, goal):
    """Return a request to have the caller's phone repaired, by a user who agrees to everything."""
    phone = db.phones[db.caller]
    values = {"line": {"number": db.lines[phone.line_id].phone_number}, "pay": True}
    if goal != "service":
        values["place"] = "abroad" if phone.is_abroad else "home"
        values["refuel"] = {"enough_in": 0.1}
    if goal in ("any", "excellent"):
        values["goal"] = goal
    return ask({"service": "fix_service", "mms": "fix_mms"}.get(goal, "fix_data"), **values)


@pytest.mark.parametrize("goal", ["service", "any", "excellent", "mms"])
def test_after_the_writes_of_a_repair_the_phone_works_and_not_with_one_less(carrier, goal):
    mended = fine = 0
    for caller in carrier.phones:
        db = carrier.session(caller)
        meaning = PROOF.meaning(db, caller, repair(db, goal))
        if meaning.breaches:
            assert meaning.breaches == {("nothing_wrong", "works")}
        assert works(db, goal) is bool(meaning.breaches)
        fine += bool(meaning.breaches)
        if meaning.writes:
            mended += 1
            after = db.fork()
            assert made(after, meaning.writes)
            assert works(after, goal)
            for left_out in meaning.writes:
                if left_out.name not in ("send_payment_request", "make_payment"):
                    less = db.fork()
                    made(less, [call for call in meaning.writes if call is not left_out])
                    assert not works(less, goal), left_out
    assert mended >= 40
    assert fine >= 10


def test_who_is_handed_over_is_not_helped_by_what_the_policy_allows(carrier):
    seen = 0
    for caller in carrier.phones:
        db = carrier.session(caller)
        if PROOF.meaning(db, caller, repair(db, "any")).handed_over:
            seen += 1
            phone = db.phones[caller]
            own = {"customer_id": caller, "line_id": phone.line_id}
            calls = [Call("refuel_data", {**own, "gb_amount": 2.0}),
                     Call("enable_roaming", own)]  # fmt: skip
            calls += [Call("reseat_sim_card", {}), Call("reset_apn_settings", {})]
            calls += [Call("toggle_airplane_mode", {})] * phone.airplane_mode
            calls += [Call("toggle_data", {})] * (not phone.data_enabled)
            calls += [Call("toggle_roaming", {})] * (not phone.roaming_enabled)
            made(db, [*calls, Call("reboot_device", {})])
            assert not works(db, "any")
    assert seen >= 10


def requests_of(db):
    """Yield requests about every single line and bill of the caller."""
    customer = db.customers[db.caller]
    for line_id in customer.line_ids:
        own = {"line": {"number": db.lines[line_id].phone_number}}
        in_hand = db.phones[db.caller].line_id == line_id
        yield line_id, ask("lift_suspension", **own, pay=True, in_hand=in_hand)
        yield line_id, ask("lift_suspension", **own, pay=False, in_hand=in_hand)
        yield line_id, ask("suspend_line", **own, reason="x")
        yield line_id, ask("refuel_data", **own, amount={"enough_in": 0.5})
        yield from ((line_id, ask("set_roaming", **own, roaming=way)) for way in ("on", "off"))
    for bill_id in customer.bill_ids:
        yield bill_id, ask("pay_bill", bill={"bill_id": bill_id})


def is_done(db, request, key):
    """Say whether a request is met in a state."""
    match request.intent:
        case "lift_suspension":
            bills = [db.bills[each].status for each in db.customers[db.caller].bill_ids]
            return db.lines[key].status == "Active" and "Overdue" not in bills
        case "suspend_line":
            return db.lines[key].status == "Suspended"
        case "refuel_data":
            own, plan = db.lines[key], db.plans[db.lines[key].plan_id]
            return own.data_used_gb < plan.data_limit_gb + own.data_refueling_gb
        case "set_roaming":
            return db.lines[key].roaming_enabled is (request.values["roaming"] == "on")
    return db.bills[key].status == "Paid"


def test_writes_do_what_is_asked_for_each_a_part_of_it_and_nothing_else(carrier):
    counts = dict.fromkeys(("lift_suspension", "suspend_line", "refuel_data", "set_roaming",
                            "pay_bill"), 0)  # fmt: skip
    for caller in list(carrier.phones)[:120]:
        db = carrier.session(caller)
        for key, request in requests_of(db):
            try:
                writes = PROOF.meaning(db, caller, request).writes
            except UnclearError:
                continue
            if not writes:
                continue
            counts[request.intent] += 1
            after = db.fork()
            assert not is_done(db, request, key)
            assert made(after, writes)
            assert is_done(after, request, key)
            touched = {name for (table, name) in after.changes() if table == "lines"}
            assert touched <= {key}
    assert min(counts.values()) >= 10, counts
