"""Rewards: pure functions of the final state and of what the user was told."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TypeAlias

from writ_gym.database import Changes
from writ_gym.messages import Message, is_hidden
from writ_gym.tasks import Config, Due, Task
from writ_gym.understanding import claims_in, is_refusal, numbers_in, words_in

MOST_NAMED = 2
"""Other values of what is due that a message may name, as in "that is for pending orders only"."""
MOST_CLAIMED = 1
"""How many of them it may say of something: an agent that says all of them tells nothing."""

Others: TypeAlias = Callable[[str], Collection[str]]
"""Gives the values that what is due could have instead, such as the other statuses."""


def no_others(value: str) -> Collection[str]:
    """Return nothing: it is not known what a value could be instead."""
    return ()


class Reward(Config):
    """The terminal reward by component, each 0.0 or 1.0."""

    state: float
    """The database is left exactly as the gold writes leave it, or as the task asserts."""
    told: float
    """Everything due was told to the user, once it was known who that is."""
    finished: float
    """The conversation came to its end; 0.0 if a limit cut it off."""

    @property
    def total(self) -> float:
        """The reward of the episode: the product of the components."""
        return self.state * self.told * self.finished


def reward(
    changes: Changes,
    wanted: Changes,
    task: Task,
    messages: Sequence[Message],
    failed: Collection[int],
    finished: bool,
    others: Others = no_others,
    holds: bool | None = None,
) -> Reward:
    """Return the reward of an episode.

    Args:
        changes: What the episode changed.
        wanted: What the gold writes change.
        task: The task.
        messages: The conversation.
        failed: Indexes of the tool messages that are errors.
        finished: Whether the conversation came to its end.
        others: Gives what a value that is due could be instead.
        holds: Whether what the task asserts of the final state is true; if it asserts anything, the
            state need not be that of the gold writes.

    Source: database and communication criteria of tau-bench (Yao et al., 2024), with equality
    by value, and refusals that must be stated.
    """
    who = task.certificate
    start = known_from(who.caller, messages, failed) if who.identification else 0
    said = said_to_user(messages[start:])
    told = all(
        handed_over(str(item.value), messages, start, failed)
        if item.kind == "hand_over"
        else is_told(item, said, others)
        for item in task.due
    )
    state = changes == wanted if holds is None else holds
    return Reward(state=float(state), told=float(told), finished=float(finished))


def known_from(caller: str, messages: Sequence[Message], failed: Collection[int]) -> int:
    """Return the first message after the agent has found out who the user is, by a tool's answer.

    What is told before was told to nobody in particular: whoever refuses all that anybody asks for
    would be right now and then. Where that never happens, it is the end of the conversation.
    """
    for index, message in enumerate(messages):
        shown = message["role"] == "tool" and index not in failed and not is_hidden(message)
        if shown and caller in (message["content"] or ""):
            return index + 1
    return len(messages)


def handed_over(
    tool: str, messages: Sequence[Message], start: int, failed: Collection[int]
) -> bool:
    """Say whether the user was handed over by a tool, in the messages from ``start`` on."""
    return any(
        message["role"] == "tool" and message["name"] == tool and not is_hidden(message)
        for index, message in enumerate(messages)
        if index >= start and index not in failed
    )


def is_told(due: Due, said: Iterable[str], others: Others = no_others) -> bool:
    """Say whether one of the agent's messages tells what is due, and not as one of many things.

    Args:
        due: What is due.
        said: The messages.
        others: Gives what a value could be instead.
    """
    return any(_tells(due, text) and _is_clear(due, text, others) for text in said)


def is_telling(value: float | str) -> bool:
    """Say whether a value that is due is told by what is said of it alone.

    A "yes" or a "no" is in what is said of anything: "roaming is now off" would tell it as well.
    """
    return value not in _STATES


def _tells(due: Due, text: str) -> bool:
    if due.kind == "number":
        return round(float(due.value), 2) in {round(number, 2) for number in numbers_in(text)}
    if due.kind == "refusal" and not is_refusal(text):
        return False
    if isinstance(due.value, float):
        return round(due.value, 2) in {round(number, 2) for number in numbers_in(text)}
    if due.value in _STATES:
        return state_in(text) is _STATES[due.value]
    return bool(words_in(text, [str(due.value)]))


_STATES: Mapping[str, bool] = {"on": True, "off": False, "yes": True, "no": False}
"""Values that are words of every other sentence: they are told by what says that it is so."""
_END = r"(?=\W*(?:$|\n|[.,;:!)]|\b(?:for|at|right|and|but|so|as|since|while|because)\b))"
_STATE = re.compile(
    rf"""\b(?P<word>yes|no)\b(?=[^\w\s]|\s*$|\s*\n)
    |:[ ]*\W{{0,3}}(?P<named>on|off)\b{_END}
    |\b(?:turned|switched|set[ ]to)[ ](?P<turned>on|off)\b
    |\b(?:is|are|currently|now|already|stays?)[ ](?P<be>on|off)\b{_END}
    |\b(?P<good>enabled|activated|allowed|works|working|can[ ](?:now[ ])?(?:be[ ]sent|send)
        |(?:has|have|had)[ ](?!no[ ])(?:\w+[ ])?(?:service|signal))\b
    |\b(?P<bad>disabled|deactivated|no[ ](?:\w+[ ])?(?:service|signal|connection)
        |(?:cannot|can['’]t|unable[ ]to)[ ](?:be[ ]sent|send))\b""",
    re.I | re.X,
)
_DENIED = re.compile(r"(?:\b(?:not|never|no longer|cannot)|n['’]t)(?: \w+){0,2} $", re.I)
_OPEN = re.compile(
    r"\b(?:if|whether|unless|until|once|when|please|check)\b"
    r"|\b(?:can|could|may|might|should|must|to) be $",
    re.I,
)
"""What stands before a state that nobody claims."""
_SENTENCE = re.compile(r"[^.!?\n]+[.!?]*")


def state_in(text: str) -> bool | None:
    """Return whether a text says that something is on, or so: the first that it says; else None.

    What is asked, wished for or supposed is not said, nor is what only sounds like it ("hold on").

    >>> [state_in(text) for text in ("Roaming is turned off.", "It is enabled.", "Please hold on.")]
    [False, True, None]
    """
    for sentence in _SENTENCE.findall(text):
        for found in () if sentence.endswith("?") else _STATE.finditer(sentence):
            before = sentence[: found.start()]
            plain = found["word"] or found["named"]
            if plain:
                return plain.lower() in ("yes", "on")
            if not _OPEN.search(before):
                good = found["good"] or (found["turned"] or found["be"] or "").lower() == "on"
                return bool(good) is not bool(_DENIED.search(before))
    return None


def _is_clear(due: Due, text: str, others: Others) -> bool:
    """Say whether a text that tells what is due does not tell as well what it is not."""
    instead = others(due.value) if isinstance(due.value, str) else ()
    if not instead:
        return True
    own = due.value.lower().replace("_", " ") if isinstance(due.value, str) else ""
    named, claimed = claims_in(text, [own, *instead])
    return len(named - {own}) <= MOST_NAMED and len(claimed - {own}) <= MOST_CLAIMED


def said_to_user(messages: Iterable[Message]) -> list[str]:
    """Return what the agent said to the user; text next to tool calls is not delivered."""
    return [
        message["content"] or ""
        for message in messages
        if message["role"] == "assistant" and not message.get("tool_calls")
    ]
