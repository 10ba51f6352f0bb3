"""What a model that plays a user may not do with the user's tools, nor say of them."""

import re

from writ_gym.errors import ToolError
from writ_gym.tasks import Call
from writ_gym.understanding.reading import overlap, quoted, unquoted
from writ_gym.users.agenda import Agenda
from writ_gym.users.simulators import UserTurn

_GENERIC = frozenset(
    "check toggle set run get make reset status mode device phone can send look settings".split()
)
"""Words in the names of tools that tell them apart from nothing."""


def bad_calls(agenda: Agenda, turn: UserTurn) -> str | None:
    """Object to calls of tools that there are not, or with arguments that they do not take."""
    if not turn.calls:
        return None
    if agenda.hands is None or not agenda.hands.free:
        return "you have no tools to call: say something"
    for call in turn.calls:
        try:
            agenda.hands.tools[call.name].parse(call.arguments)
        except ToolError as error:
            return str(error)
    return None


def untold(agenda: Agenda, turn: UserTurn) -> str | None:
    """Object to the use of a tool that the agent has not asked for, or that was used already."""
    made = [call.key for call in agenda.made]
    for call in () if bad_calls(agenda, turn) else turn.calls:
        free = _may_look(agenda, call)
        if not (free or _is_told(agenda, call)):
            return f"the agent has not told you to use {call.name}"
        again = made[-1:] == [call.key] if free else made.count(call.key) >= _times(agenda, call)
        if again:
            return f"you have used {call.name} already: say what came of it"
        made.append(call.key)
    return None


def _may_look(agenda: Agenda, call: Call) -> bool:
    """Say whether a call is a look that instructions in prose leave to the user, at any time."""
    looks = agenda.hands is not None and agenda.hands.tools[call.name].kind != "write"
    return looks and agenda.scenario.instructions is not None


def _is_told(agenda: Agenda, call: Call) -> bool:
    """Say whether the agent has told the user to make a call, or has named what it is about."""
    steps = agenda.told
    if any(call.name in (step.call.name, step.look.name if step.look else "") for step in steps):
        return True
    words = {word for word in call.name.lower().split("_") if len(word) > 2} - _GENERIC
    said = re.sub(r"\W", "", agenda.agent.lower())
    named = [word in said for word in words]
    looks = agenda.hands is not None and agenda.hands.tools[call.name].kind != "write"
    return all(named) if steps and not looks else any(named)


def _times(agenda: Agenda, call: Call) -> int:
    """Return how often the user may make a call in one turn: once, or as often as it was told."""
    keys = [step.call.key for step in agenda.told] + [
        step.look.key for step in agenda.told if step.look
    ]
    return max(1, keys.count(call.key))


_CLAIMS = re.compile(
    r"\b(?:i(?:'ve| have)?(?: just| now| already)? (?:turned|switched|toggled|restarted|rebooted"
    r"|reset|checked|ran|run|set|connected|disconnected|granted|re-?seated|opened|looked|paid|tried)"
    r"|it (?:now )?(?:says|shows|reads|is (?:now )?(?:on|off))|i (?:now )?(?:see|get)\b.*\d)",
    re.I,
)


def pretends(agenda: Agenda, turn: UserTurn) -> str | None:
    """Object to the report of something that was not done, where a call was due."""
    if turn.calls or agenda.made or not agenda.told:
        return None
    found = _CLAIMS.search(unquoted(turn.text).replace("’", "'"))
    if found is None and not quoted(turn.text):
        return None
    return "you have not done that: call the tool first, and report what it answers"


_LABELLED = re.compile(r"^\W*(.+?)(?::| is(?: currently| now)?(?: turned)?) +(.+?)\W*$")
_GOOD = frozenset("on yes enabled connected active allowed excellent good successfully".split())
_BAD = frozenset(
    "off no not disabled disconnected inactive missing locked denied failed none poor isn't".split()
)


def misreports(agenda: Agenda, turn: UserTurn) -> str | None:
    """Object to a report that is not what the tools have answered."""
    if turn.calls:
        return None
    known = " ".join(agenda.corpus.split())
    for quotation in quoted(turn.text):
        if " ".join(quotation.split()) not in known:
            return f"no tool has answered {quotation[:80]!r}: report what it did answer"
    for answer in agenda.due:
        if not overlap(answer, turn.text):
            return f"say what the tool has answered: {answer[:300]}"
    lines = "\n".join(agenda.due).split("\n")
    for number, line in enumerate(lines, 1):
        wrong = _turns_round(line, unquoted(turn.text))
        if wrong and not any(_turns_round(line, later) for later in lines[number:]):
            return f"that is not what the tool has answered, which is: {line}"
    return None


def _turns_round(line: str, text: str) -> bool:
    """Say whether a text says of something that it is on or good where a line says the opposite."""
    found = _LABELLED.match(line)
    if found is None:
        return False
    label = [w for w in re.findall(r"[\w-]+", found[1].lower()) if w not in ("enabled", "status")]
    shown = _tone(found[2])
    for clause in re.split(r"[.,;!?\n]| and | but ", text.lower()):
        words = re.findall(r"[\w'-]+", clause)
        if shown and all(word in words for word in label):
            told = _tone(" ".join(word for word in words if word not in label))
            if told and told != shown:
                return True
    return False


def _tone(value: str) -> str:
    """Return whether a value is good or bad; empty if it is neither, or both."""
    words = set(re.findall(r"[\w'-]+", value.lower()))
    good, bad = bool(words & _GOOD), bool(words & _BAD)
    return "" if good == bad else "good" if good else "bad"
