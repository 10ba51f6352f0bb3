"""The guard on recorded conversations: agents are known by their words, users are let through."""

import sys
from importlib import import_module
from pathlib import Path

import pytest

from writ_gym.domain import load_domain

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def benchmark():
    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        yield import_module("guard")
    finally:
        sys.path.remove(str(ROOT / "benchmarks"))


@pytest.mark.parametrize("name", ["airline", "retail"])
def test_held_back_agents_are_no_users_and_users_are(benchmark, recordings, name):
    lexicon = load_domain(name).lexicon
    chosen = [d for d in benchmark.load(recordings, "held-back") if d.domain == name]
    agents = benchmark.agents_as_users(chosen, lexicon)
    users = benchmark.users_as_they_are(chosen, lexicon)
    assert agents.turns[""] > 200
    assert agents.caught[""] / agents.turns[""] >= 0.97
    assert users.caught[""] / users.turns[""] <= 0.01


@pytest.mark.parametrize("name", ["airline", "retail", "telecom"])
def test_a_bad_user_never_costs_a_perfect_agent_its_reward(benchmark, name):
    domain = load_domain(name)
    for kind in ("turns the roles around", "knows nothing", "only thanks"):
        ends = benchmark.bad_users(domain, benchmark.BAD_USERS[kind], 4)
        assert ends["scored 0"] == 0, kind
        assert ends.total() == 4


def test_few_facts_of_a_carrier_can_be_said_as_somebody_else_has_them(benchmark):
    tally = benchmark.facts_replaced(load_domain("telecom"), "oracle", 150)
    for slot in ("pay", "place", "goal", "reason", "refuel"):
        kinds = [kind for kind in tally.turns if kind.endswith(f".{slot}")]
        said = sum(tally.turns[kind] for kind in kinds)
        caught = sum(tally.caught[kind] for kind in kinds)
        assert said > 0, slot
        assert caught / said >= 0.8, slot
