"""Rewards: pure functions of the final state and of what the user was told."""

from collections.abc import Collection, Iterable, Sequence

from writ_gym.database import Changes
from writ_gym.messages import Message, is_hidden
from writ_gym.tasks import Config, Task
from writ_gym.understanding.telling import Others, is_told, no_others


class Reward(Config):
    """The terminal reward by component, each 0.0 or 1.0."""

    state: float
    """The database is left exactly as the gold writes leave it, or as the task asserts."""
    told: float
    """Everything due was told to the user, once the agent could know it, and who the user is."""
    known: float
    """What takes a diagnosis was written once the agent could know that it is right."""
    finished: float
    """The conversation came to its end; 0.0 if a limit cut it off."""

    @property
    def total(self) -> float:
        """The reward of the episode: the product of the components."""
        return self.state * self.told * self.known * self.finished


def reward(
    changes: Changes,
    wanted: Changes,
    task: Task,
    messages: Sequence[Message],
    failed: Collection[int],
    finished: bool,
    others: Others = no_others,
    grounds: Collection[str] = (),
    holds: bool | None = None,
    since: int = 0,
    known: bool = True,
) -> Reward:
    """Return the reward of an episode.

    Args:
        changes: What the episode changed.
        wanted: What the gold writes change.
        task: The task.
        messages: The conversation.
        failed: Indexes of the tool messages that are errors.
        finished: Whether the conversation came to its end.
        others: Gives what a value that is due could be instead.
        grounds: What is due of many refusals in the domain.
        holds: Whether what the task asserts of the final state is true; if it asserts anything, the
            state need not be that of the gold writes.
        since: The first message from which on the agent can know what is due: see ``knowing``.
        known: Whether what takes a diagnosis was written once it could be known to be right:
            likewise.

    Source: database and communication criteria of tau-bench (Yao et al., 2024), with equality
    by value, and refusals that must be stated.
    """
    who = task.certificate
    start = known_from(who.caller, messages, failed) if who.identification else 0
    start = max(start, since)
    said = said_to_user(messages[start:])
    told = all(
        handed_over(str(item.value), messages, start, failed)
        if item.kind == "hand_over"
        else is_told(item, said, others, grounds)
        for item in task.due
    )
    state = changes == wanted if holds is None else holds
    return Reward(
        state=float(state), told=float(told), known=float(known), finished=float(finished)
    )


def known_from(caller: str, messages: Sequence[Message], failed: Collection[int]) -> int:
    """Return the first message after the agent has found out who the user is, by a tool's answer.

    What is told before was told to nobody in particular: whoever refuses all that anybody asks for
    would be right now and then. Where that never happens, it is the end of the conversation.
    """
    for index, message in enumerate(messages):
        shown = message["role"] == "tool" and index not in failed and not is_hidden(message)
        if shown and caller in (message["content"] or ""):
            return index + 1
    return len(messages)


def handed_over(
    tool: str, messages: Sequence[Message], start: int, failed: Collection[int]
) -> bool:
    """Say whether the user was handed over by a tool, in the messages from ``start`` on."""
    return any(
        message["role"] == "tool" and message["name"] == tool and not is_hidden(message)
        for index, message in enumerate(messages)
        if index >= start and index not in failed
    )


def said_to_user(messages: Iterable[Message]) -> list[str]:
    """Return what the agent said to the user; text next to tool calls is not delivered."""
    return [
        message["content"] or ""
        for message in messages
        if message["role"] == "assistant" and not message.get("tool_calls")
    ]
