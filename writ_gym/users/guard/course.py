"""What is wrong with a turn as a part of the conversation, whatever its facts."""

import re

from writ_gym.trace import marks_in
from writ_gym.understanding.reading import unquoted
from writ_gym.users.agenda import Agenda
from writ_gym.users.briefing import PLACEHOLDER
from writ_gym.users.facts import has_all, is_about
from writ_gym.users.goals import Stage
from writ_gym.users.guard.role import own_words
from writ_gym.users.simulators import UserTurn
from writ_gym.users.wording import agrees, states

LONGEST = 800
"""Characters of a turn, besides as many as the scenario has and the tools have answered."""


def empty(agenda: Agenda, turn: UserTurn) -> str | None:
    """Object to a turn without anything in it, or with the words of the form alone."""
    if PLACEHOLDER.fullmatch(turn.text):
        return "it repeats the form: put your own message to the agent there"
    return None if turn.calls or turn.text.strip() else "it says nothing"


def too_long(agenda: Agenda, turn: UserTurn) -> str | None:
    """Object to a turn that goes on and on."""
    known = [request.text for request in agenda.scenario.requests]
    known += [fact.text for _, fact in agenda.facts()]
    longest = LONGEST + sum(map(len, known)) + sum(map(len, agenda.due))
    return "it is far too long, a few sentences are enough" if len(turn.text) > longest else None


def repeats(agenda: Agenda, turn: UserTurn) -> str | None:
    """Object to saying the last turn again, word for word, though the agent has gone on."""
    said = " ".join(turn.text.lower().split())
    if turn.calls or len(said.split()) < 5 or agenda.reading is None or agenda.is_again:
        return None
    busy = agenda.reading.asks or agenda.reading.proposes
    repeated = [" ".join(text.lower().split()) == said for text in agenda.turns[-2:]]
    if busy or not repeated[-1] or (agenda.leads_nowhere and sum(repeated) < 2):
        return None
    return "you have said just that already; answer what the agent says now"


def ends_after_yes(agenda: Agenda, turn: UserTurn) -> str | None:
    """Object to leaving before what was agreed to has been reported as done."""
    proposed = agenda.reading is not None and agenda.reading.proposes
    waits = Stage.CONFIRMED in agenda.stages or (proposed and agrees(turn.text))
    if not turn.end or not waits or agenda.may_give_up:
        return None
    return "you have agreed to something that the agent has not reported as done: do not end yet"


def ends_early(agenda: Agenda, turn: UserTurn) -> str | None:
    """Object to leaving while a request is open."""
    if not turn.end or agenda.may_give_up or Stage.CONFIRMED in agenda.stages:
        return None
    if agenda.scenario.instructions:
        return _leaves_unasked(agenda)
    for request, stage in zip(agenda.scenario.requests, agenda.stages, strict=True):
        if stage == Stage.WAITING:
            return f"do not end: you have not brought up yet: {request.text}"
        if stage == Stage.STATED:
            return f"do not end: this has not been dealt with yet: {request.text}"
    return None


def _leaves_unasked(agenda: Agenda) -> str | None:
    """Object to leaving before the agent has answered, or with a plain question of it left open.

    Instructions in prose do not tell when all is dealt with.
    """
    reading = agenda.reading
    if reading is None:
        return "do not end yet: the agent has not answered you"
    last = reading.refuses or reading.reports or reading.offers_more or reading.proposes
    return "do not end yet: answer what the agent asks" if reading.asks and not last else None


_TAKES_BACK = re.compile(
    r"\bnever ?mind\b|\b(?:just )?forget (?:about )?(?:it|that|this|everything|the whole)\b"
    r"|\bdon't bother\b"
    r"|\b(?:do not|don't) (?:want|need) anything\b(?! (?:else|more|further|other))"
    r"|\b(?:cancel|withdraw|drop|scrap) (?:my|this|that|the) (?:whole )?request\b",
    re.I,
)


