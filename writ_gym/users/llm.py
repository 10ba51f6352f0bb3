"""Users that are played by a chat model, under the eyes of a guard."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic_core import to_json

from writ_gym.counting import number
from writ_gym.database import JSON
from writ_gym.errors import ContextLengthError, UserError, first_of
from writ_gym.messages import Message, assistant, user
from writ_gym.models.answers import (
    MOST_CHARACTERS,
    an_object,
    object_in,
    response_format,
    some_calls,
)
from writ_gym.models.chat import NOTHING, ChatModel, ChatRequest, Completion, split_reasoning
from writ_gym.models.completion import ask
from writ_gym.seeding import seed_for
from writ_gym.tasks import Call, Scenario
from writ_gym.understanding.hands import Hands
from writ_gym.understanding.reading import Lexicon, quote
from writ_gym.users.agenda import Agenda
from writ_gym.users.behaviours import phrases
from writ_gym.users.briefing import briefing, note
from writ_gym.users.guard import examine
from writ_gym.users.scripted import ScriptedUser
from writ_gym.users.simulators import UserFactory, UserSimulator, UserTurn

FALLBACK = "fallback"
"""Counted among the objections: turns that were taken from the scripted user."""
UNREADABLE = "unreadable"
"""The objection to an answer that is no JSON object of the form asked for, though it begins one."""


@dataclass(frozen=True, slots=True)
class Care:
    """How much is done for a good turn."""

    best_of: int = 1
    """Answers that are sampled at once; the first without an objection is taken."""
    attempts: int = 3
    """How often the model is asked for one turn, each time told what was wrong before."""
    fallbacks: int = 2
    """Turns of an episode that may come from the scripted user, where the model has none."""
    constrained: bool = True
    """Whether the server is held to the form of an answer; if not, the prompt alone asks for it."""

    def __post_init__(self) -> None:
        if self.best_of < 1 or self.attempts < 1 or self.fallbacks < 0:
            raise ValueError(
                "best_of and attempts must be 1 or more, and fallbacks 0 or more, "
                f"not {self.best_of}, {self.attempts} and {self.fallbacks}."
            )


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer of the model, read and examined."""

    raw: str
    turn: UserTurn
    objections: Mapping[str, str]
    """By reason, what there is to object to."""


class ChatUser:
    """Plays the user of a scenario with a chat model.

    Every turn is examined before it is let through. One that is objected to is asked for again,
    with the objection; if that does not help, the scripted user takes the turn, which has been
    kept in step. It does not where the scenario has instructions in prose, which it knows nothing
    of.
    """

    immediate = False

    def __init__(
        self, chat: ChatModel, care: Care, scenario: Scenario, lexicon: Lexicon,
        hands: Hands | None = None,
    ) -> None:  # fmt: skip
        """Begin a conversation.

        Raises:
            TaskError: The scenario names a behaviour that does not exist.
        """
        self.model = chat.name
        self.usage = NOTHING
        self.objections: Counter[str] = Counter()
        self._chat = chat
        self._care = care
        self._fallbacks = 0 if scenario.instructions else care.fallbacks
        self.seed = scenario.seed
        self._calls = 0
        self._agenda = Agenda(scenario, lexicon, hands)
        self._understudy = ScriptedUser(scenario, lexicon, hands)
        self._format = answer_format(hands) if care.constrained else None
        self._history: list[Message] = [{"role": "system", "content": briefing(self._agenda)}]
        self._last = UserTurn("")
        self._scripted = False
        """Whether the scripted user is in the middle of a turn."""

    async def open(self) -> UserTurn:
        """Return the user's first message.

        Raises:
            BackendError: The model does not answer.
            UserError: It does not play the user.
        """
        self._history.append(user("(The conversation begins: write your first message.)"))
        return await self._turn(self._understudy.open)

    async def respond(self, text: str) -> UserTurn:
        """Return the user's answer to what the agent said; raises as ``open`` does."""
        said = self._agenda.script
        self._agenda.hear(text)
        self._history.append(user(f"The agent writes:\n{text}"))

        async def stand_in() -> UserTurn:
            self._understudy.resume(said, self._agenda.before)
            return await self._understudy.respond(text)

        return await self._turn(stand_in)

    async def observe(self, answers: Sequence[str]) -> UserTurn:
        """Go on after the calls of the last turn were made; raises as ``open`` does."""
        self._agenda.use(self._last.calls, answers)
        shown = [
            f"[{call.name} answers] {answer}"
            for call, answer in zip(self._last.calls, answers, strict=True)
        ]
        self._history.append(user("\n".join(shown)))
        if self._scripted:
            return self._take(await self._understudy.observe(answers))
        return await self._turn(self._report)

    async def _report(self) -> UserTurn:
        """Say what the tools have answered since the agent's last message."""
        said = [f"{phrases.REPORT[0]} {quote(answer)}" for answer in self._agenda.due]
        return UserTurn(" ".join(said))

    async def _turn(self, stand_in: Callable[[], Awaitable[UserTurn]]) -> UserTurn:
        """Return the model's next turn, or that of who stands in for it."""
        messages = [*self._history[:-1], self._reminded(self._history[-1])]
        for _ in range(self._care.attempts):
            reply = await self._best(messages)
            if not reply.objections:
                return self._take(reply.turn)
            messages += [assistant(reply.raw), user(_complaint(reply))]
        self.objections[FALLBACK] += 1
        if self.objections[FALLBACK] > self._fallbacks:
            raise UserError(self._failure())
        turn = await stand_in()
        self._scripted = True
        return self._take(turn)

    def _take(self, turn: UserTurn) -> UserTurn:
        """Let a turn through."""
        self._last = turn
        self._history.append(assistant(_written(turn, self._agenda.hands)))
        if not turn.calls:
            self._scripted = False
            self._agenda.note(turn.text)
        return turn

    def _reminded(self, message: Message) -> Message:
        told = note(self._agenda)
        return user(f"{message['content']}\n\n{told}") if told else message

    async def _best(self, messages: Sequence[Message]) -> Reply:
        """Return the first answer that there is nothing to object to, or else the best one."""
        replies = [self._read(each) for each in await self._sample(messages)]
        for reply in replies:
            self.objections.update(reply.objections.keys())
        return min(replies, key=lambda reply: len(reply.objections))

    async def _sample(self, messages: Sequence[Message]) -> list[Completion]:
        """Return as many answers as are wanted, in order; what they cost is counted."""
        requests = [
            ChatRequest(
                tuple(messages),
                response_format=self._format,
                seed=seed_for(self.seed, "user", self._calls + number),
            )
            for number in range(self._care.best_of)
        ]
        self._calls += len(requests)
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(ask(self._chat, each)) for each in requests]
        except ExceptionGroup as errors:
            error = first_of(errors)
            if isinstance(error, ContextLengthError):
                error = UserError(f"The user's conversation is too long: {error}")
            raise error from None
        completions = [task.result() for task in tasks]
        for completion in completions:
            self.usage += completion.usage
        return completions

    def _read(self, completion: Completion) -> Reply:
        _, raw = split_reasoning(completion.message["content"] or "")
        turn = read_turn(raw)
        if turn is None:
            what = "it is not the JSON object that was asked for"
            return Reply(raw, UserTurn(""), {UNREADABLE: what})
        return Reply(raw, turn, examine(self._agenda, turn))

    def _failure(self) -> str:
        reasons = ", ".join(
            f"{name} ({count})" for name, count in self.objections.most_common() if name != FALLBACK
        )
        return (
            f"The model {self.model!r} does not play the user: no turn that could be let through "
            f"in {number(self._care.attempts, 'attempt')}, which is so of "
            f"{number(self.objections[FALLBACK], 'turn')} of this episode by now. "
            f"Objections so far: {reasons}. Use a stronger model, or sample best of several."
        )


