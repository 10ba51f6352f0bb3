"""Where the domains are found; ``registration.register_domain`` adds those of other packages."""

DOMAINS = {
    "retail": "writ_gym.domains.retail:DOMAIN",
    "airline": "writ_gym.domains.airline:DOMAIN",
    "telecom": "writ_gym.domains.telecom:DOMAIN",
}
"""The entry point of each domain, by name."""
OWN = tuple(DOMAINS)
"""The domains of this package; each is a folder in ``domains`` and one line above."""

VERSION = "v0"
MIXED = f"writ/mixed-{VERSION}"
"""The environment that draws a domain for each episode."""


def env_id_of(domain: str) -> str:
    """Return the environment id of a domain, such as ``writ/retail-v0``."""
    return f"writ/{domain}-{VERSION}"
