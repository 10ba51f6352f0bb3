"""Faults put into solvers, rules, operators and certificates: the checker catches every one."""

from collections.abc import Callable, Iterable

import pytest

from writ_gym.checking import check_task
from writ_gym.domain import load_domain
from writ_gym.domains.retail.intents import base, delivered, pending, reading
from writ_gym.errors import ToolError, WritGymError
from writ_gym.sampling import TaskSampler
from writ_gym.solving import Notebook, drive
from writ_gym.tasks import Call, Fact, GoldWrite, SamplerConfig, Task
from writ_gym.turns import Turns

RETAIL = load_domain("retail")
WORLD = RETAIL.world()
COUNT = 40
"""Tasks in which a fault is looked for."""


def sampled(count: int = COUNT, **config: object) -> list[Task]:
    """Return good tasks."""
    sampler = TaskSampler(RETAIL, SamplerConfig.model_validate(config), WORLD)
    return list(sampler.tasks(11, count))


def solved_again(task: Task) -> Task | None:
    """Return a task of one request with the gold that the solvers, as they are now, give it.

    None if they give none, as they cannot make sense of it.
    """
    (request,) = task.scenario.requests
    plan = RETAIL.intent(request.intent).solve(task.certificate.caller, request.values)
    try:
        outcome, reads = drive(plan, Notebook(), Turns(RETAIL, WORLD).answer)
    except WritGymError:
        return None
    old = task.gold_writes[0] if task.gold_writes else None
    gold = [
        GoldWrite(
            name=write.name, arguments=write.arguments, provenance=write.provenance,
            evidence=old.evidence if old else reads, searched=old.searched if old else (),
            request=0, measures=old.measures if old else None,
        )
        for write in outcome.writes
    ]  # fmt: skip
    return with_gold(task, gold)


def with_gold(task: Task, gold: Iterable[GoldWrite]) -> Task:
    """Return a task with other gold writes, and the state that they lead to."""
    gold = tuple(gold)
    session = WORLD.db.session()
    for write in gold:
        try:
            RETAIL.tools.call(session, write.name, write.arguments)
        except ToolError:
            break
    changes = {"goal_fingerprint": session.fingerprint(), "write_count": len(gold)}
    if gold:
        changes["reason"] = None
    certificate = task.certificate.model_copy(update=changes)
    return task.model_copy(update={"gold_writes": gold, "certificate": certificate})


def writes_of(task: Task) -> list[str]:
    canonical = RETAIL.proof.canonical
    return [canonical(Call(write.name, write.arguments)).key for write in task.gold_writes]


def caught(broken: Iterable[Task]) -> int:
    """Check that every broken task is found out; return how many there were."""
    count = 0
    for task in broken:
        count += 1
        assert check_task(task, RETAIL, WORLD), task.task_id
    return count


HEAVY = {"write_count": 1, "evidence_burden": (4, 9)}
REFUSED = {"write_count": 0, "evidence_burden": (1, 5)}
CHANGES = ("cancel_order", "change_order_address", "change_order_payment", "change_order_items")
RETURNS = ("return_items", "exchange_items")


def _second_best(pick: Callable) -> Callable:
    return lambda records, choice, attribute: pick(
        records, choice.model_copy(update={"rank": choice.rank + 1}), attribute
    )


