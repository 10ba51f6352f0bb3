"""One episode: the asynchronous core below every environment face."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, TypedDict

from writ_gym.certificates.knowing import clear_from, knew
from writ_gym.coroutines import in_event_loop
from writ_gym.database import Changes
from writ_gym.domain import Domain, World
from writ_gym.errors import InvalidActionError, TaskError, ToolError
from writ_gym.messages import (
    AssistantMessage,
    Message,
    Observation,
    ToolCall,
    ToolMessage,
    is_hidden,
    notice,
    parse_action,
    tool_call,
    user,
    using,
)
from writ_gym.rewards import Reward, reward
from writ_gym.tasks import Call, Limits, Task
from writ_gym.tau2.layer import holds
from writ_gym.tools import Holder, ToolSet
from writ_gym.users.simulators import UserFactory, UserTurn

MOST_USER_CALLS = 32
"""Calls that the user makes before it has to say something."""

Termination: TypeAlias = Literal[
    "user_ended", "turn_limit", "tool_error_limit", "token_limit", "context_limit"
]


class StepInfo(TypedDict, total=False):
    """What comes with an observation; made anew for every step."""

    turns: int
    tool_errors: int
    tokens: int
    termination: Termination
    reward_components: dict[str, float]
    state_changed: bool


@dataclass(frozen=True, slots=True)
class Step:
    """What an action led to."""

    observation: Observation
    reward: float
    terminated: bool
    truncated: bool
    info: StepInfo


@dataclass(frozen=True, slots=True)
class ToolEvent:
    """A tool call of either side as it happened: for the record, not for the agent."""

    message_index: int
    """Index of the tool message in ``Episode.messages``."""
    name: str
    error: bool


class Episode:
    """A conversation between an agent and a simulated user over one session of a world.

    Where the user has tools of its own, it uses them before it answers. That stands in
    ``messages``, and the agent gets to see none of it but the user's words.
    """

    def __init__(
        self, domain: Domain[Any], world: World[Any], task: Task, make_user: UserFactory,
        limits: Limits | None = None, holder: Holder = "user",
    ) -> None:  # fmt: skip
        """Begin an episode.

        Raises:
            TaskError: The task cannot begin in this world, or nobody has the tools that it takes.
        """
        domain.refuse_unserved(task, holder)
        self.domain = domain
        self.world = world
        self.task = task
        self.limits = limits or Limits()
        self.holder = holder
        self.tools = domain.tools_of_agent(holder)
        """What the agent may call."""
        self.session = world.begin(task)
        self.messages: list[Message] = []
        self.tool_events: list[ToolEvent] = []
        self.termination: Termination | None = None
        self.reward: Reward | None = None
        """The reward, once the episode is over."""
        self.turns = 0
        self.tool_errors = 0
        self._characters = 0
        self._call_ids: set[str] = set()
        self._user_calls = 0
        self._ready = False
        self._hands = domain.hands_of_user(holder)
        self.user = make_user(task.scenario, domain.lexicon, self._hands)
        """The user simulator."""

    @property
    def immediate(self) -> bool:
        """Whether the user simulator never waits for anything."""
        return self.user.immediate

    async def areset(self) -> Observation:
        """Open the conversation and return the user's first message."""
        if not self.immediate:
            await in_event_loop()
        turn = await self._heard(await self.user.open())
        self._ready = True
        return self._deliver([user(turn.text)])

    async def astep(self, action: object) -> Step:
        """Take an assistant message: run its tool calls, or else give its text to the user.

        Args:
            action: An assistant message as a mapping, JSON text or plain text. Anything else is
                answered with a notice and counts as a tool error.

        Raises:
            RuntimeError: The episode is over or cannot go on.
        """
        if self.termination is not None:
            raise RuntimeError("The episode is over: call reset.")
        if not self._ready:
            raise RuntimeError(
                "The episode cannot go on, as the user has not answered: its last step has failed, "
                "was given up or still waits. Call reset."
            )
        self._ready = False
        self.turns += 1
        ended = False
        try:
            message = self._take(action)
        except InvalidActionError as error:
            self.tool_errors += 1
            new: Sequence[Message] = [notice(f"Error: {error}")]
        else:
            calls = message.get("tool_calls")
            if calls:
                new = [self._call(call, index) for index, call in enumerate(calls)]
            else:
                turn = await self._answer(message["content"] or "")
                new, ended = [user(turn.text)], turn.end
        observation = self._deliver(new)
        self.termination = "user_ended" if ended else self._limit_reached()
        self._ready = True
        return self._step(observation)

    async def _answer(self, text: str) -> UserTurn:
        """Give the agent's words to the user; return what the user says."""
        if not self.immediate:
            await in_event_loop()
        return await self._heard(await self.user.respond(text))

    def cut(self, limit: Termination) -> Step:
        """End the episode at a limit of the agent's own, such as that of its model's context.

        Raises:
            RuntimeError: The episode is over.
        """
        if self.termination is not None:
            raise RuntimeError("The episode is over: call reset.")
        self.termination = limit
        return self._step(())

    async def _heard(self, turn: UserTurn) -> UserTurn:
        """Let the user use its tools until it has something to say; return that turn."""
        left = MOST_USER_CALLS
        while self._hands and self._hands.free and turn.calls[:left]:
            answers = self._use(self._hands.tools, turn.calls[:left])
            left -= len(answers)
            turn = await self.user.observe(answers)
        return turn

    def _use(self, tools: ToolSet[Any], calls: Sequence[Call]) -> list[str]:
        """Make calls of the user's; return what the tools answer."""
        made = [tool_call(call.name, call.arguments) for call in calls]
        for call in made:
            self._user_calls += 1
            call["id"] = f"user_call_{self._user_calls}"
        self._append(using(*made))
        answers = []
        for call in made:
            name, arguments = call["function"]["name"], call["function"]["arguments"]
            answer, error = tools.answer(self.session, name, arguments)
            self.tool_events.append(ToolEvent(len(self.messages), name, error))
            self._append({
                "role": "tool", "tool_call_id": call["id"], "name": name, "content": answer,
                "requestor": "user",
            })  # fmt: skip
            answers.append(answer)
        return answers

    def _take(self, action: object) -> AssistantMessage:
        """Append the action to the conversation, with ids for all its tool calls."""
        try:
            message = parse_action(action)
        except InvalidActionError:
            self._append({"role": "assistant", "content": ""})
            raise
        for call in message.get("tool_calls", ()):
            self._name(call)
        self._append(message)
        if not message.get("tool_calls") and not (message["content"] or "").strip():
            raise InvalidActionError("The message is empty: write to the user or call a tool.")
        return message

    def _name(self, call: ToolCall) -> None:
        """Give a call an id that no other call of the conversation has, unless it has one."""
        number = len(self._call_ids)
        while not call["id"] or call["id"] in self._call_ids:
            number += 1
            call["id"] = f"call_{number}"
        self._call_ids.add(call["id"])

    def _call(self, call: ToolCall, index: int) -> ToolMessage:
        name, arguments = call["function"]["name"], call["function"]["arguments"]
        answer, error = self.tools.answer(self.session, name, arguments)
        self.tool_errors += error
        self.tool_events.append(ToolEvent(len(self.messages) + index, name, error))
        return {"role": "tool", "tool_call_id": call["id"], "name": name, "content": answer}

    def _deliver(self, messages: Sequence[Message]) -> Observation:
        for message in messages:
            self._append(message)
        return tuple(messages)

    def _append(self, message: Message) -> None:
        self.messages.append(message)
        if is_hidden(message):
            return
        self._characters += len(message["content"] or "")
        if message["role"] == "assistant":
            self._characters += len(message.get("reasoning_content", ""))
            for call in message.get("tool_calls", ()):
                function = call["function"]
                self._characters += len(function["name"]) + len(function["arguments"])

    @property
    def tokens(self) -> int:
        """Tokens of the conversation so far, estimated at four characters each."""
        return self._characters // 4

    def _limit_reached(self) -> Termination | None:
        if self.turns >= self.limits.turns:
            return "turn_limit"
        if self.tool_errors >= self.limits.tool_errors:
            return "tool_error_limit"
        return "token_limit" if self.tokens >= self.limits.tokens else None

    def _step(self, observation: Observation) -> Step:
        info: StepInfo = {
            "turns": self.turns,
            "tool_errors": self.tool_errors,
            "tokens": self.tokens,
        }
        if self.termination is None:
            return Step(observation, 0.0, False, False, info)
        result = self.reward = self._score()
        info["termination"] = self.termination
        info["reward_components"] = result.model_dump()
        finished = self.termination == "user_ended"
        return Step(observation, result.total, finished, not finished, info)

    def _score(self) -> Reward:
        began = self.world.begin(self.task)
        return reward(
            self.session.changes(),
            goal_changes(self.domain, self.world, self.task),
            self.task,
            self.messages,
            {event.message_index for event in self.tool_events if event.error},
            self.termination == "user_ended",
            self.domain.others,
            self.domain.grounds,
            holds(self.task, self.session),
            clear_from(self.domain, began, self.task, self.messages),
            knew(self.domain, began, self.task, self.messages),
        )

    def __getstate__(self) -> dict[str, Any]:
        """Pickle the session as what it changed."""
        state = self.__dict__.copy()
        del state["session"]
        return {**state, "written": self.session.changes()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        written: Changes = state.pop("written")
        self.__dict__.update(state)
        self.session = self.world.db.session(self.task.certificate.caller)
        for (table, key), record in written.items():
            rows = getattr(self.session, table)
            if record is None:
                rows.delete(key)
            else:
                rows.put(key, record)


def goal_changes(domain: Domain[Any], world: World[Any], task: Task) -> Changes:
    """Return what the gold writes change in a clean session.

    Raises:
        TaskError: A gold write does not go through; the task is broken.
    """
    session = world.begin(task)
    for index, write in enumerate(task.gold_writes):
        try:
            domain.all_tools.call(session, write.name, write.arguments)
        except ToolError as error:
            raise TaskError(f"Gold write {index} ({write.name}) fails: {error}") from error
    changes: Changes = session.changes()
    return changes
