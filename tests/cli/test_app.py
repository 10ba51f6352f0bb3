"""The command line: what it prints, what it exits with, and that a failure is one clear line."""

import asyncio
import json
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from io import StringIO
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from tqdm import tqdm

from writ_gym.cli import main
from writ_gym.cli import options as cli_options
from writ_gym.cli.output import advance, show_findings
from writ_gym.datasets import exports
from writ_gym.directory import OWN, env_id_of
from writ_gym.errors import BackendError
from writ_gym.policies import POLICIES
from writ_gym.policies.null import Fixed
from writ_gym.policies.oracle import oracle
from writ_gym.policy import Privileged
from writ_gym.reports.explaining import explain
from writ_gym.runs.rollouts import Progress
from writ_gym.runs.store import EPISODES, FAILURES, MANIFEST, read_records
from writ_gym.runs.task_files import read_tasks
from writ_gym.users.scripted import USERS, ScriptedUser
from writ_gym.version import __version__

INSTALLED = shutil.which("writ-gym", path=str(Path(sys.executable).parent)) or "writ-gym"


def run(*arguments, code=0, stdin=None):
    """Run a command in this process and return its result; it ends with the exit code."""
    words = [str(argument) for argument in arguments]
    result = CliRunner().invoke(main, words, input=stdin, prog_name="writ-gym")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result


def answer(*arguments, code=0):
    """Run a command with ``--json`` and return the one object that it prints."""
    result = run(*arguments, "--json", code=code)
    assert result.stderr == ""
    assert result.stdout.count("\n") == 1
    return json.loads(result.stdout)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "run"


def commands(group=main, prefix=()):
    for name, command in group.commands.items():
        yield pytest.param((*prefix, name), command, id=" ".join((*prefix, name)))
        if isinstance(command, click.Group):
            yield from commands(command, (*prefix, name))


@pytest.mark.parametrize(("words", "command"), list(commands()))
def test_help_says_what_a_command_does_and_explains_every_option(words, command):
    text = run(*words, "--help").stdout
    assert " ".join(command.help.split("\n\n")[0].split()) in " ".join(text.split())
    for option in command.params:
        if isinstance(option, click.Option):
            assert option.help
            for name in option.opts:
                assert re.search(rf"^  .*{re.escape(name)}\b", text, re.M), name
    assert run(*words, "-h").stdout == text


def test_help_names_the_agents_users_environments_and_formats():
    text = " ".join(re.sub(r"-\n\s+", "-", run("rollout", "--help").stdout).split())
    for name in {*POLICIES, *USERS, *map(env_id_of, OWN)} - {"human"}:
        assert name in text
    for name in exports.FORMATS:
        assert name in run("export", "--help").stdout


def test_without_a_command_the_help_is_shown():
    result = run(code=2)
    for name in main.commands:
        assert re.search(rf"^  {name} ", result.output, re.M)


def test_the_help_of_the_whole_says_of_every_command_all_of_its_first_sentence():
    text = " ".join(run("--help").stdout.split())
    for command in main.commands.values():
        assert " ".join(command.help.split("\n\n")[0].split()) in text
    assert "and compare every answer." in " ".join(run("tau2", "--help").stdout.split())


def test_the_command_line_loads_no_client_and_no_library_of_an_extra():
    heavy = {"openai", "aiohttp", "matplotlib", "pyarrow", "ray", "datasketch"}
    code = f"import sys, writ_gym.cli.app; print({heavy} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "set()\n"


def test_the_version_is_that_of_the_package():
    assert run("--version").stdout == f"writ-gym, version {__version__}\n"


def test_the_package_is_a_command_too():
    command = [sys.executable, "-m", "writ_gym", "--version"]
    result = subprocess.run(command, check=True, capture_output=True, text=True)
    assert result.stdout == f"writ-gym, version {__version__}\n"


def test_a_run_is_played_verified_and_exported(folder, tmp_path):
    summary = answer("rollout", "-n", 12, "--out", folder)
    assert summary.pop("seconds") > 0
    assert summary.pop("episodes_per_second") > 0
    assert summary == {
        "split": "train", "planned": 12, "played": 12, "continued_from": 0, "scored": 12,
        "without_score": 0, "mean_reward": 1.0, "out": str(folder),
    }  # fmt: skip
    assert len(list(read_records(folder))) == 12
    assert answer("verify", folder) == {"records": 12, "verified": 12, "findings": []}
    for form in ("openai", "writ", "record"):  # tokens: of models alone
        out = tmp_path / f"{form}.jsonl"
        counts = answer("export", folder, "--format", form, "--out", out)
        assert counts == {"read": 12, "written": 12, "dropped": 0, "out": str(out)}
        assert len([json.loads(line) for line in out.read_text().splitlines()]) == 12


def test_without_tools_of_the_user_there_are_none_to_give_away(folder):
    result = run("rollout", "-n", 1, "--solo", "--out", folder, code=1)
    assert "The retail domain has no tools of the user, so leave out solo" in result.stderr
    answer("rollout", "-n", 1, "--no-user-tools", "--out", folder)
    assert [record.holder for record in read_records(folder)] == ["nobody"]
    telecom = ("--env", "writ/telecom-v0", "--no-user-tools")
    result = run("rollout", *telecom, "--intent", "fix_mms", "--out", folder, code=1)
    assert "The intent 'fix_mms' needs tools of the user, which nobody has." in result.stderr


