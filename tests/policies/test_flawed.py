"""Flawed oracles and shortcuts: the filter meant for each sees it, and only what is wrong."""

import asyncio
from collections import Counter

import pytest

from writ_gym.certificates.knowing import clear_from
from writ_gym.datasets.filters import FILTERS, apply
from writ_gym.directory import OWN
from writ_gym.domain import load_domain
from writ_gym.errors import WritGymError
from writ_gym.evaluation.attribution import cause_of
from writ_gym.meaning.proofs import Decision
from writ_gym.policies import load_policy
from writ_gym.policies.shortcuts import Committing, at_random, first
from writ_gym.policy import Privileged
from writ_gym.rewards import known_from
from writ_gym.runs.rollouts import Rollout, play
from writ_gym.sampling.sampler import TaskSampler
from writ_gym.seeding import rng_for
from writ_gym.tasks import SamplerConfig
from writ_gym.users.scripted import USERS

DOMAIN = load_domain("retail")
MEANT = {
    "flawed:skips-read": "evidence",
    "flawed:no-confirmation": "confirmed",
    "flawed:wrong-candidate": "state",
    "flawed:repeats-reads": "no_repeats",
    "flawed:extra-write": "no_breach",
    "flawed:untold": "told",
    "flawed:unidentified": "identified",
}
"""The flawed oracles and the filters that are meant to see them."""
UNHARMED = {"flawed:skips-read", "flawed:no-confirmation", "flawed:repeats-reads",
            "flawed:unidentified"}  # fmt: skip
"""Those that end well all the same where there are writes, so that no reward tells them from the
oracle; but what is due is told only by who can know it, and to somebody who is identified."""

PROFILE = {"evidence", "identified"}
"""The filters that see that an agent has not looked the profile up."""
RARELY_IMPOSSIBLE = {"flawed:wrong-candidate": 0.9, "flawed:extra-write": 0.6}
"""Where there may be no other record to write: how often there has to be one at least."""


def tasks(count, domain=DOMAIN, **config):
    return list(TaskSampler(domain, SamplerConfig.model_validate(config)).tasks(5, count))


def episode(make_policy, task):
    domain = load_domain(task.domain)
    rollout = Rollout(domain, domain.world(), "p", make_policy, "scripted", USERS["scripted"])
    return asyncio.run(play(rollout, task))


def applies(name, task):
    """Say whether a task has something that can be done wrong in this way."""
    evidence = [*task.certificate.evidence, *(r for w in task.gold_writes for r in w.evidence)]
    return {
        "flawed:skips-read": bool(evidence),
        "flawed:no-confirmation": bool(task.gold_writes),
        "flawed:wrong-candidate": bool(task.gold_writes),
        "flawed:untold": bool(task.due),
    }.get(name, True)


@pytest.fixture(scope="module", params=["retail", "airline"])
def played(request):
    chosen = tasks(50, load_domain(request.param))
    return {name: [episode(load_policy(name), task) for task in chosen] for name in MEANT}


@pytest.mark.parametrize("name", MEANT)
def test_the_filter_that_is_meant_for_a_flaw_sees_it(played, name):
    seen = [FILTERS[MEANT[name]](record) is not None for record in played[name]]
    wanted = [applies(name, record.task) for record in played[name]]
    if name in RARELY_IMPOSSIBLE:
        assert sum(seen) >= RARELY_IMPOSSIBLE[name] * sum(wanted)
        assert all(w or not s for w, s in zip(wanted, seen, strict=True))
        right = [record for record, s in zip(played[name], seen, strict=True) if not s]
        assert {record.reward for record in right} <= {1.0}
    else:
        assert seen == wanted


@pytest.mark.parametrize("name", sorted(UNHARMED))
def test_some_flaws_do_not_show_in_the_reward_and_in_no_other_filter(played, name):
    """But it earns nothing to tell what cannot be known, or to tell it to anybody."""
    for record in played[name]:
        start = known_from(record.task.certificate.caller, record.messages, record.tool_errors)
        # An order that is read shows whose it is, too.
        start = max(start, known_to(record))
        assert record.reward == float(not record.task.due or start < len(record.messages))
    _, tally = outcome = apply(played[name])
    list(outcome[0])
    others = {"told"}
    if played[name][0].domain == "airline" and MEANT[name] in PROFILE:
        others |= PROFILE - {MEANT[name]}  # the profile is evidence, and identifies at once
    assert tally.reasons.keys() - others == {MEANT[name]}


