"""The example domain: usable from outside of the package, and each wrong part of it is found.

That it keeps the contract of every domain is tested in ``tests/test_domains.py``.
"""

import json
import os
import pickle
import re
import shlex
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from shutil import copy
from sys import modules

import gymnasium
import numpy as np
import pytest
from click.testing import CliRunner
from gymnasium.utils.env_checker import check_env

from writ_gym import SamplerConfig, TaskSampler, load_domain
from writ_gym.certificates.checking import check_task
from writ_gym.cli import main
from writ_gym.database import Database
from writ_gym.errors import TaskError, ToolError
from writ_gym.kit import edits, words
from writ_gym.phrasing.grammar import Style
from writ_gym.policies import POLICIES
from writ_gym.understanding.reading import read_agent
from writ_gym.users.agenda import Agenda
from writ_gym.users.guard import examine
from writ_gym.users.simulators import UserTurn

PAGE = Path(__file__).resolve().parents[2] / "docs" / "adding-a-domain.md"
EXAMPLE = PAGE.parents[1] / "examples" / "library" / "library_desk"
COMMANDS = [
    line
    for block in re.findall(r"^```bash\n(.*?)^```", PAGE.read_text("utf-8"), re.M | re.S)
    for line in block.splitlines()
    if line.startswith("writ-gym ")
]
CODES = {
    "card_expired", "no_such_loan", "no_such_fee", "no_such_book", "other_member",
    "renewed_before", "reserved", "not_open", "on_shelf", "already_held", "outside",
    "information_only",
}  # fmt: skip
CELLS = [
    (writes, burden) for writes in range(4) for burden in range(7) if burden or not writes
]  # a write takes a read at least


def tasks_of(domain, count=20, seed=0, thorough=False, **config):
    """Return a sampler, and tasks of it."""
    sampler = TaskSampler(domain, SamplerConfig.model_validate(config), thorough=thorough)
    return sampler, list(sampler.tasks(seed, count))


def findings_of(domain, tasks):
    """Return how often which point of the check is broken."""
    found = (check_task(task, domain, domain.world()) for task in tasks)
    return Counter(finding.point for findings in found for finding in findings)


def run(*words, code=0):
    """Run a command and return what it prints."""
    result = CliRunner().invoke(main, [str(word) for word in words], prog_name="writ-gym")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result.output


@pytest.mark.parametrize(("writes", "burden"), CELLS)
def test_every_cell_is_filled_with_tasks_that_are_proved(library, writes, burden):
    _, tasks = tasks_of(library, 4, write_count=writes, evidence_burden=burden)
    assert {(len(t.gold_writes), t.certificate.evidence_burden) for t in tasks} == {
        (writes, burden)
    }
    assert not findings_of(library, tasks)


def test_every_code_of_a_refusal_is_reached(library):
    _, tasks = tasks_of(library, 80, write_count=0)
    found = {task.certificate.reason for task in tasks}
    for intent in ("renew_loan", "pay_fee", "place_hold"):
        _, tasks = tasks_of(library, 80, write_count=0, intents=(intent,))
        found |= {task.certificate.reason for task in tasks}
    assert found == CODES


def test_every_operator_is_used(library):
    tasks = [task for most in (0, 3) for task in tasks_of(library, 150, write_count=(0, most))[1]]
    used = {o for task in tasks for request in task.scenario.requests for o in request.operators}
    assert used == set(library.operators)


def test_the_oracle_solves_every_task_whatever_the_user_is_like_and_it_can_be_replayed(
    library, tmp_path
):
    common = ("--import", "library_desk", "rollout", "--env", "writ/library-v0", "-n", 30, "--json")
    assert '"mean_reward": 1.0' in run(*common, "--out", tmp_path / "plain")
    assert '"mean_reward": 1.0' in run(*common, "--behaviour", "all", "--out", tmp_path / "odd")
    for folder in ("plain", "odd"):
        assert "Reproduced: 30 of 30 records." in run("verify", tmp_path / folder)


@pytest.mark.parametrize("agent", ["silent", "greet-only", "transfer-at-once", "reads-only"])
def test_a_null_policy_never_scores(library, tmp_path, agent):
    assert agent in POLICIES
    printed = run(
        "rollout", "--env", "writ/library-v0", "-n", 30, "--agent", agent, "--out", tmp_path,
        "--json",
    )  # fmt: skip
    assert '"mean_reward": 0.0' in printed


@pytest.mark.parametrize(("agent", "mean"), [("first", 0.0), ("no-reads", 0.0), ("random", 0.35)])
def test_a_shortcut_earns_no_more_than_chance_where_there_is_much_to_choose(
    library, tmp_path, agent, mean
):
    printed = run(
        "rollout", "--env", "writ/library-v0", "-n", 20, "--agent", f"shortcut:{agent}",
        "--write-count", 1, "--evidence-burden", "5-9", "--least-candidates", 4,
        "--out", tmp_path, "--json",
    )  # fmt: skip
    assert json.loads(printed)["mean_reward"] <= mean


