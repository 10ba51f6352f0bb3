"""Filters: a trajectory is kept only if it is right, not only if it ended well.

Each filter is a pure function that looks at one record and gives the reason to drop it, or None.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias, cast

from writ_gym.datasets.outside import made_up, other_wishes
from writ_gym.domain import Domain, load_domain
from writ_gym.errors import WritGymError
from writ_gym.messages import ENVIRONMENT, Message, is_hidden
from writ_gym.records import EpisodeRecord
from writ_gym.tasks import Call
from writ_gym.trace import (
    Key,
    Made,
    all_said,
    calls_made,
    gold_key,
    identifies,
    is_said,
    is_user,
    made_for,
    marks_in,
    strings_in,
)
from writ_gym.understanding.reading import is_yes, read_agent
from writ_gym.users.behaviours import BEHAVIOURS

Filter: TypeAlias = Callable[[EpisodeRecord], str | None]
"""Gives the reason to drop a record, None if there is none."""

_ONE_CALL = "at most one tool call at a time"
"""What a policy document says if several tool calls in one message are a breach of it."""


def state(record: EpisodeRecord) -> str | None:
    """Drop a trajectory that does not end in the state of the gold writes."""
    return _component(record, "state", "the final state is not that of the gold writes")


def told(record: EpisodeRecord) -> str | None:
    """Drop a trajectory in which something due was not told."""
    return _component(record, "told", "something due was not told")


def known(record: EpisodeRecord) -> str | None:
    """Drop a trajectory that writes what takes a diagnosis before it can be known to be right."""
    return _component(record, "known", "something was tried before it was known to be right")


def finished(record: EpisodeRecord) -> str | None:
    """Drop a trajectory that has no score or that a limit cut off."""
    return _component(record, "finished", f"it was cut off ({record.termination})")


def _component(record: EpisodeRecord, name: str, reason: str) -> str | None:
    if record.reward_components is None:
        return f"it has no score ({record.status})"
    return None if record.reward_components[name] == 1.0 else reason


def evidence(record: EpisodeRecord) -> str | None:
    """Drop a trajectory that writes, or says that nothing may be written, before it can know.

    Tasks of somebody else's data are passed: their reads are not known to be necessary.
    """
    task, domain = record.task, load_domain(record.domain)
    if task.recorded:
        return None
    calls = list(calls_made(record, domain))
    writes = [call for call in calls if call.kind == "write" and not call.failed]
    for gold in task.gold_writes:
        made = made_for(gold, writes, domain)
        if made is not None:
            missing = missing_read(gold.evidence, calls, made.place, domain)
            if missing:
                return f"{gold.name} was called before {_show(missing)}"
    if task.unwritten:
        missing = missing_read(task.certificate.evidence, calls, len(record.messages), domain)
        if missing:
            return f"it was not known that nothing may be written without {_show(missing)}"
    return None


def missing_read(
    reads: Iterable[Call], calls: Iterable[Made], place: int, domain: Domain[Any]
) -> Call | None:
    """Return the first of the reads that had not answered before a place in the conversation."""
    known: set[Key] = set()
    for call in calls:
        if call.place < place and not call.failed:
            known.add(call.key)
            write = Call(call.name, call.arguments)
            shown_by = domain.shown_by(write) if call.kind == "write" else None
            if shown_by:
                known.add(gold_key(domain, shown_by))
    return next((read for read in reads if gold_key(domain, read) not in known), None)


def _show(call: Call) -> str:
    return f"{call.name}({', '.join(strings_in(call.arguments))})"


def confirmed(record: EpisodeRecord) -> str | None:
    """Drop a trajectory with a write of the agent that the user did not say yes to.

    The user's last message before the write has to be a yes to a proposal that names something
    of the write; one yes may cover several writes that were proposed together. What the user was
    told to do in between does not count: whoever does it agrees to it.
    """
    domain = load_domain(record.domain)
    for call in calls_made(record, domain):
        if call.kind != "write" or call.requestor == "user":
            continue
        proposal, answer = _asked_last(record.messages[: call.place], domain)
        if not (answer and is_user(answer) and is_yes(answer["content"])):
            return f"{call.name} was called without a yes"
        if (
            not is_said(proposal)
            or not read_agent(proposal["content"] or "", domain.lexicon).proposes
        ):
            return f"{call.name} was called after a yes to something else than a proposal"
        names = _other_names(record.messages[: call.place], call)
        if not _names(proposal["content"] or "", call, names):
            return f"{call.name} was called after a yes to a proposal that does not name it"
    return None


def _asked_last(
    messages: Sequence[Mapping[str, Any]], domain: Domain[Any]
) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return the last exchange of words, those left out in which the user was told to do things.

    Returns:
        What the agent and the user said; empty if they said nothing.
    """
    words: list[Mapping[str, Any]] = []
    after_deeds: set[int] = set()
    for message in messages:
        if is_hidden(message):
            after_deeds.add(len(words))
        elif is_user(message) or is_said(message):
            words.append(message)
    while len(words) > 1:
        asked, answer = words[-2:]
        did = len(words) - 1 in after_deeds
        if not (is_said(asked) and _tells_to_act(asked["content"] or "", domain, did=did)):
            return asked, answer
        words = words[:-2]
    return {}, {}