def test_tasks_that_take_a_users_tool_are_not_sampled_or_played_where_nobody_has_it(folder):
    small = ("--env", "writ/telecom-v0", "--world-size", "customers=60")
    file, made = folder.with_suffix(".jsonl"), folder / "made"
    run("sample", *small, "--no-user-tools", "-n", 4, "--out", file)
    played = answer("rollout", "--tasks-file", file, "--no-user-tools", "--out", folder / "one")
    assert played["mean_reward"] == 1.0
    synth = answer("synth", *small, "--no-user-tools", "-n", 4, "--out", made)
    assert (synth["episodes"], synth["kept"]) == (4, 4)
    assert {record.holder for record in read_records(made / "run")} == {"nobody"}
    fix = folder.with_name("fix.jsonl")
    run("sample", *small, "--intent", "fix_data", "--write-count", "1-2", "-n", 1, "--out", fix)
    (task,) = read_tasks(fix)
    for command in ("rollout", "eval"):
        result = run(command, "--tasks-file", fix, "--no-user-tools", "--out", made, code=1)
        assert f"Task {task.task_id} takes the user's tool" in result.output
    data = Path(__file__).parents[3] / "shared" / "tau2"
    if data.is_dir():
        recorded = ("--env", "writ/telecom-v0", "--data", data, "--no-user-tools")
        result = run("rollout", *recorded, "--out", made, code=1)
        assert "takes the user's tool" in result.output


def test_people_get_the_same_as_lines(folder, tmp_path):
    lines = run("rollout", "-n", 3, "--out", folder).stdout.splitlines()
    assert "mean reward          1.0" in lines
    assert run("verify", folder).stdout == "Reproduced: 3 of 3 records.\n"
    lines = run("export", folder, "--out", tmp_path / "out.jsonl").stdout.splitlines()
    assert "written              3" in lines


def test_the_options_decide_which_tasks_are_played_and_how(folder):
    summary = answer(
        "rollout", "-n", 4, "--trials", 2, "--concurrency", 3, "--out", folder, "--agent", "random",
        "--write-count", 2, "--evidence-burden", "1-3", "--intent", "cancel_order", "--intent",
        "return_items", "--split", "test", "--seed", 7, "--max-turns", 5,
    )  # fmt: skip
    assert (summary["planned"], summary["played"], summary["mean_reward"]) == (8, 8, 0.0)
    assert summary["split"] == "test"
    records = list(read_records(folder))
    assert len(records) == 8
    for record in records:
        config, certificate = record.task.config, record.task.certificate
        assert (config.write_count, config.evidence_burden) == ((2, 2), (1, 3))
        assert certificate.write_count == 2
        assert 1 <= certificate.evidence_burden <= 3
        assert record.split == config.split == "test"
        assert {r.intent for r in record.task.scenario.requests} <= {"cancel_order", "return_items"}
        assert record.agent.policy == "random"
        assert record.measured.turns <= 5
    assert "turn_limit" in {record.termination for record in records}
    assert answer("verify", folder)["verified"] == 8


def test_the_tasks_of_a_file_are_played_in_its_domain_and_verify(folder, tmp_path):
    file = tmp_path / "tasks.jsonl"
    small = ("--env", "writ/telecom-v0", "--world-size", "customers=60")
    run("sample", *small, "--write-count", "1-2", "-n", 4, "--out", file)
    command = ("rollout", "--tasks-file", file, "--out", folder)
    told = answer(*command, "--trials", 2)
    assert (told["split"], told["planned"], told["mean_reward"]) == ("train", 8, 1.0)
    counts = Counter(record.task_id for record in read_records(folder))
    assert counts == dict.fromkeys((task.task_id for task in read_tasks(file)), 2)
    assert answer("verify", folder)["verified"] == 8
    assert answer(*command, "--trials", 2)["played"] == 0
    assert "leave the options away" in run(*command, "--write-count", 1, code=1).stderr