def test_twins_have_the_same_write(library):
    sampler, tasks = tasks_of(library, 6, write_count=1, evidence_burden=(4, 6))
    made = 0
    for task in tasks:
        try:
            twin = sampler.twin(task, (1, 3))
        except TaskError:
            continue
        made += 1
        (light,), (heavy,) = twin.gold_writes, task.gold_writes
        assert (light.name, light.arguments) == (heavy.name, heavy.arguments)
        assert light.burden < heavy.burden
    assert made


def test_the_command_makes_twins_in_the_domain_that_the_tasks_are_of(library, tmp_path):
    heavy, light = tmp_path / "heavy.jsonl", tmp_path / "light.jsonl"
    chosen = ("--intent", "pay_fee", "--write-count", 1, "--evidence-burden", "3-5")
    run("sample", "--env", "writ/library-v0", "-n", 5, *chosen, "--out", heavy)
    assert '"twins": 5' in run("twin", heavy, "--out", light, "--json")
    assert "Proved: 5 of 5 tasks. Split: train." in run("check", light)
    assert "Proved: 5 of 5 tasks." in run("check", "--jobs", 2, heavy)


def test_gymnasium_imports_the_package_that_stands_before_the_id(library):
    env = gymnasium.make("library_desk:writ/library-v0", disable_env_checker=True)
    check_env(env.unwrapped)
    _, info = env.reset(seed=0)
    assert "library" in info["system"]


def test_a_fresh_process_of_a_vector_environment_has_it_too(library):
    env = gymnasium.make_vec(
        "writ/library-v0", num_envs=2, vectorization_mode="async",
        vector_kwargs={"shared_memory": False, "context": "spawn"},
    )  # fmt: skip
    observations, _ = env.reset(seed=0)
    assert [messages[0]["role"] for messages in observations] == ["user", "user"]
    env.close()


def test_it_is_pickled_as_its_name(library):
    assert pickle.loads(pickle.dumps(library)) is library
    assert load_domain("library") is library


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Your loan is due on Friday.", True), ("I have renewed the loan.", True),
        ("Which fee is it?", True), ("One of my loans is due on Friday.", False),
        ("I want to renew a loan.", False), ("Do you have your books in large print?", False),
    ],
)  # fmt: skip
def test_a_user_who_speaks_as_the_desk_is_told_by_what_the_kit_knows_of_it(library, text, found):
    (task,) = tasks_of(library, 1)[1]
    objections = examine(Agenda(task.scenario, library.lexicon), UserTurn(text))
    assert ("plays_agent" in objections) == found


def test_a_proposal_is_known_by_what_the_kit_knows_of_the_desk(library):
    asked = {
        text: read_agent(text, library.lexicon).proposes
        for text in (
            "May I renew it?", "Mind if I renew loan L20417?", "Please confirm the loan update.",
            "Would you like to renew any loans?", "May I have the card number?",
        )
    }  # fmt: skip
    assert list(asked.values()) == [True, True, True, False, False]


def test_a_tool_that_raises_changes_nothing(library):
    db = library.world().db
    member = next(member for member in db.members.values() if member.holds)
    session: Database = db.session()
    arguments = {"member_id": member.member_id, "book_id": member.holds[0]}
    with pytest.raises(ToolError, match="waits for book"):
        library.tools.call(session, "place_hold", arguments)
    paid = next(key for key, fee in db.fees.items() if fee.status == "paid")
    with pytest.raises(ToolError, match="paid already"):
        library.tools.call(session, "pay_fee", {"fee_id": paid})
    with pytest.raises(ToolError, match="no loan 'L1'"):
        library.tools.call(session, "renew_loan", {"loan_id": "L1"})
    assert session.changes() == {}


def test_a_sentence_that_says_something_else_is_found_out(library):
    state = modules["library_desk.language"].WORDS.state
    value = {"by": "due", "extreme": "lowest", "rank": 2, "among": ["L20001", "L20002"]}
    for seed in range(20):
        text = state("", "loan", value, np.random.default_rng(seed), Style())
        assert library.faithful("loan", value, text) is None
        assert library.faithful("loan", {**value, "extreme": "highest"}, text)
        assert library.faithful("loan", {**value, "rank": 1}, text)
        assert library.faithful("loan", {**value, "among": ["L20001", "L20003"]}, text)
        assert library.faithful("loan", value, text.replace("L20002", "L20002 and L20003"))


RENEWALS = {"intents": ("renew_loan",), "write_count": 1, "evidence_burden": (2, 5)}


def test_the_proof_shares_no_code_with_what_makes_the_tasks(library):
    source = Path(modules["library_desk.proof"].__file__).read_text("utf-8")
    assert set(re.findall(r"library_desk\.(\w+)", source)) == {"language", "schema"}
    assert "writ_gym.meaning.solving" not in source


