"""The kit holds for a domain that is not the library."""

import asyncio
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from writ_gym import SamplerConfig, TaskSampler
from writ_gym.certificates.checking import check_task
from writ_gym.datasets.filters import FILTERS
from writ_gym.directory import DOMAINS
from writ_gym.policies import load_policy
from writ_gym.runs.rollouts import Rollout, play
from writ_gym.users.scripted import USERS


@pytest.fixture(scope="module")
def bikes():
    """Return the other domain, which is found by its name."""
    spec = spec_from_file_location("bikes", Path(__file__).with_name("bikes.py"))
    module = module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "bikes", module)
        spec.loader.exec_module(module)
        patch.setitem(DOMAINS, "bikes", "bikes:DOMAIN")
        yield module.DOMAIN


@pytest.mark.parametrize(
    "config",
    [
        {"write_count": 1, "evidence_burden": (1, 2)},
        {"write_count": 1, "evidence_burden": (4, 6)},
        {"write_count": (2, 3), "evidence_burden": (0, 4)},
        {"write_count": 0},
        {"write_count": (0, 2), "behaviours": ("all",), "split": "test"},
    ],
)
def test_tasks_are_proved_and_the_oracle_solves_them(bikes, config):
    sampler = TaskSampler(bikes, SamplerConfig.model_validate(config), thorough=True)
    tasks = list(sampler.tasks(0, 12))
    assert [finding for task in tasks for finding in check_task(task, bikes, bikes.world())] == []
    users = "scripted", USERS["scripted"]
    rollout = Rollout(bikes, bikes.world(), "oracle", load_policy("oracle"), *users)
    records = [asyncio.run(play(rollout, task)) for task in tasks]
    assert [record.reward for record in records] == [1.0] * len(tasks)
    for record in records:
        assert {name: why for name, keep in FILTERS.items() if (why := keep(record))} == {}


def test_heavy_tasks_have_light_twins(bikes):
    sampler = TaskSampler(bikes, SamplerConfig(write_count=1, evidence_burden=(4, 6)))
    for task in sampler.tasks(0, 5):
        twin = sampler.twin(task)
        assert twin.certificate.evidence_burden <= 2
        assert twin.gold_writes[0].arguments == task.gold_writes[0].arguments


def test_every_reason_to_refuse_comes_up(bikes):
    sampler = TaskSampler(bikes, SamplerConfig(write_count=0), thorough=True)
    reasons = {task.certificate.reason for task in sampler.tasks(0, 60)}
    assert reasons == {"other_rider", "closed_before", "no_such_ride", "outside"}
