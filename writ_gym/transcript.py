"""A conversation as text for people."""

from collections.abc import Iterable

from writ_gym.messages import Message

_MAX = 300


def transcript(messages: Iterable[Message], shorten: bool = True) -> str:
    """Return the conversation, a paragraph a message; long tool answers are shortened."""
    return "\n".join(line for message in messages for line in _lines(message, shorten))


def _lines(message: Message, shorten: bool) -> list[str]:
    if message["role"] == "tool":
        content = message["content"]
        if shorten and len(content) > _MAX:
            content = f"{content[:_MAX]}… ({len(content)} characters)"
        return [f"  <- {content}"]
    who = {"assistant": "Agent", "user": "User", "system": "System"}[message["role"]]
    if message["role"] == "user" and message.get("name"):
        who = "Environment"
    lines = [f"{who}: {message['content']}"] if message["content"] else []
    if message["role"] == "assistant":
        lines += [
            f"  -> {call['function']['name']}({call['function']['arguments']})"
            for call in message.get("tool_calls", ())
        ]
    return lines
