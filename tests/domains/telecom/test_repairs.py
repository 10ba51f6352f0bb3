"""Troubleshooting against brute force: its repairs reach the goal, and no shorter sequence does."""

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import combinations

import pytest

from writ_gym.domains.telecom.data import generate
from writ_gym.domains.telecom.network import data_works, label, mms_works, sim_status, speed
from writ_gym.domains.telecom.repairs import (
    BEYOND_REPAIR,
    GOALS,
    Cause,
    Findings,
    Goal,
    causes,
    needs_reboot,
)
from writ_gym.domains.telecom.schema import TelecomDB
from writ_gym.domains.telecom.tools import TOOLS
from writ_gym.domains.telecom.user_tools import USER_TOOLS

Step = tuple[str, dict[str, object]]
PHONE_STEPS: dict[Cause, tuple[Step, ...]] = {
    "airplane_mode": (("toggle_airplane_mode", {}),),
    "sim_missing": (("reseat_sim_card", {}),),
    "data_off": (("toggle_data", {}),),
    "roaming_off": (("toggle_roaming", {}),),
    "wrong_mode": (("set_network_mode_preference", {"mode": "4g_5g_preferred"}),),
    "data_saver": (("toggle_data_saver_mode", {}),),
    "slow_vpn": (("disconnect_vpn", {}),),
    "wifi_calling": (("toggle_wifi_calling", {}),),
    "sms_denied": (("grant_app_permission", {"app_name": "messaging", "permission": "sms"}),),
    "storage_denied": (
        ("grant_app_permission", {"app_name": "messaging", "permission": "storage"}),
    ),
    "apn": (("reset_apn_settings", {}),),
}


@cache
def carrier() -> TelecomDB:
    return generate(5, {"customers": 400})


def findings(db: TelecomDB, caller: str) -> Findings:
    phone = db.phones[caller]
    line = db.lines[phone.line_id]
    over = line.data_used_gb - db.plans[line.plan_id].data_limit_gb - line.data_refueling_gb
    vpn = phone.vpn_details
    permissions = phone.app_statuses["messaging"].permissions
    return Findings(
        airplane_mode=phone.airplane_mode,
        sim=sim_status(phone),
        apn_name=phone.active_apn_settings.apn_name,
        line_status=line.status,
        contract_end=line.contract_end_date,
        data_enabled=phone.data_enabled,
        abroad=phone.is_abroad,
        roaming_on=phone.roaming_enabled,
        line_roaming=line.roaming_enabled,
        over_limit_gb=round(over, 2) if over >= 0 else None,
        data_saver=phone.data_saver_mode,
        mode=phone.network_mode_preference,
        vpn_slow=vpn is not None and vpn.server_performance == "poor",
        mmsc_set=phone.active_apn_settings.mmsc_url is not None,
        wifi_calling=phone.wifi_calling_enabled,
        sms=permissions.sms,
        storage=permissions.storage,
    )


def reached(db: TelecomDB, caller: str, goal: Goal) -> bool:
    phone = db.phones[caller]
    service = db.service(phone)
    if goal == "service":
        return phone.network_connection_status == "connected"
    if goal == "data":
        return data_works(phone, service)
    if goal == "mms":
        return mms_works(phone, service)
    mbps = speed(phone, service)
    return mbps is not None and label(mbps) == "Excellent"


def steps(db: TelecomDB, caller: str, present: Sequence[Cause]) -> Iterator[Step]:
    """Yield the repairs of causes, as the policy says."""
    phone = db.phones[caller]
    line = {"customer_id": caller, "line_id": phone.line_id}
    if "line_suspended" in present:
        bills = [db.bills[bill_id] for bill_id in db.customers[caller].bill_ids]
        if any(bill.status == "Awaiting Payment" for bill in bills):
            yield "make_payment", {}
        for bill in bills:
            if bill.status == "Overdue":
                yield "send_payment_request", {"customer_id": caller, "bill_id": bill.bill_id}
                yield "make_payment", {}
        yield "resume_line", line
    if "line_roaming_off" in present:
        yield "enable_roaming", line
    if "over_limit" in present:
        yield "refuel_data", {**line, "gb_amount": 2.0}
    for cause in present:
        yield from PHONE_STEPS.get(cause, ())
    if needs_reboot(present):
        yield "reboot_device", {}


