"""Run folders: what is written stays, what is torn goes, and nothing else is touched."""

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from writ_gym.errors import StoreError
from writ_gym.records import Agent, EpisodeRecord, Measured, Status, Timing, User, Versions
from writ_gym.reports.statistics import statistics_of
from writ_gym.runs.store import (
    EPISODES,
    FAILURES,
    MANIFEST,
    RunStore,
    read_manifest,
    read_records,
    read_run,
)
from writ_gym.tasks import Certificate, Limits, Request, SamplerConfig, Scenario, Task, WorldRef

SETTINGS = {"seed": 0, "agent": "oracle"}

HOLD = """
import sys
from pathlib import Path
from writ_gym.runs.store import RunStore
store = RunStore(Path(sys.argv[1]), {"seed": 0, "agent": "oracle"})
print("open", flush=True)
sys.stdin.read()
"""

TASK = Task(
    domain="retail",
    world=WorldRef(seed=0, digest="0"),
    seed=0,
    config=SamplerConfig(),
    scenario=Scenario(
        identity=(), requests=(Request(intent="cancel", text="Please."),), seed=0
    ),
    gold_writes=(),
    due=(),
    certificate=Certificate(
        write_count=0, evidence_burden=0, evidence_total=0, identification=(), goal_fingerprint="0"
    ),
)  # fmt: skip


def episode(index: int, reward: float | None = 1.0, trial: int = 0) -> EpisodeRecord:
    """Return a short record; its text has characters of one to four bytes."""
    status: Status = "infra_error" if reward is None else "ok"
    return EpisodeRecord(
        episode_id=f"{index}.{trial}", index=index, trial=trial, env_id="writ/retail-v0",
        domain="retail", split="train", task_id="0", status=status,
        error="The provider is gone." if reward is None else None, reward=reward,
        reward_components=None, termination=None, agent=Agent(policy="oracle", seed=0),
        user=User(simulator="scripted"), task=TASK,
        limits=Limits(),
        measured=Measured(turns=0, tool_calls=0, tool_errors=0, reads=0, distinct_reads=0,
                          reads_before_first_write=0, writes=0, tokens=0),
        state_diff={}, tool_errors=(), messages=({"role": "user", "content": 'é – 😀 "\\\n'},),
        system="", tools=(), versions=Versions(writ_gym="0"), timing=Timing(seconds=index / 7),
    )  # fmt: skip


def write(folder: Path, *records: EpisodeRecord) -> None:
    with RunStore(folder, SETTINGS) as store:
        for record in records:
            store.append(record)


def test_what_was_appended_is_read_back_equal(tmp_path):
    records = [episode(0), episode(1, 0.0), episode(1, trial=1)]
    write(tmp_path, *records)
    assert list(read_records(tmp_path)) == records
    assert list(read_records(tmp_path / EPISODES)) == records


def test_a_run_that_is_opened_again_knows_what_is_done_and_goes_on_behind_it(tmp_path):
    records = [episode(0), episode(1, 0.0), episode(1, trial=1)]
    write(tmp_path, *records[:2])
    with RunStore(tmp_path, SETTINGS) as store:
        assert store.done == {(0, 0), (1, 0)}
        assert store.reward_sum == 1.0
        store.append(records[2])
        assert store.done == {(0, 0), (1, 0), (1, 1)}
        assert store.reward_sum == 2.0
    assert list(read_records(tmp_path)) == records


def test_every_append_is_on_the_disk_before_the_next_one(tmp_path):
    with RunStore(tmp_path, SETTINGS) as store:
        for index in range(3):
            store.append(episode(index))
            assert (tmp_path / EPISODES).read_bytes().count(b"\n") == index + 1


def test_wherever_the_file_is_cut_the_complete_records_stay_and_the_rest_goes(tmp_path):
    records = [episode(0), episode(10, 0.0), episode(1)]
    write(tmp_path, *records)
    path = tmp_path / EPISODES
    whole = path.read_bytes()
    ends = [0]
    for line in whole.splitlines(keepends=True):
        ends.append(ends[-1] + len(line))
    assert ends[-1] == len(whole)
    for cut in (*range(0, ends[-2], 5), *range(ends[-2], len(whole) + 1)):
        path.write_bytes(whole[:cut])
        complete = sum(end - 1 <= cut for end in ends[1:])  # its newline may be missing
        with RunStore(tmp_path, SETTINGS) as store:
            assert store.done == {(r.index, r.trial) for r in records[:complete]}, cut
            assert path.read_bytes() == whole[: ends[complete]], cut
            for record in records[complete:]:
                store.append(record)
        assert path.read_bytes() == whole, cut


@pytest.mark.parametrize(
    "damage",
    [b"", b"\xff\xfe", b"{", b"7", b"[]", b"{}", b'{"index": 1, "trial": 0, "reward": null}'],
)
@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_damaged_line_is_named_and_the_file_is_left_as_it_is(tmp_path, damage, number):
    write(tmp_path, *map(episode, range(3)))
    path = tmp_path / EPISODES
    lines = path.read_bytes().splitlines()
    lines[number - 1] = damage
    damaged = b"\n".join(lines) + b"\n"
    path.write_bytes(damaged)
    with pytest.raises(StoreError, match=rf"{path}, line {number}: not an episode record"):
        RunStore(tmp_path, SETTINGS)
    assert path.read_bytes() == damaged