def _tells_to_act(text: str, domain: Domain[Any], *, did: bool) -> bool:
    """Say whether a message has the user do things; ``did`` says whether it did some then."""
    if domain.hands is None:
        return False
    goes_ahead = did and not read_agent(text, domain.lexicon).proposes
    return goes_ahead or bool(domain.hands.told(text, domain.lexicon)[0])


def _other_names(messages: Sequence[Mapping[str, Any]], call: Made) -> set[str]:
    """Return what else names the records of a call: a phone line has a number besides its id.

    These are the numbers, no dates, in answers about a record with an id that the call has.
    """
    ids = set(strings_in(call.arguments))
    names: set[str] = set()
    for message in messages:
        if message["role"] == "tool" and not is_hidden(message):
            shown = _fields(message["content"])
            if any(name.endswith("_id") and value in ids for name, value in shown.items()):
                names |= {value for value in shown.values() if _NUMBER.fullmatch(value)}
    return names


_NUMBER = re.compile(r"\d{3}[-\d]{5,}")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def _fields(answer: str) -> dict[str, str]:
    """Return the fields of a record that a tool answered which are texts and no dates."""
    try:
        record = json.loads(answer)
    except ValueError:
        return {}
    fields = record.items() if isinstance(record, dict) else ()
    return {k: v for k, v in fields if isinstance(v, str) and not _DATE.match(v)}


def _names(proposal: str, call: Made, others: Collection[str]) -> bool:
    """Say whether a proposal has an id, a number or the like of a call, or any value if none.

    A call without a value has nothing to be named; ``others`` are other names of its records.
    """
    values = [value.lower() for value in strings_in(call.arguments) if value]
    telling = [value for value in values if any(character.isdigit() for character in value)]
    named = [*(telling or values), *others]
    return not values or any(value in proposal.lower() for value in named)


def identified(record: EpisodeRecord) -> str | None:
    """Drop a trajectory that writes, or tells data, before it is known who the user is."""
    domain = load_domain(record.domain)
    if not record.task.certificate.identification:
        return None
    calls = [call for call in calls_made(record, domain) if call.requestor == "assistant"]
    found = [c.place for c in calls if not c.failed and identifies(record.task, c)]
    if not found:
        return "the user was never identified"
    place = min(found)
    write = next((c for c in calls if c.kind == "write" and c.place < place), None)
    if write is not None:
        return f"{write.name} was called before the user was identified"
    answers = "\n".join(call.answer.lower() for call in calls if call.place < place)
    heard: set[str] = set()
    for message in record.messages[:place]:
        marks = marks_in(message["content"] or "")
        if is_user(message):
            heard |= marks
        elif is_said(message) and (shown := [m for m in marks - heard if m in answers]):
            return f"{min(shown)} was told before the user was identified"
    return None


def no_breach(record: EpisodeRecord) -> str | None:
    """Drop a trajectory that breaks the policy document in how it acts."""
    domain = load_domain(record.domain)
    one_call = _ONE_CALL in " ".join(record.system.lower().split())
    for message in record.messages:
        calls = message.get("tool_calls") or () if message["role"] == "assistant" else ()
        if calls and (message["content"] or "").strip():
            return "a message has both text and a tool call"
        if len(calls) > 1 and one_call:
            return "a message has several tool calls"
    kinds = {str(item.kind) for item in record.task.due}
    due = Counter(gold_key(domain, Call(w.name, w.arguments)) for w in record.task.gold_writes)
    calls = list(calls_made(record, domain))
    for call in calls:
        if call.kind == "write":
            if call.failed:
                return f"{call.name} failed"
            if not due[call.key]:
                return f"{call.name} was called with arguments that nobody needs"
            due[call.key] -= 1
        if call.name == domain.hand_over and "hand_over" not in kinds:
            return "the user was handed over to a human although that was not due"
    return _unchecked(record.messages, calls, domain)


def _unchecked(
    messages: Sequence[Mapping[str, Any]], calls: Sequence[Made], domain: Domain[Any]
) -> str | None:
    """Return the reason if it is not seen, though the policy has it so, that a write was done.

    The agent has to see it before it says that something was done, and before its next write.
    """
    for made in calls:
        write = Call(made.name, made.arguments)
        done = made.kind == "write" and not made.failed
        if not done or (check := domain.checked_by(write, made.answer)) is None:
            continue
        said = (
            place
            for place in range(made.place + 1, len(messages))
            if is_said(messages[place])
            and read_agent(messages[place]["content"] or "", domain.lexicon).reports
        )
        others = (c for c in calls if c.kind == "write" and c.requestor == "assistant")
        written = (other.place for other in others if other.place > made.place)
        until = min([*said, *written], default=len(messages))
        later = [call for call in calls if call.place > made.place]
        if missing_read([check], later, until, domain):
            return f"it went on after {made.name} without {_show(check)}"
    return None


