"""What a set of episodes says of an agent: pass^k and pass@k, where it breaks, and why.

The definitions stand in ``docs/evaluation.md``.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from writ_gym.evaluation.attribution import CAUSES, cause_of
from writ_gym.evaluation.estimators import LEVEL, RESAMPLES, Estimator, interval, pass_at, pass_hat
from writ_gym.evaluation.figures import (
    Cell,
    Episodes,
    Evaluation,
    Group,
    Means,
    Plan,
    Rate,
    Spent,
    TaskScore,
    Use,
)
from writ_gym.models.chat import NOTHING, Usage
from writ_gym.records import EpisodeRecord, Status, Usages
from writ_gym.seeding import rng_for

DIGITS = 6
"""Digits to which shares and means are rounded."""
MEASURED = ("reward", "turns", "reads", "writes", "tool_errors", "tokens")
"""The fields of ``Means`` that every episode has."""


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What is kept of an episode."""

    episode_id: str
    status: Status
    reward: float | None
    trouble: str | None
    cause: str | None
    measured: tuple[float, ...]
    """In the order of ``MEASURED``."""
    cost: float | None
    usages: Usages


@dataclass
class _Taken:
    """What is kept of a task: where it belongs, and its episodes by index and trial."""

    task_id: str
    domain: str
    cell: tuple[int, int]
    intents: frozenset[str]
    reason: str | None
    behaviours: frozenset[str]
    episodes: dict[tuple[int, int], _Outcome] = field(default_factory=dict)

    def planned(self, trials: int) -> int:
        """Return the episodes that are planned of it; it may have come up more than once."""
        return trials * len({index for index, _ in self.episodes})

    @property
    def scored(self) -> list[_Outcome]:
        """The episodes with a score."""
        return [each for each in self.episodes.values() if each.reward is not None]

    @property
    def passed(self) -> int:
        """How many episodes passed."""
        return sum(each.reward == 1.0 for each in self.scored)


def summarize(
    records: Iterable[EpisodeRecord],
    *,
    planned: Plan | None = None,
    ks: Sequence[int] | None = None,
    seed: int = 0,
    level: float = LEVEL,
    resamples: int = RESAMPLES,
) -> Evaluation:
    """Return what episodes say of the agent that played them.

    An episode without a score is missing, which is not failed. Of an episode that there are
    several records of, the first one with a score counts.

    Args:
        records: The records, taken one at a time; what lies beyond the plan is left out.
        planned: How many tasks and trials were planned; by default, as many as there are.
        ks: The k of pass^k and pass@k; by default all from 1 to the number of trials.
        seed: Seeds the bootstrap.
        level: Probability with which an interval is to hold the true value.
        resamples: Bootstrap resamples of an interval.

    Raises:
        ValueError: There is neither a record nor a plan, or a k is not from 1 to the number of
            trials.
    """
    taken = _take(records, planned)
    plan = planned or _plan_of(taken)
    grouping = _Grouping(plan.trials, ks_of(plan, ks), seed, level, resamples)
    seen = len({index for task in taken for index, _ in task.episodes})
    cells = _by(taken, lambda task: [task.cell])
    return Evaluation(
        plan=plan, level=level, resamples=resamples, seed=seed,
        total=grouping.group("total", taken, plan.tasks - seen),
        cells=tuple(
            Cell(
                write_count=cell[0], evidence_burden=cell[1],
                **dict(grouping.group(f"cell {cell}", tasks)),
            )
            for cell, tasks in sorted(cells.items())
        ),
        domains=grouping.groups("domain", _by(taken, lambda task: [task.domain])),
        intents=grouping.groups("intent", _by(taken, lambda task: task.intents)),
        reasons=grouping.groups("reason", _by(taken, lambda t: [t.reason] if t.reason else [])),
        behaviours=grouping.groups("behaviour", _by(taken, lambda t: t.behaviours or ["none"])),
        examples=_examples(taken), troubles=_troubles(taken),
        scores=tuple(_score_of(task, plan.trials) for task in taken),
    )  # fmt: skip


def ks_of(plan: Plan, ks: Sequence[int] | None) -> tuple[int, ...]:
    """Return the k of pass^k and pass@k: those that are chosen, or all that there can be.

    Raises:
        ValueError: None is chosen, or one that is not from 1 to the number of trials.
    """
    if ks is None:
        return tuple(range(1, plan.trials + 1))
    if not ks or not all(1 <= k <= plan.trials for k in ks):
        raise ValueError(f"k must be from 1 to the number of trials, {plan.trials}; not {ks!r}.")
    return tuple(sorted(set(ks)))


