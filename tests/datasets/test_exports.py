"""Exports: what trainers get, line by line, and that they get it whole or not at all."""

import json
from collections import Counter
from functools import partial
from pathlib import Path

import pytest

from writ_gym.datasets import exports
from writ_gym.datasets.exports import (
    export,
    select,
    to_openai,
    to_writ,
    trajectory_type,
    with_objects,
)
from writ_gym.errors import StoreError, WritGymError
from writ_gym.messages import calling, tool_call
from writ_gym.policies.null import Fixed
from writ_gym.policies.oracle import oracle
from writ_gym.policy import Privileged
from writ_gym.runs.store import EPISODES, MANIFEST, read_records
from writ_gym.tasks import Call


@pytest.fixture(scope="module")
def mixed_run(tmp_path_factory, collected, rollout_of):
    """Return the folder of a run in which every second agent does nothing of use."""

    @Privileged
    def half(domain, task):
        calls = calling(tool_call("calculate", '{"expression":  "1"'), tool_call("calculate", {}))
        return oracle(domain, task) if task.seed % 2 else Fixed((calls, ""), "Hello – 你好!")

    folder = tmp_path_factory.mktemp("runs") / "mixed"
    records = collected(folder, rollout_of(make_policy=half), 30)
    assert Counter(record.reward for record in records).keys() == {0.0, 1.0}
    return folder


def lines_of(path):
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


@pytest.fixture
def exported(tmp_path, mixed_run):
    """Return what exports the mixed run, and gives the lines and the counts."""

    def run(form, **how):
        counts = export(mixed_run, form, tmp_path / "out.jsonl", **how)
        return lines_of(tmp_path / "out.jsonl"), counts

    return run


@pytest.mark.parametrize("form", ["openai", "writ"])
def test_only_episodes_with_the_full_reward_are_written_unless_all_are_asked_for(
    exported, mixed_run, form
):
    records = list(read_records(mixed_run))
    good = [record for record in records if record.reward == 1.0]
    convert = exports.FORMATS[form]
    lines, counts = exported(form)
    assert lines == [line for record in good for line in convert(record)]
    assert counts == {"read": 30, "written": len(good), "dropped": 30 - len(good)}
    lines, counts = exported(form, keep_all=True)
    assert lines == [line for record in records for line in convert(record)]
    assert counts == {"read": 30, "written": 30, "dropped": 0}


def test_openai_lines_are_conversations_that_a_chat_template_takes(exported):
    for line in exported("openai", keep_all=True)[0]:
        assert list(line) == ["episode_id", "task_id", "messages", "tools"]
        system, first, *_ = line["messages"]
        assert system.keys() == {"role", "content"}
        assert [system["role"], first["role"]] == ["system", "user"]
        assert "policy" in system["content"].lower()
        assert "system" not in {message["role"] for message in line["messages"][1:]}
        names = {tool["function"]["name"] for tool in line["tools"]}
        waiting = []
        before = "system"
        for message in line["messages"][1:]:
            role = message["role"]
            if role == "tool":
                assert message["tool_call_id"] == waiting.pop(0)
                assert isinstance(message["content"], str)
            else:
                assert waiting == []
                assert (before, role) != ("assistant", "assistant")
                assert (before, role) != ("user", "user")
            for call in message.get("tool_calls", ()):
                assert role == "assistant"
                assert call["type"] == "function"
                assert call["function"]["name"] in names
                assert isinstance(call["function"]["arguments"], str)
                waiting.append(call["id"])
            assert len(set(waiting)) == len(waiting)
            before = role
        assert waiting == []


def test_tool_arguments_are_the_raw_text_that_the_agent_wrote(exported):
    texts = {
        call["function"]["arguments"]
        for line in exported("openai", keep_all=True)[0]
        for message in line["messages"]
        for call in message.get("tool_calls", ())
    }
    assert '{"expression":  "1"' in texts
    assert sum(isinstance(json.loads(text), dict) for text in texts if text.endswith("}")) > 20


