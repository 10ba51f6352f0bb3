"""Rewording by a model behind a fake endpoint, which can also lie, babble and fail."""

import json
import sys
import threading
from collections import Counter
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from click.testing import CliRunner

from writ_gym.certificates.checking import check_task
from writ_gym.cli.output import Group
from writ_gym.cli.tasks import sample, synth
from writ_gym.datasets.paraphrase import Paraphraser
from writ_gym.domains.retail.texts.asking import ASK
from writ_gym.domains.retail.texts.sentences import ASKING
from writ_gym.errors import BackendError
from writ_gym.models import servers
from writ_gym.models.endpoints import EndpointModel
from writ_gym.runs.task_files import read_tasks
from writ_gym.runs.verification import verify
from writ_gym.sampling.sampler import TaskSampler
from writ_gym.tasks import SPLITS, Fact, SamplerConfig


class Endpoint(ThreadingHTTPServer):
    """An OpenAI-compatible endpoint; ``reword`` says what the model answers to sentences."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.status, self.body, self.seen = 200, None, []
        self.usage, self.most = None, None
        self.reword = lambda sentences: json.dumps([polite(s) for s in sentences])

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/v1"

    def handle_error(self, request, client_address):
        """Say what went wrong, but not that a client has gone."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.seen.append((self.path, self.headers["Authorization"], asked))
        body, status = self.server.body, self.server.status
        if self.server.most is not None and len(self.server.seen) > self.server.most:
            body, status = "{}", 500
        if body is None:
            content = self.server.reword(json.loads(asked["messages"][-1]["content"]))
            body = json.dumps({**completion(content), "usage": self.server.usage})
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *args):
        pass


def completion(content):
    message = {"role": "assistant", "content": content}
    return {
        "id": "1", "object": "chat.completion", "created": 0, "model": "fake",
        "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
    }  # fmt: skip


REWORDED = {
    "cancel_order": "I'd like to have an order of mine cancelled, please.",
    "change_order_address": "I need a different shipping address for an order.",
    "change_order_payment": "Could you update the payment method of my order?",
    "change_order_items": "I'd like another version of it in a pending order, please.",
    "exchange_items": "I would love to exchange something that I have received.",
    "return_items": "I wish to return something from a delivery, thanks.",
    "change_default_address": "Please change the default address of my account.",
    "about_order_total": "Could you let me know the total of an order?",
    "about_order_status": "May I know the status of one of my orders?",
    "about_order_count": "Please tell me how many items an order has.",
    "about_order_tracking": "May I have the tracking number of my order?",
    "about_product_count": "How many versions of a product are in stock?",
    "about_product_price": "What is the lowest price of a product in stock?",
    "about_gift_card": "Could you tell me the balance of my gift card?",
}


def kind_of(sentence):
    """Return what a request of the shop asks for; None if the sentence is none."""
    for kind in ASK:
        if any(ASKING.grammar.reads(f"ask_{kind}", sentence, split) for split in SPLITS):
            return kind
    return None


def polite(sentence):
    """Say the same in other words; a request that has no other words stays as it is."""
    kind = kind_of(sentence)
    if kind:
        return REWORDED.get(kind, sentence)
    return f"Well, you see: {sentence[:-1]}, thanks{sentence[-1]}"


@pytest.fixture
def endpoint():
    with Endpoint() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


class OneByOne(Paraphraser):
    def __call__(self, task):
        (reworded,) = self.map([task])
        return reworded


@pytest.fixture
def paraphraser_at(retail, monkeypatch):
    monkeypatch.setenv("MY_KEY", "secret-key")
    with ExitStack() as opened:

        def make(url, **how):
            settings = servers.Endpoint(model="fake", base_url=url, api_key_env="MY_KEY", retries=0)
            return opened.enter_context(OneByOne(EndpointModel(settings), retail, **how))

        yield make


@pytest.fixture
def paraphraser(endpoint, paraphraser_at):
    return paraphraser_at(endpoint.url)


@pytest.fixture(scope="module")
def task(retail, shop):
    config = SamplerConfig(write_count=2, evidence_burden=(2, 3))
    return TaskSampler(retail, config, shop).sample(3)