def llm_user(
    chat: ChatModel,
    *,
    best_of: int = 1,
    attempts: int = 3,
    fallbacks: int = 2,
    constrained: bool = True,
) -> UserFactory:
    """Return the factory of users that are played by a chat model.

    Args:
        chat: What to ask: ``EndpointModel``, or a client of your own with the same two methods.
        best_of: Answers that are sampled at once; the first without an objection is taken.
        attempts: How often the model is asked for one turn before the scripted user takes it.
        fallbacks: Turns of an episode that the scripted user may take; after that the episode
            ends without a score, with the status ``user_error``. It takes none of a recorded task,
            whose instructions it does not know.
        constrained: Whether the server is held to the form of an answer by ``response_format``,
            which some refuse.

    Raises:
        ValueError: A number is out of range.
    """
    care = Care(best_of, attempts, fallbacks, constrained)

    def make(scenario: Scenario, lexicon: Lexicon, hands: Hands | None = None) -> UserSimulator:
        return ChatUser(chat, care, scenario, lexicon, hands)

    return make


def answer_format(hands: Hands | None) -> Mapping[str, JSON]:
    """Return the ``response_format`` of a user's answer, with calls if there are tools at hand."""
    fields: dict[str, JSON] = {
        "say": {"type": "string", "maxLength": MOST_CHARACTERS},
        "end": {"type": "boolean"},
    }
    if hands is not None and hands.free:
        fields["calls"] = some_calls([schema["function"] for schema in hands.tools.schemas], 0)
    return response_format(an_object(fields))


def read_turn(text: str) -> UserTurn | None:
    """Return the turn in an answer: a JSON object of the form asked for, or plain text.

    None if it begins such an object and cannot be read. With calls, nothing is said yet.
    """
    answer = object_in(text)
    if answer is None:
        broken = text.strip().startswith(("{", "```"))
        return None if broken else UserTurn(text.strip())
    said, end = answer.get("say"), answer.get("end")
    found = answer.get("calls") or []
    calls = [_call(each) for each in found] if isinstance(found, list) else [None]
    if None in calls:
        return None
    made = tuple(call for call in calls if call)
    if made:
        return UserTurn("", calls=made)
    return UserTurn(said.strip() if isinstance(said, str) else "", end is True)


def _call(found: Any) -> Call | None:
    """Return one call of an answer; None if it is none."""
    if not isinstance(found, Mapping) or not isinstance(found.get("name"), str):
        return None
    arguments = found.get("arguments") or {}
    return Call(found["name"], arguments) if isinstance(arguments, Mapping) else None


def _written(turn: UserTurn, hands: Hands | None) -> str:
    """Return a turn as the model was to write it."""
    answer: dict[str, Any] = {"say": turn.text, "end": turn.end}
    if hands is not None and hands.free:
        answer["calls"] = [
            {"name": call.name, "arguments": dict(call.arguments)} for call in turn.calls
        ]
    return to_json(answer).decode()


def _complaint(reply: Reply) -> str:
    what = "; ".join(reply.objections.values())
    return (
        f"(That cannot be sent: {what}. Write another message instead, to the agent's last one, "
        "in the same form.)"
    )
