"""What a set of tasks or a run holds: the plane of both axes, shares, distributions, texts.

One pass over the file; what is kept grows by a few numbers for each line.
"""

from array import array
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from writ_gym.counting import number
from writ_gym.database import leaves
from writ_gym.datasets.diversity import LONGEST, Words, mask, share, short_hash
from writ_gym.errors import StoreError
from writ_gym.lines import StrPath
from writ_gym.records import EpisodeRecord
from writ_gym.runs.store import SAMPLES, how_to_mend, kind_of, read_records, record_files
from writ_gym.runs.task_files import read_tasks
from writ_gym.tasks import Scenario, Task

SAMPLE = 10_000
"""Scenarios whose words are counted: the first ones. Shares of distinct words fall with the
length of a text, so that only figures of equally many scenarios can be compared."""

Cell = tuple[int, int]
"""Write count and evidence burden."""

KINDS = ("outcomes", "intents", "operators", "behaviours", "reasons", "splits")
"""What is counted besides the plane: ``outcomes`` says how many tasks have writes, none, or both
requests that come to some and one that comes to none; ``reasons`` are those of the latter two."""

_MEASURED = ("turns", "reads", "writes", "tokens")


@dataclass
class Statistics:
    """What was found; ``add_task`` and ``add_record`` take in one more line."""

    unit: str
    """What a line is: "tasks" or "episodes"."""
    count: int = 0
    plane: Counter[Cell] = field(default_factory=Counter)
    users: defaultdict[Cell, set[str]] = field(default_factory=lambda: defaultdict(set))
    """For each cell, whose tasks they are."""
    rewards: defaultdict[Cell, list[float]] = field(
        default_factory=lambda: defaultdict(lambda: [0.0, 0.0])
    )
    """For each cell, the sum of the rewards and how many there are."""
    counts: dict[str, Counter[str]] = field(
        default_factory=lambda: {kind: Counter() for kind in KINDS}
    )
    values: defaultdict[str, "array[float]"] = field(
        default_factory=lambda: defaultdict(lambda: array("d"))
    )
    """The values of each distribution by name."""
    words: Words = field(default_factory=lambda: Words(limit=SAMPLE))
    texts: set[int] = field(default_factory=set)
    """The different texts of scenarios, as hashes."""

    def add_task(self, task: Task) -> None:
        """Take in a task."""
        certificate, scenario = task.certificate, task.scenario
        self.count += 1
        cell = certificate.write_count, certificate.evidence_burden
        self.plane[cell] += 1
        self.users[cell].add(certificate.caller)
        self.counts["intents"].update(request.intent for request in scenario.requests)
        self.counts["operators"].update(
            o for request in scenario.requests for o in request.operators
        )
        self.counts["behaviours"].update(scenario.behaviours)
        self.counts["splits"][task.config.split] += 1
        self.counts["outcomes"][_outcome(task)] += 1
        if task.unwritten:
            self.counts["reasons"][certificate.reason or "none"] += 1
        self.values["writes_needed"].append(certificate.write_count)
        besides = len(certificate.evidence) if task.is_mixed else 0
        self.values["reads_needed"].append(certificate.evidence_total + besides)
        self.values["burden_per_write"].extend(write.burden for write in task.gold_writes)
        found = [certificate.measures, *(write.measures for write in task.gold_writes)]
        for measures in filter(None, found):
            self.values["candidates"].append(measures.candidates)
            self.values["depth"].append(measures.depth)
            self.values["evidence_tokens"].append(measures.tokens)
        names = map(str, leaves([fact.value for fact in scenario.identity]))
        text = mask(scenario_text(scenario), names)
        self.texts.add(short_hash(text))
        self.words.add(text)

    def add_record(self, record: EpisodeRecord) -> None:
        """Take in an episode."""
        self.add_task(record.task)
        for name in _MEASURED:
            self.values[name].append(getattr(record.measured, name))
        if record.reward is not None:
            certificate = record.task.certificate
            cell = self.rewards[certificate.write_count, certificate.evidence_burden]
            cell[0] += record.reward
            cell[1] += 1

    @property
    def counted(self) -> str:
        """How many lines there are, and of what."""
        return number(self.count, self.unit.removesuffix("s"))

    @property
    def user_count(self) -> int:
        """How many different users they are of."""
        return len(set[str]().union(*self.users.values()))

    def mean_reward(self, cell: Cell) -> float | None:
        """Return the mean reward of a cell of the plane, None if nothing there has one."""
        if cell not in self.rewards:
            return None
        total, count = self.rewards[cell]
        return round(total / count, 4)

    def distributions(self) -> dict[str, dict[str, float]]:
        """Return minimum, median, mean, 95th percentile and maximum by name."""
        order = [*_MEASURED, *self.values]
        return {name: summary(self.values[name]) for name in dict.fromkeys(order)
                if len(self.values[name])}  # fmt: skip

    def text_figures(self) -> dict[str, float | int]:
        """Return how varied the scenarios' texts are, numbers and names masked."""
        words = self.words
        return {
            "distinct_texts": share(len(self.texts), self.count),
            "scenarios": words.texts,
            "type_token_ratio": words.type_token_ratio,
            **{f"distinct_{n}": words.distinct(n) for n in range(1, LONGEST + 1)},
        }

    def to_json(self) -> dict[str, Any]:
        """Return all of it as JSON types."""
        plane = [
            {"writes": cell[0], "burden": cell[1], "count": count,
             "users": len(self.users[cell]), "mean_reward": self.mean_reward(cell)}
            for cell, count in sorted(self.plane.items())
        ]  # fmt: skip
        counts = {kind: dict(found.most_common()) for kind, found in self.counts.items()}
        return {
            self.unit: self.count, "users": self.user_count, "plane": plane, **counts,
            "distributions": self.distributions(), "texts": self.text_figures(),
        }  # fmt: skip


