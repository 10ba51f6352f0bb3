"""Evaluation: figures as counted by hand, in every group, and nothing missing counted as failed."""

from collections import Counter
from itertools import combinations
from statistics import mean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from writ_gym.errors import StoreError
from writ_gym.evaluation import summary as module
from writ_gym.evaluation.figures import Evaluation, Plan, Use
from writ_gym.evaluation.summary import summarize
from writ_gym.models.chat import Usage
from writ_gym.records import Usages
from writ_gym.reports.score_tables import score_tables

TRIALS = 4
RESULTS = st.lists(
    st.lists(st.sampled_from([True, False, None]), min_size=TRIALS, max_size=TRIALS),
    min_size=1,
    max_size=6,
)
"""For each task and trial whether it passed; None if it has no score."""


@pytest.fixture(scope="module")
def made(oracle_run):
    """Return what makes records of results: one list of trials for each task of the oracle's run.

    A result is True, False, the status of an episode without a score, or None for one that was
    not played.
    """

    def records(*results):
        for index, (record, trials) in enumerate(zip(oracle_run.records, results, strict=False)):
            for trial, result in enumerate(trials):
                if result is not None:
                    yield one(record, index, trial, result)

    def one(record, index, trial, result):
        place = {"index": index, "trial": trial, "episode_id": f"{record.task_id}.{trial}"}
        if isinstance(result, str):
            changes = {"status": result, "reward": None, "reward_components": None}
        else:
            told = {"told": float(result)}
            components = {**record.reward_components, **told}
            changes = {"reward": float(result), "reward_components": components}
        return record.model_copy(update={**place, **changes})

    return records


def rates(group, name="pass_hat"):
    return [rate.value for rate in getattr(group, name)]


@settings(deadline=None, max_examples=40)
@given(results=RESULTS)
def test_rates_and_bounds_are_what_counting_by_hand_gives(made, results):
    found = summarize(made(*results), planned=Plan(tasks=len(results), trials=TRIALS), resamples=50)
    for k in range(1, TRIALS + 1):
        for kind, passes in (("pass_hat", all), ("pass_at", any)):
            rate = getattr(found.total, kind)[k - 1]

            def by_hand(trials, k=k, passes=passes):
                return mean(passes(some) for some in combinations(trials, k))

            scored = [[r for r in trials if r is not None] for trials in results]
            enough = [trials for trials in scored if len(trials) >= k]
            assert (rate.tasks, rate.left_out) == (len(enough), len(results) - len(enough))
            if enough:
                assert rate.value == pytest.approx(mean(map(by_hand, enough)), abs=1e-6)
                assert rate.low <= rate.value + 1e-6
                assert rate.high >= rate.value - 1e-6
            else:
                assert (rate.value, rate.low, rate.high) == (None, None, None)
            for bound, assumed in ((rate.least, False), (rate.most, True)):
                filled = [[assumed if r is None else r for r in trials] for trials in results]
                assert bound == pytest.approx(mean(map(by_hand, filled)), abs=1e-6)
            if not found.total.episodes.missing:
                assert rate.least == rate.value == rate.most


def test_episodes_without_a_score_are_counted_by_what_went_wrong_and_not_as_failed(made):
    results = [
        [True, "user_error", "infra_error"], [True, True, "timeout"], [None, "agent_error", False],
        [None, None, None], [True, True, True],
    ]  # fmt: skip
    found = summarize(made(*results), planned=Plan(tasks=5, trials=3))
    assert found.total.episodes.model_dump() == {
        "planned": 15, "scored": 7, "passed": 6, "missing": 8, "user_error": 1, "agent_error": 1,
        "infra_error": 1, "timeout": 1, "not_played": 4,
    }  # fmt: skip
    assert found.total.tasks == 4
    assert found.total.means.reward == pytest.approx(6 / 7, abs=1e-6)
    assert found.total.causes == {"not_told": 1}
    one, two, three = found.total.pass_hat
    assert (one.value, one.tasks, one.left_out) == (0.75, 4, 1)
    assert (two.value, two.tasks, two.left_out) == (1.0, 2, 3)
    assert (three.value, three.tasks, three.left_out) == (1.0, 1, 4)
    assert (three.least, three.most) == (0.2, 0.8)
    assert [(s.scored, s.passed, s.planned) for s in found.scores] == [
        (1, 1, 3), (2, 2, 3), (1, 0, 3), (3, 3, 3),
    ]  # fmt: skip


