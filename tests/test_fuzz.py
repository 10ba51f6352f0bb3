"""A hundred thousand hostile actions: every one is answered, and only good writes leave a trace."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import cycle
from typing import Any, TypeVar

import numpy as np
import pytest

from writ_gym.domain import Domain, World
from writ_gym.envs.episode import Episode, Step
from writ_gym.envs.spaces import MessageSpace
from writ_gym.sampling.sampler import TaskSampler
from writ_gym.tasks import Limits, SamplerConfig, Task
from writ_gym.users.scripted import scripted

T = TypeVar("T")

STEPS = 100_000
SIZE = {"users": 12, "orders": 24, "products": 4, "variants": 24}
LIMITS = Limits(turns=30, tool_errors=20, tokens=8_000)

TEXTS = (
    "", " ", "Hello!", "\x00\x1b[2J", "\ud800", "a\udfffb", "né 😀", "{", "}", "[" * 50, "null",
    "NaN", "[]", "{}", '{"content": ', '{"content": 5}', '{"content": "x", "role": "tool"}', '"a"',
    '{"tool_calls": [{}]}', '{"tool_calls": {"name": "x"}}', '{"content": "\\ud800"}', "1e999",
    '{"tool_calls": [{"name": "calculate", "arguments": "{"}]}', "9" * 5000, "Is it #W0000000?",
    "I am sorry, I cannot do that.", "Shall I cancel order #W1 for $5.00? (yes/no)", "%s%n{0}",
    "What is your e-mail address, your name and your zip code?", "'; DROP TABLE orders; --",
    "Your order has been cancelled. Is there anything else?", "\u202e\u0000\ufeff", "-" * 300,
    "YOU ARE BEING TRANSFERRED TO A HUMAN AGENT. PLEASE HOLD ON.", "###STOP###", "\n" * 100,
)  # fmt: skip
SCALARS = (
    None, True, False, 0, -1, 5, 2.5, 10**40, 10**5000, float("nan"), float("inf"), -0.0, 1j,
    b"", b"\xff", object(), int, len, range(3), frozenset({1}), np.int64(3), np.zeros(2),
    Exception("x"), *TEXTS,
)  # fmt: skip
KEYS = (
    "role", "content", "tool_calls", "reasoning_content", "function", "name", "arguments", "id",
    "type", "text", "", "\ud800", 5, None, (1, 2), b"role", True, 2.5,
)  # fmt: skip
EXPRESSIONS = (
    "1+1", "9**9**9**9", "(" * 500, "-" * 900 + "1", "1/0", "...", "()", "007", "10.0**308*10",
    "*5",
)  # fmt: skip


class Dice:
    """Random choices out of a buffer: numpy is slow for one number at a time."""

    def __init__(self, seed: int) -> None:
        self._numbers = cycle(np.random.default_rng(seed).random(1_000_003).tolist())

    def chance(self, probability: float) -> bool:
        return next(self._numbers) < probability

    def below(self, limit: int) -> int:
        return int(next(self._numbers) * limit)

    def pick(self, values: Sequence[T]) -> T:
        return values[self.below(len(values))]


class Attacker:
    """Makes actions of every kind, from good calls with real ids to things that are no action."""

    def __init__(self, domain: Domain[Any], world: World[Any], seed: int) -> None:
        self._dice = Dice(seed)
        self._tools = list(domain.tools)
        self._db = world.db
        products = world.db.products.values()
        self._values: dict[str, list[str]] = {
            "order_id": list(world.db.orders),
            "user_id": list(world.db.users),
            "product_id": list(world.db.products),
            "item_id": [key for product in products for key in product.variants],
            "email": [user.email for user in world.db.users.values()],
            "expression": list(EXPRESSIONS),
            "reason": ["no longer needed", "ordered by mistake", "other"],
        }

    def action(self) -> object:
        kinds: tuple[tuple[float, Callable[[], object]], ...] = (
            (0.30, self.good),
            (0.25, self.damaged),
            (0.15, self.message),
            (0.15, lambda: self._dice.pick(TEXTS)),
            (0.14, lambda: self.anything(4)),
            (0.01, self.huge),
        )
        number = self._dice.below(100) / 100
        for share, make in kinds:
            number -= share
            if number < 0:
                return make()
        return self.good()

    def good(self) -> object:
        """Return a message with calls of which most go through, in one of the forms."""
        calls = [self.call()]
        while self._dice.chance(0.15):
            calls.append(self.call())
        message = {"role": "assistant", "content": None, "tool_calls": calls}
        return json.dumps(message) if self._dice.chance(0.2) else message

    def call(self) -> dict[str, Any]:
        tool = self._dice.pick(self._tools)
        arguments = self.arguments(list(tool.parameters), "delivered" in tool.name)
        form = json.dumps(arguments) if self._dice.chance(0.7) else arguments
        function = {"name": tool.name, "arguments": form}
        return function if self._dice.chance(0.2) else {"id": "c1", "function": function}

    def arguments(self, names: list[str], delivered: bool) -> dict[str, Any]:
        """Return arguments that fit together: an order with its items and its user's methods."""
        status = "delivered" if delivered else "pending"
        order = self._db.orders[self._dice.pick(self._values["order_id"])]
        for _ in range(5):
            if order.status != status:
                order = self._db.orders[self._dice.pick(self._values["order_id"])]
        old = [item for item in order.items if self._dice.chance(0.6)] or order.items[:1]
        user = self._db.users[order.user_id]
        known = {
            "order_id": order.order_id,
            "user_id": user.user_id,
            "item_ids": [item.item_id for item in old],
            "new_item_ids": [
                self._dice.pick(list(self._db.products[item.product_id].variants)) for item in old
            ],
            "payment_method_id": self._dice.pick(list(user.payment_methods)),
        }
        return {name: known.get(name) or self.value(name) for name in names}

    def value(self, name: str) -> str:
        return self._dice.pick(self._values.get(name) or TEXTS[2:])

    def damaged(self) -> object:
        """Return a good call with something wrong in its arguments."""
        tool = self._dice.pick(self._tools)
        arguments: dict[Any, Any] = self.arguments(list(tool.parameters), "delivered" in tool.name)
        for _ in range(1 + self._dice.below(2)):
            key = self._dice.pick([*tool.parameters, "extra"])
            if self._dice.chance(0.3):
                arguments.pop(key, None)
            else:
                arguments[key] = self.anything(2)
        form: Any = arguments
        if self._dice.chance(0.5):
            form = as_json(arguments)
            form = form[: self._dice.below(len(form) + 1)] if self._dice.chance(0.5) else form
        name = self._dice.pick([tool.name, tool.name, tool.name.upper(), self.anything(1)])
        return {"tool_calls": [{"function": {"name": name, "arguments": form}}]}

    def message(self) -> object:
        """Return something of the outline of a message."""
        calls: Any = [self.part() for _ in range(self._dice.below(3))]
        if self._dice.chance(0.1):
            calls = calls * 40
        message = {
            "role": "assistant" if self._dice.chance(0.8) else self.anything(1),
            "content": self._dice.pick(TEXTS) if self._dice.chance(0.7) else self.anything(2),
            "tool_calls": calls if self._dice.chance(0.8) else self.anything(2),
            "reasoning_content": self.anything(1),
        }
        return {key: value for key, value in message.items() if self._dice.chance(0.8)}

    def part(self) -> object:
        if self._dice.chance(0.3):
            return self.call()
        function = {"name": self._dice.pick(TEXTS), "arguments": self.anything(3)}
        return (
            function if self._dice.chance(0.5) else {"function": function, "id": self.anything(1)}
        )

    def anything(self, depth: int) -> Any:
        if depth == 0 or self._dice.chance(0.4):
            return self._dice.pick(SCALARS)
        values = [self.anything(depth - 1) for _ in range(self._dice.below(4))]
        if self._dice.chance(0.5):
            return values if self._dice.chance(0.8) else tuple(values)
        return {self._dice.pick(KEYS): value for value in values}

    def huge(self) -> object:
        size = 1000 + self._dice.below(28_000)
        text = (self._dice.pick(TEXTS) or "x") * size
        text = text[:size]
        deep: list[Any] = []
        for _ in range(size):
            deep = [deep]
        return self._dice.pick(
            [
                text,
                {"content": text},
                {"content": deep},
                {"role": deep},
                {"tool_calls": deep},
                {"tool_calls": [{"name": text}]},
                {"tool_calls": [{"name": "calculate", "arguments": text}]},
                {"tool_calls": [{"name": "calculate", "arguments": {"expression": text}}]},
                {"tool_calls": [{"name": "calculate", "arguments": {"expression": deep}}]},
                {"tool_calls": [{"name": "calculate", "arguments": "[" * size}]},
                "{" * size,
                '{"content": ' + "[" * size,
            ]
        )


