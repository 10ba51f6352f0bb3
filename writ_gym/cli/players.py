"""What the commands that play episodes share: who plays whom, how, and the bar that shows it."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from functools import wraps
from typing import Any, Literal

import click
from tqdm import tqdm

from writ_gym import memory
from writ_gym.cli.models import MODEL_OPTIONS, ModelOptions, Sides, take_sides
from writ_gym.cli.options import DEFAULT_COUNT, hands_options, holder_of
from writ_gym.cli.output import advance
from writ_gym.cli.types import Number, Type, with_options
from writ_gym.coroutines import run_in_loop
from writ_gym.domain import Domain, World
from writ_gym.errors import WritGymError
from writ_gym.models.chat import ChatModel
from writ_gym.policies import load_policy, named
from writ_gym.policies.llm import STYLES, ToolStyle, chat_agent
from writ_gym.policy import PolicyFactory
from writ_gym.runs.recordings import Recorder
from writ_gym.runs.rollouts import Progress, Rollout, TaskSource, collect
from writ_gym.runs.store import RunStore
from writ_gym.tasks import Deadlines, Limits
from writ_gym.users.llm import Care, llm_user
from writ_gym.users.scripted import USERS
from writ_gym.users.simulators import UserFactory
from writ_gym.version import __version__


@dataclass(frozen=True)
class Players:
    """Who plays, and how; a field is the value of the option of the same name."""

    agent: str
    user: str
    agent_tools: ToolStyle
    agent_reasoning: Literal["send", "drop"]
    user_answers: Literal["json", "text"]
    user_best_of: int
    user_attempts: int
    user_fallbacks: int
    concurrency: int
    jobs: int | None
    max_turns: int
    max_tool_errors: int
    max_episode_tokens: int
    turn_timeout: float
    episode_timeout: float
    solo: bool
    user_tools: bool
    sides: Sides

    def check(self) -> None:
        """Check what can be checked before a world is made.

        Raises:
            WritGymError: There is no such agent or user, it is a person, or an option is about a
                model that does not play.
        """
        models = self._models()
        if "agent" not in models:
            load_policy(self.agent)
        self.sides.check(models)
        if self.agent == "human":
            raise WritGymError("A person plays with 'writ-gym play'.")

    def rollout(self, domain: Domain[Any], world: World[Any], seed: int) -> Rollout:
        """Return how to play in a world; its models are to be closed in the end.

        Raises:
            WritGymError: The options contradict one another, or do not fit the domain.
        """
        models = self.sides.open(self._models(), self.concurrency * self.user_best_of)
        agent, user = models.get("agent"), models.get("user")
        return Rollout(
            domain, world,
            self.agent, self._agent(agent) if agent else load_policy(self.agent),
            self.user, self._user(user) if user else USERS[self.user],
            seed, self._limits,
            holder_of(domain, self.solo, self.user_tools),
            Deadlines(turn_s=self.turn_timeout, episode_s=self.episode_timeout),
            tuple(models.values()),
        )  # fmt: skip

    @property
    def _limits(self) -> Limits:
        return Limits(
            turns=self.max_turns, tool_errors=self.max_tool_errors, tokens=self.max_episode_tokens
        )

    @property
    def samplers(self) -> int:
        """Processes that sample tasks ahead."""
        return bool(self._models()) if self.jobs is None else self.jobs

    @property
    def _sends_reasoning(self) -> bool:
        return self.agent_reasoning == "send"

    def _agent(self, model: ChatModel) -> PolicyFactory:
        return chat_agent(model, self.agent_tools, sends_reasoning=self._sends_reasoning)

    def _user(self, model: ChatModel) -> UserFactory:
        return llm_user(
            model, best_of=self.user_best_of, attempts=self.user_attempts,
            fallbacks=self.user_fallbacks, constrained=self.user_answers == "json",
        )  # fmt: skip

    def _settings_of_models(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for side in self._models():
            options: ModelOptions = getattr(self.sides, side)
            found[f"{side}_model"] = options.settings()
        if "agent_model" in found:
            found["agent_model"] |= {
                "tools": self.agent_tools, "sends_reasoning": self._sends_reasoning,
            }  # fmt: skip
        if "user_model" in found:
            found["user_model"] |= {
                "best_of": self.user_best_of, "attempts": self.user_attempts,
                "fallbacks": self.user_fallbacks, "answers": self.user_answers,
            }  # fmt: skip
        return found

    def _models(self) -> dict[str, str]:
        """Return by side the name of the model that plays it, where one does."""
        sides = (("agent", self.agent, "openai"), ("user", self.user, LLM))
        named = ((side, value.partition(":"), kind) for side, value, kind in sides)
        return {side: name for side, (head, _, name), kind in named if head == kind and name}

    def share(self, workers: int, recorder: Recorder | None) -> "Players":
        """Return the same players for one of several workers, with its part of what is limited."""
        concurrency = -(-self.concurrency // workers)
        return replace(self, concurrency=concurrency, sides=self.sides.share(workers, recorder))

    def settings(self, domain: Domain[Any]) -> dict[str, Any]:
        """Return what makes episodes of a task what they are, as JSON types.

        Raises:
            WritGymError: The options contradict one another, or do not fit the domain.
        """
        holder = holder_of(domain, self.solo, self.user_tools)
        limits = {name: getattr(self, name) for name in _USUAL}
        return {
            "agent": self.agent, "user": self.user, "max_turns": self.max_turns,
            "version": __version__, **self._settings_of_models(),
            **({} if holder == "user" else {"holder": holder}),
            **{name: limit for name, limit in limits.items() if limit != _USUAL[name]},
        }  # fmt: skip


_USUAL = {"max_tool_errors": Limits().tool_errors, "max_episode_tokens": Limits().tokens}
"""Limits that are no setting of a run as they are by default: once they were all that there was."""

LLM = "llm"
"""Stands before the name of a model that plays the user: ``llm:MODEL``."""


class Simulator(Type):
    """The name of a user simulator, or of a model that plays the user."""

    name = "USER"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the name."""
        kind, _, model = str(value).partition(":")
        if value not in USERS and not (kind == LLM and model):
            known = ", ".join([*USERS, f"{LLM}:MODEL"])
            self.fail(f"{value!r} is not one of {known}.", param, ctx)
        return str(value)


