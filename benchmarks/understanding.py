"""What the scripted user understands of real LLM agents:
python benchmarks/understanding.py [--part held-back] [--data FOLDER] [--json] [--differences]

Two sets of recorded conversations, in ``shared/tau_bench`` beside the repository by default, show
GPT-4o as agent of an airline (100) and of a shop (69) with LLM users. At each message of the
agent the scripted user is put where the real one was, answers, and the two answers are compared.

**Known facts.** The scenario is built from what the real user says over the whole conversation
(``_scripts``), in the slots of the domain. Values are found in the texts and normalised
(``_values``): ids, names, e-mail, zip, airports, dates, cabin, passengers, bags, insurance, payment
with the last digits of a card, reasons, a refund that is wanted, a limit of cost, items, options,
addresses. A value that can be anything (an id, a date, an airport …) and that the agent was the
first to say is learnt and not known; it is no fact. Where a user says different things at different
times, at each turn the user means what is said there, else said last before, else said next. To be
handed over to a human is meant by users alone who ever speak of that. Requests are told apart by
ids, by writes, by leave taken, and where the user brings something else after a report or a
refusal. How far each request is (waiting, stated, agreed to, done) and what was said so far are the
real user's, so that one misunderstanding is counted once.

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
picks from the list, the scripted one says its wish (*shown*).

**All counted** are both once more with nothing left out: what is volunteered is due, what is held
back or shown is wrong. A user that gives what it is asked for cannot reach those of a user that
says what it likes, when it likes; they say how much the above leaves out.

**Confirmations.** A message proposes if it asks for a yes to something definite
(``_speech.definite``): no choice between two values, nothing "other" or "different", no details of
which none is told. Where it does, and the real user agrees and the agent then writes, a yes is
*right* and its lack is *missed*. Any other yes is *wrong*, except

* *agreed*: something definite is proposed, and the real user agrees to it as well, in words or by
  what the agent goes on to write; and it names no value that the real user has otherwise;
* *put off*: something definite is proposed, the real user neither declines nor corrects nor wants
  anything else (``_speech.corrects``, which errs on the side of finding that), and later in the
  same request it agrees to the same values, which are then written;
* leave to look something up, where the real user does not object to that.

* *unforeseen*: something definite is proposed that names, of each kind of value that the user
  knows, one that it means, and the real user turns it down without a value that was not named: it
  haggles, doubts, has a condition that nobody has heard of, or changes its mind.

So a wrong yes is one to nothing definite, or against what the user knows. Values are all that is
looked at: where the real user means other items of the same product, or another order of things,
that counts as unforeseen. Nothing is left out of the two columns together. *early*: the scripted
user leaves, and a write was still to come.

**Parts.** All conversations of one customer are in one part, by a hash of domain and customer.
The development part was read. Of the held-back part only counts were looked at at first (by kind,
reading and stage), in the course of the work and not just once, and the comparison (what is left
out of recall and precision) was tuned with them. Later, a review listed 24 of its messages, at
which yeses had been counted as put off; these were read, and the kinds of mistakes in them were
then looked for, and mended, by examples of the development part and by made-up ones. So the
figures of the held-back part are no unbiased estimate, those of confirmations least of all.
"""

import argparse
import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypeAlias

from _dialogues import Dialogue, Turn, load
from _scripts import Script
from _speech import (
    affirms,
    asked,
    corrects,
    definite,
    invites,
    leaves_open,
    offers_to_look,
    shows_alternatives,
    speaks_of_all,
)
from _values import Values

from writ_gym import load_domain
from writ_gym.understanding.deeds import TRANSFER
from writ_gym.understanding.reading import Lexicon, is_yes
from writ_gym.users.goals import Stage
from writ_gym.users.scripted import ScriptedUser
from writ_gym.users.simulators import UserTurn

FOLDER = Path(__file__).parents[2] / "shared" / "tau_bench"
PARTS = ("development", "held-back", "all")
DOMAINS = ("airline", "retail")
Confirmation: TypeAlias = Literal["right", "agreed", "missed", "wrong", "unforeseen", "put off"]
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
    volunteered: dict[str, bool]
    """The same of the kinds that the real user gives, and that are not due."""
    said: dict[str, Literal["right", "wrong", "held back", "shown"]]
    """By text of a fact that the scripted user says, what it counts as."""
    confirmation: Confirmation | None
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
        given = {kind: _recovers(kind, script.said[index], facts) for kind in script.said[index]}
        due = _due(script, index)
        yield Case(
            dialogue=dialogue,
            index=index,
            turn=turn,
            answer=answer,
            given={kind: given[kind] for kind in sorted(due)},
            volunteered={kind: given[kind] for kind in given if kind not in due},
            said={text: _counts_as(script, index, text, facts[text]) for text in _distinct(facts)},
            confirmation=_confirmation(script, index, is_yes(answer.text)),
            early=answer.end and any(each.writes for each in dialogue.turns[index:]),
        )


def _due(script: Script, index: int) -> set[str]:
    """Return the kinds of values in the real answer that the agent has asked for."""
    dialogue, turn = script.dialogue, script.dialogue.turns[index - 1]
    if script.takes_leave(index):
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