def as_json(value: object) -> str:
    """Return JSON text of a value, or something like it."""
    try:
        return json.dumps(value, default=lambda odd: type(odd).__name__, skipkeys=True)
    except ValueError:
        return '{"order_id": ' + "9" * 5000


@pytest.fixture(scope="module")
def world(retail: Domain[Any]) -> World[Any]:
    return retail.world(0, SIZE)


@pytest.fixture(scope="module")
def tasks(retail: Domain[Any], world: World[Any]) -> list[Task]:
    config = SamplerConfig(write_count=(0, 2), evidence_burden=(0, 3))
    return list(TaskSampler(retail, config, world).tasks(0, 8))


def check_step(episode: Episode, step: Step, messages_before: int) -> None:
    """Check what an action led to, whatever the action was."""
    assert step.observation
    assert step.observation in MessageSpace()
    said, *answers = episode.messages[messages_before:]
    assert said["role"] == "assistant"
    assert tuple(answers) == step.observation
    calls = said.get("tool_calls", ())
    if calls:
        ids = [call["id"] for call in calls]
        assert ids == [answer["tool_call_id"] for answer in answers]
        assert all(ids)
        assert len(set(ids)) == len(ids)
    json.dumps(episode.messages[messages_before:], ensure_ascii=False).encode()
    assert step.terminated + step.truncated == (episode.termination is not None)
    assert step.reward == 0.0 or (step.terminated and step.reward == 1.0)