def test_a_run_that_could_not_be_opened_is_not_kept_locked(tmp_path):
    write(tmp_path, episode(0))
    with pytest.raises(StoreError):
        RunStore(tmp_path, {**SETTINGS, "seed": 1})
    with RunStore(tmp_path, SETTINGS) as store:
        assert store.done == {(0, 0)}


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({**SETTINGS, "seed": 1}, "made with seed=0, not 1:"),
        ({**SETTINGS, "agent": "random"}, "made with agent='oracle', not 'random':"),
        ({**SETTINGS, "split": "test"}, "made with split=None, not 'test':"),
        ({"seed": 0}, "made with agent='oracle', not None:"),
    ],
)
def test_a_run_with_other_settings_is_not_continued_and_the_setting_is_named(
    tmp_path, settings, complaint
):
    write(tmp_path, episode(0))
    before = (tmp_path / EPISODES).read_bytes()
    with pytest.raises(StoreError) as caught:
        RunStore(tmp_path, settings)
    assert complaint in str(caught.value)
    assert str(tmp_path) in str(caught.value)
    assert read_manifest(tmp_path) == SETTINGS
    assert (tmp_path / EPISODES).read_bytes() == before


def test_settings_that_json_writes_alike_are_the_same(tmp_path):
    for ranges in ((1, 4), [1, 4]):
        with RunStore(tmp_path, {"write_count": ranges}):
            assert read_manifest(tmp_path) == {"write_count": [1, 4]}


def test_a_run_without_an_episode_yet_takes_other_settings(tmp_path):
    write(tmp_path)
    with RunStore(tmp_path, {**SETTINGS, "seed": 1}):
        assert read_manifest(tmp_path) == {**SETTINGS, "seed": 1}


def test_episodes_without_a_manifest_are_not_taken_over(tmp_path):
    write(tmp_path, episode(0))
    (tmp_path / MANIFEST).unlink()
    with pytest.raises(StoreError, match=r"holds episodes but no run\.json"):
        RunStore(tmp_path, SETTINGS)


@pytest.mark.parametrize("text", ["", "{", "[]", '"seed"'])
def test_a_damaged_manifest_is_named(tmp_path, text):
    write(tmp_path, episode(0))
    (tmp_path / MANIFEST).write_text(text)
    with pytest.raises(StoreError, match=rf"{tmp_path / MANIFEST}: not (JSON|a JSON object)"):
        RunStore(tmp_path, SETTINGS)


def test_a_run_is_open_for_one_process_alone(tmp_path):
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"open\n"
        with pytest.raises(StoreError, match=rf"Another process is writing to {tmp_path}\."):
            RunStore(tmp_path, SETTINGS)
        holder.kill()
    write(tmp_path, episode(0))
    assert len(list(read_records(tmp_path))) == 1


@pytest.mark.parametrize("below", ["file", "file/run"])
def test_a_folder_that_cannot_be_made_is_named(tmp_path, below):
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match=rf"Cannot write to {tmp_path / below}: "):
        RunStore(tmp_path / below, SETTINGS)


@pytest.mark.parametrize("name", [EPISODES, FAILURES, "run.tmp"])
def test_a_file_of_the_run_that_cannot_be_written_is_an_error_with_the_folder(tmp_path, name):
    (tmp_path / name).mkdir()
    if name == EPISODES:
        (tmp_path / MANIFEST).write_text('{"seed": 0, "agent": "oracle"}')
    with pytest.raises(StoreError, match=rf"Cannot write to {tmp_path}: Is a directory"):
        RunStore(tmp_path, SETTINGS)


def test_a_run_that_is_opened_again_knows_how_often_an_episode_was_drawn_amiss(tmp_path):
    again = episode(1, None).model_copy(update={"status": "user_error"})
    write(tmp_path, episode(0), again, episode(2, None), again)
    with RunStore(tmp_path, SETTINGS) as store:
        assert store.attempts == {(1, 0): 2}
        store.append(again)
        assert store.attempts == {(1, 0): 3}


def test_failures_have_a_file_of_their_own_and_are_not_done(tmp_path):
    with RunStore(tmp_path, SETTINGS) as store:
        store.append(episode(0))
        store.append(episode(1, None))
        assert store.done == {(0, 0)}
        assert store.reward_sum == 1.0
    assert list(read_records(tmp_path)) == [episode(0)]
    assert list(read_records(tmp_path / FAILURES)) == [episode(1, None)]


def test_failures_stay_when_the_run_goes_on_and_come_last(tmp_path):
    later = episode(1, None).model_copy(update={"error": "Gone again."})
    write(tmp_path, episode(0), episode(1, None), episode(2, None))
    write(tmp_path)
    write(tmp_path, later, episode(2))
    assert list(read_records(tmp_path)) == [episode(0), episode(2)]
    failures = [episode(1, None), episode(2, None), later]
    assert list(read_records(tmp_path / FAILURES)) == failures
    assert list(read_run(tmp_path)) == [episode(0), episode(2), *failures]


