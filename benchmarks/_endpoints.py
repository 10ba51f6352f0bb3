"""The fake endpoint of the tests as a process of its own, and what processes cost."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "tests"
"""Where it is: tests are no package."""
FIRST = -10
"""The nice value of a process that is not to wait for others."""


@contextmanager
def endpoint(tasks: Path, *options: object) -> Iterator[str]:
    """Give the address of an endpoint that plays the oracle of the tasks in a file.

    It stands for a machine of its own, so here it goes before those that ask it, if it may (root).

    Args:
        tasks: The file.
        options: Options of ``tests/fake_endpoint.py`` and their values.
    """
    command = [sys.executable, FOLDER / "fake_endpoint.py", tasks, *map(str, options)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        with suppress(PermissionError):
            os.setpriority(os.PRIO_PROCESS, server.pid, FIRST)
        try:
            yield server.stdout.readline().strip()
        finally:
            server.kill()


def cpu_s(process: int | str) -> float:
    """Return the CPU seconds of another process so far, by its id (Linux)."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")
