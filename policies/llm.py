"""A chat model as the agent."""

from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeAlias

from writ_gym.domain import Domain
from writ_gym.messages import Action, Observation
from writ_gym.models.chat import NOTHING, ChatModel, History, Turn, folded, with_reasoning
from writ_gym.models.completion import ask
from writ_gym.policies.styles import Json, Native, Style
from writ_gym.policy import PolicyFactory
from writ_gym.seeding import seed_for

ToolStyle: TypeAlias = Literal["native", "json", "text"]
"""How a model calls tools: ``native``, by the API's ``tools``; ``json``, by a JSON object that
the server is held to with ``response_format``; ``text``, by such an object as the prompt asks."""

STYLES: Mapping[ToolStyle, Callable[[], Style]] = {
    "native": Native,
    "json": lambda: Json(constrained=True),
    "text": lambda: Json(constrained=False),
}


class ChatAgent:
    """Plays the agent with a chat model; the history only ever grows by what is new.

    What the model thinks aloud (``reasoning_content``) is kept apart from what it says, and sent
    again where the server had put it, unless it is not to be.
    """

    immediate = False

    def __init__(self, chat: ChatModel, style: Style, sends_reasoning: bool = True) -> None:
        """Take what to ask, which the agents of many episodes share, and how."""
        self.model = chat.name
        self.usage = NOTHING
        self.turns: list[Turn] = []
        """What the server gave with each message so far, of each prompt what was new in it."""
        self._chat = chat
        self._style = style
        self._sends_reasoning = sends_reasoning
        self._history = History()
        self._seed = 0

    async def reset(self, info: Mapping[str, Any]) -> None:
        """Begin with the instructions and tools of ``info``; its seed seeds every request."""
        self.usage = NOTHING
        self.turns = []
        self._seed = info["seed"]
        self._history = History([self._style.opening(info["system"], info["tools"])])

    async def act(self, observation: Observation) -> Action:
        """Return the model's next message.

        Raises:
            BackendError: The model does not answer.
            ContextLengthError: The conversation has become longer than it can take.
        """
        self._history += self._style.heard(observation)
        seed = seed_for(self._seed, "call", len(self.turns))
        completion = await ask(self._chat, self._style.request(self._history, seed))
        self.usage += completion.usage
        kept, action = self._style.read(completion.message)
        turn = completion.turn
        if action is not completion.message:
            turn = turn.model_copy(update={"text": kept["content"]})
        self.turns.append(folded(turn, self.turns))
        reasoning = completion.message.get("reasoning_content")
        if reasoning and self._sends_reasoning:
            kept = with_reasoning(kept, reasoning, turn.reasoning or "reasoning_content")
        self._history.append(kept)
        return action


def chat_agent(
    chat: ChatModel, style: ToolStyle = "native", *, sends_reasoning: bool = True
) -> PolicyFactory:
    """Return the factory of agents that are played by a chat model.

    Args:
        chat: What to ask: ``EndpointModel``, or a client of your own with the same two methods.
        style: How the model calls tools.
        sends_reasoning: Whether the model's earlier reasoning is part of what it is asked, as most
            models that reason between calls are to be asked; some servers refuse it.
    """

    def make(domain: Domain[Any]) -> ChatAgent:
        return ChatAgent(chat, STYLES[style](), sends_reasoning)

    return make