def test_an_episode_that_was_tried_again_counts_once_in_any_order(made):
    failed, passed = list(made(["infra_error"])), list(made([True]))
    for records in (failed + passed, passed + failed, passed + failed + passed):
        found = summarize(records)
        assert (found.total.episodes.scored, found.total.episodes.missing) == (1, 0)
        assert rates(found.total) == [1.0]


def test_the_order_in_which_episodes_ended_makes_no_difference(made):
    records = list(made([True, False, False], [False, "timeout", True], [True] * 3))
    found = summarize(records)
    assert summarize(reversed(records)) == found
    assert found.examples == {"not_told": f"{records[0].task_id}.1"}


def test_the_plan_is_as_large_as_what_there_is_if_it_is_not_said(made):
    found = summarize(made([True, None], [None, False]))
    assert found.plan == Plan(tasks=2, trials=2)
    assert (found.total.episodes.planned, found.total.episodes.not_played) == (4, 2)


def test_what_lies_beyond_the_plan_is_left_out(made):
    records = list(made([True, False], [False, True]))
    found = summarize(records, planned=Plan(tasks=1, trials=1))
    assert (found.total.episodes.planned, found.total.episodes.scored) == (1, 1)
    assert rates(found.total) == [1.0]


def test_without_a_record_only_the_bounds_are_known():
    (rate,) = summarize([], planned=Plan(tasks=3, trials=1)).total.pass_hat
    assert (rate.value, rate.tasks, rate.left_out, rate.least, rate.most) == (None, 0, 3, 0, 1)
    with pytest.raises(ValueError, match="neither a record nor a plan"):
        summarize([])


def test_a_task_that_came_up_twice_is_one_task_with_more_trials(made):
    first, second = list(made([True, False]))
    again = [r.model_copy(update={"index": 1}) for r in (first, second)]
    found = summarize([first, second, *again])
    assert (found.plan, found.total.tasks) == (Plan(tasks=2, trials=2), 1)
    assert rates(found.total) == [0.5, pytest.approx(1 / 6, abs=1e-6)]
    assert found.total.episodes.missing == 0


def test_k_can_be_chosen_from_the_trials(made):
    records = list(made([True] * 4, [False] * 4))
    found = summarize(records, ks=(1, 4))
    assert [rate.k for rate in found.total.pass_hat] == [1, 4]
    for ks in ((0,), (5,), ()):
        with pytest.raises(ValueError, match="k must be from 1 to the number of trials, 4"):
            summarize(records, ks=ks)


@pytest.fixture(scope="module")
def found(made, oracle_run):
    """Return an evaluation in which tasks with an even index pass, in one of two trials."""
    results = [[index % 2 == 0, True] for index in range(len(oracle_run.records))]
    return summarize(made(*results))


def test_every_cell_has_its_figures(found, oracle_run):
    certificates = [record.task.certificate for record in oracle_run.records]
    tasks = Counter((c.write_count, c.evidence_burden) for c in certificates)
    cells = {(cell.write_count, cell.evidence_burden): cell for cell in found.cells}
    assert {place: cell.tasks for place, cell in cells.items()} == tasks
    assert list(cells) == sorted(cells)
    for place, cell in cells.items():
        own = [1.0 if index % 2 == 0 else 0.5 for index, c in enumerate(certificates)
               if (c.write_count, c.evidence_burden) == place]  # fmt: skip
        assert rates(cell)[0] == pytest.approx(mean(own), abs=1e-6)
        assert cell.episodes.scored == 2 * cell.tasks


def test_every_domain_intent_reason_and_behaviour_has_its_figures(found, oracle_run):
    tasks = [record.task for record in oracle_run.records]
    intents = Counter(i for t in tasks for i in {r.intent for r in t.scenario.requests})
    assert {name: group.tasks for name, group in found.intents.items()} == intents
    reasons = Counter(t.certificate.reason for t in tasks if not t.gold_writes)
    assert {name: group.tasks for name, group in found.reasons.items()} == reasons
    assert {name: group.tasks for name, group in found.domains.items()} == {"retail": 40}
    assert {name: group.tasks for name, group in found.behaviours.items()} == {"none": 40}
    assert found.domains["retail"].pass_hat[0].value == found.total.pass_hat[0].value == 0.75