def test_the_tools_are_function_schemas(exported, retail):
    for line in exported("openai")[0]:
        assert line["tools"] == retail.tools.schemas
    for tool in line["tools"]:
        assert tool.keys() == {"type", "function"}
        assert tool["type"] == "function"
        assert tool["function"].keys() == {"name", "description", "parameters"}
        parameters = tool["function"]["parameters"]
        assert parameters["type"] == "object"
        assert set(parameters["required"]) <= parameters["properties"].keys()
        for schema in parameters["properties"].values():
            assert schema["description"]


@pytest.mark.parametrize("form", ["openai", "writ"])
def test_tool_arguments_can_be_objects_as_chat_templates_take_them(exported, form):
    texts, counts = exported(form)
    objects, same = exported(form, tool_arguments="object")
    assert counts == same
    made = 0
    for text, line in zip(texts, objects, strict=True):
        for message in line["messages"]:
            for call in message.get("tool_calls", ()):
                assert isinstance(call["function"]["arguments"], dict)
                call["function"]["arguments"] = json.dumps(call["function"]["arguments"])
                made += 1
        for message in text["messages"]:
            for call in message.get("tool_calls", ()):
                call["function"]["arguments"] = json.dumps(
                    json.loads(call["function"]["arguments"])
                )
        assert line == text
    assert made > len(texts)


@pytest.mark.parametrize("raw", ["{", "[1]", '"id"', '{"a": NaN}', ""])
def test_an_episode_whose_arguments_are_no_object_is_left_out_where_they_are_to_be(
    tmp_path, oracle_run, raw
):
    record = oracle_run.records[0]
    broken = calling(tool_call("calculate", raw, "call_x"))
    worse = record.model_copy(update={"messages": (*record.messages, broken)})
    path = tmp_path / "records.jsonl"
    path.write_text("".join(each.model_dump_json() + "\n" for each in (record, worse)), "utf-8")
    out = tmp_path / "out.jsonl"
    assert with_objects(to_openai(worse)) is None
    counts = export(path, "openai", out, keep_all=True, tool_arguments="object")
    assert counts == {"read": 2, "written": 1, "dropped": 1}
    assert export(path, "openai", out, keep_all=True)["written"] == 2


def test_where_arguments_cannot_be_objects_is_said(tmp_path, oracle_run):
    out = tmp_path / "out"
    with pytest.raises(WritGymError, match="formats openai and writ, not in 'record'"):
        export(oracle_run.folder, "record", out, tool_arguments="object")
    with pytest.raises(WritGymError, match=r"cannot be objects in Parquet.*write lines"):
        export(oracle_run.folder, "openai", out, shard_rows=5, tool_arguments="object")
    assert not out.exists()


def test_writ_lines_have_the_labels_before_the_conversation(exported, mixed_run):
    records = read_records(mixed_run)
    for line, record in zip(exported("writ", keep_all=True)[0], records, strict=True):
        labels = ["domain", "trajectory_type", "has_user_script"]
        assert list(line) == ["episode_id", "task_id", *labels, "messages", "tools"]
        assert line["domain"] == "retail"
        assert line["has_user_script"] is True
        assert line["trajectory_type"] == trajectory_type(record)
        assert {name: each for name, each in line.items() if name not in labels} == (
            to_openai(record)
        )
        assert (line["episode_id"], line["task_id"]) == (record.episode_id, record.task_id)


@pytest.mark.parametrize(
    ("burdens", "candidates", "wanted"),
    [
        ([], 0, "normal"),
        ([4], 4, "normal"),
        ([5], 3, "normal"),
        ([5], 4, "read_heavy"),
        ([4, 4], 9, "normal"),
        ([0, 8], 4, "read_heavy"),
        ([0, 0, 0], 1, "write_intensive"),
        ([8, 8, 8, 8], 4, "write_intensive"),
    ],
)
def test_the_trajectory_type_follows_from_the_writes_their_burdens_and_candidates(
    oracle_run, burdens, candidates, wanted
):
    record = next(r for r in oracle_run.records if r.task.gold_writes)
    write = record.task.gold_writes[0]
    measures = write.measures.model_copy(update={"candidates": candidates})
    call = Call("get_order_details", {"order_id": "#W1"})
    writes = tuple(
        write.model_copy(update={"evidence": (call,) * burden, "measures": measures})
        for burden in burdens
    )
    task = record.task.model_copy(update={"gold_writes": writes})
    record = record.model_copy(update={"task": task})
    assert trajectory_type(record) == wanted
    assert to_writ(record)["trajectory_type"] == wanted


