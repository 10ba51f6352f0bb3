"""Verification: what was recorded reproduces, and whatever was changed afterwards is found."""

import asyncio
import json
from copy import deepcopy

import pytest

from writ_gym.errors import BackendError, StoreError, UserError
from writ_gym.messages import calling, tool_call
from writ_gym.policies.null import Fixed
from writ_gym.records import EpisodeRecord
from writ_gym.runs.rollouts import play
from writ_gym.runs.verification import verify
from writ_gym.tasks import Limits, Task
from writ_gym.users.scripted import ScriptedUser


@pytest.fixture(scope="module")
def rows(oracle_run):
    """Return the oracle's run as it stands in its file: an object for each line."""
    return [json.loads(record.model_dump_json()) for record in oracle_run.records]


@pytest.fixture
def findings(tmp_path):
    """Return what writes rows to a file and says what verification finds, by episode."""

    def of(*rows):
        path = tmp_path / "rows.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        report = verify(path)
        assert report.records == len(rows)
        found = [(finding.episode_id, finding.what) for finding in report.findings]
        assert report.verified >= len(rows) - len(found)
        return found

    return of


def messages_of(row, role, *, calls=False):
    """Return the messages of a role; the agent's with tool calls, or those that are said."""
    return [m for m in row["messages"] if m["role"] == role and ("tool_calls" in m) == calls]


def position(row, message):
    return next(index for index, other in enumerate(row["messages"]) if other is message)


def renamed(row):
    """Give the changed task its own id, as a careful forger would."""
    row["task_id"] = Task.load(row["task"]).task_id
    row["episode_id"] = f"{row['task_id']}.{row['trial']}"


def change_tool_answer(row):
    answer = messages_of(row, "tool")[1]
    answer["content"] = answer["content"].replace("1", "2", 1)
    return f"message {position(row, answer)}: {answer['name']} answers otherwise"


def rename_tool_answer(row):
    answer = messages_of(row, "tool")[0]
    answer["name"] = "calculate"
    return f"message {position(row, answer)}: the answer belongs to no tool call"


def drop_tool_answer(row):
    position_of_answer = position(row, messages_of(row, "tool")[0])
    del row["messages"][position_of_answer]
    return f"message {position_of_answer}: 1 tool calls were not answered"


def answer_another_call(row):
    answer = messages_of(row, "tool")[0]
    answer["tool_call_id"] = "call_of_nobody"
    return f"message {position(row, answer)}: the answer belongs to no tool call"


def end_with_a_call(row):
    row["messages"].append(dict(calling(tool_call("list_all_product_types", {}, "call_99"))))
    return "1 tool calls at the end were not answered"


def change_first_user_message(row):
    row["messages"][0]["content"] += " Thanks in advance."
    return "message 0: the user says something else"


def change_last_user_message(row):
    row["messages"][-1]["content"] = "Bye."
    return f"message {len(row['messages']) - 1}: the user says something else"


def add_user_message(row):
    row["messages"].append({"role": "user", "content": "Bye."})
    return f"message {len(row['messages']) - 1}: the user says something else"


def drop_last_user_message(row):
    del row["messages"][-1]
    return "what the user said last is missing"


def drop_goodbye(row):
    del row["messages"][-2:]
    return "the user ends the conversation elsewhere"


def cut_off(row):
    row["termination"] = "turn_limit"
    return "the user ends the conversation elsewhere"


def change_reward(row):
    row["reward"] = 0.0
    return "the reward is 1.0 "


def drop_reward(row):
    row["reward"] = None
    return "the reward is 1.0 "


def change_reward_components(row):
    row["reward_components"]["told"] = 0.0
    return "the reward is 1.0 "


def drop_reward_components(row):
    row["reward_components"] = None
    return "the reward is 1.0 "


def reward_a_failure(row):
    row["status"] = "infra_error"
    return "an episode with the status infra_error has a reward"


def hide_a_score(row):
    row.update(status="infra_error", reward=None, reward_components=None)
    return "an episode with the status infra_error has an end"


def change_state_difference(row):
    table = next(iter(row["state_diff"]))
    key = next(iter(row["state_diff"][table]))
    row["state_diff"][table][key] = None
    return "the tool calls lead to another state difference than the recorded one"


def drop_state_difference(row):
    row["state_diff"] = {}
    return "the tool calls lead to another state difference than the recorded one"


def add_tool_error(row):
    row["tool_errors"] = [position(row, messages_of(row, "tool")[0])]
    return f"the failed tool calls are [], not {row['tool_errors']}"


