"""What a sampler draws: how tasks without writes end, and which intents come up how often."""

from collections import Counter
from dataclasses import replace

import pytest

from writ_gym.directory import OWN
from writ_gym.domain import load_domain
from writ_gym.sampling import ENDINGS, TaskSampler
from writ_gym.solving import Outcome, Write
from writ_gym.tasks import SamplerConfig

COUNT = 120


def ending(domain, task):
    """Return how a task without writes ends, by what is due in it."""
    if any(due.kind == "hand_over" for due in task.due):
        return "handed_over"
    reason = task.certificate.reason
    if reason == "information_only":
        return "information"
    return "unmet" if reason in domain.unmet else "forbidden"


@pytest.mark.parametrize("name", [*OWN, "library"])
def test_tasks_without_writes_end_in_every_way_and_in_none_most_of_the_time(name, request):
    if name not in OWN:
        request.getfixturevalue(name)
    domain = load_domain(name)
    sampler = TaskSampler(domain, SamplerConfig(write_count=(0, 0)))
    found = Counter(ending(domain, task) for task in sampler.tasks(0, COUNT))
    assert found.keys() == ENDINGS.keys()
    assert min(found.values()) >= 0.06 * COUNT
    assert max(found.values()) <= 0.5 * COUNT


@pytest.mark.parametrize("name", OWN)
def test_heavy_tasks_without_writes_are_not_all_questions(name):
    domain = load_domain(name)
    sampler = TaskSampler(domain, SamplerConfig(write_count=(0, 0), evidence_burden=(8, 9)))
    found = Counter(ending(domain, task) for task in sampler.tasks(0, 40))
    assert found["forbidden"] + found["unmet"] >= 8


def test_where_only_questions_are_wanted_only_questions_come():
    domain = load_domain("retail")
    config = SamplerConfig(write_count=(0, 0), evidence_burden=(1, 4), intents=("about_product",))
    tasks = TaskSampler(domain, config).tasks(0, 5)
    assert [ending(domain, task) for task in tasks] == ["information"] * 5


def test_an_outcome_says_how_a_request_ends():
    domain = load_domain("retail")
    assert domain.ending(Outcome("", writes=(Write("cancel", {}, {}),))) is None
    assert domain.ending(Outcome("", reason="outside", hand_over="for a human")) == "handed_over"
    assert domain.ending(Outcome("", reason="not_available")) == "unmet"
    assert domain.ending(Outcome("", reason="not_pending")) == "forbidden"
    assert domain.ending(Outcome("")) == "information"


def test_an_intent_that_is_to_come_often_comes_more_often():
    domain = load_domain("telecom")
    repairs = {"fix_service", "fix_data", "fix_mms"}
    assert repairs == domain.often.keys()
    config = SamplerConfig(write_count=(1, 1), evidence_burden=(1, 4))
    shares = []
    for often in ({}, domain.often):
        sampler = TaskSampler(replace(domain, often=often), config, domain.world())
        tasks = sampler.tasks(0, 2 * COUNT)
        shares.append(sum(task.scenario.requests[0].intent in repairs for task in tasks))
    assert shares[1] >= 1.5 * shares[0] > 0