def test_the_file_is_not_there_before_it_is_whole(tmp_path, mixed_run, monkeypatch):
    out = tmp_path / "out.jsonl"
    seen = []

    def watching(record):
        seen.append(out.exists())
        return [to_openai(record)]

    monkeypatch.setitem(exports.FORMATS, "watching", watching)
    export(mixed_run, "watching", out, keep_all=True)
    assert seen == [False] * 30
    assert len(lines_of(out)) == 30


@pytest.mark.parametrize("before", [None, "what was here before\n"])
def test_after_an_error_the_file_is_as_it_was(tmp_path, mixed_run, before):
    out = tmp_path / "out.jsonl"
    if before:
        out.write_text(before)
    damaged = tmp_path / "damaged.jsonl"
    damaged.write_bytes((mixed_run / EPISODES).read_bytes() + b'{"episode_id"')
    with pytest.raises(StoreError, match=rf"{damaged}, line 31: not an episode record"):
        export(damaged, "openai", out)
    assert (out.read_text() if before else out.exists()) == (before or False)
    assert {path.name for path in tmp_path.iterdir()} <= {out.name, damaged.name}


def test_lines_are_not_written_into_a_file_that_is_named_as_parquet(tmp_path, mixed_run):
    out = tmp_path / "out.parquet"
    for write in (partial(export, form="openai"), select):
        with pytest.raises(StoreError, match=r"name it out\.jsonl, .* --shard-rows"):
            write(mixed_run, out=out)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("form", ["openai", "tokens"])
def test_samples_for_training_are_no_records_and_that_is_said(tmp_path, mixed_run, form):
    out = tmp_path / "samples.jsonl"
    out.write_text(json.dumps({"openai": {"messages": []}, "tokens": {"input_ids": []}}[form]))
    with pytest.raises(StoreError, match=rf"{out}, line 1: .*'writ-gym export --format record'"):
        list(read_records(out))


@pytest.mark.parametrize("out", ["file/out.jsonl", ".", "folder"])
def test_a_file_that_cannot_be_written_is_an_error_with_its_name(
    tmp_path, monkeypatch, mixed_run, out
):
    monkeypatch.chdir(tmp_path)
    Path("file").touch()
    Path("folder").mkdir()
    with pytest.raises(StoreError, match=rf"^Cannot write {out}: .*\.$"):
        export(mixed_run, "openai", Path(out))
    assert {path.name for path in tmp_path.iterdir()} == {"file", "folder"}


def test_a_run_is_not_exported_over_itself(tmp_path, oracle_run):
    path = tmp_path / EPISODES
    content = (oracle_run.folder / EPISODES).read_bytes()
    path.write_bytes(content)
    for source in (path, tmp_path):
        with pytest.raises(StoreError, match=rf"{path} is what is exported"):
            export(source, "openai", path)
    assert path.read_bytes() == content


def test_nothing_that_a_run_is_made_of_is_written_over(tmp_path, oracle_run):
    (tmp_path / EPISODES).write_bytes((oracle_run.folder / EPISODES).read_bytes())
    manifest = tmp_path / MANIFEST
    manifest.write_text("{}")
    with pytest.raises(StoreError, match=rf"{manifest} is what is exported"):
        export(tmp_path, "openai", manifest)
    assert manifest.read_text() == "{}"


def test_a_path_that_is_no_run_is_named(tmp_path):
    with pytest.raises(StoreError, match=rf"There is no file {tmp_path / 'nothing'}\."):
        export(tmp_path / "nothing", "openai", tmp_path / "out.jsonl")
    long = tmp_path / ("x" * 300)  # from Python 3.14 on, it is just not there
    said = rf"Cannot read {long}: File name too long\.|There is no file {long}\."
    with pytest.raises(StoreError, match=said):
        export(long, "openai", tmp_path / "out.jsonl")
    assert list(tmp_path.iterdir()) == []