def texts(task):
    scenario = task.scenario
    facts = [fact for request in scenario.requests for fact in request.facts]
    return [
        *(fact.text for fact in (*scenario.identity, *facts)),
        *(request.text for request in scenario.requests),
    ]


def test_right_rewordings_are_kept_and_nothing_else_changes(task, paraphraser):
    reworded = paraphraser(task)
    assert texts(reworded) == [polite(text) for text in texts(task)]
    assert (paraphraser.kept, paraphraser.rejected) == (len(texts(task)), {})
    assert reworded.paraphrased
    assert reworded.task_id != task.task_id
    assert reworded.without_texts == task.without_texts


def test_a_reworded_task_is_still_proved(task, paraphraser, retail, shop):
    assert not list(check_task(paraphraser(task), retail, shop))


def test_the_model_and_the_key_are_those_given(task, paraphraser, endpoint):
    paraphraser(task)
    ((path, key, asked),) = endpoint.seen
    assert (path, key, asked["model"]) == ("/v1/chat/completions", "Bearer secret-key", "fake")


def test_an_answer_in_a_fence_is_read(task, paraphraser, endpoint):
    endpoint.reword = lambda sentences: f"```json\n{json.dumps(list(map(polite, sentences)))}\n```"
    assert texts(paraphraser(task)) == [polite(text) for text in texts(task)]


def test_lies_are_dropped(task, paraphraser, endpoint):
    endpoint.reword = lambda sentences: json.dumps(
        [f"It is about order #W000000{n}." for n, _ in enumerate(sentences)]
    )
    assert paraphraser(task) is task
    assert paraphraser.kept == 0
    requests = len(task.scenario.requests)
    assert paraphraser.rejected == {
        "may say something else": len(texts(task)) - requests,
        "may ask for something else": requests,
    }


def test_what_says_the_opposite_is_dropped_whatever_way_it_is_turned(
    task, paraphraser, endpoint, lies
):
    for name, lie in lies.LIES.items():
        paraphraser.kept, paraphraser.rejected = 0, Counter()
        endpoint.reword = lambda sentences, lie=lie: json.dumps([lie(s) or s for s in sentences])
        assert paraphraser(task) is task, name
        assert paraphraser.kept == 0


def test_one_lie_leaves_the_other_rewordings(task, paraphraser, endpoint):
    lie = "I am Somebody Else."
    endpoint.reword = lambda sentences: json.dumps([lie, *map(polite, sentences[1:])])
    reworded = paraphraser(task)
    assert reworded.scenario.identity[0] == task.scenario.identity[0]
    assert texts(reworded)[1:] == [polite(text) for text in texts(task)[1:]]
    assert paraphraser.rejected == {"may say something else": 1}


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("", "answer is empty"),
        (None, "answer is empty"),
        ("Sure, here you are!", "answer is no list of as many sentences"),
        ('["just one"]', "answer is no list of as many sentences"),
        ("[1, 2, 3]", "answer is no list of as many sentences"),
    ],
)
def test_what_is_no_list_leaves_the_task_as_it_is(task, paraphraser, endpoint, answer, reason):
    endpoint.reword = lambda sentences: answer
    assert paraphraser(task) is task
    assert (paraphraser.kept, paraphraser.rejected) == (0, {reason: len(texts(task))})


def test_empty_and_repeated_sentences_are_dropped(task, paraphraser, endpoint):
    endpoint.reword = lambda sentences: json.dumps([" ", *sentences[1:]])
    assert paraphraser(task) is task
    assert paraphraser.rejected == {"is empty": 1, "is there already": len(texts(task)) - 1}


def test_requests_stay_different_from_one_another(task, paraphraser, endpoint):
    first = task.scenario.requests[0]
    twice = task.scenario.model_copy(update={"requests": (first, first)})
    reworded = paraphraser(task.model_copy(update={"scenario": twice}))
    texts = [request.text for request in reworded.scenario.requests]
    assert texts == [polite(first.text), first.text]


