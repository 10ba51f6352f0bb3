"""What tau2-bench's telecom tools do, quirks included.

They serve the replay of its records, and what its tasks begin with and are judged by. The
functions take their arguments as they come, unchecked (QUIRK G-1), check in tau2's order, and what
they wrote stays when they fail. Each quirk is named after its id in tau2's description; the
domain's own tools have none of them.
"""

import re

from writ_gym.domains.telecom.tau2 import agent, functions, user
from writ_gym.domains.telecom.tau2.state import (
    Tau2DB,
    carrier,
    carrier_state,
    load,
    phone_state,
    start,
    sync,
)
from writ_gym.tau2.layer import Compat, as_method

COMPAT: Compat[Tau2DB] = Compat(
    load=load,
    tools={
        "assistant": {tool.__name__: as_method("TelecomTools", tool) for tool in agent.TOOLS},
        "user": user.TOOLS,
    },
    functions={"assistant": functions.AGENT_FUNCTIONS, "user": functions.USER_FUNCTIONS},
    sync=sync,
    states={"agent": carrier_state, "user": phone_state},
    random_ids=re.compile(r"\bB[0-9a-f]{8}\b"),  # T-7
    histories=(lambda db: None, functions.slow_vpn_before),  # T-22
    world=carrier,
    start=start,
)
