"""Evidence is sufficient: nothing else is right, whatever orders are like that no read shows.

The edits are not those of the proof: every order of the caller's that no read shows gets other
totals, numbers of items and statuses, alone and together.
"""

from itertools import product

import pytest

from writ_gym.certificates.walking import answer_of, walk
from writ_gym.domain import load_domain
from writ_gym.meaning.proofs import UnclearError
from writ_gym.sampling.sampler import TaskSampler
from writ_gym.tasks import Edit, SamplerConfig

RETAIL = load_domain("retail")
WORLD = RETAIL.world()
PROOF = RETAIL.proof
TOTALS = (None, 1.0, 60.0, 200.0, 500.0, 3000.0)
COUNTS = (None, 1, 2, 4, 5)
STATUSES = (None, "pending", "delivered")


def shapes():
    """Yield other shapes of an order, as arguments of the edit that gives it one."""
    for values in product(TOTALS, COUNTS, STATUSES):
        shape = dict(zip(("total", "count", "status"), values, strict=True))
        if told := {name: value for name, value in shape.items() if value is not None}:
            yield told


def refuted(task):
    """Yield the edits that no counted read shows, and after which something else is right."""
    (turn,) = walk(task, RETAIL, WORLD)
    moment = turn.moment
    evidence = [call for write in task.gold_writes for call in write.evidence]
    calls = [*turn.known, *evidence, *task.certificate.evidence]
    answers = [turn.moment.answer(call) for call in calls]
    shown = {key for call in calls for table, key in PROOF.records(moment.session, call)}
    *_, (_, _, keeps) = turn.claims(task)
    for key in moment.session.users[moment.caller].orders:
        for shape in shapes() if key not in shown else ():
            edited = moment.session.fork()
            PROOF.apply(edited, Edit(name="set_order", arguments={"order_id": key, **shape}))
            if [answer_of(RETAIL, edited, call) for call in calls] != answers:
                continue
            try:
                after = PROOF.meaning(edited, moment.caller, moment.request)
            except UnclearError:
                continue
            if not keeps(after):
                yield key, shape


CONFIGS = {
    "answers": SamplerConfig(write_count=0, evidence_burden=(0, 8), intents=("about_order",)),
    "heavy": SamplerConfig(write_count=1, evidence_burden=(5, 12)),
    "light": SamplerConfig(write_count=1, evidence_burden=(0, 4)),
}


@pytest.mark.parametrize("name", CONFIGS)
def test_orders_that_no_read_shows_do_not_matter_whatever_they_are_like(name):
    sampler = TaskSampler(RETAIL, CONFIGS[name], WORLD, thorough=True)
    tasks = [task for task in sampler.tasks(2, 60) if len(task.scenario.requests) == 1]
    assert len(tasks) == 60
    unread = 0
    for task in tasks:
        assert list(refuted(task)) == [], task.task_id
        unread += len(WORLD.db.users[task.certificate.caller].orders)
    assert unread > 100