def _outcome(task: Task) -> str:
    """Return what the requests of a task come to."""
    if task.is_mixed:
        return "writes and none"
    return "writes" if task.gold_writes else "no writes"


def spans(cells: Collection[Cell]) -> tuple[range, range]:
    """Return the write counts and the evidence burdens from the least one to the largest."""
    counts, burdens = zip(*cells, strict=True)
    return range(min(counts), max(counts) + 1), range(min(burdens), max(burdens) + 1)


def statistics_of(path: StrPath) -> Statistics:
    """Return the statistics of a file of tasks, a run folder, or files of records.

    Raises:
        StoreError: There is no such file, it is empty, or a line of it is damaged.
        TaskError: A line of a file of tasks is damaged.
    """
    file, *_ = record_files(path)
    if file.suffix == ".parquet" or _holds_records(file):
        found = Statistics("episodes")
        _take(read_records(path), found.add_record)
    else:
        found = Statistics("tasks")
        _take(read_tasks(file), found.add_task)
    return found


def _take(lines: Iterable[Any], add: Any) -> None:
    for line in lines:
        add(line)


def _holds_records(file: Path) -> bool:
    """Say whether a file holds episode records, by its first line."""
    with file.open("rb") as lines:
        first = next((line for line in lines if line.strip()), None)
    if first is None:
        raise StoreError(f"{file} is empty.")
    try:
        kind = kind_of(first)
    except ValueError:
        mend = how_to_mend(file, first).rstrip(".")
        raise StoreError(f"{file}, line 1: neither a task nor an episode record{mend}.") from None
    if kind == "sample":
        raise StoreError(f"{file}, line 1: {SAMPLES}")
    return kind == "record"


def scenario_text(scenario: Scenario) -> str:
    """Return what the user of a scenario can say."""
    parts = chain([fact.text for fact in scenario.identity], _request_texts(scenario))
    return " ".join(parts)


def _request_texts(scenario: Scenario) -> Iterator[str]:
    for request in scenario.requests:
        yield request.text
        yield from (fact.text for fact in request.facts)


def summary(values: Iterable[float]) -> dict[str, float]:
    """Return minimum, median, mean, 95th percentile and maximum of values."""
    numbers = np.asarray(values, dtype=np.float64)
    return {
        "min": float(numbers.min()),
        "median": float(np.median(numbers)),
        "mean": round(float(numbers.mean()), 3),
        "p95": round(float(np.percentile(numbers, 95)), 3),
        "max": float(numbers.max()),
    }
