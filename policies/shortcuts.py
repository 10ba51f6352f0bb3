"""Shortcut policies: what comes of acting without comparing; a read-heavy task defeats them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from writ_gym.database import JSON
from writ_gym.domain import Domain
from writ_gym.errors import WritGymError
from writ_gym.policies.flawed import Untold
from writ_gym.policies.swapping import Swapping, gold_call, plain, swapped
from writ_gym.policy import Policy, Privileged
from writ_gym.proofs import Decision, Proof
from writ_gym.seeding import rng_for
from writ_gym.tasks import Call, GoldWrite, Task
from writ_gym.trace import Key, all_said, identifies, strings_in

Pick: TypeAlias = Callable[[Sequence[JSON], np.random.Generator], JSON]
"""Commits to one of the acceptable candidates."""


def first(options: Sequence[JSON], rng: np.random.Generator) -> JSON:
    """Return the candidate that the tools show first."""
    return options[0]


def at_random(options: Sequence[JSON], rng: np.random.Generator) -> JSON:
    """Return any of the candidates."""
    return options[int(rng.integers(len(options)))]


class Committing(Swapping):
    """Commits to a candidate without comparing, wherever the user leaves a choice.

    A task that leaves none is played right.
    """

    def __init__(self, domain: Domain[Any], task: Task, proof: Proof[Any], pick: Pick) -> None:
        super().__init__(domain, task)
        self._proof = proof
        self._pick = pick

    def choose(self, seed: int) -> None:
        """Take for every decision what is picked, in all writes of its request."""
        rng = rng_for(seed, "shortcut")
        for index, decisions in enumerate(self._decisions()):
            picked = [(each.right, self._pick(each.options, rng)) for each in decisions]
            swaps = [(right, option) for right, option in picked if right != option]
            for gold in self.task.gold_writes if swaps else ():
                if gold.request == index:
                    self.swap(gold, self._committed(gold, swaps))

    def _decisions(self) -> Iterator[Sequence[Decision]]:
        """Yield the choices of each request, as they are when its turn comes."""
        for index, request in enumerate(self.task.scenario.requests):
            before = [gold_call(w) for w in self.task.gold_writes if w.request < index]
            found = self._proof.decisions(self.after(before), self.task.certificate.caller, request)
            yield [decision for decision in found if decision.options]

    def _committed(self, gold: GoldWrite, swaps: Sequence[tuple[JSON, JSON]]) -> dict[str, JSON]:
        """Return the arguments with the picks in them.

        If another record is written, what is named inside it is what comes closest there.
        """
        arguments: dict[str, JSON] = swapped(gold.arguments, swaps)
        session = self.after(self.before(gold))
        read, other = self.domain.target(gold.arguments), self.domain.target(arguments)
        if read == other:
            return arguments
        answers = [self.domain.tools.answer(session, c.name, c.arguments) for c in (read, other)]
        if any(error for _, error in answers):
            return arguments
        parts, others = (list(_parts(plain(text))) for text, _ in answers)
        more = [
            (value, found)
            for value in strings_in(arguments)
            if (found := counterpart(value, parts, others)) is not None
        ]
        swapped_more: dict[str, JSON] = swapped(arguments, more)
        return swapped_more


def _parts(value: JSON) -> Iterator[Mapping[str, JSON]]:
    """Yield the objects inside a JSON value, that in lists alone: the parts of a record."""
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _parts(item)
    elif isinstance(value, list):
        for item in value:
            if isinstance(item, Mapping):
                yield item
                yield from _parts(item)


def counterpart(
    value: str, parts: Sequence[Mapping[str, JSON]], others: Sequence[Mapping[str, JSON]]
) -> str | None:
    """Return what stands in another record where a value stands in one.

    Args:
        value: The value, such as the id of an item.
        parts: The parts of the record that it stands in, such as the items of an order.
        others: The parts of the other record.

    Returns:
        The value of the same field in the part that has most in common with the value's part;
        None if nothing is in common, or the value is in none of the parts.
    """
    found: list[tuple[int, str]] = []
    for part in parts:
        for field in [name for name, held in part.items() if held == value]:
            for other in others:
                common = sum(other.get(name) == held for name, held in part.items())
                if common and isinstance(other.get(field), str):
                    found.append((common, other[field]))
    return max(found, key=lambda item: item[0])[1] if found else None


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
                if all_said({name: value}, known)
            }
            self._guesses[self.key(gold_call(gold))] = Call(gold.name, guess)

    def _known(self, gold: GoldWrite) -> list[str]:
        """Return what is known of a write without reading: words, rules, and who the user is."""
        scenario = self.task.scenario
        facts = [*scenario.identity, *scenario.requests[gold.request].facts]
        known = [fact.text for fact in facts] + [scenario.requests[gold.request].text]
        known += [text for fact in facts for text in strings_in(fact.value)]
        known += [
            text
            for name, value in gold.arguments.items()
            if gold.provenance.get(name) in ("user", "rule")
            for text in strings_in(value)
        ]
        session = self.after([])
        reads = self.task.certificate.identification
        return known + [self.domain.tools.answer(session, c.name, c.arguments)[0] for c in reads]

    def hides(self, call: Call) -> bool:
        """Make no read but those that identify the user."""
        if super().hides(call):
            return True
        return self.domain.tools[call.name].kind == "read" and not identifies(self.task, call)

    def makes(self, call: Call) -> Sequence[Call]:
        """Make a write with as much of it as the user's words give."""
        return [self._guesses.get(self.key(call), call)]


def _shortcut(pick: Pick) -> Privileged:
    def make(domain: Domain[Any], task: Task) -> Policy:
        proof: Proof[Any] | None = vars(domain).get("proof")
        if proof is None:
            raise WritGymError(f"The {domain.name} domain has no proof that knows the candidates.")
        return Committing(domain, task, proof, pick)

    return Privileged(make)


SHORTCUTS = {
    "shortcut:first": _shortcut(first),
    "shortcut:random": _shortcut(at_random),
    "shortcut:no-reads": Privileged(NoReads),
}
"""The shortcut policies by name."""
