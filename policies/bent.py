"""An oracle bent at one point: what a flawed agent does, in a conversation like the oracle's."""

from collections.abc import Mapping, Sequence
from typing import Any

from writ_gym.database import Database
from writ_gym.domain import Domain
from writ_gym.errors import WritGymError
from writ_gym.messages import (
    Action,
    AssistantMessage,
    Observation,
    ToolMessage,
    UserMessage,
    assistant,
    parse_action,
    user,
)
from writ_gym.policies.oracle import oracle
from writ_gym.policy import names_of_tools, request_of
from writ_gym.tasks import Call, Task
from writ_gym.trace import Key, gold_key, parsed
from writ_gym.understanding.reading import quote, quoted

YES = "Yes, please."


class Bent:
    """Plays the oracle and changes what it does on the way; a subclass says how.

    The oracle never learns of it: what is hidden from the world or made otherwise is answered to
    it as if it had been done.
    """

    immediate = True

    def __init__(self, domain: Domain[Any], task: Task) -> None:
        self.domain = domain
        self.task = task
        self._oracle = oracle(domain, task)

    async def reset(self, info: Mapping[str, Any]) -> None:
        """Begin, as the oracle does."""
        self.made: list[Call] = []
        """The calls that were really made."""
        self._meant: list[Call] = []
        self._waiting: list[Call] = []
        self._held: Observation | None = None
        self._agreed = False
        self._told: Call | None = None
        self._own = names_of_tools(info)
        await self._oracle.reset(info)

    def hides(self, call: Call) -> bool:
        """Say whether a call of the oracle is not made at all."""
        return False

    def makes(self, call: Call) -> Sequence[Call]:
        """Return the calls to make in place of one of the oracle's, one or more."""
        return [call]

    def says(self, text: str) -> str | None:
        """Return what to say in place of a text of the oracle.

        None says nothing, and lets the oracle think that the user has said yes.
        """
        return text

    def agree_next(self) -> None:
        """Let the oracle hear a yes in front of the user's next message."""
        self._agreed = True

    async def act(self, observation: Observation) -> Action:
        """Return the oracle's next action, or what is done in its place."""
        self._unmake(observation)
        if self._held is None:
            self._held = observation
        if self._waiting:
            return self._make(self._waiting.pop(0))
        given, self._held = self._held, None
        if self._agreed and given[0]["role"] == "user":
            self._agreed = False
            given = (user(f"{YES} {given[0]['content']}"), *given[1:])
        while True:
            action = parse_action(await self._oracle.act(given))
            bent, given = self._bend(action)
            if bent is not None:
                return bent

    def _bend(self, action: AssistantMessage) -> tuple[AssistantMessage | None, Observation]:
        """Return what is done in place of an action; if nothing, what the oracle is answered."""
        call = self._call_in(action)
        if call is None:
            if action.get("tool_calls"):
                return action, ()
            text = self.says(action["content"] or "")
            return (None, (user(YES),)) if text is None else (assistant(text), ())
        if self.hides(call):
            return None, (self._answer(call),)
        first, *self._waiting = self.makes(call)
        if first == call and self._writes(self.made) == self._writes(self._meant):
            self._meant.append(call)
            said = not action.get("tool_calls")
            return self._make(first, action if said else None), ()
        self._held = (self._answer(call),)  # the oracle takes every write to go through
        return self._make(first), ()

    def _call_in(self, action: AssistantMessage) -> Call | None:
        """Return the one call that an action makes or has the user make, None if it is not one."""
        calls = action.get("tool_calls", [])
        if not calls:
            return self._told_in(action["content"] or "")
        if len(calls) != 1:
            return None
        name = calls[0]["function"]["name"]
        arguments = parsed(self.domain, name, calls[0]["function"]["arguments"])
        return None if arguments is None else Call(name, arguments)

    def _told_in(self, text: str) -> Call | None:
        """Return the one call that a text has the user make."""
        hands = self.domain.hands
        steps, _ = hands.told(text, self.domain.lexicon) if hands else ((), "")
        return steps[0].call if len(steps) == 1 and self._is_told(steps[0].call) else None

    def _is_told(self, call: Call) -> bool:
        return self.domain.is_users(call.name) and call.name not in self._own

    def _answer(self, call: Call) -> ToolMessage | UserMessage:
        """Return what the oracle would be answered if all that it does were done."""
        session = self.after(self._meant)
        answer, _ = self.domain.all_tools.answer(session, call.name, call.arguments)
        self._meant.append(call)
        if self._is_told(call):
            return user(quote(answer))
        return {"role": "tool", "tool_call_id": "", "name": call.name, "content": answer}

    def _make(self, call: Call, message: AssistantMessage | None = None) -> AssistantMessage:
        """Return what makes a call: a message that does already, or a new one."""
        self.made.append(call)
        self._told = call if self._is_told(call) else None
        return message or request_of(self.domain, call, self._own)

    def _unmake(self, observation: Observation) -> None:
        """Forget a call that the user was told to make and has not made."""
        if self._told is not None and not quoted(observation[0]["content"] or ""):
            self.made.pop()
            if self._held is None:
                self._meant.pop()
        self._told = None

    def after(self, calls: Sequence[Call]) -> Database:
        """Return a session of the task's world in which calls were made.

        Raises:
            WritGymError: The world was loaded from data, which an agent is not given.
        """
        if self.task.world.seed is None:
            raise WritGymError("This agent plays only in generated worlds: leave --data away.")
        world = self.domain.world_of(self.task.world)
        session: Database = world.db.session(self.task.certificate.caller)
        for call in self._writes(calls):
            self.domain.all_tools.answer(session, call.name, call.arguments)
        return session

    def _writes(self, calls: Sequence[Call]) -> list[Call]:
        return [call for call in calls if self.is_write(call)]

    def is_write(self, call: Call) -> bool:
        """Say whether a call is one of a write tool."""
        return self.domain.all_tools[call.name].kind == "write"

    def key(self, call: Call) -> Key:
        """Return what equal calls have in common."""
        return gold_key(self.domain, call)
