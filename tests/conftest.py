"""What tests share: a small shop, ways to play in it, and a run that was collected there."""

import asyncio
import os
import selectors
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from writ_gym.certificates.checking import check_task
from writ_gym.directory import DOMAINS
from writ_gym.domain import Domain, World, load_domain
from writ_gym.errors import ToolError, WritGymError
from writ_gym.meaning.solving import drive
from writ_gym.policies import load_policy
from writ_gym.records import EpisodeRecord
from writ_gym.runs.rollouts import Rollout, collect, sampled
from writ_gym.runs.store import EPISODES, RunStore, read_records
from writ_gym.sampling.sampler import TaskSampler
from writ_gym.sampling.turns import Turns
from writ_gym.tasks import Call, GoldWrite, SamplerConfig, Task
from writ_gym.users.scripted import USERS

# How long anything takes says nothing on a busy machine.
settings.register_profile(
    "repeatable", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("repeatable")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--domain", action="append", default=[], metavar="PACKAGE",
        help="a package with a DOMAIN, to be held to the contract of tests/test_domains.py alone",
    )  # fmt: skip


SMALL_SHOP = {"users": 120, "orders": 300}


@pytest.fixture(scope="session")
def retail() -> Domain[Any]:
    return load_domain("retail")


@pytest.fixture(scope="session")
def shop(retail: Domain[Any]) -> World[Any]:
    return retail.world(0, SMALL_SHOP)


@pytest.fixture(scope="session")
def lies() -> Any:
    """Return the ways to make a sentence say something else."""
    spec = spec_from_file_location("lies", Path(__file__).with_name("lies.py"))
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def rollout_of(retail: Domain[Any], shop: World[Any]) -> Callable[..., Rollout]:
    """Return what makes a ``Rollout`` in the shop: by default the oracle and the scripted user."""

    def make(policy: str = "oracle", **changes: Any) -> Rollout:
        defaults: dict[str, Any] = {"user": "scripted", "make_user": USERS["scripted"]}
        if "make_policy" not in changes:
            defaults["make_policy"] = load_policy(policy)
        return Rollout(retail, shop, policy, **{**defaults, **changes})

    return make


@pytest.fixture(scope="session")
def collected(retail: Domain[Any], shop: World[Any]) -> Callable[..., list[EpisodeRecord]]:
    """Return what plays a rollout into a folder and reads its scored episodes back, by index."""

    def run(
        folder: Path, rollout: Rollout, count: int, config: dict[str, Any] | None = None, **how: Any
    ) -> list[EpisodeRecord]:
        sampler = TaskSampler(retail, SamplerConfig.model_validate(config or {}), shop)
        with RunStore(folder, {"seed": rollout.seed, **(config or {})}) as store:
            asyncio.run(collect(rollout, sampled(sampler, rollout.seed), store, count=count, **how))
        return sorted(read_records(folder), key=lambda record: (record.index, record.trial))

    return run


@pytest.fixture(scope="session")
def oracle_run(
    tmp_path_factory: pytest.TempPathFactory,
    collected: Callable[..., list[EpisodeRecord]],
    rollout_of: Callable[..., Rollout],
) -> SimpleNamespace:
    """Return the ``folder`` and ``records`` of a run of the oracle; not to be changed."""
    folder = tmp_path_factory.mktemp("runs") / "oracle"
    return SimpleNamespace(folder=folder, records=collected(folder, rollout_of(), 40))


@pytest.fixture(scope="session")
def untimed() -> Callable[[Iterable[EpisodeRecord]], list[str]]:
    """Return what gives all of each record but ``timing``, in the order of the tasks."""

    def texts(records: Iterable[EpisodeRecord]) -> list[str]:
        records = sorted(records, key=lambda record: (record.index, record.trial))
        return [record.model_dump_json(exclude={"timing"}) for record in records]

    return texts