def test_the_tasks_of_a_run_are_explained_proved_and_played_again(folder, tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    play = ("--agent", "silent", "--max-turns", 1)
    small = ("--world-size", "users=120", "--world-size", "orders=300")
    answer("eval", *play, "-n", 3, "-k", 2, *small, "--write-count", 1, "--out", one)
    records = list(read_records(one))
    failed = next(iter(json.loads((one / "evaluation.json").read_text())["examples"].values()))
    (record,) = (each for each in records if each.episode_id == failed)
    assert run("explain", one, "--task-id", failed).stdout == f"{explain(record.task)}\n\n"
    assert run("explain", one, "--task-id", record.task_id).stdout == f"{explain(record.task)}\n\n"
    assert run("explain", one, "-n", 9).stdout.count("The user knows:") == 3
    assert "has no task 0." in run("explain", one, "--task-id", "0.0", code=1).stderr
    assert answer("check", one)["passed"] == 3
    assert answer("rollout", *play, "--tasks-file", one, "--out", two)["planned"] == 3
    assert {each.task_id for each in read_records(two)} == {each.task_id for each in records}
    told = run("twin", one, "--out", one / EPISODES, "--overwrite", code=1).stderr
    assert "holds the tasks that the twins are of" in told


def test_no_more_episodes_are_in_flight_than_asked_for(folder, monkeypatch):
    in_flight = []
    most = []

    class Slow(ScriptedUser):
        async def open(self):
            in_flight.append(self)
            most.append(len(in_flight))
            await asyncio.sleep(0)
            in_flight.remove(self)
            return await super().open()

    monkeypatch.setitem(USERS, "scripted", Slow)
    answer("rollout", "-n", 12, "--concurrency", 3, "--out", folder)
    assert max(most) == 3


def test_recorded_tasks_are_all_played_and_none_twice(folder, monkeypatch, shop, oracle_run):
    tasks = [record.task for record in oracle_run.records[:3]]
    monkeypatch.setattr(cli_options, "load_database", lambda domain, data: shop.db)
    monkeypatch.setattr(cli_options, "recorded_tasks", lambda domain, world, data: tasks)
    command = ["rollout", "--data", "anywhere", "--out", folder]
    complaint = "The data has 3 tasks; --trials plays each more than once."
    assert complaint in run(*command, "-n", 4, code=1).stderr
    assert answer(*command, "-n", 2)["scored"] == 2
    assert answer(*command)["scored"] == 3
    assert answer(*command, "--trials", 2)["scored"] == 6
    records = list(read_records(folder))
    assert {record.task_id for record in records} == {task.task_id for task in tasks}
    assert len({record.episode_id for record in records}) == 6


def test_the_same_command_goes_on_and_a_larger_one_adds(folder):
    first = answer("rollout", "-n", 5, "--out", folder)
    again = answer("rollout", "-n", 5, "--out", folder)
    more = answer("rollout", "-n", 8, "--out", folder)
    told = [(each["continued_from"], each["played"], each["scored"]) for each in
            (first, again, more)]  # fmt: skip
    assert told == [(0, 5, 5), (5, 0, 5), (5, 3, 8)]
    assert answer("verify", folder)["verified"] == 8


def test_episodes_without_a_score_give_the_exit_code_3_and_are_tried_again(folder, monkeypatch):
    class Gone(Fixed):
        async def act(self, observation):
            raise BackendError("The provider is gone.")

    @Privileged
    def sometimes(domain, task):
        return oracle(domain, task) if task.seed % 2 else Gone((), "")

    monkeypatch.setitem(POLICIES, "remote", sometimes)
    command = ["rollout", "-n", 12, "--agent", "remote", "--out", folder]
    broken = answer(*command, code=3)
    assert 0 < broken["without_score"] < 12
    assert broken["scored"] == 12 - broken["without_score"]
    assert broken["mean_reward"] == 1.0
    assert len(list(read_records(folder / FAILURES))) == broken["without_score"]
    monkeypatch.setitem(POLICIES, "remote", Privileged(oracle))
    mended = answer(*command)
    assert (mended["played"], mended["without_score"]) == (broken["without_score"], 0)
    assert answer("verify", folder)["verified"] == 12


def test_a_run_in_which_nothing_could_be_scored_has_no_mean(folder, monkeypatch):
    class Gone(Fixed):
        async def act(self, observation):
            raise BackendError("The provider is gone.")

    monkeypatch.setitem(POLICIES, "remote", lambda domain: Gone((), ""))
    summary = answer("rollout", "-n", 2, "--agent", "remote", "--out", folder, code=3)
    assert (summary["scored"], summary["mean_reward"]) == (0, None)
    assert summary["why_without_score"] == {"infra_error: The provider is gone.": 2}
    assert summary["failures"] == str(folder / FAILURES)
    third = run("rollout", "-n", 3, "--agent", "remote", "--out", folder, code=3)
    at_once = "writ-gym: an episode has no score: infra_error: The provider is gone."
    assert third.stderr.count(at_once) == 1
    lines = third.stdout.split("\n")
    assert "      3  infra_error: The provider is gone." in lines
    assert "mean reward          -" in lines
    assert f"failures             {folder / FAILURES}" in lines


def test_a_file_is_written_into_a_folder_that_is_not_there_yet(folder, tmp_path):
    made = tmp_path / "not" / "there"
    assert answer("sample", "-n", 3, "--write-count", 1, "--out", made / "1" / "t.jsonl")["tasks"]
    answer("twin", made / "1" / "t.jsonl", "--out", made / "2" / "t.jsonl")
    answer("rollout", "-n", 3, "--out", made / "3" / "run")
    for number, more in enumerate(((), ("--shard-rows", 2)), 4):
        answer("export", made / "3" / "run", "--out", made / str(number) / "data", *more)
    answer("filter", made / "3" / "run", "--out", made / "6" / "kept.jsonl")
    assert sorted(each.name for each in made.iterdir()) == ["1", "2", "3", "4", "5", "6"]


def test_verify_says_what_differs_and_exits_with_1(folder):
    answer("rollout", "-n", 3, "--out", folder)
    lines = (folder / EPISODES).read_text().splitlines()
    row = json.loads(lines[1])
    row["reward"] = 0.0
    (folder / EPISODES).write_text("\n".join([lines[0], json.dumps(row), lines[2]]) + "\n")
    result = run("verify", folder, code=1)
    assert result.stdout.splitlines()[0] == "Reproduced: 2 of 3 records."
    assert result.stdout.splitlines()[1].startswith(f"{row['episode_id']}: the reward is 1.0 ")
    report = answer("verify", folder, code=1)
    assert (report["records"], report["verified"]) == (3, 2)
    assert [finding["episode_id"] for finding in report["findings"]] == [row["episode_id"]]


def test_the_same_finding_in_many_places_is_one_line_for_people_alone(folder):
    answer("rollout", "-n", 12, "--out", folder)
    path = folder / EPISODES
    path.write_text(path.read_text().replace('"reward":1.0', '"reward":0.0'))
    first, *others = run("verify", folder, code=1).stdout.splitlines()
    assert first == "Reproduced: 0 of 12 records."
    counts = [int(re.match(r"(\d+) times: the reward is 1.0 |", line)[1] or 1) for line in others]
    assert counts == sorted(counts, reverse=True)
    assert (sum(counts), counts[0] > 3) == (12, True)
    found = answer("verify", folder, code=1)["findings"]
    same = [each["episode_id"] for each in found if each["what"] in others[0]]
    assert others[0].endswith(f" ({', '.join(same[:3])}, ...)")


def test_many_findings_are_shortened_for_people(capsys):
    show_findings("Bad.", [(f"e{n}", f"it is {n if n < 30 else 0}") for n in range(31)])
    assert capsys.readouterr().out.splitlines() == [
        "Bad.", "2 times: it is 0 (e0, e30)", *(f"e{n}: it is {n}" for n in range(1, 20)),
        "... and 10 findings more; --json shows all.",
    ]  # fmt: skip


def test_an_empty_run_does_not_verify(tmp_path):
    (tmp_path / EPISODES).touch()
    result = run("verify", tmp_path, code=1)
    assert result.stderr == (
        f"writ-gym: error: {tmp_path} is empty: there is no record to verify.\n"
    )


def test_export_keeps_failed_episodes_only_when_asked_to(folder, tmp_path):
    answer("rollout", "-n", 3, "--agent", "greet-only", "--out", folder)
    out = tmp_path / "out.jsonl"
    assert answer("export", folder, "--out", out)["written"] == 0
    told = run("export", folder, "--out", out).stderr
    assert "a reward below 1 are left out without --all" in told
    assert out.read_text() == ""
    assert answer("export", folder, "--out", out, "--all")["written"] == 3


ROLLOUT = ("rollout", "-n", "2", "--out", "new")
SAMPLE = ("sample", "-n", "2", "--out", "new.jsonl")
MODEL = (*ROLLOUT, "--agent", "openai:small")


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        ((*ROLLOUT, "--env", "writ/toys-v0"), 2, "'--env': 'writ/toys-v0' is not"),
        ((*ROLLOUT, "--env", "writ/mixed-v0"), 2, "this command is about one: repeat it for each"),
        (
            ("eval", "--env", "writ/mixed-v0", "--out", "new"),
            2,
            "draws a domain for each episode of a training loop",
        ),
        ((*ROLLOUT, "--write-count", "4-1"), 2, "'--write-count': '4-1' is empty: its first"),
        ((*ROLLOUT, "--write-count", "many"), 2, "'--write-count': 'many' is neither a number"),
        ((*ROLLOUT, "--write-count", "-1"), 2, "'--write-count': '-1' is neither a number"),
        ((*ROLLOUT, "--evidence-burden", "1-"), 2, "'--evidence-burden': '1-' is neither"),
        ((*ROLLOUT, "--split", "dev"), 2, "'--split': 'dev' is not one of 'train'"),
        ((*ROLLOUT, "--user", "nobody"), 2, "'--user': 'nobody' is not"),
        ((*ROLLOUT, "--seed", "-1"), 2, "'--seed': -1 is not in the range x>=0"),
        ((*ROLLOUT, "--trials", "0"), 2, "'--trials': 0 is not in the range x>=1"),
        (("rollout", "-n", "2"), 2, "Missing option '--out'"),
        (
            (*ROLLOUT, "--agent", "nobody"),
            1,
            "no agent policy 'nobody'; there are: openai:MODEL, oracle, ",
        ),
        ((*ROLLOUT, "--agent", "human"), 1, "A person plays with 'writ-gym play'."),
        ((*ROLLOUT, "--intent", "buy"), 1, "The retail domain has no intent 'buy'; it has cancel"),
        ((*ROLLOUT, "--intent", "cancel_order=0"), 2, "is no name, or one with a weight above 0"),
        (
            (*ROLLOUT, "--intent", "about_order", "--write-count", "1"),
            1,
            "none of them can have one",
        ),
        (
            (*SAMPLE, "--least-burden", "9", "--evidence-burden", "0-5"),
            1,
            "least_burden, of every write, must be at most the upper end of evidence_burden",
        ),
        ((*SAMPLE, "--zero-write", "0.5", "--write-count", "1-2"), 1, "zero_write is a share of"),
        ((*SAMPLE, "--grid", "--zero-write", "0.5"), 1, "All cells of a grid get as many tasks"),
        (
            (*SAMPLE, "--preset", "crossed", "--write-count", "1"),
            1,
            "--preset crossed has ranges of its own: leave out --write-count.",
        ),
        (("synth", "--write-count", "1", "--out", "new"), 2, "No such option '--write-count'"),
        ((*SAMPLE, "--cell", "1:5-8"), 2, "'1:5-8' is not a cell and a number of tasks: 1:5-8=300"),
        ((*SAMPLE, "--cell", "1:5=0"), 2, "'1:5=0' is not a cell and a number of tasks"),
        ((*SAMPLE, "--cell", "1:x=3"), 2, "'x' is neither a number nor a range"),
        ((*SAMPLE, "--cell", "1:5=3", "--grid"), 1, "--grid, --preset and --cell exclude one"),
        ((*SAMPLE, "--cell", "1:5=3", "--write-count", "2"), 1, "--cell has ranges of its own"),
        ((*SAMPLE, "--cell", "1:5=3", "--least-burden", "6"), 1, "least_burden, of every write"),
        ((*SAMPLE, "--behaviour", "cannot_find"), 1, "is a behaviour of users with tools of their"),
        ((*SAMPLE, "--operator", "jion"), 1, "has no operator 'jion'"),
        ((*ROLLOUT, "--write-count", "30"), 1, "No retail task with write_count 30 and"),
        ((*ROLLOUT, "--evidence-burden", "99"), 1, "evidence_burden 99 was found in 0 drafts"),
        ((*ROLLOUT, "--zero-write", "nan"), 2, "'--zero-write': 'nan' is not a number."),
        ((*ROLLOUT, "--turn-timeout", "nan"), 2, "'--turn-timeout': 'nan' is not a number."),
        (
            (*ROLLOUT, "--world-size", "users=1"),
            1,
            "orders must be from 1 to 10 here, not 1000. Th",
        ),
        ((*ROLLOUT, "--world-size", "users=1"), 1, "its default: add --world-size orders=N."),
        ((*ROLLOUT, "--world-size", "users=0"), 1, "users must be from 1 to 100000 here, not 0.\n"),
        (
            (*ROLLOUT, "--agent-base-url", "http://x"),
            1,
            "--agent-base-url is about a model",
        ),
        (
            (*ROLLOUT, "--agent-token-data", "vllm"),
            1,
            "--agent-token-data is about a",
        ),
        ((*ROLLOUT, "--user-token-data", "vllm"), 2, "No such option '--user-token-data'"),
        (
            (*MODEL, "--agent-token-data", "sglang", "--agent-stream"),
            1,
            "--agent-stream and --agent-token-data sglang exclude one another: such a server ",
        ),
        ((*ROLLOUT, "--user-set", "top_p=1"), 1, "none plays the user: add --user llm:MODEL"),
        (("eval", "--out", "new", "--agent-stream"), 1, "add --agent openai:MODEL, or leave it"),
        ((*ROLLOUT, "--recording", "kept"), 1, "--recording is of what models answer, and none"),
        ((*MODEL, "--agent-set", "model=x"), 2, "is not to be set: say --agent openai:MODEL."),
        ((*MODEL, "--user-set", "model=x"), 2, "'model' is not to be set: say --user llm:MODEL."),
        ((*MODEL, "--agent-set", "messages=[]"), 2, "'messages' is not to be set: it is the conv"),
        ((*MODEL, "--agent-set", "tools=null"), 2, "it is what the domain has; --agent-tools"),
        ((*MODEL, "--user-set", "tools=[]"), 2, "there is nothing for this model to call."),
        ((*MODEL, "--user-set", "response_format={}"), 2, "--user-answers says which form answers"),
        ((*MODEL, "--user-set", "stream=true"), 2, "'stream' is not to be set: say --user-stream."),
        ((*MODEL, "--agent-set", "api_key=x"), 2, "holds it with --agent-api-key-env."),
        ((*MODEL, "--agent-set", "seed=1"), 2, "one of its own, by --seed (seed=null leaves it"),
        ((*MODEL, "--agent-set", "seed=null"), 1, "OPENAI_API_KEY is not set"),
        ((*SAMPLE, "--paraphrase-set", "model=x"), 2, "not to be set: say --paraphrase MODEL."),
        ((*MODEL, "--replay"), 1, "--replay needs --recording, the file to play from."),
        ((*MODEL, "--agent-base-url", "http://[::1"), 2, "'http://[::1' is no address such as"),
        ((*MODEL, "--agent-base-url", "file:///x"), 2, "'file:///x' is no address such as"),
        ((*MODEL, "--agent-price", "nan,1"), 2, "'nan,1' is not two prices such as 0.25,2."),
        ((*MODEL, "--agent-price", "-1,1"), 2, "'-1,1' is not two prices such as 0.25,2."),
        ((*MODEL, "--agent-price", "1"), 2, "'1' is not two prices such as 0.25,2."),
        ((*MODEL, "--agent-rpm", "nan"), 2, "'nan' is not a number."),
        (
            (*MODEL, "--agent-api-key-env", "TWO_LINES"),
            1,
            "TWO_LINES holds is no key: it",
        ),
        (MODEL, 1, "OPENAI_API_KEY is not set: set it, or add --agent-base-url for another"),
        (
            (*ROLLOUT, "--user", "llm:small"),
            1,
            "'small' would be asked for at OpenAI's own API",
        ),
        (("eval", "--out", "new"), 1, "There is no run in new to summarise: say what is to be"),
        (("explain", "file"), 1, "file is empty: there is no task to explain."),
        (("check", "file"), 1, "file is empty: there is no task to prove."),
        (("verify", "file"), 1, "file is empty: there is no record to verify."),
        ((*ROLLOUT, "--tasks", "recorded"), 1, "--tasks recorded needs --data"),
        ((*ROLLOUT, "--data", "nowhere"), 1, "nowhere"),
        (("rollout", "-n", "2", "--out", "file/new"), 1, "Cannot write to file/new: Not a dir"),
        (("rollout", "-n", "2", "--out", "file"), 1, "it is a file, and what is to be there is"),
        (("synth", "-n", "2", "--out", "file"), 1, "Cannot write to file: it is a file, and what"),
        (("verify", "nowhere"), 1, "There is no file nowhere."),
        (("verify", "."), 1, "There is no file episodes.jsonl."),
        (("verify", "file", "--data", "nowhere"), 1, "nowhere"),
        (("export", "nowhere", "--out", "out.jsonl"), 1, "There is no file nowhere."),
        (("export", "file", "--out", "file"), 1, "file is empty: there is no record to export."),
        (("export", "file", "--format", "csv", "--out", "out"), 2, "'--format': 'csv' is not"),
        (("play", "--intent", "buy"), 1, "The retail domain has no intent 'buy'"),
        (("tau2", "replay", "--data", "nowhere", "--domain", "retail"), 1, "nowhere"),
        ((*ROLLOUT, "--agent", "openai:"), 1, "'openai:' names no model: write openai:MODEL"),
        ((*MODEL, "--agent-base-url", "localhost:80"), 2, "'localhost:80' is no address such as"),
        (("rollout", "-n", "2", "--out", "."), 1, "Cannot write to .: it holds data.jsonl. C"),
        (("synth", "-n", "2", "--out", "."), 1, "Cannot write to .: it holds data.jsonl. C"),
        (("stats", "data.jsonl"), 1, "line 1: training data, as 'writ-gym export' writes it"),
        (("check", "data.jsonl"), 1, "line 1: training data, as 'writ-gym export' writes it"),
        (("explain", "."), 1, ". is no file of tasks, nor a run: it has no episodes.jsonl."),
        (("dance",), 2, "No such command 'dance'"),
    ],
)
def test_what_cannot_be_done_is_one_clear_line(tmp_path, monkeypatch, arguments, code, complaint):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TWO_LINES", "a\nb")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    Path("file").touch()
    Path("data.jsonl").write_text('{"messages": [], "tools": []}\n')
    result = run(*arguments, code=code)
    assert result.stdout == ""
    assert re.fullmatch(r"writ-gym: error: .+\n", result.stderr)
    assert complaint in result.stderr
    if code == 2:
        command = arguments[0] if arguments[0] in main.commands else ""
        assert f"See '{f'writ-gym {command}'.strip()} --help'." in result.stderr
    assert Path("file").read_bytes() == b""
    assert not (tmp_path / "new" / EPISODES).exists() or not list(read_records(Path("new")))


