"""Domains of other packages: what makes them known, and what is refused."""

import re
from dataclasses import replace
from itertools import count
from sys import modules

import pytest
from click.testing import CliRunner

import writ_gym
from writ_gym.cli import main
from writ_gym.directory import DOMAINS, OWN
from writ_gym.errors import TaskError, WritGymError
from writ_gym.tasks import WorldRef


def run(*words):
    return CliRunner().invoke(main, words, prog_name="writ-gym")


def test_twice_is_once(library):
    before = dict(DOMAINS)
    writ_gym.register_domain(library)
    assert before == DOMAINS
    assert DOMAINS["library"] == "library_desk:DOMAIN"
    assert "library" not in OWN


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "retail"}, "There is a domain 'retail' already: writ_gym.domains.retail:DOMAIN"),
        ({"name": "my library"}, "cannot be called 'my library': a name is lower-case"),
        ({"name": "mixed"}, "cannot be called 'mixed'"),
        ({"name": "other", "entry_point": "no_such_package:DOMAIN"}, "leads nowhere"),
        ({"name": "other", "entry_point": "library_desk:NOTHING"}, "leads nowhere"),
        ({"name": "other", "entry_point": "library_desk:DEFAULT_SIZE"}, "is not the domain"),
        ({"name": "other"}, "'library_desk:DOMAIN' is not the domain 'other'"),
    ],
)
def test_what_cannot_be_registered_is_said(library, changes, message):
    before = dict(DOMAINS)
    with pytest.raises(WritGymError, match=message):
        writ_gym.register_domain(replace(library, **changes))
    assert before == DOMAINS


def test_a_domain_whose_worlds_are_no_function_of_the_seed_is_told(library, monkeypatch, tmp_path):
    drawn, small = count(), {name: number // 4 for name, number in library.default_size.items()}
    library = replace(library, default_size=small)
    unsteady = replace(library, generate=lambda seed, size: library.generate(next(drawn), size))
    monkeypatch.setattr(modules["library_desk"], "DOMAIN", unsteady)
    told = "library domain makes another world each time of the same seed"
    for command in ("sample", "rollout"):
        result = run(command, "--env", "writ/library-v0", "--out", str(tmp_path / "out"))
        assert result.exit_code == 1
        assert told in result.output
    with pytest.raises(TaskError, match=told):  # as where tasks are checked, verified or played
        unsteady.world_of(WorldRef(seed=1, size=small, digest="0" * 64))
    other = replace(library, generate=lambda seed, size: library.generate(seed + 1, size))
    with pytest.raises(TaskError, match=r"but this one is .*or the domain, whose `generate` may"):
        other.world_of(WorldRef(seed=1, size=small, digest="0" * 64))


def test_an_unknown_domain_is_an_error_that_says_how_to_have_one():
    with pytest.raises(WritGymError, match=r"no domain 'bank'.*--import PACKAGE"):
        writ_gym.load_domain("bank")


def test_an_unknown_environment_is_one_line(library):
    result = run("sample", "--env", "writ/bank-v0", "--out", "tasks.jsonl")
    assert result.exit_code == 2
    assert "'writ/bank-v0' is not one of writ/retail-v0" in result.output
    assert result.output.count("\n") == 1


@pytest.mark.parametrize(("package", "notes"), [("json", 1), ("library_desk", 0)])
def test_a_package_that_registers_nothing_is_told(library, package, notes):
    for _ in range(2):  # a package that was imported before registers nothing anew
        lines = run("--import", package, "stats", "tasks.jsonl").output.splitlines()
        told = f"writ-gym: note: --import {package} registers no domain: a package does so when "
        assert [line.startswith(told) for line in lines] == [True] * notes + [False]


def test_a_package_that_is_not_there_is_one_line():
    result = run("--import", "no_such_package", "stats", "tasks.jsonl")
    assert result.exit_code == 1
    assert "No module named 'no_such_package'. Is it installed" in result.output
    assert result.output.count("\n") == 1


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("a b\n", r"fails with SyntaxError: invalid syntax \(broken_desk.py, line 1\)\."),
        ("\n1 / 0\n", r"fails with ZeroDivisionError: .+ \(broken_desk.py, line 2\)\."),
        ("import json\njson.loads('{')\n", r"fails with JSOND.+ \(broken_desk.py, line 2"),
        (
            "from writ_gym.kit import Errand, Words\n\nASKS = {'pay': Errand(('pay',))}\n"
            "Words(None, {}, (), ASKS, {})\n",
            r"fails with ValueError: Requests 'pay' need .+ \(broken_desk.py, line 4\)\.",
        ),
        ("import no_such_package\n", "No module named 'no_such_package'"),
    ],
)
def test_a_package_that_cannot_be_imported_is_one_line(tmp_path, monkeypatch, source, complaint):
    (tmp_path / "broken_desk.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    result = run("--import", "broken_desk", "stats", "tasks.jsonl")
    assert result.exit_code == 1
    assert re.search(rf"^writ-gym: error: --import broken_desk:? {complaint}", result.output)
    assert result.output.count("\n") == 1


@pytest.mark.parametrize("name", ["", "..", "library-desk", "library_desk.", "a b"])
def test_what_is_no_name_of_a_package_is_one_line(name):
    result = run("--import", name, "stats", "tasks.jsonl")
    assert result.output == (
        f"writ-gym: error: --import {name!r} is not the name of a package, such as library_desk.\n"
    )


def test_a_mixture_may_have_it_and_has_it_only_if_asked(library):
    assert "library" not in writ_gym.MixedEnv()._names
    env = writ_gym.MixedEnv(weights={"library": 1, "retail": 1})
    assert env.reset(seed=0, options={"domain": "library"})[1]["domain"] == "library"
