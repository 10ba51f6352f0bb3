"""Faults put into the carrier's solvers, rules, words and tools: the checker catches every one."""

from functools import cache

import pytest

from writ_gym.certificates.checking import check_task
from writ_gym.domain import load_domain
from writ_gym.domains.telecom import tools, user_tools
from writ_gym.domains.telecom.intents import (
    amounts,
    base,
    diagnosis,
    lines,
    outcomes,
    paying,
    reading,
    refuelling,
    repairing,
)
from writ_gym.domains.telecom.proof import phones
from writ_gym.domains.telecom.texts import nouns, state
from writ_gym.phrasing.grammar import Style
from writ_gym.seeding import rng_for

TELECOM = load_domain("telecom")
CHANGES = ("suspend_line", "set_roaming", "refuel_data")


@pytest.fixture(scope="module")
def mutants(mutants_of):
    return mutants_of(TELECOM)


@pytest.fixture(scope="module")
def sampled(mutants):
    """Return what samples good tasks of one request."""

    @cache
    def sample(intents, count, writes, burden):
        config = {"intents": intents, "write_count": writes, "evidence_burden": burden}
        tasks = mutants.sampled(count, **config)
        return [task for task in tasks if len(task.scenario.requests) == 1]

    return sample


def points(task, mutants):
    return {finding.point for finding in check_task(task, TELECOM, mutants.world)}


def second_best(pick):
    return lambda records, choice, attribute: pick(
        records, choice.model_copy(update={"rank": choice.rank + 1}), attribute
    )


def without(cause):
    """Return what overlooks a cause."""
    return lambda find: lambda found, goal: [each for each in find(found, goal) if each != cause]


def never(rule):
    return lambda *arguments: None


def always(value):
    return lambda what: lambda *arguments, **named: value


def one_more(paid):
    """Return what spends a budget on one bill more."""

    def find(meant, wish):
        dearer = wish.model_copy(update={"budget": wish.budget + 150.0})
        return paid(meant, dearer)

    return find


