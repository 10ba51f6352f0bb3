"""What a sampler draws: how tasks without writes end, and which intents come up how often."""

import gc
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from functools import cache
from itertools import product

import pytest
from pydantic import ValidationError

from writ_gym.certificates.certifying import MORE_READS, TOLD_ANYWAY
from writ_gym.certificates.checking import check_task
from writ_gym.directory import OWN
from writ_gym.domain import Brief, load_domain
from writ_gym.errors import TaskError, UnsolvableError
from writ_gym.meaning.solving import Outcome, Write
from writ_gym.phrasing.grammar import REGISTERS, Style
from writ_gym.sampling.composing import BESIDE_WRITES, ENDINGS
from writ_gym.sampling.sampler import TaskSampler
from writ_gym.sampling.turns import Turns, solve
from writ_gym.seeding import rng_for
from writ_gym.tasks import SamplerConfig, Task, split_at
from writ_gym.understanding.telling import is_told

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
    assert min(found.values()) >= 0.04 * COUNT
    assert max(found.values()) <= 0.5 * COUNT


@pytest.mark.parametrize("name", OWN)
def test_heavy_tasks_without_writes_are_not_all_questions(name):
    domain = load_domain(name)
    sampler = TaskSampler(domain, SamplerConfig(write_count=(0, 0), evidence_burden=(8, 9)))
    found = Counter(ending(domain, task) for task in sampler.tasks(0, 40))
    assert found["forbidden"] + found["unmet"] >= 8


def test_no_task_with_writes_has_a_request_without_unless_that_is_asked_for():
    tasks = TaskSampler(load_domain("retail"), SamplerConfig(write_count=(1, 3))).tasks(0, 30)
    assert not any(task.is_mixed for task in tasks)


@cache
def mixed(name):
    """Return a sampler of tasks with writes and a request without, and some of its tasks."""
    config = SamplerConfig(write_count=(2, 3), unwritten_share=1.0)
    sampler = TaskSampler(load_domain(name), config)
    return sampler, tuple(sampler.tasks(0, COUNT))


@pytest.mark.parametrize("name", [*OWN, "library"])
def test_a_request_without_writes_comes_at_any_place_and_ends_in_any_way_but_one(name, request):
    if name not in OWN:
        request.getfixturevalue(name)
    domain, (_, tasks) = load_domain(name), mixed(name)
    ends, places = Counter(ending(domain, task) for task in tasks), Counter[str]()
    for task in tasks:
        (place,) = task.unwritten
        last = len(task.scenario.requests) - 1
        places["first" if place == 0 else "last" if place == last else "between"] += 1
    assert ends.keys() == set(BESIDE_WRITES)
    assert min(ends.values()) >= 0.06 * COUNT
    assert places.keys() == {"first", "between", "last"}
    assert min(places.values()) >= 0.05 * COUNT


def test_the_share_of_tasks_with_a_request_without_writes_is_as_asked_for():
    config = SamplerConfig(write_count=(0, 2), zero_write=0.25, unwritten_share=0.4)
    tasks = list(TaskSampler(load_domain("retail"), config).tasks(0, COUNT))
    writing = [task for task in tasks if task.gold_writes]
    assert 0.3 <= sum(task.is_mixed for task in writing) / len(writing) <= 0.5
    assert Task.load(tasks[0].model_dump_json()) == tasks[0]


def test_a_share_of_nothing_leaves_a_task_as_it_is_written_without_one():
    assert not {"unwritten_share", "least_candidates"} & SamplerConfig().model_dump().keys()
    config = SamplerConfig(unwritten_share=0.5, least_candidates=2)
    assert SamplerConfig.model_validate_json(config.model_dump_json()) == config


def test_the_twin_of_a_task_with_a_request_without_writes_has_the_write_alone():
    config = SamplerConfig(write_count=1, evidence_burden=(5, 8), unwritten_share=1.0)
    sampler = TaskSampler(load_domain("retail"), config)
    for task in sampler.tasks(0, 3):
        twin = sampler.twin(task)
        assert (twin.unwritten, len(twin.gold_writes)) == ((), 1)
        assert check_task(twin, sampler.domain, sampler.world) == []


