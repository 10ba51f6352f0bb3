"""What tests share: a small shop, ways to play in it, and a run that was collected there."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import settings

from writ_gym.domain import Domain, World, load_domain
from writ_gym.policies import load_policy
from writ_gym.records import EpisodeRecord
from writ_gym.rollouts import Rollout, collect, sampled
from writ_gym.sampling import TaskSampler
from writ_gym.store import RunStore, read_records
from writ_gym.tasks import SamplerConfig
from writ_gym.users import USERS

settings.register_profile("repeatable", derandomize=True)
settings.load_profile("repeatable")

SMALL_SHOP = {"users": 120, "orders": 300}


@pytest.fixture(scope="session")
def retail() -> Domain[Any]:
    return load_domain("retail")


@pytest.fixture(scope="session")
def shop(retail: Domain[Any]) -> World[Any]:
    return retail.world(0, SMALL_SHOP)


@pytest.fixture(scope="session")
def rollout_of(retail: Domain[Any], shop: World[Any]) -> Callable[..., Rollout]:
    """Return what makes a ``Rollout`` in the shop: by default the oracle and the scripted user."""

    def make(policy: str = "oracle", **changes: Any) -> Rollout:
        defaults = {"make_policy": load_policy(policy), "user": "scripted",
                    "make_user": USERS["scripted"]}  # fmt: skip
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
