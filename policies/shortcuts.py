"""Shortcut policies: what comes of acting without comparing; a read-heavy task defeats them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from writ_gym.certifying import leaves, stated
from writ_gym.database import JSON
from writ_gym.domain import Domain
from writ_gym.policies.flawed import Untold
from writ_gym.policies.swapping import Swaps, WrongCandidate, gold_call, plain, swapped
from writ_gym.policy import Policy, Privileged
from writ_gym.proofs import Decision, Proof
from writ_gym.seeding import rng_for
from writ_gym.tasks import Call, GoldWrite, Task
from writ_gym.trace import Key, identifies, strings_in

Place: TypeAlias = tuple[str | int, ...]
Pick: TypeAlias = Callable[[Decision, np.random.Generator], JSON]
"""Commits to one of the acceptable candidates, or to some of them where several are meant."""


def first(decision: Decision, rng: np.random.Generator) -> JSON:
    """Return the candidate that the tools show first."""
    return decision.options[:1] if isinstance(decision.right, tuple) else decision.options[0]


def at_random(decision: Decision, rng: np.random.Generator) -> JSON:
    """Return any of the candidates, or any selection of them."""
    options = decision.options
    if not isinstance(decision.right, tuple):
        return options[int(rng.integers(len(options)))]
    chosen = int(rng.integers(1, 1 << len(options)))
    return tuple(option for place, option in enumerate(options) if chosen >> place & 1)


class Committing(WrongCandidate):
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
            picked = [(each.right, self._pick(each, rng)) for each in decisions]
            swaps = [(right, option) for right, option in picked if right != option]
            for gold in self.task.gold_writes if swaps else ():
                if gold.request == index:
                    self.swap(gold, self._committed(gold, swaps))

    def _decisions(self) -> Iterator[Sequence[Decision]]:
        """Yield the choices of each request, as they are when its turn comes."""
        caller = self.task.certificate.caller
        for index, request in enumerate(self.task.scenario.requests):
            before = [gold_call(w) for w in self.task.gold_writes if w.request < index]
            found = self._proof.decisions(self.after(before), caller, request)
            yield [decision for decision in found if decision.options]

    def _committed(self, gold: GoldWrite, swaps: Swaps) -> dict[str, JSON]:
        """Return the arguments with the picks in them.

        What was to be copied from a record that was not picked is copied from the one that was.
        If it cannot be told what comes of a pick, it is some other candidate.
        """
        arguments = dict(gold.arguments)
        used = set(strings_in(gold.arguments))
        unclear = False
        for right, option in swaps:
            if isinstance(right, tuple):
                arguments = selected(arguments, right, option)
            elif right not in used:
                copied = self._copied(gold, right, option)
                unclear |= not copied
                arguments |= copied
        direct = [(right, option) for right, option in swaps if right in used]
        arguments = self._elsewhere(gold, swapped(arguments, direct))
        if unclear and arguments == gold.arguments:
            return next((o for o in self._others(gold) if self.works(gold, o)), arguments)
        return arguments

    def _copied(self, gold: GoldWrite, right: JSON, option: JSON) -> dict[str, JSON]:
        """Return the arguments that were taken from the right record, taken from another one."""
        proof = self.task.certificate
        for read in (*gold.evidence, *gold.searched, *proof.evidence, *proof.searched):
            if right in read.arguments.values():
                other = Call(read.name, swapped(read.arguments, [(right, option)]))
                records = [self._answer_to(call, gold) for call in (read, other)]
                places = dict(_places(records[1]))
                return {
                    name: places[place]
                    for place, value in _places(records[0])
                    for name in map(str, place[-1:])
                    if gold.arguments.get(name) == value
                    and gold.provenance.get(name) == "read"
                    and place in places
                }
        return {}

    def _elsewhere(self, gold: GoldWrite, arguments: dict[str, JSON]) -> dict[str, JSON]:
        """Return the arguments for another record than the right one, if that is what is written.

        What is named inside it is what comes closest there.
        """
        read, other = self.domain.target(gold.arguments), self.domain.target(arguments)
        if read == other:
            return arguments
        parts, others = (list(_parts(self._answer_to(call, gold))) for call in (read, other))
        more = [
            (value, found)
            for value in strings_in(arguments)
            if (found := counterpart(value, parts, others)) is not None
        ]
        swapped_more: dict[str, JSON] = swapped(arguments, more)
        return swapped_more

    def _answer_to(self, call: Call, gold: GoldWrite) -> JSON:
        session = self.after(self.before(gold))
        text, error = self.domain.tools.answer(session, call.name, call.arguments)
        return None if error else plain(text)


def selected(
    arguments: Mapping[str, JSON], right: Sequence[JSON], chosen: Sequence[JSON]
) -> dict[str, JSON]:
    """Return arguments in which a list of the right ones has those that were chosen.

    Lists that are in step with it lose the same places; what is chosen besides has no place there
    and is left out.
    """
    lists = {name: value for name, value in arguments.items() if isinstance(value, list)}
    in_step = [v for v in lists.values() if len(v) == len(right) and set(v) == set(right)]
    if not in_step:
        return dict(arguments)
    if len(lists) == 1:
        return {n: list(chosen) if n in lists else v for n, v in arguments.items()}
    kept = [place for place, value in enumerate(in_step[0]) if value in chosen]
    return {n: [v[place] for place in kept] if n in lists else v for n, v in arguments.items()}


def _places(value: JSON, place: Place = ()) -> Iterator[tuple[Place, JSON]]:
    """Yield the scalars in a JSON value, each with the way to it."""
    if isinstance(value, Mapping | list):
        items = value.items() if isinstance(value, Mapping) else enumerate(value)
        for key, item in items:
            yield from _places(item, (*place, key))
    else:
        yield place, value


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
        return self.domain.tools[call.name].kind == "read" and not identifies(self.task, call)

    def makes(self, call: Call) -> Sequence[Call]:
        """Make a write with as much of it as the user's words give."""
        return [self._guesses.get(self.key(call), call)]


def _shortcut(pick: Pick) -> Privileged:
    def make(domain: Domain[Any], task: Task) -> Policy:
        return Committing(domain, task, domain.proof, pick)

    return Privileged(make)


SHORTCUTS = {
    "shortcut:first": _shortcut(first),
    "shortcut:random": _shortcut(at_random),
    "shortcut:no-reads": Privileged(NoReads),
}
"""The shortcut policies by name."""
