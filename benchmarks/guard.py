"""What the guard of model-played users objects to: nothing that is right, and how many lies.

The oracle, or another agent, serves scripted users with all behaviours. Every turn of theirs is
examined as it is, in other words, and with lies put into it that fit there.

Run it with: python benchmarks/guard.py [--tasks N] [--agent POLICY] [--recorded FILE] [DOMAIN ...]
``FILE`` has recorded episodes of tau-bench (gzipped JSON), whose users are examined, too.
"""

import argparse
import gzip
import json
import re
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

from writ_gym.agenda import Agenda
from writ_gym.behaviours import phrases
from writ_gym.coroutines import finish
from writ_gym.domain import load_domain
from writ_gym.guard import examine
from writ_gym.policies import load_policy
from writ_gym.rollouts import Rollout, play
from writ_gym.sampling import TaskSampler
from writ_gym.seeding import rng_for
from writ_gym.simulators import UserTurn
from writ_gym.tasks import Call, Fact, Request, SamplerConfig, Scenario
from writ_gym.trace import marks_in
from writ_gym.understanding import quoted, unquoted
from writ_gym.users import ScriptedUser

OTHER_WORDS = (
    (r"\bI would like to\b", "I'd like to"), (r"\bI want to\b", "I'd love to"),
    (r"\bI would like\b", "I'd like"), (r"\bPlease\b", "Could you"), (r"\bIt is\b", "It's"),
    (r"\bThat concerns\b", "That is about"), (r"^(?:My|The) plan is to ", "I'm going to "),
    (r"\bThe order concerned is\b", "it's"), (r"\bis my zip code\b", "would be the zip"),
    (r"^(?:My name is|This is) ", ""), (r"\bI am\b", "I'm"), (r"\bdo not\b", "don't"),
    (r"\bout of all my\b", "of all my"), (r"\bmost expensive\b", "priciest"),
    (r"\bin stock\b", "available"), (r"\bwith the second\b", "having the second"),
    (r"^Yes, (?:please|go ahead|that is right|please do that)\.?", "Yes, works for me, go ahead."),
    (r"^(?:Thanks|Thank you|Great, thanks|Good, thanks|Okay, thank you)\.", "Thanks for the help."),
    (r"(?:That is all, good|That was everything, |Nothing else, thank you\. B)b?ye\.",
     "That's all I needed, take care."),
)  # fmt: skip
AGENTS_WORDS = (
    "How can I assist you today?", "Is there anything else I can help you with?",
    "Let me look that up for you.", "Thank you for contacting us.",
    "I have processed your request.", "Can you please provide your email?",
)  # fmt: skip
FLIPS = {"lowest": "highest", "cheapest": "most expensive", "least expensive": "most expensive",
         "highest": "lowest", "most expensive": "cheapest", "second": "third", "third": "second",
         "shortest": "longest"}  # fmt: skip


def reworded(text: str) -> str:
    """Return what a turn says in other words and order, at times in lower case."""
    if quoted(text):
        return text
    rng = rng_for(len(text), "words")
    parts = re.split(r"(?<=[.!?])\s+", text)
    if len(parts) > 2 and rng.random() < 0.5 and not text.startswith(("Yes", "No")):
        parts = [parts[int(i)] for i in rng.permutation(len(parts))]
    for pattern, words in OTHER_WORDS:
        parts = [re.sub(pattern, words, part) for part in parts]
    text = " ".join(parts)
    return text.lower() if rng.random() < 0.3 else text


def lies(agenda: Agenda, turn: UserTurn) -> Iterator[tuple[str, UserTurn]]:
    """Yield the lies that fit into the place of a turn, each with its kind."""
    if turn.calls:
        yield from _with_hands(agenda, turn)
    else:
        yield from _about_facts(agenda, turn.text)
        yield from _out_of_place(agenda, turn)
        yield from _about_reports(turn.text)


def _with_hands(agenda: Agenda, turn: UserTurn) -> Iterator[tuple[str, UserTurn]]:
    rng = rng_for(len(agenda.turns), turn.calls[0].name)
    others = [t for t in agenda.hands.tools if t.kind == "write" and t.name != turn.calls[0].name]
    tool = others[int(rng.integers(len(others)))]
    yield "another tool", UserTurn("", calls=(Call(tool.name, tool.sample(rng)),))
    yield "not done", UserTurn("I have done that, I checked it, all looks fine.")


def _about_facts(agenda: Agenda, text: str) -> Iterator[tuple[str, UserTurn]]:
    for mark in sorted(marks_in(unquoted(text))):
        false = re.sub(r"\d(?=\D*$)", lambda m: str((int(m[0]) + 5) % 10), mark)
        if len(mark) >= 4 and false not in agenda.corpus.lower():
            yield "false id", UserTurn(text.lower().replace(mark, false))
            break
    facts = "\n".join(fact.text for _, fact in agenda.facts() if fact.text in text)
    for word, other in FLIPS.items():
        if re.search(rf"\b{word}\b", facts):
            yield "other rank", UserTurn(re.sub(rf"\b{word}\b", other, text))
            break
    hidden = [fact.text for key, fact in agenda.facts()
              if key.slot not in agenda.volunteered[key.request]]  # fmt: skip
    if agenda.reading is None and hidden:
        yield "tells all", UserTurn(" ".join([text, *hidden]))


