"""The Gymnasium ids."""

import gymnasium

from writ_gym.directory import DOMAINS, env_id_of


def register() -> None:
    """Register every domain's environment with Gymnasium."""
    for name in DOMAINS:
        if env_id_of(name) not in gymnasium.registry:
            gymnasium.register(
                env_id_of(name), entry_point="writ_gym.env:WritEnv", kwargs={"domain": name}
            )
