"""Why an episode failed: one main cause, from the reward's components and what was done.

An episode has several faults at times, of which some follow from others: who never read enough
writes the wrong thing, and runs into a limit while the user complains. ``CAUSES`` puts first what
explains the rest, and the first one that holds is the main cause.
"""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, NamedTuple, TypeAlias

from writ_gym.datasets.filters import missing_read, user_in_scenario
from writ_gym.domain import Domain, load_domain
from writ_gym.messages import ENVIRONMENT
from writ_gym.records import EpisodeRecord
from writ_gym.tasks import Call, GoldWrite
from writ_gym.trace import Made, calls_made, gold_key


class Pairs(NamedTuple):
    """Which calls stand for which gold writes, where they are not equal."""

    instead: Sequence[tuple[GoldWrite, Made]]
    """Gold writes, and the call of the same tool that was made in the place of each."""
    missing: Sequence[GoldWrite]
    """Gold writes that no call stands for."""
    extra: Sequence[Made]
    """Writes that went through and stand for no gold write."""


class Failure:
    """A scored episode with a reward below 1, and what was done in it."""

    def __init__(self, record: EpisodeRecord) -> None:
        self.record = record
        self.task = record.task
        self.domain: Domain[Any] = load_domain(record.domain)
        self.calls = list(calls_made(record, self.domain))

    def lacks(self, component: str) -> bool:
        """Say whether a component of the reward is not 1."""
        return (self.record.reward_components or {}).get(component) != 1.0

    @cached_property
    def pairs(self) -> Pairs:
        """What was written in comparison with the gold; nothing if the state is right."""
        if not self.lacks("state"):
            return Pairs((), (), ())
        writes = [call for call in self.calls if call.kind == "write" and not call.failed]
        unmade: list[GoldWrite] = []
        for gold in self.task.gold_writes:
            equal = next((call for call in writes if call.key == self._key(gold)), None)
            if equal is None:
                unmade.append(gold)
            else:
                writes.remove(equal)
        # A try that the tool refused is no write; but it was meant for one.
        tries = [call for call in self.calls if call.kind == "write" and call.failed]
        instead: list[tuple[GoldWrite, Made]] = []
        for among, fits in (
            (writes, self._hits_the_record_of), (writes, _has_the_tool_of),
            (tries, _has_the_tool_of),
        ):  # fmt: skip
            for gold in tuple(unmade):
                made = next((call for call in among if fits(call, gold)), None)
                if made is not None and made.key != self._key(gold):
                    instead.append((gold, made))
                    unmade.remove(gold)
                    among.remove(made)
        return Pairs(instead, unmade, writes)

    @cached_property
    def unwanted(self) -> Sequence[Made]:
        """Writes that went through where a request comes to none: not the right ones once more."""
        right = {self._key(gold) for gold in self.task.gold_writes}
        extra = self.pairs.extra if self.task.unwritten else ()
        return [made for made in extra if made.key not in right]

    def _key(self, gold: GoldWrite) -> object:
        return gold_key(self.domain, Call(gold.name, gold.arguments))

    def _hits_the_record_of(self, made: Made, gold: GoldWrite) -> bool:
        target = self.domain.target
        return made.name == gold.name and target(made.arguments) == target(gold.arguments)

    def knew(self, reads: Sequence[Call], place: int) -> bool:
        """Say whether all of these reads had answered before a place in the conversation."""
        return missing_read(reads, self.calls, place, self.domain) is None


def _has_the_tool_of(made: Made, gold: GoldWrite) -> bool:
    return made.name == gold.name


def user_fault(failure: Failure) -> bool:
    """Say whether the user made up an id, an amount or another number."""
    return user_in_scenario(failure.record) is not None


def format_error(failure: Failure) -> bool:
    """Say whether errors ended it, at least half of them messages or calls of no valid form."""
    record = failure.record
    if record.termination != "tool_error_limit":
        return False
    notices = sum(m["role"] == "user" and m.get("name") == ENVIRONMENT for m in record.messages)
    untaken = sum(not call.taken and call.requestor == "assistant" for call in failure.calls)
    return bool(2 * (notices + untaken) >= record.measured.tool_errors)


def write_too_early(failure: Failure) -> bool:
    """Say whether a wrong write was made before the necessary reads of that write had answered.

    Or a right one that is credited only if it was known to be right. Never of a task of somebody
    else's data: its reads are not known to be necessary.
    """
    pairs, task = failure.pairs, failure.task
    if task.recorded:
        return False
    if failure.lacks("known"):
        return True
    if any(not failure.knew(gold.evidence, made.place) for gold, made in pairs.instead):
        return True
    reads = task.certificate.evidence
    return any(not failure.knew(reads, made.place) for made in failure.unwanted)


def wrong_argument(failure: Failure) -> bool:
    """Say whether the right tool was called with a wrong argument, with all known that it needs."""
    return bool(failure.pairs.instead)


def policy_breach(failure: Failure) -> bool:
    """Say whether it wrote although a rule forbids it, or handed the user over without need."""
    kinds = {item.kind for item in failure.task.due}
    handed = any(c.name == failure.domain.hand_over and not c.failed for c in failure.calls)
    wrote = "refusal" in kinds and bool(failure.unwanted)
    return wrote or (handed and "hand_over" not in kinds)


def extra_write(failure: Failure) -> bool:
    """Say whether it wrote something that nobody needs, or the right thing twice."""
    return bool(failure.pairs.extra)


def limit_reached(failure: Failure) -> bool:
    """Say whether a limit of turns, errors or tokens cut it off."""
    return failure.lacks("finished")


def missing_write(failure: Failure) -> bool:
    """Say whether a write that the task needs was not made, nor anything in its place."""
    return bool(failure.pairs.missing)


def not_told(failure: Failure) -> bool:
    """Say whether only something due is missing: an answer, a refusal, a hand-over."""
    return not failure.lacks("state") and failure.lacks("told")


def other(failure: Failure) -> bool:
    """Take the rest, such as the right writes in an order that comes to something else."""
    return True


Cause: TypeAlias = Callable[[Failure], bool]
CAUSES: dict[str, Cause] = {
    each.__name__: each
    for each in (
        user_fault, format_error, write_too_early, wrong_argument, policy_breach, extra_write,
        limit_reached, missing_write, not_told, other,
    )
}  # fmt: skip
"""The causes by name; of those that hold, the first is the main one."""


def cause_of(record: EpisodeRecord) -> str | None:
    """Return the main cause of a failure, a name in ``CAUSES``; None for an episode that passed.

    An episode without a score has not failed: its status says why there is none.
    """
    if record.reward is None or record.reward >= 1.0:
        return None
    failure = Failure(record)
    return next(name for name, holds in CAUSES.items() if holds(failure))
