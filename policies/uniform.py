"""Random valid actions: the floor that every agent has to beat."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from writ_gym.database import JSON
from writ_gym.domain import Domain
from writ_gym.messages import Action, Observation
from writ_gym.seeding import seed_for
from writ_gym.spaces import ActionSpace


class Uniform:
    """Samples the action space; fills arguments with values seen in tools' answers, if any."""

    immediate = True

    def __init__(self, domain: Domain[Any]) -> None:
        self._space = ActionSpace(domain.tools)
        self._seen: dict[str, list[str]] = {}

    async def reset(self, info: Mapping[str, Any]) -> None:
        """Begin; ``info["seed"]`` seeds the choices."""
        self._space.seed(seed_for(info["seed"], "uniform") % (1 << 31))
        self._seen = {}

    async def act(self, observation: Observation) -> Action:
        """Return a random action."""
        for message in observation:
            if message["role"] == "tool":
                self._remember(message["content"])
        return self._space.sample(values=self._value)

    def _remember(self, content: str) -> None:
        try:
            self._collect("", json.loads(content))
        except ValueError:
            self._collect("user_id", content)

    def _collect(self, key: str, value: JSON) -> None:
        if isinstance(value, dict):
            for name, item in value.items():
                self._collect(name, item)
        elif isinstance(value, list):
            for item in value:
                self._collect(key.removesuffix("s"), item)
        elif isinstance(value, str):
            self._seen.setdefault(key.removesuffix("_id"), []).append(value)

    def _value(self, parameter: str, rng: np.random.Generator) -> str | None:
        """Return a value seen under the parameter's name, such as an order id."""
        name = parameter.removesuffix("s").removesuffix("_id").removeprefix("new_")
        seen = self._seen.get(name)
        return seen[int(rng.integers(len(seen)))] if seen else None


def uniform(domain: Domain[Any]) -> Uniform:
    """Return the random policy."""
    return Uniform(domain)
