"""Many environments at once, compared with one after the other.

Run it with: python benchmarks/vector.py [ENVIRONMENTS]
"""

import asyncio
import sys
import time
from collections.abc import Callable
from typing import Any

import gymnasium
from _timing import head, seconds

from writ_gym.users.scripted import ScriptedUser

ID = "writ/retail-v0"
LATENCY = 0.1
"""Seconds that the slow user takes for an answer."""
LOOK = {"tool_calls": [{"name": "list_all_product_types", "arguments": "{}"}]}
LIMITS = {"turns": 100_000, "tokens": 10**9}


class SlowUser(ScriptedUser):
    """A user that answers after a while, as a model does; it never leaves."""

    immediate = False

    async def respond(self, text: str) -> Any:
        await asyncio.sleep(LATENCY)
        return await super().open()


def wall(action: Callable[[], Any], number: int) -> float:
    """Return the seconds of one call: it is the waits that are measured."""
    start = time.perf_counter()
    for _ in range(number):
        action()
    return (time.perf_counter() - start) / number


def compare(
    what: str, count: int, action: Any, user: Any, measure: Callable[..., float], number: int
) -> None:
    found = []
    for mode in ("vector_entry_point", "sync"):
        envs = gymnasium.make_vec(
            ID, num_envs=count, vectorization_mode=mode, user=user, limits=LIMITS
        )
        envs.reset(seed=0)
        actions = (action,) * count

        def step(envs: Any = envs, actions: Any = actions) -> None:
            envs.step(actions)

        found.append(count / measure(step, number))
        envs.close()
    print(f"{what:<44}{found[0]:13.0f}/s{found[1]:13.0f}/s{found[0] / found[1]:10.1f}x")


def main(environments: str = "64") -> None:
    count = int(environments)
    head(f"steps, {count} environments; baseline: SyncVectorEnv")
    compare("scripted user, tool call", count, LOOK, "scripted", seconds, 50)
    compare("user that has to be waited for, tool call", count, LOOK, SlowUser, seconds, 50)
    compare("scripted user, text (CPU)", count, "Hm.", "scripted", seconds, 1)
    compare(f"user of {LATENCY * 1e3:.0f} ms, text (wall clock)", count, "Hm.", SlowUser, wall, 2)
    compare(f"user of {LATENCY * 1e3:.0f} ms, text (CPU)", count, "Hm.", SlowUser, seconds, 1)


if __name__ == "__main__":
    main(*sys.argv[1:])
