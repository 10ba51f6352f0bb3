"""A preference that comes late: what the user wants at first, and then wants to be otherwise."""

import pytest

from writ_gym.directory import OWN
from writ_gym.domain import load_domain
from writ_gym.sampling.sampler import TaskSampler
from writ_gym.tasks import SamplerConfig


@pytest.mark.parametrize("name", OWN)
def test_minds_change_about_nearly_anything_that_takes_much_reading(name):
    domain = load_domain(name)
    config = SamplerConfig(write_count=1, evidence_burden=(5, 12), behaviours=("changes_mind",))
    tasks = list(TaskSampler(domain, config).tasks(5, 40))
    facts = [fact for task in tasks for fact in task.scenario.requests[0].facts if fact.earlier]
    assert len(facts) >= 30
    ranked = [fact for fact in facts if "'by': '" in str(fact.value)]
    assert len(ranked) >= 15
    for fact in ranked:
        assert domain.faithful(fact.slot, fact.earlier.value, fact.earlier.text) is None
        assert domain.faithful(fact.slot, fact.value, fact.earlier.text)
