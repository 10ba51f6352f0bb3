"""What the scripted user understands of real LLM agents:
python benchmarks/understanding.py [--part held-back] [--data FOLDER] [--json] [--differences]

Two sets of recorded conversations, in ``shared/tau_bench`` beside the repository by default, show
GPT-4o as agent of an airline (100) and of a shop (69) with LLM users. At each message of the
agent the scripted user is put where the real one was, answers, and the two answers are compared.

**Known facts.** The scenario is built from what the real user says over the whole conversation
(``_scripts``), in the slots of the domain. Values are found in the texts and normalised
(``_values``): ids, names, e-mail, zip, airports, dates, cabin, passengers, bags, insurance,
payment, reasons, items, options, addresses. A value that can be anything (an id, a date, an
airport …) and that the agent was the first to say is learnt and not known; it is no fact. Where a
user says different things at different times, at each turn the user means what is said there,
else said last before, else said next. Requests are told apart by ids, by writes, by leave taken,
and where the user brings something else after a report or a refusal. How far each request is
(waiting, stated, agreed to, done) and what was said so far are the real user's, so that one
misunderstanding is counted once.

**Recall**: of the kinds of values that the real user gives in answer, and that the agent asked
for, the share that the scripted user gives with a common value. Left out, and counted as
*volunteered*, is what cannot be blamed on understanding:

* values of a kind that the agent's questions do not name, not even by a loose word, when they ask
  nothing open either (``_speech.asked`` with ``broadly``; it shares nothing with the lexicons);
* a new request's values, unless the agent left the word to the user: offered more help or asked
  openly, and asked for no yes;
* what a user who agrees only repeats of the proposal, where it left nothing of that kind open:
  that is part of the yes;
* what is said in taking leave.

**Precision**: of the facts that the scripted user says, the share that has a value in common with
the real answer. Two facts with the same values count once. Left out are facts of a kind that the
agent's questions name by its plain name, though the real user holds it back or has said it before
(*held back*), and all that is said to alternatives which the agent shows: there the real user
picks from the list, the scripted one says its wish (*shown*). Both are reported.

**Confirmations.** *right* and *missed* yes: where the real user agrees to something that the
agent can be taken to propose, and the agent then writes. *wrong* yes: the scripted user agrees,
the real one does not, and either nothing was proposed, or the real user's answer has a fact of
the request at hand of which the proposal has another value, and the scripted user does not state
it. *put off*: the scripted user agrees, and the real one does not, for another reason: a question
of its own, a budget or a condition that it had not stated, another wish. *early*: the scripted
user leaves, and a write was still to come.

**Parts.** All conversations of one customer are in one part, by a hash of domain and customer.
Texts of the development part alone were read; of the held-back part, only counts were looked at
(by kind, reading and stage), in the course of the work and not just once. The comparison itself
(what is left out of recall and precision, as told above) was tuned with a look at these counts,
too, so that the figures of the held-back part are no unbiased estimate.
"""

import argparse
import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from _dialogues import Dialogue, Turn, load
from _scripts import Script
from _speech import (
    affirms,
    asked,
    declines,
    invites,
    leaves,
    leaves_open,
    proposes,
    shows_alternatives,
)
from _values import Values

from writ_gym import load_domain
from writ_gym.simulators import UserTurn
from writ_gym.understanding import Lexicon, is_yes
from writ_gym.users import ScriptedUser

FOLDER = Path(__file__).parents[2] / "shared" / "tau_bench"
PARTS = ("development", "held-back", "all")
DOMAINS = ("airline", "retail")
NOBODY: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Case:
    """One message of the agent: what the real user answered, and what the scripted one does."""

    dialogue: Dialogue
    index: int
    turn: Turn
    answer: UserTurn
    given: dict[str, bool]
    """By kind that is due, whether the scripted user gives it."""
    volunteered: int
    """Kinds that the real user gives, and that are not due."""
    said: dict[str, Literal["right", "wrong", "held back", "shown"]]
    """By text of a fact that the scripted user says, what it counts as."""
    confirmation: Literal["right", "missed", "wrong", "put off"] | None
    early: bool


def cases(dialogue: Dialogue, lexicon: Lexicon) -> Iterator[Case]:
    """Yield the agent's messages of a conversation, with both answers compared."""
    script = Script(dialogue)
    for index, turn in enumerate(dialogue.turns, 1):
        scenario, stages, heard, meant = script.moment(index)
        user = ScriptedUser(scenario, lexicon)
        user.resume(heard, stages)
        answer = asyncio.run(user.respond(turn.agent))
        facts = {text: values for text, values in meant.items() if text in answer.text}
        due = _due(script, index)
        yield Case(
            dialogue=dialogue,
            index=index,
            turn=turn,
            answer=answer,
            given={kind: _recovers(kind, script.said[index], facts) for kind in sorted(due)},
            volunteered=len(script.said[index].keys() - due),
            said={text: _counts_as(script, index, text, facts[text]) for text in _distinct(facts)},
            confirmation=_confirmation(script, index, is_yes(answer.text), facts),
            early=answer.end and any(each.writes for each in dialogue.turns[index:]),
        )


