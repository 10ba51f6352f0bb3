"""Statistics: what is counted is what is there, in the file, the tables and the pictures."""

import sys
from collections import Counter

import pytest

from writ_gym.errors import StoreError, TaskError, WritGymError
from writ_gym.reports.plots import draw, histograms, plane
from writ_gym.reports.statistics import Statistics, scenario_text, statistics_of, summary
from writ_gym.reports.tables import aligned, tables
from writ_gym.reports.tables import plane as table
from writ_gym.runs.task_files import write_tasks
from writ_gym.sampling.sampler import TaskSampler
from writ_gym.tasks import Measures, SamplerConfig

MEASURES = Measures(candidates=7, tokens=900, depth=3, spread=2, reference_reads=9)


@pytest.fixture(scope="module")
def tasks(retail, shop):
    return list(TaskSampler(retail, SamplerConfig(), shop).tasks(0, 30))


@pytest.fixture
def path(tmp_path, tasks):
    file = tmp_path / "tasks.jsonl"
    write_tasks(file, tasks)
    return file


@pytest.fixture
def measured(tasks):
    """Return tasks with what a checker measures on each write, operators and behaviours."""
    made = []
    for task in tasks:
        writes = [write.model_copy(update={"measures": MEASURES}) for write in task.gold_writes]
        requests = [
            request.model_copy(update={"operators": ("superlative", "rank")})
            for request in task.scenario.requests
        ]
        scenario = task.scenario.model_copy(
            update={"requests": tuple(requests), "behaviours": ("terse",)}
        )
        measures = None if writes else MEASURES
        certificate = task.certificate.model_copy(update={"measures": measures})
        changes = {
            "gold_writes": tuple(writes), "scenario": scenario, "certificate": certificate,
        }  # fmt: skip
        made.append(task.model_copy(update=changes))
    return made


def test_what_requests_come_to_is_counted_and_so_are_the_reads_of_both_kinds(retail, shop):
    found = Statistics("tasks")
    for share, writes, count in ((1.0, (1, 2), 6), (0.0, (1, 2), 4), (0.0, (0, 0), 3)):
        config = SamplerConfig(write_count=writes, unwritten_share=share)
        for task in TaskSampler(retail, config, shop).tasks(0, count):
            before = sum(found.values["reads_needed"])
            found.add_task(task)
            reads = [w.burden for w in task.gold_writes] + [len(task.certificate.evidence)]
            assert sum(found.values["reads_needed"]) - before == sum(reads)
    assert found.counts["outcomes"] == {"writes and none": 6, "writes": 4, "no writes": 3}
    assert found.counts["reasons"].total() == 9
    assert "What the requests of a task come to" in tables(found)


def test_a_file_of_tasks_is_counted(path, tasks):
    found = statistics_of(path)
    assert (found.unit, found.count) == ("tasks", 30)
    certificates = [task.certificate for task in tasks]
    assert found.plane == Counter((c.write_count, c.evidence_burden) for c in certificates)
    assert found.counts["splits"] == {"train": 30}
    assert found.counts["intents"] == Counter(
        request.intent for task in tasks for request in task.scenario.requests
    )
    assert found.counts["reasons"] == Counter(c.reason for c in certificates if not c.write_count)
    distributions = found.distributions()
    assert distributions["reads_needed"] == summary([c.evidence_total for c in certificates])
    assert distributions["burden_per_write"]["max"] == max(
        write.burden for task in tasks for write in task.gold_writes
    )
    assert "turns" not in distributions
    measures = [m for c in certificates if (m := c.measures)]
    measures += [m for task in tasks for write in task.gold_writes if (m := write.measures)]
    assert distributions["candidates"] == summary([each.candidates for each in measures])
    assert found.mean_reward((1, 1)) is None


def test_a_run_is_counted_with_its_rewards_and_lengths(oracle_run):
    for path in (oracle_run.folder, oracle_run.folder / "episodes.jsonl"):
        found = statistics_of(path)
        assert (found.unit, found.count) == ("episodes", 40)
        assert {found.mean_reward(cell) for cell in found.plane} == {1.0}
        turns = [record.measured.turns for record in oracle_run.records]
        assert found.distributions()["turns"] == summary(turns)
        assert list(found.distributions())[:4] == ["turns", "reads", "writes", "tokens"]


def test_an_episode_without_a_score_does_not_count_as_zero(oracle_run):
    found = Statistics("episodes")
    record = oracle_run.records[0]
    found.add_record(record)
    found.add_record(record.model_copy(update={"reward": None}))
    certificate = record.task.certificate
    cell = certificate.write_count, certificate.evidence_burden
    assert found.mean_reward(cell) == 1.0
    assert found.plane[cell] == 2


def test_what_was_measured_on_each_write_operators_and_behaviours_are_counted(measured):
    found = Statistics("tasks")
    for task in measured:
        found.add_task(task)
    measures = sum(len(task.gold_writes) or 1 for task in measured)
    requests = sum(len(task.scenario.requests) for task in measured)
    assert found.distributions()["candidates"] == summary([7] * measures)
    assert found.distributions()["depth"]["max"] == 3
    assert found.counts["operators"] == {"superlative": requests, "rank": requests}
    assert found.counts["behaviours"] == {"terse": 30}
    text = tables(found)
    for word in ("Operators", "superlative", "Behaviours", "terse", "candidates", "depth"):
        assert word in text


def test_a_summary_says_where_most_values_are():
    assert summary([4, 1, 2, 3]) == {"min": 1, "median": 2.5, "mean": 2.5, "p95": 3.85, "max": 4}
    assert summary(range(101))["p95"] == 95


