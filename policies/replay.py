"""Plays recorded assistant messages back."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from writ_gym.errors import WritGymError
from writ_gym.messages import Action, Message, Observation


class Replay:
    """Repeats the assistant messages of a recorded conversation, whatever is answered."""

    immediate = True

    def __init__(self, messages: Sequence[Message]) -> None:
        self._actions = [message for message in messages if message["role"] == "assistant"]
        self._next: Iterator[Action] = iter(())

    async def reset(self, info: Mapping[str, Any]) -> None:
        """Begin from the first recorded message."""
        self._next = iter(self._actions)

    async def act(self, observation: Observation) -> Action:
        """Return the next recorded message.

        Raises:
            WritGymError: The record has no more messages, but the episode goes on.
        """
        action = next(self._next, None)
        if action is None:
            raise WritGymError("The recorded conversation is over, but the episode goes on.")
        return action
