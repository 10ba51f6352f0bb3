"""Runs on a real Ray cluster of this machine: equal records, and nothing lost, leaked or left."""

import asyncio
import json
import os
import signal
import sys
import threading
from pathlib import Path
from uuid import uuid4

import pytest
from click.testing import CliRunner

from writ_gym.cli import main
from writ_gym.errors import WritGymError
from writ_gym.runs.cluster import Cluster
from writ_gym.runs.spreading import spread
from writ_gym.runs.store import RunStore, read_records
from writ_gym.runs.task_files import write_tasks

ray = pytest.importorskip("ray", reason="needs the extra 'ray'")

pytestmark = [
    # Ray's own: hints about future versions, and sockets that it leaves to the process's end.
    pytest.mark.filterwarnings("ignore:.*:FutureWarning:ray"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

SHOP = ("--world-size", "users=120", "--world-size", "orders=300")
ROLLOUT = ("rollout", *SHOP)
KEY = "WRIT_GYM_TEST_KEY"
SECRET = "sk-a-key-that-must-not-travel"
EXAMPLE = Path(__file__).parents[2] / "examples" / "library"


@pytest.fixture(scope="module", autouse=True)
def cluster():
    """Join a small cluster, whose machines have a key that this process does not have."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv(KEY, SECRET)
        patch.setenv("PYTHONPATH", str(EXAMPLE))
        ray.init(
            address="local", num_cpus=2, include_dashboard=False, log_to_driver=False,
            logging_level="ERROR", object_store_memory=80 << 20, _node_ip_address="127.0.0.1",
        )  # fmt: skip
    yield
    ray.shutdown()


def run(*arguments, code=0):
    """Run a command in this process; return what it printed."""
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result.stdout if code == 0 else result.stderr


def rollout(*arguments, code=0):
    return run("rollout", *SHOP, *arguments, "--json", code=code)


def recipe_of_one_death(marker):
    """Return a recipe whose first worker to play the ninth task is killed in the middle of it."""

    def recipe():
        import os
        import signal
        from pathlib import Path

        from writ_gym.domain import load_domain
        from writ_gym.policies.oracle import oracle
        from writ_gym.policy import Privileged
        from writ_gym.runs.rollouts import Rollout, sampled
        from writ_gym.sampling.sampler import TaskSampler
        from writ_gym.tasks import SamplerConfig
        from writ_gym.users.scripted import USERS

        retail = load_domain("retail")
        shop = retail.world(0, {"users": 120, "orders": 300})
        source = sampled(TaskSampler(retail, SamplerConfig(), shop), 0)
        fatal = source(8).task_id

        @Privileged
        def dies(domain, task):
            agent = oracle(domain, task)
            act = agent.act

            def die_once():
                if not Path(marker).exists():
                    Path(marker).touch()
                    os.kill(os.getpid(), signal.SIGKILL)

            async def act_or_die(observation):
                if task.task_id == fatal and observation[0]["role"] == "tool":
                    die_once()
                return await act(observation)

            agent.act = act_or_die
            return agent

        return Rollout(retail, shop, "oracle", dies, "scripted", USERS["scripted"]), source

    return recipe


def test_the_same_command_goes_on_with_and_without_a_cluster_and_the_records_are_the_same(
    tmp_path, untimed
):
    plain, spread_out = tmp_path / "plain", tmp_path / "spread"
    rollout("-n", 20, "--trials", 2, "--out", plain)
    rollout("-n", 3, "--out", spread_out)
    summary = json.loads(rollout("-n", 20, "--trials", 2, "--out", spread_out, "--ray"))
    assert (summary["continued_from"], summary["played"], summary["scored"]) == (3, 37, 40)
    assert json.loads(rollout("-n", 21, "--trials", 2, "--out", spread_out))["played"] == 2
    rollout("-n", 21, "--trials", 2, "--out", plain)
    assert untimed(read_records(spread_out)) == untimed(read_records(plain))


def test_a_worker_that_is_killed_in_the_middle_of_an_episode_loses_and_repeats_nothing(
    tmp_path, oracle_run, shop, untimed
):
    with RunStore(tmp_path / "run", {}) as store, Cluster() as cluster:
        progress = asyncio.run(
            spread(
                cluster, recipe_of_one_death(str(tmp_path / "died")), store, count=40, workers=2,
                world=shop.ref.digest,
            )
        )  # fmt: skip
    assert (tmp_path / "died").exists()
    assert progress.played == 40
    assert untimed(read_records(tmp_path / "run")) == untimed(read_records(oracle_run.folder))


def test_an_evaluation_is_the_same_on_a_cluster_sampled_or_of_a_file(tmp_path, oracle_run):
    file = tmp_path / "tasks.jsonl"
    write_tasks(file, [record.task for record in oracle_run.records[:4]])
    for chosen in (["--tasks-file", file], ["-n", 3, *SHOP]):
        told = []
        for name, options in (("plain", ()), ("spread", ("--ray", "--workers", 1))):
            folder = tmp_path / name / str(len(chosen))
            command = ("eval", *chosen, "-k", 2, "--agent", "shortcut:first", "--out", folder)
            found = json.loads(run(*command, *options, "--json"))
            told.append({key: found[key] for key in ("total", "cells")})
        assert told[0] == told[1]


def test_a_domain_of_another_package_is_imported_by_the_workers(tmp_path, library):
    run(
        "--import", "library_desk", "rollout", "--env", "writ/library-v0", "-n", 4,
        "--out", tmp_path, "--ray", "--workers", 1,
    )  # fmt: skip
    assert {record.domain for record in read_records(tmp_path)} == {"library"}


@pytest.fixture
def endpoint(fake):
    """Return an endpoint that says goodbye at once, in a thread of its own."""
    served = fake.FakeEndpoint(lambda asked: {"content": "Goodbye."})
    loop = asyncio.new_event_loop()
    loop.run_until_complete(served.listen(0))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield served
    asyncio.run_coroutine_threadsafe(served.aclose(), loop).result()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()


def test_a_key_is_read_where_the_worker_is_and_is_nowhere_else(tmp_path, endpoint):
    assert KEY not in os.environ
    command = ("-n", 4, "--max-turns", 1, "--agent", "openai:fake", "--agent-base-url",
               endpoint.url, "--out", tmp_path, "--ray", "--workers", 1)  # fmt: skip
    rollout(*command, "--agent-api-key-env", KEY)
    assert len(list(read_records(tmp_path))) == 4
    assert len(endpoint.headers) == 4
    assert all(SECRET in head for head in endpoint.headers)
    for path in tmp_path.iterdir():
        assert SECRET.encode() not in path.read_bytes()


def test_a_key_that_the_workers_do_not_have_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("WRIT_GYM_KEY_HERE_ALONE", SECRET)
    told = rollout(
        "-n", 4, "--agent", "openai:fake", "--agent-base-url", "http://127.0.0.1:9/v1",
        "--agent-api-key-env", "WRIT_GYM_KEY_HERE_ALONE", "--out", tmp_path, "--ray",
        "--workers", 1, code=1,
    )  # fmt: skip
    assert told == (
        "writ-gym: error: The environment variable WRIT_GYM_KEY_HERE_ALONE is to hold the key for "
        "'fake', but it is not set.\n"
    )


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")
def test_ctrl_c_ends_the_cluster_that_was_started_for_the_run_and_the_command_goes_on(
    tmp_path, running, processes_with
):
    mark = uuid4().hex
    command = (*ROLLOUT, "--out", tmp_path / "run", "-n", 1_000_000, "--ray", "--workers", 1)
    with running(command, tmp_path / "run", mark) as process:
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: the whole group
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert (out, err) == (b"", b"writ-gym: stopped; the same command goes on from here.\n")
    assert processes_with(mark) == []
    indexes = [record.index for record in read_records(tmp_path / "run")]
    assert len(set(indexes)) == len(indexes)
    summary = json.loads(rollout("-n", max(indexes) + 1, "--out", tmp_path / "run"))
    assert summary["continued_from"] == len(indexes)


def test_what_cannot_be_done_is_one_clear_line(tmp_path, monkeypatch):
    command = ("-n", 2, "--out", tmp_path / "run")
    assert "Cannot join the Ray cluster at '127.0.0.1:1': " in rollout(
        *command, "--ray", "127.0.0.1:1", code=1
    )
    assert "is not host:port" in rollout(*command, "--ray", "nowhere", code=1)
    assert "--jobs is for one process" in rollout(*command, "--jobs", "2", "--ray", code=1)
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(WritGymError, match=r"needs Ray: pip install 'writ-gym\[ray\]'"):
        Cluster()