def test_what_a_kind_of_server_never_gives_of_its_tokens_is_told_at_the_start(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    for kind, notes in (("openai", 1), ("vllm", 0)):
        told = run(*MODEL, "--agent-token-data", kind, code=1).stderr.splitlines()
        assert sum("note: --agent-token-data openai records log-" in line for line in told) == notes


def test_a_first_try_that_found_no_task_does_not_stand_in_the_way_of_the_next(folder):
    run("rollout", "-n", 2, "--write-count", 30, "--out", folder, code=1)
    assert answer("rollout", "-n", 2, "--write-count", 3, "--out", folder)["scored"] == 2


@pytest.mark.parametrize(
    ("option", "termination"),
    [("--max-tool-errors", "tool_error_limit"), ("--max-episode-tokens", "token_limit")],
)
def test_an_episode_has_as_many_tool_errors_and_tokens_as_it_is_given(folder, option, termination):
    command = ("rollout", "-n", 2, "--agent", "random")
    answer(*command, "--out", folder, option, 1)
    assert {record.termination for record in read_records(folder)} == {termination}
    name = option[2:].replace("-", "_")
    assert json.loads((folder / MANIFEST).read_text())[name] == 1
    assert answer("verify", folder)["verified"] == 2
    run(*command, "--out", folder, code=1)


@pytest.mark.parametrize(
    ("option", "complaint"),
    [
        (("--seed", "1"), "made with seed=0, not 1:"),
        (("--agent", "random"), "made with agent='oracle', not 'random':"),
        (("--write-count", "1"), "made with write_count=[0, 4], not [1, 1]:"),
        (("--world-seed", "1"), "made with other world, not these:"),
        (
            ("--env", "writ/airline-v0", "--write-count", "1"),
            "made with env='writ/retail-v0', not 'writ/airline-v0'; write_count=[0, 4], not ",
        ),
        (("--max-turns", "7"), "made with max_turns=100, not 7:"),
    ],
)
def test_a_run_is_not_continued_with_other_options(folder, option, complaint):
    answer("rollout", "-n", 2, "--out", folder)
    result = run("rollout", "-n", 4, "--out", folder, *option, code=1)
    assert result.stderr.startswith(f"writ-gym: error: {folder} was {complaint}")
    assert result.stderr.count("\n") == 1
    assert len(list(read_records(folder))) == 2


@pytest.mark.parametrize("command", ["rollout", "verify", "export"])
@pytest.mark.parametrize("damage", ["{", '{"index": 1}', "nonsense"])
def test_a_damaged_run_is_told_with_file_and_line(folder, tmp_path, command, damage):
    answer("rollout", "-n", 4, "--out", folder)
    path = folder / EPISODES
    lines = path.read_text().splitlines()
    lines[2] = damage
    path.write_text("\n".join(lines) + "\n")
    arguments = {
        "rollout": ["-n", 6, "--out", folder],
        "verify": [folder],
        "export": [folder, "--out", tmp_path / "out.jsonl"],
    }
    result = run(command, *arguments[command], code=1)
    assert result.stderr.startswith(f"writ-gym: error: {path}, line 3: not an episode record")
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "out.jsonl").exists()