def change_call(row):
    call = messages_of(row, "assistant", calls=True)[0]["tool_calls"][0]
    call["function"]["arguments"] = "{}"
    return f"{call['function']['name']} answers otherwise"


def undo_a_write(row):
    del row["task"]["gold_writes"][-1]
    return "the task's content has the id "


def change_gold_argument(row):
    arguments = row["task"]["gold_writes"][0]["arguments"]
    arguments[next(iter(arguments))] = "nothing"
    return "the task's content has the id "


def forge_gold_argument(row):
    change_gold_argument(row)
    renamed(row)
    return "the task's seed and config give another task"


def forge_gold_of_a_recorded_task(row):
    row["task"]["recorded"] = True
    undo_a_write(row)
    renamed(row)
    return "a recorded task plays in a generated world"


def change_task_seed(row):
    row["task"]["seed"] += 1
    return "the task's content has the id "


def forge_task_seed(row):
    row["task"]["seed"] += 1
    renamed(row)
    return "the task's seed and config give another task"


def forge_config(row):
    row["task"]["config"]["write_count"] = [30, 30]
    renamed(row)
    return "the task cannot be sampled again: "


def forge_goal(row):
    row["task"]["certificate"]["goal_fingerprint"] = "0" * 64
    renamed(row)
    return "the gold writes do not lead to the certified state"


def change_world(row):
    row["task"]["world"]["digest"] = "0" * 64
    return "The task was made for the retail world 000000000000, but this one is "


def change_size_of_world(row):
    row["task"]["world"]["size"] = {"planets": 9}
    return "A retail world has no size 'planets'"


def change_domain(row):
    row["domain"] = "toys"
    return "There is no domain 'toys'"


def change_instructions(row):
    row["system"] += " Always refund."
    return "the instructions or the tools are not those of the domain"


def change_tools(row):
    del row["tools"][0]
    return "the instructions or the tools are not those of the domain"


def change_episode_id(row):
    row["episode_id"] = "another.0"
    return "the episode's id is not that of its task and trial"


def change_split(row):
    row["split"] = "test"
    return "the labels are not those of the task"


def change_environment(row):
    row["env_id"] = "writ/retail-v9"
    return "the labels are not those of the task"


def count_one_read_more(row):
    row["measured"]["reads"] += 1
    return "what happened is "


def claim_another_limit(row):
    row["termination"] = "token_limit"
    return "the limits reached are [], but the end is told as 'token_limit'"


TAMPERINGS = [
    count_one_read_more,
    claim_another_limit,
    add_tool_error,
    add_user_message,
    answer_another_call,
    change_call,
    change_domain,
    change_environment,
    change_episode_id,
    change_first_user_message,
    change_gold_argument,
    change_instructions,
    change_last_user_message,
    change_reward,
    change_reward_components,
    change_size_of_world,
    change_split,
    change_state_difference,
    change_task_seed,
    change_tool_answer,
    change_tools,
    change_world,
    cut_off,
    drop_goodbye,
    drop_last_user_message,
    drop_reward,
    drop_reward_components,
    drop_state_difference,
    drop_tool_answer,
    end_with_a_call,
    forge_config,
    forge_goal,
    forge_gold_argument,
    forge_gold_of_a_recorded_task,
    forge_task_seed,
    hide_a_score,
    rename_tool_answer,
    reward_a_failure,
    undo_a_write,
]


def test_a_run_as_it_was_collected_verifies(oracle_run):
    report = verify(oracle_run.folder)
    assert report.model_dump() == {"records": 40, "verified": 40, "findings": ()}


@pytest.mark.parametrize("policy", ["random", "silent", "greet-only", "reads-only"])
def test_runs_with_errors_and_limits_verify_too(tmp_path, collected, rollout_of, policy):
    records = collected(tmp_path, rollout_of(policy), 20)
    report = verify(tmp_path)
    assert (report.verified, report.findings) == (20, ())
    if policy == "random":
        assert any(record.tool_errors for record in records)


def test_a_row_that_was_only_copied_verifies(rows, findings):
    assert findings(*rows[:3]) == []


@pytest.mark.parametrize("tamper", TAMPERINGS, ids=lambda function: function.__name__)
def test_what_was_tampered_with_is_found_in_that_episode_alone(rows, findings, tamper):
    tampered = deepcopy(next(row for row in rows if len(row["task"]["gold_writes"]) > 1))
    others = [row for row in rows if row["task_id"] != tampered["task_id"]][:2]
    expected = tamper(tampered)
    found = findings(others[0], tampered, others[1])
    assert {episode_id for episode_id, _ in found} == {tampered["episode_id"]}
    assert any(expected in what for _, what in found), found


