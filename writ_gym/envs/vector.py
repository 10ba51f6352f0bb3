"""Many environments at once, with the waits for all their users in flight together."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from gymnasium.error import ClosedEnvironmentError
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from writ_gym.coroutines import refuse_to_block
from writ_gym.domain import Domain
from writ_gym.envs.batching import (
    Seed,
    by_index,
    checked,
    refuse_other_than_one_each,
    seeds_for,
    where,
)
from writ_gym.envs.env import WritEnv
from writ_gym.envs.mixed import MixedEnv
from writ_gym.envs.under_way import UnderWay
from writ_gym.errors import WritGymError
from writ_gym.messages import Action, Observation

Observations: TypeAlias = tuple[Observation, ...]

_INSTEAD = "`await envs.areset()`, `await envs.astep(actions)` and `await envs.arecv()`"


class Transition(NamedTuple):
    """What one environment answered: what ``step`` of a single environment returns."""

    observation: Observation
    reward: float
    terminated: bool
    truncated: bool
    info: dict[str, Any]


class WritVectorEnv(VectorEnv[Observations, Sequence[Action], NDArray[Any]]):
    """Several environments of one kind; nobody waits for a user but who talks to it.

    ``gymnasium.make_vec`` makes one of these. Whatever the scripted user answers is there at once;
    users that have to be waited for, as models do, are all waited for at the same time, in an event
    loop of the background. In an event loop of your own, ``areset``, ``astep`` and ``arecv`` do
    what ``reset``, ``step`` and ``recv`` do, and never block it.

    In lock-step, ``reset`` and ``step`` take and return what ``gymnasium.vector.SyncVectorEnv``
    does for these environments, in each of its autoreset modes, for equal seeds.

    Without lock-step, ``send`` gives some of the environments their actions and returns, and
    ``recv`` returns what is there, by index. Autoreset is as in ``step``: with ``NEXT_STEP`` the
    action after the last one of an episode is ignored and begins the next, with ``SAME_STEP`` the
    next has begun already, and ``info`` has ``final_obs`` and ``final_info``; with ``DISABLED``,
    or where an environment has failed, ``send_reset`` begins one. Where the next cannot begin, the
    end of the last is given all the same, and the next step of the environment fails.

    An environment that fails, as the endpoint of its user does, raises ``VectorError``, which
    says which one it is. The others go on: what they answered is there for ``recv``.
    """

    def __init__(
        self,
        num_envs: int = 1,
        *,
        domain: str | Domain[Any] | None = None,
        autoreset_mode: str | AutoresetMode = AutoresetMode.NEXT_STEP,
        **settings: Any,
    ) -> None:
        """Make the environments.

        Args:
            num_envs: How many.
            domain: The domain of all, or its name; set by the environment's id. Without one,
                each is a ``MixedEnv``.
            autoreset_mode: When an environment begins its next episode by itself.
            settings: Arguments of each ``WritEnv`` or ``MixedEnv``.

        Raises:
            ValueError: There would be no environment, or no such mode.
        """
        super().__init__()
        if num_envs < 1:
            raise ValueError(f"num_envs must be at least 1, not {num_envs}.")
        make = MixedEnv if domain is None else partial(WritEnv, domain)
        self.envs: list[WritEnv | MixedEnv] = [make(**settings) for _ in range(num_envs)]
        first = self.envs[0]
        self.num_envs = num_envs
        self.autoreset_mode = AutoresetMode(autoreset_mode)
        self.metadata = {**first.metadata, "autoreset_mode": self.autoreset_mode}
        self.render_mode = first.render_mode
        self.single_observation_space = first.observation_space
        self.single_action_space = first.action_space
        self.observation_space = batch_space(first.observation_space, num_envs)
        self.action_space = batch_space(first.action_space, num_envs)
        self._observations: list[Observation] = [()] * num_envs
        self._ready = np.zeros(num_envs, dtype=np.bool_)
        """Whether an environment can take an action: its episode was begun, and has not failed."""
        self._over = np.zeros(num_envs, dtype=np.bool_)
        """Whether its episode has come to its end, and no other was begun."""
        self._unopened: dict[int, WritGymError] = {}
        """By index, why an episode could not be begun; told by the next step."""
        self._under_way: UnderWay[Transition] = UnderWay(_INSTEAD)

    # --- all at once

    def reset(
        self, *, seed: Seed = None, options: dict[str, Any] | None = None
    ) -> tuple[Observations, dict[str, Any]]:
        """Begin an episode in every environment; what they were at is given up.

        Args:
            seed: A seed for each; one for the first, the others get those that follow; or None.
            options: Those of each environment, and ``reset_mask`` (bool, shape (num_envs,)) to
                begin an episode only where it is true. Observations of the others are their last.

        Raises:
            VectorError: Some have failed.
            ValueError: There is not a seed for each, or the mask is not one of these environments.
            RuntimeError: ``reset_mask`` leaves out some that are under way; or users have to be
                waited for and an event loop runs here: use ``areset``.
        """
        indices = self._begin_resets(seed, options)
        with self._given_up_together(indices):
            self._under_way.wait(len(self._under_way))
        return self._reset_result(indices)

    async def areset(
        self, *, seed: Seed = None, options: dict[str, Any] | None = None
    ) -> tuple[Observations, dict[str, Any]]:
        """Begin episodes, as ``reset`` does, without blocking an event loop."""
        indices = self._begin_resets(seed, options)
        with self._given_up_together(indices):
            await self._under_way.wait_async(len(self._under_way))
        return self._reset_result(indices)

    def step(
        self, actions: Sequence[Action]
    ) -> tuple[Observations, NDArray[Any], NDArray[Any], NDArray[Any], dict[str, Any]]:
        """Take one assistant message in every environment.

        Returns:
            Observations, rewards (float64), terminations and truncations (bool), each with one
            entry for an environment, and infos: arrays by name, with ``_name`` for who has it.

        Raises:
            VectorError: Some have failed; ``recv`` returns what the others answered.
            RuntimeError: Some cannot take an action: there was no reset, their last answers were
                not received, their episodes have failed or, with ``DISABLED``, are over; or users
                have to be waited for and an event loop runs here: use ``astep``.
            ValueError: There is not one action for each environment.
        """
        if not all(env.immediate for env in self.envs):
            refuse_to_block(_INSTEAD)
        self.send(by_index(actions, self.num_envs))
        with self._given_up_together(range(self.num_envs)):
            self._under_way.wait(self.num_envs)
        return self._step_result()

    async def astep(
        self, actions: Sequence[Action]
    ) -> tuple[Observations, NDArray[Any], NDArray[Any], NDArray[Any], dict[str, Any]]:
        """Take one message in every environment, without blocking an event loop."""
        self.send(by_index(actions, self.num_envs))
        with self._given_up_together(range(self.num_envs)):
            await self._under_way.wait_async(self.num_envs)
        return self._step_result()

    # --- some at a time

    def send(self, actions: Mapping[int, Action]) -> None:
        """Let some environments take an action; ``recv`` returns what they answer.

        Raises:
            RuntimeError: One of them cannot take an action, as in ``step``; none was taken.
            ValueError: There is no environment with such an index.
        """
        self._refuse_if_closed()
        indices = checked(actions, self.num_envs)
        self._refuse(
            [i for i in indices if i in self._under_way], "have not answered yet: call recv first"
        )
        self._refuse(
            [i for i in indices if not self._ready[i]],
            "have no episode that can go on: reset them first",
        )
        if self.autoreset_mode is AutoresetMode.DISABLED:
            self._refuse(
                [i for i in indices if self._over[i]],
                "are over: begin other episodes with send_reset or options={'reset_mask': mask}",
            )
        with self._given_up_together(indices):
            for index, action in zip(indices, actions.values(), strict=True):
                self._ready[index] = False
                self._under_way.start(index, self._take(index, action))

    def send_reset(
        self, seeds: Mapping[int, int | None], *, options: dict[str, Any] | None = None
    ) -> None:
        """Begin an episode in some environments; ``recv`` returns their first observations.

        What they were at is given up, and what they answered is dropped.

        Args:
            seeds: By index of an environment, its seed or None.
            options: Those of each environment's ``reset``.

        Raises:
            ValueError: There is no environment with such an index.
        """
        self._refuse_if_closed()
        indices = checked(seeds, self.num_envs)
        self._give_up(indices)
        with self._given_up_together(indices):
            for index, seed in zip(indices, seeds.values(), strict=True):
                self._under_way.start(index, self._opened(index, seed, options))

    def recv(self, min_results: int = 1, timeout: float | None = None) -> dict[int, Transition]:
        """Return all that the environments have answered since the last call.

        Args:
            min_results: How many results to wait for.
            timeout: Seconds after which to return what is there, nothing perhaps.

        Returns:
            By index, in the order in which they came.

        Raises:
            VectorError: Some have failed. They have to be reset; what others answered stays.
            ValueError: Fewer are under way than are to be waited for.
            RuntimeError: It would have to wait and an event loop runs here: use ``arecv``.
        """
        self._refuse_to_wait_for(min_results)
        self._under_way.wait(min_results, timeout)
        return self._received()

    async def arecv(
        self,
        min_results: int = 1,
        timeout: float | None = None,  # noqa: ASYNC109 - as recv has it
    ) -> dict[int, Transition]:
        """Return what was answered, as ``recv`` does, without blocking an event loop."""
        self._refuse_to_wait_for(min_results)
        await self._under_way.wait_async(min_results, timeout)
        return self._received()

    @property
    def pending(self) -> tuple[int, ...]:
        """The environments whose answers ``recv`` has not returned yet."""
        return self._under_way.indices()

    # --- each of them

    def call(self, name: str, *args: Any, **kwargs: Any) -> tuple[Any, ...]:
        """Call a method of every environment, one after the other, or get an attribute."""
        found = [env.get_wrapper_attr(name) for env in self.envs]
        return tuple(each(*args, **kwargs) if callable(each) else each for each in found)

    def get_attr(self, name: str) -> tuple[Any, ...]:
        """Return an attribute of every environment."""
        return self.call(name)

    def set_attr(self, name: str, values: Any) -> None:
        """Set an attribute of every environment.

        Args:
            name: The attribute.
            values: A list or tuple with a value for each, or one value for all.

        Raises:
            ValueError: There is not a value for each.
        """
        each = values if isinstance(values, list | tuple) else [values] * self.num_envs
        refuse_other_than_one_each("values", each, self.num_envs)
        for env, value in zip(self.envs, each, strict=True):
            env.set_wrapper_attr(name, value)

    def render(self) -> tuple[Any, ...]:
        """Return every conversation as text, or None without ``render_mode="ansi"``."""
        return tuple(env.render() for env in self.envs)

    def close_extras(self, **kwargs: Any) -> None:
        """Give up what is under way and close the environments."""
        self._give_up(range(self.num_envs))
        for env in self.envs:
            env.close()

    @property  # type: ignore[misc]
    def np_random(self) -> tuple[np.random.Generator, ...]:  # type: ignore[override]
        """The random generator of every environment, as in ``SyncVectorEnv``."""
        return self.get_attr("np_random")

    @property
    def np_random_seed(self) -> tuple[int | None, ...]:  # type: ignore[override]
        """The seed of every environment, as in ``SyncVectorEnv``."""
        return self.get_attr("np_random_seed")

    # --- one environment

    async def _opened(
        self, index: int, seed: int | None, options: dict[str, Any] | None
    ) -> Transition:
        self._unopened.pop(index, None)
        observation, info = await self.envs[index].areset(seed=seed, options=options)
        return Transition(observation, 0.0, False, False, info)

    async def _take(self, index: int, action: Action) -> Transition:
        if index in self._unopened:
            raise self._unopened.pop(index)
        if self._over[index] and self.autoreset_mode is AutoresetMode.NEXT_STEP:
            return await self._opened(index, None, None)
        transition = Transition(*await self.envs[index].astep(action))
        ended = transition.terminated or transition.truncated
        if not ended or self.autoreset_mode is not AutoresetMode.SAME_STEP:
            return transition
        final = {"final_obs": transition.observation, "final_info": transition.info}
        try:
            following = await self._opened(index, None, None)
        except WritGymError as error:  # not now: the end of the episode before would be lost
            self._unopened[index] = error
            return transition._replace(info=final)
        return transition._replace(
            observation=following.observation, info={**final, **following.info}
        )

    # --- what goes in and out

    def _begin_resets(self, seed: Seed, options: dict[str, Any] | None) -> Sequence[int]:
        self._refuse_if_closed()
        each = {name: value for name, value in (options or {}).items() if name != "reset_mask"}
        mask = (options or {}).get("reset_mask")
        seeds = seeds_for(seed, self.num_envs)
        indices = range(self.num_envs) if mask is None else where(mask, self.num_envs)
        others = [index for index in self._under_way.running() if index not in indices]
        self._refuse(others, "are under way and not in reset_mask: use send_reset instead")
        self.send_reset({index: seeds[index] for index in indices}, options=each)
        return indices

    def _received(self, indices: Collection[int] | None = None) -> dict[int, Transition]:
        """Take what was answered, and remember how the environments stand now."""
        taken = dict(self._under_way.take(indices))
        for index, transition in taken.items():
            self._observations[index] = transition.observation
            self._ready[index] = True
            ended = transition.terminated or transition.truncated
            self._over[index] = ended and self.autoreset_mode is not AutoresetMode.SAME_STEP
        return taken

    def _infos(self, transitions: Mapping[int, Transition]) -> dict[str, Any]:
        infos: dict[str, Any] = {}
        for index in sorted(transitions):
            infos = self._add_info(infos, transitions[index].info, index)
        return infos

    def _reset_result(self, indices: Sequence[int]) -> tuple[Observations, dict[str, Any]]:
        infos = self._infos(self._received(indices))
        return tuple(self._observations), infos

    def _step_result(
        self,
    ) -> tuple[Observations, NDArray[Any], NDArray[Any], NDArray[Any], dict[str, Any]]:
        taken = self._received()
        each = [taken[index] for index in range(self.num_envs)]
        return (
            tuple(self._observations),
            np.array([one.reward for one in each], dtype=np.float64),
            np.array([one.terminated for one in each], dtype=np.bool_),
            np.array([one.truncated for one in each], dtype=np.bool_),
            self._infos(taken),
        )

    @contextmanager
    def _given_up_together(self, indices: Collection[int]) -> Iterator[None]:
        """Give all of these up if what is done for them is interrupted."""
        try:
            yield
        except BaseException:
            self._give_up(indices)
            raise

    def _give_up(self, indices: Collection[int]) -> None:
        self._under_way.cancel(indices)
        self._ready[list(indices)] = False

    # --- refusals

    def _refuse_if_closed(self) -> None:
        if self.closed:
            raise ClosedEnvironmentError("The environments are closed: make others.")

    def _refuse(self, indices: Sequence[int], why: str) -> None:
        if indices:
            shown = ", ".join(map(str, indices[:8])) + (", ..." if len(indices) > 8 else "")
            raise RuntimeError(f"Environments {shown} {why}.")

    def _refuse_to_wait_for(self, count: int) -> None:
        self._refuse_if_closed()
        if count > len(self._under_way):
            raise ValueError(
                f"min_results is {count}, but no more than {len(self._under_way)} environments are "
                "under way: call send or send_reset first."
            )
