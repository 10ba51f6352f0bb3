"""Faults put into solvers, rules, operators and certificates: the checker catches every one."""

from collections.abc import Callable

import pytest

from writ_gym.certificates.checking import check_task
from writ_gym.domain import load_domain
from writ_gym.domains.retail.intents import base, conditions, delivered, pending, reading
from writ_gym.tasks import Call, Fact

RETAIL = load_domain("retail")
WORLD = RETAIL.world()


@pytest.fixture(scope="module")
def mutants(mutants_of):
    return mutants_of(RETAIL)


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
        {"write_count": 0, "evidence_burden": (3, 8)}, base, "check_condition",
        lambda caller, facts: iter(())),
    "what the user claims is believed": (
        {"count": 150, "write_count": 0, "evidence_burden": (1, 4),
         "intents": ("cancel_order", "change_order_address")},
        conditions, "refuted", lambda claim, order: None),
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
def test_a_broken_solver_or_rule_is_caught_in_every_task_that_it_changes(
    fault, monkeypatch, mutants
):
    config, module, name, broken = FAULTS[fault]
    tasks = mutants.sampled(**config)
    monkeypatch.setattr(module, name, broken)
    changed = mutants.changed_by(tasks)
    assert mutants.caught(changed) >= 2, "the fault shows in too few tasks"


def test_a_sentence_that_says_something_else_is_caught(mutants):
    words = (("highest", "lowest"), ("latest", "earliest"), ("most expensive", "cheapest"))
    broken = []
    for task in mutants.sampled(**HEAVY):
        text = task.model_dump_json()
        for one, other in words:
            if f" {one}" in text:
                scenario = task.scenario.model_dump_json().replace(f" {one}", f" {other}")
                changed = type(task.scenario).model_validate_json(scenario)
                values = [f.value for r in changed.requests for f in r.facts]
                assert values == [f.value for r in task.scenario.requests for f in r.facts]
                broken.append(task.model_copy(update={"scenario": changed}))
                break
    assert mutants.caught(broken) >= 5


def test_a_read_too_many_or_too_few_is_caught(mutants):
    broken = []
    for task in mutants.sampled(**HEAVY):
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
    assert mutants.caught(broken) == 2 * mutants.count


def moved(fact: Fact) -> Fact:
    """Return the fact of another zip code."""
    text = fact.text.replace(fact.value, "00000")
    return fact.model_copy(update={"value": "00000", "text": text})


def test_an_identity_that_fits_somebody_else_is_caught(mutants):
    broken = []
    for task in mutants.sampled(**HEAVY):
        facts = [moved(fact) if fact.slot == "zip" else fact for fact in task.scenario.identity]
        scenario = task.scenario.model_copy(update={"identity": tuple(facts)})
        broken.append(task.model_copy(update={"scenario": scenario}))
    assert mutants.caught(broken) == mutants.count


def test_a_write_that_another_one_makes_needless_is_caught(mutants):
    broken = []
    for task in mutants.sampled(
        intents=("change_order_address",), write_count=1, evidence_burden=(1, 3)
    ):
        write = task.gold_writes[0]
        detour = write.model_copy(update={"arguments": {**write.arguments, "address2": "Box 1"}})
        broken.append(mutants.with_gold(task, [detour, write]))
    assert mutants.caught(broken) == mutants.count


def test_an_id_of_the_gold_in_the_users_words_is_caught(mutants):
    broken = []
    for task in mutants.sampled(**HEAVY):
        write = task.gold_writes[0]
        ids = [v for n, v in write.arguments.items()
               if write.provenance[n] == "read" and n.endswith("_id")]  # fmt: skip
        if ids:
            request = task.scenario.requests[0]
            text = f"{request.text} I think it is {ids[0]}."
            request = request.model_copy(update={"text": text})
            scenario = task.scenario.model_copy(update={"requests": (request,)})
            broken.append(task.model_copy(update={"scenario": scenario}))
    assert mutants.caught(broken) >= 5


def test_a_wrong_reason_or_a_wrong_fact_of_a_refusal_is_caught(mutants):
    broken = []
    for task in mutants.sampled(**REFUSED):
        certificate = task.certificate.model_copy(update={"reason": "because"})
        if task.certificate.reason not in ("information_only", "outside"):
            broken.append(task.model_copy(update={"certificate": certificate}))
        due = tuple(item.model_copy(update={"value": "nonsense"}) for item in task.due)
        if due:
            broken.append(task.model_copy(update={"due": due}))
    assert mutants.caught(broken) >= mutants.count


def test_good_tasks_pass(mutants):
    for config in (HEAVY, REFUSED):
        for task in mutants.sampled(count=10, **config):
            assert check_task(task, RETAIL, WORLD) == []
            other = replace_nothing(task, mutants)
            assert other == task


def replace_nothing(task, mutants):
    """Return a task through the way of the faults, without a fault."""
    again = mutants.solved_again(task)
    assert again is not None
    return mutants.with_gold(again, [w.model_copy() for w in again.gold_writes])