def _confirmation(script: Script, index: int, yes: bool) -> Confirmation | None:
    """Return what the scripted user's yes, or the lack of one, counts as."""
    dialogue, turn = script.dialogue, script.dialogue.turns[index - 1]
    proposed = definite(dialogue, turn.agent)
    if affirms(turn.user) and turn.writes and proposed:
        return "right" if yes else "missed"
    if not yes or (not proposed and _looks_well(script, index)):
        return None
    if not proposed or _contradicted(script, index):
        return "wrong"
    if affirms(turn.user) or (turn.writes and not corrects(turn.user)):
        return "agreed"
    if not corrects(turn.user) and _agreed_later(script, index):
        return "put off"
    return "wrong" if _is_against_known(script, index) else "unforeseen"


def _looks_well(script: Script, index: int) -> bool:
    """Say whether the agent offers to look something up, and the real user has no objection."""
    turn = script.dialogue.turns[index - 1]
    return (
        offers_to_look(turn.agent) and not corrects(turn.user) and not _contradicted(script, index)
    )


def _contradicted(script: Script, index: int) -> bool:
    """Say whether the real user's answer has another value than what the agent has named."""
    turn = script.dialogue.turns[index - 1]
    shown = script.dialogue.values(turn.agent)
    whole = speaks_of_all(turn.agent) and not speaks_of_all(turn.user)
    return any(
        not values & shown.get(kind, values)
        or (whole and kind == "product" and values < shown.get(kind, NOBODY))
        for kind, values in script.said[index].items()
        if values != {"original"}  # which is the method that the agent may name
    )


def _is_against_known(script: Script, index: int) -> bool:
    """Say whether the agent has named other values than all that the scripted user means."""
    dialogue = script.dialogue
    shown = dialogue.values(dialogue.turns[index - 1].agent)
    scenario, stages, _, meant = script.moment(index)
    requests = zip(scenario.requests, stages, strict=True)
    facts = [f for request, stage in requests if stage in _AT_HAND for f in request.facts]
    return any(
        not known & shown.get(kind, known)
        for fact in facts
        for kind, known in meant[fact.text].items()
    )


_AT_HAND = (Stage.STATED, Stage.CONFIRMED)
"""Stages of requests that a proposal can be about."""


def _agreed_later(script: Script, index: int) -> bool:
    """Say whether the real user later agrees to the same, and it is then written."""
    dialogue = script.dialogue
    last = next((each.last for each in script.segments if each.first < index <= each.last), 0)
    proposal = dialogue.values(dialogue.turns[index - 1].agent)
    for turn in dialogue.turns[index:last]:
        again = dialogue.values(turn.agent)
        same = all(proposal[kind] & again[kind] for kind in proposal.keys() & again.keys())
        if same and affirms(turn.user) and turn.writes and definite(dialogue, turn.agent):
            return True
    return False


def measured(folder: Path, part: str, *, differences: bool = False) -> dict[str, Counter[str]]:
    """Return the counts of a part, by domain and in total."""
    lexicons = {name: with_aims(load_domain(name).lexicon) for name in DOMAINS}
    totals: dict[str, Counter[str]] = {name: Counter() for name in (*DOMAINS, "total")}
    for dialogue in load(folder, part):
        for case in cases(dialogue, lexicons[dialogue.domain]):
            for name in (dialogue.domain, "total"):
                totals[name] += counts_of(case)
            if differences:
                show(case)
    return totals


def with_aims(lexicon: Lexicon) -> Lexicon:
    """Return a domain's lexicon for recorded users: all may be meant by them, but a transfer."""
    deeds = frozenset(lexicon.deeds)
    return replace(lexicon, aims={"recorded": deeds, TRANSFER: deeds | {TRANSFER}})


def counts_of(case: Case) -> Counter[str]:
    found = Counter(f"said {what}" for what in case.said.values())
    found["turns"] = 1
    found["due"] = len(case.given)
    found["recovered"] = sum(case.given.values())
    found["volunteered"] = len(case.volunteered)
    found["volunteered and given"] = sum(case.volunteered.values())
    found["early"] = case.early
    if case.confirmation:
        found[f"{case.confirmation} yes"] = 1
    return found


def rates(counts: Counter[str]) -> dict[str, float]:
    """Return recall and precision of the facts given; the last two with nothing left out."""
    right, wrong = counts["said right"], counts["said wrong"]
    all_said = right + wrong + counts["said held back"] + counts["said shown"]
    all_given = counts["recovered"] + counts["volunteered and given"]
    return {
        "recall": counts["recovered"] / max(1, counts["due"]),
        "precision": right / max(1, right + wrong),
        "recall of all": all_given / max(1, counts["due"] + counts["volunteered"]),
        "precision of all": right / max(1, all_said),
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
    "unforeseen yes": "unforeseen", "agreed yes": "agreed", "put off yes": "put off",
    "early": "early",
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
    titles = [*rates(Counter()), *COLUMNS.values()]
    print(f"{options.part:<13}", *(f"{title:>{len(title) + 1}}" for title in titles))
    for name, found in totals.items():
        shares = [f"{each:.3f}" for each in rates(found).values()]
        cells = zip(titles, [*shares, *(found[key] for key in COLUMNS)], strict=True)
        print(f"{name:<13}", *(f"{cell:>{len(title) + 1}}" for title, cell in cells))


if __name__ == "__main__":
    main()
