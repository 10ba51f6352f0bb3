"""Parquet: what is read back is what was written, whatever it is, in shards of bounded size."""

import json
import math
import os
import sys
import tempfile
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from writ_gym.cli import main
from writ_gym.datasets.exports import FORMATS, SHAPES, export, to_record
from writ_gym.errors import StoreError, WritGymError
from writ_gym.records import EpisodeRecord
from writ_gym.reports.statistics import statistics_of
from writ_gym.runs import parquet
from writ_gym.runs.parquet import RECORD, record_row, write_shards
from writ_gym.runs.store import read_records
from writ_gym.runs.verification import verify

pq = pytest.importorskip("pyarrow.parquet", reason="needs the extra 'parquet'")

NUMBERS = st.integers(-(2**63), 2**63 - 1)
TOKENS = st.integers(-(2**31), 2**31 - 1)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | FLOATS | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
CALLS = st.lists(
    st.fixed_dictionaries(
        {
            "id": st.text(),
            "function": st.fixed_dictionaries(
                {"name": st.text(), "arguments": st.text()}, optional={"strict": JSON}
            ),
        },
        optional={"type": JSON, "more": JSON},
    ),
    max_size=2,
)
MESSAGES = st.one_of(
    st.fixed_dictionaries(
        {"role": st.just("assistant"), "content": st.none() | st.text()},
        optional={"tool_calls": CALLS, "reasoning_content": JSON, "name": JSON, "other": JSON},
    ),
    st.fixed_dictionaries(
        {"role": st.just("user"), "content": st.text()},
        optional={"tool_calls": CALLS, "name": st.text(), "requestor": JSON},
    ),
    st.fixed_dictionaries(
        {"role": st.just("tool"), "content": st.text(), "tool_call_id": st.text(),
         "name": st.text()},
        optional={"requestor": st.just("user"), "originals": JSON},
    ),
)  # fmt: skip
TURNS = st.fixed_dictionaries(
    {},
    optional={
        "finish_reason": st.none() | st.text(),
        "prompt_tokens": st.none() | NUMBERS,
        "prompt_shared": st.integers(0, 4),
        "prompt_ids": st.none() | st.lists(TOKENS),
        "completion_ids": st.none() | st.lists(TOKENS),
        "logprobs": st.none() | st.lists(FLOATS | st.sampled_from([-math.inf, math.inf])),
    },
)


def following(turns):
    """Return turns of which none shares more with the one before than that held."""
    held = 0
    for turn in turns:
        turn["prompt_shared"] = shared = min(turn.get("prompt_shared", 0), held)
        held = shared + sum(len(turn.get(name) or ()) for name in ("prompt_ids", "completion_ids"))
    return turns


USAGE = st.fixed_dictionaries({}, optional={"calls": NUMBERS, "cost": st.none() | FLOATS})
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "messages": st.lists(MESSAGES, max_size=4),
        "turns": st.lists(TURNS, max_size=3).map(following),
        "usage": st.fixed_dictionaries({}, optional={"agent": USAGE, "user": USAGE}),
        "state_diff": st.dictionaries(
            st.text(), st.dictionaries(st.text(), JSON, max_size=2), max_size=2
        ),
        "tools": st.lists(st.dictionaries(st.text(), JSON, max_size=2), max_size=2),
        "tool_errors": st.lists(NUMBERS),
        "reward": st.none() | FLOATS,
        "reward_components": st.none() | st.dictionaries(st.text(), FLOATS),
        "error": st.none() | st.text(),
        "index": NUMBERS,
        "system": st.text(),
        "timing": st.fixed_dictionaries({"seconds": FLOATS}),
        "user": st.fixed_dictionaries(
            {"simulator": st.text(), "guard": st.dictionaries(st.text(), NUMBERS)}
        ),
    },
)


def write(folder, records, shard_rows=100):
    return write_shards(folder, RECORD, map(record_row, map(to_record, records)), shard_rows)


@settings(max_examples=40, deadline=None)
@given(changes=st.lists(CHANGES, min_size=1, max_size=3), shard_rows=st.integers(1, 3))
def test_every_record_that_there_can_be_is_read_back_equal(oracle_run, changes, shard_rows):
    records = [
        EpisodeRecord.load(json.dumps({**to_record(record), **change}), "here")
        for record, change in zip(oracle_run.records, changes, strict=False)
    ]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "shards"
        assert write(folder, records, shard_rows) == len(records)
        assert list(read_records(folder)) == records