def run(db: TelecomDB, made: Sequence[Step]) -> None:
    for name, arguments in made:
        tools = TOOLS if name in TOOLS else USER_TOOLS
        text, is_error = tools.answer(db, name, arguments)
        assert not is_error, text


@pytest.mark.parametrize("goal", GOALS)
def test_the_repairs_reach_the_goal_and_each_changes_something(goal: Goal) -> None:
    world, mended = carrier(), 0
    for caller in world.phones:
        present = causes(findings(world, caller), goal)
        assert (present == []) == reached(world, caller, goal), caller
        if BEYOND_REPAIR.intersection(present):
            continue
        db = world.session(caller)
        for step in steps(world, caller, present):
            before = db.fingerprint()
            run(db, [step])
            assert db.fingerprint() != before, step
        assert reached(db, caller, goal), (caller, present)
        assert causes(findings(db, caller), goal) == []
        mended += bool(present)
    assert mended > 100


@pytest.mark.parametrize("goal", GOALS)
def test_leaving_out_any_repairs_misses_the_goal(goal: Goal) -> None:
    world = carrier()
    for caller in list(world.phones)[:150]:
        present = causes(findings(world, caller), goal)
        if BEYOND_REPAIR.intersection(present) or not present:
            continue
        for left_out in range(1, len(present) + 1):
            for gone in combinations(present, left_out):
                kept = [cause for cause in present if cause not in gone]
                db = world.session(caller)
                run(db, list(steps(world, caller, kept)))
                assert not reached(db, caller, goal), (caller, present, gone)


@pytest.mark.parametrize("goal", GOALS)
def test_a_case_beyond_repair_is_so_for_every_tool(goal: Goal) -> None:
    """Nothing that the policy allows helps against a locked card, or an end of the contract."""
    world = carrier()
    found = set()
    for caller in world.phones:
        present = causes(findings(world, caller), goal)
        hopeless = BEYOND_REPAIR.intersection(present)
        if not hopeless:
            continue
        found |= hopeless
        db = world.session(caller)
        run(db, list(steps(world, caller, present)))
        if "far_over_limit" in hopeless:
            line = {"customer_id": caller, "line_id": db.phones[caller].line_id}
            run(db, [("refuel_data", {**line, "gb_amount": 2.0})])
        assert not reached(db, caller, goal)
    wanted = {"sim_locked", "contract_ended"}
    assert found == (wanted if goal == "service" else wanted | {"far_over_limit"})


def test_causes_that_do_not_matter_for_a_goal_are_not_among_its_causes() -> None:
    found = Findings(data_saver=True, vpn_slow=True, mode="3g_only", wifi_calling=True)
    assert causes(found, "service") == causes(found, "data") == []
    assert causes(found, "fast_data") == ["wrong_mode", "data_saver", "slow_vpn"]
    assert causes(found, "mms") == ["wifi_calling"]
    at_home = Findings(roaming_on=False, line_roaming=False)
    assert causes(at_home, "data") == []
    assert causes(at_home._replace(abroad=True), "mms") == ["line_roaming_off", "roaming_off"]


@pytest.mark.parametrize(("over", "cause"), [(0.0, "over_limit"), (1.9, "over_limit"),
                                             (2.0, "far_over_limit")])  # fmt: skip
def test_two_gigabytes_are_the_most_that_help(over: float, cause: Cause) -> None:
    assert causes(Findings(over_limit_gb=over), "data") == [cause]
