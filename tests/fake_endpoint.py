"""A fake OpenAI-compatible endpoint on loopback, which can be late, cut off, wrong, and lie.

As a program it plays the oracle of given tasks, and their users where it is asked for one, for
benchmarks and trials of failure:

    python tests/fake_endpoint.py tasks.jsonl --latency 0.2 --faults 0.2 --port 8080

To a GET it says how many answers it has begun. Asked for token ids as vLLM is, it gives those of
every four characters, by a chat template that only ever adds.
"""

import argparse
import asyncio
import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any
from zlib import crc32

from pydantic_core import from_json

from writ_gym.coroutines import finish, run_in_loop
from writ_gym.domain import load_domain
from writ_gym.messages import parse_action, tool_call
from writ_gym.policies import load_policy
from writ_gym.policy import make_policy
from writ_gym.runs.task_files import read_tasks
from writ_gym.seeding import rng_for
from writ_gym.tasks import Call, Task
from writ_gym.users.scripted import USERS

FAULTS = ("429", "500", "slow", "cut", "malformed", "empty", "aborted", "error-in-200", "shapeless")
"""What goes wrong with a server or on the way: the same request is sent again."""
LIES = ("lying", "refusing")
"""What a model may say in the place of what it should: an answer, and what comes of it counts."""
CLAIM = "Your request has been completed. Is there anything else that I can do for you?"
REFUSAL = "I'm sorry, but I can't help with that."
NO_TOOL = "approve_everything"
"""A tool that there is not."""
LIE_ID = "lie_"
"""Begins the ids of calls that are lies."""
TOKEN_LENGTH, VOCABULARY = 4, 150_000
"""Characters of a token, and how many tokens there are."""
END = "<|end|>"
STREAM = re.compile(rb'"stream":\s*true')
TOO_LONG = "Input length (57719 tokens) exceeds the maximum allowed length (55539 tokens)."
USERS_LIES = (
    {"say": "My order number is #W0000001.", "end": False},
    {"say": CLAIM, "end": False},
    {"say": "Thank you, that is all. Goodbye!", "end": True},
)
"""An invented id, the agent's part, and leaving before anything is done."""


