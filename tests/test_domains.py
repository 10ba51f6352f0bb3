"""The contract that every domain keeps with every sampler config and every curriculum level."""

import asyncio
from contextlib import suppress
from functools import cache
from importlib import import_module
from itertools import groupby, islice

import gymnasium
import pytest
from gymnasium.utils.env_checker import check_env

from writ_gym.certificates.certifying import stated
from writ_gym.certificates.checking import check_task
from writ_gym.database import leaves
from writ_gym.datasets.filters import FILTERS
from writ_gym.directory import OWN, env_id_of
from writ_gym.domain import load_domain
from writ_gym.envs.episode import goal_changes
from writ_gym.errors import TaskError
from writ_gym.kit.proving import TableProof
from writ_gym.meaning.proofs import UnclearError
from writ_gym.overlays import fields_changed
from writ_gym.policies import load_policy
from writ_gym.rewards import reward
from writ_gym.runs.rollouts import Rollout, play
from writ_gym.sampling.curriculum import LEVELS
from writ_gym.sampling.drawing import pick
from writ_gym.sampling.sampler import TaskSampler, task_seed
from writ_gym.sampling.turns import solve
from writ_gym.seeding import rng_for
from writ_gym.tasks import Call, SamplerConfig, Task
from writ_gym.understanding.reading import read_agent
from writ_gym.users.behaviours import opens_with_all
from writ_gym.users.scripted import USERS

SAMPLERS = {
    "any": SamplerConfig(),
    "no-writes": SamplerConfig(write_count=0),
    "test-split": SamplerConfig(write_count=1, evidence_burden=(0, 2), split="test"),
    "behaviours": SamplerConfig(write_count=(0, 3), behaviours=("all",)),
    "mixed": SamplerConfig(write_count=(1, 3), unwritten_share=1.0, behaviours=("all",)),
    **{f"level-{number}": level for number, level in enumerate(LEVELS)},
}
COUNT, HEAVY_COUNT = 25, 8
"""Tasks of a sampler; of one whose every write is heavy."""
PLAYED = 6
"""Tasks of a sampler that are played, or get a twin."""
CHANGED, TRIES = 100, 40
"""Tasks whose unread records are changed at random, and how often those of each."""
LAST = f"level-{len(LEVELS) - 1}"
LIGHTER = LEVELS[-1].model_copy(update={"write_count": (3, 3), "least_burden": 4})
"""What takes the place of the last level in domains of other packages, whose users may have too
little to be read."""


@cache
def sampled(name, sampler):
    """Return tasks; the tests share them, as nothing changes a task."""
    config = LIGHTER if sampler == LAST and name not in OWN else SAMPLERS[sampler]
    count = HEAVY_COUNT if config.least_burden else COUNT
    return tuple(TaskSampler(load_domain(name), config).tasks(0, count))


def pytest_generate_tests(metafunc):
    if "domain" in metafunc.fixturenames:
        names = metafunc.config.getoption("--domain") or [*OWN, "library"]
        metafunc.parametrize("domain", names, indirect=True, scope="module")


@pytest.fixture(scope="module")
def domain(request):
    """Return one of writ-gym's own, the example, or one of a package named by ``--domain``."""
    if request.param == "library":
        return request.getfixturevalue("library")
    return load_domain(request.param) if request.param in OWN else load_package(request.param)


def load_package(name):
    return load_domain(import_module(name).DOMAIN.name)


@pytest.fixture(scope="module", params=SAMPLERS)
def tasks(request, domain):
    return sampled(domain.name, request.param)


def test_the_environment_passes_gymnasiums_checker(domain):
    check_env(gymnasium.make(env_id_of(domain.name), render_mode="ansi").unwrapped)


def test_every_tool_that_reads_keeps_the_state(domain):
    rng = rng_for(0, "reads")
    session = domain.world().db.session(next(iter(domain.callers(domain.world().db))))
    for tool in domain.all_tools:
        if tool.kind != "write":
            for _ in range(20):
                domain.all_tools.answer(session, tool.name, tool.sample(rng))
    assert session.changes() == {}