def test_users_are_told_apart_by_their_behaviours(made):
    records = list(made([True], [False], [True]))
    for place, behaviours in enumerate([("terse", "typos"), ("terse",)]):
        task = records[place].task
        scenario = task.scenario.model_copy(update={"behaviours": behaviours})
        changed = task.model_copy(update={"scenario": scenario})
        records[place] = records[place].model_copy(update={"task": changed})
    groups = summarize(records).behaviours
    values = {name: (group.tasks, *rates(group)) for name, group in groups.items()}
    assert values == {"none": (1, 1.0), "terse": (2, 0.5), "typos": (1, 1.0)}


def test_means_are_those_of_the_scored_episodes(found, made, oracle_run):
    measured = [record.measured for record in oracle_run.records]
    for name in ("turns", "reads", "writes", "tool_errors", "tokens"):
        expected = mean(getattr(each, name) for each in measured)
        assert getattr(found.total.means, name) == pytest.approx(expected, abs=1e-6)
    assert found.total.means.cost is None
    assert found.total.spent.model_dump() == {
        "tokens": 2 * sum(each.tokens for each in measured), "cost": None,
        "agent": None, "user": None,
    }  # fmt: skip
    nothing = summarize(made(["timeout"])).total
    assert (nothing.means, nothing.spent.tokens) == (None, measured[0].tokens)


def test_costs_are_told_if_they_are_known_of_every_episode(made, monkeypatch):
    records = list(made([True, False], [True, "infra_error"]))
    monkeypatch.setattr(module, "_usage", lambda record: (100, 0.25 * (1 + record.index)))
    total = summarize(records).total
    assert total.means.cost == pytest.approx((0.25 + 0.25 + 0.5) / 3, abs=1e-6)
    assert (total.spent.tokens, total.spent.cost) == (400, 1.5)
    monkeypatch.setattr(module, "_usage", lambda record: (100, record.reward and 0.25))
    total = summarize(records).total
    assert (total.means.cost, total.spent.cost) == (pytest.approx(1 / 6, abs=1e-6), None)


def test_what_the_models_of_both_sides_took_is_told_apart(made):
    agent = Usage(calls=4, prompt_tokens=900, completion_tokens=100, cost=0.5)
    users = (Usage(calls=1, prompt_tokens=50, completion_tokens=5, cost=0.1),
             Usage(calls=3, prompt_tokens=150, completion_tokens=15), Usage())  # fmt: skip
    records = [
        record.model_copy(update={"usage": Usages(agent=agent, user=user)})
        for record, user in zip(made([True, False], ["infra_error"]), users, strict=True)
    ]
    total = summarize(records).total
    assert total.spent.agent == Use(
        calls=12, prompt_tokens=2700, completion_tokens=300, cost=1.5
    )  # fmt: skip
    assert total.spent.user == Use(calls=4, prompt_tokens=200, completion_tokens=20, cost=None)
    assert total.means.agent == Use(calls=4, prompt_tokens=900, completion_tokens=100, cost=0.5)
    assert total.means.user == Use(calls=2, prompt_tokens=100, completion_tokens=10, cost=None)
    assert total.means.tokens == (1000 + 55 + 1000 + 165) / 2
    text = score_tables(summarize(records))
    assert "agent's prompt tokens" in text
    assert "user's cost" in text


def test_failures_are_counted_by_cause_with_an_example(found):
    assert found.total.causes == {"not_told": 20}
    assert found.examples["not_told"] == f"{found.scores[1].task_id}.0"
    assert sum(sum(cell.causes.values()) for cell in found.cells) == 20


def test_equal_seeds_give_equal_intervals_in_every_group(made, found):
    results = [[index % 2 == 0, True] for index in range(40)]
    assert summarize(made(*results)) == found
    other = summarize(made(*results), seed=1)
    assert other.total.pass_hat[0].value == found.total.pass_hat[0].value
    assert other.model_copy(update={"seed": 0}) != found
    fewer = summarize(record for record in made(*results) if record.task.gold_writes)
    for cell in fewer.cells:
        assert cell in found.cells
    wide = summarize(made(*results), level=0.99).total.pass_hat[0]
    assert wide.high - wide.low > found.total.pass_hat[0].high - found.total.pass_hat[0].low


def test_an_evaluation_survives_json(found):
    text = found.model_dump_json()
    assert Evaluation.load(text, "here") == found
    with pytest.raises(StoreError, match=r"^here: not an evaluation: plan: Field required\.$"):
        Evaluation.load("{}", "here")
    with pytest.raises(StoreError, match=r"^here: not an evaluation: "):
        Evaluation.load(text[:100], "here")
