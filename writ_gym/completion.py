"""Asks chat models of which nothing is taken for granted: anybody's clients, and what they read."""

import json

from pydantic_core import to_json

from writ_gym.chat import ChatModel, ChatRequest, Completion
from writ_gym.errors import BackendError, WritGymError, told
from writ_gym.messages import AssistantMessage, clean, is_tool_call


async def ask(chat: ChatModel, request: ChatRequest) -> Completion:
    """Return a model's answer; whatever else comes of asking it is a failure of its provider.

    A client may be anybody's, and so is what it has to read: neither stops a run. What is made of
    an answer is our own, and its errors show.

    Raises:
        WritGymError: As the client raised it.
        BackendError: The client raised something else, or returned no completion; says where.
    """
    try:
        return _sound(await chat.complete(request))
    except WritGymError:
        raise
    except Exception as error:
        raise BackendError(f"Asking {chat.name!r} failed with {told(error)}.") from error


def _sound(found: object) -> Completion:
    """Return a completion if it is one, without lone surrogates, which no file takes.

    Raises:
        TypeError: It is none.
    """
    match found:
        case Completion(message={"role": "assistant", "content": str() | None} as message):
            calls = message.get("tool_calls", [])
            if isinstance(calls, list) and all(map(is_tool_call, calls)):
                return found if _is_encodable(found.message) else _cleaned(found)
    shown = repr(found)
    raise TypeError(f"no completion: {shown if len(shown) <= 200 else f'{shown[:197]}...'}")


def _is_encodable(message: AssistantMessage) -> bool:
    try:
        to_json(message)
    except ValueError:
        return False
    return True


def _cleaned(found: Completion) -> Completion:
    text = clean(json.dumps(found.message, ensure_ascii=False))
    return Completion(json.loads(text), found.turn, found.usage)
