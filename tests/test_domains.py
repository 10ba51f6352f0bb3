"""The contract that every domain, sampler range and level keeps."""

import asyncio
from functools import lru_cache

import gymnasium
import pytest
from gymnasium.utils.env_checker import check_env

from writ_gym.behaviours import BEHAVIOURS
from writ_gym.certifying import leaves
from writ_gym.checking import check_task
from writ_gym.directory import DOMAINS, env_id_of
from writ_gym.domain import load_domain
from writ_gym.episode import goal_changes
from writ_gym.errors import TaskError
from writ_gym.filters import FILTERS
from writ_gym.policies import load_policy
from writ_gym.rewards import reward
from writ_gym.rollouts import Rollout, play
from writ_gym.sampling import TaskSampler, solve, task_seed
from writ_gym.seeding import rng_for
from writ_gym.tasks import SamplerConfig, Task
from writ_gym.understanding import read_agent
from writ_gym.users import USERS

RANGES = [
    {},
    {"write_count": 0, "evidence_burden": (0, 8)},
    {"write_count": 1, "evidence_burden": (0, 2)},
    {"write_count": 1, "evidence_burden": (5, 8)},
    {"write_count": (2, 4), "evidence_burden": (1, 3)},
    {"write_count": (3, 6), "evidence_burden": (5, 8)},
    {"write_count": (2, 4), "evidence_burden": (5, 8), "least_burden": 5},
    {"write_count": (1, 2), "evidence_burden": (9, 15)},
    {"behaviours": ("all",), "split": "test"},
]
COUNT = 20


@pytest.fixture(params=DOMAINS)
def domain(request):
    return load_domain(request.param)


@pytest.fixture(params=RANGES, ids=str)
def tasks(request, domain):
    return drawn(domain, SamplerConfig.model_validate(request.param))


@lru_cache
def drawn(domain, config):
    """Return tasks of one range, sampled once."""
    return tuple(TaskSampler(domain, config).tasks(0, COUNT))


def test_the_environment_passes_gymnasiums_checker(domain):
    check_env(gymnasium.make(env_id_of(domain.name), render_mode="ansi").unwrapped)


def test_every_tool_that_reads_keeps_the_state(domain):
    rng = rng_for(0, "reads")
    session = domain.world().db.session()
    for tool in domain.tools:
        if tool.kind != "write":
            for _ in range(20):
                domain.tools.answer(session, tool.name, tool.sample(rng))
    assert session.changes() == {}


