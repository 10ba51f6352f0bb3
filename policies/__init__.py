"""Agent policies: what plays the agent."""

from writ_gym.errors import WritGymError
from writ_gym.policies.flawed import FLAWED
from writ_gym.policies.human import human
from writ_gym.policies.null import greet_only, reads_only, silent, transfer_at_once
from writ_gym.policies.oracle import oracle
from writ_gym.policies.shortcuts import SHORTCUTS
from writ_gym.policies.uniform import uniform
from writ_gym.policy import PolicyFactory, Privileged

POLICIES: dict[str, PolicyFactory | Privileged] = {
    "oracle": Privileged(oracle),
    "random": uniform,
    "human": human,
    "silent": silent,
    "greet-only": greet_only,
    "transfer-at-once": transfer_at_once,
    "reads-only": Privileged(reads_only),
    **FLAWED,
    **SHORTCUTS,
}
"""The policies that can be named on the command line."""


def named() -> str:
    """Return the agent policies that a run can have, as a list for people."""
    return ", ".join(["openai:MODEL", *(name for name in POLICIES if name != "human")])


def load_policy(name: str) -> PolicyFactory | Privileged:
    """Return the factory of a policy by name.

    Raises:
        WritGymError: There is no such policy.
    """
    if name == "openai:":
        raise WritGymError("'openai:' names no model: write openai:MODEL, such as openai:gpt-4o.")
    if name not in POLICIES:
        raise WritGymError(f"There is no agent policy {name!r}; there are: {named()}.")
    return POLICIES[name]
