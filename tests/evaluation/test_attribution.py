"""Attribution: an agent with one fault fails for that one, and who passed has not failed."""

import asyncio
import re
from collections import Counter
from pathlib import Path

import pytest

from writ_gym.directory import OWN
from writ_gym.domain import load_domain
from writ_gym.evaluation.attribution import CAUSES, Failure, cause_of
from writ_gym.messages import assistant, calling, tool_call
from writ_gym.policies import load_policy
from writ_gym.policies.null import Fixed
from writ_gym.policy import Privileged
from writ_gym.runs.rollouts import Rollout, play
from writ_gym.sampling.sampler import TaskSampler
from writ_gym.tasks import Limits, SamplerConfig
from writ_gym.users.scripted import USERS


@pytest.fixture(scope="module")
def tasks(retail, shop):
    """Return tasks with writes, and the same number without."""
    return [
        task
        for writes in ((1, 3), (0, 0))
        for task in TaskSampler(retail, SamplerConfig(write_count=writes), shop).tasks(1, 25)
    ]


@pytest.fixture(scope="module")
def causes_of(rollout_of, tasks):
    """Return what plays the tasks and gives each with the main cause of its failure."""

    async def all_of_them(rollout):
        return [await play(rollout, task, index) for index, task in enumerate(tasks)]

    def causes(policy, **changes):
        records = asyncio.run(all_of_them(rollout_of(policy, **changes)))
        for record in records:
            assert (cause_of(record) is None) == (record.reward == 1.0)
        return [(record.task, cause_of(record)) for record in records]

    return causes


def has_due(task, kind):
    return any(item.kind == kind for item in task.due)


def counted(found):
    return Counter(cause for _, cause in found if cause)


def test_who_passed_and_who_has_no_score_has_not_failed(oracle_run):
    for record in oracle_run.records:
        assert cause_of(record) is None
    assert cause_of(record.model_copy(update={"reward": None, "status": "timeout"})) is None


def test_who_says_nothing_fails_for_its_format(causes_of, tasks):
    assert counted(causes_of("silent")) == {"format_error": len(tasks)}


def test_who_calls_what_is_no_tool_fails_for_its_format(causes_of, tasks):
    call = calling(tool_call("help_the_user", {}))
    found = causes_of("silent", make_policy=lambda domain: Fixed((), call))
    assert counted(found) == {"format_error": len(tasks)}


def test_who_makes_well_formed_calls_that_fail_runs_into_the_limit(causes_of, tasks):
    call = calling(tool_call("get_order_details", {"order_id": "#W0000000"}))
    found = causes_of("silent", make_policy=lambda domain: Fixed((), call))
    assert counted(found) == {"limit_reached": len(tasks)}


def test_who_does_nothing_leaves_writes_out_or_does_not_tell(causes_of):
    for policy in ("greet-only", "reads-only"):
        for task, cause in causes_of(policy):
            assert cause == ("missing_write" if task.gold_writes else "not_told")


def test_who_hands_everybody_over_breaks_the_policy(causes_of):
    for task, cause in causes_of("transfer-at-once"):
        assert cause == ("not_told" if has_due(task, "hand_over") else "policy_breach")


def test_who_picks_the_wrong_thing_and_has_read_all_has_a_wrong_argument(causes_of):
    assert set(counted(causes_of("flawed:wrong-candidate"))) == {"wrong_argument"}


def test_who_writes_without_reading_writes_too_early(causes_of):
    found = causes_of("shortcut:no-reads")
    writing = Counter(cause for task, cause in found if task.gold_writes and cause)
    assert writing.most_common(1)[0][0] == "write_too_early"
    assert writing["write_too_early"] >= 0.8 * writing.total()


def test_no_write_is_too_early_in_a_task_whose_reads_are_not_known_to_be_needed(rollout_of, tasks):
    causes = Counter()
    for task in tasks[:10]:
        record = asyncio.run(play(rollout_of("shortcut:no-reads"), task))
        recorded = task.model_copy(update={"recorded": True})
        if cause_of(record) == "write_too_early":
            causes[cause_of(record.model_copy(update={"task": recorded}))] += 1
    assert list(causes) == ["wrong_argument"]


def test_who_writes_more_than_is_needed_makes_an_extra_write_or_breaks_a_rule(causes_of):
    found = causes_of("flawed:extra-write")
    assert {cause for task, cause in found if task.gold_writes} <= {None, "extra_write"}
    refused = [each for each in found if has_due(each[0], "refusal") and not each[0].gold_writes]
    assert counted(refused).most_common(1)[0][0] == "policy_breach"
    # Some of these writes come before it could be known that nothing may be written.
    assert set(counted(refused)) <= {"policy_breach", "write_too_early"}