_OPTIONS: Sequence[Callable[..., Any]] = (
    click.option(
        "--agent",
        default="oracle",
        show_default=True,
        help=f"Agent policy: {named()}. MODEL is behind an OpenAI-compatible endpoint.",
    ),
    click.option(
        "--user",
        type=Simulator(),
        default="scripted",
        show_default=True,
        help=f"User simulator: {LLM}:MODEL for a model behind an OpenAI-compatible endpoint, "
        f"{', '.join(USERS)}.",
    ),
    click.option(
        "--agent-tools",
        type=click.Choice(list(STYLES)),
        default="native",
        show_default=True,
        help="How the agent's model calls tools: by the API; by a JSON object that the server is "
        "held to; by one that it is only asked for.",
    ),
    click.option(
        "--agent-reasoning",
        type=click.Choice(["send", "drop"]),
        default="send",
        show_default=True,
        help="Whether the agent's model is sent what it has thought aloud before, where its server "
        "had put it; some servers refuse that.",
    ),
    click.option(
        "--user-answers",
        type=click.Choice(["json", "text"]),
        default="json",
        show_default=True,
        help="Whether the server of the user's model is held to the JSON of an answer, or the "
        "prompt alone asks for it: some servers refuse to be held.",
    ),
    click.option(
        "--user-best-of",
        type=click.IntRange(1),
        default=1,
        show_default=True,
        metavar="N",
        help="Answers of the user's model that are sampled at once for each turn; the first that "
        "the guard has nothing against is taken.",
    ),
    click.option(
        "--user-attempts",
        type=click.IntRange(1),
        default=Care().attempts,
        show_default=True,
        metavar="N",
        help="How often the user's model is asked for one turn, each time told what the guard had "
        "against the last, before the scripted user takes the turn.",
    ),
    click.option(
        "--user-fallbacks",
        type=click.IntRange(0),
        default=Care().fallbacks,
        show_default=True,
        metavar="N",
        help="Turns of an episode that the scripted user may take; one more, and the episode ends "
        "without a score, as user_error.",
    ),
    click.option(
        "--concurrency",
        type=click.IntRange(1),
        default=16,
        show_default=True,
        help="Episodes in flight at most.",
    ),
    click.option(
        "-j",
        "--jobs",
        type=click.IntRange(0),
        help="Processes that sample tasks ahead of their episodes; the tasks are the same with any "
        "number.  [default: 1 where a model plays, else 0]",
    ),
    click.option(
        "--max-turns",
        type=click.IntRange(1),
        default=100,
        show_default=True,
        help="Assistant messages after which an episode is truncated.",
    ),
    click.option(
        "--max-tool-errors",
        type=click.IntRange(1),
        default=_USUAL["max_tool_errors"],
        show_default=True,
        help="Failed tool calls and malformed messages of the agent after which it is.",
    ),
    click.option(
        "--max-episode-tokens",
        type=click.IntRange(1),
        default=_USUAL["max_episode_tokens"],
        show_default=True,
        help="Tokens of the conversation, estimated at four characters each, after which it is.",
    ),
    click.option(
        "--turn-timeout",
        type=Number(0, min_open=True),
        default=900.0,
        show_default=True,
        help="Seconds that one turn of a model may take, retries included, but not the wait for "
        "its --agent-rpm or other limits of our own.",
    ),
    click.option(
        "--episode-timeout",
        type=Number(0, min_open=True),
        default=7200.0,
        show_default=True,
        help="Seconds after which an episode with a model is given up, without a score; the same "
        "waits do not count.",
    ),
    hands_options,
    *MODEL_OPTIONS,
)