def test_a_torn_last_line_is_told_and_mended_by_going_on(folder):
    answer("rollout", "-n", 4, "--out", folder)
    path = folder / EPISODES
    path.write_bytes(path.read_bytes()[:-100])
    told = run("verify", folder, code=1).stderr
    assert f"{path}, line 4: " in told
    assert "such as 'writ-gym rollout', takes the rest of the line away and goes on" in told
    assert answer("rollout", "-n", 4, "--out", folder)["continued_from"] == 3
    assert answer("verify", folder)["verified"] == 4


def test_a_person_can_look_around_and_leave():
    lines = ("", "hello", "/tools", "/policy", "/help", "/x y", '/x y="#1', "/quit", "")
    result = run("play", "--write-count", 1, stdin="\n".join(lines))
    users = re.findall(r"^User: .+", result.stdout, re.M)
    assert len(users) == 2
    for name in ("get_order_details  (order_id: string)", "list_all_product_types  ()"):
        assert f"/{name}\n" in result.stdout
    assert "# " in result.stdout
    assert result.stdout.count("/quit") == 2
    assert "'y' is not an argument." in result.stdout
    assert "'\"#1' does not end with a quotation mark" in result.stdout
    assert result.stdout.endswith("You left before the end, so there is no reward.\n")
    assert result.stderr == ""