def _due(script: Script, index: int) -> set[str]:
    """Return the kinds of values in the real answer that the agent has asked for."""
    dialogue, turn = script.dialogue, script.dialogue.turns[index - 1]
    if leaves(turn.user):
        return set()
    opens = script.opens(index) and invites(turn.agent)
    said, domain = script.said[index], dialogue.domain
    due = {kind for kind in said if opens or asked(turn.agent, kind, domain, broadly=True)}
    if not affirms(turn.user):
        return due
    shown = dialogue.values(turn.agent)
    return {
        kind
        for kind in due
        if leaves_open(turn.agent, kind, domain) or not said[kind] <= shown.get(kind, NOBODY)
    }


def _recovers(kind: str, said: Values, facts: dict[str, Values]) -> bool:
    return any(said[kind] & values.get(kind, NOBODY) for values in facts.values())


def _counts_as(
    script: Script, index: int, text: str, values: Values
) -> Literal["right", "wrong", "held back", "shown"]:
    """Return what a fact that the scripted user says counts as."""
    now, agent = script.said[index], script.dialogue.turns[index - 1].agent
    if any(now.get(kind, NOBODY) & each for kind, each in values.items()):
        return "right"
    described = ("reservation",) if text.startswith("It is about the trip") else ()
    if any(asked(agent, kind, script.dialogue.domain) for kind in (*values, *described)):
        return "held back"
    return "shown" if shows_alternatives(agent) else "wrong"


def _distinct(facts: dict[str, Values]) -> Iterator[str]:
    """Yield the texts of facts, without those whose values another one has as well."""
    for text, values in facts.items():
        if not any(
            other != text
            and all(values[kind] <= more.get(kind, NOBODY) for kind in values)
            and (more != values or other < text)
            for other, more in facts.items()
        ):
            yield text


def _confirmation(
    script: Script, index: int, yes: bool, facts: dict[str, Values]
) -> Literal["right", "missed", "wrong", "put off"] | None:
    """Return what the scripted user's yes, or the lack of one, counts as."""
    turn = script.dialogue.turns[index - 1]
    if affirms(turn.user) and turn.writes and proposes(turn.agent):
        return "right" if yes else "missed"
    agreed = affirms(turn.user) or (turn.writes > 0 and not declines(turn.user))
    if not yes or agreed:
        return None
    shown = script.dialogue.values(turn.agent)
    contradicted = not script.opens(index) and any(
        not values & shown.get(kind, values) and not _recovers(kind, script.said[index], facts)
        for kind, values in script.said[index].items()
        if values != {"original"}  # which is the method that the agent may name
    )
    return "wrong" if contradicted or not proposes(turn.agent) else "put off"


def measured(folder: Path, part: str, *, differences: bool = False) -> dict[str, Counter[str]]:
    """Return the counts of a part, by domain and in total."""
    lexicons = {name: load_domain(name).lexicon for name in DOMAINS}
    totals: dict[str, Counter[str]] = {name: Counter() for name in (*DOMAINS, "total")}
    for dialogue in load(folder, part):
        for case in cases(dialogue, lexicons[dialogue.domain]):
            for name in (dialogue.domain, "total"):
                totals[name] += counts_of(case)
            if differences:
                show(case)
    return totals


def counts_of(case: Case) -> Counter[str]:
    found = Counter(f"said {what}" for what in case.said.values())
    found["turns"] = 1
    found["due"] = len(case.given)
    found["recovered"] = sum(case.given.values())
    found["volunteered"] = case.volunteered
    found["early"] = case.early
    if case.confirmation:
        found[f"{case.confirmation} yes"] = 1
    return found


def rates(counts: Counter[str]) -> dict[str, float]:
    """Return recall and precision of the facts given."""
    said = counts["said right"] + counts["said wrong"]
    return {
        "recall": counts["recovered"] / max(1, counts["due"]),
        "precision": counts["said right"] / max(1, said),
    }


def show(case: Case) -> None:
    """Print a message that the two users answer differently."""
    missed = [kind for kind, given in case.given.items() if not given]
    wrong = [text for text, what in case.said.items() if what == "wrong"]
    if missed or wrong or case.early or case.confirmation not in (None, "right"):
        print(f"\n## {case.dialogue.name}, message {case.index}: {case.confirmation or ''} yes")
        print(f"missed: {missed}, wrong: {wrong}, early: {case.early}")
        print(f"AGENT: {case.turn.agent}\nREAL: {case.turn.user}\nSCRIPTED: {case.answer.text}")


COLUMNS = {
    "turns": "turns", "due": "due", "said right": "right", "said wrong": "wrong",
    "volunteered": "volunteered", "said held back": "held back", "said shown": "shown",
    "right yes": "right yes", "missed yes": "missed yes", "wrong yes": "wrong yes",
    "put off yes": "put off", "early": "early",
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=FOLDER, help="folder of the recordings")
    parser.add_argument("--part", choices=PARTS, default="development")
    parser.add_argument("--json", action="store_true", help="counts and rates, for programs")
    parser.add_argument("--differences", action="store_true", help="print where the users differ")
    options = parser.parse_args()
    totals = measured(options.data, options.part, differences=options.differences)
    if options.json:
        print(json.dumps({name: {**rates(found), **found} for name, found in totals.items()}))
        return
    print(f"{options.part:<13}{'recall':>8}{'precision':>11}", end="")
    print("".join(f"{title:>{len(title) + 2}}" for title in COLUMNS.values()))
    for name, found in totals.items():
        print(f"{name:<13}{rates(found)['recall']:>8.3f}{rates(found)['precision']:>11.3f}", end="")
        print("".join(f"{found[key]:>{len(title) + 2}}" for key, title in COLUMNS.items()))


if __name__ == "__main__":
    main()
