"""The oracle: solves the task the way its solver does, in a natural conversation."""

import re
from collections.abc import Generator, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeAlias, TypeVar

import numpy as np

from writ_gym.domain import Domain
from writ_gym.errors import ToolError, UnsolvableError
from writ_gym.meaning.solving import Notebook, Outcome, Reads
from writ_gym.messages import (
    Action,
    AssistantMessage,
    Observation,
    assistant,
    calling,
    tool_call,
)
from writ_gym.phrasing.grammar import joined
from writ_gym.policy import names_of_tools, request_of
from writ_gym.sampling.turns import note_write
from writ_gym.seeding import rng_for
from writ_gym.tasks import Call, Task
from writ_gym.understanding.reading import is_yes, quoted
from writ_gym.users.facts import FactTracker, Key

T = TypeVar("T")
Script: TypeAlias = Generator[AssistantMessage, Observation, T]
"""What the oracle says and calls, each answered with an observation, and what comes of it."""

ASK = ("Could you please tell me {}?", "Please tell me {}.", "Would you please tell me {}?")
MORE = (
    "Is there anything else that I can help you with?",
    "Can I do anything else for you?",
    "Is there something else that I can do for you?",
)
WHAT = ("What exactly can I do for you?", "How exactly can I help you?")
AGAIN = "To be sure, could you please tell me {} once more?"
SORRY = "I am sorry, I cannot help you any further with that."
_PROPOSALS = 6
"""How often at most something is proposed for one request."""
_TIMES_TOLD = 3
"""How often the user is told to do something that it does not do."""


class UnansweredError(Exception):
    """The user does not use a tool although told to."""


