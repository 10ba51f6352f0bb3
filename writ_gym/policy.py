"""The protocol of agent policies."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, runtime_checkable

from writ_gym.chat import Turn
from writ_gym.domain import Domain
from writ_gym.errors import WritGymError
from writ_gym.messages import Action, AssistantMessage, Observation, assistant, calling, tool_call
from writ_gym.tasks import Call, Task


class Policy(Protocol):
    """Plays the agent of one episode at a time.

    If it has a property ``immediate`` that is true, its coroutines never wait, so that they can
    run without an event loop, and no deadline is set for them.
    """

    async def reset(self, info: Mapping[str, Any]) -> None:
        """Begin an episode.

        Args:
            info: As ``Env.reset`` returns it: ``system`` (instructions), ``tools`` (OpenAI
                function schemas), ``seed`` (for the policy's own random choices), ``task_id``.
        """

    async def act(self, observation: Observation) -> Action:
        """Return the next action.

        Args:
            observation: The messages that are new: the user's, or the answers of tools.
        """


@runtime_checkable
class Generating(Protocol):
    """A policy whose messages are a model's, with what its server gave with each of them."""

    turns: list[Turn]


PolicyFactory: TypeAlias = Callable[[Domain[Any]], Policy]
"""Makes the policy of one episode, without a look at the task."""


@dataclass(frozen=True)
class Privileged:
    """A factory of policies that are shown the task, gold included: oracles and baselines."""

    make: Callable[[Domain[Any], Task], Policy]


def make_policy(factory: PolicyFactory | Privileged, domain: Domain[Any], task: Task) -> Policy:
    """Return the policy that plays ``task``; only a privileged one gets to see it.

    Raises:
        WritGymError: It is no factory, but a policy perhaps.
    """
    if isinstance(factory, Privileged):
        return factory.make(domain, task)
    if not callable(factory):
        raise WritGymError(
            f"Every episode has an agent of its own: give what makes one, such as 'lambda domain: "
            f"MyAgent()', and not a {type(factory).__name__}."
        )
    return factory(domain)


def is_immediate(policy: Policy) -> bool:
    """Say whether a policy never waits; one that does not say so may."""
    return bool(getattr(policy, "immediate", False))


def names_of_tools(info: Mapping[str, Any]) -> frozenset[str]:
    """Return the names of the tools that a policy was given with ``reset``."""
    return frozenset(schema["function"]["name"] for schema in info["tools"])


def request_of(domain: Domain[Any], call: Call, own: Collection[str]) -> AssistantMessage:
    """Return the message that makes a call, or asks the user for it if the tool is the user's.

    Args:
        domain: The domain.
        call: The call.
        own: The tools that the agent has.
    """
    if domain.hands and domain.is_users(call.name) and call.name not in own:
        return assistant(domain.hands.ask(call))
    return calling(tool_call(call.name, call.arguments))
