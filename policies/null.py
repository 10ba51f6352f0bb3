"""Null policies: agents that do nothing of use, and must score nothing."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, repeat
from typing import Any

from writ_gym.domain import Domain
from writ_gym.meaning.solving import HANDED_OVER
from writ_gym.messages import Action, Observation, assistant, calling, tool_call
from writ_gym.policy import names_of_tools, request_of
from writ_gym.tasks import Task


class Fixed:
    """Says and calls the same things in every episode, whatever the user says."""

    immediate = True

    def __init__(self, opening: Sequence[Action], then: Action) -> None:
        self._opening = opening
        self._then = then
        self._actions: Iterator[Action] = iter(())

    async def reset(self, info: Mapping[str, Any]) -> None:
        """Begin from the first action."""
        self._actions = chain(self._opening, repeat(self._then))

    async def act(self, observation: Observation) -> Action:
        """Return the next fixed action."""
        return next(self._actions)


def silent(domain: Domain[Any]) -> Fixed:
    """Return a policy that says nothing."""
    return Fixed((), assistant(""))


def greet_only(domain: Domain[Any]) -> Fixed:
    """Return a policy that only greets."""
    return Fixed((), assistant("Hello! How can I help you today?"))


def transfer_at_once(domain: Domain[Any]) -> Fixed:
    """Return a policy that hands every user over to a human agent."""
    call = calling(tool_call(domain.hand_over, {"summary": "The user needs help."}))
    return Fixed((call,), assistant(HANDED_OVER))


class ReadsOnly:
    """Makes every read of the task's evidence, so it knows all, and then never acts or answers."""

    immediate = True

    def __init__(self, domain: Domain[Any], task: Task) -> None:
        certificate = task.certificate
        self._domain = domain
        self._reads = [*certificate.identification, *certificate.evidence]
        self._reads += [call for write in task.gold_writes for call in write.evidence]
        self._fixed = Fixed((), "")

    async def reset(self, info: Mapping[str, Any]) -> None:
        """Begin from the first read; the user is told to make its own."""
        own = names_of_tools(info)
        calls = [request_of(self._domain, call, own) for call in self._reads]
        self._fixed = Fixed(calls, assistant("Thank you, I have had a look at everything."))
        await self._fixed.reset(info)

    async def act(self, observation: Observation) -> Action:
        """Return the next read, and then the same remark for ever."""
        return await self._fixed.act(observation)


def reads_only(domain: Domain[Any], task: Task) -> ReadsOnly:
    """Return a policy that reads the evidence and leaves it at that."""
    return ReadsOnly(domain, task)