class Oracle:
    """Plays a task right: identifies the user, reads the evidence, asks for a yes, then writes.

    What its tools cannot do, it hands over to a human.

    It knows the scenario's structured facts, but uses one only once the user has said it, and
    finds everything else through read tools, as the task's solver does. It may look up and
    propose what the user will still correct, but never writes it.
    """

    immediate = True

    def __init__(self, domain: Domain[Any], task: Task) -> None:
        self._domain = domain
        self._scenario = task.scenario
        self._rng: np.random.Generator
        self._notebook = Notebook(self._domain.implied)
        self._facts = FactTracker(task.scenario)
        self._own: frozenset[str] = frozenset()
        self._lead = ""
        self._script: Script[None] | None = None

    async def reset(self, info: Mapping[str, Any]) -> None:
        """Begin; ``info["seed"]`` seeds the choice of words."""
        self._rng = rng_for(info["seed"], "oracle")
        self._notebook = Notebook(self._domain.implied)
        self._facts = FactTracker(self._scenario)
        self._own = names_of_tools(info)
        self._lead = ""  # what is still to be said when the user is told to do something
        self._script = None

    async def act(self, observation: Observation) -> Action:
        """Return the next message of the script."""
        for message in observation:
            if message["role"] == "user":
                self._facts.hear(message["content"] or "")
        if self._script is None:
            self._script = self._play()
            return next(self._script)
        return self._script.send(observation)

    def _play(self) -> Script[None]:
        caller = yield from self._identify()
        prefix, refusal = "", ""
        open_requests = list(range(len(self._scenario.requests)))
        while True:
            stated = [index for index in open_requests if self._facts.stated(index) is not None]
            if stated:
                open_requests.remove(stated[0])
                last = len(stated) == 1
                prefix, refused = yield from self._serve(caller, stated[0], prefix, last)
                refusal = refused or refusal
            if len(stated) > 1:
                continue
            if prefix:
                yield assistant(f"{prefix}{self._pick(MORE)}")
                prefix = ""
            elif len(open_requests) == len(self._scenario.requests):
                yield assistant(self._pick(WHAT))
            else:  # the user does not accept a refusal, or brings up what nobody offers
                reason = f"As I said: {refusal} " if refusal else ""
                yield assistant(f"{SORRY} {reason}{self._pick(MORE)}")
                refusal = ""

    def _identify(self) -> Script[str]:
        """Find the caller from what was said, asking for what is missing."""
        asked = False
        while True:
            said = {slot: fact.value for slot, fact in self._facts.current(None).items()}
            if any(slots <= said.keys() for slots in self._domain.identifying):
                return (yield from self._through(self._domain.identify(said)))
            lexicon = self._domain.lexicon
            questions = lexicon.identity_alternatives if asked else lexicon.identity_questions
            yield assistant(self._pick(questions))
            asked = True

    def _serve(self, caller: str, index: int, prefix: str, last: bool) -> Script[tuple[str, str]]:
        """Deal with one request.

        Args:
            caller: Who the user is.
            index: That of the request.
            prefix: What is still to be said about the one before.
            last: Whether it is the last one on the table.

        Returns:
            What is to be said next about it, and the refusal that stands, if it was refused.
        """
        for _ in range(_PROPOSALS):
            self._lead = yield from self._ask(index, prefix)
            facts = self._facts.current(index)
            try:
                outcome = yield from self._solve(caller, index)
            except (ToolError, UnansweredError, UnsolvableError):  # no user of its tasks does that
                return f"{self._lead}{SORRY} ", SORRY
            prefix, self._lead = self._lead, ""
            if self._facts.current(index) != facts:
                continue  # the user has corrected something in between
            if outcome is None:  # what the user said cannot be right, or is not final
                slots = [key.slot for key in self._outstanding(index)]
                yield assistant(prefix + AGAIN.format(self._named(slots)))
            elif outcome.hand_over:
                yield from self._hand_over(outcome)
                return prefix, ""
            elif not outcome.writes:
                if prefix:  # along with it, a refusal might be about what was done
                    yield assistant(prefix.strip())
                if self._facts.current(index) == facts:
                    return (yield from self._tell(outcome, last))
            elif (yield from self._agree(outcome, index, prefix)):
                yield from self._write(outcome)
                return (yield from self._report(outcome, last)), ""
            prefix = ""
        return "Then I leave it as it is. ", ""

    def _report(self, outcome: Outcome, last: bool) -> Script[str]:
        """Return what is to be said next of what was done.

        If the user did all of it, and has agreed to nothing, it is said on its own: beside a
        question about something else the user would take the request for open.
        """
        report = f"{self._lead}{outcome.report} "
        if last or not self._is_done_by_user(outcome):
            return report
        yield assistant(report.strip())
        return ""

    def _tell(self, outcome: Outcome, last: bool) -> Script[tuple[str, str]]:
        """Give an answer or a refusal, on its own if there are other requests on the table.

        Returns:
            What ``_serve`` does.
        """
        refusal = outcome.statement if outcome.reason else ""
        if last:
            return f"{outcome.statement} ", refusal
        yield assistant(outcome.statement)
        return "", refusal

    def _ask(self, index: int, prefix: str) -> Script[str]:
        """Ask for what is missing; return the prefix if it was not said yet."""
        facts = self._scenario.requests[index].facts
        while missing := [f.slot for f in facts if f.slot not in self._facts.current(index)]:
            yield assistant(prefix + self._pick(ASK).format(self._named(missing)))
            prefix = ""
        return prefix

    def _solve(self, caller: str, index: int) -> Script[Outcome | None]:
        """Return what the request comes to by what the user has said.

        As long as a value may still be corrected, that is a proposal or None: only what is final
        can be refused or answered.
        """
        request = self._scenario.requests[index]
        values = {slot: fact.value for slot, fact in self._facts.current(index).items()}
        plan = self._domain.intent(request.intent).solve(caller, values)
        if not self._outstanding(index):
            return (yield from self._through(plan))
        try:
            outcome: Outcome = yield from self._through(plan)
        except (ToolError, UnsolvableError):
            return None
        return outcome if outcome.writes else None

    def _agree(self, outcome: Outcome, index: int, prefix: str) -> Script[bool]:
        """Ask for a yes to what is going to be written; what the user does itself needs none."""
        if self._is_done_by_user(outcome) and not self._outstanding(index):
            self._lead = prefix
            return True
        reply = yield assistant(prefix + outcome.statement)
        return is_yes(reply[0]["content"] or "") and not self._outstanding(index)

    def _write(self, outcome: Outcome) -> Script[None]:
        for write in outcome.writes:
            with suppress(UnansweredError):
                call = Call(write.name, write.arguments)
                answer = yield from self._make(call)
                if _has_failed(answer):  # nothing has changed; no write of its tasks does that
                    continue
                note_write(self._domain, self._notebook, call, answer)
                if check := self._domain.checked_by(call, answer):
                    self._notebook.note(check, (yield from self._make(check)))

    def _is_done_by_user(self, outcome: Outcome) -> bool:
        """Say whether the user makes all writes of an outcome itself."""
        return all(self._is_asked(write.name) for write in outcome.writes)

    def _is_asked(self, name: str) -> bool:
        """Say whether a tool is one that the user has, and not the agent."""
        return self._domain.is_users(name) and name not in self._own

    def _make(self, call: Call) -> Script[str]:
        """Make a call, or have the user make it; return what it is answered.

        Raises:
            UnansweredError: The user does not do it.
        """
        request = request_of(self._domain, call, self._own)
        if not self._is_asked(call.name):
            observation = yield request
            return observation[0]["content"] or ""
        for _ in range(_TIMES_TOLD):
            observation = yield assistant(f"{self._lead}{request['content']}")
            self._lead = ""
            if answers := quoted(observation[0]["content"] or ""):
                return answers[-1]
        raise UnansweredError

    def _hand_over(self, outcome: Outcome) -> Script[None]:
        yield calling(tool_call(self._domain.hand_over, {"summary": outcome.hand_over}))
        yield assistant(outcome.statement)

    def _through(self, plan: Reads[T]) -> Script[T]:
        """Run a solver, making each read that is not known as a tool call.

        Raises:
            ToolError: A read failed.
            UnansweredError: The user does not make a read that is theirs.
        """
        try:
            call = next(plan)
            while True:
                answer = self._notebook.get(call)
                if answer is None:
                    answer = yield from self._make(call)
                    if _has_failed(answer):
                        raise ToolError(answer)
                    self._notebook.note(call, answer)
                call = plan.send(answer)
        except StopIteration as stop:
            result: T = stop.value
            return result

    def _outstanding(self, index: int) -> list[Key]:
        """Return the facts of a request that the user has not said as they are meant."""
        return [key for key in self._facts.outstanding() if key.request == index]

    def _named(self, slots: Sequence[str]) -> str:
        return plainly_joined([self._domain.lexicon.nouns[slot] for slot in slots])

    def _pick(self, phrases: Sequence[str]) -> str:
        return phrases[int(self._rng.random() * len(phrases))]


