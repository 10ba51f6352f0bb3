"""Flawed oracles: each does one thing wrong, for the filter that is meant to see it."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from writ_gym.domain import Domain
from writ_gym.policies.bent import Bent
from writ_gym.policies.swapping import WrongCandidate, gold_call
from writ_gym.policies.uniform import Seen
from writ_gym.policy import Policy, Privileged
from writ_gym.seeding import rng_for
from writ_gym.tasks import Call, Due, Task
from writ_gym.trace import identifies
from writ_gym.understanding.reading import read_agent
from writ_gym.understanding.telling import is_told

ATTEMPTS = 40
"""Random arguments for each write tool before an extra write is given up."""

_SENTENCES = re.compile(r"(?<=[.!?])\s+")


def _evidence(task: Task) -> list[tuple[Call, ...]]:
    """Return the necessary reads of a task, for each write and for what comes to none."""
    return [*(write.evidence for write in task.gold_writes), task.certificate.evidence]


class SkipsRead(Bent):
    """Acts right without having made one of the necessary reads: the last of the most."""

    def hides(self, call: Call) -> bool:
        """Hide the read that is skipped."""
        heaviest = max(_evidence(self.task), key=len)
        return any(self.key(call) == self.key(read) for read in heaviest[-1:])


class NoConfirmation(Bent):
    """Writes without asking first."""

    def says(self, text: str) -> str | None:
        """Leave proposals out; what they report besides is said."""
        lexicon = self.domain.lexicon
        if not read_agent(text, lexicon).proposes:
            return text
        report: list[str] = []
        for sentence in _SENTENCES.split(text):
            reading = read_agent(sentence, lexicon)
            if reading.proposes or not (reading.reports or reading.refuses):
                break
            report.append(sentence)
        if not report:
            return None
        self.agree_next()
        return " ".join(report)


class RepeatsReads(Bent):
    """Makes every second read twice."""

    def makes(self, call: Call) -> Sequence[Call]:
        """Make a read again."""
        if self.domain.all_tools[call.name].kind != "read":
            return [call]
        reads = [made for made in self.made if self.domain.all_tools[made.name].kind == "read"]
        return [call, call] if not reads or reads[-2:] != [reads[-1]] * 2 else [call]


class ExtraWrite(Bent):
    """Changes something that nobody asked for besides: after a write, or when it has read all."""

    async def reset(self, info: Mapping[str, Any]) -> None:
        """Begin."""
        await super().reset(info)
        self._rng = rng_for(info["seed"], "extra-write")
        self._seen = Seen()
        self._done = False

    def makes(self, call: Call) -> Sequence[Call]:
        """Add the write."""
        answer, _ = self.domain.all_tools.answer(self.after(self.made), call.name, call.arguments)
        self._seen.take(answer)
        if self._done or not self._is_time(call):
            return [call]
        extra = self._extra([*self.made, call])
        if extra is None:
            return [call]
        self._done = True
        return [call, extra]

    def _is_time(self, call: Call) -> bool:
        if self.task.gold_writes:
            return self.is_write(call)
        last = [read for reads in _evidence(self.task) for read in reads][-1:]
        return self.key(call) in [self.key(read) for read in last] or not last

    def _extra(self, made: Sequence[Call]) -> Call | None:
        """Return a write that goes through and leaves the way free for those to come."""
        gold = [gold_call(write) for write in self.task.gold_writes]
        needed = {self.key(call) for call in gold}
        ahead = [call for call in gold if self.key(call) not in map(self.key, made)]
        before = self.after(made).fingerprint()
        for tool in self.domain.tools:
            for _ in range(ATTEMPTS if tool.kind == "write" else 0):
                extra = Call(tool.name, tool.sample(self._rng, self._seen.value))
                session = self.after(made)
                _, failed = self.domain.all_tools.answer(session, extra.name, extra.arguments)
                if failed or session.fingerprint() == before or self.key(extra) in needed:
                    continue
                answers = [
                    self.domain.all_tools.answer(session, c.name, c.arguments) for c in ahead
                ]
                if not any(error for _, error in answers):
                    return extra
        return None


class Untold(Bent):
    """Does all that is to be done and keeps to itself what is due."""

    def hides(self, call: Call) -> bool:
        """Hand nobody over."""
        return call.name == self.domain.hand_over

    def says(self, text: str) -> str | None:
        """Say something vague in place of what is due."""
        due = [item for item in self.task.due if _tells(item, text)]
        if not due:
            return text
        lexicon = self.domain.lexicon
        last = _SENTENCES.split(text)[-1]
        more = last if read_agent(last, lexicon).offers_more else ""
        if read_agent(text, lexicon).proposes:
            return _without(text, due)
        if any(item.kind == "refusal" for item in due):
            return f"I am sorry, but I cannot do that for you. {more}".strip()
        return f"I have had a look at that for you, and all is in order. {more}".strip()


def _tells(due: Due, text: str) -> bool:
    return due.kind in ("number", "text", "refusal") and is_told(due, [text])


def _without(text: str, due: Sequence[Due]) -> str:
    """Return a proposal without the sentences that tell what is due."""
    sentences = _SENTENCES.split(text)
    return " ".join(s for s in sentences if not any(_tells(item, s) for item in due))


class Unidentified(Bent):
    """Takes the user's word for who they are, without looking it up."""

    def hides(self, call: Call) -> bool:
        """Hide the reads that find out who the user is."""
        return identifies(self.task, call)


_KINDS: dict[str, Callable[[Domain[Any], Task], Policy]] = {
    "skips-read": SkipsRead,
    "no-confirmation": NoConfirmation,
    "wrong-candidate": WrongCandidate,
    "repeats-reads": RepeatsReads,
    "extra-write": ExtraWrite,
    "untold": Untold,
    "unidentified": Unidentified,
}
FLAWED = {f"flawed:{name}": Privileged(make) for name, make in _KINDS.items()}
"""The flawed oracles by name. Where a task has nothing that could be done wrong in that way, such
as no write to confirm, they play it right."""
