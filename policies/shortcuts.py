"""Shortcut policies: what comes of acting without comparing; a read-heavy task defeats them."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np

from writ_gym.certificates.certifying import stated
from writ_gym.database import JSON, Database, leaves
from writ_gym.domain import Domain
from writ_gym.meaning.proofs import Decision, Proof
from writ_gym.policies.bent import Bent
from writ_gym.policies.flawed import Untold
from writ_gym.policies.swapping import Swapping, gold_call
from writ_gym.policy import Policy, Privileged
from writ_gym.sampling.sampler import TaskSampler
from writ_gym.seeding import rng_for
from writ_gym.tasks import Call, GoldWrite, Request, SamplerConfig, Task
from writ_gym.trace import Key, identifies
from writ_gym.understanding.reading import read_agent

Pick: TypeAlias = Callable[[Decision, np.random.Generator], JSON]
"""Commits to one of the acceptable candidates, or to some of them where several are meant."""


def first(decision: Decision, rng: np.random.Generator) -> JSON:
    """Return the candidate that the tools show first."""
    return decision.options[:1] if decision.together else decision.options[0]


def at_random(decision: Decision, rng: np.random.Generator) -> JSON:
    """Return any of the candidates, or any selection of them; of deeds, as many as it takes."""
    options = decision.options
    if not decision.together:
        return options[int(rng.integers(len(options)))]
    if decision.deeds:
        places = rng.permutation(len(options))[: len(decision.right)]
        return tuple(options[place] for place in sorted(places))
    chosen = int(rng.integers(1, 1 << len(options)))
    return tuple(option for place, option in enumerate(options) if chosen >> place & 1)


def everything(decision: Decision, rng: np.random.Generator) -> JSON:
    """Return all that may be done, or the first of the records that it may be done to."""
    return decision.options if decision.deeds else first(decision, rng)


class Committing(Swapping):
    """Commits to a candidate without comparing, wherever the user leaves a choice.

    Everything else about the candidate is done right. A task that leaves no choice is played right.
    """

    def __init__(self, domain: Domain[Any], task: Task, proof: Proof[Any], pick: Pick) -> None:
        super().__init__(domain, task)
        self._proof = proof
        self._pick = pick

    async def reset(self, info: Mapping[str, Any]) -> None:
        """Begin, and choose what to write instead."""
        self._left_out: set[Key] = set()
        self._more: dict[Key, Sequence[Call]] = {}
        await super().reset(info)

    def choose(self, seed: int) -> None:
        """Commit request by request, each as it is when its turn comes."""
        rng = rng_for(seed, "shortcut")
        for index, request in enumerate(self.task.scenario.requests):
            gold = [write for write in self.task.gold_writes if write.request == index]
            before = [gold_call(w) for w in self.task.gold_writes if w.request < index]
            writes = self._committed(self.after(before), request, rng)
            if {self.key(write) for write in writes} != {self.key(gold_call(w)) for w in gold}:
                for right, write in zip(gold, writes, strict=False):
                    self.swap(right, write)
                self._left_out |= {self.key(gold_call(w)) for w in gold[len(writes) :]}
                if gold:
                    self._more[self.key(gold_call(gold[-1]))] = writes[len(gold) :]

    def makes(self, call: Call) -> Sequence[Call]:
        """Make the writes that were chosen instead, be they more."""
        return [*super().makes(call), *self._more.get(self.key(call), ())]

    def _committed(
        self, session: Database, request: Request, rng: np.random.Generator
    ) -> Sequence[Call]:
        """Return what a request comes to if every choice in it is made by the shortcut."""
        caller, picks = self.task.certificate.caller, dict[str, JSON]()
        while decisions := self._proof.decisions(session, caller, request, picks):
            picks[decisions[0].what] = self._pick(decisions[0], rng)
        return self._proof.meaning(session, caller, request, picks).writes

    def hides(self, call: Call) -> bool:
        """Leave a gold write out where fewer are made."""
        return self.key(call) in self._left_out


class NoReads(Untold):
    """Finds out who the user is, and then acts on the user's words alone."""

    async def reset(self, info: Mapping[str, Any]) -> None:
        """Begin, and see which writes the user's words give."""
        await super().reset(info)
        self._guesses: dict[Key, Call] = {}
        for gold in self.task.gold_writes:
            known = self._known(gold)
            guess = {
                name: value
                for name, value in gold.arguments.items()
                if gold.provenance.get(name) in ("user", "rule") or known.issuperset(leaves(value))
            }
            self._guesses[self.key(gold_call(gold))] = Call(gold.name, guess)

    def _known(self, gold: GoldWrite) -> set[JSON]:
        """Return what is known without reading: the user's words, and who the user is.

        Of several things that the user names, one of which is meant, none is known to be it.
        """
        facts = [*self.task.scenario.identity, *self.task.scenario.requests[gold.request].facts]
        return {*stated([fact.value for fact in facts]), self.task.certificate.caller}

    def hides(self, call: Call) -> bool:
        """Make no read but those that identify the user."""
        if super().hides(call):
            return True
        return self.domain.all_tools[call.name].kind == "read" and not identifies(self.task, call)

    def makes(self, call: Call) -> Sequence[Call]:
        """Make a write with as much of it as the user's words give."""
        return [self._guesses.get(self.key(call), call)]


class TriesAll(Committing):
    """Finds out who the user is, and then tries all that may help, without a look at anything.

    Where records are to be chosen, it takes the first.
    """

    def __init__(self, domain: Domain[Any], task: Task) -> None:
        super().__init__(domain, task, domain.proof, everything)

    def hides(self, call: Call) -> bool:
        """Make no read but those that identify the user."""
        is_read = self.domain.all_tools[call.name].kind == "read"
        return super().hides(call) or (is_read and not identifies(self.task, call))


class Phrasebook(Bent):
    """Finds out who the user is, looks at nothing else, and refuses with all reasons there are.

    It knows what is told in other tasks of the domain, and nothing of this one.
    """

    def hides(self, call: Call) -> bool:
        """Make no call but those that identify the user."""
        return not identifies(self.task, call)

    def says(self, text: str) -> str | None:
        """Ask what the oracle asks, and say all phrases in place of anything else."""
        reading = read_agent(text, self.domain.lexicon)
        if reading.asks and not (reading.proposes or reading.refuses or reading.reports):
            return text
        reasons = ", ".join(phrases(self.domain))
        return f"I am sorry, I cannot do that. That is how it is: {reasons}."


FAMILIAR = 150
"""Tasks without writes that a phrasebook is made from."""


@lru_cache
def phrases(domain: Domain[Any]) -> tuple[str, ...]:
    """Return what was to be told in more than one of some tasks of a domain, in words."""
    tasks = TaskSampler(domain, SamplerConfig(write_count=(0, 0))).tasks(0, FAMILIAR)
    due = Counter(f"{item.value:g}" if isinstance(item.value, float) else item.value
                  for task in tasks for item in task.due if item.kind != "hand_over")  # fmt: skip
    return tuple(value.replace("_", " ") for value, count in due.most_common() if count > 1)


def _shortcut(pick: Pick) -> Privileged:
    def make(domain: Domain[Any], task: Task) -> Policy:
        return Committing(domain, task, domain.proof, pick)

    return Privileged(make)


SHORTCUTS = {
    "shortcut:first": _shortcut(first),
    "shortcut:random": _shortcut(at_random),
    "shortcut:no-reads": Privileged(NoReads),
    "shortcut:tries-all": Privileged(TriesAll),
    "shortcut:phrasebook": Privileged(Phrasebook),
}
"""The shortcut policies by name."""
