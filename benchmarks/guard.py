"""What the guard of model-played users objects to: nothing that is right, and how many lies.

The oracle, or another agent, serves scripted users with all behaviours. Every turn of theirs is
examined as it is, in other words, and with lies put into it that fit there. By slot, the sentence
of a fact is replaced by that of another value, as other tasks have it. Then users that play
right up to some turn, and are none from there on, are served: how many episodes are scored, and
how many of these come out at 0, which is the fault of the user.

With recordings of real agents and users (``shared/tau_bench`` beside the repository by default),
the messages of the agents are examined as if a user had written them, and those of the users as
they are. The words that tell an agent were chosen on the development part of the airline's agent
alone; what is printed is of the part held back, and of the shop.

Run it with: python benchmarks/guard.py [--tasks N] [--agent POLICY] [--data FOLDER] [DOMAIN ...]
"""

import argparse
import asyncio
import gzip
import json
import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from _dialogues import Dialogue, load

from writ_gym.coroutines import finish
from writ_gym.database import JSON
from writ_gym.domain import Domain, load_domain
from writ_gym.messages import assistant
from writ_gym.models.chat import ChatRequest, Completion
from writ_gym.policies import load_policy
from writ_gym.runs.rollouts import Rollout, play
from writ_gym.sampling.sampler import TaskSampler
from writ_gym.seeding import rng_for
from writ_gym.tasks import (
    Call,
    Fact,
    Instructions,
    Limits,
    Request,
    SamplerConfig,
    Scenario,
    Task,
)
from writ_gym.trace import marks_in
from writ_gym.understanding.reading import Lexicon, quoted, unquoted
from writ_gym.users.agenda import Agenda
from writ_gym.users.behaviours import phrases
from writ_gym.users.guard import examine
from writ_gym.users.guard.role import plays_agent, speaks_as_model
from writ_gym.users.llm import llm_user
from writ_gym.users.scripted import ScriptedUser
from writ_gym.users.simulators import UserTurn

