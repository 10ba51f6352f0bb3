"""A task and its proof as text."""

import pytest

from writ_gym.reports.explaining import explain
from writ_gym.sampling.sampler import TaskSampler
from writ_gym.tasks import SamplerConfig


@pytest.mark.parametrize(("writes", "share"), [(1, 0.0), (0, 0.0), (2, 1.0)])
def test_every_request_is_told_and_what_comes_to_no_write_with_its_reason(
    retail, shop, writes, share
):
    config = SamplerConfig(write_count=writes, unwritten_share=share)
    for task in TaskSampler(retail, config, shop).tasks(0, 4):
        text, reason = explain(task), task.certificate.reason
        assert all(request.text in text for request in task.scenario.requests)
        assert text.count("Right is ") == writes
        assert "(retail, train split, seed " in text
        assert ("Nothing may be written" in text) == (writes == 0)
        assert f"({reason}). Evidence:" in text or reason is None
        if share:
            assert f"Request {task.unwritten[0] + 1} comes to no write ({reason})" in text
        assert all(str(item.value) in text for item in task.due)