def known_to(record):
    """Return the first message from which on the agent can know what is due."""
    domain = load_domain(record.domain)
    session = domain.world().begin(record.task)
    return clear_from(domain, session, record.task, record.messages)


def test_who_skips_a_read_that_an_answer_takes_earns_nothing(played):
    records = [r for r in played["flawed:skips-read"] if r.task.certificate.evidence]
    assert records
    assert {record.reward for record in records} == {0.0}


def test_what_is_not_told_costs_the_reward(played):
    for record in played["flawed:untold"]:
        assert record.reward == float(not record.task.due)


def test_the_conversations_end_as_the_oracles_do(played):
    for records in played.values():
        assert {record.termination for record in records} == {"user_ended"}


def test_a_wrong_candidate_is_proposed_and_agreed_to(played):
    """The write fits what was said, so only the state tells that it is wrong."""
    found = Counter(
        FILTERS["confirmed"](record) is None for record in played["flawed:wrong-candidate"]
    )
    assert found[True] == found.total()


def test_equal_seeds_give_equal_episodes():
    for name in MEANT:
        one, two = (episode(load_policy(name), tasks(3)[2]) for _ in range(2))
        assert one.messages == two.messages


def committing(pick):
    return Privileged(lambda domain, task: Committing(domain, task, domain.proof, pick))


def decisions_of(task):
    session, caller = DOMAIN.world().db.session(), task.certificate.caller
    return DOMAIN.proof.decisions(session, caller, task.scenario.requests[0])


@pytest.fixture(scope="module")
def choosing():
    """Return tasks to cancel one of several orders, by whether the first is right."""
    found = {}
    for task in tasks(60, write_count=1, evidence_burden=(2, 6), intents=("cancel_order",)):
        for decision in decisions_of(task):
            if not decision.together and len(decision.options) < 4:
                found[decision.options[0] in decision.right] = task, decision
    return found


def test_who_takes_the_first_candidate_is_wrong_where_another_one_is_right(choosing):
    task, decision = choosing[False]
    record = episode(committing(first), task)
    assert record.reward == 0.0
    assert record.state_diff["orders"].keys() == {decision.options[0]}
    assert FILTERS["confirmed"](record) is None


def test_who_takes_the_first_candidate_is_right_where_it_is(choosing):
    assert episode(committing(first), choosing[True][0]).reward == 1.0


def test_who_guesses_is_right_at_times(choosing):
    rollout = Rollout(DOMAIN, DOMAIN.world(), "p", committing(at_random),
                      "scripted", USERS["scripted"])  # fmt: skip
    task, _ = choosing[False]
    rewards = [asyncio.run(play(rollout, task, trial=trial)).reward for trial in range(20)]
    assert set(rewards) == {0.0, 1.0}


def test_of_several_items_that_are_meant_the_first_alone_is_returned():
    returns = tasks(400, write_count=1, evidence_burden=(1, 6), intents=("return_items",))
    task = next(task for task in returns if any(d.together for d in decisions_of(task)))
    right = task.gold_writes[0].arguments
    record = episode(committing(first), task)
    assert record.reward == 0.0
    returned = record.state_diff["orders"][right["order_id"]]["return_items"]
    assert returned == [right["item_ids"][0]] != right["item_ids"]


@pytest.fixture(scope="module", params=OWN)
def read_heavy(request):
    """Return tasks with much evidence and several candidates; telecom has few of them."""
    count = 150 if request.param == "telecom" else 40
    chosen = tasks(count, load_domain(request.param), write_count=1, evidence_burden=(5, 12))
    return [task for task in chosen if task.is_read_heavy]