def test_who_writes_what_a_rule_forbids_beside_what_is_right_breaks_it(rollout_of, retail, shop):
    """A second time what is right is an extra write, and no breach."""
    config = SamplerConfig(
        write_count=1, evidence_burden=(0, 2), unwritten_share=1.0, intents=("cancel_order",)
    )
    causes = Counter()
    for task in TaskSampler(retail, config, shop).tasks(0, 20):
        record = asyncio.run(play(rollout_of("flawed:extra-write"), task))
        if record.reward < 1.0 and has_due(task, "refusal"):
            causes[cause_of(record)] += 1
            assert len(Failure(record).unwanted) == 1
    assert set(causes) <= {"policy_breach", "write_too_early"}
    assert causes["policy_breach"] > 0


def test_who_keeps_to_itself_what_is_due_has_not_told(causes_of):
    assert set(counted(causes_of("flawed:untold"))) == {"not_told"}


def test_who_is_cut_off_on_a_good_way_has_reached_a_limit(causes_of):
    found = counted(causes_of("oracle", limits=Limits(turns=4)))
    assert set(found) == {"limit_reached"}


def test_who_wrote_wrongly_before_it_was_cut_off_failed_for_that(rollout_of, tasks):
    class Stubborn(Fixed):
        def __init__(self, domain, task):
            (gold, *_) = task.gold_writes
            reads = [*task.certificate.identification, *gold.evidence]
            reasons = {"no longer needed", "ordered by mistake"} - {gold.arguments["reason"]}
            wrong = {**gold.arguments, "reason": min(reasons)}
            calls = [tool_call(c.name, c.arguments) for c in reads] + [tool_call(gold.name, wrong)]
            super().__init__(map(calling, calls), assistant("One moment, please."))

    task = next(t for t in tasks if [w.name for w in t.gold_writes] == ["cancel_pending_order"])
    setup = rollout_of("silent", make_policy=Privileged(Stubborn), limits=Limits(turns=30))
    record = asyncio.run(play(setup, task))
    assert record.reward_components["state"] == 0.0
    assert cause_of(record) == "wrong_argument"
    pairs = Failure(record).pairs
    assert [gold.name for gold, _ in pairs.instead] == ["cancel_pending_order"]
    assert (list(pairs.missing), list(pairs.extra)) == ([], [])


def failed(record, **components):
    """Return a record as if it had failed in some components of the reward."""
    changed = {**record.reward_components, **components}
    return record.model_copy(update={"reward": 0.0, "reward_components": changed})


def test_a_user_who_makes_things_up_is_the_cause_of_what_comes_of_it(oracle_run):
    record = oracle_run.records[0]
    made_up = {"role": "user", "content": "It is order #W0000001."}
    worse = record.model_copy(update={"messages": (*record.messages, made_up)})
    assert cause_of(worse) is None
    assert cause_of(failed(worse, told=0.0)) == "user_fault"
    assert cause_of(failed(record, told=0.0)) == "not_told"


def test_a_write_that_nobody_needs_is_extra_and_what_no_cause_fits_is_other(oracle_run):
    record = next(r for r in oracle_run.records if len(r.task.gold_writes) == 1)
    pairs = Failure(failed(record, state=0.0)).pairs
    assert tuple(map(len, pairs)) == (0, 0, 0)
    assert cause_of(failed(record, state=0.0)) == "other"
    once = record.task.model_copy(update={"gold_writes": ()})
    assert cause_of(failed(record.model_copy(update={"task": once}), state=0.0)) == "extra_write"


def test_what_explains_the_rest_comes_first(oracle_run):
    assert list(CAUSES) == [
        "user_fault", "format_error", "write_too_early", "wrong_argument", "policy_breach",
        "extra_write", "limit_reached", "missing_write", "not_told", "other",
    ]  # fmt: skip
    record = oracle_run.records[0]
    assert cause_of(failed(record, told=0.0, finished=0.0)) == "limit_reached"


def test_the_documentation_names_every_cause_in_its_order():
    text = Path(__file__).parents[2].joinpath("docs", "evaluation.md").read_text("utf-8")
    section = text.partition("## Why an episode failed")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` \|", section, re.M) == list(CAUSES)


@pytest.mark.parametrize("name", OWN)
def test_the_causes_are_found_in_every_domain(name):
    domain = load_domain(name)
    tasks = list(TaskSampler(domain, SamplerConfig(write_count=(1, 2))).tasks(3, 6))
    for policy, cause in (("shortcut:no-reads", "write_too_early"), ("silent", "format_error")):
        setup = Rollout(
            domain, domain.world(), policy, load_policy(policy), "scripted", USERS["scripted"]
        )
        causes = Counter(cause_of(asyncio.run(play(setup, task))) for task in tasks)
        assert causes.most_common(1)[0][0] == cause
