"""Grids with quotas: cells, presets, what cannot be filled, and the crossed cell."""

import pytest

from writ_gym.domain import load_domain
from writ_gym.errors import TaskError
from writ_gym.sampling.grids import (
    PRESETS,
    Done,
    GridReport,
    Quota,
    crossed,
    grid,
    sample_grid,
    writ_2k,
)
from writ_gym.sampling.sampler import TaskSampler
from writ_gym.tasks import Fact, Request, SamplerConfig

RETAIL = load_domain("retail")


def filled(quotas: list[Quota], seed: int = 0) -> tuple[list, GridReport]:
    report = GridReport()
    return list(sample_grid(RETAIL, RETAIL.world(), quotas, seed, report)), report


def test_a_grid_shares_its_count_out_evenly_over_the_cells_that_can_be():
    quotas = grid(SamplerConfig(), range(7), range(16), 10_000)
    assert sum(quota.count for quota in quotas) == 10_000
    counts = [quota.count for quota in quotas]
    assert max(counts) - min(counts) <= 1
    cells = {(q.config.write_count[0], q.config.evidence_burden[0]) for q in quotas}
    assert len(cells) == len(quotas) == 7 * 16 - 5
    assert (1, 0) in cells
    assert (2, 0) not in cells


def test_every_cell_of_a_grid_is_filled_exactly_and_no_two_tasks_are_equal():
    quotas = grid(SamplerConfig(), (0, 1, 3), (1, 4), 24)
    tasks, report = filled(quotas)
    assert report.filled == len(tasks) == 24
    assert report.missing == []
    found = [(t.certificate.write_count, t.certificate.evidence_burden) for t in tasks]
    assert {cell: found.count(cell) for cell in found} == {
        (w, b): 4 for w in (0, 1, 3) for b in (1, 4)
    }
    assert len({task.content for task in tasks}) == 24


def test_a_task_in_other_words_and_with_other_seeds_is_the_same_task():
    (task,), _ = filled([Quota(config=SamplerConfig(write_count=(2, 2)), count=1)])
    first, *rest = task.scenario.requests
    said = [
        fact.model_copy(update={"text": "So it is.", "opening": not fact.opening, "earlier": fact})
        for fact in first.facts
    ]
    reworded = first.model_copy(update={"text": "I have a wish.", "facts": tuple(said[::-1])})
    scenario = task.scenario.model_copy(
        update={
            "seed": task.scenario.seed + 1, "requests": (*rest, reworded), "unknown": ("email",),
            "identity": task.scenario.identity[:1], "disclosure": "all_at_once",
        }
    )  # fmt: skip
    other = task.model_copy(update={"seed": task.seed + 1, "scenario": scenario})
    assert other.task_id != task.task_id
    assert other.content == task.content
    for changed in (
        {"behaviours": ("terse",)},
        {"requests": (*rest, first.model_copy(update={"facts": first.facts[1:]}))},
        {"requests": (*rest, first.model_copy(update={"intent": "another"}))},
    ):
        elsewhere = task.scenario.model_copy(update=changed)
        assert task.model_copy(update={"scenario": elsewhere}).content != task.content
    for changed in ({"goal_fingerprint": "another"}, {"caller": "another"}):
        certificate = task.certificate.model_copy(update=changed)
        assert task.model_copy(update={"certificate": certificate}).content != task.content


def test_where_one_record_alone_is_meant_it_makes_no_difference_which_would_be_first():
    (task,), _ = filled([Quota(config=SamplerConfig(write_count=1, evidence_burden=2), count=1)])

    def content(**choice):
        fact = Fact(slot="order", value={"sent_to": {"where": [], **choice}}, text="")
        request = Request(intent="cancel_order", text="", facts=(fact,))
        scenario = task.scenario.model_copy(update={"requests": (request,)})
        return task.model_copy(update={"scenario": scenario}).content

    alone = {content(), content(rank=2, extreme="lowest"), content(by=None, rank=1)}
    ranked = {content(by="total", rank=rank, extreme=end)
              for rank in (1, 2) for end in ("lowest", "highest")}  # fmt: skip
    assert len(alone) == 1
    assert len(ranked | alone) == 5


def test_drafts_of_the_crossed_cell_leave_enough_for_one_another():
    telecom = load_domain("telecom")
    config = SamplerConfig(write_count=(3, 3), evidence_burden=(5, 15), least_burden=5)
    sampler = TaskSampler(telecom, config, telecom.world())
    tasks = list(sampler.tasks(0, 12))
    assert all(write.burden >= 5 for task in tasks for write in task.gold_writes)
    assert sampler.rejected["no request of this burden was drawn"] <= 4 * len(tasks)
    assert len({request.intent for task in tasks for request in task.scenario.requests}) >= 4


def test_in_the_crossed_cell_every_single_write_is_heavy():
    tasks, _ = filled(crossed(SamplerConfig(), 3))
    for task in tasks:
        assert len(task.gold_writes) >= 3
        assert all(write.burden >= 5 for write in task.gold_writes)


