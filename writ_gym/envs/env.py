"""The Gymnasium face of an episode."""

import time
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from inspect import Parameter, signature
from typing import Any, Self

import gymnasium

from writ_gym.coroutines import refuse_to_block, run
from writ_gym.domain import Domain, World, load_domain
from writ_gym.envs.episode import Episode, Step
from writ_gym.envs.episode_records import Played, record_of, usage_of, user_of
from writ_gym.envs.spaces import ActionSpace, MessageSpace
from writ_gym.errors import TaskError
from writ_gym.messages import Action, Message, Observation, shown
from writ_gym.records import Agent, EpisodeRecord, Usages
from writ_gym.sampling.sampler import TaskSampler
from writ_gym.tasks import Limits, SamplerConfig, Task, settings_of
from writ_gym.transcript import transcript
from writ_gym.users.scripted import USERS
from writ_gym.users.simulators import UserFactory

Range = int | tuple[int, int]

CUSTOM = "custom"
"""Name, in records, of an agent or a user that has none of its own."""
OPTIONS = frozenset({"task", "sampler", "write_count", "evidence_burden"})
_INSTEAD = "`await env.areset()` and `await env.astep(action)`"


class WritEnv(gymnasium.Env[Observation, Action]):
    """A customer-service desk: the agent serves one simulated user per episode.

    Observation: ``MessageSpace``, a tuple of the chat messages (OpenAI format) that are new to
    the agent: the user's, or the answers of the tools it called. ``info`` of ``reset`` carries
    ``system`` (instructions and policy document), ``tools`` (OpenAI function schemas),
    ``task_id`` and ``seed`` (for the policy's own random choices).

    Action: ``ActionSpace``, one assistant message as a dictionary, its JSON text, or plain text.
    Tool calls run in order and the agent acts again; text alone goes to the user; text next to
    tool calls is kept but not delivered. A malformed action is answered with a notice.

    Reward: 0.0 until the last step; then 1.0 if the database is as the gold writes leave it,
    everything due was told, once the agent could know it, what takes a diagnosis was written once
    that could be known to be right, and the conversation came to its end, else 0.0. ``info`` of the
    last step has ``reward_components`` and ``termination``.

    Episode end: ``terminated`` when the user ends the conversation; ``truncated`` at a limit of
    turns, tool errors or tokens.

    Arguments of ``gymnasium.make``: those of ``__init__``. Options of ``reset``, each for this
    episode alone: ``task`` (a ``Task``, its JSON types or text) plays that task; ``sampler`` (a
    ``SamplerConfig``, or its fields) is the whole config, such as the level of a curriculum;
    ``write_count`` and ``evidence_burden`` (a number or a pair) change these two. One that is None
    is as good as left out.

    For people, and for no policy: ``env.unwrapped.task`` is the task with its gold, and
    ``env.unwrapped.record()`` what came of it.

    Version history: v0, first release.
    """

    metadata = {"render_modes": ["ansi"], "render_fps": 1}  # noqa: RUF012 - as gymnasium.Env declares it

    def __new__(cls, *_: object, **arguments: object) -> Self:
        """Make an environment, unless an argument has a name that there is not.

        Raises:
            TypeError: One has.
        """
        known = _arguments(cls.__init__)
        unknown = [name for name in arguments if known and name not in known]
        if unknown:
            raise TypeError(
                f"An environment has no argument {unknown[0]!r}; it has: {', '.join(known)}."
            )
        return super().__new__(cls)

    def __init__(
        self,
        domain: str | Domain[Any],
        *,
        write_count: Range = (0, 4),
        evidence_burden: Range = (0, 8),
        split: str = "train",
        intents: Sequence[str] | Mapping[str, float] = (),
        sampler: SamplerConfig | Mapping[str, Any] | None = None,
        user: str | UserFactory = "scripted",
        world: World[Any] | None = None,
        world_seed: int = 0,
        world_size: Mapping[str, int] | None = None,
        limits: Limits | Mapping[str, int] | None = None,
        solo: bool = False,
        user_tools: bool = True,
        render_mode: str | None = None,
    ) -> None:
        """Make an environment; a world that was used before in the process costs nothing.

        Args:
            domain: The domain, or its name; set by the environment's id.
            write_count: How many writes a task needs, a number or an inclusive range.
            evidence_burden: How many reads stand behind one write, a number or a range.
            split: ``train``, ``validation`` or ``test``: they share no user.
            intents: Names of the intents to use, or weights by name; empty for all.
            sampler: The whole config of the sampler, instead of the four arguments before.
            user: Name of a user simulator, or a factory of them.
            world: A world to play in instead of a generated one.
            world_seed: Seed of the generated world.
            world_size: Its size, by table; see the domain.
            limits: When an episode is truncated.
            solo: Whether the agent has the user's tools, and the user none.
            user_tools: Whether anybody has the user's tools, where the domain has some; without,
                no tasks are sampled that may need them.
            render_mode: ``ansi`` or None.

        Raises:
            ValueError: An argument is not what it must be; says what would be right.
            TaskError: There is no such intent, operator or behaviour.
        """
        if render_mode not in (None, *self.metadata["render_modes"]):
            raise ValueError(f"render_mode must be None or 'ansi', not {render_mode!r}.")
        _check(user, world)
        self.render_mode = render_mode
        self._domain = load_domain(domain) if isinstance(domain, str) else domain
        self._holder = self._domain.holder(solo, user_tools)
        self._world = world or self._domain.world(world_seed, world_size)
        own = {
            "write_count": write_count, "evidence_burden": evidence_burden, "split": split,
            "intents": intents,
        }  # fmt: skip
        config = settings_of(SamplerConfig, own if sampler is None else sampler, "sampler")
        self._config = self._domain.served(config, self._holder)
        self._samplers: dict[SamplerConfig, TaskSampler] = {}
        if config.intents or config.operators or config.behaviours:
            self._sampler({})  # now, as names may be unknown
        self._make_user = USERS[user] if isinstance(user, str) else user
        self._limits = settings_of(Limits, limits or {}, "limits")
        self._user = user if isinstance(user, str) else CUSTOM
        self._episode: Episode | None = None
        self._seed = 0
        self._began = 0.0
        self._ended: tuple[Episode, Played] | None = None
        self.observation_space = MessageSpace()
        self.tools = self._domain.tools_of_agent(self._holder)
        """What the agent may call."""
        self.action_space = ActionSpace(self.tools)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Begin an episode; see the class for the options.

        Raises:
            TaskError: The task does not belong here, or no task matches the options.
            ValueError: There is an unknown option.
            RuntimeError: The user has to be waited for, and an event loop runs: use ``areset``.
        """
        return run(self.areset(seed=seed, options=options), _INSTEAD)

    def step(self, action: Action) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Take one assistant message; see the class.

        Raises:
            RuntimeError: There was no reset, the episode is over, or the user has to be waited for
                and an event loop runs: use ``astep``.
        """
        if not self.immediate:
            refuse_to_block(_INSTEAD)
        return run(self.astep(action), _INSTEAD)

    @property
    def immediate(self) -> bool:
        """Whether the user of this episode never has to be waited for."""
        return self._episode is None or self._episode.immediate

    async def areset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Begin an episode, as ``reset`` does, without blocking an event loop."""
        super().reset(seed=seed)
        task = self._task(options or {})
        episode = self._episode = Episode(
            self._domain, self._world, task, self._make_user, self._limits, self._holder
        )
        self._began = time.perf_counter()
        observation = await episode.areset()
        self._seed = int(self.np_random.integers(1 << 62))
        info = {
            "system": self._domain.system_message_of(self._holder),
            "tools": episode.tools.schemas,
            "task_id": episode.task.task_id,
            "seed": self._seed,
        }
        return observation, info

    async def astep(self, action: Action) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Take one assistant message, as ``step`` does, without blocking an event loop."""
        if self._episode is None:
            raise RuntimeError("There is no episode: call reset before step.")
        step: Step = await self._episode.astep(action)
        if self._episode.termination is not None:
            self._ended = self._episode, self._played(self._episode)
        return step.observation, step.reward, step.terminated, step.truncated, dict(step.info)

    def render(self) -> str | None:
        """Return the conversation as text, or None without ``render_mode="ansi"``."""
        if self.render_mode is None:
            return None
        return transcript(self._episode.messages if self._episode else [])

    @property
    def messages(self) -> list[Message]:
        """The conversation so far, as the agent sees it; a copy."""
        return shown(self._episode.messages) if self._episode else []

    @property
    def task(self) -> Task | None:
        """The task of the episode, gold and certificate included; None before the first reset.

        It is for people who look at what went wrong, and never for a policy. It plays again with
        ``reset(options={"task": task})``.
        """
        return self._episode.task if self._episode else None

    def record(self) -> EpisodeRecord:
        """Return the record of the last episode that came to its end, as a run folder holds it.

        Its ``task`` has the gold. Another episode may have begun since, as autoreset does.

        Raises:
            RuntimeError: No episode came to its end.
        """
        if self._ended is None:
            raise RuntimeError("There is no record: no episode has come to its end.")
        return record_of(*self._ended)

    def _played(self, episode: Episode) -> Played:
        seconds = time.perf_counter() - self._began
        agent, user = Agent(policy=CUSTOM, seed=self._seed), user_of(self._user, episode.user)
        return Played(agent, user, usage=Usages(user=usage_of(episode.user)), seconds=seconds)

    def _task(self, options: dict[str, Any]) -> Task:
        unknown = sorted(set(options) - OPTIONS)
        if unknown:
            raise ValueError(f"There is no option {unknown[0]!r}; there are {sorted(OPTIONS)}.")
        given = options.get("task")
        if given is None:
            task_seed = int(self.np_random.integers(1 << 62))
            chosen = {name: value for name, value in options.items() if value is not None}
            return self._sampler(chosen).sample(task_seed)
        task = Task.load(given)
        if task.domain != self._domain.name:
            raise TaskError(
                f"This is a {task.domain} task; the environment is {self._domain.name}."
            )
        self._domain.world_of(task.world, self._world)
        return task

    def _sampler(self, options: Mapping[str, Any]) -> TaskSampler:
        axes = {name: value for name, value in options.items() if name != "sampler"}
        config = self._config
        if "sampler" in options:
            config = settings_of(SamplerConfig, options["sampler"], "sampler")
            config = self._domain.served(config, self._holder)
        if axes:
            config = settings_of(SamplerConfig, {**config.model_dump(), **axes}, "options")
        if config not in self._samplers:
            self._samplers[config] = TaskSampler(self._domain, config, self._world)
        return self._samplers[config]


def _check(user: object, world: object) -> None:
    """Check who an environment is given as its user, and what as its world.

    Raises:
        ValueError: One is not what it must be; says what would be right.
    """
    if isinstance(user, str) and user not in USERS:
        raise ValueError(f"There is no user {user!r}; there are: {', '.join(USERS)}.")
    if not (isinstance(user, str) or callable(user)):
        raise ValueError(f"user must be the name of a user, or what makes one, not {user!r}.")
    if not (world is None or isinstance(world, World)):
        raise ValueError(f"world must be a World, as Domain.world returns one, not {world!r}.")


@cache
def _arguments(init: Callable[..., None]) -> tuple[str, ...]:
    """Return the names of an environment's arguments; none if it takes any."""
    parameters = list(signature(init).parameters.values())[1:]
    if any(parameter.kind is Parameter.VAR_KEYWORD for parameter in parameters):
        return ()
    return tuple(parameter.name for parameter in parameters)