FAULTS = {
    "a superlative takes the next one": (
        HEAVY, reading, "pick", _second_best(reading.pick)),
    "a search takes the last that fits": (
        HEAVY, reading, "keeps", lambda record, where, attribute: True),
    "what is sold out counts as in stock": (
        {"intents": ("exchange_items", "change_order_items"), "write_count": 0,
         "evidence_burden": (1, 4)},
        reading, "fitting", lambda product, item, wish: [
            v for v in product.variants.values()
            if v.item_id != item.item_id
            and all(v.options.get(n) == value for n, value in
                    {**item.options, **getattr(wish, "options", {})}.items())]),
    "the dearest is taken for the cheapest": (
        {"intents": ("exchange_items", "change_order_items"), "write_count": 1,
         "evidence_burden": (2, 6)},
        reading, "variant_for", lambda product, item, wish: max(
            (v for v in product.variants.values() if v.available and v.item_id != item.item_id),
            key=lambda v: v.price, default=None)),
    "the condition is not looked at": (
        {"write_count": 0, "evidence_burden": (3, 8)}, base, "check_guard",
        lambda caller, facts: iter(())),
    "an order that was shipped can be changed": (
        {**REFUSED, "intents": CHANGES}, pending, "not_pending", lambda order, deed: None),
    "an order that has not arrived can be returned": (
        {**REFUSED, "intents": RETURNS}, delivered, "not_delivered", lambda order, deed: None),
    "a gift card always covers the amount": (
        {"count": 120, "intents": ("change_order_payment",), "write_count": 0,
         "evidence_burden": (2, 6)},
        pending, "balance_too_low", lambda method, amount: None),
    "a refund goes anywhere": (
        {"count": 200, "intents": ("return_items",), "write_count": 0, "evidence_burden": (1, 4)},
        delivered, "refund_elsewhere", lambda order, method: None),
    "an order of somebody else can be changed": (
        {"intents": ("cancel_order",), "write_count": 0, "evidence_burden": 1}, base,
        "other_users_order",
        lambda order, caller: None),
    "the original method is the last one used": (
        {"intents": ("return_items",), "write_count": 1, "evidence_burden": (1, 6)},
        reading, "paid_with", lambda order: order.payment_history[-1].payment_method_id + "0"),
    "items of the same price are mixed up": (
        {"intents": ("return_items",), "write_count": 1, "evidence_burden": (1, 6)},
        reading, "item_named", lambda order, name: order.items[0]),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_broken_solver_or_rule_is_caught_in_every_task_that_it_changes(fault, monkeypatch):
    config, module, name, broken = FAULTS[fault]
    tasks = sampled(**config)
    monkeypatch.setattr(module, name, broken)
    changed = [
        again
        for task in tasks
        if (again := solved_again(task)) and writes_of(again) != writes_of(task)
    ]
    assert caught(changed) >= 2, "the fault shows in too few tasks"


def test_a_sentence_that_says_something_else_is_caught():
    words = (("highest", "lowest"), ("latest", "earliest"), ("most expensive", "cheapest"))
    broken = []
    for task in sampled(**HEAVY):
        text = task.model_dump_json()
        for one, other in words:
            if f" {one}" in text:
                scenario = task.scenario.model_dump_json().replace(f" {one}", f" {other}")
                changed = type(task.scenario).model_validate_json(scenario)
                values = [f.value for r in changed.requests for f in r.facts]
                assert values == [f.value for r in task.scenario.requests for f in r.facts]
                broken.append(task.model_copy(update={"scenario": changed}))
                break
    assert caught(broken) >= 5


def test_a_read_too_many_or_too_few_is_caught():
    broken = []
    for task in sampled(**HEAVY):
        write = task.gold_writes[0]
        fewer = write.model_copy(update={"evidence": write.evidence[:-1]})
        other = next(p for p in WORLD.db.products if p not in str(write.evidence))
        more = (*write.evidence, Call("get_product_details", {"product_id": other}))
        for changed in (fewer, write.model_copy(update={"evidence": more})):
            burden = len(changed.evidence)
            certificate = task.certificate.model_copy(
                update={"evidence_burden": burden, "evidence_total": burden}
            )
            broken.append(
                task.model_copy(update={"gold_writes": (changed,), "certificate": certificate})
            )
    assert caught(broken) == 2 * COUNT


def moved(fact: Fact) -> Fact:
    """Return the fact of another zip code."""
    text = fact.text.replace(fact.value, "00000")
    return fact.model_copy(update={"value": "00000", "text": text})


def test_an_identity_that_fits_somebody_else_is_caught():
    broken = []
    for task in sampled(**HEAVY):
        facts = [moved(fact) if fact.slot == "zip" else fact for fact in task.scenario.identity]
        scenario = task.scenario.model_copy(update={"identity": tuple(facts)})
        broken.append(task.model_copy(update={"scenario": scenario}))
    assert caught(broken) == COUNT


def test_a_write_that_another_one_makes_needless_is_caught():
    broken = []
    for task in sampled(intents=("change_order_address",), write_count=1, evidence_burden=(1, 3)):
        write = task.gold_writes[0]
        detour = write.model_copy(update={"arguments": {**write.arguments, "address2": "Box 1"}})
        broken.append(with_gold(task, [detour, write]))
    assert caught(broken) == COUNT


def test_an_id_of_the_gold_in_the_users_words_is_caught():
    broken = []
    for task in sampled(**HEAVY):
        write = task.gold_writes[0]
        ids = [v for n, v in write.arguments.items()
               if write.provenance[n] == "read" and n.endswith("_id")]  # fmt: skip
        if ids:
            request = task.scenario.requests[0]
            text = f"{request.text} I think it is {ids[0]}."
            request = request.model_copy(update={"text": text})
            scenario = task.scenario.model_copy(update={"requests": (request,)})
            broken.append(task.model_copy(update={"scenario": scenario}))
    assert caught(broken) >= 5


def test_a_wrong_reason_or_a_wrong_fact_of_a_refusal_is_caught():
    broken = []
    for task in sampled(**REFUSED):
        certificate = task.certificate.model_copy(update={"reason": "because"})
        if task.certificate.reason not in ("information_only", "outside"):
            broken.append(task.model_copy(update={"certificate": certificate}))
        due = tuple(item.model_copy(update={"value": "nonsense"}) for item in task.due)
        if due:
            broken.append(task.model_copy(update={"due": due}))
    assert caught(broken) >= COUNT


def test_good_tasks_pass():
    for config in (HEAVY, REFUSED):
        for task in sampled(count=10, **config):
            assert check_task(task, RETAIL, WORLD) == []
            other = replace_nothing(task)
            assert other == task


def replace_nothing(task: Task) -> Task:
    """Return a task through the way of the faults, without a fault."""
    again = solved_again(task)
    assert again is not None
    return with_gold(again, [w.model_copy() for w in again.gold_writes])