def user_in_scenario(record: EpisodeRecord) -> str | None:
    """Drop a trajectory whose user makes something up, or asks for what it does not want.

    Made up is an id, an amount, a name or a kind of something that is nowhere in the scenario, and
    that nobody has said before. Users of somebody else's data may have instructions to improvise.
    """
    domain = load_domain(record.domain)
    new = next(made_up(record, domain), None)
    if new is not None:
        return f"the user says {new!r}, which is nowhere in the scenario"
    other = None if record.task.recorded else next(other_wishes(record, domain), None)
    return other and f"the user asks for a {other!r}, which is no request of the scenario"


def behaves(record: EpisodeRecord) -> str | None:
    """Drop a trajectory whose user does not show the behaviours of its scenario."""
    scenario, lexicon = record.task.scenario, load_domain(record.domain).lexicon
    messages = cast("Sequence[Message]", record.messages)
    for name in scenario.behaviours:
        fault = BEHAVIOURS[name].check(scenario, messages, lexicon)
        if fault is not None:
            return f"the user does not show {name!r}: {fault}"
    return None


def no_repeats(record: EpisodeRecord) -> str | None:
    """Drop a trajectory that makes a read again although nothing was written since.

    What a user looks up on the way to what it was told to do is its own affair.
    """
    made: set[Key] = set()
    for call in calls_made(record, load_domain(record.domain)):
        if call.kind == "write" and not call.failed:
            made.clear()
        elif call.kind == "read" and call.reported:
            if call.key in made:
                return f"{call.name} was called again with the same arguments"
            made.add(call.key)
    return None


def no_tool_errors(record: EpisodeRecord) -> str | None:
    """Drop a trajectory with a failed call or a malformed message of the agent.

    A read that fails on what the user said, such as a wrong e-mail address, is no error of the
    agent.
    """
    if any(message.get("name") == ENVIRONMENT and message["role"] == "user" for message in
           record.messages):  # fmt: skip
        return "a message was malformed"
    for call in calls_made(record, load_domain(record.domain)):
        if call.failed and call.requestor == "assistant":
            heard = [m["content"] for m in record.messages[: call.place] if is_user(m)]
            if call.kind != "read" or not all_said(call.arguments, heard):
                return f"{call.name} failed"
    return None


FILTERS: dict[str, Filter] = {
    each.__name__: each
    for each in (
        state, told, known, finished, evidence, confirmed, identified, no_breach, user_in_scenario,
        behaves, no_repeats, no_tool_errors,
    )
}  # fmt: skip
"""The filters that look at one record, by name."""


@dataclass
class Tally:
    """What a filtering came to; filled while the records that are kept are taken."""

    read: int = 0
    kept: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    """How many records each filter drops; a record may have several reasons."""
    examples: dict[str, str] = field(default_factory=dict)
    """For each of these filters, the first record and why."""

    @property
    def dropped(self) -> int:
        """How many records were dropped."""
        return self.read - self.kept


def apply(
    records: Iterable[EpisodeRecord],
    names: Collection[str] = tuple(FILTERS),
    among: Sequence[tuple[str, Filter]] = (),
) -> tuple[Iterator[EpisodeRecord], Tally]:
    """Return the records that no filter drops, one at a time, and what it comes to.

    Args:
        records: The records.
        names: Names of filters in ``FILTERS``.
        among: Filters by name that compare a record with those kept before; they see only
            what all others keep, and a record only once.

    Raises:
        WritGymError: There is no such filter.
    """
    unknown = sorted(set(names) - FILTERS.keys())
    if unknown:
        raise WritGymError(f"There is no filter {unknown[0]!r}; there are: {', '.join(FILTERS)}.")
    chosen = [(name, each) for name, each in FILTERS.items() if name in names]
    tally = Tally()
    return _kept(records, chosen, among, tally), tally


def _kept(
    records: Iterable[EpisodeRecord], chosen: Sequence[tuple[str, Filter]],
    among: Sequence[tuple[str, Filter]], tally: Tally,
) -> Iterator[EpisodeRecord]:  # fmt: skip
    for record in records:
        tally.read += 1
        found = [(name, reason) for name, each in chosen if (reason := each(record)) is not None]
        for name, each in () if found else among:
            if (reason := each(record)) is not None:
                found = [(name, reason)]
                break
        for name, reason in found:
            tally.reasons[name] += 1
            tally.examples.setdefault(name, f"{record.episode_id}: {reason}")
        if not found:
            tally.kept += 1
            yield record
