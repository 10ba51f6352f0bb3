"""What the benchmarks share: timing, and a baseline in the same run.

The baseline does what is plain and common: a database of dictionaries that every environment
copies, tools that look records up and dump them to JSON, and states that are compared by the
hash of a full dump. Its times tell how fast this machine is right now, so read the ratios.
"""

import copy
import hashlib
import json
import time
from collections.abc import Callable
from typing import Any


def seconds(action: Callable[[], Any], number: int, repeat: int = 5) -> float:
    """Return the CPU seconds of one call: the best of ``repeat`` means over ``number`` calls."""
    times = []
    for _ in range(repeat):
        start = time.process_time()
        for _ in range(number):
            action()
        times.append((time.process_time() - start) / number)
    return min(times)


def row(what: str, ours: float, baseline: float | None = None, unit: str = "us") -> None:
    """Print a figure, and how many times faster (or smaller) it is than the baseline."""
    scale = {"us": 1e6, "ms": 1e3, "KB": 1 / 1e3}[unit]
    ratio = "" if baseline is None else f"{baseline / ours:10.1f}x"
    reference = "" if baseline is None else f"{baseline * scale:12.1f} {unit}"
    print(f"{what:<44}{ours * scale:12.1f} {unit}{reference}{ratio}")


def head(title: str) -> None:
    """Print a table's head."""
    print(f"\n{title:<44}{'writ-gym':>15}{'baseline':>15}{'ratio':>11}")


class Baseline:
    """The plain way: everything is a dictionary, and every environment has its own copy."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = copy.deepcopy(data)

    def call(self, table: str, raw: str) -> str:
        """Answer a raw call that looks a record up."""
        arguments = json.loads(raw)
        return json.dumps(self.data[table][arguments["key"]])

    def state(self) -> str:
        """Return the hash of the whole database."""
        return hashlib.sha256(json.dumps(self.data, sort_keys=True).encode()).hexdigest()