def test_texts_that_differ_in_numbers_alone_are_one(tasks):
    found = Statistics("tasks")
    task = tasks[0]
    text = task.scenario.requests[0].text
    for number in (1, 22, 333):
        request = task.scenario.requests[0].model_copy(update={"text": f"{text} {number}"})
        scenario = task.scenario.model_copy(update={"requests": (request,)})
        assert f"{text} {number}" in scenario_text(scenario)
        found.add_task(task.model_copy(update={"scenario": scenario}))
    assert found.text_figures()["distinct_texts"] == round(1 / 3, 4)


def test_columns_are_aligned():
    rows = [["", "1", "200"], ["first", "1,000", "."]]
    assert list(aligned(rows)) == ["             1  200", "  first  1,000    ."]


def test_the_plane_is_printed_with_its_sums(path, tasks):
    lines = tables(statistics_of(path)).splitlines()
    start = lines.index("Write count (down) and evidence burden (across)")
    table = [line.split() for line in lines[start + 1 : lines.index("", start)]]
    assert table[0][-1] == table[-1][0] == "all"
    assert table[-1][-1] == "30"
    zero = sum(not task.gold_writes for task in tasks)
    assert table[1][0] == "0"
    assert table[1][-1] == str(zero)
    widths = {len(line) for line in lines[start + 1 : lines.index("", start)]}
    assert len(widths) == 1


def test_pictures_are_drawn(tmp_path, path, oracle_run):
    for number, source in enumerate((path, oracle_run.folder)):
        pictures = draw(statistics_of(source), tmp_path / str(number) / "pictures")
        assert [picture.name for picture in pictures] == ["plane.png", "histograms.png"]
        for picture in pictures:
            assert picture.read_bytes().startswith(b"\x89PNG")


def test_the_counts_stand_in_the_cells(path, oracle_run):
    found = statistics_of(path)
    axes = plane(found).axes[0]
    written = {text.get_position()[::-1]: text.get_text() for text in axes.texts}
    assert written == {cell: str(count) for cell, count in found.plane.items()}
    assert axes.get_title(loc="left").startswith("30 tasks by write count and evidence burden")
    run = statistics_of(oracle_run.folder)
    assert all(text.get_text().endswith("\n1.00") for text in plane(run).axes[0].texts)


def test_histograms_show_what_there_is(path, oracle_run):
    def titles(source):
        shown = [axes for axes in histograms(statistics_of(source)).axes if axes.get_visible()]
        return [axes.get_title(loc="left") for axes in shown]

    assert titles(oracle_run.folder) == [
        "Assistant messages", "Reads made", "Writes made", "Tokens (estimated)",
    ]  # fmt: skip
    assert titles(path) == [
        "Necessary reads of a task", "Writes that a task needs", "Evidence burden of a write",
        "Candidates compared for a write",
    ]  # fmt: skip


def test_every_value_is_in_a_bar():
    for values in ([0], [3, 3], range(0, 1000, 7), [5, 4000]):
        found = Statistics("tasks", count=1)
        found.values["turns"].extend(values)
        bars = histograms(found).axes[0].patches
        assert sum(bar.get_height() for bar in bars) == len(values)
        assert len(bars) <= 45


def test_pictures_have_room_for_what_there_is_and_no_more():
    found = Statistics("episodes", count=200)
    found.plane = Counter({(1, 5): 199, (2, 7): 1})
    axes = plane(found).axes[0]
    assert (list(axes.get_xticks()), list(axes.get_yticks())) == ([5, 6, 7], [1, 2])
    assert {text.get_position() for text in axes.texts} == {(5, 1), (7, 2)}
    found.values["turns"].extend([1.0] * 200)
    found.values["reads"].extend([*range(5)] * 39 + [3000.0] + [4.0] * 4)
    figure = histograms(found)
    one, far = figure.axes[:2]
    figure.canvas.draw()
    low, high = one.get_xlim()
    shown = [tick for tick in one.get_xticklabels() if low <= tick.get_position()[0] <= high]
    assert [tick.get_text() for tick in shown] == ["0", "1", "2"]
    assert far.get_xlim()[1] < 6
    assert far.get_xlabel() == "and 1 larger, up to 3,000"


def test_tables_begin_where_there_is_something():
    found = Statistics("tasks", count=1)
    found.plane = Counter({(2, 7): 1})
    assert list(table(found)) == ["       7  all", "  2    1    1", "  all  1    1"]


def test_without_the_library_the_extra_is_named(monkeypatch, tmp_path, path):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    found = statistics_of(path)
    assert tables(found)
    with pytest.raises(WritGymError, match=r"pip install 'writ-gym\[plots\]'"):
        draw(found, tmp_path / "pictures")
    assert not (tmp_path / "pictures").exists()


def test_a_folder_that_cannot_be_written_is_named(tmp_path, path):
    with pytest.raises(StoreError, match=rf"^Cannot write to {path}: it is a file, and"):
        draw(statistics_of(path), path)


@pytest.mark.parametrize(
    ("content", "error", "complaint"),
    [
        ("", StoreError, "is empty"),
        ("\n\n", StoreError, "is empty"),
        ("nonsense\n", StoreError, "line 1: neither a task nor an episode record"),
        ('{"domain": 1}\n', TaskError, "line 1: Not a task"),
        ('{"episode_id": 1}\n', StoreError, "line 1: not an episode record"),
    ],
)
def test_a_file_that_holds_neither_is_an_error(tmp_path, content, error, complaint):
    path = tmp_path / "file.jsonl"
    path.write_text(content)
    with pytest.raises(error, match=complaint):
        statistics_of(path)
    with pytest.raises(StoreError, match="There is no file"):
        statistics_of(tmp_path / "nowhere")