@pytest.mark.parametrize(
    "text",
    [
        "I want to send something back for a refund, please.",
        "What is the weather like today?",
        "Please help me.",
        "I do not want it, please.",
        "Cancel order 7.",
    ],
)
def test_a_rewording_that_may_ask_for_something_else_is_dropped(task, paraphraser, endpoint, text):
    wanted = [request.text for request in task.scenario.requests]
    endpoint.reword = lambda sentences: json.dumps(
        [text if sentence in wanted else polite(sentence) for sentence in sentences]
    )
    reworded = paraphraser(task)
    assert [request.text for request in reworded.scenario.requests] == wanted
    assert paraphraser.rejected == {"may ask for something else": len(wanted)}


def test_what_is_asked_for_on_a_condition_is_never_reworded(retail, shop, paraphraser, endpoint):
    config = SamplerConfig(write_count=1, evidence_burden=(1, 3), intents=("cancel_or_return",))
    task = TaskSampler(retail, config, shop).sample(1)
    (request,) = task.scenario.requests
    lie = "I want to send something back for a refund, please."
    endpoint.reword = lambda sentences: json.dumps(
        [lie if sentence == request.text else sentence for sentence in sentences]
    )
    assert paraphraser(task) is task
    assert paraphraser.rejected["may ask for something else"] == 1


def test_what_a_fact_has_besides_its_text_stays(task, paraphraser):
    first, *others = task.scenario.requests
    facts = [
        fact.model_copy(
            update={
                "alternatives": ("grey",),
                "earlier": Fact(slot=fact.slot, value="old", text="I said something else."),
            }
        )
        for fact in first.facts
    ]
    first = first.model_copy(update={"facts": tuple(facts)})
    scenario = task.scenario.model_copy(update={"requests": (first, *others)})
    reworded = paraphraser(task.model_copy(update={"scenario": scenario}))
    for before, after in zip(facts, reworded.scenario.requests[0].facts, strict=True):
        assert after == before.model_copy(update={"text": polite(before.text)})


@pytest.mark.parametrize(
    ("status", "body", "complaint"),
    [
        (401, "{}", r"the key is refused \(HTTP 401\)\. Check the API key\."),
        (403, "{}", r"the key is refused \(HTTP 403\)"),
        (404, "{}", r"Check the name of the model"),
        (429, "{}", r"too many requests"),
        (500, "oops", r"HTTP 500\. Try again later"),
        (200, "{not json", r"not a chat completion"),
        (200, "", r"not a chat completion"),
        (200, "[]", r"not a chat completion"),
        (200, "{}", r"not a chat completion.*/v1"),
        (200, '{"choices": []}', r"not a chat completion"),
        (200, '{"choices": [{}]}', r"not a chat completion"),
        (200, '{"choices": [{"message": {"content": [1]}}]}', r"not a chat completion"),
    ],
)
def test_an_endpoint_that_fails_is_one_clear_error(
    task, paraphraser, endpoint, status, body, complaint
):
    endpoint.status, endpoint.body = status, body
    with pytest.raises(BackendError, match=complaint) as raised:
        paraphraser(task)
    assert f"'fake' at {endpoint.url}" in str(raised.value)
    assert "secret" not in str(raised.value)


def test_an_endpoint_that_is_not_there_is_one_clear_error(task, paraphraser_at):
    with pytest.raises(BackendError, match=r"no connection\. Check the base URL"):
        paraphraser_at("http://127.0.0.1:9/v1")(task)


def test_several_tasks_are_reworded_at_once_and_keep_their_order(
    retail, shop, endpoint, paraphraser_at
):
    tasks = list(TaskSampler(retail, SamplerConfig(write_count=1), shop).tasks(3, 4))
    all_there = threading.Event()

    def reword(sentences):
        last = sorted(sentences) == sorted(texts(tasks[-1]))
        assert last or all_there.wait(20)
        all_there.set()
        return json.dumps([polite(each) for each in sentences])

    endpoint.reword = reword
    found = list(paraphraser_at(endpoint.url, concurrency=4).map(tasks))
    assert [task.without_texts for task in found] == [task.without_texts for task in tasks]
    assert all(task.paraphrased for task in found)


