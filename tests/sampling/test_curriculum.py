"""Curriculum levels, and the scheduler from success rates to a level."""

import pytest

from writ_gym.domain import load_domain
from writ_gym.sampling.curriculum import LEVELS, Scheduler
from writ_gym.sampling.sampler import TaskSampler


def test_the_scheduler_goes_up_when_things_go_well_and_down_when_they_do_not():
    scheduler = Scheduler(window=10)
    for _ in range(9):
        assert scheduler.record(True) == 0
    assert scheduler.record(True) == 1
    assert scheduler.success_rate is None
    for _ in range(10):
        scheduler.record(False)
    assert scheduler.level == 0


def test_the_scheduler_stays_between_the_first_and_the_last_level():
    scheduler = Scheduler(levels=LEVELS[:2], window=1)
    assert [scheduler.record(True) for _ in range(4)] == [1, 1, 1, 1]
    assert [scheduler.record(False) for _ in range(3)] == [0, 0, 0]


def test_a_middling_success_rate_keeps_the_level():
    scheduler = Scheduler(window=4)
    for success in (True, False, True, False, True, False):
        assert scheduler.record(success) == 0
    assert scheduler.success_rate == 0.5


@pytest.mark.parametrize("wrong", [{"levels": ()}, {"window": 0}, {"up": 0.1, "down": 0.2}])
def test_a_scheduler_that_makes_no_sense_is_an_error(wrong):
    with pytest.raises(ValueError, match="curriculum"):
        Scheduler(**wrong)


@pytest.mark.parametrize("level", LEVELS[:-1], ids=str)
def test_every_level_can_be_sampled(level):
    task = TaskSampler(load_domain("retail"), level).sample(1)
    assert task.config == level