def test_what_users_do_with_tools_of_their_own_is_kept(tmp_path):
    result = CliRunner().invoke(
        main, ["rollout", "--env", "writ/telecom-v0", "-n", "5", "--out", str(tmp_path / "run"),
               "--write-count", "1", "--json"],
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    records = list(read_records(tmp_path / "run"))
    assert any("requestor" in message for record in records for message in record.messages)
    write(tmp_path / "shards", records)
    assert list(read_records(tmp_path / "shards")) == records
    table = pq.read_table(tmp_path / "shards" / "data-00000.parquet")
    assert table["originals"].null_count == len(records)


def test_shards_have_as_many_rows_as_asked_for_and_one_schema(tmp_path, oracle_run):
    assert write(tmp_path / "shards", oracle_run.records, 15) == 40
    files = sorted((tmp_path / "shards").iterdir())
    assert [path.name for path in files] == [f"data-0000{n}.parquet" for n in range(3)]
    assert [pq.read_metadata(path).num_rows for path in files] == [15, 15, 10]
    assert len({str(pq.read_schema(path)) for path in files}) == 1
    assert list(read_records(files[1])) == oracle_run.records[15:30]


@pytest.mark.parametrize("count", [0, 20, 40])
def test_there_is_no_empty_shard_but_where_there_are_no_rows(tmp_path, oracle_run, count):
    write(tmp_path / "shards", oracle_run.records[:count], 20)
    assert len(list((tmp_path / "shards").iterdir())) == max(1, count // 20)
    assert list(read_records(tmp_path / "shards")) == oracle_run.records[:count]


def test_rows_are_taken_a_few_at_a_time(tmp_path, monkeypatch, oracle_run):
    monkeypatch.setattr(parquet, "GROUP_ROWS", 4)
    rows = list(map(record_row, map(to_record, oracle_run.records)))
    taken = []
    groups = []
    build = parquet._packed
    monkeypatch.setattr(parquet, "_packed", lambda row, shape: (
        groups.append(len(taken)) if shape == RECORD else None, build(row, shape))[1])  # fmt: skip

    def source():
        for row in rows:
            taken.append(row)
            yield row

    write_shards(tmp_path / "shards", RECORD, source(), 10)
    assert len(groups) == 40
    assert all(ahead - done <= 4 for done, ahead in enumerate(groups))


@pytest.mark.parametrize("form", [form for form in FORMATS if form != "tokens"])
def test_every_format_has_the_same_rows_as_lines_and_as_shards(tmp_path, oracle_run, form):
    counts = export(oracle_run.folder, form, tmp_path / "lines.jsonl")
    assert export(oracle_run.folder, form, tmp_path / "shards", shard_rows=30) == counts
    lines = [json.loads(line) for line in (tmp_path / "lines.jsonl").read_text().splitlines()]
    rows = pq.read_table(tmp_path / "shards").to_pylist()
    assert len(rows) == len(lines) == 40
    for row, line in zip(rows, lines, strict=True):
        assert set(row) - {"originals"} == set(line) == set(SHAPES[form]) - {"originals"}
        assert json.loads(row["tools"]) == line["tools"]
        for found, message in zip(row["messages"], line["messages"], strict=True):
            kept = {name: value for name, value in found.items() if value is not None}
            assert kept == {name: value for name, value in message.items() if value is not None}


def test_token_samples_are_columns_of_numbers(tmp_path):
    samples = [
        {"episode_id": "e.0", "task_id": "e", "part": part, "parts": 2, "input_ids": [1, 2, 3],
         "loss_mask": [0, 1, 1], "logprobs": [0.0, -0.25, -1e-9], "reward": 1.0}
        for part in range(2)
    ]  # fmt: skip
    write_shards(tmp_path / "shards", SHAPES["tokens"], iter(samples))
    assert pq.read_table(tmp_path / "shards").to_pylist() == samples


def test_shards_can_be_used_like_a_run(tmp_path, oracle_run):
    export(oracle_run.folder, "record", tmp_path / "shards", shard_rows=30)
    assert verify(tmp_path / "shards").verified == 40
    assert statistics_of(tmp_path / "shards").count == 40
    export(tmp_path / "shards", "record", tmp_path / "again.jsonl")
    assert list(read_records(tmp_path / "again.jsonl")) == list(read_records(oracle_run.folder))


def test_the_command_writes_shards_if_it_is_told_how_long_they_may_be(tmp_path, oracle_run):
    out = tmp_path / "shards"
    fifteen = ("--shard-rows", "15")
    for rows, number in ((fifteen, 3), (fifteen, 3), (("--overwrite", "--shard-rows"), 1)):
        words = ["export", str(oracle_run.folder), "--out", str(out), "--format", "record", *rows]
        result = CliRunner().invoke(main, [*words, "--json"])
        assert result.exit_code == 0, result.output
        assert json.loads(result.stdout)["written"] == 40
        assert len(list(out.iterdir())) == number
    with pytest.raises(StoreError, match=r"is there already, and data-00000\.parquet of it would"):
        export(oracle_run.folder, "record", out, shard_rows=15, overwrite=False)
    assert [each.name for each in tmp_path.iterdir()] == ["shards"]


def test_the_folder_is_not_there_before_it_is_whole_and_stays_as_it_was_after_an_error(
    tmp_path, oracle_run
):
    out = tmp_path / "shards"
    rows = list(map(record_row, map(to_record, oracle_run.records)))

    def broken():
        yield from rows[:20]
        assert out.exists() == before
        raise StoreError("The run is damaged.")

    for before in (False, True):
        with pytest.raises(StoreError, match="is damaged"):
            write_shards(out, RECORD, broken(), 5)
        assert os.listdir(tmp_path) == (["shards"] if before else [])
        write(out, oracle_run.records[:3], 2)
    assert list(read_records(out)) == oracle_run.records[:3]


def test_shards_do_not_take_the_place_of_other_files_or_of_their_source(tmp_path, oracle_run):
    out = tmp_path / "shards"
    out.mkdir()
    (out / "notes.txt").touch()
    with pytest.raises(StoreError, match=r"it holds notes\.txt\. Choose a folder of its own"):
        export(oracle_run.folder, "record", out, shard_rows=5)
    (out / "notes.txt").unlink()
    export(oracle_run.folder, "record", out, shard_rows=5)
    for source in (out, oracle_run.folder):
        with pytest.raises(StoreError, match="is what is exported"):
            export(source, "record", source, shard_rows=5)
    assert len(list(read_records(out))) == 40


@pytest.mark.parametrize("out", ["file/out", "file"])
def test_a_folder_that_cannot_be_written_is_named(tmp_path, monkeypatch, oracle_run, out):
    monkeypatch.chdir(tmp_path)
    Path("file").touch()
    with pytest.raises(StoreError, match=rf"^Cannot write (to )?{out}: .*\.$"):
        export(oracle_run.folder, "record", Path(out), shard_rows=5)
    assert os.listdir(tmp_path) == ["file"]


def test_a_number_that_no_column_holds_is_an_error(tmp_path, oracle_run):
    record = oracle_run.records[0].model_copy(update={"index": 1 << 70})
    with pytest.raises(StoreError, match="a number is too large"):
        write(tmp_path / "shards", [record])
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_shard_is_named_and_a_row_that_is_no_record_with_its_number(tmp_path, oracle_run):
    (tmp_path / "torn.parquet").write_bytes(b"PAR1")
    with pytest.raises(StoreError, match=rf"Cannot read {tmp_path / 'torn.parquet'}: "):
        list(read_records(tmp_path / "torn.parquet"))
    export(oracle_run.folder, "openai", tmp_path / "chats", shard_rows=50)
    shard = tmp_path / "chats" / "data-00000.parquet"
    message = rf"{shard}, row 1: not an episode record: .*'writ-gym export --format record'"
    with pytest.raises(StoreError, match=message):
        list(read_records(tmp_path / "chats"))


def test_without_pyarrow_it_is_said_how_to_get_it(tmp_path, monkeypatch, oracle_run):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(WritGymError, match=r"pip install 'writ-gym\[parquet\]'"):
        export(oracle_run.folder, "record", tmp_path / "shards", shard_rows=5)
    assert list(tmp_path.iterdir()) == []


def test_the_schema_is_that_of_the_record_and_says_the_types(tmp_path, oracle_run):
    assert RECORD.keys() == {*EpisodeRecord.model_fields, "originals"}
    write(tmp_path / "shards", oracle_run.records)
    schema = pq.read_schema(tmp_path / "shards" / "data-00000.parquet")
    types = {name: str(schema.field(name).type) for name in schema.names}
    assert (types["task"], types["tools"], types["state_diff"]) == ("string",) * 3
    assert (types["index"], types["reward"]) == ("int64", "double")
    assert types["messages"] == (
        "list<element: struct<role: string, content: string, reasoning_content: string, "
        "tool_calls: list<element: struct<id: string, type: string, "
        "function: struct<name: string, arguments: string>>>, tool_call_id: string, name: string, "
        "requestor: string>>"
    )
