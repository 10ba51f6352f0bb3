"""What a model is told that plays a user: who it is, what it wants, and how it goes; no gold."""

import json
import re
from collections.abc import Iterable, Iterator

from writ_gym.tasks import Fact, Instructions
from writ_gym.users.agenda import Agenda
from writ_gym.users.behaviours import BEHAVIOURS
from writ_gym.users.facts import Key
from writ_gym.users.goals import Stage

_ROLE = """\
You play a customer who writes to the customer service of a company. The agent of the company \
answers you. You are the customer and nobody else: never act or speak as the agent, never offer \
help, never look anything up for the agent.
"""
_RULES = """\
What follows is all that you know. Write like a person, in a few sentences, and in words of your \
own; names, numbers, ids, products, options, dates, ranks and conditions stay exactly as they are \
here. Keep all of this:
- Never make up an id, a number, a name, a date or a wish. What is not told here you do not know, \
and you say so if you are asked for it.
- Say nothing else than what your facts say: the second cheapest is not the cheapest.
- The agent may ask for a yes before it does something. Compare what it proposes with your facts. \
If it is what you want, agree and begin with "Yes". If it is not, begin with "No", and say what \
you want instead. What you have left to the agent to find out, you cannot check: agree to it.
"""
_RULES_OF_PROSE = """\
What follows is all that you know; it speaks to you, the customer. Write like a person, in a few \
sentences, and in words of your own; names, numbers, ids, products, options and dates stay exactly \
as they are here. Keep these rules, except where what you are told below them says otherwise:
- Do not tell everything at once. Begin with what you want, and give the rest when the agent asks \
for it or the conversation comes to it.
- Never make up an id, a number, a name, a date or a wish. What is not told here you do not know, \
and you say so if you are asked for it.
- The agent may ask for a yes before it does something. Compare what it proposes with all that you \
are told below. If it is what you want, agree and begin with "Yes". If it is not, begin with \
"No", and say what you want instead. What you have left to the agent to find out, you cannot \
check: agree to it.
"""
_END = """\
- After a yes, wait until the agent says that it is done.
- If the agent says that something cannot be done, accept that in the end, and go on.
- Leave only when all that you want has been done, answered or refused, or when the agent hands \
you over to somebody else; say goodbye then, with "end" true. Do not stay longer than that."""

_PROSE = {
    "persona": "What kind of person you are",
    "reason_for_call": "Why you get in touch",
    "known_info": "What you know",
    "unknown_info": "What you do not know",
    "task_instructions": "How you go about it",
}
"""By part of instructions in prose, what it is headed by."""

_SAID = "what you write to the agent"
PLACEHOLDER = re.compile(rf"\W*(?:{_SAID}|what you (?:say|write))\W*", re.I)
"""All of an answer that has what the form has in the place of a message, or much the same."""
_FORM = f"""\
# How to answer
Answer with nothing but one JSON object:
{{"say": "{_SAID}", "end": false}}
"end" is true in the message with which you leave, and only there."""

_FORM_WITH_TOOLS = f"""\
# How to answer
Answer with nothing but one JSON object:
{{"say": "{_SAID}", "end": false, "calls": []}}
"end" is true in the message with which you leave, and only there. To do something on your device, \
make the calls first and leave "say" empty:
{{"say": "", "end": false, "calls": [{{"name": "name of a tool", "arguments": {{}}}}]}}
You are then told what the tools answer, and report that to the agent in your next message."""

_DEVICE = """\
You have it in your hands, and these tools are how you use it. The agent does not see it. """
_IF_TOLD = """\
Use a tool only if the agent tells you to, once; look before you flip a switch, so that you do not \
flip it the wrong way. """
_AT_WILL = """\
Look at it whenever the agent asks you how something is, or to see what has come of something. \
Change something only if the agent tells you to, once; look before you flip a switch, so that you \
do not flip it the wrong way. """
_QUOTE = "Never report anything that a tool has not answered: quote what it shows."

_NO_DEVICE = (
    "You have no device at hand: if you are told to do something there, say that you cannot."
)