def test_a_rule_that_the_solver_forgets_is_found_by_the_sampler(library, monkeypatch):
    monkeypatch.setattr(modules["library_desk.intents"], "reserved", lambda case: None)
    sampler, _ = tasks_of(library, **RENEWALS)
    assert sampler.rejected["solver and brute force differ"]


def test_a_sentence_that_leaves_something_out_is_found_by_the_sampler(library, monkeypatch):
    say = words._Telling._named
    monkeypatch.setattr(words._Telling, "_named", lambda *of: say(*of).split(" out of ")[0])
    sampler, _ = tasks_of(library, **RENEWALS)
    assert sampler.rejected["the check of 'text' fails"]


def test_without_an_edit_of_the_field_a_read_is_not_counted(library, monkeypatch):
    monkeypatch.setattr(edits, "FAR_NUMBERS", ())
    monkeypatch.setattr(edits.TableEdits, "_other_links", lambda *of: ())
    sampler, _ = tasks_of(library, **RENEWALS)
    assert sampler.rejected["the burden that was proved is not the one asked for"] > 10


def test_without_routes_no_task_is_delivered(library, monkeypatch):
    proof = modules["library_desk.proof"]
    monkeypatch.setattr(proof.LibraryProof, "routes", lambda *of: iter(()))
    monkeypatch.setattr("writ_gym.sampling.sampler.ATTEMPTS", 100)  # more find none either
    with pytest.raises(TaskError, match="the check of 'paths' fails"):
        tasks_of(library, 1, **RENEWALS)


def test_a_write_of_which_it_is_not_said_what_it_makes_stale_is_found(library, monkeypatch):
    forgetful = replace(library, stale=lambda write, answer, read: False)
    config = {"intents": ("place_hold",), "write_count": (2, 2)}
    _, tasks = tasks_of(forgetful, evidence_burden=(1, 4), **config)
    assert findings_of(library, tasks)["evidence"]
    monkeypatch.setattr("writ_gym.sampling.sampler.ATTEMPTS", 100)  # more find none either
    with pytest.raises(TaskError, match="no request of this burden was drawn"):
        tasks_of(forgetful, 1, thorough=True, evidence_burden=(1, 4), **config)


def test_a_read_that_the_solver_leaves_out_is_found(library, monkeypatch):
    intents = modules["library_desk.intents"]
    monkeypatch.setattr(intents, "reserved", lambda case: None)
    said = "I am going to renew it.", "It has been renewed."
    monkeypatch.setattr(intents.RenewLoan, "propose", lambda self, case: said)
    _, tasks = tasks_of(library, **RENEWALS)
    assert findings_of(library, tasks)["evidence"]
    sampler, tasks = tasks_of(library, thorough=True, **RENEWALS)
    assert sampler.rejected["what no read showed would change what is right"]
    assert not findings_of(library, tasks)


def test_every_command_of_the_page_works(library, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert COMMANDS
    for command in COMMANDS:
        run(*shlex.split(command, comments=True)[1:])


def test_each_step_of_the_page_works_with_the_files_up_to_it(tmp_path):
    package = tmp_path / "library_desk"
    package.mkdir()
    (package / "__init__.py").touch()
    text = PAGE.read_text("utf-8")
    steps = re.findall(r"^## \d\. [^\n]*: (.*?)\n(.*?)(?=^## )", text, re.M | re.S)
    assert len(steps) == 7
    for files, body in steps:
        for name in re.findall(r"`(\S+)`", files):
            copy(EXAMPLE / name, package / name)
        for snippet in re.findall(r"^```python\n(.*?)^```", body, re.M | re.S):
            done = subprocess.run(
                [sys.executable, "-c", snippet], capture_output=True, text=True, timeout=60,
                env={**os.environ, "PYTHONPATH": str(tmp_path)}, check=False,
            )  # fmt: skip
            assert not done.returncode, f"{files}: {done.stderr}"
    assert {each.name for each in EXAMPLE.iterdir() if each.is_file()} == {
        each.name for each in package.iterdir() if each.is_file()
    }


def test_a_package_is_held_to_the_contract_of_every_domain_by_the_command_of_the_page():
    (line,) = re.findall(r"^ +PYTHONPATH=\S+ pytest (.*)$", PAGE.read_text("utf-8"), re.M)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *line.split(), "-k", "equal_seeds", "-v"],
        capture_output=True, text=True, timeout=120, check=False, cwd=PAGE.parents[1],
        env={**os.environ, "PYTHONPATH": f"{PAGE.parents[1]}{os.pathsep}{EXAMPLE.parent}"},
    )  # fmt: skip
    assert "[library_desk] PASSED" in done.stdout, done.stdout + done.stderr
    assert "1 passed" in done.stdout


def test_the_page_says_how_long_each_file_is():
    told = dict(re.findall(r"^\| \d \| `(\S+)` \| (\d+) \|", PAGE.read_text("utf-8"), re.M))
    files = {each.name: each for each in EXAMPLE.iterdir() if each.is_file()}
    assert told == {
        name: str(len(file.read_text("utf-8").splitlines())) for name, file in files.items()
    }