def test_a_text_that_does_not_tell_what_is_due_any_more_is_found(rows, findings):
    row = deepcopy(next(row for row in rows if row["task"]["due"]))
    for message in messages_of(row, "assistant"):
        message["content"] = "One moment, please."
    assert (
        row["episode_id"],
        "the reward is 0.0 {'state': 1.0, 'told': 0.0, 'known': 1.0, 'finished': 1.0}, "
        "not 1.0 {'state': 1.0, 'told': 1.0, 'known': 1.0, 'finished': 1.0}",
    ) in findings(row)


def test_an_episode_that_is_there_twice_is_found(rows, findings):
    assert findings(rows[0], rows[1], rows[0]) == [
        (rows[0]["episode_id"], "the episode is in the file more than once")
    ]


def test_tool_errors_that_were_concealed_are_found(rollout_of, oracle_run, findings):
    calls = calling(
        tool_call("get_order_details", {"order_id": "#W0"}, "a"),
        tool_call("calculate", {"expression": "1 + 1"}, "b"),
        tool_call("no_such_tool", "{", "c"),
    )
    rollout = rollout_of(make_policy=lambda domain: Fixed((), calls))
    record = asyncio.run(play(rollout, oracle_run.records[0].task))
    assert record.termination == "tool_error_limit"
    row = json.loads(record.model_dump_json())
    assert findings(row) == []
    errors = list(record.tool_errors)
    assert errors[:4] == [2, 4, 6, 8]
    row["tool_errors"] = errors[1:]
    assert findings(row) == [
        (row["episode_id"], f"the failed tool calls are {errors}, not {errors[1:]}")
    ]


def test_a_user_simulator_that_is_not_deterministic_is_not_asked_again(
    rollout_of, oracle_run, findings
):
    class Chatty(ScriptedUser):
        async def open(self):
            return type(await super().open())("Hello! What a day.")

    rollout = rollout_of("greet-only", user="model", make_user=Chatty)
    row = json.loads(asyncio.run(play(rollout, oracle_run.records[0].task)).model_dump_json())
    assert findings(row) == []
    row["user"]["simulator"] = "scripted"
    assert [what for _, what in findings(row)] == ["message 0: the user says something else"]


def test_episodes_without_a_score_verify_when_they_claim_none(tmp_path, oracle_run, rollout_of):
    class Gone(Fixed):
        async def act(self, observation):
            raise BackendError("The provider is gone.")

    rollout = rollout_of(make_policy=lambda domain: Gone((), ""))
    record = asyncio.run(play(rollout, oracle_run.records[0].task))
    (tmp_path / "failures.jsonl").write_text(record.model_dump_json() + "\n")
    assert verify(tmp_path / "failures.jsonl").verified == 1


def test_a_user_may_fail_at_the_last_turn_that_the_limit_allows(tmp_path, oracle_run, rollout_of):
    class Failing(ScriptedUser):
        async def respond(self, text):
            raise UserError("It does not answer.")

    rollout = rollout_of(
        policy="greet-only", user="failing", make_user=Failing, limits=Limits(turns=1)
    )
    record = asyncio.run(play(rollout, oracle_run.records[0].task))
    assert (record.status, record.termination, record.measured.turns) == ("user_error", None, 1)
    path = tmp_path / "records.jsonl"
    path.write_text(record.model_dump_json() + "\n", "utf-8")
    assert verify(path).findings == ()


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"role": "assistant"},
        {"role": "user", "content": None},
        {"role": "tool", "content": "{}", "name": "calculate"},
        {"role": "wizard", "content": "Hi"},
        {"role": "assistant", "content": None, "tool_calls": [{"id": "1"}]},
        {"role": "assistant", "content": None, "tool_calls": {"id": "1"}},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "1", "function": {"name": "calculate", "arguments": {}}}],
        },
    ],
)
def test_a_message_that_is_none_makes_the_line_no_record(tmp_path, rows, message):
    row = deepcopy(rows[0])
    row["messages"][2] = message
    path = tmp_path / "rows.jsonl"
    path.write_text(f"{json.dumps(rows[1])}\n{json.dumps(row)}\n")
    with pytest.raises(StoreError, match=rf"{path}, line 2: not an episode record: messages\.2: "):
        verify(path)


def test_a_record_survives_its_line_unchanged(oracle_run):
    for record in oracle_run.records:
        assert EpisodeRecord.load(record.model_dump_json(), "here") == record