def body_of(message: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return the body of a completion with a message."""
    reason = "tool_calls" if message.get("tool_calls") else "stop"
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": reason}
    usage = {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}
    return {"id": "x", "object": "chat.completion", "created": 0, "model": "fake",
            "choices": [choice], "usage": usage, **more}  # fmt: skip


def with_tokens(body: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
    """Return the body of a completion with token ids and log-probabilities, as vLLM gives them."""
    choice, prompt = body["choices"][0], list(tokens_of(json.dumps(asked.get("tools"))))
    for message in asked["messages"]:
        prompt += tokens_of(f"<|{message['role']}|>") + tokens_of(text_of(message) + END)
    prompt += tokens_of("<|assistant|>")
    sampled = tokens_of(text_of(choice["message"]) + END)
    logprobs = {"content": [{"token": str(each), "logprob": -each / 1e5} for each in sampled]}
    return {**body, "choices": [{**choice, "token_ids": sampled, "logprobs": logprobs}],
            "prompt_token_ids": prompt}  # fmt: skip


def text_of(message: dict[str, Any]) -> str:
    """Return what is said and called in a message, as a text."""
    calls = [call["function"] for call in message.get("tool_calls") or ()]
    return json.dumps([message.get("content"), calls])


@lru_cache(None)
def tokens_of(text: str) -> tuple[int, ...]:
    """Return a text as token ids."""
    pieces = (text[i : i + TOKEN_LENGTH] for i in range(0, len(text), TOKEN_LENGTH))
    return tuple(crc32(piece.encode()) % VOCABULARY for piece in pieces)


class FakeEndpoint:
    """Answers chat requests by a function of the request's body; counts and keeps what it saw."""

    def __init__(
        self,
        answer: Callable[[dict[str, Any]], Any],
        latency: float = 0.0,
        faults: float = 0.0,
        kinds: Iterable[str] = FAULTS,
        lie: Callable[[str, dict[str, Any], dict[str, Any]], dict[str, Any]] | None = None,
        slow: float = 3600.0,
        closing: bool = False,
        steady: bool = False,
        tokens: bool = False,
    ) -> None:
        """Take what to answer: a message, a whole body, or an (HTTP status, body, headers).

        Args:
            answer: From the body of a request to an answer.
            latency: Seconds before every answer.
            faults: Share of the requests that something goes wrong with; a request that is sent
                again may go wrong again.
            kinds: What can go wrong, of ``FAULTS`` and ``LIES``.
            lie: From one of ``LIES``, the body of a request, and what was to be answered, what is
                answered instead; there must be one if there are such kinds.
            slow: Seconds that a slow answer takes.
            closing: Whether a connection is closed after each answer, without a word of it.
            steady: Whether the same conversation always gets the same answer, which is made once.
            tokens: Whether token ids are given to who asks for them as vLLM is asked.
        """
        self.answered: dict[tuple[bool, bytes], bytes] | None = {} if steady else None
        """Good answers by whether a request is for a stream, and what stands in it from its
        messages on: not its seed."""
        self.closing, self.tokens = closing, tokens
        self.answer, self.latency, self.faults, self.slow = answer, latency, faults, slow
        self.kinds = tuple(kinds)
        self.lie = lie
        self.seen: list[dict[str, Any]] = []
        self.headers: list[str] = []
        self.keep = True
        self.connections: set[Connection] = set()
        """Those that are open."""
        self.made: Counter[str] = Counter()
        """Answers, by what went wrong with them; "" for none."""
        self._tries: Counter[int] = Counter()
        self.open = self.most_open = 0
        """Requests that wait for an answer now, and the most at once."""

    async def __aenter__(self) -> "FakeEndpoint":
        await self.listen(0)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        self.server.close()
        for connection in self.connections:
            connection.transport.abort()
        await asyncio.sleep(0)  # they close their sockets the next time around

    async def listen(self, port: int) -> None:
        loop = asyncio.get_running_loop()
        self.server = await loop.create_server(
            lambda: Connection(self), "127.0.0.1", port, backlog=8192
        )
        self.port = self.server.sockets[0].getsockname()[1]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def fault(self, raw: bytes) -> str:
        """Return what goes wrong with a request: the same for the same request and attempt."""
        if not self.faults:
            return ""
        key = int.from_bytes(hashlib.blake2b(raw, digest_size=7).digest(), "big")
        self._tries[key] += 1
        rng = rng_for(key, "fault", self._tries[key])
        return str(rng.choice(self.kinds)) if rng.random() < self.faults else ""


class Connection(asyncio.Protocol):
    """One HTTP/1.1 connection: as little of the protocol as the client uses."""

    def __init__(self, endpoint: FakeEndpoint) -> None:
        self.endpoint = endpoint
        self.buffer = b""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.endpoint.connections.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        self.endpoint.connections.discard(self)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, found, rest = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return
        lines = head.lower().split(b"\r\n")
        length = next((int(x[15:]) for x in lines if x.startswith(b"content-length:")), 0)
        if len(rest) < length:
            return
        self.buffer = rest[length:]
        if head.startswith(b"GET "):
            body = str(self.endpoint.made.total()).encode()
            self._send(head_of(200, body, {}) + body, 0)
            return
        if self.endpoint.keep:
            self.endpoint.headers.append(head.decode())
        self.respond(rest[:length])

    def respond(self, raw: bytes) -> None:
        endpoint = self.endpoint
        fault = endpoint.fault(raw)
        endpoint.made[fault] += 1
        endpoint.open += 1
        endpoint.most_open = max(endpoint.most_open, endpoint.open)
        wait = endpoint.slow if fault == "slow" else endpoint.latency
        asyncio.get_running_loop().call_later(wait, self.finish, raw, fault)

    def finish(self, raw: bytes, fault: str) -> None:
        self.endpoint.open -= 1
        if self.transport.is_closing():
            return
        if fault == "aborted":
            self.transport.abort()
            return
        answered = self.endpoint.answered
        head, messages, rest = raw.partition(b'"messages"') if answered is not None else (b"",) * 3
        asks = STREAM.search(head) is not None, messages + rest
        if answered is not None and asks in answered:
            self.transport.write(answered[asks])
            return
        asked = from_json(raw)
        if self.endpoint.keep:
            self.endpoint.seen.append(asked)
        status, body, headers = self._answer(asked, fault)
        stream = asked.get("stream") and status == 200 and isinstance(body, dict)
        text = events(body) if stream else body if isinstance(body, str) else json.dumps(body)
        kind = "text/event-stream" if stream else "application/json"
        body = text.encode()
        data = head_of(status, body, {"content-type": kind, **headers}) + body
        if answered is not None and status == 200:
            answered[asks] = data
        self._send(data, len(body) // 2 + 1 if fault == "cut" else 0)

    def _answer(self, asked: dict[str, Any], fault: str) -> tuple[int, Any, dict[str, str]]:
        match fault:
            case "429":
                return 429, {"error": {"message": "slow down"}}, {"retry-after-ms": "5"}
            case "500":
                return 500, {"error": {"message": "out of order"}}, {}
            case "malformed":
                return 200, '{"choices": [{"message": ', {}
            case "empty":
                return 200, "", {}
            case "error-in-200":
                return 200, json.dumps({"error": {"message": "no worker is free"}}), {}
            case "shapeless":
                return 200, json.dumps(body_of({}) | {"choices": []}), {}
        found = self.endpoint.answer(asked)
        if fault in LIES and isinstance(found, dict):
            found = self.endpoint.lie(fault, asked, found)
        if isinstance(found, tuple):
            return found[0], found[1], found[2] if len(found) > 2 else {}
        return 200, self._whole(found, asked), {}

    def _whole(self, found: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
        """Return the body for a message, or the one that was found."""
        if "choices" in found:
            return found
        tokens = self.endpoint.tokens and asked.get("return_token_ids")
        return with_tokens(body_of(found), asked) if tokens else body_of(found)

    def _send(self, data: bytes, less: int) -> None:
        """Send an answer, without its last bytes if the connection is to break off."""
        self.transport.write(data[: len(data) - less])
        if less or self.endpoint.closing:
            self.transport.close()


def head_of(status: int, body: bytes, headers: dict[str, str]) -> bytes:
    """Return what stands before the body of an answer."""
    lines = [f"HTTP/1.1 {status} X", f"content-length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def events(body: dict[str, Any]) -> str:
    """Return a completion as the events of a stream, texts cut into small pieces."""
    choice = body["choices"][0]
    message = choice["message"]
    deltas: list[dict[str, Any]] = [{"role": "assistant"}]
    for name in ("reasoning_content", "content", "refusal"):
        text = message.get(name) or ""
        deltas += [{name: text[i : i + 7]} for i in range(0, len(text), 7)]
    for index, call in enumerate(message.get("tool_calls") or ()):
        function = call["function"]
        start = {"name": function["name"], "arguments": ""}
        deltas.append({"tool_calls": [{"index": index, "id": call["id"], "function": start}]})
        text = function["arguments"]
        deltas += [
            {"tool_calls": [{"index": index, "function": {"arguments": text[i : i + 5]}}]}
            for i in range(0, len(text), 5)
        ]
    pieces = [{"choices": [{"index": 0, "delta": delta}]} for delta in deltas]
    extra = {name: choice[name] for name in ("logprobs", "token_ids") if name in choice}
    last = {"index": 0, "delta": {}, "finish_reason": choice["finish_reason"], **extra}
    pieces += [{"choices": [last]}, {"choices": [], "usage": body["usage"]}]
    return "".join(f"data: {json.dumps(piece)}\n\n" for piece in pieces) + "data: [DONE]\n\n"


def opening(task: Task) -> str:
    """Return what the scripted user of a task says first."""
    domain = load_domain(task.domain)
    user = USERS["scripted"](task.scenario, domain.lexicon, domain.hands_of_user("user"))
    return finish(user.open()).text


def told_apart(tasks: Iterable[Task]) -> Iterator[Task]:
    """Yield the tasks but those that begin as one before does: by its opening a task is told."""
    openings: set[str] = set()
    for task in tasks:
        if (begun := opening(task)) not in openings:
            openings.add(begun)
            yield task


class OracleAnswers:
    """Plays the oracle of the task that a conversation is about, from its messages alone.

    A conversation is told by its first user message, so the tasks' openings must differ. The
    same conversation is always answered alike, however often and in whatever order it comes. Lies
    in it, and what came of them, are overlooked: the oracle goes on where it was.
    """

    def __init__(self, tasks: Iterable[Task]) -> None:
        """Take the tasks.

        Raises:
            ValueError: Two of them begin alike; names them.
        """
        self.tasks: dict[str, Task] = {}
        for task in tasks:
            other = self.tasks.setdefault(opening(task), task)
            if other.task_id != task.task_id:
                raise ValueError(
                    f"Tasks {other.task_id!r} and {task.task_id!r} both begin with "
                    f"{opening(task)!r}: leave one out, see told_apart."
                )
        self._answers: dict[bytes, Any] = {}
        self._live: dict[bytes, Any] = {}

    def __call__(self, asked: dict[str, Any]) -> dict[str, Any]:
        messages = honest(asked["messages"])
        key = digest(messages)
        if key not in self._answers:
            self._answers[key] = self._next(messages, asked["tools"])
        return self._answers[key]

    def _next(self, messages: list[dict[str, Any]], tools: list[Any]) -> dict[str, Any]:
        said = [i for i, message in enumerate(messages) if message["role"] == "assistant"]
        last = said[-1] if said else 0
        policy = self._live.pop(digest(messages[:last]), None) if said else None
        observations = [messages[last + 1 :]]
        if policy is None:
            policy, observations = self._begin(messages, tools), observations_in(messages)
        for observation in observations:
            message = parse_action(finish(policy.act(observation)))
        self._live[digest(messages)] = policy
        for number, call in enumerate(message.get("tool_calls", ())):
            call["id"] = f"call_{len(messages)}_{number}"
        return dict(message)

    def _begin(self, messages: list[dict[str, Any]], tools: list[Any]) -> Any:
        task = self.tasks[messages[1]["content"]]
        policy = make_policy(load_policy("oracle"), load_domain(task.domain), task)
        finish(policy.reset({"seed": 1, "tools": tools, "system": "", "task_id": ""}))
        return policy


class Liar:
    """Says what an agent or a user says that lies or refuses; the same to the same request.

    A user opens as it should: by that the oracle tells its tasks.
    """

    def __init__(self, tasks: Iterable[Task]) -> None:
        """Take the tasks whose records agents take for one another."""
        self._calls: dict[str, list[dict[str, Any]]] = {}
        for task in tasks:
            for call in calls_of(task):
                self._calls.setdefault(call.name, []).append(dict(call.arguments))

    def __call__(self, kind: str, asked: dict[str, Any], meant: dict[str, Any]) -> dict[str, Any]:
        number, is_users = len(asked["messages"]), "tools" not in asked
        rng = rng_for(int.from_bytes(digest(asked["messages"])[:7], "big"), "lie")
        if is_users and number <= 2:
            return meant
        if kind == "refusing":
            as_text = {"content": REFUSAL}, {"content": None, "refusal": REFUSAL}
            return as_text[int(rng.integers(2))]
        if is_users:
            return {"content": json.dumps(USERS_LIES[int(rng.integers(len(USERS_LIES)))])}
        calls = [self._of_another(call, rng) for call in meant.get("tool_calls") or ()]
        lies = [{"content": CLAIM}, calling_lies(number, [(NO_TOOL, {})])]
        if calls:
            lies.append(calling_lies(number, calls))
        return lies[int(rng.integers(len(lies)))]

    def _of_another(self, call: dict[str, Any], rng: Any) -> tuple[str, dict[str, Any]]:
        """Return a call with the arguments of another record, if one is known."""
        name, meant = call["function"]["name"], json.loads(call["function"]["arguments"])
        others = [each for each in self._calls.get(name, ()) if each != meant]
        return name, others[int(rng.integers(len(others)))] if others else meant


def calls_of(task: Task) -> Iterator[Call]:
    """Yield the calls that a task is solved with."""
    yield from task.certificate.evidence
    for write in task.gold_writes:
        yield from write.evidence
        yield Call(write.name, write.arguments)


def calling_lies(number: int, calls: Iterable[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    """Return a message that makes calls, and is known for a lie by their ids."""
    made = [tool_call(name, json.dumps(arguments)) for name, arguments in calls]
    for place, call in enumerate(made):
        call["id"] = f"{LIE_ID}{number}_{place}"
    return {"content": None, "tool_calls": made}


def is_lie(message: dict[str, Any]) -> bool:
    """Say whether a message of an agent is a lie or a refusal of this endpoint's."""
    calls = message.get("tool_calls") or ()
    return message.get("content") in (CLAIM, REFUSAL) or any(
        call["id"].startswith(LIE_ID) for call in calls
    )


def honest(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a conversation without the lies of the agent, and without what came of them."""
    kept, is_after = [], False
    for message in messages:
        if message["role"] == "assistant":
            is_after = is_lie(message)
        if not is_after:
            kept.append(message)
    return kept


def observations_in(messages: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Return what the agent got to see before each of its messages, and now."""
    found: list[list[dict[str, Any]]] = [[]]
    for message in messages[1:]:
        if message["role"] == "assistant":
            found.append([])
        else:
            found[-1].append(message)
    return found


def digest(messages: list[dict[str, Any]]) -> bytes:
    """Return what tells conversations apart: who said what, and called what; not the policy."""
    told = [
        (m["role"], m.get("content"), [c["function"] for c in m.get("tool_calls") or ()])
        for m in messages[1:]
    ]
    return hashlib.blake2b(json.dumps(told).encode(), digest_size=16).digest()


async def serve(arguments: argparse.Namespace) -> None:
    # Here, because only a program finds its neighbours: tests are no package.
    from fake_users import UserAnswers

    tasks = list(read_tasks(arguments.tasks))
    agents, users = OracleAnswers(tasks), UserAnswers(tasks)

    def answer(asked: dict[str, Any]) -> Any:
        if arguments.refuses in asked:
            return 400, {"error": {"message": f"unknown field {arguments.refuses!r}"}}
        if len(asked["messages"]) > arguments.longest:
            return 400, {"error": {"message": TOO_LONG, "type": "BadRequestError", "code": 400}}
        try:
            return agents(asked) if "tools" in asked else users(asked)
        except KeyError:
            return 400, {"error": {"message": "this conversation is about none of the tasks"}}

    endpoint = FakeEndpoint(
        answer, arguments.latency, arguments.faults, slow=arguments.slow,
        kinds=arguments.kinds.split(","), lie=Liar(tasks), steady=not arguments.faults, tokens=True,
    )  # fmt: skip
    endpoint.keep = False
    await endpoint.listen(arguments.port)
    print(endpoint.url, flush=True)
    await endpoint.server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tasks", type=Path)
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--faults", type=float, default=0.0)
    parser.add_argument("--kinds", default=",".join(FAULTS))
    parser.add_argument("--slow", type=float, default=3600.0)
    parser.add_argument("--refuses", default="")
    parser.add_argument("--longest", type=int, default=1 << 31, help="most messages of a request")
    parser.add_argument("--port", type=int, default=0)
    run_in_loop(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
