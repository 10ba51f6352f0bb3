"""Chat models that play users in tests: one that plays right, and ones that sin."""

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from writ_gym.coroutines import finish
from writ_gym.domain import load_domain
from writ_gym.messages import assistant
from writ_gym.models.chat import ChatModel, ChatRequest, Completion, Usage
from writ_gym.tasks import Scenario, Task
from writ_gym.understanding.hands import Hands
from writ_gym.understanding.reading import Lexicon
from writ_gym.users.agenda import Agenda
from writ_gym.users.briefing import briefing
from writ_gym.users.llm import llm_user
from writ_gym.users.scripted import ScriptedUser
from writ_gym.users.simulators import UserFactory, UserSimulator, UserTurn

NOTE = "\n\n(For you alone"
AGENT = "The agent writes:\n"
COMPLAINT = "(That cannot be sent: "


class FakeChat:
    """Answers by a function of the request; keeps what it was asked."""

    name = "fake"

    def __init__(self, answer: Callable[[ChatRequest], str]) -> None:
        self.answer = answer
        self.seen: list[ChatRequest] = []

    async def complete(self, request: ChatRequest) -> Completion:
        self.seen.append(request)
        used = Usage(calls=1, prompt_tokens=100, completion_tokens=10)
        return Completion(assistant(self.answer(request)), usage=used)

    async def aclose(self) -> None:
        pass


def written(turn: UserTurn) -> str:
    """Return a turn as a model writes it."""
    calls = [{"name": call.name, "arguments": dict(call.arguments)} for call in turn.calls]
    return json.dumps({"say": turn.text, "end": turn.end, **({"calls": calls} if calls else {})})


class Actor:
    """Answers the requests for one user's turns as the scripted user does.

    A turn that is asked for again is answered as the first time.
    """

    def __init__(self, scenario: Scenario, lexicon: Lexicon, hands: Hands | None) -> None:
        self.user = ScriptedUser(scenario, lexicon, hands)
        self.answers: dict[int, str] = {}

    def __call__(self, messages: Sequence[Any]) -> str:
        place = max(i for i, m in enumerate(messages) if not m["content"].startswith(COMPLAINT)
                    and m["role"] == "user")  # fmt: skip
        if place not in self.answers:
            text = messages[place]["content"].partition(NOTE)[0]
            self.answers[place] = written(self._next(text))
        return self.answers[place]

    def _next(self, text: str) -> UserTurn:
        if text.startswith(AGENT):
            return finish(self.user.respond(text.removeprefix(AGENT)))
        if text.startswith("["):
            return finish(self.user.observe([text.partition(" answers] ")[2]]))
        return finish(self.user.open())


def acted(
    spoil: Callable[[str, ChatRequest], str] = lambda answer, request: answer,
    keep: Callable[[UserSimulator], None] = lambda user: None,
    **how: int,
) -> UserFactory:
    """Return users whose model plays right, but for what ``spoil`` makes of its answers."""

    def make(scenario: Scenario, lexicon: Lexicon, hands: Hands | None) -> UserSimulator:
        actor = Actor(scenario, lexicon, hands)
        chat: ChatModel = FakeChat(lambda request: spoil(actor(request.messages), request))
        user = llm_user(chat, **how)(scenario, lexicon, hands)
        keep(user)
        return user

    return make


class UserAnswers:
    """Plays the users of tasks as the scripted user does, from the messages of a request alone.

    Whom a conversation is about is told by its system message.
    """

    def __init__(self, tasks: Iterable[Task]) -> None:
        self.tasks: dict[str, Task] = {}
        for task in tasks:
            domain = load_domain(task.domain)
            hands = domain.hands_of_user("user")
            self.tasks[briefing(Agenda(task.scenario, domain.lexicon, hands))] = task

    def __call__(self, asked: dict[str, Any]) -> dict[str, Any]:
        messages = asked["messages"]
        task = self.tasks[messages[0]["content"]]
        domain = load_domain(task.domain)
        actor = Actor(task.scenario, domain.lexicon, domain.hands_of_user("user"))
        for place, message in enumerate(messages, 1):
            if message["role"] == "user":
                answer = actor(messages[:place])
        return {"content": answer}