OTHER_WORDS = (
    (r"\bI would like to\b", "I'd like to"), (r"\bI want to\b", "I'd love to"),
    (r"\bI would like\b", "I'd like"), (r"\bPlease\b", "Could you"), (r"\bIt is\b", "It's"),
    (r"\bThat concerns\b", "That is about"), (r"^(?:My|The) plan is to ", "I'm going to "),
    (r"\bThis concerns\b", "it's"), (r"\bis my zip code\b", "would be the zip"),
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
"""What is said where there is no recording."""
FOLDER = Path(__file__).parents[2] / "shared" / "tau_bench"
BAD_USERS = {
    "turns the roles around": (
        "May I have your e-mail address?", "Could you please provide your order number?",
        "What is your user id?", "Is there anything else you need?",
        "Your request has been completed.",
    ),
    "refuses as a model": (
        "As an AI language model, I cannot do that.", "I'm sorry, but I can't help with that.",
        "I cannot continue this conversation.",
    ),
    "never says what it wants": (
        "Hello", "I need some help", "Can you help me?", "It is about something", "Please help",
        "Well", "What do you mean?",
    ),
    "knows nothing": ("I don't know.", "I'm not sure.", "I can't remember.", "No idea."),
    "talks of other things": ("It rains.", "My cat is ill.", "So it goes.", "Lovely weather."),
    "only thanks": ("Thanks.", "Thank you.", "Okay.", "Great."),
    "says yes to everything": ("Yes, please.", "Yes, go ahead.", "Sure.", "That works for me."),
    "says no to everything": ("No.", "No, thank you.", "No, I do not want that."),
    "gives up": ("Never mind, forget it.", "Forget it.", "I don't need anything."),
    "only asks": ("What are your opening hours?", "How long does that take?", "Why?"),
    "wants something else": (
        "I want a full refund to my gift card instead.", "Please cancel everything.",
        "I would like to speak to a human.", "I want a discount.",
    ),
}  # fmt: skip
"""By what a bad user does, what it says in turn."""
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


class Replaced(Examined):
    """A scripted user of whose facts each is examined with the sentence of another value."""

    def __init__(self, tally: "Tally", known: "Sentences", *args: Any) -> None:
        super().__init__(tally, *args)
        self.known = known

    def see(self, turn: UserTurn) -> UserTurn:
        self.last = turn
        requests = self.agenda.scenario.requests
        for key, fact in self.agenda.facts() if not turn.calls else ():
            if key.request is None or fact.text not in turn.text:
                continue
            kind = (requests[key.request].intent, fact.slot)
            others = [text for text, value in self.known[kind].items() if value != fact.value]
            if others:
                other = others[int(rng_for(len(others), fact.text).integers(len(others)))]
                lie = UserTurn(turn.text.replace(fact.text, other), turn.end)
                self.tally.count(".".join(kind), examine(self.agenda, lie))
        if not turn.calls:
            self.agenda.note(turn.text)
        return turn


Sentences: TypeAlias = Mapping[tuple[str, str], Mapping[str, JSON]]
"""By intent and slot, the value of each sentence that states one."""


def sentences_of(tasks: Sequence[Task]) -> Sentences:
    """Return how the facts of tasks are stated."""
    found: dict[tuple[str, str], dict[str, JSON]] = defaultdict(dict)
    for request in (request for task in tasks for request in task.scenario.requests):
        for fact in request.facts:
            found[request.intent, fact.slot][fact.text] = fact.value
    return found


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


def facts_replaced(domain: Domain[Any], agent: str, count: int) -> Tally:
    """Examine users who say a fact as another task has it, slot by slot."""
    tally, world = Tally(), domain.world()
    tasks = list(TaskSampler(domain, SamplerConfig(behaviours=("all",)), world).tasks(101, count))
    known = sentences_of(tasks)
    rollout = Rollout(domain, world, agent, load_policy(agent), "replaced",
                      lambda *args: Replaced(tally, known, *args))  # fmt: skip
    for task in tasks:
        finish(play(rollout, task))
    tally.turns = Counter(dict(sorted(tally.turns.items())))
    return tally


def agents_as_users(dialogues: Sequence[Dialogue], lexicon: Lexicon) -> Tally:
    """Examine what real agents said as if a user had said it, after a request of its own."""
    tally = Tally()
    agenda = Agenda(_scenario(""), lexicon)
    for dialogue in dialogues:
        for text in dialogue.agent_texts:
            tally.count("", dict(_out_of_role(agenda, text)))
    return tally


def users_as_they_are(dialogues: Sequence[Dialogue], lexicon: Lexicon) -> Tally:
    """Examine what real users said, all of which they are taken to know."""
    tally = Tally()
    for dialogue in dialogues:
        agenda = Agenda(_scenario("\n".join(dialogue.user_texts)), lexicon)
        for text in dialogue.user_texts:
            tally.count("", dict(_out_of_role(agenda, text)))
    return tally


def _scenario(known: str) -> Scenario:
    wish = Request(intent="any", text="I need something.", facts=(
        Fact(slot="known", value=known, text="It is urgent."),))  # fmt: skip
    return Scenario(identity=(), requests=(wish,), seed=0)


def _out_of_role(agenda: Agenda, text: str) -> Iterator[tuple[str, str]]:
    for check in (plays_agent, speaks_as_model):
        if objection := check(agenda, UserTurn(text)):
            yield check.__name__, objection


def recorded(dialogues: Sequence[Dialogue], tasks: Mapping[str, Any], lexicon: Lexicon) -> Tally:
    """Examine the users of recorded episodes, whose scenario is an instruction in prose."""
    tally = Tally()
    for dialogue in dialogues:
        task = tasks[dialogue.name]
        known = f"Your user id is {task['user_id']}."
        wish = Request(intent="any", text="I need something.")
        told = Instructions(known_info=known, task_instructions=task["instruction"])
        scenario = Scenario(identity=(), requests=(wish,), seed=0, instructions=told)
        agenda = Agenda(scenario, lexicon)
        for agent, said, end in _spoken(dialogue):
            if agent:
                agenda.hear(agent)
            tally.count("", examine(agenda, UserTurn(said, end)))
            agenda.note(said)
    return tally


def _spoken(dialogue: Dialogue) -> Iterator[tuple[str, str, bool]]:
    """Yield what the agent has said before, what the user says, and whether it leaves."""
    yield "", dialogue.opening, False
    for turn in dialogue.turns:
        if turn.user:
            yield turn.agent, turn.user, turn.end


class Spoilt:
    """A chat model that answers as the scripted user does up to a turn, and then is no user."""

    name = "spoilt"

    def __init__(self, lines: Sequence[str], first: int, *args: Any) -> None:
        self.lines, self.first, self.said = lines, first, 0
        self.user = ScriptedUser(*args)

    async def complete(self, request: ChatRequest) -> Completion:
        turn = sum(m["role"] == "assistant" for m in request.messages)
        if turn < self.first:
            answer = await self._right(str(request.messages[-1]["content"]))
            calls = [{"name": c.name, "arguments": dict(c.arguments)} for c in answer.calls]
            more = {"calls": calls} if calls else {}
            return Completion(
                assistant(json.dumps({"say": answer.text, "end": answer.end, **more}))
            )
        self.said += 1
        line = self.lines[self.said % len(self.lines)]
        return Completion(assistant(json.dumps({"say": line, "end": False})))

    async def _right(self, heard: str) -> UserTurn:
        heard = heard.partition("\n\n(For you alone")[0]
        if heard.startswith("The agent writes:\n"):
            return await self.user.respond(heard.partition("\n")[2])
        if heard.startswith("["):
            return await self.user.observe([heard.partition(" answers] ")[2]])
        return await self.user.open()

    async def aclose(self) -> None:
        pass


def bad_users(domain: Domain[Any], lines: Sequence[str], count: int) -> Counter[str]:
    """Return how many episodes of the oracle with a user that is none ended how."""
    world, ends = domain.world(), Counter[str]()
    sampler = TaskSampler(domain, SamplerConfig(behaviours=("all",)), world)
    for number, task in enumerate(sampler.tasks(202, count)):
        first = int(rng_for(number, "bad").integers(0, 6))
        rollout = Rollout(
            domain, world, "oracle", load_policy("oracle"), "bad",
            lambda *args, n=first: llm_user(Spoilt(lines, n, *args))(*args),
            limits=Limits(turns=60),
        )  # fmt: skip
        record = asyncio.run(play(rollout, task))
        ends[record.status if record.reward is None else f"scored {record.reward:g}"] += 1
    return ends


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("domains", nargs="*", default=["retail", "airline", "telecom"])
    parser.add_argument("--tasks", type=int, default=200)
    parser.add_argument("--agent", default="oracle")
    parser.add_argument("--data", type=Path, default=FOLDER, help="folder of the recordings")
    asked = parser.parse_args()
    for name in asked.domains:
        show_made(name, asked.agent, asked.tasks)
        facts_replaced(load_domain(name), asked.agent, asked.tasks).show(
            f"{name}, facts as others have them"
        )
        show_bad(name, max(1, asked.tasks // 4))
    if asked.data.exists():
        show_recorded(asked.data)


def show_made(name: str, agent: str, count: int) -> None:
    domain, tally = load_domain(name), Tally()
    world = domain.world()
    sampler = TaskSampler(domain, SamplerConfig(behaviours=("all",)), world)
    rollout = Rollout(domain, world, agent, load_policy(agent), "examined",
                      lambda *args: Examined(tally, *args))  # fmt: skip
    for task in sampler.tasks(101, count):
        finish(play(rollout, task))
    tally.show(f"{name}, {count} tasks, {agent}")


def show_bad(name: str, count: int) -> None:
    print(f"\n{name}, {count} tasks with each kind of bad user, oracle")
    for kind, lines in BAD_USERS.items():
        ends = bad_users(load_domain(name), lines, count)
        print(f"  {kind:24}", ", ".join(f"{end} {n}" for end, n in sorted(ends.items())))


def show_recorded(folder: Path) -> None:
    for part in ("development", "held-back"):
        for name in ("airline", "retail"):
            lexicon = load_domain(name).lexicon
            chosen = [each for each in load(folder, part) if each.domain == name]
            agents_as_users(chosen, lexicon).show(f"real agents of {name} as users, {part}")
            users_as_they_are(chosen, lexicon).show(f"real users of {name}, {part}, their role")
    episodes = json.loads(gzip.decompress((folder / "gpt-4o-airline.json.gz").read_bytes()))
    tasks = {f"airline-{index}": each["info"]["task"] for index, each in enumerate(episodes)}
    chosen = [each for each in load(folder, "all") if each.domain == "airline"]
    started = time.process_time()
    tally = recorded(chosen, tasks, load_domain("airline").lexicon)
    spent = 1000 * (time.process_time() - started) / tally.turns[""]
    tally.show(f"real users of airline, with their instruction, {spent:.2f} ms of CPU a turn")


if __name__ == "__main__":
    main()
