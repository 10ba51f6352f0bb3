"""A run that is spread over workers; this process alone writes the run folder.

Workers get episodes a few at a time and give the records back, so a slow one holds up nothing but
its own episodes, and those of one that dies are handed to others. A record is taken only from the
worker that has the episode in hand: none is lost and none is there twice.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from writ_gym.errors import WritGymError, ungrouped
from writ_gym.runs.recordings import Recorder
from writ_gym.runs.rollouts import Attempt, Key, Progress, outstanding, watch
from writ_gym.runs.store import Packed, RunStore
from writ_gym.runs.workers import Hello, Recipe
from writ_gym.version import __version__

MOST_AHEAD = 64
"""Episodes at most that wait in a worker for one of its share to be over."""
MOST_DEATHS = 3
"""A worker that dies so often in a row, with no episode finished between, is given up."""
SUSPECT = 2
"""An episode that so many workers died with is played with none beside it."""


class WorkerLostError(Exception):
    """A worker is gone, and with it what it had not given back."""


class RemoteWorker(Protocol):
    """A ``workers.Worker`` in another process; whatever is asked, ``WorkerLostError`` may come."""

    async def open(self) -> Hello:
        """Make what there is to play with."""

    async def exchange(self, keys: Sequence[Attempt]) -> list[Packed]:
        """Take episodes to play, and return records that are finished."""

    def kill(self) -> None:
        """End the worker at once, whatever it does; harmless to repeat."""


class Crew(Protocol):
    """Starts workers, such as a cluster."""

    def start(self, recipe: Recipe, concurrency: int) -> RemoteWorker:
        """Start a worker; it may have to wait for room before it answers."""


async def spread(
    crew: Crew,
    recipe: Recipe,
    store: RunStore,
    *,
    count: int,
    world: str,
    workers: int,
    trials: int = 1,
    concurrency: int = 16,
    recorder: Recorder | None = None,
    report: Callable[[Progress], None] = lambda progress: None,
) -> Progress:
    """Play ``count`` tasks, each ``trials`` times, by several workers; see ``rollouts.collect``.

    The records are those of ``collect``, in another order, and either can go on with the run of
    the other.

    Args:
        crew: Starts the workers.
        recipe: Makes in each worker what it plays with.
        store: The run to write to; nobody but this process does.
        count: Number of tasks.
        world: Digest of the world that all are to play in.
        workers: Processes that play, at most one for each episode in flight.
        trials: Episodes per task.
        concurrency: Episodes in flight at most, over all workers.
        recorder: Takes what models answered that the workers' recordings, opened with
            ``begun=recorder.size``, do not have.
        report: Called after every episode, and every second.

    Raises:
        WritGymError: A worker cannot make what it needs, or makes another world than this one; a
            task cannot be sampled or played; the store cannot be written; all workers are lost; no
            model has answered in any of the first episodes.
    """
    progress = Progress.of(store, count, trials, concurrency)
    progress.workers = 0
    if progress.done_before == progress.planned:
        return progress
    fresh = outstanding(store, count, trials)
    shares = share_out(concurrency, workers)
    run = _Run(crew, recipe, store, recorder, world, progress, fresh, len(shares), report)
    with ungrouped():
        async with asyncio.TaskGroup() as group:
            serving = [group.create_task(run.serve(share)) for share in shares]
            serving.append(group.create_task(watch(progress, report)))
            await run.over.wait()
            for task in serving:
                task.cancel()
    return progress


def share_out(concurrency: int, workers: int) -> list[int]:
    """Return for each worker its share of the episodes in flight: at least one, so maybe fewer."""
    each, more = divmod(concurrency, min(concurrency, workers))
    return [each + (place < more) for place in range(min(concurrency, workers))]


@dataclass
class _Place:
    """A place for a worker, which is filled again if the worker dies."""

    share: int
    ahead: int = 1
    """Episodes that may wait in the worker: what it plays until it is handed others."""
    held: set[Key] = field(default_factory=set)
    """The episodes that the worker has."""
    deaths: int = 0
    """How many workers died here since the last one that finished an episode."""


class _Run:
    """Hands out what is left to play, and takes in what is finished."""

    def __init__(
        self, crew: Crew, recipe: Recipe, store: RunStore, recorder: Recorder | None, world: str,
        progress: Progress, fresh: Iterator[Key], places: int,
        report: Callable[[Progress], None],
    ) -> None:  # fmt: skip
        self.over = asyncio.Event()
        """Set when nothing is left to play."""
        self._crew = crew
        self._recipe = recipe
        self._store = store
        self._recorder = recorder
        self._expected = Hello(__version__, world)
        self._progress = progress
        self._fresh = fresh
        self._lost: deque[Key] = deque()
        """Episodes whose worker died. They come last: one of them may be what it died of."""
        self._suspects: deque[Key] = deque()
        """Episodes that several workers died with; each is played with none beside it."""
        self._losses: Counter[Key] = Counter()
        """How many workers died with an episode."""
        self._places = places
        """Where workers can still be."""
        self._report = report

    async def serve(self, share: int) -> None:
        """Keep a place filled with a worker, until too many have died there.

        Raises:
            WritGymError: This was the last place; or a worker cannot do its work.
        """
        place = _Place(share)
        while True:
            worker = self._crew.start(self._recipe, share)
            try:
                await self._feed(worker, place)
            except WorkerLostError as error:
                place.deaths += 1
                if place.deaths == MOST_DEATHS:
                    self._give_up(place, str(error))
                    return
            finally:
                worker.kill()
                self._recall(place)

    async def _feed(self, worker: RemoteWorker, place: _Place) -> None:
        """Hand episodes to a worker and take its records, for as long as it lives."""
        self._check(await worker.open())
        self._progress.workers = (self._progress.workers or 0) + 1
        try:
            while True:
                keys = self._hand_out(place)
                records = await worker.exchange([(*key, self._store.attempts[key]) for key in keys])
                for record in records:
                    self._take_in(record, place)
                place.ahead = min(MOST_AHEAD, 1 + 2 * len(records))
        finally:
            self._progress.workers -= 1

    def _check(self, hello: Hello) -> None:
        """Check that a worker plays the same thing as all others."""
        if hello != self._expected:
            version, world = self._expected
            raise WritGymError(
                f"A worker has writ-gym {hello.version} and the world "
                f"{hello.world[:12]}, but the run is of {version} and {world[:12]}: install the "
                "same versions of writ-gym and faker everywhere, and the same --data."
            )

    def _hand_out(self, place: _Place) -> list[Key]:
        """Return episodes for a worker: no more than its part of what is left.

        What it may have waiting shrinks towards the end, so that all are ready at nearly one time.
        Source: guided self-scheduling (Polychronopoulos & Kuck, 1987).
        """
        part = -(-self._progress.left // self._places)
        most = min(part, place.share + min(place.ahead, part // 2))
        if any(self._losses[key] >= SUSPECT for key in place.held):
            most = 0
        keys: list[Key] = []
        while len(place.held) < most and (key := self._next(alone=not place.held)):
            self._progress.begin(*key)
            place.held.add(key)
            keys.append(key)
            if self._losses[key] >= SUSPECT:
                break
        return keys

    def _next(self, alone: bool) -> Key | None:
        """Return the next episode for a worker, None if there is none for it now."""
        fresh = next(self._fresh, None)
        if fresh:
            return fresh
        if self._lost:
            return self._lost.popleft()
        return self._suspects.popleft() if alone and self._suspects else None

    def _take_in(self, record: Packed, place: _Place) -> None:
        key = record.index, record.trial
        if key not in place.held:
            return
        place.held.remove(key)
        place.deaths = 0
        if self._recorder and record.answers:
            # First: answers without a record are played again, a record without them never could.
            self._recorder.append(record.answers)
        self._store.append_packed(record)
        self._progress.count(record)
        self._report(self._progress)
        self._progress.check()
        if not self._progress.left:
            self.over.set()

    def _recall(self, place: _Place) -> None:
        """Take back what a worker that is gone had in hand."""
        for key in sorted(place.held):
            del self._progress.live[key]
            self._losses[key] += 1
            suspect = self._losses[key] >= SUSPECT
            (self._suspects if suspect else self._lost).append(key)
        place.held.clear()
        place.ahead = 1

    def _give_up(self, place: _Place, reason: str) -> None:
        """Do without a worker where too many have died.

        Raises:
            WritGymError: There is no other.
        """
        self._places -= 1
        if self._places:
            return
        held = [f"{index}.{trial}" for index, trial in sorted(place.held)]
        at = f"with episode {held[0]} in hand" if held else "before it was ready"
        raise WritGymError(
            f"All workers are lost: in the last place, {MOST_DEATHS} in a row died, the last one "
            f"{at} ({reason}). What is finished is kept, and the same command goes on from there. "
            "If memory ran out, try fewer --workers."
        )
