"""The Gymnasium ids, and domains that live in other packages."""

import re
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any

import gymnasium

from writ_gym.directory import DOMAINS, MIXED, env_id_of
from writ_gym.errors import WritGymError

if TYPE_CHECKING:
    from writ_gym.domain import Domain

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_SHARED: dict[str, Any] = {
    "vector_entry_point": "writ_gym.envs.vector:WritVectorEnv",
    # No wrapper by default: none passes on ``areset`` and ``astep``, and the environments check
    # themselves what these do.
    "order_enforce": False,
    "disable_env_checker": True,
}
"""What ``gymnasium.register`` gets for every id."""


def register() -> None:
    """Register every domain's environment with Gymnasium, and the one that mixes them."""
    for name in DOMAINS:
        _register(name, name)
    if MIXED not in gymnasium.registry:
        gymnasium.register(MIXED, entry_point="writ_gym.envs.mixed:MixedEnv", **_SHARED)


def register_domain(domain: "Domain[Any]") -> None:
    """Make a domain known by its name, wherever those of this package are; twice is once.

    The package of a domain does so when it is imported, after ``DOMAIN`` is made.

    Raises:
        WritGymError: The name is taken or cannot be part of an environment's id, or the entry
            point does not lead to the domain.
    """
    name, entry_point = domain.name, domain.entry_point
    if not _NAME.fullmatch(name) or env_id_of(name) == MIXED:
        raise WritGymError(
            f"A domain cannot be called {name!r}: a name is lower-case letters, digits and '_'."
        )
    if DOMAINS.get(name, entry_point) != entry_point:
        raise WritGymError(f"There is a domain {name!r} already: {DOMAINS[name]}.")
    try:
        found = resolve_name(entry_point)
    except (ImportError, AttributeError, ValueError) as error:
        raise WritGymError(
            f"The entry point {entry_point!r} of the domain {name!r} leads nowhere: {error}."
        ) from None
    if found is not domain:
        raise WritGymError(f"The entry point {entry_point!r} is not the domain {name!r}.")
    DOMAINS[name] = entry_point
    # Not the name: where the environment is made in a fresh process, the domain is unpickled, and
    # its package imported with it.
    _register(name, domain)


def _register(name: str, domain: "str | Domain[Any]") -> None:
    if env_id_of(name) not in gymnasium.registry:
        gymnasium.register(
            env_id_of(name), entry_point="writ_gym.envs.env:WritEnv", kwargs={"domain": domain},
            **_SHARED,
        )  # fmt: skip
