"""Random valid actions: the floor that every agent has to beat."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from writ_gym.database import JSON
from writ_gym.domain import Domain
from writ_gym.envs.spaces import ActionSpace
from writ_gym.messages import Action, Observation
from writ_gym.policy import names_of_tools
from writ_gym.seeding import seed_for


class Seen:
    """Values seen in tools' answers, by the name of the field that held them."""

    def __init__(self) -> None:
        self._values: dict[str, list[str]] = {}

    def take(self, content: str) -> None:
        """Remember what is in the answer of a tool; an answer that is no JSON is a user's id."""
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
            self._values.setdefault(key.removesuffix("_id"), []).append(value)

    def value(self, parameter: str, rng: np.random.Generator) -> str | None:
        """Return a value seen under the parameter's name, such as an order id."""
        name = parameter.removesuffix("s").removesuffix("_id").removeprefix("new_")
        seen = self._values.get(name)
        return seen[int(rng.integers(len(seen)))] if seen else None


class Uniform:
    """Samples the action space; fills arguments with values seen in tools' answers, if any."""

    immediate = True

    def __init__(self, domain: Domain[Any]) -> None:
        self._domain = domain
        self._space = ActionSpace(domain.tools)
        self._seen = Seen()

    async def reset(self, info: Mapping[str, Any]) -> None:
        """Begin; ``info["seed"]`` seeds the choices."""
        own = names_of_tools(info)
        solo = all(tool.name in own for tool in self._domain.all_tools)
        self._space = ActionSpace(self._domain.tools_of_agent("agent" if solo else "user"))
        self._space.seed(seed_for(info["seed"], "uniform") % (1 << 31))
        self._seen = Seen()

    async def act(self, observation: Observation) -> Action:
        """Return a random action."""
        for message in observation:
            if message["role"] == "tool":
                self._seen.take(message["content"])
        return self._space.sample(values=self._seen.value)


def uniform(domain: Domain[Any]) -> Uniform:
    """Return the random policy."""
    return Uniform(domain)