@pytest.fixture
def writ_gym(monkeypatch, endpoint):
    """Return what runs the command with the endpoint."""
    monkeypatch.setenv("MY_KEY", "secret")
    options = ("--paraphrase", "fake", "--paraphrase-base-url", endpoint.url,
               "--paraphrase-api-key-env", "MY_KEY", "--paraphrase-retries", "0",
               "--paraphrase-concurrency", "2")  # fmt: skip

    def run(*arguments, options=options):
        size = ("--world-size", "users=120", "--world-size", "orders=300")
        command = [*map(str, arguments), *size, *options]
        names = {"help_option_names": ["-h", "--help"]}  # as all commands have: click keeps them
        group = Group("writ-gym", [sample, synth], context_settings=names)
        return CliRunner().invoke(group, command)

    return run


def test_sample_writes_reworded_tasks_and_says_how_many_sentences(writ_gym, tmp_path):
    out = tmp_path / "tasks.jsonl"
    result = writ_gym("sample", "-n", 3, "--out", out, "--json")
    tasks = list(read_tasks(out))
    assert all(task.paraphrased for task in tasks)
    found = json.loads(result.stdout)
    sentences = sum(len(texts(task)) for task in tasks)
    alike = sum(found["rewordings_rejected"].values())  # requests that are worded in one way only
    assert found["rewordings_kept"] == sentences - alike
    assert alike <= sum(len(task.scenario.requests) for task in tasks)
    assert set(found["rewordings_rejected"]) <= {"is there already"}


def test_a_model_that_rewords_is_asked_as_the_options_say(writ_gym, endpoint, tmp_path):
    out, options = tmp_path / "tasks.jsonl", (
        "--paraphrase", "fake", "--paraphrase-base-url", endpoint.url, "--paraphrase-rpm", "60000",
        "--paraphrase-tpm", "6000000", "--paraphrase-set", "temperature=0.3",
        "--paraphrase-price", "1,2",
    )  # fmt: skip
    endpoint.usage = {"prompt_tokens": 100, "completion_tokens": 10}
    result = json.loads(writ_gym("sample", "-n", 2, "--out", out, "--json", options=options).stdout)
    assert (result["rewording_tokens"], result["rewording_cost"]) == (220, pytest.approx(240e-6))
    asked = [body for *_, body in endpoint.seen]
    assert {body["temperature"] for body in asked} == {0.3}
    assert len({body["seed"] for body in asked}) == 2
    settings = json.loads((tmp_path / "tasks.jsonl.settings.json").read_text())
    assert settings["paraphrase"] == {"model": "fake", "temperature": 0.3}


def test_what_was_reworded_is_kept_when_the_endpoint_fails_and_is_not_asked_for_again(
    writ_gym, endpoint, tmp_path
):
    whole, cut = tmp_path / "whole.jsonl", tmp_path / "cut.jsonl"
    writ_gym("sample", "-n", 6, "--out", whole)
    endpoint.seen.clear()
    endpoint.most = 3
    result = writ_gym("sample", "-n", 6, "--out", cut)
    assert (result.exit_code, "HTTP 500" in result.stderr) == (1, True)
    kept = len(list(read_tasks(cut)))
    assert 1 <= kept <= 3
    endpoint.seen.clear()
    endpoint.most = None
    assert writ_gym("sample", "-n", 6, "--out", cut).exit_code == 0
    # By task: one that failed may reach the endpoint late, when it was given up already.
    assert len({body["seed"] for *_, body in endpoint.seen}) == 6 - kept
    assert cut.read_bytes() == whole.read_bytes()


def test_a_training_set_keeps_what_was_reworded_too(writ_gym, endpoint, tmp_path):
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    writ_gym("synth", "-n", 6, "--out", whole)
    endpoint.seen.clear()
    endpoint.most = 3
    assert writ_gym("synth", "-n", 6, "--out", cut).exit_code == 1
    endpoint.most = None
    endpoint.seen.clear()
    assert writ_gym("synth", "-n", 6, "--out", cut).exit_code == 0
    assert 3 <= len(endpoint.seen) < 6
    assert (cut / "tasks.jsonl").read_bytes() == (whole / "tasks.jsonl").read_bytes()