def playing(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say who plays; the command gets them as ``players``."""

    @wraps(command)
    def with_players(*args: Any, **values: Any) -> Any:
        values["sides"] = take_sides(values)
        chosen = {field.name: values.pop(field.name) for field in fields(Players)}
        return command(*args, players=Players(**chosen), **values)

    return with_options(with_players, _OPTIONS)


count_option = click.option(
    "-n",
    "count",
    type=click.IntRange(1),
    help="Number of tasks.  [default: 100, or all that are given]",
)


def count_of(wanted: int | None, available: int | None) -> int:
    """Return how many tasks to play.

    Args:
        wanted: How many are asked for, if that was said.
        available: How many there are; None if they have no end.

    Raises:
        WritGymError: There are fewer than are asked for.
    """
    if available and wanted and wanted > available:
        raise WritGymError(f"The data has {available} tasks; --trials plays each more than once.")
    return wanted or available or DEFAULT_COUNT


def collect_with_bar(
    rollout: Rollout, tasks: TaskSource, store: RunStore, *, count: int, trials: int,
    concurrency: int, jobs: int, hidden: bool,
) -> Progress:  # fmt: skip
    """Play what a run does not have yet, and show how far it is; see ``rollouts.collect``."""
    memory.keep()
    with progress_bar(count * trials, hidden) as show:

        async def run() -> Progress:
            try:
                return await collect(
                    rollout, tasks, store, count=count, trials=trials,
                    concurrency=concurrency, jobs=jobs, report=show,
                )  # fmt: skip
            finally:
                for model in rollout.models:
                    await model.aclose()

        return run_in_loop(run())


@contextmanager
def progress_bar(total: int, hidden: bool) -> Iterator[Callable[[Progress], None]]:
    """Give what shows how far a run is, and at once why a first episode has no score."""
    is_told = hidden
    with tqdm(total=total, unit="ep", disable=True if hidden else None) as bar:

        def show(progress: Progress) -> None:
            nonlocal is_told
            if progress.troubles and not is_told:
                is_told = True
                reason = next(iter(progress.troubles))
                bar.write(f"writ-gym: an episode has no score: {reason}", file=sys.stderr)
            advance(bar, progress)

        yield show
