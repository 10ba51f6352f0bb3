"""An environment that draws a domain for each episode, for training on several at once."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import gymnasium

from writ_gym.directory import DOMAINS, OWN
from writ_gym.domain import load_domain
from writ_gym.envs.env import WritEnv
from writ_gym.envs.spaces import ActionSpace, MessageSpace
from writ_gym.errors import TaskError
from writ_gym.messages import Action, Message, Observation
from writ_gym.records import EpisodeRecord
from writ_gym.tasks import Task

Result: TypeAlias = tuple[Observation, float, bool, bool, dict[str, Any]]


class MixedEnv(gymnasium.Env[Observation, Action]):
    """One of several domains in each episode, drawn by weight.

    Observations, actions and rewards are those of ``WritEnv``; ``info`` of ``reset`` has the name
    of the ``domain`` besides. Options of ``reset`` are those of ``WritEnv``, and ``domain`` to
    choose one; a ``task`` chooses its own.

    Arguments of ``gymnasium.make``: those of ``__init__``.
    """

    metadata = WritEnv.metadata

    def __init__(
        self,
        *,
        weights: Mapping[str, float] | None = None,
        settings: Mapping[str, Mapping[str, Any]] | None = None,
        render_mode: str | None = None,
        **shared: Any,
    ) -> None:
        """Make the environments of the domains.

        Args:
            weights: By name of a domain, how often it comes relative to the others; every domain
                of this package equally often if not given.
            settings: By name of a domain that is drawn, arguments of its ``WritEnv`` alone.
            render_mode: ``ansi`` or None.
            shared: Arguments of every ``WritEnv``, such as ``write_count``.

        Raises:
            ValueError: A weight is negative, all are 0, there is no such domain, there are settings
                of one that is never drawn, or the agent is to have the user's tools (``solo``) in
                domains that have none.
        """
        weights = dict.fromkeys(OWN, 1.0) if weights is None else weights
        settings = {} if settings is None else settings
        chances = _chances(weights, settings)
        self._names, self._chances = list(chances), list(chances.values())
        if shared.get("solo"):
            _refuse_solo([name for name in chances if "solo" not in settings.get(name, {})])
        self.render_mode = render_mode
        self._envs = {
            name: WritEnv(name, render_mode=render_mode, **{**shared, **settings.get(name, {})})
            for name in self._names
        }
        self._current: WritEnv | None = None
        self._ended: WritEnv | None = None
        """The environment of the last episode that came to its end."""
        self.observation_space = MessageSpace()
        self.action_space = ActionSpace(*(env.tools for env in self._envs.values()))

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Begin an episode in one of the domains; see the class for the options.

        Raises:
            TaskError: The task does not belong here, or no task matches the options.
            ValueError: There is an unknown option.
            RuntimeError: The user has to be waited for, and an event loop runs: use ``areset``.
        """
        env, name, rest = self._draw(seed, options or {})
        observation, info = env.reset(seed=self._seed(), options=rest)
        return observation, {**info, "domain": name}

    async def areset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Begin an episode, as ``reset`` does, without blocking an event loop."""
        env, name, rest = self._draw(seed, options or {})
        observation, info = await env.areset(seed=self._seed(), options=rest)
        return observation, {**info, "domain": name}

    def step(self, action: Action) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Take one assistant message; see ``WritEnv``.

        Raises:
            RuntimeError: There was no reset, the episode is over, or the user has to be waited for
                and an event loop runs: use ``astep``.
        """
        return self._noted(self._playing().step(action))

    async def astep(self, action: Action) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Take one assistant message, as ``step`` does, without blocking an event loop."""
        return self._noted(await self._playing().astep(action))

    @property
    def immediate(self) -> bool:
        """Whether the user of this episode never has to be waited for."""
        return self._current is None or self._current.immediate

    def render(self) -> str | None:
        """Return the conversation as text, or None without ``render_mode="ansi"``."""
        if self._current is None:
            return None if self.render_mode is None else ""
        return self._current.render()

    @property
    def messages(self) -> list[Message]:
        """The conversation so far, as the agent sees it; a copy."""
        return self._current.messages if self._current else []

    @property
    def task(self) -> Task | None:
        """The task of the episode, for people; see ``WritEnv.task``."""
        return self._current.task if self._current else None

    def record(self) -> EpisodeRecord:
        """Return the record of the last episode that came to its end; see ``WritEnv.record``.

        Raises:
            RuntimeError: No episode came to its end.
        """
        if self._ended is None:
            raise RuntimeError("There is no record: no episode has come to its end.")
        return self._ended.record()

    def _draw(
        self, seed: int | None, options: Mapping[str, Any]
    ) -> tuple[WritEnv, str, dict[str, Any]]:
        """Return the environment of the episode, its domain, and the options for it."""
        super().reset(seed=seed)
        rest = {name: value for name, value in options.items() if name != "domain"}
        name = options.get("domain")
        if rest.get("task") is not None:
            rest["task"] = Task.load(rest["task"])
            name = rest["task"].domain
        if name is None:
            name = self._names[int(self.np_random.choice(len(self._names), p=self._chances))]
        if name not in self._envs:
            raise TaskError(
                f"There is no domain {name!r} here; there are: {', '.join(self._names)}."
            )
        self._current = self._envs[name]
        return self._current, name, rest

    def _noted(self, result: Result) -> Result:
        """Note the end of an episode, if it was one."""
        _, _, terminated, truncated, _ = result
        if terminated or truncated:
            self._ended = self._current
        return result

    def _seed(self) -> int:
        return int(self.np_random.integers(1 << 31))

    def _playing(self) -> WritEnv:
        if self._current is None:
            raise RuntimeError("There is no episode: call reset before step.")
        return self._current


def _chances(
    weights: Mapping[str, float], settings: Mapping[str, Mapping[str, Any]]
) -> dict[str, float]:
    """Return by name of each domain that is ever drawn its chance.

    Raises:
        ValueError: Weights or settings are not what they must be.
    """
    for name, given in (("weights", weights), ("settings", settings)):
        if not isinstance(given, Mapping):
            raise ValueError(f"{name} must be by name of a domain, not {given!r}.")
    unknown = sorted({*weights, *settings} - set(DOMAINS))
    if unknown:
        raise ValueError(f"There is no domain {unknown[0]!r}; there are: {', '.join(DOMAINS)}.")
    total = sum(weights.values())
    if total <= 0 or min(weights.values()) < 0:
        raise ValueError(f"The weights must not be negative, nor all 0: {dict(weights)}.")
    chances = {name: weight / total for name, weight in weights.items() if weight}
    idle = sorted(set(settings) - set(chances))
    if idle:
        raise ValueError(
            f"There are settings of {idle[0]!r}, which is never drawn: give it a weight above "
            f"0, or leave them out; drawn are: {', '.join(chances)}."
        )
    return chances


def _refuse_solo(names: Sequence[str]) -> None:
    """Refuse that the agent has the user's tools in domains some of which have none.

    Raises:
        ValueError: Some have none; says which, and how to choose others.
    """
    able = [name for name in names if load_domain(name).hands]
    lacking = ", ".join(name for name in names if name not in able)
    if not lacking:
        return
    mend = "Leave out solo."
    if able:
        alone = {name: {"solo": True} for name in able}
        mend = f"Draw others by weights={dict.fromkeys(able, 1)}, or set solo by settings={alone}."
    raise ValueError(
        f"Of the domains that are drawn, these have no tools of the user: {lacking}. {mend}"
    )