def test_rewordings_are_played_again_from_a_recording_without_the_endpoint(
    writ_gym, endpoint, tmp_path
):
    options = ("--paraphrase", "fake", "--paraphrase-base-url", endpoint.url,
               "--recording", str(tmp_path / "answers.jsonl"))  # fmt: skip
    files = [tmp_path / "first.jsonl", tmp_path / "again.jsonl"]
    writ_gym("sample", "-n", 3, "--out", files[0], options=options)
    asked = len(endpoint.seen)
    result = writ_gym("sample", "-n", 3, "--out", files[1], options=(*options, "--replay"))
    assert (result.exit_code, len(endpoint.seen), asked) == (0, 3, 3)
    assert files[0].read_bytes() == files[1].read_bytes()


def test_an_endpoint_of_ones_own_needs_no_key(writ_gym, endpoint, monkeypatch, tmp_path):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    here = ("--paraphrase", "fake", "--paraphrase-base-url", endpoint.url)
    result = writ_gym("sample", "-n", 1, "--out", tmp_path / "tasks.jsonl", options=here)
    assert result.exit_code == 0, result.output
    hosted = writ_gym("sample", "--out", tmp_path / "more.jsonl", options=here[:2])
    assert "OPENAI_API_KEY is not set: set it, or add --paraphrase-base-url" in hosted.stderr


def test_episodes_of_reworded_tasks_are_verified(writ_gym, tmp_path):
    out = tmp_path / "set"
    result = writ_gym("synth", "-n", 4, "--out", out, "--json")
    assert json.loads(result.stdout)["rewordings_kept"] > 0
    report = verify(out / "run")
    assert (report.verified, report.findings) == (report.records, ())
    assert report.records > 0


def test_verification_reads_reworded_texts_back(writ_gym, tmp_path):
    out = tmp_path / "set"
    writ_gym("synth", "-n", 2, "--out", out)
    row = json.loads((out / "kept.jsonl").read_text().splitlines()[0])
    row["task"]["scenario"]["identity"][0]["text"] = "I am Somebody Else."
    row["task"]["scenario"]["requests"][0]["text"] = "Cancel order 7."
    forged = tmp_path / "forged.jsonl"
    forged.write_text(json.dumps(row))
    what = " ".join(finding.what for finding in verify(forged).findings)
    assert "'I am Somebody Else.' does not say" in what
    assert "'Cancel order 7.' is no way to ask for" in what


def test_a_reworded_task_with_another_meaning_is_found(writ_gym, tmp_path):
    out = tmp_path / "set"
    writ_gym("synth", "-n", 2, "--out", out)
    row = json.loads((out / "kept.jsonl").read_text().splitlines()[0])
    row["task"]["scenario"]["behaviours"] = ["terse"]
    forged = tmp_path / "forged.jsonl"
    forged.write_text(json.dumps(row))
    what = " ".join(finding.what for finding in verify(forged).findings)
    assert "a task that means something else" in what


def test_a_command_whose_endpoint_fails_says_how_to_mend_it(writ_gym, endpoint, tmp_path):
    endpoint.status, endpoint.body = 401, "{}"
    result = writ_gym("sample", "-n", 3, "--out", tmp_path / "tasks.jsonl")
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    assert "Check the API key." in result.stderr


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (
            (
                "--paraphrase",
                "fake",
                "--paraphrase-api-key-env",
                "NO_KEY",
                "--paraphrase-base-url",
                "http://127.0.0.1:9",
            ),
            "The environment variable NO_KEY is to hold the key for 'fake'",
        ),
        (("--paraphrase-base-url", "http://127.0.0.1:9"), "-base-url needs --paraphrase MODEL"),
        (("--paraphrase-api-key-env", "MY_KEY"), "-api-key-env needs --paraphrase MODEL"),
        (("--recording", "answers.jsonl"), "--recording needs --paraphrase MODEL"),
        (("--paraphrase", "fake", "--replay"), "--replay needs --recording"),
    ],
)
def test_options_that_make_no_sense_are_refused(writ_gym, tmp_path, options, complaint):
    result = writ_gym("sample", "--out", tmp_path / "tasks.jsonl", options=options)
    assert (result.exit_code, complaint in result.stderr) == (1, True)