@pytest.mark.parametrize("name", ["shortcut:first", "shortcut:no-reads", "shortcut:tries-all"])
def test_read_heavy_tasks_resist_shortcuts(read_heavy, name):
    assert len(read_heavy) > 6
    records = [episode(load_policy(name), task) for task in read_heavy]
    assert {record.reward for record in records} == {0.0}
    assert {record.termination for record in records} == {"user_ended"}


@pytest.fixture(scope="module")
def repairs():
    """Return requests for a repair that come to one write, by whether they are read-heavy."""
    domain = load_domain("telecom")
    names = sorted(domain.diagnosed)
    chosen = [
        *tasks(30, domain, write_count=1, evidence_burden=(2, 4), intents=names),
        *tasks(30, domain, write_count=1, evidence_burden=(5, 8), intents=names),
    ]
    found = {True: [], False: []}
    for task in chosen:
        found[task.is_read_heavy].append(task)
    return found


@pytest.mark.parametrize("name", ["shortcut:first", "shortcut:no-reads", "shortcut:tries-all"])
def test_read_heavy_repairs_resist_shortcuts(repairs, name):
    assert len(repairs[True]) > 20
    assert len({task.gold_writes[0].name for task in repairs[True]}) > 4
    records = [episode(load_policy(name), task) for task in repairs[True]]
    assert {record.reward for record in records} == {0.0}
    assert {record.termination for record in records} == {"user_ended"}


def test_who_tries_all_remedies_gets_the_phone_going_and_is_not_credited(repairs):
    """Most of what is tried in vain leaves no trace, so the state at the end is often right."""
    records = [
        episode(load_policy("shortcut:tries-all"), task)
        for task in (*repairs[True], *repairs[False])
    ]
    assert {record.reward for record in records} == {0.0}
    assert {record.reward_components["known"] for record in records} == {0.0}
    assert sum(record.reward_components["state"] for record in records) > len(records) / 2
    assert {cause_of(record) for record in records} == {"write_too_early"}
    assert all(FILTERS["known"](record) and FILTERS["evidence"](record) for record in records)


def test_a_random_candidate_is_right_as_often_as_the_certificate_says(read_heavy):
    rewards, expected = [], 0.0
    domain = load_domain(read_heavy[0].domain)
    policy = load_policy("shortcut:random")
    rollout = Rollout(domain, domain.world(), "p", policy, "scripted", USERS["scripted"])
    for index, task in enumerate(read_heavy):
        for trial in range(6):
            record = asyncio.run(play(rollout, task, index=index, trial=trial))
            rewards.append(record.reward)
            expected += task.certificate.shortcuts.chance
    assert sum(rewards) == pytest.approx(expected, abs=3 * expected**0.5)


def test_of_several_that_are_meant_any_selection_may_be_drawn():
    decision = Decision("items", ("1", "2", "3"), ("1", "3"), together=True)
    assert first(decision, rng_for(0)) == ("1",)
    drawn = {at_random(decision, rng_for(seed)) for seed in range(200)}
    assert len(drawn) == 2**3 - 1
    assert {at_random(Decision("order", ("1", "2"), ("1",)), rng_for(s)) for s in range(20)} == {
        "1", "2"
    }  # fmt: skip


def test_a_flaw_that_needs_the_world_says_so_where_it_was_loaded_from_data():
    task = tasks(1, write_count=1, evidence_burden=2)[0]
    loaded = DOMAIN.world_from(DOMAIN.world().db)
    task = task.model_copy(update={"world": loaded.ref})
    rollout = Rollout(DOMAIN, loaded, "p", load_policy("flawed:skips-read"), "scripted",
                      USERS["scripted"])  # fmt: skip
    with pytest.raises(WritGymError, match="only in generated worlds"):
        asyncio.run(play(rollout, task))


def test_words_alone_are_enough_only_where_nothing_has_to_be_read():
    policy = load_policy("shortcut:no-reads")
    light = tasks(8, write_count=1, evidence_burden=0)
    assert {episode(policy, task).reward for task in light} == {1.0}
    for config in ({"write_count": 1, "evidence_burden": (2, 8)}, {"write_count": 0}):
        records = [episode(policy, task) for task in tasks(12, **config)]
        assert {record.reward for record in records} == {0.0}
        assert max(record.measured.reads for record in records) <= 2