def takes_back(agenda: Agenda, turn: UserTurn) -> str | None:
    """Object to giving up what is wanted although the agent has not said that it cannot be had."""
    found = _TAKES_BACK.search(own_words(agenda, turn))
    reading = agenda.reading
    if found is None or agenda.may_give_up or (reading and reading.refuses):
        return None
    for request, stage in zip(agenda.scenario.requests, agenda.stages, strict=True):
        if stage in (Stage.STATED, Stage.CONFIRMED):
            return f"do not say {found[0]!r}, you still want this: {request.text}"
    return None


MOST_IDLE = 3
"""Turns that a user may stay when all is dealt with, for a question or two of its behaviours."""
_GOODBYE = re.compile(r"\b(?:good)?bye\b", re.I)


def lingers(agenda: Agenda, turn: UserTurn) -> str | None:
    """Object to staying when all is dealt with, or to a goodbye without leaving."""
    if turn.end or turn.calls or agenda.is_busy:
        return None
    if agenda.scenario.instructions:  # in prose, they do not tell when all is dealt with
        leaves = _GOODBYE.search(own_words(agenda, turn))
        return 'if that is your goodbye, put "end" true' if leaves else None
    if any(stage != Stage.CLOSED for stage in agenda.stages):
        return None
    if _GOODBYE.search(own_words(agenda, turn)) or agenda.idle >= MOST_IDLE:
        return 'all that you want has been dealt with: say goodbye, with "end" true'
    return None


def accepts_wrong(agenda: Agenda, turn: UserTurn) -> str | None:
    """Object to a yes to a proposal that contradicts the facts, or was not asked for."""
    if not (agenda.reading and agenda.reading.proposes and agrees(turn.text)):
        return None
    if final := _uncorrected(agenda, turn.text):
        return f"before you agree to it, set right what you have said before: {final}"
    open_ones = agenda.on_table()
    if agenda.fitting() or (not open_ones and agenda.agreed):
        return None
    if any(not agenda.compare(index)[1] for index in agenda.agreed):
        return None
    index = max(open_ones, key=lambda index: agenda.compare(index)[0], default=None)
    wrong = {*agenda.overdone(), *(agenda.compare(index)[1] if index is not None else ())}
    request = agenda.scenario.requests[index or 0]
    facts = " ".join(fact.text for fact in request.facts if fact.slot in wrong)
    if not facts:
        return "you have not asked for what the agent proposes: do not agree to it"
    return f"the proposal is not what you want, do not agree to it; you want: {facts}"


def _uncorrected(agenda: Agenda, text: str) -> str | None:
    """Return a fact of which only the earlier value was said, and which the proposal may miss."""
    facts, said = dict(agenda.facts()), agenda.newly_said(text)
    for key in agenda.outstanding:
        shown = has_all(agenda.agent, facts[key].text, agenda.lexicon)
        if key.request in agenda.on_table() and key not in said and not shown:
            return facts[key].text
    return None


_NO = re.compile(r"^\W*(?:no|nope)\b", re.I)


def rejects_right(agenda: Agenda, turn: UserTurn) -> str | None:
    """Object to a bare no to a proposal that is about a request and contradicts nothing in it.

    If it is just made again, it is enough that it contradicts nothing.
    """
    reading = agenda.reading
    said = unquoted(turn.text)
    if not (reading and reading.proposes and _NO.search(said)) or reading.refuses or "?" in said:
        return None
    if agenda.outstanding:
        return None
    gives_reason = any(states(fact, said) for _, fact in agenda.facts()) or marks_in(said)
    if gives_reason or len(said.split()) > 25:
        return None
    for index in agenda.fitting():
        if agenda.is_again or is_about(agenda.compare(index)[0]):
            return (
                "nothing in the proposal is against your facts: agree, beginning with yes, or say "
                "what has to be otherwise"
            )
    return None