def test_a_torn_failure_is_cut_off_and_a_damaged_one_is_named(tmp_path):
    write(tmp_path, episode(0), episode(1, None))
    path = tmp_path / FAILURES
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:50])
    write(tmp_path)
    assert path.read_bytes() == whole
    path.write_bytes(b"{}\n" + whole)
    with pytest.raises(StoreError, match=rf"{path}, line 1: not an episode record"):
        write(tmp_path)


def test_of_a_line_that_a_kill_has_cut_off_it_is_said_how_to_mend_it(tmp_path):
    write(tmp_path, episode(0), episode(1))
    path = tmp_path / EPISODES
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(
        StoreError, match=rf"{path}, line 2: .*cut off.*'writ-gym rollout'.*goes on"
    ):
        list(read_records(tmp_path))
    with pytest.raises(StoreError, match=r"line 2: .*cut off"):
        statistics_of(tmp_path)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(StoreError, match=r"line 1: neither.*cut off.*goes on"):
        statistics_of(tmp_path)
    write(tmp_path)
    assert list(read_records(tmp_path)) == []


def test_of_a_damaged_line_in_the_middle_it_is_said_how_to_mend_it(tmp_path):
    write(tmp_path, *map(episode, range(3)))
    path = tmp_path / EPISODES
    first, second, third = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(first + second[:50] + b"\n" + third)
    told = rf"^{path}, line 2: not an episode record: it is not JSON, or only a part of it"
    mend = r"\. To mend it, remove that line: .*'writ-gym rollout', plays that episode again\.$"
    with pytest.raises(StoreError, match=told + mend):
        RunStore(tmp_path, SETTINGS)
    for read in (read_records, read_run):
        with pytest.raises(StoreError, match=rf"{told} \(EOF [a-z ]*\){mend}"):
            list(read(tmp_path))
    path.write_bytes(first + third)
    with RunStore(tmp_path, SETTINGS) as store:
        assert store.done == {(0, 0), (2, 0)}


def test_a_line_of_a_file_that_no_command_goes_on_with_is_not_said_to_be_mended(tmp_path):
    path = tmp_path / "records.jsonl"
    path.write_text('{"episode_id"', "utf-8")
    with pytest.raises(StoreError) as found:
        list(read_records(path))
    assert "goes on" not in str(found.value)


def test_a_run_that_has_only_failures_keeps_its_settings_and_them(tmp_path):
    write(tmp_path, episode(0, None))
    with pytest.raises(StoreError, match="made with seed=0, not 1: repeat that to continue it"):
        RunStore(tmp_path, {**SETTINGS, "seed": 1})
    assert list(read_records(tmp_path / FAILURES)) == [episode(0, None)]


def test_of_a_record_that_the_disk_has_no_room_for_nothing_is_left(tmp_path):
    room = len(episode(0).model_dump_json()) * 3 // 2
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with RunStore(tmp_path, SETTINGS) as store:
        store.append(episode(0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
        try:
            with pytest.raises(StoreError, match=rf"Cannot write to {tmp_path}: No space left"):
                store.append(episode(1))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert store.done == {(0, 0)}
        assert list(read_records(tmp_path)) == [episode(0)]
        store.append(episode(1))
    assert list(read_records(tmp_path)) == [episode(0), episode(1)]


def test_a_path_without_records_is_named(tmp_path):
    with pytest.raises(StoreError, match=rf"There is no file {tmp_path / EPISODES}\."):
        next(read_records(tmp_path))
    with pytest.raises(StoreError, match=rf"There is no file {tmp_path / 'nowhere'}\."):
        next(read_records(tmp_path / "nowhere"))


def test_a_file_that_cannot_be_read_is_named():
    unreadable = Path("/proc/self/mem")  # nobody, not even root, can read its first page
    if not unreadable.is_file():
        pytest.skip("there is no /proc here")
    with pytest.raises(StoreError, match=rf"Cannot read {unreadable}: Input/output error\."):
        next(read_records(unreadable))


def test_a_line_that_is_no_record_is_named_when_it_is_reached(tmp_path):
    write(tmp_path, episode(0), episode(1))
    path = tmp_path / EPISODES
    path.write_bytes(path.read_bytes().replace(b'"index":1', b'"index":"one"'))
    records = read_records(tmp_path)
    assert next(records) == episode(0)
    with pytest.raises(StoreError, match=rf"{path}, line 2: not an episode record: index: "):
        next(records)


def test_a_record_as_json_is_the_whole_record(oracle_run):
    other = {"system": 'Be "kind", é.', "tools": ({"type": "function", "function": {}},)}
    changed = [record.model_copy(update=other) for record in oracle_run.records[:2]]
    for record in (*oracle_run.records, *changed, episode(0)):
        assert record.to_json() == record.model_dump_json().encode()