def _out_of_place(agenda: Agenda, turn: UserTurn) -> Iterator[tuple[str, UserTurn]]:
    text = turn.text
    sentence = AGENTS_WORDS[int(rng_for(len(text), "agent").integers(len(AGENTS_WORDS)))]
    yield "agent's words", UserTurn(f"{text} {sentence}")
    if not turn.end and not agenda.may_give_up:
        yield "leaves", UserTurn(f"{text} Bye!", end=True)
    if text.startswith(phrases.NO):
        yield "yes to a wrong proposal", UserTurn(phrases.YES[0])
    if text.startswith(phrases.YES):
        yield "no to a right proposal", UserTurn(phrases.NO[0])


def _about_reports(text: str) -> Iterator[tuple[str, UserTurn]]:
    for answer in quoted(text)[:1]:
        flipped = re.sub(r"\b(ON|OFF|on|off)\b",
                         lambda m: "OFF" if m[0].lower() == "on" else "ON", answer)  # fmt: skip
        if flipped != answer:
            yield "false quotation", UserTurn(text.replace(answer, flipped))
            yield "false report", UserTurn(f"Okay. {flipped.splitlines()[0]}")


class Examined(ScriptedUser):
    """A scripted user whose turns are examined, as they are, in other words, and with lies."""

    def __init__(self, tally: "Tally", *args: Any) -> None:
        super().__init__(*args)
        self.tally, self.last = tally, UserTurn("")
        self.agenda, self.again = Agenda(*args), Agenda(*args)

    def see(self, turn: UserTurn) -> UserTurn:
        self.last = turn
        words = UserTurn(reworded(turn.text), turn.end, turn.calls)
        for name, agenda, said in (("", self.agenda, turn), ("reworded", self.again, words)):
            self.tally.count(name, examine(agenda, said))
            if name:
                continue
            for kind, lie in lies(agenda, turn):
                self.tally.count(kind, examine(agenda, lie))
        if not turn.calls:
            self.agenda.note(turn.text)
            self.again.note(words.text)
        return turn

    async def open(self) -> UserTurn:
        return self.see(await super().open())

    async def respond(self, text: str) -> UserTurn:
        self.agenda.hear(text)
        self.again.hear(text)
        return self.see(await super().respond(text))

    async def observe(self, answers: Any) -> UserTurn:
        self.agenda.use(self.last.calls, answers)
        self.again.use(self.last.calls, answers)
        return self.see(await super().observe(answers))


class Tally:
    """By kind of turn, how many were examined, how many objected to, and why."""

    def __init__(self) -> None:
        self.turns: Counter[str] = Counter()
        self.caught: Counter[str] = Counter()
        self.reasons: dict[str, Counter[str]] = {}

    def count(self, kind: str, found: dict[str, str]) -> None:
        self.turns[kind] += 1
        self.caught[kind] += bool(found)
        self.reasons.setdefault(kind, Counter()).update(found.keys())

    def show(self, title: str) -> None:
        print(f"\n{title}")
        for kind, turns in self.turns.items():
            why = ", ".join(f"{name} {n}" for name, n in self.reasons[kind].most_common(3))
            share = self.caught[kind] / turns
            print(f"  {kind or 'as it is':24} {turns:6} turns {share:7.1%} objected to  {why}")


def recorded(path: str) -> Tally:
    """Examine the users of recorded tau-bench episodes, whose scenario is one instruction."""
    tally = Tally()
    lexicon = load_domain("airline").lexicon
    with gzip.open(path) as file:
        episodes = json.load(file)
    for episode in episodes:
        task = episode["info"]["task"]
        known = Fact(slot="user_id", value=task["user_id"], text=f"I am {task['user_id']}.")
        wish = Request(intent="any", text=task["instruction"])
        agenda = Agenda(Scenario(identity=(known,), requests=(wish,), seed=0), lexicon)
        for message in episode["traj"]:
            text = message.get("content") or ""
            if message["role"] == "assistant" and text and not message.get("tool_calls"):
                agenda.hear(text)
            elif message["role"] == "user":
                said, stop, _ = text.partition("###STOP###")
                if said.strip():
                    found = examine(agenda, UserTurn(said.strip(), bool(stop)))
                    # An instruction is prose: what is open or may be said yet cannot be told.
                    for name in ("leaks", "ends_early", "lingers", "accepts_wrong"):
                        found.pop(name, None)
                    tally.count("", found)
                    agenda.note(said)
    return tally


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("domains", nargs="*", default=["retail", "airline", "telecom"])
    parser.add_argument("--tasks", type=int, default=200)
    parser.add_argument("--agent", default="oracle")
    parser.add_argument("--recorded")
    asked = parser.parse_args()
    for name in asked.domains:
        domain, tally = load_domain(name), Tally()
        world = domain.world()
        sampler = TaskSampler(domain, SamplerConfig(behaviours=("all",)), world)
        rollout = Rollout(domain, world, asked.agent, load_policy(asked.agent), "examined",
                          lambda *args, to=tally: Examined(to, *args))  # fmt: skip
        for task in sampler.tasks(101, asked.tasks):
            finish(play(rollout, task))
        tally.show(f"{name}, {asked.tasks} tasks, {asked.agent}")
    if asked.recorded:
        started = time.process_time()
        tally = recorded(asked.recorded)
        spent = 1000 * (time.process_time() - started) / tally.turns[""]
        tally.show(f"recorded users, {spent:.2f} ms of CPU a turn")


if __name__ == "__main__":
    main()