def test_the_end_of_the_input_leaves_too():
    assert "You left before the end" in run("play", stdin="hello\n").stdout


def test_a_person_who_does_nothing_of_use_is_told_what_was_right():
    tool = "/get_order_details order_id=#W0000000\n"
    result = run("play", "--write-count", 2, "--seed", 3, stdin=tool + "Well.\n" * 9)
    assert "  <- Error: Order not found" in result.stdout
    assert re.search(r"^reward +0\.0$", result.stdout, re.M)
    assert re.search(r"^finished +1\.0$", result.stdout, re.M)
    assert len(re.findall(r"^right would be: \w+\(\{.*\}\)$", result.stdout, re.M)) == 2


def installed(*arguments, code=0, **how):
    done = subprocess.run(
        [INSTALLED, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        **{"stdin": subprocess.DEVNULL, **how},
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("verify", "app.verify_records"),
        ("export", "app.read_records"),
        ("check", "tasks.read_tasks"),
    ],
)
def test_a_command_that_keeps_nothing_does_not_say_that_it_goes_on(
    monkeypatch, tmp_path, command, name
):
    def stopped(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(f"writ_gym.cli.{name}", stopped)
    out = ("--out", tmp_path / "out") if command == "export" else ()
    told = run(command, "run", *out, code=130).stderr
    assert told.endswith("writ-gym: stopped; the same command begins anew.\n")


def test_the_bar_of_a_run_that_goes_on_counts_no_old_episode_as_its_own():
    progress = Progress(planned=100, done_before=90, played=1)
    with tqdm(total=100, file=StringIO(), unit="ep") as bar:
        advance(bar, progress)
        told = bar.format_dict
        assert (told["n"], told["initial"]) == (91, 90)
        assert str(bar).startswith(" 91%|")
    with tqdm(total=100, disable=True) as hidden:
        advance(hidden, progress)


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT])
def test_the_installed_command_goes_on_after_it_was_stopped(folder, end):
    command = [INSTALLED, "rollout", "--out", str(folder), "-n"]
    path = folder / EPISODES
    with subprocess.Popen(
        [*command, "1000000"],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        try:
            while not path.exists() or path.stat().st_size < 100_000:
                assert process.poll() is None
                time.sleep(0.01)
            process.send_signal(end)
            out, err = process.communicate(timeout=60)
        finally:
            process.kill()
    assert out == b""
    if end == signal.SIGKILL:
        assert process.returncode == -end
    else:
        assert process.returncode == 130
        assert err == b"writ-gym: stopped; the same command goes on from here.\n"
    survived = sum(line.endswith(b"\n") for line in path.read_bytes().splitlines(keepends=True))
    count = survived + 10
    summary = answer(*command[1:], count)
    assert summary["continued_from"] in {survived, survived + 1}
    assert answer("verify", folder) == {"records": count, "verified": count, "findings": []}
    assert sorted(record.index for record in read_records(folder)) == list(range(count))


def test_the_installed_command_fails_with_one_line_and_no_traceback(tmp_path):
    done = installed("verify", "nowhere", code=1, cwd=tmp_path)
    assert (done.stdout, done.stderr) == ("", "writ-gym: error: There is no file nowhere.\n")
    done = installed("rollout", "--out", "new", "--write-count", "4-1", code=2, cwd=tmp_path)
    assert re.fullmatch(r"writ-gym: error: .+'--write-count': '4-1' is empty.+\n", done.stderr)


def test_a_person_plays_the_installed_command_at_the_terminal():
    done = installed("play", input="hello\n/tools\n/quit\n", stdin=None)
    assert len(re.findall(r"^User: .+", done.stdout, re.M)) == 2
    assert "/cancel_pending_order  (order_id: string, reason: " in done.stdout
    assert done.stdout.endswith("You left before the end, so there is no reward.\n")
    assert done.stderr == ""


def test_cells_are_filled_with_as_many_tasks_as_each_is_to_have(tmp_path):
    file = tmp_path / "tasks.jsonl"
    cells = ("--cell", "1:2-4=3", "--cell", "0:0-3=2", "--cell", "2-3:1=4")
    made = answer("sample", *cells, "--out", file)
    assert (made["tasks"], made["cells"]) == (9, 3)
    found = [(len(t.gold_writes), t.certificate.evidence_burden) for t in read_tasks(file)]
    assert all(writes == 1 and 2 <= burden <= 4 for writes, burden in found[:3])
    assert all(writes == 0 and burden <= 3 for writes, burden in found[3:5])
    assert all(2 <= writes <= 3 and burden == 1 for writes, burden in found[5:])
    assert answer("sample", *cells, "--out", file)["continued_from"] == 9
    other = run("sample", *cells[:2], "--out", file, code=1).stderr
    assert "was made with other cells, not these: " in other
    other = run("sample", "--grid", "-n", 9, "--out", file, code=1).stderr
    assert "was made with grid=False, not True; n=None, not 9; other cells, not these: " in other


def test_fewer_tasks_than_were_asked_for_give_the_exit_code_3_and_none_1(tmp_path):
    cells, file = ("--cell", "0:40=2", "--cell", "1:1=2"), tmp_path / "tasks.jsonl"
    for continued_from in (0, 2):
        made = answer("sample", *cells, "--out", file, code=3)
        assert (made["tasks"], made["continued_from"]) == (2, continued_from)
        assert made["unfilled"]["0 x 40"].startswith("0 of 2: ")
    made = answer("sample", *cells[:2], "--out", tmp_path / "none.jsonl", code=1)
    assert (made["tasks"], list(made["unfilled"])) == (0, ["0 x 40"])


def test_a_training_set_can_be_made_of_what_another_policy_plays(tmp_path):
    made = answer("synth", "-n", 6, "--agent", "flawed:no-confirmation", "--out", tmp_path / "one")
    assert made["dropped"]["confirmed"] + made["kept"] >= made["episodes"] == 6
    assert made["dropped"]["confirmed"] >= 4
    assert next(read_records(tmp_path / "one" / "run")).agent.policy == "flawed:no-confirmation"
    none = answer("synth", "-n", 3, "--agent", "silent", "--out", tmp_path / "two")
    assert none["kept"] == 0
    assert sum(none["dropped"].values()) >= 3
    other = run("synth", "-n", 6, "--out", tmp_path / "one", code=1).output
    assert "agent='flawed:no-confirmation', not 'oracle'" in other
    refused = run("synth", "--agent", "openai:any", "--out", tmp_path / "three", code=2).output
    assert "is not one of 'oracle', 'random'" in refused


TAU2 = Path(__file__).parents[3] / "shared" / "tau2"


@pytest.mark.skipif(not TAU2.exists(), reason="needs tau2-bench's data")
def test_tasks_are_sampled_in_given_data_proved_and_played(tmp_path):
    file, data = tmp_path / "tasks.jsonl", ("--data", TAU2)
    ranges = ("--write-count", "0-3", "--evidence-burden", "0-6")
    made = answer("sample", *data, *ranges, "--grid", "-n", 25, "--out", file)
    assert made["tasks"] == 25
    assert made["unfilled"] == {}
    assert answer("check", file, *data)["passed"] == 25
    played = answer(
        "rollout", *data, *ranges, "--tasks", "sampled", "-n", 10, "--out", tmp_path / "run"
    )
    assert played["mean_reward"] == 1.0
    run("verify", tmp_path / "run", *data)


@pytest.mark.skipif(not TAU2.exists(), reason="needs tau2-bench's data")
def test_what_is_verified_or_checked_in_given_data_says_itself_of_which_domain_it_is(tmp_path):
    data = ("--data", TAU2)
    airline = ("--env", "writ/airline-v0", *data, "--tasks", "sampled", "-n", 3)
    answer("rollout", *airline, "--write-count", 1, "--out", tmp_path / "run")
    assert answer("verify", tmp_path / "run", *data)["verified"] == 3
    file, twins = tmp_path / "tasks.jsonl", tmp_path / "twins.jsonl"
    ranges = ("--write-count", 1, "--evidence-burden", "1-3", "-n", 2)
    answer("sample", "--env", "writ/airline-v0", *data, *ranges, "--out", file)
    assert answer("check", file, *data)["passed"] == 2
    made = answer("twin", file, *data, "--out", twins)
    assert made["twins"] + made["without_twin"] == 2


def test_what_samples_does_not_take_recorded_tasks(tmp_path):
    result = run(
        "sample", "--tasks", "recorded", "--data", tmp_path, "--out", tmp_path / "t", code=1
    )
    assert "leave out --tasks recorded" in result.stderr
