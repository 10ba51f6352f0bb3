"""A conversation as text for people."""

from collections.abc import Iterable

from writ_gym.messages import Message, is_hidden

_MAX = 300
_HIDDEN = "  (user) "
"""Stands before what the user does with tools of its own, which the agent does not see."""


def transcript(messages: Iterable[Message], shorten: bool = True) -> str:
    """Return the conversation, a paragraph a message; long tool answers are shortened."""
    return "\n".join(line for message in messages for line in _lines(message, shorten))


def _lines(message: Message, shorten: bool) -> list[str]:
    if message["role"] == "tool":
        content = message["content"]
        if shorten and len(content) > _MAX:
            content = f"{content[:_MAX]}… ({len(content)} characters)"
        return [f"{_HIDDEN if is_hidden(message) else '  '}<- {content}"]
    who = {"assistant": "Agent", "user": "User", "system": "System"}[message["role"]]
    if message["role"] == "user" and message.get("name"):
        who = "Environment"
    lines = [f"{who}: {message['content']}"] if message["content"] else []
    if message["role"] in ("assistant", "user"):
        lead = _HIDDEN if is_hidden(message) else "  "
        lines += [
            f"{lead}-> {call['function']['name']}({call['function']['arguments']})"
            for call in message.get("tool_calls", ())
        ]
    return lines