def test_equal_seeds_give_equal_worlds_and_different_seeds_different_ones(domain):
    size = {name: max(1, number // 20) for name, number in domain.default_size.items()}
    first, again = (domain.generate(3, size) for _ in range(2))
    assert first.digest == again.digest
    assert first.digest != domain.generate(4, size).digest


def test_tasks_lie_in_the_ranges_that_were_asked_for(tasks):
    for task in tasks:
        low, high = task.config.write_count
        assert low <= task.certificate.write_count == len(task.gold_writes) <= high
        low, high = task.config.evidence_burden
        assert low <= task.certificate.evidence_burden <= high
        assert all(write.burden >= task.config.least_burden for write in task.gold_writes)


def test_everything_about_a_task_can_be_proved_again(domain, tasks):
    for task in tasks:
        assert check_task(task, domain, domain.world_of(task.world)) == []


def test_what_a_user_says_by_mistake_says_what_its_value_says(domain, tasks):
    for task in tasks:
        for request in task.scenario.requests:
            for said in (fact.earlier for fact in request.facts if fact.earlier):
                assert domain.faithful(said.slot, said.value, said.text) is None


def test_the_oracle_solves_every_task_in_a_conversation_that_no_filter_drops(domain, tasks):
    for task in tasks:
        world = domain.world_of(task.world)
        make_policy, make_user = load_policy("oracle"), USERS["scripted"]
        rollout = Rollout(domain, world, "oracle", make_policy, "scripted", make_user)
        record = asyncio.run(play(rollout, task))
        assert record.reward == 1.0
        assert {name: each(record) for name, each in FILTERS.items() if each(record)} == {}
        for name in task.scenario.behaviours:
            assert BEHAVIOURS[name].check(task.scenario, record.messages, domain.lexicon) is None


def test_gold_writes_replay_to_the_certified_state_and_each_changes_it(domain, tasks):
    for task in tasks:
        session = domain.world_of(task.world).db.session()
        for write in task.gold_writes:
            before = session.fingerprint()
            domain.tools.call(session, write.name, write.arguments)
            assert session.fingerprint() != before
        assert session.fingerprint() == task.certificate.goal_fingerprint


def test_requests_that_agree_in_any_order_reach_the_same_state_from_the_last_to_the_first(
    domain, tasks
):
    for task in tasks:
        if not task.certificate.orders_agree:
            assert task.scenario.disclosure == "staged"
            continue
        requests = tuple(reversed(task.scenario.requests))
        world = domain.world_of(task.world)
        session = world.db.session()
        scenario = task.scenario.model_copy(update={"requests": requests})
        for solved in solve(domain, world, scenario).requests:
            for write in solved.outcome.writes:
                domain.tools.call(session, write.name, write.arguments)
        assert session.fingerprint() == task.certificate.goal_fingerprint


def test_doing_nothing_never_scores(domain, tasks):
    for task in tasks:
        world = domain.world_of(task.world)
        wanted = goal_changes(domain, world, task)
        assert reward({}, wanted, task, [], (), finished=True).total == 0.0


def test_every_argument_has_a_provenance_and_every_read_is_a_read(domain, tasks):
    for task in tasks:
        for write in task.gold_writes:
            assert set(write.provenance) == set(write.arguments)
        for proved in (*task.gold_writes, task.certificate):
            for call in (*proved.evidence, *proved.searched):
                assert domain.tools[call.name].kind == "read"


def test_what_was_read_is_read_again_only_if_a_write_has_changed_it(domain, tasks):
    for task in tasks:
        session = domain.world_of(task.world).db.session()
        answers = {}
        for write in task.gold_writes:
            for call in write.evidence:
                answer = domain.tools.answer(session, call.name, call.arguments)
                assert answers.get(call.key) != answer
                answers[call.key] = answer
            domain.tools.call(session, write.name, write.arguments)


def test_names_in_a_config_that_the_domain_does_not_have_are_refused(domain):
    for names, told in (
        ({"operators": ("guess",)}, "no operator 'guess'; it has "),
        ({"intents": ("buy",)}, "no intent 'buy'; it has "),
        ({"behaviours": ("all", "sleepy")}, "'sleepy'; there are all_at_once, "),
    ):
        with pytest.raises(TaskError, match=told):
            TaskSampler(domain, SamplerConfig.model_validate(names))


def test_every_operator_is_used_and_none_besides(domain):
    config = SamplerConfig(write_count=(0, 4), evidence_burden=(0, 10))
    sampler = TaskSampler(domain, config)
    used = {
        name
        for task in sampler.tasks(11, 250)
        for request in task.scenario.requests
        for name in request.operators
    }
    assert used == set(domain.operators)


def test_only_the_operators_and_behaviours_that_are_named_are_used(domain):
    behaviours = ("polite", "wrong_then_corrected")
    config = SamplerConfig(operators=("superlative", "unknown_id"), behaviours=behaviours)
    tasks = list(TaskSampler(domain, config).tasks(0, 25))
    requests = [request for task in tasks for request in task.scenario.requests]
    assert {name for r in requests for name in r.operators} == {"superlative", "unknown_id"}
    shown = [set(task.scenario.behaviours) for task in tasks]
    assert set.union(*shown) == set(behaviours)
    for task, names in zip(tasks, shown, strict=True):
        mistakes = [fact for r in task.scenario.requests for fact in r.facts if fact.earlier]
        assert len(mistakes) == ("wrong_then_corrected" in names)


def test_no_sentence_of_the_user_tells_what_the_user_has_to_leave_to_the_records(tasks):
    """An id that the gold takes from a record is said only as one of several candidates."""
    for task in tasks:
        for request in task.scenario.requests:
            said = [request.text, *(fact.text for fact in request.facts)]
            candidates = set(enumerated([fact.value for fact in request.facts]))
            for write in task.gold_writes:
                for name, source in write.provenance.items():
                    ids = set(map(str, leaves(write.arguments[name]))) - candidates
                    read = source == "read" and name.endswith(("_id", "_ids"))
                    if read and task.scenario.requests[write.request] == request:
                        assert not any(an_id in text for text in said for an_id in ids)


def enumerated(value):
    """Yield what stands beside others in a list."""
    if isinstance(value, dict):
        value = list(value.values())
    elif isinstance(value, list) and len(value) > 1:
        yield from (each for each in value if isinstance(each, str))
    if isinstance(value, list):
        for each in value:
            yield from enumerated(each)


def test_a_task_survives_the_way_through_json(tasks):
    for task in tasks:
        again = Task.load(task.model_dump_json())
        assert again == task
        assert again.task_id == task.task_id


def test_sampling_is_a_pure_function_of_its_arguments(domain):
    config = SamplerConfig()
    forwards = [TaskSampler(domain, config).sample(task_seed(5, n)) for n in range(10)]
    backwards = [TaskSampler(domain, config).sample(task_seed(5, n)) for n in reversed(range(10))]
    assert forwards == backwards[::-1]


def test_neighbouring_seeds_share_no_task(domain):
    sampler = TaskSampler(domain, SamplerConfig())
    ids = [{task.task_id for task in sampler.tasks(seed, 30)} for seed in (0, 1)]
    assert len(ids[0]) == len(ids[1]) == 30
    assert not ids[0] & ids[1]


def test_splits_share_no_user(domain):
    users = []
    for split in ("train", "validation", "test"):
        config = SamplerConfig(split=split)
        tasks = TaskSampler(domain, config).tasks(0, 40)
        users.append({repr([f.value for f in t.scenario.identity[:2]]) for t in tasks})
    assert not users[0] & users[1]
    assert not users[0] & users[2]
    assert not users[1] & users[2]


def test_a_range_that_nothing_fits_is_an_error_that_says_so(domain):
    sampler = TaskSampler(domain, SamplerConfig(write_count=(40, 40)))
    with pytest.raises(TaskError, match=r"write_count 40 .* drafts"):
        sampler.sample(0)


def test_solving_a_scenario_again_gives_the_gold_again(domain, tasks):
    for task in tasks:
        solution = solve(domain, domain.world_of(task.world), task.scenario)
        writes = [(w.name, dict(w.arguments)) for s in solution.requests for w in s.outcome.writes]
        assert writes == [(write.name, dict(write.arguments)) for write in task.gold_writes]


def test_what_the_user_may_hold_back_can_be_asked_for(domain, tasks):
    for task in tasks:
        facts = [fact for request in task.scenario.requests for fact in request.facts]
        for fact in facts:
            question = f"Could you please tell me {domain.lexicon.nouns[fact.slot]}?"
            assert fact.opening or fact.slot in read_agent(question, domain.lexicon).asks
