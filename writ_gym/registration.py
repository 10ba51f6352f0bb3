"""The Gymnasium ids."""

import gymnasium

from writ_gym.domain import DOMAINS
from writ_gym.errors import WritGymError

VERSION = "v0"


def domain_of(env_id: str) -> str:
    """Return the name of the domain of an environment id such as ``writ/retail-v0``.

    Raises:
        WritGymError: There is no such environment.
    """
    for name in DOMAINS:
        if env_id == env_id_of(name):
            return name
    known = ", ".join(env_id_of(name) for name in DOMAINS)
    raise WritGymError(f"There is no environment {env_id!r}; there are: {known}.")


def env_id_of(domain: str) -> str:
    """Return the environment id of a domain."""
    return f"writ/{domain}-{VERSION}"


def register() -> None:
    """Register every domain's environment with Gymnasium."""
    for name in DOMAINS:
        if env_id_of(name) not in gymnasium.registry:
            gymnasium.register(
                env_id_of(name), entry_point="writ_gym.env:WritEnv", kwargs={"domain": name}
            )
