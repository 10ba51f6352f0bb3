"""Recorded answers of chat models, played again without them."""

import asyncio

import pytest

from writ_gym.errors import BackendError, ContextLengthError, StoreError
from writ_gym.models.chat import ChatRequest, Completion, Turn, Usage
from writ_gym.runs.recordings import Recorder, Recording, handed_over

LONG = "A long story."


class Counting:
    """A model that numbers its answers."""

    name = "counting"

    def __init__(self):
        self.asked = 0

    async def complete(self, request):
        self.asked += 1
        if request.messages[0]["content"] == LONG:
            raise ContextLengthError(f"{self.asked} is too long.")
        turn = Turn(finish_reason="stop", completion_ids=(self.asked,), logprobs=(-0.5,))
        message = {"role": "assistant", "content": f"answer {self.asked}"}
        return Completion(message, turn, Usage(calls=1, prompt_tokens=self.asked))

    async def aclose(self):
        self.asked = -1


def request(text="Hi", seed=1):
    return ChatRequest([{"role": "user", "content": text}], seed=seed)


def answers(path, *requests, replay=False, settings=None, begun=None):
    """Ask a model through a recording; return its answers and how often it was asked."""
    model = Counting()

    async def run():
        recorded = Recording(path, replay, begun).of(model, settings or {})
        try:
            return [await outcome(recorded, each) for each in requests], model.asked
        finally:
            await recorded.aclose()

    return asyncio.run(run())


async def outcome(model, request):
    """Return the answer to a request, or why the conversation is too long for one."""
    try:
        return await model.complete(request)
    except ContextLengthError as error:
        return str(error)


def test_what_was_recorded_is_not_asked_again(tmp_path):
    path = tmp_path / "answers.jsonl"
    requests = [request(), request("Yo"), request(seed=2)]
    first, asked = answers(path, *requests)
    assert asked == 3
    again, asked = answers(path, *requests, request("New"))
    assert again[:3] == first
    assert asked == 1
    replayed, asked = answers(path, *requests, replay=True)
    assert replayed == first
    assert asked == 0


def test_a_conversation_that_was_too_long_is_too_long_again(tmp_path):
    path = tmp_path / "answers.jsonl"
    requests = [request(), request(LONG), request("Yo"), request(LONG)]
    first, asked = answers(path, *requests)
    assert first[1::2] == ["2 is too long.", "4 is too long."]
    assert asked == 4
    assert answers(path, *requests) == (first, 0)
    assert answers(path, *requests, replay=True) == (first, 0)


def test_equal_requests_are_answered_in_the_order_in_which_they_were(tmp_path):
    path = tmp_path / "answers.jsonl"
    first, _ = answers(path, request(), request())
    assert first[0] != first[1]
    assert answers(path, request(), request(), replay=True)[0] == first


def test_other_settings_are_other_requests(tmp_path):
    path = tmp_path / "answers.jsonl"
    answers(path, request(), settings={"temperature": 0})
    with pytest.raises(BackendError, match=r"answers.jsonl has no answer of 'counting'"):
        answers(path, request(), replay=True, settings={"temperature": 1})


def test_a_recording_that_breaks_off_goes_on(tmp_path):
    path = tmp_path / "answers.jsonl"
    first, _ = answers(path, request(), request("Yo"))
    path.write_bytes(path.read_bytes()[:-9])
    again, asked = answers(path, request(), request("Yo"))
    assert again[0] == first[0]
    assert asked == 1
    assert answers(path, request(), request("Yo"), replay=True)[0] == again


def test_replaying_changes_nothing_of_a_recording_that_breaks_off(tmp_path):
    path = tmp_path / "answers.jsonl"
    first, _ = answers(path, request(), request("Yo"))
    torn = path.read_bytes()[:-9]
    path.write_bytes(torn)
    path.chmod(0o444)
    assert answers(path, request(), replay=True) == (first[:1], 0)
    assert path.read_bytes() == torn


def test_what_others_record_is_written_by_one_process_and_nobody_else_does(tmp_path):
    path = tmp_path / "answers.jsonl"
    first, _ = answers(path, request())
    with Recorder(path) as recorder:
        with pytest.raises(StoreError, match=r"Another process is writing to .*answers\.jsonl"):
            Recording(path)
        with handed_over() as lines:
            found, asked = answers(path, request(), request(LONG), begun=recorder.size)
        assert (found[0], asked, len(lines)) == (first[0], 1, 1)
        assert path.stat().st_size == recorder.size
        recorder.append(b"".join(lines))
    assert answers(path, request(), request(LONG), replay=True) == (found, 0)


def test_a_worker_that_finds_less_than_there_is_of_a_recording_is_refused(tmp_path):
    path = tmp_path / "answers.jsonl"
    Recording(path, begun=0)
    with pytest.raises(StoreError, match="finds 0 of 12 bytes of the recording"):
        Recording(path, begun=12)
    assert not path.exists()


@pytest.mark.parametrize("kept", range(0, 400, 7))
def test_what_is_left_of_a_line_at_any_byte_is_asked_again(tmp_path, kept):
    path = tmp_path / "answers.jsonl"
    first, _ = answers(path, request(), request("Yo"))
    path.write_bytes(path.read_bytes()[:kept])
    with Recorder(path) as recorder, handed_over() as lines:
        answers(path, request(), request("Yo"), begun=recorder.size)
        recorder.append(b"".join(lines))
    again, asked = answers(path, request(), request("Yo"), replay=True)
    assert asked == 0
    assert len(path.read_bytes().splitlines()) == 2
    assert (again[0] == first[0]) or kept < path.stat().st_size / 2


def test_what_is_no_recording_is_refused(tmp_path):
    path = tmp_path / "answers.jsonl"
    with pytest.raises(StoreError, match="There is no recording"):
        Recording(path, replay=True)
    path.write_text('{"a": 1}\n')
    with pytest.raises(StoreError, match="line 1: not a recorded answer"):
        Recording(path)
    path.unlink()
    answers(path, request())
    path.write_text(path.read_text().replace('"message"', '"massage"'))
    with pytest.raises(StoreError, match=r"answers\.jsonl, byte 0: not a recorded answer"):
        answers(path, request())
    with pytest.raises(StoreError, match="Cannot write to"):
        Recording(tmp_path)