SOME, MANY = (1, 4), (3, 9)
FAULTS = {
    # a solver that finds something else
    "a superlative takes the next one": (
        reading, "pick", second_best, (CHANGES, 40, 1, MANY)),
    "a search takes the first": (
        reading, "keeps", always(True), (CHANGES, 40, 1, MANY)),
    "the condition is not looked at": (
        base, "check_guard", always(iter(())), (CHANGES, 60, 0, (2, 8))),
    "what the user claims is believed": (
        outcomes, "_check_claim", always(iter(())), (CHANGES, 90, 0, (1, 6))),
    "a budget pays for too much": (
        paying, "_within", one_more, (("pay_bill",), 60, 4, (1, 1))),
    "the bill before is taken for the one after": (
        reading, "_beside", lambda real: lambda caller, reference: real(
            caller, reference.model_copy(update={"step": -reference.step})),
        (("pay_bill",), 40, 2, (1, 2))),
    # a repair that is not one
    "airplane mode is overlooked": (
        repairing, "causes", without("airplane_mode"), (("fix_service",), 50, (1, 4), (1, 8))),
    "the storage permission is overlooked": (
        repairing, "causes", without("storage_denied"), (("fix_mms",), 40, (1, 3), (1, 8))),
    "no repair needs a reboot": (
        repairing, "needs_reboot", always(False), (("fix_service",), 50, (1, 4), (1, 8))),
    "the use of data is not looked at": (
        diagnosis, "over_limit", always(-1.0), (("fix_data",), 40, (1, 3), (1, 6))),
    "a bill is left unpaid": (
        lines, "payments", lambda real: lambda caller, bills: real(caller, bills)[2:],
        (("lift_suspension",), 30, 3, (1, 6))),
    # an amount that is not right
    "enough is a step too much": (
        amounts, "enough", lambda real: lambda over, step: real(over, step) + step,
        (("refuel_data",), 200, 1, (1, 5))),
    "what money buys is rounded up": (
        amounts, "for_money", lambda real: lambda dollars, step, price: real(
            dollars + step * price, step, price), (("refuel_data",), 100, 1, (1, 5))),
    # a rule that is not kept
    "any bill is paid": (
        paying, "not_overdue", never, (("pay_bill",), 60, 0, (1, 1))),
    "a bill of somebody else is paid": (
        reading, "other_account", never, (("pay_bill",), 60, 0, (0, 0))),
    "a suspension is lifted after the end of the contract": (
        lines, "contract_ended", never, (("lift_suspension",), 200, 0, (1, 1))),
    "a suspension is lifted although bills are overdue": (
        lines, "bills_overdue", never, (("lift_suspension",), 100, 0, (1, 4))),
    "a line that is not active is refuelled": (
        refuelling, "not_active", never, (("refuel_data",), 100, 0, (1, 4))),
    "more than two gigabytes are refuelled": (
        refuelling, "too_much", never, (("refuel_data",), 40, 0, (0, 2))),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_broken_solver_or_rule_is_caught_in_every_task_that_it_changes(
    fault, monkeypatch, mutants, sampled
):
    module, name, broken, config = FAULTS[fault]
    tasks = sampled(*config)
    assert mutants.changed_by(tasks) == []
    monkeypatch.setattr(module, name, broken(getattr(module, name)))
    changed = mutants.changed_by(tasks)
    assert len(changed) >= 2, "the fault shows in too few tasks"
    for task in changed:
        assert "meaning" in points(task, mutants), task


def test_a_certificate_with_other_candidates_or_shortcuts_is_caught(mutants, sampled):
    repairs = ("fix_service", "fix_data", "fix_mms")
    for task in sampled(repairs, 20, 1, (3, 8)):
        (gold,), certificate = task.gold_writes, task.certificate
        assert points(task, mutants) == set()
        fewer = gold.measures.model_copy(update={"candidates": gold.measures.candidates - 1})
        wrong = gold.model_copy(update={"measures": fewer})
        assert "figures" in points(task.model_copy(update={"gold_writes": (wrong,)}), mutants)
        for change in ({"chance": 1.0}, {"guess_is_right": True}, {"first_is_right": True}):
            shortcuts = certificate.shortcuts.model_copy(update=change)
            if shortcuts != certificate.shortcuts:
                other = certificate.model_copy(update={"shortcuts": shortcuts})
                assert "shortcuts" in points(
                    task.model_copy(update={"certificate": other}), mutants
                )


def test_a_remedy_that_the_proof_leaves_out_is_caught(monkeypatch, mutants, sampled):
    tasks = sampled(("fix_mms",), 20, 1, (3, 8))
    fewer = tuple(each for each in phones.MANUAL if each[1] != "toggle_wifi_calling")
    monkeypatch.setattr(phones, "MANUAL", fewer)
    for task in tasks:
        assert {"figures", "shortcuts"} <= points(task, mutants)


@pytest.mark.parametrize(
    "config", [config for *_, config in list(FAULTS.values())[::3]], ids=lambda each: each[0][0]
)
def test_without_a_fault_nothing_is_found(config, mutants, sampled):
    for task in sampled(*config)[:8]:
        assert points(task, mutants) == set()
        assert points(mutants.with_gold(task, task.gold_writes), mutants) == set()


def no_search(real):
    """Return a change of a phone that does not look for a network."""
    return user_tools.change


TOOL_FAULTS = {
    "a phone does not look for a network": (
        user_tools, "reconnect", no_search, (("fix_service",), 50, (1, 4), (1, 8)), 5),
    "a refuel is not charged": (
        tools, "charge_next_bill", never, (("refuel_data",), 100, 1, (1, 5)), 20),
    "a bill of the next month has another id": (
        tools, "new_draft", lambda real: lambda customer_id: real(f"{customer_id}0"),
        (("refuel_data",), 100, 1, (1, 5)), 1),
    "a line is suspended as of yesterday": (
        tools, "TODAY", lambda today: today.replace(day=24), (("suspend_line",), 20, 1, (1, 5)), 5),
    "roaming cannot be turned off": (
        tools, "_set_roaming", lambda real: lambda db, line, allowed, deed: real(
            db, line, True, deed), (("set_roaming",), 40, 1, (1, 5)), 2),
}  # fmt: skip


@pytest.mark.parametrize("fault", TOOL_FAULTS)
def test_a_broken_tool_is_caught_as_the_gold_leads_elsewhere(fault, monkeypatch, mutants, sampled):
    module, name, broken, config, least = TOOL_FAULTS[fault]
    tasks = sampled(*config)
    assert all(not check_task(task, TELECOM, mutants.world, ["replay"]) for task in tasks)
    monkeypatch.setattr(module, name, broken(getattr(module, name)))
    found = [task for task in tasks if check_task(task, TELECOM, mutants.world, ["replay"])]
    assert len(found) >= least, "the fault shows in too few tasks"


WRONG_READS = {
    "the speed test is too fast": (
        user_tools, "speed", lambda real: lambda phone, service: real(phone, service) and 300.0,
        (("fix_data",), 40, (1, 3), (1, 6)), 3),
    "picture messages always fail": (
        user_tools, "mms_works", always(False), (("fix_mms",), 40, 0, (1, 3)), 3),
    "the SIM card is never locked": (
        user_tools, "sim_status", always("active"), (("fix_service",), 40, 0, (1, 1)), 3),
    "bills are hidden": (
        tools, "find", lambda real: lambda table, key, what: real(table, key, what).replace(
            **({"status": "Paid"} if what == "Bill" else {})),
        (("pay_bill",), 40, 2, (1, 2)), 20),
}  # fmt: skip


@pytest.mark.parametrize("fault", WRONG_READS)
def test_a_read_that_shows_what_is_not_so_is_caught(fault, monkeypatch, mutants, sampled):
    module, name, broken, config, least = WRONG_READS[fault]
    tasks = sampled(*config)
    monkeypatch.setattr(module, name, broken(getattr(module, name)))
    assert sum(bool(points(task, mutants)) for task in tasks) >= least, "it shows too seldom"
    for task in mutants.changed_by(tasks):
        assert points(task, mutants)


def test_an_operator_that_says_the_opposite_is_caught(monkeypatch, mutants, sampled):
    tasks = sampled(CHANGES, 40, 1, MANY)
    other = {"highest": "lowest", "lowest": "highest"}
    turned = {(by, way): nouns.EXTREMES[by, other[way]] for by, way in nouns.EXTREMES}
    assert all(points(task, mutants) == set() for task in filter(None, map(said_again, tasks)))
    monkeypatch.setattr(nouns, "EXTREMES", turned)
    broken = [task for task in map(said_again, tasks) if task is not None]
    assert len(broken) >= 5
    for task in broken:
        assert "text" in points(task, mutants)


def said_again(task):
    """Return a task with its superlatives put into words again; None if there are none."""
    (request,) = task.scenario.requests
    facts = tuple(said(request.intent, fact) for fact in request.facts)
    if not any(has_superlative(fact.value) for fact in facts):
        return None
    requests = (request.model_copy(update={"facts": facts}),)
    scenario = task.scenario.model_copy(update={"requests": requests})
    return task.model_copy(update={"scenario": scenario})


def said(intent, fact):
    if not has_superlative(fact.value):
        return fact
    text = state(intent, fact.slot, fact.value, rng_for(1), Style())
    return fact.model_copy(update={"text": text})


def has_superlative(value):
    return isinstance(value, dict) and value.get("by") is not None