@pytest.mark.parametrize("name", OWN)
def test_nothing_is_due_beside_writes_that_is_told_with_them_in_any_case(name):
    domain, (sampler, tasks) = load_domain(name), mixed(name)
    for task in tasks:
        solved = solve(domain, sampler.world, task.scenario).requests
        said = [
            t for s in solved if s.outcome.writes for t in (s.outcome.statement, s.outcome.report)
        ]
        for item in task.due:
            assert item.value not in ("yes", "no", "on", "off")
            assert not is_told(item, said, domain.others)
    if name == "telecom":
        assert sampler.rejected[TOLD_ANYWAY] > 0


@pytest.mark.parametrize("name", [*OWN, "library"])
def test_every_task_is_composed_with_the_operator_that_is_asked_for(name, request):
    if name not in OWN:
        request.getfixturevalue(name)
    domain = load_domain(name)
    for operator in ("description", "unknown_id", "threshold", "superlative"):
        if operator in domain.operators:
            config = SamplerConfig(evidence_burden=(2, 8), operators=(operator,))
            sampler = TaskSampler(domain, config)
            for task in sampler.tasks(0, 3):
                assert any(operator in r.operators for r in task.scenario.requests)
                assert check_task(task, domain, sampler.world) == []


def test_operators_are_drawn_by_their_weights():
    def used(**operators):
        config = SamplerConfig(write_count=1, evidence_burden=(2, 6), operators=operators)
        tasks = TaskSampler(load_domain("retail"), config).tasks(0, 40)
        return Counter(name for task in tasks for name in task.scenario.requests[0].operators)

    often = used(rank=9.0, join=1.0)
    assert often["rank"] > 25 > often["join"]
    assert used(join=9.0, rank=1.0)["join"] > 25
    assert used(join=1.0, rank=9.0) == often


def test_that_no_request_can_be_composed_so_is_said_after_fewer_drafts():
    config = SamplerConfig(write_count=1, operators=("empty_set",))
    with pytest.raises(TaskError, match=r"was found in 200 drafts"):
        TaskSampler(load_domain("retail"), config).sample(0)


def test_there_are_as_many_candidates_as_are_asked_for():
    config = SamplerConfig(write_count=(1, 2), evidence_burden=(5, 9), least_candidates=4)
    sampler = TaskSampler(load_domain("retail"), config)
    for task in sampler.tasks(0, 10):
        assert all(write.measures.candidates >= 4 for write in task.gold_writes)
        assert task.is_read_heavy == (len(task.gold_writes) == 1)
        assert check_task(task, sampler.domain, sampler.world) == []


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"least_burden": 9, "evidence_burden": (0, 5)}, "least_burden, of every write, must be"),
        ({"zero_write": 0.5, "write_count": (1, 2)}, "zero_write is a share of tasks with a write"),
        ({"zero_write": 0.5, "write_count": 0}, "zero_write is a share of tasks with a write_cou"),
        ({"least_candidates": 0}, "greater than or equal to 1"),
    ],
)
def test_what_contradicts_itself_is_no_config(fields, message):
    with pytest.raises(ValidationError, match=message):
        SamplerConfig(**fields)


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_share_is_from_nothing_to_all(share):
    with pytest.raises(ValidationError):
        SamplerConfig(unwritten_share=share)


def test_an_answer_that_hangs_on_what_its_read_does_not_show_is_not_delivered():
    domain = load_domain("telecom")
    config = SamplerConfig(write_count=0, evidence_burden=(0, 3), intents=("about_phone",))
    sampler = TaskSampler(domain, config)
    tasks = list(sampler.tasks(5, COUNT))
    assert sampler.rejected[MORE_READS] > 0
    for task in tasks:
        if not task.certificate.evidence:
            assert check_task(task, domain, sampler.world, ("evidence",)) == []


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


def test_users_who_can_have_what_is_to_come_often_are_looked_for():
    domain = load_domain("telecom")
    config = SamplerConfig(write_count=(1, 3), evidence_burden=(2, 6))
    shares = []
    for favoured in (0.0, domain.favoured):
        sampler = TaskSampler(replace(domain, favoured=favoured), config, domain.world())
        tasks = sampler.tasks(0, COUNT)
        of_tasks = [{r.intent for r in task.scenario.requests} for task in tasks]
        shares.append(sum(not of.isdisjoint(domain.often) for of in of_tasks) / len(of_tasks))
    assert shares[1] >= max(0.35, 1.3 * shares[0])