def briefing(agenda: Agenda) -> str:
    """Return the instructions of a model that plays the user of a scenario."""
    prose = agenda.scenario.instructions
    if prose:
        parts = [_ROLE + _RULES_OF_PROSE + _END, *_told(prose)]
    else:
        parts = [_ROLE + _RULES + _END, _identity(agenda), _requests(agenda), _course(agenda)]
    free = agenda.hands is not None and agenda.hands.free
    if free:
        device = _DEVICE + (_AT_WILL if prose else _IF_TOLD) + _QUOTE
        parts.append("\n".join(["# Your device", device, *_tools(agenda)]))
    elif agenda.hands is not None:
        parts.append(_NO_DEVICE)
    return "\n\n".join([*parts, _FORM_WITH_TOOLS if free else _FORM])


def _told(prose: Instructions) -> Iterator[str]:
    """Yield the parts of instructions in prose, word for word, each under what it is about."""
    for part, heading in _PROSE.items():
        if text := getattr(prose, part):
            yield f"# {heading}\n{text}"


def _identity(agenda: Agenda) -> str:
    scenario = agenda.scenario
    lines = ["# Who you are", *_facts(agenda, None, scenario.identity)]
    if scenario.unknown:
        unknown = " or ".join(slot.replace("_", " ") for slot in scenario.unknown)
        lines.append(f"You do not know your {unknown}; if you are asked, say so.")
    return "\n".join(lines)


def _requests(agenda: Agenda) -> str:
    lines = ["# What you want"]
    for index, request in enumerate(agenda.scenario.requests):
        lines += [f"{index + 1}. {request.text}", *_facts(agenda, index, request.facts)]
    return "\n".join(lines)


def _facts(agenda: Agenda, request: int | None, facts: Iterable[Fact]) -> Iterator[str]:
    """Yield the facts of a request, with when to say them."""
    volunteered = agenda.volunteered[request]
    beside = "say in your first message" if request is None else "say along with it"
    for fact in facts:
        when = beside if fact.slot in volunteered else "say only when you are asked for it"
        earlier = f' At first, say this instead: "{fact.earlier.text}"' if fact.earlier else ""
        yield f"- ({when}) {fact.text}{earlier}"


def _course(agenda: Agenda) -> str:
    """Return how the conversation goes, and how the user behaves."""
    count = len(agenda.scenario.requests)
    if agenda.opens == 0:
        opening = "Do not say in your first message what you want."
    elif count == 1:
        opening = "Say in your first message what you want."
    elif agenda.opens == count:
        opening = "Say in your first message all that you want."
    else:
        opening = (
            "Begin with the first thing that you want. Bring the next one only when the one "
            "before has been done, answered or refused."
        )
    lines = ["# How it goes", f"- {opening}", *_behaviours(agenda)]
    return "\n".join(lines)


def _behaviours(agenda: Agenda) -> Iterator[str]:
    for name in agenda.scenario.behaviours:
        yield f"- {BEHAVIOURS[name].instruct(agenda.scenario, agenda.lexicon)}"


def _tools(agenda: Agenda) -> Iterator[str]:
    for schema in agenda.hands.tools.schemas if agenda.hands else ():
        yield json.dumps(schema["function"], ensure_ascii=False)


def note(agenda: Agenda) -> str:
    """Return what a model is reminded of before its turn: what was said, and what is open.

    Nothing, if it has instructions in prose, of which that is not known.
    """
    if agenda.scenario.instructions:
        return ""
    lines = []
    for index, (request, stage) in enumerate(
        zip(agenda.scenario.requests, agenda.stages, strict=True), 1
    ):
        lines.append(f"{index}. {request.text} ({_STANDING[stage]})")
    unsaid = [fact.text for key, fact in agenda.facts() if _is_unsaid(agenda, key)]
    if unsaid:
        lines.append(f"Not said so far: {' '.join(unsaid)}")
    return "(For you alone, where things stand:\n" + "\n".join(lines) + ")"


_STANDING = {
    Stage.WAITING: "you have not brought it up",
    Stage.STATED: "you have brought it up; it is open",
    Stage.CONFIRMED: "you have agreed to what was proposed; wait until it is done",
    Stage.CLOSED: "the agent has said what comes of it",
}


def _is_unsaid(agenda: Agenda, key: Key) -> bool:
    """Say whether a fact of what is on the table is still to be said."""
    open_ones = key.request is None or agenda.stages[key.request] == Stage.STATED
    return open_ones and key not in agenda.said