def test_cells_that_cannot_be_get_no_quota():
    base = SamplerConfig(least_burden=4)
    cells = {quota.cell for quota in grid(base, [2, 3], range(3, 6), 8)}
    assert cells == {f"{w} x {b}, each write 4 or more" for w in (2, 3) for b in (4, 5)}
    with pytest.raises(TaskError, match="No cell of the grid can exist with a least_burden of 4"):
        grid(base, [2], range(3), 8)
    with pytest.raises(TaskError, match="leave out zero_write"):
        grid(SamplerConfig(zero_write=0.5), [0, 1], range(3), 8)


def test_the_preset_has_read_heavy_write_intensive_normal_and_zero_write_tasks():
    quotas = writ_2k(SamplerConfig(), 2000)
    assert sum(quota.count for quota in quotas) == 2000
    assert [quota.config.write_count for quota in quotas] == [(1, 1), (3, 6), (1, 2), (0, 0)]
    assert [quota.config.unwritten_share for quota in quotas] == [0.0, 0.15, 0.15, 0.0]
    assert [quota.config.least_candidates for quota in quotas] == [4, 1, 1, 1]
    of_all = writ_2k(SamplerConfig(unwritten_share=0.5), 2000)
    assert [quota.config.unwritten_share for quota in of_all] == [0.5, 0.5, 0.5, 0.5]


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_keeps_the_rest_of_the_config(preset):
    for quota in PRESETS[preset](SamplerConfig(split="test"), 10):
        assert quota.config.split == "test"


def test_a_cell_that_cannot_be_filled_is_said_after_which_effort_and_the_others_go_on():
    quotas = [
        Quota(config=SamplerConfig(write_count=(9, 9), evidence_burden=(30, 30)), count=3),
        Quota(config=SamplerConfig(write_count=(1, 1), evidence_burden=(1, 1)), count=2),
    ]
    tasks, report = filled(quotas)
    assert len(tasks) == 2
    (missing,) = report.missing
    assert missing.cell == "9 x 30"
    assert "drafts" in missing.problem
    assert "none of them can have one" in missing.problem


def test_a_grid_goes_on_after_any_of_its_tasks_as_if_it_had_not_stopped():
    empty = SamplerConfig(write_count=(0, 0), evidence_burden=(40, 40))
    quotas = [*grid(SamplerConfig(), (0, 1), (1, 2), 8), Quota(config=empty, count=2)]
    quotas += grid(SamplerConfig(), (2,), (1,), 2)
    tasks, whole = filled(quotas)
    done = [Done(task.seed, task.content) for task in tasks]
    for count in (1, 2, 7, 8, 9, 10):
        report = GridReport()
        rest = sample_grid(RETAIL, RETAIL.world(), quotas, 0, report, done[:count])
        assert list(rest) == tasks[count:]
        assert [(cell.filled, cell.problem) for cell in report.cells] == [
            (cell.filled, cell.problem) for cell in whole.cells
        ]


def test_a_grid_is_the_same_whichever_number_of_processes_fill_it():
    empty = SamplerConfig(write_count=(0, 0), evidence_burden=(40, 40))
    quotas = [*grid(SamplerConfig(), (0, 1), (1, 2), 12), Quota(config=empty, count=2)]
    tasks, whole = filled(quotas)
    done = [Done(task.seed, task.content) for task in tasks]
    report = GridReport()
    rest = sample_grid(RETAIL, RETAIL.world(), quotas, 0, report, done[:2], jobs=2)
    assert list(rest) == tasks[2:]
    assert report.cells[1:] == whole.cells[1:]  # less was drawn for the first


def test_a_grid_does_not_go_on_after_tasks_that_are_not_its_own():
    quotas = grid(SamplerConfig(), (0, 1), (1, 2), 8)
    with pytest.raises(TaskError, match="not those that these settings give"):
        list(sample_grid(RETAIL, RETAIL.world(), quotas, 0, GridReport(), [Done(1, "other")]))


def test_the_crossed_cell_is_filled_by_tasks_of_many_users():
    for quota in crossed(SamplerConfig(), 18):
        tasks, report = filled([quota])
        assert not report.missing
        assert all(min(write.burden for write in task.gold_writes) >= 5 for task in tasks)
        assert len({task.certificate.caller for task in tasks}) > len(tasks) / 2


def test_a_cell_without_so_many_different_tasks_is_said_to_be_exhausted(monkeypatch):
    monkeypatch.setattr("writ_gym.sampling.grids.NOTHING_NEW", 20)
    config = SamplerConfig(write_count=0, split="test", intents=("about_gift_card",))
    tasks, report = filled([Quota(config=config, count=1_000)])
    (missing,) = report.missing
    assert 1 < missing.filled == len(tasks) == len({task.content for task in tasks}) < 30
    assert f"only {len(tasks)} different tasks among " in missing.problem