def test_the_mix_of_intents_follows_its_weights():
    domain, weights = load_domain("retail"), {"return_items": 3.0, "cancel_order": 1.0}
    config = SamplerConfig(write_count=(1, 1), evidence_burden=(2, 5), intents=weights)
    tasks = list(TaskSampler(domain, config).tasks(0, COUNT))
    found = Counter(task.scenario.requests[0].intent for task in tasks)
    assert found.keys() == weights.keys()
    assert 2 <= found["return_items"] / found["cancel_order"] <= 4
    assert Task.load(tasks[0].model_dump_json()) == tasks[0]
    assert not check_task(tasks[0], domain, domain.world(), ("config",))


def test_a_mix_is_the_same_in_whatever_order_it_is_given_and_names_alone_are_equal():
    domain = load_domain("retail")
    one, other = {"return_items": 3, "cancel_order": 1}, {"cancel_order": 1, "return_items": 3}
    ranges = {"write_count": 1, "evidence_burden": (2, 5)}
    configs = [SamplerConfig(**ranges, intents=mix) for mix in (one, other)]
    assert configs[0] == configs[1]
    assert hash(configs[0]) == hash(configs[1])
    texts = [[t.scenario for t in TaskSampler(domain, c).tasks(1, 4)] for c in configs]
    assert texts[0] == texts[1]
    named = SamplerConfig(**ranges, intents=("return_items", "cancel_order"))
    assert named.model_dump(mode="json")["intents"] == ["return_items", "cancel_order"]


@pytest.mark.parametrize("weight", [0, -1, float("nan"), float("inf"), "many"])
def test_a_weight_is_a_number_above_zero(weight):
    with pytest.raises(ValidationError):
        SamplerConfig(intents={"return_items": weight})


@pytest.mark.parametrize("name", OWN)
def test_no_draft_ends_in_a_way_that_its_domain_rules_out(name):
    domain = load_domain(name)
    world, rng = domain.world(), rng_for(0, "endings", name)
    style = Style(register=REGISTERS[0], split="train")
    users = [user for user in domain.callers(world.db) if split_at(user) == "train"]
    seen = set()
    for user, burden, intent in product(users[:40], (0, 1, 2, 4), domain.intents):
        brief = Brief(caller=user, burden=burden, least=0, writes=0, style=style)
        reached = intent.reach(world.db, user, False)
        request = intent.draft(world.db, brief, rng) if reached else None
        if request is None:
            continue
        turns = Turns(domain, world)
        turns.identify(domain.identity(world.db, user, rng, style)[0])
        with suppress(UnsolvableError):
            outcome = turns.solve(user, request).outcome
            ends = domain.ending(outcome)
            if ends is not None:
                assert ends in domain.endings(world.db, user)[intent.name], request
                seen.add((intent.name, ends))
    declared = {
        (intent, ends)
        for user in users[:40]
        for intent, endings in domain.endings(world.db, user).items()
        for ends in endings
    }
    assert len(seen) >= 0.8 * len(declared)


def test_an_ending_that_no_user_can_have_at_a_burden_is_not_drawn():
    domain = load_domain("retail")
    config = SamplerConfig(write_count=(0, 0), evidence_burden=(6, 6))
    sampler = TaskSampler(domain, config)
    found = Counter(ending(domain, task) for task in sampler.tasks(0, 20))
    assert found["handed_over"] == 0  # what is for a human takes no reads here
    assert sampler.rejected["a request ends in another way than the one asked for"] == 0


@pytest.mark.parametrize("name", OWN)
def test_what_a_task_was_proved_with_goes_by_itself(name):
    sampler = TaskSampler(load_domain(name), SamplerConfig(write_count=(1, 2)))
    list(sampler.tasks(0, 3))
    gc.collect()
    gc.disable()
    try:
        list(sampler.tasks(1, 5))
        assert gc.collect() < 100  # a moment kept by itself would leave thousands
    finally:
        gc.enable()
