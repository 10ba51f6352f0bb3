"""Token-level samples: append-only where the server's prompts were, and only there."""

import json
import math

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from writ_gym.cli import main
from writ_gym.datasets.token_samples import to_tokens, token_samples
from writ_gym.errors import StoreError, WritGymError
from writ_gym.models.chat import Turn, folded
from writ_gym.records import EpisodeRecord
from writ_gym.runs.store import EPISODES
from writ_gym.runs.verification import verify


def turn(prompt, sampled, logprobs=None):
    return Turn(prompt_ids=prompt, completion_ids=sampled, logprobs=logprobs)


@pytest.fixture
def record(oracle_run):
    return oracle_run.records[0]


def with_turns(record, *turns):
    return record.model_copy(update={"turns": turns})


def test_turns_that_only_add_are_one_sample(record):
    turns = turn((1, 2), (3,), (-0.5,)), turn((1, 2, 3, 4), (5, 6), (-1.0, -2.0))
    (sample,) = token_samples(with_turns(record, *turns))
    assert sample.input_ids == [1, 2, 3, 4, 5, 6]
    assert sample.loss_mask == [0, 0, 1, 0, 1, 1]
    assert sample.logprobs == [0.0, 0.0, -0.5, 0.0, -1.0, -2.0]


def test_a_history_that_was_rendered_otherwise_begins_another_sample(record):
    turns = turn((1, 2), (9, 3)), turn((1, 2, 3, 4), (5,)), turn((1, 2, 3, 4, 5, 6), (7,))
    first, second = token_samples(with_turns(record, *turns))
    assert (first.input_ids, first.loss_mask) == ([1, 2, 9, 3], [0, 0, 1, 1])
    assert (second.input_ids, second.loss_mask) == ([1, 2, 3, 4, 5, 6, 7], [0, 0, 0, 0, 1, 0, 1])


@given(st.lists(st.tuples(st.lists(st.integers(0, 9), min_size=1), st.lists(st.integers(0, 9))),
                min_size=1, max_size=6))  # fmt: skip
def test_what_was_sampled_is_masked_in_and_nothing_else(parts):
    record_turns, history = [], []
    for given_ids, sampled in parts:
        history += given_ids
        record_turns.append(turn(tuple(history), tuple(sampled), (-0.5,) * len(sampled)))
        history += sampled

    class Record:
        turns = record_turns
        episode_id = "x"

    (sample,) = token_samples(Record())
    assert sample.input_ids == history
    chosen = [i for i, mask in zip(sample.input_ids, sample.loss_mask, strict=True) if mask]
    assert chosen == [each for _, sampled in parts for each in sampled]
    assert len(sample.logprobs) == len(history)


@pytest.mark.parametrize("turns", [(), (turn(None, (1,)),), (turn((1,), None),),
                                   (turn((1,), (2,)), Turn())])  # fmt: skip
def test_a_record_without_token_ids_is_refused_by_name(record, turns):
    with pytest.raises(WritGymError, match=rf"{record.episode_id} has no token ids .*token-data"):
        list(token_samples(with_turns(record, *turns)))


def test_log_probabilities_of_another_length_are_not_guessed(record):
    with pytest.raises(WritGymError, match="no token ids"):
        list(token_samples(with_turns(record, turn((1,), (2, 3), (-0.5,)))))


def test_an_episode_that_ended_before_the_model_said_anything_has_no_sample(record):
    nothing = record.measured.model_copy(update={"turns": 0})
    cut = record.model_copy(update={"turns": (), "measured": nothing, "messages": ()})
    assert list(token_samples(cut)) == list(to_tokens(cut)) == []


def test_log_probabilities_that_the_server_did_not_give_are_not_made_up(record):
    turns = turn((1, 2), (3,), (-0.5,)), turn((1, 2, 3, 4), (5, 6))
    (sample,) = token_samples(with_turns(record, *turns))
    assert (sample.input_ids, sample.logprobs) == ([1, 2, 3, 4, 5, 6], None)
    (sample,) = token_samples(with_turns(record, turn((1,), (2,), (float("nan"),))))
    assert sample.logprobs is None


def test_a_token_that_a_server_calls_impossible_is_kept_and_exported_as_a_number(record, tmp_path):
    taken = with_turns(record, turn((1,), (2, 3), (-math.inf, -0.5)))
    line = taken.model_dump_json()
    assert EpisodeRecord.load(line, "here") == taken
    (row,) = to_tokens(taken)
    assert row["logprobs"] == [0.0, -9999.0, -0.5]
    (tmp_path / EPISODES).write_text(line + "\n")
    assert verify(tmp_path).findings == ()


def test_samples_are_exported_with_the_reward_and_their_part(record, tmp_path):
    turns = turn((1, 2), (9, 3)), turn((1, 2, 3, 4), (5,))
    path = tmp_path / "run"
    path.mkdir()
    (path / EPISODES).write_text(with_turns(record, *turns).model_dump_json() + "\n")
    out = tmp_path / "tokens.jsonl"
    arguments = ["export", str(path), "--format", "tokens", "--out", str(out), "--json"]
    result = CliRunner().invoke(main, arguments)
    assert json.loads(result.stdout) == {"read": 1, "written": 2, "dropped": 0, "out": str(out)}
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert rows == list(to_tokens(with_turns(record, *turns)))
    assert [(row["part"], row["parts"], row["reward"]) for row in rows] == [
        (0, 2, 1.0),
        (1, 2, 1.0),
    ]


@pytest.mark.parametrize("second", [(1, 2, 9, 3, 4), (1, 2, 3, 4), (8, 8)])
def test_records_with_whole_prompts_as_those_of_version_1_give_the_same_samples(record, second):
    first = turn((1, 2), (9, 3), (-0.5, -0.25))
    whole = first, turn(second, (5,), (-1.0,))
    kept = first, folded(whole[1], whole[:1])
    old, new = (
        EpisodeRecord.load(with_turns(record, *turns).model_dump_json(), "here")
        for turns in (whole, kept)
    )
    assert old.turns[1].prompt_ids == second
    assert list(to_tokens(old)) == list(to_tokens(new))


def test_a_record_without_the_field_prompt_shared_is_one_with_whole_prompts(record):
    fields = json.loads(with_turns(record, turn((1, 2), (3,))).model_dump_json())
    assert fields["turns"][0].pop("prompt_shared") == 0
    (sample,) = token_samples(EpisodeRecord.load(json.dumps(fields), "here"))
    assert sample.input_ids == [1, 2, 3]


def test_a_prompt_that_shares_more_than_there_was_is_no_record(record):
    turns = turn((1, 2), (3,)), Turn(prompt_shared=4, prompt_ids=(5,))
    line = with_turns(record, *turns).model_dump_json()
    with pytest.raises(StoreError, match="prompt_shared is larger than what the turn before held"):
        EpisodeRecord.load(line, "here")