def _take(records: Iterable[EpisodeRecord], planned: Plan | None) -> list[_Taken]:
    """Return what is kept of the records, task by task in the order of the run."""
    tasks: dict[str, _Taken] = {}
    for record in records:
        if planned and not (record.index < planned.tasks and record.trial < planned.trials):
            continue
        if record.task_id not in tasks:
            tasks[record.task_id] = _taken_of(record)
        episodes, place = tasks[record.task_id].episodes, (record.index, record.trial)
        if place not in episodes or episodes[place].reward is None:
            episodes[place] = _outcome_of(record)
    for task in tasks.values():  # those that were played side by side end in any order
        task.episodes = dict(sorted(task.episodes.items()))
    return sorted(tasks.values(), key=lambda task: min(task.episodes))


def _taken_of(record: EpisodeRecord) -> _Taken:
    task, certificate = record.task, record.task.certificate
    return _Taken(
        task_id=record.task_id,
        domain=record.domain,
        cell=(certificate.write_count, certificate.evidence_burden),
        intents=frozenset(request.intent for request in task.scenario.requests),
        reason=(certificate.reason or "none") if task.unwritten else None,
        behaviours=frozenset(task.scenario.behaviours),
    )


def _outcome_of(record: EpisodeRecord) -> _Outcome:
    measured = record.measured
    tokens, cost = _usage(record)
    counts = (measured.turns, measured.reads, measured.writes, measured.tool_errors, tokens)
    return _Outcome(
        record.episode_id, record.status, record.reward, record.trouble, cause_of(record),
        (record.reward or 0.0, *map(float, counts)), cost, record.usage,
    )  # fmt: skip


def _usage(record: EpisodeRecord) -> tuple[int, float | None]:
    """Return tokens and cost (US dollars, None if unknown) of an episode.

    Tokens are those that the servers of the models counted, prompts included; without a model,
    those of the conversation, estimated.
    """
    usage = record.usage.total
    if not usage.calls:
        return record.measured.tokens, None
    return usage.prompt_tokens + usage.completion_tokens, usage.cost


def _plan_of(taken: Sequence[_Taken]) -> Plan:
    """Return the smallest plan that all episodes fit in."""
    places = [place for task in taken for place in task.episodes]
    if not places:
        raise ValueError("There is neither a record nor a plan to summarize.")
    return Plan(tasks=1 + max(i for i, _ in places), trials=1 + max(t for _, t in places))


def _by(
    taken: Iterable[_Taken], keys: Callable[[_Taken], Iterable[Any]]
) -> dict[Any, list[_Taken]]:
    """Return the tasks by what they have in common."""
    found: defaultdict[Any, list[_Taken]] = defaultdict(list)
    for task in taken:
        for key in keys(task):
            found[key].append(task)
    return found


def _examples(taken: Iterable[_Taken]) -> dict[str, str]:
    found: dict[str, str] = {}
    for task in taken:
        for each in task.scored:
            if each.cause:
                found.setdefault(each.cause, each.episode_id)
    return {cause: found[cause] for cause in CAUSES if cause in found}


def _troubles(taken: Iterable[_Taken]) -> dict[str, int]:
    outcomes = (outcome for task in taken for outcome in task.episodes.values())
    return dict(Counter(filter(None, (each.trouble for each in outcomes))).most_common())


def _score_of(task: _Taken, trials: int) -> TaskScore:
    return TaskScore(
        task_id=task.task_id, domain=task.domain, write_count=task.cell[0],
        evidence_burden=task.cell[1], planned=task.planned(trials), scored=len(task.scored),
        passed=task.passed,
    )  # fmt: skip


