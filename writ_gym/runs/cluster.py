"""Ray clusters as a place to play."""

import os
import socket
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from writ_gym.errors import WritGymError
from writ_gym.runs.rollouts import Attempt
from writ_gym.runs.spreading import WorkerLostError
from writ_gym.runs.store import Packed
from writ_gym.runs.workers import Hello, Recipe, Worker

LOCAL = "local"
"""The address of a cluster of this machine alone, which is started for the run."""
AUTO = "auto"
"""The address of a cluster that runs on this machine already."""
KNOCK_S = 10.0
"""Seconds for the first answer of a cluster."""
OBJECTS_BYTES = 256 << 20
"""Memory for what travels in a cluster that is started here."""


class Cluster:
    """A Ray cluster, joined for as long as the context lasts.

    If this process has joined one already, and no other is asked for, that one is used, and stays
    joined.
    """

    def __init__(self, address: str | None = None, workers: int | None = None) -> None:
        """Take where the cluster is.

        Args:
            address: ``host:port`` of its head, ``auto`` for one that runs on this machine, or
                ``local`` to start one for the run; by default what RAY_ADDRESS says, or else
                ``local``.
            workers: How many workers a cluster that is started here must have room for.

        Raises:
            WritGymError: Ray is not installed.
        """
        self._any = address is None
        self.address = address or os.environ.get("RAY_ADDRESS") or LOCAL
        self._workers = workers
        self._joined = False
        self._ray = library()

    def __enter__(self) -> "Cluster":
        """Join the cluster.

        Raises:
            WritGymError: It cannot be reached or started.
        """
        if self._any and self._ray.is_initialized():
            return self
        try:
            _knock(self.address)
            self._ray.init(
                address=self.address, log_to_driver=False, logging_level="ERROR",
                **(self._of_our_own() if self.address == LOCAL else {}),
            )  # fmt: skip
        except (OSError, RuntimeError, ValueError) as error:
            raise WritGymError(
                f"Cannot join the Ray cluster at {self.address!r}: {_first_line(error)}. Check the "
                "address, and that it runs the same versions of Python and Ray."
            ) from None
        self._joined = True
        return self

    def __exit__(self, *_: object) -> None:
        if self._joined:
            self._ray.shutdown()

    def _of_our_own(self) -> dict[str, Any]:
        """Return what a cluster is started with: it can be reached from this machine alone."""
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        return {
            "num_cpus": max(self._workers or 1, os.cpu_count() or 1),
            "include_dashboard": False, "object_store_memory": OBJECTS_BYTES,
            "_node_ip_address": "127.0.0.1",
        }  # fmt: skip

    @property
    def cpus(self) -> int:
        """How many CPUs the cluster has."""
        return max(1, int(self._ray.cluster_resources().get("CPU", 1)))

    def start(self, recipe: Recipe, concurrency: int) -> "_Remote":
        """Start a worker; it waits for a free CPU of the cluster."""
        kind = self._ray.remote(Worker).options(
            num_cpus=1, max_restarts=0, scheduling_strategy="SPREAD"
        )
        return _Remote(self._ray, kind.remote(recipe, concurrency))


class _Remote:
    """A worker, as this process sees it."""

    def __init__(self, ray: Any, actor: Any) -> None:
        self._ray = ray
        self._actor = actor

    async def open(self) -> Hello:
        hello: Hello = await self._answer(self._actor.open.remote())
        return hello

    async def exchange(self, keys: Sequence[Attempt]) -> list[Packed]:
        records: list[Packed] = await self._answer(self._actor.exchange.remote(keys))
        return records

    async def _answer(self, asked: Any) -> Any:
        """Return what a worker answers.

        Raises:
            WritGymError: What it raised; a bug is raised by Ray, with the worker's traceback.
            WorkerLostError: It is gone.
        """
        errors = self._ray.exceptions
        try:
            return await asked
        except errors.RayTaskError as error:
            if isinstance(error.cause, WritGymError):
                raise error.cause from None
            raise
        except errors.RayError as error:
            raise WorkerLostError(_reason(error)) from error

    def kill(self) -> None:
        """End the worker at once, whatever it does."""
        self._ray.kill(self._actor)


def _knock(address: str) -> None:
    """Check that somebody listens at ``host:port``: Ray itself waits for minutes.

    Raises:
        OSError: Nobody does.
        ValueError: It is no address.
    """
    if address in (LOCAL, AUTO):
        return
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit():
        raise ValueError("It is not host:port.")
    with socket.create_connection((host, int(port)), timeout=KNOCK_S):
        pass


def library() -> Any:
    """Return Ray.

    Raises:
        WritGymError: It is not installed.
    """
    try:
        return import_module("ray")
    except ImportError:
        raise WritGymError("Playing on a cluster needs Ray: pip install 'writ-gym[ray]'.") from None


def _reason(error: Exception) -> str:
    """Return what is said of a dead worker, without its ids."""
    lines = [line.strip() for line in str(error).splitlines()]
    told = [line for line in lines if line.startswith("The actor is dead because")]
    return (told or lines or [type(error).__name__])[0][:200].rstrip(".")


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200].rstrip(".")
