"""The Gymnasium ids."""

import gymnasium

from writ_gym.directory import DOMAINS, MIXED, env_id_of


def register() -> None:
    """Register every domain's environment with Gymnasium, and the one that mixes them."""
    for name in DOMAINS:
        if env_id_of(name) not in gymnasium.registry:
            gymnasium.register(
                env_id_of(name), entry_point="writ_gym.env:WritEnv", kwargs={"domain": name}
            )
    if MIXED not in gymnasium.registry:
        gymnasium.register(MIXED, entry_point="writ_gym.mixed:MixedEnv")
