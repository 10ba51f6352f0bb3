"""Whether a turn gives what the agent waits for, as a user does who wants something."""

import re

from writ_gym.agenda import EVADED, Agenda
from writ_gym.goals import Stage
from writ_gym.guard.facts import may_lack
from writ_gym.guard.role import own_words
from writ_gym.simulators import UserTurn

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
    asked = [fact for key, fact in agenda.asked_for if not may_lack(agenda, key)]
    if not asked or agenda.takes_up(turn.text):
        return None
    return f"you know what the agent asks for: {asked[0].text}"


def evades(agenda: Agenda, turn: UserTurn) -> str | None:
    """Object to leaving the agent again without what it waits for."""
    if turn.calls or agenda.evaded < EVADED or not agenda.waits_for_user:
        return None
    if agenda.takes_up(turn.text):
        return None
    if agenda.has_to_go_on:
        due = agenda.stages.index(Stage.WAITING)
        return f"say now what you want: {agenda.scenario.requests[due].text}"
    if agenda.asked_for:
        return f"the agent has asked you for this, say it: {agenda.asked_for[0][1].text}"
    if agenda.reading and agenda.reading.proposes:
        return "the agent waits for a yes or a no: say which, and what is wrong if it is a no"
    return "the agent has told you to do something with your tools: make the call"