def plainly_joined(parts: Sequence[str]) -> str:
    """Return what is asked for as an enumeration, in which it is plain where each part ends."""
    *first, last = parts
    if first and (len(parts) > 2 or any(map(_JOINS.search, parts))):
        return joined([f"{', '.join(first)},", last])
    return joined(parts)


_JOINS = re.compile(r"\b(?:and|or)\b")


def _has_failed(answer: str) -> bool:
    return answer.startswith("Error:")


class RecordedOracle:
    """Plays the reference calls of a recorded task, after asking who the user is and for a yes."""

    immediate = True

    def __init__(self, domain: Domain[Any], task: Task) -> None:
        self._domain = domain
        self._task = task
        self._own: frozenset[str] = frozenset()
        self._script: Script[None] | None = None

    async def reset(self, info: Mapping[str, Any]) -> None:
        """Begin from the first reference call."""
        self._own = names_of_tools(info)
        self._script = None

    async def act(self, observation: Observation) -> Action:
        """Return the next message."""
        try:
            if self._script is None:
                self._script = self._play()
                return next(self._script)
            return self._script.send(observation)
        except StopIteration:
            return assistant(MORE[0])

    def _play(self) -> Script[None]:
        yield assistant(self._domain.lexicon.identity_questions[0])
        task = self._task
        reads = [call for write in task.gold_writes for call in write.evidence]
        certificate = task.certificate
        for call in [*certificate.identification, *reads, *certificate.evidence]:
            yield request_of(self._domain, call, self._own)
        if any(due.kind == "hand_over" for due in task.due):
            summary = {"summary": task.scenario.requests[0].text}
            yield calling(tool_call(self._domain.hand_over, summary))
            yield assistant("You are being handed over to a human agent, who will help you.")
            return
        told = "".join(f"For your information: {due.value}. " for due in task.due)
        if not task.gold_writes:
            yield assistant(f"{told}There is nothing that I can change about this.")
            return
        plans = [f"{write.name} with {dict(write.arguments)}" for write in task.gold_writes]
        yield assistant(f"I am going to do this: {'; '.join(plans)}. Shall I go ahead? (yes/no)")
        for write in task.gold_writes:
            yield request_of(self._domain, Call(write.name, write.arguments), self._own)
        yield assistant(f"{told}All of that has been done. {MORE[0]}")


def oracle(domain: Domain[Any], task: Task) -> Oracle | RecordedOracle:
    """Return the oracle of a task."""
    return RecordedOracle(domain, task) if task.recorded else Oracle(domain, task)
