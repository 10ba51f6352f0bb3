"""Grids with quotas over the plane write count × evidence burden, and presets of them."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import count, islice, takewhile
from typing import Any, NamedTuple

from pydantic import ValidationError

from writ_gym.counting import number, span
from writ_gym.domain import Domain, World
from writ_gym.errors import TaskError, first_error
from writ_gym.jobs import Pool
from writ_gym.sampling.sampler import ATTEMPTS, TaskSampler
from writ_gym.seeding import seed_for
from writ_gym.tasks import READ_HEAVY_CANDIDATES, Config, SamplerConfig, Task

TRIES = 2
"""Seeds that fail one after the other before a cell counts as empty in a world."""
NOTHING_NEW = 500
"""Seeds one after the other that give no new task before a cell counts as exhausted."""
OTHER_TASKS = (
    "The tasks that are there already are not those that these settings give: another version of "
    "writ-gym made them, or they were changed. Choose another file."
)


class Quota(Config):
    """How many tasks of one config are wanted."""

    config: SamplerConfig
    count: int

    @property
    def cell(self) -> str:
        """The ranges, for people."""
        parts = [span(self.config.write_count), span(self.config.evidence_burden)]
        least = self.config.least_burden
        return " x ".join(parts) + (f", each write {least} or more" if least else "")


class CellReport(Config):
    """What became of a quota."""

    cell: str
    wanted: int
    filled: int
    rejected: Mapping[str, int]
    """Drafts that were rejected, by reason."""
    problem: str | None = None
    """Why the cell was given up, and after which effort."""


@dataclass
class GridReport:
    """What became of a grid, cell by cell; complete when the tasks were all delivered."""

    cells: list[CellReport] = field(default_factory=list)

    @property
    def filled(self) -> int:
        """Tasks that were delivered."""
        return sum(cell.filled for cell in self.cells)

    @property
    def missing(self) -> list[CellReport]:
        """Cells that were not filled."""
        return [cell for cell in self.cells if cell.filled < cell.wanted]

    @property
    def rejected(self) -> Counter[str]:
        """Drafts that were rejected, by reason."""
        total: Counter[str] = Counter()
        for cell in self.cells:
            total.update(cell.rejected)
        return total


def with_ranges(
    base: SamplerConfig, write_count: tuple[int, int], evidence_burden: tuple[int, int]
) -> SamplerConfig:
    """Return a config with other ranges of the two axes.

    Raises:
        TaskError: The rest of it does not fit them.
    """
    ranges = {"write_count": write_count, "evidence_burden": evidence_burden}
    try:
        return SamplerConfig.model_validate({**base.model_dump(), **ranges})
    except ValidationError as error:
        raise TaskError(f"{first_error(error)}.") from None


def grid(
    base: SamplerConfig, write_counts: Sequence[int], burdens: Sequence[int], count: int
) -> list[Quota]:
    """Return equal quotas, one task more or less, for every cell that can exist at all.

    Two writes or more without any evidence cannot be: only one record can be written unseen.
    Neither can a burden below ``base.least_burden``.

    Args:
        base: Everything but the two axes.
        write_counts: The write counts.
        burdens: The evidence burdens.
        count: Tasks in total.

    Raises:
        TaskError: There is no such cell, or ``base`` asks for shares of its own.
    """
    least = base.least_burden
    cells = [(w, b) for w in write_counts for b in burdens if b >= least and (w < 2 or b > 0)]
    if base.zero_write is not None:
        raise TaskError("All cells of a grid get as many tasks: leave out zero_write.")
    if not cells:
        raise TaskError(f"No cell of the grid can exist with a least_burden of {least}.")
    shares = [count * (n + 1) // len(cells) - count * n // len(cells) for n in range(len(cells))]
    return [
        Quota(
            config=with_ranges(base, (w, w), (b, b)),
            count=share,
        )
        for (w, b), share in zip(cells, shares, strict=True)
    ]


def crossed(base: SamplerConfig, count: int) -> list[Quota]:
    """Return the crossed cell: at least three writes, each with a burden of at least five."""
    update = {"write_count": (3, 4), "evidence_burden": (5, 15), "least_burden": 5}
    return [Quota(config=base.model_copy(update=update), count=count)]


def writ_2k(base: SamplerConfig, count: int) -> list[Quota]:
    """Return quotas of the three kinds of the paper: read-heavy, write-intensive and normal.

    The kinds are those of arXiv 2606.02908, the shares are ours: 35 % read-heavy, 35 %
    write-intensive, 20 % light and 10 % without writes; some of the second and the third kind with
    a request besides that comes to none.
    """
    compared = {"least_candidates": READ_HEAVY_CANDIDATES}
    mixed = {"unwritten_share": base.unwritten_share or 0.15}
    kinds: list[tuple[float, dict[str, Any]]] = [
        (0.35, {"write_count": (1, 1), "evidence_burden": (5, 15), **compared}),
        (0.35, {"write_count": (3, 6), "evidence_burden": (1, 8), **mixed}),
        (0.20, {"write_count": (1, 2), "evidence_burden": (0, 4), **mixed}),
        (0.10, {"write_count": (0, 0), "evidence_burden": (0, 8)}),
    ]
    ends = [round(count * sum(share for share, _ in kinds[: n + 1])) for n in range(len(kinds))]
    counts = [end - start for start, end in zip([0, *ends], ends, strict=False)]
    return [
        Quota(config=base.model_copy(update=update), count=number)
        for (_, update), number in zip(kinds, counts, strict=True)
    ]


PRESETS: Mapping[str, Callable[[SamplerConfig, int], list[Quota]]] = {
    "writ-2k": writ_2k,
    "crossed": crossed,
}


class Done(NamedTuple):
    """A task that an earlier run of a grid has delivered."""

    seed: int
    content: str
    """See ``Task.content``."""


def sample_grid(
    domain: Domain[Any],
    world: World[Any],
    quotas: Sequence[Quota],
    seed: int,
    report: GridReport,
    done: Sequence[Done] = (),
    jobs: int = 1,
) -> Iterator[Task]:
    """Yield the tasks of all quotas, no two of which are equal, cell by cell.

    Args:
        domain: The domain.
        world: Where the tasks play.
        quotas: The cells.
        seed: Seeds all of them.
        report: Is told what became of every cell, as soon as it is done.
        done: The tasks that an earlier run with these arguments has delivered; they count, and
            are not yielded again.
        jobs: Processes that sample; the tasks are the same with any number.

    Raises:
        TaskError: Other tasks come about than those that are done.
        WritGymError: A process has died.
    """
    with Pool(partial(_Drawing, domain, world, quotas), jobs) as pool:
        seen = {each.content for each in done}
        left = list(done)
        for place, quota in enumerate(quotas):
            seeds = partial(seed_for, seed, "grid", place)
            filled, index = _already(left, seeds, quota)
            del left[:filled]
            cell = _Cell(quota, filled, index)
            for drawn in cell.drawn(pool, place, seeds):
                if drawn.task is not None and drawn.task.content not in seen:
                    if left:
                        raise TaskError(OTHER_TASKS)
                    seen.add(drawn.task.content)
                    cell.filled += 1
                    yield drawn.task
            report.cells.append(cell.report())


@dataclass
class _Cell:
    """A quota that is being filled."""

    quota: Quota
    filled: int
    index: int
    """Seeds that were tried."""
    problem: str | None = None
    rejected: Counter[str] = field(default_factory=Counter)

    def drawn(
        self, pool: Pool["_Place", "_Drawn"], place: int, seeds: Callable[[int], int]
    ) -> Iterator["_Drawn"]:
        """Yield what comes of one seed after the other until the quota is filled, or cannot be."""
        failures = stale = 0
        wanted = pool.jobs  # of a cell that may be empty, no more at first
        while (left := self.quota.count - self.filled) > 0 and not self.problem:
            tried = islice(count(self.index), min(wanted, left))
            for drawn in pool.map(_Place(place, seeds(index)) for index in tried):
                self.index += 1
                self.rejected += drawn.rejected
                failures = 0 if drawn.task else failures + 1
                if drawn.problem and (failures == TRIES or not self.filled):
                    self.problem = drawn.problem
                    break
                before = self.filled
                yield drawn
                stale = 0 if self.filled > before else stale + 1
                exhausted = stale == NOTHING_NEW or self.index > _most(self.quota)
                if exhausted and self.filled < self.quota.count:
                    self.problem = (
                        f"only {number(self.filled, 'different task')} among "
                        f"{number(self.index, 'seed')}: widen the ranges, enlarge the world, "
                        "or ask for fewer"
                    )
                    break
            wanted = left

    def report(self) -> CellReport:
        """Return what became of it."""
        return CellReport(
            cell=self.quota.cell, wanted=self.quota.count, filled=self.filled,
            rejected=dict(self.rejected), problem=self.problem,
        )  # fmt: skip


class _Place(NamedTuple):
    """What is to be drawn."""

    quota: int
    seed: int


class _Drawn(NamedTuple):
    """What came of a seed."""

    task: Task | None
    problem: str
    """Why there is no task."""
    rejected: Counter[str]
    """Drafts that were rejected, by reason."""


class _Drawing:
    """Samples the tasks of quotas, in whatever process."""

    def __init__(self, domain: Domain[Any], world: World[Any], quotas: Sequence[Quota]) -> None:
        self._domain = domain
        self._world = world
        self._quotas = quotas
        self._quota = -1

    def __call__(self, place: _Place) -> _Drawn:
        """Return what comes of a seed."""
        if place.quota != self._quota:
            self._quota = place.quota
            config = self._quotas[place.quota].config
            self._sampler = TaskSampler(self._domain, config, self._world, thorough=True)
        self._sampler.rejected.clear()
        try:
            task = self._sampler.sample(place.seed)
        except TaskError as error:
            return _Drawn(None, str(error), self._sampler.rejected.copy())
        return _Drawn(task, "", self._sampler.rejected.copy())


def _most(quota: Quota) -> int:
    """Return how many seeds are tried to fill a quota."""
    return quota.count * 3 + ATTEMPTS


def _already(done: Sequence[Done], seeds: Callable[[int], int], quota: Quota) -> tuple[int, int]:
    """Return how many of the tasks that are done are the first of a quota, and the next index."""
    if not done:
        return 0, 0
    places = {seeds(index): index for index in range(_most(quota) + 1)}
    own = list(takewhile(lambda each: each.seed in places, done))
    return len(own), places[own[-1].seed] + 1 if own else 0
