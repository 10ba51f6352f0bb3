"""Whole runs by command against a fake endpoint that fails, with and without being killed."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from writ_gym.cli import main
from writ_gym.errors import WritGymWarning
from writ_gym.runs.rollouts import sampled
from writ_gym.runs.store import EPISODES, FAILURES, MANIFEST, read_records
from writ_gym.runs.task_files import read_tasks, write_tasks
from writ_gym.runs.verification import verify
from writ_gym.sampling.sampler import TaskSampler
from writ_gym.seeding import rng_for
from writ_gym.tasks import SamplerConfig

SIZE = ("--world-size", "users=120", "--world-size", "orders=300")
COUNT = 24


@pytest.fixture(scope="module")
def tasks_file(tmp_path_factory, retail, shop):
    """Return a file with the tasks that a rollout with seed 0 plays."""
    path = tmp_path_factory.mktemp("live") / "tasks.jsonl"
    source = sampled(TaskSampler(retail, SamplerConfig(), shop), 0)
    write_tasks(path, [source(index) for index in range(COUNT)])
    return path


@pytest.fixture
def serve(tasks_file):
    """Return what starts the fake endpoint as a process of its own and gives its address."""
    running = []

    def start(*options):
        script = Path(__file__).parents[1].joinpath("fake_endpoint.py")
        command = [sys.executable, script, tasks_file, *map(str, options)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        running.append(process)
        return process.stdout.readline().strip()

    yield start
    for process in running:
        process.kill()
        process.wait()
        process.stdout.close()


def command(url, folder, *options):
    return ["rollout", "--agent", "openai:fake", "--agent-base-url", url, *SIZE, "-n", str(COUNT),
            "--out", str(folder), "--json", *map(str, options)]  # fmt: skip


def run(arguments, code=0):
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == code, result.output + result.stderr
    return json.loads(result.stdout)


def test_an_endpoint_that_plays_the_oracle_refuses_tasks_that_begin_alike(fake, tasks_file):
    one, other, *_ = read_tasks(tasks_file)
    alike = other.model_copy(update={"scenario": one.scenario})
    with pytest.raises(ValueError, match=f"Tasks '{one.task_id}' and '{alike.task_id}' both"):
        fake.OracleAnswers([one, alike])
    assert list(fake.told_apart([one, alike, other])) == [one, other]


def test_a_run_on_an_endpoint_that_fails_is_scored_right_and_verifies(serve, tmp_path, monkeypatch):
    monkeypatch.setenv("MY_KEY", "sk-very-secret")
    url = serve("--faults", 0.2, "--slow", 60)
    options = ("--agent-timeout", 1, "--agent-retries", 12, "--agent-api-key-env", "MY_KEY",
               "--agent-set", "temperature=0.5", "--agent-price", "1,2")  # fmt: skip
    summary = run(command(url, tmp_path / "run", *options))
    assert (summary["scored"], summary["mean_reward"]) == (COUNT, 1.0)
    assert verify(tmp_path / "run").findings == ()
    manifest = json.loads((tmp_path / "run" / MANIFEST).read_text())
    assert manifest["agent_model"] == {
        "temperature": 0.5,
        "tools": "native",
        "sends_reasoning": True,
    }
    for record in read_records(tmp_path / "run"):
        assert record.usage.agent.cost == pytest.approx(record.usage.agent.calls * 120 / 1e6)
    assert not any(b"sk-very-secret" in path.read_bytes() for path in (tmp_path / "run").iterdir())


def lies_in(fake, records):
    """Return of each record whether the agent lies or refuses in it."""
    return [any(map(fake.is_lie, record.messages)) for record in records]


def test_a_model_that_lies_or_refuses_has_said_so_and_is_scored_for_what_it_did(
    serve, fake, tmp_path
):
    url = serve("--faults", 0.08, "--kinds", ",".join(fake.LIES))
    summary = run(command(url, tmp_path / "run", "--agent-retries", 0))
    assert (summary["scored"], summary["without_score"]) == (COUNT, 0)
    records = list(read_records(tmp_path / "run"))
    lied = lies_in(fake, records)
    assert 0 < sum(lied) < COUNT
    assert {r.reward for r, lies in zip(records, lied, strict=True) if not lies} == {1.0}
    assert 0.0 in {r.reward for r, lies in zip(records, lied, strict=True) if lies}
    said = {message["content"] for record in records for message in record.messages}
    assert {fake.CLAIM, fake.REFUSAL} <= said
    assert verify(tmp_path / "run").findings == ()


def test_whatever_goes_wrong_with_both_models_no_honest_agent_is_scored_for_it(
    serve, fake, tmp_path
):
    url = serve("--faults", 0.2, "--kinds", ",".join(fake.FAULTS + fake.LIES), "--slow", 60)
    arguments = command(url, tmp_path / "run", "--agent-timeout", 1, "--agent-retries", 12)
    arguments += ["--user", "llm:fake", "--user-base-url", url, "--user-timeout", "1",
                  "--user-retries", "12"]  # fmt: skip
    assert run(arguments)["scored"] == COUNT
    records = list(read_records(tmp_path / "run"))
    lied = lies_in(fake, records)
    assert {r.reward for r, lies in zip(records, lied, strict=True) if not lies} == {1.0}
    assert any(record.user.guard for record in records)
    assert verify(tmp_path / "run").findings == ()


def test_what_fails_for_good_is_without_a_score_and_is_played_by_the_next_run(serve, tmp_path):
    url = serve("--faults", 1, "--kinds", "500")
    summary = run(command(url, tmp_path / "run", "--agent-retries", 0), code=3)
    assert (summary["scored"], summary["without_score"]) == (0, COUNT)
    failures = (tmp_path / "run" / FAILURES).read_text().splitlines()
    assert {json.loads(line)["status"] for line in failures} == {"infra_error"}
    assert {json.loads(line)["reward"] for line in failures} == {None}
    summary = run(command(serve(), tmp_path / "run", "--agent-retries", 0))
    assert (summary["scored"], summary["mean_reward"]) == (COUNT, 1.0)


def kill_amid(arguments, folder, after_s):
    """Begin a command, or go on with it, and kill it some time after its first new record."""
    episodes = folder / EPISODES
    before = episodes.stat().st_size if episodes.exists() else 0
    process = subprocess.Popen(
        [sys.executable, "-c", "from writ_gym.cli import main; main()", *arguments],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    while process.poll() is None and not (episodes.exists() and episodes.stat().st_size > before):
        time.sleep(0.01)
    time.sleep(after_s)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


def test_a_run_that_is_killed_among_failures_goes_on_and_loses_or_repeats_nothing(serve, tmp_path):
    url = serve("--faults", 0.2, "--slow", 60, "--latency", 0.02)
    options = ("--agent-timeout", 1, "--agent-retries", 12, "--concurrency", 4)
    arguments = command(url, tmp_path / "run", *options)
    rng = rng_for(0, "live kills")
    for _ in range(3):
        kill_amid(arguments, tmp_path / "run", float(rng.random()) / 4)
    summary = run(arguments)
    records = sorted(read_records(tmp_path / "run"), key=lambda record: record.index)
    assert [record.index for record in records] == list(range(COUNT))
    assert {record.reward for record in records} == {1.0}
    assert summary["continued_from"] + summary["played"] == COUNT


def test_a_field_that_the_server_refuses_is_left_out_and_told_in_one_line(serve, tmp_path):
    url = serve("--refuses", "seed")
    arguments = command(url, tmp_path / "run", "--agent-retries", 0)
    script = "from writ_gym.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=False
    )
    assert json.loads(done.stdout)["mean_reward"] == 1.0
    (line,) = done.stderr.split("\n")[1:-1]
    assert line.startswith("writ-gym: warning: The server of 'fake' at ")
    assert line.endswith("--agent-set seed=null, --user-set seed=null.")


@pytest.mark.parametrize("streamed", [(), ("--agent-stream",)])
def test_a_run_that_is_interrupted_with_all_its_episodes_in_flight_ends_quietly_and_goes_on(
    serve, tmp_path, streamed
):
    url = serve("--latency", 0.3)
    arguments = command(url, tmp_path / "run", "--concurrency", COUNT, *streamed)
    script = "from writ_gym.cli import main; main()"
    with subprocess.Popen(
        [sys.executable, "-W", "always", "-c", script, *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:  # fmt: skip
        try:
            while not (tmp_path / "run" / EPISODES).exists():
                time.sleep(0.01)
            time.sleep(1)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)
        finally:
            process.kill()
    assert (process.returncode, out) == (130, "")
    assert err == "writ-gym: stopped; the same command goes on from here.\n"
    summary = run(arguments)
    assert (summary["scored"], summary["mean_reward"]) == (COUNT, 1.0)


def test_a_recorded_run_is_played_again_without_the_endpoint(serve, tmp_path):
    recording = ("--recording", tmp_path / "answers.jsonl")
    run(command(serve(), tmp_path / "first", *recording))
    summary = run(command("http://127.0.0.1:9/v1", tmp_path / "again", *recording, "--replay"))
    assert summary["mean_reward"] == 1.0
    first, again = (
        sorted((r.index, r.messages, r.turns) for r in read_records(tmp_path / name))
        for name in ("first", "again")
    )
    assert first == again
    other = command("http://127.0.0.1:9/v1", tmp_path / "other", *recording, "--replay")
    assert run([*other, "--agent-set", "temperature=1"], code=3)["scored"] == 0


def test_a_run_in_several_processes_that_is_killed_is_played_again_by_any_number_of_them(
    serve, tmp_path
):
    recording = ("--recording", tmp_path / "answers.jsonl", "--concurrency", 6)
    arguments = command(serve("--latency", 0.05), tmp_path / "first", *recording)
    kill_amid([*arguments, "--workers", "2"], tmp_path / "first", 0.2)
    kill_amid(arguments, tmp_path / "first", 0.1)
    assert 0 < run([*arguments, "--workers", "3"])["played"] < COUNT
    lines = (tmp_path / "answers.jsonl").read_text().splitlines()
    assert len({json.loads(line)["key"] for line in lines}) == len(lines)
    again = command("http://127.0.0.1:9/v1", tmp_path / "again", *recording, "--replay")
    assert run([*again, "--workers", "2"])["mean_reward"] == 1.0
    alone = command("http://127.0.0.1:9/v1", tmp_path / "alone", *recording, "--replay")
    assert run(alone)["mean_reward"] == 1.0
    first, *others = (
        sorted((r.index, r.agent.seed, r.messages, r.turns) for r in read_records(tmp_path / name))
        for name in ("first", "again", "alone")
    )
    assert others == [first, first]


def test_the_same_conversation_is_answered_by_a_stream_where_one_is_asked_for(serve, tmp_path):
    url = serve()  # without faults it keeps its answers
    for name, streamed in (("one", ()), ("two", ("--agent-stream",)), ("three", ())):
        told = run(command(url, tmp_path / name, "-n", 4, *streamed))
        assert (told["scored"], told["mean_reward"]) == (4, 1.0)


def test_a_field_that_the_endpoint_refuses_is_refused_no_longer_once_it_is_left_out(
    serve, tmp_path
):
    with pytest.warns(WritGymWarning, match="seed"):
        told = run(command(serve("--refuses", "seed"), tmp_path / "run", "-n", 4))
    assert told["scored"] == 4


def test_a_request_about_no_task_is_refused_and_not_left_unanswered(serve, tmp_path):
    words = ["sample", "-n", "1", *SIZE, "--out", str(tmp_path / "out.jsonl"), "--json",
             "--paraphrase", "fake", "--paraphrase-base-url", serve()]  # fmt: skip
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 1
    assert "this conversation is about none of the tasks" in result.stderr


@pytest.mark.parametrize("streamed", [(), ("--agent-stream",)])
def test_a_run_that_outgrows_the_context_is_scored_and_played_again_from_its_recording(
    serve, tmp_path, streamed
):
    recording = ("--recording", tmp_path / "answers.jsonl", *streamed)
    first = run(command(serve("--longest", 8), tmp_path / "first", *recording))
    again = run(command("http://127.0.0.1:9/v1", tmp_path / "again", *recording, "--replay"))
    assert first["scored"] == again["scored"] == COUNT
    ends = [
        sorted(
            (record.index, record.termination, record.reward, record.messages)
            for record in read_records(tmp_path / name)
        )
        for name in ("first", "again")
    ]
    assert ends[0] == ends[1]
    reached = [(end, reward) for _, end, reward, _ in ends[0] if end != "user_ended"]
    assert 0 < len(reached) < COUNT
    assert set(reached) == {("context_limit", 0.0)}


@pytest.mark.parametrize(
    ("options", "code", "complaint"),
    [
        (("--agent", "openai:"), 1, "'openai:' names no model: write openai:MODEL"),
        (("--agent-set", "temperature"), 2, "'temperature' is not a setting such as temperature"),
        (("--agent-price", "1"), 2, "'1' is not two prices such as 0.25,2."),
        (("--agent-api-key-env", "NO_KEY"), 1, "variable NO_KEY is to hold the key for 'fake'"),
        (("--replay",), 1, "--replay needs --recording"),
        (("--agent-rpm", "0"), 2, "'--agent-rpm'"),
    ],
)
def test_what_cannot_be_done_with_a_model_is_one_clear_line(tmp_path, options, code, complaint):
    result = CliRunner().invoke(main, command("http://127.0.0.1:9/v1", tmp_path / "x", *options))
    assert result.exit_code == code
    assert complaint in result.stderr
    assert result.stderr.count("\n") == 1
