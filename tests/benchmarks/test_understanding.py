"""The benchmark of understanding on the recorded conversations: its floors, and its own words."""

import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RECORDINGS = ROOT.parent / "shared" / "tau_bench"
FILES = ("gpt-4o-airline.json.gz", "retail-dialogues.jsonl.gz")

pytestmark = pytest.mark.skipif(
    not all((RECORDINGS / name).is_file() for name in FILES),
    reason=f"the recorded conversations are not there: {RECORDINGS}",
)


def measured(part):
    done = subprocess.run(
        [sys.executable, "benchmarks/understanding.py", "--part", part, "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def held_back():
    return measured("held-back")


def test_nine_in_ten_facts_are_given_when_held_back_agents_ask_for_them(held_back):
    assert held_back["total"]["recall"] >= 0.9
    assert held_back["total"]["precision"] >= 0.9


@pytest.mark.parametrize("domain", ["airline", "retail"])
def test_neither_domain_is_understood_much_worse(held_back, domain):
    assert held_back[domain]["recall"] >= 0.89
    assert held_back[domain]["precision"] >= 0.9


def test_nothing_is_agreed_to_that_contradicts_what_is_known(held_back):
    assert "wrong yes" not in held_back["total"]
    assert held_back["total"]["right yes"] >= 10 * held_back["total"]["missed yes"]


def test_hardly_a_conversation_is_left_before_its_last_write(held_back):
    assert held_back["total"]["early"] <= 3


def test_the_parts_share_no_customer_and_make_up_the_whole(held_back, monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    load = import_module("_dialogues").load
    parts = [load(RECORDINGS, part) for part in ("development", "held-back", "all")]
    one, other, every = ({(each.domain, each.user) for each in part} for part in parts)
    assert not one & other
    assert one | other == every
    development = measured("development")
    for name in ("airline", "retail", "total"):
        turns = sum(len(each.turns) for each in parts[-1] if name in (each.domain, "total"))
        assert development[name]["turns"] + held_back[name]["turns"] == turns