@pytest.fixture(scope="session")
def running() -> Callable[..., Any]:
    """Return what starts a command with a mark in its environment, in a process group of its own.

    It gives the process when its run folder has some episodes, and ends it in the end.
    """
    installed = shutil.which("writ-gym", path=str(Path(sys.executable).parent)) or "writ-gym"

    @contextmanager
    def start(command: Iterable[object], run: Path, mark: str) -> Iterator[Any]:
        path = run / EPISODES
        with subprocess.Popen(
            [installed, *map(str, command)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
            env={**os.environ, "WRIT_GYM_MARK": mark},
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        ) as process:  # fmt: skip
            try:
                while not path.exists() or path.stat().st_size < 100_000:
                    assert process.poll() is None
                    time.sleep(0.01)
                yield process
            finally:
                process.kill()

    return start


@pytest.fixture(scope="session")
def processes_with() -> Callable[[str], list[bytes]]:
    """Return what finds the processes that have a mark in their environment, and still live."""

    def find(mark: str) -> list[bytes]:
        found = []
        for path in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if mark.encode() in (path / "environ").read_bytes():
                    found.append((path / "cmdline").read_bytes())
        return found

    return find


@pytest.fixture(scope="session")
def library() -> Domain[Any]:
    """Return the example domain, which lives outside of the package and registers itself."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "examples" / "library"))
    package = import_module("library_desk")
    domain: Domain[Any] = package.DOMAIN
    return domain


@pytest.fixture(scope="module")
def toy() -> Iterator[Any]:
    """Return the module of the toy domain, whose users hold a device; it is found by its name."""
    spec = spec_from_file_location("toy_device", Path(__file__).with_name("toy_device.py"))
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "toy_device", module)
        spec.loader.exec_module(module)
        patch.setitem(DOMAINS, module.DOMAIN.name, module.DOMAIN.entry_point)
        yield module


class Mutants:
    """Tasks of a domain, and what becomes of them where its solvers are broken."""

    count = 40
    """Tasks in which a fault is looked for."""

    def __init__(self, domain: Domain[Any]) -> None:
        self.domain = domain
        self.world = domain.world()

    def sampled(self, count: int = count, **config: object) -> list[Task]:
        """Return good tasks."""
        sampler = TaskSampler(self.domain, SamplerConfig.model_validate(config), self.world)
        return list(sampler.tasks(11, count))

    def solved_again(self, task: Task) -> Task | None:
        """Return a task of one request with the gold that the solvers, as they are now, give it.

        None if they give none, as they cannot make sense of it.
        """
        (request,) = task.scenario.requests
        plan = self.domain.intent(request.intent).solve(task.certificate.caller, request.values)
        turns = Turns(self.domain, self.world)
        try:
            turns.identify(task.scenario.identity)
            outcome, reads = drive(plan, turns.notebook, turns.answer)
        except WritGymError:
            return None
        old = task.gold_writes[0] if task.gold_writes else None
        gold = [
            GoldWrite(
                name=write.name, arguments=write.arguments, provenance=write.provenance,
                evidence=old.evidence if old else reads, searched=old.searched if old else (),
                request=0, measures=old.measures if old else None,
            )
            for write in outcome.writes
        ]  # fmt: skip
        return self.with_gold(task, gold)

    def with_gold(self, task: Task, gold: Iterable[GoldWrite]) -> Task:
        """Return a task with other gold writes, and the state that they lead to."""
        gold = tuple(gold)
        session = self.world.db.session(task.certificate.caller)
        for write in gold:
            try:
                self.domain.all_tools.call(session, write.name, write.arguments)
            except ToolError:
                break
        changes = {"goal_fingerprint": session.fingerprint(), "write_count": len(gold)}
        if gold:
            changes["reason"] = None
        certificate = task.certificate.model_copy(update=changes)
        return task.model_copy(update={"gold_writes": gold, "certificate": certificate})

    def writes_of(self, task: Task) -> list[str]:
        """Return what makes the gold writes of a task the ones that they are."""
        canonical = self.domain.proof.canonical
        return [canonical(Call(write.name, write.arguments)).key for write in task.gold_writes]

    def changed_by(self, tasks: Iterable[Task]) -> list[Task]:
        """Return what becomes of the tasks whose gold the solvers now see otherwise."""
        again = [(task, self.solved_again(task)) for task in tasks]
        return [new for old, new in again if new and self.writes_of(new) != self.writes_of(old)]

    def caught(self, broken: Iterable[Task]) -> int:
        """Check that every broken task is found out; return how many there were."""
        count = 0
        for task in broken:
            count += 1
            assert check_task(task, self.domain, self.world), task.task_id
        return count


@pytest.fixture(scope="session")
def mutants_of() -> Callable[[Domain[Any]], Mutants]:
    return Mutants


@pytest.fixture(scope="session")
def fake() -> Any:
    """Return the module of the fake endpoint."""
    path = Path(__file__).with_name("fake_endpoint.py")
    spec = spec_from_file_location("fake_endpoint", path)
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class _Leaping(selectors.DefaultSelector):
    """Where nobody is ready, leaps to the time at which somebody is, instead of waiting for it."""

    now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        if timeout is None or timeout <= 0:
            return super().select(timeout)
        self.now += timeout
        return super().select(0)


class _LeapingLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._clock = _Leaping()
        super().__init__(self._clock)

    def time(self) -> float:
        return self._clock.now


@pytest.fixture(scope="session")
def in_no_time() -> Callable[[Any], Any]:
    """Return what runs a coroutine in an event loop that leaps over all waits; not for sockets."""

    def run(coroutine: Any) -> Any:
        with asyncio.Runner(loop_factory=_LeapingLoop) as runner:
            return runner.run(coroutine)

    return run


@pytest.fixture
def interrupts() -> Iterator[None]:
    """Have Ctrl-C raise ``KeyboardInterrupt``: a shell's background jobs begin with it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
