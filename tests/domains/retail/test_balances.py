"""Requests that share a balance: what pays for one hangs on what another one has spent."""

import asyncio
from itertools import permutations

from writ_gym.certificates.checking import check_task
from writ_gym.domain import load_domain
from writ_gym.domains.retail.texts import ASKING, state
from writ_gym.domains.retail.wishes import FirstCovering, OfKind, plain
from writ_gym.policies import load_policy
from writ_gym.runs.rollouts import Rollout, play
from writ_gym.sampling.drafts import Draft
from writ_gym.seeding import rng_for
from writ_gym.tasks import Fact, Request, SamplerConfig, Scenario, Task, split_at
from writ_gym.users.scripted import USERS

RETAIL = load_domain("retail")
WORLD = RETAIL.world()
FULLEST = {"gift_card": "highest"}


def balances_of(user):
    methods = WORLD.db.users[user].payment_methods
    return {key: method.balance for key, method in methods.items() if hasattr(method, "balance")}


def shared(cards):
    """Yield users with so many gift cards, two pending orders, and the cards by their balance.

    Every card can pay for either order; once the fullest has paid for the first, it is no longer
    the fullest, nor enough for the second.
    """
    for user, profile in WORLD.db.users.items():
        balances = balances_of(user)
        orders = [
            order for key in profile.orders
            if (order := WORLD.db.orders[key]).status == "pending"
            and order.payment_history[0].payment_method_id not in balances
        ]  # fmt: skip
        for pair in permutations(orders, 2) if len(balances) == cards else ():
            first, second = (order.payment_history[0].amount for order in pair)
            most, *others = sorted(balances.values(), reverse=True)
            enough = max(first, second) <= min(balances.values())
            if enough and most - first < min(second, *others, most):
                by_balance = sorted(balances, key=balances.__getitem__, reverse=True)
                yield user, [order.order_id for order in pair], by_balance


def other_cards(user, order):
    """Yield credit cards that did not pay for an order, as the user tells them, with their ids."""
    paid = WORLD.db.orders[order].payment_history[0].payment_method_id
    for key, method in WORLD.db.users[user].payment_methods.items():
        if key.startswith("credit_card") and key != paid:
            yield OfKind(kind="credit_card", last_four=method.last_four), key


def request(order, payment, style, seed):
    intent = "change_order_payment"
    values = {"order": {"id": order}, "payment": payment}
    facts = [
        Fact(
            slot=slot, value=value, text=state(intent, slot, value, rng_for(seed, slot), style),
            literal="first_covering" not in value,
        )
        for slot, value in values.items()
    ]  # fmt: skip
    text = ASKING.ask(intent, rng_for(seed), style, values)
    operators = ("payment_choice",)
    return Request(intent=intent, text=text, facts=tuple(facts), operators=operators)


def task_of(user, wanted):
    """Return the task of a user who wants orders to be paid in other ways."""
    config = SamplerConfig(write_count=len(wanted), evidence_burden=(0, 4), split=split_at(user))
    draft = Draft(RETAIL, WORLD, user, config.split, rng_for(1), thorough=True)
    for seed, (order, payment) in enumerate(wanted):
        draft.take(request(order, payment, draft.style, seed), 1, (0, 4))
    made = draft.certifier.finish(draft.session)
    scenario = Scenario(
        identity=draft.identity, unknown=draft.unknown, requests=tuple(draft.requests), seed=1
    )
    return Task(
        domain="retail", world=WORLD.ref, seed=1, config=config, scenario=scenario,
        gold_writes=made.gold_writes, due=made.due, certificate=made.certificate,
    )  # fmt: skip


def paying(task):
    return [write.arguments["payment_method_id"] for write in task.gold_writes]


def played(task):
    rollout = Rollout(RETAIL, WORLD, "o", load_policy("oracle"), "scripted", USERS["scripted"])
    return asyncio.run(play(rollout, task)).reward


def test_the_card_with_the_most_on_it_is_another_one_once_it_has_paid():
    user, (one, other), cards = next(shared(2))
    task = task_of(user, [(one, FULLEST), (other, FULLEST)])
    assert paying(task) == cards
    assert paying(task_of(user, [(other, FULLEST)])) == cards[:1]
    assert not task.certificate.orders_agree
    assert check_task(task, RETAIL, WORLD) == []
    assert played(task) == 1.0


def test_the_first_method_that_covers_it_is_the_next_one_once_the_first_has_paid():
    user, (one, other), (card,), (credit, second) = next(
        (*found, other) for found in shared(1) for other in other_cards(found[0], found[1][1])
    )
    covering = plain(FirstCovering(first_covering=(OfKind(kind="gift_card"), credit)))
    task = task_of(user, [(one, plain(OfKind(kind="gift_card"))), (other, covering)])
    assert paying(task) == [card, second]
    assert paying(task_of(user, [(other, covering)])) == [card]
    assert not task.certificate.orders_agree
    assert check_task(task, RETAIL, WORLD) == []
    assert played(task) == 1.0