@dataclass(frozen=True)
class _Grouping:
    """How the figures of a group are computed."""

    trials: int
    ks: tuple[int, ...]
    seed: int
    level: float
    resamples: int

    def groups(self, kind: str, by: Mapping[str, Sequence[_Taken]]) -> dict[str, Group]:
        """Return the figures of groups by name."""
        return {name: self.group(f"{kind} {name}", by[name]) for name in sorted(by)}

    def group(self, name: str, tasks: Sequence[_Taken], unseen: int = 0) -> Group:
        """Return the figures of some tasks.

        Args:
            name: Names the random stream of the group, so that it does not depend on others.
            tasks: The tasks.
            unseen: Tasks that were planned and of which there is no record.
        """
        scored = [each for task in tasks for each in task.scored]
        causes = Counter(each.cause for each in scored if each.cause)
        counts = _Counts(tasks, unseen, self.trials)
        return Group(
            tasks=len(tasks),
            episodes=self._episodes(tasks, scored, unseen),
            pass_hat=self._rates(name, pass_hat, counts),
            pass_at=self._rates(name, pass_at, counts),
            means=_means(scored),
            spent=_spent(tasks),
            causes={cause: causes[cause] for cause in CAUSES if causes[cause]},
        )

    def _episodes(
        self, tasks: Sequence[_Taken], scored: Sequence[_Outcome], unseen: int
    ) -> Episodes:
        planned = sum(task.planned(self.trials) for task in tasks) + unseen * self.trials
        found = Counter(
            each.status for task in tasks for each in task.episodes.values() if each.reward is None
        )
        missing = planned - len(scored)
        return Episodes(
            planned=planned, scored=len(scored), passed=sum(task.passed for task in tasks),
            missing=missing, user_error=found["user_error"], agent_error=found["agent_error"],
            infra_error=found["infra_error"], timeout=found["timeout"],
            not_played=missing - found.total(),
        )  # fmt: skip

    def _rates(self, name: str, estimator: Estimator, counts: "_Counts") -> tuple[Rate, ...]:
        """Return pass^k or pass@k for every k."""
        return tuple(self._rate(name, estimator, counts, k) for k in self.ks)

    def _rate(self, name: str, estimator: Estimator, counts: "_Counts", k: int) -> Rate:
        enough = counts.scored >= k
        value = low = high = least = most = None
        if enough.any():
            values = estimator(counts.passed[enough], counts.scored[enough], k)
            # The same resamples for every k, so that their intervals compare.
            rng = rng_for(self.seed, "bootstrap", name)
            value = _rounded(values.mean())
            low, high = map(
                _rounded, interval(values, rng, level=self.level, resamples=self.resamples)
            )
        if len(enough):
            best = counts.passed + counts.planned - counts.scored
            least = _rounded(estimator(counts.passed, counts.planned, k).mean())
            most = _rounded(estimator(best, counts.planned, k).mean())
        return Rate(
            k=k, value=value, low=low, high=high, tasks=int(enough.sum()),
            left_out=int((~enough).sum()), least=least, most=most,
        )  # fmt: skip


class _Counts:
    """How many episodes of each task of a group there are, as arrays of one length."""

    def __init__(self, tasks: Sequence[_Taken], unseen: int, trials: int) -> None:
        nothing = [0] * unseen
        self.planned = np.array([t.planned(trials) for t in tasks] + [trials] * unseen)
        self.scored = np.array([len(task.scored) for task in tasks] + nothing)
        self.passed = np.array([task.passed for task in tasks] + nothing)


def _rounded(value: Any) -> float:
    return round(float(value), DIGITS)


def _means(scored: Sequence[_Outcome]) -> Means | None:
    if not scored:
        return None
    values = np.array([each.measured for each in scored]).mean(axis=0)
    cost = _cost_of(scored)
    return Means(
        **{name: _rounded(value) for name, value in zip(MEASURED, values, strict=True)},
        cost=None if cost is None else _rounded(cost / len(scored)),
        agent=_use([each.usages.agent for each in scored], len(scored)),
        user=_use([each.usages.user for each in scored], len(scored)),
    )


def _use(usages: Iterable[Usage], parts: int = 1) -> Use | None:
    """Return what the model of one side took in episodes, divided by a number; None if nothing."""
    total = sum(usages, NOTHING)
    if not total.calls:
        return None
    return Use(
        calls=_rounded(total.calls / parts),
        prompt_tokens=_rounded(total.prompt_tokens / parts),
        completion_tokens=_rounded(total.completion_tokens / parts),
        cost=None if total.cost is None else _rounded(total.cost / parts),
    )


def _cost_of(episodes: Iterable[_Outcome]) -> float | None:
    """Return what episodes cost together, None if that is not known of each."""
    total = 0.0
    for each in episodes:
        if each.cost is None:
            return None
        total += each.cost
    return total


def _spent(tasks: Iterable[_Taken]) -> Spent:
    """Return what all episodes took, those without a score too."""
    episodes = [each for task in tasks for each in task.episodes.values()]
    cost = _cost_of(episodes)
    return Spent(
        tokens=int(sum(each.measured[-1] for each in episodes)),
        cost=None if cost is None else _rounded(cost),
        agent=_use(each.usages.agent for each in episodes),
        user=_use(each.usages.user for each in episodes),
    )
