"""The protocol of agent policies."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any, Protocol, TypeAlias, TypeGuard, TypeVar

from writ_gym.domain import Domain
from writ_gym.errors import WritGymError, told
from writ_gym.messages import Action, AssistantMessage, Observation, assistant, calling, tool_call
from writ_gym.models.chat import Turn
from writ_gym.tasks import Call, Task

T = TypeVar("T")


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


class Generating(Protocol):
    """A policy whose messages are a model's, with what its server gave with each of them."""

    turns: list[Turn]


def is_generating(policy: Policy) -> TypeGuard[Generating]:
    """Say whether a policy's messages are a model's."""
    return hasattr(policy, "turns")


PolicyFactory: TypeAlias = Callable[[Domain[Any]], Policy]
"""Makes the policy of one episode, without a look at the task."""


@dataclass(frozen=True)
class Privileged:
    """A factory of policies that are shown the task, gold included: oracles and baselines."""

    make: Callable[[Domain[Any], Task], Policy]


def refuse_policy(factory: object) -> None:
    """Check that what is to make policies is no policy itself.

    Raises:
        TypeError: It is one, or nothing that can make one.
    """
    made = hasattr(factory, "act") and not isinstance(factory, type)
    if made or not (callable(factory) or isinstance(factory, Privileged)):
        raise TypeError(
            f"make_policy is {factory!r}, but must make the policy of each episode anew: give a "
            f"function of the domain, such as lambda domain: {type(factory).__name__}(...)."
            if made
            else f"make_policy must be a function that makes a policy from the domain, such as "
            f"lambda domain: Agent(), not {factory!r}."
        )


def make_policy(factory: PolicyFactory | Privileged, domain: Domain[Any], task: Task) -> Policy:
    """Return the policy that plays ``task``; only a privileged one gets to see it.

    Raises:
        WritGymError: The factory fails, or makes no policy.
    """
    try:
        made = factory.make(domain, task) if isinstance(factory, Privileged) else factory(domain)
    except WritGymError:
        raise
    except Exception as error:  # of anybody's code
        raise WritGymError(
            f"Making a policy fails with {told(error)}: what makes one takes the domain, such as "
            "lambda domain: Agent()."
        ) from error
    if not (hasattr(made, "reset") and hasattr(made, "act")):
        raise WritGymError(
            f"What is to make a policy returns {made!r}, which has no reset and act: see "
            "writ_gym.Policy."
        )
    return made


def awaited(made: Awaitable[T], policy: Policy, name: str) -> Awaitable[T]:
    """Return what a method of a policy has returned, if it can be awaited.

    Raises:
        WritGymError: It cannot: the method is a plain function.
    """
    if not isawaitable(made):
        raise WritGymError(
            f"{name} of {type(policy).__name__} returns {type(made).__name__} at once: reset and "
            "act of an agent policy must be `async def`, see writ_gym.Policy."
        )
    return made


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