def test_what_an_agent_asks_a_user_to_do_is_what_the_user_understands(domain):
    for tool in domain.user_tools or ():
        if not tool.parameters:
            call = Call(tool.name, {})
            steps, _ = domain.hands.told(domain.hands.ask(call), domain.lexicon)
            assert [step.call for step in steps] == [call]


def test_equal_seeds_give_equal_worlds_and_different_seeds_different_ones(domain):
    size = {name: max(1, number // 4) for name, number in domain.default_size.items()}
    first, again = (domain.generate(3, size) for _ in range(2))
    assert first.digest == again.digest
    assert first.digest != domain.generate(4, size).digest


def test_tasks_lie_in_the_ranges_that_were_asked_for(tasks):
    for task in tasks:
        low, high = task.config.write_count
        assert low <= task.certificate.write_count == len(task.gold_writes) <= high
        low, high = task.config.evidence_burden
        assert low <= task.certificate.evidence_burden <= high


def test_gold_writes_replay_to_the_certified_state_and_each_changes_it(domain, tasks):
    for task in tasks:
        session = domain.world_of(task.world).db.session(task.certificate.caller)
        for write in task.gold_writes:
            before = session.fingerprint()
            domain.all_tools.call(session, write.name, write.arguments)
            assert session.fingerprint() != before
        assert session.fingerprint() == task.certificate.goal_fingerprint


def test_where_the_order_does_not_matter_the_requests_can_be_dealt_with_backwards(domain, tasks):
    for task in tasks:
        if task.certificate.orders_agree:
            backwards = task.scenario.model_copy(update={"requests": task.scenario.requests[::-1]})
            session = domain.world_of(task.world).db.session(task.certificate.caller)
            solved = solve(domain, domain.world_of(task.world), backwards).requests[::-1]
            for write in (write for each in solved[::-1] for write in each.outcome.writes):
                domain.all_tools.call(session, write.name, write.arguments)
            assert session.fingerprint() == task.certificate.goal_fingerprint
            for index in task.unwritten:
                tells = [each.value for each in solved[index].outcome.tells]
                assert tells == [each.value for each in task.due if each.kind != "hand_over"]
        else:
            assert not opens_with_all(task.scenario)


def test_every_task_is_proved_by_the_independent_checker(domain, tasks):
    for task in tasks:
        assert check_task(task, domain, domain.world_of(task.world)) == []


def test_one_request_at_most_comes_to_no_write_and_only_what_is_due_for_it_is_told(tasks):
    for task in tasks:
        has_one = not task.gold_writes or bool(task.config.unwritten_share)
        assert len(task.unwritten) == int(has_one)
        assert {item.request for item in task.due} == set(task.unwritten)
        assert (task.certificate.reason is not None) == bool(task.unwritten)
        if task.gold_writes:
            assert all(item.kind != "hand_over" for item in task.due)
            assert task.certificate.evidence_total == sum(w.burden for w in task.gold_writes)


def test_doing_nothing_never_scores(domain, tasks):
    for task in tasks:
        world = domain.world_of(task.world)
        wanted = goal_changes(domain, world, task)
        assert reward({}, wanted, task, [], set(), finished=True).total == 0.0


def test_who_knows_the_phrases_but_not_the_case_earns_nothing(domain):
    """Refusing with all that is ever told is no guess that can be right."""
    name = "shortcut:phrasebook"
    users = "scripted", USERS["scripted"]
    rollout = Rollout(domain, domain.world(), name, load_policy(name), *users)
    records = [asyncio.run(play(rollout, task)) for task in sampled(domain.name, "no-writes")]
    said = {m["content"] for r in records for m in r.messages if m["role"] == "assistant"}
    assert any(text and text.startswith("I am sorry, I cannot do that. ") for text in said)
    assert {record.reward for record in records} == {0.0}
    assert {record.termination for record in records} == {"user_ended"}


def test_every_argument_has_a_provenance_and_every_read_is_a_read(domain, tasks):
    for task in tasks:
        for write in task.gold_writes:
            assert set(write.provenance) == set(write.arguments)
            assert all(domain.all_tools[call.name].kind == "read" for call in write.evidence)


def test_what_was_read_is_read_again_only_if_a_write_has_changed_it(domain, tasks):
    for task in tasks:
        session = domain.world_of(task.world).db.session(task.certificate.caller)
        known = {}
        for _, group in groupby(task.gold_writes, key=lambda write: write.request):
            writes = list(group)
            for call in (call for write in writes for call in write.evidence):
                assert call.key not in known
                known[call.key] = (
                    call,
                    domain.all_tools.answer(session, call.name, call.arguments),
                )
            for write in writes:  # a request is read for before its first write
                domain.all_tools.call(session, write.name, write.arguments)
                known = {
                    key: (call, answer)
                    for key, (call, answer) in known.items()
                    if domain.all_tools.answer(session, call.name, call.arguments) == answer
                }


def test_the_scenario_holds_no_value_that_the_user_has_to_leave_to_the_records(tasks):
    """An id that the gold takes from a record is in no fact of its request but as one of several.

    Where a user names a record by its id to say what another one is like, it may turn out to be the
    same one.
    """
    for task in tasks:
        for write in task.gold_writes:
            request = task.scenario.requests[write.request]
            alone = {str(leaf) for leaf in stated([nameless(f.value) for f in request.facts])}
            for name, value in write.arguments.items():
                if write.provenance[name] == "read":
                    assert not alone & set(filter(is_id, leaves(value)))


def nameless(value):
    """Return a fact's value without the ids by which it names records."""
    if isinstance(value, dict):
        return {key: nameless(each) for key, each in value.items() if key != "id"}
    return [nameless(each) for each in value] if isinstance(value, list) else value


def is_id(value):
    """Say whether a value names one record, and not what it is like: letters, and digits too."""
    digits = sum(map(str.isdigit, value)) if isinstance(value, str) else 0
    return digits > 1 and not value.replace("-", "").replace(".", "").isdigit()


def test_ids_from_records_are_among_the_arguments_of_every_domain(domain):
    """Without any, the test above would say nothing."""
    found = [
        leaf
        for task in sampled(domain.name, "any")
        for write in task.gold_writes
        for name, value in write.arguments.items()
        if write.provenance[name] == "read"
        for leaf in leaves(value)
        if is_id(leaf)
    ]
    assert len(found) > 5


def test_the_oracle_earns_every_reward_and_every_filter_keeps_what_it_does(domain, tasks):
    rollout = Rollout(
        domain, domain.world(), "oracle", load_policy("oracle"), "scripted", USERS["scripted"]
    )
    records = [asyncio.run(play(rollout, task)) for task in tasks[:PLAYED]]
    assert [record.reward for record in records] == [1.0] * PLAYED
    for record in records:
        assert {name: why for name, keep in FILTERS.items() if (why := keep(record))} == {}


def test_a_task_with_one_write_has_a_light_twin_that_is_proved(domain):
    sampler = TaskSampler(domain, SamplerConfig(write_count=1, evidence_burden=(3, 6)))
    # Rules of some writes take more reads by themselves, as what is wrong with a phone does.
    light = {task.gold_writes[0].name for task in sampled(domain.name, "test-split")}
    able = (t for t in sampler.tasks(1, 9 * PLAYED) if t.gold_writes[0].name in light)
    tasks = list(islice(able, PLAYED))
    assert tasks
    for task in tasks:
        twin = sampler.twin(task)
        assert twin.certificate.evidence_burden <= 2
        assert [(w.name, w.arguments) for w in twin.gold_writes] == [
            (w.name, w.arguments) for w in task.gold_writes
        ]
        assert check_task(twin, domain, sampler.world) == []


def test_random_changes_do_not_change_what_the_evidence_leaves_open(domain):
    """Other edits than the proof's own: random values of several fields of several records."""
    if not isinstance(domain.proof, TableProof):
        pytest.skip("Its tables take no values of one record for another.")
    rng = rng_for(0, "edits")
    config = SamplerConfig(write_count=(0, 1), evidence_burden=(1, 8))
    tasks = TaskSampler(domain, config, thorough=True).tasks(3, CHANGED)
    broken = {task.task_id: found for task in tasks if (found := changed(domain, task, rng))}
    assert broken == {}


def changed(domain, task, rng):
    """Return a random change of what was not read that changes what is right, if one is found."""
    caller, request, proof = task.certificate.caller, task.scenario.requests[0], domain.proof
    db = domain.world_of(task.world).db
    evidence = [c for w in task.gold_writes for c in w.evidence] or task.certificate.evidence
    shown = {record for call in evidence for record in proof.records(db, call)}
    around = list(proof.around(db, caller, request))
    unread = [each for each in around if each not in shown]
    right = proof.meaning(db, caller, request)
    for _ in range(TRIES if unread else 0):
        session = db.session(caller)
        for place in rng.permutation(len(unread))[: 1 + rng.integers(2)]:
            table, key = unread[place]
            rows, record = getattr(session, table), getattr(db, table)[key]
            other = pick(rng, list(getattr(db, table).values()))
            names = [n for n in record.plain if n != domain.database.key_fields[table]]
            some = map(str, rng.permutation(names)[: 1 + rng.integers(len(names))])
            values = {name: other_of(domain, around, other.plain[name], rng) for name in some}
            rows.put(key, record.replace(**values))
        try:
            after = proof.meaning(session, caller, request)
        except UnclearError:
            continue
        breaches = right.breaches and not right.breaches & after.breaches
        if (after.writes, after.tells) != (right.writes, right.tells) or breaches:
            return request.values, session.changes(), right, after
    return None


def other_of(domain, around, value, rng):
    """Return a value, or instead of a key at times that of another record around a request."""
    db = domain.world().db
    near = [key for table, key in around if isinstance(value, str) and value in getattr(db, table)]
    return pick(rng, near) if near and rng.random() < 0.5 else value


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
        writes = [
            (write.name, dict(write.arguments))
            for solved in solution.requests
            for write in solved.outcome.writes
        ]
        assert writes == [(write.name, dict(write.arguments)) for write in task.gold_writes]


def test_what_the_user_may_hold_back_can_be_asked_for(domain, tasks):
    for task in tasks:
        facts = [fact for request in task.scenario.requests for fact in request.facts]
        for fact in facts:
            question = f"Could you please tell me {domain.lexicon.nouns[fact.slot]}?"
            assert fact.opening or fact.slot in read_agent(question, domain.lexicon).asks


def edited(domain, tasks):
    """Yield every edit of what is around tasks: the record, the edit, and the session after it."""
    proof, world = domain.proof, domain.world()
    for task in tasks:
        caller, request = task.certificate.caller, task.scenario.requests[0]
        session = world.db.session(caller)
        for record in proof.around(session, caller, request):
            for edit in proof.edits(session, caller, request, *record):
                after = session.fork()
                with suppress(ValueError):  # it does not fit
                    proof.apply(after, edit)
                yield record, edit, after


def test_edits_of_records_that_stand_alone_change_no_other_record_that_exists(domain, tasks):
    for record, _, after in edited(domain, tasks[:4]):
        if record[0] in domain.proof.alone:
            assert set(after.changes()) - after.added() <= {record}


def test_an_edit_changes_no_more_fields_than_the_proof_says(domain, tasks):
    world = domain.world()
    for _, edit, after in edited(domain, tasks[:8]):
        expected = domain.proof.changes(edit)
        for (table, key), record in after.changes().items() if expected else ():
            before = getattr(world.db, table)[key]
            assert set(fields_changed(before, record)) <= {*expected[table, key]}, edit


def test_where_nobody_has_the_users_tools_no_task_is_sampled_that_needs_them(domain):
    config = domain.served(SamplerConfig(write_count=(0, 3)), "nobody")
    for task in TaskSampler(domain, config).tasks(5, COUNT):
        reads = [*task.certificate.evidence, *(r for w in task.gold_writes for r in w.evidence)]
        assert not [call for call in (*task.gold_writes, *reads) if domain.is_users(call.name)]
