"""Whether a turn gives what the agent waits for, as a user does who wants something."""

import re

from writ_gym.users.agenda import Agenda
from writ_gym.users.goals import Stage
from writ_gym.users.guard.facts import may_lack
from writ_gym.users.guard.role import own_words
from writ_gym.users.simulators import UserTurn

_TELL = r"(?:say|tell|give|giving|share|sharing|provide|disclose)"
_WITHHOLDS = re.compile(
    r"\bi(?: really| just| simply|'m afraid i| am afraid i)? (?:do not|don't|can't|cannot|can not"
    r"|couldn't|could not) (?:\w+ ){0,2}?(?:know|recall|remember|say|tell)\b"
    r"|\bi (?:do not|don't) (?:\w+ )?have (?:that|it|this|those|them|any|one|the|my|an?)\b"
    r"|\b(?:no idea|no clue|not (?:really )?sure|i forgot|i(?:'ve| have) forgotten)\b"
    r"|\b(?:i (?:won't|will not|refuse to|am not going to)|i'm not going to|(?:i'd|i would) rather"
    rf" not|not (?:comfortable|willing to)) (?:\w+ ){{0,2}}?{_TELL}\b|\bnone of your business\b",
    re.I,
)


def withholds(agenda: Agenda, turn: UserTurn) -> str | None:
    """Object to not knowing, or not telling, what is known and asked for."""
    if turn.calls or not _WITHHOLDS.search(own_words(agenda, turn)):
        return None
    asked = dict(agenda.asked_for)
    unsaid = [fact for key, fact in asked.items() if key not in agenda.said]
    strange = agenda.reading.asks - {key.slot for key in asked} if agenda.reading else None
    if not unsaid or strange or any(may_lack(agenda, key) for key in asked):
        return None  # or else it may speak of what it does not know
    return None if agenda.takes_up(turn.text) else f"you know what is asked for: {unsaid[0].text}"


def evades(agenda: Agenda, turn: UserTurn) -> str | None:
    """Object to leaving the agent again without what it waits for."""
    if turn.calls or not agenda.evaded or not agenda.waits_for_user:
        return None
    if agenda.takes_up(turn.text):
        return None
    if agenda.has_to_go_on:
        due = agenda.stages.index(Stage.WAITING)
        return f"say now what you want: {agenda.scenario.requests[due].text}"
    if agenda.asked_for:
        return f"the agent has asked you for this, say it: {agenda.asked_for[0][1].text}"
    if agenda.is_asked_openly and Stage.STATED in agenda.stages:
        due = agenda.stages.index(Stage.STATED)
        return f"say again what you want: {agenda.scenario.requests[due].text}"
    if agenda.reading and agenda.reading.proposes:
        return "the agent waits for a yes or a no: say which, and what is wrong if it is a no"
    return "the agent has told you to do something with your tools: make the call"
