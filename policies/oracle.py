"""The oracle: solves the task the way its solver does, in a natural conversation."""

from collections.abc import Generator, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

import numpy as np

from writ_gym.domain import Domain
from writ_gym.messages import (
    Action,
    AssistantMessage,
    Observation,
    assistant,
    calling,
    tool_call,
)
from writ_gym.seeding import rng_for
from writ_gym.solving import Notebook, Outcome, Reads
from writ_gym.tasks import Fact, Request, Task
from writ_gym.understanding import is_yes

T = TypeVar("T")
Script: TypeAlias = Generator[AssistantMessage, Observation, T]
"""What the oracle says and calls, each answered with an observation, and what comes of it."""

_ASK = ("Could you please tell me {}?", "Please tell me {}.", "May I ask you for {}?")
_MORE = (
    "Is there anything else that I can help you with?",
    "Can I do anything else for you?",
    "Is there something else that I can do for you?",
)
_PROPOSALS = 2
"""How often a proposal that was not agreed to is made again."""


class Oracle:
    """Plays a task right: identifies the user, reads the evidence, asks for a yes, then writes.

    It knows the scenario's structured facts, but uses one only once the user has said it, and
    finds everything else through read tools, as the task's solver does.
    """

    immediate = True

    def __init__(self, domain: Domain[Any], task: Task) -> None:
        self._domain = domain
        self._scenario = task.scenario
        self._rng: np.random.Generator
        self._notebook = Notebook()
        self._heard = ""
        self._script: Script[None] | None = None

    async def reset(self, info: Mapping[str, Any]) -> None:
        """Begin; ``info["seed"]`` seeds the choice of words."""
        self._rng = rng_for(info["seed"], "oracle")
        self._notebook = Notebook()
        self._heard = ""
        self._script = None

    async def act(self, observation: Observation) -> Action:
        """Return the next message of the script."""
        for message in observation:
            if message["role"] == "user":
                self._heard += f"\n{message['content']}"
        try:
            if self._script is None:
                self._script = self._play()
                return next(self._script)
            return self._script.send(observation)
        except StopIteration:
            return assistant(self._pick(_MORE))

    def _play(self) -> Script[None]:
        caller = yield from self._identify()
        prefix = ""
        open_requests = list(self._scenario.requests)
        while open_requests:
            stated = [request for request in open_requests if request.text in self._heard]
            if not stated:
                yield assistant(f"{prefix}{self._pick(_MORE)}")
                prefix = ""
                continue
            open_requests.remove(stated[0])
            last = not any(request in stated for request in open_requests)
            prefix = yield from self._serve(caller, stated[0], prefix)
            if last:
                yield assistant(f"{prefix}{self._pick(_MORE)}")
                prefix = ""

    def _identify(self) -> Script[str]:
        """Find the caller from what was said, asking for what is missing."""
        known = {fact.slot: fact for fact in self._scenario.identity}
        asked = False
        while True:
            said = {slot: fact.value for slot, fact in known.items() if self._was_said(fact)}
            if "email" in said or {"name", "zip"} <= set(said):
                return (yield from self._through(self._domain.identify(said)))
            lexicon = self._domain.lexicon
            questions = lexicon.identity_alternatives if asked else lexicon.identity_questions
            yield assistant(self._pick(questions))
            asked = True

    def _serve(self, caller: str, request: Request, prefix: str) -> Script[str]:
        """Deal with one request; return what is to be said next about it."""
        start = self._heard.index(request.text)
        while missing := [f for f in request.facts if not self._was_said(f, start)]:
            slots = [self._domain.lexicon.nouns[fact.slot] for fact in missing]
            yield assistant(prefix + self._pick(_ASK).format(" and ".join(slots)))
            prefix = ""
        intent = self._domain.intent(request.intent)
        outcome: Outcome = yield from self._through(intent.solve(caller, request.values))
        if not outcome.writes:
            return f"{prefix}{outcome.statement} "
        reply = yield assistant(prefix + outcome.statement)
        for _ in range(_PROPOSALS):
            if is_yes(reply[0]["content"] or ""):
                break
            reply = yield assistant(outcome.statement)
        else:
            return "Then I leave it as it is. "
        for write in outcome.writes:
            observation = yield calling(tool_call(write.name, write.arguments))
            answer = observation[0]["content"] or ""
            target = self._domain.target(write.arguments)
            self._notebook.note_write(target, answer, self._domain.stale(write.name, answer))
        return f"{outcome.report} "

    def _through(self, plan: Reads[T]) -> Script[T]:
        """Run a solver, making each read that is not known as a tool call."""
        try:
            call = next(plan)
            while True:
                answer = self._notebook.get(call)
                if answer is None:
                    observation = yield calling(tool_call(call.name, call.arguments))
                    answer = self._notebook.note(call, observation[0]["content"] or "")
                call = plan.send(answer)
        except StopIteration as stop:
            result: T = stop.value
            return result

    def _was_said(self, fact: Fact, start: int = 0) -> bool:
        return self._heard.find(fact.text, start) >= 0

    def _pick(self, phrases: Sequence[str]) -> str:
        return phrases[int(self._rng.random() * len(phrases))]


class RecordedOracle:
    """Plays the reference calls of a recorded task, after asking who the user is and for a yes."""

    immediate = True

    def __init__(self, domain: Domain[Any], task: Task) -> None:
        self._domain = domain
        self._task = task
        self._script: Script[None] | None = None

    async def reset(self, info: Mapping[str, Any]) -> None:
        """Begin from the first reference call."""
        self._script = None

    async def act(self, observation: Observation) -> Action:
        """Return the next message."""
        try:
            if self._script is None:
                self._script = self._play()
                return next(self._script)
            return self._script.send(observation)
        except StopIteration:
            return assistant(_MORE[0])

    def _play(self) -> Script[None]:
        yield assistant(self._domain.lexicon.identity_questions[0])
        task = self._task
        reads = [call for write in task.gold_writes for call in write.evidence]
        for call in [*reads, *task.certificate.evidence]:
            yield calling(tool_call(call.name, call.arguments))
        told = "".join(f"For your information: {due.value}. " for due in task.due)
        if not task.gold_writes:
            yield assistant(f"{told}There is nothing that I can change about this.")
            return
        plans = [f"{write.name} with {dict(write.arguments)}" for write in task.gold_writes]
        yield assistant(f"I am going to do this: {'; '.join(plans)}. Shall I go ahead? (yes/no)")
        for write in task.gold_writes:
            yield calling(tool_call(write.name, write.arguments))
        yield assistant(f"{told}All of that has been done. {_MORE[0]}")


def oracle(domain: Domain[Any], task: Task) -> Oracle | RecordedOracle:
    """Return the oracle of a task."""
    return RecordedOracle(domain, task) if task.recorded else Oracle(domain, task)
