"""Gymnasium spaces of chat messages, with a real ``sample`` and equality by value."""

from collections.abc import Mapping, Sequence
from typing import Any

import gymnasium
import numpy as np

from writ_gym.database import JSON
from writ_gym.errors import InvalidActionError
from writ_gym.messages import Action, Observation, assistant, calling, parse_action, tool_call, user
from writ_gym.tools import RandomValues, ToolSet

_WORDS = (
    "hello yes no please the email name which refund details help status my your change "
    "address thanks confirm proceed number account sorry anything else"
).split()


class ActionSpace(gymnasium.Space[Action]):
    """All assistant messages: a dictionary, its JSON text, or plain text.

    ``sample`` gives a message that says something or calls one of the tools with arguments that
    their schemas accept. With several sets of tools it takes one of them first.
    """

    def __init__(self, *tools: ToolSet[Any], seed: int | np.random.Generator | None = None) -> None:
        super().__init__(None, None, seed)
        self.tools = tools

    @property
    def is_np_flattenable(self) -> bool:
        """Messages are not arrays."""
        return False

    def sample(
        self, mask: Any = None, probability: Any = None, values: RandomValues | None = None
    ) -> Action:
        """Return a random valid action.

        Args:
            mask: Not supported; must be None.
            probability: Not supported; must be None.
            values: Gives plausible arguments by parameter name, such as ids seen before.
        """
        if mask is not None or probability is not None:
            raise ValueError("An action space of messages has neither mask nor probability.")
        rng = self.np_random
        if rng.random() < 0.3:
            return dict(assistant(random_text(rng)))
        tools = list(self.tools[int(rng.integers(len(self.tools)))])
        tool = tools[int(rng.integers(len(tools)))]
        return dict(calling(tool_call(tool.name, tool.sample(rng, values))))

    def contains(self, x: Any) -> bool:
        """Say whether ``x`` is an assistant message in any of its forms."""
        try:
            parse_action(x)
        except InvalidActionError:
            return False
        return True

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ActionSpace) and self._schemas == other._schemas

    @property
    def _schemas(self) -> list[list[dict[str, JSON]]]:
        return [tools.schemas for tools in self.tools]

    def __hash__(self) -> int:
        return hash(tuple(tool.name for tools in self.tools for tool in tools))

    def __repr__(self) -> str:
        return f"ActionSpace({' or '.join(str(len(tools)) for tools in self.tools)} tools)"

    def __deepcopy__(self, memo: dict[int, Any]) -> "ActionSpace":
        copy = ActionSpace(*self.tools)
        copy._np_random = None if self._np_random is None else _copied(self._np_random)
        return copy


class MessageSpace(gymnasium.Space[Observation]):
    """Tuples of the chat messages that are new to the agent: the user's, or tools' answers."""

    def __init__(self, seed: int | np.random.Generator | None = None) -> None:
        super().__init__(None, None, seed)

    @property
    def is_np_flattenable(self) -> bool:
        """Messages are not arrays."""
        return False

    def sample(self, mask: Any = None, probability: Any = None) -> Observation:
        """Return a random user message as an observation."""
        if mask is not None or probability is not None:
            raise ValueError("A message space has neither mask nor probability.")
        return (user(random_text(self.np_random)),)

    def contains(self, x: Any) -> bool:
        """Say whether ``x`` is a sequence of user and tool messages."""
        return (
            isinstance(x, Sequence)
            and not isinstance(x, (str, bytes))
            and all(_is_observed(message) for message in x)
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MessageSpace)

    def __hash__(self) -> int:
        return hash(MessageSpace)

    def __repr__(self) -> str:
        return "MessageSpace()"


def _is_observed(message: JSON) -> bool:
    return (
        isinstance(message, Mapping)
        and message.get("role") in ("user", "tool")
        and isinstance(message.get("content"), str)
    )


def _copied(rng: np.random.Generator) -> np.random.Generator:
    copy = np.random.Generator(type(rng.bit_generator)())
    copy.bit_generator.state = rng.bit_generator.state
    return copy


def random_text(rng: np.random.Generator) -> str:
    """Return a few random words."""
    count = int(rng.integers(1, 12))
    return " ".join(_WORDS[int(n)] for n in rng.integers(0, len(_WORDS), size=count))