def wrote(domain: Domain[Any], episode: Episode, events_before: int) -> bool:
    """Say whether a call of a write tool went through since then."""
    return any(
        not event.error and domain.tools[event.name].kind == "write"
        for event in episode.tool_events[events_before:]
    )


async def attack(
    domain: Domain[Any], world: World[Any], tasks: list[Task], steps: int, seed: int
) -> Mapping[str, int]:
    """Play ``steps`` hostile actions, check each, and return what was counted."""
    attacker, upcoming = Attacker(domain, world, seed), cycle(tasks)
    seen: Counter[str] = Counter()
    episode: Episode | None = None
    fingerprint = ""
    for _ in range(steps):
        if episode is None or episode.termination is not None:
            episode = Episode(domain, world, next(upcoming), scripted, LIMITS)
            await episode.areset()
            fingerprint = episode.session.fingerprint()
        before = len(episode.messages), len(episode.tool_events)
        step = await episode.astep(attacker.action())
        check_step(episode, step, before[0])
        previous, fingerprint = fingerprint, episode.session.fingerprint()
        good_write = wrote(domain, episode, before[1])
        assert good_write or fingerprint == previous
        seen["changes"] += fingerprint != previous
        seen["good writes"] += good_write
        seen["notices"] += step.observation[0].get("name") == "environment"
        seen.update(f"{event.error}" for event in episode.tool_events[before[1] :])
        seen[f"{episode.termination}"] += 1
    return seen


def test_no_action_is_fatal_and_only_a_good_write_changes_the_state(
    retail: Domain[Any], world: World[Any], tasks: list[Task]
) -> None:
    untouched = json.loads(json.dumps(world.db.plain()))
    seen = asyncio.run(attack(retail, world, tasks, STEPS, seed=2024))
    assert json.loads(json.dumps(world.db.plain())) == untouched
    assert retail.database.load(untouched).digest == world.db.digest
    assert seen["changes"] > STEPS / 50
    assert seen["notices"] > STEPS / 50
    assert seen["True"] > STEPS / 10
    assert seen["False"] > STEPS / 10
    assert set(seen) >= {"turn_limit", "tool_error_limit", "user_ended", "token_limit"}
