"""The record of an episode, whoever played it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from writ_gym.directory import env_id_of
from writ_gym.envs.episode import Episode
from writ_gym.models.chat import NOTHING, Turn, Usage, is_metered
from writ_gym.records import (
    Agent,
    EpisodeRecord,
    Status,
    Timing,
    Usages,
    User,
    Versions,
    measure,
)
from writ_gym.users.simulators import UserSimulator, is_guarded
from writ_gym.version import __version__


@dataclass(frozen=True, slots=True)
class Played:
    """What a record says of an episode that the episode does not know itself."""

    agent: Agent
    user: User
    index: int = 0
    trial: int = 0
    attempt: int = 0
    status: Status = "ok"
    error: str | None = None
    turns: Sequence[Turn] = ()
    usage: Usages = field(default_factory=Usages)
    seconds: float = 0.0
    """How long it took."""


def record_of(episode: Episode, played: Played) -> EpisodeRecord:
    """Return the record of an episode."""
    task, reward = episode.task, episode.reward
    failed = [event.message_index for event in episode.tool_events if event.error]
    return EpisodeRecord.model_construct(
        episode_id=f"{task.task_id}.{played.trial}",
        index=played.index,
        trial=played.trial,
        attempt=played.attempt,
        env_id=env_id_of(task.domain),
        domain=task.domain,
        split=task.config.split,
        task_id=task.task_id,
        status=played.status,
        error=played.error,
        reward=reward.total if reward else None,
        reward_components=reward.model_dump() if reward else None,
        termination=episode.termination,
        agent=played.agent,
        user=played.user,
        holder=episode.holder,
        task=task,
        limits=episode.limits,
        measured=measure(episode.messages, failed, episode.domain.all_tools),
        state_diff=episode.session.patch(),
        tool_errors=tuple(failed),
        messages=tuple(episode.messages),
        turns=tuple(played.turns),
        usage=played.usage,
        system=episode.domain.system_message_of(episode.holder),
        tools=tuple(episode.tools.schemas),
        versions=Versions(writ_gym=__version__),
        timing=Timing(seconds=round(played.seconds, 6)),
    )


def user_of(name: str, simulator: UserSimulator) -> User:
    """Return what a record says of the user that was played.

    Args:
        name: What the simulator is called.
        simulator: The one that has played.
    """
    guard = dict(simulator.objections) if is_guarded(simulator) else {}
    return User(simulator=name, model=model_of(simulator), guard=guard)


def model_of(player: object) -> str | None:
    """Return the name of the model that plays; None if none does."""
    return player.model if is_metered(player) else None


def usage_of(player: object) -> Usage:
    """Return what the model of a player has cost so far; nothing if there is none."""
    return player.usage if is_metered(player) else NOTHING
